/*
 * The product of 1 to 10 tokens a pass with VNNI and int8 activations: avx512_skinny.h made into
 * functions, one per type and number of tokens. avx512_skinny_k.c has the K types.
 */
#include "model/kernels/avx512_skinny.h"

#define SKINNY_ALL(type)                                                                           \
    SKINNY_FN(type, 1, false) SKINNY_FN(type, 2, false) SKINNY_FN(type, 3, false)                  \
    SKINNY_FN(type, 4, false) SKINNY_FN(type, 5, false) SKINNY_FN(type, 6, false)                  \
    SKINNY_FN(type, 7, false) SKINNY_FN(type, 8, false) SKINNY_FN(type, 9, false)                  \
    SKINNY_FN(type, 10, false)
V512_BLOCK_TYPES(SKINNY_ALL)

#define SKINNY_ROW(type)                                                                           \
    [type] = {skinny_##type##_1, skinny_##type##_2, skinny_##type##_3, skinny_##type##_4,          \
              skinny_##type##_5, skinny_##type##_6, skinny_##type##_7, skinny_##type##_8,          \
              skinny_##type##_9, skinny_##type##_10},
static const SkinnyFn table[KERN_MXFP4 + 1][V512_SKINNY_TOKENS] = {V512_BLOCK_TYPES(SKINNY_ROW)};

void v512_skinny(const KernMatmul *job, V512Rows rows) {
    const int m = job->act->m, passes = (m + V512_SKINNY_TOKENS - 1) / V512_SKINNY_TOKENS;
    for (int pass = 0; pass < passes; pass++) {
        int t = m * pass / passes, end = m * (pass + 1) / passes;
        table[job->mat->type][end - t - 1](job, rows, t);
    }
}
