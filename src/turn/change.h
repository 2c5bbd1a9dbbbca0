/*
 * Change: what a later document changed, in Chinese; and of one sentence that has both sides, in
 * English and German.
 *
 * "上线日期由4月15日调整为5月20日": whoever asks for the day wants the second one, and a model that
 * reads the minutes of January writes the first. Sentences that say of themselves that they change
 * something (改为, 调整为, 推迟到, 最终确定为) are told here from what they change.
 */
#ifndef HEARTH_TURN_CHANGE_H
#define HEARTH_TURN_CHANGE_H

#include "base/text.h"

typedef struct ChangeAsk {
    Str question, sentence; /* the sentence of the answer */
    Str quote;              /* what it rests on */
    int64_t quoted_on;      /* the day of the quote's document, YYYYMMDD; 0: not known */
} ChangeAsk;

/* Does a text say that something is changed? One pass over it for some fifty cues; any bytes. */
bool change_stands(Str text);
/* Does `change`, a sentence of a document of that day, say that the answer's sentence is old?
   changed_on: as quoted_on. The same sentence as the quote may say so, too: it may hold both
   sides. False where it cannot be told, and for sentences of more than 1200 bytes. */
bool change_makes_old(const ChangeAsk *ask, Str change, int64_t changed_on);
/* "Von 780 auf 842", "raised from 900 to 1,150": does the quote name both, and the answer only the
   first? Whoever asks for what was before is not to ask here. */
bool change_says_old(const ChangeAsk *ask);
/* Could it be so of a text? Any bytes. */
bool change_names_both(Str text);
/* The day of a document as YYYYMMDD: in its file's name, else the first one in the first 600 bytes
   of its text. 0: none. The calendar is not asked: 31 February is a day. */
int64_t change_day(Str path, Str text);

#endif
