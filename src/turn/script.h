/*
 * Script: an answer is written in the script of the documents, traditional or simplified.
 */
#ifndef HEARTH_TURN_SCRIPT_H
#define HEARTH_TURN_SCRIPT_H

#include "base/text.h"

/* Each character of `text` from byte `from` on that the passage has in the other script, behind
   the same character, is written as it stands there; the length stays. True where one was changed.
   */
bool script_follow(char *text, size_t n, size_t from, Str passage);

#endif
