/*
 * The body of bench.h.
 *
 * As llama-bench does it: before each repetition the cache holds `depth` tokens and nothing else;
 * prefill is one sync of n_prompt tokens; generation adds one token after the other. One unmeasured
 * run of each comes first.
 *
 * Unlike there, tokens are not random, since the time of the output matrix depends on what is
 * written (head.c): depth and prompt are a text of ours, again and again, and each token that is
 * generated is the most probable one, picked within the measured time. That is how `ask` and `run`
 * write at temperature 0, with the same calls. End tokens are followed like others.
 *
 * Several sessions: each has its own thread, as users have (a pool of them, one phase after the
 * other). First all read their prompts, then all write; the speed is that of all together. Each
 * begins somewhere else in the text, so that nothing can be shared.
 *
 * Verify: passes over one token and over 1 + K, in turn, each with the logits of all its tokens, as
 * speculation asks for them; the ratio of the medians.
 *
 * Reopen: a session reads its tokens and ends, which leaves its pages with the disk tier. Another
 * session is then given the same tokens: what it needs until the logits are there is what a user
 * waits for after a restart, but for the start of the program and for a disk that must be read. The
 * median of the repetitions; the pages are removed afterwards. The tokens differ from run to run:
 * nothing is found that an earlier one left.
 */
#include "model/bench.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/pool.h"
#include "model/engine_private.h"
#include "model/sample.h"

enum {
    BENCH_TOKENS_MAX = 1 << 17,
    BENCH_REPETITIONS_MAX = 100,
    BENCH_REPETITIONS = 3,
    BENCH_VERIFY_TIMES = 8, /* for each repetition */
    BENCH_VERIFY_MAX = BENCH_VERIFY_TIMES * BENCH_REPETITIONS_MAX,
};

/* One user. */
typedef struct BenchLine {
    const BenchOptions *options;
    Session *session;
    int32_t *tokens; /* [depth + prompt + generated] */
    int n_vocab;
    Status status;
    Err err;
} BenchLine;

typedef struct Bench {
    BenchOptions options; /* defaults filled in */
    BenchLine *lines;
    double speed[BENCH_REPETITIONS_MAX];
    Pool *pool;           /* a thread a line; NULL: one line */
    int from, n;          /* of the phase: tokens that are there, and to come */
    bool one_by_one;
} Bench;

/* As generate.c asks: behind a prompt for all logits, for the next token for the best one. */
static Status line_sync(BenchLine *line, int n, SessionRowsFn rows, int best) {
    SyncOptions sync = {.cancel = line->options->cancel, .rows = rows, .best = best};
    return session_sync(line->session, line->tokens, (size_t)n, &sync, &line->err);
}

/* Leaves the first n tokens in the cache. */
static Status line_rewind(BenchLine *line, int n) {
    if (n == 0) session_clear(line->session);
    return n == 0 ? OK : line_sync(line, n, NULL, 0);
}

/* ---- phases ---------------------------------------------------------------------------------- */

static void phase_rewind(void *user, int thread, int n_threads) {
    Bench *b = user;
    b->lines[thread].status = line_rewind(&b->lines[thread], b->from);
}

/* One token after the other: each is the best behind those before. */
static Status line_write(BenchLine *line, int from, int end) {
    for (int at = from; at < end; at++) {
        TRY(line_sync(line, at + 1, NULL, 1));
        int32_t best = sample_greatest(session_logits(line->session), line->n_vocab);
        if (at + 1 < end) line->tokens[at + 1] = best;
    }
    return OK;
}

static void phase_run(void *user, int thread, int n_threads) {
    Bench *b = user;
    BenchLine *line = &b->lines[thread];
    assert(thread < b->options.sessions);
    int end = b->from + b->n;
    line->status = b->one_by_one ? line_write(line, b->from, end) : line_sync(line, end, NULL, 0);
}

/* All sessions do one thing, each on its thread, and the first failure is told. */
static Status bench_phase(Bench *b, PoolFn fn, Err *err) {
    if (b->pool) pool_run(b->pool, fn, b);
    else fn(b, 0, 1);
    for (int i = 0; i < b->options.sessions; i++) {
        const BenchLine *line = &b->lines[i];
        if (line->status == OK) continue;
        if (err) *err = line->err;
        return line->status;
    }
    return OK;
}

/* Tokens a second of all lines: n tokens behind `from` others. */
static Status bench_once(Bench *b, double *tok_s, Err *err) {
    TRY(bench_phase(b, phase_rewind, err));
    double start = clock_now_ms();
    TRY(bench_phase(b, phase_run, err));
    *tok_s = 1000.0 * b->n * b->options.sessions / (clock_now_ms() - start);
    return OK;
}

/* Mean and sample standard deviation (n - 1) of x[n]. */
static void bench_mean(const double *x, int n, double *mean, double *sd) {
    assert(0 < n && n <= BENCH_REPETITIONS_MAX);
    double sum = 0, square = 0;
    for (int i = 0; i < n; i++) sum += x[i];
    *mean = sum / n;
    for (int i = 0; i < n; i++) square += (x[i] - *mean) * (x[i] - *mean);
    *sd = n > 1 ? sqrt(square / (n - 1)) : 0;
}

/* The warm-up is one token of generation, or a whole prompt. */
static Status bench_speed(Bench *b, double *mean, double *sd, Err *err) {
    int n = b->options.repetitions, all = b->n;
    double warm;
    if (b->one_by_one) b->n = 1;
    TRY(bench_once(b, &warm, err));
    b->n = all;
    for (int i = 0; i < n; i++) TRY(bench_once(b, &b->speed[i], err));
    bench_mean(b->speed, n, mean, sd);
    return OK;
}

/* ---- verify ---------------------------------------------------------------------------------- */

static Status ignore_rows(void *user, size_t first, size_t n, const float *rows, Err *err) {
    return OK;
}

/* Ascending. */
static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static Status verify_once(Bench *b, int n, double *ms, Err *err) {
    BenchLine *line = &b->lines[0];
    Status status = line_rewind(line, b->options.depth);
    double start = clock_now_ms();
    if (status == OK) status = line_sync(line, b->options.depth + n, ignore_rows, 1);
    *ms = clock_now_ms() - start;
    if (status != OK && err) *err = line->err;
    return status;
}

/* Medians of passes in turn: a neighbour that disturbs hits both sides alike. */
static Status bench_verify(Bench *b, BenchResult *out, Err *err) {
    static const int warm = 1;
    int times = b->options.repetitions * BENCH_VERIFY_TIMES;
    assert(0 < times && times <= BENCH_VERIFY_MAX);
    double *one = mem_alloc_n((size_t)BENCH_VERIFY_MAX * 2, sizeof *one), *many = NULL, ignored;
    if (!one) return err_no_memory(err, "times of a measurement");
    many = one + BENCH_VERIFY_MAX;
    Status status = OK;
    for (int i = -warm; i < times && status == OK; i++) {
        status = verify_once(b, 1, i < 0 ? &ignored : &one[i], err);
        if (status != OK) break;
        status = verify_once(b, 1 + b->options.verify, i < 0 ? &ignored : &many[i], err);
    }
    if (status == OK) {
        qsort(one, (size_t)times, sizeof *one, compare_doubles);
        qsort(many, (size_t)times, sizeof *many, compare_doubles);
        out->verify_ratio = many[times / 2] / one[times / 2];
    }
    mem_free(one);
    return status;
}

/* ---- reopen ---------------------------------------------------------------------------------- */

/* One session's life: from nothing to the logits behind n tokens. */
static Status reopen_once(Engine *engine, const BenchOptions *o, const int32_t *tokens, int n,
                          double *ms, Err *err) {
    SessionOptions options = {.n_ctx = n, .keep = true};
    SyncOptions sync = {.cancel = o->cancel};
    Session *session = NULL;
    double start = clock_now_ms();
    TRY(session_new(engine, &options, &session, err));
    Status status = session_sync(session, tokens, (size_t)n, &sync, err);
    *ms = clock_now_ms() - start;
    session_free(session);
    return status;
}

static Status reopen_measure(Engine *engine, Bench *b, const int32_t *tokens, BenchResult *out,
                             Err *err) {
    int n = b->options.reopen, times = b->options.repetitions;
    assert(0 < n && 0 < times && times <= BENCH_REPETITIONS_MAX);
    TRY(reopen_once(engine, &b->options, tokens, n, &out->reopen_prefill_ms, err));
    for (int i = 0; i < times; i++) {
        TRY(reopen_once(engine, &b->options, tokens, n, &b->speed[i], err));
    }
    qsort(b->speed, (size_t)times, sizeof *b->speed, compare_doubles);
    out->reopen_ms = b->speed[times / 2];
    return OK;
}

static void random_tokens(const Engine *engine, uint64_t seed, int32_t *tokens, int n) {
    SampleRng rng;
    sample_rng_seed(&rng, seed);
    for (int i = 0; i < n; i++) {
        tokens[i] = (int32_t)(sample_rng_next(&rng) % (uint64_t)engine_hyper(engine)->n_vocab);
    }
}

static Status bench_reopen(Bench *b, Engine *engine, BenchResult *out, Err *err) {
    int n = b->options.reopen;
    if (!engine->kv_disk) {
        (void)err_set(err, E_USAGE, "nothing is kept on the disk, so nothing can be opened again");
        return err_hint(err, "leave out --no-kv-cache");
    }
    int32_t *tokens = mem_alloc_n((size_t)n, sizeof *tokens);
    if (!tokens) return err_no_memory(err, "tokens of a measurement");
    random_tokens(engine, (uint64_t)clock_real_s(), tokens, n);
    Status status = reopen_measure(engine, b, tokens, out, err);
    kv_disk_forget(engine->kv_disk, tokens, n);
    mem_free(tokens);
    return status;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static Status bench_measure(Bench *b, Engine *engine, BenchResult *out, Err *err) {
    const BenchOptions *o = &b->options;
    if (o->n_prompt > 0) {
        b->from = o->depth;
        b->n = o->n_prompt;
        TRY(bench_speed(b, &out->prefill_tok_s, &out->prefill_sd, err));
    }
    if (o->n_generate > 0) {
        b->from = o->depth + (o->sessions > 1 ? o->n_prompt : 0);
        b->n = o->n_generate;
        b->one_by_one = true;
        TRY(bench_speed(b, &out->decode_tok_s, &out->decode_sd, err));
    }
    if (o->verify > 0) TRY(bench_verify(b, out, err));
    return o->reopen > 0 ? bench_reopen(b, engine, out, err) : OK;
}

/* Tokens behind the depth, at most. Sessions keep their prompts while they write. */
static int bench_most(const BenchOptions *o) {
    int write = (o->sessions > 1 ? o->n_prompt : 0) + o->n_generate;
    int most = o->n_prompt > write ? o->n_prompt : write;
    return most > o->verify + 1 ? most : o->verify + 1;
}

/* What is read: n tokens of a text that begins anew wherever it ends; `which` says where. */
static const char bench_text[] =
    "The boiler in the cellar was serviced on 14 March. The technician replaced a valve, bled the "
    "radiators on the second floor and wrote down a pressure of 1.6 bar. He asks for the filter to "
    "be cleaned every six weeks in winter, since the water carries more lime than it used to. The "
    "next visit is planned for the autumn; whoever is at home then should have the keys of the "
    "cellar and the invoice of the old pump at hand. Costs are shared among the four flats by "
    "their size.\n\n";

static Status text_tokens(const Engine *engine, int which, int32_t *tokens, int n, Err *err) {
    TokenList text;
    token_list_init(&text, sizeof bench_text * 2);
    Status status = vocab_encode(engine->vocab, str_from(bench_text), 0, &text, err);
    for (int i = 0; status == OK && i < n; i++) {
        tokens[i] = text.n > 0 ? text.ids[((size_t)which * 17 + (size_t)i) % text.n] : 0;
    }
    token_list_fini(&text);
    return status;
}

static Status bench_make_line(Bench *b, Engine *engine, int i, Err *err) {
    const BenchOptions *o = &b->options;
    BenchLine *line = &b->lines[i];
    int n = o->depth + bench_most(o);
    SessionOptions session = {.n_ctx = n};
    line->options = o;
    line->tokens = mem_alloc_n((size_t)n, sizeof *line->tokens);
    if (!line->tokens) return err_no_memory(err, "tokens of a measurement");
    line->n_vocab = (int)engine_hyper(engine)->n_vocab;
    TRY(text_tokens(engine, i, line->tokens, n, err));
    return session_new(engine, &session, &line->session, err);
}

static Status bench_make(Bench *b, Engine *engine, Err *err) {
    int n = b->options.sessions;
    b->lines = mem_zalloc_n((size_t)n, sizeof *b->lines);
    if (!b->lines) return err_no_memory(err, "a measurement");
    for (int i = 0; i < n; i++) TRY(bench_make_line(b, engine, i, err));
    if (n == 1) return OK;
    TRY(pool_new(n, &b->pool, err));
    return pool_size(b->pool) == n ? OK : err_set(err, E_LIMIT, "bench: no room for %d threads", n);
}

static Status bench_check(const BenchOptions *o, Err *err) {
    int64_t n = (int64_t)o->depth + o->n_prompt + o->n_generate + o->verify +
                (int64_t)o->reopen;
    bool fine = n >= 1 && n <= BENCH_TOKENS_MAX && o->repetitions <= BENCH_REPETITIONS_MAX &&
                o->sessions <= BENCH_SESSIONS_MAX;
    if (fine) return OK;
    return err_set(err, E_USAGE,
                   "bench: %lld tokens in all (1 to %d), %d repetitions (at most %d), %d sessions "
                   "(at most %d)",
                   (long long)n, BENCH_TOKENS_MAX, o->repetitions, BENCH_REPETITIONS_MAX,
                   o->sessions, BENCH_SESSIONS_MAX);
}

Status bench_run(Engine *engine, const BenchOptions *options, BenchResult *out, Err *err) {
    Bench b = {.options = *options};
    *out = (BenchResult){0};
    TRY(bench_check(options, err));
    if (b.options.repetitions <= 0) b.options.repetitions = BENCH_REPETITIONS;
    if (b.options.sessions <= 0) b.options.sessions = 1;
    Status status = bench_make(&b, engine, err);
    if (status == OK) status = bench_measure(&b, engine, out, err);
    out->rss_bytes = engine_resident_bytes();
    pool_free(b.pool);
    for (int i = 0; b.lines && i < b.options.sessions; i++) {
        session_free(b.lines[i].session);
        mem_free(b.lines[i].tokens);
    }
    mem_free(b.lines);
    return status;
}
