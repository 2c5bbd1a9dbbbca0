/*
 * Measure: is the number of an answer one of what was asked for? English and German.
 */
#ifndef HEARTH_TURN_MEASURE_H
#define HEARTH_TURN_MEASURE_H

#include "base/mem.h"
#include "base/text.h"

/* "How many rooms?" - "5", from "5 days": in the quote each number of the answer is of another kind
   than what is counted. False where it has none of them, or no unit. */
Status measure_other_unit(Arena *arena, Str question, Str answer, Str quote, bool *other,
                          Err *err) WARN_UNUSED;
/* "How much a month?" - from "per seat and year": the quote, or the line that says where it stands
   (the head of its table), has a rate of another period and does not name the one asked for. */
Status measure_other_period(Arena *arena, Str question, Str quote, Str place, bool *other,
                            Err *err) WARN_UNUSED;

#endif
