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
 * Software prefetch. A panel is one forward stream. On Zen 4 the hardware alone reads it for one
 * token at memory speed (28 GB/s a core); prefetches 1 to 8 KiB ahead, T0 or NTA, cost up to a
 * quarter of that. On an Intel server its stream stops at each 4 KiB page: without a prefetch a
 * core reached half of what it can read. So one token with int8 activations has both functions,
 * and a measurement says which (model/choose.c: tables "avx512" and "avx512-ahead"). Several tokens
 * spend so long on a block that the hardware falls behind on Zen 4, too: with a prefetch 8 sessions
 * decode 1.5 times as fast there (1.5 to 6 KiB ahead are alike). The 16-bit functions, made for
 * Intel machines with AMX, always have one. It may touch lines past the end of the matrix, which is
 * harmless.
 */
#ifndef HEARTH_MODEL_KERNELS_AVX512_SKINNY_H
#define HEARTH_MODEL_KERNELS_AVX512_SKINNY_H

#include "model/kernels/avx512_matmul.h"

enum { SKINNY_AHEAD = 3072 }; /* bytes */

/* What is known at compile time. */
typedef struct Skinny {
    KernType type;
    int tokens; /* 1..10 */
    bool wide;  /* 16-bit activations */
    bool ahead; /* prefetches */
} Skinny;

/* One block of weights in registers. */
typedef struct Weights {
    __m512i u[8];
    Scales512 s;
} Weights;

static ALWAYS_INLINE __m512i dot(const __m512i *w, const int n, const int8_t *a, __m512i c) {
#pragma GCC unroll 8
    for (int j = 0; j < n; j++) c = _mm512_dpbusd_epi32(c, w[j], v512_bcast4(a + 4 * j));
    return c;
}

/* One token's sums of one block, exact. low: to the second plane. */
static ALWAYS_INLINE void block_sums(const Skinny k, const Weights *w, const int8_t *a, size_t low,
                                     __m512i c[2]) {
    const int n = v512_has_halves(k.type) ? 4 : 8;
    for (int half = 0; half < 8 / n; half++, a += 16) {
        __m512i high = _mm512_setzero_si512();
        if (k.wide) high = _mm512_slli_epi32(dot(w->u + 4 * half, n, a, high), 8);
        c[half] = dot(w->u + 4 * half, n, k.wide ? a + low : a, c[half]);
        if (k.wide) c[half] = _mm512_add_epi32(c[half], high);
    }
}

static ALWAYS_INLINE void skinny_block(const Skinny k, const KernAct *act, const Weights *w,
                                       size_t at, __m512 *f) {
    const V512Family fam = v512_family(k.type);
    const int8_t *q = act->q + 32 * at;
    const KernActBlock *b = act->block + at;
#pragma GCC unroll 10
    for (int t = 0; t < k.tokens; t++) {
        __m512i c[2];
        v512_start(fam, v512_off(k.type), b + t, c);
        block_sums(k, w, q + 32 * t, act->plane, c);
        f[t] = v512_add_block(fam, &w->s, c, b + t, f[t]);
    }
}

static ALWAYS_INLINE void prefetch(const uint8_t *p, const size_t n_bytes) {
    const char *at = (const char *)p + SKINNY_AHEAD;
#pragma GCC unroll 16
    for (size_t z = 0; z < n_bytes; z += 64) _mm_prefetch(at + z, _MM_HINT_T0);
}

/* One panel for tokens t0.. */
static ALWAYS_INLINE void skinny_panel(const Skinny k, const KernAct *act, int t0,
                                       const uint8_t *p, __m512 *f) {
    const KernLayout l = kern_layout_of(k.type);
    const int blocks = l.unit_cols / 32;
    const size_t unit_bytes = kern_unit_bytes(&l), n = act->cols / l.unit_cols;
    const size_t head = (size_t)(l.head_bytes / blocks); /* a block's share of it */
    size_t at = (size_t)t0;
    for (size_t i = 0; i < n; i++, p += unit_bytes) {
        for (int j = 0; j < blocks; j++, at += (size_t)act->m) {
            const uint8_t *ints = p + l.head_bytes + (size_t)j * l.block_bytes;
            Weights w;
            if (k.ahead) prefetch(ints, l.block_bytes + head);
            w.s = v512_scales(k.type, p, j);
            v512_unpack(k.type, ints, w.u);
            skinny_block(k, act, &w, at, f);
        }
    }
}

static ALWAYS_INLINE void skinny_rows(const Skinny k, const KernMatmul *job, V512Rows rows,
                                      int t0) {
    const KernLayout l = kern_layout_of(k.type);
    const size_t panel_bytes = kern_panel_bytes(&l, job->mat->cols);
    for (size_t row = rows.from; row < rows.to; row += 16) {
        __m512 f[V512_SKINNY_TOKENS];
        for (int t = 0; t < k.tokens; t++) f[t] = _mm512_setzero_ps();
        skinny_panel(k, job->act, t0, (const uint8_t *)job->mat->data + row / 16 * panel_bytes, f);
        for (int t = 0; t < k.tokens; t++) v512_store_rows(job, t0 + t, row, f[t]);
    }
}

typedef void (*SkinnyFn)(const KernMatmul *job, V512Rows rows, int t0);

/* name: of the function's end, the number of tokens and what else tells it apart. */
#define SKINNY_FN(type, name, tokens, wide, ahead)                                                 \
    static void skinny_##type##_##name(const KernMatmul *job, V512Rows rows, int t0) {             \
        const Skinny k = {type, tokens, wide, ahead};                                              \
        skinny_rows(k, job, rows, t0);                                                             \
    }

#endif
