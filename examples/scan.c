/*
 * Shows what a line of text would give away: example-scan < TEXT
 *
 * Shows the concept of the gate's scan (hearth_gate_scan): spans arrive by callback, in the order
 * of the text, with byte offsets; min_score leaves out what is less certain.
 */
#include <stdio.h>
#include <string.h>

#include "hearth.h"

/* Offsets are bytes of the text that was handed in, whatever its spelling. */
static bool mask(void *user, const hearth_span *span) {
    char *line = user;
    fprintf(stderr, "%s (%s, %.2f)\n", span->type, span->kind, span->score);
    memset(line + span->start, '*', span->end - span->start);
    return true;
}

int main(void) {
    char line[4096];
    hearth *h = NULL;
    hearth_error err;
    hearth_gate_options options;
    hearth_gate_options_default(&options);
    options.min_score = 0.6; /* chosen for this example */
    hearth_status status = hearth_open(NULL, &h, &err);
    while (status == HEARTH_OK && fgets(line, sizeof line, stdin)) {
        char seen[sizeof line]; /* the text must not change while it is scanned */
        memcpy(seen, line, sizeof seen);
        status = hearth_gate_scan(h, seen, strlen(seen), &options, mask, line, &err);
        if (status == HEARTH_OK) fputs(line, stdout);
    }
    if (status != HEARTH_OK) fprintf(stderr, "%s\n", err.message);
    hearth_close(h);
    return hearth_exit_code(status);
}
