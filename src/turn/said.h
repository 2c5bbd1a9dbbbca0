/*
 * Said: which day "yesterday" was, in words that were said on a day.
 */
#ifndef HEARTH_TURN_SAID_H
#define HEARTH_TURN_SAID_H

#include "turn/turn.h"

typedef enum SaidUnit { SAID_DAY, SAID_DAYS, SAID_MONTH, SAID_YEAR } SaidUnit;

/* Words for a time as seen from the day on which they were said. */
typedef struct Said {
    Str words;    /* of the text */
    SaidUnit unit;
    int from, to; /* YYYYMMDD; of a month or a year its first day, twice */
} Said;

/* The first of them in a text that was said on `day` (YYYYMMDD). Any bytes. */
bool said_find(Str text, int day, Said *out);
/* The day on which byte `at` of a passage was said: the last one above it in the passage, else that
   of the line that says where the passage stands; 0: it is not known. */
int said_day(Str passage, size_t at, Str context);
/* Is something to be told to a reader whose answer says the date `told` (0: none), of what was said
   on `day`? A small model takes that day for the one that was meant; another date is the answer. */
bool said_is_open(const Said *said, int day, int told);
/* Behind the steps: where a time was asked for, and the answer or the quote that it rests on says
   one in such words, a sentence behind it says the date. Nothing else changes. */
Status said_tell(Turn *turn, Err *err) WARN_UNUSED;

#endif
