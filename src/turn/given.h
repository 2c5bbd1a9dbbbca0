/*
 * Given: does an answer give the kind of thing that its question asks for? Pure rules over texts,
 * which may hold any bytes.
 */
#ifndef HEARTH_TURN_GIVEN_H
#define HEARTH_TURN_GIVEN_H

#include "base/text.h"

/* Does it? 1: yes, -1: no, 0: unknown. */
int given_what_was_asked(Str question, Str answer);
/* Is yes or no wanted (English, German)? */
bool given_wants_yes_no(Str question);
/* Is a time wanted ("when", "in which year")? */
bool given_wants_time(Str question);
/* Is an age wanted ("how old", "wie alt")? */
bool given_wants_age(Str question);
/* Is somebody asked for ("who", "wem")? */
bool given_wants_somebody(Str question);
/* Is what is told for a "when" only the date above a letter ("Ort, den 3. Mai 2026")? */
bool given_dated_by_head(Str question, Str answer, Str quote);
/* Does an answer say yes where the quote says under which condition, which the answer left out? */
bool given_on_condition(Str question, Str answer, Str quote);
/* Does an answer say yes where the quote that it rests on says "not", or yes and "not" in one? */
bool given_against_quote(Str question, Str answer, Str quote);

#endif
