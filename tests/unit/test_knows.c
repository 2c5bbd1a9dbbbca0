/*
 * Promises of what the model knows of whether passages answer (turn/knows.h) that need no trained
 * model: what the sum over its state takes for none, what it does not look at, and that decide.c
 * hears it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/mem.h"
#include "turn/knows.h"
#include "turn/turn.h"

enum { STATE = 1536 };

static void fill(float *state, float scale) {
    for (int i = 0; i < STATE; i++) state[i] = scale * (float)((i * 37) % 101 - 50);
}

static void a_longer_state_says_the_same(void **context) {
    float state[STATE];
    (void)context;
    fill(state, 1);
    double odds = knows_odds(KNOWS_ANSWERED, state);
    fill(state, 64);
    assert_true(fabs(knows_odds(KNOWS_ANSWERED, state) - odds) < 1e-6);
    fill(state, -1);
    assert_true(isfinite(odds) && knows_odds(KNOWS_ANSWERED, state) != odds);
}

static void odds_stay_within_their_bounds(void **context) {
    float state[STATE] = {0};
    (void)context;
    for (int i = 0; i < STATE; i++) {
        state[i] = 1;
        for (int sign = 0; sign < 2; sign++, state[i] = -1) {
            assert_true(fabs(knows_odds(KNOWS_ANSWERED, state)) <= KNOWS_MOST);
        }
        state[i] = 0;
    }
}

static void a_state_without_numbers_tells_nothing(void **context) {
    float state[STATE] = {0};
    (void)context;
    assert_true(isnan(knows_odds(KNOWS_ANSWERED, state)));
    state[7] = INFINITY;
    assert_true(isnan(knows_odds(KNOWS_ANSWERED, state)));
    state[7] = NAN;
    assert_true(isnan(knows_odds(KNOWS_ANSWERED, state)));
}

/* All words of the question stand in the passage; that is not all that counts. */
static void what_the_model_knows_outvotes_the_words(void **context) {
    SearchHit hit = {.text = STR("The mill wheel turns twenty times a minute."),
                     .path = STR("/d/mill.txt"), .cosine = 0.9F};
    Turn turn;
    (void)context;
    turn_init(&turn, NULL);
    turn.question = STR("How often does the mill wheel turn a minute?");
    assert_int_equal(turn_admit(&turn, NULL), OK);
    assert_int_equal(turn_understand(&turn, NULL), OK);
    turn.found = (SearchResults){.hits = &hit, .n = 1};
    assert_int_equal(recall_verify(&turn, NULL), OK);
    assert_false(decide_hopeless(&turn)); /* nothing is known */
    turn.knows = 0.5;
    assert_false(decide_hopeless(&turn));
    turn.model = "m";
    double sure = decide_certainty(&turn); /* of a refusal: nothing was written */
    turn.knows = -3.5;
    assert_true(decide_hopeless(&turn));
    assert_true(decide_certainty(&turn) > sure);
    turn.knows = NAN;
    turn_fini(&turn);
}

/* The same odds, which in English are a half-hearted yes. */
static void in_chinese_the_model_must_be_surer(void **context) {
    SearchHit hit = {.text = STR("水磨的轮子每分钟转二十圈。"), .path = STR("/d/水磨.txt"),
                     .cosine = 0.95F};
    Turn turn;
    (void)context;
    turn_init(&turn, NULL);
    turn.question = STR("水磨的轮子每分钟转多少圈？");
    assert_int_equal(turn_admit(&turn, NULL), OK);
    assert_int_equal(turn_understand(&turn, NULL), OK);
    assert_true(turn.chinese);
    turn.found = (SearchResults){.hits = &hit, .n = 1};
    assert_int_equal(recall_verify(&turn, NULL), OK);
    assert_false(decide_hopeless(&turn)); /* nothing is known */
    turn.knows = 0.5;
    assert_true(decide_hopeless(&turn));
    turn.knows = 2.5;
    assert_false(decide_hopeless(&turn));
    turn_fini(&turn);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_longer_state_says_the_same),
        cmocka_unit_test(odds_stay_within_their_bounds),
        cmocka_unit_test(a_state_without_numbers_tells_nothing),
        cmocka_unit_test(what_the_model_knows_outvotes_the_words),
        cmocka_unit_test(in_chinese_the_model_must_be_surer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
