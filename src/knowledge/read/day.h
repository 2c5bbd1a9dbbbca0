/*
 * Days that texts for people say: "8 May 2023", "2023年5月8日", and lines that say nothing else.
 */
#ifndef HEARTH_KNOWLEDGE_READ_DAY_H
#define HEARTH_KNOWLEDGE_READ_DAY_H

#include "base/calendar.h"

typedef struct Day {
    size_t from, to; /* its bytes */
    char iso[CALENDAR_ISO_BYTES]; /* "2023-05-08" */
} Day;

/* The first full date of the text; false: there is none that can be told. Any bytes. */
bool day_find(Str text, Day *out);
/* Is the line a date and nothing else but a weekday, a time of day or the weather? Any bytes. */
bool day_is_line(Str line, Day *out);

#endif
