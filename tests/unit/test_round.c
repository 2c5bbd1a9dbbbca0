/*
 * Promises of rounds (base/round.h): every item is handed over exactly once, in its own round, with
 * what the rounds before wrote; and a lane that is away holds nobody up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/round.h"

enum { ITEMS = 97, ROUNDS = 400, SLOTS_MAX = POOL_THREADS_MAX + 2 };

/* Each round adds to every cell the sum of all cells before it, modulo a prime: one item twice,
   left out, or done too early changes every later number. */
typedef struct Job {
    Rounds *rounds;
    uint32_t cells[ITEMS];
    uint32_t inputs[SLOTS_MAX][ITEMS + 1]; /* cells as they were, their sum */
    int n_rounds, stop_at;
    bool mixed;      /* plain rounds too */
    int sleeper;     /* this lane sleeps now and then; -1: none */
    double sleep_ms;
    atomic_int late; /* items whose hand-over came too late */
    atomic_int done;
} Job;

static uint32_t next_value(uint32_t cell, uint32_t sum, int item) {
    return (uint32_t)(((uint64_t)cell * 31 + sum + (uint32_t)item) % 1000003);
}

static uint32_t sum_of(const uint32_t *cells) {
    uint64_t sum = 0;
    for (int i = 0; i < ITEMS; i++) sum += cells[i];
    return (uint32_t)(sum % 1000003);
}

static void rest(double ms) {
    struct timespec t = {.tv_nsec = (long)(ms * 1e6)};
    (void)nanosleep(&t, NULL);
}

static void repeatable_item(Job *job, RoundLane *l, int item) {
    const uint32_t *in = job->inputs[l->slot];
    uint32_t value = next_value(in[item], in[ITEMS], item);
    if (l->lane == job->sleeper && item % 8 == 1) rest(job->sleep_ms);
    if (round_claim(l, item)) {
        job->cells[item] = value;
        round_commit(l, item);
        atomic_fetch_add(&job->done, 1);
    } else {
        atomic_fetch_add(&job->late, 1);
    }
}

static void plain_item(Job *job, RoundLane *l, int item) {
    job->cells[item] = next_value(job->cells[item], job->inputs[l->slot][ITEMS], item);
    atomic_fetch_add(&job->done, 1);
}

static void one_round(Job *job, RoundLane *l, int number) {
    bool plain = job->mixed && number % 3 == 0;
    if (round_leads(l)) {
        uint32_t *in = job->inputs[round_pick_slot(l)];
        memcpy(in, job->cells, sizeof job->cells);
        in[ITEMS] = sum_of(job->cells);
    }
    if (!round_begin(l, ITEMS, plain ? ROUND_PLAIN : ROUND_REPEATABLE)) return;
    for (int item; (item = round_next(l)) >= 0;) {
        if (plain) plain_item(job, l, item);
        else repeatable_item(job, l, item);
    }
    round_end(l);
}

static void lane_main(void *user, int thread, int n_threads) {
    Job *job = user;
    RoundLane lane;
    (void)n_threads;
    round_lane_init(&lane, job->rounds, thread);
    for (int number = 0; number < job->n_rounds; number++) {
        if (number == job->stop_at && round_leads(&lane)) round_stop(&lane);
        if (rounds_stopped(job->rounds)) break;
        one_round(job, &lane, number);
    }
    round_leave(&lane);
}

static void run(Job *job, int n_lanes) {
    Pool *pool = NULL;
    assert_int_equal(pool_new(n_lanes, &pool, NULL), OK);
    assert_int_equal(rounds_new(pool_size(pool), &job->rounds, NULL), OK);
    for (int pass = 0; pass < 2; pass++) {
        rounds_start(job->rounds);
        pool_run(pool, lane_main, job);
    }
    rounds_free(job->rounds);
    pool_free(pool);
}

static Job job_of(int n_rounds) {
    Job job = {.n_rounds = n_rounds, .stop_at = -1, .sleeper = -1, .mixed = true};
    for (int i = 0; i < ITEMS; i++) job.cells[i] = (uint32_t)i;
    return job;
}

static void expect(uint32_t *cells, int n_rounds) {
    for (int i = 0; i < ITEMS; i++) cells[i] = (uint32_t)i;
    for (int number = 0; number < n_rounds; number++) {
        uint32_t sum = sum_of(cells);
        for (int i = 0; i < ITEMS; i++) cells[i] = next_value(cells[i], sum, i);
    }
}

static void every_item_is_done_once_in_its_round(void **state) {
    (void)state;
    static const int lanes[] = {1, 2, 3, 8, 64};
    uint32_t want[ITEMS];
    expect(want, 2 * ROUNDS);
    for (size_t i = 0; i < ARRAY_LEN(lanes); i++) {
        Job job = job_of(ROUNDS);
        run(&job, lanes[i]);
        assert_memory_equal(job.cells, want, sizeof want);
        assert_int_equal(atomic_load(&job.done), 2 * ROUNDS * ITEMS);
    }
}

/* Whoever sleeps with an item in its hand is done without, and what it computed is thrown away. */
static void a_lane_that_sleeps_holds_nobody_up(void **state) {
    (void)state;
    uint32_t want[ITEMS];
    int late = 0;
    expect(want, 2 * ROUNDS);
    for (int sleeper = 0; sleeper < 3; sleeper++) {
        Job job = job_of(ROUNDS);
        job.mixed = false;
        job.sleeper = sleeper;
        job.sleep_ms = 5;
        double start = clock_now_ms();
        run(&job, 3);
        double took = clock_now_ms() - start;
        assert_memory_equal(job.cells, want, sizeof want);
        assert_int_equal(atomic_load(&job.done), 2 * ROUNDS * ITEMS);
        late += atomic_load(&job.late);
        assert_true(took < 2 * ROUNDS * job.sleep_ms / 2); /* waiting would take all of it */
    }
    assert_true(late > 0);
}

static void a_stop_ends_all_rounds_and_the_next_job_runs(void **state) {
    (void)state;
    for (int lanes = 1; lanes <= 3; lanes++) {
        Job job = job_of(50);
        job.stop_at = 20;
        run(&job, lanes);
        assert_int_equal(atomic_load(&job.done), 2 * 20 * ITEMS);
    }
}

static void out_of_memory_is_reported(void **state) {
    (void)state;
    Err err = {0};
    Rounds *rounds = NULL;
    mem_fail_at(1);
    assert_int_equal(rounds_new(2, &rounds, &err), E_NO_MEMORY);
    mem_fail_at(0);
    assert_null(rounds);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_is_done_once_in_its_round),
        cmocka_unit_test(a_lane_that_sleeps_holds_nobody_up),
        cmocka_unit_test(a_stop_ends_all_rounds_and_the_next_job_runs),
        cmocka_unit_test(out_of_memory_is_reported),
    };
    return cmocka_run_group_tests_name("round", tests, NULL, NULL);
}
