/*
 * Promises of base/plain.h: a process that speaks German or Turkish (setlocale) reads and writes
 * numbers as any other. The locales are compiled here (localedef) into a folder of the test's own;
 * where that cannot be done, the test is skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/remove_folder.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/plain.h"
#include "base/toml.h"
#include "model/text/template.h"

static char folder[] = "/tmp/hearth-plain-XXXXXX";

/* localedef -i de_DE -f UTF-8 FOLDER/de_DE.UTF-8, quietly; what came of it is seen later. */
static bool locale_make(const char *name) {
    char into[96], input[16];
    (void)snprintf(input, sizeof input, "%.5s", name);
    (void)snprintf(into, sizeof into, "%s/%s", folder, name);
    pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr) || !freopen("/dev/null", "w", stdout)) _exit(1);
        execlp("localedef", "localedef", "-i", input, "-f", "UTF-8", into, (char *)NULL);
        _exit(127);
    }
    int how = 0;
    return child > 0 && waitpid(child, &how, 0) == child;
}

static void speak(const char *name) {
    if (!setlocale(LC_ALL, name)) {
        print_message("no locale %s here (localedef and /usr/share/i18n are wanted)\n", name);
        skip();
    }
}

static int speak_c(void **state) {
    (void)setlocale(LC_ALL, "C");
    return 0;
}

static void speak_german(void) {
    char text[16];
    speak("de_DE.UTF-8");
    (void)snprintf(text, sizeof text, "%.1f", 0.5);
    assert_string_equal(text, "0,5"); /* the process does */
}

static void printed_numbers_have_points(void **state) {
    char text[32];
    Buf buf;
    Err err;
    double value = 0;
    speak_german();
    assert_int_equal(plain_print(text, sizeof text, "%.2f %g", 1234.5, 0.25), 12);
    assert_string_equal(text, "1234.50 0.25");
    buf_init(&buf, 100);
    buf_printf(&buf, "%g", 0.5);
    assert_string_equal(buf.p, "0.5");
    buf_fini(&buf);
    assert_int_equal(err_set(&err, E_USAGE, "%g is much", 1.5), E_USAGE);
    assert_string_equal(err.message, "1.5 is much");
    assert_string_equal(num_bytes_text(1500000, text, sizeof text), "1.5 MB");
    assert_int_equal(num_parse_real(STR("2.25"), 0, 3, "x", "", &value, &err), OK);
    assert_true(value == 2.25);
    assert_int_equal(num_parse_real(STR("2,25"), 0, 3, "x", "", &value, &err), E_USAGE);
    (void)snprintf(text, sizeof text, "%.1f", 0.5);
    assert_string_equal(text, "0,5"); /* the process's own is as it was */
}

static void json_and_toml_are_read_and_written(void **state) {
    Buf out;
    Err err;
    Json *json = NULL;
    Toml *toml = NULL;
    speak_german();
    buf_init(&out, 100);
    JsonWriter w = jsonw_init(&out);
    jsonw_array_begin(&w);
    jsonw_real(&w, 0.5, 17);
    jsonw_real(&w, 3, 6);
    jsonw_array_end(&w);
    assert_string_equal(out.p, "[0.5,3.0]");
    assert_int_equal(json_parse(buf_str(&out), NULL, &json, &err), OK);
    assert_true(json_real(json_at(json, 0), 0) == 0.5);
    assert_int_equal(toml_parse(STR("x = 1.5e3\ny = 6.626e-34\n"), &toml, &err), OK);
    assert_true(toml_real(toml_get(toml, "x")) == 1500);
    assert_true(toml_real(toml_get(toml, "y")) == 6.626e-34);
    json_free(json);
    toml_free(toml);
    buf_fini(&out);
}

static void expect_rendered(const char *source, const char *want) {
    Template *template = NULL;
    TemplateOutput out = {0};
    TemplateInput in = {.local_s = 1765972800};
    Err err;
    assert_int_equal(template_parse(str_from(source), &template, &err), OK);
    assert_int_equal(template_render(template, &in, &out, &err), OK);
    assert_string_equal(buf_str(&out.text).p, want);
    template_output_fini(&out);
    template_free(template);
}

static void templates_write_what_they_write_everywhere(void **state) {
    speak_german();
    expect_rendered("{{ 0.1 + 0.2 }} {{ '%.2f' % 2.5 }} {{ 2.675|round(2) }} {{ 1.5|tojson }}",
                    "0.30000000000000004 2.50 2.67 1.5");
    expect_rendered("{{ strftime_now('%A %B') }}", "Wednesday December");
}

static void letters_are_english_ones(void **state) {
    char c = 'I';
    speak("tr_TR.UTF-8");
    assert_int_equal(plain_lower(c), 'i');
    assert_int_equal(plain_upper('i'), 'I');
    assert_int_equal(plain_lower('\xC4'), '\xC4');
    assert_true(plain_same("LOCALHOST.ID", "localhost.id"));
    assert_false(plain_same("localhost", "localhost2"));
    assert_false(plain_same("localhost2", "localhost"));
    assert_false(plain_is_alnum('\xE9') || plain_is_alnum(0xE9));
}

static int make_locales(void **state) {
    if (!mkdtemp(folder)) return -1;
    bool made = locale_make("de_DE.UTF-8") && locale_make("tr_TR.UTF-8");
    return made && setenv("LOCPATH", folder, 1) == 0 ? 0 : -1;
}

static int drop_locales(void **state) {
    return remove_folder(folder);
}

#define TEST(name) cmocka_unit_test_teardown(name, speak_c)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(printed_numbers_have_points),
        TEST(json_and_toml_are_read_and_written),
        TEST(templates_write_what_they_write_everywhere),
        TEST(letters_are_english_ones),
    };
    return cmocka_run_group_tests(tests, make_locales, drop_locales);
}
