/*
 * Ending early: signals, and a reader who has gone.
 *
 * SIGINT, SIGTERM and SIGHUP ask what runs to stop: it ends at its next safe point, keeps what was
 * finished, and the exit code is 130. A second SIGINT ends the program at once (nothing is lost by
 * that either, tests/fault/kill_call.c). In a conversation SIGINT stops the answer and not the
 * program; the other two end it.
 *
 * SIGPIPE is ignored, so that a closed pipe is an error and not a death: when the output cannot be
 * written any more, a model shall not go on talking to nobody, and a full disk behind `> file` must
 * not look like success. A reader who has gone ("| head") is no failure of ours: what runs ends
 * quietly, with the code that a shell shows for any program that SIGPIPE ended, 141.
 *
 * State: three words, written by the handler or before it is installed; and why a write failed, of
 * the main thread alone, since errno is another one by the time that it is told.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

enum { READER_GONE = 128 + SIGPIPE }; /* an exit code */

static hearth *volatile running;
static volatile sig_atomic_t asked, ending;
static int lost_why; /* errno of the first write to stdout that failed; 0: it was not seen */

/* Async-signal-safe: three words, one atomic store and _exit. */
static void on_stop(int number) {
    if (number != SIGINT) ending = 1;
    if (asked && number == SIGINT) _exit(hearth_exit_code(HEARTH_CANCELLED));
    asked = 1;
    hearth *h = running;
    if (h) hearth_cancel(h);
}

/* The handle is taken away (NULL) before it is closed: a late signal must not find it. */
void cli_stop_watch(hearth *h) {
    static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_stop}, before;
    assert(!h || !running); /* one at a time; NULL between two */
    running = h;
    if (!h) return;
    for (size_t i = 0; i < ARRAY_LEN(stops); i++) {
        bool ignored = sigaction(stops[i], NULL, &before) == 0 && before.sa_handler == SIG_IGN;
        if (!ignored) (void)sigaction(stops[i], &action, NULL); /* nohup means it */
    }
}

bool cli_stop_asked(void) { return asked != 0; }
bool cli_stop_for_good(void) { return ending != 0; }

/* Not after SIGTERM or SIGHUP: these mean the program. */
void cli_stop_forget(Cli *cli) {
    if (ending) return;
    asked = 0;
    hearth_resume(cli->h);
}

bool cli_output_lost(void) {
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout)) return false;
    if (!lost_why) lost_why = errno;
    return true;
}

/* Called after each piece, so that a reader sees it at once and a broken pipe is seen at once. */
void cli_flush(const Cli *cli) {
    if (cli_output_lost()) hearth_cancel(cli->h);
}

/* A full disk fails to write, too, but has nobody who hung up. */
bool cli_reader_gone(void) {
    struct pollfd out = {.fd = STDOUT_FILENO};
    return cli_output_lost() && poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLHUP));
}

/* Everything that was printed counts only when it is written. What runs is stopped when it cannot
   be (cli_flush): then the code of a stop means this, unless somebody stopped it as well. */
int cli_end(int code) {
    assert(code >= 0 && code < 256); /* or a shell sees another one, perhaps 0 */
    if (code == 0 && cli_json_lost()) code = hearth_exit_code(HEARTH_LIMIT);
    if (!cli_output_lost()) return code;
    bool ended = code == 0 || (code == hearth_exit_code(HEARTH_CANCELLED) && !asked);
    if (cli_reader_gone()) return ended ? READER_GONE : code;
    fprintf(stderr, "hearth: cannot write the output%s%s\n", lost_why ? ": " : "",
            lost_why ? strerror(lost_why) : "");
    return ended ? hearth_exit_code(HEARTH_FAILED) : code;
}
