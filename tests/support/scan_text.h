/*
 * A scanner for a whole test program, what must hold for every scan, how long one takes, and
 * a text where windows of the pass meet.
 */
#ifndef HEARTH_TESTS_SCAN_TEXT_H
#define HEARTH_TESTS_SCAN_TEXT_H

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alone.h"
#include "sanitized.h"
#include "gate/scan/impl.h"

enum { SOME_TEXT = SANITIZED ? 29000 : 50000 }; /* ten times this is more than one window */
_Static_assert(10 * SOME_TEXT > WINDOW_STEP, "the longer text of takes_linear_time has windows");

static Scanner *scanner;

static int open_scanner(void **state) {
    Err err;
    return gate_scanner_new(&scanner, &err) == OK ? 0 : -1;
}

static int close_scanner(void **state) {
    gate_scanner_free(scanner);
    return 0;
}

/* A text may end anywhere, and nothing behind is read: with a sanitizer, of short ones all cuts. */
static void scan_cuts(Str text) {
    enum { SHORT = 160 };
    const ScanSpan *spans;
    size_t n;
    for (size_t end = 0; SANITIZED && text.n <= SHORT && end <= text.n; end++) {
        Str cut = alone(str_sub(text, 0, end));
        assert_int_equal(gate_scan(scanner, cut, &spans, &n, NULL), OK);
        assert_true(n == 0 || spans[n - 1].end <= end);
        alone_free(cut);
    }
}

/* Everything that is found, formats and names. */
static size_t scan_all(Str text, const ScanSpan **spans) {
    Err err = {0};
    size_t n = 0;
    scan_cuts(text);
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

/* Ten times as much of the piece takes ten times as long, not a hundred times. A sanitizer's build
   counts no time: it looks at the memory, for which the shorter text will mostly do. */
static void takes_linear_time(const char *piece) {
    static int calls;
    double one = seconds_for(piece, SOME_TEXT);
    if (SANITIZED && calls++ % 5 != 0) return;
    double ten = seconds_for(piece, (size_t)10 * SOME_TEXT);
    if (ten > 1) print_message("%s: %.3f s, ten times as much: %.3f s\n", piece, one, ten);
    assert_true(ten < 1 || ten < 20 * one);
}

/* Two windows of blanks; `piece` stands in it again and again from WINDOW_EDGE bytes before where
   they meet to as many behind, the first one `shift` bytes later. Returns how often. Sizes are such
   that with `shift` from 0 to a piece's length the windows meet at each of its bytes. */
enum { WINDOW_EDGE = 3000, WINDOWS_TEXT = FOLD_WINDOW + 2 * WINDOW_EDGE };

static size_t text_across_windows(char *text, const char *piece, size_t shift) {
    size_t n = strlen(piece), pieces = 0;
    memset(text, '\n', WINDOWS_TEXT);
    for (size_t at = WINDOW_STEP - WINDOW_EDGE + shift; at + n < WINDOW_STEP + WINDOW_EDGE;
         at += n, pieces++) {
        memcpy(text + at, piece, n);
    }
    return pieces;
}

#endif
