/*
 * Given, in Chinese: what an answer must have that its question asks for. given.c counts numbers
 * and words of the languages that have blanks; here stand the rules that need Chinese itself:
 *
 *   when      "周一", "月底", "春节" say when without a number;
 *   colour    "什么颜色" is answered by a colour, not by "布袋除尘机";
 *   person    "摄影师叫什么名字" is not answered by a firm ("拾光影像工作室"): the trade that is asked
 *             for ends on a sign for people, the answer on a word for a firm;
 *   made up   a small model that does not find a name makes one out of the title and the question
 *             ("大理四人行民宿"). A name stands in the document as it is written in the answer;
 *   apart     a row is short, and the model takes the figure of any row that has one ("空气净化器卖
 *             多少钱", from the offer of a 布袋除尘机). Row, column names and file name together have
 *             no two signs in a row of such a question, and no code or number of it.
 *
 * A wrong "no" takes a right answer away, or leaves it to near.c. So each rule wants a question of
 * its own kind and says nothing of others.
 *
 * Limits: names of NAME_MAX bytes; what is longer is a sentence and is left to verify.c.
 */
#include "turn/given_zh.h"

#include <string.h>

#include "base/lists.h"
#include "base/utf8.h"

enum { NAME_LEAST = 6, NAME_MAX = 45, CODE_LEAST = 2 };

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

/* "师叫什么名字": people by their trade. */
static bool asks_for_person(Str question) {
    static const char *const trades[] = {"师", "员", "长", "医生", "老师", "教练", "司机", "主任",
                                         "经理", "秘书", "会计", "先生", "女士", "老板", NULL};
    static const char *const names[] = {"叫什么", "的名字", "姓什么", "的姓名", NULL};
    for (size_t i = 0; names[i]; i++) {
        size_t at = str_find(question, str_from(names[i]), 0);
        if (at != SIZE_MAX && list_ends(str_sub(question, 0, at), trades)) return true;
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
    return asks_for_person(question) && list_ends(without_end(text), firms);
}

/* What stands behind the last word of naming. */
static Str named_in(Str answer) {
    static const char *const words[] = {"名字是", "名为", "叫做", "叫", "是", "：", NULL};
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
    if (!list_in(question, asks)) return false;
    size_t own = str_find(answer, STR("\n\n"), 0); /* what was quoted behind it is none of it */
    Str name = named_in(own == SIZE_MAX ? answer : str_sub(answer, 0, own));
    bool is_name = name.n >= NAME_LEAST && name.n <= NAME_MAX && utf8_has_cjk(name);
    return is_name && !str_has(quote, name);
}

static bool is_code_byte(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* How many bytes from `at` on are one thing to look for: two Chinese signs, or a code. */
static size_t piece_at(Str text, size_t at) {
    size_t width, next;
    if (unicode_is_cjk(utf8_decode(text, at, &width))) {
        if (at + width >= text.n) return 0;
        bool second = unicode_is_cjk(utf8_decode(text, at + width, &next));
        return second ? width + next : 0;
    }
    size_t end = at;
    while (end < text.n && is_code_byte(text.p[end])) end++;
    return end - at >= CODE_LEAST ? end - at : 0;
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
