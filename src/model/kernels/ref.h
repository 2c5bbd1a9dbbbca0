/* Functions of the reference table that other tables fall back to. Private to this room. */
#ifndef HEARTH_MODEL_KERNELS_REF_H
#define HEARTH_MODEL_KERNELS_REF_H

#include "model/kernels/layout.h"

/* The members of the table "ref", with the contracts of struct Kernels (kernels.h): plain C, sums
   in double, one rounding at the end. Other tables take from here what they have no faster form of.
   Formats: F32 for float weights, else I8. */
unsigned ref_act_formats(const KernMat *mat, int m);
/* Every format that act has, tokens [t0, t1): the rules of rounding are at the head of
   ref_matmul.c. */
void ref_act_fill(const KernAct *act, int t0, int t1);
/* y[t][r] over rows [row0, row1): integers exact, scales and sums in double. */
void ref_matmul(const KernMatmul *job, size_t row0, size_t row1);
/* The table "exact": always F32. */
unsigned exact_act_formats(const KernMat *mat, int m);
/* Dequantised weights times float activations, in double: no activation is quantised. */
void exact_matmul(const KernMatmul *job, size_t row0, size_t row1);

/* acc [n_rows][head_dim] and stat [n_rows][2] of one part, each row's softmax over all of it. */
void ref_attn_rows(const KernAttnRows *rows);
/* One head of an encoder, queries [from, to): softmax over all n keys. */
void ref_attn_text(const KernAttnText *text);

/* y = weight * x / sqrt(mean(x^2) + eps); all [n]. */
void ref_rmsnorm(const float *x, const float *weight, size_t n, float eps, float *y);
/* y = weight * (x - mean) / sqrt(var + eps) + bias; weight_bias [2][n]. */
void ref_layernorm(const float *x, const float *weight_bias, size_t n, float eps, float *y);
/* Turns the pairs of every head of one token: (a, b) -> (a cos - b sin, a sin + b cos). */
void ref_rope(const KernRope *rope, float *x);
/* x = softmax(scale * x), in place; n >= 1. */
void ref_softmax(float *x, size_t n, float scale);
/* y = gate / (1 + exp(-gate)) * up. The three gates: all [n], y may be gate; here up is not
   NULL. */
void ref_silu_mul(const float *gate, const float *up, size_t n, float *y);
/* y = gate/2 (1 + tanh(sqrt(2/pi) (gate + 0.044715 gate^3))) * up; up NULL: 1. */
void ref_gelu_tanh_mul(const float *gate, const float *up, size_t n, float *y);
/* y = gate/2 (1 + erf(gate / sqrt 2)) * up; up NULL: 1. */
void ref_gelu_erf_mul(const float *gate, const float *up, size_t n, float *y);
/* y = a + b. */
void ref_add(const float *a, const float *b, size_t n, float *y);
/* y = y + s x, each a fused multiply and add. */
void ref_add_scaled(const float *x, float s, size_t n, float *y);
/* y = a b, number by number. */
void ref_mul(const float *a, const float *b, size_t n, float *y);
/* sum a b, in double. */
float ref_dot(const float *a, const float *b, size_t n);
/* x = cap tanh(x / cap); cap > 0. */
void ref_tanh_cap(float *x, size_t n, float cap);
/* To nearest even, overflow to infinity; n numbers. */
void ref_f32_to_f16(const float *x, size_t n, uint16_t *y);
/* Exact; n numbers. */
void ref_f16_to_f32(const uint16_t *x, size_t n, float *y);

extern const Kernels kern_ref, kern_exact;

#endif
