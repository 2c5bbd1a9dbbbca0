/*
 * Opening and closing the gate of one home. What it consists of is in gate.h.
 *
 * The order matters: the ledger is opened with the vault, whose key seals its head, and so it is
 * closed before it. A part that cannot be opened fails the whole: a gate without its rules would
 * let too much out, one without its ledger would not be answerable for it.
 */
#include "gate/gate.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "gate/ledger_impl.h"
#include "gate/policy.h"
#include "gate/vault.h"

static Status refuse_open_file(const char *path, const char *mode, Err *err) {
    struct stat st;
    if (stat(path, &st) != 0 || !(st.st_mode & S_IWOTH)) return OK;
    (void)err_set(err, E_DENIED, "everybody on this machine may write to %s", path);
    return err_hint(err, "chmod %s %s; then look whether policy.toml and clouds.toml are yours",
                    mode, path);
}

/* Who can write to the folder can put other rules, endpoints and consents in the place of these,
   and who can write to the rules or the list of endpoints needs no folder. */
static Status refuse_what_is_open(const char *folder, Err *err) {
    static const char *const files[] = {"policy.toml", "clouds.toml"};
    Status status = refuse_open_file(folder, "700", err);
    for (size_t i = 0; status == OK && i < ARRAY_LEN(files); i++) {
        char *path = file_join(folder, files[i]);
        status = path ? refuse_open_file(path, "600", err) : err_no_memory(err, "a path");
        mem_free(path);
    }
    return status;
}

/* What was opened before a failure is closed again: every part's close takes NULL. On a file system
   that is read-only the folder need not be made: an absent policy means the safe defaults. */
Status gate_open(const char *folder, Gate **out, Err *err) {
    Status made = file_make_dirs(folder, 0700, err);
    if (made != OK && !file_is_frozen(folder)) return made; /* else there is nothing to be read */
    TRY(refuse_what_is_open(folder, err));
    Gate *gate = mem_zalloc(sizeof *gate);
    if (!gate) return err_no_memory(err, "the gate");
    gate->folder = mem_strdup(folder);
    Status status = gate->folder ? OK : err_no_memory(err, "the gate");
    if (status == OK) status = gate_scanner_new(&gate->scanner, err);
    if (status == OK) status = policy_open(folder, &gate->policy, err);
    if (status == OK) status = vault_open(folder, &gate->vault, err);
    if (status == OK) status = ledger_open(folder, gate->vault, &gate->ledger, err);
    if (status == OK) {
        *out = gate;
    } else {
        gate_close(gate);
    }
    return status;
}

void gate_heed(Gate *gate, const atomic_bool *cancel) {
    gate->cancel = cancel;
    gate_scanner_heed(gate->scanner, cancel);
}

void gate_close(Gate *gate) {
    if (!gate) return;
    ledger_close(gate->ledger);
    vault_close(gate->vault);
    policy_close(gate->policy);
    gate_scanner_free(gate->scanner);
    mem_free(gate->folder);
    mem_free(gate);
}

_Static_assert(GATE_DRAWN_NAME % 2 == 1, "two digits a byte, and a NUL");

/* 64 bits: as many conversations as a home can hold (VAULT_TALKS_MAX) share no name but by a chance
   of 2^-33. */
void gate_conversation_draw(char out[GATE_DRAWN_NAME]) {
    uint8_t random[GATE_DRAWN_NAME / 2];
    random_bytes(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++) (void)snprintf(out + 2 * i, 3, "%02x", random[i]);
}

GateLabel gate_label_of(const Gate *gate, Str path) {
    return labels_of(policy_labels(gate->policy), path);
}

GateLabel gate_label_strictest(const Gate *gate) {
    return labels_strictest(policy_labels(gate->policy));
}

bool gate_label_next(const Gate *gate, GateLabel label, size_t *at, Str *path) {
    return labels_next(policy_labels(gate->policy), label, at, path);
}

bool gate_absent_say(const Gate *gate, char out[GATE_ABSENT_BYTES]) {
    enum { SHOWN = 120 }; /* bytes of a path; the words around it have less than as many */
    _Static_assert(2 * SHOWN <= GATE_ABSENT_BYTES, "nothing is cut");
    Str first;
    size_t n = labels_absent(policy_labels(gate->policy), &first);
    out[0] = 0;
    if (n == 0) return false;
    first = utf8_cut(first, SHOWN);
    (void)snprintf(out, GATE_ABSENT_BYTES, "%zu labelled path%s not there, so the label protects "
                   "nothing: %.*s (gate/policy.toml)", n, n == 1 ? " is" : "s are", (int)first.n,
                   first.p);
    return true;
}
