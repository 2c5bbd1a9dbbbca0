/*
 * Promises of a store that several connections and processes use at once.
 */
#include "../support/store_home.h"

#include <sys/wait.h>

/* What other processes see: is somebody still connected to the database? */
static bool is_locked_for_others(const char *path) {
    enum { SHARED_FIRST = 0x40000002, SHARED_BYTES = 510 }; /* sqlite.org/fileformat2.html, 1.2 */
    pid_t pid = fork();
    if (pid == 0) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = SHARED_FIRST,
                             .l_len = SHARED_BYTES};
        int fd = open(path, O_RDWR | O_CLOEXEC);
        _exit(fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? 1 : 0);
    }
    int how = 0;
    assert_int_equal(waitpid(pid, &how, 0), pid);
    return WEXITSTATUS(how) == 1;
}

/* A second handle of one program must not take the locks of the first: another process would then
   delete the WAL that the first one reads. */
static void a_second_connection_leaves_the_first_ones_locks(void **state) {
    char path[256];
    put("a.txt", "first words", 100);
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    store_close(store);
    (void)snprintf(path, sizeof path, "%s/test/store.db", stores);
    Store *first = open_store(STORE_READ);
    assert_int_equal(find(first, "words").n, 1);
    assert_true(is_locked_for_others(path));
    Store *second = open_store(STORE_READ);
    assert_true(is_locked_for_others(path));
    store_close(second);
    assert_true(is_locked_for_others(path));
    store_close(first);
    assert_false(is_locked_for_others(path));
}

/* Adds and merges until it is told to stop. */
static void write_on(int stop) {
    char name[32], byte;
    for (int i = 0; read(stop, &byte, 1) < 0; i++) {
        (void)snprintf(name, sizeof name, "w%d.txt", i % 60);
        FILE *f = fopen(in_docs(name), "w");
        if (!f || fprintf(f, "the %dth of many words\n", i) < 0 || fclose(f) != 0) _exit(2);
        Store *store = open_store(STORE_WRITE);
        (void)add(store);
        store_close(store);
    }
    _exit(0);
}

/* A segment that was merged into another while the list of segments was read is not missing. */
static void a_check_beside_a_writer_finds_no_damage(void **state) {
    int stop[2], how;
    put("a.txt", "first words", 100);
    Store *store = open_store(STORE_WRITE);
    (void)add(store);
    store_close(store);
    assert_int_equal(pipe2(stop, O_CLOEXEC | O_NONBLOCK), 0);
    pid_t pid = fork();
    if (pid == 0) write_on(stop[0]);
    store = open_store(STORE_READ);
    for (int i = 0; i < 400; i++) {
        StoreCheck check;
        Err err = {.message = ""};
        if (store_check(store, &check, &err) != OK) fail_msg("%s", err.message);
        bool whole = check.database_ok && check.texts_ok && check.segments_ok;
        if (!whole) fail_msg("check %d: %s", i, check.first_problem);
    }
    store_close(store);
    assert_int_equal(write(stop[1], "", 1), 1);
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_int_equal(how, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_HOME(a_second_connection_leaves_the_first_ones_locks),
        IN_HOME(a_check_beside_a_writer_finds_no_damage),
    };
    int failed = cmocka_run_group_tests_name("store_shared", tests, NULL, NULL);
    arena_fini(&found_arena);
    return failed;
}
