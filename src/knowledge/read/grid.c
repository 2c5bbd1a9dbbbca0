/*
 * The body of grid.h.
 *
 * Empty cells cost nothing until a filled one follows; a row is cut at no column, but one that
 * stands more than GAP_MAX columns behind the cell before follows it directly. Sources: none, the
 * rules are those by which people lay out sheets.
 *
 * An example, a sheet "Flats" whose left column is empty:
 *
 *          A   B              C             heading 1   Flats
 *     1        Rents of 2024                paragraph   Rents of 2024     alone above the table
 *     2        Flat           Rent          row 1       Flat | Rent    words, no gap: a header
 *     3        A              900           row 0       A | 900
 */
#include "knowledge/read/grid.h"

#include "base/plain.h"
#include "knowledge/read/clean.h"

enum { GAP_MAX = 64 };

void grid_init(Grid *grid, Doc *doc) {
    *grid = (Grid){.doc = doc};
    buf_init(&grid->row, DOC_TEXT_MAX);
}

void grid_fini(Grid *grid) {
    buf_fini(&grid->row);
}

Status grid_sheet(Grid *grid, Str name, bool hidden, Err *err) {
    grid->sheet++;
    grid->line = grid->last_line = 0;
    grid->left = UINT32_MAX;
    grid->fresh = true;
    grid->doc->n_pages = grid->sheet;
    EmitAt at = {BLOCK_HEADING, 1, grid->sheet, 1, EMIT_FLOW};
    if (!hidden) return emit_block(grid->doc, at, name, err);
    buf_clear(&grid->row);
    buf_add_str(&grid->row, name);
    buf_add_c(&grid->row, " (hidden sheet)");
    TRY(buf_check(&grid->row, "the name of a sheet", err));
    return emit_block(grid->doc, at, buf_str(&grid->row), err);
}

void grid_row(Grid *grid, uint32_t line) {
    buf_clear(&grid->row);
    grid->line = line;
    grid->filled = grid->numbers = grid->gaps = 0;
}

/* A whole number from 1900 to 2100 in digits. */
static bool is_year(Str text) {
    return text.n == 4 && (str_starts(text, STR("19")) || str_starts(text, STR("20"))) &&
           plain_is_digit(text.p[2]) && plain_is_digit(text.p[3]);
}

/* An empty cell is a separator more. The left end of the sheet is where its first filled cell
   stands. */
void grid_cell(Grid *grid, uint32_t column, GridCell kind, Str text) {
    text = str_trim(text);
    if (text.n == 0) return;
    if (grid->left == UINT32_MAX) grid->left = column;
    uint32_t before = grid->filled ? grid->column : grid->left;
    uint32_t steps = column > before ? column - before : grid->filled ? 1 : 0;
    if (steps > GAP_MAX) steps = 1;
    for (uint32_t i = 0; i < steps; i++) buf_add_c(&grid->row, " | ");
    buf_add_str(&grid->row, text);
    if (grid->filled && steps > 1) grid->gaps++;
    grid->numbers += kind == GRID_NUMBER && !is_year(text);
    grid->column = column;
    grid->filled++;
}

/* A gap in the numbers of rows ends a table: what comes next may have a header of its own. */
Status grid_row_end(Grid *grid, Err *err) {
    if (!grid->filled) return OK;
    if (grid->last_line && grid->line > grid->last_line + 1) grid->fresh = true;
    grid->last_line = grid->line;
    TRY(buf_check(&grid->row, "a row of a sheet", err));
    EmitAt at = {BLOCK_TABLE_ROW, 0, grid->sheet, grid->line, EMIT_FLOW};
    if (grid->fresh && grid->filled == 1) {
        at.kind = BLOCK_PARAGRAPH;
    } else {
        at.level = grid->fresh && !grid->gaps && !grid->numbers;
        grid->fresh = false;
    }
    return emit_block(grid->doc, at, buf_str(&grid->row), err);
}
