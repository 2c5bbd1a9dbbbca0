/*
 * Options: one table makes configuration keys, command-line flags, environment names, --help, the
 * man page and shell completions.
 *
 * Precedence: flag > environment > configuration file > default. A command is a row of a table
 * too: name, what it does, which options and operands it takes.
 */
#ifndef HEARTH_BASE_OPTION_H
#define HEARTH_BASE_OPTION_H

#include "base/text.h"

typedef enum OptionType { OPT_BOOL, OPT_INT, OPT_REAL, OPT_TEXT, OPT_CHOICE } OptionType;

typedef struct OptionSpec {
    const char *name;     /* "threads": --threads, HEARTH_THREADS, key threads */
    char letter;          /* 't' for -t, 0 for none */
    OptionType type;
    double min, max;      /* for INT and REAL; min >= max: no bounds */
    const char *fallback; /* default as text; NULL: unset */
    const char *value;    /* metavariable for help ("N", "FILE"); NULL for BOOL */
    const char *choices;  /* "a|b|c" for CHOICE */
    const char *help;     /* one line */
    bool configurable;    /* may also come from environment and configuration file */
} OptionSpec;

typedef struct CommandSpec {
    const char *name;
    const char *operands; /* "PATH..." as shown in help */
    int min_operands, max_operands; /* max -1: any number */
    const char *summary;  /* one line */
    const char *details;  /* some lines for --help and man; may be NULL */
    const char *const *options; /* names in the option table, NULL-terminated */
} CommandSpec;

typedef struct ProgramSpec {
    const char *name, *summary, *version; /* as in "hearth 0.9 - ..." */
    const OptionSpec *specs;
    size_t n_specs;
    const CommandSpec *commands;
    size_t n_commands;
    const char *examples; /* shown first in --help */
} ProgramSpec;

typedef struct OptionValue {
    bool set;      /* anything but the default */
    bool is_true;  /* BOOL */
    int64_t whole; /* INT */
    double real;   /* REAL */
    const char *text; /* TEXT, CHOICE; of argv, environment, table or Options; may be NULL */
    const char *origin; /* "flag", "env", "config", "default" */
} OptionValue;

typedef struct Options Options;

/* Parses argv[1..] of one command (argv[0] is its name). `config` is the text of the TOML file, may
   be empty and may go afterwards; argv and the tables stay as long as the Options. E_USAGE: message
   names the flag, variable or line; the hint says what was probably meant. -h is always known. */
Status options_parse(const ProgramSpec *program, const CommandSpec *command, int argc, char **argv,
                     Str config, Options **out, Err *err) WARN_UNUSED;
/* Where the command stands in argv[1..]: the first word that is neither an option of any command
   nor the value of one, so that options may come before it. -h, --help and --version end the search
   as commands do, and so does an option that no command has. argc: there are only options. */
int options_command_at(const ProgramSpec *program, int argc, char **argv);
/* NULL is fine. Texts that came from the configuration go with it. */
void options_free(Options *options);
const OptionValue *options_get(const Options *options, const char *name); /* asserts it exists */
int options_operands(const Options *options, char ***operands); /* how many; borrowed */
/* -h or --help stood among the arguments: the operands were not checked then. */
bool options_help_wanted(const Options *options);

enum { OPTION_ENV_MAX = 80 };
/* "top-k" -> "HEARTH_TOP_K" */
void options_env_name(const char *name, char out[OPTION_ENV_MAX]);
/* What `PROGRAM --help` prints: examples, then a line for each command. out->status tells whether
   there was room. */
void options_help_program(const ProgramSpec *program, Buf *out);
/* The same of one command, with the range, default and environment name of each option. */
void options_help_command(const ProgramSpec *program, const CommandSpec *command, Buf *out);
void options_man(const ProgramSpec *program, Buf *out); /* scdoc source of hearth(1) */
/* shell: "bash", "zsh" or "fish". */
Status options_completion(const ProgramSpec *program, const char *shell, Buf *out,
                          Err *err) WARN_UNUSED;
/* Nearest name by edit distance, or NULL when nothing is near. */
const char *options_did_you_mean(const char *word, const char *const *names, size_t n);

#endif
