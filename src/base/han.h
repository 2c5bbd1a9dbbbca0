/*
 * Traditional and simplified Chinese signs, told alike.
 *
 * Who writes 發票 means what a document calls 发票. Wherever words are compared (the index, a
 * question, what supports a sentence), both sides are folded: each traditional sign becomes the
 * simplified one that stands for it, everything else stays. Several signs may become one (發 and 髮
 * are both 发), which makes a few words alike that are not; a sign never becomes two.
 *
 * Folded text has the bytes of the text at the same places: every sign that is folded has three
 * bytes before and after. So what is found in a folded copy is cited from the text itself.
 *
 * Only for comparing. What is shown, stored or given to a model stays as it was written. Words that
 * differ (計程車 and 出租车) stay different; the embedding model knows them.
 *
 * The table is han.signs, put into the program by the assembler (built_in.S.in): 2989 signs, from
 * OpenCC's table of characters (Apache-2.0) and the simplified variants of Unicode's Unihan
 * database. tools/han-table.py makes it; only which sign goes with which is taken.
 */
#ifndef HEARTH_BASE_HAN_H
#define HEARTH_BASE_HAN_H

#include "base/mem.h"
#include "base/text.h"

enum { HAN_FIRST = 0x3400, HAN_LAST = 0x9FFF, HAN_GROUPS = (HAN_LAST + 1 - HAN_FIRST) / 64,
       HAN_SIGNS = 2989 };

typedef struct HanTable {
    uint64_t marks[HAN_GROUPS]; /* a bit a code point from HAN_FIRST on: the sign is folded */
    uint16_t ranks[HAN_GROUPS]; /* how many signs are folded before each group of 64 */
    uint16_t to[HAN_SIGNS];     /* what they become, in the order of code points */
} HanTable;

extern const HanTable han_signs_begin;
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the file is read as it lies");

/* How many bits are set. The builtin is a call where the CPU of the build has no instruction. */
static inline unsigned han_count(uint64_t bits) {
    bits -= bits >> 1 & 0x5555555555555555;
    bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
    return (unsigned)(((bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0F) * 0x0101010101010101 >> 56);
}

/* The simplified sign for a traditional one; itself for all else. */
static inline uint32_t han_fold(uint32_t code) {
    if (code < HAN_FIRST || code > HAN_LAST) return code;
    uint32_t at = code - HAN_FIRST;
    const HanTable *t = &han_signs_begin;
    uint64_t marks = t->marks[at / 64], bit = (uint64_t)1 << (at % 64);
    if (!(marks & bit)) return code;
    return t->to[t->ranks[at / 64] + han_count(marks & (bit - 1))];
}

/* A folded copy in the arena, byte for byte at the same places; the text itself where nothing is to
   be folded. NULL in p: no memory. */
Str han_fold_text(Arena *arena, Str text);

/* The same in the caller's bytes: a text of more than cap bytes is cut at a character, where it has
   anything to fold. */
Str han_fold_into(Str text, char *out, size_t cap);

/* Folds n bytes where they are. */
void han_fold_bytes(char *bytes, size_t n);

/* Where the first sign stands that is folded; text.n: there is none. */
size_t han_find(Str text);

/* The number from 1 to 99 that s begins with in signs, 一 to 九十九: its bytes, 0 for none. 两, which
   counts and is no ordinal, is not read. */
size_t han_number(Str s, int *value);
/* The other way; n is 1 to 99. */
void han_add_number(Buf *out, unsigned n);

#endif
