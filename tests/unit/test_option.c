/*
 * Promises of base/option: precedence, every wrong type, range and name with a message that helps,
 * and that help, manual and completions come out of the same table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/option.h"

static const OptionSpec specs[] = {
    {"threads", 't', OPT_INT, 1, 64, "4", "N", NULL, "threads to use", true},
    {"temp", 0, OPT_REAL, 0, 5, "0.8", "T", NULL, "temperature, it's 0 for greedy", true},
    {"mode", 'm', OPT_CHOICE, 0, 0, "hybrid", "MODE", "hybrid|lexical|vector", "how to search",
     true},
    {"store", 0, OPT_TEXT, 0, 0, NULL, "NAME", NULL, "which store [name]: a word", true},
    {"json", 'j', OPT_BOOL, 0, 0, NULL, NULL, NULL, "print JSON", false},
    {"color", 0, OPT_BOOL, 0, 0, "true", NULL, NULL, "use colours", true},
    {"offset", 0, OPT_INT, 0, 0, "0", "N", NULL, "any number", false},
    {"top-k", 'k', OPT_INT, 1, 1000, "40", "N", NULL, "how many", true},
};
static const char *const ask_options[] = {"threads", "temp",  "mode",   "store", "json",
                                          "color",   "top-k", "offset", NULL};
static const char *const list_options[] = {"json", NULL};
static const CommandSpec commands[] = {
    {"ask", "QUESTION...", 1, 3, "Answer a question", "It reads first.\nThen it answers.",
     ask_options},
    {"list", "", 0, 0, "List what is there", NULL, list_options},
    {"keep", "[log|show N|all]", 0, 2, "Keep what is there", NULL, list_options},
};
static const ProgramSpec program = {.name = "hearth",
                                    .summary = "answers",
                                    .version = "0.1.0",
                                    .specs = specs,
                                    .n_specs = ARRAY_LEN(specs),
                                    .commands = commands,
                                    .n_commands = ARRAY_LEN(commands),
                                    .examples = "  hearth ask \"Why?\"\n"};

enum { ARGS_MAX = 16 };
static char *args[ARGS_MAX];

/* Splits at blanks; a line has at most ARGS_MAX words. */
static int split(char *line) {
    int n = 0;
    char *rest = line;
    for (char *word; (word = strtok_r(rest, " ", &rest));) {
        assert_true(n < ARGS_MAX);
        args[n++] = word;
    }
    return n;
}

static Status parse(const char *line, const char *config, Options **out, Err *err) {
    static char words[512];
    (void)snprintf(words, sizeof words, "%s", line);
    int argc = split(words);
    const CommandSpec *command = strcmp(args[0], "ask") == 0 ? &commands[0] : &commands[1];
    return options_parse(&program, command, argc, args, str_from(config), out, err);
}

static Options *must_parse(const char *line, const char *config) {
    Options *o = NULL;
    Err err = {0};
    Status status = parse(line, config, &o, &err);
    if (status != OK) print_error("%s: %s\n", line, err.message);
    assert_int_equal(status, OK);
    return o;
}

static void every_spelling_of_a_flag_is_read(void **state) {
    static const char *const lines[] = {"ask --threads 7 -j q", "ask --threads=7 --json q",
                                        "ask -t 7 q -j",        "ask -t7 -j q",
                                        "ask -jt7 q",           "ask q -jt 7 --"};
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        char **operands;
        Options *o = must_parse(lines[i], "");
        assert_int_equal(options_get(o, "threads")->whole, 7);
        assert_true(options_get(o, "threads")->set);
        assert_true(options_get(o, "json")->is_true);
        assert_int_equal(options_operands(o, &operands), 1);
        assert_string_equal(operands[0], "q");
        options_free(o);
    }
}

static void operands_dashes_and_defaults(void **state) {
    char **operands;
    Options *o = must_parse("ask --no-color --temp 0 --offset -5 - -- --json", "");
    assert_int_equal(options_operands(o, &operands), 2);
    assert_string_equal(operands[0], "-");
    assert_string_equal(operands[1], "--json");
    assert_false(options_get(o, "json")->is_true);
    assert_false(options_get(o, "color")->is_true);
    assert_int_equal(options_get(o, "offset")->whole, -5);
    assert_true(options_get(o, "temp")->real == 0);
    assert_int_equal(options_get(o, "threads")->whole, 4);
    assert_false(options_get(o, "threads")->set);
    assert_string_equal(options_get(o, "threads")->origin, "default");
    assert_null(options_get(o, "store")->text);
    assert_string_equal(options_get(o, "mode")->text, "hybrid");
    options_free(o);
    o = must_parse("ask --threads 1 --threads 2 --color=no --color q", "");
    assert_int_equal(options_get(o, "threads")->whole, 2);
    assert_true(options_get(o, "color")->is_true);
    options_free(o);
}

static void flag_wins_over_environment_over_configuration(void **state) {
    const char *config =
        "threads = 2\ntemp = 1\nmode = \"vector\"\nstore = \"demo\"\ncolor = false\n";
    Options *o = must_parse("ask q", config);
    assert_int_equal(options_get(o, "threads")->whole, 2);
    assert_true(options_get(o, "temp")->real == 1);
    assert_string_equal(options_get(o, "store")->text, "demo");
    assert_string_equal(options_get(o, "store")->origin, "config");
    assert_false(options_get(o, "color")->is_true);
    options_free(o);
    assert_int_equal(setenv("HEARTH_THREADS", "3", 1), 0);
    assert_int_equal(setenv("HEARTH_TOP_K", "9", 1), 0);
    assert_int_equal(setenv("HEARTH_JSON", "true", 1), 0); /* not configurable: no effect */
    o = must_parse("ask q", config);
    assert_int_equal(options_get(o, "threads")->whole, 3);
    assert_string_equal(options_get(o, "threads")->origin, "env");
    assert_int_equal(options_get(o, "top-k")->whole, 9);
    assert_false(options_get(o, "json")->is_true);
    options_free(o);
    o = must_parse("ask -t 5 q", config);
    assert_int_equal(options_get(o, "threads")->whole, 5);
    assert_string_equal(options_get(o, "threads")->origin, "flag");
    options_free(o);
    (void)unsetenv("HEARTH_THREADS");
    (void)unsetenv("HEARTH_TOP_K");
    (void)unsetenv("HEARTH_JSON");
}

static void assert_refused(const char *line, const char *config, const char *message,
                           const char *hint) {
    Options *o = NULL;
    Err err = {0};
    Status status = parse(line, config, &o, &err);
    bool fits = strstr(err.message, message) && strstr(err.hint, hint);
    if (!fits) print_error("%s | %s: \"%s\" / \"%s\"\n", line, config, err.message, err.hint);
    assert_int_equal(status, E_USAGE);
    assert_true(fits);
    assert_null(o);
}

static void every_wrong_word_is_named_with_what_was_meant(void **state) {
    assert_refused("ask --thread 3 q", "", "ask has no option --thread", "did you mean --threads?");
    assert_refused("ask --trheads=3 q", "", "--trheads", "did you mean --threads?");
    assert_refused("ask --xyzzy q", "", "--xyzzy", "--help");
    assert_refused("ask -x q", "", "-x", "--help");
    assert_refused("list --threads 3", "", "list has no option --threads", "");
    assert_refused("ask --no-threads q", "", "--no-threads", "");
    assert_refused("ask --threads 0 q", "", "--threads: 0 is outside 1 to 64", "");
    assert_refused("ask -t 65 q", "", "-t: 65 is outside", "");
    assert_refused("ask --threads four q", "", "--threads: \"four\" is not a whole number", "");
    assert_refused("ask --threads 99999999999999999999 q", "", "outside", "");
    assert_refused("ask --threads 4x q", "", "not a whole number", "");
    assert_refused("ask --temp hot q", "", "--temp: \"hot\" is not a number", "");
    assert_refused("ask --temp 5.5 q", "", "outside 0 to 5", "");
    assert_refused("ask --temp nan q", "", "not a number", "");
    assert_refused("ask --mode hybird q", "", "not one of hybrid, lexical, vector",
                   "did you mean hybrid?");
    assert_refused("ask --json=maybe q", "", "--json: \"maybe\" is neither true nor false", "");
    assert_refused("ask q --threads", "", "--threads needs a value", "");
    assert_refused("ask q --store --json", "", "--store needs a value: --store NAME", "");
    assert_refused("ask", "", "ask needs QUESTION...", "--help");
    assert_refused("ask a b c d", "", "\"d\" is one too many", "");
    assert_refused("list x", "", "\"x\" is one too many", "");
}

static void the_configuration_is_checked_as_a_whole(void **state) {
    assert_refused("list", "\nthread = 3", "configuration line 2: unknown key thread",
                   "did you mean threads?");
    assert_refused("list", "threads = \"3\"", "line 1: threads must be a whole number", "");
    assert_refused("list", "threads = 1.5", "must be a whole number", "");
    assert_refused("list", "temp = true", "must be a number", "");
    assert_refused("list", "color = \"yes\"", "must be true or false", "");
    assert_refused("list", "store = 3", "must be a text", "");
    assert_refused("list", "threads = 65", "line 1: threads: 65 is outside 1 to 64", "");
    assert_refused("list", "mode = \"x\"", "not one of hybrid", "");
    assert_refused("list", "json = true", "json can only be given as --json", "");
    assert_refused("list", "threads = ", "configuration: 1:11: a value is missing", "");
    assert_refused("list", "[threads]\nx = 1", "threads must be a whole number", "");
    assert_int_equal(setenv("HEARTH_THREADS", "many", 1), 0);
    assert_refused("ask q", "", "HEARTH_THREADS: \"many\"", "");
    options_free(must_parse("list", ""));
    (void)unsetenv("HEARTH_THREADS");
}

static void help_is_always_known_and_needs_no_operands(void **state) {
    static const char *const lines[] = {"ask --help", "ask -h", "ask -jh", "list -h x"};
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        Options *o = must_parse(lines[i], "");
        assert_true(options_help_wanted(o));
        options_free(o);
    }
}

static void near_words_are_found_and_far_ones_are_not(void **state) {
    static const char *const names[] = {"ask", "add", "search", "models", "tokenize"};
    assert_string_equal(options_did_you_mean("serach", names, 5), "search");
    assert_string_equal(options_did_you_mean("model", names, 5), "models");
    assert_string_equal(options_did_you_mean("tok", names, 5), "tokenize");
    assert_string_equal(options_did_you_mean("aks", names, 5), "ask");
    assert_null(options_did_you_mean("zebra", names, 5));
    assert_null(options_did_you_mean("", names, 5));
    assert_null(options_did_you_mean("x", names, 5));
}

static void help_shows_every_option_with_its_bounds(void **state) {
    Buf out;
    buf_init(&out, 1 << 16);
    options_help_command(&program, &commands[0], &out);
    for (size_t i = 0; ask_options[i]; i++) assert_non_null(strstr(out.p, ask_options[i]));
    assert_non_null(strstr(out.p, "-t, --threads N"));
    assert_non_null(strstr(out.p, "1 to 64; default 4; HEARTH_THREADS"));
    assert_non_null(strstr(out.p, "hybrid|lexical|vector"));
    assert_non_null(strstr(out.p, "--no-color"));
    assert_non_null(strstr(out.p, "It reads first."));
    for (const char *line = out.p; *line; line += strcspn(line, "\n") + 1) {
        assert_true(strcspn(line, "\n") <= 96);
    }
    buf_clear(&out);
    options_help_program(&program, &out);
    assert_non_null(strstr(out.p, "ask QUESTION..."));
    assert_non_null(strstr(out.p, "hearth ask \"Why?\""));
    buf_fini(&out);
}

/* Feeds text to a program's standard input and returns its exit status; -1: not installed. */
static int run_with(const char *path, const char *command, Str text) {
    if (access(path, X_OK) != 0) return -1;
    FILE *pipe = popen(command, "w");
    assert_non_null(pipe);
    assert_int_equal(fwrite(text.p, 1, text.n, pipe), text.n);
    return pclose(pipe);
}

static void scdoc_accepts_the_manual(void **state) {
    Buf out;
    buf_init(&out, 1 << 16);
    options_man(&program, &out);
    assert_non_null(strstr(out.p, "HEARTH\\_THREADS"));
    int status = run_with("/usr/bin/scdoc", "/usr/bin/scdoc >/dev/null", buf_str(&out));
    buf_fini(&out);
    if (status == -1) skip();
    assert_int_equal(status, 0);
}

static void shells_accept_their_completions(void **state) {
    static const char *const shells[][3] = {{"bash", "/bin/bash", "/bin/bash -n"},
                                            {"zsh", "/usr/bin/zsh", "/usr/bin/zsh -n"},
                                            {"fish", "/usr/bin/fish", "/usr/bin/fish -n"}};
    Err err;
    Buf out;
    buf_init(&out, 1 << 16);
    for (size_t i = 0; i < ARRAY_LEN(shells); i++) {
        buf_clear(&out);
        assert_int_equal(options_completion(&program, shells[i][0], &out, &err), OK);
        assert_non_null(strstr(out.p, "threads"));
        assert_true(run_with(shells[i][1], shells[i][2], buf_str(&out)) <= 0);
    }
    assert_int_equal(options_completion(&program, "tcsh", &out, &err), E_USAGE);
    buf_fini(&out);
}

static void bash_completes_commands_options_and_choices(void **state) {
    static const char script[] = "\ntry() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _hearth; "
                                 "echo \"${COMPREPLY[*]}\"; }\n"
                                 "[ \"$(try hearth as)\" = ask ] || exit 1\n"
                                 "[ \"$(try hearth ask --thr)\" = --threads ] || exit 2\n"
                                 "[ \"$(try hearth ask --mode l)\" = lexical ] || exit 3\n"
                                 "[ -z \"$(try hearth list --thr)\" ] || exit 4\n"
                                 "[ \"$(try hearth keep '')\" = 'log show all' ] || exit 5\n"
                                 "[ \"$(try hearth keep s)\" = show ] || exit 6\n"
                                 "[ \"$(try hearth help '')\" = 'ask list keep' ] || exit 7\n"
                                 "cd / && [ \"$(try hearth keep show et)\" = etc ] || exit 8\n";
    Err err;
    Buf out;
    buf_init(&out, 1 << 16);
    assert_int_equal(options_completion(&program, "bash", &out, &err), OK);
    buf_add_c(&out, script);
    int status = run_with("/bin/bash", "/bin/bash", buf_str(&out));
    buf_fini(&out);
    if (status == -1) skip();
    assert_int_equal(status, 0);
}

static void out_of_memory_is_reported_at_every_allocation(void **state) {
    uint64_t live = mem_live_blocks();
    for (uint64_t nth = 1;; nth++) {
        Options *o = NULL;
        Err err;
        mem_fail_at(nth);
        Status status = parse("ask -t 3 q", "store = \"x\"\nthreads = 1\n", &o, &err);
        mem_fail_at(0);
        options_free(o);
        assert_int_equal(mem_live_blocks(), live);
        if (status == OK) break;
        assert_int_equal(status, E_NO_MEMORY);
        assert_true(nth < 1000);
    }
}

/* Where the command of a line stands; -1: nowhere. */
static int command_of(const char *line) {
    char copy[200];
    (void)snprintf(copy, sizeof copy, "hearth %s", line);
    int n = split(copy), at = options_command_at(&program, n, args);
    return at < n ? at : -1;
}

static void the_command_is_found_behind_options(void **state) {
    (void)state;
    assert_int_equal(command_of("ask why"), 1);
    assert_int_equal(command_of("--threads 4 ask why"), 3);
    assert_int_equal(command_of("--threads=4 --no-color -j ask why"), 4);
    assert_int_equal(command_of("-t 4 -k5 -jt 2 ask why"), 6);
    assert_int_equal(command_of("--store ask ask"), 3); /* the first is a store's name */
    assert_int_equal(command_of("--nothing ask"), 1);   /* whoever has no such option says so */
    assert_int_equal(command_of("-jx ask"), 1);
    assert_int_equal(command_of("--no-threads ask"), 1);
    assert_int_equal(command_of("-j --help ask"), 2);
    assert_int_equal(command_of("- ask"), 1);
    assert_int_equal(command_of("-j -- ask"), 2);
    assert_int_equal(command_of("--json --store"), -1); /* its value is missing, too */
    assert_int_equal(command_of(""), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_spelling_of_a_flag_is_read),
        cmocka_unit_test(operands_dashes_and_defaults),
        cmocka_unit_test(flag_wins_over_environment_over_configuration),
        cmocka_unit_test(every_wrong_word_is_named_with_what_was_meant),
        cmocka_unit_test(the_configuration_is_checked_as_a_whole),
        cmocka_unit_test(help_is_always_known_and_needs_no_operands),
        cmocka_unit_test(the_command_is_found_behind_options),
        cmocka_unit_test(near_words_are_found_and_far_ones_are_not),
        cmocka_unit_test(help_shows_every_option_with_its_bounds),
        cmocka_unit_test(scdoc_accepts_the_manual),
        cmocka_unit_test(shells_accept_their_completions),
        cmocka_unit_test(bash_completes_commands_options_and_choices),
        cmocka_unit_test(out_of_memory_is_reported_at_every_allocation),
    };
    return cmocka_run_group_tests_name("option", tests, NULL, NULL);
}
