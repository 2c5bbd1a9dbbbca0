/*
 * Bench: prefill and decode speed as llama-bench measures them: random tokens, an empty cache
 * before each repetition, no sampling, prompt and generation apart, one warm-up before each.
 */
#ifndef HEARTH_MODEL_BENCH_H
#define HEARTH_MODEL_BENCH_H

#include "model/session.h"

typedef struct BenchOptions {
    int n_prompt;    /* 0: leave out */
    int n_generate;  /* 0: leave out */
    int repetitions; /* 0: 3; at most 100 */
    const atomic_bool *cancel;
} BenchOptions;

typedef struct BenchResult {
    double prefill_tok_s, prefill_sd; /* mean and standard deviation over repetitions */
    double decode_tok_s, decode_sd;
    uint64_t rss_bytes;               /* of the process, afterwards */
} BenchResult;

Status bench_run(Engine *engine, const BenchOptions *options, BenchResult *out,
                 Err *err) WARN_UNUSED;

#endif
