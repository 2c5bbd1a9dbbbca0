/*
 * Bench: prefill and decode speed as llama-bench measures them: an empty cache (or one of a given
 * depth) before each repetition, prompt and generation apart, one warm-up before each. Tokens are
 * those of a text, and generation is greedy, as answers are written. Also several sessions at once,
 * what it costs to verify guesses, and how fast a conversation is back that the disk tier kept.
 */
#ifndef HEARTH_MODEL_BENCH_H
#define HEARTH_MODEL_BENCH_H

#include "model/session.h"

enum { BENCH_SESSIONS_MAX = 64 };

typedef struct BenchOptions {
    int n_prompt;    /* 0: leave out */
    int n_generate;  /* 0: leave out */
    int repetitions; /* 0: 3; at most 100 */
    int depth;       /* tokens that are in the cache already */
    int sessions;    /* 0: 1; at once, each with its own prompt and answer */
    int verify;      /* guesses that are verified in one pass; 0: leave out */
    int reopen;      /* tokens of a conversation that is ended and opened again; 0: leave out */
    const atomic_bool *cancel;
} BenchOptions;

typedef struct BenchResult {
    double prefill_tok_s, prefill_sd; /* mean and standard deviation over repetitions; of all */
    double decode_tok_s, decode_sd;   /* sessions together */
    double verify_ratio;              /* time of a pass over 1 + verify tokens / over one */
    double reopen_ms;                 /* from a new session to the logits behind all its tokens */
    double reopen_prefill_ms;         /* the same where nothing was kept */
    uint64_t rss_bytes;               /* of the process, afterwards */
} BenchResult;

/* Measures what the options ask for, one phase after the other; *out is zeroed first, and what was
   left out stays 0. The engine is borrowed and must be otherwise idle for the numbers to mean
   something. E_USAGE: nothing or too much is asked for (in all 131,072 tokens, 100 repetitions, 64
   sessions), or reopen without a disk tier; E_CANCELLED; else what session_sync says. */
Status bench_run(Engine *engine, const BenchOptions *options, BenchResult *out,
                 Err *err) WARN_UNUSED;

#endif
