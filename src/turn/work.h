/*
 * Work: what a request wants besides an answer: a summary, a list out of a document, or a text to
 * be written or translated.
 */
#ifndef HEARTH_TURN_WORK_H
#define HEARTH_TURN_WORK_H

#include "base/text.h"

typedef enum TurnWork {
    WORK_ANSWER,  /* a question */
    WORK_SUMMARY, /* of a document, or of what the documents say about something */
    WORK_DRAFT,   /* a letter, a reply: written from what the documents say; or a translation */
    WORK_LIST,    /* all of a kind that a document names */
    WORK_KINDS
} TurnWork;

typedef struct WorkAsked {
    Str object;      /* what is to be summed up, listed from or translated, a view of the text */
    bool only_named; /* ... where it names a document, and else a question ("what is X about?") */
    bool translates; /* a draft: another text in another language */
    bool german;     /* its words are German, though it may have too few to be known by them */
} WorkAsked;

/* What a text wants, from its words alone. `out` may be NULL. */
TurnWork work_read(Str text, WorkAsked *out);

#endif
