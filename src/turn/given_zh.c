/*
 * Given, in Chinese: what an answer must have that its question asks for. given.c counts numbers
 * and words of the languages that have blanks; here stand the rules that need Chinese itself:
 *
 *   when      "周一", "月底", "春节" say when without a number;
 *   colour    "什么颜色" is answered by a colour, not by "布袋除尘机";
 *   person    "摄影师叫什么名字" is not answered by a firm ("拾光影像工作室"): the trade that is asked
 *             for ends on a character for people, the answer on a word for a firm. A quote that
 *             nothing else was found for (near.c) has one of the trade's last three characters;
 *   made up   a small model that does not find a name makes one out of the title and the question
 *             ("大理四人行民宿"). A name stands in the document as it is written in the answer;
 *   price     a quote for "多少钱" has a word of money; a number alone may be a door's;
 *   people    a quote for "有多少员工" names them or has a number of people: "120万吨/年" is none;
 *   day       nor is what something cost on 28 July what it cost on the 20th;
 *   most      nor does it compare rows: of "哪家最便宜" a row alone is no answer, if tally_zh.c could
 *             not count it;
 *   empty     nor is a row an answer whose cell of the column that is named is empty;
 *   apart     a row is short, and the model takes the figure of any row that has one ("空气净化器卖
 *             多少钱", from the offer of a 布袋除尘机). Row, column names and file name together have
 *             no two characters in a row of such a question, and no code or figure of it ("5日").
 *
 * A wrong "no" takes a right answer away, or leaves it to near.c. So each rule wants a question of
 * its own kind and says nothing of others.
 *
 * Limits: names of NAME_MAX bytes; what is longer is a sentence and is left to verify.c.
 */
#include "turn/given_zh.h"

#include <string.h>

#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/doc.h"

enum { NAME_LEAST = 6, NAME_MAX = 45, CODE_LEAST = 2, TRADE_BYTES = 9, COLUMNS_MAX = 64 };

bool given_zh_when(Str question, Str text) {
    static const char *const words[] = {
        "周一", "周二", "周三", "周四", "周五", "周六", "周日", "周末", "星期", "礼拜", "月底",
        "月初", "年底", "年初", "今天", "明天", "昨天", "今年", "明年", "去年", "上午", "中午",
        "下午", "晚上", "早上", "凌晨", "傍晚", "每天", "每周", "春节", "国庆", "中秋", "端午",
        "元旦", "清明", "暑假", "寒假", "随时", "立即", "马上", "次日", NULL};
    for (size_t i = 0; words[i]; i++) {
        Str word = str_from(words[i]);
        if (str_has(text, word) && !str_has(question, word)) return true;
    }
    return false;
}

/* "摄影师叫什么名字": what stands before the asking, where it ends on a trade; else empty. */
static Str trade_in(Str question) {
    static const char *const trades[] = {"师", "员", "长", "医生", "老师", "教练", "司机", "主任",
                                         "经理", "秘书", "会计", "先生", "女士", "老板", NULL};
    static const char *const names[] = {"叫什么", "的名字", "姓什么", "的姓名", NULL};
    for (size_t i = 0; names[i]; i++) {
        size_t at = str_find(question, str_from(names[i]), 0);
        Str before = str_sub(question, 0, at == SIZE_MAX ? 0 : at);
        if (list_ends(before, trades)) return before;
    }
    return (Str){"", 0};
}

/* Of the last TRADE_BYTES of it. */
bool given_zh_trade_stands(Str question, Str text) {
    Str trade = trade_in(question);
    if (!trade.n) return true;
    if (trade.n > TRADE_BYTES) trade = str_sub(trade, trade.n - TRADE_BYTES, trade.n);
    for (size_t at = 0, width; at < trade.n; at += width) {
        bool sign = unicode_is_cjk(utf8_decode(trade, at, &width));
        if (sign && str_has(text, str_sub(trade, at, at + width))) return true;
    }
    return false;
}

bool given_zh_price_stands(Str question, Str text) {
    static const char *const asks[] = {"多少钱", "什么价", "多少元", "几块钱", NULL};
    static const char *const sums[] = {"元", "块", "万", "圆", "角", "镑", "成", "折", "%", "百分",
                                       "倍", "币", "免费", "不收", "不要钱", "￥", "¥", "$", "€",
                                       "月租", NULL};
    return !list_in(question, asks) || list_in(text, sums) || doc_has_row(text);
}

/* "多少名员工", "几位老师": the noun for people that is counted; empty: none is. */
static Str people_in(Str question) {
    static const char *const people[] = {
        "员工", "职工", "工人", "学生", "老师", "教师", "老人",   "居民", "群众", "旅客", "乘客", "观众",
        "老年人", "人口", "游客", "会员", "成员", "医生", "护士", "记者", "志愿者", "选手", "队员", "村民", "人",   NULL};
    static const char *const asks[] = {"多少", "几", NULL}, *const each[] = {"名", "位", "个", NULL};
    for (size_t i = 0; asks[i]; i++) {
        size_t at = str_find(question, str_from(asks[i]), 0);
        if (at == SIZE_MAX) continue;
        Str rest = str_sub(question, at + strlen(asks[i]), question.n);
        if (list_starts(rest, each)) rest = str_sub(rest, 3, rest.n);
        for (size_t k = 0; people[k]; k++) {
            Str noun = str_from(people[k]);
            bool money = str_starts(rest, STR("人民币"));
            if (str_starts(rest, noun) && !money) return noun;
        }
    }
    return (Str){"", 0};
}

bool given_zh_people_stand(Str question, Str text) {
    static const char *const units[] = {"人", "名", "位", "户", "口", "个人", NULL};
    static const char *const factors[] = {"万", "亿", "千", "百", "十", "多", "余", "几", "来", NULL};
    static const char *const numbers[] = {"一", "二", "两", "三", "四", "五", "六", "七", "八",
                                          "九", "十", "百", "千", "万", "几", "数", NULL};
    static const char *const sums[] = {"人约", "人有", "人数", "人口", "人大约", "人为", "人达", NULL};
    Str noun = people_in(question);
    if (!noun.n || doc_has_row(text)) return true;
    if (!str_eq(noun, STR("人")) && str_has(text, noun)) return true;
    if (list_in(text, sums)) return true;
    for (size_t at = 0, width; at < text.n; at += width) {
        (void)utf8_decode(text, at, &width);
        bool digit = plain_is_digit(text.p[at]);
        if (!digit && !list_starts(str_sub(text, at, text.n), numbers)) continue;
        Str behind = str_sub(text, at + width, text.n);
        while (list_starts(behind, factors)) behind = str_sub(behind, 3, behind.n);
        if (list_starts(str_trim(behind), units)) return true;
    }
    return false;
}

/* One or two digits that end at `end`; 0: none do. *from: where they begin. */
static int digits_before(Str text, size_t end, size_t *from) {
    int value = 0;
    *from = end;
    while (*from && plain_is_digit(text.p[*from - 1])) --*from;
    for (size_t i = *from; i < end && end - *from <= 2; i++) value = 10 * value + text.p[i] - '0';
    return value;
}

/* The next "7月20日" from *at on, as 100 * month + day, and *at behind it; "20日" has no month. 0:
   there is none. */
static int next_day(Str text, size_t *at) {
    static const char *const signs[] = {"日", "号", NULL};
    for (; *at < text.n; ++*at) {
        if (!list_starts(str_sub(text, *at, text.n), signs)) continue;
        size_t from, first;
        int day = digits_before(text, *at, &from), month = 0;
        bool dated = str_ends(str_sub(text, 0, from), STR("月"));
        if (dated) month = digits_before(text, from - strlen("月"), &first);
        *at += strlen("日");
        if (day >= 1 && day <= 31 && month <= 12) return 100 * month + day;
        --*at; /* the loop goes on behind the character */
    }
    return 0;
}

bool given_zh_other_day(Str question, Str text) {
    static const char *const asks[] = {"多少", "几", NULL};
    static const char *const spans[] = {"日至", "日到", "日-", "日—", "日起", "号至", "号到", NULL};
    size_t at = 0;
    bool others = false;
    int asked = next_day(question, &at);
    if (asked < 100 || !list_in(question, asks) || list_in(text, spans)) return false;
    at = 0;
    for (int day = next_day(text, &at); day; day = next_day(text, &at)) {
        if (day == asked || day == asked % 100) return false;
        others = others || day > 100;
    }
    return others;
}

bool given_zh_one_of_many(Str question, Str text) {
    static const char *const most[] = {"最低", "最高", "最少", "最多", "最小",   "最大", "最短",
                                       "最长", "最早", "最晚", "最贵", "最便宜", "最快", "最慢",
                                       "最重", "最轻", NULL};
    return list_in(question, most) && doc_has_row(text) && !str_has(text, STR("最"));
}

/* Cell number `i` of a row; empty behind its end. */
static Str cell_of(Str row, size_t i) {
    size_t at = 0, end;
    for (; (end = str_find(row, STR("|"), at)) != SIZE_MAX && i; i--) at = end + 1;
    return i ? (Str){"", 0} : str_trim(str_sub(row, at, end == SIZE_MAX ? row.n : end));
}

bool given_zh_empty_cell(Str question, Str head, Str row) {
    if (!str_has(row, STR("|"))) return false;
    for (size_t i = 0; i < COLUMNS_MAX; i++) {
        Str name = cell_of(head, i);
        if (!name.n) return false;
        if (name.n >= NAME_LEAST && str_has(question, name) && !cell_of(row, i).n) return true;
    }
    return false;
}

static Str without_end(Str text) {
    static const char *const marks[] = {"。", ".", "！", "，", "」", "”", NULL};
    text = str_trim(text);
    for (size_t i = 0; marks[i]; i++) {
        if (str_ends(text, str_from(marks[i]))) text.n -= strlen(marks[i]);
    }
    return text;
}

bool given_zh_other_kind(Str question, Str text) {
    static const char *const colour[] = {"什么颜色", "哪种颜色", "何种颜色", "颜色是什么", NULL};
    static const char *const colours[] = {"色", "红", "橙", "黄", "绿", "青", "蓝", "紫",
                                          "黑", "白", "灰", "银", "金", "棕", "褐", "粉", NULL};
    static const char *const firms[] = {"公司", "工作室", "厂", "店", "中心", "医院",
                                        "学校", "银行", "集团", "事务所", NULL};
    if (list_in(question, colour)) return !list_in(text, colours);
    return trade_in(question).n && list_ends(without_end(text), firms);
}

/* What stands behind the last word of naming. */
static Str named_in(Str answer) {
    static const char *const words[] = {"名字是", "叫做", "叫", "是", "：", "名为", "名", NULL};
    Str name = answer;
    for (size_t i = 0; words[i]; i++) {
        Str word = str_from(words[i]);
        size_t at = str_find(name, word, 0);
        if (at != SIZE_MAX) name = str_sub(name, at + word.n, name.n);
    }
    return without_end(name);
}

bool given_zh_made_up(Str question, Str answer, Str quote) {
    static const char *const asks[] = {"叫什么", "什么名字", "名字是什么", "名称是什么", NULL};
    static const char *const marks[] = {"，", "。", "（", "(", "；", "、", ",", NULL};
    if (!list_in(question, asks)) return false;
    size_t own = str_find(answer, STR("\n\n"), 0); /* what was quoted behind it is none of it */
    Str name = named_in(own == SIZE_MAX ? answer : str_sub(answer, 0, own));
    bool is_name = name.n >= NAME_LEAST && name.n <= NAME_MAX && utf8_has_cjk(name) &&
                   !list_in(name, marks);
    return is_name && !str_has(quote, name);
}

/* How many bytes from `at` on are one thing to look for: two Chinese characters, a code, a figure
   with the character behind it ("5日"). */
static size_t piece_at(Str text, size_t at) {
    size_t end = at, width;
    while (end < text.n && plain_is_alnum(text.p[end])) end++;
    if (end - at >= CODE_LEAST || end == text.n) return end - at >= CODE_LEAST ? end - at : 0;
    if (end == at) {
        if (!unicode_is_cjk(utf8_decode(text, at, &width))) return 0;
        end += width;
    }
    if (end >= text.n || !unicode_is_cjk(utf8_decode(text, end, &width))) return 0;
    return end + width - at;
}

bool given_zh_apart(Str question, const Str *around, size_t n) {
    for (size_t at = 0, width; at < question.n; at += width) {
        (void)utf8_decode(question, at, &width);
        size_t piece = piece_at(question, at);
        if (!piece) continue;
        for (size_t i = 0; i < n; i++) {
            if (str_has(around[i], str_sub(question, at, at + piece))) return false;
        }
    }
    return true;
}
