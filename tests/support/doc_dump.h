/*
 * A document as plain text, for golden files and for people: header lines, then a block a line,
 * KIND[LEVEL] pPAGE LLINE: text with newlines written as \n. Errors as "error:" and "hint:" lines.
 */
#ifndef HEARTH_TESTS_DOC_DUMP_H
#define HEARTH_TESTS_DOC_DUMP_H

#include "knowledge/doc.h"

static inline void dump_escaped(Buf *out, Str s) {
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\n') {
            buf_add_c(out, "\\n");
        } else {
            buf_add_byte(out, s.p[i]);
        }
    }
    buf_add_byte(out, '\n');
}

static inline void dump_doc(Buf *out, const Doc *doc) {
    static const char *const kinds[] = {"P", "H", "LI", "TR", "CODE"};
    buf_printf(out, "format: %s\n", doc->format);
    if (doc->title) buf_printf(out, "title: %s\n", doc->title);
    if (doc->author) buf_printf(out, "author: %s\n", doc->author);
    if (doc->date) buf_printf(out, "date: %s\n", doc->date);
    if (doc->n_pages) buf_printf(out, "pages: %u\n", doc->n_pages);
    for (size_t i = 0; i < doc->n_blocks; i++) {
        const DocBlock *b = &doc->blocks[i];
        buf_add_c(out, kinds[b->kind]);
        if (b->level) buf_printf(out, "%u", b->level);
        if (b->page) buf_printf(out, " p%u", b->page);
        if (b->line) buf_printf(out, " L%u", b->line);
        buf_add_c(out, ": ");
        dump_escaped(out, str_sub(buf_str(&doc->text), b->start, b->end));
    }
}

static inline void dump_error(Buf *out, Status status, const Err *err) {
    buf_printf(out, "error: %s: %s\nhint: %s\n", status_info(status)->name, err->message,
               err->hint);
}

#endif
