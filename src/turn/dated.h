/*
 * Dated: when a document was written, as far as it says so itself.
 */
#ifndef HEARTH_TURN_DATED_H
#define HEARTH_TURN_DATED_H

#include "base/calendar.h"
#include "base/text.h"

/* Four digits of a number within are taken for a year, here and in the other rules of this room. */
enum { DATED_YEAR_LEAST = 1900, DATED_YEAR_MOST = 2100 };

typedef struct Dated {
    int year, month, day; /* 0: not told */
    bool amends;          /* it calls itself an amendment of another document */
} Dated;

/* From the file's path and the beginning of its text, of which 400 bytes are looked at. Any bytes;
   what is not told stays 0. A month is never set without a year, nor a day without a month. */
Dated dated_of(Str path, Str head);
/* 1: a was written after b, -1: before, 0: it cannot be told (one has no year; or no month, where
   the years are the same). An amendment comes after what is none, whatever the dates say. */
int dated_order(const Dated *a, const Dated *b);
/* A cell that is a date, year and month and day, and nothing else; a year alone counts, too. */
bool dated_cell(Str cell, Dated *out);
/* A day as a number that compares, YYYYMMDD; by the local clock, 0 where there is none. */
int dated_today(void);
/* 20261127: a day of the calendar as one number that compares as days do. */
int dated_code(int year, int month, int day);
/* The day of such a number; its month where it ends with 00. */
CalendarDate dated_day(int day);
/* A day as YYYYMMDD counted from 1 January 1970 on, for differences of days and weekdays. */
int64_t dated_number(int day);
/* The latest full date that a text says, as YYYYMMDD; 0: none. Any bytes. */
int dated_latest(Str text);
/* Does a text say one full date, and no other day? *out: it, as YYYYMMDD. A range, two dates or a
   day without its year make it false. Chinese dates count here, too. Any bytes. */
bool dated_only(Str text, int *out);
/* The year that a text names, from 1900 to 2100; 0: none, -1: several. */
int dated_year(Str text);

#endif
