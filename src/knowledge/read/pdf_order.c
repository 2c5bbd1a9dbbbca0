/*
 * In which order does a person read the lines of this page?
 *
 * pdftotext's own order is by its blocks, which fall apart where lines stand far from each other;
 * then the lines of two columns alternate. So the order is found anew from the places:
 *
 *   1. Items are sorted from top to bottom. An item is a line, or a whole table.
 *   2. Going down, items gather in a group. A group of columns ends where an item closes the gutter
 *      (the widest strip of white that no item of the group crosses); a group without columns ends
 *      where an item has a neighbour beside it.
 *   3. A group with a gutter is read left part first, then right part, each part ordered by the
 *      same rule; a group without is read row by row. A wide blank band under all columns ends them
 *      too. Short labels before values are no column: they are read row by row as well.
 *
 * Bullets, section numbers and raised marks, which come as lines of their own, are put before the
 * line they stand at first. Cost: sorting, and for each item its neighbours in height. Pages with
 * more than ITEMS_MAX lines keep pdftotext's order.
 *
 *     +-----------------------+
 *     | a title across        |    group 1, without columns
 *     +----------+ +----------+
 *     | left 1   | | right 1  |    group 2, a gutter between: left 1, left 2, right 1, right 2
 *     | left 2   | | right 2  |
 *     +----------+ +----------+
 *     | a table, one item     |    closes the gutter: group 3
 *     +-----------------------+
 */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "knowledge/read/pdf_page.h"

enum { ITEMS_MAX = 4000, DEPTH_MAX = 6, STRIP = 1200, MARK_BYTES = 6 };

typedef struct Order {
    PdfPage *page;
    PdfItem *items;  /* in the order to come */
    uint8_t *beside; /* per item: something stands beside it */
} Order;

/* ---- marks ---- */

/* How far two ranges lie over each other; below 0: they are apart by so much. */
static float overlap(float a0, float a1, float b0, float b1) {
    float low = a0 > b0 ? a0 : b0, high = a1 < b1 ? a1 : b1;
    return high - low;
}

/* Do they overlap in height by more than this share of the lower one? */
static bool same_height(const PdfBox *a, const PdfBox *b, float share) {
    float ha = a->y1 - a->y0, hb = b->y1 - b->y0;
    return overlap(a->y0, a->y1, b->y0, b->y1) > (ha < hb ? ha : hb) * share;
}

/* One short word with something other than letters in it. */
static bool is_mark(const PdfPage *page, const PdfLine *line) {
    if (line->words != 1 || line->drop || line->table) return false;
    const PdfWord *w = &page->words[line->word];
    if (w->n > MARK_BYTES) return false;
    for (uint32_t i = 0; i < w->n; i++) {
        unsigned char c = (unsigned char)page->text.p[w->at + i];
        if (!((c | 32) >= 'a' && (c | 32) <= 'z')) return true;
    }
    return false;
}

/* The nearest line on the right, at about the same height and not further than three sizes; it may
   begin a point before the mark ends. */
static PdfLine *right_neighbour(PdfPage *page, const PdfLine *mark) {
    PdfLine *best = NULL;
    for (size_t i = 0; i < page->n_lines; i++) {
        PdfLine *line = &page->lines[i];
        float gap = line->box.x0 - mark->box.x1;
        if (line->drop || line->table || line->words == 0) continue;
        if (line == mark || gap < -1 || gap > line->size * 3) continue;
        if (!same_height(&line->box, &mark->box, 0.5f)) continue;
        if (!best || line->box.x0 < best->box.x0) best = line;
    }
    return best;
}

/* The words of a and then of b, in a new place behind all others. */
static Status put_before(PdfPage *page, PdfLine *mark, PdfLine *line, Err *err) {
    size_t n = (size_t)mark->words + line->words;
    TRY(mem_grow((void **)&page->words, &page->cap_words, page->n_words + n, sizeof *page->words,
                 2 * PDF_WORDS_MAX, err));
    PdfWord *to = page->words + page->n_words;
    memcpy(to, page->words + mark->word, mark->words * sizeof *to);
    memcpy(to + mark->words, page->words + line->word, line->words * sizeof *to);
    assert(line != mark && mark->words > 0 && line->words > 0);
    line->word = (uint32_t)page->n_words;
    line->words = (uint32_t)n;
    page->n_words += n;
    if (mark->box.x0 < line->box.x0) line->box.x0 = mark->box.x0;
    mark->words = 0;
    return OK;
}

Status pdf_page_attach_marks(PdfPage *page, Err *err) {
    if (page->n_lines > ITEMS_MAX) return OK;
    for (size_t i = page->n_lines; i-- > 0;) {
        PdfLine *mark = &page->lines[i];
        PdfLine *line = is_mark(page, mark) ? right_neighbour(page, mark) : NULL;
        if (line && page->n_words + line->words < PDF_WORDS_MAX)
            TRY(put_before(page, mark, line, err));
    }
    return OK;
}

/* ---- groups ---- */

static int by_top(const void *a, const void *b) {
    const PdfItem *x = a, *y = b;
    if (x->box.y0 != y->box.y0) return x->box.y0 < y->box.y0 ? -1 : 1;
    if (x->box.x0 != y->box.x0) return x->box.x0 < y->box.x0 ? -1 : 1;
    return x->line < y->line ? -1 : 1;
}

static int by_left(const void *a, const void *b) {
    const PdfItem *x = a, *y = b;
    return x->box.x0 < y->box.x0 ? -1 : x->box.x0 > y->box.x0;
}

/* Items are sorted by their tops, so that the inner loop ends where nothing can be beside any more.
   4 points: less is a gap between words. */
static void find_beside(Order *o, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) o->beside[i] = 0;
    for (size_t i = from; i < to; i++) {
        const PdfItem *a = &o->items[i];
        for (size_t k = i + 1; k < to && o->items[k].box.y0 < a->box.y1; k++) {
            const PdfItem *b = &o->items[k];
            bool apart = b->box.x0 - a->box.x1 > 4 || a->box.x0 - b->box.x1 > 4;
            if (!apart || !same_height(&a->box, &b->box, 0.4f)) continue;
            o->beside[i] = o->beside[k] = 1;
        }
    }
}

/* White strips between the left and the right end of what was marked. */
typedef struct Gutter {
    uint8_t taken[STRIP];
    int low, high;
} Gutter;

/* A place across the page as a strip of one point; STRIP points are wider than pages are. */
static int point(float x) {
    return x < 0 ? 0 : x >= STRIP ? STRIP - 1 : (int)x;
}

/* Marks the strips that a box covers. */
static void gutter_add(Gutter *g, const PdfBox *box) {
    int a = point(box->x0), b = point(box->x1);
    for (int i = a; i <= b; i++) g->taken[i] = 1;
    if (a < g->low) g->low = a;
    if (b > g->high) g->high = b;
}

/* The widest strip of at least `least` points; false when there is none. */
static bool gutter_find(const Gutter *g, int least, float *x0, float *x1) {
    int best = 0, run = 0;
    for (int i = g->low; i <= g->high; i++) {
        run = g->taken[i] ? 0 : run + 1;
        if (run < least || run <= best) continue;
        best = run;
        *x0 = (float)(i - run + 1);
        *x1 = (float)(i + 1);
    }
    return best > 0;
}

/* Three quarters of the font size, within 6 and 18 points. */
static int least_gutter(const Order *o, size_t from) {
    float size = o->items[from].size;
    return size < 8 ? 6 : size > 24 ? 18 : (int)(size * 0.75f);
}

/* End of the group that begins at `from`. */
static size_t group_end(const Order *o, size_t from, size_t to, bool *columns) {
    Gutter g = {.low = STRIP, .high = 0};
    float x0, x1;
    int least = least_gutter(o, from);
    bool open = false;
    float bottom = o->items[from].box.y1;
    *columns = o->beside[from];
    for (size_t i = from; i < to; i++) {
        const PdfItem *item = &o->items[i];
        bool below = item->box.y0 > bottom + item->size * 2.5f; /* far under all columns */
        if (i > from && (*columns ? below && !o->beside[i] : o->beside[i])) return i;
        if (item->box.y1 > bottom) bottom = item->box.y1;
        gutter_add(&g, &item->box);
        bool still = gutter_find(&g, least, &x0, &x1);
        if (*columns && open && !still) return i;
        open = still;
    }
    return to;
}

/* Columns hold text; labels before values do not. */
static bool is_column(const Order *o, size_t from, size_t to, float x0, float x1) {
    size_t n[2] = {0, 0}, bytes[2] = {0, 0};
    for (size_t i = from; i < to; i++) {
        int side = o->items[i].box.x0 >= x0;
        n[side]++;
        bytes[side] += o->items[i].bytes;
    }
    (void)x1;
    if (n[0] < 2 || n[1] < 2) return n[0] + n[1] > 12;
    return (bytes[0] / n[0] >= 14 && bytes[1] / n[1] >= 14) || n[0] >= 2 * n[1] || n[1] >= 2 * n[0];
}

/* Items of one height from left to right; heights stay as they are sorted. */
static void sort_rows(Order *o, size_t from, size_t to) {
    size_t start = from;
    for (size_t i = from + 1; i <= to; i++) {
        if (i < to && same_height(&o->items[start].box, &o->items[i].box, 0.5f)) continue;
        qsort(o->items + start, i - start, sizeof *o->items, by_left);
        start = i;
    }
}

static void order(Order *o, size_t from, size_t to, int depth);

/* Splits at the gutter and orders each side by itself. DEPTH_MAX columns in each other are more
   than people set. */
static void order_columns(Order *o, size_t from, size_t to, int depth) {
    Gutter g = {.low = STRIP, .high = 0};
    float x0 = 0, x1 = 0;
    for (size_t i = from; i < to; i++) gutter_add(&g, &o->items[i].box);
    bool split = gutter_find(&g, least_gutter(o, from), &x0, &x1) && is_column(o, from, to, x0, x1);
    if (!split || depth >= DEPTH_MAX) {
        sort_rows(o, from, to);
        return;
    }
    size_t middle = from;
    for (size_t i = from; i < to; i++) { /* stable for neither side: order() sorts again */
        if (o->items[i].box.x0 >= x0) continue;
        PdfItem item = o->items[i];
        o->items[i] = o->items[middle];
        o->items[middle++] = item;
    }
    order(o, from, middle, depth + 1);
    order(o, middle, to, depth + 1);
}

/* The rule of the essay for items [from, to), which it sorts in place. */
static void order(Order *o, size_t from, size_t to, int depth) {
    assert(from <= to && depth <= DEPTH_MAX);
    qsort(o->items + from, to - from, sizeof *o->items, by_top);
    find_beside(o, from, to);
    for (size_t at = from; at < to;) {
        bool columns;
        size_t end = group_end(o, at, to, &columns);
        assert(end > at && end <= to); /* each group has an item */
        if (columns) order_columns(o, at, end, depth);
        at = end;
    }
}

/* ---- items ---- */

static void grow_box(PdfBox *box, const PdfBox *more) {
    if (more->x0 < box->x0) box->x0 = more->x0;
    if (more->y0 < box->y0) box->y0 = more->y0;
    if (more->x1 > box->x1) box->x1 = more->x1;
    if (more->y1 > box->y1) box->y1 = more->y1;
}

/* One item a line that is read, one for all lines of a table. table_item[t]: the item of table t,
   and 1. */
static size_t make_items(const PdfPage *page, PdfItem *items, uint32_t *table_item) {
    size_t n = 0;
    for (size_t i = 0; i < page->n_lines; i++) {
        const PdfLine *line = &page->lines[i];
        if (line->drop || line->words == 0) continue;
        uint32_t bytes = 0;
        for (uint32_t k = 0; k < line->words; k++) bytes += page->words[line->word + k].n + 1;
        PdfItem item = {line->box, line->size, (uint32_t)i, bytes};
        assert(line->table <= page->n_lines); /* a table has lines: table_item has room */
        uint32_t *known = line->table ? &table_item[line->table] : NULL;
        if (known && *known) {
            grow_box(&items[*known - 1].box, &line->box);
            items[*known - 1].bytes += bytes;
            continue;
        }
        items[n++] = item;
        if (known) *known = (uint32_t)n;
    }
    return n;
}

/* The caller's list, also where its order was left as it came. */
Status pdf_page_order(PdfPage *page, PdfItem **items, size_t *n, Err *err) {
    Order o = {.page = page,
               .items = mem_alloc_n(page->n_lines + 1, sizeof *o.items),
               .beside = mem_zalloc(page->n_lines + 1)};
    uint32_t *table_item = mem_zalloc_n(page->n_lines + 2, sizeof *table_item);
    Status status = OK;
    *n = 0;
    if (o.items && o.beside && table_item) {
        *n = make_items(page, o.items, table_item);
        if (*n <= ITEMS_MAX) order(&o, 0, *n, 0);
    } else {
        status = err_no_memory(err, "a page of a PDF");
        mem_free(o.items);
        o.items = NULL;
    }
    mem_free(o.beside);
    mem_free(table_item);
    *items = o.items;
    return status;
}
