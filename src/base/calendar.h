/*
 * The calendar: days as numbers, the names of months and weekdays, and dates in texts, read and
 * written. Every room's dates come through here.
 */
#ifndef HEARTH_BASE_CALENDAR_H
#define HEARTH_BASE_CALENDAR_H

#include "base/text.h"

/* ---- days ---- */

/* A day of the Gregorian calendar, of any year; day 0: a month of a year. */
typedef struct CalendarDate {
    int year, month, day;
} CalendarDate;

enum { CALENDAR_ISO_BYTES = 11, CALENDAR_TEXT_BYTES = 48 };

/* 28 to 31; month is 1 to 12. */
int calendar_month_days(int year, int month);
/* Is there such a day? Any numbers. */
bool calendar_has(int year, int month, int day);
/* Days from 1 January 1970 to that day, before it below 0, for any year. Month is 1 to 12, day from
   1 on; days beyond the month's end go on into the next. */
int64_t calendar_number(CalendarDate date);
/* The day of a number, of the years 0 to 9999: from -719528 to 2932896. */
CalendarDate calendar_date(int64_t number);
/* Monday 0, of any number. */
int calendar_weekday(int64_t number);

/* ---- names ---- */

typedef enum CalendarTongue {
    CALENDAR_ENGLISH,
    CALENDAR_GERMAN,
    CALENDAR_CHINESE,
    CALENDAR_TONGUES
} CalendarTongue;

/* "March", "März", "三月"; month is 1 to 12. */
const char *calendar_month_name(CalendarTongue tongue, int month);
/* "Monday", "Montag", "星期一"; Monday is 0. */
const char *calendar_weekday_name(CalendarTongue tongue, int weekday);
/* 1 to 12 by a whole English or German name of a month ("march", "Jänner"), its case aside; 0: it
   is none. "may" and "mai" are months here. */
int calendar_month_whole(Str word);
/* The same, also for what it is cut to: "mar", "mär", "sept". No point behind it. */
int calendar_month(Str word);
/* 0 to 6 by an English or German name of a weekday, its case aside; -1: it is none. */
int calendar_weekday_whole(Str word);
/* The same, also for "tue", "thurs", "mo", "di": some of these are words of other meaning. */
int calendar_weekday_named(Str word);
/* "周五", "个星期日", "礼拜天" at the beginning of s: its bytes, 0 for none; *weekday as above. */
size_t calendar_weekday_han(Str s, int *weekday);

/* ---- dates in texts ---- */

/* Forms in which a date may be written. */
enum {
    CALENDAR_YEAR_FIRST = 1,  /* 2023-05-08, 2023/5/8, 2023.5.8, 2023_05_08 */
    CALENDAR_PACKED = 2,      /* 20230508, 2023050814, 202305081415, 20230508141500 */
    CALENDAR_STOPPED = 4,     /* 8.5.2023, 08. 05. 2023 */
    CALENDAR_SHORT_YEAR = 8,  /* 8.5.23, of this century; with CALENDAR_STOPPED */
    CALENDAR_SLASHED = 16,    /* 28/5/2023 and 5/28/2023, but not 5/8/2023 */
    CALENDAR_NAMED = 32,      /* 8 May 2023, 8th of May, 2023, May 8, 2023, 8. Mai 2023 */
    CALENDAR_HAN = 64,        /* 2023年5月8日 */
    CALENDAR_MONTHS = 128,    /* 2023-05 with CALENDAR_YEAR_FIRST, May 2023 with CALENDAR_NAMED */
    /* what is written for people, and read without a doubt */
    CALENDAR_WRITTEN = CALENDAR_YEAR_FIRST | CALENDAR_STOPPED | CALENDAR_SLASHED | CALENDAR_NAMED |
                       CALENDAR_HAN
};

/* The date that s begins with, in one of the forms: its bytes, 0 for none. A year has four digits
   (1000 to 2999); a day is held against 31, not against its month: calendar_has. Any bytes. */
size_t calendar_read(Str s, unsigned forms, CalendarDate *out);
/* The first date of a text that is no part of a longer word or number: [*from, *to). */
bool calendar_find(Str text, unsigned forms, CalendarDate *out, size_t *from, size_t *to);

/* "8 May 2023", "8. Mai 2023", "2023年5月8日"; without a day "May 2023". Returns out. */
char *calendar_write(CalendarTongue tongue, CalendarDate date, char out[CALENDAR_TEXT_BYTES]);
/* "2023-05-08", of the years 0 to 9999; returns out. */
char *calendar_iso(CalendarDate date, char out[CALENDAR_ISO_BYTES]);
/* "st", "nd", "rd" or "th" behind a number. */
const char *calendar_ordinal(int day);

#endif
