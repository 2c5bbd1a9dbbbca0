/*
 * Promises of a sweep of more files than there is time for.
 */
#include "../support/store_home.h"

#include <dlfcn.h>
#include <poll.h>

/* A slow disk. It wins over libc's. */
static int slow_ms; /* each look at a name takes so long */

int fstatat(int fd, const char *restrict name, struct stat *restrict st, int flags) {
    int (*real)(int, const char *, struct stat *, int);
    *(void **)(void *)&real = dlsym(RTLD_NEXT, sizeof(off_t) == 8 ? "fstatat64" : "fstatat");
    if (slow_ms) (void)poll(NULL, 0, slow_ms);
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
    assert_int_equal(store_check(store, &check, NULL), OK);
    assert_int_equal(check.n_interrupted_jobs, 0);
    store_close(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_HOME(a_sweep_goes_on_where_the_last_one_stopped),
    };
    int failed = cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
    arena_fini(&found_arena);
    return failed;
}
