/*
 * How the AVX-512 products of many tokens walk a matrix (avx512_gemm.c, avx512_gemm_k.c): 16 KiB
 * of bytes are unpacked once into scratch and stay in the first cache level while all tokens
 * pass. For K types that is two pairs of panels (64 rows) x 256 columns. A tile of tokens meets
 * both pairs, one after the other: its activations, which come from the second cache level or
 * beyond (512 tokens of 8,960 columns are 8 MB), are fetched once for 64 rows. For the others it
 * is one pair x 512 columns: their sums are floats in registers, and putting those aside every
 * 256 columns costs more (3 %). A panel without a partner is its own, stored once.
 *
 * Tokens are cut into tiles that differ by one at most: a tile of two costs nearly as much as one
 * of four.
 *
 * Packed weights are read once for all tokens, from memory, in bursts that the hardware's
 * prefetcher sees too late. So each tile asks for a few lines of what is unpacked next (Ahead):
 * they are in the second cache level when the last tile is done.
 */
#ifndef HEARTH_MODEL_KERNELS_AVX512_GEMM_H
#define HEARTH_MODEL_KERNELS_AVX512_GEMM_H

#include "model/kernels/avx512_matmul.h"

enum {
    GEMM_BLOCKS = 16, /* of 32 columns x 32 rows in scratch */
    GEMM_BLOCK_BYTES = 32 * 32,
    GEMM_SIDE_BYTES = 8192, /* of all scales, at most */
    GEMM_OFFSET = 128,
};

/* Pairs of panels at once, and columns. */
static ALWAYS_INLINE size_t gemm_pairs(const KernType type) {
    return kern_layout_of(type).unit_cols == KERN_SUPER_COLS ? 2 : 1;
}

/* Tokens of a tile, at most. */
static ALWAYS_INLINE size_t gemm_tokens(const KernType type) {
    return kern_layout_of(type).unit_cols == KERN_SUPER_COLS ? 4 : 6;
}

static ALWAYS_INLINE size_t gemm_columns(const KernType type) {
    return 32 * GEMM_BLOCKS / gemm_pairs(type);
}

/* The packed bytes that are unpacked next, not yet asked for. */
typedef struct Ahead {
    const char *at;    /* in the first panel */
    size_t next;       /* from one panel to the next */
    size_t n;          /* panels */
    size_t step, left; /* bytes of each panel: for one tile, a multiple of 64; in all */
} Ahead;

/* Up to two pairs of panels from rows.from on, columns [col0, col1). */
typedef struct GemmAt {
    const KernMatmul *job;
    V512Rows rows;
    size_t col0, col1;
    size_t panel_bytes;
    size_t n_pairs;
    size_t n_tiles, tile_tokens, longer; /* so many of them have a token more than the others */
    uint8_t *u;    /* scratch: integers [pairs][blocks of 32][8 chunks][2 panels][64] */
    uint8_t *side; /* scratch: their scales */
    size_t u_bytes, side_bytes; /* of a pair */
    Ahead ahead;
} GemmAt;

/* One pair of them against the tokens of a tile: where y is, and the rows of either panel that the
   matrix has. */
typedef struct GemmPair {
    uint8_t *u, *side;
    size_t row;
    __mmask16 rows[2];
} GemmPair;

static ALWAYS_INLINE GemmPair gemm_pair(const GemmAt *p, size_t i) {
    const size_t row = p->rows.from + 32 * i, rest = p->rows.to - row;
    return (GemmPair){p->u + i * p->u_bytes, p->side + i * p->side_bytes, row,
                      {v512_mask(rest), rest > 16 ? v512_mask(rest - 16) : 0}};
}

/* A packed panel of a pair. */
static ALWAYS_INLINE const uint8_t *gemm_panel(const GemmAt *p, const GemmPair *pair, int which) {
    const size_t panel = pair->row / 16 + (which && pair->rows[1]);
    return (const uint8_t *)p->job->mat->data + panel * p->panel_bytes;
}

static ALWAYS_INLINE void ahead_ask(Ahead *a) {
    const size_t n = a->left < a->step ? a->left : a->step;
    for (size_t z = 0; z < n; z += 64) {
        for (size_t i = 0; i < a->n; i++) _mm_prefetch(a->at + i * a->next + z, _MM_HINT_T1);
    }
    a->at += n;
    a->left -= n;
}

/* Of the columns that follow p's in its panels, or of the next panels' first. Past the end of the
   matrix it asks for bytes that nobody needs, which is harmless. */
static ALWAYS_INLINE Ahead ahead_of(const KernType type, const GemmAt *p) {
    const KernLayout l = kern_layout_of(type);
    const size_t cols = p->job->mat->cols, unit = kern_unit_bytes(&l);
    const bool last = p->col1 == cols;
    const size_t from = last ? 0 : p->col1;
    const size_t most = gemm_columns(type), n = cols - from < most ? cols - from : most;
    const size_t panels = 2 * gemm_pairs(type), panel = p->rows.from / 16 + (last ? panels : 0);
    Ahead a = {.next = p->panel_bytes, .n = panels, .left = n / l.unit_cols * unit};
    a.at = (const char *)p->job->mat->data + panel * p->panel_bytes + from / l.unit_cols * unit;
    a.step = (a.left / p->n_tiles + 64) / 64 * 64;
    return a;
}

typedef void (*GemmFn)(GemmAt *p);

/* put unpacks the columns of all pairs, multiply meets them with all tokens. */
static ALWAYS_INLINE void gemm_walk(const KernType type, const KernMatmul *job, V512Rows rows,
                                    const GemmFn put, const GemmFn multiply) {
    const KernLayout l = kern_layout_of(type);
    const size_t cols = job->mat->cols, pairs = gemm_pairs(type), most = gemm_columns(type);
    const size_t m = (size_t)job->act->m;
    GemmAt p = {.job = job, .rows = rows, .u = job->scratch};
    p.side = p.u + GEMM_BLOCKS * GEMM_BLOCK_BYTES;
    p.u_bytes = GEMM_BLOCKS * GEMM_BLOCK_BYTES / pairs;
    p.side_bytes = GEMM_SIDE_BYTES / pairs;
    p.panel_bytes = kern_panel_bytes(&l, cols);
    p.n_tiles = (m + gemm_tokens(type) - 1) / gemm_tokens(type);
    p.tile_tokens = m / p.n_tiles;
    p.longer = m % p.n_tiles;
    for (; p.rows.from < p.rows.to; p.rows.from += 32 * pairs) {
        p.n_pairs = (p.rows.to - p.rows.from + 31) / 32;
        if (p.n_pairs > pairs) p.n_pairs = pairs;
        for (p.col0 = 0; p.col0 < cols; p.col0 = p.col1) {
            p.col1 = cols - p.col0 < most ? cols : p.col0 + most;
            put(&p);
            p.ahead = ahead_of(type, &p);
            multiply(&p);
        }
    }
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
