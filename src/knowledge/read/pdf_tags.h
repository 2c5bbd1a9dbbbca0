/*
 * What a PDF says of its own structure: which pieces of its pages are headings, items of lists,
 * cells of tables, and in which order they are read.
 */
#ifndef HEARTH_KNOWLEDGE_READ_PDF_TAGS_H
#define HEARTH_KNOWLEDGE_READ_PDF_TAGS_H

#include "knowledge/read/pdf_file.h"

typedef enum PdfRole {
    PDF_PART, /* a chapter, a box: what stands in it outside of other elements is a paragraph */
    PDF_INLINE, /* a piece of what is around it */
    PDF_FORMULA, /* a piece, and all that is below it */
    PDF_TEXT, /* a paragraph, a caption, a note */
    PDF_HEADING,
    PDF_CODE,
    PDF_LIST,
    PDF_ITEM,
    PDF_TABLE,
    PDF_ROW,
    PDF_CELL,
    PDF_HEAD_CELL, /* says what the row or the column holds */
    PDF_UNREAD /* no part of the text */
} PdfRole;

typedef struct PdfTag {
    uint8_t role; /* PdfRole */
    uint8_t level; /* of a heading, of an item: how deep its list lies */
    bool filled; /* an item that has a paragraph */
    bool layout; /* a table that is none */
    uint16_t rows, columns; /* that a cell spans; of a table: that it has */
    uint16_t row, column; /* of a cell, from 0 */
    uint32_t parent;
    uint32_t block; /* where its words stand: itself, or one around it */
    uint32_t table; /* around it, or itself; 0: none */
} PdfTag;

/* A marked piece of a page. */
typedef struct PdfMark {
    uint32_t page;
    int32_t id; /* in the content of its page */
    uint32_t order; /* in which it is read, of the whole document, from 1 */
    uint32_t tag;
} PdfMark;

typedef struct PdfTags {
    PdfTag *tags; /* tags[0] is the root; parents before their children */
    PdfMark *marks; /* by page and id */
    size_t n, cap, n_marks, cap_marks;
    bool headings; /* some piece of a page is one */
} PdfTags;

/* Fills a zeroed one. A file without structure, or with one that contradicts itself, has no
   tags. */
void pdf_tags_read(PdfFile *file, PdfTags *tags);
void pdf_tags_fini(PdfTags *tags);
/* NULL: the structure does not know this piece. */
const PdfMark *pdf_tags_mark(const PdfTags *tags, uint32_t page, int32_t id);

#endif
