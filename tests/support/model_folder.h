/*
 * A folder of its own for a test program, with the path of one model file in it: the group setup
 * and teardown of tests that write a tiny model and open it. The teardown fails when anything else
 * was left there.
 */
#ifndef HEARTH_TESTS_MODEL_FOLDER_H
#define HEARTH_TESTS_MODEL_FOLDER_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[64];
static char path[128];

static int make_folder(void **state) {
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/hearth-model-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    (void)snprintf(path, sizeof path, "%s/m.gguf", folder);
    return 0;
}

static int drop_folder(void **state) {
    (void)state;
    return unlink(path) == 0 && rmdir(folder) == 0 ? 0 : -1;
}

#endif
