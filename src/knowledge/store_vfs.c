/*
 * The body of store_vfs.h: a shim over SQLite's own VFS that seals each page as it is written and
 * opens it as it is read. SQLite itself is the system's, unchanged.
 *
 * The database. A page keeps its place and its 4096 bytes, so that what is torn by a power loss is
 * the page that was written and no other, as SQLite expects. SQLite is told to leave the last 40
 * bytes of each page alone ("reserved bytes"); sealed, a page is
 *
 *     nonce[24]  ciphertext[4056]  tag[16]        bound to the page's number
 *
 * and page 1 is id[16], nonce[24], ciphertext[4040], tag[16]: in place of the 16 bytes with which
 * every database begins stand 8 bytes of magic and 8 drawn ones, and the key of the file is derived
 * from them.
 *
 * A page that does not open is SQLITE_IOERR_DATA. So is one of zeros, and one behind the end of a
 * file that has pages: such are only pages that nobody has ever written, and those SQLite makes
 * without reading them (PAGER_GET_NOCONTENT in btreeGetUnusedPage). Handed out as zeros, the last
 * page of a long text would read as one of zeros, and nobody would know. Reads of a part of page 1
 * are answered all the same (when a connection opens, before the WAL is looked at): a checkpoint
 * that was cut off may have torn that page, and the WAL still has it; or the database was only
 * being made, and its journal takes it back. Such a read gets the page size alone.
 *
 * What this does not see: an older version of a page, or of a WAL's frame, put back in its own
 * place by somebody who has kept a copy of the disk. No number outside of the file counts its
 * versions (decision 0018).
 *
 * The WAL. SQLite writes a header of 32 bytes, then frames of a header of 24 bytes and a page; the
 * checksums in them are over the plain page and would tell something of it. So each of the three is
 * sealed by itself, bound to its place, and takes 40 bytes more on the disk:
 *
 *     72, then 64 + 4136 a frame
 *
 * Recovery reads whole frames; one that does not open reads as zeros there, which ends the log as a
 * wrong checksum does. A page that is read by itself was found valid before: SQLITE_IOERR_DATA.
 *
 * A rollback journal would hold plain pages. In WAL mode there is none but while a database is
 * made, when it has no page to keep; others are refused. So are temporary files: SQLite is told to
 * keep them in memory (PRAGMA temp_store), this is the second lock on that door.
 *
 * The wal-index (-shm) is SQLite's own: page numbers, and the running checksum over the WAL.
 *
 * Sources: sqlite.org/vfs.html, fileformat2.html (sections 1.3, 1.3.4, 4), wal.c and pager.c of
 * SQLite 3.40 for which reads and writes occur; SQLITE_FCNTL_RESERVE_BYTES in sqlite3.h.
 */
#include "knowledge/store_vfs.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/sealing.h"

enum {
    PAGE = 4096,
    KEPT = SEAL_EXTRA_BYTES, /* bytes of a page that are not SQLite's */
    ID_BYTES = 16,
    MAGIC_BYTES = 8,
    WAL_HEAD = 32,
    FRAME_HEAD = 24,
    FRAME = FRAME_HEAD + PAGE,
    WAL_HEAD_SEALED = WAL_HEAD + KEPT,
    FRAME_HEAD_SEALED = FRAME_HEAD + KEPT,
    FRAME_SEALED = FRAME + 2 * KEPT,
    AT_PAGE_SIZE = 16, /* fields of a database's header */
    AT_RESERVED = 20,
};

_Static_assert(KEPT == 40, "a part of the format");
_Static_assert(AT_PAGE_SIZE >= ID_BYTES, "the id covers nothing that opening needs");
_Static_assert(FRAME_SEALED == FRAME_HEAD_SEALED + PAGE + KEPT, "both parts of a frame");
_Static_assert(PAGE >= WAL_HEAD && PAGE >= FRAME_HEAD, "`raw` and `plain` hold each unit");

static const char sealed_magic[MAGIC_BYTES] = {'H', 'E', 'A', 'R', 'T', 'H', 'S', '\n'};
static const char plain_magic[ID_BYTES] = "SQLite format 3";

typedef struct SealedFile {
    sqlite3_file base;
    struct SealedFile *database; /* of a WAL or journal: its database */
    bool fresh;                  /* of a database: it was empty when it was opened */
    bool has_key;
    uint8_t id[ID_BYTES];
    uint8_t page_key[SEAL_KEY_BYTES], wal_key[SEAL_KEY_BYTES];
    uint8_t raw[PAGE + KEPT]; /* as it lies on the disk */
    uint8_t plain[PAGE];
} SealedFile;

/* SQLite aligns files to 8 bytes. */
_Static_assert(_Alignof(SealedFile) <= 8 && sizeof(SealedFile) % 8 == 0, "so does the system");

static sqlite3_vfs *below; /* the system's */

/* The system's file lies behind ours. */
static sqlite3_file *real_of(sqlite3_file *file) {
    return (sqlite3_file *)(void *)((SealedFile *)(void *)file + 1);
}

static SealedFile *sealed_of(sqlite3_file *file) {
    return (SealedFile *)(void *)file;
}

static int real_read(sqlite3_file *file, void *to, int n, sqlite3_int64 at) {
    return real_of(file)->pMethods->xRead(real_of(file), to, n, at);
}

static int real_write(sqlite3_file *file, const void *from, int n, sqlite3_int64 at) {
    return real_of(file)->pMethods->xWrite(real_of(file), from, n, at);
}

/* ---- keys ---------------------------------------------------------------------------------- */

/* The two keys of this database; SQLITE_IOERR_AUTH: the home is locked. */
static int take_id(SealedFile *f, const uint8_t id[ID_BYTES]) {
    Str name = {(const char *)f->id, ID_BYTES};
    memcpy(f->id, id, ID_BYTES);
    f->has_key = sealing_key("database", name, f->page_key, NULL) == OK &&
                 sealing_key("wal", name, f->wal_key, NULL) == OK;
    return f->has_key ? SQLITE_OK : SQLITE_IOERR_AUTH;
}

/* Of a file that was there: its id is on the disk. SQLITE_NOTADB: it does not begin as one of
   ours. */
static int need_key(SealedFile *f) {
    uint8_t id[ID_BYTES];
    if (f->has_key) return SQLITE_OK;
    int code = real_read(&f->base, id, ID_BYTES, 0);
    if (code != SQLITE_OK) return code;
    return memcmp(id, sealed_magic, MAGIC_BYTES) == 0 ? take_id(f, id) : SQLITE_NOTADB;
}

/* Of a database that is being made. */
static int draw_key(SealedFile *f) {
    uint8_t id[ID_BYTES];
    assert(f->fresh && !f->has_key); /* with another id no page of it could be opened again */
    memcpy(id, sealed_magic, MAGIC_BYTES);
    random_bytes(id + MAGIC_BYTES, ID_BYTES - MAGIC_BYTES);
    return take_id(f, id);
}

/* A number as it lies in memory: place or page, little-endian on all machines that Hearth runs
   on. */
static Str bound_to(const sqlite3_int64 *place) {
    return (Str){(const char *)place, sizeof *place};
}

/* Each byte equal to the next, and the first one 0. */
static bool is_hole(const uint8_t raw[PAGE]) {
    return raw[0] == 0 && memcmp(raw, raw + 1, PAGE - 1) == 0;
}

/* ---- the database -------------------------------------------------------------------------- */

/* raw -> out, both a page. */
static bool page_open(const SealedFile *f, sqlite3_int64 number, const uint8_t *raw, uint8_t *out) {
    size_t skip = number == 1 ? ID_BYTES : 0;
    if (skip && memcmp(raw, f->id, ID_BYTES) != 0) return false;
    Str sealed = {(const char *)raw + skip, PAGE - skip};
    if (!seal_open(f->page_key, bound_to(&number), sealed, out + skip)) return false;
    if (skip) memcpy(out, plain_magic, ID_BYTES);
    memset(out + PAGE - KEPT, 0, KEPT);
    return true;
}

/* Has the file no page yet? Then reading one is no damage. */
static bool is_empty(SealedFile *f) {
    sqlite3_int64 size = 0;
    return real_of(&f->base)->pMethods->xFileSize(real_of(&f->base), &size) == SQLITE_OK &&
           size == 0;
}

/* One page by its number, which counts from 1. Zeros, and what is not there: see the essay. */
static int page_read(SealedFile *f, sqlite3_int64 number, uint8_t *out) {
    int code = real_read(&f->base, f->raw, PAGE, (number - 1) * PAGE);
    bool missing = code == SQLITE_IOERR_SHORT_READ;
    if (missing || (code == SQLITE_OK && is_hole(f->raw))) {
        memset(out, 0, PAGE);
        return missing && is_empty(f) ? code : SQLITE_IOERR_DATA;
    }
    if (code == SQLITE_OK) code = need_key(f);
    if (code != SQLITE_OK) return code;
    return page_open(f, number, f->raw, out) ? SQLITE_OK : SQLITE_IOERR_DATA;
}

/* What SQLite must know to open the WAL, when page 1 is torn. */
static void header_alone(uint8_t out[PAGE]) {
    memset(out, 0, PAGE);
    out[AT_PAGE_SIZE] = PAGE >> 8;
    out[AT_RESERVED] = KEPT;
}

/* Whole pages, or a part of one (SQLite reads the header so). Never across pages. */
static int database_read(sqlite3_file *file, void *to, int n, sqlite3_int64 at) {
    SealedFile *f = sealed_of(file);
    sqlite3_int64 number = at / PAGE + 1;
    int from = (int)(at % PAGE);
    if (from == 0 && n == PAGE) return page_read(f, number, to);
    if (from + n > PAGE) return SQLITE_IOERR_READ;
    int code = page_read(f, number, f->plain);
    bool torn = code == SQLITE_IOERR_DATA || code == SQLITE_NOTADB;
    if (torn && number == 1) {
        header_alone(f->plain);
        code = SQLITE_OK;
    }
    memcpy(to, f->plain + from, (size_t)n);
    return code;
}

/* Are 40 bytes of each page kept free? Without that the seal would overwrite what SQLite wrote. */
static bool is_sealed_header(const uint8_t *page) {
    return page[AT_PAGE_SIZE] == PAGE >> 8 && page[AT_PAGE_SIZE + 1] == 0 &&
           page[AT_RESERVED] == KEPT;
}

/* Only whole pages. The first write of a new database draws its id. */
static int database_write(sqlite3_file *file, const void *from, int n, sqlite3_int64 at) {
    SealedFile *f = sealed_of(file);
    sqlite3_int64 number = at / PAGE + 1;
    if (n != PAGE || at % PAGE != 0) return SQLITE_IOERR_WRITE;
    if (number == 1 && !is_sealed_header(from)) return SQLITE_IOERR_WRITE; /* would lose bytes */
    int code = f->fresh && !f->has_key ? draw_key(f) : need_key(f);
    if (code != SQLITE_OK) return code;
    size_t skip = number == 1 ? ID_BYTES : 0;
    Str plain = {(const char *)from + skip, PAGE - KEPT - skip};
    memcpy(f->raw, f->id, ID_BYTES);
    seal_close(f->page_key, bound_to(&number), plain, f->raw + skip);
    return real_write(file, f->raw, PAGE, at);
}

/* ---- the WAL ------------------------------------------------------------------------------- */

/* One of the three things that a WAL is made of. */
typedef struct Unit {
    sqlite3_int64 plain_at, sealed_at;
    int n;
} Unit;

/* The unit in which byte `at` of the plain WAL lies. */
static Unit unit_at(sqlite3_int64 at) {
    assert(at >= 0); /* below, a unit would be bound to a place that it has not */
    if (at < WAL_HEAD) return (Unit){0, 0, WAL_HEAD};
    sqlite3_int64 frame = (at - WAL_HEAD) / FRAME, within = (at - WAL_HEAD) % FRAME;
    Unit head = {WAL_HEAD + frame * FRAME, WAL_HEAD_SEALED + frame * FRAME_SEALED, FRAME_HEAD};
    if (within < FRAME_HEAD) return head;
    return (Unit){head.plain_at + FRAME_HEAD, head.sealed_at + FRAME_HEAD_SEALED, PAGE};
}

/* The unit into f->plain; zeros and SQLITE_IOERR_DATA when it does not open. */
static int unit_read(SealedFile *f, const Unit *unit) {
    assert(f->database->has_key); /* need_key came before */
    int code = real_read(&f->base, f->raw, unit->n + KEPT, unit->sealed_at);
    if (code == SQLITE_OK) {
        Str sealed = {(const char *)f->raw, (size_t)unit->n + KEPT};
        if (seal_open(f->database->wal_key, bound_to(&unit->sealed_at), sealed, f->plain)) {
            return SQLITE_OK;
        }
        code = SQLITE_IOERR_DATA;
    }
    memset(f->plain, 0, (size_t)unit->n);
    return code;
}

/* SQLite reads headers, pages, or a frame at once. Whatever it asks for is put together from whole
   units. */
static int wal_read(sqlite3_file *file, void *to, int n, sqlite3_int64 at) {
    SealedFile *f = sealed_of(file);
    int code = need_key(f->database), worst = SQLITE_OK;
    bool page_alone = at >= WAL_HEAD && (at - WAL_HEAD) % FRAME >= FRAME_HEAD;
    uint8_t *out = to;
    while (code == SQLITE_OK && n > 0) {
        Unit unit = unit_at(at);
        int within = (int)(at - unit.plain_at), part = unit.n - within;
        if (part > n) part = n;
        int got = unit_read(f, &unit);
        if (got == SQLITE_IOERR_DATA && !page_alone) got = SQLITE_OK; /* zeros: no frame */
        if (got != SQLITE_OK && got != SQLITE_IOERR_SHORT_READ) code = got;
        if (got != SQLITE_OK) worst = got;
        memcpy(out, f->plain + within, (size_t)part);
        out += part;
        at += part;
        n -= part;
    }
    return code == SQLITE_OK ? worst : code;
}

/* Only whole units, as SQLite writes them; parts could not be sealed. */
static int wal_write(sqlite3_file *file, const void *from, int n, sqlite3_int64 at) {
    SealedFile *f = sealed_of(file);
    int code = need_key(f->database);
    const char *in = from;
    while (code == SQLITE_OK && n > 0) {
        Unit unit = unit_at(at);
        if (unit.plain_at != at || n < unit.n) return SQLITE_IOERR_WRITE;
        seal_close(f->database->wal_key, bound_to(&unit.sealed_at), (Str){in, (size_t)unit.n},
                   f->raw);
        code = real_write(file, f->raw, unit.n + KEPT, unit.sealed_at);
        in += unit.n;
        at += unit.n;
        n -= unit.n;
    }
    return code;
}

/* The size that the plain WAL would have; a unit that is not whole does not count. */
static int wal_size(sqlite3_file *file, sqlite3_int64 *size) {
    sqlite3_int64 sealed = 0;
    int code = real_of(file)->pMethods->xFileSize(real_of(file), &sealed);
    *size = 0;
    if (code != SQLITE_OK || sealed < WAL_HEAD_SEALED) return code;
    sealed -= WAL_HEAD_SEALED;
    bool head = sealed % FRAME_SEALED >= FRAME_HEAD_SEALED;
    *size = WAL_HEAD + sealed / FRAME_SEALED * FRAME + (head ? FRAME_HEAD : 0);
    return SQLITE_OK;
}

/* To the end of the unit in which the plain size lies. */
static int wal_truncate(sqlite3_file *file, sqlite3_int64 size) {
    Unit unit = unit_at(size);
    sqlite3_int64 sealed = unit.plain_at == size ? unit.sealed_at
                                                 : unit.sealed_at + unit.n + KEPT;
    return real_of(file)->pMethods->xTruncate(real_of(file), size ? sealed : 0);
}

/* ---- a journal ----------------------------------------------------------------------------- */

/* Its header may be written; a page only while there is none that it could keep. */
static int journal_write(sqlite3_file *file, const void *from, int n, sqlite3_int64 at) {
    bool harmless = sealed_of(file)->database->fresh || n < PAGE;
    return harmless ? real_write(file, from, n, at) : SQLITE_IOERR_WRITE;
}

/* ---- what is the system's ------------------------------------------------------------------ */

static int file_close(sqlite3_file *file) {
    SealedFile *f = sealed_of(file);
    int code = real_of(file)->pMethods->xClose(real_of(file));
    seal_wipe(f, sizeof *f);
    return code;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int file_sync(sqlite3_file *file, int flags) {
    return real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int file_size_plain(sqlite3_file *file, sqlite3_int64 *size) {
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int file_lock_level(sqlite3_file *file, int level) {
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int file_unlock_level(sqlite3_file *file, int level) {
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int file_check_lock(sqlite3_file *file, int *taken) {
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), taken);
}

static int file_control(sqlite3_file *file, int what, void *arg) {
    return real_of(file)->pMethods->xFileControl(real_of(file), what, arg);
}

/* Hints of sizes are in plain bytes and would be wrong; everything else passes. */
static int wal_control(sqlite3_file *file, int what, void *arg) {
    bool sizes = what == SQLITE_FCNTL_SIZE_HINT || what == SQLITE_FCNTL_CHUNK_SIZE;
    return sizes ? SQLITE_NOTFOUND : file_control(file, what, arg);
}

static int file_sector_size(sqlite3_file *file) {
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

/* No page is written atomically but what the disk writes so; frames are not padded to sectors. */
static int file_traits(sqlite3_file *file) {
    int traits = real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
    return (traits & SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN) | SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int file_shm_map(sqlite3_file *file, int page, int n, int extend, void volatile **out) {
    return real_of(file)->pMethods->xShmMap(real_of(file), page, n, extend, out);
}

static int file_shm_lock(sqlite3_file *file, int offset, int n, int flags) {
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}

static void file_shm_barrier(sqlite3_file *file) {
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int file_shm_unmap(sqlite3_file *file, int remove) {
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

#define REST_OF_METHODS                                                                            \
    .xClose = file_close, .xSync = file_sync, .xLock = file_lock_level,                            \
    .xUnlock = file_unlock_level, .xCheckReservedLock = file_check_lock,                           \
    .xSectorSize = file_sector_size, .xDeviceCharacteristics = file_traits,                        \
    .xShmMap = file_shm_map, .xShmLock = file_shm_lock, .xShmBarrier = file_shm_barrier,           \
    .xShmUnmap = file_shm_unmap

/* Version 2: no xFetch, so nothing of the file is mapped. */
static const sqlite3_io_methods database_methods = {
    .iVersion = 2, .xRead = database_read, .xWrite = database_write, .xTruncate = file_truncate,
    .xFileSize = file_size_plain, .xFileControl = file_control, REST_OF_METHODS};
static const sqlite3_io_methods wal_methods = {
    .iVersion = 2, .xRead = wal_read, .xWrite = wal_write, .xTruncate = wal_truncate,
    .xFileSize = wal_size, .xFileControl = wal_control, REST_OF_METHODS};
static const sqlite3_io_methods journal_methods = {
    .iVersion = 2, .xRead = real_read, .xWrite = journal_write, .xTruncate = file_truncate,
    .xFileSize = file_size_plain, .xFileControl = file_control, REST_OF_METHODS};

/* ---- opening ------------------------------------------------------------------------------- */

/* NULL: a kind of file that must not be (a temporary one, a super-journal). */
static const sqlite3_io_methods *methods_for(int flags) {
    return flags & SQLITE_OPEN_MAIN_DB        ? &database_methods
           : flags & SQLITE_OPEN_WAL          ? &wal_methods
           : flags & SQLITE_OPEN_MAIN_JOURNAL ? &journal_methods
                                              : NULL;
}

/* pMethods stays NULL after a failure: SQLite closes the file only where it is set. */
static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
                    int *out_flags) {
    SealedFile *f = sealed_of(file);
    const sqlite3_io_methods *methods = methods_for(flags);
    (void)vfs;
    assert(below); /* registered with it */
    memset(f, 0, sizeof *f);
    if (!methods || !name) return SQLITE_CANTOPEN;
    if (methods != &database_methods) {
        f->database = sealed_of(sqlite3_database_file_object(name));
        if (!f->database) return SQLITE_CANTOPEN;
    }
    int code = below->xOpen(below, name, real_of(file), flags, out_flags);
    if (code != SQLITE_OK) return code;
    sqlite3_int64 size = 0;
    f->base.pMethods = methods;
    if (methods == &database_methods) {
        code = file_size_plain(file, &size);
        f->fresh = size == 0;
    }
    if (code != SQLITE_OK) {
        (void)file_close(file);
        f->base.pMethods = NULL;
    }
    return code;
}

/* SQLite's own looks for links in a path and then opens the path: it may be another one by then. */
static int vfs_keep_path(sqlite3_vfs *vfs, const char *path, int n, char *out) {
    (void)vfs;
    size_t length = strlen(path);
    if (path[0] != '/' || length >= (size_t)n) return SQLITE_CANTOPEN;
    memcpy(out, path, length + 1);
    return SQLITE_OK;
}

/* Both are copies of the system's own, with what is different put over it. Neither becomes the
   default. */
static void vfs_register(void) {
    static sqlite3_vfs sealed, plain;
    below = sqlite3_vfs_find(NULL);
    if (!below) return;
    plain = *below;
    plain.pNext = NULL;
    plain.zName = STORE_VFS_PLAIN;
    plain.xFullPathname = vfs_keep_path;
    sealed = plain;
    sealed.zName = STORE_VFS_SEALED;
    sealed.szOsFile = (int)sizeof(SealedFile) + below->szOsFile;
    sealed.xOpen = vfs_open;
    bool good = sqlite3_vfs_register(&plain, 0) == SQLITE_OK &&
                sqlite3_vfs_register(&sealed, 0) == SQLITE_OK;
    if (!good) below = NULL;
}

/* Both are there to be named from here on. store_vfs_for does it by itself. */
static Status store_vfs_ready(Err *err) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, vfs_register);
    return below ? OK : err_set(err, E_FAILED, "SQLite takes no file layer of ours");
}

/* The first bytes of a regular file, through SQLite's own file layer. An open and close of ours
   would take every lock from the connections that this process has to that file, for those of
   fcntl(2) go with any descriptor of it; whoever closes the database elsewhere would then believe
   to be the last, and delete the WAL that is in use here (sqlite.org/howtocorrupt.html, 2.2). */
static bool read_head(const char *path, char head[ID_BYTES]) {
    struct stat st;
    if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode)) return false;
    sqlite3_filename name = sqlite3_create_filename(path, "", "", 0, NULL);
    sqlite3_file *file = mem_zalloc((size_t)below->szOsFile);
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_NOFOLLOW;
    int code = name && file ? below->xOpen(below, name, file, flags, NULL) : SQLITE_NOMEM;
    if (code == SQLITE_OK) code = file->pMethods->xRead(file, head, ID_BYTES, 0);
    if (file && file->pMethods) (void)file->pMethods->xClose(file);
    mem_free(file);
    sqlite3_free_filename(name);
    return code == SQLITE_OK;
}

/* By the first 16 bytes. A file that cannot be opened is as the home is, and SQLite says why it
   cannot. */
Status store_vfs_for(const char *path, const char **vfs, Err *err) {
    char head[ID_BYTES] = {0};
    TRY(store_vfs_ready(err));
    if (!read_head(path, head)) memset(head, 0, sizeof head); /* too short for either */
    bool plain = memcmp(head, plain_magic, sizeof head) == 0;
    bool sealed = !plain && (sealing_on() || memcmp(head, sealed_magic, MAGIC_BYTES) == 0);
    *vfs = sealed ? STORE_VFS_SEALED : STORE_VFS_PLAIN;
    return sealing_may_read(path, sealed, err);
}

/* Three bytes for each that has a meaning in a URI; STORE_URI_MAX has room for a path of nothing
   else. */
void store_vfs_uri(const char *path, const char *query, char uri[STORE_URI_MAX]) {
    size_t n = (size_t)snprintf(uri, STORE_URI_MAX, "file:");
    for (; *path; path++) {
        bool special = strchr("%?#", *path) != NULL;
        n += (size_t)snprintf(uri + n, STORE_URI_MAX - n, special ? "%%%02X" : "%c",
                              (unsigned char)*path);
    }
    assert(n + 1 + strlen(query) < STORE_URI_MAX); /* cut it would name another file */
    (void)snprintf(uri + n, STORE_URI_MAX - n, "?%s", query);
}

bool store_vfs_seals(const char *vfs) {
    return strcmp(vfs, STORE_VFS_SEALED) == 0;
}

Status store_vfs_reserve(sqlite3 *db, Err *err) {
    int kept = KEPT;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES, &kept) == SQLITE_OK) return OK;
    return err_set(err, E_UNSUPPORTED, "this SQLite (%s) cannot reserve bytes of a page",
                   sqlite3_libversion());
}
