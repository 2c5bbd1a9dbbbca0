/*
 * A tool for measurements, not a test: text in, tokens, raw logits or an answer out.
 *
 *     logits MODEL tokens FILE OUT.i32          token ids of FILE
 *     logits MODEL rows FILE.i32 OUT.f32        score's rows
 *     logits MODEL run "PROMPT" N               greedy answer
 *     logits MODEL embed LINES OUT.f32          a vector for each line, as passages
 *     logits MODEL query "TEXT" N               ms to embed a question, median of N
 *     logits MODEL bench P N                    prefill and decode speed
 *     logits MODEL depth D N                    prefill of D random tokens, then N one by one
 *     logits MODEL reopen D DIR                 a text of D tokens left in DIR and found again
 *
 * Environment for experiments: HEARTH_ISA, HEARTH_THREADS, HEARTH_PACK (a folder), HEARTH_KV. The
 * command line program has `score --logits`; this one exists so that figures can be made before
 * it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "model/bench.h"
#include "model/embed.h"
#include "model/generate.h"
#include "model/score.h"

static Status open_engine(const char *path, const char *kv_dir, Engine **out, Err *err) {
    const char *threads = getenv("HEARTH_THREADS");
    EngineOptions o = {.path = path, .isa = getenv("HEARTH_ISA")};
    o.pack_dir = getenv("HEARTH_PACK");
    o.kv_type = getenv("HEARTH_KV");
    o.kv_dir = kv_dir;
    o.threads = threads ? (int)strtol(threads, NULL, 10) : 0;
    TRY(engine_open(&o, out, err));
    EngineInfo i;
    engine_info(*out, &i);
    (void)fprintf(stderr, "%s (%s) isa %s, %d threads, load %.0f ms, pack %d\n", i.name, i.arch,
                  i.isa, i.threads, i.load_ms, i.from_pack);
    return OK;
}

static Status do_tokens(Engine *e, char **argv, Err *err) {
    Buf text;
    TokenList ids;
    buf_init(&text, 64 << 20);
    token_list_init(&ids, 1 << 24);
    Status status = file_read(argv[0], &text, err);
    if (status == OK) {
        status = vocab_encode(engine_vocab(e), buf_str(&text), VOCAB_ADD_SPECIAL, &ids, err);
    }
    if (status == OK) {
        Str bytes = {(const char *)ids.ids, ids.n * sizeof *ids.ids};
        status = file_replace(argv[1], bytes, 0644, err);
    }
    (void)fprintf(stderr, "%zu tokens\n", ids.n);
    buf_fini(&text);
    token_list_fini(&ids);
    return status;
}

typedef struct Rows {
    FILE *out;
    size_t n_vocab;
} Rows;

static Status write_rows(void *user, size_t first, size_t n, const float *rows, Err *err) {
    Rows *r = user;
    (void)first;
    if (fwrite(rows, r->n_vocab * sizeof *rows, n, r->out) == n) return OK;
    return err_set(err, E_IO, "rows could not be written");
}

static Status do_rows(Engine *e, char **argv, Err *err) {
    Buf ids;
    EngineInfo info;
    Session *s = NULL;
    ScoreResult result = {0};
    engine_info(e, &info);
    buf_init(&ids, 64 << 20);
    Rows rows = {fopen(argv[1], "wb"), (size_t)info.n_vocab};
    SessionOptions so = {.n_ctx = 512};
    ScoreOptions o = {.rows = write_rows, .user = &rows};
    Status status = rows.out ? file_read(argv[0], &ids, err) : err_set(err, E_IO, "no output");
    if (status == OK) status = session_new(e, &so, &s, err);
    if (status == OK) {
        status = score_run(s, (const int32_t *)(void *)ids.p, ids.n / 4, &o, &result, err);
    }
    if (rows.out && fclose(rows.out) != 0) status = err_set(err, E_IO, "rows: disk full");
    (void)fprintf(stderr, "tokens %zu nll %.6f ppl %.4f\n", result.tokens, result.nll, result.ppl);
    session_free(s);
    buf_fini(&ids);
    return status;
}

static bool show(void *user, Str text) {
    (void)user;
    (void)fwrite(text.p, 1, text.n, stdout);
    (void)fflush(stdout);
    return true;
}

static Status do_run(Engine *e, char **argv, Err *err) {
    TokenList ids;
    Session *s = NULL;
    GenerateResult r;
    GenerateOptions o = {.sampler = sampler_options_default(), .piece = show};
    SessionOptions so = {.n_ctx = 2048};
    o.max_tokens = (int)strtol(argv[1], NULL, 10);
    token_list_init(&ids, 1 << 20);
    TRY(session_new(e, &so, &s, err));
    unsigned flags = VOCAB_ADD_SPECIAL | VOCAB_PARSE_SPECIAL;
    Status status = vocab_encode(engine_vocab(e), str_from(argv[0]), flags, &ids, err);
    if (status == OK) status = generate_run(s, ids.ids, ids.n, &o, &r, err);
    if (status == OK) {
        (void)fprintf(stderr,
                      "\n[%s: prompt %zu in %.0f ms, first %.0f ms, %zu tokens in %.0f ms]\n",
                      generate_stop_name(r.stop), r.prompt_tokens, r.prefill_ms, r.first_ms,
                      r.completion_tokens, r.total_ms - r.prefill_ms);
    }
    session_free(s);
    token_list_fini(&ids);
    return status;
}

static Status embed_lines(Embedder *e, Str text, FILE *out, Err *err) {
    EmbedStats stats;
    size_t n = 0, dim = (size_t)embedder_dim(e);
    Str *lines = mem_alloc_n(text.n + 1, sizeof *lines);
    for (size_t at = 0; lines && at < text.n; n++) {
        size_t end = str_find(text, STR("\n"), at);
        lines[n] = str_sub(text, at, end == SIZE_MAX ? text.n : end);
        at = end == SIZE_MAX ? text.n : end + 1;
    }
    float *vectors = mem_alloc_n(n * dim, sizeof *vectors);
    Status status = lines && vectors ? OK : err_no_memory(err, "lines");
    double start = clock_now_ms();
    if (status == OK) status = embedder_run(e, lines, n, false, vectors, &stats, err);
    if (status == OK) {
        (void)fprintf(stderr, "%s: %zu texts, %zu tokens, %zu cut, %.0f ms\n", embedder_id(e), n,
                      stats.tokens, stats.truncated, clock_now_ms() - start);
        (void)fwrite(vectors, dim * sizeof *vectors, n, out);
    }
    mem_free(lines);
    mem_free(vectors);
    return status;
}

static Status open_embedder(const char *path, Embedder **out, Err *err) {
    const char *threads = getenv("HEARTH_THREADS");
    EmbedderOptions o = {.path = path, .isa = getenv("HEARTH_ISA")};
    o.pack_dir = getenv("HEARTH_PACK");
    o.threads = threads ? (int)strtol(threads, NULL, 10) : 0;
    return embedder_open(&o, out, err);
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static Status do_query(const char *path, char **argv, Err *err) {
    enum { REPEATS_MAX = 1000 };
    static double times[REPEATS_MAX];
    Embedder *e = NULL;
    Str text = str_from(argv[0]);
    int n = (int)strtol(argv[1], NULL, 10);
    if (n < 1 || n > REPEATS_MAX) return err_set(err, E_USAGE, "N is outside 1 to 1000");
    TRY(open_embedder(path, &e, err));
    float *vector = mem_alloc_n((size_t)embedder_dim(e), sizeof *vector);
    Status status = vector ? OK : err_no_memory(err, "a vector");
    EmbedStats stats = {0};
    for (int i = 0; i < n && status == OK; i++) {
        times[i] = clock_now_ms();
        status = embedder_run(e, &text, 1, true, vector, &stats, err);
        times[i] = clock_now_ms() - times[i];
    }
    qsort(times, (size_t)n, sizeof *times, by_size);
    if (status == OK) (void)printf("%.3f ms, %zu tokens\n", times[n / 2], stats.tokens);
    mem_free(vector);
    embedder_close(e);
    return status;
}

static Status do_embed(const char *path, char **argv, Err *err) {
    Buf text;
    Embedder *e = NULL;
    TRY(open_embedder(path, &e, err));
    buf_init(&text, 64 << 20);
    FILE *out = fopen(argv[1], "wb");
    Status status = out ? file_read(argv[0], &text, err) : err_set(err, E_IO, "no output");
    if (status == OK) status = embed_lines(e, buf_str(&text), out, err);
    if (out && fclose(out) != 0) status = err_set(err, E_IO, "vectors: disk full");
    buf_fini(&text);
    embedder_close(e);
    return status;
}

static Status do_bench(Engine *e, char **argv, Err *err) {
    BenchResult r;
    BenchOptions o = {.n_prompt = (int)strtol(argv[0], NULL, 10),
                      .n_generate = (int)strtol(argv[1], NULL, 10)};
    TRY(bench_run(e, &o, &r, err));
    (void)printf("prefill %.1f +- %.1f tok/s, decode %.1f +- %.1f tok/s, resident %.0f MB\n",
                 r.prefill_tok_s, r.prefill_sd, r.decode_tok_s, r.decode_sd,
                 (double)r.rss_bytes / 1e6);
    return OK;
}

static Status depth_run(Session *s, const int32_t *tokens, size_t depth, size_t n, Err *err) {
    double start = clock_now_ms();
    TRY(session_sync(s, tokens, depth, NULL, err));
    double middle = clock_now_ms();
    for (size_t i = 1; i <= n; i++) TRY(session_sync(s, tokens, depth + i, NULL, err));
    double end = clock_now_ms();
    EngineInfo info;
    engine_info(session_engine(s), &info);
    (void)printf("kv %s: prefill %zu at %.1f tok/s, then %zu tokens at %.1f tok/s\n", info.kv_type,
                 depth, (double)depth / (middle - start) * 1e3, n,
                 (double)n / (end - middle) * 1e3);
    return OK;
}

/* One life of a session that keeps: ms of the sync and of the end. */
static Status reopen_life(Engine *e, const int32_t *tokens, size_t n, Err *err) {
    SessionOptions o = {.n_ctx = (int)n + 64, .keep = true};
    Session *s = NULL;
    TRY(session_new(e, &o, &s, err));
    double start = clock_now_ms();
    Status status = session_sync(s, tokens, n, NULL, err);
    double middle = clock_now_ms();
    size_t found = session_reused(s);
    session_free(s);
    (void)printf("%zu of %zu tokens found, first logits after %.1f ms, end %.1f ms\n", found, n,
                 middle - start, clock_now_ms() - middle);
    return status;
}

static Status do_reopen(Engine *e, char **argv, Err *err) {
    size_t n = strtoul(argv[0], NULL, 10);
    int32_t *tokens = mem_alloc_n(n + 1, sizeof *tokens);
    Status status = tokens ? OK : err_no_memory(err, "tokens");
    for (size_t i = 0; tokens && i <= n; i++) tokens[i] = (int32_t)(i * 7919 % 20000);
    for (int life = 0; life < 4 && status == OK; life++) {
        status = reopen_life(e, tokens, n + (life > 0), err);
    }
    mem_free(tokens);
    return status;
}

static Status do_depth(Engine *e, char **argv, Err *err) {
    size_t depth = strtoul(argv[0], NULL, 10), n = strtoul(argv[1], NULL, 10);
    SessionOptions o = {.n_ctx = (int)(depth + n)};
    Session *s = NULL;
    int32_t *tokens = mem_alloc_n(depth + n, sizeof *tokens);
    if (!tokens) return err_no_memory(err, "tokens");
    for (size_t i = 0; i < depth + n; i++) tokens[i] = (int32_t)(i * 7919 % 20000);
    Status status = session_new(e, &o, &s, err);
    if (status == OK) status = depth_run(s, tokens, depth, n, err);
    session_free(s);
    mem_free(tokens);
    return status;
}

int main(int argc, char **argv) {
    Err err = {0};
    Engine *e = NULL;
    if (argc < 5) return 2;
    bool query = strcmp(argv[2], "query") == 0, reopen = strcmp(argv[2], "reopen") == 0;
    if (query || strcmp(argv[2], "embed") == 0) {
        Status embedded = (query ? do_query : do_embed)(argv[1], argv + 3, &err);
        if (embedded != OK) (void)fprintf(stderr, "%s\n%s\n", err.message, err.hint);
        return embedded == OK ? 0 : 1;
    }
    Status status = open_engine(argv[1], reopen ? argv[4] : NULL, &e, &err);
    if (status == OK && strcmp(argv[2], "tokens") == 0 && argc > 4) {
        status = do_tokens(e, argv + 3, &err);
    } else if (status == OK && strcmp(argv[2], "rows") == 0 && argc > 4) {
        status = do_rows(e, argv + 3, &err);
    } else if (status == OK && strcmp(argv[2], "depth") == 0 && argc > 4) {
        status = do_depth(e, argv + 3, &err);
    } else if (status == OK && reopen) {
        status = do_reopen(e, argv + 3, &err);
    } else if (status == OK && strcmp(argv[2], "run") == 0 && argc > 4) {
        status = do_run(e, argv + 3, &err);
    } else if (status == OK && strcmp(argv[2], "bench") == 0) {
        status = do_bench(e, argv + 3, &err);
    }
    engine_close(e);
    if (status != OK) (void)fprintf(stderr, "%s\n%s\n", err.message, err.hint);
    return status == OK ? 0 : 1;
}
