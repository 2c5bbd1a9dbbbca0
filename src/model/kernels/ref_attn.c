/*
 * Reference attention: one KV head, its group of query heads, m queries.
 *
 * For each query: scores over the visible keys in two passes over the keys (maximum, then sums),
 * so that no memory for scores is needed; score, exponential and sums in double. Slow and plain:
 * the specification of what the fast kernels compute with online softmax (Milakov & Gimelshein
 * 2018, Dao et al. 2022).
 *
 * The result of a key range is (maximum, sum, un-normalised output); ranges merge by
 *     M = max m_p,  S = sum s_p exp(m_p - M),  O = sum o_p exp(m_p - M) / S.
 * A query that sees no key of the range has m = -inf, s = 0, o = 0.
 * Sinks enter once: in the only range, or at the merge.
 */
#include "model/kernels/ref.h"

#include <math.h>

void kern_attn_range(const KernAttn *a, int i, int *lo, int *hi) {
    int last = a->causal ? a->pos0 + i + 1 : a->n_keys;
    int first = a->window > 0 && last > a->window ? last - a->window : 0;
    *lo = first > a->key0 ? first : a->key0;
    *hi = last < a->n_keys ? last : a->n_keys;
    if (*hi < *lo) *hi = *lo;
}

static double score(const KernAttn *a, const float *q, int key) {
    const uint16_t *k = a->k + (size_t)key * a->k_stride;
    double s = 0;
    for (int d = 0; d < a->head_dim; d++) s += (double)q[d] * kern_f16_to_f32(k[d]);
    s *= a->scale;
    return a->softcap > 0 ? a->softcap * tanh(s / a->softcap) : s;
}

static void one_query(const KernAttn *a, int i, int g) {
    const float *q = a->q + (size_t)i * a->q_stride + (size_t)g * a->q_head_stride;
    float *out = a->out + (size_t)i * a->out_stride + (size_t)g * a->out_head_stride;
    double acc[KERN_HEAD_DIM_MAX] = {0}, top = -INFINITY, sum = 0;
    int lo, hi;
    kern_attn_range(a, i, &lo, &hi);
    for (int j = lo; j < hi; j++) top = fmax(top, score(a, q, j));
    if (a->sinks && !a->stat) top = fmax(top, (double)a->sinks[g]);
    for (int j = lo; j < hi; j++) {
        const uint16_t *v = a->v + (size_t)j * a->v_stride;
        double p = exp(score(a, q, j) - top);
        sum += p;
        for (int d = 0; d < a->head_dim; d++) acc[d] += p * kern_f16_to_f32(v[d]);
    }
    if (a->sinks && !a->stat) sum += exp(a->sinks[g] - top);
    if (a->stat) {
        float *stat = a->stat + 2 * ((size_t)i * (size_t)a->group + (size_t)g);
        stat[0] = (float)top;
        stat[1] = (float)sum;
    }
    double by = a->stat || sum == 0 ? 1 : 1 / sum;
    for (int d = 0; d < a->head_dim; d++) out[d] = (float)(acc[d] * by);
}

void ref_attention(const KernAttn *a) {
    for (int i = 0; i < a->m; i++) {
        for (int g = 0; g < a->group; g++) one_query(a, i, g);
    }
}

static void merge_one(const KernAttn *parts, int n, int i, int g, float *out) {
    const KernAttn *a = parts;
    size_t at = (size_t)i * (size_t)a->group + (size_t)g;
    float top = a->sinks ? a->sinks[g] : -INFINITY;
    double sum = 0, acc[KERN_HEAD_DIM_MAX] = {0};
    for (int p = 0; p < n; p++) top = fmaxf(top, parts[p].stat[2 * at]);
    if (a->sinks) sum = exp((double)a->sinks[g] - top);
    for (int p = 0; p < n; p++) {
        const KernAttn *b = parts + p;
        if (b->stat[2 * at + 1] <= 0) continue;
        double w = exp((double)b->stat[2 * at] - top);
        const float *o = b->out + (size_t)i * b->out_stride + (size_t)g * b->out_head_stride;
        sum += w * b->stat[2 * at + 1];
        for (int d = 0; d < a->head_dim; d++) acc[d] += w * o[d];
    }
    out += (size_t)i * a->out_stride + (size_t)g * a->out_head_stride;
    for (int d = 0; d < a->head_dim; d++) out[d] = (float)(sum > 0 ? acc[d] / sum : 0);
}

void ref_attention_merge(const KernAttn *parts, int n, float *out) {
    for (int i = 0; n > 0 && i < parts->m; i++) {
        for (int g = 0; g < parts->group; g++) merge_one(parts, n, i, g, out);
    }
}
