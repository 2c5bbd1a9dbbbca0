/*
 * The NEON tables: wide.h with 16-byte vectors, 4 rows at a time, and the dot product instruction
 * (sdot, Armv8.2 FEAT_DotProd). Weights have at most 7 bits or are signed, so sdot serves all.
 *
 * This file is compiled twice. The second time, with NEON_I8MM, several tokens are multiplied by
 * smmla (FEAT_I8MM, Armv8.6): two rows of eight columns by two tokens, 32 products in place of 16.
 * The same integers, so the same bytes. It was run by qemu alone: how fast it is on a machine, the
 * measurement at the first start says (model/choose.c).
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

#define WIDE_SIGNED 1

typedef i32v WideSum;

static ALWAYS_INLINE int wide_span(const int bits, const bool is_signed) {
    (void)bits;
    (void)is_signed;
    return 8;
}

static ALWAYS_INLINE WideSum wide_mac(WideSum s, u8v w, int32_t four, const bool is_signed) {
    (void)is_signed;
    return (i32v)vdotq_s32((int32x4_t)s, (int8x16_t)w, vreinterpretq_s8_s32(vdupq_n_s32(four)));
}

static ALWAYS_INLINE i32v wide_widen(i32v c, WideSum s) { return c + s; }

/* LANES bytes in the low half. */
static ALWAYS_INLINE uint8x8_t load_four(const uint8_t *p) {
    uint32_t four;
    memcpy(&four, p, 4);
    return vcreate_u8(four);
}

static ALWAYS_INLINE i32v wide_u8(const uint8_t *p) {
    return (i32v)vmovl_u16(vget_low_u16(vmovl_u8(load_four(p))));
}

static ALWAYS_INLINE i32v wide_s8(const uint8_t *p) {
    return (i32v)vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_u8(load_four(p)))));
}

/* To the nearest, ties to even. */
static ALWAYS_INLINE i32v wide_round(f32v v) { return (i32v)vcvtnq_s32_f32((float32x4_t)v); }

static ALWAYS_INLINE float wide_top(f32v v) { return vmaxvq_f32((float32x4_t)v); }
static ALWAYS_INLINE int32_t wide_total(i32v v) { return vaddvq_s32((int32x4_t)v); }

/* 32 numbers that fit into bytes. */
static ALWAYS_INLINE void wide_put_bytes(const i32v v[8], int8_t *q) {
    for (int i = 0; i < 4; i++) {
        int16x4_t a = vmovn_s32((int32x4_t)v[2 * i]), b = vmovn_s32((int32x4_t)v[2 * i + 1]);
        vst1_s8(q + 8 * i, vmovn_s16(vcombine_s16(a, b)));
    }
}

static ALWAYS_INLINE u8v wide_lookup(const int8_t *code, u8v index) {
    return (u8v)vqtbl1q_s8(vld1q_s8(code), (uint8x16_t)index);
}

#ifdef NEON_I8MM
#define WIDE_MMLA 1

static ALWAYS_INLINE void wide_by_rows(u8v *a, u8v *b) {
    const uint32x4_t x = (uint32x4_t)*a, y = (uint32x4_t)*b;
    *a = (u8v)vzip1q_u32(x, y);
    *b = (u8v)vzip2q_u32(x, y);
}

static ALWAYS_INLINE u8v wide_two(const int8_t *a, const int8_t *b) {
    return (u8v)vcombine_s8(vld1_s8(a), vld1_s8(b));
}

static ALWAYS_INLINE i32v wide_mmla(i32v s, u8v w, u8v two) {
    return (i32v)vmmlaq_s32((int32x4_t)s, (int8x16_t)w, (int8x16_t)two);
}

static ALWAYS_INLINE i32v wide_token(const i32v s[2], const int which) {
    const int32x4_t a = (int32x4_t)s[0], b = (int32x4_t)s[1];
    return (i32v)(which ? vuzp2q_s32(a, b) : vuzp1q_s32(a, b));
}
#endif

#include "model/kernels/wide_ops.h"
#include "model/kernels/wide_attn.h"
#include "model/kernels/wide_matmul.h"

#ifdef NEON_I8MM
const Kernels kern_neon_i8mm = {.name = "neon-i8mm", WIDE_TABLE};
#else
const Kernels kern_neon = {.name = "neon", WIDE_TABLE};
#endif
