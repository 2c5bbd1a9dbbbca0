/*
 * Asking a model on another machine.
 *
 *     parcel --> endpoint found, destination compared, key read
 *            --> may it be asked? (cloud_state.c: breaker, budget; money is held)
 *            --> up to three times: ledger begun, sent (send.c), understood (wire/), ledger ended
 *            --> money and breaker settled
 *
 * Every attempt is an entry of the ledger of its own, begun and on the disk before its first byte
 * leaves: after kill -9 at any moment there is a begun entry without an end, "this may have left".
 *
 * Tried again, after a pause, is what may pass and has shown nothing yet: 408, 429, 500, 502, 503,
 * 504, 529, an error of that kind in the stream, a connection that failed before an answer. Where
 * the answer says X-Should-Retry, that decides instead of its code: OpenAI and Anthropic send it,
 * and their own SDKs obey it (openai-python, src/openai/_base_client.py). At once, and without it,
 * where a refusal (400, 422) names a field that an answer can be had without; that is remembered
 * (cloud_state.c). Never after a piece
 * came, or the sink would hear it twice; never after a deadline, or a slow provider would cost
 * three times the wait. The pause is the one that the provider wants (Retry-After, its kin in
 * milliseconds, or RetryInfo in Gemini's error); else 0.5 s, then 1 s, each times a random number
 * from 0.5 to 1.5. Who wants a pause of more than 10 s is not waited for: the
 * caller has a local model.
 *
 * Cost: tokens times prices. While an answer grows, its cost so far is compared with what is held
 * for it; when no more can be held, the answer is ended and the error says that it is not whole. A
 * request that failed with an error code cost nothing; one that was cut off in between is counted
 * with what is known or estimated, for it probably did.
 *
 * The key is in no message: errors may quote a provider, and a provider may quote the request, so
 * whatever goes out as an error is searched for the key.
 */
#include <assert.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/lists.h"
#include "base/mem.h"
#include "gate/cloud_impl.h"
#include "gate/send_impl.h"
#include "gate/wire/wire.h"

/* Chosen, but for the codes in the essay: LIKELY_TOKENS is a page of text, held where the request
   sets no limit; 3 bytes a token overestimates English, so that the hold is rather too high. */
enum {
    ATTEMPTS_MAX = 3, PAUSE_MS = 500, PAUSE_MAX_S = 10, TICK_MS = 20, ERROR_BODY_MAX = 16 << 10,
    WHOLE_MAX = 1 << 20, /* of a success that is no stream */
    LIKELY_TOKENS = 1024, BYTES_PER_TOKEN = 3
};
_Static_assert(3 * PAUSE_MS * (1 << (ATTEMPTS_MAX - 2)) / 2 <= PAUSE_MAX_S * 1000,
               "the longest pause of our own is one that is waited for");
_Static_assert(TICK_MS < 1000, "a tick is less than a timespec's second");

/* One question with all its attempts; on the stack of gate_cloud_ask. */
typedef struct Ask {
    Gate *gate;
    const GateParcel *parcel;
    const atomic_bool *cancel;
    GateAnswer *answer;
    GateEndpoint endpoint;
    char host[GATE_URL_MAX];
    Buf key;
    CloudHold hold;
    /* of the attempt */
    GateSink sink; /* the caller's */
    WireAnswer wire;
    SendReply reply;
    Buf error_body;  /* of an answer that is no stream */
    WireFault fault; /* what it says */
    unsigned fields; /* WireField: which it names */
    double begin_ms;
} Ask;

/* ---- money --------------------------------------------------------------------------------- */

/* Prices are for a million tokens. 2,000 tokens in at 0.75 and 500 out at 4.5: 0.00375. */
static double cost_of(const GateEndpoint *e, const GateUsage *u) {
    return ((double)u->tokens_in * e->price_in + (double)u->tokens_out * e->price_out) / 1e6;
}

/* What the wire was told so far, or its estimate where the provider has not said. */
static GateUsage usage_now(const Ask *ask) {
    GateUsage u = wire_usage_now(&ask->wire, ask->parcel->report.bytes);
    u.cost = cost_of(&ask->endpoint, &u);
    return u;
}

/* *least: the question alone, without a word of answer. */
static double likely_cost(const Ask *ask, double *least) {
    int max = ask->parcel->masked.max_tokens;
    GateUsage in = {.tokens_in = ask->parcel->report.bytes / BYTES_PER_TOKEN + 1};
    *least = cost_of(&ask->endpoint, &in);
    in.tokens_out = max > 0 ? (uint64_t)max : LIKELY_TOKENS;
    double likely = cost_of(&ask->endpoint, &in);
    assert(*least >= 0 && likely >= *least); /* prices are none below 0 (cloud_file.c) */
    return likely;
}

/* With each piece: while the cost is within the hold nothing is read or locked. More is asked for
   in steps of LIKELY_TOKENS, so that a long answer locks clouds.state seldom. */
static Status check_budget(Ask *ask, Err *err) {
    assert((ask->hold.id == 0) == (ask->hold.amount < 0)); /* held, or nothing to keep within */
    GateUsage u = ask->hold.amount < 0 ? (GateUsage){0} : usage_now(ask);
    if (ask->hold.amount < 0 || u.cost <= ask->hold.amount) return OK;
    double more = u.cost - ask->hold.amount + ask->endpoint.price_out * LIKELY_TOKENS / 1e6;
    Status status = cloud_hold_more(ask->gate, &ask->endpoint, more, &ask->hold, err);
    if (status == OK && u.cost <= ask->hold.amount) return OK;
    if (status == OK || status == E_DENIED) {
        ask->answer->fail = GATE_FAIL_BUDGET;
        status = err_set(err, E_DENIED, "the budget for %s was reached and the answer ended",
                         ask->endpoint.name);
    }
    return status;
}

/* ---- one attempt ----------------------------------------------------------------------------- */

/* From here on nothing is tried again (may_pass): the sink has heard something. */
static void note_piece(Ask *ask) {
    if (!ask->answer->begun) ask->answer->first_ms = clock_now_ms() - ask->begin_ms;
    ask->answer->begun = true;
}

static void on_text(void *user, Str piece) {
    Ask *ask = user;
    note_piece(ask);
    ask->sink.text(ask->sink.user, piece);
}

static void on_call(void *user, size_t index, Str id, Str name, Str piece) {
    Ask *ask = user;
    note_piece(ask);
    if (ask->sink.call) ask->sink.call(ask->sink.user, index, id, name, piece);
}

static bool is_success(const SendReply *r) { return r->code >= 200 && r->code < 300; }

/* Only a success in server-sent events, as they are, is read while it comes. */
static bool is_stream(const SendReply *r) {
    return is_success(r) && !r->packed && strcmp(r->type, "text/event-stream") == 0;
}

/* Some servers stream under another name or none, and some do not stream: their answer is taken
   when it is whole. The providers' own packages do not look at the type of a stream either. */
static bool may_be_whole(const SendReply *r) {
    static const char *const types[] = {"application/json", "text/plain",
                                        "application/octet-stream", "", NULL};
    return is_success(r) && !r->packed && list_has(str_from(r->type), types);
}

/* A wire does not know whose answer it reads. */
static Status with_name(const Ask *ask, Status status, Err *err) {
    if (status != E_REMOTE && status != E_LIMIT) return status;
    return err_prefix(err, status, "%s (%s)", ask->endpoint.name, ask->host);
}

/* Called by send.c with each piece of the body; what is no OK ends the transfer. */
static Status on_piece(void *user, SendReply *reply, Str piece, Err *err) {
    Ask *ask = user;
    if (!is_stream(reply)) {
        size_t most = may_be_whole(reply) ? WHOLE_MAX : ERROR_BODY_MAX;
        assert(ask->error_body.n <= most);
        size_t room = most - ask->error_body.n;
        buf_add(&ask->error_body, piece.p, piece.n < room ? piece.n : room);
        bool enough = piece.n > room; /* nobody explains himself in so many words */
        return enough ? err_set(err, E_REMOTE, "the page is too long") : OK;
    }
    uint64_t before = ask->wire.events;
    TRY(with_name(ask, wire_feed(&ask->wire, piece, err), err));
    if (ask->wire.events > before) reply->mark_ms = clock_now_ms();
    reply->through = ask->wire.done; /* the provider's last word; how the connection ends is none */
    return check_budget(ask, err);
}

/* What the body says of itself goes before the code: 429 is said of an empty account, too. */
static WireFault fault_of(int code, WireFault said) {
    if (said != WIRE_FAULT_PLAIN && said != WIRE_FAULT_PASSES) return said;
    return code == 402   ? WIRE_FAULT_SPENT
           : code == 413 ? WIRE_FAULT_LENGTH
           : code == 401 ? WIRE_FAULT_KEY
                         : said;
}

/* What the caller decides by: SETUP, only the user helps; REQUEST, another endpoint may take it;
   LIMITED and ANSWER, later. */
static GateFail fail_of_code(int code, WireFault fault) {
    if (fault == WIRE_FAULT_SPENT || fault == WIRE_FAULT_KEY) return GATE_FAIL_SETUP;
    bool of_request = fault == WIRE_FAULT_MODEL || fault == WIRE_FAULT_LENGTH ||
                      fault == WIRE_FAULT_FILTER;
    if (of_request) return GATE_FAIL_REQUEST;
    if (code == 401 || code == 403) return GATE_FAIL_SETUP;
    if (code == 408 || code == 429) return GATE_FAIL_LIMITED;
    if (code >= 500) return GATE_FAIL_ANSWER;
    return code >= 400 ? GATE_FAIL_REQUEST : GATE_FAIL_SETUP; /* 3xx: the address is another */
}

static const char *words_of_code(int code, WireFault fault) {
    return fault == WIRE_FAULT_SPENT    ? "has nothing left for this key"
           : fault == WIRE_FAULT_MODEL  ? "does not know the model"
           : fault == WIRE_FAULT_LENGTH ? "is given more text than it takes"
           : fault == WIRE_FAULT_KEY    ? "does not take the key"
           : fault == WIRE_FAULT_FILTER ? "does not let the question through its filter"
           : code == 403                ? "does not allow it"
           : code == 404                ? "does not know the address or the model"
           : code == 408                ? "did not get the question in time"
           : code == 429                ? "is asked too much"
           : code >= 500                ? "has trouble of its own"
           : code >= 400                ? "does not take the request"
                                        : "wants to lead to another address, which is not followed";
}

/* "<beginning> LINE under [NAME] in .../clouds.toml": `cloud add` would replace all of the
   endpoint, its key and its budget, too. */
static void hint_line(const Ask *ask, Err *err, const char *beginning, const char *line) {
    char *path = cloud_path(ask->gate, "clouds.toml");
    (void)err_hint(err, "%.150s %s under [%s] in %s", beginning, line, ask->endpoint.name,
                   path ? path : "clouds.toml");
    mem_free(path);
}

/* Another key goes where the endpoint has its key. */
static void hint_key(const Ask *ask, Err *err, const char *why) {
    const GateEndpoint *e = &ask->endpoint;
    if (*e->key_env || *e->key_credential) {
        (void)err_hint(err, "%s: its key is %s %s", why,
                       *e->key_env ? "the variable" : "the credential",
                       *e->key_env ? e->key_env : e->key_credential);
    } else {
        (void)err_hint(err, "%s: hearth cloud key %s", why, e->name);
    }
}

/* What the user can do; false: nothing is known. */
static bool hint_fault(const Ask *ask, WireFault fault, Err *err) {
    if (fault == WIRE_FAULT_SPENT) {
        (void)err_hint(err, "its credit, quota or spending limit is used up: see the provider's "
                            "billing page, or ask another endpoint (hearth cloud list)");
    } else if (fault == WIRE_FAULT_KEY) {
        hint_key(ask, err, "give it a key that is valid");
    } else if (fault == WIRE_FAULT_MODEL) {
        char which[160];
        (void)snprintf(which, sizeof which, "it has no \"%.64s\", or not for this key; another:",
                       ask->endpoint.model);
        hint_line(ask, err, which, "model =");
    } else if (fault == WIRE_FAULT_LENGTH) {
        (void)err_hint(err, "send fewer passages (-k), or name a model with a larger window");
    } else if (fault == WIRE_FAULT_FILTER) {
        (void)err_hint(err, "another endpoint may take it (hearth cloud list), or a model on this "
                            "device");
    }
    return fault != WIRE_FAULT_PLAIN && fault != WIRE_FAULT_PASSES;
}

/* Does nothing but the host stand in it? */
static bool is_bare_host(const char *url) {
    const char *host = strstr(url, "://");
    size_t n = host ? strcspn(host + 3, "/") : 0;
    return host && strspn(host + 3 + n, "/") == strlen(host + 3 + n);
}

/* Of an address that is not there, or leads elsewhere: what was asked for, since people write the
   base of an API in more ways than one; most often without the version that these begin with. */
static void hint_address(const Ask *ask, Err *err) {
    const GateEndpoint *e = &ask->endpoint;
    const char *version = e->wire == WIRE_GEMINI ? "/v1beta" : "/v1";
    char line[160] = "url =";
    Buf url;
    buf_init(&url, 2 * GATE_URL_MAX);
    wire_url(e, &url);
    buf_add_c(&url, " was asked for; another:");
    if (is_bare_host(e->url) && e->wire != WIRE_ANTHROPIC) {
        size_t n = strlen(e->url);
        while (n > 0 && e->url[n - 1] == '/') n--;
        (void)snprintf(line, sizeof line, "url = \"%.*s%s\"", n < 80 ? (int)n : 80, e->url,
                       version);
    }
    if (url.status == OK) hint_line(ask, err, url.p, line);
    buf_fini(&url);
}

/* Whole seconds, none too few; < 0 stays. */
static int64_t seconds_of(int64_t ms) { return ms < 0 ? -1 : (ms + 999) / 1000; }

/* An error page in words: the provider's own text stands last, cut to what fits. */
static Status say_code(Ask *ask, Err *err) {
    const char *name = ask->endpoint.name;
    char text[256];
    int code = ask->reply.code;
    Str body = buf_str(&ask->error_body);
    ask->fault = fault_of(code, wire_error_text(body, text, sizeof text));
    ask->fields = wire_error_fields(body);
    if (ask->reply.retry_after_ms < 0) ask->reply.retry_after_ms = wire_error_wait_ms(body);
    ask->answer->fail = fail_of_code(code, ask->fault);
    (void)err_set(err, E_REMOTE, "%s (%s) %s (%d)%s%s", name, ask->host,
                  words_of_code(code, ask->fault), code, *text ? ": " : "", text);
    if (hint_fault(ask, ask->fault, err)) return E_REMOTE;
    if (code == 404 || code == 405 || code == 501 || code < 400) hint_address(ask, err);
    else if (code == 403) hint_key(ask, err, "the key may not be for this model or place; another");
    else if (ask->reply.retry_after_ms > 0) {
        (void)err_hint(err, "it wants to be asked again in %lld s",
                       (long long)seconds_of(ask->reply.retry_after_ms));
    }
    return E_REMOTE;
}

static Status say_no_stream(Ask *ask, Err *err) {
    char text[256];
    wire_error_text(buf_str(&ask->error_body), text, sizeof text);
    ask->answer->fail = GATE_FAIL_ANSWER;
    return err_set(err, E_REMOTE, "%s (%s) answers with %s instead of a stream of events%s%s",
                   ask->endpoint.name, ask->host,
                   ask->reply.packed  ? "packed bytes (Content-Encoding), not asked for,"
                   : *ask->reply.type ? ask->reply.type
                                      : "nothing",
                   *text ? ": " : "", text);
}

/* Where no code says it. E_REMOTE without any code means that nobody answered. */
static GateFail fail_of_status(const Ask *ask, Status status) {
    switch (status) {
    case OK: return GATE_FAIL_NONE;
    case E_CANCELLED: return GATE_FAIL_CANCELLED;
    case E_TIMEOUT: return GATE_FAIL_TIMEOUT;
    case E_DENIED: return gate_is_offline() ? GATE_FAIL_OFFLINE : GATE_FAIL_SETUP;
    case E_REMOTE: return ask->reply.code == 0 ? GATE_FAIL_REACH : GATE_FAIL_ANSWER;
    case E_LIMIT: return GATE_FAIL_ANSWER;
    case E_USAGE:
    case E_NOT_FOUND: return GATE_FAIL_SETUP;
    default: return GATE_FAIL_OURS;
    }
}

/* What the exchange came to. */
static Status judge(Ask *ask, Status status, Err *err) {
    int code = ask->reply.code;
    GateAnswer *a = ask->answer;
    bool answered = code != 0 && (status == OK || status == E_REMOTE);
    if (answered && (code < 200 || code >= 300)) return say_code(ask, err);
    bool other = answered && !is_stream(&ask->reply) && (status == OK || ask->error_body.n > 0);
    if (other && status == OK && may_be_whole(&ask->reply)) {
        status = with_name(ask, wire_whole(&ask->wire, buf_str(&ask->error_body), err), err);
        other = status == OK && !ask->wire.finished;
    }
    if (other) return say_no_stream(ask, err);
    if (status == OK) status = with_name(ask, wire_end(&ask->wire, err), err);
    if (status == E_REMOTE && hint_fault(ask, ask->wire.fault, err)) {
        a->fail = fail_of_code(code, ask->wire.fault);
    }
    if (status != OK && a->fail == GATE_FAIL_NONE) a->fail = fail_of_status(ask, status);
    assert((status == OK) == (a->fail == GATE_FAIL_NONE)); /* the breaker learns from it */
    return status;
}

/* A request that was refused, or of which no byte left, cost nothing. */
static void take_results(Ask *ask) {
    GateAnswer *a = ask->answer;
    bool no_charge = ask->reply.code >= 300 || ask->reply.sent == 0;
    assert(ask->reply.sent == 0 || a->entry > 0); /* no byte left that the ledger has not */
    a->usage = no_charge ? (GateUsage){0} : usage_now(ask);
    a->cut = ask->wire.cut;
    a->refused = ask->wire.refused;
    a->retry_after_s = seconds_of(ask->reply.retry_after_ms);
    a->total_ms = clock_now_ms() - ask->begin_ms;
}

static Status exchange(Ask *ask, Err *err) {
    GateSink sink = {on_text, on_call, ask};
    GateSend send = {.parcel = ask->parcel, .endpoint = &ask->endpoint, .key = buf_str(&ask->key),
                     .cancel = ask->cancel, .piece = on_piece, .user = ask};
    wire_begin(&ask->wire, ask->endpoint.wire, &sink);
    buf_init(&ask->error_body, WHOLE_MAX);
    Status status = judge(ask, gate_send(&send, &ask->reply, err), err);
    take_results(ask);
    buf_fini(&ask->error_body);
    wire_fini(&ask->wire);
    return status;
}

/* Between the two records of the ledger everything may leave. */
static Status attempt(Ask *ask, Err *err) {
    GateAnswer *a = ask->answer;
    assert(a->attempts < ATTEMPTS_MAX && !a->begun); /* nobody hears an answer twice */
    Err late;
    a->fail = GATE_FAIL_NONE;
    ask->fault = WIRE_FAULT_PLAIN;
    ask->fields = 0;
    uint64_t before = a->entry;
    a->entry = 0;
    TRY(gate_ledger_begin(ask->gate, ask->parcel, ask->host, ask->endpoint.model, &a->entry, err));
    a->attempts++;
    assert(a->entry > 0); /* the ledger has it before the first byte leaves */
    Status status = exchange(ask, err);
    Status told = gate_ledger_end(ask->gate, a->entry, status, ask->reply.sent, &a->usage, &late);
    if (ask->reply.sent == 0) a->entry = before; /* the ledger has it, and nothing left */
    return told == OK || status != OK ? status : err_pass(err, &late, told);
}

/* ---- again --------------------------------------------------------------------------------- */

/* The essay's list; X-Should-Retry goes before the codes, and a fault that the user must mend
   before both. */
static bool may_pass(const Ask *ask, Status status) {
    int code = ask->reply.code;
    if (status != E_REMOTE || ask->answer->begun) return false;
    if (ask->answer->fail == GATE_FAIL_REACH) return true;
    if (ask->wire.fault == WIRE_FAULT_PASSES) return true;
    if (ask->fault != WIRE_FAULT_PLAIN && ask->fault != WIRE_FAULT_PASSES) return false;
    if (ask->reply.again != SEND_AGAIN_UNSAID) return ask->reply.again == SEND_AGAIN_YES;
    return code == 408 || code == 429 || code == 500 || code == 502 || code == 503 || code == 504 ||
           code == 529;
}

/* < 0: not worth waiting for. */
static double pause_ms(const Ask *ask, int n) {
    uint32_t draw;
    assert(n >= 0 && n < ATTEMPTS_MAX);
    int64_t wanted_ms = ask->reply.retry_after_ms;
    if (wanted_ms > PAUSE_MAX_S * 1000) return -1;
    if (wanted_ms > 0) return (double)wanted_ms;
    random_bytes(&draw, sizeof draw);
    return PAUSE_MS * (double)(1 << n) * (0.5 + (double)draw / UINT32_MAX);
}

/* In ticks, so that a user's stop and --offline are heard within TICK_MS; false: stopped. */
static bool wait_ms(const Ask *ask, double ms) {
    assert(ms >= 0 && ms <= PAUSE_MAX_S * 1e3);
    for (double until = clock_now_ms() + ms; clock_now_ms() < until;) {
        if (send_asked_to_stop(ask->cancel) || gate_is_offline()) return false;
        nanosleep(&(struct timespec){.tv_nsec = TICK_MS * 1000000L}, NULL);
    }
    return true;
}

/* Does the refusal name a field that the answer can be had without? Then it is left out, or called
   otherwise, from here on; each once. */
static bool can_do_without(Ask *ask, Status status) {
    int code = ask->reply.code;
    bool refused = status == E_REMOTE && (code == 400 || code == 422) && !ask->answer->begun;
    unsigned more = refused ? ask->fields & ~ask->endpoint.refused : 0;
    assert(!(ask->endpoint.refused & ~(unsigned)(WIRE_FIELD_USAGE | WIRE_FIELD_LIMIT)));
    ask->endpoint.refused |= more;
    return more && ask->endpoint.wire == WIRE_OPENAI_CHAT;
}

static Status attempts(Ask *ask, Err *err) {
    for (int n = 0;; n++) {
        Status status = attempt(ask, err);
        if (n + 1 < ATTEMPTS_MAX && can_do_without(ask, status)) continue;
        if (n + 1 == ATTEMPTS_MAX || !may_pass(ask, status)) return status;
        double pause = pause_ms(ask, n);
        if (pause < 0) return status;
        if (wait_ms(ask, pause)) continue;
        status = gate_is_offline() ? send_refuse_offline(ask->endpoint.name, err)
                                   : err_set(err, E_CANCELLED, "stopped");
        ask->answer->fail = fail_of_status(ask, status);
        return status;
    }
}

/* ---- the whole ----------------------------------------------------------------------------- */

/* A provider may quote the request, and with it the key; a quotation may be cut inside of it. */
static void hide_key(const Ask *ask, Err *err) {
    enum { SHORTEST = 4, TELLING = 12 }; /* a beginning that tells more than whose key it is */
    Str key = buf_str(&ask->key);
    if (!err || key.n < SHORTEST) return;
    size_t least = key.n < TELLING ? key.n : TELLING;
    for (char *at = err->message; *at; at++) {
        size_t n = 0;
        while (n < key.n && at[n] == key.p[n]) n++; /* stops at the end: a key holds no NUL */
        if (n >= least) memset(at, '*', n);
    }
}

/* The destination is compared again: the file may say another since the parcel was made, and what
   was masked for a server at home must not go to the public. */
static Status prepare(Ask *ask, Err *err) {
    const GateRequest *r = &ask->parcel->masked;
    unsigned classes;
    TRY(gate_cloud_find(ask->gate, r->endpoint, &ask->endpoint, err));
    if (r->dest != ask->endpoint.dest) {
        return err_set(err, E_DENIED, "the parcel was made for another destination than %s is now",
                       r->endpoint);
    }
    TRY(send_endpoint_check(&ask->endpoint, &classes, err));
    send_host(ask->endpoint.url, ask->host);
    return cloud_key_get(ask->gate, &ask->endpoint, &ask->key, err);
}

/* A failure to settle counts only where the answer itself was well: the first failure is told. */
static Status ask_now(Ask *ask, Err *err) {
    double least, likely = likely_cost(ask, &least);
    Err late;
    TRY(cloud_admit(ask->gate, &ask->endpoint, least, likely, &ask->hold, ask->answer, err));
    ask->endpoint.refused = ask->hold.refused;
    Status status = attempts(ask, err);
    Status told = cloud_settle(ask->gate, &ask->endpoint, &ask->hold, ask->answer, &late);
    return told == OK || status != OK ? status : err_pass(err, &late, told);
}

Status gate_cloud_check(const GateEndpoint *endpoint, Err *err) {
    unsigned classes;
    return send_endpoint_check(endpoint, &classes, err);
}

void gate_cloud_host(const GateEndpoint *endpoint, char out[GATE_URL_MAX]) {
    send_host(endpoint->url, out);
}

Status gate_cloud_ask(Gate *gate, const GateParcel *parcel, const GateSink *sink,
                      const atomic_bool *cancel, GateAnswer *out, Err *err) {
    Ask ask = {.gate = gate, .parcel = parcel, .cancel = cancel, .answer = out, .sink = *sink,
               .begin_ms = clock_now_ms(), .reply = {.retry_after_ms = -1, .first_ms = -1}};
    *out = (GateAnswer){.retry_after_s = -1, .first_ms = -1};
    buf_init(&ask.key, 0);
    Status status = send_refuse_offline(parcel->masked.endpoint, err);
    if (status == OK) status = prepare(&ask, err);
    if (status == OK) status = ask_now(&ask, err);
    if (status != OK && out->fail == GATE_FAIL_NONE) out->fail = fail_of_status(&ask, status);
    hide_key(&ask, err);
    cloud_key_wipe(&ask.key);
    if (status != OK && out->begun && err && !err->hint[0]) {
        (void)err_hint(err, "what came before is not the whole answer");
    }
    out->total_ms = clock_now_ms() - ask.begin_ms;
    return status;
}
