/*
 * The body of log.h. One line is built on the stack and written with one write(2), so that lines
 * of several threads and processes do not mix (POSIX keeps writes up to PIPE_BUF whole).
 *
 * A line: ts=2026-03-01T10:00:00Z level=warn room=store msg="a segment is built anew" id=7
 * At most 1023 bytes with its end; times are UTC.
 */
#include "base/log.h"

#include <assert.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/plain.h"

static _Atomic int max_level = LOG_WARN;

void log_set_level(LogLevel max) {
    atomic_store(&max_level, (int)max);
}

/* What does not fit the line is cut; its end of line always stands. */
void log_line(LogLevel level, const char *room, const char *msg, const char *fmt, ...) {
    static const char *const names[] = {"error", "warn", "info", "debug"};
    if ((int)level > atomic_load(&max_level)) return;
    assert((size_t)level < ARRAY_LEN(names));
    char line[1024], stamp[32];
    time_t now = (time_t)clock_real_s();
    struct tm utc;
    gmtime_r(&now, &utc);
    (void)plain_time(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
    int used = snprintf(line, sizeof line - 1, "ts=%s level=%s room=%s msg=\"%s\" ", stamp,
                        names[level], room, msg);
    if (used < 0 || used >= (int)sizeof line - 1) used = (int)sizeof line - 2;
    va_list args;
    va_start(args, fmt);
    int more = plain_vprint(line + used, sizeof line - 1 - (size_t)used, fmt, args);
    va_end(args);
    if (more > 0) used += more;
    if (used > (int)sizeof line - 2) used = (int)sizeof line - 2;
    line[used++] = '\n';
    if (write(STDERR_FILENO, line, (size_t)used) < 0) return; /* nowhere to report it */
}
