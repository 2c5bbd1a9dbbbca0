/*
 * Word documents (.docx): the zip package. docx_xml.c reads what is written in its parts.
 *
 * The archive is read in memory, entry by entry; only the five parts that matter are unpacked, by
 * name, and nothing is ever written, so that paths, links and devices in an archive mean nothing.
 * Ceilings: number of entries, bytes of one part after unpacking, bytes of all (a "zip bomb" ends
 * there). An encrypted entry is a reason of its own.
 *
 * Source: ECMA-376 part 2 (package), PKWARE APPNOTE 4.4 (through libarchive).
 */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>

#include "base/mem.h"
#include "knowledge/read/read.h"

enum { ENTRIES_MAX = 20000, PART_BYTES_MAX = 128 << 20, PARTS = 5 };

static const char *const PART_NAMES[PARTS] = {"word/document.xml", "word/styles.xml",
                                              "word/numbering.xml", "docProps/core.xml",
                                              "word/footnotes.xml"};

typedef struct Package {
    struct archive *archive;
    Buf parts[PARTS];
    char other[READ_KIND_MAX]; /* what it is when it is no docx */
    bool word;                 /* it has a word/ folder */
} Package;

static Status damaged(Package *pk, Err *err) {
    const char *why = archive_error_string(pk->archive);
    char clean[160];
    size_t n = 0;
    for (; why && why[n] && n + 1 < sizeof clean; n++) {
        clean[n] = why[n] >= 0x20 && why[n] < 0x7F ? why[n] : '?';
    }
    clean[n] = 0;
    return err_set(err, E_CORRUPT, "damaged zip archive: %s", n ? clean : "no reason given");
}

static Status unpack(Package *pk, Buf *out, const char *name, Err *err) {
    for (;;) {
        enum { STEP = 256 * 1024 };
        if (out->n >= PART_BYTES_MAX) {
            return err_set(err, E_LIMIT, "%s unpacks to more than %d MB: a zip bomb?", name,
                           PART_BYTES_MAX >> 20);
        }
        char *to = buf_reserve(out, STEP);
        if (!to) return buf_check(out, name, err);
        la_ssize_t n = archive_read_data(pk->archive, to, STEP);
        if (n == 0) return OK;
        if (n < 0) return damaged(pk, err);
        out->n += (size_t)n;
    }
}

static void note_kind(Package *pk, Str name) {
    Kind kind = kind_of_zip_entry(name);
    if (kind.id == KIND_ZIP) pk->word = true;
    if (*kind.words && !*pk->other) (void)snprintf(pk->other, sizeof pk->other, "%s", kind.words);
}

/* OpenDocument and EPUB say what they are in their first entry. */
static Status note_mimetype(Package *pk, Err *err) {
    static const struct {
        const char *mime, *words;
    } known[] = {{"application/vnd.oasis.opendocument.text", "OpenDocument text (odt)"},
                 {"application/vnd.oasis.opendocument.spreadsheet", "spreadsheet (ods)"},
                 {"application/vnd.oasis.opendocument.presentation", "presentation (odp)"},
                 {"application/epub+zip", "e-book (epub)"}};
    char bytes[80];
    la_ssize_t n = archive_read_data(pk->archive, bytes, sizeof bytes);
    if (n < 0) return damaged(pk, err);
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (!str_starts((Str){bytes, (size_t)n}, str_from(known[i].mime))) continue;
        (void)snprintf(pk->other, sizeof pk->other, "%s", known[i].words);
    }
    return OK;
}

static Status take_entry(Package *pk, struct archive_entry *entry, Err *err) {
    const char *path = archive_entry_pathname_utf8(entry);
    if (!path) path = archive_entry_pathname(entry);
    if (!path) return OK;
    if (*path == '/') path++;
    note_kind(pk, str_from(path));
    if (strcmp(path, "mimetype") == 0) return note_mimetype(pk, err);
    for (size_t i = 0; i < PARTS; i++) {
        if (strcmp(path, PART_NAMES[i]) != 0 || pk->parts[i].n) continue;
        if (archive_entry_is_data_encrypted(entry)) {
            return err_set(err, E_CORRUPT, "encrypted: this document needs a password");
        }
        return unpack(pk, &pk->parts[i], PART_NAMES[i], err);
    }
    return OK;
}

static Status take_entries(Package *pk, Err *err) {
    for (unsigned count = 0;; count++) {
        struct archive_entry *entry;
        int rc = archive_read_next_header(pk->archive, &entry);
        if (rc == ARCHIVE_EOF) return OK;
        if (rc < ARCHIVE_WARN) return damaged(pk, err);
        if (count == ENTRIES_MAX) {
            return err_set(err, E_LIMIT, "an archive of more than %d files", ENTRIES_MAX);
        }
        TRY(take_entry(pk, entry, err));
        if (*pk->other && !pk->word) return OK;
    }
}

static Status open_package(Package *pk, Str bytes, Err *err) {
    pk->archive = archive_read_new();
    if (!pk->archive) return err_no_memory(err, "a zip archive");
    (void)archive_read_support_format_zip(pk->archive);
    if (archive_read_open_memory(pk->archive, bytes.p, bytes.n) != ARCHIVE_OK)
        return damaged(pk, err);
    return take_entries(pk, err);
}

static Status read_package(Package *pk, Doc *doc, ReadResult *result, Err *err) {
    if (!pk->parts[0].n) {
        const char *what = *pk->other ? pk->other
                           : pk->word ? "Word document without text"
                                      : "archive (zip)";
        (void)snprintf(result->kind, sizeof result->kind, "%s", what);
        return err_set(err, E_UNSUPPORTED, "%s: this kind of file is not read yet", what);
    }
    DocxParts parts = {buf_str(&pk->parts[0]), buf_str(&pk->parts[1]), buf_str(&pk->parts[2]),
                       buf_str(&pk->parts[3]), buf_str(&pk->parts[4])};
    return read_docx_parts(&parts, doc, err);
}

Status read_docx(Str bytes, Doc *doc, ReadResult *result, Err *err) {
    Package pk = {0};
    result->kind[0] = 0;
    for (size_t i = 0; i < PARTS; i++) buf_init(&pk.parts[i], PART_BYTES_MAX + (1 << 20));
    Status status = open_package(&pk, bytes, err);
    if (status == OK) status = read_package(&pk, doc, result, err);
    for (size_t i = 0; i < PARTS; i++) buf_fini(&pk.parts[i]);
    if (pk.archive) (void)archive_read_free(pk.archive);
    return status;
}
