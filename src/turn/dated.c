/*
 * When was a document written? Three places say it: the Date line of a mail, the name of its file
 * ("minutes-2026-03-11.md", "policy 2024.docx"), and the first full date in its first lines
 * ("Minutes, 11 March 2026", "Husum, den 2. Juni 2025"). The most exact of them is taken; a full
 * date in the name comes before one in the text, for that may be any.
 *
 * An amendment (Nachtrag, Änderungsvereinbarung) speaks later than what it amends, which may have
 * no date in its first lines. In it a date behind "of", "dated" or "vom" is that of the other.
 *
 * Dates are read in the forms of base/calendar.h that FORMS names: YYYY-MM-DD, D.M.YYYY, and with
 * the name of a month before or behind the day. Limits: HEAD_BYTES of the text.
 */
#include "turn/dated.h"

#include <assert.h>
#include <time.h>

#include "base/calendar.h"
#include "base/clock.h"
#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"

enum {
    HEAD_BYTES = 400,  /* of a text, in which a document says its own date */
    WORD_BYTES = 24,   /* of a word that is compared */
    FORMS = CALENDAR_YEAR_FIRST | CALENDAR_STOPPED | CALENDAR_NAMED | CALENDAR_MONTHS,
    LINE_BYTES = 300,  /* in which it may call itself an amendment */
    TITLE_BYTES = 150  /* a first line that is longer is no title */
};

/* A word of letters, a number or a single mark. */
typedef struct Piece {
    char low[WORD_BYTES];
    int number;    /* -1: it is none */
    size_t digits; /* of it */
    size_t end;    /* the byte behind it */
} Piece;

static bool is_letter(char c) { return plain_is_letter(c) || (unsigned char)c >= 0x80; }

/* Behind the blanks and commas at `at`. */
static size_t skip_blanks(Str text, size_t at) {
    while (at < text.n && memchr(" \t,", text.p[at], 3)) at++;
    return at;
}

/* The piece at `at`, blanks skipped; end == at: there is none. */
static Piece piece_at(Str text, size_t at) {
    Piece p = {.number = -1, .end = at};
    size_t n = 0;
    at = skip_blanks(text, at);
    if (at >= text.n) return p;
    if (plain_is_digit(text.p[at])) {
        p.number = 0;
        for (; at < text.n && plain_is_digit(text.p[at]); at++, p.digits++) {
            if (p.digits < 8) p.number = p.number * 10 + (text.p[at] - '0');
        }
    } else if (is_letter(text.p[at])) {
        for (; at < text.n && is_letter(text.p[at]); at++) {
            if (n + 1 < WORD_BYTES) p.low[n++] = plain_lower(text.p[at]);
        }
    } else {
        p.low[0] = text.p[at++];
    }
    p.end = at;
    assert(p.low[WORD_BYTES - 1] == 0 && (p.number < 0) == (p.digits == 0));
    return p;
}

static bool is_year(const Piece *p) {
    return p->digits == 4 && p->number >= DATED_YEAR_LEAST && p->number <= DATED_YEAR_MOST;
}

static bool is_day(const Piece *p) { return p->digits <= 2 && p->number >= 1 && p->number <= 31; }

static bool is_month(const Piece *p) { return p->digits <= 2 && p->number >= 1 && p->number <= 12; }

/* A single mark is a piece of its own. */
static bool is_sign(const Piece *p, char sign) {
    return p->number < 0 && p->low[0] == sign && !p->low[1];
}

/* The five pieces from `at` on. */
static void pieces_at(Str text, size_t at, Piece out[5]) {
    for (int i = 0; i < 5; i++) {
        out[i] = piece_at(text, at);
        at = out[i].end;
    }
}

/* A full date that begins at `at`, or a month and a year (day 0): the byte behind it; 0: none. */
static size_t date_at(Str text, size_t at, unsigned forms, Dated *out) {
    CalendarDate date;
    at = skip_blanks(text, at);
    size_t n = calendar_read(str_sub(text, at, text.n), forms, &date);
    if (!n || date.year < DATED_YEAR_LEAST || date.year > DATED_YEAR_MOST) return 0;
    *out = (Dated){date.year, date.month, date.day, false};
    assert(out->month >= 1 && out->month <= 12 && out->day >= 0 && out->day <= 31);
    return at + n;
}

/* The first full date, else the first month with a year, else (years) the first year.
   others: a date behind "of" or "vom" is another document's. */
static Dated first_date(Str text, bool others, bool years) {
    Dated best = {0}, date;
    Piece before = {.number = -1}, p;
    for (size_t at = 0; at < text.n; at = p.end, before = p) {
        p = piece_at(text, at);
        if (p.end == at) break;
        bool behind = strcmp(before.low, "of") == 0 || strcmp(before.low, "vom") == 0 ||
                      strcmp(before.low, "dated") == 0;
        if (others && behind) continue;
        bool inside = before.digits > 0; /* the rest of a longer date */
        if (!inside && date_at(text, at, FORMS, &date)) {
            if (date.day) return date;
            if (!best.month) best = date;
        } else if (years && !best.year && is_year(&p)) {
            best.year = p.number;
        }
    }
    return best;
}

/* At the beginning of a word, in any case: "Nachtragsvereinbarung" is one. */
static bool says_amendment(Str text) {
    static const char *const words[] = {"amendment", "addendum", "nachtrag", "änderungsverein",
                                        "ergänzungsverein", "zusatzverein"};
    char low[LINE_BYTES + UTF8_MAX_BYTES];
    size_t n = 0, width;
    for (size_t at = 0; at < text.n && n < LINE_BYTES; at += width) {
        n += utf8_encode(unicode_lower(utf8_decode(text, at, &width)), low + n);
    }
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        size_t at = str_find((Str){low, n}, str_from(words[i]), 0);
        if (at != SIZE_MAX && (at == 0 || !is_letter(low[at - 1]))) return true;
    }
    return false;
}

/* A mail's Date line. */
static Dated mail_date(Str head) {
    size_t from = str_starts(head, STR("From: ")) ? str_find(head, STR("\nDate: "), 0) : SIZE_MAX;
    if (from == SIZE_MAX) return (Dated){0};
    size_t at = from + 1;
    return first_date(str_line(head, &at), false, false);
}

/* Mail, then name, then text; each takes the place of what is less exact. */
Dated dated_of(Str path, Str head) {
    Str name = str_file_name(path), line = {"", 0};
    size_t at = 0;
    head = str_sub(head, 0, head.n < HEAD_BYTES ? head.n : HEAD_BYTES);
    while (at < head.n && !line.n) line = str_trim(str_line(head, &at));
    bool amends = says_amendment(name) || (line.n <= TITLE_BYTES && says_amendment(line));
    Dated out = mail_date(head);
    if (!out.day) out = first_date(name, false, true);
    if (!out.day) {
        Dated text = first_date(head, amends, false);
        Dated title = first_date(line, amends, true);
        if (text.day || !out.year) out = text;
        if (!out.year) out = title;
    }
    assert((out.year || !out.month) && (out.month || !out.day)); /* dated_order relies on it */
    out.amends = amends;
    return out;
}

int dated_order(const Dated *a, const Dated *b) {
    if (a->amends != b->amends) return a->amends ? 1 : -1;
    if (!a->year || !b->year) return 0;
    if (a->year != b->year) return a->year > b->year ? 1 : -1;
    if (!a->month || !b->month) return 0;
    if (a->month != b->month) return a->month > b->month ? 1 : -1;
    if (!a->day || !b->day || a->day == b->day) return 0;
    return a->day > b->day ? 1 : -1;
}

bool dated_cell(Str cell, Dated *out) {
    cell = str_trim(cell);
    *out = (Dated){0};
    Piece p = piece_at(cell, 0);
    if (is_year(&p) && p.end == cell.n) {
        out->year = p.number;
        return true;
    }
    return cell.n <= WORD_BYTES && date_at(cell, 0, FORMS, out) && out->day;
}

int dated_code(int year, int month, int day) {
    assert(month >= 0 && month <= 12 && day >= 0 && day <= 31); /* dated_day takes them apart */
    return year * 10000 + month * 100 + day;
}

CalendarDate dated_day(int day) {
    return (CalendarDate){day / 10000, day / 100 % 100, day % 100};
}

int64_t dated_number(int day) { return calendar_number(dated_day(day)); }

int dated_today(void) {
    time_t now = (time_t)clock_real_s();
    struct tm day;
    if (!localtime_r(&now, &day)) return 0;
    return dated_code(day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
}

/* "2026-11-27" has no date in its rest "26-11-27": a year has four digits. */
int dated_latest(Str text) {
    int latest = 0;
    for (size_t at = 0; at < text.n;) {
        Dated date;
        Piece p = piece_at(text, at);
        if (p.end == at) break;
        bool full = date_at(text, at, FORMS, &date) && date.day;
        int day = full ? dated_code(date.year, date.month, date.day) : 0;
        if (day > latest) latest = day;
        at = p.end;
    }
    return latest;
}

/* "4 December", "December 4th", "4.12.", "12月4日": a day that another date may stand beside. */
static bool day_alone_at(Str text, size_t at) {
    Piece p[5];
    pieces_at(text, at, p);
    const Piece *second = is_sign(&p[1], '.') ? &p[2] : &p[1];
    bool named = calendar_month(str_from(second->low)) || strncmp(p[1].low, "月", 3) == 0;
    if (is_day(&p[0]) && named) return true;
    if (calendar_month(str_from(p[0].low)) && is_day(&p[1])) return true;
    return is_day(&p[0]) && is_sign(&p[1], '.') && is_month(&p[2]) && is_sign(&p[3], '.');
}

/* "11. to", "11-" before a date: it ends a range. */
static bool ends_range(const Piece before[3]) {
    static const char *const to[] = {"-", "–", "—", "to", "bis", "and", "und", "or", "oder", NULL};
    return list_has(str_from(before[0].low), to) &&
           (is_day(&before[1]) || (is_sign(&before[1], '.') && is_day(&before[2])));
}

/* "至27日" behind a Chinese date. */
static bool begins_range(Str rest) {
    static const char *const to[] = {"至", "到", "-", "－", "—", "～", "~", NULL};
    return list_starts(rest, to);
}

bool dated_only(Str text, int *out) {
    Piece before[3] = {{.number = -1}, {.number = -1}, {.number = -1}};
    *out = 0;
    for (size_t at = 0; at < text.n;) {
        Dated date = {0};
        Piece p = piece_at(text, at);
        if (p.end == at) break;
        size_t chinese = date_at(text, at, CALENDAR_HAN, &date);
        size_t end = chinese ? chinese : date_at(text, at, FORMS, &date);
        int day = end && date.day ? dated_code(date.year, date.month, date.day) : 0;
        if (day && (ends_range(before) || (*out && *out != day))) return false;
        if (chinese && begins_range(str_sub(text, end, text.n))) return false;
        if (!day && day_alone_at(text, at)) return false;
        if (day) *out = day;
        before[2] = before[1];
        before[1] = before[0];
        before[0] = p;
        at = day ? end : p.end;
    }
    return *out > 0;
}

int dated_year(Str text) {
    int year = 0;
    for (size_t at = 0; at < text.n;) {
        Piece p = piece_at(text, at);
        if (p.end == at) break;
        if (is_year(&p) && year && p.number != year) return -1;
        if (is_year(&p)) year = p.number;
        at = p.end;
    }
    return year;
}
