/*
 * Promises of base/toml: toml-test's list for 1.0.0 (210 documents with their values, 499 refused),
 * limits, places in messages, lookups.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../support/patience.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/toml.h"

static Toml *must_parse(const char *text) {
    Toml *root = NULL;
    Err err = {0};
    Status status = toml_parse(str_from(text), &root, &err);
    if (status != OK) print_error("%s\n", err.message);
    assert_int_equal(status, OK);
    return root;
}

static void assert_refused(const char *text, Status want, const char *message) {
    Toml *root = NULL;
    Err err = {0};
    assert_int_equal(toml_parse(str_from(text), &root, &err), want);
    if (!strstr(err.message, message)) print_error("\"%s\" lacks \"%s\"\n", err.message, message);
    assert_non_null(strstr(err.message, message));
    assert_null(root);
}

static void a_configuration_is_read(void **state) {
    Toml *root = must_parse("threads = 4 # all\n[model]\nname = \"a\\tb\"\ntop_p = 0.9\n"
                            "on = true\nlist = [1,\n 2, ]\nwhen = 1979-05-27 07:32:00z\n"
                            "[[peer]]\nname='x'\n[[peer]]\nname='y'\n");
    assert_int_equal(toml_int(toml_get(root, "threads")), 4);
    const Toml *model = toml_get(root, "model");
    assert_true(str_eq_c(toml_str(toml_get(model, "name")), "a\tb"));
    assert_true(toml_real(toml_get(model, "top_p")) == 0.9);
    assert_true(toml_bool(toml_get(model, "on")));
    assert_int_equal(toml_len(toml_get(model, "list")), 2);
    assert_int_equal(toml_int(toml_at(toml_get(model, "list"), 1)), 2);
    assert_true(str_eq_c(toml_str(toml_get(model, "when")), "1979-05-27T07:32:00Z"));
    assert_int_equal(toml_line(toml_get(model, "top_p")), 4);
    const Toml *peers = toml_get(root, "peer");
    assert_true(str_eq_c(toml_str(toml_get(toml_at(peers, 1), "name")), "y"));
    assert_null(toml_get(root, "absent"));
    assert_null(toml_get(NULL, "absent"));
    Str key;
    const Toml *value;
    assert_true(toml_pair(root, 2, &key, &value));
    assert_true(str_eq_c(key, "peer"));
    assert_false(toml_pair(root, 3, &key, &value));
    toml_free(root);
}

static void messages_name_line_and_column(void **state) {
    assert_refused("a = 1\nb = \n", E_CORRUPT, "2:5: a value is missing");
    assert_refused("\xC3\xA4 = 1", E_CORRUPT, "1:1: ");
    assert_refused("\"\xC3\xA4\" = x", E_CORRUPT, "1:7: not a value: x");
    assert_refused("a = 1\na = 2", E_CORRUPT, "2:1: \"a\" stands here twice");
    assert_refused("[t]\n[t]", E_CORRUPT, "2:2: \"t\" is defined already");
    assert_refused("a = \"x", E_CORRUPT, "never ends");
    assert_refused("a = 9223372036854775808", E_CORRUPT, "not a value");
    assert_refused("a = 2021-02-29", E_CORRUPT, "calendar");
    assert_refused("a = \"\xFF\"", E_CORRUPT, "not UTF-8");
}

static void depth_is_limited_in_every_way_to_nest(void **state) {
    Buf text;
    buf_init(&text, 1 << 20);
    buf_add_c(&text, "a = ");
    for (int i = 0; i < 100000; i++) buf_add_byte(&text, '[');
    assert_refused(text.p, E_LIMIT, "deeper");
    buf_clear(&text);
    buf_add_c(&text, "a = ");
    for (int i = 0; i < 1000; i++) buf_add_c(&text, "{a=");
    assert_refused(text.p, E_LIMIT, "deeper");
    buf_clear(&text);
    for (int i = 0; i < 1000; i++) buf_add_c(&text, "a.");
    buf_add_c(&text, "a = 1");
    assert_refused(text.p, E_CORRUPT, "parts");
    buf_clear(&text);
    for (int table = 0; table < 2; table++) {
        buf_add_byte(&text, table ? '\n' : '[');
        for (int i = 0; i < 40; i++) buf_add_c(&text, i ? ".a" : "a");
        buf_add_c(&text, table ? " = 1" : "]");
    }
    assert_refused(text.p, E_LIMIT, "deeper");
    buf_fini(&text);
}

static void size_is_limited_and_many_keys_are_not_slow(void **state) {
    Buf text;
    Err err;
    Toml *root;
    buf_init(&text, 2 << 20);
    for (int i = 0; i < 60000; i++) buf_printf(&text, "k%d=%d\n", i, i);
    assert_true(text.n < 1 << 20);
    double start = patience_used_ms();
    assert_int_equal(toml_parse(buf_str(&text), &root, &err), OK);
    assert_true(patience_used_ms() - start < patience_ms(3000));
    assert_int_equal(toml_len(root), 60000);
    assert_int_equal(toml_int(toml_get(root, "k59999")), 59999);
    toml_free(root);
    while (text.n <= 1 << 20) buf_add_c(&text, "# more\n");
    assert_int_equal(toml_parse(buf_str(&text), &root, &err), E_LIMIT);
    buf_fini(&text);
}

static void many_headers_are_not_slow_and_know_their_lines(void **state) {
    Buf text;
    Err err;
    Toml *root;
    buf_init(&text, 1 << 20);
    for (int i = 0; i < 60000; i++) buf_printf(&text, "[t%d]\n\n", i);
    double start = patience_used_ms();
    assert_int_equal(toml_parse(buf_str(&text), &root, &err), OK);
    assert_true(patience_used_ms() - start < patience_ms(3000));
    assert_int_equal(toml_line(toml_get(root, "t0")), 1);
    assert_int_equal(toml_line(toml_get(root, "t59999")), 2 * 59999 + 1);
    toml_free(root);
    buf_fini(&text);
    assert_refused("[a.b]\nc = 1\n[a]\nd = 1\n[a]\n", E_CORRUPT, "5:2: \"a\" is defined");
}

static void out_of_memory_is_reported_at_every_allocation(void **state) {
    Str text = STR("a.b = 1\n[c]\nd = [1, {e = \"x\\ny\"}]\n[[f]]\nt = 07:32:00.5\nr = 1e3\n");
    uint64_t live = mem_live_blocks();
    for (uint64_t nth = 1;; nth++) {
        Toml *root = NULL;
        Err err;
        mem_fail_at(nth);
        Status status = toml_parse(text, &root, &err);
        mem_fail_at(0);
        toml_free(root);
        assert_int_equal(mem_live_blocks(), live);
        if (status == OK) break;
        if (status != E_NO_MEMORY) print_error("call %" PRIu64 ": %s\n", nth, err.message);
        assert_int_equal(status, E_NO_MEMORY);
        assert_true(nth < 1000);
    }
}

/* ---- toml-test: every value as {"type": ..., "value": "..."} ---- */

static bool same(const Toml *got, const Json *want);

static bool same_scalar(const Toml *got, Str type, Str text) {
    static const char *const types[] = {
        [TOML_STRING] = "string",         [TOML_INT] = "integer",
        [TOML_REAL] = "float",            [TOML_BOOL] = "bool",
        [TOML_DATETIME] = "datetime",     [TOML_DATETIME_LOCAL] = "datetime-local",
        [TOML_DATE_LOCAL] = "date-local", [TOML_TIME_LOCAL] = "time-local"};
    TomlKind kind = toml_kind(got);
    if (kind >= TOML_ARRAY || !str_eq_c(type, types[kind])) return false;
    char number[32];
    if (kind == TOML_INT) {
        (void)snprintf(number, sizeof number, "%" PRId64, toml_int(got));
        return str_eq_c(text, number);
    }
    if (kind == TOML_BOOL) return str_eq_c(text, toml_bool(got) ? "true" : "false");
    if (kind != TOML_REAL) return str_eq(toml_str(got), text);
    char spelled[64];
    (void)snprintf(spelled, sizeof spelled, "%.*s", (int)text.n, text.p);
    double want = strtod(spelled, NULL);
    return isnan(want) ? isnan(toml_real(got)) : toml_real(got) == want;
}

static bool same_table(const Toml *got, const Json *want) {
    Str key;
    const Toml *value;
    if (toml_kind(got) != TOML_TABLE || toml_len(got) != json_len(want)) return false;
    for (size_t i = 0; toml_pair(got, i, &key, &value); i++) {
        const Json *other = json_get_str(want, key);
        if (!other || !same(value, other)) return false;
    }
    return true;
}

static bool same(const Toml *got, const Json *want) {
    if (json_kind(want) == JSON_ARRAY) {
        bool equal = toml_kind(got) == TOML_ARRAY && toml_len(got) == json_len(want);
        for (size_t i = 0; equal && i < json_len(want); i++) {
            equal = same(toml_at(got, i), json_at(want, i));
        }
        return equal;
    }
    const Json *type = json_get(want, "type"), *value = json_get(want, "value");
    if (json_is_str(type) && json_is_str(value)) {
        return same_scalar(got, json_str(type), json_str(value));
    }
    return same_table(got, want);
}

static Status read_suite_file(const char *name, Buf *out) {
    char path[1024];
    Err err;
    const char *data = getenv("HEARTH_TEST_DATA");
    (void)snprintf(path, sizeof path, "%s/conform/toml-test/%s", data ? data : "../shared/data",
                   name);
    buf_clear(out);
    return file_read(path, out, &err);
}

static bool valid_is_read(const char *name, const Toml *root) {
    char expected[512];
    Buf text;
    Err err;
    Json *want = NULL;
    buf_init(&text, 1 << 20);
    (void)snprintf(expected, sizeof expected, "%.*s.json", (int)strlen(name) - 5, name);
    assert_int_equal(read_suite_file(expected, &text), OK);
    assert_int_equal(json_parse(buf_str(&text), NULL, &want, &err), OK);
    bool equal = same(root, want);
    json_free(want);
    buf_fini(&text);
    return equal;
}

static bool check_suite_file(const char *name) {
    Buf text;
    Err err;
    Toml *root = NULL;
    buf_init(&text, 1 << 20);
    assert_int_equal(read_suite_file(name, &text), OK);
    Status status = toml_parse(buf_str(&text), &root, &err);
    bool right = str_starts(str_from(name), STR("invalid/")) ? status == E_CORRUPT
                                                             : status == OK;
    if (!right) print_error("%s: %s\n", name, status == OK ? "accepted" : err.message);
    if (right && status == OK && !valid_is_read(name, root)) {
        print_error("%s: other values\n", name);
        right = false;
    }
    toml_free(root);
    buf_fini(&text);
    return right;
}

static void toml_test_passes_for_1_0_0(void **state) {
    Buf list;
    buf_init(&list, 1 << 20);
    if (read_suite_file("files-toml-1.0.0", &list) != OK) {
        print_message("# no toml-test: set HEARTH_TEST_DATA\n");
        buf_fini(&list);
        skip();
    }
    int valid = 0, invalid = 0, wrong = 0;
    char *rest = list.p;
    for (char *name; (name = strtok_r(rest, "\n", &rest));) {
        if (!str_ends(str_from(name), STR(".toml"))) continue;
        *(name[0] == 'v' ? &valid : &invalid) += 1;
        wrong += !check_suite_file(name);
    }
    buf_fini(&list);
    assert_int_equal(wrong, 0);
    assert_int_equal(valid, 210);
    assert_int_equal(invalid, 499);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_configuration_is_read),
        cmocka_unit_test(messages_name_line_and_column),
        cmocka_unit_test(depth_is_limited_in_every_way_to_nest),
        cmocka_unit_test(size_is_limited_and_many_keys_are_not_slow),
        cmocka_unit_test(many_headers_are_not_slow_and_know_their_lines),
        cmocka_unit_test(out_of_memory_is_reported_at_every_allocation),
        cmocka_unit_test(toml_test_passes_for_1_0_0),
    };
    return cmocka_run_group_tests_name("toml", tests, NULL, NULL);
}
