/*
 * Promises of turn/parts.h and api/joint.h: several questions in one are told apart where both
 * sides are whole, and their answers become one whose numbers and words agree with what was shown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "api/joint.h"

/* The parts with "|" between them. */
static void expect(const char *question, const char *expected) {
    Str parts[PARTS_MAX];
    Buf all;
    size_t n = parts_split(str_from(question), parts);
    buf_init(&all, 1000);
    for (size_t i = 0; i < n; i++) {
        if (i) buf_add_byte(&all, '|');
        buf_add_str(&all, parts[i]);
    }
    buf_add_byte(&all, 0);
    assert_string_equal(all.p, expected);
    buf_fini(&all);
}

static void whole_questions_are_parted(void **state) {
    (void)state;
    expect("Who keeps the key and when does the hall open?",
           "Who keeps the key|when does the hall open?");
    expect("Who keeps the key? How long is it lent? And to whom is it given?",
           "Who keeps the key?|How long is it lent?|to whom is it given?");
    expect("Wann endet der Vertrag und wie hoch ist die Kaution?",
           "Wann endet der Vertrag|wie hoch ist die Kaution?");
    expect("Wann öffnet der Laden und was kostet ein Kurs?",
           "Wann öffnet der Laden|was kostet ein Kurs?");
    expect("会费是多少，今年的运动会是几号开始？", "会费是多少|今年的运动会是几号开始？");
    expect("钥匙在谁那里？另外门几点开？", "钥匙在谁那里？|门几点开？");
}

static void what_is_one_question_stays_one(void **state) {
    static const char *const whole[] = {
        "When and where was the chair bought?",
        "Which rooms and which parts of the garden are mine?",
        "Wie viele Zimmer und wie viele Bäder hat das Haus?",
        "What is the difference between what is lent and what is sold?",
        "Who sings \"what is love and what is pain\"?",
        "What is allowed and what is not?",
        "I lost my key. What do I do?",
        "What is 3 + 4? A. 7 B. 8",
        "Really? And when?",
        "How high is the deposit and to whom is it paid?",
        "Who keeps the key and who has one?",
        "会费是多少，什么时候交？", "炉温最高是多少，升温速度是多少？",
        "Do you know who comes and when he arrives?",
        "Is it open? Is it warm? Is it dry? Is it free?",
        "如果迟到了会怎么样？",
        "我不知道该怎么办，该怎么说？",
        "会议什么时候、在哪里开？", "", "?", "？", " and ", "，", NULL};
    (void)state;
    for (const char *const *q = whole; *q; q++) expect(*q, *q);
}

static void a_part_ends_with_a_question_mark(void **state) {
    static const char *const pairs[][2] = {
        {"who pays", "who pays?"}, {"who pays,", "who pays?"}, {"who pays?", "who pays?"},
        {"会费是多少", "会费是多少？"}, {"会费是多少？", "会费是多少？"}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        Arena arena;
        Str out;
        Err err;
        arena_init(&arena, 1000);
        assert_int_equal(parts_end(&arena, str_from(pairs[i][0]), &out, &err), OK);
        assert_true(str_eq_c(out, pairs[i][1]));
        arena_fini(&arena);
    }
}

/* ---- answers --------------------------------------------------------------------------------- */

static void hear(void *user, const char *text, size_t n) { buf_add(user, text, n); }

/* Speaks as answers.c does while a part is written. */
static void speak(Joint *joint, Buf *shown, const hearth_answer *answer) {
    buf_add_str(shown, joint_between(joint, str_from(answer->answer).n));
    buf_add_c(shown, answer->answer);
}

static const hearth_citation near_key[] = {{.n = 1, .quote = "the key"}};
static const hearth_citation near_hall[] = {{.n = 1, .quote = "the hall"},
                                            {.n = 2, .quote = "the door"}};
static const int first[] = {1}, second[] = {2};
static const hearth_sentence of_key[] = {{"Ida keeps it.", first, 1}};
static const hearth_sentence of_hall[] = {{"It opens at 8.", second, 1}, {"Maybe.", NULL, 0}};

static const hearth_answer key = {
    .answer = "Ida keeps it.", .found = true, .language = "en", .citations = near_key,
    .n_citations = 1, .sentences = of_key, .n_sentences = 1, .notice = "slow",
    .timings = {.total_ms = 2, .first_word_ms = 1}};
static const hearth_answer hall = {
    .answer = "It opens at 8. Maybe.", .found = true, .language = "en", .citations = near_hall,
    .n_citations = 2, .sentences = of_hall, .n_sentences = 2, .notice = "slow",
    .timings = {.total_ms = 3, .first_word_ms = 2}};
static const hearth_answer none = {.answer = "The documents do not answer this.",
                                   .language = "en", .citations = near_hall, .n_citations = 2,
                                   .timings = {.total_ms = 5}};

/* Asks them in a row and looks at what was shown and at the whole. */
static void join(const hearth_answer *a, const hearth_answer *b, Arena *arena, Buf *shown,
                 hearth_answer *out) {
    const hearth_answer *given[] = {a, b};
    const Str questions[] = {STR("Who keeps the key?"), STR("when does it open?")};
    hearth_answer parts[2];
    hearth_ask_options options = {.on_text = hear, .user = shown};
    Joint joint;
    Err err;
    joint_init(&joint);
    buf_init(shown, 1000);
    for (size_t i = 0; i < 2; i++) {
        parts[i] = *given[i];
        if (parts[i].found) speak(&joint, shown, &parts[i]);
        assert_int_equal(joint_add(&joint, questions[i], &parts[i], &err), OK);
    }
    assert_int_equal(joint_end(&joint, questions, parts, &options, arena, out, &err), OK);
    buf_add_byte(shown, 0);
    joint_fini(&joint);
}

/* Of the second part words are shown that do not stand, with what was refused before them. */
static void what_does_not_stand_is_taken_back(void **state) {
    const Str questions[] = {STR("Who keeps the key?"), STR("when?"), STR("where?")};
    const hearth_answer *said[] = {&key, &hall, &hall};
    const hearth_answer *given[] = {&none, &none, &hall};
    hearth_answer parts[3], out;
    Buf shown;
    Joint joint;
    Arena arena;
    Err err;
    (void)state;
    arena_init(&arena, 1 << 16);
    buf_init(&shown, 1000);
    joint_init(&joint);
    hearth_ask_options options = {.on_text = hear, .user = &shown};
    for (size_t i = 0; i < 3; i++) {
        parts[i] = *given[i];
        assert_int_equal(joint_take_back(&joint), shown.n); /* nothing was said yet */
        speak(&joint, &shown, said[i]);
        assert_int_equal(joint.told, shown.n);
        if (!parts[i].found) shown.n = joint_take_back(&joint);
        assert_int_equal(joint_add(&joint, questions[i], &parts[i], &err), OK);
    }
    assert_int_equal(joint_end(&joint, questions, parts, &options, &arena, &out, &err), OK);
    buf_add_byte(&shown, 0);
    assert_string_equal(shown.p, "Who keeps the key? The documents do not answer this.\n\n"
                                 "when? The documents do not answer this.\n\n"
                                 "It opens at 8. Maybe.");
    assert_string_equal(out.answer, shown.p);
    joint_fini(&joint);
    buf_fini(&shown);
    arena_fini(&arena);
}

/* Of a page that was pasted its beginning is said again; whole it would fill the buffers. */
static void a_long_question_that_is_refused_is_named_by_its_beginning(void **state) {
    enum { LONG = 200000 };
    char *text = malloc(LONG);
    Joint joint;
    Err err;
    (void)state;
    assert_non_null(text);
    memset(text, 'x', LONG);
    joint_init(&joint);
    assert_int_equal(joint_add(&joint, (Str){text, LONG}, &none, &err), OK);
    Str between = joint_between(&joint, 1);
    assert_in_range(between.n, 100, 1000);
    assert_true(str_starts(between, STR("xxxx")) &&
                str_ends(between, STR("x ... The documents do not answer this.\n\n")));
    joint_fini(&joint);
    free(text);
}

static void numbers_go_on_and_times_add_up(void **state) {
    Arena arena;
    Buf shown;
    hearth_answer out;
    (void)state;
    arena_init(&arena, 1 << 16);
    join(&key, &hall, &arena, &shown, &out);
    assert_string_equal(shown.p, "Ida keeps it.\n\nIt opens at 8. Maybe.");
    assert_string_equal(out.answer, shown.p);
    assert_true(out.found);
    assert_int_equal(out.n_citations, 3);
    assert_int_equal(out.citations[2].n, 3);
    assert_string_equal(out.citations[2].quote, "the door");
    assert_int_equal(out.n_sentences, 3);
    assert_int_equal(out.sentences[0].citations[0], 1);
    assert_int_equal(out.sentences[1].citations[0], 3);
    assert_int_equal(out.sentences[2].n_citations, 0);
    assert_string_equal(out.notice, "slow");
    assert_true(out.timings.total_ms > 4.9 && out.timings.total_ms < 5.1);
    assert_true(out.timings.first_word_ms < 1.1);
    buf_fini(&shown);
    arena_fini(&arena);
}

static void what_was_not_answered_is_named(void **state) {
    Arena arena;
    Buf shown;
    hearth_answer out;
    (void)state;
    arena_init(&arena, 1 << 16);
    join(&none, &hall, &arena, &shown, &out);
    assert_string_equal(shown.p, "Who keeps the key? The documents do not answer this.\n\n"
                                 "It opens at 8. Maybe.");
    assert_string_equal(out.answer, shown.p);
    assert_int_equal(out.n_citations, 2);
    assert_int_equal(out.sentences[0].citations[0], 2);
    buf_fini(&shown);
    join(&key, &none, &arena, &shown, &out);
    assert_string_equal(shown.p, "Ida keeps it.\n\n"
                                 "when does it open? The documents do not answer this.");
    assert_string_equal(out.answer, shown.p);
    assert_int_equal(out.n_citations, 1);
    buf_fini(&shown);
    join(&none, &none, &arena, &shown, &out);
    assert_string_equal(shown.p, "");
    assert_string_equal(out.answer, none.answer);
    assert_false(out.found);
    assert_int_equal(out.n_citations, 2);
    assert_int_equal(out.n_sentences, 0);
    buf_fini(&shown);
    arena_fini(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_questions_are_parted),
        cmocka_unit_test(what_is_one_question_stays_one),
        cmocka_unit_test(a_part_ends_with_a_question_mark),
        cmocka_unit_test(what_does_not_stand_is_taken_back),
        cmocka_unit_test(a_long_question_that_is_refused_is_named_by_its_beginning),
        cmocka_unit_test(numbers_go_on_and_times_add_up),
        cmocka_unit_test(what_was_not_answered_is_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
