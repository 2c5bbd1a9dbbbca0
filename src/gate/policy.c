/*
 * What may leave for whom. The defaults, for the types of scan.h and the destinations of parcel.h.
 */
#include "gate/policy.h"

#include "base/mem.h"

struct Policy {
    uint8_t action[KIND_COUNT + SCAN_TYPE_COUNT][GATE_DEST_COUNT];
};

const char *gate_dest_name(GateDest dest) {
    static const char *const names[GATE_DEST_COUNT] = {"device", "mine", "server", "attested",
                                                       "public"};
    return names[dest];
}

const char *gate_label_name(GateLabel label) {
    static const char *const names[GATE_LABEL_COUNT] = {"open", "personal", "private"};
    return names[label];
}

const char *gate_action_name(GateAction action) {
    static const char *const names[GATE_ACTION_COUNT] = {"keep", "surrogate", "generalise", "ask",
                                                         "refuse"};
    return names[action];
}

/* A letter a destination, from near to far. */
static const char *const defaults[SCAN_TYPE_COUNT] = {
    [SCAN_PERSON] = "kksss", [SCAN_ADDRESS] = "kksss", [SCAN_ORG] = "kkkss",
    [SCAN_ID] = "kksss",     [SCAN_PHONE] = "kksss",   [SCAN_BANK] = "kksss",
    [SCAN_EMAIL] = "kksss",  [SCAN_SECRET] = "kssss",  [SCAN_PLACE] = "kkkkg",
    [SCAN_DATE] = "kkkss",   [SCAN_HEALTH] = "kkkkk",  [SCAN_FINANCE] = "kkkkk",
    [SCAN_OTHER] = "kksss"};

static GateAction action_of(char letter) {
    return letter == 's' ? GATE_SURROGATE : letter == 'g' ? GATE_GENERALISE : GATE_KEEP;
}

Status policy_open(const char *folder, Policy **out, Err *err) {
    Policy *policy = mem_zalloc(sizeof *policy);
    if (!policy) return err_no_memory(err, "the policy");
    *out = policy;
    return OK;
}

void policy_close(Policy *policy) {
    mem_free(policy);
}

GateAction policy_action(const Policy *policy, GateDest dest, GateLabel label,
                         const ScanSpan *span) {
    if (dest == GATE_DEVICE) return GATE_KEEP;
    if (label == GATE_OPEN && span->type != SCAN_SECRET) return GATE_KEEP;
    return action_of(defaults[span->type][dest]);
}
