/*
 * The product of 1 to 10 tokens a pass with VNNI and int8 activations: avx512_skinny.h made into
 * functions (avx512_pass.h). avx512_skinny_k.c has the K types.
 */
#include "model/kernels/avx512_skinny.h"

#define SKINNY(type, name, tokens, panels, ahead)                                                  \
    static void name##_##type(const KernMatmul *job, V512Rows rows, int t0) {                      \
        const Skinny k = {{type, tokens, panels, ahead, v512_distance(rows)}, false};              \
        skinny_rows(k, job, rows, t0);                                                             \
    }
#define SKINNY_ALL(type) V512_PASS_DEFINE(SKINNY, type)
V512_BLOCK_TYPES(SKINNY_ALL)

static const V512PassFns table[KERN_MXFP4 + 1] = {V512_BLOCK_TYPES(V512_PASS_LIST)};

void v512_skinny(const KernMatmul *job, V512Rows rows) {
    v512_passes(&table[job->mat->type], job, rows);
}
