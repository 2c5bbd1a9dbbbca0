/*
 * Steps: the numbered list, or the paragraph, that an answer was taken from, where a way of doing
 * something was asked for, or several things.
 */
#ifndef HEARTH_TURN_STEPS_H
#define HEARTH_TURN_STEPS_H

#include "base/text.h"

enum { STEPS_MAX = 40 };

/* Items of a list; item i is bytes [at[i], at[i + 1]) of the text. */
typedef struct Steps {
    size_t at[STEPS_MAX + 1];
    size_t n;
} Steps;

typedef enum StepsAsked { STEPS_NONE, STEPS_HOW, STEPS_WHICH } StepsAsked;

/* What a question asks for: a way of doing something (or only a topic is named, in Chinese),
   several things, or neither. All texts are in simplified characters (turn_plain). */
StepsAsked steps_asked(Str question);
/* Is a document with this title about the question? Half of the question's pairs of Chinese
   characters stand there. */
bool steps_is_about(Str title, Str question);
/* The first list of `text` that bytes [start,end) touch. False: there is none. */
bool steps_around(Str text, size_t start, size_t end, Steps *out);
/* The same beside them: in their paragraph, or in the one behind it ("Do this:"). Text between two
   blank lines is a paragraph. */
bool steps_beside(Str text, size_t start, size_t end, Steps *out);
/* One item: the sentence before bytes [start,end), these, and what follows as far as it is read in
   one look. False: nothing follows. */
bool steps_follow(Str text, size_t start, size_t end, Steps *out);

#endif
