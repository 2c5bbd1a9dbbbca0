/* Between learn.c and parcel.c: the dictionary as it is read back. */
#ifndef HEARTH_GATE_LEARN_IMPL_H
#define HEARTH_GATE_LEARN_IMPL_H

#include "gate/gate.h"

/* Lines "type word"; others are left out. */
Status learn_apply(Scanner *scanner, Str dictionary, Err *err) WARN_UNUSED;
/* The dictionary of the vault, when there is one; read once, by the first parcel. */
Status learn_load(Gate *gate, Err *err) WARN_UNUSED;

#endif
