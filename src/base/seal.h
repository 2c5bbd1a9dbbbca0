/*
 * Sealing: authenticated encryption with one key, keys derived from it, a key from a passphrase.
 *
 * XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) by libsodium. Its 192-bit nonce is drawn at random
 * for each seal and stands before the ciphertext, so that nobody has to count. What must not be
 * exchanged for another sealed thing (kind, version, name) goes into `bound`: it is authenticated,
 * not stored. Derived keys are keyed BLAKE2b-256 (RFC 7693) over a label. A passphrase becomes a
 * key by Argon2id (RFC 9106).
 */
#ifndef HEARTH_BASE_SEAL_H
#define HEARTH_BASE_SEAL_H

#include "base/text.h"

enum {
    SEAL_KEY_BYTES = 32,
    SEAL_NONCE_BYTES = 24,
    SEAL_TAG_BYTES = 16,
    SEAL_EXTRA_BYTES = SEAL_NONCE_BYTES + SEAL_TAG_BYTES,
    SEAL_SALT_BYTES = 16,
};

/* `out` has room for plain.n + SEAL_EXTRA_BYTES. */
void seal_close(const uint8_t key[SEAL_KEY_BYTES], Str bound, Str plain, void *out);
/* `out` has room for sealed.n - SEAL_EXTRA_BYTES. false: another key, other `bound`, or damaged. */
bool seal_open(const uint8_t key[SEAL_KEY_BYTES], Str bound, Str sealed, void *out) WARN_UNUSED;
/* A key of its own for each label; whoever has it learns nothing of `key` or of other labels'
   keys. */
void seal_derive(const uint8_t key[SEAL_KEY_BYTES], Str label, uint8_t out[SEAL_KEY_BYTES]);
/* The same with the tag kept elsewhere and a nonce of the caller's, which must be used once with a
   key: for blocks that keep their length. `out` has room for text.n bytes and may be text.p. */
void seal_block(const uint8_t key[SEAL_KEY_BYTES], const uint8_t nonce[SEAL_NONCE_BYTES], Str text,
                void *out, uint8_t tag[SEAL_TAG_BYTES]);
/* What seal_block sealed. false: another key or nonce, or a changed byte; `out` holds nothing to be
   used then. */
bool unseal_block(const uint8_t key[SEAL_KEY_BYTES], const uint8_t nonce[SEAL_NONCE_BYTES],
                  Str text, void *out, const uint8_t tag[SEAL_TAG_BYTES]) WARN_UNUSED;

/* What a guess of a passphrase costs: passes over that much memory. */
typedef struct SealCost {
    uint32_t passes, memory_kib;
} SealCost;

/* Argon2id. E_LIMIT: that much memory is not to be had; E_CORRUPT: a cost that nobody asks for. */
Status seal_stretch(Str passphrase, const uint8_t salt[SEAL_SALT_BYTES], SealCost cost,
                    uint8_t out[SEAL_KEY_BYTES], Err *err) WARN_UNUSED;
bool seal_same(const void *a, const void *b, size_t n); /* in a time that says nothing of where */
/* Overwrites with zeros, in a way that no compiler leaves out. */
void seal_wipe(void *bytes, size_t n);
/* buf_fini of what nobody may find in memory. */
void seal_wipe_buf(Buf *buf);

#endif
