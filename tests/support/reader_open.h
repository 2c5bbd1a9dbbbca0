/*
 * One reader process for a whole test program, the one that the build made.
 */
#ifndef HEARTH_TESTS_READER_OPEN_H
#define HEARTH_TESTS_READER_OPEN_H

#include <stdio.h>
#include <stdlib.h>

#include "knowledge/extract.h"
#include "sanitized.h"

static Extractor *shared;

static void fill_options(ExtractorOptions *options) {
    extractor_options_default(options);
    options->program = getenv("HEARTH_READ");
}

static int open_shared(void **state) {
    ExtractorOptions options;
    Err err;
    fill_options(&options);
    if (SANITIZED) { /* a slow reader is none that hangs */
        options.cpu_ms *= 10;
        options.wall_ms *= 10;
    }
    if (extractor_new(&options, &shared, &err) == OK) return 0;
    (void)fprintf(stderr, "%s\n", err.message);
    return -1;
}

static int close_shared(void **state) {
    extractor_free(shared);
    return 0;
}

#endif
