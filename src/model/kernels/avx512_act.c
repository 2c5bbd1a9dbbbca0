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
    if (!l || l->style == STYLE_FLOAT) return KERN_ACT_F32;
    return l->unit_cols == KERN_SUPER_COLS ? KERN_ACT_I8K : KERN_ACT_I8;
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

/* ---- format I8K ------------------------------------------------------------------------------ */

/* Eight vectors -> the greatest of each. */
static ALWAYS_INLINE __m256 greatest_of_8(const __m512 v[8]) {
    __m512 two[4], four[2];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        two[i] = _mm512_max_ps(_mm512_unpacklo_ps(v[2 * i], v[2 * i + 1]),
                               _mm512_unpackhi_ps(v[2 * i], v[2 * i + 1]));
    }
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++) {
        __m512d a = _mm512_castps_pd(two[2 * i]), b = _mm512_castps_pd(two[2 * i + 1]);
        four[i] = _mm512_max_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(a, b)),
                                _mm512_castpd_ps(_mm512_unpackhi_pd(a, b)));
    }
    /* four[i]: in each quarter vectors 4 i .. 4 i + 3 */
    __m512 all = _mm512_max_ps(_mm512_shuffle_f32x4(four[0], four[1], 0x88),
                               _mm512_shuffle_f32x4(four[0], four[1], 0xdd));
    all = _mm512_max_ps(all, _mm512_shuffle_f32x4(all, all, 0xb1));
    return _mm512_castps512_ps256(_mm512_shuffle_f32x4(all, all, 0x08));
}

/* 64 values of two blocks as bytes. */
static ALWAYS_INLINE __m512i bytes_of_64(const float *x, __m512 first, __m512 second) {
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    __m512i a = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(x), first));
    __m512i b = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(x + 16), first));
    __m512i c = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(x + 32), second));
    __m512i d = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(x + 48), second));
    __m512i all = _mm512_packs_epi16(_mm512_packs_epi32(a, b), _mm512_packs_epi32(c, d));
    return _mm512_permutexvar_epi32(order, all);
}

/* Sums of 16 bytes: of the quarters of b[0], then of b[1] and so on. */
static ALWAYS_INLINE __m512i sums_of_16(const __m512i b[4]) {
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i ones = _mm512_set1_epi8(1), none = _mm512_setzero_si512();
    __m512i s[4], two[2];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) s[i] = _mm512_dpbusd_epi32(none, ones, b[i]);
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++) {
        two[i] = _mm512_add_epi32(_mm512_unpacklo_epi32(s[2 * i], s[2 * i + 1]),
                                  _mm512_unpackhi_epi32(s[2 * i], s[2 * i + 1]));
    }
    __m512i all = _mm512_add_epi32(_mm512_unpacklo_epi64(two[0], two[1]),
                                   _mm512_unpackhi_epi64(two[0], two[1]));
    return _mm512_permutexvar_epi32(order, all);
}

/* ref_matmul.c's super_sum. */
static ALWAYS_INLINE __m512i super_sums(__m512i sum, __m512i e) {
    __m512i half = _mm512_srli_epi32(_mm512_sllv_epi32(_mm512_set1_epi32(1), e), 1);
    sum = _mm512_add_epi32(_mm512_slli_epi32(sum, KERN_SUPER_SUM), half);
    return _mm512_srav_epi32(sum, e);
}

/* Everything about the sums of 16 integers; e: of each. */
static ALWAYS_INLINE void put_sums(__m512i sum, __m512i e, KernActSuper *s) {
    const __m512i none = _mm512_setzero_si512();
    const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 0, 2, 4, 6, 8, 10, 12, 14);
    __m512i both = _mm512_add_epi32(sum, _mm512_srli_epi64(sum, 32)); /* in the even lanes */
    __m512i of_32 = _mm512_permutexvar_epi32(even, super_sums(both, e));
    _mm512_storeu_si512(s->start, _mm512_slli_epi32(_mm512_sub_epi32(none, sum), 7));
    _mm256_storeu_si256((__m256i *)(void *)s->sum16, _mm512_cvtepi32_epi16(super_sums(sum, e)));
    _mm_storeu_si128((__m128i *)(void *)s->sum32,
                     _mm256_cvtepi32_epi16(_mm512_castsi512_si256(of_32)));
}

/* 256 values; block i of 32 goes to q + i * next. ref_matmul.c has the rule. */
static void fill_super(const float *x, int8_t *q, size_t next, KernActSuper *s) {
    const __m512i twice = _mm512_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
    __m512 v[8];
    __m512i b[4];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
        v[i] = _mm512_max_ps(_mm512_abs_ps(_mm512_loadu_ps(x + 32 * i)),
                             _mm512_abs_ps(_mm512_loadu_ps(x + 32 * i + 16)));
    }
    const __m256 amax = greatest_of_8(v);
    const float top = _mm512_reduce_max_ps(_mm512_zextps256_ps512(amax));
    const float inverse = top > 1e-30f ? 127.0f / top : 0.0f;
    const __m256i bits = _mm256_set1_epi32((int)kern_bits_of(top));
    __m256i e = _mm256_srli_epi32(_mm256_sub_epi32(bits, _mm256_castps_si256(amax)), 23);
    e = _mm256_min_epu32(e, _mm256_set1_epi32(KERN_SUPER_SHIFT));
    const __m256i power = _mm256_slli_epi32(_mm256_add_epi32(e, _mm256_set1_epi32(127)), 23);
    float each[8];
    _mm256_storeu_ps(each, _mm256_mul_ps(_mm256_set1_ps(inverse), _mm256_castsi256_ps(power)));
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++) {
        const float *two = each + 2 * i;
        b[i] = bytes_of_64(x + 64 * i, _mm512_set1_ps(two[0]), _mm512_set1_ps(two[1]));
        _mm256_storeu_si256((__m256i *)(void *)(q + 2 * i * next), _mm512_castsi512_si256(b[i]));
        _mm256_storeu_si256((__m256i *)(void *)(q + (2 * i + 1) * next),
                            _mm512_extracti64x4_epi64(b[i], 1));
    }
    s->scale = top > 1e-30f ? top / 127.0f * (1.0f / (1 << KERN_SUPER_SHIFT)) : 0.0f;
    _mm256_storeu_si256((__m256i *)(void *)s->shift,
                        _mm256_sub_epi32(_mm256_set1_epi32(KERN_SUPER_SHIFT), e));
    put_sums(sums_of_16(b), _mm512_permutexvar_epi32(twice, _mm512_castsi256_si512(e)), s);
}

/* Tokens [t0, t1), all their blocks of 256. */
static void fill_supers(const KernAct *act, int t0, int t1) {
    const size_t m = (size_t)act->m;
    float rest[KERN_SUPER_COLS];
    for (size_t k = 0; k < act->cols; k += KERN_SUPER_COLS) {
        const size_t n = act->cols - k;
        for (size_t t = (size_t)t0; t < (size_t)t1; t++) {
            const float *x = act->x + t * act->ldx + k;
            if (n < KERN_SUPER_COLS) {
                memset(rest, 0, sizeof rest);
                x = memcpy(rest, x, n * sizeof *x);
            }
            fill_super(x, act->qk + 32 * (k / 32 * m + t), 32 * m,
                       act->super + k / KERN_SUPER_COLS * m + t);
        }
    }
}

void v512_act_fill(const KernAct *act, int t0, int t1) {
    for (; t0 < t1; t0 += GROUP) {
        int end = t1 - t0 < GROUP ? t1 : t0 + GROUP;
        if (act->formats & KERN_ACT_I16) fill_group(true, act, t0, end);
        if (act->formats & KERN_ACT_I8) fill_group(false, act, t0, end);
        if (act->formats & KERN_ACT_I8K) fill_supers(act, t0, end);
    }
}

void v512_matmul(const KernMatmul *job, size_t row0, size_t row1) {
    const KernLayout *l = kern_layout(job->mat->type);
    V512Rows rows = {row0, row1 < job->mat->rows ? row1 : job->mat->rows};
    const bool few = job->act->m <= SKINNY_TOKENS, supers = l->unit_cols == KERN_SUPER_COLS;
    if (l->style == STYLE_FLOAT) v512_floats(job, rows);
    else if (supers) (few ? v512_skinny_k : v512_gemm_k)(job, rows);
    else (few ? v512_skinny : v512_gemm)(job, rows);
}
