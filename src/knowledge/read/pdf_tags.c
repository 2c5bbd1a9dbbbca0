/*
 * The body of pdf_tags.h: reads the structure tree of a tagged PDF.
 *
 * Programs that export documents (Word, LibreOffice, browsers, typst, InDesign) write down what
 * each piece of a page is. The catalog's /StructTreeRoot is a tree of elements:
 *
 *     << /S /H1 /Pg 12 0 R /K [4 5] >>                       a heading: pieces 4 and 5 of a page
 *     << /S /TD /A << /O /Table /RowSpan 2 >> /K 31 0 R >>   a cell of two rows: element 31
 *
 * /S is what it is, a name of the standard or one that /RoleMap leads to it. /K is a kid or a list
 * of kids: an element, the number of a marked piece on page /Pg, or << /MCID 4 /Pg 12 0 R >>. The
 * content of a page says where piece 4 begins and ends (pdf_draw.c). The order of the tree is the
 * order of reading.
 *
 * When all is read, each element gets the block in which its words stand: a Span the paragraph
 * around it, the first P of a list's item the item (so that its label and it are one), all that is
 * in a cell the cell. A numbered heading, which some programs put into an item, is a heading.
 * Tables get places for their cells: from left to right, past those that reach down from rows
 * above.
 *
 * Not believed is a tree in which a piece of a page stands twice, one that is too deep or too
 * large. A table in a table's cell, one of a single row or column, or whose cells stand outside of
 * rows is for layout: its cells are paragraphs. Whether a page is read by its tags is decided page
 * by page, by what they cover (pdf_tagged.c).
 *
 * Limits: DEPTH_MAX, TAGS_MAX elements, MARKS_MAX pieces, COLUMNS_MAX and SPAN_MAX of tables, and
 * the work that pdf_file.c grants a file. Classes of attributes (/C) and pieces of forms (/Stm)
 * are not read, nor are /ActualText (pdftotext gives it), /Alt and /Lang. Source: ISO 32000-2, 14.6
 * to 14.8.
 */
#include "knowledge/read/pdf_tags.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/plain.h"

enum { DEPTH_MAX = 100, TAGS_MAX = 400000, MARKS_MAX = 1000000, ROLES_MAX = 8, COLUMNS_MAX = 48,
       SPAN_MAX = 1000, NAME_BYTES = 64, ROWS_MAX = 60000 };

typedef struct Walk {
    PdfFile *file;
    PdfTags *tags;
    Str roles; /* /RoleMap */
} Walk;

/* What is asked of an element's dictionary, in one go. */
typedef struct Element {
    Str kind, kids, page, attributes, mark, space;
} Element;

/* ---- elements ---- */

static Element element_of(Str dict) {
    static const char *const keys[] = {"/S", "/K", "/Pg", "/A", "/MCID", "/NS"};
    Str found[ARRAY_LEN(keys)] = {{NULL, 0}};
    size_t at = 0;
    if (str_eq_c(pdf_file_word(dict, &at), "<<")) {
        for (;;) {
            Str name = pdf_file_word(dict, &at);
            if (!name.n || name.p[0] != '/') break;
            Str value = pdf_file_value(dict, &at);
            for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
                if (str_eq_c(name, keys[i])) found[i] = value;
            }
        }
    }
    return (Element){found[0], found[1], found[2], found[3], found[4], found[5]};
}

typedef struct Known {
    const char *name;
    PdfRole role;
} Known;

/* Every other name that is known says what is around others. */
static const Known KNOWN[] = {
    {"P", PDF_TEXT},         {"Title", PDF_HEADING},  {"H", PDF_HEADING},
    {"Caption", PDF_TEXT},   {"Note", PDF_TEXT},      {"FENote", PDF_TEXT},
    {"TOCI", PDF_TEXT},      {"Figure", PDF_TEXT},    {"BibEntry", PDF_TEXT},
    {"L", PDF_LIST},         {"LI", PDF_ITEM},        {"Lbl", PDF_INLINE},
    {"LBody", PDF_INLINE},   {"Table", PDF_TABLE},    {"TR", PDF_ROW},
    {"TD", PDF_CELL},        {"TH", PDF_HEAD_CELL},   {"Code", PDF_CODE},
    {"Span", PDF_INLINE},    {"Link", PDF_INLINE},    {"Em", PDF_INLINE},
    {"Strong", PDF_INLINE},  {"Quote", PDF_INLINE},   {"NonStruct", PDF_INLINE},
    {"Sub", PDF_INLINE},     {"Reference", PDF_INLINE}, {"Annot", PDF_INLINE},
    {"Formula", PDF_FORMULA}, {"Ruby", PDF_INLINE},    {"RB", PDF_INLINE},
    {"RT", PDF_INLINE},      {"RP", PDF_INLINE},      {"Warichu", PDF_INLINE},
    {"WT", PDF_INLINE},      {"WP", PDF_INLINE},      {"Form", PDF_INLINE},
    {"Artifact", PDF_UNREAD},
};

/* "H3": 3. The standard allows more than six. */
static uint8_t heading_level(Str name) {
    if (name.n < 2 || name.n > 3 || name.p[0] != 'H') return 0;
    for (size_t i = 1; i < name.n; i++) {
        if (!plain_is_digit(name.p[i])) return 0;
    }
    return name.n > 2 || name.p[1] > '6' ? 6 : (uint8_t)(name.p[1] - '0');
}

/* false: no name of the standard that counts here. */
static bool role_of(Str name, PdfTag *tag) {
    tag->level = heading_level(name);
    tag->role = PDF_HEADING;
    if (tag->level) return true;
    for (size_t i = 0; i < ARRAY_LEN(KNOWN); i++) {
        if (!str_eq_c(name, KNOWN[i].name)) continue;
        tag->role = (uint8_t)KNOWN[i].role;
        return true;
    }
    tag->role = PDF_PART;
    return false;
}

/* A name of the program's own leads to another one, and at last to one of the standard: by the map
   of its namespace, which may say a list of a name and its namespace, or by the document's. */
static void find_role(Walk *w, Str name, Str space, PdfTag *tag) {
    char key[NAME_BYTES];
    space = pdf_file_follow(w->file, space);
    for (int i = 0; i < ROLES_MAX; i++) {
        if (name.n < 2 || name.n > sizeof key) break;
        name = str_sub(name, 1, name.n);
        if (role_of(name, tag)) return;
        memcpy(key, name.p, name.n);
        key[name.n] = 0;
        Str map = space.n ? pdf_file_get(w->file, space, "RoleMapNS") : (Str){NULL, 0};
        name = pdf_file_get(w->file, map.n ? map : w->roles, key);
        size_t at = 1;
        if (!name.n || name.p[0] != '[') continue;
        Str list = name;
        name = pdf_file_value(list, &at);
        space = pdf_file_follow(w->file, pdf_file_value(list, &at));
    }
    tag->role = PDF_PART;
    tag->level = 0;
}

/* How many rows or columns a cell spans; 1 where it does not say. */
static uint16_t span_of(Walk *w, Str attributes, const char *key) {
    size_t at = 1;
    double value = 0;
    attributes = pdf_file_follow(w->file, attributes);
    if (!attributes.n) return 1;
    if (attributes.p[0] == '<') value = pdf_file_number(pdf_file_get(w->file, attributes, key));
    while (attributes.p[0] == '[' && !value) {
        Str one = pdf_file_value(attributes, &at);
        if (!one.n || str_eq_c(one, "]")) break;
        one = pdf_file_follow(w->file, one);
        value = pdf_file_number(pdf_file_get(w->file, one, key));
    }
    return value < 1 ? 1 : value > SPAN_MAX ? SPAN_MAX : (uint16_t)value;
}

/* ---- the tree ---- */

/* What is below an element. */
typedef struct Place {
    uint32_t tag, page;
    int depth;
} Place;

/* false, here and below: the tree is not believed. */
static bool add_mark(Walk *w, Str number, Place at) {
    PdfTags *t = w->tags;
    double id = pdf_file_number(number);
    if (!at.page || id < 0 || id > INT32_MAX - 1) return true;
    PdfMark mark = {at.page, (int32_t)id, (uint32_t)t->n_marks + 1, at.tag};
    if (mem_grow((void **)&t->marks, &t->cap_marks, t->n_marks + 1, sizeof mark, MARKS_MAX, NULL) !=
        OK) {
        return false;
    }
    t->marks[t->n_marks++] = mark;
    return true;
}

static bool add_kids(Walk *w, Str kids, Place at);

static bool add_element(Walk *w, const Element *e, Place at) {
    PdfTags *t = w->tags;
    PdfTag tag = {.parent = at.tag, .rows = 1, .columns = 1};
    if (at.depth >= DEPTH_MAX) return false;
    find_role(w, e->kind, e->space, &tag);
    if (tag.role == PDF_CELL || tag.role == PDF_HEAD_CELL) {
        tag.rows = span_of(w, e->attributes, "RowSpan");
        tag.columns = span_of(w, e->attributes, "ColSpan");
    }
    if (mem_grow((void **)&t->tags, &t->cap, t->n + 1, sizeof tag, TAGS_MAX, NULL) != OK) {
        return false;
    }
    t->tags[t->n] = tag;
    return add_kids(w, e->kids, (Place){(uint32_t)t->n++, at.page, at.depth + 1});
}

static bool add_kid(Walk *w, Str kid, Place at) {
    kid = pdf_file_follow(w->file, kid);
    if (!kid.n) return true;
    if (plain_is_digit(kid.p[0])) return add_mark(w, kid, at);
    if (!str_starts(kid, STR("<<"))) return true;
    Element e = element_of(kid);
    if (e.page.n) at.page = pdf_file_number_of(w->file, pdf_file_follow(w->file, e.page));
    if (e.mark.n) return add_mark(w, e.mark, at);
    return !e.kind.n || add_element(w, &e, at); /* else an annotation, which has no words */
}

static bool add_kids(Walk *w, Str kids, Place at) {
    Str list = pdf_file_follow(w->file, kids);
    if (!list.n || list.p[0] != '[') return add_kid(w, kids, at);
    list = str_sub(list, 0, list.n - 1);
    for (size_t i = 1;;) {
        Str kid = pdf_file_value(list, &i);
        if (!kid.n) return true;
        if (!add_kid(w, kid, at)) return false;
    }
}

/* ---- tables ---- */

/* The table whose cells are being placed. */
typedef struct Filling {
    uint32_t table, rows, column;
    uint32_t until[COLUMNS_MAX]; /* the row in which a column is free again */
} Filling;

static void place_cell(Filling *f, PdfTag *table, PdfTag *cell) {
    while (f->column < COLUMNS_MAX && f->until[f->column] >= f->rows) f->column++;
    if (!f->rows || f->column + cell->columns > COLUMNS_MAX) {
        table->layout = true;
        return;
    }
    cell->row = (uint16_t)(f->rows - 1);
    cell->column = (uint16_t)f->column;
    for (uint32_t i = 0; i < cell->columns; i++) {
        f->until[f->column++] = f->rows + cell->rows - 1;
    }
    if (f->column > table->columns) table->columns = (uint16_t)f->column;
}

/* Finds for each element the table around it, and for each cell its place. */
static void place_cells(PdfTags *t) {
    Filling f = {0};
    for (uint32_t i = 1; i < t->n; i++) {
        PdfTag *tag = &t->tags[i];
        assert(tag->parent < i);
        tag->table = t->tags[tag->parent].table;
        PdfTag *table = &t->tags[tag->table];
        if (tag->role == PDF_TABLE) {
            table->layout = true; /* if there is one around it; what is said of the root is lost */
            tag->table = i;
            tag->columns = 0;
            f = (Filling){.table = i};
        } else if (tag->role == PDF_ROW && tag->table) {
            if (f.rows >= ROWS_MAX || f.table != tag->table) table->layout = true;
            else table->rows = (uint16_t)++f.rows;
            f.column = 0;
        } else if (tag->role == PDF_CELL || tag->role == PDF_HEAD_CELL) {
            if (f.table == tag->table && tag->table) place_cell(&f, table, tag);
        }
    }
    for (uint32_t i = 1; i < t->n; i++) {
        PdfTag *tag = &t->tags[i];
        if (tag->role == PDF_TABLE) tag->layout |= tag->rows < 2 || tag->columns < 2;
    }
}

/* ---- blocks ---- */

static bool is_block(const PdfTag *around, const PdfTag *tag) {
    switch (tag->role) {
    case PDF_INLINE: return false;
    case PDF_FORMULA: return around->role == PDF_PART;
    case PDF_PART: return around->role != PDF_ITEM; /* what is in it may fill the item */
    case PDF_CODE: return around->role == PDF_PART;
    case PDF_TEXT: return around->role != PDF_HEADING && around->role != PDF_CODE;
    default: return true;
    }
}

/* Joins a heading or a first paragraph with the item around it. */
static bool fills_item(PdfTag *around, const PdfTag *tag) {
    if (around->role != PDF_ITEM || around->filled) return false;
    around->filled = true;
    if (tag->role == PDF_HEADING) {
        around->role = PDF_HEADING;
        around->level = tag->level;
    }
    return tag->role == PDF_HEADING || tag->role == PDF_TEXT;
}

/* Parents come first, so that each finds the block around it. */
static void find_blocks(PdfTags *t) {
    for (uint32_t i = 1; i < t->n; i++) {
        PdfTag *tag = &t->tags[i], *parent = &t->tags[tag->parent];
        PdfTag *around = &t->tags[parent->block];
        if (parent->role == PDF_FORMULA) tag->role = PDF_INLINE;
        bool cell = tag->role == PDF_CELL || tag->role == PDF_HEAD_CELL;
        if (cell && (!tag->table || t->tags[tag->table].layout)) tag->role = PDF_PART;
        if (tag->role == PDF_HEADING && !tag->level) tag->level = 1;
        if (tag->role == PDF_LIST || tag->role == PDF_ITEM) {
            uint8_t level = parent->role == PDF_HEADING ? 0 : parent->level;
            tag->level = (uint8_t)(level + (tag->role == PDF_LIST && level < 6));
        } else if (tag->role != PDF_HEADING) {
            tag->level = parent->role == PDF_HEADING ? 0 : parent->level;
        }
        bool inside = around->role == PDF_CELL || around->role == PDF_HEAD_CELL ||
                      around->role == PDF_UNREAD || !is_block(around, tag) ||
                      fills_item(around, tag);
        tag->block = inside ? parent->block : i;
        if (parent->role == PDF_FORMULA) tag->role = PDF_FORMULA; /* below it, too */
        assert(tag->block <= i);
    }
}

/* ---- all of it ---- */

static int by_id(const void *a, const void *b) {
    const PdfMark *p = a, *q = b;
    if (p->page != q->page) return p->page < q->page ? -1 : 1;
    if (p->id != q->id) return p->id < q->id ? -1 : 1;
    return (p->order > q->order) - (p->order < q->order);
}

/* Does each piece stand in the tree once? */
static bool sort_marks(PdfTags *t) {
    if (!t->n_marks) return false;
    qsort(t->marks, t->n_marks, sizeof *t->marks, by_id);
    for (size_t i = 1; i < t->n_marks; i++) {
        const PdfMark *a = &t->marks[i - 1], *b = &t->marks[i];
        if (a->page == b->page && a->id == b->id) return false;
    }
    return true;
}

void pdf_tags_read(PdfFile *file, PdfTags *tags) {
    Str root = pdf_file_get(file, pdf_file_catalog(file), "StructTreeRoot");
    if (!root.n) return;
    Walk w = {file, tags, pdf_file_get(file, root, "RoleMap")};
    Element top = element_of(root);
    top.kind = (Str){NULL, 0};
    if (add_element(&w, &top, (Place){0}) && sort_marks(tags)) {
        place_cells(tags);
        find_blocks(tags);
        for (size_t i = 0; i < tags->n_marks; i++) {
            const PdfTag *tag = &tags->tags[tags->marks[i].tag];
            tags->headings |= tags->tags[tag->block].role == PDF_HEADING;
        }
    } else {
        pdf_tags_fini(tags);
    }
}

void pdf_tags_fini(PdfTags *tags) {
    mem_free(tags->tags);
    mem_free(tags->marks);
    *tags = (PdfTags){0};
}

const PdfMark *pdf_tags_mark(const PdfTags *tags, uint32_t page, int32_t id) {
    const PdfMark want = {.page = page, .id = id};
    size_t low = 0, high = tags->n_marks;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const PdfMark *m = &tags->marks[middle];
        if (m->page < want.page || (m->page == want.page && m->id < want.id)) low = middle + 1;
        else high = middle;
    }
    bool found = low < tags->n_marks && tags->marks[low].page == page && tags->marks[low].id == id;
    return found ? &tags->marks[low] : NULL;
}
