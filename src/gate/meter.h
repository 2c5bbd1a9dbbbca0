/*
 * Progress of what comes over the network, for fetch.c and pip.c.
 */
#ifndef HEARTH_GATE_METER_H
#define HEARTH_GATE_METER_H

#include "gate/send.h"

/* Speed over the last seconds: an average that forgets with a time constant of about 3 s. */
typedef struct Meter {
    GateProgressFn report;
    void *user;
    uint64_t total, last_done;
    double last_ms, rate; /* bytes a second; 0 until known */
} Meter;

/* From now on; `done` bytes were there before and do not count as speed. `report` may be NULL. */
Meter meter_begin(GateProgressFn report, void *user, uint64_t done, uint64_t total);
/* Calls the function at most 10 times a second, unless it is to be `now`. */
void meter_report(Meter *m, uint64_t done, bool now);

#endif
