/*
 * The body of pdf_grid.h.
 *
 * Rules that continue each other are joined, since programs draw a table's lines cell by cell.
 * Rules that touch are one figure. The places of its vertical rules are the borders of columns,
 * those of its horizontal ones the borders of rows; where it has no outer line, the ends of the
 * others are the border. Cells between which no rule runs are joined:
 *
 *     +------+-------------+
 *     |      | Length      |      x: 3 places and the line between deck and water: 3 columns
 *     | Boat +------+------+      Boat: cells (0,0) and (1,0); Length: (0,1) and (0,2)
 *     |      | deck | water|
 *     +------+------+------+
 *
 * A figure is a table when it has words in at least two of its rows and columns, and in half as
 * many cells as it has rows: frames around text and boxes of a drawing have fewer. Each word
 * belongs to the cell in which its middle lies; a line that runs through several cells is cut, and
 * what of it stands out of the table belongs to the nearest cell.
 *
 * Where the rows of figures have no line between them, each is a row: all cells between two lines
 * hold as many lines of text at the same heights, or one that is said for all of them.
 *
 * Limits: RULES_MAX joined rules a page, ROWS_MAX rows, COLUMNS_MAX columns. Cost: the square of
 * the rules of a page.
 */
#include "knowledge/read/pdf_grid.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/plain.h"

enum { RULES_MAX = 1200, ROWS_MAX = 400, COLUMNS_MAX = 48, GRIDS_MAX = 256, CELL_BYTES = 600,
       SPLIT_MAX = 60, PASSES_MAX = 8 };

static const float TOUCH = 2.5f, JOIN = 1.6f, LEAST = 4.0f;

typedef struct Figure {
    const PdfRule *rules;
    const uint32_t *part; /* of each rule, the figure that it belongs to */
    size_t n;
    uint32_t own;
} Figure;

static bool is_flat(const PdfRule *r) {
    return r->x1 - r->x0 > r->y1 - r->y0;
}

/* ---- rules ---- */

/* Flat ones first, from top to bottom and left to right; then upright ones, left to right. */
static int by_line(const void *a, const void *b) {
    const PdfRule *p = a, *q = b;
    bool flat = is_flat(p), other = is_flat(q);
    if (flat != other) return flat ? -1 : 1;
    float i = flat ? p->y0 : p->x0, k = flat ? q->y0 : q->x0;
    if (i != k) return i < k ? -1 : 1;
    float m = flat ? p->x0 : p->y0, n = flat ? q->x0 : q->y0;
    return m < n ? -1 : m > n;
}

/* Does b go on with a, on the same line? */
static bool goes_on(const PdfRule *a, const PdfRule *b) {
    if (is_flat(a)) {
        return b->y0 - a->y0 < JOIN && a->y0 - b->y0 < JOIN && b->x0 < a->x1 + TOUCH &&
               a->x0 < b->x1 + TOUCH;
    }
    return b->x0 - a->x0 < JOIN && a->x0 - b->x0 < JOIN && b->y0 < a->y1 + TOUCH &&
           a->y0 < b->y1 + TOUCH;
}

static void join(PdfRule *into, const PdfRule *more) {
    if (is_flat(into)) {
        if (more->x0 < into->x0) into->x0 = more->x0;
        if (more->x1 > into->x1) into->x1 = more->x1;
    } else {
        if (more->y0 < into->y0) into->y0 = more->y0;
        if (more->y1 > into->y1) into->y1 = more->y1;
    }
}

/* Until nothing is joined. Sorted by line, so that what may be joined stands close by. */
size_t pdf_rules_join(PdfRule *rules, size_t n) {
    size_t before = n + 1;
    for (int pass = 0; pass < PASSES_MAX && n < before; pass++) {
        size_t to = 0;
        before = n;
        qsort(rules, n, sizeof *rules, by_line);
        for (size_t i = 0; i < n; i++) {
            size_t k = to;
            bool joined = false;
            while (k-- > 0 && to - k < 64 && !joined) {
                joined = is_flat(&rules[k]) == is_flat(&rules[i]) && goes_on(&rules[k], &rules[i]);
                if (joined) join(&rules[k], &rules[i]);
            }
            if (!joined) rules[to++] = rules[i];
        }
        n = to;
    }
    return n;
}

static bool touches(const PdfRule *a, const PdfRule *b) {
    return a->x0 < b->x1 + TOUCH && b->x0 < a->x1 + TOUCH && a->y0 < b->y1 + TOUCH &&
           b->y0 < a->y1 + TOUCH;
}

/* part[i]: the first rule of the figure to which rule i belongs. */
static void find_figures(const PdfRule *rules, size_t n, uint32_t *part) {
    for (size_t i = 0; i < n; i++) part[i] = (uint32_t)i;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = i + 1; k < n; k++) {
            if (part[i] == part[k] || !touches(&rules[i], &rules[k])) continue;
            uint32_t low = part[i] < part[k] ? part[i] : part[k];
            uint32_t high = part[i] < part[k] ? part[k] : part[i];
            for (size_t m = 0; m < n; m++) {
                if (part[m] == high) part[m] = low;
            }
        }
    }
}

/* ---- borders ---- */

static int by_value(const void *a, const void *b) {
    const float *p = a, *q = b;
    return *p < *q ? -1 : *p > *q;
}

/* Places that are closer than LEAST are one. */
static uint32_t merge_places(float *at, uint32_t n) {
    uint32_t to = 0;
    qsort(at, n, sizeof *at, by_value);
    for (uint32_t i = 0; i < n; i++) {
        if (to && at[i] - at[to - 1] < LEAST) continue;
        at[to++] = at[i];
    }
    return to;
}

/* Borders of columns (upright rules, and where flat ones end) or of rows. `at` has room for all
   rules and two more. */
static uint32_t find_borders(const Figure *f, bool columns, float *at) {
    uint32_t n = 0;
    float low = 1e6f, high = -1e6f;
    for (size_t i = 0; i < f->n; i++) {
        const PdfRule *r = &f->rules[i];
        if (f->part[i] != f->own) continue;
        float from = columns ? r->x0 : r->y0, to = columns ? r->x1 : r->y1;
        if (from < low) low = from;
        if (to > high) high = to;
        if (is_flat(r) != columns) at[n++] = from;
    }
    at[n++] = low;
    at[n++] = high;
    return merge_places(at, n);
}

/* What is drawn of a cell's border. */
enum { EDGE_RIGHT = 1, EDGE_BELOW = 2 };

/* The rule draws the borders near it whose middles it covers. Asked rule by rule and not border by
   border: a page of small marks has thousands of both. */
static void mark_edges(const PdfRule *rule, const PdfGrid *g, uint8_t *drawn) {
    const bool flat = is_flat(rule);
    const float *across = flat ? g->y : g->x, *along = flat ? g->x : g->y;
    const uint32_t lines = flat ? g->rows : g->columns, cells = flat ? g->columns : g->rows;
    const float place = flat ? rule->y0 : rule->x0;
    const float low = flat ? rule->x0 : rule->y0, high = flat ? rule->x1 : rule->y1;
    for (uint32_t i = 0; i + 1 < lines; i++) {
        if (place - across[i + 1] >= LEAST || across[i + 1] - place >= LEAST) continue;
        for (uint32_t k = 0; k < cells; k++) {
            float middle = (along[k] + along[k + 1]) / 2;
            if (low > middle || high < middle) continue;
            drawn[flat ? i * g->columns + k : k * g->columns + i] |= flat ? EDGE_BELOW : EDGE_RIGHT;
        }
    }
}

/* The upper left cell of those that a cell is joined with so far; ways to it become shorter. */
static uint32_t owner_of(PdfGrid *g, uint32_t cell) {
    while (g->owner[cell] != cell) {
        assert(g->owner[cell] < cell);
        g->owner[cell] = g->owner[g->owner[cell]];
        cell = g->owner[cell];
    }
    return cell;
}

static void join_cells(PdfGrid *g, uint32_t a, uint32_t b) {
    uint32_t one = owner_of(g, a), other = owner_of(g, b);
    g->owner[one > other ? one : other] = one > other ? other : one;
}

/* Cells without a drawn border between them are one. */
static Status find_cells(const Figure *f, PdfGrid *g, Err *err) {
    const uint32_t n = g->rows * g->columns;
    assert(g->rows >= 2 && g->columns >= 2); /* measure has seen three borders each way */
    uint8_t *drawn = mem_zalloc(n);
    if (!drawn) return err_no_memory(err, "a table of a PDF");
    for (size_t i = 0; i < f->n; i++) {
        if (f->part[i] == f->own) mark_edges(&f->rules[i], g, drawn);
    }
    for (uint32_t i = 0; i < n; i++) g->owner[i] = i;
    for (uint32_t i = 0; i < n; i++) {
        bool right = (i + 1) % g->columns != 0, below = i + g->columns < n;
        if (right && !(drawn[i] & EDGE_RIGHT)) join_cells(g, i, i + 1);
        if (below && !(drawn[i] & EDGE_BELOW)) join_cells(g, i, i + g->columns);
    }
    for (uint32_t i = 0; i < n; i++) g->owner[i] = owner_of(g, i);
    mem_free(drawn);
    return OK;
}

/* ---- words ---- */

/* The cell around a point, or the nearest. */
static uint32_t cell_at(const PdfGrid *g, float x, float y) {
    uint32_t r = 0, c = 0;
    while (c + 1 < g->columns && x > g->x[c + 1]) c++;
    while (r + 1 < g->rows && y > g->y[r + 1]) r++;
    return g->owner[r * g->columns + c];
}

static uint32_t word_cell(const PdfGrid *g, const PdfWord *w) {
    return cell_at(g, (w->box.x0 + w->box.x1) / 2, (w->box.y0 + w->box.y1) / 2);
}

static bool is_inside(const PdfGrid *g, const PdfWord *w) {
    float x = (w->box.x0 + w->box.x1) / 2, y = (w->box.y0 + w->box.y1) / 2;
    return x >= g->x[0] && x <= g->x[g->columns] && y >= g->y[0] && y <= g->y[g->rows];
}

/* The pieces of all lines of which at least half of the words lie in the grid. */
static Status take_words(const PdfPage *page, PdfGrid *g, Err *err) {
    for (size_t i = 0; i < page->n_lines; i++) {
        const PdfLine *line = &page->lines[i];
        const PdfWord *word = &page->words[line->word];
        uint32_t inside = 0;
        for (uint32_t k = 0; k < line->words; k++) inside += is_inside(g, &word[k]);
        if (line->drop || line->sideways || line->table || inside * 2 < line->words) continue;
        for (uint32_t from = 0, to; from < line->words; from = to) {
            uint32_t cell = word_cell(g, &word[from]);
            for (to = from + 1; to < line->words && word_cell(g, &word[to]) == cell;) to++;
            PdfPiece piece = {cell, (uint32_t)i, line->word + from, to - from,
                              pdf_cell_box(page, line, from, to)};
            TRY(mem_grow((void **)&g->pieces, &g->cap_pieces, g->n_pieces + 1, sizeof piece,
                         PDF_WORDS_MAX, err));
            g->pieces[g->n_pieces++] = piece;
        }
    }
    return OK;
}

static int by_cell(const void *a, const void *b) {
    const PdfPiece *p = a, *q = b;
    if (p->cell != q->cell) return p->cell < q->cell ? -1 : 1;
    float y = p->box.y0 + p->box.y1, z = q->box.y0 + q->box.y1;
    if (y != z) return y < z ? -1 : 1;
    return p->box.x0 < q->box.x0 ? -1 : p->box.x0 > q->box.x0;
}

static int by_left(const void *a, const void *b) {
    const PdfPiece *p = a, *q = b;
    return p->box.x0 < q->box.x0 ? -1 : p->box.x0 > q->box.x0;
}

/* By cells; in a cell from top to bottom, what stands beside each other from left to right. */
static void sort_pieces(PdfGrid *g) {
    if (g->n_pieces) qsort(g->pieces, g->n_pieces, sizeof *g->pieces, by_cell);
    for (size_t from = 0, to; from < g->n_pieces; from = to) {
        const PdfPiece *first = &g->pieces[from];
        float half = (first->box.y1 - first->box.y0) / 2;
        for (to = from + 1; to < g->n_pieces; to++) {
            const PdfPiece *p = &g->pieces[to];
            if (p->cell != first->cell || p->box.y0 - first->box.y0 > half) break;
        }
        qsort(g->pieces + from, to - from, sizeof *g->pieces, by_left);
    }
}

/* ---- rows without lines between them ---- */

/* The lines of text in a cell; `figures` counts those that begin with a digit. */
static uint32_t cell_lines(const PdfPage *page, const PdfGrid *g, uint32_t cell, float *y,
                           uint32_t *figures) {
    uint32_t n = 0;
    for (size_t i = 0; i < g->n_pieces; i++) {
        const PdfPiece *p = &g->pieces[i];
        if (p->cell != cell) continue;
        float middle = (p->box.y0 + p->box.y1) / 2;
        if (n && middle - y[n - 1] < LEAST) continue;
        if (n == SPLIT_MAX) return n + 1;
        *figures += plain_is_digit(page->text.p[page->words[p->word].at]);
        y[n++] = middle;
    }
    return n;
}

/* Row r holds several rows when all of its cells have as many lines, or one that is said for all of
   them, at the same heights, and at least half of the lines are figures. How many; `y`: where. */
static uint32_t rows_inside(const PdfPage *page, const PdfGrid *g, uint32_t r, float *y) {
    assert(r < g->rows);
    uint32_t rows = 1, cells = 0, figures = 0;
    for (uint32_t c = 0; c < g->columns; c++) {
        float own[SPLIT_MAX + 1];
        uint32_t cell = r * g->columns + c, some = 0;
        if (g->owner[cell] != cell) continue;
        uint32_t n = cell_lines(page, g, cell, own, &some);
        if (n < 2) continue;
        if (n > SPLIT_MAX || (cells && n != rows)) return 1;
        for (uint32_t i = 0; i < n; i++) {
            if (cells && (own[i] - y[i] > LEAST || y[i] - own[i] > LEAST)) return 1;
            y[i] = own[i];
        }
        rows = n;
        figures += some;
        cells++;
    }
    return cells >= 2 && figures * 2 >= rows * cells ? rows : 1;
}

/* Inserts a border behind row r at `at`. Cells of one line, or none, go on below it. */
static Status split_row(const PdfPage *page, PdfGrid *g, uint32_t r, float at, Err *err) {
    assert(r < g->rows && g->rows < ROWS_MAX);
    uint32_t n = g->columns, cells = g->rows * n;
    uint32_t *owner = mem_alloc_n((size_t)cells + n, sizeof *owner);
    float *y = mem_alloc_n((size_t)g->rows + 2, sizeof *y);
    if (!owner || !y) {
        mem_free(owner);
        mem_free(y);
        return err_no_memory(err, "a table of a PDF");
    }
    for (uint32_t i = 0; i < cells + n; i++) {
        uint32_t old = i < (r + 1) * n ? i : i - n, to = g->owner[old];
        owner[i] = to < (r + 1) * n ? to : to + n;
    }
    for (uint32_t c = 0; c < n; c++) {
        uint32_t cell = r * n + c, own = g->owner[cell], figures = 0;
        float lines[SPLIT_MAX + 1];
        bool several = own / n == r && cell_lines(page, g, own, lines, &figures) > 1;
        bool goes_below = r + 1 < g->rows && g->owner[cell + n] == own;
        if (several && !goes_below) owner[cell + n] = own + n;
        else owner[cell + n] = own;
    }
    for (uint32_t i = 0; i < g->rows + 2; i++) y[i] = g->y[i > r ? i - 1 : i];
    y[r + 1] = at;
    for (size_t i = 0; i < g->n_pieces; i++) {
        PdfPiece *p = &g->pieces[i];
        bool below = p->cell / n == r && (p->box.y0 + p->box.y1) / 2 > at;
        if (p->cell >= (r + 1) * n || (below && owner[p->cell + n] != owner[p->cell])) p->cell += n;
    }
    mem_free(g->owner);
    mem_free(g->y);
    g->owner = owner;
    g->y = y;
    g->rows++;
    return OK;
}

/* From the lowest border of a row upwards, so that what is above stays where it is. */
static Status split_rows(const PdfPage *page, PdfGrid *g, Err *err) {
    for (uint32_t r = g->rows; r-- > 0;) {
        float y[SPLIT_MAX + 1];
        uint32_t rows = rows_inside(page, g, r, y);
        for (uint32_t i = rows - 1; i > 0 && g->rows < ROWS_MAX; i--) {
            TRY(split_row(page, g, r, (y[i - 1] + y[i]) / 2, err));
        }
    }
    return OK;
}

_Static_assert(COLUMNS_MAX <= 64, "is_table keeps a bit a column");

/* Words in at least half as many cells as it has rows, in two columns and rows; and no pages of
   text between a few lines. */
static bool is_table(const PdfPage *page, const PdfGrid *g) {
    uint32_t filled = 0, bytes = 0, last = UINT32_MAX;
    uint64_t columns = 0;
    uint32_t rows = 0, row = UINT32_MAX;
    for (size_t i = 0; i < g->n_pieces; i++) {
        const PdfPiece *p = &g->pieces[i];
        for (uint32_t k = 0; k < p->words; k++) bytes += page->words[p->word + k].n + 1;
        if (p->cell == last) continue;
        last = p->cell;
        filled++;
        columns |= UINT64_C(1) << p->cell % g->columns;
        rows += p->cell / g->columns != row;
        row = p->cell / g->columns;
    }
    bool several = (columns & (columns - 1)) != 0 && rows >= 2;
    return several && filled >= 3 && filled * 2 >= g->rows && bytes < filled * CELL_BYTES;
}

/* ---- a page ---- */

void pdf_grid_fini(PdfGrid *g) {
    mem_free(g->owner);
    mem_free(g->pieces);
    mem_free(g->x);
    mem_free(g->y);
    *g = (PdfGrid){0};
}

/* A line is of the table where most of its words are: such a line is not read elsewhere. */
static void mark_lines(PdfPage *page, const PdfGrid *g, uint32_t table) {
    assert(table > 0); /* 0 is a line outside of tables */
    for (size_t i = 0; i < g->n_pieces; i++) page->lines[g->pieces[i].line].table = table;
}

Status pdf_grid_add(PdfPage *page, PdfGrid *g, Err *err) {
    if (page->n_grids == GRIDS_MAX) return OK;
    sort_pieces(g);
    TRY(mem_grow((void **)&page->grids, &page->cap_grids, page->n_grids + 1, sizeof *g, GRIDS_MAX,
                 err));
    page->grids[page->n_grids++] = *g;
    mark_lines(page, g, (uint32_t)page->n_grids);
    *g = (PdfGrid){0};
    return OK;
}

static Status measure(PdfPage *page, const Figure *f, PdfGrid *g, Err *err) {
    g->x = mem_alloc_n(f->n + 2, sizeof *g->x);
    g->y = mem_alloc_n(f->n + 2, sizeof *g->y);
    if (!g->x || !g->y) return err_no_memory(err, "a table of a PDF");
    uint32_t nx = find_borders(f, true, g->x), ny = find_borders(f, false, g->y);
    if (nx < 3 || ny < 3 || nx > COLUMNS_MAX || ny > ROWS_MAX) return OK;
    g->columns = nx - 1;
    g->rows = ny - 1;
    g->owner = mem_alloc_n((size_t)g->rows * g->columns, sizeof *g->owner);
    if (!g->owner) return err_no_memory(err, "a table of a PDF");
    TRY(find_cells(f, g, err));
    TRY(take_words(page, g, err));
    sort_pieces(g);
    TRY(split_rows(page, g, err));
    return g->rows == ny - 1 ? pdf_grid_split(page, g, err) : OK;
}

static Status try_figure(PdfPage *page, const Figure *f, Err *err) {
    PdfGrid g = {.head_rows = -1};
    Status status = measure(page, f, &g, err);
    if (status == OK && g.n_pieces && is_table(page, &g)) status = pdf_grid_add(page, &g, err);
    pdf_grid_fini(&g); /* empty where the page has it now */
    return status;
}

/* Tables of these rules, which are joined in place. */
static Status find_among(PdfPage *page, PdfRule *rules, size_t n, Err *err) {
    n = pdf_rules_join(rules, n);
    if (n < 3 || n > RULES_MAX) return OK;
    uint32_t *part = mem_alloc_n(n, sizeof *part);
    if (!part) return err_no_memory(err, "a page of a PDF");
    find_figures(rules, n, part);
    Status status = OK;
    for (size_t i = 0; status == OK && i < n; i++) {
        Figure f = {rules, part, n, (uint32_t)i};
        size_t members = 0;
        for (size_t k = i; part[i] == i && k < n; k++) members += part[k] == i;
        if (members >= 3) status = try_figure(page, &f, err);
    }
    mem_free(part);
    return status;
}

bool pdf_grid_around(const PdfPage *page, const PdfRule *r) {
    float x = (r->x0 + r->x1) / 2, y = (r->y0 + r->y1) / 2;
    for (size_t i = 0; i < page->n_grids; i++) {
        const PdfGrid *g = &page->grids[i];
        bool inside = x > g->x[0] - TOUCH && x < g->x[g->columns] + TOUCH &&
                      y > g->y[0] - TOUCH && y < g->y[g->rows] + TOUCH;
        if (inside) return true;
    }
    return false;
}

/* Drawn lines first. Then edges of shaded boxes count, too, but not within a table that is known:
   there each line of a cell may have its own. */
Status pdf_page_find_grids(PdfPage *page, Err *err) {
    const PdfDraw *draw = &page->draw;
    size_t n = 0, soft = 0;
    if (draw->n_rules < 3) return OK;
    PdfRule *rules = mem_alloc_n(draw->n_rules, sizeof *rules);
    if (!rules) return err_no_memory(err, "a page of a PDF");
    for (size_t i = 0; i < draw->n_rules; i++) {
        if (!draw->rules[i].soft) rules[n++] = draw->rules[i];
    }
    Status status = find_among(page, rules, n, err);
    n = 0;
    for (size_t i = 0; i < draw->n_rules; i++) {
        if (pdf_grid_around(page, &draw->rules[i])) continue;
        soft += draw->rules[i].soft;
        rules[n++] = draw->rules[i];
    }
    if (status == OK && soft) status = find_among(page, rules, n, err);
    mem_free(rules);
    return status;
}

void pdf_grids_fini(PdfPage *page) {
    for (size_t i = 0; i < page->n_grids; i++) pdf_grid_fini(&page->grids[i]);
    page->n_grids = 0;
}
