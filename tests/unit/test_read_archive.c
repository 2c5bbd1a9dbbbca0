/*
 * Promises about archives of files: each file that can be read is a part of one document, the
 * others are named with the reason; what is made to hurt ends soon, and nothing is written.
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

#include "../support/reader_open.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "knowledge/read/read.h"

enum { SPACE = 24 << 20 };

static char space[SPACE];

typedef struct Entry {
    const char *name;
    Str bytes; /* of a link: where it leads */
    unsigned type; /* 0: AE_IFREG */
    size_t times; /* 0: once */
} Entry;

#define FILE_OF(name, text) {name, {text, sizeof(text) - 1}, 0, 0}

typedef struct Shape {
    int (*format)(struct archive *a);
    int filter;
    const char *passphrase; /* NULL: none */
} Shape;

static const Shape ZIP = {archive_write_set_format_zip, ARCHIVE_FILTER_NONE, NULL};
static const Shape TAR = {archive_write_set_format_ustar, ARCHIVE_FILTER_NONE, NULL};
static const Shape TAR_GZ = {archive_write_set_format_pax, ARCHIVE_FILTER_GZIP, NULL};
static const Shape SEVEN = {archive_write_set_format_7zip, ARCHIVE_FILTER_NONE, NULL};

static void put(struct archive *a, const Entry *e) {
    struct archive_entry *entry = archive_entry_new();
    size_t times = e->times ? e->times : 1;
    archive_entry_set_pathname(entry, e->name);
    archive_entry_set_filetype(entry, e->type ? e->type : AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    if (e->type == AE_IFLNK) archive_entry_set_symlink(entry, e->bytes.p);
    if (!e->type) archive_entry_set_size(entry, (la_int64_t)(e->bytes.n * times));
    assert_true(archive_write_header(a, entry) >= ARCHIVE_WARN);
    for (size_t i = 0; !e->type && i < times; i++) {
        assert_int_equal(archive_write_data(a, e->bytes.p, e->bytes.n), e->bytes.n);
    }
    archive_entry_free(entry);
}

/* The archive in `space`. */
static Str make(Shape shape, const Entry *entries, size_t n) {
    struct archive *a = archive_write_new();
    size_t used = 0;
    assert_int_equal(archive_write_add_filter(a, shape.filter), ARCHIVE_OK);
    assert_int_equal(shape.format(a), ARCHIVE_OK);
    if (shape.passphrase) {
        assert_int_equal(archive_write_set_options(a, "zip:encryption=zipcrypt"), ARCHIVE_OK);
        assert_int_equal(archive_write_set_passphrase(a, shape.passphrase), ARCHIVE_OK);
    }
    assert_int_equal(archive_write_open_memory(a, space, sizeof space, &used), ARCHIVE_OK);
    for (size_t i = 0; i < n; i++) put(a, &entries[i]);
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    (void)archive_write_free(a);
    return (Str){space, used};
}

static Status read_walled(Str bytes, const char *name, Doc *doc, Err *err) {
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(file_write_all(fd, bytes.p, bytes.n, "test", NULL), OK);
    err_clear(err);
    double from = clock_now_ms();
    Status status = extractor_run(shared, fd, name, doc, err);
    (void)close(fd);
    assert_null(strstr(err->message, "crashed"));
    assert_null(strstr(err->message, "forbidden"));
    assert_true(clock_now_ms() - from < 60000);
    return status;
}

/* The text that these entries make. */
static void assert_text(Shape shape, const Entry *entries, size_t n, const char *want) {
    Doc doc;
    Err err;
    Status status = read_walled(make(shape, entries, n), "a.bin", &doc, &err);
    if (status != OK) fail_msg("%s", err.message);
    assert_string_equal(doc.format, "archive");
    assert_string_equal(doc.text.p, want);
    doc_fini(&doc);
}

static void assert_refused(Shape shape, const Entry *entries, size_t n, Status want,
                           const char *words) {
    Doc doc;
    Err err;
    assert_int_equal(read_walled(make(shape, entries, n), "a.bin", &doc, &err), want);
    if (!strstr(err.message, words)) fail_msg("%s", err.message);
    doc_fini(&doc);
}

/* ---- what is inside ---- */

static void letters_are_parts_under_their_names(void **state) {
    static const Entry letters[] = {{"post", {"", 0}, AE_IFDIR, 0},
                                    FILE_OF("post/rent.txt", "The rent is 900 euros."),
                                    FILE_OF("photo.png", "\x89PNG\r\n\x1a\n and so on"),
                                    FILE_OF("post/b.html", "<html><p>The boiler is old.</p>")};
    static const Shape *const shapes[] = {&ZIP, &TAR, &TAR_GZ, &SEVEN};
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        assert_text(*shapes[i], letters, ARRAY_LEN(letters),
                    "post/rent.txt\n\nThe rent is 900 euros.\n\npost/b.html\n\nThe boiler is old."
                    "\n\nFiles: post/rent.txt, photo.png (not read: image (png)), post/b.html");
    }
}

/* As Python wrote them: one with the flag of UTF-8, one in GB18030 without. */
static void names_in_other_scripts_are_shown(void **state) {
    static const char utf8[] =
        "PK\003\004\024\000\000\010\000\000\000\000!\000\206\246\0206\005\000\000\000\005\000"
        "\000\000\012\000\000\000\344\277\241\344\273\266.txthelloPK\001\002\024\003\024\000\000"
        "\010\000\000\000\000!\000\206\246\0206\005\000\000\000\005\000\000\000\012\000\000\000"
        "\000\000\000\000\000\000\000\000\200\001\000\000\000\000\344\277\241\344\273\266.txtPK"
        "\005\006\000\000\000\000\001\000\001\0008\000\000\000-\000\000\000\000\000";
    static const char old[] =
        "PK\003\004\024\000\000\000\000\000\000\000!\000\206\246\0206\005\000\000\000\005\000"
        "\000\000\010\000\000\000\320\305\274\376.txthelloPK\001\002\024\003\024\000\000\000\000"
        "\000\000\000!\000\206\246\0206\005\000\000\000\005\000\000\000\010\000\000\000\000\000"
        "\000\000\000\000\000\000\200\001\000\000\000\000\320\305\274\376.txtPK\005\006\000\000"
        "\000\000\001\000\001\0006\000\000\000+\000\000\000\000\000";
    Doc doc;
    Err err;
    assert_int_equal(read_walled((Str){utf8, sizeof utf8 - 1}, "a.zip", &doc, &err), OK);
    assert_string_equal(doc.text.p, "信件.txt\n\nhello\n\nFiles: 信件.txt");
    doc_fini(&doc);
    assert_int_equal(read_walled((Str){old, sizeof old - 1}, "a.zip", &doc, &err), OK);
    assert_non_null(strstr(doc.text.p, ".txt\n\nhello\n\nFiles: "));
    doc_fini(&doc);
}

static void a_packed_file_in_an_archive_is_read(void **state) {
    static const Entry letter = FILE_OF("letter.txt", "The inner letter.");
    static const Shape raw = {archive_write_set_format_raw, ARCHIVE_FILTER_GZIP, NULL};
    Str inner = make(raw, &letter, 1);
    char *copy = mem_dup(inner.p, inner.n);
    const Entry outer = {"letter.txt.gz", {copy, inner.n}, 0, 0};
    assert_text(TAR_GZ, &outer, 1, "letter.txt.gz\n\nThe inner letter.\n\nFiles: letter.txt.gz");
    mem_free(copy);
}

static Buf golden(const char *name) {
    char path[1024];
    Buf out;
    buf_init(&out, 1 << 20);
    (void)snprintf(path, sizeof path, "%s/documents/%s", getenv("HEARTH_GOLDEN"), name);
    assert_int_equal(file_read(path, &out, NULL), OK);
    return out;
}

static void office_mail_and_pdf_in_an_archive_are_read(void **state) {
    Buf word = golden("ferry.docx"), pdf = golden("harbour.pdf"), mail = golden("mail.eml");
    const Entry entries[] = {{"ferry.docx", buf_str(&word), 0, 0},
                             {"harbour.pdf", buf_str(&pdf), 0, 0},
                             {"mail.eml", buf_str(&mail), 0, 0}};
    Doc doc;
    Err err;
    assert_int_equal(read_walled(make(ZIP, entries, 3), "a.zip", &doc, &err), OK);
    assert_non_null(strstr(doc.text.p, "Ferry timetable"));
    assert_non_null(strstr(doc.text.p, "The harbour served 1,204 ships"));
    assert_non_null(strstr(doc.text.p, "at the pier opens on 5 May"));
    assert_non_null(strstr(doc.text.p, "Monday | 4.1 | 0.6"));   /* a table attached to it */
    assert_non_null(strstr(doc.text.p, "(not read: this PDF is damaged)")); /* and a PDF */
    doc_fini(&doc);
    buf_fini(&word);
    buf_fini(&pdf);
    buf_fini(&mail);
}

static void programs_and_pictures_alone_are_no_documents(void **state) {
    static const Entry jar[] = {FILE_OF("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n"),
                                FILE_OF("A.class", "\xCA\xFE\xBA\xBE\0\0\0\x34")};
    static const Entry wheel[] = {FILE_OF("a.py", "print(1)\n"),
                                  FILE_OF("a-1.dist-info/WHEEL", "Wheel-Version: 1.0\n")};
    static const Entry pictures[] = {FILE_OF("a.png", "\x89PNG\r\n\x1a\n a"),
                                     FILE_OF("b.gif", "GIF89a b")};
    assert_refused(ZIP, jar, 2, E_UNSUPPORTED, "program (jar)");
    assert_refused(ZIP, wheel, 2, E_UNSUPPORTED, "program (wheel)");
    assert_refused(ZIP, pictures, 2, E_UNSUPPORTED, "archive (zip): no file in it can be read");
    assert_refused(TAR, pictures, 2, E_UNSUPPORTED, "archive (tar): no file in it can be read");
    assert_refused(ZIP, NULL, 0, E_UNSUPPORTED, "archive (zip)");
}

/* ---- untrusted ---- */

static void links_and_devices_are_named_and_names_only_shown(void **state) {
    static const Entry entries[] = {{"passwd", {"/etc/passwd", 11}, AE_IFLNK, 0},
                                    {"zero", {"", 0}, AE_IFCHR, 0},
                                    {"pipe", {"", 0}, AE_IFIFO, 0},
                                    FILE_OF("../../tmp/hearth-climbs", "climbing"),
                                    FILE_OF("/tmp/hearth-climbs", "absolute"),
                                    FILE_OF("a\nb\x1b[31m", "bent"),
                                    FILE_OF("\xFF\xFE", "no UTF-8")};
    Doc doc;
    Err err;
    assert_int_equal(read_walled(make(TAR, entries, ARRAY_LEN(entries)), "a.tar", &doc, &err), OK);
    assert_non_null(strstr(doc.text.p, "passwd (not read: a link)"));
    assert_non_null(strstr(doc.text.p, "zero (not read: a device or pipe)"));
    assert_non_null(strstr(doc.text.p, "pipe (not read: a device or pipe)"));
    assert_non_null(strstr(doc.text.p, "../../tmp/hearth-climbs\n\nclimbing"));
    assert_non_null(strstr(doc.text.p, "\n\nno UTF-8"));
    assert_null(strchr(doc.text.p, '\x1b'));
    assert_null(strstr(doc.text.p, "root:"));
    doc_fini(&doc);
    assert_int_not_equal(access("/tmp/hearth-climbs", F_OK), 0);
}

static void encrypted_files_are_named(void **state) {
    static const Entry entry = FILE_OF("secret.txt", "The code is 1234.");
    static const Shape locked = {archive_write_set_format_zip, ARCHIVE_FILTER_NONE, "word"};
    assert_refused(locked, &entry, 1, E_CORRUPT, "encrypted");
}

static void an_archive_in_an_archive_stays_closed(void **state) {
    static const Entry letter = FILE_OF("letter.txt", "The inner letter.");
    Str inner = make(ZIP, &letter, 1);
    char *copy = mem_dup(inner.p, inner.n);
    const Entry outer[] = {{"inner.zip", {copy, inner.n}, 0, 0}, FILE_OF("n.txt", "Outer.")};
    assert_text(TAR_GZ, outer, 2,
                "n.txt\n\nOuter.\n\nFiles: inner.zip (not read: archive in an archive), n.txt");
    mem_free(copy);
}

static void bombs_and_crowds_end_at_ceilings(void **state) {
    static char zeros[1 << 20];
    memset(zeros, 'a', sizeof zeros);
    static const Entry many[] = {{"a.txt", {zeros, sizeof zeros}, 0, 60},
                                 {"b.txt", {zeros, sizeof zeros}, 0, 60},
                                 {"c.txt", {zeros, sizeof zeros}, 0, 60}};
    static const Entry one[] = {{"a.txt", {zeros, sizeof zeros}, 0, 1000},
                                FILE_OF("b.txt", "small")};
    assert_refused(ZIP, many, 3, E_LIMIT, "more than 128 MB");
    assert_refused(TAR_GZ, one, 2, E_LIMIT, "more than 64 MB");
    assert_text(ZIP, one, 2, "b.txt\n\nsmall\n\nFiles: a.txt (not read: larger than 64 MB), b.txt");
    Entry *crowd = mem_zalloc(20001 * sizeof *crowd);
    assert_non_null(crowd);
    for (size_t i = 0; i < 20001; i++) crowd[i] = (Entry)FILE_OF("x", "y");
    assert_refused(TAR, crowd, 20001, E_LIMIT, "more than 20000 files");
    mem_free(crowd);
}

/* No cut gives half a document that looks whole; a tar may end where a file ends. */
static void a_cut_archive_is_damage_or_whole(void **state) {
    static const Entry entries[] = {FILE_OF("a.txt", "The first letter."),
                                    FILE_OF("b.txt", "The second letter.")};
    static const Shape *const shapes[] = {&ZIP, &SEVEN, &TAR_GZ};
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        Str all = make(*shapes[i], entries, 2);
        for (size_t n = 8; n < all.n; n += 3) {
            Doc doc;
            Err err;
            Status status = read_walled((Str){all.p, n}, "a.bin", &doc, &err);
            if (status == OK && !strstr(doc.text.p, "second")) fail_msg("%zu at %zu", i, n);
            doc_fini(&doc);
        }
    }
}

static void no_bent_byte_crashes(void **state) {
    static const Entry entries[] = {FILE_OF("a.txt", "The first letter."),
                                    FILE_OF("b.txt", "The second letter.")};
    static const Shape *const shapes[] = {&ZIP, &TAR, &SEVEN};
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        Str all = make(*shapes[i], entries, 2);
        for (size_t n = 0; n < all.n && n < 2048; n++) {
            Doc doc;
            Err err;
            space[n] ^= (char)0x81;
            (void)read_walled(all, "a.bin", &doc, &err);
            space[n] ^= (char)0x81;
            doc_fini(&doc);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_are_parts_under_their_names),
        cmocka_unit_test(names_in_other_scripts_are_shown),
        cmocka_unit_test(a_packed_file_in_an_archive_is_read),
        cmocka_unit_test(office_mail_and_pdf_in_an_archive_are_read),
        cmocka_unit_test(programs_and_pictures_alone_are_no_documents),
        cmocka_unit_test(links_and_devices_are_named_and_names_only_shown),
        cmocka_unit_test(encrypted_files_are_named),
        cmocka_unit_test(an_archive_in_an_archive_stays_closed),
        cmocka_unit_test(bombs_and_crowds_end_at_ceilings),
        cmocka_unit_test(a_cut_archive_is_damage_or_whole),
        cmocka_unit_test(no_bent_byte_crashes),
    };
    return cmocka_run_group_tests_name("read_archive", tests, open_shared, close_shared);
}
