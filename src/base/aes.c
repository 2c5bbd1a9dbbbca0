/*
 * AES, as FIPS 197 writes it: the state is 16 bytes, column by column; a round is SubBytes,
 * ShiftRows, MixColumns, AddRoundKey; the last one mixes no columns.
 *
 * The S-box is computed once from its definition (the inverse in GF(2^8) modulo x^8+x^4+x^3+x+1,
 * then the affine map of section 5.1.1) and looked up. Table look-ups can be timed by who shares
 * the cache; here the cipher runs over the user's own numbers on the user's own machine, a few
 * blocks at a time, where nobody chooses or measures: plain and short was preferred to bitslicing.
 */
#include "base/aes.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

static uint8_t sbox[256];
static pthread_once_t sbox_once = PTHREAD_ONCE_INIT;

/* Times x in GF(2^8). */
static uint8_t twice(uint8_t a) {
    return (uint8_t)(a << 1 ^ (a >> 7) * 0x1B);
}

static uint8_t rotated(uint8_t a, int by) {
    return (uint8_t)(a << by | a >> (8 - by));
}

/* p runs through all non-zero elements by the generator 3, q through their inverses. */
static void make_sbox(void) {
    uint8_t p = 1, q = 1;
    do {
        p = (uint8_t)(p ^ twice(p));
        q = (uint8_t)(q ^ q << 1);
        q = (uint8_t)(q ^ q << 2);
        q = (uint8_t)(q ^ q << 4);
        if (q & 0x80) q ^= 0x09;
        sbox[p] = (uint8_t)(q ^ rotated(q, 1) ^ rotated(q, 2) ^ rotated(q, 3) ^ rotated(q, 4) ^
                            0x63);
    } while (p != 1);
    sbox[0] = 0x63;
}

/* Key expansion, section 5.2: word i from word i-1 and word i-n. */
void aes_init(Aes *aes, const uint8_t *key, size_t key_bytes) {
    assert(key_bytes == 16 || key_bytes == 24 || key_bytes == 32);
    pthread_once(&sbox_once, make_sbox);
    size_t n = key_bytes / 4;
    aes->rounds = (int)n + 6;
    uint8_t(*w)[4] = (uint8_t(*)[4])(void *)aes->key;
    memcpy(w, key, key_bytes);
    uint8_t constant = 1;
    for (size_t i = n; i < 4 * (size_t)(aes->rounds + 1); i++) {
        uint8_t t[4];
        memcpy(t, w[i - 1], 4);
        if (i % n == 0) {
            uint8_t first = t[0];
            for (int k = 0; k < 3; k++) t[k] = sbox[t[k + 1]];
            t[3] = sbox[first];
            t[0] ^= constant;
            constant = twice(constant);
        } else if (n > 6 && i % n == 4) {
            for (int k = 0; k < 4; k++) t[k] = sbox[t[k]];
        }
        for (int k = 0; k < 4; k++) w[i][k] = w[i - n][k] ^ t[k];
    }
}

/* AddRoundKey, section 5.1.4. */
static void add_key(uint8_t s[AES_BLOCK], const uint8_t key[AES_BLOCK]) {
    for (int i = 0; i < AES_BLOCK; i++) s[i] ^= key[i];
}

/* SubBytes and ShiftRows: row r of column c comes from column c + r. */
static void substitute_and_shift(uint8_t s[AES_BLOCK]) {
    uint8_t t[AES_BLOCK];
    for (int c = 0; c < 4; c++) {
        for (int r = 0; r < 4; r++) t[4 * c + r] = sbox[s[4 * ((c + r) & 3) + r]];
    }
    memcpy(s, t, AES_BLOCK);
}

/* Each column times the fixed polynomial of section 5.1.3: 2a + 3b + c + d is a + (a+b+c+d) +
   2(a+b), so that one doubling a byte is enough. */
static void mix_columns(uint8_t s[AES_BLOCK]) {
    for (uint8_t *c = s; c < s + AES_BLOCK; c += 4) {
        uint8_t all = c[0] ^ c[1] ^ c[2] ^ c[3], first = c[0];
        for (int r = 0; r < 4; r++) {
            uint8_t next = r < 3 ? c[r + 1] : first;
            c[r] = (uint8_t)(c[r] ^ all ^ twice(c[r] ^ next));
        }
    }
}

/* The cipher of section 5.1. Works on a copy, so that `in` may be `out`. */
void aes_encrypt(const Aes *aes, const uint8_t in[AES_BLOCK], uint8_t out[AES_BLOCK]) {
    assert(aes->rounds >= 10 && aes->rounds <= AES_ROUNDS_MAX); /* aes_init has made the keys */
    uint8_t s[AES_BLOCK];
    memcpy(s, in, AES_BLOCK);
    add_key(s, aes->key[0]);
    for (int round = 1; round <= aes->rounds; round++) {
        substitute_and_shift(s);
        if (round < aes->rounds) mix_columns(s);
        add_key(s, aes->key[round]);
    }
    memcpy(out, s, AES_BLOCK);
}
