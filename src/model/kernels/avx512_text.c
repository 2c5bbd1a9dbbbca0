/* Attention of encoders with AVX-512 in float32: a lane is a number. */
#include "model/kernels/avx512_util.h"

#define TEXT_PAIR 1

static ALWAYS_INLINE __m512 text_step(__m512 c, __m512i left, __m512i right) {
    return _mm512_fmadd_ps(_mm512_castsi512_ps(left), _mm512_castsi512_ps(right), c);
}

static ALWAYS_INLINE __m512i text_pack(const float *x, __mmask16 lanes) {
    return _mm512_castps_si512(_mm512_maskz_loadu_ps(lanes, x));
}

static ALWAYS_INLINE __m512i text_join(__m512 a, __m512 b) {
    (void)b;
    return _mm512_castps_si512(a);
}

static ALWAYS_INLINE void text_store_half(uint32_t *p, __m512 x) { _mm512_storeu_ps(p, x); }

static ALWAYS_INLINE void text_store(uint32_t *p, __m512 a, __m512 b) {
    text_store_half(p, a);
    text_store_half(p + 16, b);
}

#include "model/kernels/avx512_text.h"

void v512_attn_text(const KernAttnText *job) { text_head(job); }
