/*
 * The second look: names that only the sense of a sentence shows, for what leaves (look.c).
 */
#ifndef HEARTH_GATE_LOOK_H
#define HEARTH_GATE_LOOK_H

#include "gate/deep.h"

enum { LOOK_BYTES_MAX = 64 << 10 }; /* of one text; what stands behind is not looked at */

/* `sense` is borrowed. A look is one thread's at a time. */
Status gate_look_new(const NamesSense *sense, GateLook **out, Err *err) WARN_UNUSED;
void gate_look_free(GateLook *look); /* NULL is fine */
/* As a GateDeepReader reads. What the encoder does not see changes nothing. */
Status gate_look_read(void *look, Str text, const GateDeepSink *sink, Err *err);
/* Whether the last text was looked at to its end. */
bool gate_look_whole(const GateLook *look);

/* Texts that leave this gate are looked at by it from now on; borrowed. NULL: no more. */
void gate_set_look(Gate *gate, GateLook *look);

#endif
