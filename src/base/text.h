/*
 * Text: borrowed views (Str), growing buffers with a ceiling (Buf), a reader for untrusted bytes
 * (Reader), and the one function that turns text into a number.
 *
 * Buf and Reader keep a sticky error, as dav1d's and curl's do: add or read as often as you like
 * and look at the status once at the end. After an error they do nothing and return zeros.
 */
#ifndef HEARTH_BASE_TEXT_H
#define HEARTH_BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"
#include "base/status.h"

/* A view of n bytes that somebody else owns. Not NUL-terminated. */
typedef struct Str {
    const char *p;
    size_t n;
} Str;

#define STR(literal) ((Str){(literal), sizeof(literal) - 1})

static inline Str str_from(const char *text) { return (Str){text, text ? strlen(text) : 0}; }
/* [from, to) of s. An empty view may have no bytes at all: C17 adds nothing to NULL, not even 0. */
static inline Str str_sub(Str s, size_t from, size_t to) {
    return (Str){from ? s.p + from : s.p, to - from};
}
bool str_eq(Str a, Str b);
bool str_eq_c(Str a, const char *b);
int str_cmp(Str a, Str b); /* bytewise, shorter first on a tie */
bool str_starts(Str s, Str prefix);
bool str_ends(Str s, Str suffix);
bool str_begins(Str s, const char *lower); /* s may have its ASCII letters in either case */
size_t str_find(Str hay, Str needle, size_t from); /* SIZE_MAX when absent */
Str str_trim(Str s);                               /* ASCII blanks off both ends */
/* The line at *at <= s.n without its end; *at moves behind it: s.n when it was the last. */
Str str_line(Str s, size_t *at);
Str str_file_name(Str path); /* behind the last '/' */
Str str_file_stem(Str path); /* without its ending, too; ".hidden" has none */

/* Growing bytes. `p` always has a NUL behind the n bytes once anything was added. */
typedef struct Buf {
    char *p;
    size_t n, cap, max;
    Status status; /* sticky: OK, E_NO_MEMORY or E_LIMIT */
} Buf;

void buf_init(Buf *buf, size_t max_bytes);
void buf_fini(Buf *buf);
void buf_clear(Buf *buf); /* keeps the memory, forgets bytes and error */
void buf_add(Buf *buf, const void *bytes, size_t n);
void buf_add_str(Buf *buf, Str s);
void buf_add_c(Buf *buf, const char *text);
void buf_add_byte(Buf *buf, char byte);
void buf_add_le(Buf *buf, uint64_t value, int n_bytes); /* little-endian, as Reader reads it */
void buf_add_f32(Buf *buf, float value);                /* its bits, in four bytes */
void buf_printf(Buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vprintf(Buf *buf, const char *fmt, va_list args);
void *buf_reserve(Buf *buf, size_t n); /* room for n bytes at p+n or NULL; then n += used */
Str buf_str(const Buf *buf);
Status buf_check(const Buf *buf, const char *what, Err *err) WARN_UNUSED;
char *buf_take(Buf *buf); /* moves the bytes out (mem_free them); NULL after an error */

/* Little-endian reader over untrusted bytes. Reading past the end sets `bad` and yields 0. */
typedef struct Reader {
    const uint8_t *p;
    size_t n, at;
    bool bad;
} Reader;

static inline Reader reader_init(const void *bytes, size_t n) {
    return (Reader){bytes, n, 0, false};
}
const uint8_t *reader_bytes(Reader *r, uint64_t n); /* NULL past the end */
uint8_t reader_u8(Reader *r);
uint16_t reader_u16(Reader *r);
uint32_t reader_u32(Reader *r);
uint64_t reader_u64(Reader *r);
float reader_f32(Reader *r); /* any bits: may be no number */

/* The one door for numbers in text: the whole of `s` is a decimal number within [min, max].
   `what` and `unit` (may be "") name it in the message: "threads: 99 is above 64". */
Status num_parse_int(Str s, int64_t min, int64_t max, const char *what, const char *unit,
                     int64_t *out, Err *err) WARN_UNUSED;
Status num_parse_real(Str s, double min, double max, const char *what, const char *unit,
                      double *out, Err *err) WARN_UNUSED;
/* "512 B", "1.1 GB" (thousands) for people; writes into out[cap], returns out. */
char *num_bytes_text(uint64_t size_bytes, char *out, size_t cap);

#endif
