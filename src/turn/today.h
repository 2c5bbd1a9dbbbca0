/*
 * Today: words of a Chinese question that only a calendar can read.
 */
#ifndef HEARTH_TURN_TODAY_H
#define HEARTH_TURN_TODAY_H

#include "base/text.h"

/* "下周五" becomes "12月4日" where now_s, seconds since 1970, is a day of the week before; months as
   well ("下个月11号"). False: the question has no such word, and *out gets nothing. In local time.
   plain: the question folded (base/han.h), of the same length. Any bytes. */
bool today_put(Str question, Str plain, int64_t now_s, Buf *out);

#endif
