/*
 * The terminal: errors, progress, colour, and text that cannot play tricks.
 *
 * Data goes to stdout, progress and messages to stderr; progress only when stderr is a terminal, on
 * one line of it that is written anew.
 * With --json a command that fails before it has answered says so on stdout, too:
 * {"error":{"code","message","hint","exit_code"}}. What cannot be read is an error and not an empty
 * text: "nothing found" must not be said of it.
 * Text that comes from documents, file names or models may hold escape sequences: control
 * characters (C0, DEL, C1, bidi overrides) are shown as a replacement sign, also in a pipe, for a
 * pager or a log shows them later; so are line ends in a file's name, which could pass for a line
 * of ours. Only texts that are asked for as they are (a model's, a settings file) reach a pipe byte
 * for byte; programs that want all bytes of an answer use --json.
 *
 * Three kinds of text and their way out:
 *
 *     ours                      printf, fputs
 *     of a document, a model    cli_print: all that steers is replaced but line ends and tabs
 *     a word in a line of ours  cli_word, cli_path: a line end is replaced as well
 *     asked for as it is        cli_pass: as cli_print at a terminal, byte for byte through a pipe
 *
 * Progress is one line on stderr that is written anew (CR, erase to the end), cut before the last
 * column, and taken away before anything else is printed (cli_progress_end). Where TERM says that
 * nothing can be erased there is a line every few seconds.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "cli/cli.h"

enum { STDIN_MAX = 1 << 30, JSON_MAX = 1 << 30 }; /* bytes */

static bool json_errors; /* --json: stdout gets an object whatever happens */
static bool json_lost;   /* an object could not be made */

void cli_json_errors(bool wanted) { json_errors = wanted; }

/* What steers a terminal or the order of a line; bytes that are no UTF-8 are shown alike. */
static bool plays_tricks(uint32_t c) {
    return unicode_steers(c) || c == UTF8_REPLACEMENT;
}

/* Writes a text without what plays tricks; `plain`: control characters that play none. */
static void put_visible(FILE *out, Str s, const char *plain) {
    for (size_t at = 0, width; at < s.n; at += width) {
        uint32_t c = utf8_decode(s, at, &width);
        if (plays_tricks(c) && !(c && c < 0x20 && strchr(plain, (int)c))) {
            fputs("\xEF\xBF\xBD", out);
        } else {
            fwrite(s.p + at, 1, width, out);
        }
    }
}

void cli_say(const char *message) {
    fputs("hearth: ", stderr);
    put_visible(stderr, str_from(message), "\n\t");
    fputc('\n', stderr);
}

/* One way for all errors: words on stderr, an object on stdout if one was promised and none was
   printed yet, the exit code. "| head" is no error that anybody wants to read of. */
static int fail(Status status, const char *message, const char *hint) {
    assert(status != OK && message && hint); /* what is no failure has no exit code here */
    bool mute = status == E_CANCELLED && cli_output_lost() && !cli_stop_asked();
    if (mute) return status_info(status)->exit_code; /* cli_end says it, or nobody reads */
    cli_progress_end();
    cli_say(message);
    if (hint[0]) {
        fputs("  -> ", stderr);
        put_visible(stderr, str_from(hint), "\n\t");
        fputc('\n', stderr);
    }
    int code = status_info(status)->exit_code;
    if (!json_errors) return code;
    CliJson json;
    JsonWriter *w = cli_json_open(&json);
    jsonw_put_object(w, "error");
    jsonw_put_c(w, "code", status_info(status)->name);
    jsonw_put_c(w, "message", message);
    jsonw_put_c(w, "hint", hint[0] ? hint : NULL);
    cli_json_int(w, "exit_code", (uint64_t)code);
    jsonw_object_end(w);
    cli_json_close(&json);
    return code;
}

int cli_stopped(void) { return fail(E_CANCELLED, "stopped", ""); }

/* Who presses Ctrl-C at a question gives no passphrase and no consent, and the library calls that
   a wrong use or a refusal: it was a stop. */
int cli_fail(const hearth_error *err) {
    bool unasked = err->status == HEARTH_USAGE || err->status == HEARTH_DENIED;
    bool stopped = err->status == HEARTH_CANCELLED || (unasked && cli_stop_asked());
    return stopped ? cli_stopped() : fail((Status)err->status, err->message, err->hint);
}

int cli_unread(int why) {
    Err err;
    (void)err_set(&err, E_IO, "cannot read stdin: %s", strerror(why));
    return cli_fail_err(&err);
}

int cli_fail_err(const Err *err) { return fail(err->code, err->message, err->hint); }

/* No hint: the message itself says what to type. */
int cli_usage(const char *fmt, ...) {
    char message[ERR_MESSAGE_MAX];
    va_list args;
    va_start(args, fmt);
    (void)plain_vprint(message, sizeof message, fmt, args);
    va_end(args);
    return fail(E_USAGE, message, "");
}

const char *cli_s(uint64_t n) { return n == 1 ? "" : "s"; }

void cli_print(const char *text, size_t n) {
    put_visible(stdout, (Str){text, n}, "\n\t");
}

void cli_print_on(FILE *out, const char *text) {
    put_visible(out, str_from(text), "\n\t");
}

_Static_assert(sizeof ((CliWord){0}).text > UTF8_MAX_BYTES + 1, "a word has a letter");
/* Room for a whole character and the NUL is kept at the end. */
const char *cli_word(CliWord *word, const char *text) {
    Str s = str_from(text);
    size_t n = 0, width;
    for (size_t at = 0; at < s.n && n + UTF8_MAX_BYTES < sizeof word->text; at += width) {
        uint32_t c = utf8_decode(s, at, &width);
        n += utf8_encode(plays_tricks(c) ? UTF8_REPLACEMENT : c, word->text + n);
    }
    assert(n < sizeof word->text);
    word->text[n] = 0;
    return word->text;
}

/* Only for what was asked for as it is; see the head of this file. */
void cli_pass(const Cli *cli, const char *text, size_t n) {
    if (cli->tty_out) cli_print(text, n);
    else fwrite(text, 1, n, stdout);
}

/* No control character is plain in a path, so a line's end in it cannot pass for one of ours. */
void cli_path(const char *path) {
    put_visible(stdout, str_from(path), "");
}

/* Bytes are collected: an object is printed whole or not at all. */
JsonWriter *cli_json_open(CliJson *json) {
    buf_init(&json->out, JSON_MAX);
    json->w = jsonw_init(&json->out);
    jsonw_object_begin(&json->w);
    return &json->w;
}

/* In one write, so that a program that reads lines gets whole objects. */
void cli_json_close(CliJson *json) {
    jsonw_object_end(&json->w);
    assert(json->out.status != OK || json->out.p[0] == '{'); /* opened by cli_json_open */
    buf_add_byte(&json->out, '\n');
    json_errors = false; /* one object is what was promised */
    if (json->out.status == OK) fwrite(json->out.p, 1, json->out.n, stdout);
    else fprintf(stderr, "hearth: the JSON output %s\n",
                 json->out.status == E_LIMIT ? "is too large" : "needs more memory than there is");
    json_lost = json_lost || json->out.status != OK;
    (void)cli_output_lost(); /* written now; cli_end tells what could not be */
    buf_fini(&json->out);
}

bool cli_json_lost(void) { return json_lost; }

void cli_json_word(const Cli *cli, const char *key, const char *value) {
    if (!cli->json) return;
    CliJson json;
    jsonw_put_c(cli_json_open(&json), key, value);
    cli_json_close(&json);
}

void cli_json_open_list(CliJson *json, const char *key) {
    JsonWriter *w = cli_json_open(json);
    jsonw_put_array(w, key);
}

void cli_json_close_list(CliJson *json, bool show) {
    jsonw_array_end(&json->w);
    if (show) cli_json_close(json);
    else buf_fini(&json->out);
}

void cli_json_int(JsonWriter *w, const char *key, uint64_t value) {
    jsonw_put_int(w, key, (int64_t)value);
}

void cli_json_real(JsonWriter *w, const char *key, double value) {
    jsonw_put_real(w, key, value, 6);
}

/* Both keys are there in any case, so that a program need not ask which of them to look for. */
void cli_json_place(JsonWriter *w, uint32_t page, uint32_t line) {
    jsonw_key(w, "page");
    if (page) jsonw_int(w, page);
    else jsonw_null(w);
    jsonw_key(w, "line");
    if (line) jsonw_int(w, line);
    else jsonw_null(w);
}

/* ---- progress -------------------------------------------------------------------------------- */

enum { COLUMNS_DEFAULT = 80, ROWS_DEFAULT = 24, SLOW_TERMINAL_MS = 5000, LEFT_MAX_S = 100 * 3600 };

/* "12.3 MB" or "1234"; what is counted is said once, behind the last number. */
static void amount(char *out, size_t cap, const char *unit, double value) {
    if (strcmp(unit, "bytes") == 0) (void)num_bytes_text((uint64_t)value, out, cap);
    else (void)plain_print(out, cap, "%.0f", value);
}

/* "read: 12 of 40 files, 3/s, 0:09 left  name.pdf"; parts that are unknown are left out. */
static void progress_line(const hearth_progress *p, char *line, size_t cap) {
    char done[48], total[48] = "", rate[48] = "", eta[32] = "";
    assert(p->stage && p->unit && *p->unit); /* hearth.h: both are always there */
    bool bytes = strcmp(p->unit, "bytes") == 0;
    amount(done, sizeof done, p->unit, (double)p->done);
    if (p->total) amount(total, sizeof total, p->unit, (double)p->total);
    if (p->rate > 0 && p->rate < 10 && !bytes) { /* "0.2/s", where "0/s" would say: it stands */
        (void)plain_print(rate, sizeof rate, "%.1f", p->rate);
    } else if (p->rate > 0) {
        amount(rate, sizeof rate, p->unit, p->rate);
    }
    if (p->eta_s >= 0 && p->eta_s < LEFT_MAX_S && p->total) {
        (void)snprintf(eta, sizeof eta, ", %d:%02d left", (int)p->eta_s / 60, (int)p->eta_s % 60);
    }
    const char *slash = p->item ? strrchr(p->item, '/') : NULL;
    const char *item = slash ? slash + 1 : p->item ? p->item : "";
    size_t unit = strlen(p->unit); /* "1 of 1 file" */
    bool one = strcmp(p->total ? total : done, "1") == 0 && p->unit[unit - 1] == 's';
    (void)snprintf(line, cap, "%s: %s%s%s%s%.*s%s%s%s%s%s%s", p->stage, done, *total ? " of " : "",
                   total, bytes ? "" : " ", bytes ? 0 : (int)(unit - one), p->unit,
                   *rate ? ", " : "", rate,
                   *rate ? "/s" : "", eta, *item ? "  " : "", item);
}

/* Asked each time: a window may change its size meanwhile. */
CliScreen cli_screen(void) {
    struct winsize size = {0};
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 && size.ws_row > 1;
    if (!known) return (CliScreen){ROWS_DEFAULT, COLUMNS_DEFAULT};
    return (CliScreen){size.ws_row, size.ws_col};
}

unsigned cli_width(uint32_t c) {
    return c < 0x80 || plays_tricks(c) ? 1 : (unsigned)unicode_width(c);
}

/* As much of the line as fits before the last column: what wraps could not be taken back. */
static void put_fitting(Str line) {
    unsigned room = cli_screen().columns - 1;
    assert(room > 0);
    for (size_t at = 0, width; at < line.n; at += width) {
        uint32_t c = utf8_decode(line, at, &width);
        unsigned wide = cli_width(c);
        if (wide > room) break;
        room -= wide;
        if (plays_tricks(c)) (void)fputc('?', stderr);
        else (void)fwrite(line.p + at, 1, width, stderr);
    }
}

/* A terminal that cannot erase a line gets one every few seconds. */
bool cli_can_erase(void) {
    const char *term = env_get("TERM");
    return term && strcmp(term, "dumb") != 0;
}

static bool line_shown; /* the progress line is on the screen, the cursor behind it */

/* A line on the same place; where it cannot be erased, one every SLOW_TERMINAL_MS. */
void cli_progress(void *user, const hearth_progress *p) {
    static double said_ms = -SLOW_TERMINAL_MS;
    const Cli *cli = user;
    if (cli->quiet || !cli->tty_err) return;
    char line[512];
    bool erases = cli_can_erase();
    if (!erases && clock_now_ms() - said_ms < SLOW_TERMINAL_MS) return;
    said_ms = clock_now_ms();
    progress_line(p, line, sizeof line);
    if (erases) fputs("\r\x1b[K", stderr);
    put_fitting(str_from(line));
    if (!erases) (void)fputc('\n', stderr);
    line_shown = erases;
    fflush(stderr);
}

/* What stands in the row is an answer's, perhaps, where there is no such line. */
void cli_progress_end(void) {
    if (line_shown) fputs("\r\x1b[K", stderr);
    line_shown = false;
}

void cli_progress_part(void *user, const hearth_progress *p) {
    assert(p->done <= p->total); /* what has no end known would never go away */
    if (p->done < p->total) cli_progress(user, p);
    else cli_progress_end();
}

/* Somebody who waits for the first answer of all wants to know that the next one comes sooner. */
void cli_packing(void *user, const hearth_progress *p) {
    hearth_progress at = *p;
    at.stage = "first start, packing";
    cli_progress_part(user, &at);
}

/* By read(2): a signal interrupts it, and then the user wants to stop or nothing happened. */
static Status read_all(Buf *out, Err *err) {
    enum { STEP = 1 << 16 };
    for (;;) {
        char *to = buf_reserve(out, STEP);
        if (!to) return buf_check(out, "what stands on stdin", err);
        ssize_t got = read(STDIN_FILENO, to, STEP);
        if (cli_stop_asked()) return err_set(err, E_CANCELLED, "stopped");
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return err_set(err, E_IO, "cannot read stdin: %s", strerror(errno));
        if (got == 0) return OK;
        out->n += (size_t)got;
        out->p[out->n] = 0;
    }
}

/* Nobody reads any more is told by the code alone. */
int cli_put(Buf *out) {
    bool ok = out->status == OK && fwrite(out->p ? out->p : "", 1, out->n, stdout) == out->n;
    buf_clear(out);
    if (ok || cli_reader_gone()) return ok ? 0 : hearth_exit_code(HEARTH_CANCELLED);
    cli_say("the answer could not be written");
    return hearth_exit_code(HEARTH_IO);
}

/* Whoever started a command without its input would wait without knowing for what. */
int cli_read_stdin(Buf *out) {
    Err err;
    buf_init(out, STDIN_MAX);
    if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO)) {
        fputs("(reads what you type; Ctrl-D at the beginning of a line ends it)\n", stderr);
    }
    if (read_all(out, &err) == OK) return 0;
    buf_fini(out);
    return cli_fail_err(&err);
}

/* The words need no quotes around them: `hearth ask when is the rent due` is one question. */
int cli_question(const Cli *cli, Buf *out) {
    if (cli->n_operands == 1 && strcmp(cli->operands[0], "-") == 0) {
        int code = cli_read_stdin(out);
        for (size_t i = 0; code == 0 && i < out->n; i++) {
            if (!out->p[i]) out->p[i] = ' '; /* what stands behind a NUL is asked, too */
        }
        return code;
    }
    buf_init(out, 64 << 20);
    for (int i = 0; i < cli->n_operands; i++) {
        if (i) buf_add_byte(out, ' ');
        buf_add_c(out, cli->operands[i]);
    }
    Err err;
    if (buf_check(out, "the question", &err) == OK) return 0;
    buf_fini(out);
    return cli_fail_err(&err);
}

const char *cli_bold(const Cli *cli) { return cli->colour ? "\x1b[1m" : ""; }
const char *cli_dim(const Cli *cli) { return cli->colour ? "\x1b[2m" : ""; }
const char *cli_plain(const Cli *cli) { return cli->colour ? "\x1b[0m" : ""; }

/* Both are there in sheets only: the page is the sheet, the line the row. */
void cli_place(const char *path, uint32_t page, uint32_t line) {
    cli_path(path);
    if (page && line) printf(", sheet %u, row %u", page, line);
    else if (page) printf(", page %u", page);
    else if (line) printf(", line %u", line);
}

/* By the command's list, which ends with NULL; the table itself holds those of all commands. */
bool cli_has_option(const Cli *cli, const char *name) {
    return list_has(str_from(name), cli->command->options);
}

const OptionValue *cli_option(const Cli *cli, const char *name) {
    return options_get(cli->options, name);
}
