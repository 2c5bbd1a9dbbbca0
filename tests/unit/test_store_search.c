/*
 * Promises of searching a store, with a plain-text reader that needs no other room.
 */
#include "../support/store_home.h"

static void search_counts_the_same_text_once(void **state) {
    put("a.txt", "identical passage here", 100);
    put("b.txt", "identical passage here", 100);
    put("c.txt", "another passage", 100);
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    SearchResults found = find(store, "identical passage");
    assert_int_equal(found.n, 2);
    assert_first(&found, "/a.txt");
    assert_int_equal(found.hits[0].n_same, 1);
    store_close(store);
}

static void add_paragraph(Buf *text, int words, const char *named) {
    for (int i = 0; i < words; i++) buf_printf(text, "word%d ", i);
    buf_printf(text, "%s\n\n", named);
}

/* Two passages that are alike for themselves: the one whose document has the answer comes first,
   and the answer before both. */
static void search_lifts_a_passage_whose_document_has_a_better_one(void **state) {
    Buf text;
    buf_init(&text, 1 << 20);
    add_paragraph(&text, 90, "zebra");
    put("lone.txt", text.p, 100);
    buf_clear(&text);
    add_paragraph(&text, 120, "zebra quokka");
    add_paragraph(&text, 120, "zebra");
    put("zoo.txt", text.p, 100);
    buf_fini(&text);
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    SearchResults found = find(store, "zebra quokka");
    assert_int_equal(found.n, 3);
    assert_first(&found, "/zoo.txt");
    assert_true(str_ends(found.hits[1].path, STR("/zoo.txt")));
    assert_true(found.hits[1].bm25 < found.hits[2].bm25);
    assert_true(found.hits[0].score == 1 && found.hits[1].score < 1);
    store_close(store);
}

static void search_refuses_or_cuts_what_is_too_large(void **state) {
    put("a.txt", "needle", 100);
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    size_t n = 10 << 20;
    char *text = malloc(n + 1);
    memset(text, 'x', n);
    memcpy(text, "needle ", 7);
    text[n] = 0;
    for (size_t i = 8; i < n; i += 9) text[i] = ' ';
    SearchResults found = find(store, text);
    assert_true(found.cut);
    assert_int_equal(found.n, 1);
    SearchQuery q = {.text = STR("x"), .k = 0};
    assert_int_equal(search_run(store, &q, &found_arena, &found, NULL), E_USAGE);
    free(text);
    store_close(store);
}

static void search_by_a_reader_sees_each_finished_batch(void **state) {
    put("a.txt", "early bird", 100);
    Store *writer = open_store(STORE_WRITE);
    (void)add(writer);
    Store *reader = open_store(STORE_READ);
    assert_int_equal(find(reader, "early").n, 1);
    put("b.txt", "late bird", 100);
    (void)add(writer);
    assert_int_equal(find(reader, "late").n, 1);
    for (int i = 0; i < 30; i++) { /* many segments, merged under the reader's feet */
        char name[32];
        (void)snprintf(name, sizeof name, "n%d.txt", i);
        put(name, "flock of birds", 100);
        (void)add(writer);
        assert_int_equal(find(reader, "late").n, 1);
    }
    StoreStats stats;
    assert_int_equal(store_stats(writer, &stats, NULL), OK);
    assert_true(stats.lex_segments < 8);
    store_close(reader);
    store_close(writer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_HOME(search_counts_the_same_text_once),
        IN_HOME(search_lifts_a_passage_whose_document_has_a_better_one),
        IN_HOME(search_refuses_or_cuts_what_is_too_large),
        IN_HOME(search_by_a_reader_sees_each_finished_batch),
    };
    int failed = cmocka_run_group_tests_name("store_search", tests, NULL, NULL);
    arena_fini(&found_arena);
    return failed;
}
