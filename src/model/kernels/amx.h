/*
 * What the AMX kernels share: tile configuration, barriers, pairs. Private to amx_*.c.
 *
 * All eight tiles are 16 rows x 64 bytes. The configuration is loaded at the start of a kernel and
 * released at its end, so that nothing else pays for saving tile state.
 *
 * The tile intrinsics of gcc 12 do not tell the compiler which memory they read or write: put
 * AMX_BARRIER() between ordinary loads and stores and tile code, and keep tile code in functions
 * that are not inlined.
 */
#ifndef HEARTH_MODEL_KERNELS_AMX_H
#define HEARTH_MODEL_KERNELS_AMX_H

#include "model/kernels/avx512_util.h"

enum { AMX_TILE = 1024 };

#define AMX_BARRIER() __asm__ volatile("" ::: "memory")

/* What LDTILECFG reads: 64 bytes (Intel SDM, "TILECFG"). rows and row_bytes are those of tiles 0 to
   7. */
typedef struct AmxConfig {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} AmxConfig;

/* Opens and closes the tiles of a kernel: between the two this thread has tile state. */
static ALWAYS_INLINE void amx_begin(void) {
    static const AmxConfig config __attribute__((aligned(64))) = {
        1, 0, {0}, {64, 64, 64, 64, 64, 64, 64, 64}, {16, 16, 16, 16, 16, 16, 16, 16}};
    AMX_BARRIER();
    _tile_loadconfig(&config);
}

static ALWAYS_INLINE void amx_end(void) {
    AMX_BARRIER();
    _tile_release();
}

/* 16 lanes of even and of odd numbers -> 16 pairs of bfloat16, even in the low half. */
static ALWAYS_INLINE __m512i amx_pairs(__m512 even, __m512 odd) {
    const __m512i order =
        _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6,
                         21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    return _mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(odd, even));
}


#endif
