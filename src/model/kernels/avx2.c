/*
 * The AVX2 table: wide.h with 32-byte vectors, 8 rows at a time.
 *
 * The dot product of four bytes: vpmaddubsw multiplies unsigned by signed bytes and adds pairs in
 * 16 bits with saturation, and vpmaddwd with ones adds the pairs in 32 bits. The second is put off
 * while 16 bits hold the sum: a pair of 4-bit weights gives at most 2 * 15 * 127 = 3810, so that
 * all eight chunks of a block fit; of 5 bits 7874, four chunks; of 6 bits 16002, two. Signed
 * weights (down to -128) are taken as |w| times the activation with w's sign: 2 * 128 * 127 = 32512
 * fits once, because activations are never -128.
 *
 * Source: Intel intrinsics guide.
 */
#include <immintrin.h>

#define WIDE_BYTES 32
#include "model/kernels/wide.h"
#include "model/kernels/tables.h"

#define WIDE_SIGNED 1

/* 16-bit sums of pairs. */
typedef int16_t WideSum __attribute__((vector_size(32)));

static ALWAYS_INLINE int wide_span(const int bits, const bool is_signed) {
    if (is_signed || bits == 8) return 1;
    return bits == 6 ? 2 : bits == 5 ? 4 : 8;
}

static ALWAYS_INLINE WideSum wide_mac(WideSum s, u8v w, int32_t four, const bool is_signed) {
    __m256i a = _mm256_set1_epi32(four), u = (__m256i)w;
    if (is_signed) a = _mm256_sign_epi8(a, u);
    return s + (WideSum)_mm256_maddubs_epi16(is_signed ? _mm256_abs_epi8(u) : u, a);
}

static ALWAYS_INLINE i32v wide_widen(i32v c, WideSum s) {
    return c + (i32v)_mm256_madd_epi16((__m256i)s, _mm256_set1_epi16(1));
}

#include "model/kernels/wide_x86.h"
#include "model/kernels/wide_ops.h"
#include "model/kernels/wide_attn.h"
#include "model/kernels/wide_matmul.h"

const Kernels kern_avx2 = {.name = "avx2", WIDE_TABLE};
