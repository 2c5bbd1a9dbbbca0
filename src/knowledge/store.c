/*
 * Opening and closing a store; see store.h for the layout of its folder.
 *
 * SQLite is used in WAL mode with synchronous=NORMAL: a batch survives the death of the process,
 * and of the machine up to the last checkpoint; what is lost then is found again by the next sweep,
 * because a file's row and its chunks go together.
 *
 * One writer. All SQLite before 3.51.3 can damage a WAL when two connections checkpoint at one
 * instant. So only the process that holds the flock writes and checkpoints; readers turn their own
 * checkpoints off (automatic and on close) and are query_only. Memory mapping of the database stays
 * off: a damaged disk shall be an error code, not a signal.
 *
 * A store on a read-only disk, or one that this user may only read, is opened as a file that stays
 * as it is where nothing waits in its WAL (freeze); where something does, SQLite says no.
 *
 * The schema has a version (PRAGMA user_version). A newer one is refused before anything is read.
 *
 * The way in (open_all), and what ends it: no folder or no name of a store; a link in the folder's
 * place; the lock of another writer; no database; a folder exchanged meanwhile; a schema that is
 * newer, or not ours. Only then is anything written, and only by the writer: jobs that were cut off
 * are marked, segments that are damaged are built anew.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/plain.h"
#include "knowledge/store_impl.h"
#include "knowledge/store_vfs.h"

enum { NOTICE_MAX = 4096, BUSY_TIMEOUT_MS = 5000, ROOTS_MAX = 4096,
       LOCK_PAUSE_MS = 20 };

Status store_name_check(const char *name, Err *err) {
    if (plain_is_name(name)) return OK;
    (void)err_set(err, E_USAGE, "\"%.40s\" cannot name a store", name ? name : "");
    (void)err_hint(err, "use 1 to 128 of a-z, 0-9, '.', '_' and '-', not beginning with '.'");
    return err ? err->code : E_USAGE;
}

void store_note(Store *s, const char *fmt, ...) {
    va_list args;
    size_t before = s->notice.n;
    va_start(args, fmt);
    if (before) buf_add_byte(&s->notice, '\n');
    buf_vprintf(&s->notice, fmt, args);
    va_end(args);
    if (s->notice.status == OK) return;
    s->notice.n = before; /* what was said before is kept */
    s->notice.status = OK;
    if (s->notice.p) s->notice.p[before] = 0;
}

const char *store_notice(Store *store) {
    return store->notice.n ? store->notice.p : NULL;
}

bool store_is_adding(Store *store) {
    int64_t running = 0;
    return sql_number(store, Q_JOBS_RUNNING, 0, &running, NULL) == OK && running > 0;
}

Status store_need_write(const Store *s, Err *err) {
    if (s->mode == STORE_WRITE) return OK;
    return err_set(err, E_USAGE, "store %s was opened for reading", s->dir);
}

/* ---- open ------------------------------------------------------------------------------------ */

/* Links above the store are the user's own ways and are gone through once, here: a home of data may
   lie behind one, and SQLite shall meet none (SQLITE_OPEN_NOFOLLOW). */
static Status name_folder(Store *s, const StoreOptions *options, Err *err) {
    if (options->create && options->mode == STORE_WRITE) {
        TRY(file_make_dirs(options->stores_dir, 0700, err));
    }
    char *real = realpath(options->stores_dir, NULL);
    if (!real && errno != ENOENT) {
        return err_set(err, E_IO, "cannot open %s: %s", options->stores_dir, strerror(errno));
    }
    s->dir = file_join(real ? real : options->stores_dir, options->name);
    mem_libc_free(real);
    return s->dir ? OK : err_no_memory(err, "a path");
}

/* The folder must be a real one: a link in its place could send our files anywhere. */
static Status check_folder(const Store *s, bool create, Err *err) {
    struct stat st;
    if (lstat(s->dir, &st) != 0) {
        if (errno != ENOENT) return err_set(err, E_IO, "store %s: %s", s->dir, strerror(errno));
        if (create) return file_make_dirs(s->dir, 0700, err);
        (void)err_set(err, E_NOT_FOUND, "there is no store %s", s->dir);
        return err_hint(err, "add documents first: hearth add FOLDER");
    }
    if (!S_ISDIR(st.st_mode)) return err_set(err, E_DENIED, "store %s is not a folder", s->dir);
    return OK;
}

/* The folder itself, whatever becomes of its name meanwhile; no link on the way is followed. */
static Status open_folder(Store *s, Err *err) {
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) return err_set(err, E_IO, "cannot open /: %s", strerror(errno));
    Status status = file_open_beneath(root, s->dir + 1, O_RDONLY | O_DIRECTORY, 0, &s->folder, err);
    close(root);
    return status;
}

/* Held until store_close. Taken before the database is opened: a second writer must not even look
   at the WAL. */
static Status take_lock(Store *s, unsigned wait_ms, Err *err) {
    assert(s->folder >= 0 && s->lock_fd < 0 && !s->db); /* before anything of it is looked at */
    Status status = file_lock_beneath(s->folder, "lock", &s->lock_fd, err);
    for (unsigned ms = 0; status == E_BUSY && ms < wait_ms; ms += LOCK_PAUSE_MS) {
        (void)poll(NULL, 0, LOCK_PAUSE_MS);
        status = file_lock_beneath(s->folder, "lock", &s->lock_fd, err);
    }
    if (status == E_BUSY) {
        (void)err_set(err, E_BUSY, "store %s: another hearth is writing to it", s->dir);
        (void)err_hint(err, "wait until it is done, or stop it; reading works meanwhile");
    } else if (status != OK) {
        (void)err_prefix(err, status, "store %s cannot be written to", s->dir);
        (void)err_hint(err, "what is in it can be searched, but nothing added or removed");
    }
    return status;
}

/* SQLite opens its files by name whenever it needs one, the WAL long after the database. Through
   the open folder they are the same whatever is put in the place of its name; where there is no
   /proc, by its name. */
static void inside_folder(const Store *s, const char *path, char out[STORE_PATH_MAX]) {
    struct stat opened, seen;
    (void)snprintf(out, STORE_PATH_MAX, "/proc/self/fd/%d", s->folder);
    bool same = fstat(s->folder, &opened) == 0 && stat(out, &seen) == 0 &&
                opened.st_dev == seen.st_dev && opened.st_ino == seen.st_ino;
    if (same) (void)snprintf(out, STORE_PATH_MAX, "/proc/self/fd/%d/store.db", s->folder);
    else (void)snprintf(out, STORE_PATH_MAX, "%s", path);
}

/* Absent counts as empty; what cannot be looked at does not. */
static bool is_empty_file(const Store *s, const char *name) {
    struct stat st;
    if (fstatat(s->folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0) return errno == ENOENT;
    return st.st_size == 0;
}

/* A store that nobody changes: its folder cannot be written to by us, and nothing waits in the WAL.
   SQLite would have to make its -shm there, and needs none when it hears that the file stays as it
   is. The lock, shared, keeps a writer out who may write there after all. */
static Status freeze(Store *s, bool *frozen, Err *err) {
    *frozen = false;
    if (s->mode == STORE_WRITE || faccessat(s->folder, ".", W_OK, AT_EACCESS) == 0) return OK;
    if ((errno != EROFS && errno != EACCES) || !is_empty_file(s, "store.db-wal")) return OK;
    if (!is_empty_file(s, "store.db-shm")) return OK; /* there already */
    *frozen = true;
    s->lock_fd = openat(s->folder, "lock", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (s->lock_fd < 0 || flock(s->lock_fd, LOCK_SH | LOCK_NB) == 0) return OK;
    (void)err_set(err, E_BUSY, "store %s: another hearth is writing to it", s->dir);
    return err_hint(err, "wait until it is done: who may not write there cannot read meanwhile");
}

/* The umask is for -wal and -shm, which SQLite makes by itself. An error leaves s->db for
   store_close. */
static Status connect(Store *s, const char *path, int create, Err *err) {
    const char *vfs = NULL;
    char inside[STORE_PATH_MAX], uri[STORE_URI_MAX];
    bool frozen;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX |
                SQLITE_OPEN_EXRESCODE | create;
    assert(!s->db); /* or the one before would never be closed */
    TRY(store_vfs_for(path, &vfs, err));
    TRY(freeze(s, &frozen, err));
    inside_folder(s, path, inside);
    if (frozen) {
        store_vfs_uri(inside, "immutable=1", uri);
        flags = (flags & ~SQLITE_OPEN_READWRITE) | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
    }
    mode_t old = umask(0077);
    int code = sqlite3_open_v2(frozen ? uri : inside, &s->db, flags, vfs);
    (void)umask(old);
    if (code != SQLITE_OK) return sql_error(s, code, err);
    return store_vfs_seals(vfs) ? store_vfs_reserve(s->db, err) : OK;
}

/* Tells an absent store from an empty folder in words; makes the file only for a writer that
   may. */
static Status open_database(Store *s, bool create, Err *err) {
    char *path = file_join(s->dir, "store.db");
    if (!path) return err_no_memory(err, "a path");
    struct stat st;
    bool there = fstatat(s->folder, "store.db", &st, AT_SYMLINK_NOFOLLOW) == 0;
    Status status = OK;
    if (!there && s->mode == STORE_READ) {
        status = err_set(err, E_NOT_FOUND, "store %s is empty", s->dir);
        (void)err_hint(err, "add documents first: hearth add FOLDER");
    } else if (!there && !create) {
        status = err_set(err, E_NOT_FOUND, "there is no store in %s", s->dir);
    } else {
        status = connect(s, path, there ? 0 : SQLITE_OPEN_CREATE, err);
    }
    mem_free(path);
    return status;
}

/* Defensive settings first: the file may have been written by somebody else. Journal and
   checkpoints as the essay says. What is forgotten is overwritten: its words would else stand in
   free pages until others need them. */
static Status configure(Store *s, Err *err) {
    assert(s->db && !s->in_tx); /* none of these may be changed inside of one */
    (void)sqlite3_busy_timeout(s->db, BUSY_TIMEOUT_MS);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    TRY(sql_exec(s, "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;"
                    "PRAGMA cache_size=-16384;", err));
    if (s->mode == STORE_WRITE) {
        return sql_exec(s, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                           "PRAGMA wal_autocheckpoint=4000; PRAGMA secure_delete=ON;", err);
    }
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    return sql_exec(s, "PRAGMA wal_autocheckpoint=0; PRAGMA query_only=ON;", err);
}

/* One number of a statement that runs once; 0 when there is no row. */
static Status pragma_number(Store *s, const char *text, int64_t *out, Err *err) {
    sqlite3_stmt *q = NULL;
    int code = sqlite3_prepare_v2(s->db, text, -1, &q, NULL);
    if (code == SQLITE_OK) code = sqlite3_step(q);
    *out = code == SQLITE_ROW ? sqlite3_column_int64(q, 0) : 0;
    Status status = code == SQLITE_ROW || code == SQLITE_DONE ? OK : sql_error(s, code, err);
    (void)sqlite3_finalize(q);
    return status;
}

/* A store may have been given by somebody else. */
static Status check_schema(Store *s, Err *err) {
    char stranger[SQL_NAME_MAX];
    if (sql_is_own(s->db, NULL, stranger)) return OK;
    if (!*stranger) return sql_error(s, sqlite3_errcode(s->db), err);
    (void)err_set(err, E_CORRUPT, "store %s holds what no Hearth put there: %s", s->dir, stranger);
    return err_hint(err, "move the folder away and add the documents again");
}

/* Newer: refused. Ours: looked through. An empty database is made a store by a writer; anything
   else is none. */
static Status check_version(Store *s, Err *err) {
    int64_t version, tables;
    TRY(pragma_number(s, "PRAGMA user_version", &version, err));
    TRY(pragma_number(s, "SELECT count(*) FROM sqlite_schema", &tables, err));
    if (version > STORE_SCHEMA_VERSION) {
        (void)err_set(
            err, E_UNSUPPORTED,
            "store %s was made by a newer Hearth (its version is %lld, this one knows %d)", s->dir,
            (long long)version, STORE_SCHEMA_VERSION);
        (void)err_hint(err, "update Hearth, or use another --store; nothing was changed");
        return E_UNSUPPORTED;
    }
    if (version == STORE_SCHEMA_VERSION) return check_schema(s, err);
    if (tables == 0 && s->mode == STORE_WRITE) return sql_create_schema(s, err);
    if (tables == 0) return err_set(err, E_NOT_FOUND, "store %s is empty", s->dir);
    (void)err_set(err, E_CORRUPT, "%s/store.db is not a Hearth store", s->dir);
    return err_hint(err, "move the folder away and add the documents again");
}

/* seg/ is there before a segment is written; a link in its place is refused. */
static Status make_segment_folder(const Store *s, Err *err) {
    struct stat st;
    assert(s->mode == STORE_WRITE && s->folder >= 0);
    bool made = mkdirat(s->folder, "seg", 0700) == 0;
    if (made && (fsync(s->folder) == 0 || errno == EINVAL)) return OK; /* as file_sync_parent */
    bool there = errno == EEXIST && fstatat(s->folder, "seg", &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (there && S_ISDIR(st.st_mode)) return OK;
    return err_set(err, there ? E_DENIED : E_IO, "store %s: cannot make its folder of segments: %s",
                   s->dir, strerror(errno));
}

/* A job that says "running" while nobody else holds the lock was cut off. */
static Status close_old_jobs(Store *s, Err *err) {
    assert(s->mode == STORE_WRITE && s->lock_fd >= 0); /* or it may be somebody's who is at work */
    return sql_exec(s, "UPDATE job SET state='interrupted' WHERE state='running'", err);
}

/* What was opened by name is what stands there, and no link that was put in its place. */
static Status same_folder(const Store *s, Err *err) {
    struct stat opened, named;
    bool same = fstat(s->folder, &opened) == 0 && lstat(s->dir, &named) == 0 &&
                opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
    return same ? OK : err_set(err, E_DENIED, "store %s was exchanged while it was opened", s->dir);
}

/* In this order, so that nothing is written before the lock is held and nothing is believed before
   it was checked. */
static Status open_all(Store *s, const StoreOptions *options, Err *err) {
    assert(s->dir && s->folder < 0 && s->lock_fd < 0); /* once */
    TRY(check_folder(s, options->create && s->mode == STORE_WRITE, err));
    TRY(open_folder(s, err));
    if (s->mode == STORE_WRITE) {
        TRY(take_lock(s, options->wait_ms, err));
        TRY(make_segment_folder(s, err));
    }
    TRY(open_database(s, options->create, err));
    TRY(same_folder(s, err));
    TRY(configure(s, err));
    TRY(check_version(s, err));
    if (s->mode == STORE_READ) return OK;
    TRY(close_old_jobs(s, err));
    return segs_mend(s, err);
}

Status store_open(const StoreOptions *options, Store **out, Err *err) {
    *out = NULL;
    TRY(store_name_check(options->name, err));
    Store *s = mem_zalloc(sizeof *s);
    if (!s) return err_no_memory(err, "a store");
    s->mode = options->mode;
    s->lock_fd = s->folder = -1;
    s->block_id = -1;
    buf_init(&s->notice, NOTICE_MAX);
    Status status = name_folder(s, options, err);
    if (status == OK) status = open_all(s, options, err);
    if (status != OK) {
        store_close(s);
        return status;
    }
    *out = s;
    return OK;
}

void store_close(Store *store) {
    if (!store) return;
    if (store->db) {
        sql_rollback(store);
        sql_read_end(store);
        sql_finalize_all(store);
        (void)sqlite3_close(store->db);
    }
    segs_close_all(store);
    file_unlock(store->lock_fd);
    if (store->folder >= 0) close(store->folder);
    buf_fini(&store->notice);
    mem_free(store->block);
    mem_free(store->dir);
    mem_free(store);
}

/* ---- embedding space ------------------------------------------------------------------------- */

/* The new space becomes the active one. Chunks whose text was embedded in it before are linked
   again at once. */
static Status space_switch(Store *s, const StoreEmbedder *embedder, Err *err) {
    sqlite3_stmt *q;
    assert(s->in_tx); /* a space that is active without its row would be worse than none */
    TRY(sql_run_ids(s, Q_SPACE_OFF, 0, 0, err));
    TRY(sql_get(s, Q_SPACE_PUT, &q, err));
    (void)sqlite3_bind_text(q, 1, embedder->model_id, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(q, 2, embedder->dim);
    TRY(sql_run(s, q, err));
    TRY(segs_refresh(s, err)); /* reads the new space */
    TRY(sql_run_ids(s, Q_CHUNKS_UNLINK, s->space.id, 0, err));
    return sql_run_ids(s, Q_TALLY_ANEW, 0, 0, err);
}

Status store_use_space(Store *s, const StoreEmbedder *embedder, Err *err) {
    if (embedder->dim == 0 || embedder->dim > VEC_DIM_MAX ||
        strlen(embedder->model_id) >= sizeof s->space.model) {
        return err_set(err, E_USAGE, "embedding model %.60s with %u dimensions", embedder->model_id,
                       embedder->dim);
    }
    TRY(segs_refresh(s, err));
    if (s->space.id && strcmp(s->space.model, embedder->model_id) == 0) {
        if (s->space.dim == embedder->dim) return OK;
        return err_set(err, E_CORRUPT, "embedding model %s has %u dimensions, the store's have %u",
                       embedder->model_id, embedder->dim, s->space.dim);
    }
    if (s->space.id) {
        store_note(s, "the embedding model is %s now, it was %s: all passages are embedded anew",
                   embedder->model_id, s->space.model);
    }
    TRY(sql_begin(s, err));
    return sql_end(s, space_switch(s, embedder, err), err);
}

/* ---- starting over -----------------------------------------------------------------------------
 */

/* What the damaged database still says about its roots; nothing is no error. */
static void rescue_roots(const char *path, Arena *arena, Str roots[ROOTS_MAX], size_t *n) {
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    const char *vfs = NULL;
    char stranger[SQL_NAME_MAX];
    *n = 0;
    if (store_vfs_for(path, &vfs, NULL) == OK &&
        sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW, vfs) ==
            SQLITE_OK &&
        sql_is_own(db, "root", stranger) &&
        sqlite3_prepare_v2(db, "SELECT path FROM root ORDER BY path", -1, &q, NULL) == SQLITE_OK) {
        while (*n < ROOTS_MAX && sqlite3_step(q) == SQLITE_ROW) {
            Str found = sql_blob(q, 0);
            char *copy = arena_dup(arena, found.p, found.n);
            if (copy && found.n && found.p[0] == '/') roots[(*n)++] = (Str){copy, found.n};
        }
    }
    (void)sqlite3_finalize(q);
    (void)sqlite3_close(db);
}

/* Database, WAL and -shm under one stamp, so that they can be put back together: the second in
   which it was done, or a later one where that is taken, for nothing that was moved aside is
   replaced. */
static Status move_aside(const char *path, Err *err) {
    static const char *const tails[] = {"", "-wal", "-shm"};
    char from[4096], to[4096 + 32];
    long long stamp = clock_real_s();
    for (;; stamp++) {
        (void)snprintf(to, sizeof to, "%s.damaged-%lld", path, stamp);
        if (!file_exists(to)) break;
    }
    for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
        if (snprintf(from, sizeof from, "%s%s", path, tails[i]) >= (int)sizeof from) {
            return err_set(err, E_LIMIT, "the path of the store is too long");
        }
        (void)snprintf(to, sizeof to, "%s.damaged-%lld%s", path, stamp, tails[i]);
        if (rename(from, to) != 0 && errno != ENOENT) {
            return err_set(err, E_IO, "cannot rename %.200s: %s", from, strerror(errno));
        }
    }
    return OK;
}

/* What can be rescued first, then the rename. */
static Status reset_locked(Store *s, Arena *arena, Str roots[ROOTS_MAX], size_t *n, Err *err) {
    char *path = file_join(s->dir, "store.db");
    if (!path) return err_no_memory(err, "a path");
    assert(s->lock_fd >= 0 && !s->db); /* nobody of us has open what is renamed */
    rescue_roots(path, arena, roots, n);
    Status status = move_aside(path, err);
    mem_free(path);
    return status;
}

Status store_reset(const StoreOptions *options, Arena *arena, Str **roots, size_t *n, Err *err) {
    TRY(store_name_check(options->name, err));
    Store *s = mem_zalloc(sizeof *s);
    if (!s) return err_no_memory(err, "a store");
    s->mode = STORE_WRITE;
    s->lock_fd = s->folder = -1;
    buf_init(&s->notice, NOTICE_MAX);
    *roots = arena_alloc_n(arena, ROOTS_MAX, sizeof **roots);
    Status status = *roots ? name_folder(s, options, err) : err_no_memory(err, "a store");
    if (status == OK) status = check_folder(s, false, err);
    if (status == OK) status = open_folder(s, err);
    if (status == OK) status = take_lock(s, options->wait_ms, err);
    if (status == OK) status = reset_locked(s, arena, *roots, n, err);
    store_close(s); /* lets the lock go */
    if (status != OK) return status;
    StoreOptions anew = {options->stores_dir, options->name, STORE_WRITE, true,
                          options->wait_ms};
    TRY(store_open(&anew, &s, err));
    store_close(s);
    return OK;
}
