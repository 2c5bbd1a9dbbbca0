/*
 * Round-to-nearest into four of GGUF's block formats.
 *
 * Q4_0   32 weights: f16 d, 16 bytes; x = d (q - 8). The low nibbles are the first half. d makes
 *        the weight of greatest magnitude exactly -8.
 * Q8_0   32 weights: f16 d, 32 signed bytes; x = d q.
 * Q4_K   256 weights in 8 groups of 32: f16 d, f16 e, twelve bytes of 6-bit scales s and minima m,
 *        128 bytes; x = d s q - e m. Byte i of the k-th 32 bytes holds weight i of group 2k (low
 *        nibble) and of group 2k + 1.
 * Q6_K   256 weights in 16 groups of 16: 128 bytes of low nibbles, 64 bytes of upper pairs of
 *        bits, 16 signed scales s, f16 d; x = d s (q - 32).
 *
 * No search for better scales: weights are random here, and only their sizes and the shape of their
 * distribution matter. The scale a group is rounded with is the stored (rounded) one.
 *
 * Source: the formats' layout in ggml (ggml-common.h, ggml-quants.c: the dequantize functions).
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "model/kernels/layout.h"
#include "synth.h"

enum { Q4_0_BYTES = 18, Q8_0_BYTES = 34, Q4_K_BYTES = 144, Q6_K_BYTES = 210 };
enum { SMALL = 32, BIG = 256 }; /* weights a block */

/* Stores d as float16 and returns what a reader will see. */
static float half_put(uint8_t *out, float d) {
    uint16_t half = kern_f32_to_f16(d);
    memcpy(out, &half, sizeof half);
    return kern_f16_to_f32(half);
}

/* ---- rounding ---------------------------------------------------------------------------- */

/* x to the nearest whole number in [0, max]; `shift` is added first. */
static uint8_t round_to(float x, float shift, int max) {
    int q = (int)(x + shift + 0.5f); /* truncates: values below -0.5 end at 0 by the clamp */
    return (uint8_t)(q < 0 ? 0 : q > max ? max : q);
}

static float inverse(float d) { return d != 0 ? 1 / d : 0; }

/* The value of greatest magnitude, with its sign. */
static float extreme(const float *x, int n) {
    float far = 0;
    for (int i = 0; i < n; i++) far = fabsf(x[i]) > fabsf(far) ? x[i] : far;
    return far;
}

static void q4_0_put(const float *x, uint8_t *out) {
    float scale = inverse(half_put(out, extreme(x, SMALL) / -8));
    for (int i = 0; i < 16; i++) {
        int low = round_to(x[i] * scale, 8, 15), high = round_to(x[i + 16] * scale, 8, 15);
        out[2 + i] = (uint8_t)(low | high << 4);
    }
}

/* Six bits each, the last four groups' in two parts. */
static void q4_k_six_put(uint8_t *six, const uint8_t scales[8], const uint8_t minima[8]) {
    for (int j = 0; j < 4; j++) {
        six[j] = (uint8_t)(scales[j] | (scales[j + 4] >> 4) << 6);
        six[j + 4] = (uint8_t)(minima[j] | (minima[j + 4] >> 4) << 6);
        six[j + 8] = (uint8_t)((scales[j + 4] & 15) | (minima[j + 4] & 15) << 4);
    }
}

static void q4_k_put(const float *x, uint8_t *out) {
    float span[8], low[8], most_span = 0, most_low = 0;
    uint8_t scales[8], minima[8];
    for (int j = 0; j < 8; j++) {
        float min = 0, max = 0;
        for (int i = 0; i < SMALL; i++) {
            float v = x[j * SMALL + i];
            min = v < min ? v : min;
            max = v > max ? v : max;
        }
        span[j] = (max - min) / 15;
        low[j] = -min;
        most_span = fmaxf(most_span, span[j]);
        most_low = fmaxf(most_low, low[j]);
    }
    float d = half_put(out, most_span / 63), e = half_put(out + 2, most_low / 63);
    for (int j = 0; j < 8; j++) {
        scales[j] = round_to(span[j] * inverse(d), 0, 63);
        minima[j] = round_to(low[j] * inverse(e), 0, 63);
    }
    q4_k_six_put(out + 4, scales, minima);
    for (int j = 0; j < 8; j++) {
        float scale = inverse(d * scales[j]), min = e * minima[j];
        uint8_t *to = out + 16 + j / 2 * SMALL;
        for (int i = 0; i < SMALL; i++) {
            uint8_t q = round_to((x[j * SMALL + i] + min) * scale, 0, 15);
            to[i] = (uint8_t)(j % 2 ? to[i] | q << 4 : q);
        }
    }
}

/* Where weight i of 256 lives: byte and shift of its low nibble, byte and shift of its top bits. */
static void q6_k_place(int i, int *low, int *low_shift, int *high, int *high_shift) {
    int half = i / 128, quarter = i % 128 / 32, at = i % 32;
    *low = half * 64 + quarter % 2 * 32 + at;
    *low_shift = quarter / 2 * 4;
    *high = 128 + half * 32 + at;
    *high_shift = quarter * 2;
}

static void q6_k_put(const float *x, uint8_t *out) {
    float group[16], most = 0;
    for (int j = 0; j < 16; j++) {
        group[j] = extreme(x + 16 * j, 16) / -32;
        most = fabsf(group[j]) > fabsf(most) ? group[j] : most;
    }
    memset(out, 0, 192);
    float d = half_put(out + 208, most / -128);
    for (int j = 0; j < 16; j++) {
        int s = (int)round_to(group[j] * inverse(d), 128, 255) - 128;
        float scale = inverse(d * (float)s);
        out[192 + j] = (uint8_t)s;
        for (int i = 16 * j; i < 16 * j + 16; i++) {
            int low, low_shift, high, high_shift, q = round_to(x[i] * scale, 32, 63);
            q6_k_place(i, &low, &low_shift, &high, &high_shift);
            out[low] = (uint8_t)(out[low] | (q & 15) << low_shift);
            out[high] = (uint8_t)(out[high] | (q >> 4) << high_shift);
        }
    }
}

static void q8_0_put(const float *x, uint8_t *out) { kern_quantise_q8_0(x, SMALL, out); }

typedef struct SynthFormat {
    TensorType type;
    size_t elements, bytes;
    void (*put)(const float *x, uint8_t *out);
} SynthFormat;

size_t synth_quantise(TensorType type, const float *x, size_t n, uint8_t *out) {
    static const SynthFormat formats[] = {{TENSOR_Q4_0, SMALL, Q4_0_BYTES, q4_0_put},
                                          {TENSOR_Q8_0, SMALL, Q8_0_BYTES, q8_0_put},
                                          {TENSOR_Q4_K, BIG, Q4_K_BYTES, q4_k_put},
                                          {TENSOR_Q6_K, BIG, Q6_K_BYTES, q6_k_put}};
    const SynthFormat *f = formats;
    if (type == TENSOR_F32) {
        memcpy(out, x, n * sizeof *x);
        return n * sizeof *x;
    }
    while (f->type != type) f++; /* there are no others in a SynthMix */
    assert(n % f->elements == 0);
    for (size_t i = 0; i < n / f->elements; i++) f->put(x + i * f->elements, out + i * f->bytes);
    return n / f->elements * f->bytes;
}
