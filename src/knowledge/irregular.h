/*
 * Irregular: the forms of English verbs that no stemmer brings together.
 *
 * "When did the fair begin?" asks with "begin" what the documents tell with "began"; a question
 * with "did" always does so. Regular verbs are stemmed (lex_stem.c, verify.c), these have a table.
 */
#ifndef HEARTH_KNOWLEDGE_IRREGULAR_H
#define HEARTH_KNOWLEDGE_IRREGULAR_H

#include "base/text.h"

enum { IRREGULAR_FORMS = 3, IRREGULAR_BYTES = 12 };

/* The plain form of a word in small letters, "begin" of "began" and of "begun"; the word itself
   where it is none of the table. */
Str irregular_plain(Str word);

/* The forms of the verb to which a stem (lex_stem) belongs, as stems, without that stem; returns
   how many. Zero-terminated. */
size_t irregular_others(Str stem, char out[IRREGULAR_FORMS][IRREGULAR_BYTES]);

#endif
