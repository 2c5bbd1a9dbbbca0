/*
 * hearth-read: the program around the readers. It is started by the extractor and by nobody else.
 *
 *   hearth-read serve     MEMORY CPU FLAGS          parse files that come over the socket (fd 3)
 *   hearth-read pdftotext MEMORY CPU FLAGS PROGRAM  lock in, become pdftotext: stdin -> stdout
 *   hearth-read probe     MEMORY CPU FLAGS          write two bytes to stdout: layers, Landlock ABI
 *
 * FLAGS: "-", then w (weak sandbox: go on without file isolation), l and h (hide Landlock, hide all
 * isolation; for tests).
 *
 * serve warms up what libraries load lazily (character set tables), locks itself in, says hello
 * with one WIRE_END frame, and answers requests (wire.h) until the socket closes. It keeps no state
 * between files. It leaves by _exit, so that nothing runs behind the last answer.
 *
 * Memory is what one file takes: bytes, decoded text, cleaned text and document, all gone before
 * the next request. A reader that runs out of it answers E_LIMIT; one that crashes answers nothing,
 * and the extractor starts another.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "knowledge/read/pdf_file.h"
#include "knowledge/read/read.h"
#include "knowledge/read/sandbox.h"
#include "knowledge/read/wire.h"

enum { OUT_BYTES = 64 * 1024, HEAD_BYTES = 4096, PDF_FILE_MAX = 64 << 20 };

static char out_bytes[OUT_BYTES];
static size_t out_n;

/* ---- answering ---- */

_Static_assert(ERR_MESSAGE_MAX + ERR_HINT_MAX + READ_KIND_MAX <= WIRE_END_MAX, "an end fits");
_Static_assert(STATUS_COUNT <= UINT8_MAX, "WireFrame.kind holds a status");
_Static_assert(DOC_TEXT_MAX <= UINT32_MAX, "WireFrame.payload_bytes holds a text");

/* Sends what has gathered. MSG_NOSIGNAL, and _exit without a word: nobody is there to hear one. */
static void out_flush(void) {
    size_t at = 0;
    while (at < out_n) {
        ssize_t n = send(WIRE_SOCKET_FD, out_bytes + at, out_n - at, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) _exit(0); /* the parent is gone */
        at += (size_t)n;
    }
    out_n = 0;
}

/* One system call for 64 KiB instead of one a block. */
static void out_add(const void *bytes, size_t n) {
    const char *from = bytes;
    while (n) {
        if (out_n == OUT_BYTES) out_flush();
        size_t part = OUT_BYTES - out_n < n ? OUT_BYTES - out_n : n;
        memcpy(out_bytes + out_n, from, part);
        out_n += part;
        from += part;
        n -= part;
    }
}

static void out_frame(WireFrame frame, Str payload) {
    assert(payload.n <= UINT32_MAX);
    frame.payload_bytes = (uint32_t)payload.n;
    out_add(&frame, sizeof frame);
    out_add(payload.p, payload.n);
}

/* Everything of the document in the order of the text; joins stand behind their block. */
static void out_doc(const Doc *doc) {
    const char *meta[WIRE_META_COUNT] = {doc->format, doc->title, doc->author, doc->date};
    for (unsigned i = 0; i < WIRE_META_COUNT; i++) {
        if (meta[i])
            out_frame((WireFrame){.type = WIRE_META, .kind = (uint8_t)i}, str_from(meta[i]));
    }
    for (size_t i = 0, join = 0; i < doc->n_blocks; i++) {
        const DocBlock *b = &doc->blocks[i];
        WireFrame frame = {.type = WIRE_BLOCK,
                           .kind = b->kind,
                           .level = b->level,
                           .page = b->page,
                           .line = b->line};
        out_frame(frame, str_sub(buf_str(&doc->text), b->start, b->end));
        for (; join < doc->n_joins && doc->joins[join].at < b->end; join++) {
            const DocJoin *j = &doc->joins[join];
            assert(j->at > b->start); /* the other side stops a reader that says otherwise */
            uint32_t offset = j->at - (uint32_t)b->start;
            out_frame((WireFrame){.type = WIRE_JOIN, .page = offset, .line = j->down}, STR(""));
        }
    }
}

/* name NUL bytes, in two pieces under one frame. */
static void out_file(const DocFile *file) {
    size_t name = strlen(file->name) + 1;
    WireFrame frame = {.type = WIRE_FILE, .line = file->line};
    frame.payload_bytes = (uint32_t)(name + file->bytes.n);
    out_add(&frame, sizeof frame);
    out_add(file->name, name);
    out_add(file->bytes.p, file->bytes.n);
}

/* The last frame. When the words do not fit they are left out, the status never is. */
static void out_end(Status status, const Err *err, const char *kind, uint32_t pages) {
    Buf text;
    char *bytes;
    buf_init(&text, WIRE_END_MAX);
    if (status != OK) {
        buf_add_c(&text, err->message);
        buf_add_byte(&text, 0);
        buf_add_c(&text, err->hint);
        buf_add_byte(&text, 0);
        buf_add_c(&text, kind);
        buf_add_byte(&text, 0);
    }
    bytes = text.p;
    WireFrame frame = {.type = WIRE_END, .kind = (uint8_t)status, .page = pages};
    out_frame(frame, (Str){bytes, text.status == OK ? text.n : 0});
    out_flush();
    buf_fini(&text);
}

/* ---- reading one file ---- */

static Status too_large(uint64_t size, uint64_t limit, Err *err) {
    char a[32], b[32];
    (void)err_set(err, E_LIMIT, "too large: %s (ceiling for this kind of file %s)",
                  num_bytes_text(size, a, sizeof a), num_bytes_text(limit, b, sizeof b));
    return err_hint(err, "split it into smaller files");
}

static Status io_failed(Err *err) {
    return err_set(err, E_IO, "cannot be read: %s", strerror(errno));
}

/* The whole file, from its start, wherever its offset stands. */
static Status slurp(int fd, uint64_t limit, Buf *out, Err *err) {
    enum { STEP = 1 << 20 };
    for (;;) {
        size_t room = out->max - out->n < STEP ? out->max - out->n : STEP;
        if (room == 0) return too_large(limit + 1, limit, err);
        char *to = buf_reserve(out, room);
        if (!to) return buf_check(out, "the file", err);
        ssize_t n = pread(fd, to, room, (off_t)out->n);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return io_failed(err);
        if (n == 0) return OK;
        out->n += (size_t)n;
    }
}

typedef struct Job {
    WireRequest ask;
    int fd, file; /* file: the PDF behind the pipe; -1: none came */
    char name[WIRE_NAME_MAX];
    Doc doc;
    ReadResult result;
} Job;

static Status unsupported(Job *job, Kind kind, Err *err) {
    (void)snprintf(job->result.kind, sizeof job->result.kind, "%s", kind.words);
    return err_set(err, E_UNSUPPORTED, "%s: this kind of file is not read yet", kind.words);
}

/* The kind by the first 4 KiB, so that a video of gigabytes is refused without being read. */
static Status job_file(Job *job, bool *is_pdf, Err *err) {
    char head[HEAD_BYTES];
    ssize_t n = pread(job->fd, head, sizeof head, 0);
    if (n < 0) return io_failed(err);
    Kind kind = kind_of_head((Str){head, (size_t)n});
    *is_pdf = kind.id == KIND_PDF;
    if (*is_pdf) return OK;
    if (kind.id == KIND_OTHER) return unsupported(job, kind, err);
    uint64_t limit = job->ask.limit_bytes;
    off_t size = lseek(job->fd, 0, SEEK_END); /* glibc's fstat is a call that the walls forbid */
    if (size > 0 && (uint64_t)size > limit) return too_large((uint64_t)size, limit, err);
    Buf bytes;
    buf_init(&bytes, (size_t)limit + 1);
    Status status = slurp(job->fd, limit, &bytes, err);
    if (status == OK) {
        status = read_bytes(buf_str(&bytes), (Str){job->name, job->ask.name_bytes}, &job->doc,
                            &job->result, err);
    }
    buf_fini(&bytes);
    return status;
}

/* A PdfSource over the pipe; an error ends it as its end does. */
static size_t next_from_fd(void *user, char *buf, size_t cap) {
    const int *fd = user;
    for (;;) {
        ssize_t n = read(*fd, buf, cap);
        if (n < 0 && errno == EINTR) continue;
        return n > 0 ? (size_t)n : 0;
    }
}

/* Fonts and lines come from the file itself (pdf_draw.h). One that is too large, or not understood,
   is read by its words alone. */
static Status job_pdf(Job *job, Err *err) {
    PdfSource source = {next_from_fd, &job->fd, NULL};
    Buf bytes;
    buf_init(&bytes, PDF_FILE_MAX + 1);
    /* pread only: pdftotext reads by the offset that both share */
    if (job->file >= 0 && slurp(job->file, PDF_FILE_MAX, &bytes, NULL) == OK) {
        source.file = pdf_file_open(buf_str(&bytes));
    }
    Status status = read_pdf(&source, &job->doc, err);
    pdf_file_free(source.file);
    buf_fini(&bytes);
    return status;
}

/* One request from its first byte to the last of its answer; nothing of it is left afterwards. */
static void job_run(Job *job) {
    Err err;
    bool is_pdf = false;
    Status status;
    doc_init(&job->doc);
    job->result.kind[0] = 0;
    if (job->ask.ask == WIRE_ASK_PDFTEXT) {
        status = job_pdf(job, &err);
    } else {
        status = job_file(job, &is_pdf, &err);
    }
    (void)close(job->fd); /* before the answer: a PDF's pipe must break when we gave up */
    if (job->file >= 0) (void)close(job->file);
    if (status == E_NO_MEMORY) {
        status = err_set(&err, E_LIMIT, "it needs more memory than a reader may use");
    }
    if (status == OK && is_pdf) {
        out_frame((WireFrame){.type = WIRE_PDF}, (Str){NULL, 0});
        out_flush();
    } else {
        if (status == OK) out_doc(&job->doc);
        for (size_t i = 0; status == OK && i < job->doc.n_files; i++) {
            out_file(&job->doc.files[i]);
        }
        out_end(status, &err, job->result.kind, job->doc.n_pages);
    }
    doc_fini(&job->doc);
}

/* ---- the loop ---- */

/* The descriptors that came along; -1: none. */
static void take_fds(struct msghdr *msg, Job *job) {
    struct cmsghdr *head = CMSG_FIRSTHDR(msg);
    int fds[2] = {-1, -1};
    if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS) {
        size_t n = head->cmsg_len - CMSG_LEN(0);
        memcpy(fds, CMSG_DATA(head), n < sizeof fds ? n : sizeof fds);
    }
    job->fd = fds[0];
    job->file = fds[1];
}

static bool receive_name(Job *job) {
    size_t at = 0;
    while (at < job->ask.name_bytes) {
        ssize_t n = recv(WIRE_SOCKET_FD, job->name + at, job->ask.name_bytes - at, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        at += (size_t)n;
    }
    return true;
}

/* false: the parent is gone (or talks nonsense, which cannot be). */
static bool job_receive(Job *job) {
    struct iovec part = {&job->ask, sizeof job->ask};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(2 * sizeof(int))];
    } control;
    struct msghdr msg = {.msg_iov = &part,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = sizeof control.bytes};
    ssize_t n;
    do {
        n = recvmsg(WIRE_SOCKET_FD, &msg, MSG_WAITALL | MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof job->ask) return false;
    take_fds(&msg, job);
    return job->fd >= 0 && job->ask.name_bytes <= WIRE_NAME_MAX && receive_name(job);
}

/* The parser's life. "Hello" is the status of the walls: the parent learns here why there are
   none. */
static int serve(const SandboxRules *rules) {
    static Job job;
    Err err;
    read_warm_up();
    Status status = sandbox_lock_parser(rules, &err);
    out_end(status, &err, "", 0);
    if (status != OK) return 1;
    while (job_receive(&job)) job_run(&job);
    return 0;
}

/* Returns only when pdftotext was not started; the exit code says why (wire.h). */
static int launch(const SandboxRules *rules, const char *program) {
    Err err;
    static char self[] = "pdftotext", mode[] = "-bbox-layout", enc[] = "-enc", utf8[] = "UTF-8",
                std[] = "-";
    char *const argv[] = {self, mode, enc, utf8, std, std, NULL};
    Status status = sandbox_exec(rules, program, argv, &err);
    return status == E_DENIED ? WIRE_LAUNCH_DENIED : WIRE_LAUNCH_FAILED;
}

/* For `hearth doctor`: two bytes, layers and ABI. */
static int probe(bool hide) {
    int abi = 0;
    unsigned layers = sandbox_layers(&abi);
    if (hide) layers &= SANDBOX_SECCOMP;
    uint8_t bytes[2] = {(uint8_t)layers, (uint8_t)(hide ? 0 : abi)};
    return write(STDOUT_FILENO, bytes, sizeof bytes) == (ssize_t)sizeof bytes ? 0 : 1;
}

/* Arguments come from the extractor; anything else is somebody who ran it by hand. */
int main(int argc, char **argv) {
    Err err;
    int64_t memory = 0, cpu = 0;
    if (argc < 5 ||
        num_parse_int(str_from(argv[2]), 0, (int64_t)1 << 40, "memory", "", &memory, &err) != OK ||
        num_parse_int(str_from(argv[3]), 0, 1000000, "cpu", "", &cpu, &err) != OK) {
        (void)fputs("hearth-read is started by hearth and is of no use alone\n", stderr);
        return 2;
    }
    SandboxRules rules = {.memory_bytes = (uint64_t)memory,
                          .weak = strchr(argv[4], 'w') != NULL,
                          .hide_landlock = strchr(argv[4], 'l') != NULL,
                          .hide_isolation = strchr(argv[4], 'h') != NULL};
    if (strcmp(argv[1], "serve") == 0) {
        sandbox_start(WIRE_SOCKET_FD);
        _exit(serve(&rules));
    }
    sandbox_start(STDERR_FILENO);
    if (strcmp(argv[1], "probe") == 0) return probe(rules.hide_isolation);
    if (strcmp(argv[1], "pdftotext") != 0 || argc < 6) return 2;
    rules.cpu_seconds = (uint32_t)cpu;
    rules.memory_bytes *= 3; /* poppler keeps a copy of the file and its fonts */
    _exit(launch(&rules, argv[5]));
}
