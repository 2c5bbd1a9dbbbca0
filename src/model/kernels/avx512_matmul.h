/* Shared by the AVX-512 matrix products (avx512_gemv.c, avx512_gemm.c, amx_matmul.c). */
#ifndef HEARTH_MODEL_KERNELS_AVX512_MATMUL_H
#define HEARTH_MODEL_KERNELS_AVX512_MATMUL_H

#include "model/kernels/avx512_unpack.h"

typedef struct V512Rows {
    size_t from, to; /* to <= rows of the matrix */
} V512Rows;

#define V512_INT_TYPES(X)                                                                          \
    X(KERN_Q4_0) X(KERN_Q4_1) X(KERN_Q5_0) X(KERN_Q5_1) X(KERN_Q8_0) X(KERN_Q2_K) X(KERN_Q3_K)     \
    X(KERN_Q4_K) X(KERN_Q5_K) X(KERN_Q6_K) X(KERN_IQ4_NL) X(KERN_MXFP4)

/* y[t][row..row+15] = or += f, within the matrix. */
static ALWAYS_INLINE void v512_store_rows(const KernMatmul *job, int t, size_t row, __m512 f) {
    float *y = job->y + (size_t)t * job->ldy + row;
    __mmask16 lanes = v512_mask(job->mat->rows - row);
    if (job->accumulate) f = _mm512_add_ps(f, _mm512_maskz_loadu_ps(lanes, y));
    _mm512_mask_storeu_ps(y, lanes, f);
}

/* Any m, weights streamed once per four tokens. */
void v512_gemv(const KernMatmul *job, V512Rows rows);
/* Any m, a panel unpacked once into scratch. */
void v512_gemm(const KernMatmul *job, V512Rows rows);
/* Float weights, any m. */
void v512_floats(const KernMatmul *job, V512Rows rows);

/* 16-bit activations, m <= 16, tiles. */
void amx_matmul_small(const KernMatmul *job, V512Rows rows);

void v512_act_fill(const KernAct *act, int t0, int t1);
void v512_matmul(const KernMatmul *job, size_t row0, size_t row1);
unsigned v512_act_formats(const KernMat *mat, int m);

#endif
