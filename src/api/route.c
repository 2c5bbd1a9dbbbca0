/*
 * Where a question would be answered, and why: what is on this device is gathered, route/ decides.
 *
 * Gathered: the user's rules (HOME/config/route.toml), the endpoints of this home with what they
 * cost and what the user agreed to, whether a language model is here and how large it is, and,
 * where a store is, the passages and how much of the question they hold. Nothing is sent and no
 * model is loaded but the embedding model, for the search.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/home.h"
#include "gate/cloud.h"
#include "knowledge/search.h"
#include "knowledge/verify.h"
#include "route/rules.h"

_Static_assert((int)ROUTE_PUBLIC == (int)GATE_PUBLIC && (int)ROUTE_MINE == (int)GATE_MINE &&
                   (int)ROUTE_DEST_COUNT == (int)GATE_DEST_COUNT &&
                   (int)ROUTE_PERSONAL == (int)GATE_PERSONAL &&
                   (int)ROUTE_PRIVATE == (int)GATE_PRIVATE &&
                   (int)ROUTE_LABEL_COUNT == (int)GATE_LABEL_COUNT,
               "route knows the gate's labels and destinations by number");
_Static_assert(sizeof((hearth_routing){0}.reasons) == sizeof((RouteDecision){0}.reasons),
               "reasons are copied as they are");

enum { RULES_BYTES_MAX = 1 << 18, ROUTE_ARENA_MAX = 64 << 20, PASSAGES = 8 };

/* What one decision gathers. */
typedef struct Gathered {
    hearth *h;
    Arena arena;
    RouteInput in;
    GateEndpoint clouds[GATE_ENDPOINTS_MAX];
    RouteEndpoint endpoints[ROUTE_ENDPOINTS_MAX];
    RouteRules *rules;
    Router *router;
} Gathered;

_Static_assert((int)GATE_ENDPOINTS_MAX <= (int)ROUTE_ENDPOINTS_MAX, "all endpoints are looked at");

void hearth_route_options_default(hearth_route_options *options) {
    memset(options, 0, sizeof *options);
    options->size = sizeof *options;
    options->label = "personal";
}

static Status read_rules(Gathered *g, Err *err) {
    char *path = NULL;
    Buf text;
    TRY(home_path(HOME_CONFIG, "route.toml", &path, err));
    buf_init(&text, RULES_BYTES_MAX);
    Status status = file_read(path, &text, err);
    if (status == OK && text.n) status = route_rules_parse(buf_str(&text), &g->rules, err);
    else if (status == E_NOT_FOUND) status = OK; /* no rules */
    if (status != OK) status = err_prefix(err, status, "%s", path);
    buf_fini(&text);
    mem_free(path);
    return status;
}

/* The tighter of what is left for the day and for the month. */
static Status read_budget(Gate *gate, const GateEndpoint *cloud, RouteEndpoint *out, Err *err) {
    double day = 0, month = 0;
    TRY(gate_cloud_spent(gate, cloud->name, &day, &month, err));
    out->budget = cloud->budget_day;
    out->spent = day;
    bool tighter = cloud->budget_day <= 0 || cloud->budget_month - month < cloud->budget_day - day;
    if (cloud->budget_month > 0 && tighter) {
        out->budget = cloud->budget_month;
        out->spent = month;
    }
    return OK;
}

static Status read_endpoints(Gathered *g, Err *err) {
    Gate *gate = NULL;
    size_t n = 0;
    char host[GATE_URL_MAX];
    TRY(rig_gate(g->h->rig, &gate, err));
    TRY(gate_cloud_list(gate, g->clouds, &n, err));
    for (size_t i = 0; i < n; i++) {
        const GateEndpoint *cloud = &g->clouds[i];
        RouteEndpoint *out = &g->endpoints[i];
        gate_cloud_host(cloud, host);
        GateConsent about = {.endpoint = cloud->name, .dest = cloud->dest, .host = host};
        *out = (RouteEndpoint){.name = cloud->name,
                               .dest = (RouteDest)cloud->dest,
                               .price_in = cloud->price_in,
                               .price_out = cloud->price_out};
        TRY(gate_consent_given(gate, &about, &out->consented, err));
        TRY(read_budget(gate, cloud, out, err));
    }
    g->in.endpoints = g->endpoints;
    g->in.n_endpoints = n;
    return OK;
}

/* A model's size stands for its class: 0 is a 7B model in 4 bits, four halvings below it -1. */
static void read_model(Gathered *g) {
    char *path = NULL;
    struct stat about;
    Err ignored;
    if (rig_model_path(g->h->rig, &path, &ignored) == OK && stat(path, &about) == 0) {
        g->in.local_model = true;
        g->in.local_quality = fmax(-1, fmin(1, log2((double)about.st_size / 4.5e9) / 4));
    }
    mem_free(path);
}

static Status weigh_passages(Gathered *g, const SearchResults *found, Err *err) {
    VerifyPassage passages[PASSAGES];
    size_t n = found->n < PASSAGES ? found->n : PASSAGES;
    Str question = g->in.question;
    Verify *verify = NULL;
    for (size_t i = 0; i < n; i++) {
        const SearchHit *hit = &found->hits[i];
        passages[i] = (VerifyPassage){hit->text, str_from(hit->context)};
    }
    if (question.n > VERIFY_TEXT_MAX) question.n = VERIFY_TEXT_MAX;
    TRY(verify_new(&g->arena, passages, n, question, &verify, err));
    g->in.searched = true;
    g->in.best = n ? (double)found->hits[0].score : 0;
    g->in.second = n > 1 ? (double)found->hits[1].score : 0;
    g->in.coverage = n ? verify_question_coverage(verify) : 0;
    /* Only what would be shown to a model counts; own documents are personal. */
    g->in.passages_label = n ? ROUTE_PERSONAL : ROUTE_OPEN;
    return OK;
}

/* No store is no error: there are no documents then. */
static Status search(Gathered *g, Err *err) {
    Store *store = NULL;
    SearchResults found = {0};
    const StoreEmbedder *embedder = NULL;
    Err ignored;
    Status status = rig_store(g->h->rig, STORE_READ, &store, err);
    if (status == E_NOT_FOUND) return OK;
    if (status != OK) return status;
    if (rig_store_embedder(g->h->rig, &embedder, &ignored) != OK) embedder = NULL;
    SearchQuery query = {.text = g->in.question, .k = PASSAGES, .mode = SEARCH_HYBRID,
                         .embedder = embedder};
    TRY(search_run(store, &query, &g->arena, &found, err));
    return weigh_passages(g, &found, err);
}

static Status read_options(Gathered *g, const hearth_route_options *options, Err *err) {
    RouteInput *in = &g->in;
    if (options->mode && !route_mode_from_name(str_from(options->mode), &in->mode)) {
        err_set(err, E_USAGE, "there is no mode \"%.40s\"", options->mode);
        return err_hint(err, "say local, ask, auto or cloud-first");
    }
    if (options->label && !route_label_from_name(str_from(options->label), &in->question_label)) {
        err_set(err, E_USAGE, "there is no label \"%.40s\"", options->label);
        return err_hint(err, "say open, personal or private");
    }
    in->n_tools = options->tools;
    in->can_ask = options->can_ask;
    return OK;
}

static void set_minute(RouteInput *in) {
    time_t now = (time_t)clock_real_s();
    struct tm local;
    if (localtime_r(&now, &local)) in->minute = local.tm_hour * 60 + local.tm_min;
}

static Status gather(Gathered *g, const hearth_route_options *options, Err *err) {
    const RigOptions *rig = &g->h->rig->options;
    TRY(read_options(g, options, err));
    g->in.offline = rig->offline;
    g->in.store = rig->store ? rig->store : "default";
    set_minute(&g->in);
    TRY(read_rules(g, err));
    TRY(read_endpoints(g, err));
    read_model(g);
    TRY(search(g, err));
    return route_new(&g->router, err);
}

static void tell(const Gathered *g, const RouteDecision *d, hearth_routing *out) {
    memset(out, 0, sizeof *out);
    out->choice = route_choice_name(d->choice);
    out->label = route_label_name(d->label);
    if (d->endpoint >= 0) {
        (void)snprintf(out->endpoint, sizeof out->endpoint, "%s", g->endpoints[d->endpoint].name);
    }
    out->masked = d->masked;
    out->local_model = g->in.local_model;
    out->searched = g->in.searched;
    out->p_local = d->p_local;
    out->p_cloud = d->p_cloud;
    out->gain = d->gain;
    out->cost = d->cost;
    out->rule = d->rule;
    out->n_reasons = (size_t)d->n_reasons;
    memcpy(out->reasons, d->reasons, sizeof out->reasons);
}

hearth_status hearth_route(hearth *h, const char *question, size_t n,
                           const hearth_route_options *options, hearth_routing *out,
                           hearth_error *err) {
    Err why;
    RouteDecision decision;
    hearth_route_options own;
    err_clear(&why);
    hearth_route_options_default(&own);
    if (options) memcpy(&own, options, options->size < sizeof own ? options->size : sizeof own);
    Gathered *g = mem_zalloc(sizeof *g);
    if (!g) return api_fail(err_no_memory(&why, "a decision"), &why, err);
    g->h = h;
    arena_init(&g->arena, ROUTE_ARENA_MAX);
    route_input_init(&g->in);
    g->in.question = (Str){question, n};
    Status status = gather(g, &own, &why);
    if (status == OK) {
        route_use(g->router, g->rules, NULL);
        route_decide(g->router, &g->in, &decision);
        tell(g, &decision, out);
    }
    route_free(g->router);
    route_rules_free(g->rules);
    arena_fini(&g->arena);
    mem_free(g);
    return status == OK ? HEARTH_OK : api_fail(status, &why, err);
}
