/*
 * Scales: are the float16 scales of quantised blocks (and plain floats) numbers at all?
 */
#ifndef HEARTH_MODEL_SCALES_H
#define HEARTH_MODEL_SCALES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/kernels/kernels.h"

/* false when any scale or plain value in n_blocks blocks at `bytes` is Inf or NaN. */
bool scales_finite(KernType type, const uint8_t *bytes, size_t n_blocks);

#endif
