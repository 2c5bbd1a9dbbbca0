/*
 * Excel workbooks of 1997 to 2003 (.xls, BIFF8): what their sheets show.
 *
 * The compound file's stream "Workbook" is a row of records: type, length, data. A substream goes
 * from a BOF to its EOF. The first one is about the whole book: number formats (FORMAT), styles
 * (XF, in the order of their numbers), the strings that cells share (SST), and a BOUNDSHEET for
 * each sheet, which says where in the stream the sheet's own substream begins. There each record
 * is a cell or a run of cells. A record has at most 8,224 bytes; what is longer goes on in CONTINUE
 * records, and where that cuts the characters of a string, the new record first says again whether
 * they have one byte (the low half of UTF-16) or two.
 *
 *     BOF(book) FORMAT.. XF.. BOUNDSHEET("Fees", 2210).. SST CONTINUE.. EOF
 *     2210: BOF(sheet) LABELSST(row 0, column 0, string 3) RK(row 0, column 1, 14.5) .. EOF
 *
 * A number is eight bytes, or 30 bits with a rule ("RK": an integer or the high half of a double,
 * either a hundred times what is meant). A formula keeps the value of the last time it was
 * computed; its words stand in a STRING record behind it. Cells are gathered for a sheet and put in
 * order, because not every writer keeps it. Charts inside a sheet are substreams of their own and
 * are passed over; so are sheets of charts and macros. Hidden rows and sheets are read, as in
 * xlsx.c.
 *
 * Not read: encrypted books; Excel 5 and 95 (BIFF5: another layout of strings). Ceilings:
 * SHEETS_MAX, SHARED_MAX, CELLS_MAX.
 *
 * Source: [MS-XLS] 2.1.4 (records), 2.4.21 BOF, 2.4.28 BoundSheet8, 2.4.58 Continue, 2.4.126
 * Format, 2.4.127 Formula, 2.4.149 LabelSst, 2.4.175 MulRk, 2.4.265 SST, 2.4.353 XF, 2.5.217
 * RkNumber, 2.5.293 XLUnicodeRichExtendedString.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/read/cfb.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/number.h"
#include "knowledge/read/read.h"
#include "knowledge/read/shared.h"

enum { SHEETS_MAX = 4096, CELLS_MAX = 4 << 20 };

enum {
    REC_FORMULA = 0x0006,
    REC_EOF = 0x000A,
    REC_DATEMODE = 0x0022,
    REC_FILEPASS = 0x002F,
    REC_CONTINUE = 0x003C,
    REC_BOUNDSHEET = 0x0085,
    REC_MULRK = 0x00BD,
    REC_RSTRING = 0x00D6,
    REC_XF = 0x00E0,
    REC_SST = 0x00FC,
    REC_LABELSST = 0x00FD,
    REC_NUMBER = 0x0203,
    REC_LABEL = 0x0204,
    REC_BOOLERR = 0x0205,
    REC_STRING = 0x0207,
    REC_RK = 0x027E,
    REC_FORMAT = 0x041E,
    REC_BOF = 0x0809
};
enum { BIFF8 = 0x0600, KIND_BOOK = 0x0005, KIND_SHEET = 0x0010 };

typedef enum CellKind { CELL_NUMBER, CELL_SHARED, CELL_WORDS } CellKind;

typedef struct Cell {
    uint32_t order; /* of its record: the later of two in one place hides the other */
    uint16_t row, column, style;
    uint8_t kind;
    union {
        double number;
        uint32_t shared;
        struct {
            uint32_t from, to; /* in Xls.texts */
        } words;
    } value;
} Cell;

typedef struct Xls {
    Str book; /* the stream */
    Grid grid;
    Numbers numbers;
    Shared shared;
    Buf texts, shown; /* words of this sheet's own; the cell that is shown */
    Cell *cells;
    size_t n_cells, cap_cells, sheets;
    bool waits; /* the last cell is a formula whose words come in the next STRING */
} Xls;

/* ---- records ---- */

typedef struct Record {
    unsigned type;
    size_t at; /* of its data in the stream */
    Str data;
} Record;

/* The record at *at; moves *at behind it. False: none, or it is cut off. */
static bool next_record(Str book, size_t *at, Record *out) {
    if (*at > book.n || book.n - *at < 4) return false;
    size_t n = cfb_u16(book, *at + 2), from = *at + 4;
    if (n > book.n - from) return false;
    *out = (Record){cfb_u16(book, *at), from, str_sub(book, from, from + n)};
    *at = from + n;
    return true;
}

/* A place in a record's data that goes on in the CONTINUE records behind it. */
typedef struct Chain {
    Str book;
    size_t at, end;
    bool over; /* more was asked for than there is; all that comes is 0 */
} Chain;

static Chain chain_of(const Xls *x, const Record *r, size_t skip) {
    assert(r->at + r->data.n <= x->book.n); /* next_record has looked */
    size_t end = r->at + r->data.n;
    return (Chain){x->book, skip < r->data.n ? r->at + skip : end, end, false};
}

/* At the end of a record: to the next one's data, when that is a CONTINUE. */
static bool chain_turn(Chain *c) {
    Record next;
    size_t at = c->end;
    if (c->over || !next_record(c->book, &at, &next) || next.type != REC_CONTINUE) {
        c->over = true;
        return false;
    }
    c->at = next.at;
    c->end = at;
    return true;
}

static unsigned chain_byte(Chain *c) {
    while (c->at == c->end) {
        if (!chain_turn(c)) return 0;
    }
    return (uint8_t)c->book.p[c->at++];
}

static unsigned chain_u16(Chain *c) {
    unsigned low = chain_byte(c);
    return low | chain_byte(c) << 8;
}

static uint32_t chain_u32(Chain *c) {
    uint32_t low = chain_u16(c);
    return low | (uint32_t)chain_u16(c) << 16;
}

static void chain_skip(Chain *c, uint64_t n) {
    while (n) {
        if (c->at == c->end && !chain_turn(c)) return;
        size_t here = n < c->end - c->at ? (size_t)n : c->end - c->at;
        c->at += here;
        n -= here;
    }
}

/* n characters of one or two bytes, as UTF-8. */
static void chain_text(Chain *c, size_t n, bool wide, Buf *out) {
    uint32_t high = 0;
    for (size_t i = 0; i < n && !c->over; i++) {
        if (c->at == c->end) {
            if (!chain_turn(c)) return;
            wide = chain_byte(c) & 1;
        }
        utf8_add_unit(out, &high, wide ? chain_u16(c) : chain_byte(c));
    }
    utf8_end_units(out, &high);
}

/* A string with its count, and with what hangs on it: runs of letters, how it is read aloud. */
static void chain_string(Chain *c, Buf *out) {
    enum { WIDE = 1, ALOUD = 4, RUNS = 8 };
    size_t n = chain_u16(c);
    unsigned flags = chain_byte(c);
    uint64_t runs = flags & RUNS ? chain_u16(c) : 0, aloud = flags & ALOUD ? chain_u32(c) : 0;
    chain_text(c, n, flags & WIDE, out);
    chain_skip(c, 4 * runs + aloud);
}

/* ---- the book's own records ---- */

static Status read_shared(Xls *x, const Record *r, Err *err) {
    Chain c = chain_of(x, r, 4);
    uint32_t n = chain_u32(&c);
    for (uint32_t i = 0; i < n; i++) {
        chain_string(&c, &x->shared.text);
        if (c.over) return OK; /* cut off: what there is */
        TRY(shared_end(&x->shared, err));
    }
    return OK;
}

static Status read_format(Xls *x, const Record *r, Err *err) {
    Chain c = chain_of(x, r, 2);
    buf_clear(&x->shown);
    chain_string(&c, &x->shown);
    TRY(buf_check(&x->shown, "a number format", err));
    return numbers_format(&x->numbers, cfb_u16(r->data, 0), buf_str(&x->shown), err);
}

/* ---- cells ---- */

/* The place and the style stand at the record's beginning. */
static Status add_cell(Xls *x, const Record *r, Cell cell, Err *err) {
    TRY(mem_grow((void **)&x->cells, &x->cap_cells, x->n_cells + 1, sizeof *x->cells, CELLS_MAX,
                 err));
    cell.row = (uint16_t)cfb_u16(r->data, 0);
    cell.order = (uint32_t)x->n_cells;
    x->waits = false;
    x->cells[x->n_cells++] = cell;
    return OK;
}

static Cell cell_at(const Record *r, CellKind kind) {
    return (Cell){.column = (uint16_t)cfb_u16(r->data, 2),
                  .style = (uint16_t)cfb_u16(r->data, 4),
                  .kind = (uint8_t)kind};
}

static double double_at(Str data, size_t at) {
    uint64_t bits = cfb_u32(data, at) | (uint64_t)cfb_u32(data, at + 4) << 32;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Bit 0: a hundred times what is meant; bit 1: an integer, else the high bits of a double. */
static double rk_number(uint32_t rk) {
    uint64_t bits = (uint64_t)(rk & ~3U) << 32;
    double value;
    memcpy(&value, &bits, sizeof value);
    if (rk & 2) value = (double)((int32_t)(rk & ~3U) / 4);
    return rk & 1 ? value / 100 : value;
}

static Status add_number(Xls *x, const Record *r, double value, Err *err) {
    Cell cell = cell_at(r, CELL_NUMBER);
    cell.value.number = value;
    return isfinite(value) ? add_cell(x, r, cell, err) : OK;
}

static Status add_words(Xls *x, const Record *r, const char *words, Err *err) {
    Cell cell = cell_at(r, CELL_WORDS);
    cell.value.words.from = (uint32_t)x->texts.n;
    buf_add_c(&x->texts, words);
    cell.value.words.to = (uint32_t)x->texts.n;
    TRY(buf_check(&x->texts, "the words of a sheet", err));
    return add_cell(x, r, cell, err);
}

/* The words of the last cell: of the record itself, or of the STRING behind a formula. */
static Status fill_words(Xls *x, Chain c, Err *err) {
    assert(x->n_cells && x->cells[x->n_cells - 1].kind == CELL_WORDS);
    chain_string(&c, &x->texts);
    x->cells[x->n_cells - 1].value.words.to = (uint32_t)x->texts.n;
    x->waits = false;
    return buf_check(&x->texts, "the words of a sheet", err);
}

/* By the numbers of [MS-XLS] 2.5.10, Bes. */
static const char *fault_words(unsigned code) {
    switch (code) {
    case 0x00: return "#NULL!";
    case 0x07: return "#DIV/0!";
    case 0x0F: return "#VALUE!";
    case 0x17: return "#REF!";
    case 0x1D: return "#NAME?";
    case 0x24: return "#NUM!";
    default: return "#N/A";
    }
}

static Status add_truth_or_fault(Xls *x, const Record *r, unsigned value, bool fault, Err *err) {
    return add_words(x, r, fault ? fault_words(value) : value ? "TRUE" : "FALSE", err);
}

/* The last value: a number, or by its first byte words (which follow), truth, a fault, nothing. */
static Status add_formula(Xls *x, const Record *r, Err *err) {
    if (r->data.n < 14) return OK;
    if (cfb_u16(r->data, 12) != 0xFFFF) return add_number(x, r, double_at(r->data, 6), err);
    unsigned kind = (uint8_t)r->data.p[6], value = (uint8_t)r->data.p[8];
    if (kind == 1 || kind == 2) return add_truth_or_fault(x, r, value, kind == 2, err);
    if (kind != 0) return OK;
    TRY(add_words(x, r, "", err));
    x->waits = true;
    return OK;
}

/* Cells of one row side by side: each a style and a number. */
static Status add_run(Xls *x, const Record *r, Err *err) {
    enum { EACH = 6 };
    Cell cell = cell_at(r, CELL_NUMBER);
    for (size_t at = 4; at + EACH + 2 <= r->data.n; at += EACH, cell.column++) {
        cell.style = (uint16_t)cfb_u16(r->data, at);
        cell.value.number = rk_number(cfb_u32(r->data, at + 2));
        if (isfinite(cell.value.number)) TRY(add_cell(x, r, cell, err));
    }
    return OK;
}

static Status take_cell(Xls *x, const Record *r, Err *err) {
    Cell shared = cell_at(r, CELL_SHARED);
    shared.value.shared = cfb_u32(r->data, 6);
    switch (r->type) {
    case REC_LABELSST: return r->data.n >= 10 ? add_cell(x, r, shared, err) : OK;
    case REC_NUMBER: return r->data.n >= 14 ? add_number(x, r, double_at(r->data, 6), err) : OK;
    case REC_RK:
        return r->data.n >= 10 ? add_number(x, r, rk_number(cfb_u32(r->data, 6)), err) : OK;
    case REC_MULRK: return add_run(x, r, err);
    case REC_FORMULA: return add_formula(x, r, err);
    case REC_BOOLERR:
        if (r->data.n < 8) return OK;
        return add_truth_or_fault(x, r, (uint8_t)r->data.p[6], r->data.p[7] != 0, err);
    case REC_LABEL:
    case REC_RSTRING:
        TRY(add_words(x, r, "", err));
        return fill_words(x, chain_of(x, r, 6), err);
    case REC_STRING: return x->waits ? fill_words(x, chain_of(x, r, 0), err) : OK;
    default: return OK;
    }
}

/* ---- sheets ---- */

static int by_place(const void *a, const void *b) {
    const Cell *p = a, *q = b;
    if (p->row != q->row) return p->row < q->row ? -1 : 1;
    if (p->column != q->column) return p->column < q->column ? -1 : 1;
    return p->order < q->order ? -1 : p->order > q->order;
}

static void show_cell(Xls *x, const Cell *cell) {
    GridCell kind = GRID_WORDS;
    Str words = {NULL, 0};
    buf_clear(&x->shown);
    if (cell->kind == CELL_NUMBER) {
        char text[40];
        (void)plain_print(text, sizeof text, "%.15g", cell->value.number);
        kind = numbers_show(&x->numbers, cell->style, cell->value.number, str_from(text),
                            &x->shown);
        words = buf_str(&x->shown);
    } else if (cell->kind == CELL_SHARED) {
        words = shared_get(&x->shared, cell->value.shared);
    } else {
        words = str_sub(buf_str(&x->texts), cell->value.words.from, cell->value.words.to);
    }
    grid_cell(&x->grid, cell->column, kind, words);
}

static Status show_sheet(Xls *x, Err *err) {
    Cell *cells = x->cells;
    if (x->n_cells > 1) qsort(cells, x->n_cells, sizeof *cells, by_place);
    for (size_t i = 0; i < x->n_cells; i++) {
        bool last = i + 1 == x->n_cells || cells[i + 1].row != cells[i].row;
        if (i == 0 || cells[i - 1].row != cells[i].row) grid_row(&x->grid, cells[i].row + 1U);
        if (last || cells[i + 1].column != cells[i].column) show_cell(x, &cells[i]);
        TRY(buf_check(&x->shown, "a cell", err));
        if (last) TRY(grid_row_end(&x->grid, err));
    }
    return OK;
}

/* The sheet's substream; what is nested in it is a chart. A sheet that is cut off shows what there
   is of it. */
static Status read_sheet(Xls *x, size_t at, Err *err) {
    Record r;
    unsigned depth = 0;
    x->n_cells = 0;
    x->waits = false;
    buf_clear(&x->texts);
    if (!next_record(x->book, &at, &r) || r.type != REC_BOF) return OK;
    if (cfb_u16(r.data, 2) != KIND_SHEET) return OK;
    while (next_record(x->book, &at, &r)) {
        if (r.type == REC_EOF && depth-- == 0) break;
        if (r.type == REC_BOF) depth++;
        if (depth == 0) TRY(take_cell(x, &r, err));
    }
    return show_sheet(x, err);
}

/* Sheets of cells only: charts, macros and modules have a kind of their own. */
static Status read_bound(Xls *x, const Record *r, Err *err) {
    if (r->data.n < 8 || r->data.p[5] != 0) return OK;
    if (x->sheets++ == SHEETS_MAX) {
        return err_set(err, E_LIMIT, "a workbook of more than %d sheets", SHEETS_MAX);
    }
    Chain c = chain_of(x, r, 6);
    size_t n = chain_byte(&c);
    bool wide = chain_byte(&c) & 1, hidden = (r->data.p[4] & 3) != 0;
    buf_clear(&x->shown);
    chain_text(&c, n, wide, &x->shown);
    TRY(buf_check(&x->shown, "the name of a sheet", err));
    TRY(grid_sheet(&x->grid, buf_str(&x->shown), hidden, err));
    return read_sheet(x, cfb_u32(r->data, 0), err);
}

/* ---- the workbook ---- */

/* The book's records but for the sheets, which need all of them. */
static Status read_globals(Xls *x, Err *err) {
    Record r;
    for (size_t at = 0; next_record(x->book, &at, &r) && r.type != REC_EOF;) {
        Status status = OK;
        if (r.type == REC_FILEPASS) return read_needs_password(err);
        if (r.type == REC_DATEMODE) x->numbers.epoch_1904 = cfb_u16(r.data, 0) == 1;
        if (r.type == REC_FORMAT) status = read_format(x, &r, err);
        if (r.type == REC_XF) status = numbers_style(&x->numbers, cfb_u16(r.data, 2), err);
        if (r.type == REC_SST) status = read_shared(x, &r, err);
        TRY(status);
    }
    return OK;
}

static Status read_book(Xls *x, Err *err) {
    Record r;
    size_t at = 0;
    if (!next_record(x->book, &at, &r) || r.type != REC_BOF) {
        return err_set(err, E_CORRUPT, "the workbook's stream has no beginning");
    }
    if (cfb_u16(r.data, 0) != BIFF8 || cfb_u16(r.data, 2) != KIND_BOOK) {
        return err_set(err, E_UNSUPPORTED, "spreadsheet of Excel 5 or 95 (xls): not read yet");
    }
    TRY(read_globals(x, err));
    while (next_record(x->book, &at, &r) && r.type != REC_EOF) {
        if (r.type == REC_BOUNDSHEET) TRY(read_bound(x, &r, err));
    }
    return OK;
}

Status read_xls(const Cfb *cfb, uint32_t entry, Doc *doc, Err *err) {
    Buf stream;
    Xls x = {0};
    Buf *bufs[] = {&stream, &x.texts, &x.shown};
    for (size_t i = 0; i < ARRAY_LEN(bufs); i++) buf_init(bufs[i], DOC_TEXT_MAX);
    shared_init(&x.shared);
    grid_init(&x.grid, doc);
    Status status = emit_meta(&doc->format, STR("xls"), err);
    if (status == OK) status = cfb_stream(cfb, entry, &stream, err);
    if (status == OK) status = buf_check(&stream, "a workbook", err);
    x.book = buf_str(&stream);
    cfb_summary(cfb, doc);
    if (status == OK) status = read_book(&x, err);
    grid_fini(&x.grid);
    for (size_t i = 0; i < ARRAY_LEN(bufs); i++) buf_fini(bufs[i]);
    numbers_fini(&x.numbers);
    shared_fini(&x.shared);
    mem_free(x.cells);
    return status;
}
