/*
 * Blocks of packed weights in AVX-512 registers: 32 columns x 16 rows as eight vectors of unsigned
 * bytes, and the scales of 16 rows. Every function takes the type as a compile-time constant and
 * folds to straight code. Private to avx512_*.c and amx_*.c.
 *
 * Example, chunk 5 of a 6-bit block (columns 20..23, 16 rows): the low four bits are the high
 * nibbles of vector 5 & 3 = 1; the 2-bit plane begins at vector 4, and the chunk is in its vector 5
 * & 1 = 1, that is line 5, at bit 2 * (5 >> 1) = 4. Shifts move 16-bit lanes, there are none of 8
 * bits; the mask that follows takes away what came over from the neighbour byte.
 */
#ifndef HEARTH_MODEL_KERNELS_AVX512_UNPACK_H
#define HEARTH_MODEL_KERNELS_AVX512_UNPACK_H

#include "model/kernels/avx512_util.h"

/* Offset of u after unpacking: code books are shifted by 128 to become unsigned. */
static ALWAYS_INLINE int v512_off(const KernType type) {
    const KernLayout l = kern_layout_of(type);
    return l.style == STYLE_CODE ? 128 : l.off;
}

/* Moves the field at bit `from` (of 16-bit lanes, masked later) to bit `to`. */
static ALWAYS_INLINE __m512i v512_shift(__m512i v, const int from, const int to) {
    if (from > to) return _mm512_srli_epi16(v, (unsigned)(from - to));
    if (from < to) return _mm512_slli_epi16(v, (unsigned)(to - from));
    return v;
}

/* low | (v & mask) */
static ALWAYS_INLINE __m512i v512_or_and(__m512i low, __m512i v, __m512i mask) {
    return _mm512_ternarylogic_epi32(low, v, mask, 0xf8);
}

/* Vector `line` of a block: 64 bytes, 4 columns of 16 rows. */
static ALWAYS_INLINE __m512i v512_at(const uint8_t *p, const int line) {
    return _mm512_loadu_si512((const void *)(p + 64 * line));
}

/* What was loaded stays in its register: gcc 12 would load it again for each use, and a product of
   few tokens waits for loads (activations are memory operands). Q4_0 with 2, 4 and 8 tokens: 428,
   558, 654 -> 481, 628, 694 GOPS, one thread of Zen 5. K types have too few registers for it: Q6_K
   fell from 293, 410, 503 to 209, 365, 439. */
static ALWAYS_INLINE __m512i v512_once(const bool once, __m512i v) {
    if (once) __asm__("" : "+v"(v));
    return v;
}

/* Chunk j of a block of 2 or 3 bits: a 2-bit plane, then for 3 bits the 1-bit plane. */
static ALWAYS_INLINE __m512i v512_chunk_2_3(const int bits, const uint8_t *b, const int j) {
    const __m512i three = _mm512_set1_epi8(3), four = _mm512_set1_epi8(4);
    __m512i w = _mm512_and_si512(v512_shift(v512_at(b, j & 1), 2 * (j >> 1), 0), three);
    return bits == 3 ? v512_or_and(w, v512_shift(v512_at(b, 2), j, 2), four) : w;
}

/* Chunk j of a block of 4, 5 or 6 bits, of which v has the low four: behind that plane stands the
   1- or 2-bit plane. */
static ALWAYS_INLINE __m512i v512_chunk_4_5_6(const int bits, const uint8_t *b, __m512i v,
                                              const int j) {
    const __m512i top = _mm512_set1_epi8(bits == 5 ? 0x10 : 0x30);
    if (j >= 4) v = _mm512_srli_epi16(v, 4);
    v = _mm512_and_si512(v, _mm512_set1_epi8(15));
    if (bits == 4) return v;
    const __m512i high = bits == 5 ? v512_shift(v512_at(b, 4), j, 4)
                                   : v512_shift(v512_at(b, 4 + (j & 1)), 2 * (j >> 1), 4);
    return v512_or_and(v, high, top);
}

/* A code book, raised by 128 to become unsigned. */
static ALWAYS_INLINE __m512i v512_codes(const KernType type) {
    const int8_t *code = type == KERN_MXFP4 ? kern_code_mxfp4 : kern_code_iq4nl;
    __m512i table = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)code));
    return _mm512_xor_si512(table, _mm512_set1_epi8((char)0x80));
}

/* Chunk j of a block, unsigned. */
static ALWAYS_INLINE __m512i v512_chunk(const KernType type, const uint8_t *b, const int j) {
    const KernLayout l = kern_layout_of(type);
    if (l.bits == 8) return v512_at(b, j);
    if (l.bits < 4) return v512_chunk_2_3(l.bits, b, j);
    __m512i w = v512_chunk_4_5_6(l.bits, b, v512_at(b, j & 3), j);
    return l.style == STYLE_CODE ? _mm512_shuffle_epi8(v512_codes(type), w) : w;
}

/* The eight chunks of a block, unsigned. */
static ALWAYS_INLINE void v512_unpack(const KernType type, const uint8_t *b, __m512i w[8]) {
    const KernLayout l = kern_layout_of(type);
    const bool once = l.unit_cols < KERN_SUPER_COLS;
    if (l.bits < 4 || l.bits == 8) {
#pragma GCC unroll 8
        for (int j = 0; j < 8; j++) w[j] = v512_chunk(type, b, j);
        return;
    }
#pragma GCC unroll 4
    for (int j = 0; j < 4; j++) {
        const __m512i v = v512_once(once, v512_at(b, j));
        w[j] = v512_chunk_4_5_6(l.bits, b, v, j);
        w[j + 4] = v512_chunk_4_5_6(l.bits, b, v, j + 4);
    }
    if (l.style != STYLE_CODE) return;
#pragma GCC unroll 8
    for (int j = 0; j < 8; j++) w[j] = _mm512_shuffle_epi8(v512_codes(type), w[j]);
}

/* Scales of block i of a unit: value = scale[half] * (u - off) + shift[half] (16-column halves). */
typedef struct Scales512 {
    __m512 scale[2], shift[2];
} Scales512;

/* true when values have a minimum beside the scale: a product then needs the sums of
   activations. */
static ALWAYS_INLINE bool v512_has_shift(const KernType type) {
    const KernLayout l = kern_layout_of(type);
    return l.style == STYLE_DM || l.style == STYLE_K || l.style == STYLE_K16M;
}

/* true when the two halves of a block have their own scales. */
static ALWAYS_INLINE bool v512_has_halves(const KernType type) {
    const KernLayout l = kern_layout_of(type);
    return l.style == STYLE_K16 || l.style == STYLE_K16M;
}

static ALWAYS_INLINE Scales512 v512_scales(const KernType type, const uint8_t *unit, int i) {
    const KernLayout l = kern_layout_of(type);
    Scales512 s;
    __m512 d = type == KERN_MXFP4 ? v512_load_e8m0_half(unit) : v512_load_f16(unit);
    __m512 m = v512_has_shift(type) ? v512_load_f16(unit + 32) : _mm512_setzero_ps();
    s.scale[0] = s.scale[1] = d;
    s.shift[0] = s.shift[1] = m;
    if (l.style == STYLE_K) {
        __m512 none = _mm512_setzero_ps();
        s.scale[0] = s.scale[1] = _mm512_mul_ps(d, v512_load_u8(unit + 64 + 32 * i));
        s.shift[0] = s.shift[1] = _mm512_fnmadd_ps(m, v512_load_u8(unit + 80 + 32 * i), none);
    }
    for (int half = 0; half < 2; half++) {
        const uint8_t *sc = unit + 32 * i + 16 * half;
        if (l.style == STYLE_K16) s.scale[half] = _mm512_mul_ps(d, v512_load_s8(sc + 32));
        if (l.style != STYLE_K16M) continue;
        __m512i both = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(sc + 64)));
        __m512i low = _mm512_and_si512(both, _mm512_set1_epi32(15));
        s.scale[half] = _mm512_mul_ps(d, _mm512_cvtepi32_ps(low));
        __m512 mn = _mm512_cvtepi32_ps(_mm512_srli_epi32(both, 4));
        s.shift[half] = _mm512_fnmadd_ps(m, mn, _mm512_setzero_ps());
    }
    return s;
}

#endif
