/*
 * The matrix product for few tokens, straight from packed weights: decode, drafts that are
 * verified, a handful of users. Private to avx512_skinny.c and amx_few.c, which make functions of
 * it for int8 and for 16-bit activations.
 *
 * A panel of 16 rows is read once from end to end; a block of 32 columns x 16 rows is unpacked into
 * eight registers of unsigned bytes and multiplied with each token's 32 int8 activations by
 * vpdpbusd, which takes four of them from memory for all 16 lanes: one lane per row. The sums of
 * a block are scaled as v512_add_block says.
 *
 * 16-bit activations are two int8 planes through the same registers, c = 256 * high + low, exact
 * in 32 bits.
 *
 * How weights are read from memory: avx512_pass.h. The 16-bit functions, made for Intel machines
 * with AMX, take one panel at a time and always ask ahead.
 */
#ifndef HEARTH_MODEL_KERNELS_AVX512_SKINNY_H
#define HEARTH_MODEL_KERNELS_AVX512_SKINNY_H

#include "model/kernels/avx512_pass.h"

/* What is known at compile time. */
typedef struct Skinny {
    V512Pass pass;
    bool wide; /* 16-bit activations */
} Skinny;

enum { SKINNY_TOGETHER = 4 }; /* tokens */

/* One block of weights in registers. */
typedef struct Weights {
    __m512i u[8];
    Scales512 s;
} Weights;

/* c + over n chunks the products of 4 columns in each of 16 rows. vpdpbusd multiplies unsigned
   bytes (weights) by signed ones (activations) and adds the four products to the 32-bit lane,
   without saturating. */
static ALWAYS_INLINE __m512i dot(const __m512i *w, const int n, const int8_t *a, __m512i c) {
#pragma GCC unroll 8
    for (int j = 0; j < n; j++) c = _mm512_dpbusd_epi32(c, w[j], v512_bcast4(a + 4 * j));
    return c;
}

/* One token's sums of one block, exact, with 16-bit activations. low: to the second plane. */
static ALWAYS_INLINE void block_sums(const Skinny k, const Weights *w, const int8_t *a, size_t low,
                                     __m512i c[2]) {
    const int n = v512_has_halves(k.pass.type) ? 4 : 8;
    for (int half = 0; half < 8 / n; half++, a += 16) {
        const __m512i *u = w->u + 4 * half;
        const __m512i high = _mm512_slli_epi32(dot(u, n, a, _mm512_setzero_si512()), 8);
        c[half] = _mm512_add_epi32(dot(u, n, a + low, c[half]), high);
    }
}

/* The pass's tokens, 8-bit activations: SKINNY_TOGETHER at a time, chunk by chunk, so that no sum
   waits for the one before. */
static ALWAYS_INLINE void skinny_bytes(const Skinny k, const Weights *w, const int8_t *q,
                                       const KernActBlock *b, __m512 *f) {
    const V512Family fam = v512_family(k.pass.type);
    const Biased512 s = {w->s.scale[0], v512_below(w->s.scale[0]), w->s.shift[0]};
#pragma GCC unroll 4
    for (int t = 0; t < k.pass.tokens; t += SKINNY_TOGETHER) {
        const int left = k.pass.tokens - t, n = left < SKINNY_TOGETHER ? left : SKINNY_TOGETHER;
        __m512i c[SKINNY_TOGETHER];
#pragma GCC unroll 4
        for (int z = 0; z < n; z++) c[z] = v512_start_biased(v512_off(k.pass.type), b + t + z);
#pragma GCC unroll 8
        for (int j = 0; j < 8; j++) {
#pragma GCC unroll 4
            for (int z = 0; z < n; z++) {
                const __m512i a = v512_bcast4(q + 32 * (t + z) + 4 * j);
                c[z] = _mm512_dpbusd_epi32(c[z], w->u[j], a);
            }
        }
#pragma GCC unroll 4
        for (int z = 0; z < n; z++) f[t + z] = v512_add_biased(fam, &s, c[z], b + t + z, f[t + z]);
    }
}

/* A block of 32 columns x 16 rows, in registers, against all tokens of the pass. `at`: block and
   first token in the activations, [blocks][m]. */
static ALWAYS_INLINE void skinny_block(const Skinny k, const KernAct *act, const Weights *w,
                                       size_t at, __m512 *f) {
    const V512Family fam = v512_family(k.pass.type);
    const int8_t *q = act->q + 32 * at;
    const KernActBlock *b = act->block + at;
    if (!k.wide) {
        skinny_bytes(k, w, q, b, f);
        return;
    }
#pragma GCC unroll 10
    for (int t = 0; t < k.pass.tokens; t++) {
        __m512i c[2];
        v512_start(fam, v512_off(k.pass.type), b + t, c);
        block_sums(k, w, q + 32 * t, act->plane, c);
        f[t] = v512_add_block(fam, &w->s, c, b + t, f[t]);
    }
}

/* A unit of one panel for tokens t0..; at: its first block and token t0 in the activations. */
static ALWAYS_INLINE void skinny_unit(const Skinny k, const KernAct *act, size_t at,
                                      const uint8_t *unit, __m512 *f) {
    const KernLayout l = kern_layout_of(k.pass.type);
    const int blocks = l.unit_cols / 32;
    const size_t head = (size_t)(l.head_bytes / blocks); /* a block's share of it */
    for (int j = 0; j < blocks; j++, at += (size_t)act->m) {
        const uint8_t *ints = unit + l.head_bytes + (size_t)j * l.block_bytes;
        Weights w;
        if (k.pass.ahead) v512_ask(k.pass, ints, l.block_bytes + head);
        w.s = v512_scales(k.pass.type, unit, j);
        v512_unpack(k.pass.type, ints, w.u);
        skinny_block(k, act, &w, at, f);
    }
}

/* Units from..to-1 of a panel. */
typedef struct Turn {
    const uint8_t *panel;
    size_t from, to;
} Turn;

/* Some units of a panel, all tokens of the pass; f [tokens] holds 16 rows each. */
static ALWAYS_INLINE void skinny_turn(const Skinny k, const KernAct *act, int t0, Turn turn,
                                      __m512 *f) {
    const KernLayout l = kern_layout_of(k.pass.type);
    const size_t step = l.unit_cols / 32u * (size_t)act->m;
    for (size_t i = turn.from; i < turn.to; i++) {
        skinny_unit(k, act, (size_t)t0 + i * step, turn.panel + i * kern_unit_bytes(&l), f);
    }
}

/* All panels of rows, one or two at a time; two take turns of V512_TURN_COLS columns. */
static ALWAYS_INLINE void skinny_rows(const Skinny k, const KernMatmul *job, V512Rows rows,
                                      int t0) {
    const KernLayout l = kern_layout_of(k.pass.type);
    const size_t n = job->act->cols / l.unit_cols, units = V512_TURN_COLS / l.unit_cols;
    const size_t panel_bytes = kern_panel_bytes(&l, job->act->cols);
    for (size_t row = rows.from; row < rows.to; row += 16 * (size_t)k.pass.panels) {
        const uint8_t *panel = (const uint8_t *)job->mat->data + row / 16 * panel_bytes;
        V512Sums f;
        v512_sums_begin(k.pass, f);
        for (size_t i = 0; i < n; i += units) {
            Turn turn = {panel, i, n - i < units ? n : i + units};
            skinny_turn(k, job->act, t0, turn, f[0]);
            turn.panel += panel_bytes;
            if (k.pass.panels == 2) skinny_turn(k, job->act, t0, turn, f[1]);
        }
        v512_sums_store(k.pass, job, t0, row, f);
    }
}

#endif
