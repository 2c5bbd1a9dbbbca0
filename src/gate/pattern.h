/*
 * The user's own patterns: regular expressions that never run away. For src/gate alone.
 */
#ifndef HEARTH_GATE_PATTERN_H
#define HEARTH_GATE_PATTERN_H

#include "gate/scan/scan.h"

enum { PATTERN_TEXT_MAX = 4096 };

typedef struct Pattern Pattern; /* compiled */

/* E_CORRUPT: no regular expression, with the offset; E_UNSUPPORTED: this build has no PCRE2. */
Status pattern_new(Str expression, bool ignore_case, Pattern **out, Err *err) WARN_UNUSED;
void pattern_free(Pattern *pattern); /* NULL is fine */

typedef Status (*PatternFn)(void *user, size_t start, size_t end, Err *err);

/* Calls `each` with every match, in order. E_LIMIT: the expression is too costly on this text. */
Status pattern_find(Pattern *pattern, Str text, PatternFn each, void *user, Err *err) WARN_UNUSED;

#endif
