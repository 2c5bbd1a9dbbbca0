/*
 * Today: "what is on next Friday?" of a letter that says "4 December".
 *
 * Documents say dates, people say 明天, 下周五, 上个月. No search finds one by the other, and a small
 * model does not know which day it is. So in a Chinese question the word is exchanged for the date
 * that it means today, as a document would write it, and everything behind (tables, search, rules
 * for months, the model) sees the date:
 *
 *     asked on Friday, 27 November 2026
 *     明天谁值班               11月28日谁值班
 *     下周五下午有什么事       12月4日下午有什么事
 *     下个月11号去哪里         12月11号去哪里
 *     上个月的电费             10月的电费
 *
 * A week begins on Monday; 这周日 is still to come on a Saturday. Years are not said: most documents
 * leave them out where they say a day, and one of another year is told by its own rules. Words for
 * years (去年) and for times without a day (周末, 最近) stay as they are, and so does a day of the week
 * alone: 周五 may be every Friday.
 *
 * Limits: the first TODAY_MAX such words; what was written on another day ("明天装", in a chat of
 * last week) is not read.
 */
#include "turn/today.h"

#include <assert.h>
#include <time.h>

#include "base/calendar.h"

enum { TODAY_MAX = 4 };

_Static_assert(sizeof(time_t) >= 8, "days of any year");

/* A word of time at a place of the text: its bytes, and what it means. */
typedef struct Word {
    size_t n;
    int days, months; /* from today; months: of a month, without a day */
    bool is_month;
} Word;

/* The first of the list that the text begins with; SIZE_MAX: none. */
static size_t begins(Str text, const char *const *list) {
    for (size_t i = 0; list[i]; i++) {
        if (str_starts(text, str_from(list[i]))) return i;
    }
    return SIZE_MAX;
}

static const char *const weeks[] = {"上上", "下下", "上", "下", "这", "本", NULL};
static const int week_steps[] = {-2, 2, -1, 1, 0, 0};

_Static_assert(ARRAY_LEN(week_steps) + 1 == ARRAY_LEN(weeks), "a step each");

/* "下个星期五": today is weekday `today`, Monday 0. */
static bool weekday_at(Str text, int today, Word *out) {
    size_t which = begins(text, weeks);
    if (which == SIZE_MAX) return false;
    int day = 0;
    size_t at = strlen(weeks[which]), n = calendar_weekday_han(str_sub(text, at, text.n), &day);
    if (!n) return false;
    assert(today >= 0 && today < 7);
    *out = (Word){.n = at + n, .days = 7 * week_steps[which] + day - today};
    return true;
}

/* "下个月", "本月"; "上月球" is no month, and a document would not be asked so. */
static bool month_at(Str text, Word *out) {
    size_t which = begins(text, weeks);
    if (which == SIZE_MAX) return false;
    size_t at = strlen(weeks[which]);
    bool counted = str_starts(str_sub(text, at, text.n), STR("个"));
    if (counted) at += 3;
    bool bare = !counted && strcmp(weeks[which], "这") == 0; /* 这月 is not said */
    if (bare || !str_starts(str_sub(text, at, text.n), STR("月"))) return false;
    *out = (Word){.n = at + 3, .months = week_steps[which], .is_month = true};
    return true;
}

/* Not in "后天性心脏病", a word of its own, and not where "三天前" and "天气" meet. */
static bool day_at(Str text, Str before, Word *out) {
    static const char *const other[] = {"后天性", "后天形成", "后天培养", "后天因素", "今日头条",
                                        NULL};
    static const char *const days[] = {"大前天", "大后天", "前天", "昨天", "今天", "今日",
                                       "明天",   "明日",   "后天", NULL};
    static const int steps[] = {-3, 3, -2, -1, 0, 0, 1, 1, 2};
    _Static_assert(ARRAY_LEN(steps) + 1 == ARRAY_LEN(days), "a step each");
    size_t which = begins(text, days);
    if (which == SIZE_MAX || begins(text, other) != SIZE_MAX) return false;
    if (str_ends(before, STR("天")) && str_starts(text, STR("前天"))) return false;
    if (str_ends(before, STR("天")) && str_starts(text, STR("后天"))) return false;
    *out = (Word){.n = strlen(days[which]), .days = steps[which]};
    return true;
}

/* mktime normalises a day beyond the month's end; a month is counted from its first day. */
static void write(const Word *word, struct tm day, Buf *out) {
    day.tm_hour = 12; /* no change of the clocks moves noon to another day */
    day.tm_isdst = -1;
    if (word->is_month) day.tm_mday = 1;
    day.tm_mday += word->days;
    day.tm_mon += word->months;
    (void)mktime(&day); /* fails beyond the years of an int, and then leaves the day as it is */
    buf_printf(out, word->is_month ? "%d月" : "%d月%d日", day.tm_mon + 1, day.tm_mday);
}

bool today_put(Str question, Str plain, int64_t now_s, Buf *out) {
    struct tm today;
    time_t now = (time_t)now_s;
    size_t from = 0, put = 0, before = out->n;
    assert(question.n == plain.n);
    if (!localtime_r(&now, &today)) return false;
    for (size_t at = 0; at < plain.n && put < TODAY_MAX; at++) {
        Word word;
        Str rest = str_sub(plain, at, plain.n);
        bool any = day_at(rest, str_sub(plain, from, at), &word) ||
                   weekday_at(rest, (today.tm_wday + 6) % 7, &word) || month_at(rest, &word);
        if (!any) continue;
        buf_add_str(out, str_sub(question, from, at));
        write(&word, today, out);
        from = at + word.n;
        at = from - 1;
        put++;
    }
    if (put) buf_add_str(out, str_sub(question, from, question.n));
    assert(put || out->n == before);
    return put > 0;
}
