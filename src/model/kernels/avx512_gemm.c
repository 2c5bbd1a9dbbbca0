/*
 * Matrix product for many tokens with VNNI: tiles of 2 panels (32 rows) x 6 tokens. For types whose
 * scales come by 32 columns; avx512_gemm_k.c has the others.
 *
 * Two panels x up to 896 columns (576 where the first cache level has 32 KiB) are unpacked once
 * into scratch, unsigned bytes with their float scales, and stay in that level while all tokens
 * pass, six at a time (avx512_gemm.h). In a tile each load of 64 weights serves six tokens and each
 * broadcast of four activations two panels, so that eight loads feed twelve vpdpbusd. 12 integer
 * sums, 12 float sums and what is being multiplied fill 27 of 32 registers.
 *
 * Between blocks of columns the float sums wait in y.
 *
 * vpdpbusd wants unsigned weights. Those of types with an offset are raised so that the offset is
 * 128 for all of them, and sums start at -128 times the sum of the activations.
 *
 * What bounds it: per block of 32 columns, panel and token 8 vpdpbusd and 2 products in float (3
 * with a shift) share the two multiplying pipes, hence at most 80 or 73 % of the peak of vpdpbusd.
 * Measured on Zen 4: 93 to 95 % of that. On Intel's cores conversions go through these pipes, too,
 * so that sums are made as floats (avx512_matmul.h).
 */
#include "model/kernels/avx512_gemm.h"

enum { TOKENS = GEMM_TILE };

/* ---- unpacking ------------------------------------------------------------------------------- */

/* Bytes of one block's scales: [Biased512's, shift where there is one][2 panels][16]. */
static ALWAYS_INLINE size_t side_bytes(const bool shift) { return 128u * (2u + shift); }

/* One block of one panel; u and side already advanced to it. */
static ALWAYS_INLINE void put_block(const KernType type, const uint8_t *unit, uint8_t *u,
                                    uint8_t *side) {
    const Scales512 s = v512_scales(type, unit, 0);
    put_chunks(type, unit + kern_layout_of(type).head_bytes, u);
    _mm512_store_ps(side, s.scale[0]);
    _mm512_store_ps(side + 128, v512_below(s.scale[0]));
    if (v512_has_shift(type)) _mm512_store_ps(side + 256, s.shift[0]);
}

/* Columns [col0, col1) of both panels, side by side: [block][chunk][panel][64 bytes]. */
static ALWAYS_INLINE void put_blocks(const KernType type, const PairAt *p) {
    const KernLayout l = kern_layout_of(type);
    uint8_t *u = p->u, *side = p->side;
    assert(p->col0 % 32 == 0 && p->col1 % 32 == 0);
    for (size_t i = p->col0 / 32; i < p->col1 / 32; i++, u += 1024) {
        const size_t at = i * kern_unit_bytes(&l);
        put_block(type, p->panel[0] + at, u, side);
        put_block(type, p->panel[1] + at, u + 64, side + 64);
        side += side_bytes(v512_has_shift(type));
    }
}

/* ---- tiles ----------------------------------------------------------------------------------- */

/* n_blocks blocks of a pair against up to six tokens. */
typedef struct Tile {
    const uint8_t *u, *side;
    const int8_t *q;           /* of the first token, first block */
    const KernActBlock *block; /* of the first token, first block */
    size_t m;                  /* tokens from one block to the next */
    size_t n_blocks;
    float *y; /* of the first token, first row */
    size_t ldy;
    __mmask16 rows[2]; /* of either panel */
    bool first;        /* sums start at 0, not at y */
} Tile;

/* What is known at compile time. */
typedef struct TileKind {
    int nt; /* tokens */
    bool shift;
} TileKind;

/* One block of a tile. */
typedef struct TileBlock {
    const uint8_t *u, *side;
    const int8_t *q;
    const KernActBlock *b;
} TileBlock;

/* Integer sums over a block: [panel][token]. */
static ALWAYS_INLINE void tile_ints(const TileKind k, const TileBlock *at, __m512i c[2][TOKENS]) {
#pragma GCC unroll 6
    for (int t = 0; t < k.nt; t++) {
        c[0][t] = c[1][t] = v512_start_biased(k.shift ? 0 : GEMM_OFFSET, at->b + t);
    }
#pragma GCC unroll 8
    for (int j = 0; j < 8; j++) {
        __m512i w0 = _mm512_load_si512(at->u + 128 * j);
        __m512i w1 = _mm512_load_si512(at->u + 128 * j + 64);
#pragma GCC unroll 6
        for (int t = 0; t < k.nt; t++) {
            __m512i a = v512_bcast4(at->q + 32 * t + 4 * j);
            c[0][t] = _mm512_dpbusd_epi32(c[0][t], w0, a);
            c[1][t] = _mm512_dpbusd_epi32(c[1][t], w1, a);
        }
    }
}

/* All of one block. */
static ALWAYS_INLINE void tile_block(const TileKind k, const TileBlock *at,
                                     __m512 f[2][TOKENS]) {
    __m512i c[2][TOKENS];
    tile_ints(k, at, c);
#pragma GCC unroll 12
    for (int i = 0; i < 2 * k.nt; i++) {
        const int side = i & 1, token = i / 2;
        const uint8_t *p = at->side + 64 * side;
        Biased512 s = {_mm512_load_ps(p), _mm512_load_ps(p + 128), _mm512_setzero_ps()};
        if (k.shift) s.shift = _mm512_load_ps(p + 256);
        f[side][token] = v512_add_biased((V512Family){false, k.shift}, &s, c[side][token],
                                         at->b + token, f[side][token]);
    }
}

/* All blocks of columns of a tile; sums come from y (but for the first columns) and go back
   there. */
static ALWAYS_INLINE void tile_run(const TileKind k, const Tile *tile) {
    __m512 f[2][TOKENS];
#pragma GCC unroll 12
    for (int i = 0; i < 2 * k.nt; i++) {
        const float *y = tile->y + (size_t)(i / 2) * tile->ldy + 16 * (i & 1);
        f[i & 1][i / 2] = _mm512_setzero_ps();
        if (!tile->first) f[i & 1][i / 2] = _mm512_maskz_loadu_ps(tile->rows[i & 1], y);
    }
    TileBlock at = {tile->u, tile->side, tile->q, tile->block};
    for (size_t i = 0; i < tile->n_blocks; i++) {
        tile_block(k, &at, f);
        at.u += 1024;
        at.side += side_bytes(k.shift);
        at.q += 32 * tile->m;
        at.b += tile->m;
    }
#pragma GCC unroll 12
    for (int i = 0; i < 2 * k.nt; i++) {
        float *y = tile->y + (size_t)(i / 2) * tile->ldy + 16 * (i & 1);
        _mm512_mask_storeu_ps(y, tile->rows[i & 1], f[i & 1][i / 2]);
    }
}

typedef void (*TileFn)(const Tile *tile);

#define TILE_FN(family, shift, nt)                                                                 \
    static void tile_##family##_##nt(const Tile *tile) {                                           \
        const TileKind k = {nt, shift};                                                            \
        tile_run(k, tile);                                                                         \
    }
#define TILE_FNS(family, shift)                                                                    \
    TILE_FN(family, shift, 1) TILE_FN(family, shift, 2) TILE_FN(family, shift, 3)                  \
    TILE_FN(family, shift, 4) TILE_FN(family, shift, 5) TILE_FN(family, shift, 6)
TILE_FNS(d, false)
TILE_FNS(dm, true)

static const TileFn tile_fns[2][TOKENS] = {
    {tile_d_1, tile_d_2, tile_d_3, tile_d_4, tile_d_5, tile_d_6},
    {tile_dm_1, tile_dm_2, tile_dm_3, tile_dm_4, tile_dm_5, tile_dm_6}};

/* ---- the product ----------------------------------------------------------------------------- */

/* What the tokens of this tile will read of the next columns, by the last pair before them. */
static ALWAYS_INLINE void ask_blocks(const PairAt *p, size_t t) {
    const KernAct *act = p->job->act;
    const size_t m = (size_t)act->m, end = columns_to_come(p);
    for (size_t i = p->col1 / 32; i < end / 32; i++) {
        ask_tokens(act->q, 32 * (i * m + t), 32 * TOKENS);
        ask_tokens(act->block + i * m + t, 0, sizeof(KernActBlock) * TOKENS);
    }
}

/* All tokens against the columns of a pair. */
static ALWAYS_INLINE void multiply_blocks(const KernType type, const PairAt *p) {
    const KernAct *act = p->job->act;
    const size_t m = (size_t)act->m, at = p->col0 / 32 * m + p->t0;
    assert(p->t1 == m || (p->t1 < m && (p->t1 - p->t0) % TOKENS == 0)); /* whole tiles */
    Tile tile = {.u = p->u, .side = p->side, .q = act->q + 32 * at, .block = act->block + at,
                 .m = m, .n_blocks = (p->col1 - p->col0) / 32,
                 .y = p->job->y + p->t0 * p->job->ldy + p->rows.from,
                 .ldy = p->job->ldy, .first = p->col0 == 0};
    Ahead ahead = ahead_begin(p, TOKENS);
    pair_masks(p, tile.rows);
    for (size_t t = p->t0; t < p->t1; t += TOKENS) {
        const size_t left = p->t1 - t;
        ahead_ask(&ahead);
        ask_blocks(p, t);
        tile_fns[v512_has_shift(type)][(left < TOKENS ? left : TOKENS) - 1](&tile);
        tile.q += 32 * TOKENS;
        tile.block += TOKENS;
        tile.y += TOKENS * tile.ldy;
    }
}

#define BLOCK_PAIR(type)                                                                           \
    static void put_##type(const PairAt *p) { put_blocks(type, p); }                               \
    static void multiply_##type(const PairAt *p) { multiply_blocks(type, p); }
V512_BLOCK_TYPES(BLOCK_PAIR)

void v512_gemm(const KernMatmul *job, V512Rows rows) {
    switch (job->mat->type) {
#define GEMM_CASE(type)                                                                            \
    case type: gemm_pairs(type, job, rows, put_##type, multiply_##type); break;
        V512_BLOCK_TYPES(GEMM_CASE)
#undef GEMM_CASE
    default: break;
    }
}
