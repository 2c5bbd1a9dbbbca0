/*
 * The AVX2 table: wide.h with 32-byte vectors, 8 rows at a time.
 *
 * The dot product of four bytes: vpmaddubsw multiplies unsigned by signed bytes and adds pairs in
 * 16 bits with saturation. Unsigned weights have at most 6 bits: 2 * 63 * 127 = 16002 fits. Signed
 * weights (down to -128) are taken as |w| times the activation with w's sign: 2 * 128 * 127 = 32512
 * fits, because activations are never -128. vpmaddwd with ones then adds the pairs in 32 bits.
 *
 * Source: Intel intrinsics guide.
 */
#include <immintrin.h>

#define WIDE_BYTES 32
#include "model/kernels/wide.h"
#include "model/kernels/tables.h"

static ALWAYS_INLINE f32v wide_load_f16(const uint16_t *p) {
    return (f32v)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p));
}

static ALWAYS_INLINE void wide_store_f16(uint16_t *p, f32v v) {
    __m128i h = _mm256_cvtps_ph((__m256)v, _MM_FROUND_TO_NEAREST_INT);
    _mm_storeu_si128((__m128i *)(void *)p, h);
}

static ALWAYS_INLINE i32v wide_dot4(i32v c, u8v w, int32_t four, const bool is_signed) {
    __m256i a = _mm256_set1_epi32(four), u = (__m256i)w;
    __m256i s = is_signed ? _mm256_maddubs_epi16(_mm256_abs_epi8(u), _mm256_sign_epi8(a, u))
                          : _mm256_maddubs_epi16(u, a);
    return c + (i32v)_mm256_madd_epi16(s, _mm256_set1_epi16(1));
}

static ALWAYS_INLINE u8v wide_lookup(const int8_t *code, u8v index) {
    __m128i table = _mm_loadu_si128((const __m128i *)(const void *)code);
    return (u8v)_mm256_shuffle_epi8(_mm256_broadcastsi128_si256(table), (__m256i)index);
}

#include "model/kernels/wide_ops.h"
#include "model/kernels/wide_attn.h"
#include "model/kernels/wide_matmul.h"

const Kernels kern_avx2 = {.name = "avx2", WIDE_TABLE};
