/*
 * The rows of a spreadsheet as blocks of a document, whatever format they come from.
 *
 * A sheet begins with its name as a heading (at row 1); a row is one BLOCK_TABLE_ROW, its filled
 * cells at their columns, joined by " | ". The first row of a sheet, or the first after an empty
 * row, is a header when its cells are words, years or days without a gap; before a header, a row of
 * one cell is what stands above a table: a paragraph. A block's page is the number of the sheet and
 * its line the number of the row, as the spreadsheet's own window counts them.
 */
#ifndef HEARTH_KNOWLEDGE_READ_GRID_H
#define HEARTH_KNOWLEDGE_READ_GRID_H

#include "knowledge/doc.h"

typedef enum GridCell { GRID_WORDS, GRID_NUMBER, GRID_DAY } GridCell;

typedef struct Grid {
    Doc *doc;
    Buf row;
    uint32_t sheet, line; /* numbers from 1 */
    uint32_t last_line; /* of the row before; 0: none in this sheet */
    uint32_t left;      /* column where the sheet begins; set by who knows it before its cells */
    uint32_t column;    /* of the cell before */
    unsigned filled, numbers, gaps; /* cells of the open row */
    bool fresh; /* no row of a table since the sheet began or a row was empty */
} Grid;

/* `doc` is borrowed; grid_fini it. grid_sheet comes before the first row. */
void grid_init(Grid *grid, Doc *doc);
/* Frees its row. */
void grid_fini(Grid *grid);
/* A hidden sheet's heading is "NAME (hidden sheet)". */
Status grid_sheet(Grid *grid, Str name, bool hidden, Err *err) WARN_UNUSED;
/* The row with this number begins; numbers ascend within a sheet, and those left out are empty
   rows. */
void grid_row(Grid *grid, uint32_t line);
/* Cells come from left to right; columns count from 0. */
void grid_cell(Grid *grid, uint32_t column, GridCell kind, Str text);
/* Writes the row; one without a filled cell leaves nothing. */
Status grid_row_end(Grid *grid, Err *err) WARN_UNUSED;

#endif
