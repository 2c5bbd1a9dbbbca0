/*
 * The body of secret.h.
 *
 * Secrets are read with read(2) into the caller's memory and through no stream of stdio, whose
 * buffer nobody wipes. What is typed at a terminal is not echoed; the terminal is put back before
 * anything else happens, also when the user stops with Ctrl-C, since read is then interrupted and
 * returns here. Lengths are of bytes, a line's end does not count, and a carriage return before it
 * is taken off (files from other systems).
 */
#include "cli/secret.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cli.h"

enum { AGAIN_MAX = 4096, TRIES = 3 }; /* bytes of a second copy; how often it may be typed anew */

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* Reads until the end of fd, a line's end where one is asked for, or `max` bytes, which is one too
   many. What a failed read has left is no secret: half of one would seal a home that nobody opens
   again. Below 0: it failed, or the user wants to stop. */
static ssize_t read_until(int fd, char *out, size_t max, bool line) {
    size_t have = 0;
    ssize_t got = 1;
    assert(max > 0 && max <= INT_MAX); /* the length is an int */
    while (have < max && !(line && memchr(out, '\n', have))) {
        got = read(fd, out + have, max - have);
        if (got < 0 && errno == EINTR && !cli_stop_asked()) continue;
        if (got <= 0) break;
        have += (size_t)got;
    }
    return got < 0 || cli_stop_asked() ? -1 : (ssize_t)have;
}

/* *more: bytes behind the line that came with it and are no blanks. */
static int read_line(int fd, char *out, size_t max, bool *more) {
    ssize_t read_n = read_until(fd, out, max, true);
    *more = false;
    if (read_n < 0) return -1;
    size_t have = (size_t)read_n;
    const char *end = memchr(out, '\n', have);
    bool fits = end || have < max;
    for (const char *p = end; p && p < out + have; p++) *more = *more || !is_blank(*p);
    if (end) have = (size_t)(end - out);
    if (have > 0 && out[have - 1] == '\r') have--;
    return fits ? (int)have : -1;
}

/* Whatever stands behind the line. */
static int read_first(int fd, char *out, size_t max) {
    bool more;
    return read_line(fd, out, max, &more);
}

int cli_secret_whole(int fd, char *out, size_t max) {
    ssize_t n = read_until(fd, out, max, false);
    return n < (ssize_t)max ? (int)n : -1;
}

int cli_secret_word(int fd, char *out, size_t max) {
    bool more;
    int n = read_line(fd, out, max, &more), skip = 0;
    if (n < 0 || more) return -1;
    while (n > 0 && is_blank(out[n - 1])) n--;
    while (skip < n && is_blank(out[skip])) skip++;
    memmove(out, out + skip, (size_t)(n - skip));
    return n - skip;
}

/* The line's end that was typed is not shown either, so one is written behind the answer. */
int cli_secret_ask(int fd, const char *question, char *out, size_t max) {
    struct termios usual, silent;
    bool terminal = tcgetattr(fd, &usual) == 0;
    silent = usual;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    fputs(question, stderr);
    fflush(stderr);
    if (terminal) (void)tcsetattr(fd, TCSAFLUSH, &silent);
    int n = read_first(fd, out, max);
    if (terminal) (void)tcsetattr(fd, TCSAFLUSH, &usual);
    fputc('\n', stderr);
    return n;
}

/* The last try's first copy stays in out, also where they differed: the caller wipes it. */
int cli_secret_ask_twice(int fd, const char *question, char *out, size_t max) {
    char again[AGAIN_MAX];
    assert(max <= AGAIN_MAX); /* or a long one could not be typed the same again */
    for (int i = 0; i < TRIES; i++) {
        int n = cli_secret_ask(fd, question, out, max);
        if (n < 0) return -1;
        int m = cli_secret_ask(fd, "The same again: ", again, sizeof again);
        bool same = m == n && memcmp(out, again, (size_t)n) == 0;
        explicit_bzero(again, sizeof again);
        if (same) return n;
        if (m < 0) return -1;
        fputs("hearth: they differ\n", stderr);
    }
    return -1;
}

/* A pipe or /dev/fd/N works as well: nothing here seeks or looks at a size. */
int cli_secret_file(const char *path, char *out, size_t max) {
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        int why = errno;
        fprintf(stderr, "hearth: cannot open the passphrase file %s: %s\n", path, strerror(why));
        return -1;
    }
    errno = 0;
    int n = read_first(fd, out, max);
    int why = errno;
    if (n < 0 && why && why != EINTR && !cli_stop_asked()) {
        fprintf(stderr, "hearth: cannot read the passphrase file %s: %s\n", path, strerror(why));
    }
    if (!standard) close(fd);
    return n;
}
