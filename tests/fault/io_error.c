/*
 * A disk that fails at any call that changes it (reliability D3).
 *
 *   io_error STEP [SEED]
 *
 * As kill_call.c, but the call fails: once with EIO, or from there on with ENOSPC, as a disk that
 * has become full. Whether the round ends well or says that it failed, nothing may crash, and what
 * is left is looked at by scene_check(): sound, each document wholly old or wholly new, and the
 * next add, on a disk that works again, brings all of it. TAP on stdout.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "add_scene.h"
#include "disk_tap.h"

typedef struct Fault {
    unsigned long calls, at;
    bool stays;
} Fault;

static int fail_call(void *user, const TapEvent *e) {
    (void)e;
    Fault *f = user;
    f->calls++;
    if (f->stays) return f->calls >= f->at ? ENOSPC : 0;
    return f->calls == f->at ? EIO : 0;
}

typedef struct Tally {
    unsigned long faults, told, bad;
} Tally;

/* true: the call was reached. */
static bool round_with_fault(int round, Fault *f, Tally *t) {
    char before[256], replay[256], stores[300];
    const char *why = "";
    (void)snprintf(before, sizeof before, "%s", scene_path("disk"));
    (void)snprintf(replay, sizeof replay, "%s", scene_path("replay"));
    (void)snprintf(stores, sizeof stores, "%s/stores", replay);
    if (round) scene_files(round - 1);
    scene_copy_tree(before, replay);
    tap_start(replay, fail_call, f);
    bool went_well = scene_round(stores, round);
    tap_stop();
    bool reached = f->calls >= f->at;
    t->faults += reached;
    t->told += !went_well;
    scene_files(SCENE_ROUNDS - 1);
    if (reached && !scene_check(stores, round - 1, round, &why)) {
        (void)printf("# round %d, call %lu fails%s: %s\n", round, f->at,
                     f->stays ? " for good" : "", why);
        t->bad++;
    }
    scene_remove_tree(replay);
    return reached;
}

int main(int argc, char **argv) {
    unsigned long step = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
    unsigned long seed = argc > 2 ? strtoul(argv[2], NULL, 10) : (unsigned long)getpid();
    char stores[300];
    Tally t = {0};
    if (step == 0) step = 1;
    scene_begin();
    if (mkdir(scene_path("disk"), 0700) != 0) return 1;
    (void)snprintf(stores, sizeof stores, "%s/stores", scene_path("disk"));
    (void)printf("TAP version 13\n1..1\n# seed %lu\n", seed);
    for (int round = 0; round < SCENE_ROUNDS; round++) {
        for (unsigned long call = 1 + seed % step;; call += step) {
            Fault once = {.at = call}, stays = {.at = call, .stays = true};
            if (!round_with_fault(round, &once, &t)) break;
            (void)round_with_fault(round, &stays, &t);
        }
        if (!scene_round(stores, round)) return 1; /* and go on from its end */
    }
    scene_end();
    (void)printf("# %lu faults, %lu of them told, %lu bad\n", t.faults, t.told, t.bad);
    bool good = t.faults && t.told && !t.bad;
    (void)printf("%s 1 - io_error: a failing disk costs nothing that was finished\n",
                 good ? "ok" : "not ok");
    return !good;
}
