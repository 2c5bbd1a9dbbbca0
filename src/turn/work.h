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

typedef struct WorkAsked {
    Str object;      /* of a summary: what it is to be of, a view of the text ("the minutes") */
    bool only_named; /* ... where it names a document, and else a question ("what is X about?") */
    bool german;     /* its words are German, though it may have too few to be known by them */
} WorkAsked;

/* What a text wants, from its words alone. `out` may be NULL. */
TurnWork work_read(Str text, WorkAsked *out);

#endif
