/*
 * Chinese sentences to questions.
 *
 * A sentence is taken by its clauses (，；：。). ABOUT is what stands before the verb; it holds a 的
 * or is of some length, and does not begin with a word that points elsewhere (它, 该, 当时, ...).
 *
 *     ABOUT是|为[大约]NUMBER UNIT        ABOUT是多少？
 *     ABOUT容积|功率|...NUMBER UNIT      ABOUT的容积是多少？
 *     ABOUT[将|已]于DATE...              ABOUT在什么时候...？
 *     ABOUT是[在]DATE                    ABOUT是什么时候？
 *     ABOUT定于|成立于|...DATE           ABOUT什么时候定|成立|...的？
 *     ABOUT[由NUMBER]提高到|...NUMBER      ABOUT提高到|...多少？
 *     ABOUT位于|坐落在PLACE              ABOUT位于哪里？
 *     ABOUT由SOMEBODY负责|测定|...       ABOUT由谁负责|测定...？
 *
 * Without a tagger the end of a name is not to be seen, so that "who" needs one of a few verbs
 * behind it.
 *
 * An example. 茶坊的月租金为4800元，押金两个月。 The first clause has 为, before it 茶坊的月租金
 * with a 的, behind it a number and a unit that fill the clause: 茶坊的月租金是多少？, gold 4800元.
 * Each clause is asked by itself (lab_next_clause); the deposit's gives nothing, for a verb or a
 * name of a measure is missing. A number before a list's line (一、（二）3.) is no part of it.
 */
#include <assert.h>

#include "base/han.h"
#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "lab/question.h"

enum { ABOUT_MIN = 6, ABOUT_MAX = 90, UNIT_MAX = 12 }; /* bytes; a character has three */

/* Long enough to name something, nothing that points elsewhere, no marks inside. */
static bool stands_alone(Str about) {
    static const char *const pointing[] = {
        "它", "他", "她", "其", "该", "此", "这", "那", "本", "我", "您", "你", "当时", "上一", "下一",
        "另外", "请", "如果", "因为", "所以", "但", "而", "也", "并", "就", "都", "又", "还", "以后",
        "之后", "最", "现在", "因此", "如", "若", "当", "从", "在", "对", "把", "将", "已", "不",
        "同时", "牠", "各", "每", "前者", "后者", "两者", "双方", "上述", "全镇", "全县", "全市", "共",
        NULL};
    if (about.n < ABOUT_MIN || about.n > ABOUT_MAX) return false;
    if (list_starts(about, pointing)) return false;
    for (size_t at = 0, width; at < about.n; at += width) {
        uint32_t c = utf8_decode(about, at, &width);
        bool fine = unicode_is_cjk(c) || (c < 0x80 && plain_is_alnum((int)c)) || c == 0x201C ||
                    c == 0x201D || c == 0xB7;
        if (!fine) return false;
    }
    return true;
}

/* Whole texts only: a character is never cut. */
static void add(LabAsk *out, Str text) {
    if (out->n + text.n > LAB_QUESTION_MAX) out->n = LAB_QUESTION_MAX; /* seen by finish() */
    if (out->n == LAB_QUESTION_MAX) return;
    memcpy(out->question + out->n, text.p, text.n);
    out->n += text.n;
}

/* "面积约" of "面积约为", "本体是" of "本体是位于": what only softens or joins is not asked for. */
static Str without_tail(Str about) {
    static const char *const tails[] = {"大约", "约", "估计", "仅", "是", "现", "共", "因"};
    for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
        Str tail = str_from(tails[i]);
        if (str_ends(about, tail)) about.n -= tail.n;
    }
    return about;
}

/* What the question is about begins it; of "X的Y" it is X. */
static void add_about(LabAsk *out, Str about) {
    size_t owner = str_find(about, STR("的"), 0);
    out->about_end = owner == SIZE_MAX || owner == 0 ? about.n : owner;
    add(out, about);
}

/* gold is a view of the sentence, so its place is a difference of pointers. */
static bool finish(LabAsk *out, LabKind kind, Str sentence, Str gold) {
    assert(gold.n == 0 || (gold.p >= sentence.p && gold.p + gold.n <= sentence.p + sentence.n));
    add(out, STR("？"));
    out->kind = kind;
    out->gold_start = (size_t)(gold.p - sentence.p);
    out->gold_end = out->gold_start + gold.n;
    return out->n < LAB_QUESTION_MAX && gold.n > 0 && gold.n <= LAB_GOLD_MAX;
}

/* ---- what is asked for --------------------------------------------------------------------- */

/* Bytes of a number at `at`, points and commas inside; 0: none. */
static size_t run_of_digits(Str s, size_t at) {
    size_t n = 0;
    while (at + n < s.n && (plain_is_digit(s.p[at + n]) ||
                            (n > 0 && (s.p[at + n] == '.' || s.p[at + n] == ',')))) {
        n++;
    }
    return n;
}

/* "2025年9月25日" or a beginning of it of two parts at least, or "9月25日"; bytes, 0: none. */
static size_t date_at(Str s, size_t at) {
    static const char *const marks[] = {"年", "月", "日"};
    size_t end = at, parts = 0;
    for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
        size_t n = run_of_digits(s, end);
        Str mark = str_from(marks[i]);
        bool there = n > 0 && str_starts(str_sub(s, end + n, s.n), mark);
        if (!there && parts > 0) break;
        if (!there) continue;
        end += n + mark.n;
        parts++;
    }
    return parts >= 2 ? end - at : 0;
}

/* A number with its unit that fills all of s, hedges before it left out; n = 0: it does not. */
static Str quantity(Str s) {
    static const char *const hedges[] = {"大约", "约", "至少", "最多", "不超过"};
    for (size_t i = 0; i < ARRAY_LEN(hedges); i++) {
        Str hedge = str_from(hedges[i]);
        if (str_starts(s, hedge)) s = str_sub(s, hedge.n, s.n);
    }
    size_t n = run_of_digits(s, 0);
    Str unit = str_sub(s, n, s.n);
    if (n == 0 || unit.n == 0 || unit.n > UNIT_MAX || date_at(s, 0)) return (Str){"", 0};
    for (size_t at = 0, width; at < unit.n; at += width) {
        uint32_t c = utf8_decode(unit, at, &width);
        if (!unicode_is_cjk(c) && c != 0x2103 && c != '%') return (Str){"", 0};
    }
    return s;
}

/* ---- shapes -------------------------------------------------------------------------------- */

/* 是 and 为 with a date or a quantity behind them. "X的Y" is required where the clause could mean what
   X is. */
static bool ask_is(Str sentence, Str clause, LabAsk *out) {
    static const char *const verbs[] = {"是", "为"};
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        size_t at = str_find(clause, str_from(verbs[i]), 0);
        if (at == SIZE_MAX) continue;
        Str about = without_tail(str_sub(clause, 0, at)), rest = str_sub(clause, at + 3, clause.n);
        bool owned = str_has(about, STR("的")) || i == 1;
        if (!stands_alone(about) || !owned) continue;
        size_t in = str_starts(rest, STR("在")) ? 3 : 0;
        Str when = str_sub(rest, in, rest.n), gold = quantity(rest);
        bool dated = i == 0 && when.n > 0 && date_at(when, 0) == when.n;
        if (!dated && gold.n == 0) continue;
        add_about(out, about);
        if (!str_has(about, STR("的"))) out->about_end = 0; /* "茶杯容量" is one word */
        add(out, dated ? STR("是什么时候") : STR("是多少"));
        return finish(out, dated ? LAB_DATE : LAB_NUMBER, sentence, dated ? when : gold);
    }
    return false;
}

/* A measure's name directly before the number. */
static bool ask_attribute(Str sentence, Str clause, LabAsk *out) {
    static const char *const names[] = {"容积", "容量", "功率", "价格", "单价", "总价", "面积", "重量",
                                        "长度", "高度", "宽度", "温度", "直径", "口径", "厚度", "深度",
                                        "密度", "速度", "距离", "费用", "金额", "租金", "押金", "耗电"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        Str name = str_from(names[i]);
        size_t at = str_find(clause, name, 0);
        if (at == SIZE_MAX) continue;
        Str about = str_sub(clause, 0, at), gold = quantity(str_sub(clause, at + name.n, clause.n));
        if (gold.n == 0 || !stands_alone(about)) continue;
        add_about(out, about);
        if (!str_ends(about, STR("的")) && !str_ends(about, STR("最高"))) add(out, STR("的"));
        add(out, name);
        add(out, STR("是多少"));
        return finish(out, LAB_NUMBER, sentence, gold);
    }
    return false;
}

/* Verbs that end in 于 by themselves, with the date that ends the clause; of a date with an hour
   behind it the hour would be lost. */
static bool ask_when_done(Str sentence, Str clause, LabAsk *out) {
    static const char *const verbs[] = {"定于", "成立于", "始建于", "建于", "创立于", "创建于",
                                        "签订于", "竣工于", "发布于", "出版于"};
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        Str verb = str_from(verbs[i]);
        size_t at = str_find(clause, verb, 0), from = at == SIZE_MAX ? 0 : at + verb.n;
        size_t n = at == SIZE_MAX ? 0 : date_at(clause, from);
        if (n == 0 || from + n != clause.n || !stands_alone(str_sub(clause, 0, at))) continue;
        add_about(out, str_sub(clause, 0, at));
        add(out, STR("是什么时候"));
        add(out, str_sub(verb, 0, verb.n - 3));
        add(out, STR("的"));
        return finish(out, LAB_DATE, sentence, str_sub(clause, from, clause.n));
    }
    return false;
}

/* What a number became. "由82分" in front of the verb would give half of the answer away. */
static bool ask_changed(Str sentence, Str clause, LabAsk *out) {
    static const char *const verbs[] = {"回升到", "回升至", "提高到", "提高至", "上升到", "上升至", "增加到", "增加至",
                                        "增长到", "增长至", "下降到", "下降至", "降低到", "降低至",
                                        "减少到", "减少至", "降至", "升至"};
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        Str verb = str_from(verbs[i]);
        size_t at = str_find(clause, verb, 0);
        if (at == SIZE_MAX) continue;
        Str gold = quantity(str_sub(clause, at + verb.n, clause.n)), about = str_sub(clause, 0, at);
        size_t old = str_find(about, STR("由"), 0);
        if (old == SIZE_MAX) old = str_find(about, STR("从"), 0);
        if (old != SIZE_MAX) about.n = old;
        if (gold.n == 0 || str_has(gold, STR("的")) || !stands_alone(about)) continue;
        add_about(out, about);
        add(out, verb);
        add(out, STR("多少"));
        return finish(out, LAB_NUMBER, sentence, gold);
    }
    return false;
}

/* The place fills the clause; one with marks in it is a list or has something beside it. */
static bool ask_where(Str sentence, Str clause, LabAsk *out) {
    static const char *const verbs[] = {"位于", "坐落于", "坐落在", "存放在", "存放于", "设在"};
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        Str verb = str_from(verbs[i]);
        size_t at = str_find(clause, verb, 0);
        Str about = at == SIZE_MAX ? STR("") : without_tail(str_sub(clause, 0, at));
        if (!stands_alone(about)) continue;
        Str place = str_sub(clause, at + verb.n, clause.n);
        if (!stands_alone(place) || place.n > 60 || str_has(place, STR("的"))) continue;
        add_about(out, about);
        add(out, verb);
        add(out, STR("哪里"));
        return finish(out, LAB_PLACE, sentence, place);
    }
    return false;
}

/* An hour, or a part of the day: no thing that happens. */
static bool is_hour(Str rest) {
    static const char *const hours[] = {"上午", "下午", "中午", "晚上", "早上", "凌晨", "傍晚", NULL};
    return list_starts(rest, hours) || (rest.n > 0 && plain_is_digit(rest.p[0]));
}

/* 于 with a date, and something that happens then. */
static bool ask_when(Str sentence, Str clause, LabAsk *out) {
    size_t at = str_find(clause, STR("于"), 0);
    size_t n = at == SIZE_MAX ? 0 : date_at(clause, at + 3);
    if (n == 0 || at + 3 + n >= clause.n) return false;
    if (is_hour(str_sub(clause, at + 3 + n, clause.n))) return false;
    Str about = str_sub(clause, 0, at);
    if (str_ends(about, STR("将")) || str_ends(about, STR("已"))) about.n -= 3;
    if (!stands_alone(about)) return false;
    add_about(out, about);
    add(out, STR("在什么时候"));
    add(out, str_sub(clause, at + 3 + n, clause.n));
    return finish(out, LAB_DATE, sentence, str_sub(clause, at + 3, at + 3 + n));
}

/* 由 with a name and one of the verbs behind it. */
static bool ask_by_whom(Str sentence, Str clause, LabAsk *out) {
    static const char *const verbs[] = {"负责", "编写", "翻译", "测定", "设计", "建造", "承担", "支付",
                                        "主持", "修订", "签署", "提供", "批准", "免费", "检查"};
    size_t by = str_find(clause, STR("由"), 0);
    if (by == SIZE_MAX || !stands_alone(str_sub(clause, 0, by))) return false;
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        size_t verb = str_find(clause, str_from(verbs[i]), by + 3);
        if (verb == SIZE_MAX || verb < by + 9) continue;
        Str who = str_sub(clause, by + 3, verb);
        if (!stands_alone(who) || who.n > 36) continue;
        add_about(out, str_sub(clause, 0, by));
        add(out, STR("由谁"));
        add(out, str_sub(clause, verb, clause.n));
        return finish(out, LAB_WHO, sentence, who);
    }
    return false;
}

/* ， ； ： 。 ！ ？ and a line's end. */
static bool ends_clause(uint32_t c) {
    return c == 0xFF0C || c == 0xFF1B || c == 0xFF1A || c == 0x3002 || c == 0xFF01 || c == 0xFF1F ||
           c == '\n';
}

bool lab_next_clause(Str sentence, size_t *at, Str *clause) {
    if (*at >= sentence.n) return false;
    size_t start = *at, end = start, width = 1;
    while (end < sentence.n && !ends_clause(utf8_decode(sentence, end, &width))) end += width;
    *at = end + width;
    *clause = str_sub(sentence, start, end);
    return true;
}

/* Behind "一、", "（二）", "3." or "3、"; "3.5" is a number. */
static Str without_mark(Str clause) {
    int number;
    bool open = str_starts(clause, STR("（"));
    size_t first = open ? 3 : 0, at = first + han_number(str_sub(clause, first, clause.n), &number);
    if (at == first) at += run_of_digits(str_sub(clause, at, clause.n), 0);
    if (at == first) return clause;
    bool point = clause.p[at - 1] == '.';
    Str rest = str_sub(clause, at, clause.n);
    if (str_starts(rest, open ? STR("）") : STR("、"))) return str_sub(rest, 3, rest.n);
    return point ? rest : clause;
}

/* Clause by clause, the shapes in turn; the first that fits is the sentence's question. */
bool lab_ask_chinese(Str sentence, LabAsk *out) {
    typedef bool (*Ask)(Str, Str, LabAsk *);
    static const Ask asks[] = {ask_when_done, ask_when,    ask_is,   ask_attribute,
                               ask_changed,   ask_by_whom, ask_where};
    if (sentence.n > LAB_SENTENCE_MAX) return false;
    Str clause;
    for (size_t at = 0; lab_next_clause(sentence, &at, &clause);) {
        clause = str_trim(without_mark(str_trim(clause)));
        for (size_t i = 0; clause.n && i < ARRAY_LEN(asks); i++) {
            *out = (LabAsk){.chinese = true};
            if (asks[i](sentence, clause, out)) return true;
        }
    }
    return false;
}
