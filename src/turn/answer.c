/*
 * Answer: the local model writes, from the passages that were recalled.
 *
 * Text reaches the sink as it comes, except while it could still become the model's way of saying
 * that there is no answer: those few words are held back, so that "NOT FOUND" never shows.
 *
 * Without a model on the disk, without a passage to read from, or where decide.c sees that the
 * passages speak of something else, nothing is generated; what was recalled is shown (cite.c).
 */
#include "base/clock.h"
#include "turn/prompt.h"
#include "turn/turn.h"

enum { HOLD_BYTES = 24 }; /* the longest way of saying no, see prompt.c */

typedef struct Writer {
    Turn *turn;
    double first_ms;
    Status status;
    Err *err;
} Writer;

static bool take_piece(void *user, Str piece) {
    Writer *writer = user;
    Turn *turn = writer->turn;
    if (writer->first_ms == 0) writer->first_ms = clock_now_ms();
    buf_add_str(&turn->text, piece);
    writer->status = buf_check(&turn->text, "the answer", writer->err);
    Str text = buf_str(&turn->text);
    if (writer->status == OK && text.n >= HOLD_BYTES && !prompt_is_refusal(text)) {
        writer->status = cite_feed(turn, false, writer->err);
    }
    return writer->status == OK;
}

static Status generate(Turn *turn, Engine *engine, Err *err) {
    Session *session = NULL;
    Speculator *speculator = NULL;
    TRY(prompt_build(turn, engine, err));
    TRY(rig_fit_session(turn->rig, turn->prompt.n, turn->max_tokens, &session, err));
    TRY(rig_speculator(turn->rig, &speculator, err));
    Writer writer = {.turn = turn, .err = err};
    GenerateOptions options = {.sampler = turn->sampler,
                               .max_tokens = turn->max_tokens,
                               .cancel = &turn->rig->cancel,
                               .speculator = speculator,
                               .piece = take_piece,
                               .user = &writer};
    GenerateResult made = {0};
    TRY(generate_run(session, turn->prompt.ids, turn->prompt.n, &options, &made, err));
    TRY(writer.status);
    turn->timings.prompt_tokens = made.prompt_tokens;
    turn->timings.completion_tokens = made.completion_tokens;
    turn->timings.drafted = made.drafted;
    turn->timings.accepted = made.accepted;
    turn->timings.prefill_ms = made.prefill_ms;
    turn->timings.decode_ms = made.total_ms - made.prefill_ms;
    if (writer.first_ms > 0) turn->timings.first_word_ms = writer.first_ms - turn->began_ms;
    turn->model_refused = prompt_is_refusal(buf_str(&turn->text));
    return turn->model_refused ? OK : cite_feed(turn, true, err);
}

Status turn_answer(Turn *turn, Err *err) {
    TRY(cite_begin(turn, err));
    if (turn->found.n == 0) return OK;
    double loaded = turn->rig->load_ms;
    Engine *engine = NULL;
    Err why;
    Status status = rig_engine(turn->rig, &engine, &why);
    turn->timings.load_ms = turn->rig->load_ms - loaded;
    if (status == E_NOT_FOUND && !turn->rig->options.model) return OK; /* no model: passages */
    if (status != OK) {
        if (err) *err = why;
        return status;
    }
    EngineInfo info;
    engine_info(engine, &info);
    turn->model = info.name;
    return decide_hopeless(turn) ? OK : generate(turn, engine, err);
}
