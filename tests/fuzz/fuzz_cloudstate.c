/*
 * Any bytes as HOME/gate/clouds.state: as the payload of a whole frame, and as the file itself. No
 * crash; an endpoint with a budget is never given more than that; a rest ends within an hour; and
 * what was made of the file is read again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/frame.h"
#include "gate/cloud_impl.h"

enum { NOW = 1800000000, REST_MOST_S = 3600 };

static char folder[64], path[96];
static Gate *gate;

static void clean_up(void) {
    char command[96];
    gate_close(gate);
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    (void)!system(command);
}

/* In memory where the system has a place for that: a file is made for every input. */
static void set_up(void) {
    const char *root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    (void)snprintf(folder, sizeof folder, "%s/hearth-fuzz-XXXXXX", root);
    if (!mkdtemp(folder) || gate_open(folder, &gate, NULL) != OK) abort();
    (void)snprintf(path, sizeof path, "%s/clouds.state", folder);
    clock_fix_real(NOW);
    (void)atexit(clean_up);
}

/* OK: it was let in, and has left again. */
static bool ask(const char *name, double budget) {
    GateEndpoint e;
    CloudHold hold;
    GateAnswer answer = {.retry_after_s = -1};
    GateStanding now = {0};
    (void)gate_cloud_default("", &e);
    (void)snprintf(e.name, sizeof e.name, "%s", name);
    e.budget_day = budget;
    if (gate_cloud_look(gate, &e, 1, &now, NULL) != OK) abort();
    Status status = cloud_admit(gate, &e, 0, 2 * budget, &hold, &answer, NULL);
    if (status == E_REMOTE && answer.retry_after_s <= REST_MOST_S && now.resting) return false;
    if (status == E_DENIED || status == E_BUSY) return false;
    if (status != OK || now.resting) abort();
    if (budget > 0 && !(hold.amount > 0 && hold.amount <= budget)) abort();
    if (budget > 0 && cloud_hold_more(gate, &e, budget, &hold, NULL) == OK &&
        hold.amount > budget) {
        abort();
    }
    answer.fail = GATE_FAIL_REACH;
    if (cloud_settle(gate, &e, &hold, &answer, NULL) != OK) abort();
    return true;
}

static void check(void) {
    Frame frame;
    (void)ask("a", 0);
    (void)ask("a", 1.5);
    bool asked = ask("b", 1.5);
    if (!asked) return;
    if (frame_open(path, "clouds", 1, FRAME_CHECK_ALL, &frame, NULL) != OK) abort();
    frame_close(&frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Str bytes = {(const char *)data, size};
    if (!gate) set_up();
    if (frame_put_settled(path, "clouds", 1, bytes, NULL) != OK) abort();
    check();
    if (file_replace(path, bytes, 0600, NULL) != OK) abort();
    (void)ask("b", 1.5);
    return 0;
}
