/*
 * Texts in blocks of their own, of just their size. Of a text inside of another one (a question
 * before its answer in a fuzzer's input, a literal before its NUL) what is read behind the end is
 * there, and no sanitizer says a word. Nor does it where the first byte of an empty block is read,
 * for malloc gives one: so eight fenced bytes stand before each text.
 */
#ifndef HEARTH_TESTS_ALONE_H
#define HEARTH_TESTS_ALONE_H

#include <stdlib.h>
#include <string.h>

#include "base/fence.h"
#include "base/text.h"

enum { ALONE_BEFORE = 8 };

/* A copy; alone_free it. */
static inline Str alone(Str part) {
    char *block = malloc(ALONE_BEFORE + part.n);
    if (!block) abort();
    if (part.n) memcpy(block + ALONE_BEFORE, part.p, part.n);
    fence(block, ALONE_BEFORE);
    return (Str){block + ALONE_BEFORE, part.n};
}

static inline void alone_free(Str part) {
    free((char *)part.p - ALONE_BEFORE);
}

#endif
