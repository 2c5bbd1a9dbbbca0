/*
 * How each tensor type looks in GGUF files and in packed panels. Shared by all kernels, private to
 * this room.
 *
 * A panel holds 16 rows. It is a sequence of units; a unit covers 32 columns (legacy types) or 256
 * (K types) and is a head with the scales, then one block of integers per 32 columns. Integers are
 * unsigned ("u"); what they stand for is said by the style:
 *
 *   style          value                              head of a unit (16 rows side by side)
 *   STYLE_D        d * (u - off)                      f16 d[16]
 *   STYLE_DM       d * u + m                          f16 d[16], f16 m[16]
 *   STYLE_K        d * sc * u - dmin * mn             f16 d[16], f16 dmin[16], then per block of 32
 *                                                     u8 sc[16], u8 mn[16]
 *   STYLE_K16      d * sc * (u - off)                 f16 d[16], then per block i8 sc[2][16]: one
 *                                                     for columns 0..15, one for 16..31
 *   STYLE_K16M     d * sc * u - dmin * mn             f16 d[16], f16 dmin[16], then per block
 *                                                     u8 sc|mn<<4 [2][16]
 *   STYLE_CODE     d * (code[u])                      f16 d[16] (IQ4_NL) or u8 exponent[16] (MXFP4)
 *   STYLE_FLOAT    the number itself                  none; block is [32][16] numbers
 *
 * Integers of a block: chunk c (0..7) holds columns 4c..4c+3; byte 4*row + column%4 of a chunk.
 * By bit planes, each a whole number of 64-byte vectors:
 *
 *   4-bit plane  256 bytes  chunk c in vector c&3, low nibble for c < 4, high nibble for c >= 4
 *   2-bit plane  128 bytes  chunk c in vector c&1, at bit 2*(c>>1)
 *   1-bit plane   64 bytes  chunk c at bit c
 *   8-bit plane  512 bytes  chunk c is vector c
 *
 *   bits 2: [2]   3: [2][1]   4: [4]   5: [4][1]   6: [4][2]   8: [8]   (in that order in memory)
 *
 * Source of the GGUF block formats: the ggml project's public format description (ggml-common.h,
 * ggml-quants.c of llama.cpp), read for facts; MXFP4: OCP Microscaling Formats v1.0.
 *
 * Drawn, a panel of Q4_K with 512 columns, its first unit, and where weight (row 5, column 70)
 * lies:
 *
 *     panel  | unit, columns 0..255              | unit, columns 256..511 |   2 x 2,368 bytes
 *     unit   | d 32 | dmin 32 | 8 x (sc 16, mn 16) | block 0 | block 1 | ... | block 7 |
 *              0      32        64                 320       576             2,112   2,368
 *     block 2 begins at 320 + 2 * 256 = 832; column 70 is k = 6 in it: chunk 6 / 4 = 1,
 *     byte 4 * 5 + 6 % 4 = 22 of it; vector 1 & 3 = 1, low nibble: byte 832 + 64 + 22 = 918
 *
 * That is 4.625 bits a weight where the file has 4.5: scales of 6 bits take a byte each.
 */
#ifndef HEARTH_MODEL_KERNELS_LAYOUT_H
#define HEARTH_MODEL_KERNELS_LAYOUT_H

#include <string.h>

#include "model/kernels/kernels.h"

typedef enum KernStyle {
    STYLE_FLOAT,
    STYLE_D,
    STYLE_DM,
    STYLE_K,
    STYLE_K16,
    STYLE_K16M,
    STYLE_CODE
} KernStyle;

typedef struct KernLayout {
    const char *name;
    uint16_t file_cols;   /* columns of a GGUF block */
    uint16_t file_bytes;  /* bytes of a GGUF block */
    uint16_t unit_cols;   /* columns of a packed unit: 32 or 256 */
    uint16_t head_bytes;  /* of a packed unit */
    uint16_t block_bytes; /* integers of 32 columns x 16 rows */
    uint8_t bits;         /* of u; 16 or 32 for floats */
    uint8_t off;
    uint8_t style; /* KernStyle */
} KernLayout;

/* X(type, name, file cols, file bytes, unit cols, head, block, bits, off, style) */
#define KERN_LAYOUTS(X)                                                                            \
    X(KERN_F32, "F32", 1, 4, 32, 0, 2048, 32, 0, STYLE_FLOAT)                                      \
    X(KERN_F16, "F16", 1, 2, 32, 0, 1024, 16, 0, STYLE_FLOAT)                                      \
    X(KERN_BF16, "BF16", 1, 2, 32, 0, 1024, 16, 0, STYLE_FLOAT)                                    \
    X(KERN_Q4_0, "Q4_0", 32, 18, 32, 32, 256, 4, 8, STYLE_D)                                       \
    X(KERN_Q4_1, "Q4_1", 32, 20, 32, 64, 256, 4, 0, STYLE_DM)                                      \
    X(KERN_Q5_0, "Q5_0", 32, 22, 32, 32, 320, 5, 16, STYLE_D)                                      \
    X(KERN_Q5_1, "Q5_1", 32, 24, 32, 64, 320, 5, 0, STYLE_DM)                                      \
    X(KERN_Q8_0, "Q8_0", 32, 34, 32, 32, 512, 8, 128, STYLE_D)                                     \
    X(KERN_Q2_K, "Q2_K", 256, 84, 256, 320, 128, 2, 0, STYLE_K16M)                                 \
    X(KERN_Q3_K, "Q3_K", 256, 110, 256, 288, 192, 3, 4, STYLE_K16)                                 \
    X(KERN_Q4_K, "Q4_K", 256, 144, 256, 320, 256, 4, 0, STYLE_K)                                   \
    X(KERN_Q5_K, "Q5_K", 256, 176, 256, 320, 320, 5, 0, STYLE_K)                                   \
    X(KERN_Q6_K, "Q6_K", 256, 210, 256, 288, 384, 6, 32, STYLE_K16)                                \
    X(KERN_IQ4_NL, "IQ4_NL", 32, 18, 32, 32, 256, 4, 0, STYLE_CODE)                                \
    X(KERN_MXFP4, "MXFP4", 32, 17, 32, 16, 256, 4, 0, STYLE_CODE)

/* The layout of a type known at compile time: folds to constants. */
static ALWAYS_INLINE KernLayout kern_layout_of(KernType type) {
    switch (type) {
#define KERN_CASE(t, name, fc, fb, uc, head, block, bits, off, style)                              \
    case t: return (KernLayout){name, fc, fb, uc, head, block, bits, off, style};
        KERN_LAYOUTS(KERN_CASE)
#undef KERN_CASE
    }
    return (KernLayout){0};
}

/* NULL for unknown types. */
const KernLayout *kern_layout(KernType type);

/* Bytes of one packed unit of 16 rows: its head and its blocks. */
static inline size_t kern_unit_bytes(const KernLayout *l) {
    return l->head_bytes + (size_t)l->block_bytes * (l->unit_cols / 32u);
}

/* Bytes of one panel. Float types round cols up to 32 and pad with zeros. */
static inline size_t kern_panel_bytes(const KernLayout *l, size_t cols) {
    return (cols + l->unit_cols - 1) / l->unit_cols * kern_unit_bytes(l);
}

/* Values of the 4-bit code books; MXFP4's are doubled so that they are whole (scale is halved). */
extern const int8_t kern_code_iq4nl[16];
extern const int8_t kern_code_mxfp4[16];

/* The bits of a float and back, without breaking aliasing rules. */
static inline uint32_t kern_bits_of(float f) {
    uint32_t u;
    memcpy(&u, &f, 4);
    return u;
}

static inline float kern_from_bits(uint32_t u) {
    float f;
    memcpy(&f, &u, 4);
    return f;
}

/* Two bytes from any address. */
static inline uint16_t kern_load16(const void *p) {
    uint16_t v;
    memcpy(&v, p, 2);
    return v;
}

static inline float kern_bf16_to_f32(uint16_t h) { return kern_from_bits((uint32_t)h << 16); }

/* Round to nearest even; NaN stays NaN. */
static inline uint16_t kern_f32_to_bf16(float f) {
    uint32_t u = kern_bits_of(f);
    if ((u & 0x7fffffffu) > 0x7f800000u) return (uint16_t)((u >> 16) | 0x40u);
    return (uint16_t)((u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
}

/*
 * The greatest int8 of a block of activations: 127 or 126. With either all values fit; kept is
 * what gives the smaller squared error. e: sum of the squares of 256 * (x / scale - q), in whole
 * numbers, for both. Errors of a block are a matter of luck; the better of two draws is 6 to 8 %
 * smaller on average.
 */
static inline float kern_act_top(const int32_t e[2]) {
    return (int64_t)e[1] * (127 * 127) < (int64_t)e[0] * (126 * 126) ? 126.0f : 127.0f;
}

/* IEEE binary16, exact. */
static inline float kern_f16_to_f32(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16, body = h & 0x7fffu;
    if (body >= 0x7c00u) return kern_from_bits(sign | 0x7f800000u | (body & 0x3ffu) << 13);
    if (body >= 0x400u) return kern_from_bits(sign | ((body << 13) + 0x38000000u));
    return kern_from_bits(kern_bits_of((float)body * 0x1p-24f) | sign);
}

/* Round to nearest even; overflow to infinity; subnormals kept. */
static inline uint16_t kern_f32_to_f16(float f) {
    uint32_t u = kern_bits_of(f), sign = (u >> 16) & 0x8000u, body = u & 0x7fffffffu;
    if (body > 0x7f800000u) return (uint16_t)(sign | 0x7e00u);
    if (body >= 0x477ff000u) return (uint16_t)(sign | 0x7c00u);
    if (body < 0x38800000u) { /* subnormal: adding 0.5 leaves the right bits at the bottom */
        float shifted = kern_from_bits(body) + 0.5f;
        return (uint16_t)(sign | (kern_bits_of(shifted) - 0x3f000000u));
    }
    uint32_t odd = (body >> 13) & 1u;
    return (uint16_t)(sign | ((body - 0x38000000u + 0xfffu + odd) >> 13));
}

/* MXFP4 scale of doubled codes: 2^(e - 127) / 2; e = 255 (NaN in the standard) reads as 2^127. */
static inline float kern_e8m0_half(uint8_t e) {
    if (e < 2) return kern_from_bits(e == 0 ? 0x00200000u : 0x00400000u);
    return kern_from_bits((uint32_t)(e - 1) << 23);
}

/* The integer of (row, k) in a packed block of 32 columns; k in 0..31, row in 0..15. */
unsigned kern_block_get(unsigned bits, const uint8_t *block, unsigned row, unsigned k);

/* float16 scale or min of a row, widened. */
static inline float kern_load_f16(const uint8_t *p) { return kern_f16_to_f32(kern_load16(p)); }

#endif
