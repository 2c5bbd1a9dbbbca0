/*
 * Prompts: messages in, tokens out, by the model's own chat template.
 */
#ifndef HEARTH_TURN_PROMPT_H
#define HEARTH_TURN_PROMPT_H

#include "base/json.h"
#include "model/text/vocab.h"
#include "turn/rig.h"

/* Writes {"messages": [...], ...} piece by piece: begin, any number of adds, end. */
JsonWriter prompt_begin(Buf *out);
void prompt_add(JsonWriter *w, const char *role, Str content);
void prompt_end(JsonWriter *w);

/* Renders those messages with the template of the rig's language model and appends the tokens.
   Text of messages cannot spell control tokens. E_LIMIT, E_UNSUPPORTED (no template), E_USAGE (the
   template refuses the conversation). */
Status prompt_render(Rig *rig, Str context_json, TokenList *out, Err *err) WARN_UNUSED;

/* Is this text the model's way of saying that the passages hold no answer? */
bool prompt_is_refusal(Str text);

#endif
