/*
 * Reference vector operations: norms, activation functions, rotary positions, conversions.
 *
 * Written for exactness: sums and functions in double, rounded to float once. Fast kernels are
 * allowed a small relative error against these, bounded in tests/unit/test_kernels.c.
 *
 * rmsnorm    y = w * x / sqrt(mean(x^2) + eps)                    (Zhang & Sennrich 2019)
 * layernorm  y = w * (x - mean) / sqrt(var + eps) + b             (Ba et al. 2016), biased variance
 * silu       x / (1 + exp(-x));  gelu exact: x/2 (1 + erf(x/sqrt2)); tanh form of Hendrycks &
 *            Gimpel 2016
 * rope       (a, b) -> (a cos - b sin, a sin + b cos)             (Su et al. 2021)
 */
#include "model/kernels/ref.h"

#include <assert.h>
#include <math.h>

/* x, weight, y: [n]; the sum of squares in double. */
void ref_rmsnorm(const float *x, const float *weight, size_t n, float eps, float *y) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * x[i];
    double scale = 1.0 / sqrt(sum / (double)n + eps);
    for (size_t i = 0; i < n; i++) y[i] = (float)(x[i] * scale * (weight ? weight[i] : 1.0f));
}

/* x, y: [n]; weight_bias: [2][n]. Two passes, mean first: the variance does not cancel. */
void ref_layernorm(const float *x, const float *weight_bias, size_t n, float eps, float *y) {
    const float *weight = weight_bias, *bias = weight_bias + n;
    double mean = 0, var = 0;
    for (size_t i = 0; i < n; i++) mean += x[i];
    mean /= (double)n;
    for (size_t i = 0; i < n; i++) var += (x[i] - mean) * (x[i] - mean);
    double scale = 1.0 / sqrt(var / (double)n + eps);
    for (size_t i = 0; i < n; i++) y[i] = (float)((x[i] - mean) * scale * weight[i] + bias[i]);
}

/* cos_sin [n_pairs][2]. The angle in double: at position 100,000 a float is off by up to 0.004. */
void kern_rope_table(const float *inv_freq, int n_pairs, double position, float mscale,
                     float *cos_sin) {
    for (int i = 0; i < n_pairs; i++) {
        double angle = position * (double)inv_freq[i];
        cos_sin[2 * i] = (float)(cos(angle) * mscale);
        cos_sin[2 * i + 1] = (float)(sin(angle) * mscale);
    }
}

/* Heads of one token, head_stride floats apart, in place. neox: pair i is (i, i + rot_dim/2), else
   (2i, 2i + 1); numbers past rot_dim stay. */
void ref_rope(const KernRope *rope, float *x) {
    int half = rope->rot_dim / 2;
    assert(rope->rot_dim % 2 == 0 && (size_t)rope->rot_dim <= rope->head_stride);
    for (int h = 0; h < rope->n_head; h++, x += rope->head_stride) {
        for (int i = 0; i < half; i++) {
            float c = rope->cos_sin[2 * i], s = rope->cos_sin[2 * i + 1];
            float *pa = rope->neox ? x + i : x + 2 * i, *pb = rope->neox ? pa + half : pa + 1;
            float a = *pa, b = *pb;
            *pa = a * c - b * s;
            *pb = a * s + b * c;
        }
    }
}

/* exp(scale x - top), where top is the greatest: the largest term is 1 and nothing overflows. */
void ref_softmax(float *x, size_t n, float scale) {
    float top = -INFINITY;
    double sum = 0;
    assert(n > 0); /* a sum to divide by */
    for (size_t i = 0; i < n; i++) top = fmaxf(top, x[i] * scale);
    for (size_t i = 0; i < n; i++) {
        x[i] = (float)exp((double)x[i] * scale - top);
        sum += x[i];
    }
    for (size_t i = 0; i < n; i++) x[i] = (float)(x[i] / sum);
}

void ref_silu_mul(const float *gate, const float *up, size_t n, float *y) {
    for (size_t i = 0; i < n; i++) y[i] = (float)(gate[i] / (1.0 + exp(-(double)gate[i])) * up[i]);
}

void ref_gelu_tanh_mul(const float *gate, const float *up, size_t n, float *y) {
    for (size_t i = 0; i < n; i++) {
        double x = gate[i], t = tanh(0.79788456080286535588 * (x + 0.044715 * x * x * x));
        y[i] = (float)(0.5 * x * (1.0 + t) * (up ? up[i] : 1.0f));
    }
}

void ref_gelu_erf_mul(const float *gate, const float *up, size_t n, float *y) {
    for (size_t i = 0; i < n; i++) {
        double x = gate[i];
        y[i] = (float)(0.5 * x * (1.0 + erf(x * 0.70710678118654752440)) * (up ? up[i] : 1.0f));
    }
}

void ref_add(const float *a, const float *b, size_t n, float *y) {
    for (size_t i = 0; i < n; i++) y[i] = a[i] + b[i];
}

void ref_add_scaled(const float *x, float s, size_t n, float *y) {
    for (size_t i = 0; i < n; i++) y[i] = fmaf(s, x[i], y[i]);
}

void ref_mul(const float *a, const float *b, size_t n, float *y) {
    for (size_t i = 0; i < n; i++) y[i] = a[i] * b[i];
}

float ref_dot(const float *a, const float *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)a[i] * b[i];
    return (float)sum;
}

void ref_tanh_cap(float *x, size_t n, float cap) {
    for (size_t i = 0; i < n; i++) x[i] = (float)(cap * tanh((double)x[i] / cap));
}

void ref_f32_to_f16(const float *x, size_t n, uint16_t *y) {
    for (size_t i = 0; i < n; i++) y[i] = kern_f32_to_f16(x[i]);
}

void ref_f16_to_f32(const uint16_t *x, size_t n, float *y) {
    for (size_t i = 0; i < n; i++) y[i] = kern_f16_to_f32(x[i]);
}

const Kernels kern_ref = {
    .name = "ref",
    .act_formats = ref_act_formats,
    .act_fill = ref_act_fill,
    .matmul = ref_matmul,
    .hadamard = kern_hadamard,
    .attn_rows = ref_attn_rows,
    .attn_text = ref_attn_text,
    .rmsnorm = ref_rmsnorm,
    .layernorm = ref_layernorm,
    .rope = ref_rope,
    .softmax = ref_softmax,
    .silu_mul = ref_silu_mul,
    .gelu_tanh_mul = ref_gelu_tanh_mul,
    .gelu_erf_mul = ref_gelu_erf_mul,
    .add = ref_add,
    .add_scaled = ref_add_scaled,
    .mul = ref_mul,
    .dot = ref_dot,
    .tanh_cap = ref_tanh_cap,
    .f32_to_f16 = ref_f32_to_f16,
    .f16_to_f32 = ref_f16_to_f32,
};

const Kernels kern_exact = {
    .name = "exact",
    .act_formats = exact_act_formats,
    .act_fill = ref_act_fill,
    .matmul = exact_matmul,
    .hadamard = kern_hadamard,
    .attn_rows = ref_attn_rows,
    .attn_text = ref_attn_text,
    .rmsnorm = ref_rmsnorm,
    .layernorm = ref_layernorm,
    .rope = ref_rope,
    .softmax = ref_softmax,
    .silu_mul = ref_silu_mul,
    .gelu_tanh_mul = ref_gelu_tanh_mul,
    .gelu_erf_mul = ref_gelu_erf_mul,
    .add = ref_add,
    .add_scaled = ref_add_scaled,
    .mul = ref_mul,
    .dot = ref_dot,
    .tanh_cap = ref_tanh_cap,
    .f32_to_f16 = ref_f32_to_f16,
    .f16_to_f32 = ref_f16_to_f32,
};
