/*
 * The body of day.h.
 *
 * Diaries and exports of chats put the day above what was said on it, each in its own manner; it is
 * read in all forms of base/calendar.h that are written for people, and with two digits of a year.
 *
 * A line is a line of a day when all that is left of it is signs, names of weekdays, the little
 * words between them, a time of day, or at most REST_SIGNS Chinese characters (星期一 晴):
 *
 *     Mon, 8 May 2023       1:56 pm on 8 May, 2023       2023年5月8日 星期一 晴
 *
 * Limits: lines of LINE_BYTES; days are not held against the length of their month.
 */
#include "knowledge/read/day.h"

#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"

enum { LINE_BYTES = 64, WORD_BYTES = 16, REST_SIGNS = 6, REST_DIGITS = 8 };

bool day_find(Str text, Day *out) {
    CalendarDate date;
    if (!calendar_find(text, CALENDAR_WRITTEN | CALENDAR_SHORT_YEAR, &date, &out->from, &out->to)) {
        return false;
    }
    (void)calendar_iso(date, out->iso);
    return true;
}

/* ---- lines ----------------------------------------------------------------------------------- */

static bool is_line_word(Str word) {
    static const char *const words[] = {"am",  "pm",  "a",   "p",    "m",     "at",  "on",  "um",
                                        "uhr", "den", "the", "date", "datum", "day", "tag", NULL};
    char low[WORD_BYTES];
    if (word.n > sizeof low) return false;
    return calendar_weekday_named(word) >= 0 || list_has(utf8_lower(word, low), words);
}

/* The word of ASCII letters at `at`, and letters of other alphabets in it. */
static Str word_at(Str s, size_t at) {
    size_t end = at;
    while (end < s.n && (plain_is_letter(s.p[end]) || (unsigned char)s.p[end] >= 0x80)) end++;
    return str_sub(s, at, end);
}

/* What stands beside the date; counts over both sides together. */
typedef struct Rest {
    size_t signs, digits;
} Rest;

static bool rest_fits(Str s, Rest *rest) {
    for (size_t at = 0, width; at < s.n;) {
        uint32_t code = utf8_decode(s, at, &width);
        if (unicode_is_cjk(code)) {
            rest->signs++;
        } else if (plain_is_letter(s.p[at])) {
            Str word = word_at(s, at);
            if (!is_line_word(word)) return false;
            at += word.n;
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
