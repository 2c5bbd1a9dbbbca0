/*
 * Matrix product for many tokens with VNNI: tiles of 2 panels (32 rows) x 6 tokens.
 *
 * Two panels x 512 columns are unpacked once into scratch, 16 KiB of unsigned bytes with their
 * float scales, and stay in the first cache level while all tokens pass, six at a time. In a tile
 * each load of 64 weights serves six tokens and each broadcast of four activations two panels, so
 * that eight loads feed twelve vpdpbusd. 12 integer sums, 12 float sums and what is being
 * multiplied fill 27 of 32 registers. Types with two scales a block need a third number per sum;
 * their tiles have 4 tokens.
 *
 * Between blocks of columns the float sums wait in y.
 *
 * Packed weights are read once for all tokens, from memory, in bursts that the hardware's
 * prefetcher sees too late. So each tile asks for a few lines of what is unpacked next (Ahead):
 * they are in the second cache level when the last tile is done.
 *
 * vpdpbusd wants unsigned weights. Those of types with an offset are raised so that the offset is
 * 128 for all of them, and sums start at -128 times the sum of the activations.
 *
 * What bounds it: per block of 32 columns, panel and token 8 vpdpbusd and 2 products in float (3
 * with a shift or halves) share the two multiplying pipes, hence at most 80 or 73 % of the peak of
 * vpdpbusd. Measured on Zen 4: 93 to 95 % of that.
 */
#include "model/kernels/avx512_matmul.h"

enum { TOKENS = 6, HALVES_TOKENS = 4, COLUMNS = 512, OFFSET = 128 };

/* Two panels unpacked. */
typedef struct Pair {
    uint8_t *u;   /* [blocks][8][2][64] */
    float *scale; /* [blocks][what the family has: scale, scale, shift, shift][2][16] */
} Pair;

/* Floats of one block's scales. */
static ALWAYS_INLINE size_t pair_scales(const V512Family fam) {
    return 32u * (1u + fam.halves) * (1u + fam.shift);
}

/* ---- unpacking ------------------------------------------------------------------------------- */

/* One block of one panel (side 0 or 1). */
static ALWAYS_INLINE void put_block(const KernType type, const uint8_t *unit, int k, int side,
                                    const Pair *out) {
    const KernLayout l = kern_layout_of(type);
    const V512Family fam = v512_family(type);
    const __m512i raise = _mm512_set1_epi8((char)(OFFSET - v512_off(type)));
    __m512i w[8];
    v512_unpack(type, unit + l.head_bytes + (size_t)k * l.block_bytes, w);
#pragma GCC unroll 8
    for (int j = 0; j < 8; j++) {
        if (!fam.shift && v512_off(type) != OFFSET) w[j] = _mm512_add_epi8(w[j], raise);
        _mm512_store_si512(out->u + 128 * j + 64 * side, w[j]);
    }
    const Scales512 s = v512_scales(type, unit, k);
    float *to = out->scale + 16 * side;
    for (int half = 0; half <= fam.halves; half++, to += 32) _mm512_store_ps(to, s.scale[half]);
    for (int half = 0; fam.shift && half <= fam.halves; half++, to += 32) {
        _mm512_store_ps(to, s.shift[half]);
    }
}

/* Columns [col0, col1) of two panels. */
static ALWAYS_INLINE void put_pair(const KernType type, const uint8_t *const panel[2], size_t col0,
                                   size_t col1, Pair out) {
    const KernLayout l = kern_layout_of(type);
    const size_t blocks = l.unit_cols / 32;
    for (size_t i = col0 / 32; i < col1 / 32; i++, out.u += 1024) {
        const size_t at = i / blocks * kern_unit_bytes(&l);
        put_block(type, panel[0] + at, (int)(i % blocks), 0, &out);
        put_block(type, panel[1] + at, (int)(i % blocks), 1, &out);
        out.scale += pair_scales(v512_family(type));
    }
}

/* ---- tiles ----------------------------------------------------------------------------------- */

/* n_blocks blocks of a pair against up to six tokens. */
typedef struct Tile {
    Pair pair;
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
    V512Family fam;
} TileKind;

/* One block of a tile. */
typedef struct TileBlock {
    const uint8_t *u;
    const float *scale;
    const int8_t *q;
    const KernActBlock *b;
} TileBlock;

/* Integer sums over one half of a block, or all of it: [side][token]. */
static ALWAYS_INLINE void tile_ints(const TileKind k, const TileBlock *at, const int half,
                                    __m512i c[2][TOKENS]) {
    const int n = k.fam.halves ? 4 : 8;
#pragma GCC unroll 6
    for (int t = 0; t < k.nt; t++) {
        __m512i start[2];
        v512_start(k.fam, k.fam.shift ? 0 : OFFSET, at->b + t, start);
        c[0][t] = c[1][t] = start[half];
    }
#pragma GCC unroll 8
    for (int j = half * n; j < half * n + n; j++) {
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

/* v512_add_block for one token and side, with the scales in memory; t: scaled integers. */
static ALWAYS_INLINE __m512 tile_add(const V512Family fam, const float *shift,
                                     const KernActBlock *b, __m512 t, __m512 f) {
    if (fam.shift) {
        float first = fam.halves ? (float)-b->minus_first : b->sum;
        t = _mm512_fmadd_ps(_mm512_load_ps(shift), _mm512_set1_ps(first), t);
        if (fam.halves) {
            __m512 second = _mm512_set1_ps(b->sum - first);
            t = _mm512_fmadd_ps(_mm512_load_ps(shift + 32), second, t);
        }
    }
    return _mm512_fmadd_ps(t, _mm512_set1_ps(b->scale), f);
}

static ALWAYS_INLINE void tile_block(const TileKind k, const TileBlock *at,
                                     __m512 f[2][TOKENS]) {
    const float *shift = at->scale + (k.fam.halves ? 64 : 32);
    __m512i c[2][TOKENS];
    __m512 v[2][TOKENS];
    tile_ints(k, at, 0, c);
#pragma GCC unroll 12
    for (int i = 0; i < 2 * k.nt; i++) {
        __m512 s = _mm512_load_ps(at->scale + 16 * (i & 1));
        v[i & 1][i / 2] = _mm512_mul_ps(_mm512_cvtepi32_ps(c[i & 1][i / 2]), s);
    }
    if (k.fam.halves) tile_ints(k, at, 1, c);
#pragma GCC unroll 12
    for (int i = 0; i < 2 * k.nt; i++) {
        const int side = i & 1, t = i / 2;
        if (k.fam.halves) {
            __m512 s = _mm512_load_ps(at->scale + 32 + 16 * side);
            v[side][t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(c[side][t]), s, v[side][t]);
        }
        f[side][t] = tile_add(k.fam, shift + 16 * side, at->b + t, v[side][t], f[side][t]);
    }
}

static ALWAYS_INLINE void tile_run(const TileKind k, const Tile *tile) {
    __m512 f[2][TOKENS];
#pragma GCC unroll 12
    for (int i = 0; i < 2 * k.nt; i++) {
        const float *y = tile->y + (size_t)(i / 2) * tile->ldy + 16 * (i & 1);
        f[i & 1][i / 2] = _mm512_setzero_ps();
        if (!tile->first) f[i & 1][i / 2] = _mm512_maskz_loadu_ps(tile->rows[i & 1], y);
    }
    TileBlock at = {tile->pair.u, tile->pair.scale, tile->q, tile->block};
    for (size_t i = 0; i < tile->n_blocks; i++) {
        tile_block(k, &at, f);
        at.u += 1024;
        at.scale += pair_scales(k.fam);
        at.q += 32 * tile->m;
        at.b += tile->m;
    }
#pragma GCC unroll 12
    for (int i = 0; i < 2 * k.nt; i++) {
        float *y = tile->y + (size_t)(i / 2) * tile->ldy + 16 * (i & 1);
        _mm512_mask_storeu_ps(y, tile->rows[i & 1], f[i & 1][i / 2]);
    }
}

/* The packed bytes of the next block of columns of two panels, not yet asked for. */
typedef struct Ahead {
    const char *at[2];
    size_t step; /* bytes of each for one tile, a multiple of 64 */
    size_t left; /* bytes of each */
} Ahead;

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

typedef void (*TileFn)(const Tile *tile);

#define TILE_FN(family, halves, shift, nt)                                                         \
    static void tile_##family##_##nt(const Tile *tile) {                                           \
        const TileKind k = {nt, {halves, shift}};                                                  \
        tile_run(k, tile);                                                                         \
    }
#define TILE_FNS(family, halves, shift)                                                            \
    TILE_FN(family, halves, shift, 1) TILE_FN(family, halves, shift, 2)                            \
    TILE_FN(family, halves, shift, 3) TILE_FN(family, halves, shift, 4)
TILE_FNS(d, false, false) TILE_FN(d, false, false, 5) TILE_FN(d, false, false, 6)
TILE_FNS(dm, false, true) TILE_FN(dm, false, true, 5) TILE_FN(dm, false, true, 6)
TILE_FNS(k16, true, false)
TILE_FNS(k16m, true, true)

static const TileFn tile_fns[2][2][TOKENS] = {
    {{tile_d_1, tile_d_2, tile_d_3, tile_d_4, tile_d_5, tile_d_6},
     {tile_dm_1, tile_dm_2, tile_dm_3, tile_dm_4, tile_dm_5, tile_dm_6}},
    {{tile_k16_1, tile_k16_2, tile_k16_3, tile_k16_4},
     {tile_k16m_1, tile_k16m_2, tile_k16m_3, tile_k16m_4}}};

/* ---- the product ----------------------------------------------------------------------------- */

/* Where a pass stands: two panels from row on, columns [col0, col1). */
typedef struct PairAt {
    Pair pair;
    V512Rows rows;
    size_t col0, col1;
    Ahead ahead;
} PairAt;

/* All tokens against the columns of a pair. */
static void pair_tokens(const KernMatmul *job, const PairAt *p) {
    const KernAct *act = job->act;
    const size_t m = (size_t)act->m, rest = p->rows.to - p->rows.from, at = p->col0 / 32 * m;
    const V512Family fam = v512_family(job->mat->type);
    Tile tile = {.pair = p->pair, .q = act->q + 32 * at, .block = act->block + at, .m = m,
                 .n_blocks = (p->col1 - p->col0) / 32, .y = job->y + p->rows.from, .ldy = job->ldy,
                 .rows = {v512_mask(rest), rest > 16 ? v512_mask(rest - 16) : 0},
                 .first = p->col0 == 0};
    const size_t step = fam.halves ? HALVES_TOKENS : TOKENS;
    Ahead ahead = p->ahead;
    ahead.step = (ahead.left * step / m + 64) / 64 * 64;
    for (size_t t = 0; t < m; t += step) {
        size_t nt = m - t < step ? m - t : step;
        ahead_ask(&ahead);
        tile_fns[fam.halves][fam.shift][nt - 1](&tile);
        tile.q += 32 * step;
        tile.block += step;
        tile.y += step * tile.ldy;
    }
}

/* Of the block of columns that follows p in two panels, or of the next two panels' first. Past the
   end of the matrix it asks for bytes that nobody needs, which is harmless. */
static ALWAYS_INLINE Ahead ahead_of(const KernType type, const PairAt *p, const uint8_t *first,
                                    size_t cols) {
    const KernLayout l = kern_layout_of(type);
    const size_t panel_bytes = kern_panel_bytes(&l, cols), unit = kern_unit_bytes(&l);
    const bool last = p->col1 == cols;
    const size_t from = last ? 0 : p->col1, n = cols - from < COLUMNS ? cols - from : COLUMNS;
    const char *at = (const char *)first + (last ? 2 * panel_bytes : from / l.unit_cols * unit);
    return (Ahead){.at = {at, at + panel_bytes}, .left = n / l.unit_cols * unit};
}

/* rows.to need not be a multiple of 32: a panel without a partner is its own, stored once. */
static ALWAYS_INLINE void gemm(const KernType type, const KernMatmul *job, V512Rows rows) {
    const KernLayout l = kern_layout_of(type);
    const size_t cols = job->mat->cols, panel_bytes = kern_panel_bytes(&l, cols);
    PairAt p = {.pair = {job->scratch, NULL}, .rows = rows};
    p.pair.scale = (float *)(void *)(p.pair.u + COLUMNS * 32);
    for (; p.rows.from < p.rows.to; p.rows.from += 32) {
        const uint8_t *first = (const uint8_t *)job->mat->data + p.rows.from / 16 * panel_bytes;
        const bool two = p.rows.from + 16 < p.rows.to;
        const uint8_t *const panel[2] = {first, two ? first + panel_bytes : first};
        for (p.col0 = 0; p.col0 < cols; p.col0 = p.col1) {
            p.col1 = cols - p.col0 < COLUMNS ? cols : p.col0 + COLUMNS;
            put_pair(type, panel, p.col0, p.col1, p.pair);
            p.ahead = ahead_of(type, &p, first, cols);
            pair_tokens(job, &p);
        }
    }
}

void v512_gemm(const KernMatmul *job, V512Rows rows) {
    switch (job->mat->type) {
#define GEMM_CASE(type)                                                                            \
    case type: gemm(type, job, rows); break;
        V512_INT_TYPES(GEMM_CASE)
#undef GEMM_CASE
    default: break;
    }
}
