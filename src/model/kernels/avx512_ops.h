/* The AVX-512 vector operations, shared by the avx512 and amx tables. Private to this room. */
#ifndef HEARTH_MODEL_KERNELS_AVX512_OPS_H
#define HEARTH_MODEL_KERNELS_AVX512_OPS_H

#include "model/kernels/kernels.h"

/* Vectors of n floats at any alignment, n of any size: the last one of 16 lanes is masked. The
   contracts are those of struct Kernels (kernels.h), the equations stand in ref.h; results differ
   from ref by the roundings that avx512_ops.c and avx512_util.h name. */
void v512_rmsnorm(const float *x, const float *weight, size_t n, float eps, float *y);
void v512_layernorm(const float *x, const float *weight_bias, size_t n, float eps, float *y);
void v512_rope(const KernRope *rope, float *x);
void v512_softmax(float *x, size_t n, float scale);
void v512_silu_mul(const float *gate, const float *up, size_t n, float *y);
void v512_gelu_tanh_mul(const float *gate, const float *up, size_t n, float *y);
void v512_gelu_erf_mul(const float *gate, const float *up, size_t n, float *y);
void v512_add(const float *a, const float *b, size_t n, float *y);
void v512_add_scaled(const float *x, float s, size_t n, float *y);
void v512_mul(const float *a, const float *b, size_t n, float *y);
float v512_dot(const float *a, const float *b, size_t n);
void v512_tanh_cap(float *x, size_t n, float cap);
void v512_f32_to_f16(const float *x, size_t n, uint16_t *y);
void v512_f16_to_f32(const uint16_t *x, size_t n, float *y);

/* kern_hadamard, the same bytes; n a multiple of 16. */
void v512_hadamard(float *x, int n);
/* KernAttnRows for each kind of machine and of block. This one: F16 and BF16 blocks with float32
   sums, and through v512_attn_rows_q what rotates. */
void v512_attn_rows(const KernAttnRows *rows);
void v512_attn_rows_q(const KernAttnRows *rows);    /* Q8, Q6, Q4 */
bool v512_attn_rows_q8_ahead(const KernAttnRows *rows); /* false: not for these, nothing done */
/* As v512_attn_rows, but one or two rows of Q8 ask ahead for what they read (avx512_attn_q8.c): the
   table "avx512-ahead". */
void v512_attn_rows_ahead(const KernAttnRows *rows);
/* The same over v512_attn_rows_bf16. */
void v512_attn_rows_bf16_ahead(const KernAttnRows *rows);
void v512_attn_rows_bf16(const KernAttnRows *rows); /* needs AVX512-BF16 */
/* One head of an encoder in float32, and below with products of bfloat16 (avx512_text.h). */
void v512_attn_text(const KernAttnText *text);
void v512_attn_text_bf16(const KernAttnText *text); /* needs AVX512-BF16 */

#define V512_OPS                                                                                   \
    .hadamard = v512_hadamard, .rmsnorm = v512_rmsnorm, .layernorm = v512_layernorm,               \
    .rope = v512_rope,                                                                             \
    .softmax = v512_softmax, .silu_mul = v512_silu_mul, .gelu_tanh_mul = v512_gelu_tanh_mul,       \
    .gelu_erf_mul = v512_gelu_erf_mul, .add = v512_add, .add_scaled = v512_add_scaled,             \
    .mul = v512_mul, .dot = v512_dot, .tanh_cap = v512_tanh_cap, .f32_to_f16 = v512_f32_to_f16,    \
    .f16_to_f32 = v512_f16_to_f32

#endif
