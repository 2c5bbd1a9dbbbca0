/*
 * One file of an ingest, and the batch it joins.
 *
 * Is it as it was? Size, mtime and inode decide, as in git. A file written within the last moments
 * before we looked may change again without its mtime changing; such a file is stored with mtime 0,
 * so that the next look reads it once more. Moments are 20 ms, and two seconds where the mtime is
 * of whole seconds, as those of a USB stick are. When the stat differs but the content hash does
 * not, only the stat is stored.
 *
 * The stored hash is never of newer bytes than the stored text, or the text would stay for good.
 * It is taken before the text where there is one to compare with, and of a file written within the
 * last moments; else behind it, when the kind of the file is known, for a kind that nobody reads
 * may be large, and is thrown away when the stat has changed meanwhile.
 *
 * The hash is BLAKE2b over the BLAKE2b digests of each MiB, so that a file of any size is read
 * through one small buffer.
 *
 * A batch is one SQLite transaction and one lex segment: BATCH_FILES files, BATCH_MS or
 * BATCH_BYTES, whatever comes first. A file is wholly in a batch. When a batch fails (disk full),
 * all of it is taken back, and the batches before it stay.
 *
 * What becomes of a path, in the order in which it is asked:
 *
 *     same stat as its row                     unchanged
 *     no regular file, larger than may be read FILE_REFUSED
 *     same hash as its row                     unchanged, the stat is stored
 *     the reader says E_UNSUPPORTED            FILE_UNSUPPORTED, with the kind
 *     the reader says E_LIMIT, E_USAGE         FILE_REFUSED, with the reason
 *     the reader says anything else            FILE_FAILED, looked at again by each add
 *     it has a text                            FILE_READ
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/lists.h"
#include "knowledge/ingest_impl.h"
#include "knowledge/lines.h"

enum {
    BATCH_FILES = 1024,
    BATCH_MS = 1000,
    MERGE_EVERY = 8, /* batches */
    BATCH_BYTES = 96 << 20, /* of index under construction */
    RACY_NS = 20 * 1000 * 1000,
    COARSE_S = 2, /* that a FAT takes for one moment; ext3, HFS+ and NFS 2 take one second */
    SWEEP_FILE_BYTES = 1 << 20, /* a sweep before a question reads no larger file */
};

/* No larger file is read. */
static uint64_t most_bytes(const Ingest *in) {
    return in->options->max_file_bytes ? in->options->max_file_bytes : STORE_FILE_BYTES;
}

/* ---- seen files ------------------------------------------------------------------------------ */

/* The walk has met this file (an id of table file): it has not vanished. */
static void mark_seen(Ingest *in, int64_t file) {
    if (file < 0 || file > STORE_IDS_MAX) return;
    size_t word = (size_t)file / 64, before = in->cap_seen; /* a bit an id */
    if (mem_grow((void **)&in->seen, &in->cap_seen, word + 1, 8, STORE_IDS_MAX / 64 + 2, NULL) !=
        OK) {
        in->too_blind = true; /* then nothing is taken for vanished */
        return;
    }
    for (size_t i = before; i < in->cap_seen; i++) in->seen[i] = 0;
    in->seen[word] |= UINT64_C(1) << file % 64;
}

bool ingest_was_seen(const Ingest *in, int64_t file) {
    size_t word = (size_t)file / 64;
    return word < in->cap_seen && (in->seen[word] >> file % 64 & 1);
}

/* ---- batches --------------------------------------------------------------------------------- */

/* The first file of a batch begins the transaction. */
static Status batch_open(Ingest *in, Err *err) {
    if (in->store->in_tx) return OK;
    TRY(sql_begin(in->store, err));
    in->batch_ns = clock_now_ns();
    in->batch_files = 0;
    in->first_chunk = in->last_chunk = 0;
    return OK;
}

void ingest_drop(Ingest *in) {
    sql_rollback(in->store);
    lex_builder_free(in->builder);
    in->builder = NULL; /* what it holds was taken back */
}

/* The segment is written before the commit, within the transaction: its row and its file become
   visible together. */
Status ingest_flush(Ingest *in, Err *err) {
    if (!in->store->in_tx) return OK;
    Status status = OK;
    if (in->builder && lex_builder_docs(in->builder)) {
        assert(in->first_chunk >= 1 && in->first_chunk <= in->last_chunk); /* ids of this batch */
        status = segs_add_lex(in->store, in->builder, in->first_chunk, in->last_chunk, err);
    }
    if (status == OK) status = sql_commit(in->store, err);
    if (status != OK) {
        ingest_drop(in);
        return status;
    }
    return ++in->batches % MERGE_EVERY ? OK : segs_merge(in->store, err);
}

/* Called behind each file, never within one. */
static Status flush_when_full(Ingest *in, Err *err) {
    assert(in->store->in_tx); /* put_row began one */
    in->batch_files++;
    bool full = in->batch_files >= BATCH_FILES ||
                clock_now_ns() - in->batch_ns > (uint64_t)BATCH_MS * 1000000 ||
                (in->builder && lex_builder_bytes(in->builder) > BATCH_BYTES);
    return full ? ingest_flush(in, err) : OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Is the hash taken before the text? See the essay. */
static bool hashed_before(const FileRow *old, const FileRow *row) {
    return (old && old->state == FILE_READ) || row->mtime_ns == 0;
}

/* The reason why it is refused, for the file's row. */
static const char *kind_of(mode_t mode) {
    if (S_ISFIFO(mode)) return "a pipe, not a regular file";
    if (S_ISSOCK(mode)) return "a socket, not a regular file";
    if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device, not a regular file";
    return "not a regular file";
}

/* What becomes of a path that has no text: its row says why. */
typedef struct Outcome {
    FileState state;
    char reason[200];
} Outcome;

/* A failure of the reader as a state of the row. Refused files are those that a larger ceiling, or
   another kind of file, would have let in. */
static Outcome outcome_of(Status status, const Err *why) {
    Outcome out = {FILE_FAILED, ""};
    if (status == E_UNSUPPORTED) out.state = FILE_UNSUPPORTED;
    if (status == E_LIMIT || status == E_USAGE) out.state = FILE_REFUSED;
    (void)snprintf(out.reason, sizeof out.reason, "%.199s", why->message);
    for (char *p = out.reason; *p; p++) {
        if ((unsigned char)*p < 32) *p = ' '; /* one line, whatever a file is called */
    }
    return out;
}

/* What a file nobody reads yet is: its reader's word for it, or how its name ends. */
static void name_kind(FileRow *row, const char *format) {
    Str path = row->path;
    size_t dot = path.n;
    while (dot && path.p[dot - 1] != '.' && path.p[dot - 1] != '/') dot--;
    bool ending = dot && path.p[dot - 1] == '.' && path.n - dot >= 1 && path.n - dot <= 12;
    if (format && *format) {
        (void)snprintf(row->kind, sizeof row->kind, "%.*s", FILE_KIND_BYTES - 1, format);
    } else if (ending) {
        (void)snprintf(row->kind, sizeof row->kind, "%.*s", (int)(path.n - dot), path.p + dot);
    } else {
        (void)snprintf(row->kind, sizeof row->kind, "unknown");
    }
}

/* Kinds beyond INGEST_KINDS_MAX are not named; their files are counted all the same. */
static void count_kind(IngestReport *r, const char *kind) {
    for (size_t i = 0; i < r->n_kinds; i++) {
        if (strcmp(r->kinds[i].name, kind) != 0) continue;
        r->kinds[i].n++;
        return;
    }
    if (r->n_kinds == INGEST_KINDS_MAX) return;
    r->kinds[r->n_kinds].n = 1;
    (void)snprintf(r->kinds[r->n_kinds++].name, FILE_KIND_BYTES, "%s", kind);
}

/* Into the report. Kinds that nobody reads are counted by kind, everything else is listed. */
static void count_outcome(Ingest *in, const FileRow *row) {
    switch (row->state) {
    case FILE_UNSUPPORTED:
        in->report->unsupported++;
        count_kind(in->report, row->kind);
        return;
    case FILE_REFUSED:
        in->report->refused++;
        break;
    default:
        in->report->failed++;
        break;
    }
    ingest_failure(in, row->path, row->reason);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* Chunk rows and the words for the segment, in one order of ids: the builder needs them
   ascending. */
static Status put_chunks(Ingest *in, const FileRow *row, const Chunk *chunks, Err *err) {
    assert(in->store->in_tx);
    Str all = buf_str(&row->doc->text);
    if (!in->builder) TRY(lex_builder_new(&in->builder, err));
    for (size_t i = 0; i < row->n_chunks; i++) {
        int64_t id;
        bool linked;
        Str text = str_sub(all, chunks[i].start, chunks[i].end);
        TRY(docs_put_chunk(in->store, row->id, &chunks[i], text, &id, &linked, err));
        TRY(lex_builder_add(in->builder, (uint32_t)id, str_from(chunks[i].context), text, err));
        if (!in->first_chunk) in->first_chunk = id;
        in->last_chunk = id;
        in->report->chunks_added++;
        in->report->chunks_reused += linked;
    }
    in->report->text_bytes += all.n;
    return OK;
}

static Status put_lines(Ingest *in, const FileRow *row, Err *err) {
    Buf marks;
    buf_init(&marks, LINE_MARKS_MAX_BYTES);
    lines_of_doc(row->doc, &marks);
    Status status = buf_check(&marks, "the lines of a document", err);
    if (status == OK) status = docs_put_lines(in->store, row->id, buf_str(&marks), err);
    buf_fini(&marks);
    return status;
}

/* All that one file has in the database: row, text, lines, chunks. */
static Status put_row(Ingest *in, FileRow *row, const Chunk *chunks, Err *err) {
    assert(row->doc ? row->state == FILE_READ : row->n_chunks == 0);
    TRY(batch_open(in, err));
    TRY(docs_put_file(in->store, row, err));
    mark_seen(in, row->id);
    if (row->doc) {
        TRY(docs_put_text(in->store, row->id, buf_str(&row->doc->text), err));
        TRY(put_lines(in, row, err));
        TRY(put_chunks(in, row, chunks, err));
    }
    return OK;
}

/* A failure takes the whole batch back: half a file must never be committed with the next one. */
static Status put_file(Ingest *in, FileRow *row, const Chunk *chunks, Err *err) {
    Status status = put_row(in, row, chunks, err);
    if (status == OK) status = flush_when_full(in, err);
    if (status != OK) ingest_drop(in);
    return status;
}

/* A row without a text, for a path that could not be read. */
static Status put_outcome(Ingest *in, FileRow *row, Outcome outcome, const char *format, Err *err) {
    assert(outcome.state != FILE_READ); /* it has no text */
    row->state = outcome.state;
    row->reason = outcome.reason;
    row->doc = NULL;
    row->n_chunks = 0;
    if (row->state == FILE_UNSUPPORTED) name_kind(row, format);
    count_outcome(in, row);
    return put_file(in, row, NULL, err);
}

/* What is known of the path stays; a sweep before a question does not write again what stands. */
Status ingest_blind(Ingest *in, Str path, const char *reason, Err *err) {
    FileRow row = {.path = path, .reason = "", .kind = INGEST_UNSEEN}, old;
    Outcome out = {FILE_FAILED, ""};
    bool found;
    TRY(docs_lookup(in->store, path, &old, &found, err));
    if (found) mark_seen(in, old.id);
    (void)snprintf(out.reason, sizeof out.reason, "%s", reason);
    if (!found || (old.state != FILE_READ && !in->sweep)) {
        return put_outcome(in, &row, out, NULL, err);
    }
    in->report->failed++;
    ingest_failure(in, path, reason);
    return OK;
}

static bool is_as_it_was(int fd, const FileRow *row) {
    struct stat now;
    return fstat(fd, &now) == 0 && now.st_size == row->size_bytes &&
           file_mtime_ns(&now) == row->mtime_ns;
}

/* The hash of a text that was taken out before it was hashed. If the file has changed since its
   stat was taken, its bytes are not those of the text: with no hash the next look reads it anew. */
static Status hash_behind(const Ingest *in, int fd, FileRow *row, Err *why) {
    const char *reason = "";
    Status status = OK;
    if (is_as_it_was(fd, row)) { /* else it may have grown, and goes on growing */
        status = docs_hash(fd, most_bytes(in), in->options->cancel, row->hash, &reason);
    }
    if (status != OK) return err_set(why, status, "cannot read it: %s", reason);
    if (!is_as_it_was(fd, row)) memset(row->hash, 0, sizeof row->hash);
    return OK;
}

/* Reads, cuts and stores one regular file that is new or changed. */
static Status read_and_put(Ingest *in, FileRow *row, int fd, const FileRow *old, Err *err) {
    bool found = old != NULL;
    const char *name = strrchr(row->path.p, '/') + 1; /* absolute: there is one */
    Doc doc;
    doc_init(&doc);
    Err why = {.message = ""};
    Chunk *chunks = NULL;
    arena_reset(&in->arena);
    Status status = in->options->extract(in->options->extract_user, fd, row->path.p, &doc, &why);
    if (status == OK) {
        status = chunk_doc(&doc, name, NULL, &in->arena, &chunks, &row->n_chunks, &why);
    }
    if (status == OK && !hashed_before(old, row)) status = hash_behind(in, fd, row, &why);
    if (status == E_CANCELLED) {
        in->report->cancelled = true;
        if (err) *err = why;
    } else if (status != OK) {
        status = put_outcome(in, row, outcome_of(status, &why), doc.format, err);
    } else {
        row->doc = &doc;
        row->reason = "";
        row->state = FILE_READ;
        in->report->added += !found;
        in->report->changed += found;
        status = put_file(in, row, chunks, err);
    }
    doc_fini(&doc);
    return status;
}

/* ---- one entry ------------------------------------------------------------------------------- */

static bool same_stat(const FileRow *old, const FileRow *row) {
    return old->size_bytes == row->size_bytes && old->mtime_ns == row->mtime_ns &&
           old->inode == row->inode;
}

/* Same bytes under another stat: only the stat is written. */
static Status touch(Ingest *in, const FileRow *old, const FileRow *row, Err *err) {
    sqlite3_stmt *q;
    assert(old->state == FILE_READ); /* what failed is read anew, not touched */
    TRY(batch_open(in, err));
    TRY(sql_get(in->store, Q_FILE_TOUCH, &q, err));
    (void)sqlite3_bind_int64(q, 1, old->id);
    (void)sqlite3_bind_int64(q, 2, row->size_bytes);
    (void)sqlite3_bind_int64(q, 3, row->mtime_ns);
    (void)sqlite3_bind_int64(q, 4, row->inode);
    return sql_run(in->store, q, err);
}

/* How long a time of writing may stay the same while the bytes change. Some file systems count
   whole seconds, a FAT even ones only: all that they say about it is that their times are such. */
static int64_t racy_ns(int64_t mtime_ns) {
    return mtime_ns % 1000000000 ? RACY_NS : (int64_t)COARSE_S * 1000000000;
}

/* Size, time and inode of what was opened; a time so young that it may stay while the bytes change
   is kept as 0. */
static void fill_stat(FileRow *row, const struct stat *st) {
    row->size_bytes = st->st_size;
    row->mtime_ns = file_mtime_ns(st);
    row->inode = (int64_t)st->st_ino;
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now); /* the file system's clock, not the seam's */
    int64_t age_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec - row->mtime_ns;
    if (age_ns >= 0 && age_ns < racy_ns(row->mtime_ns)) row->mtime_ns = 0;
}

/* Opened relative to the walk's folder and without following a link: it is the file that the walk
   saw, or none. */
static Status open_and_put(Ingest *in, FileRow *row, const FileRow *old, const WalkEntry *entry,
                           Err *err) {
    int fd = openat(entry->dir_fd, entry->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;
    Outcome bad = {FILE_FAILED, ""};
    const char *why = "";
    if (fd < 0 && errno == ENOENT) return OK; /* gone since the folder was listed */
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        (void)snprintf(bad.reason, sizeof bad.reason, "cannot open it: %s",
                       fd < 0 ? strerror(errno) : "it changed while it was opened");
        if (fd >= 0) close(fd);
        return put_outcome(in, row, bad, NULL, err);
    }
    fill_stat(row, &st);
    bool compare = old && old->state == FILE_READ;
    Status status = OK;
    if (hashed_before(old, row)) {
        status = docs_hash(fd, most_bytes(in), in->options->cancel, row->hash, &why);
    }
    if (status == E_CANCELLED) {
        in->report->cancelled = true;
        status = err_set(err, E_CANCELLED, "%s", why);
    } else if (status != OK) {
        if (status == E_LIMIT) bad.state = FILE_REFUSED;
        (void)snprintf(bad.reason, sizeof bad.reason, "cannot read it: %s", why);
        status = put_outcome(in, row, bad, NULL, err);
    } else if (compare && memcmp(old->hash, row->hash, HASH_BYTES) == 0) {
        in->report->unchanged++;
        status = touch(in, old, row, err);
    } else {
        status = read_and_put(in, row, fd, old, err);
    }
    close(fd);
    return status;
}

/* Kinds of which the readers see more than those before them did: attachments of mails that are PDF
   or of old kinds, hidden sheets, all cells of a PDF's rows, endnotes, notes of what a limit left
   out; code, whose long lines were one passage each, and notebooks, which counted as code; what
   stands in front of Markdown; and pages, of which parts were lost. */
static bool has_learned(const char *kind) {
    static const char *const learned[] = {"mail", "xlsx", "opendocument", "pdf",
                                          "csv", "docx", "code", "html", "markdown", NULL};
    return list_has(str_from(kind), learned);
}

/* Calendars and contacts were read as text, of which looking at all of it again would be dear. */
static bool was_raw(Str path, const char *kind) {
    bool named = str_ends(path, STR(".ics")) || str_ends(path, STR(".vcf"));
    return named && strcmp(kind, "text") == 0;
}

/* Is a file that has not changed looked into once more? */
static bool worth_another_look(const Ingest *in, Str path, const FileRow *old) {
    if (in->sweep) return false;
    if (old->state == FILE_READ)
        return in->new_reader && (has_learned(old->kind) || was_raw(path, old->kind));
    return old->state == FILE_FAILED || in->new_reader;
}

/* A sweep before a question leaves large or late work to the next add, and says so. */
static bool too_much_now(Ingest *in, const struct stat *st) {
    if (!in->sweep) return false;
    bool much = st->st_size > SWEEP_FILE_BYTES || ingest_late(in);
    if (much) in->report->complete = false;
    return much;
}

/* The next sweep begins here; without memory for it at the beginning, which costs only time. */
static Status stop_late(Ingest *in, Str path, Err *err) {
    mem_free(in->stopped_at);
    in->stopped_at = mem_dup(path.p, path.n);
    return err_set(err, E_TIMEOUT, "no time left");
}

/* The order of the looks is the order of their cost: the database, the stat, the file. */
Status ingest_one(Ingest *in, const WalkEntry *entry, Err *err) {
    if (ingest_cancelled(in)) return err_set(err, E_CANCELLED, "stopped");
    if (ingest_late(in)) return stop_late(in, entry->path, err);
    const struct stat *st = entry->st;
    FileRow row = {.path = entry->path, .reason = ""}, old;
    bool found;
    in->report->seen++;
    TRY(docs_lookup(in->store, entry->path, &old, &found, err));
    if (found) mark_seen(in, old.id);
    row.size_bytes = st->st_size;
    row.mtime_ns = file_mtime_ns(st);
    row.inode = (int64_t)st->st_ino;
    bool retry = found && worth_another_look(in, entry->path, &old);
    if (retry) memset(old.hash, 0, sizeof old.hash); /* also where its bytes are the same */
    if (found && !retry && same_stat(&old, &row)) {
        in->report->unchanged++;
        if (old.state == FILE_UNSUPPORTED) count_kind(in->report, old.kind); /* named each time */
        return OK;
    }
    ingest_tell(in, INGEST_WORDS, entry->path.p, false);
    if (!S_ISREG(st->st_mode)) {
        Outcome no = {FILE_REFUSED, ""};
        (void)snprintf(no.reason, sizeof no.reason, "%s", kind_of(st->st_mode));
        return put_outcome(in, &row, no, NULL, err);
    }
    uint64_t most = most_bytes(in);
    if ((uint64_t)st->st_size > most) {
        Outcome no = {FILE_REFUSED, ""};
        char is[32], may[32];
        (void)snprintf(no.reason, sizeof no.reason, "larger than may be read: %s, at most %s",
                       num_bytes_text((uint64_t)st->st_size, is, sizeof is),
                       num_bytes_text(most, may, sizeof may));
        return put_outcome(in, &row, no, NULL, err);
    }
    if (too_much_now(in, st)) return OK;
    return open_and_put(in, &row, found ? &old : NULL, entry, err);
}
