/*
 * What the AVX-512 attention driver (avx512_attn.c) and its cores share. A core knows how one kind
 * of block is multiplied: it prepares the queries once, computes the scores of a page and adds the
 * values of a page. Private to avx512_*.c.
 */
#ifndef HEARTH_MODEL_KERNELS_AVX512_ATTN_H
#define HEARTH_MODEL_KERNELS_AVX512_ATTN_H

#include "model/kernels/avx512_util.h"

enum { V512_AHEAD = 4096 }; /* bytes, for 16-bit numbers: see avx512_attn.c */

typedef struct V512Page {
    const char *k, *v;        /* a head's blocks */
    const char *v_end, *next; /* what is read after v; NULL: nothing */
    int key0;                 /* of the page */
    int from, to;             /* rows of this head that see some of it */
    int k0, k1;               /* places 0..64 that some row sees, multiples of 16 */
} V512Page;

typedef struct V512Attn {
    const KernAttnRows *in;
    size_t dim;
    void *q;        /* the core's form of the queries, [rows][dim] of at most 4 bytes */
    float *s;       /* [rows][64] scores, then probabilities */
    void *p;        /* the core's form of the probabilities, [rows][64] of at most 4 bytes */
    float *sum;     /* [rows][16] */
    float *top, *by; /* [rows]; by: what sums so far are multiplied by at this page */
    V512Page page;
} V512Attn;

typedef struct V512AttnCore {
    void (*queries)(const V512Attn *a); /* NULL: as they are */
    /* s[r][j] = q_r . k_j for rows [from, to), places [k0, k1) */
    void (*scores)(const V512Attn *a);
    /* acc_r = by_r acc_r + sum_j s[r][j] v_j for the same */
    void (*values)(const V512Attn *a);
} V512AttnCore;

/* Asks for p, some way behind what is read of the keys; values follow them. */
static ALWAYS_INLINE void v512_ask_keys(const char *p) {
    _mm_prefetch(p, _MM_HINT_T1);
}

/* The same behind what is read of the values, which next follows. */
static ALWAYS_INLINE void v512_ask_values(const V512Page *g, const char *p) {
    if (p >= g->v_end && g->next) p = g->next + (p - g->v_end);
    _mm_prefetch(p, _MM_HINT_T1);
}

/* A tile of accumulators: n rows from `row`, `wide` vectors from key or dimension `at`. The first
   two are constants wherever a tile is used. */
typedef struct V512Tile {
    int n, wide, row;
    size_t at;
} V512Tile;

/* The strip of a block of values that has dimension d (kv_block.c): numbers before it; width. */
typedef struct V512Strip {
    size_t at, width;
} V512Strip;

/* at counts numbers, not bytes: a core multiplies it by what a number of its type has. */
static ALWAYS_INLINE V512Strip v512_strip(size_t dim, size_t d) {
    size_t first = d / KERN_KV_STRIP * KERN_KV_STRIP, left = dim - first;
    return (V512Strip){first * KERN_KV_KEYS, left < KERN_KV_STRIP ? left : KERN_KV_STRIP};
}

/* How many of the rows that are left a core with float32 sums takes at once: V512_ROWS, or the half
   where that leaves no small rest. */
enum { V512_ROWS = 6 };

static inline int v512_rows_once(int left) {
    if (left <= V512_ROWS || left >= 2 * V512_ROWS) return left < V512_ROWS ? left : V512_ROWS;
    return (left + 1) / 2;
}

/* RUN(n, row) with a constant n for all rows of a page. */
#define V512_EACH_SIX(page, RUN)                                                                   \
    for (int row_ = (page)->from, n_; row_ < (page)->to; row_ += n_) {                             \
        n_ = v512_rows_once((page)->to - row_);                                                    \
        switch (n_) {                                                                              \
        case 1: RUN(1, row_); break;                                                               \
        case 2: RUN(2, row_); break;                                                               \
        case 3: RUN(3, row_); break;                                                               \
        case 4: RUN(4, row_); break;                                                               \
        case 5: RUN(5, row_); break;                                                               \
        default: RUN(6, row_); break;                                                              \
        }                                                                                          \
    }

/* RUN(n, row) for all rows of a page, four, two or one at a time. */
#define V512_EACH_ROWS(page, RUN)                                                                  \
    do {                                                                                           \
        int row_ = (page)->from;                                                                   \
        for (; row_ + 4 <= (page)->to; row_ += 4) RUN(4, row_);                                    \
        for (; row_ + 2 <= (page)->to; row_ += 2) RUN(2, row_);                                    \
        for (; row_ < (page)->to; row_++) RUN(1, row_);                                            \
    } while (0)

/* RUN(wide, at) over all dimensions: strips, and the vectors of a narrower last one. */
#define V512_EACH_DIMS(dim, RUN)                                                                   \
    do {                                                                                           \
        size_t at_ = 0;                                                                            \
        for (; at_ + KERN_KV_STRIP <= (dim); at_ += KERN_KV_STRIP) RUN(4, at_);                    \
        for (; at_ < (dim); at_ += 16) RUN(1, at_);                                                \
    } while (0)

/* acc of a tile of values, times `by`. */
static ALWAYS_INLINE void v512_load_acc(const V512Attn *a, const V512Tile t, __m512 c[][4]) {
    const float *acc = a->in->acc + (size_t)t.row * a->dim + t.at;
    for (int i = 0; i < t.n; i++) {
        __m512 by = _mm512_set1_ps(a->by[t.row + i]);
        for (int w = 0; w < t.wide; w++) {
            c[i][w] = _mm512_mul_ps(_mm512_loadu_ps(acc + (size_t)i * a->dim + 16 * w), by);
        }
    }
}

/* acc of a tile of values back to memory. */
static ALWAYS_INLINE void v512_store_acc(const V512Attn *a, const V512Tile t, __m512 c[][4]) {
    float *acc = a->in->acc + (size_t)t.row * a->dim + t.at;
    for (int i = 0; i < t.n; i++) {
        for (int w = 0; w < t.wide; w++) {
            _mm512_storeu_ps(acc + (size_t)i * a->dim + 16 * w, c[i][w]);
        }
    }
}

/* Scores of a tile, rows t.row.., keys t.at.., into s [rows][64]. */
static ALWAYS_INLINE void v512_store_scores(const V512Attn *a, const V512Tile t, __m512 c[][4]) {
    float *s = a->s + (size_t)t.row * KERN_KV_KEYS + t.at;
    for (int i = 0; i < t.n; i++) {
        for (int w = 0; w < t.wide; w++) _mm512_storeu_ps(s + i * KERN_KV_KEYS + 16 * w, c[i][w]);
    }
}

/* One part of the keys for all rows of `in`, page by page with online softmax: fills acc and stat
   as KernAttnRows says. The core's functions are called in turn for every page and head that some
   row sees; rows, keys and memory they take from V512Attn. */
void v512_attn_run(const KernAttnRows *in, const V512AttnCore *core);

/* 2^x for x <= 0 as softmax needs it: 0 below -126 and for NaN (-inf less -inf). Error 2e-7. */
static ALWAYS_INLINE __m512 v512_exp2(__m512 x) {
    __mmask16 keep = _mm512_cmp_ps_mask(x, _mm512_set1_ps(-126.0f), _CMP_GT_OQ);
    __m512 n = _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT);
    __m512 r = _mm512_sub_ps(x, n);
    __m512 p = _mm512_set1_ps(1.54035304e-4f); /* ln2^k / k! */
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.33335581e-3f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(9.61812911e-3f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(5.55041087e-2f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(2.40226507e-1f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(6.93147181e-1f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0f));
    return _mm512_maskz_scalef_ps(keep, p, n);
}

#endif
