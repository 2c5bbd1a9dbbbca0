/*
 * Files: whole reads with a ceiling, read-only mappings, atomic replacement, and opening below a
 * root that no symlink and no ".." can leave.
 *
 * This is one of the seams: every path of Hearth's own data is opened through here. Faults are
 * injected below it, where the C library stands: tests/fault/disk_tap.h.
 */
#ifndef HEARTH_BASE_FILE_H
#define HEARTH_BASE_FILE_H

#include <sys/stat.h>

#include "base/text.h"

/* "cannot VERB PATH: why" from errno, which nothing else may have changed: E_NOT_FOUND, E_DENIED or
   E_IO. For calls of the C library on a user's path that go past this file. Never OK. */
Status file_error(Err *err, const char *verb, const char *path);
/* Reads the whole file into out (ceiling: out->max). */
Status file_read(const char *path, Buf *out, Err *err) WARN_UNUSED;
/* Writes beside the target, syncs, renames over it, syncs the directory. mode e.g. 0600. */
Status file_replace(const char *path, Str bytes, mode_t mode, Err *err) WARN_UNUSED;

/* A file written beside its place and renamed over it when it is whole. */
typedef struct FileDraft {
    int fd;             /* read and write; -1: no draft */
    char *path, *beside;
} FileDraft;

/* Makes the empty file beside `path`, with `mode` less the umask, for out->fd to be written.
   E_NOT_FOUND: its folder is not there; E_DENIED; E_IO. After OK, commit, settle or abort ends it;
   a failure leaves nothing to end. */
Status file_draft_begin(const char *path, mode_t mode, FileDraft *out, Err *err) WARN_UNUSED;
/* Sync, rename, sync the directory. Ends the draft, also on failure: nothing was replaced then,
   unless it says that the directory could not be synced. */
Status file_draft_commit(FileDraft *draft, Err *err) WARN_UNUSED;
/* As commit, without waiting for the disk: for caches, whose files are checked when they are read.
   After a power loss the file may be the old one, or torn. */
Status file_draft_settle(FileDraft *draft, Err *err) WARN_UNUSED;
void file_draft_abort(FileDraft *draft); /* leaves no trace; an ended draft is fine */
/* Removes drafts of path that a process left which died, perhaps gigabytes: those that no process
   has open and nobody has written to for a minute. */
void file_sweep_drafts(const char *path);
/* Makes the name `path` survive a power loss: syncs the folder that it stands in. Takes no memory
   from the heap. A file system that cannot sync folders is OK. */
Status file_sync_parent(const char *path, Err *err) WARN_UNUSED;

typedef struct FileMap {
    const uint8_t *p; /* page-aligned; NULL: nothing is mapped */
    size_t n;
    int fd;
} FileMap;

enum { FILE_HUGE_BYTES = 2 << 20 };

/* Maps a regular file read-only, shared; one of FILE_HUGE_BYTES and more at a multiple of them
   (file_huge.h). If it shrinks later, reads raise SIGBUS: fault_guard.h. */
Status file_map(const char *path, FileMap *out, Err *err) WARN_UNUSED;
/* A zeroed struct, or one that is unmapped already, is fine; map->fd is -1 afterwards. */
void file_unmap(FileMap *map);
/* true when the mapping's file is still at least as long as when it was mapped. */
bool file_map_intact(const FileMap *map);

/* Opens `name` (relative) below directory fd `root_fd`; refuses absolute, "..", and every symlink
   (openat2 RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS; a walk with O_NOFOLLOW where openat2 is absent or
   forbidden). */
Status file_open_beneath(int root_fd, const char *name, int flags, mode_t mode, int *fd_out,
                         Err *err) WARN_UNUSED;
/* mkdir -p with mode for what is created, which survives a power loss. */
Status file_make_dirs(const char *path, mode_t mode, Err *err) WARN_UNUSED;
Status file_remove(const char *path, Err *err) WARN_UNUSED; /* absent is OK */
/* A folder with all that is below it; links are not followed, other file systems left out. What
   cannot be removed is left. */
void file_remove_tree(const char *folder);
/* Something has that name, or it cannot be told: a link that leads nowhere exists, too, so that
   whoever reads it next says so and does not go on as if there were nothing. */
bool file_exists(const char *path);
/* Of what `path` leads to, links followed. E_NOT_FOUND: nothing is there. */
Status file_size(const char *path, uint64_t *size_bytes, Err *err) WARN_UNUSED;
/* When it was last written, in ns since 1970. A file system can hold times that these cannot: what
   lies more than 7e9 s away, beyond 1748 or 2191, counts as that far. */
int64_t file_mtime_ns(const struct stat *st);
/* Bytes free to this user on the file system that holds path (or its nearest existing parent). */
Status file_free_bytes(const char *path, uint64_t *free_bytes, Err *err) WARN_UNUSED;
/* Nothing can be made or changed there: that file system is mounted read-only. */
bool file_is_frozen(const char *path);
/* Writes all of it, retrying short writes and EINTR. */
Status file_write_all(int fd, const void *bytes, size_t n, const char *what, Err *err) WARN_UNUSED;
/* Joins with one '/'; result must be mem_free()d; NULL when out of memory. */
char *file_join(const char *dir, const char *name) WARN_UNUSED;
/* The absolute path without links, "." and ".."; what is not there any more keeps its name behind
   the longest part that is. *out is the caller's (mem_free). E_USAGE: an empty path. */
Status file_real_path(const char *path, char **out, Err *err) WARN_UNUSED;
/* Exclusive flock on path (created 0600). E_BUSY when another process holds it. */
Status file_lock(const char *path, int *fd_out, Err *err) WARN_UNUSED;
/* The same, waiting up to wait_ms for the other one; E_BUSY after that. */
Status file_lock_wait(const char *path, unsigned wait_ms, int *fd_out, Err *err) WARN_UNUSED;
/* As file_lock for a name below a folder, opened as file_open_beneath does. */
Status file_lock_beneath(int root_fd, const char *name, int *fd_out, Err *err) WARN_UNUSED;
/* Lets the lock go by closing its descriptor; the file stays. Below 0: nothing. */
void file_unlock(int fd);

#endif
