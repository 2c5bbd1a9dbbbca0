/*
 * Vectors of one width for avx2 and avxvnni (32 bytes) and neon (16), written once with the
 * vector extensions of gcc and clang. The includer defines WIDE_BYTES and what has no portable
 * spelling: wide_load_f16, wide_store_f16, wide_u8, wide_s8, wide_round, wide_lookup, wide_top
 * (the greatest lane), wide_total (the sum of whole numbers), wide_put_bytes (32 of them as
 * bytes), and products of bytes (wide_matmul.h).
 *
 * A panel vector of 64 bytes is 64/WIDE_BYTES of these; a vector holds WIDE_BYTES/4 rows.
 * Comments on algorithms are in the avx512_*.c files, which do the same with wider registers.
 *
 * exp: Cody-Waite reduction and a polynomial of degree 6, relative error below 2e-7; 0 below -87,
 * inf above 88.8.
 */
#ifndef HEARTH_MODEL_KERNELS_WIDE_H
#define HEARTH_MODEL_KERNELS_WIDE_H

#include <assert.h>
#include <math.h>

#include "model/kernels/erfc_poly.h"
#include "model/kernels/ref.h"

enum { LANES = WIDE_BYTES / 4 };

_Static_assert(16 % LANES == 0 && KERN_BLOCK_COLS % LANES == 0, "whole vectors in panels, blocks");

typedef float f32v __attribute__((vector_size(WIDE_BYTES)));
typedef int32_t i32v __attribute__((vector_size(WIDE_BYTES)));
typedef uint8_t u8v __attribute__((vector_size(WIDE_BYTES)));
typedef uint16_t u16v __attribute__((vector_size(WIDE_BYTES)));

/* LANES floats from any address, through memcpy: one unaligned load. */
static ALWAYS_INLINE f32v wide_load(const float *p) {
    f32v v;
    memcpy(&v, p, sizeof v);
    return v;
}

static ALWAYS_INLINE void wide_store(float *p, f32v v) { memcpy(p, &v, sizeof v); }

/* The first n floats, the others 0; n may be LANES or more. */
static ALWAYS_INLINE f32v wide_load_n(const float *p, size_t n) {
    f32v v = {0};
    if (n >= LANES) return wide_load(p);
    memcpy(&v, p, n * 4);
    return v;
}

static ALWAYS_INLINE void wide_store_n(float *p, f32v v, size_t n) {
    memcpy(p, &v, (n < LANES ? n : LANES) * 4);
}

/* One number in every lane. 0 + f: -0 becomes 0, which no caller minds. */
static ALWAYS_INLINE f32v wide_set(float f) { return (f32v){0} + f; }
static ALWAYS_INLINE i32v wide_bits(f32v v) { return (i32v)v; }

/* mask ? a : b, mask lanes all ones or zero. */
static ALWAYS_INLINE f32v wide_select(i32v mask, f32v a, f32v b) {
    return (f32v)((mask & (i32v)a) | (~mask & (i32v)b));
}

/* As wide_select: where one of the two is NaN it is b. */
static ALWAYS_INLINE f32v wide_max(f32v a, f32v b) { return wide_select(a > b, a, b); }
static ALWAYS_INLINE f32v wide_min(f32v a, f32v b) { return wide_select(a < b, a, b); }
static ALWAYS_INLINE f32v wide_abs(f32v v) { return (f32v)((i32v)v & 0x7fffffff); }

/* Lanes in order: the same sum on every machine with so many lanes. */
static ALWAYS_INLINE float wide_sum(f32v v) {
    float s = 0;
    for (int i = 0; i < LANES; i++) s += v[i];
    return s;
}

/* e^x as the essay says; NaN becomes 0, since no comparison keeps it. */
static ALWAYS_INLINE f32v wide_exp(f32v x) {
    const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to whole numbers */
    i32v keep = x >= wide_set(-87.0f);
    x = wide_max(wide_min(x, wide_set(89.0f)), wide_set(-87.0f));
    f32v shifted = x * 1.44269504088896341f + magic, n = shifted - magic;
    f32v r = x - n * 0.693145751953125f - n * 1.42860682030941723e-6f;
    f32v p = r * (1.0f / 720) + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = (p * r) * r + r + 1.0f;
    i32v e = wide_bits(shifted) - 0x4b400000; /* n as integer, -126..129 */
    i32v half = e >> 1; /* two steps so that results near the top of the range are right */
    p *= (f32v)((half + 127) << 23);
    p *= (f32v)((e - half + 127) << 23);
    return (f32v)((i32v)p & keep);
}

/* As v512_tanh: (1 - e) / (1 + e) with e = e^-2|x|, and its series below 1/4, where that
   cancels. */
static ALWAYS_INLINE f32v wide_tanh(f32v x) {
    f32v a = wide_abs(x), x2 = x * x, e = wide_exp(a * -2.0f);
    f32v big = (1.0f - e) / (1.0f + e);
    f32v s = ((x2 * (62.0f / 2835) - 17.0f / 315) * x2 + 2.0f / 15) * x2 - 1.0f / 3;
    f32v t = wide_select(a < wide_set(0.25f), s * x2 * a + a, big);
    return (f32v)(wide_bits(t) | (wide_bits(x) & (int32_t)0x80000000));
}

#endif
