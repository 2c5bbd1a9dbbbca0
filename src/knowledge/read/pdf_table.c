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
 * On a page of two columns of text (lines of prose left and right of its middle, few across it) a
 * row with prose in it ends at the middle. What fails for its long cells is a table all the same
 * where its columns go on below each other and white runs through all of them between its rows.
 *
 * What becomes of its lines, rows and columns, is found as between drawn ones (pdf_bands.c).
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
#include "knowledge/read/pdf_grid.h"

enum {
    ROWS_MIN = 3,
    CELL_CHARS = 18,
    PROSE_CHARS = 30,
    SINGLE_CHARS = 40,
    LOOK_BACK = 3,
    PROSE_WORDS = 5,
    COLUMN_LINES = 6,
    SPANS_MAX = 16,
    LONG_MAX = 120,
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

/* Rows [from, to) become a table when they look like one. */
static Status try_rows(Tables *t, size_t from, size_t to, Err *err) {
    uint32_t cells = 0, chars = 0, numbers = 0, multi = 0;
    assert(from < to && to <= t->n_rows);
    while (to > from && t->rows[to - 1].cells < 2) to--;
    for (size_t i = from; i < to; i++) {
        cells += t->rows[i].cells;
        chars += t->rows[i].chars;
        numbers += t->rows[i].numbers;
        multi += t->rows[i].cells >= 2;
    }
    if (multi < ROWS_MIN || multi * 10 < (to - from) * 6) return OK;
    uint32_t limit = numbers * 3 >= cells ? PROSE_CHARS : CELL_CHARS;
    if (chars > cells * limit) return OK;
    size_t first = t->rows[from].from;
    return pdf_grid_of_lines(t->page, t->sorted + first, t->rows[to - 1].to - first, false, err);
}

/* ---- tables of long cells ---- */

typedef struct Span {
    float x0, x1;
} Span;

/* Puts a cell into the columns so far; false: it stands in two of them, or there are too many. */
static bool add_span(Span *spans, size_t *n, const PdfBox *box) {
    Span *own = NULL;
    for (size_t i = 0; i < *n; i++) {
        if (box->x0 >= spans[i].x1 - 1 || spans[i].x0 >= box->x1 - 1) continue;
        if (own) return false;
        own = &spans[i];
    }
    if (!own && *n == SPANS_MAX) return false;
    if (!own) spans[(*n)++] = (Span){box->x0, box->x1};
    else if (box->x0 < own->x0) own->x0 = box->x0;
    if (own && box->x1 > own->x1) own->x1 = box->x1;
    return true;
}

static bool add_spans(const Tables *t, const Row *row, Span *spans, size_t *n) {
    for (size_t i = row->from; i < row->to; i++) {
        const PdfLine *line = t->sorted[i];
        for (uint32_t from = 0, to; from < line->words; from = to) {
            to = pdf_cell_end(t->page, line, from);
            PdfBox box = pdf_cell_box(t->page, line, from, to);
            if (!add_span(spans, n, &box)) return false;
        }
    }
    return true;
}

/* Where the rows end that leave white between the columns of row `from`. */
static size_t long_end(const Tables *t, size_t from) {
    Span spans[SPANS_MAX];
    size_t n = 0, to = from;
    while (to < t->n_rows && to - from < LONG_MAX && add_spans(t, &t->rows[to], spans, &n)) {
        to++;
        if (to == t->n_rows || t->rows[to].y0 - t->rows[to - 1].y1 > t->rows[to].size * 2.2f) break;
    }
    return to;
}

/* ---- a page ---- */

/* Runs of rows that follow each other, each tried as a table; then those of long cells. */
static Status find(Tables *t, Err *err) {
    size_t from = 0;
    while (from < t->n_rows) {
        size_t to = from + 1;
        if (t->rows[from].cells < 2) {
            from = to;
            continue;
        }
        while (to < t->n_rows && follows(t, from, to) &&
               (t->rows[to].cells >= 2 || t->rows[to].chars <= SINGLE_CHARS)) {
            to++;
        }
        const size_t tables = t->page->n_grids, first = t->rows[from].from;
        TRY(try_rows(t, from, to, err));
        size_t end = t->page->n_grids == tables ? long_end(t, from) : from;
        if (end >= from + ROWS_MIN) {
            TRY(pdf_grid_of_lines(t->page, t->sorted + first, t->rows[end - 1].to - first, true,
                                  err));
            if (t->page->n_grids > tables) to = end;
        }
        from = to;
    }
    return OK;
}

/* A line of text, as long as a column of a page is wide. */
static bool is_prose(const PdfPage *page, const PdfLine *line) {
    return line->words >= PROSE_WORDS && line->box.x1 - line->box.x0 > page->width * 0.2f &&
           pdf_cell_end(page, line, 0) == line->words;
}

/* Where the page is set in two columns: between them; else 0. */
static float find_gutter(const Tables *t) {
    float low = 1e6f, high = -1e6f;
    size_t left = 0, right = 0, over = 0;
    for (size_t i = 0; i < t->n_lines; i++) {
        const PdfBox *box = &t->sorted[i]->box;
        if (!is_prose(t->page, t->sorted[i])) continue;
        if (box->x0 < low) low = box->x0;
        if (box->x1 > high) high = box->x1;
    }
    const float gutter = (low + high) / 2;
    for (size_t i = 0; i < t->n_lines; i++) {
        const PdfBox *box = &t->sorted[i]->box;
        if (!is_prose(t->page, t->sorted[i])) continue;
        left += box->x1 < gutter;
        right += box->x0 > gutter;
        over += box->x0 <= gutter && box->x1 >= gutter;
    }
    bool two = left >= COLUMN_LINES && right >= COLUMN_LINES && over * 3 <= left + right;
    return two ? gutter : 0;
}

enum { WHOLE, LEFT, RIGHT, SIDES };

/* On which side of the gutter each line stands, if there is text in its row: a row without may be
   one of a table over both columns. */
static void find_sides(const Tables *t, float gutter, uint8_t *side) {
    for (size_t r = 0; r < t->n_rows; r++) {
        bool prose = false;
        for (size_t i = t->rows[r].from; i < t->rows[r].to; i++) {
            prose |= is_prose(t->page, t->sorted[i]);
        }
        for (size_t i = t->rows[r].from; i < t->rows[r].to; i++) {
            const PdfBox *box = &t->sorted[i]->box;
            side[i] = !prose ? WHOLE : box->x1 < gutter ? LEFT : box->x0 > gutter ? RIGHT : WHOLE;
        }
    }
}

/* Each side by itself, where the page has two columns. */
static Status find_by_sides(Tables *t, Err *err) {
    make_rows(t);
    const float gutter = find_gutter(t);
    if (gutter <= 0) return find(t, err);
    const size_t n = t->n_lines;
    uint8_t *side = mem_alloc(n + 1);
    PdfLine **own = mem_alloc_n(n + 1, sizeof *own), **all = t->sorted;
    Status status = side && own ? OK : err_no_memory(err, "a page of a PDF");
    if (status == OK) find_sides(t, gutter, side);
    for (unsigned s = 0; s < SIDES && status == OK; s++) {
        t->sorted = own;
        t->n_lines = t->n_rows = 0;
        for (size_t i = 0; i < n; i++) {
            if (side[i] == s) own[t->n_lines++] = all[i];
        }
        make_rows(t);
        status = find(t, err);
    }
    t->sorted = all;
    mem_free(side);
    mem_free(own);
    return status;
}

Status pdf_page_find_tables(PdfPage *page, Err *err) {
    if (page->n_lines > LINES_MAX)
        return OK; /* no page for people; its lines are read all the same */
    Tables t = {.page = page,
                .sorted = mem_alloc_n(page->n_lines + 1, sizeof *t.sorted),
                .rows = mem_alloc_n(page->n_lines + 1, sizeof *t.rows)};
    Status status = OK;
    if (t.sorted && t.rows) {
        for (size_t i = 0; i < page->n_lines; i++) {
            const PdfLine *line = &page->lines[i];
            if (!line->drop && line->words && !line->table && !line->title)
                t.sorted[t.n_lines++] = &page->lines[i];
        }
        qsort(t.sorted, t.n_lines, sizeof *t.sorted, by_height);
        status = find_by_sides(&t, err);
    } else {
        status = err_no_memory(err, "a page of a PDF");
    }
    mem_free(t.sorted);
    mem_free(t.rows);
    return status;
}
