/*
 * A monotonic clock that stands still and moves only where a test says so: what is measured or has
 * a deadline does not depend on how busy the machine is. clock_fix_now(0) lets it go again.
 */
#ifndef HEARTH_TESTS_HELD_CLOCK_H
#define HEARTH_TESTS_HELD_CLOCK_H

#include "base/clock.h"

/* Holds it, so much later than now. */
static inline void let_pass(uint64_t ms) {
    clock_fix_now(clock_now_ns() + ms * 1000000);
}

#endif
