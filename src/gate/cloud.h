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

enum { GATE_NAME_MAX = 64, GATE_URL_MAX = 1024, GATE_MODEL_MAX = 128, GATE_ENDPOINTS_MAX = 64,
       GATE_HEADER_MAX = 256 };

/* As --wire and clouds.toml call it: "openai", "openai-responses", "anthropic", "gemini". */
const char *gate_wire_name(GateWire wire);
/* The other way round; false: there is no such wire, and *out is as it was. */
bool gate_wire_from_name(const char *name, GateWire *out);
bool gate_dest_from_name(const char *name, GateDest *out); /* "public", as gate_dest_name says it */

/* Texts end with 0 and may be empty. Money is in the endpoint's own currency, which is not named
   anywhere: prices, budgets and what the ledger sums are of one kind. Plain data: a copy is one
   more endpoint, and holds no key. */
typedef struct GateEndpoint {
    char name[GATE_NAME_MAX];
    char url[GATE_URL_MAX]; /* base, without the wire's own path */
    char model[GATE_MODEL_MAX];
    GateWire wire;
    GateDest dest;
    double price_in, price_out;        /* for a million tokens; 0: free or unknown */
    double budget_day, budget_month;   /* 0: none */
    int connect_ms, first_ms, idle_ms; /* deadlines: to connect, first event, between events */
    char key_env[GATE_NAME_MAX];       /* the key stands in this variable */
    char key_credential[GATE_NAME_MAX]; /* or in this systemd credential */
    char key_keyring[GATE_NAME_MAX];   /* or in the system's keyring by this name; else the vault */
    uint32_t key_seconds;              /* how long the keyring keeps it, when put; 0: no limit */
    char key_header[GATE_NAME_MAX]; /* "NAME" or "NAME: PREFIX" for the key; empty: the API's own */
    char header[GATE_HEADER_MAX];   /* one line more of the head, "NAME: VALUE"; or empty */
    char ca[GATE_URL_MAX]; /* a file of certificates (PEM), trusted alone; empty: the system's */
    unsigned refused; /* WireField: what it does not take; in clouds.state, not in clouds.toml */
} GateEndpoint;

/*
 * What comes back, masked still: the caller puts a restorer behind it. A tool call begins with its
 * id and name and goes on with pieces of its arguments (id and name empty then). Nothing of it may
 * be run before gate_cloud_ask is OK: only then all calls are whole, their arguments JSON objects.
 */
typedef struct GateSink {
    void (*text)(void *user, Str piece);
    void (*call)(void *user, size_t index, Str id, Str name, Str arguments_piece); /* or NULL */
    void *user;
} GateSink;

/* Why there is no answer, or no whole one: what a caller decides by whether to ask elsewhere. */
typedef enum GateFail {
    GATE_FAIL_NONE,
    GATE_FAIL_OFFLINE,
    GATE_FAIL_BUDGET,   /* of the day or month is spent, or was reached in mid-answer */
    GATE_FAIL_RESTING,  /* failed too often lately; not asked before retry_after_s */
    GATE_FAIL_SETUP,    /* endpoint, address or key are wrong: only the user helps */
    GATE_FAIL_REQUEST,  /* the provider does not take this request: too long, unknown model */
    GATE_FAIL_LIMITED,  /* too many requests */
    GATE_FAIL_REACH,    /* no connection, or it broke before an answer */
    GATE_FAIL_TIMEOUT,
    GATE_FAIL_ANSWER,   /* an error of the provider's, nonsense, or half an answer */
    GATE_FAIL_CANCELLED,
    GATE_FAIL_OURS      /* memory, disk */
} GateFail;

typedef struct GateAnswer {
    GateUsage usage;
    bool cut;     /* the model's own limit ended it */
    bool refused; /* the provider's filter ended it */
    bool begun;   /* something came and is in the sink */
    GateFail fail;
    int64_t retry_after_s; /* < 0: not known */
    int attempts;          /* requests that left */
    double first_ms, total_ms; /* to the first piece (< 0: none came), to the end */
    uint64_t entry; /* of the ledger, of the last attempt of which a byte left; 0: nothing left */
} GateAnswer;

/*
 * Sends a parcel to its endpoint and streams the answer. Ledger, budget, retries and breaker are
 * inside. `out` is filled on failure, too. E_DENIED: offline, budget spent, address or destination
 * not allowed; E_REMOTE: unreachable, refused, nonsense or broken off (what came is in the sink
 * already; out->begun says so); E_TIMEOUT; E_LIMIT; E_CANCELLED.
 */
Status gate_cloud_ask(Gate *gate, const GateParcel *parcel, const GateSink *sink,
                      const atomic_bool *cancel, GateAnswer *out, Err *err) WARN_UNUSED;

/* Where an endpoint is: what consent is given to and the ledger names. */
void gate_cloud_host(const GateEndpoint *endpoint, char out[GATE_URL_MAX]);

/* The endpoints of this home, from clouds.toml; room for GATE_ENDPOINTS_MAX. */
Status gate_cloud_list(Gate *gate, GateEndpoint *out, size_t *n, Err *err) WARN_UNUSED;
/* Could this be clouds.toml? E_USAGE says what in it is wrong. */
Status gate_cloud_check_text(Str text, Err *err) WARN_UNUSED;
/* The endpoint of that name, copied. E_USAGE with a hint: there is none; or clouds.toml cannot be
   read. */
Status gate_cloud_find(Gate *gate, const char *name, GateEndpoint *out, Err *err) WARN_UNUSED;
/* A new endpoint with the deadlines that are usual, and what is known of a provider of that name
   ("openai", "anthropic", "gemini"): true then. */
bool gate_cloud_default(const char *name, GateEndpoint *out);
/* Adds or replaces; `key` is sealed (empty: there is none, an older one is forgotten). Wiped by the
   caller. E_USAGE: what in the endpoint is wrong. */
Status gate_cloud_put(Gate *gate, const GateEndpoint *endpoint, Str key, Err *err) WARN_UNUSED;
/* The endpoint's key is to lie in the system's keyring, under a name that is drawn here. */
void gate_key_to_keyring(GateEndpoint *endpoint);
/* Another key for an endpoint that is there, in the same place; `seconds`: of the keyring. E_USAGE:
   it stands in a variable or credential. E_UNSUPPORTED: no keyring. */
Status gate_cloud_rekey(Gate *gate, const char *name, Str key, uint32_t seconds,
                        Err *err) WARN_UNUSED;

typedef enum GateKey {
    GATE_KEY_NONE,
    GATE_KEY_SEALED,
    GATE_KEY_ENV,
    GATE_KEY_MISSING, /* the variable is not set, the credential or the keyring's key not there */
    GATE_KEY_CREDENTIAL,
    GATE_KEY_KEYRING
} GateKey;
/* Where the key is. */
Status gate_cloud_key(Gate *gate, const GateEndpoint *endpoint, GateKey *out, Err *err) WARN_UNUSED;
/* What it cost today and this month, by the local calendar. */
Status gate_cloud_spent(Gate *gate, const char *name, double *day, double *month,
                        Err *err) WARN_UNUSED;
/* May this address be asked at all? E_USAGE: no, and why. A file that people write by hand may hold
   one that may not; the others are asked all the same. */
Status gate_cloud_check(const GateEndpoint *endpoint, Err *err) WARN_UNUSED;
/* How an endpoint stands now. */
typedef struct GateStanding {
    bool consented; /* masked text may leave for it, where it is now */
    bool resting;   /* it failed too often lately, or wanted a pause: it is not asked now */
    int64_t rest_s; /* for so long yet; 0: it does not rest */
    bool barred;    /* its address is none that may be asked (gate_cloud_check says why) */
    double spent_day, spent_month;
} GateStanding;
/* A look at all n, unlocked: vault, ledger and clouds.state are read once each. */
Status gate_cloud_look(Gate *gate, const GateEndpoint *list, size_t n, GateStanding *out,
                       Err *err) WARN_UNUSED;
/* Takes an endpoint away with its consent, its key and what is known of its health; entries of the
   ledger stay. E_USAGE: there is none. A failure in between leaves it without consent: nothing goes
   there. */
Status gate_cloud_remove(Gate *gate, const char *name, Err *err) WARN_UNUSED;

#endif
