/*
 * Quantising activations with AVX-512, and the choice among the AVX-512 products.
 *
 * amax, scale and rounding follow ref_matmul.c bit for bit (rounding to nearest even is the
 * conversion's own). Sums of integers are exact in any order. 256 values of a token are 16 vectors
 * and one step: what is wanted of each 32 (amax, errors, sums) is found for all eight blocks at
 * once, by a tree of shuffles instead of eight reductions. The 16-bit format, which AMX machines
 * have for few tokens, goes block by block.
 */
#include <assert.h>

#include "model/kernels/avx512_matmul.h"

enum {
    SKINNY_TOKENS = 16, /* up to here weights are not unpacked into memory first */
    FAR_AHEAD = 8192,   /* bytes: see avx512_pass.h */
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

/* Eight vectors -> the sum of each (of whole numbers: exact), or the greatest. */
static ALWAYS_INLINE __m512 join(const bool sum, __m512 a, __m512 b) {
    return sum ? _mm512_add_ps(a, b) : _mm512_max_ps(a, b);
}

/* Eight vectors of 16 lanes to one of eight numbers, by a tree: 4 + 2 + 1 joins of interleaved
   halves, then quarters change places twice. Eight single reductions would take twice as many
   shuffles. */
static ALWAYS_INLINE __m256 join_8(const bool sum, const __m512 v[8]) {
    __m512 two[4], four[2];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        two[i] = join(sum, _mm512_unpacklo_ps(v[2 * i], v[2 * i + 1]),
                      _mm512_unpackhi_ps(v[2 * i], v[2 * i + 1]));
    }
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++) {
        __m512d a = _mm512_castps_pd(two[2 * i]), b = _mm512_castps_pd(two[2 * i + 1]);
        four[i] = join(sum, _mm512_castpd_ps(_mm512_unpacklo_pd(a, b)),
                       _mm512_castpd_ps(_mm512_unpackhi_pd(a, b)));
    }
    /* four[i]: in each quarter vectors 4 i .. 4 i + 3 */
    __m512 all = join(sum, _mm512_shuffle_f32x4(four[0], four[1], 0x88),
                      _mm512_shuffle_f32x4(four[0], four[1], 0xdd));
    all = join(sum, all, _mm512_shuffle_f32x4(all, all, 0xb1));
    return _mm512_castps512_ps256(_mm512_shuffle_f32x4(all, all, 0x08));
}

/* 64 values of two blocks as bytes: rounded to nearest even by the conversion, then narrowed twice.
   Packing works in quarters of a register, and `order` puts the pieces of 4 bytes back in the order
   of columns. Nothing saturates: no magnitude is above 127. */
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

/* Eight blocks of 32: two and two lie side by side, the next two `next` floats further. The bytes
   of block i go to q + i / 2 * pair + i % 2 * odd. */
typedef struct Place {
    const float *x;
    size_t next;
    int8_t *q;
    size_t pair, odd;
} Place;

/* Where block i of the eight begins. */
static ALWAYS_INLINE const float *place_x(Place at, size_t i) {
    return at.x + i / 2 * at.next + i % 2 * 32;
}

/* The absolute greatest of each block of 32. */
static ALWAYS_INLINE __m256 block_amax(Place at) {
    __m512 v[8];
#pragma GCC unroll 8
    for (size_t i = 0; i < 8; i++) {
        const float *x = place_x(at, i);
        v[i] = _mm512_max_ps(_mm512_abs_ps(_mm512_loadu_ps(x)),
                             _mm512_abs_ps(_mm512_loadu_ps(x + 16)));
    }
    return join_8(false, v);
}

/* 256 values as bytes, block i times by[i]. */
static ALWAYS_INLINE void put_bytes(Place at, __m256 by, __m512i b[4]) {
    float each[8];
    _mm256_storeu_ps(each, by);
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++) {
        const float *two = each + 2 * i;
        b[i] = bytes_of_64(at.x + i * at.next, _mm512_set1_ps(two[0]), _mm512_set1_ps(two[1]));
        int8_t *q = at.q + i * at.pair;
        _mm256_storeu_si256((__m256i *)(void *)q, _mm512_castsi512_si256(b[i]));
        _mm256_storeu_si256((__m256i *)(void *)(q + at.odd), _mm512_extracti64x4_epi64(b[i], 1));
    }
}

/* ---- format I8 ------------------------------------------------------------------------------- */

/*
 * Squares whose sum is kern_act_top's e / 2^16 for one block and scale. What rounding x to a whole
 * number leaves is exact in float, so are its 8 bits and their squares, and sums of 32 of those.
 */
static ALWAYS_INLINE __m512 error_squares(__m512 x0, __m512 x1, float inverse) {
    const __m512 by = _mm512_set1_ps(inverse);
    __m512 d0 = _mm512_reduce_ps(_mm512_mul_ps(x0, by), 0);
    __m512 d1 = _mm512_reduce_ps(_mm512_mul_ps(x1, by), 0);
    d0 = _mm512_roundscale_ps(d0, 0x80); /* to multiples of 2^-8 */
    d1 = _mm512_roundscale_ps(d1, 0x80);
    return _mm512_fmadd_ps(d1, d1, _mm512_mul_ps(d0, d0));
}

/* e of eight blocks, for the scales amax/top. */
static ALWAYS_INLINE __m512d errors_of_8(Place at, __m256 safe, float top) {
    float inverse[8];
    __m512 v[8];
    _mm256_storeu_ps(inverse, _mm256_div_ps(_mm256_set1_ps(top), safe));
#pragma GCC unroll 8
    for (size_t i = 0; i < 8; i++) {
        const float *x = place_x(at, i);
        v[i] = error_squares(_mm512_loadu_ps(x), _mm512_loadu_ps(x + 16), inverse[i]);
    }
    return _mm512_cvtps_pd(join_8(true, v));
}

/* kern_act_top of eight blocks. */
static ALWAYS_INLINE __m256 tops_of_8(Place at, __m256 safe) {
    __m512d e127 = _mm512_mul_pd(errors_of_8(at, safe, 127.0f), _mm512_set1_pd(126 * 126));
    __m512d e126 = _mm512_mul_pd(errors_of_8(at, safe, 126.0f), _mm512_set1_pd(127 * 127));
    return _mm256_mask_blend_ps(_mm512_cmp_pd_mask(e126, e127, _CMP_LT_OQ),
                                _mm256_set1_ps(127.0f), _mm256_set1_ps(126.0f));
}

/* What is known of eight blocks, beside their bytes. */
static ALWAYS_INLINE void put_blocks(__m256 scale, __m512i sum16, KernActBlock b[8]) {
    const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 0, 2, 4, 6, 8, 10, 12, 14);
    const __m256i none = _mm256_setzero_si256();
    __m512i both = _mm512_add_epi32(sum16, _mm512_srli_epi64(sum16, 32)); /* in the even lanes */
    __m256i sum = _mm512_castsi512_si256(_mm512_permutexvar_epi32(even, both));
    __m256i first = _mm512_castsi512_si256(_mm512_permutexvar_epi32(even, sum16));
    __m256 floats = _mm256_cvtepi32_ps(sum);
    __m256 minus = _mm256_castsi256_ps(_mm256_sub_epi32(none, sum));
    __m256 minus_first = _mm256_castsi256_ps(_mm256_sub_epi32(none, first));
    __m256d s[2] = {_mm256_castps_pd(_mm256_unpacklo_ps(scale, floats)),
                    _mm256_castps_pd(_mm256_unpackhi_ps(scale, floats))};
    __m256d m[2] = {_mm256_castps_pd(_mm256_unpacklo_ps(minus, minus_first)),
                    _mm256_castps_pd(_mm256_unpackhi_ps(minus, minus_first))};
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) { /* blocks i and i + 4 */
        __m256d two = i & 1 ? _mm256_unpackhi_pd(s[i / 2], m[i / 2])
                            : _mm256_unpacklo_pd(s[i / 2], m[i / 2]);
        _mm_storeu_pd((double *)(void *)(b + i), _mm256_castpd256_pd128(two));
        _mm_storeu_pd((double *)(void *)(b + i + 4), _mm256_extractf128_pd(two, 1));
    }
}

/* Eight blocks at once: greatest magnitudes, the better of two scales each, bytes, sums. A block of
   nothing gets scale 0. */
static ALWAYS_INLINE void fill_8(Place at, KernActBlock b[8]) {
    const __m256 amax = block_amax(at);
    const __mmask8 some = _mm256_cmp_ps_mask(amax, _mm256_set1_ps(1e-30f), _CMP_GT_OQ);
    const __m256 safe = _mm256_mask_blend_ps(some, _mm256_set1_ps(1.0f), amax);
    const __m256 top = tops_of_8(at, safe);
    __m512i bytes[4];
    put_bytes(at, _mm256_maskz_div_ps(some, top, safe), bytes);
    put_blocks(_mm256_maskz_div_ps(some, safe, top), sums_of_16(bytes), b);
}

/* 64 columns of four tokens from token t, column k on. */
static void fill_four(const KernAct *act, size_t t, size_t k) {
    const size_t m = (size_t)act->m, at = k / 32 * m + t;
    KernActBlock b[8];
    fill_8((Place){act->x + t * act->ldx + k, act->ldx, act->q + 32 * at, 32, 32 * m}, b);
    for (size_t i = 0; i < 8; i++) act->block[at + i / 2 + i % 2 * m] = b[i];
}

/* The columns of token t from k on. */
static void fill_row(const KernAct *act, size_t t, size_t k) {
    const size_t m = (size_t)act->m;
    for (; k < act->cols; k += 256) {
        const size_t n = act->cols - k < 256 ? act->cols - k : 256, at = k / 32 * m + t;
        const float *x = act->x + t * act->ldx + k;
        float rest[256] = {0};
        int8_t spare[256], *q = act->q + 32 * at;
        KernActBlock b[8];
        if (n == 256) {
            fill_8((Place){x, 64, q, 64 * m, 32 * m}, b);
        } else {
            memcpy(rest, x, n * sizeof *x);
            fill_8((Place){rest, 64, spare, 64, 32}, b);
        }
        for (size_t i = 0; 32 * i < n; i++) {
            if (n < 256) memcpy(q + 32 * m * i, spare + 32 * i, 32);
            act->block[at + i * m] = b[i];
        }
    }
}

/* Tokens [t0, t1), all their columns. */
static void fill_ints(const KernAct *act, size_t t0, size_t t1) {
    const size_t four = t0 + (t1 - t0) / 4 * 4, whole = act->cols / 64 * 64;
    for (size_t k = 0; k < whole; k += 64) {
        for (size_t t = t0; t < four; t += 4) fill_four(act, t, k);
    }
    for (size_t t = t0; t < four && whole < act->cols; t++) fill_row(act, t, whole);
    for (size_t t = four; t < t1; t++) fill_row(act, t, 0);
}

/* ---- format I8K ------------------------------------------------------------------------------ */

/* ref_matmul.c's super_sum. */
static ALWAYS_INLINE __m512i super_sums(__m512i sum, __m512i e) {
    __m512i half = _mm512_srli_epi32(_mm512_sllv_epi32(_mm512_set1_epi32(1), e), 1);
    sum = _mm512_add_epi32(_mm512_slli_epi32(sum, KERN_SUPER_SUM), half);
    return _mm512_srav_epi32(sum, e);
}

/* Everything about the sums of 16 integers; e and the bits of the bias: of each. */
static ALWAYS_INLINE void put_sums(__m512i sum, __m512i e, __m512i bias, KernActSuper *s) {
    const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 0, 2, 4, 6, 8, 10, 12, 14);
    __m512i both = _mm512_add_epi32(sum, _mm512_srli_epi64(sum, 32)); /* in the even lanes */
    __m512i of_32 = _mm512_permutexvar_epi32(even, super_sums(both, e));
    _mm512_storeu_si512(s->start, _mm512_sub_epi32(bias, _mm512_slli_epi32(sum, 7)));
    _mm256_storeu_si256((__m256i *)(void *)s->sum16, _mm512_cvtepi32_epi16(super_sums(sum, e)));
    _mm_storeu_si128((__m128i *)(void *)s->sum32,
                     _mm256_cvtepi32_epi16(_mm512_castsi512_si256(of_32)));
}

/* 256 values; block i of 32 goes to q + i * next. ref_matmul.c has the rule: e, the greatest with
   amax 2^e <= top, is the difference of the floats' bits, brought down to where exponents are. */
static void fill_super(const float *x, int8_t *q, size_t next, KernActSuper *s) {
    const __m512i twice = _mm512_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
    const Place at = {x, 64, q, 2 * next, next};
    const __m256 amax = block_amax(at);
    const float top = _mm512_reduce_max_ps(_mm512_zextps256_ps512(amax));
    const float inverse = top > 1e-30f ? 127.0f / top : 0.0f;
    const __m256i bits = _mm256_set1_epi32((int)kern_bits_of(top));
    __m256i e = _mm256_srli_epi32(_mm256_sub_epi32(bits, _mm256_castps_si256(amax)), 23);
    e = _mm256_min_epu32(e, _mm256_set1_epi32(KERN_SUPER_SHIFT));
    const __m256i power = _mm256_slli_epi32(_mm256_add_epi32(e, _mm256_set1_epi32(127)), 23);
    __m512i b[4];
    put_bytes(at, _mm256_mul_ps(_mm256_set1_ps(inverse), _mm256_castsi256_ps(power)), b);
    s->scale = top > 1e-30f ? top / 127.0f * (1.0f / (1 << KERN_SUPER_SHIFT)) : 0.0f;
    const __m256i shift = _mm256_sub_epi32(_mm256_set1_epi32(KERN_SUPER_SHIFT), e);
    const __m256i one = _mm256_set1_epi32((int)kern_bits_of(kern_sum_bias(0)));
    const __m256i bias = _mm256_add_epi32(one, _mm256_slli_epi32(shift, 23));
    _mm256_storeu_si256((__m256i *)(void *)s->shift, shift);
    _mm256_storeu_ps(s->bias, _mm256_castsi256_ps(bias));
    put_sums(sums_of_16(b), _mm512_permutexvar_epi32(twice, _mm512_castsi256_si512(e)),
             _mm512_permutexvar_epi32(twice, _mm512_castsi256_si512(bias)), s);
}

/* ---- all of a group -------------------------------------------------------------------------- */

/* Tokens [t0, t1), all their columns, format I8K. */
static void fill_supers(const KernAct *act, size_t t0, size_t t1) {
    const size_t m = (size_t)act->m;
    float rest[KERN_SUPER_COLS];
    for (size_t k = 0; k < act->cols; k += KERN_SUPER_COLS) {
        const size_t n = act->cols - k < KERN_SUPER_COLS ? act->cols - k : KERN_SUPER_COLS;
        for (size_t t = t0; t < t1; t++) {
            const float *x = act->x + t * act->ldx + k;
            const size_t at = k / 32 * m + t;
            if (n < KERN_SUPER_COLS) {
                memset(rest, 0, sizeof rest);
                x = memcpy(rest, x, n * sizeof *x);
            }
            fill_super(x, act->qk + 32 * at, 32 * m, act->super + k / KERN_SUPER_COLS * m + t);
        }
    }
}

/* Groups of tokens, columns by columns, so that what is written is one piece of memory. */
void v512_act_fill(const KernAct *act, int t0, int t1) {
    assert(0 <= t0 && t0 <= t1 && t1 <= act->m && act->ldx >= act->cols);
    for (; t0 < t1; t0 += GROUP) {
        const size_t from = (size_t)t0, end = (size_t)(t1 - t0 < GROUP ? t1 : t0 + GROUP);
        for (size_t t = from; act->formats & KERN_ACT_I16 && t < end; t++) fill_wide(act, t);
        if (act->formats & KERN_ACT_I8) fill_ints(act, from, end);
        if (act->formats & KERN_ACT_I8K) fill_supers(act, from, end);
    }
}

/* The choice among the products: rows.to is cut to the matrix, since the callers' ranges are whole
   panels. */
static void matmul(const KernMatmul *job, V512Rows rows) {
    const KernLayout *l = kern_layout(job->mat->type);
    assert(job->act->cols == job->mat->cols && job->act->m > 0);
    assert(rows.from % KERN_PANEL_ROWS == 0 && (uintptr_t)job->scratch % KERN_ALIGN == 0);
    if (rows.to > job->mat->rows) rows.to = job->mat->rows;
    const bool few = job->act->m <= SKINNY_TOKENS, supers = l->unit_cols == KERN_SUPER_COLS;
    assert(l->style == STYLE_FLOAT || (supers ? job->act->qk : job->act->q)); /* quantised */
    if (l->style == STYLE_FLOAT) v512_floats(job, rows);
    else if (supers) (few ? v512_skinny_k : v512_gemm_k)(job, rows);
    else (few ? v512_skinny : v512_gemm)(job, rows);
}

void v512_matmul(const KernMatmul *job, size_t row0, size_t row1) {
    matmul(job, (V512Rows){row0, row1, 0, false});
}

void v512_matmul_ahead(const KernMatmul *job, size_t row0, size_t row1) {
    matmul(job, (V512Rows){row0, row1, FAR_AHEAD, false});
}

void v512_matmul_twice(const KernMatmul *job, size_t row0, size_t row1) {
    matmul(job, (V512Rows){row0, row1, FAR_AHEAD, true});
}
