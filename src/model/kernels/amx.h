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

_Static_assert(sizeof(AmxConfig) == 64, "the instruction reads so many bytes");

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

#endif
