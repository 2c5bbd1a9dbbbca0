/* The body of probe.h: one tapped pass (wave.h) over a timeline that is given up at once. */
#include "model/probe.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "model/engine_private.h"
#include "model/fingerprint.h"

/* 256 tokens: a probe is asked of one message; chosen, not measured. What stands before the last
   64 KiB is hardly among them, and need not be made into tokens. */
enum { PROBE_TEXT_BYTES_MAX = 1 << 16, PROBE_TOKENS_MAX = 256 };
_Static_assert((int)PROBE_TOKENS_MAX <= (int)WAVE_TOKENS_MAX, "one pass");

void probe_space(const Engine *engine, char out[17]) {
    (void)snprintf(out, 17, "%016llx", (unsigned long long)model_fingerprint(engine->gguf));
}

/* The pass; the caller holds the engine's turn. tapped: [n][n_embd]. */
static Status probe_pass(Engine *e, WaveSegment *seg, const int32_t *tokens, float *tapped,
                         Err *err) {
    Wave *w = e->wave;
    w->tokens = tokens;
    w->m = seg->n;
    w->segments = seg;
    w->n_segments = 1;
    w->stop = NULL;
    assert(0 < w->layers && w->layers <= WAVE_TAPS_MAX);
    w->taps = 1ull << (w->layers - 1);
    w->tapped = tapped;
    TRY(wave_run(w, err));
    return engine_check_intact(e, err);
}

/* The state of the last of n tokens after so many layers. The timeline is new and given up: nothing
   is shared with sessions, and the pages are back when this returns. */
static Status probe_run(Engine *e, const int32_t *tokens, int n, int layers, float *out,
                        Err *err) {
    size_t dim = (size_t)engine_hyper(e)->n_embd;
    assert(0 < n && n <= PROBE_TOKENS_MAX);
    Kv kv;
    TRY(kv_init(&kv, e->kv_pool, &e->kv_shape, n, err));
    WaveSegment seg = {.n = n, .kv = &kv, .wants = WAVE_NONE};
    float *tapped = mem_alloc_n((size_t)n * dim, sizeof *tapped);
    Status status = tapped ? OK : err_no_memory(err, "the states of a text");
    if (status == OK) status = kv_reserve(&kv, 0, n, err);
    if (status == OK) {
        (void)pthread_mutex_lock(&e->turn);
        e->wave->layers = layers;
        status = probe_pass(e, &seg, tokens, tapped, err);
        e->wave->layers = 0;
        e->wave->taps = 0;
        (void)pthread_mutex_unlock(&e->turn);
    }
    if (status == OK) memcpy(out, tapped + (size_t)(n - 1) * dim, dim * sizeof *out);
    mem_free(tapped);
    kv_fini(&kv);
    for (size_t i = 0; i < dim && status == OK; i++) {
        if (!isfinite(out[i])) status = err_set(err, E_CORRUPT, "a state is not numbers");
    }
    return status;
}

Status probe_state(Engine *e, Str text, int layers, float *out, Err *err) {
    const Hyper *h = engine_hyper(e);
    TokenList ids;
    if (e->weights.model.arch->encoder || layers < 1 || layers >= h->n_layer ||
        layers > WAVE_TAPS_MAX) {
        return err_set(err, E_UNSUPPORTED, "the model has no state after %d layers", layers);
    }
    if (text.n > PROBE_TEXT_BYTES_MAX) text = str_sub(text, text.n - PROBE_TEXT_BYTES_MAX, text.n);
    token_list_init(&ids, PROBE_TEXT_BYTES_MAX + 8);
    Status status = vocab_encode(e->vocab, text, VOCAB_ADD_SPECIAL, &ids, err);
    if (status == OK && ids.n == 0) status = err_set(err, E_FAILED, "a text has no tokens at all");
    if (status == OK) {
        int64_t most = h->n_ctx_train < PROBE_TOKENS_MAX ? h->n_ctx_train : PROBE_TOKENS_MAX;
        int n = ids.n < (size_t)most ? (int)ids.n : (int)most;
        status = probe_run(e, ids.ids + ids.n - (size_t)n, n, layers, out, err);
    }
    token_list_fini(&ids);
    return status;
}
