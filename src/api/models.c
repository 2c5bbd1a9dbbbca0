/*
 * Models on the disk and models at work.
 *
 * The shelf (list, pull, import, remove) never opens a model; embed, score and bench (and run, in
 * run.c) open it through the rig, which keeps it for the next call; tokenize opens the vocabulary
 * alone, so that it works on files that hold nothing else; plan reads the header only.
 *
 * run, score, bench and the answers of a conversation are one code path: the same engine, kernels
 * and KV type, whose names are part of every result.
 *
 * What a call opens, the cheapest that will do:
 *
 *     models, pull, import, remove    no model: names, digests and files
 *     plan                            the header of the model's file
 *     tokenize                        its vocabulary
 *     embed                           the embedding model, kept
 *     run, score, bench               the language model, kept
 *
 * What is handed out: hearth_tokenize the list's own memory, hearth_embed one block of n rows; both
 * came through mem.h, so that hearth_free takes them back.
 *
 * hearth_score in files: with logits_path a row of float32 a token is written while the text is
 * read, [tokens][vocabulary]. A text of 512 tokens and a vocabulary of 151,936 make 311 MB, so rows
 * are not collected first.
 */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/api.h"
#include "base/log.h"
#include "model/bench.h"
#include "model/score.h"
#include "shelf/shelf.h"

enum {
    SCORE_WINDOW = 512,   /* tokens; perplexities compare over windows of one length only */
    TOKENS_MAX = 64 << 20 /* of a text: 256 MiB of ids */
};

/* ---- the shelf ----------------------------------------------------------------------------- */

/* Where a model of the catalogue lies on this disk; NULL: nowhere. */
static const ShelfItem *item_of(const ShelfItem *items, size_t n, const ShelfModel *model) {
    for (size_t i = 0; i < n; i++) {
        if (items[i].model == model) return &items[i];
    }
    return NULL;
}

/* What is not here has the size that it will have. False: the caller has seen enough. */
static bool show_catalogue(const ShelfItem *items, size_t n, hearth_model_fn each, void *user) {
    const ShelfModel *models;
    size_t n_models = shelf_catalogue(&models);
    for (size_t i = 0; i < n_models; i++) {
        const ShelfItem *item = item_of(items, n, &models[i]);
        hearth_model model = {.name = models[i].name, .file = models[i].file,
                              .kind = models[i].kind == SHELF_CHAT ? "language" : "embedding",
                              .licence = models[i].licence, .path = item ? item->path : NULL,
                              .size_bytes = item ? item->bytes : models[i].files[0].bytes,
                              .is_default = models[i].is_default};
        if (!each(user, &model)) return false;
    }
    return true;
}

/* Files that the catalogue does not know: nothing is known of their kind or licence. */
static void show_own(const ShelfItem *items, size_t n, hearth_model_fn each, void *user) {
    for (size_t i = 0; i < n; i++) {
        if (items[i].model) continue;
        const char *slash = strrchr(items[i].path, '/');
        assert(items[i].name && slash); /* below the folder of models */
        hearth_model model = {.name = items[i].name, .file = slash ? slash + 1 : items[i].path,
                              .kind = "own", .licence = "", .path = items[i].path,
                              .size_bytes = items[i].bytes};
        if (!each(user, &model)) return;
    }
}

/* h is not looked at: the shelf is that of the process's home. */
hearth_status hearth_models(hearth *h, hearth_model_fn each, void *user, hearth_error *err) {
    Err why;
    ShelfItem *items = NULL;
    size_t n = 0;
    API_TRY(shelf_list(&items, &n, &why), &why, err);
    if (show_catalogue(items, n, each, user)) show_own(items, n, each, user);
    shelf_list_free(items, n);
    return HEARTH_OK;
}

typedef struct Relay {
    hearth_progress_fn progress;
    void *user;
} Relay;

/* The shelf's progress in the words of hearth.h. */
static void relay_pull(void *user, const ShelfProgress *at) {
    Relay *relay = user;
    if (!relay->progress) return;
    hearth_progress progress = {.stage = at->step, .item = at->what, .unit = "bytes",
                                .done = at->done, .total = at->total, .rate = at->bytes_per_s,
                                .eta_s = at->left_s};
    relay->progress(relay->user, &progress);
}

/* Waits where another process pulls the same model: both want it to be there. */
hearth_status hearth_pull(hearth *h, const char *name, hearth_progress_fn progress, void *user,
                          hearth_error *err) {
    Err why;
    Relay relay = {progress, user};
    ShelfPull options = {.wait = true, .progress = relay_pull, .user = &relay,
                         .cancel = &h->rig->cancel};
    return api_fail(shelf_pull(name, &options, &why), &why, err);
}

hearth_status hearth_pull_file(hearth *h, const char *path, char **name, hearth_error *err) {
    Err why;
    ShelfPull options = {.cancel = &h->rig->cancel};
    return api_fail(shelf_pull_file(path, &options, name, &why), &why, err);
}

/* The packed copy of its weights goes first: it is found by the model file. */
hearth_status hearth_model_remove(hearth *h, const char *name, hearth_error *err) {
    Err why, ignored;
    char *path = NULL;
    if (shelf_resolve(name, &path, &ignored) == OK) {
        Status status = engine_pack_remove(path, h->rig->cache_dir, &ignored);
        if (status != OK) {
            log_line(LOG_WARN, "api", "a packed copy stays in the cache", "reason=\"%s\"",
                     ignored.message);
        }
    }
    mem_free(path);
    return api_fail(shelf_remove(name, &why), &why, err);
}

hearth_status hearth_import(hearth *h, const char *source, const char *dest, hearth_error *err) {
    Err why;
    return api_fail(shelf_import(source, dest, &why), &why, err);
}

/* ---- tokens, vectors, scores --------------------------------------------------------------- */

/* The list's memory is handed out as it is: it came through mem.h, as hearth_free wants it. */
hearth_status hearth_tokenize(hearth *h, const char *text, size_t n, bool parse_special,
                              int32_t **ids, size_t *n_ids, hearth_error *err) {
    Err why;
    const Vocab *vocab = NULL;
    TokenList tokens;
    API_TRY(rig_vocab(h->rig, &vocab, &why), &why, err);
    token_list_init(&tokens, TOKENS_MAX);
    unsigned flags = parse_special ? VOCAB_ADD_SPECIAL | VOCAB_PARSE_SPECIAL : 0;
    Status status = vocab_encode(vocab, (Str){text, n}, flags, &tokens, &why);
    if (status != OK) {
        token_list_fini(&tokens);
        return api_fail(status, &why, err);
    }
    *ids = tokens.ids; /* NULL when there are none */
    *n_ids = tokens.n;
    return HEARTH_OK;
}

/* One block for all rows; the embedder makes batches of its own. */
hearth_status hearth_embed(hearth *h, const char *const *texts, size_t n, bool query, float **out,
                           size_t *dim, hearth_error *err) {
    Err why;
    Embedder *embedder = NULL;
    API_TRY(rig_embedder(h->rig, &embedder, &why), &why, err);
    size_t width = (size_t)embedder_dim(embedder);
    assert(width > 0);
    Str *views = mem_alloc_n(n, sizeof *views);
    float *rows = mem_alloc_n(n, width * sizeof *rows);
    Status status = views && rows ? OK : err_no_memory(&why, "the vectors");
    for (size_t i = 0; status == OK && i < n; i++) views[i] = str_from(texts[i]);
    if (status == OK) status = embedder_run(embedder, views, n, query, rows, NULL, &why);
    mem_free(views);
    if (status != OK) {
        mem_free(rows);
        return api_fail(status, &why, err);
    }
    *out = rows;
    *dim = width;
    return HEARTH_OK;
}

/* Where logits go; file NULL: nowhere. */
typedef struct RowsFile {
    FILE *file;
    size_t n_vocab, next; /* next: the row that is due */
} RowsFile;

/* Rows come in order, each once, so the file needs no places. */
static Status write_rows(void *user, size_t first, size_t n, const float *rows, Err *err) {
    RowsFile *to = user;
    assert(first == to->next && to->n_vocab > 0); /* else the file would need places */
    to->next += n;
    if (fwrite(rows, to->n_vocab * sizeof *rows, n, to->file) == n) return OK;
    return err_set(err, E_IO, "cannot write the logits: %s", strerror(errno));
}

/* score_run hands out a mean; the sum can be added up over several texts. */
static Status score_tokens(Rig *rig, Engine *engine, const TokenList *tokens, RowsFile *rows,
                           hearth_score_result *out, Err *err) {
    Session *session = NULL;
    TRY(rig_session(rig, SCORE_WINDOW, &session, err));
    EngineInfo info;
    engine_info(engine, &info);
    rows->n_vocab = (size_t)info.n_vocab;
    ScoreOptions options = {.window = SCORE_WINDOW, .cancel = &rig->cancel,
                            .rows = rows->file ? write_rows : NULL, .user = rows};
    ScoreResult made = {0};
    TRY(score_run(session, tokens->ids, tokens->n, &options, &made, err));
    assert(made.tokens <= tokens->n); /* the first of a window is predicted by nothing */
    *out = (hearth_score_result){.tokens = made.tokens, .nll = made.nll * (double)made.tokens,
                                 .ppl = made.ppl, .isa = info.isa, .kv_type = info.kv_type};
    return OK;
}

/* Closing the file may be where a full disk is met: then the score is no success. Rows of a score
   that failed or was stopped are taken away, since they do not say that they are not all; what is
   no regular file (a pipe, /dev/stdout) has its reader, who is told by the exit code. */
static Status end_rows(RowsFile *rows, const char *path, Status status, Err *err) {
    struct stat st;
    if (!rows->file) return status;
    bool regular = fstat(fileno(rows->file), &st) == 0 && S_ISREG(st.st_mode);
    if (fclose(rows->file) != 0 && status == OK) {
        status = err_set(err, E_IO, "cannot write %s: %s", path, strerror(errno));
    }
    rows->file = NULL;
    if (status != OK && regular) (void)unlink(path);
    return status;
}

hearth_status hearth_score(hearth *h, const char *text, size_t n, const char *logits_path,
                           hearth_score_result *out, hearth_error *err) {
    Err why;
    Engine *engine = NULL;
    TokenList tokens;
    RowsFile rows = {0};
    API_TRY(rig_engine(h->rig, &engine, &why), &why, err);
    token_list_init(&tokens, TOKENS_MAX);
    Status status =
        vocab_encode(engine_vocab(engine), (Str){text, n}, VOCAB_ADD_SPECIAL, &tokens, &why);
    if (status == OK && logits_path) {
        rows.file = fopen(logits_path, "wb");
        if (!rows.file) {
            status = err_set(&why, E_IO, "cannot create %s: %s", logits_path, strerror(errno));
        }
    }
    if (status == OK) status = score_tokens(h->rig, engine, &tokens, &rows, out, &why);
    status = end_rows(&rows, logits_path, status, &why);
    token_list_fini(&tokens);
    return api_fail(status, &why, err);
}

/* 512 and 128 are what llama-bench measures by default, so that figures stand side by side. */
void hearth_bench_options_default(hearth_bench_options *options) {
    memset(options, 0, sizeof *options);
    options->size = sizeof *options;
    options->n_prompt = 512;
    options->n_decode = 128;
    options->repeats = 3;
    options->sessions = 1;
}

/* Below 0 nothing can be measured; what is too much the measurement itself refuses. */
static Status bench_numbers(const hearth_bench_options *o, Err *err) {
    const struct { const char *name; int value; } rows[] = {
        {"n_prompt", o->n_prompt}, {"n_decode", o->n_decode}, {"repeats", o->repeats},
        {"depth", o->depth},       {"sessions", o->sessions}, {"verify", o->verify},
        {"reopen", o->reopen}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        TRY(api_range(rows[i].name, rows[i].value, 0, INT_MAX, err));
    }
    return OK;
}

/* Opening the engine is timed by the engine itself, and is part of no speed. */
hearth_status hearth_bench(hearth *h, const hearth_bench_options *options,
                           hearth_bench_result *out, hearth_error *err) {
    Err why;
    Engine *engine = NULL;
    hearth_bench_options own;
    hearth_bench_options_default(&own);
    API_TRY(api_options(&own, sizeof own, options, &why), &why, err);
    API_TRY(bench_numbers(&own, &why), &why, err);
    API_TRY(rig_engine(h->rig, &engine, &why), &why, err);
    EngineInfo info;
    engine_info(engine, &info);
    BenchOptions bench = {.n_prompt = own.n_prompt, .n_generate = own.n_decode,
                          .repetitions = own.repeats, .depth = own.depth,
                          .sessions = own.sessions, .verify = own.verify, .reopen = own.reopen,
                          .cancel = &h->rig->cancel};
    BenchResult made = {0};
    API_TRY(bench_run(engine, &bench, &made, &why), &why, err);
    *out = (hearth_bench_result){.prefill_tok_s = made.prefill_tok_s,
                                 .decode_tok_s = made.decode_tok_s,
                                 .verify_ratio = made.verify_ratio,
                                 .reopen_ms = made.reopen_ms,
                                 .prefill_ms = made.reopen_prefill_ms, .load_ms = info.load_ms,
                                 .rss_mb = (double)made.rss_bytes / 1e6, .threads = info.threads,
                                 .isa = info.isa, .kv_type = info.kv_type};
    return HEARTH_OK;
}

/* No engine is opened: that is what it is asked before. */
hearth_status hearth_plan_model(hearth *h, hearth_plan *out, hearth_error *err) {
    Err why;
    EnginePlan plan;
    API_TRY(rig_plan(h->rig, &plan, &why), &why, err);
    *out = (hearth_plan){.weights_bytes = plan.weight_bytes, .kv_bytes = plan.kv_bytes,
                         .workspace_bytes = plan.workspace_bytes,
                         .total_bytes = plan.total_bytes,
                         .available_bytes = plan.available_bytes, .context = plan.n_ctx,
                         .context_max = plan.n_ctx_max, .fits = plan.fits,
                         .other_bytes = plan.other_bytes};
    (void)snprintf(out->architecture, sizeof out->architecture, "%s", plan.arch);
    return HEARTH_OK;
}
