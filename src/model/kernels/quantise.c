/*
 * Rows of floats -> blocks of GGUF's Q8_0 and Q4_0, for matrices that Hearth makes itself (screen.h
 * of the model room). Models come quantised; nothing here touches them.
 *
 * Q8_0: the value of greatest magnitude becomes 127 or -127. Q4_0 has -8 d .. 7 d: the value of
 * greatest magnitude becomes -8 d, and d is tried a little smaller and larger, because what matters
 * is the sum of all squared errors (ggml's own quantiser looks for scales likewise). Scales are
 * rounded to float16 before they are tried: errors are those of the block as it will be read.
 */
#include "model/kernels/layout.h"

#include <assert.h>

enum { BLOCK = 32, Q4_BYTES = 18, Q8_BYTES = 34, Q4_TRIES = 9 };

_Static_assert(2 + BLOCK / 2 == Q4_BYTES && 2 + BLOCK == Q8_BYTES, "a scale, then the integers");

/* The value of greatest magnitude. */
static float block_peak(const float *x) {
    float peak = 0, size = 0;
    for (int i = 0; i < BLOCK; i++) {
        float a = x[i] < 0 ? -x[i] : x[i];
        if (a > size) size = a, peak = x[i];
    }
    return peak;
}

static float half_of(float f) {
    return kern_f16_to_f32(kern_f32_to_f16(f));
}

/* Integers 0..15 of a block with scale 1 / inverse. The float is positive: its cast rounds down. */
static void q4_integers(const float *x, float inverse, int32_t *u) {
    for (int i = 0; i < BLOCK; i++) {
        float f = x[i] * inverse + 8.5f;
        u[i] = (int32_t)(f > 15 ? 15 : f > 0 ? f : 0); /* no number: 0 */
    }
}

static float q4_error(const float *x, float d) {
    int32_t u[BLOCK];
    float sum[4] = {0};
    q4_integers(x, 1 / d, u);
    for (int i = 0; i < BLOCK; i += 4) {
        for (int k = 0; k < 4; k++) {
            float e = x[i + k] - d * (float)(u[i + k] - 8);
            sum[k] += e * e;
        }
    }
    return sum[0] + sum[1] + sum[2] + sum[3];
}

/* 0 where nothing but zero fits a float16 scale. */
static float q4_scale(const float *x) {
    float peak = block_peak(x), best = half_of(peak / -8);
    if (best == 0) return 0;
    float least = q4_error(x, best);
    for (int i = 1; i < Q4_TRIES; i++) {
        float d = half_of(peak / -8 * (0.8f + 0.05f * (float)i));
        float e = d == 0 ? least : q4_error(x, d);
        if (e < least) least = e, best = d;
    }
    return best;
}

void kern_quantise_q4_0(const float *x, size_t n, uint8_t *out) {
    assert(n % BLOCK == 0);
    for (size_t at = 0; at < n; at += BLOCK, out += Q4_BYTES) {
        int32_t u[BLOCK];
        float d = q4_scale(x + at);
        uint16_t half = kern_f32_to_f16(d);
        q4_integers(x + at, d == 0 ? 0 : 1 / d, u);
        memcpy(out, &half, 2);
        for (int i = 0; i < 16; i++) out[2 + i] = (uint8_t)(u[i] | u[i + 16] << 4);
    }
}

void kern_quantise_q8_0(const float *x, size_t n, uint8_t *out) {
    assert(n % BLOCK == 0);
    for (size_t at = 0; at < n; at += BLOCK, out += Q8_BYTES) {
        float peak = block_peak(x + at), d = half_of((peak < 0 ? -peak : peak) / 127);
        uint16_t half = kern_f32_to_f16(d);
        memcpy(out, &half, 2);
        for (int i = 0; i < BLOCK; i++) {
            float f = d == 0 ? 0 : x[at + (size_t)i] / d;
            f = f > 127 ? 127 : f > -127 ? f : -127;
            out[2 + i] = (uint8_t)(int8_t)(int32_t)(f < 0 ? f - 0.5f : f + 0.5f);
        }
    }
}
