/*
 * Matrix product for many tokens with AMX tiles: weights dequantised once to bfloat16, products and
 * sums in the tile unit with float32 accumulators.
 *
 * Why bfloat16 and not int8 tiles: quantised weights have a scale per 16 or 32 columns, so an int8
 * tile could cover only those columns before its 256 sums must be scaled one by one, which costs
 * more vector work than the tile instruction saves. In bfloat16 the scales go into the weights and
 * sums run over all columns. It is also more exact: rounding a weight and an activation to 8 bits
 * of mantissa costs 0.16 % of a product, int8 activations per 32 columns cost 0.5 % (the unit tests
 * measure both against float activations).
 *
 * Blocking. Two panels (32 rows) x INNER columns of weights are dequantised into a 32 KiB buffer
 * that stays in the first cache level while all tokens pass, 32 at a time: 2 x 2 tiles of 16 x 16
 * sums, per step of 32 columns two tile loads of activations, two of weights, four products. Sums
 * wait in a buffer [tokens][32] between column blocks. Tokens are cut into groups of TOKENS and
 * columns into OUTER so that the activations of one pass stay in the second cache level.
 *
 * A tile of weights holds pairs of columns: row p, 32-bit lane r = columns 2p, 2p+1 of row r.
 * A tile of activations is 16 tokens x 32 columns as they lie in memory (act.c).
 *
 * Order of sums: pairs of columns in order, even before odd, float32 with denormals as zero and
 * rounding to nearest even (the unit's own rule), one running sum over all columns: between blocks
 * it waits in y or in the buffer, so cuts do not change it.
 *
 * Up to 16 tokens go elsewhere, with 16-bit integer activations: up to 4 to amx_few.c, then to
 * amx_small.c. A token's numbers are the same bytes for any m up to 16, and the same bytes for any
 * m above, but not across that border: bfloat16 for one token would cost more than memory does.
 *
 * Source: Intel SDM vol. 1 ch. 18, Intel 64 optimization reference manual ch. 20.
 *
 * Drawn, a step of tiles_2x2, 32 columns of 32 tokens x 32 rows:
 *
 *                      tmm6: rows 0..15     tmm7: rows 16..31     [16 pairs of columns][16 rows]
 *     tmm4: tokens 0..15     tmm0                 tmm1            sums [16 tokens][16 rows]
 *     tmm5: tokens 16..31    tmm2                 tmm3
 */
#include <assert.h>

#include "model/kernels/amx.h"
#include "model/kernels/avx512_matmul.h"
#include "model/kernels/avx512_ops.h"
#include "model/kernels/tables.h"

enum { INNER = 256, ACT_BYTES = 1024 * 1024, TOKENS = 512, SMALL_TOKENS = 16,
       FEW_TOKENS = 4 };

_Static_assert(INNER / 32 * 2 * AMX_TILE + TOKENS * 32 * (int)sizeof(float) <= KERN_MATMUL_SCRATCH,
               "scratch: weights as tiles, then sums");
_Static_assert(INNER % KERN_SUPER_COLS == 0 && TOKENS % 32 == 0, "whole units, whole tiles");

/* ---- weights --------------------------------------------------------------------------------- */

/* Two floats a lane become a pair of bfloat16, the even column low. Half is added and the rest cut
   off: ties go away from zero, which saves the instructions of the exact rule. */
static ALWAYS_INLINE __m512i round_pairs(__m512 even, __m512 odd) {
    const __m512i half = _mm512_set1_epi32(0x8000), top = _mm512_set1_epi32((int)0xffff0000u);
    __m512i e = _mm512_srli_epi32(_mm512_add_epi32(_mm512_castps_si512(even), half), 16);
    __m512i o = _mm512_add_epi32(_mm512_castps_si512(odd), half);
    return _mm512_ternarylogic_epi32(e, o, top, 0xf8); /* e | (o & top) */
}

/* Bytes 0..3 of the lanes of w, times scale plus shift: two rows of pairs. The fields stay where
   they are; s[i] is scale / 256^i (exact), the top field is shifted down. */
static ALWAYS_INLINE void put_chunk(__m512i w, const __m512 s[3], __m512 shift, uint8_t *out) {
    __m512i u0 = _mm512_and_si512(w, _mm512_set1_epi32(0xff));
    __m512i u1 = _mm512_and_si512(w, _mm512_set1_epi32(0xff00));
    __m512i u2 = _mm512_and_si512(w, _mm512_set1_epi32(0xff0000));
    __m512i u3 = _mm512_srli_epi32(w, 24);
    __m512 f0 = _mm512_fmadd_ps(_mm512_cvtepi32_ps(u0), s[0], shift);
    __m512 f1 = _mm512_fmadd_ps(_mm512_cvtepi32_ps(u1), s[1], shift);
    __m512 f2 = _mm512_fmadd_ps(_mm512_cvtepi32_ps(u2), s[2], shift);
    __m512 f3 = _mm512_fmadd_ps(_mm512_cvtepi32_ps(u3), s[0], shift);
    _mm512_store_si512(out, round_pairs(f0, f1));
    _mm512_store_si512(out + 64, round_pairs(f2, f3));
}

/* One block of 32 columns as one tile. */
static ALWAYS_INLINE void put_tile(const KernType type, const uint8_t *unit, int k, uint8_t *out) {
    const KernLayout l = kern_layout_of(type);
    const __m512 off = _mm512_set1_ps((float)v512_off(type));
    Scales512 sc = v512_scales(type, unit, k);
    __m512i w[8];
    v512_unpack(type, unit + l.head_bytes + (size_t)k * l.block_bytes, w);
#pragma GCC unroll 2
    for (int half = 0; half < 2; half++) {
        __m512 s[3] = {sc.scale[half]};
        __m512 shift = _mm512_fnmadd_ps(off, s[0], sc.shift[half]);
        s[1] = _mm512_mul_ps(s[0], _mm512_set1_ps(0x1p-8f));
        s[2] = _mm512_mul_ps(s[0], _mm512_set1_ps(0x1p-16f));
#pragma GCC unroll 4
        for (int c = 4 * half; c < 4 * half + 4; c++) put_chunk(w[c], s, shift, out + 128 * c);
    }
}

/* Columns [col0, col1) of one panel as tiles, one every `step` bytes. */
static ALWAYS_INLINE void put_tiles(const KernType type, const uint8_t *panel, size_t col0,
                                    size_t col1, uint8_t *out) {
    const KernLayout l = kern_layout_of(type);
    const size_t blocks = l.unit_cols / 32;
    for (size_t b = col0 / 32; b < col1 / 32; b++, out += 2 * AMX_TILE) {
        const uint8_t *unit = panel + b / blocks * kern_unit_bytes(&l);
        put_tile(type, unit, (int)(b % blocks), out);
    }
}

/* put_tiles of a type that is known only when the function runs. */
static void dequant_tiles(KernType type, const uint8_t *panel, size_t col0, size_t col1,
                          uint8_t *out) {
    switch (type) {
#define TILES_CASE(type)                                                                           \
    case type: put_tiles(type, panel, col0, col1, out); break;
        V512_INT_TYPES(TILES_CASE)
#undef TILES_CASE
    default: break;
    }
}

/* ---- products -------------------------------------------------------------------------------- */

/* 32 or fewer tokens x 32 or fewer rows x n_steps * 32 columns. */
typedef struct Step {
    const uint16_t *a; /* activations of the first token, first column */
    size_t group_bytes; /* to the next 16 tokens */
    const uint8_t *b; /* tiles: [step][2] */
    size_t n_steps;
    const float *in;  /* sums so far, or NULL: zero */
    float *out;
    size_t in_stride, out_stride; /* bytes between tokens */
} Step;

/* Four products for four loads. in and out may be the same memory. Not inlined: see amx.h. */
static __attribute__((noinline)) void tiles_2x2(const Step *s) {
    const uint8_t *a = (const uint8_t *)s->a, *b = s->b;
    const size_t low = s->group_bytes;
    const float *in = s->in;
    float *out = s->out;
    const size_t next = 16 * s->in_stride / sizeof *in;
    AMX_BARRIER();
    if (!in) {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    } else {
        _tile_loadd(0, in, s->in_stride);
        _tile_loadd(1, in + 16, s->in_stride);
        _tile_loadd(2, in + next, s->in_stride);
        _tile_loadd(3, in + next + 16, s->in_stride);
    }
    for (size_t i = 0; i < s->n_steps; i++, a += AMX_TILE, b += 2 * AMX_TILE) {
        _tile_loadd(4, a, 64);
        _tile_loadd(6, b, 64);
        _tile_loadd(7, b + AMX_TILE, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_loadd(5, a + low, 64);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, out, s->out_stride);
    _tile_stored(1, out + 16, s->out_stride);
    out += 16 * s->out_stride / sizeof *out;
    _tile_stored(2, out, s->out_stride);
    _tile_stored(3, out + 16, s->out_stride);
    AMX_BARRIER();
}

/* The last 16 tokens. */
static __attribute__((noinline)) void tiles_1x2(const Step *s) {
    const uint8_t *a = (const uint8_t *)s->a, *b = s->b;
    const float *in = s->in;
    AMX_BARRIER();
    if (!in) {
        _tile_zero(0);
        _tile_zero(1);
    } else {
        _tile_loadd(0, in, s->in_stride);
        _tile_loadd(1, in + 16, s->in_stride);
    }
    for (size_t i = 0; i < s->n_steps; i++, a += AMX_TILE, b += 2 * AMX_TILE) {
        _tile_loadd(4, a, 64);
        _tile_loadd(6, b, 64);
        _tile_loadd(7, b + AMX_TILE, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
    }
    _tile_stored(0, s->out, s->out_stride);
    _tile_stored(1, s->out + 16, s->out_stride);
    AMX_BARRIER();
}

/* Where one call works: a group of tokens, a block of columns, the buffers. */
typedef struct Pass {
    const KernMatmul *job;
    int t0, t1;
    size_t col0, col1, rows_end;
    uint8_t *b; /* INNER/32 steps x 2 tiles */
    float *c;   /* [TOKENS][32] */
} Pass;

/* Sums of tokens [t, end) from p->c into y, or back, where a tile does not fit into y. */
static void store_sums(const Pass *p, size_t row, int t, int end) {
    for (; t < end; t++) {
        const float *c = p->c + (size_t)(t - p->t0) * 32;
        v512_store_rows(p->job, t, row, _mm512_load_ps(c));
        if (row + 16 < p->rows_end) v512_store_rows(p->job, t, row + 16, _mm512_load_ps(c + 16));
    }
}

/* The way back: sums of the columns before from y into p->c. */
static void load_sums(const Pass *p, size_t row, int t, int end) {
    const size_t rest = p->rows_end - row;
    for (; t < end; t++) {
        const float *y = p->job->y + (size_t)t * p->job->ldy + row;
        float *c = p->c + (size_t)(t - p->t0) * 32;
        _mm512_store_ps(c, _mm512_maskz_loadu_ps(v512_mask(rest), y));
        if (rest > 16) _mm512_store_ps(c + 16, _mm512_maskz_loadu_ps(v512_mask(rest - 16), y + 16));
    }
}

/* 32 or fewer tokens from t against the dequantised columns [col, end) of two panels. Sums go
   through p->c between blocks of columns, and from and to y at the ends where tiles fit in y. */
static void tokens_32(const Pass *p, size_t row, int t, size_t col, size_t end) {
    const KernAct *act = p->job->act;
    const bool two = p->t1 - t > 16, last = end == p->col1, first = col == p->col0;
    const bool fits = row + 32 <= p->rows_end && t + (two ? 32 : 16) <= p->t1;
    float *c = p->c + (size_t)(t - p->t0) * 32, *y = p->job->y + (size_t)t * p->job->ldy + row;
    const size_t y_stride = p->job->ldy * sizeof *y, c_stride = 32 * sizeof *c;
    const int t_end = p->t1 - t < 32 ? p->t1 : t + 32;
    assert(t < p->t1 && p->t1 - p->t0 <= TOKENS); /* p->c has room */
    const bool from_y = first && fits && p->col0 > 0, begin = first && p->col0 == 0;
    if (first && !fits && !begin) load_sums(p, row, t, t_end);
    Step s = {.a = act->bf + (size_t)(t / 16) * act->ldbf + col * 16,
              .group_bytes = act->ldbf * 2,
              .b = p->b,
              .n_steps = (end - col) / 32,
              .in = begin ? NULL : from_y ? y : c,
              .in_stride = from_y ? y_stride : c_stride,
              .out = last && fits ? y : c,
              .out_stride = last && fits ? y_stride : c_stride};
    if (two) tiles_2x2(&s);
    else tiles_1x2(&s);
    if (last && !fits) store_sums(p, row, t, t_end);
}

/* Two panels (or the last one) over the columns of the pass. */
static void two_panels(const Pass *p, size_t row) {
    const KernMat *mat = p->job->mat;
    const size_t panel_bytes = kern_panel_bytes(kern_layout(mat->type), mat->cols);
    const uint8_t *panel = (const uint8_t *)mat->data + row / 16 * panel_bytes;
    for (size_t col = p->col0; col < p->col1; col += INNER) {
        size_t end = p->col1 - col < INNER ? p->col1 : col + INNER;
        dequant_tiles(mat->type, panel, col, end, p->b);
        if (row + 16 < p->rows_end) {
            dequant_tiles(mat->type, panel + panel_bytes, col, end, p->b + AMX_TILE);
        }
        for (int t = p->t0; t < p->t1; t += 32) tokens_32(p, row, t, col, end);
    }
}

/* Columns of one pass, so that its activations stay in the second cache level. */
static size_t outer_cols(size_t tokens) {
    size_t n = ACT_BYTES / (2 * tokens) / INNER * INNER;
    return n < INNER ? INNER : n;
}

/* Groups of tokens outermost, then columns, then pairs of panels: what is innermost stays
   nearest. */
static void tile_matmul(const KernMatmul *job, V512Rows rows) {
    const size_t cols = job->mat->cols;
    Pass p = {.job = job, .b = job->scratch, .rows_end = rows.to};
    p.c = (float *)(void *)(p.b + INNER / 32 * 2 * AMX_TILE);
    amx_begin();
    for (p.t0 = 0; p.t0 < job->act->m; p.t0 = p.t1) {
        p.t1 = job->act->m - p.t0 < TOKENS ? job->act->m : p.t0 + TOKENS;
        const size_t outer = outer_cols((size_t)(p.t1 - p.t0));
        for (p.col0 = 0; p.col0 < cols; p.col0 = p.col1) {
            p.col1 = cols - p.col0 < outer ? cols : p.col0 + outer;
            for (size_t row = rows.from; row < rows.to; row += 32) two_panels(&p, row);
        }
    }
    amx_end();
}

/* ---- the table's functions ------------------------------------------------------------------- */

/* The border of batch invariance: see the essay. */
static unsigned amx_act_formats(const KernMat *mat, int m) {
    const KernLayout *l = kern_layout(mat->type);
    if (!l || l->style == STYLE_FLOAT) return KERN_ACT_F32;
    return m <= SMALL_TOKENS ? KERN_ACT_I16 : KERN_ACT_BF16;
}

/* Token t in tile order, zeros past the last column. */
static void fill_bf16(const KernAct *act, int t) {
    const float *x = act->x + (size_t)t * act->ldx;
    uint16_t *out = act->bf + (size_t)t / 16 * act->ldbf + (size_t)t % 16 * 32;
    for (size_t k = 0; k < act->cols; k += 32) {
        size_t n = act->cols - k;
        __m512 x0 = _mm512_maskz_loadu_ps(v512_mask(n), x + k);
        __m512 x1 = n > 16 ? _mm512_maskz_loadu_ps(v512_mask(n - 16), x + k + 16)
                           : _mm512_setzero_ps();
        _mm512_store_si512(out + k * 16, (__m512i)_mm512_cvtne2ps_pbh(x1, x0));
    }
}

static void amx_act_fill(const KernAct *act, int t0, int t1) {
    v512_act_fill(act, t0, t1);
    for (int t = t0; act->bf && t < t1; t++) fill_bf16(act, t);
}

static void amx_matmul(const KernMatmul *job, size_t row0, size_t row1) {
    V512Rows rows = {row0, row1 < job->mat->rows ? row1 : job->mat->rows, 0, false};
    assert(job->act->cols == job->mat->cols && row0 % KERN_PANEL_ROWS == 0);
    if (amx_act_formats(job->mat, job->act->m) & KERN_ACT_F32) v512_floats(job, rows);
    else if (job->act->m <= FEW_TOKENS) amx_matmul_few(job, rows);
    else if (job->act->m <= SMALL_TOKENS) amx_matmul_small(job, rows);
    else tile_matmul(job, rows);
}

const Kernels kern_amx = {
    .name = "amx",
    .act_formats = amx_act_formats,
    .act_fill = amx_act_fill,
    .matmul = amx_matmul,
    .bf16 = true,
    .kv_q8 = true,
    .attn_rows = v512_attn_rows_bf16,
    .attn_text = v512_attn_text_bf16,
    V512_OPS,
};
