/* What the local model knows of what it has read, by its state behind the last token (knows.c). */
#ifndef HEARTH_TURN_KNOWS_H
#define HEARTH_TURN_KNOWS_H

#include "model/engine.h"

typedef enum KnowsWhat {
    KNOWS_ANSWERED, /* the prompt ends: its passages answer its question */
    KNOWS_ORDER,    /* a sentence ends: it orders about whoever writes from it (orders.c) */
    KNOWS_KINDS
} KnowsWhat;

/* Layers behind which the state is looked at; 0: this is another model than the one that was
   learned from, and nothing is known. space: the model's fingerprint (rig_space). */
int knows_layers(KnowsWhat what, const Engine *engine, const char *space);
/* Log odds that it is so, by the state: [n_embd] of that engine. Within plus and minus KNOWS_MOST.
   NAN: the state is none. */
double knows_odds(KnowsWhat what, const float *state);

#define KNOWS_MOST 4.0

#endif
