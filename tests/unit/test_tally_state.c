/*
 * Promises of columns of states (turn/tally_state.c) and of lists of boxes (turn/tally_table.c): a
 * question for what is not paid or not done finds the one column that tells, or none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "turn/tally.h"

static Arena arena;

static int make_arena(void **state) {
    arena_init(&arena, 64 << 20);
    return 0;
}

static int drop_arena(void **state) {
    arena_fini(&arena);
    return 0;
}

/* Its bytes end where the memory does, so that a byte read behind them is seen. */
static char *copy_of(const char *text, Str *out) {
    size_t n = strlen(text);
    char *bytes = malloc(n + !n);
    assert_non_null(bytes);
    memcpy(bytes, text, n);
    *out = (Str){bytes, n};
    return bytes;
}

/* How many rows of the first table are chosen; -1: no column of states is asked for. `named`: a
   column that the question names. */
static int chosen(const char *question, const char *text, int named) {
    Str all, asked;
    char *bytes = copy_of(text, &all), *words_of = copy_of(question, &asked);
    bool names[TALLY_COLUMNS_MAX] = {false};
    TallyTable table;
    TallyWords words;
    TallyState at;
    size_t from = 0;
    int n = 0;
    if (named >= 0) names[named] = true;
    assert_int_equal(tally_next_table(&arena, all, &from, &table, NULL), OK);
    assert_true(table.n > 1);
    assert_int_equal(tally_words(&arena, asked, &words, NULL), OK);
    assert_int_equal(tally_state(&arena, &table, &words, names, &at, NULL), OK);
    bool found = at.column < TALLY_COLUMNS_MAX;
    for (size_t i = 1; found && i < table.n; i++) {
        n += tally_state_done(&table.rows[i], &at) == at.wants;
    }
    free(bytes);
    free(words_of);
    return found ? n : -1;
}

static const char members[] = "Name | Paid | Late\nAnn | yes | no\nBo | NO | no\nCy | no | yes";
static const char tasks[] = "Task | Status\nroof | done\npump | in progress\nsign | Done on 3 May\n"
                            "gate | donut";

static void a_named_column_of_yes_and_no_chooses_rows(void **state) {
    assert_int_equal(chosen("who has paid", members, 1), 1);
    assert_int_equal(chosen("who has not paid", members, 1), 2);
    assert_int_equal(chosen("wer hat nicht bezahlt", members, 1), 2);
    assert_int_equal(chosen("for whom is it missing", members, 1), 2);
}

static void what_is_open_is_not_yet_paid_or_done(void **state) {
    assert_int_equal(chosen("which are open", members, -1), 2);
    assert_int_equal(chosen("who owes us", members, -1), 2);
    assert_int_equal(chosen("which are unfinished", members, -1), -1); /* of work it says nothing */
    assert_int_equal(chosen("which are not done", tasks, -1), 2);
    assert_int_equal(chosen("what is left", tasks, -1), 2);
    assert_int_equal(chosen("what is not paid", tasks, -1), -1);
    assert_int_equal(chosen("which are done", tasks, -1), -1); /* cells say that themselves */
    assert_int_equal(chosen("which are there", tasks, -1), -1);
}

static void cells_that_say_the_word_are_asked_themselves(void **state) {
    const char *said = "Task | Status\nroof | done\npump | open\nsign | ordered";
    assert_int_equal(chosen("which are open", said, -1), -1);
    assert_int_equal(chosen("which are not done", said, -1), 2);
}

static void two_columns_that_tell_are_none(void **state) {
    const char *two = "Task | Status | Done\nroof | done | yes\npump | open | no";
    assert_int_equal(chosen("which are unfinished", two, -1), -1);
}

static void boxes_of_markdown_are_rows_that_are_done_or_not(void **state) {
    const char *list = "# Roof\n- [x] tiles\n\nLater:\n  * [ ] gutter\n+ [X] nails\n- [] no box\n"
                       "- [ ]no box\n- [ ] ";
    assert_int_equal(chosen("what is left", list, -1), 1);
    assert_int_equal(chosen("what is left", "- [ ] a", -1), 1);
}

static void a_list_of_boxes_ends_before_a_table_of_bars(void **state) {
    Str text;
    char *bytes = copy_of("Yard\n- [ ] sweep\nprose\nA | B\n1x | y\n- [x] rake", &text);
    TallyTable t;
    size_t at = 0;
    assert_int_equal(tally_next_table(&arena, text, &at, &t, NULL), OK);
    assert_int_equal(t.n, 2);
    assert_true(str_eq_c(t.heading, "Yard"));
    assert_true(str_eq_c(tally_row_text(&t.rows[1], text), "[ ] sweep"));
    assert_int_equal(tally_next_table(&arena, text, &at, &t, NULL), OK);
    assert_true(str_eq_c(t.rows[0].cells[0], "A"));
    assert_int_equal(tally_next_table(&arena, text, &at, &t, NULL), OK);
    assert_true(str_eq_c(t.rows[1].cells[0], "rake"));
    assert_int_equal(tally_next_table(&arena, text, &at, &t, NULL), OK);
    assert_int_equal(t.n, 0);
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_named_column_of_yes_and_no_chooses_rows),
        cmocka_unit_test(what_is_open_is_not_yet_paid_or_done),
        cmocka_unit_test(cells_that_say_the_word_are_asked_themselves),
        cmocka_unit_test(two_columns_that_tell_are_none),
        cmocka_unit_test(boxes_of_markdown_are_rows_that_are_done_or_not),
        cmocka_unit_test(a_list_of_boxes_ends_before_a_table_of_bars),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
