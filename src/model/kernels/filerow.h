/*
 * One block of a GGUF row as plain integers and raw scales: the meeting point of dequantising and
 * packing. Private to this room.
 */
#ifndef HEARTH_MODEL_KERNELS_FILEROW_H
#define HEARTH_MODEL_KERNELS_FILEROW_H

#include "model/kernels/layout.h"

typedef struct KernFileBlock {
    uint16_t d, m;   /* raw float16 (MXFP4: d is the exponent byte); m is dmin for K types */
    int8_t sc[16];   /* per 16 columns, K types */
    uint8_t mn[16];
    uint8_t u[256];  /* unsigned integers: 32 or 256 of them */
} KernFileBlock;

/* b: file_bytes bytes of a quantised type, any alignment. */
void kern_file_block(KernType type, const uint8_t *b, KernFileBlock *out);
/* The 32 or 256 exact values of a quantised block. */
void kern_block_values(KernType type, const KernFileBlock *b, float *out);

#endif
