/*
 * Instead: a follow-up that puts something else into the question before.
 */
#ifndef HEARTH_TURN_INSTEAD_H
#define HEARTH_TURN_INSTEAD_H

#include "base/text.h"
#include "turn/say.h"

/* "No, I meant the boiler contract": what was meant, a view; empty: it is no such correction. */
Str instead_meant(Str question);
/* "And in 2025?", "What about the youth fee?": what is named, a view; empty: it is none of these.
 */
Str instead_named(Str question);
/* The question `before` with `what` in the place of what is like it. False: nothing is, or several
   things are, and nothing was written. */
bool instead_put(Str before, Str what, Buf *out);
/* "In German, please", "shorter": is the last question to be asked again, in which language?
   *language stays as it is where none is named. */
bool instead_again(Str question, TurnLanguage *language);
/* "Are you sure?", "where does it say that?": the last answer is doubted, its proof is wanted. */
bool instead_doubts(Str question);
/* How the text before is wanted, which is written again. */
typedef enum InsteadStyle {
    INSTEAD_PLAIN,
    INSTEAD_SHORTER, /* two sentences */
    INSTEAD_POINTS,  /* a line for each fact */
    INSTEAD_STYLES
} InsteadStyle;
/* "Shorter, please", "in bullet points". */
InsteadStyle instead_style(Str question);
/* "More details", "go on": more is wanted of what the last question asked for. */
bool instead_more(Str question);

#endif
