/*
 * The body of merge.h.
 *
 * Excel writes the joined cells behind the rows, when a reader that goes through the sheet once is
 * past them. So the part is searched for them before it is read; an element's name may have a
 * prefix, and what looks like one inside a text does no harm: it names cells, or it does not.
 *
 * Of joined cells only the first has a value. The others are there, empty, or are left out where
 * they have no style of their own; they show what the first shows (xlsx.c), so that each row and
 * each column says what it belongs to:
 *
 *     | Boat  |   Length    |          <mergeCell ref="A1:A2"/> <mergeCell ref="B1:C1"/>
 *     |       | deck | hull |          row 2 becomes  Boat | deck | hull
 *
 * A block's left end is searched for alike: a row whose first cell is empty would else be read as
 * if it began one column to the left of the others.
 *
 * Cost: a row looks at those that begin above its end and were not over before; behind LOOKED_MAX
 * the others of a row count as not joined. Source: ECMA-376 part 1, 18.3.1.4, 54 and 55.
 */
#include "knowledge/read/merge.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/plain.h"

enum { COLUMNS_MAX = 16384, ROWS_MAX = 1 << 20, LOOKED_MAX = 512 };

bool merges_cell(Str ref, uint32_t *column, uint32_t *row) {
    uint32_t letters = 0, digits = 0;
    size_t at = 0;
    for (; at < ref.n && plain_is_capital(ref.p[at]) && letters <= COLUMNS_MAX; at++) {
        letters = letters * 26 + (uint32_t)(ref.p[at] - 'A') + 1;
    }
    for (; at < ref.n && plain_is_digit(ref.p[at]) && digits <= ROWS_MAX; at++) {
        digits = digits * 10 + (uint32_t)(ref.p[at] - '0');
    }
    if (letters == 0 || letters > COLUMNS_MAX || digits > ROWS_MAX) return false;
    *column = letters - 1;
    if (row) *row = digits;
    return true;
}

static int by_row(const void *a, const void *b) {
    const Merge *p = a, *q = b;
    if (p->row0 != q->row0) return p->row0 < q->row0 ? -1 : 1;
    return p->column0 < q->column0 ? -1 : p->column0 > q->column0;
}

static void clear(Merges *merges) {
    for (size_t i = 0; i < merges->n; i++) mem_free(merges->items[i].said);
    merges->n = merges->from = merges->to = 0;
}

void merges_fini(Merges *merges) {
    clear(merges);
    mem_free(merges->items);
    *merges = (Merges){0};
}

/* "B2:C4" */
static bool parse(Str range, Merge *out) {
    size_t colon = str_find(range, STR(":"), 0);
    *out = (Merge){0};
    if (colon == SIZE_MAX) return false;
    bool good = merges_cell(str_sub(range, 0, colon), &out->column0, &out->row0) &&
                merges_cell(str_sub(range, colon + 1, range.n), &out->column1, &out->row1);
    return good && out->row0 && out->row0 <= out->row1 && out->column0 <= out->column1;
}

Status merges_read(Merges *merges, Str part, Err *err) {
    clear(merges);
    for (size_t at = 0; merges->n < MERGES_MAX;) {
        at = str_find(part, STR("mergeCell "), at);
        if (at == SIZE_MAX) break;
        at += 10;
        size_t close = str_find(part, STR(">"), at);
        Str inside = str_sub(part, at, close == SIZE_MAX ? part.n : close);
        size_t ref = str_find(inside, STR("ref="), 0);
        Merge merge;
        if (ref == SIZE_MAX || ref + 5 >= inside.n) continue;
        inside = str_sub(inside, ref + 5, inside.n < ref + 40 ? inside.n : ref + 40);
        if (!parse(inside, &merge)) continue;
        TRY(mem_grow((void **)&merges->items, &merges->cap, merges->n + 1, sizeof merge,
                     MERGES_MAX, err));
        merges->items[merges->n++] = merge;
    }
    if (merges->n) qsort(merges->items, merges->n, sizeof *merges->items, by_row);
    return OK;
}

/* Moves the window on to those that may reach into the row. */
static void come_to(Merges *merges, uint32_t row) {
    while (merges->to < merges->n && merges->items[merges->to].row0 <= row) merges->to++;
    while (merges->from < merges->to && merges->items[merges->from].row1 < row) merges->from++;
}

uint32_t merges_next(Merges *merges, uint32_t row, uint32_t column) {
    uint32_t next = UINT32_MAX;
    size_t looked = 0;
    come_to(merges, row);
    for (size_t i = merges->to; i-- > merges->from && looked < LOOKED_MAX; looked++) {
        const Merge *m = &merges->items[i];
        uint32_t first = m->column0 > column ? m->column0 : column;
        if (m->row1 >= row && first <= m->column1 && first < next) next = first;
    }
    return next;
}

Merge *merges_at(Merges *merges, uint32_t row, uint32_t column) {
    size_t looked = 0;
    come_to(merges, row);
    for (size_t i = merges->to; i-- > merges->from && looked < LOOKED_MAX; looked++) {
        Merge *m = &merges->items[i];
        assert(m->row0 <= row);
        if (m->row1 >= row && m->column0 <= column && m->column1 >= column) return m;
    }
    return NULL;
}

/* ---- where blocks begin ---- */

static Status add_cell(RowBlocks *blocks, uint32_t row, uint32_t column, uint32_t *last, Err *err) {
    if (blocks->n == 0 || row > *last + 1 || row < *last) {
        RowBlock block = {row, column};
        TRY(mem_grow((void **)&blocks->items, &blocks->cap, blocks->n + 1, sizeof block, ROWS_MAX,
                     err));
        blocks->items[blocks->n++] = block;
    }
    RowBlock *own = &blocks->items[blocks->n - 1];
    if (column < own->left) own->left = column;
    *last = row;
    return OK;
}

/* <c r="B3" s="2"/> is empty, and so is <c r="B3"></c>. */
Status row_blocks_read(RowBlocks *blocks, Str part, Err *err) {
    uint32_t last = 0;
    blocks->n = blocks->at = 0;
    for (size_t at = 0; (at = str_find(part, STR("<c r=\""), at)) != SIZE_MAX;) {
        at += 6;
        const char *end = memchr(part.p + at, '>', part.n - at);
        if (!end) break;
        size_t close = (size_t)(end - part.p);
        bool filled = end[-1] != '/' && !str_starts(str_sub(part, close + 1, part.n), STR("</c"));
        uint32_t column, row;
        if (filled && merges_cell(str_sub(part, at, close), &column, &row) && row) {
            TRY(add_cell(blocks, row, column, &last, err));
        }
        at = close;
    }
    return OK;
}

void row_blocks_fini(RowBlocks *blocks) {
    mem_free(blocks->items);
    *blocks = (RowBlocks){0};
}

uint32_t row_blocks_left(RowBlocks *blocks, uint32_t row) {
    while (blocks->at + 1 < blocks->n && blocks->items[blocks->at + 1].row <= row) blocks->at++;
    return blocks->n && blocks->items[blocks->at].row <= row ? blocks->items[blocks->at].left
                                                             : UINT32_MAX;
}
