/*
 * What 64 bytes of a text are, a bit for each: the questions that every byte is asked (block.c).
 */
#ifndef HEARTH_GATE_SCAN_BLOCK_H
#define HEARTH_GATE_SCAN_BLOCK_H

#include "base/text.h"

enum { BLOCK = 64, BLOCK_BEHIND = 3, BLOCK_HEAD = 4, BLOCK_SIGN = 3, BLOCK_GROUPS = 16 };

/* Heads: the first four bytes of what something may begin with, of characters (`foldable`) the
   first BLOCK_SIGN. They lie in groups of which each has a set of bytes for each place, as bits by
   the low and by the high half of a byte. */
typedef struct BlockHeads {
    uint8_t low[BLOCK_GROUPS / 8][BLOCK_HEAD][16];
    uint8_t high[BLOCK_GROUPS / 8][BLOCK_HEAD][16];
} BlockHeads;

typedef struct RowBits {
    uint64_t digits; /* hexadecimal ones, and the x of "0x31" */
    uint64_t x;
    uint64_t gaps; /* what parts numbers */
} RowBits;

/* One set of instructions. Bit i of an answer is of the byte p[i]. */
typedef struct Blocks {
    const char *name;
    /* Where something may begin (anchor.c), and where only a head does; reads from p - 1 to
       p + BLOCK + BLOCK_BEHIND. */
    uint64_t (*anchors)(const BlockHeads *heads, const unsigned char *p, uint64_t *words);
    /* What may be folded: a byte that begins an escape (escape.h) or a character; of the characters
       that begin with 0xE3 to 0xE9 only `heads` where that can be told. (fold.c) */
    uint64_t (*foldable)(const BlockHeads *heads, const unsigned char *p);
    /* Signs of base64, of base64url and of the filling behind (data.c). */
    uint64_t (*codes)(const unsigned char *p);
    /* Signs of numbers in a row. (bytes.c) */
    RowBits (*rows)(const unsigned char *p);
    /* Where words begin: letters behind no letter, and the first bytes of what is no ASCII. *stops:
       what may end a clause (SIGN_STOP). Reads from p - 1 on. (context.c) */
    uint64_t (*words)(const unsigned char *p, uint64_t *stops);
    /* What may end the words behind a number: a digit, a comma, a stop. (context.c) */
    uint64_t (*ends)(const unsigned char *p);
} Blocks;

/* The widest that this CPU has; static, never NULL. Asked once, when a scanner is made. */
const Blocks *block_best(void);
const Blocks *block_available(size_t i); /* best first; the last is portable; then NULL */

/* Takes bytes into a head's set for one place. */
void block_head_add(BlockHeads *heads, unsigned group, int place, unsigned char byte);

extern const Blocks block_portable, block_avx2, block_avx512;

#endif
