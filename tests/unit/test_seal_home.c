/*
 * Promises of converting a home (turn/seal_home.h): it ends only when everything was looked at. A
 * folder that cannot be listed for a moment (no descriptor left, a disk that fails) neither stays
 * plain in a home that calls itself sealed, nor stays sealed in one that throws its key away.
 * tests/fault/kill_seal.c is about conversions that are cut off.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../support/remove_folder.h"
#include "base/file.h"
#include "base/home.h"
#include "base/keyring.h"
#include "base/mem.h"
#include "base/sealed_text.h"
#include "base/sealing.h"
#include "turn/seal_home.h"

static const SealCost cheap = {1, 8};
static const char *unlistable; /* folders whose path ends so cannot be opened */
static char dir[64], text_path[96], key_path[96];

/* Wins over libc's. */
DIR *opendir(const char *name) {
    DIR *(*real)(const char *);
    *(void **)(void *)&real = dlsym(RTLD_NEXT, "opendir");
    if (unlistable && str_ends(str_from(name), str_from(unlistable))) {
        errno = EMFILE;
        return NULL;
    }
    return real(name);
}

static int begin(void **state) {
    (void)snprintf(dir, sizeof dir, "/tmp/hearth-seal-home-XXXXXX");
    if (!mkdtemp(dir)) return -1;
    (void)snprintf(text_path, sizeof text_path, "%s/gate/policy.toml", dir);
    (void)snprintf(key_path, sizeof key_path, "%s/seal.key", dir);
    keyring_set_cost(&cheap);
    sealing_use(NULL);
    home_set_root(dir);
    return 0;
}

static int end(void **state) {
    unlistable = NULL;
    sealing_use(NULL);
    keyring_set_cost(NULL);
    home_set_root(NULL);
    return remove_folder(dir);
}

static void put_text(const char *text) {
    char *folder = NULL;
    assert_int_equal(home_dir(HOME_GATE, &folder, NULL), OK);
    mem_free(folder);
    assert_int_equal(sealed_text_replace(text_path, str_from(text), NULL), OK);
}

static bool stands_plain(const char *text) {
    Buf bytes;
    buf_init(&bytes, 1 << 20);
    assert_int_equal(file_read(text_path, &bytes, NULL), OK);
    bool plain = str_eq_c(buf_str(&bytes), text);
    buf_fini(&bytes);
    return plain;
}

static void a_home_is_sealed_when_every_folder_was_looked_at(void **state) {
    Err err;
    assert_int_equal(sealing_look(NULL), OK);
    put_text("the canary");
    unlistable = "/gate/";
    assert_int_equal(seal_home_on(STR("correct horse"), NULL, &err), E_IO);
    assert_non_null(strstr(err.message, "/gate"));
    assert_int_equal(sealing_ring()->phase, KEYRING_SEALING);
    assert_true(stands_plain("the canary"));
    unlistable = NULL;
    assert_int_equal(seal_home_resume(NULL), OK);
    assert_int_equal(sealing_ring()->phase, KEYRING_SEALED);
    assert_false(stands_plain("the canary"));
}

static void a_key_stays_until_every_folder_was_looked_at(void **state) {
    Err err;
    assert_int_equal(sealing_look(NULL), OK);
    put_text("the canary");
    assert_int_equal(seal_home_on(STR("correct horse"), NULL, NULL), OK);
    unlistable = "/gate/";
    assert_int_equal(seal_home_off(NULL, &err), E_IO);
    assert_true(file_exists(key_path));
    assert_false(stands_plain("the canary"));
    unlistable = NULL;
    assert_int_equal(seal_home_off(NULL, NULL), OK);
    assert_false(file_exists(key_path));
    assert_true(stands_plain("the canary"));
}

/* Its pages are sealed with the key that unsealing throws away, and cannot be copied. */
static void a_key_stays_while_a_damaged_database_needs_it(void **state) {
    char *folder = NULL, path[160];
    Err err;
    assert_int_equal(sealing_look(NULL), OK);
    assert_int_equal(seal_home_on(STR("correct horse"), NULL, &err), OK);
    assert_int_equal(home_dir(HOME_STORES, &folder, NULL), OK);
    mem_free(folder);
    (void)snprintf(path, sizeof path, "%s/stores/default", dir);
    assert_int_equal(file_make_dirs(path, 0700, &err), OK);
    (void)snprintf(path, sizeof path, "%s/stores/default/store.db.damaged-1800000000", dir);
    assert_int_equal(file_replace(path, STR("HEARTHS\nand pages that are torn"), 0600, &err), OK);
    assert_int_equal(seal_home_off(NULL, &err), E_USAGE);
    assert_non_null(strstr(err.message, "damaged-1800000000"));
    assert_true(file_exists(key_path));
    assert_int_equal(file_remove(path, &err), OK);
    assert_int_equal(seal_home_off(NULL, &err), OK);
    assert_false(file_exists(key_path));
}

static void a_folder_too_deep_is_told(void **state) {
    char deep[128];
    Err err;
    assert_int_equal(sealing_look(NULL), OK);
    (void)snprintf(deep, sizeof deep, "%s/stores/1/2/3/4/5/6", dir);
    assert_int_equal(file_make_dirs(deep, 0700, NULL), OK);
    assert_int_equal(seal_home_on(STR("correct horse"), NULL, &err), E_IO);
    assert_non_null(strstr(err.message, "too deeply"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, end)
        EACH(a_home_is_sealed_when_every_folder_was_looked_at),
        EACH(a_key_stays_until_every_folder_was_looked_at),
        EACH(a_key_stays_while_a_damaged_database_needs_it),
        EACH(a_folder_too_deep_is_told),
    };
    return cmocka_run_group_tests_name("seal_home", tests, NULL, NULL);
}
