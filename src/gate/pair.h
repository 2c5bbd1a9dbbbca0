/*
 * Pairing the devices of one user: the same thing gets the same surrogate on all of them, and what
 * one has masked the others restore (pair.c has the file's format).
 */
#ifndef HEARTH_GATE_PAIR_H
#define HEARTH_GATE_PAIR_H

#include "base/seal.h"
#include "gate/gate.h"

enum { GATE_PAIR_MARK = 20, GATE_PAIR_PASSPHRASE_MIN = 8 };

typedef struct GatePairFile {
    const char *path;
    Str passphrase;           /* wiped by the caller */
    const char *conversation; /* export: only this one's surrogates; NULL: of all */
    bool replace;             /* import: also where this device has another secret */
} GatePairFile;

typedef struct GatePairing {
    size_t conversations; /* whose maps went out or came in */
    size_t things;        /* entries of them that came in and were not known here */
    size_t given_up;      /* things whose surrogate is another's now: they get a new one */
    char mark[GATE_PAIR_MARK]; /* devices that show the same one are paired; "": this is not */
} GatePairing;

/* The mark of this device's secret, or "". */
Status gate_pair_mark(Gate *gate, char mark[GATE_PAIR_MARK], Err *err) WARN_UNUSED;
/* Writes the secret (drawn when there is none) and the maps, sealed with the passphrase. E_USAGE:
   the passphrase is too short; E_NOT_FOUND: no such conversation. */
Status gate_pair_export(Gate *gate, const GatePairFile *file, GatePairing *out,
                        Err *err) WARN_UNUSED;
/* Takes both in. E_DENIED: another passphrase, or changed by somebody; E_USAGE: this device has
   another secret, and nothing was changed; E_CORRUPT: damaged. */
Status gate_pair_import(Gate *gate, const GatePairFile *file, GatePairing *out,
                        Err *err) WARN_UNUSED;

/* For tests and fuzzing: what stands unsealed in such a file, in order; `each` gets maps that it
   must not keep. Any bytes may be handed in. */
typedef struct PairTalk {
    Str name;
    const struct VaultTalk *talk;
} PairTalk;
typedef Status (*PairTalkFn)(void *user, const PairTalk *talk, Err *err);
/* What a passphrase costs in files that are made from now on, for tests; NULL: the default. */
void pair_set_cost(const SealCost *cost);
/* The secret into `secret`, also where E_CORRUPT comes later (the caller wipes it); then each map
   in turn. What `each` fails with ends it. */
Status pair_parse(Str plain, uint8_t secret[SEAL_KEY_BYTES], PairTalkFn each, void *user,
                  Err *err) WARN_UNUSED;

#endif
