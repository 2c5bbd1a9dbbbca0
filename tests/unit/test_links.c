/*
 * Promises of turn/links.h and api/chain.h: a question that leads over a name is taken apart, what
 * only looks so is not, days and names are compared by rule, and the steps of a chain become one
 * answer whose numbers agree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/chain.h"
#include "turn/links.h"

enum { ARENA_BYTES = 1 << 20 };

/* The first step, and the question with N in the place of what it asks for; NULL: no link. */
static void link_is(const char *question, const char *first, const char *next) {
    Arena arena;
    Link link;
    arena_init(&arena, ARENA_BYTES);
    bool read = links_read(&arena, str_from(question), &link);
    assert_int_equal(read, first != NULL);
    if (first) {
        assert_true(str_eq_c(link.first, first));
        assert_true(str_eq_c(links_put(&arena, &link, STR("N")), next));
    }
    arena_fini(&arena);
}

static void a_link_asks_for_the_name_first(void **state) {
    (void)state;
    link_is("When was the director of the film Dog Law born?",
            "What is the name of the director of the film Dog Law?", "When was N born?");
    link_is("What is the date of birth of the director of La Boum?",
            "What is the name of the director of La Boum?", "What is the date of birth of N?");
    link_is("What is the phone number of the treasurer of the choir?",
            "What is the name of the treasurer of the choir?", "What is the phone number of N?");
    link_is("When did Anna Lind's landlord die?", "What is the name of Anna Lind's landlord?",
            "When did N die?");
    link_is("Where does the person who signed the lease of 2024 live?",
            "Who signed the lease of 2024?", "Where does N live?");
    link_is("What is the number of the firm that mended the boiler?", "Who mended the boiler?",
            "What is the number of N?");
    link_is("When was the owner of the mill born?", "What is the name of the owner of the mill?",
            "When was N born?");
    link_is("How often has the author of Talks with the Dead been named for the Old Prize?",
            "What is the name of the author of Talks with the Dead?",
            "How often has N been named for the Old Prize?");
    link_is("When did the writer of \"Old Pie\" die?",
            "What is the name of the writer of \"Old Pie\"?", "When did N die?");
    link_is("How old is the wife of the Mayor?", "What is the name of the wife of the Mayor?",
            "How old is N?");
    link_is("In which town does the owner of the Old Mill live?",
            "What is the name of the owner of the Old Mill?", "In which town does N live?");
}

static void what_names_nobody_is_no_link(void **state) {
    static const char *const whole[] = {
        "Who is the director of the film Dog Law?", "What is the name of the owner of the mill?",
        "What is the number of the flat?", "When does the order of the day begin?",
        "When was the end of the war announced?", "What is Anna's phone number?",
        "The director of the film Dog Law was born when?", "When is the rent due?",
        "Who was the leader of the Old regime in Leeds?", "What team was the winner of Cup 12?",
        "Who was chosen to be the director of Dog Law?",
        "What was the name of Temur's wife Borte's first son?", "What group is Ann the singer of?",
        "How can I track the progress of my order?", "When did the address of the club change?",
        "How often is the filter of the dishwasher cleaned?", "When is the dinner of the club?",
        "How do I tell the company that my card is lost?", "What does the man who Ann met do?",
        "How long does it take to replace the one that was stolen?",
        "what is the name of the person who made the film Dog Law?",
        "the owner of", "When was the owner of", "?", "", NULL};
    (void)state;
    for (const char *const *q = whole; *q; q++) link_is(*q, NULL, NULL);
}

static void name_is(const char *question, const char *answer, const char *name) {
    assert_true(str_eq_c(links_name(str_from(question), str_from(answer)), name));
}

static void the_name_is_the_only_new_one(void **state) {
    static const char *const q = "What is the name of the director of the film Dog Law?";
    (void)state;
    name_is(q, "The director of the film Dog Law is Jerry van Horn.", "Jerry van Horn");
    name_is(q, "Dog Law was directed by J. P. McGowan, in 1928.", "J. P. McGowan");
    name_is(q, "Jean-Luc Godard.", "Jean-Luc Godard");
    name_is(q, "It was directed by Ann Lee and Ben Orr.", "");
    name_is(q, "The director of Dog Law is not named.", "");
    name_is(q, "Ann Lee.\n\nThe documents say: Dog Law is by Ann Lee and Ben Orr.", "Ann Lee");
    name_is(q, "", "");
}

static void pair_is(const char *question, LinkWanted wanted, const char *a, const char *b) {
    Arena arena;
    LinkPair pair;
    arena_init(&arena, ARENA_BYTES);
    bool read = links_pair(&arena, str_from(question), &pair);
    assert_int_equal(read, a != NULL);
    if (a) {
        assert_int_equal(pair.wanted, wanted);
        assert_true(str_eq_c(pair.asked[0], a));
        assert_true(str_eq_c(pair.asked[1], b));
    }
    arena_fini(&arena);
}

static void both_of_a_pair_are_asked_the_same(void **state) {
    (void)state;
    pair_is("Who was born first, Ann Lee or Ben Orr?", LINK_LEAST, "When was Ann Lee born?",
            "When was Ben Orr born?");
    pair_is("Who is younger, Ann Lee, 2nd Countess or Ben Orr?", LINK_MOST,
            "When was Ann Lee, 2nd Countess born?", "When was Ben Orr born?");
    pair_is("Which film came out first, Dog Law or La Boum?", LINK_LEAST,
            "When did Dog Law come out?", "When did La Boum come out?");
    pair_is("Which contract ends later, the lease or the loan?", LINK_MOST,
            "When does the lease end?", "When does the loan end?");
    pair_is("Who died earlier, Ann Lee or Ben Orr?", LINK_LEAST, "When did Ann Lee die?",
            "When did Ben Orr die?");
    pair_is("Which film has the director who was born first, Dog Law or La Boum?", LINK_LEAST,
            "When was the director of the film Dog Law born?",
            "When was the director of the film La Boum born?");
    pair_is("Are Ann Lee and Ben Orr of the same nationality?", LINK_SAME,
            "What is the nationality of Ann Lee?", "What is the nationality of Ben Orr?");
    pair_is("Do Ann Lee and Ben Orr have the same landlord?", LINK_SAME,
            "What is the landlord of Ann Lee?", "What is the landlord of Ben Orr?");
    pair_is("Are the Old Mill and Park Hall in the same town?", LINK_SAME,
            "In which town is the Old Mill?", "In which town is Park Hall?");
    pair_is("Are the directors of the films Dog Law and La Boum from the same country?", LINK_SAME,
            "What is the nationality of the director of the film Dog Law?",
            "What is the nationality of the director of the film La Boum?");
}

static void what_is_one_question_is_no_pair(void **state) {
    static const char *const whole[] = {
        "Who was born first?", "Who was born first, Ann Lee?", "Which came first?",
        "Which is cheaper, the loan or the lease?", "What comes first, a or b or c?",
        "Which church is older, St Mary or St Paul?", "Are cats and dogs allowed?",
        "When do the first and the last train leave?", "Are we of the same kind?", ", or ?",
        "Who was first, or ?", "are and of the same ", "", NULL};
    (void)state;
    for (const char *const *q = whole; *q; q++) pair_is(*q, LINK_SAME, NULL, NULL);
}

static void verdict_is(const char *question, const char *a, const char *b, const char *verdict) {
    Arena arena;
    LinkPair pair;
    Str answers[] = {str_from(a), str_from(b)};
    arena_init(&arena, ARENA_BYTES);
    assert_true(links_pair(&arena, str_from(question), &pair));
    assert_true(str_eq_c(links_verdict(&arena, &pair, answers), verdict));
    arena_fini(&arena);
}

static void days_are_compared(void **state) {
    static const char *const first = "Who was born first, Ann or Ben?";
    (void)state;
    verdict_is(first, "Ann was born on 3 May 1890.", "Ben was born on May 4, 1890.",
               "Ann (3 May 1890), before Ben (May 4, 1890).");
    verdict_is(first, "Ann was born in 1921.", "Ben was born on 4 May 1890.",
               "Ben (4 May 1890), before Ann (1921).");
    verdict_is("Who is younger, Ann or Ben?", "On 3 May 1890.", "In 1901.",
               "Ben (1901), after Ann (3 May 1890).");
    verdict_is(first, "In 1890.", "On 4 May 1890.", "");
    verdict_is(first, "On 4 May 1890.", "On 4 May 1890.", "");
    verdict_is(first, "In May.", "On 4 May 1890.", "");
    verdict_is(first, "At number 12345.", "In 1890.", "");
}

static void names_are_held_against_each_other(void **state) {
    static const char *const same = "Are Ann Lee and Ben Orr of the same nationality?";
    (void)state;
    verdict_is(same, "Ann Lee is American.", "Ben Orr was an American actor.",
               "Yes: American and American.");
    verdict_is(same, "Ann Lee is French.", "Ben Orr is American.", "No: French and American.");
    verdict_is(same, "Ann Lee is a painter.", "Ben Orr is American.", "");
}

/* ---- a chain --------------------------------------------------------------------------------- */

/* What the documents say to each question; a question that is not here finds no answer. */
typedef struct Told {
    const char *question, *answer;
    bool unproved; /* it cites nothing */
} Told;

typedef struct Library {
    const Told *told;
    Arena arena;
    size_t asked, aloud;
} Library;

static Status tell(void *user, Str question, ChainHow how, hearth_answer *out, Err *err) {
    Library *library = user;
    static const int one[] = {1};
    hearth_sentence *said = arena_zalloc(&library->arena, sizeof *said);
    hearth_citation *quote = arena_zalloc(&library->arena, sizeof *quote);
    (void)err;
    library->asked++;
    library->aloud += how == CHAIN_ALOUD;
    *out = (hearth_answer){.answer = "none"};
    for (const Told *t = library->told; t->question; t++) {
        if (!str_eq_c(question, t->question)) continue;
        *quote = (hearth_citation){.n = 1, .quote = t->answer, .path = "p"}; /* word for word */
        *said = (hearth_sentence){t->answer, one, !t->unproved};
        *out = (hearth_answer){.answer = t->answer, .found = true, .sentences = said,
                               .n_sentences = 1, .citations = quote, .n_citations = 1};
    }
    return OK;
}

static void hear(void *user, const char *text, size_t n) { buf_add_str(user, (Str){text, n}); }

static void hear_mark(void *user, int n) { buf_printf(user, "[%d]", n); }

/* *heard: what a caller with callbacks was told, if the chain told it. */
static void ask(Library *library, const char *question, hearth_answer *out, Buf *heard) {
    hearth_ask_options options;
    Err err;
    hearth_ask_options_default(&options);
    options.on_text = hear;
    options.on_mark = hear_mark;
    options.user = heard;
    library->asked = library->aloud = 0;
    arena_init(&library->arena, ARENA_BYTES);
    buf_init(heard, ARENA_BYTES);
    Chain chain = {.ask = tell, .user = library, .arena = &library->arena, .options = &options};
    assert_int_equal(chain_ask(&chain, str_from(question), out, &err), OK);
    buf_add_byte(heard, 0);
}

static void end(Library *library, Buf *heard) {
    arena_fini(&library->arena);
    buf_fini(heard);
}

static const Told films[] = {
    {"What is the name of the director of Dog Law?", "Jay Marks directed Dog Law.", false},
    {"When was Jay Marks born?", "Jay Marks was born on 3 May 1890.", false},
    {"When was Ann Lee born?", "Ann Lee was born in 1921.", false},
    {"What is the name of the director of La Boum?", "La Boum is by Claude Pinot.", false},
    {"When was the director of La Boum born?", "He was born in 1980.", false},
    {"What is the name of the director of 45 Fathers?", "45 Fathers is by James Tinling.", false},
    {"When was the director of 45 Fathers born?", "He was born in 1937.", true},
    {"Where was the owner of the mill born?", "In Leeds.", true},
    {NULL, NULL, false}};

static void the_steps_of_a_link_are_the_answer(void **state) {
    Library library = {.told = films};
    hearth_answer out;
    Buf heard;
    (void)state;
    ask(&library, "When was the director of Dog Law born?", &out, &heard);
    assert_true(out.found);
    assert_string_equal(out.answer,
                        "Jay Marks directed Dog Law.\n\nJay Marks was born on 3 May 1890.");
    assert_string_equal(heard.p, "Jay Marks directed Dog Law.[1]\n\n"
                                 "Jay Marks was born on 3 May 1890.[2]");
    assert_int_equal(out.n_citations, 2);
    assert_int_equal(library.asked, 2);
    end(&library, &heard);
}

static void a_verdict_stands_before_its_steps(void **state) {
    Library library = {.told = films};
    hearth_answer out;
    Buf heard;
    (void)state;
    ask(&library, "Who was born first, Ann Lee or the director of Dog Law?", &out, &heard);
    assert_string_equal(heard.p, "the director of Dog Law (3 May 1890), before Ann Lee (1921)."
                                 "[1][2][3]\n\nAnn Lee was born in 1921.[1]\n\n"
                                 "Jay Marks directed Dog Law.[2]\n\n"
                                 "Jay Marks was born on 3 May 1890.[3]");
    assert_int_equal(out.n_sentences, 4);
    assert_int_equal(out.sentences[0].n_citations, 3);
    end(&library, &heard);
}

/* Of a pair without a verdict one quote must name both. */
static void of_a_pair_half_a_proof_is_none(void **state) {
    static const Told told[] = {{"Who is older, Ann or Ben?", "Ann is older than Ben.", false},
                                {"Who is older, Ann or Bob?", "Ann is older.", false},
                                {"Which was later, the show of 2025 or the show of 2026?",
                                 "Weight in 2026: 5 kg; in 2025: 6.", false},
                                {"Which was later, show 1 or show 2?", "Show 1, then Show 2.",
                                 false},
                                {NULL, NULL, false}};
    Library library = {.told = told};
    hearth_answer out;
    Buf heard;
    (void)state;
    ask(&library, "Who is older, Ann or Ben?", &out, &heard);
    assert_true(out.found && library.aloud == 0);
    assert_string_equal(heard.p, "Ann is older than Ben.[1]");
    end(&library, &heard);
    ask(&library, "Who is older, Ann or Bob?", &out, &heard);
    assert_false(out.found);
    end(&library, &heard);
    ask(&library, "Which was later, the show of 2025 or the show of 2026?", &out, &heard);
    assert_false(out.found);
    end(&library, &heard);
    ask(&library, "Which was later, show 1 or show 2?", &out, &heard);
    assert_true(out.found);
    end(&library, &heard);
}

/* A step is refused; then only what is proved counts. */
static void of_a_link_only_proof_counts(void **state) {
    Library library = {.told = films};
    hearth_answer out;
    Buf heard;
    (void)state;
    ask(&library, "When was the director of La Boum born?", &out, &heard);
    assert_true(out.found);
    assert_string_equal(heard.p, "He was born in 1980.[1]");
    assert_int_equal(library.aloud, 0);
    end(&library, &heard);
    ask(&library, "When was the director of 45 Fathers born?", &out, &heard);
    assert_false(out.found);
    assert_int_equal(heard.n, 1);
    end(&library, &heard);
    ask(&library, "Where was the owner of the mill born?", &out, &heard);
    assert_false(out.found);
    end(&library, &heard);
}

static void a_plain_question_is_asked_once_and_aloud(void **state) {
    Library library = {.told = films};
    hearth_answer out;
    Buf heard;
    (void)state;
    ask(&library, "When was Ann Lee born?", &out, &heard);
    assert_true(out.found && library.asked == 1 && library.aloud == 1);
    end(&library, &heard);
    ask(&library, "When was the owner of the mill born?", &out, &heard);
    assert_true(!out.found && library.asked == 2 && library.aloud == 0);
    end(&library, &heard);
    ask(&library, "Who was born first, Ann Lee or Ben Orr?", &out, &heard);
    assert_true(!out.found && library.asked == 3 && library.aloud == 0);
    end(&library, &heard);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_asks_for_the_name_first),
        cmocka_unit_test(what_names_nobody_is_no_link),
        cmocka_unit_test(the_name_is_the_only_new_one),
        cmocka_unit_test(both_of_a_pair_are_asked_the_same),
        cmocka_unit_test(what_is_one_question_is_no_pair),
        cmocka_unit_test(days_are_compared),
        cmocka_unit_test(names_are_held_against_each_other),
        cmocka_unit_test(the_steps_of_a_link_are_the_answer),
        cmocka_unit_test(a_verdict_stands_before_its_steps),
        cmocka_unit_test(of_a_pair_half_a_proof_is_none),
        cmocka_unit_test(of_a_link_only_proof_counts),
        cmocka_unit_test(a_plain_question_is_asked_once_and_aloud)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
