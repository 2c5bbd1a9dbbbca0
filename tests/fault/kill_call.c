/*
 * kill -9 at every call that changes the disk (reliability D1).
 *
 *   kill_call STEP [SEED]
 *
 * The rounds of the scene (add_scene.h) are lived through one by one. Each is first played to its
 * end to count its calls; then, from a copy of the store as it was before, it is played again and
 * again in a child that dies at call 1, 1 + STEP, 1 + 2 STEP, ... (STEP 1: at every one; SEED moves
 * the first). At a write the child dies with half of the bytes written. What is left is looked at
 * by scene_check(). TAP on stdout.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "add_scene.h"
#include "disk_tap.h"

static void fatal(const char *what, const char *why) {
    (void)printf("Bail out! %s: %s\n", what, why);
    exit(1);
}

/* true: it was killed at `call`; false: it came to its end before. */
static bool round_killed(const char *disk, int round, unsigned long call) {
    char stores[300];
    int how = 0;
    (void)snprintf(stores, sizeof stores, "%s/stores", disk);
    (void)fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        tap_die_at(disk, call);
        _exit(scene_round(stores, round) ? 0 : 1);
    }
    if (pid < 0 || waitpid(pid, &how, 0) != pid) fatal("a child", "");
    if (WIFEXITED(how) && WEXITSTATUS(how) != 0) fatal("a child failed", "");
    return WIFSIGNALED(how);
}

/* Kills round `round` at calls of the rhythm; returns how many were wrong. */
static unsigned kill_round(int round, unsigned long from, unsigned long step, unsigned long *n) {
    char before[256], replay[256], stores[300];
    const char *why;
    unsigned bad = 0;
    (void)snprintf(before, sizeof before, "%s", scene_path("disk"));
    (void)snprintf(replay, sizeof replay, "%s", scene_path("replay"));
    (void)snprintf(stores, sizeof stores, "%s/stores", replay);
    for (unsigned long call = from;; call += step) {
        if (round) scene_files(round - 1);
        scene_copy_tree(before, replay);
        if (!round_killed(replay, round, call)) break;
        (*n)++;
        scene_files(SCENE_ROUNDS - 1);
        if (!scene_check(stores, round - 1, round, &why)) {
            (void)printf("# round %d, killed at call %lu: %s\n", round, call, why);
            bad++;
        }
        scene_remove_tree(replay);
    }
    scene_remove_tree(replay);
    return bad;
}

int main(int argc, char **argv) {
    unsigned long step = argc > 1 ? strtoul(argv[1], NULL, 10) : 1, kills = 0;
    unsigned long seed = argc > 2 ? strtoul(argv[2], NULL, 10) : (unsigned long)getpid();
    unsigned bad = 0;
    char stores[300];
    if (step == 0) step = 1;
    scene_begin();
    if (mkdir(scene_path("disk"), 0700) != 0) fatal("a folder to work in", "");
    (void)snprintf(stores, sizeof stores, "%s/stores", scene_path("disk"));
    (void)printf("TAP version 13\n1..1\n# seed %lu\n", seed);
    for (int round = 0; round < SCENE_ROUNDS; round++) {
        bad += kill_round(round, 1 + seed % step, step, &kills);
        if (!scene_round(stores, round)) fatal("a round failed", ""); /* and go on from its end */
    }
    scene_end();
    (void)printf("# %lu kills, %u of them bad\n", kills, bad);
    (void)printf("%s 1 - kill_call: killed at any call, documents stay whole\n",
                 bad || !kills ? "not ok" : "ok");
    return bad || !kills;
}
