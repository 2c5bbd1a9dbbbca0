/*
 * OpenAI's Responses.
 *
 * Request: POST BASE/responses {"model","input":[items],"stream":true,"store":false,...}. Without
 * store:false the provider keeps questions and answers for 30 days; we always say it. Items:
 * messages with a role, function_call, function_call_output. A message's "type" may be left out at
 * OpenAI's, and must not at llama.cpp's server (ggml-org/llama.cpp#26394); its content is a string,
 * since a list of parts must bear ids and states at vLLM's (openai/codex#12669). A JSON Schema is
 * asked for as strict.
 *
 * Answer: events whose "type" names them. response.output_text.delta and response.refusal.delta
 * carry text; response.output_item.added begins a function call (key: output_index),
 * response.function_call_arguments.delta goes on with it, response.output_item.done holds all of it
 * and is looked at when no delta came. response.completed, .incomplete (with the reason) and
 * .failed end, with usage; "error" is an error without an error object. Reasoning is not shown.
 * The last event holds the whole answer once more: what a server did not stream is taken from it.
 *
 * Source: openai/openai-python, src/openai/types/responses.
 */
#include <assert.h>

#include "gate/wire/wire.h"

static void path(const GateEndpoint *endpoint, Buf *url) { buf_add_c(url, "/responses"); }

/* An item of its own; arguments are JSON in a string, as this API has it. */
static void add_call(JsonWriter *w, const GateToolCall *call) {
    jsonw_object_begin(w);
    jsonw_put_c(w, "type", "function_call");
    jsonw_put_str(w, "call_id", call->id);
    jsonw_put_str(w, "name", call->name);
    jsonw_put_str(w, "arguments", call->arguments.n ? call->arguments : STR("{}"));
    jsonw_object_end(w);
}

/* One message becomes several items: its words, then one item a call. */
static void add_message(JsonWriter *w, const GateMessage *m) {
    if (m->role == GATE_TOOL) {
        jsonw_object_begin(w);
        jsonw_put_c(w, "type", "function_call_output");
        jsonw_put_str(w, "call_id", m->call_id);
        jsonw_put_str(w, "output", m->text);
        jsonw_object_end(w);
        return;
    }
    if (m->text.n > 0 || m->n_calls == 0) {
        jsonw_object_begin(w);
        jsonw_put_c(w, "type", "message");
        jsonw_put_c(w, "role", gate_role_name(m->role));
        jsonw_put_str(w, "content", m->text);
        jsonw_object_end(w);
    }
    for (size_t i = 0; i < m->n_calls; i++) add_call(w, &m->calls[i]);
}

/* Name and form stand side by side here, without the object that the older API has around them.
   strict is false: it would ask for schemas of a special form. */
static Status add_tools(JsonWriter *w, const GateRequest *r, Err *err) {
    if (r->n_tools == 0) return OK;
    jsonw_put_array(w, "tools");
    for (size_t i = 0; i < r->n_tools; i++) {
        jsonw_object_begin(w);
        jsonw_put_c(w, "type", "function");
        jsonw_put_str(w, "name", r->tools[i].name);
        jsonw_put_str(w, "description", r->tools[i].description);
        jsonw_put_bool(w, "strict", false);
        TRY(wire_raw(w, "parameters", r->tools[i].schema, err));
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    return OK;
}

/* The form of the answer, under "text" here. */
static Status add_schema(JsonWriter *w, const GateRequest *r, Err *err) {
    if (r->schema.n == 0) return OK;
    jsonw_put_object(w, "text");
    jsonw_put_object(w, "format");
    jsonw_put_c(w, "type", "json_schema");
    TRY(wire_strict_schema(w, r, err));
    jsonw_object_end(w);
    jsonw_object_end(w);
    return OK;
}

/* store is false: the provider need not keep the answer for a later turn, which we send whole. */
static Status render(const GateParcel *parcel, const GateEndpoint *endpoint, JsonWriter *w,
                     Err *err) {
    const GateRequest *r = &parcel->masked;
    jsonw_put_c(w, "model", endpoint->model);
    jsonw_put_bool(w, "stream", true);
    jsonw_put_bool(w, "store", false);
    wire_limits(w, r, "max_output_tokens", true);
    jsonw_put_array(w, "input");
    for (size_t i = 0; i < r->n_messages; i++) add_message(w, &r->messages[i]);
    jsonw_array_end(w);
    TRY(add_tools(w, r, err));
    return add_schema(w, r, err);
}

/* A call begins; `whole`: it has ended, and its arguments are taken if no delta brought any. */
static Status take_item(WireAnswer *a, const Json *data, bool whole, Err *err) {
    const Json *item = json_get(data, "item");
    int64_t key;
    if (!str_eq_c(json_str(json_get(item, "type")), "function_call")) return OK;
    if (!json_whole(json_get(data, "output_index"), &key)) {
        return err_set(err, E_REMOTE, "the answer holds a tool call without its place");
    }
    if (!wire_has_call(a, key)) {
        TRY(wire_call(a, key, json_str(json_get(item, "call_id")),
                      json_str(json_get(item, "name")), err));
    }
    bool missing = whole && wire_call_is_empty(a, key);
    return missing ? wire_arguments_json(a, key, json_get(item, "arguments"), err) : OK;
}

/* Words and refusals of a whole message, part by part. */
static Status take_message(WireAnswer *a, const Json *item, Err *err) {
    const Json *content = json_get(item, "content");
    for (size_t i = 0; i < json_len(content); i++) {
        const Json *part = json_at(content, i);
        Str refusal = json_str(json_get(part, "refusal"));
        if (refusal.n) a->refused = true;
        TRY(wire_text(a, json_str(json_get(part, "text")), err));
        TRY(wire_text(a, refusal, err));
    }
    return OK;
}

/* What is in the whole answer and in no event before: nothing, where the server streams. */
static Status take_rest(WireAnswer *a, const Json *output, Err *err) {
    bool silent = a->text_bytes == 0;
    assert(a->n_calls == 0 && !a->done); /* calls that were streamed are not begun again */
    for (size_t i = 0; i < json_len(output); i++) {
        const Json *item = json_at(output, i);
        Str kind = json_str(json_get(item, "type")), name = json_str(json_get(item, "name"));
        if (silent && str_eq_c(kind, "message")) TRY(take_message(a, item, err));
        if (!str_eq_c(kind, "function_call")) continue;
        TRY(wire_call(a, (int64_t)i, json_str(json_get(item, "call_id")), name, err));
        TRY(wire_arguments_json(a, (int64_t)i, json_get(item, "arguments"), err));
    }
    return OK;
}

/* Of a call that began before; a place that is none is no call's. */
static Status take_arguments(WireAnswer *a, const Json *data, Err *err) {
    int64_t key = -1;
    (void)json_whole(json_get(data, "output_index"), &key);
    return wire_arguments(a, key, json_str(json_get(data, "delta")), err);
}

/* completed, incomplete or failed: usage, what was not streamed, and why it ended. */
static Status take_end(WireAnswer *a, Str type, const Json *response, Err *err) {
    const Json *usage = json_get(response, "usage"), *error = json_get(response, "error");
    Str reason = json_str(json_get(json_get(response, "incomplete_details"), "reason"));
    wire_tokens_in(a, json_get(usage, "input_tokens"), 0);
    wire_tokens_out(a, json_get(usage, "output_tokens"), 0);
    bool failed = str_eq_c(json_str(json_get(response, "status")), "failed"); /* some proxies */
    if (failed || str_eq_c(type, "response.failed")) return wire_error(a, error, err);
    if (a->n_calls == 0) TRY(take_rest(a, json_get(response, "output"), err));
    a->finished = a->done = true;
    if (reason.n || str_eq_c(type, "response.incomplete")) { /* vLLM calls a cut one completed */
        a->refused = a->refused || str_eq_c(reason, "content_filter");
        a->cut = !a->refused;
    }
    return OK;
}

/* The object that the last event holds. One that is none says no status, and ends nothing. */
static Status whole(WireAnswer *a, const Json *response, Err *err) {
    bool ended = json_str(json_get(response, "status")).n > 0;
    return ended ? take_end(a, STR("response.completed"), response, err) : OK;
}

/* What is not named here is of no use: parts that begin and end, reasoning, the provider's own
   tools. */
static Status event(WireAnswer *a, Str named, const Json *data, Err *err) {
    Str type = json_str(json_get(data, "type"));
    if (str_eq_c(type, "response.output_text.delta")) {
        return wire_text(a, json_str(json_get(data, "delta")), err);
    }
    if (str_eq_c(type, "response.refusal.delta")) {
        a->refused = true;
        return wire_text(a, json_str(json_get(data, "delta")), err);
    }
    if (str_eq_c(type, "response.output_item.added")) return take_item(a, data, false, err);
    if (str_eq_c(type, "response.output_item.done")) return take_item(a, data, true, err);
    if (str_eq_c(type, "response.function_call_arguments.delta")) {
        return take_arguments(a, data, err);
    }
    if (str_eq_c(type, "response.completed") || str_eq_c(type, "response.incomplete") ||
        str_eq_c(type, "response.failed")) {
        return take_end(a, type, json_get(data, "response"), err);
    }
    return str_eq_c(type, "error") ? wire_error(a, data, err) : OK;
}

const WireApi wire_openai_responses = {.name = "openai-responses",
                                       .key_header = "Authorization: Bearer ",
                                       .tail = "/responses",
                                       .path = path,
                                       .render = render,
                                       .event = event,
                                       .whole = whole};
