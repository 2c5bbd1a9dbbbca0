/*
 * A temporary home with documents and a store in it, for tests of the store: cmocka, the plain
 * reader, the embedder of hashes, and the few calls that every such test makes.
 */
#ifndef HEARTH_TESTS_STORE_HOME_H
#define HEARTH_TESTS_STORE_HOME_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/sealing.h"
#include "knowledge/ingest.h"
#include "knowledge/search.h"
#include "knowledge/store_impl.h"
#include "knowledge/store_vfs.h"

#include "hash_embedder.h"
#include "plain_reader.h"
#include "remove_folder.h"

/* ---- a temporary home ------------------------------------------------------------------------ */

static char home[128], docs[160], stores[160];

/* HEARTH_TEST_SEALED=1: the same promises of a store that is sealed. */
static inline void seal_if_asked(void) {
    uint8_t key[SEAL_KEY_BYTES] = "a key of these tests, no secret";
    if (getenv("HEARTH_TEST_SEALED")) sealing_use(key);
}

static inline int home_make(void **state) {
    seal_if_asked();
    static const char *const places[] = {"/dev/shm", "/tmp"}; /* in memory a sync costs nothing */
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(home, sizeof home, "%s/hearth-store-XXXXXX", places[i]);
        if (mkdtemp(home)) break;
        if (i == 1) return -1;
    }
    (void)snprintf(docs, sizeof docs, "%s/docs", home);
    (void)snprintf(stores, sizeof stores, "%s/stores", home);
    return mkdir(docs, 0755);
}

static inline int home_drop(void **state) {
    return remove_folder(home);
}

static inline char *in_docs(const char *name) {
    static char path[4][512];
    static int turn;
    turn = (turn + 1) % 4;
    (void)snprintf(path[turn], sizeof path[turn], "%s/%s", docs, name);
    return path[turn];
}

/* Writes docs/name with an mtime well in the past (age_s ago), so that its stat can be trusted. */
static inline void put(const char *name, const char *text, int age_s) {
    char *path = in_docs(name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    struct timespec times[2] = {{time(NULL) - age_s, 0}, {time(NULL) - age_s, 0}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static inline Store *open_store(StoreMode mode) {
    StoreOptions o = {stores, "test", mode, mode == STORE_WRITE, 0};
    Store *store = NULL;
    Err err = {.message = ""};
    if (store_open(&o, &store, &err) != OK) print_message("open: %s\n", err.message);
    assert_non_null(store);
    return store;
}

static inline IngestReport add_with(Store *store, const StoreEmbedder *embedder,
                             const atomic_bool *cancel) {
    const char *paths[] = {docs};
    IngestOptions o = {.paths = paths, .n_paths = 1, .extract = plain_reader,
                       .embedder = embedder, .cancel = cancel};
    IngestReport report;
    Err err = {.message = ""};
    Status status = ingest_add(store, &o, &report, &err);
    if (status != OK) print_message("add: %s\n", err.message);
    assert_int_equal(status, OK);
    return report;
}

static inline IngestReport add(Store *store) { return add_with(store, NULL, NULL); }

static Arena found_arena;

static inline SearchResults find_with(Store *store, const char *text, SearchMode mode,
                               const StoreEmbedder *embedder) {
    SearchQuery q = {.text = str_from(text), .k = 10, .mode = mode, .embedder = embedder};
    SearchResults r;
    Err err = {.message = ""};
    arena_fini(&found_arena);
    arena_init(&found_arena, 64 << 20);
    Status status = search_run(store, &q, &found_arena, &r, &err);
    if (status != OK) print_message("search: %s\n", err.message);
    assert_int_equal(status, OK);
    return r;
}

static inline SearchResults find(Store *store, const char *text) {
    return find_with(store, text, SEARCH_LEXICAL, NULL);
}

static inline void assert_first(const SearchResults *r, const char *name) {
    assert_true(r->n >= 1);
    assert_true(str_ends(r->hits[0].path, str_from(name)));
}

static inline void many(int n, const char *word) {
    for (int i = 0; i < n; i++) {
        char name[32], text[128];
        (void)snprintf(name, sizeof name, "f%04d.txt", i);
        (void)snprintf(text, sizeof text, "%s number%d about topic%d and thing%d", word, i, i % 7,
                       i * i % 31);
        put(name, text, 100);
    }
}

static inline int first_number(void *out, int n, char **values, char **names) {
    *(double *)out = n && values[0] ? strtod(values[0], NULL) : 0;
    return 0;
}

/* The number that the statement gives, 0 when it gives none. */
static inline double sql(const char *text) {
    char path[256];
    double found = 0;
    sqlite3 *db;
    const char *vfs;
    (void)snprintf(path, sizeof path, "%s/test/store.db", stores);
    assert_int_equal(store_vfs_for(path, &vfs, NULL), OK);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, vfs), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, first_number, &found, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return found;
}

#define IN_HOME(test) cmocka_unit_test_setup_teardown(test, home_make, home_drop)

#endif
