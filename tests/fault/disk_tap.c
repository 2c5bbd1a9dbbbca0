/*
 * The body of disk_tap.h: each call is told to the listener and then made as a bare system call.
 */
#undef _FILE_OFFSET_BITS /* else open means open64 here, and both are needed */
#undef _FORTIFY_SOURCE
#include "disk_tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH_ROOM = 4096 };

static char root[PATH_ROOM];
static size_t root_n; /* 0: nobody listens */
static TapListener listener;
static void *listener_user;

void tap_start(const char *folder, TapListener tell, void *user) {
    (void)snprintf(root, sizeof root, "%s", folder);
    root_n = strlen(root);
    listener = tell;
    listener_user = user;
}

void tap_stop(void) {
    root_n = 0;
}

static unsigned long calls, die_at;

static int count_or_die(void *user, const TapEvent *e) {
    (void)user;
    if (++calls != die_at) return 0;
    if (e->kind == TAP_WRITE && e->n > 1) {
        (void)syscall(SYS_pwrite64, e->fd, e->bytes, e->n / 2, e->at);
    }
    (void)kill(getpid(), SIGKILL);
    return 0;
}

void tap_die_at(const char *folder, unsigned long call) {
    calls = 0;
    die_at = call;
    tap_start(folder, count_or_die, NULL);
}

static bool told(const char *path) {
    size_t n = strlen(path);
    if (!root_n || strncmp(path, root, root_n) != 0 || path[root_n] != '/') return false;
    return n < 4 || strcmp(path + n - 4, "-shm") != 0;
}

/* true: the call shall fail; errno says how. */
static bool tell(TapEvent event) {
    int code = told(event.path) ? listener(listener_user, &event) : 0;
    if (code) errno = code;
    return code != 0;
}

/* Absolute path of an open file; "" when it has none (a pipe, a deleted file). */
static const char *path_of(int fd, char out[PATH_ROOM]) {
    char link[64];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = syscall(SYS_readlink, link, out, (size_t)PATH_ROOM - 1);
    out[n > 0 ? n : 0] = 0;
    return out[0] == '/' && !strstr(out, " (deleted)") ? out : "";
}

/* dirfd and a name as one path; "/proc/self/fd/N/name" is a name in the folder that N is. */
static const char *path_at(int dir, const char *name, char out[PATH_ROOM]) {
    int n_read = 0;
    if (sscanf(name, "/proc/self/fd/%d/%n", &dir, &n_read) == 1 && n_read > 0) name += n_read;
    else if (name[0] == '/' || dir == AT_FDCWD) return name;
    size_t n = strlen(path_of(dir, out));
    (void)snprintf(out + n, PATH_ROOM - n, "/%s", name);
    return out;
}

static int opened(int dir, const char *name, int flags, mode_t mode) {
    char path[PATH_ROOM];
    struct stat st;
    bool fresh = root_n && flags & O_CREAT && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0;
    if (fresh && tell((TapEvent){.kind = TAP_CREATE, .path = path_at(dir, name, path)})) return -1;
    bool cuts = root_n && !fresh && flags & O_TRUNC;
    if (cuts && tell((TapEvent){.kind = TAP_CUT, .path = path_at(dir, name, path)})) return -1;
    return (int)syscall(SYS_openat, dir, name, flags, mode);
}

static mode_t mode_of(int flags, va_list args) {
    return flags & (O_CREAT | __O_TMPFILE) ? (mode_t)va_arg(args, int) : 0;
}

int open(const char *name, int flags, ...) {
    va_list args;
    va_start(args, flags);
    int fd = opened(AT_FDCWD, name, flags, mode_of(flags, args));
    va_end(args);
    return fd;
}

int open64(const char *name, int flags, ...) {
    va_list args;
    va_start(args, flags);
    int fd = opened(AT_FDCWD, name, flags | O_LARGEFILE, mode_of(flags, args));
    va_end(args);
    return fd;
}

int openat(int dir, const char *name, int flags, ...) {
    va_list args;
    va_start(args, flags);
    int fd = opened(dir, name, flags, mode_of(flags, args));
    va_end(args);
    return fd;
}

static bool tell_write(int fd, const void *bytes, size_t n, off_t at) {
    char path[PATH_ROOM];
    if (!root_n) return false;
    return tell((TapEvent){.kind = TAP_WRITE, .path = path_of(fd, path), .fd = fd,
                           .at = (uint64_t)at, .bytes = bytes, .n = n});
}

ssize_t write(int fd, const void *bytes, size_t n) {
    off_t at = root_n ? (off_t)syscall(SYS_lseek, fd, 0, SEEK_CUR) : 0;
    if (tell_write(fd, bytes, n, at)) return -1;
    return syscall(SYS_write, fd, bytes, n);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at) {
    if (tell_write(fd, bytes, n, at)) return -1;
    return syscall(SYS_pwrite64, fd, bytes, n, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at) {
    if (tell_write(fd, bytes, n, at)) return -1;
    return syscall(SYS_pwrite64, fd, bytes, n, at);
}

static int cut(int fd, off_t length) {
    char path[PATH_ROOM];
    TapEvent event = {.kind = TAP_CUT, .at = (uint64_t)length};
    if (root_n) event.path = path_of(fd, path);
    if (root_n && tell(event)) return -1;
    return (int)syscall(SYS_ftruncate, fd, length);
}

int ftruncate(int fd, off_t length) { return cut(fd, length); }
int ftruncate64(int fd, off64_t length) { return cut(fd, length); }

static int synced(int fd, long call) {
    char path[PATH_ROOM];
    struct stat st;
    if (root_n && fstat(fd, &st) == 0) {
        const char *name = path_of(fd, path);
        /* the root itself is told as well: it holds names */
        bool dir = S_ISDIR(st.st_mode), is_root = strcmp(name, root) == 0;
        TapEvent event = {.kind = dir ? TAP_SYNC_DIR : TAP_SYNC, .path = name};
        if (is_root) (void)listener(listener_user, &event);
        else if (tell(event)) return -1;
    }
    return (int)syscall(call, fd);
}

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

int rename(const char *from, const char *to) {
    if (root_n && tell((TapEvent){.kind = TAP_RENAME, .path = from, .to = to})) return -1;
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

static int removed(int dir, const char *name, int flags) {
    char path[PATH_ROOM];
    struct stat st;
    bool there = root_n && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (there && tell((TapEvent){.kind = TAP_UNLINK, .path = path_at(dir, name, path)})) return -1;
    return (int)syscall(SYS_unlinkat, dir, name, flags);
}

int unlink(const char *path) { return removed(AT_FDCWD, path, 0); }
int unlinkat(int dir, const char *name, int flags) { return removed(dir, name, flags); }

static int made(int dir, const char *name, mode_t mode) {
    char path[PATH_ROOM];
    struct stat st;
    bool fresh = root_n && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0;
    if (fresh && tell((TapEvent){.kind = TAP_MKDIR, .path = path_at(dir, name, path)})) return -1;
    return (int)syscall(SYS_mkdirat, dir, name, mode);
}

int mkdir(const char *path, mode_t mode) { return made(AT_FDCWD, path, mode); }
int mkdirat(int dir, const char *name, mode_t mode) { return made(dir, name, mode); }
