/*
 * Wires: how a parcel is said in the words of an API, and how its stream of events is understood.
 *
 * Each API is one file with three functions and some fixed strings (WireApi); what they have in
 * common, the stream, limits, tool calls, usage, errors, is in wire.c. No wire opens anything.
 */
#ifndef HEARTH_GATE_WIRE_WIRE_H
#define HEARTH_GATE_WIRE_WIRE_H

#include "base/json.h"
#include "gate/cloud.h"
#include "gate/parcel_impl.h"
#include "gate/wire/sse.h"

typedef struct WireAnswer WireAnswer;

typedef struct WireApi {
    const char *name;       /* in clouds.toml and for --wire */
    const char *key_header; /* what stands before the key */
    const char *header;     /* one header more, or NULL */
    const char *tail;       /* how a whole address ends, as manuals print it; or NULL */
    void (*path)(const GateEndpoint *endpoint, Buf *url); /* what comes behind the base */
    Status (*render)(const GateParcel *parcel, const GateEndpoint *endpoint, JsonWriter *w,
                     Err *err);
    Status (*event)(WireAnswer *a, Str type, const Json *data, Err *err);
    /* an answer that is no stream; NULL: it looks like an event */
    Status (*whole)(WireAnswer *a, const Json *answer, Err *err);
} WireApi;

extern const WireApi wire_openai_chat, wire_openai_responses, wire_anthropic, wire_gemini;

/* Static; `wire` is one of WIRE_COUNT. */
const WireApi *wire_api(GateWire wire);
/* Appends base and path of the endpoint; the buffer's status tells of memory and length. */
void wire_url(const GateEndpoint *endpoint, Buf *out);
/* The body of the request, JSON, into `out`, which is empty. Reads the parcel's masked texts and
   nothing else. E_USAGE: a tool's schema is no JSON; E_LIMIT, E_NO_MEMORY. */
Status wire_render(const GateParcel *parcel, const GateEndpoint *endpoint, Buf *out,
                   Err *err) WARN_UNUSED;

/* ---- an answer ----------------------------------------------------------------------------- */

enum { WIRE_CALLS_MAX = 128, WIRE_TEXT_MAX = 1 << 20, WIRE_ARGUMENTS_MAX = 1 << 20 };

typedef struct WireCall {
    int64_t key; /* of the provider: which call a piece belongs to */
    Buf id, arguments;
} WireCall;

/* What helps against an error that a provider reports. */
typedef enum WireFault {
    WIRE_FAULT_PLAIN,  /* not known: what it says is shown */
    WIRE_FAULT_PASSES, /* asking again in a moment */
    WIRE_FAULT_SPENT,  /* credit, or another day: a quota or spending limit is used up */
    WIRE_FAULT_KEY,    /* another key */
    WIRE_FAULT_MODEL,  /* another model's name */
    WIRE_FAULT_LENGTH, /* less text, or a model with a larger window */
    WIRE_FAULT_FILTER  /* other words, or another model: a filter does not let the question in */
} WireFault;

/* Reasoning at the beginning of a text (think.c). */
typedef enum WireThinking { WIRE_BEGINS, WIRE_THINKS, WIRE_THOUGHT, WIRE_SAYS } WireThinking;

struct WireAnswer {
    const WireApi *api;
    const GateSink *sink;
    SseReader sse;
    GateUsage usage;
    bool has_in, has_out; /* usage was said */
    bool finished;        /* the provider said that it is through */
    bool done;            /* nothing more is looked at */
    bool cut, refused;
    WireFault fault; /* of an error in the stream */
    uint64_t events; /* understood so far */
    size_t text_bytes, argument_bytes;
    WireThinking thinking;
    char held[24]; /* of the text's beginning: blanks and what may become the mark */
    size_t n_held;
    WireCall *calls;
    size_t n_calls, cap_calls;
};

/* `sink` is borrowed until wire_fini and has both of its functions, as cloud.c's own has: a
   provider may call a tool that nobody offered. */
void wire_begin(WireAnswer *a, GateWire wire, const GateSink *sink);
void wire_fini(WireAnswer *a); /* frees what it holds; again is fine */
/* E_REMOTE: an error of the provider's, or nonsense; E_LIMIT; E_NO_MEMORY. */
Status wire_feed(WireAnswer *a, Str bytes, Err *err) WARN_UNUSED;
/* A body that no media type calls a stream of events, whole: it may be one all the same, or the
   answer in one object. E_REMOTE as above; OK with `finished` not set: it is neither. wire_end. */
Status wire_whole(WireAnswer *a, Str body, Err *err) WARN_UNUSED;
/* The stream has ended. E_REMOTE when the answer had not, or a tool call is not whole. */
Status wire_end(WireAnswer *a, Err *err) WARN_UNUSED;
/* Usage so far; what the provider has not said is estimated. in_bytes: of the request's texts. */
GateUsage wire_usage_now(const WireAnswer *a, size_t in_bytes);
/* ---- errors (fault.c) */

/* The sentence of an error body, fit for a terminal; "" when there is none. */
WireFault wire_error_text(Str body, char *out, size_t cap);
/* Fields that not every server takes, and that an answer can be had without. */
typedef enum WireField {
    WIRE_FIELD_USAGE = 1, /* stream_options.include_usage */
    WIRE_FIELD_LIMIT = 2  /* the limit of an answer, by the name that the host's kind has for it */
} WireField;
/* Which of them an error body names. */
unsigned wire_error_fields(Str body);
/* The pause that an error body asks for, up to a day; < 0: none. */
int64_t wire_error_wait_ms(Str body);

/* ---- what the wires use --------------------------------------------------------------------- */

/* Gives a piece of the answer to the sink. E_LIMIT: more than WIRE_TEXT_MAX of them. */
Status wire_text(WireAnswer *a, Str piece, Err *err) WARN_UNUSED;
/* The same for a text that may begin with reasoning, which is left out. */
Status wire_said(WireAnswer *a, Str piece, Err *err) WARN_UNUSED;
/* The answer is through. E_REMOTE: it was reasoning alone. */
Status wire_said_all(WireAnswer *a, Err *err) WARN_UNUSED;
/* Begins a call, once for each key; a name is needed, an empty id becomes one of ours. */
Status wire_call(WireAnswer *a, int64_t key, Str id, Str name, Err *err) WARN_UNUSED;
/* More of a call that has begun; E_REMOTE when it has not, E_LIMIT. An empty piece is nothing. */
Status wire_arguments(WireAnswer *a, int64_t key, Str piece, Err *err) WARN_UNUSED;
/* The same for a text or for the object itself; nothing for null. */
Status wire_arguments_json(WireAnswer *a, int64_t key, const Json *value, Err *err) WARN_UNUSED;
/* Whether a call of that key has begun. */
bool wire_has_call(const WireAnswer *a, int64_t key);
Str wire_call_id(const WireAnswer *a, int64_t key); /* empty: there is none */
bool wire_call_is_empty(const WireAnswer *a, int64_t key); /* no arguments came yet */
/* Takes a whole number of tokens; anything else is not said. */
void wire_tokens_in(WireAnswer *a, const Json *value, uint64_t more);
/* The last count said stands, plus `more` (of thoughts, counted apart). */
void wire_tokens_out(WireAnswer *a, const Json *value, uint64_t more);
/* 0 where no whole number from 0 to 10^9 is said. */
uint64_t wire_tokens(const Json *value);
/* One printable line: what a provider says may hold anything. */
void wire_harmless(Str text, char *out, size_t cap);
/* Fills err and a->fault from an error, or from what holds one as "error". E_REMOTE. */
Status wire_error(WireAnswer *a, const Json *root, Err *err);
/* A value that is JSON already; E_USAGE when it is not. An empty one is {}. */
Status wire_raw(JsonWriter *w, const char *key, Str json, Err *err) WARN_UNUSED;
/* Name, description and, as `schema`, the parameters of a tool that is offered. */
Status wire_tool(JsonWriter *w, const GateTool *tool, const char *schema, Err *err) WARN_UNUSED;
/* The least limit for an answer of an API that counts the model's reasoning into it. All models of
   these providers take it. */
enum { WIRE_ROOM = 4096 };
/* "temperature" and, under this name, the most tokens of an answer, where the request says them;
   `room`: the answer's reasoning counts, so no less than WIRE_ROOM. */
void wire_limits(JsonWriter *w, const GateRequest *r, const char *max_tokens, bool room);
/* The limit itself, for an API that counts reasoning; 0: the request sets none. */
int wire_room(const GateRequest *r);
/* "strict": true and the schema of a structured answer, as OpenAI's APIs name it. */
Status wire_strict_schema(JsonWriter *w, const GateRequest *r, Err *err) WARN_UNUSED;

/* An API that wants the sides to take turns: neighbouring messages of one side become one. */
typedef struct WireTurns {
    const char *list, *assistant, *parts; /* how they call the list, the model, the parts */
    /* the parts of one message */
    Status (*add)(JsonWriter *w, const GateRequest *r, const GateMessage *m, const void *user,
                  Err *err);
    const void *user;
} WireTurns;
/* All messages but the system's. */
Status wire_turns(JsonWriter *w, const GateRequest *r, const WireTurns *turns,
                  Err *err) WARN_UNUSED;
/* All system messages, joined by an empty line, in out; buf_fini it, also after a failure. */
Status wire_system(const GateRequest *r, Buf *out, Err *err) WARN_UNUSED;

#endif
