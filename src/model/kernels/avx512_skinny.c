/*
 * The product of 1 to 10 tokens a pass with VNNI and int8 activations: avx512_skinny.h made into
 * functions, one per type and number of tokens. avx512_skinny_k.c has the K types.
 */
#include "model/kernels/avx512_skinny.h"

#define SKINNY_MANY(type, tokens) SKINNY_FN(type, tokens, tokens, false, true)
#define SKINNY_ALL(type)                                                                           \
    SKINNY_FN(type, 1, 1, false, false) SKINNY_FN(type, ahead, 1, false, true)                     \
    SKINNY_MANY(type, 2) SKINNY_MANY(type, 3) SKINNY_MANY(type, 4) SKINNY_MANY(type, 5)            \
    SKINNY_MANY(type, 6) SKINNY_MANY(type, 7) SKINNY_MANY(type, 8) SKINNY_MANY(type, 9)            \
    SKINNY_MANY(type, 10)
V512_BLOCK_TYPES(SKINNY_ALL)

/* By the number of tokens; 0: one token, asking ahead. */
#define SKINNY_ROW(type)                                                                           \
    [type] = {skinny_##type##_ahead, skinny_##type##_1, skinny_##type##_2, skinny_##type##_3,      \
              skinny_##type##_4, skinny_##type##_5, skinny_##type##_6, skinny_##type##_7,          \
              skinny_##type##_8, skinny_##type##_9, skinny_##type##_10},
static const SkinnyFn table[KERN_MXFP4 + 1][V512_SKINNY_TOKENS + 1] = {
    V512_BLOCK_TYPES(SKINNY_ROW)};

void v512_skinny(const KernMatmul *job, V512Rows rows) {
    const int m = job->act->m, passes = (m + V512_SKINNY_TOKENS - 1) / V512_SKINNY_TOKENS;
    for (int pass = 0; pass < passes; pass++) {
        int t = m * pass / passes, n = m * (pass + 1) / passes - t;
        table[job->mat->type][n == 1 && rows.ahead ? 0 : n](job, rows, t);
    }
}
