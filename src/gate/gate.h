/*
 * The gate of one home: scanner, policy, vault, ledger and endpoints behind one handle.
 *
 *     HOME/gate/policy.toml   what may leave for whom (policy.c); absent: the safe defaults
 *     HOME/gate/clouds.toml   endpoints (cloud.c), without keys
 *     HOME/gate/vault         keys, consents and the names of one's own documents, sealed (vault.c)
 *     HOME/gate/talks/        the surrogates of each conversation, sealed
 *     HOME/gate/egress.log    the ledger (ledger.c)
 */
#ifndef HEARTH_GATE_GATE_H
#define HEARTH_GATE_GATE_H

#include <stdatomic.h>

#include "base/text.h"
#include "gate/parcel.h"

/* `folder` is HOME/gate; made with 0700 when absent. One thread at a time. */
Status gate_open(const char *folder, Gate **out, Err *err) WARN_UNUSED;
void gate_close(Gate *gate); /* NULL is fine */
/* Whoever sets the flag stops what the gate is scanning or masking: no parcel is made then
   (E_CANCELLED), and the map is as it was. Borrowed for the gate's life. */
void gate_heed(Gate *gate, const atomic_bool *cancel);

enum { GATE_DRAWN_NAME = 17 };
/* A new conversation's name, drawn at random, so that nobody can link two of them. */
void gate_conversation_draw(char out[GATE_DRAWN_NAME]);
/* E_USAGE: it can be no conversation's name, [A-Za-z0-9_-]{1,64}. Looks at no file. */
Status gate_conversation_check(const char *name, Err *err) WARN_UNUSED;

/* What a text from the file with this absolute path is, by [[folder]] in policy.toml: the longest
   path there that this one lies in, by whole components; else personal. */
GateLabel gate_label_of(const Gate *gate, Str path);
/* The strictest label that any path has; GATE_PERSONAL where nothing is said. */
GateLabel gate_label_strictest(const Gate *gate);
/* The next path that the policy gives this label to, borrowed; false: no more. *at begins at 0.
   What lies there may have another label by a longer path. */
bool gate_label_next(const Gate *gate, GateLabel label, size_t *at, Str *path);
enum { GATE_ABSENT_BYTES = 256 };
/* A sentence about the paths that the policy labels and that are not there now, perhaps misspelt:
   how many, and one of them. False: all are there, and nothing is said. */
bool gate_absent_say(const Gate *gate, char out[GATE_ABSENT_BYTES]);

/* What a user can agree to, once. */
typedef struct GateConsent {
    const char *endpoint; /* its name */
    GateDest dest;
    const char *host; /* where it is: somewhere else is asked about again; "" with a type */
    const char *type; /* NULL: masked parcels; a type: what the policy says "ask" for */
} GateConsent;

/* gate_ledger_begin asks for the consent to masked parcels: without it nothing leaves (E_DENIED).
   Doors show gate_parcel_preview, ask at a terminal, and give it. */
Status gate_consent_given(Gate *gate, const GateConsent *about, bool *given, Err *err) WARN_UNUSED;
/* The same of n of them: the vault is opened once. */
Status gate_consents_given(Gate *gate, const GateConsent *about, size_t n, bool *given,
                           Err *err) WARN_UNUSED;
/* Kept in the vault, synced, until it is taken back; it holds for this endpoint at this host and
   destination alone. Giving it twice is fine. Only a door that asked the user may call it. */
Status gate_consent_give(Gate *gate, const GateConsent *about, Err *err) WARN_UNUSED;
/* Nothing more leaves for it from the next parcel on; one that was not given is fine. */
Status gate_consent_withdraw(Gate *gate, const GateConsent *about, Err *err) WARN_UNUSED;

#endif
