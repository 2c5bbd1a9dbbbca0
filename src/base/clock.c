/*
 * The body of clock.h: two POSIX clocks, and a hook for each that holds it still for tests.
 */
#include "base/clock.h"

#include <stdatomic.h>
#include <time.h>

static _Atomic int64_t fixed_real_s = -1;
static _Atomic uint64_t fixed_now_ns; /* 0: it runs */

/* CLOCK_MONOTONIC cannot fail on Linux once the pointer is good; 2^64 ns last for 584 years. */
uint64_t clock_now_ns(void) {
    struct timespec t;
    uint64_t fixed = atomic_load(&fixed_now_ns);
    if (fixed) return fixed;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

double clock_now_ms(void) {
    return (double)clock_now_ns() / 1e6;
}

/* Whole seconds are what stamps need; the hooks are atomics, since tests hold time still while
   other threads run. */
int64_t clock_real_s(void) {
    int64_t fixed = atomic_load(&fixed_real_s);
    return fixed >= 0 ? fixed : (int64_t)time(NULL);
}

int64_t clock_local_s(void) {
    time_t now = (time_t)clock_real_s();
    struct tm local;
    return localtime_r(&now, &local) ? now + local.tm_gmtoff : now;
}

void clock_fix_real(int64_t seconds) {
    atomic_store(&fixed_real_s, seconds);
}

void clock_fix_now(uint64_t ns) {
    atomic_store(&fixed_now_ns, ns);
}
