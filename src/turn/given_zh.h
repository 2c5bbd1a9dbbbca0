/*
 * Given, in Chinese: what an answer must have that given.c does not see. Texts are folded
 * (base/han.h) and may hold any bytes.
 */
#ifndef HEARTH_TURN_GIVEN_ZH_H
#define HEARTH_TURN_GIVEN_ZH_H

#include "base/text.h"

/* Does a text say when, in a word that is no number ("周一", "月底") and not the question's? */
bool given_zh_when(Str question, Str text);

/* Is it surely not the kind of thing that was asked for: no colour where one was, or a firm where a
   person's name was? */
bool given_zh_other_kind(Str question, Str text);

/* Who asks for a person by the trade wants words about that trade: does a character of it stand
   there? True where no such thing is asked. */
bool given_zh_trade_stands(Str question, Str text);

/* Who asks how much money wants a sum: does the text have a word of one ("元", "七成", "免费"), or is
   it a row of a table? True where no such thing is asked. */
bool given_zh_price_stands(Str question, Str text);

/* Who asks how many people there are wants people counted: does the text name them, or a number of
   people ("582人", "三名"), or is it a row? True where no such thing is asked. */
bool given_zh_people_stand(Str question, Str text);

/* How much it was on one day was asked ("7月20日的收盘价是多少"), and the text says other days and not
   this one. Not where it says from when to when. */
bool given_zh_other_day(Str question, Str text);

/* The cheapest, the first, the most was asked for, and this is one row of a table that does not say
   so: the model names any. Rules compare rows (tally_most.c, tally_zh.c), or nobody does. */
bool given_zh_one_of_many(Str question, Str text);

/* Is the cell of the column that the question names empty in this row? head: the row of names. */
bool given_zh_empty_cell(Str question, Str head, Str row);

/* A name was asked for, and the answer put one together that the quote does not have. */
bool given_zh_made_up(Str question, Str answer, Str quote);

/* Does the row of a table, with what stands around it, share no word with the question? */
bool given_zh_apart(Str question, const Str *around, size_t n);

#endif
