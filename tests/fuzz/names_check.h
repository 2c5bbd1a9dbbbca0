/*
 * What the targets of the tagger share: their input (one byte, even: the check is put right; two
 * bytes length of the text; the text; bytes of a file), and what every find must keep to.
 */
#ifndef HEARTH_FUZZ_NAMES_CHECK_H
#define HEARTH_FUZZ_NAMES_CHECK_H

#include <stdlib.h>
#include <string.h>

#include "../support/alone.h"
#include "gate/names/names.h"

/* Spans are inside, in order, and have scores. */
static void names_check_span(void *user, const NameSpan *span) {
    uint32_t *last = user;
    if (span->at < *last || span->end <= span->at) abort();
    if (!(span->score > 0 && span->score <= 1)) abort();
    *last = span->end;
}

/* Frees the tagger. */
static void names_check_tag(Names *names, Str text) {
    uint32_t last = 0;
    NameSink sink = {names_check_span, &last};
    if (names_tag(names, text, 0, true, &sink) != text.n || last > text.n) abort();
    names_free(names);
}

typedef struct NamesInput {
    Str text;
    char *file; /* [n] */
    size_t n;
    bool put_right;
} NamesInput;

/* false: too short, and nothing is to be freed. */
static bool names_input_read(const uint8_t *data, size_t size, NamesInput *out) {
    if (size < 3) return false;
    size_t length = data[1] | (size_t)data[2] << 8;
    if (length > size - 3) length = size - 3;
    out->text = alone((Str){(const char *)data + 3, length});
    out->n = size - 3 - length;
    out->file = (char *)alone((Str){(const char *)data + 3 + length, out->n}).p;
    out->put_right = !(data[0] & 1);
    return true;
}

static void names_input_free(NamesInput *in) {
    alone_free(in->text);
    alone_free((Str){in->file, in->n});
}

#endif
