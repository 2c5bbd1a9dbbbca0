/*
 * FF1: encryption that keeps the format (NIST SP 800-38G, algorithm 7). A string of numerals
 * becomes another one of the same length and radix, and no two become the same. For src/gate alone.
 */
#ifndef HEARTH_GATE_FF1_H
#define HEARTH_GATE_FF1_H

#include "base/aes.h"
#include "base/text.h"

enum {
    FF1_LENGTH_MAX = 64,
    FF1_TWEAK_MAX = 64,
    FF1_RADIX_MAX = 64,
    FF1_DOMAIN_MIN = 1000000 /* radix^length at least: revision 1 of the standard asks for it */
};

/* Can strings of this length be encrypted? */
bool ff1_fits(uint32_t radix, size_t length);
/* x[0..n): numerals below radix, in place. ff1_fits(radix, n); tweak.n <= FF1_TWEAK_MAX. */
void ff1_encrypt(const Aes *aes, uint32_t radix, Str tweak, uint8_t *x, size_t n);

#endif
