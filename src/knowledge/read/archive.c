/*
 * The reader of archives: a zip that is no office document, tar (also packed: tar.gz), 7z.
 *
 * Each file in it that read_bytes() reads becomes a part of one document, under a heading with its
 * name, as files attached to a mail do (attached.h); PDFs are kept for the extractor. A last
 * block names all files and, behind those that are not read, why. The parts have no lines: of
 * what? An archive in which nothing is read is E_UNSUPPORTED.
 *
 * Nothing is ever written, so that links, devices and names that climb mean nothing: a name is
 * only shown. One that is no UTF-8 is decoded as any text is; zips of old systems carry names in
 * the character set of their maker.
 *
 * No archive is opened within an archive, also not through a mail between them (Doc.inside). Since
 * there is but one, a packed file in it is read even where it is packed itself (tar.gz).
 * Programs (jar, apk, wheel) are not looked into: package.c tells them by names.
 *
 * Ceilings: ENTRIES_MAX files; FILE_MAX bytes each, larger ones are named and left; BYTES_MAX
 * of all files that are unpacked. Of a kind that nobody reads only the head is unpacked. CPU and
 * memory are the sandbox's. A damaged file is named, and the next one read, as far as libarchive
 * finds its way; where it does not, the archive is damaged as a whole.
 *
 * Sources: libarchive's archive_read(3); PKWARE APPNOTE 4.4, POSIX pax (tar), through it.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>

#include "base/utf8.h"
#include "knowledge/read/attached.h"
#include "knowledge/read/charset.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/package.h"
#include "knowledge/read/read.h"

enum {
    ENTRIES_MAX = 20000,
    FILE_MAX = 64 << 20,
    BYTES_MAX = 128 << 20,
    NAME_MAX_BYTES = 400,
    HEAD = 4096,
    STEP = 256 * 1024
};

typedef struct Unpack {
    struct archive *archive;
    const char *words; /* "archive (tar)" */
    Attached files;
    size_t unpacked; /* bytes of all files */
    bool locked;     /* a file was encrypted */
    Err *err;
} Unpack;

/* ---- names ---- */

/* libarchive gives names in the characters of the locale, and nothing where they have none there.
   This one is in use while an archive is read, by this thread, and asked for nothing else. */
static locale_t names_locale;

void archive_warm_up(void) {
    if (!names_locale) names_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/* In *out. Cut where it is long: it is shown, and nothing else. */
static void take_name(struct archive_entry *entry, Buf *out) {
    const char *path = archive_entry_pathname_utf8(entry);
    if (!path) path = archive_entry_pathname(entry);
    Str name = path ? str_from(path) : STR("");
    if (name.n > NAME_MAX_BYTES) name.n = NAME_MAX_BYTES;
    buf_clear(out);
    const char *charset = utf8_valid(name) ? NULL : charset_detect(name, STR(""));
    if (!charset || charset_decode(name, charset, out, NULL) != OK) {
        buf_clear(out);
        buf_add_str(out, name);
    }
    if (out->n == 0) buf_add_c(out, "(no name)"); /* or nobody would learn of the file */
}

/* ---- one file ---- */

/* Why it is passed over without a look; NULL: it is not. */
static const char *no_file(Unpack *u, struct archive_entry *entry) {
    if (archive_entry_hardlink(entry) || archive_entry_symlink(entry)) return "a link";
    if (archive_entry_filetype(entry) != AE_IFREG) return "a device or pipe";
    if (archive_entry_is_encrypted(entry)) {
        u->locked = true;
        return "encrypted, it needs a password";
    }
    bool large = archive_entry_size_is_set(entry) && archive_entry_size(entry) > FILE_MAX;
    return large ? "larger than 64 MB" : NULL;
}

/* *why: the file's own trouble. Returned: what ends the archive. */
static Status unpack(Unpack *u, Buf *out, const char **why) {
    for (size_t step = HEAD;; step = STEP) {
        if (u->unpacked >= BYTES_MAX) {
            return err_set(u->err, E_LIMIT, "%s unpacks to more than %d MB: a bomb?", u->words,
                           BYTES_MAX >> 20);
        }
        char *to = buf_reserve(out, step);
        if (!to) return buf_check(out, "a file in an archive", u->err);
        la_ssize_t n = archive_read_data(u->archive, to, step);
        if (n == ARCHIVE_FATAL && archive_errno(u->archive) == ENOMEM) {
            return err_no_memory(u->err, "unpacking a file");
        }
        if (n == ARCHIVE_FATAL) return package_damaged(u->archive, u->words, u->err);
        if (n < 0) *why = "damaged";
        if (n <= 0) return OK;
        bool head = out->n == 0;
        out->n += (size_t)n;
        u->unpacked += (size_t)n;
        if (head && kind_of_head(buf_str(out)).id == KIND_OTHER) return OK;
        if (out->n > FILE_MAX) *why = "larger than 64 MB";
        if (*why) return OK;
    }
}

static Status take_file(Unpack *u, struct archive_entry *entry, Str name) {
    Buf bytes;
    const char *why = no_file(u, entry);
    Status status = OK;
    buf_init(&bytes, FILE_MAX + 2 * STEP);
    attached_name(&u->files, name);
    if (!why) status = unpack(u, &bytes, &why);
    if (status == OK && why) attached_unread(&u->files, why);
    if (status == OK && !why) status = attached_open(&u->files, name, 0, &bytes);
    buf_fini(&bytes);
    return status;
}

/* ---- all files ---- */

static Status take_files(Unpack *u) {
    Buf name;
    Status status = OK;
    buf_init(&name, 4 * NAME_MAX_BYTES + 16);
    for (unsigned count = 0; status == OK; count++) {
        struct archive_entry *entry;
        int rc = archive_read_next_header(u->archive, &entry);
        if (rc == ARCHIVE_EOF) break;
        if (rc < ARCHIVE_WARN) {
            status = package_damaged(u->archive, u->words, u->err);
        } else if (count == ENTRIES_MAX) {
            status = err_set(u->err, E_LIMIT, "an archive of more than %d files", ENTRIES_MAX);
        } else if (archive_entry_filetype(entry) != AE_IFDIR) {
            take_name(entry, &name);
            status = take_file(u, entry, buf_str(&name));
        }
    }
    buf_fini(&name);
    return status;
}

static Status refuse(const char *words, const char *why, ReadResult *result, Err *err) {
    (void)snprintf(result->kind, sizeof result->kind, "%s", words);
    return err_set(err, E_UNSUPPORTED, "%s: %s", words, why);
}

/* What was said of files that are not read stands only behind text: a list of names alone would
   look like a document. */
static Status finish(Unpack *u, ReadResult *result) {
    Doc *doc = u->files.doc;
    if (doc->n_blocks || doc->n_files) {
        TRY(emit_meta(&doc->format, STR("archive"), u->err));
        return attached_end(&u->files);
    }
    if (u->locked) return read_needs_password(u->err);
    return refuse(u->words, "no file in it can be read", result, u->err);
}

Status read_archive(Str bytes, const char *words, Doc *doc, ReadResult *result, Err *err) {
    if (doc->inside & DOC_IN_ARCHIVE) {
        return refuse("archive in an archive", "it is not opened", result, err);
    }
    doc->inside &= (uint8_t)~DOC_IN_PACKED;
    Unpack u = {.archive = archive_read_new(), .words = words, .err = err};
    if (!u.archive) return err_no_memory(err, "an archive");
    (void)archive_read_support_format_zip(u.archive);
    (void)archive_read_support_format_tar(u.archive);
    (void)archive_read_support_format_7zip(u.archive);
    locale_t before = names_locale ? uselocale(names_locale) : (locale_t)0;
    attached_init(&u.files, doc, err);
    u.files.within = DOC_IN_ARCHIVE;
    Status status = archive_read_open_memory(u.archive, bytes.p, bytes.n) == ARCHIVE_OK
                        ? take_files(&u)
                        : package_damaged(u.archive, words, err);
    if (status == OK) status = finish(&u, result);
    attached_fini(&u.files);
    (void)archive_read_free(u.archive);
    if (before) (void)uselocale(before);
    return status;
}
