/*
 * Rows of documents: files, their text, their chunks.
 *
 * Text is kept in blocks of 64 KiB of raw bytes, each a zstd frame of its own (level 3), so that
 * the bytes of one citation cost one or two blocks whatever the size of the document. Block b of
 * file f has the row id f * 8192 + b; 256 MiB, the ceiling of a document, are 4096 blocks. The
 * other 4096 hold the document's line marks (lines.h), packed the same way; a store that was made
 * before there were any simply has none there, and lines are counted.
 *
 * A chunk's key is BLAKE2b of what is embedded, context line and text: two chunks with one key
 * share one vector for ever, across renames, copies and edits of other parts of a file.
 *
 *     row of table text = file * 8192 + block
 *     file 3:   24576 .. 28671   text, block b holds bytes [b * 65536, (b + 1) * 65536)
 *               28672 .. 32767   line marks, packed the same way
 *
 * So bytes [100000, 100200) of file 3 are one look-up: block 1, row 24577.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/hash.h"
#include "knowledge/lines.h"
#include "knowledge/store_impl.h"

enum { LINES_BLOCK = TEXT_BLOCKS_PER_FILE / 2 }; /* the first block of a file's line marks */
_Static_assert(DOC_TEXT_MAX / TEXT_BLOCK_BYTES <= LINES_BLOCK, "text has room");
_Static_assert(LINE_MARKS_MAX_BYTES / TEXT_BLOCK_BYTES <= LINES_BLOCK, "line marks have room");
_Static_assert((int)STORE_KEY_BYTES <= (int)HASH_BYTES, "a key is a cut hash");
_Static_assert(sizeof((FileRow *)0)->hash == HASH_BYTES, "the hash of a file");

enum { ZSTD_LEVEL = 3 };
enum { HASH_STEP = 1 << 20, HASH_STEPS_MAX = 1 << 16 /* 64 GiB */, COPIES_MAX = 4096 };

static bool is_raised(const atomic_bool *flag) {
    return flag && atomic_load_explicit(flag, memory_order_relaxed);
}

/* The kind is copied, since the row goes with the reset; the path is the caller's own. */
Status docs_lookup(Store *s, Str path, FileRow *out, bool *found, Err *err) {
    sqlite3_stmt *q;
    TRY(sql_get(s, Q_FILE_BY_PATH, &q, err));
    sql_bind_str(q, 1, path);
    TRY(sql_step(s, q, found, err));
    if (!*found) return OK;
    *out = (FileRow){.id = sqlite3_column_int64(q, 0),
                     .path = path,
                     .size_bytes = sqlite3_column_int64(q, 1),
                     .mtime_ns = sqlite3_column_int64(q, 2),
                     .inode = sqlite3_column_int64(q, 3),
                     .state = (FileState)sqlite3_column_int(q, 5)};
    Str hash = sql_blob(q, 4);
    if (hash.n == sizeof out->hash) memcpy(out->hash, hash.p, hash.n);
    const unsigned char *kind = sqlite3_column_text(q, 6);
    (void)snprintf(out->kind, sizeof out->kind, "%.*s", FILE_KIND_BYTES - 1,
                   kind ? (const char *)kind : "");
    (void)sqlite3_reset(q);
    return OK;
}

/* Steps are what pread gives: a regular file is read in whole MiB but for its end, so that the same
   bytes give the same hash. A file may grow while it is read, or say that it is empty and have no
   end (/proc/PID/pagemap): `most` and `cancel` end that. */
Status docs_hash(int fd, uint64_t most, const atomic_bool *cancel, uint8_t out[HASH_BYTES],
                 const char **why) {
    uint8_t *step = mem_alloc(HASH_STEP);
    Buf digests;
    buf_init(&digests, (size_t)HASH_STEPS_MAX * HASH_BYTES);
    Status status = step ? OK : E_NO_MEMORY;
    for (off_t at = 0; status == OK;) {
        ssize_t got = pread(fd, step, HASH_STEP, at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) status = E_IO;
        if (got <= 0) break;
        if ((uint64_t)got > most - (uint64_t)at) status = E_LIMIT;
        if (is_raised(cancel)) status = E_CANCELLED;
        if (status != OK) break;
        uint8_t digest[HASH_BYTES];
        hash_blake2b(step, (size_t)got, digest);
        buf_add(&digests, digest, sizeof digest);
        at += got;
    }
    *why = status == E_IO          ? strerror(errno)
           : status == E_LIMIT     ? "it has more bytes than may be read"
           : status == E_CANCELLED ? "stopped"
                                   : "out of memory";
    if (status == OK && digests.status != OK) status = digests.status;
    if (status == OK) hash_blake2b(digests.p ? digests.p : "", digests.n, out);
    buf_fini(&digests);
    mem_free(step);
    return status;
}

/* What the file on the disk holds; a size of 0: it cannot be told. */
static Status look_at_file(Str path, Arena *arena, FileRow *out, Err *err) {
    struct stat st;
    const char *why;
    const char *name = arena_dup(arena, path.p, path.n);
    *out = (FileRow){.path = path};
    if (!name) return err_no_memory(err, "a path");
    int fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return OK;
    Status status = OK;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        status = docs_hash(fd, STORE_FILE_BYTES, NULL, out->hash, &why);
        if (status == OK) out->size_bytes = st.st_size;
    }
    (void)close(fd);
    return status == E_NO_MEMORY ? err_no_memory(err, "a file's hash") : OK;
}

/* Zeros stand for "not known" (ingest_file.c); empty files are all alike and nobody's copies. */
static bool has_hash(const FileRow *row) {
    static const uint8_t none[sizeof row->hash];
    return row->size_bytes > 0 && memcmp(row->hash, none, sizeof none) != 0;
}

/* By the hash of the database where it has one; else the file itself is read. */
Status store_copies(Store *s, Str path, Arena *arena, Str **paths, size_t *n, Err *err) {
    FileRow row;
    bool found, more = true;
    sqlite3_stmt *q;
    *n = 0;
    TRY(docs_lookup(s, path, &row, &found, err));
    if (!found || !has_hash(&row)) TRY(look_at_file(path, arena, &row, err));
    if (!has_hash(&row)) return OK;
    *paths = arena_alloc_n(arena, COPIES_MAX, sizeof **paths);
    if (!*paths) return err_no_memory(err, "a file's copies");
    TRY(sql_get(s, Q_FILE_COPIES, &q, err));
    (void)sqlite3_bind_int64(q, 1, row.size_bytes);
    (void)sqlite3_bind_blob(q, 2, row.hash, sizeof row.hash, SQLITE_TRANSIENT);
    while (*n < COPIES_MAX) {
        TRY(sql_step(s, q, &more, err));
        if (!more) return OK;
        Str copy = sql_blob(q, 0);
        copy.p = arena_dup(arena, copy.p, copy.n);
        if (copy.p) (*paths)[(*n)++] = copy;
        else break;
    }
    (void)sqlite3_reset(q);
    if (*n < COPIES_MAX) return err_no_memory(err, "a file's copies");
    return err_set(err, E_LIMIT, "a file has %d copies or more: not all can be looked at",
                   COPIES_MAX);
}

/* '0' is the byte behind '/': a range of the index instead of a look at every path. Of "/" itself
   the two are "/" and "0". */
Status docs_range(Arena *arena, Str path, Str *low, Str *high, Err *err) {
    while (path.n > 1 && path.p[path.n - 1] == '/') path.n--;
    size_t n = path.n == 1 && path.p[0] == '/' ? 0 : path.n;
    char *a = arena_alloc(arena, n + 1), *b = arena_alloc(arena, n + 1);
    if (!a || !b) return err_no_memory(err, "a path");
    memcpy(a, path.p, n);
    memcpy(b, path.p, n);
    a[n] = '/';
    b[n] = '/' + 1;
    *low = (Str){a, n + 1};
    *high = (Str){b, n + 1};
    return OK;
}

/* The text must live until the statement has run. */
static void bind_text(sqlite3_stmt *q, int index, const char *text) {
    (void)sqlite3_bind_text(q, index, text ? text : "", -1, SQLITE_STATIC);
}

/* Text and chunks of what stood there go first; its id stays, so that nothing else changes for a
   file that was edited. */
Status docs_put_file(Store *s, FileRow *row, Err *err) {
    assert(s->in_tx); /* or what was there would go before the new is whole */
    FileRow old;
    bool found;
    TRY(docs_lookup(s, row->path, &old, &found, err));
    if (found) TRY(docs_delete(s, old.id, false, err));
    sqlite3_stmt *q;
    TRY(sql_get(s, Q_FILE_PUT, &q, err));
    const Doc *doc = row->doc;
    sql_bind_str(q, 1, row->path);
    (void)sqlite3_bind_int64(q, 2, row->size_bytes);
    (void)sqlite3_bind_int64(q, 3, row->mtime_ns);
    (void)sqlite3_bind_int64(q, 4, row->inode);
    (void)sqlite3_bind_blob(q, 5, row->hash, sizeof row->hash, SQLITE_STATIC);
    (void)sqlite3_bind_int(q, 6, (int)row->state);
    bind_text(q, 7, row->reason);
    bind_text(q, 8, doc ? doc->format : row->kind);
    bind_text(q, 9, doc ? doc->title : NULL);
    bind_text(q, 10, doc ? doc->author : NULL);
    bind_text(q, 11, doc ? doc->date : NULL);
    (void)sqlite3_bind_int64(q, 12, doc ? doc->n_pages : 0);
    (void)sqlite3_bind_int64(q, 13, (int64_t)row->n_chunks);
    (void)sqlite3_bind_int64(q, 14, doc ? (int64_t)doc->text.n : 0);
    bool have;
    TRY(sql_step(s, q, &have, err));
    row->id = have ? sqlite3_column_int64(q, 0) : 0;
    return have ? sql_run(s, q, err) : err_set(err, E_FAILED, "a file's row was not written");
}

/* ---- text ------------------------------------------------------------------------------------ */

/* One row of table text: raw length and zstd frame. */
static Status put_block(Store *s, int64_t id, Str raw, Buf *packed, Err *err) {
    assert(s->in_tx && raw.n >= 1 && raw.n <= TEXT_BLOCK_BYTES);
    buf_clear(packed);
    size_t bound = ZSTD_compressBound(raw.n);
    void *to = buf_reserve(packed, bound);
    if (!to) return buf_check(packed, "a block of text", err);
    size_t n = ZSTD_compress(to, bound, raw.p, raw.n, ZSTD_LEVEL);
    if (ZSTD_isError(n)) {
        return err_set(err, E_FAILED, "zstd cannot compress: %s", ZSTD_getErrorName(n));
    }
    sqlite3_stmt *q;
    TRY(sql_get(s, Q_TEXT_PUT, &q, err));
    (void)sqlite3_bind_int64(q, 1, id);
    (void)sqlite3_bind_int64(q, 2, (int64_t)raw.n);
    (void)sqlite3_bind_blob64(q, 3, to, n, SQLITE_STATIC);
    return sql_run(s, q, err);
}

/* The row of a file's first block. A damaged database may number its files beyond what the rows
   of their blocks can say: the row of those is one where no text lies. */
static int64_t first_row(int64_t file) {
    bool sane = file >= 0 && file < INT64_MAX / TEXT_BLOCKS_PER_FILE;
    return sane ? file * TEXT_BLOCKS_PER_FILE : INT64_MIN;
}

/* `text` as blocks from `id` on. */
static Status put_blocks(Store *s, int64_t id, Str text, Err *err) {
    if (id < 0) {
        (void)err_set(err, E_CORRUPT, "store %s: its files are numbered too high", s->dir);
        return store_advise(E_CORRUPT, err);
    }
    Buf packed;
    buf_init(&packed, 2 * TEXT_BLOCK_BYTES);
    Status status = OK;
    for (size_t at = 0; status == OK && at < text.n; at += TEXT_BLOCK_BYTES) {
        size_t n = text.n - at < TEXT_BLOCK_BYTES ? text.n - at : TEXT_BLOCK_BYTES;
        status = put_block(s, id++, (Str){text.p + at, n}, &packed, err);
    }
    buf_fini(&packed);
    return status;
}

Status docs_put_text(Store *s, int64_t file, Str text, Err *err) {
    if (text.n > DOC_TEXT_MAX) return err_set(err, E_LIMIT, "a text of %zu bytes", text.n);
    return put_blocks(s, first_row(file), text, err);
}

Status docs_put_lines(Store *s, int64_t file, Str marks, Err *err) {
    if (marks.n > LINE_MARKS_MAX_BYTES) return err_set(err, E_LIMIT, "%zu line marks", marks.n);
    return put_blocks(s, first_row(file) + LINES_BLOCK, marks, err);
}

/* Unpacks block `id` into s->block, unless it is there already. */
static Status get_block(Store *s, int64_t id, Err *err) {
    if (s->block_id == id) return OK;
    if (!s->block) s->block = mem_alloc(TEXT_BLOCK_BYTES);
    if (!s->block) return err_no_memory(err, "a block of text");
    s->block_id = -1;
    sqlite3_stmt *q;
    bool row;
    TRY(sql_get(s, Q_TEXT_GET, &q, err));
    (void)sqlite3_bind_int64(q, 1, id);
    TRY(sql_step(s, q, &row, err));
    int64_t want = row ? sqlite3_column_int64(q, 0) : -1;
    Str packed = row ? sql_blob(q, 1) : (Str){"", 0};
    size_t n = row ? ZSTD_decompress(s->block, TEXT_BLOCK_BYTES, packed.p, packed.n) : 0;
    (void)sqlite3_reset(q);
    if (row && !ZSTD_isError(n) && (int64_t)n == want) {
        s->block_id = id;
        s->block_bytes = n;
        return OK;
    }
    return err_set(err, E_CORRUPT, "store %s: a block of text is damaged", s->dir);
}

/* [start, end) from as many blocks as it lies in; the last one used stays unpacked, for the next
   citation is often beside. */
static Status copy_blocks(Store *s, int64_t file, size_t start, size_t end, Buf *out, Err *err) {
    while (start < end) {
        size_t block = start / TEXT_BLOCK_BYTES, from = start % TEXT_BLOCK_BYTES;
        TRY(get_block(s, first_row(file) + (int64_t)block, err));
        if (from >= s->block_bytes) {
            return err_set(err, E_CORRUPT, "store %s: a text is shorter than it was", s->dir);
        }
        size_t left = s->block_bytes - from, take = end - start < left ? end - start : left;
        buf_add(out, s->block + from, take);
        start += take;
    }
    return buf_check(out, "a document's text", err);
}

/* The length comes from the file's row, and is checked: it may be of a damaged database. */
Status docs_text(Store *s, int64_t file, size_t start, size_t end, Buf *out, Err *err) {
    int64_t total;
    TRY(sql_number(s, Q_TEXT_BYTES, file, &total, err));
    if (total < 0 || total > DOC_TEXT_MAX) {
        (void)err_set(err, E_CORRUPT, "store %s: a text of %lld bytes", s->dir, (long long)total);
        return store_advise(E_CORRUPT, err);
    }
    if (end > (size_t)total) end = (size_t)total;
    if (start >= end) return OK;
    return store_advise(copy_blocks(s, file, start, end, out, err), err);
}

/* Blocks from LINES_BLOCK on until there is none. */
Status docs_lines(Store *s, int64_t file, Buf *out, Err *err) {
    int64_t id = first_row(file) + LINES_BLOCK, there = 1;
    for (; there && out->n < LINE_MARKS_MAX_BYTES; id++) {
        TRY(sql_number(s, Q_TEXT_HAS, id, &there, err));
        if (!there) break;
        TRY(get_block(s, id, err));
        buf_add(out, s->block, s->block_bytes);
    }
    return buf_check(out, "the lines of a document", err);
}

Status store_text(Store *store, int64_t file_id, size_t start, size_t end, Buf *out, Err *err) {
    return docs_text(store, file_id, start, end, out, err);
}

/* ---- chunks ---------------------------------------------------------------------------------- */

/* Two hashes are hashed, not the joined text: "a" + "bc" and "ab" + "c" are different passages. */
static void embed_key(Str context, Str text, uint8_t key[STORE_KEY_BYTES]) {
    uint8_t parts[2 * HASH_BYTES], whole[HASH_BYTES];
    hash_blake2b(context.p, context.n, parts);
    hash_blake2b(text.p, text.n, parts + HASH_BYTES);
    hash_blake2b(parts, sizeof parts, whole);
    memcpy(key, whole, STORE_KEY_BYTES);
}

/* A stored text has no other check: zstd's own is left out, and the key covers what a citation
   quotes. */
Status docs_passage_whole(Store *s, const PassageRow *row, Buf *text, bool *whole, Err *err) {
    uint8_t key[STORE_KEY_BYTES];
    assert(row->start <= row->end); /* store_check has looked */
    *whole = false;
    buf_clear(text);
    Status status = docs_text(s, row->file, row->start, row->end, text, err);
    if (status != OK) return status == E_CORRUPT ? OK : status;
    embed_key(row->context, buf_str(text), key);
    *whole = str_eq(row->key, (Str){(const char *)key, sizeof key});
    return OK;
}

/* By the unique index of (space, key). */
Status docs_vector_of(Store *s, const uint8_t key[STORE_KEY_BYTES], int64_t *id, Err *err) {
    *id = 0;
    if (!s->space.id) return OK;
    sqlite3_stmt *q;
    bool row;
    TRY(sql_get(s, Q_VECTOR_BY_KEY, &q, err));
    (void)sqlite3_bind_int64(q, 1, s->space.id);
    (void)sqlite3_bind_blob(q, 2, key, STORE_KEY_BYTES, SQLITE_STATIC);
    TRY(sql_step(s, q, &row, err));
    if (row) *id = sqlite3_column_int64(q, 0);
    (void)sqlite3_reset(q);
    return OK;
}

/* Ids are never used again: at STORE_IDS_MAX passages ever made the store is full. */
Status docs_put_chunk(Store *s, int64_t file, const Chunk *chunk, Str text, int64_t *id,
                      bool *linked, Err *err) {
    assert(s->in_tx && chunk->end - chunk->start == text.n);
    uint8_t key[STORE_KEY_BYTES];
    embed_key(str_from(chunk->context), text, key);
    int64_t vector;
    TRY(docs_vector_of(s, key, &vector, err));
    *linked = vector != 0;
    s->newly_embedded += *linked;
    sqlite3_stmt *q;
    TRY(sql_get(s, Q_CHUNK_PUT, &q, err));
    (void)sqlite3_bind_int64(q, 1, file);
    (void)sqlite3_bind_int64(q, 2, (int64_t)chunk->start);
    (void)sqlite3_bind_int64(q, 3, (int64_t)chunk->end);
    (void)sqlite3_bind_int64(q, 4, chunk->page);
    (void)sqlite3_bind_int64(q, 5, chunk->line);
    (void)sqlite3_bind_int64(q, 6, chunk->tokens);
    bind_text(q, 7, chunk->context);
    (void)sqlite3_bind_blob(q, 8, key, sizeof key, SQLITE_STATIC);
    if (vector) (void)sqlite3_bind_int64(q, 9, vector);
    TRY(sql_run(s, q, err));
    *id = sqlite3_last_insert_rowid(s->db);
    if (*id < STORE_IDS_MAX) return OK;
    return err_set(err, E_LIMIT, "store %s has used up its passage numbers; make a new one",
                   s->dir);
}

/* The segment that holds these chunks learns that they are dead. They came in one batch, so one
   segment holds all of them. */
static Status count_dead(Store *s, int64_t file, Err *err) {
    sqlite3_stmt *q;
    bool row;
    TRY(sql_get(s, Q_CHUNK_SPAN, &q, err));
    (void)sqlite3_bind_int64(q, 1, file);
    TRY(sql_step(s, q, &row, err));
    int64_t first = row ? sqlite3_column_int64(q, 0) : 0, n = row ? sqlite3_column_int64(q, 1) : 0;
    s->newly_embedded -= row ? sqlite3_column_int64(q, 2) : 0;
    (void)sqlite3_reset(q);
    return n == 0 ? OK : sql_run_ids(s, Q_SEGMENT_DEAD, first, n, err);
}

/* The block that is unpacked may be one of them. */
Status docs_delete(Store *s, int64_t file, bool whole, Err *err) {
    assert(s->in_tx);
    int64_t first_block = first_row(file);
    s->block_id = -1;
    TRY(count_dead(s, file, err));
    TRY(sql_run_ids(s, Q_CHUNK_DELETE, file, 0, err));
    TRY(sql_run_ids(s, Q_TEXT_DELETE, first_block, first_block + TEXT_BLOCKS_PER_FILE - 1, err));
    return whole ? sql_run_ids(s, Q_FILE_DELETE, file, 0, err) : OK;
}

/* The dead of vec segments are counted anew: which segment lost how many is not known from the
   deletion. */
Status docs_collect_vectors(Store *s, Err *err) {
    assert(s->in_tx);
    TRY(sql_run_ids(s, Q_VECTOR_GC, 0, 0, err));
    return sql_run_ids(s, Q_SEGMENT_DEAD_VECTORS, 0, 0, err);
}
