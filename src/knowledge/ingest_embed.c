/*
 * The second phase of ingest: vectors for chunks that have none.
 *
 * Chunks come in order of id, PAGE at a time, and go to the embedder CALL at a time; a page is one
 * transaction. First come those of the first HEAD_BYTES of each file: a log of many MB shall not
 * keep all that was added behind it waiting for hours. Within a page, and against everything
 * embedded before, the same text (by key) is embedded once. Cancelling ends the page early and
 * keeps what is done; the next add goes on where this one stopped, because "pending" is a state of
 * rows, not of a process.
 *
 * Vectors of the last pages have no codes yet: search compares them exactly (they are few). When
 * CODES_AT are together they get a segment.
 *
 * A page of 64 chunks, of which 20 have texts that were embedded before and 4 are alike among
 * themselves, makes 41 texts for the embedder (64 - 20 - 3), in calls of 16, 16 and 9; then all 64
 * chunks are linked, and the page is committed.
 */
#include <assert.h>

#include "base/clock.h"
#include "knowledge/ingest_impl.h"

enum { PAGE = 64, CALL = 16, CODES_AT = 4096, CODES_AT_END = 1024, PAGE_ARENA_BYTES = 256 << 20,
       HEAD_BYTES = 256 << 10 }; /* a long report; chosen */

typedef struct PendingChunk {
    int64_t id, file;
    size_t start, stop;
    char *context;
    uint8_t key[STORE_KEY_BYTES];
    int64_t same; /* index of an earlier chunk of the page with this key, or -1 */
    int64_t vector;
} PendingChunk;

typedef struct Page {
    PendingChunk chunks[PAGE];
    Str texts[PAGE];
    size_t n;
    size_t todo[PAGE]; /* indices that need the embedder */
    size_t n_todo;
    Arena arena;
    float *vectors; /* [CALL][dim] */
    uint8_t *packed;
} Page;

/* The next PAGE chunks without a vector behind id `after` that begin before `reach` in their file;
   p->n = 0: there are none. */
static Status page_rows(Store *s, int64_t after, int64_t reach, Page *p, Err *err) {
    sqlite3_stmt *q;
    bool row;
    p->n = p->n_todo = 0;
    arena_reset(&p->arena);
    TRY(sql_get(s, Q_CHUNK_PENDING, &q, err));
    (void)sqlite3_bind_int64(q, 1, after);
    (void)sqlite3_bind_int64(q, 2, PAGE);
    (void)sqlite3_bind_int64(q, 3, reach);
    for (;;) {
        TRY(sql_step(s, q, &row, err));
        if (!row) return OK;
        if (p->n == PAGE) break;
        PendingChunk *c = &p->chunks[p->n++];
        Str context = sql_blob(q, 4), key = sql_blob(q, 5);
        *c = (PendingChunk){.id = sqlite3_column_int64(q, 0),
                            .file = sqlite3_column_int64(q, 1),
                            .start = (size_t)sqlite3_column_int64(q, 2),
                            .stop = (size_t)sqlite3_column_int64(q, 3),
                            .context = arena_dup(&p->arena, context.p, context.n),
                            .same = -1};
        if (!c->context) return err_no_memory(err, "embedding");
        if (key.n == sizeof c->key) memcpy(c->key, key.p, key.n);
    }
    (void)sqlite3_reset(q);
    return OK;
}

/* "context\ntext" of chunk i, in the page's arena. */
static Status page_text(Store *s, Page *p, size_t i, Buf *text, Err *err) {
    PendingChunk *c = &p->chunks[i];
    buf_clear(text);
    buf_add_c(text, c->context);
    if (text->n) buf_add_byte(text, '\n');
    TRY(docs_text(s, c->file, c->start, c->stop, text, err));
    return arena_keep(&p->arena, buf_str(text), &p->texts[i], "embedding", err);
}

/* Sorts the page into known, same as another of this page, and to do. */
static Status page_sort(Store *s, Page *p, Err *err) {
    Buf text;
    buf_init(&text, DOC_TEXT_MAX + CHUNK_CONTEXT_MAX + 2);
    Status status = OK;
    for (size_t i = 0; status == OK && i < p->n; i++) {
        PendingChunk *c = &p->chunks[i];
        status = docs_vector_of(s, c->key, &c->vector, err);
        for (size_t k = 0; k < i && c->same < 0 && !c->vector; k++) {
            if (memcmp(p->chunks[k].key, c->key, sizeof c->key) == 0) c->same = (int64_t)k;
        }
        if (status != OK || c->vector || c->same >= 0) continue;
        status = page_text(s, p, i, &text, err);
        assert(p->n_todo < PAGE);
        p->todo[p->n_todo++] = i;
    }
    buf_fini(&text);
    return status;
}

/* One row of table vector; the chunk learns its id. */
static Status put_vector(Ingest *in, Page *p, PendingChunk *c, const float *v, Err *err) {
    Store *s = in->store;
    assert(s->in_tx && s->space.id); /* with the links of its page, or not at all */
    vec_pack(v, s->space.dim, p->packed);
    sqlite3_stmt *q;
    TRY(sql_get(s, Q_VECTOR_PUT, &q, err));
    (void)sqlite3_bind_int64(q, 1, s->space.id);
    (void)sqlite3_bind_blob(q, 2, c->key, sizeof c->key, SQLITE_STATIC);
    (void)sqlite3_bind_blob64(q, 3, p->packed, vec_packed_bytes(s->space.dim), SQLITE_STATIC);
    TRY(sql_run(s, q, err));
    c->vector = sqlite3_last_insert_rowid(s->db);
    if (c->vector < STORE_IDS_MAX) return OK;
    return err_set(err, E_LIMIT, "store %s has used up its vector numbers; make a new one", s->dir);
}

/* Embeds todo[from .. from+n). */
static Status embed_some(Ingest *in, Page *p, size_t from, size_t n, Err *err) {
    const StoreEmbedder *e = in->options->embedder;
    Str texts[CALL];
    assert(n <= CALL && from + n <= p->n_todo);
    assert(e->dim == in->store->space.dim); /* store_use_space saw to it, and the lock is held */
    for (size_t i = 0; i < n; i++) texts[i] = p->texts[p->todo[from + i]];
    TRY(e->passages(e->user, texts, n, p->vectors, err));
    TRY(sql_begin(in->store, err));
    for (size_t i = 0; i < n; i++) {
        TRY(put_vector(in, p, &p->chunks[p->todo[from + i]], p->vectors + i * e->dim, err));
    }
    return OK;
}

/* Chunks whose text has a vector now learn it. */
static Status page_link(Ingest *in, Page *p, Err *err) {
    TRY(sql_begin(in->store, err));
    for (size_t i = 0; i < p->n; i++) {
        PendingChunk *c = &p->chunks[i];
        if (c->same >= 0) c->vector = p->chunks[c->same].vector;
        if (!c->vector) continue; /* stopped before its turn */
        TRY(sql_run_ids(in->store, Q_CHUNK_LINK, c->id, c->vector, err));
        in->store->newly_embedded++;
    }
    in->report->chunks_reused += p->n - p->n_todo;
    return sql_commit(in->store, err);
}

/* The embedder's calls of one page. Stops between two of them; what is done is linked by
   page_link. */
static Status page_embed(Ingest *in, Page *p, Err *err) {
    Status status = OK;
    for (size_t at = 0; status == OK && at < p->n_todo; at += CALL) {
        if (ingest_cancelled(in)) break;
        size_t n = p->n_todo - at < CALL ? p->n_todo - at : CALL;
        status = embed_some(in, p, at, n, err);
        if (status != OK) break;
        in->report->chunks_embedded += n;
        in->report->chunks_pending -= n < in->report->chunks_pending ? n
                                                                    : in->report->chunks_pending;
        ingest_tell(in, INGEST_EMBED, NULL, true);
    }
    if (status == E_CANCELLED) { /* the embedder saw the flag before we did */
        in->report->cancelled = true;
        status = OK;
    }
    return status;
}

/* Linking comes also after a failure: the vectors that there are were paid for. */
static Status embed_page(Ingest *in, Page *p, Err *err) {
    TRY(page_sort(in->store, p, err));
    Err why;
    Status status = page_embed(in, p, &why), linked = page_link(in, p, err);
    if (status != OK && err) *err = why; /* what was embedded before it failed is kept */
    return status != OK ? status : linked;
}

/* Goes by ids, not by "pending" alone: a chunk that the embedder leaves without a vector would come
   again for ever. */
static Status embed_until(Ingest *in, Page *p, int64_t reach, uint64_t *coded, Err *err) {
    int64_t after = 0;
    for (;;) {
        if (ingest_cancelled(in)) return OK;
        TRY(page_rows(in->store, after, reach, p, err));
        if (p->n == 0) return OK;
        after = p->chunks[p->n - 1].id;
        TRY(embed_page(in, p, err));
        if (in->report->chunks_embedded - *coded >= CODES_AT) {
            TRY(segs_add_vec(in->store, CODES_AT, err));
            *coded = in->report->chunks_embedded;
        }
    }
}

static Status embed_all(Ingest *in, Page *p, Err *err) {
    uint64_t coded = 0;
    TRY(embed_until(in, p, HEAD_BYTES, &coded, err));
    return embed_until(in, p, INT64_MAX, &coded, err);
}

/* Page and vectors are allocated once. At the end the yardstick is measured and what is left gets
   its codes, when that is worth a segment. */
Status ingest_embed(Ingest *in, Err *err) {
    int64_t pending;
    Store *s = in->store;
    TRY(store_use_space(s, in->options->embedder, err));
    TRY(sql_number(s, Q_CHUNK_PENDING_COUNT, 0, &pending, err));
    in->report->chunks_pending = (uint64_t)pending;
    if (pending == 0) return OK;
    in->phase_ns = clock_now_ns();
    Page *p = mem_zalloc(sizeof *p);
    if (!p) return err_no_memory(err, "embedding");
    arena_init(&p->arena, PAGE_ARENA_BYTES);
    p->vectors = mem_alloc_n((size_t)CALL * s->space.dim, sizeof *p->vectors);
    p->packed = mem_alloc(vec_packed_bytes(s->space.dim));
    Status status = p->vectors && p->packed ? OK : err_no_memory(err, "embedding");
    if (status == OK) status = embed_all(in, p, err);
    sql_rollback(s);
    if (status == OK) status = store_measure_spread(s, err);
    if (status == OK) status = segs_add_vec(s, CODES_AT_END, err);
    if (status == OK) status = sql_number(s, Q_CHUNK_PENDING_COUNT, 0, &pending, err);
    in->report->chunks_pending = (uint64_t)pending;
    arena_fini(&p->arena);
    mem_free(p->vectors);
    mem_free(p->packed);
    mem_free(p);
    return status;
}
