/*
 * Matrix product for five tokens and more with VNNI: a panel of 16 rows is unpacked once into
 * scratch (unsigned bytes, 16 a column, and float scales), then token tiles of eight run over it.
 * The unpacked panel stays in the first two cache levels while all tokens pass.
 *
 * Float weights take the same shape without unpacking: eight tokens share each load.
 *
 * Order of float additions: blocks in column order, one accumulator per row and token, as in
 * avx512_gemv.c; given the same activation format the two are equal bit for bit.
 */
#include "model/kernels/avx512_matmul.h"

enum { TILE = 8 };

/* The scratch of one panel. */
typedef struct Panel {
    uint8_t *u;   /* [blocks][8][64] */
    float *scale; /* [blocks][2][16] */
    float *shift; /* [blocks][2][16] */
} Panel;

static ALWAYS_INLINE void unpack_panel(const KernType type, const KernMat *mat, const uint8_t *p,
                                       const Panel *out) {
    const KernLayout l = kern_layout_of(type);
    const int blocks = l.unit_cols / 32;
    Panel at = *out;
    for (size_t c = 0; c < mat->cols; c += l.unit_cols, p += kern_unit_bytes(&l)) {
        for (int k = 0; k < blocks; k++, at.u += 512, at.scale += 32, at.shift += 32) {
            const uint8_t *ints = p + l.head_bytes + (size_t)k * l.block_bytes;
            __m512i w[8];
            v512_unpack(type, ints, w);
            Scales512 s = v512_scales(type, p, k);
            for (int j = 0; j < 8; j++) _mm512_store_si512(at.u + 64 * j, w[j]);
            for (int half = 0; half < 2; half++) {
                _mm512_store_ps(at.scale + 16 * half, s.scale[half]);
                _mm512_store_ps(at.shift + 16 * half, s.shift[half]);
            }
        }
    }
}

typedef struct Tile {
    const KernAct *act;
    const int8_t *q;           /* first token, first block */
    const KernActBlock *block; /* first token, first block */
    size_t n_blocks;
} Tile;

/* What a family of types has in common once unpacked. */
typedef struct Family {
    int off;
    bool halves, shift, wide;
} Family;

static ALWAYS_INLINE __m512i tile_half(const Tile *tile, const uint8_t *u, const int8_t *a,
                                       const Family fam, int32_t isum) {
    __m512i c = _mm512_set1_epi32(-fam.off * isum), high = _mm512_setzero_si512();
    const size_t low = (size_t)tile->act->m * tile->act->ldq;
#pragma GCC unroll 4
    for (int j = 0; j < 4; j++) {
        __m512i w = _mm512_load_si512(u + 64 * j);
        if (fam.wide) high = _mm512_dpbusd_epi32(high, w, v512_bcast4(a + 4 * j));
        c = _mm512_dpbusd_epi32(c, w, v512_bcast4((fam.wide ? a + low : a) + 4 * j));
    }
    return fam.wide ? _mm512_add_epi32(c, _mm512_slli_epi32(high, 8)) : c;
}

/* tile->q and tile->block: of this token and block. */
static ALWAYS_INLINE __m512 tile_block(const Tile *tile, const Family fam, const Panel *p,
                                       __m512 f) {
    const int8_t *a = tile->q;
    const KernActBlock *b = tile->block;
    __m512i c0 = tile_half(tile, p->u, a, fam, b->isum[0]);
    __m512i c1 = tile_half(tile, p->u + 256, a + 16, fam, b->isum[1]);
    __m512 as = _mm512_set1_ps(b->scale), s0 = _mm512_load_ps(p->scale);
    if (!fam.halves) {
        __m512 c = _mm512_cvtepi32_ps(_mm512_add_epi32(c0, c1));
        f = _mm512_fmadd_ps(c, _mm512_mul_ps(s0, as), f);
        return fam.shift ? _mm512_fmadd_ps(_mm512_load_ps(p->shift), _mm512_set1_ps(b->sum), f) : f;
    }
    __m512 s1 = _mm512_load_ps(p->scale + 16);
    f = _mm512_fmadd_ps(_mm512_cvtepi32_ps(c0), _mm512_mul_ps(s0, as), f);
    f = _mm512_fmadd_ps(_mm512_cvtepi32_ps(c1), _mm512_mul_ps(s1, as), f);
    if (!fam.shift) return f;
    __m512 sum0 = _mm512_set1_ps(b->scale * (float)b->isum[0]);
    __m512 sum1 = _mm512_set1_ps(b->scale * (float)b->isum[1]);
    f = _mm512_fmadd_ps(_mm512_load_ps(p->shift), sum0, f);
    return _mm512_fmadd_ps(_mm512_load_ps(p->shift + 16), sum1, f);
}

/* nt tokens over the whole panel. nt and fam are constants. */
static ALWAYS_INLINE void tile_run(const int nt, const Family fam, const Tile *tile, Panel p,
                                   __m512 *f) {
    const size_t ldq = tile->act->ldq, ldb = tile->act->ldb;
    for (size_t i = 0; i < tile->n_blocks; i++, p.u += 512, p.scale += 32, p.shift += 32) {
#pragma GCC unroll 8
        for (int t = 0; t < nt; t++) {
            Tile here = *tile;
            here.q += (size_t)t * ldq + 32 * i;
            here.block += (size_t)t * ldb + i;
            f[t] = tile_block(&here, fam, &p, f[t]);
        }
    }
}

typedef void (*TileFn)(int nt, int off, const Tile *tile, const Panel *p, __m512 *f);

/* Whole tiles with a constant width, the rest token by token. */
#define TILE_FN(name, halves, shift, wide)                                                         \
    static void name(int nt, int off, const Tile *tile, const Panel *p, __m512 *f) {               \
        const Family fam = {off, halves, shift, wide};                                             \
        Tile one = *tile;                                                                          \
        if (nt == TILE) {                                                                          \
            tile_run(TILE, fam, tile, *p, f);                                                      \
            return;                                                                                \
        }                                                                                          \
        for (int t = 0; t < nt; t++) {                                                             \
            tile_run(1, fam, &one, *p, f + t);                                                     \
            one.q += tile->act->ldq;                                                               \
            one.block += tile->act->ldb;                                                           \
        }                                                                                          \
    }
TILE_FN(tile_d, false, false, false)
TILE_FN(tile_dm, false, true, false)
TILE_FN(tile_k16, true, false, false)
TILE_FN(tile_k16m, true, true, false)
TILE_FN(tile_d_wide, false, false, true)
TILE_FN(tile_dm_wide, false, true, true)
TILE_FN(tile_k16_wide, true, false, true)
TILE_FN(tile_k16m_wide, true, true, true)

static const TileFn tile_fns[2][2][2] = {
    {{tile_d, tile_d_wide}, {tile_dm, tile_dm_wide}},
    {{tile_k16, tile_k16_wide}, {tile_k16m, tile_k16m_wide}}};

static ALWAYS_INLINE void gemm(const KernType type, const KernMatmul *job, V512Rows rows) {
    const KernLayout l = kern_layout_of(type);
    const KernAct *act = job->act;
    const size_t n_blocks = act->cols / 32, panel_bytes = kern_panel_bytes(&l, act->cols);
    const int wide = act->formats & KERN_ACT_I16 ? 1 : 0, off = v512_off(type);
    const TileFn run = tile_fns[v512_has_halves(type)][v512_has_shift(type)][wide];
    Panel panel = {job->scratch, NULL, NULL};
    panel.scale = (float *)(void *)(panel.u + n_blocks * 512);
    panel.shift = panel.scale + n_blocks * 32;
    for (size_t row = rows.from; row < rows.to; row += 16) {
        const uint8_t *p = (const uint8_t *)job->mat->data + row / 16 * panel_bytes;
        unpack_panel(type, job->mat, p, &panel);
        for (int t0 = 0; t0 < act->m; t0 += TILE) {
            int nt = act->m - t0 < TILE ? act->m - t0 : TILE;
            Tile tile = {act, act->q + (size_t)t0 * act->ldq, act->block + (size_t)t0 * act->ldb,
                         n_blocks};
            __m512 f[TILE];
            for (int t = 0; t < TILE; t++) f[t] = _mm512_setzero_ps();
            run(nt, off, &tile, &panel, f);
            for (int t = 0; t < nt; t++) v512_store_rows(job, t0 + t, row, f[t]);
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

/* ---- float weights --------------------------------------------------------------------------- */

static ALWAYS_INLINE __m512 load_weights(const KernType type, const uint8_t *p) {
    if (type == KERN_F32) return _mm512_loadu_ps((const float *)(const void *)p);
    return type == KERN_F16 ? v512_load_f16(p) : v512_load_bf16(p);
}

/* Two accumulators per token: even and odd columns, added at the end. */
static ALWAYS_INLINE void float_tile(const KernType type, const int nt, const KernMatmul *job,
                                     size_t row, int t0) {
    const size_t cols = job->mat->cols, step = type == KERN_F32 ? 64 : 32;
    const KernLayout l = kern_layout_of(type);
    const uint8_t *p = (const uint8_t *)job->mat->data + row / 16 * kern_panel_bytes(&l, cols);
    const float *x = job->act->x + (size_t)t0 * job->act->ldx;
    __m512 f[2 * TILE];
    for (int t = 0; t < 2 * nt; t++) f[t] = _mm512_setzero_ps();
    for (size_t k = 0; k + 1 < cols; k += 2, p += 2 * step) {
        __m512 even = load_weights(type, p), odd = load_weights(type, p + step);
        _mm_prefetch((const char *)p + 3072, _MM_HINT_T0);
        if (step == 64) _mm_prefetch((const char *)p + 3072 + 64, _MM_HINT_T0);
#pragma GCC unroll 8
        for (int t = 0; t < nt; t++) {
            const float *at = x + (size_t)t * job->act->ldx + k;
            f[2 * t] = _mm512_fmadd_ps(even, _mm512_set1_ps(at[0]), f[2 * t]);
            f[2 * t + 1] = _mm512_fmadd_ps(odd, _mm512_set1_ps(at[1]), f[2 * t + 1]);
        }
    }
    for (int t = 0; t < nt; t++) {
        float last = cols & 1 ? x[(size_t)t * job->act->ldx + cols - 1] : 0.0f;
        if (cols & 1) {
            f[2 * t] = _mm512_fmadd_ps(load_weights(type, p), _mm512_set1_ps(last), f[2 * t]);
        }
        v512_store_rows(job, t0 + t, row, _mm512_add_ps(f[2 * t], f[2 * t + 1]));
    }
}

static ALWAYS_INLINE void float_rows(const KernType type, const KernMatmul *job, V512Rows rows) {
    const int m = job->act->m;
    for (size_t row = rows.from; row < rows.to; row += 16) {
        int t = 0;
        for (; t + TILE <= m; t += TILE) float_tile(type, TILE, job, row, t);
        for (; t < m; t++) float_tile(type, 1, job, row, t);
    }
}

void v512_floats(const KernMatmul *job, V512Rows rows) {
    switch (job->mat->type) {
    case KERN_F32: float_rows(KERN_F32, job, rows); break;
    case KERN_F16: float_rows(KERN_F16, job, rows); break;
    default: float_rows(KERN_BF16, job, rows); break;
    }
}
