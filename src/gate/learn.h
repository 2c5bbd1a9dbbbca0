/*
 * What the user's own documents say: people, firms and addresses that a tagger was sure of once
 * become a private dictionary, and are found from then on wherever they stand.
 */
#ifndef HEARTH_GATE_LEARN_H
#define HEARTH_GATE_LEARN_H

#include "gate/gate.h"

typedef struct GateLearner GateLearner;

/* Begins an empty dictionary; the gate is borrowed until gate_learner_free, and goes on with the
   old one until gate_learner_keep. */
Status gate_learner_new(Gate *gate, GateLearner **out, Err *err) WARN_UNUSED;
void gate_learner_free(GateLearner *learner); /* NULL is fine */
/* One document, or a piece of one. */
Status gate_learner_read(GateLearner *learner, Str text, Err *err) WARN_UNUSED;
/* Puts what was read in the place of the old dictionary, sealed; the gate knows it at once. */
Status gate_learner_keep(GateLearner *learner, size_t *n_words, Err *err) WARN_UNUSED;

#endif
