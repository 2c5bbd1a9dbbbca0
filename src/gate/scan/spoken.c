/*
 * Digits written as they are said: "one three eight, double zero ...", "yao san ba ling ...".
 *
 * At least WORDS_LEAST digit words in a row, of English or of Chinese in Latin letters, some of
 * them perhaps as digits, blanks, commas or dashes between them, that do not merely count up or
 * down. The words around say what they are; else a telephone number up to 13 and a card from 14 on:
 * nobody can check it, since "double" and "oh" are said as it comes.
 *
 * The search begins at the pairs of letters that the rarer words begin with; a number of others
 * alone is not found. Walks are at most WORDS_MOST words.
 */
#include <assert.h>

#include "gate/scan/impl.h"

enum { WORDS_LEAST = 7, SAID_LEAST = 3, WORDS_MOST = 64, WORD_BYTES = 6, GAP_BYTES = 3 };
enum { DOUBLE = 10, TRIPLE, LETTER };

static const struct {
    const char *word;
    int8_t digit;
} digit_words[] = {{"zero", 0},        {"oh", 0},         {"nought", 0}, {"one", 1}, {"two", 2},
                   {"three", 3},       {"four", 4},       {"five", 5},   {"six", 6}, {"seven", 7},
                   {"eight", 8},       {"nine", 9},       {"ling", 0},   {"yi", 1},  {"yao", 1},
                   {"er", 2},          {"liang", 2},      {"san", 3},    {"si", 4},  {"wu", 5},
                   {"liu", 6},         {"lu", 6},         {"qi", 7},     {"ba", 8},  {"jiu", 9},
                   {"double", DOUBLE}, {"triple", TRIPLE}};

_Static_assert(SAID_LEAST <= WORDS_LEAST && WORDS_LEAST <= WORDS_MOST, "a saying can be one");
static const char pairs[] = "zetwfisieinidoliwuqijisaya"; /* that a search begins at */

/* Two letters that a word for a digit begins with, and few other words. */
static bool is_pair(char first, char second) {
    for (const char *pair = pairs; *pair; pair += 2) {
        if (pair[0] == first && pair[1] == second) return true;
    }
    return false;
}

/* Anchors only at words whose beginning is rare; say_digits walks back from any of them. */
void spoken_index(Scanner *s) {
    for (size_t i = 0; i < ARRAY_LEN(digit_words); i++) {
        const char *word = digit_words[i].word;
        if (is_pair(word[0], word[1])) anchor_head(&s->anchors, word, ANCHOR_SPOKEN, true);
    }
}

/* The digit that is said at x, or stands there alone, or a letter as a code has it; -1: none. */
static int digit_word(const Fold *v, uint32_t x, bool *said) {
    char c = fold_at(v, x);
    bool alone = !is_alnum(fold_at(v, (int64_t)x + 1));
    *said = is_letter(c) && !alone;
    if (alone && (plain_is_capital(c) || c == 'x')) return LETTER;
    if (is_digit(c)) return alone ? c - '0' : -1;
    for (size_t i = 0; i < ARRAY_LEN(digit_words); i++) {
        const char *word = digit_words[i].word;
        if (fold_has_word(v, x, word)) return digit_words[i].digit;
    }
    return -1;
}

static bool is_gap(char c) { return c && strchr(" ,-.\n\t", c); }

/* The beginning of the word before the one at x, or x. */
static uint32_t word_before(const Fold *v, uint32_t x) {
    uint32_t end = x, at;
    while (end > 0 && x - end < GAP_BYTES && is_gap(v->p[end - 1])) end--;
    for (at = end; at > 0 && end - at <= WORD_BYTES && is_alnum(v->p[at - 1]);) at--;
    return end < x && at < end ? at : x;
}

static uint32_t word_behind(const Fold *v, uint32_t end) {
    uint32_t x = end;
    while (x - end < GAP_BYTES && is_gap(fold_at(v, x))) x++;
    return x;
}

typedef struct Saying {
    uint32_t from, end;
    int words, said, digits, letters, steps, last;
    bool alike; /* always the same digit */
} Saying;

/* `word`: 0 to 9, DOUBLE or TRIPLE. Steps up or down by one are counting, and always the same digit
   is a placeholder. */
static void hear_word(Saying *saying, int word, bool said) {
    bool digit = word < DOUBLE;
    saying->steps +=
        digit && saying->last >= 0 && (word - saying->last == 1 || saying->last - word == 1);
    saying->alike = saying->alike && (!digit || saying->last < 0 || word == saying->last);
    saying->said += said;
    saying->words++;
    saying->digits += word == TRIPLE ? 2 : 1; /* and the one that follows */
    if (digit) saying->last = word;
}

/* Words from `at` on. Letters at the end belong to a code, or to the sentence. */
static void hear(const Fold *v, uint32_t at, Saying *out) {
    enum { LONG = 15, LETTERS_MOST = 6 };
    int word, letters = 0;
    bool said;
    out->last = -1;
    out->alike = true;
    while (out->words < WORDS_MOST && letters < LETTERS_MOST &&
           (word = digit_word(v, at, &said)) >= 0) {
        uint32_t end = at;
        while (is_alnum(fold_at(v, end))) end++;
        at = word_behind(v, end);
        letters = word == LETTER ? letters + 1 : 0;
        if (letters == 0)
            hear_word(out, word, said);
        else
            out->letters++;
        if (letters == 0 || out->letters > letters || out->digits >= LONG) out->end = end;
    }
}

/* What the number is, by the words around it, else by its length. */
static ScanKind said_kind(const Scanner *s, const Saying *saying) {
    enum { PHONE_MOST = 13 };
    uint64_t any = context_around(s->words, &s->fold, saying->from, saying->end).any;
    if (any & CTX(RESIDENT)) return KIND_CN_RESIDENT;
    if (any & CTX_NATIONAL & ~CTX(MYNUMBER)) return KIND_NATIONAL; /* "my number" */
    if (any & (CTX(CARD) | CTX(ACCOUNT))) return KIND_CARD;
    return saying->digits <= PHONE_MOST || (any & CTX(PHONE)) ? KIND_PHONE : KIND_CARD;
}

/* Walks back to the first word, then forth; what was heard is not heard again (spoken_until). */
static uint32_t say_digits(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    Saying saying = {.from = x, .end = x};
    bool said;
    if (x < s->spoken_until || digit_word(v, x, &said) < 0) return 0;
    for (int i = 0; i < WORDS_MOST; i++) {
        uint32_t before = word_before(v, saying.from);
        if (before == saying.from || before < s->spoken_until) break;
        if (digit_word(v, before, &said) < 0) break;
        saying.from = before;
    }
    hear(v, saying.from, &saying);
    assert(saying.from <= x && saying.end <= v->n);
    s->spoken_until = saying.end;
    if (saying.words < WORDS_LEAST || saying.said < SAID_LEAST || saying.alike) return 0;
    if (saying.steps >= saying.words - 2) return 0;
    scan_emit(s, saying.from, saying.end, said_kind(s, &saying), 0.8);
    return saying.end;
}

/* At an anchor, which may stand inside a word. */
uint32_t spoken_scan(Scanner *s, uint32_t x) {
    const Fold *v = &s->fold;
    if (x > 0 && is_alnum(v->p[x - 1])) return 0;
    if (!is_pair(to_lower(v->p[x]), to_lower(fold_at(v, (int64_t)x + 1)))) return 0;
    return say_digits(s, x);
}
