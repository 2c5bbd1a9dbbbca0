/*
 * Promises of the readers of packages (spreadsheets, slides, OpenDocument, e-books), beyond what
 * the golden documents show: bad input ends in a named error or in less text, memory that fails
 * leaks nothing, and numbers of a sheet are what the sheet shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "knowledge/read/clean.h"
#include "knowledge/read/package.h"

typedef struct Part {
    const char *name, *xml;
} Part;

static const char BOOK[] = "<workbook xmlns:r='r'><workbookPr date1904='%s'/><sheets>"
                           "<sheet name='s' r:id='a'/></sheets></workbook>";
static const char BOOK_RELS[] =
    "<Relationships><Relationship Id='a' Type='t' Target='worksheets/s.xml'/></Relationships>";

/* Reads a package of these parts; doc is doc_init'd here. */
static Status read_parts(const char *mimetype, const Part *parts, size_t n, Doc *doc, Err *err) {
    Package pk;
    ReadResult result;
    Status status = OK;
    err_clear(err);
    doc_init(doc);
    package_init(&pk);
    (void)snprintf(pk.mimetype, sizeof pk.mimetype, "%s", mimetype);
    for (size_t i = 0; status == OK && i < n; i++) {
        status = package_add(&pk, parts[i].name, str_from(parts[i].xml), err);
    }
    if (status == OK) status = read_package(&pk, doc, &result, err);
    package_close(&pk);
    return status;
}

/* One sheet with these cells in its first row, their looks by number format codes 0, 1, ... */
static void assert_shows(const char *epoch, const char *code, const char *value,
                         const char *shown) {
    char book[256], sheet[256], styles[512];
    (void)snprintf(book, sizeof book, BOOK, epoch);
    (void)snprintf(sheet, sizeof sheet,
                   "<sheetData><row r='1'><c s='1'><v>%s</v></c></row></sheetData>", value);
    (void)snprintf(styles, sizeof styles,
                   "<s><numFmt numFmtId='200' formatCode='%s'/><cellXfs><xf numFmtId='0'/>"
                   "<xf numFmtId='200'/></cellXfs></s>",
                   code);
    Part parts[] = {{"xl/workbook.xml", book},
                    {"xl/_rels/workbook.xml.rels", BOOK_RELS},
                    {"xl/worksheets/s.xml", sheet},
                    {"xl/styles.xml", styles}};
    Doc doc;
    Err err;
    assert_int_equal(read_parts("", parts, ARRAY_LEN(parts), &doc, &err), OK);
    char want[128];
    (void)snprintf(want, sizeof want, "s\n\n%s", shown);
    assert_string_equal(doc.text.p, want);
    doc_fini(&doc);
}

static void numbers_of_a_sheet_are_what_it_shows(void **state) {
    assert_shows("0", "yyyy\"年\"m\"月\"d\"日\"", "45292", "2024-01-01");
    assert_shows("1", "dd/mm/yyyy", "0", "1904-01-01");
    assert_shows("0", "dd/mm/yyyy", "2958465", "9999-12-31");
    assert_shows("1", "dd/mm/yyyy", "2957003", "9999-12-31");
    assert_shows("1", "dd/mm/yyyy", "2957004", "2957004"); /* no day of the year 3 */
    assert_shows("0", "mmm yy", "60", "1900-02-28");
    assert_shows("0", "dd.mm.yy hh:mm", "45292.999994", "2024-01-01 23:59:59");
    assert_shows("0", "mm:ss", "0.5", "12:00");
    assert_shows("0", "[$$-409]#,##0.00", "1234.5", "1234.50 $");
    assert_shows("0", "0.0\" kg\"", "7", "7.0 kg");
    assert_shows("0", "[Red]0%", "0.256", "26%");
    assert_shows("0", "[Magenta]0.00", "990.9", "990.90"); /* a colour, and no minutes */
    assert_shows("0", "[HH]:mm", "1.5", "36:00");
    assert_shows("0", "hh:mm:ss", "40293.73787", "17:42:32"); /* of a moment the time */
    assert_shows("0", "h:mm AM/PM", "1.5", "12:00");
    assert_shows("0", "dd.mm.yyyy [hh]:mm", "45292.5", "2024-01-01 12:00");
    assert_shows("0", "General", "1234567890.5", "1234567890.5");
    assert_shows("0", "yyyy", "-1", "-1");
    assert_shows("0", "yyyy", "99999999999", "99999999999");
    assert_shows("0", "[", "5", "5");
    assert_shows("0", "\\", "5", "5");
    assert_shows("0", "0.00", "no number", "no number");
}

/* Notes at the foot of a page and those at the end of the document are its text alike. */
static void a_document_has_its_notes_behind_it(void **state) {
    Part parts[] = {
        {"word/document.xml",
         "<document><body><p><r><t>Rent is due.</t></r></p></body></document>"},
        {"word/footnotes.xml", "<footnotes><footnote><p><r><t>At the foot.</t></r></p></footnote>"
                               "</footnotes>"},
        {"word/endnotes.xml", "<endnotes><endnote><p><r><t>At the end.</t></r></p></endnote>"
                              "</endnotes>"}};
    Doc doc;
    Err err;
    assert_int_equal(read_parts("", parts, ARRAY_LEN(parts), &doc, &err), OK);
    assert_string_equal(doc.text.p, "Rent is due.\n\nAt the foot.\n\nAt the end.");
    doc_fini(&doc);
}

/* Word on the web calls the document's part document2.xml, and relations tell the rest. */
static void page_margins_and_comments_are_read_once_and_relations_name_the_parts(void **state) {
    Part parts[] = {
        {"_rels/.rels", "<R><Relationship Id='a' Type='x/officeDocument' "
                        "Target='word/document2.xml'/></R>"},
        {"word/_rels/document2.xml.rels",
         "<R><Relationship Id='a' Type='x/header' Target='h1.xml'/>"
         "<Relationship Id='b' Type='x/header' Target='h2.xml'/>"
         "<Relationship Id='c' Type='x/footer' Target='f.xml'/>"
         "<Relationship Id='d' Type='x/styles' Target='s2.xml'/>"
         "<Relationship Id='e' Type='x/comments' Target='c.xml'/></R>"},
        {"word/s2.xml", "<styles><style styleId='x'><name val='heading 1'/></style></styles>"},
        {"word/h1.xml", "<hdr><p><pPr><pStyle val='x'/></pPr><r><t>Kestrel Pottery</t></r></p>"
                        "<p><r><t>3</t></r></p></hdr>"},
        {"word/h2.xml", "<hdr><p><r><t>Kestrel Pottery</t></r></p><tbl><tr><tc><p><r><t>Tel.</t>"
                        "</r></p></tc><tc><p><r><t>01632</t></r></p></tc></tr></tbl></hdr>"},
        {"word/f.xml", "<ftr><p><r><t>Kestrel</t></r></p><p><r><t>Kestrel Pottery</t></r></p>"},
        {"word/c.xml", "<comments><comment author='Anna'><p/><p><r><t>Ask them.</t></r></p>"
                       "<p><r><t>Soon.</t></r></p></comment></comments>"},
        {"word/document2.xml",
         "<document><body><p><pPr><pStyle val='x'/></pPr><r><t>Kilns</t></r></p><p><r><ruby>"
         "<rt><r><t>aloud</t></r></rt><rubyBase><r><t>base</t></r></rubyBase></ruby></r></p>"
         "<p><r><t>3</t></r></p></body></document>"}};
    Doc doc;
    Err err;
    assert_int_equal(read_parts("", parts, ARRAY_LEN(parts), &doc, &err), OK);
    assert_string_equal(doc.text.p, "Kestrel Pottery\n\nTel. | 01632\n\nKilns\n\nbase\n\n3"
                                    "\n\nKestrel\n\nComment by Anna: Ask them.\n\nSoon.");
    assert_int_equal(doc.blocks[0].kind, BLOCK_PARAGRAPH);
    assert_int_equal(doc.blocks[2].kind, BLOCK_HEADING);
    doc_fini(&doc);
}

/* SmartArt and charts are parts of their own; a share and a day look as they do on the slide. */
static void words_and_numbers_of_drawings_are_read(void **state) {
    Part parts[] = {
        {"ppt/presentation.xml", "<p xmlns:r='r'><sldId id='1' r:id='a'/></p>"},
        {"ppt/_rels/presentation.xml.rels",
         "<R><Relationship Id='a' Type='t' Target='slides/s.xml'/></R>"},
        {"ppt/slides/s.xml", "<sld><sp><p><r><t>Kilns</t></r></p></sp></sld>"},
        {"ppt/slides/_rels/s.xml.rels",
         "<R><Relationship Id='a' Type='x/diagramData' Target='../diagrams/data1.xml'/>"
         "<Relationship Id='b' Type='x/chart' Target='../charts/chart1.xml'/>"
         "<Relationship Id='c' Type='x/notesSlide' Target='../notesSlides/n.xml'/></R>"},
        {"ppt/notesSlides/n.xml", "<n><p><r><t>Speak up.</t></r></p></n>"},
        {"ppt/diagrams/data1.xml", "<m><pt><t><p><r><t>Fire</t></r></p></t></pt><pt type='x'><t>"
                                   "<p/></t></pt><pt><t><p><r><t>Gla</t></r><r><t>ze</t></r></p>"
                                   "</t></pt></m>"},
        {"ppt/charts/chart1.xml",
         "<c><title><tx><rich><p><r><t>Use</t></r></p></rich></tx></title>"
         "<ser><tx><strRef><f>S!A1</f><strCache><pt idx='0'><v>Gas</v></pt></strCache></strRef>"
         "</tx><cat><numRef><numCache><formatCode>d.m.yy</formatCode><pt idx='0'><v>45292</v></pt>"
         "<pt idx='2'><v>45294</v></pt></numCache></numRef></cat><val><numRef><numCache>"
         "<formatCode>0%</formatCode><pt idx='0'><v>0.25</v></pt><pt idx='2'><v>0.5</v></pt>"
         "<pt idx='9999'><v>1</v></pt></numCache></numRef></val></ser>"
         "<ser><tx><v>Oil</v></tx><cat><strRef><strCache><pt idx='0'><v>no</v></pt></strCache>"
         "</strRef></cat><val><numLit><pt idx='1'><v>0.125</v></pt></numLit></val></ser></c>"}};
    Doc doc;
    Err err;
    assert_int_equal(read_parts("", parts, ARRAY_LEN(parts), &doc, &err), OK);
    assert_string_equal(doc.text.p,
                        "Kilns\n\nFire\n\nGlaze\n\nUse\n\n| 2024-01-01 | | 2024-01-03\n"
                        "Gas | 25% | | 50%\nOil | | 0.125\n\n"
                        "[not read: more points of a chart]\n\nSpeak up.");
    doc_fini(&doc);
}

/* LibreOffice writes shapes before the rows of a sheet, and what it says to who types elsewhere. */
static void words_beside_cells_and_in_pictures_keep_to_themselves(void **state) {
    Part sheet = {"content.xml",
                  "<d><spreadsheet><content-validations><v><p>Type a number</p></v>"
                  "</content-validations><table name='s'><shapes><frame><text-box><p>How it works"
                  "</p></text-box></frame></shapes><table-row><table-cell><p>a</p></table-cell>"
                  "</table-row></table></spreadsheet></d>"};
    Part text = {"content.xml",
                 "<d><text><p>before<frame><title>Kiln</title><desc>a photo</desc></frame>after</p>"
                 "<p>x<text-box><p>outer<text-box><p>middle</p></text-box>rest</p></text-box></p>"
                 "<p><ruby><ruby-base>base</ruby-base><ruby-text>aloud</ruby-text></ruby></p>"
                 "</text></d>"};
    Doc doc;
    Err err;
    static const char kind[] = "application/vnd.oasis.opendocument.text";
    assert_int_equal(read_parts(kind, &sheet, 1, &doc, &err), OK);
    assert_string_equal(doc.text.p, "s\n\nHow it works\n\na");
    doc_fini(&doc);
    assert_int_equal(read_parts(kind, &text, 1, &doc, &err), OK);
    assert_string_equal(doc.text.p, "before Kiln a photo after\n\nouter middle rest\n\nx\n\nbase");
    doc_fini(&doc);
}

/* A text box says what a sheet is for; a note, what one of its cells means. */
static void text_boxes_and_notes_of_a_sheet_are_read(void **state) {
    char book[256];
    (void)snprintf(book, sizeof book, BOOK, "0");
    Part parts[] = {
        {"xl/workbook.xml", book},
        {"xl/_rels/workbook.xml.rels", BOOK_RELS},
        {"xl/worksheets/s.xml", "<sheetData><row r='1'><c><v>5</v></c></row></sheetData>"},
        {"xl/worksheets/_rels/s.xml.rels",
         "<R><Relationship Id='a' Type='x/drawing' Target='../drawings/drawing1.xml'/>"
         "<Relationship Id='b' Type='x/comments' Target='../comments1.xml'/></R>"},
        {"xl/drawings/drawing1.xml", "<d><sp><txBody><p><r><t>Kilns only</t></r></p></txBody>"
                                     "</sp></d>"},
        {"xl/comments1.xml", "<c><authors><author>A</author></authors><comment ref='A1'><text><r>"
                             "<t>in </t></r><r><t>hours</t></r></text></comment></c>"}};
    Doc doc;
    Err err;
    assert_int_equal(read_parts("", parts, ARRAY_LEN(parts), &doc, &err), OK);
    assert_string_equal(doc.text.p, "s\n\n5\n\nKilns only\n\nNote on A1: in hours");
    assert_int_equal(doc.blocks[3].page, 1);
    doc_fini(&doc);
}

static void assert_sheet(const char *sheet, const char *want) {
    char book[256];
    (void)snprintf(book, sizeof book, BOOK, "0");
    Part parts[] = {{"xl/workbook.xml", book},
                    {"xl/_rels/workbook.xml.rels", BOOK_RELS},
                    {"xl/worksheets/s.xml", sheet}};
    Doc doc;
    Err err;
    assert_int_equal(read_parts("", parts, ARRAY_LEN(parts), &doc, &err), OK);
    assert_string_equal(doc.text.p, want);
    doc_fini(&doc);
}

#define WORDS(ref, words) "<c r='" ref "' t='str'><v>" words "</v></c>"
#define QUOTED(ref, words) "<c r=\"" ref "\" t='str'><v>" words "</v></c>"

/* A title over the whole table stays one. */
static void joined_cells_are_said_in_each_row_and_column(void **state) {
    assert_sheet("<w><sheetData><row r='1'>" WORDS("A1", "Fleet") "<c r='B1'/><c r='C1'/></row>"
                 "<row r='2'>" WORDS("A2", "Boat") WORDS("B2", "Length") "<c r='C2' s='1'/></row>"
                 "<row r='3'><c r='A3'/>" WORDS("B3", "deck") WORDS("C3", "hull") "</row>"
                 "<row r='4'>" WORDS("A4", "Swan") WORDS("B4", "9") WORDS("C4", "8") "</row>"
                 "</sheetData><mergeCells><mergeCell ref='A1:C1'/><mergeCell ref='A2:A3'/>"
                 "<mergeCell ref='B2:C2'/><mergeCell ref='C3:B1'/><mergeCell ref=''/>"
                 "<mergeCell ref='B9'/><mergeCell ref='A0:ZZZZZZ9'/></mergeCells></w>",
                 "s\n\nFleet\n\nBoat | Length | Length\nBoat | deck | hull\nSwan | 9 | 8");
}

/* Neither Excel nor most libraries write a cell that has no value and no style: A3 and C2 are not
   there, nor is the last one of row 6. */
static void joined_cells_that_the_file_leaves_out_are_said_all_the_same(void **state) {
    assert_sheet("<w><sheetData><row r='1'>" WORDS("A1", "Fleet") "</row>"
                 "<row r='2'>" WORDS("A2", "Boat") WORDS("B2", "Length") WORDS("D2", "Pier")
                 "</row><row r='3'>" WORDS("B3", "deck") WORDS("C3", "hull") "</row>"
                 "<row r='4'>" WORDS("A4", "Swan") WORDS("B4", "9") WORDS("C4", "8")
                 WORDS("D4", "North") "</row>"
                 "<row r='5'>" WORDS("A5", "Tern") WORDS("B5", "7") "</row><row r='6'/></sheetData>"
                 "<mergeCells><mergeCell ref='A1:D1'/><mergeCell ref='A2:A3'/>"
                 "<mergeCell ref='B2:C2'/><mergeCell ref='D2:D3'/><mergeCell ref='D4:D6'/>"
                 "</mergeCells></w>",
                 "s\n\nFleet\n\nBoat | Length | Length | Pier\nBoat | deck | hull | Pier\n"
                 "Swan | 9 | 8 | North\nTern | 7 | | North");
}

/* Cells over all columns of Excel, in a row of which one is written: said 64 columns far. */
static void joined_cells_without_end_are_not_said_without_end(void **state) {
    static const char sheet[] = "<w><sheetData><row r='1'>" WORDS("A1", "a") WORDS("B1", "b")
                                "</row></sheetData><mergeCells><mergeCell ref='B1:XFD1048576'/>"
                                "</mergeCells></w>";
    char book[256];
    (void)snprintf(book, sizeof book, BOOK, "0");
    Part parts[] = {{"xl/workbook.xml", book},
                    {"xl/_rels/workbook.xml.rels", BOOK_RELS},
                    {"xl/worksheets/s.xml", sheet}};
    Doc doc;
    Err err;
    assert_int_equal(read_parts("", parts, ARRAY_LEN(parts), &doc, &err), OK);
    assert_int_equal(doc.text.n, strlen("s\n\na") + 63 * strlen(" | b"));
    doc_fini(&doc);
}

#define P(words) "<p>" words "</p>"

/* A title over the whole table is said once; so is what stands in more than a label's bytes. */
static void cells_that_a_joined_one_covers_say_what_it_says(void **state) {
    static const Part ods[] = {
        {"content.xml",
         "<c><spreadsheet><table name='s'>"
         "<table-row><table-cell number-columns-spanned='4'>" P("Fleet") "</table-cell>"
         "<covered-table-cell number-columns-repeated='3'/></table-row>"
         "<table-row><table-cell number-rows-spanned='2'>" P("Boat") "</table-cell>"
         "<table-cell number-columns-spanned='2'>" P("Length") "</table-cell><covered-table-cell/>"
         "<table-cell number-rows-spanned='3'>" P("North") "</table-cell></table-row>"
         "<table-row><covered-table-cell/><table-cell>" P("deck") "</table-cell>"
         "<table-cell>" P("hull") "</table-cell><covered-table-cell/></table-row>"
         "<table-row><table-cell>" P("Swan") "</table-cell><table-cell/><table-cell/>"
         "<covered-table-cell number-rows-spanned='0'/></table-row>"
         "<table-row><covered-table-cell/><table-cell>" P("9") "</table-cell>"
         "<covered-table-cell/><covered-table-cell number-columns-repeated='9999999'/></table-row>"
         "</table></spreadsheet></c>"}};
    Doc doc;
    Err err;
    assert_int_equal(
        read_parts("application/vnd.oasis.opendocument.spreadsheet", ods, 1, &doc, &err), OK);
    assert_string_equal(doc.text.p, "s\n\nFleet\n\nBoat | Length | Length | North\n"
                                    "Boat | deck | hull | North\nSwan | | | North\n| 9");
    doc_fini(&doc);
}

static void a_head_without_its_first_cell_stands_above_its_columns(void **state) {
    assert_sheet("<sheetData><row r='1'>" QUOTED("B1", "Length") QUOTED("C1", "Pier") "</row>"
                 "<row r='2'>" QUOTED("A2", "Swan") QUOTED("B2", "9") QUOTED("C2", "North") "</row>"
                 "<row r='5'>" QUOTED("D5", "Day") QUOTED("E5", "Tide") "</row>"
                 "<row r='6'><c r=\"A6\" s='1'/>" QUOTED("E6", "4") "</row></sheetData>",
                 "s\n\n| Length | Pier\nSwan | 9 | North\nDay | Tide\n| 4");
}

static void a_reference_never_leaves_the_package(void **state) {
    static const struct {
        const char *from, *href, *want;
    } cases[] = {{"a/b.xml", "c.xml", "a/c.xml"},
                 {"a/b.xml", "../c%20d.xml#e", "c d.xml"},
                 {"a/b.xml", "/c/./d", "c/d"},
                 {"b.xml", "../../../etc/passwd", "etc/passwd"},
                 {"b.xml", "%", "%"},
                 {"b.xml", "%2", "%2"},
                 {"b.xml", "a%00b", "ab"},
                 {"a/b.xml", "", "a"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        Buf out;
        buf_init(&out, 4096);
        package_resolve(cases[i].from, str_from(cases[i].href), &out);
        assert_string_equal(out.p, cases[i].want);
        buf_fini(&out);
    }
}

static char *repeat(const char *unit, size_t times) {
    Buf out;
    buf_init(&out, 1 << 24);
    for (size_t i = 0; i < times; i++) buf_add_c(&out, unit);
    return buf_take(&out);
}

static void damaged_and_hostile_parts_are_named(void **state) {
    static const char rels[] = "<R><Relationship Id='a' Type='t' Target='slides/s.xml'/></R>";
    char *deep = repeat("<text:p>", 5000);
    char *slides = repeat("<sldId id='1' r:id='a'/>", 5000);
    char *show = mem_alloc(strlen(slides) + 32);
    (void)sprintf(show, "<p xmlns:r='r'>%s</p>", slides);
    const struct {
        const char *mimetype;
        Part parts[3];
        Status want;
    } cases[] = {
        {"application/vnd.oasis.opendocument.text", {{"content.xml", "<a><b>"}}, E_CORRUPT},
        {"application/vnd.oasis.opendocument.text", {{"content.xml", deep}}, E_LIMIT},
        {"application/vnd.oasis.opendocument.text",
         {{"content.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}},
         E_CORRUPT},
        {"", {{"xl/workbook.xml", "<workbook><sheets>"}}, E_CORRUPT},
        {"", {{"ppt/presentation.xml", show}, {"ppt/_rels/presentation.xml.rels", rels}}, E_LIMIT},
        {"application/epub+zip", {{"META-INF/container.xml", "<c/>"}}, E_CORRUPT},
        {"application/epub+zip", {{"b.opf", "<p/>"}}, E_CORRUPT},
        {"application/epub+zip",
         {{"META-INF/container.xml", "<c><rootfile full-path='b'/></c>"},
          {"b", "<p><item id='x' href='x.html'/><itemref idref='x'/></p>"},
          {"x.html", "\x01\x02\xFF\xFE\x80\x81\x92\xA0\x03\x04\x05\x06\xC0\xC1\x07"}},
         E_CORRUPT},
        {"", {{"a.txt", "x"}}, E_UNSUPPORTED}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        size_t n = 0;
        Doc doc;
        Err err;
        while (n < 3 && cases[i].parts[n].name) n++;
        Status status = read_parts(cases[i].mimetype, cases[i].parts, n, &doc, &err);
        if (status != cases[i].want) fail_msg("case %zu: %d, %s", i, status, err.message);
        assert_true(err.message[0] != 0);
        doc_fini(&doc);
    }
    mem_free(deep);
    mem_free(slides);
    mem_free(show);
}

/* Columns by the million, counts that lie, cells before any row, indices of nothing. */
static void a_sheet_that_lies_about_places_costs_nothing(void **state) {
    static const Part ods[] = {
        {"content.xml",
         "<c><spreadsheet><table name='t'><table-row number-rows-repeated='16000000'>"
         "<table-cell number-columns-repeated='16000000'><p>x</p></table-cell></table-row>"
         "<table-row number-rows-repeated='99999999999'><table-cell><p>y</p></table-cell>"
         "</table-row></table></spreadsheet></c>"}};
    char book[256];
    (void)snprintf(book, sizeof book, BOOK, "0");
    const Part xlsx[] = {{"xl/workbook.xml", book},
                         {"xl/_rels/workbook.xml.rels", BOOK_RELS},
                         {"xl/worksheets/s.xml",
                          "<w><c r='B2'><v>early</v></c><row r='0'><c r='ZZZZZ1' t='s'><v>9</v></c>"
                          "<c r='XFD1' s='77'><v>1</v></c><c r='A1'><v>2</v></c></row></w>"}};
    Doc doc;
    Err err;
    assert_int_equal(
        read_parts("application/vnd.oasis.opendocument.spreadsheet", ods, 1, &doc, &err), OK);
    assert_true(doc.text.n < 1000);
    doc_fini(&doc);
    assert_int_equal(read_parts("", xlsx, ARRAY_LEN(xlsx), &doc, &err), OK);
    assert_non_null(strstr(doc.text.p, "1 | 2"));
    doc_fini(&doc);
}

/* The golden samples: every allocation fails once, and nothing is left behind. */
static void every_failed_allocation_is_reported_and_leaks_nothing(void **state) {
    static const char *const names[] = {"boats.xlsx", "slides.pptx", "rules.odt", "members.ods",
                                        "keeper.epub"};
    if (!getenv("HEARTH_GOLDEN")) skip();
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char path[512];
        static char bytes[1 << 16];
        (void)snprintf(path, sizeof path, "%s/documents/%s", getenv("HEARTH_GOLDEN"), names[i]);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        size_t n = fread(bytes, 1, sizeof bytes, file);
        (void)fclose(file);
        unsigned failed = 0;
        for (uint64_t nth = 1, done = 0; !done; nth += 1 + nth / 40) {
            uint64_t before = mem_live_blocks(), calls = mem_calls();
            ReadResult result;
            Doc doc;
            Err err;
            doc_init(&doc);
            mem_fail_at(nth);
            Status status = read_zip((Str){bytes, n}, &doc, &result, &err);
            mem_fail_at(0);
            done = mem_calls() - calls < nth;
            doc_fini(&doc);
            assert_int_equal(mem_live_blocks(), before);
            assert_true(status == OK || status == E_NO_MEMORY);
            failed += status != OK;
        }
        assert_true(failed > 5);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_a_sheet_are_what_it_shows),
        cmocka_unit_test(a_document_has_its_notes_behind_it),
        cmocka_unit_test(page_margins_and_comments_are_read_once_and_relations_name_the_parts),
        cmocka_unit_test(words_and_numbers_of_drawings_are_read),
        cmocka_unit_test(text_boxes_and_notes_of_a_sheet_are_read),
        cmocka_unit_test(words_beside_cells_and_in_pictures_keep_to_themselves),
        cmocka_unit_test(joined_cells_are_said_in_each_row_and_column),
        cmocka_unit_test(joined_cells_that_the_file_leaves_out_are_said_all_the_same),
        cmocka_unit_test(joined_cells_without_end_are_not_said_without_end),
        cmocka_unit_test(cells_that_a_joined_one_covers_say_what_it_says),
        cmocka_unit_test(a_head_without_its_first_cell_stands_above_its_columns),
        cmocka_unit_test(a_reference_never_leaves_the_package),
        cmocka_unit_test(damaged_and_hostile_parts_are_named),
        cmocka_unit_test(a_sheet_that_lies_about_places_costs_nothing),
        cmocka_unit_test(every_failed_allocation_is_reported_and_leaks_nothing),
    };
    return cmocka_run_group_tests_name("office", tests, NULL, NULL);
}
