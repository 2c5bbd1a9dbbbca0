/* Functions of the reference table that other tables fall back to. Private to this room. */
#ifndef HEARTH_MODEL_KERNELS_REF_H
#define HEARTH_MODEL_KERNELS_REF_H

#include "model/kernels/layout.h"

unsigned ref_act_formats(const KernMat *mat, int m);
void ref_act_fill(const KernAct *act, int t0, int t1);
void ref_matmul(const KernMatmul *job, size_t row0, size_t row1);
unsigned exact_act_formats(const KernMat *mat, int m);
void exact_matmul(const KernMatmul *job, size_t row0, size_t row1);

void ref_attn_rows(const KernAttnRows *rows);
void ref_attn_text(const KernAttnText *text);

void ref_rmsnorm(const float *x, const float *weight, size_t n, float eps, float *y);
void ref_layernorm(const float *x, const float *weight_bias, size_t n, float eps, float *y);
void ref_rope(const KernRope *rope, float *x);
void ref_softmax(float *x, size_t n, float scale);
void ref_silu_mul(const float *gate, const float *up, size_t n, float *y);
void ref_gelu_tanh_mul(const float *gate, const float *up, size_t n, float *y);
void ref_gelu_erf_mul(const float *gate, const float *up, size_t n, float *y);
void ref_add(const float *a, const float *b, size_t n, float *y);
void ref_add_scaled(const float *x, float s, size_t n, float *y);
void ref_mul(const float *a, const float *b, size_t n, float *y);
float ref_dot(const float *a, const float *b, size_t n);
void ref_tanh_cap(float *x, size_t n, float cap);
void ref_f32_to_f16(const float *x, size_t n, uint16_t *y);
void ref_f16_to_f32(const uint16_t *x, size_t n, float *y);

extern const Kernels kern_ref, kern_exact;

#endif
