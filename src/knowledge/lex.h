/*
 * The inverted index: immutable segments over chunks, in a format of our own (lex_seg.c tells it).
 *
 *   build   LexBuilder: chunks in ascending id, then one file
 *   merge   several segments into one, dead chunks dropped
 *   score   BM25 over all segments as if they were one
 *
 * A segment knows chunk ids (below 2^32), their lengths, and for each term in which chunks it
 * stands how often. Nothing else: what a chunk is, and whether it still lives, is SQLite's.
 */
#ifndef HEARTH_KNOWLEDGE_LEX_H
#define HEARTH_KNOWLEDGE_LEX_H

#include "base/frame.h"
#include "base/mem.h"
#include "knowledge/lex_token.h"

enum {
    LEX_BLOCK = 128,          /* postings that are packed together */
    LEX_DOCS_MAX = 1 << 24,   /* chunks in one segment, */
    LEX_TEXTS_MAX = 1 << 30,  /* bytes of its different words, */
    LEX_TERMS_MAX = 1 << 28,  /* and how many of them, with the entry that ends their table */
    LEX_QUERY_TERMS_MAX = 256 /* distinct words of a question; the rest is not looked at */
};

#define LEX_FRAME_KIND "lexseg"
#define LEX_FRAME_VERSION 1u

typedef struct LexTerm { /* on disk, little-endian; one more than n_terms, the last is the end */
    uint32_t text_at;
    uint32_t df;
    uint64_t post_at;
} LexTerm;
_Static_assert(sizeof(LexTerm) == 16, "on disk");
_Static_assert(offsetof(LexTerm, post_at) == 8, "on disk");

typedef struct LexSeg {
    Frame frame; /* empty when the bytes are somebody else's (lex_view) */
    const uint32_t *ids; /* [n_docs] chunk ids, ascending */
    const uint8_t *lens; /* [n_docs] lex_length_pack()ed */
    const LexTerm *terms; /* [n_terms + 1] by text, bytewise */
    const char *texts; /* [n_texts] of all terms, without separators */
    const uint8_t *posts;
    uint32_t n_docs, n_terms;
    uint64_t n_texts, n_posts, total_length; /* bytes, bytes, and counted tokens of all chunks */
} LexSeg;

/* E_CORRUPT when damaged. FRAME_CHECK_ALL reads every byte. */
Status lex_open(const char *path, FrameCheck check, LexSeg *out, Err *err) WARN_UNUSED;
/* Were its words cut as they are no more: with traditional characters in them (base/han.h), or
   whole runs of Thai and its like? Reads the texts of all terms. */
bool lex_is_outdated(const LexSeg *seg);
/* A zeroed or closed one is fine. Bytes that lex_view was given stay the caller's. */
void lex_close(LexSeg *seg);
/* The same over a payload in memory (8-byte aligned). Checks everything that later code relies on,
   except the postings, which are checked as they are read. */
Status lex_view(const uint8_t *payload, size_t n, LexSeg *out, Err *err) WARN_UNUSED;

/* The term's bytes, in the segment's memory; term < n_terms. Empty when the file was cut since. */
Str lex_term_text(const LexSeg *seg, uint32_t term);
/* The first term >= text; n_terms when there is none. */
uint32_t lex_lower_bound(const LexSeg *seg, Str text);

/* Walks the postings of one term, a block a step. */
typedef struct LexCursor {
    const uint8_t *at, *end;
    uint32_t left, last, n_docs;
    uint32_t n;               /* of the block below */
    uint32_t docs[LEX_BLOCK]; /* ascending, < n_docs */
    uint8_t tfs[LEX_BLOCK];   /* 1..255 */
} LexCursor;

void lex_cursor_init(LexCursor *c, const LexSeg *seg, uint32_t term); /* term < n_terms */
/* c->n = 0 at the end. E_CORRUPT: the bytes lie. */
Status lex_cursor_next(LexCursor *c, Err *err) WARN_UNUSED;

/* As next, but blocks whose docs are all below `doc` are passed over unread. */
Status lex_cursor_seek(LexCursor *c, uint32_t doc, Err *err) WARN_UNUSED;

/* Lengths in one byte: exact to 31, then within 3 %. */
uint8_t lex_length_pack(uint32_t length);
/* The smallest length that is packed so. */
uint32_t lex_length_unpack(uint8_t packed);

/* Writes a segment term by term; used by build and merge. */
typedef struct LexWriter LexWriter;
Status lex_writer_begin(const char *path, const uint32_t *ids, const uint8_t *lens, uint32_t n_docs,
                        LexWriter **out, Err *err) WARN_UNUSED;
/* Terms in ascending byte order, docs ascending. */
Status lex_writer_term(LexWriter *w, Str text, const uint32_t *docs, const uint8_t *tfs,
                       uint32_t df, Err *err) WARN_UNUSED;
Status lex_writer_commit(LexWriter *w, Err *err) WARN_UNUSED; /* frees w */
void lex_writer_abort(LexWriter *w);                          /* frees w; NULL is fine */

typedef struct LexBuilder LexBuilder;
/* Empty, with 16 KiB of table; lex_builder_free it. One thread at a time. */
Status lex_builder_new(LexBuilder **out, Err *err) WARN_UNUSED;
/* NULL is fine; what was not written is lost. */
void lex_builder_free(LexBuilder *b);
/* Ids must ascend. */
Status lex_builder_add(LexBuilder *b, uint32_t chunk_id, Str context, Str text,
                       Err *err) WARN_UNUSED;
/* Chunks added since the last write. */
uint32_t lex_builder_docs(const LexBuilder *b);
size_t lex_builder_bytes(const LexBuilder *b); /* memory held, about */
/* Writes what was added and empties the builder (also on failure). */
Status lex_builder_write(LexBuilder *b, const char *path, Err *err) WARN_UNUSED;

/* segs in ascending order of ids, ranges disjoint. live: one bool for each chunk of each segment,
   one array a segment, or NULL for all. The result may have no chunk: then no file is written and
   *n_docs is 0. */
Status lex_merge(const LexSeg *const *segs, const bool *const *live, size_t n_segs,
                 const char *path, uint32_t *n_docs, Err *err) WARN_UNUSED;

typedef struct LexQueryTerm {
    Str text;
    float weight; /* how often it stands in the question */
    bool prefix;  /* a lone CJK character: everything that begins with it */
    bool form;    /* of a word that the question has: of a verb (irregular.h), or a guess */
    bool word;    /* a whole word that carries meaning: may be guessed at */
} LexQueryTerm;

typedef struct LexQuery {
    LexQueryTerm *terms;
    size_t n, n_asked; /* n_asked: those that the question itself has */
} LexQuery;

/* The words of a question, each once with its weight, and other forms of its verbs. Texts live in
   the arena; E_NO_MEMORY is the only failure, and the arena may be the one that is full. */
Status lex_query_parse(Str text, Arena *arena, LexQuery *out, Err *err) WARN_UNUSED;

/* For words of the question that no segment has: words that are near to them, as further forms,
   with texts in the arena (lex_guess.c). Each call appends: whoever asks again cuts q->n back
   first. */
Status lex_guess(const LexSeg *const *segs, size_t n_segs, Arena *arena, LexQuery *q,
                 Err *err) WARN_UNUSED;

typedef struct LexHit {
    uint32_t chunk;
    float score;
} LexHit;

typedef struct LexScoring {
    float k1, b;
} LexScoring;

/* k1 = 0.9, b = 0.4. */
LexScoring lex_scoring_default(void);

typedef struct LexSearch {
    const LexSeg *const *segs;
    size_t n_segs;
    const LexQuery *query;
    LexScoring scoring;
    LexHit *top;  /* [top_max], filled best first (ties: smaller id) */
    size_t top_max, n_top;
    LexHit *also; /* [n_also], ids ascending: their scores are filled in, whatever they are */
    size_t n_also;
    uint32_t n_terms_found;
    float most; /* sum of weight * idf over all terms, unknown ones too: about the score of a chunk
                   of average length that holds each of them once */
} LexSearch;

/* Fills top, n_top, n_terms_found, most, and the scores of `also`; everything else is read. Whole
   segments are scored, dead chunks too: who lives is the caller's to know. E_CORRUPT: a list of
   postings is damaged. */
Status lex_search(LexSearch *search, Err *err) WARN_UNUSED;

#endif
