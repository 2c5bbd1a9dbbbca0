/*
 * What of a sheet must be known before its rows are read: which cells are joined into one, as
 * <mergeCell ref="B2:C4"/> behind the rows says, and in which column each of its blocks begins.
 */
#ifndef HEARTH_KNOWLEDGE_READ_MERGE_H
#define HEARTH_KNOWLEDGE_READ_MERGE_H

#include "knowledge/read/grid.h"

typedef struct Merge {
    uint32_t row0, column0, row1, column1; /* rows from 1, columns from 0, both ends in it */
    char *said;                            /* what its first cell shows; NULL: not yet, or long */
    GridCell kind;                         /* of that */
} Merge;

typedef struct Merges {
    Merge *items; /* by their first row */
    size_t n, cap;
    size_t from, to; /* those that may reach into the row at hand */
} Merges;

/* Forgets those of the sheet before and finds those of this part; what names no two cells is passed
   over, and so is what comes behind MERGES_MAX. */
Status merges_read(Merges *merges, Str part, Err *err) WARN_UNUSED;
void merges_fini(Merges *merges); /* a zeroed one is fine */
/* Of rows in ascending order: the one around this cell; NULL: none. */
Merge *merges_at(Merges *merges, uint32_t row, uint32_t column);
/* The first column from `column` on that is part of joined cells in this row; UINT32_MAX: none. */
uint32_t merges_next(Merges *merges, uint32_t row, uint32_t column);
/* "AB12" -> column 27 and, where `row` is not NULL, row 12 (0: it has none); false: no cell. */
bool merges_cell(Str ref, uint32_t *column, uint32_t *row);

enum { MERGES_MAX = 20000 };

/* Rows that follow each other without an empty one. */
typedef struct RowBlock {
    uint32_t row, left; /* the first one; the leftmost column that is filled in one of them */
} RowBlock;

typedef struct RowBlocks {
    RowBlock *items;
    size_t n, cap, at;
} RowBlocks;

/* Forgets those of the sheet before and finds those of this part; cells that do not say where they
   are, or whose element has a prefix, are not seen. */
Status row_blocks_read(RowBlocks *blocks, Str part, Err *err) WARN_UNUSED;
void row_blocks_fini(RowBlocks *blocks);
/* Of rows in ascending order: the left end of the block with this row; UINT32_MAX: not known. */
uint32_t row_blocks_left(RowBlocks *blocks, uint32_t row);

#endif
