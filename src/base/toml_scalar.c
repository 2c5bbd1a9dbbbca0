/*
 * Strings, numbers, booleans and dates of TOML 1.0; see toml.c for the rest.
 *
 * Strings come in four kinds: "basic" and """multi-line basic""" know escapes (\b \t \n \f \r \" \\
 * \uXXXX \UXXXXXXXX, and a backslash at a line's end, which eats all blanks and newlines behind
 * it), 'literal' and '''multi-line literal''' know none. A newline right behind an opening triple
 * quote is dropped; up to two quotes may stand before a closing triple. A string without escapes
 * and line ends is a view of the text; all others are built once in the arena. CR LF within a
 * multi-line string becomes LF, so that a value does not depend on the editor's system.
 *
 * Numbers and dates are cut as one word first ([0-9A-Za-z+-_.:], and one blank between a date and a
 * time) and then read by shape: NNNN-NN-NN and NN:NN are dates and times, inf, nan, a point or an
 * exponent make a float, the rest is an integer. Underscores need a digit on both sides; a decimal
 * does not begin with 0; whole numbers fit int64, and a float is finite unless it is written inf
 * or nan.
 *
 * Dates are checked for real (days of the month, leap years, hours to 23, offsets to 23:59; second
 * 60 is accepted as RFC 3339 does) and kept as normalised text: 'T' and 'Z' in capitals, a fraction
 * with at least three digits.
 *
 * Source: toml.io/en/v1.0.0 and its ABNF; RFC 3339 section 5.6.
 *
 * Examples: 1_000 is 1000, 0x1F is 31, 010 is refused, +1.5e3 is 1500.0, 1979-05-27 07:32:00z is
 * kept as "1979-05-27T07:32:00Z", 07:32:00.5 as "07:32:00.500", 2023-02-29 is refused.
 */
#include <assert.h>
#include <float.h>
#include <math.h>

#include "base/calendar.h"
#include "base/plain.h"
#include "base/toml_parse.h"
#include "base/utf8.h"

enum { WORD_MAX = 256 };

/* ---- strings ---- */

/* Control characters but tab are not allowed anywhere in TOML text. */
static bool is_control(char c) {
    return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7F;
}

/* `digits` of hexadecimal behind \u or \U as UTF-8. The widest is 8 digits, which fill the number
   exactly. */
static Status read_code_point(TomlParser *p, size_t digits, char **to) {
    size_t from = p->at;
    uint32_t code = 0;
    assert(digits == 4 || digits == 8);
    for (size_t i = 0; i < digits; i++) {
        int digit = plain_hex(toml_peek(p, i));
        if (digit < 0) return toml_refuse(p, p->at + i, "an escape needs %zu hex digits", digits);
        code = code << 4 | (uint32_t)digit;
    }
    p->at += digits;
    size_t n = utf8_encode(code, *to);
    if (n == 0) return toml_refuse(p, from, "U+%X is no character", code);
    *to += n;
    return OK;
}

/* Behind a backslash at the end of a line: all blanks and line ends go. */
static void skip_continuation(TomlParser *p) {
    for (;;) {
        char c = toml_peek(p, 0);
        if (c == ' ' || c == '\t' || c == '\n') {
            p->at++;
        } else if (c == '\r' && toml_is_newline(p, 0)) {
            p->at += 2;
        } else {
            return;
        }
    }
}

/* Only blanks up to the line's end: the backslash before them joins lines. */
static bool at_continuation(const TomlParser *p) {
    size_t i = 0;
    while (toml_peek(p, i) == ' ' || toml_peek(p, i) == '\t') i++;
    return toml_is_newline(p, i);
}

/* At the byte behind a backslash. */
static Status read_escape(TomlParser *p, bool multiline, char **to) {
    static const char plain[128] = {['b'] = '\b', ['t'] = '\t', ['n'] = '\n', ['f'] = '\f',
                                    ['r'] = '\r', ['"'] = '"',  ['\\'] = '\\'};
    char c = toml_peek(p, 0);
    if (multiline && at_continuation(p)) {
        skip_continuation(p);
        return OK;
    }
    p->at++;
    if (c == 'u') return read_code_point(p, 4, to);
    if (c == 'U') return read_code_point(p, 8, to);
    char value = (unsigned char)c < 128 ? plain[(unsigned char)c] : 0;
    if (!value) {
        return toml_refuse(p, p->at - 2, "an unknown escape in a string; in 'single quotes' a "
                                         "backslash is a backslash");
    }
    *(*to)++ = value;
    return OK;
}

/* At most 5: two that belong to the string and the three that end it. */
static size_t count_quotes(const TomlParser *p, char quote) {
    size_t n = 0;
    while (n < 5 && toml_peek(p, n) == quote) n++;
    return n;
}

/* Copies up to the closing quotes. `to` has room: no escape is shorter than what it stands for. */
static Status copy_string(TomlParser *p, char quote, bool multiline, char **to) {
    size_t from = p->at;
    for (;;) {
        char c = toml_peek(p, 0);
        if (p->at >= p->text.n) return toml_refuse(p, from, "a string that never ends");
        if (c == quote) {
            size_t quotes = multiline ? count_quotes(p, quote) : 1;
            size_t keep = quotes >= 3 ? quotes - 3 : multiline ? quotes : 0;
            for (size_t i = 0; i < keep; i++) *(*to)++ = quote;
            p->at += quotes;
            if (!multiline || quotes >= 3) return OK;
        } else if (c == '\\' && quote == '"') {
            p->at++;
            TRY(read_escape(p, multiline, to));
        } else if (multiline && toml_is_newline(p, 0)) {
            p->at += c == '\r' ? 2 : 1;
            *(*to)++ = '\n';
        } else if (is_control(c)) {
            return toml_refuse(p, p->at,
                               c == '\n' || c == '\r' ? "a string ends at the line's end"
                                                      : "a control character in a string");
        } else {
            *(*to)++ = c;
            p->at++;
        }
    }
}

/* The usual string: no escape, no line end. True when it was one and *out is a view of it. */
static bool take_plain_string(TomlParser *p, char quote, Str *out) {
    size_t i = 0;
    while (p->at + i < p->text.n) {
        char c = toml_peek(p, i);
        if (c == quote) {
            *out = str_sub(p->text, p->at, p->at + i);
            p->at += i + 1;
            return true;
        }
        if (is_control(c) || (c == '\\' && quote == '"')) return false;
        i++;
    }
    return false;
}

/* Bytes up to the closing quotes: no string becomes longer than that. */
static size_t string_bound(const TomlParser *p, char quote, bool multiline) {
    TomlParser ahead = *p;
    while (ahead.at < ahead.text.n) {
        char c = toml_peek(&ahead, 0);
        if (c == quote && (!multiline || count_quotes(&ahead, quote) >= 3)) break;
        ahead.at += c == '\\' && quote == '"' ? 2 : 1;
    }
    size_t end = ahead.at < p->text.n ? ahead.at : p->text.n;
    return end - p->at + 2; /* two quotes may stand before the closing ones */
}

/* Two ways: a view where nothing is to be changed, else a copy with room for the longest that it
   can become. */
Status toml_read_string(TomlParser *p, bool multiline, Str *out) {
    char quote = toml_peek(p, 0);
    assert(quote == '"' || quote == '\'');
    bool triple = toml_peek(p, 1) == quote && toml_peek(p, 2) == quote;
    if (triple && !multiline) return toml_refuse(p, p->at, "a key is no multi-line string");
    p->at += triple ? 3 : 1;
    if (!triple && take_plain_string(p, quote, out)) return OK;
    if (triple && toml_is_newline(p, 0)) p->at += toml_peek(p, 0) == '\r' ? 2 : 1;
    size_t bound = string_bound(p, quote, triple);
    char *text = arena_alloc(p->arena, bound);
    if (!text) return toml_no_memory(p);
    char *to = text;
    TRY(copy_string(p, quote, triple, &to));
    assert((size_t)(to - text) <= bound);
    *out = (Str){text, (size_t)(to - text)};
    return OK;
}

/* ---- numbers ---- */

/* Signs of numbers, dates and the words true and false. */
static bool in_word(char c) {
    return plain_is_alnum(c) || c == '+' || c == '-' || c == '_' || c == '.' || c == ':';
}

/* Digits of a base, with single underscores between them, without those in out. */
static bool strip_digits(Str s, unsigned base, char *out, size_t *n) {
    *n = 0;
    for (size_t i = 0; i < s.n; i++) {
        bool between = i > 0 && i + 1 < s.n && s.p[i - 1] != '_';
        if (s.p[i] == '_') {
            if (!between) return false;
            continue;
        }
        int digit = plain_hex(s.p[i]);
        if (digit < 0 || (unsigned)digit >= base) return false;
        out[(*n)++] = s.p[i];
    }
    return *n > 0;
}

/* "0x", "0o" or "0b" and digits. No sign; the value fits int64. */
static bool read_based(Str word, int64_t *out) {
    char digits[WORD_MAX];
    assert(word.n >= 2 && word.n <= WORD_MAX); /* toml_read_scalar refuses longer ones */
    size_t n;
    unsigned base = word.p[1] == 'x' ? 16 : word.p[1] == 'o' ? 8 : 2;
    if (!strip_digits(str_sub(word, 2, word.n), base, digits, &n)) return false;
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++) {
        if (value > (uint64_t)INT64_MAX / base) return false;
        value = value * base + (unsigned)plain_hex(digits[i]);
    }
    if (value > INT64_MAX) return false;
    *out = (int64_t)value;
    return true;
}

/* The word behind its sign, if it has one. */
static Str drop_sign(Str word, bool *negative) {
    bool sign = word.n && (word.p[0] == '+' || word.p[0] == '-');
    *negative = sign && word.p[0] == '-';
    return sign ? str_sub(word, 1, word.n) : word;
}

static bool is_based(Str word) {
    return word.n > 1 && word.p[0] == '0' && strchr("xob", word.p[1]);
}

static bool leads_with_zero(Str digits) {
    return digits.n > 1 && digits.p[0] == '0';
}

/* Underscores out, then the one door for numbers (num_parse_int). A sign before 0x leaves digits
   that lead with 0, which are refused. */
static bool read_whole(Str word, int64_t *out) {
    bool negative;
    Str body = drop_sign(word, &negative);
    if (body.n == word.n && is_based(body)) return read_based(body, out);
    char digits[WORD_MAX + 1];
    size_t n;
    if (leads_with_zero(body) || !strip_digits(body, 10, digits + 1, &n)) return false;
    digits[0] = '-';
    Str clean = {digits + !negative, n + negative};
    return num_parse_int(clean, INT64_MIN, INT64_MAX, "number", "", out, NULL) == OK;
}

/* A float without its underscores: never longer than its word and an 'e'. */
typedef struct FloatText {
    char p[WORD_MAX + 8];
    size_t n;
} FloatText;

/* Appends the digits of `part`; false when it is no digits. */
static bool add_digits(FloatText *clean, Str part) {
    size_t n;
    assert(clean->n + part.n <= sizeof clean->p); /* toml_read_scalar refuses longer words */
    if (!strip_digits(part, 10, clean->p + clean->n, &n)) return false;
    clean->n += n;
    return true;
}

/* Where the first byte of the set stands; the text's length: nowhere. */
static size_t find_any(Str s, const char *set) {
    size_t i = 0;
    while (i < s.n && !strchr(set, s.p[i])) i++;
    return i;
}

/* int [. digits] [e [sign] digits], at least one of the two; the sign is off already. */
static bool clean_float(Str body, FloatText *clean) {
    size_t exponent = find_any(body, "eE"), point = find_any(str_sub(body, 0, exponent), ".");
    Str whole = str_sub(body, 0, point);
    if (leads_with_zero(whole) || !add_digits(clean, whole)) return false;
    if (point < exponent) {
        clean->p[clean->n++] = '.';
        if (!add_digits(clean, str_sub(body, point + 1, exponent))) return false;
    }
    if (exponent == body.n) return true;
    bool negative;
    Str power = drop_sign(str_sub(body, exponent + 1, body.n), &negative);
    clean->p[clean->n++] = 'e';
    if (negative) clean->p[clean->n++] = '-';
    return add_digits(clean, power);
}

/* As read_whole, by num_parse_real; inf and nan, which that refuses, come first. */
static bool read_float(Str word, double *out) {
    bool negative;
    Str body = drop_sign(word, &negative);
    if (str_eq_c(body, "inf") || str_eq_c(body, "nan")) {
        double value = body.p[0] == 'i' ? (double)INFINITY : (double)NAN;
        *out = negative ? -value : value;
        return true;
    }
    FloatText clean = {.n = negative};
    clean.p[0] = '-';
    if (!clean_float(body, &clean)) return false;
    assert(clean.n <= sizeof clean.p);
    Str text = {clean.p, clean.n};
    return num_parse_real(text, -DBL_MAX, DBL_MAX, "number", "", out, NULL) == OK;
}

/* ---- dates ---- */

/* n digits at *at as a number within [min,max]; moves *at; false otherwise. */
static bool take_digits(Str s, size_t *at, size_t n, int max, int *out) {
    int value = 0;
    if (s.n - *at < n) return false;
    for (size_t i = 0; i < n; i++) {
        if (!plain_is_digit(s.p[*at + i])) return false;
        value = value * 10 + (s.p[*at + i] - '0');
    }
    *at += n;
    *out = value;
    return value <= max;
}

/* One character of the set at *at; moves on when it is there. */
static bool take_char(Str s, size_t *at, const char *set) {
    bool hit = *at < s.n && s.p[*at] && strchr(set, s.p[*at]);
    *at += hit;
    return hit;
}

/* YYYY-MM-DD of the real calendar. *at stands anywhere after a failure. */
static bool take_date(Str s, size_t *at) {
    int year, month, day;
    if (!take_digits(s, at, 4, 9999, &year) || !take_char(s, at, "-") ||
        !take_digits(s, at, 2, 12, &month) || month < 1 || !take_char(s, at, "-")) {
        return false;
    }
    return take_digits(s, at, 2, calendar_month_days(year, month), &day) && day >= 1;
}

/* Adds the normal form of the time to `out`. */
static bool take_time(Str s, size_t *at, Buf *out) {
    int hour, minute, second;
    if (!take_digits(s, at, 2, 23, &hour) || !take_char(s, at, ":") ||
        !take_digits(s, at, 2, 59, &minute) || !take_char(s, at, ":") ||
        !take_digits(s, at, 2, 60, &second)) {
        return false;
    }
    buf_printf(out, "%02d:%02d:%02d", hour, minute, second);
    if (!take_char(s, at, ".")) return true;
    size_t from = *at;
    while (*at < s.n && plain_is_digit(s.p[*at])) (*at)++;
    if (*at == from) return false;
    buf_add_byte(out, '.');
    buf_add_str(out, str_sub(s, from, *at));
    for (size_t n = *at - from; n < 3; n++) buf_add_byte(out, '0');
    return true;
}

/* 'Z', or the hours and minutes from UTC. */
static bool take_offset(Str s, size_t *at, Buf *out) {
    int hour, minute;
    if (take_char(s, at, "Zz")) {
        buf_add_byte(out, 'Z');
        return true;
    }
    size_t from = *at;
    if (!take_char(s, at, "+-") || !take_digits(s, at, 2, 23, &hour) || !take_char(s, at, ":") ||
        !take_digits(s, at, 2, 59, &minute)) {
        return false;
    }
    buf_add_str(out, str_sub(s, from, *at));
    return true;
}

static bool looks_like_date(Str word) {
    return word.n > 4 && plain_is_digit(word.p[0]) && plain_is_digit(word.p[1]) &&
           plain_is_digit(word.p[2]) && plain_is_digit(word.p[3]) && word.p[4] == '-';
}

static bool looks_like_time(Str word) {
    return word.n > 2 && plain_is_digit(word.p[0]) && plain_is_digit(word.p[1]) && word.p[2] == ':';
}

/* The whole of `word`; fills kind and the normal form. */
static bool read_date(Str word, TomlKind *kind, Buf *out) {
    size_t at = 0;
    *kind = TOML_TIME_LOCAL;
    if (looks_like_time(word)) return take_time(word, &at, out) && at == word.n;
    if (!take_date(word, &at)) return false;
    buf_add_str(out, str_sub(word, 0, at));
    *kind = TOML_DATE_LOCAL;
    if (at == word.n) return true;
    if (!take_char(word, &at, "Tt ")) return false;
    buf_add_byte(out, 'T');
    if (!take_time(word, &at, out)) return false;
    *kind = TOML_DATETIME_LOCAL;
    if (at == word.n) return true;
    *kind = TOML_DATETIME;
    return take_offset(word, &at, out) && at == word.n;
}

/* The value is the normal text in the arena; callers compare and show it, nobody computes with
   it. */
static Status read_date_value(TomlParser *p, size_t from, Str word, Toml *out) {
    Buf text;
    buf_init(&text, WORD_MAX + 8);
    bool ok = read_date(word, &out->kind, &text);
    Status status = ok ? OK : toml_refuse(p, from, "not a date or time of the calendar");
    if (status == OK) {
        char *copy = text.status == OK ? arena_dup(p->arena, text.p, text.n) : NULL;
        out->as.text = (Str){copy, text.n};
        if (!copy) status = toml_no_memory(p);
    }
    buf_fini(&text);
    return status;
}

/* ---- the word itself ---- */

/* The longest run of bytes that a number or date can have. A blank is part of it only between a
   date and a time. */
static Str take_word(TomlParser *p) {
    size_t n = 0;
    while (in_word(toml_peek(p, n))) n++;
    bool date_alone = n == 10 && looks_like_date(str_sub(p->text, p->at, p->at + n));
    if (date_alone && toml_peek(p, n) == ' ' && plain_is_digit(toml_peek(p, n + 1))) {
        n++;
        while (in_word(toml_peek(p, n))) n++;
    }
    Str word = str_sub(p->text, p->at, p->at + n);
    p->at += n;
    return word;
}

/* By the shape of the word, cheapest look first. Everything that fits no shape gets one message,
   with a hint at what is usually meant. */
Status toml_read_scalar(TomlParser *p, Toml *out) {
    size_t from = p->at;
    Str word = take_word(p);
    if (word.n == 0) return toml_refuse(p, from, "a value is missing");
    if (word.n >= WORD_MAX) return toml_refuse(p, from, "a value of more than %d bytes", WORD_MAX);
    if (str_eq_c(word, "true") || str_eq_c(word, "false")) {
        out->kind = TOML_BOOL;
        out->as.truth = word.p[0] == 't';
        return OK;
    }
    if (looks_like_date(word) || looks_like_time(word)) return read_date_value(p, from, word, out);
    bool negative;
    Str body = drop_sign(word, &negative);
    bool is_float = !is_based(word) && (find_any(body, ".eE") < body.n || str_eq_c(body, "inf") ||
                                        str_eq_c(body, "nan"));
    out->kind = is_float ? TOML_REAL : TOML_INT;
    if (is_float && read_float(word, &out->as.real)) return OK;
    if (!is_float && read_whole(word, &out->as.whole)) return OK;
    Status status =
        toml_refuse(p, from, "not a value: %.*s", (int)(word.n < 40 ? word.n : 40), word.p);
    (void)err_hint(p->err, "texts have quotes; yes is true, no is false; whole numbers: 64 bits");
    return status;
}
