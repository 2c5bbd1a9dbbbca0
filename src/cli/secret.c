/* The body of secret.h. */
#include "cli/secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cli.h"

int cli_secret_read(int fd, char *out, size_t max) {
    size_t have = 0;
    while (have < max && !memchr(out, '\n', have)) {
        ssize_t got = read(fd, out + have, max - have);
        if (got < 0 && errno == EINTR && !cli_stop_asked()) continue;
        if (got <= 0) break;
        have += (size_t)got;
    }
    const char *end = memchr(out, '\n', have);
    bool fits = end || have < max;
    if (end) have = (size_t)(end - out);
    if (have > 0 && out[have - 1] == '\r') have--;
    return fits && !cli_stop_asked() ? (int)have : -1;
}

int cli_secret_ask(int fd, const char *question, char *out, size_t max) {
    struct termios usual, silent;
    bool terminal = tcgetattr(fd, &usual) == 0;
    silent = usual;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    fputs(question, stderr);
    fflush(stderr);
    if (terminal) (void)tcsetattr(fd, TCSAFLUSH, &silent);
    int n = cli_secret_read(fd, out, max);
    if (terminal) (void)tcsetattr(fd, TCSAFLUSH, &usual);
    fputc('\n', stderr);
    return n;
}
