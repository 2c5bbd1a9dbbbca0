/*
 * The body of plain.h: POSIX gives a thread a locale of its own (uselocale, IEEE 1003.1-2017), so a
 * call is put between taking "C" and giving back what was there; other threads and the process do
 * not notice. The locale object is made once and kept; should that ever fail, the process's own
 * locale writes, as without this file.
 */
#include "base/plain.h"

#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static locale_t plain; /* (locale_t)0: none */

static void make_plain(void) {
    plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* What to give back. */
static locale_t plain_begin(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, make_plain);
    return uselocale(plain);
}

static void plain_end(locale_t before) {
    (void)uselocale(before);
}

int plain_vprint(char *out, size_t cap, const char *fmt, va_list args) {
    locale_t before = plain_begin();
    int n = vsnprintf(out, cap, fmt, args);
    plain_end(before);
    return n;
}

int plain_print(char *out, size_t cap, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    int n = plain_vprint(out, cap, fmt, args);
    va_end(args);
    return n;
}

double plain_real(const char *text, char **end) {
    locale_t before = plain_begin();
    double value = strtod(text, end);
    plain_end(before);
    return value;
}

size_t plain_time(char *out, size_t cap, const char *fmt, const struct tm *tm) {
    locale_t before = plain_begin();
    size_t n = strftime(out, cap, fmt, tm);
    plain_end(before);
    return n;
}

bool plain_is_name(const char *name) {
    size_t n = 0;
    for (; name && name[n]; n++) {
        char c = name[n];
        bool fine = (plain_is_alnum(c) && c == plain_lower(c)) || c == '.' || c == '_' || c == '-';
        if (!fine || n == PLAIN_NAME_MAX) return false;
    }
    return n > 0 && name[0] != '.';
}

bool plain_same(const char *a, const char *b) {
    while (*a && plain_lower(*a) == plain_lower(*b)) a++, b++;
    return *a == *b;
}
