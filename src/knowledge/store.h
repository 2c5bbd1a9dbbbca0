/*
 * The store: everything Hearth knows about one collection of documents, in one folder.
 *
 *   stores/NAME/            0700
 *     store.db (-wal, -shm) SQLite: the truth (roots, files, texts, chunks, vectors, jobs)
 *     seg/lex-ID.seg        derived inverted indexes, rebuildable (lex.h)
 *     seg/vec-ID.seg        derived 1-bit vector codes, rebuildable (vec.h)
 *     lock                  held by the one writer
 *
 * One process writes at a time (flock; a second one waits as long as it likes, and is then told so:
 * E_BUSY); any number read meanwhile and see each finished batch. A segment is visible exactly when
 * its row in SQLite is, so a crash leaves at worst a file nobody names, which the next writer
 * deletes.
 *
 * A Store belongs to one thread at a time. Strings that come back are borrowed from the arena that
 * the caller gave. Paths are bytes (they may hold newlines or invalid UTF-8), never NUL.
 */
#ifndef HEARTH_KNOWLEDGE_STORE_H
#define HEARTH_KNOWLEDGE_STORE_H

#include "base/mem.h"
#include "base/text.h"

typedef struct Store Store;

typedef enum StoreMode { STORE_READ, STORE_WRITE } StoreMode;

typedef struct StoreOptions {
    const char *stores_dir; /* the folder that holds all stores; created 0700 when `create` */
    const char *name;       /* [a-z0-9._-]{1,128}, not beginning with a dot */
    StoreMode mode;
    bool create; /* STORE_WRITE only: make it when it is not there */
    unsigned wait_ms; /* STORE_WRITE only: for another writer to end, before E_BUSY */
} StoreOptions;

enum { STORE_SCHEMA_VERSION = 1 };

/* OK when the name may name a store; E_USAGE and a sentence otherwise. */
Status store_name_check(const char *name, Err *err) WARN_UNUSED;

/* E_NOT_FOUND: no such store. E_BUSY: another process writes. E_UNSUPPORTED: a newer Hearth made
   it. E_CORRUPT: the database is damaged (hint names `hearth doctor --repair`). */
Status store_open(const StoreOptions *options, Store **out, Err *err) WARN_UNUSED;
void store_close(Store *store); /* NULL is fine */

typedef enum FileState {
    FILE_READ = 0,        /* read, cut, searchable */
    FILE_FAILED = 1,      /* could not be read; see reason */
    FILE_UNSUPPORTED = 2, /* a format that this build does not read yet */
    FILE_REFUSED = 3,     /* not a regular file, too large, ... */
    FILE_STATE_COUNT
} FileState;

enum { FILE_KIND_BYTES = 40 }; /* of the name of a format that is not read yet */

typedef struct StoreFile {
    int64_t id;
    Str path; /* absolute; a NUL stands behind it */
    uint64_t size_bytes;
    int64_t mtime_ns;
    FileState state;
    const char *reason; /* one sentence when state != FILE_READ; else "" */
    const char *format; /* "pdf", "markdown", ...; "" when unknown */
    const char *title;  /* "" when unknown */
    const char *date;   /* "" or YYYY-MM-DD where it could be read */
    uint32_t n_pages;   /* 0 where the format has no pages */
    uint32_t n_chunks;
    uint32_t n_embedded; /* of n_chunks, in the store's current embedding space */
    uint64_t text_bytes;
} StoreFile;

typedef struct StoreFiles {
    StoreFile *items; /* ordered by path; in the caller's arena */
    size_t n;
} StoreFiles;

typedef struct StoreStats {
    uint64_t files, files_failed, files_unsupported, roots;
    uint64_t chunks, chunks_embedded, text_bytes, disk_bytes;
    uint32_t lex_segments, vec_segments; /* open ones; damaged ones are missing */
    char embed_model[128]; /* "" when nothing was embedded yet */
    uint32_t embed_dim;
} StoreStats;

/* Counted when it is called, by scans of the tables of files and chunks: for people, not for every
   question. */
Status store_stats(Store *store, StoreStats *out, Err *err) WARN_UNUSED;
/* All files, by their paths. */
Status store_list(Store *store, Arena *arena, StoreFiles *out, Err *err) WARN_UNUSED;
/* Does its writer, where there is one, read documents (ingest_add)? Others write for a moment only:
   a sweep, a removal. false also when the database does not say. Without a writer the answer means
   nothing: an add that was killed is still written down. */
bool store_is_adding(Store *store);
/* The one with this id, or NULL. */
const StoreFile *store_files_find(const StoreFiles *files, int64_t id);
/* The folders and files that were added; the one not looked at for longest comes first. */
Status store_roots(Store *store, Arena *arena, Str **paths, size_t *n, Err *err) WARN_UNUSED;
/* One file by absolute path, or by a path ending that names exactly one (E_NOT_FOUND, E_USAGE with
   the candidates when there are several). */
Status store_find(Store *store, const char *path, Arena *arena, StoreFile *out,
                  Err *err) WARN_UNUSED;
/* The files of the store that hold the same bytes as the one at this absolute path, which need not
   be in it: copies and hard links, wherever they lie. The path itself may be among them. */
Status store_copies(Store *store, Str path, Arena *arena, Str **paths, size_t *n,
                    Err *err) WARN_UNUSED;
/* Called for a file of the store; the path holds for the call. Anything but OK ends the walk. */
typedef Status (*StoreFileFn)(void *user, int64_t file_id, Str path, Err *err);
/* For every file at or below this absolute path, by their paths; `each` may read the store. */
Status store_each_below(Store *store, Str path, StoreFileFn each, void *user,
                        Err *err) WARN_UNUSED;
/* Bytes [start,end) of the file's extracted text, the coordinates of every citation; end is
   clipped to the text's length. Use end = SIZE_MAX for all of it. */
Status store_text(Store *store, int64_t file_id, size_t start, size_t end, Buf *out,
                  Err *err) WARN_UNUSED;
/* Forgets a file, or a folder and all below it, and the root when the path was one. *n_files gets
   how many files went. E_NOT_FOUND when nothing matches. Needs STORE_WRITE. */
Status store_remove(Store *store, const char *path, uint64_t *n_files, Err *err) WARN_UNUSED;

typedef struct StoreCheck {
    bool database_ok, segments_ok, texts_ok; /* the last two mean nothing without the first */
    uint32_t n_bad_segments, n_orphans;
    uint32_t n_bad_texts; /* files of which a passage is not what was read */
    uint64_t n_interrupted_jobs; /* since ever; harmless, the next add goes on */
    char first_problem[ERR_MESSAGE_MAX]; /* "" when all is well */
} StoreCheck;

/* SQLite's integrity_check, every passage's text against the hash of what was read, and every
   checksum of every segment; repairs nothing. Not found: a changed number of a vector, which only
   changes an order, and changed page or line numbers. Reads all of the store. */
Status store_check(Store *store, StoreCheck *out, Err *err) WARN_UNUSED;
/* Forgets the files that store_check counts in n_bad_texts, so that the next add reads them anew.
   *n_kept: those that are not there to be read, which stay as they are. Needs STORE_WRITE. */
Status store_drop_damaged(Store *store, uint64_t *n_dropped, uint64_t *n_kept,
                          Err *err) WARN_UNUSED;
/* Builds every segment anew from SQLite. Needs STORE_WRITE. */
Status store_rebuild(Store *store, Err *err) WARN_UNUSED;

/* For a store that does not open (E_CORRUPT): moves the damaged database aside, as
   "store.db.damaged-SECONDS" in the same folder, and leaves an empty store. *roots are the folders
   that could still be read out of it, to be added again. E_BUSY while somebody writes. */
Status store_reset(const StoreOptions *options, Arena *arena, Str **roots, size_t *n,
                   Err *err) WARN_UNUSED;

/* Something worth telling the user that was not an error ("segment lex-7 was damaged and is built
   anew"); NULL when there is nothing. Stays valid until the next call with this store. */
const char *store_notice(Store *store);

/* The embedder as the store sees it: knowledge never includes model/. Vectors are unit length. */
typedef struct StoreEmbedder {
    const char *model_id; /* names weights and recipe exactly; other ids are never mixed in */
    uint32_t dim;         /* 1..4096 */
    /* out: [n][dim]. Called from the thread that called us. */
    Status (*passages)(void *user, const Str *texts, size_t n, float *out, Err *err);
    Status (*query)(void *user, Str text, float *out, Err *err); /* out: [dim] */
    void *user;
} StoreEmbedder;

#endif
