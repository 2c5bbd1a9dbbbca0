/*
 * The body of session.h: longest common prefix, then the rest through the engine thread (batch.h).
 *
 * The tokens whose keys and values stand in the cache are remembered; a new prefix is compared
 * with them, the cache is "cut" by lowering a count, and the rest is evaluated in chunks. When
 * everything is there already but the logits are not those of the last token, the last token is
 * evaluated once more.
 *
 * An empty session that shares (SessionOptions.share) takes over pages that another one has for the
 * same beginning (kv.h); one that keeps asks the disk tier for more, and leaves what it has there
 * at its end (kv_disk.h).
 *
 * Order of guarantees: tokens and count are updated after each finished chunk only, so a cancel or
 * an error leaves a session whose every cached token is right.
 */
#include "model/session.h"

#include <assert.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "model/batch.h"
#include "model/engine_private.h"

enum { SESSION_CTX_DEFAULT = 512 };

struct Session {
    BatchRequest request;
    Engine *engine;
    Kv kv;
    int n_ctx, chunk;
    bool background, share;
    KvDisk *disk;    /* NULL: nothing is kept between runs */
    int32_t *tokens; /* [n_ctx] what the cache holds */
    size_t n;        /* tokens in the cache */
    int published;   /* whole pages that other sessions find */
    size_t reused;
    size_t restored; /* how many of the first tokens the disk tier had */
    float *logits;   /* [n_vocab] */
    bool has_logits; /* they belong to the n-th token */
    int best;        /* how many of the greatest are sure to be there; 0: all */
    float *rows;     /* [WAVE_HEAD_ROWS][n_vocab], made when first wanted */
};

static Status session_check_ctx(const Engine *e, int n_ctx, Err *err) {
    const Hyper *h = engine_hyper(e);
    if (n_ctx >= 1 && n_ctx <= h->n_ctx_train) return OK;
    return err_set(err, E_LIMIT, "context of %d tokens: this model was made for 1 to %lld", n_ctx,
                   (long long)h->n_ctx_train);
}

Status session_new(Engine *engine, const SessionOptions *options, Session **out, Err *err) {
    const Hyper *h = engine_hyper(engine);
    int n_ctx = options && options->n_ctx > 0 ? options->n_ctx : SESSION_CTX_DEFAULT;
    int chunk = options && options->chunk > 0 ? options->chunk : WAVE_TOKENS_MAX;
    *out = NULL;
    if (engine->weights.model.arch->encoder) {
        return err_set(err, E_USAGE, "an embedding model has no sessions");
    }
    bool by_default = !options || options->n_ctx <= 0;
    if (by_default && n_ctx > h->n_ctx_train) n_ctx = (int)h->n_ctx_train;
    TRY(session_check_ctx(engine, n_ctx, err));
    assert(engine->batch && engine->kv_pool); /* engine_open makes both for what generates text */
    Session *s = mem_aligned(64, sizeof *s);
    if (!s) return err_no_memory(err, "a session");
    memset(s, 0, sizeof *s);
    s->engine = engine;
    s->background = options && options->background;
    s->share = options && options->share;
    s->n_ctx = n_ctx;
    s->disk = options && options->keep ? engine->kv_disk : NULL;
    s->chunk = chunk < WAVE_TOKENS_MAX ? chunk : WAVE_TOKENS_MAX;
    s->tokens = mem_alloc_n((size_t)n_ctx, sizeof *s->tokens);
    s->logits = mem_alloc_n((size_t)h->n_vocab, sizeof *s->logits);
    Status status = s->tokens && s->logits ? OK : err_no_memory(err, "a session");
    if (status == OK) status = kv_init(&s->kv, engine->kv_pool, &engine->kv_shape, n_ctx, err);
    if (status != OK) {
        session_free(s);
        return status;
    }
    *out = s;
    return OK;
}

/* What was computed goes to the disk tier; that it could not is told and no more. */
static void session_keep(Session *s) {
    Err err = {0};
    if (!s->disk || s->n == 0 || !kv_intact(&s->kv)) return;
    assert(s->n <= (size_t)s->n_ctx && s->n <= (size_t)s->kv.n_pages * KERN_KV_KEYS);
    if (kv_disk_save(s->disk, s->tokens, (int)s->n, &s->kv, &err) == OK) return;
    log_line(LOG_INFO, "model", "the conversation is not kept for the next start", "why=\"%s\"",
             err.message);
}

void session_free(Session *s) {
    if (!s) return;
    batch_settle(s->engine->batch, &s->request);
    session_keep(s);
    kv_fini(&s->kv);
    mem_free(s->tokens);
    mem_free(s->logits);
    mem_free(s->rows);
    mem_free(s);
}

/* ---- sync ---------------------------------------------------------------------------------- */

/* Before anything is changed: the call is refused with the session as it was. */
static Status session_check(const Session *s, const int32_t *tokens, size_t n, Err *err) {
    int64_t n_vocab = engine_hyper(s->engine)->n_vocab;
    if (n < 1) return err_set(err, E_USAGE, "there is no token to evaluate");
    if (n > (size_t)s->n_ctx) {
        (void)err_set(err, E_LIMIT, "%zu tokens do not fit into the context of %d", n, s->n_ctx);
        return err_hint(err, "ask for a larger context, or shorten the text by %zu tokens",
                        n - (size_t)s->n_ctx);
    }
    for (size_t i = 0; i < n; i++) {
        if (tokens[i] < 0 || tokens[i] >= n_vocab) {
            return err_set(err, E_USAGE, "token %zu has id %d, outside 0 to %lld", i,
                           (int)tokens[i], (long long)n_vocab - 1);
        }
    }
    return OK;
}

/* Tokens that the cache and the new prefix begin with alike. */
static size_t session_common(const Session *s, const int32_t *tokens, size_t n) {
    size_t i = 0;
    while (i < n && i < s->n && s->tokens[i] == tokens[i]) i++;
    return i;
}

_Static_assert((int)BATCH_REQUESTS_MAX < (int)WAVE_TOKENS_MAX, "a token of each in a pass");

static const uint8_t session_root[HASH_BYTES]; /* what stands before the first page of a key */

/* An empty session takes over what others and the disk tier have. Rows are wanted of every token:
   then not. */
static size_t session_restore(Session *s, const int32_t *tokens, size_t n, const SyncOptions *o) {
    uint8_t key[HASH_BYTES];
    if (s->n > 0 || (o && o->rows)) return 0;
    session_clear(s);
    memcpy(key, session_root, HASH_BYTES);
    for (; s->share && s->n + KERN_KV_KEYS <= n; s->n += KERN_KV_KEYS) {
        kv_page_key(key, tokens + s->n, KERN_KV_KEYS, key);
        if (!kv_take(&s->kv, key)) break;
    }
    assert(s->n == (size_t)s->kv.n_pages * KERN_KV_KEYS); /* only whole pages are taken over */
    s->published = s->kv.n_pages;
    if (s->disk) {
        size_t all = (size_t)kv_disk_load(s->disk, tokens, (int)n, &s->kv);
        if (all > s->n) s->n = s->restored = all;
    }
    assert(s->n <= n && s->restored <= s->n);
    memcpy(s->tokens, tokens, s->n * sizeof *tokens);
    return s->n;
}

/* Whole pages that were computed meanwhile are there for other sessions, too. */
static void session_publish(Session *s) {
    uint8_t key[HASH_BYTES];
    int whole = (int)(s->n / KERN_KV_KEYS);
    if (!s->share || s->published >= whole) return;
    assert(whole <= s->kv.n_pages);
    memcpy(key, session_root, HASH_BYTES);
    for (int i = 0; i < whole; i++) {
        kv_page_key(key, s->tokens + i * KERN_KV_KEYS, KERN_KV_KEYS, key);
        if (i >= s->published) kv_publish(&s->kv, i, key);
    }
    s->published = whole;
}

/* The states that are wanted, and of which tokens. *last must outlive the request. */
static void session_tap(const Session *s, BatchRequest *r, const size_t *last,
                        const SyncOptions *o) {
    bool some = o && o->tapped;
    r->taps = o ? o->taps : 0;
    r->states = o ? o->states : NULL;
    r->tapped = some ? o->tapped : last;
    r->n_tapped = some ? o->n_tapped : 1;
    if (!r->taps) return;
    assert(r->states && r->n_tapped > 0 && r->tapped[r->n_tapped - 1] < r->n);
    for (size_t i = 0; i < r->n_tapped; i++) {
        assert(r->tapped[i] >= (i ? r->tapped[i - 1] : r->at)); /* ascending, and evaluated now */
    }
    for (int l = (int)engine_hyper(s->engine)->n_layer; l <= WAVE_TAPS_MAX; l++) {
        assert(!(r->taps >> (l - 1) & 1)); /* the last layer leaves no state to be had */
    }
}

/* Hands tokens [s->n, n) to the engine's thread and follows what becomes of them. */
static Status session_evaluate(Session *s, const int32_t *tokens, size_t n, const SyncOptions *o,
                               Err *err) {
    Batch *batch = s->engine->batch;
    BatchRequest *r = &s->request;
    const size_t last = n - 1;
    assert(r->state == BATCH_IDLE); /* batch_settle was called: no pass uses the cache */
    assert(s->n < n && n <= (size_t)s->n_ctx);
    r->kv = &s->kv;
    r->tokens = tokens;
    r->at = s->n;
    r->n = n;
    r->chunk = s->chunk;
    r->background = s->background;
    r->cancel = o ? o->cancel : NULL;
    r->logits = s->logits;
    r->best = s->best = o ? o->best : 0;
    r->rows = o ? o->rows : NULL;
    r->row_memory = s->rows;
    r->user = o ? o->user : NULL;
    session_tap(s, r, &last, o);
    TRY(batch_submit(batch, r, err));
    for (size_t done; batch_wait(batch, r, s->n, &done);) {
        assert(s->n < done && done <= n);
        memcpy(s->tokens + s->n, tokens + s->n, (done - s->n) * sizeof *tokens);
        s->n = done;
        if (o && o->progress) o->progress(o->user, s->n, n);
    }
    return batch_result(batch, r, err);
}

/* Is it the cache's fault? A kept page was cut while it was used, or holds no numbers behind
   checksums that are right; or a text before this one had a token of no numbers, whose keys and
   values lie behind what is reused, where fast kernels multiply them by zero. */
static bool session_misled(const Session *s, Status status) {
    return status == OK ? !kv_intact(&s->kv) : status == E_CORRUPT && s->reused > 0;
}

/* Nothing is reused any more. What was kept would mislead the next session, too. */
static void session_doubt(Session *s, const int32_t *tokens, size_t n) {
    size_t lost = s->restored < n ? s->restored : n;
    assert(lost == 0 || s->disk); /* only the disk tier restores */
    if (lost > 0) {
        kv_disk_forget(s->disk, tokens, (int)lost);
        log_line(LOG_WARN, "model", "kept pages of the KV cache are of no use and go",
                 "tokens=%zu", lost);
    }
    session_clear(s);
    s->reused = 0;
}

/* Tokens that need not be evaluated if the cache has them. */
static size_t session_spared(size_t n, const SyncOptions *o) {
    return o && o->taps && o->tapped ? o->tapped[0] : n;
}

/* Are the logits there, and are they enough? */
static bool session_has(const Session *s, const SyncOptions *o) {
    int wanted = o ? o->best : 0;
    if (o && o->taps) return false;
    return s->has_logits && (s->best == 0 || (wanted > 0 && wanted <= s->best));
}

Status session_sync(Session *s, const int32_t *tokens, size_t n, const SyncOptions *o, Err *err) {
    TRY(session_check(s, tokens, n, err));
    size_t spared = session_spared(n, o), common = session_common(s, tokens, spared);
    if (common == 0 && spared > 0) common = session_restore(s, tokens, spared, o);
    s->reused = common;
    if (common == n && s->n == n && session_has(s, o)) return OK;
    if (common == n) s->reused = --common;
    batch_settle(s->engine->batch, &s->request);
    s->n = common;
    s->has_logits = false;
    assert(s->n <= n && s->reused == common);
    kv_cut(&s->kv, (int)common);
    if (s->published > (int)common / KERN_KV_KEYS) s->published = (int)common / KERN_KV_KEYS;
    if (o && o->rows && !s->rows) {
        size_t n_vocab = (size_t)engine_hyper(s->engine)->n_vocab;
        s->rows = mem_alloc_n(WAVE_HEAD_ROWS * n_vocab, sizeof *s->rows);
        if (!s->rows) return err_no_memory(err, "rows of logits");
    }
    Status status = session_evaluate(s, tokens, n, o, err);
    if (session_misled(s, status)) {
        session_doubt(s, tokens, n);
        if (!o || !o->rows) status = session_evaluate(s, tokens, n, o, err);
        else if (status == OK) status = err_set(err, E_CORRUPT, "a page of the KV cache was lost");
    }
    assert(status != OK || s->n == n);
    s->has_logits = status == OK;
    if (status == OK) session_publish(s);
    return status;
}

const float *session_logits(const Session *s) {
    return s->logits;
}

size_t session_length(const Session *s) {
    return s->n;
}

size_t session_reused(const Session *s) {
    return s->reused;
}

int session_n_ctx(const Session *s) {
    return s->n_ctx;
}

Engine *session_engine(const Session *s) {
    return s->engine;
}

void session_clear(Session *s) {
    batch_settle(s->engine->batch, &s->request);
    kv_cut(&s->kv, 0);
    s->n = s->restored = 0;
    s->published = 0;
    s->has_logits = false;
}
