/*
 * The body of charset_guess.h: the set in which the bytes are told in the fewest bits.
 *
 * Each candidate reads the bytes as its own text and pays for every byte beyond ASCII and for the
 * one behind it. One-byte sets pay -log2 of the probability of a letter behind another, as counted
 * for a language (capitals count as small letters, and a capital behind a small one pays extra:
 * KOI8-R and Windows-1251 differ in little else). A byte that stands for no character pays 16 bits,
 * a pair that cannot be 24. Sets of pairs pay for the first byte as it was counted and for the
 * second by which third of its range it lies in; that is enough, for the ranges of first bytes
 * differ: Hangul ends at 0xC8 where half of Chinese begins, kana fill rows of their own, Big5 has
 * second bytes below 0x80, Shift_JIS first bytes below 0xA0. So all candidates are compared in one
 * unit, and neither order nor thresholds decide.
 *
 * Sets that spell a language alike (Windows-1253 and ISO-8859-7 but for three signs) tie on bytes
 * that do not tell them apart; the first in the table wins, and the text is the same.
 *
 * Limits: the first EVIDENCE bytes beyond ASCII decide. Source: the principle of minimum
 * description length; the counts are our own (tools/charset-count.py, which names the texts).
 */
#include "base/plain.h"
#include "knowledge/read/charset_guess.h"

#include <assert.h>

enum {
    EVIDENCE = 1024,
    BIT = 8,
    NO_CHARACTER = 16 * BIT,
    NO_PAIR = 24 * BIT,
    CAPITAL_INSIDE = 6 * BIT, /* a capital behind a small letter */
    CHANGE = 2 * BIT,         /* from pairs to ASCII and back */
    HALF_KANA = 10 * BIT      /* one byte in Shift_JIS, two in EUC-JP */
};

/* The cost of the bytes as text of one language. ASCII beside ASCII costs nothing: it is the same
   in every set. */
static unsigned letters_cost(const CharsetLetters *set, Str s) {
    unsigned cost = set->against, last = 0;
    unsigned char before = 0;
    bool small = false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char byte = (unsigned char)s.p[i];
        unsigned sign = set->map[byte], class = sign & CHARSET_NOTHING;
        bool capital = sign & CHARSET_CAPITAL, nothing = class == CHARSET_NOTHING;
        if (nothing) class = set->n - 1;
        if ((byte | before) >= 0x80) {
            cost += nothing ? NO_CHARACTER : set->cost[last * set->n + class];
            if (capital && small) cost += CAPITAL_INSIDE;
        }
        small = !capital && class > 0 && (byte >= 0x80 || plain_is_small(byte));
        last = class;
        before = byte;
    }
    return cost;
}

/* Bytes of the character at s[i] that is no pair, and its cost; 0: it is a pair or nothing. */
static size_t odd_character(const CharsetPairs *set, Str s, size_t i, unsigned *cost) {
    unsigned a = (unsigned char)s.p[i], b = i + 1 < s.n ? (unsigned char)s.p[i + 1] : 0;
    bool kana = b >= 0xA1 && b <= 0xDF;
    if (strcmp(set->name, "CP932") == 0 && a >= 0xA1 && a <= 0xDF) {
        *cost += HALF_KANA;
        return 1;
    }
    if (strcmp(set->name, "EUC-JP") == 0 && a == 0x8E && kana) {
        *cost += HALF_KANA;
        return 2;
    }
    if (strcmp(set->name, "EUC-JP") == 0 && a == 0x8F && b >= 0xA1) {
        *cost += 2 * NO_PAIR; /* JIS X 0212: legal, and hardly ever seen */
        return 3;
    }
    if (strcmp(set->name, "GB18030") == 0 && b >= 0x30 && b <= 0x39) {
        *cost += 2 * NO_PAIR;
        return 4;
    }
    return 0;
}

/* The same for a set of pairs. A change between pairs and ASCII costs a little, since real text
   stays in one of them for a while. */
static unsigned pairs_cost(const CharsetPairs *set, Str s) {
    unsigned cost = 0;
    bool pair = false;
    for (size_t i = 0; i < s.n;) {
        unsigned a = (unsigned char)s.p[i], b = i + 1 < s.n ? (unsigned char)s.p[i + 1] : 0x7F;
        bool was = pair;
        pair = a >= 0x80;
        if (pair != was) cost += CHANGE;
        size_t n = pair ? odd_character(set, s, i, &cost) : 1;
        bool fits = a > 0x80 && a < 0xFF && b >= 0x40 && b != 0x7F && b != 0xFF;
        if (n == 0 && fits) {
            cost += set->lead[a - 0x80] + set->trail[(b >= 0x80) + (b >= 0xA1)];
            n = 2;
        } else if (n == 0) {
            cost += NO_PAIR;
            n = 1;
        }
        assert(n >= 1 && n <= 4); /* it goes on */
        i += n;
    }
    return cost;
}

bool charset_of_pairs(const char *name) {
    const CharsetPairs *set = charset_pairs;
    while (set->name && strcmp(set->name, name) != 0) set++;
    return set->name;
}

/* From the first byte beyond ASCII to the last that is looked at. */
static Str evidence(Str s) {
    size_t from = 0, end, high = 0;
    while (from < s.n && (unsigned char)s.p[from] < 0x80) from++;
    if (from == s.n) return (Str){s.p, 0};
    from -= from > 0;
    for (end = from; end < s.n && high < EVIDENCE; end++) high += (unsigned char)s.p[end] >= 0x80;
    return str_sub(s, from, end);
}

/* The cheapest candidate; on a tie the earlier one. */
const char *charset_guess(Str bytes) {
    Str s = evidence(bytes);
    const char *best = "CP1252";
    assert(charset_counts_end == charset_counts_begin + charset_counts_n); /* made by one run */
    unsigned least = UINT32_MAX;
    for (const CharsetLetters *set = charset_letters; s.n && set->name; set++) {
        unsigned cost = letters_cost(set, s);
        if (cost < least) {
            least = cost;
            best = set->name;
        }
    }
    for (const CharsetPairs *set = charset_pairs; s.n && set->name; set++) {
        unsigned cost = pairs_cost(set, s);
        if (cost < least) {
            least = cost;
            best = set->name;
        }
    }
    return best;
}
