/*
 * Vector operations and attention over wide.h, for avx2 and neon. What each computes is said in
 * ref_ops.c and avx512_attn.c. All functions are static: each instruction set includes its copy.
 */
#ifndef HEARTH_MODEL_KERNELS_WIDE_OPS_H
#define HEARTH_MODEL_KERNELS_WIDE_OPS_H

#include "model/kernels/wide.h"

static float wide_sum_squares(const float *x, size_t n, float mean) {
    f32v s = {0};
    for (size_t i = 0; i < n; i += LANES) {
        f32v v = wide_load_n(x + i, n - i) - mean;
        if (n - i < LANES) { /* lanes past the end must not count -mean */
            f32v only = {0};
            memcpy(&only, &v, (n - i) * 4);
            v = only;
        }
        s += v * v;
    }
    return wide_sum(s);
}

static void wide_rmsnorm(const float *x, const float *weight, size_t n, float eps, float *y) {
    double mean = (double)wide_sum_squares(x, n, 0) / (double)n;
    float scale = (float)(1.0 / sqrt(mean + eps));
    for (size_t i = 0; i < n; i += LANES) {
        f32v v = wide_load_n(x + i, n - i) * scale;
        if (weight) v *= wide_load_n(weight + i, n - i);
        wide_store_n(y + i, v, n - i);
    }
}

static void wide_layernorm(const float *x, const float *wb, size_t n, float eps, float *y) {
    f32v sum = {0};
    for (size_t i = 0; i < n; i += LANES) sum += wide_load_n(x + i, n - i);
    float mean = wide_sum(sum) / (float)n;
    float scale = (float)(1.0 / sqrt((double)wide_sum_squares(x, n, mean) / (double)n + eps));
    for (size_t i = 0; i < n; i += LANES) {
        f32v v = (wide_load_n(x + i, n - i) - mean) * scale;
        v = v * wide_load_n(wb + i, n - i) + wide_load_n(wb + n + i, n - i);
        wide_store_n(y + i, v, n - i);
    }
}

static void wide_softmax(float *x, size_t n, float scale) {
    float top = -INFINITY;
    f32v sum = {0};
    for (size_t i = 0; i < n; i++) top = fmaxf(top, x[i] * scale);
    for (size_t i = 0; i < n; i += LANES) {
        f32v v = wide_exp(wide_load_n(x + i, n - i) * scale - top), only = {0};
        memcpy(&only, &v, (n - i < LANES ? n - i : LANES) * 4);
        sum += only;
        wide_store_n(x + i, only, n - i);
    }
    float inverse = 1.0f / wide_sum(sum);
    for (size_t i = 0; i < n; i++) x[i] *= inverse;
}

static ALWAYS_INLINE f32v wide_silu(f32v x) { return x / (1.0f + wide_exp(-x)); }

static ALWAYS_INLINE f32v wide_gelu_tanh(f32v x) {
    f32v inner = x * (x * x * (0.044715f * 0.79788456080286536f) + 0.79788456080286536f);
    return x / (1.0f + wide_exp(inner * -2.0f));
}

static ALWAYS_INLINE f32v wide_gelu_erf(f32v x) {
    f32v a = wide_abs(x) * 0.70710678118654752f, t = 1.0f / (a * 0.5f + 1.0f);
    f32v p = wide_set(kern_erfc_poly[0]);
    for (int i = 1; i < ERFC_TERMS; i++) p = p * t + kern_erfc_poly[i];
    f32v tail = p * t * wide_exp(-(a * a)) * 0.5f;
    return x * wide_select(x > wide_set(0), 1.0f - tail, tail);
}

#define WIDE_GATED(name, fn)                                                                       \
    static void name(const float *gate, const float *up, size_t n, float *y) {                     \
        for (size_t i = 0; i < n; i += LANES) {                                                    \
            f32v v = fn(wide_load_n(gate + i, n - i));                                             \
            if (up) v *= wide_load_n(up + i, n - i);                                               \
            wide_store_n(y + i, v, n - i);                                                         \
        }                                                                                          \
    }
WIDE_GATED(wide_silu_mul, wide_silu)
WIDE_GATED(wide_gelu_tanh_mul, wide_gelu_tanh)
WIDE_GATED(wide_gelu_erf_mul, wide_gelu_erf)

static float wide_dot(const float *a, const float *b, size_t n) {
    f32v s = {0};
    for (size_t i = 0; i < n; i += LANES) {
        s += wide_load_n(a + i, n - i) * wide_load_n(b + i, n - i);
    }
    return wide_sum(s);
}

static void wide_tanh_cap(float *x, size_t n, float cap) {
    for (size_t i = 0; i < n; i += LANES) {
        wide_store_n(x + i, wide_tanh(wide_load_n(x + i, n - i) / cap) * cap, n - i);
    }
}

static void wide_f32_to_f16(const float *x, size_t n, uint16_t *y) {
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) wide_store_f16(y + i, wide_load(x + i));
    for (; i < n; i++) y[i] = kern_f32_to_f16(x[i]);
}

static void wide_f16_to_f32(const uint16_t *x, size_t n, float *y) {
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) wide_store(y + i, wide_load_f16(x + i));
    for (; i < n; i++) y[i] = kern_f16_to_f32(x[i]);
}

/* ---- attention ------------------------------------------------------------------------------- */

enum { WIDE_ROWS = 16, WIDE_KEYS = 16 };

typedef struct WideRow {
    const float *q;
    int lo, hi;
    float top, sum;
    float *acc; /* [dim] */
} WideRow;

static float wide_score(const KernAttn *a, const float *q, const float *k) {
    f32v s0 = {0}, s1 = {0};
    for (int d = 0; d < a->head_dim; d += 2 * LANES) {
        s0 += wide_load(q + d) * wide_load(k + d);
        s1 += wide_load(q + d + LANES) * wide_load(k + d + LANES);
    }
    float s = wide_sum(s0 + s1) * a->scale;
    return a->softcap > 0 ? a->softcap * tanhf(s / a->softcap) : s;
}

/* One row against keys [j0, j0 + 16), widened in k and v. */
static void wide_row_tile(const KernAttn *a, WideRow *row, const float *k, const float *v, int j0) {
    float p[WIDE_KEYS], top = row->top;
    const size_t dim = (size_t)a->head_dim;
    int from = row->lo > j0 ? row->lo - j0 : 0, to = row->hi - j0;
    if (to > WIDE_KEYS) to = WIDE_KEYS;
    if (from >= to) return;
    for (int j = from; j < to; j++) {
        p[j] = wide_score(a, row->q, k + (size_t)j * dim);
        top = fmaxf(top, p[j]);
    }
    if (!(top > -INFINITY)) return;
    float by = row->top == top ? 1.0f : expf(row->top - top);
    row->sum *= by;
    row->top = top;
    for (int j = from; j < to; j++) row->sum += p[j] = expf(p[j] - top);
    for (size_t d = 0; d < dim; d += 2 * LANES) {
        f32v s0 = wide_load(row->acc + d) * by, s1 = wide_load(row->acc + d + LANES) * by;
        for (int j = from; j < to; j++) {
            s0 += wide_load(v + (size_t)j * dim + d) * p[j];
            s1 += wide_load(v + (size_t)j * dim + d + LANES) * p[j];
        }
        wide_store(row->acc + d, s0);
        wide_store(row->acc + d + LANES, s1);
    }
}

static void wide_row_finish(const KernAttn *a, const WideRow *row, int index) {
    int i = index / a->group, g = index % a->group;
    float *out = a->out + (size_t)i * a->out_stride + (size_t)g * a->out_head_stride;
    float sum = row->sum, by = 1;
    if (a->stat) {
        a->stat[2 * index] = row->top;
        a->stat[2 * index + 1] = sum;
    } else {
        float top = a->sinks ? fmaxf(row->top, a->sinks[g]) : row->top;
        by = row->top > -INFINITY ? expf(row->top - top) : 0;
        sum = sum * by + (a->sinks ? expf(a->sinks[g] - top) : 0);
        by = sum > 0 ? by / sum : 0;
    }
    for (int d = 0; d < a->head_dim; d += LANES) wide_store(out + d, wide_load(row->acc + d) * by);
}

/* Rows [r0, r0 + n) over all their keys. mem: K and V tiles, then accumulators. */
static void wide_rows(const KernAttn *a, WideRow *rows, int n, float *mem) {
    const size_t dim = (size_t)a->head_dim;
    float *k = mem, *v = k + WIDE_KEYS * dim;
    int lo = a->n_keys, hi = 0;
    for (int r = 0; r < n; r++) {
        rows[r].acc = v + WIDE_KEYS * dim + (size_t)r * dim;
        memset(rows[r].acc, 0, dim * sizeof(float));
        lo = rows[r].lo < lo ? rows[r].lo : lo;
        hi = rows[r].hi > hi ? rows[r].hi : hi;
    }
    for (int j0 = lo; j0 < hi; j0 += WIDE_KEYS) {
        for (int j = 0; j < WIDE_KEYS && j0 + j < hi; j++) {
            wide_f16_to_f32(a->k + (size_t)(j0 + j) * a->k_stride, dim, k + (size_t)j * dim);
            wide_f16_to_f32(a->v + (size_t)(j0 + j) * a->v_stride, dim, v + (size_t)j * dim);
        }
        for (int r = 0; r < n; r++) wide_row_tile(a, &rows[r], k, v, j0);
    }
}

static void wide_attention(const KernAttn *a) {
    WideRow rows[WIDE_ROWS];
    const int total = a->m * a->group;
    for (int r0 = 0; r0 < total; r0 += WIDE_ROWS) {
        int n = total - r0 < WIDE_ROWS ? total - r0 : WIDE_ROWS;
        for (int r = 0; r < n; r++) {
            int i = (r0 + r) / a->group, g = (r0 + r) % a->group;
            rows[r].q = a->q + (size_t)i * a->q_stride + (size_t)g * a->q_head_stride;
            rows[r].top = -INFINITY;
            rows[r].sum = 0;
            kern_attn_range(a, i, &rows[r].lo, &rows[r].hi);
        }
        wide_rows(a, rows, n, a->scratch);
        for (int r = 0; r < n; r++) wide_row_finish(a, &rows[r], r0 + r);
    }
}

#endif
