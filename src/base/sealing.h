/*
 * Whether this process seals what it writes, and with which key: one state for the process, as its
 * home is one (home_set_root).
 *
 * OFF: nothing is sealed, as it is without a seal.key. LOCKED: the home is sealed and nobody has
 * unlocked it yet; what is sealed can be neither read nor written. OPEN: new files are sealed. The
 * formats below (frames, texts, logs, the database's pages) ask here and nowhere else; what they
 * refuse in which state is said by two functions, so that it is the same for all.
 *
 * MIXED is set while a home is converted, and in no other process then: both forms are read.
 *
 * Everything here is for the time before threads start, but sealing_on, sealing_may_read and
 * sealing_key, which change nothing.
 */
#ifndef HEARTH_BASE_SEALING_H
#define HEARTH_BASE_SEALING_H

#include "base/keyring.h"

typedef enum SealingState { SEALING_OFF, SEALING_LOCKED, SEALING_OPEN } SealingState;

/* Looks for the home's seal.key and holds the home shared with other processes that use it, for
   the life of the process or until another home is looked at. E_BUSY: it is being converted. */
Status sealing_look(Err *err) WARN_UNUSED;
/* Of this process, as the last call here has left it. OFF until sealing_look. */
SealingState sealing_state(void);
const Keyring *sealing_ring(void); /* of the home; meaningless when OFF */

/* Where a passphrase comes from. n: its length, or -1: nobody is there to ask. */
typedef struct SealingAsk {
    int (*passphrase)(void *user, char *out, size_t max); /* may be NULL */
    void *user;
} SealingAsk;

/* LOCKED -> OPEN by the system's keyring, a systemd credential, or a passphrase, in this order.
   E_DENIED: none opens it. OK when there is nothing to unlock. */
Status sealing_unlock(const SealingAsk *ask, Err *err) WARN_UNUSED;
/* OPEN or LOCKED -> LOCKED; the key is wiped. */
void sealing_forget(void);

/* New files are to be sealed. */
bool sealing_on(void);
/* OK when a file that is sealed (or not) may be read; else why not, and what to do. */
Status sealing_may_read(const char *path, bool sealed, Err *err) WARN_UNUSED;
/* A key of `purpose` and `id`, derived from the master key. E_DENIED: locked or off. */
Status sealing_key(const char *purpose, Str id, uint8_t out[SEAL_KEY_BYTES], Err *err) WARN_UNUSED;

/* ---- for whoever converts a home ------------------------------------------------------------ */

/* Alone in the home from here on, or E_BUSY. */
Status sealing_begin_alone(Err *err) WARN_UNUSED;
/* Shares the home again. Somebody may take it in between; then this process is LOCKED and writes
   nothing. */
void sealing_end_alone(void);
/* The ring becomes the home's, on the disk first; the state follows its phase: new files are plain
   while it is being unsealed, both forms are read while it is not settled. */
Status sealing_put(Keyring *ring, const uint8_t master[SEAL_KEY_BYTES], Err *err) WARN_UNUSED;
/* The home is plain again: seal.key goes. */
Status sealing_drop(Err *err) WARN_UNUSED;
/* The master key for what is done with the ring itself; E_DENIED unless OPEN. Wipe it. */
Status sealing_master(uint8_t out[SEAL_KEY_BYTES], Err *err) WARN_UNUSED;

/* For tests: OPEN with this key, whatever home is looked at; NULL: OFF, as at the start. */
void sealing_use(const uint8_t master[SEAL_KEY_BYTES]);

#endif
