/*
 * The questions of block.h for one width of vectors: included with BLOCK_WIDTH bytes, by block.c
 * and by the files that are compiled for one set of instructions.
 *
 * All but two things are plain arithmetic on vectors, as gcc and clang know it. Those two are how
 * the flags of a vector become bits, and whether bytes can be looked up in a table of sixteen
 * (pshufb, tbl): where they can, letters count only where a head's four bytes may stand; without,
 * each word's first letter does, and anchor.c asks its tables. Looking up both halves of
 * these bytes for eight groups at once is the search of Hyperscan (Wang et al., "Hyperscan: a fast
 * multi-pattern regex matcher for modern CPUs", NSDI 2019, section 4.2).
 */
#include <string.h>

#include "gate/scan/block.h"

#if BLOCK_WIDTH > 16
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

typedef unsigned char Bytes __attribute__((vector_size(BLOCK_WIDTH)));

static inline Bytes load(const unsigned char *p) {
    Bytes bytes;
    memcpy(&bytes, p, sizeof bytes);
    return bytes;
}

static inline Bytes is(Bytes c, unsigned char byte) {
    return (Bytes)(c == byte);
}

/* Each byte that is one of n in a row. */
static inline Bytes in_row(Bytes c, unsigned char first, unsigned char n) {
    return (Bytes)((Bytes)(c - first) < n);
}

static inline Bytes is_word(Bytes c) {
    return in_row(c | 0x20, 'a', 26) | in_row(c, '0', 10);
}

#if BLOCK_WIDTH == 64
static inline uint64_t to_bits(Bytes flags) {
    return _mm512_movepi8_mask((__m512i)flags);
}
#elif BLOCK_WIDTH == 32
static inline uint64_t to_bits(Bytes flags) {
    return (uint32_t)_mm256_movemask_epi8((__m256i)flags);
}
#else
static inline uint64_t to_bits(Bytes flags) {
    uint64_t half[2];
    flags &= 1;
    memcpy(half, &flags, sizeof half);
    return half[0] * 0x0102040810204080u >> 56 | half[1] * 0x0102040810204080u >> 56 << 8;
}
#endif

/* ---- heads --------------------------------------------------------------------------------- */

#if BLOCK_WIDTH > 16 || defined(__aarch64__)
/* table[i] for each byte i below 16. */
static inline Bytes look_up(const uint8_t table[16], Bytes i) {
#if BLOCK_WIDTH == 64
    __m128i row = _mm_loadu_si128((const __m128i *)table);
    return (Bytes)_mm512_shuffle_epi8(_mm512_broadcast_i32x4(row), (__m512i)i);
#elif BLOCK_WIDTH == 32
    __m128i row = _mm_loadu_si128((const __m128i *)table);
    return (Bytes)_mm256_shuffle_epi8(_mm256_broadcastsi128_si256(row), (__m256i)i);
#else
    return (Bytes)vqtbl1q_u8(vld1q_u8(table), (uint8x16_t)i);
#endif
}

/* May a head begin here? */
static ALWAYS_INLINE Bytes is_head(const BlockHeads *heads, const unsigned char *p, int places) {
    Bytes any = {0};
    Bytes low[BLOCK_HEAD], high[BLOCK_HEAD];
    for (int k = 0; k < places; k++) {
        Bytes c = load(p + k);
        low[k] = c & 15;
        high[k] = c >> 4;
    }
    for (int half = 0; half < BLOCK_GROUPS / 8; half++) {
        Bytes groups = ~(Bytes){0};
        for (int k = 0; k < places; k++) {
            groups &= look_up(heads->low[half][k], low[k]);
            groups &= look_up(heads->high[half][k], high[k]);
        }
        any |= groups;
    }
    return (Bytes)(any != 0);
}
#else
static ALWAYS_INLINE Bytes is_head(const BlockHeads *heads, const unsigned char *p, int places) {
    (void)heads, (void)p, (void)places;
    return ~(Bytes){0};
}
#endif

/* ---- questions ----------------------------------------------------------------------------- */

/* *word: nothing but a head makes it so. */
static ALWAYS_INLINE Bytes worth_a_look(const BlockHeads *heads, const unsigned char *p,
                                        Bytes *word) {
    Bytes c = load(p), before = load(p - 1), behind = load(p + 1), small = c | 0x20;
    Bytes word_before = is_word(before), letter = in_row(small, 'a', 26);
    Bytes camel = in_row(before, 'a', 26) & in_row(c, 'A', 26);
    Bytes head = ((letter | is(c, '-')) & ~word_before) | camel | (Bytes)(c >= 0xE3);
    Bytes joined_at = is(small, 'a') & is(before, '_');
    Bytes colon = is(behind, ':');
    Bytes mac = in_row(small, 'a', 6) & (colon | is(behind, '-'));
    Bytes url = is(c, ':') & (colon | is(behind, '/'));
    Bytes open = is(c, '[') | is(c, '(') | is(c, '{') | is(c, '<') | is(c, '_') | is(c, 0x90);
    Bytes mark = is(c, '@') | (is(c, '#') & word_before) | (open & is(behind | 0x20, 'a'));
    Bytes sure = in_row(c, '0', 10) | joined_at | mac | url | mark;
    *word = head & is_head(heads, p, BLOCK_HEAD) & ~sure;
    return sure | *word;
}

static inline Bytes is_escape(Bytes c) {
    return is(c, '%') | is(c, '&') | is(c, '\\') | is(c, '=') | is(c, 0x1b);
}

static inline Bytes is_code(const unsigned char *p) {
    Bytes c = load(p);
    return is_word(c) | is(c, '+') | is(c, '/') | is(c, '-') | is(c, '_') | is(c, '=');
}

static uint64_t anchors(const BlockHeads *heads, const unsigned char *p, uint64_t *words) {
    uint64_t bits = 0;
    *words = 0;
    for (int i = 0; i < BLOCK; i += BLOCK_WIDTH) {
        Bytes word;
        bits |= to_bits(worth_a_look(heads, p + i, &word)) << i;
        *words |= to_bits(word) << i;
    }
    return bits;
}

static uint64_t foldable(const BlockHeads *heads, const unsigned char *p) {
    uint64_t bits = 0;
    for (int i = 0; i < BLOCK; i += BLOCK_WIDTH) {
        Bytes c = load(p + i), han = in_row(c, 0xE3, 7);
        uint64_t signs = to_bits(han);
        if (signs) signs &= to_bits(is_head(heads, p + i, BLOCK_SIGN));
        bits |= (to_bits(is_escape(c) | ((Bytes)(c >= 0xC2) & ~han)) | signs) << i;
    }
    return bits;
}

static uint64_t codes(const unsigned char *p) {
    uint64_t bits = 0;
    for (int i = 0; i < BLOCK; i += BLOCK_WIDTH) bits |= to_bits(is_code(p + i)) << i;
    return bits;
}

static RowBits rows(const unsigned char *p) {
    RowBits bits = {0};
    for (int i = 0; i < BLOCK; i += BLOCK_WIDTH) {
        Bytes c = load(p + i), small = c | 0x20, x = is(small, 'x');
        Bytes gap = is(c, ' ') | is(c, ',') | is(c, ';') | is(c, '\t') | is(c, '\n') | is(c, '\r') |
                    in_row(c, '(', 2) | is(c, '[') | is(c, ']');
        bits.digits |= to_bits(in_row(c, '0', 10) | in_row(small, 'a', 6) | x) << i;
        bits.x |= to_bits(x) << i;
        bits.gaps |= to_bits(gap) << i;
    }
    return bits;
}

static uint64_t words(const unsigned char *p, uint64_t *stops) {
    uint64_t begins = 0;
    *stops = 0;
    for (int i = 0; i < BLOCK; i += BLOCK_WIDTH) {
        Bytes c = load(p + i), before = load(p + i - 1);
        Bytes inside = in_row(before | 0x20, 'a', 26);
        begins |= to_bits((in_row(c | 0x20, 'a', 26) & ~inside) | (Bytes)(c >= 0xC0)) << i;
        *stops |= to_bits(is(c, '\n') | is(c, ';') | is(c, '.') | is(c, 0x82)) << i;
    }
    return begins;
}

static uint64_t ends(const unsigned char *p) {
    uint64_t bits = 0;
    for (int i = 0; i < BLOCK; i += BLOCK_WIDTH) {
        Bytes c = load(p + i), stop = is(c, '\n') | is(c, ';') | is(c, '.') | is(c, 0x82);
        bits |= to_bits(stop | in_row(c, '0', 10) | is(c, ',')) << i;
    }
    return bits;
}
