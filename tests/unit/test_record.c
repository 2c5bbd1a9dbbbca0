/*
 * Promises of the router's memory: what counts as an outcome and what does not; no word of a
 * question is kept; the file comes back as it was, survives what is done to it, and is said to have
 * been lost; two processes lose nothing of each other's; a failed allocation loses nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../support/remove_folder.h"
#include "base/file.h"
#include "base/home.h"
#include "base/keyring.h"
#include "base/mem.h"
#include "turn/record.h"
#include "turn/seal_home.h"

enum { NOW = 1800000000 };

static RouteRecord record;
static char home[64];

static int fresh_record(void **state) {
    route_record_reset(&record, 42);
    return 0;
}

static uint64_t add(int64_t at_s, RouteBy by, RouteCheck check, const char *question) {
    RouteEntry fresh = {.at_s = at_s, .by = by, .check = check, .signals = {1, 0.5F, 0, 0.8F}};
    fresh.signals[11] = 1;
    fresh.signals[17] = 0.9F;
    return route_record_add(&record, &fresh, str_from(question));
}

static double odds(void) {
    float signals[ROUTE_SIGNALS] = {1, 0.5F, 0, 0.8F};
    return route_learn_odds(&record.learned, signals);
}

/* ---- outcomes ------------------------------------------------------------------------------- */

static void a_thumb_teaches_once(void **state) {
    const RouteEntry *entry;
    double before = odds();
    assert_int_equal(route_record_thumb(&record, 0, true, NULL), ROUTE_THUMB_UNKNOWN);
    uint64_t id = add(NOW, ROUTE_BY_MODEL, ROUTE_UNCHECKED, "When is the rent due?");
    assert_int_equal(route_record_thumb(&record, 0, false, &entry), ROUTE_THUMB_COUNTED);
    assert_true(entry->id == id && odds() < before && record.learned.seen == 1);
    assert_int_equal(route_record_thumb(&record, id, false, NULL), ROUTE_THUMB_BEFORE);
    assert_int_equal(record.learned.seen, 1);
    double down = odds();
    assert_int_equal(route_record_thumb(&record, id, true, NULL), ROUTE_THUMB_COUNTED);
    assert_true(odds() > down);
    assert_int_equal(route_record_thumb(&record, id + 1, true, NULL), ROUTE_THUMB_UNKNOWN);
}

static void what_no_local_model_wrote_teaches_nothing(void **state) {
    add(NOW, ROUTE_BY_ENDPOINT, ROUTE_UNCHECKED, "When is the rent due?");
    assert_int_equal(route_record_thumb(&record, 0, true, NULL), ROUTE_THUMB_REMOTE);
    add(NOW + 5, ROUTE_BY_PASSAGES, ROUTE_UNCHECKED, "When is the rent due?");
    add(NOW + 9, ROUTE_BY_MODEL, ROUTE_UNCHECKED, "When is the rent due?");
    assert_int_equal(record.learned.seen, 0);
}

/* Does the second question count as the first one, asked again? */
static bool again(const char *first, const char *second, int64_t later_s) {
    route_record_reset(&record, 7);
    add(NOW, ROUTE_BY_MODEL, ROUTE_UNCHECKED, first);
    add(NOW + later_s, ROUTE_BY_MODEL, ROUTE_UNCHECKED, second);
    return record.learned.seen == 1;
}

static void the_same_question_soon_after_is_a_retry(void **state) {
    const char *rent = "When is the rent of the mill due?";
    assert_true(again(rent, rent, 60));
    assert_true(again(rent, "please tell me: when is the rent of the mill due", 60));
    assert_true(again(rent, "WHEN  is rent due, of the mill?!", 60));
    assert_true(again("租金什么时候到期？", "租金 什么时候到期", 60));
    assert_false(again(rent, rent, ROUTE_AGAIN_S + 1));
    assert_false(again(rent, rent, -1)); /* a clock that was turned back */
    assert_false(again(rent, "When is the boat of the mill due?", 60));
    const char *mill = "When does the lease of the mill end?";
    assert_false(again(mill, "When does the lease of the barn end?", 60));
    assert_false(again("租金什么时候到期？", "押金什么时候退还？", 60));
    assert_false(again("", "?", 60));
}

static void the_check_waits_for_what_the_user_says(void **state) {
    double before = odds();
    add(NOW, ROUTE_BY_MODEL, ROUTE_SUPPORTED, "When is the rent due?");
    assert_int_equal(record.learned.seen, 0); /* a thumb may come */
    add(NOW + 10, ROUTE_BY_MODEL, ROUTE_UNSUPPORTED, "Who keeps the keys of the shed?");
    double good = odds();
    assert_true(good > before && record.learned.seen == 1);
    assert_int_equal(route_record_thumb(&record, 0, true, NULL), ROUTE_THUMB_COUNTED);
    add(NOW + 20, ROUTE_BY_MODEL, ROUTE_SUPPORTED, "What does the ferry cost?");
    assert_int_equal(record.learned.seen, 2); /* the thumb stands for the check */
    add(NOW + 30, ROUTE_BY_MODEL, ROUTE_UNCHECKED, "What does the ferry cost?");
    assert_int_equal(record.learned.seen, 3);
    assert_true(odds() < good + 0.1);
    /* a draft that was taken back teaches that the endpoint was needed */
    route_record_reset(&record, 42);
    add(NOW, ROUTE_BY_ENDPOINT, ROUTE_UNSUPPORTED, "When is the rent due?");
    add(NOW + 10, ROUTE_BY_MODEL, ROUTE_UNCHECKED, "Who keeps the keys of the shed?");
    assert_true(record.learned.seen == 1 && odds() < before);
}

static void a_check_does_not_teach_the_drafts_own_signals(void **state) {
    RouteLearned shipped;
    route_learn_reset(&shipped);
    for (int i = 0; i < 40; i++) {
        add(NOW + i, ROUTE_BY_MODEL, ROUTE_SUPPORTED, i % 2 ? "Who is it?" : "What does it cost?");
    }
    assert_int_equal(record.learned.seen, 39);
    for (int k = 11; k < ROUTE_SIGNALS; k++) {
        assert_true(record.learned.weight[k] == shipped.weight[k]);
    }
}

static void the_oldest_decisions_go(void **state) {
    for (int i = 0; i < 3 * ROUTE_RECORD_KEPT; i++) add(NOW, ROUTE_BY_MODEL, ROUTE_UNCHECKED, "a");
    assert_int_equal(record.n_entries, ROUTE_RECORD_KEPT);
    assert_int_equal(record.last_id, 3 * ROUTE_RECORD_KEPT);
    assert_int_equal(route_record_thumb(&record, ROUTE_RECORD_KEPT, true, NULL),
                     ROUTE_THUMB_UNKNOWN);
    assert_int_equal(route_record_thumb(&record, 2 * ROUTE_RECORD_KEPT + 1, true, NULL),
                     ROUTE_THUMB_COUNTED);
}

/* ---- budgets -------------------------------------------------------------------------------- */

static void a_price_outlives_its_day_and_the_spend_does_not(void **state) {
    assert_true(route_record_price(&record, "far") == 0);
    RouteBudget *day = route_record_budget(&record, "far", 20261126, 1);
    route_budget_add(day, 0.5, 0.1, 0.1); /* half of it is gone in a tenth of the day */
    double price = day->price;
    assert_true(price > 0 && route_record_price(&record, "far") == price);
    RouteBudget *month = route_record_budget(&record, "far", 202611, 9);
    assert_ptr_not_equal(month, day);
    month->price = 2 * price;
    assert_true(route_record_price(&record, "far") == 2 * price);
    assert_true(route_record_price(&record, "near") == 0);
    assert_ptr_equal(route_record_budget(&record, "far", 20261127, 1), day);
    assert_true(day->spent == 0 && day->price == price);
    for (int i = 0; i < 2 * ROUTE_RECORD_BUDGETS; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "e%d", i);
        (void)route_record_budget(&record, name, 202611, 1);
    }
    assert_null(route_record_budget(&record, "one more", 202611, 1));
    assert_null(route_record_budget(&record, "one more", 20261130, 1));
    /* of endpoints that nobody asks any more the next month has the room */
    assert_non_null(route_record_budget(&record, "e7", 202612, 1));
    assert_non_null(route_record_budget(&record, "one more", 20261201, 1));
    assert_int_equal(record.n_budgets, ROUTE_RECORD_BUDGETS);
    assert_ptr_equal(route_record_budget(&record, "one more", 20261202, 1), day); /* its place */
}

static void the_share_of_a_period_is_the_calendars(void **state) {
    double elapsed;
    setenv("TZ", "UTC", 1);
    tzset();
    assert_int_equal(record_period(1709208000, false, &elapsed), 20240229); /* noon */
    assert_float_equal(elapsed, 0.5, 1e-9);
    assert_int_equal(record_period(1709208000, true, &elapsed), 202402);
    assert_float_equal(elapsed, 28.5 / 29, 1e-9);
}

/* ---- bytes ---------------------------------------------------------------------------------- */

static void bytes_come_back_or_are_refused(void **state) {
    static RouteRecord read;
    Buf bytes, more;
    Err err;
    buf_init(&bytes, ROUTE_RECORD_BYTES_MAX);
    buf_init(&more, ROUTE_RECORD_BYTES_MAX);
    for (int i = 0; i < 5; i++) add(NOW + i, ROUTE_BY_MODEL, ROUTE_SUPPORTED, "canary Quibblewick");
    route_budget_add(route_record_budget(&record, "far", 202611, 3), 1, 0.25, 0.5);
    route_record_write(&record, &bytes);
    assert_int_equal(route_record_read((uint8_t *)bytes.p, bytes.n, &read, &err), OK);
    route_record_write(&read, &more);
    assert_true(str_eq(buf_str(&bytes), buf_str(&more)));
    assert_true(str_find(buf_str(&bytes), STR("uibble"), 0) == SIZE_MAX); /* no words */
    for (size_t n = 0; n < bytes.n; n++) {
        assert_true(route_record_read((uint8_t *)bytes.p, n, &read, &err) != OK);
    }
    bytes.p[4] = 9;
    assert_int_equal(route_record_read((uint8_t *)bytes.p, bytes.n, &read, &err), E_UNSUPPORTED);
    const double sums[] = {1e300, -1, NAN, INFINITY}; /* as an edited ledger may have them */
    for (size_t i = 0; i < ARRAY_LEN(sums); i++) {
        buf_clear(&bytes);
        route_record_budget(&record, "far", 202611, 3)->spent = sums[i];
        route_record_write(&record, &bytes);
        assert_int_equal(route_record_read((uint8_t *)bytes.p, bytes.n, &read, &err), OK);
    }
    buf_clear(&bytes);
    record.last_id = UINT64_MAX; /* nothing could follow it */
    route_record_write(&record, &bytes);
    assert_int_equal(route_record_read((uint8_t *)bytes.p, bytes.n, &read, &err), E_CORRUPT);
    buf_fini(&bytes);
    buf_fini(&more);
}

/* ---- the file ------------------------------------------------------------------------------- */

static int make_home(void **state) {
    (void)snprintf(home, sizeof home, "/tmp/hearth-record-XXXXXX");
    if (!mkdtemp(home)) return -1;
    home_set_root(home);
    return 0;
}

static int clear_home(void **state) {
    return remove_folder(home);
}

static void add_one(void *user, RouteRecord *r) {
    RouteEntry fresh = {.at_s = NOW, .signals = {1}};
    (void)route_record_add(r, &fresh, STR("When is the rent due?"));
}

static Rig *open_rig(void) {
    Rig *rig;
    RigOptions options = {.store = NULL};
    assert_int_equal(rig_open(&options, &rig, NULL), OK);
    return rig;
}

static void change(Rig *rig) {
    Err err;
    if (record_change(rig, add_one, NULL, &err) != OK) fail_msg("%s", err.message);
}

static void two_at_once_lose_nothing_of_each_other(void **state) {
    const RouteRecord *mine, *theirs;
    RouteThumb thumb;
    RouteEntry entry;
    uint32_t n = 0;
    Rig *a = open_rig(), *b = open_rig();
    assert_int_equal(rig_record(a, &mine, NULL), OK);
    change(b);
    change(b);
    change(a);
    assert_int_equal(mine->last_id, 3);
    assert_int_equal(record_thumb(b, 3, true, &thumb, &entry, NULL), OK);
    assert_true(thumb == ROUTE_THUMB_COUNTED && entry.id == 3);
    assert_int_equal(rig_record(b, &theirs, NULL), OK);
    assert_true(theirs->last_id == 3 && theirs->learned.seen == 3 && /* two retries */
                !b->record_lost[0]);
    assert_int_equal(record_forget(a, &n, NULL), OK);
    assert_true(n == 3 && mine->last_id == 0 && mine->learned.seen == 0);
    rig_close(a);
    rig_close(b);
}

static int say_phrase(void *user, char *out, size_t max) {
    Str phrase = STR("correct horse");
    memcpy(out, phrase.p, phrase.n);
    return (int)phrase.n;
}

static void a_sealed_home_is_unlocked_for_a_thumb(void **state) {
    static const SealCost cheap = {1, 8};
    RouteThumb thumb;
    RouteEntry entry;
    uint32_t n = 0;
    keyring_set_cost(&cheap);
    Rig *rig = open_rig();
    change(rig);
    assert_int_equal(seal_home_on(STR("correct horse"), NULL, NULL), OK);
    sealing_forget();
    assert_int_equal(record_thumb(rig, 0, true, &thumb, &entry, NULL), E_DENIED); /* nobody asks */
    rig->options.ask = (SealingAsk){say_phrase, NULL};
    assert_int_equal(record_thumb(rig, 0, true, &thumb, &entry, NULL), OK);
    assert_true(thumb == ROUTE_THUMB_COUNTED && !rig->record_lost[0]);
    sealing_forget();
    assert_int_equal(record_forget(rig, &n, NULL), OK);
    assert_true(n >= 1);
    assert_int_equal(seal_home_off(NULL, NULL), OK);
    rig_close(rig);
    keyring_set_cost(NULL);
}

static char *state_path(void) {
    char *path = NULL;
    assert_int_equal(home_path(HOME_GATE, "route.state", &path, NULL), OK);
    return path;
}

static void a_damaged_file_is_said_and_begins_anew(void **state) {
    const RouteRecord *read;
    Rig *rig = open_rig();
    change(rig);
    rig_close(rig);
    char *path = state_path();
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 4100, SEEK_SET), 0);
    (void)fputs("garbage", file);
    assert_int_equal(fclose(file), 0);
    rig = open_rig();
    assert_int_equal(rig_record(rig, &read, NULL), OK);
    assert_true(read->last_id == 0 && strstr(rig->record_lost, "begins anew"));
    change(rig);
    rig_close(rig);
    rig = open_rig();
    assert_int_equal(rig_record(rig, &read, NULL), OK);
    assert_true(read->last_id == 1 && !rig->record_lost[0]);
    rig_close(rig);
    mem_free(path);
}

static void no_memory_loses_nothing(void **state) {
    const RouteRecord *read;
    uint64_t kept = 0;
    Rig *rig = open_rig();
    assert_int_equal(rig_record(rig, &read, NULL), OK);
    kept = read->last_id;
    Status status = E_NO_MEMORY;
    for (uint64_t n = 1; status != OK; n++) {
        Err err;
        assert_true(n < 200);
        mem_fail_at(n);
        status = record_change(rig, add_one, NULL, &err);
        mem_fail_at(0);
        assert_true(status == OK || status == E_NO_MEMORY);
        Rig *other = open_rig();
        assert_int_equal(rig_record(other, &read, NULL), OK);
        /* a failure behind the rename is one, too */
        assert_true(read->last_id == kept + 1 || (status != OK && read->last_id == kept));
        kept = read->last_id;
        assert_false(other->record_lost[0]);
        rig_close(other);
    }
    rig_close(rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_thumb_teaches_once, fresh_record),
        cmocka_unit_test_setup(what_no_local_model_wrote_teaches_nothing, fresh_record),
        cmocka_unit_test(the_same_question_soon_after_is_a_retry),
        cmocka_unit_test_setup(the_check_waits_for_what_the_user_says, fresh_record),
        cmocka_unit_test_setup(a_check_does_not_teach_the_drafts_own_signals, fresh_record),
        cmocka_unit_test_setup(the_oldest_decisions_go, fresh_record),
        cmocka_unit_test_setup(a_price_outlives_its_day_and_the_spend_does_not, fresh_record),
        cmocka_unit_test(the_share_of_a_period_is_the_calendars),
        cmocka_unit_test_setup(bytes_come_back_or_are_refused, fresh_record),
        cmocka_unit_test(two_at_once_lose_nothing_of_each_other),
        cmocka_unit_test(a_damaged_file_is_said_and_begins_anew),
        cmocka_unit_test(no_memory_loses_nothing),
        cmocka_unit_test(a_sealed_home_is_unlocked_for_a_thumb),
    };
    return cmocka_run_group_tests(tests, make_home, clear_home);
}
