/*
 * What include/hearth.h promises of every function alike: structs of options that know their size,
 * and output parameters that a failure leaves alone. What single functions do is told by the tests
 * of their rooms and, through the doors, by tests/e2e.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hearth.h"

#include "../support/remove_folder.h"
#include "../support/tiny_model.h"

static char home[64];
static hearth *h;

static int begin(void **state) {
    (void)snprintf(home, sizeof home, "/tmp/hearth-api-XXXXXX");
    if (!mkdtemp(home)) return -1;
    (void)setenv("HEARTH_HOME", home, 1);
    return hearth_open(NULL, &h, NULL) == HEARTH_OK ? 0 : -1;
}

static int end(void **state) {
    hearth_close(h);
    return remove_folder(home);
}

static bool count_span(void *user, const hearth_span *span) {
    *(size_t *)user += span->end > span->start;
    return true;
}

static const char text[] = "Write to anna.berg@example.org, please.";

static hearth_status scan(const hearth_gate_options *options, size_t *n, hearth_error *err) {
    *n = 0;
    return hearth_gate_scan(h, text, strlen(text), options, count_span, n, err);
}

static void options_that_were_never_filled_are_refused(void **state) {
    hearth_error err;
    size_t n;
    hearth *other = (hearth *)&n;
    assert_int_equal(scan(&(hearth_gate_options){0}, &n, &err), HEARTH_USAGE);
    assert_true(n == 0 && strstr(err.message, "size") && strstr(err.hint, "_default()"));
    assert_int_equal(hearth_open(&(hearth_options){0}, &other, &err), HEARTH_USAGE);
    assert_ptr_equal(other, &n);
    hearth_bench_result result;
    assert_int_equal(hearth_bench(h, &(hearth_bench_options){0}, &result, &err), HEARTH_USAGE);
}

static void of_an_older_programs_options_nothing_behind_their_size_is_read(void **state) {
    hearth_gate_options options;
    hearth_error err;
    size_t n;
    hearth_gate_options_default(&options);
    options.deep = true; /* needs a model, and none is here */
    assert_int_equal(scan(&options, &n, &err), HEARTH_NOT_FOUND);
    options.size = offsetof(hearth_gate_options, deep);
    assert_int_equal(scan(&options, &n, &err), HEARTH_OK);
    assert_int_equal(n, 1);
    options.min_score = 2; /* what it knows counts */
    assert_int_equal(scan(&options, &n, &err), HEARTH_OK);
    assert_int_equal(n, 0);
}

static void a_newer_programs_options_are_read_as_far_as_they_are_known(void **state) {
    struct {
        hearth_gate_options known;
        char more[64];
    } options;
    hearth_error err;
    size_t n;
    memset(&options, 0xFF, sizeof options);
    hearth_gate_options_default(&options.known);
    options.known.size = sizeof options;
    assert_int_equal(scan(&options.known, &n, &err), HEARTH_OK);
    assert_int_equal(n, 1);
}

static void a_failure_leaves_what_was_there(void **state) {
    hearth_error err;
    uint64_t files = 7, words = 8;
    assert_int_equal(hearth_gate_learn(h, &files, &words, &err), HEARTH_NOT_FOUND); /* no store */
    assert_true(files == 7 && words == 8);

    hearth_pairing pairing = {.things = 9};
    hearth_pair_options pair;
    hearth_pair_options_default(&pair);
    assert_int_equal(hearth_pair_export(h, &pair, &pairing, &err), HEARTH_USAGE); /* no file */
    pair.file = "/nowhere/at/all";
    pair.passphrase = "long enough";
    pair.n_passphrase = strlen(pair.passphrase);
    assert_int_not_equal(hearth_pair_import(h, &pair, &pairing, &err), HEARTH_OK);
    assert_int_equal(pairing.things, 9);

    char *shown = home;
    size_t n = 10;
    assert_int_equal(hearth_text_get(h, "hearth.toml", &shown, &n, &err), HEARTH_USAGE);
    assert_int_equal(hearth_text_get(h, "route.toml", &shown, &n, &err), HEARTH_NOT_FOUND);
    assert_true(shown == home && n == 10);

    char taken[96];
    uint32_t outcomes = 5;
    (void)snprintf(taken, sizeof taken, "%s/gate", home);
    (void)mkdir(taken, 0700);
    (void)snprintf(taken, sizeof taken, "%s/gate/route.state", home); /* a folder there */
    assert_int_equal(mkdir(taken, 0700), 0);
    assert_int_not_equal(hearth_route_forget(h, &outcomes, &err), HEARTH_OK);
    assert_int_equal(outcomes, 5);
    assert_int_equal(rmdir(taken), 0);
}

static void a_text_by_name_comes_back_also_when_it_is_empty(void **state) {
    hearth_error err;
    char *shown = NULL;
    size_t n = 1;
    assert_int_equal(hearth_text_put(h, "route.toml", "", 0, &err), HEARTH_OK);
    assert_int_equal(hearth_text_get(h, "route.toml", &shown, &n, &err), HEARTH_OK);
    assert_true(shown && n == 0);
    hearth_free(shown);
}

static void a_text_that_nobody_could_read_again_is_not_taken(void **state) {
    enum { MOST = 1 << 20 };
    hearth_error err;
    char *big = calloc(1, MOST + 1), *shown = NULL;
    size_t n = 0;
    assert_non_null(big);
    memset(big, '#', MOST + 1);
    assert_int_equal(hearth_text_put(h, "policy.toml", big, MOST + 1, &err), HEARTH_LIMIT);
    assert_int_equal(hearth_text_put(h, "route.toml", big, MOST, &err), HEARTH_LIMIT);
    assert_int_equal(hearth_text_put(h, "policy.toml", big, MOST, &err), HEARTH_OK);
    assert_int_equal(hearth_text_get(h, "policy.toml", &shown, &n, &err), HEARTH_OK);
    assert_int_equal(n, MOST);
    hearth_free(shown);
    free(big);
}

static void an_evaluation_without_its_files_is_refused(void **state) {
    hearth_error err;
    hearth_eval_run_options run;
    hearth_eval_ran ran = {.asked = 7, .kept = 7, .withheld = 7};
    hearth_eval_make_options make;
    hearth_eval_run_options_default(&run);
    assert_int_equal(hearth_eval_run(h, &run, &ran, &err), HEARTH_USAGE);
    assert_true(ran.asked + ran.kept + ran.withheld == 0); /* filled on failure, too */
    run.set = "set.jsonl";
    assert_int_equal(hearth_eval_run(h, &run, &ran, &err), HEARTH_USAGE);
    hearth_eval_make_options_default(&make);
    assert_int_equal(hearth_eval_make(h, &make, NULL, &err), HEARTH_USAGE);
}

/* Else each question is refused, and told as one that the policy keeps here. */
static void an_evaluation_asks_no_endpoint_offline(void **state) {
    hearth_error err;
    hearth *other = NULL;
    hearth_options options;
    hearth_eval_run_options run;
    hearth_eval_ran ran;
    char set[100], result[100];
    (void)snprintf(set, sizeof set, "%s/set.jsonl", home);
    (void)snprintf(result, sizeof result, "%s/result.jsonl", home);
    FILE *file = fopen(set, "w");
    assert_non_null(file);
    (void)fputs("{\"question\":\"When?\",\"kind\":\"unanswerable\"}\n", file);
    assert_int_equal(fclose(file), 0);
    hearth_options_default(&options);
    options.offline = true;
    assert_int_equal(hearth_open(&options, &other, NULL), HEARTH_OK);
    hearth_eval_run_options_default(&run);
    run.set = set;
    run.result = result;
    run.cloud = "far";
    assert_int_equal(hearth_eval_run(other, &run, &ran, &err), HEARTH_DENIED);
    assert_true(strstr(err.message, "offline") && ran.withheld == 0);
    assert_int_not_equal(access(result, F_OK), 0);
    hearth_close(other);
    options.offline = false;
    assert_int_equal(hearth_open(&options, &other, NULL), HEARTH_OK); /* of the whole process */
    hearth_close(other);
}

/* What the terminal's table of options would have refused. */
static void numbers_that_mean_nothing_are_refused(void **state) {
    hearth_error err;
    hearth_options options;
    hearth_bench_options bench;
    hearth_bench_result speed;
    hearth_gate_options gate;
    hearth_route_options route;
    hearth_routing routing;
    hearth_cloud cloud;
    hearth_results *results = NULL;
    hearth *other = NULL;
    size_t n;
    hearth_options_default(&options);
    options.threads = -1;
    assert_int_equal(hearth_open(&options, &other, &err), HEARTH_USAGE);
    options.threads = 65;
    assert_int_equal(hearth_open(&options, &other, &err), HEARTH_USAGE);
    options.threads = 0;
    options.context = -5;
    assert_int_equal(hearth_open(&options, &other, &err), HEARTH_USAGE);
    assert_null(other);
    hearth_bench_options_default(&bench);
    bench.n_prompt = -5;
    assert_int_equal(hearth_bench(h, &bench, &speed, &err), HEARTH_USAGE);
    hearth_gate_options_default(&gate);
    gate.min_score = NAN;
    assert_int_equal(scan(&gate, &n, &err), HEARTH_USAGE);
    hearth_route_options_default(&route);
    route.tools = -1;
    assert_int_equal(hearth_route(h, "x", 1, &route, &routing, &err), HEARTH_USAGE);
    assert_int_equal(hearth_search(h, "x", 3, (hearth_mode)77, &results, &err), HEARTH_USAGE);
    assert_int_equal(hearth_search(h, "x", 101, HEARTH_LEXICAL, &results, &err), HEARTH_USAGE);
    hearth_cloud_default(&cloud);
    cloud.name = "mine";
    cloud.url = "http://127.0.0.1:1";
    cloud.model = "m";
    cloud.dest = "mine";
    for (int i = 0; i < 2; i++) {
        cloud.price_in = i ? -5 : NAN;
        assert_int_equal(hearth_cloud_put(h, &cloud, NULL, 0, &err), HEARTH_USAGE);
    }
    cloud.price_in = 5;
    assert_int_equal(hearth_cloud_put(h, &cloud, NULL, 0, &err), HEARTH_OK);
}

/* A file of logits that ends early looks like a whole one of a shorter text. */
static void a_score_that_was_stopped_leaves_no_logits(void **state) {
    char model[100], logits[100], words[200];
    struct stat st;
    hearth_error err;
    hearth_options options;
    hearth_score_result result;
    hearth *other = NULL;
    Tiny m = tiny_llama();
    tiny_make(&m);
    (void)snprintf(model, sizeof model, "%s/score.gguf", home);
    (void)snprintf(logits, sizeof logits, "%s/logits", home);
    assert_int_equal(tiny_write(&m, model, NULL), OK);
    tiny_free(&m);
    memset(words, 'h', sizeof words);
    hearth_options_default(&options);
    options.model = model;
    options.threads = 1;
    assert_int_equal(hearth_open(&options, &other, &err), HEARTH_OK);
    assert_int_equal(hearth_score(other, words, sizeof words, logits, &result, &err), HEARTH_OK);
    assert_true(stat(logits, &st) == 0 && st.st_size > 0);
    hearth_cancel(other);
    assert_int_equal(hearth_score(other, words, sizeof words, logits, &result, &err),
                     HEARTH_CANCELLED);
    assert_int_not_equal(stat(logits, &st), 0);
    hearth_close(other);
}

static void a_negative_number_of_tokens_is_no_unlimited_one(void **state) {
    char model[96];
    hearth_error err;
    hearth_options options;
    hearth_run_options run;
    hearth_run_result result = {.text = home};
    hearth *other = NULL;
    Tiny m = tiny_llama();
    tiny_make(&m);
    (void)snprintf(model, sizeof model, "%s/tiny.gguf", home);
    assert_int_equal(tiny_write(&m, model, NULL), OK);
    tiny_free(&m);
    hearth_options_default(&options);
    options.model = model;
    options.threads = 1;
    assert_int_equal(hearth_open(&options, &other, &err), HEARTH_OK);
    hearth_run_options_default(&run);
    run.max_tokens = -1;
    assert_int_equal(hearth_run(other, "hello", 5, &run, &result, &err), HEARTH_USAGE);
    assert_ptr_equal(result.text, home);
    run.max_tokens = 2;
    assert_int_equal(hearth_run(other, "hello", 5, &run, &result, &err), HEARTH_OK);
    assert_true(result.timings.completion_tokens <= 2);
    hearth_free(result.text);
    hearth_close(other);
}

static void a_way_to_search_that_is_none_is_refused(void **state) {
    static const int none[] = {-1, HEARTH_VECTOR + 1, 1 << 30};
    hearth_error err;
    hearth_results *results = NULL;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        hearth_mode mode;
        memcpy(&mode, &none[i], sizeof mode);
        assert_int_equal(hearth_search(h, "boiler", 3, mode, &results, &err), HEARTH_USAGE);
        assert_true(strstr(err.message, "mode") && !results);
    }
}

/* ---- the doctor ------------------------------------------------------------------------------ */

typedef struct Found {
    const char *name;
    hearth_verdict verdict;
    char detail[400];
} Found;

static void note_check(void *user, const char *name, hearth_verdict verdict, const char *detail) {
    Found *found = user;
    if (strcmp(name, found->name) != 0) return;
    found->verdict = verdict;
    (void)snprintf(found->detail, sizeof found->detail, "%s", detail);
}

static void put_file(const char *name, const char *content) {
    char path[200];
    (void)snprintf(path, sizeof path, "%s/%s", home, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fputs(content, file) < 0, 0);
    assert_int_equal(fclose(file), 0);
}

static void make_folder(const char *name) {
    char path[200];
    (void)snprintf(path, sizeof path, "%s/%s", home, name);
    (void)mkdir(path, 0700);
}

static void the_doctor_calls_nothing_verified_that_it_did_not_verify(void **state) {
    hearth *other = NULL;
    hearth_options options;
    Found found = {.name = "embedding model"};
    make_folder("models");
    put_file("models/multilingual-e5-small.gguf", "put there by hand");
    put_file("models/SmolLM2-135M-Instruct.Q4_1.gguf", "other bytes");
    hearth_options_default(&options);
    options.model = "smollm2-135m";
    assert_int_equal(hearth_open(&options, &other, NULL), HEARTH_OK);
    assert_int_equal(hearth_doctor(other, false, note_check, &found, NULL), HEARTH_OK);
    assert_non_null(strstr(found.detail, "not verified"));
    found = (Found){.name = "language model"};
    assert_int_equal(hearth_doctor(other, false, note_check, &found, NULL), HEARTH_OK);
    assert_int_equal(found.verdict, HEARTH_BAD);
    assert_non_null(strstr(found.detail, "its size differs"));
    hearth_error err;
    found = (Found){.name = "language model"};
    hearth_cancel(other);
    assert_int_equal(hearth_doctor(other, false, note_check, &found, &err), HEARTH_CANCELLED);
    assert_int_equal(err.status, HEARTH_CANCELLED);
    assert_int_equal(found.detail[0], 0); /* the slow checks were not made */
    hearth_close(other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_that_were_never_filled_are_refused),
        cmocka_unit_test(of_an_older_programs_options_nothing_behind_their_size_is_read),
        cmocka_unit_test(a_newer_programs_options_are_read_as_far_as_they_are_known),
        cmocka_unit_test(a_failure_leaves_what_was_there),
        cmocka_unit_test(a_text_by_name_comes_back_also_when_it_is_empty),
        cmocka_unit_test(a_text_that_nobody_could_read_again_is_not_taken),
        cmocka_unit_test(an_evaluation_without_its_files_is_refused),
        cmocka_unit_test(an_evaluation_asks_no_endpoint_offline),
        cmocka_unit_test(numbers_that_mean_nothing_are_refused),
        cmocka_unit_test(a_score_that_was_stopped_leaves_no_logits),
        cmocka_unit_test(a_negative_number_of_tokens_is_no_unlimited_one),
        cmocka_unit_test(a_way_to_search_that_is_none_is_refused),
        cmocka_unit_test(the_doctor_calls_nothing_verified_that_it_did_not_verify),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
