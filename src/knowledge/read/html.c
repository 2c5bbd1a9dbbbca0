/*
 * HTML pages: gumbo parses, html_main picks the content, this file writes it down as blocks.
 *
 * Inline text gathers in a buffer until a block begins or ends; then it becomes a block of the kind
 * that the innermost open element asks for: heading, list item (with "- " or "1. "), preformatted
 * code, or paragraph. A data table gives one row a block, cells joined by " | ", a row of only <th>
 * is a header, and what a cell says of several rows or columns is said in each; a table that lays
 * out a page (it holds tables or long cells) is read as ordinary blocks. Two <br> in a row end a
 * paragraph.
 *
 * Inside the content, what is unlikely by name and what is mostly links (a list of other pages) is
 * left out. A page nested too deeply for the parser, or of more elements than it has memory for (a
 * table of a million cells), is stripped of its tags instead, so that its words are found at least.
 *
 * An example: <h2>Rent</h2><ol><li>flat<li>garage</ol><table><tr><th>Flat<th>Rent<tr><td>A<td>900
 *
 *     heading 2   Rent
 *     item 1      1. flat
 *     item 1      2. garage
 *     row 1       Flat | Rent
 *     row 0       A | 900
 */
#include <assert.h>
#include <stdio.h>

#include "base/mem.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/entity.h"
#include "knowledge/read/html_tree.h"
#include "knowledge/read/read.h"

enum { ARENA_MAX = 320 << 20, OPEN_MAX = HTML_NESTING_MAX + 64 };
/* Of cells that are said more than once: a label, not a text; a page's own ceiling. */
enum { AGAIN_NODES = 32 /* of a cell that is said again */ };

typedef struct Page {
    const HtmlTree *tree;
    Doc *doc;
    Err *err;
    Buf text;
    uint32_t line;
    BlockKind kind; /* of the text that gathers */
    int level;
    unsigned breaks;  /* <br> in a row */
    unsigned lists;   /* depth */
    uint32_t item_no; /* next number of the innermost ordered list; 0: bullets */
    size_t again;     /* bytes of cells that were said once more */
    bool marker;      /* the item's "- " is still to be written */
    bool whole;
} Page;

/* What has gathered becomes a block of the kind at hand. EMIT_FLOW joins its lines and remembers
   where. */
static Status flush(Page *p) {
    Status status = buf_check(&p->text, "an HTML page", p->err);
    if (status == OK && p->text.n) {
        EmitAt at = {p->kind, p->level, 0, p->line, p->kind == BLOCK_CODE ? EMIT_LINES : EMIT_FLOW};
        status = emit_block(p->doc, at, buf_str(&p->text), p->err);
    }
    buf_clear(&p->text);
    p->line = 0;
    p->breaks = 0;
    return status;
}

static bool has_text(Str s) {
    return str_trim(s).n > 0;
}

/* A text node from its first word on: a block begins there, not at the line ends before it. */
static Str first_words(const HtmlNode *n, uint32_t *line) {
    size_t blank = 0;
    while (blank < n->text.n && (unsigned char)n->text.p[blank] <= ' ') blank++;
    *line = n->line + count_lines(str_sub(n->text, 0, blank));
    return str_sub(n->text, blank, n->text.n);
}

/* The text of a node into what gathers; an item's mark comes with its first words. */
static void add_text(Page *p, const HtmlNode *n) {
    bool code = p->kind == BLOCK_CODE; /* whose empty lines emit_block counts */
    if (!code && !has_text(n->text)) {
        if (p->text.n) buf_add_str(&p->text, n->text); /* one blank, and its line ends count */
        return;
    }
    Str text = n->text;
    if (!p->line && code) p->line = n->line;
    if (!p->line) text = first_words(n, &p->line);
    if (p->marker) {
        p->marker = false;
        if (p->item_no) {
            buf_printf(&p->text, "%u. ", p->item_no++);
        } else {
            buf_add_c(&p->text, "- ");
        }
    }
    p->breaks = 0;
    buf_add_str(&p->text, text);
}

/* All text of a subtree, blanks between its pieces where elements other than inline ones meet. What
   is said again is one line: lines are counted where it stands. */
static void add_words(Page *p, uint32_t root, bool again) {
    const HtmlNode *nodes = p->tree->nodes;
    for (uint32_t i = root; i < nodes[root].end; i++) {
        Str text = nodes[i].text;
        if (nodes[i].role != HTML_TEXT) {
            bool inside = nodes[i].role == HTML_INLINE || nodes[i].role == HTML_LINK;
            if (!inside) buf_add_byte(&p->text, ' ');
            continue;
        }
        if (!again && !p->line && has_text(text)) text = first_words(&nodes[i], &p->line);
        size_t from = p->text.n;
        buf_add_str(&p->text, text);
        for (; again && from < p->text.n; from++) {
            if (memchr("\n\r", p->text.p[from], 2)) p->text.p[from] = ' ';
        }
    }
}

/* ---- tables ---- */

/* Which cell of a row above still takes up a column, and for how many rows more. */
typedef struct Reach {
    uint32_t cell, rows;
} Reach;

/* The row that is being written. */
typedef struct Row {
    Page *page;
    Reach *reach; /* [MERGED_COLUMNS_MAX] of the table; what lies behind is not repeated */
    uint32_t column;
    unsigned cells, heads, filled; /* its own and those that reach into it; only its own */
    bool alone; /* one cell is all of it: a line between parts of the table */
    bool last;  /* no cell of its own comes behind this one */
} Row;

/* May a cell be said once more? What is long, or made of many pieces, is not. */
static bool is_label(const Page *p, uint32_t cell) {
    const HtmlNode *n = &p->tree->nodes[cell];
    return n->chars <= MERGED_LABEL_BYTES && n->end - cell <= AGAIN_NODES;
}

/* A cell's words for another row or column. */
static void add_again(Page *p, uint32_t cell) {
    size_t before = p->text.n;
    if (is_label(p, cell)) add_words(p, cell, true);
    p->again += p->text.n - before + sizeof " | ";
}

/* Begins a cell; empty ones before it keep their places. */
static void next_cell(Row *row) {
    if (row->column++) buf_add_c(&row->page->text, " | ");
}

/* Cells of rows above that take up the columns from here on. */
static void add_reaching(Row *row) {
    while (row->column < MERGED_COLUMNS_MAX && row->reach[row->column].rows) {
        if (row->page->again > MERGED_AGAIN_MAX) return;
        Reach *reach = &row->reach[row->column];
        const HtmlNode *n = &row->page->tree->nodes[reach->cell];
        row->cells++;
        row->heads += n->level == 1;
        reach->rows--;
        next_cell(row);
        add_again(row->page, reach->cell);
    }
}

/* One cell with the columns it takes up. */
static void add_cell(Row *row, uint32_t i) {
    const HtmlNode *n = &row->page->tree->nodes[i];
    bool once = row->alone || (row->last && !is_label(row->page, i));
    for (uint32_t k = 0; k < n->columns; k++) {
        bool full = row->column >= MERGED_COLUMNS_MAX || row->page->again > MERGED_AGAIN_MAX;
        if (k && (once || full)) break;
        if (row->column < MERGED_COLUMNS_MAX && n->rows > 1) {
            row->reach[row->column] = (Reach){i, n->rows - 1U};
        }
        next_cell(row);
        if (k) add_again(row->page, i);
        if (!k) add_words(row->page, i, false);
    }
    row->cells++;
    row->heads += n->level == 1;
    row->filled += n->chars > 0;
}

/* The cell behind `i` of the same row, from `i` on. */
static uint32_t find_cell(const HtmlNode *nodes, uint32_t i, uint32_t end) {
    while (i < end && nodes[i].role != HTML_CELL) i++;
    return i;
}

/* A row as one block; one without text of its own is left out. */
static Status emit_row(Page *p, uint32_t at, Reach *reach) {
    const HtmlNode *nodes = p->tree->nodes;
    uint32_t end = nodes[at].end;
    Row row = {.page = p, .reach = reach};
    TRY(flush(p));
    uint32_t i = find_cell(nodes, at + 1, end);
    row.alone = i < end && find_cell(nodes, nodes[i].end, end) == end && !reach[0].rows;
    for (uint32_t next; i < end; i = next) {
        next = find_cell(nodes, nodes[i].end, end);
        row.last = next == end;
        add_reaching(&row);
        add_cell(&row, i);
    }
    add_reaching(&row);
    p->kind = BLOCK_TABLE_ROW;
    p->level = row.cells && row.heads == row.cells;
    if (!row.filled) buf_clear(&p->text);
    return flush(p);
}

/* Rows, and a caption as a paragraph, wherever they stand in the table. No cell reaches out of its
   part of the table (thead, tbody, tfoot). */
static Status emit_table(Page *p, uint32_t at) {
    const HtmlNode *nodes = p->tree->nodes;
    Reach reach[MERGED_COLUMNS_MAX] = {0};
    TRY(flush(p));
    for (uint32_t i = at + 1; i < nodes[at].end;) {
        if (nodes[i].role == HTML_ROW) {
            TRY(emit_row(p, i, reach));
            i = nodes[i].end;
        } else if (nodes[i].role == HTML_PARAGRAPH) { /* caption */
            add_words(p, i, false);
            p->kind = BLOCK_PARAGRAPH;
            p->level = 0;
            TRY(flush(p));
            i = nodes[i].end;
        } else {
            if (nodes[i].role == HTML_BLOCK) memset(reach, 0, sizeof reach);
            i++;
        }
    }
    return OK;
}

/* ---- what is left out of the content ---- */

/* More than 70 % of its characters are inside links. */
static bool mostly_links(const HtmlNode *n) {
    return n->chars > 0 && n->link_chars * 10 > n->chars * 7;
}

/* Parts of the content that are none: by name unless they hold 40 % of the page; paragraphs and
   boxes that only lead elsewhere. A whole page loses only the unlikely. */
static bool left_out(const Page *p, uint32_t i) {
    const HtmlNode *n = &p->tree->nodes[i];
    bool box = n->role == HTML_BLOCK || n->role == HTML_LIST || n->role == HTML_TABLE;
    if ((n->flags & HTML_UNLIKELY) && n->role >= HTML_BLOCK) {
        const HtmlNode *body = &p->tree->nodes[0];
        return n->chars <= body->chars / 5 * 2;
    }
    if (p->whole) return false;
    if (n->role == HTML_PARAGRAPH && n->chars > 25 && n->link_chars == n->chars) return true;
    if (!box || !mostly_links(n)) return false;
    uint32_t items = 0;
    for (uint32_t k = i + 1; k < n->end && items < 3; k++)
        items += p->tree->nodes[k].role == HTML_LINK;
    return items >= 3 || n->link_chars == n->chars;
}

/* ---- walking ---- */

typedef struct Open {
    uint32_t end;
    uint32_t item_no;
    uint8_t kind, level, role;
} Open;

typedef struct Walk {
    Page *page;
    Open open[OPEN_MAX];
    size_t n_open;
} Walk;

/* Remembers what to go back to. */
static void push(Walk *w, const HtmlNode *n) {
    Page *p = w->page;
    assert(w->n_open < OPEN_MAX); /* html_tree_build gives no tree that is deeper */
    w->open[w->n_open++] = (Open){n->end, p->item_no, (uint8_t)p->kind, (uint8_t)p->level, n->role};
}

/* A block begins: what gathered before is finished first. Inside an item, code or a heading other
   boxes change nothing. */
static Status enter(Walk *w, const HtmlNode *n) {
    Page *p = w->page;
    TRY(flush(p));
    push(w, n);
    switch ((HtmlRole)n->role) {
    case HTML_HEADING:
        p->kind = BLOCK_HEADING;
        p->level = n->level;
        break;
    case HTML_PRE:
        p->kind = BLOCK_CODE;
        p->level = 0;
        break;
    case HTML_LIST:
        p->lists++;
        p->item_no = n->flags & HTML_ORDERED ? 1 : 0;
        break;
    case HTML_ITEM:
        p->kind = BLOCK_LIST_ITEM;
        p->level = p->lists > 6 ? 6 : p->lists ? (int)p->lists : 1;
        p->marker = true;
        break;
    default:
        if (p->kind != BLOCK_LIST_ITEM && p->kind != BLOCK_CODE && p->kind != BLOCK_HEADING) {
            p->kind = BLOCK_PARAGRAPH;
            p->level = 0;
        }
    }
    return OK;
}

/* Back to the kind and, behind a list, the number of the list around it. */
static Status leave(Walk *w) {
    Page *p = w->page;
    assert(w->n_open > 0);
    Open o = w->open[--w->n_open];
    TRY(flush(p));
    if (o.role == HTML_LIST) {
        assert(p->lists > 0); /* enter counted it */
        p->lists--;
        p->item_no = o.item_no;
    }
    if (o.role == HTML_ITEM) p->marker = false;
    p->kind = (BlockKind)o.kind;
    p->level = o.level;
    return OK;
}

static Status on_break(Page *p) {
    if (p->kind == BLOCK_CODE) {
        buf_add_byte(&p->text, '\n');
        return OK;
    }
    buf_add_byte(&p->text, ' ');
    if (++p->breaks < 2 || p->kind != BLOCK_PARAGRAPH) return OK;
    return flush(p);
}

/* One node; *next is the one behind it, or behind its subtree when that was dealt with here. */
static Status walk_one(Walk *w, uint32_t i, uint32_t *next) {
    Page *p = w->page;
    const HtmlNode *n = &p->tree->nodes[i];
    *next = i + 1;
    if (n->role == HTML_TEXT) {
        add_text(p, n);
        return OK;
    }
    if (n->role == HTML_BREAK) return on_break(p);
    if (n->role < HTML_BLOCK || n->role == HTML_IMAGE) return OK;
    if (left_out(p, i)) {
        *next = n->end;
        return flush(p);
    }
    if (n->role == HTML_TABLE && html_is_data_table(p->tree, i)) {
        *next = n->end;
        BlockKind kind = p->kind;
        int level = p->level;
        TRY(emit_table(p, i));
        p->kind = kind;
        p->level = level;
        return OK;
    }
    return enter(w, n);
}

/* In document order; elements that end before node i are left first. */
static Status walk(Walk *w, uint32_t root) {
    const HtmlNode *nodes = w->page->tree->nodes;
    assert(root < w->page->tree->n && nodes[root].end <= w->page->tree->n);
    uint32_t i = root;
    w->n_open = 0;
    w->page->kind = BLOCK_PARAGRAPH;
    w->page->level = 0;
    while (i < nodes[root].end) {
        while (w->n_open && w->open[w->n_open - 1].end <= i) TRY(leave(w));
        TRY(walk_one(w, i, &i));
    }
    while (w->n_open) TRY(leave(w));
    return flush(w->page);
}

static Status write_down(const HtmlTree *tree, const HtmlPick *pick, Doc *doc, Err *err) {
    Page page = {.tree = tree, .doc = doc, .err = err, .whole = pick->whole};
    Walk *w = mem_zalloc(sizeof *w);
    if (!w) return err_no_memory(err, "an HTML page");
    w->page = &page;
    buf_init(&page.text, DOC_TEXT_MAX);
    Status status = OK;
    for (size_t i = 0; status == OK && i < pick->n; i++) status = walk(w, pick->roots[i]);
    buf_fini(&page.text);
    mem_free(w);
    return status;
}

/* ---- title ---- */

/* "Article - Site" -> "Article", when what stands before the last separator is long enough. */
static Str without_site(Str title) {
    static const char *const marks[] = {" | ", " - ", " — ", " – ", " :: ", " » "};
    size_t cut = SIZE_MAX;
    for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
        size_t at = 0, hit;
        while ((hit = str_find(title, str_from(marks[i]), at)) != SIZE_MAX) at = hit + 1;
        if (at && (cut == SIZE_MAX || at - 1 > cut)) cut = at - 1;
    }
    return cut != SIZE_MAX && cut >= 15 && cut * 2 > title.n ? str_sub(title, 0, cut) : title;
}

static Status take_meta(const HtmlTree *tree, Doc *doc, Err *err) {
    char date[11];
    TRY(emit_meta(&doc->title, without_site(str_trim(tree->title)), err));
    TRY(emit_meta(&doc->author, tree->author, err));
    if (tree->date.n && emit_date(tree->date, date))
        TRY(emit_meta(&doc->date, str_from(date), err));
    return OK;
}

/* The words alone. Its lines are those of the stripped text, so they are taken off. */
static Status strip_only(Str html, Doc *doc, Err *err) {
    Buf text;
    buf_init(&text, DOC_TEXT_MAX);
    entity_strip_tags(&text, html);
    Status status = buf_check(&text, "an HTML page", err);
    if (status == OK) status = read_text(buf_str(&text), doc, err);
    for (size_t i = 0; i < doc->n_blocks; i++)
        doc->blocks[i].line = 0; /* lines are not the file's */
    buf_fini(&text);
    return status;
}

static Status pick_whole(const HtmlTree *tree, HtmlPick *pick, Err *err) {
    if (tree->n == 0) return OK;
    pick->roots = mem_zalloc(sizeof *pick->roots); /* node 0, the body */
    if (!pick->roots) return err_no_memory(err, "an HTML page");
    pick->n = 1;
    pick->whole = true;
    return OK;
}

/* Too deep or too large for the parser is no failure here; what it has taken goes before the rest
   needs memory. */
static Status read_tree(Str html, bool whole, Arena *arena, Doc *doc, Err *err) {
    HtmlTree tree;
    HtmlPick pick = {0};
    Status status = html_tree_build(html, arena, &tree, err);
    if (status == E_UNSUPPORTED || status == E_LIMIT) {
        mem_free(tree.nodes);
        tree.nodes = NULL;
        arena_fini(arena);
        status = strip_only(html, doc, err);
    } else if (status == OK) {
        status = whole ? pick_whole(&tree, &pick, err) : html_pick_main(&tree, &pick, err);
        if (status == OK) status = take_meta(&tree, doc, err);
        if (status == OK) status = write_down(&tree, &pick, doc, err);
    }
    mem_free(pick.roots);
    mem_free(tree.nodes);
    return status;
}

static Status read_page(Str html, bool whole, Doc *doc, Err *err) {
    Arena arena;
    arena_init(&arena, ARENA_MAX);
    Status status = read_tree(html, whole, &arena, doc, err);
    arena_fini(&arena);
    if (status == OK) status = emit_meta(&doc->format, STR("html"), err);
    return status;
}

Status read_html(Str html, Doc *doc, Err *err) {
    return read_page(html, false, doc, err);
}

Status read_html_whole(Str html, Doc *doc, Err *err) {
    return read_page(html, true, doc, err);
}
