/*
 * Quantising activations with AVX-512, and the choice among the AVX-512 products.
 *
 * amax, scale and rounding follow ref_matmul.c bit for bit (rounding to nearest even is the
 * conversion's own). Sums of integers are exact in any order. 256 values of a token are 16 vectors
 * and one step: what is wanted of each 32 (amax, errors, sums) is found for all eight blocks at
 * once, by a tree of shuffles instead of eight reductions. The 16-bit format, which AMX machines
 * have for few tokens, goes block by block.
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

/* ---- format I16 ------------------------------------------------------------------------------ */

/* v: 16 integers; writes both planes and returns minus their sum. */
static ALWAYS_INLINE int32_t put_ints(__m512i v, int8_t *high, int8_t *low) {
    __m512i top = _mm512_srai_epi32(_mm512_add_epi32(v, _mm512_set1_epi32(128)), 8);
    __m512i rest = _mm512_sub_epi32(v, _mm512_slli_epi32(top, 8));
    _mm_storeu_si128((__m128i *)(void *)low, _mm512_cvtepi32_epi8(rest));
    _mm_storeu_si128((__m128i *)(void *)high, _mm512_cvtepi32_epi8(top));
    return -_mm512_reduce_add_epi32(v);
}

/* 32 values (n of them there), format I16. */
static void fill_block(const float *x, size_t n, int8_t *const q[2], KernActBlock *b) {
    __m512 x0 = _mm512_maskz_loadu_ps(v512_mask(n), x);
    __m512 x1 = n > 16 ? _mm512_maskz_loadu_ps(v512_mask(n - 16), x + 16) : _mm512_setzero_ps();
    float amax = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(x0), _mm512_abs_ps(x1)));
    __m512 inverse = _mm512_set1_ps(amax > 1e-30f ? 32512.0f / amax : 0.0f);
    b->scale = amax > 1e-30f ? amax / 32512.0f : 0.0f;
    b->minus_first = put_ints(_mm512_cvtps_epi32(_mm512_mul_ps(x0, inverse)), q[0], q[1]);
    b->minus = b->minus_first + put_ints(_mm512_cvtps_epi32(_mm512_mul_ps(x1, inverse)), q[0] + 16,
                                         q[1] + 16);
    b->sum = (float)-b->minus;
}

/* Token t, all its blocks, format I16. */
static void fill_wide(const KernAct *act, size_t t) {
    for (size_t k = 0; k < act->cols; k += 32) {
        const size_t at = k / 32 * (size_t)act->m + t;
        int8_t *const planes[2] = {act->q + at * 32, act->q + at * 32 + act->plane};
        fill_block(act->x + t * act->ldx + k, act->cols - k, planes, act->block + at);
    }
}

/* ---- of eight blocks ------------------------------------------------------------------------- */

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

/* The absolute greatest of each block of 32. */
static ALWAYS_INLINE __m256 block_amax(const float *x) {
    __m512 v[8];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
        v[i] = _mm512_max_ps(_mm512_abs_ps(_mm512_loadu_ps(x + 32 * i)),
                             _mm512_abs_ps(_mm512_loadu_ps(x + 32 * i + 16)));
    }
    return greatest_of_8(v);
}

/* 256 values as bytes, block i times by[i]; block i goes to q + i * next. */
static ALWAYS_INLINE void put_bytes(const float *x, __m256 by, int8_t *q, size_t next,
                                    __m512i b[4]) {
    float each[8];
    _mm256_storeu_ps(each, by);
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++) {
        const float *two = each + 2 * i;
        b[i] = bytes_of_64(x + 64 * i, _mm512_set1_ps(two[0]), _mm512_set1_ps(two[1]));
        _mm256_storeu_si256((__m256i *)(void *)(q + 2 * i * next), _mm512_castsi512_si256(b[i]));
        _mm256_storeu_si256((__m256i *)(void *)(q + (2 * i + 1) * next),
                            _mm512_extracti64x4_epi64(b[i], 1));
    }
}

/* ---- format I8 ------------------------------------------------------------------------------- */

/* Squares whose sum is kern_act_top's e for one block and scale. */
static ALWAYS_INLINE __m512i error_squares(__m512 x0, __m512 x1, float inverse) {
    __m512 by = _mm512_set1_ps(inverse), fine = _mm512_set1_ps(256 * inverse);
    __m512i q0 = _mm512_slli_epi32(_mm512_cvtps_epi32(_mm512_mul_ps(x0, by)), 8);
    __m512i q1 = _mm512_slli_epi32(_mm512_cvtps_epi32(_mm512_mul_ps(x1, by)), 8);
    __m512i d0 = _mm512_sub_epi32(_mm512_cvtps_epi32(_mm512_mul_ps(x0, fine)), q0);
    __m512i d1 = _mm512_sub_epi32(_mm512_cvtps_epi32(_mm512_mul_ps(x1, fine)), q1);
    __m512i d = _mm512_packs_epi32(d0, d1);
    return _mm512_madd_epi16(d, d);
}

/* Eight vectors -> the sum of each, in 64 bits. */
static ALWAYS_INLINE __m512i sums_of_8(const __m512i v[8]) {
    __m512i two[4], four[2];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        two[i] = _mm512_add_epi32(_mm512_unpacklo_epi32(v[2 * i], v[2 * i + 1]),
                                  _mm512_unpackhi_epi32(v[2 * i], v[2 * i + 1]));
    }
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++) {
        four[i] = _mm512_add_epi32(_mm512_unpacklo_epi64(two[2 * i], two[2 * i + 1]),
                                   _mm512_unpackhi_epi64(two[2 * i], two[2 * i + 1]));
    }
    __m512i all = _mm512_add_epi32(_mm512_shuffle_i32x4(four[0], four[1], 0x88),
                                   _mm512_shuffle_i32x4(four[0], four[1], 0xdd));
    all = _mm512_add_epi32(all, _mm512_shuffle_i32x4(all, all, 0xb1));
    return _mm512_cvtepu32_epi64(_mm512_castsi512_si256(_mm512_shuffle_i32x4(all, all, 0x08)));
}

/* e of eight blocks, for the scales amax/top. */
static ALWAYS_INLINE __m512i errors_of_8(const float *x, __m256 safe, float top) {
    float inverse[8];
    __m512i v[8];
    _mm256_storeu_ps(inverse, _mm256_div_ps(_mm256_set1_ps(top), safe));
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
        v[i] = error_squares(_mm512_loadu_ps(x + 32 * i), _mm512_loadu_ps(x + 32 * i + 16),
                             inverse[i]);
    }
    return sums_of_8(v);
}

/* kern_act_top of eight blocks. */
static ALWAYS_INLINE __m256 tops_of_8(const float *x, __m256 safe) {
    __m512i e127 = _mm512_mul_epu32(errors_of_8(x, safe, 127.0f), _mm512_set1_epi64(126 * 126));
    __m512i e126 = _mm512_mul_epu32(errors_of_8(x, safe, 126.0f), _mm512_set1_epi64(127 * 127));
    return _mm256_mask_blend_ps(_mm512_cmplt_epi64_mask(e126, e127), _mm256_set1_ps(127.0f),
                                _mm256_set1_ps(126.0f));
}

/* What is known of n blocks, m blocks apart; sum: of 16 integers each. */
static ALWAYS_INLINE void put_blocks(__m256 scale, __m512i sum, KernActBlock *b, size_t n,
                                     size_t m) {
    float each[8];
    int32_t s[16];
    _mm256_storeu_ps(each, scale);
    _mm512_storeu_si512(s, sum);
    for (size_t i = 0; i < n; i++) {
        const int32_t whole = s[2 * i] + s[2 * i + 1];
        b[i * m] = (KernActBlock){each[i], (float)whole, -whole, -s[2 * i]};
    }
}

/* 256 values of a token, n blocks of which are there; q, b: of the first one, m apart. */
static void fill_8(const float *x, int8_t *q, KernActBlock *b, size_t n, size_t m) {
    const __m256 amax = block_amax(x);
    const __mmask8 some = _mm256_cmp_ps_mask(amax, _mm256_set1_ps(1e-30f), _CMP_GT_OQ);
    const __m256 safe = _mm256_mask_blend_ps(some, _mm256_set1_ps(1.0f), amax);
    const __m256 top = tops_of_8(x, safe);
    int8_t spare[256];
    __m512i bytes[4];
    put_bytes(x, _mm256_maskz_div_ps(some, top, safe), n < 8 ? spare : q, n < 8 ? 32 : 32 * m,
              bytes);
    for (size_t i = 0; n < 8 && i < n; i++) memcpy(q + 32 * m * i, spare + 32 * i, 32);
    put_blocks(_mm256_maskz_div_ps(some, safe, top), sums_of_16(bytes), b, n, m);
}

/* ---- format I8K ------------------------------------------------------------------------------ */

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
    const __m256 amax = block_amax(x);
    const float top = _mm512_reduce_max_ps(_mm512_zextps256_ps512(amax));
    const float inverse = top > 1e-30f ? 127.0f / top : 0.0f;
    const __m256i bits = _mm256_set1_epi32((int)kern_bits_of(top));
    __m256i e = _mm256_srli_epi32(_mm256_sub_epi32(bits, _mm256_castps_si256(amax)), 23);
    e = _mm256_min_epu32(e, _mm256_set1_epi32(KERN_SUPER_SHIFT));
    const __m256i power = _mm256_slli_epi32(_mm256_add_epi32(e, _mm256_set1_epi32(127)), 23);
    __m512i b[4];
    put_bytes(x, _mm256_mul_ps(_mm256_set1_ps(inverse), _mm256_castsi256_ps(power)), q, next, b);
    s->scale = top > 1e-30f ? top / 127.0f : 0.0f;
    const __m256i one = _mm256_set1_epi32(1);
    _mm256_storeu_si256((__m256i *)(void *)s->down, _mm256_add_epi32(e, one));
    _mm256_storeu_si256((__m256i *)(void *)s->up, _mm256_sub_epi32(_mm256_set1_epi32(15), e));
    _mm256_storeu_si256((__m256i *)(void *)s->round, _mm256_sllv_epi32(one, e));
    put_sums(sums_of_16(b), _mm512_permutexvar_epi32(twice, _mm512_castsi256_si512(e)), s);
}

/* ---- all of a group -------------------------------------------------------------------------- */

/* Tokens [t0, t1), all their columns, in one or both of the 8-bit formats. */
static void fill_group(const KernAct *act, int t0, int t1) {
    const size_t m = (size_t)act->m;
    float rest[KERN_SUPER_COLS];
    for (size_t k = 0; k < act->cols; k += KERN_SUPER_COLS) {
        const size_t n = act->cols - k < KERN_SUPER_COLS ? act->cols - k : KERN_SUPER_COLS;
        for (size_t t = (size_t)t0; t < (size_t)t1; t++) {
            const float *x = act->x + t * act->ldx + k;
            const size_t at = k / 32 * m + t;
            if (n < KERN_SUPER_COLS) {
                memset(rest, 0, sizeof rest);
                x = memcpy(rest, x, n * sizeof *x);
            }
            if (act->formats & KERN_ACT_I8) {
                fill_8(x, act->q + 32 * at, act->block + at, (n + 31) / 32, m);
            }
            if (act->formats & KERN_ACT_I8K) {
                fill_super(x, act->qk + 32 * at, 32 * m, act->super + k / KERN_SUPER_COLS * m + t);
            }
        }
    }
}

/* Groups of tokens, columns by columns, so that what is written is one piece of memory. */
void v512_act_fill(const KernAct *act, int t0, int t1) {
    for (; t0 < t1; t0 += GROUP) {
        int end = t1 - t0 < GROUP ? t1 : t0 + GROUP;
        for (int t = t0; act->formats & KERN_ACT_I16 && t < end; t++) fill_wide(act, (size_t)t);
        if (act->formats & (KERN_ACT_I8 | KERN_ACT_I8K)) fill_group(act, t0, end);
    }
}

static void matmul(const KernMatmul *job, V512Rows rows) {
    const KernLayout *l = kern_layout(job->mat->type);
    if (rows.to > job->mat->rows) rows.to = job->mat->rows;
    const bool few = job->act->m <= SKINNY_TOKENS, supers = l->unit_cols == KERN_SUPER_COLS;
    if (l->style == STYLE_FLOAT) v512_floats(job, rows);
    else if (supers) (few ? v512_skinny_k : v512_gemm_k)(job, rows);
    else (few ? v512_skinny : v512_gemm)(job, rows);
}

void v512_matmul(const KernMatmul *job, size_t row0, size_t row1) {
    matmul(job, (V512Rows){row0, row1, false});
}

void v512_matmul_ahead(const KernMatmul *job, size_t row0, size_t row1) {
    matmul(job, (V512Rows){row0, row1, true});
}
