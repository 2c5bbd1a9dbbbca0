/*
 * The body of extract.h: finding, starting, watching and burying the reader child.
 *
 * One file is one exchange on the socket (read/wire.h). While the answer comes in, the parent wakes
 * at least every TICK_MS to look at three things that the child cannot be trusted with: the cancel
 * flag, the wall clock, and the CPU clock of each child (the kernel enforces a slightly later
 * RLIMIT_CPU as well, should the parent be stopped). Whoever breaks a limit is killed and reaped;
 * the next file gets a fresh child.
 *
 * A PDF takes two children: `hearth-read pdftotext` locks itself in and becomes pdftotext with the
 * file as standard input; its output goes through a pipe to the parser child. Its error output is
 * caught in a memory file and only searched for known words.
 *
 * PDFs inside a file (attached to a mail) come behind its answer; each is put into a memory file
 * and goes the same way, with time of its own, and its text stands behind the document's under a
 * heading with its name, at the line where it begins. One that cannot be read leaves a line that
 * says why.
 *
 * What the child sends is checked again (lengths, UTF-8, control characters): a parser that was
 * taken over by a hostile file can lie about that file's text, and about those of the files that it
 * reads after it, and do nothing else.
 *
 * Children are started with posix_spawn, which does not copy the page tables of a process that has
 * gigabytes of model mapped. No signal handlers, no threads, no globals.
 *
 *     parent                                   hearth-read serve
 *       WireRequest, the file's descriptor -->
 *                                          <-- META, BLOCK, JOIN, FILE ... END
 *     or, when the file is a PDF:
 *                                          <-- WIRE_PDF
 *       starts pdftotext: the file is its stdin, a pipe its stdout
 *       WireRequest, the pipe's other end
 *       and the file, for its fonts and lines -->
 *                                          <-- META, BLOCK ... END
 *
 * An answer ends in one of three ways (Ending): ENDED, the child waits for the next file;
 * WANTS_PDF; BROKEN, which is how it begins: only a whole last frame makes anything else of it.
 */
#include "knowledge/extract.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "knowledge/places.h"
#include "knowledge/read/wire.h"

enum { TICK_MS = 50, END_MS = 1000, INBOX_BYTES = 64 * 1024, LABEL_MAX = 200, KIND_MAX = 64,
       FILES_WALLS = 5 /* walls of time for all files inside one */ };

/* cpu_start_ms: what it had used when the file at hand began, since one child reads many files. */
typedef struct Child {
    pid_t pid; /* 0: none */
    uint64_t cpu_start_ms;
} Child;

struct Extractor {
    ExtractorOptions opt;
    char *program, *pdftotext;
    Child reader, pdf;
    int sock;
    char label[LABEL_MAX + 1]; /* the file's name, harmless, for messages */
    char kind[KIND_MAX];
    uint64_t deadline_ns;
    size_t in_at, in_n;
    uint8_t inbox[INBOX_BYTES];
};

void extractor_options_default(ExtractorOptions *options) {
    *options = (ExtractorOptions){.cpu_ms = 10 * 1000,
                                  .wall_ms = 60 * 1000,
                                  .memory_bytes = (uint64_t)512 << 20,
                                  .text_bytes = (uint64_t)64 << 20,
                                  .pdf_bytes = (uint64_t)1 << 30};
}

/* ---- finding programs ---- */

/* Links are followed: distributions put programs behind them. */
static bool is_program(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* Where programs are looked for: base + dirs[i], in this order. */
typedef struct Places {
    const char *const *dirs;
    size_t n;
    const char *base;
} Places;

/* *path: a copy that is mem_free'd; NULL where no place has the program. */
static Status copy_path(const char *found, char **path, Err *err) {
    *path = mem_strdup(found);
    return *path ? OK : err_no_memory(err, "the document reader");
}

/* The first place that has the program, as copy_path gives it. */
static Status find_in(Places places, const char *name, char **path, Err *err) {
    *path = NULL;
    for (size_t i = 0; i < places.n; i++) {
        char at[PATH_MAX];
        int len = snprintf(at, sizeof at, "%s%s/%s", places.base, places.dirs[i], name);
        if (len > 0 && (size_t)len < sizeof at && is_program(at)) return copy_path(at, path, err);
    }
    return OK;
}

/* Beside the running program, where `make install` puts it, or where a build tree has it; last
   where this library was installed, for programs of others that lie anywhere. */
static Status find_reader(char **path, Err *err) {
    static const char *const near[] = {"", "/../libexec/hearth", "/../lib/hearth", "/..", "/../.."};
    static const char *const installed[] = {HEARTH_LIBEXEC};
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    *path = NULL;
    if (n <= 0) return OK;
    self[n] = 0;
    char *slash = strrchr(self, '/');
    if (slash) *slash = 0;
    TRY(find_in((Places){near, ARRAY_LEN(near), self}, "hearth-read", path, err));
    if (*path) return OK;
    return find_in((Places){installed, ARRAY_LEN(installed), ""}, "hearth-read", path, err);
}

/* Not by PATH: who can set it for this process shall not choose the program that reads its
   files. */
static Status find_pdftotext(char **path, Err *err) {
    static const char *const dirs[] = {"/usr/bin", "/usr/local/bin", "/bin", "/opt/homebrew/bin",
                                       "/run/current-system/sw/bin"};
    return find_in((Places){dirs, ARRAY_LEN(dirs), ""}, "pdftotext", path, err);
}

/* hearth-read must be there; pdftotext is missed only when a PDF comes. */
static Status find_programs(Extractor *ex, Err *err) {
    TRY(ex->opt.program ? copy_path(ex->opt.program, &ex->program, err)
                        : find_reader(&ex->program, err));
    if (!ex->program || !is_program(ex->program)) {
        (void)err_set(err, E_FAILED, "the document reader hearth-read is not there%s%s",
                      ex->opt.program ? ": " : "", ex->opt.program ? ex->opt.program : "");
        return err_hint(err, "it is built and installed together with hearth; run `make install`");
    }
    return ex->opt.pdftotext ? copy_path(ex->opt.pdftotext, &ex->pdftotext, err)
                             : find_pdftotext(&ex->pdftotext, err);
}

/* ---- children ---- */

/* CPU time of a child since its start; 0 when it cannot be told, also of one that is gone. */
static uint64_t cpu_ms(pid_t pid) {
    clockid_t clock;
    struct timespec t;
    if (pid <= 0 || clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
        return 0;
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* The kernel's own clock, a little later than ours, in case this process is stopped meanwhile. */
static void allow_cpu(Child *child, uint32_t more_ms) {
    child->cpu_start_ms = cpu_ms(child->pid);
    struct rlimit now;
    if (prlimit(child->pid, RLIMIT_CPU, NULL, &now) != 0) return;
    now.rlim_cur = (child->cpu_start_ms + more_ms) / 1000 + 3;
    if (now.rlim_max != RLIM_INFINITY && now.rlim_cur > now.rlim_max) now.rlim_cur = now.rlim_max;
    (void)prlimit(child->pid, RLIMIT_CPU, &now, NULL);
}

/* Waits for its end and forgets it. Returns the wait status. */
static int child_reap(Child *child, bool kill_first) {
    int status = 0;
    if (child->pid <= 0) return 0;
    if (kill_first) (void)kill(child->pid, SIGKILL);
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR) {
    }
    child->pid = 0;
    return status;
}

/* Its socket or pipe is at its end, so it ends by itself within END_MS or is killed: one that was
   taken over may have closed it and sleep. Returns the wait status. */
static int child_end(Child *child) {
    int status = 0;
    if (child->pid <= 0) return 0;
    for (unsigned ms = 0; ms < END_MS; ms++) {
        pid_t got = waitpid(child->pid, &status, WNOHANG);
        if (got == child->pid) {
            child->pid = 0;
            return status;
        }
        if (got < 0 && errno != EINTR) break;
        (void)poll(NULL, 0, 1);
    }
    return child_reap(child, true);
}

/* Ends the child and forgets what it had sent: the next file begins with a clean socket. */
static void reader_stop(Extractor *ex) {
    if (ex->sock >= 0) (void)close(ex->sock);
    ex->sock = -1;
    ex->in_at = ex->in_n = 0;
    (void)child_reap(&ex->reader, true);
}

typedef struct SpawnFds {
    int in, out, err, socket; /* -1: /dev/null, or none for the socket */
} SpawnFds;

/* Descriptors 0 to 2 and the socket; what else is open the child closes first thing
   (sandbox_start). 0 or an error number. */
static int spawn_actions(posix_spawn_file_actions_t *actions, SpawnFds fds) {
    const int from[3] = {fds.in, fds.out, fds.err};
    int rc = 0;
    /* the socket first: its number may be one of those that are overwritten below */
    if (fds.socket >= 0)
        rc |= posix_spawn_file_actions_adddup2(actions, fds.socket, WIRE_SOCKET_FD);
    for (int i = 0; i < 3; i++) {
        if (from[i] >= 0) {
            rc |= posix_spawn_file_actions_adddup2(actions, from[i], i);
        } else {
            rc |= posix_spawn_file_actions_addopen(actions, i, "/dev/null", i ? O_WRONLY : O_RDONLY,
                                                   0);
        }
    }
    return rc;
}

/* Default signal dispositions and an empty mask, whatever this process has set up. */
static int spawn_attributes(posix_spawnattr_t *attr) {
    sigset_t all, none;
    (void)sigfillset(&all);
    (void)sigemptyset(&none);
    int rc = posix_spawnattr_setsigdefault(attr, &all);
    rc |= posix_spawnattr_setsigmask(attr, &none);
    return rc | posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
}

/* hearth-read with its mode and limits as arguments, in an environment of two fixed names: nothing
   of this process's reaches it. */
static Status spawn(Extractor *ex, const char *mode, SpawnFds fds, Child *out, Err *err) {
    static char locale[] = "LC_ALL=C", path[] = "PATH=/usr/bin:/bin", self[] = "hearth-read";
    char *const environment[] = {locale, path, NULL};
    assert(out->pid == 0); /* or a child would never be reaped */
    char memory[24], cpu[24], flags[5] = "-";
    (void)snprintf(memory, sizeof memory, "%llu", (unsigned long long)ex->opt.memory_bytes);
    (void)snprintf(cpu, sizeof cpu, "%u", ex->opt.cpu_ms / 1000 + 3);
    if (ex->opt.weak_sandbox) strncat(flags, "w", sizeof flags - strlen(flags) - 1);
    if (ex->opt.hide_landlock) strncat(flags, "l", sizeof flags - strlen(flags) - 1);
    if (ex->opt.hide_isolation) strncat(flags, "h", sizeof flags - strlen(flags) - 1);
    char *argv[] = {self, (char *)(uintptr_t)mode, memory, cpu, flags, ex->pdftotext, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    if (posix_spawn_file_actions_init(&actions) != 0) return err_no_memory(err, "a reader child");
    if (posix_spawnattr_init(&attr) != 0) {
        (void)posix_spawn_file_actions_destroy(&actions);
        return err_no_memory(err, "a reader child");
    }
    int rc = spawn_actions(&actions, fds) | spawn_attributes(&attr);
    if (rc == 0) rc = posix_spawn(&out->pid, ex->program, &actions, &attr, argv, environment);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attr);
    if (rc == 0) return OK;
    out->pid = 0;
    return err_set(err, E_FAILED, "cannot start %s: %s", ex->program, strerror(rc));
}

/* ---- listening ---- */

/* The three looks of the essay. Called between reads, so that a child that sends for ever is
   stopped, too. */
static Status over_time(const Extractor *ex, Err *err) {
    if (ex->opt.cancel && atomic_load_explicit(ex->opt.cancel, memory_order_relaxed)) {
        return err_set(err, E_CANCELLED, "%s: reading was stopped", ex->label);
    }
    if (clock_now_ns() > ex->deadline_ns) {
        return err_set(err, E_TIMEOUT, "%s: its reader hangs (no end after %u s)", ex->label,
                       ex->opt.wall_ms / 1000);
    }
    const Child *children[] = {&ex->reader, &ex->pdf};
    for (size_t i = 0; i < ARRAY_LEN(children); i++) {
        uint64_t used = cpu_ms(children[i]->pid);
        if (used > children[i]->cpu_start_ms + ex->opt.cpu_ms) {
            return err_set(err, E_TIMEOUT, "%s: reading it takes more than %u s of CPU time",
                           ex->label, ex->opt.cpu_ms / 1000);
        }
    }
    return OK;
}

/* Why did the child go away? (Its socket is at its end.) */
static Status reader_died(Extractor *ex, Err *err) {
    int status = child_end(&ex->reader);
    reader_stop(ex);
    int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (sig == SIGXCPU) {
        return err_set(err, E_TIMEOUT, "%s: reading it takes more than %u s of CPU time", ex->label,
                       ex->opt.cpu_ms / 1000);
    }
    if (sig == SIGSYS) {
        (void)err_set(err, E_CORRUPT, "%s: its reader tried a forbidden system call and was killed",
                      ex->label);
        return err_hint(err, "the file may be hostile; it was not read");
    }
    if (sig) return err_set(err, E_CORRUPT, "%s: its reader crashed (signal %d)", ex->label, sig);
    return err_set(err, E_CORRUPT, "%s: its reader ended early (exit code %d)", ex->label,
                   WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/* Waits for bytes, for TICK_MS at a time. The end of the socket means that the child is gone. */
static Status fill_inbox(Extractor *ex, Err *err) {
    for (;;) {
        struct pollfd p = {.fd = ex->sock, .events = POLLIN};
        int ready = poll(&p, 1, TICK_MS);
        if (ready == 0 || (ready < 0 && errno == EINTR)) {
            TRY(over_time(ex, err));
            continue;
        }
        ssize_t got = recv(ex->sock, ex->inbox, sizeof ex->inbox, 0);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (got <= 0) return reader_died(ex, err);
        ex->in_at = 0;
        ex->in_n = (size_t)got;
        return OK;
    }
}

/* Exactly n bytes, through the inbox: a block of a document may be 3 bytes, and a system call each
   would be dear. */
static Status receive(Extractor *ex, void *to, size_t n, Err *err) {
    uint8_t *at = to;
    assert(ex->in_at <= ex->in_n && ex->in_n <= sizeof ex->inbox);
    while (n) {
        if (ex->in_at == ex->in_n) {
            TRY(fill_inbox(ex, err));
            TRY(over_time(ex, err));
        }
        size_t part = ex->in_n - ex->in_at < n ? ex->in_n - ex->in_at : n;
        memcpy(at, ex->inbox + ex->in_at, part);
        ex->in_at += part;
        at += part;
        n -= part;
    }
    return OK;
}

/* For all that no honest child sends. The exchange is BROKEN then, and the child is killed. */
static Status lied(const Extractor *ex, Err *err) {
    return err_set(err, E_CORRUPT, "%s: its reader sent nonsense and was stopped", ex->label);
}

/* Clean UTF-8: what every user of a Doc relies on. */
static bool is_clean(Str s) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F) return false;
    }
    return utf8_valid(s);
}

/* n bytes into `out`, which held the one before; a NUL stands behind them, so that the strings of
   the last frame end. */
static Status receive_payload(Extractor *ex, size_t n, size_t max, Buf *out, Err *err) {
    buf_clear(out);
    if (n > max) return lied(ex, err);
    char *to = buf_reserve(out, n + 1);
    if (!to) return buf_check(out, "a document", err);
    TRY(receive(ex, to, n, err));
    out->n = n;
    to[n] = 0;
    return OK;
}

/* Title and the like; a second one replaces the first. */
static Status take_meta(Doc *doc, unsigned which, Str value, Err *err) {
    assert(which < WIRE_META_COUNT); /* take_answer has looked: the child sent it */
    char **fields[WIRE_META_COUNT] = {&doc->format, &doc->title, &doc->author, &doc->date};
    mem_free(*fields[which]);
    *fields[which] = mem_dup(value.p, value.n);
    return *fields[which] ? OK : err_no_memory(err, "a document's title");
}

/* name NUL bytes. */
static Status take_file(Extractor *ex, const WireFrame *frame, const Buf *text, Doc *doc,
                        Err *err) {
    const char *end = text->n ? memchr(text->p, 0, text->n) : NULL;
    Str name = {text->p, end ? (size_t)(end - text->p) : 0};
    if (!end || name.n > WIRE_META_MAX || !is_clean(name) || doc->n_files == DOC_FILES_MAX) {
        return lied(ex, err);
    }
    Buf bytes;
    buf_init(&bytes, DOC_TEXT_MAX);
    buf_add(&bytes, end + 1, text->n - name.n - 1);
    Status status = buf_check(&bytes, "an attachment", err);
    if (status == OK) status = doc_keep_file(doc, name, frame->line, &bytes, err);
    buf_fini(&bytes);
    return status;
}

/* The last frame: message NUL hint NUL kind NUL. A child is never cancelled, it is killed: one that
   says so would end the whole walk at its file, each time anew. */
static Status take_end(Extractor *ex, const WireFrame *frame, const Buf *text, Doc *doc, Err *err) {
    const char *parts[3] = {"", "", ""};
    const char *at = text->p, *end = text->p + text->n;
    for (size_t i = 0; i < ARRAY_LEN(parts) && at < end; i++) {
        const char *stop = memchr(at, 0, (size_t)(end - at));
        if (!stop) return lied(ex, err);
        parts[i] = at;
        at = stop + 1;
    }
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (!is_clean(str_from(parts[i]))) return lied(ex, err);
    }
    doc->n_pages = frame->page;
    if (frame->kind == OK) return OK;
    if (frame->kind >= STATUS_COUNT || frame->kind == E_CANCELLED) return lied(ex, err);
    (void)snprintf(ex->kind, sizeof ex->kind, "%s", frame->kind == E_UNSUPPORTED ? parts[2] : "");
    (void)err_set(err, (Status)frame->kind, "%s%s%s", ex->label, *ex->label ? ": " : "", parts[0]);
    if (*parts[1]) (void)err_hint(err, "%s", parts[1]);
    return (Status)frame->kind;
}

typedef enum Ending { ENDED, WANTS_PDF, BROKEN } Ending;

/* Takes frames until the last one. *ending BROKEN: the child must not be used any more. */
static Status take_answer(Extractor *ex, Doc *doc, Ending *ending, Err *err) {
    *ending = BROKEN;
    assert(ex->sock >= 0); /* a request was sent, or a child was just started */
    Buf text;
    buf_init(&text, DOC_TEXT_MAX + 1);
    Status status = OK;
    while (status == OK && *ending == BROKEN) {
        WireFrame frame;
        status = receive(ex, &frame, sizeof frame, err);
        if (status != OK) break;
        size_t max = frame.type == WIRE_BLOCK  ? DOC_TEXT_MAX
                     : frame.type == WIRE_FILE ? DOC_TEXT_MAX
                     : frame.type == WIRE_META ? WIRE_META_MAX
                                               : WIRE_END_MAX;
        status = receive_payload(ex, frame.payload_bytes, max, &text, err);
        if (status != OK) break;
        bool raw = frame.type == WIRE_END || frame.type == WIRE_FILE;
        bool clean = raw || is_clean(buf_str(&text));
        if (clean && frame.type == WIRE_BLOCK && frame.kind < BLOCK_KIND_COUNT) {
            status = doc_add(doc, (BlockKind)frame.kind, frame.level, frame.page, frame.line,
                             buf_str(&text), err);
        } else if (frame.type == WIRE_FILE) {
            status = take_file(ex, &frame, &text, doc, err);
        } else if (frame.type == WIRE_JOIN && frame.payload_bytes == 0) {
            status = doc_join(doc, frame.page, frame.line, err);
        } else if (clean && frame.type == WIRE_META && frame.kind < WIRE_META_COUNT) {
            status = take_meta(doc, frame.kind, buf_str(&text), err);
        } else if (frame.type == WIRE_END) {
            *ending = ENDED;
            status = take_end(ex, &frame, &text, doc, err);
        } else if (frame.type == WIRE_PDF) {
            *ending = WANTS_PDF;
        } else {
            status = lied(ex, err);
        }
    }
    buf_fini(&text);
    return status;
}

/* ---- asking ---- */

/* MSG_NOSIGNAL: a child that died must not end this process by SIGPIPE. */
static Status send_all(int sock, const void *bytes, size_t n) {
    const char *at = bytes;
    while (n) {
        ssize_t sent = send(sock, at, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return E_IO;
        at += sent;
        n -= (size_t)sent;
    }
    return OK;
}

/* E_IO when the child is gone; sets no message. fds[1]: -1 where one descriptor is enough. */
static Status send_request(Extractor *ex, WireAsk ask, const int fds[2], Str name) {
    assert(ex->sock >= 0 && fds[0] >= 0); /* the child takes no request without one */
    size_t size = (fds[1] >= 0 ? 2 : 1) * sizeof(int);
    if (name.n > WIRE_NAME_MAX) name = str_sub(name, name.n - WIRE_NAME_MAX, name.n);
    WireRequest request = {ask, (uint32_t)name.n, ex->opt.text_bytes};
    struct iovec part = {&request, sizeof request};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(2 * sizeof(int))];
    } control;
    memset(&control, 0, sizeof control);
    struct msghdr msg = {.msg_iov = &part,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = CMSG_SPACE(size)};
    struct cmsghdr *head = CMSG_FIRSTHDR(&msg);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(head), fds, size);
    ssize_t sent;
    do {
        sent = sendmsg(ex->sock, &msg, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent != (ssize_t)sizeof request) return E_IO;
    return send_all(ex->sock, name.p, name.n);
}

/* A new file: wall clock and CPU clock begin. */
static void arm(Extractor *ex) {
    ex->deadline_ns = clock_now_ns() + (uint64_t)ex->opt.wall_ms * 1000000U;
    if (ex->reader.pid) allow_cpu(&ex->reader, ex->opt.cpu_ms);
}

/* Starts the parser child and hears whether its walls stand. */
static Status reader_start(Extractor *ex, Err *err) {
    int pair[2];
    assert(ex->sock < 0 && ex->reader.pid == 0); /* or a child would be lost */
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return err_set(err, E_FAILED, "cannot talk to a reader child: %s", strerror(errno));
    }
    int errors = WIRE_UNDER_SANITIZER ? STDERR_FILENO : -1;
    SpawnFds fds = {.in = -1, .out = -1, .err = errors, .socket = pair[1]};
    Status status = spawn(ex, "serve", fds, &ex->reader, err);
    (void)close(pair[1]);
    ex->sock = pair[0];
    if (status == OK) {
        Doc hello;
        Ending ending;
        arm(ex);
        ex->label[0] = 0;
        doc_init(&hello);
        status = take_answer(ex, &hello, &ending, err);
        doc_fini(&hello);
    }
    if (status != OK) reader_stop(ex);
    return status;
}

/* Hands the file to the child, starting one where there is none. The label is kept over the start,
   whose own failures have no file to name. */
static Status ask(Extractor *ex, int fd, Str name, Err *err) {
    char label[sizeof ex->label];
    memcpy(label, ex->label, sizeof label);
    for (int attempt = 0; attempt < 2; attempt++) {
        if (ex->sock < 0) TRY(reader_start(ex, err));
        memcpy(ex->label, label, sizeof label);
        if (send_request(ex, WIRE_ASK_FILE, (int[]){fd, -1}, name) == OK) return OK;
        reader_stop(ex); /* it died while idle: one fresh start */
    }
    return err_set(err, E_FAILED, "%s: the reader child does not stay alive", ex->label);
}

/* ---- PDF ---- */

/* What pdftotext's end means, given its wait status and its first words on stderr. Words are looked
   for without a first letter that may be a capital: messages of poppler begin with one. */
static Status judge_pdf(Extractor *ex, int status, int errors, Err *err) {
    char text[2048];
    ssize_t n = pread(errors, text, sizeof text, 0);
    Str said = {text, n > 0 ? (size_t)n : 0};
    int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    if (sig == SIGXCPU) {
        return err_set(err, E_TIMEOUT, "%s: reading it takes more than %u s of CPU time", ex->label,
                       ex->opt.cpu_ms / 1000);
    }
    if (sig)
        return err_set(err, E_CORRUPT, "%s: pdftotext crashed on it (signal %d)", ex->label, sig);
    if (code == 0) return OK;
    if (code == WIRE_LAUNCH_FAILED || code == WIRE_LAUNCH_DENIED) {
        (void)err_set(err, code == WIRE_LAUNCH_DENIED ? E_DENIED : E_FAILED,
                      "%s: the PDF reader cannot start", ex->label);
        return err_hint(err, "run `hearth doctor`");
    }
    if (str_has(said, STR("password")) || str_has(said, STR("ncrypt"))) {
        (void)err_set(err, E_CORRUPT, "%s: this PDF is encrypted and needs a password", ex->label);
        return err_hint(err, "save a copy without password and add that");
    }
    if (str_has(said, STR("ut of memory")) || str_has(said, STR("bad_alloc"))) {
        return err_set(err, E_LIMIT, "%s: it needs more memory than a reader may use", ex->label);
    }
    return err_set(err, E_CORRUPT, "%s: this PDF is damaged", ex->label);
}

/* The child's end of the pipe is closed here, so that the reader sees the end when pdftotext
   ends. */
static Status pdf_spawn(Extractor *ex, int fd, int errors, int *output, Err *err) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return err_set(err, E_FAILED, "cannot make a pipe: %s", strerror(errno));
    }
    SpawnFds fds = {.in = fd, .out = ends[1], .err = errors, .socket = -1};
    Status status = spawn(ex, "pdftotext", fds, &ex->pdf, err);
    (void)close(ends[1]);
    if (status == OK) {
        ex->pdf.cpu_start_ms = 0;
        *output = ends[0];
    } else {
        (void)close(ends[0]);
    }
    return status;
}

/* Both children at work: the reader takes what pdftotext writes. The pipe goes to the reader alone.
   A PDF that yields no text is no empty document but one of pictures. */
static Status pdf_exchange(Extractor *ex, int fd, int errors, Doc *doc, Ending *ending, Err *err) {
    int output = -1;
    *ending = ENDED;
    TRY(pdf_spawn(ex, fd, errors, &output, err));
    Status sent = send_request(ex, WIRE_ASK_PDFTEXT, (int[]){output, fd}, (Str){NULL, 0});
    (void)close(output);
    if (sent != OK) {
        *ending = BROKEN;
        return reader_died(ex, err);
    }
    Status status = take_answer(ex, doc, ending, err);
    if (status != OK) return status;
    TRY(judge_pdf(ex, child_end(&ex->pdf), errors, err));
    if (doc->n_blocks) return OK;
    (void)snprintf(ex->kind, sizeof ex->kind, "PDF without text (scanned pages)");
    (void)err_set(err, E_UNSUPPORTED, "%s: a PDF without text: its pages are pictures", ex->label);
    return err_hint(err, "run it through text recognition (OCR) first");
}

/* Looks at what can be said without starting anything first. pdftotext is reaped in any case. */
static Status run_pdf(Extractor *ex, int fd, Doc *doc, Ending *ending, Err *err) {
    *ending = ENDED;
    assert(ex->pdf.pid == 0); /* the one before was reaped */
    struct stat st;
    if (fstat(fd, &st) == 0 && (uint64_t)st.st_size > ex->opt.pdf_bytes) {
        char size[32], max[32];
        return err_set(err, E_LIMIT, "%s: a PDF of %s is too large (ceiling %s)", ex->label,
                       num_bytes_text((uint64_t)st.st_size, size, sizeof size),
                       num_bytes_text(ex->opt.pdf_bytes, max, sizeof max));
    }
    if (!ex->pdftotext || !is_program(ex->pdftotext)) {
        (void)err_set(err, E_FAILED, "%s: PDF needs the program pdftotext, which is not there",
                      ex->label);
        return err_hint(err, "install the package poppler-utils");
    }
    if (lseek(fd, 0, SEEK_SET) < 0) {
        return err_set(err, E_IO, "%s: cannot rewind: %s", ex->label, strerror(errno));
    }
    int errors = memfd_create("pdftotext-stderr", MFD_CLOEXEC);
    if (errors < 0) {
        return err_set(err, E_FAILED, "cannot make a memory file: %s", strerror(errno));
    }
    Status status = pdf_exchange(ex, fd, errors, doc, ending, err);
    (void)child_reap(&ex->pdf, true);
    (void)close(errors);
    return status;
}

/* ---- PDFs inside a file ---- */

/* The bytes as a file that pdftotext can read; -1: no. */
static int as_file(Str bytes) {
    int fd = memfd_create("attachment", MFD_CLOEXEC);
    if (fd < 0 || file_write_all(fd, bytes.p, bytes.n, "attachment", NULL) == OK) return fd;
    (void)close(fd);
    return -1;
}

/* A line of the document's instead of a text: why there is none. */
static Status add_reason(const Extractor *ex, Doc *doc, uint32_t line, const Err *why, Err *err) {
    char text[ERR_MESSAGE_MAX + 16];
    const char *reason = why->message;
    size_t n = strlen(ex->label); /* "NAME: it is damaged": the name stands above */
    if (n && strncmp(reason, ex->label, n) == 0 && reason[n] == ':') reason += n + 2;
    (void)snprintf(text, sizeof text, "(not read: %s)", reason);
    return doc_add(doc, BLOCK_PARAGRAPH, 0, 0, line, str_from(text), err);
}

/* The name of a file inside this one, at the line where it begins there. */
static Status add_heading(Doc *doc, const DocFile *file, Err *err) {
    return doc_add(doc, BLOCK_HEADING, 2, 0, file->line, str_from(file->name), err);
}

/* Reads one of doc's files behind its text. What is wrong with it is said in the text. */
static Status add_file(Extractor *ex, Doc *doc, const DocFile *file, Err *err) {
    Doc inner;
    Err why = {.message = ""};
    Ending ending = ENDED;
    int fd = as_file(buf_str(&file->bytes));
    if (fd < 0) return err_set(err, E_FAILED, "cannot make a memory file: %s", strerror(errno));
    char label[sizeof ex->label];
    memcpy(label, ex->label, sizeof label);
    doc_init(&inner);
    arm(ex);
    Status read = ex->sock < 0 ? reader_start(ex, &why) : OK;
    memcpy(ex->label, label, sizeof label); /* a fresh reader has none: see ask */
    if (read == OK) read = run_pdf(ex, fd, &inner, &ending, &why);
    if (ending == BROKEN) reader_stop(ex);
    (void)close(fd);
    Status status = add_heading(doc, file, err);
    if (status == OK && read == OK) status = doc_append(doc, &inner, file->line, err);
    if (read == E_CANCELLED || read == E_NO_MEMORY) {
        if (err) *err = why;
        status = read;
    } else if (status == OK && read != OK) {
        status = add_reason(ex, doc, file->line, &why, err);
    }
    doc_fini(&inner);
    return status;
}

/* All files inside one have FILES_WALLS walls of time together: a mail of a hundred slow PDFs shall
   not take an hour. */
static Status add_files(Extractor *ex, Doc *doc, Err *err) {
    Status status = OK;
    uint64_t until = clock_now_ns() + (uint64_t)FILES_WALLS * ex->opt.wall_ms * 1000000U;
    char label[sizeof ex->label];
    memcpy(label, ex->label, sizeof label);
    for (size_t i = 0; status == OK && i < doc->n_files; i++) {
        memcpy(ex->label, label, sizeof label); /* a fresh reader has none */
        if (clock_now_ns() > until) {
            Err late = {.message = "the files in this one take too long"};
            status = add_heading(doc, &doc->files[i], err);
            if (status == OK) status = add_reason(ex, doc, doc->files[i].line, &late, err);
        } else {
            status = add_file(ex, doc, &doc->files[i], err);
        }
    }
    ex->kind[0] = 0;
    return status;
}

/* The file was nothing but a PDF, packed. */
static bool is_packed_pdf(const Doc *doc) {
    return doc->n_files == 1 && doc->n_blocks == 0 && doc->format &&
           strcmp(doc->format, "pdf") == 0;
}

/* Read as if it had lain there unpacked, pages and failures included. */
static Status read_packed_pdf(Extractor *ex, Doc *doc, Ending *ending, Err *err) {
    int fd = as_file(buf_str(&doc->files[0].bytes));
    if (fd < 0) return err_set(err, E_FAILED, "cannot make a memory file: %s", strerror(errno));
    doc_fini(doc);
    doc_init(doc);
    arm(ex);
    Status status = run_pdf(ex, fd, doc, ending, err);
    (void)close(fd);
    return status;
}

/* ---- public ---- */

/* The last part of the path, with '?' for what a terminal may not be shown. */
static void set_label(Extractor *ex, const char *name) {
    const char *slash = strrchr(name, '/');
    Str s = str_from(slash ? slash + 1 : name);
    size_t to = 0, width;
    for (size_t at = 0; at < s.n; at += width) {
        uint32_t code;
        bool good = utf8_decode_strict(s, at, &code, &width) && code >= 0x20 &&
                    !(code >= 0x7F && code < 0xA0);
        if (width == 0) width = 1;
        if (to + width > LABEL_MAX) break;
        memcpy(ex->label + to, good ? s.p + at : "?", good ? width : 1);
        to += good ? width : 1;
    }
    ex->label[to] = 0;
}

Status extractor_new(const ExtractorOptions *options, Extractor **out, Err *err) {
    *out = NULL;
    Extractor *ex = mem_zalloc(sizeof *ex);
    if (!ex) return err_no_memory(err, "the document reader");
    if (options) {
        ex->opt = *options;
    } else {
        extractor_options_default(&ex->opt);
    }
    ex->sock = -1;
    Status status = find_programs(ex, err);
    if (status == OK) status = reader_start(ex, err);
    if (status == OK) {
        *out = ex;
    } else {
        extractor_free(ex);
    }
    return status;
}

/* Also one that was begun only: no child and no program are fine. */
void extractor_free(Extractor *ex) {
    if (!ex) return;
    reader_stop(ex);
    (void)child_reap(&ex->pdf, true);
    mem_free(ex->program);
    mem_free(ex->pdftotext);
    mem_free(ex);
}

const char *extractor_kind(const Extractor *ex) {
    return ex->kind;
}

/* A failure leaves *out empty: half a document that looks whole would be a silent loss. */
Status extractor_run(Extractor *ex, int fd, const char *name, Doc *out, Err *err) {
    doc_init(out);
    ex->kind[0] = 0;
    set_label(ex, name);
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return err_set(err, E_USAGE, "%s: not a regular file (a directory, pipe or device)",
                       ex->label);
    }
    TRY(ask(ex, fd, str_from(name), err));
    arm(ex);
    Ending ending;
    Status status = take_answer(ex, out, &ending, err);
    if (status == OK && ending == WANTS_PDF) status = run_pdf(ex, fd, out, &ending, err);
    if (status == OK && is_packed_pdf(out)) status = read_packed_pdf(ex, out, &ending, err);
    if (ending == BROKEN) reader_stop(ex);
    if (status == OK && out->n_files) status = add_files(ex, out, err);
    if (status == OK && !out->format) out->format = mem_strdup("text");
    if (status == OK && !out->format) status = err_no_memory(err, "a document");
    if (status != OK) {
        doc_fini(out);
        doc_init(out);
    }
    return status;
}

/* ---- doctor ---- */

/* Names all layers that are not there, cut at a whole name. */
static void report_missing(SandboxReport *r) {
    char *at = r->missing;
    size_t room = sizeof r->missing;
    const struct {
        bool there;
        const char *what;
    } list[] = {{r->seccomp, "seccomp"},
                {r->landlock, "Landlock"},
                {r->user_namespace, "user namespaces"},
                {r->mount_namespace, "mount namespaces"},
                {r->network_namespace, "network namespaces"},
                {r->pdftotext, "pdftotext (package poppler-utils)"}};
    for (size_t i = 0; i < ARRAY_LEN(list); i++) {
        if (list[i].there) continue;
        int n = snprintf(at, room, "%s%s", at == r->missing ? "" : ", ", list[i].what);
        if (n < 0 || (size_t)n >= room) return;
        at += n;
        room -= (size_t)n;
    }
}

/* The child writes two bytes into a memory file: the layers as bits (read/sandbox.h), and the
   version of Landlock. */
Status sandbox_probe(const ExtractorOptions *options, SandboxReport *out, Err *err) {
    *out = (SandboxReport){0};
    Extractor *ex = mem_zalloc(sizeof *ex);
    if (!ex) return err_no_memory(err, "the document reader");
    extractor_options_default(&ex->opt);
    if (options) ex->opt = *options;
    ex->sock = -1;
    Status status = find_programs(ex, err);
    int answer = status == OK ? memfd_create("hearth-read-probe", MFD_CLOEXEC) : -1;
    if (status == OK && answer < 0) {
        status = err_set(err, E_FAILED, "cannot make a memory file: %s", strerror(errno));
    }
    Child child = {0};
    SpawnFds fds = {.in = -1, .out = answer, .err = -1, .socket = -1};
    if (status == OK) status = spawn(ex, "probe", fds, &child, err);
    uint8_t bytes[2] = {0, 0};
    if (status == OK && (child_reap(&child, false) != 0 || pread(answer, bytes, 2, 0) != 2)) {
        status = err_set(err, E_FAILED, "hearth-read cannot tell what this kernel offers");
    }
    if (status == OK) {
        *out = (SandboxReport){.program_found = true,
                               .pdftotext = ex->pdftotext && is_program(ex->pdftotext),
                               .seccomp = bytes[0] & 1,
                               .landlock = bytes[0] & 2,
                               .user_namespace = bytes[0] & 4,
                               .mount_namespace = bytes[0] & 8,
                               .network_namespace = bytes[0] & 16,
                               .landlock_abi = bytes[1]};
        out->files_isolated = out->landlock || out->mount_namespace;
    }
    report_missing(out);
    if (answer >= 0) (void)close(answer);
    extractor_free(ex);
    return status;
}
