/*
 * The body of hash.h: SHA-256, BLAKE2b and SipHash come from libsodium; hash_check64 is a plain
 * multiply-and-rotate sum over 8-byte words in four lanes (its own definition below, about
 * 10 GB/s), meant for finding damage on disk, not tampering.
 *
 * hash_check64 is part of the format of every file of ours (frame.c): a change of it would call all
 * of them damaged. hash_table_key lives as long as the process and must never be written down.
 */
#include "base/hash.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/plain.h"

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(Sha256), "Sha256 holds sodium's state");
_Static_assert(_Alignof(crypto_hash_sha256_state) <= _Alignof(Sha256), "as aligned as it wants");
_Static_assert(HASH_BYTES == crypto_hash_sha256_BYTES, "a SHA-256");
_Static_assert(HASH_BYTES == crypto_generichash_BYTES, "a BLAKE2b-256");
_Static_assert(HASH_HEX == 2 * HASH_BYTES + 1, "two digits a byte, and a NUL");

static pthread_once_t sodium_once = PTHREAD_ONCE_INIT;
static unsigned char table_key[crypto_shorthash_KEYBYTES];

/* Once for the process. sodium_init is thread-safe and cheap when it was done before. */
static void start_sodium(void) {
    if (sodium_init() < 0) abort(); /* no source of random bytes: nothing safe can be done */
    randombytes_buf(table_key, sizeof table_key);
}

void sha256_init(Sha256 *h) {
    crypto_hash_sha256_init((crypto_hash_sha256_state *)(void *)h->state);
}

void sha256_add(Sha256 *h, const void *bytes, size_t n) {
    crypto_hash_sha256_update((crypto_hash_sha256_state *)(void *)h->state, bytes, n);
}

void sha256_end(Sha256 *h, uint8_t out[HASH_BYTES]) {
    crypto_hash_sha256_final((crypto_hash_sha256_state *)(void *)h->state, out);
}

void hash_blake2b(const void *bytes, size_t n, uint8_t out[HASH_BYTES]) {
    (void)crypto_generichash(out, HASH_BYTES, bytes, n, NULL, 0);
}

void hash_hex(const uint8_t digest[HASH_BYTES], char out[HASH_HEX]) {
    (void)sodium_bin2hex(out, HASH_HEX, digest, HASH_BYTES);
}

bool hash_from_hex(Str hex, uint8_t out[HASH_BYTES]) {
    if (hex.n != 2 * HASH_BYTES) return false;
    for (size_t i = 0; i < HASH_BYTES; i++) {
        char a = hex.p[2 * i], b = hex.p[2 * i + 1];
        int high = plain_hex(a), low = plain_hex(b);
        if (high < 0 || low < 0 || plain_lower(a) != a || plain_lower(b) != b) return false;
        out[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

uint64_t hash_table_key(const void *bytes, size_t n) {
    pthread_once(&sodium_once, start_sodium);
    uint64_t out = 0; /* MemorySanitizer does not see what libsodium writes */
    _Static_assert(sizeof out == crypto_shorthash_BYTES, "SipHash-2-4 yields 64 bits");
    crypto_shorthash((unsigned char *)&out, bytes, n, table_key);
    return out;
}

void random_bytes(void *out, size_t n) {
    pthread_once(&sodium_once, start_sodium);
    randombytes_buf(out, n);
}

static uint64_t rotate(uint64_t x, int by) {
    return x << by | x >> (64 - by);
}

/* n <= 8 bytes as a little-endian number; compilers make one load of it when n is 8. */
static uint64_t load_le(const uint8_t *p, size_t n) {
    uint64_t word = 0;
    for (size_t i = 0; i < n; i++) word |= (uint64_t)p[i] << (8 * i);
    return word;
}

/* lane = rotate(lane ^ word * P, 31) * Q, four lanes of 8 bytes; then lanes, tail and length fold
   into one word with the finaliser of MurmurHash3 (public domain constants). */
uint64_t hash_check64(const void *bytes, size_t n, uint64_t seed) {
    const uint64_t p = 0x9E3779B97F4A7C15u, q = 0xC2B2AE3D27D4EB4Fu;
    const uint8_t *at = bytes, *end = n ? at + n : at;
    uint64_t lane[4] = {seed, seed ^ p, seed + q, ~seed};
    for (; end - at >= 32; at += 32) {
        for (int i = 0; i < 4; i++) lane[i] = rotate(lane[i] ^ load_le(at + 8 * i, 8) * p, 31) * q;
    }
    uint64_t sum = n * q;
    for (int i = 0; i < 4; i++) sum = rotate(sum ^ lane[i] * p, 27) * q;
    for (; at < end; at += 8) {
        size_t step = end - at < 8 ? (size_t)(end - at) : 8;
        sum = rotate(sum ^ load_le(at, step) * p, 31) * q;
        if (step < 8) break;
    }
    sum = (sum ^ sum >> 33) * 0xFF51AFD7ED558CCDu;
    sum = (sum ^ sum >> 33) * 0xC4CEB9FE1A85EC53u;
    return sum ^ sum >> 33;
}
