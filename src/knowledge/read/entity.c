/*
 * The body of entity.h. The few named references are those that people write by hand and that word
 * processors put into mails; the full list of 2,231 stays with the HTML parser.
 *
 * Source: HTML Living Standard, sections 13.2.5.72-80 (numeric references) and 13.5 (names).
 *
 * Examples: "&amp;" is "&", "&#x20AC;" is U+20AC, "&nosuch;" stays;
 * "<p>a<br>b</p><script>x</script>c" is "a", "b" and "c" on lines of their own.
 */
#include "knowledge/read/entity.h"

#include <assert.h>

#include "base/plain.h"
#include "base/utf8.h"

static const struct {
    const char *name;
    uint32_t code;
} NAMES[] = {
    {"amp", '&'},      {"lt", '<'},       {"gt", '>'},       {"quot", '"'},      {"apos", '\''},
    {"nbsp", ' '},     {"copy", 0xA9},    {"reg", 0xAE},     {"trade", 0x2122},  {"euro", 0x20AC},
    {"pound", 0xA3},   {"yen", 0xA5},     {"sect", 0xA7},    {"para", 0xB6},     {"deg", 0xB0},
    {"plusmn", 0xB1},  {"times", 0xD7},   {"divide", 0xF7},  {"frac12", 0xBD},   {"frac14", 0xBC},
    {"micro", 0xB5},   {"middot", 0xB7},  {"bull", 0x2022},  {"hellip", 0x2026}, {"ndash", 0x2013},
    {"mdash", 0x2014}, {"lsquo", 0x2018}, {"rsquo", 0x2019}, {"ldquo", 0x201C},  {"rdquo", 0x201D},
    {"laquo", 0xAB},   {"raquo", 0xBB},   {"larr", 0x2190},  {"rarr", 0x2192},   {"le", 0x2264},
    {"ge", 0x2265},    {"ne", 0x2260},    {"auml", 0xE4},    {"ouml", 0xF6},     {"uuml", 0xFC},
    {"Auml", 0xC4},    {"Ouml", 0xD6},    {"Uuml", 0xDC},    {"szlig", 0xDF},    {"eacute", 0xE9},
    {"egrave", 0xE8},  {"ecirc", 0xEA},   {"agrave", 0xE0},  {"aacute", 0xE1},   {"acirc", 0xE2},
    {"ccedil", 0xE7},  {"ntilde", 0xF1},  {"oacute", 0xF3},  {"iacute", 0xED},   {"uacute", 0xFA},
    {"aring", 0xE5},   {"oslash", 0xF8},  {"aelig", 0xE6},   {"shy", 0xAD},      {"zwj", 0x200D},
};

/* "#8212", "#x2014": what is no character becomes U+FFFD, as HTML says. */
static bool numeric(Str body, uint32_t *code) {
    assert(body.n >= 1 && body.p[0] == '#');
    size_t at = 1;
    uint32_t base = 10, value = 0;
    if (at < body.n && (body.p[at] | 32) == 'x') {
        base = 16;
        at++;
    }
    if (at >= body.n) return false;
    for (; at < body.n; at++) {
        uint32_t d = (uint32_t)plain_hex(body.p[at]);
        if (d >= base || value > 0x10FFFF) return false;
        value = value * base + d;
    }
    *code = value == 0 || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000) ? UTF8_REPLACEMENT
                                                                                  : value;
    return true;
}

static bool named(Str body, uint32_t *code) {
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        if (!str_eq_c(body, NAMES[i].name)) continue;
        *code = NAMES[i].code;
        return true;
    }
    return false;
}

void entity_add(Buf *out, Str ref) {
    uint32_t code = 0;
    bool framed = ref.n >= 3 && ref.p[0] == '&' && ref.p[ref.n - 1] == ';';
    Str body = framed ? str_sub(ref, 1, ref.n - 1) : ref;
    if (framed && (body.p[0] == '#' ? numeric(body, &code) : named(body, &code))) {
        utf8_add(out, code);
    } else {
        buf_add_str(out, ref);
    }
}

/* ---- tags ---- */

/* The word in either case, and no letter behind it. */
static bool word_at(Str s, size_t at, const char *lower) {
    size_t n = strlen(lower);
    if (s.n - at < n) return false;
    for (size_t i = 0; i < n; i++) {
        if ((s.p[at + i] | 32) != lower[i]) return false;
    }
    return at + n >= s.n || !((s.p[at + n] | 32) >= 'a' && (s.p[at + n] | 32) <= 'z');
}

/* Tags that part words from each other; both the opening and the closing one. */
static bool is_block_tag(Str s, size_t at) {
    static const char *const names[] = {"p",  "div", "br", "li", "tr", "h1",         "h2",   "h3",
                                        "h4", "ul",  "ol", "hr", "td", "blockquote", "table"};
    if (at < s.n && s.p[at] == '/') at++;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (word_at(s, at, names[i])) return true;
    }
    return false;
}

/* Behind the end tag of a script or style that opens at `at`; the end when there is none. */
static size_t skip_raw(Str s, size_t at, const char *name) {
    for (size_t i = at; (i = str_find(s, STR("</"), i)) != SIZE_MAX; i += 2) {
        if (word_at(s, i + 2, name)) return i;
    }
    return s.n;
}

/* Behind the tag or comment at `at`; scripts and styles go with all that is in them. An unclosed
   one lasts to the end. */
static size_t skip_tag(Buf *out, Str s, size_t at) {
    assert(at + 1 < s.n && s.p[at] == '<');
    if (word_at(s, at + 1, "script")) at = skip_raw(s, at + 1, "script");
    if (at < s.n && word_at(s, at + 1, "style")) at = skip_raw(s, at + 1, "style");
    if (at >= s.n) return s.n;
    if (str_starts(str_sub(s, at, s.n), STR("<!--"))) {
        size_t end = str_find(s, STR("-->"), at);
        return end == SIZE_MAX ? s.n : end + 3;
    }
    if (is_block_tag(s, at + 1)) buf_add_byte(out, '\n');
    size_t end = str_find(s, STR(">"), at);
    return end == SIZE_MAX ? s.n : end + 1;
}

/* A '<' that no tag follows is text, as in "a < b". */
void entity_strip_tags(Buf *out, Str s) {
    size_t at = 0;
    while (at < s.n && out->status == OK) {
        char c = s.p[at];
        if (c == '<' && at + 1 < s.n) {
            char d = (char)(s.p[at + 1] | 32);
            bool tag = plain_is_small(d) || s.p[at + 1] == '/' || s.p[at + 1] == '!';
            if (tag) {
                at = skip_tag(out, s, at);
                continue;
            }
        }
        size_t end = c == '&' ? str_find(str_sub(s, 0, s.n - at < 12 ? s.n : at + 12), STR(";"), at)
                              : SIZE_MAX;
        if (end != SIZE_MAX) {
            entity_add(out, str_sub(s, at, end + 1));
            at = end + 1;
        } else {
            buf_add_byte(out, c);
            at++;
        }
    }
}
