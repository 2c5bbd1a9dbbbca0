/*
 * What a Chinese question asks of tables: its signs, and which of them are explained.
 *
 * A question is a run of characters without blanks. Names and cells of a table, words of asking and
 * small words explain parts of it; a table answers when nothing is left over (tally_zh.c).
 */
#ifndef HEARTH_TURN_TALLY_ZH_ASK_H
#define HEARTH_TURN_TALLY_ZH_ASK_H

#include "base/attr.h"
#include "base/status.h"
#include "base/text.h"

enum { SIGNS_MAX = 72 }; /* of a question; a longer one is none of ours */

/* What is to be done with the rows that fit. */
typedef enum Op { OP_NONE, OP_CELL, OP_LIST, OP_COUNT, OP_SUM, OP_LEAST, OP_MOST } Op;

/* A question, what is explained so far, and what is known of it. */
typedef struct ZhSigns {
    uint32_t c[SIGNS_MAX];
    bool used[SIGNS_MAX];
    size_t n;
} ZhSigns;

/* What a superlative is of, where it says more than "most": money, speed, days. */
typedef enum Of { OF_NAMED, OF_PRICE, OF_SPEED, OF_DATE } Of;

typedef struct ZhQuestion {
    ZhSigns signs;
    Op op;
    Of of;
    bool who, when, money, people; /* people: 多少人 */
    bool many; /* 几次, of a column of numbers that has the sign in its name */
    int year, month, day; /* 0: none is given */
    int until; /* the last of several months; 0: month alone */
} ZhQuestion;

/* A digit of ASCII, as signs_read leaves them. */
static inline bool signs_digit(uint32_t c) { return c >= '0' && c <= '9'; }
/* Letters, marks and numbers of a text, folded and in small letters, none used. False: more than
   SIGNS_MAX, and *out has the first of them. */
bool signs_read(Str text, ZhSigns *out);
/* Where `what` stands first in one piece, none of it used; no number or Latin word is cut in two.
   SIZE_MAX: nowhere. */
size_t signs_place(const ZhSigns *in, const ZhSigns *what);
/* Marks every place where it stands as used. False: nowhere. */
bool signs_explain(ZhSigns *in, const ZhSigns *what);
/* The same for a word of ours. */
bool signs_explain_c(ZhSigns *in, const char *what);
/* All words of a list that ends with NULL, in its order: longer ones before those in them. */
bool signs_explain_list(ZhSigns *in, const char *const *list);
/* Is nothing left over? */
bool signs_all_used(const ZhSigns *in);
/* The sign at a place; 0 behind the end. */
uint32_t signs_at(const ZhSigns *s, size_t at);
/* Is the sign anywhere in them, used or not? */
bool signs_has(const ZhSigns *in, uint32_t c);
/* Words and signs that say little; last of all, since they are parts of many words. */
void signs_explain_small(ZhSigns *in);

/* A question, folded, with its times explained; *ours false: not Chinese, too short or too long. */
Status question_read(Str text, ZhQuestion *out, bool *ours, Err *err) WARN_UNUSED;
/* What is asked, by words of asking, which are explained by it. The names of columns must have been
   explained before. False: nothing is. */
bool question_take_op(ZhQuestion *q);

#endif
