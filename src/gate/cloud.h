/*
 * Models on other machines: named endpoints, and asking one of them.
 *
 * An endpoint has a name of the user's choice, a wire (whose API it speaks), an address, a model, a
 * destination class (what it may see), prices and budgets. Keys are kept apart, sealed.
 */
#ifndef HEARTH_GATE_CLOUD_H
#define HEARTH_GATE_CLOUD_H

#include <stdatomic.h>

#include "gate/ledger.h"
#include "gate/parcel.h"

typedef enum GateWire {
    WIRE_OPENAI_CHAT,      /* and every server that is compatible with it */
    WIRE_OPENAI_RESPONSES,
    WIRE_ANTHROPIC,
    WIRE_GEMINI,
    WIRE_COUNT
} GateWire;

enum { GATE_NAME_MAX = 64, GATE_URL_MAX = 1024, GATE_MODEL_MAX = 128, GATE_ENDPOINTS_MAX = 64 };

typedef struct GateEndpoint {
    char name[GATE_NAME_MAX];
    char url[GATE_URL_MAX]; /* base, without the wire's own path */
    char model[GATE_MODEL_MAX];
    GateWire wire;
    GateDest dest;
    double price_in, price_out;        /* for a million tokens; 0: free or unknown */
    double budget_day, budget_month;   /* 0: none */
    int connect_ms, first_ms, idle_ms; /* deadlines: to connect, first piece, between pieces */
} GateEndpoint;

/* What comes back, masked still: the caller puts a restorer behind it. */
typedef struct GateSink {
    void (*text)(void *user, Str piece);
    void (*call)(void *user, size_t index, Str id, Str name, Str arguments_piece);
    void *user;
} GateSink;

typedef struct GateAnswer {
    GateUsage usage;
    bool cut;         /* the model's own limit ended it */
    bool refused;     /* the provider's filter ended it */
    double first_ms, total_ms;
    uint64_t entry; /* of the ledger */
} GateAnswer;

/*
 * Sends a parcel to its endpoint and streams the answer. Ledger, budget, retries and breaker are
 * inside. E_DENIED: offline, budget spent; E_REMOTE: unreachable, refused, nonsense or broken off
 * (what came is in the sink already; the hint says so); E_TIMEOUT; E_LIMIT; E_CANCELLED.
 */
Status gate_cloud_ask(Gate *gate, const GateParcel *parcel, const GateSink *sink,
                      const atomic_bool *cancel, GateAnswer *out, Err *err) WARN_UNUSED;

/* The endpoints of this home, from clouds.toml. */
Status gate_cloud_list(Gate *gate, GateEndpoint *out, size_t *n, Err *err) WARN_UNUSED;
Status gate_cloud_find(Gate *gate, const char *name, GateEndpoint *out, Err *err) WARN_UNUSED;
/* Adds or replaces; `key` is sealed (empty: no key needed). Wiped by the caller. */
Status gate_cloud_put(Gate *gate, const GateEndpoint *endpoint, Str key, Err *err) WARN_UNUSED;
Status gate_cloud_remove(Gate *gate, const char *name, Err *err) WARN_UNUSED;

#endif
