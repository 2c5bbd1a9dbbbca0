/*
 * Matrix product of K types for many tokens with VNNI, activations of the format I8K: tiles of two
 * panels (32 rows) x 4 tokens.
 *
 * Within 256 columns a tile has 8 sums of whole numbers in registers, 8 of the columns that one
 * scale covers, and 8 that wait for their neighbour's so that one instruction meets both with
 * their scales: 27 of 32 registers. (Tiles of 6 tokens would put 12 aside in memory: 389 GOPS in
 * the first cache level instead of 396.) The sums f wait in y, which is read and written once in
 * 256 columns. avx512_super.h says what is added and what it costs at least.
 *
 * What is known of 256 activations, four lines a token, comes from beyond the second cache level
 * where a matrix has many columns, and the hardware does not ask for it in time: a tile asks for
 * those of the third after it (8,960 columns: 326 to 336 GOPS without, 366 with). Asking for the
 * activations themselves as well makes it slower.
 */
#include "model/kernels/avx512_gemm.h"
#include "model/kernels/avx512_super.h"

enum { TOKENS = 4, AHEAD_TOKENS = 3 * TOKENS };

/* ---- unpacking ------------------------------------------------------------------------------- */

/* Beside the integers of 256 columns x 2 panels, each [2][64 bytes]: pairs of scales, d 2^k, and
   for types with minima pairs of those and -dmin/8. */
static ALWAYS_INLINE int side_minima(const V512Family fam) { return v512_super_steps(fam) + 1; }

/* 256 columns of one panel; u and side already advanced to it. */
static ALWAYS_INLINE void put_super(const KernType type, const uint8_t *unit, uint8_t *u,
                                    uint8_t *side) {
    const KernLayout l = kern_layout_of(type);
    const V512Family fam = v512_family(type);
    const int steps = v512_super_steps(fam), pairs = v512_super_pairs(fam);
    for (int i = 0; i < SUPER_BLOCKS; i++, u += 1024) {
        put_chunks(type, unit + l.head_bytes + (size_t)i * l.block_bytes, u);
    }
    for (int j = 0; j < steps; j++, side += 128) {
        _mm512_store_si512(side, v512_super_scales(type, unit, j));
    }
    _mm512_store_ps(side, v512_super_d(type, unit));
    side += 128;
    for (int j = 0; j < pairs; j++, side += 128) {
        _mm512_store_si512(side, v512_super_minima(type, unit, j));
    }
    if (pairs) _mm512_store_ps(side, v512_super_dmin(unit));
}

static ALWAYS_INLINE void put_supers(const KernType type, const GemmAt *p) {
    const KernLayout l = kern_layout_of(type);
    const size_t at = p->col0 / KERN_SUPER_COLS * kern_unit_bytes(&l);
    for (size_t i = 0; i < p->n_pairs; i++) {
        const GemmPair pair = gemm_pair(p, i);
        put_super(type, gemm_panel(p, &pair, 0) + at, pair.u, pair.side);
        put_super(type, gemm_panel(p, &pair, 1) + at, pair.u + 64, pair.side + 64);
    }
}

/* ---- tiles ----------------------------------------------------------------------------------- */

/* 256 columns of a pair against up to six tokens. */
typedef struct Tile {
    GemmPair pair;
    const int8_t *q;       /* of the first token, first block */
    size_t next;           /* bytes from a block to the next */
    const KernActSuper *x; /* of the first token */
    float *y;              /* of the first token, first row */
    size_t ldy;
    bool first; /* sums start at 0, not at y */
} Tile;

/* What is known at compile time. */
typedef struct TileKind {
    KernType type;
    int nt; /* tokens */
} TileKind;

/* c = exact sums over the columns of scale `which`: of a block, or of half a block. */
static ALWAYS_INLINE void tile_ints(const TileKind k, const Tile *tile, int i, const int half,
                                    __m512i c[2][TOKENS]) {
    const V512Family fam = v512_family(k.type);
    const int n = fam.halves ? 4 : 8;
    const uint8_t *u = tile->pair.u + 1024 * i;
    const int8_t *q = tile->q + (size_t)i * tile->next;
#pragma GCC unroll 4
    for (int token = 0; token < k.nt; token++) {
        __m512i start = v512_super_round(k.type, tile->x + token, i);
        if (!fam.shift) {
            const __m512i raised = _mm512_set1_epi32(tile->x[token].start[2 * i + half]);
            start = _mm512_add_epi32(start, raised);
        }
        c[0][token] = c[1][token] = start;
    }
#pragma GCC unroll 8
    for (int j = half * n; j < half * n + n; j++) {
        __m512i w0 = _mm512_load_si512(u + 128 * j), w1 = _mm512_load_si512(u + 128 * j + 64);
#pragma GCC unroll 4
        for (int token = 0; token < k.nt; token++) {
            __m512i a = v512_bcast4(q + 32 * token + 4 * j);
            c[0][token] = _mm512_dpbusd_epi32(c[0][token], w0, a);
            c[1][token] = _mm512_dpbusd_epi32(c[1][token], w1, a);
        }
    }
}

/* Two neighbouring sums and their scales. */
static ALWAYS_INLINE void tile_step(const TileKind k, const Tile *tile, int j,
                                    __m512i sum[2][TOKENS]) {
    const bool halves = v512_has_halves(k.type);
    const int first = halves ? j : 2 * j, second = halves ? j : 2 * j + 1;
    const uint8_t *scales = tile->pair.side + 128 * j;
    __m512i low[2][TOKENS], c[2][TOKENS];
    tile_ints(k, tile, first, 0, c);
#pragma GCC unroll 8
    for (int z = 0; z < 2 * k.nt; z++) {
        low[z & 1][z / 2] = v512_super_low(k.type, tile->x + z / 2, first, c[z & 1][z / 2]);
    }
    tile_ints(k, tile, second, halves, c);
#pragma GCC unroll 8
    for (int z = 0; z < 2 * k.nt; z++) {
        const int side = z & 1, token = z / 2;
        const __m512i high = v512_super_high(k.type, tile->x + token, second, c[side][token]);
        const __m512i s = _mm512_load_si512(scales + 64 * side);
        sum[side][token] = v512_super_add(low[side][token], high, s, sum[side][token]);
    }
}

static ALWAYS_INLINE void tile_minima(const TileKind k, const Tile *tile, __m512i c[2][TOKENS]) {
    const V512Family fam = v512_family(k.type);
    const uint8_t *pair = tile->pair.side + 128 * side_minima(fam);
#pragma GCC unroll 8
    for (int j = 0; j < v512_super_pairs(fam); j++, pair += 128) {
        __m512i w0 = _mm512_load_si512(pair), w1 = _mm512_load_si512(pair + 64);
#pragma GCC unroll 4
        for (int i = 0; i < k.nt; i++) {
            __m512i s = v512_super_sums(fam, tile->x + i, j);
            c[0][i] = _mm512_dpwssd_epi32(c[0][i], w0, s);
            c[1][i] = _mm512_dpwssd_epi32(c[1][i], w1, s);
        }
    }
}

static ALWAYS_INLINE void tile_run(const TileKind k, const Tile *tile) {
    const V512Family fam = v512_family(k.type);
    const uint8_t *d = tile->pair.side + 128 * v512_super_steps(fam);
    const uint8_t *dmin = d + 128 * (1 + v512_super_pairs(fam));
    __m512i sum[2][TOKENS], minima[2][TOKENS];
#pragma GCC unroll 8
    for (int z = 0; z < 2 * k.nt; z++) {
        sum[z & 1][z / 2] = minima[z & 1][z / 2] = _mm512_setzero_si512();
    }
    for (int j = 0; j < v512_super_steps(fam); j++) tile_step(k, tile, j, sum);
    tile_minima(k, tile, minima);
#pragma GCC unroll 8
    for (int z = 0; z < 2 * k.nt; z++) {
        const int side = z & 1, token = z / 2;
        float *y = tile->y + (size_t)token * tile->ldy + 16 * side;
        const __m512 by = fam.shift ? _mm512_load_ps(dmin + 64 * side) : _mm512_setzero_ps();
        const __m512 t = v512_super_floats(fam, sum[side][token], _mm512_load_ps(d + 64 * side),
                                           minima[side][token], by);
        __m512 f = _mm512_setzero_ps();
        if (!tile->first) f = _mm512_maskz_loadu_ps(tile->pair.rows[side], y);
        f = v512_super_end(t, tile->x + token, f);
        _mm512_mask_storeu_ps(y, tile->pair.rows[side], f);
    }
}

typedef void (*TileFn)(const Tile *tile);

#define TILE_FN(type, nt)                                                                          \
    static void super_##type##_##nt(const Tile *tile) {                                            \
        const TileKind k = {type, nt};                                                             \
        tile_run(k, tile);                                                                         \
    }
#define TILE_FNS(type)                                                                             \
    TILE_FN(type, 1) TILE_FN(type, 2) TILE_FN(type, 3) TILE_FN(type, 4)
V512_SUPER_TYPES(TILE_FNS)

#define TILE_ROW(type)                                                                             \
    [type] = {super_##type##_1, super_##type##_2, super_##type##_3, super_##type##_4},
static const TileFn tile_fns[KERN_Q6_K + 1][TOKENS] = {V512_SUPER_TYPES(TILE_ROW)};

/* ---- the product ----------------------------------------------------------------------------- */

/* Those of the tokens of a tile to come. Past the end it asks in vain. */
static ALWAYS_INLINE void ask_supers(const KernActSuper *x) {
    for (size_t z = 0; z < TOKENS * sizeof *x; z += 64) {
        _mm_prefetch((const char *)(x + AHEAD_TOKENS) + z, _MM_HINT_T1);
    }
}

static ALWAYS_INLINE void multiply_supers(const KernType type, GemmAt *p) {
    const KernAct *act = p->job->act;
    const size_t m = (size_t)act->m;
    const TileFn *fns = tile_fns[type];
    for (size_t i = 0, t = 0, nt; i < p->n_tiles; i++, t += nt) {
        nt = p->tile_tokens + (i < p->longer);
        Tile tile = {.next = 32 * m, .ldy = p->job->ldy, .first = p->col0 == 0,
                     .q = act->qk + 32 * (p->col0 / 32 * m + t),
                     .x = act->super + p->col0 / KERN_SUPER_COLS * m + t};
        ahead_ask(&p->ahead);
        ask_supers(tile.x);
        for (size_t j = 0; j < p->n_pairs; j++) {
            tile.pair = gemm_pair(p, j);
            tile.y = p->job->y + t * p->job->ldy + tile.pair.row;
            fns[nt - 1](&tile);
        }
    }
}

#define SUPER_PAIR(type)                                                                           \
    static void put_##type(GemmAt *p) { put_supers(type, p); }                                     \
    static void multiply_##type(GemmAt *p) { multiply_supers(type, p); }
V512_SUPER_TYPES(SUPER_PAIR)

void v512_gemm_k(const KernMatmul *job, V512Rows rows) {
    switch (job->mat->type) {
#define GEMM_CASE(type)                                                                            \
    case type: gemm_walk(type, job, rows, put_##type, multiply_##type); break;
        V512_SUPER_TYPES(GEMM_CASE)
#undef GEMM_CASE
    default: break;
    }
}
