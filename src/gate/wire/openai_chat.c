/*
 * OpenAI's Chat Completions, and every server that speaks it: vLLM, Ollama, llama.cpp's server,
 * gateways of firms.
 *
 * Request: POST BASE/chat/completions {"model","messages","stream":true,...}. OpenAI wants the
 * limit as max_completion_tokens and refuses max_tokens for its newer models, at its own hosts
 * (api.openai.com, eu.api.openai.com and others) and at Azure's, where a deployment's name does not
 * tell its model; the others know max_tokens for certain. So the host decides, and where it is
 * wrong, a gateway in front of OpenAI or another maker's model at Azure, the refusal names the
 * other word and the question is put once more with it (cloud.c). The same for stream_options,
 * which Mistral and Databricks refuse and Mistral and Groq do not need. A JSON Schema is asked for
 * as strict: a server that cannot keep it says so instead of answering in another form.
 *
 * Answer: {"choices":[{"index":0,"delta":{"content","tool_calls":[{"index","id","function":{"name",
 * "arguments"}}]},"finish_reason"}],"usage"}, then data: [DONE]. Usage comes in an event of its own
 * with no choices (stream_options.include_usage), from some servers in every event: the last one
 * counts. finish_reason: stop, tool_calls, length (cut), content_filter (refused); others have
 * more words for these three kinds of end (the lists below), and words for an end that is a
 * failure, though [DONE] follows: half an answer must not pass for one.
 *
 * What compatible servers do otherwise. Some leave the index of a tool call out: one with a new id
 * begins a call then, one without goes on with the last. Some give every call the index 0: a piece
 * with another id than the call of its index begins a call, too. Some send arguments as an object.
 * Content may be a list of parts, of which those with text count. Translated Gemini has a
 * finish_reason in every event. What reasons is not shown, be it reasoning_content or text between
 * "<think>" marks (think.c). vLLM says {"object":"error",...} inside a stream, OpenRouter may put
 * the error into the choice. Servers that do not stream send one event with the whole "message".
 * Groq's counts stand in x_groq, Moonshot's in the choice.
 *
 * Sources: openai/openai-python, src/openai/types/chat; mistralai, ChatCompletionStreamRequest, and
 * dnakov/anon-kode#53 (stream_options refused); ollama/ollama#7881 (index left out);
 * sgl-project/sglang#38198, ai-dynamo/dynamo#4723 (always 0); QuantumNous/new-api#378 (ends).
 */
#include <assert.h>

#include "base/lists.h"
#include "base/plain.h"
#include "gate/wire/wire.h"

enum { NO_INDEX = 1 << 20 }; /* keys of calls whose index was left out begin here */

static void path(const GateEndpoint *endpoint, Buf *url) { buf_add_c(url, "/chat/completions"); }

/* Arguments are JSON in a string, as this API has it; none are an empty object. */
static void add_calls(JsonWriter *w, const GateMessage *m) {
    jsonw_put_array(w, "tool_calls");
    for (size_t i = 0; i < m->n_calls; i++) {
        const GateToolCall *call = &m->calls[i];
        jsonw_object_begin(w);
        jsonw_put_str(w, "id", call->id);
        jsonw_put_c(w, "type", "function");
        jsonw_put_object(w, "function");
        jsonw_put_str(w, "name", call->name);
        jsonw_put_str(w, "arguments", call->arguments.n ? call->arguments : STR("{}"));
        jsonw_object_end(w);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

/* A message with calls alone has content null, which all servers take; some refuse an empty text
   beside calls. */
static void add_message(JsonWriter *w, const GateMessage *m) {
    jsonw_object_begin(w);
    jsonw_put_c(w, "role", gate_role_name(m->role));
    if (m->role == GATE_TOOL) jsonw_put_str(w, "tool_call_id", m->call_id);
    if (m->text.n == 0 && m->n_calls > 0) jsonw_put_c(w, "content", NULL);
    else jsonw_put_str(w, "content", m->text);
    if (m->n_calls > 0) add_calls(w, m);
    jsonw_object_end(w);
}

/* No list at all where there are none. */
static Status add_tools(JsonWriter *w, const GateRequest *r, Err *err) {
    if (r->n_tools == 0) return OK;
    jsonw_put_array(w, "tools");
    for (size_t i = 0; i < r->n_tools; i++) {
        jsonw_object_begin(w);
        jsonw_put_c(w, "type", "function");
        jsonw_put_object(w, "function");
        TRY(wire_tool(w, &r->tools[i], "parameters", err));
        jsonw_object_end(w);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    return OK;
}

/* Asked for as strict: what does not fit the form is then no answer of this model. */
static Status add_schema(JsonWriter *w, const GateRequest *r, Err *err) {
    if (r->schema.n == 0) return OK;
    jsonw_put_object(w, "response_format");
    jsonw_put_c(w, "type", "json_schema");
    jsonw_put_object(w, "json_schema");
    TRY(wire_strict_schema(w, r, err));
    jsonw_object_end(w);
    jsonw_object_end(w);
    return OK;
}

/* Is the host, in any letters, one of these or below one? The list ends with NULL. */
static bool is_host(const char *url, const char *const *hosts) {
    Str rest = str_from(url);
    size_t at = str_find(rest, STR("://"), 0);
    if (at == SIZE_MAX) return false;
    rest = str_sub(rest, at + 3, rest.n);
    size_t n = 0;
    while (n < rest.n && !strchr("/:", rest.p[n])) n++;
    for (size_t i = 0; hosts[i]; i++) {
        size_t k = strlen(hosts[i]), same = 0;
        while (k <= n && same < k && plain_lower(rest.p[n - k + same]) == hosts[i][same]) same++;
        if (k <= n && same == k && (k == n || rest.p[n - k - 1] == '.')) return true;
    }
    return false;
}

/* Where OpenAI's own models answer. */
static bool is_openai(const char *url) {
    static const char *const hosts[] = {"api.openai.com", "openai.azure.com",
                                        "services.ai.azure.com", "cognitiveservices.azure.com",
                                        NULL};
    return is_host(url, hosts);
}

/* These say the counts unasked, and one of them refuses to be asked. */
static bool counts_unasked(const char *url) {
    static const char *const hosts[] = {"mistral.ai", "api.groq.com", NULL};
    return is_host(url, hosts);
}

/* OpenAI itself gets the newer name of the limit, all others the older one, unless that was refused
   a moment ago. */
static Status render(const GateParcel *parcel, const GateEndpoint *endpoint, JsonWriter *w,
                     Err *err) {
    const GateRequest *r = &parcel->masked;
    bool openai = is_openai(endpoint->url), newer = openai;
    if (endpoint->refused & WIRE_FIELD_LIMIT) newer = !newer;
    jsonw_put_c(w, "model", endpoint->model);
    jsonw_put_bool(w, "stream", true);
    if (!(endpoint->refused & WIRE_FIELD_USAGE) && !counts_unasked(endpoint->url)) {
        jsonw_put_object(w, "stream_options");
        jsonw_put_bool(w, "include_usage", true);
        jsonw_object_end(w);
    }
    wire_limits(w, r, newer ? "max_completion_tokens" : "max_tokens", openai || newer);
    jsonw_put_array(w, "messages");
    for (size_t i = 0; i < r->n_messages; i++) add_message(w, &r->messages[i]);
    jsonw_array_end(w);
    TRY(add_tools(w, r, err));
    return add_schema(w, r, err);
}

/* Which call a piece is of. */
static int64_t key_of(const WireAnswer *a, const Json *piece) {
    int64_t index;
    assert(a->n_calls < NO_INDEX); /* WIRE_CALLS_MAX: no two calls share a key by it */
    if (json_whole(json_get(piece, "index"), &index)) return index;
    bool begins = json_str(json_get(piece, "id")).n > 0 || a->n_calls == 0;
    return NO_INDEX + (int64_t)a->n_calls - (begins ? 0 : 1);
}

/* A piece of a call: begins one where its key or its id is new, then adds arguments if it has any.
   */
static Status take_call(WireAnswer *a, const Json *piece, Err *err) {
    int64_t key = key_of(a, piece);
    const Json *function = json_get(piece, "function");
    Str id = json_str(json_get(piece, "id")), name = json_str(json_get(function, "name"));
    bool another = id.n > 0 && name.n > 0 && !str_eq(id, wire_call_id(a, key));
    if (another || !wire_has_call(a, key)) TRY(wire_call(a, key, id, name, err));
    return wire_arguments_json(a, key, json_get(function, "arguments"), err);
}

/* A text, or a list of parts; anything else is nothing. */
static Status take_content(WireAnswer *a, const Json *content, Err *err) {
    for (size_t i = 0; json_kind(content) == JSON_ARRAY && i < json_len(content); i++) {
        const Json *part = json_at(content, i);
        if (!str_eq_c(json_str(json_get(part, "type")), "text")) continue;
        TRY(wire_said(a, json_str(json_get(part, "text")), err));
    }
    return wire_said(a, json_str(content), err);
}

/* The last reason counts, but a cut or a refusal that was said is not taken back. Words beside
   OpenAI's: Mistral model_length, error; Zhipu sensitive, network_error,
   model_context_window_exceeded; DeepSeek insufficient_system_resource; OpenRouter error; vLLM and
   SGLang abort; gateways pass Anthropic's max_tokens and refusal on. */
static Status take_finish(WireAnswer *a, Str reason, Err *err) {
    static const char *const cuts[] = {"length", "max_tokens", "model_length",
                                       "model_context_window_exceeded", NULL};
    static const char *const refusals[] = {"content_filter", "sensitive", "refusal", NULL};
    static const char *const failures[] = {"error", "network_error", "abort",
                                           "insufficient_system_resource", NULL};
    if (reason.n == 0) return OK;
    a->finished = true;
    a->cut = a->cut || list_has(reason, cuts);
    a->refused = a->refused || list_has(reason, refusals);
    if (!list_has(reason, failures)) return OK;
    a->fault = WIRE_FAULT_PASSES;
    return err_set(err, E_REMOTE, "the provider ended the answer by a failure: %.*s", (int)reason.n,
                   reason.p);
}

/* Wherever servers put the counts; what is not there changes nothing. */
static void take_usage(WireAnswer *a, const Json *usage) {
    wire_tokens_in(a, json_get(usage, "prompt_tokens"), 0);
    wire_tokens_out(a, json_get(usage, "completion_tokens"), 0);
}

/* What the choice says in this event: a delta, or the whole message where nothing came before. */
static const Json *said_by(const WireAnswer *a, const Json *choice) {
    const Json *delta = json_get(choice, "delta");
    bool silent = a->text_bytes == 0 && a->n_held == 0 && a->n_calls == 0;
    return json_kind(delta) == JSON_NULL && silent ? json_get(choice, "message") : delta;
}

/* A delta of the first choice; a refusal is text that is said to be one. Servers put the counts
   into an event of their own, without a choice. */
static Status event(WireAnswer *a, Str type, const Json *data, Err *err) {
    assert(!a->done); /* wire.c: behind the last word nothing is read */
    const Json *choice = json_at(json_get(data, "choices"), 0), *said = said_by(a, choice);
    const Json *calls = json_get(said, "tool_calls"), *error = json_get(choice, "error");
    if (json_kind(error) != JSON_NULL) return wire_error(a, error, err);
    take_usage(a, json_get(choice, "usage"));
    take_usage(a, json_get(json_get(data, "x_groq"), "usage"));
    take_usage(a, json_get(data, "usage"));
    Str refusal = json_str(json_get(said, "refusal"));
    if (refusal.n) a->refused = true;
    TRY(take_content(a, json_get(said, "content"), err));
    TRY(wire_text(a, refusal, err));
    for (size_t i = 0; i < json_len(calls); i++) TRY(take_call(a, json_at(calls, i), err));
    return take_finish(a, json_str(json_get(choice, "finish_reason")), err);
}

const WireApi wire_openai_chat = {.name = "openai",
                                  .key_header = "Authorization: Bearer ",
                                  .tail = "/chat/completions",
                                  .path = path,
                                  .render = render,
                                  .event = event};
