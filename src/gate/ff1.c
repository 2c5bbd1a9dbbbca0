/*
 * FF1, NIST SP 800-38G, algorithm 7 (encryption).
 *
 * A Feistel network of ten rounds over the two halves A and B of a numeral string, u and v numerals
 * long. In each round a number y is made from B, the tweak and the round by AES in CBC-MAC, and
 *
 *     c = (NUM(A) + y) mod radix^m,    m = u in even rounds, v in odd ones
 *     A = B,  B = c as m numerals
 *
 * P and Q are the fixed block and the message of the MAC as the standard lays them out; S is cut to
 * d = 4 * ceil(b / 4) + 4 bytes, b being the bytes of radix^v. Numbers go to radix^32, which does
 * not fit a machine word: NUM is kept as bytes, big-endian, and the sum is made numeral by numeral
 * (y in base `radix` by long division). Nothing here is secret-dependent but the look-ups of AES.
 *
 * The standard's second condition, radix^length >= 10^6 (revision 1), is asked of the caller by
 * ff1_fits. Checked against the standard's nine samples: three in radix 10, three in radix 36 for
 * keys of 128, 192 and 256 bits (test_surrogate).
 */
#include "gate/ff1.h"

#include <assert.h>

enum { ROUNDS = 10, HALF_MAX = FF1_LENGTH_MAX / 2, NUMBER_MAX = 24 /* bytes of 64^32 */ };

_Static_assert(ROUNDS % 2 == 0, "the halves end where they began");
_Static_assert(8 * NUMBER_MAX >= 6 * HALF_MAX && FF1_RADIX_MAX <= 64, "a half in base 64 fits");

bool ff1_fits(uint32_t radix, size_t length) {
    uint64_t domain = 1;
    if (radix < 2 || radix > FF1_RADIX_MAX || length < 2 || length > FF1_LENGTH_MAX) return false;
    for (size_t i = 0; i < length && domain < FF1_DOMAIN_MIN; i++) domain *= radix;
    return domain >= FF1_DOMAIN_MIN;
}

/* NUM_radix as big-endian bytes. */
static void number_of(const uint8_t *x, size_t n, uint32_t radix, uint8_t *out, size_t bytes) {
    memset(out, 0, bytes);
    for (size_t i = 0; i < n; i++) {
        uint32_t carry = x[i];
        for (size_t b = bytes; b-- > 0;) {
            carry += out[b] * radix;
            out[b] = (uint8_t)carry;
            carry >>= 8;
        }
    }
}

/* Bytes of radix^v - 1: the b of step 3. */
static size_t bytes_of(uint32_t radix, size_t v) {
    uint8_t most[HALF_MAX], number[NUMBER_MAX];
    memset(most, (int)radix - 1, v);
    number_of(most, v, radix, number, sizeof number);
    size_t zeros = 0;
    while (zeros < sizeof number && !number[zeros]) zeros++;
    return sizeof number - zeros;
}

/* a[0..m) += the number y (consumed), modulo radix^m. */
static void add_number(uint8_t *a, size_t m, uint32_t radix, uint8_t *y, size_t bytes) {
    uint32_t carry = 0;
    for (size_t i = m; i-- > 0;) {
        uint32_t rest = 0; /* y mod radix, and y /= radix */
        for (size_t b = 0; b < bytes; b++) {
            rest = rest << 8 | y[b];
            y[b] = (uint8_t)(rest / radix);
            rest %= radix;
        }
        carry += a[i] + rest;
        a[i] = (uint8_t)(carry % radix);
        carry /= radix;
    }
}

static void put_be32(uint8_t *out, size_t value) {
    for (int i = 0; i < 4; i++) out[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* CBC-MAC over whole blocks, from the state in r. */
static void mac(const Aes *aes, const uint8_t *message, size_t n, uint8_t r[AES_BLOCK]) {
    for (size_t at = 0; at < n; at += AES_BLOCK) {
        for (size_t i = 0; i < AES_BLOCK; i++) r[i] ^= message[at + i];
        aes_encrypt(aes, r, r);
    }
}

/* What a call of FF1 computes once: steps 1 to 5, and the MAC over P. */
typedef struct Ff1 {
    const Aes *aes;
    uint32_t radix;
    Str tweak;
    size_t b, d;
    uint8_t start[AES_BLOCK]; /* MAC after P */
} Ff1;

static void ff1_start(Ff1 *f, size_t n, size_t u, size_t v) {
    uint8_t p[AES_BLOCK] = {1, 2, 1, 0, (uint8_t)(f->radix >> 8), (uint8_t)f->radix, ROUNDS,
                            (uint8_t)u};
    put_be32(p + 8, n);
    put_be32(p + 12, f->tweak.n);
    f->b = bytes_of(f->radix, v);
    f->d = 4 * ((f->b + 3) / 4) + 4;
    assert(f->b > 0 && f->b <= NUMBER_MAX && f->d <= NUMBER_MAX + 8);
    memset(f->start, 0, AES_BLOCK);
    mac(f->aes, p, AES_BLOCK, f->start);
}

/* Steps 6.i to 6.iii: the number y of a round, d bytes. */
static void ff1_round(const Ff1 *f, int round, const uint8_t *half, size_t n, uint8_t *y) {
    uint8_t q[FF1_TWEAK_MAX + AES_BLOCK + NUMBER_MAX + 1] = {0}, r[AES_BLOCK];
    size_t pad = (AES_BLOCK - (f->tweak.n + f->b + 1) % AES_BLOCK) % AES_BLOCK;
    size_t at = f->tweak.n + pad;
    if (f->tweak.n) memcpy(q, f->tweak.p, f->tweak.n);
    assert(at + 1 + f->b <= sizeof q && (at + 1 + f->b) % AES_BLOCK == 0);
    q[at] = (uint8_t)round;
    number_of(half, n, f->radix, q + at + 1, f->b);
    memcpy(r, f->start, AES_BLOCK);
    mac(f->aes, q, at + 1 + f->b, r);
    for (size_t got = 0, block = 0; got < f->d; got += AES_BLOCK, block++) {
        uint8_t s[AES_BLOCK];
        memcpy(s, r, AES_BLOCK);
        if (block) { /* the following blocks: CIPH(R xor block) */
            s[AES_BLOCK - 1] ^= (uint8_t)block;
            aes_encrypt(f->aes, s, s);
        }
        size_t take = f->d - got < AES_BLOCK ? f->d - got : AES_BLOCK;
        memcpy(y + got, s, take);
    }
}

void ff1_encrypt(const Aes *aes, uint32_t radix, Str tweak, uint8_t *x, size_t n) {
    assert(ff1_fits(radix, n) && tweak.n <= FF1_TWEAK_MAX);
    size_t u = n / 2, v = n - u;
    Ff1 f = {.aes = aes, .radix = radix, .tweak = tweak};
    uint8_t a[HALF_MAX], b[HALF_MAX], y[NUMBER_MAX + 8];
    memcpy(a, x, u);
    memcpy(b, x + u, v);
    ff1_start(&f, n, u, v);
    for (int round = 0; round < ROUNDS; round++) {
        size_t m = round % 2 ? v : u; /* numerals of a; b has n - m */
        uint8_t c[HALF_MAX];
        ff1_round(&f, round, b, n - m, y);
        memcpy(c, a, m);
        add_number(c, m, radix, y, f.d);
        memcpy(a, b, n - m);
        memcpy(b, c, m);
    }
    memcpy(x, a, u);
    memcpy(x + u, b, v);
}
