/*
 * What the wires have in common: see wire.h.
 *
 * An answer. Bytes become events (sse.c), an event's data becomes a JSON tree, the wire picks from
 * it what it knows and ignores the rest, for providers add fields and events every month. Text goes
 * to the sink at once. A tool call goes there in pieces, too, but is also kept here: it must be
 * JSON when the answer is through, or the answer as a whole fails, so that nobody runs half a call.
 * wire_end says whether the provider itself ended the answer; a connection that was closed early
 * looks the same to libcurl as one that is through, when no length was announced. A reason to end
 * is no end yet where the API has a last event: Gemini, and proxies that translate it, put one into
 * every event. So what comes behind a reason still counts; behind the last event nothing does.
 *
 * Usage. Whole numbers from 0 to 10^9 are believed, everything else counts as not said. Of the
 * input the largest count is taken: some say all of it first and a part of it at the end. What is
 * not said is estimated at 3 bytes a token: English has about 4, Chinese 3 for about one token.
 *
 * The limit of an answer. A request says how long an answer may be; the providers' limit is for
 * answer and hidden reasoning together, and many models reason unless told not to (Gemini's from
 * 2.5 on, OpenAI's o and 5 series). 256 tokens, the usual limit of `ask`, are then gone before the
 * first word: an answer of nothing that costs. So these APIs are never told less than WIRE_ROOM.
 * Its size is chosen: 4,096 is the most that the oldest models still offered take, and a reasoner
 * that was given room spent 600 to 1,400 on such questions (litellm-docs#559, covan#112). Servers
 * of one's own get the limit as it is: there it may have to fit a small window with the question.
 *
 * Limits: 1 MiB an event, 1 MiB of text (no model writes as much), 128 calls with 1 MiB of
 * arguments together.
 *
 * Formats: the SDKs of the providers (openai/openai-python, anthropics/anthropic-sdk-python,
 * googleapis/python-genai), whose types are generated from their specifications: requests and
 * streams are compared with those packages by tests/golden/wires_make.py. What compatible servers
 * do differently is noted in the wires.
 */
#include "gate/wire/wire.h"

#include <assert.h>
#include <stdio.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/plain.h"
#include "base/utf8.h"

enum { TOKENS_MAX = 1000000000, BYTES_PER_TOKEN = 3, ID_MAX = 8192, SYSTEM_MAX = 16 << 20 };

static const WireApi *const apis[WIRE_COUNT] = {
    [WIRE_OPENAI_CHAT] = &wire_openai_chat,
    [WIRE_OPENAI_RESPONSES] = &wire_openai_responses,
    [WIRE_ANTHROPIC] = &wire_anthropic,
    [WIRE_GEMINI] = &wire_gemini,
};

/* The four tables of functions; each wire's file has its own. */
const WireApi *wire_api(GateWire wire) {
    assert((unsigned)wire < WIRE_COUNT && apis[wire]);
    return apis[wire];
}

const char *gate_wire_name(GateWire wire) { return wire_api(wire)->name; }

bool gate_wire_from_name(const char *name, GateWire *out) {
    for (int i = 0; i < WIRE_COUNT; i++) {
        if (strcmp(apis[i]->name, name) != 0) continue;
        *out = (GateWire)i;
        return true;
    }
    return false;
}

/* Base and the wire's own path, with one slash between: people write the base with and without, and
   copy the whole address that a provider's manual has in its first example. */
void wire_url(const GateEndpoint *endpoint, Buf *out) {
    const WireApi *api = wire_api(endpoint->wire);
    Str base = str_from(endpoint->url);
    while (str_ends(base, STR("/"))) base.n--;
    if (api->tail && str_ends(base, str_from(api->tail))) base.n -= strlen(api->tail);
    while (str_ends(base, STR("/"))) base.n--;
    buf_add_str(out, base);
    api->path(endpoint, out);
}

/* ---- the request ------------------------------------------------------------------------- */

/* The whole body, of a parcel alone (link 2 of parcel.c's essay). */
Status wire_render(const GateParcel *parcel, const GateEndpoint *endpoint, Buf *out, Err *err) {
    JsonWriter w = jsonw_init(out);
    assert(parcel->masked.n_messages > 0); /* gate_parcel_make: a request has one at least */
    assert(out->n == 0 && (unsigned)endpoint->wire < WIRE_COUNT);
    jsonw_object_begin(&w);
    TRY(apis[endpoint->wire]->render(parcel, endpoint, &w, err));
    jsonw_object_end(&w);
    return buf_check(out, "a request", err);
}

/* A caller's JSON is parsed before it is copied in as it is: unchecked it could end our object and
   begin another. Nothing at all stands for {}. */
Status wire_raw(JsonWriter *w, const char *key, Str json, Err *err) {
    Json *tree = NULL;
    if (str_trim(json).n == 0) json = STR("{}");
    Status status = json_parse(json, NULL, &tree, err);
    json_free(tree);
    if (status == E_NO_MEMORY) return status;
    if (status != OK) return err_prefix(err, E_USAGE, "\"%s\" of a tool or schema", key);
    jsonw_key(w, key);
    jsonw_raw(w, json);
    return OK;
}

/* A schema needs a name that nobody reads. */
Status wire_strict_schema(JsonWriter *w, const GateRequest *r, Err *err) {
    jsonw_put_c(w, "name", "answer");
    jsonw_put_bool(w, "strict", true);
    return wire_raw(w, "schema", r->schema, err);
}

/* `schema`: the key that the API has for the parameters' form. */
Status wire_tool(JsonWriter *w, const GateTool *tool, const char *schema, Err *err) {
    jsonw_put_str(w, "name", tool->name);
    jsonw_put_str(w, "description", tool->description);
    return wire_raw(w, schema, tool->schema, err);
}

int wire_room(const GateRequest *r) {
    return r->max_tokens > 0 && r->max_tokens < WIRE_ROOM ? WIRE_ROOM : r->max_tokens;
}

void wire_limits(JsonWriter *w, const GateRequest *r, const char *max_tokens, bool room) {
    int most = room ? wire_room(r) : r->max_tokens;
    if (most > 0) jsonw_put_int(w, max_tokens, most);
    if (r->temperature >= 0) jsonw_put_real(w, "temperature", (double)r->temperature, 6);
}

/* Results of tools are the user's side, as these APIs have it. */
static bool same_side(const GateMessage *a, const GateMessage *b) {
    return (a->role == GATE_ASSISTANT) == (b->role == GATE_ASSISTANT);
}

/* An answer that had no words, say: these APIs refuse turns without a part or with an empty one. */
static bool says_nothing(const GateMessage *m) {
    return m->role != GATE_TOOL && m->n_calls == 0 && str_trim(m->text).n == 0;
}

/*
 * Messages in a row from one side become one turn with several parts, since these APIs want the
 * sides to alternate:
 *
 *     user "a", assistant "b" + call, tool result, user "c"
 *     -> user [a]   assistant [b, call]   user [result, c]
 */
Status wire_turns(JsonWriter *w, const GateRequest *r, const WireTurns *turns, Err *err) {
    const GateMessage *open = NULL;
    jsonw_put_array(w, turns->list);
    for (size_t i = 0; i < r->n_messages; i++) {
        const GateMessage *m = &r->messages[i];
        if (m->role == GATE_SYSTEM || says_nothing(m)) continue;
        if (open && !same_side(open, m)) {
            jsonw_array_end(w);
            jsonw_object_end(w);
        }
        if (!open || !same_side(open, m)) {
            jsonw_object_begin(w);
            jsonw_put_c(w, "role", m->role == GATE_ASSISTANT ? turns->assistant : "user");
            jsonw_put_array(w, turns->parts);
        }
        open = m;
        TRY(turns->add(w, r, m, turns->user, err));
    }
    if (open) {
        jsonw_array_end(w);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    return OK;
}

/* All system messages, with an empty line between. The caller finis `out`, also after a failure. */
Status wire_system(const GateRequest *r, Buf *out, Err *err) {
    buf_init(out, SYSTEM_MAX);
    for (size_t i = 0; i < r->n_messages; i++) {
        if (r->messages[i].role != GATE_SYSTEM) continue;
        if (out->n) buf_add_c(out, "\n\n");
        buf_add_str(out, r->messages[i].text);
    }
    return buf_check(out, "a request", err);
}

/* ---- the answer -------------------------------------------------------------------------- */

/* Some servers put "error" into every event, and null, false or "" into it while there is none. */
static bool is_error(const Json *error) {
    if (json_is_str(error)) return json_str(error).n > 0;
    return json_kind(error) != JSON_NULL && json_bool(error, true);
}

/* An error has the same places in all APIs and is looked for first; all else is the wire's. Gemini
   may put it into a list; an event that is called one is one, whatever its data are. */
static Status take(WireAnswer *a, Str type, const Json *data, Err *err) {
    const Json *root = json_kind(data) == JSON_ARRAY ? json_at(data, 0) : data;
    const Json *error = json_get(root, "error");
    if (is_error(error)) return wire_error(a, root, err);
    if (str_eq_c(json_str(json_get(data, "object")), "error")) return wire_error(a, data, err);
    if (str_eq_c(type, "error")) return wire_error(a, data, err);
    if (json_kind(data) != JSON_OBJECT) {
        return err_set(err, E_REMOTE, "the answer holds an event that is no object");
    }
    assert(!a->done);
    a->events++;
    return a->api->event(a, type, data, err);
}

/* The code unit of an escape \uXXXX at `at`; -1: none stands there. */
static int unit_at(Str s, size_t at) {
    enum { ESCAPE = 6 };
    int unit = 0;
    if (at > s.n || s.n - at < ESCAPE || s.p[at] != '\\' || s.p[at + 1] != 'u') return -1;
    for (size_t i = 2; i < ESCAPE; i++) {
        int digit = plain_hex(s.p[at + i]);
        if (digit < 0) return -1;
        unit = 16 * unit + digit;
    }
    return unit;
}

static bool is_high(int unit) { return unit >= 0xD800 && unit < 0xDC00; }
static bool is_low(int unit) { return unit >= 0xDC00 && unit < 0xE000; }

/* Where the next half of a surrogate pair stands alone, from `at` on; SIZE_MAX: nowhere. A whole
   pair is passed over, and any other escape by two bytes, so that the second backslash of an
   escaped one does not look like the beginning of a half. */
static size_t next_half(Str s, size_t at) {
    while (at < s.n) {
        const char *escape = memchr(s.p + at, '\\', s.n - at);
        if (!escape) break;
        at = (size_t)(escape - s.p);
        int unit = unit_at(s, at);
        bool high = is_high(unit), pair = high && is_low(unit_at(s, at + 6));
        if (!pair && (high || is_low(unit))) return at;
        at += pair ? 12 : 2;
    }
    return SIZE_MAX;
}

/* Some servers count in UTF-16 and cut a character between two events, which no JSON may hold. A
   half becomes U+FFFD: one sign is lost, and not the answer. */
static Status parse_event(Str data, Json **tree, Err *err) {
    size_t at = next_half(data, 0);
    if (at == SIZE_MAX) return json_parse(data, NULL, tree, err);
    char *mended = mem_dup(data.p, data.n);
    if (!mended) return err_no_memory(err, "an event");
    assert(at + 6 <= data.n);
    for (; at != SIZE_MAX; at = next_half(data, at + 6)) memcpy(mended + at, "\\uFFFD", 6);
    Status status = json_parse((Str){mended, data.n}, NULL, tree, err);
    mem_free(mended);
    return status;
}

/* SseEventFn: one event. [DONE] is the last word of OpenAI's chat and of those that speak it. Some
   servers send an event of blanks to keep the connection alive. */
static Status on_event(void *user, Str type, Str data, Err *err) {
    WireAnswer *a = user;
    Json *tree = NULL;
    if (a->done || str_trim(data).n == 0) return OK;
    if (str_eq_c(str_trim(data), "[DONE]")) {
        a->done = a->finished = true;
        return OK;
    }
    Status status = parse_event(data, &tree, err);
    if (status == E_CORRUPT) return err_prefix(err, E_REMOTE, "the answer holds nonsense");
    if (status == OK) status = take(a, type, tree, err);
    json_free(tree);
    return status;
}

/* sink is borrowed until wire_fini. */
void wire_begin(WireAnswer *a, GateWire wire, const GateSink *sink) {
    assert((unsigned)wire < WIRE_COUNT && sink->text);
    memset(a, 0, sizeof *a);
    a->api = apis[wire];
    a->sink = sink;
    sse_init(&a->sse, on_event, a);
}

/* After wire_begin, whatever came of it. */
void wire_fini(WireAnswer *a) {
    for (size_t i = 0; i < a->n_calls; i++) {
        buf_fini(&a->calls[i].id);
        buf_fini(&a->calls[i].arguments);
    }
    mem_free(a->calls);
    sse_fini(&a->sse);
    a->calls = NULL;
    a->n_calls = a->cap_calls = 0;
}

/* Behind the last event nothing is read any more, not even nonsense. */
Status wire_feed(WireAnswer *a, Str bytes, Err *err) {
    return a->done ? OK : sse_feed(&a->sse, bytes, err);
}

/* Does it begin as a stream of events does? With a field or a comment. */
static bool is_events(Str body) {
    static const char *const fields[] = {"data:", "event:", "id:", "retry:", ":"};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        if (str_starts(body, str_from(fields[i]))) return true;
    }
    return false;
}

/* Gemini sends a list of what would be its events where nobody asked for a stream of them. */
static Status take_all(WireAnswer *a, const Json *tree, Err *err) {
    bool list = json_kind(tree) == JSON_ARRAY;
    for (size_t i = 0; i < (list ? json_len(tree) : 1); i++) {
        const Json *answer = list ? json_at(tree, i) : tree, *error = json_get(answer, "error");
        if (is_error(error)) return wire_error(a, answer, err);
        if (json_kind(answer) != JSON_OBJECT || a->done) break;
        a->events++;
        TRY(a->api->whole ? a->api->whole(a, answer, err) : a->api->event(a, STR(""), answer, err));
    }
    return OK;
}

/* Nothing was fed before. */
Status wire_whole(WireAnswer *a, Str body, Err *err) {
    Json *tree = NULL;
    assert(a->events == 0 && !a->done);
    body = str_trim(body);
    if (is_events(body)) {
        TRY(wire_feed(a, body, err));
        return wire_feed(a, STR("\n\n"), err);
    }
    Status status = json_parse(body, NULL, &tree, NULL);
    if (status == OK) status = take_all(a, tree, err);
    else if (status != E_NO_MEMORY) return OK; /* neither of the two */
    json_free(tree);
    return status;
}

/* Passed on as it comes, and not kept: memory does not grow with the answer. */
Status wire_text(WireAnswer *a, Str piece, Err *err) {
    if (piece.n == 0) return OK;
    a->text_bytes += piece.n;
    if (a->text_bytes > WIRE_TEXT_MAX) return err_set(err, E_LIMIT, "the answer exceeds 1 MiB");
    a->sink->text(a->sink->user, piece);
    return OK;
}

/* ---- tool calls -------------------------------------------------------------------------- */

/* The latest of that key: a server that uses one again means the last call it began. */
static WireCall *find_call(const WireAnswer *a, int64_t key, size_t *index) {
    for (size_t i = a->n_calls; i-- > 0;) {
        if (a->calls[i].key != key) continue;
        *index = i;
        return &a->calls[i];
    }
    return NULL;
}

bool wire_has_call(const WireAnswer *a, int64_t key) {
    size_t index;
    return find_call(a, key, &index) != NULL;
}

/* Empty: there is no such call, and no call has an empty id. */
Str wire_call_id(const WireAnswer *a, int64_t key) {
    size_t index;
    const WireCall *call = find_call(a, key, &index);
    return call ? buf_str(&call->id) : STR("");
}

/* The call began and has no arguments yet. */
bool wire_call_is_empty(const WireAnswer *a, int64_t key) {
    size_t index;
    const WireCall *call = find_call(a, key, &index);
    return call && call->arguments.n == 0;
}

/* May a call begin with this id and name? Ids of one answer differ, for results are told by them.
   */
static Status check_call(const WireAnswer *a, Str id, Str name, Err *err) {
    if (name.n == 0) return err_set(err, E_REMOTE, "the answer calls a tool without a name");
    if (a->n_calls >= WIRE_CALLS_MAX) {
        return err_set(err, E_LIMIT, "the answer calls more than %d tools", WIRE_CALLS_MAX);
    }
    for (size_t i = 0; id.n && i < a->n_calls; i++) {
        if (str_eq(buf_str(&a->calls[i].id), id)) {
            return err_set(err, E_REMOTE, "two tool calls of the answer have the same id");
        }
    }
    return OK;
}

/* `key` is the wire's own number of the call. Where no id comes one is drawn, and goes back with
   the result. The call counts before its id is checked, so that wire_fini frees it. */
Status wire_call(WireAnswer *a, int64_t key, Str id, Str name, Err *err) {
    uint64_t draw;
    TRY(check_call(a, id, name, err));
    TRY(mem_grow((void **)&a->calls, &a->cap_calls, a->n_calls + 1, sizeof *a->calls,
                 WIRE_CALLS_MAX, err));
    WireCall *call = &a->calls[a->n_calls];
    call->key = key;
    buf_init(&call->id, ID_MAX);
    buf_init(&call->arguments, WIRE_ARGUMENTS_MAX);
    random_bytes(&draw, sizeof draw);
    if (id.n) buf_add_str(&call->id, id);
    else buf_printf(&call->id, "call_%016llx", (unsigned long long)draw);
    size_t index = a->n_calls++;
    assert(a->n_calls <= a->cap_calls && a->n_calls <= WIRE_CALLS_MAX);
    TRY(buf_check(&call->id, "the id of a tool call", err));
    a->sink->call(a->sink->user, index, buf_str(&call->id), name, STR(""));
    return OK;
}

/* The bound is for all calls of an answer together. */
static Status add_arguments(WireAnswer *a, size_t index, Str piece, Err *err) {
    WireCall *call = &a->calls[index];
    assert(index < a->n_calls);
    a->argument_bytes += piece.n;
    if (a->argument_bytes > WIRE_ARGUMENTS_MAX) {
        return err_set(err, E_LIMIT, "tool calls of more than 1 MiB");
    }
    buf_add_str(&call->arguments, piece);
    TRY(buf_check(&call->arguments, "a tool call", err));
    assert(call->arguments.n <= a->argument_bytes); /* the bound is for all of them */
    a->sink->call(a->sink->user, index, STR(""), STR(""), piece);
    return OK;
}

/* Pieces of a call may come between those of another: the key tells. */
Status wire_arguments(WireAnswer *a, int64_t key, Str piece, Err *err) {
    size_t index;
    if (piece.n == 0) return OK;
    if (find_call(a, key, &index)) return add_arguments(a, index, piece, err);
    return err_set(err, E_REMOTE, "the answer goes on with a tool call it never began");
}

/* Some servers send arguments as the object that they are, not as its text. */
Status wire_arguments_json(WireAnswer *a, int64_t key, const Json *value, Err *err) {
    Buf text;
    if (json_is_str(value)) return wire_arguments(a, key, json_str(value), err);
    if (json_kind(value) == JSON_NULL) return OK;
    buf_init(&text, WIRE_ARGUMENTS_MAX);
    JsonWriter w = jsonw_init(&text);
    jsonw_json(&w, value);
    Status status = buf_check(&text, "a tool call", err);
    if (status == OK) status = wire_arguments(a, key, buf_str(&text), err);
    buf_fini(&text);
    return status;
}

/* A call without arguments is one with none: {}. */
static Status close_call(WireAnswer *a, size_t index, Err *err) {
    Json *tree = NULL;
    assert(a->finished && index < a->n_calls);
    WireCall *call = &a->calls[index];
    if (str_trim(buf_str(&call->arguments)).n == 0) {
        return add_arguments(a, index, STR("{}"), err);
    }
    Status status = json_parse(buf_str(&call->arguments), NULL, &tree, err);
    bool whole = status == OK && json_kind(tree) == JSON_OBJECT;
    json_free(tree);
    if (whole || status == E_NO_MEMORY) return status;
    return err_set(err, E_REMOTE, a->cut ? "the answer ran out of tokens inside a tool call"
                                         : "a tool call of the answer is not whole");
}

/* Was it the provider who ended the answer, and is every call whole? */
Status wire_end(WireAnswer *a, Err *err) {
    if (!a->finished) {
        return err_set(err, E_REMOTE, a->events ? "the answer broke off" : "no answer came");
    }
    for (size_t i = 0; i < a->n_calls; i++) TRY(close_call(a, i, err));
    return wire_said_all(a, err);
}

/* ---- usage ------------------------------------------------------------------------------- */

/* A provider's count, if it is one that may be believed; an outrageous one would spend a budget. */
static bool tokens_of(const Json *value, uint64_t *out) {
    int64_t n;
    if (!json_whole(value, &n) || n < 0 || n > TOKENS_MAX) return false;
    *out = (uint64_t)n;
    return true;
}

/* 0: not said, or not to be believed. */
uint64_t wire_tokens(const Json *value) {
    uint64_t n = 0;
    (void)tokens_of(value, &n);
    return n;
}

/* more: what an API counts apart from it. */
void wire_tokens_in(WireAnswer *a, const Json *value, uint64_t more) {
    uint64_t n;
    if (!tokens_of(value, &n)) return;
    if (n + more > a->usage.tokens_in) a->usage.tokens_in = n + more;
    a->has_in = true;
}

/* The latest count is taken: it grows while the answer does. */
void wire_tokens_out(WireAnswer *a, const Json *value, uint64_t more) {
    uint64_t n;
    if (!tokens_of(value, &n)) return;
    assert(n <= TOKENS_MAX && more <= 2 * (uint64_t)TOKENS_MAX); /* counts that were believed */
    a->usage.tokens_out = n + more;
    a->has_out = true;
}

/* Rounded up: an estimate must not make an answer free. */
static uint64_t estimate(size_t bytes) { return (bytes + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN; }

/* Until the end the provider's own count of what it wrote lags behind: the larger one counts. */
GateUsage wire_usage_now(const WireAnswer *a, size_t in_bytes) {
    GateUsage u = a->usage;
    uint64_t written = estimate(a->text_bytes + a->argument_bytes);
    if (!a->has_in) u.tokens_in = estimate(in_bytes);
    if (!a->has_out || (!a->finished && written > u.tokens_out)) u.tokens_out = written;
    u.estimated = !a->has_in || !a->has_out;
    return u;
}
