/*
 * Which lines of a page are titles of the document's outline?
 *
 * The outline (pdf_outline.c) says on which page a section begins and what it is called; the page
 * has lines. A line, or up to TITLE_LINES that follow each other, with the letters and digits of a
 * title that begins on this page is that title's heading: the first of them in the order of
 * pdftotext, once a title; small type is a running title. So headings are found whatever their
 * font, and beside columns of other text that would make them rows of a table.
 *
 * An entry of depth 1 becomes a heading of level 2, below the title of the document; where there is
 * only one of depth 1, it is that title, and has level 1.
 *
 * Limits: TITLE_LINES, PDF_LEVELS, LINE_BYTES of words.
 */
#include <assert.h>

#include "knowledge/read/pdf_page.h"

enum { TITLE_LINES = 4, LINE_BYTES = 4096 };

/* What is looked for on a page. */
typedef struct Wanted {
    const PdfOutline *outline;
    PdfTitle *titles; /* that begin on the page */
    size_t n;
    float least; /* points of its type */
} Wanted;

/* Appends the key of a line; false: no title goes on there. */
static bool add_key(const PdfPage *page, const PdfLine *line, float least, Buf *key) {
    if (line->drop || line->table || line->title || line->font < least) return false;
    Buf text;
    buf_init(&text, LINE_BYTES);
    pdf_add_words(page, line->word, line->words, &text);
    bool good = text.status == OK;
    if (good) pdf_outline_key(buf_str(&text), key);
    buf_fini(&text);
    return good && key->status == OK;
}

/* The title with this key that no line had yet. */
static PdfTitle *find(const Wanted *w, Str key) {
    for (size_t i = 0; i < w->n; i++) {
        PdfTitle *title = &w->titles[i];
        if (!title->found && pdf_outline_fits(w->outline, title, key)) return title;
    }
    return NULL;
}

/* The lines from `first` on that are a title; 0: none begins there. */
static size_t title_lines(const PdfPage *page, const Wanted *w, size_t first, PdfTitle **title) {
    size_t lines = 0;
    Buf key;
    buf_init(&key, TITLE_LINES * LINE_BYTES);
    *title = NULL;
    while (!*title && lines < TITLE_LINES && first + lines < page->n_lines) {
        if (!add_key(page, &page->lines[first + lines], w->least, &key)) break;
        lines++;
        *title = find(w, buf_str(&key));
    }
    buf_fini(&key);
    return *title ? lines : 0;
}

void pdf_page_find_titles(PdfPage *page, const PdfOutline *outline, float least) {
    Wanted w = {.outline = outline, .least = least};
    w.titles = pdf_outline_page(outline, page->number, &w.n);
    size_t left = w.n;
    for (size_t i = 0, lines; i < page->n_lines && left; i += lines ? lines : 1) {
        PdfTitle *title;
        lines = page->lines[i].words ? title_lines(page, &w, i, &title) : 0;
        if (!lines) continue;
        int level = title->depth + (outline->outermost > 1);
        assert(level >= 1 && !title->found);
        title->found = true;
        left--;
        for (size_t k = 0; k < lines; k++) {
            page->lines[i + k].title = (uint8_t)(level < PDF_LEVELS ? level : PDF_LEVELS);
            page->lines[i + k].title_goes_on = k > 0;
        }
    }
}
