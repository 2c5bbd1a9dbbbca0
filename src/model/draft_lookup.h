/*
 * Lookup: guesses how a text goes on from what stands in it already.
 *
 * It holds the tokens of prompt and answer so far in a suffix automaton, knows at every moment the
 * longest end of the text that occurred before, and proposes what followed there. An answer that
 * quotes a retrieved passage is guessed word for word after its first few tokens; the guesses cost
 * microseconds and no memory bandwidth. Whether they are right is for the model to say
 * (speculate.h).
 *
 * Threads: one at a time.
 */
#ifndef HEARTH_MODEL_DRAFT_LOOKUP_H
#define HEARTH_MODEL_DRAFT_LOOKUP_H

#include <stddef.h>

#include "base/status.h"

enum { LOOKUP_TOKENS_MAX = 1 << 16 }; /* of a longer text the newer half is kept */

typedef struct Lookup Lookup;

/* An empty text. *out is the caller's: lookup_free(). Memory grows with the text, to some 8 MiB at
   LOOKUP_TOKENS_MAX. Only E_NO_MEMORY, here and in lookup_add. */
Status lookup_new(Lookup **out, Err *err) WARN_UNUSED;
void lookup_free(Lookup *lookup);  /* NULL is fine */
void lookup_clear(Lookup *lookup); /* forgets every token, keeps the memory */

/* The text grows by a token. Constant time on average. */
Status lookup_add(Lookup *lookup, int32_t token, Err *err) WARN_UNUSED;
/* How many tokens at the end of the text stood in it before, in a row; 0: the last one is new. */
size_t lookup_match(const Lookup *lookup);
/* What followed there, up to max tokens; returns how many. When that place runs into the end of the
   text, the guess goes on from itself (a text that repeats itself goes on repeating). */
size_t lookup_propose(const Lookup *lookup, int32_t *out, size_t max);

#endif
