/*
 * A zip package in memory: the parts of an office document or an e-book, by name.
 *
 * Word, Excel and PowerPoint files (ECMA-376 part 2), OpenDocument (ODF 1.3 part 2) and EPUB (OCF
 * 3) are all zip archives of XML parts that name each other. package_open() unpacks the parts that
 * a reader may ask for and nothing else; package_resolve() and the relations turn one part's
 * reference into another part's name, as text only: no part is ever a file.
 */
#ifndef HEARTH_KNOWLEDGE_READ_PACKAGE_H
#define HEARTH_KNOWLEDGE_READ_PACKAGE_H

#include "base/mem.h"
#include "knowledge/read/read.h"

typedef struct PackagePart {
    const char *name; /* in Package.names */
    Buf bytes;
} PackagePart;

struct Package {
    Arena names;
    PackagePart *parts;
    size_t n_parts, cap_parts, unpacked; /* unpacked: bytes of all parts */
    char mimetype[80];         /* of OpenDocument and EPUB; "" otherwise */
    char other[READ_KIND_MAX]; /* what an archive is that no reader knows; "" */
    bool word;                 /* it has a word/ folder */
};

/* An empty package, and one more part of it. */
void package_init(Package *pk);
/* Copies both. E_LIMIT: too many parts, or a part that is too large. */
Status package_add(Package *pk, const char *name, Str bytes, Err *err) WARN_UNUSED;
/* A zeroed or closed one is fine; views of its parts end. */
void package_close(Package *pk);

/* Empty when there is no such part (of that name, byte by byte). */
Str package_part(const Package *pk, const char *name);

/* The name that `href` means in the part `from`: "../notes/n1.xml" in "ppt/slides/s1.xml" is
   "ppt/notes/n1.xml". Percent signs are decoded, what follows '#' is dropped. */
void package_resolve(const char *from, Str href, Buf *out);

typedef struct Relation {
    const char *id, *type, *target; /* target is resolved */
} Relation;

typedef struct Relations {
    Arena arena;
    Relation *items;
    size_t n, cap;
} Relations;

/* What the part's .rels say (none: no relations). relations_fini() it, whatever this returns. */
Status relations_read(const Package *pk, const char *part, Relations *out, Err *err) WARN_UNUSED;
/* Targets that were found in them end, too. */
void relations_fini(Relations *relations);
/* NULL when absent. */
const char *relations_by_id(const Relations *relations, const char *id);
/* The first whose type ends with this word. */
const char *relations_by_type(const Relations *relations, const char *type);
/* The SmartArt and the charts that a part names, in its order, all on this page (drawing.c). */
Status read_drawings(const Package *pk, const Relations *rels, uint32_t page, Doc *doc,
                     Err *err) WARN_UNUSED;

/* E_CORRUPT: "damaged WHAT: " and libarchive's words. */
struct archive;
Status package_damaged(struct archive *archive, const char *what, Err *err) WARN_UNUSED;

/* Finds out what the package is, and reads it; E_UNSUPPORTED: nothing we read. */
Status read_package(const Package *pk, Doc *doc, ReadResult *result, Err *err) WARN_UNUSED;

#endif
