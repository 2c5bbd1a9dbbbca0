/*
 * SQL of the store: schema, statements, transactions, and SQLite's codes in our words.
 *
 * Every statement that runs more than once is in one table below, prepared when first used and
 * kept. Paths are BLOBs, because a path is bytes; texts are zstd BLOBs; everything is STRICT. Times
 * are seconds since 1970, mtimes nanoseconds.
 *
 * The schema of a store that is there must be ours, statement for statement: a view in the place of
 * a table may never end, a trigger does what nobody asked for, and a type that is not STRICT gives
 * texts where numbers are expected. Such a store is not opened.
 *
 * file    one row a path that was looked at, also those that could not be read (state, reason)
 * text    extracted text in blocks of 64 KiB: a citation costs one block, not one book
 * chunk   passages; vec is NULL until the chunk's text has a vector in the active space
 * vector  int8 vectors by (space, key of the embedded text); several chunks may share one
 * segment derived files beside the database; a row makes one visible
 * root    what the user added; exclude: what was removed from below a root, so that no sweep brings
 *         it back; job: what is or was going on, and in a row of -id of a root where the last sweep
 *         of it stopped (its state)
 * tally   how many chunks have a vector (counting them would cost every question a scan), and which
 *         Hearth looked at all files last: a newer one may read kinds that this one could not
 *
 *     root                        space
 *     file --1:n-- text             |
 *       |                          1:n
 *      1:n                          |
 *     chunk ------n:1 (vec)------ vector
 *       |                           |
 *     segment kind 0              segment kind 1        ranges of ids, one file each
 *
 * No foreign keys are declared: one writer deletes in one place (docs_delete), and the check counts
 * chunks without a file.
 */
#include <assert.h>
#include <stdio.h>

#include "base/lists.h"
#include "knowledge/store_impl.h"

enum { APPLICATION_ID = 0x48727468 }; /* "Hrth" */

static const char schema[] =
    "CREATE TABLE root(id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE,"
    " added_s INTEGER NOT NULL, swept_s INTEGER NOT NULL) STRICT;"
    "CREATE TABLE file(id INTEGER PRIMARY KEY AUTOINCREMENT, path BLOB NOT NULL UNIQUE,"
    " size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,"
    " hash BLOB NOT NULL, state INTEGER NOT NULL, reason TEXT NOT NULL, format TEXT NOT NULL,"
    " title TEXT NOT NULL, author TEXT NOT NULL, date TEXT NOT NULL, n_pages INTEGER NOT NULL,"
    " n_chunks INTEGER NOT NULL, text_bytes INTEGER NOT NULL) STRICT;"
    "CREATE TABLE text(id INTEGER PRIMARY KEY, bytes INTEGER NOT NULL, data BLOB NOT NULL) STRICT;"
    "CREATE TABLE chunk(id INTEGER PRIMARY KEY AUTOINCREMENT, file INTEGER NOT NULL,"
    " start INTEGER NOT NULL, stop INTEGER NOT NULL, page INTEGER NOT NULL, line INTEGER NOT NULL,"
    " tokens INTEGER NOT NULL, context TEXT NOT NULL, key BLOB NOT NULL, vec INTEGER) STRICT;"
    "CREATE INDEX chunk_file ON chunk(file);"
    "CREATE INDEX chunk_pending ON chunk(id) WHERE vec IS NULL;"
    "CREATE INDEX chunk_vec ON chunk(vec) WHERE vec IS NOT NULL;"
    "CREATE TABLE space(id INTEGER PRIMARY KEY, model TEXT NOT NULL UNIQUE, dim INTEGER NOT NULL,"
    " active INTEGER NOT NULL, spread REAL NOT NULL DEFAULT 0) STRICT;"
    "CREATE TABLE vector(id INTEGER PRIMARY KEY AUTOINCREMENT, space INTEGER NOT NULL,"
    " key BLOB NOT NULL, data BLOB NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX vector_key ON vector(space, key);"
    "CREATE TABLE segment(id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL,"
    " space INTEGER NOT NULL, n INTEGER NOT NULL, dead INTEGER NOT NULL, first INTEGER NOT NULL,"
    " last INTEGER NOT NULL) STRICT;"
    "CREATE TABLE job(id INTEGER PRIMARY KEY, kind TEXT NOT NULL, started_s INTEGER NOT NULL,"
    " ended_s INTEGER, state TEXT NOT NULL) STRICT;"
    "CREATE TABLE tally(id INTEGER PRIMARY KEY CHECK(id = 1), embedded INTEGER NOT NULL,"
    " reader TEXT NOT NULL) STRICT;"
    "INSERT INTO tally(id, embedded, reader) VALUES(1, 0, '" STORE_READERS "');"
    "CREATE TABLE exclude(path BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;";

static const char *const statements[STMT_COUNT] = {
    [Q_BEGIN] = "BEGIN IMMEDIATE",
    [Q_COMMIT] = "COMMIT",
    [Q_ROLLBACK] = "ROLLBACK",
    [Q_FILE_BY_PATH] =
        "SELECT id, size, mtime_ns, inode, hash, state, format FROM file WHERE path = ?1",
    [Q_FILE_COPIES] = "SELECT path FROM file WHERE size = ?1 AND hash = ?2",
    [Q_FILE_PUT] =
        "INSERT INTO file(path, size, mtime_ns, inode, hash, state, reason, format, title, author,"
        " date, n_pages, n_chunks, text_bytes)"
        " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)"
        " ON CONFLICT(path) DO UPDATE SET size=?2, mtime_ns=?3, inode=?4, hash=?5, state=?6,"
        " reason=?7, format=?8, title=?9, author=?10, date=?11, n_pages=?12, n_chunks=?13,"
        " text_bytes=?14 RETURNING id",
    [Q_FILE_TOUCH] = "UPDATE file SET size=?2, mtime_ns=?3, inode=?4 WHERE id=?1",
    [Q_FILE_DELETE] = "DELETE FROM file WHERE id=?1",
    [Q_FILE_RANGE] =
        "SELECT id, path, format FROM file WHERE path > ?1 AND path < ?2 ORDER BY path",
    [Q_TEXT_PUT] = "INSERT INTO text(id, bytes, data) VALUES(?1,?2,?3)",
    [Q_TEXT_GET] = "SELECT bytes, data FROM text WHERE id=?1",
    [Q_TEXT_HAS] = "SELECT count(*) FROM text WHERE id=?1",
    [Q_TEXT_DELETE] = "DELETE FROM text WHERE id BETWEEN ?1 AND ?2",
    [Q_TEXT_BYTES] = "SELECT text_bytes FROM file WHERE id=?1",
    [Q_CHUNK_PUT] = "INSERT INTO chunk(file, start, stop, page, line, tokens, context, key, vec)"
                    " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)",
    [Q_CHUNK_DELETE] = "DELETE FROM chunk WHERE file=?1",
    [Q_CHUNK_SPAN] = "SELECT min(id), count(*), count(vec) FROM chunk WHERE file=?1",
    [Q_CHUNK_GET] = "SELECT c.file, c.start, c.stop, c.page, c.line, c.context, c.vec, f.path,"
                    " f.title, f.format FROM chunk c JOIN file f ON f.id = c.file WHERE c.id=?1",
    [Q_CHUNK_ALIVE] = "SELECT vec, file FROM chunk WHERE id=?1",
    [Q_CHUNKS_OF_FILE] = "SELECT id FROM chunk WHERE file=?1 ORDER BY start LIMIT ?2",
    [Q_CHUNKS_BETWEEN] = "SELECT id, file, start, stop, context FROM chunk"
                         " WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
    [Q_CHUNK_IDS_BETWEEN] = "SELECT id FROM chunk WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
    [Q_CHUNK_PENDING] = "SELECT id, file, start, stop, context, key FROM chunk"
                        " WHERE vec IS NULL AND id > ?1 AND start < ?3 ORDER BY id LIMIT ?2",
    [Q_CHUNK_PENDING_COUNT] = "SELECT count(*) FROM chunk WHERE vec IS NULL",
    [Q_CHUNK_LINK] = "UPDATE chunk SET vec=?2 WHERE id=?1",
    [Q_CHUNKS_OF_VECTOR] = "SELECT id, file FROM chunk WHERE vec=?1 ORDER BY id LIMIT 16",
    [Q_TALLY] = "SELECT embedded FROM tally",
    [Q_TALLY_TOUCH] = "UPDATE tally SET embedded = embedded",
    [Q_TALLY_ADD] = "UPDATE tally SET embedded = embedded + ?1",
    [Q_READER] = "SELECT reader = ?1 FROM tally",
    [Q_READER_SET] = "UPDATE tally SET reader = ?1",
    [Q_TALLY_ANEW] = "UPDATE tally SET embedded = (SELECT count(vec) FROM chunk)",
    [Q_VECTOR_PUT] = "INSERT INTO vector(space, key, data) VALUES(?1,?2,?3)",
    [Q_VECTOR_BY_KEY] = "SELECT id FROM vector WHERE space=?1 AND key=?2",
    [Q_VECTOR_GET] = "SELECT data FROM vector WHERE id=?1 AND space=?2",
    [Q_VECTORS_AFTER] = "SELECT id, data FROM vector WHERE space=?1 AND id > ?2 ORDER BY id",
    [Q_VECTORS_BETWEEN] = "SELECT id, data FROM vector WHERE id BETWEEN ?2 AND ?3 AND space=?1"
                          " ORDER BY id",
    [Q_VECTOR_NEXT] =
        "SELECT key, data FROM vector WHERE space = ?1 AND key > ?2 ORDER BY key LIMIT 1",
    [Q_VECTOR_GC] = "DELETE FROM vector WHERE NOT EXISTS"
                    " (SELECT 1 FROM chunk WHERE chunk.vec = vector.id)",
    [Q_SEGMENTS] = "SELECT id, kind, space, n, dead, first, last FROM segment ORDER BY kind, first",
    [Q_SEGMENT_PUT] = "INSERT INTO segment(kind, space, n, dead, first, last)"
                      " VALUES(?1,?2,?3,0,?4,?5)",
    [Q_SEGMENT_SET] = "UPDATE segment SET n=?2 WHERE id=?1",
    [Q_SEGMENT_DELETE] = "DELETE FROM segment WHERE id=?1",
    [Q_SEGMENT_DEAD] = "UPDATE segment SET dead = dead + ?2 WHERE kind = 0"
                       " AND first <= ?1 AND last >= ?1",
    [Q_SEGMENT_DEAD_VECTORS] = "UPDATE segment SET dead = n - (SELECT count(*) FROM vector v"
                               " WHERE v.id BETWEEN first AND last AND v.space = segment.space)"
                               " WHERE kind = 1",
    [Q_SPACE_ACTIVE] = "SELECT id, dim, model, spread FROM space WHERE active = 1",
    [Q_SPACE_OFF] = "UPDATE space SET active = 0",
    [Q_SPACE_SPREAD] = "UPDATE space SET spread = ?2 WHERE id = ?1",
    [Q_SPACE_PUT] = "INSERT INTO space(model, dim, active) VALUES(?1,?2,1)"
                    " ON CONFLICT(model) DO UPDATE SET active = 1, dim = ?2",
    [Q_CHUNKS_UNLINK] = "UPDATE chunk SET vec = (SELECT v.id FROM vector v"
                        " WHERE v.space = ?1 AND v.key = chunk.key)",
    [Q_ROOTS] = "SELECT path FROM root ORDER BY swept_s, path",
    [Q_ROOT_PUT] = "INSERT OR IGNORE INTO root(path, added_s, swept_s) VALUES(?1,?2,0)",
    [Q_ROOT_SWEPT] = "UPDATE root SET swept_s=?2 WHERE path=?1",
    [Q_ROOT_DELETE_BELOW] = "DELETE FROM root WHERE (path > ?1 AND path < ?2) OR path = ?3",
    [Q_PLACE] = "SELECT state FROM job WHERE id = (SELECT -id FROM root WHERE path = ?1)",
    [Q_PLACE_SET] = "INSERT OR REPLACE INTO job(id, kind, started_s, state)"
                    " SELECT -id, 'sweep', ?2, CAST(?3 AS TEXT) FROM root WHERE path = ?1",
    [Q_PLACE_CLEAR] = "DELETE FROM job WHERE id = (SELECT -id FROM root WHERE path = ?1)",
    [Q_EXCLUDED] = "SELECT 1 FROM exclude WHERE path=?1",
    [Q_EXCLUDE_COUNT] = "SELECT count(*) FROM exclude",
    [Q_EXCLUDE_PUT] = "INSERT OR IGNORE INTO exclude(path) VALUES(?1)",
    [Q_EXCLUDE_DELETE] = "DELETE FROM exclude WHERE path = ?1 OR (path > ?2 AND path < ?3)",
    [Q_JOB_START] = "INSERT INTO job(kind, started_s, state) VALUES(?1,?2,'running')",
    [Q_JOB_END] = "UPDATE job SET ended_s=?2, state=?3 WHERE id=?1",
    [Q_JOBS_RUNNING] = "SELECT count(*) FROM job WHERE state = 'running'",
};

/* SQLite's codes in our words; extended codes by their primary one. */
static Status status_of(int code) {
    if (code == SQLITE_IOERR_DATA) return E_CORRUPT; /* a sealed page that does not open */
    switch (code & 0xFF) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return E_IO;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return E_CORRUPT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return E_BUSY;
    case SQLITE_NOMEM:
        return E_NO_MEMORY;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return E_DENIED;
    case SQLITE_TOOBIG:
        return E_LIMIT;
    default:
        return E_FAILED;
    }
}

/* Is it one of the statements that make a store? */
static bool is_own_statement(const char *sql) {
    size_t n = strlen(sql);
    for (const char *at = schema; n && (at = strstr(at, sql)); at++) {
        if ((at == schema || at[-1] == ';') && at[n] == ';') return true;
    }
    return false;
}

/* A row of sqlite_schema: ours, or one of SQLite's own beside it. */
static bool is_own_part(const char *name, const char *sql) {
    static const char *const sqlites[] = {"CREATE TABLE sqlite_sequence(name,seq)",
                                          "CREATE TABLE sqlite_stat1(tbl,idx,stat)", NULL};
    if (!name) return false;
    if (!sql) return strncmp(name, "sqlite_autoindex_", 17) == 0;
    return list_has(str_from(sql), sqlites) || is_own_statement(sql);
}

/* Every row of the schema must be one that we would write. An empty answer is not ours either. */
bool sql_is_own(sqlite3 *db, const char *table, char stranger[SQL_NAME_MAX]) {
    sqlite3_stmt *q = NULL;
    int code = sqlite3_prepare_v2(
        db, "SELECT name, sql FROM sqlite_schema WHERE ?1 IS NULL OR name = ?1", -1, &q, NULL);
    bool own = code == SQLITE_OK, some = false;
    stranger[0] = 0;
    if (own) (void)sqlite3_bind_text(q, 1, table, -1, SQLITE_STATIC); /* NULL is NULL */
    while (own && (code = sqlite3_step(q)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(q, 0);
        own = is_own_part(name, (const char *)sqlite3_column_text(q, 1));
        some = true;
        if (!own && name) (void)snprintf(stranger, SQL_NAME_MAX, "%s", name);
    }
    (void)sqlite3_finalize(q);
    return own && some && code == SQLITE_DONE;
}

Status store_advise(Status status, Err *err) {
    if (status == E_CORRUPT && err && !err->hint[0]) {
        (void)err_hint(err, "run: hearth doctor --repair");
    }
    return status;
}

Status sql_error(Store *s, int code, Err *err) {
    Status status = status_of(code);
    (void)err_set(err, status, "store %s: %s", s->dir, s->db ? sqlite3_errmsg(s->db)
                                                            : sqlite3_errstr(code));
    (void)store_advise(status, err);
    if ((code & 0xFF) == SQLITE_FULL) {
        (void)err_hint(err, "the disk is full: free some space and run it again; nothing is lost");
    }
    return status;
}

/* Prepared once a connection. Resetting also ends a read that somebody left half-way. */
Status sql_get(Store *s, StmtId id, sqlite3_stmt **out, Err *err) {
    assert(id >= 0 && id < STMT_COUNT && statements[id]);
    if (!s->stmts[id]) {
        int code = sqlite3_prepare_v3(s->db, statements[id], -1, SQLITE_PREPARE_PERSISTENT,
                                      &s->stmts[id], NULL);
        if (code != SQLITE_OK) return sql_error(s, code, err);
    }
    *out = s->stmts[id];
    (void)sqlite3_reset(*out);
    (void)sqlite3_clear_bindings(*out);
    return OK;
}

/* Resets at the end, so that no statement keeps a snapshot open. */
Status sql_step(Store *s, sqlite3_stmt *stmt, bool *row, Err *err) {
    int code = sqlite3_step(stmt);
    *row = code == SQLITE_ROW;
    if (*row) return OK;
    Status status = code == SQLITE_DONE ? OK : sql_error(s, code, err);
    (void)sqlite3_reset(stmt);
    return status;
}

/* Steps to the end: rows of a RETURNING are passed over. */
Status sql_run(Store *s, sqlite3_stmt *stmt, Err *err) {
    bool row = true;
    while (row) TRY(sql_step(s, stmt, &row, err));
    return OK;
}

Status sql_exec(Store *s, const char *text, Err *err) {
    int code = sqlite3_exec(s->db, text, NULL, NULL, NULL);
    return code == SQLITE_OK ? OK : sql_error(s, code, err);
}

Status sql_number(Store *s, StmtId id, int64_t a, int64_t *out, Err *err) {
    sqlite3_stmt *q;
    TRY(sql_get(s, id, &q, err));
    int n = sqlite3_bind_parameter_count(q);
    assert(n <= 1 && sqlite3_column_count(q) == 1); /* as its name says */
    if (n > 0) (void)sqlite3_bind_int64(q, 1, a);
    bool row;
    TRY(sql_step(s, q, &row, err));
    *out = row ? sqlite3_column_int64(q, 0) : 0;
    (void)sqlite3_reset(q);
    return OK;
}

Status sql_run_ids(Store *s, StmtId id, int64_t a, int64_t b, Err *err) {
    sqlite3_stmt *q;
    TRY(sql_get(s, id, &q, err));
    int n = sqlite3_bind_parameter_count(q);
    assert(n <= 2); /* as its name says */
    if (n > 0) (void)sqlite3_bind_int64(q, 1, a);
    if (n > 1) (void)sqlite3_bind_int64(q, 2, b);
    return sql_run(s, q, err);
}

/* Back to commits that do not wait. Where that fails they stay slow, which is no harm. */
static void end_synced(Store *s) {
    if (s->synced && sql_exec(s, "PRAGMA synchronous=NORMAL", NULL) != OK) {
        store_note(s, "every commit waits for the disk from here on");
    }
    s->synced = false;
}

/* IMMEDIATE: a lock that is not to be had is noticed here and not in the middle. Inside of a
   transaction there is nothing to begin; but where a statement failed, SQLite may have taken all of
   it back by itself (sqlite.org/lang_transaction.html, "Response To Errors Within A Transaction").
   What comes next would then be written at once, row by row, and name rows that are gone. */
Status sql_begin(Store *s, Err *err) {
    assert(s->mode == STORE_WRITE); /* the lock is held */
    if (s->in_tx && sqlite3_get_autocommit(s->db)) {
        (void)err_set(err, E_IO, "store %s: what was written is taken back", s->dir);
        return err_hint(err, "is there room on the disk?");
    }
    if (s->in_tx) return OK;
    TRY(sql_run_ids(s, Q_BEGIN, 0, 0, err));
    s->in_tx = true;
    return OK;
}

Status sql_begin_synced(Store *s, Err *err) {
    assert(!s->in_tx); /* SQLite refuses to change it inside a transaction */
    s->synced = true;
    Status status = sql_exec(s, "PRAGMA synchronous=FULL", err);
    if (status == OK) status = sql_begin(s, err);
    if (status != OK) end_synced(s);
    return status;
}

/* The number of embedded chunks changes with the rows that it counts. */
static Status put_tally(Store *s, Err *err) {
    assert(s->in_tx); /* the number and what it counts */
    if (s->newly_embedded == 0) return OK;
    sqlite3_stmt *q;
    TRY(sql_get(s, Q_TALLY_ADD, &q, err));
    (void)sqlite3_bind_int64(q, 1, s->newly_embedded);
    s->newly_embedded = 0;
    return sql_run(s, q, err);
}

/* A failed commit takes everything back, so that no half transaction is left to the caller. */
Status sql_commit(Store *s, Err *err) {
    if (!s->in_tx) return OK;
    Status status = put_tally(s, err);
    if (status == OK) status = sql_run_ids(s, Q_COMMIT, 0, 0, err);
    if (status != OK) {
        sql_rollback(s);
        return status;
    }
    s->in_tx = false;
    end_synced(s);
    return OK;
}

Status sql_end(Store *s, Status status, Err *err) {
    if (status == OK) return sql_commit(s, err);
    sql_rollback(s);
    return status;
}

/* SQLite may have rolled back by itself (a full disk): then there is nothing left to take back. */
void sql_rollback(Store *s) {
    s->newly_embedded = 0;
    if (!s->in_tx) return;
    s->in_tx = false;
    for (size_t i = 0; i < STMT_COUNT; i++) {
        if (s->stmts[i]) (void)sqlite3_reset(s->stmts[i]);
    }
    if (!sqlite3_get_autocommit(s->db) && sql_run_ids(s, Q_ROLLBACK, 0, 0, NULL) != OK) {
        store_note(s, "a transaction could not be taken back: %s", sqlite3_errmsg(s->db));
    }
    end_synced(s);
}

/* DEFERRED: the snapshot begins with the first read. */
Status sql_read_begin(Store *s, Err *err) {
    if (s->in_tx || !sqlite3_get_autocommit(s->db)) return OK;
    s->block_id = -1; /* another process may have replaced that text meanwhile */
    return sql_exec(s, "BEGIN", err);
}

/* A statement that a failure left half-way holds the snapshot past its COMMIT: whatever is read
   next would be of before, for as long as nobody asks the same again. */
void sql_read_end(Store *s) {
    if (s->in_tx || sqlite3_get_autocommit(s->db)) return;
    for (size_t i = 0; i < STMT_COUNT; i++) {
        if (s->stmts[i]) (void)sqlite3_reset(s->stmts[i]);
    }
    Status ended = sql_exec(s, "COMMIT", NULL);
    if (ended != OK) ended = sql_run_ids(s, Q_ROLLBACK, 0, 0, NULL);
    (void)ended; /* nothing was written that could be lost */
}

Str sql_blob(sqlite3_stmt *stmt, int column) {
    const char *p = sqlite3_column_blob(stmt, column); /* before _bytes: SQLite asks for it */
    int n = sqlite3_column_bytes(stmt, column);
    return (Str){p ? p : "", p ? (size_t)n : 0};
}

void sql_bind_str(sqlite3_stmt *stmt, int index, Str str) {
    (void)sqlite3_bind_blob64(stmt, index, str.n ? str.p : "", str.n, SQLITE_STATIC);
}

void sql_finalize_all(Store *s) {
    for (size_t i = 0; i < STMT_COUNT; i++) {
        (void)sqlite3_finalize(s->stmts[i]);
        s->stmts[i] = NULL;
    }
}

/* Stamped last, in the same transaction: a store is there as a whole or not at all. */
Status sql_create_schema(Store *s, Err *err) {
    char stamp[96];
    assert(!s->in_tx); /* a store is there as a whole or not at all */
    (void)snprintf(stamp, sizeof stamp, "PRAGMA application_id = %d; PRAGMA user_version = %d;",
                   APPLICATION_ID, STORE_SCHEMA_VERSION);
    TRY(sql_begin(s, err));
    Status status = sql_exec(s, schema, err);
    if (status == OK) status = sql_exec(s, stamp, err);
    return sql_end(s, status, err);
}
