/*
 * Promises about structure: a row of a table says by itself what stands in it, whatever cells reach
 * into it from above or from the left; of a web page its text is read and no names take it away;
 * paragraphs of a word processor bear the numbers that a page would show; rows of a PDF have their
 * empty cells.
 */
/* cmocka needs these first */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <string.h>

#include "../support/patience.h"
#include "base/clock.h"
#include "base/mem.h"
#include "knowledge/read/package.h"
#include "knowledge/read/read.h"

/* ---- web pages ---- */

static void assert_html(const char *html, const char *want) {
    Doc doc;
    Err err;
    doc_init(&doc);
    assert_int_equal(read_html(str_from(html), &doc, &err), OK);
    assert_string_equal(doc.text.n ? doc.text.p : "", want);
    doc_fini(&doc);
}

static void a_cell_over_rows_is_said_in_each_of_them(void **state) {
    assert_html("<table><tr><th>Day<th>Boat<th>Pier"
                "<tr><td rowspan=2>Monday<td>Heron<td>1"
                "<tr><td>Swan<td rowspan=' 3 '>2"
                "<tr><td>Tuesday<td>Gull"
                "<tr><td>Sunday<td>none</table>",
                "Day | Boat | Pier\nMonday | Heron | 1\nMonday | Swan | 2\nTuesday | Gull | 2\n"
                "Sunday | none | 2");
    /* not out of its part of the table */
    assert_html("<table><tbody><tr><td rowspan=9>a<td>b<tbody><tr><td>c<td>d</table>",
                "a | b\nc | d");
}

static void a_cell_over_columns_keeps_the_others_in_their_place(void **state) {
    assert_html("<table><tr><th rowspan=2>Boat<th colspan=2>Length"
                "<tr><th>at the deck<th>in the water"
                "<tr><td colspan=3>Harbour boats"
                "<tr><td>Heron<td>9 m<td>8 m"
                "<tr><td>Swan<td colspan=2>not known</table>",
                "Boat | Length | Length\nBoat | at the deck | in the water\nHarbour boats\n"
                "Heron | 9 m | 8 m\nSwan | not known | not known");
}

/* A text is said once; what stands behind it keeps its column all the same. */
static void long_cells_are_said_once(void **state) {
    assert_html("<table><tr><td rowspan=2>The oldest boat of the harbour, which was built in the "
                "year of the storm and has carried coal, salt and people<td>1"
                "<tr><td>2"
                "<tr><td colspan=2>The second boat, which lies at the pier since the harbour was "
                "made deeper and nobody knows whose it is<td>3</table>",
                "The oldest boat of the harbour, which was built in the year of the storm and has "
                "carried coal, salt and people | 1\n| 2\n"
                "The second boat, which lies at the pier since the harbour was made deeper and "
                "nobody knows whose it is | | 3");
}

static void spans_that_lie_cost_little(void **state) {
    Buf page;
    Doc doc;
    Err err;
    buf_init(&page, (size_t)1 << 26);
    buf_add_c(&page, "<table>");
    for (int i = 0; i < 20000; i++) {
        buf_add_c(&page, "<tr><td colspan=4000000000 rowspan=65534>again and again<td rowspan=0>"
                         "b<td colspan=-1 rowspan=x>c");
    }
    doc_init(&doc);
    double start = patience_used_ms();
    assert_int_equal(read_html(buf_str(&page), &doc, &err), OK);
    assert_true(patience_used_ms() - start < patience_ms(5000));
    assert_true(doc.text.n < page.n * 4);
    doc_fini(&doc);
    buf_fini(&page);
}

/* ---- what of a page is its content ---- */

#define PROSE                                                                                     \
    "The ferry leaves the north pier at seven, at nine and, in summer, at eleven, when the tide " \
    "allows it, and goes round the island before it comes back to the town. "
#define TEASER                                                                               \
    "<div class='item'><a href='/b'><h4>Another page</h4><p>Why the bridge was closed, for " \
    "how long, and what the council, which met on Monday, says about it.</p></a></div>"

static bool has(const char *html, const char *words) {
    Doc doc;
    Err err;
    doc_init(&doc);
    assert_int_equal(read_html(str_from(html), &doc, &err), OK);
    bool found = doc.text.n && strstr(doc.text.p, words);
    doc_fini(&doc);
    return found;
}

static void names_do_not_take_text_away(void **state) {
    static const char page[] =
        "<div class='story'><p>" PROSE PROSE PROSE "</p><p>" PROSE PROSE "</p>"
        "<div class='menu'><p>Soup of the day 4.50</p><p>Fish from the harbour, with potatoes "
        "and beans 14.00</p><p>Cake, of apples or plums, whatever the garden gives 3.80</p></div>"
        "<p class='byline'>By Ann Li</p><figure><img><figcaption>The pier in 1911</figcaption>"
        "</figure><div class='share-box'>Share this: <a href='/f'>F</a> <a href='/g'>G</a></div>"
        "<ul><li><a href='mailto:ann@example.org'>ann@example.org</a><li><a href='tel:+1'>+1 555 "
        "0100</a></ul></div>";
    assert_true(has(page, "Fish from the harbour"));
    assert_true(has(page, "By Ann Li"));
    assert_true(has(page, "The pier in 1911"));
    assert_true(has(page, "555 0100"));
    assert_false(has(page, "Share this"));
}

/* Teasers that are links as a whole say nothing of this page, however many they are. */
static void an_article_among_many_teasers_is_found(void **state) {
    static const char page[] = "<div class='top'>" TEASER TEASER TEASER TEASER "</div>"
                               "<div><p>" PROSE PROSE "</p><p>" PROSE PROSE "</p></div>"
                               "<div class='more'>" TEASER TEASER TEASER TEASER TEASER TEASER
                               TEASER TEASER TEASER TEASER TEASER TEASER "</div>";
    assert_true(has(page, "goes round the island"));
    assert_false(has(page, "Why the bridge was closed"));
}

/* A short article that the page names is found beside a footer that says more. */
static void a_short_article_by_its_name_is_found(void **state) {
    static const char page[] =
        "<div itemprop='articleBody'>" PROSE PROSE "</div><div class='list'>" TEASER TEASER TEASER
        "</div><div class='footer-wrap'><div>" PROSE PROSE PROSE " All rights reserved.</div>"
        "</div>";
    assert_true(has(page, "goes round the island"));
    assert_false(has(page, "All rights reserved"));
    assert_false(has(page, "Why the bridge was closed"));
}

/* The longest of several parts is not all of the page. */
static void parts_beside_the_longest_are_kept(void **state) {
    static const char page[] =
        "<div><p>Short, but first.</p><div><p>" PROSE PROSE PROSE PROSE "</p><p>" PROSE PROSE PROSE
        "</p><p>" PROSE PROSE PROSE PROSE "</p></div><div><p>Of the second boat: " PROSE PROSE
        "</p></div><pre>rope = tide * 2 + the height of the pier</pre><ol><li>Bring a rope of "
        "ten metres.</ol></div>";
    assert_true(has(page, "Of the second boat"));
    assert_true(has(page, "rope = tide"));
    assert_true(has(page, "Bring a rope"));
}

/* ---- word processors ---- */

static const char NUMBERING[] =
    "<numbering>"
    "<abstractNum abstractNumId='1'>"
    "<lvl ilvl='0'><start val='3'/><numFmt val='decimal'/><lvlText val='§ %1'/></lvl>"
    "<lvl ilvl='1'><numFmt val='decimal'/><lvlText val='%1.%2'/></lvl>"
    "<lvl ilvl='2'><numFmt val='lowerLetter'/><lvlText val='(%3)'/></lvl></abstractNum>"
    "<abstractNum abstractNumId='2'><lvl ilvl='0'><numFmt val='bullet'/><lvlText val='o'/></lvl>"
    "<lvl ilvl='1'><numFmt val='upperRoman'/></lvl>"
    "<lvl ilvl='2'><numFmt val='chineseCounting'/><lvlText val='第%3章'/></lvl></abstractNum>"
    "<num numId='1'><abstractNumId val='1'/></num>"
    "<num numId='2'><abstractNumId val='2'/></num>"
    "<num numId='3'><abstractNumId val='1'/>"
    "<lvlOverride ilvl='0'><startOverride val='24'/></lvlOverride></num></numbering>";

static const char STYLES[] =
    "<styles><style styleId='H1'><name val='heading 1'/><pPr><numPr><numId val='1'/></numPr></pPr>"
    "</style><style styleId='H2'><name val='heading 2'/><basedOn val='H1'/><pPr><numPr>"
    "<ilvl val='1'/><numId val='1'/></numPr></pPr></style>"
    "<style styleId='H1x'><name val='own'/><basedOn val='H1'/></style></styles>";

static void assert_docx(const char *body, const char *want) {
    Buf document;
    Doc doc;
    Err err;
    buf_init(&document, 1 << 20);
    buf_printf(&document, "<document><body>%s</body></document>", body);
    DocxParts parts = {.document = buf_str(&document),
                       .numbering = str_from(NUMBERING),
                       .styles = str_from(STYLES)};
    doc_init(&doc);
    assert_int_equal(read_docx_parts(&parts, &doc, &err), OK);
    assert_string_equal(doc.text.n ? doc.text.p : "", want);
    doc_fini(&doc);
    buf_fini(&document);
}

#define IN_LIST(id, level) \
    "<pPr><numPr><ilvl val='" #level "'/><numId val='" #id "'/></numPr></pPr>"
#define STYLED(style) "<pPr><pStyle val='" style "'/></pPr>"
#define TEXT(words) "<r><t>" words "</t></r>"

static void headings_and_clauses_bear_their_numbers(void **state) {
    assert_docx("<p>" STYLED("H1") TEXT("Rent") "</p><p>" STYLED("H2") TEXT("Sum") "</p>"
                "<p>" IN_LIST(1, 2) TEXT("cold") "</p><p>" IN_LIST(1, 2) TEXT("warm") "</p>"
                "<p>" STYLED("H2") TEXT("Day") "</p><p>" IN_LIST(1, 2) TEXT("first") "</p>"
                "<p>" STYLED("H1x") TEXT("Keys") "</p>"
                "<p><pPr><pStyle val='H1'/><numPr><numId val='0'/></numPr></pPr>" TEXT("Annex")
                "</p>",
                "§ 3 Rent\n\n3.1 Sum\n\n(a) cold\n(b) warm\n\n3.2 Day\n\n(a) first\n\n§ 4 Keys\n\n"
                "Annex");
}

/* A clause before any of the level above counts that one as begun; lists count apart. */
static void numbers_go_on_as_a_page_would_show_them(void **state) {
    assert_docx("<p>" IN_LIST(3, 1) TEXT("a") "</p><p>" IN_LIST(3, 0) TEXT("b") "</p>"
                "<p>" IN_LIST(1, 0) TEXT("c") "</p>"
                "<p>" IN_LIST(2, 0) TEXT("d") "</p>"
                "<p>" IN_LIST(2, 1) TEXT("e") "</p><p>" IN_LIST(2, 1) TEXT("f") "</p>"
                "<p>" IN_LIST(2, 2) TEXT("g") "</p><p>" IN_LIST(2, 3) TEXT("h") "</p>"
                "<p>" IN_LIST(9, 0) TEXT("of no list") "</p><p>" IN_LIST(3, 0) "</p>"
                "<p>" IN_LIST(3, 0) TEXT("i") "</p>",
                "24.1 a\n§ 25 b\n§ 3 c\n- d\nI. e\nII. f\n第一章 g\n1. h\n- of no list\n§ 26 i");
    assert_docx("<tbl><tr><tc><p>" IN_LIST(1, 0) "</p></tc><tc><p>" TEXT("Rope") "</p></tc></tr>"
                "<tr><tc><p>" IN_LIST(1, 0) "</p></tc><tc><p>" IN_LIST(2, 0) TEXT("Oar")
                "</p></tc></tr></tbl>",
                "§ 3 | Rope\n§ 4 | Oar");
}

#define CELL(properties, words) "<tc><tcPr>" properties "</tcPr><p>" TEXT(words) "</p></tc>"

static void merged_cells_of_word_are_said_in_each_row(void **state) {
    assert_docx("<tbl><tr>" CELL("", "Day") CELL("<gridSpan val='2'/>", "Tide") CELL("", "Pier")
                "</tr><tr>" CELL("<vMerge val='restart'/>", "Monday") CELL("", "low")
                CELL("", "6:10")
                CELL("", "North") "</tr><tr>" CELL("<vMerge/>", "") CELL("", "high")
                CELL("", "12:25") CELL("", "South") "</tr><tr>"
                CELL("<gridSpan val='4'/>", "No boats") "</tr><tr>" CELL("", "Tuesday")
                CELL("<gridSpan val='99999999'/>", "none") "</tr></tbl>",
                "Day | Tide | Tide | Pier\nMonday | low | 6:10 | North\n"
                "Monday | high | 12:25 | South\nNo boats\nTuesday | none");
    assert_docx("<tbl><tr>" CELL("<gridSpan val='0'/><vMerge val='continue'/>", "a")
                CELL("<vMerge/>", "") "</tr></tbl>",
                "a |");
}

/* Behind the last column that is kept, a cell that reaches down neither takes what another one says
   nor gives it its own. */
static void merged_cells_behind_the_last_column_are_empty(void **state) {
    Buf body, want;
    buf_init(&body, 1 << 16);
    buf_init(&want, 1 << 16);
    for (int row = 0; row < 2; row++) {
        buf_add_c(&body, row ? "<tr>" : "<tbl><tr>");
        for (int i = 0; i < 70; i++) {
            bool reaches = i == 63 || i == 69;
            const char *merge = !reaches ? "" : row ? "<vMerge/>" : "<vMerge val='restart'/>";
            char word[8] = "";
            if (!reaches || !row) (void)snprintf(word, sizeof word, "%d", i);
            buf_printf(&body, CELL("%s", "%s"), merge, word);
            if (row && i == 63) (void)snprintf(word, sizeof word, "63");
            buf_printf(&want, "%s%s", i ? " | " : row ? "\n" : "", word);
        }
        buf_add_c(&body, row ? "</tr></tbl>" : "</tr>");
    }
    want.n--; /* the blank behind the last separator */
    buf_add_byte(&body, 0);
    buf_add_byte(&want, 0);
    assert_docx(body.p, want.p);
    buf_fini(&want);
    buf_fini(&body);
}

/* A level's text that is longer than what is kept of it is cut between two signs. */
static void a_long_label_is_cut_between_signs(void **state) {
    DocxParts parts = {
        .document = STR("<document><body><p>" IN_LIST(1, 0) TEXT("x") "</p></body></document>"),
        .numbering = STR("<numbering><abstractNum abstractNumId='1'><lvl ilvl='0'><lvlText val='"
                         "合同条款合同条款合同条款合同条款'/></lvl></abstractNum>"
                         "<num numId='1'><abstractNumId val='1'/></num></numbering>")};
    Doc doc;
    Err err;
    doc_init(&doc);
    assert_int_equal(read_docx_parts(&parts, &doc, &err), OK);
    assert_string_equal(doc.text.p, "合同条款合同条款合同条款合同条 x");
    doc_fini(&doc);
}

static void numbers_of_every_kind_and_size_end(void **state) {
    static const char *const formats[] = {"lowerLetter", "upperLetter", "lowerRoman", "upperRoman",
                                          "chineseCounting", "decimal", "nonsense"};
    static const char *const starts[] = {"0", "1", "26", "27", "49", "99", "100", "3999", "4000",
                                         "1048576", "99999999999999999999", "-3", ""};
    static const char document[] = "<document><body><p>" IN_LIST(1, 0) TEXT("x")
                                   "</p></body></document>";
    for (size_t i = 0; i < ARRAY_LEN(formats) * ARRAY_LEN(starts); i++) {
        char numbering[512];
        (void)snprintf(numbering, sizeof numbering,
                       "<numbering><abstractNum abstractNumId='1'><lvl ilvl='0'><start val='%s'/>"
                       "<numFmt val='%s'/><lvlText val='%%%%1%%0%%'/></lvl></abstractNum>"
                       "<num numId='1'><abstractNumId val='1'/></num></numbering>",
                       starts[i % ARRAY_LEN(starts)], formats[i / ARRAY_LEN(starts)]);
        DocxParts parts = {.document = str_from(document), .numbering = str_from(numbering)};
        Doc doc;
        Err err;
        doc_init(&doc);
        assert_int_equal(read_docx_parts(&parts, &doc, &err), OK);
        assert_true(str_starts(buf_str(&doc.text), STR("%")));
        assert_true(str_ends(buf_str(&doc.text), STR("%0% x")));
        assert_true(doc.text.n < 40);
        doc_fini(&doc);
    }
}

static void titles_of_opendocument_are_headings(void **state) {
    static const char xml[] =
        "<document-content><automatic-styles><style name='P1' parent-style-name='Title'/>"
        "<style name='P2' parent-style-name='P1'/><style name='P3' parent-style-name='Subtitle'/>"
        "<style name='P' parent-style-name='Text'/></automatic-styles><body><text>"
        "<p style-name='P2'>Boats</p><p style-name='P3'>of the north pier</p>"
        "<p style-name='P'>They lie there.</p><p style-name='Title'>Rules</p></text></body>"
        "</document-content>";
    static const char want[] = "1 1 Boats\n1 2 of the north pier\n0 0 They lie there.\n1 1 Rules\n";
    Package pk;
    ReadResult result;
    Doc doc;
    Err err;
    Buf out;
    package_init(&pk);
    (void)snprintf(pk.mimetype, sizeof pk.mimetype, "application/vnd.oasis.opendocument.text");
    assert_int_equal(package_add(&pk, "content.xml", str_from(xml), &err), OK);
    doc_init(&doc);
    buf_init(&out, 1 << 20);
    assert_int_equal(read_package(&pk, &doc, &result, &err), OK);
    for (size_t i = 0; i < doc.n_blocks; i++) {
        buf_printf(&out, "%d %d ", doc.blocks[i].kind, doc.blocks[i].level);
        buf_add_str(&out, str_sub(buf_str(&doc.text), doc.blocks[i].start, doc.blocks[i].end));
        buf_add_byte(&out, '\n');
    }
    assert_string_equal(out.p, want);
    buf_fini(&out);
    doc_fini(&doc);
    package_close(&pk);
}

/* ---- PDF ---- */

static size_t next_bytes(void *user, char *buf, size_t cap) {
    Str *left = user;
    size_t n = left->n < cap ? left->n : cap;
    memcpy(buf, left->p, n);
    *left = str_sub(*left, n, left->n);
    return n;
}

/* A word of `size` points at x, as wide as its letters are half as high. */
static void add_word(Buf *out, int x, int y, int size, const char *text) {
    char box[96];
    int right = x + (int)(strlen(text) * (size_t)size / 2);
    (void)snprintf(box, sizeof box, "xMin=\"%d\" yMin=\"%d\" xMax=\"%d\" yMax=\"%d\"", x, y, right,
                   y + size);
    buf_printf(out, "<block %s>\n<line %s>\n<word %s>%s</word>\n</line>\n</block>\n", box, box, box,
               text);
}

static void assert_pdf(Buf *in, const char *want) {
    Doc doc;
    Err err;
    Str left = buf_str(in);
    PdfSource source = {next_bytes, &left, NULL};
    Buf out;
    buf_init(&out, 1 << 20);
    doc_init(&doc);
    assert_int_equal(read_pdf(&source, &doc, &err), OK);
    for (size_t i = 0; i < doc.n_blocks; i++) {
        buf_printf(&out, "%d ", doc.blocks[i].kind);
        buf_add_str(&out, str_sub(buf_str(&doc.text), doc.blocks[i].start, doc.blocks[i].end));
        buf_add_byte(&out, '\n');
    }
    assert_string_equal(out.p, want);
    buf_fini(&out);
    doc_fini(&doc);
    buf_fini(in);
}

static void an_empty_cell_of_a_pdf_keeps_its_place(void **state) {
    static const char *const rows[][4] = {{"Boat", "Deck", "Hull", "Pier"},
                                          {"Heron", "9", "8", "North"},
                                          {"Swan", "", "7", ""},
                                          {"", "6", "", "South"},
                                          {"Gull", "5", "4", "West"}};
    Buf in;
    buf_init(&in, 1 << 20);
    buf_add_c(&in, "<page width=\"600\" height=\"800\">\n");
    for (int r = 0; r < 5; r++) {
        for (int c = 0; c < 4; c++) {
            if (*rows[r][c]) add_word(&in, 100 + c * 90, 200 + r * 14, 10, rows[r][c]);
        }
    }
    buf_add_c(&in, "</page>\n");
    assert_pdf(&in, "3 Boat | Deck | Hull | Pier\n3 Heron | 9 | 8 | North\n3 Swan | | 7 |\n"
                    "3 | 6 | | South\n3 Gull | 5 | 4 | West\n");
}

static void large_items_of_a_slide_are_no_headings(void **state) {
    Buf in;
    buf_init(&in, 1 << 20);
    buf_add_c(&in, "<page width=\"600\" height=\"800\">\n");
    add_word(&in, 100, 100, 30, "Rules");
    add_word(&in, 100, 200, 20, "•Tie_the_boat");
    add_word(&in, 100, 300, 20, "•Pay_the_fee");
    for (int i = 0; i < 6; i++) {
        add_word(&in, 100, 400 + i * 12, 10, "Whoever_leaves_the_pier_at_night_shows_a_light,");
    }
    add_word(&in, 100, 472, 10, "red_on_the_left.");
    buf_add_c(&in, "</page>\n");
    assert_pdf(&in, "1 Rules\n2 •Tie_the_boat\n2 •Pay_the_fee\n"
                    "0 Whoever_leaves_the_pier_at_night_shows_a_light, "
                    "Whoever_leaves_the_pier_at_night_shows_a_light, "
                    "Whoever_leaves_the_pier_at_night_shows_a_light, "
                    "Whoever_leaves_the_pier_at_night_shows_a_light, "
                    "Whoever_leaves_the_pier_at_night_shows_a_light, "
                    "Whoever_leaves_the_pier_at_night_shows_a_light, red_on_the_left.\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cell_over_rows_is_said_in_each_of_them),
        cmocka_unit_test(a_cell_over_columns_keeps_the_others_in_their_place),
        cmocka_unit_test(long_cells_are_said_once),
        cmocka_unit_test(spans_that_lie_cost_little),
        cmocka_unit_test(names_do_not_take_text_away),
        cmocka_unit_test(an_article_among_many_teasers_is_found),
        cmocka_unit_test(a_short_article_by_its_name_is_found),
        cmocka_unit_test(parts_beside_the_longest_are_kept),
        cmocka_unit_test(headings_and_clauses_bear_their_numbers),
        cmocka_unit_test(numbers_go_on_as_a_page_would_show_them),
        cmocka_unit_test(merged_cells_of_word_are_said_in_each_row),
        cmocka_unit_test(merged_cells_behind_the_last_column_are_empty),
        cmocka_unit_test(a_long_label_is_cut_between_signs),
        cmocka_unit_test(numbers_of_every_kind_and_size_end),
        cmocka_unit_test(titles_of_opendocument_are_headings),
        cmocka_unit_test(an_empty_cell_of_a_pdf_keeps_its_place),
        cmocka_unit_test(large_items_of_a_slide_are_no_headings),
    };
    return cmocka_run_group_tests_name("tables", tests, NULL, NULL);
}
