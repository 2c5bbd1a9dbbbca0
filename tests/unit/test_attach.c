/*
 * Promises of a file that goes with a question: passages in the order of what they share with it,
 * on the right lines, before what a search found; what holds no text is refused; memory may run out
 * at any point. tests/e2e/faults.py has endpoints, labels and pictures.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "turn/prompt.h"
#include "turn/turn.h"

enum { FILLERS = 40 };

static char path[] = "/tmp/hearth-attach-XXXXXX";
static Rig *rig;

static int make_file(void **state) {
    Err err;
    RigOptions options = {.no_pack = true, .no_kv_cache = true, .weak_sandbox = true};
    int fd = mkstemp(path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f || rig_open(&options, &rig, &err) != OK) return -1;
    for (int i = 0; i < 2 * FILLERS; i++) {
        if (i == FILLERS) (void)fputs("# Heating\n\nThe boiler was serviced by Ann Li.\n\n", f);
        for (int k = 0; k < 12; k++) (void)fprintf(f, "The river was high in week %d. ", i);
        (void)fputs("\n\n", f);
    }
    return fclose(f);
}

static int drop_file(void **state) {
    rig_close(rig);
    return unlink(path);
}

static void begin(Turn *turn, const char *question) {
    turn_init(turn, rig);
    turn->attach = path;
    turn->question = turn->query = str_from(question);
}

static void passages_come_by_what_they_share_with_the_question(void **state) {
    static SearchHit from_store = {.file_id = 7, .score = 1, .title = "", .context = ""};
    Err err;
    Turn turn;
    begin(&turn, "Who serviced the boiler?");
    turn.found = (SearchResults){.hits = &from_store, .n = 1};
    if (attach_passages(&turn, &err) != OK) fail_msg("%s", err.message);
    assert_true(turn.found.n > 10);
    const SearchHit *best = &turn.found.hits[0], *last = &turn.found.hits[turn.found.n - 1];
    assert_true(str_find(best->text, STR("serviced by Ann Li"), 0) != SIZE_MAX);
    assert_int_equal(best->file_id, TURN_ATTACHED);
    assert_true(best->score > 1.99F && best->score < 2.01F);
    assert_int_equal(last->file_id, 7); /* what a search found stands behind */
    for (size_t i = 1; i < turn.found.n; i++) {
        assert_true(turn.found.hits[i - 1].score >= turn.found.hits[i].score);
    }
    size_t at = str_find(best->text, STR("The boiler"), 0);
    assert_int_equal(search_hit_line(best, best->start + at), 2 * FILLERS + 3);
    turn_fini(&turn);
}

static void a_question_about_all_of_it_keeps_the_order(void **state) {
    Err err;
    Turn turn;
    begin(&turn, "Summarise!");
    if (attach_passages(&turn, &err) != OK) fail_msg("%s", err.message);
    for (size_t i = 1; i < turn.found.n; i++) {
        assert_true(turn.found.hits[i - 1].end <= turn.found.hits[i].start);
        assert_true(prompt_comes_close(&turn, i));
    }
    turn_fini(&turn);
}

static void what_is_no_file_with_text_is_refused(void **state) {
    static const char *const bad[] = {"/tmp", "/dev/null", "/tmp/hearth-no-such-file", ""};
    Err err;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        Turn turn;
        begin(&turn, "Who serviced the boiler?");
        turn.attach = bad[i];
        Status status = attach_passages(&turn, &err);
        if (status == OK || !err.message[0]) fail_msg("taken: %s", bad[i]);
        assert_int_equal(turn.found.n, 0);
        turn_fini(&turn);
    }
}

static void memory_that_runs_out_is_told(void **state) {
    Status status = E_NO_MEMORY;
    for (uint64_t n = 1; n < 1000 && status != OK; n++) {
        Err err;
        Turn turn;
        uint64_t before = mem_live_blocks();
        begin(&turn, "Who serviced the boiler?");
        mem_fail_at(n);
        status = attach_passages(&turn, &err);
        mem_fail_at(0);
        if (status != OK && status != E_NO_MEMORY) fail_msg("%d: %s", (int)status, err.message);
        turn_fini(&turn);
        assert_true(mem_live_blocks() <= before + 8); /* the extractor's own, kept by the rig */
    }
    assert_int_equal(status, OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passages_come_by_what_they_share_with_the_question),
        cmocka_unit_test(a_question_about_all_of_it_keeps_the_order),
        cmocka_unit_test(what_is_no_file_with_text_is_refused),
        cmocka_unit_test(memory_that_runs_out_is_told),
    };
    return cmocka_run_group_tests_name("attach", tests, make_file, drop_file);
}
