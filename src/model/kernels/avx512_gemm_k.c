/*
 * Matrix product of K types for many tokens with VNNI, activations of the format I8K: tiles of two
 * panels (32 rows) x 6 tokens, as avx512_gemm.c has them for the other types.
 *
 * Within 256 columns a tile has 12 integer sums and 12 floats t in registers. The sums f wait in
 * scratch from 256 columns to the next 256, token after token, and go into y with the last ones: y
 * has a row's whole length between two tokens, so that a tile's lines share a few sets of the first
 * cache level. One thread of a shared Emerald Rapids, 512 tokens, y -> scratch, median ratios of
 * runs in turns: 8960 columns Q4_K 1.06, 1.09, Q6_K 1.08, 1.07; 1536 columns 1.00 to 1.04.
 *
 * avx512_super.h says what is added and in which order, and what it costs: 64 vpdpbusd, 8 products
 * (16 with halves), 4 vpdpwssd (8) and a product where there are minima, and 1: at most 82 % of the
 * peak of vpdpbusd for Q4_K and Q5_K, 79 % for Q6_K. Measured on Zen 4: 77 and 71 % of the peak.
 * Intel's cores have no other pipes for the 8 (16) subtractions: at most 74 and 66 % there.
 *
 * Zen 5 multiplies twice as much in a clock. There a tile takes some 500 clocks, and what lies
 * between two of them counts: so one function goes through all tiles of a pair, and each tile asks
 * the first cache level for what the next one reads (tile_ask). Together 7 to 13 % more there.
 */
#include "model/kernels/avx512_gemm.h"
#include "model/kernels/avx512_super.h"

enum { TOKENS = 6 };

_Static_assert((int)GEMM_OFFSET == (int)SUPER_OFFSET, "what put_chunks raises to");

/* ---- unpacking ------------------------------------------------------------------------------- */

/* Beside the integers of 256 columns x 2 panels, each [2][64 bytes]:
   scales [8 blocks][1 or 2 halves], minima [pairs], -dmin 2^11. */
static ALWAYS_INLINE size_t side_bytes(const V512Family fam) {
    const size_t minima = fam.shift ? (size_t)v512_super_pairs(fam) + 1 : 0;
    return 128 * (SUPER_BLOCKS * (1u + fam.halves) + minima);
}

/* 256 columns of one panel; u and side already advanced to it. */
static ALWAYS_INLINE void put_super(const KernType type, const uint8_t *unit, uint8_t *u,
                                    uint8_t *side) {
    const KernLayout l = kern_layout_of(type);
    const V512Family fam = v512_family(type);
    const int pairs = v512_super_pairs(fam);
    for (int i = 0; i < SUPER_BLOCKS; i++, u += 1024) {
        put_chunks(type, unit + l.head_bytes + (size_t)i * l.block_bytes, u);
        const Scales512 s = v512_scales(type, unit, i);
        for (int half = 0; half <= fam.halves; half++, side += 128) {
            _mm512_store_ps(side, s.scale[half]);
        }
    }
    for (int j = 0; j < pairs; j++, side += 128) {
        _mm512_store_si512(side, v512_super_minima(type, unit, j));
    }
    if (pairs) _mm512_store_ps(side, v512_super_dmin(unit));
}

/* Columns of both panels, 256 at a time; the scales lie beside them. */
static ALWAYS_INLINE void put_supers(const KernType type, const PairAt *p) {
    const KernLayout l = kern_layout_of(type);
    uint8_t *u = p->u, *side = p->side;
    assert(p->col0 % KERN_SUPER_COLS == 0 && p->col1 % KERN_SUPER_COLS == 0);
    for (size_t i = p->col0 / KERN_SUPER_COLS; i < p->col1 / KERN_SUPER_COLS; i++) {
        const size_t at = i * kern_unit_bytes(&l);
        put_super(type, p->panel[0] + at, u, side);
        put_super(type, p->panel[1] + at, u + 64, side + 64);
        u += SUPER_BLOCKS * 1024;
        side += side_bytes(v512_family(type));
    }
}

/* ---- tiles ----------------------------------------------------------------------------------- */

/* 256 columns of a pair against up to six tokens. */
typedef struct Tile {
    const uint8_t *u, *side;
    const int8_t *q;       /* of the first token, first block */
    size_t next;           /* bytes from a block to the next */
    const KernActSuper *x; /* of the first token */
    float *sums;           /* of the first token, first row: [token][32] */
    float *y;              /* the same of the result; NULL before the last columns */
    size_t ldy;
    __mmask16 rows[2]; /* of either panel */
    bool first;        /* sums start at 0 */
} Tile;

/* What is known at compile time. */
typedef struct TileKind {
    int nt; /* tokens */
    V512Family fam;
} TileKind;

/* Floats of 256 columns begin with the minima. */
static ALWAYS_INLINE void tile_minima(const TileKind k, const Tile *tile, __m512 t[2][TOKENS]) {
    const int n = v512_super_pairs(k.fam);
    const uint8_t *pair = tile->side + 128 * SUPER_BLOCKS * (1 + k.fam.halves);
    __m512i c[2][TOKENS];
#pragma GCC unroll 12
    for (int i = 0; i < 2 * k.nt; i++) c[i & 1][i / 2] = _mm512_setzero_si512();
#pragma GCC unroll 8
    for (int j = 0; j < n; j++, pair += 128) {
        __m512i w0 = _mm512_load_si512(pair), w1 = _mm512_load_si512(pair + 64);
#pragma GCC unroll 6
        for (int i = 0; i < k.nt; i++) {
            __m512i s = v512_super_sums(k.fam, tile->x + i, j);
            c[0][i] = _mm512_dpwssd_epi32(c[0][i], w0, s);
            c[1][i] = _mm512_dpwssd_epi32(c[1][i], w1, s);
        }
    }
#pragma GCC unroll 12
    for (int i = 0; i < 2 * k.nt; i++) {
        const int side = i & 1;
        t[side][i / 2] = _mm512_setzero_ps();
        if (n) t[side][i / 2] = v512_super_begin(c[side][i / 2], _mm512_load_ps(pair + 64 * side));
    }
}

/* One half of block i, or all of it. */
static ALWAYS_INLINE void tile_ints(const TileKind k, const Tile *tile, int i, const int half,
                                    __m512 t[2][TOKENS]) {
    const int n = k.fam.halves ? 4 : 8;
    const uint8_t *u = tile->u + 1024 * i, *scale = tile->side + 128 * (i * (8 / n) + half);
    const int8_t *q = tile->q + (size_t)i * tile->next;
    __m512i c[2][TOKENS];
#pragma GCC unroll 6
    for (int token = 0; token < k.nt; token++) {
        const int off = k.fam.shift ? 0 : GEMM_OFFSET;
        c[0][token] = c[1][token] = v512_super_start(off, tile->x + token, 2 * i + half);
    }
#pragma GCC unroll 8
    for (int j = half * n; j < half * n + n; j++) {
        __m512i w0 = _mm512_load_si512(u + 128 * j), w1 = _mm512_load_si512(u + 128 * j + 64);
#pragma GCC unroll 6
        for (int token = 0; token < k.nt; token++) {
            __m512i a = v512_bcast4(q + 32 * token + 4 * j);
            c[0][token] = _mm512_dpbusd_epi32(c[0][token], w0, a);
            c[1][token] = _mm512_dpbusd_epi32(c[1][token], w1, a);
        }
    }
#pragma GCC unroll 12
    for (int z = 0; z < 2 * k.nt; z++) {
        const int side = z & 1, token = z / 2;
        const __m512 s = _mm512_load_ps(scale + 64 * side);
        t[side][token] = v512_super_add(c[side][token], tile->x + token, i, s, t[side][token]);
    }
}

/* What the next six tokens read beside block i of this tile: in the second cache level since the
   last pair, too far from each other for the hardware to guess. */
static ALWAYS_INLINE void tile_ask(const Tile *tile, int i) {
    const char *q = (const char *)(tile->q + (size_t)i * tile->next + 32 * TOKENS);
    for (int z = 0; z < 32 * TOKENS; z += 64) _mm_prefetch(q + z, _MM_HINT_T0);
    if (i >= TOKENS || !tile->y) return;
    const char *y = (const char *)(tile->y + (size_t)(TOKENS + i) * tile->ldy);
    for (int z = 0; z < 128; z += 64) _mm_prefetch(y + z, _MM_HINT_T0);
}

/* 256 columns: minima first, then blocks in column order, then the one product with the
   activations' scale. */
static ALWAYS_INLINE void tile_run(const TileKind k, const Tile *tile) {
    __m512 t[2][TOKENS];
    tile_minima(k, tile, t);
    for (int i = 0; i < SUPER_BLOCKS; i++) {
        if (k.nt == TOKENS) tile_ask(tile, i);
        tile_ints(k, tile, i, 0, t);
        if (k.fam.halves) tile_ints(k, tile, i, 1, t);
    }
#pragma GCC unroll 12
    for (int z = 0; z < 2 * k.nt; z++) {
        const int side = z & 1, token = z / 2;
        float *sum = tile->sums + 32 * token + 16 * side;
        __m512 f = _mm512_maskz_load_ps(tile->first ? 0 : 0xffff, sum);
        f = v512_super_end(t[side][token], tile->x + token, f);
        if (tile->y) {
            float *y = tile->y + (size_t)token * tile->ldy + 16 * side;
            _mm512_mask_storeu_ps(y, tile->rows[side], f);
        } else {
            _mm512_store_ps(sum, f);
        }
    }
}

/* ---- the product ----------------------------------------------------------------------------- */

/* As ask_blocks of avx512_gemm.c, with the scales of 256 columns. */
static ALWAYS_INLINE void ask_supers(const PairAt *p, size_t t) {
    const KernAct *act = p->job->act;
    const size_t m = (size_t)act->m, end = columns_to_come(p);
    for (size_t i = p->col1 / 32; i < end / 32; i++) {
        ask_tokens(act->qk, 32 * (i * m + t), 32 * TOKENS);
    }
    for (size_t i = p->col1 / KERN_SUPER_COLS; i < end / KERN_SUPER_COLS; i++) {
        ask_tokens(act->super + i * m + t, 0, sizeof(KernActSuper) * TOKENS);
    }
}

/* Tokens t.. of a pair, k.nt at a time, as long as there are so many; gives the next one. */
static ALWAYS_INLINE size_t tiles_run(const TileKind k, const PairAt *p, size_t t) {
    const KernAct *act = p->job->act;
    const size_t m = (size_t)act->m, nt = (size_t)k.nt, pair = (p->rows.from - p->group.from) / 32;
    const bool last = p->col1 == p->job->mat->cols;
    Tile tile = {.u = p->u, .side = p->side, .next = 32 * m, .ldy = p->job->ldy,
                 .q = act->qk + 32 * (p->col0 / 32 * m + t),
                 .x = act->super + p->col0 / KERN_SUPER_COLS * m + t,
                 .sums = p->sums + 32 * (pair * (p->t1 - p->t0) + t - p->t0),
                 .y = last ? p->job->y + t * p->job->ldy + p->rows.from : NULL,
                 .first = p->col0 == 0};
    Ahead ahead = ahead_begin(p, nt);
    pair_masks(p, tile.rows);
    for (; t + nt <= p->t1; t += nt) {
        if (k.nt == TOKENS) ahead_ask(&ahead);
        ask_supers(p, t);
        tile_run(k, &tile);
        tile.q += 32 * nt;
        tile.x += nt;
        tile.sums += 32 * nt;
        if (last) tile.y += nt * tile.ldy;
    }
    return t;
}

typedef size_t (*TilesFn)(const PairAt *p, size_t t);

#define TILES_FN(family, halves, shift, nt)                                                        \
    static size_t super_##family##_##nt(const PairAt *p, size_t t) {                               \
        const TileKind k = {nt, {halves, shift}};                                                  \
        return tiles_run(k, p, t);                                                                 \
    }
#define TILES_FNS(family, halves, shift)                                                           \
    TILES_FN(family, halves, shift, 1) TILES_FN(family, halves, shift, 2)                          \
    TILES_FN(family, halves, shift, 3) TILES_FN(family, halves, shift, 4)                          \
    TILES_FN(family, halves, shift, 5) TILES_FN(family, halves, shift, 6)
TILES_FNS(k, false, true)
TILES_FNS(k16, true, false)
TILES_FNS(k16m, true, true)

#define TILES_ROW(family)                                                                          \
    {super_##family##_1, super_##family##_2, super_##family##_3, super_##family##_4,               \
     super_##family##_5, super_##family##_6}
enum { FAMILY_K, FAMILY_K16, FAMILY_K16M };
static const TilesFn tiles_fns[][TOKENS] = {TILES_ROW(k), TILES_ROW(k16), TILES_ROW(k16m)};

/* Whole tiles first, then one of what is left. */
static ALWAYS_INLINE void multiply_supers(const KernType type, const PairAt *p) {
    const V512Family fam = v512_family(type);
    assert(p->t0 < p->t1 && p->t1 - p->t0 <= GEMM_SUPER_TOKENS); /* as many as there are sums for */
    const TilesFn *fns = tiles_fns[!fam.halves ? FAMILY_K : fam.shift ? FAMILY_K16M : FAMILY_K16];
    size_t t = fns[TOKENS - 1](p, p->t0);
    if (t < p->t1) (void)fns[p->t1 - t - 1](p, t);
}

#define SUPER_PAIR(type)                                                                           \
    static void put_##type(const PairAt *p) { put_supers(type, p); }                               \
    static void multiply_##type(const PairAt *p) { multiply_supers(type, p); }
V512_SUPER_TYPES(SUPER_PAIR)

void v512_gemm_k(const KernMatmul *job, V512Rows rows) {
    switch (job->mat->type) {
#define GEMM_CASE(type)                                                                            \
    case type: gemm_pairs(type, job, rows, put_##type, multiply_##type); break;
        V512_SUPER_TYPES(GEMM_CASE)
#undef GEMM_CASE
    default: break;
    }
}
