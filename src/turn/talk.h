/*
 * Talk: a greeting, a thank-you, a question about Hearth or about the conversation itself.
 */
#ifndef HEARTH_TURN_TALK_H
#define HEARTH_TURN_TALK_H

#include "turn/say.h"

typedef enum TalkKind {
    TALK_NONE, /* a question for the documents */
    TALK_GREETING,
    TALK_THANKS,
    TALK_SELF,  /* who Hearth is, what it can do */
    TALK_FIRST, /* what was asked first */
    TALK_LAST   /* ... last */
} TalkKind;

/* What a text is, from its words alone, and in which language it is said. */
TalkKind talk_read(Str text, TurnLanguage *language);

#endif
