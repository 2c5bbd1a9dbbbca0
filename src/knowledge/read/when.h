/*
 * The times of calendars in plain words: moments, spans, durations, and the rules of what repeats.
 */
#ifndef HEARTH_KNOWLEDGE_READ_WHEN_H
#define HEARTH_KNOWLEDGE_READ_WHEN_H

#include "base/text.h"

enum { WHEN_ZONE_MAX = 64 };

typedef struct Moment {
    bool set, utc;
    bool whole;      /* a day without a time */
    int64_t day;     /* since 1970-01-01; years 0 to 9999 */
    int64_t second;  /* of the day */
    char zone[WHEN_ZONE_MAX]; /* as it is called; "": none */
} Moment;

/* "20261127T080000Z", "20261127", with dashes and colons or without; false: neither, and it is not
   set. */
bool when_read(Str value, Str zone, Moment *out);
/* "P1DT2H30M" as seconds; false: no duration, or one of more than some thousand years. */
bool when_duration(Str value, int64_t *seconds);
/* Later by so much; not set where the years end. */
Moment when_later(const Moment *from, int64_t seconds);
/* "2026-11-27 08:00 UTC", "2026-11-27". */
void when_add(Buf *out, const Moment *at);
/* "2026-11-27 08:00 to 09:30 (Europe/Berlin)". `end` may be not set; of whole days it is the first
   that is free again, as the format has it. */
void when_add_span(Buf *out, const Moment *start, const Moment *end);
/* "every 2 weeks on Monday and Friday, until 2027-03-31"; rules that are not simple stay as they
   are. */
void when_add_rule(Buf *out, Str rule);

#endif
