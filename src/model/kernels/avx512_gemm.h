/*
 * How the AVX-512 products of many tokens walk a matrix (avx512_gemm.c, avx512_gemm_k.c): two
 * panels (32 rows) x 256 or up to 896 columns are unpacked once into scratch and stay in the first
 * cache level while all tokens pass. A panel without a partner is its own, stored once.
 *
 * Then come the same columns of the next two panels, up to GEMM_GROUP rows: the activations of 512
 * tokens are megabytes in wide matrices, those of some columns stay in the second level. Seen on
 * Zen 4, Q4_K, 8960 columns, 512 tokens: 240 GOPS where a pair went through all columns; with
 * groups of 128 rows 280, asked for ahead as well (ask_tokens) 295, in huge pages as well 320, and
 * with 256 columns at a time 340, as many as with 1536 columns.
 *
 * Many tokens of many columns come in portions, so that activations stay in the second level
 * (gemm_tokens). Zen 5, 512 tokens, Q4_0 in the order of an engine's items, GOPS: 8960 columns
 * 721 -> 761, 1536 columns 745 -> 757.
 *
 * Packed weights are read from memory in bursts that the hardware's prefetcher sees too late. So
 * each tile asks for a few lines of what is unpacked next (Ahead): they are in the second cache
 * level when the last tile is done.
 */
#ifndef HEARTH_MODEL_KERNELS_AVX512_GEMM_H
#define HEARTH_MODEL_KERNELS_AVX512_GEMM_H

#include <assert.h>

#include "model/kernels/avx512_matmul.h"

enum {
    GEMM_COLUMNS = 896, /* at a time, at most; types with a scale per 32 columns */
    GEMM_COLUMNS_32 = 576, /* where the first cache level has 32 KiB */
    GEMM_SUPERS = 256,  /* K types, whose sums go through memory every 256 columns anyway */
    GEMM_GROUP = 128,   /* rows */
    GEMM_TOKENS = 258,  /* at a time, at most; whole tiles */
    GEMM_SUPER_TOKENS = 516, /* the same of K types: a whole pass */
    GEMM_SIDE = 11264,  /* bytes, room for PairAt.side */
    GEMM_TILE = 6,      /* tokens of a tile */
    GEMM_OFFSET = 128
};

/* Beside the integers of two panels three floats a row for each 32 columns; K types have fewer
   columns and up to 16 scales, 8 pairs of minima and their factor for 256 of these. */
_Static_assert(GEMM_COLUMNS / 32 * 3 * 128 <= GEMM_SIDE && 128 * (16 + 8 + 1) <= GEMM_SIDE,
               "scales");
_Static_assert(GEMM_COLUMNS * 32 + GEMM_SIDE + GEMM_GROUP * GEMM_SUPER_TOKENS * 4 <=
                   KERN_MATMUL_SCRATCH, "scratch: sums of a group are floats");
_Static_assert((int)GEMM_SUPERS == (int)KERN_SUPER_COLS, "where sums of K types end");
_Static_assert(GEMM_TOKENS % GEMM_TILE == 0 && GEMM_SUPER_TOKENS % GEMM_TILE == 0,
               "only the last tile of all is not whole");
_Static_assert(GEMM_GROUP % 32 == 0 && GEMM_COLUMNS % 32 == 0 && GEMM_COLUMNS_32 % 32 == 0,
               "pairs of panels, blocks of columns");

/* The packed bytes of the next block of columns of two panels, not yet asked for. */
typedef struct Ahead {
    const char *at[2];
    size_t step; /* bytes of each for one tile, a multiple of 64 */
    size_t left; /* bytes of each */
} Ahead;

/* Two panels from rows.from on, columns [col0, col1). */
typedef struct PairAt {
    const KernMatmul *job;
    V512Rows rows, group;
    size_t width;      /* columns at a time */
    size_t col0, col1;
    size_t t0, t1; /* tokens */
    const uint8_t *panel[2];
    uint8_t *u;    /* scratch: integers [blocks of 32][8 chunks][2 panels][64] */
    uint8_t *side; /* scratch: their scales */
    float *sums;   /* scratch, K types: of the columns before, [pairs of the group][t1 - t0][32] */
    Ahead ahead;
} PairAt;

/* So that all is asked for after p's tokens, `tokens` a tile. */
static ALWAYS_INLINE Ahead ahead_begin(const PairAt *p, size_t tokens) {
    Ahead a = p->ahead;
    a.step = (a.left * tokens / (p->t1 - p->t0) + 64) / 64 * 64;
    return a;
}

/* The next step bytes of either panel, into the second level; then they count as asked for. */
static ALWAYS_INLINE void ahead_ask(Ahead *a) {
    const size_t n = a->left < a->step ? a->left : a->step;
    for (size_t z = 0; z < n; z += 64) {
        _mm_prefetch(a->at[0] + z, _MM_HINT_T1);
        _mm_prefetch(a->at[1] + z, _MM_HINT_T1);
    }
    a->at[0] += n;
    a->at[1] += n;
    a->left -= n;
}

/* Of what is unpacked after p in two panels: the same columns of the next pair in the group, or the
   next columns of its first pair, or its first ones for more tokens, or the next group's.
   Past the end of the matrix it asks for bytes that nobody needs, which is harmless. */
static ALWAYS_INLINE Ahead ahead_of(const KernType type, const PairAt *p) {
    const KernLayout l = kern_layout_of(type);
    const size_t cols = p->job->mat->cols;
    const size_t panel_bytes = kern_panel_bytes(&l, cols), unit = kern_unit_bytes(&l);
    size_t row = p->rows.from + 32, from = p->col0;
    if (row >= p->group.to && p->col1 < cols) {
        row = p->group.from;
        from = p->col1;
    } else if (row >= p->group.to) {
        from = 0;
        if (p->t1 < (size_t)p->job->act->m) row = p->group.from;
    }
    const size_t n = cols - from < p->width ? cols - from : p->width;
    const char *at = (const char *)p->job->mat->data;
    at += row / 16 * panel_bytes + from / l.unit_cols * unit;
    return (Ahead){.at = {at, at + panel_bytes}, .left = n / l.unit_cols * unit};
}

/* Asks for the activations of columns to come, of the tokens of a tile. The first pair to meet them
   finds them in memory or the third cache level, in pieces of two or three lines that nothing in
   the hardware connects; so the last pair before it asks. */
static ALWAYS_INLINE void ask_tokens(const void *base, size_t from, size_t n_bytes) {
    const char *at = (const char *)base + from;
    for (size_t z = 0; z < n_bytes; z += 64) _mm_prefetch(at + z, _MM_HINT_T1);
}

/* The end of the columns that follow p's when p is the last pair of its group; else p's own end. */
static ALWAYS_INLINE size_t columns_to_come(const PairAt *p) {
    const size_t left = p->job->mat->cols - p->col1;
    if (p->rows.from + 32 < p->group.to) return p->col1;
    return p->col1 + (left < p->width ? left : p->width);
}

typedef void (*PairFn)(const PairAt *p);

/* The pair at p->rows.from: put unpacks its columns, multiply meets them with all tokens. */
static ALWAYS_INLINE void gemm_pair(const KernType type, PairAt *p, const PairFn put,
                                    const PairFn multiply) {
    const KernLayout l = kern_layout_of(type);
    const size_t panel_bytes = kern_panel_bytes(&l, p->job->mat->cols);
    const bool two = p->rows.from + 16 < p->rows.to;
    p->panel[0] = (const uint8_t *)p->job->mat->data + p->rows.from / 16 * panel_bytes;
    p->panel[1] = two ? p->panel[0] + panel_bytes : p->panel[0];
    put(p);
    p->ahead = ahead_of(type, p);
    multiply(p);
}

/* Columns at a time: as few blocks as the first level has room for, of equal width. At each border
   a tile's sums go to memory and its pipes run empty; a rest of 64 columns, of 576, did so for two
   blocks of 32. The table that asks far ahead runs where the first level has 48 KiB (Zen 5, Ice
   Lake and later), the other also where it has 32 (Zen 4, Cascade Lake). */
static ALWAYS_INLINE size_t gemm_width(const KernType type, size_t cols, V512Rows rows) {
    if (kern_layout_of(type).unit_cols == KERN_SUPER_COLS) return GEMM_SUPERS;
    const size_t most = rows.ahead > 0 ? GEMM_COLUMNS : GEMM_COLUMNS_32;
    const size_t times = (cols + most - 1) / most, units = (cols + 31) / 32;
    return (units + times - 1) / times * 32;
}

/* Tokens at a time. The activations of 512 tokens x 1536 columns with their scales are 1.2 MB: each
   pair of panels would take them from the third level again. So where there is more than one block
   of columns, tokens come in as few portions as GEMM_TOKENS allows, of about equal size, and the
   weights are unpacked once for each. K types, whose blocks are narrow, gain nothing by that; they
   have as many tokens as there is room for sums. */
static ALWAYS_INLINE size_t gemm_tokens(const KernType type, const PairAt *p) {
    const size_t m = (size_t)p->job->act->m;
    const bool super = kern_layout_of(type).unit_cols == KERN_SUPER_COLS;
    if (super) return m < GEMM_SUPER_TOKENS ? m : GEMM_SUPER_TOKENS;
    if (p->job->mat->cols <= p->width) return m;
    const size_t times = (m + GEMM_TOKENS - 1) / GEMM_TOKENS;
    return ((m + times - 1) / times + GEMM_TILE - 1) / GEMM_TILE * GEMM_TILE;
}

/* All columns of a group of rows for p's tokens. */
static ALWAYS_INLINE void gemm_group(const KernType type, PairAt *p, const PairFn put,
                                     const PairFn multiply) {
    const size_t cols = p->job->mat->cols;
    for (p->col0 = 0; p->col0 < cols; p->col0 = p->col1) {
        p->col1 = cols - p->col0 < p->width ? cols : p->col0 + p->width;
        for (p->rows.from = p->group.from; p->rows.from < p->group.to; p->rows.from += 32) {
            gemm_pair(type, p, put, multiply);
        }
    }
}

/* The walk that the essay describes: groups of rows, in them portions of tokens, in them blocks of
   columns, in them pairs of panels. Scratch: GEMM_COLUMNS * 32 bytes of integers (two panels of
   16 rows), then what `put` keeps beside them. rows.from is a multiple of 16. */
static ALWAYS_INLINE void gemm_pairs(const KernType type, const KernMatmul *job, V512Rows rows,
                                     const PairFn put, const PairFn multiply) {
    const size_t m = (size_t)job->act->m;
    PairAt p = {.job = job, .rows = rows, .group = rows, .u = job->scratch};
    p.width = gemm_width(type, job->mat->cols, rows);
    p.side = p.u + GEMM_COLUMNS * 32;
    p.sums = (float *)(void *)(p.side + GEMM_SIDE);
    const size_t tokens = gemm_tokens(type, &p);
    assert(p.width % 32 == 0 && p.width <= GEMM_COLUMNS && rows.from % KERN_PANEL_ROWS == 0);
    for (; p.group.from < rows.to; p.group.from = p.group.to) {
        const size_t left = rows.to - p.group.from;
        p.group.to = left < GEMM_GROUP ? rows.to : p.group.from + GEMM_GROUP;
        for (p.t0 = 0; p.t0 < m; p.t0 = p.t1) {
            p.t1 = m - p.t0 < tokens ? m : p.t0 + tokens;
            gemm_group(type, &p, put, multiply);
        }
    }
}

/* The rows of either panel that the matrix has. */
static ALWAYS_INLINE void pair_masks(const PairAt *p, __mmask16 rows[2]) {
    const size_t rest = p->rows.to - p->rows.from;
    assert(rest > 0);
    rows[0] = v512_mask(rest);
    rows[1] = rest > 16 ? v512_mask(rest - 16) : 0;
}

/* The eight chunks of a block of one panel into u + 64 * side, raised so that their offset is
   GEMM_OFFSET where they have one. */
static ALWAYS_INLINE void put_chunks(const KernType type, const uint8_t *ints, uint8_t *u) {
    const bool raise = !v512_has_shift(type) && v512_off(type) != GEMM_OFFSET;
    const __m512i by = _mm512_set1_epi8((char)(GEMM_OFFSET - v512_off(type)));
    __m512i w[8];
    v512_unpack(type, ints, w);
#pragma GCC unroll 8
    for (int j = 0; j < 8; j++) {
        if (raise) w[j] = _mm512_add_epi8(w[j], by);
        _mm512_store_si512(u + 128 * j, w[j]);
    }
}

#endif
