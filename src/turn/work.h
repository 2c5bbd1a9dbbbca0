/*
 * Work: what a request wants besides an answer: a summary, or a text to be written.
 */
#ifndef HEARTH_TURN_WORK_H
#define HEARTH_TURN_WORK_H

#include "base/text.h"

typedef enum TurnWork {
    WORK_ANSWER,  /* a question */
    WORK_SUMMARY, /* of a document, or of what the documents say about something */
    WORK_DRAFT,   /* a letter, a reply: written from what the documents say */
    WORK_KINDS
} TurnWork;

/* What a text wants, from its words alone. Of a summary *object is what it is to be of, a view of
   the text ("the minutes"); else it is left as it was. *only_named: the words ask for a summary
   only where they name a document ("what is the lease about?"). Both may be NULL. */
TurnWork work_read(Str text, Str *object, bool *only_named);

#endif
