/*
 * Escapes: what is copied out of a program spells characters by their numbers, and whoever reads
 * the text knows them (so does every model). "bob%40example.com", "&#49;38 0013 8000" and
 * "\u5f20\u4e09" name somebody as well as the plain words do.
 *
 *     %XX                  RFC 3986 2.1
 *     %25XX                the same, escaped twice; ASCII only
 *     =XX                  quoted-printable, RFC 2045 6.7; it has no need to spell ASCII so, and
 *                          "123=45=6789" is a number: of ASCII QUOTED_LEAST in a row
 *     &#DDD;  &#xHHH;      HTML 13.5, also without the semicolon; and the names of the marks that
 *                          stand in addresses and numbers, and of Latin-1's letters
 *     &amp;#DDD;           the same, escaped twice; ASCII only
 *     \uXXXX  \u{XXX}      RFC 8259 7, ECMAScript; two halves of a pair are one character
 *     \UXXXXXXXX           C, Python
 *     \xXX                 C and its heirs
 *     \OOO                 the same in octal, as git names files; not one alone
 *     \n  \r  \t           ends of lines and of cells; not in a path of Windows
 *     ESC [ ... m          colours of a terminal (ECMA-48 5.4): nothing
 *
 * Escapes of a byte spell a character together, in UTF-8; a lone \xXX is one of Latin-1.
 *
 * Only letters, digits, blanks and the marks that hold an identifier together are taken: a decoded
 * quote or ampersand would change where a URL or a string ends, and names nobody.
 *
 * No escape is shorter than the UTF-8 of its character.
 */
#include "gate/scan/escape.h"

#include "base/plain.h"
#include "base/utf8.h"

enum { DIGITS_MAX = 7, COLOUR_MAX = 32, QUOTED_LEAST = 4, PATH_REACH = 128 };

/* Digits of the base at `at`, `most` of them at most; how many. */
static size_t number_at(Str s, size_t at, int base, size_t most, uint32_t *value) {
    size_t n = 0;
    *value = 0;
    for (; n < most && at + n < s.n; n++) {
        int digit = plain_hex(s.p[at + n]);
        if (digit < 0 || digit >= base) break;
        *value = *value * (uint32_t)base + (uint32_t)digit;
    }
    return n;
}

/* ---- escapes of a byte ---------------------------------------------------------------------- */

/* One byte's escape of the sort that stands at `at`: how long it is; 0: none. */
static size_t byte_at(Str s, size_t at, uint32_t *byte) {
    char second = at + 1 < s.n ? s.p[at + 1] : 0;
    if (at >= s.n) return 0;
    if (s.p[at] != '\\') return number_at(s, at + 1, 16, 2, byte) == 2 ? 3 : 0;
    if (second == 'x') return number_at(s, at + 2, 16, 2, byte) == 2 ? 4 : 0;
    return number_at(s, at + 1, 8, 3, byte) == 3 && *byte < 256 ? 4 : 0;
}

/* Does another of the same sort stand right before or behind? */
static bool in_row(Str s, size_t at, size_t width) {
    uint32_t byte;
    size_t next = at + width;
    if (next < s.n && s.p[next] == s.p[at] && byte_at(s, next, &byte)) return true;
    return at >= width && s.p[at - width] == s.p[at] && byte_at(s, at - width, &byte) == width;
}

/* The character that escaped bytes spell. */
static size_t bytes_at(Str s, size_t at, uint32_t *code) {
    char bytes[UTF8_MAX_BYTES];
    size_t n = 0, end = at, step, width, one = 0;
    uint32_t byte;
    while (n < sizeof bytes && end < s.n && s.p[end] == s.p[at] &&
           (step = byte_at(s, end, &byte)) > 0 && (one == 0 || step == one)) {
        one = step;
        end += step;
        bytes[n++] = (char)byte;
        if (byte < 0x80) break; /* ends here: a character of its own, or no UTF-8 */
    }
    if (n == 0 || !utf8_decode_strict((Str){bytes, n}, 0, code, &width)) return 0;
    return one * width;
}

static size_t percent_at(Str s, size_t at, uint32_t *code) {
    bool twice = at + 2 < s.n && s.p[at + 1] == '2' && s.p[at + 2] == '5';
    if (twice && number_at(s, at + 3, 16, 2, code) == 2) return *code < 0x80 ? 5 : 0;
    return bytes_at(s, at, code);
}

/* Is the byte's escape one of QUOTED_LEAST in a row? */
static bool is_quoted_row(Str s, size_t at) {
    uint32_t byte;
    size_t n = 1;
    for (size_t i = at + 3; n < QUOTED_LEAST && i < s.n && s.p[i] == '=' && byte_at(s, i, &byte);) {
        n++;
        i += 3;
    }
    for (size_t i = at; n < QUOTED_LEAST && i >= 3 && s.p[i - 3] == '='; i -= 3) {
        if (!byte_at(s, i - 3, &byte)) break;
        n++;
    }
    return n >= QUOTED_LEAST;
}

static size_t quoted_at(Str s, size_t at, uint32_t *code) {
    bool alone = (at + 3 >= s.n || s.p[at + 3] != '=') && (at < 3 || s.p[at - 3] != '=');
    if (alone) return 0; /* an '=' of assignments: by far the most */
    size_t n = bytes_at(s, at, code);
    return n > 3 || (n && is_quoted_row(s, at)) ? n : 0;
}

/* One alone is more often something else: "C:\\101". */
static size_t octal_at(Str s, size_t at, uint32_t *code) {
    size_t n = bytes_at(s, at, code);
    return n > 4 || (n && in_row(s, at, n)) ? n : 0;
}

/* ---- escapes of a character ----------------------------------------------------------------- */

/* Letters of Latin-1 by name: "&uuml;". */
static size_t letter_entity_at(Str s, size_t at, uint32_t *code) {
    static const struct {
        const char *mark; /* behind the letter */
        const char *letters;
        uint8_t codes[7];
    } rows[] = {{"uml;", "aeiouy", {0xE4, 0xEB, 0xEF, 0xF6, 0xFC, 0xFF}},
                {"acute;", "aeiouy", {0xE1, 0xE9, 0xED, 0xF3, 0xFA, 0xFD}},
                {"grave;", "aeiou", {0xE0, 0xE8, 0xEC, 0xF2, 0xF9}},
                {"circ;", "aeiou", {0xE2, 0xEA, 0xEE, 0xF4, 0xFB}},
                {"tilde;", "ano", {0xE3, 0xF1, 0xF5}},
                {"cedil;", "c", {0xE7}},
                {"ring;", "a", {0xE5}},
                {"slash;", "o", {0xF8}},
                {"zlig;", "s", {0xDF}}};
    if (s.n - at < 2) return 0;
    Str rest = str_sub(s, at + 2, s.n);
    char c = s.p[at + 1], small = (char)(c | 0x20);
    bool upper = c != small;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *letter = c ? strchr(rows[i].letters, small) : NULL;
        if (!letter || !str_starts(rest, str_from(rows[i].mark))) continue;
        *code = rows[i].codes[letter - rows[i].letters];
        if (upper && *code != 0xFF && *code != 0xDF) *code -= 0x20;
        return strlen(rows[i].mark) + 2;
    }
    return 0;
}

/* &#65; &#x41; and names of marks that people hide an address with; a name needs its semicolon. */
static size_t entity_at(Str s, size_t at, uint32_t *code) {
    static const struct {
        Str name;
        char mark;
    } names[] = {{STR("&nbsp;"), ' '},   {STR("&commat;"), '@'}, {STR("&period;"), '.'},
                 {STR("&hyphen;"), '-'}, {STR("&lowbar;"), '_'}, {STR("&plus;"), '+'},
                 {STR("&ensp;"), ' '},   {STR("&emsp;"), ' '},   {STR("&thinsp;"), ' '},
                 {STR("&ndash;"), '-'},  {STR("&mdash;"), '-'},  {STR("&middot;"), '-'},
                 {STR("&bull;"), '-'},   {STR("&lpar;"), '('},   {STR("&rpar;"), ')'}};
    Str rest = str_sub(s, at, s.n);
    bool named = rest.n > 5 && rest.p[1] >= 'b' && rest.p[1] <= 't';
    for (size_t i = 0; named && i < ARRAY_LEN(names); i++) {
        if (rest.p[1] != names[i].name.p[1]) continue;
        if (!str_starts(rest, names[i].name)) continue;
        *code = (uint32_t)names[i].mark;
        return names[i].name.n;
    }
    if (str_starts(rest, STR("&amp;#"))) {
        Str inner = {rest.p + 4, rest.n - 4};
        bool hex = inner.n > 2 && (inner.p[2] | 0x20) == 'x';
        size_t from = hex ? 3 : 2, n = number_at(inner, from, hex ? 16 : 10, DIGITS_MAX, code);
        bool ends = n && from + n < inner.n && inner.p[from + n] == ';';
        return ends && *code < 0x80 ? 4 + from + n + 1 : 0;
    }
    if (rest.n < 4 || rest.p[1] != '#') return letter_entity_at(s, at, code);
    bool hex = (rest.p[2] | 0x20) == 'x';
    size_t from = hex ? 3 : 2, n = number_at(rest, from, hex ? 16 : 10, DIGITS_MAX, code);
    if (from + n < rest.n && rest.p[from + n] == ';') return n ? from + n + 1 : 0;
    return n >= 2 ? from + n : 0; /* browsers miss no semicolon */
}

/* "C:\" or two backslashes, and no word before it. */
static bool is_root(Str s, size_t at) {
    if (s.n - at < 3 || s.p[at + 1] != '\\') return false;
    if (s.p[at] == '\\') return at == 0 || (unsigned char)s.p[at - 1] <= ' ';
    return s.p[at] == ':' && at > 0 && plain_is_letter(s.p[at - 1]) &&
           (at == 1 || !plain_is_alnum(s.p[at - 2]));
}

static bool is_in_path(Str s, size_t at) {
    for (size_t back = 0; back < PATH_REACH && at > 0; back++) {
        if ((unsigned char)s.p[--at] <= ' ') return false;
        if (is_root(s, at)) return true;
    }
    return false;
}

/* "Fabian Throckmorton\nHe lives": two lines, as JSON and programs quote them. */
static size_t line_end_at(Str s, size_t at, uint32_t *code) {
    *code = s.p[at + 1] == 't' ? '\t' : '\n';
    return is_in_path(s, at) ? 0 : 2;
}

/* \xNN, \uNNNN, \u{N}, \UNNNNNNNN, \NNN in octal. Half of a surrogate pair is nothing. */
static size_t backslash_at(Str s, size_t at, uint32_t *code) {
    char kind = at + 1 < s.n ? s.p[at + 1] : 0;
    uint32_t low;
    if (kind == 'n' || kind == 'r' || kind == 't') return line_end_at(s, at, code);
    if (kind == 'x') {
        size_t n = bytes_at(s, at, code);
        return n ? n : byte_at(s, at, code);
    }
    if (kind == 'U') return number_at(s, at + 2, 16, 8, code) == 8 ? 10 : 0;
    if (kind != 'u') return kind >= '0' && kind <= '7' ? octal_at(s, at, code) : 0;
    if (at + 2 < s.n && s.p[at + 2] == '{') {
        size_t n = number_at(s, at + 3, 16, DIGITS_MAX - 1, code);
        return n && at + 3 + n < s.n && s.p[at + 3 + n] == '}' ? n + 4 : 0;
    }
    if (number_at(s, at + 2, 16, 4, code) != 4) return 0;
    if (*code - 0xD800 >= 0x400) return 6;
    bool pair = at + 7 < s.n && s.p[at + 6] == '\\' && s.p[at + 7] == 'u' &&
                number_at(s, at + 8, 16, 4, &low) == 4 && low - 0xDC00 < 0x400;
    if (!pair) return 0;
    *code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
    return 12;
}

/* A terminal's colour (ECMA-48 SGR) between two letters: nobody sees it there. */
static size_t colour_at(Str s, size_t at, uint32_t *code) {
    size_t end = at + 2;
    if (end >= s.n || s.p[at + 1] != '[') return 0;
    while (end < s.n && end - at < COLOUR_MAX && s.p[end] >= 0x20 && s.p[end] < 0x40) end++;
    *code = ESCAPE_NOTHING;
    return end < s.n && s.p[end] == 'm' ? end + 1 - at : 0;
}

/* Only what may be part of something private is read; a quotation mark or brace that is escaped
   stays as written. */
static bool is_telling(uint32_t c) {
    static const char marks[] = " @.-_+()*|~,";
    if (c >= 0x80) return c <= 0x10FFFF && c - 0xD800 >= 0x800;
    if (plain_is_alnum((int)c)) return true;
    return c && memchr(marks, (int)c, sizeof marks - 1);
}

/* One sort a first byte; *code is set where the result is not 0. */
size_t escape_at(Str text, size_t at, uint32_t *code) {
    size_t n = 0;
    switch (text.p[at]) {
    case '%': n = percent_at(text, at, code); break;
    case '=': n = quoted_at(text, at, code); break;
    case '&': n = entity_at(text, at, code); break;
    case '\x1b': n = colour_at(text, at, code); break;
    default:
        n = backslash_at(text, at, code);
        if (n && (*code == '\n' || *code == '\t')) return n;
        break;
    }
    return n && is_telling(*code) ? n : 0;
}

/* The text with its escapes read; what is none stays byte for byte. */
void escape_read(Str text, Buf *out) {
    char bytes[UTF8_MAX_BYTES];
    uint32_t code;
    for (size_t at = 0, width; at < text.n; at += width) {
        width = escape_begins(text.p[at]) ? escape_at(text, at, &code) : 0;
        if (!width) buf_add(out, text.p + at, width = 1);
        else if (code != ESCAPE_NOTHING) buf_add(out, bytes, utf8_encode(code, bytes));
    }
}
