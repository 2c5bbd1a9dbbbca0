/*
 * Promises of the private dictionary: a name that a document surely says is masked wherever it
 * stands; the dictionary is sealed, replaced as a whole and read by the next process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/gate_talk.h"
#include "base/file.h"
#include "gate/learn.h"

static char folder[64];
static const char letter[] =
    "The lease was signed by Mr. Lysander Quibblewick for Quibblewick Timber Ltd. in York. Mr. "
    "Lysander Quibblewick lives next door. Mr. Lysander Quibblewick has the keys.";

static int make_home(void **state) {
    gate_home_make(folder);
    return 0;
}

static int clear_home(void **state) {
    gate_home_clear(folder);
    return 0;
}

static Gate *open_gate(void) {
    Gate *gate;
    Err err;
    if (gate_open(folder, &gate, &err) != OK) fail_msg("%s", err.message);
    return gate;
}

static size_t learn(Gate *gate, const char *text) {
    GateLearner *learner;
    size_t n = 0;
    assert_int_equal(gate_learner_new(gate, &learner, NULL), OK);
    assert_int_equal(gate_learner_read(learner, str_from(text), NULL), OK);
    assert_int_equal(gate_learner_keep(learner, &n, NULL), OK);
    gate_learner_free(learner);
    return n;
}

static bool leaves(Gate *gate, const char *conversation, const char *text, const char *word) {
    GateParcel *parcel;
    Err err;
    if (gate_talk_parcel(gate, conversation, GATE_PUBLIC, str_from(text), &parcel, NULL, &err)) {
        fail_msg("%s", err.message);
    }
    bool there = str_find(gate_parcel_text(parcel, 0), str_from(word), 0) != SIZE_MAX;
    gate_parcel_free(parcel);
    return there;
}

static void a_learned_name_is_masked_where_nothing_gives_it_away(void **state) {
    static const char question[] = "was lysander quibblewick late with planks again?";
    Gate *gate = open_gate();
    assert_true(leaves(gate, "before", question, "quibblewick"));
    assert_true(learn(gate, letter) >= 1);
    assert_false(leaves(gate, "after", question, "quibblewick"));
    assert_true(leaves(gate, "after2", question, "planks"));
    assert_false(leaves(gate, "form", "what does l. quibblewick pay?", "quibblewick"));
    assert_false(leaves(gate, "form", "is lquibblewick a user of ours?", "quibblewick"));
    assert_false(leaves(gate, "form", "lysander_quibblewick.pdf is where?", "quibblewick"));
    gate_close(gate);
    gate = open_gate(); /* the next process */
    assert_false(leaves(gate, "next", question, "quibblewick"));
    assert_int_equal(learn(gate, "Nothing to see."), 0); /* replaced as a whole */
    assert_true(leaves(gate, "gone", question, "quibblewick"));
    gate_close(gate);
}

/* A document of thousands of names that nobody has, each said often, is no way to make the gate
   forget whom the others name. */
static void a_document_of_false_names_does_not_push_out_the_others(void **state) {
    static const char *const syllables[] = {"bar", "dol", "fen", "gim", "hul", "kav", "lor", "mip",
                                            "nes", "pol", "rud", "sab", "tev", "vok", "wim", "zan"};
    static const char question[] = "was lysander quibblewick late with planks again?";
    Buf text;
    size_t n = 0;
    GateLearner *learner;
    Gate *gate = open_gate();
    buf_init(&text, 8 << 20);
    for (unsigned i = 0; i < 5 * 4096; i++) {
        unsigned k = i % 4096;
        char name[2][16];
        for (unsigned w = 0; w < 2; w++, k = k * 7 + 3) {
            (void)snprintf(name[w], sizeof name[w], "%s%s%s", syllables[k >> 8 & 15],
                           syllables[k >> 4 & 15], syllables[k & 15]);
            name[w][0] = (char)(name[w][0] - 'a' + 'A');
        }
        buf_printf(&text, "Dear Mr. %s %s, thank you for the letter.\n", name[0], name[1]);
    }
    assert_int_equal(text.status, OK);
    assert_int_equal(gate_learner_new(gate, &learner, NULL), OK);
    assert_int_equal(gate_learner_read(learner, buf_str(&text), NULL), OK);
    assert_int_equal(gate_learner_read(learner, str_from(letter), NULL), OK);
    assert_int_equal(gate_learner_keep(learner, &n, NULL), OK);
    gate_learner_free(learner);
    assert_true(n > 1000 && n < 4096); /* the false ones are more than there is room for */
    assert_false(leaves(gate, "crowd", question, "quibblewick"));
    gate_close(gate);
    buf_fini(&text);
}

static void the_dictionary_is_sealed(void **state) {
    char path[100];
    Buf bytes;
    Gate *gate = open_gate();
    assert_true(learn(gate, letter) >= 1);
    gate_close(gate);
    (void)snprintf(path, sizeof path, "%s/vault", folder);
    buf_init(&bytes, 16 << 20);
    assert_int_equal(file_read(path, &bytes, NULL), OK);
    assert_true(str_find(buf_str(&bytes), STR("uibblewick"), 0) == SIZE_MAX);
    buf_fini(&bytes);
}

static void memory_may_fail_anywhere(void **state) {
    Gate *gate = open_gate();
    assert_true(learn(gate, letter) >= 1); /* what is kept between scans is there by now */
    for (uint64_t nth = 1; nth < 1000; nth++) {
        GateLearner *learner = NULL;
        size_t n = 0;
        Err err;
        mem_fail_at(nth);
        Status status = gate_learner_new(gate, &learner, &err);
        if (status == OK) status = gate_learner_read(learner, str_from(letter), &err);
        if (status == OK) status = gate_learner_keep(learner, &n, &err);
        mem_fail_at(0);
        gate_learner_free(learner);
        if (status == OK) {
            assert_true(n >= 1 && nth > 5);
            gate_close(gate);
            return;
        }
        assert_int_equal(status, E_NO_MEMORY);
    }
    fail();
}

/* What could not be taken is not stored either: the next process has the dictionary from before. */
static void a_dictionary_that_fails_leaves_the_old_one(void **state) {
    static const char other[] = "Mr. Ambrose Thistlewood came. Mr. Ambrose Thistlewood left. Mr. "
                                "Ambrose Thistlewood wrote.";
    static const char question[] = "was lysander quibblewick late with planks again?";
    Status status = E_NO_MEMORY;
    Gate *gate = open_gate();
    assert_true(learn(gate, letter) >= 1);
    for (uint64_t nth = 1; nth < 1000 && status != OK; nth++) {
        GateLearner *learner;
        size_t n = 0;
        assert_int_equal(gate_learner_new(gate, &learner, NULL), OK);
        assert_int_equal(gate_learner_read(learner, str_from(other), NULL), OK);
        mem_fail_at(nth);
        status = gate_learner_keep(learner, &n, NULL);
        mem_fail_at(0);
        gate_learner_free(learner);
        if (status == OK) break;
        gate_close(gate);
        gate = open_gate();
        assert_false(leaves(gate, "kept", question, "quibblewick"));
    }
    assert_int_equal(status, OK);
    gate_close(gate);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_learned_name_is_masked_where_nothing_gives_it_away,
                                        make_home, clear_home),
        cmocka_unit_test_setup_teardown(a_document_of_false_names_does_not_push_out_the_others,
                                        make_home, clear_home),
        cmocka_unit_test_setup_teardown(the_dictionary_is_sealed, make_home, clear_home),
        cmocka_unit_test_setup_teardown(a_dictionary_that_fails_leaves_the_old_one, make_home,
                                        clear_home),
        cmocka_unit_test_setup_teardown(memory_may_fail_anywhere, make_home, clear_home),
    };
    return cmocka_run_group_tests_name("learn", tests, NULL, NULL);
}
