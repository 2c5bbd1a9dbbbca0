/*
 * Tables as text: comma, semicolon, tab or bar between cells, one row a line.
 *
 * The separator is the candidate whose count outside quotes is the steadiest over the first rows.
 * Cells may be quoted with '"', a doubled quote stands for itself, and a quoted cell may hold line
 * ends (RFC 4180). A quote that is never closed would swallow the rest of the file: after
 * CELL_BYTES_MAX it is taken as an ordinary character and the row ends at its line.
 *
 * A first line "sep=;" tells the separator to Excel, and here; it is no row.
 *
 * Every row becomes one BLOCK_TABLE_ROW, its cells joined by " | ", with the line it begins on. The
 * first row is a header (level 1) when it has two cells or more and none is empty or a number.
 *
 * An example, with ';' found as the separator:
 *
 *     name;rent;since
 *     "Weir House; east";"1,850";2021
 *
 *     row 1   name | rent | since                 a header
 *     row 0   Weir House; east | 1,850 | 2021
 */

#include <assert.h>
#include <stdio.h>
#include "base/plain.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/read.h"

enum { CELL_BYTES_MAX = 64 * 1024, CELLS_MAX = 4096, PROBE_ROWS = 30 };

typedef struct Csv {
    Str text;
    size_t at;
    uint32_t line;
    char separator;
    Buf row; /* " | " between cells */
    unsigned cells, empty, numeric;
    unsigned cut; /* rows of more cells than are read */
} Csv;

/* Digits with signs, separators, percent, dollar, and what dates have; at least one digit. */
static bool is_number(Str cell) {
    cell = str_trim(cell);
    size_t digits = 0;
    for (size_t i = 0; i < cell.n; i++) {
        char c = cell.p[i];
        if (plain_is_digit(c)) {
            digits++;
        } else if (!memchr("+-.,%$/: eE", c, 11)) {
            return false;
        }
    }
    return digits > 0;
}

/* Counts what the cell is for the header's sake. */
static void end_cell(Csv *csv, Str cell) {
    cell = str_trim(cell);
    csv->empty += cell.n == 0;
    csv->numeric += is_number(cell);
    if (csv->cells++) buf_add_c(&csv->row, " | ");
    buf_add_str(&csv->row, cell);
}

/* Where the quoted cell that opens at csv->at closes; SIZE_MAX when it does not within the limit.
 */
static size_t closing_quote(const Csv *csv) {
    size_t limit = csv->text.n - csv->at < CELL_BYTES_MAX ? csv->text.n : csv->at + CELL_BYTES_MAX;
    for (size_t i = csv->at + 1; i < limit; i++) {
        if (csv->text.p[i] != '"') continue;
        if (i + 1 < csv->text.n && csv->text.p[i + 1] == '"') {
            i++;
        } else {
            return i;
        }
    }
    return SIZE_MAX;
}

static void quoted_cell(Csv *csv, size_t close, Buf *cell) {
    for (size_t i = csv->at + 1; i < close; i++) {
        char c = csv->text.p[i];
        csv->line += c == '\n';
        i += c == '"'; /* the second of a doubled quote */
        buf_add_byte(cell, c);
    }
    assert(close > csv->at && close < csv->text.n);
    csv->at = close + 1;
}

/* Reads one row into csv->row. */
static void next_row(Csv *csv, Buf *cell) {
    buf_clear(&csv->row);
    csv->cells = csv->empty = csv->numeric = 0;
    bool more = true;
    while (more && csv->cells < CELLS_MAX) {
        buf_clear(cell);
        while (csv->at < csv->text.n && csv->text.p[csv->at] == ' ') csv->at++;
        size_t close = SIZE_MAX;
        if (csv->at < csv->text.n && csv->text.p[csv->at] == '"') close = closing_quote(csv);
        if (close != SIZE_MAX) quoted_cell(csv, close, cell);
        size_t from = csv->at;
        while (csv->at < csv->text.n && csv->text.p[csv->at] != csv->separator &&
               csv->text.p[csv->at] != '\n') {
            csv->at++;
        }
        buf_add(cell, csv->text.p + from, csv->at - from);
        end_cell(csv, buf_str(cell));
        more = csv->at < csv->text.n && csv->text.p[csv->at] == csv->separator;
        csv->at += more;
    }
    csv->cut += more;
    while (csv->at < csv->text.n && csv->text.p[csv->at] != '\n') csv->at++;
    csv->at++;
    csv->line++;
}

/* How steady is this separator? Rows of the most frequent width, times how wide. */
static unsigned steadiness(Str text, char separator) {
    unsigned counts[PROBE_ROWS], rows = 0, n = 0, best = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.n && rows < PROBE_ROWS; i++) {
        char c = text.p[i];
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        n += c == separator;
        if (c != '\n') continue;
        counts[rows++] = n;
        n = 0;
    }
    if (rows == 0) counts[rows++] = n;
    for (unsigned i = 0; i < rows; i++) {
        unsigned same = 0;
        for (unsigned k = 0; k < rows; k++) same += counts[k] == counts[i];
        unsigned score = counts[i] ? same * 16 + (counts[i] < 15 ? counts[i] : 15) : 0;
        if (score > best) best = score;
    }
    return best;
}

/* A tie goes to the earlier candidate: the comma. */
static char find_separator(Str text) {
    static const char candidates[] = {',', '\t', ';', '|'};
    Str probe = text.n > 65536 ? str_sub(text, 0, 65536) : text;
    char best = ',';
    unsigned top = 0;
    for (size_t i = 0; i < ARRAY_LEN(candidates); i++) {
        unsigned score = steadiness(probe, candidates[i]);
        if (score > top) best = candidates[i];
        if (score > top) top = score;
    }
    return best;
}

/* Excel's first line where the separator is not the country's, "sep=;": no row, and believed. */
static void take_sep_line(Csv *csv) {
    Str text = csv->text;
    if (text.n < 6 || !str_begins(text, "sep=") || text.p[5] != '\n') return;
    if (!memchr(",\t;|", text.p[4], 4)) return;
    csv->separator = text.p[4];
    csv->at = 6;
    csv->line = 2;
}

/* Rows of empty cells are passed over; the first that is not is the one that may be a header. */
static Status read_rows(Csv *csv, Doc *doc, Err *err) {
    Buf cell;
    Status status = OK;
    buf_init(&cell, DOC_TEXT_MAX);
    for (bool first = true; status == OK && csv->at < csv->text.n;) {
        uint32_t line = csv->line;
        next_row(csv, &cell);
        status = buf_check(&csv->row, "a row of the table", err);
        if (status != OK || csv->empty == csv->cells) continue;
        bool header = first && csv->empty == 0 && csv->numeric == 0 && csv->cells > 1;
        EmitAt at = {BLOCK_TABLE_ROW, header, 0, line, EMIT_FLOW};
        status = emit_block(doc, at, buf_str(&csv->row), err);
        first = false;
    }
    buf_fini(&cell);
    return status;
}

/* Says in the document that cells were left out. */
static Status say_cut(const Csv *csv, Doc *doc, Err *err) {
    char what[80];
    if (csv->cut == 0) return OK;
    (void)snprintf(what, sizeof what, "cells behind the %dth of %u row%s", CELLS_MAX, csv->cut,
                   csv->cut == 1 ? "" : "s");
    return emit_left_out(doc, csv->line, what, err);
}

Status read_csv(Str text, Doc *doc, Err *err) {
    TRY(emit_meta(&doc->format, STR("csv"), err));
    Csv csv = {.text = text, .line = 1, .separator = find_separator(text)};
    take_sep_line(&csv);
    buf_init(&csv.row, DOC_TEXT_MAX);
    Status status = read_rows(&csv, doc, err);
    if (status == OK) status = say_cut(&csv, doc, err);
    buf_fini(&csv.row);
    return status;
}
