/*
 * Answers on their way to a terminal and to a pipe: what is shown, what is wiped away, what is
 * held.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

static FILE *screen; /* stdout, for the time of a case */
static char shown[1 << 13];
static int out_before, err_before;
static Cli cli;
static CliStream stream;

/* As a terminal of 80 by 24, which is what stands for an unknown size: stderr is none. */
static void begin(bool terminal) {
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    fflush(stdout);
    screen = tmpfile();
    out_before = dup(STDOUT_FILENO);
    err_before = dup(STDERR_FILENO);
    assert_true(screen && nowhere >= 0 && out_before >= 0 && err_before >= 0);
    (void)dup2(fileno(screen), STDOUT_FILENO);
    (void)dup2(nowhere, STDERR_FILENO);
    (void)close(nowhere);
    cli = (Cli){.tty_out = terminal};
    cli_stream_init(&stream, &cli);
}

/* What stdout got since begin. */
static const char *end(void) {
    fflush(stdout);
    (void)dup2(out_before, STDOUT_FILENO);
    (void)dup2(err_before, STDERR_FILENO);
    (void)close(out_before);
    (void)close(err_before);
    rewind(screen);
    size_t n = fread(shown, 1, sizeof shown - 1, screen);
    shown[n] = 0;
    (void)fclose(screen);
    cli_stream_fini(&stream);
    return shown;
}

static void say(const char *text) { cli_stream_text(&stream, str_from(text)); }

static void words_come_at_once_and_are_wiped_away(void **state) {
    (void)state;
    begin(true);
    say("She is 65 ");
    say("years old.");
    cli_stream_mark(&stream, 0);
    cli_stream_back(&stream, 0);
    say("No.");
    cli_stream_end(&stream);
    assert_string_equal(end(), "She is 65 years old. [?]\r\x1b[JNo.");
}

/* 79 letters, a mark of four, a wide sign that does not fit on the row, a line end, a tab. */
static void rows_are_counted(void **state) {
    char line[80];
    (void)state;
    memset(line, 'x', 79);
    line[79] = 0;
    begin(true);
    say(line);
    cli_stream_back(&stream, 0);
    assert_null(strstr(end(), "A\r"));
    begin(true);
    say(line);
    say("中");
    cli_stream_back(&stream, 0);
    assert_non_null(strstr(end(), "\x1b[1A\r\x1b[J"));
    begin(true);
    say(line);
    cli_stream_mark(&stream, 1);
    say("\n\ta\x1b[9A\r");
    cli_stream_back(&stream, 79);
    assert_non_null(strstr(end(), "\x1b[1A\r\x1b[3C\x1b[J")); /* the mark belongs to what stands */
    begin(true);
    say(line);
    say("x");
    say("y");
    cli_stream_back(&stream, 80); /* there is no such column: it stays */
    say("z");
    assert_non_null(strstr(end(), "xy\n\nz"));
    assert_true(stream.stuck);
}

static void what_has_scrolled_away_stays(void **state) {
    (void)state;
    begin(true);
    for (int i = 0; i < 24; i++) say("a line\n");
    cli_stream_back(&stream, 0);
    say("No.");
    const char *got = end();
    assert_true(stream.stuck);
    assert_null(strchr(got, '\x1b'));
    assert_non_null(strstr(got, "a line\n\n\nNo."));
}

static void a_pipe_gets_what_stands(void **state) {
    (void)state;
    begin(false);
    say("It opens at 8.");
    cli_stream_mark(&stream, 1);
    say("\n\nShe is 65.");
    cli_stream_mark(&stream, 0);
    cli_stream_back(&stream, 14);
    say(" Ida keeps it.");
    cli_stream_mark(&stream, 2);
    say("\x1b[9A!");
    cli_stream_end(&stream);
    assert_string_equal(end(), "It opens at 8. [1] Ida keeps it. [2]\xEF\xBF\xBD[9A!");
    begin(false);
    say("She is 65.");
    cli_stream_back(&stream, 0);
    cli_stream_end(&stream);
    assert_string_equal(end(), "");
}

int main(void) {
    (void)setenv("TERM", "xterm", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_come_at_once_and_are_wiped_away),
        cmocka_unit_test(rows_are_counted),
        cmocka_unit_test(what_has_scrolled_away_stays),
        cmocka_unit_test(a_pipe_gets_what_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
