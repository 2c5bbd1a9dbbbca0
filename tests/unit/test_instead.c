/*
 * Promises of turn/instead.h: what a follow-up names takes the place of what is like it in the
 * question before, and nothing is put together where that is not sure.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "turn/instead.h"
#include "turn/turn.h"

/* expected NULL: nothing is exchanged. */
static void expect(const char *before, const char *what, const char *expected) {
    Buf out;
    buf_init(&out, 1000);
    bool put = instead_put(str_from(before), str_from(what), &out);
    assert_int_equal(put, expected != NULL);
    if (expected) assert_true(str_eq_c(buf_str(&out), expected));
    buf_fini(&out);
}

static void what_is_alike_is_exchanged(void **state) {
    (void)state;
    expect("When does the red permit end?", "the blue permit", "When does the blue permit end?");
    expect("How many visitors came in 2021?", "in 2022", "How many visitors came in 2022?");
    expect("Wem gehört das Boot 4?", "das Boot 9", "Wem gehört das Boot 9?");
    expect("租车合同什么时候到期？", "仓库租赁合同", "仓库租赁合同什么时候到期？");
    expect("2021年游客人数是多少？", "员工人数", "2021年员工人数是多少？");
}

static void a_name_takes_the_place_of_the_only_name(void **state) {
    (void)state;
    expect("How much leave has Tom Hill taken?", "Marta Zielinska",
           "How much leave has Marta Zielinska taken?");
    expect("What did Tom Hill's coat cost?", "Ann", "What did Ann's coat cost?");
    expect("Who works on Monday?", "Tuesday", "Who works on Tuesday?");
    expect("Wie viel Beitrag zahlt Renate Kolbe?", "Emre Tunç",
           "Wie viel Beitrag zahlt Emre Tunç?");
    expect("Wie viel Beitrag zahlt Renate Kolbe?", "Emre", NULL); /* which noun is the name? */
    expect("When did Tom call Ann?", "Marta", NULL);
    expect("When does Owen work?", "Friday", NULL);
    expect("When does Owen work?", "in London", NULL);
    expect("When does Owen work?", "the roof", NULL);
}

static void what_is_not_sure_is_left(void **state) {
    (void)state;
    expect("When does the red permit end?", "the blue permit of the red permit's owner", NULL);
    expect("From 2020 to 2022, who led the club?", "in 2023", NULL);
    expect("When does the red permit end?", "the red permit", NULL);
    expect("When does the permit end?", "the blue permit", NULL);
    expect("Who pays?", "the roof", NULL);
    expect("谁付钱？", "屋顶", NULL);
    expect("合同和租车合同呢？", "仓库合同", NULL);
    expect("", "", NULL);
    expect("合", "\xe5\x90", NULL);
}

static void corrections_are_known(void **state) {
    TurnLanguage language = TURN_ENGLISH;
    (void)state;
    assert_true(str_eq_c(instead_meant(STR("No, I meant the roof.")), "the roof"));
    assert_true(str_eq_c(instead_meant(STR("Nein, ich meinte das Dach!")), "das Dach"));
    assert_true(str_eq_c(instead_meant(STR("不是，我说的是屋顶。")), "屋顶"));
    assert_int_equal(instead_meant(STR("No roof is mentioned?")).n, 0);
    assert_int_equal(instead_meant(STR("No, I meant the roof: who mended it?")).n, 0);
    assert_int_equal(instead_meant(STR("I mean that the roof was mended by somebody else")).n, 0);
    assert_true(str_eq_c(instead_named(STR("What about the roof?")), "the roof"));
    assert_int_equal(instead_named(STR("And who paid for it?")).n, 0);
    assert_true(instead_again(STR("Auf Deutsch, bitte"), &language));
    assert_int_equal(language, TURN_GERMAN);
    assert_true(instead_again(STR("Shorter please"), &language));
    assert_int_equal(language, TURN_GERMAN);
    assert_false(instead_again(STR("Is it in German?"), &language));
    assert_false(instead_again(STR("Please"), &language));
    assert_true(instead_again(STR("短一点"), &language));
    assert_true(instead_doubts(STR("Are you sure?")) && instead_doubts(STR("Wo steht das?")));
    assert_true(instead_doubts(STR("在哪里写的？")) && instead_more(STR("继续")));
    assert_true(instead_more(STR("More details please")));
    assert_int_equal(instead_style(STR("Shorter please")), INSTEAD_SHORTER);
    assert_int_equal(instead_style(STR("Als Stichpunkte")), INSTEAD_POINTS);
    assert_int_equal(instead_style(STR("分点列出")), INSTEAD_POINTS);
    assert_int_equal(instead_style(STR("Is the list shorter?")), INSTEAD_PLAIN);
    assert_true(instead_more(STR("Ausführlicher bitte")));
    assert_false(instead_doubts(STR("Are you sure that the rent is due?")));
    assert_false(instead_more(STR("More details about the kiln")));
}

static void expect_asked(const char *question, const char *asked) {
    static const TurnExchange before[] = {
        {{"When does the red permit end?", 29}, {"In May.", 7}, NULL, 0, false}};
    Turn turn;
    turn_init(&turn, NULL);
    turn.question = str_from(question);
    turn.history = before;
    turn.n_history = 1;
    assert_int_equal(turn_understand(&turn, NULL), OK);
    assert_true(str_eq_c(turn.question, asked));
    turn_fini(&turn);
}

static void the_question_is_the_one_that_was_meant(void **state) {
    (void)state;
    expect_asked("And the blue permit?", "When does the blue permit end?");
    expect_asked("No, I meant the blue permit.", "When does the blue permit end?");
    expect_asked("Sorry, I meant Ascot.", "When does the red permit end? (Ascot)");
    expect_asked("In German please", "When does the red permit end?");
    expect_asked("And who gave it?", "And who gave it?");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_alike_is_exchanged),
        cmocka_unit_test(a_name_takes_the_place_of_the_only_name),
        cmocka_unit_test(what_is_not_sure_is_left),
        cmocka_unit_test(corrections_are_known),
        cmocka_unit_test(the_question_is_the_one_that_was_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
