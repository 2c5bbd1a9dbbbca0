/*
 * Guessing a character set from the bytes alone, for charset.c. The method is told in
 * charset_guess.c; charset_data.c says where in charset.counts a set's tables lie.
 */
#ifndef HEARTH_KNOWLEDGE_READ_CHARSET_GUESS_H
#define HEARTH_KNOWLEDGE_READ_CHARSET_GUESS_H

#include "base/text.h"

/* A set of one byte a character, read as a language of which pairs of letters were counted. */
typedef struct CharsetLetters {
    const char *name;    /* as iconv calls it; NULL ends the list */
    const uint8_t *map;  /* [256] class of the byte's letter; CHARSET_CAPITAL on top */
    const uint8_t *cost; /* [n][n] of a class behind another, in 1/8 bit */
    unsigned n, against; /* classes; what speaks against it beforehand, in 1/8 bit */
} CharsetLetters;

/* A set whose characters beyond ASCII are pairs of bytes, mostly. */
typedef struct CharsetPairs {
    const char *name;
    const uint8_t *lead; /* [128] cost of the first byte, from 0x80 on */
    uint8_t trail[3];    /* of the second: below 0x80, below 0xA1, above */
} CharsetPairs;

enum { CHARSET_CAPITAL = 128, CHARSET_NOTHING = 127 };

extern const CharsetLetters charset_letters[];
extern const CharsetPairs charset_pairs[];
/* charset.counts, put into the program by the assembler (built_in.S.in), and its bytes. */
extern const uint8_t charset_counts_begin[], charset_counts_end[];
extern const size_t charset_counts_n;

/* Is it one of charset_pairs? A name as iconv calls it. */
bool charset_of_pairs(const char *name);
/* The likeliest set; "CP1252" when the bytes say nothing. */
const char *charset_guess(Str bytes);

#endif
