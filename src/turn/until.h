/*
 * Until: how many days there are until something that the documents date.
 */
#ifndef HEARTH_TURN_UNTIL_H
#define HEARTH_TURN_UNTIL_H

#include "turn/turn.h"

/* Is it asked how many days there are until something? Then the question for its date stands in
   `when`, behind what was there; else nothing is added. `plain`: the question folded (turn_plain),
   with the same places. Any bytes. */
bool until_read(Str question, Str plain, Buf *when);
/* The only date that a text says, as YYYYMMDD; 0: it has none, several, one without its year, the
   end of a range, or a span of days beside it. Any bytes. */
int until_date(Str text);
/* Days from one date to the other, both YYYYMMDD, by the calendar; below 0: it is over. */
int until_days(int from, int to);
/* The sentence about them. */
void until_say(TurnLanguage language, int today, int date, Buf *out);
/* A date (YYYYMMDD), or a month of a year (YYYYMM00), as the language writes it. */
void until_say_date(TurnLanguage language, int date, Buf *out);
/* One more sentence behind the answer, which was counted and cites `citation`. There is room. */
Status until_add(Turn *turn, int citation, Str sentence, Err *err) WARN_UNUSED;
/* Behind the steps: where the turn counts days and what it cites says one date, the sentence stands
   behind the answer and cites what says the date. Nothing else changes. */
Status until_tell(Turn *turn, Err *err) WARN_UNUSED;

#endif
