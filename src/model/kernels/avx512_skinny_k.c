/*
 * The product of 1 to 10 tokens a pass for K types, straight from packed weights, with int8
 * activations of the format I8K (avx512_super.h: what is added and in which order).
 *
 * A block of weights lies in 8 registers and meets every token: the activations of four columns
 * are memory operands that one load spreads over 16 rows. A token has a sum in a register and
 * what waits for its neighbour there or in memory; the sums f, which change once in 256 columns,
 * may lie in memory. Ten tokens, because eight guesses and the token before them are one pass.
 *
 * How weights are read from memory: avx512_pass.h.
 */
#include "model/kernels/avx512_pass.h"
#include "model/kernels/avx512_super.h"

/* Sums start at minus off times the sum of the activations, which are kept for 128. */
static ALWAYS_INLINE __m512i few_start(const KernType type, const KernActSuper *x, int which) {
    const unsigned off = (unsigned)v512_off(type);
    if (off == 0) return _mm512_setzero_si512();
    const unsigned by = (unsigned)__builtin_ctz(128u / off);
    return _mm512_srai_epi32(_mm512_set1_epi32(x->start[which]), by);
}

/* Where the tokens of a pass stand in a panel: 256 columns from here on. */
typedef struct FewAt {
    const uint8_t *unit;
    const int8_t *q;       /* of the first token, block 0 */
    size_t next;           /* bytes from a block to the next */
    const KernActSuper *x; /* of the first token */
} FewAt;

/* 256 columns of a panel in the making: whole numbers of every token. */
typedef struct FewSums {
    __m512i low[V512_SKINNY_TOKENS]; /* c16 of the first of a pair */
    __m512i sum[V512_SKINNY_TOKENS];
} FewSums;

/* Which sum of a block: all of it, or that of a half. */
typedef struct FewSum {
    int block, half;
    bool second; /* of its pair */
} FewSum;

static ALWAYS_INLINE __m512i few_dot(const __m512i *w, const int n, const int8_t *q, __m512i c) {
#pragma GCC unroll 8
    for (int j = 0; j < n; j++) c = _mm512_dpbusd_epi32(c, w[j], v512_bcast4(q + 4 * j));
    return c;
}

/* A sum of every token. The first of a pair waits, the second completes it. w: its weights. */
static ALWAYS_INLINE void few_sum(const V512Pass k, const FewAt *at, const FewSum which,
                                  const __m512i *w, FewSums *s) {
    const int i = which.block, n = v512_has_halves(k.type) ? 4 : 8;
    const int8_t *q = at->q + (size_t)i * at->next + 16 * which.half;
    const __m512i scales = v512_super_scales(k.type, at->unit, n == 4 ? i : i / 2);
#pragma GCC unroll 10
    for (int token = 0; token < k.tokens; token++) {
        const KernActSuper *x = at->x + token;
        __m512i c = few_start(k.type, x, 2 * i + which.half);
        c = _mm512_add_epi32(c, v512_super_round(k.type, x, i));
        c = few_dot(w, n, q + 32 * token, c);
        if (!which.second) {
            s->low[token] = v512_super_low(k.type, x, i, c);
            continue;
        }
        c = v512_super_high(k.type, x, i, c);
        s->sum[token] = v512_super_add(s->low[token], c, scales, s->sum[token]);
    }
}

/* Block i against every token. */
static ALWAYS_INLINE void few_block(const V512Pass k, const FewAt *at, int i, const bool odd,
                                    FewSums *s) {
    const KernLayout l = kern_layout_of(k.type);
    const bool halves = v512_has_halves(k.type);
    const uint8_t *ints = at->unit + l.head_bytes + (size_t)i * l.block_bytes;
    if (k.ahead) v512_ask(ints, l.block_bytes + (size_t)(l.head_bytes / SUPER_BLOCKS));
    __m512i w[8];
    v512_unpack(k.type, ints, w);
    few_sum(k, at, (FewSum){i, 0, !halves && odd}, w, s);
    if (halves) few_sum(k, at, (FewSum){i, 1, true}, w + 4, s);
}

/* f + what 256 columns give. */
static ALWAYS_INLINE void few_end(const V512Pass k, const FewAt *at, const FewSums *s, __m512 *f) {
    const V512Family fam = v512_family(k.type);
    const int n = v512_super_pairs(fam);
    const __m512 d = v512_super_d(k.type, at->unit);
    const __m512 dmin = n ? v512_super_dmin(at->unit) : _mm512_setzero_ps();
    __m512i pair[SUPER_PAIRS_MAX];
#pragma GCC unroll 8
    for (int j = 0; j < n; j++) pair[j] = v512_super_minima(k.type, at->unit, j);
#pragma GCC unroll 10
    for (int token = 0; token < k.tokens; token++) {
        __m512i c = _mm512_setzero_si512();
#pragma GCC unroll 8
        for (int j = 0; j < n; j++) {
            c = _mm512_dpwssd_epi32(c, pair[j], v512_super_sums(fam, at->x + token, j));
        }
        const __m512 t = v512_super_floats(fam, s->sum[token], d, c, dmin);
        f[token] = v512_super_end(t, at->x + token, f[token]);
    }
}

/* 256 columns of one panel. */
static ALWAYS_INLINE void few_unit(const V512Pass k, const FewAt *at, __m512 *f) {
    FewSums s;
    for (int token = 0; token < k.tokens; token++) s.sum[token] = _mm512_setzero_si512();
    for (int j = 0; j < SUPER_BLOCKS; j += 2) {
        few_block(k, at, j, false, &s);
        few_block(k, at, j + 1, true, &s);
    }
    few_end(k, at, &s, f);
}

static ALWAYS_INLINE void few_rows(const V512Pass k, const KernMatmul *job, V512Rows rows, int t0) {
    const KernLayout l = kern_layout_of(k.type);
    const KernAct *act = job->act;
    const size_t m = (size_t)act->m, panel_bytes = kern_panel_bytes(&l, act->cols);
    for (size_t row = rows.from; row < rows.to; row += 16 * (size_t)k.panels) {
        const uint8_t *panel = (const uint8_t *)job->mat->data + row / 16 * panel_bytes;
        FewAt at = {panel, act->qk + 32 * (size_t)t0, 32 * m, act->super + t0};
        V512Sums f;
        v512_sums_begin(k, f);
        for (size_t i = 0; i < act->cols / KERN_SUPER_COLS; i++) {
            FewAt second = at;
            second.unit += panel_bytes;
            few_unit(k, &at, f[0]);
            if (k.panels == 2) few_unit(k, &second, f[1]);
            at.unit += kern_unit_bytes(&l);
            at.q += SUPER_BLOCKS * at.next;
            at.x += m;
        }
        v512_sums_store(k, job, t0, row, f);
    }
}

#define FEW(type, name, tokens, panels, ahead)                                                     \
    static void name##_##type(const KernMatmul *job, V512Rows rows, int t0) {                      \
        const V512Pass k = {type, tokens, panels, ahead};                                          \
        few_rows(k, job, rows, t0);                                                                \
    }
#define FEW_ALL(type) V512_PASS_DEFINE(FEW, type)
V512_SUPER_TYPES(FEW_ALL)

static const V512PassFns table[KERN_Q6_K + 1] = {V512_SUPER_TYPES(V512_PASS_LIST)};

void v512_skinny_k(const KernMatmul *job, V512Rows rows) {
    v512_passes(&table[job->mat->type], job, rows);
}
