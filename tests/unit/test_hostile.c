/*
 * Promises about archives and documents made to hurt, kept by the real hearth-read in its walls:
 * a million entries, links and devices inside a docx, names that climb, sizes that lie, an archive
 * in an archive, PDF objects that contain themselves. Each gives text or one named reason, soon,
 * and the reader serves the next file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/reader_open.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

static char space[1 << 20]; /* for archives that are written */

/* Reads the open file, which is closed; a crash or a wait is a failure whatever else is wanted. */
static Status read_fd(int fd, const char *name, Doc *doc, Err *err) {
    double from = clock_now_ms();
    err_clear(err);
    Status status = extractor_run(shared, fd, name, doc, err);
    (void)close(fd);
    assert_null(strstr(err->message, "crashed"));
    assert_null(strstr(err->message, "forbidden"));
    assert_true(clock_now_ms() - from < 60000);
    if (status != OK) assert_true(err->message[0] != 0);
    return status;
}

static int file_of(const void *bytes, size_t n) {
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(file_write_all(fd, bytes, n, "test", NULL), OK);
    return fd;
}

static void assert_still_reads(void) {
    Doc doc;
    Err err;
    assert_int_equal(read_fd(file_of("still here", 10), "a.txt", &doc, &err), OK);
    doc_fini(&doc);
}

/* ---- archives -------------------------------------------------------------------------------- */

static const char body[] =
    "<?xml version=\"1.0\"?><w:document xmlns:w=\"x\"><w:body><w:p><w:r><w:t>visible text"
    "</w:t></w:r></w:p></w:body></w:document>";

typedef struct Entry {
    const char *name;
    mode_t type;
    const char *bytes; /* of a link: where it points */
} Entry;

static void put_entry(struct archive *a, const Entry *e) {
    struct archive_entry *entry = archive_entry_new();
    size_t n = strlen(e->bytes);
    archive_entry_set_pathname(entry, e->name);
    archive_entry_set_filetype(entry, e->type);
    archive_entry_set_perm(entry, 0644);
    if (e->type == AE_IFLNK) archive_entry_set_symlink(entry, e->bytes);
    else archive_entry_set_size(entry, (la_int64_t)n);
    assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
    if (e->type == AE_IFREG) assert_int_equal(archive_write_data(a, e->bytes, n), n);
    archive_entry_free(entry);
}

/* A zip of these entries in `space`; its length. */
static size_t zip_of(const Entry *entries, size_t n) {
    struct archive *a = archive_write_new();
    size_t used = 0;
    assert_int_equal(archive_write_set_format_zip(a), ARCHIVE_OK);
    assert_int_equal(archive_write_open_memory(a, space, sizeof space, &used), ARCHIVE_OK);
    for (size_t i = 0; i < n; i++) put_entry(a, &entries[i]);
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    (void)archive_write_free(a);
    return used;
}

static Status read_zip(const Entry *entries, size_t n, const char *name, Doc *doc, Err *err) {
    size_t used = zip_of(entries, n);
    return read_fd(file_of(space, used), name, doc, err);
}

static void links_in_an_archive_lead_nowhere(void **state) {
    static const Entry links[] = {{"word/document.xml", AE_IFLNK, "/etc/passwd"},
                                  {"word/styles.xml", AE_IFLNK, "../../../../etc/passwd"}};
    static const Entry beside[] = {{"word/styles.xml", AE_IFLNK, "/etc/passwd"},
                                   {"docProps/core.xml", AE_IFLNK, "/dev/zero"},
                                   {"word/document.xml", AE_IFREG, body}};
    Doc doc;
    Err err;
    assert_int_not_equal(read_zip(links, ARRAY_LEN(links), "link.docx", &doc, &err), OK);
    assert_true(doc.text.n == 0 || !strstr(doc.text.p, "root"));
    doc_fini(&doc);
    Status status = read_zip(beside, ARRAY_LEN(beside), "links.docx", &doc, &err);
    if (status == OK) assert_string_equal(doc.text.p, "visible text");
    else assert_int_equal(status, E_CORRUPT);
    doc_fini(&doc);
    assert_still_reads();
}

static void names_that_climb_write_nothing(void **state) {
    static const Entry entries[] = {{"../../../../tmp/hearth-slipped", AE_IFREG, "slipped"},
                                    {"/tmp/hearth-slipped", AE_IFREG, "slipped"},
                                    {"word/../../tmp/hearth-slipped", AE_IFREG, "slipped"},
                                    {"word/document.xml", AE_IFREG, body}};
    Doc doc;
    Err err;
    assert_int_equal(read_zip(entries, ARRAY_LEN(entries), "slip.docx", &doc, &err), OK);
    assert_string_equal(doc.text.p, "visible text");
    doc_fini(&doc);
    assert_int_not_equal(access("/tmp/hearth-slipped", F_OK), 0);
}

/* A document in a zip is a file in an archive; what lies in both would be one archive too many. */
static void one_archive_is_opened_and_no_second(void **state) {
    Entry entry = {"word/document.xml", AE_IFREG, body};
    size_t n = zip_of(&entry, 1);
    char *copy = mem_dup(space, n);
    struct archive *a = archive_write_new();
    struct archive_entry *e = archive_entry_new();
    size_t used = 0;
    Doc doc;
    Err err;
    assert_int_equal(archive_write_set_format_zip(a), ARCHIVE_OK);
    assert_int_equal(archive_write_open_memory(a, space, sizeof space, &used), ARCHIVE_OK);
    archive_entry_set_pathname(e, "inner.docx");
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_size(e, (la_int64_t)n);
    assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
    assert_int_equal(archive_write_data(a, copy, n), n);
    archive_entry_free(e);
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    (void)archive_write_free(a);
    mem_free(copy);
    assert_int_equal(read_fd(file_of(space, used), "outer.docx", &doc, &err), OK);
    assert_non_null(strstr(doc.text.p, "inner.docx\n\nvisible text"));
    doc_fini(&doc);
}

/* Every field of the central directory and of local headers that holds a size or place, bent. */
static void sizes_that_lie_are_damage(void **state) {
    static const uint32_t lies[] = {0, 1, 0x7FFFFFFF, 0xFFFFFFF0, 0xFFFFFFFF};
    Entry entry = {"word/document.xml", AE_IFREG, body};
    size_t n = zip_of(&entry, 1);
    unsigned bent = 0;
    for (size_t at = 0; at + 46 < n; at++) {
        bool local = memcmp(space + at, "PK\3\4", 4) == 0;
        bool central = memcmp(space + at, "PK\1\2", 4) == 0;
        static const size_t in_local[] = {18, 22}, in_central[] = {20, 24, 42};
        for (size_t f = 0; (local || central) && f < (local ? 2u : 3u); f++) {
            size_t field = at + (local ? in_local[f] : in_central[f]);
            for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
                char keep[4];
                Doc doc;
                Err err;
                memcpy(keep, space + field, 4);
                memcpy(space + field, &lies[i], 4);
                Status status = read_fd(file_of(space, n), "lie.docx", &doc, &err);
                assert_true(status == OK || status == E_CORRUPT || status == E_LIMIT ||
                            status == E_UNSUPPORTED);
                if (status == OK) assert_string_equal(doc.text.p, "visible text");
                doc_fini(&doc);
                memcpy(space + field, keep, 4);
                bent++;
            }
        }
    }
    assert_true(bent >= 25);
    assert_still_reads();
}

static void put_le(uint8_t *at, uint32_t value, int bytes) {
    for (int i = 0; i < bytes; i++) at[i] = (uint8_t)(value >> 8 * i);
}

/* Empty entries, each named by one letter, written by hand: 77 bytes each. */
static void read_many_entries(uint32_t entries, const char *want) {
    enum { LOCAL = 30 + 1, CENTRAL = 46 + 1 };
    size_t n = (size_t)entries * (LOCAL + CENTRAL) + 22;
    uint8_t *zip = mem_zalloc(n), *at = zip;
    assert_non_null(zip);
    for (uint32_t i = 0; i < entries; i++, at += LOCAL) {
        memcpy(at, "PK\3\4\x14\0", 6);
        put_le(at + 26, 1, 2);
        at[30] = 'e';
    }
    size_t directory = (size_t)(at - zip);
    for (uint32_t i = 0; i < entries; i++, at += CENTRAL) {
        memcpy(at, "PK\1\2\x14\0\x14\0", 8);
        put_le(at + 28, 1, 2);
        put_le(at + 42, i * LOCAL, 4);
        at[46] = 'e';
    }
    memcpy(at, "PK\5\6", 4);
    put_le(at + 8, 0xFFFF, 2);
    put_le(at + 10, 0xFFFF, 2);
    put_le(at + 12, entries * CENTRAL, 4);
    put_le(at + 16, (uint32_t)directory, 4);
    Doc doc;
    Err err;
    assert_int_equal(read_fd(file_of(zip, n), "many.docx", &doc, &err), E_LIMIT);
    if (!strstr(err.message, want)) fail_msg("%s", err.message);
    doc_fini(&doc);
    mem_free(zip);
    assert_still_reads();
}

static void a_million_entries_end_at_a_ceiling(void **state) {
    read_many_entries(1000000, "too large");           /* of bytes */
    read_many_entries(800000, "more than 20000 files"); /* of entries */
}

/* ---- XML and PDF ----------------------------------------------------------------------------- */

static void entities_are_neither_expanded_nor_fetched(void **state) {
    static const char laughs[] =
        "<?xml version=\"1.0\"?><!DOCTYPE d [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">"
        "<!ENTITY c \"&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;\">]>"
        "<w:document xmlns:w=\"x\"><w:body><w:p><w:r><w:t>&d;</w:t></w:r></w:p></w:body>"
        "</w:document>";
    static const char foreign[] =
        "<?xml version=\"1.0\"?><!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
        "<w:document xmlns:w=\"x\"><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body>"
        "</w:document>";
    const char *const parts[] = {laughs, foreign};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        Entry entry = {"word/document.xml", AE_IFREG, parts[i]};
        Doc doc;
        Err err;
        assert_int_equal(read_zip(&entry, 1, "entity.docx", &doc, &err), E_CORRUPT);
        assert_true(doc.text.n < 100);
        doc_fini(&doc);
    }
}

static void pdfs_that_contain_themselves_end(void **state) {
    /* pages that are their own parents and kids, and a count of two thousand million */
    static const char pages[] =
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        "2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2000000000/Parent 2 0 R>>endobj\n"
        "trailer<</Root 1 0 R/Size 3>>\n";
    /* a table of contents whose predecessor is itself */
    static const char table[] =
        "%PDF-1.4\nxref\n0 1\n0000000000 65535 f \ntrailer<</Prev 9/Size 1>>\nstartxref\n9\n"
        "%%EOF";
    /* a stream whose length is the stream itself */
    static const char stream[] =
        "%PDF-1.4\n1 0 obj<</Length 1 0 R>>stream\nx\nendstream endobj\n"
        "trailer<</Root 1 0 R>>\n";
    static const char *const pdfs[] = {pages, table, stream, "%PDF-1.7\n",
                                       "%PDF-9.9\n\x80\x80\x80"};
    for (size_t i = 0; i < ARRAY_LEN(pdfs); i++) {
        Doc doc;
        Err err;
        (void)read_fd(file_of(pdfs[i], strlen(pdfs[i])), "self.pdf", &doc, &err);
        doc_fini(&doc);
    }
    char *nested = mem_alloc(400032); /* [[[[... 200,000 deep */
    assert_non_null(nested);
    memset(nested, '[', 400000);
    memcpy(nested, "%PDF-1.4\n1 0 obj", 16);
    Doc doc;
    Err err;
    (void)read_fd(file_of(nested, 400000), "deep.pdf", &doc, &err);
    doc_fini(&doc);
    mem_free(nested);
    assert_still_reads();
}

static void one_line_of_4_gb_is_refused_at_once(void **state) {
    int fd = file_of("words and then nothing", 22);
    Doc doc;
    Err err;
    assert_int_equal(ftruncate(fd, (off_t)4 << 30), 0);
    assert_int_equal(read_fd(fd, "line.txt", &doc, &err), E_LIMIT);
    doc_fini(&doc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_in_an_archive_lead_nowhere),
        cmocka_unit_test(names_that_climb_write_nothing),
        cmocka_unit_test(one_archive_is_opened_and_no_second),
        cmocka_unit_test(sizes_that_lie_are_damage),
        cmocka_unit_test(a_million_entries_end_at_a_ceiling),
        cmocka_unit_test(entities_are_neither_expanded_nor_fetched),
        cmocka_unit_test(pdfs_that_contain_themselves_end),
        cmocka_unit_test(one_line_of_4_gb_is_refused_at_once),
    };
    return cmocka_run_group_tests_name("hostile", tests, open_shared, close_shared);
}
