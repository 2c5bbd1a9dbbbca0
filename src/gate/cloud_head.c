/*
 * What an endpoint may add to the head of a request: where its key stands, and one line more.
 *
 * Gateways of firms want the key under a name of their own ("api-key" at Azure, "Ocp-Apim-
 * Subscription-Key" at its API management, "x-portkey-api-key"), Google's Vertex a token with the
 * prefix of OAuth, and some want to know whose question it is ("X-Team: legal", "HTTP-Referer: ..."
 * at OpenRouter). In clouds.toml:
 *
 *     key_header = "api-key"                  # instead of the API's own; the key alone behind it
 *     key_header = "Authorization: Bearer"    # or with a word before it
 *     header = "X-Team: legal"                # one line more, as it is
 *
 * Both are lines of HTTP (RFC 9110, 5.1 and 5.5): a name is a token of letters, digits and marks, a
 * value printable ASCII, so that neither ends its line and begins another. Names by which a request
 * is framed or its host is told are ours. A key has no place in `header`: clouds.toml is no secret.
 */
#include <assert.h>
#include <stdio.h>

#include "base/lists.h"
#include "base/plain.h"
#include "gate/cloud_impl.h"

/* The name before the colon, if it is one, and what stands behind it without blanks. */
static bool split(const char *line, Str *name, Str *value) {
    Str all = str_from(line);
    size_t colon = str_find(all, STR(":"), 0);
    *name = colon == SIZE_MAX ? all : str_sub(all, 0, colon);
    *value = colon == SIZE_MAX ? STR("") : str_trim(str_sub(all, colon + 1, all.n));
    for (size_t i = 0; i < all.n; i++) {
        if (all.p[i] < 0x20 || all.p[i] > 0x7E) return false;
    }
    for (size_t i = 0; i < name->n; i++) {
        if (!plain_is_alnum(name->p[i]) && !strchr("-_.", name->p[i])) return false;
    }
    return name->n > 0;
}

/* Names that make a request what it is, and what libcurl makes of the rest. */
static bool is_ours(Str name) {
    static const char *const ours[] = {
        "accept", "accept-encoding", "connection", "content-encoding", "content-length",
        "content-type", "cookie", "expect", "host", "keep-alive", "te", "trailer",
        "transfer-encoding", "upgrade", NULL};
    char small[GATE_HEADER_MAX];
    assert(name.n < sizeof small); /* a part of a member of GateEndpoint */
    for (size_t i = 0; i < name.n; i++) small[i] = plain_lower(name.p[i]);
    return list_has((Str){small, name.n}, ours) || str_starts((Str){small, name.n}, STR("proxy-"));
}

static Status no_header(const GateEndpoint *e, const char *line, const char *why, Err *err) {
    (void)err_set(err, E_USAGE, "%s: \"%.80s\" is no header for it: %s", e->name, line, why);
    return err_hint(err, "as in \"X-Team: legal\"; of a key \"api-key\" or "
                         "\"Authorization: Bearer\"");
}

Status cloud_head_check(const GateEndpoint *e, Err *err) {
    Str name, value;
    const char *lines[] = {e->key_header, e->header};
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        if (!*lines[i]) continue;
        if (!split(lines[i], &name, &value)) {
            return no_header(e, lines[i], "it has letters that no header has", err);
        }
        if (is_ours(name)) return no_header(e, lines[i], "Hearth says that itself", err);
    }
    if (!*e->header) return OK;
    if (value.n == 0) return no_header(e, e->header, "nothing stands behind its name", err);
    char small[] = "authorization";
    bool key = str_begins(name, small) && name.n == strlen(small);
    return key ? no_header(e, e->header, "a key is given with --key-stdin", err) : OK;
}

void cloud_head_of_key(const GateEndpoint *e, const char *usual, char out[GATE_HEADER_MAX]) {
    Str name, value;
    assert(strlen(usual) < GATE_HEADER_MAX);
    (void)snprintf(out, GATE_HEADER_MAX, "%s", usual);
    if (!*e->key_header || !split(e->key_header, &name, &value)) return;
    int n = snprintf(out, GATE_HEADER_MAX, "%.*s: %.*s%s", (int)name.n, name.p, (int)value.n,
                     value.p, value.n ? " " : "");
    assert(n > 0 && n < GATE_HEADER_MAX); /* key_header is shorter by far */
}
