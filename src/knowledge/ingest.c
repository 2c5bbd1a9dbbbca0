/*
 * The body of ingest.h: roots, the walk over them, what vanished, and the order of the phases.
 *
 *   1 every path is resolved and remembered as a root (unless it lies below one)
 *   2 walk: files that are new or changed are read and indexed, batch by batch (ingest_file.c)
 *   3 files of the database below the path that the walk did not meet are gone: they go
 *   4 vectors that nobody uses any more go; small segments are merged
 *   5 chunks without a vector are embedded (ingest_embed.c)
 *
 * Gone or only out of sight? A folder that cannot be read hides its files, it does not remove them;
 * a root that is not there at all (an unplugged disk) keeps everything and is counted. A root that
 * is one file is gone when it is missing among others: its folder is there, and is no empty place
 * where a disk was. After a walk that was stopped nothing is taken for gone.
 *
 * A job row says "running" while this goes on; a later open that finds it so knows that a
 * process was killed. Nothing depends on it: resuming is walking again, where unchanged files cost
 * one stat.
 *
 *     root /docs            report after a second look
 *       a.txt  unchanged      unchanged 1      one stat, nothing read
 *       b.txt  edited         changed 1        its old chunks go, new ones come
 *       c.txt  new            added 1
 *       d.txt  removed        removed 1        after the walk, in one transaction
 *       e/     unreadable     failed 1         files below it keep their rows
 */
#include "knowledge/ingest.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "knowledge/ingest_impl.h"

enum { TELL_MS = 100, FILE_ARENA_BYTES = 1 << 30 };

/* ---- small things ---------------------------------------------------------------------------- */

bool ingest_cancelled(Ingest *in) {
    const atomic_bool *flag = in->options->cancel;
    if (flag && atomic_load_explicit(flag, memory_order_relaxed)) in->report->cancelled = true;
    return in->report->cancelled;
}

bool ingest_late(const Ingest *in) {
    return in->deadline_ns && clock_now_ns() > in->deadline_ns;
}

void ingest_tell(Ingest *in, IngestPhase phase, const char *path, bool now) {
    uint64_t t = clock_now_ns();
    if (!in->options->progress || (!now && t - in->told_ns < (uint64_t)TELL_MS * 1000000)) return;
    const IngestReport *r = in->report;
    in->told_ns = t;
    double seconds = (double)(t - in->phase_ns) / 1e9;
    IngestProgress p = {.phase = phase,
                        .files_seen = r->seen,
                        .files_read = r->added + r->changed,
                        .files_failed = r->failed + r->refused,
                        .bytes_read = r->text_bytes,
                        .chunks_done = r->chunks_embedded,
                        .chunks_total = r->chunks_embedded + r->chunks_pending,
                        .eta_s = -1,
                        .path = path};
    double done = phase == INGEST_EMBED ? (double)r->chunks_embedded : (double)p.files_read;
    if (seconds > 0) p.rate = done / seconds;
    if (phase == INGEST_EMBED && p.rate > 0) p.eta_s = (double)r->chunks_pending / p.rate;
    in->options->progress(in->options->progress_user, &p);
}

void ingest_failure(Ingest *in, Str path, const char *reason) {
    IngestReport *r = in->report;
    if (r->n_failures == INGEST_FAILURES_MAX) return;
    IngestFailure *f = &r->failures[r->n_failures++];
    size_t most = sizeof f->path - 4;
    if (path.n > most) {
        (void)snprintf(f->path, sizeof f->path, "...%.*s", (int)most, path.p + path.n - most);
    } else {
        (void)snprintf(f->path, sizeof f->path, "%.*s", (int)path.n, path.p);
    }
    (void)snprintf(f->reason, sizeof f->reason, "%s", reason);
}

/* Below it, not equal. The root folder "/" is the one whose path ends with a slash. */
static bool is_below(Str path, Str folder) {
    if (folder.n == 1) return path.n > 1;
    return path.n > folder.n && str_starts(path, folder) && path.p[folder.n] == '/';
}

/* ---- handlers of the walk -------------------------------------------------------------------- */

/* Its failures are the store's, or a stop, and end the walk: what is wrong with a file is a row. */
static Status on_entry(void *user, const WalkEntry *entry, Err *err) {
    return ingest_one(user, entry, err);
}

/* The store's own folder is left out, and what the user has removed from below a root. A database
   that cannot be asked leaves nothing out: reading too much is seen, reading too little is not. */
static bool on_skip(void *user, Str path, bool is_folder) {
    Ingest *in = user;
    if (is_folder && in->own && str_eq_c(path, in->own)) return true;
    sqlite3_stmt *q;
    bool row;
    if (!in->any_excluded || sql_get(in->store, Q_EXCLUDED, &q, NULL) != OK) return false;
    sql_bind_str(q, 1, path);
    if (sql_step(in->store, q, &row, NULL) != OK) return false;
    (void)sqlite3_reset(q);
    return row;
}

/* Keeps the path, so that nothing at or below it is taken for gone; when there are too many,
   nothing is in this call. */
static void on_trouble(void *user, Str path, const char *reason) {
    Ingest *in = user;
    if (in->told == OK) in->told = ingest_blind(in, path, reason, &in->told_err);
    char *copy = in->n_blind < INGEST_BLIND_MAX ? mem_dup(path.p, path.n) : NULL;
    if (copy) in->blind[in->n_blind++] = copy;
    else in->too_blind = true;
}

/* ---- what vanished --------------------------------------------------------------------------- */

/* At or below something that could not be looked at. */
static bool out_of_sight(const Ingest *in, Str path) {
    for (size_t i = 0; i < in->n_blind; i++) {
        Str blind = str_from(in->blind[i]);
        if (str_eq(path, blind) || is_below(path, blind)) return true;
    }
    return false;
}

typedef struct Vanished {
    int64_t *ids;
    size_t n, cap, unseen; /* how many of them stood for what could not be looked at */
} Vanished;

/* Ids are collected first and deleted later: a statement must not walk over rows that change. */
static Status vanished_add(Ingest *in, Vanished *v, int64_t id, Str path, Err *err) {
    if (ingest_was_seen(in, id) || out_of_sight(in, path)) return OK;
    TRY(mem_grow((void **)&v->ids, &v->cap, v->n + 1, sizeof *v->ids, STORE_IDS_MAX, err));
    v->ids[v->n++] = id;
    return OK;
}

/* Files of the database at or below root that the walk did not meet. */
static Status list_vanished(Ingest *in, Str root, Vanished *v, Err *err) {
    FileRow self;
    bool found, more;
    sqlite3_stmt *q;
    assert(root.n >= 1 && root.p[0] == '/'); /* as the paths of rows: resolved */
    TRY(docs_lookup(in->store, root, &self, &found, err));
    if (found) {
        TRY(vanished_add(in, v, self.id, root, err));
        v->unseen += v->n && strcmp(self.kind, INGEST_UNSEEN) == 0;
    }
    Str low, high;
    arena_reset(&in->arena);
    TRY(docs_range(&in->arena, root, &low, &high, err));
    TRY(sql_get(in->store, Q_FILE_RANGE, &q, err));
    sql_bind_str(q, 1, low);
    sql_bind_str(q, 2, high);
    for (;;) {
        TRY(sql_step(in->store, q, &more, err));
        if (!more) return OK;
        size_t before = v->n;
        TRY(vanished_add(in, v, sqlite3_column_int64(q, 0), sql_blob(q, 1), err));
        v->unseen += v->n > before && str_eq_c(sql_blob(q, 2), INGEST_UNSEEN);
    }
}

/* One transaction for all that is gone below a root. Rows that only stood for trouble do not count
   as removed files. */
static Status drop_vanished(Ingest *in, Str root, Err *err) {
    if (in->too_blind) return OK;
    Vanished v = {0};
    assert(!in->store->in_tx); /* all or nothing of what is gone, and nothing of a batch */
    Status status = list_vanished(in, root, &v, err);
    if (status == OK && v.n) status = sql_begin(in->store, err);
    for (size_t i = 0; status == OK && i < v.n; i++) {
        status = docs_delete(in->store, v.ids[i], true, err);
    }
    mem_free(v.ids);
    if (status == OK) status = sql_commit(in->store, err);
    if (status == OK) in->report->removed += v.n - v.unseen;
    if (status != OK) ingest_drop(in);
    return status;
}

/* ---- one root -------------------------------------------------------------------------------- */

/* The root had its turn: it goes to the end of the queue. */
static Status swept(Ingest *in, Str root, Err *err) {
    sqlite3_stmt *q;
    TRY(sql_get(in->store, Q_ROOT_SWEPT, &q, err));
    sql_bind_str(q, 1, root);
    (void)sqlite3_bind_int64(q, 2, clock_real_s());
    return sql_run(in->store, q, err);
}

/* Does the folder of this path hold anything? */
static bool stands_among_others(const char *path) {
    char *folder = mem_strdup(path), *slash = folder ? strrchr(folder, '/') : NULL;
    if (slash) slash[slash == folder ? 1 : 0] = 0;
    DIR *dir = slash ? opendir(folder) : NULL;
    bool any = false;
    for (const struct dirent *entry; dir && !any && (entry = readdir(dir)) != NULL;) {
        any = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    if (dir) (void)closedir(dir);
    mem_free(folder);
    return any;
}

/* A remembered root that is not there. */
static Status miss(Ingest *in, Str root, Err *err) {
    FileRow self;
    bool is_file;
    TRY(docs_lookup(in->store, root, &self, &is_file, err));
    if (is_file && stands_among_others(root.p)) return drop_vanished(in, root, err);
    Vanished kept = {0};
    Status status = list_vanished(in, root, &kept, err);
    in->report->roots_unreachable += kept.n > 0; /* of an empty one nothing is kept */
    mem_free(kept.ids);
    return status;
}

/* Where the last sweep of a root stopped; mem_free it. NULL: it came to the end. A path that is not
   below the root is of an older root with the same number. */
static Status place_get(Ingest *in, Str root, char **place, Err *err) {
    sqlite3_stmt *q;
    bool row;
    TRY(sql_get(in->store, Q_PLACE, &q, err));
    sql_bind_str(q, 1, root);
    TRY(sql_step(in->store, q, &row, err));
    Str at = row ? sql_blob(q, 0) : STR("");
    bool below = is_below(at, root);
    if (below) *place = mem_dup(at.p, at.n);
    (void)sqlite3_reset(q);
    return below && !*place ? err_no_memory(err, "a path") : OK;
}

/* A sweep is over with a root: where it stopped, if it did. */
static Status place_set(Ingest *in, Str root, Err *err) {
    sqlite3_stmt *q;
    bool stopped = in->stopped_at != NULL;
    assert(in->sweep && !in->store->in_tx); /* an add has all the time that it needs */
    TRY(sql_get(in->store, stopped ? Q_PLACE_SET : Q_PLACE_CLEAR, &q, err));
    sql_bind_str(q, 1, root);
    if (stopped) {
        (void)sqlite3_bind_int64(q, 2, clock_real_s());
        sql_bind_str(q, 3, str_from(in->stopped_at));
    }
    return sql_run(in->store, q, err);
}

/* What the walk's end is for the report. false: it failed. */
static bool walk_ended(Ingest *in, Status status, const WalkCounts *counts) {
    in->report->links += counts->links;
    in->report->ignored += counts->ignored + counts->links;
    if (status == E_CANCELLED) in->report->cancelled = true;
    if (status == E_CANCELLED || status == E_TIMEOUT) in->report->complete = false;
    return status == OK || status == E_CANCELLED || status == E_TIMEOUT;
}

/* Walks one path from `from` on (n 0: all of it) and brings the store up to date with what it
   meets. *whole: it came to the end. */
static Status walk_root(Ingest *in, Str root, Str from, bool *whole, Err *err) {
    WalkHandlers handlers = {in, on_entry, on_skip, on_trouble, from};
    WalkCounts counts = {0};
    Err why;
    Status status = walk_tree(root.p, &handlers, &counts, &why);
    if (status == OK && in->told != OK) {
        status = in->told;
        why = in->told_err;
    }
    *whole = status == OK;
    if (!walk_ended(in, status, &counts)) {
        if (status != E_NOT_FOUND) ingest_drop(in);
        return err_pass(err, &why, status);
    }
    TRY(ingest_flush(in, err));
    assert(!in->store->in_tx); /* what vanished is no part of a batch */
    return OK;
}

/* Brings the store up to date with one path. `kept`: a remembered root, which may be out of reach.
   A sweep goes on where the last one stopped, then begins anew: so of a root that is larger than
   its time each part has its turn. What vanished is known only after a whole walk. */
static Status look_at(Ingest *in, Str root, bool kept, Err *err) {
    char *place = NULL;
    bool whole = true;
    if (in->sweep) TRY(place_get(in, root, &place, err));
    Status status = place ? walk_root(in, root, str_from(place), &whole, err) : OK;
    mem_free(place);
    if (status == OK && whole) status = walk_root(in, root, (Str){0}, &whole, err);
    if (status == E_NOT_FOUND && kept) return miss(in, root, err);
    TRY(status);
    if (whole) TRY(drop_vanished(in, root, err));
    if (in->report->cancelled) return OK;
    if (in->sweep) TRY(place_set(in, root, err));
    /* Also a root that a sweep has no time for: else the first large one takes all of it each time,
       and no change in the roots behind it is ever seen. */
    return swept(in, root, err);
}

/* ---- roots ----------------------------------------------------------------------------------- */

/* Is the path a root, or below one? Then the next look at that root reaches it. */
static Status is_covered(Store *s, Str path, Arena *arena, bool *covered, Err *err) {
    Str *roots;
    size_t n;
    *covered = false;
    TRY(store_roots(s, arena, &roots, &n, err));
    for (size_t i = 0; i < n; i++) {
        *covered = *covered || str_eq(path, roots[i]) || is_below(path, roots[i]);
    }
    return OK;
}

/* Adding a path by name takes it and all below it off the exclude list; roots below it are its own
   now. */
static Status put_with_range(Store *s, Str path, Arena *arena, Err *err) {
    Str low, high;
    bool covered;
    sqlite3_stmt *q;
    assert(s->in_tx && path.n > 0 && path.p[0] == '/'); /* resolved: rows are found by it */
    TRY(is_covered(s, path, arena, &covered, err));
    TRY(docs_range(arena, path, &low, &high, err));
    TRY(sql_get(s, Q_EXCLUDE_DELETE, &q, err));
    sql_bind_str(q, 1, path);
    sql_bind_str(q, 2, low);
    sql_bind_str(q, 3, high);
    TRY(sql_run(s, q, err));
    if (covered) return OK;
    TRY(sql_get(s, Q_ROOT_DELETE_BELOW, &q, err)); /* it holds them now */
    sql_bind_str(q, 1, low);
    sql_bind_str(q, 2, high);
    sql_bind_str(q, 3, path);
    TRY(sql_run(s, q, err));
    TRY(sql_get(s, Q_ROOT_PUT, &q, err));
    sql_bind_str(q, 1, path);
    (void)sqlite3_bind_int64(q, 2, clock_real_s());
    return sql_run(s, q, err);
}

/* put_with_range with an arena of its own, for lists of roots. */
static Status root_put(Store *s, Str path, Err *err) {
    Arena arena;
    arena_init(&arena, 64 << 20);
    Status status = put_with_range(s, path, &arena, err);
    arena_fini(&arena);
    return status;
}

/* The paths of the call, resolved, in the arena. All of them before anything is written. */
static Status resolve(const IngestOptions *o, Arena *arena, Str *out, Err *err) {
    for (size_t i = 0; i < o->n_paths; i++) {
        char *real = realpath(o->paths[i], NULL);
        if (!real) {
            Status status = errno == ENOENT || errno == ENOTDIR ? E_NOT_FOUND
                            : errno == EACCES                   ? E_DENIED
                                                                : E_IO;
            err_set(err, status, "cannot add %s: %s", o->paths[i], strerror(errno));
            return status == E_NOT_FOUND ? err_hint(err, "is it spelled as it is on the disk? `ls` "
                                                         "lists what is there") : status;
        }
        size_t n = strlen(real);
        char *copy = arena_dup(arena, real, n);
        mem_libc_free(real);
        if (!copy) return err_no_memory(err, "a path");
        out[i] = (Str){copy, n};
    }
    return OK;
}

/* All paths in one transaction: a failure adds none. */
static Status remember(Store *s, const Str *paths, size_t n, Err *err) {
    TRY(sql_begin(s, err));
    Status status = OK;
    for (size_t i = 0; status == OK && i < n; i++) status = root_put(s, paths[i], err);
    return sql_end(s, status, err);
}

/* ---- the call -------------------------------------------------------------------------------- */

/* A row that says "running" until job_end. */
static Status job_start(Store *s, const char *kind, int64_t *id, Err *err) {
    sqlite3_stmt *q;
    TRY(sql_get(s, Q_JOB_START, &q, err));
    (void)sqlite3_bind_text(q, 1, kind, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(q, 2, clock_real_s());
    TRY(sql_run(s, q, err));
    *id = sqlite3_last_insert_rowid(s->db);
    return OK;
}

/* A failure here is no failure of the call, whose work is done. */
static void job_end(Store *s, int64_t id, const char *state) {
    sqlite3_stmt *q;
    if (!id || sql_get(s, Q_JOB_END, &q, NULL) != OK) return;
    (void)sqlite3_bind_int64(q, 1, id);
    (void)sqlite3_bind_int64(q, 2, clock_real_s());
    (void)sqlite3_bind_text(q, 3, state, -1, SQLITE_STATIC);
    if (sql_run(s, q, NULL) != OK) store_note(s, "the job's end could not be written down");
}

/* Most frequent first, then by name. */
static int by_count(const void *a, const void *b) {
    const IngestKind *x = a, *y = b;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* Root by root, those not looked at for longest first. What a sweep has no time for is left, and
   said. */
static Status words_phase(Ingest *in, const Str *paths, size_t n, bool kept, Err *err) {
    in->phase_ns = clock_now_ns();
    for (size_t i = 0; i < n && !in->report->cancelled; i++) {
        if (ingest_late(in)) {
            in->report->complete = false;
            break;
        }
        TRY(look_at(in, paths[i], kept, err));
    }
    in->report->words_ms = (double)(clock_now_ns() - in->phase_ns) / 1e6;
    return OK;
}

/* Vectors are collected only after a whole look: a text that was seen to go may come back under
   another name in the part that was not reached. */
static Status tidy(Ingest *in, Err *err) {
    uint64_t from = clock_now_ns();
    const IngestReport *r = in->report;
    assert(!in->store->in_tx); /* every batch has ended: what is merged is committed */
    if ((r->removed || r->changed) && !r->cancelled && r->complete) {
        TRY(sql_begin(in->store, err));
        TRY(sql_end(in->store, docs_collect_vectors(in->store, err), err));
        TRY(store_measure_spread(in->store, err));
    }
    if (!in->sweep && !r->cancelled) TRY(segs_merge(in->store, err));
    in->report->merge_ms += (double)(clock_now_ns() - from) / 1e6;
    return OK;
}

/* A sweep embeds nothing: a question waits for it. */
static Status embed_phase(Ingest *in, Err *err) {
    int64_t pending = 0;
    if (in->options->embedder && !in->sweep && !in->report->cancelled) {
        uint64_t from = clock_now_ns();
        Status status = ingest_embed(in, err);
        in->report->embed_ms = (double)(clock_now_ns() - from) / 1e6;
        return status == OK ? segs_merge(in->store, err) : status;
    }
    TRY(sql_number(in->store, Q_CHUNK_PENDING_COUNT, 0, &pending, err));
    in->report->chunks_pending = (uint64_t)pending;
    return OK;
}

/* Looks at, or with `set` writes down, which Hearth read these files last. */
static Status reader_version(Ingest *in, bool set, Err *err) {
    sqlite3_stmt *q;
    bool row;
    TRY(sql_get(in->store, set ? Q_READER_SET : Q_READER, &q, err));
    (void)sqlite3_bind_text(q, 1, STORE_READERS, -1, SQLITE_STATIC);
    TRY(sql_step(in->store, q, &row, err));
    if (!set) in->new_reader = row && sqlite3_column_int(q, 0) == 0;
    (void)sqlite3_reset(q);
    return OK;
}

/* Are these paths, or folders above, all that was ever added? */
static Status is_everything(Ingest *in, const Str *paths, size_t n, bool *all, Err *err) {
    Arena arena;
    Str *roots;
    size_t n_roots = 0, met = 0;
    arena_init(&arena, 64 << 20);
    Status status = store_roots(in->store, &arena, &roots, &n_roots, err);
    for (size_t i = 0; status == OK && i < n_roots; i++) {
        size_t k = 0;
        while (k < n && !str_eq(paths[k], roots[i])) k++;
        met += k < n;
    }
    *all = status == OK && met == n_roots;
    arena_fini(&arena);
    return status;
}

/* The reader's version is written down only when everything that was ever added has been looked at
   by it. */
static Status all_phases(Ingest *in, const Str *paths, size_t n, bool kept, Err *err) {
    int64_t excluded;
    TRY(sql_number(in->store, Q_EXCLUDE_COUNT, 0, &excluded, err));
    in->any_excluded = excluded > 0;
    in->own = realpath(in->store->dir, NULL);
    TRY(reader_version(in, false, err));
    TRY(segs_refresh(in->store, err)); /* also the active space, for linking */
    if (in->new_reader && !in->sweep) TRY(segs_renew(in->store, err));
    TRY(words_phase(in, paths, n, kept, err));
    bool all = !in->sweep && in->report->complete && !in->report->cancelled;
    if (in->new_reader && all) TRY(is_everything(in, paths, n, &all, err));
    if (in->new_reader && all) TRY(reader_version(in, true, err));
    TRY(tidy(in, err));
    return embed_phase(in, err);
}

/* A batch that was begun is the caller's to roll back, before. */
static void ingest_fini(Ingest *in) {
    lex_builder_free(in->builder);
    mem_libc_free(in->own);
    mem_free(in->seen);
    for (size_t i = 0; i < in->n_blind; i++) mem_free(in->blind[i]);
    mem_free(in->stopped_at);
    arena_fini(&in->arena);
}

/* Shared by add and sweep. Whatever happens, no transaction stays open, and the job's row says how
   it ended. */
static Status ingest_run(Ingest *in, Err *err) {
    Arena arena;
    Str *paths = NULL;
    size_t n = in->options->n_paths;
    bool kept = n == 0;
    int64_t job = 0;
    arena_init(&arena, 64 << 20);
    Status status = OK;
    if (kept) {
        status = store_roots(in->store, &arena, &paths, &n, err);
    } else {
        paths = arena_alloc_n(&arena, n, sizeof *paths);
        status = paths ? resolve(in->options, &arena, paths, err) : err_no_memory(err, "paths");
        if (status == OK) status = remember(in->store, paths, n, err);
    }
    if (status == OK && !in->sweep) status = job_start(in->store, "add", &job, err);
    if (status == OK) status = all_phases(in, paths, n, kept, err);
    sql_rollback(in->store); /* nothing is open after success */
    job_end(in->store, job, status != OK ? "failed" : in->report->cancelled ? "stopped" : "done");
    if (in->report->n_kinds > 1) {
        qsort(in->report->kinds, in->report->n_kinds, sizeof *in->report->kinds, by_count);
    }
    arena_fini(&arena);
    return status;
}

/* report->complete: everything that was asked for was looked at; a stop takes that back. */
Status ingest_add(Store *store, const IngestOptions *options, IngestReport *report, Err *err) {
    *report = (IngestReport){.complete = true};
    TRY(store_need_write(store, err));
    Ingest *in = mem_zalloc(sizeof *in);
    if (!in) return err_no_memory(err, "an ingest");
    in->store = store;
    in->options = options;
    in->report = report;
    in->start_ns = clock_now_ns();
    arena_init(&in->arena, FILE_ARENA_BYTES);
    Status status = ingest_run(in, err);
    if (report->cancelled) report->complete = false;
    assert(!store->in_tx); /* whatever happened */
    ingest_fini(in);
    mem_free(in);
    return status;
}

/* An add of all roots with a deadline, without roots of its own. A budget of 0 or less is over at
   once. */
Status ingest_sweep(Store *store, const IngestOptions *options, double budget_ms,
                    IngestReport *report, Err *err) {
    *report = (IngestReport){.complete = true};
    TRY(store_need_write(store, err));
    Ingest *in = mem_zalloc(sizeof *in);
    if (!in) return err_no_memory(err, "a sweep");
    IngestOptions all = *options;
    all.n_paths = 0; /* every root */
    in->store = store;
    in->options = &all;
    in->report = report;
    in->sweep = true;
    in->start_ns = clock_now_ns();
    in->deadline_ns = in->start_ns + (uint64_t)(budget_ms > 0 ? budget_ms * 1e6 : 0) + 1;
    arena_init(&in->arena, FILE_ARENA_BYTES);
    Status status = ingest_run(in, err);
    assert(!store->in_tx);
    ingest_fini(in);
    mem_free(in);
    return status;
}
