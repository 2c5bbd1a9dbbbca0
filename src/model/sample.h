/*
 * Sampler: picks one token from a row of logits.
 *
 * Order: repetition, frequency and presence penalties; then, with temperature 0, the greatest
 * logit (lowest id on a tie); else top-k, temperature, top-p, min-p and one draw. The same seed,
 * options and logits give the same tokens on every machine of the same kernels.
 */
#ifndef HEARTH_MODEL_SAMPLE_H
#define HEARTH_MODEL_SAMPLE_H

#include "base/status.h"

typedef struct Sampler Sampler;

typedef struct SamplerOptions {
    float temperature;       /* 0..10; 0: greedy */
    int top_k;               /* 0: off */
    float top_p;             /* (0, 1]; 1: off */
    float min_p;             /* [0, 1); 0: off */
    float repeat_penalty;    /* 0.1..10; 1: off */
    float frequency_penalty; /* -2..2; 0: off */
    float presence_penalty;  /* -2..2; 0: off */
    int repeat_last_n;       /* tokens looked back on, 0..4096; 0: penalties off */
    uint64_t seed;
} SamplerOptions;

SamplerOptions sampler_options_default(void); /* greedy, penalties off, 64 tokens looked back */

/* E_USAGE when an option is out of its range. *out is the caller's: sampler_free(). */
Status sampler_new(int n_vocab, const SamplerOptions *options, Sampler **out, Err *err) WARN_UNUSED;
void sampler_free(Sampler *sampler);

/* Remembers a token (of prompt or answer) for the penalties. */
void sampler_accept(Sampler *sampler, int32_t token);
/* Picks and accepts. logits: [n_vocab], left as they are. E_CORRUPT: no finite logit. */
Status sampler_pick(Sampler *sampler, const float *logits, int32_t *token, Err *err) WARN_UNUSED;

/* The generator itself, for those who need the same draws: xoshiro256** seeded by SplitMix64. */
typedef struct SampleRng {
    uint64_t s[4];
} SampleRng;

void sample_rng_seed(SampleRng *rng, uint64_t seed);
uint64_t sample_rng_next(SampleRng *rng);
double sample_rng_unit(SampleRng *rng); /* [0, 1), 53 bits */

#endif
