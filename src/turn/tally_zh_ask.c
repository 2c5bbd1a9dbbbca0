/*
 * The words of a Chinese question of tables (see tally_zh_ask.h); tally_zh.c says what comes of it.
 *
 *     六到十月份的电费加起来多少
 *     六到十月份                 months 6 to 10
 *                的     多少     a small word; a word of asking
 *                  电费          left for a column's name
 *                      加起来    a sum
 *
 * Order matters: a time is taken first, since its numbers are nothing else's; then names of columns
 * (tally_zh.c), since 人 alone explains nothing that 负责人 could have explained; then the words of
 * asking, phrases before their parts; small words last.
 *
 * "Not yet" is one sign in a cell and several in a question: 还没有, 没有, 没, 尚未 are read as 未.
 *
 * Limits: SIGNS_MAX signs; one time; numbers of months up to twelve, in digits or signs.
 */
#include "turn/tally_zh_ask.h"

#include <assert.h>
#include <stdio.h>

#include "base/han.h"
#include "base/lists.h"
#include "base/utf8.h"
#include "turn/dated.h"

/* ---- signs ----------------------------------------------------------------------------------- */

/* False: too long. */
bool signs_read(Str text, ZhSigns *out) {
    *out = (ZhSigns){.n = 0};
    for (size_t at = 0, width; at < text.n; at += width) {
        uint32_t c = han_fold(unicode_lower(utf8_decode(text, at, &width)));
        if (!unicode_in_word(c)) continue;
        if (out->n == SIGNS_MAX) return false;
        out->c[out->n++] = c;
    }
    return true;
}

static bool latin(uint32_t c) { return c < 0x250; }

/* Where `what` stands in one piece, none of it used; no number or word is cut in two. SIZE_MAX:
   nowhere. */
size_t signs_place(const ZhSigns *in, const ZhSigns *what) {
    for (size_t at = 0; what->n && at + what->n <= in->n; at++) {
        size_t k = 0, end = at + what->n;
        while (k < what->n && in->c[at + k] == what->c[k] && !in->used[at + k]) k++;
        if (k < what->n) continue;
        bool cut = (at && signs_digit(in->c[at - 1]) && signs_digit(in->c[at])) ||
                   (end < in->n && signs_digit(in->c[end - 1]) && signs_digit(in->c[end])) ||
                   (end < in->n && latin(in->c[end - 1]) && latin(in->c[end]));
        if (!cut) return at;
    }
    return SIZE_MAX;
}

/* Every place where it stands is marked as used. False: nowhere. */
bool signs_explain(ZhSigns *in, const ZhSigns *what) {
    bool any = false;
    for (size_t at; (at = signs_place(in, what)) != SIZE_MAX; any = true) {
        for (size_t k = 0; k < what->n; k++) in->used[at + k] = true;
    }
    return any;
}

/* The same for a word of ours. */
bool signs_explain_c(ZhSigns *in, const char *what) {
    ZhSigns signs;
    return signs_read(str_from(what), &signs) && signs_explain(in, &signs);
}

/* All words of the list, in its order: longer ones stand before those that they contain. */
bool signs_explain_list(ZhSigns *in, const char *const *list) {
    bool any = false;
    for (size_t i = 0; list[i]; i++) any |= signs_explain_c(in, list[i]);
    return any;
}

bool signs_all_used(const ZhSigns *in) {
    for (size_t i = 0; i < in->n; i++) {
        if (!in->used[i]) return false;
    }
    return true;
}

bool signs_has(const ZhSigns *in, uint32_t c) {
    for (size_t i = 0; i < in->n; i++) {
        if (in->c[i] == c) return true;
    }
    return false;
}

/* Last of all: these signs are parts of many words. */
void signs_explain_small(ZhSigns *in) {
    static const char *const words[] = {
        "我们公司", "全公司", "公司", "请问", "还剩下", "还剩", "剩下", "目前", "现在", "一共", "总共",
        "告诉我", "分别", "各自", "东西", "上了", "值了", NULL};
    static const char small[] = "的是有我们在里中请问了吗呢个这那台位家张款还都由与和及号码名为买";
    _Static_assert((sizeof small - 1) % 3 == 0, "three bytes each, so that none is found in two");
    (void)signs_explain_list(in, words);
    for (size_t i = 0; i < in->n; i++) {
        char bytes[UTF8_MAX_BYTES];
        Str sign = {bytes, utf8_encode(in->c[i], bytes)};
        in->used[i] |= sign.n == 3 && str_has(STR(small), sign);
    }
}

/* ---- what is asked --------------------------------------------------------------------------- */

/* 0 behind the end. */
uint32_t signs_at(const ZhSigns *s, size_t at) { return at < s->n ? s->c[at] : 0; }

/* A number at *at, in digits or up to twelve in signs; 0: none. *at moves behind it. */
static int take_number(const ZhSigns *s, size_t *at) {
    static const char han[] = "一二三四五六七八九十";
    size_t from = *at;
    int value = 0;
    char sign[UTF8_MAX_BYTES];
    while (signs_digit(signs_at(s, *at)) && *at - from < 4) {
        value = value * 10 + (int)(s->c[(*at)++] - '0');
    }
    for (; *at < s->n && !signs_digit(s->c[from]) && value <= 10; ++*at) {
        Str one = {sign, utf8_encode(s->c[*at], sign)};
        size_t place = one.n == 3 ? str_find(STR(han), one, 0) : SIZE_MAX;
        if (place == SIZE_MAX) break;
        value += (int)(place / 3) + 1;
    }
    return value;
}

static bool is_month_number(int value) { return value >= 1 && value <= 12; }

/* "3月", "三月份" at *at, and "六到十月", "6月至10月" with their end; false: none. */
static bool take_months(const ZhSigns *s, size_t *at, int *first, int *last) {
    static const uint32_t month = 0x6708, part = 0x4EFD, to[] = {0x5230, 0x81F3}; /* 月 份 到 至 */
    size_t end = *at;
    *first = take_number(s, &end);
    *last = 0;
    bool named = is_month_number(*first) && signs_at(s, end) == month;
    size_t next = end + named;
    if (named && signs_at(s, next) == part) next++;
    size_t behind = next + 1;
    bool goes_on = signs_at(s, next) == to[0] || signs_at(s, next) == to[1];
    int value = goes_on && is_month_number(*first) ? take_number(s, &behind) : 0;
    if (is_month_number(value) && value > *first && signs_at(s, behind) == month) {
        assert(value > *first && value <= 12); /* loops over months end */
        *last = value;
        next = behind + 1 + (signs_at(s, behind + 1) == part);
    }
    *at = next;
    return named || *last;
}

/* "(2026年)3月", "三月份", "2026年", "六到十月", "上半年": no day is named. */
static void take_month(ZhQuestion *q) {
    static const struct {
        const char *words[4];
        int first, last;
    } parts[] = {{{"上半年", NULL}, 1, 6},
                 {{"下半年", NULL}, 7, 12},
                 {{"第一季度", "一季度", "1季度", NULL}, 1, 3},
                 {{"第二季度", "二季度", "2季度", NULL}, 4, 6},
                 {{"第三季度", "三季度", "3季度", NULL}, 7, 9},
                 {{"第四季度", "四季度", "4季度", NULL}, 10, 12}};
    ZhSigns *s = &q->signs;
    for (size_t i = 0; i < ARRAY_LEN(parts) && !q->month; i++) {
        if (!signs_explain_list(s, parts[i].words)) continue;
        q->month = parts[i].first;
        q->until = parts[i].last;
    }
    for (size_t i = 0; i < s->n; i++) {
        size_t at = i;
        int first, last;
        uint32_t before = i ? s->c[i - 1] : 0; /* 十, 第: the middle of a number, or an ordinal */
        if (signs_digit(before) || before == 0x5341 || before == 0x7B2C) continue;
        int value = take_number(s, &at);
        bool four = at - i == 4 && value >= DATED_YEAR_LEAST;
        bool year = four && signs_at(s, at) == 0x5E74 && !q->year;
        size_t end = i;
        bool month = !year && !q->month && take_months(s, &end, &first, &last);
        if (!year && !month) continue;
        if (year) q->year = value;
        if (month) q->month = first, q->until = last;
        at = year ? at + 1 : end;
        assert(at > i && at <= s->n);
        for (size_t k = i; k < at; k++) s->used[k] = true;
    }
}

/* "(2026年)7月8日" */
static void take_date(ZhQuestion *q) {
    ZhSigns *s = &q->signs;
    for (size_t i = 0; i < s->n; i++) {
        int part[3] = {0}, n = 0;
        size_t at = i;
        static const uint32_t ends[] = {0x5E74, 0x6708, 0x65E5}; /* year, month, day */
        if (i && signs_digit(s->c[i - 1])) continue;
        for (int k = 0; k < 3; k++) {
            size_t from = at;
            int value = 0;
            while (at < s->n && signs_digit(s->c[at]) && at - from < 4) {
                value = value * 10 + (int)(s->c[at++] - '0');
            }
            bool day = k == 2 && at < s->n && s->c[at] == 0x53F7; /* 8号 */
            if (at == from || at >= s->n || (s->c[at] != ends[k] && !day)) {
                at = from;
                continue;
            }
            part[k] = value;
            at++;
            n++;
        }
        if (n < 2 || !part[1] || !part[2]) continue;
        assert(at <= s->n && at > i);
        q->year = part[0];
        q->month = part[1];
        q->day = part[2];
        for (size_t k = i; k < at; k++) s->used[k] = true;
        return;
    }
}

/* "一共有多少张": a word before, one of asking, one of measure; the longest that fits. bare: 一共多少
   does without a measure. */
static bool take_count(ZhSigns *s, bool bare) {
    static const char *const before[] = {"一共有", "总共有", "共有", "一共", "总共", "有", "", NULL};
    static const char *const many[] = {"多少", "几", NULL};
    static const char *const what[] = {"个", "位", "名", "张", "家", "台", "份", "条",
                                       "项", "件", "笔", "辆", "种", "", NULL};
    for (size_t i = 0; before[i]; i++) {
        for (size_t k = 0; many[k]; k++) {
            for (size_t j = 0; what[j]; j++) {
                char phrase[32];
                (void)snprintf(phrase, sizeof phrase, "%s%s%s", before[i], many[k], what[j]);
                if (!*what[j] && (!bare || k == 1 || !*before[i])) continue; /* 几, 多少 alone */
                if (signs_explain_c(s, phrase)) return true;
            }
        }
    }
    return false;
}

static const char *const whom[] = {"谁", "哪位", NULL};
static const char *const when[] = {"什么时候", "什么时间", "哪一天", "哪天", "何时", "几月几号", "几号",
                                   NULL};

/* 最便宜 asks for the least price, 最快 for the highest speed or the fewest days. */
static void take_superlative(ZhQuestion *q) {
    static const struct {
        const char *words[9];
        Op op;
        Of of;
    } all[] = {{{"最便宜", "最划算", NULL}, OP_LEAST, OF_PRICE},
               {{"最贵", NULL}, OP_MOST, OF_PRICE},
               {{"最快", NULL}, OP_MOST, OF_SPEED},
               {{"最慢", NULL}, OP_LEAST, OF_SPEED},
               {{"最早", NULL}, OP_LEAST, OF_DATE},
               {{"最晚", "最迟", "最新", "最近", NULL}, OP_MOST, OF_DATE},
               {{"最低", "最少", "最小", "最短", "最轻", NULL}, OP_LEAST, OF_NAMED},
               {{"最高", "最多", "最大", "最长", "最重", NULL}, OP_MOST, OF_NAMED}};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (!signs_explain_list(&q->signs, all[i].words)) continue;
        q->op = all[i].op;
        q->of = all[i].of;
        return; /* a second one stays unexplained: none of ours */
    }
}

/* What says that several are taken together. */
static const char *const together[] = {"一共花了", "总共花了", "一共花费了", "一共", "总共",
                                       "合计",     "累计",     "共计",       NULL};

/* "一共报销了多少钱": both ends of it. */
static bool take_split_sum(ZhSigns *s) {
    static const char *const amounts[] = {"是多少钱", "多少钱", "多少元", "是多少", "多少", NULL};
    ZhSigns copy = *s;
    if (!signs_explain_list(&copy, together) || !signs_explain_list(&copy, amounts)) return false;
    *s = copy;
    return true;
}

/* What is asked, by the words of asking, which are explained by it. The order matters: phrases of
   a sum have words of a cell in them. */
bool question_take_op(ZhQuestion *q) {
    static const char *const sums[] = {
        "共多少钱", "加起来是多少", "总金额", "花了多少钱", "用了多少钱",
        "总额",     "总和",         "总计",   "加起来",     NULL};
    static const char *const lists[] = {"有哪些", "是哪些", "哪些", "列出", "都有谁", "有谁", NULL};
    assert(q->op == OP_NONE); /* question_read has left it so */
    static const char *const cells[] = {
        "是什么", "叫什么", "什么", "哪里", "哪儿", "哪一个", "哪个", "哪家", "哪台", "哪一家",
        "哪一项", "哪项", "哪一款", "哪款", "哪一种", "哪种", "哪科", "哪一张", "哪张", "哪一次", "哪次",
        "哪一笔", "哪笔", "多少", "呢", NULL};
    ZhSigns *s = &q->signs;
    take_superlative(q);
    if (q->op == OP_NONE && q->many) q->op = signs_explain_list(s, together) ? OP_SUM : OP_CELL;
    if (q->op == OP_NONE && take_count(s, false)) q->op = OP_COUNT;
    if (q->op == OP_NONE && (take_split_sum(s) || signs_explain_list(s, sums))) q->op = OP_SUM;
    if (q->op == OP_NONE && signs_explain_list(s, lists)) q->op = OP_LIST;
    bool value = signs_explain_c(s, "是多少") || signs_explain_c(s, "多少钱");
    if (q->op == OP_NONE && !value && take_count(s, true)) q->op = OP_COUNT;
    bool cell = signs_explain_list(s, whom);
    cell |= signs_explain_list(s, when);
    cell |= signs_explain_list(s, cells); /* all three explain their words */
    if (q->op == OP_SUM) (void)signs_explain_c(s, "总共");
    if (q->op == OP_NONE && (cell || value)) q->op = OP_CELL;
    return q->op != OP_NONE;
}

/* "Not yet" and "already" as cells have them. */
static Status with_states(Str question, Buf *out, Err *err) {
    static const char *const from[] = {"还没有", "还没", "尚未", "还未", "没有", "没", "已经"};
    static const char *const to[] = {"未", "未", "未", "未", "未", "未", "已"};
    _Static_assert(ARRAY_LEN(from) == ARRAY_LEN(to), "a state each");
    for (size_t at = 0; at < question.n;) {
        size_t i = 0;
        Str rest = str_sub(question, at, question.n);
        while (i < ARRAY_LEN(from) && !str_starts(rest, str_from(from[i]))) i++;
        if (i < ARRAY_LEN(from)) {
            buf_add_c(out, to[i]);
            at += strlen(from[i]);
        } else {
            buf_add_byte(out, question.p[at++]);
        }
    }
    return buf_check(out, "a question", err);
}

/* *ours false: not Chinese, too short or too long. Who, when and how much are asked of a copy:
   they explain nothing yet, since a column may be called by the same signs. */
Status question_read(Str text, ZhQuestion *out, bool *ours, Err *err) {
    Buf said;
    *out = (ZhQuestion){.op = OP_NONE};
    *ours = false;
    if (!utf8_has_cjk(text)) return OK;
    buf_init(&said, 8 * SIGNS_MAX + text.n);
    Status status = with_states(text, &said, err);
    *ours = status == OK && signs_read(buf_str(&said), &out->signs) && out->signs.n > 3;
    buf_fini(&said);
    ZhSigns copy = out->signs;
    out->who = signs_explain_list(&copy, whom);
    out->when = signs_explain_list(&copy, when);
    out->money = signs_explain_c(&copy, "多少钱");
    out->people = signs_explain_c(&copy, "多少人") || signs_explain_c(&copy, "几个人");
    ZhQuestion of = {.signs = out->signs};
    take_superlative(&of);
    out->of = of.of;
    take_date(out);
    if (!out->day) take_month(out);
    assert(!out->until || out->until > out->month);
    assert(!out->day || (!out->until && out->month)); /* a day, or months */
    return status;
}
