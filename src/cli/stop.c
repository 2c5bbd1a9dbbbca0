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
 * not look like success.
 *
 * State: three words, written by the handler or before it is installed.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

static hearth *volatile running;
static volatile sig_atomic_t asked, ending;

static void on_stop(int number) {
    if (number != SIGINT) ending = 1;
    if (asked && number == SIGINT) _exit(hearth_exit_code(HEARTH_CANCELLED));
    asked = 1;
    hearth *h = running;
    if (h) hearth_cancel(h);
}

void cli_stop_watch(hearth *h) {
    static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_stop}, before;
    running = h;
    if (!h) return;
    for (size_t i = 0; i < ARRAY_LEN(stops); i++) {
        bool ignored = sigaction(stops[i], NULL, &before) == 0 && before.sa_handler == SIG_IGN;
        if (!ignored) (void)sigaction(stops[i], &action, NULL); /* nohup means it */
    }
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
}

bool cli_stop_asked(void) { return asked != 0; }
bool cli_stop_for_good(void) { return ending != 0; }

void cli_stop_forget(Cli *cli) {
    if (ending) return;
    asked = 0;
    hearth_resume(cli->h);
}

void cli_flush(const Cli *cli) {
    if (fflush(stdout) != 0 || ferror(stdout)) hearth_cancel(cli->h);
}

bool cli_output_failed(void) {
    if (fflush(stdout) == 0 && !ferror(stdout)) return false;
    if (errno != EPIPE) fprintf(stderr, "hearth: cannot write the output: %s\n", strerror(errno));
    return true;
}
