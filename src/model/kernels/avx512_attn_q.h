/*
 * What the AVX-512 cores of integer blocks share: queries and probabilities as 16-bit integers in
 * two planes of bytes, x ~ s (256 high + low). avx512_attn_q.c says why. Private to avx512_*.c.
 */
#ifndef HEARTH_MODEL_KERNELS_AVX512_ATTN_Q_H
#define HEARTH_MODEL_KERNELS_AVX512_ATTN_Q_H

#include "model/kernels/avx512_attn.h"

enum {
    V512_INT_DIMS = 256, /* products that one 32-bit sum takes: 256 * 255 * 32512 < 2^31 */
    V512_INT_CHUNKS = KERN_HEAD_DIM_MAX / V512_INT_DIMS,
    V512_INT_TOP = 32512, /* the largest magnitude: 127 in the high plane */
};

/* What belongs to the integers of one row, [2 planes][n] bytes. */
typedef struct V512RowInts {
    float scale;
    int32_t sum[V512_INT_CHUNKS]; /* of each V512_INT_DIMS integers */
} V512RowInts;

/* Queries and probabilities lie in the driver's memory: planes of all rows, then V512RowInts. */
static inline int8_t *v512_query_bytes(const V512Attn *a, int row) {
    return (int8_t *)a->q + (size_t)row * 2 * a->dim;
}

static inline int8_t *v512_prob_bytes(const V512Attn *a, int row) {
    return (int8_t *)a->p + row * 2 * KERN_KV_KEYS;
}

static inline V512RowInts *v512_query_ints(const V512Attn *a) {
    return (V512RowInts *)(void *)((char *)a->q + (size_t)KERN_ATTN_ROWS * 2 * a->dim);
}

static inline V512RowInts *v512_prob_ints(const V512Attn *a) {
    return (V512RowInts *)(void *)((char *)a->p + KERN_ATTN_ROWS * 2 * KERN_KV_KEYS);
}

_Static_assert(V512_INT_DIMS * 255ll * V512_INT_TOP < 1ll << 31, "a sum of so many products");
_Static_assert(KERN_HEAD_DIM_MAX % V512_INT_DIMS == 0, "sums of the widest head");
_Static_assert(sizeof(V512RowInts) <= 32, "16 dimensions leave so much behind the planes of a row");

/* The queries of all rows as integers. */
void v512_int_queries(const V512Attn *a);
/* The probabilities of the page's rows, each times its scale [64], as integers. */
void v512_int_probs(const V512Attn *a, const float *scale);

/* Sums of both planes as a float32, 2 mid = 2 half + 1 times half the sum of the integers off. */
static ALWAYS_INLINE __m512 v512_int_sum(__m512i high, __m512i low, int32_t half, int32_t sum) {
    __m512i both = _mm512_add_epi32(_mm512_slli_epi32(high, 8), low);
    both = _mm512_sub_epi32(both, _mm512_set1_epi32(half * sum));
    return _mm512_sub_ps(_mm512_cvtepi32_ps(both), _mm512_set1_ps(0.5f * (float)sum));
}

extern const V512AttnCore v512_core_q8, v512_core_q8_ahead; /* avx512_attn_q8.c */

#endif
