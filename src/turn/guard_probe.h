/* The guards' question to the local model (guard_probe.c). */
#ifndef HEARTH_TURN_GUARD_PROBE_H
#define HEARTH_TURN_GUARD_PROBE_H

#include "turn/rig.h"

/* Writes the model's state of the text's last token, out[wanted->dim] floats, behind the highest
   layer that is wanted (of_model is set in `wanted`). False: this is another model than the one
   that was learned from, or it is not to be opened for it (rig->probe), or it failed; nothing is
   known then, which is no error. Sets rig->probe to PROBE_NEVER once it is another model. */
bool guard_probe(Rig *rig, const GuardMeaning *wanted, Str text, float *out);

#endif
