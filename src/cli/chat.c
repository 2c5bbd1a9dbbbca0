/*
 * Chat: lines from the terminal or a pipe, each asked or obeyed.
 *
 * At a terminal libedit reads them: history, UTF-8 in every locale, and a paste of several lines as
 * one text. From a pipe a line is a line.
 */
#include <errno.h>
#include <histedit.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/home.h"
#include "base/lists.h"
#include "base/utf8.h"
#include "cli/cli.h"

enum { LINE_MAX_BYTES = 1 << 20 };

/* libedit wants a function; the text is not freed by it. */
static const char *editor_prompt(EditLine *el) {
    return "> ";
}

/* libedit takes what is typed as the locale says, and where none was set it drops a line with any
   letter beyond ASCII. Hearth speaks UTF-8 in every locale, so for the editor's calls alone this
   thread has one that does. */
static locale_t utf8_letters(void) {
    static const char *const names[] = {"C.UTF-8", "en_US.UTF-8", "", NULL};
    for (size_t i = 0; names[i]; i++) {
        locale_t locale = newlocale(LC_CTYPE_MASK, names[i], (locale_t)0);
        if (locale == (locale_t)0) continue;
        if (strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0) return locale;
        freelocale(locale);
    }
    return (locale_t)0;
}

/* libedit's keys have eight bits, and those from 128 on are Alt with another, most of them bound to
   nothing: "ü", whose code point is such a number, was dropped with a beep. Letters are letters. */
static void bind_letters(EditLine *el) {
    for (uint32_t code = 0xA0; code <= 0xFF; code++) {
        char letter[UTF8_MAX_BYTES + 1] = {0};
        (void)utf8_encode(code, letter);
        (void)el_set(el, EL_BIND, letter, "ed-insert", NULL);
    }
}

static void put_letter(EditLine *el, wchar_t letter) {
    const wchar_t text[] = {letter < L' ' || letter == 0x7F ? L' ' : letter, 0};
    (void)el_winsertstr(el, text);
}

/* What is pasted is one text, whatever lines it has: a terminal that is asked to (\e[?2004h) puts
   \e[200~ before it and \e[201~ behind. Every line end, tab or other control sign becomes a blank,
   and the user's own Enter sends it off. */
static unsigned char take_paste(EditLine *el, int key) {
    static const wchar_t end[] = L"\033[201~";
    size_t matched = 0;
    wchar_t got = 0;
    while (end[matched] && el_wgetc(el, &got) == 1) {
        if (got == end[matched]) {
            matched++;
            continue;
        }
        for (size_t i = 0; i < matched; i++) put_letter(el, end[i]); /* it only looked like it */
        matched = got == end[0];
        if (!matched) put_letter(el, got);
    }
    return end[matched] ? CC_EOF : CC_REFRESH;
}

/* The function for wide characters: el_set would keep copies of both words and never free them. */
static void bind_paste(EditLine *el) {
    (void)el_wset(el, EL_ADDFN, L"hearth-paste", L"Take what is pasted as one text", take_paste);
    (void)el_set(el, EL_BIND, "\\e[200~", "hearth-paste", NULL);
}

/* NULL: the terminal cannot be edited on, and lines are read as from a pipe. The history lives as
   long as the program: nothing typed is kept on the disk. */
static EditLine *editor_open(History **past) {
    HistEvent event;
    locale_t letters = utf8_letters();
    if (letters == (locale_t)0) return NULL;
    locale_t before = uselocale(letters);
    EditLine *el = el_init("hearth", stdin, stdout, stderr);
    (void)uselocale(before);
    if (!el) {
        freelocale(letters);
        return NULL;
    }
    el_set(el, EL_CLIENTDATA, letters);
    *past = history_init();
    el_set(el, EL_PROMPT, editor_prompt);
    el_set(el, EL_EDITOR, "emacs");
    (void)uselocale(letters);
    bind_letters(el);
    bind_paste(el);
    (void)uselocale(before);
    el_set(el, EL_SIGNAL, 1);
    if (*past) {
        history(*past, &event, H_SETSIZE, 1000);
        history(*past, &event, H_SETUNIQUE, 1);
        el_set(el, EL_HIST, history, *past);
    }
    return el;
}

static void editor_close(EditLine *el) {
    void *letters = NULL;
    el_get(el, EL_CLIENTDATA, &letters);
    el_end(el);
    freelocale((locale_t)letters);
}

/* A line, in UTF-8. Pastes are marked only while it is typed: no other program shall find them
   so. */
static const char *editor_line(EditLine *el, int *n) {
    void *letters = NULL;
    const char *term = env_get("TERM");
    bool marks = isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
    el_get(el, EL_CLIENTDATA, &letters);
    locale_t before = uselocale((locale_t)letters);
    if (marks) (void)fputs("\033[?2004h", stdout);
    const char *line = el_gets(el, n);
    int why = errno;
    if (marks) (void)fputs("\033[?2004l", stdout);
    (void)fflush(stdout);
    (void)uselocale(before);
    errno = why;
    return line;
}

/* What is typed; NULL at the end. Ctrl-C takes back the line, as in a shell. */
static const char *edit_line(Cli *cli, EditLine *el, int *n) {
    for (;;) {
        cli_stop_forget(cli); /* one pressed since counts for nothing that is typed now */
        errno = 0;
        const char *got = editor_line(el, n);
        if (got && *n > 0) return got;
        if (*n >= 0 || errno != EINTR || cli_stop_for_good()) return NULL;
        el_reset(el);
        printf("\n");
    }
}

/* One line of the user's, without its line end; NULL at the end. A NUL in a pipe becomes a blank,
   since it would end the question. line->status: it is longer than a question may be. */
static const char *read_line(Cli *cli, EditLine *el, History *past, Buf *line) {
    HistEvent event;
    buf_clear(line);
    if (el) {
        int n = 0;
        const char *got = edit_line(cli, el, &n);
        if (!got) return NULL;
        buf_add(line, got, (size_t)n);
        if (past && n > 1) history(past, &event, H_ENTER, got);
    } else {
        int c;
        errno = 0;
        while ((c = getchar()) != EOF && c != '\n') buf_add_byte(line, c ? (char)c : ' ');
        if (c == EOF && line->n == 0) return NULL; /* errno: why, or 0 */
    }
    while (line->n && (line->p[line->n - 1] == '\n' || line->p[line->n - 1] == '\r')) {
        line->p[--line->n] = 0;
    }
    return line->p ? line->p : "";
}

/* Who does not know the commands types words alone, and they ask nothing of a document.
   Returns false when the conversation ends. *code: the first question's that failed, else whether
   one was not answered. */
static bool chat_line(Cli *cli, hearth_chat *chat, const char *line, int *code) {
    static const char *const leave[] = {"/quit", "/exit", "/q", "quit", "exit", ":q", "bye", NULL};
    static const char *const help[] = {"help", "?", "hilfe", "帮助", NULL};
    const int unanswered = hearth_exit_code(HEARTH_NOT_FOUND);
    Str words = str_trim(str_from(line));
    if (words.n == 0) return true;
    if (list_has(words, leave)) return false;
    if (str_eq_c(words, "/new")) {
        hearth_chat_forget(chat);
        printf("A new conversation.\n");
    } else if (str_eq_c(words, "/good") || str_eq_c(words, "/bad")) {
        (void)cli_thumb(cli, 0, str_eq_c(words, "/good"));
    } else if (words.p[0] == '/' || list_has(words, help)) {
        printf("/new begins a new conversation, /good and /bad tell the router how the last "
               "answer was, Ctrl-C stops an answer, /quit ends.\n");
    } else {
        int got = cli_answer(cli, chat, line);
        if (got && (*code == 0 || *code == unanswered)) *code = got;
    }
    cli_flush(cli); /* who types through a pipe waits for all of it */
    cli_stop_forget(cli); /* Ctrl-C stopped the answer, not the program */
    return !cli_stop_for_good();
}

/* Line by line until the user leaves. At a terminal the exit code is 0, since failures were seen;
   through a pipe it is the first question's that failed. What a signal means, the end of an answer
   or of the program, stop.c tells (cli_stop_for_good). */
int cmd_chat(Cli *cli) {
    hearth_error err;
    hearth_chat *chat = NULL;
    History *past = NULL;
    Buf line;
    if (hearth_chat_new(cli->h, &chat, &err) != HEARTH_OK) return cli_fail(&err);
    buf_init(&line, LINE_MAX_BYTES);
    EditLine *el = isatty(STDIN_FILENO) ? editor_open(&past) : NULL;
    if (el) printf("Ask about your documents. /new begins anew, /quit or Ctrl-D ends.\n");
    int code = 0;
    const char *text = NULL;
    while (!cli_stop_for_good() && (text = read_line(cli, el, past, &line)) != NULL) {
        cli_stop_forget(cli);
        if (line.status != OK) code = cli_usage("chat: a line of more than 1 MiB is not read");
        else if (!chat_line(cli, chat, text, &code)) break;
    }
    int why = errno; /* of the last read */
    bool unread = !el && !text && ferror(stdin) && !cli_stop_asked();
    if (el) {
        if (!text) printf("\n"); /* Ctrl-D or a signal: the shell's prompt gets its own line */
        editor_close(el);
        code = 0; /* who sat there saw it */
    }
    if (past) history_end(past);
    buf_fini(&line);
    hearth_chat_free(chat);
    if (unread) return cli_unread(why);
    return cli_stop_asked() ? hearth_exit_code(HEARTH_CANCELLED) : code;
}
