/*
 * In which font is a word set?
 *
 * pdftotext gives words without fonts, the page's content gives runs of letters without words
 * (pdf_draw.c): where each begins, its size and style. A word belongs to the run that begins last
 * on its line, at its left end or before it:
 *
 *     run (72, 92) bold        run (96, 92)            both on the base line 92
 *     "Table" "1." "Rent"      at x 72, 98 ...         "Table" is of the first; "1." of the second
 *
 * The base line of a word lies in the lower part of its box. Runs are sorted by base line and then
 * from left to right, so that a word looks at few. Text that is set sideways finds none, and a word
 * without font has size 0.
 *
 * A line has the size that most of its bytes have, and the style that all of its words have; signs
 * that are neither letter nor digit are not asked.
 */
#include <stdlib.h>

#include "base/plain.h"
#include "knowledge/read/pdf_page.h"

enum { RUNS_LOOKED = 4000 };

static const float LEFT_SLACK = 1.5f;

static int by_place(const void *a, const void *b) {
    const PdfRun *p = a, *q = b;
    if (p->y != q->y) return p->y < q->y ? -1 : 1;
    if (p->x != q->x) return p->x < q->x ? -1 : 1;
    if (p->size != q->size) return p->size < q->size ? -1 : 1;
    return (p->mark > q->mark) - (p->mark < q->mark);
}

/* The first run that is not above `y`. */
static size_t first_at(const PdfDraw *draw, float y) {
    size_t low = 0, high = draw->n_runs;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (draw->runs[middle].y < y) low = middle + 1;
        else high = middle;
    }
    return low;
}

static void find_font(const PdfDraw *draw, PdfWord *word) {
    float height = word->box.y1 - word->box.y0, best = -1e6f;
    float top = word->box.y0 + height * 0.45f, bottom = word->box.y1 + height * 0.1f;
    size_t at = first_at(draw, top);
    for (size_t n = 0; at < draw->n_runs && n < RUNS_LOOKED; at++, n++) {
        const PdfRun *run = &draw->runs[at];
        if (run->y > bottom) break;
        if (run->x > word->box.x0 + LEFT_SLACK || run->x < best) continue;
        if (run->size > height * 2 || run->size * 3 < height) continue; /* not of this word */
        best = run->x;
        word->font = run->size;
        word->style = run->style;
        word->mark = run->mark;
    }
}

void pdf_page_fonts(PdfPage *page) {
    if (!page->draw.n_runs) return;
    qsort(page->draw.runs, page->draw.n_runs, sizeof *page->draw.runs, by_place);
    for (size_t i = 0; i < page->n_words; i++) find_font(&page->draw, &page->words[i]);
}

static bool is_spoken(const PdfPage *page, const PdfWord *word) {
    for (uint32_t i = 0; i < word->n; i++) {
        char c = page->text.p[word->at + i];
        if (plain_is_digit(c) || (c | 32) >= 'a' || (unsigned char)c >= 0x80) return true;
    }
    return false;
}

/* Most of it: by Boyer and Moore's vote, in which each word has its bytes as votes. */
void pdf_line_font(const PdfPage *page, PdfLine *line) {
    uint32_t votes = 0, asked = 0;
    float font = 0;
    uint8_t style = PDF_BOLD | PDF_ITALIC | PDF_MONO;
    for (uint32_t i = 0; i < line->words; i++) {
        const PdfWord *word = &page->words[line->word + i];
        float apart = word->font - font;
        if (votes && apart < 0.3f && apart > -0.3f) {
            votes += word->n;
        } else if (votes > word->n) {
            votes -= word->n;
        } else {
            votes = word->n - votes;
            font = word->font;
        }
        if (!is_spoken(page, word)) continue;
        style &= word->style;
        asked++;
    }
    line->font = font > 0 ? font : line->size;
    line->style = asked ? style : 0;
}
