/*
 * The body of search.h.
 *
 *   1 the question becomes words (lex_query_parse) and, with an embedder, a unit vector
 *   2 vec: codes give NEAR candidates, their exact cosines order them; vectors too young to have a
 *     code are compared exactly, all of them
 *   3 lex: words that are nowhere get others that are near to them (lex_guess.c); BM25 over all
 *     segments; the candidates of 2 are scored as well, whatever their rank
 *   4 candidates of 3 that have a vector get their cosine: now every candidate has both numbers
 *   5 mix, look at what else the document has, order, drop same texts, read the texts of the rest
 *
 * The mix. BM25 has no scale of its own, so it is divided by the best of this query. Cosines of one
 * model live in a narrow band (e5: 0.7 to 0.9) whose width differs by model and by what is stored;
 * the yardstick is the standard deviation of cosines between unrelated passages of this very store,
 * (yardstick.c). A candidate YARDS of these below the best cosine counts 0:
 *
 *     semantic = 1 - (best cosine - cosine) / (YARDS * spread)        not below 0
 *     score    = (1 - VECTOR_SHARE) * bm25 / best bm25 + VECTOR_SHARE * semantic
 *
 * A convex sum beats reciprocal ranks because it keeps the distances (Bruch, Gai, Ingber, "An
 * analysis of fusion functions for hybrid retrieval", arXiv 2210.11934). Stretching over the band
 * of the candidates at hand (min-max) is what they do; it depends on how many candidates there are,
 * the yardstick does not. Both constants were tuned on CMRC 2018 trial and the even questions of
 * XQuAD en, and are flat around their place; figures on what was held out: doc/benchmarks.md.
 *
 * The document. A passage from the middle of a long text rarely names what all of it is about, and
 * who asks does. So a passage takes FILE_SHARE of its score from the best passage of its file
 * (passages are ranked with their document's evidence: Callan, "Passage-level evidence in document
 * retrieval", 1994). The best passage of a file keeps its score, so files among themselves, and the
 * first of all passages, stay where they were: only their other passages rise. FILE_SHARE was
 * chosen on half of the questions about source files and kept small, since passages of one document
 * crowd out others; figures: doc/decisions/0039.
 *
 * All reads of one search see one snapshot. A segment can vanish between reading its row and
 * opening its file only when a writer merged meanwhile; then a new snapshot is taken, a few times
 * at most. One that was cut on the disk while it was read is left out, with a notice.
 *
 * An example of the mix: the spread is 0.02, so four yards are 0.08. The best cosine is 0.86, the
 * best BM25 is 8. A chunk with cosine 0.82 and BM25 6 has semantic = 1 - 0.04 / 0.08 = 0.5 and
 * lexical = 6 / 8, so its score is 0.4 * 0.75 + 0.6 * 0.5 = 0.6.
 */
#include "knowledge/search.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "knowledge/store_impl.h"

/* A pool of vectors, with the 16 passages that the last of them may have, and one of words. */
_Static_assert(2 * (2 * SEARCH_K_MAX) + 16 <= 16 * 1024, "CANDIDATES_MAX is never met");

enum {
    QUERY_BYTES = 64 * 1024, /* of the question that are looked at */
    NEAR = 300,              /* candidates by code */
    POOL_LEAST = 100,        /* candidates of each kind, at least */
    SNAPSHOT_TRIES = 5,
    CANDIDATES_MAX = 16 * 1024,
};

static const float VECTOR_SHARE = 0.6f, YARDS = 4, FILE_SHARE = 0.2f;

typedef struct Candidate {
    int64_t chunk, file;
    float bm25, cosine, score;
} Candidate;

typedef struct Search {
    Store *store;
    const SearchQuery *query;
    SearchResults *out;
    Arena *arena;
    SearchMode mode;
    Str text;
    LexQuery words;
    size_t n_words; /* of words.n, without guesses */
    const float *vector;
    Candidate *items;
    size_t n, cap;
    size_t pool;
} Search;

/* ---- candidates ------------------------------------------------------------------------------ */

/* bm25 0: no word of the question; cosine NAN: no vector. Whoever adds knows that the chunk is not
   in the list yet. */
static Status candidate_add(Search *s, Candidate c, Err *err) {
    TRY(mem_grow((void **)&s->items, &s->cap, s->n + 1, sizeof *s->items, CANDIDATES_MAX, err));
    s->items[s->n++] = c;
    return OK;
}

/* Among the first `sorted` items, which are in order of chunks; those behind were added later. */
static Candidate *candidate_find(Search *s, int64_t chunk, size_t sorted) {
    assert(sorted <= s->n);
    size_t low = 0, high = sorted;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (s->items[mid].chunk < chunk) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < sorted && s->items[low].chunk == chunk ? &s->items[low] : NULL;
}

static int by_chunk(const void *a, const void *b) {
    const Candidate *x = a, *y = b;
    return x->chunk < y->chunk ? -1 : x->chunk > y->chunk;
}

/* Best first; equal scores by chunk, so that the same question gives the same list. */
static int by_score(const void *a, const void *b) {
    const Candidate *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return by_chunk(a, b);
}

/* Files together, the best of each first. */
static int by_file(const void *a, const void *b) {
    const Candidate *x = a, *y = b;
    if (x->file != y->file) return x->file < y->file ? -1 : 1;
    return by_score(a, b);
}

/* ---- vectors --------------------------------------------------------------------------------- */

typedef struct Scored {
    int64_t vector;
    float cosine;
} Scored;

typedef struct ScoredList {
    Scored *items;
    size_t n, cap;
} ScoredList;

static Status scored_add(ScoredList *list, int64_t vector, float cosine, Err *err) {
    TRY(mem_grow((void **)&list->items, &list->cap, list->n + 1, sizeof *list->items, STORE_IDS_MAX,
                 err));
    list->items[list->n++] = (Scored){vector, cosine};
    return OK;
}

/* The nearest first; equal ones by id, so that the same question gives the same list. */
static int by_cosine(const void *a, const void *b) {
    const Scored *x = a, *y = b;
    if (x->cosine != y->cosine) return x->cosine > y->cosine ? -1 : 1;
    return x->vector < y->vector ? -1 : x->vector > y->vector;
}

/* NAN: the vector is gone, or of another space or size, which only a damaged database has. */
static Status cosine_of(Search *s, int64_t vector, float *out, Err *err) {
    Store *store = s->store;
    sqlite3_stmt *q;
    bool row;
    *out = NAN;
    TRY(sql_get(store, Q_VECTOR_GET, &q, err));
    (void)sqlite3_bind_int64(q, 1, vector);
    (void)sqlite3_bind_int64(q, 2, store->space.id);
    TRY(sql_step(store, q, &row, err));
    Str data = row ? sql_blob(q, 0) : (Str){"", 0};
    if (data.n == vec_packed_bytes(store->space.dim)) {
        *out = vec_cosine(s->vector, (const uint8_t *)data.p, store->space.dim);
    }
    (void)sqlite3_reset(q);
    return OK;
}

/* The nearest by code over all segments of the active space. More than are needed: their exact
   order is found afterwards. */
static Status scan_codes(Search *s, VecNear *near, size_t *n, Err *err) {
    Store *store = s->store;
    const VecSeg *segs[2 * STORE_SEGMENTS_MAX];
    size_t n_segs = 0;
    for (size_t i = 0; i < store->n_parts; i++) {
        const SegPart *part = &store->parts[i];
        bool ours = part->row.kind == SEG_VEC && part->row.space == store->space.id &&
                    part->vec.dim == store->space.dim;
        if (ours) segs[n_segs++] = &part->vec;
    }
    float *scratch = mem_alloc_n(store->space.dim, sizeof *scratch);
    uint64_t *code = mem_alloc_n(vec_words(store->space.dim), sizeof *code);
    Status status = scratch && code ? OK : err_no_memory(err, "a vector search");
    if (status == OK) {
        assert(n_segs <= ARRAY_LEN(segs) && s->vector);
        vec_code(s->vector, store->space.dim, scratch, code);
        status = vec_scan(segs, n_segs, code, NEAR + s->pool, near, n, err);
    }
    mem_free(scratch);
    mem_free(code);
    return status;
}

/* Vectors without a code: all of them, exactly. */
static Status scan_tail(Search *s, ScoredList *scored, Err *err) {
    Store *store = s->store;
    sqlite3_stmt *q;
    bool row;
    TRY(sql_get(store, Q_VECTORS_AFTER, &q, err));
    (void)sqlite3_bind_int64(q, 1, store->space.id);
    (void)sqlite3_bind_int64(q, 2, segs_vec_last(store));
    for (;;) {
        TRY(sql_step(store, q, &row, err));
        if (!row) return OK;
        Str data = sql_blob(q, 1);
        if (data.n != vec_packed_bytes(store->space.dim)) continue;
        float cosine = vec_cosine(s->vector, (const uint8_t *)data.p, store->space.dim);
        TRY(scored_add(scored, sqlite3_column_int64(q, 0), cosine, err));
    }
}

/* Several chunks may have the same text, hence one vector: at most 16 of them are taken (the
   statement's limit). */
static Status chunks_of_vector(Search *s, const Scored *v, Err *err) {
    sqlite3_stmt *q;
    bool row;
    TRY(sql_get(s->store, Q_CHUNKS_OF_VECTOR, &q, err));
    (void)sqlite3_bind_int64(q, 1, v->vector);
    for (;;) {
        TRY(sql_step(s->store, q, &row, err));
        if (!row) return OK;
        Candidate c = {.chunk = sqlite3_column_int64(q, 0),
                       .file = sqlite3_column_int64(q, 1),
                       .cosine = v->cosine};
        TRY(candidate_add(s, c, err));
    }
}

/* Exact cosines of those that were near by code. */
static Status score_near(Search *s, const VecNear *near, size_t n_near, ScoredList *scored,
                         Err *err) {
    for (size_t i = 0; i < n_near; i++) {
        float cosine;
        TRY(cosine_of(s, near[i].id, &cosine, err));
        if (!isnan(cosine)) TRY(scored_add(scored, near[i].id, cosine, err));
    }
    return OK;
}

/* Fills the list of candidates up to the pool, best cosines first. */
static Status recall_vectors(Search *s, Err *err) {
    double from = clock_now_ms();
    ScoredList scored = {0};
    size_t n_near = 0;
    VecNear *near = mem_alloc_n(NEAR + s->pool, sizeof *near);
    Status status = near ? OK : err_no_memory(err, "a vector search");
    if (status == OK) status = scan_codes(s, near, &n_near, err);
    if (status == OK) status = score_near(s, near, n_near, &scored, err);
    if (status == OK) status = scan_tail(s, &scored, err);
    if (scored.n) qsort(scored.items, scored.n, sizeof *scored.items, by_cosine);
    for (size_t i = 0; status == OK && i < scored.n && s->n < s->pool; i++) {
        status = chunks_of_vector(s, &scored.items[i], err);
    }
    mem_free(near);
    mem_free(scored.items);
    s->out->vec_ms += clock_now_ms() - from;
    return status;
}

/* ---- words ----------------------------------------------------------------------------------- */

/* The open segments of words; segs has room for all parts. */
static size_t lex_segs(const Store *store, const LexSeg **segs) {
    size_t n = 0;
    for (size_t i = 0; i < store->n_parts; i++) {
        if (store->parts[i].row.kind == SEG_LEX) segs[n++] = &store->parts[i].lex;
    }
    return n;
}

/* What stands in the place of words that are nowhere: of this snapshot, so guesses of an earlier
   one go. */
static Status guess_words(Search *s, Err *err) {
    const LexSeg *segs[2 * STORE_SEGMENTS_MAX];
    s->words.n = s->n_words;
    size_t n = lex_segs(s->store, segs);
    return lex_guess(segs, n, s->arena, &s->words, err);
}

/* lex: top, top_max and also are set. */
static Status run_lex(Search *s, LexSearch *lex, Err *err) {
    const LexSeg *segs[2 * STORE_SEGMENTS_MAX];
    size_t n_segs = lex_segs(s->store, segs);
    for (size_t i = 0; i < s->n; i++) lex->also[i].chunk = (uint32_t)s->items[i].chunk;
    lex->n_also = s->n;
    lex->segs = segs;
    lex->n_segs = n_segs;
    lex->query = &s->words;
    lex->scoring = lex_scoring_default();
    assert(n_segs <= ARRAY_LEN(segs));
    Status status = lex_search(lex, err);
    lex->segs = NULL; /* was on our stack */
    return status;
}

/* The file and the vector's id of a chunk that still lives: c->chunk is set. */
static Status chunk_vector(Search *s, Candidate *c, bool *alive, int64_t *vector, Err *err) {
    sqlite3_stmt *q;
    TRY(sql_get(s->store, Q_CHUNK_ALIVE, &q, err));
    (void)sqlite3_bind_int64(q, 1, c->chunk);
    TRY(sql_step(s->store, q, alive, err));
    *vector = *alive ? sqlite3_column_int64(q, 0) : 0;
    c->file = *alive ? sqlite3_column_int64(q, 1) : 0;
    (void)sqlite3_reset(q);
    return OK;
}

/* Takes the living among the lexical hits; *n_alive counts them. */
static Status take_words(Search *s, const LexSearch *lex, size_t *n_alive, Err *err) {
    size_t sorted = s->n;
    *n_alive = 0;
    assert(lex->n_also == s->n); /* one for each that was known */
    for (size_t i = 0; i < lex->n_also; i++) s->items[i].bm25 = lex->also[i].score;
    for (size_t i = 0; i < lex->n_top && *n_alive < s->pool; i++) {
        bool alive;
        int64_t vector;
        Candidate c = {.chunk = lex->top[i].chunk, .bm25 = lex->top[i].score, .cosine = NAN};
        TRY(chunk_vector(s, &c, &alive, &vector, err));
        if (!alive) continue;
        (*n_alive)++;
        if (candidate_find(s, c.chunk, sorted)) continue;
        if (s->vector && vector) TRY(cosine_of(s, vector, &c.cosine, err));
        TRY(candidate_add(s, c, err));
    }
    return OK;
}

/* The lexical half. Candidates that are there already are sorted by chunk: lex_search wants ids
   ascending, and take_words looks for them. */
static Status recall_words(Search *s, Err *err) {
    double from = clock_now_ms();
    size_t known = s->n;
    if (known) qsort(s->items, known, sizeof *s->items, by_chunk);
    LexHit *also = mem_alloc_n(known, sizeof *also);
    Status status = also ? guess_words(s, err) : err_no_memory(err, "a search");
    /* Dead chunks still stand in segments; when too many of them came first, ask for more. */
    for (size_t want = s->pool + 32; status == OK; want *= 4) {
        LexHit *top = mem_alloc_n(want, sizeof *top);
        LexSearch lex = {.top = top, .top_max = want, .also = also};
        size_t n_alive = 0;
        s->n = known;
        status = top ? run_lex(s, &lex, err) : err_no_memory(err, "a search");
        if (status == OK) status = take_words(s, &lex, &n_alive, err);
        bool enough = status != OK || n_alive >= s->pool || lex.n_top < want;
        s->out->n_terms_found = status == OK ? lex.n_terms_found : 0;
        s->out->bm25_full = lex.most;
        mem_free(top);
        if (enough) break;
    }
    mem_free(also);
    s->out->lex_ms += clock_now_ms() - from;
    return status;
}

/* ---- mix ------------------------------------------------------------------------------------- */

/* The formula of the essay, 0 to 1; high is the best cosine of this question. */
static float semantic_of(const Search *s, float cosine, float low, float high) {
    float width = YARDS * s->store->space.spread;
    if (width <= 0) width = high - low; /* too few vectors for a yardstick */
    float part = width > 0 ? 1 - (high - cosine) / width : 1;
    return part > 0 ? part : 0;
}

/* Every passage takes its share from the best one of its file. */
static void lift_files(Search *s) {
    if (s->n) qsort(s->items, s->n, sizeof *s->items, by_file);
    float best = 0;
    for (size_t i = 0; i < s->n; i++) {
        Candidate *c = &s->items[i];
        if (i == 0 || c->file != s->items[i - 1].file) best = c->score;
        assert(c->score <= best); /* the best of a file stands first */
        c->score += FILE_SHARE * (best - c->score);
    }
}

/* Both numbers into one, and the list into order. */
static void mix(Search *s) {
    float best = 0, low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < s->n; i++) {
        const Candidate *c = &s->items[i];
        if (c->bm25 > best) best = c->bm25;
        if (isnan(c->cosine)) continue;
        low = c->cosine < low ? c->cosine : low;
        high = c->cosine > high ? c->cosine : high;
    }
    float share = s->mode == SEARCH_LEXICAL ? 0 : VECTOR_SHARE;
    for (size_t i = 0; i < s->n; i++) {
        Candidate *c = &s->items[i];
        float lexical = best > 0 ? c->bm25 / best : 0;
        /* A chunk that has no vector yet shall not lose for it: its words speak alone. */
        c->score = lexical;
        if (!isnan(c->cosine)) {
            c->score = (1 - share) * lexical + share * semantic_of(s, c->cosine, low, high);
        }
        if (s->mode == SEARCH_VECTOR) c->score = c->cosine;
    }
    if (s->mode != SEARCH_VECTOR) lift_files(s);
    if (s->n) qsort(s->items, s->n, sizeof *s->items, by_score);
}

/* ---- results --------------------------------------------------------------------------------- */

/* A text of the row, in the results' arena; NULL: it is full. */
static char *dup_column(Search *s, sqlite3_stmt *q, int column, size_t *n) {
    Str text = sql_blob(q, column);
    if (n) *n = text.n;
    return arena_dup(s->arena, text.p, text.n);
}

/* *found false: the chunk is gone, or its file's row. All but the text, which may be large. */
static Status read_hit(Search *s, const Candidate *c, SearchHit *hit, bool *found, Err *err) {
    sqlite3_stmt *q;
    TRY(sql_get(s->store, Q_CHUNK_GET, &q, err));
    (void)sqlite3_bind_int64(q, 1, c->chunk);
    TRY(sql_step(s->store, q, found, err));
    if (!*found) return OK;
    *hit = (SearchHit){.chunk_id = c->chunk,
                       .file_id = sqlite3_column_int64(q, 0),
                       .start = (uint64_t)sqlite3_column_int64(q, 1),
                       .end = (uint64_t)sqlite3_column_int64(q, 2),
                       .page = (uint32_t)sqlite3_column_int64(q, 3),
                       .line = (uint32_t)sqlite3_column_int64(q, 4),
                       .context = dup_column(s, q, 5, NULL),
                       .title = dup_column(s, q, 8, NULL),
                       .format = dup_column(s, q, 9, NULL),
                       .score = c->score,
                       .bm25 = c->bm25,
                       .cosine = c->cosine};
    hit->path.p = dup_column(s, q, 7, &hit->path.n);
    (void)sqlite3_reset(q);
    bool full = !hit->path.p || !hit->context || !hit->title || !hit->format;
    return full ? err_no_memory(err, "search results") : OK;
}

/* `text` is a buffer for all hits in turn; what stays is the copy in the arena. Whoever has the hit
   counts in it by start and end, so a damaged row that says more than there is ends here. */
static Status read_text(Search *s, SearchHit *hit, Buf *text, Err *err) {
    buf_clear(text);
    TRY(docs_text(s->store, hit->file_id, hit->start, hit->end, text, err));
    if (hit->start > hit->end || text->n != hit->end - hit->start) {
        return err_set(err, E_CORRUPT, "a passage of the store lies outside of its document");
    }
    hit->text = (Str){arena_dup(s->arena, text->p ? text->p : "", text->n), text->n};
    return hit->text.p ? OK : err_no_memory(err, "search results");
}

/* What stands before the passage is in hit->line already. */
Status search_hit_lines(SearchHit *hit, Str marks, Arena *arena, Err *err) {
    size_t n = marks.n / LINE_MARK_BYTES;
    LineMark *lines = NULL;
    assert(hit->n_lines == 0);
    for (size_t i = 0; i < n; i++) {
        LineMark mark = lines_mark(marks, i);
        if (mark.at <= hit->start || mark.at >= hit->end) continue;
        if (!lines) lines = arena_alloc_n(arena, n - i, sizeof *lines);
        if (!lines) return err_no_memory(err, "the lines of a passage");
        lines[hit->n_lines++] = mark;
    }
    hit->lines = lines;
    return OK;
}

static Status read_lines(Search *s, SearchHit *hit, Buf *marks, Err *err) {
    if (!hit->line) return OK;
    buf_clear(marks);
    TRY(docs_lines(s->store, hit->file_id, marks, err));
    return search_hit_lines(hit, buf_str(marks), s->arena, err);
}

uint32_t search_hit_line(const SearchHit *hit, uint64_t at) {
    LinePassage passage = {hit->text, hit->start, hit->line, hit->lines, hit->n_lines};
    return lines_at(&passage, at);
}

/* The earlier hit with the same text, or NULL. */
static SearchHit *same_text(SearchResults *out, const uint64_t *marks, uint64_t mark, Str text) {
    for (size_t i = 0; i < out->n; i++) {
        if (marks[i] == mark && str_eq(out->hits[i].text, text)) return &out->hits[i];
    }
    return NULL;
}

/* From the best down until k different texts are there. A mark (a checksum) spares comparing long
   texts that differ. */
static Status fill_hits(Search *s, uint64_t *marks, Buf *text, Err *err) {
    SearchResults *out = s->out;
    for (size_t i = 0; i < s->n && out->n < s->query->k; i++) {
        SearchHit hit;
        bool found;
        if (s->mode == SEARCH_LEXICAL && s->items[i].bm25 <= 0) continue;
        TRY(read_hit(s, &s->items[i], &hit, &found, err));
        if (!found) continue;
        TRY(read_text(s, &hit, text, err));
        uint64_t mark = hash_check64(hit.text.p, hit.text.n, 0);
        SearchHit *same = same_text(out, marks, mark, hit.text);
        if (same) {
            same->n_same++;
            continue;
        }
        TRY(read_lines(s, &hit, text, err));
        assert(out->n < s->query->k && hit.text.n == hit.end - hit.start);
        marks[out->n] = mark;
        out->hits[out->n++] = hit;
    }
    return OK;
}

/* marks[i] belongs to out->hits[i]. */
static Status read_results(Search *s, Err *err) {
    assert(s->query->k >= 1 && s->query->k <= SEARCH_K_MAX); /* prepare refuses others */
    uint64_t *marks = mem_alloc_n(s->query->k, sizeof *marks);
    s->out->hits = arena_alloc_n(s->arena, s->query->k, sizeof *s->out->hits);
    Buf text;
    buf_init(&text, DOC_TEXT_MAX);
    Status status = marks && s->out->hits ? fill_hits(s, marks, &text, err)
                                          : err_no_memory(err, "search results");
    buf_fini(&text);
    mem_free(marks);
    return status;
}

/* ---- the call -------------------------------------------------------------------------------- */

/* Vectors are of use when the store's space is the embedder's. */
static bool same_space(const Search *s) {
    const StoreEmbedder *e = s->query->embedder;
    return e && s->store->space.id && s->store->space.dim == e->dim &&
           strcmp(s->store->space.model, e->model_id) == 0;
}

/* The caller's vector when it has one. The vector of a question is made before the snapshot, which
   shall be short. */
static Status embed_question(Search *s, Err *err) {
    const StoreEmbedder *e = s->query->embedder;
    if (s->mode == SEARCH_LEXICAL || s->vector) return OK;
    float *v = arena_alloc_n(s->arena, e->dim, sizeof *v);
    if (!v) return err_no_memory(err, "the question's vector");
    double from = clock_now_ms();
    TRY(e->query(e->user, s->text, v, err));
    s->out->embed_ms = clock_now_ms() - from;
    s->vector = v;
    return OK;
}

/* One try: everything that is read here is of one state of the database. Called again after a
   merge, so it begins with nothing. */
static Status in_snapshot(Search *s, Err *err) {
    TRY(segs_refresh(s->store, err));
    int64_t embedded;
    TRY(sql_number(s->store, Q_TALLY, 0, &embedded, err));
    s->out->embedded = (uint64_t)embedded;
    s->out->chunks = 0;
    for (size_t i = 0; i < s->store->n_parts; i++) {
        const SegRow *row = &s->store->parts[i].row;
        if (row->kind == SEG_LEX) s->out->chunks += (uint64_t)(row->n - row->dead);
    }
    s->n = 0;
    s->out->n = 0;
    assert((s->mode == SEARCH_LEXICAL) == !s->vector); /* prepare saw to it */
    if (s->mode != SEARCH_LEXICAL) TRY(recall_vectors(s, err));
    if (s->mode != SEARCH_VECTOR) TRY(recall_words(s, err));
    mix(s);
    TRY(read_results(s, err));
    return segs_intact(s->store, err);
}

/* Decides what can be done at all; the space is read in a snapshot of its own. */
static Status decide_mode(Search *s, Err *err) {
    TRY(segs_read_space(s->store, err)); /* files are for the snapshot: they may go meanwhile */
    s->mode = s->query->mode;
    if (s->mode == SEARCH_LEXICAL || same_space(s)) return OK;
    if (s->query->embedder && s->store->space.id) {
        store_note(s->store, "the store's vectors are of %s, not of %s: words only",
                   s->store->space.model, s->query->embedder->model_id);
    }
    if (s->mode == SEARCH_VECTOR) {
        (void)err_set(err, E_UNSUPPORTED, "this store has no vectors of that model to search");
        return err_hint(err, "run hearth add, or search with --mode lexical");
    }
    s->mode = SEARCH_LEXICAL;
    return OK;
}

/* What does not depend on the snapshot. At least twice as many candidates as hits are asked for:
   same texts and dead chunks fall away. */
static Status prepare(Search *s, Err *err) {
    const SearchQuery *q = s->query;
    if (q->k < 1 || q->k > SEARCH_K_MAX) {
        return err_set(err, E_USAGE, "k is %u, it may be 1 to %d", q->k, SEARCH_K_MAX);
    }
    s->text = utf8_cut(q->text, QUERY_BYTES);
    s->out->cut = s->text.n < q->text.n;
    s->pool = q->k * 2 > POOL_LEAST ? q->k * 2 : POOL_LEAST;
    TRY(lex_query_parse(s->text, s->arena, &s->words, err));
    s->out->n_terms = (uint32_t)s->words.n_asked;
    s->n_words = s->words.n;
    TRY(decide_mode(s, err));
    s->vector = q->vector;
    if (s->mode == SEARCH_LEXICAL) s->vector = NULL;
    return embed_question(s, err);
}

Status search_run(Store *store, const SearchQuery *query, Arena *arena, SearchResults *out,
                  Err *err) {
    double from = clock_now_ms();
    *out = (SearchResults){0};
    Search s = {.store = store, .query = query, .out = out, .arena = arena};
    buf_clear(&store->notice);
    TRY(prepare(&s, err));
    out->mode = s.mode;
    Status status = OK;
    for (int i = 0; i < SNAPSHOT_TRIES; i++) {
        status = sql_read_begin(store, err);
        if (status == OK) status = in_snapshot(&s, err);
        sql_read_end(store);
        bool cut = segs_intact(store, NULL) != OK;
        if (cut) segs_close_all(store); /* the next look goes without it, and says so */
        if (!cut && status != E_NOT_FOUND) break; /* a segment was merged away: look again */
    }
    if (status == E_NOT_FOUND) { /* not merged away: gone */
        status = err_set(err, E_CORRUPT, "store %s lacks a file of its index", store->dir);
    }
    mem_free(s.items);
    out->total_ms = clock_now_ms() - from;
    return store_advise(status, err);
}

/* ---- a whole document ------------------------------------------------------------------------ */

/* By their place in the document. One row more than `max` is asked for, to see whether there is
   more. */
static Status read_document(Search *s, int64_t file_id, size_t max, Buf *text, Err *err) {
    sqlite3_stmt *q;
    bool row, found;
    assert(max == 0 || s->out->hits); /* the caller's, with room for max behind its n */
    TRY(sql_get(s->store, Q_CHUNKS_OF_FILE, &q, err));
    (void)sqlite3_bind_int64(q, 1, file_id);
    (void)sqlite3_bind_int64(q, 2, (int64_t)max + 1);
    for (;;) {
        TRY(sql_step(s->store, q, &row, err));
        if (!row) return OK;
        if (max-- == 0) break;
        Candidate c = {.chunk = sqlite3_column_int64(q, 0), .cosine = NAN};
        SearchHit *hit = &s->out->hits[s->out->n];
        TRY(read_hit(s, &c, hit, &found, err));
        if (!found) continue; /* a damaged database: a passage whose document is missing */
        TRY(read_text(s, hit, text, err));
        TRY(read_lines(s, hit, text, err));
        s->out->n++;
    }
    s->out->cut = true;
    (void)sqlite3_reset(q);
    return OK;
}

Status search_document(Store *store, int64_t file_id, size_t max, Arena *arena, SearchResults *out,
                       Err *err) {
    Search s = {.store = store, .out = out, .arena = arena};
    Buf text;
    TRY(sql_read_begin(store, err));
    buf_init(&text, DOC_TEXT_MAX);
    Status status = read_document(&s, file_id, max, &text, err);
    buf_fini(&text);
    sql_read_end(store);
    return store_advise(status, err);
}
