/*
 * Promises of the policy: safe without a file; a file says more, by type and by kind; what it says
 * wrongly is refused with its line; own patterns find, and never run away.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/patience.h"
#include "base/clock.h"
#include "base/mem.h"
#include "gate/policy.h"

static Policy *policy;

static int make_policy(void **state) {
    Err err;
    return policy_new("policy.toml", &policy, &err) == OK ? 0 : -1;
}

static int free_policy(void **state) {
    policy_close(policy);
    return 0;
}

static GateAction action(GateDest dest, GateLabel label, ScanType type, ScanKind kind) {
    ScanSpan span = {0, 1, type, kind, 1};
    return policy_action(policy, dest, label, &span);
}

static GateAction public(ScanType type, ScanKind kind) {
    return action(GATE_PUBLIC, GATE_PERSONAL, type, kind);
}

static Status reads(const char *text, Err *err) {
    return policy_read(policy, str_from(text), err);
}

static void without_a_file_who_and_how_to_reach_is_masked_for_strangers(void **state) {
    static const ScanType who[] = {SCAN_PERSON, SCAN_ADDRESS, SCAN_ORG,   SCAN_ID,   SCAN_PHONE,
                                   SCAN_BANK,   SCAN_EMAIL,   SCAN_SECRET, SCAN_DATE, SCAN_OTHER};
    for (size_t i = 0; i < ARRAY_LEN(who); i++) {
        assert_int_equal(public(who[i], KIND_COUNT), GATE_SURROGATE);
        assert_int_equal(action(GATE_ATTESTED, GATE_PERSONAL, who[i], KIND_COUNT), GATE_SURROGATE);
        assert_int_equal(action(GATE_DEVICE, GATE_PERSONAL, who[i], KIND_COUNT), GATE_KEEP);
    }
    for (int dest = GATE_MINE; dest < GATE_DEST_COUNT; dest++) {
        for (int label = 0; label < GATE_LABEL_COUNT; label++) {
            assert_int_equal(action((GateDest)dest, (GateLabel)label, SCAN_SECRET, KIND_KEY),
                             GATE_SURROGATE);
        }
    }
    assert_int_equal(action(GATE_PUBLIC, GATE_OPEN, SCAN_PERSON, KIND_NAME), GATE_KEEP);
}

/* From near to far nothing that was masked is kept again. */
static void farther_is_never_laxer(void **state) {
    for (int type = 0; type < SCAN_TYPE_COUNT; type++) {
        bool masked = false;
        for (int dest = 0; dest < GATE_DEST_COUNT; dest++) {
            GateAction now = action((GateDest)dest, GATE_PERSONAL, (ScanType)type, KIND_COUNT);
            assert_true(now != GATE_KEEP || !masked);
            masked = now != GATE_KEEP;
        }
    }
}

static void a_file_says_more_by_type_and_by_kind(void **state) {
    Err err;
    assert_int_equal(reads("[public]\nbank = \"keep\"\niban = \"refuse\"\nplace = 'ask'\n"
                           "[all]\nhealth = \"refuse\"\n[server]\nperson = \"keep\"\n",
                           &err),
                     OK);
    assert_int_equal(public(SCAN_BANK, KIND_CARD), GATE_KEEP);
    assert_int_equal(public(SCAN_BANK, KIND_IBAN), GATE_REFUSE);
    assert_int_equal(public(SCAN_PLACE, KIND_COUNT), GATE_ASK);
    assert_int_equal(action(GATE_MINE, GATE_PERSONAL, SCAN_HEALTH, KIND_COUNT), GATE_REFUSE);
    assert_int_equal(action(GATE_SERVER, GATE_PERSONAL, SCAN_PERSON, KIND_NAME), GATE_KEEP);
    assert_int_equal(public(SCAN_PERSON, KIND_NAME), GATE_SURROGATE);
    assert_int_equal(action(GATE_DEVICE, GATE_PERSONAL, SCAN_HEALTH, KIND_COUNT), GATE_KEEP);
}

static void what_it_says_wrongly_is_refused_with_its_line(void **state) {
    static const struct {
        const char *text;
        int line;
    } bad[] = {
        {"[public]\nperson = \"keeep\"\n", 2},
        {"[public]\nperson = 1\n", 2},
        {"[public]\n\npersn = \"keep\"\n", 3},
        {"[nowhere]\nperson = \"keep\"\n", 1},
        {"person = \"keep\"\n", 1},
        {"pattern = 'x'\n", 1},
        {"[pattern]\nmatch = 'x'\n", 1},
        {"[[pattern]]\ntype = \"org\"\n", 1},
        {"[[pattern]]\nmatch = '('\n", 2},
        {"[[pattern]]\nmatch = 'x'\ntype = \"nothing\"\n", 3},
        {"[[pattern]]\nmatch = 'x'\nignore_case = 1\n", 3},
        {"[[pattern]]\nmatch = 'x'\nmach = 'x'\n", 3},
        {"[[words]]\nlist = \"x\"\n", 1},
        {"[[words]]\nlist = [\"x\", 1]\n", 2},
        {"[[words]]\nlist = [\"\"]\n", 2},
        {"[[words]]\nlist = [\"x\"]\nignore_case = true\n", 3}, /* they always do */
        {"[[words]]\nlist = [\"x\"]\nmatch = 'x'\n", 3},
        {"[[pattern]]\nmatch = 'x'\nlist = [\"x\"]\n", 3},
        {"[public\n", 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        Err err = {0};
        char place[32];
        Status status = reads(bad[i].text, &err);
        bool no_regex = status == E_UNSUPPORTED; /* built without PCRE2 */
        (void)snprintf(place, sizeof place, "policy.toml%s%d", i + 1 == ARRAY_LEN(bad) ? ": " : ":",
                       bad[i].line);
        if (status != E_CORRUPT || !strstr(err.message, place)) {
            print_error("%s -> %s\n", bad[i].text, err.message);
        }
        assert_true(status == E_CORRUPT || no_regex);
        assert_non_null(strstr(err.message, place));
    }
}

/* Where its rules cannot be read, the defaults are not what the user wanted. */
static void a_file_that_leads_nowhere_is_not_no_file(void **state) {
    char dir[] = "/tmp/hearth-policy-XXXXXX", path[64];
    Policy *other = NULL;
    Err err;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/policy.toml", dir);
    assert_int_equal(symlink("/nowhere/at/all", path), 0);
    assert_int_equal(policy_open(dir, &other, &err), E_NOT_FOUND);
    assert_non_null(strstr(err.message, path));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_not_equal(policy_open(dir, &other, &err), OK);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(policy_open(dir, &other, &err), OK);
    policy_close(other);
    assert_int_equal(rmdir(dir), 0);
}

/* What the policy finds besides one span of the scanner; the text of each, joined with '|'. */
static Status finds(const char *text, const ScanSpan *before, char out[512], Err *err) {
    size_t n = before != NULL, at = 0;
    ScanSpan *spans = mem_alloc_n(8, sizeof *spans);
    assert_non_null(spans);
    if (before) spans[0] = *before;
    Status status = policy_find(policy, str_from(text), &spans, &n, err);
    for (size_t i = 0; status == OK && i < n; i++) {
        at += (size_t)snprintf(out + at, 512 - at, "%s%.*s", i ? "|" : "",
                               (int)(spans[i].end - spans[i].start), text + spans[i].start);
    }
    out[at] = 0;
    mem_free(spans);
    return status;
}

static void own_words_are_found_in_any_spelling(void **state) {
    Err err;
    char out[512];
    assert_int_equal(reads("[[words]]\ntype = \"org\"\nlist = [\"Project Nordlicht\", \"青鸟计划\"]\n",
                           &err),
                     OK);
    assert_int_equal(finds("the PROJECT  Nordlicht and 青鸟 计划, no nordlichter", NULL, out, &err),
                     OK);
    assert_string_equal(out, "PROJECT  Nordlicht|青鸟 计划");
}

static void own_patterns_find_and_merge(void **state) {
    Err err;
    char out[512];
    Status status = reads("[[pattern]]\nmatch = 'PRJ-[0-9]{4}'\n"
                          "[[pattern]]\nmatch = 'kunde\\s+\\p{L}+'\nignore_case = true\n",
                          &err);
    if (status == E_UNSUPPORTED) skip();
    assert_int_equal(status, OK);
    const char *text = "PRJ-1234, prj-1234, PRJ-99\nKunde Müller \xff PRJ-5678";
    assert_int_equal(finds(text, NULL, out, &err), OK);
    assert_string_equal(out, "PRJ-1234|Kunde Müller|PRJ-5678");
    ScanSpan before = {4, 12, SCAN_ID, KIND_PASSPORT, 1}; /* reaches over the end of PRJ-1234 */
    assert_int_equal(finds("PRJ-1234 567", &before, out, &err), OK);
    assert_string_equal(out, "PRJ-1234 567");
}

static void a_costly_pattern_gives_up_and_says_so(void **state) {
    Err err;
    char out[512], text[4000];
    Status status = reads("[[pattern]]\nmatch = '(a+)+$'\n", &err);
    if (status == E_UNSUPPORTED) skip();
    assert_int_equal(status, OK);
    memset(text, 'a', sizeof text);
    text[sizeof text - 2] = 'b';
    text[sizeof text - 1] = 0;
    double from = patience_used_ms();
    assert_int_equal(finds(text, NULL, out, &err), E_LIMIT);
    assert_non_null(strstr(err.message, "pattern 1"));
    assert_true(patience_used_ms() - from < patience_ms(3000));
}

static void matches_over_the_seams_of_long_lines_are_found(void **state) {
    Err err;
    Status status = reads("[[pattern]]\nmatch = 'PRJ-[0-9]{4}'\n", &err);
    if (status == E_UNSUPPORTED) skip();
    char *text = mem_alloc(20001);
    assert_non_null(text);
    for (size_t at = 3060; at < 4110; at += 1) {
        ScanSpan *spans = NULL;
        size_t n = 0;
        memset(text, 'x', 20000);
        memcpy(text + at, "PRJ-1234", 8);
        assert_int_equal(policy_find(policy, (Str){text, 20000}, &spans, &n, &err), OK);
        assert_int_equal(n, 1);
        assert_int_equal(spans[0].start, at);
        mem_free(spans);
    }
    mem_free(text);
}

static void the_longest_folder_says_what_a_text_is(void **state) {
    Err err;
    static const struct {
        const char *path;
        GateLabel label;
    } cases[] = {
        {"/home/me/diary", GATE_PRIVATE},        {"/home/me/diary/", GATE_PRIVATE},
        {"/home/me/diary/2026.md", GATE_PRIVATE}, {"/home/me/diary/shared/a", GATE_OPEN},
        {"/home/me/diary/sharedx/a", GATE_PRIVATE}, {"/home/me/diaryx", GATE_PERSONAL},
        {"/home/me", GATE_PERSONAL},             {"//home/./me//diary/x", GATE_PRIVATE},
        {"/srv/a", GATE_OPEN},                   {"home/me/diary/x", GATE_PRIVATE},
        {"/srv/../home/me/diary", GATE_PRIVATE}, {"/home/her/diary/x", GATE_PRIVATE},
        {"", GATE_PERSONAL}};
    assert_int_equal(setenv("HOME", "/home/her", 1), 0);
    assert_int_equal(reads("[[folder]]\npath = \"/home/me/diary/\"\nlabel = \"private\"\n"
                           "[[folder]]\npath = \"/home/me//diary/./shared\"\nlabel = \"open\"\n"
                           "[[folder]]\npath = \"/srv\"\nlabel = \"open\"\n"
                           "[[folder]]\npath = \"~/diary\"\nlabel = \"private\"\n",
                           &err),
                     OK);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        GateLabel label = labels_of(policy_labels(policy), str_from(cases[i].path));
        if (label != cases[i].label) print_error("%s: %s\n", cases[i].path, gate_label_name(label));
        assert_int_equal(label, cases[i].label);
    }
    Str first; /* of the four only /srv is there */
    assert_int_equal(labels_absent(policy_labels(policy), &first), 3);
    assert_true(str_eq_c(first, "/home/me/diary/"));
}

/* A hard link, and a folder that is reached through another name. */
static void a_second_name_has_the_label_of_the_first(void **state) {
    char folder[] = "/tmp/hearth-labels-XXXXXX", path[4][64], text[300];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path[0], sizeof path[0], "%s/diary", folder);
    (void)snprintf(path[1], sizeof path[1], "%s/diary/day", folder);
    (void)snprintf(path[2], sizeof path[2], "%s/link", folder);
    (void)snprintf(path[3], sizeof path[3], "%s/plain", folder);
    assert_int_equal(mkdir(path[0], 0700), 0);
    for (int i = 1; i < 4; i += 2) assert_int_equal(close(creat(path[i], 0600)), 0);
    assert_int_equal(link(path[1], path[2]), 0);
    (void)snprintf(text, sizeof text, "[[folder]]\npath = '%s'\nlabel = 'private'\n"
                   "[[folder]]\npath = '%s'\nlabel = 'open'\n", path[1], path[3]);
    assert_int_equal(reads(text, NULL), OK);
    assert_int_equal(labels_of(policy_labels(policy), str_from(path[1])), GATE_PRIVATE);
    assert_int_equal(labels_of(policy_labels(policy), str_from(path[2])), GATE_PRIVATE);
    assert_int_equal(labels_of(policy_labels(policy), str_from(path[3])), GATE_OPEN);
    (void)snprintf(text, sizeof text, "/proc/self/root%s", path[1]); /* as a bind mount shows it */
    assert_int_equal(labels_of(policy_labels(policy), str_from(text)), GATE_PRIVATE);
    (void)snprintf(text, sizeof text, "/proc/self/root%s", path[3]);
    GateLabel stricter = labels_of(policy_labels(policy), str_from(text)); /* never laxer */
    assert_int_equal(stricter, GATE_PERSONAL);
    for (int i = 3; i > 0; i--) assert_int_equal(unlink(path[i]), 0);
    assert_int_equal(rmdir(path[0]) | rmdir(folder), 0);
}

static void a_label_for_nowhere_is_refused(void **state) {
    static const char *const bad[] = {
        "path = \"diary\"\nlabel = \"private\"", "path = \"/a/../b\"\nlabel = \"private\"",
        "path = \"/a\"\nlabel = \"secret\"",      "path = \"/a\"",
        "label = \"open\"",                        "path = 1\nlabel = \"open\"",
        "path = \"/a\"\nlabel = \"open\"\nx = 1"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        Err err = {0};
        char text[200];
        (void)snprintf(text, sizeof text, "\n[[folder]]\n%s\n", bad[i]);
        assert_int_equal(reads(text, &err), E_CORRUPT);
        assert_non_null(strstr(err.message, "policy.toml:2"));
    }
}

static void out_of_memory_is_said(void **state) {
    for (uint64_t nth = 1;; nth++) {
        Err err;
        Policy *other = NULL;
        uint64_t live = mem_live_blocks(), calls = mem_calls();
        mem_fail_at(nth);
        Status status = policy_new("p", &other, &err);
        if (status == OK) {
            status = policy_read(other, STR("[public]\nbank = 'keep'\n[[words]]\nlist = ['a b']\n"
                                            "[[pattern]]\nmatch = 'x(y|z)+'\n"),
                                 &err);
        }
        bool reached = mem_calls() - calls >= nth;
        mem_fail_at(0);
        policy_close(other);
        assert_int_equal(mem_live_blocks(), live);
        if (!reached) {
            assert_true(status == OK || status == E_UNSUPPORTED);
            break;
        }
        assert_int_equal(status, E_NO_MEMORY);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_policy, free_policy)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(without_a_file_who_and_how_to_reach_is_masked_for_strangers),
        TEST(farther_is_never_laxer),
        TEST(a_file_says_more_by_type_and_by_kind),
        TEST(what_it_says_wrongly_is_refused_with_its_line),
        TEST(a_file_that_leads_nowhere_is_not_no_file),
        TEST(own_words_are_found_in_any_spelling),
        TEST(own_patterns_find_and_merge),
        TEST(a_costly_pattern_gives_up_and_says_so),
        TEST(matches_over_the_seams_of_long_lines_are_found),
        TEST(the_longest_folder_says_what_a_text_is),
        TEST(a_second_name_has_the_label_of_the_first),
        TEST(a_label_for_nowhere_is_refused),
        TEST(out_of_memory_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
