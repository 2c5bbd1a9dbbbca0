/*
 * A web server for tests, on 127.0.0.1, one thread, one request a connection. What it does is in
 * the path: /ok/..., /norange/... (ignores Range), /cut/... (closes after half), /wrong/... (other
 * bytes, same length), /long/... (more bytes than promised), /slow/..., /404, /500, /loop
 * (redirects to itself), /to-file (redirects to file:), /to-ok (redirects to /ok/x),
 * /evil-range/... (answers 206 with bytes from the beginning).
 */
#ifndef HEARTH_TESTS_TINY_HTTP_H
#define HEARTH_TESTS_TINY_HTTP_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct TinyHttp {
    int fd, port;
    pthread_t thread;
    const char *body; /* served under every path */
    size_t n;
    atomic_int requests, ranged;
    atomic_bool stop;
} TinyHttp;

static void tiny_send(int fd, const void *bytes, size_t n) {
    const char *at = bytes;
    while (n) {
        ssize_t put = send(fd, at, n, MSG_NOSIGNAL);
        if (put <= 0) return;
        at += put;
        n -= (size_t)put;
    }
}

static void tiny_body(TinyHttp *s, int fd, const char *path, size_t from) {
    char head[256];
    const char *body = s->body;
    char *other = NULL;
    size_t n = s->n, sent;
    if (!strncmp(path, "/wrong/", 7)) {
        body = other = calloc(1, n);
    }
    if (!strncmp(path, "/norange/", 9) || !strncmp(path, "/long/", 6)) from = 0;
    sent = n - from;
    size_t claim = !strncmp(path, "/long/", 6) ? 0 : sent;
    int k = from ? snprintf(head, sizeof head,
                            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes "
                            "%zu-%zu/%zu\r\nContent-Length: %zu\r\n",
                            from, n - 1, n, sent)
                 : snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\n");
    if (!from && claim) {
        k += snprintf(head + k, sizeof head - (size_t)k, "Content-Length: %zu\r\n", claim);
    }
    k += snprintf(head + k, sizeof head - (size_t)k, "Connection: close\r\n\r\n");
    tiny_send(fd, head, (size_t)k);
    if (!strncmp(path, "/cut/", 5)) sent = sent / 2 + 1;
    size_t at = strncmp(path, "/evil-range/", 12) ? from : 0;
    if (!strncmp(path, "/slow/", 6)) {
        for (size_t i = 0; i < sent && !atomic_load(&s->stop); i += 1000) {
            tiny_send(fd, body + at + i, sent - i < 1000 ? sent - i : 1000);
            usleep(20000);
        }
    } else {
        tiny_send(fd, body + at, sent);
    }
    if (!strncmp(path, "/long/", 6)) tiny_send(fd, "more than promised", 18);
    free(other);
}

static void tiny_answer(TinyHttp *s, int fd) {
    char request[8192], path[512] = "";
    size_t n = 0;
    while (n < sizeof request - 1) {
        ssize_t got = recv(fd, request + n, sizeof request - 1 - n, 0);
        if (got <= 0) return;
        n += (size_t)got;
        request[n] = 0;
        if (strstr(request, "\r\n\r\n")) break;
    }
    if (sscanf(request, "GET %511s", path) != 1) return;
    atomic_fetch_add(&s->requests, 1);
    size_t from = 0;
    const char *range = strstr(request, "Range: bytes=");
    if (range) {
        from = strtoul(range + 13, NULL, 10);
        atomic_fetch_add(&s->ranged, 1);
    }
    char head[512];
    const char *to = !strcmp(path, "/loop")      ? "/loop"
                     : !strcmp(path, "/to-file") ? "file:///etc/hostname"
                     : !strcmp(path, "/to-ok")   ? "/ok/x"
                                                 : NULL;
    if (to) {
        int k = snprintf(head, sizeof head,
                         "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0"
                         "\r\nConnection: close\r\n\r\n",
                         to);
        tiny_send(fd, head, (size_t)k);
    } else if (!strncmp(path, "/404", 4) || !strncmp(path, "/500", 4)) {
        int k = snprintf(head, sizeof head, "HTTP/1.1 %.3s No\r\nContent-Length: 9\r\nConnection: "
                         "close\r\n\r\nsome text", path + 1);
        tiny_send(fd, head, (size_t)k);
    } else if (from > s->n) {
        tiny_send(fd, "HTTP/1.1 416 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 57);
    } else {
        tiny_body(s, fd, path, from);
    }
}

static void *tiny_run(void *user) {
    TinyHttp *s = user;
    while (!atomic_load(&s->stop)) {
        int fd = accept(s->fd, NULL, NULL);
        if (fd < 0) break;
        tiny_answer(s, fd);
        (void)shutdown(fd, SHUT_WR);
        close(fd);
    }
    return NULL;
}

static bool tiny_start(TinyHttp *s, const void *body, size_t n) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    memset(s, 0, sizeof *s);
    s->body = body;
    s->n = n;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(s->fd, (struct sockaddr *)&at, size) != 0 || listen(s->fd, 8) != 0 ||
        getsockname(s->fd, (struct sockaddr *)&at, &size) != 0) {
        return false;
    }
    s->port = ntohs(at.sin_port);
    return pthread_create(&s->thread, NULL, tiny_run, s) == 0;
}

static void tiny_stop(TinyHttp *s) {
    atomic_store(&s->stop, true);
    (void)shutdown(s->fd, SHUT_RDWR);
    (void)pthread_join(s->thread, NULL);
    close(s->fd);
}

#endif
