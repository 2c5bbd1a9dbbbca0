/*
 * E-books (.epub): the chapters in the order of the book's spine.
 *
 * META-INF/container.xml names the package document; that one lists the book's files (manifest) and
 * the order in which they are read (spine), and tells title, author and date. Every chapter is a
 * page of XHTML and read as such, but whole: a chapter has no menus around it. Lines of a chapter's
 * file mean nothing to who reads a book, so that blocks have no line; nor has an e-book pages.
 *
 * A chapter that is no text in a known character set is encrypted, as bought books often are.
 *
 * Source: EPUB 3.3 (OCF 4.2.6.3, package 5); EPUB 2.0.1 is the same here.
 */

#include "base/mem.h"
#include "knowledge/read/charset.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/package.h"
#include "knowledge/read/xml.h"

enum { FILES_MAX = 20000, NAMES_MAX = 16 << 20 };

typedef struct BookFile {
    const char *id, *part;
    bool taken; /* a spine that names a file again does not repeat it */
} BookFile;

typedef struct Epub {
    const Package *pk;
    Doc *doc;
    Arena names;
    Buf path; /* of the package document, then of each file */
    const char *opf;
    BookFile *files;
    size_t n_files, cap_files;
} Epub;

/* The first package document counts; a book may have several renditions. */
static Status container_open(void *user, const char *name, const char *const *attrs, Err *err) {
    Epub *e = user;
    const char *path = xml_attr(attrs, "full-path");
    if (!xml_is(name, "rootfile") || !path || e->opf) return OK;
    e->opf = arena_dup(&e->names, path, strlen(path));
    return e->opf ? OK : err_no_memory(err, "the names in a book");
}

/* A file of the manifest, by the part that its reference means. */
static Status add_file(Epub *e, const char *id, const char *href, Err *err) {
    if (!id || !href) return OK;
    package_resolve(e->opf, str_from(href), &e->path);
    TRY(buf_check(&e->path, "a name in a book", err));
    TRY(mem_grow((void **)&e->files, &e->cap_files, e->n_files + 1, sizeof *e->files, FILES_MAX,
                 err));
    BookFile file = {arena_dup(&e->names, id, strlen(id)),
                     arena_dup(&e->names, e->path.p ? e->path.p : "", e->path.n), false};
    if (!file.id || !file.part) return err_no_memory(err, "the names in a book");
    e->files[e->n_files++] = file;
    return OK;
}

/* A chapter becomes a document of its own first: its title is not the book's. */
static Status read_chapter(Epub *e, Str bytes, Err *err) {
    const char *charset = charset_detect(bytes, STR("utf-8"));
    if (!charset) return err_set(err, E_CORRUPT, "encrypted: this book needs its seller's reader");
    Buf clean;
    Doc chapter;
    doc_init(&chapter);
    buf_init(&clean, DOC_TEXT_MAX);
    Status status = clean_decode(&clean, bytes, charset, "a chapter", err);
    if (status == OK) status = read_html_whole(buf_str(&clean), &chapter, err);
    if (status == OK) status = doc_append(e->doc, &chapter, 0, err);
    doc_fini(&chapter);
    buf_fini(&clean);
    return status;
}

/* Files that are not there or not unpacked are passed over. */
static Status spine_item(Epub *e, const char *id, Err *err) {
    for (size_t i = 0; id && i < e->n_files; i++) {
        BookFile *file = &e->files[i];
        if (!xml_is(file->id, id) || file->taken) continue;
        Str bytes = package_part(e->pk, file->part);
        file->taken = true;
        return bytes.n ? read_chapter(e, bytes, err) : OK;
    }
    return OK;
}

static Status book_open(void *user, const char *name, const char *const *attrs, Err *err) {
    Epub *e = user;
    if (xml_is(name, "item"))
        return add_file(e, xml_attr(attrs, "id"), xml_attr(attrs, "href"), err);
    return xml_is(name, "itemref") ? spine_item(e, xml_attr(attrs, "idref"), err) : OK;
}

/* Metadata first; then one pass over manifest and spine, which stand in this order. */
static Status read_book(Epub *e, Err *err) {
    XmlEvents in_container = {container_open, xml_ignore_close, xml_ignore_text, e};
    XmlEvents in_book = {book_open, xml_ignore_close, xml_ignore_text, e};
    Str container = package_part(e->pk, "META-INF/container.xml");
    TRY(xml_parse(container, "container.xml", &in_container, err));
    Str opf = e->opf ? package_part(e->pk, e->opf) : (Str){NULL, 0};
    if (opf.n == 0) return err_set(err, E_CORRUPT, "a book without a table of its files");
    read_core(opf, e->doc);
    return xml_parse(opf, "the book's package document", &in_book, err);
}

Status read_epub(const Package *pk, Doc *doc, Err *err) {
    TRY(emit_meta(&doc->format, STR("epub"), err));
    Epub e = {.pk = pk, .doc = doc};
    arena_init(&e.names, NAMES_MAX);
    buf_init(&e.path, DOC_TEXT_MAX);
    Status status = read_book(&e, err);
    buf_fini(&e.path);
    arena_fini(&e.names);
    mem_free(e.files);
    return status;
}
