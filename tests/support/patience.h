/*
 * Tests that promise "not slow" hold a time against a bound. Under valgrind everything takes some
 * fifty times as long: HEARTH_PATIENCE multiplies the bounds (tools/check-long.sh).
 */
#ifndef HEARTH_TESTS_PATIENCE_H
#define HEARTH_TESTS_PATIENCE_H

#include <stdlib.h>

static inline double patience_ms(double bound_ms) {
    const char *factor = getenv("HEARTH_PATIENCE");
    double times = factor ? strtod(factor, NULL) : 1;
    return times > 1 ? bound_ms * times : bound_ms;
}

#endif
