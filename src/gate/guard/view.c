/*
 * The view: one spelling for what reads the same. ASCII letters become small, full-width, circled
 * and mathematical letters become ASCII, runs of blanks and line breaks one blank, typographic
 * apostrophes straight, and what cannot be seen (zero-width signs, soft hyphens) is left out.
 * Signs that carry text past a reader are read: tag characters mirror ASCII at U+E0000, variation
 * selectors can each stand for a byte (the first 16 of them at U+FE00, the rest from U+E0100 on).
 * A Cyrillic or Greek letter that looks like a Latin one and touches a Latin one is that one.
 * Letters that stand alone, one after the other with the same sign between ("i g n o r e"), are
 * words.
 *
 * The gate's scanner has a fold of its own (scan/fold.c) that also turns Han numerals into digits:
 * right for identifiers, wrong for prose, where it would change words.
 *
 * Invariant: at[] never falls; every byte of the view points at the first byte of the character
 * that it was made of. Time is linear: a run of letters is measured once, by its first one.
 */
#include <assert.h>

#include "base/utf8.h"
#include "gate/guard/impl.h"
#include "gate/twin.h"

enum { SPELLED_LEAST = 6, GAP_MAX = 3 };

/* Format characters and variation selectors: they part words for a program and not for a reader. */
static bool invisible(uint32_t c) {
    return c == 0xAD || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x2064) || c == 0xFEFF || (c >= 0xFE00 && c <= 0xFE0F) ||
           c == 0x180E || c == 0xE0001 || c == 0xE007F || (c >= 0xE0100 && c <= 0xE01EF);
}

static bool is_latin(uint32_t c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

/* The printable ASCII character that a sign carries unseen, or that it is a form of; 0: none. */
static uint32_t ascii_of(uint32_t c) {
    if (c >= 0xE0020 && c <= 0xE007E) return c - 0xE0000;
    if (c >= 0xE0110 && c <= 0xE016E) return c - 0xE0100 + 16;
    if (c >= 0xFF01 && c <= 0xFF5E) return c - 0xFEE0;
    if (c >= 0x24B6 && c <= 0x24E9) return 'a' + (c - 0x24B6) % 26;
    if (c >= 0x1D400 && c <= 0x1D6A3) return 'a' + (c - 0x1D400) % 26;
    return c == 0x2018 || c == 0x2019 ? '\'' : 0;
}

/* Blanks of all sorts are one; capitals are small; signs that carry an ASCII character are that. */
static uint32_t fold_code(uint32_t c) {
    uint32_t ascii = ascii_of(c);
    if (ascii) c = ascii;
    if (c < 0x21 || c == 0x7F || c == 0xA0 || c == 0x3000 || c == 0x2028) return ' ';
    return unicode_lower(c);
}

/* Where the letters end that stand alone from `at` on; `at`: it begins no such run. */
static size_t spelled_end(Str text, size_t at) {
    size_t letters = 1, end = at + 1, most = at + VIEW_MAX < text.n ? at + VIEW_MAX : text.n;
    if (!is_latin((uint8_t)text.p[at]) || (at > 0 && is_latin((uint8_t)text.p[at - 1])) ||
        end >= most || !text.p[end] || !strchr(" -._*|", text.p[end])) {
        return at;
    }
    for (const char sign = text.p[end];;) {
        size_t next = end;
        while (next < most && next - end <= GAP_MAX && text.p[next] == sign) next++;
        bool alone = next > end && next - end <= GAP_MAX && next < most &&
                     is_latin((uint8_t)text.p[next]) &&
                     (next + 1 >= text.n || !is_latin((uint8_t)text.p[next + 1]));
        if (!alone) return letters >= SPELLED_LEAST ? end : at;
        letters++;
        end = next + 1;
    }
}

/* Inside a run of letters that stand alone: one sign between two of them. */
static bool only_parts(Str text, size_t at) {
    return at > 0 && is_latin((uint8_t)text.p[at - 1]) && !is_latin((uint8_t)text.p[at]) &&
           at + 1 < text.n && is_latin((uint8_t)text.p[at + 1]);
}

/* The character at `at`, as the view has it; 0: nothing. `last` is what the view ends with. */
static uint32_t fold_at(Str text, size_t at, char last, size_t *width) {
    uint32_t c = utf8_decode(text, at, width), folded = fold_code(c);
    if (invisible(c) && !ascii_of(c)) return 0;
    char twin = gate_twin(folded, true);
    if (!twin) return folded;
    bool touches = is_latin((uint8_t)last) || (at + *width < text.n &&
                                               is_latin((uint8_t)text.p[at + *width]));
    return touches ? (uint32_t)(uint8_t)twin : folded;
}

/* One more view of the text from `from` on; returns where the next may begin. view->at leads back,
   from each byte to its character. */
size_t view_fold(View *view, Str text, size_t from) {
    size_t at = from, spelled = from, width;
    assert(from <= text.n);
    view->n = 0;
    while (at < text.n && at - from < VIEW_MAX && view->n + UTF8_MAX_BYTES <= VIEW_MAX) {
        char bytes[UTF8_MAX_BYTES], last = view->n ? view->p[view->n - 1] : 0;
        uint32_t c = fold_at(text, at, last, &width);
        if (at >= spelled) spelled = spelled_end(text, at);
        if (at < spelled && only_parts(text, at)) c = 0;
        size_t n = c ? utf8_encode(c, bytes) : 0;
        if (n == 1 && *bytes == ' ' && last == ' ') n = 0;
        for (size_t i = 0; i < n; i++) {
            view->at[view->n] = (uint32_t)(at - from);
            view->p[view->n++] = bytes[i];
        }
        at += width;
    }
    assert(view->n <= VIEW_MAX && at <= text.n);
    view->text = str_sub(text, from, at);
    view->at[view->n] = (uint32_t)(at - from);
    view->p[view->n] = at < text.n ? 'x' : 0; /* a word that is cut is not whole */
    return at;
}
