/*
 * The body of calendar.h.
 *
 * Days are counted by the 400 years' cycle of the Gregorian calendar. Months are counted from March
 * on, so that the leap day is a year's last one: 153 days are five months from March, 146,097 are
 * 400 years. Source: Howard Hinnant, "chrono-compatible low-level date algorithms",
 * days_from_civil and civil_from_days.
 *
 * Dates stand in texts in many forms, and each reader takes those that its texts have:
 *
 *     2023-05-08   2023/5/8   20230508   8.5.2023   8 May 2023   8th of May, 2023   8. Mai 2023
 *     May 8, 2023  2023年5月8日  28/5/2023   8.5.23    May 2023     2023-05
 *
 * 5/8/2023 is one day in America and another one in Britain: it is read only where one of the two
 * numbers is above 12. Two digits of a year are read behind D.M. alone. A number is taken whole: no
 * date ends inside of one. Names of months are English and German, whole or as they are cut, also
 * Austria's ("Jänner") and without an umlaut ("Maerz").
 *
 * A Chinese date has 日 or 号 behind its day, or ends there: 2023年5月8至10日 is a span, no date.
 *
 * Limits: words of WORD_BYTES; two-digit years are of the 21st century; names of other languages
 * are known to the gate alone (gate/scan/format_date.c), which need not know which month it is.
 */
#include "base/calendar.h"

#include <assert.h>
#include <stdio.h>

#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"

enum { WORD_BYTES = 16, YEAR_LEAST = 1000, YEAR_MOST = 2999, CENTURY = 2000, ERA_DAYS = 146097 };

/* ---- days ------------------------------------------------------------------------------------ */

int calendar_month_days(int year, int month) {
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    assert(month >= 1 && month <= 12);
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

bool calendar_has(int year, int month, int day) {
    return month >= 1 && month <= 12 && day >= 1 && day <= calendar_month_days(year, month);
}

int64_t calendar_number(CalendarDate date) {
    assert(date.month >= 1 && date.month <= 12 && date.day >= 1);
    int64_t y = (int64_t)date.year - (date.month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
    int64_t doy = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
    return era * ERA_DAYS + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

CalendarDate calendar_date(int64_t number) {
    assert(number >= -719528 && number <= 2932896); /* the years 0 to 9999 */
    int64_t z = number + 719468 + ERA_DAYS; /* one cycle more: the first days of the year 0 */
    int64_t era = z / ERA_DAYS - 1, doe = z % ERA_DAYS;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int month = (int)(mp < 10 ? mp + 3 : mp - 9), day = (int)(doy - (153 * mp + 2) / 5 + 1);
    assert(calendar_has((int)(yoe + era * 400 + (month <= 2)), month, day));
    return (CalendarDate){(int)(yoe + era * 400 + (month <= 2)), month, day};
}

/* 1 January 1970 was a Thursday. */
int calendar_weekday(int64_t number) { return (int)(((number + 3) % 7 + 7) % 7); }

/* ---- names ----------------------------------------------------------------------------------- */

static const char *const month_names[CALENDAR_TONGUES][12] = {
    {"January", "February", "March", "April", "May", "June", "July", "August", "September",
     "October", "November", "December"},
    {"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
     "November", "Dezember"},
    {"一月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "十一月",
     "十二月"}};

static const char *const weekday_names[CALENDAR_TONGUES][7] = {
    {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"},
    {"Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"},
    {"星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"}};

/* In small letters: whole names first, as many as `whole` says, then what they are cut to. */
typedef struct Spelling {
    int whole;
    const char *words[8];
} Spelling;

static const Spelling month_words[12] = {
    {3, {"january", "januar", "jänner", "jan", "jän"}},
    {2, {"february", "februar", "feb", "febr"}},
    {3, {"march", "märz", "maerz", "mar", "mär", "mrz"}},
    {1, {"april", "apr"}},
    {2, {"may", "mai"}},
    {2, {"june", "juni", "jun"}},
    {2, {"july", "juli", "jul"}},
    {1, {"august", "aug"}},
    {1, {"september", "sep", "sept"}},
    {2, {"october", "oktober", "oct", "okt"}},
    {1, {"november", "nov"}},
    {2, {"december", "dezember", "dec", "dez"}}};

static const Spelling weekday_words[7] = {
    {2, {"monday", "montag", "mon", "mo"}},
    {2, {"tuesday", "dienstag", "tue", "tues", "di"}},
    {2, {"wednesday", "mittwoch", "wed", "mi"}},
    {2, {"thursday", "donnerstag", "thu", "thur", "thurs", "do"}},
    {2, {"friday", "freitag", "fri", "fr"}},
    {3, {"saturday", "samstag", "sonnabend", "sat", "sa"}},
    {2, {"sunday", "sonntag", "sun", "so"}}};

/* Which of n spellings a word is; -1: none. Scanners ask about every word of a text: most go by
   their first letter, which is of ASCII in all spellings. */
static int spelling_of(Str word, const Spelling *list, int n, bool cut) {
    char bytes[WORD_BYTES];
    Str low = {NULL, 0};
    if (word.n < 2 || word.n > sizeof bytes) return -1;
    const char first = plain_lower(word.p[0]);
    for (int i = 0; i < n; i++) {
        for (int k = 0; list[i].words[k] && (cut || k < list[i].whole); k++) {
            if (list[i].words[k][0] != first) continue;
            if (!low.n) low = utf8_lower(word, bytes);
            if (str_eq_c(low, list[i].words[k])) return i;
        }
    }
    return -1;
}

const char *calendar_month_name(CalendarTongue tongue, int month) {
    assert(tongue < CALENDAR_TONGUES && month >= 1 && month <= 12);
    return month_names[tongue][month - 1];
}

const char *calendar_weekday_name(CalendarTongue tongue, int weekday) {
    assert(tongue < CALENDAR_TONGUES && weekday >= 0 && weekday < 7);
    return weekday_names[tongue][weekday];
}

int calendar_month_whole(Str word) { return spelling_of(word, month_words, 12, false) + 1; }

int calendar_month(Str word) { return spelling_of(word, month_words, 12, true) + 1; }

int calendar_weekday_whole(Str word) { return spelling_of(word, weekday_words, 7, false); }

int calendar_weekday_named(Str word) { return spelling_of(word, weekday_words, 7, true); }

/* Bytes of the first of the list that s begins with, which is *which; 0: none. */
static size_t begins(Str s, const char *const *list, int *which) {
    for (*which = 0; list[*which]; ++*which) {
        if (str_starts(s, str_from(list[*which]))) return strlen(list[*which]);
    }
    return 0;
}

size_t calendar_weekday_han(Str s, int *weekday) {
    static const char *const words[] = {"周", "星期", "礼拜", "个周", "个星期", "个礼拜", NULL};
    static const char *const days[] = {"一", "二", "三", "四", "五", "六", "日", "天", NULL};
    int which;
    size_t word = begins(s, words, &which);
    size_t day = word ? begins(str_sub(s, word, s.n), days, &which) : 0;
    if (!day) return 0;
    *weekday = which > 6 ? 6 : which;
    return word + day;
}

/* ---- pieces of a date ------------------------------------------------------------------------ */

/* A run of digits at *at, 1 to `most` of them and no more; moves behind it. */
static bool take_number(Str s, size_t *at, size_t most, int *out) {
    size_t from = *at;
    int value = 0;
    while (*at < s.n && plain_is_digit(s.p[*at]) && *at - from <= most) {
        value = value * 10 + (s.p[(*at)++] - '0');
    }
    *out = value;
    return *at > from && *at - from <= most;
}

static bool take_year(Str s, size_t *at, int *year) {
    size_t from = *at;
    return take_number(s, at, 4, year) && *at - from == 4;
}

static void skip_blanks(Str s, size_t *at) {
    while (*at < s.n && (s.p[*at] == ' ' || s.p[*at] == '\t')) ++*at;
}

/* One of the signs at *at; moves behind it and blanks. */
static bool take_sign(Str s, size_t *at, const char *signs) {
    if (*at >= s.n || !s.p[*at] || !strchr(signs, s.p[*at])) return false;
    ++*at;
    skip_blanks(s, at);
    return true;
}

/* The word of letters at *at; moves behind it and blanks. */
static Str take_word(Str s, size_t *at) {
    size_t from = *at, end = from;
    while (end < s.n && (plain_is_letter(s.p[end]) || (unsigned char)s.p[end] >= 0x80)) end++;
    *at = end;
    skip_blanks(s, at);
    return str_sub(s, from, end);
}

static bool take_month(Str s, size_t *at, int *month) {
    *month = calendar_month(take_word(s, at));
    return *month > 0;
}

/* Behind the number of a day: "st", "th", "." or nothing, and behind that "of". */
static void skip_ordinal(Str s, size_t *at) {
    static const char *const ends[] = {"st", "nd", "rd", "th", "of"};
    (void)take_sign(s, at, ".");
    skip_blanks(s, at);
    for (int i = 0; i < 2; i++) {
        size_t next = *at;
        Str word = take_word(s, &next);
        for (size_t k = 0; k < ARRAY_LEN(ends); k++) {
            if (word.n == 2 && str_begins(word, ends[k])) *at = next;
        }
    }
}

/* Behind the last number of a date; moves behind 日, 号 or 號. A comma or a blank ends it, too. */
static bool take_day_sign(Str s, size_t *at) {
    static const char *const signs[] = {"日", "号", "號", NULL};
    static const char *const ends[] = {"，", "。", "；", "（", "）", NULL};
    int which;
    size_t n = begins(str_sub(s, *at, s.n), signs, &which);
    *at += n;
    return n || *at >= s.n || memchr(" \t\n,.)", s.p[*at], 6) ||
           begins(str_sub(s, *at, s.n), ends, &which);
}

/* ---- forms ----------------------------------------------------------------------------------- */

/* 2023-05-08 with one sign throughout, or 2023-05, whose day is 0 */
static bool read_year_first(Str s, size_t *at, CalendarDate *out) {
    if (!take_year(s, at, &out->year) || *at >= s.n) return false;
    char sign[2] = {s.p[*at], 0};
    if (!strchr("-/._", sign[0]) || !take_sign(s, at, sign)) return false;
    if (!take_number(s, at, 2, &out->month)) return false;
    size_t end = *at;
    if (take_sign(s, at, sign) && take_number(s, at, 2, &out->day)) return true;
    out->day = 0;
    *at = end;
    return sign[0] == '-';
}

/* 20230508, alone or before two, four or six digits of a time; of other years it is any number */
static bool read_packed(Str s, size_t *at, CalendarDate *out) {
    size_t n = 0;
    int number = 0;
    for (; n < s.n && plain_is_digit(s.p[n]) && n <= 14; n++) {
        if (n < 8) number = number * 10 + (s.p[n] - '0');
    }
    *at = n;
    *out = (CalendarDate){number / 10000, number / 100 % 100, number % 100};
    return n >= 8 && n <= 14 && n % 2 == 0 && out->year >= 1900 && out->year <= 2100;
}

/* 8.5.2023, 08. 05. 2023; 08.05.23 has no blanks, for 1. 2. 34 may be three numbers */
static bool read_stopped(Str s, size_t *at, bool short_year, CalendarDate *out) {
    if (!take_number(s, at, 2, &out->day) || !take_sign(s, at, ".")) return false;
    if (!take_number(s, at, 2, &out->month) || !take_sign(s, at, ".")) return false;
    size_t from = *at;
    if (!take_number(s, at, 4, &out->year)) return false;
    if (*at - from == 4) return true;
    out->year += CENTURY;
    return short_year && *at - from == 2 && !memchr(s.p, ' ', *at);
}

/* 28/5/2023 and 5/28/2023 */
static bool read_slashed(Str s, size_t *at, CalendarDate *out) {
    int first, second;
    if (!take_number(s, at, 2, &first) || !take_sign(s, at, "/")) return false;
    if (!take_number(s, at, 2, &second) || !take_sign(s, at, "/")) return false;
    if (!take_year(s, at, &out->year) || (first > 12) == (second > 12)) return false;
    out->day = second > 12 ? second : first;
    out->month = second > 12 ? first : second;
    return true;
}

/* 8 May 2023, 8th of May, 2023, 8. Mai 2023 */
static bool read_day_first(Str s, size_t *at, CalendarDate *out) {
    if (!take_number(s, at, 2, &out->day)) return false;
    skip_blanks(s, at);
    skip_ordinal(s, at);
    if (!take_month(s, at, &out->month)) return false;
    (void)take_sign(s, at, ".,");
    return take_year(s, at, &out->year);
}

/* May 8, 2023, May 8th 2023, and May 2023, whose day is 0 */
static bool read_month_first(Str s, size_t *at, CalendarDate *out) {
    if (!take_month(s, at, &out->month)) return false;
    (void)take_sign(s, at, ".,");
    size_t month = *at;
    if (take_number(s, at, 2, &out->day)) {
        skip_blanks(s, at);
        skip_ordinal(s, at);
        (void)take_sign(s, at, ",");
        return take_year(s, at, &out->year);
    }
    out->day = 0;
    *at = month;
    return take_year(s, at, &out->year);
}

/* 2023年5月8日 */
static bool read_han(Str s, size_t *at, CalendarDate *out) {
    if (!take_year(s, at, &out->year)) return false;
    if (!str_starts(str_sub(s, *at, s.n), STR("年"))) return false;
    *at += strlen("年");
    if (!take_number(s, at, 2, &out->month)) return false;
    if (!str_starts(str_sub(s, *at, s.n), STR("月"))) return false;
    *at += strlen("月");
    return take_number(s, at, 2, &out->day) && take_day_sign(s, at);
}

static bool read_form(Str s, unsigned form, unsigned forms, size_t *at, CalendarDate *out) {
    switch (form) {
    case CALENDAR_YEAR_FIRST: return read_year_first(s, at, out);
    case CALENDAR_PACKED: return read_packed(s, at, out);
    case CALENDAR_STOPPED: return read_stopped(s, at, forms & CALENDAR_SHORT_YEAR, out);
    case CALENDAR_SLASHED: return read_slashed(s, at, out);
    case CALENDAR_NAMED:
        if (s.p[0] < '0' || s.p[0] > '9') return read_month_first(s, at, out);
        return read_day_first(s, at, out);
    case CALENDAR_HAN: return read_han(s, at, out);
    default: return false;
    }
}

size_t calendar_read(Str s, unsigned forms, CalendarDate *out) {
    if (!s.n || !(plain_is_digit(s.p[0]) || plain_is_letter(s.p[0]))) return 0;
    for (unsigned form = 1; form <= forms; form <<= 1) {
        CalendarDate date = {0};
        size_t end = 0;
        if (!(forms & form) || !read_form(s, form, forms, &end, &date)) continue;
        int least = forms & CALENDAR_MONTHS ? 0 : 1;
        bool fits = date.year >= YEAR_LEAST && date.year <= YEAR_MOST && date.month >= 1 &&
                    date.month <= 12 && date.day >= least && date.day <= 31;
        if (!fits || (end < s.n && plain_is_digit(s.p[end]))) continue;
        assert(end > 0 && end <= s.n);
        *out = date;
        return end;
    }
    return 0;
}

/* Behind a letter begins no name of a month and no D.M.; a year may ("scan20230508", 于2023年). */
bool calendar_find(Str text, unsigned forms, CalendarDate *out, size_t *from, size_t *to) {
    enum { YEAR_FORMS = CALENDAR_YEAR_FIRST | CALENDAR_PACKED | CALENDAR_HAN };
    for (size_t at = 0; at < text.n; at++) {
        char before = at ? text.p[at - 1] : ' ';
        bool digit = plain_is_digit(text.p[at]);
        bool letter = plain_is_letter(before) || (!digit && (unsigned char)before >= 0x80);
        if (plain_is_digit(before) || (letter && !digit)) continue;
        size_t n = calendar_read(str_sub(text, at, text.n), letter ? forms & YEAR_FORMS : forms,
                                 out);
        if (!n) continue;
        *from = at;
        *to = at + n;
        return true;
    }
    return false;
}

/* ---- writing --------------------------------------------------------------------------------- */

char *calendar_write(CalendarTongue tongue, CalendarDate date, char out[CALENDAR_TEXT_BYTES]) {
    const char *name = calendar_month_name(tongue, date.month), *stop = "";
    int n = 0;
    if (tongue == CALENDAR_CHINESE) {
        n = snprintf(out, CALENDAR_TEXT_BYTES, "%d年%d月", date.year, date.month);
        if (date.day) n += snprintf(out + n, CALENDAR_TEXT_BYTES - (size_t)n, "%d日", date.day);
    } else {
        if (tongue == CALENDAR_GERMAN) stop = ".";
        if (date.day) n = snprintf(out, CALENDAR_TEXT_BYTES, "%d%s ", date.day, stop);
        n += snprintf(out + n, CALENDAR_TEXT_BYTES - (size_t)n, "%s %d", name, date.year);
    }
    assert(n > 0 && n < CALENDAR_TEXT_BYTES);
    return out;
}

/* The remainders tell the compiler what the assert tells a reader: all of it has room. */
char *calendar_iso(CalendarDate date, char out[CALENDAR_ISO_BYTES]) {
    assert(date.year >= 0 && date.year <= 9999 && date.month >= 0 && date.month <= 12);
    assert(date.day >= 0 && date.day <= 31);
    (void)snprintf(out, CALENDAR_ISO_BYTES, "%04u-%02u-%02u", (unsigned)date.year % 10000U,
                   (unsigned)date.month % 100U, (unsigned)date.day % 100U);
    return out;
}

const char *calendar_ordinal(int day) {
    int last = day / 10 % 10 == 1 ? 0 : day % 10;
    return last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th";
}
