/*
 * The body of meter.h.
 */
#include "gate/meter.h"

#include "base/clock.h"

enum { REPORT_MS = 100 };

Meter meter_begin(GateProgressFn report, void *user, uint64_t done, uint64_t total) {
    return (Meter){report, user, total, done, clock_now_ms(), 0};
}

/*
 * The speed of the last stretch counts by its share of 3 s (meter.h), the old average by the rest;
 * a stretch of 3 s or more replaces it. 10 MB/s before, 20 MB/s in the last 300 ms:
 *
 *     weight = 300 / 3000 = 0.1       rate = 10 + 0.1 * (20 - 10) = 11 MB/s
 *
 * What got less (pip moves a file out of the folder) says nothing of the speed. Calls in between
 * are free: only the clock is read.
 */
void meter_report(Meter *m, uint64_t done, bool now) {
    double at = clock_now_ms(), span = at - m->last_ms;
    if (!m->report || (!now && span < REPORT_MS)) return;
    if (span > 0 && done >= m->last_done) {
        double lately = (double)(done - m->last_done) / span * 1e3;
        double weight = span < 3000 ? span / 3000 : 1;
        m->rate = m->rate > 0 ? m->rate + weight * (lately - m->rate) : lately;
    }
    m->last_done = done;
    m->last_ms = at;
    double left = m->total > done && m->rate > 0 ? (double)(m->total - done) / m->rate : -1;
    if (m->total && done >= m->total) left = 0;
    GateProgress p = {done, m->total, m->rate, left};
    m->report(m->user, &p);
}
