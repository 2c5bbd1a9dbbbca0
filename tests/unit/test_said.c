/*
 * Promises of said.h: words for a time, said on a day, become that time; and the day of a passage
 * is the one that stands above it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "turn/said.h"

/* 8 May 2023 was a Monday. */
static void words_for_a_time_become_it(void **state) {
    static const struct {
        const char *text, *words;
        int from, to;
        SaidUnit unit;
    } rows[] = {
        {"I saw the doctor yesterday.", "yesterday", 20230507, 20230507, SAID_DAY},
        {"The day before yesterday it rained", "The day before yesterday", 20230506, 20230506,
         SAID_DAY},
        {"She left last Friday, I think", "last Friday", 20230505, 20230505, SAID_DAY},
        {"It was last Monday", "last Monday", 20230501, 20230501, SAID_DAY},
        {"We go this Saturday", "this Saturday", 20230513, 20230513, SAID_DAY},
        {"We moved last week!", "last week", 20230501, 20230507, SAID_DAYS},
        {"last weekend was fun", "last weekend", 20230506, 20230507, SAID_DAYS},
        {"He married three years ago", "three years ago", 20200101, 20200101, SAID_YEAR},
        {"a week ago", "a week ago", 20230501, 20230507, SAID_DAYS},
        {"It was 10 days ago", "10 days ago", 20230428, 20230428, SAID_DAY},
        {"six months ago", "six months ago", 20221101, 20221101, SAID_MONTH},
        {"Next month we begin", "Next month", 20230601, 20230601, SAID_MONTH},
        {"I painted it last year", "last year", 20220101, 20220101, SAID_YEAR},
        {"Ich war gestern beim Arzt", "gestern", 20230507, 20230507, SAID_DAY},
        {"Übermorgen nicht, aber vorgestern", "vorgestern", 20230506, 20230506, SAID_DAY},
        {"Letzten Freitag kam sie", "Letzten Freitag", 20230505, 20230505, SAID_DAY},
        {"vor zwei Wochen", "vor zwei Wochen", 20230424, 20230430, SAID_DAYS},
        {"Vor 3 Monaten", "Vor 3 Monaten", 20230201, 20230201, SAID_MONTH},
        {"我昨天去看医生了", "昨天", 20230507, 20230507, SAID_DAY},
        {"我们上周五见面", "上周五", 20230505, 20230505, SAID_DAY},
        {"下个星期一开会", "下个星期一", 20230515, 20230515, SAID_DAY},
        {"上周我去了北京", "上周", 20230501, 20230507, SAID_DAYS},
        {"十二天前买的", "十二天前", 20230426, 20230426, SAID_DAY},
        {"三周前买的", "三周前", 20230417, 20230423, SAID_DAYS},
        {"他们2年前结婚", "2年前", 20210101, 20210101, SAID_YEAR},
        {"去年夏天", "去年", 20220101, 20220101, SAID_YEAR}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        Said said = {.from = 0};
        bool any = said_find(str_from(rows[i].text), 20230508, &said);
        if (!any || !str_eq_c(said.words, rows[i].words) || said.from != rows[i].from ||
            said.to != rows[i].to || said.unit != rows[i].unit) {
            fail_msg("%s: %.*s %d %d", rows[i].text, any ? (int)said.words.n : 0,
                     any ? said.words.p : "", said.from, said.to);
        }
    }
}

static void what_may_be_several_times_is_left_as_it_is(void **state) {
    static const char *const rows[] = {
        "See you on Friday",  "a few days ago", "We go next Friday", "Guten Morgen",
        "the lastly weekday", "vor Tagen",      "two weeks",         "todays",
        "\xFF\xFE yesterdayx", "年前",           "",                  "vor \xC3"};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        Said said;
        if (said_find(str_from(rows[i]), 20230508, &said)) {
            fail_msg("%s: %.*s", rows[i], (int)said.words.n, said.words.p);
        }
    }
}

static void months_and_years_turn(void **state) {
    Said said;
    assert_true(said_find(STR("last month"), 20230115, &said));
    assert_int_equal(said.from, 20221201);
    assert_true(said_find(STR("yesterday"), 20240301, &said));
    assert_int_equal(said.from, 20240229);
    assert_true(said_find(STR("tomorrow"), 20231231, &said));
    assert_int_equal(said.from, 20240101);
}

static void the_day_stands_above_what_was_said(void **state) {
    Str diary = STR("3 May 2024\nBeans.\n4 May 2024\n"
                    "Rain, as on 1 January 2020 or never before.\n");
    Str context = STR("talk.txt | Anna, Ben | 2023-05-08 | 8 May 2023, May 8th");
    assert_int_equal(said_day(diary, str_find(diary, STR("Beans"), 0), context), 20240503);
    assert_int_equal(said_day(diary, str_find(diary, STR("Rain"), 0), context), 20240504);
    assert_int_equal(said_day(STR("Anna: I was there yesterday."), 6, context), 20230508);
    assert_int_equal(said_day(STR("[2023-05-07 10:00] Anna: yesterday"), 25, context), 20230507);
    assert_int_equal(said_day(STR("Anna: yesterday"), 6, STR("talk.txt")), 0);
    assert_int_equal(said_day(STR(""), 0, STR("")), 0);
}

/* "As I told her yesterday, the inspection is on 9 June 2026." */
static void an_answer_with_a_date_of_its_own_needs_no_other(void **state) {
    Said said;
    assert_true(said_find(STR("yesterday"), 20260512, &said));
    assert_true(said_is_open(&said, 20260512, 0));
    assert_true(said_is_open(&said, 20260512, 20260512)); /* the day of the mail */
    assert_false(said_is_open(&said, 20260512, 20260511));
    assert_false(said_is_open(&said, 20260512, 20260609));
    assert_true(said_find(STR("today"), 20260512, &said));
    assert_false(said_is_open(&said, 20260512, 20260512));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_for_a_time_become_it),
        cmocka_unit_test(what_may_be_several_times_is_left_as_it_is),
        cmocka_unit_test(months_and_years_turn),
        cmocka_unit_test(the_day_stands_above_what_was_said),
        cmocka_unit_test(an_answer_with_a_date_of_its_own_needs_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
