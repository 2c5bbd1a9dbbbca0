/*
 * The body of score.h: windows through a session, log-softmax in double.
 *
 *     nll = - mean over counted rows i of  ln softmax(logits_i)[token_{i+1}]
 *
 * The last token of a window predicts a token of the next one, which starts afresh; its row is
 * handed out but not counted. A last window that is shorter than the others is evaluated too:
 * nothing of the text is left out.
 */
#include "model/score.h"

#include <assert.h>
#include <math.h>

#include "base/mem.h"

enum { SCORE_WINDOW_DEFAULT = 512 };

typedef struct Scoring {
    const ScoreOptions *options;
    const int32_t *window; /* tokens of this window */
    size_t at, n;          /* first token of the window in the text, tokens in it */
    size_t n_vocab, counted;
    double sum;
} Scoring;

/* -ln softmax(row)[token]; +inf or NaN only when the row is no numbers, which sync refuses. */
static double score_row(const float *row, size_t n, int32_t token) {
    assert(0 <= token && (size_t)token < n);
    float max = row[0];
    double sum = 0;
    for (size_t i = 1; i < n; i++) {
        if (row[i] > max) max = row[i];
    }
    for (size_t i = 0; i < n; i++) sum += exp((double)row[i] - (double)max);
    return log(sum) - ((double)row[token] - (double)max);
}

/* Receives rows of the window's tokens first .. first+n-1. */
static Status score_rows(void *user, size_t first, size_t n, const float *rows, Err *err) {
    Scoring *s = user;
    const ScoreOptions *o = s->options;
    assert(first + n <= s->n);
    for (size_t i = 0; i < n; i++) {
        size_t t = first + i;
        if (t + 1 >= s->n || t < (size_t)o->skip) continue;
        s->sum += score_row(rows + i * s->n_vocab, s->n_vocab, s->window[t + 1]);
        s->counted++;
    }
    return o->rows ? o->rows(o->user, s->at + first, n, rows, err) : OK;
}

/* One window from an empty cache. */
static Status score_window(Session *session, Scoring *s, Err *err) {
    SyncOptions sync = {.cancel = s->options->cancel, .rows = score_rows, .user = s};
    session_clear(session);
    return session_sync(session, s->window, s->n, &sync, err);
}

static Status score_check(Session *session, size_t n, int window, Err *err) {
    if (n < 2) return err_set(err, E_USAGE, "score: a text of %zu tokens predicts nothing", n);
    if (window >= 2 && window <= session_n_ctx(session)) return OK;
    return err_set(err, E_USAGE, "score: a window of %d tokens is outside 2 to the context of %d",
                   window, session_n_ctx(session));
}

Status score_run(Session *session, const int32_t *tokens, size_t n, const ScoreOptions *options,
                 ScoreResult *out, Err *err) {
    EngineInfo info;
    const Vocab *vocab = engine_vocab(session_engine(session));
    int window = options->window > 0 ? options->window : SCORE_WINDOW_DEFAULT;
    Status status = OK;
    *out = (ScoreResult){0};
    TRY(score_check(session, n, window, err));
    engine_info(session_engine(session), &info);
    int32_t *copy = mem_alloc_n((size_t)window, sizeof *copy);
    if (!copy) return err_no_memory(err, "a window of tokens");
    Scoring s = {.options = options, .window = copy, .n_vocab = (size_t)info.n_vocab};
    for (s.at = 0; s.at < n && status == OK; s.at += s.n) {
        s.n = n - s.at < (size_t)window ? n - s.at : (size_t)window;
        memcpy(copy, tokens + s.at, s.n * sizeof *copy);
        if (vocab_adds_bos(vocab)) copy[0] = vocab_bos(vocab);
        status = score_window(session, &s, err);
        if (status == OK && options->progress) options->progress(options->user, s.at + s.n, n);
    }
    assert(status != OK || (s.at == n && s.counted < n)); /* a window's first is given */
    mem_free(copy);
    out->tokens = s.counted;
    out->nll = s.counted > 0 ? s.sum / (double)s.counted : 0;
    out->ppl = exp(out->nll);
    return status;
}
