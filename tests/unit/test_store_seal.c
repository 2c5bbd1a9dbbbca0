/*
 * Promises of a sealed store: nothing of a document stands on the disk, in no file and at no time;
 * what is changed, moved, or another home's is told; the rest of what a store promises holds as it
 * does plain (test_store, test_damage and test_scarce run once more with HEARTH_TEST_SEALED).
 */
#include "../support/store_home.h"

#include "knowledge/store_vfs.h"

enum { PAGE_BYTES = 4096 };

static const uint8_t key_a[SEAL_KEY_BYTES] = "a key", key_b[SEAL_KEY_BYTES] = "another key";
static char database[256];
static const char *needle;
static size_t files_looked_at;

static int begin(void **state) {
    if (home_make(state) != 0) return -1;
    (void)snprintf(database, sizeof database, "%s/test/store.db", stores);
    sealing_use(key_a);
    return 0;
}

static int end(void **state) {
    sealing_use(NULL);
    return home_drop(state);
}

static int look_into(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
    Buf bytes;
    (void)st;
    (void)ftw;
    if (kind != FTW_F) return 0;
    buf_init(&bytes, 256 << 20);
    assert_int_equal(file_read(path, &bytes, NULL), OK);
    bool found = str_find(buf_str(&bytes), str_from(needle), 0) != SIZE_MAX;
    if (found) print_message("%s holds it\n", path);
    assert_false(found);
    buf_fini(&bytes);
    files_looked_at++;
    return 0;
}

static void assert_nowhere(const char *text) {
    needle = text;
    files_looked_at = 0;
    assert_int_equal(nftw(stores, look_into, 8, FTW_PHYS), 0);
    assert_true(files_looked_at >= 3);
}

static void fill(void) {
    HashEmbedder h = {0};
    StoreEmbedder e = hash_embedder(&h, "hash-1");
    many(60, "zebracanary");
    Store *store = open_store(STORE_WRITE);
    (void)add_with(store, &e, NULL);
    assert_int_equal(segs_add_vec(store, 1, NULL), OK);
    store_close(store);
}

static void nothing_of_a_document_stands_on_the_disk(void **state) {
    HashEmbedder h = {0};
    StoreEmbedder e = hash_embedder(&h, "hash-1");
    fill();
    assert_nowhere("zebracanary");
    assert_nowhere("f0007.txt");
    assert_nowhere("SQLite format");
    Store *store = open_store(STORE_WRITE);
    put("late.txt", "the latecanary arrives", 100);
    (void)add_with(store, &e, NULL);
    assert_true(file_exists(database)); /* and the WAL stands beside it now */
    assert_nowhere("latecanary");
    assert_int_equal(find(store, "latecanary").n, 1);
    assert_int_equal(find_with(store, "zebracanary number7", SEARCH_HYBRID, &e).n, 10);
    store_close(store);
    assert_nowhere("latecanary");
}

/* What opening and checking say of the store as it is now. */
static Status judge(void) {
    StoreOptions o = {stores, "test", STORE_READ, false, 0};
    StoreCheck check;
    Store *store = NULL;
    Err err;
    Status status = store_open(&o, &store, &err);
    if (status == OK) status = store_check(store, &check, &err);
    bool whole = status == OK && check.database_ok && check.segments_ok && check.texts_ok;
    if (status == OK && !whole) status = E_CORRUPT;
    store_close(store);
    return status;
}

static void every_changed_page_is_found(void **state) {
    Buf bytes;
    fill();
    assert_int_equal(judge(), OK);
    buf_init(&bytes, 64 << 20);
    assert_int_equal(file_read(database, &bytes, NULL), OK);
    assert_int_equal(bytes.n % PAGE_BYTES, 0);
    for (size_t page = 0; page < bytes.n / PAGE_BYTES; page++) {
        size_t at = page * PAGE_BYTES + (page * 1237 + 11) % PAGE_BYTES;
        bytes.p[at] ^= 4;
        assert_int_equal(file_replace(database, buf_str(&bytes), 0600, NULL), OK);
        assert_int_equal(judge(), E_CORRUPT);
        bytes.p[at] ^= 4;
    }
    assert_int_equal(file_replace(database, buf_str(&bytes), 0600, NULL), OK);
    assert_int_equal(judge(), OK);
    buf_fini(&bytes);
}

/* One value of 9,000 bytes, most of it in pages that hold nothing else. */
static void make_value(const char *path) {
    sqlite3 *db;
    const char *vfs;
    assert_int_equal(file_make_dirs(stores, 0700, NULL), OK);
    assert_int_equal(store_vfs_for(path, &vfs, NULL), OK);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    assert_int_equal(sqlite3_open_v2(path, &db, flags, vfs), SQLITE_OK);
    assert_int_equal(store_vfs_reserve(db, NULL), OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA journal_mode=WAL; CREATE TABLE t(a);"
                                      "INSERT INTO t VALUES("
                                      "CAST(replace(hex(zeroblob(4500)), '0', 'x') AS BLOB))",
                                  NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* How many bytes of it are as they were; -1: reading it failed. */
static int value_left(const char *path) {
    sqlite3 *db;
    sqlite3_stmt *q;
    const char *vfs;
    int n = -1;
    assert_int_equal(store_vfs_for(path, &vfs, NULL), OK);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, vfs), SQLITE_OK);
    if (sqlite3_prepare_v2(db, "SELECT a FROM t", -1, &q, NULL) == SQLITE_OK &&
        sqlite3_step(q) == SQLITE_ROW) {
        const char *bytes = sqlite3_column_blob(q, 0);
        int all = bytes ? sqlite3_column_bytes(q, 0) : 0;
        n = bytes ? 0 : -1;
        for (int i = 0; i < all; i++) n += bytes[i] == 'x';
    }
    (void)sqlite3_finalize(q);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return n;
}

/* Zeros are what a disk gives for a block that it lost. */
static void a_lost_page_is_no_page_of_zeros(void **state) {
    char path[300], keep[PAGE_BYTES];
    Buf bytes;
    (void)snprintf(path, sizeof path, "%s/value.db", stores);
    make_value(path);
    assert_int_equal(value_left(path), 9000);
    buf_init(&bytes, 1 << 20);
    assert_int_equal(file_read(path, &bytes, NULL), OK);
    assert_true(bytes.n / PAGE_BYTES >= 4); /* the schema, the table, two that hold the rest */
    for (size_t page = 0; page < bytes.n / PAGE_BYTES; page++) {
        char *at = bytes.p + page * PAGE_BYTES;
        memcpy(keep, at, PAGE_BYTES);
        memset(at, 0, PAGE_BYTES);
        assert_int_equal(file_replace(path, buf_str(&bytes), 0600, NULL), OK);
        assert_int_equal(value_left(path), -1);
        memcpy(at, keep, PAGE_BYTES);
    }
    buf_fini(&bytes);
}

static void pages_cannot_change_places(void **state) {
    Buf bytes;
    char keep[PAGE_BYTES];
    fill();
    buf_init(&bytes, 64 << 20);
    assert_int_equal(file_read(database, &bytes, NULL), OK);
    char *a = bytes.p + 2 * PAGE_BYTES, *b = bytes.p + 3 * PAGE_BYTES;
    memcpy(keep, a, PAGE_BYTES);
    memcpy(a, b, PAGE_BYTES);
    memcpy(b, keep, PAGE_BYTES);
    assert_int_equal(file_replace(database, buf_str(&bytes), 0600, NULL), OK);
    assert_int_equal(judge(), E_CORRUPT);
    buf_fini(&bytes);
}

static void a_store_opens_with_its_own_key_alone(void **state) {
    fill();
    sealing_use(key_b);
    assert_int_equal(judge(), E_CORRUPT);
    sealing_use(NULL);
    assert_int_equal(judge(), E_DENIED);
    sealing_use(key_a);
    assert_int_equal(judge(), OK);
}

static void a_plain_store_is_refused_in_a_sealed_home(void **state) {
    sealing_use(NULL);
    fill();
    sealing_use(key_a);
    assert_int_equal(judge(), E_DENIED);
}

/* A WAL that was torn at any byte ends before the tear, and nothing before it is lost. */
static void a_torn_wal_ends_where_it_was_torn(void **state) {
    char wal[300];
    Buf log, base;
    fill();
    (void)snprintf(wal, sizeof wal, "%s-wal", database);
    Store *store = open_store(STORE_WRITE);
    put("late.txt", "the latecanary arrives", 100);
    (void)add(store);
    buf_init(&log, 64 << 20);
    buf_init(&base, 64 << 20);
    assert_int_equal(file_read(wal, &log, NULL), OK);
    assert_int_equal(file_read(database, &base, NULL), OK);
    store_close(store);
    assert_true(log.n > 4 * PAGE_BYTES);
    for (size_t cut = 0; cut < log.n; cut += 997) {
        assert_int_equal(file_replace(database, buf_str(&base), 0600, NULL), OK);
        assert_int_equal(file_replace(wal, str_sub(buf_str(&log), 0, cut), 0600, NULL), OK);
        (void)snprintf(wal, sizeof wal, "%s-shm", database);
        (void)unlink(wal);
        (void)snprintf(wal, sizeof wal, "%s-wal", database);
        Store *again = open_store(STORE_WRITE); /* mends segments that nobody names */
        assert_int_equal(find(again, "zebracanary number7").n, 10);
        store_close(again);
    }
    buf_fini(&log);
    buf_fini(&base);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, end)
        EACH(nothing_of_a_document_stands_on_the_disk),
        EACH(every_changed_page_is_found),
        EACH(a_lost_page_is_no_page_of_zeros),
        EACH(pages_cannot_change_places),
        EACH(a_store_opens_with_its_own_key_alone),
        EACH(a_plain_store_is_refused_in_a_sealed_home),
        EACH(a_torn_wal_ends_where_it_was_torn),
    };
    return cmocka_run_group_tests_name("store_seal", tests, NULL, NULL);
}
