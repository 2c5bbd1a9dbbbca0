/*
 * Where something may begin.
 *
 * Most of a text is letters that begin nothing, and those are never looked at one by one. For
 * BLOCK bytes at a time plain arithmetic on bytes, which compilers turn into vector code,
 * says which of them are worth a look: digits, '@', and with their neighbours
 *
 *     a letter or dash behind no letter or digit, a capital behind a small letter ("dbPassword")
 *     "::", "://"    '#' behind a word    a bracket or '_' before an 'a'    hexadecimal before ':'
 *     the first byte of a Han sign, of kana or of Hangul
 *
 * (block.h). Digits, '@' and what the neighbours have told are anchors. Words are asked for in two
 * hashed tables that the detectors have filled, by their first three bytes, or by two and the end
 * of the word: what they say may be wrong, nothing is missing.
 */
#include <assert.h>

#include "gate/scan/impl.h"

/* ---- tables -------------------------------------------------------------------------------- */

static unsigned word_slot(char a, char b, char c) {
    unsigned word = (unsigned)(unsigned char)a << 16 | (unsigned)(unsigned char)b << 8 |
                    (unsigned char)c;
    return (word * 0x9E3779B1u >> 8) % ANCHOR_WORDS;
}

static unsigned pair_slot(char a, char b) {
    unsigned pair = (unsigned)(unsigned char)a << 8 | (unsigned char)b;
    return (pair * 0x9E37u >> 4) % ANCHOR_PAIRS;
}

/* Heads of one group are mixed up, so what begins alike stands together. */
static unsigned group_of(const char *word) {
    return ((unsigned char)word[0] * 11u ^ (unsigned char)word[1] >> 5) % BLOCK_GROUPS;
}

static char in_case(char c, int upper) {
    return upper ? to_upper(c) : c;
}

_Static_assert(ANCHOR_LOGIN < 8, "a use is a bit of a byte");

void anchor_head(Anchors *anchors, const char *word, AnchorUse use, bool any_case) {
    assert(word[0] && word[1]); /* a word of one byte would be everywhere */
    unsigned group = group_of(word);
    for (int k = 0; k < (any_case ? 8 : 1); k++) {
        char a = in_case(word[0], k & 1), b = in_case(word[1], k & 2), c = in_case(word[2], k & 4);
        uint8_t *uses = c ? &anchors->words[word_slot(a, b, c)] : &anchors->pairs[pair_slot(a, b)];
        *uses |= (uint8_t)(1u << use);
        block_head_add(&anchors->heads, group, 0, (unsigned char)a);
        block_head_add(&anchors->heads, group, 1, (unsigned char)b);
        block_head_add(&anchors->heads, group, 2, (unsigned char)c);
    }
    for (int c = 1; c < 256 && !word[2]; c++) {
        block_head_add(&anchors->heads, group, 2, (unsigned char)c);
    }
}

/* ---- the search ---------------------------------------------------------------------------- */

/* What the tables have for a head. */
static unsigned head_uses(const Anchors *anchors, const unsigned char *p) {
    char a = (char)p[0], b = (char)p[1], c = (char)p[2];
    unsigned pair = anchors->pairs[pair_slot(a, b)];
    unsigned glued = is_letter(c) ? 1u << ANCHOR_SECRET : ~0u; /* secrets may be */
    return anchors->words[word_slot(a, b, c)] | (pair & glued);
}

/* Bit i: the byte at block + i is worth a look. Most heads are in no table; asking for all of a
   block in one go, without a branch for each, is cheaper than asking where one is met. */
static uint64_t candidates(const Anchors *anchors, const Fold *v, uint32_t block) {
    unsigned char edge[1 + BLOCK + BLOCK_BEHIND];
    const unsigned char *p = (const unsigned char *)v->p + block;
    if (block == 0 || v->n - block < BLOCK + BLOCK_BEHIND) {
        uint32_t before = block > 0, n = v->n - block + before, most = sizeof edge - 1 + before;
        memset(edge, 0, sizeof edge);
        memcpy(edge + 1 - before, p - before, n < most ? n : most);
        p = edge + 1;
    }
    uint64_t words, bits = v->blocks->anchors(&anchors->heads, p, &words);
    for (; words; words &= words - 1) {
        unsigned i = (unsigned)__builtin_ctzll(words);
        bits &= ~((uint64_t)(head_uses(anchors, p + i) == 0) << i);
    }
    return bits;
}

/* What may begin with the word at x. */
static unsigned word_uses(const Anchors *anchors, const Fold *v, uint32_t x) {
    char before = fold_at(v, (int64_t)x - 1), a = v->p[x], b = v->p[x + 1];
    unsigned char head[BLOCK_HEAD] = {(unsigned char)a, (unsigned char)b,
                                      (unsigned char)fold_at(v, (int64_t)x + 2)};
    unsigned uses = head_uses(anchors, head);
    if ((b == ':' || b == '-') && is_hex(a)) uses |= 1u << ANCHOR_PLAIN; /* a MAC without a digit */
    if (before == '_' && to_lower(a) == 'a') uses |= 1u << ANCHOR_MAIL;
    return uses;
}

/* What may begin at x, which is worth a look; 0: nothing. */
static unsigned uses_at(const Anchors *anchors, const Fold *v, uint32_t x) {
    char c = v->p[x];
    if (is_digit(c)) return 1u << ANCHOR_PLAIN;
    if (x + 1 >= v->n) return 0;
    if (is_letter(c) || c == '-' || (unsigned char)c >= 0xE3) return word_uses(anchors, v, x);
    return c != '#' || is_alnum(v->p[x + 1]) ? 1u << ANCHOR_PLAIN : 0;
}

uint32_t anchor_next(const Anchors *anchors, const Fold *v, AnchorSearch *search, uint32_t limit) {
    uint32_t x = search->at;
    assert(limit <= v->n);
    while (x < limit) {
        if (x - search->block >= BLOCK || !search->ready) {
            search->block = x & ~(BLOCK - 1u);
            search->bits = candidates(anchors, v, search->block);
            search->ready = true;
        }
        uint64_t bits = search->bits & ~0ull << (x - search->block);
        for (; bits; bits &= bits - 1) {
            x = search->block + (uint32_t)__builtin_ctzll(bits);
            if (x >= limit) return limit;
            search->uses = uses_at(anchors, v, x);
            if (search->uses) return x;
        }
        x = search->block + BLOCK;
    }
    return limit;
}
