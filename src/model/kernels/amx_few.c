/*
 * The product of 1 to 4 tokens with 16-bit activations: decode on AMX machines, with the numbers
 * that amx_small.c has for 5 to 16. avx512_skinny.h made into functions. More than four tokens
 * take several passes.
 */
#include "model/kernels/avx512_skinny.h"

#define FEW_ALL(type)                                                                              \
    SKINNY_FN(type, 1, 1, true, true) SKINNY_FN(type, 2, 2, true, true)                            \
    SKINNY_FN(type, 3, 3, true, true) SKINNY_FN(type, 4, 4, true, true)
V512_INT_TYPES(FEW_ALL)

#define FEW_ROW(type)                                                                              \
    [type] = {skinny_##type##_1, skinny_##type##_2, skinny_##type##_3, skinny_##type##_4},
static const SkinnyFn table[KERN_MXFP4 + 1][4] = {V512_INT_TYPES(FEW_ROW)};

void amx_matmul_few(const KernMatmul *job, V512Rows rows) {
    const int m = job->act->m;
    for (int t = 0; t < m; t += 4) table[job->mat->type][(m - t < 4 ? m - t : 4) - 1](job, rows, t);
}
