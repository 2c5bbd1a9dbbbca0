/*
 * The terminal door: finds the command, reads its options, opens a Hearth, runs it.
 *
 * What ends a command early, signals and a reader that has gone, is in stop.c. A process that
 * crashes leaves no core file unless somebody raises the limit again: it would hold documents,
 * questions and keys. Whoever started us may ignore the end of children, or have closed a standard
 * stream; that is put right first.
 *
 * The order of a start, and why it is this one:
 *
 *     signals, streams, no core      before anything can be opened or crash
 *     --json seen                    errors of what follows are objects, too
 *     --version, help                need neither options nor a home
 *     the command to the front       options may stand before it: `hearth -q list`
 *     the command's row              an unknown word is told before files are read
 *     hearth.toml                    there and not to be read is an error: it may say offline
 *     options                        all of them checked before anything is done
 *     offline, by the kernel         before the library opens whatever it opens
 *     hearth_open, the command       with signals watched from here to its end
 */
#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "base/home.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/cli.h"

enum { CONFIG_MAX = 1 << 20 }; /* bytes of hearth.toml */

/* NULL: of the program. Help is what was asked for, so it goes to stdout and is exit code 0. */
static int help(const CommandSpec *command) {
    Buf out;
    buf_init(&out, 1 << 20);
    if (command) options_help_command(&cli_program, command, &out);
    else options_help_program(&cli_program, &out);
    int code = cli_put(&out);
    buf_fini(&out);
    return cli_end(code);
}

/* NO_COLOR and TERM hold for "auto" only: "always" was said by somebody. A terminal that nobody
   names may show the codes as they are. */
static bool wants_colour(const char *when, bool tty) {
    const char *term = env_get("TERM");
    if (strcmp(when, "always") == 0) return true;
    return strcmp(when, "auto") == 0 && tty && !env_get("NO_COLOR") && term && *term &&
           strcmp(term, "dumb") != 0;
}

/* Only called for commands that open a home. What one does not list has its default. */
static void hearth_options_from(const Cli *cli, hearth_options *out) {
    hearth_options_default(out);
    out->passphrase = cli_passphrase;
    out->passphrase_user = (void *)(uintptr_t)cli;
    out->on_packing = cli_packing;
    out->on_packing_user = (void *)(uintptr_t)cli;
    const char *isa = cli_option(cli, "isa")->text;
    out->store = cli_option(cli, "store")->text;
    out->model = cli_option(cli, "model")->text;
    out->embed_model = cli_option(cli, "embed-model")->text;
    out->isa = isa && strcmp(isa, "auto") != 0 ? isa : NULL;
    out->threads = (int)cli_option(cli, "threads")->whole;
    out->context = (int)cli_option(cli, "context")->whole;
    out->offline = cli_option(cli, "offline")->is_true;
    out->no_pack = cli_option(cli, "no-pack")->is_true;
    out->kv_type = cli_option(cli, "kv")->text;
    out->no_kv_cache = cli_option(cli, "no-kv-cache")->is_true;
    out->polite = cli_option(cli, "polite")->is_true;
    out->weak_sandbox = cli_option(cli, "weak-sandbox")->is_true;
    if (cli_has_option(cli, "speculate")) {
        out->draft_model = cli_option(cli, "draft-model")->text;
        out->speculate = cli_option(cli, "speculate")->text;
    }
    /* `hearth embed -m MODEL`: the one model of the command is the embedding model */
    if (strcmp(cli->command->name, "embed") == 0 && out->model) out->embed_model = out->model;
}

_Static_assert(LOG_ERROR == 0 && LOG_WARN == 1 && LOG_INFO == 2 && LOG_DEBUG == 3, "a name each");

/* The option's choices are these words, so one of them is always found. */
static void set_log(const Cli *cli) {
    static const char *const levels[] = {"error", "warn", "info", "debug"};
    const char *wanted = cli_option(cli, "log")->text;
    assert(wanted); /* the row has a default */
    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        if (strcmp(wanted, levels[i]) == 0) log_set_level((LogLevel)i);
    }
}

/* Commands without the option "store" (man, completion) run with a handle of defaults. */
static int run_command(Cli *cli, CliCommand run) {
    hearth_options options;
    hearth_error err;
    hearth_options_default(&options);
    if (cli_has_option(cli, "store")) {
        cli->quiet = cli_option(cli, "quiet")->is_true;
        set_log(cli);
        cli->colour = wants_colour(cli_option(cli, "color")->text, cli->tty_out);
        hearth_options_from(cli, &options);
        if (cli_option(cli, "home")->text) home_set_root(cli_option(cli, "home")->text);
    }
    if (options.offline) (void)hearth_lock_offline(NULL); /* without a filter the flag must do */
    if (cli_has_option(cli, "json")) cli->json = cli_option(cli, "json")->is_true;
    if (hearth_open(&options, &cli->h, &err) != HEARTH_OK) return cli_fail(&err);
    cli_stop_watch(cli->h);
    int code = run(cli);
    cli_stop_watch(NULL);
    hearth_close(cli->h);
    return cli_end(code);
}

/* No file: no settings. One that is there and cannot be read is an error. */
static Status read_config(Buf *config, Err *err) {
    char *path = NULL;
    TRY(home_path(HOME_CONFIG, "hearth.toml", &path, err));
    /* a link to a file that is gone is no "no settings": offline = true may have stood there */
    Status status = file_exists(path) ? file_read(path, config, err) : OK;
    mem_free(path);
    return status;
}

/* base/option.c knows a text and its lines, not the file: whoever has to mend it wants to know. */
static void name_config(Err *err) {
    char *path = NULL, before[sizeof err->hint];
    if (!str_starts(str_from(err->message), STR("configuration"))) return;
    memcpy(before, err->hint, sizeof before);
    if (home_path(HOME_CONFIG, "hearth.toml", &path, NULL) == OK) {
        (void)err_hint(err, "%s%sit stands in %s", before, *before ? " " : "", path);
    }
    mem_free(path);
}

/* The operands are views of argv, which options_parse may have reordered. */
static int parse_and_run(CliCommand run, const CommandSpec *command, int argc, char **argv) {
    Err err;
    Options *options = NULL;
    Buf config;
    buf_init(&config, CONFIG_MAX);
    Status status = read_config(&config, &err);
    if (status == OK) {
        status = options_parse(&cli_program, command, argc, argv, buf_str(&config), &options, &err);
    }
    int code;
    if (status != OK) {
        name_config(&err);
        code = cli_fail_err(&err);
    } else if (options_help_wanted(options)) {
        code = help(command);
    } else {
        Cli cli = {.options = options, .command = command, .tty_out = isatty(STDOUT_FILENO),
                   .tty_err = isatty(STDERR_FILENO)};
        cli.n_operands = options_operands(options, &cli.operands);
        assert(cli.n_operands >= command->min_operands); /* commands look at their first unasked */
        assert(command->max_operands < 0 || cli.n_operands <= command->max_operands);
        code = run_command(&cli, run);
    }
    options_free(options);
    buf_fini(&config);
    return code;
}

/* Asked before the options are read, whose errors are told as objects, too. */
static bool wants_json(int argc, char **argv) {
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0) return true;
    }
    return false;
}

/* A stream that was closed before we began would give its number to the first file that is opened,
   and output would be written into it. What stands in its place cannot be written, or read. */
static void hold_standard_streams(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        int flags = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
        if (fcntl(fd, F_GETFD) < 0) (void)open("/dev/null", flags);
    }
}

/* The soft limit only; a limit that cannot be read is left alone. */
static void leave_no_core(void) {
    struct rlimit none;
    if (getrlimit(RLIMIT_CORE, &none) != 0) return;
    none.rlim_cur = 0; /* who looks for a fault of ours can raise it again */
    (void)setrlimit(RLIMIT_CORE, &none);
}

/* Several words that begin with no command may well be the question itself. What begins with a dash
   is an option that no command has. */
static int no_command(const char *name, int words) {
    Err err;
    const char *near = cli_suggest(name);
    bool question = strchr(name, ' ') || (words > 1 && !near), option = *name == '-';
    const char *or_ask = words > 2 ? " To ask a question: hearth ask \"...\"" : "";
    (void)err_set(&err, E_USAGE, "there is no %s \"%.64s\"", option ? "option" : "command", name);
    if (option && !(near && strcmp(near, "help") == 0)) {
        (void)err_hint(&err, "`hearth COMMAND --help` lists the options of a command");
    } else if (near) (void)err_hint(&err, "did you mean `hearth %s`?%s", near, or_ask);
    else if (question) (void)err_hint(&err, "to ask a question: hearth ask \"...\"");
    else (void)err_hint(&err, "`hearth --help` lists the commands");
    return cli_fail_err(&err);
}

/* `hearth -q list x` becomes `hearth list -q x`, which is what the rest of this file reads. False:
   there are options only. */
static bool command_to_front(int argc, char **argv) {
    int at = options_command_at(&cli_program, argc, argv);
    if (at >= argc) return argc <= 1;
    char *command = argv[at];
    assert(at >= 1); /* the program's own name is none */
    memmove(argv + 2, argv + 1, (size_t)(at - 1) * sizeof *argv);
    argv[1] = command;
    return true;
}

/* Signals and streams are put right before anything could write or start a child. */
int main(int argc, char **argv) {
    (void)signal(SIGCHLD, SIG_DFL); /* ignored, it would hide how a reader of documents ended */
    (void)signal(SIGPIPE, SIG_IGN); /* stop.c */
    (void)signal(SIGXFSZ, SIG_IGN); /* a limit of file size is told, like a full disk */
    hold_standard_streams();
    leave_no_core();
    cli_json_errors(wants_json(argc, argv));
    if (!command_to_front(argc, argv)) {
        return cli_usage("which command? `hearth --help` lists them");
    }
    const char *word = argc > 1 ? argv[1] : "help";
    if (strcmp(word, "--version") == 0 || strcmp(word, "version") == 0) {
        printf("hearth %s\n", hearth_version());
        return cli_end(0);
    }
    const CommandSpec *command = NULL;
    bool asks_help = strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 ||
                     strcmp(word, "-h") == 0;
    int of = asks_help ? options_command_at(&cli_program, argc - 1, argv + 1) : 0;
    const char *name = of < argc - 1 ? argv[1 + of] : NULL; /* NULL: help of the program */
    CliCommand run = name ? cli_find(name, &command) : NULL;
    if (name && !run) return no_command(name, asks_help ? 1 : argc - 1);
    if (asks_help) return help(command);
    return parse_and_run(run, command, argc - 1, argv + 1);
}
