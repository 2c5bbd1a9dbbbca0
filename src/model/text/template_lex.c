/*
 * Tokens of a chat template.
 *
 * A template is text with three kinds of tags: {{ print }}, {% statement %}, {# comment #}. The
 * lexer is in one of two states, text or tag, and turns the whole source into an array of tokens
 * at once. Most of the work is white space, where jinja2 is particular and chat templates depend on
 * every blank of it:
 *
 *   - one newline at the very end of the source is dropped; \r\n and \r count as \n;
 *   - "-" inside a tag's border strips all white space beyond it, newlines included;
 *   - trim_blocks: the first newline after a statement or comment is dropped ("+" keeps it);
 *   - lstrip_blocks: blanks between the start of a line and a statement or comment are dropped
 *     ("+" keeps them), never before a print tag;
 *   - {% raw %} ... {% endraw %} is text, whatever it holds.
 *
 * Inside a tag, "}}" and "%}" end it only when all brackets opened in it are closed, so that
 * {{ {'a': {}} }} reads as meant. String literals take Python's escapes; a letter that no escape
 * knows keeps its backslash. \N{...} is refused.
 *
 * Numbers: 1_000, 0x, 0o, 0b and decimal reals. Whole numbers beyond 64 bits are refused (Python
 * has none of that limit; no template needs it).
 *
 * Source of the rules: jinja2 3.1, documentation section "Whitespace Control" and the behaviour of
 * its lexer, checked by tests/golden/templates.py.
 *
 * Worked example, with trim_blocks and lstrip_blocks: the four lines
 *
 *     Hi
 *       {% if x -%}
 *          {{ x }}
 *     {% endif %}
 *
 * give DATA "Hi\n" (the blanks before the tag are stripped), BLOCK_BEGIN, NAME if, NAME x,
 * BLOCK_END (its "-" eats the newline and the blanks of the next line), PRINT_BEGIN, NAME x,
 * PRINT_END, DATA "\n", BLOCK_BEGIN, NAME endif, BLOCK_END, EOF.
 */
#include <assert.h>

#include "base/plain.h"
#include "base/utf8.h"
#include "model/text/template_int.h"

enum { TOKENS_MAX = 200000, BRACKETS_MAX = 256 };

typedef struct Lexer {
    TParser *p;
    Str s;
    size_t at;
    uint32_t line;
    bool line_start; /* nothing but tags since the line began */
    char open[BRACKETS_MAX];
    size_t n_open;
} Lexer;

/* E_CORRUPT at the line where the lexer stands. */
static Status fail(Lexer *lx, const char *what) {
    return TMPL_ERR(lx->p->err, E_CORRUPT, lx->line, "%s", what);
}

/* Moves on and counts lines. */
static void advance(Lexer *lx, size_t to) {
    assert(lx->at <= to && to <= lx->s.n);
    for (; lx->at < to; lx->at++) lx->line += lx->s.p[lx->at] == '\n';
}

/* Does the source have this text at `at`? */
static bool looking_at(const Lexer *lx, size_t at, const char *text) {
    assert(at <= lx->s.n);
    size_t n = strlen(text);
    return n <= lx->s.n - at && memcmp(lx->s.p + at, text, n) == 0;
}

/* Behind the white space at `at`; Unicode's, as Python sees it. */
static size_t skip_space(Str s, size_t at) {
    for (size_t width; at < s.n; at += width) {
        if (!tmpl_is_space(utf8_decode(s, at, &width))) break;
    }
    return at;
}

/* Where the white space that ends s begins. */
static size_t space_before(Str s) {
    size_t end = s.n;
    while (end > 0) {
        size_t at = end - 1, width;
        while (at > 0 && end - at < UTF8_MAX_BYTES && utf8_goes_on(s.p[at])) at--;
        uint32_t code = utf8_decode(s, at, &width);
        if (at + width != end || !tmpl_is_space(code)) break;
        end = at;
    }
    return end;
}

static Status push(Lexer *lx, TToken token) {
    TParser *p = lx->p;
    if (p->n_tokens == TOKENS_MAX) {
        return TMPL_ERR(p->err, E_LIMIT, lx->line, "more than %d tokens", TOKENS_MAX);
    }
    TToken *tokens =
        arena_grow(p->arena, p->tokens, p->n_tokens, &p->cap_tokens, sizeof *tokens);
    if (!tokens) return tmpl_parse_full(p);
    p->tokens = tokens;
    if (!token.line) token.line = lx->line;
    p->tokens[p->n_tokens++] = token;
    return OK;
}

/* ---- text state ------------------------------------------------------------------------------ */

/* Text before a tag, cut on the right as the tag's sign and lstrip_blocks say. */
static Status push_text(Lexer *lx, size_t end, char sign, bool lstrip) {
    assert(lx->at <= end && end <= lx->s.n);
    Str text = str_sub(lx->s, lx->at, end);
    if (sign == '-') {
        text.n = space_before(text);
    } else if (sign != '+' && lstrip) {
        size_t line = text.n;
        while (line > 0 && text.p[line - 1] != '\n') line--;
        bool starts_line = line > 0 || lx->line_start;
        if (starts_line && skip_space(text, line) == text.n) text.n = line;
    }
    if (text.n) TRY(push(lx, (TToken){.kind = TT_DATA, .text = text}));
    advance(lx, end);
    return OK;
}

/* After a closing border that ends at `at`: eats what its sign and trim_blocks say. */
static void close_tag(Lexer *lx, size_t at, char sign, bool trim) {
    assert(at >= 2 && at <= lx->s.n); /* a border of two characters ends there */
    if (sign == '-') at = skip_space(lx->s, at);
    if (sign == 0 && trim && at < lx->s.n && lx->s.p[at] == '\n') at++;
    lx->line_start = at > 0 && lx->s.p[at - 1] == '\n';
    advance(lx, at);
}

/* A sign belongs to the end only directly before it: {# a - #} has none. */
static Status lex_comment(Lexer *lx, size_t body) {
    for (size_t at = body; at < lx->s.n; at++) {
        char sign = lx->s.p[at] == '-' || lx->s.p[at] == '+' ? lx->s.p[at] : 0;
        if (looking_at(lx, at + (sign != 0), "#}")) {
            close_tag(lx, at + (sign != 0) + 2, sign, true);
            return OK;
        }
    }
    return fail(lx, "the comment has no end");
}

/* Is there `{% NAME %}` at the "{%" at `at`? Gives its signs and where it ends. */
static bool bare_tag(const Lexer *lx, size_t at, const char *name, char signs[2], size_t *end) {
    char c = at + 2 < lx->s.n ? lx->s.p[at + 2] : 0;
    signs[0] = c == '-' || c == '+' ? c : 0;
    size_t i = skip_space(lx->s, at + 2 + (signs[0] != 0));
    if (!looking_at(lx, i, name)) return false;
    i = skip_space(lx->s, i + strlen(name));
    c = i < lx->s.n ? lx->s.p[i] : 0;
    signs[1] = c == '-' || c == '+' ? c : 0;
    *end = i + (signs[1] != 0) + 2;
    return looking_at(lx, i + (signs[1] != 0), "%}");
}

/* Text up to {% endraw %}, whatever it holds; both borders strip as other tags do. */
static Status lex_raw(Lexer *lx, size_t start, char sign) {
    close_tag(lx, start, sign, false);
    for (size_t at = lx->at; at < lx->s.n; at++) {
        char signs[2];
        size_t end;
        if (!looking_at(lx, at, "{%") || !bare_tag(lx, at, "endraw", signs, &end)) continue;
        TRY(push_text(lx, at, signs[0], true));
        close_tag(lx, end, signs[1], true);
        return OK;
    }
    return fail(lx, "the raw block has no end");
}

/* A single brace is text. */
static size_t find_tag(const Lexer *lx) {
    for (size_t at = lx->at; at + 1 < lx->s.n; at++) {
        char next = lx->s.p[at + 1];
        if (lx->s.p[at] == '{' && (next == '%' || next == '{' || next == '#')) return at;
    }
    return SIZE_MAX;
}

/* ---- tag state ------------------------------------------------------------------------------- */

/* Behind the characters of the set; a NUL in the source is in no set. */
static size_t take_while(const Lexer *lx, size_t at, const char *set) {
    while (at < lx->s.n && lx->s.p[at] && strchr(set, lx->s.p[at])) at++;
    return at;
}

/* Digits with single underscores between them, from `at`. */
static size_t take_digits(const Lexer *lx, size_t at, const char *set) {
    size_t end = take_while(lx, at, set);
    while (end > at && end + 1 < lx->s.n && lx->s.p[end] == '_' &&
           take_while(lx, end + 1, set) > end + 1) {
        end = take_while(lx, end + 1, set);
    }
    return end;
}

/* Digits [from, end) in the base; underscores are passed over. */
static Status push_int(Lexer *lx, size_t from, size_t end, unsigned base) {
    assert(lx->at <= from && from < end && end <= lx->s.n); /* at least one digit */
    uint64_t value = 0;
    for (size_t i = from; i < end; i++) {
        char c = lx->s.p[i];
        if (c == '_') continue;
        unsigned digit = (unsigned)plain_hex(c);
        if (value > ((uint64_t)INT64_MAX - digit) / base) {
            return fail(lx, "a whole number beyond 64 bits");
        }
        value = value * base + digit;
    }
    TToken token = {.kind = TT_INT, .value = tv_int((int64_t)value)};
    token.text = str_sub(lx->s, lx->at, end);
    TRY(push(lx, token));
    lx->at = end;
    return OK;
}

/* Underscores go; the digits are read by base, so that no locale can change them. */
static Status push_real(Lexer *lx, size_t end) {
    char text[64];
    size_t n = 0;
    for (size_t i = lx->at; i < end && n + 1 < sizeof text; i++) {
        if (lx->s.p[i] != '_') text[n++] = lx->s.p[i];
    }
    double value = 0;
    Status status = end - lx->at < sizeof text
                        ? num_parse_real((Str){text, n}, 0, 1e308, "number", "", &value, NULL)
                        : E_LIMIT;
    if (status != OK) return fail(lx, "a number that is too long or too large");
    TRY(push(lx, (TToken){.kind = TT_REAL, .value = tv_real(value)}));
    lx->at = end;
    return OK;
}

/* After a dot a number is an index (a.0.1), never a real. */
static Status lex_number(Lexer *lx) {
    static const char decimal[] = "0123456789";
    static const struct {
        char letter;
        unsigned base;
        const char *digits;
    } bases[] = {{'x', 16, "0123456789abcdefABCDEF"}, {'o', 8, "01234567"}, {'b', 2, "01"}};
    size_t at = lx->at;
    char letter = at + 1 < lx->s.n ? (char)(lx->s.p[at + 1] | 32) : 0;
    for (size_t i = 0; i < ARRAY_LEN(bases); i++) {
        if (lx->s.p[at] != '0' || letter != bases[i].letter) continue;
        size_t from = at + 2 + (at + 2 < lx->s.n && lx->s.p[at + 2] == '_');
        size_t end = take_digits(lx, from, bases[i].digits);
        if (end > from) return push_int(lx, from, end, bases[i].base);
    }
    size_t whole = take_digits(lx, at, decimal), end = whole;
    bool after_dot = at > 0 && lx->s.p[at - 1] == '.';
    if (end < lx->s.n && lx->s.p[end] == '.') {
        size_t part = take_digits(lx, end + 1, decimal);
        if (part > end + 1) end = part;
    }
    if (end < lx->s.n && (lx->s.p[end] | 32) == 'e') {
        size_t sign = end + 1 < lx->s.n && strchr("+-", lx->s.p[end + 1]) && lx->s.p[end + 1];
        size_t part = take_digits(lx, end + 1 + sign, decimal);
        if (part > end + 1 + sign) end = part;
    }
    if (end > whole && !after_dot) return push_real(lx, end);
    if (lx->s.p[at] == '0') whole = take_digits(lx, at, "0");
    return push_int(lx, at, whole, 10);
}

/* Python's identifiers, by Unicode class: a letter or '_', then digits and marks, too. */
static bool is_name_char(uint32_t code, bool first) {
    if (code < 128) {
        return code == '_' || (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') ||
               (!first && code >= '0' && code <= '9');
    }
    UnicodeClass class = unicode_class(code);
    return class == UC_LETTER || (!first && (class == UC_MARK || class == UC_NUMBER));
}

/* Where the name at `at` ends; `at` itself: there is none. */
static size_t name_end(const Lexer *lx, size_t at) {
    size_t end = at;
    for (size_t width; end < lx->s.n; end += width) {
        if (!is_name_char(utf8_decode(lx->s, end, &width), end == at)) break;
    }
    return end;
}

/* Reads up to `max` digits of `base` and says how many there were. */
static size_t escape_digits(Str s, size_t *at, size_t max, unsigned base, uint32_t *out) {
    assert(max <= 8 && base <= 16); /* *out holds eight digits of 16 */
    size_t n = 0;
    *out = 0;
    while (n < max && *at < s.n) {
        int digit = plain_hex(s.p[*at]);
        if (digit < 0 || (unsigned)digit >= base) break;
        *out = *out * base + (unsigned)digit;
        (*at)++;
        n++;
    }
    return n;
}

/* One escape; s.p[*at] is the character after the backslash. Appends what it stands for. Half of a
   surrogate pair stands for no character: utf8_encode() refuses it, Python keeps it. */
static Status unescape(Lexer *lx, Str s, size_t *at, Buf *out) {
    static const char from[] = "\\'\"abfnrtv", to[] = "\\'\"\a\b\f\n\r\t\v";
    char c = s.p[*at];
    const char *simple = c ? strchr(from, c) : NULL;
    uint32_t code = 0;
    bool good = true;
    assert(*at < s.n); /* lex_string ends no literal behind a backslash */
    (*at)++;
    if (c == '\n') return OK;
    if (simple) {
        buf_add_byte(out, to[simple - from]);
        return OK;
    }
    if (c >= '0' && c <= '7') {
        (*at)--;
        (void)escape_digits(s, at, 3, 8, &code); /* c is one, so there is one */
    } else if (c == 'x' || c == 'u' || c == 'U') {
        size_t n = c == 'x' ? 2 : c == 'u' ? 4 : 8;
        good = escape_digits(s, at, n, 16, &code) == n;
    } else if (c == 'N') {
        good = false;
    } else {
        buf_add_byte(out, '\\');
        buf_add_byte(out, c);
        return OK;
    }
    char bytes[UTF8_MAX_BYTES];
    size_t n = good ? utf8_encode(code, bytes) : 0;
    if (!n) return fail(lx, "an escape in a string that means no character");
    buf_add(out, bytes, n);
    return OK;
}

/* The literal without its escapes, copied into the arena. */
static Status decode_string(Lexer *lx, Str s, Buf *out, Str *text) {
    for (size_t at = 0; at < s.n;) {
        if (s.p[at] == '\\' && at + 1 < s.n) {
            at++;
            TRY(unescape(lx, s, &at, out));
        } else {
            buf_add_byte(out, s.p[at++]);
        }
    }
    TRY(buf_check(out, "a string of the chat template", lx->p->err));
    char *copy = arena_dup(lx->p->arena, buf_str(out).p, out->n);
    if (!copy) return tmpl_parse_full(lx->p);
    *text = (Str){copy, out->n};
    return OK;
}

/* The end is looked for first; only strings with a backslash are copied. */
static Status lex_string(Lexer *lx) {
    char quote = lx->s.p[lx->at];
    size_t end = lx->at + 1;
    while (end < lx->s.n && lx->s.p[end] != quote) end += lx->s.p[end] == '\\' ? 2 : 1;
    if (end >= lx->s.n) return fail(lx, "the string has no closing quote");
    Str text = str_sub(lx->s, lx->at + 1, end);
    if (memchr(text.p, '\\', text.n)) {
        Buf out;
        buf_init(&out, TEMPLATE_SOURCE_MAX);
        Status status = decode_string(lx, text, &out, &text);
        buf_fini(&out);
        TRY(status);
    }
    TRY(push(lx, (TToken){.kind = TT_STRING, .text = text}));
    advance(lx, end + 1);
    return OK;
}

/* Brackets are matched here already: that is how "}}" inside {{ {..} }} is told from the end. */
static Status balance(Lexer *lx, int op) {
    static const char opening[] = "([{", closing[] = ")]}";
    const char *open = op < 128 ? strchr(opening, op) : NULL;
    const char *close = op < 128 ? strchr(closing, op) : NULL;
    if (open) {
        if (lx->n_open == BRACKETS_MAX) {
            return TMPL_ERR(lx->p->err, E_LIMIT, lx->line, "more than %d open brackets",
                            BRACKETS_MAX);
        }
        lx->open[lx->n_open++] = closing[open - opening];
    }
    if (!close) return OK;
    if (!lx->n_open || lx->open[lx->n_open - 1] != *close) {
        return TMPL_ERR(lx->p->err, E_CORRUPT, lx->line, "unexpected '%c'", *close);
    }
    lx->n_open--;
    return OK;
}

/* Two characters before one: "==" is never "=" twice. */
static Status lex_operator(Lexer *lx) {
    static const struct {
        const char *text;
        int op;
    } pairs[] = {{"==", OP_EQ}, {"!=", OP_NE},  {"<=", OP_LE},
                 {">=", OP_GE}, {"**", OP_POW}, {"//", OP_FLOORDIV}};
    int op = 0;
    size_t n = 2;
    for (size_t i = 0; i < ARRAY_LEN(pairs) && !op; i++) {
        if (looking_at(lx, lx->at, pairs[i].text)) op = pairs[i].op;
    }
    if (!op) {
        n = 1;
        op = (unsigned char)lx->s.p[lx->at];
        if (op == 0 || op > 127 || !strchr("+-/*%~[](){}><=.:|,;", op)) {
            return TMPL_ERR(lx->p->err, E_CORRUPT, lx->line, "unexpected character 0x%02x", op);
        }
    }
    TRY(balance(lx, op));
    TRY(push(lx, (TToken){.kind = TT_OP, .op = op, .text = str_sub(lx->s, lx->at, lx->at + n)}));
    lx->at += n;
    return OK;
}

/* One token, chosen by its first character. */
static Status lex_in_tag(Lexer *lx) {
    char c = lx->s.p[lx->at];
    if (c >= '0' && c <= '9') return lex_number(lx);
    if (c == '"' || c == '\'') return lex_string(lx);
    size_t end = name_end(lx, lx->at);
    if (end == lx->at) return lex_operator(lx);
    TRY(push(lx, (TToken){.kind = TT_NAME, .text = str_sub(lx->s, lx->at, end)}));
    lx->at = end;
    return OK;
}

/* From behind the opening border to behind the closing one. "+" is a sign in front of "%}" alone:
   before "}}" it is an operator without a right side, and an error in jinja2, too. */
static Status lex_tag(Lexer *lx, bool block) {
    const char *border = block ? "%}" : "}}";
    lx->n_open = 0;
    for (;;) {
        advance(lx, skip_space(lx->s, lx->at));
        if (lx->at >= lx->s.n) return fail(lx, "the tag has no end");
        char c = lx->s.p[lx->at];
        char sign = c == '-' || (c == '+' && block) ? c : 0;
        size_t end = lx->at + (sign != 0);
        if (!lx->n_open && looking_at(lx, end, border)) {
            TRY(push(lx, (TToken){.kind = block ? TT_BLOCK_END : TT_PRINT_END}));
            close_tag(lx, end + 2, sign, block);
            return OK;
        }
        TRY(lex_in_tag(lx));
    }
}

/* One stretch of text and the tag behind it. A raw tag that ends in "+%}" goes the way of any
   statement, whose parser refuses the name: as jinja2 does. */
static Status lex_next(Lexer *lx) {
    size_t tag = find_tag(lx);
    if (tag == SIZE_MAX) return push_text(lx, lx->s.n, '+', false);
    char kind = lx->s.p[tag + 1];
    char c = tag + 2 < lx->s.n ? lx->s.p[tag + 2] : 0;
    char sign = c == '-' || c == '+' ? c : 0;
    TRY(push_text(lx, tag, sign, kind != '{'));
    char signs[2];
    size_t end;
    if (kind == '%' && bare_tag(lx, tag, "raw", signs, &end) && signs[1] != '+') {
        return lex_raw(lx, end, signs[1]);
    }
    size_t body = tag + 2 + (sign != 0);
    if (kind == '#') return lex_comment(lx, body);
    TRY(push(lx, (TToken){.kind = kind == '%' ? TT_BLOCK_BEGIN : TT_PRINT_BEGIN}));
    advance(lx, body);
    return lex_tag(lx, kind == '%');
}

/* Copies the source with \n for every newline and without the one at the end. */
static Status normalize(TParser *p, Str source, Str *out) {
    char *copy = arena_alloc(p->arena, source.n + 1);
    size_t n = 0;
    if (!copy) return tmpl_parse_full(p);
    for (size_t i = 0; i < source.n; i++) {
        if (source.p[i] != '\r') {
            copy[n++] = source.p[i];
        } else if (i + 1 == source.n || source.p[i + 1] != '\n') {
            copy[n++] = '\n';
        }
    }
    if (n && copy[n - 1] == '\n') n--;
    copy[n] = 0;
    *out = (Str){copy, n};
    return OK;
}

Status tmpl_lex(TParser *p, Str source) {
    Lexer lx = {.p = p, .line = 1, .line_start = true};
    TRY(normalize(p, source, &lx.s));
    while (lx.at < lx.s.n) TRY(lex_next(&lx));
    return push(&lx, (TToken){.kind = TT_EOF});
}
