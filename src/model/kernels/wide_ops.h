/*
 * Vector operations over wide.h, for avx2 and neon. What each computes is said in ref_ops.c.
 * All functions are static: each instruction set includes its copy.
 */
#ifndef HEARTH_MODEL_KERNELS_WIDE_OPS_H
#define HEARTH_MODEL_KERNELS_WIDE_OPS_H

#include "model/kernels/wide.h"

/* sum (x - mean)^2 in LANES sums of float, which are added lane by lane at the end. */
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

/* The members of a table, as ref_ops.c has them. The last vector is read by wide_load_n, whose
   missing lanes are 0, and written by wide_store_n: no byte past n is touched. */
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

/* x/2 (1 + tanh u) = x / (1 + e^-2u), which does not cancel for negative u. */
static ALWAYS_INLINE f32v wide_gelu_tanh(f32v x) {
    f32v inner = x * (x * x * (0.044715f * 0.79788456080286536f) + 0.79788456080286536f);
    return x / (1.0f + wide_exp(inner * -2.0f));
}

/* x Phi(x) by erfc: the tail is erfc(|x| / sqrt 2) / 2, a polynomial in t = 1 / (1 + a/2) times
   e^-a^2 (erfc_poly.h). */
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

#endif
