/*
 * From placed lines to blocks: headings by font size, list items by their bullets, paragraphs by
 * indentation and blocks, table rows from pdf_table.c; running headers and page numbers are
 * dropped.
 *
 * A running header stands at the edge of at least EDGE_REPEATS pages with the same words, and with
 * the same numbers but one that counts the pages. What differs in other numbers is text ("Invoice
 * 3071", "Invoice 3088"). The first of those that are the same everywhere is kept. A lone number at
 * the edge is a page number, on however few pages, unless something stands beside it.
 *
 * The usual size is the one in which most characters of the document are set. A run of lines in a
 * size at least 12 % larger, of at most HEADING_BYTES bytes, is a heading: level 1 from 1.7 times
 * on, 2 from 1.35 times on, else 3. A short line in bold type, where most is not bold, or in type
 * that is at least 6 % larger, is one of BOLD_LEVEL unless it ends like a sentence; where the file
 * does not tell its fonts (pdf_font.c), sizes are heights and there is no bold. A single line that
 * begins with a section number ("2.1 Method") is a heading as well.
 *
 * What the document's outline names is a heading (pdf_title.c), and others lie below the last of
 * those.
 *
 * A page that can be read by its document's tags (pdf_tagged.c) has its lines cut and sorted by
 * them: blocks, headings, items and tables are what they say, and the rules here are asked for
 * paragraphs that may be headings only.
 *
 * An entry of a list of contents
 * is none: dots lead to its page number, or the number stands alone to its right, as on
 * CONTENTS_LEAST lines of the page.
 *
 * Lines of a paragraph are joined by a blank, except between CJK characters; a hyphen at the end of
 * a line goes when a small letter follows. A paragraph ends with its block (unless it stops in
 * mid-sentence and the next block goes on in the same size with a small letter), at an indented
 * line, at a bullet, and in Chinese behind a line that ends long before the margin.
 *
 * A bullet makes an item, whatever its size: slides set them large. A row of a table has an empty
 * cell where it has no words in one of the table's columns (pdf_columns.c). A table with lines
 * around its cells (pdf_grid.c) says a cell that spans rows in each of them; the rows of its head
 * become one header row: "Length deck | Length hull".
 *
 * Order of the work on a page: lines are merged and counted (pdf_page_count, for all held pages
 * first), headers dropped, tables with lines found, marks put before their lines, titles of
 * the outline and other tables found, items put in reading order, and written.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/pdf_grid.h"

enum { HEADING_BYTES = 240, EDGE_REPEATS = 3, ARTIFACT_REPEATS = 2, EDGE_BYTES = 160,
       EDGE_NUMBERS = 4, EDGE_PROBES = 8, SHORT_LINES_MAX = 2000, BOLD_LEVEL = 4, BOLD_BYTES = 100,
       CONTENTS_LEAST = 4, LEADERS = 4 };

static const float SMALL = 0.93f; /* of the usual size: notes, running titles */

void pdf_page_clear(PdfPage *page) {
    pdf_draw_clear(&page->draw);
    pdf_grids_fini(page);
    buf_clear(&page->text);
    page->n_words = page->n_lines = 0;
    page->blocks = 0;
    page->tagged = false;
}

void pdf_page_fini(PdfPage *page) {
    buf_fini(&page->text);
    mem_free(page->words);
    mem_free(page->lines);
    pdf_draw_fini(&page->draw);
    pdf_grids_fini(page);
    mem_free(page->grids);
    *page = (PdfPage){0};
}

static Str word_text(const PdfPage *page, size_t i) {
    assert(i < page->n_words);
    return (Str){page->text.p + page->words[i].at, page->words[i].n};
}

/* Length of what pdf_add_words would write at most, and a blank. */
static uint32_t line_bytes(const PdfPage *page, const PdfLine *line) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < line->words; i++) n += page->words[line->word + i].n + 1;
    return n;
}

/* ---- putting lines together ---- */

/* Set sideways (a stamp in the margin): its height is its length. */
static void measure(const PdfPage *page, PdfLine *line) {
    float width = line->box.x1 - line->box.x0, height = line->box.y1 - line->box.y0;
    line->sideways = height > 3 * width && line_bytes(page, line) > 6;
    if (line->sideways) line->size = width;
}

/* Section numbers and raised marks come as lines of their own; they belong to their neighbour. */
static bool is_beside(const PdfLine *a, const PdfLine *b) {
    float top = a->box.y0 > b->box.y0 ? a->box.y0 : b->box.y0;
    float bottom = a->box.y1 < b->box.y1 ? a->box.y1 : b->box.y1;
    float low = a->size < b->size ? a->size : b->size, high = a->size + b->size - low;
    float gap = b->box.x0 - a->box.x1;
    return a->block == b->block && bottom - top > low * 0.5f && gap > -low && gap < high * 2.5f;
}

/* In place. Lines are merged only when their words follow each other, for a line is a range of
   words. */
static void merge_lines(PdfPage *page) {
    size_t to = 0;
    for (size_t i = 0; i < page->n_lines; i++) {
        PdfLine *line = &page->lines[i], *last = to ? &page->lines[to - 1] : NULL;
        measure(page, line);
        if (!last || last->word + last->words != line->word || !is_beside(last, line)) {
            page->lines[to++] = *line;
            continue;
        }
        last->words += line->words;
        if (line->size > last->size) last->size = line->size;
        if (line->box.x1 > last->box.x1) last->box.x1 = line->box.x1;
        if (line->box.y0 < last->box.y0) last->box.y0 = line->box.y0;
        if (line->box.y1 > last->box.y1) last->box.y1 = line->box.y1;
    }
    assert(to <= page->n_lines);
    page->n_lines = to;
}

/* ---- statistics ---- */

/* Sizes in quarter points, the largest all in the last slot. */
static size_t size_slot(float size) {
    float slot = size * 4 + 0.5f;
    return slot < 1 ? 0 : slot >= PDF_SIZES ? PDF_SIZES - 1 : (size_t)slot;
}

/* Within 9 % of the page's height at its top or bottom; chosen, not measured. */
bool pdf_line_at_edge(const PdfPage *page, const PdfLine *line) {
    float margin = page->height * 0.09f;
    return line->box.y1 < margin || line->box.y0 > page->height - margin;
}

static size_t digits_at(Str s, size_t at) {
    size_t n = 0;
    while (at + n < s.n && plain_is_digit(s.p[at + n])) n++;
    return n;
}

/* The digits at w.p, as the distance from the page's own number. */
static size_t add_distance(char *to, size_t room, Str digits, uint32_t page) {
    int64_t value = 0;
    for (size_t i = 0; i < digits.n && i < 9; i++) value = value * 10 + (digits.p[i] - '0');
    int n = snprintf(to, room, "#%lld", (long long)(value - page));
    return n > 0 && (size_t)n < room ? (size_t)n : room;
}

/* A line's words as a key. Its number `relative` (1: the first; 0: none) stands as the distance
   from the page's number: "Page 3 of 9" on page 3 and "Page 4 of 9" on page 4 have key 1 in common,
   "Invoice 3071" and "Invoice 3088" none. */
static uint64_t edge_key(const PdfPage *page, const PdfLine *line, unsigned relative) {
    char key[EDGE_BYTES];
    size_t n = 0;
    unsigned numbers = 0;
    for (uint32_t i = 0; i < line->words; i++) {
        Str w = word_text(page, line->word + i);
        for (size_t k = 0, width; k < w.n && n < sizeof key; k += width) {
            size_t digits = digits_at(w, k);
            width = digits ? digits : 1;
            if (digits && ++numbers == relative) {
                n += add_distance(key + n, sizeof key - n, str_sub(w, k, k + digits), page->number);
            } else {
                if (width > sizeof key - n) width = sizeof key - n;
                memcpy(key + n, w.p + k, width);
                n += width;
            }
        }
    }
    return hash_check64(key, n, line->box.y0 < page->height / 2);
}

/* The keys under which a line may stand on other pages, too: as it is, and once a number. */
static unsigned edge_keys(const PdfPage *page, const PdfLine *line, uint64_t *keys) {
    unsigned numbers = 0;
    for (uint32_t i = 0; i < line->words; i++) {
        Str w = word_text(page, line->word + i);
        for (size_t k = 0; k < w.n; k++) numbers += digits_at(w, k) && (!k || !digits_at(w, k - 1));
    }
    if (numbers > EDGE_NUMBERS) numbers = EDGE_NUMBERS;
    for (unsigned i = 0; i <= numbers; i++) keys[i] = edge_key(page, line, i);
    return numbers + 1;
}

/* A zero count: not seen, or there was no place for it. */
static PdfEdge edge_find(const PdfStats *stats, uint64_t key) {
    for (size_t probe = 0; probe < EDGE_PROBES; probe++) {
        const PdfEdge *edge = &stats->edges[(key + probe) % PDF_EDGES];
        if (edge->key == key) return *edge;
    }
    return (PdfEdge){0};
}

/* A table of fixed size with a few probes: what finds no place is never taken for a header, so the
   worst is a header that stays. */
static void edge_add(PdfStats *stats, uint64_t key, uint32_t page) {
    for (size_t probe = 0; probe < EDGE_PROBES; probe++) {
        PdfEdge *edge = &stats->edges[(key + probe) % PDF_EDGES];
        if (edge->count && edge->key != key) continue;
        if (!edge->count) *edge = (PdfEdge){.key = key, .first = page};
        edge->count++;
        return;
    }
}

/* For each page before any is written: headers are known by their repetition. */
void pdf_page_count(PdfPage *page, PdfStats *stats) {
    uint64_t keys[EDGE_NUMBERS + 1];
    merge_lines(page);
    stats->pages++;
    for (size_t i = 0; i < page->n_lines; i++) {
        PdfLine *line = &page->lines[i];
        uint32_t bytes = line_bytes(page, line);
        pdf_line_font(page, line);
        stats->size_chars[size_slot(line->font)] += bytes;
        stats->chars += bytes;
        if (line->style & PDF_BOLD) stats->bold_chars += bytes;
        unsigned n = pdf_line_at_edge(page, line) ? edge_keys(page, line, keys) : 0;
        for (unsigned k = 0; k < n; k++) edge_add(stats, keys[k], page->number);
    }
}

/* The slot with most characters; 10 points where nothing was counted. */
static float usual_size(const PdfStats *stats) {
    size_t best = 40;
    for (size_t i = 0; i < PDF_SIZES; i++) {
        if (stats->size_chars[i] > stats->size_chars[best]) best = i;
    }
    return (float)best / 4;
}

/* What a page number is made of: digits, roman ones, dashes and points, 8 bytes at most; an amount
   with a decimal point is none. */
static bool only_number(const PdfPage *page, const PdfLine *line) {
    static const char signs[] = "0123456789-–—.ivxlcIVXLC";
    if (line->words != 1) return false;
    Str w = word_text(page, line->word);
    for (size_t i = 0; i < w.n; i++) {
        if (!memchr(signs, w.p[i], sizeof signs - 1)) return false;
        bool decimal = w.p[i] == '.' && i && digits_at(w, i - 1) && digits_at(w, i + 1);
        if (decimal) return false;
    }
    return w.n <= 8;
}

/* Does nothing stand beside it? A page number may have a running title there, but so has the sum at
   the foot of a bill its "Total": that one must stay, and the other is seldom needed. */
static bool stands_alone(const PdfPage *page, const PdfLine *line) {
    for (size_t i = 0; i < page->n_lines; i++) {
        const PdfLine *other = &page->lines[i];
        float middle = (line->box.y0 + line->box.y1) / 2;
        bool beside = other->box.y0 < middle && other->box.y1 > middle;
        if (other != line && other->words && beside) return false;
    }
    return true;
}

/* Is the line on other pages, too? One that says the same on all of them (a letterhead) stays on
   the first: it may be the only place where a name or a telephone number stands. */
static bool is_repeated(const PdfPage *page, const PdfLine *line, const PdfStats *stats,
                        uint32_t least) {
    uint64_t keys[EDGE_NUMBERS + 1];
    if (line_bytes(page, line) >= EDGE_BYTES) return false;
    unsigned n = edge_keys(page, line, keys);
    PdfEdge same = edge_find(stats, keys[0]);
    if (same.count >= least) return same.first != page->number;
    for (unsigned k = 1; k < n; k++) {
        if (edge_find(stats, keys[k]).count >= least) return true;
    }
    return false;
}

/* A page of one line keeps it, even if it is a number. */
static void drop_edges(PdfPage *page, const PdfStats *stats) {
    for (size_t i = 0; i < page->n_lines; i++) {
        PdfLine *line = &page->lines[i];
        if (!pdf_line_at_edge(page, line)) continue;
        line->drop = is_repeated(page, line, stats, EDGE_REPEATS) ||
                     (page->n_lines > 1 && only_number(page, line) && stands_alone(page, line));
    }
}

/* What the file itself calls no part of the text need not be on as many pages. */
static void drop_artifacts(PdfPage *page, const PdfStats *stats) {
    for (size_t i = 0; i < page->n_lines; i++) {
        PdfLine *line = &page->lines[i];
        if (!line->artifact) continue;
        line->drop |= is_repeated(page, line, stats, ARTIFACT_REPEATS) || only_number(page, line);
    }
}

/* ---- writing blocks ---- */

typedef struct Writer {
    PdfPage *page;
    Doc *doc;
    Err *err;
    Buf text;
    BlockKind kind;
    int level;
    float usual;
    bool plain;    /* most of the document is not bold */
    bool contents; /* the page lists what is on others */
    const PdfLine *last; /* of the text that gathers */
    float gap;           /* between its last two lines; 0: one line so far */
    PdfKnown *known;
    uint32_t tag; /* of the text that gathers; 0: none */
} Writer;

/* Large type that runs on for long, or ends like a sentence, is no heading but text in large type.
 */
static void fit_kind(Writer *w) {
    Str s = str_trim(buf_str(&w->text));
    bool sentence = s.n > 60 && (str_ends(s, STR(".")) || str_ends(s, STR("。")));
    if (w->kind != BLOCK_HEADING || (s.n <= HEADING_BYTES && !sentence)) return;
    w->kind = BLOCK_PARAGRAPH;
    w->level = 0;
}

/* What has gathered becomes one block of this page. */
static Status flush(Writer *w) {
    fit_kind(w);
    Status status = buf_check(&w->text, "a paragraph of a PDF", w->err);
    EmitAt at = {w->kind, w->level, w->page->number, 0,
                 w->kind == BLOCK_CODE ? EMIT_LINES : EMIT_FLOW};
    if (status == OK) status = emit_block(w->doc, at, buf_str(&w->text), w->err);
    buf_clear(&w->text);
    w->last = NULL;
    w->gap = 0;
    w->tag = 0;
    return status;
}

/* The last character and where it begins; 0 of empty text. */
static uint32_t code_before_end(Str s, size_t *at) {
    size_t width;
    *at = s.n;
    if (s.n == 0) return 0;
    do {
        --*at;
    } while (*at && utf8_goes_on(s.p[*at]));
    return utf8_decode(s, *at, &width);
}

/* Joins the words of a further line to what stands. */
static void join(Writer *w, uint32_t word, uint32_t words) {
    assert(words > 0);
    Str first = word_text(w->page, word);
    size_t width, at;
    uint32_t next = utf8_decode(first, 0, &width);
    uint32_t last = code_before_end(buf_str(&w->text), &at);
    if (w->text.n && (last == '-' || last == 0x2010) && unicode_lower(next) == next &&
        unicode_class(next) == UC_LETTER && at && (w->text.p[at - 1] | 32) >= 'a' &&
        (w->text.p[at - 1] | 32) <= 'z') {
        w->text.n = at;
    } else if (w->text.n && !(unicode_is_cjk(last) && unicode_is_cjk(next)) &&
               !(unicode_is_cjk(next) && last > 0x3000 && last < 0xFFF0)) {
        buf_add_byte(&w->text, ' ');
    }
    pdf_add_words(w->page, word, words, &w->text);
}

/* ---- deciding ---- */

/* A mark alone before other words, or one that is stuck to the first word (but for the dash of a
   range, number 7). */
static bool is_bullet(const PdfPage *page, const PdfLine *line) {
    static const char *const marks[] = {"•", "▪", "●", "■", "◦", "‣", "○",
                                        "–", "-", "*", "",  "·", "►", "✓"};
    Str w = word_text(page, line->word);
    for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
        Str mark = str_from(marks[i]);
        if (str_eq(w, mark) && line->words > 1) return true;
        if (mark.n == 3 && w.n > 3 && str_starts(w, mark) && i != 7) return true;
    }
    return false;
}

/* "2", "2.", "2.1", "A.3" and then a capital or CJK: level by the dots; 0: no. */
static int section_level(const PdfPage *page, const PdfLine *line) {
    if (line->words < 2 || line->words > 12 || line_bytes(page, line) > 90) return 0;
    bool listed = str_ends(word_text(page, line->word), STR(".")); /* "1.": maybe a list */
    if (listed && line_bytes(page, line) > 60) return 0;
    Str num = word_text(page, line->word), next = word_text(page, line->word + 1);
    int level = 1;
    size_t digits = 0, figures = 0;
    for (size_t i = 0; i < num.n; i++) {
        char c = num.p[i];
        bool letter = i == 0 && c >= 'A' && c <= 'H' && num.n > 1;
        if (!plain_is_digit(c) && c != '.' && !letter) return 0;
        digits += plain_is_digit(c);
        level += c == '.' && i + 1 < num.n;
    }
    for (uint32_t i = 1; i < line->words; i++) { /* a row of figures */
        Str w = word_text(page, line->word + i);
        if (plain_is_digit(w.p[0]) && w.n > 2 && ++figures > 1) return 0;
    }
    if (num.n > 8 || digits == 0 || digits > 5 || (num.p[0] == '0')) return 0;
    Str end = word_text(page, line->word + line->words - 1);
    size_t width;
    uint32_t code = utf8_decode(next, 0, &width);
    bool capital = unicode_lower(code) != code || unicode_is_cjk(code);
    if (!capital || str_ends(end, STR(".")) || str_ends(end, STR(",")) || str_ends(end, STR("。")))
        return 0;
    return level < 6 ? level + 1 : 6;
}

/* Is the middle of the line within the height of the other? */
static bool is_level_with(const PdfLine *line, const PdfLine *other) {
    float middle = (line->box.y0 + line->box.y1) / 2;
    return other->box.y0 <= middle && other->box.y1 >= middle;
}

/* Stands something bold, or a number, on the same height? Heads of columns, cells, entries of a
   list of contents; beside a heading of a column is text. */
static bool has_company(const PdfPage *page, const PdfLine *line) {
    for (size_t i = 0; i < page->n_lines; i++) {
        const PdfLine *other = &page->lines[i];
        if (other == line || !other->words || !is_level_with(line, other)) continue;
        if (other->tag && other->tag == line->tag) continue; /* its own number */
        if (other->style & PDF_BOLD || only_number(page, other)) return true;
    }
    return false;
}

static bool has_letters(const PdfPage *page, const PdfLine *line) {
    for (uint32_t i = 0; i < line->words; i++) {
        size_t width;
        uint32_t code = utf8_decode(word_text(page, line->word + i), 0, &width);
        if (unicode_class(code) == UC_LETTER || unicode_is_cjk(code)) return true;
    }
    return false;
}

/* Of a line in bold type, or in one that is a little larger: is it short, and alone? Words that
   stand far from each other are heads of columns, and what ends like a sentence or a clause is one.
 */
static bool is_set_apart(const Writer *w, const PdfLine *line) {
    if (line_bytes(w->page, line) > BOLD_BYTES || w->page->n_lines > SHORT_LINES_MAX) return false;
    if (pdf_cell_end(w->page, line, 0) < line->words && !section_level(w->page, line)) return false;
    Str end = word_text(w->page, line->word + line->words - 1);
    if (memchr(".,;:", end.p[end.n - 1], 4) || str_ends(end, STR("。"))) return false;
    return has_letters(w->page, line) && !has_company(w->page, line);
}

/* The same size as a neighbour's makes a block (authors below a title), no heading. */
static bool is_alone_in_size(const PdfPage *page, const PdfLine *line) {
    const PdfLine *end = page->lines + page->n_lines;
    assert(line >= page->lines && line < end);
    for (int step = -1; step <= 1; step += 2) {
        const PdfLine *other = line + step;
        if (other < page->lines || other >= end) continue;
        float apart = other->font - line->font;
        if (apart < 0.3f && apart > -0.3f) return false;
    }
    return true;
}

/* The ratios of the essay; sideways lines are stamps, and numbers alone name nothing. */
static int size_level(const Writer *w, const PdfLine *line) {
    if (line->sideways || !has_letters(w->page, line)) return 0;
    float ratio = line->font / w->usual;
    if (ratio >= 1.12f) return ratio >= 1.7f ? 1 : ratio >= 1.35f ? 2 : 3;
    bool bold = w->plain && line->style & PDF_BOLD && ratio > 0.95f;
    bool larger =
        line->font != line->size && ratio > 1.06f && is_alone_in_size(w->page, line);
    return (bold || larger) && is_set_apart(w, line) ? BOLD_LEVEL : 0;
}

/* Does a number stand alone to the right of the line? */
static bool is_numbered(const PdfPage *page, const PdfLine *line) {
    for (size_t i = 0; i < page->n_lines; i++) {
        const PdfLine *other = &page->lines[i];
        bool beside = is_level_with(line, other) && other->box.x0 > line->box.x1;
        if (beside && only_number(page, other)) return true;
    }
    return false;
}

/* ". . . ." or "....": what leads the eye to a number. */
static bool has_leaders(const PdfPage *page, const PdfLine *line) {
    size_t points = 0;
    for (uint32_t i = 0; i < line->words; i++) {
        Str w = word_text(page, line->word + i);
        for (size_t k = 0; k < w.n; k++) {
            points = w.p[k] == '.' ? points + 1 : 0;
            if (points == LEADERS) return true;
        }
    }
    return false;
}

static bool is_contents(const PdfPage *page) {
    uint32_t numbered = 0;
    if (page->n_lines > SHORT_LINES_MAX) return false;
    for (size_t i = 0; i < page->n_lines && numbered < CONTENTS_LEAST; i++) {
        const PdfLine *line = &page->lines[i];
        numbered += line->words && !only_number(page, line) && is_numbered(page, line);
    }
    return numbered == CONTENTS_LEAST;
}

/* Of a line that looks like a heading: is it an entry of a list of contents? */
static bool is_entry(const Writer *w, const PdfLine *line) {
    if (has_leaders(w->page, line)) return true;
    return w->contents && (only_number(w->page, line) || is_numbered(w->page, line));
}

/* Within some 8 %: fonts of one paragraph differ a little in height. */
static bool same_size(const PdfLine *a, const PdfLine *b) {
    float ratio = a->font / (b->font > 1 ? b->font : 1);
    return ratio > 0.92f && ratio < 1.09f;
}

/* Ends in the middle of a sentence: a comma, a hyphen, a letter or a digit. */
static bool ends_open(Str s) {
    size_t at;
    uint32_t c = code_before_end(s, &at);
    return c == ',' || c == '-' || c == 0xFF0C || c == 0x3001 || unicode_class(c) == UC_LETTER ||
           unicode_class(c) == UC_NUMBER;
}

/* Chinese fills its lines to the margin, whatever the words: one that ends long before it ends a
   paragraph ("Party A: ...", "Contract no. ..."). The margin is that of the lines which begin where
   this one does; where something stands beside it, nothing is told. */
static bool stops_short(const Writer *w, const PdfLine *line) {
    const PdfLine *last = w->last;
    size_t at, width;
    uint32_t end = code_before_end(buf_str(&w->text), &at);
    uint32_t next = utf8_decode(word_text(w->page, line->word), 0, &width);
    bool cjk = unicode_is_cjk(end) || (end > 0x3000 && end < 0xFFF0);
    if (!cjk && !unicode_is_cjk(next)) return false;
    if (w->kind == BLOCK_HEADING || w->page->n_lines > SHORT_LINES_MAX) return false;
    float margin = last->box.x1, room = last->size * 3;
    const PdfWord *word = &w->page->words[line->word];
    if (!unicode_is_cjk(next) && word->box.x1 - word->box.x0 + last->size > room) {
        room = word->box.x1 - word->box.x0 + last->size; /* it would not have found room */
    }
    for (size_t i = 0; i < w->page->n_lines; i++) {
        const PdfLine *other = &w->page->lines[i];
        float middle = (other->box.y0 + other->box.y1) / 2;
        bool beside = other->words && other != last && other->box.x0 > last->box.x1 &&
                      middle > last->box.y0 && middle < last->box.y1;
        if (beside) return false;
        bool below = other->box.x0 - last->box.x0 < last->size * 2.5f &&
                     last->box.x0 - other->box.x0 < last->size * 2.5f && same_size(other, last);
        if (below && other->words && other->box.x1 > margin) margin = other->box.x1;
    }
    return margin - last->box.x1 > room;
}

/* Does this line go on with the paragraph that gathers? Lines of one paragraph stand under each
   other, in one size, evenly spaced. */
static bool goes_on(const Writer *w, const PdfLine *line) {
    const PdfLine *last = w->last;
    if (!last || !w->text.n || !same_size(last, line) || stops_short(w, line)) return false;
    float gap = line->box.y0 - last->box.y1;
    float right = last->box.x1 > line->box.x1 ? last->box.x1 : line->box.x1;
    bool under = line->box.x0 < last->box.x1 && last->box.x0 < line->box.x1;
    bool open = ends_open(buf_str(&w->text));
    bool block = last->block == line->block;
    bool even = w->gap <= 0 || gap < w->gap * 1.5f + 1.5f;
    if (under && gap > -line->size && gap < line->size * (block || open ? 0.9f : 0.6f) && even) {
        float indent = line->box.x0 - last->box.x0;
        bool full = last->box.x1 > right - line->size * 5;
        bool indented = indent > line->size * 0.8f && w->kind == BLOCK_PARAGRAPH;
        return (block || full || open) && !(indented && !open);
    }
    size_t width; /* on top of the next column */
    uint32_t code = utf8_decode(word_text(w->page, line->word), 0, &width);
    bool small = unicode_class(code) == UC_LETTER && unicode_upper(code) != code;
    return small && open && gap < 0 && w->kind != BLOCK_HEADING;
}

/* Below the last heading that the outline has. */
static int below_outline(const Writer *w, int level) {
    int above = w->known->level;
    if (!level || !above || level > above) return level;
    return above < PDF_LEVELS ? above + 1 : PDF_LEVELS;
}

/* Decides what the line is, and whether it joins what gathers or begins anew. */
static Status add_line(Writer *w, const PdfLine *line) {
    bool bullet = !line->title && is_bullet(w->page, line);
    int level = line->title ? line->title : bullet ? 0 : size_level(w, line); /* items are large */
    bool small = line->font < w->usual * SMALL; /* a footnote */
    int section = level || small || bullet ? 0 : section_level(w->page, line);
    if (line->title) {
        w->known->level = level;
    } else {
        bool entry = (level || section) && is_entry(w, line);
        level = entry ? 0 : below_outline(w, level);
        section = entry ? 0 : below_outline(w, section);
    }
    bool alone = section && !goes_on(w, line);
    BlockKind kind = level || alone ? BLOCK_HEADING : bullet ? BLOCK_LIST_ITEM : BLOCK_PARAGRAPH;
    bool same = kind == BLOCK_HEADING ? w->kind == BLOCK_HEADING && level && w->level == level
                                      : w->kind != BLOCK_HEADING;
    bool more = line->title ? line->title_goes_on : same && goes_on(w, line);
    if (bullet || alone || !more || (kind == BLOCK_HEADING && w->text.n > HEADING_BYTES)) {
        TRY(flush(w));
        w->kind = kind;
        w->level = level ? level : alone ? section : bullet;
    }
    if (w->last) w->gap = line->box.y0 - w->last->box.y1;
    assert(!line->drop); /* pdf_page_order passes over those */
    join(w, line->word, line->words);
    w->last = line;
    return OK;
}

/* What a line that is tagged as a paragraph looks like. Where the document has no tags for
   headings, its type makes them. Else its author left some out: the title above the first of them,
   and what is large, bold and alone. */
static int looks_level(const Writer *w, const PdfLine *line) {
    const bool some = w->known->tags->headings;
    int level = size_level(w, line);
    if (some && level == 1 && !w->known->level) return 1;
    if (!level && !some && line->font >= w->usual * SMALL) level = section_level(w->page, line);
    bool sure = !some || (level < BOLD_LEVEL && line->style & PDF_BOLD && is_set_apart(w, line));
    return level && sure && !is_entry(w, line) ? below_outline(w, level) : 0;
}

/* The first line with a letter of the block that begins with this one: numbers may be lines of
   their own. */
static const PdfLine *face_of(const Writer *w, const PdfLine *line) {
    const PdfLine *last = w->page->lines + w->page->n_lines - 1, *face = line;
    assert(line >= w->page->lines && line <= last);
    while (face < last && face[1].tag == line->tag && !has_letters(w->page, face)) face++;
    return face;
}

/* What the block is that begins with this line. */
static void begin_tagged(Writer *w, const PdfLine *line) {
    const PdfLine *face = face_of(w, line);
    w->kind = BLOCK_PARAGRAPH;
    w->level = 0;
    if (line->role == PDF_HEADING && has_letters(w->page, face)) {
        w->kind = BLOCK_HEADING;
        w->level = w->known->level = line->level;
    } else if (line->role == PDF_ITEM || (!line->artifact && is_bullet(w->page, line))) {
        bool numbered = !w->known->tags->headings && !is_bullet(w->page, line);
        int level = numbered ? size_level(w, face) : 0; /* a heading that is counted */
        w->kind = level ? BLOCK_HEADING : BLOCK_LIST_ITEM;
        w->level = level ? level : line->level ? line->level : 1;
    } else if (line->role == PDF_CODE) {
        w->kind = BLOCK_CODE;
    } else if (!line->artifact) {
        w->level = looks_level(w, face);
        if (w->level) w->kind = BLOCK_HEADING;
    }
}

/* Lines of a block are joined, but bullets in a paragraph begin items of their own. */
static Status add_tagged(Writer *w, const PdfLine *line) {
    bool bullet = line->role == PDF_TEXT && is_bullet(w->page, line);
    if (line->tag != w->tag || !line->tag || bullet) {
        TRY(flush(w));
        begin_tagged(w, line);
        w->tag = line->tag;
    }
    if (w->kind == BLOCK_CODE && w->text.n) {
        buf_add_byte(&w->text, '\n');
        pdf_add_words(w->page, line->word, line->words, &w->text);
    } else {
        join(w, line->word, line->words);
    }
    w->last = line;
    return OK;
}

/* ---- tables ---- */

static bool is_figure_cell(const PdfPage *page, const PdfGrid *g, uint32_t cell) {
    for (size_t i = 0; i < g->n_pieces; i++) {
        if (g->pieces[i].cell != cell) continue;
        Str w = word_text(page, g->pieces[i].word);
        return plain_is_digit(w.p[0]) || (w.n > 1 && plain_is_digit(w.p[1]));
    }
    return false;
}

/* How many rows at the top say what the columns hold: none where they hold numbers; as many as a
   cell of the first row is high; one more where a cell of it stands over several columns. */
static uint32_t header_rows(const PdfPage *page, const PdfGrid *g) {
    uint32_t rows = 1;
    bool spans = false, figures = false;
    for (uint32_t c = 0; c < g->columns; c++) {
        uint32_t own = g->owner[c];
        for (uint32_t r = 1; r < g->rows && g->owner[r * g->columns + c] == own; r++) {
            if (r + 1 > rows) rows = r + 1;
        }
        spans |= c && own == g->owner[c - 1];
        if (is_figure_cell(page, g, own)) return 0;
        figures |= g->rows > 1 && is_figure_cell(page, g, g->owner[g->columns + c]);
    }
    if (g->owner[0] == g->owner[g->columns - 1]) return 0; /* a title over all of it */
    if (rows == 1 && spans && !figures && g->rows > 2) rows = 2;
    return rows < g->rows && rows <= PDF_HEADER_ROWS_MAX ? rows : 0;
}

/* The words of a cell behind what stands. */
static void add_cell_words(Writer *w, const PdfGrid *g, uint32_t cell) {
    Buf before = w->text;
    buf_init(&w->text, DOC_TEXT_MAX);
    for (size_t i = 0; i < g->n_pieces; i++) {
        const PdfPiece *p = &g->pieces[i];
        if (p->cell == cell) join(w, p->word, p->words);
    }
    Buf own = w->text;
    w->text = before;
    buf_add_str(&w->text, buf_str(&own));
    if (own.status != OK) w->text.status = own.status;
    buf_fini(&own);
}

/* Does some cell of the column begin there and have words? */
static bool is_column(const PdfGrid *g, uint32_t c) {
    for (size_t i = 0; i < g->n_pieces; i++) {
        if (g->pieces[i].cell % g->columns == c) return true;
    }
    return false;
}

/* Rows [from, to) as one row: a cell that spans rows stands in each of them, one that spans columns
   in the first, in a header in all. */
static Status add_grid_rows(Writer *w, const PdfGrid *g, uint32_t from, uint32_t to, bool header) {
    uint32_t cells = 0;
    bool filled = false;
    TRY(flush(w));
    for (uint32_t c = 0; c < g->columns; c++) {
        uint32_t last = UINT32_MAX;
        if (!is_column(g, c)) continue;
        if (cells++) buf_add_c(&w->text, " | ");
        size_t before = w->text.n;
        for (uint32_t r = from; r < to; r++) {
            uint32_t own = g->owner[r * g->columns + c];
            bool again = own == last || (!header && own % g->columns != c);
            last = own;
            if (again) continue;
            if (w->text.n > before && w->text.p[w->text.n - 1] != ' ') buf_add_byte(&w->text, ' ');
            add_cell_words(w, g, own);
        }
        filled |= w->text.n > before;
    }
    if (!filled && w->text.status == OK) buf_clear(&w->text);
    w->kind = BLOCK_TABLE_ROW;
    w->level = header;
    return flush(w);
}

static Status add_grid(Writer *w, const PdfGrid *g) {
    uint32_t header = g->head_rows < 0 ? header_rows(w->page, g) : (uint32_t)g->head_rows;
    if (header) TRY(add_grid_rows(w, g, 0, header, true));
    for (uint32_t r = header; r < g->rows; r++) TRY(add_grid_rows(w, g, r, r + 1, false));
    return OK;
}

/* Lines in the order of the tags; tables are numbered in it. */
static Status write_tagged(Writer *w) {
    uint32_t table = 0;
    for (size_t i = 0; i < w->page->n_lines; i++) {
        const PdfLine *line = &w->page->lines[i];
        if (line->drop || !line->words || (line->table && line->table <= table)) continue;
        if (line->table) {
            table = line->table;
            TRY(add_grid(w, &w->page->grids[table - 1]));
        } else if (line->tag || line->artifact) {
            TRY(add_tagged(w, line));
        } else {
            if (w->tag) TRY(flush(w));
            TRY(add_line(w, line));
        }
    }
    return flush(w);
}

/* Items in reading order; a table comes where its first line stands. */
static Status write_page(Writer *w) {
    PdfItem *items;
    size_t n;
    TRY(pdf_page_order(w->page, &items, &n, w->err));
    Status status = OK;
    for (size_t i = 0; status == OK && i < n; i++) {
        const PdfLine *line = &w->page->lines[items[i].line];
        status = line->table ? add_grid(w, &w->page->grids[line->table - 1]) : add_line(w, line);
    }
    if (status == OK) status = flush(w);
    mem_free(items);
    return status;
}

/* Headers go first, so that they join no column and no table. */
Status pdf_page_emit(PdfPage *page, PdfKnown *known, Doc *doc, Err *err) {
    const PdfStats *stats = known->stats;
    Writer w = {.page = page, .doc = doc, .err = err, .usual = usual_size(stats),
                .plain = stats->bold_chars * 3 < stats->chars, .known = known};
    drop_edges(page, stats);
    w.contents = is_contents(page);
    TRY(pdf_page_take_tags(page, known->tags, err));
    if (page->tagged) {
        drop_artifacts(page, stats);
    } else {
        TRY(pdf_page_find_grids(page, err));
        TRY(pdf_page_find_bands(page, err));
        TRY(pdf_page_attach_marks(page, err));
        pdf_page_find_titles(page, known->outline, w.usual * SMALL);
        TRY(pdf_page_find_tables(page, err));
    }
    buf_init(&w.text, DOC_TEXT_MAX);
    Status status = page->tagged ? write_tagged(&w) : write_page(&w);
    buf_fini(&w.text);
    return status;
}
