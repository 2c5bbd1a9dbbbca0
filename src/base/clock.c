/*
 * The body of clock.h: two POSIX clocks, the calendar's days, and one hook that holds the real
 * clock still for tests.
 */
#include "base/clock.h"

#include <assert.h>
#include <stdatomic.h>
#include <time.h>

static _Atomic int64_t fixed_real_s = -1;

/* CLOCK_MONOTONIC cannot fail on Linux once the pointer is good; 2^64 ns last for 584 years. */
uint64_t clock_now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

double clock_now_ms(void) {
    return (double)clock_now_ns() / 1e6;
}

/* Whole seconds are what stamps need; the hook is an atomic, since tests hold time still while
   other threads run. */
int64_t clock_real_s(void) {
    int64_t fixed = atomic_load(&fixed_real_s);
    return fixed >= 0 ? fixed : (int64_t)time(NULL);
}

void clock_fix_real(int64_t seconds) {
    atomic_store(&fixed_real_s, seconds);
}

/* Months are counted from March on, so that the leap day is a year's last one; 153 days are five
   months from March, 146,097 are 400 years. */
int64_t clock_day_number(int64_t y, int m, int d) {
    assert(m >= 1 && m <= 12 && d >= 1);
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}
