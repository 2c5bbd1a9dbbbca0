/*
 * The body of keyring.h.
 *
 * The payload of seal.key, little-endian, is the struct Keyring itself:
 *
 *      0  id[16]
 *     16  phase          u32: 1 sealed, 2 being sealed, 3 being unsealed
 *     20  n_slots        u32, 1 to 8
 *     24  slots[8]       104 bytes each:
 *            0  kind        u32: 1 passphrase, 2 secret file
 *            4  passes      u32  } of Argon2id; 0 for a secret file
 *            8  memory_kib  u32  }
 *           12  reserved    u32, 0
 *           16  salt[16]
 *           32  wrapped[72] the master key: nonce, ciphertext, tag (base/seal.h)
 *    856  check[32]      BLAKE2b-256 of bytes 0..855, keyed with a key derived from the master key
 *
 * A slot's wrapping is bound to id, kind, cost and salt. The key that wraps is Argon2id of the
 * passphrase (3 passes over 256 MiB: the "moderate" cost of libsodium's documentation, about half a
 * second a guess), or keyed BLAKE2b of the secret file under the salt: a file of 32 random bytes
 * cannot be guessed, so it need not be stretched.
 *
 * Who can write to the file can put an old one back, whose passphrases open it then; any other
 * change is found by `check`.
 *
 * All slots hold the same master key, so that each way of unlocking is as good as the others, and
 * dropping one does not make what was sealed unreadable to the rest. Whoever has ever had the
 * master key has it still: a passphrase that became known takes a new home, not a new slot.
 */
#include "base/keyring.h"

#include <assert.h>

#include "base/frame.h"
#include "base/hash.h"

enum { KEYRING_VERSION = 1, SLOT_HEAD_BYTES = 32 };

_Static_assert(sizeof(KeySlot) == 104, "a slot on the disk");
_Static_assert(offsetof(KeySlot, wrapped) == SLOT_HEAD_BYTES, "what a wrapping is bound to");
_Static_assert(sizeof(Keyring) == 888, "the key file on the disk");
_Static_assert(offsetof(Keyring, check) == 856, "the check stands last");
_Static_assert(offsetof(Keyring, phase) == 16, "behind the id");
_Static_assert(offsetof(Keyring, slots) == 24, "no padding before the slots");
_Static_assert(SEAL_SALT_BYTES <= SEAL_KEY_BYTES, "a salt becomes a key with zeros behind");

static const char ring_kind[] = "sealkey";
static const SealCost COST_DEFAULT = {3, 256 * 1024};
static SealCost cost_now = {3, 256 * 1024};

void keyring_set_cost(const SealCost *cost) {
    cost_now = cost ? *cost : COST_DEFAULT;
}

void keyring_make(Keyring *ring, uint8_t master[SEAL_KEY_BYTES]) {
    memset(ring, 0, sizeof *ring);
    random_bytes(ring->id, sizeof ring->id);
    random_bytes(master, SEAL_KEY_BYTES);
    ring->phase = KEYRING_SEALED;
}

/* What a slot's wrapping is authenticated with: the ring's id and all of the slot before the
   wrapped key, so that neither can be exchanged. */
static void bound_of(const Keyring *ring, const KeySlot *slot,
                     char out[KEYRING_ID_BYTES + SLOT_HEAD_BYTES]) {
    memcpy(out, ring->id, KEYRING_ID_BYTES);
    memcpy(out + KEYRING_ID_BYTES, slot, SLOT_HEAD_BYTES);
}

/* The key that wraps the master key in this slot. */
static Status slot_key(const KeySlot *slot, Str secret, uint8_t key[SEAL_KEY_BYTES], Err *err) {
    uint8_t salt[SEAL_KEY_BYTES] = {0};
    if (slot->kind == KEY_SLOT_PASSPHRASE) {
        return seal_stretch(secret, slot->salt, (SealCost){slot->passes, slot->memory_kib}, key,
                            err);
    }
    memcpy(salt, slot->salt, sizeof slot->salt);
    seal_derive(salt, secret, key);
    return OK;
}

/* The slot counts only when it is complete; a failure leaves the ring as it was. */
Status keyring_add(Keyring *ring, const uint8_t master[SEAL_KEY_BYTES], KeySlotKind kind,
                   Str secret, Err *err) {
    char bound[KEYRING_ID_BYTES + SLOT_HEAD_BYTES];
    uint8_t key[SEAL_KEY_BYTES];
    assert(kind == KEY_SLOT_PASSPHRASE || kind == KEY_SLOT_SECRET);
    assert(ring->n_slots <= KEYRING_SLOTS_MAX); /* made here or parsed */
    bool phrase = kind == KEY_SLOT_PASSPHRASE;
    size_t least = phrase ? KEYRING_PASSPHRASE_MIN : KEYRING_SECRET_MIN;
    if (secret.n < least || (phrase && secret.n > KEYRING_PASSPHRASE_MAX)) {
        return err_set(err, E_USAGE, "%s has %zu bytes; it takes %zu at least%s",
                       phrase ? "the passphrase" : "the secret", secret.n, least,
                       phrase ? " and 1024 at most" : "");
    }
    if (ring->n_slots == KEYRING_SLOTS_MAX) {
        return err_set(err, E_LIMIT, "there are %d ways to unlock already", KEYRING_SLOTS_MAX);
    }
    KeySlot *slot = &ring->slots[ring->n_slots];
    *slot = (KeySlot){.kind = kind, .passes = phrase ? cost_now.passes : 0,
                      .memory_kib = phrase ? cost_now.memory_kib : 0};
    random_bytes(slot->salt, sizeof slot->salt);
    Status status = slot_key(slot, secret, key, err);
    if (status == OK) {
        bound_of(ring, slot, bound);
        seal_close(key, (Str){bound, sizeof bound}, (Str){(const char *)master, SEAL_KEY_BYTES},
                   slot->wrapped);
        ring->n_slots++;
    } else {
        memset(slot, 0, sizeof *slot);
    }
    seal_wipe(key, sizeof key);
    return status;
}

/* Those that stay close up; the rest are zeros, as the check expects. */
void keyring_drop(Keyring *ring, KeySlotKind kind) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < ring->n_slots; i++) {
        if (ring->slots[i].kind != (uint32_t)kind) ring->slots[n++] = ring->slots[i];
    }
    memset(ring->slots + n, 0, (KEYRING_SLOTS_MAX - n) * sizeof *ring->slots);
    ring->n_slots = n;
}

size_t keyring_count(const Keyring *ring, KeySlotKind kind) {
    size_t n = 0;
    for (uint32_t i = 0; i < ring->n_slots; i++) n += ring->slots[i].kind == (uint32_t)kind;
    return n;
}

/* The value that keyring_write stores. Keyed, so that who can write to the file but has no key
   cannot make one. */
static void check_of(const Keyring *ring, const uint8_t master[SEAL_KEY_BYTES],
                     uint8_t out[SEAL_KEY_BYTES]) {
    uint8_t key[SEAL_KEY_BYTES];
    seal_derive(master, STR("keyring"), key);
    seal_derive(key, (Str){(const char *)ring, offsetof(Keyring, check)}, out);
    seal_wipe(key, sizeof key);
}

Status keyring_check(const Keyring *ring, const uint8_t master[SEAL_KEY_BYTES], Err *err) {
    uint8_t want[SEAL_KEY_BYTES];
    check_of(ring, master, want);
    if (seal_same(want, ring->check, sizeof want)) return OK;
    (void)err_set(err, E_CORRUPT, "seal.key was changed, or is of another home");
    return err_hint(err, "bring it back from a backup of this home");
}

/* E_DENIED: this secret is not of this slot. Other failures (memory for Argon2id, a cost that
   nobody asks for) end the search. */
static Status try_slot(const Keyring *ring, const KeySlot *slot, Str secret,
                       uint8_t master[SEAL_KEY_BYTES], Err *err) {
    char bound[KEYRING_ID_BYTES + SLOT_HEAD_BYTES];
    uint8_t key[SEAL_KEY_BYTES];
    TRY(slot_key(slot, secret, key, err));
    bound_of(ring, slot, bound);
    Str wrapped = {(const char *)slot->wrapped, sizeof slot->wrapped};
    bool good = seal_open(key, (Str){bound, sizeof bound}, wrapped, master);
    seal_wipe(key, sizeof key);
    return good ? OK : err_set(err, E_DENIED, "it does not open this slot");
}

Status keyring_unlock(const Keyring *ring, KeySlotKind kind, Str secret,
                      uint8_t master[SEAL_KEY_BYTES], Err *err) {
    Status status = E_DENIED;
    for (uint32_t i = 0; status == E_DENIED && i < ring->n_slots; i++) {
        if (ring->slots[i].kind != (uint32_t)kind) continue;
        status = try_slot(ring, &ring->slots[i], secret, master, err);
    }
    if (status == OK) return keyring_check(ring, master, err);
    if (status != E_DENIED) return status;
    bool phrase = kind == KEY_SLOT_PASSPHRASE;
    (void)err_set(err, E_DENIED, phrase ? "the passphrase does not open this home"
                                        : "the credential does not open this home");
    return err_hint(err, phrase ? "type it again; without it what is sealed cannot be read"
                                : "hearth seal --credential FILE makes a file open it");
}

/* ---- on the disk --------------------------------------------------------------------------- */

/* Only bounds are looked at here; whether somebody has changed the bytes is told by `check`, once
   the master key is known. */
Status keyring_parse(Str bytes, Keyring *out, Err *err) {
    if (bytes.n != sizeof *out) return err_set(err, E_CORRUPT, "seal.key has a wrong length");
    memcpy(out, bytes.p, sizeof *out);
    bool good = out->phase >= KEYRING_SEALED && out->phase <= KEYRING_UNSEALING &&
                out->n_slots >= 1 && out->n_slots <= KEYRING_SLOTS_MAX;
    for (uint32_t i = 0; good && i < out->n_slots; i++) {
        const KeySlot *slot = &out->slots[i];
        good = (slot->kind == KEY_SLOT_PASSPHRASE || slot->kind == KEY_SLOT_SECRET) &&
               slot->reserved == 0;
    }
    return good ? OK : err_set(err, E_CORRUPT, "seal.key is damaged");
}

Status keyring_read(const char *path, Keyring *out, Err *err) {
    Frame frame;
    TRY(frame_open(path, ring_kind, KEYRING_VERSION, FRAME_CHECK_ALL, &frame, err));
    Status status =
        keyring_parse((Str){(const char *)frame.payload, frame.payload_bytes}, out, err);
    frame_close(&frame);
    return status;
}

Status keyring_write(const char *path, Keyring *ring, const uint8_t master[SEAL_KEY_BYTES],
                     Err *err) {
    /* keyring_parse refuses all else: the home could never be opened again */
    assert(ring->n_slots >= 1 && ring->n_slots <= KEYRING_SLOTS_MAX);
    assert(ring->phase >= KEYRING_SEALED && ring->phase <= KEYRING_UNSEALING);
    check_of(ring, master, ring->check);
    Str payload = {(const char *)ring, sizeof *ring};
    return frame_put(path, ring_kind, KEYRING_VERSION, payload, err);
}
