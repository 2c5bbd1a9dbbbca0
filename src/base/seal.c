/* The body of seal.h: libsodium's XChaCha20-Poly1305 and keyed BLAKE2b behind four functions. */
#include "base/seal.h"

#include <sodium.h>

#include "base/hash.h"

enum { NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES };

_Static_assert(SEAL_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "256-bit keys");
_Static_assert(SEAL_EXTRA_BYTES == NONCE_BYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES,
               "a nonce before, a tag behind");

void seal_close(const uint8_t key[SEAL_KEY_BYTES], Str bound, Str plain, void *out) {
    unsigned char *nonce = out;
    random_bytes(nonce, NONCE_BYTES); /* starts libsodium, too */
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(
        nonce + NONCE_BYTES, NULL, (const unsigned char *)plain.p, plain.n,
        (const unsigned char *)bound.p, bound.n, NULL, nonce, key);
}

bool seal_open(const uint8_t key[SEAL_KEY_BYTES], Str bound, Str sealed, void *out) {
    const unsigned char *nonce = (const unsigned char *)sealed.p;
    return sealed.n >= SEAL_EXTRA_BYTES &&
           crypto_aead_xchacha20poly1305_ietf_decrypt(
               out, NULL, NULL, nonce + NONCE_BYTES, sealed.n - NONCE_BYTES,
               (const unsigned char *)bound.p, bound.n, nonce, key) == 0;
}

void seal_derive(const uint8_t key[SEAL_KEY_BYTES], Str label, uint8_t out[SEAL_KEY_BYTES]) {
    (void)crypto_generichash(out, SEAL_KEY_BYTES, (const unsigned char *)label.p, label.n, key,
                             SEAL_KEY_BYTES);
}

void seal_wipe(void *bytes, size_t n) {
    sodium_memzero(bytes, n);
}
