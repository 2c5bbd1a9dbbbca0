/*
 * Probe: what a model that generates text makes of a short one on the way to its next word: the
 * state of its last token after some of the layers.
 *
 * A sum over that state, learned from few examples, says much of what the model understood (Alain,
 * Bengio 2016), and it costs less than a word: layers behind the one asked for are not run.
 */
#ifndef HEARTH_MODEL_PROBE_H
#define HEARTH_MODEL_PROBE_H

#include "model/engine.h"

/* Names the model, as 16 hex digits: its fingerprint. A state means nothing to who learned from
   another model's. */
void probe_space(const Engine *engine, char out[17]);

/* out: [n_embd]. layers: at least one, fewer than the model has, WAVE_TAPS_MAX at most. Of a text
   longer than a pass the end counts. The text is read as it stands, from nothing, and control
   tokens in it are letters. E_UNSUPPORTED: no such layer. E_LIMIT: no memory for keys and values is
   left. Safe from several threads (they take turns). */
Status probe_state(Engine *engine, Str text, int layers, float *out, Err *err) WARN_UNUSED;

#endif
