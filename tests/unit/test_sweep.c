/*
 * Promises of a sweep of more files than there is time for.
 */
#include "../support/held_clock.h"
#include "../support/store_home.h"

#include <dlfcn.h>

#include "knowledge/walk.h"

/* A slow disk. It wins over libc's. */
static uint64_t slow_ms; /* each look at a name takes so long */

int fstatat(int fd, const char *restrict name, struct stat *restrict st, int flags) {
    int (*real)(int, const char *, struct stat *, int);
    *(void **)(void *)&real = dlsym(RTLD_NEXT, sizeof(off_t) == 8 ? "fstatat64" : "fstatat");
    if (slow_ms) let_pass(slow_ms);
    return real(fd, name, st, flags);
}

/* More files than a sweep can look at, and a change in the last of them, and in the first. */
static void a_sweep_goes_on_where_the_last_one_stopped(void **state) {
    IngestOptions o = {.extract = plain_reader};
    IngestReport r;
    many(30, "one of many");
    assert_int_equal(mkdir(in_docs("g"), 0700), 0);
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    put("g/new.txt", "turnips", 100);
    slow_ms = 4;
    let_pass(0);
    int rounds = 0;
    for (; rounds < 20 && !find(store, "turnips").n; rounds++) {
        assert_int_equal(ingest_sweep(store, &o, 40, &r, NULL), OK);
        assert_false(r.complete);
    }
    put("a.txt", "parsnips", 100);
    for (; rounds < 40 && !find(store, "parsnips").n; rounds++) {
        assert_int_equal(ingest_sweep(store, &o, 40, &r, NULL), OK);
    }
    slow_ms = 0;
    assert_int_equal(find(store, "turnips").n, 1);
    assert_int_equal(find(store, "parsnips").n, 1);
    assert_int_equal(unlink(in_docs("f0003.txt")), 0);
    assert_int_equal(ingest_sweep(store, &o, 5000, &r, NULL), OK); /* the rest, then all */
    assert_true(r.complete);
    assert_int_equal(r.removed, 1);
    StoreCheck check;
    clock_fix_now(0);
    assert_int_equal(store_check(store, &check, NULL), OK);
    assert_int_equal(check.n_interrupted_jobs, 0);
    store_close(store);
}

/* The end of each path, in the order of the walk. */
static Status note_entry(void *user, const WalkEntry *entry, Err *err) {
    buf_add_str((Buf *)user, str_sub(entry->path, strlen(docs), entry->path.n));
    return OK;
}

static void assert_walk(const char *from, const char *want) {
    Buf seen;
    WalkCounts counts = {0};
    buf_init(&seen, 4096);
    WalkHandlers handlers = {.user = &seen, .entry = note_entry, .from = str_from(from)};
    assert_int_equal(walk_tree(docs, &handlers, &counts, NULL), OK);
    assert_true(str_eq_c(buf_str(&seen), want));
    buf_fini(&seen);
}

/* A walk that begins at a file which is gone, with its folder or without. */
static void a_place_that_is_gone_hides_no_name_elsewhere(void **state) {
    static const char *const folders[] = {"a", "c", "e"};
    char beside[200];
    for (size_t i = 0; i < 3; i++) assert_int_equal(mkdir(in_docs(folders[i]), 0700), 0);
    put("a/k.txt", "kale", 100);
    put("c/b.txt", "beans", 100);
    put("c/z.txt", "peas", 100);
    put("e/b.txt", "leek", 100);
    assert_walk(in_docs("c/b.txt"), "/c/b.txt/c/z.txt/e/b.txt");
    assert_walk(in_docs("a/m.txt"), "/c/b.txt/c/z.txt/e/b.txt");
    assert_walk(in_docs("b/m.txt"), "/c/b.txt/c/z.txt/e/b.txt");
    assert_walk(in_docs("c/zz.txt"), "/e/b.txt");
    assert_walk(in_docs("f/b.txt"), "");
    (void)snprintf(beside, sizeof beside, "%s2/z.txt", docs);
    assert_walk(beside, "/a/k.txt/c/b.txt/c/z.txt/e/b.txt");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_HOME(a_sweep_goes_on_where_the_last_one_stopped),
        IN_HOME(a_place_that_is_gone_hides_no_name_elsewhere),
    };
    int failed = cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
    arena_fini(&found_arena);
    return failed;
}
