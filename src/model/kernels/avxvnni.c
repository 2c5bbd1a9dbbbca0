/*
 * The AVX-VNNI table: wide.h with 32-byte vectors and vpdpbusd, which adds four products of
 * unsigned by signed bytes in 32 bits. For processors with VNNI but without AVX-512 (Alder Lake and
 * later, Zen 5's and Zen 6's small relatives); all weights are unsigned here.
 *
 * This file is compiled twice. kern_avxvnni uses the instruction's short (VEX) form. Its twin uses
 * the same 256-bit instruction in the form that AVX-512VL machines have; it is never chosen by
 * itself and exists so that machines without AVX-VNNI can test the code and measure it.
 *
 * Source: Intel intrinsics guide.
 */
#include <immintrin.h>

#define WIDE_BYTES 32
#include "model/kernels/wide.h"
#include "model/kernels/tables.h"

#ifdef AVXVNNI_TWIN
#define DPBUSD _mm256_dpbusd_epi32
#else
#define DPBUSD _mm256_dpbusd_avx_epi32
#endif

#define WIDE_SIGNED 0

typedef i32v WideSum;

static ALWAYS_INLINE int wide_span(const int bits, const bool is_signed) {
    (void)bits;
    (void)is_signed;
    return 8;
}

static ALWAYS_INLINE WideSum wide_mac(WideSum s, u8v w, int32_t four, const bool is_signed) {
    (void)is_signed;
    return (WideSum)DPBUSD((__m256i)s, (__m256i)w, _mm256_set1_epi32(four));
}

static ALWAYS_INLINE i32v wide_widen(i32v c, WideSum s) { return c + s; }

#include "model/kernels/wide_x86.h"
#include "model/kernels/wide_ops.h"
#include "model/kernels/wide_attn.h"
#include "model/kernels/wide_matmul.h"

#ifdef AVXVNNI_TWIN
const Kernels kern_avxvnni_twin = {.name = "avxvnni-twin", WIDE_TABLE};
#else
const Kernels kern_avxvnni = {.name = "avxvnni", WIDE_TABLE};
#endif
