/*
 * Consult: an endpoint writes the answer, and what comes back is the user's own again.
 *
 * Pieces go from the wire through the restorer, which puts names in the place of surrogates, into
 * the same writer as the words of the local model (answer.c): citations, marks and refusals are
 * alike. When the endpoint fails before a word was shown, the question is answered on this device
 * and a notice says why; when it fails later, what came stands and the notice says that it is not
 * all. What the policy or the user forbids is no failure of the endpoint: it ends the turn.
 */
#include <stdio.h>

#include "base/clock.h"
#include "gate/restore.h"
#include "turn/turn.h"

typedef struct Consulting {
    Turn *turn;
    GateRestorer *restorer;
    Status status;
    Err err;
} Consulting;

static void take_restored(void *user, Str piece) {
    Consulting *c = user;
    if (c->status == OK) c->status = answer_take(c->turn, piece, &c->err);
}

static void take_masked(void *user, Str piece) {
    Consulting *c = user;
    if (c->status != OK) return;
    buf_add_str(&c->turn->masked, piece);
    Status status = gate_restore_feed(c->restorer, piece, false, take_restored, c, &c->err);
    if (c->status == OK) c->status = status;
}

static Status converse(Consulting *c, Gate *gate, Err *err) {
    Turn *turn = c->turn;
    GateSink sink = {.text = take_masked, .user = c};
    TRY(gate_restorer_new(gate, turn->parcel, GATE_PLAIN, &c->restorer, err));
    Status status = gate_cloud_ask(gate, turn->parcel, &sink, &turn->rig->cancel,
                                   &turn->consultation, err);
    if (c->status == OK) {
        Status last = gate_restore_feed(c->restorer, STR(""), true, take_restored, c, &c->err);
        if (c->status == OK) c->status = last;
    }
    gate_restorer_free(c->restorer);
    if (c->status == OK) return status;
    if (err) *err = c->err;
    return c->status;
}

/* The endpoint failed for reasons of its own: what came stands, or this device answers. */
Status consult_without(Turn *turn, const Err *why, Err *err) {
    if (turn->text.n == 0) buf_clear(&turn->masked); /* this device's words come next */
    buf_printf(turn_notice(turn), "%s: %s; %s", turn->endpoint.name, why->message,
               turn->text.n ? "what it had said by then stands" : "answered on this device");
    return buf_check(&turn->notice, "a notice", err);
}

/* A failure of the endpoint or of the way there; a budget that is spent counts as one. */
bool consult_is_its_own(GateFail fail) {
    return fail != GATE_FAIL_NONE && fail != GATE_FAIL_OFFLINE && fail != GATE_FAIL_CANCELLED &&
           fail != GATE_FAIL_OURS;
}

static const char *full_name(Turn *turn) {
    char name[GATE_NAME_MAX + GATE_MODEL_MAX + 8];
    int n = snprintf(name, sizeof name, "%s (%s)", turn->endpoint.name, turn->endpoint.model);
    return arena_dup(&turn->arena, name, (size_t)n);
}

Status consult_end(Turn *turn, Err *err) {
    turn->consulted = true;
    turn->model = full_name(turn);
    if (!turn->model) return err_no_memory(err, "the answer");
    return answer_end(turn, err);
}

Status turn_consult(Turn *turn, Err *err) {
    if (!turn->ask) return OK;
    turn->ask = NULL;
    Gate *gate = NULL;
    Consulting c = {.turn = turn};
    Err why = {.message = ""};
    double began = clock_now_ms();
    TRY(rig_gate(turn->rig, &gate, err));
    Status status = converse(&c, gate, &why);
    if (status != OK && !consult_is_its_own(turn->consultation.fail)) {
        if (err) *err = why;
        return status;
    }
    if (status != OK && turn->taken.there && turn->text.n == 0) {
        return route_give_back(turn, why.message, err);
    }
    if (status != OK) TRY(consult_without(turn, &why, err));
    if (status != OK && turn->text.n == 0) return OK;
    turn->timings.decode_ms = clock_now_ms() - began;
    turn->timings.prompt_tokens = turn->consultation.usage.tokens_in;
    turn->timings.completion_tokens = turn->consultation.usage.tokens_out;
    return consult_end(turn, err);
}
