/*
 * Most of a text is letters that begin nothing, and those are never looked at one by one: for 64
 * bytes at a time arithmetic on vectors says which are worth a look, as a word of bits. Only set
 * bits cost anything from there (as simdjson does it: Langdale and Lemire, "Parsing gigabytes of
 * JSON per second", VLDB Journal 28, 2019).
 *
 * block_wide.h has the questions, this file their portable form (NEON on aarch64) and the choice:
 * what the CPU can do is asked once, when a scanner is made. The wider forms may say no more bytes
 * than the portable one does, and never fewer that matter: tests/unit/test_scan.c compares them.
 */
#define BLOCK_WIDTH 16
#include <assert.h>

#include "gate/scan/block_wide.h"

const Blocks block_portable = {"portable", anchors, foldable, codes, rows, words, ends};

static bool always(void) { return true; }

#if defined(__x86_64__)
static bool has_avx2(void) { return __builtin_cpu_supports("avx2"); }
static bool has_avx512(void) { return __builtin_cpu_supports("avx512bw"); }
#endif

static const struct {
    const Blocks *blocks;
    bool (*available)(void);
} sets[] = {
#if defined(__x86_64__)
    {&block_avx512, has_avx512},
    {&block_avx2, has_avx2},
#endif
    {&block_portable, always},
};

const Blocks *block_available(size_t i) {
    for (size_t k = 0; k < ARRAY_LEN(sets); k++) {
        if (sets[k].available() && i-- == 0) return sets[k].blocks;
    }
    return NULL;
}

_Static_assert(BLOCK == 64 && BLOCK_GROUPS % 8 == 0, "a bit each");

const Blocks *block_best(void) {
    return block_available(0);
}

void block_head_add(BlockHeads *heads, unsigned group, int place, unsigned char byte) {
    assert(group < BLOCK_GROUPS && place >= 0 && place < BLOCK_HEAD);
    uint8_t bit = (uint8_t)(1u << (group & 7));
    heads->low[group / 8][place][byte & 15] |= bit;
    heads->high[group / 8][place][byte >> 4] |= bit;
}
