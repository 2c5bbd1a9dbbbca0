/*
 * Search: from a question to the passages that fit best.
 *
 * Two recalls, one list: BM25 over words, CJK bigrams and whole identifiers (lex.h), and cosine
 * over embeddings (vec.h). Every candidate of either gets both scores, so that the mix
 *
 *     score = (1 - a) * lexical / max lexical of this query + a * scaled cosine
 *
 * compares like with like (Bruch et al., arXiv 2210.11934). Without an embedder, without
 * vectors, or with mode SEARCH_LEXICAL it is the lexical list alone.
 *
 * Same text twice counts once: the first by path wins, the others are only counted.
 */
#ifndef HEARTH_KNOWLEDGE_SEARCH_H
#define HEARTH_KNOWLEDGE_SEARCH_H

#include "knowledge/lines.h"
#include "knowledge/store.h"

typedef enum SearchMode { SEARCH_HYBRID, SEARCH_LEXICAL, SEARCH_VECTOR } SearchMode;

enum { SEARCH_K_MAX = 1000 };

typedef struct SearchQuery {
    Str text;      /* UTF-8; above 64 KiB only its first 64 KiB are looked at, see `cut` */
    uint32_t k;    /* 1..1000 */
    SearchMode mode;
    const StoreEmbedder *embedder; /* NULL: lexical only */
    const float *vector;           /* [embedder->dim] when the caller has it already; else NULL */
} SearchQuery;

typedef struct SearchHit {
    int64_t chunk_id, file_id;
    Str path;            /* absolute, bytes */
    const char *title;   /* "" when unknown */
    const char *format;
    const char *context; /* the chunk's context line; not part of text */
    uint32_t page, line; /* 0: the format has none */
    uint64_t start, end; /* bytes of the file's extracted text */
    Str text;            /* equals bytes [start,end) */
    const LineMark *lines; /* where lines cannot be counted from `line` on */
    size_t n_lines;
    float score;         /* the order of the list; 0..1 in hybrid mode */
    float bm25;          /* raw; 0 when no word matches */
    float cosine;        /* raw, -1..1; NAN when this chunk has no vector (yet) */
    uint32_t n_same;     /* further chunks with the same text */
} SearchHit;

typedef struct SearchResults {
    SearchHit *hits; /* best first; in the caller's arena */
    size_t n;
    SearchMode mode;           /* what was really done: hybrid falls back to lexical */
    bool cut;                  /* the question was longer than what is looked at */
    uint32_t n_terms;          /* words of the question that were looked for */
    uint32_t n_terms_found;    /* ... that the store knows */
    float bm25_full;           /* about the bm25 of an average chunk that holds all words once */
    uint64_t chunks, embedded; /* of the whole store, so that partial vectors can be told */
    double embed_ms, lex_ms, vec_ms, total_ms;
} SearchResults;

/* The line of the file on which byte `at` of the extracted text stands, start <= at <= end; 0: the
   format has none. */
uint32_t search_hit_line(const SearchHit *hit, uint64_t at);
/* Fills the line marks of a hit that has none yet out of those of its document (lines.h); copies in
   the arena. */
Status search_hit_lines(SearchHit *hit, Str marks, Arena *arena, Err *err) WARN_UNUSED;

/* Results and all strings live in `arena`. An empty store or no match is OK with n = 0. */
Status search_run(Store *store, const SearchQuery *query, Arena *arena, SearchResults *out,
                  Err *err) WARN_UNUSED;

/* Every passage of a document, in its order, at most `max`, with scores of 0: what a reader of the
   whole needs. Appends to out->hits, which has room; out->cut: there are more. */
Status search_document(Store *store, int64_t file_id, size_t max, Arena *arena, SearchResults *out,
                       Err *err) WARN_UNUSED;

#endif
