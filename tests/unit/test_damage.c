/*
 * Promises about a store whose files were damaged by somebody: segments flipped, cut, deleted or
 * cut while they are mapped; pages, rows and the schema of the database changed, files of SQLite
 * deleted. Each is told with what to do, nothing crashes, and what the documents hold comes back.
 */
#include "../support/store_home.h"

#include <sqlite3.h>

#include "base/hash.h"
#include "knowledge/store_vfs.h"

/* ---- damage ---------------------------------------------------------------------------------- */

static char *segment_file(const char *kind) {
    static char path[512];
    char folder[256];
    (void)snprintf(folder, sizeof folder, "%s/test/seg", stores);
    DIR *dir = opendir(folder);
    path[0] = 0;
    for (struct dirent *e; dir && (e = readdir(dir));) {
        if (strncmp(e->d_name, kind, 3) == 0) {
            (void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        }
    }
    closedir(dir);
    assert_true(path[0] != 0);
    return path;
}

static void flip(const char *path, off_t at) {
    int fd = open(path, O_RDWR);
    char byte;
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 0x55;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void damaged_segment_is_built_anew_and_said_so(void **state) {
    many(40, "sturdy");
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    store_close(store);
    for (int round = 0; round < 3; round++) {
        if (round == 0) flip(segment_file("lex"), 4096 + 40);
        if (round == 1) assert_int_equal(truncate(segment_file("lex"), 5000), 0);
        if (round == 2) assert_int_equal(unlink(segment_file("lex")), 0);
        if (round > 0) { /* a reader goes on without it, or says what is wrong */
            StoreOptions o = {stores, "test", STORE_READ, false, 0};
            SearchQuery q = {.text = STR("sturdy"), .k = 3, .mode = SEARCH_LEXICAL};
            SearchResults r;
            Store *reader;
            assert_int_equal(store_open(&o, &reader, NULL), OK);
            Status status = search_run(reader, &q, &found_arena, &r, NULL);
            assert_true(status == E_CORRUPT || (status == OK && store_notice(reader)));
            store_close(reader);
        }
        store = open_store(STORE_WRITE);
        assert_non_null(strstr(store_notice(store), "built anew"));
        assert_int_equal(find(store, "number7").n, 1);
        StoreCheck check;
        assert_int_equal(store_check(store, &check, NULL), OK);
        assert_true(check.database_ok && check.segments_ok);
        store_close(store);
    }
}

/* 40 passages in one lexical and one vector segment. */
static void two_segments(const StoreEmbedder *e, const char *word) {
    many(40, word);
    Store *store = open_store(STORE_WRITE);
    (void)add_with(store, e, NULL);
    assert_int_equal(segs_add_vec(store, 1, NULL), OK);
    store_close(store);
}

static void segment_cut_under_a_reader_is_told_and_no_death(void **state) {
    HashEmbedder h = {0};
    StoreEmbedder e = hash_embedder(&h, "hash-1");
    static const char *const kinds[] = {"lex", "vec"};
    static const off_t left[] = {4096, 0};
    if (sealing_on()) skip(); /* a reader has it whole in memory then */
    two_segments(&e, "cut");
    for (size_t i = 0; i < 4; i++) {
        Store *reader = open_store(STORE_READ);
        assert_int_equal(find_with(reader, "cut number3", SEARCH_HYBRID, &e).n, 10);
        assert_int_equal(truncate(segment_file(kinds[i % 2]), left[i / 2]), 0);
        SearchResults r = find_with(reader, "cut number3", SEARCH_HYBRID, &e);
        assert_int_equal(r.n, 10); /* the other kind still knows them */
        assert_non_null(store_notice(reader));
        assert_non_null(strstr(store_notice(reader), "doctor --repair"));
        store_close(reader);
        Store *writer = open_store(STORE_WRITE);
        assert_non_null(strstr(store_notice(writer), "built anew"));
        assert_int_equal(find_with(writer, "cut number3", SEARCH_HYBRID, &e).n, 10);
        assert_null(store_notice(writer));
        store_close(writer);
    }
}

/* One segment of eight, behind which come twice as many: a larger one than all behind it together
   stays out of their merging. */
static void segment_cut_under_a_writer_is_built_anew(void **state) {
    many(8, "merged");
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    assert_int_equal(find(store, "number7").n, 1); /* mapped now */
    assert_int_equal(truncate(segment_file("lex"), 4096), 0);
    for (int i = 0; i < 16; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "late%d.txt", i);
        put(name, "merged latecomer", 100);
        (void)add(store); /* merges the cut one with the new ones */
    }
    assert_int_equal(find(store, "number7").n, 1);
    assert_true(find(store, "latecomer").n > 0);
    StoreCheck check;
    assert_int_equal(store_check(store, &check, NULL), OK);
    assert_true(check.database_ok && check.segments_ok);
    store_close(store);
}

static void *cut_soon(void *user) {
    struct timespec pause = {0, (long)(rand() % 300) * 1000};
    (void)nanosleep(&pause, NULL);
    if (truncate(user, 4096) != 0) return user;
    return NULL;
}

static void segments_may_be_cut_at_any_moment(void **state) {
    HashEmbedder h = {0};
    StoreEmbedder e = hash_embedder(&h, "hash-1");
    two_segments(&e, "raced");
    for (int round = 0; round < 30; round++) {
        Store *reader = open_store(STORE_READ);
        pthread_t thread;
        char path[512];
        (void)snprintf(path, sizeof path, "%s", segment_file(round % 2 ? "vec" : "lex"));
        assert_int_equal(pthread_create(&thread, NULL, cut_soon, path), 0);
        for (int i = 0; i < 4; i++) {
            assert_int_equal(find_with(reader, "raced number3", SEARCH_HYBRID, &e).n, 10);
        }
        assert_int_equal(pthread_join(thread, NULL), 0);
        store_close(reader);
        store_close(open_store(STORE_WRITE)); /* mends */
    }
}

static void segment_that_is_gone_is_damage_and_not_an_empty_answer(void **state) {
    many(5, "gone");
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    store_close(store);
    assert_int_equal(unlink(segment_file("lex")), 0);
    Store *reader = open_store(STORE_READ);
    SearchQuery q = {.text = STR("gone"), .k = 3, .mode = SEARCH_LEXICAL};
    SearchResults r;
    Err err;
    assert_int_equal(search_run(reader, &q, &found_arena, &r, &err), E_CORRUPT);
    assert_non_null(strstr(err.hint, "doctor --repair"));
    store_close(reader);
}

/* As doctor --repair does it when the database itself is damaged. */
static void start_over(void) {
    StoreOptions o = {stores, "test", STORE_WRITE, false, 0};
    Arena arena;
    Str *roots;
    size_t n;
    Err err = {.message = ""};
    arena_init(&arena, 1 << 20);
    if (store_reset(&o, &arena, &roots, &n, &err) != OK) fail_msg("reset: %s", err.message);
    arena_fini(&arena);
}

/* Whoever shows a hit reads text[0 .. end-start): a row that says more than the document holds must
   not become bytes of this process. */
static void a_passage_outside_of_its_document_is_damage(void **state) {
    static const char *const rows[] = {"stop = stop + 5000000", "start = stop + 50", "stop = -5",
                                       "start = -5"};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char change[80];
        many(3, "inside");
        Store *store = open_store(STORE_WRITE);
        (void)add(store);
        assert_int_equal(find(store, "inside").n, 3);
        store_close(store);
        (void)snprintf(change, sizeof change, "UPDATE chunk SET %s", rows[i]);
        sql(change);
        store = open_store(STORE_READ);
        SearchQuery q = {.text = STR("inside"), .k = 3, .mode = SEARCH_LEXICAL};
        SearchResults r;
        StoreCheck check;
        Err err;
        assert_int_equal(search_run(store, &q, &found_arena, &r, &err), E_CORRUPT);
        assert_non_null(strstr(err.hint, "doctor --repair"));
        assert_int_equal(store_check(store, &check, NULL), OK);
        assert_false(check.database_ok);
        assert_non_null(strstr(check.first_problem, "outside"));
        store_close(store);
        start_over();
    }
}

/* Somebody gave it away: opening it must not run what he wrote into it. */
static void a_store_with_a_schema_of_somebody_else_is_not_opened(void **state) {
    static const char *const alterations[] = {
        ("ALTER TABLE file RENAME TO kept; CREATE VIEW file AS WITH RECURSIVE r(n) AS (SELECT 1 "
         "UNION ALL SELECT n + 1 FROM r) SELECT kept.* FROM kept, r WHERE n < 0"),
        "CREATE TRIGGER t AFTER UPDATE ON job BEGIN DELETE FROM file; END",
        "CREATE TABLE more(x)",
        "CREATE INDEX file_size ON file(size * 2)",
        "DROP TABLE exclude; CREATE TABLE exclude(path TEXT)",
    };
    for (size_t i = 0; i < ARRAY_LEN(alterations); i++) {
        store_close(open_store(STORE_WRITE));
        sql(alterations[i]);
        for (int mode = STORE_READ; mode <= STORE_WRITE; mode++) {
            StoreOptions o = {stores, "test", (StoreMode)mode, true, 0};
            Store *store = NULL;
            Err err = {0};
            if (store_open(&o, &store, &err) != E_CORRUPT) fail_msg("%s", alterations[i]);
            assert_non_null(strstr(err.message, "no Hearth put there"));
        }
        start_over();
    }
}

/* As on a full disk: the next statement would be written at once, outside of any transaction. */
static void a_transaction_that_sqlite_took_back_is_told(void **state) {
    Err err;
    Store *store = open_store(STORE_WRITE);
    assert_int_equal(sql_begin(store, &err), OK);
    assert_int_equal(sql_begin(store, &err), OK); /* within one there is nothing to begin */
    assert_int_equal(sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sql_begin(store, &err), E_IO);
    assert_non_null(strstr(err.message, "taken back"));
    sql_rollback(store);
    assert_int_equal(sql_begin(store, &err), OK);
    assert_int_equal(sql_commit(store, &err), OK);
    store_close(store);
}

/* Who reads next reads what is there now. */
static void a_read_that_ended_half_way_holds_no_snapshot(void **state) {
    Err err;
    bool row;
    sqlite3_stmt *q;
    put("one.txt", "The anvil stands in the yard.\n", 100);
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    assert_int_equal(sql_read_begin(store, &err), OK);
    assert_int_equal(sql_get(store, Q_SEGMENTS, &q, &err), OK);
    assert_int_equal(sql_step(store, q, &row, &err), OK);
    assert_true(row);
    sql_read_end(store);
    assert_int_equal(sqlite3_txn_state(store->db, "main"), SQLITE_TXN_NONE);
    store_close(store);
}

static void doctor_finds_damage_and_rebuild_repairs_it(void **state) {
    many(40, "checked");
    HashEmbedder h = {0};
    StoreEmbedder e = hash_embedder(&h, "hash-1");
    Store *store = open_store(STORE_WRITE);
    (void)add_with(store, &e, NULL);
    StoreCheck check;
    flip(segment_file("lex"), 4096 + 40);
    assert_int_equal(store_check(store, &check, NULL), OK);
    assert_false(check.segments_ok);
    assert_int_equal(check.n_bad_segments, 1);
    assert_int_equal(store_rebuild(store, NULL), OK);
    assert_int_equal(store_check(store, &check, NULL), OK);
    assert_true(check.segments_ok);
    assert_int_equal(check.n_orphans, 0);
    assert_int_equal(find(store, "number7").n, 1);
    assert_int_equal(h.n_texts, 40);
    store_close(store);
}

/* A second repair in the same second must not put its damaged database over the first one's. */
static void nothing_that_was_moved_aside_is_replaced(void **state) {
    char path[300];
    put("one.txt", "The anvil stands in the yard.\n", 100);
    clock_fix_real(1800000000);
    for (int i = 0; i < 3; i++) {
        Store *store = open_store(STORE_WRITE);
        (void)add(store);
        store_close(store);
        start_over();
    }
    clock_fix_real(-1);
    for (int i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s/test/store.db.damaged-%d", stores, 1800000000 + i);
        if (!file_exists(path)) fail_msg("%s is gone", path);
    }
}

static void damaged_pages_are_told_and_reset_keeps_the_roots(void **state) {
    many(300, "page");
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    store_close(store);
    char path[256];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/test/store.db", stores);
    assert_int_equal(stat(path, &st), 0);
    unsigned told = 0;
    for (off_t page = 4; page < st.st_size / 4096; page += 3) {
        for (int i = 0; i < 40; i++) flip(path, page * 4096 + i);
    }
    for (int mode = STORE_READ; mode <= STORE_WRITE; mode++) {
        StoreOptions o = {stores, "test", (StoreMode)mode, false, 0};
        StoreCheck check;
        Status status = store_open(&o, &store, NULL);
        told += status == E_CORRUPT;
        if (status != OK) continue;
        assert_int_equal(store_check(store, &check, NULL), OK);
        assert_false(check.database_ok);
        assert_true(check.first_problem[0] != 0);
        told++;
        store_close(store);
    }
    assert_int_equal(told, 2);
    Arena arena;
    Str *roots;
    size_t n;
    StoreOptions o = {stores, "test", STORE_WRITE, false, 0};
    arena_init(&arena, 1 << 20);
    assert_int_equal(store_reset(&o, &arena, &roots, &n, NULL), OK);
    assert_int_equal(n, 1);
    assert_true(str_eq_c(roots[0], docs));
    arena_fini(&arena);
    store = open_store(STORE_WRITE);
    assert_int_equal(add(store).added, 300);
    assert_int_equal(find(store, "number7").n, 1);
    store_close(store);
}

/* ---- random damage --------------------------------------------------------------------------- */

typedef struct Kept { /* the files of a sound store that was never closed: with its WAL */
    char name[64][64];
    Buf bytes[64];
    size_t n;
} Kept;

static void keep_folder(Kept *k, const char *sub) {
    char folder[300], path[600];
    (void)snprintf(folder, sizeof folder, "%s/test/%s", stores, sub);
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        struct stat st;
        (void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        bool file = stat(path, &st) == 0 && S_ISREG(st.st_mode);
        if (!file || strcmp(e->d_name, "lock") == 0) continue;
        assert_true(k->n < 64);
        (void)snprintf(k->name[k->n], sizeof k->name[0], "%s%.40s", sub, e->d_name);
        buf_init(&k->bytes[k->n], 64 << 20);
        assert_int_equal(file_read(path, &k->bytes[k->n], NULL), OK);
        k->n++;
    }
    closedir(dir);
}

static void restore(const Kept *k) {
    char path[300];
    (void)snprintf(path, sizeof path, "%s/test", stores);
    (void)remove_folder(path);
    (void)snprintf(path, sizeof path, "%s/test/seg", stores);
    assert_int_equal(file_make_dirs(path, 0700, NULL), OK);
    for (size_t i = 0; i < k->n; i++) {
        (void)snprintf(path, sizeof path, "%s/test/%s", stores, k->name[i]);
        assert_int_equal(file_replace(path, buf_str(&k->bytes[i]), 0600, NULL), OK);
    }
}

/* One file of the store, damaged in one of seven ways. */
static void damage(const Kept *k, unsigned how) {
    size_t which = (size_t)rand() % k->n, n = k->bytes[which].n;
    char path[300], *copy = mem_dup(k->bytes[which].p ? k->bytes[which].p : "", n);
    (void)snprintf(path, sizeof path, "%s/test/%s", stores, k->name[which]);
    size_t pages = n / 4096 + 1, page = (size_t)rand() % pages * 4096, kept = n;
    size_t other = (size_t)rand() % pages * 4096;
    size_t step = n > page ? (n - page < 4096 ? n - page : 4096) : 0;
    for (int i = 0; how == 0 && n && i < 1 + rand() % 40; i++) copy[(size_t)rand() % n] ^= 0x41;
    for (size_t i = 0; how == 1 && i < step; i++) copy[page + i] = (char)rand();
    if (how == 2 && step) memset(copy + page, 0, step);
    if (how == 3 && step && other + step <= n) memmove(copy + page, copy + other, step);
    if (how == 4) kept = n ? (size_t)rand() % n : 0;
    if (how == 5) kept = n / 4096 / 2 * 4096; /* at a page's end */
    assert_int_equal(file_replace(path, (Str){copy, kept}, 0600, NULL), OK);
    if (how == 6) assert_int_equal(unlink(path), 0);
    mem_free(copy);
}

/* Everything a user may do; true: all of it worked. */
static bool use_damaged(StoreMode mode, const StoreEmbedder *e) {
    StoreOptions o = {stores, "test", mode, mode == STORE_WRITE, 0};
    SearchQuery q = {.text = STR("bent number7 topic"), .k = 10, .embedder = e};
    const char *paths[] = {docs};
    IngestOptions io = {.paths = paths, .n_paths = 1, .extract = plain_reader, .embedder = e};
    Store *store = NULL;
    Err err = {.message = ""};
    SearchResults found;
    StoreFiles files;
    StoreCheck check;
    IngestReport report;
    Arena arena;
    arena_init(&arena, 64 << 20);
    Status status = store_open(&o, &store, &err);
    if (status == OK) status = search_run(store, &q, &arena, &found, &err);
    if (status == OK) status = store_list(store, &arena, &files, &err);
    if (status == OK && mode == STORE_WRITE) status = ingest_add(store, &io, &report, &err);
    if (status == OK) status = store_check(store, &check, &err);
    if (status != OK) assert_true(err.message[0] != 0);
    if (status == E_CORRUPT && !err.hint[0]) fail_msg("no hint: %s", err.message);
    store_close(store);
    arena_fini(&arena);
    return status == OK && check.database_ok && check.segments_ok;
}

static void any_damage_is_told_or_healed(void **state) {
    static Kept kept;
    const char *wanted = getenv("HEARTH_DAMAGE_ROUNDS"), *first = getenv("HEARTH_DAMAGE_SEED");
    int rounds = wanted ? atoi(wanted) : 140, over = 0;
    unsigned seed = first ? (unsigned)atoi(first) : 1;
    HashEmbedder h = {0};
    StoreEmbedder e = hash_embedder(&h, "hash-1");
    two_segments(&e, "bent");
    Store *store = open_store(STORE_WRITE);
    put("late.txt", "bent latecomer", 100);
    (void)add_with(store, &e, NULL);
    kept.n = 0;
    keep_folder(&kept, "");
    keep_folder(&kept, "seg/");
    assert_true(kept.n >= 5); /* database, WAL, index of the WAL, segments */
    store_close(store);
    print_message("seed %u\n", seed);
    srand(seed);
    for (int round = 0; round < rounds; round++) {
        restore(&kept);
        damage(&kept, (unsigned)round % 7);
        (void)use_damaged(STORE_READ, &e);
        if (!use_damaged(STORE_WRITE, &e)) {
            start_over();
            over++;
            assert_true(use_damaged(STORE_WRITE, &e));
        }
        store = open_store(STORE_READ);
        assert_int_equal(find(store, "number7").n, 1);
        assert_int_equal(find(store, "latecomer").n, 1);
        store_close(store);
    }
    print_message("%d kinds of damage, %d stores built from their documents\n", rounds, over);
    for (size_t i = 0; i < kept.n; i++) buf_fini(&kept.bytes[i]);
}

/* ---- one byte -------------------------------------------------------------------------------- */

enum { FLIPS = 300 }; /* a file */

/* Random words, which packing makes little smaller: most of the database is theirs. */
static void put_long(const char *name, size_t n) {
    char *text = mem_alloc(n + 1);
    assert_non_null(text);
    for (size_t i = 0; i < n; i++) text[i] = i % 80 == 79 ? '\n' : (char)('a' + rand() % 26);
    for (size_t i = 6; i < n; i += 7) text[i] = ' ';
    text[n] = 0;
    put(name, text, 100);
    mem_free(text);
}

/* A sum over all that the documents said: paths, and the text of every passage. 0: it could not be
   read, which is no silence. */
static uint64_t words_of(Store *store) {
    StoreFiles files;
    Arena arena;
    Buf text;
    uint64_t sum = 1;
    arena_init(&arena, 64 << 20);
    buf_init(&text, 64 << 20);
    Status status = store_list(store, &arena, &files, NULL);
    for (size_t i = 0; status == OK && i < files.n; i++) {
        buf_clear(&text);
        status = store_text(store, files.items[i].id, 0, SIZE_MAX, &text, NULL);
        sum = hash_check64(files.items[i].path.p, files.items[i].path.n, sum);
        sum = hash_check64(text.p ? text.p : "", text.n, sum);
    }
    buf_fini(&text);
    arena_fini(&arena);
    return status == OK ? sum : 0;
}

/* true: opening or checking says that something is wrong, with words. */
static bool is_told(uint64_t *sum) {
    StoreOptions o = {stores, "test", STORE_READ, false, 0};
    StoreCheck check;
    Store *store = NULL;
    Err err = {.message = ""};
    *sum = 0;
    Status status = store_open(&o, &store, &err);
    if (status == OK) status = store_check(store, &check, &err);
    if (status != OK) assert_true(err.message[0] != 0);
    bool whole = status == OK && check.database_ok && check.segments_ok && check.texts_ok;
    if (status == OK && !whole) assert_true(check.first_problem[0] != 0);
    if (whole) *sum = words_of(store);
    store_close(store);
    return !whole;
}

/* What nobody tells has changed no word: it lies in free bytes, or in what only orders passages. */
static void a_flipped_byte_is_told_or_changes_no_word(void **state) {
    static Kept kept;
    HashEmbedder h = {0};
    StoreEmbedder e = hash_embedder(&h, "hash-1");
    uint64_t sound, now;
    srand(5);
    put_long("long.txt", 300000);
    put_long("short.txt", 3000);
    two_segments(&e, "flipped");
    kept.n = 0;
    keep_folder(&kept, "");
    keep_folder(&kept, "seg/");
    assert_false(is_told(&sound));
    for (size_t k = 0; k < kept.n; k++) {
        size_t told = 0, n = kept.bytes[k].n;
        for (size_t i = 0; n && i < FLIPS; i++) {
            char path[300];
            restore(&kept);
            (void)snprintf(path, sizeof path, "%s/test/%s", stores, kept.name[k]);
            size_t at = (n / FLIPS) * i + (size_t)rand() % (n / FLIPS + 1);
            flip(path, (off_t)(at < n ? at : n - 1));
            if (is_told(&now)) told++;
            else if (now != sound) fail_msg("byte %zu of %s: not told", at, kept.name[k]);
        }
        print_message("%s: %zu of %d flips told\n", kept.name[k], told, FLIPS);
        buf_fini(&kept.bytes[k]);
    }
}

/* The disk gave other bytes for a text than it was given: SQLite has no sum over them. */
static void a_damaged_text_is_read_anew(void **state) {
    uint64_t dropped, gone;
    StoreCheck check;
    put("one.txt", "The anvil stands in the yard.\n", 100);
    put("two.txt", "The bellows stand in the barn.\n", 100);
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    store_close(store);
    sql("UPDATE chunk SET context = 'nobody wrote this' WHERE file = "
        "(SELECT id FROM file WHERE CAST(path AS TEXT) LIKE '%one.txt')");
    store = open_store(STORE_WRITE);
    assert_int_equal(store_check(store, &check, NULL), OK);
    assert_true(check.database_ok && check.segments_ok && !check.texts_ok);
    assert_int_equal(check.n_bad_texts, 1);
    assert_non_null(strstr(check.first_problem, "one.txt"));
    assert_int_equal(store_drop_damaged(store, &dropped, &gone, NULL), OK);
    assert_true(dropped == 1 && gone == 0);
    assert_int_equal(add(store).added, 1);
    assert_int_equal(store_check(store, &check, NULL), OK);
    assert_true(check.texts_ok);
    assert_int_equal(find(store, "anvil").n, 1);
    sql("UPDATE chunk SET context = 'nor this'");
    assert_int_equal(unlink(in_docs("two.txt")), 0);
    assert_int_equal(store_drop_damaged(store, &dropped, &gone, NULL), OK);
    assert_true(dropped == 1 && gone == 1); /* the words of two.txt are nowhere else */
    store_close(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_HOME(damaged_segment_is_built_anew_and_said_so),
        IN_HOME(segment_cut_under_a_reader_is_told_and_no_death),
        IN_HOME(segment_cut_under_a_writer_is_built_anew),
        IN_HOME(segments_may_be_cut_at_any_moment),
        IN_HOME(segment_that_is_gone_is_damage_and_not_an_empty_answer),
        IN_HOME(a_passage_outside_of_its_document_is_damage),
        IN_HOME(a_store_with_a_schema_of_somebody_else_is_not_opened),
        IN_HOME(doctor_finds_damage_and_rebuild_repairs_it),
        IN_HOME(nothing_that_was_moved_aside_is_replaced),
        IN_HOME(a_transaction_that_sqlite_took_back_is_told),
        IN_HOME(a_read_that_ended_half_way_holds_no_snapshot),
        IN_HOME(damaged_pages_are_told_and_reset_keeps_the_roots),
        IN_HOME(any_damage_is_told_or_healed),
        IN_HOME(a_flipped_byte_is_told_or_changes_no_word),
        IN_HOME(a_damaged_text_is_read_anew),
    };
    int failed = cmocka_run_group_tests_name("damage", tests, NULL, NULL);
    arena_fini(&found_arena);
    return failed;
}
