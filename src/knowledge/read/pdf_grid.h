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

#endif
