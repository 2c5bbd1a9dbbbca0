/*
 * K types with activations of the format I8K: what the products for few and for many tokens share.
 *
 * 256 columns of a row have one float of their own on either side, so that within them only the
 * scales of 32 (16) columns and the shifts of the activations' blocks remain. Per block of 32
 * columns, row and token that is 8 vpdpbusd and 1 product (2 with halves) on the multiplying pipes
 * where one scale of the activations per 32 takes 2 to 5. Minima are products of 16-bit integers,
 * two blocks at a time: 4 vpdpwssd for 256 columns.
 *
 * Sums are made as floats. A sum c of a block that is shifted by s starts from the bits of bias =
 * 1.5 * 2^(23 + s), where one step of the last bit is 2^s: so its bits are the float bias + (c <<
 * s), and a subtraction gives float(c << s), exactly. A shift and a conversion, which on Intel's
 * cores take the multiplying pipes' time, have become one instruction.
 *
 * The order in which floats are added, everywhere:
 *
 *     t = minima * (-dmin 2^11)                            (0 for types without)
 *     t = t + float(c << shift) * (d sc)                    each block or half, in column order
 *     f = f + t * scale of the activations                 256 columns; f starts at 0
 *
 * The integers are exact: |c| < 2^17 - 2^5, which is below 2^22 and has less than 24 bits, so that
 * the sum does not leave its bias's binade and float(c << shift) is not rounded. Private to
 * avx512_*.c.
 */
#ifndef HEARTH_MODEL_KERNELS_AVX512_SUPER_H
#define HEARTH_MODEL_KERNELS_AVX512_SUPER_H

#include "model/kernels/avx512_matmul.h"

enum { SUPER_BLOCKS = KERN_SUPER_COLS / 32, SUPER_PAIRS_MAX = 8, SUPER_OFFSET = 128 };

/* Where the sums of a block, or of half a one, start: at the bits of the bias, minus the type's
   offset times the sum of the activations. which: half, counted from the unit's beginning. */
static ALWAYS_INLINE __m512i v512_super_start(const int off, const KernActSuper *x, int which) {
    const __m512 bias = _mm512_set1_ps(x->bias[which / 2]);
    if (off == 0) return _mm512_castps_si512(bias);
    if (off == SUPER_OFFSET) return _mm512_set1_epi32(x->start[which]);
    const int32_t bits = (int32_t)kern_bits_of(x->bias[which / 2]);
    return _mm512_set1_epi32(bits + (x->start[which] - bits) / (SUPER_OFFSET / off));
}

/* Pairs of minima in 256 columns: of neighbouring blocks or halves. */
static ALWAYS_INLINE int v512_super_pairs(const V512Family fam) {
    return !fam.shift ? 0 : fam.halves ? 8 : 4;
}

/* Minima of 16 rows in pairs of 16 bits, pair j of a unit. */
static ALWAYS_INLINE __m512i v512_super_minima(const KernType type, const uint8_t *unit, int j) {
    const bool halves = v512_has_halves(type);
    const uint8_t *p = unit + (halves ? 64 + 32 * j : 80 + 64 * j), *next = p + (halves ? 16 : 32);
    __m512i a = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p));
    __m512i b = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)next));
    if (halves) {
        a = _mm512_srli_epi32(a, 4);
        b = _mm512_srli_epi32(b, 4);
    }
    return _mm512_or_si512(a, _mm512_slli_epi32(b, 16));
}

/* -dmin 2^11 */
static ALWAYS_INLINE __m512 v512_super_dmin(const uint8_t *unit) {
    const float by = -(float)(1 << (KERN_SUPER_SHIFT - KERN_SUPER_SUM));
    return _mm512_mul_ps(v512_load_f16(unit + 32), _mm512_set1_ps(by));
}

/* The sums of a token that meet pair j. */
static ALWAYS_INLINE __m512i v512_super_sums(const V512Family fam, const KernActSuper *x, int j) {
    return v512_bcast4((const int8_t *)((fam.halves ? x->sum16 : x->sum32) + 2 * j));
}

/* t of 256 columns before its first block: the exact sums of minima in units of 2^11, as a
   float. */
static ALWAYS_INLINE __m512 v512_super_begin(__m512i minima, __m512 dmin) {
    return _mm512_mul_ps(_mm512_cvtepi32_ps(minima), dmin);
}

/* c: sums of block i, or of one of its halves, from v512_super_start on. */
static ALWAYS_INLINE __m512 v512_super_add(__m512i c, const KernActSuper *x, int i, __m512 scale,
                                           __m512 t) {
    const __m512 bias = _mm512_set1_ps(x->bias[i]);
    return _mm512_fmadd_ps(_mm512_sub_ps(_mm512_castsi512_ps(c), bias), scale, t);
}

/* f + t times the scale of the activations: the one place where they are scaled, once in 256
   columns. */
static ALWAYS_INLINE __m512 v512_super_end(__m512 t, const KernActSuper *x, __m512 f) {
    return _mm512_fmadd_ps(t, _mm512_set1_ps(x->scale), f);
}

#endif
