/*
 * The body of sandbox.h, Linux only: rlimits, namespaces, Landlock and seccomp, in that order.
 *
 * The order matters: user_namespaces need open() for their id maps, mounts need the capabilities of
 * the new user namespace, Landlock refuses mounts once it holds, and seccomp takes everything else
 * away at the end. What a kernel lacks is skipped, except that file isolation (Landlock or a mount
 * namespace of our own) and seccomp must stand, or the reader does not start.
 *
 * Landlock is reached by raw system calls with constants of our own, because build machines carry
 * older kernel headers than the machines that run the program. Rights are handled as far as the
 * running kernel's ABI knows them (1: files; 2: links across directories; 3: truncation; 4: TCP;
 * 5: device ioctls; 6: abstract sockets and signals).
 *
 * The launcher's filter must allow one execve. It is allowed only with the very address of our own
 * program string, which the new image, mapped elsewhere, cannot know or reuse.
 *
 * Under AddressSanitizer RLIMIT_AS is left alone, since its shadow memory spans terabytes.
 *
 * Sources: landlock(7), seccomp(2), user_namespaces(7), pivot_root(2).
 *
 *     parser      Landlock with no path, or an empty root; no network; rlimits: memory, no written
 *                 file, 16 descriptors; seccomp: reads, writes, memory, its
 *                 socket; anything else kills
 *     pdftotext   the system's directories, read-only; rlimits: memory, CPU, 1 GiB of output, 32
 *                 descriptors; seccomp: opens for reading, one execve; anything else fails
 */
#include "knowledge/read/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "knowledge/read/wire.h"

/* linux/landlock.h, as of ABI 6 */
enum { LANDLOCK_CREATE = 444, LANDLOCK_ADD = 445, LANDLOCK_RESTRICT = 446 }; /* all machines */
enum { LANDLOCK_EXECUTE = 1, LANDLOCK_READ_FILE = 4, LANDLOCK_READ_DIR = 8 };

typedef struct LandlockRules {
    uint64_t files, net, scoped;
} LandlockRules;

typedef struct __attribute__((packed)) LandlockPath {
    uint64_t allowed;
    int32_t fd;
} LandlockPath;

_Static_assert(sizeof(LandlockPath) == 12, "struct landlock_path_beneath_attr has no padding");
_Static_assert(sizeof(LandlockRules) == 24, "struct landlock_ruleset_attr as of ABI 6");

/* What pdftotext and the dynamic linker read. Absent ones are skipped. */
static const char *const SYSTEM_PATHS[] = {
    "/usr",      "/lib",       "/lib64",           "/lib32",
    "/bin",      "/etc/fonts", "/etc/ld.so.cache", "/var/cache/fontconfig",
    "/nix/store"};

void sandbox_start(int last_fd) {
    if (syscall(SYS_close_range, (unsigned)last_fd + 1, ~0U, 0) != 0) {
        for (int fd = last_fd + 1; fd < 1024; fd++) (void)close(fd);
    }
    struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
}

/* Soft and hard limit alike; never above the hard one that there is. */
static Status limit(int which, uint64_t value, Err *err) {
    struct rlimit now;
    if (getrlimit(which, &now) != 0) now.rlim_max = RLIM_INFINITY;
    if (now.rlim_max != RLIM_INFINITY && value > now.rlim_max) value = now.rlim_max;
    struct rlimit set = {value, value};
    if (setrlimit(which, &set) == 0) return OK;
    return err_set(err, E_DENIED, "the reader cannot limit itself (rlimit %d): %s", which,
                   strerror(errno));
}

/* Under a sanitizer memory is left alone; see the essay. */
static Status limit_all(const SandboxRules *rules, uint64_t file_bytes, uint64_t files, Err *err) {
    if (!WIRE_UNDER_SANITIZER && rules->memory_bytes) {
        TRY(limit(RLIMIT_AS, rules->memory_bytes, err));
    }
    if (rules->cpu_seconds) TRY(limit(RLIMIT_CPU, rules->cpu_seconds, err));
    TRY(limit(RLIMIT_FSIZE, file_bytes, err));
    return limit(RLIMIT_NOFILE, files, err);
}

/* ---- Landlock ---- */

/* 0: this kernel has none, or has it turned off. */
static int landlock_abi(void) {
    long abi = syscall(LANDLOCK_CREATE, NULL, 0, 1U);
    return abi > 0 ? (int)abi : 0;
}

/* Every right that this ABI knows is handled, that is taken away where no path gives it back. */
static LandlockRules landlock_rules(int abi) {
    LandlockRules r = {.files = (1U << 13) - 1};
    if (abi >= 2) r.files |= 1U << 13;
    if (abi >= 3) r.files |= 1U << 14;
    if (abi >= 5) r.files |= 1U << 15;
    if (abi >= 4) r.net = 3;
    if (abi >= 6) r.scoped = 3;
    return r;
}

/* Gives reading and running back below a path; one that is not there is skipped. */
static void landlock_allow(int ruleset, const char *path) {
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) return;
    struct stat st;
    uint64_t rights = LANDLOCK_EXECUTE | LANDLOCK_READ_FILE;
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) rights |= LANDLOCK_READ_DIR;
    LandlockPath rule = {rights, fd};
    (void)syscall(LANDLOCK_ADD, ruleset, 1, &rule, 0U);
    (void)close(fd);
}

/* true when the process is now confined to reading `paths`. */
static bool landlock_confine(const char *const *paths, size_t n, const char *extra) {
    int abi = landlock_abi();
    if (abi == 0) return false;
    LandlockRules rules = landlock_rules(abi);
    size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
    int ruleset = (int)syscall(LANDLOCK_CREATE, &rules, size, 0U);
    if (ruleset < 0) return false;
    for (size_t i = 0; i < n; i++) landlock_allow(ruleset, paths[i]);
    if (extra) landlock_allow(ruleset, extra);
    bool ok = syscall(LANDLOCK_RESTRICT, ruleset, 0U) == 0;
    (void)close(ruleset);
    return ok;
}

/* ---- namespaces ---- */

/* A file of /proc, in one write as the kernel wants it. */
static bool write_text(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ssize_t n = (ssize_t)strlen(text);
    bool ok = write(fd, text, (size_t)n) == n;
    (void)close(fd);
    return ok;
}

/* A user namespace in which we are still ourselves, so that mounts and files work. */
static bool enter_user_namespace(void) {
    unsigned uid = (unsigned)geteuid();
    unsigned gid = (unsigned)getegid();
    if (unshare(CLONE_NEWUSER) != 0) return false;
    char map[64];
    (void)write_text("/proc/self/setgroups", "deny");
    (void)snprintf(map, sizeof map, "%u %u 1", uid, uid);
    if (!write_text("/proc/self/uid_map", map)) return false;
    (void)snprintf(map, sizeof map, "%u %u 1", gid, gid);
    return write_text("/proc/self/gid_map", map);
}

/* Shows `from` read-only as `path` under the new root in the working directory. */
static void show_path(const char *path, const char *from) {
    char to[256];
    struct stat st;
    bool own = strcmp(path, from) == 0;
    if ((own ? lstat(from, &st) : stat(from, &st)) != 0) return;
    (void)snprintf(to, sizeof to, ".%s", path);
    for (char *slash = strchr(to + 2, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        (void)mkdir(to, 0755);
        *slash = '/';
    }
    if (S_ISLNK(st.st_mode)) {
        char target[256];
        ssize_t n = readlink(path, target, sizeof target - 1);
        if (n <= 0) return;
        target[n] = 0;
        (void)!symlink(target, to);
        return;
    }
    if (S_ISDIR(st.st_mode)) {
        if (mkdir(to, 0755) != 0) return;
    } else {
        int fd = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        if (fd >= 0) (void)close(fd);
    }
    if (mount(from, to, NULL, MS_BIND | MS_REC, NULL) != 0) return;
    (void)mount(NULL, to, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL);
}

/* Replaces the world by an empty one that shows only `paths` and the program `extra`. Needs a user
   namespace (or root). The new world is made over /tmp, which may hide `extra`: it is held open. */
static bool enter_empty_root(const char *const *paths, size_t n, const char *extra) {
    char held[40] = "";
    if (unshare(CLONE_NEWNS) != 0) return false;
    int fd = extra ? open(extra, O_PATH | O_CLOEXEC) : -1;
    if (fd >= 0) (void)snprintf(held, sizeof held, "/proc/self/fd/%d", fd);
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return false;
    if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=0755") != 0) {
        return false;
    }
    if (chdir("/tmp") != 0) return false;
    for (size_t i = 0; i < n; i++) show_path(paths[i], paths[i]);
    if (fd >= 0 && strncmp(extra, "/usr/", 5) != 0) show_path(extra, held);
    if (fd >= 0) (void)close(fd);
    if (syscall(SYS_pivot_root, ".", ".") != 0) return false;
    return umount2(".", MNT_DETACH) == 0 && chdir("/") == 0;
}

/* Files and network. false: files are not isolated. */
static bool isolate(const SandboxRules *rules, const char *const *paths, size_t n,
                    const char *extra) {
    if (rules->hide_isolation) return false;
    bool user = enter_user_namespace();
    (void)unshare(CLONE_NEWNET | CLONE_NEWIPC);
    if (!rules->hide_landlock && landlock_confine(paths, n, extra)) return true;
    return (user || geteuid() == 0) && enter_empty_root(paths, n, extra);
}

/* Says in the user's words what is missing, and the two ways out. */
static Status isolate_or_refuse(const SandboxRules *rules, const char *const *paths, size_t n,
                                const char *extra, Err *err) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return err_set(err, E_DENIED, "the reader cannot give up privileges: %s", strerror(errno));
    }
    if (isolate(rules, paths, n, extra) || rules->weak) return OK;
    (void)err_set(err, E_DENIED,
                  "documents are not read: this kernel offers neither Landlock nor mount "
                  "namespaces to keep a hostile file away from your other files");
    return err_hint(err, "use a kernel with Landlock (5.13 or later), or accept the risk with "
                         "--weak-sandbox (system calls and memory stay limited)");
}

/* ---- seccomp ---- */

/* What both shapes need to live: memory, signals, time, the descriptors they hold. */
static const int CALLS_COMMON[] = {SCMP_SYS(read),
                                   SCMP_SYS(pread64),
                                   SCMP_SYS(readv),
                                   SCMP_SYS(write),
                                   SCMP_SYS(writev),
                                   SCMP_SYS(close),
                                   SCMP_SYS(fstat),
                                   SCMP_SYS(lseek),
                                   SCMP_SYS(munmap),
                                   SCMP_SYS(mremap),
                                   SCMP_SYS(brk),
                                   SCMP_SYS(madvise),
                                   SCMP_SYS(futex),
                                   SCMP_SYS(rt_sigaction),
                                   SCMP_SYS(rt_sigprocmask),
                                   SCMP_SYS(rt_sigreturn),
                                   SCMP_SYS(sigaltstack),
                                   SCMP_SYS(clock_gettime),
                                   SCMP_SYS(gettimeofday),
                                   SCMP_SYS(time),
                                   SCMP_SYS(getrandom),
                                   SCMP_SYS(getpid),
                                   SCMP_SYS(gettid),
                                   SCMP_SYS(restart_syscall),
                                   SCMP_SYS(sched_yield),
                                   SCMP_SYS(sched_getaffinity),
                                   SCMP_SYS(exit),
                                   SCMP_SYS(exit_group),
                                   SCMP_SYS(poll),
                                   SCMP_SYS(ppoll),
                                   SCMP_SYS(getrusage),
                                   SCMP_SYS(sysinfo)};

static const int CALLS_PARSER[] = {SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(recvfrom),
                                   SCMP_SYS(sendto)};

/* Libraries ask for these on the side and live well with "no". */
static const int CALLS_REFUSED[] = {SCMP_SYS(open),      SCMP_SYS(openat),     SCMP_SYS(stat),
                                    SCMP_SYS(lstat),     SCMP_SYS(newfstatat), SCMP_SYS(statx),
                                    SCMP_SYS(access),    SCMP_SYS(faccessat),  SCMP_SYS(faccessat2),
                                    SCMP_SYS(readlink),  SCMP_SYS(readlinkat), SCMP_SYS(getcwd),
                                    SCMP_SYS(uname),     SCMP_SYS(ioctl),      SCMP_SYS(prctl),
                                    SCMP_SYS(prlimit64), SCMP_SYS(fcntl)};

static const int CALLS_PROGRAM[] = {
    SCMP_SYS(mmap),       SCMP_SYS(mprotect),        SCMP_SYS(stat),
    SCMP_SYS(lstat),      SCMP_SYS(newfstatat),      SCMP_SYS(statx),
    SCMP_SYS(access),     SCMP_SYS(faccessat),       SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),   SCMP_SYS(readlinkat),      SCMP_SYS(getcwd),
    SCMP_SYS(getdents64), SCMP_SYS(fcntl),           SCMP_SYS(uname),
    SCMP_SYS(arch_prctl), SCMP_SYS(set_tid_address), SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),       SCMP_SYS(getuid),          SCMP_SYS(geteuid),
    SCMP_SYS(getgid),     SCMP_SYS(getegid),         SCMP_SYS(dup),
    SCMP_SYS(fstatfs),    SCMP_SYS(statfs),          SCMP_SYS(fadvise64)};

/* A call that this machine does not have cannot be added; leaving it out only makes the list
   stricter, so results are not looked at. */
static void allow(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t n) {
    for (size_t i = 0; i < n; i++) (void)seccomp_rule_add(filter, action, calls[i], 0);
}

/* Signals to itself only: abort() needs one, and a hostile parser runs as the user, whose other
   processes it could end. */
static void allow_own_signals(scmp_filter_ctx filter) {
    (void)seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                           SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
}

/* Frees the filter in any case. */
static Status load(scmp_filter_ctx filter, Err *err) {
    int rc = seccomp_load(filter);
    seccomp_release(filter);
    if (rc == 0) return OK;
    (void)err_set(err, E_DENIED, "the reader cannot limit its system calls: %s", strerror(-rc));
    return err_hint(err, "this kernel or container forbids seccomp filters");
}

/* Any other call kills the process: a parser that makes one was taken over. Memory may be mapped,
   but never to be run. */
static Status filter_parser(Err *err) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!filter) return err_no_memory(err, "the system call filter");
    allow(filter, SCMP_ACT_ALLOW, CALLS_COMMON, ARRAY_LEN(CALLS_COMMON));
    allow(filter, SCMP_ACT_ALLOW, CALLS_PARSER, ARRAY_LEN(CALLS_PARSER));
    allow(filter, SCMP_ACT_ERRNO(EACCES), CALLS_REFUSED, ARRAY_LEN(CALLS_REFUSED));
    allow_own_signals(filter);
    (void)seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                           SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    (void)seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                           SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    return load(filter, err);
}

/* Other calls fail instead of killing: pdftotext is a program of others, which asks for much and
   can do without. Files are opened for reading only. */
static Status filter_program(const char *program, Err *err) {
    enum { WRITES = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND };
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter) return err_no_memory(err, "the system call filter");
    allow(filter, SCMP_ACT_ALLOW, CALLS_COMMON, ARRAY_LEN(CALLS_COMMON));
    allow(filter, SCMP_ACT_ALLOW, CALLS_PROGRAM, ARRAY_LEN(CALLS_PROGRAM));
    allow_own_signals(filter);
    (void)seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1,
                           SCMP_A0(SCMP_CMP_EQ, 0, 0)); /* its own limits */
    (void)seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
                           SCMP_A2(SCMP_CMP_MASKED_EQ, WRITES, O_RDONLY));
    (void)seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(open), 1,
                           SCMP_A1(SCMP_CMP_MASKED_EQ, WRITES, O_RDONLY));
    (void)seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(execve), 1,
                           SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)(uintptr_t)program, 0));
    return load(filter, err);
}

/* ---- public ---- */

/* Files, then limits, then calls: each step needs what the next one takes away. */
Status sandbox_lock_parser(const SandboxRules *rules, Err *err) {
    TRY(isolate_or_refuse(rules, NULL, 0, NULL, err));
    TRY(limit_all(rules, 0, 16, err));
    return filter_parser(err);
}

Status sandbox_exec(const SandboxRules *rules, const char *program, char *const argv[], Err *err) {
    enum { OUTPUT_MAX = 1 << 30 };
    static char locale[] = "LC_ALL=C", home[] = "HOME=/", path[] = "PATH=/usr/bin";
    char *const environment[] = {locale, home, path, NULL};
    TRY(isolate_or_refuse(rules, SYSTEM_PATHS, ARRAY_LEN(SYSTEM_PATHS), program, err));
    TRY(limit_all(rules, OUTPUT_MAX, 32, err));
    TRY(filter_program(program, err));
    (void)execve(program, argv, environment);
    return err_set(err, E_FAILED, "cannot run %s: %s", program, strerror(errno));
}

/* In a child of its own, for no layer can be taken off again. */
static bool tries(bool (*what)(void)) {
    pid_t child = fork();
    if (child < 0) return false;
    if (child == 0) _exit(what() ? 0 : 1);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The parser's own filter is the trial; _exit is among its calls. */
static bool try_seccomp(void) {
    Err err;
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return filter_parser(&err) == OK;
}

static bool try_landlock(void) {
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return landlock_confine(NULL, 0, NULL);
}

static bool try_mount(void) {
    return (enter_user_namespace() || geteuid() == 0) && enter_empty_root(NULL, 0, NULL);
}

static bool try_net(void) {
    return (enter_user_namespace() || geteuid() == 0) && unshare(CLONE_NEWNET) == 0;
}

unsigned sandbox_layers(int *abi) {
    *abi = landlock_abi();
    unsigned layers = 0;
    if (tries(try_seccomp)) layers |= SANDBOX_SECCOMP;
    if (tries(try_landlock)) layers |= SANDBOX_LANDLOCK;
    if (tries(enter_user_namespace)) layers |= SANDBOX_USERNS;
    if (tries(try_mount)) layers |= SANDBOX_MOUNTNS;
    if (tries(try_net)) layers |= SANDBOX_NETNS;
    return layers;
}
