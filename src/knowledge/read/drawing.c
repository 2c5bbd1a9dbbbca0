/*
 * The words of drawings that an office document keeps in parts of their own: SmartArt, charts, the
 * shapes that lie on a sheet.
 *
 * All three write their words as DrawingML: a paragraph (a:p) of runs (a:t) becomes a paragraph of
 * the document. A chart has, besides its titles, the numbers that it draws; each series keeps a
 * copy of them, so that they are shown although the workbook behind the chart is not opened. They
 * become a table that lies on its side: the categories are its header, a series is a row. Numbers
 * look as the copy's format code says (number.c): a share is a percentage, a category may be a day.
 *
 * Of categories in several levels the innermost is taken; those of the first series stand for all.
 * Limits: POINTS_MAX points a series; what lies behind them is said to be left out. A damaged part
 * costs its own words only.
 *
 * Sources: ECMA-376 part 1, 21.2 (charts), 21.4 (diagrams), 20.5 (drawings of sheets).
 *
 *     c:title  a:t  Sales             paragraph   Sales
 *     c:ser    c:tx   c:v  North      header row  | 2023 | 2024
 *              c:cat  c:v  2023 2024  row         North | 4.3 | 2.5
 *              c:val  c:v  4.3  2.5
 */
#include "knowledge/read/clean.h"
#include "knowledge/read/number.h"
#include "knowledge/read/package.h"
#include "knowledge/read/xml.h"

enum { POINTS_MAX = 4096 };

typedef enum Where { NOWHERE, IN_NAME, IN_CATEGORIES, IN_VALUES } Where; /* in a series */

typedef struct Drawing {
    Doc *doc;
    uint32_t page;
    int fallback; /* open copies for programs that lack something */
    Buf text;     /* of the open paragraph */
    bool in_text;
    /* a chart */
    Buf head, row, value; /* value: of a point, or a format code */
    bool in_series, in_value, in_code, in_numbers;
    unsigned series; /* those that ended */
    uint32_t point;  /* of the open one: how many cells precede it */
    uint32_t cells, levels;
    Where where;
    bool cut; /* points were left out */
    Numbers numbers; /* the format of the open numbers, as style 0 */
} Drawing;

/* ---- charts ---- */

/* What part of the series begins; the numbers behind it have no format yet. */
static void series_open(Drawing *d, const char *name, const char *const *attrs) {
    static const struct {
        const char *name;
        Where where;
    } known[] = {{"tx", IN_NAME}, {"cat", IN_CATEGORIES}, {"xVal", IN_CATEGORIES},
                 {"val", IN_VALUES}, {"yVal", IN_VALUES}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (!xml_is(name, known[i].name)) continue;
        d->where = known[i].where;
        d->cells = d->levels = 0;
        d->in_numbers = false;
        numbers_fini(&d->numbers);
    }
    if (xml_is(name, "numCache") || xml_is(name, "numLit")) d->in_numbers = true;
    if (xml_is(name, "lvl")) d->levels++;
    if (xml_is(name, "pt")) d->point = xml_number(xml_attr(attrs, "idx"), 1 << 30, d->cells);
    if (!xml_is(name, "v") && !xml_is(name, "formatCode")) return;
    d->in_value = xml_is(name, "v");
    d->in_code = !d->in_value;
    buf_clear(&d->value);
}

/* A point goes to its own column: those that a series lacks are empty cells. */
static void add_point(Drawing *d, Buf *to) {
    double number;
    Str value = str_trim(buf_str(&d->value));
    if (d->point >= POINTS_MAX) d->cut = true;
    if (d->point >= POINTS_MAX || d->levels > 1) return;
    for (; d->cells <= d->point; d->cells++) buf_add_c(to, " | ");
    bool shown = d->in_numbers &&
                 num_parse_real(value, -1e300, 1e300, "a point", "", &number, NULL) == OK;
    if (shown) (void)numbers_show(&d->numbers, 0, number, value, to);
    else buf_add_str(to, value);
}

static void value_close(Drawing *d) {
    if (d->where == IN_CATEGORIES && d->series == 0) add_point(d, &d->head);
    if (d->where == IN_VALUES) add_point(d, &d->row);
    if (d->where != IN_NAME) return;
    if (d->row.n) buf_add_byte(&d->row, ' ');
    buf_add_str(&d->row, buf_str(&d->value));
}

static Status emit_row(Drawing *d, Buf *row, bool header, Err *err) {
    TRY(buf_check(row, "a series of a chart", err));
    EmitAt at = {BLOCK_TABLE_ROW, header, d->page, 0, EMIT_FLOW};
    Status status = row->n ? emit_block(d->doc, at, buf_str(row), err) : OK;
    buf_clear(row);
    return status;
}

static Status series_close(Drawing *d, const char *name, Err *err) {
    if (xml_is(name, "v") && d->in_value) value_close(d);
    if (xml_is(name, "formatCode") && d->in_code) {
        numbers_fini(&d->numbers);
        TRY(numbers_format(&d->numbers, 0, buf_str(&d->value), err));
        TRY(numbers_style(&d->numbers, 0, err));
    }
    d->in_value = d->in_code = false;
    if (!xml_is(name, "ser")) return OK;
    TRY(emit_row(d, &d->head, true, err));
    TRY(emit_row(d, &d->row, false, err));
    d->series++;
    d->in_series = false;
    return OK;
}

/* ---- all of them ---- */

static Status drawing_open(void *user, const char *name, const char *const *attrs, Err *err) {
    Drawing *d = user;
    if (d->fallback || xml_is(name, "Fallback")) {
        d->fallback++;
        return OK;
    }
    if (xml_is(name, "p")) buf_clear(&d->text);
    if (xml_is(name, "br") || xml_is(name, "tab")) buf_add_byte(&d->text, ' ');
    d->in_text = xml_is(name, "t");
    if (xml_is(name, "ser")) {
        d->in_series = true;
        d->where = NOWHERE;
        buf_clear(&d->row);
    }
    if (d->in_series) series_open(d, name, attrs);
    return OK;
}

static Status drawing_close(void *user, const char *name, Err *err) {
    Drawing *d = user;
    if (d->fallback) {
        d->fallback--;
        return OK;
    }
    d->in_text = false;
    if (d->in_series) TRY(series_close(d, name, err));
    if (!xml_is(name, "p")) return OK;
    TRY(buf_check(&d->text, "a paragraph of a drawing", err));
    EmitAt at = {BLOCK_PARAGRAPH, 0, d->page, 0, EMIT_FLOW};
    Status status = emit_block(d->doc, at, buf_str(&d->text), err);
    buf_clear(&d->text);
    return status;
}

static Status drawing_text(void *user, Str text, Err *err) {
    Drawing *d = user;
    if (d->fallback) return OK;
    if (d->in_text) buf_add_str(&d->text, text);
    if (d->in_value || d->in_code) buf_add_str(&d->value, text);
    return OK;
}

Status read_drawing_part(Str part, const char *what, uint32_t page, Doc *doc, Err *err) {
    Drawing d = {.doc = doc, .page = page};
    XmlEvents events = {drawing_open, drawing_close, drawing_text, &d};
    Buf *bufs[] = {&d.text, &d.head, &d.row, &d.value};
    for (size_t i = 0; i < ARRAY_LEN(bufs); i++) buf_init(bufs[i], DOC_TEXT_MAX);
    Status status = part.n ? xml_parse(part, what, &events, err) : OK;
    EmitAt at = {BLOCK_PARAGRAPH, 0, page, 0, EMIT_FLOW};
    if (status == OK && d.cut) {
        status = emit_block(doc, at, STR("[not read: more points of a chart]"), err);
    }
    for (size_t i = 0; i < ARRAY_LEN(bufs); i++) buf_fini(bufs[i]);
    numbers_fini(&d.numbers);
    return status == E_CORRUPT ? OK : status;
}

Status read_drawings(const Package *pk, const Relations *rels, uint32_t page, Doc *doc, Err *err) {
    for (size_t i = 0; i < rels->n; i++) {
        Str type = str_from(rels->items[i].type);
        if (!str_ends(type, STR("/diagramData")) && !str_ends(type, STR("/chart"))) continue;
        const char *part = rels->items[i].target;
        TRY(read_drawing_part(package_part(pk, part), part, page, doc, err));
    }
    return OK;
}
