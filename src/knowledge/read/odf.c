/*
 * OpenDocument: texts (.odt), spreadsheets (.ods) and presentations (.odp), all in content.xml.
 *
 * Headings say their level, items of lists and rows of tables are told by the elements around their
 * paragraphs. A spreadsheet's cell holds the words it shows, so that nothing is computed here;
 * cells and rows that repeat are written once with a count, which trailing empty ones use by the
 * million: a count moves the column or row on, and only filled cells repeat, up to REPEAT_MAX
 * times. Cells that a joined one covers say what it says. A presentation's page holds frames; the
 * one whose class is "title" is its heading.
 * Comments, deleted text (tracked changes), how a word is read aloud, what a sheet says to who
 * types into it (validations) and a presentation's margins are left out; footnotes stand where they
 * are called. A paragraph inside a paragraph (a text box, a note) is written before the one around
 * it. What is said of a picture stands in the text around it. Shapes of a sheet that lie in none of
 * its cells are paragraphs of it. A table inside a cell becomes text of that cell. A hidden sheet
 * is read, and its heading says so; that it is one stands in its style, which comes before it. A
 * paragraph whose style is "Title" or "Subtitle", or made of one of them, is a heading, too.
 *
 * Source: ODF 1.3 part 3: 5 (paragraphs, lists, notes), 9 (tables), 10.4.2 (frames), 3.2 (pages).
 *
 * An example of counts: a row of a sheet with the cells "a" (3 times) and empty (16381 times),
 * which is repeated 2 times, is "a | a | a" once, and the next row is two lines further down.
 */
#include <stdio.h>

#include "knowledge/read/clean.h"
#include "knowledge/read/grid.h"
#include "knowledge/read/package.h"
#include "knowledge/read/xml.h"

enum { REPEAT_MAX = 64, REPEAT_LIMIT = 1 << 24, LEVEL_MAX = 6, STYLE_MAX = 64,
       TITLES_MAX = 16 << 10 };

/* What a cell over several rows or columns says in one of its columns. */
typedef struct Reach {
    uint32_t until; /* the last row of it; 0: nothing reaches into the column */
    char label[MERGED_LABEL_BYTES + 1];
} Reach;

typedef struct Odf {
    Doc *doc;
    Grid grid;   /* of a spreadsheet */
    bool sheet;  /* it is one */
    bool in_cell; /* of the outermost table */
    Buf text[2]; /* of the paragraph; [1]: of one inside it */
    Buf row, cell, item;
    Buf hidden;           /* names of the styles of hidden sheets, one a line */
    Buf titles[2];        /* of paragraphs like a title, and like a subtitle */
    char style[STYLE_MAX]; /* the open one */
    int paragraphs, skipped, lists, tables, header_rows; /* open ones */
    int heading;                                         /* level of the open heading; 0: none */
    bool item_begins; /* the item's "- " is still to be written */
    bool title;       /* inside a frame with a page's title */
    uint32_t page;
    uint32_t line, column, repeat; /* of the open row and cell */
    GridCell kind;
    unsigned cells;
    uint32_t wide, high; /* the open cell's */
    Reach reach[MERGED_COLUMNS_MAX]; /* of the open table */
    size_t again; /* bytes that covered cells have said */
} Odf;

/* The text of the outermost paragraph, or of one inside it. */
static Buf *words(Odf *o) {
    return &o->text[o->paragraphs > 1];
}

/* What is not the document's text, and a presentation's margins. */
static bool is_skipped(const char *name, const char *const *attrs) {
    if (xml_is(name, "tracked-changes") || xml_is(name, "annotation") ||
        xml_is(name, "note-citation") || xml_is(name, "forms") || xml_is(name, "sequence-decls") ||
        xml_is(name, "ruby-text") || xml_is(name, "content-validations")) {
        return true;
    }
    const char *class = xml_is(name, "frame") ? xml_attr(attrs, "class") : NULL;
    return class && (xml_is(class, "page-number") || xml_is(class, "date-time") ||
                     xml_is(class, "footer") || xml_is(class, "header"));
}

/* Is the name one of these, one a line? */
static bool names_style(const Buf *names, const char *style) {
    Str all = buf_str(names), wanted = str_from(style);
    for (size_t at = 0; wanted.n && (at = str_find(all, wanted, at)) != SIZE_MAX; at++) {
        bool begins = at == 0 || all.p[at - 1] == '\n';
        if (begins && at + wanted.n < all.n && all.p[at + wanted.n] == '\n') return true;
    }
    return false;
}

/* The level of a paragraph that is set as a title, 1, or as a subtitle, 2; else 0. */
static int title_level(const Odf *o, const char *style) {
    static const char *const own[] = {"Title", "Subtitle"};
    for (int i = 0; style && i < 2; i++) {
        if (xml_is(style, own[i]) || names_style(&o->titles[i], style)) return i + 1;
    }
    return 0;
}

/* A third level of nesting goes on in the text of the second. */
static void paragraph_open(Odf *o, const char *name, const char *const *attrs) {
    if (o->paragraphs++ < 2) buf_clear(words(o));
    else buf_add_byte(words(o), ' ');
    if (o->paragraphs > 1) return;
    o->heading = xml_is(name, "h") ? (int)xml_number(xml_attr(attrs, "outline-level"), 9, 1)
                                   : title_level(o, xml_attr(attrs, "style-name"));
    if (o->title) o->heading = 2;
}

/* The title and the description of a picture or an object: no part of the words around them. */
static bool is_aside(const char *name) {
    return xml_is(name, "title") || xml_is(name, "desc");
}

/* Blanks, tabs and line breaks are elements. */
static void inline_open(Odf *o, const char *name, const char *const *attrs) {
    if (!o->paragraphs) return;
    bool blank = xml_is(name, "s") || xml_is(name, "tab") || xml_is(name, "line-break") ||
                 is_aside(name);
    if (blank) buf_add_byte(words(o), ' ');
}

/* The row before it counts for as many as it says. */
static Status row_open(Odf *o, const char *const *attrs) {
    o->line += o->repeat;
    o->repeat = xml_number(xml_attr(attrs, "number-rows-repeated"), REPEAT_LIMIT, 1);
    o->column = 0;
    o->cells = 0;
    buf_clear(&o->row);
    grid_row(&o->grid, o->line);
    return OK;
}

/* By value type; a cell without one holds words or nothing. */
static GridCell kind_of(const char *type) {
    if (!type || xml_is(type, "string") || xml_is(type, "boolean")) return GRID_WORDS;
    return xml_is(type, "date") || xml_is(type, "time") ? GRID_DAY : GRID_NUMBER;
}

/* Styles come before what is set in them. Those of tables that say "display: false" hide one. */
static void style_open(Odf *o, const char *name, const char *const *attrs) {
    const char *value = xml_attr(attrs, xml_is(name, "style") ? "name" : "display");
    if (xml_is(name, "style")) {
        const char *parent = xml_attr(attrs, "parent-style-name");
        int level = title_level(o, parent);
        (void)snprintf(o->style, sizeof o->style, "%s", value ? value : "");
        bool room = level && o->titles[level - 1].n < TITLES_MAX;
        if (room) buf_printf(&o->titles[level - 1], "%s\n", o->style);
    }
    if (!xml_is(name, "table-properties") || !value || !xml_is(value, "false")) return;
    buf_printf(&o->hidden, "%s\n", o->style);
}

/* Only the outermost table; of a spreadsheet it is a sheet. */
static Status table_open(Odf *o, const char *name, const char *const *attrs, Err *err) {
    if (xml_is(name, "table")) {
        if (o->tables++) return OK;
        o->in_cell = false;
        o->line = 1;
        o->repeat = o->header_rows = 0;
        memset(o->reach, 0, sizeof o->reach);
        if (!o->sheet) return OK;
        bool hidden = names_style(&o->hidden, xml_attr(attrs, "style-name"));
        return grid_sheet(&o->grid, str_from(xml_attr(attrs, "name")), hidden, err);
    }
    if (o->tables != 1) return OK;
    if (xml_is(name, "table-header-rows")) o->header_rows++;
    if (xml_is(name, "table-row")) return row_open(o, attrs);
    if (xml_is(name, "table-cell") || xml_is(name, "covered-table-cell")) {
        o->in_cell = true;
        o->kind = kind_of(xml_attr(attrs, "value-type"));
        buf_clear(&o->cell);
        o->cells = xml_number(xml_attr(attrs, "number-columns-repeated"), REPEAT_LIMIT, 1);
        o->wide = xml_number(xml_attr(attrs, "number-columns-spanned"), MERGED_COLUMNS_MAX, 1);
        o->high = xml_number(xml_attr(attrs, "number-rows-spanned"), REPEAT_LIMIT, 1);
    }
    return OK;
}

/* All three kinds of documents by one set of events: their elements have different names. */
static Status odf_open(void *user, const char *name, const char *const *attrs, Err *err) {
    Odf *o = user;
    if (o->skipped || is_skipped(name, attrs)) {
        o->skipped++;
        return OK;
    }
    style_open(o, name, attrs);
    if (xml_is(name, "spreadsheet")) o->sheet = true;
    if (xml_is(name, "page")) o->doc->n_pages = ++o->page;
    if (xml_is(name, "frame")) {
        const char *class = xml_attr(attrs, "class");
        o->title = class && xml_is(class, "title");
    }
    if (xml_is(name, "list")) o->lists++;
    if (xml_is(name, "list-item") || xml_is(name, "list-header")) o->item_begins = true;
    if (xml_is(name, "p") || xml_is(name, "h"))
        paragraph_open(o, name, attrs);
    else
        inline_open(o, name, attrs);
    return table_open(o, name, attrs, err);
}

/* As heading, as the first paragraph of an item, or plain. */
static Status emit_paragraph(Odf *o, Str text, bool inner, Err *err) {
    EmitAt at = {BLOCK_PARAGRAPH, 0, o->page, 0, EMIT_FLOW};
    text = str_trim(text);
    if (!inner && o->heading) {
        at.kind = BLOCK_HEADING;
        at.level = o->heading < LEVEL_MAX ? o->heading : LEVEL_MAX;
        return emit_block(o->doc, at, text, err);
    }
    if (!o->lists || inner || !o->item_begins || !text.n) {
        return emit_block(o->doc, at, text, err);
    }
    o->item_begins = false;
    buf_clear(&o->item);
    buf_add_c(&o->item, "- ");
    buf_add_str(&o->item, text);
    TRY(buf_check(&o->item, "a paragraph", err));
    at.kind = BLOCK_LIST_ITEM;
    at.level = o->lists < LEVEL_MAX ? o->lists : LEVEL_MAX;
    return emit_block(o->doc, at, buf_str(&o->item), err);
}

/* Into the open cell, or into the document. */
static Status paragraph_close(Odf *o, Err *err) {
    bool inner = o->paragraphs > 1;
    Buf *text = words(o);
    if (--o->paragraphs > 1) {
        buf_add_byte(text, ' ');
        return OK;
    }
    TRY(buf_check(text, "a paragraph", err));
    if (o->sheet && o->tables == 1 && !o->in_cell) {
        EmitAt at = {BLOCK_PARAGRAPH, 0, o->grid.sheet, 0, EMIT_FLOW};
        return emit_block(o->doc, at, buf_str(text), err);
    }
    if (!o->tables) return emit_paragraph(o, buf_str(text), inner, err);
    if (o->cell.n && text->n) buf_add_byte(&o->cell, ' ');
    buf_add_str(&o->cell, buf_str(text));
    buf_clear(text);
    return buf_check(&o->cell, "a cell of a table", err);
}

/* What the open cell says is said by those that it covers, too: below it always, beside it where
   something stands on the left, or a title over a whole table would be said in each column. */
static void reach_out(Odf *o, Str text) {
    uint32_t left = o->sheet ? o->grid.left : 0;
    if (o->wide * o->high <= 1 || text.n > MERGED_LABEL_BYTES) return;
    if (o->wide > 1 && o->column <= left) return;
    for (uint32_t i = o->column; i < o->column + o->wide && i < MERGED_COLUMNS_MAX; i++) {
        o->reach[i].until = o->line + o->high - 1;
        memcpy(o->reach[i].label, text.p, text.n);
        o->reach[i].label[text.n] = 0;
    }
}

/* Of a covered cell, which is empty, what reaches over it. */
static Str covered(Odf *o) {
    bool inside = o->column < MERGED_COLUMNS_MAX && o->again < MERGED_AGAIN_MAX;
    if (!inside || o->reach[o->column].until < o->line) return (Str){"", 0};
    Str label = str_from(o->reach[o->column].label);
    o->again += label.n;
    return label;
}

/* A filled cell repeats itself; an empty one only moves the column on. */
static void cell_close(Odf *o, bool is_covered) {
    Str text = str_trim(buf_str(&o->cell));
    if (text.n) reach_out(o, text);
    else if (is_covered) text = covered(o);
    uint32_t times = text.n ? o->cells : 1;
    for (uint32_t i = 0; i < times && i < REPEAT_MAX; i++) {
        if (o->sheet) {
            grid_cell(&o->grid, o->column + i, o->kind, text);
        } else {
            if (o->column + i) buf_add_c(&o->row, " | ");
            buf_add_str(&o->row, text);
        }
    }
    o->column += o->sheet ? o->cells : times < REPEAT_MAX ? times : REPEAT_MAX;
}

/* A row of a sheet goes to the grid, which knows columns; one of a text is joined here. */
static Status row_close(Odf *o, Err *err) {
    if (o->sheet) return grid_row_end(&o->grid, err);
    Str row = buf_str(&o->row);
    bool filled = false;
    for (size_t i = 0; i < row.n && !filled; i++) filled = row.p[i] != ' ' && row.p[i] != '|';
    if (!filled) return OK;
    TRY(buf_check(&o->row, "a row of a table", err));
    return emit_block(o->doc, (EmitAt){BLOCK_TABLE_ROW, o->header_rows > 0, o->page, 0, EMIT_FLOW},
                      row, err);
}

static Status table_close(Odf *o, const char *name, Err *err) {
    if (xml_is(name, "table") && o->tables) o->tables--;
    if (o->tables != 1) return OK;
    if (xml_is(name, "table-header-rows") && o->header_rows) o->header_rows--;
    if (xml_is(name, "table-cell") || xml_is(name, "covered-table-cell")) {
        cell_close(o, xml_is(name, "covered-table-cell"));
        o->in_cell = false;
    }
    return xml_is(name, "table-row") ? row_close(o, err) : OK;
}

static Status odf_close(void *user, const char *name, Err *err) {
    Odf *o = user;
    if (o->skipped) {
        o->skipped--;
        return OK;
    }
    if (o->paragraphs && is_aside(name)) buf_add_byte(words(o), ' ');
    if (xml_is(name, "list") && o->lists) o->lists--;
    if (xml_is(name, "frame")) o->title = false;
    if ((xml_is(name, "p") || xml_is(name, "h")) && o->paragraphs) return paragraph_close(o, err);
    return table_close(o, name, err);
}

static Status odf_text(void *user, Str text, Err *err) {
    Odf *o = user;
    if (o->paragraphs && !o->skipped) buf_add_str(words(o), text);
    return OK;
}

/* The manifest tells of every part that is encrypted. */
static Status manifest_open(void *user, const char *name, const char *const *attrs, Err *err) {
    *(bool *)user |= xml_is(name, "encryption-data");
    return OK;
}

/* A manifest that cannot be read says nothing; then the parts will tell. */
static bool is_encrypted(const Package *pk) {
    bool found = false;
    XmlEvents events = {manifest_open, xml_ignore_close, xml_ignore_text, &found};
    Str manifest = package_part(pk, "META-INF/manifest.xml");
    return manifest.n && xml_parse(manifest, "manifest.xml", &events, NULL) == OK && found;
}

Status read_odf(const Package *pk, Doc *doc, Err *err) {
    if (is_encrypted(pk)) return read_needs_password(err);
    TRY(emit_meta(&doc->format, STR("opendocument"), err));
    read_core(package_part(pk, "meta.xml"), doc);
    Odf o = {.doc = doc};
    Buf *bufs[] = {&o.text[0], &o.text[1], &o.row, &o.cell, &o.item,     &o.hidden,
                   &o.titles[0], &o.titles[1]};
    for (size_t i = 0; i < ARRAY_LEN(bufs); i++) buf_init(bufs[i], DOC_TEXT_MAX);
    grid_init(&o.grid, doc);
    XmlEvents events = {odf_open, odf_close, odf_text, &o};
    Status status = xml_parse(package_part(pk, "content.xml"), "content.xml", &events, err);
    grid_fini(&o.grid);
    for (size_t i = 0; i < ARRAY_LEN(bufs); i++) buf_fini(bufs[i]);
    return status;
}
