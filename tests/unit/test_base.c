/*
 * Promises of base: status, memory, text, files and the thread pool.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault_guard.h"
#include "base/fence.h"
#include "base/file_huge.h"
#include "base/hash.h"
#include "base/home.h"
#include "base/lists.h"
#include "base/mem.h"
#include "base/pool.h"

static void status_table_keeps_the_promised_exit_codes(void **state) {
    static const struct { Status status; int code; } want[] = {
        {OK, 0}, {E_FAILED, 1}, {E_USAGE, 2}, {E_NOT_FOUND, 3}, {E_DENIED, 4}, {E_REMOTE, 5},
        {E_CORRUPT, 6}, {E_LIMIT, 7}, {E_TIMEOUT, 7}, {E_CANCELLED, 130}};
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        assert_int_equal(status_info(want[i].status)->exit_code, want[i].code);
    }
    assert_string_equal(status_info((Status)999)->name, "failed");
}

static Status refuse(Status code, Err *err) {
    (void)err_set(err, code, "no");
    return err_hint(err, "ask %s", "again");
}

static void a_hint_keeps_the_code_also_when_nobody_wants_the_words(void **state) {
    Err err;
    for (int code = E_FAILED; code < STATUS_COUNT; code++) {
        assert_int_equal(refuse((Status)code, &err), code);
        assert_int_equal(refuse((Status)code, NULL), code);
    }
    assert_string_equal(err.hint, "ask again");
    (void)err_prefix(NULL, E_BUSY, "x");
    assert_int_equal(err_hint(NULL, "y"), E_BUSY);
}

static void err_keeps_message_hint_and_prefix(void **state) {
    Err err;
    assert_int_equal(err_set(&err, E_CORRUPT, "bad byte %d", 7), E_CORRUPT);
    err_hint(&err, "fetch it again");
    assert_int_equal(err_prefix(&err, E_CORRUPT, "%s", "a.gguf"), E_CORRUPT);
    assert_string_equal(err.message, "a.gguf: bad byte 7");
    assert_string_equal(err.hint, "fetch it again");
    assert_int_equal(err_set(NULL, E_IO, "nobody listens"), E_IO);
}

static void mem_fails_exactly_the_nth_call(void **state) {
    uint64_t live = mem_live_blocks();
    mem_fail_at(2);
    void *a = mem_alloc(8), *b = mem_alloc(8), *c = mem_alloc(8);
    assert_non_null(a);
    assert_null(b);
    assert_non_null(c);
    mem_free(a);
    mem_free(c);
    assert_int_equal(mem_live_blocks(), live);
    assert_null(mem_alloc_n(SIZE_MAX / 2, 3));
}

static void a_list_grows_up_to_its_ceiling_and_no_further(void **state) {
    static const size_t ceilings[] = {1, 3, 16, 17, 100};
    for (size_t i = 0; i < ARRAY_LEN(ceilings); i++) {
        int *items = NULL;
        size_t cap = 0, n = 0;
        while (mem_grow((void **)&items, &cap, n + 1, sizeof *items, ceilings[i], NULL) == OK) n++;
        assert_int_equal(n, ceilings[i]);
        assert_int_equal(cap, ceilings[i]);
        mem_free(items);
    }
}

static void arena_stops_at_its_ceiling_and_can_be_reset(void **state) {
    Arena arena;
    arena_init(&arena, 1000);
    assert_non_null(arena_alloc(&arena, 900));
    assert_null(arena_alloc(&arena, 200));
    arena_reset(&arena);
    char *text = arena_printf(&arena, "%d-%s", 5, "x");
    assert_string_equal(text, "5-x");
    assert_int_equal((uintptr_t)text % 16, 0);
    arena_fini(&arena);
}

static void the_local_clock_is_that_of_the_time_zone(void **state) {
    assert_int_equal(setenv("TZ", "EST5", 1), 0); /* five hours behind UTC */
    tzset();
    clock_fix_real(1000000);
    assert_int_equal(clock_local_s(), 1000000 - 5 * 3600);
    clock_fix_real(-1);
    assert_int_equal(unsetenv("TZ"), 0);
    tzset();
}

/* Without the sanitizer nothing is fenced. */
static void a_sanitizer_sees_what_is_touched_and_was_not_asked_for(void **state) {
    const bool fences = FENCE_BYTES > 0;
    Arena arena;
    Buf buf;
    arena_init(&arena, 1000);
    buf_init(&buf, 1000);
    char *text = arena_dup(&arena, "abcd", 4), *next = arena_alloc(&arena, 1);
    assert_true(text && next);
    assert_false(is_fenced(text + 4) || is_fenced(next));
    assert_true(is_fenced(text + 5) == fences && is_fenced(next - 1) == fences);
    arena_reset(&arena);
    assert_true(is_fenced(text) == fences);
    buf_add_c(&buf, "abc");
    assert_false(is_fenced(buf.p + 3));
    assert_true(is_fenced(buf.p + 4) == fences);
    uint16_t *list = NULL, *moved;
    size_t cap = 0;
    for (size_t n = 0; n < 4; n++) list = arena_grow(&arena, list, n, &cap, sizeof *list);
    moved = arena_grow(&arena, list, 4, &cap, sizeof *list);
    assert_true(is_fenced(list) == fences && is_fenced(moved + 5) == fences);
    assert_false(is_fenced(moved + 4));
    buf_fini(&buf);
    arena_fini(&arena);
}
static void a_list_grows_in_its_arena_until_that_is_full(void **state) {
    Arena arena;
    uint32_t *items = NULL, *grown;
    size_t n = 0, cap = 0;
    arena_init(&arena, 1000);
    while ((grown = arena_grow(&arena, items, n, &cap, sizeof *items))) {
        items = grown;
        items[n] = (uint32_t)n;
        n++;
    }
    assert_int_equal(n, cap);
    assert_true(n >= 1000 / sizeof *items / 4);
    for (size_t i = 0; i < n; i++) assert_int_equal(items[i], i);
    arena_fini(&arena);
}

static void buf_error_is_sticky_and_named(void **state) {
    Buf buf;
    Err err;
    buf_init(&buf, 8);
    buf_add_c(&buf, "12345");
    buf_add_c(&buf, "6789");
    buf_add_c(&buf, "a");
    assert_int_equal(buf_check(&buf, "the answer", &err), E_LIMIT);
    assert_non_null(strstr(err.message, "the answer"));
    assert_int_equal(buf.n, 5);
    buf_fini(&buf);
}

static void reader_never_reads_past_the_end(void **state) {
    const uint8_t bytes[] = {1, 2, 3, 4, 5};
    Reader r = reader_init(bytes, sizeof bytes);
    assert_int_equal(reader_u32(&r), 0x04030201);
    assert_int_equal(reader_u32(&r), 0);
    assert_true(r.bad);
    r = reader_init(bytes, sizeof bytes);
    assert_null(reader_bytes(&r, UINT64_MAX));
}

static void what_is_written_little_endian_is_read_again(void **state) {
    Buf buf;
    buf_init(&buf, 64);
    buf_add_le(&buf, 0x1FF, 1);
    buf_add_le(&buf, 0xCAFEF00D, 4);
    buf_add_le(&buf, 0x8000000000000001u, 8);
    assert_int_equal(buf.n, 13);
    Reader r = reader_init(buf.p, buf.n);
    assert_int_equal(reader_u8(&r), 0xFF);
    assert_int_equal(reader_u32(&r), 0xCAFEF00D);
    assert_true(reader_u64(&r) == 0x8000000000000001u && !r.bad);
    buf_fini(&buf);
}

static void numbers_are_whole_bounded_and_explained(void **state) {
    int64_t n = 0;
    double x = 0;
    Err err;
    assert_int_equal(num_parse_int(STR("-42"), -100, 100, "n", "", &n, &err), OK);
    assert_int_equal(n, -42);
    assert_int_equal(
        num_parse_int(STR("-9223372036854775808"), INT64_MIN, 0, "n", "", &n, &err), OK);
    assert_true(n == INT64_MIN);
    static const char *const bad[] = {"", "-", "1x", " 1", "0x10", "9223372036854775808", "1e3",
                                      "99999999999999999999999"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(num_parse_int(str_from(bad[i]), INT64_MIN, INT64_MAX, "n", "", &n, &err),
                         E_USAGE);
    }
    assert_int_equal(num_parse_int(STR("99"), 1, 64, "threads", "", &n, &err), E_USAGE);
    assert_non_null(strstr(err.message, "1 to 64"));
    assert_int_equal(num_parse_real(STR("0.7"), 0, 2, "t", "", &x, &err), OK);
    static const char *const bad_reals[] = {"", "nan", "inf", "1e999", "0x1p3", "1,5", "--1"};
    for (size_t i = 0; i < ARRAY_LEN(bad_reals); i++) {
        assert_int_equal(num_parse_real(str_from(bad_reals[i]), -1e300, 1e300, "t", "", &x, &err),
                         E_USAGE);
    }
}

static void scratch(char *out, size_t cap, const char *name) {
    (void)snprintf(out, cap, "%s/hearth-test-%ld-%s", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp",
                   (long)getpid(), name);
}

static void file_replace_is_whole_and_leaves_no_orphan(void **state) {
    char path[256];
    Err err;
    Buf buf;
    scratch(path, sizeof path, "replace");
    assert_int_equal(file_replace(path, STR("one"), 0600, &err), OK);
    assert_int_equal(file_replace(path, STR("second"), 0600, &err), OK);
    buf_init(&buf, 100);
    assert_int_equal(file_read(path, &buf, &err), OK);
    assert_true(str_eq_c(buf_str(&buf), "second"));
    buf_fini(&buf);
    buf_init(&buf, 3);
    assert_int_equal(file_read(path, &buf, &err), E_LIMIT);
    buf_fini(&buf);
    buf_init(&buf, 6); /* as long as may be is not too long */
    assert_int_equal(file_read(path, &buf, &err), OK);
    assert_true(str_eq_c(buf_str(&buf), "second"));
    buf_fini(&buf);
    buf_init(&buf, 5);
    assert_int_equal(file_read(path, &buf, &err), E_LIMIT);
    buf_fini(&buf);
    assert_int_equal(file_remove(path, &err), OK);
    assert_int_equal(file_remove(path, &err), OK);
}

/* --svg /dev/null, asked by root, made a file of the device. */
static void file_replace_leaves_devices_and_pipes_alone(void **state) {
    static const char pipe[] = "pipe.of.test_base";
    struct stat st;
    Err err;
    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_int_equal(file_replace(pipe, STR("one"), 0600, &err), E_USAGE);
    assert_true(lstat(pipe, &st) == 0 && S_ISFIFO(st.st_mode));
    assert_int_equal(unlink(pipe), 0);
}

static void make_old(const char *path) {
    struct timespec then[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    assert_int_equal(utimensat(AT_FDCWD, path, then, 0), 0);
}

static void old_file(const char *path) {
    assert_int_equal(file_replace(path, STR("half"), 0600, NULL), OK);
    make_old(path);
}

static void file_sweeps_drafts_of_the_dead_alone(void **state) {
    char path[256], dead[300], other[300], plain[300];
    FileDraft alive;
    scratch(path, sizeof path, "sweep");
    (void)snprintf(dead, sizeof dead, "%s.tmp-1-0", path);
    (void)snprintf(other, sizeof other, "%sx.tmp-1-0", path);
    (void)snprintf(plain, sizeof plain, "%s.txt", path);
    old_file(dead);
    old_file(other);
    old_file(plain);
    assert_int_equal(file_draft_begin(path, 0600, &alive, NULL), OK);
    make_old(alive.beside); /* it may have waited for a slow disk all the while */
    file_sweep_drafts(path);
    assert_false(file_exists(dead));
    assert_true(file_exists(alive.beside));
    assert_true(file_exists(other) && file_exists(plain));
    assert_int_equal(file_draft_commit(&alive, NULL), OK);
    assert_int_equal(file_remove(path, NULL), OK);
    assert_int_equal(file_remove(other, NULL), OK);
    assert_int_equal(file_remove(plain, NULL), OK);
    file_sweep_drafts("/nowhere/at/all");
}

/* Not an hour later: somebody who has a gigabyte less looks for it now. */
static void a_draft_that_was_left_behind_goes_after_a_minute(void **state) {
    char path[256], dead[300];
    struct timespec then[2] = {{.tv_nsec = UTIME_NOW}, {.tv_sec = clock_real_s() - 90}};
    scratch(path, sizeof path, "left");
    (void)snprintf(dead, sizeof dead, "%s.tmp-1-0", path);
    assert_int_equal(file_replace(dead, STR("half"), 0600, NULL), OK);
    file_sweep_drafts(path);
    assert_true(file_exists(dead)); /* perhaps it was made, and is not locked yet */
    assert_int_equal(utimensat(AT_FDCWD, dead, then, 0), 0);
    file_sweep_drafts(path);
    assert_false(file_exists(dead));
}

/* In a container each start has the same process number, and so had one that was killed. */
static void drafts_of_the_dead_are_in_nobodys_way(void **state) {
    enum { DEAD = 20 };
    char path[256], dead[DEAD][400];
    FileDraft draft;
    scratch(path, sizeof path, "dead");
    assert_int_equal(file_draft_begin(path, 0600, &draft, NULL), OK);
    char *number = strrchr(draft.beside, '-');
    unsigned long last = strtoul(number + 1, NULL, 10);
    for (unsigned long i = 0; i < DEAD; i++) {
        (void)snprintf(dead[i], sizeof dead[i], "%.*s-%lu", (int)(number - draft.beside),
                       draft.beside, last + 1 + i);
        FILE *f = fopen(dead[i], "w");
        assert_non_null(f);
        assert_int_equal(fclose(f), 0);
    }
    file_draft_abort(&draft);
    assert_int_equal(file_replace(path, STR("alive"), 0600, NULL), OK);
    for (size_t i = 0; i < DEAD; i++) assert_int_equal(remove(dead[i]), 0);
    assert_int_equal(remove(path), 0);
}

/* What is there is resolved, what is not keeps its name. */
static void file_real_path_finds_what_is_gone(void **state) {
    char root[256], sub[300], link[300], path[3000], want[3000];
    char *real = NULL, *base = NULL;
    scratch(root, sizeof root, "real");
    (void)snprintf(sub, sizeof sub, "%s/sub", root);
    (void)snprintf(link, sizeof link, "%s/link", root);
    assert_int_equal(file_make_dirs(sub, 0700, NULL), OK);
    assert_int_equal(symlink("sub", link), 0);
    assert_int_equal(file_real_path(root, &base, NULL), OK);
    static const char *const cases[][2] = {
        {"/link/", "/sub"},
        {"/sub/../link/./gone.txt", "/sub/gone.txt"},
        {"//gone/deep", "/gone/deep"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        (void)snprintf(path, sizeof path, "%s%s", root, cases[i][0]);
        (void)snprintf(want, sizeof want, "%s%s", base, cases[i][1]);
        assert_int_equal(file_real_path(path, &real, NULL), OK);
        assert_string_equal(real, want);
        mem_free(real);
        mem_fail_at(1);
        assert_int_equal(file_real_path(path, &real, NULL), E_NO_MEMORY);
        mem_fail_at(0);
        assert_null(real);
    }
    assert_int_equal(file_real_path("/", &real, NULL), OK);
    assert_string_equal(real, "/");
    mem_free(real);
    assert_int_equal(file_real_path("gone-here", &real, NULL), OK);
    assert_true(real[0] == '/' && str_ends(str_from(real), STR("/gone-here")));
    mem_free(real);
    assert_int_equal(file_real_path("", &real, NULL), E_USAGE);
    memset(path, 'a', sizeof path);
    path[sizeof path - 1] = 0;
    assert_int_equal(file_real_path(path, &real, NULL), OK); /* too long a name for any file */
    mem_free(real);
    mem_free(base);
    assert_int_equal(unlink(link) | rmdir(sub) | rmdir(root), 0);
}

static void assert_beneath(void) {
    char root[256], link_path[300];
    Err err;
    int fd = -1;
    scratch(root, sizeof root, "root");
    assert_int_equal(file_make_dirs(root, 0700, &err), OK);
    int dir = open(root, O_RDONLY | O_DIRECTORY);
    (void)snprintf(link_path, sizeof link_path, "%s/link", root);
    assert_int_equal(symlink("/etc", link_path), 0);
    static const char *const bad[] = {"../x",        "/etc/passwd", "a/../../x",
                                      "link/passwd", "link",        ""};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(file_open_beneath(dir, bad[i], O_RDONLY, 0, &fd, &err), E_DENIED);
    }
    assert_int_equal(file_open_beneath(dir, "ok", O_RDWR | O_CREAT, 0600, &fd, &err), OK);
    close(fd);
    (void)unlinkat(dir, "ok", 0);
    assert_int_equal(mkdirat(dir, "sub", 0700), 0);
    assert_int_equal(file_open_beneath(dir, "sub//f", O_RDWR | O_CREAT, 0600, &fd, &err), OK);
    close(fd);
    assert_int_equal(file_open_beneath(dir, "sub/f", O_RDONLY, 0, &fd, &err), OK);
    close(fd);
    assert_int_equal(file_open_beneath(dir, "sub/f/g", O_RDONLY, 0, &fd, &err), E_NOT_FOUND);
    assert_int_equal(file_open_beneath(dir, "none/f", O_RDONLY, 0, &fd, &err), E_NOT_FOUND);
    char longest[400] = "";
    memset(longest, 'a', 300);
    (void)snprintf(longest + 300, 20, "/x");
    assert_int_not_equal(file_open_beneath(dir, longest, O_RDONLY, 0, &fd, &err), OK);
    (void)unlinkat(dir, "sub/f", 0);
    (void)unlinkat(dir, "sub", AT_REMOVEDIR);
    (void)unlinkat(dir, "link", 0);
    close(dir);
    assert_int_equal(rmdir(root), 0);
}

static void file_open_beneath_refuses_to_leave(void **state) { assert_beneath(); }

/* This child has no openat2: its kernel, or the filter of its container, says so. */
static int without_openat2(uint32_t refusal) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | refusal),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {ARRAY_LEN(code), code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        return 77;
    }
    assert_beneath(); /* a failure ends this process with 255 */
    return 0;
}

static void file_open_beneath_keeps_its_word_on_old_kernels(void **state) {
    static const uint32_t refusals[] = {ENOSYS, EPERM};
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        (void)fflush(NULL);
        pid_t pid = fork();
        if (pid == 0) _exit(without_openat2(refusals[i]));
        int how;
        assert_int_equal(waitpid(pid, &how, 0), pid);
        if (WIFEXITED(how) && WEXITSTATUS(how) == 77) skip();
        assert_true(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    }
}

/* Whoever takes "no such file" for "nothing was set" must not be told it of what is there. */
static void a_file_that_cannot_be_followed_is_there(void **state) {
    char root[256], path[300];
    Err err;
    Buf text;
    buf_init(&text, 100);
    scratch(root, sizeof root, "there");
    assert_int_equal(file_make_dirs(root, 0700, &err), OK);
    (void)snprintf(path, sizeof path, "%s/x", root);
    assert_false(file_exists(path));
    assert_int_equal(symlink("/nowhere/at/all", path), 0);
    assert_true(file_exists(path));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(path, path), 0); /* a loop */
    assert_true(file_exists(path));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(file_read(path, &text, &err), E_USAGE); /* is not an empty file */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(root), 0);
    buf_fini(&text);
}

static void homes_are_found_as_xdg_says(void **state) {
    static const struct { HomeKind kind; const char *variable, *below; } kinds[] = {
        {HOME_MODELS, "XDG_DATA_HOME", "/hearth/models"},
        {HOME_STORES, "XDG_DATA_HOME", "/hearth/stores"},
        {HOME_CACHE, "XDG_CACHE_HOME", "/hearth"},
        {HOME_STATE, "XDG_STATE_HOME", "/hearth"},
        {HOME_CONFIG, "XDG_CONFIG_HOME", "/hearth"}};
    char *keep = env_get("HEARTH_HOME") ? mem_strdup(env_get("HEARTH_HOME")) : NULL;
    char *home = env_get("HOME") ? mem_strdup(env_get("HOME")) : NULL, *path, want[256];
    Err err;
    (void)unsetenv("HEARTH_HOME");
    (void)setenv("HOME", "/my/home", 1);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        (void)setenv(kinds[i].variable, "/my/place", 1);
        (void)snprintf(want, sizeof want, "/my/place%s/x", kinds[i].below);
        assert_int_equal(home_path(kinds[i].kind, "x", &path, &err), OK);
        assert_string_equal(path, want);
        mem_free(path);
        (void)setenv(kinds[i].variable, "relative", 1); /* as if it were not there */
        assert_int_equal(home_path(kinds[i].kind, "x", &path, &err), OK);
        assert_memory_equal(path, "/my/home/.", 10);
        mem_free(path);
        (void)unsetenv(kinds[i].variable);
        uint64_t live = mem_live_blocks();
        for (uint64_t nth = 1; nth <= 3; nth++) {
            mem_fail_at(nth);
            assert_int_equal(home_path(kinds[i].kind, "x", &path, &err), E_NO_MEMORY);
            mem_fail_at(0);
            assert_int_equal(mem_live_blocks(), live);
        }
    }
    (void)unsetenv("HOME");
    assert_int_equal(home_path(HOME_CACHE, "x", &path, &err), E_FAILED);
    assert_non_null(strstr(err.hint, "HEARTH_HOME"));
    home_set_root("/mine");
    assert_int_equal(home_path(HOME_CACHE, "x", &path, &err), OK);
    assert_string_equal(path, "/mine/cache/x");
    mem_free(path);
    home_set_root(NULL);
    if (keep) (void)setenv("HEARTH_HOME", keep, 1);
    if (home) (void)setenv("HOME", home, 1);
    mem_free(keep);
    mem_free(home);
}

static void lines_and_beginnings_of_text_are_found(void **state) {
    Str text = STR("one\n\nlast");
    size_t at = 0;
    assert_true(str_eq_c(str_line(text, &at), "one"));
    assert_true(str_eq_c(str_line(text, &at), ""));
    assert_int_equal(at, 5);
    assert_true(str_eq_c(str_line(text, &at), "last"));
    assert_int_equal(at, text.n);
    assert_int_equal(str_line((Str){NULL, 0}, &(size_t){0}).n, 0);
    text = STR(", it's gr\xC3\xBC\xC3\x9F 7.");
    at = 0;
    assert_true(str_eq_c(str_word(text, &at), "it"));
    assert_true(str_eq_c(str_word(text, &at), "s"));
    assert_true(str_eq_c(str_word(text, &at), "gr\xC3\xBC\xC3\x9F"));
    assert_true(str_eq_c(str_word(text, &at), "7"));
    assert_true(str_word(text, &at).n == 0 && at == text.n);
    assert_int_equal(str_word((Str){NULL, 0}, &(size_t){0}).n, 0);
    assert_true(str_begins(STR("Content-Type: x"), "content-type"));
    assert_true(str_begins(STR("a"), "") && str_begins((Str){NULL, 0}, ""));
    assert_false(str_begins(STR("Con"), "content") || str_begins((Str){NULL, 0}, "a"));
}

static void lists_of_words_end_with_null(void **state) {
    static const char *const words[] = {"in", "within", NULL}, *const none[] = {NULL};
    assert_true(list_has(STR("in"), words) && list_has(STR("within"), words));
    assert_false(list_has(STR("i"), words) || list_has(STR("ins"), words));
    assert_false(list_has(STR(""), words));
    assert_true(list_in(STR("mining"), words) && list_starts(STR("inn"), words) &&
                list_ends(STR("cabin"), words));
    assert_false(list_in(STR("i n"), words) || list_starts(STR("cabin"), words) ||
                 list_ends(STR("inn"), words));
    assert_false(list_has(STR(""), none) || list_in(STR("in"), none) ||
                 list_starts(STR("in"), none) || list_ends(STR("in"), none));
}

static void lists_are_found_at_a_place_and_cut_off_an_end(void **state) {
    static const char *const words[] = {"how many", "how", "are", NULL};
    static const char *const marks[] = {" ", "?", "？", NULL};
    size_t end = 99;
    assert_int_equal(list_at(STR("so how many"), 3, words), 8); /* the first, not the shortest */
    assert_int_equal(list_at(STR("so how many"), 2, words), 0);
    assert_int_equal(list_at(STR("how"), 3, words), 0); /* the end is a place, too */
    assert_int_equal(list_run_at(STR("arehowhow manyx"), 0, words), 14);
    assert_int_equal(list_begins(STR("How Many"), words), 8);
    assert_int_equal(list_begins(STR("so how"), words), 0);
    assert_int_equal(list_find(STR("they are how"), 0, words, &end), 5); /* the first place */
    assert_int_equal(end, 8);
    assert_int_equal(list_find(STR("they are how"), 6, words, &end), 9);
    assert_int_equal(end, 12);
    assert_true(list_find(STR("they"), 0, words, &end) == SIZE_MAX && end == 12);
    assert_true(str_eq_c(list_cut_end(STR("who? ？ ?"), marks), "who"));
    assert_int_equal(list_cut_end(STR(" ??"), marks).n, 0);
}

static void files_that_are_none_are_named(void **state) {
    FileMap map;
    Buf buf;
    Err err;
    uint64_t size;
    int fd;
    buf_init(&buf, 100);
    assert_int_equal(file_read("/", &buf, &err), E_USAGE);
    assert_int_equal(file_read("/nonexistent/x", &buf, &err), E_NOT_FOUND);
    assert_int_equal(file_map("/dev/null", &map, &err), E_USAGE);
    assert_int_equal(file_map("/nonexistent/x", &map, &err), E_NOT_FOUND);
    assert_int_equal(file_size("/nonexistent/x", &size, &err), E_NOT_FOUND);
    static const char *const missing[] = {"/nonexistent/deep/er", "nonexistent", "nonexistent/a//",
                                          "/nonexistent", "/", "", "."};
    for (size_t i = 0; i < ARRAY_LEN(missing); i++) {
        size = 0;
        assert_int_equal(file_free_bytes(missing[i], &size, &err), OK);
        assert_true(size > 0);
    }
    assert_int_equal(file_free_bytes("/dev/null/x", &size, &err), E_NOT_FOUND);
    assert_int_equal(file_make_dirs("/dev/null/x", 0700, &err), E_IO);
    assert_int_equal(file_replace("/nonexistent/x", STR("a"), 0600, &err), E_NOT_FOUND);
    assert_int_equal(file_lock("/nonexistent/x", &fd, &err), E_NOT_FOUND);
    assert_int_equal(file_remove("/dev", &err), E_IO);
    fd = open("/dev/full", O_WRONLY);
    assert_int_equal(file_write_all(fd, "x", 1, "full", &err), E_IO);
    assert_non_null(strstr(err.hint, "free some disk space"));
    close(fd);
    buf_fini(&buf);
}

/* A file of `n` bytes that name their MiB. */
static void write_large(const char *path, size_t n) {
    uint8_t *bytes = mem_alloc(n);
    assert_non_null(bytes);
    for (size_t i = 0; i < n; i++) bytes[i] = (uint8_t)(1 + (i >> 20) + i % 7);
    assert_int_equal(file_replace(path, (Str){(char *)bytes, n}, 0600, NULL), OK);
    mem_free(bytes);
}

static bool holds_large(const FileMap *map) {
    for (size_t i = 0; i < map->n; i++) {
        if (map->p[i] != (uint8_t)(1 + (i >> 20) + i % 7)) return false;
    }
    return true;
}

static void a_walk_over_a_large_mapping_changes_no_byte_and_ends(void **state) {
    const size_t sizes[] = {5, FILE_HUGE_BYTES - 1, FILE_HUGE_BYTES, 3 * FILE_HUGE_BYTES + 5000,
                            12 * FILE_HUGE_BYTES};
    char path[256];
    scratch(path, sizeof path, "large");
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        FileMap map;
        FileSettle walk = {0};
        size_t steps = 0, pieces = sizes[i] / FILE_HUGE_BYTES;
        write_large(path, sizes[i]);
        assert_int_equal(file_map(path, &map, NULL), OK);
        if (pieces) assert_int_equal((uintptr_t)map.p % FILE_HUGE_BYTES, 0);
        file_map_huge(&map);
        while (file_settle_step(&map, &walk)) steps++;
        assert_true(steps <= pieces);
        assert_true(steps == pieces || walk.refused > 0);
        assert_true(walk.before + walk.moved + (size_t)walk.refused <= steps);
        assert_true(holds_large(&map));
        file_unmap(&map);
    }
    (void)unlink(path);
}

static void a_walk_over_a_file_that_was_cut_ends_too(void **state) {
    char path[256];
    FileMap map;
    FileSettle walk = {0};
    FaultGuard *guard;
    scratch(path, sizeof path, "cut");
    write_large(path, 4 * FILE_HUGE_BYTES);
    assert_int_equal(file_map(path, &map, NULL), OK);
    assert_int_equal(fault_guard_add(map.p, map.n, &guard, NULL), OK);
    assert_int_equal(truncate(path, FILE_HUGE_BYTES + 4096), 0);
    while (file_settle_step(&map, &walk)) continue;
    assert_true(fault_guard_hit(guard) || walk.at == 0);
    fault_guard_remove(guard);
    file_unmap(&map);
    (void)unlink(path);
}

/* Under `ulimit -v` a model is more than there is room for: a limit, and no fault of its disk. */
static void a_file_that_memory_cannot_hold_is_out_of_memory(void **state) {
    char path[256];
    FileMap map;
    Err err;
    struct rlimit old, none;
    scratch(path, sizeof path, "room");
    write_large(path, FILE_HUGE_BYTES);
    assert_int_equal(getrlimit(RLIMIT_AS, &old), 0);
    none = (struct rlimit){4096, old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_AS, &none), 0);
    Status status = file_map(path, &map, &err);
    assert_int_equal(setrlimit(RLIMIT_AS, &old), 0);
    assert_int_equal(status, E_NO_MEMORY);
    assert_non_null(strstr(err.message, path));
    (void)unlink(path);
}

static void file_lock_admits_one_holder(void **state) {
    char path[256];
    int a = -1, b = -1;
    Err err;
    scratch(path, sizeof path, "lock");
    assert_int_equal(file_lock(path, &a, &err), OK);
    assert_int_equal(file_lock(path, &b, &err), E_BUSY);
    file_unlock(a);
    assert_int_equal(file_lock(path, &b, &err), OK);
    file_unlock(b);
    (void)unlink(path);
}

static void digests_match_the_published_vectors(void **state) {
    uint8_t digest[HASH_BYTES], back[HASH_BYTES];
    char hex[HASH_HEX];
    Sha256 h;
    sha256_init(&h);
    sha256_add(&h, "abc", 3);
    sha256_end(&h, digest);
    hash_hex(digest, hex); /* FIPS 180-4, appendix B.1 */
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_true(hash_from_hex(str_from(hex), back));
    assert_memory_equal(digest, back, HASH_BYTES);
    hex[0] = 'B';
    assert_false(hash_from_hex(str_from(hex), back));
    assert_true(hash_check64("abcdefgh", 8, 1) != hash_check64("abcdefgi", 8, 1));
}

typedef struct Sum {
    Pool *pool;
    atomic_int total;
    int seen[POOL_THREADS_MAX];
} Sum;

static void add_up(void *user, int thread, int n_threads) {
    Sum *sum = user;
    (void)n_threads;
    sum->seen[thread]++;
    atomic_fetch_add(&sum->total, thread + 1);
}

static void pool_runs_every_thread_every_time(void **state) {
    static const int sizes[] = {1, 2, 3, 8};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        Sum sum = {0};
        assert_int_equal(pool_new(sizes[i], &sum.pool, NULL), OK);
        int n = pool_size(sum.pool), rounds = 300;
        for (int round = 0; round < rounds; round++) pool_run(sum.pool, add_up, &sum);
        assert_int_equal(atomic_load(&sum.total), rounds * n * (n + 1) / 2);
        for (int t = 0; t < n; t++) assert_int_equal(sum.seen[t], rounds);
        pool_free(sum.pool);
    }
    Err err;
    Pool *none = NULL;
    assert_int_equal(pool_new(65, &none, &err), E_USAGE);
}

static void a_file_is_called_by_its_name_and_its_stem(void **state) {
    static const char *const rows[][3] = {
        {"/home/me/lease_2024.pdf", "lease_2024.pdf", "lease_2024"},
        {"a.tar.gz", "a.tar.gz", "a.tar"}, {"/x/.hidden", ".hidden", ".hidden"},
        {"/x/notes", "notes", "notes"}, {"b.", "b.", "b"},
        {"/x/", "", ""}, {".", ".", "."}, {"", "", ""}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_true(str_eq_c(str_file_name(str_from(rows[i][0])), rows[i][1]));
        assert_true(str_eq_c(str_file_stem(str_from(rows[i][0])), rows[i][2]));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_called_by_its_name_and_its_stem),
        cmocka_unit_test(status_table_keeps_the_promised_exit_codes),
        cmocka_unit_test(err_keeps_message_hint_and_prefix),
        cmocka_unit_test(a_hint_keeps_the_code_also_when_nobody_wants_the_words),
        cmocka_unit_test(mem_fails_exactly_the_nth_call),
        cmocka_unit_test(a_list_grows_up_to_its_ceiling_and_no_further),
        cmocka_unit_test(arena_stops_at_its_ceiling_and_can_be_reset),
        cmocka_unit_test(a_sanitizer_sees_what_is_touched_and_was_not_asked_for),
        cmocka_unit_test(the_local_clock_is_that_of_the_time_zone),
        cmocka_unit_test(a_list_grows_in_its_arena_until_that_is_full),
        cmocka_unit_test(buf_error_is_sticky_and_named),
        cmocka_unit_test(reader_never_reads_past_the_end),
        cmocka_unit_test(what_is_written_little_endian_is_read_again),
        cmocka_unit_test(numbers_are_whole_bounded_and_explained),
        cmocka_unit_test(file_replace_is_whole_and_leaves_no_orphan),
        cmocka_unit_test(file_replace_leaves_devices_and_pipes_alone),
        cmocka_unit_test(file_sweeps_drafts_of_the_dead_alone),
        cmocka_unit_test(a_draft_that_was_left_behind_goes_after_a_minute),
        cmocka_unit_test(drafts_of_the_dead_are_in_nobodys_way),
        cmocka_unit_test(file_real_path_finds_what_is_gone),
        cmocka_unit_test(file_open_beneath_refuses_to_leave),
        cmocka_unit_test(file_open_beneath_keeps_its_word_on_old_kernels),
        cmocka_unit_test(a_file_that_cannot_be_followed_is_there),
        cmocka_unit_test(homes_are_found_as_xdg_says),
        cmocka_unit_test(lines_and_beginnings_of_text_are_found),
        cmocka_unit_test(lists_of_words_end_with_null),
        cmocka_unit_test(lists_are_found_at_a_place_and_cut_off_an_end),
        cmocka_unit_test(files_that_are_none_are_named),
        cmocka_unit_test(a_walk_over_a_large_mapping_changes_no_byte_and_ends),
        cmocka_unit_test(a_file_that_memory_cannot_hold_is_out_of_memory),
        cmocka_unit_test(a_walk_over_a_file_that_was_cut_ends_too),
        cmocka_unit_test(file_lock_admits_one_holder),
        cmocka_unit_test(digests_match_the_published_vectors),
        cmocka_unit_test(pool_runs_every_thread_every_time),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
