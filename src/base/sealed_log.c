/*
 * The body of sealed_log.h.
 *
 *      0  magic   "HEARTHL\n"
 *      8  id[16]  drawn; the log's key is derived from the master key and this
 *     24  zeros   8
 *     32  pieces, one behind the other:
 *            0  mark    8 bytes, the same for all
 *            8  n       u32, bytes of text
 *           12  u32     0
 *           16  sealed  nonce, n bytes, tag (base/seal.h), bound to the piece's offset and n
 *
 * A reader that meets anything else looks for the next mark behind which a piece opens: pieces
 * behind a torn or damaged one are still read, and appending never overwrites. Since a piece is
 * bound to its place, it cannot be moved or copied; the end can be cut off, as from a plain file.
 * The last piece is looked for from the end, in a window that grows fourfold.
 *
 * A piece that lacks its last byte is whole again once in 256 times, when the mark of the next one
 * begins with that byte. Then the two share it, and both are read.
 *
 * Limits: a piece of 160 MiB, a log of 16 GiB. sealed_log_read takes twice its size in memory,
 * and is refused where that cannot be had: a file with holes can be of any size. Opening what is no
 * piece costs its length; what crashes and damage leave adds up to less than the log, and a log of
 * which more than VAIN_TIMES of that was opened in vain is one that somebody made of marks.
 */
#include "base/sealed_log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/machine.h"
#include "base/sealing.h"

enum {
    HEAD_BYTES = 32,
    MARK_BYTES = 8,
    PIECE_HEAD = 16,
    PIECE_LEAST = PIECE_HEAD + SEAL_EXTRA_BYTES,
    PIECE_MAX = 160 << 20,
    WINDOW = 256 << 10,
    FITS_ANYWHERE = 64 << 20, /* not worth a look at what is free */
    VAIN_TIMES = 8,
    VAIN_LEAST = 64 << 20 /* bytes: some 50 ms */
};
static const uint64_t LOG_MAX = UINT64_C(16) << 30;

_Static_assert(HEAD_BYTES == MARK_BYTES + 16 + 8, "magic, id and zeros");
_Static_assert(PIECE_HEAD == MARK_BYTES + 2 * sizeof(uint32_t), "mark, n and zero");
_Static_assert(HEAD_BYTES + PIECE_LEAST <= 4096, "what sealed_log_add has beside the text");

static const char magic[8] = {'H', 'E', 'A', 'R', 'T', 'H', 'L', '\n'};
static const char mark[MARK_BYTES] = {'\xf1', 'P', 'I', 'E', 'C', 'E', '\n', '\0'};

typedef struct Log {
    int fd;
    const char *path;
    uint64_t size;
    uint64_t vain; /* bytes that opened as no piece */
    uint8_t key[SEAL_KEY_BYTES];
} Log;

/* All n bytes or a failure; a file that ends earlier than its stat said was cut meanwhile. */
static Status read_at(const Log *log, void *to, size_t n, uint64_t at, Err *err) {
    for (char *out = to; n;) {
        ssize_t got = pread(log->fd, out, n, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return file_error(err, "read", log->path);
        if (got == 0) return err_set(err, E_CORRUPT, "%s was cut while it was read", log->path);
        out += got;
        at += (uint64_t)got;
        n -= (size_t)got;
    }
    return OK;
}

/* The key of the log whose head this is. */
static Status key_from(const char head[HEAD_BYTES], uint8_t key[SEAL_KEY_BYTES], Err *err) {
    return sealing_key("log", (Str){head + sizeof magic, 16}, key, err);
}

/* *size is 0 when there is no whole head yet. */
static Status log_open(int fd, const char *path, Log *log, Err *err) {
    char head[HEAD_BYTES];
    struct stat st;
    *log = (Log){.fd = fd, .path = path};
    if (fstat(fd, &st) != 0) return file_error(err, "look at", path);
    if ((uint64_t)st.st_size > LOG_MAX) return err_set(err, E_LIMIT, "%s is too long", path);
    TRY(sealing_may_read(path, true, err));
    if (st.st_size < HEAD_BYTES) return OK;
    TRY(read_at(log, head, sizeof head, 0, err));
    if (memcmp(head, magic, sizeof magic) != 0) {
        return err_set(err, E_CORRUPT, "%s does not begin as a sealed log", path);
    }
    log->size = (uint64_t)st.st_size;
    return key_from(head, log->key, err);
}

bool sealed_log_is(int fd) {
    char head[sizeof magic];
    ssize_t got = pread(fd, head, sizeof head, 0);
    return got == 0 ? sealing_on()
                    : got == (ssize_t)sizeof head && memcmp(head, magic, sizeof head) == 0;
}

/* What a piece is bound to. */
typedef struct Bound {
    uint64_t at;
    uint64_t n;
} Bound;

_Static_assert(sizeof(Bound) == 16, "authenticated as it lies, without padding");

static Str bound_str(const Bound *bound) {
    return (Str){(const char *)bound, sizeof *bound};
}

static bool is_made_of_marks(const Log *log) {
    return log->vain > VAIN_LEAST && log->vain / VAIN_TIMES > log->size;
}

/* Opens the piece at bytes[at..], which stands at offset from + at of the log; appends its text.
   0: there is none; else the bytes it takes. */
static size_t piece_open(Log *log, Str bytes, size_t at, uint64_t from, Buf *out) {
    uint32_t n, zero;
    assert(at <= bytes.n);
    if (bytes.n - at < PIECE_LEAST || memcmp(bytes.p + at, mark, sizeof mark) != 0) return 0;
    memcpy(&n, bytes.p + at + 8, sizeof n);
    memcpy(&zero, bytes.p + at + 12, sizeof zero);
    if (zero || n > PIECE_MAX || bytes.n - at - PIECE_LEAST < n) return 0;
    Bound bound = {from + at, n};
    char *to = buf_reserve(out, n);
    Str sealed = {bytes.p + at + PIECE_HEAD, n + SEAL_EXTRA_BYTES};
    if (!to) return 0;
    if (!seal_open(log->key, bound_str(&bound), sealed, to)) {
        log->vain += n;
        return 0;
    }
    out->n += n;
    return PIECE_LEAST + n;
}

/* n times '?', as the text of what cannot be read. */
static void add_gap(Buf *out, size_t n) {
    char *to = n ? buf_reserve(out, n) : NULL;
    if (!to) return;
    memset(to, '?', n);
    out->n += n;
}

/* All pieces in bytes, with what lies between them. */
static void pieces_read(Log *log, Str bytes, uint64_t from, Buf *out) {
    size_t done = 0, at = 0;
    while (at < bytes.n && out->status == OK && !is_made_of_marks(log)) {
        size_t next = str_find(bytes, (Str){mark, sizeof mark}, at);
        if (next == SIZE_MAX) break;
        size_t text = out->n;
        if (next > done) add_gap(out, next - done);
        size_t n = piece_open(log, bytes, next, from, out);
        if (n == 0) out->n = text; /* no piece: the gap is longer */
        at = n ? next + n - (MARK_BYTES - 1) : next + 1; /* marks may begin inside: see above */
        if (n) done = next + n;
    }
    assert(done <= bytes.n);
    add_gap(out, bytes.n - done);
}

/* Refuses what memory cannot hold before any of it is read: the system would end the process. */
static Status memory_fits(const char *path, uint64_t n, Err *err) {
    if (n <= FITS_ANYWHERE || n < machine_memory_available()) return OK;
    (void)err_set(err, E_LIMIT, "%s is too long to be read: that takes %llu MiB of memory", path,
                  (unsigned long long)(n >> 20));
    return err_hint(err, "if so much was never written to it, look who else wrote to it");
}

/* The bytes from `from` to the end, in place of what `out` held. */
static Status log_bytes(const Log *log, uint64_t from, Buf *out, Err *err) {
    assert(from <= log->size);
    size_t n = (size_t)(log->size - from);
    TRY(memory_fits(log->path, 2 * (uint64_t)n, err)); /* its text comes beside it */
    buf_clear(out);
    char *to = buf_reserve(out, n ? n : 1);
    if (!to) return buf_check(out, log->path, err);
    TRY(read_at(log, to, n, from, err));
    out->n = n;
    return OK;
}

/* Whoever reads wants all of it, or to know that it is not. */
static Status log_check(const Log *log, const Buf *out, Err *err) {
    if (!is_made_of_marks(log)) return buf_check(out, log->path, err);
    return err_set(err, E_CORRUPT, "%s is full of pieces that are none", log->path);
}

/* All text of a log, with '?' for each byte that no piece covers: its length tells how much was
   lost. */
Status sealed_log_read(int fd, const char *path, Buf *out, Err *err) {
    Log log;
    Buf bytes;
    TRY(log_open(fd, path, &log, err));
    if (log.size == 0) return OK;
    buf_init(&bytes, LOG_MAX);
    Status status = log_bytes(&log, HEAD_BYTES, &bytes, err);
    if (status == OK) pieces_read(&log, buf_str(&bytes), HEAD_BYTES, out);
    buf_fini(&bytes);
    seal_wipe(log.key, sizeof log.key);
    return status == OK ? log_check(&log, out, err) : status;
}

/* The last piece that opens in bytes, and the gap behind it. false: none does. */
static bool last_piece(Log *log, Str bytes, uint64_t from, Buf *out) {
    for (size_t at = bytes.n; at > 0 && !is_made_of_marks(log); at--) {
        if (bytes.p[at - 1] != mark[0]) continue;
        size_t n = piece_open(log, bytes, at - 1, from, out);
        if (n) add_gap(out, bytes.n - (at - 1) - n);
        if (n || out->status != OK) return n != 0;
    }
    return false;
}

/* Reads more and more of the end until a piece opens. A window that begins inside a piece does no
   harm: nothing opens there. */
static Status find_tail(Log *log, Buf *out, Err *err) {
    assert(log->size >= HEAD_BYTES); /* log_open leaves 0 where there is no whole head */
    Buf bytes;
    Status status = OK;
    bool found = false;
    uint64_t window = WINDOW, body = log->size - HEAD_BYTES;
    buf_init(&bytes, LOG_MAX);
    for (bool all = false; status == OK && !found && !all && !is_made_of_marks(log); window *= 4) {
        all = window >= body;
        uint64_t from = all ? HEAD_BYTES : log->size - window;
        status = log_bytes(log, from, &bytes, err);
        found = status == OK && last_piece(log, buf_str(&bytes), from, out);
    }
    if (status == OK && !found) add_gap(out, (size_t)body);
    buf_fini(&bytes);
    return status;
}

/* The last piece that opens, and what lies behind it. */
Status sealed_log_tail(int fd, const char *path, Buf *out, Err *err) {
    Log log;
    TRY(log_open(fd, path, &log, err));
    Status status = log.size ? find_tail(&log, out, err) : OK;
    seal_wipe(log.key, sizeof log.key);
    return status == OK ? log_check(&log, out, err) : status;
}

/* ---- writing ------------------------------------------------------------------------------- */

/* A head, when there is none, and the piece behind it. */
static Status piece_make(Log *log, Str text, Buf *out, Err *err) {
    if (text.n > PIECE_MAX) return err_set(err, E_LIMIT, "a piece of %s is too long", log->path);
    if (log->size == 0) {
        char head[HEAD_BYTES] = {0};
        memcpy(head, magic, sizeof magic);
        random_bytes(head + sizeof magic, 16);
        TRY(key_from(head, log->key, err));
        buf_add(out, head, sizeof head);
    }
    uint32_t words[2] = {(uint32_t)text.n, 0};
    Bound bound = {log->size ? log->size : HEAD_BYTES, text.n};
    buf_add(out, mark, sizeof mark);
    buf_add(out, words, sizeof words);
    char *to = buf_reserve(out, text.n + SEAL_EXTRA_BYTES);
    if (to) {
        seal_close(log->key, bound_str(&bound), text, to);
        out->n += text.n + SEAL_EXTRA_BYTES;
    }
    return buf_check(out, log->path, err);
}

/* One write for head and piece, behind all that is there: who is killed in between leaves a torn
   piece, which readers show as '?' and go around. */
Status sealed_log_add(int fd, const char *path, Str text, Err *err) {
    Log log;
    Buf piece;
    TRY(log_open(fd, path, &log, err));
    buf_init(&piece, PIECE_MAX + 4096);
    Status status = piece_make(&log, text, &piece, err);
    if (status == OK && lseek(fd, (off_t)log.size, SEEK_SET) < 0) {
        status = file_error(err, "write", path);
    }
    if (status == OK) status = file_write_all(fd, piece.p, piece.n, path, err);
    buf_fini(&piece);
    seal_wipe(log.key, sizeof log.key);
    return status;
}

/* ---- from plain to sealed and back ---------------------------------------------------------- */

static Status open_log(const char *path, int *fd, Err *err) {
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    return *fd >= 0 ? OK : file_error(err, "open", path);
}

/* In pieces of at most PART bytes that end with a line, so that the last one holds a record. */
static Status write_pieces(int fd, const char *path, Str text, Err *err) {
    enum { PART = 1 << 20 };
    for (size_t at = 0; at < text.n;) {
        size_t end = at + PART < text.n ? str_find(text, STR("\n"), at + PART) : SIZE_MAX;
        end = end == SIZE_MAX ? text.n : end + 1;
        for (; end - at > PIECE_MAX; at += PIECE_MAX) {
            TRY(sealed_log_add(fd, path, str_sub(text, at, at + PIECE_MAX), err));
        }
        assert(at < end && end <= text.n); /* it goes on, and loses nothing */
        TRY(sealed_log_add(fd, path, str_sub(text, at, end), err));
        at = end;
    }
    return OK;
}

/* As the home is now: a plain file of the text, or a new log in pieces, which takes the old one's
   place at once. */
static Status write_again(const char *path, Str text, Err *err) {
    FileDraft draft;
    if (!sealing_on()) return file_replace(path, text, 0600, err);
    TRY(file_draft_begin(path, 0600, &draft, err));
    Status status = write_pieces(draft.fd, draft.beside, text, err);
    if (status == OK) return file_draft_commit(&draft, err);
    file_draft_abort(&draft);
    return status;
}

/* An empty file is left alone: the first piece decides what it is. */
Status sealed_log_convert(const char *path, Err *err) {
    Buf text;
    int fd;
    TRY(open_log(path, &fd, err));
    struct stat st;
    bool sealed = sealed_log_is(fd), empty = fstat(fd, &st) == 0 && st.st_size == 0;
    buf_init(&text, LOG_MAX);
    Status status = OK;
    if (!empty && sealed != sealing_on()) {
        if (!sealed) status = memory_fits(path, (uint64_t)st.st_size, err);
        if (status == OK && sealed) status = sealed_log_read(fd, path, &text, err);
        if (status == OK && !sealed) status = file_read(path, &text, err);
        if (status == OK) status = write_again(path, buf_str(&text), err);
    }
    close(fd);
    buf_fini(&text);
    return status;
}
