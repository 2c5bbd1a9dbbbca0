/*
 * The body of sealing.h.
 *
 * The home is held by a lock on its folder (flock): shared by whoever uses it, alone by whoever
 * converts it. So no process goes on writing plain files into a home that is sealed meanwhile, and
 * none reads half of each.
 *
 * Keys of purposes are keyed BLAKE2b-256 of the master key over "purpose" NUL id. The master key
 * lies in this process's memory until it ends or forgets it, kept out of core dumps and, where the
 * system allows it, out of swap.
 *
 *     OFF    -- seal.key is found (sealing_look) -->   LOCKED
 *     LOCKED -- a way opens a slot (sealing_unlock) --> OPEN
 *     OPEN   -- sealing_forget -->                     LOCKED
 *     any    -- another home is looked at -->          OFF, and from there anew
 *     OPEN   -- sealing_drop, the home is plain -->    OFF
 *
 * The phase of the ring goes beside it: SEALED, or one of the two in which a home is converted.
 */
#include "base/sealing.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/home.h"
#include "base/kernel_keys.h"
#include "base/mem.h"

_Static_assert(SEAL_KEY_BYTES <= 4096, "the master key has its page");

enum { PATH_BYTES = 4096, CREDENTIAL_MAX = 64 << 10, LABEL_MAX = 128 };

_Static_assert(sizeof KEYRING_KIND + 1 + 2 * KEYRING_ID_BYTES <= KERNEL_KEY_NAME, "its name fits");

static struct {
    SealingState state;
    Keyring ring;
    _Alignas(4096) uint8_t master[4096]; /* the first SEAL_KEY_BYTES; a page, to be locked */
    int home;    /* the folder, locked; -1: none yet */
    bool pinned; /* by a test: homes are not looked at */
    char path[PATH_BYTES]; /* of seal.key */
} now = {.home = -1};

/* Both forms are read while this is so, and in no other process: whoever converts holds the home
   alone. */
static bool is_mixed(void) {
    return now.ring.phase == KEYRING_SEALING || now.ring.phase == KEYRING_UNSEALING;
}

/* Pins the page first, then puts the key there. That the system will not pin it is no failure. */
static void take_master(const uint8_t master[SEAL_KEY_BYTES]) {
    assert(now.ring.phase != 0); /* the key of a ring that was read or made */
    (void)mlock(now.master, sizeof now.master);
#ifdef MADV_DONTDUMP
    (void)madvise(now.master, sizeof now.master, MADV_DONTDUMP);
#endif
    memcpy(now.master, master, SEAL_KEY_BYTES);
    now.state = SEALING_OPEN;
}

void sealing_forget(void) {
    seal_wipe(now.master, sizeof now.master);
    if (now.state == SEALING_OPEN) now.state = SEALING_LOCKED;
}

/* Back to what a process knows before its first look. */
static void leave_home(void) {
    sealing_forget();
    if (now.home >= 0) close(now.home);
    now.home = -1;
    now.path[0] = 0;
    now.state = SEALING_OFF;
    memset(&now.ring, 0, sizeof now.ring);
}

void sealing_use(const uint8_t master[SEAL_KEY_BYTES]) {
    leave_home();
    now.pinned = master != NULL;
    if (!master) return;
    now.ring.phase = KEYRING_SEALED;
    take_master(master);
}

/* ---- the home ------------------------------------------------------------------------------ */

/* Never waits: a command that cannot have the home says so at once. */
static Status lock_home(int how, Err *err) {
    if (flock(now.home, how | LOCK_NB) == 0) return OK;
    if (errno != EWOULDBLOCK) return OK; /* a file system without locks: as good as it gets */
    bool alone = how == LOCK_EX;
    (void)err_set(err, E_BUSY, alone ? "another hearth is using this home"
                                     : "this home is being sealed or unsealed");
    return err_hint(err, alone ? "end the other hearth and try again" : "wait until it is done");
}

/* Fills in now.path and takes the home, shared. What went wrong is cleared away by the caller. A
   folder that is not there could not be made (home_dir). */
static Status enter_home(const char *folder, Err *err) {
    assert(*folder && now.home < 0); /* leave_home came before */
    if (snprintf(now.path, sizeof now.path, "%s%sseal.key", folder,
                 folder[strlen(folder) - 1] == '/' ? "" : "/") >= (int)sizeof now.path) {
        return err_set(err, E_LIMIT, "the path of the home is too long");
    }
    now.home = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (now.home >= 0) return lock_home(LOCK_SH, err);
    if (errno != ENOENT) {
        return err_set(err, E_IO, "cannot open %.200s: %s", folder, strerror(errno));
    }
    (void)err_set(err, E_NOT_FOUND, "there is no folder %.200s, and its disk is read-only", folder);
    return err_hint(err, "set HEARTH_HOME to a folder on a disk that can be written to");
}

/* The key file, if there is one. A file that is there and cannot be read locks the home all the
   same: nothing is written plain then. */
static Status read_ring(Err *err) {
    struct stat st;
    if (stat(now.path, &st) != 0) {
        if (errno == ENOENT) return OK;
        return err_set(err, E_IO, "cannot look at %.200s: %s", now.path, strerror(errno));
    }
    now.state = SEALING_LOCKED;
    Status status = keyring_read(now.path, &now.ring, err);
    if (status != OK) memset(&now.ring, 0, sizeof now.ring); /* the next look reads it again */
    return status;
}

/* A home that was looked at before is not locked or read again; a ring that could not be read
   is. */
static Status look_in(const char *folder, Err *err) {
    size_t n = strlen(folder);
    bool same = now.home >= 0 && strncmp(now.path, folder, n) == 0 &&
                strcmp(now.path + n + (now.path[n] == '/'), "seal.key") == 0;
    if (!same) {
        leave_home();
        Status status = enter_home(folder, err);
        if (status != OK) leave_home(); /* a home that is not held is no home of ours */
        TRY(status);
    }
    bool known = now.state != SEALING_OFF && now.ring.phase != 0;
    return known ? OK : read_ring(err);
}

Status sealing_look(Err *err) {
    char *folder = NULL;
    if (now.pinned) return OK;
    TRY(home_dir(HOME_DATA, &folder, err));
    Status status = look_in(folder, err);
    mem_free(folder);
    return status;
}

SealingState sealing_state(void) {
    return now.state;
}

const Keyring *sealing_ring(void) {
    return &now.ring;
}

/* ---- unlocking ----------------------------------------------------------------------------- */

/* What another process of this user has left in the kernel's keyring. A key that is not this ring's
   counts as none. */
static bool by_system(void) {
    char name[KERNEL_KEY_NAME];
    uint8_t master[SEAL_KEY_BYTES];
    size_t n;
    kernel_key_name(KEYRING_KIND, now.ring.id, name);
    bool good = kernel_key_get(name, master, sizeof master, &n) && n == sizeof master &&
                keyring_check(&now.ring, master, NULL) == OK;
    if (good) take_master(master);
    seal_wipe(master, sizeof master);
    return good;
}

/* E_NOT_FOUND: there is none. */
static Status by_credential(Err *err) {
    const char *folder = env_get("CREDENTIALS_DIRECTORY");
    uint8_t master[SEAL_KEY_BYTES];
    Buf secret;
    if (!folder || !keyring_count(&now.ring, KEY_SLOT_SECRET)) return E_NOT_FOUND;
    char *path = file_join(folder, "hearth-seal");
    if (!path) return err_no_memory(err, "a path");
    buf_init(&secret, CREDENTIAL_MAX);
    Status status = file_read(path, &secret, err);
    mem_free(path);
    if (status == OK) {
        status = keyring_unlock(&now.ring, KEY_SLOT_SECRET, buf_str(&secret), master, err);
    }
    if (status == OK) take_master(master);
    seal_wipe(master, sizeof master);
    seal_wipe_buf(&secret);
    return status;
}

/* The one sentence for everything that needs the key and has none. */
static Status locked(Err *err) {
    (void)err_set(err, E_DENIED, "this home is sealed, and locked");
    return err_hint(err, "unlock it with `hearth unlock`, or give --passphrase-file FILE");
}

/* Asks the door. The phrase lies on this stack for as long as it is stretched, then it is wiped;
   also one that was too long, or broken off. */
static Status by_passphrase(const SealingAsk *ask, Err *err) {
    char phrase[KEYRING_PASSPHRASE_MAX];
    uint8_t master[SEAL_KEY_BYTES];
    int n = ask && ask->passphrase ? ask->passphrase(ask->user, phrase, sizeof phrase) : -1;
    Status status;
    if (n < 0) {
        status = locked(err);
    } else if ((size_t)n > sizeof phrase) {
        status = err_set(err, E_USAGE, "a passphrase of more than %zu bytes", sizeof phrase);
    } else {
        status = keyring_unlock(&now.ring, KEY_SLOT_PASSPHRASE, (Str){phrase, (size_t)n}, master,
                                err);
    }
    if (status == OK) take_master(master);
    seal_wipe(phrase, sizeof phrase);
    seal_wipe(master, sizeof master);
    return status;
}

/* A credential that does not fit is followed by the question for a passphrase only where somebody
   is there to be asked. */
Status sealing_unlock(const SealingAsk *ask, Err *err) {
    if (now.state != SEALING_LOCKED || by_system()) return OK;
    Status status = by_credential(err);
    bool more = status == E_NOT_FOUND || (status == E_DENIED && ask && ask->passphrase);
    if (!more) return status;
    bool misfit = status == E_DENIED;
    status = by_passphrase(ask, err);
    return misfit && status == E_DENIED
               ? err_prefix(err, status, "the credential hearth-seal does not open it")
               : status;
}

/* ---- what the formats ask ------------------------------------------------------------------ */

bool sealing_on(void) {
    return now.state != SEALING_OFF && now.ring.phase != KEYRING_UNSEALING;
}

/* The four states against the two forms; the message says which of them is in the way. */
Status sealing_may_read(const char *path, bool sealed, Err *err) {
    if (sealed && now.state == SEALING_OFF) {
        (void)err_set(err, E_DENIED, "%s is sealed, and this home has no seal.key", path);
        return err_hint(err, "bring seal.key back from a backup of this home");
    }
    if (now.state == SEALING_LOCKED) return locked(err);
    if (sealed || now.state == SEALING_OFF || is_mixed()) return OK;
    (void)err_set(err, E_DENIED, "%s is not sealed, but this home is", path);
    return err_hint(err, "if it is yours, `hearth seal` takes it in");
}

/* "purpose" NUL id, so that no purpose and id can be cut in another way to give the same label. */
Status sealing_key(const char *purpose, Str id, uint8_t out[SEAL_KEY_BYTES], Err *err) {
    char label[LABEL_MAX];
    size_t n = strlen(purpose) + 1;
    assert(n > 1); /* without a purpose two kinds of files would share keys */
    if (now.state != SEALING_OPEN) return locked(err);
    if (n + id.n > sizeof label) return err_set(err, E_LIMIT, "a key with a long name");
    memcpy(label, purpose, n);
    memcpy(label + n, id.p, id.n);
    seal_derive(now.master, (Str){label, n + id.n}, out);
    return OK;
}

/* ---- converting ---------------------------------------------------------------------------- */

/* flock(2) lets go of the lock that is held before it tries for the other one. So it may be lost in
   between to somebody who converts the home: what is known of it is void then, and nothing may be
   written. */
static void share_home(void) {
    if (lock_home(LOCK_SH, NULL) == OK) return;
    leave_home();
    now.state = SEALING_LOCKED;
}

Status sealing_begin_alone(Err *err) {
    Status status = lock_home(LOCK_EX, err);
    if (status != OK) share_home();
    return status;
}

void sealing_end_alone(void) {
    share_home();
}

/* What is on the disk and what is in memory change together, or neither does. keyring_write fills
   in the ring's check, which the caller's copy gets as well. */
Status sealing_put(Keyring *ring, const uint8_t master[SEAL_KEY_BYTES], Err *err) {
    assert(now.path[0]); /* a home was looked at */
    Keyring before = now.ring;
    SealingState state = now.state;
    now.ring = *ring;
    Status status = keyring_write(now.path, &now.ring, master, err);
    if (status == OK) {
        take_master(master);
        *ring = now.ring;
    } else {
        now.ring = before;
        now.state = state;
    }
    return status;
}

/* seal.key goes for good before the state says so. */
Status sealing_drop(Err *err) {
    assert(now.path[0]); /* or nothing would be removed, and called done */
    TRY(file_remove(now.path, err));
    TRY(file_sync_parent(now.path, err));
    sealing_forget();
    now.state = SEALING_OFF;
    memset(&now.ring, 0, sizeof now.ring);
    return OK;
}

Status sealing_master(uint8_t out[SEAL_KEY_BYTES], Err *err) {
    if (now.state != SEALING_OPEN) return locked(err);
    memcpy(out, now.master, SEAL_KEY_BYTES);
    return OK;
}
