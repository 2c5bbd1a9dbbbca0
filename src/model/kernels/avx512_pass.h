/*
 * How the products for few tokens (avx512_skinny.h, avx512_skinny_k.c) go over packed weights: how
 * many panels at a time, and whether they ask for weights before they need them. Both change only
 * when bytes are read, never what is computed: each row keeps its own sum, in column order.
 *
 * Two panels. The activations of a pass are read again with every panel. Where a panel is long they
 * do not survive it in the first-level cache (a panel of 83 KB evicts the 14 KB that 8960 columns
 * have), and then their misses take the places of misses for weights. Two panels that take turns,
 * 256 columns each, read them half as often. Measured on Zen 4, one thread, GB/s of packed weights,
 * one panel -> two, at 8960 columns: Q4_K 22 -> 27, Q6_K 19 -> 26 (a plain read 30); at 3584
 * columns 24 -> 21 and 19 -> 22; at 1536 columns 29 -> 15, because there the hardware has to find
 * two new streams every few pages. So it is long panels (V512_LONG_PANEL) that go by twos.
 *
 * Asking ahead (software prefetch). A panel is one forward stream. On Zen 4 the hardware alone
 * reads it at memory speed for up to three tokens, and a prefetch of what is 1 to 8 KiB ahead
 * costs up to a quarter of that; from five tokens on a block takes so long that the hardware falls
 * behind, and 8 tokens are 1.5 times as fast with a prefetch (1.5 to 6 KiB ahead are alike). On an
 * Intel server the stream stopped at each 4 KiB page: without a prefetch a core reached half of
 * what it can read. So few tokens have both functions, and a measurement says which
 * (model/choose.c: tables "avx512" and "avx512-ahead"). It may touch lines past the end of the
 * matrix, which is harmless.
 *
 * Far ahead (V512Rows.ahead, "avx512-ahead"). Zen 5 has the bandwidth for 8 KiB: one thread, GB/s
 * of packed weights, 3 KiB ahead and panels of 40 KB and more by twos -> 8 KiB ahead, one panel at
 * a time: Q4_K at 1536 columns 35 -> 40, at 8960 35 -> 40; Q6_K 32 -> 40 and 37 -> 37; Q8_0 at 1536
 * columns 32 -> 32, at 4864 36 -> 38, Q4_0 28 -> 31 and 30 -> 39; eight tokens 18 -> 23 (Q4_K),
 * 21 -> 30 (Q8_0). Q8_0 and Q4_0 at 8960 columns lose: 35 -> 33 and 33 -> 29. 6 KiB is less, 12 KiB
 * no more. A panel alone (model/head.c) asks for nothing: what follows it is not wanted.
 *
 * Twice (V512Rows.twice, "avx512-twice"). What is asked for into the first level waits for one of
 * its few places, 16 on an Intel server, where the second level has 48. So there the memory is
 * asked 8 KiB ahead into the second level, and the second level 2 KiB ahead into the first. One
 * thread of a shared Emerald Rapids, GB/s of packed weights by a thread's processor time, medians
 * of pieces of 3 MiB in turns, once -> twice: Q4_K at 1536 columns 11.6 -> 12.3, at 8960 12.2 ->
 * 13.0, Q6_K 11.8 -> 13.5, Q4_0 at 576 11.8 -> 13.7; a plain read 15. With four tokens it is no
 * longer memory that they wait for: Q4_K 10.0 -> 9.9, Q6_K 9.8 -> 9.5, Q8_0 10.6 -> 11.3.
 *
 * Abreast. From five tokens on "avx512-ahead" multiplies two panels of 4 and 5 bits side by side
 * (avx512_abreast.c), where both lie in the first cache level together (V512_SHORT_PANEL), and
 * "avx512-twice" two panels of any length, of K types as well (avx512_skinny_k.c).
 *
 * Private to the files named above.
 */
#ifndef HEARTH_MODEL_KERNELS_AVX512_PASS_H
#define HEARTH_MODEL_KERNELS_AVX512_PASS_H

#include <assert.h>

#include "model/kernels/avx512_matmul.h"

enum {
    V512_PANELS = 2,           /* at a time, at most */
    V512_PAIR_TOKENS = 6,      /* more tokens gain nothing by two panels */
    V512_TWICE_TOKENS = 2,     /* more tokens gain nothing by asking twice */
    V512_QUIET_TOKENS = 4,     /* more tokens always ask ahead */
    V512_ABREAST_TOKENS = V512_SKINNY_TOKENS - V512_QUIET_TOKENS,
    V512_LONG_PANEL = 40 << 10, /* bytes */
    V512_SHORT_PANEL = 20 << 10, /* bytes, for two side by side */
    V512_TURN_COLS = 256,      /* of a panel, before the other one has its turn */
    V512_NEAR = 2048,          /* bytes ahead, into the first level */
    V512_PASS_AHEAD = 3072     /* bytes, where the table does not say another distance */
};

/* What is known at compile time. */
typedef struct V512Pass {
    KernType type;
    int tokens; /* 1..V512_SKINNY_TOKENS */
    int panels; /* 1, 2 */
    int ahead;  /* how often it asks for weights before they are needed, 0 to 2: */
    size_t distance; /* so many bytes; the one that is known only when the function runs */
} V512Pass;

_Static_assert((int)V512_QUIET_TOKENS <= (int)V512_PAIR_TOKENS &&
                   (int)V512_PAIR_TOKENS <= (int)V512_SKINNY_TOKENS,
               "lengths of the lists below");
_Static_assert((int)V512_TURN_COLS % (int)KERN_SUPER_COLS == 0, "a turn is whole units");

/* Sums of a pass: a vector has those of a panel's 16 rows. */
typedef __m512 V512Sums[V512_PANELS][V512_SKINNY_TOKENS];

/* Bytes ahead that a pass over these rows asks for. */
static ALWAYS_INLINE size_t v512_distance(V512Rows rows) {
    return rows.ahead ? rows.ahead : V512_PASS_AHEAD;
}

/* Asks for the n_bytes that lie k.distance behind p, by cache lines, into the first level; who asks
   twice, into the second, and for those that lie V512_NEAR behind p into the first. */
static ALWAYS_INLINE void v512_ask(const V512Pass k, const uint8_t *p, const size_t n_bytes) {
    const char *at = (const char *)p + k.distance;
#pragma GCC unroll 16
    for (size_t z = 0; z < n_bytes; z += 64) {
        if (k.ahead == 2) _mm_prefetch(at + z, _MM_HINT_T1);
        else _mm_prefetch(at + z, _MM_HINT_T0);
    }
    if (k.ahead != 2) return;
    at = (const char *)p + V512_NEAR;
#pragma GCC unroll 16
    for (size_t z = 0; z < n_bytes; z += 64) _mm_prefetch(at + z, _MM_HINT_T0);
}

/* Sums of a pass start at zero: a pass sees all columns, and nothing waits in y. */
static ALWAYS_INLINE void v512_sums_begin(const V512Pass k, V512Sums f) {
    for (int p = 0; p < k.panels; p++) {
        for (int t = 0; t < k.tokens; t++) f[p][t] = _mm512_setzero_ps();
    }
}

/* Sums of tokens t0.. and of one panel, or two, into y; rows past the matrix's end are masked
   off. */
static ALWAYS_INLINE void v512_sums_store(const V512Pass k, const KernMatmul *job, int t0,
                                          size_t row, V512Sums f) {
    for (int p = 0; p < k.panels; p++) {
        for (int t = 0; t < k.tokens; t++) {
            v512_store_rows(job, t0 + t, row + 16 * (size_t)p, f[p][t]);
        }
    }
}

/* Tokens t0.. of some rows: a whole number of times k.panels panels. */
typedef void (*V512PassFn)(const KernMatmul *job, V512Rows rows, int t0);

/* The functions of a type: by panels, then asking ahead or not, by tokens. Two panels, which are
   long, ask from V512_QUIET_TOKENS tokens on. */
typedef struct V512PassFns {
    V512PassFn one[V512_QUIET_TOKENS], one_ahead[V512_SKINNY_TOKENS];
    V512PassFn one_twice[V512_TWICE_TOKENS];
    V512PassFn two[V512_PAIR_TOKENS];
} V512PassFns;

/* Two panels side by side for each number of tokens above V512_QUIET_TOKENS, rows as V512PassFn
   says; NULL where that gains nothing (avx512_abreast.c). panel: bytes of one. */
const V512PassFn *v512_abreast(KernType type, V512Rows rows, size_t panel);
/* The same of K types (avx512_skinny_k.c). */
const V512PassFn *v512_abreast_k(KernType type);

/* DEFINE(type, tokens) defines name_TOKENS_TYPE; LIST is a row of a table of them. */
#define V512_ABREAST_DEFINE(DEFINE, type)                                                          \
    DEFINE(type, 5) DEFINE(type, 6) DEFINE(type, 7) DEFINE(type, 8) DEFINE(type, 9) DEFINE(type, 10)
#define V512_ABREAST_LIST(name, type)                                                              \
    [type] = {name##_5_##type, name##_6_##type, name##_7_##type,                                   \
              name##_8_##type, name##_9_##type, name##_10_##type},

/* DEFINE(type, name, tokens, panels, ahead) defines name_TYPE; LIST makes a V512PassFns of them. */
#define V512_PASS_DEFINE(DEFINE, type)                                                             \
    DEFINE(type, one_1, 1, 1, 0) DEFINE(type, one_2, 2, 1, 0)                                      \
    DEFINE(type, one_3, 3, 1, 0) DEFINE(type, one_4, 4, 1, 0)                                      \
    DEFINE(type, one_ahead_1, 1, 1, 1) DEFINE(type, one_ahead_2, 2, 1, 1)                          \
    DEFINE(type, one_ahead_3, 3, 1, 1) DEFINE(type, one_ahead_4, 4, 1, 1)                          \
    DEFINE(type, one_ahead_5, 5, 1, 1) DEFINE(type, one_ahead_6, 6, 1, 1)                          \
    DEFINE(type, one_ahead_7, 7, 1, 1) DEFINE(type, one_ahead_8, 8, 1, 1)                          \
    DEFINE(type, one_ahead_9, 9, 1, 1) DEFINE(type, one_ahead_10, 10, 1, 1)                        \
    DEFINE(type, one_twice_1, 1, 1, 2) DEFINE(type, one_twice_2, 2, 1, 2)                          \
    DEFINE(type, two_1, 1, 2, 0) DEFINE(type, two_2, 2, 2, 0)                                      \
    DEFINE(type, two_3, 3, 2, 0) DEFINE(type, two_4, 4, 2, 1)                                      \
    DEFINE(type, two_5, 5, 2, 1) DEFINE(type, two_6, 6, 2, 1)
#define V512_PASS_LIST(type)                                                                       \
    [type] = {{one_1_##type, one_2_##type, one_3_##type, one_4_##type},                            \
              {one_ahead_1_##type, one_ahead_2_##type, one_ahead_3_##type, one_ahead_4_##type,     \
               one_ahead_5_##type, one_ahead_6_##type, one_ahead_7_##type, one_ahead_8_##type,     \
               one_ahead_9_##type, one_ahead_10_##type},                                           \
              {one_twice_1_##type, one_twice_2_##type},                                            \
              {two_1_##type, two_2_##type, two_3_##type, two_4_##type, two_5_##type,               \
               two_6_##type}},

/* n tokens from t0 on, by the functions that suit the matrix. */
static inline void v512_pass(const V512PassFns *fns, const KernMatmul *job, V512Rows rows, int t0,
                             int n) {
    const KernMat *mat = job->mat;
    assert(0 <= t0 && 1 <= n && n <= V512_SKINNY_TOKENS && t0 + n <= job->act->m);
    const size_t panel = kern_packed_bytes(mat->type, 16, mat->cols);
    const bool pairs = !rows.ahead && n <= V512_PAIR_TOKENS && panel >= V512_LONG_PANEL;
    const bool lone = n <= V512_QUIET_TOKENS && rows.to - rows.from <= 16;
    const bool many = n > V512_QUIET_TOKENS;
    const bool ahead = (rows.ahead || many || (pairs && n == V512_QUIET_TOKENS)) && !lone;
    const V512PassFn *abreast = many ? v512_abreast(mat->type, rows, panel) : NULL;
    V512Rows twos = rows;
    twos.to = pairs || abreast ? rows.to - (rows.to - rows.from) % 32 : rows.from;
    if (twos.from < twos.to && abreast) abreast[n - V512_QUIET_TOKENS - 1](job, twos, t0);
    else if (twos.from < twos.to) fns->two[n - 1](job, twos, t0);
    assert(twos.to <= rows.to && (rows.to - twos.to < 32 || twos.to == rows.from));
    rows.from = twos.to;
    const bool twice = rows.twice && n <= V512_TWICE_TOKENS;
    const V512PassFn *one = !ahead ? fns->one : twice ? fns->one_twice : fns->one_ahead;
    if (rows.from < rows.to) one[n - 1](job, rows, t0);
}

/* All tokens, in as few passes as there can be, of about the same length. */
static inline void v512_passes(const V512PassFns *fns, const KernMatmul *job, V512Rows rows) {
    const int m = job->act->m, passes = (m + V512_SKINNY_TOKENS - 1) / V512_SKINNY_TOKENS;
    for (int pass = 0; pass < passes; pass++) {
        const int t = m * pass / passes;
        v512_pass(fns, job, rows, t, m * (pass + 1) / passes - t);
    }
}

#endif
