/*
 * Session: one mutable timeline of an engine: the KV cache of the tokens seen so far and the
 * logits of the last of them.
 *
 * The caller always hands in the WHOLE token prefix; session_sync finds how much of it is already
 * in the cache, forgets what differs and evaluates the rest in chunks. Nothing is ever cut: a
 * prefix longer than n_ctx is refused with the numbers.
 *
 * Threads: one thread at a time per session. Sessions of one engine are evaluated together: each
 * pass over the weights serves all that wait (batch.h), and what comes out is the same as alone.
 */
#ifndef HEARTH_MODEL_SESSION_H
#define HEARTH_MODEL_SESSION_H

#include <stdatomic.h>

#include "model/engine.h"

typedef struct Session Session;

typedef struct SessionOptions {
    int n_ctx; /* tokens the KV cache holds; 0: 512. At most what the model was made for. */
    int chunk; /* tokens evaluated at once in prefill, at most; 1..512; 0: 512 */
    bool background; /* gives way to the sessions that somebody waits for */
    bool keep; /* use the engine's KV folder: found at the first sync, left there at the end */
    bool share; /* whole pages are had from, and given to, sessions of the engine that share, too */
} SessionOptions;

/* E_LIMIT: n_ctx beyond the model or memory. *out is the caller's: session_free(). */
Status session_new(Engine *engine, const SessionOptions *options, Session **out,
                   Err *err) WARN_UNUSED;
void session_free(Session *session); /* NULL is fine */

/* Receives n rows of logits, [n][n_vocab], for tokens first .. first+n-1 of the prefix. */
typedef Status (*SessionRowsFn)(void *user, size_t first, size_t n, const float *rows, Err *err);

typedef struct SyncOptions {
    const atomic_bool *cancel;                               /* looked at per layer; may be NULL */
    void (*progress)(void *user, size_t done, size_t total); /* tokens, per chunk; may be NULL */
    SessionRowsFn rows; /* logits of every newly evaluated token; NULL: of the last one only. Called
                           on the engine's thread while session_sync waits */
    int best; /* 0: all logits of a row are wanted. Else: the so many greatest ones, and what equals
                 the last of them; the others may be -INFINITY. Cheaper, up to 64 */
    void *user;         /* for progress and rows */
    uint64_t taps; /* bit i: states after layer i + 1 are wanted, too (wave.h) ... */
    const size_t *tapped; /* [n_tapped] of these tokens of the prefix, ascending; NULL: of the last
                             one. Evaluation begins with the first, what the cache has of those
                             behind it is forgotten */
    size_t n_tapped;
    float *states; /* ... and go here: [n_tapped][taps, ascending][n_embd]; the caller's */
} SyncOptions;

/* Makes the session stand after tokens[0..n). n >= 1. options may be NULL.
   E_LIMIT: n > n_ctx, nothing was changed. E_CANCELLED: what was finished stays and is reused.
   E_CORRUPT: the logits are no numbers (damaged weights). E_USAGE: an id outside the vocabulary.
   E_BUSY: more than 64 sessions wait for this model. */
Status session_sync(Session *session, const int32_t *tokens, size_t n, const SyncOptions *options,
                    Err *err) WARN_UNUSED;

/* [n_vocab], after the last token of the last successful sync, as complete as that asked for; valid
   until the next one. */
const float *session_logits(const Session *session);
size_t session_length(const Session *session); /* tokens in the cache */
size_t session_reused(const Session *session); /* of the last sync's n, those that were there */
/* Tokens that its KV cache holds, as given or chosen at its birth. */
int session_n_ctx(const Session *session);
/* The engine it belongs to, borrowed. */
Engine *session_engine(const Session *session);
void session_clear(Session *session); /* forgets every token and gives its pages back */

#endif
