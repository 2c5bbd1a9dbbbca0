/*
 * The body of lines.h. One walk over the blocks and the joins in them; one over a passage. A block
 * without a line (a format that has none) gets no mark, and neither do the joins in it.
 *
 * An example. The file has "Title", "=====", an empty line and "Text", the document
 * "Title\n\nText". Counting from the beginning puts "Text" on line 3; in the file it is line 4. So
 * there is a mark (7, 4), and none for the title.
 */
#include "knowledge/lines.h"

#include <assert.h>

_Static_assert(sizeof(LineMark) == LINE_MARK_BYTES, "two numbers");

/* Line ends in [from, to), as far as the text goes. */
static uint32_t breaks(Str text, uint64_t from, uint64_t to) {
    uint32_t n = 0;
    for (uint64_t i = from; i < to && i < text.n; i++) n += text.p[i] == '\n';
    return n;
}

static void put_u32(Buf *out, uint32_t v) {
    for (int shift = 0; shift < 32; shift += 8) buf_add_byte(out, (char)(v >> shift & 0xFF));
}

static uint32_t get_u32(const char *p) {
    uint32_t v = 0;
    for (int i = 3; i >= 0; i--) v = v << 8 | (unsigned char)p[i];
    return v;
}

/* Walks the text from the last place whose line is known. */
typedef struct Walk {
    Str text;
    LineMark last;
    Buf *out;
} Walk;

static void walk_to(Walk *w, LineMark place) {
    assert(place.at >= w->last.at); /* blocks and joins ascend */
    if (place.line != w->last.line + breaks(w->text, w->last.at, place.at)) {
        put_u32(w->out, place.at);
        put_u32(w->out, place.line);
    }
    w->last = place;
}

/* The line at which the document begins needs no mark: its first passage carries it. A block
   without a line neither gets a mark nor counts. */
void lines_of_doc(const Doc *doc, Buf *out) {
    size_t join = 0;
    Walk walk = {.text = buf_str(&doc->text), .out = out};
    for (size_t i = 0; i < doc->n_blocks; i++) {
        const DocBlock *b = &doc->blocks[i];
        LineMark start = {(uint32_t)b->start, b->line};
        if (b->line && walk.last.line) walk_to(&walk, start);
        if (b->line) walk.last = start;
        for (; join < doc->n_joins && doc->joins[join].at < b->end; join++) {
            const DocJoin *j = &doc->joins[join];
            if (b->line && j->at > b->start) walk_to(&walk, (LineMark){j->at, b->line + j->down});
        }
    }
}

LineMark lines_mark(Str marks, size_t i) {
    assert(i < marks.n / LINE_MARK_BYTES);
    const char *p = marks.p + i * LINE_MARK_BYTES;
    return (LineMark){get_u32(p), get_u32(p + 4)};
}

/* Marks are few in a passage; the last one at or before `at` decides. */
uint32_t lines_at(const LinePassage *p, uint64_t at) {
    uint64_t from = p->start;
    uint32_t line = p->line;
    if (!line) return 0;
    for (size_t i = 0; i < p->n_marks && p->marks[i].at <= at; i++) {
        from = p->marks[i].at;
        line = p->marks[i].line;
    }
    return line + breaks(p->text, from - p->start, at - p->start);
}
