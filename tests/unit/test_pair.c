/*
 * Promises of pairing: two devices of a user give the same thing the same surrogate and restore
 * what the other masked; maps that differ become the same one, whoever merges whose and however
 * often; another passphrase, a changed or cut file and another secret are refused with nothing
 * changed; nothing private is readable in the file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "../support/gate_talk.h"
#include "base/file.h"
#include "gate/merge.h"
#include "gate/pair.h"

enum { TEXT_MAX = 1 << 20 };

static const Str right = {"correct horse", 13};
static char home[2][64], path[100];
static Gate *gate[2];

static int open_both(void **state) {
    for (int i = 0; i < 2; i++) {
        gate_home_make(home[i]);
        if (gate_open(home[i], &gate[i], NULL) != OK) return -1;
    }
    (void)snprintf(path, sizeof path, "%s/file", home[0]);
    pair_set_cost(&(SealCost){1, 64});
    return 0;
}

static int close_both(void **state) {
    for (int i = 0; i < 2; i++) {
        gate_close(gate[i]);
        gate_home_clear(home[i]);
    }
    pair_set_cost(NULL);
    return 0;
}

/* ---- two devices --------------------------------------------------------------------------- */

static void masked_by(int i, const char *conversation, const char *text, char out[1000]) {
    Err err;
    GateParcel *parcel;
    GateReport report;
    Status status = gate_talk_parcel(gate[i], conversation, GATE_PUBLIC, str_from(text), &parcel,
                                     &report, &err);
    if (status != OK) fail_msg("%s", err.message);
    Str masked = gate_parcel_text(parcel, 0);
    (void)snprintf(out, 1000, "%.*s", (int)masked.n, masked.p);
    gate_parcel_free(parcel);
}

static void restored_by(int i, const char *conversation, const char *text, char out[1000]) {
    Err err;
    GateRestorer *r;
    uint64_t seed = 1;
    Buf all;
    buf_init(&all, TEXT_MAX);
    assert_int_equal(gate_restorer_for(gate[i], conversation, GATE_PLAIN, &r, &err), OK);
    assert_int_equal(gate_talk_restore(r, str_from(text), 5, &seed, &all, &err), OK);
    (void)snprintf(out, 1000, "%.*s", (int)all.n, all.p);
    gate_restorer_free(r);
    buf_fini(&all);
}

static GatePairing hand_over(int from, int to) {
    Err err;
    GatePairing pairing;
    GatePairFile file = {.path = path, .passphrase = right};
    if (gate_pair_export(gate[from], &file, &pairing, &err) != OK) fail_msg("%s", err.message);
    if (gate_pair_import(gate[to], &file, &pairing, &err) != OK) fail_msg("%s", err.message);
    return pairing;
}

#define PEOPLE "Name: Alice Smith, mobile 138 0013 8000, e-mail alice@firma.de. 姓名：张伟明，邮箱 z@x.cn。"

static void paired_devices_give_the_same_surrogates(void **state) {
    char a[1000], b[1000], other[1000], mark[2][GATE_PAIR_MARK];
    masked_by(0, "t", PEOPLE, a);
    masked_by(1, "t", PEOPLE, b);
    assert_string_not_equal(a, b);
    assert_int_equal(hand_over(0, 1).conversations, 1);
    for (int i = 0; i < 2; i++) assert_int_equal(gate_pair_mark(gate[i], mark[i], NULL), OK);
    assert_string_equal(mark[0], mark[1]);
    masked_by(0, "later", PEOPLE, a);
    masked_by(1, "later", PEOPLE, b);
    assert_string_equal(a, b);
    masked_by(1, "other", PEOPLE, other); /* conversations are not linked */
    assert_string_not_equal(b, other);
    restored_by(0, "later", b, other);
    assert_string_equal(other, PEOPLE);
}

static void what_one_masked_the_other_restores(void **state) {
    char a[1000], b[1000], back[1000];
    masked_by(0, "t", PEOPLE, a);
    masked_by(1, "t", "Name: Robert Novak, mobile 138 0013 8000.", b);
    assert_true(hand_over(0, 1).things > 0);
    restored_by(1, "t", a, back);
    assert_string_equal(back, PEOPLE);
    restored_by(1, "t", b, back); /* and its own as before */
    assert_string_equal(back, "Name: Robert Novak, mobile 138 0013 8000.");
    hand_over(1, 0);
    assert_int_equal(hand_over(0, 1).things, 0);
    masked_by(0, "t", "Robert Novak, 138 0013 8000 and Grace Kim", a); /* one of two, on both */
    masked_by(1, "t", "Robert Novak, 138 0013 8000 and Grace Kim", b);
    assert_string_equal(a, b);
}

static void a_pairing_file_says_nothing_without_its_passphrase(void **state) {
    char a[1000];
    Buf bytes;
    struct stat st;
    GatePairing pairing;
    masked_by(0, "t", PEOPLE, a);
    hand_over(0, 1);
    buf_init(&bytes, TEXT_MAX);
    assert_int_equal(file_read(path, &bytes, NULL), OK);
    static const char *const words[] = {"Alice", "138 0013", "firma.de", "张伟明"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        assert_int_equal(str_find(buf_str(&bytes), str_from(words[i]), 0), SIZE_MAX);
    }
    buf_fini(&bytes);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 077, 0);
    GatePairFile short_one = {.path = path, .passphrase = STR("1234567")};
    assert_int_equal(gate_pair_export(gate[0], &short_one, &pairing, NULL), E_USAGE);
    GatePairFile nobody = {.path = path, .passphrase = right, .conversation = "nobody"};
    assert_int_equal(gate_pair_export(gate[0], &nobody, &pairing, NULL), E_NOT_FOUND);
}

/* ---- refusals ------------------------------------------------------------------------------ */

static void assert_unpaired(int i) {
    char mark[GATE_PAIR_MARK];
    assert_int_equal(gate_pair_mark(gate[i], mark, NULL), OK);
    assert_string_equal(mark, "");
}

static void bad_passphrases_and_changed_files_change_nothing(void **state) {
    Err err;
    Buf bytes;
    GatePairing pairing;
    GatePairFile file = {.path = path, .passphrase = right};
    char a[1000];
    masked_by(0, "t", PEOPLE, a);
    assert_int_equal(gate_pair_export(gate[0], &file, &pairing, &err), OK);
    GatePairFile wrong = {.path = path, .passphrase = STR("incorrect horse")};
    assert_int_equal(gate_pair_import(gate[1], &wrong, &pairing, &err), E_DENIED);
    assert_non_null(strstr(err.message, "passphrase"));
    buf_init(&bytes, TEXT_MAX);
    assert_int_equal(file_read(path, &bytes, NULL), OK);
    for (size_t at = 0; at < bytes.n; at += at < 64 || at > 4000 ? 1 : 500) {
        bytes.p[at] ^= 1;
        assert_int_equal(file_replace(path, buf_str(&bytes), 0600, &err), OK);
        Status status = gate_pair_import(gate[1], &file, &pairing, &err);
        bytes.p[at] ^= 1;
        if (status != E_CORRUPT && status != E_UNSUPPORTED) fail_msg("byte %zu: %d", at, status);
    }
    for (size_t n = 0; n < bytes.n; n += n < 64 ? 1 : 97) {
        assert_int_equal(file_replace(path, str_sub(buf_str(&bytes), 0, n), 0600, &err), OK);
        assert_int_not_equal(gate_pair_import(gate[1], &file, &pairing, &err), OK);
    }
    buf_fini(&bytes);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(gate_pair_import(gate[1], &file, &pairing, &err), E_NOT_FOUND);
    assert_unpaired(1);
}

static void another_secret_is_taken_only_when_told_to(void **state) {
    Err err;
    GatePairing pairing;
    char old[1000], back[1000], mark[GATE_PAIR_MARK], before[GATE_PAIR_MARK];
    GatePairFile own = {.path = path, .passphrase = right};
    assert_int_equal(gate_pair_export(gate[1], &own, &pairing, &err), OK);
    memcpy(before, pairing.mark, sizeof before);
    masked_by(1, "t", PEOPLE, old);
    assert_int_equal(gate_pair_export(gate[0], &own, &pairing, &err), OK);
    assert_int_equal(gate_pair_import(gate[1], &own, &pairing, &err), E_USAGE);
    assert_non_null(strstr(err.hint, "--replace"));
    assert_int_equal(gate_pair_mark(gate[1], mark, &err), OK);
    assert_string_equal(mark, before);
    own.replace = true;
    assert_int_equal(gate_pair_import(gate[1], &own, &pairing, &err), OK);
    assert_string_not_equal(pairing.mark, before);
    restored_by(1, "t", old, back);
    assert_string_equal(back, PEOPLE);
    masked_by(1, "t", PEOPLE, back); /* it goes on as it began */
    assert_string_equal(back, old);
}

static void out_of_memory_leaves_whole_maps(void **state) {
    Err err;
    GatePairing pairing;
    GatePairFile file = {.path = path, .passphrase = right};
    char a[1000], back[1000];
    masked_by(0, "t", PEOPLE, a);
    assert_int_equal(gate_pair_export(gate[0], &file, &pairing, &err), OK);
    for (uint64_t nth = 1;; nth++) {
        uint64_t live = mem_live_blocks(), calls = mem_calls();
        mem_fail_at(nth);
        Status status = nth % 2 ? gate_pair_import(gate[1], &file, &pairing, &err)
                                : gate_pair_export(gate[0], &file, &pairing, &err);
        bool reached = mem_calls() - calls >= nth;
        mem_fail_at(0);
        assert_int_equal(mem_live_blocks(), live);
        if (!reached && nth % 2) break;
        if (reached) assert_int_equal(status, E_NO_MEMORY);
    }
    restored_by(1, "t", a, back);
    assert_string_equal(back, PEOPLE);
}

/* ---- merging ------------------------------------------------------------------------------- */

static VaultTalk *empty_map(uint8_t key) {
    char bytes[36] = {0};
    VaultTalk *talk;
    memset(bytes, key, 32);
    assert_int_equal(vault_talk_from((Str){bytes, sizeof bytes}, &talk, NULL), OK);
    return talk;
}

/* Of few originals and few surrogates, so that everything that may clash does. */
static VaultTalk *random_map(uint64_t *seed) {
    VaultTalk *talk = empty_map((uint8_t)(1 + talk_below(seed, 3)));
    for (uint32_t n = talk_below(seed, 12); n; n--) {
        char original[8], surrogate[8];
        (void)snprintf(original, sizeof original, "o%u", talk_below(seed, 9));
        (void)snprintf(surrogate, sizeof surrogate, "s%u", talk_below(seed, 9));
        VaultEntry e = {SCAN_PHONE, KIND_PHONE, talk_below(seed, 4) ? VAULT_WHOLE : VAULT_INSIDE,
                        str_from(original), str_from(surrogate)};
        const VaultEntry *owner = vault_talk_surrogate(talk, e.surrogate);
        if (vault_talk_original(talk, e.part, e.original)) continue;
        if (owner && !str_eq(owner->original, e.original)) continue;
        assert_int_equal(vault_talk_add(talk, &e, NULL), OK);
    }
    return talk;
}

static VaultTalk *copy_of(const VaultTalk *talk) {
    VaultTalk *copy;
    Buf bytes;
    buf_init(&bytes, TEXT_MAX);
    assert_int_equal(vault_talk_write(talk, &bytes, NULL), OK);
    assert_int_equal(vault_talk_from(buf_str(&bytes), &copy, NULL), OK);
    buf_fini(&bytes);
    return copy;
}

static VaultTalk *merged(const VaultTalk *a, const VaultTalk *b, size_t *things) {
    VaultTalk *all = copy_of(a);
    MergeCount count = {0};
    assert_int_equal(vault_talk_merge(all, b, &count, NULL), OK);
    if (things) *things = count.things;
    return all;
}

/* What both say of every word: which surrogate an original gets, whose a surrogate is. */
static void assert_agree(const VaultTalk *a, const VaultTalk *b) {
    assert_memory_equal(vault_talk_key(a), vault_talk_key(b), SEAL_KEY_BYTES);
    for (size_t i = 0; i < vault_talk_count(a); i++) {
        const VaultEntry *e = vault_talk_at(a, i);
        const VaultEntry *mine = vault_talk_original(a, e->part, e->original);
        const VaultEntry *theirs = vault_talk_original(b, e->part, e->original);
        assert_true(theirs && str_eq(mine->surrogate, theirs->surrogate));
        theirs = vault_talk_surrogate(b, e->surrogate);
        assert_true(theirs && str_eq(e->original, theirs->original));
    }
}

static void maps_become_the_same_one_whoever_merges_whose(void **state) {
    uint64_t seed = 4;
    for (int round = 0; round < 2000; round++) {
        VaultTalk *m[3] = {random_map(&seed), random_map(&seed), random_map(&seed)};
        VaultTalk *ab = merged(m[0], m[1], NULL), *ba = merged(m[1], m[0], NULL);
        VaultTalk *abc = merged(ab, m[2], NULL), *bc = merged(m[1], m[2], NULL);
        VaultTalk *cba = merged(m[2], ba, NULL), *bca = merged(bc, m[0], NULL);
        size_t again;
        VaultTalk *twice = merged(abc, cba, &again);
        assert_int_equal(again, 0);
        assert_agree(ab, ba);
        assert_agree(ba, ab);
        assert_agree(abc, cba);
        assert_agree(cba, abc);
        assert_agree(abc, bca);
        assert_agree(bca, abc);
        assert_agree(twice, abc);
        VaultTalk *const all[] = {m[0], m[1], m[2], ab, ba, abc, bc, cba, bca, twice};
        for (size_t i = 0; i < ARRAY_LEN(all); i++) vault_talk_close(all[i]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_both, close_both)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(paired_devices_give_the_same_surrogates),
        TEST(what_one_masked_the_other_restores),
        TEST(a_pairing_file_says_nothing_without_its_passphrase),
        TEST(bad_passphrases_and_changed_files_change_nothing),
        TEST(another_secret_is_taken_only_when_told_to),
        TEST(out_of_memory_leaves_whole_maps),
        TEST(maps_become_the_same_one_whoever_merges_whose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
