/*
 * The inside of a second look, for tag.c.
 */
#ifndef HEARTH_GATE_NAMES_AGAIN_H
#define HEARTH_GATE_NAMES_AGAIN_H

#include "gate/names/head_impl.h"

typedef struct NamesAgain NamesAgain;

/* Where a sentence stands: behind it, at `next`, others follow; the last one may go on if the view
   is not whole. */
typedef struct NamesView {
    Str text;
    uint32_t next;
    bool whole;
} NamesView;

/* Both are borrowed. */
Status names_again_new(const NamesHead *head, const NamesSense *sense, NamesAgain **out, Err *err);
void names_again_free(NamesAgain *again); /* NULL is fine */
/* Whether a sentence since it was made could not be looked at: the sense said nothing. */
bool names_again_blind(const NamesAgain *again);

/* Adds to the rows of a sentence of the view what the head says of it. */
void names_again_add(NamesAgain *again, const NamesSentence *s, NamesView view, NamesRow *rows);

#endif
