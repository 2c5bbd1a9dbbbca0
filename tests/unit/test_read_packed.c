/*
 * Promises about files behind gzip, bzip2, xz and zstd: they are read as what is inside, with its
 * lines, pages and kind; damage, bombs and layers are named, and end soon.
 */
/* cmocka needs these first */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../support/doc_dump.h"
#include "../support/reader_open.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "knowledge/read/read.h"

enum { SPACE = 1 << 20 };

static const char letter[] = "The ferry leaves at nine.\n\nTickets cost 4 euros.\n";

/* `bytes`, packed, `times` over, into `out`. */
static void pack(int filter, Str bytes, unsigned times, Buf *out) {
    static char space[SPACE];
    size_t used = 0;
    struct archive *a = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    assert_int_equal(archive_write_add_filter(a, filter), ARCHIVE_OK);
    assert_int_equal(archive_write_set_format_raw(a), ARCHIVE_OK);
    assert_int_equal(archive_write_open_memory(a, space, sizeof space, &used), ARCHIVE_OK);
    archive_entry_set_pathname(entry, "x");
    archive_entry_set_filetype(entry, AE_IFREG);
    assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
    for (unsigned i = 0; i < times; i++) {
        assert_int_equal(archive_write_data(a, bytes.p, bytes.n), bytes.n);
    }
    archive_entry_free(entry);
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    (void)archive_write_free(a);
    buf_add(out, space, used);
    assert_int_equal(out->status, OK);
}

static Buf packed(int filter, Str bytes) {
    Buf out;
    buf_init(&out, 16 << 20);
    pack(filter, bytes, 1, &out);
    return out;
}

/* The document as dump_doc() shows it; `want` NULL: any. */
static Status read_one(const Buf *bytes, const char *name, const char *want, Err *err) {
    Doc doc;
    ReadResult result;
    Buf dump;
    buf_init(&dump, 1 << 20);
    err_clear(err);
    doc_init(&doc);
    Status status = read_bytes(buf_str(bytes), str_from(name), &doc, &result, err);
    if (status == OK) dump_doc(&dump, &doc);
    if (want) assert_string_equal(dump.p, want);
    buf_fini(&dump);
    doc_fini(&doc);
    return status;
}

static Status read_walled(Str bytes, const char *name, Doc *doc, Err *err) {
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(file_write_all(fd, bytes.p, bytes.n, "test", NULL), OK);
    err_clear(err);
    Status status = extractor_run(shared, fd, name, doc, err);
    (void)close(fd);
    return status;
}

/* Base64, as mails carry bytes. */
static void add_coded(Buf *out, Str s) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < s.n; i += 3) {
        uint32_t three = 0;
        for (size_t k = 0; k < 3; k++) {
            three = three << 8 | (i + k < s.n ? (uint8_t)s.p[i + k] : 0);
        }
        for (size_t k = 0; k < 4; k++) {
            buf_add_byte(out, i + k > s.n ? '=' : digits[three >> (18 - 6 * k) & 63]);
        }
        if (i % 57 == 54) buf_add_byte(out, '\n');
    }
}

static const int FILTERS[] = {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_BZIP2, ARCHIVE_FILTER_XZ,
                              ARCHIVE_FILTER_ZSTD};

/* ---- what is inside ---- */

static void a_packed_file_is_read_as_what_it_is(void **state) {
    static const char text[] =
        "format: text\nP L1: The ferry leaves at nine.\nP L3: Tickets cost 4 euros.\n";
    static const char page[] = "format: html\ntitle: Boiler\nH1 L1: Boiler\nP L2: In May.\n";
    Err err;
    for (size_t i = 0; i < ARRAY_LEN(FILTERS); i++) {
        Buf b = packed(FILTERS[i], str_from(letter));
        Doc doc;
        assert_int_equal(read_one(&b, "letter.txt.packed", text, &err), OK);
        assert_int_equal(read_walled(buf_str(&b), "letter.txt.gz", &doc, &err), OK);
        assert_string_equal(doc.format, "text");
        doc_fini(&doc);
        buf_fini(&b);
        b = packed(FILTERS[i], STR("<html><title>Boiler</title><h1>Boiler</h1>\n<p>In May.</p>"));
        assert_int_equal(read_one(&b, "b.gz", page, &err), OK);
        buf_fini(&b);
    }
}

static void the_name_inside_tells_the_kind(void **state) {
    Err err;
    Buf b = packed(ARCHIVE_FILTER_GZIP, STR("int x;\n"));
    assert_int_equal(read_one(&b, "/d/x.c.gz", "format: code\nCODE L1: int x;\n", &err), OK);
    assert_int_equal(read_one(&b, "/d/x.gz", "format: text\nP L1: int x;\n", &err), OK);
    assert_int_equal(read_one(&b, ".gz", NULL, &err), OK);
    assert_int_equal(read_one(&b, "gz", NULL, &err), OK);
    assert_int_equal(read_one(&b, "", NULL, &err), OK);
    buf_fini(&b);
}

static Buf golden(const char *name) {
    char path[1024];
    Buf out;
    buf_init(&out, 1 << 20);
    (void)snprintf(path, sizeof path, "%s/documents/%s", getenv("HEARTH_GOLDEN"), name);
    assert_int_equal(file_read(path, &out, NULL), OK);
    return out;
}

static void office_documents_and_pdfs_keep_their_kind_and_pages(void **state) {
    static const struct {
        const char *file, *format;
    } cases[] = {{"ferry.docx", "docx"}, {"boats.xls", "xls"}, {"harbour.pdf", "pdf"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        Buf plain = golden(cases[i].file), b = packed(ARCHIVE_FILTER_XZ, buf_str(&plain));
        Doc doc, want;
        Err err;
        assert_int_equal(read_walled(buf_str(&plain), cases[i].file, &want, &err), OK);
        assert_int_equal(read_walled(buf_str(&b), "x.xz", &doc, &err), OK);
        assert_string_equal(doc.format, cases[i].format);
        assert_string_equal(doc.text.p, want.text.p);
        assert_int_equal(doc.n_pages, want.n_pages);
        assert_int_equal(doc.blocks[0].page, want.blocks[0].page);
        doc_fini(&doc);
        doc_fini(&want);
        buf_fini(&plain);
        buf_fini(&b);
    }
}

static void a_packed_attachment_is_read_and_its_pdf_kept(void **state) {
    Buf pdf = golden("harbour.pdf"), mail;
    const Buf parts[] = {packed(ARCHIVE_FILTER_GZIP, str_from(letter)),
                         packed(ARCHIVE_FILTER_GZIP, buf_str(&pdf))};
    Doc doc;
    Err err;
    buf_init(&mail, 1 << 20);
    buf_add_c(&mail, "From: a@b.example\nTo: c@d.example\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n"
                     "Subject: s\nMIME-Version: 1.0\n"
                     "Content-Type: multipart/mixed; boundary=X\n");
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        buf_printf(&mail, "\n--X\nContent-Transfer-Encoding: base64\nContent-Type: "
                          "application/gzip\nContent-Disposition: attachment; filename=f%zu.gz\n\n",
                   i);
        add_coded(&mail, buf_str(&parts[i]));
    }
    buf_add_c(&mail, "\n--X--\n");
    assert_int_equal(read_walled(buf_str(&mail), "m.eml", &doc, &err), OK);
    assert_non_null(strstr(doc.text.p, "The ferry leaves at nine."));
    assert_non_null(strstr(doc.text.p, "The harbour served 1,204 ships"));
    doc_fini(&doc);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        Buf part = parts[i];
        buf_fini(&part);
    }
    buf_fini(&pdf);
    buf_fini(&mail);
}

/* ---- gzip's members ---- */

static void members_and_padding_are_one_file(void **state) {
    Err err;
    Buf b = packed(ARCHIVE_FILTER_GZIP, STR("one\n"));
    pack(ARCHIVE_FILTER_GZIP, STR(""), 1, &b);
    pack(ARCHIVE_FILTER_GZIP, STR("two\n"), 1, &b);
    assert_int_equal(read_one(&b, "a.gz", "format: text\nP L1: one\\ntwo\n", &err), OK);
    for (int i = 0; i < 600; i++) buf_add_byte(&b, 0);
    assert_int_equal(read_one(&b, "a.gz", "format: text\nP L1: one\\ntwo\n", &err), OK);
    buf_add_c(&b, "rubbish");
    assert_int_equal(read_one(&b, "a.gz", NULL, &err), E_CORRUPT);
    buf_fini(&b);
    b = packed(ARCHIVE_FILTER_GZIP, STR(""));
    assert_int_equal(read_one(&b, "a.gz", "format: text\n", &err), OK);
    buf_fini(&b);
}

/* A first member whose checksum is wrong, with a whole one behind it. */
static void a_wrong_checksum_is_damage_in_every_member(void **state) {
    Err err;
    Buf b = packed(ARCHIVE_FILTER_GZIP, str_from(letter));
    size_t end = b.n;
    pack(ARCHIVE_FILTER_GZIP, str_from(letter), 1, &b);
    for (size_t i = 1; i <= 8; i++) {
        b.p[end - i] ^= 1;
        assert_int_equal(read_one(&b, "a.gz", NULL, &err), E_CORRUPT);
        b.p[end - i] ^= 1;
        b.p[b.n - i] ^= 1;
        assert_int_equal(read_one(&b, "a.gz", NULL, &err), E_CORRUPT);
        assert_non_null(strstr(err.message, "checksum"));
        b.p[b.n - i] ^= 1;
    }
    assert_int_equal(read_one(&b, "a.gz", NULL, &err), OK);
    buf_fini(&b);
}

/* Heads without end, each of which could be that of a member: the search has a budget. */
static void a_file_of_heads_ends_soon(void **state) {
    Err err;
    Buf out, text;
    buf_init(&out, 16 << 20);
    buf_init(&text, 4 << 20);
    for (int i = 0; i < 300000; i++) buf_add(&text, "\x1F\x8B\x08\xFF\xFF\x0F\0", 7);
    pack(ARCHIVE_FILTER_GZIP, STR("words and words and words\n"), 100000, &out);
    buf_add_str(&out, buf_str(&text));
    assert_int_equal(read_one(&out, "a.gz", NULL, &err), E_CORRUPT);
    buf_fini(&out);
    buf_fini(&text);
}

/* ---- made to hurt ---- */

/* Nothing less than the whole is read: half a text that looks whole would be a silent loss. */
static void a_cut_file_is_damage_wherever_it_is_cut(void **state) {
    for (size_t f = 0; f < ARRAY_LEN(FILTERS); f++) {
        Buf b = packed(FILTERS[f], str_from(letter));
        size_t all = b.n;
        for (b.n = 12; b.n < all; b.n++) {
            Err err;
            if (FILTERS[f] == ARCHIVE_FILTER_XZ && b.n >= all - 12) break; /* its index */
            Status status = read_one(&b, "a.gz", NULL, &err);
            if (status != E_CORRUPT) fail_msg("filter %zu at %zu of %zu: %d", f, b.n, all, status);
        }
        b.n = all;
        buf_fini(&b);
    }
}

static void no_bent_byte_crashes_or_hangs(void **state) {
    for (size_t f = 0; f < ARRAY_LEN(FILTERS); f++) {
        Buf b = packed(FILTERS[f], str_from(letter));
        for (size_t i = 0; i < b.n; i++) {
            for (int bit = 0; bit < 8; bit++) {
                Doc doc;
                Err err;
                b.p[i] ^= (char)(1 << bit);
                (void)read_walled(buf_str(&b), "a.gz", &doc, &err);
                assert_null(strstr(err.message, "crashed"));
                assert_null(strstr(err.message, "forbidden"));
                doc_fini(&doc);
                b.p[i] ^= (char)(1 << bit);
            }
        }
        buf_fini(&b);
    }
}

static void a_bomb_ends_at_a_ceiling(void **state) {
    static char zeros[1 << 20];
    for (size_t f = 0; f < ARRAY_LEN(FILTERS); f++) {
        Doc doc;
        Err err;
        Buf b;
        buf_init(&b, 16 << 20);
        pack(FILTERS[f], (Str){zeros, sizeof zeros}, 100, &b);
        assert_int_equal(read_walled(buf_str(&b), "bomb.gz", &doc, &err), E_LIMIT);
        assert_non_null(strstr(err.message, "a bomb?"));
        doc_fini(&doc);
        buf_fini(&b);
    }
}

/* 10 GB in 10 MB: 32 members of 320 MB each, which is how a shorter test writes it. */
static void ten_gigabytes_are_not_unpacked(void **state) {
    static char zeros[1 << 20];
    Doc doc;
    Err err;
    Buf b, one;
    buf_init(&b, 32 << 20);
    buf_init(&one, 16 << 20);
    pack(ARCHIVE_FILTER_GZIP, (Str){zeros, sizeof zeros}, 320, &one);
    for (int i = 0; i < 32; i++) buf_add_str(&b, buf_str(&one));
    assert_int_equal(read_walled(buf_str(&b), "bomb.gz", &doc, &err), E_LIMIT);
    assert_non_null(strstr(err.message, "more than 64 MB"));
    doc_fini(&doc);
    buf_fini(&b);
    buf_fini(&one);
}

/* Also of a file that unpacks to itself: the second layer is the first that is not opened. */
static void one_layer_is_taken_off(void **state) {
    for (size_t f = 0; f < ARRAY_LEN(FILTERS); f++) {
        Err err;
        Buf inner = packed(FILTERS[f], str_from(letter));
        Buf outer = packed(ARCHIVE_FILTER_GZIP, buf_str(&inner));
        assert_int_equal(read_one(&outer, "a.gz.gz", NULL, &err), E_UNSUPPORTED);
        assert_non_null(strstr(err.message, "packed file in a packed file"));
        buf_fini(&inner);
        buf_fini(&outer);
    }
}

/* A mail in a packed file, with a packed mail attached, and so on: the second stays closed. */
static void layers_between_mails_end(void **state) {
    Buf inner = packed(ARCHIVE_FILTER_GZIP, str_from(letter));
    for (int depth = 0; depth < 3; depth++) {
        Buf mail;
        buf_init(&mail, 1 << 20);
        buf_add_c(&mail, "From: a@b.example\nTo: c@d.example\nSubject: s\nDate: x\n"
                         "Content-Type: application/gzip; name=f.gz\n"
                         "Content-Transfer-Encoding: base64\n\n");
        add_coded(&mail, buf_str(&inner));
        buf_fini(&inner);
        inner = packed(ARCHIVE_FILTER_GZIP, buf_str(&mail));
        buf_fini(&mail);
    }
    Doc doc;
    Err err;
    assert_int_equal(read_walled(buf_str(&inner), "m.eml.gz", &doc, &err), OK);
    assert_string_equal(doc.format, "mail");
    assert_non_null(strstr(doc.text.p, "f.gz (not read: packed file in a packed file)"));
    doc_fini(&doc);
    buf_fini(&inner);
}

static void what_only_looks_packed_is_text(void **state) {
    Err err;
    Buf b;
    buf_init(&b, 1 << 10);
    buf_add_c(&b, "BZhang wrote this letter.\n");
    assert_int_equal(read_one(&b, "a", "format: text\nP L1: BZhang wrote this letter.\n", &err),
                     OK);
    buf_fini(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packed_file_is_read_as_what_it_is),
        cmocka_unit_test(the_name_inside_tells_the_kind),
        cmocka_unit_test(office_documents_and_pdfs_keep_their_kind_and_pages),
        cmocka_unit_test(a_packed_attachment_is_read_and_its_pdf_kept),
        cmocka_unit_test(members_and_padding_are_one_file),
        cmocka_unit_test(a_wrong_checksum_is_damage_in_every_member),
        cmocka_unit_test(a_file_of_heads_ends_soon),
        cmocka_unit_test(a_cut_file_is_damage_wherever_it_is_cut),
        cmocka_unit_test(no_bent_byte_crashes_or_hangs),
        cmocka_unit_test(a_bomb_ends_at_a_ceiling),
        cmocka_unit_test(ten_gigabytes_are_not_unpacked),
        cmocka_unit_test(one_layer_is_taken_off),
        cmocka_unit_test(layers_between_mails_end),
        cmocka_unit_test(what_only_looks_packed_is_text),
    };
    return cmocka_run_group_tests_name("read_packed", tests, open_shared, close_shared);
}
