/*
 * Batch: one thread a model that evaluates tokens for every session at once.
 *
 * A session hands in a request (evaluate tokens [at, n) of a timeline) and waits. The engine thread
 * makes passes out of what is waiting: the next token of every stream that decodes, and a chunk of
 * the prompts, so long that streams do not stall (batch.c has the numbers). Weights are read once a
 * pass, whoever is in it. Tokens of different timelines share nothing else: bytes are the same
 * alone and in company.
 *
 * Threads: any number of threads may each run one request at a time. See ARCHITECTURE.md for the
 * lock.
 */
#ifndef HEARTH_MODEL_BATCH_H
#define HEARTH_MODEL_BATCH_H

#include "base/park.h"
#include "model/engine.h"
#include "model/session.h"
#include "model/wave.h"

enum { BATCH_REQUESTS_MAX = 64 };

typedef struct Batch Batch;

typedef enum BatchState {
    BATCH_IDLE,    /* nobody knows of it */
    BATCH_WAITS,   /* in the queue */
    BATCH_RUNS,    /* in the pass that is running */
    BATCH_LEFT,    /* the same, but its caller was told E_CANCELLED and has gone */
} BatchState;

typedef struct BatchRequest {
    /* set by the caller; borrowed until batch_wait says that it ended */
    Kv *kv;
    const int32_t *tokens;   /* the whole prefix */
    size_t at, n;            /* to evaluate: tokens [at, n) */
    int chunk;               /* tokens of one pass, at most */
    bool background;         /* gives way to others */
    const atomic_bool *cancel;
    float *logits;           /* [n_vocab] of token n-1 */
    int best;                /* as SyncOptions */
    SessionRowsFn rows;      /* NULL, or called on the engine thread with every token's logits */
    float *row_memory;       /* for rows: [WAVE_HEAD_ROWS][n_vocab] */
    void *user;
    uint64_t taps;           /* as SyncOptions; then these, of tokens [at, n): */
    const size_t *tapped;    /* [n_tapped] */
    size_t n_tapped;
    float *states;
    /* the batch's, under its lock; the request must be zeroed once before the first use */
    BatchState state;
    size_t done;             /* tokens evaluated: [0, done) stand in the cache */
    bool ended, cancelled;
    Status status;
    Err err;
    uint64_t turn;           /* when it was served last: the least recent is next */
    Park event;              /* raised at each change that its caller waits for */
} BatchRequest;

/* The engine is borrowed. Starts the thread. polite: it gives way when other programs wait for a
   CPU. */
Status batch_new(Engine *engine, bool polite, Batch **out, Err *err) WARN_UNUSED;
void batch_free(Batch *batch); /* NULL is fine; no request may be waiting */

/* E_BUSY: BATCH_REQUESTS_MAX others wait already. */
Status batch_submit(Batch *batch, BatchRequest *request, Err *err) WARN_UNUSED;
/* Waits until more tokens than `seen` are evaluated (true; *done: how many), or the request ended
   (false). */
bool batch_wait(Batch *batch, BatchRequest *request, size_t seen, size_t *done);
/* What became of a request that ended. */
Status batch_result(Batch *batch, BatchRequest *request, Err *err) WARN_UNUSED;
/* Waits until no pass touches the request's cache and logits: before they are used or freed. */
void batch_settle(Batch *batch, BatchRequest *request);

#endif
