/*
 * Memory shapes shared by all instruction sets: activations and scratch.
 *
 * Integers lie by columns: for each block of 32 columns the 32 bytes of every token, then the next
 * block; their scales likewise. A product walks the blocks of a few neighbouring tokens, which are
 * then one piece of memory with constant distances, whatever m is. Every array starts on a cache
 * line. Columns are rounded up to whole blocks of 32; act_fill writes zeros there.
 *
 * Tile order (BF16): 16 tokens x 32 columns are one kilobyte; the tiles of a group of 16 tokens
 * follow one another by columns, so that the tile kernel reads one sequential stream a group.
 *
 * Drawn, format I8 for m = 3 tokens and 64 columns (q, then the scales):
 *
 *     q      block 0: [t0 32 bytes][t1 32][t2 32]   block 1: [t0 32][t1 32][t2 32]
 *     block  block 0: [t0 16 bytes][t1 16][t2 16]   block 1: [t0 16][t1 16][t2 16]
 *
 * Columns 32.. of token 1 are at q + 32 * (1 * 3 + 1), their scale at block[1 * 3 + 1].
 */
#include <assert.h>

#include "base/mem.h"
#include "model/kernels/layout.h"

_Static_assert(sizeof(KernActSuper) % KERN_ALIGN == 0, "read by whole lines");
_Static_assert(KERN_SUPER_COLS % KERN_BLOCK_COLS == 0, "whole blocks in 256 columns");
_Static_assert(sizeof(KernActBlock) == 16 && sizeof(KernActSuper) == 192, "by offset");

static size_t round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

/* Places the arrays behind one another and returns the end; mem NULL: only counts. */
static size_t act_layout(KernAct *act, uint8_t *mem) {
    size_t at = 0, m = (size_t)act->m, blocks = round_up(act->cols, 32) / 32;
    act->q = NULL;
    act->block = NULL;
    act->qk = NULL;
    act->super = NULL;
    act->bf = NULL;
    act->plane = blocks * m * 32;
    act->ldbf = blocks * 512;
    if (act->formats & (KERN_ACT_I8 | KERN_ACT_I16)) {
        size_t planes = act->formats & KERN_ACT_I16 ? 2 : 1;
        if (mem) act->q = (int8_t *)(mem + at);
        at += round_up(planes * act->plane, 64);
        if (mem) act->block = (KernActBlock *)(void *)(mem + at);
        at += round_up(blocks * m * sizeof(KernActBlock), 64);
    }
    if (act->formats & KERN_ACT_I8K) {
        size_t supers = round_up(act->cols, KERN_SUPER_COLS) / KERN_SUPER_COLS;
        if (mem) act->qk = (int8_t *)(mem + at);
        at += supers * m * KERN_SUPER_COLS;
        if (mem) act->super = (KernActSuper *)(void *)(mem + at);
        at += supers * m * sizeof(KernActSuper);
    }
    if (act->formats & KERN_ACT_BF16) {
        if (mem) act->bf = (uint16_t *)(void *)(mem + at);
        at += round_up(m, 16) / 16 * act->ldbf * 2;
    }
    return at;
}

size_t kern_act_bytes(unsigned formats, int m, size_t cols) {
    KernAct act = {.formats = formats, .m = m, .cols = cols};
    if (m <= 0 || cols > KERN_COLS_MAX) return 0;
    return act_layout(&act, NULL);
}

void kern_act_init(KernAct *act, unsigned formats, int m, size_t cols, void *mem) {
    assert(m > 0 && cols <= KERN_COLS_MAX && (uintptr_t)mem % KERN_ALIGN == 0);
    *act = (KernAct){.formats = formats, .m = m, .cols = cols};
    size_t bytes = act_layout(act, mem);
    assert(bytes % KERN_ALIGN == 0); /* lane.c puts floats behind it */
    (void)bytes;
}

void kern_act_columns(const KernAct *act, size_t col0, size_t n, KernAct *some) {
    assert(col0 % (act->qk ? KERN_SUPER_COLS : KERN_BLOCK_COLS) == 0 && col0 + n <= act->cols);
    const size_t blocks = col0 / 32, m = (size_t)act->m;
    *some = *act;
    some->cols = n;
    if (act->q) some->q += blocks * m * 32;
    if (act->block) some->block += blocks * m;
    if (act->qk) some->qk += blocks * m * 32;
    if (act->super) some->super += col0 / KERN_SUPER_COLS * m;
    if (act->bf) some->bf += blocks * 512;
}

/* Value k of token t, I8K. */
static float act_super_value(const KernAct *act, size_t k, size_t t) {
    const size_t m = (size_t)act->m;
    const KernActSuper *super = act->super + k / KERN_SUPER_COLS * m + t;
    int32_t unit = 1 << super->shift[k / 32 % (KERN_SUPER_COLS / 32)];
    return super->scale * (float)(act->qk[(k / 32 * m + t) * 32 + k % 32] * unit);
}

/* The same, I8 and I16. */
static float act_block_value(const KernAct *act, size_t k, size_t t) {
    const size_t block = k / 32 * (size_t)act->m + t, at = block * 32 + k % 32;
    bool wide = act->formats == KERN_ACT_I16;
    int32_t q = wide ? 256 * act->q[at] + act->q[at + act->plane] : act->q[at];
    return act->block[block].scale * (float)q;
}

void kern_act_values(const KernAct *act, int t, float *x) {
    assert(0 <= t && t < act->m && (act->formats & (act->formats - 1)) == 0);
    const size_t token = (size_t)t;
    if (act->formats == KERN_ACT_F32) {
        memcpy(x, act->x + token * act->ldx, act->cols * sizeof *x);
        return;
    }
    assert(act->q || act->qk); /* of the formats with integers */
    for (size_t k = 0; k < act->cols; k++) {
        bool super = act->formats == KERN_ACT_I8K;
        x[k] = super ? act_super_value(act, k, token) : act_block_value(act, k, token);
    }
}

/*
 * Scratch of one product: two panels of 896 columns unpacked to bytes with their float scales (39
 * KiB) and sums of 128 rows x 516 tokens (258 KiB), or a row of the reference (10 bytes a column),
 * or a block of bfloat16 tiles and sums (128 KiB).
 */
size_t kern_matmul_scratch_bytes(size_t cols) {
    return round_up(cols, 256) * 10 + KERN_MATMUL_SCRATCH;
}
