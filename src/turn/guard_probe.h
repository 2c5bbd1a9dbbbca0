/* The guards' question to the local model (guard_probe.c). */
#ifndef HEARTH_TURN_GUARD_PROBE_H
#define HEARTH_TURN_GUARD_PROBE_H

#include "turn/rig.h"

/* What is `wanted` (of_model) of the text; false: this model cannot say it, or is not to be opened
   for it. */
bool guard_probe(Rig *rig, const GuardMeaning *wanted, Str text, float *out);

#endif
