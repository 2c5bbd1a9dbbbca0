/*
 * One page of a PDF as pdftotext sees it: lines of words with their places, grouped into blocks in
 * reading order; and what the page turns into.
 */
#ifndef HEARTH_KNOWLEDGE_READ_PDF_PAGE_H
#define HEARTH_KNOWLEDGE_READ_PDF_PAGE_H

#include "knowledge/doc.h"
#include "knowledge/read/pdf_draw.h"
#include "knowledge/read/pdf_outline.h"
#include "knowledge/read/pdf_tags.h"

typedef struct PdfBox {
    float x0, y0, x1, y1; /* points, y grows downwards */
} PdfBox;

typedef struct PdfWord {
    PdfBox box;
    uint32_t at, n; /* bytes of PdfPage.text */
    float font;     /* size of the font; 0: not known */
    uint8_t style;  /* PDF_BOLD and so on */
    int32_t mark;   /* of its run: PDF_UNMARKED where that is not known */
} PdfWord;

typedef struct PdfLine {
    PdfBox box;
    float size;           /* height of its words: about the font size */
    float font;           /* size of most of it; where it is not known, `size` */
    uint8_t style;        /* what all of its words have */
    uint32_t word, words; /* range of PdfPage.words */
    uint32_t block;
    uint32_t table;      /* 1-based, of the page; 0: none */
    bool sideways;       /* set from below upwards, as stamps in the margin are */
    bool drop;           /* running header or footer */
    uint8_t title;       /* level of a heading that stands in the outline; 0: none */
    bool title_goes_on;  /* with the title of the line before */
    bool artifact;       /* no part of the text, says the file */
    uint8_t role, level; /* of its block, where it has one: PdfTag's */
    uint32_t tag, order; /* its block in the document's tags, 0: none; when it is read */
} PdfLine;

typedef struct PdfPage {
    uint32_t number; /* 1-based */
    float width, height; /* points */
    Buf text;
    PdfWord *words;
    PdfLine *lines;
    size_t n_words, cap_words, n_lines, cap_lines;
    uint32_t blocks; /* number of the last one */
    PdfDraw draw;
    struct PdfGrid *grids; /* tables 1 to n_grids, with lines around their cells; pdf_grid.h */
    size_t n_grids, cap_grids;
    bool tagged; /* lines are cut and sorted by the document's tags */
} PdfPage;

enum { PDF_WORDS_MAX = 400000, PDF_TEXT_MAX = 16 << 20, PDF_LEVELS = 6 /* of headings */ };

/* Statistics over the pages seen so far. */
enum { PDF_SIZES = 400, PDF_EDGES = 8192 };

typedef struct PdfEdge {
    uint64_t key; /* of what a line at the upper or lower edge says */
    uint32_t count, first; /* how often; on which page first */
} PdfEdge;

typedef struct PdfStats {
    uint32_t size_chars[PDF_SIZES]; /* by font size in quarter points */
    PdfEdge edges[PDF_EDGES];
    uint32_t pages; /* counted so far */
    uint64_t chars, bold_chars;
} PdfStats;

/* Mends the page's lines and counts it into stats: for each page before pdf_page_emit of the first.
 */
void pdf_page_count(PdfPage *page, PdfStats *stats);
/* What is known of the document where its pages are written. */
typedef struct PdfKnown {
    PdfStats *stats;
    PdfOutline *outline;
    const PdfTags *tags;
    int level; /* of the last heading that stands in the outline; 0: there was none yet */
} PdfKnown;
/* Finds tables, headings, lists and paragraphs and appends them to doc. */
Status pdf_page_emit(PdfPage *page, PdfKnown *known, Doc *doc, Err *err) WARN_UNUSED;
/* Puts bullets and section numbers before the lines they belong to; pdf_order.c. */
Status pdf_page_attach_marks(PdfPage *page, Err *err) WARN_UNUSED;
/* Gives words the fonts of page->draw, before pdf_page_count; pdf_font.c. */
void pdf_page_fonts(PdfPage *page);
/* Font and style of a line from its words. */
void pdf_line_font(const PdfPage *page, PdfLine *line);
/* Does it stand where running titles do? */
bool pdf_line_at_edge(const PdfPage *page, const PdfLine *line);
/* Marks the lines that the outline names (sets title and title_goes_on), in type of `least` points
   at least; pdf_title.c. */
void pdf_page_find_titles(PdfPage *page, const PdfOutline *outline, float least);
/* Cuts and sorts the lines as the tags say, finds their tables and sets `tagged`, where the tags
   can be believed; pdf_tagged.c. */
Status pdf_page_take_tags(PdfPage *page, const PdfTags *tags, Err *err) WARN_UNUSED;
/* Finds tables without lines; pdf_table.c. */
Status pdf_page_find_tables(PdfPage *page, Err *err) WARN_UNUSED;

/* pdf_columns.c: where the columns of one table stand, from left to right. */
enum { PDF_COLUMNS_MAX = 64 };
typedef struct PdfColumns {
    float x0[PDF_COLUMNS_MAX], x1[PDF_COLUMNS_MAX];
    size_t n;
} PdfColumns;
/* The cell of a line that begins with its word `from` ends before the word that is returned; the
   box of words [from, to), of which only left and right count. */
uint32_t pdf_cell_end(const PdfPage *page, const PdfLine *line, uint32_t from);
PdfBox pdf_cell_box(const PdfPage *page, const PdfLine *line, uint32_t from, uint32_t to);
/* Where a cell stands, and in which row of its table, from 0. */
typedef struct PdfCell {
    float x0, x1;
    uint32_t row;
} PdfCell;
/* The columns of some cells, which it sorts. */
Status pdf_columns_make(PdfCell *cells, size_t n, PdfColumns *out, Err *err) WARN_UNUSED;
/* The column in which most of the box lies; columns->n: in none. */
size_t pdf_columns_at(const PdfColumns *columns, const PdfBox *box);

/* In place: a word as it stands on the page, from left to right, becomes the word as it is read.
   Clean UTF-8 before and after, of the same length; pdf_turn.c. */
void pdf_turn_word(char *p, size_t n);
/* Words [from, from + n) of the page, which stand beside each other, in the order in which they are
   read, a blank between two, none between pieces that touch each other. */
void pdf_add_words(const PdfPage *page, uint32_t from, uint32_t n, Buf *out);

typedef struct PdfItem {
    PdfBox box;
    float size;
    uint32_t line;  /* index of the line, of a table its first one */
    uint32_t bytes; /* of its text */
} PdfItem;

/* What is read one after the other: lines that are no headers, and tables. mem_free(*items). */
Status pdf_page_order(PdfPage *page, PdfItem **items, size_t *n, Err *err) WARN_UNUSED;

/* An empty page, with its memory kept for the next. */
void pdf_page_clear(PdfPage *page);
/* A zeroed one is fine. */
void pdf_page_fini(PdfPage *page);

#endif
