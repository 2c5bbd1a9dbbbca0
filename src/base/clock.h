/*
 * Time, behind one seam so that tests can hold it still. Deadlines use the monotonic clock, stamps
 * for people the real one.
 */
#ifndef HEARTH_BASE_CLOCK_H
#define HEARTH_BASE_CLOCK_H

#include <stdint.h>

uint64_t clock_now_ns(void);     /* monotonic */
double clock_now_ms(void);       /* monotonic, for timings */
int64_t clock_real_s(void);      /* seconds since 1970 */
int64_t clock_local_s(void);     /* the same, moved to what clocks on the wall show here */
/* tests: hold the real clock, a negative lets it go; hold the monotonic one, 0 lets it go */
void clock_fix_real(int64_t seconds);
void clock_fix_now(uint64_t ns);

#endif
