/*
 * The gate of one home: scanner, policy, vault, ledger and endpoints behind one handle.
 *
 *     HOME/gate/policy.toml   what may leave for whom (policy.c); absent: the safe defaults
 *     HOME/gate/clouds.toml   endpoints (cloud.c), without keys
 *     HOME/gate/vault         surrogates and keys, sealed (vault.c)
 *     HOME/gate/egress.log    the ledger (ledger.c)
 */
#ifndef HEARTH_GATE_GATE_H
#define HEARTH_GATE_GATE_H

#include "gate/parcel.h"

/* `folder` is HOME/gate; made with 0700 when absent. One thread at a time. */
Status gate_open(const char *folder, Gate **out, Err *err) WARN_UNUSED;
void gate_close(Gate *gate); /* NULL is fine */

#endif
