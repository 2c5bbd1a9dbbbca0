/*
 * Speculate: several tokens from one pass over the weights.
 *
 * Decoding reads all weights for one token. When somebody guesses the next tokens, one pass over
 * the newest token and the guesses gives the logits behind each of them for little more than the
 * price of one; as long as what the sampler picks is what was guessed, the next logits are there
 * already. Guesses come from the text itself (draft_lookup.h) and from a small model of the same
 * vocabulary (draft_model.h).
 *
 * Exactness: every token is picked by the same sampler, in the same order, from the same logits
 * and with the same draws as without guesses; only when the logits were computed differs. So the
 * text is the same byte for byte at any temperature and with any sampler, given kernels whose
 * result for a token does not depend on the tokens beside it. (For a guess that is one certain
 * token, "draw, and see whether it is the guess" IS the rejection rule of Leviathan et al. 2023
 * and Chen et al. 2023: accepted with p(guess), else drawn from the rest.)
 *
 * A Speculator belongs to one engine and outlives its texts: what it learned about times and odds
 * serves the next one. Threads: one at a time.
 */
#ifndef HEARTH_MODEL_SPECULATE_H
#define HEARTH_MODEL_SPECULATE_H

#include "model/session.h"

typedef struct Speculator Speculator;

typedef struct SpeculatorOptions {
    bool lookup;   /* guess from the text itself */
    Engine *draft; /* guess with this model; borrowed; NULL: none */
    int always;    /* verify so many guesses, 1..15, whatever they cost (tests, measurements); 0: as
                      many as pay */
} SpeculatorOptions;

/* *out is the caller's: speculator_free(). */
Status speculator_new(Engine *engine, const SpeculatorOptions *options, Speculator **out,
                      Err *err) WARN_UNUSED;
void speculator_free(Speculator *speculator); /* NULL is fine */

/* A new text begins: the session, of the engine above, stands after this prompt, which the draft
   model reads now. E_USAGE: the draft model has another vocabulary. cancel may be NULL. */
Status speculate_begin(Speculator *speculator, Session *session, const TokenList *prompt,
                       const atomic_bool *cancel, Err *err) WARN_UNUSED;

typedef struct SpeculateStep {
    TokenList *tokens; /* the whole text; one token longer than at the last call */
    size_t room;       /* guesses beyond the next token are of no use after so many */
    const atomic_bool *cancel;
    int best;          /* logits that are looked at: as SyncOptions */
} SpeculateStep;

/* *logits: [n_vocab], behind the last of tokens, until the next call. tokens is used to lay out the
   guesses and is as it was on return. The session may hold guesses behind the text: its next sync
   forgets them. Errors are those of session_sync. */
Status speculate_next(Speculator *speculator, const SpeculateStep *step, const float **logits,
                      Err *err) WARN_UNUSED;

/* Of the text since speculate_begin: guesses that were verified, and those that were right. */
void speculate_counts(const Speculator *speculator, size_t *drafted, size_t *accepted);

#endif
