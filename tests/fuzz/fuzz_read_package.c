/*
 * Fuzzes the readers of packages: the first byte says which kind of document it is, and the rest is
 * the part with its text; or, behind a byte 0x1E, one more part (shared strings, styles, notes, a
 * chapter). What a zip archive itself may do is fuzzed by fuzz_read_docx.
 */
#include "doc_check.h"
#include "knowledge/read/package.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

typedef struct Part {
    const char *name, *xml; /* xml NULL: the next piece of the input */
} Part;

static const Part SHEETS[] = {
    {"xl/workbook.xml",
     "<workbook xmlns:r='r'><sheets><sheet name='s' r:id='a'/></sheets></workbook>"},
    {"xl/_rels/workbook.xml.rels",
     "<Relationships><Relationship Id='a' Type='t' Target='worksheets/s.xml'/></Relationships>"},
    {"xl/worksheets/s.xml", NULL},
    {"xl/sharedStrings.xml", NULL},
    {"xl/styles.xml", NULL},
    {"xl/worksheets/_rels/s.xml.rels",
     "<R><Relationship Id='a' Type='/comments' Target='../comments1.xml'/></R>"},
    {"xl/comments1.xml", NULL}};
static const Part SLIDES[] = {
    {"ppt/presentation.xml", "<p xmlns:r='r'><sldId id='1' r:id='a'/></p>"},
    {"ppt/_rels/presentation.xml.rels",
     "<Relationships><Relationship Id='a' Type='t' Target='slides/s.xml'/></Relationships>"},
    {"ppt/slides/s.xml", NULL},
    {"ppt/slides/_rels/s.xml.rels", NULL},
    {"ppt/notesSlides/n.xml", NULL}};
static const Part CHART[] = {
    {"ppt/presentation.xml", "<p xmlns:r='r'><sldId id='1' r:id='a'/></p>"},
    {"ppt/_rels/presentation.xml.rels",
     "<Relationships><Relationship Id='a' Type='t' Target='slides/s.xml'/></Relationships>"},
    {"ppt/slides/s.xml", "<sld/>"},
    {"ppt/slides/_rels/s.xml.rels",
     "<R><Relationship Id='a' Type='/chart' Target='../charts/chart1.xml'/></R>"},
    {"ppt/charts/chart1.xml", NULL}};
static const Part LETTER[] = {
    {"word/document.xml", "<document><p><r><t>text</t></r></p></document>"},
    {"word/_rels/document.xml.rels",
     "<R><Relationship Id='a' Type='/header' Target='h.xml'/>"
     "<Relationship Id='b' Type='/header' Target='g.xml'/></R>"},
    {"word/h.xml", NULL},
    {"word/g.xml", NULL},
    {"word/comments.xml", NULL}};
static const Part OPEN[] = {{"content.xml", NULL}, {"meta.xml", NULL}};
static const Part BOOK[] = {
    {"META-INF/container.xml", "<container><rootfile full-path='b/b.opf'/></container>"},
    {"b/b.opf", NULL},
    {"b/c.html", NULL}};

static const struct {
    char key;
    const char *mimetype;
    const Part *parts;
    size_t n;
} KINDS[] = {{'x', "", SHEETS, ARRAY_LEN(SHEETS)},
             {'p', "", SLIDES, ARRAY_LEN(SLIDES)},
             {'c', "", CHART, ARRAY_LEN(CHART)},
             {'w', "", LETTER, ARRAY_LEN(LETTER)},
             {'o', "application/vnd.oasis.opendocument.text", OPEN, ARRAY_LEN(OPEN)},
             {'e', "application/epub+zip", BOOK, ARRAY_LEN(BOOK)}};

/* The input up to the next 0x1E; *rest moves behind it. */
static Str next_piece(Str *rest) {
    const char *end = rest->n ? memchr(rest->p, 0x1E, rest->n) : NULL;
    Str piece = {rest->p, end ? (size_t)(end - rest->p) : rest->n};
    *rest = end ? str_sub(*rest, piece.n + 1, rest->n) : (Str){NULL, 0};
    return piece;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    if (n == 0) return 0;
    Str rest = {(const char *)data + 1, n - 1};
    size_t kind = 0;
    while (kind + 1 < ARRAY_LEN(KINDS) && KINDS[kind].key != (char)data[0]) kind++;
    Package pk;
    ReadResult result;
    Doc doc;
    Err err;
    Status status = OK;
    package_init(&pk);
    doc_init(&doc);
    memcpy(pk.mimetype, KINDS[kind].mimetype, strlen(KINDS[kind].mimetype));
    for (size_t i = 0; status == OK && i < KINDS[kind].n; i++) {
        const Part *part = &KINDS[kind].parts[i];
        Str xml = part->xml ? str_from(part->xml) : next_piece(&rest);
        status = package_add(&pk, part->name, xml, &err);
    }
    if (status == OK) status = read_package(&pk, &doc, &result, &err);
    if (status == OK) doc_check(&doc);
    doc_fini(&doc);
    package_close(&pk);
    return 0;
}
