/*
 * Conversations that were written down as plain text: chats, transcripts, interviews.
 */
#ifndef HEARTH_KNOWLEDGE_READ_CHAT_H
#define HEARTH_KNOWLEDGE_READ_CHAT_H

#include "knowledge/doc.h"

/* Is a text a conversation? By its first lines. Any bytes. */
bool chat_is(Str text);
/* One block a turn; who takes part is the document's author, and its date the one day on which all
   was said, if it says one. */
Status read_chat(Str text, Doc *doc, Err *err) WARN_UNUSED;

#endif
