/*
 * Answer: the local model writes, from the passages that were recalled.
 *
 * The prompt is read first and the model's doubt weighed (doubt.c): where decide.c then sees no
 * answer nothing is written; where it does the answer is written, with the next best word in front
 * when the likeliest was a refusal.
 *
 * A summary or a draft (work.h) is written straight away: no word of it is a refusal to be weighed.
 * Before, what in its passages gives orders to whoever writes is taken out (orders.h).
 *
 * Text reaches the sink as it comes, from the engine here or from an endpoint (consult.c), except
 * while it could still become the model's way of saying that there is no answer: those few words
 * are held back, so that "NOT FOUND" never shows.
 *
 * Without a model on the disk, without a passage to read from, or where decide.c sees that the
 * passages speak of something else, nothing is generated; what was recalled is shown (cite.c).
 * Where the answer says what only the question says (echo.h) it is not kept.
 * Where nothing came that has support, near.c looks for a sentence that says it in other words.
 */
#include <assert.h>

#include "base/clock.h"
#include "turn/echo.h"
#include "turn/given.h"
#include "turn/knows.h"
#include "turn/near.h"
#include "turn/orders.h"
#include "turn/prompt.h"
#include "turn/say.h"
#include "turn/script.h"
#include "turn/turn.h"

enum { HOLD_BYTES = 31, /* the longest way of saying no behind two marks; see prompt.c */
       SUMMARY_MOST = 7, /* sentences; the prompt asks for six at most */
       SUMMARY_SHORT = 2 /* of one that is to be shorter */ };

/* What generate_run's callbacks get: they return no Status, so it is kept here. */
typedef struct Writer {
    Turn *turn;
    Status status;
    Err *err;
} Writer;

/* What came behind byte `from`, in the script of the passages that were read; the first one that
   tells decides. */
static void write_as_documents(Turn *turn, size_t from) {
    bool changed = false;
    for (size_t i = 0; i < turn->n_shown && !changed && turn->chinese; i++) {
        changed = script_follow(turn->text.p, turn->text.n, from, turn->found.hits[i].text);
    }
}

/* Held back: the first bytes, and as much as can still turn into a refusal. */
Status answer_take(Turn *turn, Str piece, Err *err) {
    if (turn->withheld) return OK;
    if (turn->timings.first_word_ms == 0) {
        turn->timings.first_word_ms = clock_now_ms() - turn->began_ms;
    }
    size_t from = turn->text.n;
    buf_add_str(&turn->text, piece);
    TRY(buf_check(&turn->text, "the answer", err));
    if (!turn->translates && !turn->consulted) write_as_documents(turn, from);
    Str text = buf_str(&turn->text);
    return text.n < HOLD_BYTES || prompt_is_refusal(text) ? OK : cite_feed(turn, false, err);
}

/* As many sentences as a summary has; a small model counts badly. */
static bool is_enough(const Turn *turn) {
    size_t most = turn->style == INSTEAD_SHORTER ? SUMMARY_SHORT : SUMMARY_MOST;
    return turn->work == WORK_SUMMARY && !turn->consulted && turn->n_sentences >= most;
}

/* The local model was stopped, or ran into max_tokens: a summary ends with its last whole sentence,
   anything else says that it does not end. */
static Status end_early(Turn *turn, Err *err) {
    bool cut = turn->timings.completion_tokens >= (size_t)turn->max_tokens;
    if (turn->consulted) return OK;
    if (turn->work == WORK_SUMMARY && (cut || is_enough(turn)) && turn->cited > 0) {
        assert(turn->shown <= turn->cited && turn->cited <= turn->text.n);
        turn->text.n = turn->cited;
        turn->text.p[turn->text.n] = 0;
    }
    if (turn->work != WORK_SUMMARY && cut && !prompt_is_refusal(buf_str(&turn->text))) {
        buf_printf(turn_notice(turn), turn_says(turn, SAY_CUT_SHORT), turn->max_tokens);
    }
    return buf_check(&turn->notice, "a notice", err);
}

Status answer_end(Turn *turn, Err *err) {
    if (turn->withheld) return OK;
    TRY(end_early(turn, err));
    turn->model_refused = prompt_is_refusal(buf_str(&turn->text));
    if (turn->work == WORK_ANSWER && prompt_ends_refusing(buf_str(&turn->text))) {
        turn->model_refused = true; /* some of it may have been shown, as before any refusal */
        return OK;
    }
    if (turn->model_refused && decide_spoken(turn)) { /* nobody saw a word: see answer_take */
        turn->model_refused = false;
        buf_clear(&turn->text);
        turn->begun = 0;
    }
    return turn->model_refused ? OK : cite_feed(turn, true, err);
}

/* False ends the generation: a failure, a guard that shows nothing more, or a long summary. */
static bool take_piece(void *user, Str piece) {
    Writer *writer = user;
    writer->status = answer_take(writer->turn, piece, writer->err);
    return writer->status == OK && !writer->turn->withheld && !is_enough(writer->turn);
}

/* logprobs[0] is the token itself. Sum and least are what the router's signals want. */
static void take_token(void *user, const GenerateToken *token) {
    TurnDraft *draft = &((Writer *)user)->turn->draft;
    double logprob = (double)token->logprobs[0].logprob;
    draft->least = draft->n == 0 || logprob < draft->least ? logprob : draft->least;
    draft->sum += logprob;
    draft->n++;
}

/* The session holds the prompt already. Log-probabilities cost a pass over the vocabulary a token,
   and only the router asks for them. */
static Status write_answer(Turn *turn, Session *session, Err *err) {
    Speculator *speculator = NULL;
    TRY(rig_speculator(turn->rig, &speculator, err));
    Writer writer = {.turn = turn, .err = err};
    GenerateOptions options = {.sampler = turn->sampler,
                               .max_tokens = turn->max_tokens,
                               .cancel = &turn->rig->cancel,
                               .speculator = speculator,
                               .piece = take_piece,
                               .token = turn->routed ? take_token : NULL,
                               .user = &writer};
    GenerateResult made = {0};
    TRY(generate_run(session, turn->prompt.ids, turn->prompt.n, &options, &made, err));
    TRY(writer.status);
    turn->timings.completion_tokens = made.completion_tokens;
    turn->timings.drafted = made.drafted;
    turn->timings.accepted = made.accepted;
    turn->timings.decode_ms = made.total_ms - made.prefill_ms;
    return answer_end(turn, err);
}

/* The answer begins with this word, though the model would rather have refused. */
static Status begin_with(Turn *turn, const Vocab *vocab, int32_t start, Err *err) {
    Buf piece;
    buf_init(&piece, VOCAB_TOKEN_BYTES_MAX);
    vocab_piece(vocab, start, &piece);
    buf_add_str(&turn->text, str_trim(buf_str(&piece)));
    buf_fini(&piece);
    assert(turn->shown == 0); /* nobody saw a word yet */
    turn->begun = turn->text.n;
    return token_list_add(&turn->prompt, start, err);
}

/* An answer is judged by what the model knows (knows.h), too, where the question is of the kind
   that was learned from. */
static Status want_state(Turn *turn, const Engine *engine, SyncOptions *sync, Err *err) {
    EngineInfo info;
    bool alone = turn->work == WORK_ANSWER && !turn->topic.n && !given_wants_yes_no(turn->question);
    int layers = alone ? knows_layers(KNOWS_ANSWERED, engine, rig_space(turn->rig)) : 0;
    if (!layers) return OK;
    assert(layers > 0 && layers <= 64); /* a bit a layer */
    engine_info(engine, &info);
    sync->states = arena_alloc_n(&turn->arena, (size_t)info.n_embd, sizeof *sync->states);
    if (!sync->states) return err_no_memory(err, "what the model knows");
    sync->taps = 1ull << (layers - 1);
    return OK;
}

/* One token more than the prompt: begin_with may add one. */
static Status generate(Turn *turn, Engine *engine, Err *err) {
    Session *session = NULL;
    Doubt doubt;
    TRY(prompt_build(turn, engine, err));
    TRY(rig_fit_session(turn->rig, turn->prompt.n + 1, turn->max_tokens, &session, err));
    double began = clock_now_ms();
    SyncOptions sync = {.cancel = &turn->rig->cancel, .progress = turn->sink.prefill,
                        .user = turn->sink.user};
    TRY(want_state(turn, engine, &sync, err));
    if (sync.progress) sync.progress(sync.user, 0, turn->prompt.n); /* the wait begins here */
    Status status = orders_take_out(turn, session, &sync, err);
    if (status == OK && turn->found.n == 0) return OK; /* there were orders only */
    if (status == OK) { /* the same session, or a larger one that orders_take_out needed */
        status = rig_fit_session(turn->rig, turn->prompt.n + 1, turn->max_tokens, &session, err);
    }
    if (status == OK) {
        status = session_sync(session, turn->prompt.ids, turn->prompt.n, &sync, err);
    }
    if (sync.progress) sync.progress(sync.user, turn->prompt.n, turn->prompt.n); /* and ends here */
    if (status == E_CANCELLED) return OK; /* the hall says so */
    TRY(status);
    turn->timings.prompt_tokens = turn->prompt.n;
    turn->timings.prefill_ms = clock_now_ms() - began;
    if (turn->work != WORK_ANSWER) return write_answer(turn, session, err);
    TRY(doubt_weigh(engine_vocab(engine), session_logits(session), &doubt, err));
    turn->doubt = doubt.share;
    if (sync.taps) turn->knows = knows_odds(KNOWS_ANSWERED, sync.states);
    turn->model_refused = decide_hopeless(turn);
    if (turn->model_refused) return OK;
    if (doubt.start >= 0) TRY(begin_with(turn, engine_vocab(engine), doubt.start, err));
    return write_answer(turn, session, err);
}

/* "More details" of an answer: the best passage, from where it speaks of the question. */
static Status show_passage(Turn *turn, Err *err) {
    assert(turn->found.n > 0);
    VerifySpan span = {.passage = 0, .end = turn->found.hits[0].text.n, .score = 1};
    span.start = verify_passage(turn->verify, 0).start;
    return cite_instead(turn, &span, err);
}

/* A model that the user named and that is not here is an error; the default one missing is not. */
Status turn_answer(Turn *turn, Err *err) {
    if (turn->consulted || turn->found.n == 0) return OK;
    double loaded = turn->rig->load_ms;
    Engine *engine = NULL;
    Err why;
    Status status = rig_engine(turn->rig, &engine, &why);
    turn->timings.load_ms = turn->rig->load_ms - loaded;
    if (status == E_NOT_FOUND && !turn->rig->options.model) return OK; /* no model: passages */
    if (status != OK) return err_pass(err, &why, status);
    EngineInfo info;
    engine_info(engine, &info);
    turn->model = info.name;
    if (turn->more) return show_passage(turn, err);
    if (!decide_hopeless(turn)) TRY(generate(turn, engine, err));
    if (turn->work != WORK_ANSWER) return OK;
    if (decide_answered(turn)) TRY(echo_check(turn, engine, err));
    return decide_answered(turn) ? OK : near_look(turn, engine, err);
}
