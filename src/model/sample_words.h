/*
 * Words for the sampler: options that are said in text become ids of a vocabulary.
 */
#ifndef HEARTH_MODEL_SAMPLE_WORDS_H
#define HEARTH_MODEL_SAMPLE_WORDS_H

#include "model/sample.h"
#include "model/text/vocab.h"

typedef struct SampleWord {
    Str text; /* of the token; empty: id says which */
    int32_t id;
    float bias;
} SampleWord;

enum { SAMPLE_BREAKERS_MAX = 64 };

/* *out [*n_out], mem_free() it: an entry for every token that a word means; a text means all tokens
   whose text is exactly that. E_USAGE: no token has it, or an id is outside the vocabulary. */
Status sample_words_bias(const Vocab *vocab, const SampleWord *words, size_t n, SamplerBias **out,
                         size_t *n_out, Err *err) WARN_UNUSED;
/* *out: [n_vocab], 1 for tokens whose text contains one of the breakers (1..64 of them, not empty).
   mem_free() it. */
Status sample_words_breakers(const Vocab *vocab, int n_vocab, const Str *breakers, size_t n,
                             uint8_t **out, Err *err) WARN_UNUSED;

#endif
