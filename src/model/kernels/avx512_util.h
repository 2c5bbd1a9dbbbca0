/*
 * Small shared pieces of the AVX-512 kernels: loads, masks, exp and tanh. Private to avx512_*.c and
 * amx_*.c, which are compiled with the flags that these need.
 *
 * exp: x = n ln2 + r with |r| <= ln2/2; 2^n by scalef, e^r by its Taylor series up to degree 6,
 * whose rest is at most (ln2/2)^7 / 5040 = 1.2e-7; relative error below 2e-7, 0 below -87, inf
 * above 88.8.
 * Method: Cody & Waite 1980; Tang 1989.
 */
#ifndef HEARTH_MODEL_KERNELS_AVX512_UTIL_H
#define HEARTH_MODEL_KERNELS_AVX512_UTIL_H

#include <immintrin.h>

#include "model/kernels/layout.h"

/* The first n lanes, n in 0..16 and more. */
static ALWAYS_INLINE __mmask16 v512_mask(size_t n) {
    return n >= 16 ? (__mmask16)0xffff : (__mmask16)((1u << n) - 1u);
}

/* 16 numbers of 16 or 8 bits from any address, as floats: exact. v512_load_u8 and _s8 read
   bytes. */
static ALWAYS_INLINE __m512 v512_load_f16(const void *p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
}

static ALWAYS_INLINE __m512 v512_load_bf16(const void *p) {
    __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}

static ALWAYS_INLINE __m512 v512_load_u8(const void *p) {
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p)));
}

static ALWAYS_INLINE __m512 v512_load_s8(const void *p) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)p)));
}

/* kern_e8m0_half of 16 exponents. */
static ALWAYS_INLINE __m512 v512_load_e8m0_half(const void *p) {
    __m512i e = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p));
    __m512i normal = _mm512_slli_epi32(_mm512_sub_epi32(e, _mm512_set1_epi32(1)), 23);
    __m512i small = _mm512_sllv_epi32(_mm512_set1_epi32(0x00200000), e);
    __mmask16 low = _mm512_cmplt_epi32_mask(e, _mm512_set1_epi32(2));
    return _mm512_castsi512_ps(_mm512_mask_blend_epi32(low, normal, small));
}

/* e^x; the essay above says how and how exact. NaN stays NaN. */
static ALWAYS_INLINE __m512 v512_exp(__m512 x) {
    const __m512 log2e = _mm512_set1_ps(1.44269504088896341f);
    const __m512 ln2_hi = _mm512_set1_ps(0.693145751953125f);
    const __m512 ln2_lo = _mm512_set1_ps(1.42860682030941723e-6f);
    const __m512 least = _mm512_set1_ps(-87.0f); /* below, results would be denormal: slow */
    __mmask16 keep = _mm512_cmp_ps_mask(x, least, _CMP_NLT_UQ);
    x = _mm512_max_ps(least, _mm512_min_ps(_mm512_set1_ps(100.0f), x)); /* NaN stays NaN */
    __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, log2e), _MM_FROUND_TO_NEAREST_INT);
    __m512 r = _mm512_fnmadd_ps(n, ln2_hi, x);
    r = _mm512_fnmadd_ps(n, ln2_lo, r);
    __m512 p = _mm512_set1_ps(1.0f / 720);
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0f / 120));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0f / 24));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0f / 6));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.5f));
    p = _mm512_fmadd_ps(_mm512_mul_ps(p, r), r, r); /* e^r - 1: keeps the small terms */
    p = _mm512_add_ps(p, _mm512_set1_ps(1.0f));
    return _mm512_maskz_scalef_ps(keep, p, n);
}

/* tanh(x) = (1 - e^-2|x|) / (1 + e^-2|x|), with its series near 0 where that cancels. */
static ALWAYS_INLINE __m512 v512_tanh(__m512 x) {
    const __m512 one = _mm512_set1_ps(1.0f);
    __m512 a = _mm512_abs_ps(x), x2 = _mm512_mul_ps(x, x);
    __m512 e = v512_exp(_mm512_mul_ps(a, _mm512_set1_ps(-2.0f)));
    __m512 big = _mm512_div_ps(_mm512_sub_ps(one, e), _mm512_add_ps(one, e));
    __m512 s = _mm512_set1_ps(62.0f / 2835);
    s = _mm512_fmadd_ps(s, x2, _mm512_set1_ps(-17.0f / 315));
    s = _mm512_fmadd_ps(s, x2, _mm512_set1_ps(2.0f / 15));
    s = _mm512_fmadd_ps(s, x2, _mm512_set1_ps(-1.0f / 3));
    s = _mm512_fmadd_ps(_mm512_mul_ps(s, x2), a, a);
    __mmask16 small = _mm512_cmp_ps_mask(a, _mm512_set1_ps(0.25f), _CMP_LT_OQ);
    __m512 t = _mm512_mask_blend_ps(small, big, s);
    return _mm512_castsi512_ps(_mm512_ternarylogic_epi32( /* sign of x */
        _mm512_castps_si512(t), _mm512_castps_si512(x), _mm512_set1_epi32((int)0x80000000u), 0xd8));
}

/* Four bytes, a chunk of one token's activations, repeated in all 16 lanes: every row of a panel
   meets the same four columns. Compiles to a broadcast from memory. */
static ALWAYS_INLINE __m512i v512_bcast4(const int8_t *p) {
    int32_t v;
    memcpy(&v, p, 4);
    return _mm512_set1_epi32(v);
}

#endif
