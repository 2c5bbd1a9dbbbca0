/*
 * From chunks to a lexical segment in memory, then to disk; and several segments into one.
 *
 * Building. A hash table gives each term a number. While a chunk is read, its terms count in place
 * (TermInfo.doc says for which chunk); when it is done, one posting (term, tf) a term is appended
 * to one long list. Writing sorts the terms by text, then the postings by term with one counting
 * sort, which keeps chunks in order because they came in order. Memory: 5 bytes a posting, twice
 * while writing, and about 40 bytes a term.
 *
 * tf. A word of the text and a word of the context line each count 1; a term counts at most 255.
 * The length of a chunk counts its own words only: a long context line must not make a short
 * passage look long.
 *
 * The table is keyed with random bytes, since words come from outside: a text of colliding words
 * cannot be prepared.
 *
 * Merging walks the sorted word lists side by side. Chunk ids ascend from segment to segment, so
 * the merged list of a term is the lists one after the other, renumbered, without the dead.
 *
 * An example: chunk 7 is "rent rent due", chunk 9 "due".
 *
 *     terms     0 "rent"  1 "due"
 *     postings  (0, tf 2) (1, tf 1) | (1, tf 1)      in the order of chunks; doc_ends 2, 3
 *     sorted    due: docs 0 1, tfs 1 1   rent: docs 0, tfs 2
 */
#include <assert.h>
#include <stdlib.h>

#include "base/hash.h"
#include "knowledge/lex.h"

enum { POSTINGS_MAX = 1 << 28, TABLE_START = 1 << 12 };

_Static_assert((TABLE_START & (TABLE_START - 1)) == 0, "slots are found by a mask");
_Static_assert(LEX_TERM_MAX <= UINT8_MAX, "TermInfo.n holds it");
_Static_assert(LEX_DOCS_MAX < UINT32_MAX, "TermInfo.doc holds a chunk and 1");

typedef struct TermInfo {
    uint32_t text_at, df, doc; /* doc: the last chunk that had it, + 1 */
    uint8_t n;                 /* bytes of text */
    uint8_t tf;                /* in that chunk */
} TermInfo;

struct LexBuilder {
    Buf texts;
    TermInfo *terms;
    size_t n_terms, cap_terms;
    uint32_t *table; /* term + 1, 0: empty; open addressing, at most half full */
    size_t table_size;
    uint32_t *touched; /* terms of the chunk at hand */
    size_t n_touched, cap_touched;
    uint32_t *post_terms;
    uint8_t *post_tfs;
    size_t n_posts, cap_post_terms, cap_post_tfs;
    uint32_t *doc_ends; /* postings of doc i are [doc_ends[i-1], doc_ends[i]) */
    uint32_t *ids;
    uint8_t *lens;
    size_t n_docs, cap_doc_ends, cap_ids, cap_lens;
    uint64_t seed;
    uint32_t length;
    bool in_text; /* not the context line */
    Status status; /* sticky while a chunk is read */
    Err *err;
};

/* Empty, with all its memory kept for the next segment. */
static void builder_clear(LexBuilder *b) {
    buf_clear(&b->texts);
    b->n_terms = b->n_posts = b->n_docs = 0;
    if (b->table) memset(b->table, 0, b->table_size * sizeof *b->table);
}

Status lex_builder_new(LexBuilder **out, Err *err) {
    *out = NULL;
    LexBuilder *b = mem_zalloc(sizeof *b);
    if (!b) return err_no_memory(err, "an index under construction");
    buf_init(&b->texts, LEX_TEXTS_MAX);
    random_bytes(&b->seed, sizeof b->seed);
    b->table_size = TABLE_START;
    b->table = mem_zalloc_n(b->table_size, sizeof *b->table);
    if (!b->table) {
        lex_builder_free(b);
        return err_no_memory(err, "an index under construction");
    }
    *out = b;
    return OK;
}

void lex_builder_free(LexBuilder *b) {
    if (!b) return;
    buf_fini(&b->texts);
    mem_free(b->terms);
    mem_free(b->table);
    mem_free(b->touched);
    mem_free(b->post_terms);
    mem_free(b->post_tfs);
    mem_free(b->doc_ends);
    mem_free(b->ids);
    mem_free(b->lens);
    mem_free(b);
}

uint32_t lex_builder_docs(const LexBuilder *b) { return (uint32_t)b->n_docs; }

/* What ingest compares with its ceiling: texts, tables and postings as they are now, not what a
   write takes on top. */
size_t lex_builder_bytes(const LexBuilder *b) {
    return b->texts.n + b->n_terms * (sizeof(TermInfo) + 8) + b->n_posts * 5 + b->n_docs * 9;
}

/* Multiply and fold, eight bytes a step, keyed by the builder's seed. */
static uint64_t term_hash(uint64_t seed, const char *p, size_t n) {
    uint64_t h = seed ^ n * 0x9E3779B97F4A7C15u;
    while (n) {
        uint64_t word = 0;
        size_t step = n < 8 ? n : 8;
        memcpy(&word, p, step);
        unsigned __int128 wide = (unsigned __int128)(h ^ word) * 0xD6E8FEB86659FD93u;
        h = (uint64_t)wide ^ (uint64_t)(wide >> 64) ^ seed;
        p += step;
        n -= step;
    }
    return h;
}

/* Hashes are computed anew from the texts: keeping them would cost 8 bytes a term for ever. */
static Status table_double(LexBuilder *b, Err *err) {
    size_t size = b->table_size * 2;
    uint32_t *table = mem_zalloc_n(size, sizeof *table);
    if (!table) return err_no_memory(err, "an index under construction");
    for (size_t i = 0; i < b->n_terms; i++) {
        const TermInfo *t = &b->terms[i];
        size_t at = term_hash(b->seed, b->texts.p + t->text_at, t->n) & (size - 1);
        while (table[at]) at = (at + 1) & (size - 1);
        table[at] = (uint32_t)i + 1;
    }
    mem_free(b->table);
    b->table = table;
    b->table_size = size;
    return OK;
}

/* The next number, its text behind the others'. */
static Status term_new(LexBuilder *b, const LexToken *token, Err *err) {
    TRY(mem_grow((void **)&b->terms, &b->cap_terms, b->n_terms + 1, sizeof(TermInfo), POSTINGS_MAX,
                 err));
    assert(token->n >= 1 && token->n <= LEX_TERM_MAX); /* a reader refuses other ones */
    uint32_t at = (uint32_t)b->texts.n;
    buf_add(&b->texts, token->p, token->n);
    TRY(buf_check(&b->texts, "the word list", err));
    b->terms[b->n_terms++] = (TermInfo){.text_at = at, .n = (uint8_t)token->n};
    return OK;
}

/* The number of a term, new or known. Room in the table is made first, so that `at` stays true. */
static Status term_find(LexBuilder *b, const LexToken *token, uint32_t *term, Err *err) {
    if ((b->n_terms + 1) * 2 > b->table_size) TRY(table_double(b, err));
    size_t at = term_hash(b->seed, token->p, token->n) & (b->table_size - 1);
    for (; b->table[at]; at = (at + 1) & (b->table_size - 1)) {
        const TermInfo *t = &b->terms[b->table[at] - 1];
        if (t->n == token->n && memcmp(b->texts.p + t->text_at, token->p, t->n) == 0) {
            *term = b->table[at] - 1;
            return OK;
        }
    }
    TRY(term_new(b, token, err));
    *term = (uint32_t)b->n_terms - 1;
    b->table[at] = *term + 1;
    return OK;
}

/* Counts a token of the chunk at hand: its first appearance is noted in `touched`, further ones
   only raise tf. */
static Status count_token(LexBuilder *b, const LexToken *token, Err *err) {
    uint32_t term;
    TRY(term_find(b, token, &term, err));
    TermInfo *t = &b->terms[term];
    bool counts = token->kind == LEX_WORD || token->kind == LEX_BIGRAM || token->lone;
    if (b->in_text && counts && b->length < UINT32_MAX) b->length++;
    if (t->doc == b->n_docs + 1) {
        if (t->tf < 255) t->tf++;
        return OK;
    }
    TRY(mem_grow((void **)&b->touched, &b->cap_touched, b->n_touched + 1, sizeof(uint32_t),
                 POSTINGS_MAX, err));
    b->touched[b->n_touched++] = term;
    t->doc = (uint32_t)b->n_docs + 1;
    t->tf = 1;
    return OK;
}

/* The tokenizer cannot be stopped: after a failure the rest is passed over. */
static void on_token(void *user, const LexToken *token) {
    LexBuilder *b = user;
    if (b->status == OK) b->status = count_token(b, token, b->err);
}

/* All lists grow before any of them is written to. */
static Status builder_room(LexBuilder *b, Err *err) {
    size_t posts = b->n_posts + b->n_touched, docs = b->n_docs + 1;
    TRY(mem_grow((void **)&b->post_terms, &b->cap_post_terms, posts, 4, POSTINGS_MAX, err));
    TRY(mem_grow((void **)&b->post_tfs, &b->cap_post_tfs, posts, 1, POSTINGS_MAX, err));
    TRY(mem_grow((void **)&b->doc_ends, &b->cap_doc_ends, docs, 4, LEX_DOCS_MAX, err));
    TRY(mem_grow((void **)&b->ids, &b->cap_ids, docs, 4, LEX_DOCS_MAX, err));
    return mem_grow((void **)&b->lens, &b->cap_lens, docs, 1, LEX_DOCS_MAX, err);
}

/* A chunk that fails adds nothing, but terms that it brought stay, with df 0; writing passes over
   them. */
Status lex_builder_add(LexBuilder *b, uint32_t chunk_id, Str context, Str text, Err *err) {
    b->length = 0;
    b->n_touched = 0;
    b->status = OK;
    b->err = err;
    b->in_text = false;
    lex_tokenize(context, on_token, b);
    b->in_text = true;
    lex_tokenize(text, on_token, b);
    TRY(b->status);
    TRY(builder_room(b, err));
    assert(b->n_posts + b->n_touched <= b->cap_post_tfs); /* nothing fails from here on */
    for (size_t i = 0; i < b->n_touched; i++) {
        TermInfo *t = &b->terms[b->touched[i]];
        t->df++;
        b->post_terms[b->n_posts] = b->touched[i];
        b->post_tfs[b->n_posts++] = t->tf;
    }
    b->doc_ends[b->n_docs] = (uint32_t)b->n_posts;
    b->ids[b->n_docs] = chunk_id;
    b->lens[b->n_docs++] = lex_length_pack(b->length);
    return OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b, void *user) {
    const LexBuilder *builder = user;
    const TermInfo *x = &builder->terms[*(const uint32_t *)a];
    const TermInfo *y = &builder->terms[*(const uint32_t *)b];
    return str_cmp((Str){builder->texts.p + x->text_at, x->n},
                   (Str){builder->texts.p + y->text_at, y->n});
}

typedef struct Sorted {
    uint32_t *order; /* terms by text */
    uint32_t *ends;  /* of each term's postings while they are filled in */
    uint32_t *docs;
    uint8_t *tfs;
} Sorted;

static void sorted_fini(Sorted *s) {
    mem_free(s->order);
    mem_free(s->ends);
    mem_free(s->docs);
    mem_free(s->tfs);
}

/* The counting sort of the essay: ends[] begins as where each term's postings start and moves on
   with each that is put there. */
static Status sort_postings(LexBuilder *b, Sorted *s, Err *err) {
    s->order = mem_alloc_n(b->n_terms, 4);
    s->ends = mem_alloc_n(b->n_terms, 4);
    s->docs = mem_alloc_n(b->n_posts, 4);
    s->tfs = mem_alloc(b->n_posts);
    if (!s->order || !s->ends || !s->docs || !s->tfs) return err_no_memory(err, "sorting an index");
    uint32_t sum = 0;
    for (uint32_t i = 0; i < b->n_terms; i++) {
        s->order[i] = i;
        s->ends[i] = sum; /* the start; moves to the end below */
        sum += b->terms[i].df;
    }
    assert(sum == b->n_posts && (b->n_docs == 0 || b->doc_ends[b->n_docs - 1] == sum));
    for (size_t doc = 0, at = 0; doc < b->n_docs; doc++) {
        for (; at < b->doc_ends[doc]; at++) {
            uint32_t to = s->ends[b->post_terms[at]]++;
            s->docs[to] = (uint32_t)doc;
            s->tfs[to] = b->post_tfs[at];
        }
    }
    qsort_r(s->order, b->n_terms, sizeof *s->order, by_text, b);
    return OK;
}

/* In the order of texts, as a reader's binary search wants it. */
static Status write_sorted(const LexBuilder *b, const Sorted *s, const char *path, Err *err) {
    LexWriter *w;
    TRY(lex_writer_begin(path, b->ids, b->lens, (uint32_t)b->n_docs, &w, err));
    for (size_t i = 0; i < b->n_terms; i++) {
        const TermInfo *t = &b->terms[s->order[i]];
        uint32_t from = s->ends[s->order[i]] - t->df;
        if (t->df == 0) continue; /* its chunk failed half-way */
        assert(t->df <= b->n_docs); /* a chunk has one posting of a term */
        Status status = lex_writer_term(w, (Str){b->texts.p + t->text_at, t->n}, s->docs + from,
                                        s->tfs + from, t->df, err);
        if (status != OK) {
            lex_writer_abort(w);
            return status;
        }
    }
    return lex_writer_commit(w, err);
}

Status lex_builder_write(LexBuilder *b, const char *path, Err *err) {
    Sorted sorted = {0};
    Status status = sort_postings(b, &sorted, err);
    if (status == OK) status = write_sorted(b, &sorted, path, err);
    sorted_fini(&sorted);
    builder_clear(b);
    return status;
}

/* ---- merging --------------------------------------------------------------------------------- */

enum { MERGE_MAX = 512 };
#define DEAD UINT32_MAX

typedef struct Merge {
    const LexSeg *const *segs;
    size_t n_segs;
    uint32_t *renumber[MERGE_MAX]; /* old doc -> new doc or DEAD */
    uint32_t at[MERGE_MAX];        /* next term of each segment */
    uint32_t *ids;
    uint8_t *lens;
    uint32_t n_docs;
    uint32_t *docs; /* of one term */
    uint8_t *tfs;
    uint32_t df;
} Merge;

static void merge_fini(Merge *m) {
    for (size_t i = 0; i < m->n_segs; i++) mem_free(m->renumber[i]);
    mem_free(m->ids);
    mem_free(m->lens);
    mem_free(m->docs);
    mem_free(m->tfs);
}

/* Numbers the chunks that live from 0 and carries their ids and lengths over. */
static Status merge_docs(Merge *m, const bool *const *live, Err *err) {
    size_t total = 0;
    for (size_t i = 0; i < m->n_segs; i++) total += m->segs[i]->n_docs;
    m->ids = mem_alloc_n(total, 4);
    m->lens = mem_alloc(total);
    m->docs = mem_alloc_n(total, 4);
    m->tfs = mem_alloc(total);
    if (!m->ids || !m->lens || !m->docs || !m->tfs) return err_no_memory(err, "merging an index");
    for (size_t i = 0; i < m->n_segs; i++) {
        const LexSeg *seg = m->segs[i];
        m->renumber[i] = mem_alloc_n(seg->n_docs, 4);
        if (!m->renumber[i]) return err_no_memory(err, "merging an index");
        for (uint32_t doc = 0; doc < seg->n_docs; doc++) {
            bool keep = !live || !live[i] || live[i][doc];
            m->renumber[i][doc] = keep ? m->n_docs : DEAD;
            if (!keep) continue;
            m->ids[m->n_docs] = seg->ids[doc];
            m->lens[m->n_docs++] = seg->lens[doc];
        }
    }
    return OK;
}

/* Appends segment i's postings of its current term and steps on. */
static Status merge_take(Merge *m, size_t i, Err *err) {
    LexCursor c;
    lex_cursor_init(&c, m->segs[i], m->at[i]++);
    for (;;) {
        TRY(lex_cursor_next(&c, err));
        if (c.n == 0) return OK;
        for (uint32_t k = 0; k < c.n; k++) {
            uint32_t doc = m->renumber[i][c.docs[k]];
            if (doc == DEAD) continue;
            m->docs[m->df] = doc;
            m->tfs[m->df++] = c.tfs[k];
        }
    }
}

/* The smallest term any segment is at; false when all are done. */
static bool merge_smallest(const Merge *m, Str *out) {
    bool any = false;
    for (size_t i = 0; i < m->n_segs; i++) {
        if (m->at[i] >= m->segs[i]->n_terms) continue;
        Str text = lex_term_text(m->segs[i], m->at[i]);
        if (!any || str_cmp(text, *out) < 0) *out = text;
        any = true;
    }
    return any;
}

/* Every term once, with the postings of all segments that have it. A term whose chunks are all dead
   is left out. */
static Status merge_terms(Merge *m, LexWriter *w, Err *err) {
    Str text;
    while (merge_smallest(m, &text)) {
        m->df = 0;
        for (size_t i = 0; i < m->n_segs; i++) {
            bool here = m->at[i] < m->segs[i]->n_terms &&
                        str_eq(lex_term_text(m->segs[i], m->at[i]), text);
            if (here) TRY(merge_take(m, i, err));
        }
        assert(m->df <= m->n_docs); /* docs of a list ascend: the cursor has looked */
        if (m->df) TRY(lex_writer_term(w, text, m->docs, m->tfs, m->df, err));
    }
    return OK;
}

static Status merge_write(Merge *m, const char *path, Err *err) {
    LexWriter *w;
    TRY(lex_writer_begin(path, m->ids, m->lens, m->n_docs, &w, err));
    Status status = merge_terms(m, w, err);
    if (status == OK) return lex_writer_commit(w, err);
    lex_writer_abort(w);
    return status;
}

Status lex_merge(const LexSeg *const *segs, const bool *const *live, size_t n_segs,
                 const char *path, uint32_t *n_docs, Err *err) {
    if (n_segs > MERGE_MAX) return err_set(err, E_LIMIT, "%zu index segments at once", n_segs);
    Merge m = {.segs = segs, .n_segs = n_segs};
    Status status = merge_docs(&m, live, err);
    if (status == OK && m.n_docs) status = merge_write(&m, path, err);
    *n_docs = m.n_docs;
    merge_fini(&m);
    return status;
}
