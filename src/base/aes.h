/*
 * The AES block cipher (FIPS 197), encryption only, for constructions that libsodium does not have:
 * format-preserving encryption needs the bare block. Not for sealing anything: seal.h does that.
 */
#ifndef HEARTH_BASE_AES_H
#define HEARTH_BASE_AES_H

#include <stddef.h>
#include <stdint.h>

enum { AES_BLOCK = 16, AES_ROUNDS_MAX = 14 };

typedef struct Aes {
    uint8_t key[AES_ROUNDS_MAX + 1][AES_BLOCK]; /* of each round */
    int rounds;
} Aes;

/* key_bytes: 16, 24 or 32. Wipe the struct after use (seal_wipe). */
void aes_init(Aes *aes, const uint8_t *key, size_t key_bytes);
/* One block of 16 bytes; `in` and `out` may be the same. Any number of threads may share a key. */
void aes_encrypt(const Aes *aes, const uint8_t in[AES_BLOCK], uint8_t out[AES_BLOCK]);

#endif
