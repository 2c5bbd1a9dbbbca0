/*
 * Light English stemming for lex_token.h.
 *
 * Works on lower-case ASCII letters only. Plurals go (ies -> y, sses -> ss, s), then -ed and -ing
 * where a vowel stands before them, with the two repairs that make the rest a word again (a doubled
 * consonant is halved, a missing e is not restored: it is dropped on the other side too), -ly after
 * a longer stem, and a final e. This is the first step of Porter's algorithm (M. F. Porter, "An
 * algorithm for suffix stripping", 1980, step 1) made a little weaker; the later steps gain recall
 * that the embedding already has, and lose exactness that only words have.
 */
#include "knowledge/lex_token.h"

/* A y is one where it does not begin the word. */
static bool is_vowel(const char *w, size_t i) {
    switch (w[i]) {
    case 'a': case 'e': case 'i': case 'o': case 'u':
        return true;
    case 'y':
        return i > 0;
    default:
        return false;
    }
}

static bool has_vowel(const char *w, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (is_vowel(w, i)) return true;
    }
    return false;
}

/* Longer than the tail: something is left of the word. */
static bool ends(const char *w, size_t n, const char *tail) {
    size_t t = strlen(tail);
    return n > t && memcmp(w + n - t, tail, t) == 0;
}

/* "-us" and "-is" are mostly no plurals ("status", "basis"). */
static size_t strip_plural(char *w, size_t n) {
    if (w[n - 1] != 's') return n;
    if (ends(w, n, "sses")) return n - 2;
    if (ends(w, n, "ies") && n > 4) {
        w[n - 3] = 'y';
        return n - 2;
    }
    if (ends(w, n, "ss") || ends(w, n, "us") || ends(w, n, "is")) return n;
    return n - 1;
}

/* Three letters and a vowel must be left ("sing", "bring", "red" stay); ll, ss and zz stay double,
   as in "telling", "missing". */
static size_t strip_participle(char *w, size_t n) {
    size_t cut = ends(w, n, "ing") ? 3 : ends(w, n, "ed") ? 2 : 0;
    if (cut == 0 || n - cut < 3 || !has_vowel(w, n - cut)) return n;
    n -= cut;
    bool doubled = n > 3 && w[n - 1] == w[n - 2] && !is_vowel(w, n - 1) && !strchr("lsz", w[n - 1]);
    return doubled ? n - 1 : n;
}

/* The last step brings "happy" together with "happily", of which -ly has gone: both end in i. */
size_t lex_stem(char *word, size_t n) {
    if (n < 4) return n;
    n = strip_plural(word, n);
    if (n > 4) n = strip_participle(word, n);
    if (n > 5 && ends(word, n, "ly")) n -= 2;
    if (n > 3 && word[n - 1] == 'e') n -= 1;
    if (n > 3 && word[n - 1] == 'y' && !is_vowel(word, n - 2)) word[n - 1] = 'i';
    return n;
}
