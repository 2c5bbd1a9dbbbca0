/*
 * Promises of the second look by meaning (turn/near.h) that need no trained model: when it is
 * taken, what a row is shown with, what counts as a yes, and that the quote takes the place of all
 * that was written. And of what an answer has from its question alone (turn/echo.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/mem.h"
#include "turn/echo.h"
#include "turn/near.h"

/* The head of the line of `text` that is `line`. */
static void expect_head(const char *text, const char *line, const char *head) {
    Str all = str_from(text);
    size_t at = str_find(all, str_from(line), 0);
    assert_true(at != SIZE_MAX);
    assert_true(str_eq_c(near_head(all, at, at + strlen(line)), head));
}

static void a_row_is_shown_with_the_first_of_its_table(void **state) {
    static const char table[] = "Prices\n\nGoods | Price\nbricks | 3\nsand | 9\n\n"
                                "Tools | Hire\nsaw | 5";
    (void)state;
    expect_head(table, "sand | 9", "Goods | Price");
    expect_head(table, "bricks | 3", "Goods | Price");
    expect_head(table, "saw | 5", "Tools | Hire");
    expect_head(table, "Goods | Price", ""); /* it is the first one */
    expect_head(table, "Prices", "");        /* no row */
    expect_head("品名 | 库存\n红砖 | 40", "红砖 | 40", "品名 | 库存");
    expect_head("a | b", "a | b", "");
    expect_head("\na | b", "a | b", "");
}

/* Is such a passage in the question's language? */
static bool same_language(const char *question, const char *passage) {
    Turn turn;
    turn_init(&turn, NULL);
    turn.question = str_from(question);
    assert_int_equal(turn_understand(&turn, NULL), OK);
    bool same = near_same_language(&turn, str_from(passage));
    turn_fini(&turn);
    return same;
}

static void languages_are_told_apart(void **state) {
    (void)state;
    assert_true(same_language("砖头还有几块？", "红砖库存四十块。"));
    assert_false(same_language("How many bricks are left?", "红砖库存四十块。"));
    assert_false(same_language("砖头还有几块？", "There are forty bricks in the yard."));
    assert_false(same_language("How many bricks are left?", "Es sind noch vierzig Ziegel da."));
    assert_false(same_language("Wie viele Ziegel sind noch da?", "There are forty in the yard."));
    assert_true(same_language("How many bricks are left?", "There are forty in the yard."));
    assert_true(same_language("Wie viele Ziegel sind da?", "Es sind noch vierzig auf dem Hof."));
}

/* Is the model asked about a sentence that is all of its passage? */
static bool may_look(const char *question, const char *sentence) {
    Turn turn;
    turn_init(&turn, NULL);
    turn.question = str_from(question);
    assert_int_equal(turn_understand(&turn, NULL), OK);
    bool may = near_may_look(&turn, str_from(sentence), str_from(sentence));
    turn_fini(&turn);
    return may;
}

static void in_its_own_language_prose_is_looked_at_in_english_and_nothing_in_german(void **state) {
    static const char english[] = "How many bricks are left?";
    static const char german[] = "Wie viele Ziegel sind noch da?";
    (void)state;
    assert_true(may_look(english, "There are forty in the yard."));
    assert_false(may_look(english, "2025年10月9日")); /* of a letter */
    assert_false(may_look("红砖还剩多少？", "2025-10-09"));
    assert_false(may_look(english, "bricks in the yard | 40"));
    assert_false(may_look(english, "How many are in the yard?"));
    assert_false(may_look(german, "Es sind noch vierzig auf dem Hof."));
    assert_false(may_look(german, "Ziegel auf dem Hof | 40 und der Preis"));
    assert_false(may_look(german, "There are forty in the yard."));
    assert_false(may_look("砖头还有几块？", "There are forty in the yard."));
    assert_true(may_look("砖头还有几块？", "红砖 | 40"));
    assert_false(may_look("砖头还有几块？", "红砖还有几块？"));
}

static void in_chinese_the_head_of_a_mail_and_a_title_are_not_looked_at(void **state) {
    static const char asked[] = "砖头还有几块？", passage[] = "红砖库存\n还有四十块";
    Turn turn;
    (void)state;
    assert_false(may_look(asked, "Date: Fri, 08 May 2026 08:30:00 +0800"));
    assert_false(may_look(asked, "To: 砖厂 <brick@yard.example>"));
    assert_true(may_look(asked, "Subject: 红砖还有四十块"));
    assert_false(may_look(asked, "王师傅："));
    assert_false(may_look(asked, "红砖库存"));
    assert_false(may_look(asked, "Bricks in the yard"));
    assert_true(may_look(asked, "红砖还有四十块。"));
    assert_true(may_look(asked, "红砖库存40块"));
    turn_init(&turn, NULL);
    turn.question = str_from(asked);
    assert_int_equal(turn_understand(&turn, NULL), OK);
    assert_false(near_may_look(&turn, str_from(passage), (Str){passage, 12}));
    assert_true(near_may_look(&turn, str_from(passage), (Str){passage + 13, 15}));
    turn_fini(&turn);
}

static void names_of_columns_are_no_row_that_answers(void **state) {
    Str table = STR("比赛\n项目 | 时间\n跳绳 | 9点\n");
    (void)state;
    assert_true(near_names_columns(table, 7, 22, false));
    assert_true(near_names_columns(table, 7, 22, true)); /* words stand above it */
    assert_false(near_names_columns(table, 23, 36, false));
    assert_false(near_names_columns(table, 0, 6, false)); /* no row */
    Str part = str_sub(table, 7, table.n);
    assert_true(near_names_columns(part, 0, 15, false));
    assert_false(near_names_columns(part, 0, 15, true)); /* of a longer table: it may be any */
    assert_false(near_names_columns(STR("跳绳 | 9点"), 0, 13, false)); /* alone, it says itself */
}

/* A model that says yes to all that it is shown has not found the answer. */
static void what_the_model_says_yes_to_besides_counts_against(void **state) {
    const double margins[] = {1.5, 3, -2};
    (void)state;
    assert_float_equal(near_less_others(2, margins, 3, 1), 1.25, 0.001);
    assert_float_equal(near_less_others(2, margins, 3, 0), 0.5, 0.001);
    assert_float_equal(near_less_others(2, margins + 1, 2, 0), 2, 0.001);
    assert_float_equal(near_less_others(2, margins, 0, 0), 2, 0.001);
}

static void a_chinese_sentence_is_long_later_than_an_english_one(void **state) {
    (void)state;
    assert_int_equal(near_too_long(STR("There are forty.")), 16);
    assert_int_equal(near_too_long(STR("还有四十块。")), 0);
    assert_int_equal(near_too_long(STR("还有四十块，都在院子里，门口左边一堆，右边一堆，后面盖着油布的那"
                                       "一堆已经卖给了别人。")), 26);
    assert_int_equal(near_too_long(STR("")), 0);
}

enum { UNKNOWN, YES, NO, HAS, HAS_NOT, END, WORDS };

/* The words of yes and no, one token each, but for capitals. */
static Vocab *words_vocab(void) {
    static const Str tokens[WORDS] = {{"<unk>", 5}, {"yes", 3},    {"no", 2},
                                      {"有", 3},    {"没有", 6},   {"<end>", 5}};
    static const int32_t types[WORDS] = {TOKEN_UNKNOWN, TOKEN_USER, TOKEN_USER,
                                         TOKEN_USER,    TOKEN_USER, TOKEN_CONTROL};
    static const float scores[WORDS] = {0};
    Vocab *vocab = NULL;
    Err err;
    VocabSpec spec = vocab_spec_default();
    spec.model = STR("llama");
    spec.tokens = tokens;
    spec.n_tokens = WORDS;
    spec.types = (const uint8_t *)types;
    spec.scores = (const uint8_t *)scores;
    spec.unk = UNKNOWN;
    spec.eos = END;
    if (vocab_new(&spec, &vocab, &err) != OK) fail_msg("%s", err.message);
    return vocab;
}

static void the_margin_lies_between_yes_and_no(void **state) {
    Err err;
    double margin;
    Vocab *vocab = words_vocab();
    float logits[WORDS] = {-90, 5, 2, -1, 3, 0};
    (void)state;
    assert_int_equal(near_margin(vocab, logits, false, &margin, &err), OK);
    assert_float_equal(margin, 3, 0.001);
    assert_int_equal(near_margin(vocab, logits, true, &margin, &err), OK);
    assert_float_equal(margin, -4, 0.001);
    logits[YES] = NAN;
    assert_int_equal(near_margin(vocab, logits, false, &margin, &err), OK);
    assert_false(margin > 0); /* and nothing is quoted */
    vocab_free(vocab);
}

static void the_margin_reports_memory_that_ran_out(void **state) {
    Vocab *vocab = words_vocab();
    float logits[WORDS] = {0, 1, 0, 0, 0, 0};
    Err err;
    double margin;
    Status status = E_NO_MEMORY;
    (void)state;
    for (uint64_t n = 1; n < 100 && status != OK; n++) {
        mem_fail_at(n);
        status = near_margin(vocab, logits, true, &margin, &err);
        mem_fail_at(0);
        assert_true(status == OK || status == E_NO_MEMORY);
    }
    assert_int_equal(status, OK);
    vocab_free(vocab);
}

static void add_piece(void *user, Str piece) {
    buf_add_str(user, piece);
}

/* What the model wrote is gone, but for what was shown; the quote alone is the answer. */
static void the_quote_stands_instead_of_what_was_written(void **state) {
    static const char text[] = "The yard is locked at night. Forty bricks are left.";
    SearchHit hit = {.text = str_from(text), .path = STR("/d/yard.txt"), .start = 100};
    VerifySpan span = {0, 29, sizeof text - 1, 0.9};
    Err err;
    Buf seen;
    Turn turn;
    (void)state;
    buf_init(&seen, 1000);
    turn_init(&turn, NULL);
    turn.question = STR("What is there?");
    turn.sink = (TurnSink){.text = add_piece, .user = &seen};
    assert_int_equal(turn_admit(&turn, &err), OK);
    turn.found = (SearchResults){.hits = &hit, .n = 1};
    turn.model = "m";
    turn.model_refused = true;
    turn.near = 2;
    buf_add_c(&turn.text, "Ten.");
    assert_int_equal(cite_instead(&turn, &span, &err), OK);
    assert_true(decide_answered(&turn));
    assert_int_equal(turn.n_sentences, 1);
    assert_int_equal(turn.n_citations, 1);
    assert_int_equal(turn.citations[0].start, 129);
    assert_true(str_eq_c(buf_str(&turn.text), "The documents say: Forty bricks are left."));
    assert_true(str_eq(buf_str(&seen), buf_str(&turn.text)));
    turn.consulted = true; /* what an endpoint writes has to find its own support */
    turn.n_supported = 0;
    assert_false(decide_answered(&turn));
    turn_fini(&turn);
    buf_fini(&seen);
}

/* "sand | 9" alone does not say what is nine. */
static void a_quoted_row_has_the_names_of_its_columns_before_it(void **state) {
    static const char text[] = "Goods | Price\nbricks | 3\nsand | 9";
    SearchHit hit = {.text = str_from(text), .path = STR("/d/yard.txt")};
    VerifySpan span = {0, sizeof text - 1 - strlen("sand | 9"), sizeof text - 1, 0.9};
    Err err;
    Turn turn;
    (void)state;
    turn_init(&turn, NULL);
    turn.question = STR("What is there?");
    assert_int_equal(turn_admit(&turn, &err), OK);
    turn.found = (SearchResults){.hits = &hit, .n = 1};
    turn.near = 2;
    assert_int_equal(cite_instead(&turn, &span, &err), OK);
    assert_true(str_eq_c(buf_str(&turn.text), "The documents say: Goods | Price: sand | 9"));
    assert_true(str_eq_c(turn.citations[0].quote, "sand | 9"));
    hit.start = 100; /* "Goods | Price" may be goods, too: the table may have begun before */
    assert_int_equal(cite_instead(&turn, &span, &err), OK);
    assert_true(str_eq_c(buf_str(&turn.text), "The documents say: sand | 9"));
    turn_fini(&turn);
}

static void a_line_of_a_list_is_one_sentence(void **state) {
    static const struct {
        const char *text, *sentence, *line;
    } rows[] = {{"Trip\n- A farm. Cash only.\n- A tent.", "- A farm.", "- A farm. Cash only."},
                {"- A farm. Cash only.", "- A farm.", "- A farm. Cash only."},
                {"A farm. Cash only.", "A farm.", "A farm."},
                {"Trip - A farm. Cash only.", "- A farm.", "- A farm."},
                {"- A farm\nCash only.", "- A farm\nCash only.", "- A farm\nCash only."}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        Str text = str_from(rows[i].text);
        size_t start = str_find(text, str_from(rows[i].sentence), 0);
        size_t end = near_line(text, start, start + strlen(rows[i].sentence));
        if (!str_eq_c(str_sub(text, start, end), rows[i].line)) fail_msg("%s", rows[i].text);
    }
    char wide[600] = "- A farm. ";
    memset(wide + 10, 'x', sizeof wide - 11);
    assert_int_equal(near_line(str_from(wide), 0, 9), 9);
}

static void the_middle_margin_is_neither_the_least_nor_the_greatest(void **state) {
    (void)state;
    assert_float_equal(near_middle((double[]){2}, 1), 2, 0);
    assert_float_equal(near_middle((double[]){2, 5}, 2), 5, 0);
    assert_float_equal(near_middle((double[]){2, 9, 5}, 3), 5, 0);
    assert_float_equal(near_middle((double[]){5, 5, 1}, 3), 5, 0);
    assert_float_equal(near_middle((double[]){1, 1, 5}, 3), 1, 0);
    assert_true(isnan(near_middle((double[]){NAN, NAN, NAN}, 3)));
}

static void nouns_of_a_question_say_which_thing_is_meant(void **state) {
    static const struct {
        const char *question, *first, *second; /* NULL: there is none */
    } rows[] = {{"How much does she charge for weekends?", "weekends", NULL},
                {"What is the price for members of the club?", "members", "club"},
                {"Who is in the garden at night?", "garden", "night"},
                {"How long may I stay in a big red tent?", "tent", NULL},
                {"When does the tour for the children start?", "tour", NULL}, /* "children start" */
                {"What does it cost in total?", NULL, NULL},
                {"How many came in 2026?", NULL, NULL},
                {"What is the fee?", NULL, NULL},
                {"Wann kommt der Glaser ins Wohnzimmer?", "glaser", "wohnzimmer"},
                {"Sind Hunde in der Wohnung erlaubt?", "hunde", "wohnung"},
                {"Wie hoch ist der Preis?", NULL, NULL},
                {"Was muss ich für den Kurs bezahlen?", "kurs", NULL},
                {"Was kostet es im Jahr bei der Gärtnerei?", "gärtnerei", NULL},
                {"Wer ist im Sommer beim alten Turm?", "sommer", "turm"},
                {"", NULL, NULL},
                {"for", NULL, NULL},
                {"\xff for \xff\xff\xff\xff", NULL, NULL}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char room[ECHO_WORD_MAX];
        const char *wanted[] = {rows[i].first, rows[i].second};
        size_t nth = 0;
        Str word;
        for (int k = 0; k < 2; k++) {
            bool there = echo_next(str_from(rows[i].question), &nth, room, sizeof room, &word);
            if (there != (wanted[k] != NULL)) fail_msg("%s: %d %d", rows[i].question, k, there);
            if (!there) break;
            if (!str_eq_c(word, wanted[k])) fail_msg("%s: %.*s", wanted[k], (int)word.n, word.p);
        }
    }
}

static void a_word_stands_where_one_like_it_does(void **state) {
    static const struct {
        const char *text, *word;
        bool stands;
    } rows[] = {{"Closed at the Weekend.", "weekends", true},
                {"On Mondays only.", "weekends", false},
                {"Das Gästezimmer.", "zimmer", true},  {"Das Schlafzimmer.", "wohnzimmer", false},
                {"Renewal fee", "renewing", true},     {"the tennisclub.example", "club", true},
                {"im Monat", "sommermonaten", false},
                {"der Elternbrief", "elternabend", false},
                {"ÄRZTE", "ärzte", true},              {"", "weekends", false},
                {"\xff\xfe", "weekends", false}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool stands = echo_stands(str_from(rows[i].text), str_from(rows[i].word));
        if (stands != rows[i].stands) fail_msg("%s in %s", rows[i].word, rows[i].text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_columns_are_no_row_that_answers),
        cmocka_unit_test(a_row_is_shown_with_the_first_of_its_table),
        cmocka_unit_test(languages_are_told_apart),
        cmocka_unit_test(in_its_own_language_prose_is_looked_at_in_english_and_nothing_in_german),
        cmocka_unit_test(in_chinese_the_head_of_a_mail_and_a_title_are_not_looked_at),
        cmocka_unit_test(what_the_model_says_yes_to_besides_counts_against),
        cmocka_unit_test(a_chinese_sentence_is_long_later_than_an_english_one),
        cmocka_unit_test(the_margin_lies_between_yes_and_no),
        cmocka_unit_test(the_margin_reports_memory_that_ran_out),
        cmocka_unit_test(the_quote_stands_instead_of_what_was_written),
        cmocka_unit_test(a_quoted_row_has_the_names_of_its_columns_before_it),
        cmocka_unit_test(a_line_of_a_list_is_one_sentence),
        cmocka_unit_test(the_middle_margin_is_neither_the_least_nor_the_greatest),
        cmocka_unit_test(nouns_of_a_question_say_which_thing_is_meant),
        cmocka_unit_test(a_word_stands_where_one_like_it_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
