/*
 * Tables with lines above, below and between their rows, but not around their cells.
 *
 * Books and reports rule their tables sparingly: a line above and below, one below the head, or one
 * below each row; others shade the head or every other row. Such rules of one length above each
 * other are a ladder, and what stands between two of them a band:
 *
 *     ____________________________________
 *     Boat     Built   What was mended            band 1: the head
 *     ____________________________________
 *     Heron     1994   the keel, the mast         band 2: rows without a line between them
 *                      and all of its cables
 *     Swan      2003   a pump
 *     ____________________________________
 *
 * Lines of text that overlap in height are a strip; gaps cut it into cells, and pdf_columns.c says
 * in which columns they stand. Strips that go on above or below the ladder in the same columns (a
 * shaded head alone, rows with a line below each) belong to it. Then strips become rows:
 *
 *   - each band is a row where there are many; but one whose strips fill all columns, or hold
 *     figures, is as many rows;
 *   - in another band a row ends where the white between two strips is larger than elsewhere in it,
 *     unless what follows looks like a row of its own all the same (white between groups of rows);
 *   - where all white is alike, a strip is a row, but for one without a first cell and without
 *     figures below a row that has words in its columns: that goes on with it.
 *
 * A band of few strips without figures above others is the head; a cell of it that is centred over
 * several columns spans them. A name at the middle of two rows is said in both. Prose between lines
 * has no columns, and the columns of a page have no short cells and no white across them.
 *
 * Sources: rows as white across all columns and cells of several lines after Kieninger, "Table
 * structure recognition based on robust block segmentation" (1998), and Yildiz, Kaiser and Miksch,
 * "pdf2table" (2005); rules as borders of tables after Nurminen, "Algorithmic extraction of data in
 * tables in PDF documents" (2013).
 *
 * Limits: RULES_MAX joined rules and LADDERS_MAX ladders a page, STRIPS_MAX strips a table, those
 * of grids and of columns. Cost: for each ladder a walk over the page's lines, and a sort.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/plain.h"
#include "knowledge/read/pdf_grid.h"

enum { RULES_MAX = 1200, STRIPS_MAX = 300, MANY_BANDS = 4, LADDERS_MAX = 64, FIGURE_BYTES = 16,
       CELL_BYTES = 220, LINE_BYTES = 34, SHORT_BYTES = 18, RIVER_BED = 2400, RIVER_BANKS = 4,
       BLANKS = 40, BLANK_LINES = 200, LONG_ROWS = 3, LONG_COLUMNS = 8, LABEL_BYTES = 30 };

static const float SAME_ENDS = 4.0f, CENTRED = 4.0f, LOOSE = 0.2f;

typedef struct Chunk {
    PdfBox box;
    uint32_t line, word, words, bytes;
    uint32_t column;
    bool figure;
    bool below; /* stands between its row and the next, and is said for both */
} Chunk;

typedef struct Strip {
    size_t from, to; /* its chunks */
    float y0, y1;
    uint64_t filled; /* a bit for each column */
    uint32_t band, row;
    uint32_t figures;
    bool label; /* it has a cell that is said for the next one, too */
} Strip;

typedef struct Ladder {
    PdfPage *page;
    float x0, x1, *y;    /* where its rules stand, from the top down */
    size_t n_y;
    bool soft;           /* the edges of shaded boxes */
    PdfLine **lines;     /* of the page, from the top down */
    size_t n_lines;
    Chunk *chunks;
    Strip *strips;
    size_t n_chunks, n_strips;
    PdfColumns columns;
    float rivers[PDF_COLUMNS_MAX]; /* middles of white that runs down between words */
    size_t n_rivers;
    size_t bands, rows, head; /* of its rows, how many are the head */
    bool by_white; /* white tells the rows of all its bands */
} Ladder;

_Static_assert(PDF_COLUMNS_MAX <= 64, "a strip keeps a bit a column");

static float strip_size(const Ladder *l, const Strip *s) {
    return l->page->lines[l->chunks[s->from].line].size;
}

/* ---- strips and cells ---- */

static int by_height(const void *a, const void *b) {
    const PdfLine *const *x = a, *const *y = b;
    float p = (*x)->box.y0 + (*x)->box.y1, q = (*y)->box.y0 + (*y)->box.y1;
    if (p != q) return p < q ? -1 : 1;
    return (*x < *y) ? -1 : *x > *y;
}

static int by_left(const void *a, const void *b) {
    const Chunk *x = a, *y = b;
    if (x->box.x0 != y->box.x0) return x->box.x0 < y->box.x0 ? -1 : 1;
    return x->word < y->word ? -1 : x->word > y->word;
}

/* A digit first, or behind a sign or the mark of a currency; or a lone dash. */
static bool is_figure(const PdfPage *page, const Chunk *c) {
    const PdfWord *word = &page->words[c->word];
    const char *p = page->text.p + word->at;
    assert(word->n > 0);
    if (c->bytes > FIGURE_BYTES) return false;
    for (uint32_t i = 0; i < word->n && i < 4; i++) {
        if (plain_is_digit(p[i])) return true;
    }
    return c->words == 1 && word->n <= 3 && (p[0] == '-' || (unsigned char)p[0] == 0xE2);
}

/* A cell ends at a wide gap, or at a river. */
static uint32_t cell_end(const Ladder *l, const PdfLine *line, uint32_t from) {
    const PdfWord *word = &l->page->words[line->word];
    uint32_t end = pdf_cell_end(l->page, line, from);
    for (uint32_t i = from + 1; i < end; i++) {
        for (size_t k = 0; k < l->n_rivers; k++) {
            if (word[i - 1].box.x1 <= l->rivers[k] && word[i].box.x0 >= l->rivers[k]) return i;
        }
    }
    return end;
}

static void cut_line(Ladder *l, const PdfLine *line) {
    for (uint32_t from = 0, to; from < line->words; from = to) {
        to = cell_end(l, line, from);
        Chunk c = {.box = pdf_cell_box(l->page, line, from, to),
                   .line = (uint32_t)(line - l->page->lines), .word = line->word + from,
                   .words = to - from, .column = PDF_COLUMNS_MAX};
        c.box.y0 = line->box.y0;
        c.box.y1 = line->box.y1;
        for (uint32_t k = 0; k < c.words; k++) c.bytes += l->page->words[c.word + k].n + 1;
        c.figure = is_figure(l->page, &c);
        l->chunks[l->n_chunks++] = c;
    }
}

/* Strips of the page's lines within the ladder's width, whose middles lie between y0 and y1. */
static void cut_strips(Ladder *l, float y0, float y1) {
    l->n_strips = l->n_chunks = 0;
    for (size_t i = 0; i < l->n_lines; i++) {
        const PdfLine *line = l->lines[i];
        float middle = (line->box.y0 + line->box.y1) / 2;
        if (middle < y0 || line->table) continue;
        if (middle > y1 || l->n_strips == STRIPS_MAX) break;
        if (line->box.x0 < l->x0 - SAME_ENDS || line->box.x1 > l->x1 + SAME_ENDS) continue;
        Strip *last = l->n_strips ? &l->strips[l->n_strips - 1] : NULL;
        if (!last || middle > last->y1 - line->size * 0.25f) {
            last = &l->strips[l->n_strips++];
            *last = (Strip){.from = l->n_chunks, .y0 = line->box.y0, .y1 = line->box.y1};
        }
        cut_line(l, line);
        last->to = l->n_chunks;
    }
    for (size_t i = 0; i < l->n_strips; i++) {
        Strip *s = &l->strips[i];
        qsort(l->chunks + s->from, s->to - s->from, sizeof *l->chunks, by_left);
    }
}

/* ---- rivers ---- */

static int place_of(const Ladder *l, float x) {
    float at = (x - l->x0 + SAME_ENDS) * 2;
    return at < 0 ? 0 : at >= RIVER_BED ? RIVER_BED - 1 : (int)at;
}

/* In how many of strips [from, to) some word covers each half point of the ladder's width. */
static void cover(const Ladder *l, size_t from, size_t to, uint16_t *bed) {
    memset(bed, 0, RIVER_BED * sizeof *bed);
    for (size_t i = from; i < to; i++) {
        for (size_t k = l->strips[i].from; k < l->strips[i].to; k++) {
            const PdfWord *word = &l->page->words[l->chunks[k].word];
            for (uint32_t w = 0; w < l->chunks[k].words; w++) {
                int end = place_of(l, word[w].box.x1);
                for (int x = place_of(l, word[w].box.x0); x <= end; x++) bed[x]++;
            }
        }
    }
}

/* Strips with words on both sides of a place. */
static size_t banks(const Ladder *l, size_t from, size_t to, float x) {
    size_t n = 0;
    for (size_t i = from; i < to; i++) {
        bool left = false, right = false;
        for (size_t k = l->strips[i].from; k < l->strips[i].to; k++) {
            left |= l->chunks[k].box.x0 < x;
            right |= l->chunks[k].box.x1 > x;
        }
        n += left && right;
    }
    return n;
}

/* The usual blank between words of the page, as a share of their size. */
static float usual_blank(const PdfPage *page) {
    uint32_t seen[BLANKS] = {0};
    size_t best = BLANKS / 4;
    for (size_t i = 0, n = 0; i < page->n_lines && n < BLANK_LINES; i++) {
        const PdfLine *line = &page->lines[i];
        const PdfWord *word = &page->words[line->word];
        const float most = line->style & PDF_MONO ? 0.8f : 0.55f; /* wider: between columns */
        if (line->words < 4 || line->size <= 0) continue;
        n++;
        for (uint32_t k = 1; k < line->words; k++) {
            float gap = (word[k].box.x0 - word[k - 1].box.x1) / line->size;
            if (gap > 0 && gap < most) seen[(size_t)(gap * BLANKS)]++;
        }
    }
    for (size_t i = 0; i < BLANKS; i++) {
        if (seen[i] > seen[best]) best = i;
    }
    return ((float)best + 0.5f) / BLANKS;
}

/* White that is wider than a blank and that no word of strips [from, to) stands in (of many strips,
   an eighth may): columns may stand closer than the words of a cell do elsewhere. Few strips of
   words have such white by chance. */
static Status find_rivers(Ladder *l, size_t from, size_t to, Err *err) {
    uint16_t *bed = mem_alloc_n(RIVER_BED, sizeof *bed);
    if (!bed) return err_no_memory(err, "a table of a PDF");
    const float blank = usual_blank(l->page) * 1.35f;
    const int least = (int)(strip_size(l, &l->strips[from]) * 2 * (blank > 0.4f ? blank : 0.4f));
    cover(l, from, to, bed);
    int run = 0;
    bool begun = false;
    for (int x = 0; x < RIVER_BED; x++) {
        if (bed[x] <= (to - from) / 8) {
            run++;
            continue;
        }
        float middle = l->x0 - SAME_ENDS + ((float)x - (float)run / 2) / 2;
        bool wide = begun && run >= least && l->n_rivers < PDF_COLUMNS_MAX;
        if (wide && banks(l, from, to, middle) >= RIVER_BANKS) l->rivers[l->n_rivers++] = middle;
        begun = true;
        run = 0;
    }
    mem_free(bed);
    return OK;
}

/* ---- columns ---- */

static void place_chunks(Ladder *l) {
    for (size_t i = 0; i < l->n_strips; i++) {
        Strip *s = &l->strips[i];
        s->filled = 0;
        s->figures = 0;
        for (size_t k = s->from; k < s->to; k++) {
            Chunk *c = &l->chunks[k];
            c->column = (uint32_t)pdf_columns_at(&l->columns, &c->box);
            if (c->column < l->columns.n) s->filled |= UINT64_C(1) << c->column;
            s->figures += c->figure;
        }
    }
}

static void drop_gaps(Ladder *l, size_t from, size_t to);

/* Finds the columns of strips [from, to), and in which of them each chunk of all strips stands. */
static Status find_columns(Ladder *l, size_t from, size_t to, Err *err) {
    size_t n = 0;
    PdfCell *cells = mem_alloc_n(l->n_chunks + 1, sizeof *cells);
    if (!cells) return err_no_memory(err, "a table of a PDF");
    for (size_t i = from; i < to; i++) {
        for (size_t k = l->strips[i].from; k < l->strips[i].to; k++) {
            const PdfBox *box = &l->chunks[k].box;
            cells[n++] = (PdfCell){box->x0, box->x1, (uint32_t)(i - from)};
        }
    }
    Status status = pdf_columns_make(cells, n, &l->columns, err);
    mem_free(cells);
    if (status == OK) place_chunks(l);
    if (status == OK) drop_gaps(l, from, to);
    return status;
}

/* Columns over which a cell reaches. */
static unsigned reach(const Ladder *l, const Chunk *c) {
    unsigned n = 0;
    for (size_t i = 0; i < l->columns.n; i++) {
        n += c->box.x0 < l->columns.x1[i] - 1 && l->columns.x0[i] < c->box.x1 - 1;
    }
    return n;
}

/* A wide gap inside of a cell that is set to both margins looks like one between columns; but then
   more strips reach over it than have words on both of its sides. */
static bool is_gap(const Ladder *l, size_t from, size_t to, size_t column) {
    size_t over = 0, apart = 0;
    for (size_t i = from; i < to; i++) {
        const Strip *s = &l->strips[i];
        bool crossed = false;
        for (size_t k = s->from; k < s->to && !crossed; k++) {
            const PdfBox *box = &l->chunks[k].box;
            crossed = box->x0 < l->columns.x1[column] - 1 &&
                      box->x1 > l->columns.x0[column + 1] + 1;
        }
        over += crossed;
        apart += !crossed && (s->filled >> column & 3) == 3;
    }
    return over <= apart;
}

static void drop_gaps(Ladder *l, size_t from, size_t to) {
    PdfColumns *columns = &l->columns;
    for (size_t c = 0; c + 1 < columns->n;) {
        if (is_gap(l, from, to, c)) {
            c++;
            continue;
        }
        columns->x1[c] = columns->x1[c + 1];
        columns->n--;
        for (size_t i = c + 1; i < columns->n; i++) {
            columns->x0[i] = columns->x0[i + 1];
            columns->x1[i] = columns->x1[i + 1];
        }
        place_chunks(l);
    }
}

/* ---- how far it goes ---- */

/* Does the strip stand in the columns: at least two cells of it, or one that goes on with what is
   above, and none of it in two of them? */
static bool fits(const Ladder *l, const Strip *s, const Strip *above) {
    unsigned in = 0;
    for (size_t k = s->from; k < s->to; k++) {
        unsigned n = reach(l, &l->chunks[k]);
        if (n > 1) return false;
        in += n;
    }
    if (s->to - s->from >= 2) return in * 2 >= s->to - s->from && in >= 1;
    if (!above || !in) return false;
    return (s->filled & ~above->filled) == 0 && s->y0 - above->y1 < strip_size(l, s) * 0.6f;
}

/* From the strips between the rules, [*from, *to), to those that go on above and below. */
static void extend(const Ladder *l, size_t *from, size_t *to, bool below) {
    while (*from > 0) {
        const Strip *s = &l->strips[*from - 1], *next = &l->strips[*from];
        if (s->to - s->from < 2 || !fits(l, s, NULL)) break;
        if (next->y0 - s->y1 > strip_size(l, s) * 1.2f) break;
        --*from;
    }
    while (below && *to < l->n_strips) {
        const Strip *s = &l->strips[*to], *above = &l->strips[*to - 1];
        if (!fits(l, s, above) || s->y0 - above->y1 > strip_size(l, s) * 1.2f) break;
        ++*to;
    }
}

/* ---- rows ---- */

/* Does strip i lie half on the one above and half on the one below, in columns that are empty in
   both? */
static bool is_label(const Ladder *l, size_t i) {
    const Strip *s = &l->strips[i], *above = s - 1, *below = s + 1;
    float least = (s->y1 - s->y0) * 0.1f;
    bool between = above->y1 - s->y0 > least && s->y1 - below->y0 > least && below->y0 > above->y0;
    return between && s->filled && !(s->filled & (above->filled | below->filled));
}

/* The name of a group that stands at the middle of its two rows goes to the first of them. */
static void join_labels(Ladder *l, size_t from, size_t *to) {
    size_t n = from + 1;
    for (size_t i = from + 1; i < *to; i++) {
        if (i + 1 == *to || l->strips[i - 1].to != l->strips[i].from || !is_label(l, i)) {
            l->strips[n++] = l->strips[i];
            continue;
        }
        Strip *above = &l->strips[n - 1];
        for (size_t k = l->strips[i].from; k < l->strips[i].to; k++) l->chunks[k].below = true;
        above->to = l->strips[i].to;
        above->filled |= l->strips[i].filled;
        above->label = true;
        qsort(l->chunks + above->from, above->to - above->from, sizeof *l->chunks, by_left);
        l->strips[n++] = l->strips[++i]; /* the row below, which is no label itself */
    }
    if (n < *to) *to = n;
}

static uint64_t all_columns(const Ladder *l) {
    return l->columns.n >= 64 ? UINT64_MAX : (UINT64_C(1) << l->columns.n) - 1;
}

/* The last chunk of a strip in a column; NULL: none. */
static const Chunk *chunk_in(const Ladder *l, const Strip *s, uint32_t column) {
    for (size_t k = s->to; k-- > s->from;) {
        if (l->chunks[k].column == column) return &l->chunks[k];
    }
    return NULL;
}

/* Would the first word of c have found room in its column behind what stands above? Then it begins
   a cell. Of Chinese a character is enough. */
static bool had_room(const Ladder *l, const Strip *above, const Chunk *c) {
    const Chunk *up = chunk_in(l, above, c->column);
    if (!up || c->column >= l->columns.n) return true;
    const PdfWord *word = &l->page->words[c->word];
    float size = l->page->lines[c->line].size, width = word->box.x1 - word->box.x0;
    bool wide = (unsigned char)l->page->text.p[word->at] >= 0xE3;
    if (wide && width > size) width = size;
    float room = l->columns.x1[c->column] - l->columns.x0[c->column];
    return up->box.x1 - up->box.x0 + size * 0.25f + width < room - 1;
}

/* Looks strip i, which is no first one, like a row of its own? */
static bool is_own_row(const Ladder *l, size_t i) {
    const Strip *s = &l->strips[i];
    if (s->figures || s[-1].label) return true;
    for (size_t k = s->from; k < s->to; k++) {
        if (had_room(l, s - 1, &l->chunks[k])) return true;
    }
    return false;
}

/* Is strip i a line more of the row above it? All white is alike here. */
static bool is_more(const Ladder *l, size_t i) {
    const Strip *s = &l->strips[i], *above = s - 1;
    return !(s->filled & 1) && !(s->filled & ~above->filled) && !is_own_row(l, i);
}

/* Rows of a band, strips [from, to); marks[i]: strip i begins one. True: white told. */
static bool split_by_white(const Ladder *l, size_t from, size_t to, bool *marks) {
    float low = 1e6f, high = -1e6f;
    for (size_t i = from + 1; i < to; i++) {
        float gap = l->strips[i].y0 - l->strips[i - 1].y1;
        if (gap < low) low = gap;
        if (gap > high) high = gap;
    }
    float step = strip_size(l, &l->strips[from]) * LOOSE;
    size_t inner = 0, own = 0;
    bool uneven = to - from > 2 && high - low > step;
    for (size_t i = from + 1; i < to; i++) {
        marks[i] = uneven && l->strips[i].y0 - l->strips[i - 1].y1 > low + step;
        inner += !marks[i];
        own += !marks[i] && is_own_row(l, i);
    }
    if (uneven && own * 2 <= inner) return true;
    for (size_t i = from + 1; i < to; i++) marks[i] = !is_more(l, i);
    return false;
}

/* Are the strips of a band, which is a row among many, rows all the same? */
static bool is_several(const Ladder *l, size_t from, size_t to) {
    size_t full = 0, figures = 0, filled = 0;
    for (size_t i = from; i < to; i++) {
        uint64_t own = l->strips[i].filled;
        full += (own | 1) == all_columns(l);
        figures += l->strips[i].figures;
        for (; own; own &= own - 1) filled++;
    }
    return full == to - from && figures * 2 >= filled;
}

static size_t band_end(const Ladder *l, size_t from, size_t to) {
    size_t end = from + 1;
    while (end < to && l->strips[end].band == l->strips[from].band) end++;
    return end;
}

/* Numbers the rows of strips [from, to); each strip of the head is one. */
static void make_rows(Ladder *l, size_t from, size_t to) {
    bool marks[STRIPS_MAX] = {false}, told[2] = {false}; /* is there a band that white tells? */
    size_t bands = 0;
    for (size_t i = from; i < to; i = band_end(l, i, to)) bands++;
    l->bands = bands;
    for (size_t i = from, end; i < to; i = end) {
        end = band_end(l, i, to);
        assert(end > i && end <= STRIPS_MAX);
        marks[i] = true;
        if (bands < MANY_BANDS && end > i + 1) told[split_by_white(l, i, end, marks)] = true;
        else if (is_several(l, i, end)) memset(marks + i, 1, end - i);
    }
    l->by_white = told[true] && !told[false];
    l->rows = 0;
    for (size_t i = from; i < to; i++) {
        if (marks[i] || i <= from + l->head) l->rows++;
        l->strips[i].row = (uint32_t)l->rows - 1;
    }
}

/* Few strips of words in the first band, and others below it: how many. */
static size_t find_head(const Ladder *l, size_t from, size_t to) {
    size_t end = band_end(l, from, to), figures = 0;
    for (size_t i = from; i < end; i++) figures += l->strips[i].figures;
    return end < to && end - from <= PDF_HEADER_ROWS_MAX && !figures ? end - from : 0;
}

static void number_bands(Ladder *l, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        float middle = (l->strips[i].y0 + l->strips[i].y1) / 2;
        uint32_t band = 0;
        while (band < l->n_y && l->y[band] < middle) band++;
        l->strips[i].band = band;
    }
}

/* ---- is it a table? ---- */

/* A table has a column of names or figures, the columns of a page have none. */
static bool has_short_column(const Ladder *l, size_t from, size_t to) {
    for (uint32_t c = 0; c < l->columns.n; c++) {
        size_t bytes = 0, n = 0;
        for (size_t k = l->strips[from].from; k < l->strips[to - 1].to; k++) {
            bytes += l->chunks[k].column == c ? l->chunks[k].bytes : 0;
            n += l->chunks[k].column == c;
        }
        if (bytes <= n * SHORT_BYTES) return true;
    }
    return false;
}

/* Nothing but the marks before items of a list? They are no column. */
static bool are_marks(const Ladder *l, size_t from, size_t to) {
    for (size_t k = l->strips[from].from; k < l->strips[to - 1].to; k++) {
        const PdfWord *word = &l->page->words[l->chunks[k].word];
        const char *p = l->page->text.p + word->at;
        assert(word->n > 0); /* pdf.c keeps no empty ones */
        bool mark = l->chunks[k].words == 1 && !plain_is_digit(p[0]) &&
                    (word->n == 1 || (word->n == 3 && ((unsigned char)p[0] == 0xE2 ||
                                                       (unsigned char)p[0] == 0xEF)));
        if (l->chunks[k].column == 0 && !mark) return false;
    }
    return true;
}

/* Two columns and rows, a cell in a third of their crossings, several in most rows, few lines that
   run through columns, no pages of text between two rules, and no program between them. */
static bool is_table(const Ladder *l, size_t from, size_t to) {
    size_t cells = 0, bytes = 0, several = 0, chunks = 0, through = 0, single = 0,
           mono = 0;
    uint64_t seen = 0;
    if (l->columns.n < 2 || l->rows < 2 || are_marks(l, from, to)) return false;
    for (size_t i = from; i < to; i++) {
        const Strip *s = &l->strips[i];
        bool last = i + 1 == to || s->row != s[1].row;
        several += (s->filled & (s->filled - 1)) != 0;
        chunks += s->to - s->from;
        mono += (l->page->lines[l->chunks[s->from].line].style & PDF_MONO) != 0;
        for (size_t k = s->from; k < s->to; k++) bytes += l->chunks[k].bytes;
        through += s->to - s->from == 1 && reach(l, &l->chunks[s->from]) > 1;
        for (uint64_t new = s->filled & ~seen; new; new &= new - 1) cells++;
        seen |= s->filled;
        single += last && (seen & (seen - 1)) == 0;
        if (last) seen = 0;
    }
    bool told = l->by_white || l->bands >= MANY_BANDS;
    return several >= 2 && single * 4 <= l->rows && through * 8 <= to - from && mono < to - from &&
           cells * 3 >= l->rows * l->columns.n && bytes <= cells * CELL_BYTES &&
           (told || (bytes <= chunks * LINE_BYTES && has_short_column(l, from, to)));
}

/* ---- writing it down ---- */

/* The columns over which a cell of the head is centred, [*from, *to), when its row has no other
   there. */
static void spanned(const Ladder *l, const Strip *s, const Chunk *c, size_t *from, size_t *to) {
    const PdfColumns *columns = &l->columns;
    *from = *to = c->column;
    for (size_t a = 0; a <= c->column; a++) {
        uint64_t others = 0;
        for (size_t b = a; b < columns->n; b++) {
            if (b != c->column) others |= UINT64_C(1) << b;
            if (b <= a || b < c->column || (s->filled & others)) continue;
            float off = columns->x0[a] + columns->x1[b] - c->box.x0 - c->box.x1;
            if (off < -2 * CENTRED || off > 2 * CENTRED || b - a <= *to - *from) continue;
            *from = a;
            *to = b;
        }
    }
}

static void join_cells(Ladder *l, PdfGrid *g, const Strip *s) {
    for (size_t k = s->from; k < s->to; k++) {
        Chunk *c = &l->chunks[k];
        size_t from, to;
        if (c->column >= l->columns.n) continue;
        spanned(l, s, c, &from, &to);
        uint32_t own = s->row * g->columns + (uint32_t)from;
        for (size_t i = from; i <= to; i++) g->owner[s->row * g->columns + i] = own;
    }
}

/* `head`: what it is where the ladder does not say. */
static Status write(Ladder *l, size_t from, size_t to, int head, Err *err) {
    PdfGrid g = {.rows = (uint32_t)l->rows, .columns = (uint32_t)l->columns.n,
                 .head_rows = l->head ? (int)l->head : head};
    const size_t cells = (size_t)g.rows * g.columns;
    Status status = OK;
    g.owner = mem_alloc_n(cells, sizeof *g.owner);
    if (!g.owner) return err_no_memory(err, "a table of a PDF");
    for (size_t i = 0; i < cells; i++) g.owner[i] = (uint32_t)i;
    for (size_t i = from; i < to; i++) {
        const Strip *s = &l->strips[i];
        uint32_t least = 0;
        assert(s->row < g.rows);
        if (s->row < l->head && s->row + 1 < l->head) join_cells(l, &g, s);
        for (size_t k = s->from; status == OK && k < s->to; k++) {
            const Chunk *c = &l->chunks[k];
            uint32_t column = c->column < g.columns ? c->column : least;
            least = column;
            if (c->below && s->row + 1 < g.rows) {
                g.owner[(s->row + 1) * g.columns + column] = g.owner[s->row * g.columns + column];
            }
            PdfPiece piece = {g.owner[s->row * g.columns + column], c->line, c->word, c->words,
                              c->box};
            status = mem_grow((void **)&g.pieces, &g.cap_pieces, g.n_pieces + 1, sizeof piece,
                              PDF_WORDS_MAX, err);
            if (status == OK) g.pieces[g.n_pieces++] = piece;
        }
    }
    if (status == OK) status = pdf_grid_add(l->page, &g, err);
    pdf_grid_fini(&g); /* empty where the page has it now */
    return status;
}

/* ---- rows between upright lines ---- */

static int by_middle(const void *a, const void *b) {
    const Chunk *x = a, *y = b;
    float p = x->box.y0 + x->box.y1, q = y->box.y0 + y->box.y1;
    if (p != q) return p < q ? -1 : 1;
    return by_left(a, b);
}

/* A chunk for each piece of the grid, in strips from the top down. */
static void strips_of_grid(Ladder *l, const PdfGrid *g) {
    for (size_t i = 0; i < g->n_pieces; i++) {
        const PdfPiece *p = &g->pieces[i];
        Chunk c = {.box = p->box, .line = p->line, .word = p->word, .words = p->words,
                   .column = p->cell % g->columns};
        for (uint32_t k = 0; k < c.words; k++) c.bytes += l->page->words[c.word + k].n + 1;
        c.figure = is_figure(l->page, &c);
        l->chunks[l->n_chunks++] = c;
    }
    qsort(l->chunks, l->n_chunks, sizeof *l->chunks, by_middle);
    for (size_t i = 0; i < l->n_chunks; i++) {
        const Chunk *c = &l->chunks[i];
        Strip *last = l->n_strips ? &l->strips[l->n_strips - 1] : NULL;
        float middle = (c->box.y0 + c->box.y1) / 2;
        if (!last || middle > last->y1 - (c->box.y1 - c->box.y0) * 0.25f) {
            if (l->n_strips == STRIPS_MAX) return;
            last = &l->strips[l->n_strips++];
            *last = (Strip){.from = i, .y0 = c->box.y0, .y1 = c->box.y1};
        }
        last->to = i + 1;
        last->filled |= UINT64_C(1) << c->column;
        last->figures += c->figure;
    }
}

/* As wide as the words in them; what lies between these and the lines is white. */
static void measure_columns(Ladder *l) {
    for (size_t i = 0; i < l->columns.n; i++) {
        l->columns.x0[i] = 1e6f;
        l->columns.x1[i] = -1e6f;
    }
    for (size_t i = 0; i < l->n_chunks; i++) {
        const Chunk *c = &l->chunks[i];
        assert(c->column < l->columns.n);
        if (c->box.x0 < l->columns.x0[c->column]) l->columns.x0[c->column] = c->box.x0;
        if (c->box.x1 > l->columns.x1[c->column]) l->columns.x1[c->column] = c->box.x1;
    }
}

/* The grid with the rows that were made; its outer borders stay. */
static Status give_rows(const Ladder *l, PdfGrid *g, Err *err) {
    const size_t cells = l->rows * g->columns;
    uint32_t *owner = mem_alloc_n(cells, sizeof *owner);
    float *y = mem_alloc_n(l->rows + 1, sizeof *y);
    if (!owner || !y) {
        mem_free(owner);
        mem_free(y);
        return err_no_memory(err, "a table of a PDF");
    }
    for (size_t i = 0; i < cells; i++) owner[i] = (uint32_t)i;
    g->n_pieces = 0;
    for (size_t i = 0; i < l->n_strips; i++) {
        const Strip *s = &l->strips[i];
        assert(s->row < l->rows);
        y[s->row + 1] = s->y1;
        for (size_t k = s->from; k < s->to; k++) {
            const Chunk *c = &l->chunks[k];
            if (c->below && s->row + 1 < l->rows) {
                owner[(s->row + 1) * g->columns + c->column] = s->row * g->columns + c->column;
            }
            g->pieces[g->n_pieces++] =
                (PdfPiece){s->row * g->columns + c->column, c->line, c->word, c->words, c->box};
        }
    }
    y[0] = g->y[0];
    y[l->rows] = g->y[g->rows];
    mem_free(g->owner);
    mem_free(g->y);
    g->owner = owner;
    g->y = y;
    g->rows = (uint32_t)l->rows;
    g->head_rows = l->head ? (int)l->head : -1;
    return OK;
}

Status pdf_grid_split(PdfPage *page, PdfGrid *g, Err *err) {
    for (uint32_t i = 0; i < g->rows * g->columns; i++) {
        if (g->owner[i] != i) return OK;
    }
    if (g->rows >= MANY_BANDS || g->columns > PDF_COLUMNS_MAX || !g->n_pieces) return OK;
    Ladder l = {.page = page, .y = g->y, .n_y = g->rows + 1, .columns = {.n = g->columns},
                .chunks = mem_alloc_n(g->n_pieces, sizeof *l.chunks),
                .strips = mem_alloc_n(STRIPS_MAX, sizeof *l.strips)};
    Status status = OK;
    if (l.chunks && l.strips) {
        strips_of_grid(&l, g);
        measure_columns(&l);
        bool whole = l.strips[l.n_strips - 1].to == l.n_chunks;
        join_labels(&l, 0, &l.n_strips);
        number_bands(&l, 0, l.n_strips);
        l.head = find_head(&l, 0, l.n_strips);
        make_rows(&l, 0, l.n_strips);
        bool good = whole && l.rows > g->rows && is_table(&l, 0, l.n_strips);
        if (good) status = give_rows(&l, g, err);
    } else {
        status = err_no_memory(err, "a table of a PDF");
    }
    mem_free(l.chunks);
    mem_free(l.strips);
    return status;
}

/* ---- without lines ---- */

/* Does the strip have a cell that is centred over several columns? */
static bool has_span(const Ladder *l, const Strip *s) {
    for (size_t k = s->from; k < s->to; k++) {
        size_t from, to;
        if (l->chunks[k].column >= l->columns.n) continue;
        spanned(l, s, &l->chunks[k], &from, &to);
        if (to > from) return true;
    }
    return false;
}

/* The head of a table without rules: its first strip, or the first two where a cell of the first
   spans columns, when they are words above a column of figures. */
static size_t guess_head(const Ladder *l) {
    const size_t n = l->n_strips, head = n > 3 && has_span(l, &l->strips[0]) ? 2 : 1;
    if (n < head + 2) return 0;
    for (size_t i = 0; i < head; i++) {
        if (l->strips[i].figures) return 0;
    }
    uint64_t words = l->strips[head - 1].filled;
    for (uint32_t c = 0; c < l->columns.n; c++) {
        size_t figures = 0;
        if (!(words >> c & 1)) continue;
        for (size_t i = head; i < n; i++) {
            const Chunk *own = chunk_in(l, &l->strips[i], c);
            figures += own && own->figure;
        }
        if (figures * 2 > n - head) return head;
    }
    return 0;
}

/* Long cells below each other are a table where white runs through all of its columns between its
   rows, each of which has a first cell and another; in columns of prose it does not. Of two columns
   the first must hold short labels. */
static bool has_rows(const Ladder *l) {
    size_t bytes = 0, cells = 0, good = 0, first = 0, firsts = 0;
    uint64_t seen = 0;
    if (!l->by_white || l->rows < LONG_ROWS || l->columns.n > LONG_COLUMNS) return false;
    for (size_t i = 0; i < l->n_strips; i++) {
        const Strip *s = &l->strips[i];
        for (size_t k = s->from; k < s->to; k++) {
            const Chunk *c = &l->chunks[k];
            if (reach(l, c) > 1) return false;
            bytes += c->bytes;
            if (c->column == 0) first += c->bytes;
        }
        for (uint64_t new = s->filled & ~seen; new; new &= new - 1) cells++;
        firsts += s->filled & ~seen & 1;
        seen |= s->filled;
        bool last = i + 1 == l->n_strips || s->row != s[1].row;
        good += last && seen & 1 && (seen & (seen - 1)) != 0;
        if (last) seen = 0;
    }
    if (l->columns.n == 2 && first > firsts * LABEL_BYTES) return false;
    return good + 1 >= l->rows && bytes <= cells * CELL_BYTES;
}

static Status ladder_open(Ladder *l, size_t lines, size_t words, Err *err) {
    l->lines = mem_alloc_n(lines + 1, sizeof *l->lines);
    l->chunks = mem_alloc_n(words + 1, sizeof *l->chunks);
    l->strips = mem_alloc_n(STRIPS_MAX, sizeof *l->strips);
    return l->lines && l->chunks && l->strips ? OK : err_no_memory(err, "a table of a PDF");
}

static void ladder_close(Ladder *l) {
    mem_free(l->lines);
    mem_free(l->chunks);
    mem_free(l->strips);
}

static Status make_table(Ladder *l, bool long_cells, Err *err) {
    cut_strips(l, -1e6f, 1e6f);
    assert(l->n_strips > 0); /* no place is that far away: pdf.c reads them */
    TRY(find_columns(l, 0, l->n_strips, err));
    TRY(find_rivers(l, 0, l->n_strips, err));
    if (l->n_rivers) {
        cut_strips(l, -1e6f, 1e6f);
        TRY(find_columns(l, 0, l->n_strips, err));
    }
    join_labels(l, 0, &l->n_strips);
    number_bands(l, 0, l->n_strips);
    l->head = guess_head(l);
    make_rows(l, 0, l->n_strips);
    if (long_cells && !has_rows(l)) return OK;
    return l->columns.n >= 2 ? write(l, 0, l->n_strips, 0, err) : OK;
}

Status pdf_grid_of_lines(PdfPage *page, PdfLine **lines, size_t n, bool long_cells, Err *err) {
    size_t words = 0;
    Ladder l = {.page = page, .x0 = 1e6f, .x1 = -1e6f, .n_lines = n};
    assert(n > 0);
    for (size_t i = 0; i < n; i++) {
        words += lines[i]->words;
        if (lines[i]->box.x0 < l.x0) l.x0 = lines[i]->box.x0;
        if (lines[i]->box.x1 > l.x1) l.x1 = lines[i]->box.x1;
    }
    Status status = ladder_open(&l, n, words, err);
    if (status == OK) {
        memcpy(l.lines, lines, n * sizeof(PdfLine *));
        status = make_table(&l, long_cells, err);
    }
    ladder_close(&l);
    return status;
}

/* The table that stands between the ladder's rules and goes on beyond them, if it is one. */
static Status try_ladder(Ladder *l, Err *err) {
    const float top = l->y[0], bottom = l->y[l->n_y - 1];
    const bool below = l->soft || l->n_y == 2;
    l->n_rivers = 0;
    cut_strips(l, top - 60, below ? l->page->height : bottom);
    size_t from = 0, to;
    while (from < l->n_strips && l->strips[from].y0 + l->strips[from].y1 < 2 * top) from++;
    for (to = from; to < l->n_strips && l->strips[to].y0 + l->strips[to].y1 < 2 * bottom;) to++;
    if (from == to) return OK;
    TRY(find_columns(l, from, to, err));
    extend(l, &from, &to, below);
    TRY(find_rivers(l, from, to, err));
    if (l->n_rivers) cut_strips(l, top - 60, below ? l->page->height : bottom);
    TRY(find_columns(l, from, to, err));
    join_labels(l, from, &to);
    number_bands(l, from, to);
    l->head = find_head(l, from, to);
    make_rows(l, from, to);
    return is_table(l, from, to) ? write(l, from, to, -1, err) : OK;
}

/* ---- ladders of a page ---- */

static bool same_ends(const PdfRule *a, const PdfRule *b) {
    float left = a->x0 - b->x0, right = a->x1 - b->x1;
    return left < SAME_ENDS && left > -SAME_ENDS && right < SAME_ENDS && right > -SAME_ENDS;
}

/* Is what stands between two rules prose: a line across the width without a gap? */
static bool is_prose(const Ladder *l, float y0, float y1) {
    unsigned lines = 0;
    for (size_t i = 0; i < l->n_lines; i++) {
        const PdfLine *line = l->lines[i];
        float middle = (line->box.y0 + line->box.y1) / 2, width = line->box.x1 - line->box.x0;
        if (middle < y0 || line->box.x1 < l->x0 || line->box.x0 > l->x1) continue;
        if (middle > y1) break;
        bool long_one = width > (l->x1 - l->x0) * 0.7f && line->words > 4;
        lines += long_one && pdf_cell_end(l->page, line, 0) == line->words;
    }
    return lines >= 2;
}

/* Rules that have no other ends than the first, cut where prose stands between them. */
static Status try_rules(Ladder *l, PdfRule *rules, size_t n, size_t first, Err *err) {
    size_t from = 0, all = 0;
    l->x0 = rules[first].x0;
    l->x1 = rules[first].x1;
    l->soft = false;
    for (size_t i = first; i < n; i++) {
        if (rules[i].x1 < rules[i].x0 || !same_ends(&rules[first], &rules[i])) continue;
        if (!all || rules[i].y0 - l->y[all - 1] > 3) l->y[all++] = rules[i].y0;
        l->soft |= rules[i].soft;
        if (i > first) rules[i].x1 = rules[i].x0 - 1; /* asked */
    }
    float *y = l->y;
    Status status = OK;
    while (status == OK && from < all) {
        size_t to = from + 1;
        while (to < all && !is_prose(l, y[to - 1], y[to])) to++;
        l->y = y + from;
        l->n_y = to - from;
        if (l->n_y >= 2) status = try_ladder(l, err);
        from = to;
    }
    l->y = y;
    return status;
}

static size_t flat_rules(const PdfPage *page, PdfRule *rules) {
    size_t n = 0;
    for (size_t i = 0; i < page->draw.n_rules; i++) {
        const PdfRule *r = &page->draw.rules[i];
        if (r->x1 - r->x0 > r->y1 - r->y0 && !pdf_grid_around(page, r)) rules[n++] = *r;
    }
    return n ? pdf_rules_join(rules, n) : 0;
}

static size_t sorted_lines(PdfPage *page, PdfLine **lines) {
    size_t n = 0;
    for (size_t i = 0; i < page->n_lines; i++) {
        PdfLine *line = &page->lines[i];
        if (line->drop || line->sideways || line->table || !line->words) continue;
        lines[n++] = line;
    }
    if (n) qsort(lines, n, sizeof *lines, by_height);
    return n;
}

Status pdf_page_find_bands(PdfPage *page, Err *err) {
    if (page->draw.n_rules < 2 || page->n_lines < 4) return OK;
    PdfRule *rules = mem_alloc_n(page->draw.n_rules, sizeof *rules);
    size_t n = rules ? flat_rules(page, rules) : 0, words = 0;
    if (rules && (n < 2 || n > RULES_MAX)) {
        mem_free(rules);
        return OK;
    }
    Ladder l = {.page = page, .y = mem_alloc_n(n + 1, sizeof *l.y)};
    for (size_t i = 0; i < page->n_lines; i++) words += page->lines[i].words;
    Status status = ladder_open(&l, page->n_lines, words, err);
    if (status == OK && (!rules || !l.y)) status = err_no_memory(err, "a page of a PDF");
    if (status == OK) l.n_lines = sorted_lines(page, l.lines);
    size_t ladders = 0;
    for (size_t i = 0; status == OK && i + 1 < n && ladders < LADDERS_MAX; i++) {
        if (rules[i].x1 < rules[i].x0) continue;
        status = try_rules(&l, rules, n, i, err);
        ladders++;
    }
    mem_free(rules);
    mem_free(l.y);
    ladder_close(&l);
    return status;
}
