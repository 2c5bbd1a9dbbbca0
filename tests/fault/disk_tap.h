/*
 * Every change that this process makes to the disk below one folder, told to a listener just before
 * it happens: what power_loss.c records and replays, what kill_call.c and kill_seal.c die at, and
 * what io_error.c makes fail.
 *
 * The tap stands where the C library stands. disk_tap.c defines open, write, pwrite, ftruncate,
 * fsync, fdatasync, rename, unlink, unlinkat, mkdir and mkdirat; a definition in the program wins
 * over libc's for every shared library too, so that SQLite's calls are seen like Hearth's own, with
 * nothing built into either. What would slip by (a call of another name) is found by whoever
 * compares the real folder with what was told.
 *
 * One thread only. Files whose name ends in "-shm" are not told: SQLite rebuilds them.
 */
#ifndef HEARTH_TESTS_DISK_TAP_H
#define HEARTH_TESTS_DISK_TAP_H

#include <stddef.h>
#include <stdint.h>

typedef enum TapKind {
    TAP_CREATE,   /* path: a file that was not there */
    TAP_WRITE,    /* path, at, bytes, n */
    TAP_CUT,      /* path, at: the new length */
    TAP_SYNC,     /* path */
    TAP_SYNC_DIR, /* path */
    TAP_RENAME,   /* path -> to */
    TAP_UNLINK,   /* path */
    TAP_MKDIR,    /* path */
} TapKind;

typedef struct TapEvent {
    TapKind kind;
    const char *path, *to; /* absolute */
    int fd;                /* of WRITE */
    uint64_t at;
    const void *bytes;
    size_t n;
} TapEvent;

/* 0: the call goes on; else it fails with this errno and nothing is done. */
typedef int (*TapListener)(void *user, const TapEvent *event);

/* root: absolute, without links. */
void tap_start(const char *root, TapListener listener, void *user);
void tap_stop(void);
/* The process dies at call number `call`, with half of it done when it is a write; 0: it lives. */
void tap_die_at(const char *root, unsigned long call);

#endif
