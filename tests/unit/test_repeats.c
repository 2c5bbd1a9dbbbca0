/*
 * Promises of repeats.h: words are known again over blanks, marks and capitals, in whatever
 * pieces their source comes; what only shares a phrase is not taken for a copy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "turn/repeats.h"

static const char diary[] =
    "The therapist is visited each Thursday at noon. The treatment concerns a fear of open water, "
    "which began after the accident on the lake. The sessions cost ninety crowns, paid in cash.\n";

/* Does the text repeat the source, when it comes in pieces of so many bytes? */
static bool repeats_in_pieces(const char *text, const char *source, size_t piece) {
    Repeats repeats;
    RepeatsSource from;
    Str texts[] = {STR("Some other text."), str_from(text), STR("")};
    assert_int_equal(repeats_init(&repeats, texts, 3, NULL), OK);
    repeats_source_init(&from, &repeats);
    for (Str rest = str_from(source); rest.n;) {
        Str part = utf8_cut(rest, piece);
        repeats_source_add(&from, part);
        rest = str_sub(rest, part.n, rest.n);
    }
    bool met = repeats_source_met(&from);
    repeats_fini(&repeats);
    return met;
}

static bool repeats_it(const char *text, const char *source) {
    bool met = repeats_in_pieces(text, source, SIZE_MAX);
    assert_int_equal(repeats_in_pieces(text, source, 7), met);
    return met;
}

static void words_are_known_again_whatever_stands_between_them(void **state) {
    static const char *const copies[] = {
        diary,
        "# Notes\n\nthe THERAPIST is visited each thursday at noon - the treatment concerns a fear "
        "of open water, which began after the accident on the lake. More to come.",
        "* The treatment **concerns** a fear\r\n of  open water, which began after the accident "
        "on\tthe lake. * The sessions cost ninety crowns, paid in cash!",
        "Dear Sir, I wrote: \"is visited each Thursday at noon. The treatment concerns a fear of "
        "open water, which began after the accident on the lake\" and so on.",
    };
    (void)state;
    for (size_t i = 0; i < sizeof copies / sizeof *copies; i++) {
        if (!repeats_it(copies[i], diary)) fail_msg("copy %zu", i);
    }
}

static void a_shared_phrase_is_no_copy(void **state) {
    static const char *const others[] = {
        "", "The therapist is visited each Friday in the morning, and the garden is watered.",
        "A fear of open water, which began after a storm, is common among sailors of that coast.",
        "The sessions cost ninety crowns, paid by card. The accident on the lake was in May.",
    };
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (repeats_it(others[i], diary)) fail_msg("text %zu", i);
    }
}

/* At each place of the text, since windows begin at few of them. */
static void a_run_is_found_wherever_it_begins(void **state) {
    static const char run[] = "q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h6j7k8l9z0x1c2v3b4n5m6q7w8e9r0t1y2u3i4"
                              "o5p6a7s8d9f0g1h2j3k4l5z6x7c8";
    char text[400];
    (void)state;
    assert_int_equal(sizeof run - 1, REPEATS_RUN);
    for (size_t before = 0; before < 200; before++) {
        memset(text, 'e', before);
        memcpy(text + before, run, sizeof run);
        if (!repeats_it(text, "And then: q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h6j7k8l9z0x1c2v3b4n5m6q7w8e9"
                              "r0t1y2u3i4o5p6a7s8d9f0g1h2j3k4l5z6x7c8, which was all.")) {
            fail_msg("behind %zu letters", before);
        }
    }
}

static void a_short_source_counts_as_a_whole(void **state) {
    (void)state;
    assert_true(repeats_it("Mind: dr weiss, thursday 10:00, room of the clinic. Bye.",
                           "Dr. Weiss\nThursday 10.00\nroom of the clinic\n"));
    assert_false(repeats_it("Dr. Weiss, Friday 10:00, room of the clinic",
                            "Dr. Weiss\nThursday 10.00\nroom of the clinic\n"));
    assert_false(repeats_it("Kind regards, Anna, and more", "Kind regards, Anna"));
    assert_false(repeats_it("anything", ""));
}

static void other_scripts_and_spellings_are_known_again(void **state) {
    (void)state;
    assert_true(repeats_it("摘录：治疗从三月开始，原因是湖上的事故，每周四中午去一次，费用用现金支付。完。",
                           "治疗从三月开始, 原因是湖上的事故,每周四 中午去一次,费用用现金支付!"));
    assert_false(repeats_it("治疗从三月开始，别的都不一样，花园每周一浇水，水管在玫瑰后面的棚子里。",
                            "治疗从三月开始，原因是湖上的事故，每周四中午去一次，费用用现金支付。"));
    /* "u" and a mark are "ü", a full-width digit is a digit */
    assert_true(repeats_it("Die Pru\xCC\x88" "fung am Dienstag um \xEF\xBC\x91\xEF\xBC\x90 Uhr",
                           "Die Pr\xC3\xBC" "fung am Dienstag um 10 Uhr"));
}

static void without_memory_it_says_so(void **state) {
    Str text = str_from(diary);
    (void)state;
    for (uint64_t n = 1;; n++) {
        Repeats repeats;
        mem_fail_at(n);
        Status status = repeats_init(&repeats, &text, 1, NULL);
        mem_fail_at(0);
        repeats_fini(&repeats);
        if (status == OK) break;
        assert_int_equal(status, E_NO_MEMORY);
    }
}

/* Also where more texts come behind the one that fills it. */
static void more_than_its_ceiling_is_refused(void **state) {
    enum { LETTERS = 17 << 20 };
    (void)state;
    char *letters = mem_alloc(LETTERS);
    assert_non_null(letters);
    memset(letters, 'a', LETTERS);
    Repeats repeats;
    Str texts[] = {{letters, LETTERS}, STR("b"), STR("c")};
    assert_int_equal(repeats_init(&repeats, texts, 3, NULL), E_LIMIT);
    repeats_fini(&repeats);
    mem_free(letters);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_known_again_whatever_stands_between_them),
        cmocka_unit_test(a_shared_phrase_is_no_copy),
        cmocka_unit_test(a_run_is_found_wherever_it_begins),
        cmocka_unit_test(a_short_source_counts_as_a_whole),
        cmocka_unit_test(other_scripts_and_spellings_are_known_again),
        cmocka_unit_test(without_memory_it_says_so),
        cmocka_unit_test(more_than_its_ceiling_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
