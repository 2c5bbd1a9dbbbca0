/* The body of han.h: signs of three bytes, looked up where their first byte says that they may be
   Han. */
#include "base/han.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"

enum { SIGN_BYTES = 3 };
_Static_assert((HAN_LAST + 1 - HAN_FIRST) % 64 == 0, "whole groups");
_Static_assert(HAN_FIRST >= 0x800 && HAN_LAST <= 0xFFFF, "three bytes each, so that places stay");

/* Its first two bytes name one of 1,024 groups of 64 signs. */
static inline uint32_t code_of(const unsigned char *p) {
    return (uint32_t)(p[0] & 15) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
}

static inline bool is_folded(const unsigned char *p) {
    uint32_t at = code_of(p) - HAN_FIRST, group = at / 64;
    if (group >= HAN_GROUPS) return false;
    bool marked = han_signs_begin.marks[group] >> (at % 64) & 1;
    return marked && (p[1] & 0xC0) == 0x80 && (p[2] & 0xC0) == 0x80;
}

enum { BLOCK = 64, EIGHT = 8 };

static bool is_ascii(const unsigned char *p) {
    uint64_t any = 0, eight;
    for (int i = 0; i < BLOCK; i += EIGHT) {
        memcpy(&eight, p + i, sizeof eight);
        any |= eight;
    }
    return !(any & 0x8080808080808080);
}

/* A bit for each of eight bytes that begins a character of three: 0xE0 to 0xEF. */
static inline uint64_t leads_of_eight(const unsigned char *p) {
    const uint64_t low = 0x7F7F7F7F7F7F7F7F, e = 0xE0E0E0E0E0E0E0E0, half = 0xF0F0F0F0F0F0F0F0;
    uint64_t eight;
    memcpy(&eight, p, sizeof eight);
    uint64_t other = (eight & half) ^ e; /* 0: it is one */
    uint64_t flags = ~(((other & low) + low) | other | low) >> 7;
    return flags * 0x0102040810204080 >> 56;
}

/* A bit for each byte of the block at `at` that begins a sign which is folded. Most texts have no
   such sign, and many breaks between short runs of signs: so all signs of a block are asked alike,
   without a branch for each. */
static uint64_t folded_in(Str s, size_t at) {
    unsigned char edge[BLOCK + SIGN_BYTES];
    const unsigned char *p = (const unsigned char *)s.p + at;
    uint64_t leads = 0, found = 0;
    if (s.n - at < sizeof edge) {
        memset(edge, 0, sizeof edge);
        p = memcpy(edge, p, s.n - at);
    }
    if (is_ascii(p)) return 0;
    for (int i = 0; i < BLOCK; i += EIGHT) leads |= leads_of_eight(p + i) << i;
    for (; leads; leads &= leads - 1) {
        unsigned i = (unsigned)__builtin_ctzll(leads);
        found |= (uint64_t)is_folded(p + i) << i;
    }
    return found;
}

size_t han_find(Str text) {
    for (size_t at = 0; at < text.n; at += BLOCK) {
        uint64_t found = folded_in(text, at);
        if (found) return at + (unsigned)__builtin_ctzll(found);
    }
    return text.n;
}

static void fold_sign(unsigned char *p) {
    uint32_t to = han_fold(code_of(p));
    assert(to >= HAN_FIRST && to <= HAN_LAST);
    p[0] = (unsigned char)(0xE0 | to >> 12);
    p[1] = (unsigned char)(0x80 | (to >> 6 & 0x3F));
    p[2] = (unsigned char)(0x80 | (to & 0x3F));
}

void han_fold_bytes(char *bytes, size_t n) {
    for (size_t at = 0; at < n; at += BLOCK) {
        uint64_t found = folded_in((Str){bytes, n}, at);
        for (; found; found &= found - 1) {
            fold_sign((unsigned char *)bytes + at + (unsigned)__builtin_ctzll(found));
        }
    }
}

Str han_fold_text(Arena *arena, Str text) {
    size_t at = han_find(text);
    if (at == text.n) return text;
    char *copy = arena_dup(arena, text.p, text.n);
    if (!copy) return (Str){NULL, 0};
    han_fold_bytes(copy + at, text.n - at);
    return (Str){copy, text.n};
}

Str han_fold_into(Str text, char *out, size_t cap) {
    size_t at = han_find(text);
    if (at == text.n) return text;
    text = utf8_cut(text, cap);
    memcpy(out, text.p, text.n);
    if (at < text.n) han_fold_bytes(out + at, text.n - at);
    return (Str){out, text.n};
}

/* ---- small numbers --------------------------------------------------------------------------- */

static const char digits[] = "一二三四五六七八九";

/* 1 to 9 for the sign at `at`; 0: none of them. */
static int digit_at(Str s, size_t at) {
    for (int i = 0; i < 9; i++) {
        Str sign = {digits + SIGN_BYTES * i, SIGN_BYTES};
        if (str_starts(str_sub(s, at, s.n), sign)) return i + 1;
    }
    return 0;
}

/* 三, 十, 十三, 三十, 三十三 */
size_t han_number(Str s, int *value) {
    int first = digit_at(s, 0);
    size_t at = first ? SIGN_BYTES : 0;
    if (str_starts(str_sub(s, at, s.n), STR("十"))) {
        at += SIGN_BYTES;
        int last = digit_at(s, at);
        first = 10 * (first ? first : 1) + last;
        at += last ? SIGN_BYTES : 0;
    }
    if (at) *value = first;
    return at;
}

void han_add_number(Buf *out, unsigned n) {
    assert(n >= 1 && n <= 99);
    if (n >= 20) buf_add(out, digits + SIGN_BYTES * (n / 10 - 1), SIGN_BYTES);
    if (n >= 10) buf_add_c(out, "十");
    if (n % 10) buf_add(out, digits + SIGN_BYTES * (n % 10 - 1), SIGN_BYTES);
}
