/*
 * Promises of the readers themselves, called directly: character sets, cleaning, kinds, dates, and
 * what each does with hostile input. What they make of whole files is in tests/golden/documents.
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
#include <stdlib.h>

#include "../support/doc_dump.h"
#include "../support/patience.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "knowledge/read/charset.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/entity.h"
#include "knowledge/read/mime.h"
#include "knowledge/read/pdf_page.h"
#include "knowledge/read/read.h"

static void assert_cleaned(const char *in, size_t n, const char *want) {
    Buf out;
    buf_init(&out, 1 << 20);
    clean_add(&out, (Str){in, n});
    assert_string_equal(out.p ? out.p : "", want);
    buf_fini(&out);
}

static void cleaning_leaves_nothing_a_terminal_obeys(void **state) {
    assert_cleaned("a\r\nb\rc\n", 7, "a\nb\nc\n");
    assert_cleaned("\x1b[31mred\x07", 9, "\xe2\x90\x9b[31mred ");
    assert_cleaned("a\0b", 3, "ab");
    assert_cleaned("\xc2\x9b"
                   "1m",
                   4,
                   "\xe2\x90\x9b"
                   "1m");
    assert_cleaned("x\xe2\x80\xaey\xef\xbb\xbfz\xc2\xad", 12, "xyz");
    assert_cleaned("a\xc2\xa0"
                   "b",
                   4, "a b");
    assert_cleaned("\xff\xc3", 2, "\xef\xbf\xbd\xef\xbf\xbd");
    assert_cleaned("\xe2\x80\xa8", 3, "\n");
}

static void dates_are_read_in_the_usual_forms(void **state) {
    static const struct {
        const char *in, *want;
    } cases[] = {{"2024-03-01T10:00:00Z", "2024-03-01"},
                 {"D:20240203080000+01'00", "2024-02-03"},
                 {"Fri, 01 Mar 2024 10:00:00 +0100", "2024-03-01"},
                 {"March 9, 2021", "2021-03-09"},
                 {"2024/12/31", "2024-12-31"},
                 {"1 Sept 1999", "1999-09-01"},
                 {"yesterday", NULL},
                 {"2024-13-40", NULL},
                 {"", NULL},
                 {"99999999999", NULL}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char out[11] = "";
        bool got = emit_date(str_from(cases[i].in), out);
        assert_int_equal(got, cases[i].want != NULL);
        if (got) assert_string_equal(out, cases[i].want);
    }
}

static void charsets_are_told_by_their_bytes(void **state) {
    static const struct {
        const char *bytes;
        size_t n;
        const char *label, *want;
    } cases[] = {{"plain", 5, "", "UTF-8"},
                 {"caf\xc3\xa9", 5, "iso-8859-1", "UTF-8"}, /* the bytes win over the label */
                 {"caf\xe9 noir, s'il vous", 19, "", "CP1252"},
                 {"\xd6\xd0\xce\xc4\xce\xc4\xd5\xc2\xb5\xc4\xc4\xda\xc8\xdd", 14, "", "GB18030"},
                 {"\xa4\xa4\xa4\xe5\xaa\xba\xa4\xba\xae\x65\xab\xdc\xa6\x6e", 14, "", "BIG5-HKSCS"},
                 {"\x83\x65\x83\x58\x83\x67", 6, "shift_jis", "CP932"},
                 {"\xff\xfe"
                  "a\0",
                  4, "", "UTF-16LE"},
                 {"a\0b\0 \0c\0", 8, "", "UTF-16LE"},
                 {"\0a\0b\0 \0c", 8, "", "UTF-16BE"},
                 {"ab\0\1\2\3\4\5\6", 9, "", NULL},
                 {"\x01\x02\x03\x04\x05\x06\x07", 7, "", NULL}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *got =
            charset_detect((Str){cases[i].bytes, cases[i].n}, str_from(cases[i].label));
        if (!cases[i].want) {
            assert_null(got);
        } else {
            assert_non_null(got);
            assert_string_equal(got, cases[i].want);
        }
    }
}

static void conversion_mends_bad_bytes_and_refuses_noise(void **state) {
    Buf out;
    Err err;
    buf_init(&out, 1 << 20);
    assert_int_equal(
        charset_decode(STR("\xd6\xd0\xce\xc4\xff\xd5\xe2\xca\xc7\xd2\xbb\xb8\xf6\xb2\xe2\xca\xd4"),
                       "GB18030", &out, &err),
        OK);
    assert_non_null(strstr(out.p, "中文"));
    assert_true(utf8_valid(buf_str(&out)));
    buf_clear(&out);
    char noise[64];
    memset(noise, 0xFF, sizeof noise);
    assert_int_equal(charset_decode((Str){noise, sizeof noise}, "GB18030", &out, &err),
                     E_UNSUPPORTED);
    buf_fini(&out);
}

static void kinds_come_from_content_before_names(void **state) {
    static const struct {
        const char *text, *name;
        KindId want;
    } cases[] = {
        {"<!DOCTYPE html><p>x", "a.txt", KIND_HTML},
        {"<html><body>x", "", KIND_HTML},
        {"From: a@b\nTo: c@d\nSubject: e\nDate: f\n\nx", "a.txt", KIND_MAIL},
        {"BEGIN:VCALENDAR\nVERSION:2.0\n", "a.txt", KIND_CALENDAR},
        {"a,b,c\n1,2,3\n4,5,6\n", "x", KIND_CSV},
        {"a,b\n1,2\n", "x.csv", KIND_CSV},
        {"# A\n\n- b\n\n## C\n", "README", KIND_MARKDOWN},
        {"words", "x.md", KIND_MARKDOWN},
        {"#!/bin/sh\necho\n", "run", KIND_CODE},
        {"int x;", "x.c", KIND_CODE},
        {"{}", "x.ipynb", KIND_NOTEBOOK},
        {"Just words, with commas, here.\nAnd more, of them, there.\nThree, in all, yes.\n", "n",
         KIND_TEXT},
        {"", "empty", KIND_TEXT}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        Kind kind = kind_of_text(str_from(cases[i].text), str_from(cases[i].name));
        if (kind.id != cases[i].want) fail_msg("case %zu: kind %d", i, kind.id);
    }
    assert_int_equal(kind_of_head(STR("%PDF-1.7\n")).id, KIND_PDF);
    assert_int_equal(kind_of_head(STR("a line of a mailer in front\r\n%PDF-1.4")).id, KIND_PDF);
    assert_int_equal(kind_of_head(STR("\0\x80 the head of a container%PDF-1.4")).id, KIND_PDF);
    assert_int_equal(kind_of_head(STR("Größe: ein PDF beginnt mit %PDF-1.4")).id, KIND_TEXT);
    assert_int_equal(kind_of_head(STR("PK\3\4zip")).id, KIND_ZIP);
    assert_int_equal(kind_of_head(STR("\xEF\xBB\xBF\r\nbegin:vcard\r\n")).id, KIND_CALENDAR);
    assert_int_equal(kind_of_head(STR("A mail says BEGIN:VCARD\n")).id, KIND_TEXT);
    assert_string_equal(kind_of_head(STR("\x89PNG\r\n\x1a\n")).words, "image (png)");
    assert_string_equal(kind_of_head(STR("GIF89a")).words, "image (gif)");
}

/* ---- reading strings ---- */

typedef Status (*TextReader)(Str text, Doc *doc, Err *err);

static void assert_reads(TextReader read, const char *text, const char *want) {
    Doc doc;
    Err err;
    Buf out;
    doc_init(&doc);
    buf_init(&out, 1 << 24);
    assert_int_equal(read(str_from(text), &doc, &err), OK);
    dump_doc(&out, &doc);
    assert_string_equal(out.p, want);
    buf_fini(&out);
    doc_fini(&doc);
}

static void html_without_an_article_is_read_whole(void **state) {
    assert_reads(
        read_html,
        "<title>T</title><h1>Hours</h1><p>Mon 8-6</p><p>Tue 8-6</p><dl><dt>Sun<dd>closed</dl>",
        "format: html\ntitle: T\nH1 L1: Hours\nP L1: Mon 8-6\nP L1: Tue 8-6\nP L1: Sun\nP L1: "
        "closed\n");
    assert_reads(read_html, "", "format: html\n");
    assert_reads(read_html, "just words &mdash; no tags",
                 "format: html\nP L1: just words — no tags\n");
}

static void html_hides_what_readers_do_not_see(void **state) {
    assert_reads(read_html,
                 "<p>seen</p><p hidden>a</p><p style='display: none'>b</p><p aria-hidden=true>c</p>"
                 "<script>d</script><style>e</style><template>f</template><button>g</button>",
                 "format: html\nP L1: seen\n");
}

/* By a style alone, with or without its last semicolon and whatever stands before it. */
static void html_hides_what_a_style_makes_invisible(void **state) {
    static const char *const styles[] = {
        "font-size:0", "font-size: 0px", "font-size:.0em", "opacity:0", "opacity : 0.0",
        "color:transparent", "color:#FFF;background:#fff", "background-color: white; color:white",
        "DISPLAY:NONE", "display:\nnone !important", "visibility:hidden",
        "margin:00000000000000000000000000000000000000000000000000000000000000000000000000000000000"
        "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
        "00000000000000000000000000000000000000000000000000000000000000000000000000000;opacity:0"};
    static const char *const seen[] = {
        "font-size:0.9em", "opacity:0.8", "opacity:.05", "font-size:10px", "color:#000",
        "color:#fff;background:#000", "background:url(none)", "color:red;margin:0"};
    char page[512];
    for (size_t i = 0; i < ARRAY_LEN(styles) + ARRAY_LEN(seen); i++) {
        bool hides = i < ARRAY_LEN(styles);
        const char *style = hides ? styles[i] : seen[i - ARRAY_LEN(styles)];
        (void)snprintf(page, sizeof page, "<p>a</p><p style=\"%s\">b</p>", style);
        assert_reads(read_html, page, hides ? "format: html\nP L1: a\n"
                                            : "format: html\nP L1: a\nP L1: b\n");
    }
}

static char *repeat(const char *text, size_t times) {
    Buf out;
    buf_init(&out, (size_t)1 << 28);
    for (size_t i = 0; i < times; i++) buf_add_c(&out, text);
    char *all = buf_take(&out);
    assert_non_null(all);
    return all;
}

static void html_nested_100k_deep_gives_its_words(void **state) {
    char *deep = repeat("<div>", 100000);
    Buf page;
    Doc doc;
    Err err;
    buf_init(&page, (size_t)1 << 28);
    buf_add_c(&page, deep);
    buf_add_c(&page, "the bottom");
    doc_init(&doc);
    double start = patience_used_ms();
    assert_int_equal(read_html(buf_str(&page), &doc, &err), OK);
    assert_true(patience_used_ms() - start < patience_ms(5000));
    assert_non_null(strstr(doc.text.p, "the bottom"));
    doc_fini(&doc);
    buf_fini(&page);
    mem_free(deep);
}

/* End tags of nothing, in comments, and elements that only the parser adds. */
static void html_that_hides_how_deep_it_is_gives_its_words(void **state) {
    static const char *const units[] = {"<div></x>", "<div><!--</div>-->", "<table><tr><td>",
                                        "<div><!--></div><!-- -->"};
    static const size_t times[] = {60000, 40000, 2900, 4000};
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        char *deep = repeat(units[i], times[i]);
        Buf page;
        Doc doc;
        Err err;
        buf_init(&page, (size_t)1 << 28);
        buf_printf(&page, "%sthe bottom", deep);
        doc_init(&doc);
        double start = patience_used_ms();
        assert_int_equal(read_html(buf_str(&page), &doc, &err), OK);
        assert_true(patience_used_ms() - start < patience_ms(5000));
        assert_non_null(strstr(doc.text.p, "the bottom"));
        doc_fini(&doc);
        buf_fini(&page);
        mem_free(deep);
    }
}

/* One export of a database may be a table of a million cells. */
static void html_of_more_cells_than_there_is_room_for_gives_its_words(void **state) {
    char *rows = repeat("<tr><td>a</td><td>b</td></tr>", 400000);
    Buf page;
    Doc doc;
    Err err;
    buf_init(&page, (size_t)1 << 28);
    buf_printf(&page, "<table>%s</table><p>the bottom", rows);
    doc_init(&doc);
    assert_int_equal(read_html(buf_str(&page), &doc, &err), OK);
    assert_string_equal(doc.format, "html");
    assert_non_null(strstr(doc.text.p, "the bottom"));
    assert_null(strstr(doc.text.p, "<td>"));
    doc_fini(&doc);
    buf_fini(&page);
    mem_free(rows);
}

/* Shapes close in place; a paragraph of such a page is found as one. */
static void html_with_a_large_drawing_keeps_its_structure(void **state) {
    char *shapes = repeat("<g><circle r='1'/><rect x='1'/><use href='#a'/></g>", 2000);
    Buf page;
    Doc doc;
    Err err;
    buf_init(&page, (size_t)1 << 28);
    buf_printf(&page, "<h1>Rent</h1><svg>%s</svg><table><tr><th>Flat<th>Rent<tr><td>A<td>900"
                      "</table>", shapes);
    doc_init(&doc);
    assert_int_equal(read_html(buf_str(&page), &doc, &err), OK);
    assert_string_equal(doc.text.p, "Rent\n\nFlat | Rent\nA | 900");
    doc_fini(&doc);
    buf_fini(&page);
    mem_free(shapes);
}

/* As DocBook and Texinfo write them: boxes around sections, around titles, and beside the text; and
   places, which XHTML closes and HTML does not. */
static void a_manual_of_many_sections_is_read_whole(void **state) {
    Buf page;
    Doc doc;
    Err err;
    buf_init(&page, (size_t)1 << 20);
    buf_add_c(&page, "<ul class='nav'><li><a href='a'>Prev</a></ul>"
                     "<div class='chapter'><a id='top'/>");
    for (int i = 0; i < 8; i++) {
        buf_printf(&page, "<div class='section'><div class='titlepage'><div><div><h3>Part %d</h3>"
                          "</div></div></div>", i);
        for (int k = 0; k <= i; k++) {
            buf_printf(&page, "<div class='para'>Section %d says, at length, how the pump is set, "
                              "drained, and filled once more, and why: step %d.</div>", i, k);
        }
        buf_printf(&page, "<div class='sidebar'><p>Beside it stands, of section %d, what somebody "
                          "may also want to know, though nobody must.</div></div>", i);
    }
    buf_add_c(&page, "</div>");
    doc_init(&doc);
    assert_int_equal(read_html(buf_str(&page), &doc, &err), OK);
    for (int i = 0; i < 8; i++) {
        char said[40];
        (void)snprintf(said, sizeof said, "Section %d says", i);
        assert_non_null(strstr(doc.text.p, said));
        (void)snprintf(said, sizeof said, "of section %d,", i);
        assert_non_null(strstr(doc.text.p, said));
        (void)snprintf(said, sizeof said, "Part %d", i);
        assert_non_null(strstr(doc.text.p, said));
    }
    assert_null(strstr(doc.text.p, "Prev"));
    doc_fini(&doc);
    buf_fini(&page);
}

static void a_task_of_markdown_is_open_or_done(void **state) {
    Doc doc;
    Err err;
    doc_init(&doc);
    assert_int_equal(read_markdown(STR("- [ ] milk\n- [X] bread\n- rope\n\n1. [x] knot\n"), &doc,
                                   &err), OK);
    assert_string_equal(doc.text.p, "- [ ] milk\n- [x] bread\n- rope\n1. [x] knot");
    doc_fini(&doc);
}

/* What is printed counts once and as text; an object's name and a picture say nothing; a comment
   that a cell leaves open ends with the cell. */
static void a_notebook_is_its_cells_and_what_they_printed(void **state) {
    assert_reads(read_notebook,
                 "{\"cells\":[{\"cell_type\":\"markdown\",\"source\":[\"# Tides\\n\","
                 "\"By *hour*.\\n\",\"\\n\",\"<!-- open\"]},"
                 "{\"cell_type\":\"code\",\"source\":\"t.mean()\",\"outputs\":["
                 "{\"output_type\":\"stream\",\"text\":[\"a\\u001b[0m\\n\",\"b\\n\"]},"
                 "{\"data\":{\"image/png\":\"iVBO\",\"text/plain\":[\"<Figure size 1x1>\"]}},"
                 "{\"data\":{\"text/html\":\"<b>4</b>\",\"text/plain\":[\"4.2\"]}},"
                 "{\"ename\":\"KeyError\",\"evalue\":\"'x'\",\"traceback\":[\"deep\"]}]},"
                 "{\"cell_type\":\"markdown\",\"source\":\"- end\"}]}",
                 "format: notebook\ntitle: Tides\nH1: Tides\nP: By hour.\nCODE: t.mean()\n"
                 "CODE: a\xe2\x90\x9b[0m\\nb\nCODE: 4.2\nCODE: KeyError: 'x'\nLI1: - end\n");
    assert_reads(read_notebook,
                 "{\"worksheets\":[{\"cells\":[{\"cell_type\":\"code\",\"input\":[\"1+1\"],"
                 "\"outputs\":[{\"text\":[\"2\"]}]}]}]}",
                 "format: notebook\nCODE: 1+1\nCODE: 2\n");
}

/* Half a file, another JSON, cells that are none: text as it stands, or nothing. */
static void a_notebook_that_is_none_is_read_as_text(void **state) {
    static const char *const cases[] = {"{\"cells\": [", "{\"a\": 1}", "[1, 2]", "print(1)"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        ReadResult result;
        Doc doc;
        Err err;
        doc_init(&doc);
        assert_int_equal(read_bytes(str_from(cases[i]), STR("a.ipynb"), &doc, &result, &err), OK);
        assert_string_equal(doc.text.p, cases[i]);
        assert_string_equal(doc.format, "code");
        doc_fini(&doc);
    }
    assert_reads(read_notebook, "{\"cells\":[1,null,[],{},{\"source\":{}},{\"cell_type\":\"code\","
                                "\"outputs\":[3,{\"text\":7},{\"ename\":[]}]},\"s\"]}",
                 "format: notebook\nCODE: :\n");
}

static void markdown_survives_deep_nesting(void **state) {
    static const char *const units[] = {"> ", "- ", "[", "*", "`", "<", "!["};
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        char *deep = repeat(units[i], 20000);
        Doc doc;
        Err err;
        doc_init(&doc);
        double start = patience_used_ms();
        Status status = read_markdown(str_from(deep), &doc, &err);
        assert_true(status == OK || status == E_LIMIT);
        assert_true(patience_used_ms() - start < patience_ms(5000));
        doc_fini(&doc);
        mem_free(deep);
    }
}

/* Only a pair of quotation marks is none of the value. */
static void front_matter_keeps_what_is_no_quotation(void **state) {
    assert_reads(read_markdown, "---\ntitle: 'Tis the season\nauthor: \"A. B.\"\n---\nx\n",
                 "format: markdown\ntitle: 'Tis the season\nauthor: A. B.\nP L5: x\n");
    assert_reads(read_markdown, "---\ntitle: \"Rent\" and deposits\n---\nx\n",
                 "format: markdown\ntitle: \"Rent\" and deposits\nP L4: x\n");
}

/* An issue's state, a note's tags: they stand nowhere else in the file. */
static void front_matter_of_other_keys_is_read_as_it_stands(void **state) {
    assert_reads(read_markdown, "---\ntitle: Leak\nstate: open\nlabels:\n  - bug\n---\nx\n",
                 "format: markdown\ntitle: Leak\n"
                 "P L2: title: Leak\\nstate: open\\nlabels:\\n  - bug\nP L7: x\n");
    assert_reads(read_markdown, "---\ntitle: Leak\ndraft:\n---\nx\n",
                 "format: markdown\ntitle: Leak\nP L5: x\n");
}

static void csv_survives_an_open_quote(void **state) {
    assert_reads(read_csv, "a,b,c\n\"open,1,2\nnext,3,4\n",
                 "format: csv\nTR1 L1: a | b | c\nTR L2: \"open | 1 | 2\nTR L3: next | 3 | 4\n");
    assert_reads(read_csv, "x\ty\n1\t2\n", "format: csv\nTR1 L1: x | y\nTR L2: 1 | 2\n");
    assert_reads(read_csv, "1;2\n3;4\n", "format: csv\nTR L1: 1 | 2\nTR L2: 3 | 4\n");
}

/* Excel writes it where the separator is not the country's; the row behind it is the header. */
static void csv_takes_the_separator_that_excel_names(void **state) {
    assert_reads(read_csv, "sep=;\nname;rent, cold\nA;900,50\n",
                 "format: csv\nTR1 L2: name | rent, cold\nTR L3: A | 900,50\n");
    assert_reads(read_csv, "SEP=,\na,b\n1;x,2\n", "format: csv\nTR1 L2: a | b\nTR L3: 1;x | 2\n");
    assert_reads(read_csv, "sep=\na,b\n", "format: csv\nTR L1: sep=\nTR L2: a | b\n");
    assert_reads(read_csv, "sep=;", "format: csv\nTR L1: sep= |\n");
}

/* What a limit leaves out is said in the document. */
static void csv_says_which_cells_it_left_out(void **state) {
    enum { CELLS = 4097 };
    char text[2 * CELLS + 1], last[80];
    for (int i = 0; i < CELLS; i++) memcpy(text + 2 * i, i + 1 < CELLS ? "7," : "7\n", 3);
    for (int more = 0; more < 2; more++) { /* 4096 are read, 4097 are not */
        Doc doc;
        Err err;
        doc_init(&doc);
        Str bytes = {more ? text : text + 2, sizeof text - 1 - (more ? 0 : 2)};
        assert_int_equal(read_csv(bytes, &doc, &err), OK);
        (void)snprintf(last, sizeof last, "[not read: cells behind the 4096th of 1 row]");
        bool said = str_find(buf_str(&doc.text), str_from(last), 0) != SIZE_MAX;
        assert_int_equal(said, more);
        doc_fini(&doc);
    }
}

static void mail_without_end_or_boundary_is_still_read(void **state) {
    assert_reads(
        read_mail,
        "From: a@b\nSubject: s\nContent-Type: multipart/mixed; boundary=X\n\n--X\n\ntext\n",
        "format: mail\ntitle: s\nauthor: a@b\nP L1: From: a@b\\nSubject: s\nP L7: text\n");
    assert_reads(read_mail, "From: a@b\nSubject: s\nContent-Type: multipart/mixed\n\nlost\n",
                 "format: mail\ntitle: s\nauthor: a@b\nP L1: From: a@b\\nSubject: s\n");
    assert_reads(read_mail,
                 "From a@b Mon\nFrom: a@b\nSubject: one\n\n1\n\nFrom c@d Tue\nFrom: c@d\n\n2\n",
                 "format: mail\ntitle: one\nauthor: a@b\nP L2: From: a@b\\nSubject: one\nP L5: 1\n"
                 "P L8: From: c@d\nP L10: 2\n");
}

/* What old and careless programs write; each of these mails lost its text. */
static void mail_that_keeps_no_rule_is_still_read(void **state) {
    static const char *const mails[] = {
        "From: a\nContent-Type: text; charset=us-ascii\n\nBody.\n",
        "From: a\nContent-Type: multipart/mixed; boundary=\"b\"\n \n--b\n\nBody.\n--b--\n",
        "From: a\nContent-Type: multipart/mixed; boundary=\n\t\"b\"\n\n--b\n\nBody.\n--b--\n",
        "From: a\nContent-Type: multipart/mixed; boundary=\"c\"\n\nBody.\n"};
    for (size_t i = 0; i < ARRAY_LEN(mails); i++) {
        Doc doc;
        Err err;
        doc_init(&doc);
        assert_int_equal(read_mail(str_from(mails[i]), &doc, &err), OK);
        assert_string_equal(doc.text.p, "From: a\n\nBody.");
        doc_fini(&doc);
    }
}

/* A sentence may begin with "From"; a line that says when begins a mail, also behind text. */
static void a_folder_is_parted_where_mails_begin(void **state) {
    static const char folder[] = "From a Mon May  3 10:00:00 2021\nSubject: one\n\nText.\n\n"
                                 "From here on\nwe wait.\nFrom b Mon May  3 11:00:00 2021\n"
                                 "Subject: two\n\nMore.\n";
    Doc doc;
    Err err;
    doc_init(&doc);
    assert_int_equal(read_mail(str_from(folder), &doc, &err), OK);
    assert_string_equal(doc.text.p, "Subject: one\n\nText.\n\nFrom here on\nwe wait.\n\n"
                                    "Subject: two\n\nMore.");
    doc_fini(&doc);
}

/* A long name comes in pieces, of which a character may lie in two. */
static void a_parameter_in_pieces_is_one(void **state) {
    static const char *const values[][2] = {
        {"attachment; filename*0*=utf-8''r%C3; x=1; filename*1*=%A9sum; FILENAME*2=\"e.pdf\"",
         "r\xC3\xA9sume.pdf"},
        {"a; filename*0=\"lea\";\n filename*1=\"se.pdf\"; filename*3=no", "lease.pdf"},
        {"a; filename = \"b;c\"", "b;c"},
        {"a; filename*=utf-8''%C3%A9", "\xC3\xA9"}};
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        Buf out;
        buf_init(&out, 256);
        assert_true(mime_param(str_from(values[i][0]), "filename", &out));
        assert_string_equal(out.p, values[i][1]);
        buf_fini(&out);
    }
}

static void mail_nested_without_end_stops(void **state) {
    char *part = repeat("Content-Type: multipart/mixed; boundary=a\n\n--a\n", 2000);
    Doc doc;
    Err err;
    doc_init(&doc);
    assert_int_equal(read_mail(str_from(part), &doc, &err), OK);
    doc_fini(&doc);
    mem_free(part);
    part = repeat("Content-Type: message/rfc822\n\n", 20);
    doc_init(&doc);
    assert_int_equal(read_mail(str_from(part), &doc, &err), OK);
    assert_string_equal(doc.text.p, "[not read: parts of a mail in too many others]");
    doc_fini(&doc);
    mem_free(part);
}

/* Parts that no limit takes and parts that are no text are told, each once and at its line. */
static void mail_says_which_parts_it_left_out(void **state) {
    static const char head[] = "From: a@b\nContent-Type: multipart/mixed; boundary=X\n\n";
    for (int more = 0; more < 2; more++) { /* 500 are read, 502 are not */
        char *parts = repeat("--X\n\nt\n", more ? 502 : 500), *text = malloc(strlen(parts) + 200);
        Doc doc;
        Err err;
        (void)sprintf(text, "%s%s--X--\n", head, parts);
        doc_init(&doc);
        assert_int_equal(read_mail(str_from(text), &doc, &err), OK);
        const DocBlock *last = &doc.blocks[doc.n_blocks - 1];
        Str said = str_sub(buf_str(&doc.text), last->start, last->end);
        bool told = str_eq_c(said, "[not read: parts behind the 500th of a mail]");
        assert_int_equal(doc.n_blocks, 501 + more);
        assert_int_equal(told, more);
        if (more) assert_int_equal(last->line, 4 + 3 * 500 + 1);
        doc_fini(&doc);
        free(text);
        mem_free(parts);
    }
    assert_reads(read_mail,
                 "From: a@b\nContent-Type: multipart/mixed; boundary=X\n\n"
                 "--X\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"
                 "AAECAwQFBgcICQoLDA0ODxAREhM=\n--X\n\ntext\n--X--\n",
                 "format: mail\nauthor: a@b\nP L1: From: a@b\n"
                 "P L8: [not read: a part in an unknown character set]\nP L11: text\n");
}

/* A mail in UTF-16 attached to a mail is not seen for one before it is decoded; a mail that is
   attached as a file is. Neither goes on without end, and what is damaged hides nothing else. */
static void an_attachment_hides_nothing_and_ends(void **state) {
    assert_reads(read_mail,
                 "From: a@b\nSubject: s\nContent-Type: multipart/mixed; boundary=X\n\n"
                 "--X\n\ntext\n--X\nContent-Disposition: attachment; filename=m.txt\n\n"
                 "From: c@d\nSubject: t\n"
                 "Date: today\n\nbody\n--X\n"
                 "Content-Disposition: attachment; filename=z.docx\n\nPK\x03\x04 no zip\n--X\n"
                 "Content-Disposition: attachment; filename=n.txt\n\nnote\n--X--\n",
                 "format: mail\ntitle: s\nauthor: a@b\nP L1: From: a@b\\nSubject: s\nP L7: text\n"
                 "H2 L23: n.txt\nP L23: note\nP: Attachments: m.txt, z.docx (not read: damaged zip "
                 "archive: Truncated ZIP file header), n.txt\n");
}

static void docx_refuses_entities_and_deep_xml(void **state) {
    Doc doc;
    Err err;
    doc_init(&doc);
    DocxParts bomb = {.document = STR("<!DOCTYPE x [<!ENTITY a 'b'>]><w:p>&a;</w:p>")};
    assert_int_equal(read_docx_parts(&bomb, &doc, &err), E_CORRUPT);
    assert_non_null(strstr(err.message, "document type"));
    char *deep = repeat("<p>", 5000);
    DocxParts nest = {.document = str_from(deep)};
    assert_int_equal(read_docx_parts(&nest, &doc, &err), E_LIMIT);
    DocxParts cut = {.document = STR("<document><p><r><t>half")};
    assert_int_equal(read_docx_parts(&cut, &doc, &err), E_CORRUPT);
    doc_fini(&doc);
    mem_free(deep);
}

static void quoted_printable_and_base64_are_lenient(void **state) {
    Buf out;
    buf_init(&out, 4096);
    mime_add_quoted(&out, STR("a=20b=\nc=3Dd=ZZ="), false);
    assert_string_equal(out.p, "a bc=d=ZZ");
    buf_clear(&out);
    mime_add_base64(&out, STR("aGVs\nbG8=!"));
    assert_string_equal(out.p, "hello");
    buf_clear(&out);
    mime_add_header(&out, STR("=?utf-8?B?5p2O?= =?utf-8?B?5a6J?= <x>"));
    assert_string_equal(out.p, "李安 <x>");
    buf_fini(&out);
}

typedef struct Feed {
    Str text;
    size_t at, step;
} Feed;

static size_t feed_next(void *user, char *buf, size_t cap) {
    Feed *feed = user;
    size_t n = feed->text.n - feed->at;
    if (n > feed->step) n = feed->step;
    if (n > cap) n = cap;
    if (n) memcpy(buf, feed->text.p + feed->at, n);
    feed->at += n;
    return n;
}

static void pdf_output_is_read_in_pieces_of_any_size(void **state) {
    static const char page[] =
        "<head>\n<title>A&amp;B report</title>\n</head>\n"
        "<page width=\"600\" height=\"800\">\n<block>\n"
        "<line xMin=\"50\" yMin=\"100\" xMax=\"90\" yMax=\"110\">\n"
        "<word xMin=\"50\" yMin=\"100\" xMax=\"70\" yMax=\"110\">harb-</word>\n</line>\n"
        "<line xMin=\"50\" yMin=\"112\" xMax=\"90\" yMax=\"122\">\n"
        "<word xMin=\"50\" yMin=\"112\" xMax=\"70\" yMax=\"122\">our</word>\n"
        "<word xMin=\"72\" yMin=\"112\" xMax=\"90\" yMax=\"122\">&lt;1&gt;</word>\n"
        "</line>\n</block>\n</page>\n";
    for (size_t step = 1; step < sizeof page; step += 7) {
        Feed feed = {STR(page), 0, step};
        PdfSource source = {feed_next, &feed, NULL};
        Doc doc;
        Err err;
        doc_init(&doc);
        assert_int_equal(read_pdf(&source, &doc, &err), OK);
        assert_string_equal(doc.text.p, "harbour <1>");
        assert_string_equal(doc.title, "A&B report");
        assert_int_equal(doc.n_pages, 1);
        assert_int_equal(doc.blocks[0].page, 1);
        doc_fini(&doc);
    }
}

static void add_pdf_line(Buf *out, int top, const char *words) {
    buf_printf(out, "<block>\n<line xMin=\"50\" yMin=\"%d\" xMax=\"300\" yMax=\"%d\">\n", top,
               top + 10);
    for (const char *at = words; *at; at += *at == ' ') {
        size_t n = strcspn(at, " ");
        buf_printf(out, "<word xMin=\"50\" yMin=\"%d\" xMax=\"300\" yMax=\"%d\">%.*s</word>\n", top,
                   top + 10, (int)n, at);
        at += n;
    }
    buf_add_c(out, "</line>\n</block>\n");
}

/* The sum at the foot of a bill stands where page numbers do. */
static void a_lone_number_at_a_page_edge_is_dropped_and_a_sum_is_not(void **state) {
    static const char *const alone[] = {"17", "-", "3-4", "XIV", "IV", "xii", "1.", NULL};
    static const char *const kept[] = {"1234.50", "12,50", "2024A", NULL};
    static const char box[] = "xMin=\"%d\" yMin=\"780\" xMax=\"%d\" yMax=\"790\"";
    for (size_t i = 0; i < 11; i++) {
        bool drop = i < 7, sum = i == 10; /* the last one beside its label, far on the left */
        const char *number = drop ? alone[i] : sum ? "900" : kept[i - 7];
        Buf in;
        Doc doc;
        Err err;
        char left[80], right[80];
        buf_init(&in, 1 << 16);
        (void)snprintf(left, sizeof left, box, 50, 90);
        (void)snprintf(right, sizeof right, box, 500, 540);
        buf_add_c(&in, "<page width=\"600\" height=\"800\">\n");
        add_pdf_line(&in, 400, "Repair of the boiler.");
        if (sum) {
            buf_printf(&in, "<block %s>\n<line %s>\n<word %s>Total</word>\n</line>\n</block>\n",
                       left, left, left);
        }
        buf_printf(&in, "<block %s>\n<line %s>\n<word %s>%s</word>\n</line>\n</block>\n</page>\n",
                   right, right, right, number);
        Feed feed = {buf_str(&in), 0, 1000};
        PdfSource source = {feed_next, &feed, NULL};
        doc_init(&doc);
        assert_int_equal(read_pdf(&source, &doc, &err), OK);
        assert_int_equal(str_find(buf_str(&doc.text), str_from(number), 0) == SIZE_MAX, drop);
        doc_fini(&doc);
        buf_fini(&in);
    }
}

/* The words of one line as they stand on the page, each `wide` points and 3 apart. */
static void add_pdf_words(Buf *out, int top, const char *const *words, int wide) {
    int x = 50;
    buf_printf(out, "<block>\n<line xMin=\"50\" yMin=\"%d\" xMax=\"500\" yMax=\"%d\">\n", top,
               top + 10);
    for (; *words; words++, x += wide + 3) {
        buf_printf(out, "<word xMin=\"%d\" yMin=\"%d\" xMax=\"%d\" yMax=\"%d\">%s</word>\n", x,
                   top, x + wide, top + 10, *words);
    }
    buf_add_c(out, "</line>\n</block>\n");
}

/* Frees `in`, the words of pages as pdftotext gives them. */
static void assert_pdf_text(Buf *in, const char *want) {
    Feed feed = {buf_str(in), 0, 1000};
    PdfSource source = {feed_next, &feed, NULL};
    Doc doc;
    Err err;
    doc_init(&doc);
    assert_int_equal(read_pdf(&source, &doc, &err), OK);
    assert_string_equal(doc.text.p, want);
    doc_fini(&doc);
    buf_fini(in);
}

/* pdftotext -bbox-layout gives all of it from left to right, letters and words. */
static void a_pdf_of_arabic_or_hebrew_is_read_from_right_to_left(void **state) {
    static const char *const arabic[] = {"Python", "و", "R", "ةغلب", "ةجمربلا", NULL};
    static const char *const hebrew[] = {".2024", "רבוטקוא", "ב", "(12.5%)", "םולש", NULL};
    static const char *const english[] = {"The", "name", "ןהכ", "הנח", "is", "old.", NULL};
    static const char *const phrase[] = {"ודבע", "Visual", "Studio", "14", "םע", "םה", NULL};
    Buf in;
    buf_init(&in, 1 << 16);
    buf_add_c(&in, "<page width=\"600\" height=\"800\">\n");
    add_pdf_words(&in, 100, arabic, 40);
    add_pdf_words(&in, 200, hebrew, 40);
    add_pdf_words(&in, 300, english, 40);
    add_pdf_words(&in, 400, phrase, 40);
    buf_add_c(&in, "</page>\n");
    assert_pdf_text(&in, "البرمجة بلغة R و Python\n\n"
                         "שלום (12.5%) ב אוקטובר .2024\n\n"
                         "The name חנה כהן is old.\n\n"
                         "הם עם Visual Studio 14 עבדו");
}

/* An accent drawn over its letter begins a word anew; a note's mark is no part of the word. */
static void pieces_of_a_word_in_a_pdf_are_joined(void **state) {
    static const struct {
        const char *text;
        int x0, y0, x1, y1;
    } words[] = {{"usun", 50, 100, 70, 110},  {"ąć", 70, 99, 82, 110},   {"L", 86, 100, 91, 110},
                 {"A", 88, 98, 93, 105},        {"TEX", 92, 102, 110, 112},
                 {".", 110, 102, 112, 112},   {"lease", 116, 100, 140, 110},
                 {"7", 140, 98, 143, 104},    {"of", 147, 100, 155, 110},
                 {"10", 159, 100, 169, 110},  {"5", 169, 97, 172, 103},
                 {"ם", 180, 100, 186, 110},   {"ולש", 186, 100, 200, 110},
                 {"up", 204, 60, 214, 90},    {"side", 204, 90, 214, 130}};
    Buf in;
    buf_init(&in, 1 << 16);
    buf_add_c(&in, "<page width=\"600\" height=\"800\">\n<block>\n"
                   "<line xMin=\"50\" yMin=\"97\" xMax=\"200\" yMax=\"112\">\n");
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        buf_printf(&in, "<word xMin=\"%d\" yMin=\"%d\" xMax=\"%d\" yMax=\"%d\">%s</word>\n",
                   words[i].x0, words[i].y0, words[i].x1, words[i].y1, words[i].text);
    }
    buf_add_c(&in, "</line>\n</block>\n</page>\n");
    assert_pdf_text(&in, "usunąć LATEX. lease 7 of 10 5 שלום up side");
}

static void words_that_run_from_right_to_left_are_turned_alone(void **state) {
    static const char *const words[][2] = {
        {"Python", "Python"},     {"12.5", "12.5"},   {"ةغلب", "بلغة"}, {"(םולש)", "(שלום)"},
        {"2024-תנש", "שנת-2024"}, {"abcםולש", "שלוםabc"}, {"", ""}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        char word[64];
        (void)snprintf(word, sizeof word, "%s", words[i][0]);
        pdf_turn_word(word, strlen(word));
        assert_string_equal(word, words[i][1]);
    }
}

/* Eight invoices in a row look much alike at the top; their numbers are what somebody looks for. */
static void text_at_a_page_edge_that_differs_in_numbers_is_no_running_header(void **state) {
    Buf in;
    buf_init(&in, 1 << 16);
    for (int page = 1; page <= 8; page++) {
        char words[64];
        buf_add_c(&in, "<page width=\"600\" height=\"800\">\n");
        add_pdf_line(&in, 10, "Kestrel Pottery, telephone 01632 960118");
        (void)snprintf(words, sizeof words, "Invoice %d of 2025-%02d-11", 3000 + 17 * page, page);
        add_pdf_line(&in, 30, words);
        add_pdf_line(&in, 400, "Paid.");
        (void)snprintf(words, sizeof words, "Page %d of 8", page);
        add_pdf_line(&in, 780, words);
        buf_add_c(&in, "</page>\n");
    }
    Feed feed = {buf_str(&in), 0, 1000};
    PdfSource source = {feed_next, &feed, NULL};
    Doc doc;
    Err err;
    doc_init(&doc);
    assert_int_equal(read_pdf(&source, &doc, &err), OK);
    Str text = buf_str(&doc.text);
    for (int page = 1; page <= 8; page++) {
        char words[64];
        (void)snprintf(words, sizeof words, "Invoice %d of 2025-%02d-11", 3000 + 17 * page, page);
        assert_int_not_equal(str_find(text, str_from(words), 0), SIZE_MAX);
    }
    assert_int_equal(str_find(text, STR("Page "), 0), SIZE_MAX);
    size_t once = str_find(text, STR("960118"), 0); /* a letterhead is said once */
    assert_int_not_equal(once, SIZE_MAX);
    assert_int_equal(str_find(text, STR("960118"), once + 1), SIZE_MAX);
    doc_fini(&doc);
    buf_fini(&in);
}

/* What the cell at this place says: letters, so that it is no mark of its neighbour. */
static const char *cell_word(int row, int cell, char out[4]) {
    (void)snprintf(out, 4, "%c%c%c", 'a' + row, 'a' + cell / 26, 'a' + cell % 26);
    return out;
}

/* A calendar of a quarter, one cell a day: four rows of 90. */
/* Of more than 64 columns the last one has the rest. */
static void a_row_of_a_pdf_keeps_all_its_words(void **state) {
    enum { CELLS = 90, COLUMNS = 64 };
    Buf in;
    buf_init(&in, 1 << 17);
    buf_add_c(&in, "<page width=\"3000\" height=\"800\">\n");
    for (int row = 0; row < 4; row++) {
        for (int cell = 0; cell < CELLS; cell++) {
            int x = 50 + 30 * cell, y = 300 + 12 * row;
            char box[80], word[4];
            (void)snprintf(box, sizeof box, "xMin=\"%d\" yMin=\"%d\" xMax=\"%d\" yMax=\"%d\"", x, y,
                           x + 12, y + 10);
            buf_printf(&in, "<block %s>\n<line %s>\n<word %s>%s</word>\n", box, box, box,
                       cell_word(row, cell, word));
            buf_add_c(&in, "</line>\n</block>\n");
        }
    }
    buf_add_c(&in, "</page>\n");
    Feed feed = {buf_str(&in), 0, 1000};
    PdfSource source = {feed_next, &feed, NULL};
    Doc doc;
    Err err;
    doc_init(&doc);
    assert_int_equal(read_pdf(&source, &doc, &err), OK);
    assert_int_equal(doc.n_blocks, 4);
    assert_int_equal(doc.blocks[3].kind, BLOCK_TABLE_ROW);
    for (int row = 0; row < 4; row++) {
        char word[4];
        Str text = str_sub(buf_str(&doc.text), doc.blocks[row].start, doc.blocks[row].end);
        assert_int_equal(text.n, CELLS * 3 + (COLUMNS - 1) * 3 + CELLS - COLUMNS);
        assert_true(str_ends(text, str_from(cell_word(row, CELLS - 1, word))));
    }
    doc_fini(&doc);
    buf_fini(&in);
}

static void every_failed_allocation_is_reported_and_leaks_nothing(void **state) {
    static const struct {
        TextReader read;
        const char *text;
    } cases[] = {{read_text, "a title\n\nwords\n"},
                 {read_markdown, "# a\n\nb | c\n--|--\nd | e\n"},
                 {read_html, "<title>t</title><p>a<ul><li>b</ul><table><tr><td>c<td>d</table>"},
                 {read_csv, "a,b\n1,2\n"},
                 {read_notebook, "{\"cells\":[{\"source\":\"# a\"},{\"cell_type\":\"code\","
                                 "\"source\":[\"b\"],\"outputs\":[{\"text\":\"c\"},"
                                 "{\"ename\":\"d\"}]}]}"},
                 {read_mail, "From: a\nSubject: =?utf-8?q?b?=\n\nc\n"},
                 {read_calendar, "BEGIN:VEVENT\nDTSTART:20260101\nSUMMARY:a\nRRULE:FREQ=DAILY\n"},
                 {read_calendar, "BEGIN:VCARD\nN;QUOTED-PRINTABLE:=E4;b\nTEL;CELL:1\nNOTE:\xE4\n"},
                 {read_mail, "From: a\nContent-Type: multipart/mixed; boundary=X\n\n--X\n"
                             "Content-Disposition: attachment; filename=n.csv\n\na,b\n1,2\n"
                             "--X--\n"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        for (uint64_t nth = 1; nth < 200; nth++) {
            uint64_t before = mem_live_blocks();
            Doc doc;
            Err err;
            doc_init(&doc);
            mem_fail_at(nth);
            Status status = cases[i].read(str_from(cases[i].text), &doc, &err);
            mem_fail_at(0);
            doc_fini(&doc);
            assert_int_equal(mem_live_blocks(), before);
            assert_true(status == OK || status == E_NO_MEMORY || status == E_LIMIT);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cleaning_leaves_nothing_a_terminal_obeys),
        cmocka_unit_test(dates_are_read_in_the_usual_forms),
        cmocka_unit_test(charsets_are_told_by_their_bytes),
        cmocka_unit_test(conversion_mends_bad_bytes_and_refuses_noise),
        cmocka_unit_test(kinds_come_from_content_before_names),
        cmocka_unit_test(html_without_an_article_is_read_whole),
        cmocka_unit_test(html_hides_what_readers_do_not_see),
        cmocka_unit_test(html_hides_what_a_style_makes_invisible),
        cmocka_unit_test(html_nested_100k_deep_gives_its_words),
        cmocka_unit_test(html_that_hides_how_deep_it_is_gives_its_words),
        cmocka_unit_test(html_of_more_cells_than_there_is_room_for_gives_its_words),
        cmocka_unit_test(html_with_a_large_drawing_keeps_its_structure),
        cmocka_unit_test(a_manual_of_many_sections_is_read_whole),
        cmocka_unit_test(a_task_of_markdown_is_open_or_done),
        cmocka_unit_test(a_notebook_is_its_cells_and_what_they_printed),
        cmocka_unit_test(a_notebook_that_is_none_is_read_as_text),
        cmocka_unit_test(markdown_survives_deep_nesting),
        cmocka_unit_test(front_matter_keeps_what_is_no_quotation),
        cmocka_unit_test(front_matter_of_other_keys_is_read_as_it_stands),
        cmocka_unit_test(csv_survives_an_open_quote),
        cmocka_unit_test(csv_takes_the_separator_that_excel_names),
        cmocka_unit_test(csv_says_which_cells_it_left_out),
        cmocka_unit_test(mail_without_end_or_boundary_is_still_read),
        cmocka_unit_test(mail_that_keeps_no_rule_is_still_read),
        cmocka_unit_test(a_folder_is_parted_where_mails_begin),
        cmocka_unit_test(a_parameter_in_pieces_is_one),
        cmocka_unit_test(mail_nested_without_end_stops),
        cmocka_unit_test(mail_says_which_parts_it_left_out),
        cmocka_unit_test(an_attachment_hides_nothing_and_ends),
        cmocka_unit_test(docx_refuses_entities_and_deep_xml),
        cmocka_unit_test(quoted_printable_and_base64_are_lenient),
        cmocka_unit_test(pdf_output_is_read_in_pieces_of_any_size),
        cmocka_unit_test(a_pdf_of_arabic_or_hebrew_is_read_from_right_to_left),
        cmocka_unit_test(pieces_of_a_word_in_a_pdf_are_joined),
        cmocka_unit_test(a_lone_number_at_a_page_edge_is_dropped_and_a_sum_is_not),
        cmocka_unit_test(words_that_run_from_right_to_left_are_turned_alone),
        cmocka_unit_test(a_row_of_a_pdf_keeps_all_its_words),
        cmocka_unit_test(text_at_a_page_edge_that_differs_in_numbers_is_no_running_header),
        cmocka_unit_test(every_failed_allocation_is_reported_and_leaks_nothing),
    };
    return cmocka_run_group_tests_name("readers", tests, NULL, NULL);
}
