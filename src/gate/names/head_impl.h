/*
 * The inside of a head, for head.c, tag.c and the tool that learns one.
 */
#ifndef HEARTH_GATE_NAMES_HEAD_IMPL_H
#define HEARTH_GATE_NAMES_HEAD_IMPL_H

#include "gate/names/head.h"
#include "gate/names/impl.h"

enum {
    HEAD_HEADER = 72,
    HEAD_VERSION = 1,
    HEAD_SPACE = 32,       /* bytes of the encoder's name, the last one 0 */
    HEAD_DIM_MAX = 1024,
    HEAD_HIDDEN_MAX = 256,
    HEAD_LAYERS_MAX = 32,
    HEAD_PLACES = 8,
    HEAD_ADDS_MAX = 8000 /* to one weight; the tagger's own are at most FEATURES_MAX * 128 */
};
#define HEAD_MAGIC "HTHEAD1\n"

_Static_assert(2 * HEAD_ADDS_MAX + FEATURES_MAX * 128 < INT16_MAX, "a row's sums fit");

struct NamesHead {
    char space[HEAD_SPACE];
    uint32_t dim, hidden, types, layers;
    float *mean, *sharpness, *b1, *w1, *b2, *w2; /* in w */
    float w[];
};

/* Where a unit stands in its token: units before and behind it there. */
typedef struct HeadPlace {
    uint32_t before, behind;
} HeadPlace;

/* Where the tables of a head lie among its floats. */
void names_head_place_tables(NamesHead *head, float *w);
/* Sum of a[i] * b[i], in the same order on every machine, so that verdicts are the same. */
float names_head_dot(const float *a, const float *b, size_t n);
/* Floats of a head of that shape: mean and sharpness [dim] each, b1 [hidden],
   w1 [hidden][dim + HEAD_PLACES], b2 [4 * types], w2 [4 * types][hidden]. */
size_t names_head_floats(uint32_t dim, uint32_t hidden, uint32_t types);
uint64_t names_head_check(Str bytes); /* what the header must hold; bytes.n > HEAD_HEADER */
/* Of unit i of n: how many units on either side begin in the same token; token as in NamesSense. */
HeadPlace names_head_place(const uint32_t *token, uint32_t n, uint32_t i);
/* x: [dim + HEAD_PLACES] */
void names_head_input(const NamesHead *head, const float *state, HeadPlace place, float *x);
/* Adds to a row of 4 * types weights. */
void names_head_add(const NamesHead *head, const float *x, int16_t *row);

#endif
