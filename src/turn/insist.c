/*
 * What a Chinese question insists on: see insist.h.
 *
 *   a year      "2023年", "2023年度": stands in the document, or between the first and the last year
 *               that do (a contract of 2024 to 2027 is in force in 2025), or is the year behind a
 *               document of November or December. One without years passes
 *   a month     "5月", "五月": the same for a document of several months that names no period
 *   a code      letters with digits ("T40", "BY-7"), a version ("App 4.0", "4.0版"): in any case,
 *               blanks and dashes aside
 *   an ordinal  "第5讲", "3号电梯", "3幢": not where the document counts the same thing and has no
 *               fifth; where it says "1-6幢" nothing can be told
 *   a work      "《状况报告2021》": not where the document names another number of it (2023), and
 *               not this one
 *   the thing   "康泰座椅的产地": one character of the noun that is asked for, unless it is one of
 *               those that go by many names (telephone, price, time)
 *
 *     question                document                           verdict
 *     T40的价格是多少          "T40" and "T4" apart: code_at       no, where only T4 stands
 *     2025年的租金是多少       "2024年至2027年"                    yes, between the two
 *     2025年的租金是多少       "2023年" and no other               no
 *     第5讲讲什么              "第1讲 ... 第4讲"                    no: it counts lectures, has no fifth
 *
 * The document is read once for all of them (see): what years and months it says is kept as bits,
 * codes and ordinals are looked for one by one.
 *
 * Of several years, months or codes ("T20 or T30?") one is enough. The rules say no only where a
 * document plainly speaks of another year, type or number; whoever asks in other words than the
 * document has is not refused by them. Units: classes of measure words that mean the same; a number
 * without one may have any.
 *
 * Limits: INSIST_MAX of each; years of dated.h.
 */
#include "turn/insist.h"

#include <assert.h>

#include "base/calendar.h"
#include "base/han.h"
#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "turn/dated.h"

enum { YEAR_LEAST = DATED_YEAR_LEAST, YEAR_MOST = DATED_YEAR_MOST, CODE_MAX = 24, THING_MAX = 24,
       WORK_MAX = 120 };

/* ---- numbers --------------------------------------------------------------------------------- */

/* The whole number at `at`, digits of a run that begins there; 0: none, or a longer one. */
static int number_at(Str s, size_t at, size_t *end) {
    int value = 0;
    *end = at;
    if (at && plain_is_digit(s.p[at - 1])) return 0;
    for (; *end < s.n && plain_is_digit(s.p[*end]); ++*end) {
        if (*end - at >= 4) return 0;
        value = value * 10 + (s.p[*end] - '0');
    }
    return value;
}

/* Does `what` stand at `at`; and does it end there? */
static bool is_behind(Str s, size_t at, const char *what) {
    return at <= s.n && str_starts(str_sub(s, at, s.n), str_from(what));
}

static bool is_before(Str s, size_t at, const char *what) {
    return str_ends(str_sub(s, 0, at), str_from(what));
}

/* A year of a date or by itself: 2025年, 2025-09-18, 体检报告-唐婉-2025. */
static int year_at(Str s, size_t at, bool asked, size_t *end) {
    int value = number_at(s, at, end);
    bool four = *end - at == 4 && value >= YEAR_LEAST && value <= YEAR_MOST;
    if (!four || (at && (plain_is_alnum(s.p[at - 1]) || s.p[at - 1] == '.'))) return 0;
    if (is_behind(s, *end, "年")) return value;
    if (asked) return *end == s.n || s.p[*end] == ' ' ? value : 0;
    bool date = *end < s.n && memchr("-/.", s.p[*end], 3) && *end + 1 < s.n;
    bool alone = *end == s.n || s.p[*end] == '.' || s.p[*end] == ' ' || s.p[*end] == '\n';
    return date || alone ? value : 0;
}

/* 5月, 05月, 2026-05-, 五月, "08 May 2026"; 5个月 is none. *end moves behind it. */
static int month_at(Str s, size_t at, size_t *end) {
    int value = number_at(s, at, end);
    if (value >= 1 && value <= 12 && *end - at <= 2) {
        if (is_behind(s, *end, "月")) return value;
        bool dated = at > 4 && memchr("-/.", s.p[at - 1], 3) && plain_is_digit(s.p[at - 2]) &&
                     plain_is_digit(s.p[at - 5 < at ? at - 5 : 0]);
        return dated ? value : 0;
    }
    *end = at + han_number(str_sub(s, at, s.n), &value);
    if (*end > at && is_behind(s, *end, "月") && !is_before(s, at, "十")) {
        *end += strlen("月");
        return value <= 12 ? value : 0;
    }
    bool mail = at > 1 && s.p[at - 1] == ' ' && plain_is_digit(s.p[at - 2]) && at + 4 < s.n &&
                plain_is_capital(s.p[at]) && plain_is_digit(s.p[at + 4]);
    if (!mail) return 0;
    *end = at + 3;
    return calendar_month(str_sub(s, at, at + 3));
}

/* Each once; 0 is none, and what is beyond INSIST_MAX is left out. */
static void add_number(int *list, size_t *n, int value) {
    for (size_t i = 0; i < *n; i++) {
        if (list[i] == value) return;
    }
    if (value && *n < INSIST_MAX) list[(*n)++] = value;
}

/* ---- the question ---------------------------------------------------------------------------- */

/* A dash or a point joins only between two letters or digits. */
static bool is_code_byte(Str s, size_t at) {
    if (plain_is_alnum(s.p[at])) return true;
    bool joins = (s.p[at] == '-' || s.p[at] == '.') && at && at + 1 < s.n;
    return joins && plain_is_alnum(s.p[at - 1]) && plain_is_alnum(s.p[at + 1]);
}

/* "T40", "BY-7"; "4.0" behind a Latin word or before 版. */
static bool is_code(Str s, size_t from, size_t end) {
    size_t letters = 0, digits = 0, points = 0;
    for (size_t i = from; i < end; i++) {
        letters += plain_is_letter(s.p[i]);
        digits += plain_is_digit(s.p[i]);
        points += s.p[i] == '.';
    }
    if (letters && digits) return end - from <= CODE_MAX;
    size_t before = from;
    while (before && s.p[before - 1] == ' ') before--;
    bool named = before && plain_is_letter(s.p[before - 1]);
    return digits && points == 1 && !letters && (named || is_behind(s, end, "版"));
}

/* Every run of code bytes that is a code. */
static void read_codes(Str s, Insist *out) {
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        while (at < s.n && is_code_byte(s, at)) at++;
        bool code = at > from && is_code(s, from, at);
        if (code && out->n_codes < INSIST_MAX) out->codes[out->n_codes++] = str_sub(s, from, at);
        if (at == from) at++;
    }
}

/* A number below a hundred, in digits or characters ("五", "十二", "二十"), at `at`; 0: none. */
static int counting_at(Str s, size_t at, size_t *end) {
    static const char digits[] = "一二三四五六七八九";
    int value = number_at(s, at, end), ten = 0;
    if (*end > at) return value < 100 ? value : 0;
    for (*end = at; *end + 3 <= s.n; *end += 3) {
        size_t place = str_find(STR(digits), str_sub(s, *end, *end + 3), 0);
        bool is_ten = is_behind(s, *end, "十");
        if (is_ten && !ten) ten = value ? 10 * value : 10, value = 0;
        else if (place != SIZE_MAX && place % 3 == 0 && !value) value = (int)(place / 3) + 1;
        else break;
    }
    return ten + value;
}

/* "第5讲", "第五讲", "3号电梯", "3幢" at `at`: *what is the character that says of what, *end is behind it.
   0: none stands there. A day of a month has no such character behind it. */
static int ordinal_at(Str s, size_t at, Str *what, size_t *end) {
    static const char *const houses[] = {"幢", "栋", NULL};
    bool first = is_behind(s, at, "第");
    size_t from = first ? at + 3 : at, width;
    bool inside = !first && (is_before(s, at, "十") || is_before(s, at, "月"));
    int value = from < s.n && !inside ? counting_at(s, from, end) : 0;
    if (!value || *end >= s.n) return 0;
    if (!first && is_behind(s, *end, "号")) *end += 3;
    else if (!first && !list_starts(str_sub(s, *end, s.n), houses)) return 0;
    if (*end >= s.n || !unicode_is_cjk(utf8_decode(s, *end, &width))) return 0;
    *what = str_sub(s, *end, *end + width);
    *end += width;
    return value;
}

/* Nouns that documents have many words for. */
static bool goes_by_many_names(Str noun) {
    static const char *const nouns[] = {
        "时间", "日期", "名字", "姓名", "名称", "价格", "费用", "金额", "价钱", "电话", "手机",
        "号码", "地点", "位置", "情况", "原因", "内容", "结果", "工资", "薪水", "收入", "联系",
        "重量", "高度", "宽度", "深度", "面积", "体积", "温度", "年龄", "生日", "尺寸",
        "方式", "意思", "作用", "区别", "特点", "方法", "步骤", "要求", "目的", "数量", "总数",
        "多少", "长度", "大小", "身份", "职务", "职位", "什么", "方面", "问题", "影响", "答案", NULL};
    return list_in(noun, nouns);
}

/* The last two characters of B in "A的B是多少", "A的B在哪里"; adverbs between B and the asking are passed
   over ("的测试负责人现在是谁"). */
static void read_thing(Str s, Insist *out) {
    static const char *const tails[] = {"是多少", "是什么", "有多少", "多少", "在哪", "是哪",
                                        "有哪些", "是谁", "怎么", NULL};
    static const char *const adverbs[] = {"现在", "目前", "到底", "一共", "总共", "分别", "主要",
                                          "具体", "究竟", "应该", "大概", "各自", "最终", "最后",
                                          "都",   "又",   "会",   "还",   "能",   NULL};
    size_t of = SIZE_MAX, behind;
    for (size_t at = 0; (at = str_find(s, STR("的"), at)) != SIZE_MAX; at += 3) of = at + 3;
    size_t end = of == SIZE_MAX ? SIZE_MAX : list_find(s, of, tails, &behind);
    if (end != SIZE_MAX) end = of + list_cut_end(str_sub(s, of, end), adverbs).n;
    if (end == SIZE_MAX || end < of + 6 || end > of + THING_MAX) return;
    for (size_t i = of; i < end; i++) {
        if ((unsigned char)s.p[i] < 0x80) return; /* figures and Latin words: codes see to them */
    }
    Str noun = str_sub(s, end - 6, end);
    if (utf8_valid(noun) && !goes_by_many_names(noun)) out->thing = noun;
}

/* What stands between 《 and 》 from *at on, which moves behind it; empty: nothing does. */
static Str next_work(Str s, size_t *at) {
    size_t open = str_find(s, STR("《"), *at);
    size_t close = open == SIZE_MAX ? SIZE_MAX : str_find(s, STR("》"), open);
    *at = close == SIZE_MAX ? s.n : close + 3;
    return close == SIZE_MAX ? (Str){"", 0} : str_sub(s, open + 3, close);
}

/* The first work with a digit in its name. */
static void read_work(Str s, Insist *out) {
    for (size_t at = 0; at < s.n && !out->work.n;) {
        Str work = next_work(s, &at);
        bool digit = false;
        for (size_t i = 0; i < work.n; i++) digit = digit || plain_is_digit(work.p[i]);
        if (digit && work.n <= WORK_MAX) out->work = work;
    }
}

/* Byte by byte, since any of them may begin a number; the second part of a date is no month of
   its own. */
void insist_read(Str question, Insist *out) {
    *out = (Insist){.thing = {"", 0}};
    for (size_t at = 0, end; at < question.n; at++) {
        Str what;
        bool dated = at && memchr("-/.", question.p[at - 1], 3);
        int month = dated ? 0 : month_at(question, at, &end);
        add_number(out->years, &out->n_years, year_at(question, at, true, &end));
        add_number(out->months, &out->n_months, month);
        if (out->n_ordinals < INSIST_MAX && ordinal_at(question, at, &what, &end)) {
            out->ordinals[out->n_ordinals++] = str_sub(question, at, end);
            at = end - 1;
        }
    }
    read_codes(question, out);
    read_work(question, out);
    read_thing(question, out);
}

bool insist_any(const Insist *in) {
    return in->n_years || in->n_months || in->n_codes || in->n_ordinals || in->work.n ||
           in->thing.n;
}

/* ---- the document ---------------------------------------------------------------------------- */

typedef struct Seen {
    int least, most;   /* years; 0: none */
    uint32_t months;   /* bit m: month m, 1 to 12 */
    uint64_t years[4]; /* bits from YEAR_LEAST on */
    bool period;       /* it speaks of from and to */
} Seen;

_Static_assert((int)YEAR_MOST - (int)YEAR_LEAST < 4 * 64, "a bit a year");

/* What years and months a part of the document says. Names of months begin with 'A' or a byte
   above, so that blanks and marks are passed over quickly. */
static void see(Str s, Seen *seen) {
    static const char *const periods[] = {"至", "到期", "起", "期限", "截止", "有效期", NULL};
    for (size_t at = 0, end; at < s.n; at++) {
        unsigned char c = (unsigned char)s.p[at];
        if (c < '0' || (c > '9' && c < 'A')) continue;
        int year = plain_is_digit(c) ? year_at(s, at, false, &end) : 0;
        int month = month_at(s, at, &end);
        assert(month >= 0 && month <= 12);
        if (month) seen->months |= 1u << month;
        if (!year) continue;
        seen->years[(year - YEAR_LEAST) / 64] |= (uint64_t)1 << ((year - YEAR_LEAST) % 64);
        if (!seen->least || year < seen->least) seen->least = year;
        if (year > seen->most) seen->most = year;
    }
    seen->period = seen->period || list_in(s, periods);
}

static bool year_fits(const Seen *seen, int year) {
    int at = year - YEAR_LEAST;
    assert(year >= YEAR_LEAST && year <= YEAR_MOST); /* year_at gives no other */
    bool ahead = (seen->months & (3u << 11)) && year == seen->most + 1; /* planned in winter */
    if (!seen->least || ahead) return true;
    return (seen->years[at / 64] >> (at % 64) & 1) || (year > seen->least && year < seen->most);
}

/* A document of one month may be of any: a list of several says which it is about. */
static bool month_fits(const Seen *seen, int month) {
    assert(month >= 1 && month <= 12);
    bool several = seen->months & (seen->months - 1);
    return !several || seen->period || (seen->months >> month & 1);
}

/* Blanks and dashes may stand or lack between any two characters of it: "BY-7", "BY 7", "by7".
   Nothing of its own kind may touch it at either end: T4 is not in T40. */
static bool code_at(Str s, size_t at, Str code) {
    assert(code.n && plain_is_alnum(code.p[0]) && plain_is_alnum(code.p[code.n - 1])); /* no dash */
    bool digit = plain_is_digit(code.p[0]);
    if (at && (plain_is_digit(s.p[at - 1]) || (digit && s.p[at - 1] == '.'))) return false;
    if (at && !digit && plain_is_letter(s.p[at - 1])) return false;
    for (size_t k = 0; k < code.n;) {
        if (code.p[k] == '-') {
            k++;
        } else if (at < s.n && k && (s.p[at] == ' ' || s.p[at] == '-')) {
            at++;
        } else if (at < s.n && plain_lower(s.p[at]) == plain_lower(code.p[k])) {
            at++;
            k++;
        } else {
            return false;
        }
    }
    bool letter = plain_is_letter(code.p[code.n - 1]);
    return at >= s.n || !(plain_is_digit(s.p[at]) || (letter && plain_is_letter(s.p[at])));
}

static bool has_code(Str s, Str code) {
    for (size_t at = 0; at < s.n; at++) {
        if (plain_is_alnum(s.p[at]) && code_at(s, at, code)) return true;
    }
    return false;
}

/* "1-6幢", "1、2号机": one of several, and the others are not all written out. */
static bool among_others(Str s, size_t at) {
    static const char *const marks[] = {"-", "~", "～", "—", "–", "至", "到", "、", "和", "及", NULL};
    return list_ends(str_sub(s, 0, at), marks);
}

/* Counts the document what the question counts ("第3讲"), and has no such number? 1: it does; -1: it
   has it, or may have; 0: it counts no such thing. */
static int counts_others(Str s, Str ordinal) {
    Str what, of;
    size_t end;
    int own = ordinal_at(ordinal, 0, &of, &end), others = 0;
    assert(own > 0); /* insist_read took it out of the question by the same function */
    for (size_t at = 0; at < s.n; at++) {
        int value = ordinal_at(s, at, &what, &end);
        if (!value) continue;
        if (str_eq(what, of)) {
            if (value == own || among_others(s, at)) return -1;
            others = 1;
        }
        at = end - what.n - 1; /* the character may begin another: 3号5幢 */
    }
    return others;
}

/* The same name but for its digits. */
static bool same_but_digits(Str a, Str b) {
    size_t i = 0, k = 0;
    while (i < a.n || k < b.n) {
        if (i < a.n && plain_is_digit(a.p[i])) i++;
        else if (k < b.n && plain_is_digit(b.p[k])) k++;
        else if (i < a.n && k < b.n && a.p[i] == b.p[k]) i++, k++;
        else return false;
    }
    return true;
}

/* Does a document name the work with another number, and never with this one? */
static bool other_edition(Str work, const Str parts[INSIST_PARTS]) {
    bool others = false;
    if (!work.n) return false;
    for (size_t i = 0; i < INSIST_PARTS; i++) {
        if (str_has(parts[i], work)) return false;
        for (size_t at = 0; at < parts[i].n;) {
            others = same_but_digits(next_work(parts[i], &at), work) || others;
        }
    }
    return others;
}

/* One of its two characters: whoever writes 产自 means 产地. */
static bool has_sign_of(Str s, Str thing) {
    assert(thing.n == 6); /* two Chinese characters, by read_thing */
    return str_has(s, str_sub(thing, 0, 3)) ||
           str_has(s, str_sub(thing, 3, 6));
}

/* All parts are seen before anything is decided: a year may stand in the path and nowhere else.
   Of what several were named one is enough, but each ordinal must stand or not be counted. */
bool insist_fits(const Insist *in, const Str parts[INSIST_PARTS]) {
    Seen seen = {0};
    bool codes[INSIST_MAX] = {false}, thing = !in->thing.n, fits = true;
    for (size_t i = 0; i < INSIST_PARTS; i++) {
        see(parts[i], &seen);
        for (size_t k = 0; k < in->n_codes; k++) {
            codes[k] = codes[k] || has_code(parts[i], in->codes[k]);
        }
        thing = thing || has_sign_of(parts[i], in->thing);
    }
    bool year = !in->n_years, month = !in->n_months, code = !in->n_codes;
    for (size_t i = 0; i < in->n_years; i++) year = year || year_fits(&seen, in->years[i]);
    for (size_t i = 0; i < in->n_months; i++) month = month || month_fits(&seen, in->months[i]);
    for (size_t i = 0; i < in->n_codes; i++) code = code || codes[i];
    for (size_t i = 0; i < in->n_ordinals; i++) {
        bool others = false, has = false;
        for (size_t k = 0; k < INSIST_PARTS; k++) {
            int counts = counts_others(parts[k], in->ordinals[i]);
            others = others || counts > 0;
            has = has || counts < 0;
        }
        fits = fits && (has || !others);
    }
    return fits && thing && year && month && code && !other_edition(in->work, parts);
}

/* "E1 ...", of a question for E3: letters of a code of the question with other digits, and none of
   its codes. */
bool insist_other_code(Str question, Str quote) {
    Insist asked = {.n_codes = 0}, said = {.n_codes = 0};
    bool others = false;
    read_codes(question, &asked);
    read_codes(quote, &said);
    for (size_t i = 0; i < asked.n_codes; i++) {
        Str code = asked.codes[i];
        size_t letters = 0;
        while (letters < code.n && plain_is_letter(code.p[letters])) letters++;
        if (has_code(quote, code)) return false;
        for (size_t k = 0; k < said.n_codes && letters; k++) {
            Str other = said.codes[k];
            bool alike = other.n > letters && !plain_is_letter(other.p[letters]);
            for (size_t n = 0; n < letters && alike; n++) {
                alike = plain_lower(other.p[n]) == plain_lower(code.p[n]);
            }
            others = others || alike;
        }
    }
    return others;
}

/* ---- units ----------------------------------------------------------------------------------- */

/* Measure words; those of one row mean the same. Longer ones first. */
static const char *const units[][12] = {
    {"毫升", "ml", NULL}, {"公斤", "千克", "kg", NULL}, {"毫克", "mg", NULL}, {"公里", NULL},
    {"分钟", NULL},       {"小时", NULL},             {"毫米", "mm", NULL}, {"厘米", "cm", NULL},
    {"平方米", NULL},     {"克", "g", NULL},          {"勺", NULL},         {"斤", NULL},
    {"升", NULL},         {"元", "块", NULL},         {"秒", NULL},         {"米", NULL},
    {"天", "日", "晚", NULL}, {"周", NULL},           {"页", NULL},
    {"个月", NULL},       {"年", NULL},               {"岁", NULL},         {"人", "名", "位", NULL},
    {"个", "台", "把", "片", "颗", "辆", "根", "条", "只", "张", "件", NULL}};

/* Its row in `units`; -1: none. Blanks before it are skipped. */
static int unit_at(Str s, size_t at) {
    while (at < s.n && s.p[at] == ' ') at++;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (at <= s.n && list_starts(str_sub(s, at, s.n), units[i])) return (int)i;
    }
    return -1;
}

/* The number at `at` with its decimals; empty: none begins there. */
static Str figure_at(Str s, size_t at) {
    size_t end = at;
    if (at && (plain_is_digit(s.p[at - 1]) || s.p[at - 1] == '.')) return (Str){"", 0};
    while (end < s.n && (plain_is_digit(s.p[end]) ||
                         (s.p[end] == '.' && end + 1 < s.n && plain_is_digit(s.p[end + 1])))) {
        end++;
    }
    return str_sub(s, at, end);
}

/* The same digits with the same kind of unit, or without one where none is wanted. */
static bool has_figure(Str s, Str figure, int unit) {
    for (size_t at = 0; at < s.n; at++) {
        Str there = figure_at(s, at);
        if (there.n && str_eq(there, figure) && unit_at(s, at + there.n) == unit) return true;
    }
    return false;
}

/* One figure that the answer did not take from the question is enough. */
bool insist_same_figure(Str question, Str answer, Str quote) {
    for (size_t at = 0; at < answer.n; at++) {
        Str number = figure_at(answer, at);
        int unit = number.n ? unit_at(answer, at + number.n) : -1;
        if (unit < 0 || has_figure(question, number, unit)) continue;
        if (has_figure(quote, number, unit)) return true;
    }
    return false;
}

/* The same figure stands in the quote, but only with units of another row. A figure that the
   quote has nowhere says nothing: verify looks at those. */
bool insist_other_unit(Str sentence, Str quote) {
    for (size_t at = 0; at < sentence.n; at++) {
        Str number = figure_at(sentence, at);
        int unit = number.n ? unit_at(sentence, at + number.n) : -1;
        bool stands = false, same = false;
        for (size_t i = 0; unit >= 0 && i < quote.n; i++) {
            Str there = figure_at(quote, i);
            if (!there.n || !str_eq(there, number)) continue;
            int other = unit_at(quote, i + there.n);
            stands = true;
            same = same || other < 0 || other == unit;
        }
        if (stands && !same) return true;
    }
    return false;
}
