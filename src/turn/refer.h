/*
 * Refer: whom or what a Chinese follow-up means.
 *
 * "她的手机号呢？" behind "谁是客服主管" asks for 贺敏's. Search, tables and the model all do better with
 * the name than with the pronoun and a topic line beside it.
 */
#ifndef HEARTH_TURN_REFER_H
#define HEARTH_TURN_REFER_H

#include "base/text.h"

/* Where a pronoun for one person (他, 她, 此人) stands; n 0: nowhere. 其他, 他们, 吉他 are none. What
   these functions return are views of the question, as refer_put wants them. */
Str refer_pronoun(Str question);
/* Where one for a thing stands: 它, but not 它们. */
Str refer_it(Str question);
/* "那T20呢？", "那唐婉呢": what stands between, at most 30 bytes; n 0: it is no such question. */
Str refer_instead(Str question);
/* Appends `text` with `part` of it replaced to out; `part` is a view of `text` itself. The caller
   looks at out->status. */
void refer_put(Str text, Str part, Str by, Buf *out);

#endif
