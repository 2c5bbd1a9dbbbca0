/*
 * Attention of encoders: its memory, and the reference.
 *
 * A text of up to some hundred tokens whose keys and values are all there at once needs nothing of
 * what attn.c does for a growing timeline: no pages, no parts, no running maximum. One head of one
 * text is three small matrices, and the fast kernels treat it so: keys are turned once, then for a
 * few queries at a time all scores, their softmax, and the product with the values.
 *
 * Scratch of the fast kernels: keys and values of a head in their order of use (tokens rounded up),
 * and scores of a few queries.
 */
#include "model/kernels/ref.h"

#include <assert.h>
#include <math.h>

size_t kern_attn_text_bytes(int n, int head_dim) {
    size_t tokens = ((size_t)n + KERN_TEXT_UNIT - 1) / KERN_TEXT_UNIT * KERN_TEXT_UNIT;
    size_t d = (size_t)head_dim;
    return (2 * tokens * d + KERN_TEXT_ROWS * (2 * tokens + 2 * d)) * sizeof(float) +
           8 * KERN_ALIGN;
}

/* Query i, in double. p: [n]. */
static void text_row(const KernAttnText *a, int i, double *p) {
    const float *q = a->q + (size_t)i * a->stride;
    double acc[KERN_HEAD_DIM_MAX] = {0}, top = -INFINITY, sum = 0;
    for (int j = 0; j < a->n; j++) {
        const float *k = a->k + (size_t)j * a->kv_stride;
        double s = 0;
        for (int d = 0; d < a->head_dim; d++) s += (double)q[d] * (double)k[d];
        p[j] = s * (double)a->scale;
        top = fmax(top, p[j]);
    }
    for (int j = 0; j < a->n; j++) {
        const float *v = a->v + (size_t)j * a->kv_stride;
        double e = exp(p[j] - top);
        sum += e;
        for (int d = 0; d < a->head_dim; d++) acc[d] += e * (double)v[d];
    }
    float *out = a->out + (size_t)i * a->stride;
    for (int d = 0; d < a->head_dim; d++) out[d] = (float)(acc[d] / sum);
}

void ref_attn_text(const KernAttnText *a) {
    assert(0 <= a->from && a->from <= a->to && a->to <= a->n && a->head_dim <= KERN_HEAD_DIM_MAX);
    for (int i = a->from; i < a->to; i++) text_row(a, i, a->scratch);
}
