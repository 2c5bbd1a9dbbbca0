/*
 * The body of text.h. Nothing here knows about encodings; that is utf8.h.
 *
 * Buf doubles up to its ceiling. Numbers are read by hand, so that no leading blank, no hexadecimal
 * float and no silent overflow can slip in; reals go through plain_real after every byte was
 * checked. What is printed is printed as in the "C" locale.
 *
 * The invariant of a Buf: p is NULL and cap 0, or n < cap and p[n] may be written. After an error n
 * and p stay as they are, every add does nothing, and buf_check tells once what has happened:
 *
 *     Buf b;  buf_init(&b, 4);
 *     buf_add_c(&b, "abc");  buf_add_c(&b, "de");     the second does not fit: E_LIMIT, n stays 3
 *     buf_check(&b, "a name", err)                    "a name is larger than 4 bytes"
 *
 * Appending costs O(1) a byte over the life of a buffer; finding is linear.
 */
#include "base/text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/fence.h"
#include "base/mem.h"
#include "base/plain.h"

bool str_eq(Str a, Str b) {
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_eq_c(Str a, const char *b) {
    return str_eq(a, str_from(b));
}

int str_cmp(Str a, Str b) {
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    if (order) return order;
    return a.n < b.n ? -1 : a.n > b.n;
}

bool str_starts(Str s, Str prefix) {
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool str_ends(Str s, Str suffix) {
    return s.n >= suffix.n &&
           (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

bool str_begins(Str s, const char *lower) {
    size_t i = 0;
    while (lower[i] && i < s.n && plain_lower(s.p[i]) == lower[i]) i++;
    return lower[i] == 0;
}

bool str_has_digit(Str s) {
    for (size_t i = 0; i < s.n; i++) {
        if (plain_is_digit(s.p[i])) return true;
    }
    return false;
}

bool str_asks(Str s) {
    return str_ends(s, STR("?")) || str_ends(s, STR("\xEF\xBC\x9F"));
}

/* memmem is two-way in glibc and musl: linear whatever the needle is. */
size_t str_find(Str hay, Str needle, size_t from) {
    if (from > hay.n || needle.n > hay.n - from) return SIZE_MAX;
    if (needle.n == 0) return from;
    const char *hit = memmem(hay.p + from, hay.n - from, needle.p, needle.n);
    return hit ? (size_t)(hit - hay.p) : SIZE_MAX;
}

/* Blank, tab, line feed, vertical tab, form feed, carriage return: isspace of the "C" locale. */
static bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

Str str_trim(Str s) {
    while (s.n && is_blank(s.p[0])) s = str_sub(s, 1, s.n);
    while (s.n && is_blank(s.p[s.n - 1])) s.n--;
    return s;
}

Str str_cut_end(Str s, const char *signs) {
    while (s.n && s.p[s.n - 1] && strchr(signs, s.p[s.n - 1])) s.n--;
    return s;
}

bool str_in_word(char c) {
    return plain_is_alnum(c) || (unsigned char)c >= 0x80;
}

Str str_word(Str s, size_t *at) {
    assert(*at <= s.n);
    while (*at < s.n && !str_in_word(s.p[*at])) ++*at;
    size_t from = *at;
    while (*at < s.n && str_in_word(s.p[*at])) ++*at;
    return str_sub(s, from, *at);
}

Str str_line(Str s, size_t *at) {
    assert(*at <= s.n);
    size_t from = *at, end = str_find(s, STR("\n"), from);
    *at = end == SIZE_MAX ? s.n : end + 1;
    return str_sub(s, from, end == SIZE_MAX ? s.n : end);
}

Str str_file_name(Str path) {
    size_t from = path.n;
    while (from && path.p[from - 1] != '/') from--;
    return str_sub(path, from, path.n);
}

/* A dot at the very beginning makes a hidden name, no ending. */
Str str_file_stem(Str path) {
    Str name = str_file_name(path);
    size_t dot = name.n;
    while (dot && name.p[dot - 1] != '.') dot--;
    return dot > 1 ? str_sub(name, 0, dot - 1) : name;
}

void buf_init(Buf *buf, size_t max_bytes) {
    *buf = (Buf){.max = max_bytes};
}

void buf_fini(Buf *buf) {
    mem_free(buf->p);
    *buf = (Buf){.max = buf->max};
}

void buf_clear(Buf *buf) {
    if (buf->p) {
        buf->p[0] = 0;
        fence(buf->p + 1, buf->n);
    }
    buf->n = 0;
    buf->status = OK;
}

/* The one place where a buffer grows. Doubles from 256 bytes; a byte more than asked is always
   there for the NUL. */
void *buf_reserve(Buf *buf, size_t n) {
    if (buf->status != OK) return NULL;
    if (n > buf->max || buf->n > buf->max - n) {
        buf->status = E_LIMIT;
        return NULL;
    }
    size_t need = buf->n + n + 1;
    if (need > buf->cap) {
        size_t cap = buf->cap ? buf->cap : 256;
        while (cap < need) cap = cap > SIZE_MAX / 2 ? need : cap * 2;
        char *grown = mem_realloc(buf->p, cap);
        if (!grown) {
            buf->status = E_NO_MEMORY;
            return NULL;
        }
        buf->p = grown;
        buf->cap = cap;
        fence_behind(grown, need, cap);
    }
    unfence(buf->p + buf->n, n + 1);
    return buf->p + buf->n;
}

/* bytes must not point into the buffer: growing may move it before they are copied. */
void buf_add(Buf *buf, const void *bytes, size_t n) {
    char *to = buf_reserve(buf, n);
    if (!to) return;
    if (n) memcpy(to, bytes, n);
    buf->n += n;
    buf->p[buf->n] = 0;
}

void buf_add_str(Buf *buf, Str s) {
    buf_add(buf, s.p, s.n);
}

void buf_add_c(Buf *buf, const char *text) {
    buf_add(buf, text, strlen(text));
}

void buf_add_byte(Buf *buf, char byte) {
    buf_add(buf, &byte, 1);
}

void buf_add_le(Buf *buf, uint64_t value, int n_bytes) {
    uint8_t bytes[sizeof value];
    assert(n_bytes >= 1 && n_bytes <= (int)sizeof bytes);
    for (int i = 0; i < n_bytes; i++) bytes[i] = (uint8_t)(value >> (8 * i));
    buf_add(buf, bytes, (size_t)n_bytes);
}

void buf_add_f32(Buf *buf, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    buf_add_le(buf, bits, sizeof bits);
}

/* Measures, then writes: args are walked over twice. What vsnprintf refuses adds nothing. */
void buf_vprintf(Buf *buf, const char *fmt, va_list args) {
    va_list again;
    va_copy(again, args);
    int need = plain_vprint(NULL, 0, fmt, args);
    char *to = need < 0 ? NULL : buf_reserve(buf, (size_t)need);
    if (to) {
        (void)plain_vprint(to, (size_t)need + 1, fmt, again);
        buf->n += (size_t)need;
    }
    va_end(again);
}

void buf_printf(Buf *buf, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    buf_vprintf(buf, fmt, args);
    va_end(args);
}

Str buf_str(const Buf *buf) {
    return (Str){buf->p ? buf->p : "", buf->n};
}

Status buf_check(const Buf *buf, const char *what, Err *err) {
    assert(buf->n <= buf->max && (!buf->p || buf->n < buf->cap)); /* no more than was reserved */
    if (buf->status == OK) return OK;
    if (buf->status == E_NO_MEMORY) return err_no_memory(err, what);
    return err_set(err, E_LIMIT, "%s is larger than %zu bytes", what, buf->max);
}

/* An empty buffer gives an empty string, so that NULL always means failure. */
char *buf_take(Buf *buf) {
    if (buf->status != OK) return NULL;
    assert(!buf->p || buf->n < buf->cap);
    if (!buf->p) return mem_dup("", 0);
    char *bytes = buf->p;
    *buf = (Buf){.max = buf->max};
    return bytes;
}

/* n is 64 bits wide on purpose: lengths in files are, and adding them to `at` could wrap. */
const uint8_t *reader_bytes(Reader *r, uint64_t n) {
    assert(r->at <= r->n); /* who jumps has looked at the length */
    if (r->bad || n > r->n - r->at) {
        r->bad = true;
        return NULL;
    }
    const uint8_t *at = r->p + r->at;
    r->at += (size_t)n;
    return at;
}

/* n <= 8 bytes. Read one by one: `p` need not be aligned, and the machine's own order does not
   matter. */
static uint64_t reader_le(Reader *r, unsigned n) {
    const uint8_t *b = reader_bytes(r, n);
    uint64_t value = 0;
    if (!b) return 0;
    for (unsigned i = 0; i < n; i++) value |= (uint64_t)b[i] << (8 * i);
    return value;
}

uint8_t reader_u8(Reader *r) { return (uint8_t)reader_le(r, 1); }
uint16_t reader_u16(Reader *r) { return (uint16_t)reader_le(r, 2); }
uint32_t reader_u32(Reader *r) { return (uint32_t)reader_le(r, 4); }
uint64_t reader_u64(Reader *r) { return reader_le(r, 8); }

/* Overflow is noticed before it happens: value * 10 + digit fits while value <= (ceiling - digit) /
   10. The ceiling is one higher below zero, where INT64_MIN lies, and the negation goes around that
   number's missing twin. */
Status num_parse_int(Str s, int64_t min, int64_t max, const char *what, const char *unit,
                     int64_t *out, Err *err) {
    bool negative = s.n && s.p[0] == '-';
    uint64_t value = 0, ceiling = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    size_t i = negative;
    bool ok = i < s.n, huge = false;
    for (; ok && i < s.n; i++) {
        unsigned digit = (unsigned char)s.p[i] - '0';
        ok = digit <= 9;
        huge = huge || value > (ceiling - digit) / 10;
        value = huge ? ceiling : value * 10 + digit;
    }
    if (!ok) {
        return err_set(err, E_USAGE, "%s: \"%.*s\" is not a whole number", what,
                       (int)(s.n < 64 ? s.n : 64), s.n ? s.p : "");
    }
    int64_t number = negative ? -(int64_t)(value - (value > 0)) - (value > 0) : (int64_t)value;
    if (huge || number < min || number > max) {
        return err_set(err, E_USAGE, "%s: %.*s is outside %" PRId64 " to %" PRId64 "%s%s", what,
                       (int)(s.n < 64 ? s.n : 64), s.p, min, max, *unit ? " " : "", unit);
    }
    *out = number;
    return OK;
}

float reader_f32(Reader *r) {
    uint32_t bits = reader_u32(r);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The bytes are checked first, so that strtod sees neither blanks nor hexadecimal, "inf" or "nan";
   comparing with !(in range) refuses what is no number. */
Status num_parse_real(Str s, double min, double max, const char *what, const char *unit,
                      double *out, Err *err) {
    char text[64], *end = text;
    size_t spelled = 0;
    while (spelled < s.n && strchr("0123456789+-.eE", s.p[spelled]) && s.p[spelled]) spelled++;
    double value = 0;
    if (s.n && s.n < sizeof text && spelled == s.n) {
        memcpy(text, s.p, s.n);
        text[s.n] = 0;
        value = plain_real(text, &end);
    }
    if (end == text || *end) {
        return err_set(err, E_USAGE, "%s: \"%.*s\" is not a number", what,
                       (int)(s.n < 64 ? s.n : 64), s.n ? s.p : "");
    }
    if (!(value >= min && value <= max)) {
        return err_set(err, E_USAGE, "%s: %s is outside %g to %g%s%s", what, text, min, max,
                       *unit ? " " : "", unit);
    }
    *out = value;
    return OK;
}

/* Goes on to the next unit at 999.95, where "%.1f" would write 1000.0. */
char *num_bytes_text(uint64_t size_bytes, char *out, size_t cap) {
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    double value = (double)size_bytes;
    size_t unit = 0;
    while (value >= 999.95 && unit + 1 < ARRAY_LEN(units)) {
        value /= 1000;
        unit++;
    }
    (void)plain_print(out, cap, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
    return out;
}
