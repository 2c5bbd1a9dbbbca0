/*
 * Promises about what a PDF draws and says of itself: fonts make headings, lines around cells make
 * tables, tags make both where they can be believed, and a file that is damaged, packed otherwise
 * or full of tricks costs these and never the words.
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

#include "base/mem.h"
#include "knowledge/read/inflate.h"
#include "knowledge/read/pdf_draw.h"
#include "knowledge/read/pdf_outline.h"
#include "knowledge/read/read.h"

/* ---- packed streams ---- */

/* zlib's own output, level 9 with fixed codes, level 0, level 9. */
static const uint8_t FIXED[] = {0x78, 0x01, 0x0b, 0x4a, 0xcd, 0x2b, 0x51, 0x30, 0xd4, 0xb1, 0x30,
                                0x35, 0xb0, 0x56, 0x28, 0x42, 0x62, 0x67, 0xa4, 0x26, 0x96, 0x64,
                                0xe6, 0xa5, 0x2b, 0x18, 0x9a, 0x18, 0x00, 0x00, 0xb1, 0x73, 0x09,
                                0xd2};
static const uint8_t STORED[] = {0x78, 0x01, 0x01, 0x08, 0x00, 0xf7, 0xff, 0x61, 0x73, 0x20,
                                 0x69, 0x74, 0x20, 0x69, 0x73, 0x0c, 0x77, 0x02, 0xce};
static const uint8_t DYNAMIC[] = {
    0x78, 0xda, 0xed, 0xcc, 0xc1, 0x11, 0xc0, 0x20, 0x08, 0x00, 0xb0, 0x59, 0xa9, 0xa2, 0x70,
    0x0a, 0xe2, 0xa1, 0xb0, 0x7e, 0x97, 0xe8, 0xb3, 0x19, 0x20, 0x40, 0xcd, 0xc3, 0x1e, 0x50,
    0xd7, 0x84, 0x75, 0x76, 0xc5, 0x5b, 0x41, 0x16, 0x99, 0x96, 0x0e, 0xcc, 0x51, 0x82, 0x28,
    0x11, 0xa6, 0xe0, 0xe4, 0x93, 0x96, 0x31, 0x94, 0xb7, 0xf5, 0xd1, 0xcc, 0xba, 0xb0, 0x5f,
    0xf1, 0x8d, 0x1d, 0xfe, 0xe4, 0xab, 0xe4, 0x05, 0x15, 0x49, 0xa8, 0xb6};

static void assert_unpacked(const uint8_t *packed, size_t n, Str want) {
    Buf out;
    buf_init(&out, 4096);
    assert_true(inflate_zlib((Str){(const char *)packed, n}, &out));
    assert_true(str_eq(buf_str(&out), want));
    buf_fini(&out);
}

static void streams_of_all_three_kinds_are_unpacked(void **state) {
    char want[400];
    for (int i = 0; i < 400; i++) want[i] = (char)((i * i * 7 + i / 3) % 23 + 97);
    assert_unpacked(FIXED, sizeof FIXED, STR("Rent 1,850; rent 1,850; heating 140"));
    assert_unpacked(STORED, sizeof STORED, STR("as it is"));
    assert_unpacked(DYNAMIC, sizeof DYNAMIC, (Str){want, sizeof want});
}

static void a_stream_that_is_cut_off_says_so(void **state) {
    for (size_t n = 0; n + 4 < sizeof DYNAMIC; n++) {
        Buf out;
        buf_init(&out, 4096);
        bool whole = inflate_zlib((Str){(const char *)DYNAMIC, n}, &out);
        assert_true(!whole || n + 8 > sizeof DYNAMIC); /* the end may stand in the last bits */
        buf_fini(&out);
    }
}

static void a_damaged_stream_stays_below_its_ceiling(void **state) {
    for (size_t i = 0; i < sizeof DYNAMIC * 8; i++) {
        uint8_t bytes[sizeof DYNAMIC];
        Buf out;
        memcpy(bytes, DYNAMIC, sizeof bytes);
        bytes[i / 8] ^= (uint8_t)(1 << i % 8);
        buf_init(&out, 1000);
        (void)inflate_zlib((Str){(const char *)bytes, sizeof bytes}, &out);
        assert_true(out.n <= 1000);
        buf_fini(&out);
    }
}

/* ---- a page and what pdftotext says of it ---- */

static size_t next_bytes(void *user, char *buf, size_t cap) {
    Str *left = user;
    size_t n = left->n < cap ? left->n : cap;
    memcpy(buf, left->p, n);
    *left = str_sub(*left, n, left->n);
    return n;
}

/* A PDF of one page of 600 by 800 with this content; F1 is plain, F2 bold. */
static void make_pdf(Buf *out, const char *content) {
    buf_init(out, 1 << 20);
    buf_printf(out,
               "%%PDF-1.4\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n"
               "2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 600 800] >> endobj\n"
               "3 0 obj << /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font <<"
               " /F1 << /BaseFont /Serif >> /F2 << /BaseFont /AAAAAA+Serif-Bold >> >>"
               " /XObject << /X1 5 0 R >> >> >> endobj\n"
               "4 0 obj << /Length %zu >> stream\n%s\nendstream endobj\n"
               "5 0 obj << /Subtype /Form /Length 8 >> stream\n/X1 Do\n\nendstream endobj\n",
               strlen(content), content);
}

/* One line of words of 10 points whose base line is 2 above the bottom of its box. */
static void add_line(Buf *out, int x, int y, const char *text) {
    size_t n = strlen(text);
    buf_printf(out, "<block>\n<line xMin=\"%d\" yMin=\"%d\" xMax=\"%zu\" yMax=\"%d\">\n", x, y,
               (size_t)x + n * 5, y + 10);
    for (size_t at = 0, width; at < n; at += width) {
        width = strcspn(text + at, " ");
        size_t left = (size_t)x + at * 5;
        if (width) {
            buf_printf(out, "<word xMin=\"%zu\" yMin=\"%d\" xMax=\"%zu\" yMax=\"%d\">%.*s</word>\n",
                       left, y, left + width * 5, y + 10, (int)width, text + at);
        } else {
            width = 1;
        }
    }
    buf_add_c(out, "</line>\n</block>\n");
}

static Status read_both(const Buf *pdf, const Buf *words, Doc *doc) {
    Err err;
    Str left = buf_str(words);
    PdfSource source = {next_bytes, &left, pdf_file_open(buf_str(pdf))};
    doc_init(doc);
    Status status = read_pdf(&source, doc, &err);
    pdf_file_free(source.file);
    return status;
}

static void assert_read(const Buf *pdf, const Buf *words, const char *want) {
    Doc doc;
    Buf out;
    buf_init(&out, 1 << 20);
    assert_int_equal(read_both(pdf, words, &doc), OK);
    for (size_t i = 0; i < doc.n_blocks; i++) {
        buf_printf(&out, "%d%d ", doc.blocks[i].kind, doc.blocks[i].level);
        buf_add_str(&out, str_sub(buf_str(&doc.text), doc.blocks[i].start, doc.blocks[i].end));
        buf_add_byte(&out, '\n');
    }
    assert_string_equal(out.p, want);
    buf_fini(&out);
    doc_fini(&doc);
}

static const char PROSE[] = "the pier is open to all boats of the club from dawn to dusk every day";

static const char BOLD_CONTENT[] = "BT /F2 10 Tf 50 692 Td (Opening hours) Tj /F1 10 Tf 0 -30 Td "
                                   "(the pier) Tj 0 -12 Td (a second) Tj ET";

static void make_bold_words(Buf *words) {
    buf_init(words, 1 << 20);
    buf_add_c(words, "<page width=\"600\" height=\"800\">\n");
    add_line(words, 50, 100, "Opening hours");
    add_line(words, 50, 130, PROSE);
    buf_add_c(words, "</page>\n");
}

static void a_bold_line_above_plain_text_is_a_heading(void **state) {
    Buf pdf, words;
    make_pdf(&pdf, BOLD_CONTENT);
    make_bold_words(&words);
    assert_read(&pdf, &words,
                "14 Opening hours\n"
                "00 the pier is open to all boats of the club from dawn to dusk every day\n");
    buf_fini(&pdf);
    buf_fini(&words);
}

static void bold_entries_of_a_list_of_contents_are_no_headings(void **state) {
    Buf pdf, words;
    make_pdf(&pdf, "BT /F2 10 Tf 50 692 Td (Opening) Tj 400 0 Td (21) Tj /F1 10 Tf -400 -30 Td "
                   "(the) Tj ET");
    buf_init(&words, 1 << 20);
    buf_add_c(&words, "<page width=\"600\" height=\"800\">\n");
    add_line(&words, 50, 100, "Opening hours");
    add_line(&words, 450, 100, "21");
    add_line(&words, 50, 130, PROSE);
    buf_add_c(&words, "</page>\n");
    assert_read(&pdf, &words,
                "00 Opening hours\n00 21\n"
                "00 the pier is open to all boats of the club from dawn to dusk every day\n");
    buf_fini(&pdf);
    buf_fini(&words);
}

static void large_entries_of_a_list_of_contents_are_no_headings(void **state) {
    static const char *const entries[] = {"Moorings", "Boats", "Guests", "Winter"};
    Buf pdf, words, content, want;
    buf_init(&content, 1 << 16);
    buf_init(&want, 1 << 16);
    buf_init(&words, 1 << 20);
    buf_add_c(&words, "<page width=\"600\" height=\"800\">\n");
    buf_add_c(&content, "BT /F1 14 Tf 50 692 Td (Contents) Tj ");
    add_line(&words, 50, 100, "Contents");
    buf_add_c(&want, "12 Contents\n");
    for (int i = 0; i < 4; i++) {
        buf_printf(&content, "0 -60 Td (%s) Tj 400 0 Td (%d) Tj -400 0 Td ", entries[i], i + 3);
        add_line(&words, 50, 160 + 60 * i, entries[i]);
        add_line(&words, 450, 160 + 60 * i, i == 0 ? "3" : i == 1 ? "4" : i == 2 ? "5" : "6");
        buf_printf(&want, "00 %s\n00 %d\n", entries[i], i + 3);
    }
    buf_add_c(&content, "0 -60 Td (Fees) Tj /F1 10 Tf 0 -40 Td (the pier) Tj ET");
    add_line(&words, 50, 400, "Fees . . . . . . . . 7");
    add_line(&words, 50, 440, PROSE);
    buf_printf(&want, "00 Fees . . . . . . . . 7\n00 %s\n", PROSE);
    buf_add_c(&words, "</page>\n");
    make_pdf(&pdf, content.p);
    assert_read(&pdf, &words, want.p);
    buf_fini(&pdf);
    buf_fini(&words);
    buf_fini(&content);
    buf_fini(&want);
}

/*
 *     +------+-------------+      lines of the outer box and between cells;
 *     | Boat |   Length    |      none between Boat and what is below it
 *     |      +------+------+
 *     |      | deck | hull |
 *     +------+------+------+
 *     | Swan | 7    | 6    |
 *     +------+------+------+
 */
static const char GRID_CONTENT[] =
    "50 700 300 0.5 re f 50 640 300 0.5 re f 50 620 m 350 620 l S 150 680 m 350 680 l S "
    "50 660 m 350 660 l S 50 620 m 50 700 l S 150 620 m 150 700 l S 350 620 m 350 700 l S "
    "q 1 0 0 1 250 0 cm 0 620 m 0 680 l S Q 50 640 m 350 640 l S /X1 Do";

static void make_grid_words(Buf *words) {
    buf_init(words, 1 << 20);
    buf_add_c(words, "<page width=\"600\" height=\"800\">\n");
    add_line(words, 60, 105, "Boat                Length");
    add_line(words, 160, 125, "deck               hull");
    add_line(words, 60, 145, "Heron               9                   8");
    add_line(words, 60, 165, "Swan                7");
    buf_add_c(words, "</page>\n");
}

static void a_cell_is_where_lines_are_drawn_around_it(void **state) {
    Buf pdf, words;
    make_pdf(&pdf, GRID_CONTENT);
    make_grid_words(&words);
    assert_read(&pdf, &words,
                "31 Boat | Length deck | Length hull\n"
                "30 Heron | 9 | 8\n"
                "30 Swan | 7 |\n");
    buf_fini(&pdf);
    buf_fini(&words);
}

/* Only the head is ruled off: boats 9 and 7 long share a pier. */
static void figures_below_each_other_are_rows_without_lines_between_them(void **state) {
    Buf pdf, words;
    make_pdf(&pdf, "50 700 m 350 700 l S 50 680 m 350 680 l S 50 640 m 350 640 l S "
                   "150 640 m 150 700 l S 250 640 m 250 700 l S");
    buf_init(&words, 1 << 20);
    buf_add_c(&words, "<page width=\"600\" height=\"800\">\n");
    add_line(&words, 60, 105, "Pier                deck                hull");
    add_line(&words, 160, 125, "9                   8");
    add_line(&words, 60, 135, "North");
    add_line(&words, 160, 145, "7                   6");
    buf_add_c(&words, "</page>\n");
    assert_read(&pdf, &words, "31 Pier | deck | hull\n30 North | 9 | 8\n30 North | 7 | 6\n");
    buf_fini(&pdf);
    buf_fini(&words);
}

/* What is read of a page that draws `content`, with lines that `add` puts on it. */
static void assert_page(const char *content, void (*add)(Buf *words), const char *want) {
    Buf pdf, words;
    make_pdf(&pdf, content);
    buf_init(&words, 1 << 20);
    buf_add_c(&words, "<page width=\"600\" height=\"800\">\n");
    add(&words);
    buf_add_c(&words, "</page>\n");
    assert_read(&pdf, &words, want);
    buf_fini(&pdf);
    buf_fini(&words);
}

static const char THREE_LINES[] = "50 700 m 350 700 l S 50 680 m 350 680 l S 50 610 m 350 610 l S";

static void add_mended(Buf *words) {
    add_line(words, 50, 105, "Boat      Built     What was mended");
    add_line(words, 50, 125, "Heron     1994      the keel, the mast");
    add_line(words, 150, 137, "and all of its cables");
    add_line(words, 50, 157, "Swan      2003      a pump");
}

static void a_table_between_three_lines_has_rows_and_cells_of_several_lines(void **state) {
    assert_page(THREE_LINES, add_mended,
                "31 Boat | Built | What was mended\n"
                "30 Heron | 1994 | the keel, the mast and all of its cables\n"
                "30 Swan | 2003 | a pump\n");
}

static void add_columns(Buf *words) {
    for (int y = 105; y < 185; y += 12) {
        add_line(words, 50, y, "the pier is open to all boats");
        add_line(words, 260, y, "of the club from dawn to dusk");
    }
}

static void columns_of_prose_between_lines_are_no_table(void **state) {
    static const char left[] = "the pier is open to all boats ";
    static const char right[] = "of the club from dawn to dusk";
    Buf want;
    buf_init(&want, 1 << 16);
    buf_add_c(&want, "00 ");
    for (int i = 0; i < 7; i++) buf_add_c(&want, left);
    for (int i = 0; i < 7; i++) buf_printf(&want, "%s%c", right, i < 6 ? ' ' : '\n');
    assert_page("50 700 m 450 700 l S 50 620 m 450 620 l S 50 600 m 450 600 l S", add_columns,
                want.p);
    buf_fini(&want);
}

static void add_piers(Buf *words) {
    add_line(words, 60, 105, "Pier                boat                hull");
    add_line(words, 160, 125, "Heron               9");
    add_line(words, 60, 131, "North");
    add_line(words, 160, 137, "Swan                7");
    add_line(words, 160, 149, "Gull                8");
    add_line(words, 60, 155, "South");
    add_line(words, 160, 161, "Tern                6");
}

static void a_name_at_the_middle_of_two_rows_is_said_in_both(void **state) {
    assert_page("50 680 m 350 680 l S 150 620 m 150 700 l S 250 620 m 250 700 l S", add_piers,
                "31 Pier | boat | hull\n30 North | Heron | 9\n30 North | Swan | 7\n"
                "30 South | Gull | 8\n30 South | Tern | 6\n");
}

static void add_rules_of_the_club(Buf *words) {
    static const char *const names[] = {"Pier", "Guests", "Winter"};
    for (int i = 0; i < 3; i++) {
        add_line(words, 50, 100 + 40 * i, names[i]);
        add_line(words, 150, 100 + 40 * i, "the pier is open to all boats of the club");
        add_line(words, 150, 112 + 40 * i, "and to their guests from dawn to dusk");
    }
}

static void long_cells_are_a_table_where_white_runs_between_its_rows(void **state) {
    static const char rule[] = "the pier is open to all boats of the club and to their guests from "
                               "dawn to dusk";
    Buf want;
    buf_init(&want, 1 << 16);
    buf_printf(&want, "30 Pier | %s\n30 Guests | %s\n30 Winter | %s\n", rule, rule, rule);
    assert_page("", add_rules_of_the_club, want.p);
    buf_fini(&want);
}

static void add_table_in_a_column(Buf *words) {
    for (int i = 0; i < 11; i++) {
        if (i < 7) add_line(words, 50, 100 + 12 * i, "the pier is open to all boats of the club");
        add_line(words, 300, 100 + 12 * i, "and to their guests from dawn to dusk now");
    }
    add_line(words, 50, 184, "Heron     9     8");
    add_line(words, 50, 196, "Swan      7     6");
    add_line(words, 50, 208, "Gull      5     4");
}

static void text_in_the_other_column_is_no_part_of_a_table(void **state) {
    Buf want;
    buf_init(&want, 1 << 16);
    for (int i = 0; i < 7; i++) {
        buf_add_c(&want, i ? " " : "00 ");
        buf_add_c(&want, "the pier is open to all boats of the club");
    }
    buf_add_c(&want, "\n30 Heron | 9 | 8\n30 Swan | 7 | 6\n30 Gull | 5 | 4\n");
    for (int i = 0; i < 11; i++) {
        buf_add_c(&want, i ? " " : "00 ");
        buf_add_c(&want, "and to their guests from dawn to dusk now");
    }
    buf_add_c(&want, "\n");
    assert_page("", add_table_in_a_column, want.p);
    buf_fini(&want);
}

static void add_list(Buf *words) {
    static const char *const items[] = {"keel of the Heron", "mast of the Swan",
                                        "all of its cables"};
    for (int i = 0; i < 3; i++) {
        add_line(words, 60, 125 + 20 * i, "*");
        add_line(words, 85, 125 + 20 * i, items[i]);
    }
}

static void a_list_between_lines_is_no_table(void **state) {
    assert_page("50 680 m 350 680 l S 50 610 m 350 610 l S", add_list,
                "21 * keel of the Heron\n21 * mast of the Swan\n21 * all of its cables\n");
}

/* A damaged table of words may say that lines end above their begin. */
static void add_upside_down(Buf *words) {
    static const char *const names[] = {"Heron", "Swan", "Gull"};
    for (int i = 0; i < 9; i++) {
        int x = 50 + 100 * (i % 3), y = 300 - 12 * (i / 3);
        const char *name = i % 3 ? "7" : names[i / 3];
        buf_printf(words, "<line xMin=\"%d\" yMin=\"%d\" xMax=\"%d\" yMax=\"%d\">\n", x, y, x + 30,
                   y - 80);
        buf_printf(words, "<word xMin=\"%d\" yMin=\"%d\" xMax=\"%d\" yMax=\"%d\">%s</word>\n", x, y,
                   x + 30, y + 10, name);
    }
}

static void lines_that_end_above_their_begin_lose_no_words(void **state) {
    Buf pdf, words;
    Doc doc;
    make_pdf(&pdf, THREE_LINES);
    buf_init(&words, 1 << 20);
    buf_add_c(&words, "<page width=\"600\" height=\"800\">\n");
    add_upside_down(&words);
    buf_add_c(&words, "</page>\n");
    assert_int_equal(read_both(&pdf, &words, &doc), OK);
    assert_true(str_has(buf_str(&doc.text), STR("Heron")));
    assert_true(str_has(buf_str(&doc.text), STR("Gull")));
    doc_fini(&doc);
    buf_fini(&pdf);
    buf_fini(&words);
}

static void a_damaged_file_costs_its_lines_and_not_its_words(void **state) {
    Buf pdf, words;
    make_pdf(&pdf, GRID_CONTENT);
    make_grid_words(&words);
    for (size_t cut = 0; cut < pdf.n; cut += 7) {
        Doc doc;
        Buf part = pdf;
        part.n = cut;
        assert_int_equal(read_both(&part, &words, &doc), OK);
        assert_true(str_has(buf_str(&doc.text), STR("Heron")));
        assert_true(str_has(buf_str(&doc.text), STR("Length")));
        doc_fini(&doc);
    }
    buf_fini(&pdf);
    buf_fini(&words);
}

static void a_page_tree_that_holds_itself_ends(void **state) {
    static const char tree[] = "1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n"
                               "2 0 obj << /Type /Pages /Parent 2 0 R /Kids [2 0 R 2 0 R 3 0 R] >> "
                               "endobj 3 0 obj << /Type /Page /Parent 2 0 R >> endobj\n";
    PdfFile *file = pdf_file_open(str_from(tree));
    assert_non_null(file);
    assert_int_equal(pdf_file_given(file, 1, PDF_MEDIA_BOX).n, 0);
    pdf_file_free(file);
}

/* A tree may be one node with all pages as its kids: to look through it once a page took more than
   ten seconds for 5,000 of them. */
static void pages_of_a_wide_tree_are_given_what_its_root_says(void **state) {
    enum { PAGES = 20000 };
    Buf pdf;
    buf_init(&pdf, 8 << 20);
    buf_add_c(&pdf, "1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n2 0 obj << /Kids [");
    for (int i = 0; i < PAGES; i++) buf_printf(&pdf, "%d 0 R ", 10 + i);
    buf_add_c(&pdf, "] /MediaBox [0 0 600 800] /Rotate 90 >> endobj\n");
    for (int i = 0; i < PAGES; i++) {
        buf_printf(&pdf, "%d 0 obj << /Parent 2 0 R%s >> endobj\n", 10 + i,
                   i == 1 ? " /Rotate 180" : "");
    }
    PdfFile *file = pdf_file_open(buf_str(&pdf));
    assert_non_null(file);
    for (uint32_t i = 1; i <= PAGES; i++) {
        double box[4] = {0};
        Str media = pdf_file_given(file, i, PDF_MEDIA_BOX);
        assert_int_equal(pdf_file_numbers(file, media, box, 4), 4);
        Str turned = pdf_file_given(file, i, PDF_ROTATE);
        assert_int_equal((int)pdf_file_number(turned), i == 2 ? 180 : 90);
    }
    pdf_file_free(file);
    buf_fini(&pdf);
}

static void an_update_counts_wherever_the_object_was_before(void **state) {
    static const char two[] = "1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n"
                              "2 0 obj << /Kids [3 0 R] >> endobj 3 0 obj << /Rotate 90 >> endobj\n"
                              "4 0 obj << /Type /ObjStm /N 1 /First 4 /Length 24 >> stream\n"
                              "3 0 << /Rotate 180 >>   \nendstream endobj\n"
                              "2 0 obj << /Kids [3 0 R 3 0 R] >> endobj\n";
    PdfFile *file = pdf_file_open(str_from(two));
    assert_non_null(file);
    Str turned = pdf_file_get(file, pdf_file_page(file, 2), "Rotate");
    assert_int_equal((int)pdf_file_number(turned), 180);
    pdf_file_free(file);
}

/* ---- the outline ---- */

/* Entries for one page: by a list, by a name in a tree, by a name in a
   dictionary; one of another page, and one that leads back to the first. */
static const char OUTLINE[] =
    "1 0 obj << /Type /Catalog /Pages 2 0 R /Outlines 9 0 R /Dests << /fees [3 0 R /Fit] >>"
    " /Names << /Dests << /Kids [8 0 R] >> >> >> endobj\n"
    "8 0 obj << /Names [(sec\\0562) << /D [3 0 R /XYZ 0 0 0] >> (void) [77 0 R]] >> endobj\n"
    "9 0 obj << /First 10 0 R >> endobj\n"
    "10 0 obj << /Title (Moorings) /Dest [3 0 R /Fit] /Next 12 0 R /First 11 0 R >> endobj\n"
    "11 0 obj << /Title (2.1 Guests, and how long\\r\\n they may stay) /A << /S /GoTo"
    " /D (sec.2) >> >> endobj\n"
    "12 0 obj << /Title <FEFF00460065006500730020201320AC> /Dest /fees /Next 13 0 R >> endobj\n"
    "13 0 obj << /Title (the pier) /Dest [77 0 R /Fit] /Next 10 0 R >> endobj\n";

static void titles_of_the_outline_are_headings_whatever_their_font(void **state) {
    Buf pdf, words;
    make_pdf(&pdf, "BT /F1 10 Tf 50 692 Td (Moorings) Tj ET");
    buf_add_c(&pdf, OUTLINE); /* another catalog, which counts */
    buf_init(&words, 1 << 20);
    buf_add_c(&words, "<page width=\"600\" height=\"800\">\n");
    add_line(&words, 50, 100, "1 Moorings");
    add_line(&words, 50, 130, PROSE);
    add_line(&words, 50, 160, "Guests and how long they");
    add_line(&words, 50, 172, "may stay");
    add_line(&words, 50, 200, PROSE);
    add_line(&words, 50, 230, "Fees \xE2\x80\x93 \xE2\x82\xAC");
    add_line(&words, 50, 260, "the pier");
    add_line(&words, 50, 290, "Moorings");
    buf_add_c(&words, "</page>\n");
    assert_read(&pdf, &words,
                "12 1 Moorings\n"
                "00 the pier is open to all boats of the club from dawn to dusk every day\n"
                "13 Guests and how long they may stay\n"
                "00 the pier is open to all boats of the club from dawn to dusk every day\n"
                "12 Fees \xE2\x80\x93 \xE2\x82\xAC\n"
                "00 the pier\n00 Moorings\n");
    buf_fini(&pdf);
    buf_fini(&words);
}

static void strings_of_all_kinds_are_titles(void **state) {
    static const struct {
        const char *title, *key;
    } cases[] = {{"(A\\(b\\) \\101\\7z)", "abaz"},
                 {"<4142 4>", "ab"},
                 {"(\xFE\xFF\x4E\x2D\xD8\x3D)", "\xE4\xB8\xAD"},
                 {"(\xEF\xBB\xBF\xC3\x84rzte)", "\xC3\xA4rzte"},
                 {"(\x93n\xE9)", "fin\xC3\xA9"},
                 {"(a (nested) one)", "anestedone"},
                 {"12", ""},
                 {"()", ""},
                 {"<", ""}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        PdfOutline outline = {0};
        Buf pdf;
        buf_init(&pdf, 1 << 16);
        buf_printf(&pdf,
                   "1 0 obj << /Type /Catalog /Pages 2 0 R /Outlines << /First 4 0 R >> >> endobj\n"
                   "2 0 obj << /Kids [3 0 R] >> endobj\n3 0 obj << /Type /Page >> endobj\n"
                   "4 0 obj << /Dest [3 0 R] /Title %s >> endobj\n", cases[i].title);
        PdfFile *file = pdf_file_open(buf_str(&pdf));
        assert_non_null(file);
        pdf_outline_read(file, &outline);
        assert_int_equal(outline.n, cases[i].key[0] != 0);
        assert_true(str_eq_c(buf_str(&outline.keys), cases[i].key));
        pdf_outline_fini(&outline);
        pdf_file_free(file);
        buf_fini(&pdf);
    }
}

/* ---- tags ---- */

/* Words of one piece of content, number `mark`; they stand where add_line(x, y) says. */
static void add_piece(Buf *content, int mark, int x, int y, const char *text) {
    buf_printf(content, "/P << /MCID %d >> BDC BT /F1 10 Tf %d %d Td (%s) Tj ET EMC\n", mark, x,
               792 - y, text);
}

/* Another catalog, with these elements below the root. */
static void add_tree(Buf *pdf, const char *elements) {
    buf_printf(pdf,
               "1 0 obj << /Type /Catalog /Pages 2 0 R /StructTreeRoot 9 0 R >> endobj\n"
               "9 0 obj << /RoleMap << /Chapter /Heading /Heading /H2 /Loop /Loop >>"
               " /K << /S /Document /Pg 3 0 R /K [%s] >> >> endobj\n",
               elements);
}

/* Three lines: a heading and, beside and below it, a paragraph; and one that is read first. */
static void make_tagged(Buf *pdf, Buf *words, const char *elements) {
    Buf content;
    buf_init(&content, 1 << 16);
    add_piece(&content, 0, 50, 100, "Moorings");
    add_piece(&content, 1, 300, 100, "boats pay by");
    add_piece(&content, 2, 300, 140, "length");
    add_piece(&content, 3, 50, 180, "Harbour rules");
    make_pdf(pdf, content.p);
    add_tree(pdf, elements);
    buf_init(words, 1 << 20);
    buf_add_c(words, "<page width=\"600\" height=\"800\">\n");
    add_line(words, 50, 100, "Moorings                                          boats pay by");
    add_line(words, 300, 140, "length");
    add_line(words, 50, 180, "Harbour rules");
    buf_add_c(words, "</page>\n");
    buf_fini(&content);
}

static void assert_tagged(const char *elements, const char *want) {
    Buf pdf, words;
    make_tagged(&pdf, &words, elements);
    assert_read(&pdf, &words, want);
    buf_fini(&pdf);
    buf_fini(&words);
}

static const char UNTAGGED[] = "00 Moorings boats pay by\n00 length\n00 Harbour rules\n";

static void tags_say_what_is_read_when_and_what_it_is(void **state) {
    assert_tagged("<< /S /P /K 3 >> << /S /Chapter /K [0] >> << /S /P /K [1 << /S /Span /K 2 >>]"
                  " >>", "00 Harbour rules\n12 Moorings\n00 boats pay by length\n");
    assert_tagged("<< /S /Div /K [<< /S /Code /K [0 3] >> << /S /Caption /K [1 2] >>] >>",
                  "40 Moorings\nHarbour rules\n00 boats pay by length\n");
    assert_tagged("<< /S /Loop /K 3 >> << /S /Unknown /K << /Type /MCR /Pg 3 0 R /MCID 0 >> >>"
                  " << /S /Formula /K [<< /S /mi /K 1 >> << /S /mrow /K << /S /mn /K 2 >> >>] >>",
                  "00 Harbour rules\n00 Moorings\n00 boats pay by length\n");
}

static void a_label_and_its_words_are_one_item_of_a_list(void **state) {
    assert_tagged("<< /S /L /K [<< /S /LI /K [<< /S /Lbl /K 0 >> << /S /LBody /K [<< /S /P /K 1 >>"
                  " << /S /L /K << /S /LI /K << /S /LBody /K 2 >> >> >> << /S /P /K 3 >>] >>] >>]"
                  " >>",
                  "21 Moorings boats pay by\n22 length\n00 Harbour rules\n");
    assert_tagged("<< /S /L /K << /S /LI /K [<< /S /Lbl /K 0 >> << /S /LBody /K << /S /Div /K"
                  " << /S /P /K [1 2] >> >> >>] >> >> << /S /P /K 3 >>",
                  "21 Moorings boats pay by length\n00 Harbour rules\n");
    assert_tagged("<< /S /L /K << /S /LI /K [<< /S /Lbl /K 0 >> << /S /LBody /K"
                  " << /S /H3 /K [1 2] >> >>] >> >> << /S /P /K 3 >>",
                  "13 Moorings boats pay by length\n00 Harbour rules\n");
}

static void cells_stand_in_their_rows_and_columns(void **state) {
    assert_tagged("<< /S /Table /K [<< /S /THead /K << /S /TR /K [<< /S /TH /K 0 >>"
                  " << /S /TH /K 1 >>] >> >> << /S /TR /K [<< /S /TD >> << /S /TD /K 2 >>] >>"
                  " << /S /TR /K << /S /TD /A [<< /O /Table /ColSpan 2 >> 0] /K << /S /P /K 3 >> >>"
                  " >>] >>",
                  "31 Moorings | boats pay by\n30 | length\n30 Harbour rules |\n");
    assert_tagged("<< /S /Table /K [<< /S /TR /K [<< /S /TD /A << /RowSpan 2 >> /K 0 >>"
                  " << /S /TD /K 1 >>] >> << /S /TR /K [<< /S /TD /K 2 >>] >>] >> << /S /P /K 3 >>",
                  "30 Moorings | boats pay by\n30 Moorings | length\n00 Harbour rules\n");
}

/* One column, a table in a cell, cells without a row. */
static void tables_for_layout_are_paragraphs(void **state) {
    static const char want[] = "00 Moorings\n00 boats pay by\n00 length\n00 Harbour rules\n";
    assert_tagged("<< /S /Table /K [<< /S /TR /K << /S /TD /K 0 >> >> << /S /TR /K << /S /TD /K 1"
                  " >> >> << /S /TR /K [<< /S /TD /K 2 >>] >>] >> << /S /P /K 3 >>", want);
    assert_tagged("<< /S /Table /K [<< /S /TR /K [<< /S /TD /K 0 >> << /S /TD /K 1 >>] >> << /S /TR"
                  " /K [<< /S /TD /K << /S /Table /K << /S /TD /K 2 >> >> >> << /S /TD /K 3 >>] >>]"
                  " >>", want);
}

/* The first is on no page before, the second counts the pages; what stands elsewhere stays. */
static void what_is_no_part_of_the_text_goes_unless_it_says_more(void **state) {
    Buf pdf, words, content;
    buf_init(&content, 1 << 16);
    add_piece(&content, 0, 50, 100, PROSE);
    buf_add_c(&content, "/Artifact BMC BT /F1 10 Tf 50 772 Td (Swan Marina) Tj ET EMC /Artifact <<"
                        " /Type /Pagination >> BDC BT /F1 10 Tf 300 42 Td (7) Tj ET EMC\n");
    make_pdf(&pdf, content.p);
    add_tree(&pdf, "<< /S /P /K 0 >>");
    buf_init(&words, 1 << 20);
    buf_add_c(&words, "<page width=\"600\" height=\"800\">\n");
    add_line(&words, 50, 100, PROSE);
    add_line(&words, 300, 750, "7");
    add_line(&words, 50, 20, "Swan Marina");
    buf_add_c(&words, "</page>\n");
    assert_read(&pdf, &words, "00 Swan Marina\n"
                "00 the pier is open to all boats of the club from dawn to dusk every day\n");
    buf_fini(&content);
    buf_fini(&pdf);
    buf_fini(&words);
}

static void tags_that_contradict_themselves_are_not_believed(void **state) {
    Buf deep;
    assert_tagged("", UNTAGGED);
    assert_tagged("<< /S /H1 /K [0 1 2 3 0] >>", UNTAGGED);       /* a piece twice */
    assert_tagged("<< /S /H1 /K 0 >> << /S /P /K [1 2] >>", UNTAGGED); /* too little */
    assert_tagged("<< /S /H1 /K [0 1 2 3] /Pg 77 0 R >>", UNTAGGED);
    assert_tagged("10 0 R] >> >> endobj 10 0 obj << /S /H1 /K [0 1 2 3 10 0 R", UNTAGGED);
    assert_tagged("10 0 R] >> >> endobj 10 0 obj << /S /H1 /K [10 0 R 10 0 R", UNTAGGED);
    assert_tagged("<< /S /H1 /K [0 1 2 -3 9999999999999] >>", UNTAGGED);
    assert_tagged("<< /S /H1 /K [[0 1 2 3]] >> << /S 7 /K << >> >> << /K 4 >> /S", UNTAGGED);
    buf_init(&deep, 1 << 20);
    for (int i = 0; i < 300; i++) buf_printf(&deep, "%d 0 R] >> endobj %d 0 obj << /S /H1 /K [",
                                             20 + i, 20 + i);
    buf_add_c(&deep, "0 1 2 3");
    assert_tagged(deep.p, UNTAGGED);
    buf_fini(&deep);
}

/* A cell of a row stands left of the one before it; a row's first cell stands beside the first
   column, since what reaches down to it does not say so. */
static void tables_that_contradict_the_page_are_not_believed(void **state) {
    assert_tagged("<< /S /Table /K [<< /S /TR /K [<< /S /TD /K 1 >> << /S /TD /K 0 >> << /S /TD >>"
                  " << /S /TD /K 2 >>] >> << /S /TR /K << /S /TD /K 3 >> >>] >>", UNTAGGED);
    assert_tagged("<< /S /Table /K [<< /S /TR /K [<< /S /TD /K 0 >> << /S /TD /K 1 >>] >> << /S /TR"
                  " /K << /S /TD /K 2 >> >>] >> << /S /P /K 3 >>", UNTAGGED);
}

static void damaged_tags_cost_no_words(void **state) {
    Buf pdf, words;
    make_tagged(&pdf, &words, "<< /S /Table /K [<< /S /TR /K [<< /S /TH /K 0 >> << /S /TD /A <<"
                              " /RowSpan 99999999 /ColSpan 2 >> /K 1 >>] >> << /S /TR /K [<< /S /TD"
                              " /K 2 >> << /S /TD /K 3 >>] >>] >>");
    for (size_t i = 0; i < 8 * pdf.n; i += 3) {
        Doc doc;
        pdf.p[i / 8] ^= (char)(1 << i % 8);
        assert_int_equal(read_both(&pdf, &words, &doc), OK);
        assert_true(str_has(buf_str(&doc.text), STR("Moorings")));
        assert_true(str_has(buf_str(&doc.text), STR("rules")));
        doc_fini(&doc);
        pdf.p[i / 8] ^= (char)(1 << i % 8);
    }
    buf_fini(&pdf);
    buf_fini(&words);
}

static void fail_each_allocation(const Buf *pdf, const Buf *words, Str word) {
    for (uint64_t nth = 1; nth < 400; nth++) {
        Doc doc;
        uint64_t live = mem_live_blocks();
        mem_fail_at(nth);
        Status status = read_both(pdf, words, &doc);
        mem_fail_at(0);
        assert_true(status == OK || status == E_NO_MEMORY);
        if (status == OK) assert_true(str_has(buf_str(&doc.text), word));
        doc_fini(&doc);
        assert_int_equal(mem_live_blocks(), live);
    }
}

static void no_memory_is_said_or_costs_lines_only(void **state) {
    Buf pdf, words;
    make_pdf(&pdf, GRID_CONTENT);
    buf_add_c(&pdf, OUTLINE);
    make_grid_words(&words);
    fail_each_allocation(&pdf, &words, STR("Heron"));
    buf_fini(&pdf);
    buf_fini(&words);
    make_tagged(&pdf, &words, "<< /S /Table /K [<< /S /TR /K [<< /S /TH /K 0 >> << /S /TH /K 1 >>]"
                              " >> << /S /TR /K [<< /S /TD /K 2 >> << /S /TD >>] >>] >>"
                              " << /S /P /K 3 >>");
    fail_each_allocation(&pdf, &words, STR("Moorings"));
    buf_fini(&pdf);
    buf_fini(&words);
    make_pdf(&pdf, THREE_LINES);
    buf_init(&words, 1 << 20);
    buf_add_c(&words, "<page width=\"600\" height=\"800\">\n");
    add_mended(&words);
    add_rules_of_the_club(&words);
    buf_add_c(&words, "</page>\n");
    fail_each_allocation(&pdf, &words, STR("Heron"));
    buf_fini(&pdf);
    buf_fini(&words);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_of_all_three_kinds_are_unpacked),
        cmocka_unit_test(a_stream_that_is_cut_off_says_so),
        cmocka_unit_test(a_damaged_stream_stays_below_its_ceiling),
        cmocka_unit_test(a_bold_line_above_plain_text_is_a_heading),
        cmocka_unit_test(bold_entries_of_a_list_of_contents_are_no_headings),
        cmocka_unit_test(large_entries_of_a_list_of_contents_are_no_headings),
        cmocka_unit_test(a_cell_is_where_lines_are_drawn_around_it),
        cmocka_unit_test(figures_below_each_other_are_rows_without_lines_between_them),
        cmocka_unit_test(a_table_between_three_lines_has_rows_and_cells_of_several_lines),
        cmocka_unit_test(columns_of_prose_between_lines_are_no_table),
        cmocka_unit_test(a_name_at_the_middle_of_two_rows_is_said_in_both),
        cmocka_unit_test(long_cells_are_a_table_where_white_runs_between_its_rows),
        cmocka_unit_test(text_in_the_other_column_is_no_part_of_a_table),
        cmocka_unit_test(a_list_between_lines_is_no_table),
        cmocka_unit_test(lines_that_end_above_their_begin_lose_no_words),
        cmocka_unit_test(a_damaged_file_costs_its_lines_and_not_its_words),
        cmocka_unit_test(a_page_tree_that_holds_itself_ends),
        cmocka_unit_test(pages_of_a_wide_tree_are_given_what_its_root_says),
        cmocka_unit_test(an_update_counts_wherever_the_object_was_before),
        cmocka_unit_test(titles_of_the_outline_are_headings_whatever_their_font),
        cmocka_unit_test(strings_of_all_kinds_are_titles),
        cmocka_unit_test(tags_say_what_is_read_when_and_what_it_is),
        cmocka_unit_test(a_label_and_its_words_are_one_item_of_a_list),
        cmocka_unit_test(cells_stand_in_their_rows_and_columns),
        cmocka_unit_test(tables_for_layout_are_paragraphs),
        cmocka_unit_test(what_is_no_part_of_the_text_goes_unless_it_says_more),
        cmocka_unit_test(tags_that_contradict_themselves_are_not_believed),
        cmocka_unit_test(tables_that_contradict_the_page_are_not_believed),
        cmocka_unit_test(damaged_tags_cost_no_words),
        cmocka_unit_test(no_memory_is_said_or_costs_lines_only),
    };
    return cmocka_run_group_tests_name("pdf", tests, NULL, NULL);
}
