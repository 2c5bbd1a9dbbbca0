/*
 * Anthropic's Messages.
 *
 * Request: POST BASE/v1/messages {"model","max_tokens","system","messages","stream":true,...}.
 * System messages become the one "system"; what stands together of one side (a user's words,
 * results of tools) becomes one message, since results of calls made together must come back
 * together. An empty text is no block there and is left out. max_tokens is required.
 *
 * Answer: named events. message_start (usage of the input: fresh, written to and read from the
 * provider's cache add up), content_block_start (text, tool_use with id and name, thinking),
 * content_block_delta (text_delta, input_json_delta; thinking is not shown), message_delta
 * (stop_reason; usage.output_tokens is cumulative), message_stop, ping, error (overloaded_error may
 * pass). The key of a call is the block's index; its arguments come as deltas, from some compatible
 * servers with the beginning of the block. stop_reason: end_turn, stop_sequence, tool_use;
 * max_tokens, model_context_window_exceeded and pause_turn are a cut; refusal is one.
 *
 * Version 2023-06-01 of the API: the next, 2026-10-21, takes the key in another header and no
 * temperature. Models from Opus 4.7 on refuse a temperature in either, so one is sent only where
 * the user asked for it, and then the provider's refusal names it.
 *
 * Source: anthropics/anthropic-sdk-python, src/anthropic/types.
 */
#include <assert.h>

#include "gate/wire/wire.h"

static void path(const GateEndpoint *endpoint, Buf *url) {
    buf_add_c(url, str_ends(buf_str(url), STR("/v1")) ? "/messages" : "/v1/messages");
}

/* A text of blanks alone says nothing, and makes no block. */
static void add_text(JsonWriter *w, Str text) {
    if (str_trim(text).n == 0) return;
    jsonw_object_begin(w);
    jsonw_put_c(w, "type", "text");
    jsonw_put_str(w, "text", text);
    jsonw_object_end(w);
}

/* What a tool gave is a block of the user's turn here. */
static void add_result(JsonWriter *w, const GateMessage *m) {
    jsonw_object_begin(w);
    jsonw_put_c(w, "type", "tool_result");
    jsonw_put_str(w, "tool_use_id", m->call_id);
    jsonw_put_str(w, "content", m->text);
    jsonw_object_end(w);
}

static Status add_blocks(JsonWriter *w, const GateRequest *r, const GateMessage *m,
                         const void *user, Err *err) {
    assert(m->role != GATE_SYSTEM); /* stands outside of the turns (wire_turns) */
    if (m->role == GATE_TOOL) add_result(w, m);
    else add_text(w, m->text);
    for (size_t i = 0; i < m->n_calls; i++) {
        jsonw_object_begin(w);
        jsonw_put_c(w, "type", "tool_use");
        jsonw_put_str(w, "id", m->calls[i].id);
        jsonw_put_str(w, "name", m->calls[i].name);
        TRY(wire_raw(w, "input", m->calls[i].arguments, err));
        jsonw_object_end(w);
    }
    return OK;
}

/* No list at all where there are none. */
static Status add_tools(JsonWriter *w, const GateRequest *r, Err *err) {
    if (r->n_tools == 0) return OK;
    jsonw_put_array(w, "tools");
    for (size_t i = 0; i < r->n_tools; i++) {
        jsonw_object_begin(w);
        TRY(wire_tool(w, &r->tools[i], "input_schema", err));
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    return OK;
}

/* The form of the answer, which this API has under another key. */
static Status add_schema(JsonWriter *w, const GateRequest *r, Err *err) {
    if (r->schema.n == 0) return OK;
    jsonw_put_object(w, "output_config");
    jsonw_put_object(w, "format");
    jsonw_put_c(w, "type", "json_schema");
    TRY(wire_raw(w, "schema", r->schema, err));
    jsonw_object_end(w);
    jsonw_object_end(w);
    return OK;
}

/* System messages stand outside of the turns here, all in one text. */
static Status add_system(JsonWriter *w, const GateRequest *r, Err *err) {
    Buf system;
    Status status = wire_system(r, &system, err);
    if (status == OK && system.n) jsonw_put_str(w, "system", buf_str(&system));
    buf_fini(&system);
    return status;
}

/* max_tokens must be said here, and counts what the model thinks. */
static Status render(const GateParcel *parcel, const GateEndpoint *endpoint, JsonWriter *w,
                     Err *err) {
    static const WireTurns turns = {"messages", "assistant", "content", add_blocks, NULL};
    const GateRequest *r = &parcel->masked;
    jsonw_put_c(w, "model", endpoint->model);
    jsonw_put_bool(w, "stream", true);
    jsonw_put_int(w, "max_tokens", r->max_tokens > 0 ? wire_room(r) : WIRE_ROOM);
    if (r->temperature >= 0) {
        jsonw_key(w, "temperature"); /* 0 to 1 here */
        jsonw_real(w, r->temperature < 1 ? r->temperature : 1, 6);
    }
    TRY(add_system(w, r, err));
    TRY(wire_turns(w, r, &turns, err));
    TRY(add_tools(w, r, err));
    return add_schema(w, r, err);
}

/* A block begins: a text may come with it, a call's id and name do. */
static Status take_start(WireAnswer *a, const Json *data, Err *err) {
    const Json *block = json_get(data, "content_block");
    Str kind = json_str(json_get(block, "type"));
    int64_t key;
    if (str_eq_c(kind, "text")) return wire_text(a, json_str(json_get(block, "text")), err);
    if (!str_eq_c(kind, "tool_use")) return OK;
    if (!json_whole(json_get(data, "index"), &key) || wire_has_call(a, key)) {
        return err_set(err, E_REMOTE, "the answer holds a tool call without a place of its own");
    }
    TRY(wire_call(a, key, json_str(json_get(block, "id")), json_str(json_get(block, "name")),
                  err));
    const Json *input = json_get(block, "input");
    return json_len(input) > 0 ? wire_arguments_json(a, key, input, err) : OK;
}

/* A piece of a text or of a call's arguments; thoughts and signatures are passed over. */
static Status take_delta(WireAnswer *a, const Json *data, Err *err) {
    const Json *delta = json_get(data, "delta");
    Str kind = json_str(json_get(delta, "type"));
    int64_t key = -1;
    if (str_eq_c(kind, "text_delta")) return wire_text(a, json_str(json_get(delta, "text")), err);
    if (!str_eq_c(kind, "input_json_delta")) return OK;
    (void)json_whole(json_get(data, "index"), &key);
    Str piece = json_str(json_get(delta, "partial_json"));
    /* blocks of the provider's own tools have such deltas, too, and are none of ours */
    return wire_has_call(a, key) ? wire_arguments(a, key, piece, err) : OK;
}

/* What was read from or written to the provider's cache is counted apart and costs, too. */
static void take_usage_in(WireAnswer *a, const Json *usage) {
    wire_tokens_in(a, json_get(usage, "input_tokens"),
                   wire_tokens(json_get(usage, "cache_creation_input_tokens")) +
                       wire_tokens(json_get(usage, "cache_read_input_tokens")));
}

/* Only behind the text: what message_start says of the answer is a first token, and would stand for
   all of them where a proxy leaves the later count out. */
static void take_usage(WireAnswer *a, const Json *usage) {
    take_usage_in(a, usage);
    wire_tokens_out(a, json_get(usage, "output_tokens"), 0);
}

/* A reason that is not known is an end like any other: new ones come, and the text is there. */
static void take_stop(WireAnswer *a, Str reason) {
    if (reason.n == 0) return;
    a->finished = true;
    a->cut = str_eq_c(reason, "max_tokens") || str_eq_c(reason, "pause_turn") ||
             str_eq_c(reason, "model_context_window_exceeded");
    a->refused = str_eq_c(reason, "refusal");
}

/* A block that comes whole; `key`: its place. */
static Status take_block(WireAnswer *a, int64_t key, const Json *block, Err *err) {
    Str kind = json_str(json_get(block, "type"));
    if (str_eq_c(kind, "text")) return wire_text(a, json_str(json_get(block, "text")), err);
    if (!str_eq_c(kind, "tool_use")) return OK;
    Str name = json_str(json_get(block, "name"));
    TRY(wire_call(a, key, json_str(json_get(block, "id")), name, err));
    return wire_arguments_json(a, key, json_get(block, "input"), err);
}

/* The message that the events of a stream build. */
static Status whole(WireAnswer *a, const Json *message, Err *err) {
    const Json *content = json_get(message, "content");
    for (size_t i = 0; json_kind(content) == JSON_ARRAY && i < json_len(content); i++) {
        TRY(take_block(a, (int64_t)i, json_at(content, i), err));
    }
    take_usage(a, json_get(message, "usage"));
    take_stop(a, json_str(json_get(message, "stop_reason")));
    return OK;
}

/* The type stands in the data as well as in the event's name; "ping" and what is new are passed
   over. */
static Status event(WireAnswer *a, Str named, const Json *data, Err *err) {
    Str type = json_str(json_get(data, "type"));
    if (str_eq_c(type, "message_start")) {
        take_usage_in(a, json_get(json_get(data, "message"), "usage"));
    } else if (str_eq_c(type, "content_block_start")) {
        return take_start(a, data, err);
    } else if (str_eq_c(type, "content_block_delta")) {
        return take_delta(a, data, err);
    } else if (str_eq_c(type, "message_delta")) {
        take_usage(a, json_get(data, "usage"));
        take_stop(a, json_str(json_get(json_get(data, "delta"), "stop_reason")));
    } else if (str_eq_c(type, "message_stop")) {
        a->finished = a->done = true;
    }
    return OK;
}

const WireApi wire_anthropic = {.name = "anthropic",
                                .key_header = "x-api-key: ",
                                .header = "anthropic-version: 2023-06-01",
                                .tail = "/messages",
                                .path = path,
                                .render = render,
                                .event = event,
                                .whole = whole};
