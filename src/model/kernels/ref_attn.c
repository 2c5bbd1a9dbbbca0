/*
 * Reference attention: a block of query rows against one part of the keys, in double.
 *
 * Row by row: scores of all keys that it sees, their maximum, then the sums; pages are read back as
 * floats for each row anew. Slow and plain: the specification of what the fast kernels compute
 * with online softmax and in lower precision.
 */
#include "model/kernels/ref.h"

#include <assert.h>
#include <math.h>

/* Where the blocks of the row's head are behind those of the first. */
static size_t head_at(const KernAttnRows *in, int row) {
    return (size_t)(row / in->head_rows) * in->job->head_step;
}

/* Scores of the keys of one page that the row sees, s[0] is key0's. */
static void page_scores(const KernAttnRows *in, int row, int key, double *s) {
    const KernAttn *a = in->job;
    const float *q = in->q + (size_t)row * (size_t)a->head_dim;
    float *k = in->scratch;
    const char *page = a->pages[key / KERN_KV_KEYS] + head_at(in, row);
    kern_kv_keys(a->type, a->head_dim, page + a->k_at, k);
    for (int j = key; j < key + KERN_KV_KEYS && j < in->hi[row]; j++) {
        double sum = 0;
        if (j < in->lo[row]) continue;
        for (int d = 0; d < a->head_dim; d++) {
            sum += (double)q[d] * (double)k[d * KERN_KV_KEYS + j - key];
        }
        s[j - in->key0] = a->softcap > 0 ? a->softcap * tanh(sum) * M_LOG2E : sum;
    }
}

/* acc [head_dim] += p_j v_j over the keys of one page that the row sees. */
static void page_values(const KernAttnRows *in, int row, int key, const double *p, double *acc) {
    const KernAttn *a = in->job;
    float *v = in->scratch;
    const char *page = a->pages[key / KERN_KV_KEYS] + head_at(in, row);
    kern_kv_values(a->type, a->head_dim, page + a->v_at, v);
    for (int j = key; j < key + KERN_KV_KEYS && j < in->hi[row]; j++) {
        const float *vj = v + (size_t)(j - key) * (size_t)a->head_dim;
        if (j < in->lo[row]) continue;
        for (int d = 0; d < a->head_dim; d++) acc[d] += p[j - in->key0] * (double)vj[d];
    }
}

/* Both passes over the part: all scores s [KERN_ATTN_PART] first, then sums. top is rounded to
   float before it is used, because stat hands it on as one. */
static void one_row(const KernAttnRows *in, int row) {
    double s[KERN_ATTN_PART], acc[KERN_HEAD_DIM_MAX] = {0}, top = -INFINITY, sum = 0;
    int lo = in->lo[row], hi = in->hi[row], page0 = lo / KERN_KV_KEYS * KERN_KV_KEYS;
    for (int key = page0; key < hi; key += KERN_KV_KEYS) page_scores(in, row, key, s);
    for (int j = lo; j < hi; j++) top = fmax(top, s[j - in->key0]);
    top = (double)(float)top;
    for (int j = lo; j < hi; j++) sum += s[j - in->key0] = exp2(s[j - in->key0] - top);
    for (int key = page0; key < hi; key += KERN_KV_KEYS) page_values(in, row, key, s, acc);
    in->stat[2 * row] = lo < hi ? (float)top : -INFINITY;
    in->stat[2 * row + 1] = (float)sum;
    float *out = in->acc + (size_t)row * (size_t)in->job->head_dim;
    for (int d = 0; d < in->job->head_dim; d++) out[d] = (float)acc[d];
}

void ref_attn_rows(const KernAttnRows *in) {
    assert(in->key0 % KERN_ATTN_PART == 0 && in->key1 - in->key0 <= KERN_ATTN_PART);
    assert(in->job->head_dim <= KERN_HEAD_DIM_MAX && in->n_rows <= KERN_ATTN_ROWS);
    for (int row = 0; row < in->n_rows; row++) one_row(in, row);
}
