/*
 * The outline of a PDF, which readers show beside the pages: what its sections are called, how
 * deep they lie and on which page each begins.
 */
#ifndef HEARTH_KNOWLEDGE_READ_PDF_OUTLINE_H
#define HEARTH_KNOWLEDGE_READ_PDF_OUTLINE_H

#include "knowledge/read/pdf_file.h"

typedef struct PdfTitle {
    uint32_t page, order;
    uint32_t at, n; /* its key, in PdfOutline.keys */
    int depth;      /* 1: of the outermost ones */
    bool found;     /* a line of the page is this title */
} PdfTitle;

typedef struct PdfOutline {
    PdfTitle *titles; /* by page, those of a page in their order */
    size_t n, cap, outermost;
    Buf keys;
} PdfOutline;

/* Fills a zeroed one. What cannot be read is left out; an outline without a title is empty. */
void pdf_outline_read(PdfFile *file, PdfOutline *outline);
void pdf_outline_fini(PdfOutline *outline);

/* The titles that begin on a page: *n of them; NULL where there is none. */
PdfTitle *pdf_outline_page(const PdfOutline *outline, uint32_t page, size_t *n);
/* The key of a text behind what stands in `out`: its letters and digits in NFKC, small. */
void pdf_outline_key(Str text, Buf *out);
/* Is a line with this key the title? A section number may be missing in one of them. */
bool pdf_outline_fits(const PdfOutline *outline, const PdfTitle *title, Str key);

#endif
