/*
 * Promises of embedding: which passages get vectors, in which order, and what is kept when it
 * stops. And of merging: which segments become one.
 */
#include "../support/store_home.h"

#include "knowledge/store_impl.h"

#include <math.h>

static void embed_never_repeats_a_text(void **state) {
    many(30, "common");
    put("copy.txt", "twice the same", 100);
    HashEmbedder h = {0};
    StoreEmbedder e = hash_embedder(&h, "hash-1");
    Store *store = open_store(STORE_WRITE);
    IngestReport r = add_with(store, &e, NULL);
    assert_int_equal(r.chunks_embedded, 31);
    assert_int_equal(r.chunks_pending, 0);
    (void)add_with(store, &e, NULL);
    assert_int_equal(h.n_texts, 31);
    /* moved: same name (hence same context), other folder */
    assert_int_equal(mkdir(in_docs("sub"), 0755), 0);
    assert_int_equal(rename(in_docs("copy.txt"), in_docs("sub/copy.txt")), 0);
    r = add_with(store, &e, NULL);
    assert_int_equal(r.removed, 1);
    assert_int_equal(r.added, 1);
    assert_int_equal(h.n_texts, 31);
    SearchResults found = find_with(store, "twice the same", SEARCH_HYBRID, &e);
    assert_int_equal(found.mode, SEARCH_HYBRID);
    assert_int_equal(found.chunks, 31);
    assert_int_equal(found.embedded, 31);
    assert_first(&found, "/sub/copy.txt");
    assert_true(found.hits[0].cosine > 0.5f);
    store_close(store);
}

static void embed_goes_on_where_it_was_stopped(void **state) {
    many(100, "resumable");
    atomic_bool cancel = false;
    HashEmbedder h = {.cancel = &cancel, .cancel_after = 40};
    StoreEmbedder e = hash_embedder(&h, "hash-1");
    Store *store = open_store(STORE_WRITE);
    IngestReport r = add_with(store, &e, &cancel);
    assert_true(r.cancelled);
    assert_in_range(r.chunks_embedded, 40, 64);
    assert_int_equal(r.chunks_embedded + r.chunks_pending, 100);
    assert_int_equal(find(store, "number99").n, 1); /* words first, for everything */
    h.cancel = NULL;
    r = add_with(store, &e, NULL);
    assert_int_equal(h.n_texts, 100);
    assert_int_equal(r.chunks_pending, 0);
    store_close(store);
}

static void embed_failure_keeps_what_was_done(void **state) {
    many(100, "fragile");
    HashEmbedder h = {.fail_after = 50};
    StoreEmbedder e = hash_embedder(&h, "hash-1");
    Store *store = open_store(STORE_WRITE);
    const char *paths[] = {docs};
    IngestOptions o = {.paths = paths, .n_paths = 1, .extract = plain_reader, .embedder = &e};
    IngestReport r;
    Err err;
    assert_int_equal(ingest_add(store, &o, &r, &err), E_FAILED);
    assert_string_equal(err.message, "the test's embedder fails here");
    assert_int_equal(r.chunks_embedded, 48);
    h.fail_after = 0;
    (void)add_with(store, &e, NULL);
    assert_in_range(h.n_texts, 100, 103); /* the call that failed had begun */
    store_close(store);
}

static void embed_spaces_are_never_mixed(void **state) {
    many(20, "space");
    HashEmbedder h = {0};
    StoreEmbedder one = hash_embedder(&h, "hash-1"), two = hash_embedder(&h, "hash-2");
    Store *store = open_store(STORE_WRITE);
    (void)add_with(store, &one, NULL);
    SearchResults found = find_with(store, "number3", SEARCH_HYBRID, &two);
    assert_int_equal(found.mode, SEARCH_LEXICAL);
    assert_non_null(store_notice(store));
    assert_first(&found, "/f0003.txt");
    IngestReport r = add_with(store, &two, NULL);
    assert_int_equal(r.chunks_embedded, 20);
    found = find_with(store, "number3", SEARCH_VECTOR, &two);
    assert_int_equal(found.embedded, 20);
    assert_int_equal(found.mode, SEARCH_VECTOR);
    assert_first(&found, "/f0003.txt");
    SearchQuery q = {.text = STR("number3"), .k = 3, .mode = SEARCH_VECTOR, .embedder = &one};
    assert_int_equal(search_run(store, &q, &found_arena, &found, NULL), E_UNSUPPORTED);
    store_close(store);
}

/* The same documents, the same yardstick, whatever the store held before. */
static void yardstick_knows_no_history(void **state) {
    HashEmbedder h = {0};
    StoreEmbedder e = hash_embedder(&h, "hash-1");
    Store *store = open_store(STORE_WRITE);
    uint64_t n;
    many(90, "second");
    (void)add_with(store, &e, NULL);
    double alone = sql("SELECT spread FROM space WHERE active");
    assert_true(alone > 0);
    many(150, "first");
    (void)add_with(store, &e, NULL);
    assert_true(sql("SELECT spread FROM space WHERE active") != alone);
    for (int i = 90; i < 150; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "f%04d.txt", i);
        assert_int_equal(unlink(in_docs(name)), 0);
    }
    many(90, "second");
    (void)add_with(store, &e, NULL);
    assert_true(sql("SELECT min(id) FROM vector") > 90);
    assert_true(sql("SELECT spread FROM space WHERE active") == alone);
    assert_int_equal(store_remove(store, docs, &n, NULL), OK);
    assert_true(sql("SELECT spread FROM space WHERE active") == 0);
    store_close(store);
}

/* A log of a megabyte, then a letter: the letter does not wait for the log's end. */
static void embed_begins_with_the_head_of_every_file(void **state) {
    enum { LINES = 20000, HEAD = 256 << 10 };
    char *log = mem_alloc(LINES * 64);
    size_t n = 0;
    for (int i = 0; i < LINES; i++) {
        n += (size_t)snprintf(log + n, 64, "line %d of a log that nobody reads%s\n", i,
                              i % 8 ? "" : "\n");
    }
    put("a-log.txt", log, 100);
    put("b-letter.txt", "The heron has left the weir.\n", 100);
    mem_free(log);
    HashEmbedder counts = {0};
    StoreEmbedder all = hash_embedder(&counts, "hash-1");
    Store *store = open_store(STORE_WRITE);
    size_t chunks = (size_t)add(store).chunks_added;
    atomic_bool cancel = false;
    HashEmbedder h = {.cancel = &cancel, .cancel_after = chunks * HEAD / n + 64};
    StoreEmbedder e = hash_embedder(&h, "hash-1");
    assert_true(h.cancel_after < chunks);
    assert_true(add_with(store, &e, &cancel).cancelled);
    SearchResults found = find_with(store, "The heron has left the weir.", SEARCH_VECTOR, &e);
    assert_first(&found, "/b-letter.txt");
    assert_true(found.hits[0].cosine > 0.5f);
    assert_int_equal(add_with(store, &all, NULL).chunks_pending, 0); /* and then the rest */
    store_close(store);
}

/* ---- which segments become one --------------------------------------------------------------- */

static SegPart lex_part(int64_t n, uint64_t texts) {
    return (SegPart){.row = {.kind = SEG_LEX, .n = n},
                     .lex = {.n_texts = texts, .n_terms = (uint32_t)(texts / 8)}};
}

/* Merges as the store does until nothing is left to do; counts the chunks that were written. */
static uint64_t merge_all(SegPart *parts, size_t *n) {
    uint64_t written = 0;
    for (Run run; (run = segs_choose(parts, 0, *n)).n;) {
        SegPart one = lex_part(0, 0);
        for (size_t i = run.from; i < run.from + run.n; i++) {
            one.row.n += parts[i].row.n;
            one.lex.n_texts += parts[i].lex.n_texts;
        }
        assert_true(run.n > 1 && one.row.n <= LEX_DOCS_MAX && one.lex.n_texts <= LEX_TEXTS_MAX);
        written += (uint64_t)one.row.n;
        parts[run.from] = one;
        *n -= run.n - 1;
        for (size_t i = run.from + 1; i < *n; i++) parts[i] = parts[i + run.n - 1];
    }
    return written;
}

/* 400 million passages in batches of 100,000: no segment beyond its limit, not too many of them,
   and none is rewritten with each batch. */
static void merging_goes_on_beyond_what_one_segment_holds(void **state) {
    enum { BATCHES = 4000, BATCH = 100 * 1000 };
    static SegPart parts[2 * STORE_SEGMENTS_MAX];
    uint64_t written = 0;
    size_t n = 0;
    for (int i = 0; i < BATCHES; i++) {
        assert_true(n < STORE_SEGMENTS_MAX);
        parts[n++] = lex_part(BATCH, 1000);
        written += merge_all(parts, &n);
    }
    assert_true(n > (size_t)((int64_t)BATCHES * BATCH / LEX_DOCS_MAX) && n <= 100);
    assert_true(written < (uint64_t)BATCHES * BATCH * 8);
}

/* A thousand days with three passages each, then one large batch and small ones behind it. */
static void merging_does_not_rewrite_a_large_segment_with_each_small_one(void **state) {
    SegPart parts[100];
    uint64_t written = 0;
    size_t n = 0;
    for (int i = 0; i < 1000; i++) {
        assert_true(n < 40);
        parts[n++] = lex_part(3, 100);
        written += merge_all(parts, &n);
    }
    assert_true(written < UINT64_C(1000) * 3 * 10 && n > 1);
    parts[0] = lex_part(1000 * 1000, 1000);
    n = 1;
    for (int i = 0; i < 3; i++) parts[n++] = lex_part(100, 1000);
    assert_int_equal(segs_choose(parts, 0, n).n, 0);
    parts[n++] = lex_part(100, 1000);
    Run run = segs_choose(parts, 0, n);
    assert_true(run.from == 1 && run.n == 4);
}

static void merging_stops_where_the_words_would_not_fit(void **state) {
    SegPart parts[60];
    for (size_t i = 0; i < 8; i++) parts[i] = lex_part(300, LEX_TEXTS_MAX / 3);
    assert_int_equal(segs_choose(parts, 0, 8).n, 0);
    for (size_t i = 0; i < 8; i++) parts[i] = lex_part(300, LEX_TEXTS_MAX / 5);
    Run run = segs_choose(parts, 0, 8);
    assert_true(run.n == 5 && run.from == 3);
    for (size_t i = 0; i < 60; i++) parts[i] = lex_part(LEX_DOCS_MAX - 1, 1000);
    assert_int_equal(segs_choose(parts, 0, 60).n, 0); /* more than are wanted, and none fits */
    for (size_t i = 20; i < 24; i++) parts[i] = lex_part(1000, 1000);
    run = segs_choose(parts, 0, 60);
    assert_true(run.n == 4 && run.from == 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_HOME(embed_never_repeats_a_text),
        IN_HOME(embed_goes_on_where_it_was_stopped),
        IN_HOME(embed_failure_keeps_what_was_done),
        IN_HOME(embed_spaces_are_never_mixed),
        IN_HOME(yardstick_knows_no_history),
        IN_HOME(embed_begins_with_the_head_of_every_file),
        cmocka_unit_test(merging_goes_on_beyond_what_one_segment_holds),
        cmocka_unit_test(merging_does_not_rewrite_a_large_segment_with_each_small_one),
        cmocka_unit_test(merging_stops_where_the_words_would_not_fit),
    };
    int failed = cmocka_run_group_tests_name("store_embed", tests, NULL, NULL);
    arena_fini(&found_arena);
    return failed;
}
