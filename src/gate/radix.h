/*
 * Signs that stand for bits: hexadecimal digits (4 bits), base32 (5) and base64 in both of its
 * alphabets (6). RFC 4648.
 */
#ifndef HEARTH_GATE_RADIX_H
#define HEARTH_GATE_RADIX_H

#include "base/plain.h"

/* What a sign of `width` bits stands for; -1: it is none. */
static inline int radix_value(char c, int width) {
    if (width == 5) {
        return c >= '2' && c <= '7' ? c - '2' + 26 : plain_is_capital(c) ? c - 'A' : -1;
    }
    if (plain_is_digit(c)) return c - '0' + (width == 4 ? 0 : 52);
    if (width == 4) return (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
    if (plain_is_small(c)) return c - 'a' + 26;
    if (plain_is_capital(c)) return c - 'A';
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

#endif
