/*
 * The body of store_convert.h.
 *
 * SQLite copies the database with VACUUM INTO a file of the other VFS: the copy is whole and its
 * pages keep the bytes free that the seal needs. The copy is then set to WAL mode, with its journal
 * in memory, synced, and renamed over the old one, whose WAL was written back and removed before
 * that. A crash leaves the old database, or the new one; at worst also a copy under a name of its
 * own, which the next conversion removes.
 *
 * Source: sqlite.org/lang_vacuum.html.
 *
 *     store.db            the one that is used, plain or sealed
 *     store.db.converted  the copy while it is made; renamed over the first at the end
 *
 * Cost: one read and one write of the whole database; room for both on the disk.
 */
#include "knowledge/store_convert.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/sealing.h"
#include "knowledge/store_vfs.h"

typedef struct Convert {
    const char *path;
    char copy[STORE_PATH_MAX + 32];
    sqlite3 *db;
    const char *to_vfs;
} Convert;

/* Called before the connection is closed: the words are its own. */
static Status sql_failed(const Convert *c, int code, Err *err) {
    bool damage = (code & 0xFF) == SQLITE_CORRUPT || (code & 0xFF) == SQLITE_NOTADB ||
                  code == SQLITE_IOERR_DATA;
    Status status = err_set(err, damage ? E_CORRUPT : E_IO, "%.300s: %s", c->path,
                            c->db ? sqlite3_errmsg(c->db) : sqlite3_errstr(code));
    (void)err_hint(err, damage ? "run: hearth doctor --repair" : "free some disk space, try again");
    return status;
}

static Status run(const Convert *c, const char *text, Err *err) {
    int code = sqlite3_exec(c->db, text, NULL, NULL, NULL);
    return code == SQLITE_OK ? OK : sql_failed(c, code, err);
}

static Status open_db(Convert *c, const char *path, const char *vfs, Err *err) {
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE |
                SQLITE_OPEN_URI;
    int code = sqlite3_open_v2(path, &c->db, flags, vfs);
    if (code != SQLITE_OK) return sql_failed(c, code, err);
    return run(c, "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0;", err);
}

/* Keeps the first failure. */
static Status close_db(Convert *c, Status status, Err *err) {
    int code = sqlite3_close(c->db);
    c->db = NULL;
    return status == OK && code != SQLITE_OK ? sql_failed(c, code, err) : status;
}

/* The target is a URI, which names the VFS that the copy is written through. */
static Status vacuum_into(const Convert *c, Err *err) {
    sqlite3_stmt *q = NULL;
    char query[48], uri[STORE_URI_MAX];
    (void)snprintf(query, sizeof query, "vfs=%s", c->to_vfs);
    store_vfs_uri(c->copy, query, uri);
    int code = sqlite3_prepare_v2(c->db, "VACUUM INTO ?1", -1, &q, NULL);
    if (code == SQLITE_OK) code = sqlite3_bind_text(q, 1, uri, -1, SQLITE_STATIC);
    if (code == SQLITE_OK) code = sqlite3_step(q);
    Status status = code == SQLITE_DONE ? OK : sql_failed(c, code, err);
    (void)sqlite3_finalize(q);
    return status;
}

/* The WAL is written back first, or the copy would be of an older state than what is removed
   afterwards. */
static Status make_copy(Convert *c, const char *from_vfs, Err *err) {
    assert(!c->db && c->to_vfs);
    mode_t old = umask(0077);
    Status status = open_db(c, c->path, from_vfs, err);
    if (status == OK && store_vfs_seals(c->to_vfs)) status = store_vfs_reserve(c->db, err);
    if (status == OK) status = run(c, "PRAGMA wal_checkpoint(TRUNCATE)", err);
    if (status == OK) status = vacuum_into(c, err);
    status = close_db(c, status, err);
    if (status == OK) status = open_db(c, c->copy, c->to_vfs, err);
    if (status == OK) {
        status = run(c, "PRAGMA journal_mode=MEMORY; PRAGMA journal_mode=WAL;", err);
    }
    status = close_db(c, status, err);
    (void)umask(old);
    return status;
}

/* A database and what SQLite keeps beside it. */
static Status remove_beside(const char *path, Err *err) {
    static const char *const tails[] = {"", "-wal", "-shm", "-journal"};
    char name[STORE_PATH_MAX + 64];
    for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
        (void)snprintf(name, sizeof name, "%s%s", path, tails[i]);
        TRY(file_remove(name, err));
    }
    return OK;
}

/* A WAL that is still there belongs to somebody who has the database open: his pages would be
   lost. */
static Status put_in_place(const Convert *c, Err *err) {
    char wal[STORE_PATH_MAX + 32];
    assert(!c->db); /* closing it writes the WAL back */
    int fd = open(c->copy, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    if (!synced) return err_set(err, E_IO, "cannot sync %s: %s", c->copy, strerror(errno));
    (void)snprintf(wal, sizeof wal, "%s-wal", c->path);
    if (file_exists(wal)) return err_set(err, E_BUSY, "somebody else has %s open", c->path);
    if (rename(c->copy, c->path) != 0) {
        return err_set(err, E_IO, "cannot rename %s: %s", c->copy, strerror(errno));
    }
    return file_sync_parent(c->path, err);
}

Status store_convert(const char *path, Err *err) {
    Convert c = {.path = path};
    const char *from_vfs = NULL;
    if (snprintf(c.copy, sizeof c.copy, "%s.converted", path) >= STORE_PATH_MAX) {
        return err_set(err, E_LIMIT, "the path of the store is too long");
    }
    TRY(store_vfs_for(path, &from_vfs, err));
    TRY(remove_beside(c.copy, err));
    if (store_vfs_seals(from_vfs) == sealing_on()) return OK;
    c.to_vfs = sealing_on() ? STORE_VFS_SEALED : STORE_VFS_PLAIN;
    Status status = make_copy(&c, from_vfs, err);
    if (status == OK) status = put_in_place(&c, err);
    return status;
}

/* By the first bytes alone: what is behind them is damaged somewhere. */
Status store_convert_aside(const char *path, Err *err) {
    const char *vfs = NULL;
    TRY(store_vfs_for(path, &vfs, err));
    if (sealing_on() || !store_vfs_seals(vfs)) return OK;
    (void)err_set(err, E_USAGE, "%.300s is a damaged database that is sealed: without the key "
                  "nobody could read it", path);
    return err_hint(err, "move it out of the store, or remove it");
}
