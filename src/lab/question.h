/*
 * Questions made from sentences and tables by rules: the sentence or row holds one clear answer (a
 * date, a number with its unit, a name, a place), the question asks for it and does not give it
 * away.
 *
 * Pure: no store, no model, nothing is allocated.
 */
#ifndef HEARTH_LAB_QUESTION_H
#define HEARTH_LAB_QUESTION_H

#include "base/text.h"

typedef enum LabKind {
    LAB_DATE,
    LAB_NUMBER,
    LAB_WHO,
    LAB_PLACE,
    LAB_TABLE, /* a number or date out of a table */
    LAB_UNANSWERABLE, /* of the same shape; the collection does not hold what it is about */
    LAB_KIND_COUNT
} LabKind;

enum { LAB_QUESTION_MAX = 240, LAB_SENTENCE_MAX = 600, LAB_GOLD_MAX = 160 }; /* bytes */

typedef struct LabAsk {
    LabKind kind;
    char question[LAB_QUESTION_MAX];
    size_t n;
    size_t gold_start, gold_end;   /* bytes of the sentence: the answer */
    size_t about_start, about_end; /* bytes of the question: what it is about; equal: unknown */
    bool chinese;
} LabAsk;

const char *lab_kind_name(LabKind kind); /* "date" */
/* The kind that lab_kind_name() calls so; false: none, and *out stays. */
bool lab_kind_from_name(Str name, LabKind *out);

/* Is it clear which place of the text is meant by these words? */
bool lab_stands_once(Str text, Str words);

/* The question that a sentence answers. Line breaks in it count as blanks. False: by these rules it
   answers none, or does not stand alone. */
bool lab_ask(Str sentence, LabAsk *out);

/* Does the paragraph hold a table with named columns? */
bool lab_is_table(Str paragraph);
/* The next question about such a table, one a call; false at their end. *at is 0 at first and says
   where to go on. Offsets are of the table. */
bool lab_ask_table(Str table, size_t *at, LabAsk *out);

/* The two grammars, of which lab_ask chooses: this one for English. */
bool lab_ask_english(Str sentence, LabAsk *out);
/* The clauses of a Chinese sentence, one a call, without the mark that ends them: each may answer a
   question of its own. *at is 0 at first; false: there is none left. */
bool lab_next_clause(Str sentence, size_t *at, Str *clause);
/* Questions about a sentence in Chinese; *out means something only where it says true. */
bool lab_ask_chinese(Str sentence, LabAsk *out);

#endif
