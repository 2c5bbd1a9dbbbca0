/*
 * Promises of the walls around a parser, from inside: it signals nobody but itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "knowledge/read/sandbox.h"

static volatile sig_atomic_t signalled;

static void note(int sig) {
    signalled = sig;
}

/* A locked process sends itself, or its parent, a signal; the one that ended it. */
static int ended_by(bool own, int sig) {
    Err err;
    int status = 0;
    pid_t parent = getpid(), child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const SandboxRules rules = {.weak = true};
        pid_t to = own ? getpid() : parent;
        (void)signal(sig, SIG_DFL);
        if (sandbox_lock_parser(&rules, &err) != OK) _exit(99);
        (void)syscall(SYS_tgkill, to, to, sig);
        _exit(0);
    }
    while (waitpid(child, &status, 0) != child) continue;
    return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

static void a_parser_ends_itself_and_signals_nobody_else(void **state) {
    (void)signal(SIGUSR1, note);
    assert_int_equal(ended_by(true, SIGUSR1), SIGUSR1);
    assert_int_equal(ended_by(false, SIGUSR1), SIGSYS);
    assert_int_equal(signalled, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parser_ends_itself_and_signals_nobody_else),
    };
    return cmocka_run_group_tests_name("read_walls", tests, NULL, NULL);
}
