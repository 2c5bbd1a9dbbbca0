/*
 * The product of five to ten tokens a pass with two panels abreast, straight from packed weights of
 * 4 and 5 bits with a scale per 32 columns: what the table "avx512-ahead" does with a handful of
 * users, or with guesses to be verified.
 *
 * One panel at a time (avx512_skinny.h) takes the activations of every token from memory for each
 * vpdpbusd; Zen 5 multiplies two vectors in a clock and loads two, so that it waits for loads. Here
 * a chunk of four columns of either panel lies in a register, and each activation that is loaded
 * meets both: half as many loads. Ten tokens have 20 integer sums; with two chunks, the activation
 * and a mask they fill 24 of 32 registers. Floats wait in the first cache level where they must.
 *
 * Chunks are unpacked one by one, in order: sums over a block are exact in any order. What is added
 * in float, and when, is as everywhere (avx512_matmul.h), so that rows have the same bytes here as
 * one panel at a time.
 *
 * Two panels are two streams, and memory gives less to two than to one. So what is asked for ahead
 * is the next pair from end to end (pair_at). Q4_0 of 1536 columns from memory, one thread of Zen
 * 5, GOPS with 6 and 8 tokens: one panel 663 and 677, abreast and asked for side by side 661 and
 * 712, in one stream 731 and 715 (from the caches 680 and 740 at 8). It is asked for a pair ahead,
 * so that panels must be short: with 8960 columns as well, a 1.5B's passes of eight tokens became 6
 * to 10 % slower, without them 5 to 17 % faster (processor time of the products). Up to four tokens
 * memory is what takes the time, and two panels lose: 421 -> 370, 560 -> 500. So do 8-bit weights:
 * 435 -> 390 with six tokens. K types: avx512_skinny_k.c.
 *
 * The table "avx512-twice" asks for what is near in either panel instead, and takes long panels,
 * too. One thread of an Emerald Rapids, from memory, GOPS with 5 and 8 tokens, two runs each: Q4_0
 * of 1536 columns 184, 216 and 294, 306 -> 215, 229 and 307, 324, of 8960 (before: one panel at a
 * time) 203, 193 and 296, 274 -> 255, 258 and 384, 353; Q5_0 of 8960 184, 167 and 245, 238 -> 193,
 * 177 and 314, 308, of 1536 the same.
 */
#include "model/kernels/avx512_pass.h"

/* What is known at compile time. */
typedef struct Abreast {
    KernType type;
    int tokens;
} Abreast;

/* Integer sums of a block. */
typedef __m512i PairInts[2][V512_SKINNY_TOKENS];

/* Two panels, and how far a pass has come in them. */
typedef struct Pair {
    const uint8_t *unit[2]; /* of either panel */
    const char *ask[2];     /* weights to come */
    size_t step;            /* from unit to unit, of ask */
    const int8_t *q;        /* of the first token */
    const KernActBlock *b;
} Pair;

/* Asks for as much as two units are. */
static ALWAYS_INLINE void pair_ask(Pair *p, const size_t n_bytes) {
    for (int side = 0; side < 2; side++) {
#pragma GCC unroll 16
        for (size_t z = 0; z < n_bytes; z += 64) _mm_prefetch(p->ask[side] + z, _MM_HINT_T0);
        p->ask[side] += p->step;
    }
}

/* c + the eight chunks of a block of either panel against all tokens. */
static ALWAYS_INLINE void pair_ints(const Abreast k, const Pair *p, PairInts c) {
    const size_t head = kern_layout_of(k.type).head_bytes;
#pragma GCC unroll 8
    for (int j = 0; j < 8; j++) {
        const __m512i w0 = v512_chunk(k.type, p->unit[0] + head, j);
        const __m512i w1 = v512_chunk(k.type, p->unit[1] + head, j);
#pragma GCC unroll 10
        for (int t = 0; t < k.tokens; t++) {
            const __m512i a = v512_bcast4(p->q + 32 * t + 4 * j);
            c[0][t] = _mm512_dpbusd_epi32(c[0][t], w0, a);
            c[1][t] = _mm512_dpbusd_epi32(c[1][t], w1, a);
        }
    }
}

/* A block of 32 columns. */
static ALWAYS_INLINE void pair_unit(const Abreast k, Pair *p, V512Sums f) {
    const KernLayout l = kern_layout_of(k.type);
    const V512Family fam = v512_family(k.type);
    PairInts c;
    pair_ask(p, kern_unit_bytes(&l));
#pragma GCC unroll 10
    for (int t = 0; t < k.tokens; t++) {
        c[0][t] = c[1][t] = v512_start_biased(v512_off(k.type), p->b + t);
    }
    pair_ints(k, p, c);
#pragma GCC unroll 2
    for (int side = 0; side < 2; side++) {
        const Scales512 u = v512_scales(k.type, p->unit[side], 0);
        const Biased512 s = {u.scale[0], v512_below(u.scale[0]), u.shift[0]};
#pragma GCC unroll 10
        for (int t = 0; t < k.tokens; t++) {
            f[side][t] = v512_add_biased(fam, &s, c[side][t], p->b + t, f[side][t]);
        }
    }
}

/* ---- the product ----------------------------------------------------------------------------- */

/* Two panels from `row` on. Near: each asks for itself; far: for the next pair from one end to the
   other, one stream of memory although two panels are read side by side. */
static ALWAYS_INLINE Pair pair_at(const Abreast k, const KernMatmul *job, size_t row, bool near) {
    const KernLayout l = kern_layout_of(k.type);
    const size_t bytes = kern_panel_bytes(&l, job->act->cols), unit = kern_unit_bytes(&l);
    Pair p = {.step = near ? unit : 2 * unit};
    p.unit[0] = (const uint8_t *)job->mat->data + row / 16 * bytes;
    p.unit[1] = p.unit[0] + bytes;
    p.ask[0] = (const char *)p.unit[0] + (near ? V512_NEAR : 2 * bytes);
    p.ask[1] = near ? (const char *)p.unit[1] + V512_NEAR : p.ask[0] + unit;
    return p;
}

/* Rows are a whole number of times two panels. */
static ALWAYS_INLINE void abreast_rows(const Abreast k, const KernMatmul *job, V512Rows rows,
                                       int t0) {
    const KernLayout l = kern_layout_of(k.type);
    const V512Pass pass = {k.type, k.tokens, 2, 1, rows.ahead};
    const KernAct *act = job->act;
    const size_t m = (size_t)act->m, units = act->cols / l.unit_cols;
    assert((rows.to - rows.from) % 32 == 0); /* v512_pass */
    for (size_t row = rows.from; row < rows.to; row += 32) {
        Pair p = pair_at(k, job, row, rows.twice);
        V512Sums f;
        p.q = act->q + 32 * (size_t)t0;
        p.b = act->block + t0;
        v512_sums_begin(pass, f);
        for (size_t i = 0; i < units; i++) {
            pair_unit(k, &p, f);
            p.unit[0] += kern_unit_bytes(&l);
            p.unit[1] += kern_unit_bytes(&l);
            p.q += 32 * m;
            p.b += m;
        }
        v512_sums_store(pass, job, t0, row, f);
    }
}

#define ABREAST(type, tokens)                                                                      \
    static void abreast_##tokens##_##type(const KernMatmul *job, V512Rows rows, int t0) {          \
        const Abreast k = {type, tokens};                                                          \
        abreast_rows(k, job, rows, t0);                                                            \
    }
#define ABREAST_ALL(type) V512_ABREAST_DEFINE(ABREAST, type)
V512_SMALL_TYPES(ABREAST_ALL)

#define ABREAST_LIST(type) V512_ABREAST_LIST(abreast, type)
static const V512PassFn table[KERN_MXFP4 + 1][V512_ABREAST_TOKENS] = {
    V512_SMALL_TYPES(ABREAST_LIST)};

const V512PassFn *v512_abreast(KernType type, V512Rows rows, size_t panel) {
    if (kern_layout(type)->unit_cols == KERN_SUPER_COLS) {
        return rows.twice ? v512_abreast_k(type) : NULL;
    }
    if (!rows.ahead || (!rows.twice && panel > V512_SHORT_PANEL)) return NULL;
    return (size_t)type < ARRAY_LEN(table) && table[type][0] ? table[type] : NULL;
}
