/*
 * The body of generate.h: prefill, then pick, show, extend, until something says stop.
 *
 * Text. Each token's bytes go through the vocabulary's Detokenizer, which holds back half of a
 * UTF-8 character.
 *
 * The token that ends the answer is neither shown nor counted: completion_tokens counts tokens that
 * carry text, as other servers count them.
 */
#include "model/generate.h"

#include <assert.h>

#include "base/clock.h"

enum { PIECE_MAX = 1 << 22 };

typedef struct Generation {
    Session *session;
    const GenerateOptions *options;
    GenerateResult *result;
    Sampler *sampler;
    TokenList tokens; /* the whole prefix */
    const float *logits; /* behind the last of them */
    Detokenizer text;
    Buf piece; /* text of the newest token */
    int n_vocab;
    int best; /* logits of a row that are looked at: as SyncOptions */
    bool gone; /* the reader said so: it is shown nothing more */
    double start_ms;
} Generation;

const char *generate_stop_name(GenerateStop stop) {
    static const char *const names[] = {"end", "length", "context", "cancelled"};
    _Static_assert(ARRAY_LEN(names) == GENERATE_STOP_CANCELLED + 1, "a name each");
    return names[stop];
}

/* Ranges of what comes through the API; sampler_new checks its own. */
static Status generate_check(const GenerateOptions *o, Err *err) {
    if (o->n_logprobs < 0 || o->n_logprobs > SAMPLE_LOGPROBS_MAX) {
        return err_set(err, E_USAGE, "logprobs: %d is outside 0 to %d", o->n_logprobs,
                       SAMPLE_LOGPROBS_MAX);
    }
    if (o->max_tokens < 0) return err_set(err, E_USAGE, "max_tokens: %d is below 0", o->max_tokens);
    return OK;
}

/* A prompt that fills the context to its last token leaves no room for an answer: better said now
   than when all of it was read. One that is longer still is session_sync's to refuse. */
static Status generate_check_room(const Session *session, size_t n_prompt, Err *err) {
    if (n_prompt != (size_t)session_n_ctx(session)) return OK;
    (void)err_set(err, E_LIMIT, "the prompt fills the whole context of %zu tokens", n_prompt);
    return err_hint(err, "ask for a larger context, or shorten the text");
}

static bool generate_cancelled(const Generation *g) {
    const atomic_bool *flag = g->options->cancel;
    return flag && atomic_load_explicit(flag, memory_order_relaxed);
}

/* Hands the piece on, once; empty while a character is not whole yet. */
static void generate_show(Generation *g) {
    if (g->piece.n && !g->gone && g->options->piece) {
        g->gone = !g->options->piece(g->options->user, buf_str(&g->piece));
    }
    buf_clear(&g->piece);
}

/* ---- the loop -------------------------------------------------------------------------------- */

/* Logits behind the newest token. */
static Status generate_extend(Generation *g, Err *err) {
    const GenerateOptions *o = g->options;
    if (!o->speculator) {
        SyncOptions sync = {.cancel = o->cancel, .best = g->best};
        TRY(session_sync(g->session, g->tokens.ids, g->tokens.n, &sync, err));
        g->logits = session_logits(g->session);
        return OK;
    }
    assert(g->tokens.n < (size_t)session_n_ctx(g->session));
    size_t room = (size_t)session_n_ctx(g->session) - g->tokens.n;
    if (o->max_tokens > 0) {
        assert(g->result->completion_tokens < (size_t)o->max_tokens);
        size_t left = (size_t)o->max_tokens - g->result->completion_tokens - 1;
        if (left < room) room = left;
    }
    SpeculateStep step = {.tokens = &g->tokens, .room = room, .cancel = o->cancel,
                          .best = g->best};
    return speculate_next(o->speculator, &step, &g->logits, err);
}

/* Hands on the token with its logprobs, before any of its text is shown. */
static void generate_tell(const Generation *g, int32_t token) {
    assert(g->best == 0); /* of a row that is not complete no probability is known */
    SampleLogprob logprobs[1 + SAMPLE_LOGPROBS_MAX];
    const GenerateOptions *o = g->options;
    sample_logprobs(g->logits, g->n_vocab, token, o->n_logprobs, logprobs);
    o->token(o->user, &(GenerateToken){token, logprobs, o->n_logprobs});
}

/* No further token has room. */
static bool generate_full(const Generation *g) {
    return g->tokens.n >= (size_t)session_n_ctx(g->session);
}

/* Picks, shows and extends by one token. *done: result->stop says why. The order matters: a token
   that ends the answer is never counted, a reader that is gone beats the length. */
static Status generate_step(Generation *g, bool *done, Err *err) {
    int32_t token = 0;
    GenerateResult *r = g->result;
    const GenerateOptions *o = g->options;
    *done = true;
    assert(g->logits && g->tokens.n == g->result->prompt_tokens + g->result->completion_tokens);
    TRY(sampler_pick(g->sampler, g->logits, &token, err));
    if (r->completion_tokens == 0) r->first_ms = clock_now_ms() - g->start_ms;
    if (vocab_is_end(g->text.vocab, token)) {
        r->stop = GENERATE_STOP_END;
        return OK;
    }
    r->completion_tokens++;
    if (o->token) generate_tell(g, token);
    TRY(token_list_add(&g->tokens, token, err));
    detok_push(&g->text, token, &g->piece);
    TRY(buf_check(&g->piece, "text of an answer", err));
    generate_show(g);
    if (g->gone) {
        r->stop = GENERATE_STOP_CANCELLED;
        return OK;
    }
    if (o->max_tokens > 0 && r->completion_tokens >= (size_t)o->max_tokens) {
        r->stop = GENERATE_STOP_LENGTH;
        return OK;
    }
    if (generate_full(g)) {
        r->stop = GENERATE_STOP_CONTEXT;
        return OK;
    }
    *done = false;
    return generate_extend(g, err);
}

/* The session stands after the prompt, and the sampler and the speculator know its tokens. */
static Status generate_prefill(Generation *g, const int32_t *prompt, size_t n, Err *err) {
    const GenerateOptions *o = g->options;
    /* All logits: behind a prompt often many words are likely, and a start would read the screen
       and most of the matrix. */
    SyncOptions sync = {.cancel = o->cancel, .progress = o->progress, .user = o->user};
    TRY(session_sync(g->session, prompt, n, &sync, err));
    g->logits = session_logits(g->session);
    g->result->reused_tokens = session_reused(g->session);
    for (size_t i = 0; i < n; i++) {
        TRY(token_list_add(&g->tokens, prompt[i], err));
        sampler_accept(g->sampler, prompt[i]);
    }
    if (o->speculator) {
        TRY(speculate_begin(o->speculator, g->session, &g->tokens, o->cancel, err));
    }
    g->result->prefill_ms = clock_now_ms() - g->start_ms;
    return OK;
}

/* A cancel is a way to stop, not an error: what is held back is shown, and the status is OK. So is
   a prompt that fills the context to its last token. */
static Status generate_loop(Generation *g, const int32_t *prompt, size_t n, Err *err) {
    Status status = generate_prefill(g, prompt, n, err);
    bool done = status == OK && generate_full(g);
    if (done) g->result->stop = GENERATE_STOP_CONTEXT;
    while (status == OK && !done) {
        if (generate_cancelled(g)) {
            status = E_CANCELLED;
            break;
        }
        status = generate_step(g, &done, err);
    }
    if (status == E_CANCELLED) {
        g->result->stop = GENERATE_STOP_CANCELLED;
        status = OK;
    }
    if (status == OK) {
        detok_flush(&g->text, &g->piece);
        generate_show(g);
    }
    return status;
}

Status generate_run(Session *session, const int32_t *prompt, size_t n_prompt,
                    const GenerateOptions *options, GenerateResult *result, Err *err) {
    EngineInfo info;
    Generation g = {.session = session, .options = options, .result = result};
    *result = (GenerateResult){.prompt_tokens = n_prompt};
    TRY(generate_check(options, err));
    TRY(generate_check_room(session, n_prompt, err));
    engine_info(session_engine(session), &info);
    g.n_vocab = info.n_vocab;
    TRY(sampler_new(info.n_vocab, &options->sampler, &g.sampler, err));
    g.best = options->token ? 0 : sampler_best_needed(g.sampler);
    g.start_ms = clock_now_ms();
    token_list_init(&g.tokens, (size_t)session_n_ctx(session));
    buf_init(&g.piece, PIECE_MAX);
    detok_init(&g.text, engine_vocab(session_engine(session)), false);
    Status status = generate_loop(&g, prompt, n_prompt, err);
    result->total_ms = clock_now_ms() - g.start_ms;
    if (options->speculator && result->prefill_ms > 0) {
        speculate_counts(options->speculator, &result->drafted, &result->accepted);
    }
    buf_fini(&g.piece);
    token_list_fini(&g.tokens);
    sampler_free(g.sampler);
    return status;
}
