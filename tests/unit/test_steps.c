/*
 * Promises of steps.h: a way of doing something is told from other questions, and the list that an
 * answer was taken from is found by its numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "turn/steps.h"

static void a_way_is_told_from_other_questions(void **state) {
    static const struct {
        const char *question;
        StepsAsked asked;
    } rows[] = {
        {"打印机怎么安装？", STEPS_HOW},
        {"如何关闭445端口", STEPS_HOW},
        {"开服装店流程", STEPS_HOW},
        {"扫描仪错误22", STEPS_HOW}, /* a topic: nothing is asked */
        {"How do I reset the router?", STEPS_HOW},
        {"Wie kann ich den Vertrag kündigen?", STEPS_HOW},
        {"办理营业执照需要哪些材料？", STEPS_WHICH},
        {"截至和截止区别", STEPS_WHICH},
        {"这家店怎么样？", STEPS_NONE},
        {"大圣娶亲 票房", STEPS_NONE}, /* one figure will do */
        {"租金是多少？", STEPS_NONE},
        {"谁签了合同？", STEPS_NONE},
        {"When is the rent due?", STEPS_NONE},
        {"rent in March", STEPS_NONE},
        {"", STEPS_NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        StepsAsked got = steps_asked(str_from(rows[i].question));
        if (got != rows[i].asked) print_error("%s: %d\n", rows[i].question, got);
        assert_int_equal(got, rows[i].asked);
    }
}

/* The items that are found around `piece`, joined by "|"; "" when there is no list. */
static void expect(const char *text, const char *piece, const char *items) {
    char got[4096] = "";
    size_t n = 0;
    Steps list;
    Str all = str_from(text);
    size_t start = str_find(all, str_from(piece), 0);
    assert_int_not_equal(start, SIZE_MAX);
    if (steps_around(all, start, start + strlen(piece), &list)) {
        for (size_t i = 0; i < list.n; i++) {
            Str item = str_trim(str_sub(all, list.at[i], list.at[i + 1]));
            n += (size_t)snprintf(got + n, sizeof got - n, "%s%.*s", i ? "|" : "", (int)item.n,
                                  item.p);
        }
    }
    assert_string_equal(got, items);
}

static void a_list_is_found_by_its_numbers(void **state) {
    (void)state;
    expect("做法：1.洗净。2.切片。3.下锅。", "切片", "1.洗净。|2.切片。|3.下锅。");
    expect("1、洗净 2、切片 3、下锅\n评论", "下锅", "1、洗净|2、切片|3、下锅");
    expect("第一步：洗净第二步：切片第三步：下锅", "洗净", "第一步：洗净|第二步：切片|第三步：下锅");
    expect("工具\n1 洗净。\n步骤阅读 2 切片。\n步骤阅读 3 下锅。", "切片",
           "1 洗净。\n步骤阅读|2 切片。\n步骤阅读|3 下锅。");
    expect("（1）洗净（2）切片（3）下锅", "切片", "（1）洗净|（2）切片|（3）下锅");
    expect("①洗净②切片③下锅", "切片", "①洗净|②切片|③下锅");
    expect("方法：一、洗净。二、切片。三、下锅。", "切片", "一、洗净。|二、切片。|三、下锅。");
    expect("一、甲。二、乙。三、丙。四、丁。五、戊。六、己。七、庚。八、辛。九、壬。十、癸。十一、子。",
           "壬", "一、甲。|二、乙。|三、丙。|四、丁。|五、戊。|六、己。|七、庚。|八、辛。|九、壬。|十、癸。|"
           "十一、子。");
    expect("1.抹油。 2.放肉。 3.10分钟后翻面。", "放肉", "1.抹油。|2.放肉。|3.10分钟后翻面。");
    expect("1. Kasse: 2.940 Euro. 2. Beitrag. 3. Ende", "Beitrag",
           "1. Kasse: 2.940 Euro.|2. Beitrag.|3. Ende");
    expect("1. Take 2.5 kg. 2. Cut. 3. Fry", "Cut", "1. Take 2.5 kg.|2. Cut.|3. Fry");
    expect("Do this: 1. wash 2. cut 3. fry", "cut", "1. wash|2. cut|3. fry");
}

static void what_is_no_list_is_none(void **state) {
    (void)state;
    expect("1.洗净。2.切片。", "切片", "");                   /* two */
    expect("长1.5米，宽2.5米，高3.5米。", "宽", "");          /* decimals */
    expect("价格为1,500元、2,500元和3,500元", "2,500", "");   /* thousands */
    expect("1.洗净。3.切片。4.下锅。", "切片", "");           /* a gap */
    expect("1.洗净 2.切片 3.下锅\n电话是多少", "电话", "");   /* it ended before */
    expect("于2017年1月2日和1月3日", "1月", "");
    expect("一天，二人，三次", "二人", "");
    expect("1", "1", "");
    expect("步骤", "步骤", "");
}

/* Is a list found beside the first `piece`? */
static bool is_beside(const char *text, const char *piece) {
    Steps list;
    Str all = str_from(text);
    size_t start = str_find(all, str_from(piece), 0);
    assert_int_not_equal(start, SIZE_MAX);
    return steps_beside(all, start, start + strlen(piece), &list);
}

static void the_list_of_another_section_is_not_beside(void **state) {
    static const char manual[] = "Refilling\n\nThe pressure should be 1.2 bar. Do this:\n\n"
                                 "1. Switch it off.\n2. Open the valve.\n3. Close it.\nWait."
                                 "\n\nThe timer\n\nPress Menu twice.\n\nErrors\n\n1. x 2. y 3. z";
    (void)state;
    assert_true(is_beside(manual, "Do this"));
    assert_true(is_beside(manual, "the valve"));
    assert_true(is_beside(manual, "Wait"));
    assert_false(is_beside(manual, "Press Menu twice."));
    assert_false(is_beside("", ""));
}

static void long_lists_are_cut_between_items(void **state) {
    char text[8192];
    size_t n = 0;
    Steps list;
    (void)state;
    for (int i = 1; i <= 12; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "%d.x%0300d ", i, 7);
    }
    assert_true(steps_around((Str){text, n}, 0, 1, &list));
    assert_in_range(list.n, 3, 11);
    assert_true(list.at[list.n] - list.at[0] <= 2400);
    for (size_t i = 0; i < list.n; i++) assert_true(list.at[i] < list.at[i + 1]);
}

/* Cut anywhere, in a character too, a text gives items in order and inside of it. */
static void a_broken_text_stays_in_bounds(void **state) {
    Str text = STR("一、a二、b三、c 1.a 2.b 3.c ①x②y③z（1）步骤1方法2第三步");
    (void)state;
    for (size_t cut = 0; cut <= text.n; cut++) {
        Str part = str_sub(text, 0, cut);
        Steps list;
        if (!steps_around(part, 0, part.n, &list)) continue;
        for (size_t i = 0; i < list.n; i++) assert_true(list.at[i] < list.at[i + 1]);
        assert_true(list.at[list.n] <= part.n);
    }
}

static void what_stands_around_a_sentence_is_found(void **state) {
    Str text = STR("可以用盐水敷脸。这样能帮助消肿。做法：加盐。敷在脸上。");
    Steps list;
    (void)state;
    size_t start = str_find(text, STR("这样"), 0), end = str_find(text, STR("做法"), 0);
    assert_true(steps_follow(text, start, end, &list));
    assert_int_equal(list.at[0], 0);
    assert_int_equal(list.at[1], text.n);
    assert_false(steps_follow(text, start, text.n, &list));
}

static void a_title_tells_what_a_page_is_about(void **state) {
    (void)state;
    assert_true(steps_is_about(STR("脸肿怎么消肿-健康网"), STR("脸肿怎么消肿")));
    assert_false(steps_is_about(STR("租赁合同"), STR("脸肿怎么消肿")));
    assert_false(steps_is_about(STR(""), STR("脸肿怎么消肿")));
    assert_false(steps_is_about(STR("printer"), STR("printer")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_way_is_told_from_other_questions),
        cmocka_unit_test(a_list_is_found_by_its_numbers),
        cmocka_unit_test(what_is_no_list_is_none),
        cmocka_unit_test(the_list_of_another_section_is_not_beside),
        cmocka_unit_test(long_lists_are_cut_between_items),
        cmocka_unit_test(a_broken_text_stays_in_bounds),
        cmocka_unit_test(what_stands_around_a_sentence_is_found),
        cmocka_unit_test(a_title_tells_what_a_page_is_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
