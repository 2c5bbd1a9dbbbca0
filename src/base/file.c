/*
 * The body of file.h.
 *
 * Atomic replacement: write `PATH.tmp-PID-N` in the same directory, fsync it, rename it over the
 * target, fsync the directory; a crash leaves either the old file or the new one, and at worst an
 * orphan whose name says whose it was: file_sweep_drafts() is for files where that would be a loss
 * of space. A folder that is made is synced into its parent, or a power
 * loss could take it with all that was synced in it. Opening below a root uses openat2(2) with
 * RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS; on kernels without it (ENOSYS) the path is walked
 * component by component with O_NOFOLLOW, which gives the same promise.
 *
 *     PATH                    the file that readers see, old or new and never half
 *     PATH.tmp-4711-3         a draft of process 4711; the last number tells its drafts apart
 *
 * Every failure passes file_error, which reads errno: ENOENT and ENOTDIR are E_NOT_FOUND, EACCES
 * and EPERM are E_DENIED, ENOMEM is E_NO_MEMORY, everything else is E_IO. Callers decide by these
 * four, never by errno.
 */
#include "base/file.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

#include "base/clock.h"
#include "base/mem.h"

/* The hint stands where the user can do something. */
Status file_error(Err *err, const char *verb, const char *path) {
    int code = errno;
    Status status = code == ENOENT || code == ENOTDIR ? E_NOT_FOUND
                    : code == EACCES || code == EPERM ? E_DENIED
                    : code == ENOMEM                  ? E_NO_MEMORY
                                                      : E_IO;
    (void)err_set(err, status, "cannot %s %s: %s", verb, path, strerror(code));
    if (code == ENOSPC || code == EDQUOT) (void)err_hint(err, "free some disk space and try again");
    return status;
}

/* Reads in steps of 256 KiB up to the ceiling and one byte more: what is longer than out->max is
   refused, never cut. The size that stat tells is not asked: it is 0 for files of /proc and
   pipes. */
Status file_read(const char *path, Buf *out, Err *err) {
    enum { STEP = 256 * 1024 };
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hang us */
    if (fd < 0) return file_error(err, "open", path);
    Status status = OK;
    struct stat st = {0};
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        status = err_set(err, E_USAGE, "%s is a directory", path);
    }
    while (status == OK) {
        char more; /* behind the ceiling: is there anything? */
        size_t room = out->max - out->n < STEP ? out->max - out->n : STEP;
        char *to = room ? buf_reserve(out, room) : &more;
        ssize_t got = to ? read(fd, to, room ? room : 1) : 0;
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) status = file_error(err, "read", path);
        if (got > 0 && !room) (void)buf_reserve(out, 1); /* too large */
        if (status == OK) status = buf_check(out, path, err);
        if (got <= 0) break;
        if (room) out->n += (size_t)got;
    }
    if (status == OK && out->n == 0 && S_ISFIFO(st.st_mode)) {
        status = err_set(err, E_USAGE, "%s is a pipe, and nothing is in it", path);
    }
    if (out->p) out->p[out->n] = 0;
    close(fd);
    return status;
}

Status file_write_all(int fd, const void *bytes, size_t n, const char *what, Err *err) {
    const char *at = bytes;
    while (n) {
        ssize_t put = write(fd, at, n);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return file_error(err, "write", what);
        at += put;
        n -= (size_t)put;
    }
    return OK;
}

/* Without the heap: it comes behind a rename, which no failed allocation may call undone. */
Status file_sync_parent(const char *path, Err *err) {
    char dir[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    size_t n = slash && slash > path ? (size_t)(slash - path) : 1;
    if (n >= sizeof dir) return err_set(err, E_LIMIT, "a path of more than %d bytes", PATH_MAX);
    if (slash) {
        memcpy(dir, path, n);
        dir[n] = 0;
    }
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* EINVAL: a file system that cannot sync folders; it keeps names its own way */
    bool synced = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL);
    Status status = synced ? OK : file_error(err, "sync", dir);
    if (fd >= 0) close(fd);
    return status;
}

static void draft_free(FileDraft *draft) {
    mem_free(draft->path);
    mem_free(draft->beside);
    *draft = (FileDraft){.fd = -1};
}

enum { SUFFIX_MAX = 48, DRAFT_NAMES_MAX = 1000 };

_Static_assert(sizeof ".tmp-" + 20 + sizeof "-" + 10 <= SUFFIX_MAX, "of the longest two numbers");

/* Under the first name that is free: those before it may be drafts of a process that died and had
   the same number, as all have in a container. path[0..n) is there; the suffix is put behind. The
   lock says that somebody is at work on it, for as long as the file is open (is_dead_draft). */
static int draft_create(char *path, size_t n, mode_t mode) {
    static atomic_uint counter;
    int fd = -1;
    for (int i = 0; fd < 0 && i < DRAFT_NAMES_MAX; i++) {
        (void)snprintf(path + n, SUFFIX_MAX, ".tmp-%ld-%u", (long)getpid(),
                       atomic_fetch_add(&counter, 1));
        fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
        if (fd < 0 && errno != EEXIST) break;
    }
    if (fd >= 0) (void)flock(fd, LOCK_EX | LOCK_NB);
    return fd;
}

Status file_draft_begin(const char *path, mode_t mode, FileDraft *out, Err *err) {
    size_t n = strlen(path);
    char *copy = mem_strdup(path), *beside = mem_alloc(n + SUFFIX_MAX);
    Status status = copy && beside ? OK : err_no_memory(err, "a path");
    *out = (FileDraft){-1, copy, beside};
    if (status == OK) {
        memcpy(beside, path, n);
        out->fd = draft_create(beside, n, mode);
        if (out->fd < 0) status = file_error(err, "create", path);
    }
    if (status != OK) draft_free(out);
    return status;
}

/* The order is what makes it atomic: bytes on the disk, then the name, then the folder's entry. The
   old file is gone only when the new one has its name. Ends the draft in any case. A second number
   of the open file keeps its lock until then. */
static Status draft_end(FileDraft *draft, bool durable, Err *err) {
    assert(draft->fd >= 0); /* a draft ends once */
    Status status = OK;
    int lock = fcntl(draft->fd, F_DUPFD_CLOEXEC, 0);
    if (durable && fsync(draft->fd) != 0) status = file_error(err, "sync", draft->beside);
    if (close(draft->fd) != 0 && status == OK) status = file_error(err, "close", draft->beside);
    if (status == OK && rename(draft->beside, draft->path) != 0) {
        status = file_error(err, "rename to", draft->path);
    }
    if (status != OK) {
        (void)unlink(draft->beside);
    } else if (durable) {
        status = file_sync_parent(draft->path, err);
    }
    if (lock >= 0) (void)close(lock);
    draft_free(draft);
    return status;
}

Status file_draft_commit(FileDraft *draft, Err *err) {
    return draft_end(draft, true, err);
}

Status file_draft_settle(FileDraft *draft, Err *err) {
    return draft_end(draft, false, err);
}

void file_draft_abort(FileDraft *draft) {
    if (draft->fd < 0) return;
    close(draft->fd);
    (void)unlink(draft->beside);
    draft_free(draft);
}

/* Whoever writes a draft has it locked. Where files cannot be locked, and of one that was just
   made, the time says more: nobody has written to a dead one for so long. */
static bool is_dead_draft(int dir_fd, const char *name, const char *base) {
    enum { YOUNG_S = 60, DEAD_S = 60 * 60 };
    struct stat st;
    size_t n = strlen(base);
    bool draft = strncmp(name, base, n) == 0 && strncmp(name + n, ".tmp-", 5) == 0 &&
                 fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
    if (!draft) return false;
    int64_t silent_s = clock_real_s() - (int64_t)st.st_mtim.tv_sec;
    if (silent_s <= YOUNG_S) return false;
    int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) return silent_s > DEAD_S;
    bool mine = flock(fd, LOCK_SH | LOCK_NB) == 0, busy = !mine && errno == EWOULDBLOCK;
    (void)close(fd);
    return mine || (!busy && silent_s > DEAD_S);
}

void file_sweep_drafts(const char *path) {
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    char folder[PATH_MAX]; /* no heap: this cannot fail, only do nothing */
    int n = slash ? snprintf(folder, sizeof folder, "%.*s/", (int)(slash - path), path)
                  : snprintf(folder, sizeof folder, ".");
    DIR *dir = n > 0 && (size_t)n < sizeof folder ? opendir(folder) : NULL;
    for (const struct dirent *e; dir && (e = readdir(dir));) {
        if (is_dead_draft(dirfd(dir), e->d_name, base)) (void)unlinkat(dirfd(dir), e->d_name, 0);
    }
    if (dir) closedir(dir);
}

/* Renamed over, /dev/null would be a file from then on, for every program of the machine. */
static Status refuse_device(const char *path, Err *err) {
    struct stat st;
    if (stat(path, &st) != 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) return OK;
    return err_set(err, E_USAGE, "%s is a device or a pipe, and no file to replace", path);
}

Status file_replace(const char *path, Str bytes, mode_t mode, Err *err) {
    FileDraft draft;
    TRY(refuse_device(path, err));
    TRY(file_draft_begin(path, mode, &draft, err));
    Status status = file_write_all(draft.fd, bytes.p, bytes.n, path, err);
    if (status == OK) return file_draft_commit(&draft, err);
    file_draft_abort(&draft);
    return status;
}

/* Where a mapping of n bytes may begin at a multiple of FILE_HUGE_BYTES: room for it is taken, and
   what is too much given back. NULL: anywhere. */
static void *map_place(size_t n) {
    const uintptr_t huge = FILE_HUGE_BYTES;
    if (n < huge || n > SIZE_MAX - huge) return NULL;
    uint8_t *room = mmap(NULL, n + huge, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) return NULL;
    size_t before = (size_t)(-(uintptr_t)room % huge);
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    size_t whole = (n + page - 1) / page * page;
    assert(before % page == 0 && before + whole <= n + huge); /* something is left to give back */
    if (before) (void)munmap(room, before);
    (void)munmap(room + before + whole, huge - before + n - whole);
    return room + before;
}

static void *map_shared(int fd, size_t n) {
    void *place = map_place(n);
    if (!place) return mmap(NULL, n, PROT_READ, MAP_SHARED, fd, 0);
    void *at = mmap(place, n, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
    if (at == MAP_FAILED) (void)munmap(place, n);
    return at;
}

Status file_map(const char *path, FileMap *out, Err *err) {
    *out = (FileMap){.fd = -1};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return file_error(err, "open", path);
    struct stat st;
    Status status = OK;
    if (fstat(fd, &st) != 0) {
        status = file_error(err, "look at", path);
    } else if (!S_ISREG(st.st_mode)) {
        status = err_set(err, E_USAGE, "%s is not a regular file", path);
    } else if (st.st_size == 0) {
        status = err_set(err, E_CORRUPT, "%s is empty", path);
    }
    if (status == OK) {
        void *at = map_shared(fd, (size_t)st.st_size);
        if (at == MAP_FAILED) {
            status = file_error(err, "map", path);
        } else {
            *out = (FileMap){at, (size_t)st.st_size, fd};
        }
    }
    if (status != OK) close(fd);
    return status;
}

void file_unmap(FileMap *map) {
    if (map->p) (void)munmap((void *)(uintptr_t)map->p, map->n);
    if (map->p && map->fd >= 0) close(map->fd);
    *map = (FileMap){.fd = -1};
}

bool file_map_intact(const FileMap *map) {
    struct stat st;
    return map->p && fstat(map->fd, &st) == 0 && (uint64_t)st.st_size >= map->n;
}

/* Absolute, empty, or with a part "..": refused before the kernel is asked. openat2 lets a ".."
   pass that stays inside, and the walk below would follow any out of its root. */
static bool name_climbs(const char *name) {
    if (name[0] == '/' || name[0] == 0) return true;
    for (const char *at = name; at;) {
        size_t n = strcspn(at, "/");
        if (n == 2 && at[0] == '.' && at[1] == '.') return true;
        at = at[n] ? at + n + 1 : NULL;
    }
    return false;
}

/* Opens a folder on the way. A link there is ELOOP, as openat2 says it: O_NOFOLLOW with O_DIRECTORY
   calls it ENOTDIR. */
static int open_part(int dir, const char *part) {
    int fd = openat(dir, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0 && errno == ENOTDIR) {
        bool link = fstatat(dir, part, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
        errno = link ? ELOOP : ENOTDIR;
    }
    return fd;
}

/* What openat2 does, for kernels without it: one folder at a time, none through a link. Takes no
   path apart but at '/', since name_climbs has looked before. Sets errno. */
static int open_walk(int root_fd, const char *name, int flags, mode_t mode) {
    int dir = fcntl(root_fd, F_DUPFD_CLOEXEC, 0);
    while (dir >= 0) {
        size_t n = strcspn(name, "/");
        if (name[n] == 0) {
            int fd = openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
            close(dir);
            return fd;
        }
        char part[256];
        int next = -1;
        if (n < sizeof part) {
            memcpy(part, name, n);
            part[n] = 0;
            next = n ? open_part(dir, part) : fcntl(dir, F_DUPFD_CLOEXEC, 0);
        } else {
            errno = ENAMETOOLONG;
        }
        close(dir);
        dir = next;
        name += n + 1;
    }
    return -1;
}

Status file_open_beneath(int root_fd, const char *name, int flags, mode_t mode, int *fd_out,
                         Err *err) {
    if (name_climbs(name)) return err_set(err, E_DENIED, "the name leaves its folder: %s", name);
    int fd = -1;
    errno = ENOSYS;
#if defined(__linux__) && defined(SYS_openat2)
    struct open_how how = {
        .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
        .mode = flags & O_CREAT ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    fd = (int)syscall(SYS_openat2, root_fd, name, &how, sizeof how);
#endif
    /* EPERM: filters of containers that do not know the call say so */
    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) fd = open_walk(root_fd, name, flags, mode);
    if (fd < 0 && (errno == ELOOP || errno == EXDEV)) {
        return err_set(err, E_DENIED, "the name goes through a symbolic link: %s", name);
    }
    if (fd < 0) return file_error(err, "open", name);
    *fd_out = fd;
    return OK;
}

/* From the top down, each part made where it is not there and synced into its parent. Another
   process may make the same folder at the same moment: EEXIST is fine when it is one. */
Status file_make_dirs(const char *path, mode_t mode, Err *err) {
    char *copy = mem_strdup(path);
    if (!copy) return err_no_memory(err, "a path");
    Status status = OK;
    for (char *at = copy + (*copy == '/'); status == OK; at++) {
        if (*at != '/' && *at != 0) continue;
        char keep = *at;
        *at = 0;
        struct stat st;
        if (mkdir(copy, mode) == 0) {
            status = file_sync_parent(copy, err);
        } else if (errno != EEXIST || stat(copy, &st) != 0 || !S_ISDIR(st.st_mode)) {
            status = file_error(err, "make the folder", copy);
        }
        *at = keep;
        if (keep == 0) break;
    }
    mem_free(copy);
    return status;
}

Status file_remove(const char *path, Err *err) {
    if (unlink(path) == 0 || errno == ENOENT) return OK;
    return file_error(err, "remove", path);
}

/* For nftw, children first. */
static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *where) {
    (void)remove(path);
    return 0;
}

/* 8 is how many folders nftw keeps open at once. */
void file_remove_tree(const char *folder) {
    (void)nftw(folder, remove_entry, 8, FTW_PHYS | FTW_MOUNT | FTW_DEPTH);
}

bool file_exists(const char *path) {
    struct stat st;
    return lstat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

Status file_size(const char *path, uint64_t *size_bytes, Err *err) {
    struct stat st;
    if (stat(path, &st) != 0) return file_error(err, "look at", path);
    *size_bytes = (uint64_t)st.st_size;
    return OK;
}

int64_t file_mtime_ns(const struct stat *st) {
    const int64_t far_s = 7000000000;
    int64_t s = st->st_mtim.tv_sec;
    if (s > far_s) return far_s * 1000000000;
    if (s < -far_s) return -far_s * 1000000000;
    return s * 1000000000 + st->st_mtim.tv_nsec;
}

/* Cuts the last component off path[0..n): where the rest of it ends. 0: nothing is left. */
static size_t parent_end(const char *path, size_t n) {
    while (n > 0 && path[n - 1] != '/') n--;
    while (n > 1 && path[n - 1] == '/') n--;
    return n;
}

/* Of the file system that holds the path, or its nearest existing parent. */
static Status look_at_disk(const char *path, struct statvfs *fs, Err *err) {
    size_t n = strlen(path);
    char head[PATH_MAX];
    if (n >= sizeof head) return err_set(err, E_LIMIT, "a path of %zu bytes", n);
    memcpy(head, path, n);
    for (;; n = parent_end(path, n)) { /* at the latest "/" or "." is there */
        head[n] = 0;
        if (statvfs(n ? head : ".", fs) == 0) return OK;
        if (errno != ENOENT || n == 0 || (n == 1 && head[0] == '/')) {
            return file_error(err, "look at the disk of", path);
        }
    }
}

Status file_free_bytes(const char *path, uint64_t *free_bytes, Err *err) {
    struct statvfs fs;
    TRY(look_at_disk(path, &fs, err));
    *free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
    return OK;
}

bool file_is_frozen(const char *path) {
    struct statvfs fs;
    return look_at_disk(path, &fs, NULL) == OK && (fs.f_flag & ST_RDONLY);
}

char *file_join(const char *dir, const char *name) {
    size_t a = strlen(dir), b = strlen(name);
    bool slash = a && dir[a - 1] != '/';
    char *path = mem_alloc(a + slash + b + 1);
    if (!path) return NULL;
    memcpy(path, dir, a);
    if (slash) path[a] = '/';
    memcpy(path + a + slash, name, b + 1);
    return path;
}

/* realpath(3) of the longest beginning that exists, then the rest as it was written: a file that is
   gone can still be named, as by `hearth remove`. */
Status file_real_path(const char *path, char **out, Err *err) {
    size_t n = strlen(path);
    char head[PATH_MAX], *real = NULL;
    *out = NULL;
    if (n == 0) return err_set(err, E_USAGE, "an empty path");
    if (n >= sizeof head) return err_set(err, E_LIMIT, "a path of %zu bytes", n);
    while (n > 1 && path[n - 1] == '/') n--;
    memcpy(head, path, n);
    size_t all = n;
    for (;; n = parent_end(path, n)) { /* at the latest "/" or "." is there */
        head[n] = 0;
        real = realpath(n ? head : ".", NULL);
        if (real || n == 0 || (n == 1 && head[0] == '/')) break;
    }
    if (!real) return file_error(err, "find", path);
    size_t gone = n;
    while (gone < all && path[gone] == '/') gone++;
    head[all] = 0;
    memcpy(head, path, all);
    *out = gone < all ? file_join(real, head + gone) : mem_strdup(real);
    mem_libc_free(real);
    return *out ? OK : err_no_memory(err, "a path");
}

enum { LOCK_PAUSE_MS = 10 };

/* Takes fd over, also on failure. */
static Status lock_fd(int fd, const char *path, int *fd_out, Err *err) {
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR) continue;
        Status status = errno == EWOULDBLOCK
                            ? err_set(err, E_BUSY, "another process holds %s", path)
                            : file_error(err, "lock", path);
        close(fd);
        return status;
    }
    *fd_out = fd;
    return OK;
}

Status file_lock(const char *path, int *fd_out, Err *err) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    return fd < 0 ? file_error(err, "open the lock", path) : lock_fd(fd, path, fd_out, err);
}

Status file_lock_wait(const char *path, unsigned wait_ms, int *fd_out, Err *err) {
    Status status = file_lock(path, fd_out, err);
    for (unsigned waited = 0; status == E_BUSY && waited < wait_ms; waited += LOCK_PAUSE_MS) {
        nanosleep(&(struct timespec){.tv_nsec = LOCK_PAUSE_MS * 1000000L}, NULL);
        status = file_lock(path, fd_out, err);
    }
    return status;
}

Status file_lock_beneath(int root_fd, const char *name, int *fd_out, Err *err) {
    int fd;
    TRY(file_open_beneath(root_fd, name, O_RDWR | O_CREAT, 0600, &fd, err));
    return lock_fd(fd, name, fd_out, err);
}

void file_unlock(int fd) {
    if (fd >= 0) close(fd); /* the lock goes with the last descriptor */
}
