/*
 * Tables with lines drawn around their cells.
 */
#ifndef HEARTH_KNOWLEDGE_READ_PDF_GRID_H
#define HEARTH_KNOWLEDGE_READ_PDF_GRID_H

#include "knowledge/read/pdf_page.h"

enum { PDF_HEADER_ROWS_MAX = 3 }; /* of a table's head; more of them are no head */

/* Words of one line that lie in one cell. */
typedef struct PdfPiece {
    uint32_t cell; /* of its grid, the upper left one of those that are joined */
    uint32_t line, word, words;
    PdfBox box;
} PdfPiece;

typedef struct PdfGrid {
    uint32_t rows, columns;
    uint32_t *owner; /* [rows][columns]: the upper left cell of those that are joined with this */
    PdfPiece *pieces; /* by cell, in reading order */
    size_t n_pieces, cap_pieces;
    int head_rows; /* that the file says are its head; -1: it says nothing */
    float *x, *y; /* of one with drawn lines: [columns + 1], [rows + 1]: where the lines stand */
} PdfGrid;

/* Finds the grids of the page, and marks their lines: table 1 for the first and so on. */
Status pdf_page_find_grids(PdfPage *page, Err *err) WARN_UNUSED;
void pdf_grids_fini(PdfPage *page);
/* Tables with lines between rows alone, after those; pdf_bands.c. */
Status pdf_page_find_bands(PdfPage *page, Err *err) WARN_UNUSED;
/* Where upright lines stand between columns and few flat ones between rows: makes the rows. */
Status pdf_grid_split(PdfPage *page, PdfGrid *g, Err *err) WARN_UNUSED;
/* A table of these lines, which are sorted from the top down and have no rules; where their cells
   are `long_cells`, only when white tells its rows. */
Status pdf_grid_of_lines(PdfPage *page, PdfLine **lines, size_t n, bool long_cells,
                         Err *err) WARN_UNUSED;

/* Joins what continues each other, in place; returns how many are left, flat ones first and from
   top to bottom. */
size_t pdf_rules_join(PdfRule *rules, size_t n);
/* Does the rule lie in a grid with drawn lines? */
bool pdf_grid_around(const PdfPage *page, const PdfRule *r);
/* Sorts its pieces, takes it and marks its lines, or leaves it where the page has too many. */
Status pdf_grid_add(PdfPage *page, PdfGrid *g, Err *err) WARN_UNUSED;
void pdf_grid_fini(PdfGrid *g);

#endif
