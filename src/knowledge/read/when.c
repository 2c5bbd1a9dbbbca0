/*
 * The body of when.h.
 *
 * A moment keeps the clock of its place: nothing is converted between zones, since the file's own
 * tables of zones are not read, and a person looks for the hour that the clock shows there.
 *
 * Rules: FREQ from daily to yearly with INTERVAL, COUNT, UNTIL, BYDAY (of a month also "the last
 * Friday"), BYMONTHDAY and BYMONTH are put into words. WKST changes nothing that words would say.
 * With any other part the rule stays as it stands: half of a rule would be a wrong answer.
 *
 * Sources: RFC 5545, 3.3.4 to 3.3.6 (dates, times, durations), 3.3.10 (rules), 3.6.1 (the end of
 * an event is not part of it).
 */
#include "knowledge/read/when.h"

#include <assert.h>
#include <stdio.h>

#include "base/calendar.h"
#include "base/plain.h"
#include "knowledge/read/content.h"
#include "knowledge/read/mime.h"

enum { DAY_SECONDS = 86400, DAY_MIN = -719528, DAY_MAX = 2932896, LIST_MAX = 64 };

/* ---- moments ---- */

/* Exactly n digits at *at; -1: there are none. */
static int number_at(Str s, size_t *at, size_t n) {
    int v = 0;
    if (s.n - *at < n) return -1;
    for (size_t i = 0; i < n; i++) {
        char c = s.p[*at + i];
        if (!plain_is_digit(c)) return -1;
        v = v * 10 + (c - '0');
    }
    *at += n;
    return v;
}

static void skip(Str s, size_t *at, char sign) {
    *at += *at < s.n && s.p[*at] == sign;
}

static bool read_day(Str s, size_t *at, int64_t *day) {
    int y = number_at(s, at, 4);
    skip(s, at, '-');
    int m = number_at(s, at, 2);
    skip(s, at, '-');
    int d = number_at(s, at, 2);
    if (y < 0 || !calendar_has(y, m, d)) return false;
    *day = calendar_number((CalendarDate){y, m, d});
    return *day >= DAY_MIN && *day <= DAY_MAX;
}

bool when_read(Str s, Str zone, Moment *out) {
    *out = (Moment){.whole = true};
    size_t at = 0;
    s = str_trim(s);
    if (!read_day(s, &at, &out->day)) return false;
    if (at < s.n && (s.p[at] == 'T' || s.p[at] == 't')) {
        at++;
        int h = number_at(s, &at, 2);
        skip(s, &at, ':');
        int m = number_at(s, &at, 2);
        skip(s, &at, ':');
        int sec = at < s.n && plain_is_digit(s.p[at]) ? number_at(s, &at, 2) : 0;
        if (h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 60) return false;
        out->whole = false;
        out->second = h * 3600 + m * 60 + (sec == 60 ? 59 : sec); /* a leap second */
        out->utc = at < s.n && (s.p[at] == 'Z' || s.p[at] == 'z');
        at += out->utc;
    }
    if (at != s.n) return false;
    if (!out->whole && !out->utc && zone.n < WHEN_ZONE_MAX)
        (void)snprintf(out->zone, sizeof out->zone, "%.*s", (int)zone.n, zone.p ? zone.p : "");
    return out->set = true;
}

bool when_duration(Str s, int64_t *seconds) {
    size_t at = 0;
    int64_t all = 0;
    bool some = false;
    s = str_trim(s);
    skip(s, &at, '+');
    if (at >= s.n || s.p[at++] != 'P') return false;
    while (at < s.n) {
        int64_t n = 0;
        skip(s, &at, 'T');
        size_t from = at;
        while (at < s.n && plain_is_digit(s.p[at]) && at - from < 9) n = n * 10 + (s.p[at++] - '0');
        if (at == from || at >= s.n) return false;
        char unit = s.p[at++];
        int64_t one = unit == 'W' ? 7 * DAY_SECONDS : unit == 'D' ? DAY_SECONDS
                    : unit == 'H' ? 3600 : unit == 'M' ? 60 : unit == 'S' ? 1 : 0;
        if (!one) return false;
        all += n * one;
        some = true;
        if (all > (int64_t)DAY_MAX * DAY_SECONDS) return false;
    }
    *seconds = all;
    return some;
}

Moment when_later(const Moment *from, int64_t seconds) {
    assert(from->set && seconds >= 0);
    Moment to = *from;
    int64_t sum = to.second + seconds;
    to.day += sum / DAY_SECONDS;
    to.second = from->whole ? 0 : sum % DAY_SECONDS;
    if (to.day > DAY_MAX) to.set = false;
    return to;
}

static void add_day(Buf *out, int64_t day) {
    char text[CALENDAR_ISO_BYTES];
    buf_add_c(out, calendar_iso(calendar_date(day), text));
}

/* Seconds only where there are some. */
static void add_clock(Buf *out, const Moment *at) {
    assert(!at->whole && at->second >= 0 && at->second < DAY_SECONDS);
    int s = (int)at->second;
    buf_printf(out, "%02d:%02d", s / 3600, s / 60 % 60);
    if (s % 60) buf_printf(out, ":%02d", s % 60);
}

static void add_zone(Buf *out, const Moment *at) {
    if (at->utc) buf_add_c(out, " UTC");
    if (at->zone[0]) buf_printf(out, " (%s)", at->zone);
}

static void add_local(Buf *out, const Moment *at) {
    add_day(out, at->day);
    if (at->whole) return;
    buf_add_byte(out, ' ');
    add_clock(out, at);
}

void when_add(Buf *out, const Moment *at) {
    assert(at->set);
    add_local(out, at);
    add_zone(out, at);
}

static void add_days(Buf *out, const Moment *start, const Moment *end) {
    int64_t last = end->set && end->day > start->day ? end->day - 1 : start->day;
    add_day(out, start->day);
    if (last > start->day) {
        buf_add_c(out, " to ");
        add_day(out, last);
    }
    buf_add_c(out, last > start->day ? " (whole days)" : " (whole day)");
}

/* The zone stands once where both ends share it, and so does the day. */
void when_add_span(Buf *out, const Moment *start, const Moment *end) {
    assert(start->set);
    if (start->whole) {
        add_days(out, start, end);
        return;
    }
    bool same = start->utc == end->utc && strcmp(start->zone, end->zone) == 0;
    bool later = end->day > start->day || (end->day == start->day && end->second > start->second);
    bool point = !end->set || (same && !later); /* an end before the start is a slip: not told */
    add_local(out, start);
    if (point || !same) add_zone(out, start);
    if (point) return;
    buf_add_c(out, " to ");
    if (same && !end->whole && end->day == start->day) add_clock(out, end);
    else add_local(out, end);
    add_zone(out, end);
}

/* ---- rules ---- */

typedef struct Rule {
    Str freq, interval, count, until, by_day, by_month_day, by_month;
} Rule;

/* false: it has a part that we have no words for. */
static bool split_rule(Str text, Rule *r) {
    const struct {
        const char *name;
        Str *to;
    } known[] = {{"freq", &r->freq},   {"interval", &r->interval},
                 {"count", &r->count}, {"until", &r->until},
                 {"byday", &r->by_day}, {"bymonthday", &r->by_month_day},
                 {"bymonth", &r->by_month}, {"wkst", NULL}};
    size_t at = 0;
    Str part;
    while (content_piece(text, ';', &at, &part)) {
        size_t equals = str_find(part, STR("="), 0), i = 0;
        if (!str_trim(part).n) continue;
        if (equals == SIZE_MAX) return false;
        Str name = str_trim(str_sub(part, 0, equals));
        while (i < ARRAY_LEN(known) && !mime_same(name, known[i].name)) i++;
        if (i == ARRAY_LEN(known)) return false;
        if (known[i].to) *known[i].to = str_trim(str_sub(part, equals + 1, part.n));
    }
    return r->freq.n > 0;
}

/* A number of at most three digits, all of s; -1: something else. */
static int small_number(Str s) {
    size_t at = 0;
    return s.n >= 1 && s.n <= 3 ? number_at(s, &at, s.n) : -1;
}

static const char *day_name(Str code) {
    static const char *const codes[] = {"mo", "tu", "we", "th", "fr", "sa", "su"};
    for (int i = 0; i < 7; i++) {
        if (mime_same(code, codes[i])) return calendar_weekday_name(CALENDAR_ENGLISH, i);
    }
    return NULL;
}

/* "MO", or of a month "1MO" and "-1FR". */
static bool add_weekday(Buf *out, Str item, bool of_month) {
    static const char *const nth[] = {"", "first ", "second ", "third ", "fourth ", "fifth "};
    if (item.n < 2) return false;
    const char *name = day_name(str_sub(item, item.n - 2, item.n));
    Str number = str_sub(item, 0, item.n - 2);
    if (!name) return false;
    if (!number.n) {
        buf_printf(out, "%s%s", of_month ? "every " : "", name);
        return true;
    }
    if (number.p[0] == '+') number = str_sub(number, 1, number.n);
    int n = small_number(number);
    bool last = str_eq_c(number, "-1");
    if (!of_month || (!last && (n < 1 || n > 5))) return false;
    buf_printf(out, "the %s%s", last ? "last " : nth[n], name);
    return true;
}

static bool add_month_day(Buf *out, Str item, bool of_month) {
    int n = small_number(item);
    bool last = str_eq_c(item, "-1");
    if (!of_month || (!last && (n < 1 || n > 31))) return false;
    if (last) buf_add_c(out, "the last day");
    else buf_printf(out, "day %d", n);
    return true;
}

static bool add_month(Buf *out, Str item, bool of_month) {
    int n = small_number(item);
    if (n < 1 || n > 12) return false;
    buf_add_c(out, calendar_month_name(CALENDAR_ENGLISH, n));
    return true;
}

typedef bool (*AddItem)(Buf *out, Str item, bool of_month);

/* " on Monday, Tuesday and Friday"; nothing for an empty list. */
static bool add_list(Buf *out, const char *word, Str list, AddItem add, bool of_month) {
    size_t at = 0;
    Str item;
    if (!list.n) return true;
    buf_add_c(out, word);
    for (unsigned n = 0; content_piece(list, ',', &at, &item); n++) {
        bool last = at > list.n;
        if (n == LIST_MAX) return false;
        if (n) buf_add_c(out, last ? " and " : ", ");
        if (!add(out, str_trim(item), of_month)) return false;
    }
    return true;
}

static bool add_frequency(Buf *out, const Rule *r) {
    static const char *const freqs[] = {"daily", "weekly", "monthly", "yearly"};
    static const char *const units[] = {"day", "week", "month", "year"};
    size_t i = 0;
    while (i < ARRAY_LEN(freqs) && !mime_same(r->freq, freqs[i])) i++;
    int every = r->interval.n ? small_number(r->interval) : 1;
    if (i == ARRAY_LEN(freqs) || every < 1) return false;
    if (every == 1) buf_printf(out, "every %s", units[i]);
    else buf_printf(out, "every %d %ss", every, units[i]);
    return true;
}

static bool add_in_words(Buf *out, const Rule *r) {
    bool weekly = mime_same(r->freq, "weekly"), daily = mime_same(r->freq, "daily");
    bool of_month = mime_same(r->freq, "monthly") || (!weekly && !daily && r->by_month.n);
    Moment until;
    if ((r->by_day.n && r->by_month_day.n) || (r->by_day.n && !weekly && !daily && !of_month))
        return false;
    if (!add_frequency(out, r) ||
        !add_list(out, " on ", r->by_day, add_weekday, of_month) ||
        !add_list(out, " on ", r->by_month_day, add_month_day, of_month) ||
        !add_list(out, " in ", r->by_month, add_month, of_month)) {
        return false;
    }
    if (r->count.n) {
        int n = small_number(r->count);
        if (n < 1) return false;
        buf_printf(out, n == 1 ? ", once" : ", %d times", n);
    }
    if (!r->until.n) return true;
    if (!when_read(r->until, STR(""), &until)) return false;
    buf_add_c(out, ", until ");
    when_add(out, &until);
    return true;
}

void when_add_rule(Buf *out, Str rule) {
    Rule r = {.freq = {NULL, 0}};
    size_t before = out->n;
    if (split_rule(rule, &r) && add_in_words(out, &r)) return;
    if (out->n > before) out->p[out->n = before] = 0;
    buf_add_str(out, rule);
}
