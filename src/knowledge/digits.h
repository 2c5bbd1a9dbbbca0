/*
 * Digits: numbers as people write them, with stops, blanks and dashes between groups.
 */
#ifndef HEARTH_KNOWLEDGE_DIGITS_H
#define HEARTH_KNOWLEDGE_DIGITS_H

#include "base/text.h"

enum { DIGITS_MAX = 64, DIGITS_LONG_MAX = 40 };

/* "2.100", "2.100.000,50": a number whose thousands are parted by stops, at the beginning of s. Its
   digits with a decimal point; what it is long, or 0. *sure: it can be read in no other way. */
size_t digits_stopped(Str s, char out[DIGITS_MAX], size_t *n, bool *sure);

/* Where the digits of `code` follow each other in a text, whatever separates groups of them; empty:
   nowhere. */
Str digits_find(Str text, Str code);

/* The long number (a telephone, an account) that begins at *at, as its digits; *at moves behind it.
   Groups have one blank or dash between them. False: none begins there. */
bool digits_long(Str text, size_t *at, char digits[DIGITS_LONG_MAX], Str *out);

#endif
