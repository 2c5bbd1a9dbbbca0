/*
 * The inside of a parcel, for src/gate alone: parcel.c fills it, wire/ renders it, cloud.c sends
 * it. All strings are masked already and live in the parcel's own arena.
 */
#ifndef HEARTH_GATE_PARCEL_IMPL_H
#define HEARTH_GATE_PARCEL_IMPL_H

#include "base/mem.h"
#include "gate/parcel.h"

struct GateParcel {
    Arena arena;
    GateRequest masked; /* every Str and name in it points into the arena */
    GateReport report;
    uint8_t digest[32]; /* SHA-256 of the masked texts in order: what the ledger names */
};

#endif
