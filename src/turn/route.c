/*
 * Route: does this device answer, or an endpoint, or is the user asked first?
 *
 * The decision itself is src/route's: pure, from what is put into RouteInput here. It is made
 * twice at most: before anything is written, and once more (turn_reroute) when the local model has
 * answered: then its log-probabilities, its doubt and its support are known, too. In mode auto that
 * is always weighed, and where a second sample could turn the decision one is drawn (second.c); in
 * the others only where the documents do not support the answer or it is less certain than the user
 * wants. What is weighed is gathered once. When the endpoint then fails, or the user does not want
 * it asked, the local answer stands again; no endpoint is asked a second time.
 *
 *     step             what is known by then                      may choose
 *     turn_route       question, passages, labels, budgets        here, there, ask, refuse
 *     (answer)         the local model has written
 *     turn_reroute     ... and how sure it was of it              there after all, or stay
 *     route_give_back  the endpoint failed or nobody agreed       stay: the answer of before
 *
 * With an endpoint named by the user (--cloud) there is nothing to decide. In mode "local", which
 * is the default, the gate is not even opened. The user's own rules are read from route.toml in the
 * folder of the configuration.
 */
#include "route/route.h"

#include <assert.h>
#include <math.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "gate/gate.h"
#include "gate/send.h"
#include "knowledge/grammar_words.h"
#include "turn/given.h"
#include "turn/prompt.h"
#include "turn/turn.h"

_Static_assert((int)ROUTE_DEST_COUNT == (int)GATE_DEST_COUNT &&
                   (int)ROUTE_PUBLIC == (int)GATE_PUBLIC && (int)ROUTE_SERVER == (int)GATE_SERVER,
               "destinations have the same numbers");
_Static_assert((int)ROUTE_ENDPOINTS_MAX >= (int)GATE_ENDPOINTS_MAX, "the router looks at all");
_Static_assert((int)ROUTE_LABEL_COUNT == (int)GATE_LABEL_COUNT &&
                   (int)ROUTE_PRIVATE == (int)GATE_PRIVATE,
               "labels have the same numbers");

/* A model's size stands for its class: 0 is one of 7 billion weights in 4 bits, four halvings below
   it -1. */
static void weigh_model(Rig *rig, RouteInput *in) {
    static const double bytes_of_7b = 4.5e9;
    char *path = NULL;
    struct stat st;
    Err ignored;
    if (rig_model_path(rig, &path, &ignored) == OK && stat(path, &st) == 0) {
        in->local_model = true;
        in->local_quality = fmax(-1, fmin(1, log2((double)st.st_size / bytes_of_7b) / 4));
    }
    mem_free(path);
}

/* Local, for rules; -1: unknown. */
static int minute_of_day(void) {
    time_t now = (time_t)clock_real_s();
    struct tm local;
    return localtime_r(&now, &local) ? local.tm_hour * 60 + local.tm_min : -1;
}

static RouteEndpoint endpoint_of(const GateEndpoint *e, const GateStanding *now,
                                 const RouteRecord *record) {
    /* the tighter of what is left for the day and for the month */
    bool of_month = e->budget_month > 0 && (e->budget_day <= 0 ||
                                            e->budget_month - now->spent_month <
                                                e->budget_day - now->spent_day);
    return (RouteEndpoint){.name = e->name, .dest = (RouteDest)e->dest, .price_in = e->price_in,
                           .price_out = e->price_out, .consented = now->consented,
                           .resting = now->resting,
                           .budget = of_month ? e->budget_month : e->budget_day,
                           .spent = of_month ? now->spent_month : now->spent_day,
                           .toll = route_record_price(record, e->name)};
}

/* One wrong address in clouds.toml is no reason to answer nothing. */
static Status say_barred(Turn *turn, const GateEndpoint *e, Err *err) {
    Err why = {.message = ""};
    if (gate_cloud_check(e, &why) == OK) return OK;
    buf_printf(turn_notice(turn), "%s is not asked: %s", e->name, why.message);
    return buf_check(&turn->notice, "a notice", err);
}

/* Strings and lists live in the arena, since the decision is read until the turn's end. */
static Status add_endpoints(Turn *turn, Gate *gate, RouteInput *in, Err *err) {
    size_t n = 0;
    const RouteRecord *record = NULL;
    GateEndpoint *all = arena_alloc_n(&turn->arena, GATE_ENDPOINTS_MAX, sizeof *all);
    GateStanding *now = arena_alloc_n(&turn->arena, GATE_ENDPOINTS_MAX, sizeof *now);
    RouteEndpoint *list = arena_alloc_n(&turn->arena, GATE_ENDPOINTS_MAX, sizeof *list);
    if (!all || !now || !list) return err_no_memory(err, "the endpoints");
    TRY(rig_record(turn->rig, &record, err));
    TRY(gate_cloud_list(gate, all, &n, err));
    TRY(gate_cloud_look(gate, all, n, now, err));
    assert(n <= GATE_ENDPOINTS_MAX); /* of all three lists */
    in->n_endpoints = 0;
    for (size_t i = 0; i < n; i++) {
        if (now[i].barred) TRY(say_barred(turn, &all[i], err));
        else list[in->n_endpoints++] = endpoint_of(&all[i], &now[i], record);
    }
    in->endpoints = list;
    return OK;
}

typedef struct Copies {
    const Gate *gate;
    Arena *arena;
    Str path;
    GateLabel *label;
} Copies;

static Status label_by_copies(void *user, Store *store, Err *err) {
    const Copies *c = user;
    Str *copies = NULL;
    size_t n = 0;
    TRY(store_copies(store, c->path, c->arena, &copies, &n, err));
    for (size_t i = 0; i < n; i++) {
        GateLabel its = gate_label_of(c->gate, copies[i]);
        if (its > *c->label) *c->label = its;
    }
    return OK;
}

/* The label of a document: the strictest that it has itself or that a file of the same bytes has,
   in whichever store, so that a private letter stays private in the folder where somebody keeps a
   copy of it. */
Status route_label_of(Rig *rig, Arena *arena, Str path, GateLabel *label, Err *err) {
    Gate *gate = NULL;
    TRY(rig_gate(rig, &gate, err));
    GateLabel own = gate_label_of(gate, path), most = gate_label_strictest(gate);
    if (own > *label) *label = own;
    if (*label >= most) return OK;
    Copies copies = {.gate = gate, .arena = arena, .path = path, .label = label};
    return rig_each_store(rig, label_by_copies, &copies, err);
}

/* The first private document is remembered, so that a refusal can name it. */
static Status label_document(Turn *turn, Str path, GateLabel *out, Err *err) {
    TRY(route_label_of(turn->rig, &turn->arena, path, out, err));
    if (*out == GATE_PRIVATE && !turn->labels.kept_here.n) turn->labels.kept_here = path;
    return OK;
}

/* Of the passages that would be read. */
static Status passages_label(Turn *turn, GateLabel *out, Err *err) {
    const SearchHit *hits = turn->found.hits;
    for (size_t i = 0; i < turn->found.n && prompt_comes_close(turn, i); i++) {
        if (i && str_eq(hits[i].path, hits[i - 1].path)) continue;
        TRY(label_document(turn, hits[i].path, out, err));
    }
    return OK;
}

/* Answers of before hold words of their sources. */
static Status history_label(Turn *turn, GateLabel *out, Err *err) {
    for (size_t i = 0; i < turn->n_history; i++) {
        for (size_t k = 0; k < turn->history[i].n_sources; k++) {
            TRY(label_document(turn, turn->history[i].sources[k], out, err));
        }
    }
    return OK;
}

/* A label whose path is misspelt protects nothing: told whenever something may leave. */
static Status say_absent(Turn *turn, const Gate *gate, Err *err) {
    char line[GATE_ABSENT_BYTES];
    if (gate_absent_say(gate, line)) buf_add_c(turn_notice(turn), line);
    return buf_check(&turn->notice, "a notice", err);
}

Status turn_labels(Turn *turn, Err *err) {
    Gate *gate = NULL;
    if (turn->labels.known) return OK;
    turn->labels.passages = turn->labels.history = GATE_OPEN;
    TRY(rig_gate(turn->rig, &gate, err));
    TRY(say_absent(turn, gate, err));
    TRY(passages_label(turn, &turn->labels.passages, err));
    TRY(history_label(turn, &turn->labels.history, err));
    TRY(travel_labels(turn, err));
    turn->labels.known = true;
    return OK;
}

/* About three bytes are a token; as many passages go along as the prompt has room for. */
static int prompt_tokens(const Turn *turn) {
    size_t bytes = turn->question.n, n = 0;
    for (size_t i = 0; i < turn->found.n && prompt_comes_close(turn, i); i++) {
        n += turn->found.hits[i].text.n;
    }
    bytes += n < 3 * TURN_PROMPT_TOKENS ? n : 3 * TURN_PROMPT_TOKENS;
    return (int)(bytes / 3) + 1;
}

/* For rules. NULL: other letters tell the router zh, ja or ko. */
static const char *language_of(const Turn *turn) {
    if (turn->german) return "de";
    return !turn->chinese && grammar_english(turn->question) ? "en" : NULL;
}

/* Everything that src/route may know, as numbers; it reads nothing itself. */
static Status gather(Turn *turn, Err *err) {
    Gate *gate = NULL;
    RouteInput *in = &turn->weighed;
    TRY(rig_gate(turn->rig, &gate, err));
    route_input_init(in);
    TRY(add_endpoints(turn, gate, in, err));
    in->question = turn->question;
    in->language = language_of(turn);
    in->store = turn->rig->options.store;
    in->history_turns = (int)turn->n_history;
    in->searched = turn->verify != NULL;
    in->best = turn->found.n > 0 ? (double)turn->found.hits[0].score : 0;
    in->second = turn->found.n > 1 ? (double)turn->found.hits[1].score : 0;
    in->coverage = in->searched ? verify_question_coverage(turn->verify) : 0;
    in->question_label = turn->question_label;
    TRY(turn_labels(turn, err));
    RouteLabel history = (RouteLabel)turn->labels.history;
    in->passages_label = (RouteLabel)turn->labels.passages;
    in->conversation_label = history > turn->label ? history : turn->label;
    in->conversation_endpoint = -1;
    for (size_t i = 0; i < in->n_endpoints; i++) {
        bool last = turn->last_cloud && strcmp(in->endpoints[i].name, turn->last_cloud) == 0;
        if (last) in->conversation_endpoint = (int)i;
    }
    weigh_model(turn->rig, in);
    in->prompt_tokens = prompt_tokens(turn);
    in->answer_tokens = turn->max_tokens < 64 ? turn->max_tokens : 64;
    in->mode = turn->mode;
    in->offline = gate_is_offline();
    in->can_ask = turn->agree || turn->can_ask;
    in->n_tools = turn->n_tools;
    in->minute = minute_of_day();
    return OK;
}

/* What was decided becomes the turn's: its label, and who is asked. */
static Status obey(Turn *turn, Err *err) {
    const RouteDecision *d = &turn->route;
    turn->routed = true;
    turn->label = d->label;
    if (d->choice == ROUTE_REFUSE) {
        (void)err_set(err, E_DENIED, "this question may be answered nowhere: %s",
                      d->reasons[d->decided]);
        return err_hint(err, "see why: hearth route --explain QUESTION");
    }
    bool elsewhere = (d->choice == ROUTE_CLOUD || d->choice == ROUTE_ASK) && d->endpoint >= 0;
    if (!elsewhere) return OK;
    assert((size_t)d->endpoint < turn->weighed.n_endpoints && d->label != ROUTE_PRIVATE);
    turn->ask = turn->weighed.endpoints[d->endpoint].name;
    turn->ask_user = d->choice == ROUTE_ASK;
    turn->tried = true;
    return OK;
}

Status route_only(Turn *turn, Err *err) {
    const Router *router = NULL;
    TRY(rig_router(turn->rig, &router, err));
    TRY(gather(turn, err));
    route_decide(router, &turn->weighed, &turn->route);
    return OK;
}

/* Who is named must be there and may be asked, and rules must be readable: a mistake in either is
   told before anything is searched for or shown. */
Status route_ready(Turn *turn, Err *err) {
    Gate *gate = NULL;
    GateEndpoint named;
    const Router *router = NULL;
    if (!turn->cloud && turn->mode == ROUTE_MODE_LOCAL) return OK;
    TRY(rig_gate(turn->rig, &gate, err)); /* a policy that cannot be read is a mistake, too */
    if (!turn->cloud) return rig_router(turn->rig, &router, err);
    TRY(gate_cloud_find(gate, turn->cloud, &named, err));
    return gate_cloud_check(&named, err);
}

Status turn_route(Turn *turn, Err *err) {
    turn->ask = turn->cloud;
    if (turn->cloud || turn->mode == ROUTE_MODE_LOCAL) return OK;
    TRY(route_only(turn, err));
    return obey(turn, err);
}

/* In the arena; a byte more, so that nothing is copied as something. */
static void *copy_of(Turn *turn, const void *items, size_t n_bytes) {
    void *copy = arena_alloc_n(&turn->arena, n_bytes + 1, 1);
    if (copy && n_bytes) memcpy(copy, items, n_bytes);
    return copy;
}

/* What the local model said is taken back, and kept for the case that nobody else answers. */
static Status take_back(Turn *turn, Err *err) {
    TurnTaken *taken = &turn->taken;
    assert(!taken->there && !turn->consulted); /* this device's answer, and once */
    record_check(turn);
    taken->text = (Str){copy_of(turn, turn->text.p, turn->text.n), turn->text.n};
    taken->sentences = copy_of(turn, turn->sentences, turn->n_sentences * sizeof(TurnSentence));
    taken->citations = copy_of(turn, turn->citations, turn->n_citations * sizeof(TurnCitation));
    if (!taken->text.p || !taken->sentences || !taken->citations) {
        return err_no_memory(err, "the answer");
    }
    taken->n_sentences = turn->n_sentences;
    taken->n_citations = turn->n_citations;
    taken->n_supported = turn->n_supported;
    taken->refused = turn->model_refused || turn->echoed;
    taken->there = true;
    cite_forget(turn);
    turn->echoed = false;
    return OK;
}

/* The citations' places are of the passages found, which stand as they were. */
Status route_give_back(Turn *turn, const Err *why, Err *err) {
    const TurnTaken *taken = &turn->taken;
    assert(taken->there && taken->n_sentences <= TURN_SENTENCES_MAX);
    assert(turn->text.n == 0); /* nothing of the endpoint's stands */
    TRY(consult_blame(turn, why, err));
    turn->ask = NULL;
    buf_clear(&turn->masked);
    buf_clear(&turn->text);
    buf_add_str(&turn->text, taken->text);
    TRY(buf_check(&turn->text, "the answer", err));
    memcpy(turn->sentences, taken->sentences, taken->n_sentences * sizeof *turn->sentences);
    memcpy(turn->citations, taken->citations, taken->n_citations * sizeof *turn->citations);
    turn->n_sentences = taken->n_sentences;
    turn->n_citations = taken->n_citations;
    turn->n_supported = taken->n_supported;
    turn->model_refused = taken->refused;
    if (!taken->refused) cite_again(turn);
    return OK;
}

/* Nothing written (no model, or no hope before it was asked) counts as full of doubt. */
static RouteDraft draft_of(const Turn *turn) {
    const TurnDraft *d = &turn->draft;
    double n = turn->n_sentences > 0 ? (double)turn->n_sentences : 1;
    return (RouteDraft){.there = true,
                        .mean_logprob = d->n > 0 ? d->sum / (double)d->n : -0.5,
                        .min_logprob = d->n > 0 ? d->least : -3,
                        .doubt = isnan(turn->doubt) ? 1 : turn->doubt,
                        .given = given_what_was_asked(turn->question, buf_str(&turn->text)),
                        .agreement = -1,
                        .supported = (double)turn->n_supported / n,
                        .certainty = decide_certainty(turn),
                        .least_certainty = turn->least_certainty};
}

/* In mode auto: would the choice be another one if a second sample agreed, than if it did not? */
static bool is_undecided(const Turn *turn, const Router *router) {
    RouteDecision agreed, differed;
    RouteInput in = turn->weighed;
    if (turn->mode != ROUTE_MODE_AUTO || turn->draft.n == 0) return false;
    in.draft.agreement = 1;
    route_decide(router, &in, &agreed);
    in.draft.agreement = 0;
    route_decide(router, &in, &differed);
    return agreed.choice != differed.choice;
}

/* Supported, and as certain as the user wants it. */
static bool is_good_enough(const Turn *turn) {
    double certainty = decide_certainty(turn);
    return decide_answered(turn) && (certainty < 0 || certainty >= turn->least_certainty);
}

Status turn_reroute(Turn *turn, Err *err) {
    const Router *router = NULL;
    if (!turn->routed || turn->consulted || turn->tried) return OK;
    if (turn->mode != ROUTE_MODE_AUTO && is_good_enough(turn)) return OK;
    TRY(rig_router(turn->rig, &router, err));
    turn->weighed.draft = draft_of(turn);
    turn->weighed.conversation_label = turn->label;
    if (is_undecided(turn, router)) {
        TRY(second_sample(turn, &turn->weighed.draft.agreement, err));
    }
    route_decide(router, &turn->weighed, &turn->route);
    TRY(obey(turn, err));
    return turn->ask ? take_back(turn, err) : OK;
}

/* Only the signals are taken over: the decision stands as it was made. */
Status route_signals(Turn *turn, Err *err) {
    const Router *router = NULL;
    RouteDecision after;
    if (turn->weighed.draft.there) return OK;
    TRY(rig_router(turn->rig, &router, err));
    turn->weighed.draft = draft_of(turn);
    route_decide(router, &turn->weighed, &after);
    memcpy(turn->route.signals, after.signals, sizeof after.signals);
    return OK;
}
