/*
 * Shield: what an endpoint may see of this question, and whether the user agrees that it does.
 *
 * The messages that the local model would read (prompt.c) are handed to the gate with their labels;
 * it gives back a parcel in which everything that names somebody is a surrogate, or refuses: one
 * private passage among those that come close, or one that an answer of the conversation was
 * written from, and nothing of the question leaves. The first time that an endpoint at this host is
 * asked the masked texts are shown and the user is asked; where nobody can be asked and nothing is
 * on record, the answer is no (E_DENIED).
 */
#include <assert.h>

#include "gate/gate.h"
#include "turn/prompt.h"
#include "turn/turn.h"

enum { PREVIEW_MAX = 16 << 20 }; /* bytes; what cannot be shown whole is not agreed to */

/* A yes is written down, for this endpoint at this host; a no is not. */
static Status ask_user(Turn *turn, Gate *gate, const GateConsent *about, Err *err) {
    Buf preview;
    char warning[GATE_ABSENT_BYTES];
    buf_init(&preview, PREVIEW_MAX);
    Status status = gate_parcel_preview(turn->parcel, &preview, err);
    (void)gate_absent_say(gate, warning);
    TurnParting parting = {&turn->endpoint, about->host, buf_str(&preview), str_from(warning)};
    bool agreed = status == OK && turn->agree && turn->agree(turn->agree_user, &parting);
    buf_fini(&preview);
    TRY(status);
    if (agreed) return gate_consent_give(gate, about, err);
    (void)err_set(err, E_DENIED, "nobody agreed that %s at %s may be asked", about->endpoint,
                  about->host);
    return err_hint(err, turn->agree ? "nothing left this machine"
                                     : "ask once at a terminal: the masked texts are shown there "
                                       "and consent is kept");
}

/* Masked first, then shown: the user agrees to what would leave and not to a promise of it. */
Status shield_request(Turn *turn, const GateRequest *what, Err *err) {
    Gate *gate = NULL;
    char host[GATE_URL_MAX];
    bool given = false;
    GateRequest request = *what;
    TRY(rig_gate(turn->rig, &gate, err));
    TRY(gate_cloud_find(gate, turn->ask, &turn->endpoint, err));
    TRY(gate_cloud_check(&turn->endpoint, err)); /* before anybody is asked to agree to it */
    gate_cloud_host(&turn->endpoint, host);
    assert(!turn->consulted); /* one answer a turn */
    request.endpoint = turn->endpoint.name;
    request.dest = turn->endpoint.dest;
    request.conversation = turn->conversation;
    /* none unless the user wants one: some endpoints take no temperature at all */
    request.temperature = turn->sampler.temperature > 0 ? turn->sampler.temperature : -1;
    gate_parcel_free(turn->parcel); /* of an endpoint that failed before, or of the round before */
    turn->parcel = NULL;
    TRY(gate_parcel_make(gate, &request, &turn->parcel, &turn->report, err));
    GateConsent about = {turn->endpoint.name, turn->endpoint.dest, host, NULL};
    TRY(gate_consent_given(gate, &about, &given, err));
    return given && !turn->ask_user ? OK : ask_user(turn, gate, &about, err);
}

/* What rules counted in all documents, or the names of files, is told to no other machine: which
   labels hold for it nobody knows. */
static Status say_kept(Turn *turn, Err *err) {
    size_t n = 0;
    for (size_t i = 0; i < turn->n_history; i++) n += turn->history[i].here;
    if (n == 0) return OK;
    buf_printf(turn_notice(turn), "%zu of the answers before did not go along to %s: they were "
               "counted in documents that they do not all name", n, turn->endpoint.name);
    return buf_check(&turn->notice, "a notice", err);
}

/* The last message holds the passages, answers of before hold words of theirs: each gets the
   strictest label of what it may hold. */
static Status shield(Turn *turn, Err *err) {
    GateMessage *messages;
    size_t n;
    TRY(prompt_messages(turn, &messages, &n, err));
    assert(n > 0); /* the question is the last one */
    TRY(turn_labels(turn, err));
    GateLabel label = turn->labels.passages, history = turn->labels.history;
    if (label > messages[n - 1].label) messages[n - 1].label = label; /* it holds the passages */
    for (size_t i = 0; i + 1 < n; i++) {
        bool answer = messages[i].role == GATE_ASSISTANT; /* written on this device, perhaps */
        if (answer && history > messages[i].label) messages[i].label = history;
    }
    GateRequest request = {.why = turn->routed ? turn->route.reasons[turn->route.decided] : "ask",
                           .messages = messages, .n_messages = n, .max_tokens = turn->max_tokens};
    TRY(shield_request(turn, &request, err));
    return say_kept(turn, err);
}

Status shield_denied(Turn *turn, const Err *why, Err *err) {
    if (turn->taken.there) return route_give_back(turn, why, err);
    turn->ask = NULL;
    buf_printf(turn_notice(turn), "%s; answered on this device", why->message);
    return buf_check(&turn->notice, "a notice", err);
}

/* E_DENIED ends the turn only where the user named the endpoint. */
Status turn_shield(Turn *turn, Err *err) {
    Err why = {.message = ""};
    if (!turn->ask) return OK;
    Status status = shield(turn, &why);
    if (status == E_DENIED) travel_say(turn, &why);
    if (status == E_DENIED && (turn->taken.there || turn->routed)) {
        return shield_denied(turn, &why, err);
    }
    if (status != OK && err) *err = why;
    return status;
}
