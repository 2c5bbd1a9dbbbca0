/*
 * The NEON table: wide.h with 16-byte vectors, 4 rows at a time, and the dot product instruction
 * (sdot, Armv8.2 FEAT_DotProd). Weights have at most 7 bits or are signed, so sdot serves all.
 *
 * Source: Arm C Language Extensions, Advanced SIMD.
 */
#include <arm_neon.h>

#define WIDE_BYTES 16
#include "model/kernels/wide.h"
#include "model/kernels/tables.h"

static ALWAYS_INLINE f32v wide_load_f16(const uint16_t *p) {
    return (f32v)vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
}

static ALWAYS_INLINE void wide_store_f16(uint16_t *p, f32v v) {
    vst1_u16(p, vreinterpret_u16_f16(vcvt_f16_f32((float32x4_t)v)));
}

static ALWAYS_INLINE i32v wide_dot4(i32v c, u8v w, int32_t four, const bool is_signed) {
    (void)is_signed;
    return (i32v)vdotq_s32((int32x4_t)c, (int8x16_t)w, vreinterpretq_s8_s32(vdupq_n_s32(four)));
}

static ALWAYS_INLINE u8v wide_lookup(const int8_t *code, u8v index) {
    return (u8v)vqtbl1q_s8(vld1q_s8(code), (uint8x16_t)index);
}

#include "model/kernels/wide_ops.h"
#include "model/kernels/wide_attn.h"
#include "model/kernels/wide_matmul.h"

const Kernels kern_neon = {.name = "neon", WIDE_TABLE};
