/*
 * Promises of the user's own gap model: it is taken where it is better on questions that it did not
 * see, and only there; the one in use is not replaced by a worse one; its bytes come back as they
 * were, without a word in them, or are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "../support/sanitized.h"
#include "base/mem.h"
#include "route/learn.h"
#include "route/own.h"

enum { SLOW = SANITIZED, LUCKY_SETS = SLOW ? 1 : 6, FAIL_STEP = SLOW ? 101 : 41 };
enum { MANY = 400 };

static char text[MANY][96];
static RouteExample examples[MANY];
static uint64_t random_state;

static double draw(void) {
    uint64_t z = (random_state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    return (double)((z ^ (z >> 29)) >> 11) / (double)(UINT64_C(1) << 53);
}

/* Questions that count something and others; of the first this device answers `hard` well, of the
   others `easy`, the endpoint nine in ten of both. */
static void ask_and_answer(size_t n, uint64_t seed, double hard, double easy) {
    static const char *const things[] = {"mill", "boiler", "bridge", "archive", "harbour"};
    random_state = seed;
    for (size_t i = 0; i < n; i++) {
        bool counts = draw() < 0.5;
        const char *thing = things[(int)(draw() * 5)];
        (void)snprintf(text[i], sizeof text[i],
                       counts ? "How many letters about the %s did clerk %d file?"
                              : "Where did the keeper of the %s hang key %d?",
                       thing, (int)(draw() * 1e6));
        examples[i] = (RouteExample){.question = str_from(text[i]),
                                     .weak = draw() < (counts ? hard : easy),
                                     .strong = draw() < 0.9};
    }
}

static RouteOwn *train(size_t n, const RouteOwn *before, RouteOwnTrial *trial) {
    Err err;
    RouteOwn *own = NULL;
    Status status = route_own_train(&(RouteOwnTask){examples, n, before, NULL}, trial, &own, &err);
    if (status != OK) fail_msg("%s", err.message);
    assert_int_equal(own == NULL, trial->not_taken != NULL);
    assert_true(trial->n == n && trial->own >= 0 && trial->own_order > 0);
    return own;
}

/* ---- what is taken --------------------------------------------------------------------------- */

static void what_two_models_make_of_the_same_questions_is_learned(void **state) {
    RouteOwnTrial trial;
    Router *router = NULL;
    RouteDecision easy, hard;
    RouteInput in;
    ask_and_answer(200, 1, 0.2, 0.9);
    RouteOwn *own = train(200, NULL, &trial);
    assert_non_null(own);
    assert_int_equal(own->n, 200);
    assert_true(trial.own < trial.shipped && trial.own < trial.mean && trial.own_order > 0.6);
    assert_int_equal(route_new(&router, NULL), OK);
    route_use_own(router, own);
    route_input_init(&in);
    in.local_model = true;
    in.question = STR("Where did the keeper of the tower hang key 12?");
    route_decide(router, &in, &easy);
    in.question = STR("How many letters about the tower did clerk 12 file?");
    route_decide(router, &in, &hard);
    assert_true(easy.trained == 200 && easy.p_local > hard.p_local + 0.2);
    route_use_own(router, NULL);
    route_decide(router, &in, &hard);
    assert_int_equal(hard.trained, 0);
    route_free(router);
    route_own_free(own);
}

static void luck_is_not_learned(void **state) {
    int taken = 0;
    for (uint64_t seed = 1; seed <= LUCKY_SETS; seed++) {
        RouteOwnTrial trial;
        ask_and_answer(150, seed, 0.6, 0.6); /* nothing to tell the questions apart */
        RouteOwn *own = train(150, NULL, &trial);
        taken += own != NULL;
        route_own_free(own);
    }
    assert_true(taken <= 1);
}

static void a_better_model_in_use_stays(void **state) {
    RouteOwnTrial trial;
    if (SLOW) skip(); /* four trainings */
    ask_and_answer(MANY, 3, 0.1, 0.9);
    RouteOwn *good = train(MANY, NULL, &trial);
    assert_non_null(good);
    ask_and_answer(100, 4, 0.1, 0.9); /* a quarter of what the first one saw */
    RouteOwn *worse = train(100, good, &trial);
    assert_true(trial.margin > 1.645 && trial.unseen == 100);
    assert_true(trial.own_unseen > trial.before_unseen && worse == NULL);
    ask_and_answer(300, 5, 0.9, 0.1); /* the models have changed */
    RouteOwn *newer = train(300, good, &trial);
    assert_non_null(newer);
    route_own_free(newer);
    ask_and_answer(MANY, 3, 0.1, 0.9); /* the same questions: nothing is unseen */
    newer = train(MANY, good, &trial);
    assert_true(newer && trial.unseen == 0);
    route_own_free(newer);
    route_own_free(good);
}

static void too_few_questions_are_refused(void **state) {
    Err err;
    RouteOwn *own = NULL;
    RouteOwnTrial trial;
    ask_and_answer(ROUTE_OWN_LEAST - 1, 1, 0.1, 0.9);
    RouteOwnTask task = {examples, ROUTE_OWN_LEAST - 1, NULL, NULL};
    assert_int_equal(route_own_train(&task, &trial, &own, &err), E_USAGE);
    assert_non_null(strstr(err.hint, "eval"));
    task.n = ROUTE_OWN_MOST + 1;
    assert_int_equal(route_own_train(&task, &trial, &own, &err), E_USAGE);
    assert_null(own);
}

/* ---- bytes ---------------------------------------------------------------------------------- */

static RouteOwn *trained(Buf *bytes) {
    RouteOwnTrial trial;
    ask_and_answer(100, 7, 0.1, 0.9);
    RouteOwn *own = train(100, NULL, &trial);
    assert_non_null(own);
    own->model_bytes = 12345;
    (void)snprintf(own->model_file, sizeof own->model_file, "small.gguf");
    (void)snprintf(own->endpoint, sizeof own->endpoint, "far");
    buf_init(bytes, ROUTE_OWN_BYTES_MAX);
    route_own_write(own, bytes);
    assert_int_equal(buf_check(bytes, "bytes", NULL), OK);
    return own;
}

static Status read_back(const Buf *bytes, size_t n, RouteOwn **out, Err *err) {
    return route_own_read((const uint8_t *)bytes->p, n, out, err);
}

static void bytes_come_back_and_hold_no_words(void **state) {
    Buf bytes, again;
    RouteOwn *own = trained(&bytes), *back = NULL;
    assert_int_equal(read_back(&bytes, bytes.n, &back, NULL), OK);
    assert_true(back->n == own->n && back->model_bytes == 12345);
    assert_string_equal(back->model_file, "small.gguf");
    assert_string_equal(back->endpoint, "far");
    assert_memory_equal(back->seen, own->seen, own->n * sizeof *own->seen);
    buf_init(&again, ROUTE_OWN_BYTES_MAX);
    route_own_write(back, &again);
    assert_int_equal(again.n, bytes.n);
    assert_memory_equal(again.p, bytes.p, bytes.n);
    assert_true(str_find(buf_str(&bytes), STR("keeper"), 0) == SIZE_MAX);
    assert_true(str_find(buf_str(&bytes), STR("letters"), 0) == SIZE_MAX);
    buf_fini(&again);
    buf_fini(&bytes);
    route_own_free(back);
    route_own_free(own);
}

static void damaged_bytes_are_refused(void **state) {
    Buf bytes;
    RouteOwn *own = trained(&bytes), *back = NULL;
    for (size_t n = 0; n < bytes.n; n += n < 400 ? 1 : 1997) {
        Err err = {0};
        assert_true(read_back(&bytes, n, &back, &err) != OK && err.message[0] != 0);
    }
    static const size_t heads[] = {0, 4, 11}; /* magic, version, number of questions */
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        bytes.p[heads[i]] ^= 0x40;
        assert_true(read_back(&bytes, bytes.n, &back, NULL) != OK);
        bytes.p[heads[i]] ^= 0x40;
    }
    memset(bytes.p + 20, 'x', ROUTE_OWN_FILE); /* a name without an end */
    assert_int_equal(read_back(&bytes, bytes.n, &back, NULL), E_CORRUPT);
    assert_null(back);
    buf_fini(&bytes);
    route_own_free(own);
}

static void a_failed_allocation_leaves_nothing_behind(void **state) {
    Buf bytes;
    RouteOwn *own = trained(&bytes);
    uint64_t live = mem_live_blocks(), nth = 1;
    Status status = E_NO_MEMORY;
    for (; status == E_NO_MEMORY && nth < 30; nth++) {
        RouteOwn *back = NULL;
        mem_fail_at(nth);
        status = read_back(&bytes, bytes.n, &back, NULL);
        mem_fail_at(0);
        route_own_free(back);
        assert_int_equal(mem_live_blocks(), live);
    }
    assert_true(status == OK && nth > 3);
    ask_and_answer(100, 8, 0.1, 0.9);
    status = E_NO_MEMORY;
    for (nth = 1; status == E_NO_MEMORY && nth < 1000; nth += nth < 20 ? 1 : FAIL_STEP) {
        RouteOwnTrial trial;
        RouteOwn *made = NULL;
        mem_fail_at(nth);
        status = route_own_train(&(RouteOwnTask){examples, 100, own, NULL}, &trial, &made, NULL);
        mem_fail_at(0);
        route_own_free(made);
        assert_int_equal(mem_live_blocks(), live);
    }
    assert_int_equal(status, OK);
    buf_fini(&bytes);
    route_own_free(own);
}

static void a_training_can_be_stopped(void **state) {
    (void)state;
    Err err;
    RouteOwn *own = NULL;
    RouteOwnTrial trial;
    atomic_bool stop = true;
    ask_and_answer(200, 1, 0.2, 0.9);
    uint64_t live = mem_live_blocks();
    const RouteOwnTask task = {examples, 200, NULL, &stop};
    assert_int_equal(route_own_train(&task, &trial, &own, &err), E_CANCELLED);
    assert_null(own);
    assert_int_equal(mem_live_blocks(), live);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_training_can_be_stopped),
        cmocka_unit_test(what_two_models_make_of_the_same_questions_is_learned),
        cmocka_unit_test(luck_is_not_learned),
        cmocka_unit_test(a_better_model_in_use_stays),
        cmocka_unit_test(too_few_questions_are_refused),
        cmocka_unit_test(bytes_come_back_and_hold_no_words),
        cmocka_unit_test(damaged_bytes_are_refused),
        cmocka_unit_test(a_failed_allocation_leaves_nothing_behind)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
