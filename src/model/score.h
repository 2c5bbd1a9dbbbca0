/*
 * Score: how likely a model finds a text, and its raw logits row by row.
 *
 * The tokens are cut into windows of `window` tokens that do not overlap; each is evaluated from
 * an empty cache. Where the vocabulary wants a BOS token, the first token of every window is
 * replaced by it (as llama-perplexity does). Row i of a window predicts its token i+1.
 */
#ifndef HEARTH_MODEL_SCORE_H
#define HEARTH_MODEL_SCORE_H

#include "model/session.h"

typedef struct ScoreOptions {
    int window;     /* tokens; 0: 512 */
    int skip;       /* rows at the start of each window that do not count in nll (0: all count) */
    const atomic_bool *cancel;
    SessionRowsFn rows; /* every row, [n][n_vocab], `first` counted over the whole text; or NULL */
    void (*progress)(void *user, size_t done, size_t total);
    void *user;
} ScoreOptions;

typedef struct ScoreResult {
    size_t tokens; /* predicted and counted */
    double nll;    /* mean negative log likelihood, nats a token */
    double ppl;    /* exp(nll) */
} ScoreResult;

/* The session's n_ctx must be at least the window. Needs at least 2 tokens. */
Status score_run(Session *session, const int32_t *tokens, size_t n, const ScoreOptions *options,
                 ScoreResult *out, Err *err) WARN_UNUSED;

#endif
