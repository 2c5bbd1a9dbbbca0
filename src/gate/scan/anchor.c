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
 * hashed tables that the detectors have filled, by their first three bytes and what sort of byte
 * the fourth is, or by two and the end of the word: what they say may be wrong, nothing is missing.
 * The fourth byte is what makes it cheap: "con" and "pri" begin much of English, "conf" and "priv"
 * little.
 */
#include <assert.h>

#include "gate/scan/impl.h"

/* ---- tables -------------------------------------------------------------------------------- */

enum { SIGHT = 5, SLOT_BITS = 11 }; /* bytes that the tables ask for */
_Static_assert(ANCHOR_WORDS == 1 << SLOT_BITS, "a slot for each value of the hash");

/* By three bytes, letters of ASCII as small ones: so a word has one slot, not eight. */
static ALWAYS_INLINE unsigned word_slot(const unsigned char *p) {
    uint32_t word = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
    word |= (~word & 0x808080u) >> 2;
    return word * 0x9E3779B1u >> (32 - SLOT_BITS);
}

/* The fourth byte as one of 64: a letter, a dash, four sorts of other ASCII; a sign of several
   bytes also by its second one, since all of Chinese begins with seven. */
static ALWAYS_INLINE unsigned behind_class(const unsigned char *p) {
    enum { DASH = 26, OTHER = 27, SIGNS = 32 };
    unsigned c = p[3], letter = (c | 0x20) - 'a', sign = SIGNS + ((c * 11 + p[4]) & 31);
    unsigned other = c == '-' ? DASH : OTHER + (c & 3);
    if (letter >= 26) letter = other;
    return c & 0x80 ? sign : letter;
}

/* What may stand behind a word's first three bytes: its fourth, or anything; behind a digit that is
   said, no letter, for it is a whole word. */
static uint64_t behind_word(const char *word, AnchorUse use) {
    const uint64_t letters = (1u << 26) - 1;
    size_t n = strlen(word);
    if (n <= 3) return use == ANCHOR_SPOKEN ? ~letters : ~(uint64_t)0;
    if (n == 4 && word[3] & 0x80) return ~(uint64_t)0;
    return (uint64_t)1 << behind_class((const unsigned char *)word);
}

static ALWAYS_INLINE unsigned pair_slot(char a, char b) {
    unsigned pair = (unsigned)(unsigned char)a << 8 | (unsigned char)b;
    return (pair * 0x9E37u >> 4) % ANCHOR_PAIRS;
}

/* Heads of one group are mixed up, so those stand together that mix to little that texts have: by
   the first letter, words of two bytes or three apart from longer ones, for they let anything stand
   in the fourth place; signs by their first eleven bits. The groups were found by merging those two
   of which fewest words of English and Chinese texts begin like a mixture; any would be right. */
static unsigned group_of(const char *word, bool is_short) {
    static const char longer[] = "f29afe74478ae72f0d61fd8636";
    static const char shorter[] = "f5c1f5053515001ff56300b030";
    static const char signs[] = "9b33c0ed42582200b0";
    unsigned char c = (unsigned char)word[0];
    unsigned letter = (c | 0x20u) - 'a', sign = (c - 0xE3u) * 2 + ((unsigned char)word[1] >> 5 & 1);
    char group = is_short ? 'b' : 'd';
    if (letter < 26) group = is_short ? shorter[letter] : longer[letter];
    else if (sign < sizeof signs - 1) group = signs[sign];
    unsigned number = (unsigned)(group <= '9' ? group - '0' : group - 'a' + 10);
    assert(number < BLOCK_GROUPS);
    return number;
}
_Static_assert(BLOCK_GROUPS == 16, "a group is a hexadecimal digit");

static char in_case(char c, int upper) {
    return upper ? to_upper(c) : c;
}

_Static_assert(ANCHOR_LOGIN < 8, "a use is a bit of a byte");

/* In its place a byte of a head, or any. */
static void add_byte(Anchors *anchors, unsigned group, int place, char byte) {
    if (byte) block_head_add(&anchors->heads, group, place, (unsigned char)byte);
    for (int c = 0; c < 256 && !byte; c++) {
        block_head_add(&anchors->heads, group, place, (unsigned char)c);
    }
}

void anchor_head(Anchors *anchors, const char *word, AnchorUse use, bool any_case) {
    assert(word[0] && word[1]); /* a word of one byte would be everywhere */
    bool pair = !word[2], is_short = pair || !word[3];
    unsigned group = group_of(word, is_short);
    for (int place = 0; place < BLOCK_HEAD; place++) {
        char byte = place > 2 && is_short ? 0 : word[place];
        add_byte(anchors, group, place, byte);
        if (byte && any_case) add_byte(anchors, group, place, to_upper(byte));
    }
    for (int k = 0; pair && k < (any_case ? 4 : 1); k++) {
        char a = in_case(word[0], k & 1), b = in_case(word[1], k & 2);
        anchors->pairs[pair_slot(a, b)] |= (uint8_t)(1u << use);
    }
    if (pair) return;
    unsigned slot = word_slot((const unsigned char *)word);
    anchors->words[slot] |= (uint8_t)(1u << use);
    anchors->behind[slot] |= behind_word(word, use);
    assert(anchors->behind[slot] != 0); /* else the word is never met */
}

void anchor_heads(Anchors *anchors, AnchorUse use, const char *const *words) {
    for (; *words; words++) anchor_head(anchors, *words, use, true);
}

/* ---- the search ---------------------------------------------------------------------------- */

/* What the tables have for the SIGHT bytes at p. */
static ALWAYS_INLINE unsigned head_uses(const Anchors *anchors, const unsigned char *p) {
    unsigned pair = anchors->pairs[pair_slot((char)p[0], (char)p[1])], slot = word_slot(p);
    unsigned glued = is_letter((char)p[2]) ? 1u << ANCHOR_SECRET : ~0u; /* secrets may be */
    unsigned fits = anchors->behind[slot] >> behind_class(p) & 1;
    return (anchors->words[slot] & (0 - fits)) | (pair & glued);
}

/* Bit i: the byte at block + i is worth a look. Most heads are in no table; asking for all of a
   block in one go, without a branch for each, is cheaper than asking where one is met. */
static uint64_t candidates(const Anchors *anchors, const Fold *v, uint32_t block) {
    enum { BEHIND = SIGHT - 1 };
    _Static_assert((int)BEHIND >= (int)BLOCK_BEHIND, "the last byte of a block has all its sight");
    unsigned char edge[1 + BLOCK + BEHIND];
    const unsigned char *p = (const unsigned char *)v->p + block;
    if (block == 0 || v->n - block < BLOCK + BEHIND) {
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
    unsigned char head[SIGHT] = {(unsigned char)a, (unsigned char)b};
    for (unsigned i = 2; i < SIGHT; i++) head[i] = (unsigned char)fold_at(v, (int64_t)x + i);
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
