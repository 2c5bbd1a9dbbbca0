/*
 * Promises of the hall that need no model: what counts as a refusal, and how a follow-up is made to
 * stand alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "turn/prompt.h"
#include "turn/turn.h"

static void a_refusal_is_known_in_all_its_clothes(void **state) {
    static const char *const yes[] = {"NOT FOUND", " not found.", "\"NOT FOUND\"", "未找到。",
                                      "The passages do not contain it.", "文档中没有这个答案。"};
    static const char *const no[] = {"", "Not far from the river.",
                                     "The passages of 1911 were long.",
                                     "未来。", "文档中写着三月。"};
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) assert_true(prompt_is_refusal(str_from(yes[i])));
    for (size_t i = 0; i < ARRAY_LEN(no); i++) assert_false(prompt_is_refusal(str_from(no[i])));
}

/* The search query that `question` becomes after one exchange about the boiler. */
static void expect_query(const char *question, bool leans) {
    static const TurnExchange before[] = {
        {{"When was the boiler serviced?", 29}, {"On 3 March 2024.", 16}}};
    Turn turn;
    turn_init(&turn, NULL);
    turn.question = str_from(question);
    turn.history = before;
    turn.n_history = 1;
    assert_int_equal(turn_understand(&turn, NULL), OK);
    assert_int_equal(str_find(turn.query, STR("boiler"), 0) != SIZE_MAX, leans);
    assert_true(str_starts(turn.query, turn.question));
    assert_int_equal(turn.topic.n > 0, leans);
    turn_fini(&turn);
}

static void a_follow_up_is_completed_from_the_history(void **state) {
    expect_query("And how much did it cost?", true);
    expect_query("By whom?", true);
    expect_query("它花了多少钱？", true);
    expect_query("Which trees stand in the garden behind the house?", false);
    expect_query("花园里一共种了几棵苹果树和梨树？", false);
}

static void limits_are_told_before_anything_is_read(void **state) {
    Err err;
    Turn turn;
    turn_init(&turn, NULL);
    turn.question = STR("  ");
    assert_int_equal(turn_admit(&turn, &err), E_USAGE);
    turn.question = STR("why");
    turn.k = 0;
    assert_int_equal(turn_admit(&turn, &err), E_USAGE);
    turn.k = 8;
    turn_fini(&turn);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_is_known_in_all_its_clothes),
        cmocka_unit_test(a_follow_up_is_completed_from_the_history),
        cmocka_unit_test(limits_are_told_before_anything_is_read),
    };
    return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}
