/*
 * Addresses of the network and of the earth: URLs that carry a secret, IPv4 and IPv6, MAC, and
 * pairs of coordinates. E-mail is mail.c's.
 *
 * A URL counts when its authority holds "user:password@", a parameter is named like a token, or it
 * is a capability (W3C TAG, "Good Practices for Capability URLs"): a part of its path that nobody
 * could guess is all that keeps others out.
 * IPv6 (RFC 4291): eight groups, or fewer with one "::", and a digit somewhere (a::b is a name in
 * many programming languages). MAC (IEEE 802): six pairs with one kind of separator.
 *
 * Walks to the left are at most LOOK_BACK bytes, and what a URL or a colon run has taken is not
 * walked again.
 */
#include "gate/scan/impl.h"

enum { URL_MAX = 2048 };

/* ---- URLs ---------------------------------------------------------------------------------- */

/* RFC 3986's signs, and what people leave unescaped; not what ends a URL in prose or Markdown. */
static bool is_url_byte(char c) {
    return c > ' ' && c < 0x7F && !strchr("<>\"`{}|\\^", c);
}

/* Ends the parameter's name with a telling word; short ones ("key", "sig") only as a word of their
   own. */
static bool is_token_name(const Fold *v, uint32_t at, uint32_t end) {
    static const char *const names[] = {"token", "key",       "secret",     "password", "passwd",
                                        "pwd",   "signature", "sig",        "auth",     "session",
                                        "jwt",   "apikey",    "credential", "sid"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        uint32_t n = (uint32_t)strlen(names[i]);
        if (end - at < n || !fold_ends(v, end, names[i])) continue;
        if (n > 3 || end - at == n || !is_alnum(v->p[end - n - 1])) return true;
    }
    return false;
}

/* Does [x, end) hold a parameter "…token=value" whose value has six signs or more? So does
   "https://x.example/cb?user=7&access_token=Zx81kQmP". */
static bool has_token(const Fold *v, uint32_t x, uint32_t end) {
    uint32_t name = x;
    for (; x < end; x++) {
        char c = v->p[x];
        if (c == '?' || c == '&' || c == '#' || c == ';') name = x + 1;
        if (c != '=') continue;
        uint32_t value = x + 1, stop = value;
        while (stop < end && v->p[stop] != '&' && v->p[stop] != '#') stop++;
        if (stop - value >= 6 && is_token_name(v, name, x)) return true;
        x = stop - 1;
    }
    return false;
}

/* "user:password@" before the first slash. */
static bool has_password(const Fold *v, uint32_t x, uint32_t end) {
    bool colon = false;
    uint32_t behind = 0;
    for (; x < end && !strchr("/?#", v->p[x]); x++) {
        if (v->p[x] == ':' && !colon) {
            colon = true;
            behind = x + 1;
        }
        if (v->p[x] == '@') return colon && x > behind;
    }
    return false;
}

/* Whoever knows the address may post: webhooks of Slack, Discord, Feishu and others. */
static bool is_webhook(const Fold *v, uint32_t x, uint32_t end) {
    static const Str hooks[] = {
        STR("hooks.slack.com/services/"),     STR("discord.com/api/webhooks/"),
        STR("discordapp.com/api/webhooks/"),  STR("open.feishu.cn/open-apis/bot/v2/hook/"),
        STR("hooks.zapier.com/hooks/catch/"), STR("outlook.office.com/webhook/"),
        STR("api.telegram.org/bot"),          STR("maker.ifttt.com/trigger/")};
    for (size_t i = 0; i < ARRAY_LEN(hooks); i++) {
        if (x + hooks[i].n + 8 <= end && memcmp(v->p + x, hooks[i].p, hooks[i].n) == 0) return true;
    }
    return false;
}

/* Letters and digits, if `mixed` of both cases: neither words nor digests have them so. */
static bool is_unguessable(const Fold *v, uint32_t x, uint32_t end, uint32_t least, bool mixed) {
    unsigned any = 0, digits = 0;
    for (uint32_t k = x; k < end; k++) {
        any |= sign_of(v->p[k]);
        digits += is_digit(v->p[k]);
    }
    if (end - x < least || digits < 2 || !(any & SIGN_LETTER)) return false;
    return !mixed || ((any & SIGN_CAPITAL) && (any & SIGN_SMALL));
}

/* "/reset/0f3c...", "/file/d/1AbC...": a long part of the path behind a word that says what it lets
   one do, or one that by its letters is neither a title nor a digest. */
static bool has_capability(const Fold *v, uint32_t x, uint32_t end) {
    enum { ANYWHERE = 30, BEHIND_WORD = 16 };
    static const char *const words[] = {"reset",    "verify", "confirm", "invite", "join",
                                        "activate", "magic",  "share",   "token",  "unsubscribe",
                                        "password", "login",  "joinchat", NULL};
    bool said = false;
    while (x < end && v->p[x] != '/') x++;
    while (x < end && v->p[x] == '/') {
        uint32_t part = ++x;
        while (x < end && (is_alnum(v->p[x]) || v->p[x] == '-' || v->p[x] == '_')) x++;
        if (is_unguessable(v, part, x, ANYWHERE, true)) return true;
        if (said && is_unguessable(v, part, x, BEHIND_WORD, false)) return true;
        said = fold_is_any(v, part, x, words);
        while (x < end && v->p[x] != '/' && v->p[x] != '?' && v->p[x] != '#') x++;
    }
    return false;
}

/* From the ':' of "://". One without a secret is left to the other anchors, byte by byte behind the
   colon; url_until keeps it from being walked again. */
uint32_t net_url(Scanner *s, uint32_t colon) {
    const Fold *v = &s->fold;
    if (colon < s->url_until || fold_at(v, (int64_t)colon + 2) != '/') return colon + 1;
    uint32_t from = colon, end = colon + 3;
    while (from > 0 && colon - from < 20 &&
           (is_alnum(v->p[from - 1]) || strchr("+.-", v->p[from - 1]))) {
        from--;
    }
    while (end < v->n && end - colon < URL_MAX && (is_url_byte(v->p[end]) || fold_escaped(v, end)))
        end++;
    while (end > colon + 3 && strchr(".,;:!?)'", v->p[end - 1])) end--;
    s->url_until = end;
    if (from == colon || end <= colon + 4) return colon + 1;
    if (has_password(v, colon + 3, end) || has_token(v, colon + 3, end) ||
        is_webhook(v, colon + 3, end) || has_capability(v, colon + 3, end)) {
        scan_emit(s, from, end, KIND_TOKEN_URL, 0.92);
        return end;
    }
    return colon + 1;
}

/* ---- hexadecimal groups -------------------------------------------------------------------- */

/* Six pairs with one separator; all of one digit is a placeholder. */
static bool is_mac(const char *p, uint32_t n) {
    if (n != 17 || (p[2] != ':' && p[2] != '-')) return false;
    bool same = true;
    for (uint32_t i = 0; i < n; i++) {
        if (i % 3 == 2 ? p[i] != p[2] : !is_hex(p[i])) return false;
        same = same && (i % 3 == 2 || p[i] == p[0]);
    }
    return !same;
}

/* At most one "::", which stands for one group at least; without a digit it may be a name of code.
   */
static bool is_ipv6(const char *p, uint32_t n) {
    enum { FULL = 15 }; /* signs of eight groups */
    int groups = 0, width = 0, doubled = 0, digits = 0;
    if (n < FULL && !memmem(p, n, "::", 2)) return false; /* an hour */
    for (uint32_t i = 0; i < n; i++) {
        if (p[i] == ':') {
            bool twice = i + 1 < n && p[i + 1] == ':';
            if (!twice && (i == 0 || i + 1 == n) && !(i && p[i - 1] == ':')) return false;
            if (twice) doubled++;
            width = 0;
        } else if (is_hex(p[i])) {
            if (width++ == 0) groups++;
            if (width > 4) return false;
            digits += is_digit(p[i]);
        } else {
            return false;
        }
    }
    if (doubled > 1 || digits == 0) return false;
    return doubled ? groups <= 7 && n >= 3 : groups == 8;
}

/* Is there a colon behind at most four hexadecimal digits from x, or a dash behind two? */
static bool begins_group(const Fold *v, uint32_t x) {
    enum { PAIR = 2 };
    uint32_t k = x;
    while (k < v->n && k - x < 4 && is_hex(v->p[k])) k++;
    char c = fold_at(v, k);
    return c == ':' || (c == '-' && k - x <= PAIR && is_hex(fold_at(v, (int64_t)k + 1)));
}

/* Twice: with colons, then with dashes, since hexadecimal digits join both. LONGEST is above the 39
   signs of a full IPv6. A lone colon at an end is prose's ("at fe80::1:") and is left out. */
void net_colons(Scanner *s, uint32_t x) {
    enum { LONGEST = 48 };
    const Fold *v = &s->fold;
    if (x < s->colons_until || !begins_group(v, x)) return;
    for (int dash = 0; dash <= 1; dash++) {
        uint32_t from = x, end = x;
        while (from > 0 && x - from < LONGEST &&
               (is_hex(v->p[from - 1]) || v->p[from - 1] == (dash ? '-' : ':'))) {
            from--;
        }
        while (end < v->n && end - from < LONGEST &&
               (is_hex(v->p[end]) || v->p[end] == (dash ? '-' : ':'))) {
            end++;
        }
        bool border = !(from > 0 && is_alnum(v->p[from - 1])) && !is_alnum(fold_at(v, end));
        if (end > s->colons_until) s->colons_until = end;
        if (!dash && end > from + 2 && v->p[from] == ':' && fold_at(v, (int64_t)from + 1) != ':')
            from++;
        if (!dash && end > from + 2 && v->p[end - 1] == ':' && v->p[end - 2] != ':') end--;
        if (!border) continue;
        if (is_mac(v->p + from, end - from))
            scan_emit(s, from, end, KIND_DEVICE, 0.95);
        else if (!dash && is_ipv6(v->p + from, end - from)) {
            scan_emit(s, from, end, KIND_NETWORK, 0.85);
        }
    }
}

/* ---- dotted quads -------------------------------------------------------------------------- */

/* " - NAME [12/Mar/2024:..." behind an address: whom a web server's log names. */
static void logged_user(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    if (!takes(v, &x, " - ") || !is_letter(fold_at(v, x))) return;
    uint32_t end = x;
    while (end < v->n && end - x <= LOGIN_MOST && (unsigned char)v->p[end] > ' ') end++;
    if (fold_has(v, end, " [") && is_digit(fold_at(v, (int64_t)end + 2)) &&
        !login_is_common(v, x, end - x)) {
        scan_emit(s, x, end, KIND_LOGIN, 0.8);
    }
}

/* Just four numbers of 0 to 255 without leading zeros; five with dots are a version. Beside words
   of code four are a version, too, unless a word for an address stands there. */
void net_dotted(Scanner *s, Phrase *phrase, int first) {
    const Fold *v = &s->fold;
    const Token *t = &phrase->token[first];
    if (first + 3 >= phrase->n || t->sep == '.') return;
    if (first + 4 < phrase->n && t[4].sep == '.') return;
    for (int i = 0; i < 4; i++) {
        if (t[i].n > 3 || t[i].digits != t[i].n || check_number(v->p + t[i].at, (int)t[i].n) > 255)
            return;
        if ((i > 0 && t[i].sep != '.') || (t[i].n > 1 && v->p[t[i].at] == '0')) return;
    }
    const Context *near = phrase_context(s, phrase);
    bool named = near->any & CTX(ADDRESS);
    if (!named && (near->any & CTX(CODE))) return;
    uint32_t end = t[3].at + t[3].n;
    scan_emit(s, t->at, end, KIND_NETWORK, named ? 0.95 : 0.85);
    logged_user(s, end);
}

/* ---- coordinates --------------------------------------------------------------------------- */

typedef struct Degrees {
    int whole, decimals;
    uint32_t end;
} Degrees;

/* A number with two decimals or more, up to 180; more dots behind make it a version. */
static bool degrees(const Fold *v, uint32_t x, Degrees *out) {
    uint32_t begin = x;
    if (fold_at(v, x) == '-' || fold_at(v, x) == '+') x++;
    begin = x;
    while (x < v->n && is_digit(v->p[x]) && x - begin < 4) x++;
    if (x == begin || x - begin > 3 || fold_at(v, x) != '.') return false;
    out->whole = check_number(v->p + begin, (int)(x - begin));
    uint32_t point = ++x;
    while (x < v->n && is_digit(v->p[x]) && x - point < 16) x++;
    out->decimals = (int)(x - point);
    out->end = x;
    return out->whole <= 180 && out->decimals >= 2 && !is_alnum(fold_at(v, x)) &&
           !(fold_at(v, x) == '.' && is_digit(fold_at(v, (int64_t)x + 1)));
}

/* Takes one of the signs at *x: ' or U+2032, " or U+2033. */
static bool takes_prime(const Fold *v, uint32_t *x, char ascii, const char *sign) {
    if (fold_at(v, *x) == ascii) {
        ++*x;
        return true;
    }
    if (*x + 3 > v->n || memcmp(v->p + *x, sign, 3) != 0) return false;
    *x += 3;
    return true;
}

/* 39°54'20.5"N; 0: no such angle at x. */
static uint32_t angle_end(const Fold *v, uint32_t x) {
    uint32_t begin = x;
    while (x < v->n && is_digit(v->p[x]) && x - begin < 4) x++;
    if (x == begin || x - begin > 3 || check_number(v->p + begin, (int)(x - begin)) > 180) return 0;
    if (x + 2 > v->n || memcmp(v->p + x, "\u00b0", 2) != 0) return 0;
    x += 2;
    uint32_t minutes = x;
    while (x < v->n && is_digit(v->p[x]) && x - minutes < 3) x++;
    if (x == minutes || !takes_prime(v, &x, '\'', "\u2032")) return 0;
    uint32_t seconds = x;
    while (x < v->n && (is_digit(v->p[x]) || v->p[x] == '.') && x - seconds < 8) x++;
    if (x > seconds && !takes_prime(v, &x, '"', "\u2033")) return 0;
    uint32_t letter = x + (fold_at(v, x) == ' ');
    char c = fold_at(v, letter);
    bool side = c && strchr("NSEW", c) && !is_alnum(fold_at(v, (int64_t)letter + 1));
    return side ? letter + 1 : x;
}

/* Behind degrees: "°", a blank, "N", as in "45.59° N"; x: no such side. */
static uint32_t side_end(const Fold *v, uint32_t x) {
    uint32_t at = x + 2;
    if (at > v->n || memcmp(v->p + x, "\u00b0", 2) != 0) return x;
    at += fold_at(v, at) == ' ';
    char c = fold_at(v, at);
    return c && strchr("NSEWO", c) && !is_alnum(fold_at(v, (int64_t)at + 1)) ? at + 1 : x;
}

/* How sure: a pair beside a word for places most, a fine pair (four decimals) without one less, one
   number beside the word least. The scores are chosen. */
void net_position(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    Degrees a, b;
    char before = fold_at(v, (int64_t)x - 1);
    if (is_alnum(before) || before == '.') return;
    uint32_t angle = angle_end(v, x);
    if (angle) scan_emit(s, x, angle, KIND_POSITION, 0.8);
    if (angle || !degrees(v, x, &a)) return;
    uint32_t from = before == '-' && !is_alnum(fold_at(v, (int64_t)x - 2)) ? x - 1 : x;
    uint32_t side = side_end(v, a.end), y = side;
    bool sided = side > a.end;
    a.end = side;
    while (y < v->n && y - a.end < 3 && strchr(", /", v->p[y])) y++;
    bool pair = y > a.end && degrees(v, y, &b) && (a.whole <= 90 || b.whole <= 90);
    bool fine = pair && a.decimals >= 4 && b.decimals >= 4 && a.whole && b.whole &&
                (a.whole >= 10 || b.whole >= 10); /* pairs near zero are statistics */
    if (!pair && a.decimals < 4) return;
    if (pair) b.end = side_end(v, b.end);
    bool named = sided || context_around(s->words, v, from, pair ? b.end : a.end).any & CTX(PLACE);
    if (!named && !fine) return;
    scan_emit(s, from, pair ? b.end : a.end, KIND_POSITION,
              named && pair ? 0.92
              : fine        ? 0.75
                            : 0.65);
}
