/*
 * Sending, for src/gate alone: what send.c does for the files beside it.
 *
 * There are two ways to use a connection and no third. send_get asks for a public file and carries
 * no body; gate_send carries a body, and takes it from a GateParcel only. So whoever looks for a
 * way by which words could leave finds the callers of gate_send.
 */
#ifndef HEARTH_GATE_SEND_IMPL_H
#define HEARTH_GATE_SEND_IMPL_H

#include "gate/cloud.h"
#include "gate/send.h"

/* Classes of addresses, from near to far. An endpoint is bound to some of them when it is written.
   */
enum {
    NET_LOOPBACK = 1, /* 127.0.0.0/8, ::1 */
    NET_PRIVATE = 2,  /* RFC 1918, RFC 6598 (100.64.0.0/10), RFC 4193 (fc00::/7) */
    NET_PUBLIC = 4,
    NET_NEVER = 8, /* unspecified, link-local (169.254.169.254), multicast, reserved */
    NET_ANY = NET_LOOPBACK | NET_PRIVATE | NET_PUBLIC
};

/* Of an address as text, "127.0.0.1" or "::1"; 0: it is none. Addresses of IPv6 that stand for one
   of IPv4 (mapped, 6to4, NAT64) are of the class of that one. */
unsigned send_net_class(const char *address);

/* What the answer's X-Should-Retry says: the providers' own word about a second try. */
typedef enum SendAgain { SEND_AGAIN_UNSAID, SEND_AGAIN_YES, SEND_AGAIN_NO } SendAgain;

typedef struct SendReply {
    int code;              /* HTTP status; 0: nothing was answered */
    char type[64];         /* media type, lower case, without parameters */
    int64_t retry_after_ms; /* the pause that is wanted; < 0: not said */
    SendAgain again;
    bool packed;           /* Content-Encoding: the body is packed, which nobody asked for */
    uint64_t sent;         /* bytes of the body that left */
    double first_ms;       /* until the first byte of the answer; < 0: none came */
    double mark_ms;        /* clock: when the answer last moved on; set by who gets the pieces */
    bool through;          /* set by the same: nothing more is waited for */
} SendReply;

/* A piece of the answer's body, whatever its code is. Anything but OK ends the exchange with it. */
typedef Status (*SendPieceFn)(void *user, SendReply *reply, Str piece, Err *err);

typedef struct SendGet {
    const char *url;    /* https, or http to this machine; no user name */
    uint64_t from;      /* > 0: a Range beginning there is asked for */
    uint64_t bytes_max; /* E_LIMIT when the answer announces more */
    int connect_ms;
    const atomic_bool *cancel; /* may be NULL */
    SendPieceFn piece;
    void (*tick)(void *user); /* some times a second */
    void *user;
} SendGet;

/* Follows up to 5 redirects and honours the proxy variables, for it carries nothing. OK: an answer
   came whole, of any code. E_DENIED, E_REMOTE, E_CANCELLED, E_LIMIT, or what `piece` said. */
Status send_get(const SendGet *get, SendReply *reply, Err *err) WARN_UNUSED;

typedef struct GateSend {
    const GateParcel *parcel;
    const GateEndpoint *endpoint;
    Str key; /* empty: none */
    const atomic_bool *cancel;
    SendPieceFn piece;
    void *user;
} GateSend;

/* POSTs the parcel as the endpoint's wire renders it. No redirect, no proxy, no credentials but the
   key. Deadlines are the endpoint's; `reply` is filled on failure, too. E_DENIED: offline, an
   address of another class or a certificate that does not hold; E_TIMEOUT; E_REMOTE; E_CANCELLED;
   or what `piece` said. */
Status gate_send(const GateSend *send, SendReply *reply, Err *err) WARN_UNUSED;

/* May an endpoint have this URL? E_USAGE with the reason. *classes: where it may connect to. */
Status send_endpoint_check(const GateEndpoint *endpoint, unsigned *classes, Err *err) WARN_UNUSED;
/* The host of a URL, with its port when it has one; "" when it is no URL. */
void send_host(const char *url, char out[GATE_URL_MAX]);
/* Its host as the network spells it (host.h). */
void send_spell_host(char url[GATE_URL_MAX]);

/* May a file be fetched from there? E_DENIED. */
Status send_get_check(const char *url, Err *err) WARN_UNUSED;

void send_offline_for_good(void); /* whatever gate_set_offline says later */

/* Stopped from outside? */
bool send_asked_to_stop(const atomic_bool *cancel);
/* E_DENIED with a hint when offline, else OK. `what` names the thing in the message. Asked before
   each connection, and at every piece and tick while one is open. */
Status send_refuse_offline(const char *what, Err *err);

#endif
