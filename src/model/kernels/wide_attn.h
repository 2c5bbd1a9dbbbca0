/*
 * Attention over wide.h, for avx2 and neon: blocks of every type are read back as floats, a page at
 * a time, and multiplied in float32. What is computed and in which order is said in
 * avx512_attn.c. All functions are static: each instruction set includes its copy.
 *
 * One row at a time goes through the page in cache: with the lanes of these machines a row's 64
 * scores or 64 dimensions already fill the accumulators.
 */
#ifndef HEARTH_MODEL_KERNELS_WIDE_ATTN_H
#define HEARTH_MODEL_KERNELS_WIDE_ATTN_H

#include "model/kernels/wide.h"

/* Eight sums side by side hide the time that one fused multiply-add takes; on avx2 they are 64 keys
   or dimensions, all of a page's width. */
enum { WIDE_SUMS = 8, WIDE_STEP = WIDE_SUMS * LANES };

typedef struct WidePage {
    float *k, *v; /* [dim][64], [64][dim] */
    int key0;
} WidePage;

/* Strips of a block of values -> v [64][dim]. */
static void wide_values_f16(const uint16_t *block, int head_dim, float *v) {
    const size_t dim = (size_t)head_dim;
    for (size_t d = 0; d < dim; d += KERN_KV_STRIP) {
        size_t width = dim - d < KERN_KV_STRIP ? dim - d : KERN_KV_STRIP;
        for (size_t j = 0; j < KERN_KV_KEYS; j++, block += width) {
            wide_f16_to_f32(block, width, v + j * dim + d);
        }
    }
}

/* Both blocks of one head of the page at key0 as floats, into page->k and ->v. */
static void wide_page(const KernAttn *a, WidePage *page, int key0, int head) {
    const size_t n = (size_t)a->head_dim * KERN_KV_KEYS;
    const char *at = a->pages[key0 / KERN_KV_KEYS] + (size_t)head * a->head_step;
    page->key0 = key0;
    if (a->type == KERN_KV_F16) {
        wide_f16_to_f32((const uint16_t *)(const void *)(at + a->k_at), n, page->k);
        wide_values_f16((const uint16_t *)(const void *)(at + a->v_at), a->head_dim, page->v);
    } else {
        kern_kv_keys(a->type, a->head_dim, at + a->k_at, page->k);
        kern_kv_values(a->type, a->head_dim, at + a->v_at, page->v);
    }
}

/* s[64] = q . k_j */
static void wide_scores(const float *q, const float *k, int dim, float *s) {
    for (int j = 0; j < KERN_KV_KEYS; j += WIDE_STEP) {
        f32v c[WIDE_SUMS];
        for (int i = 0; i < WIDE_SUMS; i++) c[i] = wide_set(0);
        for (int d = 0; d < dim; d++) {
            const float *row = k + d * KERN_KV_KEYS + j;
            for (int i = 0; i < WIDE_SUMS; i++) c[i] += wide_load(row + i * LANES) * q[d];
        }
        for (int i = 0; i < WIDE_SUMS; i++) wide_store(s + j + i * LANES, c[i]);
    }
}

/* 2^x for x <= 0; 0 below -126 and for NaN. */
static ALWAYS_INLINE f32v wide_exp2(f32v x) {
    i32v keep = x > wide_set(-126.0f);
    f32v y = wide_exp(wide_max(x, wide_set(-126.0f)) * 0.693147180559945309f);
    return (f32v)((i32v)y & keep);
}

/* Scores -> probabilities; returns what sums so far are multiplied by. */
static float wide_softmax_page(const KernAttn *a, float *s, int from, int to, float *stat) {
    float top = stat[0], sum = 0;
    for (int j = 0; j < KERN_KV_KEYS; j++) {
        if (a->softcap > 0) s[j] = a->softcap * tanhf(s[j]) * 1.44269504088896341f;
        if (j < from || j >= to) s[j] = -INFINITY;
        top = fmaxf(top, s[j]);
    }
    for (int j = 0; j < KERN_KV_KEYS; j += LANES) {
        wide_store(s + j, wide_exp2(wide_load(s + j) - top));
    }
    for (int j = 0; j < KERN_KV_KEYS; j++) sum += s[j];
    float by = stat[0] > -INFINITY ? exp2f(stat[0] - top) : 0;
    stat[0] = top;
    stat[1] = stat[1] * by + sum;
    return by;
}

/* n vectors of acc += sum over the page's keys. */
static ALWAYS_INLINE void wide_values_n(const int n, const float *p, const float *v, size_t dim,
                                        float *acc) {
    f32v c[WIDE_SUMS];
    for (int i = 0; i < n; i++) c[i] = wide_load(acc + i * LANES);
    for (int j = 0; j < KERN_KV_KEYS; j++, v += dim) {
        for (int i = 0; i < n; i++) c[i] += wide_load(v + i * LANES) * p[j];
    }
    for (int i = 0; i < n; i++) wide_store(acc + i * LANES, c[i]);
}

/* One row against one page in cache: scores, softmax, then acc = by acc + p V. A row that sees none
   of the page returns at once, and its acc and stat stay. */
static void wide_attn_row(const KernAttnRows *in, const WidePage *page, int row) {
    const KernAttn *a = in->job;
    const size_t dim = (size_t)a->head_dim;
    float s[KERN_KV_KEYS], *acc = in->acc + (size_t)row * dim;
    int from = in->lo[row] - page->key0, to = in->hi[row] - page->key0;
    if (to <= 0 || from >= KERN_KV_KEYS || from >= to) return;
    wide_scores(in->q + (size_t)row * dim, page->k, a->head_dim, s);
    float by = wide_softmax_page(a, s, from, to, in->stat + 2 * row);
    for (size_t d = 0; by != 1 && d < dim; d += LANES) {
        wide_store(acc + d, wide_load(acc + d) * by);
    }
    size_t d = 0;
    for (; d + WIDE_STEP <= dim; d += WIDE_STEP) {
        wide_values_n(WIDE_SUMS, s, page->v + d, dim, acc + d);
    }
    for (; d < dim; d += LANES) wide_values_n(1, s, page->v + d, dim, acc + d);
}

/* Kernels.attn_rows. A page is read back as floats once for each head and serves the rows of the
   head; rows of a head lie side by side. */
static void wide_attn_rows(const KernAttnRows *in) {
    const size_t n = (size_t)in->job->head_dim * KERN_KV_KEYS;
    float *mem = in->scratch;
    WidePage page = {.k = mem, .v = mem + n};
    int lo = in->key1, hi = in->key0;
    assert(in->head_rows > 0 && in->job->head_dim % LANES == 0);
    for (int r = 0; r < in->n_rows; r++) {
        in->stat[2 * r] = -INFINITY;
        in->stat[2 * r + 1] = 0;
        if (in->lo[r] >= in->hi[r]) continue;
        lo = in->lo[r] < lo ? in->lo[r] : lo;
        hi = in->hi[r] > hi ? in->hi[r] : hi;
    }
    memset(in->acc, 0, (size_t)in->n_rows * (size_t)in->job->head_dim * sizeof *in->acc);
    for (int key = lo / KERN_KV_KEYS * KERN_KV_KEYS; key < hi; key += KERN_KV_KEYS) {
        for (int r = 0; r < in->n_rows; r++) {
            if (r % in->head_rows == 0) wide_page(in->job, &page, key, r / in->head_rows);
            wide_attn_row(in, &page, r);
        }
    }
}

/* ---- encoders -------------------------------------------------------------------------------- */

/* A head: keys turned [dim][padded]; scores [padded] of one query. */
typedef struct WideText {
    const KernAttnText *job;
    size_t dim, n, padded;
    float *k, *s;
} WideText;

/* Keys turned once for a head: n strided reads for each dimension, then every query reads straight
   on. */
static void wide_text_keys(const WideText *w) {
    for (size_t d = 0; d < w->dim; d++) {
        const float *from = w->job->k + d;
        float *to = w->k + d * w->padded;
        for (size_t j = 0; j < w->padded; j++) to[j] = j < w->n ? from[j * w->job->kv_stride] : 0;
    }
}

/* s[padded] = scale * q . k_j, KERN_TEXT_UNIT keys at a time. */
static void wide_text_scores(const WideText *w, const float *q) {
    for (size_t j = 0; j < w->padded; j += KERN_TEXT_UNIT) {
        enum { SUMS = KERN_TEXT_UNIT / LANES };
        const float *k = w->k + j;
        f32v c[SUMS];
        for (int i = 0; i < SUMS; i++) c[i] = wide_set(0);
        for (size_t d = 0; d < w->dim; d++, k += w->padded) {
            for (int i = 0; i < SUMS; i++) c[i] += wide_load(k + i * LANES) * q[d];
        }
        for (int i = 0; i < SUMS; i++) wide_store(w->s + j + i * LANES, c[i] * w->job->scale);
    }
}

/* n vectors of out = sum of p_j v_j, times by. */
static ALWAYS_INLINE void wide_text_values(const int n, const WideText *w, const float *v, float by,
                                           float *out) {
    f32v c[WIDE_SUMS];
    for (int i = 0; i < n; i++) c[i] = wide_set(0);
    for (size_t j = 0; j < w->n; j++, v += w->job->kv_stride) {
        for (int i = 0; i < n; i++) c[i] += wide_load(v + i * LANES) * w->s[j];
    }
    for (int i = 0; i < n; i++) wide_store(out + i * LANES, c[i] * by);
}

/* One query of an encoder: all scores, softmax over the text, then the values. Padded keys are
   zeros; their scores are left out of the maximum and of the sum. */
static void wide_text_row(const WideText *w, size_t row) {
    const KernAttnText *a = w->job;
    float top = -INFINITY, sum = 0, *out = a->out + row * a->stride;
    wide_text_scores(w, a->q + row * a->stride);
    for (size_t j = 0; j < w->n; j++) top = fmaxf(top, w->s[j]);
    for (size_t j = 0; j < w->padded; j += LANES) {
        wide_store(w->s + j, wide_exp(wide_load(w->s + j) - top));
    }
    for (size_t j = 0; j < w->n; j++) sum += w->s[j];
    size_t d = 0;
    for (; d + WIDE_STEP / 2 <= w->dim; d += WIDE_STEP / 2) {
        wide_text_values(WIDE_SUMS / 2, w, a->v + d, 1 / sum, out + d);
    }
    for (; d < w->dim; d += LANES) wide_text_values(1, w, a->v + d, 1 / sum, out + d);
}

/* Kernels.attn_text. Scratch: keys [dim][padded], then scores [padded]. */
static void wide_attn_text(const KernAttnText *a) {
    WideText w = {.job = a, .dim = (size_t)a->head_dim, .n = (size_t)a->n, .k = a->scratch};
    w.padded = (w.n + KERN_TEXT_UNIT - 1) / KERN_TEXT_UNIT * KERN_TEXT_UNIT;
    w.s = w.k + w.dim * w.padded;
    assert(0 <= a->from && a->from <= a->to && a->to <= a->n && w.dim % LANES == 0);
    wide_text_keys(&w);
    for (int i = a->from; i < a->to; i++) wide_text_row(&w, (size_t)i);
}

#endif
