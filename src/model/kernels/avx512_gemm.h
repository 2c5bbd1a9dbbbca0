/*
 * How the AVX-512 products of many tokens walk a matrix (avx512_gemm.c, avx512_gemm_k.c): two
 * panels (32 rows) x 512 columns are unpacked once into scratch and stay in the first cache level
 * while all tokens pass. A panel without a partner is its own, stored once.
 *
 * Packed weights are read once for all tokens, from memory, in bursts that the hardware's
 * prefetcher sees too late. So each tile asks for a few lines of what is unpacked next (Ahead):
 * they are in the second cache level when the last tile is done.
 */
#ifndef HEARTH_MODEL_KERNELS_AVX512_GEMM_H
#define HEARTH_MODEL_KERNELS_AVX512_GEMM_H

#include "model/kernels/avx512_matmul.h"

enum { GEMM_COLUMNS = 512, GEMM_OFFSET = 128 };

/* The packed bytes of the next block of columns of two panels, not yet asked for. */
typedef struct Ahead {
    const char *at[2];
    size_t step; /* bytes of each for one tile, a multiple of 64 */
    size_t left; /* bytes of each */
} Ahead;

/* Two panels from rows.from on, columns [col0, col1). */
typedef struct PairAt {
    const KernMatmul *job;
    V512Rows rows;
    size_t col0, col1;
    const uint8_t *panel[2];
    uint8_t *u;    /* scratch: integers [blocks of 32][8 chunks][2 panels][64] */
    uint8_t *side; /* scratch: their scales */
    Ahead ahead;
} PairAt;

/* So that all is asked for after m tokens, `tokens` a tile. */
static ALWAYS_INLINE Ahead ahead_begin(const PairAt *p, size_t tokens) {
    Ahead a = p->ahead;
    a.step = (a.left * tokens / (size_t)p->job->act->m + 64) / 64 * 64;
    return a;
}

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

/* Of the block of columns that follows p in two panels, or of the next two panels' first. Past the
   end of the matrix it asks for bytes that nobody needs, which is harmless. */
static ALWAYS_INLINE Ahead ahead_of(const KernType type, const PairAt *p) {
    const KernLayout l = kern_layout_of(type);
    const size_t cols = p->job->mat->cols;
    const size_t panel_bytes = kern_panel_bytes(&l, cols), unit = kern_unit_bytes(&l);
    const bool last = p->col1 == cols;
    const size_t from = last ? 0 : p->col1;
    const size_t n = cols - from < GEMM_COLUMNS ? cols - from : GEMM_COLUMNS;
    const char *at = (const char *)p->panel[0];
    at += last ? 2 * panel_bytes : from / l.unit_cols * unit;
    return (Ahead){.at = {at, at + panel_bytes}, .left = n / l.unit_cols * unit};
}

typedef void (*PairFn)(const PairAt *p);

/* put unpacks two panels' columns, multiply meets them with all tokens. */
static ALWAYS_INLINE void gemm_pairs(const KernType type, const KernMatmul *job, V512Rows rows,
                                     const PairFn put, const PairFn multiply) {
    const KernLayout l = kern_layout_of(type);
    const size_t cols = job->mat->cols, panel_bytes = kern_panel_bytes(&l, cols);
    PairAt p = {.job = job, .rows = rows, .u = job->scratch};
    p.side = p.u + GEMM_COLUMNS * 32;
    for (; p.rows.from < p.rows.to; p.rows.from += 32) {
        const bool two = p.rows.from + 16 < p.rows.to;
        p.panel[0] = (const uint8_t *)job->mat->data + p.rows.from / 16 * panel_bytes;
        p.panel[1] = two ? p.panel[0] + panel_bytes : p.panel[0];
        for (p.col0 = 0; p.col0 < cols; p.col0 = p.col1) {
            p.col1 = cols - p.col0 < GEMM_COLUMNS ? cols : p.col0 + GEMM_COLUMNS;
            put(&p);
            p.ahead = ahead_of(type, &p);
            multiply(&p);
        }
    }
}

/* The rows of either panel that the matrix has. */
static ALWAYS_INLINE void pair_masks(const PairAt *p, __mmask16 rows[2]) {
    const size_t rest = p->rows.to - p->rows.from;
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
