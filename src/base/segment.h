/*
 * Sentences: where one ends and the next begins, in English-like and Chinese-like text.
 */
#ifndef HEARTH_BASE_SEGMENT_H
#define HEARTH_BASE_SEGMENT_H

#include "base/text.h"

/* Finds the next sentence at or after *at: sets [*start,*end) without surrounding blanks and moves
   *at behind it. false when none is left. A line break always ends a sentence. */
bool segment_next(Str text, size_t *at, size_t *start, size_t *end);

/* The same for the text of a document, whose lines may be filled up to a margin: a line break that
   the margin made ends no sentence. */
bool segment_next_wrapped(Str text, size_t *at, size_t *start, size_t *end);

/* Is the full stop at text.p[stop] that of a German ordinal in front of what is counted, as in
   "am 3. Mai"? */
bool segment_is_ordinal(Str text, size_t stop);

#endif
