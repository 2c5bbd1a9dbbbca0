/*
 * Where something may begin.
 *
 * Most of a text is letters that begin nothing, and those are never looked at one by one. For
 * ANCHOR_BLOCK bytes at a time plain arithmetic on bytes, which compilers turn into vector code,
 * says which of them are worth a look: digits, '@', and with their neighbours
 *
 *     a letter or dash behind no letter or digit, a capital behind a small letter ("dbPassword")
 *     "::", "://"    '#' behind a word    a bracket or '_' before an 'a'    hexadecimal before ':'
 *     the first byte of a Han sign, of kana or of Hangul
 *
 * The answers become one word of bits (as simdjson does it: Langdale and Lemire, "Parsing gigabytes
 * of JSON per second", VLDB Journal 28, 2019), and only set bits cost anything from there. A digit
 * is always an anchor. All else is asked for in two tables that the detectors have filled: pairs
 * of bytes that begin something anywhere, and heads: the first three bytes of a word, by pair and a
 * mask of third ones. The masks hang in a small hash, so a head may be wrong, never missing.
 */
#include "gate/scan/impl.h"

enum { ANCHOR_BLOCK = 64 };

/* ---- tables -------------------------------------------------------------------------------- */

static unsigned pair_of(char first, char second) {
    return (unsigned)(unsigned char)first << 8 | (unsigned char)second;
}

static unsigned slot_of(unsigned pair) {
    return (pair * 0x9E37u >> 6) & (ANCHOR_HEADS - 1);
}

/* A third byte's bit: behind a sign above 0x7F its low five bits; else letters of either case have
   one each, signs above 0x7F four, all else one. */
static uint32_t third_bit(char second, char c) {
    if (is_letter(c) || (second & 0x80)) return 1u << (c & 31);
    return (unsigned char)c & 0x80 ? 1u << (27 + (c & 3)) : 1u;
}

enum { BEGINS_ANYWHERE = 1, BEGINS_WORD = 2 };

static void set_kind(Anchors *anchors, unsigned pair, unsigned kind) {
    anchors->kinds[pair >> 2] |= (uint8_t)(kind << (pair & 3) * 2);
}

static unsigned kind_of(const Anchors *anchors, unsigned pair) {
    return anchors->kinds[pair >> 2] >> (pair & 3) * 2 & 3;
}

void anchor_pair(Anchors *anchors, char first, char second) {
    set_kind(anchors, pair_of(first, second), BEGINS_ANYWHERE);
}

void anchor_head(Anchors *anchors, const char *word, AnchorUse use, bool any_case) {
    uint32_t third = word[2] ? third_bit(word[1], word[2]) : ~0u;
    if (!word[2] && use != ANCHOR_SECRET) third = ~0u << 27 | 1; /* whole: no letter follows */
    for (int k = 0; k < (any_case ? 4 : 1); k++) {
        char first = k & 1 ? to_upper(word[0]) : word[0];
        char second = k & 2 ? to_upper(word[1]) : word[1];
        unsigned pair = pair_of(first, second);
        bool odd = use == ANCHOR_SECRET && k == 2; /* "pAssword": where it is another's head, too */
        if (!odd) set_kind(anchors, pair, BEGINS_WORD);
        anchors->thirds[slot_of(pair)][use] |= third;
    }
}

/* ---- the search ---------------------------------------------------------------------------- */

typedef unsigned char Bytes __attribute__((vector_size(16)));

static Bytes load(const unsigned char *p) {
    Bytes bytes;
    memcpy(&bytes, p, sizeof bytes);
    return bytes;
}

/* Each byte that is one of n in a row. */
static Bytes in_row(Bytes c, unsigned char first, unsigned char n) {
    return (Bytes)(c - first < n);
}

static Bytes is(Bytes c, unsigned char sign) {
    return (Bytes)(c == sign);
}

/* Sixteen bytes of all ones or none to as many bits. */
static uint64_t to_bits(Bytes flags) {
    uint64_t half[2];
    flags &= 1;
    memcpy(half, &flags, sizeof half);
    return half[0] * 0x0102040810204080u >> 56 | half[1] * 0x0102040810204080u >> 56 << 8;
}

/* Sixteen bytes at p, each with what stands before and behind it. */
static Bytes worth_a_look(const unsigned char *p) {
    Bytes c = load(p), before = load(p - 1), behind = load(p + 1), small = c | 0x20;
    Bytes word_before = in_row(before | 0x20, 'a', 26) | in_row(before, '0', 10);
    Bytes camel = in_row(before, 'a', 26) & in_row(c, 'A', 26);
    Bytes head = (in_row(small, 'a', 26) | is(c, '-')) & ~word_before;
    Bytes colon = is(behind, ':');
    Bytes mac = in_row(small, 'a', 6) & (colon | is(behind, '-'));
    Bytes url = is(c, ':') & (colon | is(behind, '/'));
    Bytes open = is(c, '[') | is(c, '(') | is(c, '{') | is(c, '<') | is(c, '_') | is(c, 0x90);
    Bytes mark = is(c, '@') | (is(c, '#') & word_before) | (Bytes)(c >= 0xE3);
    return in_row(c, '0', 10) | camel | head | mac | url | mark | (open & is(behind | 0x20, 'a'));
}

/* Bit i: the byte at block + i is worth a look. */
static uint64_t candidates(const Fold *v, uint32_t block) {
    unsigned char edge[ANCHOR_BLOCK + 2];
    const unsigned char *p = (const unsigned char *)v->p + block;
    if (block == 0 || v->n - block <= ANCHOR_BLOCK) {
        uint32_t before = block > 0, n = v->n - block;
        memset(edge, 0, sizeof edge);
        memcpy(edge + 1 - before, p - before, (n < ANCHOR_BLOCK ? n : ANCHOR_BLOCK) + before);
        if (n > ANCHOR_BLOCK) edge[ANCHOR_BLOCK + 1] = p[ANCHOR_BLOCK];
        p = edge + 1;
    }
    uint64_t bits = 0;
    for (int i = 0; i < ANCHOR_BLOCK; i += 16) bits |= to_bits(worth_a_look(p + i)) << i;
    return bits;
}

/* What may begin with the word at x. */
static unsigned head_uses(const Anchors *anchors, const Fold *v, uint32_t x, unsigned pair) {
    const uint32_t *thirds = anchors->thirds[slot_of(pair)];
    uint32_t third = third_bit(v->p[x + 1], fold_at(v, (int64_t)x + 2));
    unsigned uses = 0;
    for (int use = ANCHOR_SECRET; use <= ANCHOR_SPOKEN; use++) {
        uses |= (thirds[use] & third ? 1u : 0u) << use;
    }
    if ((v->p[x] | 0x20) == 'a' && x > 0 && v->p[x - 1] == '_') uses |= 1u << ANCHOR_MAIL;
    return uses;
}

/* What may begin at x; 0: nothing. */
static unsigned uses_at(const Anchors *anchors, const Fold *v, uint32_t x) {
    if (is_digit(v->p[x])) return 1u << ANCHOR_PLAIN;
    if (x + 1 >= v->n) return 0;
    unsigned pair = pair_of(v->p[x], v->p[x + 1]), kind = kind_of(anchors, pair);
    if (!kind) return 0;
    return (kind & BEGINS_ANYWHERE) | (kind & BEGINS_WORD ? head_uses(anchors, v, x, pair) : 0);
}

uint32_t anchor_next(const Anchors *anchors, const Fold *v, AnchorSearch *search, uint32_t limit) {
    uint32_t x = search->at;
    while (x < limit) {
        if (x - search->block >= ANCHOR_BLOCK || !search->ready) {
            search->block = x & ~(ANCHOR_BLOCK - 1u);
            search->bits = candidates(v, search->block);
            search->ready = true;
        }
        uint64_t bits = search->bits & ~0ull << (x - search->block);
        for (; bits; bits &= bits - 1) {
            x = search->block + (uint32_t)__builtin_ctzll(bits);
            if (x >= limit) return limit;
            search->uses = uses_at(anchors, v, x);
            if (search->uses) return x;
        }
        x = search->block + ANCHOR_BLOCK;
    }
    return limit;
}
