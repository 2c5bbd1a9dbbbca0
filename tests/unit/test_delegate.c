/*
 * Promises of delegated questions below the wire: a list of jobs is taken whole or not at all, and
 * a reading gives words of the passage or nothing, stops when it shall, and never loses count.
 * tests/e2e/delegate.py has the rest, with a cloud.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include "../support/tiny_model.h"
#include "base/clock.h"
#include "base/home.h"
#include "turn/delegate.h"

/* ---- lists --------------------------------------------------------------------------------- */

static Status parse(Str text, Arena *arena, DelegateJobs *out) {
    Err err;
    return delegate_jobs_parse(text, arena, out, &err);
}

static void a_list_is_read_as_it_stands(void **state) {
    static const char list[] =
        "```json\n{\"jobs\": [{\"task\": \" Who pays? \", \"search\": \"rent\"},"
        "{\"search\": null, \"task\": \"谁付房租？\"}, {\"task\": \"When?\"}]}\n```";
    Arena arena;
    DelegateJobs jobs;
    arena_init(&arena, 1 << 20);
    assert_int_equal(parse(STR(list), &arena, &jobs), OK);
    assert_int_equal(jobs.n, 3);
    assert_true(str_eq(jobs.items[0].task, STR("Who pays?")));
    assert_true(str_eq(jobs.items[0].search, STR("rent")));
    assert_true(str_eq(jobs.items[1].task, STR("谁付房租？")));
    assert_int_equal(jobs.items[1].search.n, 0);
    assert_int_equal(jobs.items[2].search.n, 0);
    arena_fini(&arena);
}

static void what_is_no_list_is_refused_whole(void **state) {
    static const char *const bad[] = {
        "", "jobs", "{}", "[]", "null", "{\"jobs\":{}}", "{\"jobs\":[]}", "{\"jobs\":[null]}",
        "{\"jobs\":[[]]}", "{\"jobs\":[{\"task\":\"\"}]}", "{\"jobs\":[{\"task\":\" \"}]}",
        "{\"jobs\":[{\"task\":1}]}", "{\"jobs\":[{\"search\":\"a\"}]}",
        "{\"jobs\":[{\"task\":\"a\",\"search\":1}]}",
        "{\"jobs\":[{\"task\":\"a\",\"file\":\"b\"}]}",
        "{\"jobs\":[{\"task\":\"a\",\"task\":\"b\"}]}", "{\"jobs\":[{\"task\":\"a\"}],\"map\":1}",
        "{\"jobs\":[{\"task\":\"a\\u0000b\"}]}", "{\"jobs\":[{\"task\":\"a\\u001b[2J\"}]}",
        "{\"jobs\":[{\"task\":\"a\"}, 7]}", "{\"jobs\":[{\"task\":\"a\"}]} and more",
        "{\"jobs\":[{\"task\":\"\xff\"}]}", "```", "``````", "```\n```", "```json {\"jobs\":[]}"};
    Arena arena;
    DelegateJobs jobs;
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (parse(str_from(bad[i]), &arena, &jobs) != E_CORRUPT) fail_msg("taken: %s", bad[i]);
        assert_int_equal(jobs.n, 0);
    }
    arena_fini(&arena);
}

static void lists_have_ceilings(void **state) {
    Arena arena;
    DelegateJobs jobs;
    Buf text;
    buf_init(&text, 1 << 20);
    arena_init(&arena, 1 << 20);
    for (int n = DELEGATE_JOBS_MAX; n <= DELEGATE_JOBS_MAX + 1; n++) {
        buf_clear(&text);
        buf_add_c(&text, "{\"jobs\":[{\"task\":\"a\"}");
        for (int i = 1; i < n; i++) buf_add_c(&text, ",{\"task\":\"a\"}");
        buf_add_c(&text, "]}");
        assert_int_equal(parse(buf_str(&text), &arena, &jobs),
                         n > DELEGATE_JOBS_MAX ? E_LIMIT : OK);
    }
    for (int n = DELEGATE_TASK_BYTES; n <= DELEGATE_TASK_BYTES + 1; n++) {
        buf_clear(&text);
        buf_printf(&text, "{\"jobs\":[{\"task\":\"%0*d\"}]}", n, 7);
        assert_int_equal(parse(buf_str(&text), &arena, &jobs),
                         n > DELEGATE_TASK_BYTES ? E_LIMIT : OK);
    }
    buf_clear(&text);
    for (int i = 0; i < DELEGATE_LIST_BYTES; i++) buf_add_byte(&text, ' ');
    buf_add_c(&text, "{\"jobs\":[{\"task\":\"a\"}]}");
    assert_int_equal(parse(buf_str(&text), &arena, &jobs), OK); /* blanks are trimmed */
    for (int i = 0; i < DELEGATE_LIST_BYTES; i++) buf_add_byte(&text, ' ');
    buf_add_c(&text, "x"); /* these are inside */
    assert_int_equal(parse(buf_str(&text), &arena, &jobs), E_LIMIT);
    buf_fini(&text);
    arena_fini(&arena);
}

static void a_list_survives_memory_that_runs_out(void **state) {
    static const char list[] = "{\"jobs\":[{\"task\":\"a\",\"search\":\"b\"},{\"task\":\"c\"}]}";
    uint64_t before = mem_live_blocks();
    Status status = E_NO_MEMORY;
    for (uint64_t n = 1; n < 200 && status != OK; n++) {
        Arena arena;
        DelegateJobs jobs;
        arena_init(&arena, 1 << 20);
        mem_fail_at(n);
        status = parse(STR(list), &arena, &jobs);
        mem_fail_at(0);
        assert_true(status == OK || status == E_NO_MEMORY);
        arena_fini(&arena);
        assert_int_equal(mem_live_blocks(), before);
    }
    assert_int_equal(status, OK);
}

/* ---- readings ------------------------------------------------------------------------------ */

enum { PASSAGES = 6 };

static char model[64];
static SearchHit passages[PASSAGES];
static const DelegateJobs two_jobs = {
    .items = {{{"Who serviced the boiler?", 24}, {"", 0}},
              {{"What does the roof cost?", 24}, {"", 0}}},
    .n = 2};

static int make_model(void **state) {
    static const char chat[] =
        "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}answer: ";
    (void)snprintf(model, sizeof model, "/tmp/hearth-delegate-%ld.gguf", (long)getpid());
    Tiny m = tiny_llama();
    m.n_ctx = 4096;
    m.chat_template = chat;
    tiny_make(&m);
    Err err;
    Status status = tiny_write(&m, model, &err);
    tiny_free(&m);
    for (size_t i = 0; i < PASSAGES; i++) {
        passages[i] = (SearchHit){.chunk_id = (int64_t)i, .title = "", .context = "",
                                  .format = "text"};
        passages[i].text = i == 2 ? STR("The boiler was serviced by Ann Li. The cat slept.")
                                  : STR("The river was high and the sluice was greased.");
    }
    return status == OK ? 0 : -1;
}

static int drop_model(void **state) { return unlink(model); }

typedef struct Bench {
    Turn turn;
    DelegateWork work;
    DelegateReading readings[2 * PASSAGES];
    DelegateExtract extracts[DELEGATE_EXTRACTS_MAX];
} Bench;

static void bench_init(Bench *b, Rig *rig) {
    turn_init(&b->turn, rig);
    for (size_t i = 0; i < ARRAY_LEN(b->readings); i++) {
        b->readings[i] = (DelegateReading){.job = i % 2, .passage = i / 2};
    }
    b->work = (DelegateWork){.passages = passages, .jobs = &two_jobs, .readings = b->readings,
                             .n_readings = ARRAY_LEN(b->readings), .until_ms = clock_now_ms() + 1e6,
                             .extracts = b->extracts};
}

static size_t made(const Bench *b) {
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(b->readings); i++) n += b->readings[i].done;
    return n;
}

static Rig *open_rig(const char *path) {
    RigOptions options = {.model = path, .threads = 2, .no_pack = true, .no_kv_cache = true};
    Rig *rig = NULL;
    Err err;
    if (rig_open(&options, &rig, &err) != OK) fail_msg("%s", err.message);
    return rig;
}

/* A toy that writes nonsense finds no support: nothing of what it says can leave. What the words of
   a task find by themselves is there all the same. */
static void what_a_model_makes_up_is_no_extract(void **state) {
    static Bench b;
    Rig *rig = open_rig(model);
    Err err;
    bench_init(&b, rig);
    if (delegate_read(&b.turn, &b.work, &err) != OK) fail_msg("%s", err.message);
    assert_int_equal(made(&b), 2 * PASSAGES);
    assert_int_equal(b.work.n_extracts, 1);
    const DelegateExtract *e = &b.extracts[0];
    assert_true(e->passage == 2 && e->jobs == 1);
    assert_true(str_eq(str_sub(passages[2].text, e->start, e->end),
                       STR("The boiler was serviced by Ann Li.")));
    turn_fini(&b.turn);
    rig_close(rig);
}

static void a_deadline_leaves_the_rest_unread(void **state) {
    static Bench b;
    Rig *rig = open_rig(model);
    Err err;
    bench_init(&b, rig);
    b.work.until_ms = clock_now_ms() - 1;
    assert_int_equal(delegate_read(&b.turn, &b.work, &err), OK);
    assert_true(made(&b) < 2 * PASSAGES);
    turn_fini(&b.turn);
    rig_close(rig);
}

static void the_user_can_stop_it(void **state) {
    static Bench b;
    Rig *rig = open_rig(model);
    Err err;
    bench_init(&b, rig);
    atomic_store(&rig->cancel, true);
    assert_int_equal(delegate_read(&b.turn, &b.work, &err), E_CANCELLED);
    assert_true(made(&b) < 2 * PASSAGES);
    turn_fini(&b.turn);
    rig_close(rig);
}

/* By words alone as well: a thousand readings take seconds. */
static void readings_without_a_model_can_be_stopped(void **state) {
    static Bench b;
    home_set_root("/tmp/hearth-delegate-nothing-here");
    Rig *rig = open_rig(NULL);
    Err err;
    bench_init(&b, rig);
    assert_int_equal(delegate_read(&b.turn, &b.work, &err), OK);
    assert_int_equal(made(&b), 2 * PASSAGES);
    turn_fini(&b.turn);
    bench_init(&b, rig);
    atomic_store(&rig->cancel, true);
    assert_int_equal(delegate_read(&b.turn, &b.work, &err), E_CANCELLED);
    assert_int_equal(made(&b), 0);
    turn_fini(&b.turn);
    rig_close(rig);
}

/* Every allocation fails once; what was allocated goes, and the next reading works. */
static void readings_survive_memory_that_runs_out(void **state) {
    static Bench b;
    Rig *rig = open_rig(model);
    Err err;
    Status status = E_NO_MEMORY;
    bench_init(&b, rig);
    b.work.n_readings = 2;
    assert_int_equal(delegate_read(&b.turn, &b.work, &err), OK); /* opens the model */
    uint64_t before = mem_live_blocks();
    for (uint64_t n = 1; n < 3000 && status != OK; n++) {
        mem_fail_at(n);
        status = delegate_read(&b.turn, &b.work, &err);
        mem_fail_at(0);
        if (status != OK && status != E_NO_MEMORY) fail_msg("%d: %s", (int)status, err.message);
        assert_int_equal(mem_live_blocks(), before);
    }
    assert_int_equal(status, OK);
    turn_fini(&b.turn);
    rig_close(rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_read_as_it_stands),
        cmocka_unit_test(what_is_no_list_is_refused_whole),
        cmocka_unit_test(lists_have_ceilings),
        cmocka_unit_test(a_list_survives_memory_that_runs_out),
        cmocka_unit_test(what_a_model_makes_up_is_no_extract),
        cmocka_unit_test(a_deadline_leaves_the_rest_unread),
        cmocka_unit_test(the_user_can_stop_it),
        cmocka_unit_test(readings_without_a_model_can_be_stopped),
        cmocka_unit_test(readings_survive_memory_that_runs_out),
    };
    return cmocka_run_group_tests_name("delegate", tests, make_model, drop_model);
}
