/*
 * Digests and checksums. SHA-256 (FIPS 180-4) names model files; BLAKE2b-256 (RFC 7693) names
 * document content; both are libsodium's. XXH-like fast hashing for tables is map-internal and
 * keyed where keys come from outside (SipHash-2-4).
 */
#ifndef HEARTH_BASE_HASH_H
#define HEARTH_BASE_HASH_H

#include "base/text.h"

enum { HASH_BYTES = 32, HASH_HEX = 65 };

typedef struct Sha256 {
    _Alignas(16) unsigned char state[128];
} Sha256;

/* SHA-256 of what comes in pieces: init, any number of adds, one end, after which the state needs
   init again. The state is the caller's and holds no memory; one thread at a time. None fails. */
void sha256_init(Sha256 *h);
/* bytes may be NULL when n is 0. */
void sha256_add(Sha256 *h, const void *bytes, size_t n);
/* Writes the 32 bytes of the digest, in the order in which they are printed. */
void sha256_end(Sha256 *h, uint8_t out[HASH_BYTES]);
/* BLAKE2b-256 without a key, at once. bytes may be NULL when n is 0. */
void hash_blake2b(const void *bytes, size_t n, uint8_t out[HASH_BYTES]);
/* Lower case, NUL behind. */
void hash_hex(const uint8_t digest[HASH_BYTES], char out[HASH_HEX]);
bool hash_from_hex(Str hex, uint8_t out[HASH_BYTES]); /* exactly 64 of [0-9a-f] */

/* Keyed hash for tables whose keys come from outside; the key is drawn once per process. */
uint64_t hash_table_key(const void *bytes, size_t n);
/* Fast unkeyed 64-bit checksum for blocks of our own files (not against an attacker). */
uint64_t hash_check64(const void *bytes, size_t n, uint64_t seed);
/* The next number of splitmix64 (Steele, Lea and Flood; S. Vigna's public domain code), the same
   everywhere: for draws that are to be made again, not for keys. */
static inline uint64_t random_next(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}
/* From the system's source (getrandom(2)), fit for keys. Without such a source the process ends. */
void random_bytes(void *out, size_t n);

#endif
