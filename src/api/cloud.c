/*
 * Endpoints: adding, listing, trying and forgetting models on other machines.
 *
 * What is NULL in a hearth_cloud is what is known of a provider of that name. Keys come in and
 * never go out: a listing has a word for where each is (sealed, in a variable, a credential, the
 * keyring). Trying sends one fixed sentence, with nothing of the user's in it, on the way that
 * every parcel goes.
 *
 * From the caller's struct to what is kept:
 *
 *     hearth_cloud        GateEndpoint
 *     name "openai"       address, API and model of that provider (gate_cloud_default)
 *     url, model, ...     over it, where they are not NULL
 *     price_*, budget_*   as they are, 0 for free or unknown, and none
 *     key                 a view, handed to the gate, which seals it or gives it to the keyring
 *
 * So NULL and "" differ: NULL keeps what is known, "" takes it away. The gate looks at the whole
 * when it is put: whether the address may be asked, whether a budget has prices.
 */
#include <assert.h>
#include <string.h>

#include "api/api.h"
#include "gate/cloud.h"

enum { KEY_MINUTES_MAX = 7 * 24 * 60 };

static const double MONEY_MAX = 1e9; /* of a price or budget; chosen, as src/cli/table.c has it */

void hearth_cloud_default(hearth_cloud *cloud) {
    memset(cloud, 0, sizeof *cloud);
    cloud->size = sizeof *cloud;
}

/* NULL leaves what `out` has: what is known of the provider. */
static Status copy_text(const char *text, const char *what, char *out, size_t cap, Err *err) {
    if (!text) return OK;
    if (strlen(text) >= cap) return err_set(err, E_USAGE, "the %s is too long", what);
    memcpy(out, text, strlen(text) + 1);
    return OK;
}

/* 0: no limit but the keyring's own. */
static Status minutes_check(int minutes, Err *err) {
    bool good = minutes >= 0 && minutes <= KEY_MINUTES_MAX;
    return good ? OK : err_set(err, E_USAGE, "the keyring keeps a key for %d minutes at most",
                               KEY_MINUTES_MAX);
}

/* A NaN or a debt would never be more than a budget. */
static Status money_check(const hearth_cloud *cloud, Err *err) {
    TRY(api_range("price_in", cloud->price_in, 0, MONEY_MAX, err));
    TRY(api_range("price_out", cloud->price_out, 0, MONEY_MAX, err));
    TRY(api_range("budget_day", cloud->budget_day, 0, MONEY_MAX, err));
    return api_range("budget_month", cloud->budget_month, 0, MONEY_MAX, err);
}

/* Provider's defaults first, then what the caller says. What the gate itself demands of an endpoint
   (an address that may be asked, a fitting name) is checked there, when it is put. */
static Status endpoint_of(const hearth_cloud *cloud, GateEndpoint *e, Err *err) {
    if (!cloud->name) return err_set(err, E_USAGE, "an endpoint needs a name");
    bool known = gate_cloud_default(cloud->name, e);
    TRY(minutes_check(cloud->key_minutes, err));
    TRY(money_check(cloud, err));
    TRY(copy_text(cloud->name, "name", e->name, sizeof e->name, err));
    TRY(copy_text(cloud->url, "URL", e->url, sizeof e->url, err));
    TRY(copy_text(cloud->model, "model", e->model, sizeof e->model, err));
    TRY(copy_text(cloud->key_env, "variable", e->key_env, sizeof e->key_env, err));
    TRY(copy_text(cloud->key_credential, "credential", e->key_credential,
                  sizeof e->key_credential, err));
    TRY(copy_text(cloud->key_header, "key's header", e->key_header, sizeof e->key_header, err));
    TRY(copy_text(cloud->header, "header", e->header, sizeof e->header, err));
    TRY(copy_text(cloud->ca, "path of certificates", e->ca, sizeof e->ca, err));
    if (cloud->wire && !gate_wire_from_name(cloud->wire, &e->wire)) {
        return err_set(err, E_USAGE, "there is no API \"%.40s\"", cloud->wire);
    }
    if (cloud->dest && !gate_dest_from_name(cloud->dest, &e->dest)) {
        return err_set(err, E_USAGE, "there is no destination \"%.40s\"", cloud->dest);
    }
    if (cloud->key_keyring) gate_key_to_keyring(e);
    e->key_seconds = (uint32_t)cloud->key_minutes * 60;
    e->price_in = cloud->price_in;
    e->price_out = cloud->price_out;
    e->budget_day = cloud->budget_day;
    e->budget_month = cloud->budget_month;
    if (known && !*e->model) {
        (void)err_set(err, E_USAGE, "%s needs a model, as its own list calls it", cloud->name);
        return err_hint(err, "hearth cloud add %s -m MODEL", cloud->name);
    }
    if (known || (cloud->url && cloud->model)) return OK;
    (void)err_set(err, E_USAGE, "%s is no provider that is known here: it needs a URL and a model",
                  cloud->name);
    return err_hint(err, "hearth cloud add NAME --url URL --model MODEL");
}

/* The key is handed on as a view: it is copied nowhere in this room. */
hearth_status hearth_cloud_put(hearth *h, const hearth_cloud *cloud, const char *key, size_t n_key,
                               hearth_error *err) {
    Err why;
    Gate *gate;
    GateEndpoint e;
    hearth_cloud own;
    hearth_cloud_default(&own);
    API_TRY(api_options(&own, sizeof own, cloud, &why), &why, err);
    API_TRY(endpoint_of(&own, &e, &why), &why, err);
    API_TRY(rig_gate(h->rig, &gate, &why), &why, err);
    API_TRY(gate_cloud_put(gate, &e, (Str){key, n_key}, &why), &why, err);
    return HEARTH_OK;
}

/* Where it goes the endpoint itself says (vault or keyring); see gate_cloud_rekey. */
hearth_status hearth_cloud_key(hearth *h, const char *name, const char *key, size_t n_key,
                               int minutes, hearth_error *err) {
    Err why;
    Gate *gate;
    API_TRY(minutes_check(minutes, &why), &why, err);
    API_TRY(rig_gate(h->rig, &gate, &why), &why, err);
    API_TRY(gate_cloud_rekey(gate, name, (Str){key, n_key}, (uint32_t)minutes * 60, &why), &why,
            err);
    return HEARTH_OK;
}

/* The strings are views of *e. Where a key lies is said, whether it is right is not looked at. */
static Status describe(Gate *gate, const GateEndpoint *e, const GateStanding *now,
                       hearth_cloud *out, Err *err) {
    static const char *const keys[] = {
        [GATE_KEY_NONE] = "none", [GATE_KEY_SEALED] = "sealed", [GATE_KEY_ENV] = "environment",
        [GATE_KEY_MISSING] = "missing", [GATE_KEY_CREDENTIAL] = "credential",
        [GATE_KEY_KEYRING] = "keyring"};
    GateKey key;
    TRY(gate_cloud_key(gate, e, &key, err));
    assert(key < ARRAY_LEN(keys) && keys[key]); /* a word for each place */
    *out = (hearth_cloud){.size = sizeof *out, .name = e->name, .wire = gate_wire_name(e->wire),
                          .url = e->url, .model = e->model, .dest = gate_dest_name(e->dest),
                          .price_in = e->price_in, .price_out = e->price_out,
                          .budget_day = e->budget_day, .budget_month = e->budget_month,
                          .key_env = *e->key_env ? e->key_env : NULL, .key = keys[key],
                          .key_credential = *e->key_credential ? e->key_credential : NULL,
                          .key_keyring = *e->key_keyring,
                          .key_header = *e->key_header ? e->key_header : NULL,
                          .header = *e->header ? e->header : NULL, .ca = *e->ca ? e->ca : NULL,
                          .spent_day = now->spent_day, .spent_month = now->spent_month,
                          .agreed = now->consented, .rest_s = now->rest_s};
    return OK;
}

/* The list is copied out first: `each` may take its time, and the file is not locked meanwhile. */
hearth_status hearth_cloud_list(hearth *h, hearth_cloud_fn each, void *user, hearth_error *err) {
    Err why;
    Gate *gate;
    size_t n = 0;
    API_TRY(rig_gate(h->rig, &gate, &why), &why, err);
    GateEndpoint *list = mem_alloc_n(GATE_ENDPOINTS_MAX, sizeof *list);
    GateStanding *now = mem_alloc_n(GATE_ENDPOINTS_MAX, sizeof *now);
    Status status = list && now ? gate_cloud_list(gate, list, &n, &why)
                                : err_no_memory(&why, "endpoints");
    if (status == OK) status = gate_cloud_look(gate, list, n, now, &why);
    for (size_t i = 0; status == OK && i < n; i++) {
        hearth_cloud cloud;
        status = describe(gate, &list[i], &now[i], &cloud, &why);
        if (status == OK && !each(user, &cloud)) break;
    }
    mem_free(list);
    mem_free(now);
    return api_fail(status, &why, err);
}

hearth_status hearth_cloud_remove(hearth *h, const char *name, hearth_error *err) {
    Err why;
    Gate *gate;
    API_TRY(rig_gate(h->rig, &gate, &why), &why, err);
    API_TRY(gate_cloud_remove(gate, name, &why), &why, err);
    return HEARTH_OK;
}

/* ---- trying -------------------------------------------------------------------------------- */

/* The caller's callback, which speaks in C strings. */
typedef struct Ear {
    hearth_text_fn on_text;
    void *user;
    bool heard; /* a word came, and not blanks alone */
} Ear;

/* Restored pieces, as in an answer; there is nothing to restore in ours. */
static void on_text(void *user, Str piece) {
    Ear *ear = user;
    if (str_trim(piece).n > 0) ear->heard = true;
    if (ear->on_text) ear->on_text(ear->user, piece.p, piece.n);
}

/* No tools are offered, so none is called; a model that calls one all the same is not heard. */
static void on_call(void *user, size_t index, Str id, Str name, Str piece) {}

_Static_assert(sizeof "Answer with one short friendly sentence." == 40 + 1, "as it is said below");

/* A parcel like every other, with an entry in the ledger: only its text is ours and open. 1024
   tokens leave room for models that think before they answer one sentence; a choice. */
static Status try_parcel(Gate *gate, const char *name, GateParcel **out, Err *err) {
    static const GateMessage message = {
        .role = GATE_USER, .label = GATE_OPEN,
        .text = {"Answer with one short friendly sentence.", 40}};
    GateEndpoint e;
    GateReport report;
    TRY(gate_cloud_find(gate, name, &e, err));
    GateRequest request = {.endpoint = e.name, .dest = e.dest, .conversation = "cloud-test",
                           .why = "cloud test", .messages = &message, .n_messages = 1,
                           .max_tokens = 1024, .temperature = -1};
    return gate_parcel_make(gate, &request, out, &report, err);
}

/* An answer without a word is a failure, unless the provider says why: `ask` would fall back. */
static Status check_silence(const char *name, const GateAnswer *answer, Err *err) {
    if (answer->cut || answer->refused) return OK;
    (void)err_set(err, E_REMOTE, "%s answered nothing", name);
    return err_hint(err, "the connection and the key are good: are --wire and --model right?");
}

/* What was made of it is told also where it failed on the way: tokens may have been paid. */
hearth_status hearth_cloud_try(hearth *h, const char *name,
                               hearth_text_fn text, void *user, hearth_cloud_result *out,
                               hearth_error *err) {
    Err why;
    Gate *gate;
    GateParcel *parcel = NULL;
    GateAnswer answer = {.first_ms = -1};
    Ear ear = {text, user, false};
    GateSink sink = {on_text, on_call, &ear};
    memset(out, 0, sizeof *out);
    API_TRY(rig_gate(h->rig, &gate, &why), &why, err);
    API_TRY(try_parcel(gate, name, &parcel, &why), &why, err);
    Status status = gate_cloud_ask(gate, parcel, &sink, &h->rig->cancel, &answer, &why);
    gate_parcel_free(parcel);
    if (status == OK && !ear.heard) status = check_silence(name, &answer, &why);
    *out = (hearth_cloud_result){.tokens_in = answer.usage.tokens_in,
                                 .tokens_out = answer.usage.tokens_out, .cost = answer.usage.cost,
                                 .estimated = answer.usage.estimated, .cut = answer.cut,
                                 .refused = answer.refused, .attempts = answer.attempts,
                                 .first_ms = answer.first_ms, .total_ms = answer.total_ms,
                                 .entry = answer.entry};
    return api_fail(status, &why, err);
}
