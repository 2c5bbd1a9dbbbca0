/*
 * The only file of Hearth that opens outbound sockets.
 *
 * Two calls use a connection. send_get asks for a public file and has no body. gate_send carries
 * words, takes them from a GateParcel alone and renders them itself (wire/), so that no other bytes
 * can become a body. Offline, both refuse before a name is looked up; set while they run, they end.
 *
 * What has been looked at before the first byte of a parcel leaves, in this order:
 *
 *     cloud.c        the endpoint is in clouds.toml, and is still the destination that the parcel
 *                    was masked for; breaker and budget let it be asked, the money is held
 *     ledger.c       the user has agreed to this endpoint at this host; the record is on the disk
 *     gate_send      not offline; the destination once more; the URL may be an endpoint's
 *     wire_render    the body, from the parcel's masked texts
 *     make_headers   key and headers are printable ASCII: none ends its line and begins another
 *     on_socket      the address that libcurl is about to connect to is of an allowed class
 *     libcurl        the certificate is valid, and is that host's
 *
 * Which address. A name says nothing about where it leads: it may turn to this machine or to the
 * network behind the firewall between two questions (DNS rebinding), and 169.254.169.254 hands out
 * the credentials of a cloud machine. So every address is put into a class (loopback, private,
 * public, never), the URL fixes which classes a connection may go to, and libcurl asks on_socket
 * with the real address before each connection. For a parcel:
 *
 *     the URL holds an address       exactly its class; http for loopback and private ones only
 *     localhost                      loopback
 *     another name, https            public; private too where the endpoint is the user's own
 *     another name, http             private, and only where the endpoint is the user's own
 *
 * For example, where "own" is --dest mine or server:
 *
 *     https://api.example.com/v1   public   it resolves to 10.0.0.5     refused at the socket
 *     https://box.example.com/v1   own      it resolves to 10.0.0.5     connected
 *     http://127.0.0.1:8080/v1     any      -                           connected, this machine
 *     http://2130706433/v1         any      read as 127.0.0.1 before    the same
 *     http://api.example.com/v1    public   -                           no endpoint: E_USAGE
 *     http://169.254.169.254/v1    any      -                           no endpoint: E_USAGE
 *
 * A parcel follows no redirect, uses no proxy, not even one of the environment (it would see whom
 * we speak to, and the class of the address would be the proxy's), no netrc, no cookie. TLS is
 * always verified, for host and chain; a parcel is refused then and not tried again. A download
 * follows 5 redirects, all to https, and uses the environment's proxy, since its bytes are checked
 * by digest; plain http only to this machine.
 *
 * The key is written into a page of its own that is locked, left out of core dumps and wiped. What
 * libcurl copies of it lies in libcurl's memory, which is ours (curl_global_init_mem): every block
 * is wiped when it is given back.
 *
 * No secret of a connection is written to where SSLKEYLOGFILE says.
 *
 * Deadlines of a parcel: to connect, to the first sign of an answer, between two of them (the
 * receiver says what a sign is, a comment in the stream is none), and for all. The loop below looks
 * at them, at the cancel flag and at offline every 50 ms, and each piece of a body does, since
 * libcurl unpacks a gzip that the server chose (Transfer-Encoding) to its end before it is back.
 * When the receiver has all it wants the connection is closed: some servers leave it open, or
 * announce more than they have.
 *
 * HTTP/1.1 alone. One connection carries one request, so HTTP/2 would save nothing; and libcurl
 * reads its frames until none is left before it comes back to the loop: a server that sends empty
 * frames as fast as they are read kept a question of four seconds for half a minute, deaf to
 * Ctrl-C. It also sends a request again, up to five times, when the server says it was refused.
 *
 * Ceilings of an answer: 256 KiB of head, with all heads before it and the trailer behind it
 * (libcurl keeps every line of a trailer and stops at none), and 256 MiB of body for a parcel.
 *
 * Sources: libcurl's man pages (CURLOPT_*, curl_multi_poll); RFC 6890 (special addresses), RFC
 * 6598, RFC 4193, RFC 6052 (NAT64), RFC 3056 (6to4), RFC 4291.
 */
#include <assert.h>

#include "gate/cloud_impl.h"
#include "gate/host.h"
#include "gate/send_impl.h"

#define CURL_DISABLE_TYPECHECK /* functions are called through the table below */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/home.h"
#include "base/library.h"
#include "base/mem.h"
#include "base/plain.h"
#include "gate/wire/wire.h"

enum {
    CONNECT_MS = 2000, SLOW_BYTES_PER_S = 1024, SLOW_SECONDS = 30, REDIRECTS_MAX = 5,
    URL_MAX = 4096, POLL_MS = 50, TOTAL_MS = 15 * 60 * 1000, BODY_MAX = 64 << 20,
    SECRET_PAGE = 8192, HEADERS_MAX = 7, HEAD_BYTES_MAX = 256 << 10, ANSWER_MAX = 256 << 20,
    WAIT_MAX_MS = 86400 * 1000 /* nobody is waited for that long */
};

/* ---- offline ----------------------------------------------------------------------------- */

static atomic_bool offline, for_good;

void gate_set_offline(bool on) { atomic_store(&offline, on); }
void send_offline_for_good(void) { atomic_store(&for_good, true); }
bool gate_is_offline(void) { return atomic_load(&offline) || atomic_load(&for_good); }

Status send_refuse_offline(const char *what, Err *err) {
    if (!gate_is_offline()) return OK;
    (void)err_set(err, E_DENIED, "offline: no connection is opened for %s", what);
    return err_hint(err, "leave out --offline (or HEARTH_OFFLINE, or offline in hearth.toml)");
}

bool send_asked_to_stop(const atomic_bool *cancel) {
    return cancel && atomic_load_explicit(cancel, memory_order_relaxed);
}

/* ---- libcurl ----------------------------------------------------------------------------- */

/* Loaded by the first thing that leaves (library.h). */
#define CURL_FUNCTIONS(X)                                                                          \
    X(curl_easy_cleanup)                                                                           \
    X(curl_easy_getinfo)                                                                           \
    X(curl_easy_init)                                                                              \
    X(curl_easy_setopt)                                                                            \
    X(curl_easy_strerror)                                                                          \
    X(curl_free)                                                                                   \
    X(curl_global_init_mem)                                                                        \
    X(curl_multi_add_handle)                                                                       \
    X(curl_multi_cleanup)                                                                          \
    X(curl_multi_info_read)                                                                        \
    X(curl_multi_init)                                                                             \
    X(curl_multi_perform)                                                                          \
    X(curl_multi_poll)                                                                             \
    X(curl_multi_remove_handle)                                                                    \
    X(curl_url)                                                                                    \
    X(curl_url_cleanup)                                                                            \
    X(curl_url_get)                                                                                \
    X(curl_url_set)

typedef struct Library {
    CURL_FUNCTIONS(LIBRARY_FIELD)
    bool ready;
} Library;

static Library lib; /* written once, under start_once */

/* libcurl's memory: ours, with the size before each block, so that it can be wiped. What libcurl
   holds is a pointer to `bytes`; block_of finds the way back.

       mem_alloc ->  | n | (to 16 bytes) | bytes, n of them ... |
                                         ^ libcurl's pointer                                      */
typedef struct CurlBlock {
    _Alignas(16) size_t n;
    _Alignas(16) char bytes[];
} CurlBlock;

/* An allocation of this thread failed: libcurl says that of what is only too long, too. */
static _Thread_local bool starved;

static CurlBlock *block_of(void *p) {
    return (CurlBlock *)(void *)((char *)p - offsetof(CurlBlock, bytes));
}

static void *curl_take(size_t n) {
    size_t all;
    CurlBlock *b = size_add(sizeof *b, n, &all) ? mem_alloc(all) : NULL;
    if (!b) {
        starved = true;
        return NULL;
    }
    b->n = n;
    return b->bytes;
}

static void curl_give(void *p) {
    if (!p) return;
    explicit_bzero(p, block_of(p)->n);
    mem_free(block_of(p));
}

/* Never in place: what is left behind has to be wiped. On failure the old block stays. */
static void *curl_regrow(void *p, size_t n) {
    void *fresh = curl_take(n);
    if (fresh && p) {
        size_t old = block_of(p)->n;
        memcpy(fresh, p, old < n ? old : n);
        curl_give(p);
    }
    return fresh;
}

static void *curl_take_zeroed(size_t count, size_t size) {
    size_t n;
    void *p = size_mul(count, size, &n) ? curl_take(n) : NULL;
    if (p) memset(p, 0, n);
    return p;
}

static char *curl_copy(const char *text) {
    size_t n = strlen(text) + 1;
    char *p = curl_take(n);
    if (p) memcpy(p, text, n);
    return p;
}

/* GnuTLS and OpenSSL write the secrets of every connection into the file that this variable names;
   it is set for a browser that is being debugged, and stays set. */
static void start_curl(void) {
    (void)unsetenv("SSLKEYLOGFILE");
    static const char *const names[] = {"libcurl-gnutls.so.4", "libcurl.so.4"};
    static const LibrarySymbol symbols[] = {CURL_FUNCTIONS(LIBRARY_SYMBOL)};
    bool all = library_load(names, ARRAY_LEN(names), symbols, ARRAY_LEN(symbols), &lib);
    lib.ready = all && lib.curl_global_init_mem(CURL_GLOBAL_DEFAULT, curl_take, curl_give,
                                                curl_regrow, curl_copy,
                                                curl_take_zeroed) == CURLE_OK;
}

/* Asked before any function of `lib` is called: by whoever reads a URL first. */
static Status need_curl(Err *err) {
    static pthread_once_t start_once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&start_once, start_curl);
    if (lib.ready) return OK;
    (void)err_set(err, E_FAILED, "libcurl cannot be loaded, so nothing can be fetched or sent");
    return err_hint(err, "install libcurl3-gnutls, or bring a file: hearth pull --file PATH");
}

/* ---- addresses --------------------------------------------------------------------------- */

typedef struct NetBlock {
    uint32_t address;
    int bits;
    unsigned net;
} NetBlock;

/* RFC 6890's table as far as it matters; the first that fits. All else is public. */
static const NetBlock blocks[] = {
    {0x00000000, 8, NET_NEVER},    /* this network */
    {0x0A000000, 8, NET_PRIVATE},  /* 10/8 */
    {0x64400000, 10, NET_PRIVATE}, /* 100.64/10: behind carriers, and in overlay networks */
    {0x7F000000, 8, NET_LOOPBACK}, /* 127/8 */
    {0xA9FE0000, 16, NET_NEVER},   /* 169.254/16: link-local, metadata of cloud machines */
    {0xAC100000, 12, NET_PRIVATE}, /* 172.16/12 */
    {0xC0A80000, 16, NET_PRIVATE}, /* 192.168/16 */
    {0xE0000000, 3, NET_NEVER},    /* multicast, reserved, broadcast */
};

/* `address` in host order. */
static unsigned class_of_4(uint32_t address) {
    for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
        uint32_t mask = ~0u << (32 - blocks[i].bits);
        if ((address & mask) == blocks[i].address) return blocks[i].net;
    }
    return NET_PUBLIC;
}

static uint32_t four_at(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* An address of IPv6 that carries one of IPv4 is as near as that one: else ::ffff:127.0.0.1 would
   be a way around the class. */
static unsigned class_of_6(const uint8_t a[16]) {
    static const uint8_t zeros[16], mapped[12] = {[10] = 0xFF, [11] = 0xFF},
                         nat64[12] = {0x00, 0x64, 0xFF, 0x9B};
    if (!memcmp(a, mapped, 12) || !memcmp(a, nat64, 12)) return class_of_4(four_at(a + 12));
    if (a[0] == 0x20 && a[1] == 0x02) return class_of_4(four_at(a + 2)); /* 6to4 */
    if (!memcmp(a, zeros, 15)) return a[15] == 1 ? NET_LOOPBACK : NET_NEVER;
    if (!memcmp(a, zeros, 12)) return NET_NEVER; /* "compatible" addresses, given up long ago */
    if ((a[0] & 0xFE) == 0xFC) return NET_PRIVATE;
    return (a[0] & 0xE0) == 0x20 ? NET_PUBLIC : NET_NEVER; /* 2000::/3 is what is routed */
}

unsigned send_net_class(const char *address) {
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, address, &four) == 1) return class_of_4(ntohl(four.s_addr));
    if (inet_pton(AF_INET6, address, &six) == 1) return class_of_6(six.s6_addr);
    return 0;
}

/* Any family but the two is refused: a Unix socket leads to a program of this machine. */
static unsigned class_of_socket(const struct sockaddr *address) {
    struct sockaddr_in four;
    struct sockaddr_in6 six;
    if (address->sa_family == AF_INET) {
        memcpy(&four, address, sizeof four);
        return class_of_4(ntohl(four.sin_addr.s_addr));
    }
    if (address->sa_family != AF_INET6) return NET_NEVER;
    memcpy(&six, address, sizeof six);
    return class_of_6(six.sin6_addr.s6_addr);
}

/* ---- URLs -------------------------------------------------------------------------------- */

typedef struct Url {
    bool http, https;
    bool bare; /* no user, no query, no fragment */
    bool named; /* a user or a password stands in it */
    char host[256], port[8];
} Url;

/* A part of a URL into out, which may be NULL; false: it is not there, or does not fit. */
static bool url_part(CURLU *u, CURLUPart part, char *out, size_t cap) {
    char *text = NULL;
    bool there = lib.curl_url_get(u, part, &text, 0) == CURLUE_OK && strlen(text) < cap;
    if (there && out) memcpy(out, text, strlen(text) + 1);
    lib.curl_free(text);
    return there;
}

/* libcurl's own reading, which makes 127.0.0.1 of 2130706433, 0x7f.1 and 127.1. */
static bool url_read(const char *text, Url *out) {
    char scheme[16] = "";
    memset(out, 0, sizeof *out);
    CURLU *u = lib.curl_url();
    if (!u) return false;
    bool ok = strlen(text) < URL_MAX && lib.curl_url_set(u, CURLUPART_URL, text, 0) == CURLUE_OK &&
              url_part(u, CURLUPART_SCHEME, scheme, sizeof scheme) &&
              url_part(u, CURLUPART_HOST, out->host, sizeof out->host) && out->host[0];
    (void)url_part(u, CURLUPART_PORT, out->port, sizeof out->port);
    out->named = url_part(u, CURLUPART_USER, NULL, URL_MAX) ||
                 url_part(u, CURLUPART_PASSWORD, NULL, URL_MAX);
    out->bare = !out->named && !url_part(u, CURLUPART_QUERY, NULL, URL_MAX) &&
                !url_part(u, CURLUPART_FRAGMENT, NULL, URL_MAX);
    lib.curl_url_cleanup(u);
    out->http = !strcmp(scheme, "http");
    out->https = !strcmp(scheme, "https");
    return ok;
}

/* Of the host as it is written; 0: a name. */
static unsigned class_of_host(const char *host) {
    char bare[256];
    size_t n = strlen(host);
    if (plain_same(host, "localhost")) return NET_LOOPBACK;
    if (n < 3 || host[0] != '[') return send_net_class(host);
    (void)snprintf(bare, sizeof bare, "%.*s", (int)(n - 2), host + 1);
    return send_net_class(bare);
}

void send_host(const char *url, char out[GATE_URL_MAX]) {
    Url u;
    out[0] = 0;
    if (need_curl(NULL) != OK || !url_read(url, &u)) return;
    Buf host;
    buf_init(&host, GATE_URL_MAX);
    if (u.host[0] == '[') buf_add_c(&host, u.host);
    else host_to_ascii(str_from(u.host), &host);
    (void)snprintf(out, GATE_URL_MAX, "%s%s%s", host.p ? host.p : "", *u.port ? ":" : "", u.port);
    buf_fini(&host);
}

void send_spell_host(char url[GATE_URL_MAX]) {
    Url u;
    Buf out;
    if (need_curl(NULL) != OK || !url_read(url, &u) || u.host[0] == '[') return;
    Str all = str_from(url), host = str_from(u.host);
    size_t at = str_find(all, host, 0);
    if (at == SIZE_MAX) return; /* written with percent signs, or as a number */
    buf_init(&out, GATE_URL_MAX - 1);
    buf_add_str(&out, str_sub(all, 0, at));
    host_to_ascii(host, &out);
    buf_add_str(&out, str_sub(all, at + host.n, all.n));
    if (out.status == OK) (void)snprintf(url, GATE_URL_MAX, "%s", out.p);
    buf_fini(&out);
}

Status send_get_check(const char *url, Err *err) {
    Url u;
    TRY(need_curl(err));
    bool fine = url_read(url, &u) && !u.named &&
                (u.https || (u.http && class_of_host(u.host) == NET_LOOPBACK));
    if (fine) return OK;
    return err_set(err, E_DENIED, "%.200s is not an https URL without credentials", url);
}

/* With its host as the network spells it where that is another: what looks alike does not there. */
static Status not_an_endpoint(const GateEndpoint *e, const char *why, Err *err) {
    char host[GATE_URL_MAX], also[GATE_URL_MAX + 4] = "";
    send_host(e->url, host);
    if (*host && !strstr(e->url, host)) (void)snprintf(also, sizeof also, " (%s)", host);
    return err_set(err, E_USAGE, "%.200s%.80s cannot be the address of %s: %s", e->url, also,
                   e->name, why);
}

/* The table of the essay. 0 as a class is a name, whose addresses are not known before they are
   connected to; http with a name of somebody else's has no class that may be. */
Status send_endpoint_check(const GateEndpoint *e, unsigned *classes, Err *err) {
    Url u;
    TRY(need_curl(err));
    if (!url_read(e->url, &u) || !(u.http || u.https)) {
        (void)not_an_endpoint(e, "it is no http or https URL", err);
        return err_hint(err, "its whole address begins with https://, or with http:// on this "
                             "machine and in private networks");
    }
    if (!u.bare) {
        (void)not_an_endpoint(e, "a user name, a query or a fragment stands in it", err);
        return err_hint(err, "a key is given with --key-stdin; Azure's address without a version "
                             "is https://NAME.openai.azure.com/openai/v1, its deployment the "
                             "model");
    }
    const char *lookalike = host_lookalike(str_from(u.host));
    if (lookalike) return not_an_endpoint(e, lookalike, err);
    bool own = e->dest == GATE_MINE || e->dest == GATE_SERVER;
    unsigned net = class_of_host(u.host);
    if (net == NET_NEVER) return not_an_endpoint(e, "nobody's server has such an address", err);
    if (!net) net = u.http ? (own ? NET_PRIVATE : 0) : own ? NET_PRIVATE | NET_PUBLIC : NET_PUBLIC;
    if (u.http && (!net || net == NET_PUBLIC)) {
        return not_an_endpoint(e, "everybody on the way could read plain http; it is for this "
                                  "machine and private networks (--dest mine or server)", err);
    }
    if (e->dest == GATE_DEVICE && net != NET_LOOPBACK) {
        return not_an_endpoint(e, "it is not on this device", err);
    }
    assert(net && !(net & NET_NEVER));
    *classes = net;
    return OK;
}

_Static_assert((NET_NEVER & NET_ANY) == 0, "no URL leads where no server is");

/* ---- one exchange ------------------------------------------------------------------------ */

typedef struct Exchange {
    CURL *curl;
    const char *what; /* for messages: a URL, or an endpoint with its host */
    const atomic_bool *cancel;
    SendPieceFn piece;
    void (*tick)(void *user);
    void *user;
    SendReply *reply;
    unsigned classes;
    unsigned refused;            /* class of an address that was not allowed; 0: none */
    double begin_ms;
    int first_ms, idle_ms, total_ms; /* 0: no such deadline */
    uint64_t head_bytes, body_bytes, body_max; /* body_max 0: the receiver counts */
    char text[CURL_ERROR_SIZE];
    Status status; /* of what the callbacks and the loop said */
    Err err;
} Exchange;

/* Called by libcurl for each address that it tries, with the one that connect() gets: between this
   and the connection nothing is resolved again. For a proxy it is the proxy's address. */
static curl_socket_t on_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address) {
    Exchange *x = user;
    unsigned net = class_of_socket(&address->addr);
    assert(x->classes && !(x->classes & ~(unsigned)NET_ANY)); /* set before it runs; never NEVER */
    if (!(net & x->classes)) {
        x->refused = net;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Code, media type and Retry-After of the last head, in seconds or as a date (libcurl reads both);
   what is too long for `type` is none. */
static void read_head(Exchange *x) {
    SendReply *r = x->reply;
    long code = 0;
    const char *type = NULL;
    curl_off_t wait = 0;
    (void)lib.curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &code);
    (void)lib.curl_easy_getinfo(x->curl, CURLINFO_CONTENT_TYPE, &type);
    (void)lib.curl_easy_getinfo(x->curl, CURLINFO_RETRY_AFTER, &wait);
    r->code = (int)code;
    if (r->retry_after_ms < 0 && wait > 0) {
        r->retry_after_ms = wait < WAIT_MAX_MS / 1000 ? (int64_t)wait * 1000 : WAIT_MAX_MS;
    }
    size_t n = type ? strcspn(type, "; \t") : 0;
    if (n >= sizeof r->type) n = 0;
    for (size_t i = 0; i < n; i++) {
        r->type[i] = plain_lower(type[i]);
    }
    assert(n < sizeof r->type && r->retry_after_ms <= WAIT_MAX_MS);
    r->type[n] = 0;
}

static Status too_much(Exchange *x, const char *what, uint64_t most) {
    return err_set(&x->err, E_LIMIT, "%s: %s exceeds %" PRIu64 " KiB", x->what, what, most >> 10);
}

/* The value of a header line if this is its name, which stands in small letters with its colon. */
static bool header_is(Str line, const char *name, Str *value) {
    size_t n = 0;
    while (n < line.n && name[n] && plain_lower(line.p[n]) == name[n]) n++;
    *value = str_trim(str_sub(line, n, line.n));
    return !name[n];
}

/* Digits alone, more of them than libcurl's number holds: it reads no pause there, and who wants
   the longest would be asked again at once. */
static bool is_beyond(Str seconds) {
    enum { DIGITS_MAX = 18 };
    size_t n = 0;
    while (n < seconds.n && plain_is_digit(seconds.p[n])) n++;
    return n == seconds.n && n > DIGITS_MAX;
}

/* What libcurl does not read for us. The providers' word beside the standard's headers: whether to
   ask again, and when, to the millisecond, which goes before Retry-After. OpenAI has the first two,
   Azure the third. And whether the body is packed. */
static void read_header(SendReply *r, Str line) {
    Str value;
    double ms;
    if (header_is(line, "content-encoding:", &value)) {
        r->packed = value.n > 0 && !str_eq_c(value, "identity");
    } else if (header_is(line, "retry-after:", &value)) {
        if (r->retry_after_ms < 0 && is_beyond(value)) r->retry_after_ms = WAIT_MAX_MS;
    } else if (header_is(line, "x-should-retry:", &value)) {
        if (str_eq_c(value, "true")) r->again = SEND_AGAIN_YES;
        if (str_eq_c(value, "false")) r->again = SEND_AGAIN_NO;
    } else if (header_is(line, "retry-after-ms:", &value) ||
               header_is(line, "x-ms-retry-after-ms:", &value)) {
        bool fine = num_parse_real(value, 0, WAIT_MAX_MS, "a pause", "ms", &ms, NULL) == OK;
        if (fine) r->retry_after_ms = (int64_t)ms;
    }
}

/* One line of the answer's head, of one before it (1xx), or of its trailer. */
static size_t on_header(char *bytes, size_t one, size_t n, void *user) {
    Exchange *x = user;
    size_t size = one * n;
    x->head_bytes += size;
    if (x->head_bytes > HEAD_BYTES_MAX) {
        x->status = too_much(x, "the head of the answer", HEAD_BYTES_MAX);
        return 0;
    }
    read_header(x->reply, (Str){bytes, size});
    return size;
}

static Status too_late(Exchange *x, const char *what, int limit_ms) {
    return err_set(&x->err, E_TIMEOUT, "%s: %s within %g s", x->what, what, limit_ms / 1e3);
}

/* The three deadlines. mark_ms is the receiver's: 0 until a first sign of an answer. */
static Status look_at_clock(Exchange *x) {
    double now = clock_now_ms(), mark = x->reply->mark_ms;
    if (x->first_ms && mark <= 0 && now - x->begin_ms > x->first_ms) {
        return too_late(x, "no answer", x->first_ms);
    }
    if (x->idle_ms && mark > 0 && now - mark > x->idle_ms) {
        return too_late(x, "the answer did not go on", x->idle_ms);
    }
    if (x->total_ms && now - x->begin_ms > x->total_ms) {
        return too_late(x, "the answer did not end", x->total_ms);
    }
    return OK;
}

/* Every reason to stop that lies outside of the connection. */
static Status look_around(Exchange *x) {
    if (send_asked_to_stop(x->cancel)) return err_set(&x->err, E_CANCELLED, "stopped");
    TRY(send_refuse_offline(x->what, &x->err));
    return look_at_clock(x);
}

/* A piece of the body, unpacked. Returning less than it got is how libcurl is told to end; `status`
   and `through` then say why, and judge() reads them before libcurl's own code. */
static size_t on_body(char *bytes, size_t one, size_t n, void *user) {
    Exchange *x = user;
    if (x->reply->first_ms < 0) {
        x->reply->first_ms = clock_now_ms() - x->begin_ms;
        read_head(x);
    }
    x->body_bytes += n * one;
    if (x->body_max && x->body_bytes > x->body_max) {
        x->status = too_much(x, "the answer", x->body_max);
        return 0;
    }
    if (x->status == OK) x->status = look_around(x);
    if (x->status == OK) x->status = x->piece(x->user, x->reply, (Str){bytes, n}, &x->err);
    return x->status == OK && !x->reply->through ? n * one : 0; /* 0: curl gives up */
}

/* Runs it to its end or to the first reason to stop. */
static CURLcode drive(Exchange *x) {
    CURLM *multi = lib.curl_multi_init();
    int running = 1, left;
    CURLcode code = CURLE_FAILED_INIT;
    assert(x->curl && x->status == OK);
    if (!multi) return code;
    assert(!x->reply->through && x->reply->mark_ms <= 0 && x->head_bytes + x->body_bytes == 0);
    bool going = lib.curl_multi_add_handle(multi, x->curl) == CURLM_OK;
    while (going && running) {
        going = lib.curl_multi_perform(multi, &running) == CURLM_OK;
        if (x->status == OK) x->status = look_around(x);
        if (x->status == OK && x->tick) x->tick(x->user);
        if (x->status != OK) break;
        if (going && running) (void)lib.curl_multi_poll(multi, NULL, 0, POLL_MS, NULL);
    }
    const CURLMsg *message = lib.curl_multi_info_read(multi, &left);
    if (message && message->msg == CURLMSG_DONE) code = message->data.result;
    curl_off_t sent = 0;
    (void)lib.curl_easy_getinfo(x->curl, CURLINFO_SIZE_UPLOAD_T, &sent);
    x->reply->sent = sent > 0 ? (uint64_t)sent : 0;
    (void)lib.curl_multi_remove_handle(multi, x->curl);
    (void)lib.curl_multi_cleanup(multi);
    return code;
}

static const char *net_name(unsigned net) {
    return net == NET_LOOPBACK  ? "this machine"
           : net == NET_PRIVATE ? "a private network"
           : net == NET_PUBLIC  ? "the public network"
                                : "an address that no server has";
}

/* Where a proxy is the only way out, nothing else explains why nobody answers. */
static bool proxy_is_set(void) {
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *value = env_get(names[i]);
        if (value && *value) return true;
    }
    return false;
}

/* What libcurl's code means: our own reasons first, then a refused address, then the network. For a
   download a deadline is E_REMOTE like any other break; for a parcel it is E_TIMEOUT, which cloud.c
   does not try again. */
static Status judge(Exchange *x, CURLcode code, Err *err) {
    if (x->status != OK) return err_pass(err, &x->err, x->status);
    if (code == CURLE_OK || x->reply->through) return OK;
    if (starved) return err_no_memory(err, "a connection");
    if (x->refused && x->reply->code == 0) {
        return err_set(err, E_DENIED, "%s leads to %s, which its URL does not allow", x->what,
                       net_name(x->refused));
    }
    bool parcel = x->first_ms > 0, badfile = code == CURLE_SSL_CACERT_BADFILE;
    bool untrusted = code == CURLE_PEER_FAILED_VERIFICATION || badfile;
    Status status = code == CURLE_FILESIZE_EXCEEDED            ? E_LIMIT
                    : parcel && code == CURLE_OPERATION_TIMEDOUT ? E_TIMEOUT
                    : parcel && untrusted                        ? E_DENIED
                                                                 : E_REMOTE;
    (void)err_set(err, status, "%s: %s", x->what,
                  code == CURLE_OUT_OF_MEMORY ? "a line of its answer's head is too long"
                  : x->text[0]                ? x->text
                                              : lib.curl_easy_strerror(code));
    if (untrusted) {
        (void)err_hint(err, "its certificate is not valid now, is another host's, or comes from an "
                            "authority that this machine does not know%s",
                       parcel ? "; one of your own: ca = \"/PATH.pem\" below it in clouds.toml"
                              : "");
    } else if (parcel && (code == CURLE_SSL_CONNECT_ERROR || code == CURLE_UNSUPPORTED_PROTOCOL ||
                          code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_GOT_NOTHING)) {
        (void)err_hint(err, "perhaps it wants the other of http:// and https://, or is no server "
                            "of models");
    } else if (parcel && x->reply->code == 0 && proxy_is_set()) {
        (void)err_hint(err, "no proxy is used for questions, though one is set in the environment: "
                            "a gateway inside of your network can be an endpoint");
    } else if (parcel && x->reply->code == 0 && code == CURLE_COULDNT_RESOLVE_HOST) {
        (void)err_hint(err, "is its address right (hearth cloud list), and is the network there?");
    } else if (parcel && x->reply->code == 0 && code == CURLE_COULDNT_CONNECT) {
        (void)err_hint(err, "is its server running, and its address right (hearth cloud list)?");
    }
    return status;
}

/* What is the same for both kinds. */
static void set_common(Exchange *x, const char *schemes, int connect_ms) {
    CURL *c = x->curl;
    (void)lib.curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, schemes);
    (void)lib.curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, schemes);
    (void)lib.curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)lib.curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    (void)lib.curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    (void)lib.curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
    (void)lib.curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
    (void)lib.curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)lib.curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    (void)lib.curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L); /* a hanging resolver is left behind */
    (void)lib.curl_easy_setopt(c, CURLOPT_USERAGENT, "hearth/" HEARTH_VERSION);
    (void)lib.curl_easy_setopt(c, CURLOPT_ERRORBUFFER, x->text);
    (void)lib.curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    (void)lib.curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, x);
    (void)lib.curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    (void)lib.curl_easy_setopt(c, CURLOPT_HEADERDATA, x);
    (void)lib.curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    (void)lib.curl_easy_setopt(c, CURLOPT_WRITEDATA, x);
}

/* After this the caller cleans x->curl up. */
static Status exchange_begin(Exchange *x, Err *err) {
    assert(lib.ready && !x->curl); /* need_curl was asked by whoever read the URL */
    *x->reply = (SendReply){.retry_after_ms = -1, .first_ms = -1};
    starved = false;
    x->curl = lib.curl_easy_init();
    if (!x->curl) return err_no_memory(err, "a connection");
    x->begin_ms = clock_now_ms();
    return OK;
}

static Status exchange_run(Exchange *x, Err *err) {
    CURLcode code = drive(x);
    if (x->reply->first_ms < 0) read_head(x); /* an answer without a body */
    return judge(x, code, err);
}

Status send_get(const SendGet *get, SendReply *reply, Err *err) {
    Url u;
    Exchange x = {.what = get->url, .cancel = get->cancel, .piece = get->piece, .tick = get->tick,
                  .user = get->user, .reply = reply};
    char range[32];
    TRY(send_refuse_offline(get->url, err));
    TRY(send_get_check(get->url, err));
    bool plain = url_read(get->url, &u) && u.http;
    TRY(exchange_begin(&x, err));
    CURL *c = x.curl;
    x.classes = plain ? NET_LOOPBACK : NET_ANY;
    set_common(&x, plain ? "http" : "https", get->connect_ms > 0 ? get->connect_ms : CONNECT_MS);
    (void)lib.curl_easy_setopt(c, CURLOPT_URL, get->url);
    (void)lib.curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
    (void)lib.curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
    (void)lib.curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES_PER_S);
    (void)lib.curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)SLOW_SECONDS);
    (void)lib.curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)get->bytes_max);
    if (plain) (void)lib.curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
    (void)snprintf(range, sizeof range, "%" PRIu64 "-", get->from);
    if (get->from) (void)lib.curl_easy_setopt(c, CURLOPT_RANGE, range);
    Status status = exchange_run(&x, err);
    lib.curl_easy_cleanup(c);
    return status;
}

/* ---- a parcel ---------------------------------------------------------------------------- */

/* A header with the key, in memory that is not swapped, not dumped, and wiped. NULL: none left. */
static char *secret_line(const char *head, Str key) {
    char *page = strlen(head) + key.n < SECRET_PAGE ? mem_aligned(SECRET_PAGE, SECRET_PAGE) : NULL;
    if (!page) return NULL;
    (void)mlock(page, SECRET_PAGE); /* a small RLIMIT_MEMLOCK is no reason to fail */
    (void)madvise(page, SECRET_PAGE, MADV_DONTDUMP);
    assert(key.n > 0 && strlen(head) + key.n < SECRET_PAGE); /* and the 0 behind it */
    memcpy(page, head, strlen(head));
    memcpy(page + strlen(head), key.p, key.n);
    page[strlen(head) + key.n] = 0;
    return page;
}

static void secret_free(char *page) {
    if (!page) return;
    explicit_bzero(page, SECRET_PAGE);
    (void)madvise(page, SECRET_PAGE, MADV_DODUMP);
    (void)munlock(page, SECRET_PAGE);
    mem_free(page);
}

/* The list of headers, in the caller's memory: libcurl reads it and copies no key into a list. */
typedef struct Headers {
    struct curl_slist list[HEADERS_MAX];
    size_t n;
    char *secret;
} Headers;

/* `line` is borrowed until the exchange is over; libcurl walks the list and changes nothing. */
static void add_header(Headers *h, const char *line) {
    assert(h->n < HEADERS_MAX);
    h->list[h->n].data = (char *)(uintptr_t)line;
    h->list[h->n].next = NULL;
    if (h->n > 0) h->list[h->n - 1].next = &h->list[h->n];
    h->n++;
}

/* On failure the caller frees h->secret all the same. */
static Status make_headers(const GateSend *send, Headers *h, Err *err) {
    const WireApi *api = wire_api(send->endpoint->wire);
    char head[GATE_HEADER_MAX];
    memset(h, 0, sizeof *h);
    add_header(h, "Content-Type: application/json");
    add_header(h, "Accept: text/event-stream");
    add_header(h, "Expect:"); /* no waiting for "100 Continue" */
    if (api->header) add_header(h, api->header);
    TRY(cloud_head_check(send->endpoint, err));
    if (*send->endpoint->header) add_header(h, send->endpoint->header);
    if (send->key.n == 0) return OK;
    TRY(cloud_key_check(send->endpoint, send->key, err));
    assert(!memchr(send->key.p, '\n', send->key.n)); /* it ends no header (cloud_key_check) */
    cloud_head_of_key(send->endpoint, api->key_header, head);
    h->secret = secret_line(head, send->key);
    if (!h->secret) return err_no_memory(err, "a key");
    add_header(h, h->secret);
    return OK;
}

static void set_parcel(const GateSend *send, Exchange *x, Str body, const char *url) {
    const GateEndpoint *e = send->endpoint;
    CURL *c = x->curl;
    set_common(x, "http,https", e->connect_ms);
    x->first_ms = e->first_ms;
    x->idle_ms = e->idle_ms;
    x->total_ms = TOTAL_MS;
    x->body_max = ANSWER_MAX;
    (void)lib.curl_easy_setopt(c, CURLOPT_URL, url);
    (void)lib.curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    (void)lib.curl_easy_setopt(c, CURLOPT_PROXY, ""); /* nor one of the environment */
    if (*e->ca) { /* and nobody else */
        (void)lib.curl_easy_setopt(c, CURLOPT_CAINFO, e->ca);
        (void)lib.curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
    }
    (void)lib.curl_easy_setopt(c, CURLOPT_POST, 1L);
    (void)lib.curl_easy_setopt(c, CURLOPT_POSTFIELDS, body.p);
    (void)lib.curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
}

/* The headers live until the exchange is over, and the key's page is wiped right behind it. */
static Status post(const GateSend *send, Exchange *x, const Buf *url, const Buf *body, Err *err) {
    Headers headers;
    Status status = make_headers(send, &headers, err);
    if (status == OK) status = exchange_begin(x, err);
    if (status == OK) {
        set_parcel(send, x, buf_str(body), url->p);
        (void)lib.curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, headers.list);
        status = exchange_run(x, err);
        lib.curl_easy_cleanup(x->curl);
    }
    secret_free(headers.secret);
    return status;
}

/* The one call by which words leave; cloud.c's exchange() is its one caller. */
Status gate_send(const GateSend *send, SendReply *reply, Err *err) {
    const GateEndpoint *e = send->endpoint;
    assert(send->parcel->masked.dest == e->dest); /* masked for nobody farther away */
    char host[GATE_URL_MAX], what[GATE_NAME_MAX + GATE_URL_MAX + 4];
    Exchange x = {.what = what, .cancel = send->cancel, .piece = send->piece, .user = send->user,
                  .reply = reply};
    Buf url, body;
    *reply = (SendReply){.retry_after_ms = -1, .first_ms = -1};
    TRY(send_refuse_offline(e->name, err));
    TRY(send_endpoint_check(e, &x.classes, err));
    send_host(e->url, host);
    (void)snprintf(what, sizeof what, "%s (%s)", e->name, host);
    buf_init(&url, 2 * GATE_URL_MAX);
    buf_init(&body, BODY_MAX);
    wire_url(e, &url);
    Status status = buf_check(&url, "a URL", err);
    if (status == OK) status = wire_render(send->parcel, e, &body, err);
    if (status == OK) status = post(send, &x, &url, &body, err);
    buf_fini(&body);
    buf_fini(&url);
    return status;
}
