/* The body of han.h: signs of three bytes, looked up where their first byte says that they may be
   Han. */
#include "base/han.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"

_Static_assert((HAN_LAST + 1 - HAN_FIRST) % 64 == 0, "whole groups");
_Static_assert(HAN_FIRST >= 0x800 && HAN_LAST <= 0xFFFF, "three bytes each, so that places stay");

/* The sign of three bytes at `at`, or 0. U+3400 begins with E3, U+9FFF with E9. */
static uint32_t sign_at(Str s, size_t at) {
    const unsigned char *p = (const unsigned char *)s.p + at;
    if (at + 3 > s.n || p[0] < 0xE3 || p[0] > 0xE9) return 0;
    if ((p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80) return 0;
    return (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
}

/* The next place from `at` on that is folded, and what stands there then; s.n: none. */
static size_t next_folded(Str s, size_t at, uint32_t *to) {
    for (uint32_t sign; at < s.n; at += sign ? 3 : 1) {
        sign = sign_at(s, at);
        *to = han_fold(sign);
        if (*to != sign) return at;
    }
    return s.n;
}

bool han_traditional(Str text) {
    uint32_t to;
    return next_folded(text, 0, &to) < text.n;
}

void han_fold_bytes(char *bytes, size_t n) {
    uint32_t to;
    Str text = {bytes, n};
    for (size_t at = 0; (at = next_folded(text, at, &to)) < n; at += 3) {
        assert(at + 3 <= n && to >= HAN_FIRST && to <= HAN_LAST);
        bytes[at] = (char)(0xE0 | to >> 12);
        bytes[at + 1] = (char)(0x80 | (to >> 6 & 0x3F));
        bytes[at + 2] = (char)(0x80 | (to & 0x3F));
    }
}

Str han_fold_text(Arena *arena, Str text) {
    if (!han_traditional(text)) return text;
    char *copy = arena_dup(arena, text.p, text.n);
    if (!copy) return (Str){NULL, 0};
    han_fold_bytes(copy, text.n);
    return (Str){copy, text.n};
}

Str han_fold_into(Str text, char *out, size_t cap) {
    if (!han_traditional(text)) return text;
    text = utf8_cut(text, cap);
    memcpy(out, text.p, text.n);
    han_fold_bytes(out, text.n);
    return (Str){out, text.n};
}
