/*
 * What the option tables say to people and shells: --help, the manual page, completions, and "did
 * you mean". Nothing here reads a value; see option.c.
 *
 * Help is set in two columns of WIDTH characters together; long lines wrap at blanks. The manual is
 * scdoc source (scdoc(5)): the build turns it into roff. Completions are plain scripts for bash,
 * zsh and fish: commands, the verbs and the options of the command that stands on the line, choices
 * where an option has them, and files for all else. Text that comes from our tables is quoted for
 * each language all the same, so that a quote in a help line cannot break a shell.
 *
 * "Did you mean" is the optimal string alignment distance (Damerau 1964: insert, delete, replace,
 * swap neighbours), with names that begin with the word counted as near. Words longer than WORD_MAX
 * have no neighbours. A name is near within 1 step of a word of up to 3 letters, 2 of up to 5, and
 * 3 of a longer one.
 *
 * A line of help, and where its parts come from:
 *
 *       -t, --threads N             how many threads (1 to 64; default 4; HEARTH_THREADS)
 *       letter, name, value         help        min and max, fallback, when it is configurable
 */
#include <assert.h>
#include <stdio.h>

#include "base/option.h"
#include "base/plain.h"

enum { WIDTH = 96, LEFT_COLUMN = 30, WORD_MAX = 40 };

/* ---- did you mean ---- */

static int smaller(int a, int b) {
    return a < b ? a : b;
}

/* Rows of the classic table, the last three kept. */
static int word_distance(const char *a, size_t n, const char *b, size_t m) {
    int rows[3][WORD_MAX + 1];
    assert(n <= WORD_MAX && m <= WORD_MAX);
    for (size_t k = 0; k <= m; k++) rows[0][k] = (int)k;
    for (size_t i = 1; i <= n; i++) {
        int *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = (int)i;
        for (size_t k = 1; k <= m; k++) {
            int cost = a[i - 1] != b[k - 1];
            row[k] = smaller(smaller(above[k] + 1, row[k - 1] + 1), above[k - 1] + cost);
            bool swapped = i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1];
            if (swapped) row[k] = smaller(row[k], two_above[k - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

const char *options_did_you_mean(const char *word, const char *const *names, size_t n) {
    size_t length = strlen(word);
    if (length == 0 || length > WORD_MAX) return NULL;
    int allowed = length < 6 ? 1 + (length > 3) : 3, best = allowed + 1;
    const char *near = NULL;
    for (size_t i = 0; i < n; i++) {
        size_t m = strlen(names[i]);
        if (m > WORD_MAX) continue;
        int distance = word_distance(word, length, names[i], m);
        if (length > 1 && strncmp(names[i], word, length) == 0) distance = smaller(distance, 1);
        if (distance >= best || distance >= (int)length) continue;
        best = distance;
        near = names[i];
    }
    return near;
}

/* ---- help ---- */

/* NULL: a command lists a name that the table lacks; it is left out then. */
static const OptionSpec *spec_named(const ProgramSpec *program, const char *name) {
    for (size_t i = 0; i < program->n_specs; i++) {
        if (strcmp(program->specs[i].name, name) == 0) return &program->specs[i];
    }
    return NULL;
}

static void add_spaces(Buf *out, size_t n) {
    for (size_t i = 0; i < n; i++) buf_add_byte(out, ' ');
}

/* Bytes of the next word; of one that has no room in a line, as many choices as have. */
static size_t word_size(const char *text, size_t room) {
    size_t n = strcspn(text, " ");
    for (size_t k = n > room ? room : 0; k > 0; k--) {
        if (text[k - 1] == '|') return k;
    }
    return n;
}

/* Words of `text`, each line beginning in column `indent`; the first stands there already. */
static void add_wrapped(Buf *out, const char *text, size_t indent) {
    size_t column = indent;
    assert(indent < WIDTH);
    while (*text) {
        size_t n = word_size(text, WIDTH - indent);
        if (column > indent && column + 1 + n > WIDTH) {
            buf_add_byte(out, '\n');
            add_spaces(out, indent);
            column = indent;
        }
        if (column > indent) buf_add_byte(out, ' ');
        column += (column > indent) + n;
        buf_add(out, text, n);
        text += n + strspn(text + n, " ");
    }
    buf_add_byte(out, '\n');
}

/* Two columns; a left part that is too long gets a line of its own. */
static void add_row(Buf *out, const char *left, const char *right) {
    size_t n = strlen(left);
    buf_printf(out, "  %s", left);
    if (n + 4 > LEFT_COLUMN) {
        buf_add_byte(out, '\n');
        add_spaces(out, LEFT_COLUMN);
    } else {
        add_spaces(out, LEFT_COLUMN - 2 - n);
    }
    add_wrapped(out, right, LEFT_COLUMN);
}

/* "add PATH...", as it is typed. */
static void operands_of(const CommandSpec *command, char *out, size_t cap) {
    bool some = command->operands && *command->operands;
    (void)snprintf(out, cap, "%s%s%s", command->name, some ? " " : "",
                   some ? command->operands : "");
}

/* "-t, --threads N" */
static void left_of(const OptionSpec *spec, char *out, size_t cap) {
    char letter[8] = "    ";
    if (spec->letter) (void)snprintf(letter, sizeof letter, "-%c, ", spec->letter);
    bool takes_value = spec->type != OPT_BOOL;
    (void)snprintf(out, cap, "%s--%s%s%s", letter, spec->name, takes_value ? " " : "",
                   !takes_value  ? ""
                   : spec->value ? spec->value
                                 : "VALUE");
}

/* The help line, then what is known about the value: "(1 to 64; default 4; HEARTH_THREADS)". */
static void facts_of(const OptionSpec *spec, char *out, size_t cap) {
    char facts[4][160];
    size_t n = 0;
    bool numeric = spec->type == OPT_INT || spec->type == OPT_REAL;
    if (spec->type == OPT_CHOICE) {
        (void)snprintf(facts[n++], sizeof facts[0], "%s", spec->choices);
    } else if (numeric && spec->min < spec->max) {
        const char *form = spec->type == OPT_INT ? "%.0f to %.0f" : "%.10g to %.10g";
        (void)plain_print(facts[n++], sizeof facts[0], form, spec->min, spec->max);
    }
    bool on = spec->type == OPT_BOOL && spec->fallback && strcmp(spec->fallback, "true") == 0;
    if (on) {
        (void)snprintf(facts[n++], sizeof facts[0], "on; --no-%s turns it off", spec->name);
    } else if (spec->fallback && spec->type != OPT_BOOL) {
        (void)snprintf(facts[n++], sizeof facts[0], "default %s", spec->fallback);
    }
    char env[OPTION_ENV_MAX];
    options_env_name(spec->name, env);
    if (spec->configurable) (void)snprintf(facts[n++], sizeof facts[0], "%s", env);
    assert(n <= ARRAY_LEN(facts));
    int at = snprintf(out, cap, "%s", spec->help);
    for (size_t i = 0; i < n && at > 0 && (size_t)at < cap; i++) {
        at += snprintf(out + at, cap - (size_t)at, "%s%s%s", i ? "; " : " (", facts[i],
                       i + 1 == n ? ")" : "");
    }
}

/* In the order of the command's list, which is the order of importance; help is last. */
static void add_option_rows(const ProgramSpec *program, const CommandSpec *command, Buf *out) {
    char left[128], right[1024];
    for (size_t i = 0; command->options && command->options[i]; i++) {
        const OptionSpec *spec = spec_named(program, command->options[i]);
        if (!spec) continue;
        left_of(spec, left, sizeof left);
        facts_of(spec, right, sizeof right);
        add_row(out, left, right);
    }
    add_row(out, "-h, --help", "this text");
}

void options_help_program(const ProgramSpec *program, Buf *out) {
    buf_printf(out, "%s %s - %s\n\n", program->name, program->version, program->summary);
    if (program->examples) buf_printf(out, "%s\n", program->examples);
    buf_printf(out, "Usage: %s COMMAND [OPTIONS] ...\n\nCommands:\n", program->name);
    char left[128];
    for (size_t i = 0; i < program->n_commands; i++) {
        operands_of(&program->commands[i], left, sizeof left);
        add_row(out, left, program->commands[i].summary);
    }
    buf_printf(out, "\n%s COMMAND --help shows the options of a command.\n", program->name);
}

void options_help_command(const ProgramSpec *program, const CommandSpec *command, Buf *out) {
    bool some = command->operands && *command->operands;
    buf_printf(out, "%s %s - %s\n\n", program->name, command->name, command->summary);
    buf_printf(out, "Usage: %s %s [OPTIONS]%s%s\n\n", program->name, command->name, some ? " " : "",
               some ? command->operands : "");
    if (command->details) buf_printf(out, "%s\n\n", command->details);
    buf_add_c(out, "Options:\n");
    add_option_rows(program, command, out);
}

/* ---- manual ---- */

/* scdoc reads _x_ and *x* as emphasis and some characters as markup at a line's start. */
static void add_scdoc(Buf *out, const char *text) {
    bool line_start = true;
    for (const char *at = text; *at; at++) {
        if (strchr("_*\\#+|<>[]`~-", *at) && (line_start || strchr("_*\\+`~", *at))) {
            buf_add_byte(out, '\\');
        }
        buf_add_byte(out, *at);
        line_start = *at == '\n';
    }
}

/* Lines of examples, kept as they are. */
static void add_literal(Buf *out, const char *text) {
    buf_add_c(out, "```\n");
    buf_add_c(out, text);
    size_t n = strlen(text);
    if (n && text[n - 1] != '\n') buf_add_byte(out, '\n');
    buf_add_c(out, "```\n\n");
}

/* A definition of scdoc's: the flag, and what it does one tab in. */
static void add_man_option(const OptionSpec *spec, Buf *out) {
    char facts[1024];
    facts_of(spec, facts, sizeof facts);
    if (spec->letter) buf_printf(out, "*-%c*, ", spec->letter);
    buf_printf(out, "*--%s*", spec->name);
    if (spec->type != OPT_BOOL) {
        buf_add_c(out, " ");
        add_scdoc(out, spec->value ? spec->value : "VALUE");
    }
    buf_add_c(out, "\n\t");
    add_scdoc(out, facts);
    buf_add_c(out, "\n\n");
}

/* An option that more than half of the commands take, which would be read as often. */
static bool is_common(const ProgramSpec *program, const char *option) {
    size_t n = 0;
    for (size_t i = 0; i < program->n_commands; i++) {
        const char *const *taken = program->commands[i].options;
        while (taken && *taken && strcmp(*taken, option) != 0) taken++;
        n += taken && *taken;
    }
    return 2 * n > program->n_commands;
}

/* A heading is no place for scdoc's marks: roff would read their backslashes. */
static void add_man_command(const ProgramSpec *program, const CommandSpec *command, Buf *out) {
    buf_printf(out, "## %s %s %s\n\n", program->name, command->name,
               command->operands ? command->operands : "");
    add_scdoc(out, command->summary);
    buf_add_c(out, ".\n\n");
    if (command->details) {
        add_literal(out, command->details);
    }
    for (size_t i = 0; command->options && command->options[i]; i++) {
        const OptionSpec *spec = spec_named(program, command->options[i]);
        if (spec && !is_common(program, spec->name)) add_man_option(spec, out);
    }
}

static void add_man_common(const ProgramSpec *program, Buf *out) {
    buf_printf(out, "# COMMON OPTIONS\n\nTaken by most commands; *%s COMMAND --help* lists all "
               "that one of them takes.\n\n", program->name);
    for (size_t i = 0; i < program->n_specs; i++) {
        const OptionSpec *spec = &program->specs[i];
        if (is_common(program, spec->name)) add_man_option(spec, out);
    }
}

static void add_man_environment(const ProgramSpec *program, Buf *out) {
    buf_add_c(out, "# ENVIRONMENT\n\n"
                   "A flag wins over the environment, the environment over the configuration "
                   "file. Keys of the file are the names of the options.\n\n");
    for (size_t i = 0; i < program->n_specs; i++) {
        const OptionSpec *spec = &program->specs[i];
        char env[OPTION_ENV_MAX];
        if (!spec->configurable) continue;
        options_env_name(spec->name, env);
        buf_add_c(out, "*");
        add_scdoc(out, env);
        buf_add_c(out, "*\n\t");
        add_scdoc(out, spec->help);
        buf_add_c(out, "\n\n");
    }
}

void options_man(const ProgramSpec *program, Buf *out) {
    buf_printf(out, "%s(1) \"%s %s\"\n\n# NAME\n\n%s - ", program->name, program->name,
               program->version, program->name);
    add_scdoc(out, program->summary);
    buf_printf(out, "\n\n# SYNOPSIS\n\n*%s* COMMAND [OPTIONS] ...\n\n", program->name);
    if (program->examples) {
        buf_add_c(out, "# EXAMPLES\n\n");
        add_literal(out, program->examples);
    }
    buf_add_c(out, "# COMMANDS\n\n");
    for (size_t i = 0; i < program->n_commands; i++) {
        add_man_command(program, &program->commands[i], out);
    }
    add_man_common(program, out);
    add_man_environment(program, out);
    buf_add_c(out, "# EXIT STATUS\n\n"
                   "0 done; 1 failed; 2 usage; 3 not found in the documents; 4 denied by policy; "
                   "5 another machine failed; 6 damaged or refused input; 7 a limit or deadline; "
                   "130 interrupted; 141 who read the output has gone.\n");
}

/* ---- completions ---- */

/* Single quotes as sh has them: 'it'\''s'. `also` lists characters that get a backslash first. */
static void add_quoted(Buf *out, const char *text, const char *also) {
    buf_add_byte(out, '\'');
    for (const char *at = text; *at; at++) {
        if (*at == '\'') {
            buf_add_c(out, "'\\''");
            continue;
        }
        if (strchr(also, *at)) buf_add_byte(out, '\\');
        buf_add_byte(out, *at);
    }
    buf_add_byte(out, '\'');
}

static void add_choices(Buf *out, const char *choices) {
    for (const char *at = choices; at && *at; at++) buf_add_byte(out, *at == '|' ? ' ' : *at);
}

/* A command whose operands begin with a word in small letters takes verbs: "log|show N|verify" has
   three. They are written parted by blanks; false: it has none. */
static bool add_verbs(Buf *out, const char *operands) {
    bool any = false;
    const char *at = operands ? operands + (*operands == '[') : "";
    if (!plain_is_small(*at)) return false;
    while (*at) {
        size_t n = strcspn(at, " |[]"), small = 0;
        while (small < n && plain_is_small(at[small])) small++;
        if (n > 0 && small == n) {
            if (any) buf_add_byte(out, ' ');
            buf_add(out, at, n);
            any = true;
        }
        at += n;
        at += strspn(at, " |[]");
    }
    return any;
}

static void add_commands(const ProgramSpec *program, Buf *out) {
    for (size_t i = 0; i < program->n_commands; i++) {
        buf_printf(out, "%s%s", i ? " " : "", program->commands[i].name);
    }
}

/* What may stand behind each option: choices, files for texts, nothing for numbers. */
static void bash_values(const ProgramSpec *program, Buf *out) {
    buf_add_c(out, "    case $prev in\n");
    for (size_t i = 0; i < program->n_specs; i++) {
        const OptionSpec *spec = &program->specs[i];
        if (spec->type == OPT_BOOL) continue;
        buf_printf(out, "    --%s) COMPREPLY=($(compgen ", spec->name);
        if (spec->type == OPT_CHOICE) {
            buf_add_c(out, "-W '");
            add_choices(out, spec->choices);
            buf_add_c(out, "'");
        } else {
            buf_add_c(out, spec->type == OPT_TEXT ? "-f" : "-W ''");
        }
        buf_add_c(out, " -- \"$cur\")); return ;;\n");
    }
    buf_add_c(out, "    esac\n");
}

/* A function that bash calls with the words of the line: the first is a command, then options of it
   or files. */
static void bash_completion(const ProgramSpec *program, Buf *out) {
    const char *name = program->name;
    buf_printf(out, "# bash completion for %s\n_%s() {\n", name, name);
    buf_add_c(out, "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
                   "    local words='' verbs=''\n    COMPREPLY=()\n"
                   "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                   "        COMPREPLY=($(compgen -W '");
    add_commands(program, out);
    buf_add_c(out, " help --help --version' -- \"$cur\"))\n        return\n    fi\n");
    bash_values(program, out);
    buf_add_c(out, "    case ${COMP_WORDS[1]} in\n    help) verbs='");
    add_commands(program, out);
    buf_add_c(out, "' ;;\n");
    for (size_t i = 0; i < program->n_commands; i++) {
        const CommandSpec *command = &program->commands[i];
        buf_printf(out, "    %s) words='--help", command->name);
        for (size_t k = 0; command->options && command->options[k]; k++) {
            buf_printf(out, " --%s", command->options[k]);
        }
        buf_add_c(out, "' verbs='");
        (void)add_verbs(out, command->operands);
        buf_add_c(out, "' ;;\n");
    }
    buf_add_c(out, "    esac\n"
                   "    [ \"$COMP_CWORD\" -eq 2 ] || verbs=''\n"
                   "    case $cur in\n"
                   "    -*) COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")) ;;\n"
                   "    *) if [ -n \"$verbs\" ]; then\n"
                   "           COMPREPLY=($(compgen -W \"$verbs\" -- \"$cur\"))\n"
                   "       else COMPREPLY=($(compgen -f -- \"$cur\")); fi ;;\n"
                   "    esac\n}\n");
    buf_printf(out, "complete -o filenames -F _%s %s\n", name, name);
}

/* "--threads=[help]:N:", or the same for the letter; quoted as a whole. */
static void zsh_option_form(const OptionSpec *spec, const char *flag, Buf *out) {
    Buf text;
    buf_init(&text, 4096);
    buf_printf(&text, "%s[", flag);
    for (const char *at = spec->help; *at; at++) {
        if (strchr("[]:\\", *at)) buf_add_byte(&text, '\\');
        buf_add_byte(&text, *at);
    }
    buf_add_byte(&text, ']');
    if (spec->type != OPT_BOOL) buf_printf(&text, ":%s:", spec->value ? spec->value : "VALUE");
    if (spec->type == OPT_TEXT) buf_add_c(&text, "_files");
    if (spec->type == OPT_CHOICE) {
        buf_add_byte(&text, '(');
        add_choices(&text, spec->choices);
        buf_add_byte(&text, ')');
    }
    buf_add_c(out, " \\\n        ");
    if (text.status == OK) {
        add_quoted(out, text.p, "");
    } else {
        out->status = text.status;
    }
    buf_fini(&text);
}

/* Long and short form as two specifications; '=' and '+' say that the value may be glued on. */
static void zsh_option(const OptionSpec *spec, Buf *out) {
    char flag[80];
    bool takes_value = spec->type != OPT_BOOL;
    (void)snprintf(flag, sizeof flag, "--%s%s", spec->name, takes_value ? "=" : "");
    zsh_option_form(spec, flag, out);
    if (!spec->letter) return;
    (void)snprintf(flag, sizeof flag, "-%c%s", spec->letter, takes_value ? "+" : "");
    zsh_option_form(spec, flag, out);
}

static void zsh_completion(const ProgramSpec *program, Buf *out) {
    buf_printf(out, "#compdef %s\n_%s() {\n    local -a commands\n    commands=(\n", program->name,
               program->name);
    for (size_t i = 0; i < program->n_commands; i++) {
        buf_add_c(out, "        ");
        buf_printf(out, "%s:", program->commands[i].name);
        add_quoted(out, program->commands[i].summary, ":\\");
        buf_add_byte(out, '\n');
    }
    buf_add_c(out, "    )\n    if (( CURRENT == 2 )); then\n"
                   "        _describe command commands\n        return\n    fi\n"
                   "    local command=$words[2]\n    shift words\n    (( CURRENT-- ))\n"
                   "    case $command in\n");
    for (size_t i = 0; i < program->n_commands; i++) {
        const CommandSpec *command = &program->commands[i];
        buf_printf(out, "    %s)\n        _arguments -s '--help[this text]'", command->name);
        for (size_t k = 0; command->options && command->options[k]; k++) {
            const OptionSpec *spec = spec_named(program, command->options[k]);
            if (spec) zsh_option(spec, out);
        }
        Buf verbs;
        buf_init(&verbs, 4096);
        if (add_verbs(&verbs, command->operands)) {
            buf_printf(out, " \\\n        '1:verb:(%s)'", verbs.p ? verbs.p : "");
        }
        buf_fini(&verbs);
        buf_add_c(out, " \\\n        '*:file:_files'\n        ;;\n");
    }
    buf_printf(out, "    esac\n}\n_%s \"$@\"\n", program->name);
}

/* One line an option and command; -x: a value and no files, -r: a value that may be a file. */
static void fish_option(const ProgramSpec *program, const CommandSpec *command,
                        const OptionSpec *spec, Buf *out) {
    buf_printf(out, "complete -c %s -n '__fish_seen_subcommand_from %s' -l %s", program->name,
               command->name, spec->name);
    if (spec->letter) buf_printf(out, " -s %c", spec->letter);
    if (spec->type == OPT_CHOICE) {
        buf_add_c(out, " -xa '");
        add_choices(out, spec->choices);
        buf_add_c(out, "'");
    } else if (spec->type != OPT_BOOL) {
        buf_add_c(out, spec->type == OPT_TEXT ? " -r" : " -x");
    }
    buf_add_c(out, " -d ");
    add_quoted(out, spec->help, "\\");
    buf_add_byte(out, '\n');
}

static void fish_verbs(const ProgramSpec *program, const CommandSpec *command, Buf *out) {
    Buf verbs;
    buf_init(&verbs, 4096);
    if (add_verbs(&verbs, command->operands) && verbs.p) {
        buf_printf(out, "complete -c %s -n '__fish_seen_subcommand_from %s' -a '%s'\n",
                   program->name, command->name, verbs.p);
    }
    buf_fini(&verbs);
}

static void fish_completion(const ProgramSpec *program, Buf *out) {
    buf_printf(out, "# fish completion for %s\n", program->name);
    for (size_t i = 0; i < program->n_commands; i++) {
        const CommandSpec *command = &program->commands[i];
        buf_printf(out, "complete -c %s -n __fish_use_subcommand -xa %s -d ", program->name,
                   command->name);
        add_quoted(out, command->summary, "\\");
        buf_add_byte(out, '\n');
        fish_verbs(program, command, out);
        for (size_t k = 0; command->options && command->options[k]; k++) {
            const OptionSpec *spec = spec_named(program, command->options[k]);
            if (spec) fish_option(program, command, spec, out);
        }
    }
}

Status options_completion(const ProgramSpec *program, const char *shell, Buf *out, Err *err) {
    static const struct {
        const char *name;
        void (*write)(const ProgramSpec *, Buf *);
    } shells[] = {{"bash", bash_completion}, {"zsh", zsh_completion}, {"fish", fish_completion}};
    for (size_t i = 0; i < ARRAY_LEN(shells); i++) {
        if (strcmp(shell, shells[i].name) != 0) continue;
        shells[i].write(program, out);
        return buf_check(out, "the completion script", err);
    }
    Status status = err_set(err, E_USAGE, "no completions for \"%.32s\"", shell);
    (void)err_hint(err, "there are bash, zsh and fish");
    return status;
}
