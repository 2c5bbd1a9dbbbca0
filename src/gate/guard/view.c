/*
 * The view: one spelling for what reads the same. ASCII letters become small, full-width forms
 * become ASCII, runs of blanks and line breaks one blank, typographic apostrophes straight, and
 * what cannot be seen (zero-width signs, soft hyphens, variation selectors, the tag characters
 * U+E0000 that carry hidden text past a reader) is left out. The gate's scanner has a fold of its
 * own (scan/fold.c) that also turns Han numerals and homoglyphs into digits and letters: right for
 * identifiers, wrong for prose, where it would change words.
 *
 * Invariant: at[] never falls; every byte of the view points at the first byte of the character
 * that it was made of.
 */
#include "base/utf8.h"
#include "gate/guard/impl.h"

static bool invisible(uint32_t c) {
    return c == 0xAD || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x2064) || c == 0xFEFF || (c >= 0xFE00 && c <= 0xFE0F) ||
           c == 0x180E;
}

/* Tag characters mirror ASCII; models read them, people do not: they are read here. */
static uint32_t fold_code(uint32_t c) {
    if (c >= 0xE0020 && c <= 0xE007E) c -= 0xE0000;
    if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;
    if (c == 0x2018 || c == 0x2019) return '\'';
    if (c < 0x21 || c == 0x7F || c == 0xA0 || c == 0x3000 || c == 0x2028) return ' ';
    return unicode_lower(c);
}

size_t view_fold(View *view, Str text, size_t from) {
    size_t at = from, width;
    view->n = 0;
    while (at < text.n && at - from < VIEW_MAX && view->n + UTF8_MAX_BYTES <= VIEW_MAX) {
        char bytes[UTF8_MAX_BYTES];
        uint32_t c = utf8_decode(text, at, &width);
        size_t n = 0;
        if (!invisible(c)) n = utf8_encode(fold_code(c), bytes);
        if (n == 1 && *bytes == ' ' && view->n && view->p[view->n - 1] == ' ') n = 0;
        for (size_t i = 0; i < n; i++) {
            view->at[view->n] = (uint32_t)(at - from);
            view->p[view->n++] = bytes[i];
        }
        at += width;
    }
    view->text = str_sub(text, from, at);
    view->at[view->n] = (uint32_t)(at - from);
    view->p[view->n] = at < text.n ? 'x' : 0; /* a word that is cut is not whole */
    return at;
}
