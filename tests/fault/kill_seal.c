/*
 * kill -9 at every call that changes the disk while a home is sealed, and unsealed.
 *
 *   kill_seal STEP [SEED]
 *
 * A home with a store (add_scene.h), a text, a ledger and a frame is sealed in a child that dies at
 * call 1, 1 + STEP, ...; at a write with half of the bytes written. Then the home is looked at by a
 * process of its own, as the next start does: it unlocks, the conversion goes on, and
 *
 *   - the home is settled: sealed or, when the first call did not come through, plain
 *   - the store is sound and complete, text, ledger and frame say what they said
 *   - sealed, no file holds the canary; no draft and no copy is left
 *
 * The same from sealed to plain. TAP on stdout.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "add_scene.h"
#include "base/file.h"
#include "base/frame.h"
#include "base/home.h"
#include "base/sealed_log.h"
#include "base/sealed_text.h"
#include "disk_tap.h"
#include "turn/seal_home.h"

#define CANARY "the canary sings"

static char at[600];
static const char *left;

static void fatal(const char *what) {
    (void)printf("Bail out! %s\n", what);
    exit(1);
}

static const char *in(const char *home, const char *name) {
    if (snprintf(at, sizeof at, "%s/%s", home, name) >= (int)sizeof at) fatal("a long path");
    return at;
}

static int say_phrase(void *user, char *out, size_t max) {
    (void)user;
    (void)max;
    memcpy(out, "correct horse", 13);
    return 13;
}

/* As a process that starts: everything as it is on the disk. */
static bool enter(const char *home) {
    static const SealCost cheap = {1, 8};
    SealingAsk ask = {say_phrase, NULL};
    keyring_set_cost(&cheap);
    home_set_root(home);
    return sealing_look(NULL) == OK && sealing_unlock(&ask, NULL) == OK;
}

static bool convert(bool off) {
    return (off ? seal_home_off(NULL, NULL) : seal_home_on(STR("correct horse"), NULL, NULL)) == OK;
}

/* ---- what is in the home ------------------------------------------------------------------- */

static bool put_frame(const char *path) {
    FrameWriter *w;
    if (frame_begin(path, "test", 1, &w, NULL) != OK) return false;
    if (frame_write(w, CANARY, sizeof CANARY, NULL) != OK) return false;
    return frame_commit(w, NULL) == OK;
}

static bool fill(const char *home) {
    char gate[600], stores[600];
    (void)snprintf(gate, sizeof gate, "%s", in(home, "gate"));
    (void)snprintf(stores, sizeof stores, "%s", in(home, "stores"));
    if (mkdir(home, 0700) != 0 || mkdir(gate, 0700) != 0) return false;
    return scene_round(stores, 0) && scene_round(stores, 1) && put_frame(in(gate, "vault")) &&
           file_replace(in(gate, "policy.toml"), STR(CANARY), 0600, NULL) == OK &&
           file_replace(in(gate, "egress.log"), STR("1 " CANARY "\n2 x\n"), 0600, NULL) == OK &&
           file_replace(in(gate, "vault.tmp-1-2"), STR(CANARY), 0600, NULL) == OK;
}

static bool same_log(const char *path) {
    Buf text;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    buf_init(&text, 1 << 20);
    bool good = fd >= 0 && (sealed_log_is(fd) ? sealed_log_read(fd, path, &text, NULL) == OK
                                              : file_read(path, &text, NULL) == OK);
    good = good && str_eq_c(buf_str(&text), "1 " CANARY "\n2 x\n");
    buf_fini(&text);
    if (fd >= 0) close(fd);
    return good;
}

static bool same_text(const char *path) {
    Buf text;
    buf_init(&text, 1 << 20);
    bool good = sealed_text_read(path, &text, NULL) == OK && str_eq_c(buf_str(&text), CANARY);
    buf_fini(&text);
    return good;
}

static bool same_frame(const char *path) {
    Frame frame;
    if (frame_open(path, "test", 1, FRAME_CHECK_ALL, &frame, NULL) != OK) return false;
    bool good = frame.payload_bytes == sizeof CANARY && memcmp(frame.payload, CANARY, 16) == 0;
    frame_close(&frame);
    return good;
}

static int look_into(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
    Buf bytes;
    (void)st;
    (void)ftw;
    if (kind != FTW_F) return 0;
    if (strstr(path, ".tmp-") || strstr(path, "converted")) left = "a draft is left";
    buf_init(&bytes, 64 << 20);
    if (file_read(path, &bytes, NULL) != OK) left = "a file cannot be read";
    bool plain = str_find(buf_str(&bytes), STR(CANARY), 0) != SIZE_MAX ||
                 str_find(buf_str(&bytes), STR("SQLite format"), 0) != SIZE_MAX;
    if (plain && sealing_state() != SEALING_OFF) left = "a plain file is left";
    buf_fini(&bytes);
    return 0;
}

/* NULL, or what is wrong. */
static const char *look(const char *home, bool off, bool began) {
    char gate[600], stores[600];
    const char *why = NULL;
    (void)snprintf(gate, sizeof gate, "%s", in(home, "gate"));
    (void)snprintf(stores, sizeof stores, "%s", in(home, "stores"));
    if (!enter(home)) return "it does not open";
    if (seal_home_resume(NULL) != OK) return "the conversion does not go on";
    bool sealed = sealing_state() == SEALING_OPEN && sealing_ring()->phase == KEYRING_SEALED;
    if (!sealed && sealing_state() != SEALING_OFF) return "it is not settled";
    if (began && sealed == off) return "it is not what it was to become";
    if (!same_text(in(gate, "policy.toml"))) return "the text differs";
    if (!same_log(in(gate, "egress.log"))) return "the ledger differs";
    if (!same_frame(in(gate, "vault"))) return "the frame differs";
    left = NULL;
    if (began && nftw(home, look_into, 8, FTW_PHYS) != 0) return "it cannot be searched";
    if (left) return left;
    return scene_check(stores, 1, 1, &why) ? NULL : why;
}

/* ---- killing ------------------------------------------------------------------------------- */

static int in_child(int (*what)(const char *home, bool off, unsigned long call), const char *home,
                    bool off, unsigned long call) {
    int how = 0;
    (void)fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        int code = what(home, off, call);
        (void)fflush(stdout);
        _exit(code);
    }
    if (pid < 0 || waitpid(pid, &how, 0) != pid) fatal("a child");
    return how;
}

static int convert_and_die(const char *home, bool off, unsigned long call) {
    if (!enter(home)) return 1;
    tap_die_at(home, call);
    return convert(off) ? 0 : 1;
}

/* The first calls make the key file, or change its phase: before that nothing has begun. */
static int look_after(const char *home, bool off, unsigned long call) {
    enum { BEGUN = 8 };
    const char *why = look(home, off, call > BEGUN);
    if (why) (void)printf("# %s, killed at call %lu: %s\n", off ? "unseal" : "seal", call, why);
    return why != NULL;
}

static unsigned long kill_each(bool off, unsigned long from, unsigned long step, unsigned *bad) {
    char before[256], replay[256];
    unsigned long n = 0;
    (void)snprintf(before, sizeof before, "%s", scene_path("disk"));
    (void)snprintf(replay, sizeof replay, "%s", scene_path("replay"));
    for (unsigned long call = from;; call += step, n++) {
        scene_copy_tree(before, replay);
        int how = in_child(convert_and_die, replay, off, call);
        if (WIFEXITED(how) && WEXITSTATUS(how) != 0) fatal("a conversion failed");
        if (in_child(look_after, replay, off, call) != 0) ++*bad;
        scene_remove_tree(replay);
        if (WIFEXITED(how)) return n;
    }
}

static int prepare(const char *home, bool off, unsigned long call) {
    (void)call;
    scene_files(0);
    if (!off) return fill(home) ? 0 : 1;
    return enter(home) && convert(false) ? 0 : 1;
}

int main(int argc, char **argv) {
    unsigned long step = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
    unsigned long seed = argc > 2 ? strtoul(argv[2], NULL, 10) : (unsigned long)getpid();
    unsigned long kills[2];
    unsigned bad = 0;
    char home[256];
    if (step == 0) step = 1;
    scene_begin();
    (void)snprintf(home, sizeof home, "%s", scene_path("disk"));
    (void)printf("TAP version 13\n1..1\n# seed %lu\n", seed);
    for (int off = 0; off < 2; off++) {
        if (in_child(prepare, home, off, 0) != 0) fatal("the home cannot be made");
        scene_files(SCENE_ROUNDS - 1);
        kills[off] = kill_each(off, 1 + seed % step, step, &bad);
    }
    scene_end();
    (void)printf("# %lu kills while sealing, %lu while unsealing, %u bad\n", kills[0], kills[1],
                 bad);
    (void)printf("%s 1 - kill_seal: killed at any call, a conversion goes on and loses nothing\n",
                 bad || !kills[0] || !kills[1] ? "not ok" : "ok");
    return bad || !kills[0] || !kills[1];
}
