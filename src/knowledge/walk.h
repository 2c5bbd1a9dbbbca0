/*
 * Walking a folder: every file below it once, in order of names, whatever the tree does meanwhile.
 */
#ifndef HEARTH_KNOWLEDGE_WALK_H
#define HEARTH_KNOWLEDGE_WALK_H

#include <sys/stat.h>

#include "base/mem.h"
#include "base/text.h"

enum { WALK_DEPTH_MAX = 64, WALK_NAMES_MAX = 1 << 20, WALK_PATH_MAX = 16 * 1024 };

typedef struct WalkEntry {
    Str path;         /* absolute, NUL behind; valid during the call */
    int dir_fd;       /* open it as openat(dir_fd, name, ... O_NOFOLLOW) */
    const char *name;
    const struct stat *st; /* lstat: never of a link's target */
} WalkEntry;

typedef struct WalkHandlers {
    void *user;
    /* Anything that is neither a folder nor a link. What is not OK ends the walk with it. */
    Status (*entry)(void *user, const WalkEntry *entry, Err *err);
    /* true: leave this path out (asked for folders and files). May be NULL. */
    bool (*skip)(void *user, Str path, bool is_folder);
    /* What cannot be read, a folder mostly: its path and one sentence. It and what is below it are
       unknown, not gone. */
    void (*trouble)(void *user, Str path, const char *reason);
    /* Where to begin: what comes before this path below the root is neither listed nor given out.
       It need not be there any more. n 0: at the beginning. Borrowed during the call. */
    Str from;
} WalkHandlers;

typedef struct WalkCounts {
    uint64_t folders, entries, ignored, links; /* entered; given out; left out; not followed */
} WalkCounts;

/* root: absolute path of a folder or a single file. E_NOT_FOUND: it is not there. */
Status walk_tree(const char *root, const WalkHandlers *handlers, WalkCounts *counts,
                 Err *err) WARN_UNUSED;

#endif
