/*
 * Excel workbooks (.xlsx, .xlsm): what their sheets show.
 *
 * workbook.xml names the sheets in order; relations say which part each one is; a cell holds a
 * number, or the index of a word in sharedStrings.xml, or words of its own. Whether a number is a
 * day, a time or a percentage is told only by its style's number format, in styles.xml (number.c).
 * A formula shows the value that was computed when the file was saved, or itself where none was.
 * Hidden rows (a filter makes them) are read, and so are hidden sheets, whose heading says what
 * they are. Joined cells show what the first of them shows (merge.c). Behind its rows come the
 * words of its text boxes (drawing.c), then its notes, each with the cell that it hangs on; what
 * its charts draw stands in cells already.
 *
 * grid.c makes rows of cells. Ceilings: SHEETS_MAX, SHARED_MAX.
 *
 * Source: ECMA-376 part 1, chapter 18 (18.3 sheets, 18.4 shared strings, 18.8 styles).
 *
 * An example: <c r="B3" s="2"><v>45352</v></c> is the second cell of the third row; style 2 has the
 * format 14, a day; so the row shows 2024-03-01 there.
 */

#include "knowledge/read/clean.h"
#include "knowledge/read/merge.h"
#include "knowledge/read/number.h"
#include "knowledge/read/package.h"
#include "knowledge/read/shared.h"
#include "knowledge/read/xml.h"

enum {
    SHEETS_MAX = 4096,
    STYLES_MAX = 65536,
    ROWS_MAX = 1 << 20,
    SAID_MAX = 120 /* bytes of a joined cell that are said again */
};

typedef enum CellType { CELL_NUMBER, CELL_SHARED, CELL_WORDS, CELL_TRUTH, CELL_DATE } CellType;

typedef struct Xlsx {
    const Package *pk;
    Grid grid;
    Relations parts;
    size_t sheets;
    Shared words;
    Numbers numbers;
    Merges merges; /* of the open sheet, as these: */
    RowBlocks blocks;
    size_t again; /* bytes that cells which are left out have shown */
    bool in_styles;
    /* the open cell */
    Buf value, formula, shown;
    uint32_t column;
    CellType type;
    size_t style;
    bool in_value, in_formula, in_words;
    int phonetic; /* how a word is read aloud: not shown */
    Buf note;     /* the open one, behind "Note on B3: " */
} Xlsx;

/* ---- sharedStrings.xml ---- */

/* Shared strings: runs of one string are joined, how it is read aloud (rPh) is left out. */
static Status words_open(void *user, const char *name, const char *const *attrs, Err *err) {
    Xlsx *x = user;
    if (xml_is(name, "rPh")) x->phonetic++;
    if (xml_is(name, "t")) x->in_words = x->phonetic == 0;
    return OK;
}

static Status words_close(void *user, const char *name, Err *err) {
    Xlsx *x = user;
    if (xml_is(name, "rPh")) x->phonetic--;
    if (xml_is(name, "t")) x->in_words = false;
    if (!xml_is(name, "si")) return OK;
    return shared_end(&x->words, err);
}

static Status words_text(void *user, Str text, Err *err) {
    Xlsx *x = user;
    if (x->in_words) buf_add_str(&x->words.text, text);
    return OK;
}

/* Empty where the index is no number or past the end. */
static Str shared_word(const Xlsx *x, Str index) {
    int64_t i;
    bool good = num_parse_int(index, 0, SHARED_MAX, "n", "", &i, NULL) == OK;
    return good ? shared_get(&x->words, (size_t)i) : (Str){NULL, 0};
}

/* ---- styles.xml ---- */

/* Written formats stand before the styles that use them. */
static Status styles_open(void *user, const char *name, const char *const *attrs, Err *err) {
    Xlsx *x = user;
    uint32_t id = xml_number(xml_attr(attrs, "numFmtId"), 1 << 30, 0);
    if (xml_is(name, "cellXfs")) x->in_styles = true;
    if (xml_is(name, "numFmt")) {
        const char *code = xml_attr(attrs, "formatCode");
        TRY(numbers_format(&x->numbers, id, str_from(code), err));
    }
    return x->in_styles && xml_is(name, "xf") ? numbers_style(&x->numbers, id, err) : OK;
}

static Status styles_close(void *user, const char *name, Err *err) {
    Xlsx *x = user;
    if (xml_is(name, "cellXfs")) x->in_styles = false;
    return OK;
}

/* ---- a sheet ---- */

/* What is no number is shown as it stands. */
static GridCell show_number(Xlsx *x, Str written) {
    double value;
    if (num_parse_real(written, -1e300, 1e300, "a cell", "", &value, NULL) == OK) {
        return numbers_show(&x->numbers, x->style, value, written, &x->shown);
    }
    buf_add_str(&x->shown, written);
    return GRID_WORDS;
}

/* A cell without a place of its own follows the one before. */
static uint32_t column_of(const char *ref, uint32_t fallback) {
    uint32_t column;
    return ref && merges_cell(str_from(ref), &column, NULL) ? column : fallback;
}

/* Strings of a formula and of the cell itself are words both. */
static CellType type_of(const char *t) {
    if (!t || xml_is(t, "n")) return CELL_NUMBER;
    if (xml_is(t, "s")) return CELL_SHARED;
    if (xml_is(t, "b")) return CELL_TRUTH;
    return xml_is(t, "d") ? CELL_DATE : CELL_WORDS;
}

/* Of joined cells the first is kept and shown by the others: in the same column always, to the
   right where something stands on the left, or a title over a whole table would be said in each
   column. */
static GridCell show_merged(Xlsx *x, GridCell kind) {
    Merge *m = merges_at(&x->merges, x->grid.line, x->column);
    if (!m) return kind;
    Str shown = str_trim(buf_str(&x->shown));
    bool first = x->grid.line == m->row0 && x->column == m->column0;
    if (first && shown.n && shown.n <= SAID_MAX && !m->said) {
        m->said = mem_dup(shown.p, shown.n); /* no memory: it is not said again */
        m->kind = kind;
    }
    bool inside = x->grid.left != UINT32_MAX && m->column0 > x->grid.left;
    bool again = inside || (x->column == m->column0 && m->column0 == m->column1);
    if (first || shown.n || !m->said || !again) return kind;
    buf_add_c(&x->shown, m->said);
    return m->kind;
}

/* Joined cells before column `end` that the file leaves out: they have no style of their own.
   Behind MERGED_COLUMNS_MAX they stay out, and so do those of a row that no cell is written of. */
static void show_left_out(Xlsx *x, uint32_t end) {
    if (end > MERGED_COLUMNS_MAX) end = MERGED_COLUMNS_MAX;
    if (!x->merges.n) return;
    for (;;) {
        uint32_t next = merges_next(&x->merges, x->grid.line, x->column + 1);
        if (next >= end || x->again > MERGED_AGAIN_MAX) return;
        x->column = next;
        buf_clear(&x->shown);
        GridCell kind = show_merged(x, GRID_WORDS);
        x->again += x->shown.n;
        grid_cell(&x->grid, x->column, kind, buf_str(&x->shown));
    }
}

/* Rows and cells that do not say where they are follow the one before. */
static Status sheet_open(void *user, const char *name, const char *const *attrs, Err *err) {
    Xlsx *x = user;
    if (xml_is(name, "row")) {
        grid_row(&x->grid, xml_number(xml_attr(attrs, "r"), ROWS_MAX, x->grid.line + 1));
        if (x->blocks.n) x->grid.left = row_blocks_left(&x->blocks, x->grid.line);
        x->column = UINT32_MAX;
    } else if (xml_is(name, "c")) {
        uint32_t column = column_of(xml_attr(attrs, "r"), x->column + 1);
        show_left_out(x, column);
        x->column = column;
        x->type = type_of(xml_attr(attrs, "t"));
        x->style = xml_number(xml_attr(attrs, "s"), STYLES_MAX, 0);
        buf_clear(&x->value);
        buf_clear(&x->formula);
    } else if (xml_is(name, "rPh")) {
        x->phonetic++;
    }
    x->in_value = xml_is(name, "v") || (xml_is(name, "t") && x->phonetic == 0);
    x->in_formula = xml_is(name, "f");
    return OK;
}

/* What the cell shows, to the grid. A formula without a value shows itself. */
static void end_cell(Xlsx *x) {
    Str value = buf_str(&x->value);
    GridCell kind = GRID_WORDS;
    buf_clear(&x->shown);
    if (value.n == 0 && x->formula.n) {
        buf_printf(&x->shown, "=%s", x->formula.p);
    } else if (x->type == CELL_SHARED) {
        buf_add_str(&x->shown, shared_word(x, value));
    } else if (x->type == CELL_TRUTH) {
        buf_add_c(&x->shown, str_eq_c(value, "1") ? "TRUE" : "FALSE");
    } else if (x->type == CELL_NUMBER && value.n) {
        kind = show_number(x, value);
    } else {
        buf_add_str(&x->shown, value);
        if (x->type == CELL_DATE) kind = GRID_DAY;
    }
    if (x->merges.n) kind = show_merged(x, kind);
    grid_cell(&x->grid, x->column, kind, buf_str(&x->shown));
}

static Status sheet_close(void *user, const char *name, Err *err) {
    Xlsx *x = user;
    x->in_value = x->in_formula = false;
    if (xml_is(name, "rPh") && x->phonetic) x->phonetic--;
    if (xml_is(name, "c")) {
        end_cell(x);
        TRY(buf_check(&x->value, "a cell", err));
        return buf_check(&x->shown, "a cell", err);
    }
    if (!xml_is(name, "row")) return OK;
    if (x->grid.filled) show_left_out(x, UINT32_MAX);
    return grid_row_end(&x->grid, err);
}

static Status sheet_text(void *user, Str text, Err *err) {
    Xlsx *x = user;
    if (x->in_value) buf_add_str(&x->value, text);
    if (x->in_formula) buf_add_str(&x->formula, text);
    return OK;
}

/* ---- what lies on a sheet ---- */

/* Of a note its text counts, not the name of the font beside it. */
static Status notes_open(void *user, const char *name, const char *const *attrs, Err *err) {
    Xlsx *x = user;
    const char *cell = xml_attr(attrs, "ref");
    x->in_words = xml_is(name, "t");
    if (!xml_is(name, "comment")) return OK;
    buf_clear(&x->note);
    buf_printf(&x->note, "Note on %s: ", cell ? cell : "a cell");
    return OK;
}

static Status notes_text(void *user, Str text, Err *err) {
    Xlsx *x = user;
    if (x->in_words) buf_add_str(&x->note, text);
    return OK;
}

static Status notes_close(void *user, const char *name, Err *err) {
    Xlsx *x = user;
    x->in_words = false;
    if (!xml_is(name, "comment")) return OK;
    TRY(buf_check(&x->note, "a note of a sheet", err));
    EmitAt at = {BLOCK_PARAGRAPH, 0, x->grid.sheet, 0, EMIT_FLOW};
    return emit_block(x->grid.doc, at, buf_str(&x->note), err);
}

/* Text boxes and notes of the sheet in this part. A damaged part costs what it holds. */
static Status read_beside(Xlsx *x, const char *sheet, Err *err) {
    Relations around;
    Status status = relations_read(x->pk, sheet, &around, err);
    const char *drawing = status == OK ? relations_by_type(&around, "/drawing") : NULL;
    const char *notes = status == OK ? relations_by_type(&around, "/comments") : NULL;
    Str part = drawing ? package_part(x->pk, drawing) : (Str){NULL, 0};
    Doc *doc = x->grid.doc;
    if (status == OK) status = read_drawing_part(part, "a drawing", x->grid.sheet, doc, err);
    part = notes ? package_part(x->pk, notes) : (Str){NULL, 0};
    XmlEvents events = {notes_open, notes_close, notes_text, x};
    if (status == OK && part.n) status = xml_parse(part, "notes", &events, err);
    x->in_words = false;
    relations_fini(&around);
    return status == E_CORRUPT ? OK : status;
}

/* ---- the workbook ---- */

/* Sheets in the order of their tabs; each is read when its name comes. */
static Status workbook_open(void *user, const char *name, const char *const *attrs, Err *err) {
    Xlsx *x = user;
    if (xml_is(name, "workbookPr")) {
        const char *early = xml_attr(attrs, "date1904");
        x->numbers.epoch_1904 = early && (xml_is(early, "1") || xml_is(early, "true"));
    }
    if (!xml_is(name, "sheet")) return OK;
    const char *state = xml_attr(attrs, "state"), *title = xml_attr(attrs, "name");
    const char *part = relations_by_id(&x->parts, xml_attr(attrs, "id"));
    if (!part) return OK;
    if (x->sheets++ == SHEETS_MAX) {
        return err_set(err, E_LIMIT, "a workbook of more than %d sheets", SHEETS_MAX);
    }
    Str bytes = package_part(x->pk, part);
    XmlEvents events = {sheet_open, sheet_close, sheet_text, x};
    TRY(grid_sheet(&x->grid, str_from(title), state && !xml_is(state, "visible"), err));
    x->phonetic = 0;
    if (!bytes.n) return OK;
    TRY(merges_read(&x->merges, bytes, err));
    TRY(row_blocks_read(&x->blocks, bytes, err));
    TRY(xml_parse(bytes, part, &events, err));
    return read_beside(x, part, err);
}

/* Words and styles first: cells are only numbers that point into them. */
static Status read_workbook(Xlsx *x, Err *err) {
    static const char book[] = "xl/workbook.xml";
    Str words = package_part(x->pk, "xl/sharedStrings.xml");
    Str styles = package_part(x->pk, "xl/styles.xml");
    XmlEvents in_words = {words_open, words_close, words_text, x};
    XmlEvents in_styles = {styles_open, styles_close, xml_ignore_text, x};
    XmlEvents in_book = {workbook_open, xml_ignore_close, xml_ignore_text, x};
    if (words.n) TRY(xml_parse(words, "sharedStrings.xml", &in_words, err));
    if (styles.n) TRY(xml_parse(styles, "styles.xml", &in_styles, err));
    TRY(relations_read(x->pk, book, &x->parts, err));
    return xml_parse(package_part(x->pk, book), "workbook.xml", &in_book, err);
}

Status read_xlsx(const Package *pk, Doc *doc, Err *err) {
    TRY(emit_meta(&doc->format, STR("xlsx"), err));
    read_core(package_part(pk, "docProps/core.xml"), doc);
    Xlsx x = {.pk = pk};
    Buf *bufs[] = {&x.value, &x.formula, &x.shown, &x.note};
    for (size_t i = 0; i < ARRAY_LEN(bufs); i++) buf_init(bufs[i], DOC_TEXT_MAX);
    shared_init(&x.words);
    grid_init(&x.grid, doc);
    Status status = read_workbook(&x, err);
    grid_fini(&x.grid);
    for (size_t i = 0; i < ARRAY_LEN(bufs); i++) buf_fini(bufs[i]);
    relations_fini(&x.parts);
    merges_fini(&x.merges);
    row_blocks_fini(&x.blocks);
    shared_fini(&x.words);
    numbers_fini(&x.numbers);
    return status;
}
