/*
 * PowerPoint presentations (.pptx): the words of each slide, of its SmartArt and charts, then its
 * speaker's notes.
 *
 * presentation.xml lists the slides in their order; relations say which part each one is, and which
 * part holds its notes. A shape says by its placeholder what it is: a title becomes a heading, the
 * paragraphs of a body become list items at their level, a text box paragraphs; date, footer and
 * slide number are left out. Tables give one row a block, cells joined by " | ". A block's page is
 * the number of its slide. Pictures have no words here.
 *
 * Source: ECMA-376 part 1, chapters 19 (PresentationML) and 21.1 (DrawingML text and tables).
 *
 *     slide 3   title placeholder      heading 2    Costs
 *               body placeholder       item 1       - rent
 *                                      item 2       - heating
 *               text box               paragraph    as of March
 *               notes                  paragraph    what the speaker says
 */
#include "knowledge/read/clean.h"
#include "knowledge/read/package.h"
#include "knowledge/read/xml.h"

enum { SLIDES_MAX = 4096, LEVEL_MAX = 5 };

typedef enum Shape { SHAPE_BOX, SHAPE_TITLE, SHAPE_BODY, SHAPE_LEFT_OUT } Shape;

typedef struct Pptx {
    const Package *pk;
    Doc *doc;
    Relations slides;
    uint32_t slide;
    bool notes; /* they are being read */
    Shape shape;
    Buf text, row, cell;
    int level, fallback;
    bool in_text, plain; /* a paragraph without a bullet */
    bool table, header_row;
    unsigned rows, cells;
} Pptx;

/* By the type of the placeholder. Notes are prose, so their body is no list. */
static Shape shape_of(const Pptx *p, const char *type) {
    if (!type || xml_is(type, "body") || xml_is(type, "obj")) {
        return p->notes ? SHAPE_BOX : SHAPE_BODY;
    }
    if (xml_is(type, "title") || xml_is(type, "ctrTitle")) return SHAPE_TITLE;
    bool margin = xml_is(type, "dt") || xml_is(type, "ftr") || xml_is(type, "hdr") ||
                  xml_is(type, "sldNum");
    return margin || xml_is(type, "sldImg") ? SHAPE_LEFT_OUT : SHAPE_BOX;
}

static void paragraph_properties(Pptx *p, const char *const *attrs) {
    const char *level = xml_attr(attrs, "lvl");
    if (level && level[0] >= '0' && level[0] <= '8') p->level = level[0] - '0';
}

/* firstRow says whether the first row is a header. */
static void table_open(Pptx *p, const char *name, const char *const *attrs) {
    if (xml_is(name, "tbl")) {
        p->table = true;
        p->rows = 0;
        p->header_row = false;
    } else if (xml_is(name, "tblPr")) {
        const char *first = xml_attr(attrs, "firstRow");
        p->header_row = first && (xml_is(first, "1") || xml_is(first, "true"));
    } else if (xml_is(name, "tr")) {
        p->cells = 0;
        buf_clear(&p->row);
    } else if (xml_is(name, "tc")) {
        buf_clear(&p->cell);
    }
}

/* Copies for programs that lack something (Fallback) are passed over whole. */
static Status slide_open(void *user, const char *name, const char *const *attrs, Err *err) {
    Pptx *p = user;
    if (p->fallback || xml_is(name, "Fallback")) {
        p->fallback++;
        return OK;
    }
    if (xml_is(name, "sp")) p->shape = SHAPE_BOX;
    if (xml_is(name, "ph")) p->shape = shape_of(p, xml_attr(attrs, "type"));
    if (xml_is(name, "p")) {
        buf_clear(&p->text);
        p->level = 0;
        p->plain = false;
    }
    if (xml_is(name, "pPr")) paragraph_properties(p, attrs);
    if (xml_is(name, "buNone")) p->plain = true;
    if (xml_is(name, "br") || xml_is(name, "tab")) buf_add_byte(&p->text, ' ');
    p->in_text = xml_is(name, "t");
    table_open(p, name, attrs);
    return OK;
}

static Status slide_text(void *user, Str text, Err *err) {
    Pptx *p = user;
    if (p->in_text && !p->fallback) buf_add_str(&p->text, text);
    return OK;
}

/* Into the open cell, or by its shape into the document. */
static Status end_paragraph(Pptx *p, Err *err) {
    TRY(buf_check(&p->text, "a paragraph", err));
    Str words = str_trim(buf_str(&p->text));
    if (p->table) {
        if (p->cell.n && words.n) buf_add_byte(&p->cell, ' ');
        buf_add_str(&p->cell, words);
        return buf_check(&p->cell, "a cell of a table", err);
    }
    if (p->shape == SHAPE_LEFT_OUT || words.n == 0) return OK;
    EmitAt at = {BLOCK_PARAGRAPH, 0, p->slide, 0, EMIT_FLOW};
    if (p->shape == SHAPE_TITLE) at = (EmitAt){BLOCK_HEADING, 2, p->slide, 0, EMIT_FLOW};
    if (p->shape != SHAPE_BODY || p->plain) return emit_block(p->doc, at, words, err);
    buf_clear(&p->cell);
    buf_add_c(&p->cell, "- ");
    buf_add_str(&p->cell, words);
    TRY(buf_check(&p->cell, "a paragraph", err));
    at.kind = BLOCK_LIST_ITEM;
    at.level = p->level < LEVEL_MAX ? p->level + 1 : LEVEL_MAX + 1;
    return emit_block(p->doc, at, buf_str(&p->cell), err);
}

/* A row whose cells are all empty is left out, but counts. */
static Status end_row(Pptx *p, Err *err) {
    bool header = p->header_row && p->rows++ == 0;
    Str row = buf_str(&p->row);
    bool filled = false;
    for (size_t i = 0; i < row.n && !filled; i++) filled = row.p[i] != ' ' && row.p[i] != '|';
    if (!filled) return OK;
    TRY(buf_check(&p->row, "a row of a table", err));
    return emit_block(p->doc, (EmitAt){BLOCK_TABLE_ROW, header, p->slide, 0, EMIT_FLOW}, row, err);
}

static Status slide_close(void *user, const char *name, Err *err) {
    Pptx *p = user;
    if (p->fallback) {
        p->fallback--;
        return OK;
    }
    p->in_text = false;
    if (xml_is(name, "p")) return end_paragraph(p, err);
    if (xml_is(name, "tc")) {
        if (p->cells++) buf_add_c(&p->row, " | ");
        buf_add_str(&p->row, buf_str(&p->cell));
    }
    if (xml_is(name, "tbl")) p->table = false;
    return xml_is(name, "tr") && p->table ? end_row(p, err) : OK;
}

/* A slide or its notes; a part that is missing is empty. */
static Status read_part(Pptx *p, const char *part, Err *err) {
    XmlEvents events = {slide_open, slide_close, slide_text, p};
    Str bytes = package_part(p->pk, part);
    p->shape = SHAPE_BOX;
    p->table = p->in_text = false;
    p->fallback = 0;
    return bytes.n ? xml_parse(bytes, part, &events, err) : OK;
}

/* The slide, its drawings, then what its relations name as its notes. */
static Status read_slide(Pptx *p, const char *part, Err *err) {
    Relations around;
    p->notes = false;
    Status status = read_part(p, part, err);
    if (status != OK) return status;
    status = relations_read(p->pk, part, &around, err);
    if (status == OK) status = read_drawings(p->pk, &around, p->slide, p->doc, err);
    const char *notes = status == OK ? relations_by_type(&around, "/notesSlide") : NULL;
    p->notes = true;
    if (notes) status = read_part(p, notes, err);
    relations_fini(&around);
    return status;
}

/* Slides in the order in which they are shown. */
static Status show_open(void *user, const char *name, const char *const *attrs, Err *err) {
    Pptx *p = user;
    if (!xml_is(name, "sldId")) return OK;
    /* two attributes are called id: the relation's is the one that relations know */
    const char *part = NULL;
    for (size_t i = 0; attrs[i] && !part; i += 2) {
        part = relations_by_id(&p->slides, attrs[i + 1]);
    }
    if (p->slide++ == SLIDES_MAX) {
        return err_set(err, E_LIMIT, "a presentation of more than %d slides", SLIDES_MAX);
    }
    p->doc->n_pages = p->slide;
    return part ? read_slide(p, part, err) : OK;
}

static Status read_show(Pptx *p, Err *err) {
    static const char show[] = "ppt/presentation.xml";
    XmlEvents events = {show_open, xml_ignore_close, xml_ignore_text, p};
    TRY(relations_read(p->pk, show, &p->slides, err));
    return xml_parse(package_part(p->pk, show), "presentation.xml", &events, err);
}

Status read_pptx(const Package *pk, Doc *doc, Err *err) {
    TRY(emit_meta(&doc->format, STR("pptx"), err));
    read_core(package_part(pk, "docProps/core.xml"), doc);
    Pptx p = {.pk = pk, .doc = doc};
    Buf *bufs[] = {&p.text, &p.row, &p.cell};
    for (size_t i = 0; i < ARRAY_LEN(bufs); i++) buf_init(bufs[i], DOC_TEXT_MAX);
    Status status = read_show(&p, err);
    for (size_t i = 0; i < ARRAY_LEN(bufs); i++) buf_fini(bufs[i]);
    relations_fini(&p.slides);
    return status;
}
