/* The gate tries itself: a canary of each kind through the user's own policy (selftest.c). */
#ifndef HEARTH_GATE_SELFTEST_H
#define HEARTH_GATE_SELFTEST_H

#include "gate/gate.h"

typedef enum GateVerdict { GATE_GOOD, GATE_KEPT, GATE_LEAK } GateVerdict;

typedef void (*GateVerdictFn)(void *user, const char *kind, GateVerdict verdict,
                              const char *detail);

/* GATE_KEPT: it leaves, as the policy of this home says. Nothing is sent or left behind. */
Status gate_selftest(Gate *gate, GateVerdictFn each, void *user, Err *err) WARN_UNUSED;

#endif
