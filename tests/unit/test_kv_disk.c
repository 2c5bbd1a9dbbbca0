/*
 * Promises of the KV cache's disk tier (model/kv_disk.h): a restarted session finds its text and
 * gives the same bytes; what is damaged, of another model or too much is dropped, never used.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/tiny_model.h"
#include "base/file.h"
#include "base/frame.h"
#include "base/mem.h"
#include "base/sealing.h"
#include "model/kv_disk.h"
#include "model/sample.h"
#include "model/session.h"

static char folder[64], model[96], kv_dir[96];
static int32_t tokens[TINY_TOKENS];

static int make_folder(void **state) {
    (void)state;
    SampleRng rng;
    (void)snprintf(folder, sizeof folder, "/tmp/hearth-kv-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    (void)snprintf(model, sizeof model, "%s/m.gguf", folder);
    (void)snprintf(kv_dir, sizeof kv_dir, "%s/kv", folder);
    sample_rng_seed(&rng, 3);
    for (int i = 0; i < TINY_TOKENS; i++) {
        tokens[i] = (int32_t)(sample_rng_next(&rng) % TINY_VOCAB);
    }
    return 0;
}

typedef void (*FileFn)(const char *path);

/* Calls fn for every kept page; returns how many there are. */
static int each_file(FileFn fn) {
    char path[400];
    int n = 0;
    DIR *dir = opendir(kv_dir);
    for (const struct dirent *e; dir && (e = readdir(dir));) {
        if (e->d_name[0] == '.') continue;
        (void)snprintf(path, sizeof path, "%s/%s", kv_dir, e->d_name);
        if (fn) fn(path);
        n++;
    }
    if (dir) (void)closedir(dir);
    return n;
}

static void drop(const char *path) {
    assert_int_equal(unlink(path), 0);
}

static int drop_folder(void **state) {
    (void)state;
    (void)each_file(drop);
    (void)rmdir(kv_dir);
    return unlink(model) == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static int forget(void **state) {
    (void)state;
    (void)each_file(drop);
    return 0;
}

static Engine *open_tiny(Tiny *m, const char *kv_type, uint64_t max_bytes) {
    Err err = {0};
    Engine *e = NULL;
    EngineOptions o = {.path = model, .isa = "ref", .threads = 2, .kv_type = kv_type};
    o.kv_dir = kv_dir;
    o.kv_disk_max_bytes = max_bytes;
    tiny_make(m);
    assert_int_equal(tiny_write(m, model, &err), OK);
    if (engine_open(&o, &e, &err) != OK) fail_msg("%s", err.message);
    tiny_free(m);
    return e;
}

/* One life of a session over n tokens: how many it found, and the logits. */
static size_t live(Engine *e, size_t n, float *logits) {
    Err err = {0};
    Session *s = NULL;
    SessionOptions o = {.n_ctx = TINY_TOKENS, .keep = true};
    assert_int_equal(session_new(e, &o, &s, &err), OK);
    if (session_sync(s, tokens, n, NULL, &err) != OK) fail_msg("%s", err.message);
    size_t found = session_reused(s);
    if (logits) memcpy(logits, session_logits(s), TINY_VOCAB * sizeof *logits);
    session_free(s);
    return found;
}

static size_t restart(const char *kv_type, size_t n, float *logits) {
    Tiny m = tiny_family("qwen3");
    Engine *e = open_tiny(&m, kv_type, 0);
    size_t found = live(e, n, logits);
    engine_close(e);
    return found;
}

static void a_restarted_session_finds_its_text(void **state) {
    (void)state;
    float fresh[TINY_VOCAB], again[TINY_VOCAB];
    for (int t = 0; t < KERN_KV_TYPES; t++) {
        const char *type = kern_kv_name((KernKv)t);
        assert_int_equal(restart(type, 200, fresh), 0);
        assert_int_equal(restart(type, 200, again), 199); /* the last token's logits are not kept */
        assert_memory_equal(fresh, again, sizeof fresh);
        assert_int_equal(restart(type, 190, NULL), 128);  /* whole pages of a shorter text */
        assert_int_equal(restart(type, 300, again), 200); /* three pages and the filled part */
        (void)each_file(drop);
        assert_int_equal(restart(type, 300, fresh), 0);
        assert_memory_equal(fresh, again, sizeof fresh);
        (void)each_file(drop);
    }
}

static void another_beginning_finds_nothing(void **state) {
    (void)state;
    assert_int_equal(restart("f16", 200, NULL), 0);
    int32_t kept = tokens[0];
    tokens[0] = (kept + 1) % TINY_VOCAB;
    assert_int_equal(restart("f16", 200, NULL), 0);
    tokens[0] = kept;
    assert_int_equal(restart("f16", 200, NULL), 199);
    assert_int_equal(restart("q8", 200, NULL), 0); /* another type */
    Tiny other = tiny_family("qwen3");
    other.seed = 99;
    Engine *e = open_tiny(&other, "f16", 0); /* another model, the same shape */
    assert_int_equal(live(e, 200, NULL), 0);
    engine_close(e);
}

static int damage_at;

static void flip_a_byte(const char *path) {
    uint8_t byte = 0;
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, damage_at), 1);
    byte ^= 4;
    assert_int_equal(pwrite(fd, &byte, 1, damage_at), 1);
    (void)close(fd);
}

static void cut_in_half(const char *path) {
    uint64_t size = 0;
    assert_int_equal(file_size(path, &size, NULL), OK);
    assert_int_equal(truncate(path, (off_t)size / 2), 0);
}

static void damaged_pages_are_dropped_and_computed_anew(void **state) {
    (void)state;
    static const int places[] = {0, 20, 30, 4096, 4096 + 33, 4096 + 70, 4096 + 4000, 9000};
    float fresh[TINY_VOCAB], again[TINY_VOCAB];
    assert_int_equal(restart("bf16", 200, fresh), 0);
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        damage_at = places[i];
        (void)each_file(flip_a_byte);
        size_t found = restart("bf16", 200, again);
        assert_int_equal(found, 0);
        for (int life = 0; life < 4 && found < 199; life++) { /* one page is found out each time */
            assert_memory_equal(fresh, again, sizeof fresh);
            found = restart("bf16", 200, again);
        }
        assert_int_equal(found, 199);
        assert_memory_equal(fresh, again, sizeof fresh);
    }
    (void)each_file(cut_in_half);
    assert_int_equal(restart("bf16", 200, again), 0);
    assert_memory_equal(fresh, again, sizeof fresh);
}

/* What a page holds becomes 0xFF, which is NaN in every type, under checksums that are right. */
static void fill_with_nan(const char *path) {
    enum { HEAD = 4096, VERSION = 5 };
    Frame frame;
    Buf payload;
    Err err = {0};
    buf_init(&payload, 1 << 20);
    assert_int_equal(frame_open(path, "kvpage", VERSION, FRAME_CHECK_ALL, &frame, &err), OK);
    buf_add(&payload, (const char *)frame.payload, frame.payload_bytes);
    frame_close(&frame);
    assert_true(payload.n > HEAD);
    memset(payload.p + HEAD, 0xFF, payload.n - HEAD);
    assert_int_equal(frame_put(path, "kvpage", VERSION, buf_str(&payload), &err), OK);
    buf_fini(&payload);
}

static void pages_of_no_numbers_are_dropped_and_computed_anew(void **state) {
    (void)state;
    float fresh[TINY_VOCAB], again[TINY_VOCAB];
    for (int t = 0; t < KERN_KV_TYPES; t++) {
        const char *type = kern_kv_name((KernKv)t);
        assert_int_equal(restart(type, 200, fresh), 0);
        (void)each_file(fill_with_nan);
        assert_int_equal(restart(type, 200, again), 0);
        assert_memory_equal(fresh, again, sizeof fresh);
        assert_int_equal(restart(type, 200, again), 199); /* what is kept now is sound */
        assert_memory_equal(fresh, again, sizeof fresh);
        (void)each_file(drop);
    }
}

static void the_ceiling_of_the_folder_holds(void **state) {
    (void)state;
    uint64_t page = 0;
    Tiny m = tiny_family("qwen3");
    assert_int_equal(restart("f16", 64, NULL), 0);
    KvShape shape = {KERN_KV_F16, m.n_layer, m.n_head_kv, m.d_head};
    page = kv_page_bytes(&shape);
    Engine *e = open_tiny(&m, "f16", 4 * (page + 16384));
    for (int i = 0; i < 5; i++) {
        tokens[0] = i;
        (void)live(e, 128, NULL);
        assert_true(each_file(NULL) <= 4);
    }
    assert_int_equal(live(e, 128, NULL), 127); /* the last used is there, the first is not */
    tokens[0] = 0;
    assert_int_equal(live(e, 128, NULL), 0);
    engine_close(e);
}

static void a_folder_that_cannot_be_used_costs_nothing(void **state) {
    (void)state;
    float fresh[TINY_VOCAB], again[TINY_VOCAB];
    assert_int_equal(restart("f16", 100, fresh), 0);
    (void)each_file(drop);
    assert_int_equal(rmdir(kv_dir), 0);
    int fd = open(kv_dir, O_CREAT | O_WRONLY, 0600); /* a file in its place */
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(restart("f16", 100, again), 0);
    assert_memory_equal(fresh, again, sizeof fresh);
    assert_int_equal(unlink(kv_dir), 0);
}

static void the_tier_survives_running_out_of_memory(void **state) {
    (void)state;
    static const int32_t text[] = {1, 2, 3};
    KvShape shape = {KERN_KV_F16, 2, 1, 16};
    for (uint64_t nth = 1; nth < 60; nth++) {
        uint64_t before = mem_live_blocks();
        KvPool *pool = NULL;
        KvDisk *disk = NULL;
        Kv a = {0}, b = {0};
        KvDiskOptions o = {kv_dir, "test", shape, 0};
        assert_int_equal(kv_pool_new(1 << 20, &pool, NULL), OK);
        assert_int_equal(kv_init(&a, pool, &shape, 100, NULL), OK);
        assert_int_equal(kv_init(&b, pool, &shape, 100, NULL), OK);
        assert_int_equal(kv_reserve(&a, 0, 3, NULL), OK);
        (void)each_file(drop);
        mem_fail_at(nth);
        Status status = kv_disk_open(&o, &disk, NULL);
        if (status == OK) status = kv_disk_save(disk, text, 3, &a, NULL);
        int found = status == OK ? kv_disk_load(disk, text, 3, &b) : 0;
        mem_fail_at(0);
        assert_true(status == OK || status == E_NO_MEMORY || status == E_IO);
        kv_fini(&a);
        kv_fini(&b);
        kv_disk_close(disk);
        kv_pool_free(pool);
        assert_int_equal(mem_live_blocks(), before);
        if (status == OK && found == 3) return;
    }
    fail_msg("it never came to an end");
}

/* ---- many pages, which several threads open ---- */

enum { MANY = 40, MANY_TOKENS = MANY * KERN_KV_KEYS + 5 };

static const KvShape many_shape = {KERN_KV_F16, 2, 1, 16};
static int32_t many_tokens[MANY_TOKENS];
static int victim; /* the page whose file is damaged next */

/* Every page begins with its number. */
static void damage_victim(const char *path) {
    int32_t number = -1;
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &number, sizeof number, 8192), sizeof number);
    if (number == victim) assert_int_equal(pwrite(fd, "damage", 6, 8192 + 100), 6);
    (void)close(fd);
}

static int load_many(KvPool *pool, KvDisk *disk, uint64_t fail_at) {
    Kv kv = {0};
    assert_int_equal(kv_init(&kv, pool, &many_shape, MANY_TOKENS, NULL), OK);
    mem_fail_at(fail_at);
    int found = kv_disk_load(disk, many_tokens, MANY_TOKENS, &kv);
    mem_fail_at(0);
    for (int i = 0; i < kv.n_pages; i++) {
        int32_t number;
        memcpy(&number, kv.data[i], sizeof number);
        assert_int_equal(number, i);
    }
    assert_int_equal(kv.n_pages, (found + KERN_KV_KEYS - 1) / KERN_KV_KEYS);
    kv_fini(&kv);
    return found;
}

static void save_many(KvPool *pool, KvDisk *disk) {
    Kv kv = {0};
    assert_int_equal(kv_init(&kv, pool, &many_shape, MANY_TOKENS, NULL), OK);
    assert_int_equal(kv_reserve(&kv, 0, MANY_TOKENS, NULL), OK);
    for (int32_t i = 0; i < kv.n_pages; i++) memcpy(kv.data[i], &i, sizeof i);
    assert_int_equal(kv_disk_save(disk, many_tokens, MANY_TOKENS, &kv, NULL), OK);
    kv_fini(&kv);
}

static void a_long_text_is_found_up_to_the_first_damaged_page(void **state) {
    (void)state;
    static const int victims[] = {0, 1, 2, 32, 33, 34, MANY - 1, MANY};
    KvPool *pool = NULL;
    KvDisk *disk = NULL;
    KvDiskOptions o = {kv_dir, "many", many_shape, 0};
    for (int i = 0; i < MANY_TOKENS; i++) many_tokens[i] = i * 7 % 1000;
    assert_int_equal(kv_pool_new(1 << 20, &pool, NULL), OK);
    assert_int_equal(kv_disk_open(&o, &disk, NULL), OK);
    save_many(pool, disk);
    assert_int_equal(load_many(pool, disk, 0), MANY_TOKENS);
    for (size_t i = 0; i < ARRAY_LEN(victims); i++) {
        victim = victims[i];
        assert_int_equal(each_file(damage_victim), MANY + 1);
        assert_int_equal(load_many(pool, disk, 0), victim * KERN_KV_KEYS);
        assert_int_equal(each_file(NULL), MANY); /* the damaged one went, and no other */
        save_many(pool, disk);
    }
    uint64_t before = mem_live_blocks();
    int found = 0;
    for (uint64_t nth = 1; found < MANY_TOKENS; nth++) {
        assert_true(nth < 2000);
        found = load_many(pool, disk, nth);
        assert_true(found % KERN_KV_KEYS == 0 || found == MANY_TOKENS);
        assert_int_equal(mem_live_blocks(), before);
        assert_int_equal(each_file(NULL), MANY + 1);
    }
    kv_disk_close(disk);
    kv_pool_free(pool);
}

static int open_descriptors(void) {
    int n = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir && readdir(dir)) n++;
    if (dir) (void)closedir(dir);
    return n;
}

/* A page each, mapped, would leave no descriptor to the databases and sockets of the program. */
static void a_very_long_text_leaves_descriptors_to_others(void **state) {
    (void)state;
    enum { PAGES = 400, N = PAGES * KERN_KV_KEYS };
    KvPool *pool = NULL;
    KvDisk *disk = NULL;
    Kv made = {0}, found = {0};
    KvDiskOptions o = {kv_dir, "long", many_shape, 0};
    int32_t *text = mem_zalloc_n(N, sizeof *text);
    assert_non_null(text);
    assert_int_equal(kv_pool_new(UINT64_C(1) << 24, &pool, NULL), OK);
    assert_int_equal(kv_disk_open(&o, &disk, NULL), OK);
    assert_int_equal(kv_init(&made, pool, &many_shape, N, NULL), OK);
    assert_int_equal(kv_init(&found, pool, &many_shape, N, NULL), OK);
    assert_int_equal(kv_reserve(&made, 0, N, NULL), OK);
    for (int32_t i = 0; i < PAGES; i++) memcpy(made.data[i], &i, sizeof i);
    assert_int_equal(kv_disk_save(disk, text, N, &made, NULL), OK);
    int before = open_descriptors();
    assert_int_equal(kv_disk_load(disk, text, N, &found), N);
    assert_true(open_descriptors() - before <= 256);
    size_t bytes = (size_t)kv_page_bytes(&many_shape);
    for (int i = 0; i < PAGES; i++) assert_memory_equal(found.data[i], made.data[i], bytes);
    kv_cut(&found, N - 1); /* and what is given back may be mapped again */
    kv_cut(&found, 0);
    assert_int_equal(open_descriptors(), before);
    assert_int_equal(kv_disk_load(disk, text, N, &found), N);
    kv_fini(&found);
    kv_fini(&made);
    assert_int_equal(kv_pool_used(pool), 0);
    kv_disk_close(disk);
    kv_pool_free(pool);
    mem_free(text);
}

/* A mapped page costs the pool nothing; one that had to be unsealed lies in memory and counts. */
static void sealed_pages_count_in_the_pools_limit(void **state) {
    (void)state;
    static const uint8_t key[SEAL_KEY_BYTES] = {7};
    static const int32_t text[] = {1, 2, 3};
    KvShape shape = {KERN_KV_F16, 2, 1, 16};
    uint64_t page = kv_page_bytes(&shape);
    for (int sealed = 0; sealed < 2; sealed++) {
        KvPool *pool = NULL, *narrow = NULL;
        KvDisk *disk = NULL;
        Kv a = {0}, b = {0}, c = {0};
        KvDiskOptions o = {kv_dir, "test", shape, 0};
        sealing_use(sealed ? key : NULL);
        assert_int_equal(kv_pool_new(1 << 20, &pool, NULL), OK);
        assert_int_equal(kv_pool_new(page - 1, &narrow, NULL), OK);
        assert_int_equal(kv_init(&a, pool, &shape, 100, NULL), OK);
        assert_int_equal(kv_init(&b, pool, &shape, 100, NULL), OK);
        assert_int_equal(kv_init(&c, narrow, &shape, 100, NULL), OK);
        assert_int_equal(kv_reserve(&a, 0, 3, NULL), OK);
        assert_int_equal(kv_disk_open(&o, &disk, NULL), OK);
        assert_int_equal(kv_disk_save(disk, text, 3, &a, NULL), OK);
        uint64_t before = kv_pool_used(pool);
        assert_int_equal(kv_disk_load(disk, text, 3, &b), 3);
        uint64_t more = kv_pool_used(pool) - before;
        assert_true(sealed ? more >= page && more <= page + 4096 : more == 0);
        assert_int_equal(kv_disk_load(disk, text, 3, &c), sealed ? 0 : 3);
        assert_int_equal(each_file(NULL), 1); /* too much for the pool is no damage */
        kv_fini(&c);
        kv_fini(&b);
        kv_fini(&a);
        assert_int_equal(kv_pool_used(pool), 0);
        kv_disk_close(disk);
        kv_pool_free(pool);
        kv_pool_free(narrow);
        (void)each_file(drop);
    }
    sealing_use(NULL);
}

static void clearing_leaves_no_page_and_nothing_else_is_touched(void **state) {
    (void)state;
    char stranger[120];
    (void)each_file(drop);
    assert_int_equal(kv_disk_clear("/nowhere/at/all", NULL), OK);
    assert_int_equal(file_make_dirs(kv_dir, 0700, NULL), OK);
    (void)snprintf(stranger, sizeof stranger, "%s/notes.txt", kv_dir);
    assert_int_equal(file_replace(stranger, STR("mine"), 0600, NULL), OK);
    static const int32_t text[] = {1, 2, 3};
    KvShape shape = {KERN_KV_F16, 2, 1, 16};
    KvPool *pool = NULL;
    KvDisk *disk = NULL;
    Kv kv = {0};
    KvDiskOptions o = {kv_dir, "test", shape, 0};
    assert_int_equal(kv_pool_new(1 << 20, &pool, NULL), OK);
    assert_int_equal(kv_init(&kv, pool, &shape, 100, NULL), OK);
    assert_int_equal(kv_reserve(&kv, 0, 3, NULL), OK);
    assert_int_equal(kv_disk_open(&o, &disk, NULL), OK);
    assert_int_equal(kv_disk_save(disk, text, 3, &kv, NULL), OK);
    FileDraft left; /* as by a process that died while it wrote a page */
    char page[160];
    (void)snprintf(page, sizeof page, "%s/0123456789abcdef0123456789abcdef.kv", kv_dir);
    assert_int_equal(file_draft_begin(page, 0600, &left, NULL), OK);
    assert_int_equal(each_file(NULL), 3);
    assert_int_equal(kv_disk_clear(kv_dir, NULL), OK);
    assert_int_equal(each_file(NULL), 1);
    assert_true(file_exists(stranger));
    drop(stranger);
    file_draft_abort(&left);
    kv_fini(&kv);
    kv_disk_close(disk);
    kv_pool_free(pool);
}

/* ---- files that are cut while their pages are in use ---- */

/* Is it the page of tokens[64..128)? A page's tokens stand 64 bytes behind the frame's head. */
static bool is_second(const char *path) {
    int32_t found[4] = {0};
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, found, sizeof found, 4096 + 64), sizeof found);
    (void)close(fd);
    return memcmp(found, tokens + 64, sizeof found) == 0;
}

static void cut_second(const char *path) {
    if (is_second(path)) assert_int_equal(truncate(path, 8192), 0);
}

static void cut_and_drop_second(const char *path) {
    if (!is_second(path)) return;
    cut_second(path);
    drop(path);
}

/* A session over pages of the disk tier, with the second one's file gone bad behind its back. */
static Session *mislead(Engine *e, FileFn how) {
    Session *s = NULL;
    SessionOptions o = {.n_ctx = TINY_TOKENS, .keep = true};
    assert_int_equal(session_new(e, &o, &s, NULL), OK);
    assert_int_equal(session_sync(s, tokens, 200, NULL, NULL), OK);
    assert_int_equal(session_reused(s), 199);
    assert_int_equal(each_file(how), 4);
    return s;
}

static void a_page_that_is_cut_before_it_is_copied_is_computed_anew(void **state) {
    (void)state;
    float fresh[TINY_VOCAB];
    Tiny m = tiny_family("qwen3");
    Engine *e = open_tiny(&m, "f16", 0);
    (void)live(e, 200, NULL);
    Session *s = mislead(e, cut_second);
    int32_t kept = tokens[100];
    tokens[100] = (kept + 1) % TINY_VOCAB;
    assert_int_equal(session_sync(s, tokens, 120, NULL, NULL), OK); /* writes into the second */
    Session *alone = NULL;
    assert_int_equal(session_new(e, &(SessionOptions){.n_ctx = 200}, &alone, NULL), OK);
    assert_int_equal(session_sync(alone, tokens, 120, NULL, NULL), OK);
    memcpy(fresh, session_logits(alone), sizeof fresh);
    assert_memory_equal(session_logits(s), fresh, sizeof fresh);
    tokens[100] = kept;
    session_free(alone);
    session_free(s);
    engine_close(e);
}

static void a_page_that_was_lost_is_not_kept(void **state) {
    (void)state;
    float fresh[TINY_VOCAB], again[TINY_VOCAB];
    Tiny m = tiny_family("qwen3");
    Engine *e = open_tiny(&m, "f16", 0);
    (void)live(e, 200, fresh);
    session_free(mislead(e, cut_and_drop_second));
    assert_int_equal(live(e, 200, again), 64); /* up to the lost one */
    assert_memory_equal(fresh, again, sizeof fresh);
    engine_close(e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(sealed_pages_count_in_the_pools_limit, forget),
        cmocka_unit_test_teardown(clearing_leaves_no_page_and_nothing_else_is_touched, forget),
        cmocka_unit_test_teardown(a_restarted_session_finds_its_text, forget),
        cmocka_unit_test_teardown(another_beginning_finds_nothing, forget),
        cmocka_unit_test_teardown(damaged_pages_are_dropped_and_computed_anew, forget),
        cmocka_unit_test_teardown(pages_of_no_numbers_are_dropped_and_computed_anew, forget),
        cmocka_unit_test_teardown(the_ceiling_of_the_folder_holds, forget),
        cmocka_unit_test_teardown(a_folder_that_cannot_be_used_costs_nothing, forget),
        cmocka_unit_test_teardown(the_tier_survives_running_out_of_memory, forget),
        cmocka_unit_test_teardown(a_long_text_is_found_up_to_the_first_damaged_page, forget),
        cmocka_unit_test_teardown(a_very_long_text_leaves_descriptors_to_others, forget),
        cmocka_unit_test_teardown(a_page_that_is_cut_before_it_is_copied_is_computed_anew, forget),
        cmocka_unit_test_teardown(a_page_that_was_lost_is_not_kept, forget),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
