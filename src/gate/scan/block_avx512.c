/*
 * The questions of block.h in vectors of 64 bytes. Compiled for these instructions and called only
 * where the CPU has them.
 */
#define BLOCK_WIDTH 64
#include "gate/scan/block_wide.h"

const Blocks block_avx512 = {"avx512", anchors, foldable, codes, rows, words, ends};
