/* What the local model knows of whether the passages that it read answer the question (knows.c). */
#ifndef HEARTH_TURN_KNOWS_H
#define HEARTH_TURN_KNOWS_H

#include "model/engine.h"

/* Layers behind which the state is looked at; 0: this is another model than the one that was
   learned from, and nothing is known. space: the model's fingerprint (rig_space). */
int knows_layers(const Engine *engine, const char *space);
/* Log odds that they do, by the state of the prompt's last token: [n_embd] of that engine. Within
   plus and minus KNOWS_MOST. NAN: the state is none. */
double knows_odds(const float *state);

#define KNOWS_MOST 4.0

#endif
