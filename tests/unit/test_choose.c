/*
 * Promises of model/choose: a forced table is taken as it is, a measured answer is kept and found
 * again, and a file that says anything else than a good answer counts for nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/frame.h"
#include "base/mem.h"
#include "model/choose.h"

static char dir[64], path[96];

static int make_dir(void **state) {
    (void)snprintf(dir, sizeof dir, "/tmp/hearth-choose-XXXXXX");
    if (!mkdtemp(dir)) return -1;
    (void)snprintf(path, sizeof path, "%s/kernels.choice", dir);
    return 0;
}

static int remove_dir(void **state) {
    (void)unlink(path);
    return rmdir(dir);
}

static Choice choose(const char *isa, const char *where) {
    Choice c;
    assert_int_equal(choose_kernels(isa, where, &c, NULL), OK);
    assert_non_null(c.kern);
    return c;
}

/* Does this machine have two tables to choose from, the reference not counted? */
static bool has_choice(void) { return kern_available(2) != NULL; }

static void forced_table_is_taken_and_nothing_is_written(void **state) {
    Choice c = choose("ref", dir);
    assert_string_equal(c.kern->name, "ref");
    assert_false(c.measured || file_exists(path));
    Err err;
    assert_int_equal(choose_kernels("mmx", dir, &c, &err), E_USAGE);
    assert_int_equal(err.code, E_USAGE);
}

/* Measurements are made until two agree; the table itself stays what the first one found. */
static void answer_is_measured_a_few_times_and_remembered(void **state) {
    enum { MOST = 3 };
    if (!has_choice()) skip();
    double start = clock_now_ms();
    Choice first = choose(NULL, dir), c = first;
    print_message("# %s, in %.1f ms\n", first.kern->name, clock_now_ms() - start);
    assert_true(first.measured && file_exists(path));
    assert_string_not_equal(first.kern->name, "ref");
    int n = 1;
    for (; n <= MOST; n++) {
        c = choose("auto", dir);
        assert_memory_equal(c.kern->name, first.kern->name, strcspn(first.kern->name, "-"));
        if (!c.measured) break;
    }
    assert_in_range(n, 1, MOST);
    for (int i = 0; i < 3; i++) {
        Choice later = choose(NULL, dir);
        assert_false(later.measured);
        assert_ptr_equal(later.kern, c.kern);
    }
}

/* The file's line for this program, made to say `ways`. */
static void write_answer(const char *ways) {
    char line[128];
    Frame frame;
    assert_int_equal(frame_open(path, "kernels", 2, FRAME_CHECK_ALL, &frame, NULL), OK);
    (void)snprintf(line, sizeof line, "%.17s%s\n", (const char *)frame.payload, ways);
    frame_close(&frame);
    assert_int_equal(frame_put(path, "kernels", 2, str_from(line), NULL), OK);
}

/* Ways to ask for weights are in the race, and what the file says of them counts. */
static void answer_may_name_any_way_to_ask_for_weights(void **state) {
    const Kernels *way = kern_available(0);
    if (!has_choice() || !kern_twin(way)) skip();
    (void)choose(NULL, dir);
    for (; way; way = kern_twin(way)) {
        char ways[64];
        (void)snprintf(ways, sizeof ways, "%s %s", way->name, way->name);
        write_answer(ways);
        Choice c = choose(NULL, dir);
        assert_false(c.measured);
        assert_ptr_equal(c.kern, way);
    }
}

/* Two that disagree are followed by a third, and then it is settled, by the last one if need be. */
static void measurements_that_disagree_are_followed_by_one_more(void **state) {
    const Kernels *table = kern_available(0), *twin = kern_twin(table);
    char ways[96];
    if (!has_choice() || !twin) skip();
    (void)choose(NULL, dir);
    (void)snprintf(ways, sizeof ways, "%s %s", table->name, twin->name);
    write_answer(ways);
    assert_true(choose(NULL, dir).measured);
    assert_false(choose(NULL, dir).measured);
    if (!kern_twin(twin)) return;
    (void)snprintf(ways, sizeof ways, "%s %s %s", table->name, kern_twin(twin)->name, twin->name);
    write_answer(ways);
    Choice c = choose(NULL, dir);
    assert_false(c.measured);
    assert_ptr_equal(c.kern, twin);
}

static void an_answer_that_mixes_tables_or_has_too_many_counts_for_nothing(void **state) {
    const Kernels *table = kern_available(0);
    char ways[96];
    if (!has_choice()) skip();
    (void)choose(NULL, dir);
    (void)snprintf(ways, sizeof ways, "%s %s", table->name, kern_available(1)->name);
    write_answer(ways);
    assert_true(choose(NULL, dir).measured);
    (void)snprintf(ways, sizeof ways, "%s %s %s %s", table->name, table->name, table->name,
                   table->name);
    write_answer(ways);
    assert_true(choose(NULL, dir).measured);
    write_answer("");
    assert_true(choose(NULL, dir).measured);
}

/* What other builds that share the home wrote stays beside this one's answer, the newest of it. */
static void answers_of_other_builds_are_kept_up_to_a_number(void **state) {
    if (!has_choice()) skip();
    enum { OTHERS = 12, KEPT = 7 };
    Buf lines;
    Frame frame;
    buf_init(&lines, 4096);
    for (int i = 0; i < OTHERS; i++) buf_printf(&lines, "%016x avx2\n", i);
    assert_int_equal(frame_put(path, "kernels", 2, buf_str(&lines), NULL), OK);
    assert_true(choose(NULL, dir).measured);
    assert_int_equal(frame_open(path, "kernels", 2, FRAME_CHECK_ALL, &frame, NULL), OK);
    Str got = {(const char *)frame.payload, frame.payload_bytes};
    size_t own = str_find(got, STR("\n"), 0) + 1;
    assert_true(str_eq(str_sub(got, own, got.n), str_sub(buf_str(&lines), 0, KEPT * 22)));
    frame_close(&frame);
    buf_fini(&lines);
}

static void damaged_or_foreign_answer_is_measured_anew(void **state) {
    if (!has_choice()) skip();
    Buf was;
    buf_init(&was, 1 << 16);
    (void)choose(NULL, dir);
    assert_int_equal(file_read(path, &was, NULL), OK);
    for (size_t at = 0; at < was.n; at += at < 128 ? 13 : 501) {
        was.p[at] = (char)(was.p[at] ^ 0x10);
        assert_int_equal(file_replace(path, (Str){was.p, was.n}, 0600, NULL), OK);
        Choice c = choose(NULL, dir);
        assert_true(c.measured);
        assert_string_not_equal(c.kern->name, "ref");
        was.p[at] = (char)(was.p[at] ^ 0x10);
    }
    assert_int_equal(file_replace(path, STR("avx2"), 0600, NULL), OK);
    assert_true(choose(NULL, dir).measured);
    buf_fini(&was);
}

static void folder_that_cannot_be_written_is_no_error(void **state) {
    assert_false(choose(NULL, NULL).measured);
    assert_ptr_equal(choose(NULL, NULL).kern, kern_available(0));
    (void)choose(NULL, "/proc/no-such-folder");
    assert_false(file_exists("/proc/no-such-folder"));
}

static void lack_of_memory_is_reported_or_survived(void **state) {
    for (int n = 1; n < 12; n++) {
        Choice c = {0};
        Err err = {0};
        (void)unlink(path);
        mem_fail_at(n);
        Status status = choose_kernels(NULL, dir, &c, &err);
        mem_fail_at(0);
        assert_true(status == OK ? c.kern != NULL : status == E_NO_MEMORY);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(forced_table_is_taken_and_nothing_is_written, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(answer_is_measured_a_few_times_and_remembered,
                                        make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(answer_may_name_any_way_to_ask_for_weights, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(measurements_that_disagree_are_followed_by_one_more,
                                        make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(
            an_answer_that_mixes_tables_or_has_too_many_counts_for_nothing, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(answers_of_other_builds_are_kept_up_to_a_number, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(damaged_or_foreign_answer_is_measured_anew, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(folder_that_cannot_be_written_is_no_error, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(lack_of_memory_is_reported_or_survived, make_dir,
                                        remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
