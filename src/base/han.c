/* The body of han.h: signs of three bytes, looked up where their first byte says that they may be
   Han. */
#include "base/han.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"

enum { SIGN_BYTES = 3 };
_Static_assert((HAN_LAST + 1 - HAN_FIRST) % 64 == 0, "whole groups");
_Static_assert(HAN_FIRST >= 0x800 && HAN_LAST <= 0xFFFF, "three bytes each, so that places stay");

/* Behind the ASCII that begins at `at`, by eight bytes where there are so many: each window of the
   gate passes here. */
static size_t behind_ascii(Str s, size_t at) {
    uint64_t eight;
    while (s.n - at >= sizeof eight) {
        memcpy(&eight, s.p + at, sizeof eight);
        if (eight & 0x8080808080808080) break;
        at += sizeof eight;
    }
    while (at < s.n && !(s.p[at] & 0x80)) at++;
    return at;
}

/* The next place from `at` on that is folded; s.n: none. A group of 64 signs shares its first two
   bytes. What looks like three bytes of a character is not checked further. */
static size_t next_folded(Str s, size_t at) {
    enum { MASK = 0xF0C0C0, OF_THREE = 0xE08080 };
    const unsigned char *p = (const unsigned char *)s.p;
    while ((at = behind_ascii(s, at)) + SIGN_BYTES <= s.n) {
        while (at + SIGN_BYTES <= s.n && p[at] >= 0x80) {
            uint32_t three = (uint32_t)p[at] << 16 | (uint32_t)p[at + 1] << 8 | p[at + 2];
            bool of_three = (three & MASK) == OF_THREE;
            uint32_t group = ((three >> 10 & 0x3C0) | (three >> 8 & 0x3F)) - HAN_FIRST / 64;
            if (of_three && group < HAN_GROUPS && han_marks[group] >> (three & 0x3F) & 1) return at;
            at += of_three ? SIGN_BYTES : 1;
        }
    }
    return s.n;
}

size_t han_find(Str text) {
    return next_folded(text, 0);
}

void han_fold_bytes(char *bytes, size_t n) {
    Str text = {bytes, n};
    for (size_t at = 0, width; (at = next_folded(text, at)) < n; at += SIGN_BYTES) {
        uint32_t to = han_fold(utf8_decode(text, at, &width));
        assert(width == SIGN_BYTES && to >= HAN_FIRST && to <= HAN_LAST);
        bytes[at] = (char)(0xE0 | to >> 12);
        bytes[at + 1] = (char)(0x80 | (to >> 6 & 0x3F));
        bytes[at + 2] = (char)(0x80 | (to & 0x3F));
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
