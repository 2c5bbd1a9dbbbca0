/*
 * What may leave for whom: a class of thing x a destination -> what is done. For src/gate alone;
 * policy.c has the defaults and the file.
 */
#ifndef HEARTH_GATE_POLICY_H
#define HEARTH_GATE_POLICY_H

#include "gate/gate_impl.h"

Status policy_open(const char *folder, Policy **out, Err *err) WARN_UNUSED;
void policy_close(Policy *policy); /* NULL is fine */
/* What is done with a thing of that kind, found in a text of that label. */
GateAction policy_action(const Policy *policy, GateDest dest, GateLabel label,
                         const ScanSpan *span);

#endif
