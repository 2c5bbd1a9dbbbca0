/*
 * Amounts of money beside a word of what somebody earns, owns or owes.
 *
 *     salary: $84,500   earn 84.500 euros   mortgage of EUR 120 000   U+5DE5 U+8D44 8500 U+5143
 *
 * An amount is a number, in groups of three or not, perhaps with cents, perhaps with k or a sign or
 * word that multiplies it, and a currency before or behind it. A price is nobody's secret: without
 * one of context.c's words for money in the clause an amount is not reported.
 */
#include "gate/scan/impl.h"

enum { DIGITS_MAX = 12, GROUPS_MAX = 4 };

/* A bit of 32 by the low five bits of a first byte: capitals and small letters share one. */
#define INITIAL(c) (1u << ((c) & 31))

/* Words of a language or two; what follows a number seldom begins as one of them. */
typedef struct Words {
    const Str *word;
    size_t n;
    uint32_t initials;
} Words;

/* The end of one of the words at x, which may stand behind a blank; x: there is none. */
static uint32_t word_end(const Fold *v, uint32_t x, const Words *words) {
    uint32_t at = x + (fold_at(v, x) == ' ');
    char first = fold_at(v, at);
    if (!(words->initials >> (first & 31) & 1)) return x;
    for (size_t i = 0; i < words->n; i++) {
        Str word = words->word[i];
        uint32_t end = at + (uint32_t)word.n;
        if (word.p[0] != to_lower(first) || !fold_has(v, at, word.p)) continue;
        bool letters = is_letter(word.p[word.n - 1]);
        if (letters && fold_at(v, end) == 's') end++;
        if (!letters || !is_letter(fold_at(v, end))) return end;
    }
    return x;
}

/* Last bytes of the rows below, in small letters: most numbers have none before them. */
static bool ends_currency(char c) {
    switch ((unsigned char)c) {
    case '$': case 'd': case 'r': case 'p': case 'f': case 'b': case 'y':
    case 0xAC: case 0xA3: case 0xA5: return true;
    default: return false;
    }
}

/* The first byte of a currency that ends before x; x: there is none. */
static uint32_t currency_before(const Fold *v, uint32_t x) {
    static const Str signs[] = {STR("us$"), STR("$"),   STR("€"),   STR("£"),   STR("¥"),
                                STR("￥"),  STR("usd"), STR("eur"), STR("gbp"), STR("chf"),
                                STR("rmb"), STR("cny")};
    uint32_t end = x - (fold_at(v, (int64_t)x - 1) == ' ');
    char last = to_lower(fold_at(v, (int64_t)end - 1));
    if (!ends_currency(last)) return x;
    for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
        uint32_t n = (uint32_t)signs[i].n;
        if (!fold_ends(v, end, signs[i].p)) continue;
        char outer = fold_at(v, (int64_t)end - n - 1);
        if (!is_letter(signs[i].p[0]) || !is_letter(outer)) return end - n;
    }
    return x;
}

/* The end of a currency behind the number at x; x: there is none. */
static uint32_t currency_behind(const Fold *v, uint32_t x) {
    static const Str words[] = {STR("€"),    STR("£"),    STR("$"),     STR("euro"),  STR("dollar"),
                                STR("pound"), STR("yuan"), STR("franc"), STR("usd"),   STR("eur"),
                                STR("gbp"),  STR("chf"),  STR("rmb"),   STR("cny"),   STR("元"),
                                STR("块"),   STR("美元"), STR("欧元"),  STR("港币"),  STR("人民币")};
    static const Words currencies = {
        words, ARRAY_LEN(words),
        INITIAL(0xE2) | INITIAL(0xC2) | INITIAL('$') | INITIAL('e') | INITIAL('d') | INITIAL('p') |
            INITIAL('y') | INITIAL('f') | INITIAL('u') | INITIAL('g') | INITIAL('c') |
            INITIAL('r') | INITIAL(0xE4) | INITIAL(0xE5) | INITIAL(0xE6) | INITIAL(0xE7)};
    return word_end(v, x, &currencies);
}

/* "84,500", "84.500,00", "84 500" as far as it goes in groups; then "k", "thousand" or a sign. */
static uint32_t number_end(const Fold *v, uint32_t x) {
    static const Str times[] = {STR("k"), STR("thousand"), STR("万"), STR("千"), STR("百")};
    static const Words multiples = {times, ARRAY_LEN(times),
                                    INITIAL('k') | INITIAL('t') | INITIAL(0xE4) | INITIAL(0xE5) |
                                        INITIAL(0xE7)};
    uint32_t digits = 0;
    for (; digits < DIGITS_MAX && is_digit(fold_at(v, x)); x++) digits++;
    for (int groups = 0; groups < GROUPS_MAX; groups++) {
        uint32_t group = 0;
        char c = fold_at(v, x);
        if (!is_digit(fold_at(v, x + 1)) || !(c == ' ' || parts_groups(c))) break;
        while (group < 4 && is_digit(fold_at(v, x + 1 + group))) group++;
        bool cents = group > 0 && group < 3 && c != ' ';
        if (!cents && (group != 3 || digits > 3)) break;
        x += 1 + group;
        if (cents) break;
    }
    return word_end(v, x, &multiples);
}

/* A run that begins inside a number ("500" of "84.500") is left to the run of its beginning. */
void format_amount_run(Scanner *s, Run *run) {
    const Fold *v = &s->fold;
    char before = fold_at(v, (int64_t)run->at - 1);
    if (!is_digit(run->c[0]) || run->n > 12) return;
    if (is_digit(fold_at(v, (int64_t)run->at - 2)) && parts_groups(before)) return;
    uint32_t end = number_end(v, run->at), from = currency_before(v, run->at);
    uint32_t behind = currency_behind(v, end);
    if (from == run->at && behind == end) return;
    if (!(phrase_context(s, run->phrase)->any & CTX(MONEY))) return;
    scan_emit(s, from, behind, KIND_AMOUNT, 0.8);
}
