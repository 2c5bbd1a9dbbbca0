/*
 * Told: what a question says of a conversation, and not of what was talked about.
 */
#ifndef HEARTH_TURN_TOLD_H
#define HEARTH_TURN_TOLD_H

#include "base/text.h"

/* Chinese: the question without the words that say who told whom, behind what stands in `out`.
   `plain`: the question folded, with the same places. False: there are none, or little would be
   left; nothing is added. Any bytes. */
bool told_cut(Str question, Str plain, Buf *out);

#endif
