/*
 * What the files of the terminal door share. This room knows base/ and include/hearth.h only.
 */
#ifndef HEARTH_CLI_CLI_H
#define HEARTH_CLI_CLI_H

#include <stdio.h>

#include "base/json.h"
#include "base/option.h"
#include "hearth.h"

typedef struct Cli {
    hearth *h;
    const Options *options;
    const CommandSpec *command;
    char **operands;
    int n_operands;
    bool json, quiet, colour, tty_out, tty_err;
} Cli;

typedef int (*CliCommand)(Cli *cli); /* returns the exit code */

/* table.c */
extern const ProgramSpec cli_program;
CliCommand cli_find(const char *name, const CommandSpec **spec);
const char *cli_suggest(const char *word);

/* Commands. */
int cmd_add(Cli *cli);
int cmd_list(Cli *cli);
int cmd_remove(Cli *cli);
int cmd_show(Cli *cli);
int cmd_search(Cli *cli);
int cmd_ask(Cli *cli);
int cmd_chat(Cli *cli);
int cmd_run(Cli *cli);
int cmd_embed(Cli *cli);
int cmd_tokenize(Cli *cli);
int cmd_score(Cli *cli);
int cmd_bench(Cli *cli);
int cmd_plan(Cli *cli);
int cmd_models(Cli *cli);
int cmd_pull(Cli *cli);
int cmd_import(Cli *cli);
int cmd_gate(Cli *cli);
int cli_gate_pair(Cli *cli); /* its verb `pair` */
int cmd_guard(Cli *cli);
int cmd_egress(Cli *cli);
int cmd_cloud(Cli *cli);
int cmd_route(Cli *cli);
int cmd_eval(Cli *cli);
int cmd_seal(Cli *cli);
int cmd_unlock(Cli *cli);
int cmd_lock(Cli *cli);
int cmd_doctor(Cli *cli);
int cmd_completion(Cli *cli);
int cmd_man(Cli *cli);

/* term.c: the terminal. */

/* Prints "hearth: message" and the hint on stderr; returns the exit code. */
int cli_fail(const hearth_error *err);
int cli_fail_err(const Err *err);
int cli_usage(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* "1 file", "2 files": what stands behind the noun. */
const char *cli_s(uint64_t n);
/* Errors from now on are objects on stdout, too, until one has been printed there; or no more. */
void cli_json_errors(bool wanted);
/* "hearth: message" on stderr, control characters made visible. */
void cli_say(const char *message);
/* Text of documents and models on stdout: control characters made visible, so that no escape
   sequence in it reaches a terminal, now or when the output is looked at later. */
void cli_print(const char *text, size_t n);
/* The same on another stream. */
void cli_print_on(FILE *out, const char *text);
/* The same for a word within a line of ours, in which a line end is made visible, too: from files
   that others may have written (a ledger, clouds.toml). Long ones are cut. */
typedef struct CliWord {
    char text[512];
} CliWord;
const char *cli_word(CliWord *word, const char *text);
/* The same for what is asked for as it is: plain bytes when out is no terminal. */
void cli_pass(const Cli *cli, const char *text, size_t n);
/* A file's name, in which a line end is made visible, too. */
void cli_path(const char *path);
/* One JSON object on stdout: opened, written to through .w, and printed as one line when closed. */
typedef struct CliJson {
    JsonWriter w;
    Buf out;
} CliJson;

JsonWriter *cli_json_open(CliJson *json); /* &json->w, inside the object */
void cli_json_close(CliJson *json);       /* prints and frees */
/* The same with one array, open at its key. show false: nothing is printed, it failed. */
void cli_json_open_list(CliJson *json, const char *key);
void cli_json_close_list(CliJson *json, bool show);
/* As jsonw_put_int and _real: counts, and numbers of six digits. */
void cli_json_int(JsonWriter *w, const char *key, uint64_t value);
void cli_json_real(JsonWriter *w, const char *key, double value);
/* "page" and "line": null where the format has none. */
void cli_json_place(JsonWriter *w, uint32_t page, uint32_t line);
void cli_progress(void *user, const hearth_progress *progress); /* user: the Cli */
void cli_progress_end(const Cli *cli);
/* Writes the bytes, or says that it could not: an answer that is not whole must not be taken for
   "nothing found". Clears them. 0 or the exit code. */
int cli_put(Buf *out);
/* Reads all of stdin (ceiling 1 GiB). 0, or the exit code after an error was printed. */
int cli_read_stdin(Buf *out);
/* The words of a question, joined by blanks; "-" alone means stdin. 0 or the exit code. */
int cli_question(const Cli *cli, Buf *out);
/* The next line of text, without its end; NULL p at the end. */
Str cli_next_line(Str text, size_t *at);
const char *cli_bold(const Cli *cli);
const char *cli_dim(const Cli *cli);
const char *cli_plain(const Cli *cli);
/* A passage's place: "path, page 3" or "path, line 12". */
void cli_place(const char *path, uint32_t page, uint32_t line);

/* stop.c: ending early. */

void cli_stop_watch(hearth *h);   /* signals stop what h does; NULL: they do nothing any more */
bool cli_stop_asked(void);        /* somebody wants what runs to stop */
bool cli_stop_for_good(void);     /* and the program with it, also a conversation */
void cli_stop_forget(Cli *cli);   /* the answer is stopped, the conversation goes on */
void cli_flush(const Cli *cli);   /* of stdout; when nobody reads it, what runs is stopped */
bool cli_reader_gone(void);       /* nobody reads stdout any more ("| head") */
int cli_end(int code);            /* at the end: the exit code, also of output that failed */

/* answer.c: shared by ask, chat and eval. */
int cli_answer(Cli *cli, hearth_chat *chat, const char *question);
/* route.c: what was decided, as the fields of an object that is open. */
void cli_routing(JsonWriter *w, const hearth_routing *routing);
/* Says of the last answer, or of another decision, how it was; the exit code. */
int cli_thumb(Cli *cli, uint64_t decision, bool up);
/* Shows what would leave and asks, at the terminal itself; without one nobody agrees. */
bool cli_ask_parting(void *user, const hearth_parting *parting);

/* seal.c: the passphrase of a sealed home, from --passphrase-file or the terminal; user: Cli. */
int cli_passphrase(void *user, hearth_passphrase what, char *out, size_t max);
/* Seals a plain home. 0 or the exit code. */
int cli_seal(Cli *cli);

const OptionValue *cli_option(const Cli *cli, const char *name);
bool cli_has_option(const Cli *cli, const char *name);

#endif
