/*
 * A scanner for a whole test program, what must hold for every scan, and how long one takes.
 */
#ifndef HEARTH_TESTS_SCAN_TEXT_H
#define HEARTH_TESTS_SCAN_TEXT_H

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gate/scan/scan.h"

static Scanner *scanner;

static int open_scanner(void **state) {
    Err err;
    return gate_scanner_new(&scanner, &err) == OK ? 0 : -1;
}

static int close_scanner(void **state) {
    gate_scanner_free(scanner);
    return 0;
}

/* Everything that is found, formats and names. */
static size_t scan_all(Str text, const ScanSpan **spans) {
    Err err = {0};
    size_t n = 0;
    assert_int_equal(gate_scan(scanner, text, spans, &n, &err), OK);
    for (size_t i = 0; i < n; i++) {
        assert_true((*spans)[i].start < (*spans)[i].end && (*spans)[i].end <= text.n);
        assert_true(i == 0 || (*spans)[i - 1].end <= (*spans)[i].start);
        assert_true((*spans)[i].score > 0 && (*spans)[i].score <= 1);
    }
    return n;
}

/* Processor time of scanning n bytes of the piece again and again. */
static double seconds_for(const char *piece, size_t n) {
    char *text = malloc(n);
    const ScanSpan *spans;
    size_t width = strlen(piece);
    for (size_t i = 0; i < n; i++) text[i] = piece[i % width];
    struct timespec a, b;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
    scan_all((Str){text, n}, &spans);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
    free(text);
    return (double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec);
}

#endif
