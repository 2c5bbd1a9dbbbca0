/*
 * E-mail addresses, written and disguised.
 *
 * Written (RFC 5322 in its common part): a local part of letters, digits and "._%+'-" without two
 * dots in a row, '@', a name of at least two labels that ends in letters and is no file's. Letters
 * may have accents or be Greek or Cyrillic (RFC 6531, RFC 5890). Before the '@' there may be Han
 * signs alone (mailbox names of some firms). A name that does not fit its line goes on in the next
 * one behind a dot or a dash, in small letters.
 *
 * Disguised, against collectors of addresses, or as it is said:
 *
 *     the sign   (at) [at] {at} <at> _at_ (@) " at " " @ ", U+827E U+7279, '#' before a mail host
 *     the dot    (dot) [dot] [.] (.) _dot_ " dot " " . " U+70B9 U+3002
 *
 * A sign with brackets, or in Chinese, needs only a host behind it whose last label is a domain
 * that people have mail at. A bare one ("at" or '@' between blanks, '#') is a word of prose far
 * more often: it needs a dot that is disguised too, or two of a host that is a mail provider's, a
 * local part that is no plain word, a word such as "mail" before. "at the dot com" is none.
 *
 * Whoever writes "bob -at- example" or spaces every letter is not understood. Walks to the left are
 * at most LOOK_BACK bytes, and a host has at most LABELS_MOST labels.
 */
#include "gate/scan/impl.h"

#include <assert.h>

#include "base/lists.h"
#include "base/utf8.h"

enum { LABEL_MAX = 63, LABELS_MOST = 12, SAID_LABELS = 6, MAIL_WORD_BEFORE = 40 };

/* A sign in disguise: at..end with the blanks and brackets around it. */
typedef struct Sign {
    uint32_t at, end;
    bool bare;
} Sign;

void mail_index(Scanner *s) {
    anchor_head(&s->anchors, "at", ANCHOR_MAIL, true);
    anchor_head(&s->anchors, "艾", ANCHOR_MAIL, false);
}

/* ---- as it is written ---------------------------------------------------------------------- */

static bool is_local(char c) {
    return is_alnum(c) || (c && strchr("._%+'-", c));
}

uint32_t mail_foreign(const Fold *v, uint32_t x) {
    size_t width;
    if (x >= v->n || (unsigned char)v->p[x] < 0xC3 || (unsigned char)v->p[x] > 0xE1) return 0;
    uint32_t code = utf8_decode((Str){v->p, v->n}, x, &width);
    bool letter = unicode_class(code) == UC_LETTER && !unicode_is_cjk(code);
    return letter ? (uint32_t)width : 0;
}

/* The same for the letter that ends before x. */
static uint32_t foreign_before(const Fold *v, uint32_t x) {
    for (uint32_t n = 2; n <= 3 && n <= x; n++) {
        if (((unsigned char)v->p[x - n] & 0xC0) == 0xC0) return mail_foreign(v, x - n) == n ? n : 0;
    }
    return 0;
}

/* Where the local part before the '@' begins; at_sign: there is none. Han signs count only where
   nothing else stands there. */
static uint32_t local_start(const Fold *v, uint32_t at_sign) {
    uint32_t x = at_sign;
    while (x > 0 && at_sign - x < LOOK_BACK) {
        uint32_t n = is_local(v->p[x - 1]) ? 1 : foreign_before(v, x);
        if (!n) break;
        x -= n;
    }
    while (x < at_sign && (v->p[x] == '\'' || v->p[x] == '-')) x++; /* quotes and list marks */
    if (x < at_sign) {
        if (v->p[x] == '.' || v->p[at_sign - 1] == '.') return at_sign;
        for (uint32_t k = x; k + 1 < at_sign; k++) {
            if (v->p[k] == '.' && v->p[k + 1] == '.') return at_sign;
        }
        return x;
    }
    while (x >= HAN_BYTES && at_sign - x < 12 && han_at(v, x - HAN_BYTES)) x -= HAN_BYTES;
    return x;
}

/* "icon@2x.png": the ends of pictures and scripts that are written so. */
static bool is_file_name(const Fold *v, uint32_t at, uint32_t n) {
    static const char *const kinds[] = {"png",  "jpg", "jpeg", "gif", "svg",
                                        "webp", "js",  "css",  "json", NULL};
    return list_has((Str){v->p + at, n}, kinds);
}

/* Behind a line end at x with a small letter behind it; x: there is none. */
static uint32_t next_line(const Fold *v, uint32_t x) {
    uint32_t y = x + (fold_at(v, x) == '\r');
    if (fold_at(v, y) != '\n') return x;
    char c = fold_at(v, (int64_t)y + 1);
    return plain_is_small(c) ? y + 1 : x;
}

/* The end of the label at x. */
static uint32_t label_end(const Fold *v, uint32_t x, bool broken) {
    uint32_t label = x, n;
    while (x < v->n && x - label <= LABEL_MAX) {
        n = is_alnum(v->p[x]) || v->p[x] == '-' ? 1 : mail_foreign(v, x);
        if (!n && broken && x > label && v->p[x - 1] == '-') n = next_line(v, x) - x;
        if (!n) break;
        x += n;
    }
    return x;
}

/* The end of the host name at x; 0: none. */
static uint32_t host_end(const Fold *v, uint32_t x) {
    uint32_t end = 0, label = x;
    for (int labels = 1; labels < LABELS_MOST; labels++) {
        x = label_end(v, x, end == 0);
        uint32_t n = x - label;
        if (n == 0 || n > LABEL_MAX || v->p[label] == '-') break;
        bool letters = true;
        for (uint32_t k = label; k < x; k++) {
            letters = letters && (is_letter(v->p[k]) || (unsigned char)v->p[k] >= 0x80);
        }
        bool punycode = n > 4 && memcmp(v->p + label, "xn--", 4) == 0;
        if (labels > 1 && n >= 2 && (letters || punycode))
            end = x;
        else if (labels > 1 && fold_at(v, x) != '.')
            break;
        if (fold_at(v, x) != '.') break;
        label = ++x;
        if (end == 0) label = x = next_line(v, x);
    }
    return end;
}

/* ---- in disguise --------------------------------------------------------------------------- */

/* Behind a dot at x, said or written; 0: there is none. */
static uint32_t dot_end(const Fold *v, uint32_t x, bool *said) {
    static const char *const dots[] = {"(dot)", "[dot]", "{dot}", "<dot>", "(.)", "[.]",
                                       "{.}",   "_dot_", "-dot-", "点",    "。",  NULL};
    if (fold_at(v, x) == '.' && is_alnum(fold_at(v, (int64_t)x + 1))) return x + 1;
    uint32_t at = x + (fold_at(v, x) == ' ');
    bool taken = takes_any(v, &at, dots);
    if (!taken && at > x) taken = takes(v, &at, "dot ") || takes(v, &at, ". ");
    if (!taken) return 0;
    *said = true;
    return fold_at(v, at) == ' ' ? at + 1 : at;
}

/* The last labels of hosts that people have mail at; what is none is prose. */
static bool is_mail_domain(const Fold *v, uint32_t x) {
    static const char *const domains[] = {
        "com", "net", "org", "edu", "gov", "io", "co",   "me",  "de",  "uk",  "cn", "fr", "eu",
        "ru",  "jp",  "in",  "it",  "es",  "nl", "ch",   "at",  "au",  "ca",  "hk", "tw", "sg",
        "kr",  "br",  "mx",  "se",  "no",  "dk", "fi",   "pl",  "pt",  "be",  "cz", "ie", "nz",
        "us",  "ua",  "tr",  "gr",  "il",  "za", "info", "biz", "dev", "app", "ai", "xyz",
        NULL};
    return fold_has_any_word(v, x, domains);
}

/* Hosts that only mail has. */
static bool is_provider(const Fold *v, uint32_t x) {
    static const char *const hosts[] = {
        "qq",    "163",    "126",        "foxmail", "gmail",      "outlook", "hotmail",
        "yahoo", "icloud", "live",       "msn",     "sina",       "sohu",    "139",
        "189",   "yeah",   "aliyun",     "proton",  "protonmail", "gmx",     "web",
        "mail",  "aol",    "googlemail", "yandex",  "t-online", NULL};
    return fold_has_any_word(v, x, hosts);
}

/* The end of "gmail dot com" at x; 0: that is none. */
static uint32_t said_host(const Fold *v, uint32_t x, bool *said) {
    uint32_t end = 0;
    *said = false;
    if (fold_has_word(v, x, "the") || fold_has_word(v, x, "a") || fold_has_word(v, x, "this")) {
        return 0;
    }
    for (int labels = 0; labels < SAID_LABELS; labels++) {
        uint32_t label = x;
        while (x - label < LABEL_MAX && (is_alnum(fold_at(v, x)) || fold_at(v, x) == '-')) x++;
        if (x == label) break;
        if (labels > 0 && is_mail_domain(v, label)) end = x;
        uint32_t next = dot_end(v, x, said);
        if (!next) break;
        x = next;
    }
    return end;
}

static bool is_one_of(char c, const char *marks) {
    return is_alnum(c) || (c && strchr(marks, c));
}

/* Where a dot in disguise begins that ends before x; x: none does. */
static uint32_t dot_begin(const Fold *v, uint32_t x) {
    enum { DOT_MAX = 7 };
    for (uint32_t n = 3; n <= DOT_MAX && n < x; n++) {
        bool said = false;
        if (!is_alnum(v->p[x - n - 1]) || is_alnum(v->p[x - n])) continue;
        if (dot_end(v, x - n, &said) == x && said) return x - n;
    }
    return x;
}

/* The beginning of "bob dot smith" that ends before x; x: none. */
static uint32_t said_local(const Fold *v, uint32_t x) {
    uint32_t from = x;
    assert(x <= v->n);
    for (int parts = 0; parts < 4; parts++) {
        uint32_t at = from;
        while (at > 0 && x - at < LOOK_BACK && is_one_of(v->p[at - 1], "._%+-")) at--;
        if (at == from) break;
        from = at;
        uint32_t dot = dot_begin(v, at);
        if (dot == at) break;
        from = dot;
    }
    return from;
}

/* "mail", U+90AE and their like in the MAIL_WORD_BEFORE bytes before x. */
static bool has_mail_word(const Fold *v, uint32_t x) {
    uint32_t from = x > MAIL_WORD_BEFORE ? x - MAIL_WORD_BEFORE : 0;
    for (; from < x; from++) {
        uint32_t at = from;
        if (takes(v, &at, "mail") || takes(v, &at, "邮") || takes(v, &at, "e-post")) return true;
    }
    return false;
}

/* Is "x at host" an address although nothing but a blank tells: a mailbox that is no plain word, a
   mail provider, a word of mail before them; two of the three. */
static bool is_mailbox(const Fold *v, uint32_t from, const Sign *sign) {
    bool word = true;
    for (uint32_t x = from; x < sign->at; x++) word = word && is_letter(v->p[x]);
    return !word + is_provider(v, sign->end) + has_mail_word(v, from) >= 2;
}

/* The address around the sign; its end, 0: there is none. */
static uint32_t around(Scanner *s, const Sign *sign) {
    const Fold *v = &s->fold;
    bool said;
    assert(sign->at < sign->end && sign->end <= v->n + 1);
    uint32_t stop = said_host(v, sign->end, &said);
    uint32_t from = said_local(v, sign->at);
    if (!stop || from == sign->at) return 0;
    if (sign->bare && !said && !is_mailbox(v, from, sign)) return 0;
    scan_emit(s, from, stop, KIND_EMAIL, 0.9);
    return stop;
}

/* Widens a sign over the brackets and blanks around it; false: it stands inside of a word. */
static bool widen(const Fold *v, Sign *sign) {
    static const char opens[] = "([{<_", closes[] = ")]}>_";
    char before = fold_at(v, (int64_t)sign->at - 1);
    const char *open = before ? strchr(opens, before) : NULL;
    bool corner = sign_before(v, sign->at, "【");
    if (open && fold_at(v, sign->end) == closes[open - opens]) {
        sign->at--;
        sign->end++;
        sign->bare = false;
    } else if (corner && takes(v, &sign->end, "】")) {
        sign->at -= 3;
        sign->bare = false;
    }
    bool blank = fold_at(v, (int64_t)sign->at - 1) == ' ', gap = fold_at(v, sign->end) == ' ';
    sign->at -= blank;
    sign->end += gap;
    return !sign->bare || (blank && gap);
}

/* Behind "<b>" at x, before one that ends at x. */
static Sign without_tags(const Fold *v, uint32_t at_sign) {
    enum { TAG_MAX = 12 };
    Sign sign = {at_sign, at_sign + 1, true};
    uint32_t x = at_sign;
    if (x > 0 && v->p[x - 1] == '>') {
        while (x > 0 && at_sign - x < TAG_MAX && v->p[x - 1] != '<') x--;
        if (x > 0 && v->p[x - 1] == '<') sign.at = x - 1;
    }
    x = at_sign + 1;
    if (fold_at(v, x) == '<') {
        while (x < v->n && x - at_sign < TAG_MAX && v->p[x] != '>') x++;
        if (fold_at(v, x) == '>') sign.end = x + 1;
    }
    return sign;
}

/* ---- the signs ----------------------------------------------------------------------------- */

/* An '@' that is no plain address's: among tags or blanks, or before a host in disguise. 0: none.
   */
static uint32_t at_disguised(Scanner *s, uint32_t at_sign) {
    const Fold *v = &s->fold;
    Sign sign = without_tags(v, at_sign);
    bool said, tags = sign.end - sign.at > 1;
    if (tags) sign.bare = false;
    if (!tags && local_start(v, at_sign) < at_sign) { /* the host is disguised, or a line below */
        uint32_t line = at_sign + 1 + (fold_at(v, (int64_t)at_sign + 1) == '\n');
        uint32_t stop = said_host(v, line, &said);
        if (!stop || (line == at_sign + 1 && !said)) return 0;
        uint32_t from = local_start(v, at_sign), dotted = said_local(v, at_sign);
        scan_emit(s, dotted < from ? dotted : from, stop, KIND_EMAIL, 0.9);
        return stop;
    }
    if (!tags && !widen(v, &sign)) return 0;
    return around(s, &sign);
}

/* As it is written first. A file's name that is spelled so is none, and all else may be in
   disguise. */
uint32_t mail_at(Scanner *s, uint32_t at_sign) {
    const Fold *v = &s->fold;
    uint32_t from = local_start(v, at_sign), end = host_end(v, at_sign + 1);
    if (from == at_sign || end == 0) {
        uint32_t stop = at_disguised(s, at_sign);
        return stop ? stop : at_sign + 1;
    }
    uint32_t last = end;
    while (v->p[last - 1] != '.') last--;
    assert(last > at_sign + 1 && last < end); /* host_end has seen a dot */
    if (is_file_name(v, last, end - last)) return at_sign + 1;
    if (from > 0 && v->p[from - 1] == '<') format_person_before(s, from - 1);
    scan_emit(s, from, end, KIND_EMAIL, 0.95);
    return end;
}

/* '#', U+827E U+7279 or "at" in an address's place; each needs what stands on both sides of it. */
uint32_t mail_scan(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    char c = v->p[x];
    Sign sign = {x, x + 1, true};
    if (c == '#') {
        bool inside = x > 0 && is_alnum(v->p[x - 1]) && x - said_local(v, x) >= 3;
        return inside ? around(s, &sign) : 0;
    }
    if (c == '\xE8') {
        if (!takes(v, &sign.at, "艾特")) return 0;
        sign.end = sign.at;
        sign.at = x;
        (void)widen(v, &sign);
        sign.bare = false;
        return around(s, &sign);
    }
    if (!is_letter(c)) sign.at = ++x;
    sign.end = sign.at + 2;
    bool border = x > 0 && !is_alnum(v->p[x - 1]) && fold_has_word(v, sign.at, "at");
    if (border || (x > 0 && v->p[x - 1] == '_' && to_lower(fold_at(v, x)) == 'a')) {
        return widen(v, &sign) ? around(s, &sign) : 0;
    }
    return 0;
}
