/*
 * Synthetic models: a GGUF file of a true shape with random weights, for speed rows that have no
 * real file at hand. synth.c has the shapes and the file, synth_quant.c the number formats.
 */
#ifndef HEARTH_TESTS_SYNTH_H
#define HEARTH_TESTS_SYNTH_H

#include "model/file/gguf.h"

typedef enum SynthMix { SYNTH_Q4_0, SYNTH_Q4_K_M, SYNTH_Q8_0 } SynthMix;

typedef struct SynthOptions {
    const char *shape; /* "qwen3-0.6b", "llama-3.2-1b", "qwen2.5-1.5b", "qwen2.5-7b", "tiny" */
    SynthMix mix;
    const char *vocab; /* a GGUF whose tokenizer.* keys are copied, padded with unused tokens */
    uint64_t seed;
} SynthOptions;

/* Writes `path` (absent or whole, as gguf_write_begin says). E_NOT_FOUND: no such shape. */
Status synth_write(const SynthOptions *options, const char *path, Err *err) WARN_UNUSED;
/* "q4_0", "q4_k_m", "q8_0". */
Status synth_mix(const char *name, SynthMix *out, Err *err) WARN_UNUSED;

/*
 * Rounds n weights (whole blocks) to the nearest of `type` (F32, Q4_0, Q8_0, Q4_K, Q6_K); returns
 * the bytes written.
 */
size_t synth_quantise(TensorType type, const float *x, size_t n, uint8_t *out);

#endif
