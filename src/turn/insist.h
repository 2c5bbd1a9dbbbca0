/*
 * Insist: what a Chinese question insists on, a document must speak of.
 *
 * "What was Tang Wan's blood sugar in 2023?" finds the report of 2025; "how long does the T40 run?"
 * the manual of the T20. Every word of the sentence that a model makes of it stands there but the
 * one that matters. These rules look for that one.
 */
#ifndef HEARTH_TURN_INSIST_H
#define HEARTH_TURN_INSIST_H

#include "base/text.h"

enum { INSIST_MAX = 6, INSIST_PARTS = 4 }; /* of each kind; texts that a document is known by */

typedef struct Insist {
    int years[INSIST_MAX], months[INSIST_MAX];
    size_t n_years, n_months;
    Str codes[INSIST_MAX], ordinals[INSIST_MAX]; /* of the question; "T40", "4.0"; "第5讲", "3幢" */
    size_t n_codes, n_ordinals;
    Str work;  /* "《状况报告2021》" with its number, without the brackets; empty: none is named */
    Str thing; /* what is asked for, in "A的B是什么"; empty: it cannot be told */
} Insist;

/* Reads what a question names; what is beyond INSIST_MAX of a kind is left out, and then asks for
   nothing. The strings are views of the question, which must outlive *out. Any bytes. */
void insist_read(Str question, Insist *out);
/* Does it insist on anything at all? If not every document fits. */
bool insist_any(const Insist *insist);
/* Does a document speak of it? parts: its text, path, title, place, in any order; empty ones are
   fine. Of several years, months or codes one is enough; every ordinal must fit. Linear in the
   parts for each of what is insisted on. */
bool insist_fits(const Insist *insist, const Str parts[INSIST_PARTS]);

/* Has the quote a code like one that is asked about ("E1" for "E3"), and none that is? */
bool insist_other_code(Str question, Str quote);
/* "放2克盐" from "生抽2勺": does a number of the sentence that has a unit behind it have another
   one wherever it stands in the quote? */
bool insist_other_unit(Str sentence, Str quote);
/* Has the quote a number of the answer's that the question has not, with the same unit? */
bool insist_same_figure(Str question, Str answer, Str quote);

#endif
