/*
 * The body of seal.h: libsodium's XChaCha20-Poly1305, keyed BLAKE2b and Argon2id.
 *
 *     seal_close   nonce[24]  ciphertext[n]  tag[16]        40 bytes more than the text
 *     seal_block   ciphertext[n], the tag elsewhere         as long as the text
 *
 * The nonce of seal_close is drawn, that of seal_block given. `bound` is authenticated and stored
 * nowhere: whoever opens must know it. A wrong key, a wrong `bound` and a changed byte look alike,
 * and nothing of the text comes out then.
 */
#include "base/seal.h"

#include <sodium.h>

#include "base/fence.h"
#include "base/hash.h"

enum { PASSES_MAX = 64, MEMORY_KIB_MAX = 4 << 20 };

_Static_assert(SEAL_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "256-bit keys");
_Static_assert(SEAL_NONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "drawn nonces");
_Static_assert(SEAL_TAG_BYTES == crypto_aead_xchacha20poly1305_ietf_ABYTES, "a tag behind");
_Static_assert(SEAL_SALT_BYTES == crypto_pwhash_SALTBYTES, "of Argon2id");
_Static_assert(SEAL_KEY_BYTES >= crypto_generichash_KEYBYTES_MIN &&
                   SEAL_KEY_BYTES <= crypto_generichash_KEYBYTES_MAX, "a key of BLAKE2b's, too");

/* out: nonce, ciphertext, tag. A nonce of 192 random bits does not repeat within any number of
   seals that can be made. */
void seal_close(const uint8_t key[SEAL_KEY_BYTES], Str bound, Str plain, void *out) {
    unsigned char *nonce = out;
    random_bytes(nonce, SEAL_NONCE_BYTES); /* starts libsodium, too */
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(
        nonce + SEAL_NONCE_BYTES, NULL, (const unsigned char *)plain.p, plain.n,
        (const unsigned char *)bound.p, bound.n, NULL, nonce, key);
}

bool seal_open(const uint8_t key[SEAL_KEY_BYTES], Str bound, Str sealed, void *out) {
    const unsigned char *nonce = (const unsigned char *)sealed.p;
    return sealed.n >= SEAL_EXTRA_BYTES && sodium_init() >= 0 &&
           crypto_aead_xchacha20poly1305_ietf_decrypt(
               out, NULL, NULL, nonce + SEAL_NONCE_BYTES, sealed.n - SEAL_NONCE_BYTES,
               (const unsigned char *)bound.p, bound.n, nonce, key) == 0;
}

/* The nonce is the caller's: two texts under one key and one nonce would tell their difference. */
void seal_block(const uint8_t key[SEAL_KEY_BYTES], const uint8_t nonce[SEAL_NONCE_BYTES], Str text,
                void *out, uint8_t tag[SEAL_TAG_BYTES]) {
    bool started = sodium_init() >= 0; /* picks the fast code of this CPU */
    (void)started;                     /* the nonces of its caller came from it */
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt_detached(
        out, tag, NULL, (const unsigned char *)text.p, text.n, NULL, 0, NULL, nonce, key);
}

bool unseal_block(const uint8_t key[SEAL_KEY_BYTES], const uint8_t nonce[SEAL_NONCE_BYTES],
                  Str text, void *out, const uint8_t tag[SEAL_TAG_BYTES]) {
    return sodium_init() >= 0 &&
           crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
               out, NULL, (const unsigned char *)text.p, text.n, tag, NULL, 0, nonce, key) == 0;
}

void seal_derive(const uint8_t key[SEAL_KEY_BYTES], Str label, uint8_t out[SEAL_KEY_BYTES]) {
    (void)crypto_generichash(out, SEAL_KEY_BYTES, (const unsigned char *)label.p, label.n, key,
                             SEAL_KEY_BYTES);
}

/* The bounds are on what a file says that its passphrase costs: a changed one must not take all
   memory or an hour. 8 KiB is the least that Argon2 knows (RFC 9106, 3.1). */
Status seal_stretch(Str passphrase, const uint8_t salt[SEAL_SALT_BYTES], SealCost cost,
                    uint8_t out[SEAL_KEY_BYTES], Err *err) {
    if (cost.passes < 1 || cost.passes > PASSES_MAX || cost.memory_kib < 8 ||
        cost.memory_kib > MEMORY_KIB_MAX) {
        return err_set(err, E_CORRUPT, "a passphrase that takes %u passes over %u KiB", cost.passes,
                       cost.memory_kib);
    }
    if (sodium_init() >= 0 &&
        crypto_pwhash(out, SEAL_KEY_BYTES, passphrase.p, passphrase.n, salt, cost.passes,
                      (size_t)cost.memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13) == 0) {
        return OK;
    }
    (void)err_set(err, E_LIMIT, "the passphrase takes %u MiB of memory to be checked",
                  cost.memory_kib / 1024);
    return err_hint(err, "end other programs and try again");
}

bool seal_same(const void *a, const void *b, size_t n) {
    return sodium_memcmp(a, b, n) == 0;
}

void seal_wipe(void *bytes, size_t n) {
    sodium_memzero(bytes, n);
}

void seal_wipe_buf(Buf *buf) {
    unfence(buf->p, buf->cap);
    if (buf->p) seal_wipe(buf->p, buf->cap);
    buf_fini(buf);
}
