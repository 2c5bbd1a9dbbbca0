/*
 * The body of lines.h. One walk over the blocks; one over a passage. A block without a line (a
 * format that has none) gets no mark, and a file whose first block has none has none at all.
 */
#include "knowledge/lines.h"

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

void lines_of_doc(const Doc *doc, Buf *out) {
    Str text = buf_str(&doc->text);
    for (size_t i = 1; i < doc->n_blocks; i++) {
        const DocBlock *before = &doc->blocks[i - 1], *block = &doc->blocks[i];
        if (!block->line) continue;
        if (block->line == before->line + breaks(text, before->start, block->start)) continue;
        put_u32(out, (uint32_t)block->start);
        put_u32(out, block->line);
    }
}

LineMark lines_mark(Str marks, size_t i) {
    const char *p = marks.p + i * LINE_MARK_BYTES;
    return (LineMark){get_u32(p), get_u32(p + 4)};
}

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
