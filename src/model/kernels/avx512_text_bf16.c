/*
 * Attention of encoders with VDPBF16PS (AVX512-BF16): a lane is two neighbouring dimensions or two
 * neighbouring tokens, twice the rate of float32. Queries, keys, values and probabilities are
 * rounded to bfloat16, sums are float32. The instruction treats denormal numbers as zero and rounds
 * to nearest even in either sum (Intel SDM, VDPBF16PS).
 */
#include "model/kernels/avx512_util.h"

#define TEXT_PAIR 2

static ALWAYS_INLINE __m512 text_step(__m512 c, __m512i left, __m512i right) {
    return _mm512_dpbf16_ps(c, (__m512bh)left, (__m512bh)right);
}

/* lanes: the first 8 or all; 16 numbers or 32. */
static ALWAYS_INLINE __m512i text_pack(const float *x, __mmask16 lanes) {
    __m512 low = _mm512_loadu_ps(x), high = _mm512_setzero_ps();
    if (lanes & 0x100) high = _mm512_loadu_ps(x + 16);
    return (__m512i)_mm512_cvtne2ps_pbh(high, low);
}

static ALWAYS_INLINE __m512i text_join(__m512 a, __m512 b) {
    __m512i low = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(a));
    __m512i high = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(b));
    return _mm512_or_si512(low, _mm512_slli_epi32(high, 16));
}

static ALWAYS_INLINE void text_store(uint32_t *p, __m512 a, __m512 b) {
    _mm512_storeu_si512(p, (__m512i)_mm512_cvtne2ps_pbh(b, a));
}

static ALWAYS_INLINE void text_store_half(uint32_t *p, __m512 x) {
    _mm256_storeu_si256((__m256i *)(void *)p, (__m256i)_mm512_cvtneps_pbh(x));
}

#include "model/kernels/avx512_text.h"

void v512_attn_text_bf16(const KernAttnText *job) { text_head(job); }
