/*
 * Speaks and hears the wires for tests/golden/wires.py: one JSON object a line in, one a line out.
 *
 *   in:  {"wire": S, "model": S, "url": S, "request": {"messages": [{"role": S, "text": S,
 *         "call_id": S, "calls": [{"id": S, "name": S, "arguments": S}]}], "tools": [{"name": S,
 *         "description": S, "schema": {}}], "schema": {}, "max_tokens": N, "temperature": X}}
 *   out: {"ok": true, "url": S, "body": S, "key_header": S}   the header without the key
 *   in:  {"wire": S, "stream": S, "step": N}            fed in pieces of N bytes
 *   out: {"ok": true, "text": S, "calls": [{"id": S, "name": S, "arguments": S}], "tokens_in": N,
 *         "tokens_out": N, "estimated": B, "cut": B, "refused": B, "passes": B}
 *   both: {"ok": false, "status": "remote", "error": S} and, of a stream, what came until then
 */
#include <stdio.h>
#include <stdlib.h>

#include "../support/wire_ear.h"
#include "base/mem.h"

enum { LINE_MAX_BYTES = 64 << 20, MESSAGES = 32, CALLS = 8, TOOLS = 8 };

typedef struct Talk {
    GateMessage messages[MESSAGES];
    GateToolCall calls[MESSAGES][CALLS];
    GateTool tools[TOOLS];
    Buf schemas[TOOLS + 1]; /* the last one: of the answer */
} Talk;

static Str field(const Json *object, const char *key) { return json_str(json_get(object, key)); }

static void copy(Str from, char *to, size_t cap) {
    if (from.n >= cap) abort();
    memcpy(to, from.p, from.n);
    to[from.n] = 0;
}

static Str as_text(const Json *value, Buf *out) {
    buf_init(out, LINE_MAX_BYTES);
    JsonWriter w = jsonw_init(out);
    if (value) jsonw_json(&w, value);
    return buf_str(out);
}

static GateRole role_of(Str name) {
    return str_eq_c(name, "system")      ? GATE_SYSTEM
           : str_eq_c(name, "assistant") ? GATE_ASSISTANT
           : str_eq_c(name, "tool")      ? GATE_TOOL
                                         : GATE_USER;
}

static void read_message(const Json *m, Talk *t, size_t i) {
    const Json *calls = json_get(m, "calls");
    GateMessage *out = &t->messages[i];
    out->role = role_of(field(m, "role"));
    out->text = field(m, "text");
    out->call_id = field(m, "call_id");
    out->calls = t->calls[i];
    for (size_t k = 0; k < json_len(calls) && k < CALLS; k++) {
        const Json *call = json_at(calls, k);
        t->calls[i][out->n_calls++] =
            (GateToolCall){field(call, "id"), field(call, "name"), field(call, "arguments")};
    }
}

static void read_request(const Json *in, Talk *t, GateRequest *r) {
    const Json *messages = json_get(in, "messages"), *tools = json_get(in, "tools");
    int64_t max = 0;
    for (size_t i = 0; i < json_len(messages) && i < MESSAGES; i++) {
        read_message(json_at(messages, i), t, r->n_messages++);
    }
    for (size_t i = 0; i < json_len(tools) && i < TOOLS; i++) {
        const Json *tool = json_at(tools, i);
        t->tools[r->n_tools++] = (GateTool){field(tool, "name"), field(tool, "description"),
                                            as_text(json_get(tool, "schema"), &t->schemas[i])};
    }
    (void)json_whole(json_get(in, "max_tokens"), &max);
    r->messages = t->messages;
    r->tools = t->tools;
    r->schema = as_text(json_get(in, "schema"), &t->schemas[TOOLS]);
    r->max_tokens = (int)max;
    r->temperature = (float)json_number(json_get(in, "temperature"), -1);
}

static void write_error(JsonWriter *w, Status status, const Err *err) {
    jsonw_put_bool(w, "ok", status == OK);
    if (status == OK) return;
    jsonw_put_c(w, "status", status_info(status)->name);
    jsonw_put_c(w, "error", err->message);
}

static void speak(const Json *in, GateWire wire, JsonWriter *w) {
    Talk *t = mem_zalloc(sizeof *t);
    GateParcel parcel = {.masked = {.temperature = -1}};
    GateEndpoint e = {.name = "x", .wire = wire};
    Buf body, url;
    Err err;
    if (!t) abort();
    copy(field(in, "url"), e.url, sizeof e.url);
    copy(field(in, "model"), e.model, sizeof e.model);
    read_request(json_get(in, "request"), t, &parcel.masked);
    buf_init(&body, LINE_MAX_BYTES);
    buf_init(&url, LINE_MAX_BYTES);
    wire_url(&e, &url);
    Status status = wire_render(&parcel, &e, &body, &err);
    write_error(w, status, &err);
    jsonw_put_str(w, "url", buf_str(&url));
    jsonw_put_str(w, "body", buf_str(&body));
    jsonw_put_c(w, "key_header", wire_api(wire)->key_header);
    buf_fini(&url);
    buf_fini(&body);
    for (size_t i = 0; i <= TOOLS; i++) buf_fini(&t->schemas[i]);
    mem_free(t);
}

static void write_heard(JsonWriter *w, const Ear *ear, const WireAnswer *a) {
    const struct { const char *key; bool value; } flags[] = {
        {"cut", a->cut}, {"refused", a->refused}, {"passes", a->fault == WIRE_FAULT_PASSES},
        {"estimated", wire_usage_now(a, 0).estimated}};
    jsonw_put_str(w, "text", buf_str(&ear->text));
    jsonw_put_array(w, "calls");
    for (size_t i = 0; i < ear->n_calls && i < EAR_CALLS; i++) {
        jsonw_object_begin(w);
        jsonw_put_str(w, "id", buf_str(&ear->id[i]));
        jsonw_put_str(w, "name", buf_str(&ear->name[i]));
        jsonw_put_str(w, "arguments", buf_str(&ear->arguments[i]));
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        jsonw_put_bool(w, flags[i].key, flags[i].value);
    }
    jsonw_put_int(w, "tokens_in", (int64_t)wire_usage_now(a, 0).tokens_in);
    jsonw_put_int(w, "tokens_out", (int64_t)wire_usage_now(a, 0).tokens_out);
}

static void hear(const Json *in, GateWire wire, JsonWriter *w) {
    Ear ear;
    WireAnswer a;
    Err err;
    int64_t step = 0;
    (void)json_whole(json_get(in, "step"), &step);
    ear_open(&ear);
    Status status = ear_hear(&ear, wire, field(in, "stream"), step > 0 ? (size_t)step : 4096, &a,
                             &err);
    write_error(w, status, &err);
    write_heard(w, &ear, &a);
    wire_fini(&a);
    ear_close(&ear);
}

static void answer(Str line, Buf *out) {
    Json *in = NULL;
    GateWire wire;
    char name[32];
    JsonWriter w = jsonw_init(out);
    if (json_parse(line, NULL, &in, NULL) != OK) abort();
    copy(field(in, "wire"), name, sizeof name);
    if (!gate_wire_from_name(name, &wire)) abort();
    jsonw_object_begin(&w);
    if (json_get(in, "stream")) hear(in, wire, &w);
    else speak(in, wire, &w);
    jsonw_object_end(&w);
    json_free(in);
}

int main(void) {
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    while ((n = getline(&line, &cap, stdin)) > 0) {
        Buf out;
        buf_init(&out, LINE_MAX_BYTES);
        answer((Str){line, (size_t)n}, &out);
        (void)fwrite(buf_str(&out).p, 1, out.n, stdout);
        (void)fputc('\n', stdout);
        (void)fflush(stdout);
        buf_fini(&out);
    }
    free(line);
    return 0;
}
