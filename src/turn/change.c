/*
 * What a later document changed: see change.h.
 *
 * A sentence that changes something has a cue. What stands before it, from the end of the change
 * before, is the old side; what stands behind it up to the next stop, the new one. An answer is old
 *
 *   where it takes something from the old side (a figure, a day, two characters and more that the
 *   question does not have) and nothing from the new one: "西溪宾馆" of "因西溪宾馆装修，地点改为湖畔酒店",
 *   and the old side at least touches what was asked (TOUCH);
 *   or where the old side names no other figure as the old one ("由30日"), speaks of what was asked
 *   (SHARE of the question's pairs of characters), and both answer and new side are of one kind, a
 *   day or an amount: "交货日期推迟到4月2日", for "3月20日前送达". The cue itself says that the other
 *   day was fixed before. Where the quote has a cue, too, the later document wins, and where their
 *   days are not known, neither.
 *
 * In English and German a sentence that tells both sides itself is read: "von bisher 780,00 € auf
 * 842,00 €", "raised from 900 to 1,150". "From 8 to 17" is a span: a word of change must stand
 * there. An answer with the first figure and without the second is old.
 *
 * What is shown instead is the whole sentence, which holds both sides: a wrong guess by the first
 * rule still shows what was asked for.
 *
 * Limits: RUN_MAX bytes of a sentence; days by digits only.
 */
#include "turn/change.h"

#include <assert.h>

#include "base/calendar.h"
#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/grammar_words.h"
#include "turn/dated.h"

enum {
    RUN_MAX = 1200,  /* bytes of a sentence */
    HEAD_MAX = 600,  /* bytes of a text in which its day is looked for */
    PAIRS_LEAST = 2, /* of the question, that an old side must share */
    NEAR = 24        /* bytes between "von", a figure, "auf" and the other figure */
};
static const double SHARE = 0.6;
static const double TOUCH = 0.2; /* where the answer is on the old side */

/* Longer words before shorter ones that begin alike are not needed: the first place wins, and no
   cue begins another. */
static const char *const cues[] = {
    "调整为", "调整至", "调整到", "改为",   "改到",   "改至",   "改成",   "改由",   "变更为", "变更至",
    "更换为", "更改为", "更正为", "修改为", "推迟到", "推迟至", "推迟为", "延期到", "延期至", "延长到",
    "延长至", "延长为", "顺延至", "顺延到", "提前到", "提前至", "缩短为", "缩短至", "追加至", "追加到",
    "增加至", "增加到", "提高到", "提高至", "上调至", "上调为", "下调至", "下调为", "降至",   "降低到",
    "降为",   "减少到", "减少至", "涨到",   "涨至",   "换成",   "最终确定为", "最终定为", "最终定于", NULL};

bool change_stands(Str text) {
    return list_in(text, cues);
}

/* ---- figures --------------------------------------------------------------------------------- */

/* The figure at `at` with what makes a day of it: "4月15日", "23.5", "2026-04-02". */
static Str figure_at(Str s, size_t at) {
    static const char *const parts[] = {"年", "月", "日", "号"};
    size_t end = at;
    if (at >= s.n || !plain_is_digit(s.p[at]) || (at && plain_is_digit(s.p[at - 1]))) {
        return (Str){"", 0};
    }
    while (end < s.n) {
        bool joins = memchr(".,-:", s.p[end], 4) && end + 1 < s.n && plain_is_digit(s.p[end + 1]);
        size_t width = plain_is_digit(s.p[end]) || joins ? 1 : 0;
        for (size_t i = 0; !width && i < ARRAY_LEN(parts); i++) {
            bool unit = str_starts(str_sub(s, end, s.n), str_from(parts[i]));
            if (unit) width = strlen(parts[i]);
        }
        if (!width) break;
        end += width;
    }
    assert(end > at); /* has_kind and the like go on by its length */
    return str_sub(s, at, end);
}

/* Without its year: "2026年4月2日" is 4月2日. */
static Str without_year(Str figure) {
    size_t at = str_find(figure, STR("年"), 0);
    return at == 4 && figure.n > 7 ? str_sub(figure, 7, figure.n) : figure;
}

static bool is_day(Str figure) { return str_has(figure, STR("月")) || str_has(figure, STR("-")); }

/* Has the text a figure of the kind? *first: the first one. */
static bool has_kind(Str text, bool day, Str *first) {
    for (size_t at = 0; at < text.n; at++) {
        Str figure = figure_at(text, at);
        if (!figure.n) continue;
        if (is_day(figure) == day) {
            *first = without_year(figure);
            return true;
        }
        at += figure.n - 1;
    }
    return false;
}

/* As a whole figure: 30 is not in 300. */
static bool has_figure(Str text, Str figure) {
    for (size_t at = 0; at < text.n; at++) {
        Str there = figure_at(text, at);
        if (there.n && str_eq(without_year(there), figure)) return true;
        if (there.n) at += there.n - 1;
    }
    return false;
}

/* ---- what an answer takes from a side -------------------------------------------------------- */

/* A figure of the answer stands in the side, and the question did not bring it along. */
static bool takes_figure(const ChangeAsk *ask, Str side) {
    for (size_t at = 0; at < ask->sentence.n; at++) {
        Str figure = figure_at(ask->sentence, at);
        if (!figure.n) continue;
        at += figure.n - 1;
        figure = without_year(figure);
        if (has_figure(side, figure) && !has_figure(ask->question, figure)) return true;
    }
    return false;
}

/* A character that carries no meaning by itself. */
static bool is_idle(uint32_t c) { return !unicode_is_cjk(c) || grammar_character(c); }

/* Two characters and more of the sentence that stand in the side and not in the question. */
static bool takes_words(const ChangeAsk *ask, Str side) {
    Str s = ask->sentence;
    for (size_t at = 0, width, next; at < s.n; at += width) {
        uint32_t c = utf8_decode(s, at, &width);
        if (is_idle(c) || at + width >= s.n || is_idle(utf8_decode(s, at + width, &next))) continue;
        Str pair = str_sub(s, at, at + width + next);
        if (str_has(side, pair) && !str_has(ask->question, pair)) return true;
    }
    return false;
}

static bool takes(const ChangeAsk *ask, Str side) {
    return takes_figure(ask, side) || takes_words(ask, side);
}

/* ---- what was asked -------------------------------------------------------------------------- */

/* Words of asking, which stand in no document. */
static const char *const asking[] = {"什么时候", "哪一天", "几月几号", "多少钱", "多少", "哪天", "哪里",
                                     "什么",     "何时",   "现在",     "目前",   "到底", "最终", "几号",
                                     "谁", NULL};

/* The share of the question's pairs of characters, figures and Latin words that stand in a text. */
static bool is_about(Str question, Str text, double share, size_t least) {
    size_t all = 0, found = 0, last = SIZE_MAX;
    for (size_t at = 0, width; at < question.n; at += width) {
        uint32_t c = utf8_decode(question, at, &width);
        size_t skip = list_at(question, at, asking), end = at;
        while (end < question.n && (plain_is_alnum(question.p[end]) ||
                                    (end > at && question.p[end] == '.'))) {
            end++;
        }
        if (end > at) width = end - at;
        bool pair = !skip && end == at && !is_idle(c) && last != SIZE_MAX;
        if (end > at || pair) {
            all++;
            found += str_has(text, str_sub(question, pair ? last : at, at + width));
        }
        last = !skip && end == at && !is_idle(c) ? at : SIZE_MAX;
        if (skip) width = skip;
    }
    return found >= least && (double)found >= share * (double)all;
}

/* The old side says what was before: "由30日", "从18万". */
static bool names_old(Str side) {
    static const char *const from[] = {"由", "从"};
    Str first;
    for (size_t i = 0; i < ARRAY_LEN(from); i++) {
        size_t at = str_find(side, str_from(from[i]), 0);
        if (at == SIZE_MAX) continue;
        Str rest = str_sub(side, at, side.n);
        if (has_kind(rest, true, &first) || has_kind(rest, false, &first)) return true;
    }
    return false;
}

/* A day and a day, or an amount and an amount, that are not the same. */
static bool same_kind(Str sentence, Str side) {
    Str a, b;
    bool day = has_kind(sentence, true, &a);
    if (!day && !has_kind(sentence, false, &a)) return false;
    return has_kind(side, day, &b) && !str_eq(a, b);
}

/* Sides are cut at cues and stops; one sentence may change several things one after the other. */
bool change_makes_old(const ChangeAsk *ask, Str change, int64_t changed_on) {
    bool later = !change_stands(ask->quote) || (ask->quoted_on && changed_on > ask->quoted_on);
    bool itself = str_has(change, ask->quote) || str_has(ask->quote, change);
    if (change.n > RUN_MAX) return false;
    for (size_t from = 0, end = 0, at; (at = list_find(change, from, cues, &end)) != SIZE_MAX;) {
        static const char *const stops[] = {"，", "。", "；", ",", ";", NULL};
        size_t behind, stop = list_find(change, end, stops, &behind);
        if (stop == SIZE_MAX) stop = change.n;
        assert(from <= at && at < end && end <= stop); /* old side, cue, new side */
        Str old = str_sub(change, from, at), new = str_sub(change, end, stop);
        from = stop;
        if (takes(ask, new) || !(later || itself)) continue;
        if (takes(ask, old) && is_about(ask->question, old, TOUCH, 1)) return true;
        bool asked = !itself && !names_old(old) &&
                     is_about(ask->question, old, SHARE, PAIRS_LEAST);
        if (asked && same_kind(ask->sentence, new)) return true;
    }
    return false;
}

/* ---- from one figure to another -------------------------------------------------------------- */

/* The first figure of the next NEAR bytes; *at moves behind it. Empty: none. */
static Str near_figure(Str s, size_t *at) {
    for (size_t i = *at; i < s.n && i < *at + NEAR; i++) {
        Str figure = figure_at(s, i);
        if (!figure.n) continue;
        *at = i + figure.n;
        return figure;
    }
    return (Str){"", 0};
}

/* Behind the word, which begins in the next `most` bytes; SIZE_MAX: it does not. */
static size_t behind_word(Str s, size_t at, size_t most, const char *word) {
    size_t n = strlen(word), last = s.n - at < most ? s.n : at + most;
    for (size_t i = at; i < last && i + n <= s.n; i++) {
        bool starts = plain_lower(s.p[i]) == word[0] && str_begins(str_sub(s, i, i + n), word);
        if (starts && utf8_is_border(s, i) && utf8_is_border(s, i + n)) return i + n;
    }
    return SIZE_MAX;
}

static bool changes(Str sentence) {
    static const char *const words[] = {"rais", "increas", "reduc", "lower", "chang", "mov",
                                        "rise", "rose",    "cut",   "drop",  "fall",  "fell",
                                        "went", "goes",    "up ",   "down ", NULL};
    return list_in(sentence, words);
}

/* The next "von A auf B", or "from A to B" where something changes, from *at on. */
static bool next_pair(Str s, size_t *at, Str *old, Str *new) {
    static const char *const words[][2] = {{"von", "auf"}, {"from", "to"}};
    const bool changing = changes(s);
    for (; *at < s.n; ++*at) {
        if (*at && !utf8_is_border(s, *at)) continue;
        for (size_t k = 0; k < ARRAY_LEN(words); k++) {
            size_t end = behind_word(s, *at, 1, words[k][0]);
            if (end == SIZE_MAX || (k == 1 && !changing)) continue;
            *old = near_figure(s, &end);
            if (old->n) end = behind_word(s, end, NEAR, words[k][1]);
            if (!old->n || end == SIZE_MAX) continue;
            *new = near_figure(s, &end);
            if (!new->n) continue;
            *at = end;
            return true;
        }
    }
    return false;
}

bool change_names_both(Str text) {
    Str old, new;
    size_t at = 0;
    return next_pair(text, &at, &old, &new);
}

bool change_says_old(const ChangeAsk *ask) {
    Str old, new;
    if (ask->quote.n > RUN_MAX) return false;
    for (size_t at = 0; next_pair(ask->quote, &at, &old, &new);) {
        assert(old.p < new.p && new.p + new.n <= ask->quote.p + ask->quote.n);
        if (has_figure(ask->sentence, old) && !has_figure(ask->sentence, new) &&
            !has_figure(ask->question, old)) {
            return true;
        }
    }
    return false;
}

/* ---- days ------------------------------------------------------------------------------------ */

/* The first "2026-02-09", "2026年2月9日" or "20260209" as YYYYMMDD; 0: there is none. */
static int64_t first_day(Str s) {
    enum { FORMS = CALENDAR_YEAR_FIRST | CALENDAR_PACKED | CALENDAR_HAN };
    CalendarDate day;
    size_t from, to;
    if (!calendar_find(s, FORMS, &day, &from, &to)) return 0;
    return dated_code(day.year, day.month, day.day);
}

int64_t change_day(Str path, Str text) {
    int64_t day = first_day(str_file_name(path));
    return day ? day : first_day(str_sub(text, 0, text.n < HEAD_MAX ? text.n : HEAD_MAX));
}
