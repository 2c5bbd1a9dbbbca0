/*
 * The product of 1 to 10 tokens a pass for K types, straight from packed weights, with int8
 * activations of the format I8K (avx512_super.h: what is added and in which order).
 *
 * A block of weights lies in 8 registers and meets every token: the activations of four columns are
 * memory operands that one load spreads over 16 rows. A token has one sum t in a register; the sums
 * f, which change once in 256 columns, may lie in memory. With 10 tokens 8 + 10 registers and those
 * that are being multiplied are in use. Ten, because eight guesses and the token before them are
 * one pass.
 *
 * A sum of a block waits for itself eight times, five clocks each. One by one they fill the
 * scheduler with what must wait, above all where another thread has half of it; so the sums of four
 * tokens grow side by side. Intel server with a busy sibling, one thread, GOPS, one by one -> side
 * by side: Q4_K with 4, 5, 8 and 10 tokens 272, 283, 300, 309 -> 306, 305, 337, 317, Q6_K with 8,
 * by twos, 228 -> 232.
 *
 * Two panels abreast (pair_rows), from five tokens on: a chunk of four columns of either panel lies
 * in a register, and each activation that is loaded meets both, so that there are half as many
 * loads. Ten tokens have 20 integer sums there; the sums t wait in the first cache level. Only the
 * table "avx512-twice" does so, which Intel's cores choose: an Emerald Rapids, GOPS a thread, one
 * panel -> two, 8 tokens, weights from memory, two threads at once: Q4_K of 1536 columns 340 -> 420
 * (5 tokens, one thread: 295 -> 335), of 8960 columns, beside other work, 250 -> 310; Q6_K of 8960
 * columns 190 -> 220, of 1536 the same. Eight sessions of a 1.5B Q4_K_M 1.13 times as fast (eight
 * pairs of runs, 1.10 to 1.20). Zen 5 gained 2 % in Q4_K and lost 4 % in Q6_K.
 *
 * How weights are read from memory: avx512_pass.h. Two panels ask for what is near: the next pair
 * may be another thread's.
 */
#include "model/kernels/avx512_pass.h"
#include "model/kernels/avx512_super.h"

/* Where the tokens of a pass stand in a panel: 256 columns from here on. */
typedef struct FewAt {
    const uint8_t *unit;
    const int8_t *q;       /* of the first token, block 0 */
    size_t next;           /* bytes from a block to the next */
    const KernActSuper *x; /* of the first token */
} FewAt;

enum { FEW_TOGETHER = 4 };

/* Tokens whose sums grow side by side, chunk by chunk: fewer where that many find no register, or
   where a scale per 16 columns keeps sums short. */
static ALWAYS_INLINE int few_together(const V512Pass k) {
    return k.tokens > 8 || v512_has_halves(k.type) ? 2 : FEW_TOGETHER;
}

/* n chunks of a block into the sums of so many tokens. */
static ALWAYS_INLINE void few_ints(const __m512i *w, const int n, const int8_t *q, const int many,
                                   __m512i *c) {
#pragma GCC unroll 8
    for (int j = 0; j < n; j++) {
#pragma GCC unroll 4
        for (int z = 0; z < many; z++) {
            c[z] = _mm512_dpbusd_epi32(c[z], w[j], v512_bcast4(q + 32 * z + 4 * j));
        }
    }
}

/* Block i against every token. */
static ALWAYS_INLINE void few_block(const V512Pass k, const FewAt *at, int i, __m512 *t) {
    const KernLayout l = kern_layout_of(k.type);
    const int n = v512_has_halves(k.type) ? 4 : 8, together = few_together(k);
    const uint8_t *ints = at->unit + l.head_bytes + (size_t)i * l.block_bytes;
    const int8_t *q = at->q + (size_t)i * at->next;
    if (k.ahead) v512_ask(k, ints, l.block_bytes + (size_t)(l.head_bytes / SUPER_BLOCKS));
    const Scales512 s = v512_scales(k.type, at->unit, i);
    __m512i w[8];
    v512_unpack(k.type, ints, w);
#pragma GCC unroll 10
    for (int token = 0; token < k.tokens; token += together, q += 32 * together) {
        const int many = k.tokens - token < together ? k.tokens - token : together;
#pragma GCC unroll 2
        for (int half = 0; half < 8 / n; half++) {
            __m512i c[FEW_TOGETHER];
#pragma GCC unroll 4
            for (int z = 0; z < many; z++) {
                c[z] = v512_super_start(v512_off(k.type), at->x + token + z, 2 * i + half);
            }
            few_ints(w + half * n, n, q + 4 * half * n, many, c);
#pragma GCC unroll 4
            for (int z = 0; z < many; z++) {
                const int which = token + z;
                t[which] = v512_super_add(c[z], at->x + which, i, s.scale[half], t[which]);
            }
        }
    }
}

/* t: what the minima of a unit give. */
static ALWAYS_INLINE void few_minima(const V512Pass k, const FewAt *at, __m512 *t) {
    const V512Family fam = v512_family(k.type);
    const int n = v512_super_pairs(fam);
    __m512i pair[SUPER_PAIRS_MAX];
#pragma GCC unroll 8
    for (int j = 0; j < n; j++) pair[j] = v512_super_minima(k.type, at->unit, j);
    const __m512 dmin = n ? v512_super_dmin(at->unit) : _mm512_setzero_ps();
#pragma GCC unroll 10
    for (int token = 0; token < k.tokens; token++) {
        __m512i c = _mm512_setzero_si512();
#pragma GCC unroll 8
        for (int j = 0; j < n; j++) {
            c = _mm512_dpwssd_epi32(c, pair[j], v512_super_sums(fam, at->x + token, j));
        }
        t[token] = n ? v512_super_begin(c, dmin) : _mm512_setzero_ps();
    }
}

/* 256 columns of one panel. */
static ALWAYS_INLINE void few_unit(const V512Pass k, const FewAt *at, __m512 *f) {
    __m512 t[V512_SKINNY_TOKENS];
    few_minima(k, at, t);
    for (int j = 0; j < SUPER_BLOCKS; j++) few_block(k, at, j, t);
#pragma GCC unroll 10
    for (int token = 0; token < k.tokens; token++) {
        f[token] = v512_super_end(t[token], at->x + token, f[token]);
    }
}

/* All panels of rows; two take turns of 256 columns, each with its own sums. */
static ALWAYS_INLINE void few_rows(const V512Pass k, const KernMatmul *job, V512Rows rows, int t0) {
    const KernLayout l = kern_layout_of(k.type);
    const KernAct *act = job->act;
    const size_t m = (size_t)act->m, panel_bytes = kern_panel_bytes(&l, act->cols);
    assert(act->cols % KERN_SUPER_COLS == 0);
    assert(k.panels == 1 || (rows.to - rows.from) % 32 == 0); /* v512_pass */
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

/* ---- two panels abreast ---------------------------------------------------------------------- */

/* Chunks of a block of either panel, or of one of its halves, into the sums of all tokens. */
static ALWAYS_INLINE void pair_ints(const V512Pass k, const uint8_t *const ints[2],
                                    const int8_t *q, const int half,
                                    __m512i c[2][V512_SKINNY_TOKENS]) {
    const int n = v512_has_halves(k.type) ? 4 : 8;
#pragma GCC unroll 8
    for (int j = half * n; j < half * n + n; j++) {
        const __m512i w0 = v512_chunk(k.type, ints[0], j), w1 = v512_chunk(k.type, ints[1], j);
#pragma GCC unroll 10
        for (int token = 0; token < k.tokens; token++) {
            const __m512i a = v512_bcast4(q + 32 * token + 4 * j);
            c[0][token] = _mm512_dpbusd_epi32(c[0][token], w0, a);
            c[1][token] = _mm512_dpbusd_epi32(c[1][token], w1, a);
        }
    }
}

/* Block i of either panel against every token. */
static ALWAYS_INLINE void pair_block(const V512Pass k, const FewAt at[2], int i, V512Sums t) {
    const KernLayout l = kern_layout_of(k.type);
    const int halves = v512_has_halves(k.type) ? 2 : 1;
    const size_t block = l.head_bytes + (size_t)i * l.block_bytes;
    const uint8_t *const ints[2] = {at[0].unit + block, at[1].unit + block};
    Scales512 s[2];
    for (int side = 0; side < 2; side++) {
        v512_ask(k, ints[side], l.block_bytes + (size_t)(l.head_bytes / SUPER_BLOCKS));
        s[side] = v512_scales(k.type, at[side].unit, i);
    }
#pragma GCC unroll 2
    for (int half = 0; half < halves; half++) {
        __m512i c[2][V512_SKINNY_TOKENS];
#pragma GCC unroll 10
        for (int token = 0; token < k.tokens; token++) {
            const int off = v512_off(k.type);
            c[0][token] = c[1][token] = v512_super_start(off, at->x + token, 2 * i + half);
        }
        pair_ints(k, ints, at->q + (size_t)i * at->next, half, c);
#pragma GCC unroll 20
        for (int z = 0; z < 2 * k.tokens; z++) {
            const int side = z & 1, token = z / 2;
            t[side][token] = v512_super_add(c[side][token], at->x + token, i, s[side].scale[half],
                                            t[side][token]);
        }
    }
}

/* 256 columns of two panels. */
static ALWAYS_INLINE void pair_unit(const V512Pass k, const FewAt at[2], V512Sums f) {
    V512Sums t;
    for (int side = 0; side < 2; side++) few_minima(k, &at[side], t[side]);
    for (int i = 0; i < SUPER_BLOCKS; i++) pair_block(k, at, i, t);
#pragma GCC unroll 20
    for (int z = 0; z < 2 * k.tokens; z++) {
        const int side = z & 1, token = z / 2;
        f[side][token] = v512_super_end(t[side][token], at->x + token, f[side][token]);
    }
}

/* All panels of rows, a whole number of times two. */
static ALWAYS_INLINE void pair_rows(const V512Pass k, const KernMatmul *job, V512Rows rows,
                                    int t0) {
    const KernLayout l = kern_layout_of(k.type);
    const KernAct *act = job->act;
    const size_t m = (size_t)act->m, panel_bytes = kern_panel_bytes(&l, act->cols);
    assert(act->cols % KERN_SUPER_COLS == 0 && (rows.to - rows.from) % 32 == 0); /* v512_pass */
    for (size_t row = rows.from; row < rows.to; row += 32) {
        const uint8_t *panel = (const uint8_t *)job->mat->data + row / 16 * panel_bytes;
        FewAt at = {panel, act->qk + 32 * (size_t)t0, 32 * m, act->super + t0};
        V512Sums f;
        v512_sums_begin(k, f);
        for (size_t i = 0; i < act->cols / KERN_SUPER_COLS; i++) {
            FewAt both[2] = {at, at};
            both[1].unit += panel_bytes;
            pair_unit(k, both, f);
            at.unit += kern_unit_bytes(&l);
            at.q += SUPER_BLOCKS * at.next;
            at.x += m;
        }
        v512_sums_store(k, job, t0, row, f);
    }
}

/* ---- functions of them ----------------------------------------------------------------------- */

#define FEW(type, name, tokens, panels, ahead)                                                     \
    static void name##_##type(const KernMatmul *job, V512Rows rows, int t0) {                      \
        const V512Pass k = {type, tokens, panels, ahead, v512_distance(rows)};                     \
        few_rows(k, job, rows, t0);                                                                \
    }
#define FEW_ALL(type) V512_PASS_DEFINE(FEW, type)
V512_SUPER_TYPES(FEW_ALL)

static const V512PassFns table[KERN_Q6_K + 1] = {V512_SUPER_TYPES(V512_PASS_LIST)};

#define PAIR(type, tokens)                                                                         \
    static void pair_##tokens##_##type(const KernMatmul *job, V512Rows rows, int t0) {             \
        const V512Pass k = {type, tokens, 2, 1, V512_NEAR};                                        \
        pair_rows(k, job, rows, t0);                                                               \
    }
#define PAIR_ALL(type) V512_ABREAST_DEFINE(PAIR, type)
V512_SUPER_TYPES(PAIR_ALL)

#define PAIR_LIST(type) V512_ABREAST_LIST(pair, type)
static const V512PassFn pairs[KERN_Q6_K + 1][V512_ABREAST_TOKENS] = {V512_SUPER_TYPES(PAIR_LIST)};

const V512PassFn *v512_abreast_k(KernType type) { return pairs[type]; }

void v512_skinny_k(const KernMatmul *job, V512Rows rows) {
    v512_passes(&table[job->mat->type], job, rows);
}
