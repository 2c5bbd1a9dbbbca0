/*
 * Tests that promise "not slow" hold a time against a bound. What a test computes itself is
 * measured in the time that it had a CPU (patience_used_ms): a machine that is busy with other
 * things makes no promise broken. A bound on what is waited for is wide: it tells a wait that ends
 * from one that does not, no more. Under valgrind everything takes some fifty times as long:
 * HEARTH_PATIENCE multiplies the bounds (tools/check-long.sh).
 */
#ifndef HEARTH_TESTS_PATIENCE_H
#define HEARTH_TESTS_PATIENCE_H

#include <assert.h>
#include <stdlib.h>
#include <time.h>

static inline double patience_ms(double bound_ms) {
    const char *factor = getenv("HEARTH_PATIENCE");
    double times = factor ? strtod(factor, NULL) : 1;
    return times > 1 ? bound_ms * times : bound_ms;
}

/* CPU time of this process so far, all threads together. */
static inline double patience_used_ms(void) {
    struct timespec t;
    int rc = clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    assert(rc == 0);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

#endif
