/*
 * Matrix product for one to four tokens, straight from packed weights: decode and short verify.
 *
 * A panel of 16 rows is read once from end to end; a block of 32 columns x 16 rows is unpacked into
 * eight registers of unsigned bytes and multiplied with each token's 32 int8 activations by
 * vpdpbusd with broadcast: one 32-bit lane per row. Then, per block and token,
 *
 *     f += scale * as * (c0 + c1)   [+ shift * (as * sum)]
 *
 * where the offset of the weights is already in c0 and c1, which start from -off * sum of the
 * activations. With 16-column scales the halves are added separately. Activations
 * are 16 bit here: the two int8 planes run through the same registers, c = 256 * high + low, exact
 * in 32 bits. Memory time is what weights cost, so the second plane is nearly free and decode is
 * as exact as with float activations.
 *
 * Software prefetch runs 3 KiB ahead in the one stream, across 4 KiB pages where the hardware's
 * prefetcher stops. It may touch lines past the end of the matrix, which is harmless.
 *
 * Order of float additions (documented, fixed): blocks in column order, one accumulator per row
 * and token; within a block first half 0, then half 1, then the shift.
 */
#include "model/kernels/avx512_matmul.h"

/* What is known at compile time. */
typedef struct Kind {
    KernType type;
    int tokens;
} Kind;

typedef struct Gemv {
    const KernMatmul *job;
    const int8_t *q; /* high plane of the first token */
    const KernActBlock *block;
    size_t ldq, ldb, low; /* low: distance to the plane of low bytes */
} Gemv;

/* One block of weights in registers. */
typedef struct Weights {
    __m512i u[8];
    Scales512 s;
} Weights;

static ALWAYS_INLINE __m512i dot_half(const __m512i w[4], const int8_t *a, __m512i c) {
#pragma GCC unroll 4
    for (int j = 0; j < 4; j++) c = _mm512_dpbusd_epi32(c, w[j], v512_bcast4(a + 4 * j));
    return c;
}

/* sum over 16 columns of (u - off) * a, exact. */
static ALWAYS_INLINE __m512i half_ints(const int off, size_t low, const __m512i w[4],
                                       const int8_t *a, int32_t isum) {
    __m512i high = dot_half(w, a, _mm512_setzero_si512());
    __m512i rest = dot_half(w, a + low, _mm512_set1_epi32(-off * isum));
    return _mm512_add_epi32(rest, _mm512_slli_epi32(high, 8));
}

/* Block number `at` of token t: adds into f. */
static ALWAYS_INLINE __m512 block_token(const Kind kind, const Gemv *g, const Weights *w,
                                        const KernActBlock *b, __m512 f) {
    const int off = v512_off(kind.type);
    const int8_t *a = g->q;
    __m512i c0 = half_ints(off, g->low, w->u, a, b->isum[0]);
    __m512i c1 = half_ints(off, g->low, w->u + 4, a + 16, b->isum[1]);
    __m512 as = _mm512_set1_ps(b->scale);
    if (!v512_has_halves(kind.type)) {
        __m512 c = _mm512_cvtepi32_ps(_mm512_add_epi32(c0, c1));
        f = _mm512_fmadd_ps(c, _mm512_mul_ps(w->s.scale[0], as), f);
        if (!v512_has_shift(kind.type)) return f;
        return _mm512_fmadd_ps(w->s.shift[0], _mm512_set1_ps(b->sum), f);
    }
    f = _mm512_fmadd_ps(_mm512_cvtepi32_ps(c0), _mm512_mul_ps(w->s.scale[0], as), f);
    f = _mm512_fmadd_ps(_mm512_cvtepi32_ps(c1), _mm512_mul_ps(w->s.scale[1], as), f);
    if (!v512_has_shift(kind.type)) return f;
    __m512 sum0 = _mm512_set1_ps(b->scale * (float)b->isum[0]);
    __m512 sum1 = _mm512_set1_ps(b->scale * (float)b->isum[1]);
    f = _mm512_fmadd_ps(w->s.shift[0], sum0, f);
    return _mm512_fmadd_ps(w->s.shift[1], sum1, f);
}

static ALWAYS_INLINE void prefetch(const uint8_t *p, const size_t n_bytes) {
    const char *at = (const char *)p + 3072;
#pragma GCC unroll 16
    for (size_t z = 0; z < n_bytes; z += 64) _mm_prefetch(at + z, _MM_HINT_T0);
}

static ALWAYS_INLINE void gemv_panel(const Kind kind, const Gemv *g, const uint8_t *p, __m512 *f) {
    const KernLayout l = kern_layout_of(kind.type);
    const int blocks = l.unit_cols / 32;
    const size_t unit_bytes = kern_unit_bytes(&l), n = g->job->mat->cols / l.unit_cols;
    for (size_t i = 0; i < n; i++, p += unit_bytes) {
        for (int k = 0; k < blocks; k++) {
            const uint8_t *ints = p + l.head_bytes + (size_t)k * l.block_bytes;
            Weights w;
            prefetch(ints, l.block_bytes + (size_t)(l.head_bytes / blocks));
            w.s = v512_scales(kind.type, p, k);
            v512_unpack(kind.type, ints, w.u);
            size_t at = i * (size_t)blocks + (size_t)k;
#pragma GCC unroll 4
            for (int t = 0; t < kind.tokens; t++) {
                Gemv here = *g;
                here.q += (size_t)t * g->ldq + 32 * at;
                f[t] = block_token(kind, &here, &w, g->block + (size_t)t * g->ldb + at, f[t]);
            }
        }
    }
}

static ALWAYS_INLINE void gemv(const Kind kind, const KernMatmul *job, V512Rows rows, int t0) {
    const KernLayout l = kern_layout_of(kind.type);
    const KernAct *act = job->act;
    const size_t panel_bytes = kern_panel_bytes(&l, job->mat->cols);
    Gemv g = {job, act->q + (size_t)t0 * act->ldq, act->block + (size_t)t0 * act->ldb,
              act->ldq, act->ldb, (size_t)act->m * act->ldq};
    for (size_t row = rows.from; row < rows.to; row += 16) {
        __m512 f[4] = {_mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps(),
                       _mm512_setzero_ps()};
        gemv_panel(kind, &g, (const uint8_t *)job->mat->data + row / 16 * panel_bytes, f);
        for (int t = 0; t < kind.tokens; t++) v512_store_rows(job, t0 + t, row, f[t]);
    }
}

typedef void (*GemvFn)(const KernMatmul *job, V512Rows rows, int t0);

#define GEMV_ONE(type, tokens)                                                                     \
    static void gemv_##type##_##tokens(const KernMatmul *job, V512Rows rows, int t0) {             \
        const Kind kind = {type, tokens};                                                          \
        gemv(kind, job, rows, t0);                                                                 \
    }
#define GEMV_ALL(type) GEMV_ONE(type, 1) GEMV_ONE(type, 2) GEMV_ONE(type, 3) GEMV_ONE(type, 4)
V512_INT_TYPES(GEMV_ALL)

#define GEMV_ROW(type)                                                                             \
    [type] = {gemv_##type##_1, gemv_##type##_2, gemv_##type##_3, gemv_##type##_4},
static const GemvFn table[KERN_MXFP4 + 1][4] = {V512_INT_TYPES(GEMV_ROW)};

void v512_gemv(const KernMatmul *job, V512Rows rows) {
    const int m = job->act->m;
    for (int t = 0; t < m; t += 4) {
        int nt = m - t < 4 ? m - t : 4;
        table[job->mat->type][nt - 1](job, rows, t);
    }
}
