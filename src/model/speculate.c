/*
 * The body of speculate.h.
 *
 *     text so far ... t          t was picked last
 *     guesses         a b c
 *     one pass over   t a b c    rows of logits behind t, a, b and c
 *
 * The caller picks from the row behind t and comes back with the token. Was it a, then the row
 * behind a is right and ready; was it not, the rows behind it are worth nothing and the next pass
 * begins at the new token (session_sync forgets the keys and values of a, b and c by itself).
 *
 * How many guesses go into a pass is for draft_odds.h to say. When none pays, the pass has one
 * token; the first guess is remembered nevertheless and compared with what is picked, so that the
 * odds are known when they turn.
 *
 * Rows are copied out of the session's callback (0.6 MB a row for a vocabulary of 152k, against
 * some 40 MB of weights a token row costs in bandwidth).
 *
 * Faults: a pass with guesses that finds logits which are no numbers is repeated without them: a
 * guess leads to places where plain decoding may never go. Cancel leaves everything reusable.
 */
#include "model/speculate.h"

#include <assert.h>

#include "base/clock.h"
#include "base/mem.h"
#include "model/draft_lookup.h"
#include "model/draft_model.h"
#include "model/draft_odds.h"

enum { MODEL_GUESSES_MAX = 7 };
_Static_assert((int)MODEL_GUESSES_MAX <= (int)DRAFTS_MAX, "they have room");

struct Speculator {
    Engine *engine, *draft_engine;
    Session *session; /* of the present text */
    Lookup *lookup;   /* NULL: not wanted */
    DraftModel *draft; /* NULL: none, or not made yet */
    bool reads;        /* the draft has a row for every token of the text */
    DraftOdds odds;
    size_t n_vocab;
    int always;
    float *rows; /* [DRAFTS_MAX + 1][n_vocab] */
    size_t drafted, accepted;

    /* the present pass */
    int32_t guesses[DRAFTS_MAX];
    uint8_t kinds[DRAFTS_MAX];
    int n_guesses; /* known */
    int n_drafts;  /* of them verified by the pass */
    int at;        /* rows that were handed out, less one */
    bool alive;    /* every guess before `at` was right */
    OddsSource source;
    bool asked;    /* the draft model was at work */
    double spent_ms;
    size_t first, n_rows; /* token whose row is rows[0]; rows that arrived */
};

Status speculator_new(Engine *engine, const SpeculatorOptions *options, Speculator **out,
                      Err *err) {
    EngineInfo info;
    *out = NULL;
    engine_info(engine, &info);
    Speculator *sp = mem_zalloc(sizeof *sp);
    if (!sp) return err_no_memory(err, "speculation");
    sp->engine = engine;
    sp->draft_engine = options->draft;
    sp->n_vocab = (size_t)info.n_vocab;
    sp->always = options->always < DRAFTS_MAX ? options->always : DRAFTS_MAX;
    draft_odds_init(&sp->odds);
    sp->rows = mem_alloc_n((DRAFTS_MAX + 1) * sp->n_vocab, sizeof *sp->rows);
    Status status = sp->rows ? OK : err_no_memory(err, "speculation");
    if (status == OK && options->lookup) status = lookup_new(&sp->lookup, err);
    if (status != OK) {
        speculator_free(sp);
        return status;
    }
    *out = sp;
    return OK;
}

void speculator_free(Speculator *sp) {
    if (!sp) return;
    lookup_free(sp->lookup);
    draft_model_free(sp->draft);
    mem_free(sp->rows);
    mem_free(sp);
}

/* The draft's session is as long as the target's, or as its own window. */
static Status speculate_fit_draft(Speculator *sp, Err *err) {
    EngineInfo info;
    if (!sp->draft_engine) return OK;
    engine_info(sp->draft_engine, &info);
    int want = session_n_ctx(sp->session);
    if (want > info.n_ctx_train) want = info.n_ctx_train;
    if (sp->draft && draft_model_n_ctx(sp->draft) >= want) return OK;
    draft_model_free(sp->draft);
    return draft_model_new(sp->draft_engine, sp->engine, want, &sp->draft, err);
}

Status speculate_begin(Speculator *sp, Session *session, const TokenList *prompt,
                       const atomic_bool *cancel, Err *err) {
    int32_t guess;
    float p;
    assert(session_engine(session) == sp->engine);
    assert(session_length(session) >= prompt->n && prompt->n > 0);
    sp->session = session;
    sp->drafted = sp->accepted = 0;
    sp->n_guesses = sp->n_drafts = sp->at = 0;
    sp->asked = false;
    TRY(speculate_fit_draft(sp, err));
    sp->reads = sp->draft && draft_model_reads(sp->draft, prompt->ids, prompt->n);
    if (sp->reads && prompt->n <= (size_t)draft_model_n_ctx(sp->draft)) {
        TRY(draft_model_guess(sp->draft, prompt, cancel, &guess, &p, err));
    }
    if (!sp->lookup) return OK;
    lookup_clear(sp->lookup);
    for (size_t i = 0; i < prompt->n; i++) TRY(lookup_add(sp->lookup, prompt->ids[i], err));
    return OK;
}

void speculate_counts(const Speculator *sp, size_t *drafted, size_t *accepted) {
    *drafted = sp->drafted;
    *accepted = sp->accepted;
}

/* ---- what the newest token says about the guess ---------------------------------------------- */

/* true: its row is there. */
static bool speculate_judge(Speculator *sp, int32_t token) {
    if (!sp->alive || sp->at >= sp->n_guesses) return false;
    bool right = sp->guesses[sp->at] == token, verified = sp->at < sp->n_drafts;
    draft_odds_note(&sp->odds, sp->kinds[sp->at], right);
    if (right && !verified) draft_odds_settle_missed(&sp->odds, sp->source);
    sp->alive = right && verified;
    if (!sp->alive) return false;
    assert(sp->at < sp->n_drafts && sp->n_rows == (size_t)sp->n_drafts + 1); /* its row is there */
    sp->accepted++;
    sp->at++;
    return true;
}

/* ---- guessing -------------------------------------------------------------------------------- */

/* How many of the first n guesses go into the pass. */
static void speculate_choose(Speculator *sp, int n) {
    assert(0 <= n && n <= sp->n_guesses && sp->n_guesses <= DRAFTS_MAX);
    if (sp->always > 0) sp->n_drafts = n < sp->always ? n : sp->always;
    else if (!draft_odds_has_credit(&sp->odds, sp->source)) sp->n_drafts = 0;
    else sp->n_drafts = draft_odds_choose(&sp->odds, sp->kinds, n);
}

/* Guesses from the text. The i-th guess counts as one of a match that is i longer. */
static void speculate_look_up(Speculator *sp, int room) {
    int64_t match = sp->lookup ? (int64_t)lookup_match(sp->lookup) : 0;
    if (match == 0) return;
    sp->source = ODDS_LOOKUP;
    sp->n_guesses = (int)lookup_propose(sp->lookup, sp->guesses, DRAFTS_MAX);
    for (int i = 0; i < sp->n_guesses; i++) {
        sp->kinds[i] = (uint8_t)draft_odds_match_kind(match + i);
    }
    speculate_choose(sp, sp->n_guesses < room ? sp->n_guesses : room);
}

static bool speculate_one_more(const Speculator *sp, int k) {
    return sp->always > 0 ? k < sp->always : draft_odds_one_more(&sp->odds, sp->kinds, k);
}

/* The draft model's guesses replace those of the text, which do not pay here. */
static Status speculate_ask(Speculator *sp, const SpeculateStep *step, int room, Err *err) {
    TokenList *tokens = step->tokens;
    size_t n = tokens->n, limit = (size_t)draft_model_n_ctx(sp->draft);
    int k = 0, most = room < MODEL_GUESSES_MAX ? room : MODEL_GUESSES_MAX;
    Status status = OK;
    while (status == OK && k < most && tokens->n <= limit && speculate_one_more(sp, k)) {
        float p = 0;
        double began = clock_now_ms();
        status = draft_model_guess(sp->draft, tokens, step->cancel, &sp->guesses[k], &p, err);
        if (status != OK) break;
        if (k > 0) draft_odds_note_guess(&sp->odds, clock_now_ms() - began);
        sp->kinds[k] = (uint8_t)draft_odds_model_kind(p);
        status = token_list_add(tokens, sp->guesses[k], err);
        k++;
    }
    tokens->n = n;
    if (k == 0) return status;
    sp->source = ODDS_MODEL;
    sp->asked = true;
    sp->n_guesses = k;
    speculate_choose(sp, k);
    return status;
}

/* The text is asked first, it costs nothing; the draft model only where those guesses do not pay
   and it has credit. */
static Status speculate_guess(Speculator *sp, const SpeculateStep *step, Err *err) {
    int room = step->room < DRAFTS_MAX ? (int)step->room : DRAFTS_MAX;
    sp->n_guesses = sp->n_drafts = sp->at = 0;
    sp->alive = true;
    sp->asked = false;
    speculate_look_up(sp, room);
    if (sp->n_drafts > 0 || !sp->reads) return OK;
    if (sp->always == 0 && !draft_odds_has_credit(&sp->odds, ODDS_MODEL)) return OK;
    return speculate_ask(sp, step, room, err);
}

/* ---- the pass -------------------------------------------------------------------------------- */

/* Copies the rows from the newest token on; those before it (a prefix that had to be evaluated
   anew) are of no use. */
static Status speculate_keep(void *user, size_t first, size_t n, const float *rows, Err *err) {
    Speculator *sp = user;
    for (size_t i = 0; i < n; i++) {
        if (first + i < sp->first || sp->n_rows > DRAFTS_MAX) continue;
        memcpy(sp->rows + sp->n_rows++ * sp->n_vocab, rows + i * sp->n_vocab,
               sp->n_vocab * sizeof *rows);
    }
    assert(sp->n_rows <= (size_t)sp->n_drafts + 1); /* none behind the last guess */
    return OK;
}

/* Syncs the session to text and guesses; tokens is as before on return, also after an error. */
static Status speculate_verify(Speculator *sp, const SpeculateStep *step, Err *err) {
    TokenList *tokens = step->tokens;
    size_t n = tokens->n;
    Status status = OK;
    SyncOptions sync = {.cancel = step->cancel, .rows = speculate_keep, .best = step->best,
                        .user = sp};
    assert(0 < sp->n_drafts && n + (size_t)sp->n_drafts <= (size_t)session_n_ctx(sp->session));
    sp->first = n - 1;
    sp->n_rows = 0;
    for (int i = 0; i < sp->n_drafts && status == OK; i++) {
        status = token_list_add(tokens, sp->guesses[i], err);
    }
    if (status == OK) status = session_sync(sp->session, tokens->ids, tokens->n, &sync, err);
    tokens->n = n;
    return status;
}

/* A pass over the newest token, and its guesses when there are any. */
static Status speculate_pass(Speculator *sp, const SpeculateStep *step, Err *err) {
    SyncOptions plain = {.cancel = step->cancel, .best = step->best};
    double began = clock_now_ms();
    if (sp->n_drafts > 0) {
        Status status = speculate_verify(sp, step, err);
        bool complete = sp->n_rows == (size_t)sp->n_drafts + 1;
        if (status != OK && status != E_CORRUPT) return status;
        if (status == OK && complete) {
            sp->drafted += (size_t)sp->n_drafts;
            draft_odds_note_pass(&sp->odds, sp->n_drafts + 1, clock_now_ms() - began);
            return OK;
        }
        sp->n_drafts = 0;
        began = clock_now_ms();
    }
    TRY(session_sync(sp->session, step->tokens->ids, step->tokens->n, &plain, err));
    draft_odds_note_pass(&sp->odds, 1, clock_now_ms() - began);
    draft_odds_settle_plain(&sp->odds);
    return OK;
}

Status speculate_next(Speculator *sp, const SpeculateStep *step, const float **logits, Err *err) {
    assert(sp->session && step->tokens->n > 0); /* speculate_begin was called */
    int32_t newest = step->tokens->ids[step->tokens->n - 1];
    if (sp->lookup) TRY(lookup_add(sp->lookup, newest, err));
    sp->reads = sp->reads && draft_model_reads(sp->draft, &newest, 1);
    if (speculate_judge(sp, newest)) {
        *logits = sp->rows + (size_t)sp->at * sp->n_vocab;
        return OK;
    }
    if (sp->n_drafts > 0 || sp->asked) {
        draft_odds_settle(&sp->odds, sp->source, sp->at + 1, sp->spent_ms);
    }
    double began = clock_now_ms();
    TRY(speculate_guess(sp, step, err));
    TRY(speculate_pass(sp, step, err));
    assert(sp->n_drafts <= sp->n_guesses && sp->at == 0);
    sp->spent_ms = clock_now_ms() - began;
    *logits = sp->n_drafts > 0 ? sp->rows : session_logits(sp->session);
    return OK;
}
