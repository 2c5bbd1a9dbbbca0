/*
 * What a page of a PDF draws besides the words that pdftotext gives: in which font each piece of
 * text is set, and where straight lines run. In pdftotext's places: points, y grows downwards.
 */
#ifndef HEARTH_KNOWLEDGE_READ_PDF_DRAW_H
#define HEARTH_KNOWLEDGE_READ_PDF_DRAW_H

#include "knowledge/read/pdf_file.h"

enum { PDF_BOLD = 1, PDF_ITALIC = 2, PDF_MONO = 4 };

typedef struct PdfRun {
    float x, y;    /* where it begins, on its base line */
    float size;    /* of the font */
    uint8_t style; /* PDF_BOLD and so on */
    int32_t mark;  /* number of the marked piece that it stands in, or one of those below */
} PdfRun;

enum { PDF_UNMARKED = -1, PDF_ARTIFACT = -2 /* no part of the text: page numbers and the like */ };

/* From left to right or from top to bottom. */
typedef struct PdfRule {
    float x0, y0, x1, y1;
    bool soft; /* the edge of a shaded box */
} PdfRule;

typedef struct PdfDraw {
    PdfRun *runs;
    PdfRule *rules;
    size_t n_runs, cap_runs, n_rules, cap_rules;
} PdfDraw;

enum { PDF_RUNS_MAX = 200000, PDF_RULES_MAX = 20000 };

/* Fills a zeroed or cleared one for the page of this number. What cannot be read is left out; a
   page that draws more lines than PDF_RULES_MAX is a picture and has none. */
void pdf_draw_page(PdfFile *file, uint32_t number, PdfDraw *draw);
void pdf_draw_clear(PdfDraw *draw); /* keeps its memory */
void pdf_draw_fini(PdfDraw *draw);

#endif
