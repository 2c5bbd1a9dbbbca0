/*
 * The decision.
 *
 * 1. Privacy, as a fact and not as a weight. The label is the strictest of question, passages and
 *    conversation. `may` says for each endpoint whether that label may go there at all: private
 *    goes to no other machine in any form; personal goes to the person's own devices, and elsewhere
 *    masked and only after consent; open goes anywhere. Offline, nothing goes. Every later step
 *    chooses among what `may` left. The words of the question play no part in it: a text cannot
 *    talk itself out.
 * 2. The user's rules (rules.c), first match. A rule that wants what may not be falls back to
 *    local.
 * 3. Quality. The gap model (gap.c) says of the question how likely a small model is right and what
 *    a strong one adds. Signals - the gap model's odds, retrieval, tools, and after a draft its
 *    log-probabilities, doubt, agreement and support - go through the logistic that learns here
 *    (learn.c): p_local. p_cloud is at least the gap model's word for a strong model, moved by the
 *    endpoint's own class; what documents hold helps both, so the gap shrinks as evidence grows.
 *    What is asked of one's own things ("what is my PIN?") no endpoint knows by itself: it adds no
 *    more than the share of the question that the passages hold.
 * 4. Cost. An endpoint pays when gain > MARGIN + toll * cost. The toll is the budget controller's
 *    price (budget.h). One that costs more than what is left does not count.
 * 5. Mode. local: never. ask: what pays is asked. auto: what pays is done. cloud-first: what may go
 *    goes. A draft less certain than the user wants it makes any endpoint pay. Where consent is
 *    missing and somebody is there, the choice is ASK.
 * 6. A conversation stays where it is: its endpoint needs STAY less gain, and moving there that
 *    much more. Its label never gets freer.
 *
 * Nothing allocates: a decision works on about 110 KB of stack.
 */
#include "route/route.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>

#include "base/lists.h"
#include "base/mem.h"
#include "base/plain.h"
#include "route/gap.h"
#include "route/learn.h"
#include "route/own.h"
#include "route/rules.h"

#define MARGIN 0.08 /* gain below which another machine is not worth the trip */
#define STAY 0.05         /* gain that a conversation's own endpoint may lack; both chosen */
#define ANSWER_TOKENS 256 /* where the caller expects nothing */

/* Immutable between route_use and route_use_own. */
struct Router {
    RouteLexicon lexicon;
    GapModel *gap;
    const RouteRules *rules;
    const RouteLearned *learned;
    RouteLearned shipped;
    const RouteOwn *own;
};

static const char *const mode_names[ROUTE_MODE_COUNT] = {"local", "ask", "auto", "cloud-first"};
static const char *const label_names[ROUTE_LABEL_COUNT] = {"open", "personal", "private"};
static const char *const choice_names[ROUTE_CHOICE_COUNT] = {"local", "cloud", "ask", "refuse"};

const char *route_label_name(RouteLabel label) {
    assert((unsigned)label < ROUTE_LABEL_COUNT);
    return label_names[label];
}

const char *route_choice_name(RouteChoice choice) {
    assert((unsigned)choice < ROUTE_CHOICE_COUNT);
    return choice_names[choice];
}

bool route_mode_from_name(Str name, RouteMode *out) {
    for (int i = 0; i < ROUTE_MODE_COUNT; i++) {
        if (!str_eq_c(name, mode_names[i])) continue;
        *out = (RouteMode)i;
        return true;
    }
    return false;
}

bool route_label_from_name(Str name, RouteLabel *out) {
    for (int i = 0; i < ROUTE_LABEL_COUNT; i++) {
        if (!str_eq_c(name, label_names[i])) continue;
        *out = (RouteLabel)i;
        return true;
    }
    return false;
}

void route_input_init(RouteInput *in) {
    memset(in, 0, sizeof *in);
    in->mode = ROUTE_MODE_AUTO;
    in->question_label = in->passages_label = in->conversation_label = ROUTE_OPEN;
    in->conversation_endpoint = -1;
    in->minute = -1;
    in->draft.agreement = in->draft.supported = -1;
}

Status route_new(Router **out, Err *err) {
    Router *router = mem_zalloc(sizeof *router);
    if (!router) return err_no_memory(err, "the router");
    Status status = gap_open(gap_built_in(), &router->gap, err);
    if (status != OK) {
        mem_free(router);
        return status;
    }
    route_lexicon_init(&router->lexicon);
    route_learn_reset(&router->shipped);
    *out = router;
    return OK;
}

void route_free(Router *router) {
    if (!router) return;
    gap_close(router->gap);
    mem_free(router);
}

void route_use(Router *router, const RouteRules *rules, const RouteLearned *learned) {
    router->rules = rules;
    router->learned = learned;
}

void route_use_own(Router *router, const RouteOwn *own) {
    router->own = own;
}

/* ---- reasons -------------------------------------------------------------------------------- */

static void say(RouteDecision *d, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* One more reason, cut at a whole character; beyond ROUTE_REASONS_MAX none is added. */
static void say(RouteDecision *d, const char *fmt, ...) {
    va_list args;
    if (d->n_reasons == ROUTE_REASONS_MAX) return;
    va_start(args, fmt);
    (void)plain_vprint(d->reasons[d->n_reasons++], ROUTE_REASON_BYTES, fmt, args);
    va_end(args);
}

/* The reason that is said next is what decides, where there is room for it. */
static void decides(RouteDecision *d) {
    assert(d->n_reasons >= 0 && d->n_reasons <= ROUTE_REASONS_MAX);
    d->decided = d->n_reasons < ROUTE_REASONS_MAX ? d->n_reasons : 0;
}

/* ---- 1: privacy ----------------------------------------------------------------------------- */

typedef enum May { MAY_NOT, MAY_ASKED, MAY } May; /* ASKED: once the user has said yes */

/* A label or destination out of range counts as the strictest there is. */
static May may(const RouteInput *in, const RouteEndpoint *endpoint, RouteLabel label) {
    if (in->offline || endpoint->dest <= ROUTE_DEVICE || endpoint->dest > ROUTE_PUBLIC)
        return MAY_NOT;
    switch (label) {
    case ROUTE_OPEN: return MAY;
    case ROUTE_PERSONAL:
        return endpoint->dest == ROUTE_MINE || endpoint->consented ? MAY : MAY_ASKED;
    default: return MAY_NOT;
    }
}

_Static_assert(ROUTE_OPEN < ROUTE_PERSONAL && ROUTE_PERSONAL < ROUTE_PRIVATE, "strictest last");
_Static_assert(ROUTE_DEVICE == 0 && ROUTE_PUBLIC + 1 == ROUTE_DEST_COUNT, "from near to far");

/* Labels ascend from open to private (checked above). */
static RouteLabel stricter(RouteLabel a, RouteLabel b) {
    return a > b ? a : b;
}

/* The strictest of the three; what is out of range is private. */
static RouteLabel label_of(const RouteInput *in) {
    RouteLabel label =
        stricter(in->question_label, stricter(in->passages_label, in->conversation_label));
    return label > ROUTE_PRIVATE ? ROUTE_PRIVATE : label;
}

/* ---- 3: quality ----------------------------------------------------------------------------- */

/* What is read of a question, once a decision; most of the 110 KB of stack. */
typedef struct Reading {
    RouteQuestion question;
    RouteFeatures features;
    GapScore gap;
    bool own; /* it asks for a fact of the user's own life */
} Reading;

/* The text behind the first of the words that it begins with; without any: the empty one. */
static Str behind_any(Str text, const char *const *words) {
    size_t n = list_at(text, 0, words);
    return n ? str_sub(text, n, text.n) : STR("");
}

/* "我的身份证号是多少": whose it is stands in front, and what is asked for at the end, so that a
   question for reasons ("我的电脑很慢是什么原因") is none. */
static bool is_own_zh(Str q) {
    static const char *const mine[] = {"我的", "我家", "我们的", "我们家", NULL};
    static const char *const asked[] = {"是多少", "是什么", "是谁", "在哪", "在哪里", "在哪儿",
                                        "什么时候到期", "是哪天", "是哪一天", "是几号", "叫什么", NULL};
    q = str_cut_end(q, "?. !");
    return behind_any(q, mine).n > 0 && list_ends(q, asked);
}

/* "When is my ...", "wie lautet meine ...": a question word, a verb and whose it is, with nothing
   between. "What is my best option?" asks for advice, "how do I fix my bicycle?" for knowledge. */
static bool asks_of_own(const RouteQuestion *question) {
    static const char *const asks[] = {"what ", "who ", "when ", "where ", "how much ",
                                       "how old ", "how high ", "wie hoch ", "wie alt ", "wie ",
                                       "was ", "wer ", "wann ", "wo ", "what'", "who'", "when'",
                                       "where'", NULL};
    static const char *const verbs[] = {"is ", "are ", "was ", "were ", "s ", "ist ", "sind ",
                                        "war ", "lautet ", "heißt ", "läuft ", "endet ",
                                        "beginnt ", NULL};
    static const char *const mine[] = {"my ", "our ", "meine ", "mein ", "meiner ", "unsere ",
                                       "unser ", NULL};
    static const char *const advice[] = {"best", "next step", "right", "option", "chance", "duties",
                                         "beste", "recht", "pflicht", NULL};
    enum { OWN_MAX = 120 }; /* bytes: who tells a long story asks for more than a fact */
    Str q = {question->flat, question->stem};
    if (q.n > OWN_MAX || question->n_options) return false;
    if (is_own_zh(q)) return true;
    q = behind_any(q, asks);
    q = behind_any(q, verbs);
    q = behind_any(q, mine);
    return q.n > 0 && behind_any(q, advice).n == 0;
}

/* The shipped model, and what was trained here, which hears it. */
static void ask_gap(const Router *router, Reading *r) {
    GapScore shipped;
    gap_score(router->gap, &r->features, NULL, &r->gap);
    if (!router->own) return;
    shipped = r->gap;
    gap_score(router->own->gap, &r->features, &shipped, &r->gap);
}

/* x, or the bound that it passes. */
static float within(double x, double low, double high) {
    return (float)(x >= low ? (x <= high ? x : high) : low); /* not a number: low */
}

/* No probability that a model says is surer than one in fifty. */
static double humble(double p) {
    return fmin(0.98, fmax(0.02, p));
}

/* Within +-3.9. */
static float logit(double p) {
    double q = humble(p);
    return (float)log(q / (1 - q));
}

/* Share of the question that asks for facts of the world, not of the documents. */
static float world(const RouteFeatures *f) {
    bool fact = f->shape[ROUTE_ASKS] >= 1 && f->shape[ROUTE_ASKS] <= 3; /* who, when, where */
    return within(0.5 * f->shape[ROUTE_WORLD] + 0.5 * fact, 0, 1);
}

/* Signals 11 to 18, each brought to about -1..1; what is unknown is 0. */
static void draft_signals(const RouteDraft *draft, float *s) {
    s[ROUTE_DRAFT_SIGNAL] = 1;
    s[12] = within(1 + 2 * draft->mean_logprob, -2, 1);
    s[13] = within(1 + draft->min_logprob / 3, -2, 1);
    s[14] = within(draft->given, -1, 1);
    s[15] = within(draft->doubt, 0, 1);
    s[16] = draft->agreement >= 0 ? within(2 * draft->agreement - 1, -1, 1) : 0;
    s[17] = draft->supported >= 0 ? within(2 * draft->supported - 1, -1, 1) : 0;
    s[18] =
        draft->verdicts > 0 ? within((double)draft->verdicts_failed / draft->verdicts, 0, 1) : 0;
}

_Static_assert(ROUTE_REFUSE + 1 == ROUTE_CHOICE_COUNT && ROUTE_PRIVATE + 1 == ROUTE_LABEL_COUNT &&
                   ROUTE_MODE_CLOUD_FIRST + 1 == ROUTE_MODE_COUNT,
               "tables of names end with the last one");
_Static_assert(ROUTE_DRAFT_SIGNAL == 11 && ROUTE_SIGNALS == 19, "as they are set below and above");

/* In the order of learn.c's prior. What asks for facts counts less, the more passages cover. */
static void set_signals(const RouteInput *in, const Reading *r, float s[ROUTE_SIGNALS]) {
    float covered = in->searched ? within(in->coverage, 0, 1) : 0;
    memset(s, 0, ROUTE_SIGNALS * sizeof *s);
    s[0] = 1;
    s[1] = logit((double)r->gap.weak);
    s[2] = within(in->local_quality, -1, 1);
    s[3] = in->searched ? 2 * covered - 0.6F : 0;
    s[4] = in->searched ? within(in->best - in->second, 0, 1) : 0;
    s[5] = world(&r->features) * (1 - covered);
    s[6] = within((r->features.shape[ROUTE_WHOLE] - 5) / 3, -1, 2);
    s[7] = in->n_tools > 0;
    s[8] = r->features.cjk;
    s[9] = within(r->features.shape[ROUTE_RECENT], 0, 1) * (1 - covered);
    s[10] = within(log1p(in->history_turns > 0 ? in->history_turns : 0) / 3, 0, 1);
    if (in->draft.there) draft_signals(&in->draft, s);
}

/* At least what the gap model says of a strong model, and p_local with a part of what is wrong here
   mended; both less where documents hold the answer. Its numbers are chosen. */
static double p_cloud(const Reading *r, double p_local, double covered) {
    double strong = humble((double)r->gap.weak + fmax(0, (double)r->gap.gap));
    double mended = (1 - p_local) * (0.35 + 0.5 * strong);
    return fmin(0.99, fmax(strong * (1 - covered), p_local + mended * (1 - 0.5 * covered)));
}

/* ---- 4: cost -------------------------------------------------------------------------------- */

double route_cost(const RouteInput *in, const RouteEndpoint *endpoint) {
    double prompt = in->prompt_tokens > 0 ? in->prompt_tokens : (double)in->question.n / 3 + 1;
    double answer = in->answer_tokens > 0 ? in->answer_tokens : ANSWER_TOKENS;
    double cost =
        (prompt * fmax(0, endpoint->price_in) + answer * fmax(0, endpoint->price_out)) / 1e6;
    return isfinite(cost) ? cost : 1e9;
}

/* What one endpoint would give for this question, against this device. */
typedef struct Offer {
    int endpoint; /* -1: none */
    May may;
    double p, gain, cost;
    double toll, worth; /* what the cost must gain; gain less that */
} Offer;

/* One endpoint against this device. */
static Offer weigh(const RouteInput *in, const Reading *r, int i, double p_local) {
    assert(i >= 0 && (size_t)i < in->n_endpoints);
    const RouteEndpoint *endpoint = &in->endpoints[i];
    Offer offer = {.endpoint = i};
    double covered = in->searched ? (double)within(in->coverage, 0, 1) : 0;
    offer.p = p_cloud(r, p_local, covered);
    if (r->own) offer.p = p_local + covered * fmax(0, offer.p - p_local);
    offer.gain = offer.p - p_local;
    offer.cost = route_cost(in, endpoint);
    offer.toll = endpoint->toll > 0 ? fmin(1e9, endpoint->toll) * offer.cost : 0;
    offer.worth = offer.gain - offer.toll;
    offer.worth += in->conversation_endpoint == i   ? STAY
                   : in->conversation_endpoint >= 0 ? -STAY
                                                    : 0;
    return offer;
}

/* Of the tighter budget what is left; no budget: always. */
static bool affordable(const RouteInput *in, const RouteEndpoint *endpoint) {
    return endpoint->budget <= 0 || route_cost(in, endpoint) <= endpoint->budget - endpoint->spent;
}

/* The endpoint that is worth most among those that may be used; `only`: of that name. */
static Offer best_offer(const RouteInput *in, const Reading *r, RouteLabel label, double p_local,
                        const char *only) {
    Offer best = {.endpoint = -1};
    size_t n = in->n_endpoints < ROUTE_ENDPOINTS_MAX ? in->n_endpoints : ROUTE_ENDPOINTS_MAX;
    for (size_t i = 0; i < n; i++) {
        const RouteEndpoint *endpoint = &in->endpoints[i];
        May allowed = may(in, endpoint, label);
        if (allowed == MAY_NOT || endpoint->resting || !affordable(in, endpoint)) continue;
        if (allowed == MAY_ASKED && !in->can_ask) continue;
        if (only && only[0] && strcmp(only, endpoint->name) != 0) continue;
        Offer offer = weigh(in, r, (int)i, p_local);
        offer.may = allowed;
        if (best.endpoint < 0 || offer.worth > best.worth) best = offer;
    }
    return best;
}

/* ---- choosing ------------------------------------------------------------------------------- */

/* The only place where a decision gets an endpoint. */
static void go(RouteDecision *d, const RouteInput *in, const Offer *offer, bool ask) {
    assert(offer->endpoint >= 0 && offer->may != MAY_NOT);
    assert(d->label != ROUTE_PRIVATE && !in->offline); /* privacy was asked before quality */
    d->choice = ask || offer->may == MAY_ASKED ? ROUTE_ASK : ROUTE_CLOUD;
    d->endpoint = offer->endpoint;
    d->masked = d->label == ROUTE_PERSONAL && in->endpoints[offer->endpoint].dest != ROUTE_MINE;
}

/* Whose label it is: of the passages, if several have it. */
static void say_label(RouteDecision *d, const RouteInput *in) {
    const char *whose = d->label == in->passages_label   ? "the passages are"
                        : d->label == in->question_label ? "the question is"
                                                         : "the conversation is";
    if (d->label == ROUTE_PRIVATE)
        say(d, "%s private: nothing of it leaves this machine", whose);
    else if (d->label == ROUTE_PERSONAL)
        say(d, "%s personal: it may leave masked, after consent", whose);
}

/* The user wants to be surer than the local answer is. */
static bool is_unsure(const RouteInput *in) {
    const RouteDraft *draft = &in->draft;
    return draft->there && draft->certainty >= 0 && draft->certainty < draft->least_certainty;
}

/* Numbers first, then what kind of question it seems to be. */
static void say_quality(RouteDecision *d, const RouteInput *in, const Reading *r) {
    const RouteFeatures *f = &r->features;
    say(d, "the local answer is good enough with probability %.2f", d->p_local);
    if (d->learned && fabs(d->p_local - d->p_shipped) >= 0.005) { /* two digits are shown */
        say(d, "%u outcome%s here moved that from %.2f", d->learned,
            d->learned == 1 ? "" : "s", d->p_shipped);
    }
    if (d->trained) say(d, "a model trained here on %u questions judged this one", d->trained);
    if (in->searched)
        say(d, "the passages hold %.0f %% of the question's words",
            100 * (double)within(in->coverage, 0, 1));
    if (in->draft.there && in->draft.supported >= 0) {
        say(d, "documents support %.0f %% of the local answer",
            100 * (double)within(in->draft.supported, 0, 1));
    }
    if (in->draft.there && in->draft.given < 0) {
        say(d, "it does not give the kind of thing that is asked for");
    }
    if (in->draft.there && in->draft.agreement >= 0) {
        say(d, "a second sample agrees with %.0f %% of it",
            100 * (double)within(in->draft.agreement, 0, 1));
    }
    if (is_unsure(in)) {
        say(d, "its certainty is %.2f, where %.2f is wanted", in->draft.certainty,
            in->draft.least_certainty);
    }
    bool open = !(in->searched && in->coverage > 0.5);
    bool fact = f->shape[ROUTE_ASKS] >= 1 && f->shape[ROUTE_ASKS] <= 5; /* who to what */
    if (r->own && open)
        say(d, "it asks about something of yours, which only your documents can tell");
    else if (f->shape[ROUTE_WORLD] >= 1 && fact && open)
        say(d, "it asks for a fact of the world");
    if (f->shape[ROUTE_RECENT] > 0) say(d, "it asks about now");
    if (f->shape[ROUTE_NUMBERS] >= 3 && f->shape[ROUTE_STEPS] >= 1)
        say(d, "it is a calculation of several steps");
    else if (f->shape[ROUTE_CODE] >= 2)
        say(d, "it is about code");
}

/* A rule's endpoint that was removed, misspelt, or has an address that is refused. */
static bool is_unknown(const RouteInput *in, const char *name) {
    if (!name || !name[0]) return false; /* any */
    for (size_t i = 0; i < in->n_endpoints; i++) {
        if (strcmp(in->endpoints[i].name, name) == 0) return false;
    }
    return true;
}

/* Step 2. True when a rule decided. */
static bool by_rule(const Router *router, const RouteInput *in, const Reading *r,
                    RouteDecision *d) {
    RouteVerdict verdict;
    route_rules_try(router->rules, in, d->label, &verdict);
    if (verdict.rule == 0) return false;
    d->rule = verdict.rule;
    decides(d);
    say(d, "rule %d%s%s%s%s", verdict.rule, verdict.name[0] ? " " : "", verdict.name,
        verdict.because[0] ? ": " : "", verdict.because);
    if (verdict.then == THEN_REFUSE) d->choice = ROUTE_REFUSE;
    if (verdict.then == THEN_REFUSE || verdict.then == THEN_LOCAL) return true;
    bool closed = in->mode == ROUTE_MODE_LOCAL;
    Offer offer = best_offer(in, r, d->label, d->p_local, verdict.endpoint);
    if (closed || offer.endpoint < 0) {
        if (closed) say(d, "but the mode is local only");
        else if (is_unknown(in, verdict.endpoint))
            say(d, "but there is no endpoint %s that may be asked", verdict.endpoint);
        else say(d, "but it may not be used for this, or not now");
        return true;
    }
    d->gain = offer.gain;
    d->cost = offer.cost;
    d->toll = offer.toll;
    bool ask = verdict.then == THEN_ASK || in->mode == ROUTE_MODE_ASK;
    if (!ask || in->can_ask)
        go(d, in, &offer, ask);
    else
        say(d, "but nobody is there to be asked");
    return true;
}

/* Steps 3 to 6. */
static void by_worth(const RouteInput *in, const Reading *r, RouteDecision *d) {
    Offer best = best_offer(in, r, d->label, d->p_local, NULL);
    if (best.endpoint < 0) {
        if (in->n_endpoints && in->offline)
            say(d, "offline");
        else if (in->n_endpoints)
            say(d, "no endpoint may be used for this now: privacy, budget, or it rests");
        else
            say(d, "there is no endpoint");
        return;
    }
    d->p_cloud = best.p;
    d->gain = best.gain;
    d->cost = best.cost;
    d->toll = best.toll;
    if (best.toll >= 0.005) {
        say(d, "to hold its budget, that cost must gain %.2f", best.toll);
    }
    const char *name = in->endpoints[best.endpoint].name;
    bool first = in->mode == ROUTE_MODE_CLOUD_FIRST, unsure = is_unsure(in);
    bool pays = best.worth > MARGIN || !in->local_model || unsure;
    const char *worth = first ? "; the mode is cloud first" : pays ? "" : ": not worth it";
    decides(d);
    if (best.cost > 0) say(d, "%s would add %.2f for %.4f%s", name, best.gain, best.cost, worth);
    else say(d, "%s would add %.2f and has no price%s", name, best.gain, worth);
    bool ask = in->mode == ROUTE_MODE_ASK;
    if (in->mode == ROUTE_MODE_LOCAL)
        say(d, "the mode is local only");
    else if (!first && !pays)
        return;
    else if (!ask || in->can_ask)
        go(d, in, &best, ask);
    else
        say(d, "nobody is there to be asked");
}

/* For rules, when the caller does not know the language: what the letters tell. */
static const char *language_of(const RouteQuestion *q) {
    for (size_t i = 0; i + 2 < q->n; i++) {
        unsigned char c = (unsigned char)q->flat[i], next = (unsigned char)q->flat[i + 1];
        if (c == 0xE3 && (next == 0x81 || next == 0x82 || next == 0x83)) return "ja";
        if (c >= 0xEA && c <= 0xED && next >= 0x80 && !(c == 0xEA && next < 0xB0)) return "ko";
    }
    return "zh";
}

/* The essay's steps. It works on a copy of the input, whose language is filled in where the caller
   knows none. Nothing is written to the router: threads share it. */
void route_decide(const Router *router, const RouteInput *given, RouteDecision *out) {
    Reading r;
    RouteInput in = *given;
    memset(out, 0, sizeof *out);
    out->choice = ROUTE_LOCAL;
    out->endpoint = -1;
    out->label = label_of(&in);
    route_question_read(in.question, &r.question);
    route_features(&router->lexicon, &r.question, &r.features);
    r.own = asks_of_own(&r.question);
    ask_gap(router, &r);
    if (!in.language) in.language = r.features.cjk ? language_of(&r.question) : "other";
    set_signals(&in, &r, out->signals);
    const RouteLearned *learned = router->learned ? router->learned : &router->shipped;
    out->p_local = in.local_model ? route_learn_odds(learned, out->signals) : 0;
    out->p_shipped = in.local_model ? route_learn_odds(&router->shipped, out->signals) : 0;
    out->learned = learned->seen;
    out->trained = router->own ? router->own->n : 0;
    out->p_cloud = out->p_local;
    say_label(out, &in);
    if (!by_rule(router, &in, &r, out)) {
        if (in.local_model)
            say_quality(out, &in, &r);
        else
            say(out, "there is no local model");
        by_worth(&in, &r, out);
    }
    if (out->choice == ROUTE_LOCAL && !in.local_model && !in.searched) {
        out->choice = ROUTE_REFUSE;
        decides(out);
        say(out, "without a model or documents nothing can be answered here");
    }
    bool elsewhere = out->choice == ROUTE_CLOUD || out->choice == ROUTE_ASK;
    assert(out->decided >= 0 && out->decided < out->n_reasons);
    assert(elsewhere == (out->endpoint >= 0)); /* whoever reads the one takes the other */
    assert(out->p_local >= 0 && out->p_local <= 1 && out->p_cloud >= 0 && out->p_cloud <= 1);
}
