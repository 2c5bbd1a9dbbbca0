/* The parts of wide.h that avx2.c and avxvnni.c spell alike. Private to them. */
#ifndef HEARTH_MODEL_KERNELS_WIDE_X86_H
#define HEARTH_MODEL_KERNELS_WIDE_X86_H

#include <immintrin.h>

#include "model/kernels/wide.h"

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

static ALWAYS_INLINE u8v wide_lookup(const int8_t *code, u8v index) {
    __m128i table = _mm_loadu_si128((const __m128i *)(const void *)code);
    return (u8v)_mm256_shuffle_epi8(_mm256_broadcastsi128_si256(table), (__m256i)index);
}

#endif
