/*
 * Abroad: a question that found no answer is asked again in the documents' language.
 */
#ifndef HEARTH_TURN_ABROAD_H
#define HEARTH_TURN_ABROAD_H

#include "turn/turn.h"

/* The language of most of the passages that are not in the question's own; `own`: too few are. */
TurnLanguage abroad_language(TurnLanguage own, const SearchResults *found);
/* May this be the translation of the question? In the other language, about as long, and with its
   figures. */
bool abroad_stands(Str question, Str translation, TurnLanguage language);
/* Behind the last step. Where the documents do not answer the question, but speak another language,
   the local model puts it into theirs, and turn->again walks through the house with it; it is kept
   if it found an answer. E_CANCELLED, and what its steps return. */
Status abroad_ask(Turn *turn, Err *err) WARN_UNUSED;
/* Closes and frees turn->again; NULL is none. */
void abroad_close(Turn *turn);

#endif
