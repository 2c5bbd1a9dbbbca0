/*
 * A gate with a home of its own for each test.
 */
#ifndef HEARTH_TESTS_GATE_OPEN_H
#define HEARTH_TESTS_GATE_OPEN_H

#include "gate_talk.h"

static char folder[64];
static Gate *gate;

static int open_gate(void **state) {
    Err err;
    gate_home_make(folder);
    return gate_open(folder, &gate, &err) == OK ? 0 : -1;
}

static int close_gate(void **state) {
    gate_close(gate);
    gate_home_clear(folder);
    return 0;
}

#endif
