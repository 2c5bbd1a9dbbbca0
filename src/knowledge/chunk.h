/*
 * Chunks: the passages that are indexed, found, cited and shown.
 *
 * chunk_doc() cuts a document along its own structure: blocks under one heading are packed together
 * until a chunk holds 200-350 tokens, a new heading opens a new chunk once the last one is large
 * enough, a page end closes a chunk when what stands is worth keeping alone, a table row is not
 * split unless it is as long as several chunks, and only a paragraph or a line of code that is
 * longer than a whole chunk is cut, at the end of a sentence or a record where one is near. A
 * document of at most max_tokens is one chunk.
 *
 * Tokens are estimated, since every model counts differently: 1.3 for each word of an alphabetic
 * script (and one more for each further 8 bytes of a long one), 0.7 for each CJK character, 0.5 for
 * each punctuation mark.
 *
 * Every chunk is one range [start, end) of Doc.text, in order, without overlap, beginning and
 * ending on a character and off a blank; all text but blanks is covered. `context` says where the
 * chunk stands ("Annual report | Ann Li | 2024-03-01 | Results > Europe | Region | Q1 | Q2"): it
 * goes into the lexical index and the embedding, never into a citation.
 */
#ifndef HEARTH_KNOWLEDGE_CHUNK_H
#define HEARTH_KNOWLEDGE_CHUNK_H

#include "base/mem.h"
#include "knowledge/doc.h"

typedef struct Chunk {
    size_t start, end;   /* bytes of Doc.text */
    uint32_t page;       /* of the first byte, 0: no pages */
    uint32_t line;       /* in the original, of the first byte, 0: no lines */
    uint32_t tokens;     /* estimate, without the context line */
    const char *context; /* one line, valid UTF-8, <= CHUNK_CONTEXT_MAX bytes; never NULL */
} Chunk;

enum { CHUNK_CONTEXT_MAX = 400, CHUNK_COUNT_MAX = 4 << 20 };

typedef struct ChunkOptions {
    uint32_t min_tokens; /* a chunk this large may be closed by a heading or a page; default 200 */
    uint32_t max_tokens; /* ceiling, passed only by one table row, fourfold at most; default 350 */
} ChunkOptions;

/* The chunks of doc, in the arena, in order. name: the file's name, used when there is no title.
   options may be NULL. A document without text has no chunks. */
Status chunk_doc(const Doc *doc, const char *name, const ChunkOptions *options, Arena *arena,
                 Chunk **out, size_t *n, Err *err) WARN_UNUSED;

#endif
