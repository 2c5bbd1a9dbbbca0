/*
 * Sentence ends by rule, without a dictionary beyond some abbreviations.
 *
 * A sentence ends
 *   - at a line break (readers leave one block a line);
 *   - behind the full-width marks U+3002, U+FF01, U+FF1F and U+FF1B, which are never ambiguous;
 *   - behind ! ? and ... wherever a blank or the end follows;
 *   - behind a full stop that a blank follows, unless the word before it is a known abbreviation
 *     ("Dr."), one capital letter (an initial), or the next word begins in lower case.
 * Closing quotes and brackets behind the mark belong to the sentence. "3.14", "e.g.x" and
 * "hearth.toml" have no blank behind the stop and so never end one.
 *
 * The idea follows the rules of Unicode UAX #29 section 5 (SB6-SB11), simplified; a wrong split
 * costs a longer or shorter citation, never a wrong one. Linear in the text, no allocation.
 */
#include "base/segment.h"

#include "base/utf8.h"

static const char *const abbreviations[] = {
    "mr", "mrs", "ms", "dr", "prof", "st", "vs", "etc", "eg", "ie", "e.g", "i.e", "inc", "ltd",
    "co", "corp", "jr", "sr", "fig", "no", "nr", "vol", "pp", "approx", "dept", "est", "gen",
    "col", "lt", "sgt", "capt", "rev", "hon", "gov", "sen", "rep", "jan", "feb", "mar", "apr",
    "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "u.s", "u.k", "a.m", "p.m", "bzw",
    "z.b", "usw", "ca", "d.h"};

static bool is_wide_end(uint32_t c) {
    return c == 0x3002 || c == 0xFF01 || c == 0xFF1F || c == 0xFF1B;
}

static bool is_closer(uint32_t c) {
    return c == '"' || c == '\'' || c == ')' || c == ']' || c == 0x201D || c == 0x2019 ||
           c == 0x300D || c == 0x300F || c == 0xFF09 || c == 0x300B || c == 0x3011 || c == 0xBB;
}

static bool is_blank_byte(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\f';
}

/* Is the word that ends right before text[stop] one that keeps its full stop inside a sentence? */
static bool keeps_its_stop(Str text, size_t from, size_t stop) {
    size_t begin = stop;
    while (begin > from && !is_blank_byte(text.p[begin - 1]) && text.p[begin - 1] != '\n' &&
           text.p[begin - 1] != '(' && stop - begin < 16) {
        begin--;
    }
    Str word = str_sub(text, begin, stop);
    if (word.n == 1 && word.p[0] >= 'A' && word.p[0] <= 'Z') return true;
    char lower[16];
    if (word.n == 0 || word.n >= sizeof lower) return false;
    for (size_t i = 0; i < word.n; i++) {
        char c = word.p[i];
        lower[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    for (size_t i = 0; i < ARRAY_LEN(abbreviations); i++) {
        if (str_eq((Str){lower, word.n}, str_from(abbreviations[i]))) return true;
    }
    return false;
}

static size_t skip_closers(Str text, size_t at) {
    while (at < text.n) {
        size_t width;
        uint32_t c = utf8_decode(text, at, &width);
        if (!is_closer(c) && c != '.' && c != '!' && c != '?' && !is_wide_end(c)) break;
        at += width;
    }
    return at;
}

static bool next_word_is_lower(Str text, size_t at) {
    while (at < text.n && is_blank_byte(text.p[at])) at++;
    return at < text.n && text.p[at] >= 'a' && text.p[at] <= 'z';
}

/* Does a sentence end with the mark c at `at`? Sets *after to behind its closers. */
static bool ends_here(Str text, size_t from, size_t at, uint32_t c, size_t *after) {
    if (is_wide_end(c)) {
        *after = skip_closers(text, at);
        return true;
    }
    if (c != '.' && c != '!' && c != '?' && c != 0x2026) return false;
    *after = skip_closers(text, at + (c == 0x2026 ? 3 : 1));
    bool gap = *after >= text.n || is_blank_byte(text.p[*after]) || text.p[*after] == '\n';
    if (!gap) return false;
    if (c != '.') return true;
    return !keeps_its_stop(text, from, at) && !next_word_is_lower(text, *after);
}

bool segment_next(Str text, size_t *at, size_t *start, size_t *end) {
    size_t i = *at;
    while (i < text.n && (is_blank_byte(text.p[i]) || text.p[i] == '\n')) i++;
    size_t begin = i, stop = text.n, after;
    while (i < text.n) {
        size_t width;
        uint32_t c = utf8_decode(text, i, &width);
        if (c == '\n') {
            stop = i;
            break;
        }
        if (ends_here(text, begin, i, c, &after)) {
            stop = after;
            break;
        }
        i += width;
    }
    *at = stop;
    while (stop > begin && is_blank_byte(text.p[stop - 1])) stop--;
    if (stop == begin) return false;
    *start = begin;
    *end = stop;
    return true;
}
