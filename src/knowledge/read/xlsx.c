/*
 * Excel workbooks (.xlsx, .xlsm): what their sheets show.
 *
 * workbook.xml names the sheets in order; relations say which part each one is; a cell holds a
 * number, or the index of a word in sharedStrings.xml, or words of its own. Whether a number is a
 * day, a time or a percentage is told only by its style's number format: styles.xml gives each
 * style a format, built in (by number) or written out, whose letters d, m, y, h, s outside quotes
 * mean days and times, and whose quoted words or [$...] are a unit. Days count from 1899-12-30
 * (after February 1900), or from 1904-01-01 in workbooks of the early Macintosh. A formula shows
 * the value that was computed when the file was saved, or itself where none was. Hidden rows (a
 * filter makes them) are read, and so are hidden sheets, whose heading says what they are.
 *
 * grid.c makes rows of cells. Ceilings: SHEETS_MAX, WORDS_MAX, FORMATS_MAX.
 *
 * Source: ECMA-376 part 1, chapter 18 (18.3 sheets, 18.4 shared strings, 18.8.30 number formats).
 *
 * What the number 45352.5 shows by its format: 45352.5 as General; 2024-03-01 as dd/mm/yyyy; 12:00
 * behind it as dd/mm/yyyy hh:mm; 45352.50 EUR as #,##0.00 "EUR"; 4535250% as 0%.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/plain.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/grid.h"
#include "knowledge/read/package.h"
#include "knowledge/read/xml.h"

enum {
    SHEETS_MAX = 4096,
    WORDS_MAX = 8 << 20,
    FORMATS_MAX = 65536,
    COLUMNS_MAX = 16384,
    ROWS_MAX = 1 << 20,
    UNIT_MAX = 9,
    DECIMALS_MAX = 9
};

typedef enum LookKind { LOOK_PLAIN, LOOK_DAY, LOOK_TIME, LOOK_MOMENT, LOOK_PERCENT } LookKind;

/* How a style shows a number. */
typedef struct Look {
    uint32_t id; /* of a written format */
    LookKind kind;
    int decimals; /* as many as are shown at least */
    char unit[UNIT_MAX];
} Look;

typedef enum CellType { CELL_NUMBER, CELL_SHARED, CELL_WORDS, CELL_TRUTH, CELL_DATE } CellType;

typedef struct Xlsx {
    const Package *pk;
    Grid grid;
    Relations parts;
    bool epoch_1904;
    size_t sheets;
    Buf words; /* the shared strings, one behind the other */
    size_t *ends, n_ends, cap_ends;
    Look *formats, *looks; /* written formats; one look a style */
    size_t n_formats, cap_formats, n_looks, cap_looks;
    bool in_styles;
    /* the open cell */
    Buf value, formula, shown;
    uint32_t column;
    CellType type;
    size_t style;
    bool in_value, in_formula, in_words;
    int phonetic; /* how a word is read aloud: not shown */
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
    TRY(buf_check(&x->words, "the words of a workbook", err));
    TRY(mem_grow((void **)&x->ends, &x->cap_ends, x->n_ends + 1, sizeof *x->ends, WORDS_MAX, err));
    assert(x->n_ends == 0 || x->ends[x->n_ends - 1] <= x->words.n); /* shared_word cuts by them */
    x->ends[x->n_ends++] = x->words.n;
    return OK;
}

static Status words_text(void *user, Str text, Err *err) {
    Xlsx *x = user;
    if (x->in_words) buf_add_str(&x->words, text);
    return OK;
}

/* Empty where the index is no number or past the end. */
static Str shared_word(const Xlsx *x, Str index) {
    int64_t i;
    if (num_parse_int(index, 0, WORDS_MAX, "n", "", &i, NULL) != OK || (size_t)i >= x->n_ends) {
        return (Str){NULL, 0};
    }
    return str_sub(buf_str(&x->words), i ? x->ends[i - 1] : 0, x->ends[i]);
}

/* ---- styles.xml ---- */

/* By the numbers of 18.8.30, those of East Asian locales included. */
static LookKind built_in_kind(uint32_t id) {
    if (id == 9 || id == 10) return LOOK_PERCENT;
    if (id == 22) return LOOK_MOMENT;
    bool time = (id >= 18 && id <= 21) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47) ||
                id == 55 || id == 56;
    bool day = (id >= 14 && id <= 17) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58);
    return time ? LOOK_TIME : day ? LOOK_DAY : LOOK_PLAIN;
}

/* Formats with two decimals are those that say 0.00. */
static Look built_in(uint32_t id) {
    bool two = id == 2 || id == 4 || id == 7 || id == 8 || id == 10 || id == 39 || id == 40;
    return (Look){.kind = built_in_kind(id), .decimals = two ? 2 : 0};
}

/* What stands in "..." or [$...-407] is shown beside the number: its unit, when it is short. */
static void take_unit(Look *look, Str words) {
    words = str_trim(words);
    if (words.n && words.n < sizeof look->unit && !look->unit[0]) {
        memcpy(look->unit, words.p, words.n);
    }
}

/* The quoted words, bracket or escape at *at; moves *at behind it. False: an ordinary character. */
static bool skip_literal(Str code, size_t *at, Look *look, bool *time) {
    char c = code.p[*at];
    if (c == '\\' || c == '_' || c == '*') {
        *at += 2;
        return true;
    }
    if (c != '"' && c != '[') return false;
    const char *end = memchr(code.p + *at + 1, c == '"' ? '"' : ']', code.n - *at - 1);
    Str inner = {code.p + *at + 1, end ? (size_t)(end - code.p) - *at - 1 : code.n - *at - 1};
    *at += inner.n + 2;
    if (c == '"') take_unit(look, inner);
    if (c == '[' && inner.n && inner.p[0] == '$') {
        const char *dash = memchr(inner.p, '-', inner.n);
        take_unit(look, str_sub(inner, 1, dash ? (size_t)(dash - inner.p) : inner.n));
    } else if (c == '[' && inner.n && memchr("hHmMsS", inner.p[0], 6)) {
        *time = true;
    }
    return true;
}

/* The first section of a written format. */
static Look look_of(Str code) {
    Look look = {0};
    bool day = false, time = false, month = false, percent = false, point = false;
    if (str_eq_c(code, "General")) return look;
    for (size_t at = 0; at < code.n && code.p[at] != ';';) {
        if (skip_literal(code, &at, &look, &time)) continue;
        char c = plain_lower(code.p[at++]);
        day |= c == 'd' || c == 'y';
        time |= c == 'h' || c == 's';
        month |= c == 'm';
        percent |= c == '%';
        point |= c == '.';
        look.decimals += point && c == '0' && look.decimals < DECIMALS_MAX;
    }
    day |= month && !time;
    look.kind = day && time ? LOOK_MOMENT
                : day       ? LOOK_DAY
                : time      ? LOOK_TIME
                : percent   ? LOOK_PERCENT
                            : LOOK_PLAIN;
    return look;
}

/* A written format hides a built-in one of the same number. */
static Look look_by_id(const Xlsx *x, uint32_t id) {
    for (size_t i = 0; i < x->n_formats; i++) {
        if (x->formats[i].id == id) return x->formats[i];
    }
    return built_in(id);
}

/* Written formats stand before the styles that use them. */
static Status styles_open(void *user, const char *name, const char *const *attrs, Err *err) {
    Xlsx *x = user;
    uint32_t id = xml_number(xml_attr(attrs, "numFmtId"), 1 << 30, 0);
    if (xml_is(name, "cellXfs")) x->in_styles = true;
    if (xml_is(name, "numFmt")) {
        const char *code = xml_attr(attrs, "formatCode");
        TRY(mem_grow((void **)&x->formats, &x->cap_formats, x->n_formats + 1, sizeof *x->formats,
                     FORMATS_MAX, err));
        Look look = look_of(str_from(code));
        look.id = id;
        x->formats[x->n_formats++] = look;
    }
    if (!x->in_styles || !xml_is(name, "xf")) return OK;
    TRY(mem_grow((void **)&x->looks, &x->cap_looks, x->n_looks + 1, sizeof *x->looks, FORMATS_MAX,
                 err));
    x->looks[x->n_looks++] = look_by_id(x, id);
    return OK;
}

static Status styles_close(void *user, const char *name, Err *err) {
    Xlsx *x = user;
    if (xml_is(name, "cellXfs")) x->in_styles = false;
    return OK;
}

/* ---- numbers ---- */

/* Day `serial` as YYYY-MM-DD. */
static void add_day(const Xlsx *x, Buf *out, int64_t serial) {
    char day[11];
    emit_day(serial - (x->epoch_1904 ? 24107 : 25569), day);
    buf_add_c(out, day);
}

/* Hours may be more than 24: a length of time. */
static void add_time(Buf *out, int64_t seconds) {
    buf_printf(out, "%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60));
    if (seconds % 60) buf_printf(out, ":%02d", (int)(seconds % 60));
}

/* 0.30000000000000004 was typed as 0.3: fifteen digits are what a spreadsheet holds. Zeros that are
   shown are written (990.90), digits that are not shown are not lost; but a percentage was
   computed.
 */
static void add_number(Buf *out, double value, const Look *look, Str as_written) {
    char text[40];
    (void)plain_print(text, sizeof text, "%.15g", value);
    const char *point = strchr(text, '.');
    int digits = point ? (int)strlen(point + 1) : 0;
    if (look->kind == LOOK_PERCENT)
        buf_printf(out, "%.*f%%", look->decimals, value * 100);
    else if (strchr(text, 'e'))
        buf_add_str(out, as_written);
    else if (digits < look->decimals)
        buf_printf(out, "%.*f", look->decimals, value);
    else
        buf_add_c(out, text);
    if (look->kind == LOOK_PLAIN && look->unit[0]) buf_printf(out, " %s", look->unit);
}

/* As its style shows it. A date before day 0 or after 9999 is a plain number. What is no number is
   shown as it stands. */
static GridCell show_number(Xlsx *x, Str written) {
    enum { DAYS_MAX = 2958465 }; /* 9999-12-31 */
    double value;
    Look look = x->style < x->n_looks ? x->looks[x->style] : (Look){0};
    if (num_parse_real(written, -1e300, 1e300, "a cell", "", &value, NULL) != OK) {
        buf_add_str(&x->shown, written);
        return GRID_WORDS;
    }
    bool dated = look.kind == LOOK_DAY || look.kind == LOOK_TIME || look.kind == LOOK_MOMENT;
    int last = DAYS_MAX - (x->epoch_1904 ? 1462 : 0); /* day 0 is four years and a day later */
    if (dated && value >= 0 && value <= last) {
        int64_t seconds = (int64_t)llround(value * 86400);
        if (look.kind != LOOK_TIME) add_day(x, &x->shown, seconds / 86400);
        if (look.kind == LOOK_MOMENT) buf_add_byte(&x->shown, ' ');
        if (look.kind != LOOK_TIME) seconds %= 86400;
        if (look.kind != LOOK_DAY) add_time(&x->shown, seconds);
        return GRID_DAY;
    }
    add_number(&x->shown, value, &look, written);
    return GRID_NUMBER;
}

/* ---- a sheet ---- */

/* "AB12" -> 27. */
static uint32_t column_of(const char *ref, uint32_t fallback) {
    uint32_t column = 0;
    for (; ref && *ref >= 'A' && *ref <= 'Z' && column <= COLUMNS_MAX; ref++) {
        column = column * 26 + (uint32_t)(*ref - 'A') + 1;
    }
    return column && column <= COLUMNS_MAX ? column - 1 : fallback;
}

/* Strings of a formula and of the cell itself are words both. */
static CellType type_of(const char *t) {
    if (!t || xml_is(t, "n")) return CELL_NUMBER;
    if (xml_is(t, "s")) return CELL_SHARED;
    if (xml_is(t, "b")) return CELL_TRUTH;
    return xml_is(t, "d") ? CELL_DATE : CELL_WORDS;
}

/* Rows and cells that do not say where they are follow the one before. */
static Status sheet_open(void *user, const char *name, const char *const *attrs, Err *err) {
    Xlsx *x = user;
    if (xml_is(name, "row")) {
        grid_row(&x->grid, xml_number(xml_attr(attrs, "r"), ROWS_MAX, x->grid.line + 1));
        x->column = UINT32_MAX;
    } else if (xml_is(name, "c")) {
        x->column = column_of(xml_attr(attrs, "r"), x->column + 1);
        x->type = type_of(xml_attr(attrs, "t"));
        x->style = xml_number(xml_attr(attrs, "s"), FORMATS_MAX, 0);
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
    return xml_is(name, "row") ? grid_row_end(&x->grid, err) : OK;
}

static Status sheet_text(void *user, Str text, Err *err) {
    Xlsx *x = user;
    if (x->in_value) buf_add_str(&x->value, text);
    if (x->in_formula) buf_add_str(&x->formula, text);
    return OK;
}

/* ---- the workbook ---- */

/* Sheets in the order of their tabs; each is read when its name comes. */
static Status workbook_open(void *user, const char *name, const char *const *attrs, Err *err) {
    Xlsx *x = user;
    if (xml_is(name, "workbookPr")) {
        const char *early = xml_attr(attrs, "date1904");
        x->epoch_1904 = early && (xml_is(early, "1") || xml_is(early, "true"));
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
    return bytes.n ? xml_parse(bytes, part, &events, err) : OK;
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
    Buf *bufs[] = {&x.words, &x.value, &x.formula, &x.shown};
    for (size_t i = 0; i < ARRAY_LEN(bufs); i++) buf_init(bufs[i], DOC_TEXT_MAX);
    grid_init(&x.grid, doc);
    Status status = read_workbook(&x, err);
    grid_fini(&x.grid);
    for (size_t i = 0; i < ARRAY_LEN(bufs); i++) buf_fini(bufs[i]);
    relations_fini(&x.parts);
    mem_free(x.ends);
    mem_free(x.formats);
    mem_free(x.looks);
    return status;
}
