/*
 * Tables without ruled lines: rows of short cells that stand under each other.
 *
 * The lines of a page are sorted by height; lines that overlap by half of their height form a
 * visual row. A row has as many cells as it has lines and wide gaps inside lines. A table is a run
 * of at least ROWS_MIN rows with two or more cells each (single-cell rows between them are
 * tolerated when they are short), close to each other, whose cells begin, end or are centred where
 * cells of a neighbouring row do. Columns of prose look alike, so the cells must be short: on
 * average at most CELL_CHARS characters, or PROSE_CHARS when a third of the cells are numbers.
 *
 * The lines of a table get a row number each, counted over the page from top to bottom.
 *
 * An example: these three visual rows have three cells each, right ends that stand under each
 * other, and short cells, a third of them numbers:
 *
 *     Rent        1,850    monthly
 *     Heating       140    monthly
 *     Water          35    yearly          rows 1 to 3 of table 1
 */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/plain.h"
#include "knowledge/read/pdf_page.h"

enum {
    ROWS_MIN = 3,
    CELL_CHARS = 18,
    PROSE_CHARS = 30,
    SINGLE_CHARS = 40,
    LOOK_BACK = 3,
    LINES_MAX = 20000
};

typedef struct Row {
    size_t from, to; /* range of the sorted lines */
    float y0, y1, size;
    uint32_t cells, chars, numbers;
} Row;

typedef struct Tables {
    PdfPage *page;
    PdfLine **sorted;
    Row *rows;
    size_t n_lines, n_rows;
    uint32_t tables;
} Tables;

/* By the middle of lines; the order in memory breaks ties, so that the result is always the
   same. */
static int by_height(const void *a, const void *b) {
    const PdfLine *const *x = a, *const *y = b;
    float p = (*x)->box.y0 + (*x)->box.y1, q = (*y)->box.y0 + (*y)->box.y1;
    if (p != q) return p < q ? -1 : 1;
    return (*x < *y) ? -1 : 1;
}

/* Half of its bytes are digits, or it is a lone dash for "nothing". */
static bool is_figure(Str w) {
    size_t digits = 0;
    for (size_t i = 0; i < w.n; i++) digits += plain_is_digit(w.p[i]);
    return digits * 2 >= w.n || (w.n <= 2 && w.p[0] == '-');
}

/* A bullet before an item is no cell. */
static bool is_sign(const PdfPage *page, const PdfWord *word) {
    unsigned char c = (unsigned char)page->text.p[word->at];
    bool alnum = plain_is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z');
    return !alnum && (word->n == 1 || (word->n == 3 && c == 0xE2));
}

/* Cells of a line, by gaps wider than 0.9 of the size; how many of them end with a number. */
static void count_cells(const PdfPage *page, const PdfLine *line, Row *row) {
    row->cells++;
    bool number = false;
    for (uint32_t k = 0; k < line->words; k++) {
        const PdfWord *word = &page->words[line->word + k];
        bool bullet = k == 1 && is_sign(page, word - 1);
        if (k && !bullet && word->box.x0 - word[-1].box.x1 > line->size * 0.9f) {
            row->cells++;
            row->numbers += number;
        }
        number = is_figure((Str){page->text.p + word->at, word->n});
        row->chars += word->n + 1;
    }
    row->numbers += number;
}

/* A line joins the row above when its middle is inside it. */
static void make_rows(Tables *t) {
    for (size_t i = 0; i < t->n_lines; i++) {
        PdfLine *line = t->sorted[i];
        Row *last = t->n_rows ? &t->rows[t->n_rows - 1] : NULL;
        float middle = (line->box.y0 + line->box.y1) / 2;
        if (!last || middle > last->y1 - line->size * 0.25f || middle < last->y0) {
            last = &t->rows[t->n_rows++];
            *last = (Row){.from = i, .y0 = line->box.y0, .y1 = line->box.y1, .size = line->size};
        }
        assert(t->n_rows <= i + 1); /* a row has a line */
        last->to = i + 1;
        if (line->size > last->size) last->size = line->size;
        count_cells(t->page, line, last);
    }
}

/* Places in points. */
static bool near(float a, float b, float slack) {
    return a - b < slack && b - a < slack;
}

/* Do two cells of these rows stand under each other (left, right or centre)? */
static bool aligned(const Tables *t, const Row *a, const Row *b) {
    unsigned hits = 0;
    for (size_t i = a->from; i < a->to && hits < 2; i++) {
        PdfBox p = t->sorted[i]->box;
        for (size_t k = b->from; k < b->to; k++) {
            PdfBox q = t->sorted[k]->box;
            bool hit =
                near(p.x0, q.x0, 3) || near(p.x1, q.x1, 3) || near(p.x0 + p.x1, q.x0 + q.x1, 6);
            if (hit) hits++;
            if (hit) break;
        }
    }
    return hits >= 2 || (hits == 1 && (a->to - a->from == 1 || b->to - b->from == 1));
}

/* Row b goes on with the run [from, b): close to the row above, under a cell of one of the last
 * rows. */
static bool follows(const Tables *t, size_t from, size_t b) {
    assert(b > from && b < t->n_rows);
    const Row *above = &t->rows[b - 1], *y = &t->rows[b];
    if (y->y0 - above->y1 >= above->size * 1.8f) return false;
    if (y->cells == 1 && y->y0 < above->y1 - 1) return true; /* a cell that spans two rows */
    for (size_t a = b; a-- > from && b - a <= LOOK_BACK;) {
        if (aligned(t, &t->rows[a], y)) return true;
    }
    return false;
}

/* Marks rows [from, to) when they are a table. */
static void mark(Tables *t, size_t from, size_t to, uint32_t *number) {
    uint32_t cells = 0, chars = 0, numbers = 0, multi = 0;
    assert(from < to && to <= t->n_rows);
    while (to > from && t->rows[to - 1].cells < 2) to--;
    for (size_t i = from; i < to; i++) {
        cells += t->rows[i].cells;
        chars += t->rows[i].chars;
        numbers += t->rows[i].numbers;
        multi += t->rows[i].cells >= 2;
    }
    if (multi < ROWS_MIN || multi * 10 < (to - from) * 6) return;
    uint32_t limit = numbers * 3 >= cells ? PROSE_CHARS : CELL_CHARS;
    if (chars > cells * limit) return;
    t->tables++;
    for (size_t i = from; i < to; i++) {
        ++*number;
        for (size_t k = t->rows[i].from; k < t->rows[i].to; k++) {
            t->sorted[k]->row = *number;
            t->sorted[k]->table = t->tables;
        }
    }
}

/* Runs of rows that follow each other, each tried as a table. */
static void find(Tables *t, uint32_t *number) {
    size_t from = 0;
    while (from < t->n_rows) {
        size_t to = from + 1;
        if (t->rows[from].cells >= 2) {
            while (to < t->n_rows && follows(t, from, to) &&
                   (t->rows[to].cells >= 2 || t->rows[to].chars <= SINGLE_CHARS)) {
                to++;
            }
            mark(t, from, to, number);
        }
        from = to;
    }
}

Status pdf_page_find_tables(PdfPage *page, uint32_t *rows, Err *err) {
    *rows = 0;
    if (page->n_lines > LINES_MAX)
        return OK; /* no page for people; its lines are read all the same */
    Tables t = {.page = page,
                .sorted = mem_alloc_n(page->n_lines + 1, sizeof *t.sorted),
                .rows = mem_alloc_n(page->n_lines + 1, sizeof *t.rows),
                .tables = (uint32_t)page->n_grids};
    Status status = OK;
    if (t.sorted && t.rows) {
        for (size_t i = 0; i < page->n_lines; i++) {
            const PdfLine *line = &page->lines[i];
            if (!line->drop && line->words && !line->table && !line->title)
                t.sorted[t.n_lines++] = &page->lines[i];
        }
        qsort(t.sorted, t.n_lines, sizeof *t.sorted, by_height);
        make_rows(&t);
        find(&t, rows);
    } else {
        status = err_no_memory(err, "a page of a PDF");
    }
    mem_free(t.sorted);
    mem_free(t.rows);
    return status;
}
