/*
 * Promises of the queue (model/batch.h): sessions that are evaluated together write the same bytes
 * as alone; one that is cancelled or fails leaves the others alone; the queue has an end; nobody
 * starves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <unistd.h>

#include "../support/held_clock.h"
#include "../support/tiny_model.h"
#include "../support/model_folder.h"
#include "base/mem.h"
#include "model/batch.h"
#include "model/bench.h"
#include "model/engine_private.h"
#include "model/sample.h"

enum { STREAMS = 8, PROMPT_MAX = 300, ANSWER = 24, CTX = 400 };

static Engine *open_engine(int threads) {
    Err err = {0};
    Engine *e = NULL;
    Tiny m = tiny_family("llama");
    m.type = TENSOR_Q8_0;
    tiny_make(&m);
    EngineOptions o = {.path = path, .isa = "ref", .threads = threads};
    assert_int_equal(tiny_write(&m, path, &err), OK);
    if (engine_open(&o, &e, &err) != OK) fail_msg("%s", err.message);
    tiny_free(&m);
    return e;
}

/* One user: a prompt of its own, then the likeliest token again and again. */
typedef struct Stream {
    Engine *engine;
    int n_prompt, n_answer;
    bool background;
    int32_t tokens[PROMPT_MAX + ANSWER];
    atomic_bool cancel;
    int cancel_at; /* answer tokens; -1: never */
    bool with_rows; /* asks for every token's logits */
    size_t rows_seen;
    float last[TINY_VOCAB];
    Status status;
    pthread_t thread;
} Stream;

static Status count_rows(void *user, size_t first, size_t n, const float *rows, Err *err) {
    Stream *s = user;
    (void)first;
    (void)rows;
    (void)err;
    s->rows_seen += n;
    return OK;
}

static int32_t likeliest(const float *logits) {
    int32_t best = 0;
    for (int32_t i = 1; i < TINY_VOCAB; i++) {
        if (logits[i] > logits[best]) best = i;
    }
    return best;
}

static void stream_init(Stream *s, Engine *e, uint64_t seed, int n_prompt) {
    SampleRng rng;
    *s = (Stream){.engine = e, .n_prompt = n_prompt, .n_answer = ANSWER, .cancel_at = -1};
    sample_rng_seed(&rng, seed);
    for (int i = 0; i < n_prompt; i++) {
        s->tokens[i] = (int32_t)(sample_rng_next(&rng) % TINY_VOCAB);
    }
}

static void *stream_main(void *user) {
    Stream *s = user;
    Session *session = NULL;
    SessionOptions o = {.n_ctx = CTX, .background = s->background};
    SyncOptions sync = {.cancel = &s->cancel, .rows = s->with_rows ? count_rows : NULL, .user = s};
    s->status = session_new(s->engine, &o, &session, NULL);
    for (int i = 0; i < s->n_answer && s->status == OK; i++) {
        if (i == s->cancel_at) atomic_store(&s->cancel, true);
        s->status = session_sync(session, s->tokens, (size_t)(s->n_prompt + i), &sync, NULL);
        if (s->status != OK) break;
        memcpy(s->last, session_logits(session), sizeof s->last);
        s->tokens[s->n_prompt + i] = likeliest(s->last);
    }
    session_free(session);
    return NULL;
}

static void run_together(Stream *streams, int n) {
    for (int i = 0; i < n; i++) {
        assert_int_equal(pthread_create(&streams[i].thread, NULL, stream_main, &streams[i]), 0);
    }
    for (int i = 0; i < n; i++) (void)pthread_join(streams[i].thread, NULL);
}

static void same_stream(const Stream *a, const Stream *b) {
    assert_int_equal(a->status, OK);
    assert_int_equal(b->status, OK);
    size_t n = (size_t)(a->n_prompt + a->n_answer);
    assert_memory_equal(a->tokens, b->tokens, n * sizeof(int32_t));
    assert_memory_equal(a->last, b->last, sizeof a->last);
}

static const int prompts[STREAMS] = {1, 300, 17, 64, 18, 150, 3, 33};

static void alone_or_in_company_the_bytes_are_the_same(void **state) {
    (void)state;
    static Stream alone[STREAMS], together[STREAMS];
    for (int threads = 1; threads <= 3; threads++) {
        Engine *e = open_engine(threads);
        for (int i = 0; i < STREAMS; i++) {
            stream_init(&alone[i], e, (uint64_t)i + 1, prompts[i]);
            stream_init(&together[i], e, (uint64_t)i + 1, prompts[i]);
            together[i].background = i % 3 == 0;
            together[i].with_rows = i % 4 == 1;
            (void)stream_main(&alone[i]);
        }
        run_together(together, STREAMS);
        for (int i = 0; i < STREAMS; i++) {
            same_stream(&alone[i], &together[i]);
            size_t rows = together[i].with_rows ? (size_t)(prompts[i] + ANSWER - 1) : 0;
            assert_int_equal(together[i].rows_seen, rows);
        }
        engine_close(e);
    }
}

static void a_cancelled_session_leaves_the_others_alone(void **state) {
    (void)state;
    static Stream alone[STREAMS], together[STREAMS];
    Engine *e = open_engine(2);
    for (int i = 0; i < STREAMS; i++) {
        stream_init(&alone[i], e, (uint64_t)i + 1, prompts[i]);
        (void)stream_main(&alone[i]);
    }
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < STREAMS; i++) {
            stream_init(&together[i], e, (uint64_t)i + 1, prompts[i]);
            if (i % 2) together[i].cancel_at = round * 7 + i % 3;
        }
        run_together(together, STREAMS);
        for (int i = 0; i < STREAMS; i += 2) same_stream(&alone[i], &together[i]);
        for (int i = 1; i < STREAMS; i += 2) assert_int_equal(together[i].status, E_CANCELLED);
    }
    engine_close(e);
}

/* Raises everybody's flag from outside, at any moment. */
static void cancels_at_any_moment_end_every_session(void **state) {
    (void)state;
    static Stream streams[STREAMS];
    Engine *e = open_engine(2);
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < STREAMS; i++) {
            stream_init(&streams[i], e, (uint64_t)i + 1, prompts[i]);
            assert_int_equal(pthread_create(&streams[i].thread, NULL, stream_main, &streams[i]), 0);
        }
        (void)usleep((useconds_t)(round * 300));
        for (int i = 0; i < STREAMS; i++) atomic_store(&streams[i].cancel, true);
        for (int i = 0; i < STREAMS; i++) {
            (void)pthread_join(streams[i].thread, NULL);
            assert_true(streams[i].status == OK || streams[i].status == E_CANCELLED);
        }
    }
    Stream after;
    stream_init(&after, e, 1, 40);
    (void)stream_main(&after);
    assert_int_equal(after.status, OK);
    engine_close(e);
}

static Status fail_rows(void *user, size_t first, size_t n, const float *rows, Err *err) {
    (void)user;
    (void)first;
    (void)n;
    (void)rows;
    return err_set(err, E_IO, "the disk is full");
}

static void a_failing_rows_function_ends_its_own_request_only(void **state) {
    (void)state;
    Engine *e = open_engine(2);
    Stream other;
    Session *session = NULL;
    Err err = {0};
    SyncOptions sync = {.rows = fail_rows};
    stream_init(&other, e, 5, 200);
    assert_int_equal(session_new(e, NULL, &session, NULL), OK);
    assert_int_equal(pthread_create(&other.thread, NULL, stream_main, &other), 0);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(session_sync(session, other.tokens, 30, &sync, &err), E_IO);
        assert_string_equal(err.message, "the disk is full");
    }
    (void)pthread_join(other.thread, NULL);
    assert_int_equal(other.status, OK);
    session_free(session);
    engine_close(e);
}

/* How long passes take where time stands still, so that no other program's load is measured. */
static Status take_a_moment(void *user, size_t first, size_t n, const float *rows, Err *err) {
    (void)user;
    (void)first;
    (void)n;
    (void)rows;
    (void)err;
    let_pass(1);
    return OK;
}

static Status hold_up(void *user, size_t first, size_t n, const float *rows, Err *err) {
    (void)user;
    (void)first;
    (void)n;
    (void)rows;
    (void)err;
    let_pass(1000);
    return OK;
}

static void count_passes(void *user, size_t done, size_t total) {
    (void)done;
    (void)total;
    ++*(int *)user;
}

/* Else many short passes follow, each of which reads all weights. */
static void a_pass_that_was_held_up_does_not_shorten_those_behind_it(void **state) {
    (void)state;
    Engine *e = open_engine(1);
    Stream s;
    Session *session = NULL;
    stream_init(&s, e, 6, PROMPT_MAX);
    assert_int_equal(session_new(e, NULL, &session, NULL), OK);
    let_pass(0);
    SyncOptions sync = {.rows = take_a_moment};
    assert_int_equal(session_sync(session, s.tokens, PROMPT_MAX, &sync, NULL), OK);
    sync = (SyncOptions){.rows = hold_up};
    assert_int_equal(session_sync(session, s.tokens + 1, 20, &sync, NULL), OK);
    int passes = 0;
    sync = (SyncOptions){.progress = count_passes, .user = &passes};
    assert_int_equal(session_sync(session, s.tokens, PROMPT_MAX, &sync, NULL), OK);
    assert_int_equal(passes, 1);
    session_free(session);
    engine_close(e);
    clock_fix_now(0);
}

/* Two streams; passes are counted where both had a token. Time stands still but for the passes, so
   that who is waited for comes in time, however busy the machine is. */
typedef struct Meeting {
    Engine *engine;
    atomic_int together, apart; /* passes; apart: of one alone since they met */
    atomic_bool asks[2], second_came, over;
} Meeting;

typedef struct Guest {
    Meeting *meeting;
    int self; /* 0: the first */
    uint64_t patience; /* tokens */
    Status status;
} Guest;

enum { TOGETHER = 2 * ANSWER };

/* A pass of one alone lasts until the other stands in the queue. */
static void await_other(const Guest *g) {
    const Meeting *m = g->meeting;
    while (!atomic_load(&m->asks[!g->self]) && !atomic_load(&m->over)) (void)usleep(100);
    (void)usleep(2000);
}

static Status meet(void *user, size_t first, size_t n, const float *rows, Err *err) {
    const Guest *g = user;
    Meeting *m = g->meeting;
    (void)first;
    (void)n;
    (void)rows;
    (void)err;
    atomic_store(&m->asks[g->self], false);
    if (g->self == 1) atomic_store(&m->second_came, true);
    if (m->engine->wave->n_segments == 2) {
        atomic_fetch_add(&m->together, 1);
    } else if (atomic_load(&m->second_came)) {
        if (atomic_load(&m->together) > 0) atomic_fetch_add(&m->apart, 1);
        await_other(g);
    }
    let_pass(20);
    return OK;
}

/* Token after token, from the beginning again when the context is full; it is away for a while
   between two, so that a queue that does not wait goes on without it. */
static void *meet_main(void *user) {
    static const int32_t tokens[CTX] = {1, 2, 3};
    Guest *g = user;
    Meeting *m = g->meeting;
    Session *session = NULL;
    SessionOptions o = {.n_ctx = CTX};
    SyncOptions sync = {.rows = meet, .user = g};
    g->status = session_new(m->engine, &o, &session, NULL);
    for (uint64_t i = 0; i < g->patience && g->status == OK && !atomic_load(&m->over); i++) {
        (void)usleep(3000);
        atomic_store(&m->asks[g->self], true);
        g->status = session_sync(session, tokens, i % CTX + 1, &sync, NULL);
        if (atomic_load(&m->together) >= TOGETHER) break;
    }
    atomic_store(&m->over, true);
    session_free(session);
    return NULL;
}

/* Else each would have every second pass for ever. The first goes on until the second has come. */
static void streams_that_begin_out_of_step_fall_into_step(void **state) {
    (void)state;
    Meeting m = {.engine = open_engine(1)};
    Guest first = {&m, 0, UINT64_MAX, OK}, second = {&m, 1, 2 * ANSWER, OK};
    pthread_t one, other;
    let_pass(0);
    assert_int_equal(pthread_create(&one, NULL, meet_main, &first), 0);
    assert_int_equal(pthread_create(&other, NULL, meet_main, &second), 0);
    (void)pthread_join(one, NULL);
    (void)pthread_join(other, NULL);
    assert_true(first.status == OK && second.status == OK);
    assert_true(atomic_load(&m.together) >= TOGETHER);
    assert_int_equal(atomic_load(&m.apart), 0);
    engine_close(m.engine);
    clock_fix_now(0);
}

/* Whose tokens were evaluated, in order. */
typedef struct Served {
    char whose[2 * 100 + 1];
    size_t n;
} Served;

typedef struct Customer {
    Served *served;
    char name;
} Customer;

static Status note_served(void *user, size_t first, size_t n, const float *rows, Err *err) {
    Customer *c = user;
    (void)first;
    (void)rows;
    (void)err;
    assert_true(c->served->n + n < sizeof c->served->whose);
    memset(c->served->whose + c->served->n, c->name, n);
    c->served->n += n;
    return OK;
}

/* A prompt that nobody waits for has no token in a pass while another one is there. */
static void prompts_that_somebody_waits_for_are_served_first(void **state) {
    (void)state;
    enum { TOKENS = 100 };
    static int32_t tokens[TOKENS];
    Engine *e = open_engine(1);
    Served served = {.n = 0};
    Customer customers[2] = {{&served, 'i'}, {&served, 'b'}};
    BatchRequest requests[2] = {{.n = TOKENS}, {.n = TOKENS, .background = true}};
    Kv kv[2];
    size_t rows_bytes = (size_t)WAVE_HEAD_ROWS * TINY_VOCAB * sizeof(float);
    (void)pthread_mutex_lock(&e->turn); /* no pass can run */
    for (int i = 0; i < 2; i++) {
        BatchRequest *r = &requests[i];
        assert_int_equal(kv_init(&kv[i], e->kv_pool, &e->kv_shape, TOKENS, NULL), OK);
        r->kv = &kv[i];
        r->tokens = tokens;
        r->chunk = 16;
        r->logits = malloc(TINY_VOCAB * sizeof(float));
        r->row_memory = malloc(rows_bytes);
        r->rows = note_served;
        r->user = &customers[i];
        assert_int_equal(batch_submit(e->batch, r, NULL), OK);
    }
    (void)pthread_mutex_unlock(&e->turn);
    for (int i = 0; i < 2; i++) {
        for (size_t seen = 0; batch_wait(e->batch, &requests[i], seen, &seen);) continue;
        batch_settle(e->batch, &requests[i]);
        assert_int_equal(batch_result(e->batch, &requests[i], NULL), OK);
        kv_fini(&kv[i]);
        free(requests[i].logits);
        free(requests[i].row_memory);
    }
    assert_int_equal(served.n, 2 * TOKENS);
    assert_int_equal(strspn(served.whose, "i"), TOKENS);
    engine_close(e);
}

static void more_requests_than_the_queue_holds_are_refused(void **state) {
    (void)state;
    Engine *e = open_engine(1);
    static BatchRequest requests[BATCH_REQUESTS_MAX + 1];
    static Kv kv[BATCH_REQUESTS_MAX + 1];
    static int32_t token = 1;
    Err err = {0};
    float *logits = calloc(TINY_VOCAB, sizeof *logits);
    atomic_bool cancel = true;
    (void)pthread_mutex_lock(&e->turn); /* no pass can run */
    Status status = OK;
    int taken = 0;
    for (int i = 0; i <= BATCH_REQUESTS_MAX && status == OK; i++) {
        requests[i] = (BatchRequest){.tokens = &token, .n = 1, .chunk = 1, .cancel = &cancel};
        requests[i].logits = logits;
        requests[i].kv = &kv[i];
        assert_int_equal(kv_init(&kv[i], e->kv_pool, &e->kv_shape, 8, NULL), OK);
        status = batch_submit(e->batch, &requests[i], &err);
        taken += status == OK;
    }
    assert_int_equal(status, E_BUSY);
    assert_int_equal(taken, BATCH_REQUESTS_MAX);
    (void)pthread_mutex_unlock(&e->turn);
    for (int i = 0; i < taken; i++) {
        batch_settle(e->batch, &requests[i]);
        assert_int_equal(batch_result(e->batch, &requests[i], NULL), E_CANCELLED);
    }
    for (int i = 0; i <= BATCH_REQUESTS_MAX; i++) kv_fini(&kv[i]);
    free(logits);
    engine_close(e);
}

static void bench_measures_sessions_depth_and_verifying(void **state) {
    (void)state;
    Engine *e = open_engine(2);
    BenchResult r;
    Err err = {0};
    BenchOptions o = {.n_prompt = 20, .n_generate = 8, .repetitions = 2, .depth = 70,
                      .sessions = 5, .verify = 4};
    if (bench_run(e, &o, &r, &err) != OK) fail_msg("%s", err.message);
    assert_true(r.prefill_tok_s > 0 && r.decode_tok_s > 0 && r.verify_ratio > 0);
    o.sessions = BENCH_SESSIONS_MAX + 1;
    assert_int_equal(bench_run(e, &o, &r, &err), E_USAGE);
    o.sessions = 1;
    o.depth = 1010; /* 1024 are all this model was made for */
    assert_int_equal(bench_run(e, &o, &r, &err), E_LIMIT);
    engine_close(e);
}

/* One prompt with its state behind the first layer. */
static void sync_tapped(Session *session, const Stream *s, float *state) {
    SyncOptions sync = {.taps = 1, .states = state};
    memset(state, 0, TINY_EMBD * sizeof *state);
    assert_int_equal(session_sync(session, s->tokens, (size_t)s->n_prompt, &sync, NULL), OK);
}

/* The last token's, however the prompt was cut and whether or not its keys were there already; and
   the logits are those of a prompt that is not tapped. */
static void a_prompts_state_is_had_on_the_way(void **state) {
    static Stream s, other;
    float whole[TINY_EMBD], again[TINY_EMBD], cut[TINY_EMBD], strange[TINY_EMBD];
    Engine *e = open_engine(2);
    Session *session = NULL, *chunks = NULL;
    (void)state;
    stream_init(&s, e, 1, 100);
    stream_init(&other, e, 2, 100);
    s.n_answer = 1;
    (void)stream_main(&s); /* s.last: behind the prompt */
    assert_int_equal(session_new(e, &(SessionOptions){.n_ctx = CTX}, &session, NULL), OK);
    SessionOptions o = {.n_ctx = CTX, .chunk = 16};
    assert_int_equal(session_new(e, &o, &chunks, NULL), OK);
    sync_tapped(session, &s, whole);
    assert_memory_equal(session_logits(session), s.last, sizeof s.last);
    sync_tapped(session, &s, again);
    sync_tapped(chunks, &s, cut);
    sync_tapped(chunks, &other, strange);
    assert_memory_equal(whole, again, sizeof whole);
    assert_memory_equal(whole, cut, sizeof whole);
    assert_memory_not_equal(whole, strange, sizeof whole);
    session_free(session);
    session_free(chunks);
    engine_close(e);
}

/* States behind the first layer of some tokens, in one sync. */
static void sync_many(Session *session, const Stream *s, const size_t *tokens, size_t n,
                      float *states) {
    SyncOptions sync = {.taps = 1, .tapped = tokens, .n_tapped = n, .states = states};
    memset(states, 0, n * TINY_EMBD * sizeof *states);
    assert_int_equal(session_sync(session, s->tokens, (size_t)s->n_prompt, &sync, NULL), OK);
    assert_int_equal(session_length(session), s->n_prompt);
}

/* However the prompt is cut, and whatever the cache had of it. */
static void states_of_many_tokens_are_those_of_each_as_the_last(void **state) {
    static const size_t tokens[] = {0, 7, 15, 16, 17, 40, 40, 99};
    enum { N = sizeof tokens / sizeof *tokens };
    static Stream s, part;
    float alone[N][TINY_EMBD], whole[N][TINY_EMBD], cut[N][TINY_EMBD], again[N][TINY_EMBD];
    Engine *e = open_engine(2);
    Session *session = NULL, *chunks = NULL;
    (void)state;
    stream_init(&s, e, 1, 100);
    assert_int_equal(session_new(e, &(SessionOptions){.n_ctx = CTX}, &session, NULL), OK);
    SessionOptions o = {.n_ctx = CTX, .chunk = 16};
    assert_int_equal(session_new(e, &o, &chunks, NULL), OK);
    part = s;
    for (size_t i = 0; i < N; i++) {
        part.n_prompt = (int)tokens[i] + 1;
        sync_tapped(session, &part, alone[i]);
    }
    session_clear(session);
    sync_many(session, &s, tokens, N, whole[0]);
    sync_many(chunks, &s, tokens, N, cut[0]);
    assert_memory_equal(whole, alone, sizeof whole);
    assert_memory_equal(cut, alone, sizeof cut);
    sync_many(session, &s, tokens + 5, 3, again[0]); /* all is in the cache */
    assert_int_equal(session_reused(session), 40);
    assert_memory_equal(again, alone[5], 3 * sizeof *again);
    session_free(session);
    session_free(chunks);
    engine_close(e);
}

static void no_thread_and_no_memory_are_reported(void **state) {
    (void)state;
    Engine *e = open_engine(1);
    Batch *b = NULL;
    Err err = {0};
    mem_fail_at(1);
    assert_int_equal(batch_new(e, false, &b, &err), E_NO_MEMORY);
    mem_fail_at(0);
    assert_null(b);
    engine_close(e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alone_or_in_company_the_bytes_are_the_same),
        cmocka_unit_test(a_cancelled_session_leaves_the_others_alone),
        cmocka_unit_test(cancels_at_any_moment_end_every_session),
        cmocka_unit_test(a_failing_rows_function_ends_its_own_request_only),
        cmocka_unit_test(a_pass_that_was_held_up_does_not_shorten_those_behind_it),
        cmocka_unit_test(streams_that_begin_out_of_step_fall_into_step),
        cmocka_unit_test(prompts_that_somebody_waits_for_are_served_first),
        cmocka_unit_test(more_requests_than_the_queue_holds_are_refused),
        cmocka_unit_test(bench_measures_sessions_depth_and_verifying),
        cmocka_unit_test(a_prompts_state_is_had_on_the_way),
        cmocka_unit_test(states_of_many_tokens_are_those_of_each_as_the_last),
        cmocka_unit_test(no_thread_and_no_memory_are_reported),
    };
    return cmocka_run_group_tests_name("batch", tests, make_folder, drop_folder);
}
