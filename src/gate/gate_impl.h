/* The inside of a gate, for src/gate alone. */
#ifndef HEARTH_GATE_GATE_IMPL_H
#define HEARTH_GATE_GATE_IMPL_H

#include <stdatomic.h>

#include "gate/look.h"

typedef struct Policy Policy;   /* policy.c */
typedef struct Vault Vault;     /* vault.c */
typedef struct Ledger Ledger;   /* ledger.c */

/* All but `reader.user`, `look` and `cancel` are owned by the gate. One thread at a time
   (gate.h). */
struct Gate {
    char *folder;
    Scanner *scanner;
    Policy *policy;
    Vault *vault;
    Ledger *ledger;
    bool has_dictionary; /* the scanner knows it (learn.c) */
    GateDeepReader reader; /* read NULL: there is none */
    GateLook *look;        /* NULL: there is none */
    const atomic_bool *cancel; /* NULL: nobody stops it */
};

/* vault.c: secrets by name, sealed; what cloud.c keeps its keys in. E_NOT_FOUND. */
Status vault_secret_put(Vault *vault, const char *name, Str secret, Err *err) WARN_UNUSED;
/* Appends the secret to `out`, which the caller wipes (seal_wipe_buf). E_NOT_FOUND; E_CORRUPT. */
Status vault_secret_get(Vault *vault, const char *name, Buf *out, Err *err) WARN_UNUSED;
/* E_NOT_FOUND; what else can be wrong with the vault's file. Synced when it returns. */
Status vault_secret_remove(Vault *vault, const char *name, Err *err) WARN_UNUSED;

/* Of many at once, with one unsealing: are[i] where names[i] has values[i]. */
Status vault_secrets_are(Vault *vault, const Str *names, const Str *values, size_t n, bool *are,
                         Err *err) WARN_UNUSED;

/* A small file beside the vault, sealed with its key, and not synced. E_NOT_FOUND; E_CORRUPT: the
   file is damaged, or sealed with another key. */
Status vault_note_put_at(Vault *vault, const char *path, const char *name, Str text,
                         Err *err) WARN_UNUSED;
/* Appends what was put there; nothing is appended after a failure. */
Status vault_note_get_at(Vault *vault, const char *path, const char *name, Buf *out,
                         Err *err) WARN_UNUSED;
/* The same at gate/NAME, beside the vault. */
Status vault_note_put(Vault *vault, const char *name, Str text, Err *err) WARN_UNUSED;
/* What vault_note_put put there. */
Status vault_note_get(Vault *vault, const char *name, Buf *out, Err *err) WARN_UNUSED;

/* consent.c: E_DENIED with a hint when the user has not agreed; the device itself needs none. */
Status consent_need(Gate *gate, const GateConsent *about, Err *err) WARN_UNUSED;

#endif
