/*
 * Steps: see steps.h.
 *
 * "How do I reset it?" is answered by a list, and a small model that is told to answer in one
 * sentence copies one of its items: the fourth step of eight is true, has support, and helps
 * nobody. The list stands in the passage; it is found here by its numbers and shown whole behind
 * the sentence (cite.c). So are reasons, differences, papers to bring: what is asked for with
 * "which" is mostly numbered, too.
 *
 * A number is one of
 *
 *     1.  1、 1) 1） 1: 1：      no digit behind it ("1.5" and "1,500" are none), unless the list has
 *                                begun, a blank or a full stop stands before, and a Chinese
 *                                character behind ("8.10分钟后翻面")
 *     1 at the beginning of a line, or behind the word for step, and a blank
 *     （1） (1)
 *     一、                       behind a mark or a blank
 *     第一步 步骤一 步骤1 方法一 方法1 Step 1 Schritt 1
 *     ①
 *
 * and a list is LEAST of them and more, of one kind, that count from one upwards without a gap,
 * each at most ITEM_MAX bytes behind the one before. Web pages put them all in one line, so that
 * lines are not asked for. The last item ends with its line, or with its first sentence where the
 * line goes on for long: there the writer has left the list, mostly. Of a list that is longer than
 * LIST_MAX the items that fit are taken, if they are LEAST.
 *
 * Items of one kind within items of another ("1. ... ① ... ② ... 2. ...") are two lists; the kinds
 * are tried in the order above, and the first one that is touched counts.
 *
 * Where there is no list, but the document's title says that it is about nothing else than the
 * question, a way of doing something is told by what stands around the sentence: "dissolve it in
 * warm water" is not helped by "this takes the swelling away", which follows it. FOLLOW_MAX bytes
 * are a look's worth.
 *
 * Who types "扫描仪错误22" or "开服装店流程" into a search asks nothing that one sentence would answer:
 * a Chinese question without a word of asking is taken as one for a way, unless it ends on what one
 * figure answers ("票房").
 *
 * Limits: STEPS_MAX items; numbers to STEPS_MAX, to ten as circles. A list
 * without numbers ("首先 ... 然后 ... 最后") is none.
 */
#include "turn/steps.h"

#include <assert.h>

#include "base/han.h"
#include "base/lists.h"
#include "base/plain.h"
#include "base/segment.h"
#include "base/utf8.h"

enum { LEAST = 3, ITEM_MAX = 600, LAST_MAX = 240, LIST_MAX = 2400,
       FOLLOW_MAX = 700, BEFORE_MAX = 240 };

typedef enum Kind { KIND_POINT, KIND_ROUND, KIND_HAN, KIND_NAMED, KIND_CIRCLE, KINDS } Kind;

/* ---- the question ---------------------------------------------------------------------------- */

StepsAsked steps_asked(Str question) {
    static const char *const opinion[] = {"怎么样", "怎样的", "怎么会", "怎么回事", NULL};
    static const char *const how[] = {"怎么",   "怎样",   "如何",   "步骤",   "流程",   "做法",
                                      "方法",   "教程",   "攻略",   "办法",   "How do", "how do",
                                      "How can", "how can", "How to", "how to", "Wie kann",
                                      "wie kann", "Wie mache", "Wie geht", "Wie stelle", NULL};
    static const char *const which[] = {"哪些", "哪几", "区别", "原因", "好处", "坏处", "作用",
                                        "功效", "条件", "材料", "手续", "症状", "特点", "注意",
                                        "为什么", "怎么回事", NULL};
    static const char *const asking[] = {"什么", "谁", "几", "多", "哪", "何", "吗", "呢", "是否",
                                         "怎", "啥", "还是", "?", "？", "是不是", "有没有", NULL};
    static const char *const measures[] = {"比例", "价格", "票房", "人数", "高度", "汇率", "时间",
                                           "费用", "成绩", "距离", "等级", "地址", "电话", "号码",
                                           "日期", "密码", "比分", "费", "价", "率", NULL};
    if (list_in(question, how) && !list_in(question, opinion)) return STEPS_HOW;
    if (list_in(question, which)) return STEPS_WHICH;
    bool topic = utf8_has_cjk(question) && !list_in(question, asking);
    return topic && !list_ends(str_trim(question), measures) ? STEPS_HOW : STEPS_NONE;
}

bool steps_is_about(Str title, Str question) {
    size_t pairs = 0, stand = 0, width, next;
    for (size_t at = 0; at < question.n; at += width) {
        bool sign = unicode_is_cjk(utf8_decode(question, at, &width));
        if (!sign || at + width >= question.n) continue;
        if (!unicode_is_cjk(utf8_decode(question, at + width, &next))) continue;
        pairs++;
        stand += str_has(title, str_sub(question, at, at + width + next));
    }
    return pairs > 0 && 2 * stand >= pairs;
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* At most STEPS_MAX, in one or two digits; 0: none, or more. */
static int digits_at(Str text, size_t at, size_t *end) {
    int value = 0;
    for (*end = at; *end < text.n && plain_is_digit(text.p[*end]); ++*end) {
        if (*end - at == 2) return 0;
        value = 10 * value + (text.p[*end] - '0');
    }
    return value <= STEPS_MAX ? value : 0;
}

/* Digits behind the mark of a number are its item's ("3.10分钟") where a Chinese character follows:
   "2.940 Euro" and "2.5 kg" are sums. */
static bool begins_with_number(Str text, size_t at) {
    size_t width;
    while (at < text.n && plain_is_digit(text.p[at])) at++;
    return at < text.n && unicode_is_cjk(utf8_decode(text, at, &width));
}

/* "1." and the like. Behind a digit, a letter or a mark that joins it is part of something else. */
static int point_at(Str text, size_t at) {
    static const char *const marks[] = {".", "、", "．", ")", "）", ":", "：", ",", "，", NULL};
    static const char *const steps[] = {"步骤阅读 ", "步骤 ", "\n", NULL};
    static const char *const ended[] = {" ", "\n", "。", "；", ")", "）", NULL};
    size_t end;
    char before = at ? text.p[at - 1] : '\n';
    if (plain_is_alnum(before) || memchr(".-/:+~(", before, 7)) return 0;
    if (str_ends(str_sub(text, 0, at), STR("（"))) return 0; /* KIND_ROUND */
    int value = digits_at(text, at, &end);
    if (!value || end >= text.n) return 0;
    size_t mark = list_at(text, end, marks);
    bool digit = mark && end + mark < text.n && plain_is_digit(text.p[end + mark]);
    if (digit && !begins_with_number(text, end + mark)) return 0;
    if (digit) return value > 1 && list_ends(str_sub(text, 0, at), ended) ? value : 0;
    if (mark) return value;
    bool stands = at == 0 || list_ends(str_sub(text, 0, at), steps);
    return stands && text.p[end] == ' ' ? value : 0;
}

static int round_at(Str text, size_t at) {
    static const char *const opens[] = {"(", "（", NULL}, *const closes[] = {")", "）", NULL};
    size_t open = list_at(text, at, opens), end;
    int value = open ? digits_at(text, at + open, &end) : 0;
    return value && list_at(text, end, closes) ? value : 0;
}

static int comma_at(Str text, size_t at) {
    static const char *const marks[] = {"、", ".", "．", ":", "：", NULL};
    static const char *const before[] = {" ", "\n", "。", "；", "：", ":", ";", "!", "！", ")", "　",
                                         NULL};
    int value = 0;
    size_t end = at + han_number(str_sub(text, at, text.n), &value);
    bool begins = at == 0 || list_ends(str_sub(text, 0, at), before);
    return value && begins && list_at(text, end, marks) ? value : 0;
}

static int named_at(Str text, size_t at) {
    static const char *const names[] = {"步骤", "方法", "Step ", "Schritt ", NULL};
    static const char *const step[] = {"步", NULL}, *const nth[] = {"第", NULL};
    size_t name = list_at(text, at, names), order = name ? 0 : list_at(text, at, nth);
    if (!name && !order) return 0;
    int value = 0;
    at += name + order;
    size_t end = at + han_number(str_sub(text, at, text.n), &value);
    if (!value) value = digits_at(text, at, &end);
    return value && (name || list_at(text, end, step)) ? value : 0;
}

/* U+2460 is a one in a circle. */
static int circle_at(Str text, size_t at) {
    size_t width;
    uint32_t c = utf8_decode(text, at, &width);
    return c >= 0x2460 && c < 0x2460 + 10 ? (int)(c - 0x2460) + 1 : 0;
}

static int number_at(Str text, size_t at, Kind kind) {
    switch (kind) {
    case KIND_POINT: return point_at(text, at);
    case KIND_ROUND: return round_at(text, at);
    case KIND_HAN: return comma_at(text, at);
    case KIND_NAMED: return named_at(text, at);
    default: return circle_at(text, at);
    }
}

/* ---- lists ----------------------------------------------------------------------------------- */

/* Where the last item ends, which begins at `from`. */
static size_t end_of_last(Str text, size_t from) {
    static const char *const ends[] = {"。", "！", NULL};
    size_t line = str_find(text, STR("\n"), from);
    if (line == SIZE_MAX) line = text.n;
    if (line - from <= LAST_MAX) return line;
    for (size_t i = 0; ends[i]; i++) {
        size_t end = str_find(text, str_from(ends[i]), from);
        if (end != SIZE_MAX && end - from < LAST_MAX) return end + strlen(ends[i]);
    }
    return from + utf8_cut(str_sub(text, from, line), LAST_MAX).n;
}

/* Items beyond LIST_MAX go. at[n] is where the last one ends. */
static void finish(Str text, Steps *list) {
    assert(list->n > 0 && list->n <= STEPS_MAX);
    list->at[list->n] = end_of_last(text, list->at[list->n - 1]);
    while (list->n && list->at[list->n] - list->at[0] > LIST_MAX) list->n--;
}

/* The list whose first item stands at `from`; n below LEAST: there is none. */
static void read_list(Str text, size_t from, Kind kind, Steps *out) {
    *out = (Steps){.at = {from}, .n = 1};
    for (size_t at = from + 1; at < text.n && at - out->at[out->n - 1] <= ITEM_MAX; at++) {
        if (utf8_goes_on(text.p[at])) continue;
        int number = number_at(text, at, kind);
        if (number == 1 && out->n > 1) break; /* the next list */
        if (number != (int)out->n + 1 || out->n == STEPS_MAX) continue;
        out->at[out->n++] = at;
    }
    finish(text, out);
}

bool steps_around(Str text, size_t start, size_t end, Steps *out) {
    assert(start <= end && end <= text.n);
    for (Kind kind = KIND_POINT; kind < KINDS; kind++) {
        for (size_t at = 0; at < end; at++) {
            if (utf8_goes_on(text.p[at]) || number_at(text, at, kind) != 1) continue;
            read_list(text, at, kind, out);
            if (out->n >= LEAST && out->at[out->n] > start) return true;
        }
    }
    return false;
}

bool steps_beside(Str text, size_t start, size_t end, Steps *out) {
    size_t from = 0, to = end, next;
    assert(start <= end && end <= text.n);
    while ((next = str_find(text, STR("\n\n"), from)) < start) from = next + 2;
    for (int paragraphs = 0; paragraphs < 2 && to < text.n; paragraphs++) {
        next = str_find(text, STR("\n\n"), to);
        to = next == SIZE_MAX ? text.n : next + 2;
    }
    return steps_around(text, from < start ? from : start, to, out);
}

bool steps_follow(Str text, size_t start, size_t end, Steps *out) {
    size_t at = 0, from, to, before = start;
    assert(start <= end && end <= text.n);
    *out = (Steps){.at = {start, end}, .n = 1};
    while (segment_next_wrapped(text, &at, &from, &to)) {
        if (to <= start && start - from <= BEFORE_MAX) before = from;
        bool fits = from >= end && to - start <= FOLLOW_MAX;
        if (from >= end && !fits) break;
        if (fits) out->at[1] = to;
    }
    bool follows = out->at[1] > end;
    out->at[0] = before;
    return follows;
}
