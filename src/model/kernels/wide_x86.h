/* The parts of wide.h that avx2.c and avxvnni.c spell alike. Private to them. */
#ifndef HEARTH_MODEL_KERNELS_WIDE_X86_H
#define HEARTH_MODEL_KERNELS_WIDE_X86_H

#include <immintrin.h>

#include "model/kernels/wide.h"

/* F16C: 8 numbers at once, exact; storing rounds to nearest even. */
static ALWAYS_INLINE f32v wide_load_f16(const uint16_t *p) {
    return (f32v)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p));
}

static ALWAYS_INLINE void wide_store_f16(uint16_t *p, f32v v) {
    __m128i h = _mm256_cvtps_ph((__m256)v, _MM_FROUND_TO_NEAREST_INT);
    _mm_storeu_si128((__m128i *)(void *)p, h);
}

/* LANES bytes, widened. */
static ALWAYS_INLINE i32v wide_u8(const uint8_t *p) {
    return (i32v)_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
}

static ALWAYS_INLINE i32v wide_s8(const uint8_t *p) {
    return (i32v)_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
}

/* To the nearest, ties to even. */
static ALWAYS_INLINE i32v wide_round(f32v v) { return (i32v)_mm256_cvtps_epi32((__m256)v); }

/* code [16] by the low four bits of each byte; the index must be below 16. */
static ALWAYS_INLINE u8v wide_lookup(const int8_t *code, u8v index) {
    __m128i table = _mm_loadu_si128((const __m128i *)(const void *)code);
    return (u8v)_mm256_shuffle_epi8(_mm256_broadcastsi128_si256(table), (__m256i)index);
}

/* The greatest lane. */
static ALWAYS_INLINE float wide_top(f32v v) {
    __m128 m = _mm_max_ps(_mm256_castps256_ps128((__m256)v), _mm256_extractf128_ps((__m256)v, 1));
    m = _mm_max_ps(m, _mm_movehl_ps(m, m));
    return _mm_cvtss_f32(_mm_max_ss(m, _mm_movehdup_ps(m)));
}

/* The sum of all lanes. */
static ALWAYS_INLINE int32_t wide_total(i32v v) {
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128((__m256i)v),
                              _mm256_extracti128_si256((__m256i)v, 1));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1)));
}

/* 32 numbers that fit into bytes. */
static ALWAYS_INLINE void wide_put_bytes(const i32v v[4], int8_t *q) {
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    const __m256i a = _mm256_packs_epi32((__m256i)v[0], (__m256i)v[1]);
    const __m256i b = _mm256_packs_epi32((__m256i)v[2], (__m256i)v[3]);
    const __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_packs_epi16(a, b), order);
    _mm256_storeu_si256((__m256i *)(void *)q, bytes);
}

#endif
