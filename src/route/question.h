/*
 * The question inside a prompt: what is asked, without the words around it.
 *
 * What people and programs send is often wrapped: worked examples before the question, "please
 * answer with a letter", a greeting, thanks. A router that reads the wrapping decides by it, and
 * decides otherwise for the same question in other clothes. So the wrapping is taken off first.
 */
#ifndef HEARTH_ROUTE_QUESTION_H
#define HEARTH_ROUTE_QUESTION_H

#include "base/text.h"

enum { ROUTE_OPTIONS_MAX = 10, ROUTE_TEXT_MAX = 8192 };

/* Views into one flat text: lower case, digits as they are, runs of blanks as one. */
typedef struct RouteQuestion {
    char flat[ROUTE_TEXT_MAX + 8]; /* zeros behind, so that 8 bytes may be loaded anywhere */
    size_t n;                      /* bytes of flat: the stem, then the options, a blank between */
    size_t stem;                   /* bytes of the stem */
    size_t option_at[ROUTE_OPTIONS_MAX], option_n[ROUTE_OPTIONS_MAX];
    int n_options;
    int n_lines;  /* of the stem */
    size_t whole; /* bytes of the question, also of what did not fit */
} RouteQuestion;

/* Reads any bytes; never fails. Of a question above ROUTE_TEXT_MAX bytes its beginning and its end
   are kept: the end is where the question stands when a text is pasted before it. */
void route_question_read(Str prompt, RouteQuestion *out);
/* Is it a word, in small letters, that only greets, asks or thanks? */
bool route_word_courteous(Str word);

#endif
