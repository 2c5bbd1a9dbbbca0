/*
 * What is written as it is said: "one three eight, double zero ...", "bob dot smith at gmail dot
 * com", "bob.smith [at] example [dot] com".
 *
 * Digits: at least WORDS_LEAST digit words in a row, blanks, commas or dashes between them, that do
 * not merely count up or down. They are a telephone number up to 13 words and a card from 14 on:
 * what exactly they are nobody can check, since "double" and "oh" are said as it comes.
 *
 * E-mail: a local part, "at" in brackets or between blanks, labels with dots or "dot" between them.
 * With a bare "at" there must be a "dot", and the last label a domain that people have mail at:
 * "at the dot com" is none.
 *
 * The search begins at the pairs of letters that the rarer digit words and "dot" begin with, and at
 * a bracket before "a"; a number without any zero, two, five, six, eight or nine is not found.
 * English only. Walks are at most WORDS_MOST words or LOOK_BACK bytes.
 */
#include "gate/scan/impl.h"

enum { WORDS_LEAST = 7, WORDS_MOST = 64, WORD_BYTES = 6, GAP_BYTES = 3 };

static const char *const digit_words[] = {"zero", "one",   "two",   "three", "four",   "five",
                                          "six",  "seven", "eight", "nine",  "double", "triple",
                                          "oh",   "nought"};
enum { COUNTING = 10 }; /* the words before say the digit that is their index */

void spoken_index(Scanner *s) {
    static const char *const pairs[] = {"ze", "tw", "fi", "si", "ei", "ni", "do"};
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        for (int k = 0; k < 4; k++) {
            scan_anchor(s, k & 1 ? to_upper(pairs[i][0]) : pairs[i][0],
                        k & 2 ? to_upper(pairs[i][1]) : pairs[i][1]);
        }
    }
    for (const char *open = "[({"; *open; open++) {
        scan_anchor(s, *open, 'a');
        scan_anchor(s, *open, 'A');
    }
}

static bool is_word_at(const Fold *v, uint32_t x, const char *word) {
    uint32_t n = 0;
    for (; word[n]; n++) {
        if (to_lower(fold_at(v, (int64_t)x + n)) != word[n]) return false;
    }
    return !is_alnum(fold_at(v, (int64_t)x + n));
}

/* Which digit word stands at x, -1: none. */
static int digit_word(const Fold *v, uint32_t x) {
    for (int i = 0; i < (int)ARRAY_LEN(digit_words); i++) {
        if (is_word_at(v, x, digit_words[i])) return i;
    }
    return -1;
}

static bool is_gap(char c) { return c && strchr(" ,-.\n\t", c); }

/* The beginning of the word before the one at x, or x. */
static uint32_t word_before(const Fold *v, uint32_t x) {
    uint32_t end = x, at;
    while (end > 0 && x - end < GAP_BYTES && is_gap(v->p[end - 1])) end--;
    for (at = end; at > 0 && end - at <= WORD_BYTES && is_letter(v->p[at - 1]);) at--;
    return end < x && at < end ? at : x;
}

static uint32_t word_behind(const Fold *v, uint32_t end) {
    uint32_t x = end;
    while (x - end < GAP_BYTES && is_gap(fold_at(v, x))) x++;
    return x;
}

static uint32_t say_digits(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    int words = 0, steps = 0, last = -1, word;
    uint32_t from = x, end = x;
    if (x < s->spoken_until || digit_word(v, x) < 0) return 0;
    for (int i = 0; i < WORDS_MOST; i++) {
        uint32_t before = word_before(v, from);
        bool walked = before < s->spoken_until;
        if (before == from || walked || digit_word(v, before) < 0) break;
        from = before;
    }
    for (uint32_t at = from; words < WORDS_MOST && (word = digit_word(v, at)) >= 0; words++) {
        bool step = word < COUNTING && last >= 0 && (word - last == 1 || last - word == 1);
        steps += step;
        last = word < COUNTING ? word : -1;
        end = at + (uint32_t)strlen(digit_words[word]);
        at = word_behind(v, end);
    }
    s->spoken_until = end;
    if (words < WORDS_LEAST || steps >= words - 2) return 0;
    scan_emit(s, from, end, words <= 13 ? KIND_PHONE : KIND_CARD, 0.8);
    return end;
}

/* ---- e-mail -------------------------------------------------------------------------------- */

/* Behind a dot at x, said or written; 0: there is none. */
static uint32_t dot_end(const Fold *v, uint32_t x, bool *said) {
    if (fold_at(v, x) == '.') return x + 1;
    uint32_t at = x;
    bool blank = fold_at(v, at) == ' ';
    at += blank;
    char open = fold_at(v, at);
    bool bracket = open == '[' || open == '(' || open == '{';
    at += bracket;
    if (!(blank || bracket) || !is_word_at(v, at, "dot")) return 0;
    at += 3;
    if (bracket) at++;
    *said = true;
    return fold_at(v, at) == ' ' ? at + 1 : at;
}

static bool is_mail_domain(const Fold *v, uint32_t x) {
    static const char *const domains[] = {"com", "net", "org", "edu", "gov", "io", "co", "me",
                                          "de",  "uk",  "cn",  "fr",  "eu",  "ru", "jp", "in",
                                          "it",  "es",  "nl",  "ch",  "at",  "au", "ca", "info"};
    for (size_t i = 0; i < ARRAY_LEN(domains); i++) {
        if (is_word_at(v, x, domains[i])) return true;
    }
    return false;
}

/* The end of "gmail dot com" at x; 0: that is none. bare: the "at" before had no brackets. */
static uint32_t said_host(const Fold *v, uint32_t x, bool bare) {
    uint32_t end = 0;
    bool said = false;
    if (is_word_at(v, x, "the") || is_word_at(v, x, "a") || is_word_at(v, x, "this")) return 0;
    for (int labels = 0; labels < 6; labels++) {
        uint32_t label = x;
        while (x - label < LOOK_BACK && (is_alnum(fold_at(v, x)) || fold_at(v, x) == '-')) x++;
        if (x == label) break;
        if (labels > 0 && is_mail_domain(v, label)) end = x;
        uint32_t next = dot_end(v, x, &said);
        if (!next) break;
        x = next;
    }
    return bare && !said ? 0 : end;
}

static bool is_one_of(char c, const char *marks) {
    return is_alnum(c) || (c && strchr(marks, c));
}

/* The beginning of "bob dot smith" that ends before x; x: none. */
static uint32_t said_local(const Fold *v, uint32_t x) {
    uint32_t from = x;
    for (int parts = 0; parts < 4; parts++) {
        uint32_t at = from;
        while (at > 0 && x - at < LOOK_BACK && is_one_of(v->p[at - 1], "._%+-")) at--;
        if (at == from) break;
        from = at;
        bool dot = at >= 5 && v->p[at - 5] == ' ' && is_word_at(v, at - 4, "dot");
        if (!dot || v->p[at - 1] != ' ') break;
        at -= 5;
        if (at == 0 || !is_alnum(v->p[at - 1])) break;
        from = at;
    }
    return from;
}

/* "at" stands at x, from..end with what is around it. */
static uint32_t say_mail(Scanner *s, uint32_t from, uint32_t end, bool bare) {
    const Fold *v = &s->fold;
    uint32_t stop = said_host(v, end, bare);
    if (!stop) return 0;
    uint32_t begin = said_local(v, from);
    if (begin == from) return 0;
    scan_emit(s, begin, stop, KIND_EMAIL, 0.9);
    return stop;
}

static uint32_t at_bracket(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    char close = fold_at(v, (int64_t)x + 3);
    if (!is_word_at(v, x + 1, "at") || !close || !strchr("])}", close)) return 0;
    uint32_t from = x > 0 && v->p[x - 1] == ' ' ? x - 1 : x;
    uint32_t end = fold_at(v, (int64_t)x + 4) == ' ' ? x + 5 : x + 4;
    return say_mail(s, from, end, false);
}

/* "dot" at x: behind "at" and a label? */
static uint32_t at_dot(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    uint32_t at = x;
    if (x < 6 || v->p[--at] != ' ') return 0;
    while (at > 0 && x - at < LOOK_BACK && is_one_of(v->p[at - 1], ".-")) at--;
    if (at < 5 || v->p[at - 1] != ' ' || v->p[at - 4] != ' ') return 0;
    return is_word_at(v, at - 3, "at") ? say_mail(s, at - 4, at, true) : 0;
}

uint32_t spoken_scan(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    char c = v->p[x];
    if (!is_letter(c)) return c == '[' || c == '(' || c == '{' ? at_bracket(s, x) : 0;
    if (x > 0 && is_alnum(v->p[x - 1])) return 0;
    return is_word_at(v, x, "dot") ? at_dot(s, x) : say_digits(s, x);
}
