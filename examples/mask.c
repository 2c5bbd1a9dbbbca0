/*
 * Masks a text and puts it back: example-mask < letter.txt
 *
 * Shows the concept of the gate without any cloud: hearth_gate_mask gives the text as it could be
 * shown to somebody else, with a surrogate for everything that names somebody; what comes back, in
 * any pieces, goes through a restorer of the same conversation. Here the masked text itself comes
 * back, byte by byte, and is the first text again.
 */
#include <stdio.h>
#include <string.h>

#include "hearth.h"

enum { TEXT_MAX = 1 << 20 };

static void print_piece(void *user, const char *text, size_t n) {
    (void)user;
    fwrite(text, 1, n, stdout);
}

/* One byte a piece: a stream may be cut anywhere, also inside a surrogate. */
static hearth_status restore(hearth *h, const hearth_masked *masked, hearth_error *err) {
    hearth_restorer *restorer = NULL;
    hearth_status status = hearth_restorer_new(h, masked->conversation, false, &restorer, err);
    for (size_t i = 0; i < masked->n && status == HEARTH_OK; i++) {
        bool last = i + 1 == masked->n;
        status = hearth_restorer_feed(restorer, masked->text + i, 1, last, print_piece, NULL, err);
    }
    hearth_restorer_free(restorer);
    return status;
}

int main(void) {
    static char text[TEXT_MAX];
    size_t n = fread(text, 1, sizeof text, stdin);
    hearth *h = NULL;
    hearth_error err;
    hearth_masked masked = {0};
    hearth_status status = hearth_open(NULL, &h, &err);
    if (status == HEARTH_OK) status = hearth_gate_mask(h, text, n, NULL, &masked, &err);
    if (status == HEARTH_OK) {
        printf("--- masked, %zu of %zu things\n%s\n--- and back\n", masked.masked, masked.found,
               masked.text);
        /* of a text with nothing to mask there is no conversation that could be restored */
        if (masked.masked) status = restore(h, &masked, &err);
    }
    if (status != HEARTH_OK) fprintf(stderr, "%s\n%s\n", err.message, err.hint);
    hearth_free(masked.text);
    hearth_close(h);
    return hearth_exit_code(status);
}
