/*
 * Draft model: a small model of the same vocabulary guesses what a large one will say.
 *
 * Guesses are greedy: its most probable token, with the probability that it gives to it.
 */
#ifndef HEARTH_MODEL_DRAFT_MODEL_H
#define HEARTH_MODEL_DRAFT_MODEL_H

#include "model/session.h"

typedef struct DraftModel DraftModel;

/* Both engines are borrowed. E_USAGE: they do not share a vocabulary (the message names the first
   token that differs). n_ctx: what the target's session holds; the draft guesses within that and
   its own window. *out is the caller's: draft_model_free(). */
Status draft_model_new(Engine *draft, const Engine *target, int n_ctx, DraftModel **out,
                       Err *err) WARN_UNUSED;
void draft_model_free(DraftModel *draft); /* NULL is fine */
/* Tokens that the draft's session holds: n_ctx of draft_model_new, or the draft model's own window
   where that is shorter. */
int draft_model_n_ctx(const DraftModel *draft);

/* false: the draft's table of embeddings has no row for one of the n tokens (it may be padded less
   than the target's): it cannot read a text that has it. */
bool draft_model_reads(const DraftModel *draft, const int32_t *tokens, size_t n);

/* A guess at the token behind tokens[0..n), n <= draft_model_n_ctx; all of them draft_model_reads.
   Errors are those of session_sync. */
Status draft_model_guess(DraftModel *draft, const TokenList *tokens, const atomic_bool *cancel,
                         int32_t *token, float *probability, Err *err) WARN_UNUSED;

#endif
