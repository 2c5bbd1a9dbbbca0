/*
 * The body of mime.h. Mail in the wild breaks every rule, so nothing here fails: a broken code is
 * copied as it stands.
 *
 * Sources: RFC 2045 (transfer encodings), RFC 2047 (encoded words), RFC 2231 (parameters).
 *
 * Examples:
 *
 *     =?utf-8?q?M=C3=BCller?= <m@example.org>      Müller <m@example.org>
 *     attachment; filename*=utf-8''r%C3%A9sum%C3%A9.pdf   filename is résumé.pdf
 *     Caf=E9=                                      the bytes of "Café", and the line goes on
 */
#include "knowledge/read/mime.h"

#include <assert.h>
#include <stdio.h>

#include "base/plain.h"
#include "knowledge/read/charset.h"

bool mime_same(Str a, const char *lower) {
    return a.n == strlen(lower) && str_begins(a, lower);
}

/* "=E4" or "%E4" at `at`: the byte, else -1. */
static int hex_pair(Str s, size_t at) {
    if (s.n - at < 3) return -1;
    int a = plain_hex(s.p[at + 1]), b = plain_hex(s.p[at + 2]);
    return a < 0 || b < 0 ? -1 : a * 16 + b;
}

/* Length of a soft line break "=\n" with blanks and '\r' before the end; 0: none. */
static size_t soft_break(Str s, size_t at) {
    size_t i = at + 1;
    while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == '\r')) i++;
    if (i >= s.n) return i - at;
    return s.p[i] == '\n' ? i + 1 - at : 0;
}

/* A '=' that is no code stays as it stands. */
void mime_add_quoted(Buf *out, Str s, bool underscore_is_blank) {
    for (size_t at = 0; at < s.n;) {
        char c = s.p[at];
        int code = c == '=' ? hex_pair(s, at) : -1;
        size_t soft = c == '=' && code < 0 ? soft_break(s, at) : 0;
        if (code >= 0) {
            buf_add_byte(out, (char)code);
            at += 3;
        } else if (soft) {
            at += soft;
        } else {
            buf_add_byte(out, underscore_is_blank && c == '_' ? ' ' : c);
            at++;
        }
    }
}

/* Both alphabets of RFC 4648; -1: not one of them. */
static int base64_value(char c) {
    if (plain_is_capital(c)) return c - 'A';
    if (plain_is_small(c)) return c - 'a' + 26;
    if (plain_is_digit(c)) return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

void mime_add_base64(Buf *out, Str s) {
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < s.n; i++) {
        int v = base64_value(s.p[i]);
        if (s.p[i] == '=') have = 0;
        if (v < 0) continue;
        bits = (bits << 6 | (uint32_t)v) & 0xFFFFFF;
        have += 6;
        if (have < 8) continue;
        have -= 8;
        buf_add_byte(out, (char)(bits >> have & 0xFF));
    }
}

/* ---- encoded words ---- */

typedef struct Word {
    Str charset, text;
    char encoding; /* 'b' or 'q' */
    size_t end;    /* behind "?=" */
} Word;

/* "=?charset?b?text?=" at `at`. A charset of more than 62 bytes is none. */
static bool word_at(Str s, size_t at, Word *out) {
    if (s.n - at < 8 || s.p[at] != '=' || s.p[at + 1] != '?') return false;
    size_t a = str_find(s, STR("?"), at + 2);
    if (a == SIZE_MAX || a - at > 64 || a + 2 >= s.n || s.p[a + 2] != '?') return false;
    out->encoding = plain_lower(s.p[a + 1]);
    size_t end = str_find(s, STR("?="), a + 3);
    if (end == SIZE_MAX || (out->encoding != 'b' && out->encoding != 'q')) return false;
    out->charset = str_sub(s, at + 2, a);
    size_t star = str_find(out->charset, STR("*"), 0); /* RFC 2231: language behind '*' */
    if (star != SIZE_MAX) out->charset.n = star;
    out->text = str_sub(s, a + 3, end);
    out->end = end + 2;
    return true;
}

/* As UTF-8 by the label, else by a guess; as they are where neither works. */
static void add_bytes(Buf *out, Str bytes, Str label) {
    Err ignored;
    const char *charset = charset_detect(bytes, label);
    if (!charset || charset_decode(bytes, charset, out, &ignored) != OK) buf_add_str(out, bytes);
}

/* Words of one charset that follow each other are one text: a character may be cut between them. */
static size_t add_words(Buf *out, Str s, size_t at) {
    Buf bytes;
    Word word, first;
    buf_init(&bytes, 1 << 20);
    bool here = word_at(s, at, &first);
    assert(here); /* whoever calls has seen it */
    (void)here;
    word = first;
    for (;;) {
        if (word.encoding == 'b') {
            mime_add_base64(&bytes, word.text);
        } else {
            mime_add_quoted(&bytes, word.text, true);
        }
        at = word.end;
        size_t next = at;
        while (next < s.n &&
               (s.p[next] == ' ' || s.p[next] == '\t' || s.p[next] == '\n' || s.p[next] == '\r')) {
            next++;
        }
        if (!word_at(s, next, &word)) break;
        at = next; /* blanks between encoded words do not count */
        if (!str_eq(word.charset, first.charset)) break;
    }
    add_bytes(out, buf_str(&bytes), first.charset);
    buf_fini(&bytes);
    return at;
}

void mime_add_header(Buf *out, Str s) {
    Word word;
    Buf plain; /* raw 8-bit headers exist; they are decoded as one */
    buf_init(&plain, 1 << 20);
    for (size_t at = 0; at < s.n;) {
        if (s.p[at] == '=' && word_at(s, at, &word)) {
            add_bytes(out, buf_str(&plain), STR(""));
            buf_clear(&plain);
            at = add_words(out, s, at);
            continue;
        }
        char c = s.p[at++];
        buf_add_byte(&plain, c == '\n' || c == '\r' || c == '\t' ? ' ' : c);
    }
    add_bytes(out, buf_str(&plain), STR(""));
    buf_fini(&plain);
}

/* ---- parameters ---- */

/* charset'language'value with %XX (RFC 2231, 4). */
static void add_extended(Buf *out, Str value) {
    size_t a = str_find(value, STR("'"), 0);
    size_t b = a == SIZE_MAX ? SIZE_MAX : str_find(value, STR("'"), a + 1);
    Str label = b == SIZE_MAX ? STR("") : str_sub(value, 0, a);
    Str text = b == SIZE_MAX ? value : str_sub(value, b + 1, value.n);
    Buf bytes;
    buf_init(&bytes, 64 * 1024);
    for (size_t at = 0; at < text.n;) {
        int code = text.p[at] == '%' ? hex_pair(text, at) : -1;
        buf_add_byte(&bytes, code >= 0 ? (char)code : text.p[at]);
        at += code >= 0 ? 3 : 1;
    }
    add_bytes(out, buf_str(&bytes), label);
    buf_fini(&bytes);
}

/* The value that begins at `at`: a quoted string or a token. Returns where it ends. */
static size_t value_end(Str s, size_t at, Str *value) {
    if (at < s.n && s.p[at] == '"') {
        size_t end = at + 1;
        while (end < s.n && s.p[end] != '"') end += s.p[end] == '\\' ? 2 : 1;
        if (end > s.n) end = s.n;
        *value = str_sub(s, at + 1, end);
        return end < s.n ? end + 1 : end;
    }
    size_t end = at;
    while (end < s.n && s.p[end] != ';') end++;
    *value = str_trim(str_sub(s, at, end));
    return end;
}

/* The parameter behind the ';' at *at; *at moves on to the next one. */
static bool next_param(Str s, size_t *at, Str *key, Str *value) {
    if (*at >= s.n) return false;
    size_t from = *at + 1;
    while (from < s.n && s.p[from] <= ' ') from++;
    size_t eq = str_find(s, STR("="), from);
    if (eq == SIZE_MAX) return false;
    *key = str_trim(str_sub(s, from, eq));
    for (from = eq + 1; from < s.n && s.p[from] > 0 && s.p[from] <= ' ';) from++; /* also folded */
    size_t next = str_find(s, STR(";"), value_end(s, from, value));
    *at = next < s.n ? next : s.n;
    return true;
}

/* Is it piece `number` of the parameter, name*1 or name*1* (RFC 2231, 3)? */
static bool is_piece(Str key, const char *name, unsigned number) {
    char wanted[64];
    int n = snprintf(wanted, sizeof wanted, "%s*%u", name, number);
    if (key.n && key.p[key.n - 1] == '*') key.n--;
    return n > 0 && (size_t)n < sizeof wanted && mime_same(key, wanted);
}

/* Names are found in any case; quotes protect a ';' inside a value. Pieces of a long value come in
   their order, and only the first says the character set. */
bool mime_param(Str s, const char *name, Buf *out) {
    enum { VALUE_BYTES_MAX = 64 << 10, PIECES_MAX = 1000 };
    size_t at = str_find(s, STR(";"), 0);
    Str key, value;
    while (next_param(s, &at, &key, &value)) {
        bool extended = key.n && key.p[key.n - 1] == '*';
        bool first = is_piece(key, name, 0);
        if (extended) key.n--;
        if (!first && !mime_same(key, name)) continue;
        Buf whole;
        buf_init(&whole, VALUE_BYTES_MAX);
        buf_add_str(&whole, value);
        for (unsigned piece = 1; first && piece < PIECES_MAX && next_param(s, &at, &key, &value);) {
            if (!is_piece(key, name, piece)) continue;
            buf_add_str(&whole, value);
            piece++;
        }
        if (extended) add_extended(out, buf_str(&whole));
        else mime_add_header(out, buf_str(&whole));
        buf_fini(&whole);
        return true;
    }
    return false;
}
