/*
 * The body of digits.h.
 *
 * German parts thousands with stops (2.100 is two thousand one hundred, and about two in English);
 * telephones and accounts are grouped as one likes. Limits: numbers of DIGITS_MAX characters, long
 * ones of DIGITS_LONG_MAX digits; what is longer is read as far as that.
 */
#include "knowledge/digits.h"

#include "base/plain.h"

enum { LONG_LEAST = 7 };

size_t digits_stopped(Str s, char out[DIGITS_MAX], size_t *n, bool *sure) {
    size_t at = 0, groups = 0;
    *n = 0;
    while (at < s.n && at < 3 && plain_is_digit(s.p[at])) out[(*n)++] = s.p[at++];
    while (at > 0 && at + 3 < s.n && s.p[at] == '.' && *n + 4 < DIGITS_MAX / 2) {
        size_t k = 1;
        while (k < 4 && plain_is_digit(s.p[at + k])) out[(*n)++] = s.p[at + k++];
        if (k < 4) return 0;
        at += 4;
        groups++;
    }
    bool comma = groups && at + 1 < s.n && s.p[at] == ',' && plain_is_digit(s.p[at + 1]);
    if (comma) out[(*n)++] = '.';
    for (at += comma; comma && at < s.n && plain_is_digit(s.p[at]) && *n + 1 < DIGITS_MAX; at++) {
        out[(*n)++] = s.p[at];
    }
    *sure = comma || groups > 1;
    bool ends = at >= s.n || !plain_is_digit(s.p[at]);
    return groups && ends ? at : 0;
}

Str digits_find(Str text, Str code) {
    for (size_t from = 0; code.n && from + code.n <= text.n; from++) {
        size_t n = 0, at = from;
        for (; at < text.n && n < code.n; at++) {
            if (n && (text.p[at] == ' ' || text.p[at] == '-')) continue;
            if (text.p[at] != code.p[n]) break;
            n++;
        }
        if (n == code.n) return str_sub(text, from, at);
    }
    return (Str){"", 0};
}

bool digits_long(Str text, size_t *at, char digits[DIGITS_LONG_MAX], Str *out) {
    size_t end = *at;
    *out = (Str){digits, 0};
    for (size_t i = *at; i < text.n && out->n < DIGITS_LONG_MAX; i++) {
        bool gap = out->n && end == i && (text.p[i] == ' ' || text.p[i] == '-');
        if (!plain_is_digit(text.p[i]) && !gap) break;
        if (gap) continue;
        digits[out->n++] = text.p[i];
        end = i + 1;
    }
    if (out->n >= LONG_LEAST) *at = end;
    return out->n >= LONG_LEAST;
}
