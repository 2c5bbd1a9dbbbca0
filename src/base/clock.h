/*
 * Time, behind one seam so that tests can hold it still. Deadlines use the monotonic clock, stamps
 * for people the real one. And the days of the calendar, counted.
 */
#ifndef HEARTH_BASE_CLOCK_H
#define HEARTH_BASE_CLOCK_H

#include <stdint.h>

uint64_t clock_now_ns(void);     /* monotonic */
double clock_now_ms(void);       /* monotonic, for timings */
int64_t clock_real_s(void);      /* seconds since 1970 */
void clock_fix_real(int64_t seconds); /* tests: hold the real clock; negative lets it go */

/* Days from 1 January 1970 to that day, before it below 0, by the Gregorian calendar for any year.
   m is 1 to 12, d from 1 on; days beyond the month's end go on into the next. Source: Howard
   Hinnant, "chrono-compatible low-level date algorithms", days_from_civil. */
int64_t clock_day_number(int64_t y, int m, int d);

#endif
