/*
 * What the files of the sampler share: sample.c (birth, picking), sample_adjust.c (what changes
 * logits), sample_cut.c (what leaves tokens out).
 */
#ifndef HEARTH_MODEL_SAMPLE_PRIVATE_H
#define HEARTH_MODEL_SAMPLE_PRIVATE_H

#include "model/sample.h"

typedef struct Candidate {
    float logit; /* later: weight, a probability that is not divided by the sum */
    int32_t id;
} Candidate;

/* Candidates items[from..to) are left; sum: of their weights. total: of the weights of all tokens
   of the vocabulary that have one, after top-k. */
typedef struct SampleSet {
    int from, to;
    double sum, total;
} SampleSet;

struct Sampler {
    SamplerOptions options;
    SampleRng rng;
    int n_vocab;
    Candidate *items;   /* [n_vocab] */
    float *adjusted;    /* [n_vocab] logits after bias, penalties and DRY */
    int32_t *last;      /* [repeat_last_n] ring of accepted tokens */
    int n_last, next;
    uint16_t *count;    /* [n_vocab] how often a token stands in the ring */
    uint16_t *mark;     /* [n_vocab] zero between picks; notes of one link of the chain */
    int32_t *history;   /* [2 * dry_last_n] accepted tokens, the newest last */
    int32_t *same;      /* [dry_last_n] lengths of repetitions */
    int n_history;
    SamplerBias *bias;  /* [n_bias] */
    float surprise_max; /* mirostat's mu, in bits */
};

/* The logits themselves when no link changes them. */
const float *sampler_adjust(Sampler *s, const float *logits);

/* Weights of what the chain leaves, into s->items. max: the greatest logit. */
SampleSet sampler_cut(Sampler *s, const float *logits, float max);
/* Mirostat learns from the token that was drawn. */
void sampler_learn(Sampler *s, const SampleSet *set, Candidate drawn);

#endif
