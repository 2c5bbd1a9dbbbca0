/*
 * Echo: has an answer something from its question that no document says?
 */
#ifndef HEARTH_TURN_ECHO_H
#define HEARTH_TURN_ECHO_H

#include "turn/turn.h"

/* turn->echoed: what the local model wrote says of what the question is about something that the
   documents it cites do not say, and their quotes do not hold the answer, or are rows. Behind the
   answer; asks the model only where there is such a word. Stopped: OK. */
Status echo_check(Turn *turn, Engine *engine, Err *err) WARN_UNUSED;

enum { ECHO_WORD_MAX = 49 }; /* bytes of the room for a word */

/* The *nth (from 0) noun of an English or German question that rules can tell, in small letters,
   in `word`, which has ECHO_WORD_MAX bytes; *nth goes up. False: there is none. */
bool echo_next(Str question, size_t *nth, char *word, size_t cap, Str *out);
/* Has a text the word, one that begins alike, or one of which it is a part? */
bool echo_stands(Str text, Str word);

#endif
