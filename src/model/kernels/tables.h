/* The tables of the fast instruction sets, each in its own library. Private to this room. */
#ifndef HEARTH_MODEL_KERNELS_TABLES_H
#define HEARTH_MODEL_KERNELS_TABLES_H

#include "model/kernels/kernels.h"

extern const Kernels kern_avx2, kern_avxvnni, kern_avxvnni_twin, kern_avx512, kern_avx512_bf16,
    kern_avx512_ahead, kern_avx512_bf16_ahead, kern_avx512_twice, kern_avx512_bf16_twice, kern_amx,
    kern_neon, kern_neon_i8mm;

#endif
