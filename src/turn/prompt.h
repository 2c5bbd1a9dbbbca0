/*
 * Prompts: messages in, tokens out, by the model's own chat template.
 */
#ifndef HEARTH_TURN_PROMPT_H
#define HEARTH_TURN_PROMPT_H

#include "base/json.h"
#include "model/text/vocab.h"
#include "turn/turn.h"

/* Writes {"messages": [...], ...} piece by piece: begin, any number of adds, end. `out` is the
   caller's, stays where it is meanwhile, and its status tells at the end whether all fitted. */
JsonWriter prompt_begin(Buf *out);
/* One message; role as chat templates know it: "system", "user", "assistant". Both are copied. */
void prompt_add(JsonWriter *w, const char *role, Str content);
/* Closes the object, with the keys that templates ask for and that are empty here: no tools, no
   documents, no thinking aloud. */
void prompt_end(JsonWriter *w);

/* Renders those messages with the template of the rig's language model, which is opened, and
   appends the tokens up to where the answer begins. Text of messages cannot spell control tokens.
   E_LIMIT, E_UNSUPPORTED (no template), E_USAGE (the template refuses the conversation). */
Status prompt_render(Rig *rig, Str context_json, TokenList *out, Err *err) WARN_UNUSED;

/* Instructions and one request, the local model's tokens for both. E_LIMIT: a request that is too
   long, also where `request` itself overflowed. */
Status prompt_request(Rig *rig, const char *instructions, const Buf *request, TokenList *out,
                      Err *err) WARN_UNUSED;

/* ---- of a turn ---- */

/* Adds the tokens of a text to *n. */
Status prompt_count(const Vocab *vocab, Str text, size_t *n, Err *err) WARN_UNUSED;
/* One line that says where a hit stands: file, title, headings, head of its table. */
void prompt_place(Buf *out, const SearchHit *hit);
/* Does hit i come close enough to the best one to be read? */
bool prompt_comes_close(const Turn *turn, size_t i);
/* Appends the prompt for one passage and a question of somebody else's. */
Status prompt_reading(const Turn *turn, const SearchHit *hit, Str question, TokenList *out,
                      Err *err) WARN_UNUSED;
/* turn->prompt: the whole token prefix for the passages found[0..n_shown). */
Status prompt_build(Turn *turn, Engine *engine, Err *err) WARN_UNUSED;
/* The same as messages with labels, for another machine; they live in the turn's arena. */
Status prompt_messages(Turn *turn, GateMessage **out, size_t *n, Err *err) WARN_UNUSED;

/* Does this text begin with one of the model's ways of saying that the passages hold no answer?
   Blanks, and one quotation mark or star, before it make no difference. */
bool prompt_is_refusal(Str text);
/* Does it end so, in the very words that the model was told? "Ann's birth date is NOT FOUND." */
bool prompt_ends_refusing(Str text);

/* Is exchange i of the history part of the prompt, for the model here or (`leaves`) for another
   machine's? */
bool prompt_remembers(const Turn *turn, size_t i, bool leaves);

#endif
