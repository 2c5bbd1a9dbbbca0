/*
 * The product of 1 to 4 tokens with 16-bit activations: decode on AMX machines, with the numbers
 * that amx_small.c has for 5 to 16. avx512_skinny.h made into functions. More than four tokens
 * take several passes.
 */
#include "model/kernels/avx512_skinny.h"

#define FEW(type, tokens)                                                                          \
    static void few_##type##_##tokens(const KernMatmul *job, V512Rows rows, int t0) {              \
        const Skinny k = {{type, tokens, 1, true, V512_PASS_AHEAD}, true};                         \
        skinny_rows(k, job, rows, t0);                                                             \
    }
#define FEW_ALL(type) FEW(type, 1) FEW(type, 2) FEW(type, 3) FEW(type, 4)
V512_INT_TYPES(FEW_ALL)

#define FEW_ROW(type) [type] = {few_##type##_1, few_##type##_2, few_##type##_3, few_##type##_4},
static const V512PassFn table[KERN_MXFP4 + 1][4] = {V512_INT_TYPES(FEW_ROW)};

void amx_matmul_few(const KernMatmul *job, V512Rows rows) {
    const int m = job->act->m;
    for (int t = 0; t < m; t += 4) table[job->mat->type][(m - t < 4 ? m - t : 4) - 1](job, rows, t);
}
