/*
 * Plain text: numbers and ASCII letters as files and protocols spell them, whatever language the
 * process speaks.
 *
 * A program that uses the library may have called setlocale(LC_ALL, ""), and then C's printf writes
 * "0,5" in half of Europe, strtod stops at the point, and tolower('I') is no 'i' in Turkish. So the
 * C library's words for these are used in plain.c alone; tools/house-rules.py sees to it.
 */
#ifndef HEARTH_BASE_PLAIN_H
#define HEARTH_BASE_PLAIN_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/attr.h"

/* snprintf and vsnprintf of the "C" locale. snprintf itself does where no real is written. Both
   return the length that the whole would have, as those do, or below 0. */
int plain_print(char *out, size_t cap, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* As plain_print, for a list of arguments. */
int plain_vprint(char *out, size_t cap, const char *fmt, va_list args);
/* strtod of the "C" locale; end may be NULL. For text that was checked: num_parse_real. */
double plain_real(const char *text, char **end);
/* strftime with English names. */
size_t plain_time(char *out, size_t cap, const char *fmt, const struct tm *tm);

/* ASCII only; all else, also bytes of UTF-8, stays as it is and is no letter. */
static inline char plain_lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }
/* As plain_lower, the other way. */
static inline char plain_upper(char c) { return c >= 'a' && c <= 'z' ? (char)(c - 32) : c; }
/* 0-9 and no other digits of Unicode. */
static inline bool plain_is_digit(int c) { return c >= '0' && c <= '9'; }
/* A-Z, and a-z. */
static inline bool plain_is_capital(int c) { return c >= 'A' && c <= 'Z'; }
static inline bool plain_is_small(int c) { return c >= 'a' && c <= 'z'; }
/* Either. An int, so that a char below 0 is passed as it is. */
static inline bool plain_is_letter(int c) { return plain_is_capital(c) || plain_is_small(c); }
/* A digit or a letter of ASCII. */
static inline bool plain_is_alnum(int c) { return plain_is_digit(c) || plain_is_letter(c); }
/* The value of a hexadecimal digit in either case; -1: none. */
static inline int plain_hex(char c) {
    if (plain_is_digit(c)) return c - '0';
    c = plain_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
bool plain_same(const char *a, const char *b); /* but for the case of ASCII letters */
enum { PLAIN_NAME_MAX = 128 };
/* May it name a thing here, and its file? 1 to PLAIN_NAME_MAX of a-z, 0-9, '.', '_' and '-', no '.'
   at the beginning. NULL is no name. */
bool plain_is_name(const char *name);

#endif
