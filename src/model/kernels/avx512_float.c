/*
 * Matrix product with float weights (F32, F16, BF16): eight tokens share each load of 16 rows.
 *
 * Order of float additions: even and odd columns apart, each in column order, the two added at the
 * end; the same for any number of tokens.
 */
#include <assert.h>

#include "model/kernels/avx512_matmul.h"

enum { TILE = 8 };

/* 16 rows of one column as floats. */
static ALWAYS_INLINE __m512 load_weights(const KernType type, const uint8_t *p) {
    if (type == KERN_F32) return _mm512_loadu_ps((const float *)(const void *)p);
    return type == KERN_F16 ? v512_load_f16(p) : v512_load_bf16(p);
}

/* nt tokens from t0. */
static ALWAYS_INLINE void float_tile(const KernType type, const int nt, const KernMatmul *job,
                                     size_t row, int t0) {
    const size_t cols = job->mat->cols, step = type == KERN_F32 ? 64 : 32;
    const KernLayout l = kern_layout_of(type);
    const uint8_t *p = (const uint8_t *)job->mat->data + row / 16 * kern_panel_bytes(&l, cols);
    const float *x = job->act->x + (size_t)t0 * job->act->ldx;
    __m512 f[2 * TILE];
    for (int t = 0; t < 2 * nt; t++) f[t] = _mm512_setzero_ps();
    for (size_t k = 0; k + 1 < cols; k += 2, p += 2 * step) {
        __m512 even = load_weights(type, p), odd = load_weights(type, p + step);
#pragma GCC unroll 8
        for (int t = 0; t < nt; t++) {
            const float *at = x + (size_t)t * job->act->ldx + k;
            f[2 * t] = _mm512_fmadd_ps(even, _mm512_set1_ps(at[0]), f[2 * t]);
            f[2 * t + 1] = _mm512_fmadd_ps(odd, _mm512_set1_ps(at[1]), f[2 * t + 1]);
        }
    }
    for (int t = 0; t < nt; t++) {
        float last = cols & 1 ? x[(size_t)t * job->act->ldx + cols - 1] : 0.0f;
        if (cols & 1) {
            f[2 * t] = _mm512_fmadd_ps(load_weights(type, p), _mm512_set1_ps(last), f[2 * t]);
        }
        v512_store_rows(job, t0 + t, row, _mm512_add_ps(f[2 * t], f[2 * t + 1]));
    }
}

/* Eight tokens at a time, the rest one by one; the order of sums is the same. */
static ALWAYS_INLINE void float_rows(const KernType type, const KernMatmul *job, V512Rows rows) {
    const int m = job->act->m;
    assert(rows.from % KERN_PANEL_ROWS == 0 && rows.to <= job->mat->rows);
    for (size_t row = rows.from; row < rows.to; row += 16) {
        int t = 0;
        for (; t + TILE <= m; t += TILE) float_tile(type, TILE, job, row, t);
        for (; t < m; t++) float_tile(type, 1, job, row, t);
    }
}

void v512_floats(const KernMatmul *job, V512Rows rows) {
    switch (job->mat->type) {
    case KERN_F32: float_rows(KERN_F32, job, rows); break;
    case KERN_F16: float_rows(KERN_F16, job, rows); break;
    default: float_rows(KERN_BF16, job, rows); break;
    }
}
