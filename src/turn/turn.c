/*
 * The hall: one question, walked through the house step by step.
 *
 *     question -> admit -> talk -> guard -> understand -> tally -> recall -> route -> delegate
 *              -> shield -> consult -> answer -> reroute -> delegate -> shield -> consult -> cite
 *              -> record -> the caller delivers
 *
 *   admit       who asks how much, and whom: limits, clock, a named endpoint; nothing is allocated
 *               before
 *   talk        a greeting, "who are you?", "what did I ask first?": answered, and the turn is over
 *   guard       what the question tries is told, cut out or refused, as the policy says
 *   understand  a follow-up becomes a question that stands alone
 *   tally       "how many mails are from ...": counted in the store, and the answer is there
 *   recall      folders swept, passages found; the best one is shown at once
 *   route       this device, or an endpoint? In mode "local" nothing is asked
 *   delegate    only where the user wants it: the endpoint says what to read, this device reads
 *   shield      where an endpoint shall answer: the parcel that may leave, and the consent to it
 *   consult     the endpoint writes, and surrogates become the user's own words again
 *   answer      the local model writes, piece by piece; without a model passages are the answer.
 *               Nothing to do where an endpoint has answered
 *   reroute     an answer that the documents do not support may be asked for elsewhere; shield and
 *               consult have nothing to do where it is not
 *   cite        each sentence gets the words of the documents that support it, or a mark
 *   record      what was decided is kept for the router to learn from
 *
 * Where the days until a date were asked for, they are counted behind the steps (until.c).
 * A question that found no answer among documents in another language walks once more, in their
 * language (abroad.c), as a turn of its own.
 */
#include "turn/turn.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/han.h"
#include "turn/abroad.h"
#include "turn/said.h"
#include "turn/until.h"

typedef Status (*TurnStep)(Turn *turn, Err *err);

static const TurnStep steps[] = {
    turn_admit, turn_talk, turn_guard, turn_understand, turn_tally, turn_recall,
    turn_route, turn_delegate, turn_shield, turn_consult, turn_answer,
    turn_reroute, turn_delegate, turn_shield, turn_consult,
    turn_cite, turn_record};

/* Limits of the texts: an answer of a megabyte, notices of a page. */
void turn_init(Turn *turn, Rig *rig) {
    _Static_assert((int)ROUTE_PERSONAL == (int)GATE_PERSONAL, "labels go from one to the other");
    *turn = (Turn){.rig = rig, .k = 8, .max_tokens = 256, .sampler = sampler_options_default(),
                   .question_label = ROUTE_PERSONAL, .doubt = NAN,
                   .knows = NAN, .near = NAN};
    arena_init(&turn->arena, TURN_ARENA_MAX);
    buf_init(&turn->text, 1 << 20);
    buf_init(&turn->notice, 4096);
    buf_init(&turn->masked, 1 << 20);
}

/* What rules count needs no model, here or elsewhere. */
static Status decide_counted(Turn *turn) {
    turn->weighed.searched = true;
    turn->route = (RouteDecision){.choice = ROUTE_LOCAL, .endpoint = -1, .p_local = 1,
                                  .p_cloud = 1, .p_shipped = 1, .n_reasons = 1,
                                  .label = turn->question_label};
    (void)snprintf(turn->route.reasons[0], ROUTE_REASON_BYTES,
                   turn->talked ? "it asks nothing of the documents, and no model is asked"
                                : "it is counted in the documents by rules, and no model is asked");
    return OK;
}

/* The same steps, up to the one that would act on the decision. Without a store a question may
   still be sent somewhere: recall's E_NOT_FOUND is no failure here. */
Status turn_decide(Turn *turn, Err *err) {
    for (size_t i = 0; steps[i] != turn_route && !turn->counted; i++) {
        Status status = steps[i](turn, err);
        bool no_store = status == E_NOT_FOUND && steps[i] == turn_recall;
        if (status != OK && !no_store) return status;
    }
    return turn->counted ? decide_counted(turn) : route_only(turn, err);
}

/* The cancel flag is looked at behind each step, too: steps that were stopped return OK. */
Status turn_run(Turn *turn, Err *err) {
    Status status = OK;
    assert(turn->began_ms == 0 && turn->text.n == 0); /* turn_init was before, and no run */
    for (size_t i = 0; i < ARRAY_LEN(steps) && status == OK && !turn->counted; i++) {
        status = steps[i](turn, err);
        if (status == OK && atomic_load(&turn->rig->cancel)) {
            status = err_set(err, E_CANCELLED, "stopped");
        }
    }
    turn->timings.total_ms = clock_now_ms() - turn->began_ms;
    if (status == OK) status = until_tell(turn, err);
    if (status == OK) status = said_tell(turn, err);
    return status == OK ? abroad_ask(turn, err) : status;
}

void turn_fini(Turn *turn) {
    abroad_close(turn);
    gate_parcel_free(turn->parcel);
    gate_scanner_free(turn->scanner);
    token_list_fini(&turn->prompt);
    buf_fini(&turn->text);
    buf_fini(&turn->notice);
    buf_fini(&turn->masked);
    arena_fini(&turn->arena);
}

Str turn_plain(Turn *turn, Str text) {
    Str plain = han_fold_text(&turn->arena, text);
    return plain.p || !text.n ? plain : text;
}

Buf *turn_notice(Turn *turn) {
    return notice_next(&turn->notice);
}

Status turn_admit(Turn *turn, Err *err) {
    turn->began_ms = clock_now_ms();
    turn->question = str_trim(turn->question);
    if (turn->question.n == 0) {
        (void)err_set(err, E_USAGE, "the question is empty");
        return err_hint(err, "ask it in words, like \"When is the rent due?\"");
    }
    if (turn->question.n > TURN_QUESTION_MAX) {
        err_set(err, E_LIMIT, "the question has %zu bytes; at most %d are read", turn->question.n,
                TURN_QUESTION_MAX);
        return err_hint(err, "put long texts into a file and add it with `hearth add`");
    }
    if (turn->k < 1 || turn->k > 100) {
        return err_set(err, E_USAGE, "k: %d is outside 1 to 100", turn->k);
    }
    if (!(turn->least_certainty >= 0 && turn->least_certainty <= 1)) {
        return err_set(err, E_USAGE, "least certainty: not within 0 to 1");
    }
    token_list_init(&turn->prompt, 1 << 20);
    TRY(route_ready(turn, err));
    return cite_begin(turn, err);
}
