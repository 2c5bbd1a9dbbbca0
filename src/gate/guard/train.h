/* Learning the guards' models and heads; part of the tool that makes them, not of the program. */
#ifndef HEARTH_GATE_GUARD_TRAIN_H
#define HEARTH_GATE_GUARD_TRAIN_H

#include "gate/guard/impl.h"

typedef struct TrainOptions {
    Grams grams;
    uint32_t bits, epochs;
    float rate, decay; /* of AdaGrad; of L2, a step and weight */
    float heed;        /* how much more an example of class 1 counts; 0: as much */
    uint64_t seed;
} TrainOptions;

/* Lines `0 or 1 TAB text`, one example each -> a model's bytes in `out`. */
Status guard_train(Str lines, const TrainOptions *options, Buf *out, Err *err) WARN_UNUSED;

/* ---- heads (train_head.c) ---- */

typedef struct HeadLessons {
    size_t n, dim;
    const float *vector; /* [n][dim] */
    const float *score;  /* [n] of words and rules, by models that did not learn this text */
    const uint8_t *label;
} HeadLessons;

typedef struct HeadOptions {
    uint32_t hidden, epochs;
    float rate, decay, heed;
    float least;       /* this and the next two are the head's own, see impl.h */
    uint32_t layers;
    const char *space; /* name of the embedding model */
} HeadOptions;

/* Appends a head's file to `out`, which guard/head.c reads. The same lessons give the same bytes on
   one machine. E_USAGE: too few lessons, or no such shape; E_NO_MEMORY. */
Status guard_train_head(const HeadLessons *lessons, const HeadOptions *options, Buf *out,
                        Err *err) WARN_UNUSED;
/* Appends the one head that says what `second` says of what `first` said (its lessons' scores were
   those of `first`), or goes `share` of the way there from `first`. E_USAGE: they have units, or
   are of other numbers than each other. */
Status guard_fold_heads(const Head *first, const Head *second, float share, Buf *out,
                        Err *err) WARN_UNUSED;

/* ---- the order of examples (train.c) ---- */

/* 31 bits of a linear congruential generator: one seed gives one order. */
uint64_t train_random(uint64_t *state);
/* A new order of the n >= 1 places. */
void train_shuffle(uint32_t *order, size_t n, uint64_t *state);

#endif
