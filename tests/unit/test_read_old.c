/*
 * Promises of the readers of rich text and of old Office files, called directly: what each does
 * with hostile input and without memory. What they make of whole files is in
 * tests/golden/documents.
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
#include "base/file.h"
#include "base/mem.h"
#include "knowledge/read/read.h"

typedef Status (*ReadFn)(Str bytes, Doc *doc, Err *err);

static void assert_text(ReadFn reader, Str bytes, const char *want) {
    Doc doc;
    Err err = {0};
    doc_init(&doc);
    assert_int_equal(reader(bytes, &doc, &err), OK);
    assert_string_equal(doc.text.p ? doc.text.p : "", want);
    doc_fini(&doc);
}

static Buf golden(const char *name) {
    char path[512];
    Buf bytes;
    const char *root = getenv("HEARTH_GOLDEN");
    buf_init(&bytes, 1 << 20);
    if (!root) skip();
    (void)snprintf(path, sizeof path, "%s/documents/%s", root, name);
    assert_int_equal(file_read(path, &bytes, NULL), OK);
    return bytes;
}

/* Fails each allocation once: an error or a document, and nothing is lost. */
static void fail_each(ReadFn reader, Str bytes) {
    for (uint64_t nth = 1; nth < 4000; nth++) {
        uint64_t live = mem_live_blocks(), calls = mem_calls();
        Doc doc;
        Err err = {0};
        doc_init(&doc);
        mem_fail_at(nth);
        Status status = reader(bytes, &doc, &err);
        bool reached = mem_calls() - calls >= nth;
        mem_fail_at(0);
        doc_fini(&doc);
        assert_true(status == OK || status == E_NO_MEMORY);
        assert_int_equal(mem_live_blocks(), live);
        if (!reached) {
            assert_int_equal(status, OK);
            return;
        }
    }
    fail();
}

/* ---- rich text ---- */

static void rtf_text_boxes_keep_to_themselves(void **state) {
    assert_text(read_rtf,
                STR("{\\rtf1 foo{\\shp{\\*\\shpinst{\\sp{\\sn a}}{\\shptxt bar}}}baz\\par}"),
                "foo bar baz");
    assert_text(read_rtf,
                STR("{\\rtf1{\\*\\do\\dobxpage\\dptxbx{\\dptxbxtext a\\par}\\dpx1}b\\par}"),
                "a\n\nb");
}

static void rtf_characters_are_those_that_were_meant(void **state) {
    assert_text(read_rtf, STR("{\\rtf1 a\\u233?b\\u-3?c\\'e4}"), "a\xC3\xA9"
                                                                "b\xEF\xBF\xBD"
                                                                "c\xC3\xA4");
    assert_text(read_rtf, STR("{\\rtf1{\\uc2\\u233xy z}\\uc0\\u233x}"), "\xC3\xA9 z\xC3\xA9x");
    assert_text(read_rtf, STR("{\\rtf1\\ansicpg936 \\'d6\\'d0{\\b \\'ce}\\'c4}"), "中\xEF\xBF\xBD"
                                                                                "\xEF\xBF\xBD");
    assert_text(read_rtf, STR("{\\rtf1 one\\par two\\tab three\\\nfour}"),
                "one\n\ntwo three\n\nfour");
}

static void rtf_items_keep_marks_of_other_scripts(void **state) {
    assert_text(read_rtf, STR("{\\rtf1{\\listtext \\u19968?\\u12289?\\tab}rent\\par"
                              "{\\listtext\\u183?\\tab}heating\\par"
                              "{\\listtext 3.\\tab}water\\par}"),
                "一、 rent\n- heating\n3. water");
}

static void rtf_that_is_broken_gives_what_there_is(void **state) {
    static const struct {
        const char *in, *want;
    } cases[] = {{"{\\rtf1 open {and {deep", "open and deep"},
                 {"{\\rtf1}}}}", ""},
                 {"{\\rtf", ""},
                 {"{\\rtf1 a\\", "a"},
                 {"{\\rtf1 a\\'", "a"},
                 {"{\\rtf1 a\\'f", "af"},
                 {"{\\rtf1 a\\bin999999999 b}", "a"},
                 {"{\\rtf1 a\\bin-5 b}", "ab"},
                 {"{\\rtf1\\f99999999\\u99999999999 a\\ansicpg-1 b}", "b"},
                 {"{\\rtf1{\\fonttbl\\f-5\\fcharset134;}\\f-5 a}", "a"},
                 {"{\\rtf1\\cell\\cell\\row\\row a\\cell}", "a"},
                 {"{\\rtf1{\\pict 0102{\\rtf1 x}}z}", "z"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_text(read_rtf, str_from(cases[i].in), cases[i].want);
    }
    enum { DEEP = 100000 };
    Buf deep;
    buf_init(&deep, 1 << 24);
    buf_add_c(&deep, "{\\rtf1 top");
    for (int i = 0; i < DEEP; i++) buf_add_byte(&deep, '{');
    buf_add_c(&deep, " deep");
    for (int i = 0; i < DEEP; i++) buf_add_byte(&deep, '}');
    buf_add_c(&deep, " end}");
    assert_text(read_rtf, buf_str(&deep), "top deep end");
    buf_fini(&deep);
}

static void rtf_survives_every_failed_allocation(void **state) {
    Buf bytes = golden("lease.rtf");
    fail_each(read_rtf, buf_str(&bytes));
    buf_fini(&bytes);
}

/* ---- compound files ---- */

static Status read_compound(Str bytes, Doc *doc, Err *err) {
    ReadResult result = {""};
    return read_old(bytes, false, doc, &result, err);
}

static void assert_no_crash(Str bytes) {
    Doc doc;
    Err err = {0};
    doc_init(&doc);
    Status status = read_compound(bytes, &doc, &err);
    assert_true(status == OK || status == E_CORRUPT || status == E_UNSUPPORTED ||
                status == E_LIMIT);
    doc_fini(&doc);
}

static const char *const compounds[] = {"lease.doc", "berths.msg", "boats.xls",
                                        "tides.ppt"};

static void compound_files_that_are_cut_or_changed_never_crash(void **state) {
    for (size_t i = 0; i < ARRAY_LEN(compounds); i++) {
        Buf bytes = golden(compounds[i]);
        for (size_t n = 0; n < bytes.n; n += 7) assert_no_crash(str_sub(buf_str(&bytes), 0, n));
        for (size_t at = 0; at < bytes.n; at++) {
            static const char patterns[] = {'\xFF', '\x01', '\x80'};
            for (size_t k = 0; k < sizeof patterns; k++) {
                bytes.p[at] ^= patterns[k];
                assert_no_crash(buf_str(&bytes));
                bytes.p[at] ^= patterns[k];
            }
        }
        buf_fini(&bytes);
    }
}

/* Every sector says that the next one is itself, or the first; every entry that it is its own
   neighbour. */
static void chains_and_trees_that_run_in_circles_end(void **state) {
    for (size_t i = 0; i < ARRAY_LEN(compounds); i++) {
        for (uint32_t next = 0; next < 4; next++) {
            Buf bytes = golden(compounds[i]);
            size_t fat = bytes.n - 512;
            for (size_t at = fat; at < bytes.n; at += 4) memcpy(bytes.p + at, &next, 4);
            assert_no_crash(buf_str(&bytes));
            buf_fini(&bytes);
        }
        Buf bytes = golden(compounds[i]);
        uint32_t directory;
        memcpy(&directory, bytes.p + 48, 4);
        size_t from = ((size_t)directory + 1) * 512;
        for (uint32_t entry = 0; from + 128 <= bytes.n - 512; from += 128, entry++) {
            for (size_t at = 68; at <= 76; at += 4) memcpy(bytes.p + from + at, &entry, 4);
        }
        assert_no_crash(buf_str(&bytes));
        buf_fini(&bytes);
    }
}

static void put_u32(Buf *bytes, size_t at, size_t value) {
    uint32_t number = (uint32_t)value;
    memcpy(bytes->p + at, &number, 4);
}

/* Where the root's directory entry of this name begins; its name stands there in UTF-16. */
static size_t entry_named(const Buf *bytes, const char *name) {
    for (size_t at = 512; at + 128 <= bytes->n; at += 128) {
        size_t k = 0;
        while (name[k] && bytes->p[at + 2 * k] == name[k] && !bytes->p[at + 2 * k + 1]) k++;
        if (!name[k] && !bytes->p[at + 2 * k]) return at;
    }
    fail();
    return 0;
}

/* A message's numbers (its date, its code page, who a recipient is) stand in one stream. Behind
   what was there a stream of 2 MiB is put, and a new table of sectors for all of it. */
static void numbers_of_a_message_beyond_the_limit_are_no_absent_ones(void **state) {
    enum { SECTOR = 512, MORE = 4096, TABLE = 40 };
    Buf from = golden("berths.msg"), bytes;
    size_t old = from.n / SECTOR - 1, all = old + MORE + TABLE;
    buf_init(&bytes, 8 << 20);
    buf_add_str(&bytes, buf_str(&from));
    for (size_t i = 0; i < (MORE + TABLE) * SECTOR; i++) buf_add_byte(&bytes, 0);
    assert_int_equal(bytes.status, OK);
    size_t table = (old + MORE + 1) * SECTOR;
    size_t entry = entry_named(&bytes, "__properties_version1.0");
    memcpy(bytes.p + table, from.p + from.n - SECTOR, SECTOR); /* the old table stands last */
    for (size_t i = old; i < all; i++) {
        bool last = i + 1 >= old + MORE;
        put_u32(&bytes, table + 4 * i, last ? 0xFFFFFFFE : i + 1);
    }
    put_u32(&bytes, 44, TABLE);
    for (size_t i = 0; i < TABLE; i++) put_u32(&bytes, 76 + 4 * i, old + MORE + i);
    Doc doc;
    Err err = {0};
    doc_init(&doc);
    assert_int_equal(read_compound(buf_str(&bytes), &doc, &err), OK); /* not used yet */
    doc_fini(&doc);
    doc_init(&doc);
    put_u32(&bytes, entry + 116, old);
    put_u32(&bytes, entry + 120, MORE * SECTOR);
    assert_int_equal(read_compound(buf_str(&bytes), &doc, &err), E_LIMIT);
    doc_fini(&doc);
    buf_fini(&bytes);
    buf_fini(&from);
}

static void compound_files_survive_every_failed_allocation(void **state) {
    for (size_t i = 0; i < ARRAY_LEN(compounds); i++) {
        Buf bytes = golden(compounds[i]);
        fail_each(read_compound, buf_str(&bytes));
        buf_fini(&bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rtf_text_boxes_keep_to_themselves),
        cmocka_unit_test(rtf_characters_are_those_that_were_meant),
        cmocka_unit_test(rtf_items_keep_marks_of_other_scripts),
        cmocka_unit_test(rtf_that_is_broken_gives_what_there_is),
        cmocka_unit_test(rtf_survives_every_failed_allocation),
        cmocka_unit_test(compound_files_that_are_cut_or_changed_never_crash),
        cmocka_unit_test(chains_and_trees_that_run_in_circles_end),
        cmocka_unit_test(numbers_of_a_message_beyond_the_limit_are_no_absent_ones),
        cmocka_unit_test(compound_files_survive_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("read_old", tests, NULL, NULL);
}
