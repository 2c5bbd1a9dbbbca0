/*
 * Promises of turn/abroad.h that need no model: when a question is put into the documents'
 * language, what counts as its translation, and that nothing is asked where nothing may be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "turn/abroad.h"

#define ENGLISH "The rent is due on the third day of the month."
#define GERMAN "Die Miete ist am dritten Tag des Monats fällig."
#define CHINESE "房租每月三号到期。"

/* The language that a question with these three passages is put into. */
static void expect(const char *question, const char *a, const char *b, const char *c,
                   TurnLanguage wanted) {
    SearchHit hits[] = {{.text = str_from(a)}, {.text = str_from(b)}, {.text = str_from(c)}};
    Turn turn;
    turn_init(&turn, NULL);
    turn.question = str_from(question);
    assert_int_equal(turn_understand(&turn, NULL), OK);
    turn.found = (SearchResults){.hits = hits, .n = 3};
    assert_int_equal(abroad_language(turn_language(&turn), &turn.found), wanted);
    turn_fini(&turn);
}

static void the_language_of_most_foreign_passages_is_taken(void **state) {
    (void)state;
    expect("Wann ist die Miete fällig?", ENGLISH, ENGLISH, GERMAN, TURN_ENGLISH);
    expect("Wann ist die Miete fällig?", ENGLISH, CHINESE, CHINESE, TURN_CHINESE);
    expect("When is the rent due?", GERMAN, GERMAN, ENGLISH, TURN_GERMAN);
    expect("房租几号到期？", ENGLISH, ENGLISH, CHINESE, TURN_ENGLISH);
}

static void one_foreign_passage_is_not_enough(void **state) {
    (void)state;
    expect("When is the rent due?", GERMAN, ENGLISH, ENGLISH, TURN_ENGLISH);
    expect("When is the rent due?", GERMAN, CHINESE, ENGLISH, TURN_ENGLISH);
    expect("Wann ist die Miete fällig?", GERMAN, GERMAN, ENGLISH, TURN_GERMAN);
    expect("房租几号到期？", CHINESE, CHINESE, CHINESE, TURN_CHINESE);
}

static bool stands(const char *question, const char *translation, TurnLanguage language) {
    return abroad_stands(str_from(question), str_from(translation), language);
}

static void a_translation_is_held_against_the_question(void **state) {
    (void)state;
    assert_true(stands("Wie hoch war die Miete 2024?", "How much was the rent in 2024?",
                       TURN_ENGLISH));
    assert_true(stands("When is the rent due?", "房租什么时候到期？", TURN_CHINESE));
    assert_true(stands("房租几号到期？", "On which day of the month is the rent due?",
                       TURN_ENGLISH));
    assert_false(stands("Wie hoch war die Miete 2024?", "How much was the rent in 2023?",
                        TURN_ENGLISH));
    assert_false(stands("Who pays?", "", TURN_GERMAN));
    assert_false(stands("Who pays?", "Who pays?", TURN_GERMAN));
    assert_false(stands("Wer zahlt?", "谁付钱？", TURN_ENGLISH));
    assert_false(stands("How do I write to the landlord?", "Schreibe einen Brief an den Vermieter.",
                        TURN_GERMAN)); /* a draft has no support, and so no quote to be shown */
    assert_false(stands("谁付钱？", "谁付钱呢？", TURN_ENGLISH));
    assert_false(stands("Wer zahlt?",
                        "The tenant pays the rent to the landlord on the third working day of each "
                        "month, unless it is a Sunday.", TURN_ENGLISH));
}

/* Without a model nothing is translated; a turn that found its answer, or asks elsewhere, is left
   as it is. `rig` NULL: whoever went on would fall over it. */
static void what_may_not_go_stays(void **state) {
    SearchHit hits[] = {{.text = STR(ENGLISH)}, {.text = STR(ENGLISH)}};
    (void)state;
    for (int i = 0; i < 8; i++) {
        Turn turn;
        Err err;
        turn_init(&turn, NULL);
        turn.question = STR("Wann ist die Miete fällig?");
        assert_int_equal(turn_understand(&turn, NULL), OK);
        turn.found = (SearchResults){.hits = hits, .n = 2};
        turn.model = i == 0 ? NULL : "m";
        turn.answered = i == 1;
        turn.more = i == 2;
        turn.cloud = i == 3 ? "there" : NULL;
        turn.mode = i == 4 ? ROUTE_MODE_AUTO : ROUTE_MODE_LOCAL;
        turn.abroad = i == 5;
        turn.withheld = i == 6 ? "withheld" : NULL;
        turn.consulted = i == 7;
        assert_int_equal(abroad_ask(&turn, &err), OK);
        assert_null(turn.again);
        turn_fini(&turn);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_language_of_most_foreign_passages_is_taken),
        cmocka_unit_test(one_foreign_passage_is_not_enough),
        cmocka_unit_test(a_translation_is_held_against_the_question),
        cmocka_unit_test(what_may_not_go_stays)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
