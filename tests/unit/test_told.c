/*
 * Promises of told.h: who told whom is cut out of what is looked for, and nothing else is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "turn/told.h"

static void who_told_whom_is_not_looked_for(void **state) {
    static const struct {
        const char *question, *rest; /* "": as it is */
    } rows[] = {
        {"我曾经和你分享过一部文艺片，它的名字是？", "一部文艺片，它的名字是？"},
        {"在5月4日你给我推荐了哪些音乐？", "在5月4日哪些音乐？"},
        {"你告诉过我哪些缓解压力的方法？", "哪些缓解压力的方法？"},
        {"在4月29日我们聊了哪些话题呢？", "在4月29日哪些话题呢？"},
        {"你还记得我的画的灵感是什么吗？", "我的画的灵感是什么吗？"},
        {"我曾经在学校遇到了一个问题，是什么？", "在学校遇到了一个问题，是什么？"},
        {"我的画被选中了，你还记得灵感是什么吗？", "我的画被选中了，灵感是什么吗？"},
        {"老师和我们聊了什么？", ""},
        {"老师说过什么时候考试？", ""},
        {"你说公司几点开门？", ""},
        {"合同什么时候到期？", ""},
        {"我给你说过", ""},
        {"我\xFF", ""},
        {"", ""}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        Buf out;
        Str question = str_from(rows[i].question);
        buf_init(&out, 1024);
        bool cut = told_cut(question, question, &out);
        if (cut != (rows[i].rest[0] != 0) || !str_eq_c(buf_str(&out), rows[i].rest)) {
            fail_msg("%s: %.*s", rows[i].question, (int)out.n, out.n ? out.p : "");
        }
        buf_fini(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_told_whom_is_not_looked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
