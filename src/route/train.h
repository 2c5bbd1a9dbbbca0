/*
 * Training a gap model, in seconds, on one core, by our own code.
 *
 * Examples are questions of which it is known how a weak and a strong model answered. Nothing of an
 * example that is not used reaches the model: folds are cut with `use`, and whatever the training
 * needs to hold out inside, it holds out of the used ones.
 */
#ifndef HEARTH_ROUTE_TRAIN_H
#define HEARTH_ROUTE_TRAIN_H

#include <stdatomic.h>

#include "route/gap.h"

enum { ROUTE_EXAMPLES_MAX = 1 << 17, ROUTE_OTHERS_MAX = 16 };

typedef struct RouteExample {
    Str question;
    float weak, strong;             /* how right each was, 0..1 */
    float others[ROUTE_OTHERS_MAX]; /* of further models, which help to tell luck from difficulty */
    int n_others;
    float shared[GAP_SHARED]; /* what an earlier model says of the question; see gap.h */
    float weight;             /* how much it counts; 0 is 1 */
} RouteExample;

typedef struct RouteTrainOptions {
    int trees, leaf, inner_folds; /* 64, 24, 4 */
    float alpha;                  /* of the ridge regression: 6 */
    float teacher;                /* 0..1: how far targets move to what other models suggest: 0.6 */
    uint64_t seed;
    const atomic_bool *cancel; /* looked at per tree and step of the regression; NULL: never */
} RouteTrainOptions;

typedef struct RouteTrainSet RouteTrainSet;

/* The values that stand above, seed 1; route_own_train uses them. */
void route_train_options_default(RouteTrainOptions *options);
/* Reads the features of all examples, 50 to ROUTE_EXAMPLES_MAX, each with as many others as the
   first; the questions may go afterwards. E_USAGE otherwise. */
Status route_trainset_new(const RouteExample *examples, size_t n, RouteTrainSet **out,
                          Err *err) WARN_UNUSED;
void route_trainset_free(RouteTrainSet *set); /* NULL is fine */
/* use[n]: which examples to learn from; NULL: all. E_USAGE: fewer than 50, or options out of
   range. E_LIMIT: the trees need more than GAP_NODES_MAX nodes. E_CANCELLED by the options' flag.
   gap_close(*out). The same set, use and options give the same model. */
Status route_train(const RouteTrainSet *set, const bool *use, const RouteTrainOptions *options,
                   GapModel **out, Err *err) WARN_UNUSED;

#endif
