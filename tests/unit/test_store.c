/*
 * Promises of the store and of adding folders to it, with a plain-text reader and an embedder that
 * need no other room.
 */
#include "../support/held_clock.h"
#include "../support/store_home.h"

#include "knowledge/store_impl.h"
#include "knowledge/store_vfs.h"

#include <dlfcn.h>
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/wait.h>

/* ---- names, opening, locking ----------------------------------------------------------------- */

static void store_names_cannot_leave_their_folder(void **state) {
    static const char *const bad[] = {"", ".", "..", ".x", "a/b", "../x", "A", "a b", "a\n", "%2e"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(store_name_check(bad[i], NULL), E_USAGE);
    }
    char long_name[200];
    memset(long_name, 'a', sizeof long_name);
    long_name[129] = 0;
    assert_int_equal(store_name_check(long_name, NULL), E_USAGE);
    long_name[128] = 0;
    assert_int_equal(store_name_check(long_name, NULL), OK);
    assert_int_equal(store_name_check("demo-1.x_y", NULL), OK);
}

static void store_absent_is_not_found_and_not_made(void **state) {
    StoreOptions o = {stores, "absent", STORE_READ, false, 0};
    Store *store;
    Err err;
    assert_int_equal(store_open(&o, &store, &err), E_NOT_FOUND);
    assert_non_null(strstr(err.hint, "hearth add"));
    assert_int_not_equal(access(stores, F_OK), 0);
}

static void store_notices_that_do_not_fit_cost_no_other(void **state) {
    Store *store = open_store(STORE_WRITE);
    for (int i = 0; i < 200; i++) {
        store_note(store, "segment lex-%d was damaged, and is built anew", i);
    }
    const char *said = store_notice(store);
    assert_non_null(said);
    assert_int_equal(strncmp(said, "segment lex-0 was damaged, and is built anew\nsegment", 52), 0);
    assert_int_equal(strcmp(said + strlen(said) - 5, " anew"), 0);
    store_close(store);
}

static void store_folder_is_private(void **state) {
    struct stat st;
    char path[256];
    store_close(open_store(STORE_WRITE));
    (void)snprintf(path, sizeof path, "%s/test", stores);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    (void)snprintf(path, sizeof path, "%s/test/store.db", stores);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 077, 0);
}

static void store_second_writer_is_told_and_readers_are_not(void **state) {
    Store *first = open_store(STORE_WRITE), *second;
    StoreOptions o = {stores, "test", STORE_WRITE, true, 0};
    Err err;
    assert_int_equal(store_open(&o, &second, &err), E_BUSY);
    o.wait_ms = 30; /* some, but in vain */
    assert_int_equal(store_open(&o, &second, &err), E_BUSY);
    assert_non_null(strstr(err.message, "another hearth"));
    Store *reader = open_store(STORE_READ);
    store_close(reader);
    store_close(first);
}

/* As a question's look through the folders does, in another process. */
static void a_writer_that_may_wait_outlasts_a_short_one(void **state) {
    int ready[2];
    char byte = 0;
    Store *store;
    StoreOptions o = {.stores_dir = stores, .name = "test", .mode = STORE_WRITE, .wait_ms = 20000};
    assert_int_equal(pipe(ready), 0);
    store_close(open_store(STORE_WRITE));
    pid_t child = fork();
    if (child == 0) {
        store = open_store(STORE_WRITE);
        if (write(ready[1], "x", 1) != 1) _exit(1);
        (void)usleep(200 * 1000);
        store_close(store);
        _exit(0);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(store_open(&o, &store, NULL), OK);
    store_close(store);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(ready[0]);
    close(ready[1]);
}

static void store_of_a_newer_version_is_refused_untouched(void **state) {
    store_close(open_store(STORE_WRITE));
    sql("PRAGMA user_version = 99");
    for (int mode = STORE_READ; mode <= STORE_WRITE; mode++) {
        StoreOptions o = {stores, "test", (StoreMode)mode, true, 0};
        Store *store;
        Err err;
        assert_int_equal(store_open(&o, &store, &err), E_UNSUPPORTED);
        assert_non_null(strstr(err.message, "newer"));
    }
}

static void store_that_is_no_database_is_damaged(void **state) {
    store_close(open_store(STORE_WRITE));
    char path[256];
    (void)snprintf(path, sizeof path, "%s/test/store.db", stores);
    char junk[4096];
    memset(junk, 'j', sizeof junk);
    assert_int_equal(file_replace(path, (Str){junk, sizeof junk}, 0600, NULL), OK);
    (void)snprintf(path, sizeof path, "%s/test/store.db-wal", stores);
    (void)unlink(path);
    StoreOptions o = {stores, "test", STORE_READ, false, 0};
    Store *store;
    Err err;
    assert_int_equal(store_open(&o, &store, &err), E_CORRUPT);
    assert_non_null(strstr(err.hint, "doctor"));
}

static void store_may_lie_behind_a_link(void **state) {
    char real[256], link[256], other[256];
    (void)snprintf(real, sizeof real, "%s/elsewhere", home);
    (void)snprintf(link, sizeof link, "%s/link", home);
    assert_int_equal(mkdir(real, 0700), 0);
    assert_int_equal(symlink("elsewhere", link), 0);
    StoreOptions o = {link, "test", STORE_WRITE, true, 0};
    Store *store;
    assert_int_equal(store_open(&o, &store, NULL), OK);
    store_close(store);
    o.mode = STORE_READ;
    assert_int_equal(store_open(&o, &store, NULL), OK);
    store_close(store);
    (void)snprintf(real, sizeof real, "%s/elsewhere/test", home);
    (void)snprintf(other, sizeof other, "%s/elsewhere/other", home);
    assert_int_equal(symlink(real, other), 0); /* but a store itself is no link */
    o.name = "other";
    assert_int_equal(store_open(&o, &store, NULL), E_DENIED);
}

static void one_file_is_found_among_very_many(void **state) {
    Arena arena;
    StoreFile file;
    Err err;
    store_close(open_store(STORE_WRITE));
    sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) INSERT "
        "INTO file(path, size, mtime_ns, inode, hash, state, reason, format, title, author, date,"
        " n_pages, n_chunks, text_bytes) SELECT CAST('/d/' || (i % 10) || '/f' || i || '.txt' AS "
        "BLOB), i, 0, 0, x'00', 0, '', 'text', '', '', '', 0, 0, 0 FROM n");
    Store *store = open_store(STORE_READ);
    arena_init(&arena, 1 << 20); /* a list of all of them has no room in it */
    assert_int_equal(store_find(store, "/d/7/f29997.txt", &arena, &file, &err), OK);
    assert_int_equal(file.size_bytes, 29997);
    assert_int_equal(store_find(store, "f123.txt", &arena, &file, &err), OK);
    assert_int_equal(file.size_bytes, 123);
    assert_int_equal(store_find(store, "3.txt", &arena, &file, &err), E_NOT_FOUND);
    assert_int_equal(store_find(store, "/f123.txt", &arena, &file, &err), E_NOT_FOUND);
    sql("UPDATE file SET path = CAST('/e/f123.txt' AS BLOB) WHERE size = 5");
    assert_int_equal(store_find(store, "f123.txt", &arena, &file, &err), E_USAGE);
    assert_non_null(strstr(err.message, "/d/3/f123.txt and /e/f123.txt"));
    arena_fini(&arena);
    store_close(store);
}

/* 2^51 + 1 times 8192, the rows of a file's text, is 8192 again where it overflows: those of 1. */
static void a_file_numbered_too_high_has_no_text_of_another_one(void **state) {
    Buf text;
    Err err;
    put("a.txt", "alpha", 100);
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    put("b.txt", "beta", 100);
    (void)add(store);
    sql("UPDATE file SET id = 2251799813685249 WHERE id = 2;"
        "UPDATE chunk SET file = 2251799813685249 WHERE file = 2");
    buf_init(&text, 1 << 20);
    assert_int_equal(store_text(store, INT64_C(2251799813685249), 0, 100, &text, &err), E_CORRUPT);
    assert_int_equal(text.n, 0);
    assert_int_equal(unlink(in_docs("b.txt")), 0);
    assert_int_equal(add(store).removed, 1);
    assert_int_equal(store_text(store, 1, 0, 100, &text, &err), OK);
    assert_true(str_eq_c(buf_str(&text), "alpha"));
    put("c.txt", "gamma", 100); /* would be numbered behind it */
    sql("UPDATE sqlite_sequence SET seq = 2251799813685249 WHERE name = 'file'");
    const char *paths[] = {docs};
    IngestOptions o = {.paths = paths, .n_paths = 1, .extract = plain_reader};
    IngestReport report;
    assert_int_equal(ingest_add(store, &o, &report, &err), E_CORRUPT);
    assert_non_null(strstr(err.message, "numbered too high"));
    buf_fini(&text);
    store_close(store);
}

/* ---- names exchanged under our hands --------------------------------------------------------- */

typedef struct Swapper { /* exchanges a[i] and b[i] until told to stop */
    char a[3][256], b[3][256];
    size_t n;
    atomic_bool stop;
    atomic_ulong swaps;
} Swapper;

static void *swap_names(void *user) {
    Swapper *s = user;
    while (!atomic_load(&s->stop)) {
        for (size_t i = 0; i < s->n; i++) {
            atomic_fetch_add(&s->swaps,
                             renameat2(AT_FDCWD, s->a[i], AT_FDCWD, s->b[i], RENAME_EXCHANGE) == 0);
        }
        (void)sched_yield(); /* under real-time priority nobody else would run */
    }
    return NULL;
}

/* Have they been exchanged often enough? Else lets the swapper have a CPU. */
static bool swapped(const Swapper *s, unsigned long times) {
    if (atomic_load(&s->swaps) > times) return true;
    (void)usleep(100);
    return false;
}

static void swap_pair(Swapper *s, const char *a, const char *b) {
    (void)snprintf(s->a[s->n], sizeof s->a[0], "%s", a);
    (void)snprintf(s->b[s->n++], sizeof s->b[0], "%s", b);
}

/* A folder, a file and a .hearthignore inside the root take turns with links to outside it. */
static void add_reads_nothing_outside_while_names_are_exchanged(void **state) {
    char outside[256], secret[300];
    Swapper s = {0};
    (void)snprintf(outside, sizeof outside, "%s/outside", home);
    (void)snprintf(secret, sizeof secret, "%s/secret.txt", outside);
    assert_int_equal(mkdir(outside, 0755), 0);
    assert_int_equal(mkdir(in_docs("sub"), 0755), 0);
    assert_int_equal(file_replace(secret, STR("topsecret words"), 0644, NULL), OK);
    put("plain.txt", "harmless words", 100);
    put("sub/inner.txt", "harmless inside", 100);
    put(".hearthignore", "*.log", 100);
    assert_int_equal(symlink(outside, in_docs("sub.link")), 0);
    assert_int_equal(symlink(secret, in_docs("plain.link")), 0);
    assert_int_equal(symlink(secret, in_docs("ignore.link")), 0);
    swap_pair(&s, in_docs("sub"), in_docs("sub.link"));
    swap_pair(&s, in_docs("plain.txt"), in_docs("plain.link"));
    swap_pair(&s, in_docs(".hearthignore"), in_docs("ignore.link"));
    int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    assert_true(inotify_add_watch(watch, outside, IN_OPEN | IN_ACCESS) >= 0);
    assert_true(inotify_add_watch(watch, secret, IN_OPEN | IN_ACCESS) >= 0);
    Store *store = open_store(STORE_WRITE);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, swap_names, &s), 0);
    for (int i = 0; i < 200 || !swapped(&s, 200); i++) (void)add(store);
    atomic_store(&s.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    char event[4096];
    assert_int_equal(read(watch, event, sizeof event), -1); /* nobody looked there */
    close(watch);
    assert_int_equal(find(store, "topsecret").n, 0);
    store_close(store);
}

static unsigned entries_of(const char *folder) {
    unsigned n = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    while (readdir(dir)) n++;
    closedir(dir);
    return n - 2;
}

static void store_makes_nothing_outside_while_it_is_exchanged(void **state) {
    char outside[256], here[256], link[256];
    Swapper s = {0};
    store_close(open_store(STORE_WRITE));
    (void)snprintf(outside, sizeof outside, "%s/outside", home);
    (void)snprintf(here, sizeof here, "%s/test", stores);
    (void)snprintf(link, sizeof link, "%s/test.link", stores);
    assert_int_equal(mkdir(outside, 0700), 0);
    assert_int_equal(symlink(outside, link), 0);
    swap_pair(&s, here, link);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, swap_names, &s), 0);
    for (int i = 0; i < 100 || !swapped(&s, 300); i++) {
        StoreOptions o = {stores, "test", i % 2 ? STORE_READ : STORE_WRITE, false, 0};
        Store *store = NULL;
        if (store_open(&o, &store, NULL) == OK) store_close(store);
    }
    atomic_store(&s.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(entries_of(outside), 0);
}

/* ---- adding ---------------------------------------------------------------------------------- */

static void add_makes_words_searchable_with_exact_spans(void **state) {
    put("a.txt", "The quick brown fox.\n\nIt jumps over the lazy dog.", 100);
    put("b.txt", "A report about invoices INV-2024-0012 of 12,500 euros.", 100);
    Store *store = open_store(STORE_WRITE);
    IngestReport r = add(store);
    assert_int_equal(r.added, 2);
    SearchResults found = find(store, "which fox jumps");
    assert_first(&found, "/a.txt");
    Buf text;
    buf_init(&text, 1 << 20);
    assert_int_equal(store_text(store, found.hits[0].file_id, found.hits[0].start,
                                found.hits[0].end, &text, NULL), OK);
    assert_true(str_eq(buf_str(&text), found.hits[0].text));
    assert_true(isnan(found.hits[0].cosine));
    assert_int_equal(found.hits[0].line, 1);
    found = find(store, "12500");
    assert_first(&found, "/b.txt");
    found = find(store, "inv-2024-0012");
    assert_first(&found, "/b.txt");
    found = find(store, "zebra");
    assert_int_equal(found.n, 0);
    found = find(store, "");
    assert_int_equal(found.n, 0);
    buf_fini(&text);
    store_close(store);
}

/* The line of the file on which `words` stand, as a citation of the first hit would have it. */
static uint32_t line_of_words(const SearchHit *hit, const char *words) {
    size_t at = str_find(hit->text, str_from(words), 0);
    assert_true(at != SIZE_MAX);
    return search_hit_line(hit, hit->start + at);
}

static void lines_are_those_of_the_file(void **state) {
    put("wrapped.txt", "A report on foxes.\n\n\n\nThe red fox\nis hard-wrapped, and its\nden lies "
                       "north.\n\nBadgers dig.\n\n\nOwls call.", 100);
    put("plain.txt", "Otters swim.\n\nHares run.", 100);
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    SearchResults found = find(store, "fox den badgers");
    assert_first(&found, "/wrapped.txt");
    const SearchHit *hit = &found.hits[0];
    assert_int_equal(line_of_words(hit, "A report"), 1);
    assert_int_equal(line_of_words(hit, "The red fox"), 5);
    assert_int_equal(line_of_words(hit, "den lies"), 7);
    assert_int_equal(line_of_words(hit, "Badgers"), 9);
    assert_int_equal(line_of_words(hit, "Owls"), 12);
    assert_int_equal(hit->n_lines, 2); /* two gaps that cannot be counted */
    found = find(store, "otters hares");
    assert_first(&found, "/plain.txt");
    assert_int_equal(found.hits[0].n_lines, 0);
    assert_int_equal(line_of_words(&found.hits[0], "Hares"), 3);
    store_close(store);
}

/* A store of before there were marks: lines are counted, as they were. */
static void lines_without_marks_are_counted(void **state) {
    put("gap.txt", "First.\n\n\n\nSecond.", 100);
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    store_close(store);
    sql("DELETE FROM text WHERE id % 8192 >= 4096");
    store = open_store(STORE_READ);
    SearchResults found = find(store, "second");
    assert_first(&found, "/gap.txt");
    assert_int_equal(line_of_words(&found.hits[0], "Second"), 3);
    store_close(store);
}

static void lines_of_a_changed_file_are_new(void **state) {
    put("a.txt", "First.\n\n\n\nSecond.", 200);
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    put("a.txt", "First.\n\n\n\n\n\nSecond fox.", 100);
    (void)add(store);
    SearchResults found = find(store, "second");
    assert_int_equal(line_of_words(&found.hits[0], "Second"), 7);
    store_close(store);
}

static size_t reads;

static Status counting_reader(void *user, int fd, const char *path, Doc *out, Err *err) {
    reads++;
    return plain_reader(user, fd, path, out, err);
}

static IngestReport add_counting(Store *store) {
    const char *paths[] = {docs};
    IngestOptions o = {.paths = paths, .n_paths = 1, .extract = counting_reader};
    IngestReport report;
    reads = 0;
    assert_int_equal(ingest_add(store, &o, &report, NULL), OK);
    return report;
}

static void add_again_costs_a_stat_and_sees_every_change(void **state) {
    put("same.txt", "alpha unchanged", 100);
    put("edit.txt", "beta before", 100);
    put("gone.txt", "gamma vanishing", 100);
    put("touched.txt", "delta only touched", 100);
    Store *store = open_store(STORE_WRITE);
    assert_int_equal(add_counting(store).added, 4);
    assert_int_equal(reads, 4);
    IngestReport r = add_counting(store);
    assert_int_equal(r.unchanged, 4);
    assert_int_equal(reads, 0);
    put("edit.txt", "beta afterwards", 50);
    put("touched.txt", "delta only touched", 50);
    put("new.txt", "epsilon fresh", 50);
    assert_int_equal(unlink(in_docs("gone.txt")), 0);
    r = add_counting(store);
    assert_int_equal(reads, 2); /* touched.txt has the same hash: not read again */
    assert_int_equal(r.added, 1);
    assert_int_equal(r.changed, 1);
    assert_int_equal(r.removed, 1);
    assert_int_equal(r.unchanged, 2);
    assert_int_equal(find(store, "before").n, 0);
    assert_int_equal(find(store, "gamma").n, 0);
    SearchResults found = find(store, "afterwards");
    assert_first(&found, "/edit.txt");
    found = find(store, "epsilon");
    assert_first(&found, "/new.txt");
    store_close(store);
}

/* -1: just now. */
static void write_note(const char *text, int age_s) {
    FILE *f = fopen(in_docs("note.txt"), "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    if (age_s >= 0) put("note.txt", text, age_s);
}

/* Somebody writes the file anew when its text was taken out. */
static Status read_then_written(void *user, int fd, const char *path, Doc *out, Err *err) {
    Status status = plain_reader(NULL, fd, path, out, err);
    write_note("afterwards", *(const int *)user);
    return status;
}

static void write_while_it_is_read(int before_s, int after_s) {
    const char *paths[] = {docs};
    IngestOptions o = {.paths = paths, .n_paths = 1, .extract = read_then_written,
                       .extract_user = &after_s};
    IngestReport report;
    Store *store = open_store(STORE_WRITE);
    write_note("beforehand", before_s);
    assert_int_equal(ingest_add(store, &o, &report, NULL), OK);
    assert_int_equal(report.added, 1);
    (void)add(store);
    assert_int_equal(find(store, "afterwards").n, 1);
    assert_int_equal(find(store, "beforehand").n, 0);
    assert_int_equal(unlink(in_docs("note.txt")), 0);
    (void)add(store);
    store_close(store);
}

static void a_file_written_while_it_is_read_is_read_again(void **state) {
    write_while_it_is_read(100, 50);
    write_while_it_is_read(-1, -1);
}

/* As on a USB stick: the file system has no finer time for the second change of one second. */
static void a_change_within_a_coarse_time_is_seen(void **state) {
    struct timespec pause = {0, 40000000};
    struct stat st;
    put("a.txt", "first words", 0);
    char *path = in_docs("a.txt");
    assert_int_equal(stat(path, &st), 0);
    (void)nanosleep(&pause, NULL);
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    FILE *f = fopen(path, "r+");
    assert_true(fputs("other", f) >= 0);
    assert_int_equal(fclose(f), 0);
    struct timespec times[2] = {st.st_mtim, st.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    assert_int_equal(add(store).changed, 1);
    assert_int_equal(find(store, "other").n, 1);
    store_close(store);
}

static void add_leaves_out_what_it_should(void **state) {
    assert_int_equal(mkdir(in_docs(".git"), 0755), 0);
    assert_int_equal(mkdir(in_docs("node_modules"), 0755), 0);
    assert_int_equal(mkdir(in_docs("sub"), 0755), 0);
    put(".git/config", "word", 100);
    put("node_modules/x.txt", "word", 100);
    put(".hidden.txt", "word", 100);
    put("sub/skip.log", "word", 100);
    put("sub/keep.log", "word kept", 100);
    put("sub/private.txt", "word", 100);
    put(".hearthignore", "*.log\n!keep.log\n/sub/private.txt\n", 100);
    assert_int_equal(symlink("..", in_docs("loop")), 0);
    assert_int_equal(symlink("/etc/passwd", in_docs("passwd.txt")), 0);
    assert_int_equal(mkfifo(in_docs("pipe"), 0600), 0);
    put("odd\nname\xFF.txt", "word odd", 100);
    put("table.xyz", "word", 100);
    put("broken.txt", "word", 100);
    Store *store = open_store(STORE_WRITE);
    IngestReport r = add(store);
    assert_int_equal(r.added, 2);
    assert_int_equal(r.refused, 1); /* the pipe */
    assert_int_equal(r.failed, 1);
    assert_int_equal(r.unsupported, 1);
    assert_int_equal(r.n_kinds, 1);
    assert_string_equal(r.kinds[0].name, "strange (xyz)");
    assert_int_equal(r.n_failures, 2);
    assert_string_equal(r.failures[0].reason, "the file is damaged on purpose");
    r = add(store); /* what is not read is named the same when nothing has changed */
    assert_int_equal(r.unsupported, 0);
    assert_int_equal(r.n_kinds, 1);
    assert_string_equal(r.kinds[0].name, "strange (xyz)");
    SearchResults found = find(store, "word");
    assert_int_equal(found.n, 2);
    found = find(store, "odd");
    assert_first(&found, "/odd\nname\xFF.txt");
    Arena arena;
    StoreFile file;
    arena_init(&arena, 1 << 20);
    assert_int_equal(store_find(store, "broken.txt", &arena, &file, NULL), OK);
    assert_int_equal(file.state, FILE_FAILED);
    assert_string_equal(file.reason, "the file is damaged on purpose");
    assert_int_equal(store_find(store, "nothing.txt", &arena, &file, NULL), E_NOT_FOUND);
    arena_fini(&arena);
    store_close(store);
}

/* A copied card whose clock was set wrongly, and what a file system can hold at all. */
static void add_takes_files_of_any_time(void **state) {
    static const int64_t written_s[] = {INT64_C(-15000000000), -86400, 0, INT64_C(15000000000)};
    static const int64_t listed_s[] = {INT64_C(-7000000000), -86400, 0, INT64_C(7000000000)};
    Arena arena;
    StoreFiles files;
    for (size_t i = 0; i < 4; i++) {
        char name[] = "0.txt";
        struct timespec times[2] = {{.tv_sec = written_s[i]}, {.tv_sec = written_s[i]}};
        name[0] = (char)('0' + i);
        put(name, "word", 100);
        assert_int_equal(utimensat(AT_FDCWD, in_docs(name), times, 0), 0);
    }
    Store *store = open_store(STORE_WRITE);
    assert_int_equal(add(store).added, 4);
    assert_int_equal(add(store).unchanged, 4);
    arena_init(&arena, 1 << 20);
    assert_int_equal(store_list(store, &arena, &files, NULL), OK);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(files.items[i].mtime_ns, listed_s[i] * 1000000000);
    }
    arena_fini(&arena);
    store_close(store);
}

static void add_of_an_absent_path_changes_nothing(void **state) {
    Store *store = open_store(STORE_WRITE);
    const char *paths[] = {in_docs("nowhere")};
    IngestOptions o = {.paths = paths, .n_paths = 1, .extract = plain_reader};
    IngestReport report;
    assert_int_equal(ingest_add(store, &o, &report, NULL), E_NOT_FOUND);
    StoreStats stats;
    assert_int_equal(store_stats(store, &stats, NULL), OK);
    assert_int_equal(stats.roots, 0);
    store_close(store);
}

static void add_keeps_what_an_unreadable_folder_hides(void **state) {
    if (geteuid() == 0) skip(); /* root reads everything */
    assert_int_equal(mkdir(in_docs("sub"), 0755), 0);
    put("sub/a.txt", "hidden treasure", 100);
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    assert_int_equal(chmod(in_docs("sub"), 0), 0);
    IngestReport r = add(store);
    assert_int_equal(r.removed, 0);
    assert_int_equal(find(store, "treasure").n, 1);
    store_close(store);
}

/* A disk that fails: a list of names that breaks off, a name that cannot be looked at. Both win
   over libc's. */
static int names_left = -1; /* -1: all of them */
static const char *unseen;

struct dirent *readdir(DIR *dir) {
    struct dirent *(*real)(DIR *);
    *(void **)(void *)&real = dlsym(RTLD_NEXT, sizeof(off_t) == 8 ? "readdir64" : "readdir");
    if (names_left == 0) {
        errno = EIO;
        return NULL;
    }
    if (names_left > 0) names_left--;
    return real(dir);
}

int fstatat(int fd, const char *restrict name, struct stat *restrict st, int flags) {
    int (*real)(int, const char *, struct stat *, int);
    *(void **)(void *)&real = dlsym(RTLD_NEXT, sizeof(off_t) == 8 ? "fstatat64" : "fstatat");
    if (unseen && strcmp(name, unseen) == 0) {
        errno = EIO;
        return -1;
    }
    return real(fd, name, st, flags);
}

static void add_keeps_what_a_failing_disk_hides(void **state) {
    many(6, "treasure");
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    names_left = 4;
    IngestReport r = add(store);
    names_left = -1;
    assert_int_equal(r.removed, 0);
    assert_int_equal(r.failed, 1);
    assert_non_null(strstr(r.failures[0].reason, "cannot list it"));
    unseen = "f0003.txt";
    r = add(store);
    unseen = NULL;
    assert_int_equal(r.removed, 0);
    assert_int_equal(r.failed, 1);
    assert_int_equal(find(store, "treasure").n, 6);
    assert_int_equal(unlink(in_docs("f0003.txt")), 0);
    assert_int_equal(add(store).removed, 1);
    store_close(store);
}

/* What is nested too deeply is not read: told at each add, and listed until it can be. */
static void a_folder_nested_too_deeply_is_listed_with_the_reason(void **state) {
    char path[200] = "", file[240];
    for (int i = 0; i < 66; i++) {
        (void)snprintf(path + strlen(path), sizeof path - strlen(path), "d/");
        assert_int_equal(mkdir(in_docs(path), 0755), 0);
    }
    (void)snprintf(file, sizeof file, "%sdeep.txt", path);
    put(file, "sunken treasure", 100);
    put("a.txt", "shallow", 100);
    Store *store = open_store(STORE_WRITE);
    for (int i = 0; i < 2; i++) {
        IngestReport r = add(store);
        assert_int_equal(r.failed, 1);
        assert_int_equal(r.removed, 0);
        assert_non_null(strstr(r.failures[0].reason, "nested too deeply"));
    }
    Arena arena;
    StoreFiles files;
    arena_init(&arena, 1 << 20);
    assert_int_equal(store_list(store, &arena, &files, NULL), OK);
    assert_int_equal(files.n, 2);
    assert_int_equal(files.items[1].state, FILE_FAILED);
    assert_non_null(strstr(files.items[1].reason, "nested too deeply"));
    (void)snprintf(path, sizeof path, "%s", in_docs("d"));
    assert_int_equal(rename(path, in_docs("d2")), 0); /* and up by three */
    assert_int_equal(rename(in_docs("d2/d/d/d"), path), 0);
    IngestReport r = add(store);
    assert_int_equal(r.failed, 0);
    assert_int_equal(r.removed, 0);
    assert_int_equal(find(store, "treasure").n, 1);
    assert_int_equal(store_list(store, &arena, &files, NULL), OK);
    assert_int_equal(files.n, 2);
    arena_fini(&arena);
    store_close(store);
}

/* 63 folders deep, each with the longest name there may be: one path fits, its neighbour's not. */
static void a_path_that_is_too_long_is_listed_with_the_reason(void **state) {
    char name[256];
    memset(name, 'n', 255);
    name[255] = 0;
    int at[64] = {open(in_docs(""), O_RDONLY | O_DIRECTORY)};
    for (int i = 0; i < 63; i++) {
        assert_int_equal(mkdirat(at[i], name, 0755), 0);
        at[i + 1] = openat(at[i], name, O_RDONLY | O_DIRECTORY);
        assert_true(at[i + 1] >= 0);
    }
    int fd = openat(at[63], "fits.txt", O_WRONLY | O_CREAT, 0644);
    assert_int_equal(write(fd, "sunken treasure", 15), 15);
    close(fd);
    close(openat(at[63], name, O_WRONLY | O_CREAT, 0644));
    Store *store = open_store(STORE_WRITE);
    for (int i = 0; i < 2; i++) {
        IngestReport r = add(store);
        assert_int_equal(r.failed, 1);
        assert_int_equal(r.removed, 0);
        assert_non_null(strstr(r.failures[0].reason, "longer than 16384 bytes"));
        assert_int_equal(find(store, "treasure").n, 1);
    }
    store_close(store);
    assert_int_equal(unlinkat(at[63], "fits.txt", 0) + unlinkat(at[63], name, 0), 0);
    for (int i = 63; i >= 0; i--) { /* a path of all of it is longer than rm would take */
        close(at[i]);
        if (i) assert_int_equal(unlinkat(at[i - 1], name, AT_REMOVEDIR), 0);
    }
}

static void rules_that_cannot_be_read_are_told(void **state) {
    put("a.log", "noise", 100);
    assert_int_equal(mkdir(in_docs(".hearthignore"), 0755), 0);
    Store *store = open_store(STORE_WRITE);
    IngestReport r = add(store);
    assert_int_equal(r.failed, 1);
    assert_non_null(strstr(r.failures[0].reason, ".hearthignore cannot be read"));
    store_close(store);
}

/* A sweep whose time is never up. */
static void sweep_all(Store *store, const IngestOptions *o, IngestReport *r) {
    let_pass(0);
    assert_int_equal(ingest_sweep(store, o, 200, r, NULL), OK);
    clock_fix_now(0);
}

static void sweep_keeps_a_root_that_is_out_of_reach(void **state) {
    put("a.txt", "persistent words", 100);
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    char moved[256];
    (void)snprintf(moved, sizeof moved, "%s/unplugged", home);
    assert_int_equal(rename(docs, moved), 0);
    IngestOptions o = {.extract = plain_reader};
    IngestReport r;
    sweep_all(store, &o, &r);
    assert_int_equal(r.roots_unreachable, 1);
    assert_int_equal(find(store, "persistent").n, 1);
    assert_int_equal(rename(moved, docs), 0);
    store_close(store);
}

/* A file that was added by its name goes when it is deleted, and comes back when it does. */
static void a_root_of_one_file_goes_with_it(void **state) {
    char lone[300], other[300];
    (void)snprintf(lone, sizeof lone, "%s/lone.txt", docs);
    (void)snprintf(other, sizeof other, "%s/other.txt", docs);
    put("lone.txt", "solitary words", 100);
    put("other.txt", "other words", 100);
    Store *store = open_store(STORE_WRITE);
    IngestOptions o = {.extract = plain_reader, .paths = (const char *const[]){lone}, .n_paths = 1};
    IngestReport r;
    assert_int_equal(ingest_add(store, &o, &r, NULL), OK);
    assert_int_equal(find(store, "solitary").n, 1);
    assert_int_equal(unlink(lone), 0);
    o.n_paths = 0;
    sweep_all(store, &o, &r);
    assert_true(r.removed == 1 && r.roots_unreachable == 0);
    assert_int_equal(find(store, "solitary").n, 0);
    sweep_all(store, &o, &r);
    assert_true(r.removed == 0 && r.roots_unreachable == 0); /* nothing of it is kept */
    put("lone.txt", "solitary words again", 100);
    sweep_all(store, &o, &r);
    assert_int_equal(find(store, "solitary").n, 1);
    assert_int_equal(unlink(lone) | unlink(other), 0); /* empty: a disk may have been there */
    sweep_all(store, &o, &r);
    assert_true(r.removed == 0 && r.roots_unreachable == 1);
    assert_int_equal(find(store, "solitary").n, 1);
    store_close(store);
}

/* A reader that takes longer than the sweep has. */
static Status slow_reader(void *user, int fd, const char *path, Doc *out, Err *err) {
    let_pass(60);
    return plain_reader(user, fd, path, out, err);
}

static void a_sweep_without_time_looks_at_another_root_the_next_time(void **state) {
    char path[256];
    IngestOptions o = {.extract = plain_reader};
    IngestReport r;
    (void)snprintf(path, sizeof path, "%s/a", docs);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/b", docs);
    assert_int_equal(mkdir(path, 0700), 0);
    Store *store = open_store(STORE_WRITE);
    for (const char *name = "ab"; *name; name++) {
        (void)snprintf(path, sizeof path, "%s/%c", docs, *name);
        const char *paths[] = {path};
        o.paths = paths;
        o.n_paths = 1;
        assert_int_equal(ingest_add(store, &o, &r, NULL), OK);
    }
    for (int i = 0; i < 9; i++) {
        (void)snprintf(path, sizeof path, "a/%d.txt", i);
        put(path, "one of many", 100);
    }
    put("b/new.txt", "turnips", 100);
    o = (IngestOptions){.extract = slow_reader};
    let_pass(0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ingest_sweep(store, &o, 50, &r, NULL), OK);
        assert_false(r.complete);
        if (find(store, "turnips").n) break;
        clock_fix_real(clock_real_s() + 1); /* turns are told apart by their second */
    }
    clock_fix_real(-1);
    clock_fix_now(0);
    assert_int_equal(find(store, "turnips").n, 1);
    store_close(store);
}

static void sweep_sees_small_changes_and_says_when_time_was_short(void **state) {
    put("a.txt", "first words", 100);
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    put("b.txt", "second words", 50);
    IngestOptions o = {.extract = plain_reader};
    IngestReport r;
    assert_int_equal(ingest_sweep(store, &o, 0, &r, NULL), OK);
    assert_false(r.complete);
    sweep_all(store, &o, &r);
    assert_true(r.complete);
    assert_int_equal(r.added, 1);
    assert_int_equal(find(store, "second").n, 1);
    store_close(store);
}

static void add_never_reads_the_store_into_itself(void **state) {
    put("a.txt", "outside", 100);
    Store *store = open_store(STORE_WRITE);
    const char *paths[] = {home}; /* holds docs and stores */
    IngestOptions o = {.paths = paths, .n_paths = 1, .extract = plain_reader};
    IngestReport r;
    assert_int_equal(ingest_add(store, &o, &r, NULL), OK);
    assert_int_equal(r.seen, 1);
    store_close(store);
}

static void add_tries_failed_files_again_and_unread_kinds_not(void **state) {
    put("broken.txt", "word", 100);
    put("table.xyz", "word", 100);
    Store *store = open_store(STORE_WRITE);
    (void)add_counting(store);
    assert_int_equal(reads, 2);
    (void)add_counting(store);
    assert_int_equal(reads, 1);
    store_close(store);
    sql("UPDATE tally SET reader = 'an older Hearth'");
    store = open_store(STORE_WRITE);
    (void)add_counting(store); /* every root: then this Hearth was here */
    assert_int_equal(reads, 2);
    (void)add_counting(store);
    assert_int_equal(reads, 1);
    store_close(store);
}

/* Counts, and calls what it reads a mail. */
static Status mail_reader(void *user, int fd, const char *path, Doc *out, Err *err) {
    TRY(counting_reader(user, fd, path, out, err));
    mem_free(out->format);
    out->format = mem_strdup("mail");
    return OK;
}

static void kinds_of_which_readers_see_more_are_read_anew_once(void **state) {
    const char *paths[] = {in_docs("")};
    IngestOptions o = {.paths = paths, .n_paths = 1, .extract = mail_reader};
    IngestReport r;
    put("a.eml", "word", 100);
    Store *store = open_store(STORE_WRITE);
    assert_int_equal(ingest_add(store, &o, &r, NULL), OK);
    store_close(store);
    sql("UPDATE tally SET reader = 'an older Hearth'");
    store = open_store(STORE_WRITE);
    reads = 0;
    assert_int_equal(ingest_add(store, &o, &r, NULL), OK);
    assert_int_equal(reads, 1);
    assert_int_equal(r.changed, 1);
    assert_int_equal(ingest_add(store, &o, &r, NULL), OK); /* all roots were named: once */
    assert_int_equal(reads, 1);
    assert_int_equal(r.unchanged, 1);
    store_close(store);
}

static void add_inside_a_root_adds_no_second_root(void **state) {
    assert_int_equal(mkdir(in_docs("sub"), 0755), 0);
    put("sub/a.txt", "inner", 100);
    put("b.txt", "outer", 100);
    Store *store = open_store(STORE_WRITE);
    const char *inner[] = {in_docs("sub")};
    IngestOptions o = {.paths = inner, .n_paths = 1, .extract = plain_reader};
    IngestReport r;
    StoreStats stats;
    assert_int_equal(ingest_add(store, &o, &r, NULL), OK);
    (void)add(store); /* the parent takes the child's place */
    assert_int_equal(ingest_add(store, &o, &r, NULL), OK);
    assert_int_equal(store_stats(store, &stats, NULL), OK);
    assert_int_equal(stats.roots, 1);
    assert_int_equal(stats.files, 2);
    store_close(store);
}

static size_t copies_of(Store *store, const char *name) {
    Arena arena;
    Str *paths = NULL;
    size_t n = 99;
    arena_init(&arena, 16 << 20);
    assert_int_equal(store_copies(store, str_from(name), &arena, &paths, &n, NULL), OK);
    arena_fini(&arena);
    return n;
}

static void *raise_soon(void *flag) {
    (void)nanosleep(&(struct timespec){0, 50000000}, NULL);
    atomic_store((atomic_bool *)flag, true);
    return NULL;
}

static Status reads_nothing(void *user, int fd, const char *path, Doc *out, Err *err) {
    return plain_blocks(STR("nothing"), out, err);
}

/* The kernel's list of this process's pages says that it is empty and holds hundreds of GB. */
static void a_file_that_does_not_end_is_refused_or_can_be_stopped(void **state) {
    const char *paths[] = {"/proc/self/pagemap"}, *again = "/proc/thread-self/pagemap";
    atomic_bool cancel = false;
    IngestOptions o = {.paths = paths, .n_paths = 1, .extract = reads_nothing, .cancel = &cancel,
                       .max_file_bytes = 1 << 20};
    IngestReport r;
    Err err;
    pthread_t thread;
    if (access(paths[0], R_OK) != 0 || access(again, R_OK) != 0) skip();
    Store *store = open_store(STORE_WRITE);
    assert_int_equal(ingest_add(store, &o, &r, &err), OK);
    assert_int_equal(r.refused, 1);
    assert_non_null(strstr(r.failures[0].reason, "more bytes"));
    o.max_file_bytes = UINT64_C(1) << 50;
    paths[0] = again;
    assert_int_equal(pthread_create(&thread, NULL, raise_soon, &cancel), 0);
    assert_int_equal(ingest_add(store, &o, &r, &err), OK);
    assert_true(r.cancelled && !r.complete);
    assert_int_equal(pthread_join(thread, NULL), 0);
    store_close(store);
}

static void copies_are_known_by_their_bytes(void **state) {
    put("a.txt", "a private letter", 100);
    put("copy.txt", "a private letter", 200);
    put("other.txt", "a private lettex", 100);
    put("empty.txt", "", 100);
    put("empty too.txt", "", 100);
    char a[512], linked[512], outside[512];
    (void)snprintf(a, sizeof a, "%s", in_docs("a.txt"));
    (void)snprintf(linked, sizeof linked, "%s", in_docs("linked.txt"));
    (void)snprintf(outside, sizeof outside, "%s/outside.txt", home);
    assert_int_equal(link(a, linked), 0);
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    assert_int_equal(link(a, outside), 0);
    assert_int_equal(copies_of(store, a), 3);
    assert_int_equal(copies_of(store, outside), 3); /* read for the purpose */
    assert_int_equal(copies_of(store, in_docs("other.txt")), 1);
    assert_int_equal(copies_of(store, in_docs("empty.txt")), 0); /* says nothing */
    assert_int_equal(copies_of(store, "/no/such/file"), 0);
    assert_int_equal(copies_of(store, home), 0);
    store_close(store);
}

static Status count_file(void *user, int64_t id, Str path, Err *err) {
    (void)path;
    ++*(int *)user;
    return id > 0 ? OK : err_set(err, E_CORRUPT, "no id");
}

static Status stop_at_once(void *user, int64_t id, Str path, Err *err) {
    (void)count_file(user, id, path, err);
    return err_set(err, E_CANCELLED, "enough");
}

static int files_below(Store *store, const char *path, StoreFileFn each, Status wanted) {
    int n = 0;
    assert_int_equal(store_each_below(store, str_from(path), each, &n, NULL), wanted);
    return n;
}

static void files_below_a_folder_are_those_in_it(void **state) {
    assert_int_equal(mkdir(in_docs("sub"), 0755), 0);
    put("sub/a.txt", "secret one", 100);
    put("sub/b.txt", "secret two", 100);
    put("subtle.txt", "secret three", 100);
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    assert_int_equal(files_below(store, in_docs("sub"), count_file, OK), 2);
    assert_int_equal(files_below(store, in_docs("sub/"), count_file, OK), 2);
    assert_int_equal(files_below(store, in_docs("sub/a.txt"), count_file, OK), 1);
    assert_int_equal(files_below(store, "/", count_file, OK), 3);
    assert_int_equal(files_below(store, "/no/such", count_file, OK), 0);
    assert_int_equal(files_below(store, in_docs("sub"), stop_at_once, E_CANCELLED), 1);
    assert_int_equal(files_below(store, in_docs("sub"), count_file, OK), 2); /* still usable */
    store_close(store);
}

/* ---- removing -------------------------------------------------------------------------------- */

static void remove_is_for_good_until_added_by_name(void **state) {
    assert_int_equal(mkdir(in_docs("sub"), 0755), 0);
    put("sub/a.txt", "secret one", 100);
    put("sub/b.txt", "secret two", 100);
    put("subtle.txt", "secret three", 100);
    Store *store = open_store(STORE_WRITE);
    uint64_t n;
    (void)add(store);
    assert_int_equal(store_remove(store, in_docs("sub"), &n, NULL), OK);
    assert_int_equal(n, 2);
    assert_int_equal(find(store, "secret").n, 1);
    IngestOptions o = {.extract = plain_reader};
    IngestReport r;
    sweep_all(store, &o, &r);
    assert_int_equal(find(store, "secret").n, 1);
    const char *named[] = {in_docs("sub")};
    o.paths = named;
    o.n_paths = 1;
    assert_int_equal(ingest_add(store, &o, &r, NULL), OK);
    assert_int_equal(find(store, "secret").n, 3);
    assert_int_equal(store_remove(store, in_docs("absent"), &n, NULL), E_NOT_FOUND);
    assert_int_equal(store_remove(store, docs, &n, NULL), OK);
    assert_int_equal(n, 3);
    StoreStats stats;
    assert_int_equal(store_stats(store, &stats, NULL), OK);
    assert_int_equal(stats.roots + stats.files + stats.chunks, 0);
    store_close(store);
}

/* Every allocation of open, add, embed, search and remove fails once: an error, never a crash,
   never a leak, and the store is whole afterwards. */
static void store_survives_out_of_memory_anywhere(void **state) {
    many(12, "scarce");
    HashEmbedder h = {0};
    StoreEmbedder e = hash_embedder(&h, "hash-1");
    unsigned failures = 0;
    for (uint64_t nth = 1; nth < 100000; nth += 1 + nth / 60) {
        uint64_t live = mem_live_blocks(), calls = mem_calls();
        StoreOptions so = {stores, "test", STORE_WRITE, true, 0};
        const char *paths[] = {docs};
        IngestOptions io = {.paths = paths, .n_paths = 1, .extract = plain_reader, .embedder = &e};
        SearchQuery q = {.text = STR("scarce number7 topic"), .k = 3, .embedder = &e};
        IngestReport report;
        SearchResults found;
        Store *store = NULL;
        Arena arena;
        uint64_t n;
        arena_init(&arena, 8 << 20);
        mem_fail_at(nth);
        Status status = store_open(&so, &store, NULL);
        if (status == OK) status = ingest_add(store, &io, &report, NULL);
        if (status == OK) status = search_run(store, &q, &arena, &found, NULL);
        if (status == OK) status = store_remove(store, docs, &n, NULL);
        bool reached = mem_calls() - calls >= nth;
        mem_fail_at(0);
        failures += status != OK;
        store_close(store);
        arena_fini(&arena);
        assert_int_equal(mem_live_blocks(), live);
        store = open_store(STORE_WRITE);
        assert_int_equal(add_with(store, &e, NULL).failed, 0);
        assert_int_equal(find(store, "number7").n, 1);
        assert_int_equal(store_remove(store, docs, &n, NULL), OK);
        arena_fini(&found_arena);
        store_close(store);
        if (!reached) break;
    }
    assert_true(failures > 20);
}

static void orphans_of_a_crash_are_deleted(void **state) {
    store_close(open_store(STORE_WRITE));
    char path[256];
    (void)snprintf(path, sizeof path, "%s/test/seg/lex-999.seg", stores);
    assert_int_equal(file_replace(path, STR("left over"), 0600, NULL), OK);
    store_close(open_store(STORE_WRITE));
    assert_int_not_equal(access(path, F_OK), 0);
}

static void add_on_a_full_disk_keeps_what_was_there(void **state) {
    if (geteuid() != 0) skip();
    assert_int_equal(mkdir(stores, 0700), 0);
    if (mount("tmpfs", stores, "tmpfs", 0, "size=1500k") != 0) skip(); /* no right to mount here */
    put("small.txt", "kept through the flood", 100);
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    for (int i = 0; i < 60; i++) {
        char name[32], *text = malloc(60001);
        unsigned seed = (unsigned)i + 1;
        for (int k = 0; k < 60000; k++) {
            seed = seed * 1103515245u + 12345u;
            text[k] = seed >> 20 & 7 ? (char)('a' + (seed >> 16) % 26) : ' ';
        }
        text[60000] = 0;
        (void)snprintf(name, sizeof name, "big%02d.txt", i);
        put(name, text, 100);
        free(text);
    }
    const char *paths[] = {docs};
    IngestOptions o = {.paths = paths, .n_paths = 1, .extract = plain_reader};
    IngestReport r;
    Err err;
    assert_int_equal(ingest_add(store, &o, &r, &err), E_IO);
    assert_non_null(strstr(err.hint, "space"));
    assert_int_equal(find(store, "flood").n, 1); /* reads go on */
    store_close(store);
    assert_int_equal(mount("tmpfs", stores, "tmpfs", MS_REMOUNT, "size=64m"), 0);
    store = open_store(STORE_WRITE);
    assert_int_equal(add(store).failed, 0);
    StoreStats stats;
    assert_int_equal(store_stats(store, &stats, NULL), OK);
    assert_int_equal(stats.files, 61);
    store_close(store);
    assert_int_equal(umount(stores), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_HOME(store_names_cannot_leave_their_folder),
        IN_HOME(store_absent_is_not_found_and_not_made),
        IN_HOME(store_notices_that_do_not_fit_cost_no_other),
        IN_HOME(store_folder_is_private),
        IN_HOME(store_second_writer_is_told_and_readers_are_not),
        IN_HOME(a_writer_that_may_wait_outlasts_a_short_one),
        IN_HOME(store_of_a_newer_version_is_refused_untouched),
        IN_HOME(one_file_is_found_among_very_many),
        IN_HOME(a_file_numbered_too_high_has_no_text_of_another_one),
        IN_HOME(store_that_is_no_database_is_damaged),
        IN_HOME(store_may_lie_behind_a_link),
        IN_HOME(add_reads_nothing_outside_while_names_are_exchanged),
        IN_HOME(store_makes_nothing_outside_while_it_is_exchanged),
        IN_HOME(add_makes_words_searchable_with_exact_spans),
        IN_HOME(lines_are_those_of_the_file),
        IN_HOME(lines_without_marks_are_counted),
        IN_HOME(lines_of_a_changed_file_are_new),
        IN_HOME(add_again_costs_a_stat_and_sees_every_change),
        IN_HOME(a_file_written_while_it_is_read_is_read_again),
        IN_HOME(a_change_within_a_coarse_time_is_seen),
        IN_HOME(add_leaves_out_what_it_should),
        IN_HOME(add_takes_files_of_any_time),
        IN_HOME(add_of_an_absent_path_changes_nothing),
        IN_HOME(add_keeps_what_an_unreadable_folder_hides),
        IN_HOME(add_keeps_what_a_failing_disk_hides),
        IN_HOME(a_folder_nested_too_deeply_is_listed_with_the_reason),
        IN_HOME(a_path_that_is_too_long_is_listed_with_the_reason),
        IN_HOME(rules_that_cannot_be_read_are_told),
        IN_HOME(sweep_keeps_a_root_that_is_out_of_reach),
        IN_HOME(a_root_of_one_file_goes_with_it),
        IN_HOME(a_sweep_without_time_looks_at_another_root_the_next_time),
        IN_HOME(sweep_sees_small_changes_and_says_when_time_was_short),
        IN_HOME(add_never_reads_the_store_into_itself),
        IN_HOME(add_tries_failed_files_again_and_unread_kinds_not),
        IN_HOME(kinds_of_which_readers_see_more_are_read_anew_once),
        IN_HOME(add_inside_a_root_adds_no_second_root),
        IN_HOME(copies_are_known_by_their_bytes),
        IN_HOME(files_below_a_folder_are_those_in_it),
        IN_HOME(a_file_that_does_not_end_is_refused_or_can_be_stopped),
        IN_HOME(remove_is_for_good_until_added_by_name),
        IN_HOME(store_survives_out_of_memory_anywhere),
        IN_HOME(orphans_of_a_crash_are_deleted),
        IN_HOME(add_on_a_full_disk_keeps_what_was_there),
    };
    int failed = cmocka_run_group_tests_name("store", tests, NULL, NULL);
    arena_fini(&found_arena);
    return failed;
}
