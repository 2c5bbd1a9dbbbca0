/*
 * Reads a page by the tags of its document (pdf_tags.h), where they can be believed.
 *
 * pdftotext gives words and lines, the page's content says in which marked piece each word stands
 * (pdf_draw.c, pdf_font.c), and the tags say what the piece is. So the lines of the page are cut
 * where words of two blocks meet, and sorted by the order in which the tags are read:
 *
 *     | 2 Fees      Boats pay |    one line of pdftotext, two blocks: a heading, order 7, and a
 *     | by the day. by length |    paragraph, order 12: "2 Fees" comes first, whatever lies beside
 *
 * Lines of a block are joined whatever their places. The cells of a table become a PdfGrid
 * (pdf_grid.h) of the rows that stand on this page, which is written like one with drawn lines; its
 * head are the rows of TH alone.
 *
 * What is no part of the text (an artifact: running titles, page numbers) goes, but for what stands
 * at the edge of no page before and is more than a number: a letterhead may be the only place of a
 * name. Words without a piece belong to the line that they stand in; a line of such words is an
 * artifact at the edge of a page, and elsewhere it is read as without tags, behind the line before
 * it.
 *
 * A page is read so only when its tags hold MOST of its bytes that are text, when at least half of
 * the bytes are text (both are asked of what is not at the edge), no block but a table's cell holds
 * most of a page of many lines (programs that know nothing make one paragraph of a page), blocks do
 * not jump up and down (the order in which a picture was drawn), and cells of a row stand in a row.
 * Everything else is read as without tags.
 *
 * Limits: those of pages and grids. Cost: sorting the lines.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "knowledge/read/pdf_grid.h"

enum { MOST_PERCENT = 90, ROWS_MAX = 400, GRIDS_MAX = 256, MANY_LINES = 15, STEPS_LEAST = 8 };

/* What is known of a word's place in the text. */
typedef struct Spot {
    uint32_t order, block;
    enum { SPOT_TEXT, SPOT_ARTIFACT, SPOT_NONE } kind;
} Spot;

typedef struct Page {
    PdfPage *page;
    const PdfTags *tags;
    PdfLine *lines; /* the new ones */
    size_t n, cap;
    uint32_t bytes[3]; /* by the kind of their words */
} Page;

static Spot spot_of(const Page *p, const PdfWord *word) {
    const PdfMark *mark = NULL;
    if (word->mark == PDF_ARTIFACT) return (Spot){0, 0, SPOT_ARTIFACT};
    if (word->mark >= 0) mark = pdf_tags_mark(p->tags, p->page->number, word->mark);
    if (!mark) return (Spot){0, 0, SPOT_NONE};
    const PdfTag *tag = &p->tags->tags[mark->tag];
    if (p->tags->tags[tag->block].role == PDF_UNREAD) return (Spot){0, 0, SPOT_ARTIFACT};
    return (Spot){mark->order, tag->block, SPOT_TEXT};
}

/* ---- lines ---- */

/* The box of some words of a line. */
static void measure(const PdfPage *page, PdfLine *line) {
    const PdfWord *word = &page->words[line->word];
    line->box = word->box;
    line->size = 0;
    for (uint32_t i = 0; i < line->words; i++) {
        const PdfBox *b = &word[i].box;
        if (b->x0 < line->box.x0) line->box.x0 = b->x0;
        if (b->y0 < line->box.y0) line->box.y0 = b->y0;
        if (b->x1 > line->box.x1) line->box.x1 = b->x1;
        if (b->y1 > line->box.y1) line->box.y1 = b->y1;
        if (b->y1 - b->y0 > line->size) line->size = b->y1 - b->y0;
    }
    pdf_line_font(page, line);
}

static Status add_line(Page *p, const PdfLine *old, uint32_t from, uint32_t to, Spot spot,
                       Err *err) {
    PdfLine line = *old;
    assert(from < to && to <= old->words);
    line.word = old->word + from;
    line.words = to - from;
    if (line.words < old->words) measure(p->page, &line);
    line.tag = spot.kind == SPOT_TEXT ? spot.block : 0;
    line.order = spot.order;
    line.artifact = spot.kind == SPOT_ARTIFACT;
    if (line.tag) {
        const PdfTag *tag = &p->tags->tags[line.tag];
        line.role = tag->role;
        line.level = tag->level;
        line.drop = false;
    }
    TRY(mem_grow((void **)&p->lines, &p->cap, p->n + 1, sizeof line, PDF_WORDS_MAX, err));
    p->lines[p->n++] = line;
    return OK;
}

/* Words of one block that follow each other are a line; those of no piece, and artifacts among
   words of the text, go with their neighbours. */
static Status cut_line(Page *p, const PdfLine *old, uint32_t *last_order, Err *err) {
    const PdfWord *word = &p->page->words[old->word];
    uint32_t from = 0, artifacts = 0;
    Spot own = {*last_order, 0, SPOT_NONE};
    bool edge = pdf_line_at_edge(p->page, old);
    for (uint32_t i = 0; i < old->words; i++) {
        Spot spot = spot_of(p, &word[i]);
        if (!edge || spot.kind == SPOT_TEXT) p->bytes[spot.kind] += word[i].n;
        artifacts += spot.kind == SPOT_ARTIFACT;
        if (spot.kind != SPOT_TEXT) continue;
        bool same = own.kind == SPOT_TEXT && spot.block == own.block;
        if (own.kind == SPOT_TEXT && !same) {
            TRY(add_line(p, old, from, i, own, err));
            from = i;
        }
        if (!same) own = spot;
        if (spot.order < own.order) own.order = spot.order;
        *last_order = spot.order;
    }
    bool artifact = own.kind == SPOT_NONE && (edge || artifacts * 2 > old->words);
    if (own.kind == SPOT_NONE) own = (Spot){*last_order, 0, artifact ? SPOT_ARTIFACT : SPOT_NONE};
    return old->words ? add_line(p, old, from, old->words, own, err) : OK;
}

static int by_order(const void *a, const void *b) {
    const PdfLine *p = a, *q = b;
    if (p->order != q->order) return p->order < q->order ? -1 : 1;
    return (p->word > q->word) - (p->word < q->word);
}

static bool is_cell(const PdfLine *line) {
    return line->tag && (line->role == PDF_CELL || line->role == PDF_HEAD_CELL);
}

/* Artifacts that stay come first or last. Those above the rows of a table that began on a page
   before say its head again. */
static void place_artifacts(Page *p) {
    const PdfLine *first = NULL;
    float top = 1e6f;
    for (size_t i = 0; i < p->n; i++) {
        const PdfLine *line = &p->lines[i];
        if (!line->tag) continue;
        if (line->box.y0 < top) top = line->box.y0;
        if (!first || by_order(line, first) < 0) first = line;
    }
    bool table_goes_on = first && is_cell(first) && p->tags->tags[first->tag].row > 0;
    for (size_t i = 0; i < p->n; i++) {
        PdfLine *line = &p->lines[i];
        if (!line->artifact) continue;
        line->order = line->box.y0 < top ? 0 : UINT32_MAX;
        line->drop |= table_goes_on && line->box.y0 < top && !pdf_line_at_edge(p->page, line);
    }
}

/* ---- is it to be believed? ---- */

/* Does one block hold most of a page of many lines? Lines are sorted, those of a block mostly
   together. */
static bool is_one_block(const Page *p) {
    size_t best = 0;
    for (size_t i = 0, run = 0; i < p->n; i++) {
        const PdfLine *line = &p->lines[i];
        run = i && line->tag && line->tag == line[-1].tag && !is_cell(line) ? run + 1 : 1;
        if (run > best) best = run;
    }
    return p->n >= MANY_LINES && best * 10 > p->n * 7;
}

/* Do blocks jump upwards, or now to the right and now to the left, again and again? That is the
   order of drawing. A page of columns goes up where a column begins. */
static bool is_scattered(const Page *p) {
    size_t steps = 0, up = 0, right = 0, left = 0;
    for (size_t i = 1; i < p->n; i++) {
        const PdfLine *line = &p->lines[i], *last = line - 1;
        if (!line->tag || !last->tag || line->tag == last->tag || is_cell(line)) continue;
        bool above = line->box.y1 <= last->box.y0 + last->size / 2;
        bool below = line->box.y0 >= last->box.y1 - last->size / 2;
        steps++;
        up += above;
        right += !above && !below && line->box.x0 >= last->box.x1;
        left += !above && !below && line->box.x1 <= last->box.x0;
    }
    return steps >= STEPS_LEAST && (up + (right < left ? right : left)) * 3 > steps;
}

/* Does a row of which this is the first cell on the page begin beside the first column, `end` the
   right end of that so far? Then a cell of a row above reaches down to it, and does not say so. */
static bool is_shifted(const Page *p, const PdfLine *line, float *end) {
    if (p->tags->tags[line->tag].column > 0) return false;
    bool shifted = *end > 0 && line->box.x0 > *end;
    if (!shifted && line->box.x1 > *end) *end = line->box.x1;
    return shifted;
}

/* Do cells of many rows follow each other now to the right and now to the left, or stand in columns
   that are not theirs? */
static bool is_mixed_up(const Page *p) {
    size_t rows = 0, mixed = 0;
    bool right = false, left = false, shifted = false;
    float end = 0;
    const PdfTag *last = NULL;
    for (size_t i = 0; i < p->n; i++) {
        const PdfLine *line = &p->lines[i];
        const PdfTag *tag = is_cell(line) ? &p->tags->tags[line->tag] : NULL;
        bool same = tag && last && tag->table == last->table && tag->row == last->row;
        if (same && tag != last) {
            right |= line->box.x0 >= line[-1].box.x1 - line->size;
            left |= line->box.x1 <= line[-1].box.x0 + line->size;
        }
        if (!same) {
            mixed += (right && left) || shifted;
            rows += tag != NULL;
            right = left = shifted = false;
            bool goes_on = tag && last && tag->table == last->table;
            if (!goes_on || line->box.y1 < line[-1].box.y0) end = 0; /* beside the rows before */
            if (tag) shifted = is_shifted(p, line, &end);
        }
        last = tag;
    }
    mixed += (right && left) || shifted;
    return mixed * 10 > rows;
}

static bool is_believed(const Page *p) {
    const uint64_t text = p->bytes[SPOT_TEXT], none = p->bytes[SPOT_NONE];
    return text && text * 100 >= (text + none) * MOST_PERCENT && text >= p->bytes[SPOT_ARTIFACT] &&
           !is_one_block(p) && !is_scattered(p) && !is_mixed_up(p);
}

/* ---- tables ---- */

static int by_cell(const void *a, const void *b) {
    const PdfPiece *p = a, *q = b;
    if (p->cell != q->cell) return p->cell < q->cell ? -1 : 1;
    return (p->line > q->line) - (p->line < q->line);
}

/* The rows of a table that have words in lines [from, to): row_at[i] is the number in the table of
   row i of the page; returns how many, 0 for too many. Cells come in the order of their rows. */
static uint32_t find_rows(const Page *p, size_t from, size_t to, uint16_t *row_at) {
    uint32_t n = 0;
    for (size_t i = from; i < to; i++) {
        if (!is_cell(&p->lines[i])) continue;
        uint16_t row = p->tags->tags[p->lines[i].tag].row;
        if (n && row_at[n - 1] >= row) continue;
        if (n == ROWS_MAX) return 0;
        row_at[n++] = row;
    }
    return n;
}

static uint32_t row_of(const uint16_t *row_at, uint32_t n, uint16_t row) {
    uint32_t r = 0;
    while (r + 1 < n && row_at[r] < row) r++;
    return r;
}

/* The cell owns all places that it spans on this page. */
static void own_places(PdfGrid *g, const PdfTag *tag, uint32_t row, const uint16_t *row_at) {
    for (uint32_t r = row; r < g->rows && row_at[r] < tag->row + tag->rows; r++) {
        for (uint32_t c = tag->column; c < tag->column + tag->columns && c < g->columns; c++) {
            g->owner[r * g->columns + c] = row * g->columns + tag->column;
        }
    }
}

/* Rows at the top that are all TH; -1: the table has none in its first row, and says nothing. */
static int head_rows(const Page *p, const PdfGrid *g, size_t from, size_t to) {
    bool other[PDF_HEADER_ROWS_MAX + 1] = {false};
    bool some = false, several = false;
    uint32_t rows = 0;
    for (size_t i = 0; i < g->n_pieces; i++) {
        const PdfPiece *piece = &g->pieces[i];
        uint32_t row = piece->cell / g->columns;
        assert(piece->line >= from && piece->line < to);
        bool head = p->lines[piece->line].role == PDF_HEAD_CELL;
        some |= head;
        if (row <= PDF_HEADER_ROWS_MAX && !head) other[row] = true;
        several |= row == 0 && piece->cell != g->pieces[0].cell;
    }
    if (!several) return 0; /* a title over all of it */
    while (rows <= PDF_HEADER_ROWS_MAX && !other[rows]) rows++;
    if (!some) return -1;
    return rows < g->rows && rows <= PDF_HEADER_ROWS_MAX ? (int)rows : 0;
}

static Status fill_grid(Page *p, size_t from, size_t to, PdfGrid *g, const uint16_t *row_at,
                        Err *err) {
    for (uint32_t i = 0; i < g->rows * g->columns; i++) g->owner[i] = i;
    for (size_t i = from; i < to; i++) {
        PdfLine *line = &p->lines[i];
        if (!is_cell(line)) continue;
        const PdfTag *tag = &p->tags->tags[line->tag];
        uint32_t row = row_of(row_at, g->rows, tag->row);
        assert(tag->column < g->columns);
        own_places(g, tag, row, row_at);
        PdfPiece piece = {row * g->columns + tag->column, (uint32_t)i, line->word, line->words,
                          line->box};
        TRY(mem_grow((void **)&g->pieces, &g->cap_pieces, g->n_pieces + 1, sizeof piece,
                     PDF_WORDS_MAX, err));
        g->pieces[g->n_pieces++] = piece;
    }
    if (g->n_pieces) qsort(g->pieces, g->n_pieces, sizeof *g->pieces, by_cell);
    g->head_rows = head_rows(p, g, from, to);
    return OK;
}

/* Lines [from, to) are those of one table. */
static Status add_table(Page *p, size_t from, size_t to, Err *err) {
    PdfPage *page = p->page;
    uint16_t row_at[ROWS_MAX];
    const PdfTag *table = &p->tags->tags[p->tags->tags[p->lines[from].tag].table];
    PdfGrid g = {.columns = table->columns, .rows = find_rows(p, from, to, row_at)};
    if (!g.rows || page->n_grids == GRIDS_MAX) return OK; /* its cells are paragraphs */
    g.owner = mem_alloc_n((size_t)g.rows * g.columns, sizeof *g.owner);
    Status status = g.owner ? fill_grid(p, from, to, &g, row_at, err)
                            : err_no_memory(err, "a table of a PDF");
    if (status == OK) {
        status = mem_grow((void **)&page->grids, &page->cap_grids, page->n_grids + 1, sizeof g,
                          GRIDS_MAX, err);
    }
    if (status != OK) {
        mem_free(g.owner);
        mem_free(g.pieces);
        return status;
    }
    page->grids[page->n_grids++] = g;
    for (size_t i = from; i < to; i++) {
        if (is_cell(&p->lines[i])) p->lines[i].table = (uint32_t)page->n_grids;
    }
    return OK;
}

/* Around a line; 0: none. */
static uint32_t table_of(const Page *p, size_t i) {
    return p->tags->tags[p->lines[i].tag].table; /* the root, tag 0, stands in none */
}

static Status add_tables(Page *p, Err *err) {
    for (size_t from = 0, to; from < p->n; from = to) {
        uint32_t table = is_cell(&p->lines[from]) ? table_of(p, from) : 0;
        to = from + 1;
        if (!table) continue;
        while (to < p->n && table_of(p, to) == table) to++;
        TRY(add_table(p, from, to, err));
    }
    return OK;
}

/* ---- a page ---- */

/* The new lines take the place of the old ones. */
static void take(Page *p) {
    PdfPage *page = p->page;
    mem_free(page->lines);
    page->lines = p->lines;
    page->n_lines = p->n;
    page->cap_lines = p->cap;
    page->tagged = true;
    p->lines = NULL;
}

Status pdf_page_take_tags(PdfPage *page, const PdfTags *tags, Err *err) {
    Page p = {.page = page, .tags = tags};
    uint32_t order = 0;
    Status status = OK;
    if (!tags->n_marks) return OK;
    for (size_t i = 0; status == OK && i < page->n_lines; i++) {
        status = cut_line(&p, &page->lines[i], &order, err);
    }
    if (status == OK && p.n) {
        place_artifacts(&p);
        qsort(p.lines, p.n, sizeof *p.lines, by_order);
        if (is_believed(&p)) {
            status = add_tables(&p, err);
            if (status == OK) take(&p);
        }
    }
    mem_free(p.lines);
    return status;
}
