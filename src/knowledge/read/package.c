/*
 * The body of package.h, and the door of everything that is a zip archive (read_zip).
 *
 * The archive is read in memory, entry by entry, once; only the parts that a reader may want are
 * unpacked, by name, and nothing is ever written, so that paths, links and devices in an archive
 * mean nothing. An e-book may call its chapters what it likes: there the endings of names decide,
 * once the first entry ("mimetype") has said that it is one. Ceilings: number of entries, bytes of
 * all parts together after unpacking (a "zip bomb" ends there). An encrypted entry is a reason of
 * its own.
 *
 * What the document is follows from its main part, not from its name or ending.
 *
 * Sources: ECMA-376 part 2 (package, relationships), ODF 1.3 part 2, EPUB OCF 3.3, PKWARE APPNOTE
 * 4.4 (through libarchive), RFC 3986 5.2 (references).
 *
 *     Package.parts   name "word/document.xml", its bytes unpacked; in the archive's order
 *     package_part    by name, along the list: dozens in an office file, hundreds in a book
 */
#include "knowledge/read/package.h"

#include <archive.h>
#include <archive_entry.h>
#include <assert.h>
#include <stdio.h>

#include "base/lists.h"
#include "base/plain.h"
#include "knowledge/read/xml.h"

enum {
    ENTRIES_MAX = 20000,
    BYTES_MAX = 128 << 20,
    NAMES_MAX = 16 << 20,
    RELATIONS_MAX = 20000,
    HREF_MAX = 4096
};

static const struct {
    const char *prefix, *suffix; /* an empty suffix: the prefix is the whole name */
} WANTED[] = {{"_rels/.rels", ""},
              {"word/", ".xml"},
              {"word/_rels/", ".rels"},
              {"docProps/core.xml", ""},
              {"xl/workbook.xml", ""},
              {"xl/_rels/workbook.xml.rels", ""},
              {"xl/sharedStrings.xml", ""},
              {"xl/styles.xml", ""},
              {"xl/worksheets/", ".xml"},
              {"xl/worksheets/_rels/", ".rels"},
              {"xl/drawings/drawing", ".xml"},
              {"xl/comments", ".xml"},
              {"ppt/presentation.xml", ""},
              {"ppt/_rels/presentation.xml.rels", ""},
              {"ppt/slides/", ".xml"},
              {"ppt/slides/_rels/", ".rels"},
              {"ppt/notesSlides/", ".xml"},
              {"ppt/diagrams/data", ".xml"},
              {"ppt/charts/chart", ".xml"},
              {"content.xml", ""},
              {"meta.xml", ""},
              {"META-INF/manifest.xml", ""},
              {"META-INF/container.xml", ""}};

/* libarchive's words, which may hold a name out of the archive, made harmless. */
Status package_damaged(struct archive *archive, const char *what, Err *err) {
    const char *why = archive_error_string(archive);
    char clean[160];
    size_t n = 0;
    for (; why && why[n] && n + 1 < sizeof clean; n++) {
        clean[n] = why[n] >= 0x20 && why[n] < 0x7F ? why[n] : '?';
    }
    clean[n] = 0;
    return err_set(err, E_CORRUPT, "damaged %s: %s", what, n ? clean : "no reason given");
}

static Status damaged(struct archive *archive, Err *err) {
    return package_damaged(archive, "zip archive", err);
}

/* ---- which parts ---- */

static bool is_book(const Package *pk) {
    return strcmp(pk->mimetype, "application/epub+zip") == 0;
}

/* By name; of books also by ending. Everything else is not unpacked. */
static bool is_wanted(const Package *pk, Str name) {
    static const char *const in_books[] = {".opf", ".xhtml", ".html", ".htm", ".xml", NULL};
    for (size_t i = 0; i < ARRAY_LEN(WANTED); i++) {
        const char *suffix = WANTED[i].suffix;
        if (*suffix
                ? str_starts(name, str_from(WANTED[i].prefix)) && str_ends(name, str_from(suffix))
                : str_eq_c(name, WANTED[i].prefix)) {
            return true;
        }
    }
    return is_book(pk) && list_ends(name, in_books);
}

/* The first entry that tells what the archive is, should nothing of ours be in it. */
static void note_kind(Package *pk, Str name) {
    Kind kind = kind_of_zip_entry(name);
    if (kind.id == KIND_ZIP) pk->word = true;
    if (*kind.words && !*pk->other) (void)snprintf(pk->other, sizeof pk->other, "%s", kind.words);
}

/* ---- unpacking ---- */

/* The ceiling is over all parts together: a thousand small bombs are one large one. */
static Status unpack(Package *pk, struct archive *archive, PackagePart *part, Err *err) {
    enum { STEP = 256 * 1024 };
    for (;;) {
        if (pk->unpacked >= BYTES_MAX) {
            return err_set(err, E_LIMIT, "%s unpacks to more than %d MB: a zip bomb?", part->name,
                           BYTES_MAX >> 20);
        }
        char *to = buf_reserve(&part->bytes, STEP);
        if (!to) return buf_check(&part->bytes, part->name, err);
        la_ssize_t n = archive_read_data(archive, to, STEP);
        if (n == 0) return OK;
        if (n < 0) return damaged(archive, err);
        part->bytes.n += (size_t)n;
        pk->unpacked += (size_t)n;
        assert(pk->unpacked < BYTES_MAX + STEP); /* so a part's buffer, of 1 MB more, has room */
    }
}

/* OpenDocument and EPUB say what they are in their first entry. */
static Status note_mimetype(Package *pk, struct archive *archive, Err *err) {
    la_ssize_t n = archive_read_data(archive, pk->mimetype, sizeof pk->mimetype - 1);
    if (n < 0) return damaged(archive, err);
    while (n && (unsigned char)pk->mimetype[n - 1] <= ' ') n--;
    pk->mimetype[n] = 0;
    return OK;
}

Status package_add(Package *pk, const char *name, Str bytes, Err *err) {
    TRY(mem_grow((void **)&pk->parts, &pk->cap_parts, pk->n_parts + 1, sizeof *pk->parts,
                 ENTRIES_MAX, err));
    char *copy = arena_dup(&pk->names, name, strlen(name));
    if (!copy) return err_no_memory(err, "the names in an archive");
    PackagePart *part = &pk->parts[pk->n_parts++];
    part->name = copy;
    buf_init(&part->bytes, BYTES_MAX + (1 << 20));
    buf_add_str(&part->bytes, bytes);
    return buf_check(&part->bytes, name, err);
}

/* A name that comes twice counts once, the first time. */
static Status take_entry(Package *pk, struct archive *archive, struct archive_entry *entry,
                         Err *err) {
    const char *path = archive_entry_pathname_utf8(entry);
    if (!path) path = archive_entry_pathname(entry);
    if (!path) return OK;
    if (*path == '/') path++;
    note_kind(pk, str_from(path));
    if (strcmp(path, "mimetype") == 0 && !*pk->mimetype) return note_mimetype(pk, archive, err);
    if (!is_wanted(pk, str_from(path)) || package_part(pk, path).n) return OK;
    if (archive_entry_is_data_encrypted(entry)) return read_needs_password(err);
    TRY(package_add(pk, path, STR(""), err));
    return unpack(pk, archive, &pk->parts[pk->n_parts - 1], err);
}

/* ARCHIVE_WARN and better are read on: most are about times or rights, which mean nothing here. */
static Status take_entries(Package *pk, struct archive *archive, Err *err) {
    for (unsigned count = 0;; count++) {
        struct archive_entry *entry;
        int rc = archive_read_next_header(archive, &entry);
        if (rc == ARCHIVE_EOF) return OK;
        if (rc < ARCHIVE_WARN) return damaged(archive, err);
        if (count == ENTRIES_MAX) {
            return err_set(err, E_LIMIT, "an archive of more than %d files", ENTRIES_MAX);
        }
        TRY(take_entry(pk, archive, entry, err));
    }
}

void package_init(Package *pk) {
    *pk = (Package){0};
    arena_init(&pk->names, NAMES_MAX);
}

/* The parts in a zip archive. package_close() it, whatever this returns. E_CORRUPT: damaged or
 * encrypted; E_LIMIT: too much. */
static Status package_open(Str zip, Package *out, Err *err) {
    package_init(out);
    struct archive *archive = archive_read_new();
    if (!archive) return err_no_memory(err, "a zip archive");
    (void)archive_read_support_format_zip(archive);
    Status status = archive_read_open_memory(archive, zip.p, zip.n) == ARCHIVE_OK
                        ? take_entries(out, archive, err)
                        : damaged(archive, err);
    (void)archive_read_free(archive);
    return status;
}

void package_close(Package *pk) {
    for (size_t i = 0; i < pk->n_parts; i++) buf_fini(&pk->parts[i].bytes);
    mem_free(pk->parts);
    arena_fini(&pk->names);
    *pk = (Package){0};
}

/* Byte by byte, along the list. */
Str package_part(const Package *pk, const char *name) {
    for (size_t i = 0; i < pk->n_parts; i++) {
        if (strcmp(pk->parts[i].name, name) == 0) return buf_str(&pk->parts[i].bytes);
    }
    return (Str){NULL, 0};
}

/* ---- references between parts ---- */

/* Appends one step of a path: "." and ".." are walked, the rest is decoded. */
static void add_step(Buf *out, Str step) {
    if (step.n == 0 || str_eq_c(step, ".")) return;
    if (str_eq_c(step, "..")) {
        while (out->n && out->p[out->n - 1] != '/') out->n--;
        if (out->n) out->n--;
        if (out->p) out->p[out->n] = 0;
        return;
    }
    if (out->n) buf_add_byte(out, '/');
    for (size_t i = 0; i < step.n; i++) {
        bool coded = step.p[i] == '%' && i + 2 < step.n && plain_hex(step.p[i + 1]) >= 0 &&
                     plain_hex(step.p[i + 2]) >= 0;
        int byte = coded ? plain_hex(step.p[i + 1]) * 16 + plain_hex(step.p[i + 2]) : step.p[i];
        i += coded ? 2 : 0;
        if (byte) buf_add_byte(out, (char)byte);
    }
}

/* Segment by segment, so that ".." never leaves the package. References that are too long mean
   nothing. */
void package_resolve(const char *from, Str href, Buf *out) {
    const char *slash = strrchr(from, '/');
    const char *hash = href.n ? memchr(href.p, '#', href.n) : NULL;
    if (hash) href.n = (size_t)(hash - href.p);
    buf_clear(out);
    if (href.n > HREF_MAX) return;
    if (slash && !str_starts(href, STR("/"))) buf_add(out, from, (size_t)(slash - from));
    for (size_t at = 0; at <= href.n;) {
        const char *end = at < href.n ? memchr(href.p + at, '/', href.n - at) : NULL;
        size_t stop = end ? (size_t)(end - href.p) : href.n;
        add_step(out, str_sub(href, at, stop));
        at = stop + 1;
    }
}

typedef struct RelationsRun {
    Relations *out;
    const char *part;
} RelationsRun;

/* Targets outside of the package (web pages) resolve to parts that are not there. */
static Status relation_open(void *user, const char *name, const char *const *attrs, Err *err) {
    RelationsRun *run = user;
    Relations *out = run->out;
    const char *id = xml_attr(attrs, "Id"), *type = xml_attr(attrs, "Type");
    const char *target = xml_attr(attrs, "Target");
    if (strcmp(name, "Relationship") != 0 || !id || !type || !target) return OK;
    Buf path;
    buf_init(&path, 2 * HREF_MAX);
    package_resolve(run->part, str_from(target), &path);
    Status status = buf_check(&path, "a reference in a document", err);
    if (status == OK) {
        status = mem_grow((void **)&out->items, &out->cap, out->n + 1, sizeof *out->items,
                          RELATIONS_MAX, err);
    }
    if (status == OK) {
        Relation *r = &out->items[out->n++];
        r->id = arena_dup(&out->arena, id, strlen(id));
        r->type = arena_dup(&out->arena, type, strlen(type));
        r->target = arena_dup(&out->arena, path.p ? path.p : "", path.n);
        if (!r->id || !r->type || !r->target) {
            out->n--;
            status = err_no_memory(err, "the references of a document");
        }
    }
    buf_fini(&path);
    return status;
}

/* "ppt/slides/s1.xml" has its relations in "ppt/slides/_rels/s1.xml.rels". */
Status relations_read(const Package *pk, const char *part, Relations *out, Err *err) {
    *out = (Relations){0};
    arena_init(&out->arena, NAMES_MAX);
    const char *slash = strrchr(part, '/');
    int folder = slash ? (int)(slash - part) + 1 : 0;
    char name[512];
    int n = snprintf(name, sizeof name, "%.*s_rels/%s.rels", folder, part, part + folder);
    if (n < 0 || (size_t)n >= sizeof name) return OK;
    Str bytes = package_part(pk, name);
    RelationsRun run = {out, part};
    XmlEvents events = {relation_open, xml_ignore_close, xml_ignore_text, &run};
    return bytes.n ? xml_parse(bytes, name, &events, err) : OK;
}

void relations_fini(Relations *relations) {
    mem_free(relations->items);
    arena_fini(&relations->arena);
}

const char *relations_by_id(const Relations *relations, const char *id) {
    for (size_t i = 0; id && i < relations->n; i++) {
        if (strcmp(relations->items[i].id, id) == 0) return relations->items[i].target;
    }
    return NULL;
}

const char *relations_by_type(const Relations *relations, const char *type) {
    for (size_t i = 0; i < relations->n; i++) {
        if (str_ends(str_from(relations->items[i].type), str_from(type))) {
            return relations->items[i].target;
        }
    }
    return NULL;
}

/* ---- the door ---- */

/* What it is called for people, from the most to the least certain. */
static Status unknown(const Package *pk, ReadResult *result, Err *err) {
    const char *what = *pk->other ? pk->other
                       : pk->word ? "Word document without text"
                                  : "archive (zip)";
    (void)snprintf(result->kind, sizeof result->kind, "%s", what);
    return err_set(err, E_UNSUPPORTED, "%s: this kind of file is not read yet", what);
}

/* The part that the package calls its document ("word/document2.xml" in files of Word on the web),
   when it is one of Word's and there; into out. */
static bool find_word(const Package *pk, Buf *out) {
    static const char usual[] = "word/document.xml";
    Relations root;
    const char *target = relations_read(pk, "", &root, NULL) == OK
                             ? relations_by_type(&root, "/officeDocument")
                             : NULL;
    bool named = target && strncmp(target, "word/", 5) == 0 && package_part(pk, target).n;
    buf_clear(out);
    buf_add_c(out, named ? target : usual);
    relations_fini(&root);
    return out->status == OK && package_part(pk, out->p).n > 0;
}

/* The main part decides. OpenDocument and books must also have said so in their first entry. */
Status read_package(const Package *pk, Doc *doc, ReadResult *result, Err *err) {
    Buf word;
    buf_init(&word, 2 * HREF_MAX);
    bool found = find_word(pk, &word);
    Status status = found ? read_docx(pk, word.p, doc, err) : OK;
    buf_fini(&word);
    if (found) return status;
    if (package_part(pk, "xl/workbook.xml").n) return read_xlsx(pk, doc, err);
    if (package_part(pk, "ppt/presentation.xml").n) return read_pptx(pk, doc, err);
    if (is_book(pk)) return read_epub(pk, doc, err);
    if (str_starts(str_from(pk->mimetype), STR("application/vnd.oasis.opendocument")) &&
        package_part(pk, "content.xml").n) {
        return read_odf(pk, doc, err);
    }
    return unknown(pk, result, err);
}

/* The part that makes it an office document. Word's need not be called as it usually is. */
static bool has_main(const Package *pk) {
    return pk->word || package_part(pk, "xl/workbook.xml").n ||
           package_part(pk, "ppt/presentation.xml").n;
}

/* A zip that says nothing of being a document is an archive of files. */
Status read_zip(Str bytes, Doc *doc, ReadResult *result, Err *err) {
    Package pk;
    result->kind[0] = 0;
    Status status = package_open(bytes, &pk, err);
    bool plain = status == OK && !*pk.mimetype && !*pk.other && !has_main(&pk);
    if (status == OK && !plain) status = read_package(&pk, doc, result, err);
    package_close(&pk);
    return plain ? read_archive(bytes, "archive (zip)", doc, result, err) : status;
}
