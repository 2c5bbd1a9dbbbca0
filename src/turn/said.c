/*
 * The body of said.h.
 *
 * "When did Anna see the doctor?" - "I saw the doctor yesterday", says Anna in a chat of 8 May
 * 2023. That is what the document says, and it answers nothing: a small model copies the word, or
 * takes the day of the chat for the day of the visit. The day is counted here, by rules, and said
 * behind the answer, so that the reader sees both the words and what they mean:
 *
 *     said on Monday, 8 May 2023      meant
 *     yesterday, gestern, 昨天         7 May 2023
 *     last Friday, 上周五              5 May 2023: the Friday before; in Chinese that of last week
 *     last week, letzte Woche         1 May 2023 to 7 May 2023, Monday to Sunday
 *     last weekend                    6 May 2023 to 7 May 2023
 *     two weeks ago, vor 2 Wochen     24 April 2023 to 30 April 2023: the week of that day
 *     three months ago, last year     February 2023; 2022
 *
 * "Next Friday" may be this week's or the one after, "on Friday" either before or behind, "a few
 * days ago" any: they are left as they are. Nothing is added to an answer that says the day itself.
 *
 * The day on which something was said stands in a line above it (a diary, an export with stamps),
 * or in the context line of a conversation (knowledge/read/chat.c), a mail, or a text that is
 * called by its day. Of other formats that date is when the file was made, and is not taken.
 *
 * Limits: dates in the forms of dated.c; the first such words of a text.
 */
#include "turn/said.h"

#include <assert.h>

#include "base/calendar.h"
#include "base/han.h"
#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "turn/dated.h"
#include "turn/given.h"
#include "turn/until.h"

enum {
    STAMP_BYTES = 24,   /* of a longer line, in which it may say its day */
    DAY_LINE_BYTES = 40, /* of a line that may be one of a day */
    DAY_LEAST = -719528, /* the years 0 to 9999 */
    DAY_MOST = 2932896
};

/* What words mean, before it is held against a day. */
typedef enum Kind { BY_DAY, BY_WEEK, BY_WEEKEND, BY_MONTH, BY_YEAR, BY_WEEKDAY } Kind;

typedef struct Step {
    size_t n; /* bytes of its words */
    Kind kind;
    int by;      /* so many days, weeks, months, years on; below 0: back */
    int weekday; /* of BY_WEEKDAY, Monday 0 */
    bool chinese; /* its weeks are counted whole */
} Step;

/* ---- the calendar ---------------------------------------------------------------------------- */

/* The day of a number, as dated_number counts them; 0: beyond the calendar. */
static int day_of(int64_t number) {
    if (number < DAY_LEAST || number > DAY_MOST) return 0;
    CalendarDate day = calendar_date(number);
    return dated_code(day.year, day.month, day.day);
}

static int month_on(int day, int by) {
    int months = day / 10000 * 12 + day / 100 % 100 - 1 + by;
    return dated_code(months / 12, months % 12 + 1, 1);
}

/* The last one before a day, or the one of the week that is meant. */
static int64_t weekday_on(int64_t number, const Step *step) {
    int today = calendar_weekday(number);
    int64_t monday = number - today;
    if (step->chinese) return monday + 7 * step->by + step->weekday;
    int64_t that = monday + step->weekday;
    if (step->by < 0) return that < number ? that : that - 7;
    return that >= number ? that : that + 7;
}

static void count(const Step *step, int day, Said *out) {
    int64_t number = dated_number(day), monday = number - calendar_weekday(number) + 7 * step->by;
    int64_t from = number + step->by, to = from;
    if (step->kind == BY_WEEKDAY) from = to = weekday_on(number, step);
    if (step->kind == BY_WEEK) from = monday, to = monday + 6;
    if (step->kind == BY_WEEKEND) from = monday + 5, to = monday + 6;
    out->unit = from == to ? SAID_DAY : SAID_DAYS;
    out->from = day_of(from);
    out->to = day_of(to);
    if (step->kind == BY_MONTH || step->kind == BY_YEAR) {
        bool year = step->kind == BY_YEAR;
        out->unit = year ? SAID_YEAR : SAID_MONTH;
        out->from = year ? dated_code(day / 10000 + step->by, 1, 1) : month_on(day, step->by);
        out->to = out->from;
    }
}

/* ---- words ----------------------------------------------------------------------------------- */

typedef struct Fixed {
    const char *words; /* in small letters */
    Kind kind;
    int by;
} Fixed;

/* The longer one of two that begin alike stands first. */
static const Fixed fixed[] = {
    {"the day before yesterday", BY_DAY, -2}, {"the day after tomorrow", BY_DAY, 2},
    {"yesterday", BY_DAY, -1}, {"last night", BY_DAY, -1}, {"today", BY_DAY, 0},
    {"tonight", BY_DAY, 0}, {"this morning", BY_DAY, 0}, {"this afternoon", BY_DAY, 0},
    {"this evening", BY_DAY, 0}, {"tomorrow", BY_DAY, 1}, {"last weekend", BY_WEEKEND, -1},
    {"this past weekend", BY_WEEKEND, -1}, {"this weekend", BY_WEEKEND, 0},
    {"last week", BY_WEEK, -1}, {"this week", BY_WEEK, 0}, {"next week", BY_WEEK, 1},
    {"last month", BY_MONTH, -1}, {"this month", BY_MONTH, 0}, {"next month", BY_MONTH, 1},
    {"last year", BY_YEAR, -1}, {"this year", BY_YEAR, 0}, {"next year", BY_YEAR, 1},
    {"vorgestern", BY_DAY, -2}, {"gestern", BY_DAY, -1}, {"heute", BY_DAY, 0},
    {"übermorgen", BY_DAY, 2}, {"letztes wochenende", BY_WEEKEND, -1},
    {"letzte woche", BY_WEEK, -1}, {"vorige woche", BY_WEEK, -1}, {"diese woche", BY_WEEK, 0},
    {"nächste woche", BY_WEEK, 1}, {"letzten monat", BY_MONTH, -1},
    {"vorigen monat", BY_MONTH, -1}, {"nächsten monat", BY_MONTH, 1},
    {"letztes jahr", BY_YEAR, -1}, {"voriges jahr", BY_YEAR, -1}, {"dieses jahr", BY_YEAR, 0},
    {"nächstes jahr", BY_YEAR, 1}, {"大前天", BY_DAY, -3}, {"前天", BY_DAY, -2},
    {"昨天", BY_DAY, -1}, {"昨晚", BY_DAY, -1}, {"昨日", BY_DAY, -1}, {"今天", BY_DAY, 0},
    {"今早", BY_DAY, 0}, {"今晚", BY_DAY, 0}, {"今日", BY_DAY, 0}, {"明天", BY_DAY, 1},
    {"后天", BY_DAY, 2}, {"上周末", BY_WEEKEND, -1}, {"上个周末", BY_WEEKEND, -1},
    {"这周末", BY_WEEKEND, 0}, {"下周末", BY_WEEKEND, 1}, {"上个星期", BY_WEEK, -1},
    {"上周", BY_WEEK, -1}, {"下个星期", BY_WEEK, 1}, {"下周", BY_WEEK, 1},
    {"上个月", BY_MONTH, -1}, {"下个月", BY_MONTH, 1}, {"前年", BY_YEAR, -2},
    {"去年", BY_YEAR, -1}, {"今年", BY_YEAR, 0}, {"明年", BY_YEAR, 1}};

static bool fixed_at(Str text, Step *out) {
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++) {
        size_t n = strlen(fixed[i].words);
        if (!str_begins(text, fixed[i].words) || !utf8_is_border(text, n)) continue;
        *out = (Step){.n = n, .kind = fixed[i].kind, .by = fixed[i].by};
        return true;
    }
    return false;
}

/* Bytes of the first of the list that the text begins with, which is *which; 0: none. */
static size_t begins(Str text, const char *const *list, size_t *which) {
    for (size_t i = 0; list[i]; i++) {
        if (!str_begins(text, list[i])) continue;
        *which = i;
        return strlen(list[i]);
    }
    return 0;
}

/* "last Friday", "letzten Freitag" */
static bool weekday_at(Str text, Step *out) {
    static const char *const back[] = {"last ", "this past ", "letzten ", "vorigen ",
                                       "vergangenen ", "this ", "this coming ", "diesen ",
                                       "kommenden ", NULL};
    enum { AHEAD = 5 }; /* the first of them that is still to come */
    size_t which = 0, n = begins(text, back, &which);
    if (n && str_begins(str_sub(text, n, text.n), "coming ")) n += 7;
    size_t end = n;
    bool word = n && n < text.n && str_in_word(text.p[n]);
    int day = word ? calendar_weekday_whole(str_word(text, &end)) : -1;
    if (day < 0) return false;
    *out = (Step){.n = end, .kind = BY_WEEKDAY, .by = which < AHEAD ? -1 : 1, .weekday = day};
    return true;
}

/* "上周五", "下个星期一" */
static bool chinese_weekday_at(Str text, Step *out) {
    static const char *const weeks[] = {"上", "下", "这", "本", NULL};
    static const int steps[] = {-1, 1, 0, 0};
    size_t week = 0, n = begins(text, weeks, &week);
    int day = 0;
    size_t more = n ? calendar_weekday_han(str_sub(text, n, text.n), &day) : 0;
    if (!more) return false;
    *out = (Step){.n = n + more, .kind = BY_WEEKDAY, .by = steps[week], .weekday = day,
                  .chinese = true};
    return true;
}

/* A small number in digits or words at the beginning; 0: none. */
static int small_number(Str text, size_t *n) {
    static const char *const words[] = {"one ", "two ", "three ", "four ", "five ", "six ",
                                        "seven ", "eight ", "nine ", "ten ", "a couple of ",
                                        "a ", "an ", "ein ", "zwei ", "drei ", "vier ", "fünf ",
                                        "sechs ", "sieben ", "acht ", "neun ", "zehn ", "einem ",
                                        "einer ", "两", NULL};
    static const int values[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 2, 1, 1,
                                 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 1, 2};
    _Static_assert(ARRAY_LEN(values) + 1 == ARRAY_LEN(words), "a value each");
    size_t which = 0;
    int value = 0;
    *n = begins(text, words, &which);
    if (*n) return values[which];
    *n = han_number(text, &value);
    if (*n) return value;
    for (; *n < text.n && *n < 2 && plain_is_digit(text.p[*n]); ++*n) {
        value = value * 10 + (text.p[*n] - '0');
    }
    if (*n && *n < text.n && text.p[*n] == ' ') ++*n;
    return value;
}

/* What is counted, and its kind. The longer one of two that begin alike stands first. */
static size_t unit_at(Str text, Kind *kind) {
    static const char *const words[] = {"days", "day", "weeks", "week", "weekends", "months",
                                        "month", "years", "year", "tagen", "tag", "wochen",
                                        "woche", "monaten", "monat", "jahren", "jahr", "天", "周",
                                        "个星期", "个礼拜", "个月", "年", NULL};
    static const Kind kinds[] = {BY_DAY, BY_DAY, BY_WEEK, BY_WEEK, BY_WEEKEND, BY_MONTH, BY_MONTH,
                                 BY_YEAR, BY_YEAR, BY_DAY, BY_DAY, BY_WEEK, BY_WEEK, BY_MONTH,
                                 BY_MONTH, BY_YEAR, BY_YEAR, BY_DAY, BY_WEEK, BY_WEEK, BY_WEEK,
                                 BY_MONTH, BY_YEAR};
    _Static_assert(ARRAY_LEN(kinds) + 1 == ARRAY_LEN(words), "a kind each");
    size_t which = 0, n = begins(text, words, &which);
    if (n) *kind = kinds[which];
    return n;
}

/* "three weeks ago", "vor drei Wochen", "三周前" */
static bool ago_at(Str text, Step *out) {
    Kind kind = BY_DAY;
    size_t before = str_begins(text, "vor ") ? 4 : 0, digits = 0;
    int value = small_number(str_sub(text, before, text.n), &digits);
    size_t n = before + digits, unit = value ? unit_at(str_sub(text, n, text.n), &kind) : 0;
    if (!unit) return false;
    n += unit;
    Str rest = str_sub(text, n, text.n);
    size_t behind = str_begins(rest, " ago") ? 4 : str_starts(rest, STR("前")) ? 3 : 0;
    if (!before && !behind) return false;
    if (!utf8_is_border(text, n + behind)) return false;
    *out = (Step){.n = n + behind, .kind = kind, .by = -value};
    return true;
}

bool said_find(Str text, int day, Said *out) {
    assert(day >= 10000101 && day / 100 % 100 >= 1 && day / 100 % 100 <= 12);
    for (size_t at = 0; at < text.n; at++) {
        Str rest = str_sub(text, at, text.n);
        Step step;
        if (utf8_goes_on(text.p[at]) || !utf8_is_border(text, at)) continue;
        bool any = chinese_weekday_at(rest, &step) || fixed_at(rest, &step) ||
                   weekday_at(rest, &step) || ago_at(rest, &step);
        if (!any) continue;
        out->words = str_sub(text, at, at + step.n);
        count(&step, day, out);
        return out->from > 0 && out->to > 0;
    }
    return false;
}

/* ---- the day of a passage -------------------------------------------------------------------- */

/* A line of a day is short, and a stamp stands at the beginning of its line. */
int said_day(Str passage, size_t at, Str context) {
    int day = 0, found;
    assert(at <= passage.n);
    for (size_t next = 0; next < passage.n && next <= at;) {
        Str line = str_line(passage, &next);
        if (line.n > DAY_LINE_BYTES) line = utf8_cut(line, STAMP_BYTES);
        if (dated_only(line, &found)) day = found;
    }
    return day ? day : dated_latest(context);
}

static bool says_its_day(const SearchHit *hit) {
    static const char *const formats[] = {"chat", "mail", "text", "markdown", NULL};
    return list_has(str_from(hit->format ? hit->format : ""), formats);
}

/* ---- telling --------------------------------------------------------------------------------- */

static void say_time(TurnLanguage language, const Said *said, Buf *out) {
    int year = said->from / 10000;
    static const char *const years[TURN_LANGUAGES] = {"%d", "%d", "%d年"};
    static const char *const to[TURN_LANGUAGES] = {" to ", " bis ", "到"};
    if (said->unit == SAID_YEAR) {
        buf_printf(out, years[language], year);
    } else if (said->unit == SAID_MONTH) {
        until_say_date(language, said->from / 100 * 100, out);
    } else {
        until_say_date(language, said->from, out);
        if (said->unit == SAID_DAYS) {
            buf_add_c(out, to[language]);
            until_say_date(language, said->to, out);
        }
    }
}

static void say(TurnLanguage language, int day, const Said *said, Buf *out) {
    static const char *const words[TURN_LANGUAGES][4] = {
        {"That is of ", ", so \"", "\" means ", "."},
        {"Das ist vom ", ", „", "“ heißt also: ", "."},
        {"这是", "的话，“", "”就是", "。"}};
    const char *const *parts = words[language];
    buf_add_c(out, parts[0]);
    until_say_date(language, day, out);
    buf_add_c(out, parts[1]);
    buf_add_str(out, said->words);
    buf_add_c(out, parts[2]);
    say_time(language, said, out);
    buf_add_c(out, parts[3]);
}

/* In the sentence of the answer first: it may have chosen between two. */
static bool find_in_answer(const Turn *turn, const TurnSentence *sentence, int *day, Said *said) {
    const TurnCitation *cited = &turn->citations[sentence->citation];
    const SearchHit *hit = &turn->found.hits[cited->hit];
    if (!says_its_day(hit)) return false;
    *day = said_day(hit->text, cite_span(turn, cited).start, str_from(hit->context));
    return *day && (said_find(sentence->text, *day, said) || said_find(cited->quote, *day, said));
}

bool said_is_open(const Said *said, int day, int told) {
    bool meant = told >= said->from && told <= said->to;
    assert(said->from <= said->to);
    return told == 0 || (told == day && !meant);
}

Status said_tell(Turn *turn, Err *err) {
    bool asked = turn->answered && !turn->talked && !turn->counted && !turn->again &&
                 turn->work == WORK_ANSWER && given_wants_time(turn->question);
    if (!asked || !turn->text.n || turn->n_sentences == TURN_SENTENCES_MAX) return OK;
    for (size_t i = 0; i < turn->n_sentences; i++) {
        Said said;
        int day, citation = turn->sentences[i].citation;
        if (citation < 0 || !find_in_answer(turn, &turn->sentences[i], &day, &said)) continue;
        if (!said_is_open(&said, day, dated_latest(turn->answer))) return OK;
        Buf words;
        buf_init(&words, 4096);
        say(turn_language(turn), day, &said, &words);
        Status status = buf_check(&words, "the answer", err);
        if (status == OK) status = until_add(turn, citation, buf_str(&words), err);
        buf_fini(&words);
        return status;
    }
    return OK;
}
