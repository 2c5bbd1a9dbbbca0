/*
 * Promises about configuration mistakes, generated from the program's own table of options: every
 * option that can stand in hearth.toml, with every wrong type, both sides of its range and its name
 * misspelt; the same values from the environment and as flags. Each mistake is a usage error that
 * names its place and the option.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"

static const CommandSpec *ask(void) {
    const CommandSpec *command = NULL;
    assert_non_null(cli_find("ask", &command));
    return command;
}

static Status parse(const char *config, const char *flag, Err *err) {
    static char name[] = "ask", operand[] = "question";
    char *argv[] = {name, operand, (char *)(uintptr_t)flag, NULL};
    Options *options = NULL;
    err_clear(err);
    Status status = options_parse(&cli_program, ask(), flag ? 3 : 2, argv, str_from(config),
                                  &options, err);
    options_free(options);
    return status;
}

static Status parse_config(const char *config, Err *err) { return parse(config, NULL, err); }

/* The mistake stands in line 3. */
static void assert_refused(const OptionSpec *spec, const char *value) {
    char config[256];
    Err err;
    (void)snprintf(config, sizeof config, "# mine\n\n%s = %s\n", spec->name, value);
    Status status = parse_config(config, &err);
    if (status != E_USAGE) fail_msg("%s: %s", config, status == OK ? "was taken" : err.message);
    assert_non_null(strstr(err.message, "configuration line 3"));
    assert_non_null(strstr(err.message, spec->name));
}

static void assert_taken(const OptionSpec *spec, const char *value) {
    char config[256];
    Err err;
    (void)snprintf(config, sizeof config, "%s = %s\n", spec->name, value);
    if (parse_config(config, &err) != OK) fail_msg("%s: %s", config, err.message);
}

static const char *good_value(const OptionSpec *spec, char *out, size_t cap) {
    switch (spec->type) {
    case OPT_BOOL: return "true";
    case OPT_TEXT: return "\"x\"";
    case OPT_CHOICE:
        (void)snprintf(out, cap, "\"%.*s\"", (int)strcspn(spec->choices, "|"), spec->choices);
        return out;
    default: (void)snprintf(out, cap, "%.0f", spec->min); return out;
    }
}

static void every_wrong_type_is_named(void **state) {
    static const struct { OptionType fits[2]; const char *text; } values[] = {
        {{OPT_BOOL, OPT_BOOL}, "true"},   {{OPT_INT, OPT_REAL}, "1"},
        {{OPT_REAL, OPT_REAL}, "0.5"},    {{OPT_TEXT, OPT_CHOICE}, "\"word\""},
        {{-1, -1}, "[1, 2]"},             {{-1, -1}, "{ a = 1 }"},
        {{-1, -1}, "2024-05-06"},         {{-1, -1}, "2024-05-06T07:08:09Z"}};
    unsigned n = 0;
    for (size_t i = 0; i < cli_program.n_specs; i++) {
        const OptionSpec *spec = &cli_program.specs[i];
        char good[64];
        if (!spec->configurable) continue;
        assert_taken(spec, good_value(spec, good, sizeof good));
        for (size_t v = 0; v < ARRAY_LEN(values); v++) {
            if (values[v].fits[0] == spec->type || values[v].fits[1] == spec->type) continue;
            assert_refused(spec, values[v].text);
            n++;
        }
    }
    assert_true(n >= 60);
}

static void every_range_has_two_ends(void **state) {
    unsigned n = 0;
    for (size_t i = 0; i < cli_program.n_specs; i++) {
        const OptionSpec *spec = &cli_program.specs[i];
        bool number = spec->type == OPT_INT || spec->type == OPT_REAL;
        if (!number || !spec->configurable || spec->min >= spec->max) continue;
        const double bad[] = {spec->min - 1, spec->max + 1, 1e18, -1e18};
        for (size_t v = 0; v < ARRAY_LEN(bad); v++) {
            char text[64];
            (void)snprintf(text, sizeof text, "%.0f", bad[v]);
            assert_refused(spec, text);
            n++;
        }
        char ends[2][64];
        (void)snprintf(ends[0], sizeof ends[0], "%.0f", spec->min);
        (void)snprintf(ends[1], sizeof ends[1], "%.0f", spec->max);
        assert_taken(spec, ends[0]);
        assert_taken(spec, ends[1]);
    }
    assert_true(n >= 8);
}

static void choices_are_listed_and_the_near_one_is_named(void **state) {
    for (size_t i = 0; i < cli_program.n_specs; i++) {
        const OptionSpec *spec = &cli_program.specs[i];
        if (spec->type != OPT_CHOICE) continue;
        size_t n = strcspn(spec->choices, "|");
        char config[256], want[64];
        Err err;
        if (!spec->configurable) continue;
        (void)snprintf(config, sizeof config, "%s = \"%.*s\"\n", spec->name, (int)n - 1,
                       spec->choices); /* the last letter lacks */
        assert_int_equal(parse_config(config, &err), E_USAGE);
        (void)snprintf(want, sizeof want, "did you mean %.*s?", (int)n, spec->choices);
        assert_string_equal(err.hint, want);
    }
}

/* Two neighbouring letters exchanged, and a letter left out. */
static void misspelt_names_are_unknown_and_the_near_one_is_named(void **state) {
    for (size_t i = 0; i < cli_program.n_specs; i++) {
        const OptionSpec *spec = &cli_program.specs[i];
        size_t n = strlen(spec->name);
        if (!spec->configurable || n < 5) continue; /* short names have too many neighbours */
        for (int how = 0; how < 2; how++) {
            char name[64], config[128], want[96];
            Err err;
            (void)snprintf(name, sizeof name, "%s", spec->name);
            if (how) memmove(name + 2, name + 3, n - 2);
            else name[1] = spec->name[2], name[2] = spec->name[1];
            if (strcmp(name, spec->name) == 0) continue;
            (void)snprintf(config, sizeof config, "\n%s = 1\n", name);
            assert_int_equal(parse_config(config, &err), E_USAGE);
            assert_non_null(strstr(err.message, "configuration line 2: unknown key"));
            (void)snprintf(want, sizeof want, "did you mean %s?", spec->name);
            assert_string_equal(err.hint, want);
        }
    }
}

static void what_is_a_flag_only_says_so(void **state) {
    for (size_t i = 0; i < cli_program.n_specs; i++) {
        const OptionSpec *spec = &cli_program.specs[i];
        char config[128];
        Err err;
        if (spec->configurable) continue;
        (void)snprintf(config, sizeof config, "%s = 1\n", spec->name);
        assert_int_equal(parse_config(config, &err), E_USAGE);
        assert_non_null(strstr(err.message, "can only be given as --"));
    }
}

static void flags_and_environment_are_held_to_the_same_table(void **state) {
    for (size_t i = 0; i < cli_program.n_specs; i++) {
        const OptionSpec *spec = &cli_program.specs[i];
        char flag[128], variable[OPTION_ENV_MAX];
        Err err;
        if (spec->type == OPT_TEXT || !spec->configurable) continue;
        (void)snprintf(flag, sizeof flag, "--%s=neither", spec->name);
        assert_int_equal(parse("", flag, &err), E_USAGE);
        assert_non_null(strstr(err.message, spec->name));
        options_env_name(spec->name, variable);
        assert_int_equal(setenv(variable, "neither", 1), 0);
        assert_int_equal(parse_config("", &err), E_USAGE);
        assert_non_null(strstr(err.message, variable));
        assert_int_equal(unsetenv(variable), 0);
    }
}

static void text_that_is_no_toml_says_line_and_column(void **state) {
    static const char *const bad[] = {"threads = ", "threads 4", "= 4", "threads = 4 5",
                                      "threads = 4\nthreads = 5", "[threads", "\xff = 1",
                                      "store = \"open", "a.b = 1", "[[store]]\n"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        Err err;
        assert_int_equal(parse_config(bad[i], &err), E_USAGE);
        assert_non_null(strstr(err.message, "configuration"));
    }
    Err err;
    assert_int_equal(parse_config("\nthreads = = 4\n", &err), E_USAGE);
    assert_non_null(strstr(err.message, "2:11: "));
}

/* O2: every allocation of reading a configuration fails once. */
static void out_of_memory_is_reported_at_every_allocation(void **state) {
    char config[2048] = "";
    for (size_t i = 0; i < cli_program.n_specs; i++) {
        const OptionSpec *spec = &cli_program.specs[i];
        char good[64];
        size_t n = strlen(config);
        if (!spec->configurable) continue;
        (void)snprintf(config + n, sizeof config - n, "%s = %s\n", spec->name,
                       good_value(spec, good, sizeof good));
    }
    uint64_t live = mem_live_blocks(), nth = 1;
    for (; nth < 10000; nth++) {
        Err err;
        mem_fail_at(nth);
        Status status = parse_config(config, &err);
        mem_fail_at(0);
        assert_int_equal(mem_live_blocks(), live);
        if (status == OK) break;
        assert_int_equal(status, E_NO_MEMORY);
    }
    assert_true(nth > 3 && nth < 10000);
}

static bool takes(const CommandSpec *command, const char *name) {
    for (size_t i = 0; command->options && command->options[i]; i++) {
        if (strcmp(command->options[i], name) == 0) return true;
    }
    return false;
}

/* A name without a row would be in no help and no manual, nor would a row without a command. */
static void commands_and_rows_of_the_table_know_each_other(void **state) {
    for (size_t c = 0; c < cli_program.n_commands; c++) {
        const CommandSpec *command = &cli_program.commands[c];
        for (size_t i = 0; command->options && command->options[i]; i++) {
            size_t row = 0;
            while (row < cli_program.n_specs &&
                   strcmp(cli_program.specs[row].name, command->options[i]) != 0) {
                row++;
            }
            if (row == cli_program.n_specs) {
                fail_msg("%s takes --%s, which is nowhere", command->name, command->options[i]);
            }
        }
    }
    for (size_t row = 0; row < cli_program.n_specs; row++) {
        size_t c = 0;
        while (c < cli_program.n_commands &&
               !takes(&cli_program.commands[c], cli_program.specs[row].name)) {
            c++;
        }
        if (c == cli_program.n_commands) {
            fail_msg("no command takes --%s", cli_program.specs[row].name);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_and_rows_of_the_table_know_each_other),
        cmocka_unit_test(every_wrong_type_is_named),
        cmocka_unit_test(every_range_has_two_ends),
        cmocka_unit_test(choices_are_listed_and_the_near_one_is_named),
        cmocka_unit_test(misspelt_names_are_unknown_and_the_near_one_is_named),
        cmocka_unit_test(what_is_a_flag_only_says_so),
        cmocka_unit_test(flags_and_environment_are_held_to_the_same_table),
        cmocka_unit_test(text_that_is_no_toml_says_line_and_column),
        cmocka_unit_test(out_of_memory_is_reported_at_every_allocation),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
