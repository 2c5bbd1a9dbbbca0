/*
 * The body of scales.h: where each block format keeps its floats.
 *
 * Integer codes cannot be wrong; only the floating-point fields of a block can hold Inf or NaN.
 * One table says where they are: up to two float16 per block, or an exponent byte (MXFP4, where
 * 255 means NaN), or the whole block when the format is plain floats. Layouts: ggml-common.h of
 * the ggml project, block_q4_0 and following.
 */
#include "model/scales.h"

#include <assert.h>

typedef struct ScalePlace {
    KernType type;
    int n_half;     /* float16 fields */
    int half_at[2]; /* byte offsets in the block */
} ScalePlace;

/* A row: the type, how many float16 fields a block has, and where. K types keep theirs behind or
   before the integers. */
static const ScalePlace places[] = {
    {KERN_F16, 1, {0}},          {KERN_Q4_0, 1, {0}},          {KERN_Q4_1, 2, {0, 2}},
    {KERN_Q5_0, 1, {0}},         {KERN_Q5_1, 2, {0, 2}},       {KERN_Q8_0, 1, {0}},
    {KERN_Q2_K, 2, {80, 82}},    {KERN_Q3_K, 1, {108}},        {KERN_Q4_K, 2, {0, 2}},
    {KERN_Q5_K, 2, {0, 2}},      {KERN_Q6_K, 1, {208}},        {KERN_IQ4_NL, 1, {0}},
};

/* Little-endian: the second byte of a float16 has the exponent. */
static bool halves_finite(const ScalePlace *p, const uint8_t *bytes, size_t n, size_t block) {
    assert((size_t)p->half_at[p->n_half - 1] + 2 <= block);
    for (size_t i = 0; i < n; i++, bytes += block) {
        for (int j = 0; j < p->n_half; j++) {
            unsigned high = bytes[p->half_at[j] + 1];
            if ((high & 0x7C) == 0x7C) return false; /* exponent all ones */
        }
    }
    return true;
}

static bool words_finite(const uint8_t *bytes, size_t n, size_t size) {
    for (size_t i = 0; i < n; i++, bytes += size) {
        unsigned exponent = (unsigned)(bytes[size - 1] & 0x7F) << 1 | bytes[size - 2] >> 7;
        if (exponent == 0xFF) return false; /* float32 and bfloat16 alike */
    }
    return true;
}

bool scales_finite(KernType type, const uint8_t *bytes, size_t n_blocks) {
    if (type == KERN_F32) return words_finite(bytes, n_blocks, 4);
    if (type == KERN_BF16) return words_finite(bytes, n_blocks, 2);
    size_t block = kern_row_bytes(type, kern_type_block_cols(type));
    if (type == KERN_MXFP4) {
        for (size_t i = 0; i < n_blocks; i++) {
            if (bytes[i * block] == 0xFF) return false;
        }
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        if (places[i].type == type) return halves_finite(&places[i], bytes, n_blocks, block);
    }
    return false; /* a type without a row here was never checked */
}
