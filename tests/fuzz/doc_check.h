/*
 * What every user of a Doc relies on, checked after a reader said OK.
 */
#ifndef HEARTH_TESTS_DOC_CHECK_H
#define HEARTH_TESTS_DOC_CHECK_H

#include <stdlib.h>

#include "base/utf8.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/read.h"

static inline void doc_check_text(Str s) {
    if (!utf8_valid(s)) abort();
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F) abort();
    }
}

static inline void doc_check(const Doc *doc) {
    size_t at = 0;
    if (!doc->format) abort();
    if (doc->title) doc_check_text(str_from(doc->title));
    if (doc->author) doc_check_text(str_from(doc->author));
    doc_check_text(buf_str(&doc->text));
    for (size_t i = 0; i < doc->n_blocks; i++) {
        const DocBlock *b = &doc->blocks[i];
        if (b->start < at || b->end <= b->start || b->end > doc->text.n) abort();
        if (b->kind >= BLOCK_KIND_COUNT) abort();
        at = b->end;
    }
    at = 0;
    for (size_t i = 0; i < doc->n_joins; i++) {
        if (doc->joins[i].at <= at || doc->joins[i].at >= doc->text.n) abort();
        at = doc->joins[i].at;
    }
}

/* One run of a reader of text: it gets cleaned text, as behind read_bytes. */
static inline int doc_fuzz(const uint8_t *data, size_t n, Status (*reader)(Str, Doc *, Err *)) {
    Doc doc;
    Err err;
    Buf clean;
    buf_init(&clean, 1 << 24);
    clean_add(&clean, (Str){(const char *)data, n});
    doc_init(&doc);
    if (reader(buf_str(&clean), &doc, &err) == OK) doc_check(&doc);
    doc_fini(&doc);
    buf_fini(&clean);
    return 0;
}

#endif
