/*
 * Fuzzes the chunker: the input is a list of blocks (kind, level, page, text up to a zero byte).
 * All text but blanks must be covered, in order, each chunk clean at its ends.
 */
#include <stdlib.h>

#include "base/utf8.h"
#include "knowledge/chunk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void fill(Doc *doc, const uint8_t *data, size_t n) {
    Err err;
    size_t at = 0;
    while (at + 4 < n) {
        const uint8_t *end = memchr(data + at + 3, 0, n - at - 3);
        size_t stop = end ? (size_t)(end - data) : n;
        Str s = str_trim((Str){(const char *)data + at + 3, stop - at - 3});
        bool clean = utf8_valid(s); /* as a Doc's text is: no control characters */
        for (size_t i = 0; i < s.n; i++) {
            clean &= (unsigned char)s.p[i] >= 0x20 || s.p[i] == '\n' || s.p[i] == '\t';
        }
        if (clean) {
            BlockKind kind = (BlockKind)(data[at] % BLOCK_KIND_COUNT);
            if (doc_add(doc, kind, data[at + 1] % 8, data[at + 2] % 4, 1, s, &err) != OK) return;
        }
        at = stop + 1;
    }
}

static void check(const Doc *doc, const Chunk *chunks, size_t n) {
    Str text = buf_str(&doc->text);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        const Chunk *c = &chunks[i];
        if (c->start < at || c->end <= c->start || c->end > text.n) abort();
        Str s = str_sub(text, c->start, c->end);
        if (str_trim(str_sub(text, at, c->start)).n || str_trim(s).n != s.n || !utf8_valid(s))
            abort();
        if (strlen(c->context) > CHUNK_CONTEXT_MAX || !utf8_valid(str_from(c->context))) abort();
        at = c->end;
    }
    if (str_trim(str_sub(text, at, text.n)).n) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    Doc doc;
    Err err;
    Arena arena;
    Chunk *chunks;
    size_t count;
    ChunkOptions options = {20, 40};
    doc_init(&doc);
    arena_init(&arena, (size_t)256 << 20);
    fill(&doc, data, n);
    const ChunkOptions *given = n && data[0] & 64 ? &options : NULL;
    if (chunk_doc(&doc, "a name", given, &arena, &chunks, &count, &err) == OK)
        check(&doc, chunks, count);
    arena_fini(&arena);
    doc_fini(&doc);
    return 0;
}
