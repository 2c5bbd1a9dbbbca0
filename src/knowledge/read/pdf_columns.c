/*
 * Which column of its table does a cell stand in?
 *
 * A row of a PDF's table holds the cells that have words; which of its columns are empty only
 * places tell. Cells are taken from the narrowest to the widest. One that stands under no column
 * begins one; one that stands under one column makes it as wide as itself. One that reaches over
 * several joins them when no row has cells in two of them (a column whose words are set to the left
 * in one row and to the right in another); else it is a title over columns and changes nothing.
 *
 *     Boat        Length        (over two columns: changes nothing)
 *              deck   water
 *     Heron       9       8
 *     Swan                7     row: "Swan", empty, "7"
 *
 * Limits: PDF_COLUMNS_MAX columns, rows behind ROWS_TOLD count as one. Cells behind the last column
 * follow each other. Cost: cells times columns, and sorting.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "knowledge/read/pdf_page.h"

enum { ROWS_TOLD = 256, WORDS = ROWS_TOLD / 64 };

typedef struct Column {
    float x0, x1;
    uint64_t rows[WORDS]; /* in which it has a cell */
} Column;

uint32_t pdf_cell_end(const PdfPage *page, const PdfLine *line, uint32_t from) {
    const PdfWord *word = &page->words[line->word];
    uint32_t to = from + 1;
    assert(from < line->words);
    while (to < line->words && word[to].box.x0 - word[to - 1].box.x1 <= line->size * 0.9f) to++;
    return to;
}

/* Words may stand in any order. */
PdfBox pdf_cell_box(const PdfPage *page, const PdfLine *line, uint32_t from, uint32_t to) {
    PdfBox box = page->words[line->word + from].box;
    for (uint32_t i = from + 1; i < to; i++) {
        const PdfBox *more = &page->words[line->word + i].box;
        if (more->x0 < box.x0) box.x0 = more->x0;
        if (more->x1 > box.x1) box.x1 = more->x1;
    }
    return box;
}

/* Narrow ones first; places break ties, so that the result is always the same. */
static int by_width(const void *a, const void *b) {
    const PdfCell *x = a, *y = b;
    float p = x->x1 - x->x0, q = y->x1 - y->x0;
    if (p != q) return p < q ? -1 : 1;
    if (x->x0 != y->x0) return x->x0 < y->x0 ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static int by_place(const void *a, const void *b) {
    const Column *x = a, *y = b;
    return x->x0 < y->x0 ? -1 : x->x0 > y->x0;
}

/* By more than a point: boxes of neighbours may touch. */
static bool is_under(const Column *column, const PdfCell *cell) {
    return cell->x0 < column->x1 - 1 && column->x0 < cell->x1 - 1;
}

static bool share_a_row(const Column *a, const Column *b) {
    for (size_t i = 0; i < WORDS; i++) {
        if (a->rows[i] & b->rows[i]) return true;
    }
    return false;
}

static void join(Column *into, const Column *more) {
    if (more->x0 < into->x0) into->x0 = more->x0;
    if (more->x1 > into->x1) into->x1 = more->x1;
    for (size_t i = 0; i < WORDS; i++) into->rows[i] |= more->rows[i];
}

/* Adds a cell by the rule of the essay. All that it reaches over, and itself, must be able to be
   one column. */
static void add_cell(Column *columns, size_t *n, const PdfCell *cell) {
    Column own = {.x0 = cell->x0, .x1 = cell->x1};
    uint32_t row = cell->row < ROWS_TOLD ? cell->row : ROWS_TOLD - 1;
    own.rows[row / 64] = UINT64_C(1) << row % 64;
    for (size_t i = 0; i < *n; i++) {
        if (!is_under(&columns[i], cell)) continue;
        if (share_a_row(&columns[i], &own)) return;
        join(&own, &columns[i]);
    }
    size_t to = 0;
    for (size_t i = 0; i < *n; i++) {
        if (!is_under(&columns[i], cell)) columns[to++] = columns[i];
    }
    if (to < PDF_COLUMNS_MAX) columns[to++] = own;
    *n = to;
}

Status pdf_columns_make(PdfCell *cells, size_t n, PdfColumns *out, Err *err) {
    *out = (PdfColumns){0};
    Column *columns = mem_alloc_n(PDF_COLUMNS_MAX + 1, sizeof *columns);
    if (!columns) return err_no_memory(err, "a table of a PDF");
    if (n) qsort(cells, n, sizeof *cells, by_width);
    for (size_t i = 0; i < n; i++) add_cell(columns, &out->n, &cells[i]);
    qsort(columns, out->n, sizeof *columns, by_place);
    for (size_t i = 0; i < out->n; i++) {
        out->x0[i] = columns[i].x0;
        out->x1[i] = columns[i].x1;
    }
    mem_free(columns);
    return OK;
}

size_t pdf_columns_at(const PdfColumns *columns, const PdfBox *box) {
    size_t best = columns->n;
    float most = 0;
    for (size_t i = 0; i < columns->n; i++) {
        float left = columns->x0[i] > box->x0 ? columns->x0[i] : box->x0;
        float right = columns->x1[i] < box->x1 ? columns->x1[i] : box->x1;
        if (right - left <= most) continue;
        most = right - left;
        best = i;
    }
    return best;
}
