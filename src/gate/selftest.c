/*
 * The gate tries itself.
 *
 * A canary of each kind, in a sentence as people write them, is made a parcel for a public cloud
 * under the policy of this home. Then its bytes are looked for in all that would leave: as they
 * are, in letters and digits alone and folded (match.h), in base64 at all three alignments, and
 * with non-ASCII escaped. Last, the masked text goes through the restorer byte by byte and must be
 * the sentence again. A second sentence says the canary in disguise (full-width digits, blanks,
 * capitals). The conversation is forgotten afterwards; the ledger is not written, nothing is sent.
 *
 * Canaries are numbers that belong to nobody: from documentation, standards and test ranges.
 */
#include "gate/selftest.h"

#include <assert.h>
#include <stdio.h>

#include "base/utf8.h"
#include "gate/match.h"
#include "gate/parcel_impl.h"
#include "gate/restore.h"
#include "gate/vault.h"

/*
 * How a canary is looked for in "My number is 138 0013 8000.":
 *
 *     as it is           138 0013 8000
 *     folded             13800138000, so that no other blanks or full-width digits hide it
 *     in base64          the digits of whole triples, for each of the three places where it may
 *                        begin within one: whoever packs the text packs its neighbours with it
 *     escaped            \uXXXX for what is not ASCII
 *
 * TEXT_MAX is far above the longest sentence; a full buffer counts as a leak, never as none.
 */
enum { TEXT_MAX = 64 << 10 };

/* The canary stands between the marks { and }. */
static const struct {
    const char *name;
    const char *text;
} canaries[] = {
    {"labelled_name", "Name: {Gwendolyn Farnsworth}, please answer her."},
    {"labelled_name", "姓名：{张伟明}，请回复。"},
    {"phone", "手机 {138 0013 8000}，晚上打。"},
    {"phone", "Call +{1 415-555-2671} tomorrow."},
    {"phone", "手机 {１３８００１３８０００}，晚上打。"},
    {"cn_resident_id", "身份证号 {11010519491231002X}，谢谢。"},
    {"cn_credit_code", "统一社会信用代码 {91350100M000100Y43}。"},
    {"cn_plate", "车牌 {京A12345} 停在门口。"},
    {"passport", "Passport number {E12345678}."},
    {"national_id", "SSN {536-90-4399} on file."},
    {"card", "Card {4111 1111 1111 1111}, exp 12/29."},
    {"iban", "IBAN {DE89 3704 0044 0532 0130 00}."},
    {"email", "Write to {gwendolyn.farnsworth@firma-beispiel.de}."},
    {"network_address", "The server is at {203.0.113.77}."},
    {"key", "key {sk-proj-Zx81kQmPq0LtVnB72yRwD4sHc9JfGuE5} works"},
    {"password", "password: {Tr0ub4dor&3xQ}"},
    {"position", "at {31.23041, 121.47370} near the river"},
    {"street_address", "I live at {1247 Willowbrook Avenue}, come by."},
    {"birth_date", "date of birth: {1985-03-12}"},
};

typedef struct Trial {
    Gate *gate;
    char conversation[65];
    Buf clear, canary, masked, restored;
} Trial;

/* The sentence without its marks, and what stands between them. */
static void split(const char *marked, Buf *clear, Buf *canary) {
    bool inside = false;
    for (const char *c = marked; *c; c++) {
        if (*c == '{' || *c == '}') {
            inside = *c == '{';
            continue;
        }
        buf_add_byte(clear, *c);
        if (inside) buf_add_byte(canary, *c);
    }
}

/* ---- looking for a canary ------------------------------------------------------------------ */

/* The skeleton of the canary in the skeleton of the text; no memory counts as a find. */
static bool holds_folded(Str text, Str canary, Err *err) {
    Buf a, b;
    buf_init(&a, 4 * TEXT_MAX);
    buf_init(&b, 4 * TEXT_MAX);
    bool holds = match_skeleton(text, &a, err) != OK || match_skeleton(canary, &b, err) != OK ||
                 str_has(buf_str(&a), buf_str(&b));
    buf_fini(&a);
    buf_fini(&b);
    return holds;
}

/* The part of the canary's base64 that does not depend on what stands beside it. `shift` bytes of a
   triple stand before it: its first (3 - shift) % 3 bytes share their digits with those, and up to
   two at its end share theirs with what follows. */
static void base64_core(Str canary, size_t shift, Buf *out) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    assert(shift < 3);
    size_t from = (3 - shift) % 3;
    for (size_t i = from; i + 3 <= canary.n; i += 3) {
        const unsigned char *p = (const unsigned char *)canary.p + i;
        uint32_t bits = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
        for (int d = 18; d >= 0; d -= 6) buf_add_byte(out, digits[bits >> d & 63]);
    }
}

/* As JSON writers that keep to ASCII spell it; small hexadecimal digits. */
static void escaped(Str canary, Buf *out) {
    for (size_t at = 0, width; at < canary.n; at += width) {
        uint32_t code = utf8_decode(canary, at, &width);
        if (code < 0x80) buf_add_byte(out, (char)code);
        else buf_printf(out, "\\u%04x", code);
    }
}

/* In any of the forms; an error while looking counts as a find. */
static bool holds(Str text, Str canary, Err *err) {
    Buf form;
    buf_init(&form, 4 * TEXT_MAX);
    bool found = str_has(text, canary) || holds_folded(text, canary, err);
    escaped(canary, &form);
    found |= str_has(text, buf_str(&form));
    for (size_t shift = 0; shift < 3 && canary.n >= 9; shift++) {
        buf_clear(&form);
        base64_core(canary, shift, &form);
        found |= form.n >= 8 && str_has(text, buf_str(&form));
    }
    found |= form.status != OK; /* what could not be looked for counts as found */
    buf_fini(&form);
    return found;
}

/* ---- a trial ------------------------------------------------------------------------------- */

/* The restorer's sink: user is the Buf. */
static void collect(void *user, Str piece) {
    buf_add_str(user, piece);
}

/* A byte at a time is the hardest case of a stream: every surrogate and every character is cut. */
static Status restore_bytewise(Trial *t, const GateParcel *parcel, Err *err) {
    GateRestorer *restorer;
    TRY(gate_restorer_new(t->gate, parcel, GATE_PLAIN, &restorer, err));
    Status status = OK;
    for (size_t i = 0; status == OK && i < t->masked.n; i++) {
        status = gate_restore_feed(restorer, (Str){t->masked.p + i, 1}, i + 1 == t->masked.n,
                                   collect, &t->restored, err);
    }
    gate_restorer_free(restorer);
    return status == OK ? buf_check(&t->restored, "a trial", err) : status;
}

/* Made, not sent: no ledger is begun. The endpoint need not exist, for the destination decides. */
static Status mask(Trial *t, GateParcel **parcel, GateReport *report, Err *err) {
    GateMessage message = {.role = GATE_USER, .label = GATE_PERSONAL, .text = buf_str(&t->clear)};
    GateRequest request = {.endpoint = "gate-test", .dest = GATE_PUBLIC,
                           .conversation = t->conversation, .why = "gate test",
                           .messages = &message, .n_messages = 1};
    TRY(gate_parcel_make(t->gate, &request, parcel, report, err));
    assert((*parcel)->masked.n_messages == 1);
    buf_add_str(&t->masked, (*parcel)->masked.messages[0].text);
    return buf_check(&t->masked, "a trial", err);
}

/* Kept is no leak where the policy keeps everything of the sentence; masked and not put back is
   one, for the user's words are lost. */
static Status judge(Trial *t, GateVerdict *verdict, const char **detail, Err *err) {
    GateParcel *parcel = NULL;
    GateReport report;
    *verdict = GATE_GOOD;
    Status status = mask(t, &parcel, &report, err);
    if (status == E_DENIED) {
        *detail = "refused, as the policy says";
        return OK;
    }
    if (status == OK) status = restore_bytewise(t, parcel, err);
    if (status == OK) {
        bool there = holds(buf_str(&t->masked), buf_str(&t->canary), err);
        bool same = str_eq(buf_str(&t->restored), buf_str(&t->clear));
        *verdict = there ? (report.kept && !report.masked ? GATE_KEPT : GATE_LEAK)
                   : same || !report.masked ? GATE_GOOD
                                            : GATE_LEAK;
        *detail = *verdict == GATE_KEPT ? "kept, as the policy says"
                  : there               ? "it would have left"
                  : same                ? "masked and put back"
                                        : "masked, but not put back as it was";
    }
    gate_parcel_free(parcel);
    return status;
}

_Static_assert(sizeof "gate-test-" - 1 + GATE_DRAWN_NAME <= sizeof((Trial *)0)->conversation,
               "a name that is cut may be another's");

/* One canary, in a conversation that exists for it alone. */
static Status trial(Gate *gate, const char *marked, GateVerdict *verdict, const char **detail,
                    Err *err) {
    Trial t = {.gate = gate};
    char drawn[GATE_DRAWN_NAME];
    Buf *all[] = {&t.clear, &t.canary, &t.masked, &t.restored};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) buf_init(all[i], TEXT_MAX);
    gate_conversation_draw(drawn);
    (void)snprintf(t.conversation, sizeof t.conversation, "gate-test-%s", drawn);
    split(marked, &t.clear, &t.canary);
    assert(t.canary.status != OK || t.canary.n > 0); /* nothing would be found everywhere */
    Status status = buf_check(&t.clear, "a trial", err);
    if (status == OK) status = judge(&t, verdict, detail, err);
    Status forgotten = vault_talk_forget(gate->vault, t.conversation, status == OK ? err : NULL);
    for (size_t i = 0; i < ARRAY_LEN(all); i++) buf_fini(all[i]);
    return status == OK ? forgotten : status;
}

/* The first failure ends it: a gate that cannot be tried must not seem to have passed. */
Status gate_selftest(Gate *gate, GateVerdictFn each, void *user, Err *err) {
    for (size_t i = 0; i < ARRAY_LEN(canaries); i++) {
        GateVerdict verdict = GATE_LEAK;
        const char *detail = "";
        TRY(trial(gate, canaries[i].text, &verdict, &detail, err));
        each(user, canaries[i].name, verdict, detail);
    }
    return OK;
}
