/*
 * Attention of encoders with AVX-512, written once for float32 (avx512_text.c) and for bfloat16
 * with VDPBF16PS (avx512_text_bf16.c).
 *
 * Both work on lanes of 32 bits, which hold TEXT_PAIR numbers of a sum: one float, or two bfloat16.
 * The includer says what a lane is:
 *
 *   text_step(c, left, right)   c + the products of a lane
 *   text_pack(x, mask)          neighbouring numbers of x -> 16 lanes; those not in mask are 0
 *   text_join(a, b)             numbers of two rows -> 16 lanes
 *   text_store(p, a, b)         32 numbers of a row -> lanes at p; text_store_half: 16
 *
 * For one head:   keys    [dim / PAIR][tokens]   turned, so that 16 keys lie in a register
 *                 values  [tokens / PAIR][dim]
 * and for TEXT_ROWS queries at a time
 *                 q       [rows][dim / PAIR]
 *                 s = q * keys                   [rows][tokens]
 *                 p = 2^(c s - max c s)          [rows][tokens / PAIR]  c: scale * log2(e)
 *                 out = p * values / sum p
 *
 * Both products are the same tile: TEXT_ROWS rows x 2 registers, 16 sums; a step loads two
 * registers and broadcasts a lane of each row. Missing queries are rows of zeros that nobody reads.
 *
 * Sums run over dimensions and tokens in ascending order, whatever stands beside a query: its bytes
 * depend on the text only.
 */
#ifndef HEARTH_MODEL_KERNELS_AVX512_TEXT_H
#define HEARTH_MODEL_KERNELS_AVX512_TEXT_H

#include <assert.h>

#include "model/kernels/avx512_attn.h"
#include "model/kernels/avx512_ops.h"

/* One head of one text while it is computed; all memory is the job's scratch. */
typedef struct TextHead {
    const KernAttnText *job;
    size_t dim, lanes;    /* of a vector: numbers, lanes */
    size_t n, padded;     /* tokens, and a multiple of 16 */
    uint32_t *k, *v;      /* as above */
    uint32_t *q, *p;
    float *s, *acc, *by;
} TextHead;

/* Lays the scratch out: k, v, q, p, s, acc, by, one behind the other. */
static void text_place(TextHead *h, const KernAttnText *job) {
    uint32_t *at = job->scratch;
    *h = (TextHead){.job = job, .dim = (size_t)job->head_dim, .n = (size_t)job->n};
    h->lanes = h->dim / TEXT_PAIR;
    h->padded = (h->n + 15) / 16 * 16;
    h->k = at;
    h->v = at += h->lanes * h->padded;
    h->q = at += h->padded / TEXT_PAIR * h->dim;
    h->p = at += KERN_TEXT_ROWS * h->lanes;
    at += KERN_TEXT_ROWS * (h->padded / TEXT_PAIR);
    h->s = (float *)(void *)at;
    h->acc = h->s + KERN_TEXT_ROWS * h->padded;
    h->by = h->acc + KERN_TEXT_ROWS * h->dim;
    assert((char *)(h->by + KERN_TEXT_ROWS) <=
           (char *)job->scratch + kern_attn_text_bytes(job->n, job->head_dim));
}

/* ---- packing --------------------------------------------------------------------------------- */

/* Sixteen registers of 16 lanes: rows become columns. */
static ALWAYS_INLINE void text_turn(__m512i r[16]) {
    __m512i t[16];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) { /* lanes of two rows */
        t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) { /* of four; column c of each quarter in r[4 i + c] */
        r[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
        r[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
        r[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
        r[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
    }
#pragma GCC unroll 4
    for (int c = 0; c < 4; c++) { /* quarters of eight rows */
        t[c] = _mm512_shuffle_i32x4(r[c], r[4 + c], 0x88);
        t[4 + c] = _mm512_shuffle_i32x4(r[c], r[4 + c], 0xdd);
        t[8 + c] = _mm512_shuffle_i32x4(r[8 + c], r[12 + c], 0x88);
        t[12 + c] = _mm512_shuffle_i32x4(r[8 + c], r[12 + c], 0xdd);
    }
#pragma GCC unroll 4
    for (int c = 0; c < 4; c++) {
        r[c] = _mm512_shuffle_i32x4(t[c], t[8 + c], 0x88);
        r[4 + c] = _mm512_shuffle_i32x4(t[4 + c], t[12 + c], 0x88);
        r[8 + c] = _mm512_shuffle_i32x4(t[c], t[8 + c], 0xdd);
        r[12 + c] = _mm512_shuffle_i32x4(t[4 + c], t[12 + c], 0xdd);
    }
}

/* Sixteen keys from token j, 16 lanes of each from lane l. */
static void text_turn_keys(const TextHead *h, size_t j, size_t l) {
    const size_t stride = h->job->kv_stride, left = h->lanes - l;
    const float *k = h->job->k + j * stride + l * TEXT_PAIR;
    __m512i r[16];
    for (size_t i = 0; i < 16; i++) {
        r[i] = _mm512_setzero_si512();
        if (j + i < h->n) r[i] = text_pack(k + i * stride, v512_mask(left));
    }
    text_turn(r);
    for (size_t i = 0; i < 16 && i < left; i++) {
        _mm512_storeu_si512(h->k + (l + i) * h->padded + j, r[i]);
    }
}

/* Keys [dim / PAIR][padded]: sixteen tokens by sixteen lanes at a time, turned in registers.
   Missing tokens are zeros. */
static void text_keys(const TextHead *h) {
    for (size_t j = 0; j < h->padded; j += 16) {
        for (size_t l = 0; l < h->lanes; l += 16) text_turn_keys(h, j, l);
    }
}

/* Values [tokens / PAIR][dim]: with PAIR 2 two neighbouring tokens share a lane, and a missing
   second one is zeros. */
static void text_values(const TextHead *h) {
    const size_t stride = h->job->kv_stride;
    for (size_t j = 0; j < h->n; j += TEXT_PAIR) {
        const float *v = h->job->v + j * stride;
        for (size_t d = 0; d < h->dim; d += 16) {
            __m512 a = _mm512_loadu_ps(v + d), b = _mm512_setzero_ps();
            if (TEXT_PAIR == 2 && j + 1 < h->n) b = _mm512_loadu_ps(v + stride + d);
            _mm512_storeu_si512(h->v + j / TEXT_PAIR * h->dim + d, text_join(a, b));
        }
    }
}

/* Queries from i on, n of them; a missing one is zeros. */
static void text_queries(const TextHead *h, size_t i, size_t n) {
    const float *q = h->job->q + i * h->job->stride;
    if (n < KERN_TEXT_ROWS) memset(h->q, 0, KERN_TEXT_ROWS * h->lanes * sizeof *h->q);
    for (size_t r = 0; r < n; r++, q += h->job->stride) {
        for (size_t l = 0; l < h->lanes; l += 16) {
            const __mmask16 lanes = v512_mask(h->lanes - l);
            _mm512_mask_storeu_epi32(h->q + r * h->lanes + l, lanes,
                                     text_pack(q + l * TEXT_PAIR, lanes));
        }
    }
}

/* ---- products -------------------------------------------------------------------------------- */

/* out [TEXT_ROWS][out_stride] = left [rows][left_stride] * right [steps][right_stride] */
typedef struct TextProduct {
    const uint32_t *left, *right;
    float *out;
    size_t left_stride, right_stride, steps, out_stride;
} TextProduct;

static ALWAYS_INLINE void text_tile(const int wide, const TextProduct *p, size_t at) {
    const uint32_t *right = p->right + at;
    __m512 c[KERN_TEXT_ROWS][2];
#pragma GCC unroll 8
    for (int r = 0; r < KERN_TEXT_ROWS; r++) c[r][0] = c[r][1] = _mm512_setzero_ps();
    for (size_t s = 0; s < p->steps; s++, right += p->right_stride) {
        const __m512i b0 = _mm512_loadu_si512(right);
        const __m512i b1 = wide == 2 ? _mm512_loadu_si512(right + 16) : b0;
#pragma GCC unroll 8
        for (int r = 0; r < KERN_TEXT_ROWS; r++) {
            const __m512i a = _mm512_set1_epi32((int)p->left[(size_t)r * p->left_stride + s]);
            c[r][0] = text_step(c[r][0], a, b0);
            if (wide == 2) c[r][1] = text_step(c[r][1], a, b1);
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < KERN_TEXT_ROWS; r++) {
        float *out = p->out + (size_t)r * p->out_stride + at;
        _mm512_storeu_ps(out, c[r][0]);
        if (wide == 2) _mm512_storeu_ps(out + 16, c[r][1]);
    }
}

/* All columns of out by tiles of 32, then one of 16. */
static NOINLINE void text_multiply(const TextProduct *p) {
    size_t at = 0;
    for (; at + 32 <= p->out_stride; at += 32) text_tile(2, p, at);
    if (at < p->out_stride) text_tile(1, p, at);
}

/* ---- softmax --------------------------------------------------------------------------------- */

/*
 * 2^x for x <= 0 and hardly more; below -126 it stays 2^-126, which is nothing beside the 1 of the
 * largest score. Adding 1.5 * 2^23 leaves the next whole number in the low bits. 2^r by a
 * polynomial through Chebyshev nodes of [-1/2, 1/2]: relative error 1e-4 where bfloat16 keeps 8
 * bits of it, else 2e-7.
 */
static ALWAYS_INLINE __m512 text_exp2(__m512 x) {
    const __m512 magic = _mm512_set1_ps(12582912.0f);
    x = _mm512_max_ps(x, _mm512_set1_ps(-126.0f));
    __m512 n = _mm512_add_ps(x, magic), r = _mm512_sub_ps(x, _mm512_sub_ps(n, magic)), p;
    if (TEXT_PAIR == 2) {
        p = _mm512_fmadd_ps(_mm512_set1_ps(5.58382830e-2f), r, _mm512_set1_ps(2.42639479e-1f));
        p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(6.93136734e-1f));
        p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(9.99924557e-1f));
    } else {
        p = _mm512_fmadd_ps(_mm512_set1_ps(1.33908634e-3f), r, _mm512_set1_ps(9.67603192e-3f));
        p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(5.55035711e-2f));
        p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(2.40221075e-1f));
        p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(6.93147188e-1f));
        p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.00000008f));
    }
    return _mm512_castsi512_ps(_mm512_add_epi32(
        _mm512_castps_si512(p), _mm512_slli_epi32(_mm512_castps_si512(n), 23)));
}

/* Scores s [padded] -> probabilities p, not yet divided by their sum, which is returned. */
static ALWAYS_INLINE float text_softmax(const TextHead *h, const float *s, uint32_t *p) {
    const __m512 by = _mm512_set1_ps(h->job->scale * 1.44269504088896341f);
    const size_t whole = h->n / 32 * 32;
    __m512 top = _mm512_set1_ps(-__builtin_inff()), more = top;
    for (size_t j = 0; j < whole; j += 32) {
        top = _mm512_max_ps(_mm512_loadu_ps(s + j), top);
        more = _mm512_max_ps(_mm512_loadu_ps(s + j + 16), more);
    }
    for (size_t j = whole; j < h->n; j += 16) {
        top = _mm512_mask_max_ps(top, v512_mask(h->n - j), top, _mm512_loadu_ps(s + j));
    }
    top = _mm512_mul_ps(_mm512_set1_ps(_mm512_reduce_max_ps(_mm512_max_ps(top, more))), by);
    __m512 sum = _mm512_setzero_ps(), other = sum;
    for (size_t j = 0; j < whole; j += 32) {
        __m512 a = text_exp2(_mm512_fmsub_ps(_mm512_loadu_ps(s + j), by, top));
        __m512 b = text_exp2(_mm512_fmsub_ps(_mm512_loadu_ps(s + j + 16), by, top));
        sum = _mm512_add_ps(sum, a);
        other = _mm512_add_ps(other, b);
        text_store(p + j / TEXT_PAIR, a, b);
    }
    for (size_t j = whole; j < h->n; j += 16) {
        __m512 e = text_exp2(_mm512_fmsub_ps(_mm512_loadu_ps(s + j), by, top));
        e = _mm512_maskz_mov_ps(v512_mask(h->n - j), e);
        sum = _mm512_add_ps(sum, e);
        text_store_half(p + j / TEXT_PAIR, e);
    }
    return _mm512_reduce_add_ps(_mm512_add_ps(sum, other));
}

/* ---- a head ---------------------------------------------------------------------------------- */

/* Queries from i on, n of them, at most TEXT_ROWS. */
static void text_rows(const TextHead *h, size_t i, size_t n) {
    const size_t steps = h->padded / TEXT_PAIR, stride = h->job->stride;
    text_queries(h, i, n);
    text_multiply(&(TextProduct){h->q, h->k, h->s, h->lanes, h->padded, h->lanes, h->padded});
    for (size_t r = 0; r < n; r++) {
        h->by[r] = 1.0f / text_softmax(h, h->s + r * h->padded, h->p + r * steps);
    }
    text_multiply(&(TextProduct){h->p, h->v, h->acc, steps, h->dim,
                                 (h->n + TEXT_PAIR - 1) / TEXT_PAIR, h->dim});
    for (size_t r = 0; r < n; r++) {
        float *out = h->job->out + (i + r) * stride;
        for (size_t d = 0; d < h->dim; d += 16) {
            __m512 x = _mm512_loadu_ps(h->acc + r * h->dim + d);
            _mm512_storeu_ps(out + d, _mm512_mul_ps(x, _mm512_set1_ps(h->by[r])));
        }
    }
}

/* All queries of the job, KERN_TEXT_ROWS at a time. */
static void text_head(const KernAttnText *job) {
    TextHead h;
    assert(0 <= job->from && job->from <= job->to && job->to <= job->n);
    text_place(&h, job);
    text_keys(&h);
    text_values(&h);
    memset(h.p, 0, KERN_TEXT_ROWS * (h.padded / TEXT_PAIR) * sizeof *h.p); /* missing rows */
    for (int i = job->from; i < job->to; i += KERN_TEXT_ROWS) {
        const int left = job->to - i;
        text_rows(&h, (size_t)i, (size_t)(left < KERN_TEXT_ROWS ? left : KERN_TEXT_ROWS));
    }
}

#endif
