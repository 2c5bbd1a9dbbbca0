/*
 * The body of draft_model.h.
 *
 * Two vocabularies agree when they have the same number of tokens and every token has the same
 * spelling and type: then an id means the same to both. (Qwen2.5's models of all sizes do.) The
 * embedding tables may have more rows than the vocabulary, and not equally many (151,936 in
 * Qwen2.5's small models, 152,064 from 7B on); ids beyond the vocabulary are never guessed, and a
 * text in which the target said one that the draft has no row for is no longer read.
 *
 * The draft has a session of its own, which follows the text as any session does: what was guessed
 * wrong is forgotten by the next sync, what the target said meanwhile is caught up in one pass.
 */
#include "model/draft_model.h"

#include <assert.h>
#include <math.h>

#include "base/mem.h"

struct DraftModel {
    Session *session;
    int n_vocab; /* tokens of both vocabularies */
    int n_rows;  /* of the draft's embedding table, at least n_vocab */
};

static Status draft_model_check(const Vocab *draft, const Vocab *target, Err *err) {
    size_t n = vocab_size(draft);
    if (n != vocab_size(target)) {
        return err_set(err, E_USAGE, "the draft model has %zu tokens, the model %zu", n,
                       vocab_size(target));
    }
    for (size_t i = 0; i < n; i++) {
        int32_t id = (int32_t)i;
        Str ours = vocab_spelling(draft, id), theirs = vocab_spelling(target, id);
        if (str_eq(ours, theirs) && vocab_type(draft, id) == vocab_type(target, id)) continue;
        return err_set(err, E_USAGE, "token %zu is \"%.*s\" in the draft model, \"%.*s\" here", i,
                       (int)(ours.n < 64 ? ours.n : 64), ours.p,
                       (int)(theirs.n < 64 ? theirs.n : 64), theirs.p);
    }
    return OK;
}

Status draft_model_new(Engine *draft, const Engine *target, int n_ctx, DraftModel **out,
                       Err *err) {
    EngineInfo info;
    *out = NULL;
    if (draft_model_check(engine_vocab(draft), engine_vocab(target), err) != OK) {
        (void)err_hint(err, "a draft model must be of the same family: see `hearth models`");
        return E_USAGE;
    }
    engine_info(draft, &info);
    DraftModel *d = mem_zalloc(sizeof *d);
    if (!d) return err_no_memory(err, "a draft model");
    SessionOptions options = {.n_ctx = n_ctx < info.n_ctx_train ? n_ctx : info.n_ctx_train};
    d->n_vocab = (int)vocab_size(engine_vocab(draft));
    d->n_rows = info.n_vocab;
    Status status = session_new(draft, &options, &d->session, err);
    if (status != OK) {
        draft_model_free(d);
        return err_prefix(err, status, "draft model");
    }
    *out = d;
    return OK;
}

void draft_model_free(DraftModel *d) {
    if (!d) return;
    session_free(d->session);
    mem_free(d);
}

int draft_model_n_ctx(const DraftModel *d) {
    return session_n_ctx(d->session);
}

bool draft_model_reads(const DraftModel *d, const int32_t *tokens, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (tokens[i] < 0 || tokens[i] >= d->n_rows) return false;
    }
    return true;
}

/* The greatest of n numbers; *probability: its share in their softmax. */
static int32_t draft_model_best(const float *logits, int n, float *probability) {
    assert(n > 0);
    int32_t best = 0;
    float sum = 0;
    for (int i = 1; i < n; i++) {
        if (logits[i] > logits[best]) best = i;
    }
    for (int i = 0; i < n; i++) {
        float below = logits[i] - logits[best];
        if (below > -16) sum += expf(below); /* the rest adds less than 1e-7 each */
    }
    *probability = 1 / sum;
    return best;
}

Status draft_model_guess(DraftModel *d, const TokenList *tokens, const atomic_bool *cancel,
                         int32_t *token, float *probability, Err *err) {
    assert(0 < tokens->n && tokens->n <= (size_t)draft_model_n_ctx(d));
    SyncOptions sync = {.cancel = cancel};
    Status status = session_sync(d->session, tokens->ids, tokens->n, &sync, err);
    if (status == E_CANCELLED) return status;
    if (status != OK) return err_prefix(err, status, "draft model");
    *token = draft_model_best(session_logits(d->session), d->n_vocab, probability);
    return OK;
}
