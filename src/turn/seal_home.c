/*
 * The body of seal_home.h.
 *
 * A conversion: the key file is written with phase "sealing" (or "unsealing") and synced. From then
 * on new files have the new form. Then every file below stores/, gate/ and the configuration's
 * route.toml is written anew in the new form, each replaced atomically; what was kept for the next
 * start (cache/kv) goes. At last the key file says "sealed", or goes, but only when every file and
 * folder there could be looked at: what was missed would stay plain in a sealed home, or be lost
 * with its key. Whoever finds a key file in between begins at the first file again; those that are
 * done are passed over.
 *
 *     phase in the key file    new files are    old files may be    who comes next
 *     (no key file)            plain            plain
 *     sealing                  sealed           either              goes on sealing
 *     sealed                   sealed           sealed
 *     unsealing                plain            either              goes on unsealing
 *
 * So a crash at any line leaves a home that every reader understands, for each file says itself
 * which form it has.
 *
 * Not touched: models and packs of weights, catalogue notes (state/), the configuration hearth.toml
 * (it is read before anything can be unlocked), lock files. They hold nothing of the user's but
 * names of models and settings.
 */
#include "turn/seal_home.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/frame.h"
#include "base/home.h"
#include "base/kernel_keys.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sealed_log.h"
#include "base/sealed_text.h"
#include "knowledge/store_convert.h"

enum { DEPTH_MAX = 4 }; /* of folders: stores/NAME/segments is three */

typedef struct Walk {
    const SealProgress *progress;
    bool only_looks; /* for a file that is sealed: nothing is changed */
    uint64_t n;
    Status status; /* the first failure; the walk goes on */
    Err first;
} Walk;

/* ---- one file ------------------------------------------------------------------------------ */

static bool ends(const char *name, const char *tail) {
    return str_ends(str_from(name), str_from(tail));
}

/* What a writer that died has left. */
static bool is_orphan(const char *name) {
    return strstr(name, ".tmp-") != NULL || ends(name, ".kv");
}

/* Of a database that stands beside it and is converted as a whole. */
static bool is_side_file(const char *name) {
    return strcmp(name, "store.db-wal") == 0 || strcmp(name, "store.db-shm") == 0 ||
           strncmp(name, "store.db.converted", 18) == 0;
}

/* By its kind. What has the new form already is passed over by each of these. */
static Status convert_file(const char *path, const char *name, Err *err) {
    FrameProbe probe;
    if (is_orphan(name)) return file_remove(path, err);
    if (strcmp(name, "store.db") == 0) return store_convert(path, err);
    if (strcmp(name, "egress.log") == 0) return sealed_log_convert(path, err);
    if (str_starts(str_from(name), STR("store.db.damaged-"))) TRY(store_convert_aside(path, err));
    TRY(frame_probe(path, &probe, err));
    bool frame = probe.is_frame && strcmp(probe.kind, "text") != 0;
    return frame ? frame_convert(path, err) : sealed_text_convert(path, err);
}

/* The first file that only a key file which is not there would open. */
static void look_at_file(Walk *walk, const char *path) {
    FrameProbe probe;
    bool sealed = walk->status == OK && frame_probe(path, &probe, NULL) == OK && probe.sealed;
    if (sealed) walk->status = sealing_may_read(path, true, &walk->first);
}

/* One failure does not end the walk: as much as can be is converted, and the first is told. */
static void walk_file(Walk *walk, const char *path, const char *name, const struct stat *st) {
    Err why;
    if (!S_ISREG(st->st_mode) || st->st_size == 0 || is_side_file(name)) return;
    if (walk->only_looks) {
        look_at_file(walk, path);
        return;
    }
    if (walk->progress && walk->progress->each) {
        walk->progress->each(walk->progress->user, path, walk->n);
    }
    walk->n++;
    Status status = convert_file(path, name, &why);
    if (status == OK || walk->status != OK) return;
    walk->status = status;
    walk->first = why;
}

/* ---- a folder ------------------------------------------------------------------------------ */

static void walk_folder(Walk *walk, const char *folder, int depth);

/* What cannot be looked at was not converted, whatever it is; a look that comes first leaves it to
   the conversion to say so. */
static void walk_blind(Walk *walk, const char *path, const char *why) {
    if (walk->status != OK || walk->only_looks) return;
    walk->status = err_set(&walk->first, E_IO, "cannot look at %.300s: %s", path, why);
}

/* A file or folder; absent is fine. */
static void walk_path(Walk *walk, const char *path, const char *name, int depth) {
    struct stat st;
    if (lstat(path, &st) != 0) {
        if (errno != ENOENT) walk_blind(walk, path, strerror(errno));
    } else if (!S_ISDIR(st.st_mode)) {
        walk_file(walk, path, name, &st);
    } else if (depth > DEPTH_MAX) {
        walk_blind(walk, path, "it is nested too deeply");
    } else {
        walk_folder(walk, path, depth);
    }
}

/* One level deeper. */
static void walk_entry(Walk *walk, const char *folder, const char *name, int depth) {
    char *path = file_join(folder, name);
    if (path) walk_path(walk, path, name, depth + 1);
    else walk->status = err_no_memory(&walk->first, "a path");
    mem_free(path);
}

/* All names, each with its NUL. errno tells the end from a failure: readdir says NULL for both. */
static void read_names(Walk *walk, const char *folder, Buf *names) {
    DIR *dir = opendir(folder);
    const struct dirent *e = NULL;
    if (!dir) return walk_blind(walk, folder, strerror(errno));
    for (errno = 0; (e = readdir(dir)); errno = 0) {
        bool self = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
        if (!self) buf_add(names, e->d_name, strlen(e->d_name) + 1);
    }
    if (errno) walk_blind(walk, folder, strerror(errno));
    closedir(dir);
    if (names->status != OK && walk->status == OK) {
        walk->status = buf_check(names, folder, &walk->first);
    }
}

/* The names first: files are replaced while it goes on. */
static void walk_folder(Walk *walk, const char *folder, int depth) {
    assert(depth >= 0 && depth <= DEPTH_MAX); /* the recursion's limit (walk_path) */
    enum { NAMES_MAX = 64 << 20 };
    Buf names;
    buf_init(&names, NAMES_MAX);
    read_names(walk, folder, &names);
    for (size_t at = 0; names.status == OK && at < names.n; at += strlen(names.p + at) + 1) {
        walk_entry(walk, folder, names.p + at, depth);
    }
    buf_fini(&names);
}

/* A folder of the home, or a file in it; failures inside are the walk's, not this call's. */
static Status walk_place(Walk *walk, HomeKind kind, const char *name, Err *err) {
    char *path = NULL;
    TRY(home_path(kind, name, &path, err));
    walk_path(walk, path, name, 0);
    mem_free(path);
    return OK;
}

/* Drafts of the key file, which stands above the folders that are walked. */
static Status remove_key_drafts(Err *err) {
    char *folder = NULL;
    TRY(home_dir(HOME_DATA, &folder, err));
    Status status = OK;
    DIR *dir = opendir(folder);
    for (const struct dirent *e; dir && status == OK && (e = readdir(dir));) {
        if (strncmp(e->d_name, "seal.key.tmp-", 13) != 0) continue;
        char *path = file_join(folder, e->d_name);
        status = path ? file_remove(path, err) : err_no_memory(err, "a path");
        mem_free(path);
    }
    if (dir) closedir(dir);
    mem_free(folder);
    return status;
}

/* All that is kept of the user's for good. */
static Status walk_home(Walk *walk, Err *err) {
    TRY(walk_place(walk, HOME_STORES, "", err));
    TRY(walk_place(walk, HOME_GATE, "", err));
    TRY(walk_place(walk, HOME_CONFIG, "route.toml", err));
    return walk_place(walk, HOME_STATE, "egress.last", err);
}

/* Prompts first: they are deleted, which is quick, and hold words of documents. */
static Status convert_all(const SealProgress *progress, Err *err) {
    Walk walk = {.progress = progress};
    TRY(walk_place(&walk, HOME_CACHE, "kv", err));
    TRY(walk_home(&walk, err));
    if (walk.status != OK && err) *err = walk.first;
    return walk.status == OK ? remove_key_drafts(err) : walk.status;
}

/* ---- phases -------------------------------------------------------------------------------- */

/* The key file anew, with the same keys. The master key is wiped on every way. */
static Status set_phase(KeyringPhase phase, Err *err) {
    uint8_t master[SEAL_KEY_BYTES];
    Keyring ring = *sealing_ring();
    TRY(sealing_master(master, err));
    ring.phase = phase;
    Status status = sealing_put(&ring, master, err);
    seal_wipe(master, sizeof master);
    return status;
}

/* The last step, only when nothing was missed: the phase says "sealed", or the key file goes. */
static Status finish(const SealProgress *progress, Err *err) {
    assert(sealing_ring()->phase == KEYRING_SEALING || sealing_ring()->phase == KEYRING_UNSEALING);
    TRY(convert_all(progress, err));
    if (sealing_on()) return set_phase(KEYRING_SEALED, err);
    seal_home_forget();
    return sealing_drop(err);
}

/* With nobody else in the home from beginning to end. */
static Status alone(Status (*what)(const SealProgress *progress, Err *err),
                    const SealProgress *progress, Err *err) {
    TRY(sealing_begin_alone(err));
    Status status = what(progress, err);
    sealing_end_alone();
    return status;
}

/* From here on new files are written sealed, and the old ones are read as they are. */
static Status make_ring(Str passphrase, Err *err) {
    Keyring ring;
    uint8_t master[SEAL_KEY_BYTES];
    keyring_make(&ring, master);
    ring.phase = KEYRING_SEALING;
    Status status = keyring_add(&ring, master, KEY_SLOT_PASSPHRASE, passphrase, err);
    if (status == OK) status = sealing_put(&ring, master, err);
    seal_wipe(master, sizeof master);
    return status;
}

static Status seal_all(const SealProgress *progress, Err *err) {
    if (sealing_ring()->phase != KEYRING_SEALING) TRY(set_phase(KEYRING_SEALING, err));
    return finish(progress, err);
}

Status seal_home_key_there(Err *err) {
    Walk walk = {.only_looks = true};
    if (sealing_state() != SEALING_OFF) return OK;
    TRY(walk_home(&walk, err));
    if (walk.status != OK && err) *err = walk.first;
    return walk.status;
}

/* Alone before the key file is written; `alone` takes it over and gives it back. */
Status seal_home_on(Str passphrase, const SealProgress *progress, Err *err) {
    if (sealing_state() == SEALING_OFF) {
        TRY(seal_home_key_there(err));
        TRY(sealing_begin_alone(err));
        Status status = make_ring(passphrase, err);
        if (status != OK) sealing_end_alone();
        TRY(status);
    }
    return alone(seal_all, progress, err);
}

static Status unseal_all(const SealProgress *progress, Err *err) {
    if (sealing_ring()->phase != KEYRING_UNSEALING) TRY(set_phase(KEYRING_UNSEALING, err));
    return finish(progress, err);
}

Status seal_home_off(const SealProgress *progress, Err *err) {
    if (sealing_state() == SEALING_OFF) return OK;
    return alone(unseal_all, progress, err);
}

/* Somebody else in the home is no failure: it goes on when this one is alone, at another start. */
Status seal_home_resume(Err *err) {
    uint32_t phase = sealing_ring()->phase;
    bool settled = sealing_state() != SEALING_OPEN || phase == KEYRING_SEALED || phase == 0;
    if (settled || sealing_begin_alone(NULL) != OK) return OK;
    log_line(LOG_INFO, "turn", "a conversion of this home that was cut off goes on", "phase=%u",
             phase);
    Status status = finish(NULL, err);
    sealing_end_alone();
    return status;
}

/* ---- ways to unlock ------------------------------------------------------------------------ */

/* The ring without the slots of a kind, and one of it with `secret` (p NULL: none). */
static Status put_way(KeySlotKind kind, Str secret, Err *err) {
    uint8_t master[SEAL_KEY_BYTES];
    Keyring ring = *sealing_ring();
    TRY(sealing_master(master, err));
    keyring_drop(&ring, kind);
    Status status = secret.p ? keyring_add(&ring, master, kind, secret, err) : OK;
    if (status == OK) status = sealing_put(&ring, master, err);
    seal_wipe(master, sizeof master);
    return status;
}

Status seal_home_passphrase(Str passphrase, Err *err) {
    return put_way(KEY_SLOT_PASSPHRASE, passphrase, err);
}

Status seal_home_credential(Str secret, Err *err) {
    return put_way(KEY_SLOT_SECRET, secret, err);
}

/* The master key, under a name that holds the key file's id: another home's is another. */
Status seal_home_remember(uint32_t seconds, Err *err) {
    char name[KERNEL_KEY_NAME];
    uint8_t master[SEAL_KEY_BYTES];
    TRY(sealing_master(master, err));
    kernel_key_name(KEYRING_KIND, sealing_ring()->id, name);
    Status status =
        kernel_key_put(name, (Str){(const char *)master, sizeof master}, seconds, err);
    seal_wipe(master, sizeof master);
    return status;
}

void seal_home_forget(void) {
    char name[KERNEL_KEY_NAME];
    kernel_key_name(KEYRING_KIND, sealing_ring()->id, name);
    kernel_key_drop(name);
}
