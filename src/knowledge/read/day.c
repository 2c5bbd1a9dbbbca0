/*
 * The body of day.h.
 *
 * Diaries and exports of chats put the day above what was said on it, each in its own manner:
 *
 *     2023-05-08   2023/5/8   8.5.2023   08.05.23   8 May 2023   8th of May, 2023   8. Mai 2023
 *     May 8, 2023  Mon, 8 May 2023       1:56 pm on 8 May, 2023  2023年5月8日 星期一 晴
 *
 * 5/8/2023 is one day in America and another one in Britain: it is read only where one of the two
 * numbers is above 12. Two digits of a year are read behind D.M. and are of this century.
 *
 * Names of months are English and German, whole or cut behind three letters. A line is a line of a
 * day when all that is left of it is signs, names of weekdays, the little words between them, a
 * time of day, or at most REST_SIGNS Chinese characters (星期一 晴).
 *
 * Limits: lines of LINE_BYTES; days are not held against the length of their month.
 */
#include "knowledge/read/day.h"

#include <assert.h>
#include <stdio.h>

#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"

enum { LINE_BYTES = 64, WORD_BYTES = 16, REST_SIGNS = 6, REST_DIGITS = 8, CENTURY = 2000 };

/* What is read of a date so far. */
typedef struct Parts {
    unsigned year, month, day;
} Parts;

/* ---- pieces ---------------------------------------------------------------------------------- */

/* A run of digits at *at, 1 to `most` of them and no more; moves behind it. */
static bool take_number(Str s, size_t *at, size_t most, unsigned *out) {
    size_t from = *at;
    unsigned value = 0;
    while (*at < s.n && plain_is_digit(s.p[*at]) && *at - from <= most) {
        value = value * 10 + (unsigned)(s.p[(*at)++] - '0');
    }
    *out = value;
    return *at > from && *at - from <= most;
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

/* The word of letters at *at in small letters, cut to WORD_BYTES; moves behind it and blanks. */
static Str take_word(Str s, size_t *at, char low[WORD_BYTES]) {
    size_t n = 0;
    while (*at < s.n && (plain_is_letter(s.p[*at]) || (unsigned char)s.p[*at] >= 0x80)) {
        if (n < WORD_BYTES) low[n++] = plain_lower(s.p[*at]);
        ++*at;
    }
    skip_blanks(s, at);
    return (Str){low, n};
}

/* 1 to 12; 0: no month. "Mar" and "Mär" are in both lists what they begin. */
static unsigned month_of(Str word) {
    static const char *const names[2][12] = {
        {"january", "february", "march", "april", "may", "june", "july", "august", "september",
         "october", "november", "december"},
        {"januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september",
         "oktober", "november", "dezember"}};
    for (unsigned i = 0; word.n >= 3 && i < 24; i++) {
        if (str_starts(str_from(names[i / 12][i % 12]), word)) return i % 12 + 1;
    }
    return 0;
}

static bool take_month(Str s, size_t *at, unsigned *month) {
    char low[WORD_BYTES];
    *month = month_of(take_word(s, at, low));
    return *month > 0;
}

static bool take_year(Str s, size_t *at, unsigned *year) {
    size_t from = *at;
    return take_number(s, at, 4, year) && *at - from == 4;
}

/* "st", "th", "." or nothing behind the number of a day, "of" behind that. */
static void skip_ordinal(Str s, size_t *at) {
    static const char *const ends[] = {"st", "nd", "rd", "th", "of", NULL};
    char low[WORD_BYTES];
    (void)take_sign(s, at, ".");
    skip_blanks(s, at);
    for (int i = 0; i < 2; i++) {
        size_t next = *at;
        if (list_has(take_word(s, &next, low), ends)) *at = next;
    }
}

/* ---- forms ----------------------------------------------------------------------------------- */

/* 2023-05-08, 2023/5/8, 2023.5.8, 2023年5月8日 */
static bool year_first(Str s, size_t *at, Parts *p) {
    if (!take_year(s, at, &p->year)) return false;
    Str rest = str_sub(s, *at, s.n);
    bool chinese = str_starts(rest, STR("年"));
    char sign[2] = {rest.n ? rest.p[0] : 0, 0};
    if (chinese) *at += 3;
    else if (!strchr("-/.", sign[0]) || !take_sign(s, at, sign)) return false;
    if (!take_number(s, at, 2, &p->month)) return false;
    bool month = str_starts(str_sub(s, *at, s.n), STR("月"));
    if (chinese && month) *at += 3;
    else if (chinese || !take_sign(s, at, sign)) return false;
    if (!take_number(s, at, 2, &p->day)) return false;
    rest = str_sub(s, *at, s.n);
    if (str_starts(rest, STR("日")) || str_starts(rest, STR("号"))) *at += 3;
    return true;
}

/* 8.5.2023, 08.05.23; 28/5/2023 and 5/28/2023, but not 5/8/2023 */
static bool numbers_only(Str s, size_t *at, Parts *p) {
    unsigned first, second;
    if (!take_number(s, at, 2, &first) || *at >= s.n) return false;
    char sign[2] = {s.p[*at], 0};
    if (sign[0] != '.' && sign[0] != '/') return false;
    if (!take_sign(s, at, sign) || !take_number(s, at, 2, &second)) return false;
    if (!take_sign(s, at, sign)) return false;
    size_t from = *at;
    if (!take_number(s, at, 4, &p->year) || (*at - from != 4 && *at - from != 2)) return false;
    if (*at - from == 2) p->year += CENTURY;
    if (sign[0] == '/' && (first > 12) == (second > 12)) return false;
    bool american = sign[0] == '/' && second > 12;
    p->day = american ? second : first;
    p->month = american ? first : second;
    return true;
}

/* 8 May 2023, 8th of May, 2023, 8. Mai 2023 */
static bool day_first(Str s, size_t *at, Parts *p) {
    if (!take_number(s, at, 2, &p->day)) return false;
    skip_blanks(s, at);
    skip_ordinal(s, at);
    if (!take_month(s, at, &p->month)) return false;
    (void)take_sign(s, at, ".,");
    return take_year(s, at, &p->year);
}

/* May 8, 2023, May 8th 2023 */
static bool month_first(Str s, size_t *at, Parts *p) {
    if (!take_month(s, at, &p->month)) return false;
    (void)take_sign(s, at, ".");
    if (!take_number(s, at, 2, &p->day)) return false;
    skip_blanks(s, at);
    skip_ordinal(s, at);
    (void)take_sign(s, at, ",");
    return take_year(s, at, &p->year);
}

/* The first form that fits at `at`. */
static bool day_at(Str s, size_t at, Day *out) {
    static bool (*const forms[])(Str, size_t *, Parts *) = {year_first, numbers_only, day_first,
                                                            month_first};
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        Parts p = {0};
        size_t end = at;
        bool fits = forms[i](s, &end, &p) && p.year >= 1000 && p.year <= 2999 && p.month >= 1 &&
                    p.month <= 12 && p.day >= 1 && p.day <= 31;
        if (!fits || (end < s.n && plain_is_digit(s.p[end]))) continue;
        assert(end > at && end <= s.n);
        out->from = at;
        out->to = end;
        (void)snprintf(out->iso, sizeof out->iso, "%04u-%02u-%02u", p.year % 10000U,
                       p.month % 100U, p.day % 100U);
        return true;
    }
    return false;
}

/* Where a number or a word begins; what is inside of one is no date. */
bool day_find(Str text, Day *out) {
    for (size_t at = 0; at < text.n; at++) {
        char c = text.p[at], before = at ? text.p[at - 1] : ' ';
        bool digit = plain_is_digit(c);
        bool begins = (digit || plain_is_letter(c)) && !plain_is_alnum(before) &&
                      (digit || (unsigned char)before < 0x80);
        if (begins && day_at(text, at, out)) return true;
    }
    return false;
}

/* ---- lines ----------------------------------------------------------------------------------- */

static bool is_line_word(Str word) {
    static const char *const words[] = {
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "mon", "tue",
        "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun", "montag", "dienstag",
        "mittwoch", "donnerstag", "freitag", "samstag", "sonnabend", "sonntag", "mo", "di", "mi",
        "do", "fr", "sa", "so", "am", "pm", "a", "p", "m", "at", "on", "um", "uhr", "den", "the",
        "date", "datum", "day", "tag", NULL};
    return list_has(word, words);
}

/* What stands beside the date; counts over both sides together. */
typedef struct Rest {
    size_t signs, digits;
} Rest;

static bool rest_fits(Str s, Rest *rest) {
    char low[WORD_BYTES];
    for (size_t at = 0, width; at < s.n;) {
        uint32_t code = utf8_decode(s, at, &width);
        if (unicode_is_cjk(code)) {
            rest->signs++;
        } else if (plain_is_letter(s.p[at])) {
            if (!is_line_word(take_word(s, &at, low))) return false;
            continue;
        } else if (plain_is_digit(s.p[at])) {
            rest->digits++;
        } else if (unicode_class(code) == UC_LETTER) {
            return false;
        }
        at += width;
    }
    return rest->signs <= REST_SIGNS && rest->digits <= REST_DIGITS;
}

bool day_is_line(Str line, Day *out) {
    Rest rest = {0, 0};
    line = str_trim(line);
    return line.n <= LINE_BYTES && day_find(line, out) &&
           rest_fits(str_sub(line, 0, out->from), &rest) &&
           rest_fits(str_sub(line, out->to, line.n), &rest);
}
