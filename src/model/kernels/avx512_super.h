/*
 * K types with activations of the format I8K: what the products for few and for many tokens share.
 *
 * 256 columns of a row have one float of their own on either side, and within them everything is
 * added in whole numbers. The sum c over the columns of one scale is exact in 32 bits; shifted and
 * rounded to 16 bits (ref_matmul.c has the rule), two neighbours lie in one lane and meet their two
 * scales in one vpdpwssd; minima meet the sums of the activations the same way. For 256 columns, a
 * row vector and a token that is 64 vpdpbusd, 4 vpdpwssd (8 with halves), 4 (8) where there are
 * minima and 2 or 3 products of floats on the multiplying pipes: at most 85 % of the peak of
 * vpdpbusd for Q4_K and Q5_K, 86 % for Q6_K. Shifts and what joins the neighbours run beside them.
 *
 * The order in which floats are added, everywhere:
 *
 *     t = float(minima) * (-dmin/8)                        (0 for types without)
 *     t = t + float(sum of scale * c16) * (d 2^k)
 *     f = f + t * scale of the activations                 256 columns; f starts at 0
 *
 * Integers may be added in any order: 8 * 30480 * 63 and 16 * 32512 * 128 are below 2^27. Private
 * to avx512_*.c.
 */
#ifndef HEARTH_MODEL_KERNELS_AVX512_SUPER_H
#define HEARTH_MODEL_KERNELS_AVX512_SUPER_H

#include "model/kernels/avx512_matmul.h"

enum { SUPER_BLOCKS = KERN_SUPER_COLS / 32, SUPER_PAIRS_MAX = 8 };

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

/* Scales of pair j of a unit as two numbers of 16 bits: of blocks 2 j and 2 j + 1, or of the halves
   of block j. */
static ALWAYS_INLINE __m512i v512_super_scales(const KernType type, const uint8_t *unit, int j) {
    const KernLayout l = kern_layout_of(type);
    const uint8_t *p = unit + (l.style == STYLE_K ? 64 + 64 * j : l.style == STYLE_K16 ? 32 + 32 * j
                                                                                     : 64 + 32 * j);
    const __m128i first = _mm_loadu_si128((const __m128i *)p);
    const __m128i second = _mm_loadu_si128((const __m128i *)(p + (l.style == STYLE_K ? 32 : 16)));
    if (l.style == STYLE_K16) {
        return _mm512_mask_blend_epi16(0xaaaaaaaa, _mm512_cvtepi8_epi32(first),
                                       _mm512_slli_epi32(_mm512_cvtepi8_epi32(second), 16));
    }
    __m512i both = _mm512_or_si512(_mm512_cvtepu8_epi32(first),
                                   _mm512_slli_epi32(_mm512_cvtepu8_epi32(second), 16));
    if (l.style == STYLE_K) return both;
    return _mm512_and_si512(both, _mm512_set1_epi16(15));
}

/* Pairs of scales in 256 columns. */
static ALWAYS_INLINE int v512_super_steps(const V512Family fam) { return fam.halves ? 8 : 4; }

static ALWAYS_INLINE int v512_super_above(const KernType type) {
    const KernLayout l = kern_layout_of(type);
    return kern_super_above(&l);
}

/* d 2^k */
static ALWAYS_INLINE __m512 v512_super_d(const KernType type, const uint8_t *unit) {
    const int k = v512_super_above(type);
    return _mm512_mul_ps(v512_load_f16(unit), _mm512_set1_ps(k < 0 ? 0.25f : (float)(1 << k)));
}

/* -dmin/8 */
static ALWAYS_INLINE __m512 v512_super_dmin(const uint8_t *unit) {
    return _mm512_mul_ps(v512_load_f16(unit + 32), _mm512_set1_ps(-1.0f / (1 << KERN_SUPER_SUM)));
}

/* The sums of a token that meet pair j. */
static ALWAYS_INLINE __m512i v512_super_sums(const V512Family fam, const KernActSuper *x, int j) {
    return v512_bcast4((const int8_t *)((fam.halves ? x->sum16 : x->sum32) + 2 * j));
}

/* What an exact sum of block i starts with so that cutting it rounds it. */
static ALWAYS_INLINE __m512i v512_super_round(const KernType type, const KernActSuper *x, int i) {
    const __m512i r = _mm512_set1_epi32(x->round[i]);
    const int k = v512_super_above(type);
    return k == 1 ? r : k > 1 ? _mm512_slli_epi32(r, (unsigned)(k - 1))
                              : _mm512_srli_epi32(r, (unsigned)(1 - k));
}

/* c16 of block i in the upper half of each lane; something in the lower one. */
static ALWAYS_INLINE __m512i v512_super_high(const KernType type, const KernActSuper *x, int i,
                                             __m512i c) {
    const int k = v512_super_above(type);
    __m512i by = _mm512_set1_epi32(x->up[i]);
    if (k != 1) by = _mm512_add_epi32(by, _mm512_set1_epi32(1 - k));
    return _mm512_sllv_epi32(c, by);
}

/* The same in the lower half. */
static ALWAYS_INLINE __m512i v512_super_low(const KernType type, const KernActSuper *x, int i,
                                            __m512i c) {
    const int k = v512_super_above(type);
    if (k < 0) return _mm512_srli_epi32(v512_super_high(type, x, i, c), 16);
    __m512i by = _mm512_set1_epi32(x->down[i]);
    if (k != 1) by = _mm512_add_epi32(by, _mm512_set1_epi32(k - 1));
    return _mm512_srav_epi32(c, by);
}

/* sum + two c16 times their scales. */
static ALWAYS_INLINE __m512i v512_super_add(__m512i low, __m512i high, __m512i scales,
                                            __m512i sum) {
    return _mm512_dpwssd_epi32(sum, _mm512_mask_blend_epi16(0xaaaaaaaa, low, high), scales);
}

/* The floats of 256 columns. */
static ALWAYS_INLINE __m512 v512_super_floats(const V512Family fam, const __m512i sum, __m512 d,
                                              const __m512i minima, __m512 dmin) {
    const __m512 s = _mm512_cvtepi32_ps(sum);
    if (!fam.shift) return _mm512_mul_ps(s, d);
    return _mm512_fmadd_ps(s, d, _mm512_mul_ps(_mm512_cvtepi32_ps(minima), dmin));
}

static ALWAYS_INLINE __m512 v512_super_end(__m512 t, const KernActSuper *x, __m512 f) {
    return _mm512_fmadd_ps(t, _mm512_set1_ps(x->scale), f);
}

#endif
