/*
 * The questions of block.h in vectors of 32 bytes. Compiled for these instructions and called only
 * where the CPU has them.
 */
#define BLOCK_WIDTH 32
#include "gate/scan/block_wide.h"

const Blocks block_avx2 = {"avx2", anchors, foldable, codes, rows, words, ends};
