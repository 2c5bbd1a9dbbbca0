/*
 * Promises of the vault: what is put in comes out, in this process and the next; nothing of it is
 * readable on the disk; a changed, exchanged or foreign file is refused; a lost key is said and
 * nothing is made in its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "../support/gate_talk.h"
#include "base/file.h"
#include "base/frame.h"
#include "gate/vault.h"

enum { TEXT_MAX = 1 << 20 };

static char folder[64];
static Vault *vault;

static int open_vault(void **state) {
    Err err;
    gate_home_make(folder);
    return vault_open(folder, &vault, &err) == OK ? 0 : -1;
}

static int close_vault(void **state) {
    vault_close(vault);
    gate_home_clear(folder);
    return 0;
}

static void again(void) {
    Err err;
    vault_close(vault);
    assert_int_equal(vault_open(folder, &vault, &err), OK);
}

static void path_to(const char *name, char out[200]) {
    (void)snprintf(out, 200, "%s/%s", folder, name);
}

static Status secret(const char *name, char out[64], Err *err) {
    Buf value;
    buf_init(&value, TEXT_MAX);
    Status status = vault_secret_get(vault, name, &value, err);
    if (status == OK) (void)snprintf(out, 64, "%.*s", (int)value.n, value.p ? value.p : "");
    buf_fini(&value);
    return status;
}

static void put(const char *name, const char *value) {
    Err err;
    assert_int_equal(vault_secret_put(vault, name, str_from(value), &err), OK);
}

static void secrets_come_out_as_they_went_in(void **state) {
    Err err;
    char value[64];
    put("a", "one");
    put("b", "two");
    put("a", "three");
    put("empty", "");
    again();
    assert_int_equal(secret("a", value, &err), OK);
    assert_string_equal(value, "three");
    assert_int_equal(secret("empty", value, &err), OK);
    assert_string_equal(value, "");
    assert_int_equal(vault_secret_remove(vault, "b", &err), OK);
    again();
    assert_int_equal(secret("b", value, &err), E_NOT_FOUND);
    assert_int_equal(vault_secret_remove(vault, "b", &err), E_NOT_FOUND);
    assert_int_equal(secret("c", value, &err), E_NOT_FOUND);
    assert_int_equal(vault_secret_put(vault, "", STR("x"), &err), E_LIMIT);
}

static void add(const char *conversation, const char *original, const char *surrogate) {
    Err err;
    VaultTalk *talk;
    VaultEntry entry = {SCAN_PHONE, KIND_PHONE, VAULT_WHOLE, str_from(original),
                        str_from(surrogate)};
    assert_int_equal(vault_talk_open(vault, conversation, &talk, &err), OK);
    assert_int_equal(vault_talk_add(talk, &entry, &err), OK);
    assert_int_equal(vault_talk_commit(talk, &err), OK);
    vault_talk_close(talk);
}

/* One thing of 40 MB, and another: which limit was met is said. */
static void a_map_that_is_too_large_is_not_called_one_of_too_many_things(void **state) {
    enum { BIG = 40 << 20 };
    Err err;
    VaultTalk *talk;
    char *big = malloc(BIG);
    assert_non_null(big);
    memset(big, 'x', BIG);
    VaultEntry entry = {SCAN_PHONE, KIND_PHONE, VAULT_WHOLE, STR("a"), {big, BIG}};
    assert_int_equal(vault_talk_open(vault, "big", &talk, &err), OK);
    assert_int_equal(vault_talk_add(talk, &entry, &err), OK);
    assert_int_equal(vault_talk_add(talk, &entry, &err), E_LIMIT);
    assert_null(strstr(err.message, "65536"));
    assert_non_null(strstr(err.message, "64 MiB"));
    vault_talk_close(talk);
    free(big);
}

static void maps_are_kept_by_conversation(void **state) {
    Err err;
    VaultTalk *talk;
    uint8_t key[SEAL_KEY_BYTES];
    add("one", "138 0013 8000", "139 1111 2222");
    add("one", "b", "c");
    add("two", "x", "y");
    again();
    assert_int_equal(vault_talk_open_known(vault, "one", &talk, &err), OK);
    assert_int_equal(vault_talk_count(talk), 2);
    assert_true(str_eq_c(vault_talk_at(talk, 0)->original, "138 0013 8000"));
    assert_int_equal(vault_talk_at(talk, 0)->kind, KIND_PHONE);
    assert_non_null(vault_talk_surrogate(talk, STR("139 1111 2222")));
    assert_non_null(vault_talk_same(talk, SCAN_PHONE, VAULT_WHOLE, STR("13800138000")));
    assert_null(vault_talk_same(talk, SCAN_BANK, VAULT_WHOLE, STR("13800138000")));
    assert_null(vault_talk_original(talk, VAULT_WHOLE, STR("x")));
    memcpy(key, vault_talk_key(talk), sizeof key);
    vault_talk_close(talk);
    assert_int_equal(vault_talk_open_known(vault, "two", &talk, &err), OK);
    assert_memory_not_equal(key, vault_talk_key(talk), sizeof key);
    vault_talk_close(talk);
    assert_int_equal(vault_talk_forget(vault, "one", &err), OK);
    assert_int_equal(vault_talk_open_known(vault, "one", &talk, &err), E_NOT_FOUND);
    assert_int_equal(vault_talk_open(vault, "one", &talk, &err), OK); /* the name, another key */
    assert_memory_not_equal(key, vault_talk_key(talk), sizeof key);
    vault_talk_close(talk);
    assert_int_equal(vault_talk_open(vault, "../x", &talk, &err), E_USAGE);
    assert_int_equal(vault_talk_open(vault, "", &talk, &err), E_USAGE);
}

static void frame_payload(const char *name, void *out, size_t n) {
    char path[200];
    Frame frame;
    path_to(name, path);
    assert_int_equal(frame_open(path, "vaultkey", 1, FRAME_CHECK_ALL, &frame, NULL), OK);
    assert_int_equal(frame.payload_bytes, n);
    memcpy(out, frame.payload, n);
    frame_close(&frame);
}

/* Hearth 0.1 kept a salt where the key stands now. */
static void an_older_map_goes_on_with_its_key(void **state) {
    Err err;
    VaultTalk *talk;
    FrameWriter *w;
    uint8_t master[SEAL_KEY_BYTES], key[SEAL_KEY_BYTES];
    char plain[36] = "a salt of thirty-two bytes, no key", path[200], label[8 + 32] = "talk/old";
    char sealed[sizeof plain + SEAL_EXTRA_BYTES];
    memset(plain + 32, 0, 4);
    add("new", "a", "1"); /* makes the key and the folder */
    frame_payload("vault.key", master, sizeof master);
    seal_derive(master, STR("file"), key);
    seal_close(key, STR("talk/old"), (Str){plain, sizeof plain}, sealed);
    path_to("talks/old", path);
    assert_int_equal(frame_begin(path, "sealed", 1, &w, &err), OK);
    assert_int_equal(frame_write(w, sealed, sizeof sealed, &err), OK);
    assert_int_equal(frame_commit(w, &err), OK);
    memcpy(label + 8, plain, 32);
    seal_derive(master, (Str){label, sizeof label}, key);
    for (int i = 0; i < 2; i++) { /* the second time in the new form */
        assert_int_equal(vault_talk_open_known(vault, "old", &talk, &err), OK);
        assert_memory_equal(vault_talk_key(talk), key, sizeof key);
        vault_talk_close(talk);
        add("old", i ? "c" : "b", i ? "3" : "2");
    }
}

static void what_was_dropped_is_gone_and_the_rest_is_found(void **state) {
    Err err;
    VaultTalk *talk;
    add("d", "a", "1");
    add("d", "b", "2");
    add("d", "c", "3");
    assert_int_equal(vault_talk_open(vault, "d", &talk, &err), OK);
    vault_talk_drop(talk, (const bool[]){false, true, false});
    assert_int_equal(vault_talk_commit(talk, &err), OK);
    vault_talk_close(talk);
    assert_int_equal(vault_talk_open(vault, "d", &talk, &err), OK);
    assert_int_equal(vault_talk_count(talk), 2);
    assert_null(vault_talk_surrogate(talk, STR("2")));
    assert_true(str_eq_c(vault_talk_surrogate(talk, STR("3"))->original, "c"));
    vault_talk_close(talk);
}

static void nothing_is_readable_on_the_disk(void **state) {
    static const char *const names[] = {"vault", "talks/seen", "vault.key"};
    put("cloud", "sk-canary-1234567890");
    add("seen", "canary-original", "canary-surrogate");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        Err err;
        char path[200];
        struct stat info;
        Buf bytes;
        path_to(names[i], path);
        buf_init(&bytes, TEXT_MAX);
        assert_int_equal(file_read(path, &bytes, &err), OK);
        assert_true(str_find(buf_str(&bytes), STR("canary"), 0) == SIZE_MAX);
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 0777, 0600);
        buf_fini(&bytes);
    }
}

/* Changes a byte of a file `back` bytes from its end. */
static void flip(const char *name, long back) {
    char path[200];
    path_to(name, path);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, -back, SEEK_END), 0);
    int c = fgetc(file);
    assert_int_equal(fseek(file, -back, SEEK_END), 0);
    assert_int_equal(fputc(c ^ 1, file), c ^ 1);
    assert_int_equal(fclose(file), 0);
}

static void changed_or_exchanged_files_are_refused(void **state) {
    Err err;
    char value[64], one[200], two[200];
    VaultTalk *talk;
    put("a", "b");
    add("one", "a", "b");
    add("two", "c", "d");
    path_to("talks/one", one);
    path_to("talks/two", two);
    assert_int_equal(rename(one, two), 0); /* sealed as one, named two */
    assert_int_equal(vault_talk_open(vault, "two", &talk, &err), E_CORRUPT);
    assert_true(err.hint[0]);
    for (long back = 1; back < 40; back += 13) {
        flip("vault", back);
        assert_int_equal(secret("a", value, &err), E_CORRUPT);
        assert_int_equal(vault_secret_put(vault, "x", STR("y"), &err), E_CORRUPT); /* not over it */
        flip("vault", back);
    }
    assert_int_equal(secret("a", value, &err), OK);
}

static void a_lost_or_foreign_key_is_said_and_nothing_made_anew(void **state) {
    Err err;
    char key[200], away[200], value[64];
    VaultTalk *talk;
    put("a", "b");
    path_to("vault.key", key);
    path_to("away", away);
    assert_int_equal(rename(key, away), 0);
    again();
    assert_int_equal(secret("a", value, &err), E_CORRUPT);
    assert_non_null(strstr(err.message, "vault.key"));
    assert_int_equal(vault_secret_put(vault, "a", STR("c"), &err), E_CORRUPT);
    assert_int_equal(vault_talk_open(vault, "new", &talk, &err), E_CORRUPT);
    assert_false(file_exists(key));
    char other[64];
    Vault *stranger;
    gate_home_make(other);
    assert_int_equal(vault_open(other, &stranger, &err), OK);
    assert_int_equal(vault_secret_put(stranger, "q", STR("r"), &err), OK);
    char foreign[200];
    (void)snprintf(foreign, sizeof foreign, "%s/vault.key", other);
    assert_int_equal(link(foreign, key), 0);
    again();
    assert_int_equal(secret("a", value, &err), E_CORRUPT);
    assert_int_equal(unlink(key), 0);
    FILE *torn = fopen(key, "w");
    assert_true(torn && fputs("HEARTH", torn) >= 0 && fclose(torn) == 0);
    again();
    assert_int_equal(secret("a", value, &err), E_CORRUPT);
    assert_null(strstr(err.hint, "make it again")); /* another key would open nothing */
    assert_non_null(strstr(err.hint, "talks"));
    assert_int_equal(unlink(key), 0);
    assert_int_equal(rename(away, key), 0);
    again();
    assert_int_equal(secret("a", value, &err), OK);
    vault_close(stranger);
    gate_home_clear(other);
}

static void a_folder_that_everybody_may_write_to_is_refused(void **state) {
    Err err;
    Gate *gate = NULL;
    assert_int_equal(chmod(folder, 0777), 0);
    assert_int_equal(gate_open(folder, &gate, &err), E_DENIED);
    assert_true(err.hint[0]);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(gate_open(folder, &gate, &err), OK);
    gate_close(gate);
}

static void rules_that_everybody_may_write_are_not_followed(void **state) {
    static const char *const names[] = {"policy.toml", "clouds.toml"};
    Err err;
    Gate *gate = NULL;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char path[256];
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        assert_int_equal(file_replace(path, STR("# mine\n"), 0600, &err), OK);
        assert_int_equal(chmod(path, 0666), 0);
        assert_int_equal(gate_open(folder, &gate, &err), E_DENIED);
        assert_non_null(strstr(err.message, names[i]));
        assert_int_equal(chmod(path, 0664), 0); /* a group of one's own is usual */
        assert_int_equal(gate_open(folder, &gate, &err), OK);
        gate_close(gate);
        assert_int_equal(unlink(path), 0);
    }
}

static void out_of_memory_loses_nothing(void **state) {
    Err err;
    char value[64];
    put("a", "kept");
    for (uint64_t nth = 1;; nth++) {
        uint64_t live = mem_live_blocks(), calls = mem_calls();
        mem_fail_at(nth);
        Status status = vault_secret_put(vault, "b", STR("new"), &err);
        bool reached = mem_calls() - calls >= nth;
        mem_fail_at(0);
        assert_int_equal(mem_live_blocks(), live);
        assert_int_equal(secret("a", value, &err), OK);
        assert_string_equal(value, "kept");
        if (!reached) break;
        assert_int_equal(status, E_NO_MEMORY);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_vault, close_vault)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(secrets_come_out_as_they_went_in),
        TEST(a_map_that_is_too_large_is_not_called_one_of_too_many_things),
        TEST(maps_are_kept_by_conversation),
        TEST(an_older_map_goes_on_with_its_key),
        TEST(what_was_dropped_is_gone_and_the_rest_is_found),
        TEST(nothing_is_readable_on_the_disk),
        TEST(changed_or_exchanged_files_are_refused),
        TEST(a_lost_or_foreign_key_is_said_and_nothing_made_anew),
        TEST(a_folder_that_everybody_may_write_to_is_refused),
        TEST(rules_that_everybody_may_write_are_not_followed),
        TEST(out_of_memory_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
