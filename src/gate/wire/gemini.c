/*
 * Google's Gemini.
 *
 * Request: POST BASE/models/MODEL:streamGenerateContent?alt=sse {"contents","systemInstruction",
 * "tools","generationConfig"}. A result of a tool names the function, too, so the name is looked up
 * among the calls before it. Schemas are JSON Schema (parametersJsonSchema,
 * responseJsonSchema). Models from 3 on want the signature of their thoughts back with each call
 * and refuse a history without one; as we keep none, the word that the provider's documentation
 * names for histories from elsewhere stands in its place.
 *
 * Answer: each event is a whole response: {"candidates":[{"content":{"parts":[{"text"} or
 * {"functionCall":{"name","args"}}]},"finishReason"}],"promptFeedback":{"blockReason"},
 * "usageMetadata"}. Calls come whole and mostly without an id: they get one of ours. Parts that are
 * thoughts are not shown. Usage is cumulative; thoughts are billed as output, and a count that is
 * zero is left out. There is no last event: finishReason, or blockReason when the question was
 * refused, makes an answer whole, but older models and proxies have a STOP in every event, so text
 * behind it is read, too. finishReason: STOP; MAX_TOKENS, CONTINUATION (cut); the list below
 * (refused); MALFORMED_FUNCTION_CALL and whatever else there may be is a failure.
 *
 * Sources: googleapis/python-genai, google/genai/types.py; ai.google.dev, "Thought signatures";
 * BerriAI/litellm#2195 (STOP in every event).
 */
#include <assert.h>

#include "base/lists.h"
#include "gate/wire/wire.h"

/* The model stands in the path: model_ok of cloud_file.c has looked at it. */
static void path(const GateEndpoint *endpoint, Buf *url) {
    Str model = str_from(endpoint->model);
    if (str_starts(model, STR("models/"))) model = str_sub(model, 7, model.n);
    buf_add_c(url, "/models/");
    buf_add_str(url, model);
    buf_add_c(url, ":streamGenerateContent?alt=sse");
}

static void add_text(JsonWriter *w, Str text) {
    jsonw_object_begin(w);
    jsonw_put_str(w, "text", text);
    jsonw_object_end(w);
}

/* The latest call before the result that has its id; our own ids may come again in long histories.
   */
static Str name_of_call(const GateRequest *r, const GateMessage *result) {
    assert(result >= r->messages && result < r->messages + r->n_messages);
    for (const GateMessage *m = result; m-- > r->messages;) {
        for (size_t i = 0; i < m->n_calls; i++) {
            if (str_eq(m->calls[i].id, result->call_id)) return m->calls[i].name;
        }
    }
    return STR("unknown");
}

/* A result names the function whose it is; of an earlier turn the call says which. */
static void add_result(JsonWriter *w, const GateRequest *r, const GateMessage *m) {
    jsonw_object_begin(w);
    jsonw_put_object(w, "functionResponse");
    if (m->call_id.n > 0) jsonw_put_str(w, "id", m->call_id);
    jsonw_put_str(w, "name", name_of_call(r, m));
    jsonw_put_object(w, "response");
    jsonw_put_str(w, "result", m->text);
    jsonw_object_end(w);
    jsonw_object_end(w);
    jsonw_object_end(w);
}

/* `sign`: newer models want a signature at the first call of a turn; the word stands for one that
   was not kept, as Google's guide to thought signatures has it. */
static Status add_call(JsonWriter *w, const GateToolCall *call, bool sign, Err *err) {
    jsonw_object_begin(w);
    jsonw_put_object(w, "functionCall");
    if (call->id.n > 0) jsonw_put_str(w, "id", call->id);
    jsonw_put_str(w, "name", call->name);
    TRY(wire_raw(w, "args", call->arguments, err));
    jsonw_object_end(w);
    if (sign) jsonw_put_c(w, "thoughtSignature", "skip_thought_signature_validator");
    jsonw_object_end(w);
    return OK;
}

/* No turn is without a part: an empty text stands for nothing. */
static Status add_parts(JsonWriter *w, const GateRequest *r, const GateMessage *m,
                        const void *user, Err *err) {
    bool sign = *(const bool *)user;
    assert(m->role != GATE_SYSTEM); /* stands outside of the turns (wire_turns) */
    if (m->role == GATE_TOOL) add_result(w, r, m);
    else if (m->text.n > 0 || m->n_calls == 0) add_text(w, m->text);
    for (size_t i = 0; i < m->n_calls; i++) TRY(add_call(w, &m->calls[i], sign && i == 0, err));
    return OK;
}

/* System messages stand outside of the turns here, all in one text. */
static Status add_system(JsonWriter *w, const GateRequest *r, Err *err) {
    Buf system;
    Status status = wire_system(r, &system, err);
    if (status == OK && system.n) {
        jsonw_put_object(w, "systemInstruction");
        jsonw_put_array(w, "parts");
        add_text(w, buf_str(&system));
        jsonw_array_end(w);
        jsonw_object_end(w);
    }
    buf_fini(&system);
    return status;
}

/* All functions are in one tool. */
static Status add_tools(JsonWriter *w, const GateRequest *r, Err *err) {
    if (r->n_tools == 0) return OK;
    jsonw_put_array(w, "tools");
    jsonw_object_begin(w);
    jsonw_put_array(w, "functionDeclarations");
    for (size_t i = 0; i < r->n_tools; i++) {
        jsonw_object_begin(w);
        TRY(wire_tool(w, &r->tools[i], "parametersJsonSchema", err));
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_object_end(w);
    jsonw_array_end(w);
    return OK;
}

/* Limits and the form of the answer are one object here. */
static Status add_config(JsonWriter *w, const GateRequest *r, Err *err) {
    jsonw_put_object(w, "generationConfig");
    wire_limits(w, r, "maxOutputTokens", true);
    if (r->schema.n > 0) {
        jsonw_put_c(w, "responseMimeType", "application/json");
        TRY(wire_raw(w, "responseJsonSchema", r->schema, err));
    }
    jsonw_object_end(w);
    return OK;
}

/* Signatures are left out for the first two generations of models, which gave none. */
static Status render(const GateParcel *parcel, const GateEndpoint *endpoint, JsonWriter *w,
                     Err *err) {
    const GateRequest *r = &parcel->masked;
    Str model = str_from(endpoint->model);
    bool sign = !str_has(model, STR("gemini-1")) && !str_has(model, STR("gemini-2"));
    WireTurns turns = {"contents", "model", "parts", add_parts, &sign};
    TRY(add_system(w, r, err));
    TRY(wire_turns(w, r, &turns, err));
    TRY(add_tools(w, r, err));
    return add_config(w, r, err);
}

/* A call comes whole, so its number among the calls is its key. */
static Status take_call(WireAnswer *a, const Json *call, Err *err) {
    int64_t key = (int64_t)a->n_calls;
    TRY(wire_call(a, key, json_str(json_get(call, "id")), json_str(json_get(call, "name")), err));
    return wire_arguments_json(a, key, json_get(call, "args"), err);
}

/* A call, a thought, which is nobody's answer, or a text. */
static Status take_part(WireAnswer *a, const Json *part, Err *err) {
    const Json *call = json_get(part, "functionCall");
    if (call) return take_call(a, call, err);
    if (json_bool(json_get(part, "thought"), false)) return OK;
    return wire_text(a, json_str(json_get(part, "text")), err);
}

/* Reasons by which the provider's filter ends an answer, of types.py's FinishReason. */
static bool is_refusal(Str reason) {
    static const char *const refusals[] = {
        "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE", "ESCALATION",
        "MODEL_ARMOR", "PUP_LIMITED_DISABLED", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION", NULL};
    return list_has(reason, refusals);
}

/* Thoughts are output, too. Where only the question's count is said, the answer's is 0, which is
   left out: believed while nothing was written. */
static void take_usage(WireAnswer *a, const Json *usage) {
    const Json *in = json_get(usage, "promptTokenCount");
    const Json *out = json_get(usage, "candidatesTokenCount");
    const Json *thoughts = json_get(usage, "thoughtsTokenCount");
    wire_tokens_in(a, in, wire_tokens(json_get(usage, "toolUsePromptTokenCount")));
    if (out || !thoughts) wire_tokens_out(a, out, wire_tokens(thoughts));
    else wire_tokens_out(a, thoughts, 0);
    if (in && !out && !thoughts) a->has_out = a->text_bytes + a->argument_bytes == 0; /* a zero */
}

/* A reason that is none of those known is a failure: half an answer must not pass for one. */
static Status take_finish(WireAnswer *a, Str reason, Err *err) {
    char name[64];
    if (reason.n == 0 || str_eq_c(reason, "FINISH_REASON_UNSPECIFIED")) return OK;
    a->finished = true;
    if (str_eq_c(reason, "STOP")) return OK;
    bool cut = str_eq_c(reason, "MAX_TOKENS") || str_eq_c(reason, "CONTINUATION");
    bool refused = is_refusal(reason);
    a->cut = a->cut || cut;
    a->refused = a->refused || refused;
    if (cut || refused) return OK;
    wire_harmless(reason, name, sizeof name);
    return err_set(err, E_REMOTE, "the provider ended the answer for no usable reason: %s", name);
}

/* Each event is a whole answer with what is new: parts, counts so far, and in the last one why it
   ended. */
static Status event(WireAnswer *a, Str type, const Json *data, Err *err) {
    const Json *candidate = json_at(json_get(data, "candidates"), 0);
    const Json *parts = json_get(json_get(candidate, "content"), "parts");
    for (size_t i = 0; i < json_len(parts); i++) TRY(take_part(a, json_at(parts, i), err));
    take_usage(a, json_get(data, "usageMetadata"));
    if (json_is_str(json_get(json_get(data, "promptFeedback"), "blockReason"))) {
        a->finished = a->refused = true;
    }
    return take_finish(a, json_str(json_get(candidate, "finishReason")), err);
}

const WireApi wire_gemini = {.name = "gemini",
                             .key_header = "x-goog-api-key: ",
                             .path = path,
                             .render = render,
                             .event = event};
