/*
 * WordprocessingML: paragraphs, headings, lists, tables and notes out of a document's parts.
 *
 * styles.xml tells which paragraph styles are headings: by the built-in names "heading 1" ... (the
 * identifiers are translated, the names are not), "Title", or an outline level; a style inherits
 * from the one it is based on. numbering.xml tells bullets from numbers; docx_list.c counts them,
 * since the document does not hold them: items, headings and cells of tables begin with what a page
 * would show ("4.2 ", "(b) "). core.c reads title, author and date.
 *
 * Text is what runs show: hidden runs, field codes, deleted text, how a word is read aloud and the
 * fallback copies of drawings are left out. A text box is written before the paragraph it hangs on.
 * A table inside a cell becomes text of that cell. The rows of the outermost table are the table
 * rows of the document; the first is a header when the table says so.
 *
 * Page headers come first, since a letterhead says who writes; then the text, footnotes, endnotes,
 * page footers and comments, which say whose they are. Each section may have three headers, mostly
 * alike: what one of them has said is not said again, and what has no letter (a page number) not at
 * all. MARGINS_TOLD bytes of them are compared; what lies behind is said as often as it stands.
 *
 * Source: ECMA-376 part 1, chapter 17.
 *
 * Where the text of a run goes:
 *
 *     p                          text[0]    a block at its end
 *       r / t                    text[0]
 *       r / drawing / ... / p    text[1]    a block at its end, before the paragraph around it
 *     tbl / tr / tc / p          cell       joined by blanks; a row at the end of tr
 */
#include <assert.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/plain.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/docx_list.h"
#include "knowledge/read/package.h"
#include "knowledge/read/xml.h"

enum { STYLES_MAX = 4096, STYLE_ID_MAX = 64, BASED_MAX = 8 };
enum { MARGINS_TOLD = 64 << 10 };

static const uint32_t NO_LIST = UINT32_MAX;

typedef struct Style {
    char id[STYLE_ID_MAX], based_on[STYLE_ID_MAX];
    uint8_t heading; /* 1..9, 0: no */
    bool list;       /* by its name */
    uint32_t list_id; /* NO_LIST: not said; 0: of none, whatever the style below it says */
    uint8_t list_level;
} Style;

/* Cells over several columns (gridSpan) or rows (vMerge). */
typedef struct Merged {
    char above[MERGED_COLUMNS_MAX][MERGED_LABEL_BYTES + 1]; /* what reaches down in each column */
    unsigned column, span;                    /* of the open cell */
    bool begins, below;                       /* it reaches down; one above reaches into it */
    unsigned owed;                            /* columns of the cell before, not written yet */
    char label[MERGED_LABEL_BYTES + 1];              /* that is owed */
} Merged;

typedef struct Docx {
    Doc *doc;
    Style *styles;
    size_t n_styles, cap_styles;
    DocxLists lists;
    /* where we are in the text */
    Buf text[2]; /* of the paragraph; [1]: inside a text box */
    Buf row, cell;
    int paragraphs, tables, skipped; /* open ones */
    bool in_text, hidden;
    bool row_header, table_header;
    unsigned rows, cells;
    Merged merged;
    size_t again; /* bytes that cells over several columns were said in again */
    int heading, list_level;
    uint32_t list_id;
    bool has_list;
    size_t level; /* of numbering.xml */
    bool margin;  /* a page header or footer is being read */
    Buf told;     /* what margins have said, each between line ends */
    Buf prefix;   /* of the next paragraph: whose comment it is */
} Docx;

/* The values that turn a switch off; a switch without a value is on. */
static bool is_off(const char *value) {
    return value && (xml_is(value, "0") || xml_is(value, "false") || xml_is(value, "off") ||
                     xml_is(value, "none"));
}

/* ---- styles.xml ---- */

/* "heading 3" -> 3, "Title" -> 1, else 0. */
static uint8_t heading_by_name(const char *name) {
    char low[16];
    size_t n = 0;
    for (; name[n] && n + 1 < sizeof low; n++) low[n] = plain_lower(name[n]);
    low[n] = 0;
    if (xml_is(low, "title")) return 1;
    if (strncmp(low, "heading ", 8) != 0) return 0;
    return low[8] >= '1' && low[8] <= '9' ? (uint8_t)(low[8] - '0') : 0;
}

static Status styles_open(void *user, const char *name, const char *const *attrs, Err *err) {
    Docx *d = user;
    const char *value = xml_attr(attrs, "val");
    if (xml_is(name, "style")) {
        const char *id = xml_attr(attrs, "styleId");
        TRY(mem_grow((void **)&d->styles, &d->cap_styles, d->n_styles + 1, sizeof *d->styles,
                     STYLES_MAX, err));
        Style *s = &d->styles[d->n_styles++];
        *s = (Style){.list_id = NO_LIST};
        (void)snprintf(s->id, sizeof s->id, "%s", id ? id : "");
    }
    if (!d->n_styles) return OK;
    Style *s = &d->styles[d->n_styles - 1];
    if (xml_is(name, "name") && value) s->heading = heading_by_name(value);
    if (xml_is(name, "name") && value && strncmp(value, "List ", 5) == 0) s->list = true;
    if (xml_is(name, "basedOn") && value)
        (void)snprintf(s->based_on, sizeof s->based_on, "%s", value);
    if (xml_is(name, "numId")) s->list_id = xml_number(value, 1 << 30, 0);
    if (xml_is(name, "ilvl")) s->list_level = (uint8_t)xml_number(value, DOCX_LEVELS - 1, 0);
    if (xml_is(name, "outlineLvl") && !s->heading)
        s->heading = (uint8_t)((xml_number(value, 9, 9) + 1) % 10);
    return OK;
}

static const Style *find_style(const Docx *d, const char *id) {
    for (size_t i = 0; i < d->n_styles; i++) {
        if (xml_is(d->styles[i].id, id)) return &d->styles[i];
    }
    return NULL;
}

/* The style's own level or that of the first style below it that has one; BASED_MAX ends a
   circle. */
static int style_heading(const Docx *d, const char *id) {
    const Style *s = find_style(d, id);
    for (int hops = 0; s && hops < BASED_MAX; hops++) {
        if (s->heading) return s->heading;
        s = s->based_on[0] ? find_style(d, s->based_on) : NULL;
    }
    if (!d->n_styles)
        return heading_by_name(id); /* no styles part: the identifier is all we have */
    return 0;
}

/* The list that the style, or the first below it that names one, puts its paragraphs into; its name
   alone makes an item with a dash. */
static void take_style_list(Docx *d, const char *id) {
    const Style *s = find_style(d, id);
    if (s && s->list) d->has_list = true;
    for (int hops = 0; s && hops < BASED_MAX; hops++) {
        if (s->list_id != NO_LIST) {
            d->list_id = s->list_id;
            d->list_level = s->list_level;
            d->has_list = s->list_id != 0;
            return;
        }
        s = s->based_on[0] ? find_style(d, s->based_on) : NULL;
    }
}

/* ---- document.xml ---- */

static Buf *paragraph_text(Docx *d) {
    return &d->text[d->paragraphs > 1];
}

/* Of a page's margin: does it say nothing, or what another page's has said? It is remembered. */
static bool is_told(Docx *d, Str text) {
    bool letter = false;
    for (size_t i = 0; i < text.n && !letter; i++) {
        letter = plain_is_letter(text.p[i]) || (unsigned char)text.p[i] >= 0x80;
    }
    if (!letter || d->told.n + text.n + 2 > MARGINS_TOLD) return !letter;
    size_t from = d->told.n ? d->told.n - 1 : 0; /* the line end of the one before serves both */
    buf_printf(&d->told, "%s", from ? "" : "\n");
    buf_add_str(&d->told, text);
    buf_add_byte(&d->told, '\n');
    if (d->told.status != OK) return false; /* whoever emits next will say so */
    Str all = buf_str(&d->told), own = str_sub(all, from, all.n);
    if (str_find(all, own, 0) >= from) return false;
    d->told.n = from + 1;
    return true;
}

static Status emit(Docx *d, EmitAt at, Str text, Err *err) {
    if (d->margin && is_told(d, str_trim(text))) return OK;
    return emit_block(d->doc, at, text, err);
}

/* Only the outermost paragraph has properties; one inside it is a text box's. */
static Status paragraph_open(Docx *d) {
    if (d->paragraphs++ == 0 || d->paragraphs == 2) buf_clear(paragraph_text(d));
    if (d->paragraphs > 1) return OK;
    d->heading = d->list_level = 0;
    d->list_id = 0;
    d->has_list = false;
    return OK;
}

/* Where the text goes: into the open cell, or as a heading, an item or a paragraph into the
   document. */
static Status paragraph_close(Docx *d, Err *err) {
    Buf *text = paragraph_text(d);
    bool box = d->paragraphs > 1, filled = str_trim(buf_str(text)).n > 0;
    size_t level = (size_t)d->list_level;
    if (d->paragraphs) d->paragraphs--;
    TRY(buf_check(text, "a paragraph", err));
    if (d->tables) {
        if (d->cell.n && text->n) buf_add_byte(&d->cell, ' ');
        if (!box && d->has_list) (void)docx_lists_count(&d->lists, d->list_id, level, &d->cell);
        buf_add_str(&d->cell, buf_str(text));
        buf_clear(text);
        return buf_check(&d->cell, "a cell of a table", err);
    }
    EmitAt at = {BLOCK_PARAGRAPH, 0, 0, 0, EMIT_FLOW};
    Buf item;
    Status status;
    buf_init(&item, DOC_TEXT_MAX);
    buf_add_str(&item, buf_str(&d->prefix));
    if (text->n) buf_clear(&d->prefix);
    if (!box && d->heading && !d->margin) {
        at.kind = BLOCK_HEADING;
        at.level = d->heading > 6 ? 6 : d->heading;
        if (d->has_list && filled) (void)docx_lists_count(&d->lists, d->list_id, level, &item);
    } else if (!box && d->has_list && filled) {
        at.kind = BLOCK_LIST_ITEM;
        at.level = d->list_level < 5 ? d->list_level + 1 : 6;
        if (!docx_lists_count(&d->lists, d->list_id, level, &item)) buf_add_c(&item, "- ");
    }
    buf_add_str(&item, buf_str(text));
    status = buf_check(&item, "a paragraph", err);
    if (status == OK && text->n) status = emit(d, at, buf_str(&item), err);
    buf_fini(&item);
    buf_clear(text);
    return status;
}

static void paragraph_property(Docx *d, const char *name, const char *value) {
    if (d->paragraphs > 1) return;
    if (xml_is(name, "pStyle") && value) {
        d->heading = style_heading(d, value);
        take_style_list(d, value);
    }
    if (xml_is(name, "outlineLvl")) d->heading = (int)((xml_number(value, 9, 9) + 1) % 10);
    if (xml_is(name, "ilvl")) d->list_level = (int)xml_number(value, DOCX_LEVELS - 1, 0);
    if (xml_is(name, "numId")) {
        d->list_id = xml_number(value, 1 << 30, 0);
        d->has_list = d->list_id != 0;
    }
}

/* In the order of a table's elements: tbl, tr, tc, its properties. A merge that says nothing goes
   on with the cell above. */
static void merge_open(Merged *m, const char *name, const char *value) {
    if (xml_is(name, "tbl")) *m = (Merged){0};
    if (xml_is(name, "tr")) m->column = m->owed = 0;
    if (xml_is(name, "tc")) {
        m->span = 1;
        m->begins = m->below = false;
    }
    if (xml_is(name, "gridSpan")) m->span = xml_number(value, MERGED_COLUMNS_MAX, 1);
    if (m->span == 0) m->span = 1;
    if (xml_is(name, "vMerge")) {
        m->begins = value && xml_is(value, "restart");
        m->below = !m->begins;
    }
}

/* A label or nothing. */
static void set_label(char *label, Str text) {
    size_t n = text.n <= MERGED_LABEL_BYTES ? text.n : 0;
    if (n) memcpy(label, text.p, n);
    label[n] = 0;
}

/* The columns that the cell before takes up behind its first: before the next cell of the row. */
static void pay_columns(Docx *d) {
    for (; d->merged.owed && d->again < MERGED_AGAIN_MAX; d->merged.owed--) {
        size_t before = d->row.n;
        buf_add_c(&d->row, " | ");
        buf_add_c(&d->row, d->merged.label);
        d->again += d->row.n - before;
    }
    d->merged.owed = 0;
}

/* The open cell ends: into the row with it, and into what reaches on. Behind MERGED_COLUMNS_MAX
   none does. */
static void cell_close(Docx *d) {
    Merged *m = &d->merged;
    Str text = str_trim(buf_str(&d->cell));
    assert(m->span >= 1 && m->span <= MERGED_COLUMNS_MAX);
    pay_columns(d);
    if (d->cells++) buf_add_c(&d->row, " | ");
    bool above = m->below && text.n == 0 && m->column < MERGED_COLUMNS_MAX;
    if (above) text = str_from(m->above[m->column]);
    buf_add_str(&d->row, text);
    set_label(m->label, text);
    for (unsigned i = m->column; i < m->column + m->span && i < MERGED_COLUMNS_MAX; i++) {
        if (!m->below) set_label(m->above[i], m->begins ? text : STR(""));
    }
    m->owed = m->span - 1;
    m->column += m->span;
    buf_clear(&d->cell);
}

/* Only the outermost table makes rows. tblLook tells whether its first row is a header: by an
   attribute, in older files by a bit of four hexadecimal digits. */
static void table_open(Docx *d, const char *name, const char *const *attrs) {
    const char *value = xml_attr(attrs, "val");
    if (xml_is(name, "tbl") && d->tables++ == 0) {
        d->rows = 0;
        d->table_header = false;
    }
    if (d->tables != 1) return;
    if (xml_is(name, "tblLook")) {
        const char *first = xml_attr(attrs, "firstRow");
        d->table_header = first ? xml_is(first, "1")
                                : value && strlen(value) == 4 && (value[2] & 2);
    }
    if (xml_is(name, "tblHeader") && !is_off(value)) d->row_header = true;
    merge_open(&d->merged, name, value);
    if (xml_is(name, "tr")) {
        d->cells = 0;
        d->row_header = false;
        buf_clear(&d->row);
    }
    if (xml_is(name, "tc")) buf_clear(&d->cell);
}

/* A row whose cells are all empty is left out, but counts. */
static Status table_close(Docx *d, const char *name, Err *err) {
    if (xml_is(name, "tbl") && d->tables) d->tables--;
    if (d->tables != 1) return OK;
    if (xml_is(name, "tc")) cell_close(d);
    if (!xml_is(name, "tr")) return OK;
    if (d->cells > 1 && *d->merged.label) pay_columns(d); /* one cell alone is said once */
    bool header = d->row_header || (d->rows == 0 && d->table_header && d->cells > 1);
    d->rows++;
    bool filled = false;
    for (size_t i = 0; i < d->row.n && !filled; i++)
        filled = d->row.p[i] != ' ' && d->row.p[i] != '|';
    if (!filled) return OK;
    TRY(buf_check(&d->row, "a row of a table", err));
    EmitAt at = {BLOCK_TABLE_ROW, header, 0, 0, EMIT_FLOW};
    return emit(d, at, buf_str(&d->row), err);
}

/* Copies for old programs, deletions, how a word is read aloud, and records of former
   properties. */
static bool is_skipped(const char *name) {
    return xml_is(name, "Fallback") || xml_is(name, "rt") || xml_is(name, "del") ||
           xml_is(name, "moveFrom") || xml_is(name, "sectPr") ||
           xml_is(name, "rPrChange") || xml_is(name, "pPrChange");
}

static Status body_open(void *user, const char *name, const char *const *attrs, Err *err) {
    Docx *d = user;
    if (d->skipped || is_skipped(name)) {
        d->skipped++;
        return OK;
    }
    const char *value = xml_attr(attrs, "val");
    if (xml_is(name, "p")) return paragraph_open(d);
    if (xml_is(name, "comment")) {
        const char *author = xml_attr(attrs, "author");
        buf_clear(&d->prefix);
        buf_printf(&d->prefix, "Comment%s%s: ", author ? " by " : "", author ? author : "");
    }
    if (xml_is(name, "r")) d->hidden = false;
    if (xml_is(name, "vanish")) d->hidden = !is_off(value);
    if (xml_is(name, "t")) d->in_text = true;
    if (d->paragraphs && !d->hidden) {
        if (xml_is(name, "tab") || xml_is(name, "br") || xml_is(name, "cr"))
            buf_add_byte(paragraph_text(d), ' ');
        if (xml_is(name, "noBreakHyphen")) buf_add_byte(paragraph_text(d), '-');
    }
    if (d->paragraphs) paragraph_property(d, name, value);
    table_open(d, name, attrs);
    return OK;
}

static Status body_close(void *user, const char *name, Err *err) {
    Docx *d = user;
    if (d->skipped) {
        d->skipped--;
        return OK;
    }
    if (xml_is(name, "t")) d->in_text = false;
    if (xml_is(name, "p") && d->paragraphs) return paragraph_close(d, err);
    return table_close(d, name, err);
}

static Status body_text(void *user, Str text, Err *err) {
    Docx *d = user;
    if (!d->in_text || d->skipped || d->hidden || !d->paragraphs) return OK;
    buf_add_str(paragraph_text(d), text);
    return OK;
}

/* ---- all together ---- */

/* A damaged side part costs headings or a title, not the text. */
static void parse_side(Str part, const char *what, const XmlEvents *events) {
    if (part.n && xml_parse(part, what, events, NULL) != OK) return;
}

/* Another part with the same events; none is fine. A part that ended early left things open. */
static Status parse_body(Docx *d, Str part, const char *what, Err *err) {
    XmlEvents body = {body_open, body_close, body_text, d};
    d->paragraphs = d->tables = d->skipped = 0;
    d->in_text = d->hidden = false;
    return part.n ? xml_parse(part, what, &body, err) : OK;
}

/* Headers or footers; a damaged one costs itself. */
static Status parse_margins(Docx *d, const Str *parts, Err *err) {
    Status status = OK;
    d->margin = true;
    for (size_t i = 0; i < DOCX_MARGINS_MAX && parts[i].n && status == OK; i++) {
        status = parse_body(d, parts[i], "a page's margin", err);
        if (status == E_CORRUPT) status = OK;
    }
    d->margin = false;
    return status;
}

/* Styles and lists before the document that uses them. Footnotes and endnotes come behind it, by
   the same events. */
static Status parse_all(Docx *d, const DocxParts *parts, Err *err) {
    XmlEvents styles = {styles_open, xml_ignore_close, xml_ignore_text, d};
    parse_side(parts->styles, "styles.xml", &styles);
    docx_lists_read(&d->lists, parts->numbering);
    read_core(parts->core, d->doc);
    TRY(parse_margins(d, parts->headers, err));
    TRY(parse_body(d, parts->document, "document.xml", err));
    TRY(parse_body(d, parts->footnotes, "footnotes.xml", err));
    TRY(parse_body(d, parts->endnotes, "endnotes.xml", err));
    TRY(parse_margins(d, parts->footers, err));
    Status status = parse_body(d, parts->comments, "comments.xml", err);
    return status == E_CORRUPT ? OK : status;
}

Status read_docx_parts(const DocxParts *parts, Doc *doc, Err *err) {
    TRY(emit_meta(&doc->format, STR("docx"), err));
    Docx d = {.doc = doc};
    Buf *bufs[] = {&d.text[0], &d.text[1], &d.row, &d.cell, &d.told, &d.prefix};
    for (size_t i = 0; i < ARRAY_LEN(bufs); i++) buf_init(bufs[i], DOC_TEXT_MAX);
    Status status = parse_all(&d, parts, err);
    for (size_t i = 0; i < ARRAY_LEN(bufs); i++) buf_fini(bufs[i]);
    mem_free(d.styles);
    docx_lists_fini(&d.lists);
    return status;
}

/* ---- out of a package ---- */

/* All parts of a type that the relations name, in their order, up to DOCX_MARGINS_MAX. */
static void find_parts(const Package *pk, const Relations *rels, const char *type, Str *out) {
    size_t n = 0;
    for (size_t i = 0; i < rels->n && n < DOCX_MARGINS_MAX; i++) {
        if (!str_ends(str_from(rels->items[i].type), str_from(type))) continue;
        Str part = package_part(pk, rels->items[i].target);
        if (part.n) out[n++] = part;
    }
}

/* The part of this type, or the one that is usually called so. */
static Str find_part(const Package *pk, const Relations *rels, const char *type,
                     const char *usual) {
    const char *target = relations_by_type(rels, type);
    return package_part(pk, target ? target : usual);
}

/* Damaged relations are none: then parts have the names that they usually have. SmartArt and charts
   come behind the text. */
Status read_docx(const Package *pk, const char *document, Doc *doc, Err *err) {
    Relations rels;
    Status status = relations_read(pk, document, &rels, err);
    if (status == E_CORRUPT) status = OK;
    DocxParts parts = {.document = package_part(pk, document),
                       .core = package_part(pk, "docProps/core.xml")};
    assert(parts.document.n > 0); /* who calls has looked */
    parts.styles = find_part(pk, &rels, "/styles", "word/styles.xml");
    parts.numbering = find_part(pk, &rels, "/numbering", "word/numbering.xml");
    parts.footnotes = find_part(pk, &rels, "/footnotes", "word/footnotes.xml");
    parts.endnotes = find_part(pk, &rels, "/endnotes", "word/endnotes.xml");
    parts.comments = find_part(pk, &rels, "/comments", "word/comments.xml");
    find_parts(pk, &rels, "/header", parts.headers);
    find_parts(pk, &rels, "/footer", parts.footers);
    if (status == OK) status = read_docx_parts(&parts, doc, err);
    if (status == OK) status = read_drawings(pk, &rels, 0, doc, err);
    relations_fini(&rels);
    return status;
}
