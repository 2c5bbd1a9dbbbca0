/*
 * Consult: an endpoint writes the answer, and what comes back is the user's own again.
 *
 * Pieces go from the wire through the restorer, which puts names in the place of surrogates, into
 * the same writer as the words of the local model (answer.c): citations, marks and refusals are
 * alike. When the endpoint fails before a word was shown, the question is answered on this device
 * and a notice says why; when it fails later, what came stands and the notice says that it is not
 * all. What the policy or the user forbids is no failure of the endpoint: it ends the turn.
 *
 * An answer that ended well and holds no word is a failure, too: the provider's filter took it
 * away, the model spent all its tokens on reasoning, or the server lost it. One that the filter or
 * the limit ended in the middle stands, and a notice says that it is not all; its last words, cut
 * anywhere, are cited only as those of an answer that broke off are.
 *
 * Limits: a sentence of OPEN_MAX bytes that has not ended and an answer of ANSWER_MAX end what is
 * taken of it, as if it had broken off there. Each piece has the open sentence looked through from
 * its beginning: without the first limit an endpoint that sends letter by letter and no full stop
 * would keep this device busy for minutes, and fail the question in the end (verify.h's limit).
 */
#include <assert.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "gate/restore.h"
#include "turn/turn.h"

enum {
    SLICE = 2048,              /* bytes of a piece that are looked at together */
    OPEN_MAX = 16 << 10,       /* of a sentence that does not end */
    ANSWER_MAX = (1 << 20) - 4 * SLICE /* of an answer, as the user reads it (turn_init) */
};

typedef struct Consulting {
    Turn *turn;
    Gate *gate;
    ConsultForm form;
    GateRestorer *restorer; /* NULL: the form is not known yet */
    Buf *list;
    bool over; /* it said more than anybody reads: nothing is taken any more */
    Status status;
    Err err;
} Consulting;

/* JSON is restored with escapes, prose without: the restorer must know before the first byte. */
static Status restore_as(Consulting *c, ConsultForm form, Err *err) {
    assert(form != CONSULT_EITHER && !c->restorer);
    c->form = form;
    return gate_restorer_new(c->gate, c->turn->parcel,
                             form == CONSULT_LIST ? GATE_JSON : GATE_PLAIN, &c->restorer, err);
}

/* A list begins with a brace, perhaps in a fence of backquotes. */
static Status settle_form(Consulting *c, Str piece) {
    Str text = str_trim(piece);
    if (c->form != CONSULT_EITHER || text.n == 0) return OK;
    bool list = text.p[0] == '{' || text.p[0] == '`';
    return restore_as(c, list ? CONSULT_LIST : CONSULT_PROSE, &c->err);
}

/* Is the sentence at the text's end too long, or the text? Sentences beyond those that are cited
   are not looked through any more. */
static bool is_over(const Turn *turn) {
    bool cites = turn->n_sentences < TURN_SENTENCES_MAX && !turn->withheld;
    return turn->text.n > ANSWER_MAX || (cites && turn->text.n - turn->cited > OPEN_MAX);
}

_Static_assert((int)OPEN_MAX + (int)SLICE <= (int)VERIFY_TEXT_MAX, "any sentence can be verified");

static void take_restored(void *user, Str piece) {
    Consulting *c = user;
    if (c->form == CONSULT_LIST) {
        buf_add_str(c->list, piece);
        return;
    }
    for (size_t at = 0, end; at < piece.n && c->status == OK && !c->over; at = end) {
        Str slice = utf8_cut(str_sub(piece, at, piece.n), SLICE); /* no character is cut */
        end = at + (slice.n ? slice.n : 1);
        c->status = answer_take(c->turn, str_sub(piece, at, end), &c->err);
        c->over = is_over(c->turn);
    }
}

/* The wire's callback. What it cannot return is kept in c->status; later pieces are passed over.
   What the endpoint wrote is kept as it came, for the guard of links. */
static void take_masked(void *user, Str piece) {
    Consulting *c = user;
    if (c->status == OK) c->status = settle_form(c, piece);
    if (c->status != OK || !c->restorer) return;
    if (c->turn->masked.n + piece.n > ANSWER_MAX) c->over = true;
    if (c->over) return;
    if (c->form == CONSULT_PROSE) buf_add_str(&c->turn->masked, piece);
    Status status = gate_restore_feed(c->restorer, piece, false, take_restored, c, &c->err);
    if (c->status == OK) c->status = status;
}

/* A failure of the endpoint or of the way there; a budget that is spent counts as one. */
static bool is_its_own(GateFail fail) {
    return fail != GATE_FAIL_NONE && fail != GATE_FAIL_OFFLINE && fail != GATE_FAIL_CANCELLED &&
           fail != GATE_FAIL_OURS;
}

/* What can be restored is known before anything leaves, unless the answer itself has to tell. */
static Status converse(Consulting *c, Err *err) {
    Turn *turn = c->turn;
    assert(turn->parcel && (c->list || c->form == CONSULT_PROSE)); /* shield was before */
    GateSink sink = {.text = take_masked, .user = c};
    if (c->form != CONSULT_EITHER) TRY(restore_as(c, c->form, err));
    Status status = gate_cloud_ask(c->gate, turn->parcel, &sink, &turn->rig->cancel,
                                   &turn->consultation, err);
    if (c->status == OK && c->restorer && !c->over) {
        Status last = gate_restore_feed(c->restorer, STR(""), true, take_restored, c, &c->err);
        if (c->status == OK) c->status = last;
    }
    gate_restorer_free(c->restorer);
    return c->status == OK ? status : err_pass(err, &c->err, c->status);
}

/* Not a word came, in whatever form. Blanks that were not shown are taken away: words of this
   device may stand there next. */
static bool is_silent(const Consulting *c) {
    Buf *text = c->form == CONSULT_LIST ? c->list : &c->turn->text;
    if (c->turn->withheld || str_trim(buf_str(text)).n > 0) return false;
    if (c->form != CONSULT_LIST && c->turn->shown == 0) buf_clear(text);
    return true;
}

/* Why nothing came, as far as the provider says it. */
static Status say_silent(const GateAnswer *answer, Err *err) {
    return err_set(err, E_REMOTE, answer->refused ? "its filter let no answer through"
                                  : answer->cut   ? "it used up its tokens before the first word "
                                                    "(--max-tokens)"
                                                  : "it answered nothing");
}

/* *its_own only where the endpoint failed and not what we did with its words. */
Status consult_ask(Turn *turn, ConsultForm *form, Buf *list, bool *its_own, Err *err) {
    Consulting c = {.turn = turn, .form = *form, .list = list};
    *its_own = false;
    TRY(rig_gate(turn->rig, &c.gate, err));
    Status status = converse(&c, err);
    *form = c.form;
    *its_own = status != OK && c.status == OK && is_its_own(turn->consultation.fail);
    if (status == OK && c.over) status = err_set(err, E_LIMIT, "its answer, or a sentence of it, "
                                                               "does not end");
    if (c.over && status == E_LIMIT) *its_own = true;
    if (status != OK || !is_silent(&c)) return status;
    *its_own = true;
    return say_silent(&turn->consultation, err);
}

/* Most messages of the gate name the endpoint; those of this room do not. */
static bool is_named(const char *message, const char *name) {
    size_t n = strlen(name);
    for (const char *at = message; (at = strstr(at, name)) != NULL; at += n) {
        bool begins = at == message || at[-1] == ' ';
        if (begins && (at[n] == ' ' || at[n] == ':' || at[n] == 0)) return true;
    }
    return false;
}

/* Why the endpoint's answer is not there, and what the user can do that it will be. */
Status consult_blame(Turn *turn, const Err *why, Err *err) {
    const char *name = turn->endpoint.name;
    bool named = is_named(why->message, name), begun = turn->text.n > 0;
    bool helps = !begun && why->hint[0];
    buf_printf(turn_notice(turn), "%s%s%s; %s%s%s%s", named ? "" : name, named ? "" : ": ",
               why->message, begun ? "what it had said by then stands" : "answered on this device",
               helps ? " (" : "", helps ? why->hint : "", helps ? ")" : "");
    return buf_check(&turn->notice, "a notice", err);
}

/* The endpoint failed for reasons of its own: what came stands, or this device answers. */
Status consult_without(Turn *turn, const Err *why, Err *err) {
    if (turn->text.n == 0) buf_clear(&turn->masked); /* this device's words come next */
    return consult_blame(turn, why, err);
}

/* "name (model)", in the arena; NULL: it is full. */
static const char *full_name(Turn *turn) {
    char name[GATE_NAME_MAX + GATE_MODEL_MAX + 8];
    int n = snprintf(name, sizeof name, "%s (%s)", turn->endpoint.name, turn->endpoint.model);
    return arena_dup(&turn->arena, name, (size_t)n);
}

/* An answer that the provider itself ended before its end. */
static Status note_cut(Turn *turn, Err *err) {
    const GateAnswer *answer = &turn->consultation;
    if (turn->broken || turn->withheld || !(answer->cut || answer->refused)) return OK;
    turn->broken = true;
    buf_printf(turn_notice(turn), "%s: %s", turn->endpoint.name,
               answer->refused ? "its filter ended the answer; it is not whole"
                               : "the answer reached its limit of tokens (--max-tokens); it is "
                                 "not whole");
    return buf_check(&turn->notice, "a notice", err);
}

Status consult_end(Turn *turn, Err *err) {
    assert(!turn->consulted && turn->parcel); /* one endpoint answers, and it was asked */
    turn->consulted = true;
    TRY(note_cut(turn, err));
    turn->model = full_name(turn);
    if (!turn->model) return err_no_memory(err, "the answer");
    return answer_end(turn, err);
}

Status turn_consult(Turn *turn, Err *err) {
    if (!turn->ask) return OK;
    turn->ask = NULL;
    ConsultForm form = CONSULT_PROSE;
    bool its_own;
    Err why = {.message = ""};
    double began = clock_now_ms();
    Status status = consult_ask(turn, &form, NULL, &its_own, &why);
    if (status != OK && !its_own) return err_pass(err, &why, status);
    if (status != OK && turn->taken.there && turn->text.n == 0) {
        return route_give_back(turn, &why, err);
    }
    if (status != OK) TRY(consult_without(turn, &why, err));
    if (status != OK && turn->text.n == 0) return OK;
    turn->broken = status != OK;
    turn->timings.decode_ms = clock_now_ms() - began;
    turn->timings.prompt_tokens = turn->consultation.usage.tokens_in;
    turn->timings.completion_tokens = turn->consultation.usage.tokens_out;
    return consult_end(turn, err);
}
