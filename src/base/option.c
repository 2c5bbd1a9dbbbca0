/*
 * Reading options: flags, environment, configuration file, default, in this order of precedence.
 * Help, manual and completions come from the same tables in option_help.c.
 *
 * The grammar of a command line, after the command's name:
 *
 *     --name VALUE   --name=VALUE   -n VALUE   -nVALUE   --flag   --no-flag   -abc (flags)
 *     --             everything behind it is an operand
 *     -              alone is an operand (standard input, by custom)
 *
 * Options and operands may be mixed; the last of two equal options wins. A value may begin with one
 * '-' (a negative number) but not with two, because then the value was most likely forgotten;
 * `--name=--x` says so explicitly. --help (-h) belongs to every command and needs no row. Options
 * may stand before the command's name, too: options_command_at looks for it, and its caller moves
 * the name to the front.
 *
 * The environment name of "top-k" is HEARTH_TOP_K; its key in the configuration is top-k. Only rows
 * marked `configurable` may come from there. A configuration is checked as a whole, also for
 * options that this command does not take; an unknown key is an error and not ignored, since a
 * misspelt limit is a limit that is not there.
 *
 * Every message names the source as the user wrote it (--threads, HEARTH_THREADS, "configuration
 * line 3: threads"), what is wrong and, when a name is near, which one was probably meant.
 *
 * Limits: OPERANDS_MAX operands, the TOML reader's limits for the configuration.
 *
 * An example. The table has threads (INT, 1 to 64, default 4, configurable), the configuration says
 * threads = 8, the environment HEARTH_THREADS=2, the command line --threads 16: the value is 16,
 * its origin "flag". Without the flag it is 2, without both 8. With HEARTH_THREADS=99 the call
 * fails, also beside --threads 16: a setting that cannot be meant is said, and not hidden by
 * another.
 */
#include "base/option.h"

#include <assert.h>
#include <float.h>
#include <stdio.h>

#include "base/home.h"
#include "base/lists.h"
#include "base/mem.h"
#include "base/plain.h"
#include "base/toml.h"

enum { OPERANDS_MAX = 100000, NAMES_MAX = 128, TEXT_BYTES_MAX = 4 << 20 };

struct Options {
    const OptionSpec *specs;
    size_t n_specs;
    const CommandSpec *command;
    const char *program; /* its name, for hints */
    OptionValue *values; /* [n_specs] */
    char **operands;     /* borrowed from argv */
    int n_operands;
    bool help_wanted;
    Arena text; /* values from the configuration */
};

/* Where a value comes from: its origin for OptionValue and its name for messages. */
typedef struct Source {
    const char *origin; /* "flag", "env", "config", "default" */
    const char *shown;  /* "--threads" */
} Source;

/* Options are one table for the program; a command lists the names of those it takes. */
static bool command_takes(const CommandSpec *command, const char *name) {
    return command->options && list_has(str_from(name), command->options);
}

/* n_specs: there is none. A walk over the table: it has some dozens of rows and is asked a few
   times. */
static size_t spec_find(const Options *o, Str name) {
    size_t i = 0;
    while (i < o->n_specs && !str_eq_c(name, o->specs[i].name)) i++;
    return i;
}

/* ---- values ---- */

/* A row's bound as a whole number. 2^63 is no int64 but a double that rows may hold; casting it
   would be undefined. */
static int64_t whole_bound(double bound) {
    if (bound >= 9223372036854775807.0) return INT64_MAX;
    return bound <= -9223372036854775808.0 ? INT64_MIN : (int64_t)bound;
}

static bool is_unbounded(const OptionSpec *spec) {
    return spec->min >= spec->max;
}

/* The words that configuration files use; no other case than this one. */
static bool parse_bool(Str text, bool *out) {
    static const char *const yes[] = {"true", "yes", "on", "1"};
    static const char *const no[] = {"false", "no", "off", "0"};
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        *out = str_eq_c(text, yes[i]);
        if (*out || str_eq_c(text, no[i])) return true;
    }
    return false;
}

/* Next of "a|b|c"; false at the end. */
static bool next_choice(const char **rest, Str *out) {
    if (!*rest || !**rest) return false;
    size_t n = strcspn(*rest, "|");
    *out = (Str){*rest, n};
    *rest += n + ((*rest)[n] == '|');
    return true;
}

/* Names all choices, and the one that was probably meant among the first eight. */
static Status refuse_choice(const OptionSpec *spec, const char *text, Source from, Err *err) {
    char shown[ERR_HINT_MAX];
    size_t n = 0;
    Str choice;
    for (const char *rest = spec->choices; next_choice(&rest, &choice) && n < sizeof shown;) {
        int put =
            snprintf(shown + n, sizeof shown - n, "%s%.*s", n ? ", " : "", (int)choice.n, choice.p);
        n += put > 0 ? (size_t)put : 0;
    }
    Status status =
        err_set(err, E_USAGE, "%s: \"%.64s\" is not one of %s", from.shown, text, shown);
    char names[8][32];
    const char *pointers[8];
    size_t count = 0;
    for (const char *rest = spec->choices; count < 8 && next_choice(&rest, &choice); count++) {
        (void)snprintf(names[count], sizeof names[count], "%.*s", (int)choice.n, choice.p);
        pointers[count] = names[count];
    }
    const char *near = options_did_you_mean(text, pointers, count);
    if (near) (void)err_hint(err, "did you mean %s?", near);
    return status;
}

/* `text` must be one of the row's words, letter by letter. */
static Status set_choice(const OptionSpec *spec, const char *text, Source from, OptionValue *value,
                         Err *err) {
    assert(spec->choices && *spec->choices); /* a row without any could never be set */
    Str choice;
    for (const char *rest = spec->choices; next_choice(&rest, &choice);) {
        if (!str_eq_c(choice, text)) continue;
        value->text = text;
        return OK;
    }
    return refuse_choice(spec, text, from, err);
}

/* INT fills `real` as well, so that whoever computes with it need not ask for the type. */
static Status set_number(const OptionSpec *spec, const char *text, Source from, OptionValue *value,
                         Err *err) {
    bool free_range = is_unbounded(spec);
    const char *unit = ""; /* the metavariable says it in the help */
    if (spec->type == OPT_REAL) {
        return num_parse_real(str_from(text), free_range ? -DBL_MAX : spec->min,
                              free_range ? DBL_MAX : spec->max, from.shown, unit, &value->real,
                              err);
    }
    TRY(num_parse_int(str_from(text), free_range ? INT64_MIN : whole_bound(spec->min),
                      free_range ? INT64_MAX : whole_bound(spec->max), from.shown, unit,
                      &value->whole, err));
    value->real = (double)value->whole;
    return OK;
}

/* The one way into an OptionValue. `text` must outlive the Options. */
static Status set_value(const OptionSpec *spec, const char *text, Source from, OptionValue *out,
                        Err *err) {
    assert(text && from.origin && from.shown);
    OptionValue value = {.set = strcmp(from.origin, "default") != 0, .origin = from.origin};
    Status status = OK;
    switch (spec->type) {
    case OPT_BOOL:
        if (!parse_bool(str_from(text), &value.is_true)) {
            status =
                err_set(err, E_USAGE, "%s: \"%.64s\" is neither true nor false", from.shown, text);
        }
        break;
    case OPT_INT:
    case OPT_REAL: status = set_number(spec, text, from, &value, err); break;
    case OPT_CHOICE: status = set_choice(spec, text, from, &value, err); break;
    case OPT_TEXT: value.text = text; break;
    }
    if (status == OK) *out = value;
    return status;
}

/* ---- defaults, configuration, environment ---- */

/* A default goes through the same door as a value of the user's: one that breaks its own row is
   found at the first start. */
static void set_defaults(Options *o) {
    for (size_t i = 0; i < o->n_specs; i++) {
        const OptionSpec *spec = &o->specs[i];
        o->values[i] = (OptionValue){.origin = "default"};
        if (!spec->fallback) continue;
        Source from = {"default", spec->name};
        Status status = set_value(spec, spec->fallback, from, &o->values[i], NULL);
        assert(status == OK); /* a default outside its own bounds is our mistake */
    }
}

/* What a configuration should say, for messages. */
static const char *config_kind_word(OptionType type) {
    static const char *const words[] = {[OPT_BOOL] = "true or false",
                                        [OPT_INT] = "a whole number",
                                        [OPT_REAL] = "a number",
                                        [OPT_TEXT] = "a text in quotes",
                                        [OPT_CHOICE] = "a text in quotes"};
    assert((size_t)type < ARRAY_LEN(words) && words[type]);
    return words[type];
}

/* A whole number is a real one, too; nothing else is taken for another kind. */
static bool config_kind_fits(OptionType type, TomlKind kind) {
    switch (type) {
    case OPT_BOOL: return kind == TOML_BOOL;
    case OPT_INT: return kind == TOML_INT;
    case OPT_REAL: return kind == TOML_INT || kind == TOML_REAL;
    default: return kind == TOML_STRING;
    }
}

/* The value as text, as the command line would have it. NULL: out of memory. */
static const char *config_text(Options *o, const Toml *value) {
    switch (toml_kind(value)) {
    case TOML_BOOL: return toml_bool(value) ? "true" : "false";
    case TOML_INT: return arena_printf(&o->text, "%lld", (long long)toml_int(value));
    case TOML_REAL: return arena_printf(&o->text, "%.17g", toml_real(value));
    default: return arena_dup(&o->text, toml_str(value).p, toml_str(value).n);
    }
}

static size_t configurable_names(const Options *o, const char **names) {
    size_t n = 0;
    for (size_t i = 0; i < o->n_specs && n < NAMES_MAX; i++) {
        if (o->specs[i].configurable) names[n++] = o->specs[i].name;
    }
    return n;
}

/* Tells a key that nobody knows from one that only a flag may set. */
static Status refuse_config_key(const Options *o, Str key, int line, Err *err) {
    char word[64];
    const char *names[NAMES_MAX];
    (void)snprintf(word, sizeof word, "%.*s", (int)(key.n < 60 ? key.n : 60), key.p);
    size_t known = spec_find(o, key);
    if (known < o->n_specs) {
        return err_set(err, E_USAGE, "configuration line %d: %s can only be given as --%s", line,
                       word, word);
    }
    Status status = err_set(err, E_USAGE, "configuration line %d: unknown key %s", line, word);
    const char *near = options_did_you_mean(word, names, configurable_names(o, names));
    if (near) (void)err_hint(err, "did you mean %s?", near);
    return status;
}

static Status apply_config_pair(Options *o, Str key, const Toml *value, Err *err) {
    size_t i = spec_find(o, key);
    int line = toml_line(value);
    if (i == o->n_specs || !o->specs[i].configurable) return refuse_config_key(o, key, line, err);
    const OptionSpec *spec = &o->specs[i];
    char shown[128];
    (void)snprintf(shown, sizeof shown, "configuration line %d: %s", line, spec->name);
    if (!config_kind_fits(spec->type, toml_kind(value))) {
        return err_set(err, E_USAGE, "%s must be %s", shown, config_kind_word(spec->type));
    }
    const char *text = config_text(o, value);
    if (!text) return err_no_memory(err, "the configuration");
    return set_value(spec, text, (Source){"config", shown}, &o->values[i], err);
}

/* A configuration that is no TOML is a fault of the user's, hence E_USAGE; line and column stay in
   the message. */
static Status apply_config(Options *o, Str config, Err *err) {
    if (config.n == 0) return OK;
    Toml *root;
    Status status = toml_parse(config, &root, err);
    if (status == E_CORRUPT) return err_prefix(err, E_USAGE, "configuration");
    if (status != OK) return err_prefix(err, status, "configuration");
    Str key;
    const Toml *value;
    for (size_t i = 0; status == OK && toml_pair(root, i, &key, &value); i++) {
        status = apply_config_pair(o, key, value, err);
    }
    toml_free(root);
    return status;
}

void options_env_name(const char *name, char out[OPTION_ENV_MAX]) {
    size_t n = (size_t)snprintf(out, OPTION_ENV_MAX, "HEARTH_%s", name);
    assert(n < OPTION_ENV_MAX);
    for (size_t i = 0; i < n; i++) {
        out[i] = out[i] == '-' ? '_' : plain_upper(out[i]);
    }
}

/* Only for options of this command: HEARTH_THREADS=x shall not break `hearth list`. */
static Status apply_environment(Options *o, Err *err) {
    for (size_t i = 0; i < o->n_specs; i++) {
        const OptionSpec *spec = &o->specs[i];
        if (!spec->configurable || !command_takes(o->command, spec->name)) continue;
        char name[OPTION_ENV_MAX];
        options_env_name(spec->name, name);
        const char *text = env_get(name);
        if (!text) continue;
        TRY(set_value(spec, text, (Source){"env", name}, &o->values[i], err));
    }
    return OK;
}

/* ---- the command line ---- */

typedef struct ArgReader {
    Options *o;
    int argc;
    char **argv;
    int at;
    Err *err;
} ArgReader;

/* "did you mean" is for long names; one letter is near to every other. */
static Status refuse_flag(const ArgReader *r, const char *flag) {
    Status status = err_set(r->err, E_USAGE, "%s has no option %.64s", r->o->command->name, flag);
    const char *word = flag + strspn(flag, "-");
    char plain[64];
    (void)snprintf(plain, sizeof plain, "%.*s", (int)strcspn(word, "="), word);
    const char *names[NAMES_MAX];
    size_t n = 0;
    for (size_t i = 0; r->o->command->options && r->o->command->options[i] && n < NAMES_MAX; i++) {
        names[n++] = r->o->command->options[i];
    }
    const char *near = options_did_you_mean(plain, names, n);
    if (near && flag[1] == '-') {
        (void)err_hint(r->err, "did you mean --%s?", near);
    } else {
        (void)err_hint(r->err, "`%s %s --help` lists its options", r->o->program,
                       r->o->command->name);
    }
    return status;
}

/* The text behind an option: glued to it, or the next argument. */
static Status take_text(ArgReader *r, const OptionSpec *spec, const char *shown, const char *glued,
                        const char **out) {
    *out = glued;
    if (glued) return OK;
    const char *next = r->at < r->argc ? r->argv[r->at] : NULL;
    if (!next || (next[0] == '-' && next[1] == '-')) {
        return err_set(r->err, E_USAGE, "%s needs a value: %s %s", shown, shown,
                       spec->value ? spec->value : "VALUE");
    }
    r->at++;
    *out = next;
    return OK;
}

/* --name, --name=VALUE, --no-name. A row that is itself called "no-..." comes first. */
static Status read_long(ArgReader *r, const char *arg) {
    Options *o = r->o;
    const char *equals = strchr(arg, '=');
    Str name = {arg + 2, equals ? (size_t)(equals - arg) - 2 : strlen(arg + 2)};
    char shown[64];
    (void)snprintf(shown, sizeof shown, "--%.*s", (int)(name.n < 50 ? name.n : 50), name.p);
    if (str_eq_c(name, "help") && !equals) {
        o->help_wanted = true;
        return OK;
    }
    bool negated = false;
    size_t i = spec_find(o, name);
    if (i == o->n_specs && str_starts(name, STR("no-"))) {
        i = spec_find(o, str_sub(name, 3, name.n));
        negated = i < o->n_specs && o->specs[i].type == OPT_BOOL && !equals;
        if (!negated) i = o->n_specs;
    }
    if (i == o->n_specs || !command_takes(o->command, o->specs[i].name)) return refuse_flag(r, arg);
    const OptionSpec *spec = &o->specs[i];
    const char *text = negated ? "false" : "true";
    if (spec->type != OPT_BOOL) {
        TRY(take_text(r, spec, shown, equals ? equals + 1 : NULL, &text));
    } else if (equals) {
        text = equals + 1;
    }
    return set_value(spec, text, (Source){"flag", shown}, &o->values[i], r->err);
}

/* n_specs: there is none. Two options may have one letter where no command takes both. */
static size_t letter_find(const Options *o, char letter) {
    size_t i = 0;
    while (i < o->n_specs && !(o->specs[i].letter == letter && letter &&
                               command_takes(o->command, o->specs[i].name))) {
        i++;
    }
    return i;
}

/* "-t4", "-t 4", "-jv": letters of flags, up to one that takes a value. */
static Status read_letters(ArgReader *r, const char *arg) {
    Options *o = r->o;
    for (const char *at = arg + 1; *at; at++) {
        char shown[3] = {'-', *at, 0};
        size_t i = letter_find(o, *at);
        if (i == o->n_specs && *at == 'h') {
            o->help_wanted = true;
            continue;
        }
        if (i == o->n_specs) return refuse_flag(r, shown);
        const OptionSpec *spec = &o->specs[i];
        const char *text = "true";
        bool takes_value = spec->type != OPT_BOOL;
        if (takes_value) TRY(take_text(r, spec, shown, at[1] ? at + 1 : NULL, &text));
        TRY(set_value(spec, text, (Source){"flag", shown}, &o->values[i], r->err));
        if (takes_value) return OK;
    }
    return OK;
}

/* Has any command an option of this long spelling? *takes_next: its value is the next word. */
static bool is_long_option(const ProgramSpec *program, const char *arg, bool *takes_next) {
    const char *equals = strchr(arg, '=');
    Str name = {arg + 2, equals ? (size_t)(equals - arg) - 2 : strlen(arg + 2)};
    Str positive = str_starts(name, STR("no-")) ? str_sub(name, 3, name.n) : (Str){"", 0};
    for (size_t i = 0; i < program->n_specs; i++) {
        bool flag = program->specs[i].type == OPT_BOOL;
        *takes_next = !flag && !equals;
        if (str_eq_c(name, program->specs[i].name)) return true;
        if (flag && !equals && str_eq_c(positive, program->specs[i].name)) return true;
    }
    return false;
}

/* The same of letters, of which the last may take a value. A letter that several rows have takes
   one in all of them or in none. */
static bool are_letters(const ProgramSpec *program, const char *arg, bool *takes_next) {
    for (const char *at = arg + 1; *at; at++) {
        size_t i = 0;
        while (i < program->n_specs && program->specs[i].letter != *at) i++;
        if (i == program->n_specs) return false;
        bool flag = program->specs[i].type == OPT_BOOL;
        for (size_t k = i + 1; k < program->n_specs; k++) {
            const OptionSpec *other = &program->specs[k];
            assert(other->letter != *at || (other->type == OPT_BOOL) == flag);
        }
        *takes_next = !flag && !at[1];
        if (!flag) return true;
    }
    return arg[1] != 0;
}

int options_command_at(const ProgramSpec *program, int argc, char **argv) {
    int at = 1;
    while (at < argc && argv[at][0] == '-') {
        bool takes_next = false;
        bool known = argv[at][1] == '-' ? is_long_option(program, argv[at], &takes_next)
                                        : are_letters(program, argv[at], &takes_next);
        if (!known) break;
        at += takes_next ? 2 : 1;
    }
    return at < argc ? at : argc;
}

/* Everything behind the command's name, in order. `operands` has room for all of argv. */
static Status read_arguments(ArgReader *r) {
    bool only_operands = false;
    while (r->at < r->argc) {
        char *arg = r->argv[r->at++];
        if (only_operands || arg[0] != '-' || arg[1] == 0) {
            assert(r->o->n_operands < r->argc);
            r->o->operands[r->o->n_operands++] = arg;
        } else if (strcmp(arg, "--") == 0) {
            only_operands = true;
        } else {
            TRY(arg[1] == '-' ? read_long(r, arg) : read_letters(r, arg));
        }
    }
    return OK;
}

/* Too few or too many; the hint says how the command is called. */
static Status check_operands(const Options *o, Err *err) {
    const CommandSpec *c = o->command;
    Status status = OK;
    const char *operands = c->operands ? c->operands : "";
    if (o->n_operands < c->min_operands) {
        status = err_set(err, E_USAGE, "%s needs %s", c->name, operands);
    } else if (c->max_operands >= 0 && o->n_operands > c->max_operands) {
        status = err_set(err, E_USAGE, "%s: \"%.64s\" is one too many", c->name,
                         o->operands[c->max_operands]);
    }
    if (status != OK) {
        (void)err_hint(err, "say: %s %s%s%s; `%s %s --help` tells more", o->program, c->name,
                       *operands ? " " : "", operands, o->program, c->name);
    }
    return status;
}

/* Weakest source first: each one overwrites what those before it have set. */
static Status fill(Options *o, int argc, char **argv, Str config, Err *err) {
    o->values = mem_zalloc_n(o->n_specs + 1, sizeof *o->values);
    o->operands = mem_zalloc_n((size_t)argc + 1, sizeof *o->operands);
    if (!o->values || !o->operands) return err_no_memory(err, "options");
    set_defaults(o);
    ArgReader r = {.o = o, .argc = argc, .argv = argv, .at = 1, .err = err};
    TRY(apply_config(o, config, err));
    TRY(apply_environment(o, err));
    TRY(read_arguments(&r));
    return o->help_wanted ? OK : check_operands(o, err);
}

Status options_parse(const ProgramSpec *program, const CommandSpec *command, int argc, char **argv,
                     Str config, Options **out, Err *err) {
    *out = NULL;
    if (argc > OPERANDS_MAX) {
        return err_set(err, E_LIMIT, "%d arguments; the limit is %d", argc, OPERANDS_MAX);
    }
    assert(command->max_operands < 0 || command->max_operands >= command->min_operands);
    Options *o = mem_zalloc(sizeof *o);
    if (!o) return err_no_memory(err, "options");
    o->specs = program->specs;
    o->n_specs = program->n_specs;
    o->program = program->name;
    o->command = command;
    arena_init(&o->text, TEXT_BYTES_MAX);
    Status status = fill(o, argc, argv, config, err);
    if (status == OK) {
        *out = o;
    } else {
        options_free(o);
    }
    return status;
}

void options_free(Options *options) {
    if (!options) return;
    arena_fini(&options->text);
    mem_free(options->values);
    mem_free(options->operands);
    mem_free(options);
}

const OptionValue *options_get(const Options *options, const char *name) {
    size_t i = spec_find(options, str_from(name));
    assert(i < options->n_specs);
    return &options->values[i];
}

int options_operands(const Options *options, char ***operands) {
    *operands = options->operands;
    return options->n_operands;
}

bool options_help_wanted(const Options *options) {
    return options->help_wanted;
}
