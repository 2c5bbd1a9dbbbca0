/*
 * Quantising activations with AVX-512, and the choice among the AVX-512 products.
 *
 * 32 values are two vectors; amax, scale and rounding follow ref_matmul.c bit for bit (rounding to
 * nearest even is the conversion's own). Sums of integers are exact in any order. Tokens go by
 * groups, block by block, so that what is written is one piece of memory.
 */
#include "model/kernels/avx512_matmul.h"

enum {
    SKINNY_TOKENS = 16, /* up to here weights are not unpacked into memory first */
    GROUP = 8           /* tokens whose rows are read side by side */
};

unsigned v512_act_formats(const KernMat *mat, int m) {
    const KernLayout *l = kern_layout(mat->type);
    (void)m;
    return !l || l->style == STYLE_FLOAT ? KERN_ACT_F32 : KERN_ACT_I8;
}

/* v: 16 integers; writes planes and returns minus their sum. */
static ALWAYS_INLINE int32_t put_ints(const bool wide, __m512i v, int8_t *high, int8_t *low) {
    int32_t sum = _mm512_reduce_add_epi32(v);
    if (wide) {
        __m512i top = _mm512_srai_epi32(_mm512_add_epi32(v, _mm512_set1_epi32(128)), 8);
        __m512i rest = _mm512_sub_epi32(v, _mm512_slli_epi32(top, 8));
        _mm_storeu_si128((__m128i *)(void *)low, _mm512_cvtepi32_epi8(rest));
        v = top;
    }
    _mm_storeu_si128((__m128i *)(void *)high, _mm512_cvtepi32_epi8(v));
    return -sum;
}

/* kern_act_top's e for one scale. */
static ALWAYS_INLINE int32_t scale_error(__m512 x0, __m512 x1, float inverse) {
    __m512 by = _mm512_set1_ps(inverse), fine = _mm512_set1_ps(256 * inverse);
    __m512i q0 = _mm512_slli_epi32(_mm512_cvtps_epi32(_mm512_mul_ps(x0, by)), 8);
    __m512i q1 = _mm512_slli_epi32(_mm512_cvtps_epi32(_mm512_mul_ps(x1, by)), 8);
    __m512i d0 = _mm512_sub_epi32(_mm512_cvtps_epi32(_mm512_mul_ps(x0, fine)), q0);
    __m512i d1 = _mm512_sub_epi32(_mm512_cvtps_epi32(_mm512_mul_ps(x1, fine)), q1);
    __m512i d = _mm512_packs_epi32(d0, d1);
    return _mm512_reduce_add_epi32(_mm512_madd_epi16(d, d));
}

/* 32 values (n of them there) into the planes q: high, and low when wide. */
static ALWAYS_INLINE void fill_block(const bool wide, const float *x, size_t n,
                                     int8_t *const q[2], KernActBlock *b) {
    __m512 x0 = _mm512_maskz_loadu_ps(v512_mask(n), x);
    __m512 x1 = n > 16 ? _mm512_maskz_loadu_ps(v512_mask(n - 16), x + 16) : _mm512_setzero_ps();
    float amax = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(x0), _mm512_abs_ps(x1)));
    float top = 32512.0f;
    if (!wide) {
        float safe = amax > 1e-30f ? amax : 1.0f;
        const int32_t e[2] = {scale_error(x0, x1, 127.0f / safe),
                              scale_error(x0, x1, 126.0f / safe)};
        top = kern_act_top(e);
    }
    __m512 inverse = _mm512_set1_ps(amax > 1e-30f ? top / amax : 0.0f);
    b->scale = amax > 1e-30f ? amax / top : 0.0f;
    b->minus_first = put_ints(wide, _mm512_cvtps_epi32(_mm512_mul_ps(x0, inverse)), q[0], q[1]);
    b->minus = b->minus_first + put_ints(wide, _mm512_cvtps_epi32(_mm512_mul_ps(x1, inverse)),
                                         q[0] + 16, q[1] + 16);
    b->sum = (float)-b->minus;
}

/* Tokens [t0, t1), all their blocks. */
static ALWAYS_INLINE void fill_group(const bool wide, const KernAct *act, int t0, int t1) {
    for (size_t k = 0; k < act->cols; k += 32) {
        const size_t at = k / 32 * (size_t)act->m;
        for (size_t t = (size_t)t0; t < (size_t)t1; t++) {
            int8_t *q = act->q + (at + t) * 32;
            int8_t *const planes[2] = {q, wide ? q + act->plane : q};
            fill_block(wide, act->x + t * act->ldx + k, act->cols - k, planes,
                       act->block + at + t);
        }
    }
}

void v512_act_fill(const KernAct *act, int t0, int t1) {
    for (; act->q && t0 < t1; t0 += GROUP) {
        int end = t1 - t0 < GROUP ? t1 : t0 + GROUP;
        if (act->formats & KERN_ACT_I16) fill_group(true, act, t0, end);
        else fill_group(false, act, t0, end);
    }
}

void v512_matmul(const KernMatmul *job, size_t row0, size_t row1) {
    const KernLayout *l = kern_layout(job->mat->type);
    V512Rows rows = {row0, row1 < job->mat->rows ? row1 : job->mat->rows};
    if (l->style == STYLE_FLOAT) v512_floats(job, rows);
    else if (job->act->m <= SKINNY_TOKENS) v512_skinny(job, rows);
    else v512_gemm(job, rows);
}
