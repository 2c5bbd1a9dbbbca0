/*
 * Promises of .hearthignore.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "knowledge/ignore.h"

static void assert_glob(const char *glob, const char *text, bool want) {
    if (ignore_glob(str_from(glob), str_from(text)) != want) {
        print_error("%s against %s\n", glob, text);
        fail();
    }
}

static void ignore_globs_match_as_in_a_shell(void **state) {
    assert_glob("a", "a", true);
    assert_glob("a", "b", false);
    assert_glob("*.log", "x.log", true);
    assert_glob("*.log", "d/x.log", false);
    assert_glob("?at", "cat", true);
    assert_glob("?at", "/at", false);
    assert_glob("[a-c]x", "bx", true);
    assert_glob("[!a-c]x", "bx", false);
    assert_glob("[]]x", "]x", true);
    assert_glob("[x", "[x", true);
    assert_glob("\\*", "*", true);
    assert_glob("\\*", "a", false);
    assert_glob("a/**/b", "a/b", true);
    assert_glob("a/**/b", "a/x/y/b", true);
    assert_glob("**/b", "x/b", true);
    assert_glob("**/b", "b", true);
    assert_glob("a/**", "a/x/y", true);
    assert_glob("", "", true);
    assert_glob("", "a", false);
}

static IgnoreVerdict verdict(const char *rules, const char *path, bool folder) {
    IgnoreList list;
    assert_int_equal(ignore_parse(str_from(rules), &list, NULL), OK);
    IgnoreVerdict said = ignore_match(&list, str_from(path), folder);
    ignore_fini(&list);
    return said;
}

static void ignore_rules_read_as_in_gitignore(void **state) {
    assert_int_equal(verdict("# *\n\n", "a", false), IGNORE_SILENT);
    assert_int_equal(verdict("*.log", "deep/down/x.log", false), IGNORE_OUT);
    assert_int_equal(verdict("/x.log", "deep/x.log", false), IGNORE_SILENT);
    assert_int_equal(verdict("/x.log\r\n", "x.log", false), IGNORE_OUT);
    assert_int_equal(verdict("a/b", "a/b", false), IGNORE_OUT);
    assert_int_equal(verdict("a/b", "c/a/b", false), IGNORE_SILENT);
    assert_int_equal(verdict("cache/", "cache", true), IGNORE_OUT);
    assert_int_equal(verdict("cache/", "cache", false), IGNORE_SILENT);
    assert_int_equal(verdict("*.log\n!keep.log", "keep.log", false), IGNORE_KEEP);
    assert_int_equal(verdict("!keep.log\n*.log", "keep.log", false), IGNORE_OUT);
    assert_int_equal(verdict("\\#x", "#x", false), IGNORE_OUT);
    assert_int_equal(verdict("\xEF\xBB\xBFprivate/\r\n", "private", true), IGNORE_OUT);
}

static void ignore_hostile_patterns_take_bounded_time(void **state) {
    char glob[IGNORE_RULE_BYTES + 1], text[4096];
    for (size_t i = 0; i < IGNORE_RULE_BYTES; i++) glob[i] = i % 2 ? 'a' : '*';
    glob[IGNORE_RULE_BYTES] = 0;
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = 'b';
    assert_false(ignore_glob(str_from(glob), (Str){text, sizeof text}));
}

static void ignore_files_have_ceilings(void **state) {
    IgnoreList list;
    size_t n = IGNORE_FILE_BYTES;
    char *text = mem_alloc(n + 1);
    for (size_t i = 0; i < n; i++) text[i] = i % 2 ? '\n' : 'a';
    assert_int_equal(ignore_parse((Str){text, n}, &list, NULL), E_LIMIT);
    assert_int_equal(list.n, IGNORE_RULES_MAX); /* what can be heeded is */
    ignore_fini(&list);
    assert_int_equal(ignore_parse((Str){text, n + 1}, &list, NULL), E_LIMIT);
    ignore_fini(&list);
    assert_int_equal(ignore_parse((Str){text, 2000}, &list, NULL), OK);
    assert_int_equal(list.n, 1000);
    ignore_fini(&list);
    memset(text, 'a', 300);
    text[300] = '\n';
    assert_int_equal(ignore_parse((Str){text, 2000}, &list, NULL), E_LIMIT); /* not in silence */
    assert_int_equal(list.n, (2000 - 301) / 2);
    ignore_fini(&list);
    mem_free(text);
}

static void ignore_always_leaves_out_hidden_and_node_modules(void **state) {
    assert_true(ignore_always(STR(".git")));
    assert_true(ignore_always(STR("node_modules")));
    assert_false(ignore_always(STR("notes.txt")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ignore_globs_match_as_in_a_shell),
        cmocka_unit_test(ignore_rules_read_as_in_gitignore),
        cmocka_unit_test(ignore_hostile_patterns_take_bounded_time),
        cmocka_unit_test(ignore_files_have_ceilings),
        cmocka_unit_test(ignore_always_leaves_out_hidden_and_node_modules),
    };
    return cmocka_run_group_tests_name("ignore", tests, NULL, NULL);
}
