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

/* A view of a C string; NULL becomes the empty view. */
static inline Str str_from(const char *text) { return (Str){text, text ? strlen(text) : 0}; }
/* [from, to) of s. An empty view may have no bytes at all: C17 adds nothing to NULL, not even 0. */
static inline Str str_sub(Str s, size_t from, size_t to) {
    return (Str){from ? s.p + from : s.p, to - from};
}
/* Byte by byte; two empty views are equal, whatever they point to. */
bool str_eq(Str a, Str b);
/* As str_eq, with a C string. */
bool str_eq_c(Str a, const char *b);
int str_cmp(Str a, Str b); /* bytewise, shorter first on a tie */
/* Byte by byte; everything starts with the empty prefix. */
bool str_starts(Str s, Str prefix);
/* As str_starts, at the other end. */
bool str_ends(Str s, Str suffix);
bool str_begins(Str s, const char *lower); /* s may have its ASCII letters in either case */
size_t str_find(Str hay, Str needle, size_t from); /* SIZE_MAX when absent */
static inline bool str_has(Str hay, Str needle) { return str_find(hay, needle, 0) != SIZE_MAX; }
bool str_has_digit(Str s); /* 0-9, anywhere */
bool str_asks(Str s);      /* its last sign is a question mark, or a full-width one */
Str str_trim(Str s);                               /* ASCII blanks off both ends */
Str str_cut_end(Str s, const char *signs); /* without any of these, ASCII, at its end */
/* Does the byte belong to a word, as str_word means it? */
bool str_in_word(char c);
/* The next word from *at <= s.n on, a view: ASCII letters, digits and the bytes of all other
   letters, and signs, of UTF-8; *at moves behind it. Empty: there is none, and *at is s.n. */
Str str_word(Str s, size_t *at);
/* The line at *at <= s.n without its end; *at moves behind it: s.n when it was the last. */
Str str_line(Str s, size_t *at);
Str str_file_name(Str path); /* behind the last '/' */
Str str_file_stem(Str path); /* without its ending, too; ".hidden" has none */

/* Growing bytes. `p` always has a NUL behind the n bytes once anything was added. */
typedef struct Buf {
    char *p;
    size_t n, cap, max; /* bytes used, allocated, and allowed */
    Status status; /* sticky: OK, E_NO_MEMORY or E_LIMIT */
} Buf;

/* An empty buffer that never holds more than max_bytes (the NUL not counted). Takes no memory yet;
   buf_fini it. */
void buf_init(Buf *buf, size_t max_bytes);
/* Frees the bytes and forgets the error; the ceiling stays, so that it may be filled again. */
void buf_fini(Buf *buf);
void buf_clear(Buf *buf); /* keeps the memory, forgets bytes and error */
/* Appends n bytes, of anywhere but the buffer itself. bytes may be NULL when n is 0. */
void buf_add(Buf *buf, const void *bytes, size_t n);
/* As buf_add. */
void buf_add_str(Buf *buf, Str s);
/* A C string, not NULL. */
void buf_add_c(Buf *buf, const char *text);
/* One byte, also NUL. */
void buf_add_byte(Buf *buf, char byte);
void buf_add_le(Buf *buf, uint64_t value, int n_bytes); /* little-endian, as Reader reads it */
void buf_add_f32(Buf *buf, float value);                /* its bits, in four bytes */
/* As printf in the "C" locale. */
void buf_printf(Buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The same for a list of arguments, which is used up. */
void buf_vprintf(Buf *buf, const char *fmt, va_list args);
void *buf_reserve(Buf *buf, size_t n); /* room for n bytes at p+n or NULL; then n += used */
/* A view of what is there, until the next add; never NULL, also when it is empty. */
Str buf_str(const Buf *buf);
/* The sticky error, with words: "WHAT is larger than N bytes". Look here before the bytes are
   used. */
Status buf_check(const Buf *buf, const char *what, Err *err) WARN_UNUSED;
char *buf_take(Buf *buf); /* moves the bytes out (mem_free them); NULL after an error */

/* Little-endian reader over untrusted bytes. Reading past the end sets `bad` and yields 0. */
typedef struct Reader {
    const uint8_t *p;
    size_t n, at; /* at <= n */
    bool bad; /* sticky: something was read past the end */
} Reader;

static inline Reader reader_init(const void *bytes, size_t n) {
    return (Reader){bytes, n, 0, false};
}
const uint8_t *reader_bytes(Reader *r, uint64_t n); /* NULL past the end */
/* The next number, little-endian; 0 past the end, and `bad` is set. */
uint8_t reader_u8(Reader *r);
/* As reader_u8. */
uint16_t reader_u16(Reader *r);
/* As reader_u8. */
uint32_t reader_u32(Reader *r);
/* As reader_u8. */
uint64_t reader_u64(Reader *r);
float reader_f32(Reader *r); /* any bits: may be no number */

/* The one door for numbers in text: the whole of `s` is a decimal number within [min, max].
   `what` and `unit` (may be "") name it in the message: "threads: 99 is above 64". */
Status num_parse_int(Str s, int64_t min, int64_t max, const char *what, const char *unit,
                     int64_t *out, Err *err) WARN_UNUSED;
/* The same for reals: digits, sign, point and exponent as C spells them, 63 bytes at most; no
   hexadecimal, "inf" or "nan". E_USAGE as above. */
Status num_parse_real(Str s, double min, double max, const char *what, const char *unit,
                      double *out, Err *err) WARN_UNUSED;
/* "512 B", "1.1 GB" (thousands) for people; writes into out[cap], returns out. */
char *num_bytes_text(uint64_t size_bytes, char *out, size_t cap);

#endif
