/*
 * The body of bench.h.
 *
 * As llama-bench does it: prompt tokens are random and the cache is empty before each repetition;
 * prefill is one sync of n_prompt tokens; generation starts from an empty cache too and adds one
 * random token after the other. One unmeasured run of each comes first.
 */
#include "model/bench.h"

#include <math.h>

#include "base/clock.h"
#include "base/mem.h"
#include "model/sample.h"

enum { BENCH_TOKENS_MAX = 1 << 17, BENCH_REPETITIONS_MAX = 100, BENCH_REPETITIONS = 3 };

typedef struct Bench {
    const BenchOptions *options;
    Session *session;
    int32_t *tokens;
    double speed[BENCH_REPETITIONS_MAX];
} Bench;

static Status bench_prefill(Bench *b, int n, double *tok_s, Err *err) {
    SyncOptions sync = {.cancel = b->options->cancel};
    session_clear(b->session);
    double start = clock_now_ms();
    TRY(session_sync(b->session, b->tokens, (size_t)n, &sync, err));
    *tok_s = 1000 * n / (clock_now_ms() - start);
    return OK;
}

static Status bench_decode(Bench *b, int n, double *tok_s, Err *err) {
    SyncOptions sync = {.cancel = b->options->cancel};
    session_clear(b->session);
    double start = clock_now_ms();
    for (int i = 1; i <= n; i++) TRY(session_sync(b->session, b->tokens, (size_t)i, &sync, err));
    *tok_s = 1000 * n / (clock_now_ms() - start);
    return OK;
}

static void bench_mean(const double *x, int n, double *mean, double *sd) {
    double sum = 0, square = 0;
    for (int i = 0; i < n; i++) sum += x[i];
    *mean = sum / n;
    for (int i = 0; i < n; i++) square += (x[i] - *mean) * (x[i] - *mean);
    *sd = n > 1 ? sqrt(square / (n - 1)) : 0;
}

static Status bench_measure(Bench *b, BenchResult *out, Err *err) {
    const BenchOptions *o = b->options;
    int n = o->repetitions > 0 ? o->repetitions : BENCH_REPETITIONS;
    double warm;
    if (o->n_prompt > 0) {
        TRY(bench_prefill(b, o->n_prompt, &warm, err));
        for (int i = 0; i < n; i++) TRY(bench_prefill(b, o->n_prompt, &b->speed[i], err));
        bench_mean(b->speed, n, &out->prefill_tok_s, &out->prefill_sd);
    }
    if (o->n_generate > 0) {
        TRY(bench_decode(b, 1, &warm, err));
        for (int i = 0; i < n; i++) TRY(bench_decode(b, o->n_generate, &b->speed[i], err));
        bench_mean(b->speed, n, &out->decode_tok_s, &out->decode_sd);
    }
    return OK;
}

Status bench_run(Engine *engine, const BenchOptions *options, BenchResult *out, Err *err) {
    Bench b = {.options = options};
    EngineInfo info;
    SampleRng rng;
    int n = options->n_prompt > options->n_generate ? options->n_prompt : options->n_generate;
    *out = (BenchResult){0};
    if (n < 1 || n > BENCH_TOKENS_MAX || options->repetitions > BENCH_REPETITIONS_MAX) {
        return err_set(err, E_USAGE, "bench: %d tokens, %d repetitions are out of range", n,
                       options->repetitions);
    }
    engine_info(engine, &info);
    SessionOptions session = {.n_ctx = n};
    TRY(session_new(engine, &session, &b.session, err));
    b.tokens = mem_alloc_n((size_t)n, sizeof *b.tokens);
    Status status = b.tokens ? OK : err_no_memory(err, "tokens of a measurement");
    if (status == OK) {
        sample_rng_seed(&rng, 1);
        for (int i = 0; i < n; i++) {
            b.tokens[i] = (int32_t)(sample_rng_next(&rng) % (uint64_t)info.n_vocab);
        }
        status = bench_measure(&b, out, err);
    }
    out->rss_bytes = engine_resident_bytes();
    mem_free(b.tokens);
    session_free(b.session);
    return status;
}
