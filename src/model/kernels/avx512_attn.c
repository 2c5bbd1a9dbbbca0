/*
 * Attention with AVX-512 in float32: decode, prefill and bidirectional, one KV head per call.
 *
 * Query rows (token i, head g of the group) are taken ROWS at a time; keys 16 at a time. A tile of
 * 16 keys is widened from float16 once and shared by all rows, which is how the group's heads
 * share the stream of K and V. For each row: 16 dot products (lanes are dimensions; a reduction
 * tree turns 16 vectors into one of 16 scores), masks, online softmax, and the weighted sum of V.
 *
 * Online softmax (Milakov & Gimelshein 2018): with running maximum M and sum S, a tile with
 * maximum m rescales S and the output by exp(M - max(M, m)) and adds its own terms. Tiles that no
 * row of the block sees are never touched; a row skips tiles outside its own range.
 *
 * Order of sums: dimensions in 16 lanes, then the tree; keys in order.
 */
#include <math.h>

#include "model/kernels/avx512_ops.h"
#include "model/kernels/avx512_util.h"
#include "model/kernels/ref.h"

enum { ROWS = 32, KEYS = 16 };

typedef struct RowState {
    const float *q;
    float *out;
    int lo, hi, head;
    float top, sum;
} RowState;

typedef struct Block {
    const KernAttn *job;
    float *k, *v; /* [16][dim] */
    float *acc;   /* [ROWS][dim] */
    int n_rows;
    RowState row[ROWS];
} Block;

/* Lane l of the result is the sum of all lanes of v[l]. */
static ALWAYS_INLINE __m512 reduce16(__m512 v[16]) {
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) { /* lanes: pairs of 1 within 128 bits */
        __m512 lo = _mm512_unpacklo_ps(v[2 * i], v[2 * i + 1]);
        __m512 hi = _mm512_unpackhi_ps(v[2 * i], v[2 * i + 1]);
        v[i] = _mm512_add_ps(lo, hi); /* (a02 b02 a13 b13) per 128 bits */
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        __m512 lo = _mm512_shuffle_ps(v[2 * i], v[2 * i + 1], 0x44);
        __m512 hi = _mm512_shuffle_ps(v[2 * i], v[2 * i + 1], 0xee);
        v[i] = _mm512_add_ps(lo, hi); /* a b c d per 128 bits */
    }
    __m512 a = _mm512_add_ps(_mm512_shuffle_f32x4(v[0], v[1], 0x88),
                             _mm512_shuffle_f32x4(v[0], v[1], 0xdd));
    __m512 b = _mm512_add_ps(_mm512_shuffle_f32x4(v[2], v[3], 0x88),
                             _mm512_shuffle_f32x4(v[2], v[3], 0xdd));
    return _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xdd));
}

static ALWAYS_INLINE __m512 scores16(const float *q, const float *k, size_t dim) {
    __m512 part[KEYS];
#pragma GCC unroll 16
    for (int j = 0; j < KEYS; j++) {
        part[j] = _mm512_mul_ps(_mm512_loadu_ps(q), _mm512_load_ps(k + (size_t)j * dim));
    }
    for (size_t d = 16; d < dim; d += 16) {
        __m512 v = _mm512_loadu_ps(q + d);
#pragma GCC unroll 16
        for (int j = 0; j < KEYS; j++) {
            part[j] = _mm512_fmadd_ps(v, _mm512_load_ps(k + (size_t)j * dim + d), part[j]);
        }
    }
    return reduce16(part);
}

/* 16 probabilities, the tile of V they weigh, and what the output so far is scaled by. */
typedef struct Values {
    const float *p, *v;
    size_t dim;
    float by;
} Values;

/* acc = acc * by + sum_j p[j] v[j] for n vectors of dimensions from d. */
static ALWAYS_INLINE void add_values_n(const int n, float *acc, const Values *val, size_t d) {
    const __m512 by = _mm512_set1_ps(val->by);
    const float *v = val->v + d;
    __m512 a[8];
    acc += d;
#pragma GCC unroll 8
    for (int i = 0; i < n; i++) a[i] = _mm512_mul_ps(_mm512_load_ps(acc + 16 * i), by);
    for (int j = 0; j < KEYS; j++, v += val->dim) {
        __m512 pj = _mm512_set1_ps(val->p[j]);
#pragma GCC unroll 8
        for (int i = 0; i < n; i++) a[i] = _mm512_fmadd_ps(pj, _mm512_load_ps(v + 16 * i), a[i]);
    }
#pragma GCC unroll 8
    for (int i = 0; i < n; i++) _mm512_store_ps(acc + 16 * i, a[i]);
}

static void add_values(float *acc, const Values *val) {
    size_t d = 0;
    for (; d + 128 <= val->dim; d += 128) add_values_n(8, acc, val, d);
    for (; d + 64 <= val->dim; d += 64) add_values_n(4, acc, val, d);
    for (; d < val->dim; d += 16) add_values_n(1, acc, val, d);
}

/* One row against the tile of keys [j0, j0 + 16). */
static void row_tile(const Block *b, RowState *row, float *acc, int j0) {
    const KernAttn *a = b->job;
    _Alignas(64) float p[KEYS];
    int from = row->lo > j0 ? row->lo - j0 : 0, to = row->hi - j0;
    if (to <= 0 || from >= KEYS) return;
    __mmask16 seen = (__mmask16)(v512_mask((size_t)to) & ~v512_mask((size_t)from));
    const __m512 least = _mm512_set1_ps(-INFINITY);
    __m512 s = scores16(row->q, b->k, (size_t)a->head_dim);
    s = _mm512_mul_ps(s, _mm512_set1_ps(a->scale));
    if (a->softcap > 0) {
        s = v512_tanh(_mm512_mul_ps(s, _mm512_set1_ps(1 / a->softcap)));
        s = _mm512_mul_ps(s, _mm512_set1_ps(a->softcap));
    }
    s = _mm512_mask_mov_ps(least, seen, s);
    float top = fmaxf(row->top, _mm512_reduce_max_ps(s));
    if (!(top > -INFINITY)) return; /* only infinities or NaN: nothing to add */
    float by = row->top == top ? 1.0f : expf(row->top - top);
    __m512 e = _mm512_maskz_mov_ps(seen, v512_exp(_mm512_sub_ps(s, _mm512_set1_ps(top))));
    _mm512_store_ps(p, e);
    row->sum = row->sum * by + _mm512_reduce_add_ps(e);
    row->top = top;
    Values values = {p, b->v, (size_t)a->head_dim, by};
    add_values(acc, &values);
}

/* Keys [j0, j0 + n) widened to float32; the rest of the tile is zero. */
static void load_tile(const uint16_t *src, size_t stride, int n, size_t dim, float *out) {
    for (int j = 0; j < KEYS; j++, src += stride, out += dim) {
        for (size_t d = 0; d < dim; d += 16) {
            __m512 v = j < n ? v512_load_f16(src + d) : _mm512_setzero_ps();
            _mm512_store_ps(out + d, v);
        }
    }
}

static void prefetch_tile(const KernAttn *a, int j0) {
    for (int j = j0; j < j0 + KEYS && j < a->n_keys; j++) {
        const char *k = (const char *)(a->k + (size_t)j * a->k_stride);
        const char *v = (const char *)(a->v + (size_t)j * a->v_stride);
        for (int d = 0; d < a->head_dim * 2; d += 64) {
            _mm_prefetch(k + d, _MM_HINT_T0);
            _mm_prefetch(v + d, _MM_HINT_T0);
        }
    }
}

static void block_run(Block *b) {
    const KernAttn *a = b->job;
    const size_t dim = (size_t)a->head_dim;
    int lo = a->n_keys, hi = 0;
    for (int r = 0; r < b->n_rows; r++) {
        lo = b->row[r].lo < lo ? b->row[r].lo : lo;
        hi = b->row[r].hi > hi ? b->row[r].hi : hi;
    }
    memset(b->acc, 0, (size_t)b->n_rows * dim * sizeof(float));
    for (int j0 = lo; j0 < hi; j0 += KEYS) {
        int n = hi - j0 < KEYS ? hi - j0 : KEYS;
        prefetch_tile(a, j0 + KEYS);
        load_tile(a->k + (size_t)j0 * a->k_stride, a->k_stride, n, dim, b->k);
        load_tile(a->v + (size_t)j0 * a->v_stride, a->v_stride, n, dim, b->v);
        for (int r = 0; r < b->n_rows; r++) row_tile(b, &b->row[r], b->acc + (size_t)r * dim, j0);
    }
}

/* Divides (or hands over statistics) and writes one row out. */
static void row_finish(const KernAttn *a, RowState *row, size_t index, const float *acc) {
    float by = 1;
    if (a->stat) {
        a->stat[2 * index] = row->top;
        a->stat[2 * index + 1] = row->sum;
    } else {
        if (a->sinks) {
            float top = fmaxf(row->top, a->sinks[row->head]);
            by = expf(row->top - top);
            row->sum = row->sum * by + expf(a->sinks[row->head] - top);
        }
        by = row->sum > 0 ? by / row->sum : 0;
    }
    for (int d = 0; d < a->head_dim; d += 16) {
        __m512 v = _mm512_mul_ps(_mm512_load_ps(acc + d), _mm512_set1_ps(by));
        _mm512_storeu_ps(row->out + d, v);
    }
}

void v512_attention(const KernAttn *a) {
    const size_t dim = (size_t)a->head_dim;
    const int n = a->m * a->group;
    Block b = {.job = a, .k = a->scratch};
    b.v = b.k + KEYS * dim;
    b.acc = b.v + KEYS * dim;
    for (int r0 = 0; r0 < n; r0 += b.n_rows) {
        b.n_rows = n - r0 < ROWS ? n - r0 : ROWS;
        for (int r = 0; r < b.n_rows; r++) {
            int i = (r0 + r) / a->group, g = (r0 + r) % a->group;
            RowState *row = &b.row[r];
            row->q = a->q + (size_t)i * a->q_stride + (size_t)g * a->q_head_stride;
            row->out = a->out + (size_t)i * a->out_stride + (size_t)g * a->out_head_stride;
            row->head = g;
            row->top = -INFINITY;
            row->sum = 0;
            kern_attn_range(a, i, &row->lo, &row->hi);
        }
        block_run(&b);
        for (int r = 0; r < b.n_rows; r++) {
            row_finish(a, &b.row[r], (size_t)(r0 + r), b.acc + (size_t)r * dim);
        }
    }
}

void v512_attention_merge(const KernAttn *parts, int n, float *out) {
    ref_attention_merge(parts, n, out);
}
