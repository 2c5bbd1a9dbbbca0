/*
 * The AVX-512 core of Q8 blocks: what avx512_attn_q.c says of integer blocks, for codes that are
 * whole bytes, in tiles of sixteen sums: up to two rows times four vectors, or four times two,
 * in two planes. (Three times four leave no registers: gcc 12 moves sums to memory, half as fast.
 * It also copies every sum twice where a loop comes round, so that four steps go by turn: prefill
 * of 512, group 2, takes 6.1 ms a head on Zen 5 instead of 7.9.)
 *
 * Blocks are read front to back, scales first, values behind keys, the next head behind them: 256
 * bytes hold four dimensions of 64 keys, or four values of a strip of 64 dimensions. One or two
 * rows ask for nothing ahead, which leaves the hardware's own stream time (4,096 keys, 224 heads of
 * 128 dimensions, group 2, one thread of Zen 4, ms: nothing 14.2, a block ahead 15.0, every second
 * line of it 16.4, a head ahead 17.0). More rows do ask: going through keys for the values, and
 * going through these for the next keys (group 6, us a head: 83 instead of 150).
 *
 * That is Zen 4. On Zen 5 one or two rows without asking read half as fast as memory gives; asking
 * a block ahead into the first cache level they take 31 us a head instead of 68 (35 GB/s, a plain
 * read 37), into the second 38. So the table avx512-ahead, which a measurement chooses, has a core
 * of its own that always asks there. What is computed is the same.
 */
#include <assert.h>

#include "model/kernels/avx512_attn_q.h"

enum { Q8_HALF = 127, Q8_ROWS = 4, Q8_STEP = 256, Q8_ASKING_ROWS = 3, Q8_AT_ONCE = 4 };

typedef struct Q8Sums {
    __m512i high[Q8_ROWS][4], low[Q8_ROWS][4];
} Q8Sums;

/* A block begins with its scales. */
static ALWAYS_INLINE const float *q8_scales(const char *block) {
    return (const float *)(const void *)block;
}

/* What a tile goes through. */
typedef struct Q8Way {
    const char *code; /* n steps of codes, Q8_STEP apart */
    size_t n;         /* a multiple of Q8_AT_ONCE */
    const int8_t *x;  /* rows' bytes, four a step; the low plane is `plane` further, the next row */
    size_t plane;     /* twice that */
    const char *ask;  /* what is asked for alongside; NULL: nothing */
} Q8Way;

/* near: into the first cache level. */
static ALWAYS_INLINE void q8_ask_line(const bool near, const char *at) {
    if (near) _mm_prefetch(at, _MM_HINT_T0);
    else _mm_prefetch(at, _MM_HINT_T1);
}

/* Step `at` of a way. */
static ALWAYS_INLINE void q8_step(const bool near, const V512Tile t, Q8Sums *c, const Q8Way *way,
                                  size_t at) {
    const int8_t *x = way->x + 4 * at;
    __m512i v[4];
    for (int w = 0; w < t.wide; w++) {
        v[w] = _mm512_loadu_si512(way->code + at * Q8_STEP + 64 * w);
        if (way->ask) q8_ask_line(near, way->ask + at * Q8_STEP + 64 * w);
    }
    for (int i = 0; i < t.n; i++, x += 2 * way->plane) {
        const __m512i high = v512_bcast4(x), low = v512_bcast4(x + way->plane);
        for (int w = 0; w < t.wide; w++) {
            c->high[i][w] = _mm512_dpbusd_epi32(c->high[i][w], v[w], high);
            c->low[i][w] = _mm512_dpbusd_epi32(c->low[i][w], v[w], low);
        }
    }
}

static ALWAYS_INLINE void q8_add(const bool near, const V512Tile t, Q8Sums *c, const Q8Way way) {
    for (size_t at = 0; at < way.n; at += Q8_AT_ONCE) {
#pragma GCC unroll 4
        for (size_t i = 0; i < Q8_AT_ONCE; i++) q8_step(near, t, c, &way, at + i);
    }
}

/* Asks for a block's scales where rows from `row` should ask for more; its codes, or NULL. */
static ALWAYS_INLINE const char *q8_ask(const bool near, const V512Page *g, int row,
                                        const char *block) {
    if (!block || row > g->from || (!near && g->to - g->from < Q8_ASKING_ROWS)) return NULL;
    for (int w = 0; w < 4; w++) q8_ask_line(near, block + 64 * w);
    return block + KERN_KV_SCALES;
}

/* Sums of a tile start anew. */
static ALWAYS_INLINE void q8_zero(const V512Tile t, Q8Sums *c) {
    for (int i = 0; i < t.n; i++) {
        for (int w = 0; w < t.wide; w++) c->high[i][w] = c->low[i][w] = _mm512_setzero_si512();
    }
}

/* ---- scores ---------------------------------------------------------------------------------- */

/* As scores_tile of avx512_attn_q.c, codes read as they lie. ask: the block whose lines are asked
   for alongside, one for each line read. */
static ALWAYS_INLINE void scores_tile(const bool near, const V512Tile t, const V512Attn *a,
                                      const char *ask) {
    const char *code = a->page.k + KERN_KV_SCALES + t.at * 4;
    const int8_t *q = v512_query_bytes(a, t.row);
    const V512RowInts *ints = v512_query_ints(a) + t.row;
    const float *scale = q8_scales(a->page.k) + t.at;
    __m512 s[Q8_ROWS][4];
    for (int i = 0; i < t.n; i++) {
        for (int w = 0; w < t.wide; w++) s[i][w] = _mm512_setzero_ps();
    }
    for (size_t d0 = 0; d0 < a->dim; d0 += V512_INT_DIMS) {
        const size_t left = a->dim - d0, n = left < V512_INT_DIMS ? left : V512_INT_DIMS;
        Q8Sums c;
        q8_zero(t, &c);
        const size_t past = d0 / 4 * Q8_STEP;
        const char *ask_here = ask ? ask + past : NULL;
        q8_add(near, t, &c, (Q8Way){code + past, n / 4, q + d0, a->dim, ask_here});
        for (int i = 0; i < t.n; i++) {
            const int32_t sum = ints[i].sum[d0 / V512_INT_DIMS];
            for (int w = 0; w < t.wide; w++) {
                __m512 x = v512_int_sum(c.high[i][w], c.low[i][w], Q8_HALF, sum);
                s[i][w] = _mm512_add_ps(s[i][w], x);
            }
        }
    }
    for (int i = 0; i < t.n; i++) {
        const __m512 of_row = _mm512_set1_ps(ints[i].scale);
        for (int w = 0; w < t.wide; w++) {
            __m512 by = _mm512_mul_ps(_mm512_loadu_ps(scale + 16 * w), of_row);
            s[i][w] = _mm512_mul_ps(s[i][w], by);
        }
    }
    v512_store_scores(a, t, s);
}

/* The keys of a page that some row sees. Four rows have sixteen sums for two vectors. */
static ALWAYS_INLINE void scores_rows(const bool near, const int n, int row, const V512Attn *a) {
    const V512Page *g = &a->page;
    const int wide = n == 4 ? 2 : 4;
    if (g->k0 > 0 || g->k1 < KERN_KV_KEYS) {
        for (int j = g->k0; j < g->k1; j += 16) {
            scores_tile(near, (V512Tile){n, 1, row, (size_t)j}, a, NULL);
        }
        return;
    }
    const char *ask = q8_ask(near, g, row, g->v);
    for (size_t j = 0; j < KERN_KV_KEYS; j += (size_t)(16 * wide)) {
        if (ask) scores_tile(near, (V512Tile){n, wide, row, j}, a, ask + j * 4);
        else scores_tile(near, (V512Tile){n, wide, row, j}, a, NULL);
    }
}

static ALWAYS_INLINE void scores_all(const bool near, const V512Attn *a) {
    assert(a->dim % 64 == 0); /* of others the core of integer blocks takes care */
#define ROWS(n, row) scores_rows(near, n, row, a)
    V512_EACH_ROWS(&a->page, ROWS);
#undef ROWS
}

/* ---- values ---------------------------------------------------------------------------------- */

/* As values_tile there: up to 64 keys of a strip are one exact sum. */
static ALWAYS_INLINE void values_tile(const bool near, const V512Tile t, const V512Attn *a,
                                      const char *ask) {
    const V512Page *g = &a->page;
    const V512RowInts *ints = v512_prob_ints(a) + t.row;
    const int8_t *p = v512_prob_bytes(a, t.row) + g->k0;
    const V512Strip strip = v512_strip(a->dim, t.at);
    const size_t first = strip.at + t.at % KERN_KV_STRIP * 4 + (size_t)g->k0 / 4 * Q8_STEP;
    __m512 acc[Q8_ROWS][4];
    Q8Sums c;
    q8_zero(t, &c);
    const size_t n = (size_t)(g->k1 - g->k0) / 4;
    const char *code = g->v + KERN_KV_SCALES + first, *ask_here = ask ? ask + first : NULL;
    q8_add(near, t, &c, (Q8Way){code, n, p, KERN_KV_KEYS, ask_here});
    v512_load_acc(a, t, acc);
    for (int i = 0; i < t.n; i++) {
        const __m512 scale = _mm512_set1_ps(ints[i].scale);
        for (int w = 0; w < t.wide; w++) {
            __m512 x = v512_int_sum(c.high[i][w], c.low[i][w], Q8_HALF, ints[i].sum[0]);
            acc[i][w] = _mm512_fmadd_ps(scale, x, acc[i][w]);
        }
    }
    v512_store_acc(a, t, acc);
}

/* A whole head's dimensions, 64 (or 32) at a time; asks for the next head's keys. */
static ALWAYS_INLINE void values_rows(const bool near, const int n, int row, const V512Attn *a) {
    const V512Page *g = &a->page;
    const int wide = n == 4 ? 2 : 4;
    const char *ask = q8_ask(near, g, row, g->next);
    for (size_t d = 0; d < a->dim; d += (size_t)(16 * wide)) {
        if (ask) values_tile(near, (V512Tile){n, wide, row, d}, a, ask);
        else values_tile(near, (V512Tile){n, wide, row, d}, a, NULL);
    }
}

static ALWAYS_INLINE void values_all(const bool near, const V512Attn *a) {
    assert(a->page.k0 % 16 == 0 && a->page.k1 % 16 == 0); /* whole turns of Q8_AT_ONCE */
    v512_int_probs(a, q8_scales(a->page.v));
#define ROWS(n, row) values_rows(near, n, row, a)
    V512_EACH_ROWS(&a->page, ROWS);
#undef ROWS
}

#define Q8_CORE(name, near)                                                                        \
    static void scores_##name(const V512Attn *a) { scores_all(near, a); }                          \
    static void values_##name(const V512Attn *a) { values_all(near, a); }                          \
    const V512AttnCore v512_core_##name = {v512_int_queries, scores_##name, values_##name};
Q8_CORE(q8, false)
Q8_CORE(q8_ahead, true)
