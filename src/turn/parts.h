/*
 * Parts: several questions in one.
 */
#ifndef HEARTH_TURN_PARTS_H
#define HEARTH_TURN_PARTS_H

#include "base/mem.h"
#include "base/text.h"

enum { PARTS_MAX = 3 };

/* "When is the rent due, and who is the landlord?" is two questions: views into it, in their order,
   without the word that joins them. 1, with the whole in parts[0]: it is one question, or more than
   PARTS_MAX, or nothing that rules can part. */
size_t parts_split(Str question, Str parts[PARTS_MAX]);
/* A part as a question: with a question mark at its end, in the arena where it has none. */
Status parts_end(Arena *arena, Str part, Str *out, Err *err) WARN_UNUSED;

#endif
