/*
 * What people ask of a store besides questions: how much is in it, which files, show me one, forget
 * one, is it sound.
 *
 * Forgetting. A path stands for itself and all below it ("/a/b" and "/a/b/..."). Its files, chunks
 * and texts go in one transaction; vectors that nobody uses go with them; the words stay in lex
 * segments, unreachable because every hit is looked up in the chunk table, until a merge drops
 * them. What still lies below a remembered root is put on the exclude list, else the next sweep
 * would bring it back; adding it again by name takes it off.
 *
 * A file is found by any ending of its path that names one: "lease.txt" or "flat/lease.txt" for
 * "/home/li/flat/lease.txt", but not "ease.txt". Two files with that ending are E_USAGE, with both.
 *
 * Figures are counted by scans; the statements here run seldom and are not kept prepared. Listings
 * are read into the caller's arena, ordered by path.
 *
 * Forgetting "/docs/tax" in a store whose root is "/docs":
 *
 *     /docs/tax/2023.pdf     row, chunks and text deleted
 *     /docs/taxi.txt         stays: "below" needs the slash (docs_range)
 *     table exclude          gets "/docs/tax", since a sweep of /docs would find it again
 *     table root             loses roots at or below "/docs/tax"; "/docs" stays
 */
#include <assert.h>
#include <stdio.h>

#include "knowledge/store_impl.h"

static const char file_columns[] =
    "SELECT f.id, f.path, f.size, f.mtime_ns, f.state, f.reason, f.format, f.title, f.date,"
    " f.n_pages, f.n_chunks, f.text_bytes, (SELECT count(c.vec) FROM chunk c WHERE c.file = f.id)"
    " FROM file f ";

/* NULL only when the arena is full; a column that is NULL gives "". */
static char *column_text(Arena *arena, sqlite3_stmt *q, int column) {
    Str text = sql_blob(q, column);
    return arena_dup(arena, text.p, text.n);
}

/* A row of file_columns, with its texts in the arena. A state that we do not know counts as
   failed. */
static Status read_file_row(sqlite3_stmt *q, Arena *arena, StoreFile *out, Err *err) {
    Str path = sql_blob(q, 1);
    int state = sqlite3_column_int(q, 4);
    *out = (StoreFile){.id = sqlite3_column_int64(q, 0),
                       .path = {arena_dup(arena, path.p, path.n), path.n},
                       .size_bytes = (uint64_t)sqlite3_column_int64(q, 2),
                       .mtime_ns = sqlite3_column_int64(q, 3),
                       .state = state >= 0 && state < FILE_STATE_COUNT ? (FileState)state
                                                                       : FILE_FAILED,
                       .reason = column_text(arena, q, 5),
                       .format = column_text(arena, q, 6),
                       .title = column_text(arena, q, 7),
                       .date = column_text(arena, q, 8),
                       .n_pages = (uint32_t)sqlite3_column_int64(q, 9),
                       .n_chunks = (uint32_t)sqlite3_column_int64(q, 10),
                       .text_bytes = (uint64_t)sqlite3_column_int64(q, 11),
                       .n_embedded = (uint32_t)sqlite3_column_int64(q, 12)};
    bool full = !out->path.p || !out->reason || !out->format || !out->title || !out->date;
    return full ? err_no_memory(err, "the list of files") : OK;
}

/* For statements that run seldom: they are not kept. Both texts are ours, no value is written into
   them. */
static Status prepare(Store *s, const char *head, const char *tail, sqlite3_stmt **out, Err *err) {
    char text[768];
    int n = snprintf(text, sizeof text, "%s%s", head, tail);
    assert(n > 0 && (size_t)n < sizeof text); /* half a statement would be another one */
    int code = sqlite3_prepare_v2(s->db, text, -1, out, NULL);
    return code == SQLITE_OK ? OK : sql_error(s, code, err);
}

/* Grows on the heap, then moves to the arena: an arena would keep every list that was outgrown. */
static Status collect_files(Store *s, sqlite3_stmt *q, Arena *arena, StoreFiles *out, Err *err) {
    StoreFile *items = NULL;
    size_t n = 0, cap = 0;
    Status status = OK;
    for (bool row = true; status == OK && row;) {
        status = sql_step(s, q, &row, err);
        if (status != OK || !row) break;
        status = mem_grow((void **)&items, &cap, n + 1, sizeof *items, STORE_IDS_MAX, err);
        if (status == OK) status = read_file_row(q, arena, &items[n++], err);
    }
    out->items = status == OK ? arena_alloc_n(arena, n, sizeof *items) : NULL;
    out->n = n;
    if (out->items && n) memcpy(out->items, items, n * sizeof *items);
    if (status == OK && !out->items) status = err_no_memory(err, "the list of files");
    mem_free(items);
    return status;
}

Status store_list(Store *store, Arena *arena, StoreFiles *out, Err *err) {
    sqlite3_stmt *q = NULL;
    *out = (StoreFiles){0};
    TRY(prepare(store, file_columns, "ORDER BY f.path", &q, err));
    Status status = collect_files(store, q, arena, out, err);
    (void)sqlite3_finalize(q);
    return status;
}

const StoreFile *store_files_find(const StoreFiles *files, int64_t id) {
    for (size_t i = 0; i < files->n; i++) {
        if (files->items[i].id == id) return &files->items[i];
    }
    return NULL;
}

/* At most ROOTS_MAX, more than anybody adds by hand. */
Status store_roots(Store *store, Arena *arena, Str **paths, size_t *n, Err *err) {
    enum { ROOTS_MAX = 4096 };
    sqlite3_stmt *q;
    *n = 0;
    *paths = arena_alloc_n(arena, ROOTS_MAX, sizeof **paths);
    if (!*paths) return err_no_memory(err, "the list of folders");
    TRY(sql_get(store, Q_ROOTS, &q, err));
    for (bool row = true; *n < ROOTS_MAX;) {
        TRY(sql_step(store, q, &row, err));
        if (!row) break;
        TRY(arena_keep(arena, sql_blob(q, 0), *paths + *n, "the list of folders", err));
        ++*n;
    }
    return OK;
}

/* ---- one file -------------------------------------------------------------------------------- */

/* "b/c.txt" ends "/a/b/c.txt", "c.txt" does not end "/a/abc.txt". */
static bool path_ends(Str path, Str tail) {
    return str_ends(path, tail) && (path.n == tail.n || path.p[path.n - tail.n - 1] == '/');
}

/* The file of exactly this path; E_NOT_FOUND without words. */
static Status find_exactly(Store *s, Str path, Arena *arena, StoreFile *out, Err *err) {
    sqlite3_stmt *q = NULL;
    bool row = false;
    TRY(prepare(s, file_columns, "WHERE f.path = ?1", &q, err));
    sql_bind_str(q, 1, path);
    Status status = sql_step(s, q, &row, err);
    if (status == OK && row) status = read_file_row(q, arena, out, err);
    (void)sqlite3_finalize(q);
    return status == OK && !row ? E_NOT_FOUND : status;
}

/* Paths that end in `want`: two of them at most, of however many files. */
static Status find_endings(Store *s, Str want, Arena *arena, Str found[2], Err *err) {
    sqlite3_stmt *q = NULL;
    size_t n = 0;
    TRY(prepare(s, "SELECT f.path FROM file f ", "ORDER BY f.path", &q, err));
    Status status = OK;
    for (bool row = true; status == OK && n < 2;) {
        status = sql_step(s, q, &row, err);
        if (status != OK || !row) break;
        Str path = sql_blob(q, 0);
        if (!path_ends(path, want)) continue;
        status = arena_keep(arena, path, &found[n++], "a path", err);
    }
    (void)sqlite3_finalize(q);
    return status;
}

/* Exactly, else by its ending. The second look is by the whole path, so that both ways fill *out
   alike. */
Status store_find(Store *store, const char *path, Arena *arena, StoreFile *out, Err *err) {
    Str want = str_from(path), found[2] = {{0}, {0}};
    Status status = find_exactly(store, want, arena, out, err);
    if (status != E_NOT_FOUND) return status;
    TRY(find_endings(store, want, arena, found, err));
    if (found[1].p) {
        (void)err_set(err, E_USAGE, "several files end in %.100s: %.150s and %.150s", path,
                      found[0].p, found[1].p);
        return err_hint(err, "give more of the path");
    }
    if (found[0].p) return find_exactly(store, found[0], arena, out, err);
    (void)err_set(err, E_NOT_FOUND, "no file %.200s in this store", path);
    return err_hint(err, "hearth list shows all of them");
}

/* ---- figures --------------------------------------------------------------------------------- */

/* The first n columns of a statement's one row; zeros when there is none. */
static Status numbers(Store *s, const char *text, int64_t *out, int n, Err *err) {
    sqlite3_stmt *q = NULL;
    bool row;
    TRY(prepare(s, text, "", &q, err));
    assert(n >= 1 && n <= sqlite3_column_count(q));
    Status status = sql_step(s, q, &row, err);
    for (int i = 0; i < n; i++) out[i] = status == OK && row ? sqlite3_column_int64(q, i) : 0;
    (void)sqlite3_finalize(q);
    return status;
}

/* 0 when the file is not there: a figure, not worth a failure. */
static uint64_t bytes_of(const Store *s, const char *name) {
    char *path = file_join(s->dir, name);
    uint64_t size = 0;
    if (!path || file_size(path, &size, NULL) != OK) size = 0;
    mem_free(path);
    return size;
}

Status store_stats(Store *store, StoreStats *out, Err *err) {
    int64_t f[5], c[2], roots;
    *out = (StoreStats){0};
    TRY(segs_refresh(store, err));
    TRY(numbers(store,
                "SELECT count(*), coalesce(sum(state=1 OR state=3),0), coalesce(sum(state=2),0),"
                " coalesce(sum(text_bytes),0) FROM file",
                f, 4, err));
    TRY(numbers(store, "SELECT count(*), count(vec) FROM chunk", c, 2, err));
    TRY(numbers(store, "SELECT count(*) FROM root", &roots, 1, err));
    out->files = (uint64_t)f[0];
    out->files_failed = (uint64_t)f[1];
    out->files_unsupported = (uint64_t)f[2];
    out->text_bytes = (uint64_t)f[3];
    out->chunks = (uint64_t)c[0];
    out->chunks_embedded = (uint64_t)c[1];
    out->roots = (uint64_t)roots;
    out->disk_bytes = bytes_of(store, "store.db") + bytes_of(store, "store.db-wal");
    assert(store->n_parts <= 2 * STORE_SEGMENTS_MAX); /* segs_refresh */
    for (size_t i = 0; i < store->n_parts; i++) {
        const SegPart *part = &store->parts[i];
        bool lex = part->row.kind == SEG_LEX;
        out->lex_segments += lex;
        out->vec_segments += !lex;
        out->disk_bytes += lex ? part->lex.frame.file_bytes : part->vec.frame.file_bytes;
    }
    out->embed_dim = store->space.dim;
    (void)snprintf(out->embed_model, sizeof out->embed_model, "%s", store->space.model);
    return OK;
}

/* ---- walking --------------------------------------------------------------------------------- */

static Status each_in_range(Store *s, Str low, Str high, StoreFileFn each, void *user, Err *err) {
    sqlite3_stmt *q;
    TRY(sql_get(s, Q_FILE_RANGE, &q, err));
    sql_bind_str(q, 1, low);
    sql_bind_str(q, 2, high);
    for (bool more = true;;) {
        TRY(sql_step(s, q, &more, err));
        if (!more) return OK;
        Status status = each(user, sqlite3_column_int64(q, 0), sql_blob(q, 1), err);
        if (status != OK) {
            (void)sqlite3_reset(q);
            return status;
        }
    }
}

Status store_each_below(Store *s, Str path, StoreFileFn each, void *user, Err *err) {
    Arena arena;
    FileRow row;
    bool found;
    Str low, high;
    TRY(docs_lookup(s, path, &row, &found, err));
    if (found) TRY(each(user, row.id, path, err));
    arena_init(&arena, 64 << 10);
    Status status = docs_range(&arena, path, &low, &high, err);
    if (status == OK) status = each_in_range(s, low, high, each, user, err);
    arena_fini(&arena);
    return status;
}

/* ---- forgetting ------------------------------------------------------------------------------ */

typedef struct Doomed {
    int64_t *ids;
    size_t n, cap;
} Doomed;

/* All ids are collected before any file is deleted. */
static Status add_doomed(void *user, int64_t file, Str path, Err *err) {
    Doomed *d = user;
    TRY(mem_grow((void **)&d->ids, &d->cap, d->n + 1, sizeof *d->ids, STORE_IDS_MAX, err));
    d->ids[d->n++] = file;
    return OK;
}

/* Root rows at or below the path go; *n_gone: how many. */
static Status forget_roots(Store *s, Str self, Str low, Str high, int *n_gone, Err *err) {
    sqlite3_stmt *q;
    TRY(sql_get(s, Q_ROOT_DELETE_BELOW, &q, err));
    sql_bind_str(q, 1, low);
    sql_bind_str(q, 2, high);
    sql_bind_str(q, 3, self);
    TRY(sql_run(s, q, err));
    *n_gone = sqlite3_changes(s->db);
    return OK;
}

/* Only what a sweep would find again is written down. */
static Status exclude_if_below_root(Store *s, Str self, Arena *arena, Err *err) {
    Str *roots;
    size_t n;
    TRY(store_roots(s, arena, &roots, &n, err));
    bool below = false;
    for (size_t i = 0; i < n; i++) {
        bool inside = str_starts(self, roots[i]) && self.n > roots[i].n;
        below = below || (inside && (roots[i].n == 1 || self.p[roots[i].n] == '/'));
    }
    if (!below) return OK;
    sqlite3_stmt *q;
    TRY(sql_get(s, Q_EXCLUDE_PUT, &q, err));
    sql_bind_str(q, 1, self);
    return sql_run(s, q, err);
}

/* Nothing at or below the path is E_NOT_FOUND, and the caller rolls back. */
static Status remove_in_tx(Store *s, Str self, Arena *arena, uint64_t *n_files, Err *err) {
    Str low, high;
    Doomed doomed = {0};
    int roots_gone = 0;
    assert(s->in_tx); /* rows, roots and the exclude list change together; no sweep adds one */
    TRY(docs_range(arena, self, &low, &high, err));
    Status status = store_each_below(s, self, add_doomed, &doomed, err);
    for (size_t i = 0; status == OK && i < doomed.n; i++) {
        status = docs_delete(s, doomed.ids[i], true, err);
    }
    *n_files = doomed.n;
    mem_free(doomed.ids);
    TRY(status);
    TRY(forget_roots(s, self, low, high, &roots_gone, err));
    if (*n_files == 0 && roots_gone == 0) {
        (void)err_set(err, E_NOT_FOUND, "nothing in this store is at or below %.200s", self.p);
        return err_hint(err, "hearth list shows what is there");
    }
    TRY(exclude_if_below_root(s, self, arena, err));
    return docs_collect_vectors(s, err);
}

/* The yardstick and merging come after the commit and in transactions of their own: where they
   fail, the files are forgotten all the same. */
Status store_remove(Store *store, const char *path, uint64_t *n_files, Err *err) {
    TRY(store_need_write(store, err));
    Str self = str_from(path);
    while (self.n > 1 && self.p[self.n - 1] == '/') self.n--;
    Arena arena;
    arena_init(&arena, 1 << 20);
    Status status = sql_begin(store, err);
    if (status == OK) status = remove_in_tx(store, self, &arena, n_files, err);
    status = sql_end(store, status, err);
    arena_fini(&arena);
    if (status == OK) status = store_measure_spread(store, err);
    return status == OK ? segs_merge(store, err) : status;
}

/* ---- soundness ------------------------------------------------------------------------------- */

/* SQLite's own check, its first finding, without the line above it that names the database. Damage
   is a finding here, no failure of the call. */
static Status check_database(Store *s, StoreCheck *out, Err *err) {
    sqlite3_stmt *q = NULL;
    bool row;
    TRY(prepare(s, "PRAGMA integrity_check(1)", "", &q, err));
    Status status = sql_step(s, q, &row, err);
    Str said = status == OK && row ? sql_blob(q, 0) : STR("");
    out->database_ok = str_eq_c(said, "ok");
    if (status == OK && !out->database_ok) {
        const char *line = said.n ? memchr(said.p, '\n', said.n) : NULL;
        if (line && said.p[0] == '*') said = str_sub(said, (size_t)(line - said.p) + 1, said.n);
        (void)snprintf(out->first_problem, sizeof out->first_problem, "store.db is damaged: %.*s",
                       (int)(said.n < 400 ? said.n : 400), said.p);
    }
    (void)sqlite3_finalize(q);
    return status == E_CORRUPT ? OK : status;
}

/* What check_texts and store_drop_damaged find: files of which a passage is not whole. */
typedef struct BadTexts {
    Doomed files;
    char first[ERR_MESSAGE_MAX]; /* the path of one of them; "" */
} BadTexts;

/* By file, so that each block of a text is unpacked once; of a file that is damaged the rest is
   passed over. */
static Status read_texts(Store *s, sqlite3_stmt *q, Buf *text, BadTexts *bad, Err *err) {
    Doomed *d = &bad->files;
    for (bool more = true, whole;;) {
        TRY(sql_step(s, q, &more, err));
        if (!more) return OK;
        PassageRow row = {sqlite3_column_int64(q, 0), (size_t)sqlite3_column_int64(q, 1),
                          (size_t)sqlite3_column_int64(q, 2), sql_blob(q, 3), sql_blob(q, 4)};
        if (d->n && d->ids[d->n - 1] == row.file) continue;
        TRY(docs_passage_whole(s, &row, text, &whole, err));
        if (whole) continue;
        Str path = sql_blob(q, 5);
        TRY(add_doomed(d, row.file, path, err));
        if (d->n > 1) continue;
        (void)snprintf(bad->first, sizeof bad->first, "%.*s", path.n < 400 ? (int)path.n : 400,
                       path.p);
    }
}

/* Ids of all files with a damaged passage, ascending. The caller frees them, also after a
   failure. */
static Status find_bad_texts(Store *s, BadTexts *bad, Err *err) {
    sqlite3_stmt *q = NULL;
    Buf text;
    *bad = (BadTexts){0};
    s->block_id = -1; /* what is unpacked may be of before; all below is one snapshot */
    TRY(prepare(s, "SELECT c.file, c.start, c.stop, c.context, c.key, f.path FROM chunk c"
                   " JOIN file f ON f.id = c.file ORDER BY c.file, c.id", "", &q, err));
    buf_init(&text, DOC_TEXT_MAX);
    Status status = read_texts(s, q, &text, bad, err);
    buf_fini(&text);
    (void)sqlite3_finalize(q);
    return status;
}

static Status check_texts(Store *s, StoreCheck *out, Err *err) {
    BadTexts bad;
    Status status = find_bad_texts(s, &bad, err);
    mem_free(bad.files.ids);
    TRY(status);
    assert(out->database_ok && bad.files.n <= STORE_IDS_MAX); /* places were looked at before */
    out->n_bad_texts = (uint32_t)bad.files.n;
    out->texts_ok = bad.files.n == 0;
    if (bad.files.n == 0) return OK;
    (void)snprintf(out->first_problem, sizeof out->first_problem,
                   "the text of %zu document%s is damaged, of %.400s first", bad.files.n,
                   bad.files.n == 1 ? "" : "s", bad.first);
    return OK;
}

/* Files that are not there stay: what is whole of their text is all that there is of it. */
static Status drop_bad_texts(Store *s, const BadTexts *bad, uint64_t *n_dropped, uint64_t *n_kept,
                             Err *err) {
    assert(s->in_tx); /* no half of a document may stay */
    for (size_t i = 0; i < bad->files.n; i++) {
        sqlite3_stmt *q;
        bool row;
        TRY(prepare(s, "SELECT path FROM file WHERE id = ?1", "", &q, err));
        (void)sqlite3_bind_int64(q, 1, bad->files.ids[i]);
        Status status = sql_step(s, q, &row, err);
        Str path = status == OK && row ? sql_blob(q, 0) : STR("");
        char *name = status == OK ? mem_dup(path.p, path.n) : NULL;
        (void)sqlite3_finalize(q);
        TRY(status);
        if (!name) return err_no_memory(err, "a path");
        bool there = *name && file_exists(name);
        mem_free(name);
        *n_kept += !there;
        *n_dropped += there;
        if (there) TRY(docs_delete(s, bad->files.ids[i], true, err));
    }
    return OK;
}

/* Their vectors stay: the same text finds them again by its key. */
Status store_drop_damaged(Store *store, uint64_t *n_dropped, uint64_t *n_kept, Err *err) {
    BadTexts bad;
    *n_dropped = *n_kept = 0;
    TRY(store_need_write(store, err));
    Status status = find_bad_texts(store, &bad, err);
    if (status == OK) status = sql_begin(store, err);
    if (status == OK) status = drop_bad_texts(store, &bad, n_dropped, n_kept, err);
    mem_free(bad.files.ids);
    return sql_end(store, status, err);
}

/* A damaged database ends it: the segments could not be told from orphans. */
Status store_check(Store *store, StoreCheck *out, Err *err) {
    int64_t n = 0;
    *out = (StoreCheck){0};
    TRY(check_database(store, out, err));
    if (!out->database_ok) {
        if (!out->first_problem[0]) {
            (void)snprintf(out->first_problem, sizeof out->first_problem, "store.db is damaged");
        }
        return OK;
    }
    TRY(numbers(store, "SELECT count(*) FROM job WHERE state='interrupted'", &n, 1, err));
    out->n_interrupted_jobs = (uint64_t)n;
    TRY(numbers(store, "SELECT count(*) FROM chunk WHERE file NOT IN (SELECT id FROM file)", &n, 1,
                err));
    if (n) {
        out->database_ok = false;
        (void)snprintf(out->first_problem, sizeof out->first_problem,
                       "%lld passages belong to no file", (long long)n);
    }
    TRY(numbers(store, "SELECT count(*) FROM chunk c JOIN file f ON f.id=c.file WHERE c.start<0"
                       " OR c.stop<c.start OR c.stop>f.text_bytes", &n, 1, err));
    if (n) {
        out->database_ok = false;
        (void)snprintf(out->first_problem, sizeof out->first_problem,
                       "%lld passages lie outside of their documents", (long long)n);
    }
    if (!out->database_ok) return OK;
    TRY(check_texts(store, out, err));
    return segs_check(store, out, err);
}

Status store_rebuild(Store *store, Err *err) {
    TRY(store_need_write(store, err));
    TRY(segs_refresh(store, err));
    return segs_rebuild_all(store, err);
}
