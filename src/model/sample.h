/*
 * Sampler: picks one token from a row of logits.
 *
 * The chain, in this order; each link is off until asked for:
 *
 *   1. logit bias            added to the model's logits
 *   2. repetition, frequency and presence penalties
 *   3. DRY                   what would continue a repetition
 *      temperature 0: the greatest logit, lowest id on a tie; the chain ends here
 *   4. top-k, temperature, typical, top-p, min-p; or temperature and mirostat instead of them
 *   5. one draw from what is left
 *
 * The same seed, options and logits give the same tokens on every machine of the same kernels. A
 * pick takes one draw or none, whatever the logits.
 */
#ifndef HEARTH_MODEL_SAMPLE_H
#define HEARTH_MODEL_SAMPLE_H

#include <stddef.h>

#include "base/status.h"

typedef struct Sampler Sampler;

enum { SAMPLE_BIAS_MAX = 1024, SAMPLE_LOGPROBS_MAX = 20 };

typedef struct SamplerBias {
    int32_t id;
    float bias; /* -100..100, added to the logit */
} SamplerBias;

typedef struct SamplerOptions {
    float temperature;       /* 0..10; 0: greedy */
    int top_k;               /* 0: off */
    float typical;           /* (0, 1]; 1: off */
    float top_p;             /* (0, 1]; 1: off */
    float min_p;             /* [0, 1); 0: off */
    float repeat_penalty;    /* 0.1..10; 1: off */
    float frequency_penalty; /* -2..2; 0: off */
    float presence_penalty;  /* -2..2; 0: off */
    int repeat_last_n;       /* tokens looked back on, 0..4096; 0: penalties off */
    float dry_multiplier;    /* 0..100; 0: DRY off */
    float dry_base;          /* 1..8 */
    int dry_allowed_length;  /* 1..100: repetitions up to here cost nothing */
    int dry_last_n;          /* tokens looked back on, 0..32768; 0: DRY off */
    const uint8_t *dry_breakers; /* [n_vocab] 1: no repetition goes across; NULL: none; borrowed */
    int mirostat;            /* 0: off, 1, 2 */
    float mirostat_tau;      /* 0..100, surprise aimed at, in bits */
    float mirostat_eta;      /* 0..1, how fast it is aimed at */
    const SamplerBias *bias; /* borrowed until sampler_new returns */
    size_t n_bias;           /* 0..1024 */
    uint64_t seed;
} SamplerOptions;

/* Greedy, everything off; 64 tokens looked back for penalties, 4096 for DRY, base 1.75, allowed
   length 2, tau 5, eta 0.1. */
SamplerOptions sampler_options_default(void);

/* E_USAGE when an option is out of its range. *out is the caller's: sampler_free(). */
Status sampler_new(int n_vocab, const SamplerOptions *options, Sampler **out, Err *err) WARN_UNUSED;
/* NULL is fine. */
void sampler_free(Sampler *sampler);

/* Remembers a token (of prompt or answer) for the penalties and DRY; an id outside the vocabulary
   is ignored. */
void sampler_accept(Sampler *sampler, int32_t token);
/* How many of a row's greatest logits any pick to come can depend on: with these, and all that
   equal the last of them, it is the same whether the others are there or -INFINITY. 0: on all. */
int sampler_best_needed(const Sampler *sampler);
/* Picks and accepts. logits: [n_vocab], left as they are. E_CORRUPT: no finite logit. */
Status sampler_pick(Sampler *sampler, const float *logits, int32_t *token, Err *err) WARN_UNUSED;
/* p: [n_vocab], the distribution from which sampler_pick would draw now; its sum is 1, what the
   chain cuts off is 0. Changes nothing. Only tests ask: from tokens drawn, small errors of the
   chain could not be told. */
Status sampler_distribution(Sampler *sampler, const float *logits, double *p,
                            Err *err) WARN_UNUSED;

/* The id of the greatest finite logit, lowest id on a tie; -1 when none is finite. */
int32_t sample_greatest(const float *logits, int n_vocab);

/* Natural logarithm of a token's probability. */
typedef struct SampleLogprob {
    int32_t id;
    float logprob;
} SampleLogprob;

/* Of the model's own distribution: softmax of the logits before the chain, temperature included.
   out[0] is `picked`, out[1..n_top] the most probable ones, best first; n_top is 0..20. */
void sample_logprobs(const float *logits, int n_vocab, int32_t picked, int n_top,
                     SampleLogprob *out);

/* The generator itself, for those who need the same draws: xoshiro256** seeded by SplitMix64. */
typedef struct SampleRng {
    uint64_t s[4];
} SampleRng;

/* Any seed is good, 0 too: SplitMix64 spreads it over the 256 bits of state. */
void sample_rng_seed(SampleRng *rng, uint64_t seed);
/* The next 64 bits, each equally likely. */
uint64_t sample_rng_next(SampleRng *rng);
double sample_rng_unit(SampleRng *rng); /* [0, 1), 53 bits */

#endif
