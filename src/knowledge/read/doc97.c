/*
 * Word documents of 1997 to 2003 (.doc): their text, headings, lists and tables.
 *
 * A compound file (cfb.c) with the streams WordDocument, which begins with the FIB, a table of
 * offsets and counts, and a table stream. The text lies in pieces: the piece table says for each
 * run of characters where in WordDocument it begins and whether a character is one byte (Windows
 * 1252) or two (UTF-16). All texts follow each other: main text, footnotes, headers, comments,
 * endnotes, text boxes; headers and comments are left out.
 *
 * Properties are found by the place of a character in the stream: pages of 512 bytes hold ranges of
 * offsets, and for each what differs from its style, as a list of operations ("sprm"). Of
 * paragraphs we look at the style (built-in styles 1 to 9 are headings), the outline level, lists
 * and the ends of table rows; of characters, whether they are hidden or deleted. Cells end with
 * byte 7, and so does a row, whose mark is told apart by its paragraph's properties. A field shows
 * its result and not its instructions.
 *
 * Not read: encrypted documents; Word 6 and 95 (another layout). Limits: RUNS_MAX ranges; the
 * pieces have together no more characters than the stream has bytes.
 *
 * Source: [MS-DOC] 2.5 (FIB), 2.8.35 and 2.9.38 (piece table), 2.9.23 and 2.9.175 (pages of
 * properties), 2.6 (sprms), 2.9.271 (style sheet), 2.4.1 (text).
 *
 * From a character to its properties:
 *
 *     character 812  -> piece table: piece 3, offset 5120 of the stream, one byte a character
 *     offset 5120    -> paragraphs: the run that holds 5120, its style 2: a heading
 *                    -> characters: the run that holds 5120, neither hidden nor deleted
 */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "knowledge/read/cfb.h"
#include "knowledge/read/flow.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/read.h"

enum { PAGE_BYTES = 512, RUNS_MAX = 1 << 21, STYLES_MAX = 4096, FIELDS_MAX = 31, NO_LEVEL = 9 };

enum { RUN_HIDDEN = 1, RUN_ROW_END = 2, RUN_IN_TABLE = 4, RUN_LIST = 8, RUN_HEADER = 16,
       RUN_DELETED = 32 };

/* What holds from one offset in the stream to another. */
typedef struct Run {
    uint32_t from, to;
    uint16_t style;
    uint8_t level; /* of the outline, NO_LEVEL: none */
    uint8_t flags;
} Run;

typedef struct Runs {
    Run *items;
    size_t n, cap, at; /* `at`: where the last look-up ended */
} Runs;

typedef struct Word {
    Str stream, table;
    Runs paragraphs, characters;
    uint8_t headings[STYLES_MAX]; /* of a style; 0: none */
    Flow flow;
    uint64_t left;   /* characters that there may still be */
    uint32_t fields; /* bit n: the n-th open field is in its instructions */
    unsigned depth;  /* open fields */
    uint32_t high;   /* the first of a pair of surrogates */
    bool cell_ended; /* the character before was a cell's end */
    Err *err;
} Word;

/* n bytes at `from`; empty where they are not all there. */
static Str piece_of(Str s, uint64_t from, uint64_t n) {
    if (from > s.n || n > s.n - from) return (Str){NULL, 0};
    return str_sub(s, (size_t)from, (size_t)(from + n));
}

/* The part of the table stream that the FIB's pair at this offset names. */
static Str table_at(const Word *w, unsigned fib) {
    return piece_of(w->table, cfb_u32(w->stream, fib), cfb_u32(w->stream, fib + 4));
}

/* ---- properties ---- */

/* Bytes of an operation's operand; SIZE_MAX: not known. */
static size_t operand_bytes(unsigned op, Str rest) {
    enum { DEF_TABLE = 0xD608, CHANGE_TABS = 0xC615 };
    static const uint8_t sizes[] = {1, 1, 2, 4, 2, 2, 0, 3};
    unsigned kind = op >> 13;
    if (kind != 6) return sizes[kind];
    if (op == DEF_TABLE) return (size_t)cfb_u16(rest, 0) + 1;
    if (!rest.n || (op == CHANGE_TABS && (uint8_t)rest.p[0] == 255)) return SIZE_MAX;
    return (size_t)(uint8_t)rest.p[0] + 1;
}

/* An operation sets a flag or takes back what the style or an earlier one has set. */
static void put_flag(Run *run, unsigned flag, bool on) {
    run->flags = (uint8_t)(on ? run->flags | flag : run->flags & ~flag);
}

/* The operations that matter here, by their sprm ([MS-DOC] 2.6.1, 2.6.2): table, row end, list,
   header row, outline level; hidden, deleted. */
static void apply(Run *run, unsigned op, Str operand) {
    unsigned value = operand.n >= 2 ? cfb_u16(operand, 0) : operand.n ? (uint8_t)operand.p[0] : 0;
    switch (op) {
    case 0x2416: put_flag(run, RUN_IN_TABLE, value); break;
    case 0x2417: put_flag(run, RUN_ROW_END, value); break;
    case 0x460B: put_flag(run, RUN_LIST, value != 0 && value != 0xF801); break;
    case 0x3404: put_flag(run, RUN_HEADER, value); break;
    case 0x2640: run->level = value < NO_LEVEL ? (uint8_t)value : NO_LEVEL; break;
    case 0x083C: put_flag(run, RUN_HIDDEN, value & 1); break;
    case 0x0800: put_flag(run, RUN_DELETED, value & 1); break;
    default: break;
    }
}

/* One operation after the other; one whose length is not known ends the list. */
static void apply_all(Run *run, Str ops) {
    for (size_t at = 0; at + 2 <= ops.n;) {
        unsigned op = cfb_u16(ops, at);
        Str rest = str_sub(ops, at + 2, ops.n);
        size_t n = operand_bytes(op, rest);
        if (n > rest.n) return;
        apply(run, op, str_sub(rest, 0, n));
        at += 2 + n;
    }
}

/* A paragraph's own properties in its page: a length in words, the style, operations. */
static void read_papx(Str page, size_t at, Run *run) {
    size_t n = at < page.n ? (uint8_t)page.p[at] : 0, from = at + 1;
    if (n) n = 2 * n - 1;
    else if (from < page.n) n = 2 * (size_t)(uint8_t)page.p[from++];
    if (from + n > page.n || n < 2) return;
    run->style = (uint16_t)cfb_u16(page, from);
    apply_all(run, str_sub(page, from + 2, from + n));
}

/* A run of characters: a length in bytes, then operations. */
static void read_chpx(Str page, size_t at, Run *run) {
    size_t n = at < page.n ? (uint8_t)page.p[at] : 0;
    if (at + 1 + n <= page.n) apply_all(run, str_sub(page, at + 1, at + 1 + n));
}

/* One page: how many ranges stands in its last byte; offsets, then where each one's are. */
static Status read_page(Str page, bool paragraphs, Runs *out, Err *err) {
    assert(page.n == PAGE_BYTES);
    size_t n = (uint8_t)page.p[PAGE_BYTES - 1], step = paragraphs ? 13 : 1;
    if ((n + 1) * 4 + n * step > PAGE_BYTES - 1) return OK;
    TRY(mem_grow((void **)&out->items, &out->cap, out->n + n, sizeof *out->items, RUNS_MAX, err));
    for (size_t i = 0; i < n; i++) {
        Run *run = &out->items[out->n++];
        *run = (Run){.from = cfb_u32(page, 4 * i),
                     .to = cfb_u32(page, 4 * i + 4),
                     .level = NO_LEVEL};
        size_t at = 2 * (size_t)(uint8_t)page.p[(n + 1) * 4 + i * step];
        if (at && paragraphs) read_papx(page, at, run);
        else if (at) read_chpx(page, at, run);
    }
    return OK;
}

static int by_place(const void *a, const void *b) {
    const Run *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

/* All pages that a table of the FIB lists: n + 1 offsets, n numbers of pages. */
static Status read_runs(const Word *w, unsigned fib, bool paragraphs, Runs *out) {
    Str list = table_at(w, fib);
    size_t n = list.n >= 12 ? (list.n - 4) / 8 : 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t number = cfb_u32(list, 4 * (n + 1) + 4 * i) & 0x3FFFFF;
        Str page = piece_of(w->stream, (uint64_t)number * PAGE_BYTES, PAGE_BYTES);
        if (page.n) TRY(read_page(page, paragraphs, out, w->err));
    }
    if (out->n) qsort(out->items, out->n, sizeof *out->items, by_place);
    return OK;
}

/* The range that holds an offset; NULL: none. */
static const Run *run_at(Runs *runs, uint32_t place) {
    if (!runs->n) return NULL;
    assert(runs->at < runs->n);
    const Run *now = &runs->items[runs->at];
    if (place >= now->from && place < now->to) return now;
    size_t low = 0, high = runs->n;
    while (low + 1 < high) {
        size_t middle = (low + high) / 2;
        if (runs->items[middle].from <= place) low = middle;
        else high = middle;
    }
    runs->at = low;
    now = &runs->items[low];
    return place >= now->from && place < now->to ? now : NULL;
}

/* Which styles are headings: each one's entry begins with the number of the built-in style. */
static void read_styles(Word *w) {
    enum { TITLE = 62 };
    Str sheet = table_at(w, 0xA2);
    size_t at = 2 + (size_t)cfb_u16(sheet, 0), count = cfb_u16(sheet, 2);
    for (size_t i = 0; i < count && i < STYLES_MAX && at + 2 <= sheet.n; i++) {
        size_t n = cfb_u16(sheet, at);
        unsigned built_in = n ? cfb_u16(sheet, at + 2) & 0xFFF : 0;
        if (built_in >= 1 && built_in <= 9) w->headings[i] = (uint8_t)built_in;
        if (n && built_in == TITLE) w->headings[i] = 1;
        at += 2 + n + n % 2;
    }
}

/* ---- characters ---- */

/* Inside a table a paragraph is a blank of its cell. Items get their mark here, since Word draws it
   and does not store it. */
static Status end_paragraph(Word *w, const Run *p) {
    if (p && p->flags & RUN_IN_TABLE) {
        buf_add_byte(&w->flow.text, ' ');
        return OK;
    }
    int level = p && p->style < STYLES_MAX ? w->headings[p->style] : 0;
    if (p && p->level < NO_LEVEL) level = p->level + 1;
    bool item = p && p->flags & RUN_LIST && !level;
    if (item && str_trim(buf_str(&w->flow.text)).n) {
        Buf text;
        buf_init(&text, DOC_TEXT_MAX);
        buf_add_c(&text, "- ");
        buf_add_str(&text, buf_str(&w->flow.text));
        Status status = buf_check(&text, "an item of a list", w->err);
        if (status == OK) {
            buf_clear(&w->flow.text);
            buf_add_str(&w->flow.text, buf_str(&text));
        }
        buf_fini(&text);
        TRY(status);
    }
    return flow_paragraph(&w->flow, level, item, w->err);
}

/* Byte 7 ends a cell, or the row when its paragraph says so; without properties a second one in a
   row does. */
static Status end_cell(Word *w, const Run *p) {
    bool row = p ? p->flags & RUN_ROW_END : w->cell_ended;
    w->cell_ended = !row;
    if (!row) {
        flow_cell(&w->flow);
        return OK;
    }
    return flow_row(&w->flow, p && p->flags & RUN_HEADER, w->err);
}

/* A field is BEGIN instructions SEPARATOR result END; fields nest, and each open one has a bit. */
static void field_mark(Word *w, uint32_t code) {
    enum { BEGIN = 0x13, SEPARATOR = 0x14 };
    if (code == BEGIN) {
        if (w->depth++ < FIELDS_MAX) w->fields |= 1U << (w->depth - 1);
    } else if (w->depth) {
        if (w->depth <= FIELDS_MAX) w->fields &= ~(1U << (w->depth - 1));
        w->depth -= code != SEPARATOR;
    }
}

/* Pairs of surrogates become one character; half a pair becomes U+FFFD, or nothing at the end. */
static void put_code(Word *w, uint32_t code) {
    uint32_t high = w->high;
    w->high = 0;
    if (code >= 0xD800 && code < 0xDC00) {
        w->high = code;
    } else if (code >= 0xDC00 && code < 0xE000) {
        utf8_add(&w->flow.text,
                 high ? 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00) : UTF8_REPLACEMENT);
    } else {
        utf8_add(&w->flow.text, code);
    }
}

/* One character at an offset of the stream. */
static Status put(Word *w, uint32_t code, uint32_t place) {
    if (code >= 0x13 && code <= 0x15) {
        field_mark(w, code);
        return OK;
    }
    bool ends = code == 0x0D || code == 0x0C || code == 0x07;
    if (ends) {
        const Run *p = run_at(&w->paragraphs, place);
        bool cell = code == 0x07;
        if (!cell) w->cell_ended = false;
        return cell ? end_cell(w, p) : end_paragraph(w, p);
    }
    const Run *c = run_at(&w->characters, place);
    if (w->fields || (c && c->flags & (RUN_HIDDEN | RUN_DELETED))) return OK;
    w->cell_ended = false;
    if (code == 0x0B || code == 0x09 || code == 0xA0) code = ' ';
    if (code == 0x1E) code = '-';
    if (code >= 0x20) put_code(w, code);
    return OK;
}

/* Windows 1252 where it is not Latin 1. */
static uint32_t code_of_byte(uint8_t c) {
    static const uint16_t high[32] = {
        0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
    return c >= 0x80 && c < 0xA0 ? high[c - 0x80] : c;
}

/* ---- the texts ---- */

/* Is the character at this position of all texts one that is read? *end: where that changes. */
static bool is_read(const Word *w, uint32_t at, uint32_t *end) {
    static const struct {
        uint16_t fib;
        bool read;
    } texts[] = {{0x4C, true},  {0x50, true}, {0x54, false}, {0x58, false},
                 {0x5C, false}, {0x60, true}, {0x64, true}};
    uint64_t to = 0;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        to += cfb_u32(w->stream, texts[i].fib);
        if (at >= to) continue;
        *end = to < UINT32_MAX ? (uint32_t)to : UINT32_MAX;
        return texts[i].read;
    }
    *end = UINT32_MAX;
    return false;
}

/* Characters [from, to) of all texts, which begin at an offset of the stream. */
static Status read_piece(Word *w, uint32_t from, uint32_t to, uint32_t fc) {
    bool narrow = fc & 0x40000000;
    uint64_t place = narrow ? (fc & 0x3FFFFFFF) / 2 : fc & 0x3FFFFFFF;
    unsigned width = narrow ? 1 : 2;
    for (uint32_t at = from, end = 0; at < to; at++, place += width) {
        bool read = is_read(w, at, &end);
        if (end == UINT32_MAX && !read) return OK;
        if (place + width > w->stream.n) return OK;
        if (w->left == 0) return err_set(w->err, E_CORRUPT, "this Word file is damaged");
        w->left--;
        if (!read) continue;
        uint32_t code = narrow ? code_of_byte((uint8_t)w->stream.p[place])
                               : cfb_u16(w->stream, place);
        TRY(put(w, code, (uint32_t)place));
    }
    return OK;
}

/* The piece table behind whatever else stands in the Clx; empty: none. */
static Str find_pieces(const Word *w) {
    Str clx = table_at(w, 0x1A2);
    for (size_t at = 0; at < clx.n;) {
        if (clx.p[at] == 2) return piece_of(clx, at + 5, cfb_u32(clx, at + 1));
        if (clx.p[at] != 1) break;
        at += 3 + (size_t)cfb_u16(clx, at + 1);
    }
    return (Str){NULL, 0};
}

static Status read_texts(Word *w) {
    Str list = find_pieces(w);
    if (list.n < 16) return err_set(w->err, E_CORRUPT, "this Word file is damaged");
    size_t n = (list.n - 4) / 12;
    for (size_t i = 0; i < n; i++) {
        uint32_t fc = cfb_u32(list, 4 * (n + 1) + 8 * i + 2);
        TRY(read_piece(w, cfb_u32(list, 4 * i), cfb_u32(list, 4 * i + 4), fc));
    }
    if (w->flow.cells) TRY(flow_row(&w->flow, false, w->err));
    return flow_paragraph(&w->flow, 0, false, w->err);
}

static Status read_streams(Word *w) {
    TRY(read_runs(w, 0x102, true, &w->paragraphs));
    TRY(read_runs(w, 0xFA, false, &w->characters));
    read_styles(w);
    return read_texts(w);
}

/* Magic, version, and whether it is encrypted: what is behind is read by this layout only. */
static Status check_fib(Str stream, Err *err) {
    enum { MAGIC_97 = 0xA5EC, MAGIC_6 = 0xA5DC, WORD_97 = 0xC0, LEAST = 0x1AA };
    unsigned magic = cfb_u16(stream, 0);
    if (magic != MAGIC_6 && (magic != MAGIC_97 || stream.n < LEAST)) {
        return err_set(err, E_CORRUPT, "this Word file is damaged");
    }
    if (magic == MAGIC_6 || cfb_u16(stream, 2) < WORD_97) {
        (void)err_set(err, E_UNSUPPORTED, "a document of Word 6 or 95: it is not read");
        return err_hint(err, "save it as .docx and add that");
    }
    return cfb_u16(stream, 10) & 0x0100 ? read_needs_password(err) : OK;
}

/* A bit of the FIB says which of two table streams is in use. */
Status read_doc97(const Cfb *cfb, Doc *doc, Err *err) {
    Buf stream, table;
    buf_init(&stream, DOC_TEXT_MAX);
    buf_init(&table, DOC_TEXT_MAX);
    Status status = cfb_stream(cfb, cfb_find(cfb, CFB_ROOT, "WordDocument"), &stream, err);
    if (status == OK) status = check_fib(buf_str(&stream), err);
    bool first = status == OK && cfb_u16(buf_str(&stream), 10) & 0x0200;
    if (status == OK) {
        status = cfb_stream(cfb, cfb_find(cfb, CFB_ROOT, first ? "1Table" : "0Table"), &table, err);
    }
    Word *w = status == OK ? mem_zalloc(sizeof *w) : NULL;
    if (status == OK && !w) status = err_no_memory(err, "a reader of Word files");
    if (w) {
        w->stream = buf_str(&stream);
        w->table = buf_str(&table);
        w->left = stream.n;
        w->err = err;
        flow_init(&w->flow, doc);
        status = read_streams(w);
        flow_fini(&w->flow);
        mem_free(w->paragraphs.items);
        mem_free(w->characters.items);
        mem_free(w);
    }
    buf_fini(&stream);
    buf_fini(&table);
    if (status == OK) cfb_summary(cfb, doc);
    return status == OK ? emit_meta(&doc->format, STR("doc"), err) : status;
}
