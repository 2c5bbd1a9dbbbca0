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
    int n_operands; /* as many as the command's row in table.c allows */
    bool json, quiet, colour; /* what the options say, as far as the command has them */
    bool tty_out, tty_err;    /* is it a terminal? */
} Cli;

typedef int (*CliCommand)(Cli *cli); /* returns the exit code */

/* table.c: all options and commands, for --help, the man page and completions. Static. */
extern const ProgramSpec cli_program;
/* The function of a command, and its row in the table. NULL: there is no such command, *spec is
   untouched. */
CliCommand cli_find(const char *name, const CommandSpec **spec);
/* The command that somebody who typed `word` may have meant; static. NULL: none is near. */
const char *cli_suggest(const char *word);

/* Commands: each reads its options from cli->options, calls include/hearth.h, prints, and returns
   the exit code. Errors are printed where they happen. With cli->json stdout gets one object. */
/* documents.c. The question of search and ask is the operands, or "-" for stdin. */
int cmd_add(Cli *cli);
int cmd_list(Cli *cli);        /* no operand */
int cmd_remove(Cli *cli);      /* paths of files or folders, one at least */
int cmd_show(Cli *cli);        /* a path, or how one ends */
int cmd_search(Cli *cli);      /* the words of a question */
int cmd_ask(Cli *cli);         /* the same; or "-" */
/* chat.c: goes on until /quit, the end of stdin or a signal. */
int cmd_chat(Cli *cli);
/* run.c. */
int cmd_run(Cli *cli);
/* tools.c. embed, tokenize: a line of stdin is a text; score reads its operand, a file. */
int cmd_embed(Cli *cli);
int cmd_tokenize(Cli *cli);    /* stdin; opens the vocabulary only */
int cmd_score(Cli *cli);       /* a file; always JSON */
int cmd_bench(Cli *cli);       /* no operand */
int cmd_plan(Cli *cli);        /* 7 when the model does not fit */
int cmd_models(Cli *cli);      /* nothing, or "remove" and a name */
int cmd_pull(Cli *cli);        /* a name, unless --file names a path */
int cmd_import(Cli *cli);      /* source, destination */
/* gate.c, guard.c, egress.c, cloud.c, route.c, eval.c: the first operand is a verb. */
int cmd_gate(Cli *cli);
int cli_gate_pair(Cli *cli); /* its verb `pair` */
int cmd_guard(Cli *cli);       /* check */
int cmd_egress(Cli *cli);      /* log, show N, verify */
int cmd_cloud(Cli *cli);       /* add, key, list, test, remove */
int cmd_route(Cli *cli);       /* a question, or thumb, train, forget */
int cmd_eval(Cli *cli);        /* make, run, show, compare */
/* seal.c. */
int cmd_seal(Cli *cli);
int cmd_unlock(Cli *cli);      /* no operand */
int cmd_lock(Cli *cli);        /* no operand */
/* tools.c again. doctor: 1 when something is bad. The others need nothing that is open. */
int cmd_doctor(Cli *cli);
int cmd_completion(Cli *cli);  /* a shell */
int cmd_man(Cli *cli);         /* no operand */
int cmd_settings(Cli *cli);    /* no operand */
extern const char cli_settings_text[]; /* settings.c: for help and the man page, too */

/* term.c: the terminal. */

/* Prints "hearth: message" and the hint on stderr; returns the exit code. With --json an object of
   the same goes to stdout, once. A command that was stopped says "stopped"; one whose reader has
   gone says nothing. */
int cli_fail(const hearth_error *err);
/* The same for what the user stopped: exit code 130. */
int cli_stopped(void);
/* The same for an error of base/. */
int cli_fail_err(const Err *err);
/* The same for a stdin that cannot be read, by its errno. */
int cli_unread(int why);
/* The same for what was typed wrongly: exit code 2. */
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
/* Fills *word, which the text that is returned is of; cut at a whole character. NULL is empty. */
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
bool cli_json_lost(void); /* was one not printed, since it is too large? cli_end makes it fail */
/* An object with one text, for commands that have nothing else to say; with --json only. */
void cli_json_word(const Cli *cli, const char *key, const char *value);
/* The same as open and close with one array, which is open at its key. */
void cli_json_open_list(CliJson *json, const char *key);
/* Closes the array and the object, prints them if `show`, frees. */
void cli_json_close_list(CliJson *json, bool show);
/* As jsonw_put_int and _real: counts, and numbers of six digits. */
void cli_json_int(JsonWriter *w, const char *key, uint64_t value);
/* Six digits behind the point are enough to compare figures; NaN and infinity become null. */
void cli_json_real(JsonWriter *w, const char *key, double value);
/* "page" and "line": null where the format has none. */
void cli_json_place(JsonWriter *w, uint32_t page, uint32_t line);
void cli_progress(void *user, const hearth_progress *progress); /* user: the Cli */
/* Can the terminal take back what was written? TERM says so. */
bool cli_can_erase(void);
/* Both 2 at least; a usual size where it is not known. */
typedef struct CliScreen {
    unsigned rows, columns;
} CliScreen;
CliScreen cli_screen(void);
/* Columns that a character takes as it is printed; of none that steers but a line end or a tab. */
unsigned cli_width(uint32_t c);
/* Takes the progress line off the screen, if one is there; before anything else is printed. */
void cli_progress_end(void);
/* The same as cli_progress, taken away when all is done: for what is a part of something else. */
void cli_progress_part(void *user, const hearth_progress *progress);
/* For hearth_options.on_packing; user: the Cli. */
void cli_packing(void *user, const hearth_progress *progress);
/* Writes the bytes, or says that it could not: an answer that is not whole must not be taken for
   "nothing found". Clears them. 0 or the exit code. */
int cli_put(Buf *out);
/* Reads all of stdin (ceiling 1 GiB) into *out, which it makes: buf_fini afterwards. 0, or the exit
   code after an error was printed; *out is freed then. */
int cli_read_stdin(Buf *out);
/* The words of a question, joined by blanks; "-" alone means stdin, where a NUL becomes a blank.
   Makes *out: buf_fini afterwards. 0, or the exit code after an error was printed. */
int cli_question(const Cli *cli, Buf *out);
/* What begins bold or dim letters on the terminal, and what ends either; "" without colour. */
const char *cli_bold(const Cli *cli);
const char *cli_dim(const Cli *cli);   /* see cli_bold */
const char *cli_plain(const Cli *cli); /* see cli_bold */
/* A passage's place: "path, page 3" or "path, line 12". */
void cli_place(const char *path, uint32_t page, uint32_t line);

/* excerpt.c: of a passage that was found, what stands around the words of the query, these in bold
   letters; all of it where it is short, or `whole`. Ends without a line end. */
void cli_excerpt(const Cli *cli, Str text, Str query, bool whole);

/* stream.c: an answer as it comes, of which a part may be taken back. */
typedef struct CliMark {
    size_t at; /* bytes of the text before it */
    int n;     /* of a citation; 0: nothing supports the sentence */
} CliMark;

typedef struct CliStream {
    Cli *cli;
    bool live;  /* words are shown as they come; else at the end */
    bool stuck; /* words that do not stand are on the screen for good */
    Buf text;   /* what came and stands so far */
    CliMark *marks;
    size_t n_marks, cap_marks;
} CliStream;

/* Empty; _fini frees what is kept. The answer begins at the beginning of a line. */
void cli_stream_init(CliStream *stream, Cli *cli);
void cli_stream_fini(CliStream *stream);
/* A piece may be part of a word but never part of a character. */
void cli_stream_text(CliStream *stream, Str piece);
/* Behind the sentence that came last: its citation, or 0. */
void cli_stream_mark(CliStream *stream, int n);
/* Only the first `keep` bytes stand, and their marks. */
void cli_stream_back(CliStream *stream, size_t keep);
/* Shows what was held so far; nothing comes any more. */
void cli_stream_end(CliStream *stream);

/* stop.c: ending early. */

void cli_stop_watch(hearth *h);   /* signals stop what h does; NULL: they do nothing any more */
bool cli_stop_asked(void);        /* somebody wants what runs to stop */
bool cli_stop_for_good(void);     /* and the program with it, also a conversation */
void cli_stop_forget(Cli *cli);   /* the answer is stopped, the conversation goes on */
void cli_flush(const Cli *cli);   /* of stdout; when nobody reads it, what runs is stopped */
bool cli_output_lost(void);       /* what was printed cannot be written, for whatever reason */
bool cli_reader_gone(void);       /* nobody reads stdout any more ("| head") */
int cli_end(int code);            /* at the end: the exit code, also of output that failed */

/* answer.c, for ask and chat: asks with the command's options and shows the answer as it comes, or
   as an object. 0; 3 when the documents do not answer it; else the error's code. */
int cli_answer(Cli *cli, hearth_chat *chat, const char *question);
/* route.c: what was decided, as the fields of an object that is open. */
void cli_routing(JsonWriter *w, const hearth_routing *routing);
/* Says of the last answer, or of another decision, how it was; the exit code. */
int cli_thumb(Cli *cli, uint64_t decision, bool up);
/* Shows what would leave and asks, at the terminal itself (/dev/tty), since stdin may be a pipe;
   without one nobody agrees. user is not looked at. For hearth_ask_options.on_parting. */
bool cli_ask_parting(void *user, const hearth_parting *parting);

/* seal.c: the passphrase of a sealed home, from --passphrase-file or the terminal; user: Cli. Its
   length, below 0: there is none. As hearth_passphrase_fn; the caller wipes out. */
int cli_passphrase(void *user, hearth_passphrase what, char *out, size_t max);
/* Seals a plain home. 0 or the exit code. */
int cli_seal(Cli *cli);

/* An option's value: of the line, the environment, the configuration, or the default; never NULL.
   `name` must stand in the table, also where this command does not take it: another one aborts. */
const OptionValue *cli_option(const Cli *cli, const char *name);
/* Does the command take this option? */
bool cli_has_option(const Cli *cli, const char *name);

#endif
