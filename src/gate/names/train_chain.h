/*
 * Sums over all labelings of a sentence, for what learns a tagger (train.c) or its head
 * (train_head.c).
 */
#ifndef HEARTH_GATE_NAMES_TRAIN_CHAIN_H
#define HEARTH_GATE_NAMES_TRAIN_CHAIN_H

#include "gate/names/impl.h"

enum { T_MAX = NAMES_TYPES_MAX, E_MAX = NAMES_TYPES_MAX + 1 };

typedef struct Moves {
    float enter[E_MAX][E_MAX], inside[4][T_MAX];
} Moves;

/* Probabilities of one unit: outside, then B, I, E, S of each type. */
typedef struct Cell {
    float none, l[4][T_MAX];
} Cell;

typedef struct Chain {
    uint32_t types;
    Moves e; /* exp(weights) */
    Cell score[NAMES_UNITS], forth[NAMES_UNITS], back[NAMES_UNITS], p[NAMES_UNITS];
} Chain;

/* e of the steps' weights. */
void chain_steps(Chain *c, const Moves *weights);
/* The score of unit i from its row of weights, as exp, scaled so that the largest is 1. */
void chain_score(Chain *c, uint32_t i, const float *row);
/* p of n units from e and score. */
void chain_run(Chain *c, uint32_t n);
/* Adds expected pairs at the border before unit i, less the one that is true; after chain_run. */
void chain_pairs(const Chain *c, const uint8_t *label, uint32_t i, Moves *g);

#endif
