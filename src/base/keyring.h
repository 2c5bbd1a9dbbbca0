/*
 * The key file of a sealed home: one master key, wrapped once for each way of unlocking it.
 *
 * seal.key is a plain frame of kind "sealkey" (base/frame.h); its format is told in keyring.c. The
 * master key is 32 random bytes and never on the disk as such. A slot holds it sealed with a key
 * that comes from a passphrase (Argon2id) or from a secret file of at least 32 bytes (a systemd
 * credential). Changing a passphrase rewrites its slot; nothing else is sealed anew.
 */
#ifndef HEARTH_BASE_KEYRING_H
#define HEARTH_BASE_KEYRING_H

#include "base/seal.h"

#define KEYRING_KIND "hearth" /* in the system's keyring (base/kernel_keys.h) */

enum {
    KEYRING_SLOTS_MAX = 8,
    KEYRING_ID_BYTES = 16,
    KEYRING_SECRET_MIN = 32,
    KEYRING_PASSPHRASE_MIN = 8,
    KEYRING_PASSPHRASE_MAX = 1024,
};

/* What is going on in the home; a conversion that was cut off goes on with the next start. */
typedef enum KeyringPhase { KEYRING_SEALED = 1, KEYRING_SEALING, KEYRING_UNSEALING } KeyringPhase;

typedef enum KeySlotKind { KEY_SLOT_PASSPHRASE = 1, KEY_SLOT_SECRET } KeySlotKind;

/* As it lies on the disk, little-endian. */
typedef struct KeySlot {
    /* A KeySlotKind; Argon2id's cost, 0 for a secret; 0. */
    uint32_t kind, passes, memory_kib, reserved;
    uint8_t salt[SEAL_SALT_BYTES];
    uint8_t wrapped[SEAL_KEY_BYTES + SEAL_EXTRA_BYTES];
} KeySlot;

typedef struct Keyring {
    uint8_t id[KEYRING_ID_BYTES]; /* drawn; names the home in the system's keyring */
    uint32_t phase, n_slots; /* a KeyringPhase; 1 to KEYRING_SLOTS_MAX */
    KeySlot slots[KEYRING_SLOTS_MAX]; /* zeros behind n_slots */
    uint8_t check[SEAL_KEY_BYTES];    /* keyed with the master key, over all before */
} Keyring;

/* A new master key, no way to it yet. */
void keyring_make(Keyring *ring, uint8_t master[SEAL_KEY_BYTES]);
/* One more way. E_USAGE: too short; E_LIMIT: all slots are taken. */
Status keyring_add(Keyring *ring, const uint8_t master[SEAL_KEY_BYTES], KeySlotKind kind,
                   Str secret, Err *err) WARN_UNUSED;
/* The slots of a kind go. */
void keyring_drop(Keyring *ring, KeySlotKind kind);
/* How many slots of a kind there are: 0 to KEYRING_SLOTS_MAX. */
size_t keyring_count(const Keyring *ring, KeySlotKind kind);
/* E_DENIED: no slot of this kind opens with it. E_CORRUPT: the file was changed by somebody. */
Status keyring_unlock(const Keyring *ring, KeySlotKind kind, Str secret,
                      uint8_t master[SEAL_KEY_BYTES], Err *err) WARN_UNUSED;
/* Is it this ring's master key, and the ring what was written with it? */
Status keyring_check(const Keyring *ring, const uint8_t master[SEAL_KEY_BYTES],
                     Err *err) WARN_UNUSED;

/* Untrusted bytes -> a ring with bounds that hold. */
Status keyring_parse(Str bytes, Keyring *out, Err *err) WARN_UNUSED;
/* Reads and parses seal.key. E_NOT_FOUND, E_CORRUPT, E_UNSUPPORTED as of frame_open; whether
   somebody changed it is told by keyring_check, which needs the master key. */
Status keyring_read(const char *path, Keyring *out, Err *err) WARN_UNUSED;
/* Durable, and whole at any time. Sets ring->check. */
Status keyring_write(const char *path, Keyring *ring, const uint8_t master[SEAL_KEY_BYTES],
                     Err *err) WARN_UNUSED;
/* The cost of new passphrase slots, for tests; NULL: the default. */
void keyring_set_cost(const SealCost *cost);

#endif
