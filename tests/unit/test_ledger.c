/*
 * Promises of the egress ledger: nothing is recorded, and so nothing leaves, without consent; the
 * chain names what was changed; a crash's piece of a line is told and gone over; what left is shown
 * as it left; budgets see what was spent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/gate_talk.h"
#include "base/clock.h"
#include "base/file.h"
#include "gate/ledger.h"

enum { TEXT_MAX = 1 << 20 };

static char folder[64], path[100];
static Gate *gate;
static GateParcel *parcel;

static int open_gate(void **state) {
    Err err;
    GateConsent consent = {"test", GATE_PUBLIC, "host", NULL};
    gate_home_make(folder);
    (void)snprintf(path, sizeof path, "%s/egress.log", folder);
    clock_fix_real(1000000);
    if (gate_open(folder, &gate, &err) != OK) return -1;
    if (gate_consent_give(gate, &consent, &err) != OK) return -1;
    return gate_talk_parcel(gate, "a", GATE_PUBLIC, STR("手机 13800138000, \"x\"\n"), &parcel, NULL,
                            &err) == OK
               ? 0
               : -1;
}

static int close_gate(void **state) {
    clock_fix_real(-1);
    gate_parcel_free(parcel);
    gate_close(gate);
    gate_home_clear(folder);
    return 0;
}

static uint64_t begin(void) {
    Err err = {0};
    uint64_t id = 0;
    Status status = gate_ledger_begin(gate, parcel, "host", "m", &id, &err);
    if (status != OK) print_error("%s\n", err.message);
    assert_int_equal(status, OK);
    return id;
}

static void end(uint64_t id, double cost) {
    Err err;
    GateUsage usage = {100, 20, cost, false};
    assert_int_equal(gate_ledger_end(gate, id, OK, 500, &usage, &err), OK);
}

static Status verify(GateLedgerCheck *check, Err *err) {
    return gate_ledger_verify(gate, check, err);
}

static void read_all(Buf *out) {
    Err err;
    buf_init(out, TEXT_MAX);
    assert_int_equal(file_read(path, out, &err), OK);
}

static void write_as(Str bytes, const char *mode) {
    FILE *file = fopen(path, mode);
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.p, 1, bytes.n, file), bytes.n);
    assert_int_equal(fclose(file), 0);
}

static void write_all(Str bytes) { write_as(bytes, "w"); }
static void append(Str bytes) { write_as(bytes, "a"); }

/* A crash cuts nothing that was synced, and so nothing that the kept head names. */
static void forget_head(void) {
    char head[100];
    (void)snprintf(head, sizeof head, "%s/egress.head", folder);
    (void)unlink(head);
}

static void an_empty_ledger_is_whole(void **state) {
    Err err;
    GateLedgerCheck check;
    assert_int_equal(verify(&check, &err), OK);
    assert_int_equal(check.records, 0);
}

static void without_consent_nothing_is_recorded(void **state) {
    Err err;
    uint64_t id;
    GateConsent consent = {"test", GATE_PUBLIC, "host", NULL};
    assert_int_equal(gate_ledger_begin(gate, parcel, "elsewhere", "m", &id, &err), E_DENIED);
    assert_true(err.hint[0]);
    assert_int_equal(gate_consent_withdraw(gate, &consent, &err), OK);
    assert_int_equal(gate_ledger_begin(gate, parcel, "host", "m", &id, &err), E_DENIED);
    assert_false(file_exists(path));
    assert_int_equal(status_info(E_DENIED)->exit_code, 4);
}

static void a_chain_of_records_is_whole(void **state) {
    Err err;
    GateLedgerCheck check;
    for (int i = 0; i < 20; i++) {
        uint64_t id = begin();
        assert_int_equal(id, 2 * i + 1);
        end(id, 0.25);
    }
    assert_int_equal(verify(&check, &err), OK);
    assert_int_equal(check.records, 40);
    assert_int_equal(check.entries, 20);
    assert_int_equal(check.torn + check.open_bytes, 0);
    assert_int_equal(strlen(check.head), 64);
}

static void every_changed_byte_is_found_and_named(void **state) {
    Err err;
    GateLedgerCheck check;
    Buf whole;
    for (int i = 0; i < 3; i++) end(begin(), 0.5);
    read_all(&whole);
    size_t record = 1;
    for (size_t i = 0; i + 1 < whole.n; i++) {
        char was = whole.p[i];
        whole.p[i] = was == '\n' ? ' ' : (char)(was ^ 1);
        write_all(buf_str(&whole));
        whole.p[i] = was;
        Status status = verify(&check, &err);
        assert_int_equal(status, E_CORRUPT);
        assert_true(check.damaged == record || (was == '\n' && check.damaged == record + 1) ||
                    check.damaged == record + 1);
        assert_true(check.records < record + (was == '\n'));
        assert_non_null(strstr(err.message, "record"));
        record += was == '\n';
    }
    buf_fini(&whole);
}

static void lines_taken_out_put_in_or_moved_are_found(void **state) {
    Err err;
    GateLedgerCheck check;
    Buf whole, other;
    size_t line[8], n = 0;
    for (int i = 0; i < 3; i++) end(begin(), 0.5);
    read_all(&whole);
    buf_init(&other, TEXT_MAX);
    line[n++] = 0;
    for (size_t i = 0; i < whole.n; i++) {
        if (whole.p[i] == '\n') line[n++] = i + 1;
    }
    assert_int_equal(n, 7);
    for (size_t out = 0; out < 5; out++) { /* without line out; the last one's loss shows not */
        buf_clear(&other);
        buf_add(&other, whole.p, line[out]);
        buf_add(&other, whole.p + line[out + 1], whole.n - line[out + 1]);
        write_all(buf_str(&other));
        assert_int_equal(verify(&check, &err), E_CORRUPT);
        assert_int_equal(check.damaged, out + 1);
    }
    buf_clear(&other);
    buf_add(&other, whole.p, line[2]);
    buf_add(&other, whole.p, whole.n);
    write_all(buf_str(&other));
    assert_int_equal(verify(&check, &err), E_CORRUPT);
    assert_int_equal(check.damaged, 3);
    buf_fini(&whole);
    buf_fini(&other);
}

static void a_line_cut_anywhere_is_told_and_gone_over(void **state) {
    Err err;
    GateLedgerCheck check;
    Buf whole;
    end(begin(), 0.5);
    uint64_t id = begin();
    read_all(&whole);
    size_t first = 0;
    for (size_t i = 0, lines = 0; i < whole.n && lines < 2; i++) {
        lines += whole.p[i] == '\n';
        first = i + 1;
    }
    for (size_t cut = first + 1; cut < whole.n - 1; cut++) {
        write_all((Str){whole.p, cut});
        forget_head();
        assert_int_equal(verify(&check, &err), OK);
        assert_int_equal(check.records, 2);
        assert_int_equal(check.open_bytes, cut - first);
        assert_int_equal(begin(), 3); /* chained to the last whole one */
        assert_int_equal(verify(&check, &err), OK);
        assert_int_equal(check.records, 3);
        assert_int_equal(check.torn, 1);
        assert_int_equal(check.open_bytes, 0);
    }
    forget_head();
    write_all((Str){whole.p, first}); /* a block that never came to the disk */
    append((Str){"\0\0\0\0", 4});
    assert_int_equal(verify(&check, &err), OK);
    forget_head();
    write_all((Str){whole.p, first}); /* no crash leaves this */
    append(STR("4 begin {\"time\""));
    assert_int_equal(verify(&check, &err), E_CORRUPT);
    assert_int_equal(check.damaged, 3);
    assert_int_equal(begin(), 3); /* nor does an entry behind it make it right */
    assert_int_equal(verify(&check, &err), E_CORRUPT);
    write_all(STR("\x13\xc7 something else"));
    assert_int_equal(verify(&check, &err), E_CORRUPT);
    assert_int_equal(check.damaged, 1);
    forget_head();
    write_all((Str){whole.p, whole.n - 1}); /* all but the line feed: a record */
    assert_int_equal(begin(), id + 1);
    assert_int_equal(verify(&check, &err), OK);
    assert_int_equal(check.torn, 0);
    buf_fini(&whole);
}

typedef struct Seen {
    size_t n;
    GateEntry last;
    char outcome[32], record[4096];
} Seen;

static bool see(void *user, const GateEntry *entry) {
    Seen *seen = user;
    seen->n++;
    seen->last = *entry;
    const char *outcome = entry->outcome ? entry->outcome : "-";
    (void)snprintf(seen->outcome, sizeof seen->outcome, "%s", outcome);
    (void)snprintf(seen->record, sizeof seen->record, "%.*s", (int)entry->record.n,
                   entry->record.p);
    return true;
}

static void what_left_is_shown_as_it_left(void **state) {
    Err err;
    Seen seen = {0};
    uint64_t first = begin(), second = begin();
    end(second, 0.5);
    assert_int_equal(gate_ledger_each(gate, 0, see, &seen, &err), OK);
    assert_int_equal(seen.n, 2);
    assert_string_equal(seen.outcome, "ok");
    assert_int_equal(seen.last.usage.tokens_in, 100);
    assert_int_equal(gate_ledger_each(gate, first, see, &seen, &err), OK);
    assert_string_equal(seen.outcome, "-"); /* begun and not ended: it may have left */
    Str masked = gate_parcel_text(parcel, 0);
    char text[512]; /* as JSON writes it */
    (void)snprintf(text, sizeof text, "%.*s\\\"x\\\"\\n", (int)masked.n - 4, masked.p);
    assert_non_null(strstr(seen.record, text));
    assert_null(strstr(seen.record, "13800138000"));
    assert_int_equal(gate_ledger_each(gate, 99, see, &seen, &err), E_NOT_FOUND);
}

typedef struct Damages {
    size_t n;
    GateDamage seen[8];
} Damages;

static void see_damage(void *user, const GateDamage *damage) {
    Damages *all = user;
    if (all->n < ARRAY_LEN(all->seen)) all->seen[all->n] = *damage;
    all->n++;
}

static Damages damages(void) {
    Err err;
    Damages all = {0};
    assert_int_equal(gate_ledger_damage(gate, see_damage, &all, &err), OK);
    return all;
}

/* Three entries, each ended; where their six lines begin. */
static void six_records(Buf *whole, size_t line[7]) {
    size_t n = 0;
    for (int i = 0; i < 3; i++) end(begin(), 0.5);
    read_all(whole);
    line[n++] = 0;
    for (size_t i = 0; i < whole->n; i++) {
        if (whole->p[i] == '\n') line[n++] = i + 1;
    }
    assert_int_equal(n, 7);
    assert_int_equal(damages().n, 0);
}

/* The chain alone shows none of this. */
static void an_end_that_is_cut_off_is_found(void **state) {
    Err err;
    GateLedgerCheck check;
    Buf whole;
    size_t line[7];
    six_records(&whole, line);
    assert_int_equal(verify(&check, &err), OK);
    assert_true(check.end_known);
    for (size_t cut = 0; cut < whole.n - 1; cut += cut + 9 < line[1] ? 9 : 1) {
        write_all((Str){whole.p, cut}); /* also between two records */
        assert_int_equal(verify(&check, &err), E_CORRUPT);
        assert_true(check.damaged >= 1 && check.damaged <= 6);
        assert_true(damages().n > 0);
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(verify(&check, &err), E_CORRUPT);
    assert_non_null(strstr(err.message, "record 1 is missing"));
    assert_non_null(strstr(err.message, "with record 6"));
    write_all(buf_str(&whole));
    assert_int_equal(verify(&check, &err), OK);
    buf_fini(&whole);
}

/* What is appended later says it, and so it stays in the chain. */
static void an_end_that_was_cut_off_is_not_forgotten(void **state) {
    Err err;
    GateLedgerCheck check;
    Buf whole;
    size_t line[7];
    six_records(&whole, line);
    for (size_t keep = 1; keep < 6; keep++) {
        write_all((Str){whole.p, line[keep]});
        for (int i = 0; i < 9; i++) end(begin(), 0.5); /* longer than it was */
        assert_int_equal(verify(&check, &err), E_CORRUPT);
        assert_int_equal(check.damaged, keep + 1);
        assert_non_null(strstr(err.message, keep == 1 ? "with record 6" : "with record "));
        Damages all = damages();
        assert_int_equal(all.n, 1);
        assert_int_equal(all.seen[0].record, keep + 1);
    }
    buf_fini(&whole);
}

static void a_ledger_that_is_written_anew_is_found(void **state) {
    Err err;
    GateLedgerCheck check;
    Buf first, second;
    size_t line[7];
    char head[100], elsewhere[110];
    (void)snprintf(head, sizeof head, "%s/egress.head", folder);
    (void)snprintf(elsewhere, sizeof elsewhere, "%s.kept", head);
    clock_fix_real(900000);
    six_records(&first, line);
    assert_int_equal(rename(head, elsewhere), 0);
    assert_int_equal(unlink(path), 0);
    clock_fix_real(1000000);
    six_records(&second, line); /* as long, another chain */
    assert_int_equal(rename(elsewhere, head), 0);
    assert_int_equal(verify(&check, &err), E_CORRUPT);
    assert_true(damages().n > 0);
    end(begin(), 0.5);
    assert_int_equal(verify(&check, &err), E_CORRUPT);
    assert_int_equal(check.damaged, 7);
    buf_fini(&first);
    buf_fini(&second);
}

static void a_ledger_that_is_moved_away_is_told_of(void **state) {
    Err err;
    GateLedgerCheck check;
    for (int i = 0; i < 3; i++) end(begin(), 0.5);
    assert_int_equal(unlink(path), 0);
    end(begin(), 0.5);
    assert_int_equal(verify(&check, &err), OK);
    assert_int_equal(check.earlier, 6);
    assert_true(check.end_known);
    assert_int_equal(damages().n, 0);
}

static void a_head_that_is_gone_or_damaged_is_told_of(void **state) {
    Err err;
    GateLedgerCheck check;
    char head[100];
    (void)snprintf(head, sizeof head, "%s/egress.head", folder);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 3; i++) end(begin(), 0.5);
        if (round == 0) assert_int_equal(unlink(head), 0);
        else assert_int_equal(truncate(head, 4100), 0);
        assert_int_equal(verify(&check, &err), OK);
        assert_false(check.end_known);
        end(begin(), 0.5);
        assert_int_equal(verify(&check, &err), OK);
        assert_true(check.end_known);
        assert_int_equal(check.unkept, 7 + 8 * round);
    }
}

static void put_back(const char *name, const Buf *bytes) {
    Err err;
    assert_int_equal(file_replace(name, buf_str(bytes), 0600, &err), OK);
}

/* As a backup of the gate's folder does it; `last` stands in another one. */
static void an_older_ledger_with_its_own_head_is_found(void **state) {
    Err err;
    GateLedgerCheck check;
    Buf log, kept, old;
    char head[100], last[100];
    (void)snprintf(head, sizeof head, "%s/egress.head", folder);
    (void)snprintf(last, sizeof last, "%s.last", folder);
    buf_init(&log, TEXT_MAX);
    buf_init(&kept, TEXT_MAX);
    buf_init(&old, TEXT_MAX);
    assert_int_equal(gate_ledger_keep_last(gate, last, &err), OK);
    end(begin(), 0.5);
    assert_int_equal(file_read(path, &log, &err), OK);
    assert_int_equal(file_read(head, &kept, &err), OK);
    assert_int_equal(file_read(last, &old, &err), OK);
    end(begin(), 0.5);
    assert_int_equal(verify(&check, &err), OK);
    assert_true(check.end_known);
    put_back(path, &log);
    put_back(head, &kept);
    assert_int_equal(verify(&check, &err), E_CORRUPT);
    assert_int_equal(check.damaged, 3);
    for (int i = 0; i < 5; i++) end(begin(), 0.5); /* and stays so, however far it grows */
    assert_int_equal(verify(&check, &err), E_CORRUPT);
    assert_int_equal(check.damaged, 3);
    put_back(path, &log); /* with both nobody can tell: decision 0011 says so */
    put_back(head, &kept);
    put_back(last, &old);
    assert_int_equal(verify(&check, &err), OK);
    assert_int_equal(unlink(path), 0); /* moved away; a crash left the old end behind */
    end(begin(), 0.5);
    put_back(last, &old);
    assert_int_equal(verify(&check, &err), OK);
    end(begin(), 0.5);
    assert_int_equal(verify(&check, &err), OK);
    assert_int_equal(check.earlier, 2);
    assert_true(check.end_known);
    assert_int_equal(damages().n, 0);
    assert_int_equal(truncate(last, 100), 0); /* it keeps nobody from asking */
    end(begin(), 0.5);
    assert_int_equal(verify(&check, &err), OK);
    assert_int_equal(unlink(last), 0);
    buf_fini(&log);
    buf_fini(&kept);
    buf_fini(&old);
}

/* The record was on the disk, its head was not yet. */
static void a_head_that_a_crash_left_behind_is_no_damage(void **state) {
    Err err;
    GateLedgerCheck check;
    Buf old;
    char head[100];
    (void)snprintf(head, sizeof head, "%s/egress.head", folder);
    uint64_t id = begin();
    buf_init(&old, TEXT_MAX);
    assert_int_equal(file_read(head, &old, &err), OK);
    end(id, 0.5);
    assert_int_equal(file_replace(head, buf_str(&old), 0600, &err), OK);
    assert_int_equal(verify(&check, &err), OK);
    end(begin(), 0.5);
    assert_int_equal(verify(&check, &err), OK);
    assert_int_equal(check.records, 4);
    assert_int_equal(damages().n, 0);
    buf_fini(&old);
}

static void one_unreadable_record_hides_no_other(void **state) {
    Err err;
    Buf whole;
    size_t line[7];
    six_records(&whole, line);
    for (size_t bad = 0; bad < 6; bad++) {
        Seen seen = {0};
        char was = whole.p[line[bad] + 12];
        whole.p[line[bad] + 12] = 1; /* no JSON holds it */
        write_all(buf_str(&whole));
        whole.p[line[bad] + 12] = was;
        assert_int_equal(gate_ledger_each(gate, 0, see, &seen, &err), E_CORRUPT);
        assert_int_equal(seen.n, bad % 2 ? 3 : 2);
        assert_int_equal(err.offset, line[bad]);
        Damages all = damages();
        assert_int_equal(all.n, 1);
        assert_int_equal(all.seen[0].record, bad + 1);
        assert_int_equal(all.seen[0].entry, bad % 2 ? 0 : bad + 1);
        assert_int_equal(all.seen[0].offset, line[bad]);
    }
    buf_fini(&whole);
}

/* The chain tells which one it is, and not those behind it; what it says now is shown. */
static void a_changed_record_is_shown_and_named(void **state) {
    Err err;
    Seen seen = {0};
    Buf whole;
    size_t line[7], at[] = {0, 0};
    six_records(&whole, line);
    at[0] = str_find(buf_str(&whole), STR("\"m\""), line[2]) + 1;
    at[1] = line[3] - 4; /* its own hash */
    for (size_t i = 0; i < ARRAY_LEN(at); i++) {
        char was = whole.p[at[i]];
        whole.p[at[i]] = was == '0' ? '1' : '0';
        write_all(buf_str(&whole));
        whole.p[at[i]] = was;
        seen.n = 0;
        assert_int_equal(gate_ledger_each(gate, 0, see, &seen, &err), E_CORRUPT);
        assert_int_equal(seen.n, 3);
        Damages all = damages();
        assert_int_equal(all.n, 1);
        assert_int_equal(all.seen[0].entry, 3);
        assert_string_equal(all.seen[0].what, "has been changed");
    }
    memmove(whole.p + line[2], whole.p + line[3], whole.n - line[3]); /* taken out */
    write_all((Str){whole.p, whole.n - (line[3] - line[2])});
    Damages all = damages();
    assert_int_equal(all.n, 1);
    assert_int_equal(all.seen[0].record, 4);
    assert_string_equal(all.seen[0].what, "records before it are missing");
    buf_fini(&whole);
}

/* A piece of a line is no damage when a crash left it, and damage when none did. */
static void what_crashes_leave_is_no_damage(void **state) {
    Err err;
    Seen seen = {0};
    Buf whole;
    size_t line[7];
    six_records(&whole, line);
    write_all((Str){whole.p, line[2] + 30});
    forget_head();
    assert_int_equal(damages().n, 0);
    assert_int_equal(begin(), 3);
    assert_int_equal(damages().n, 0);
    assert_int_equal(gate_ledger_each(gate, 0, see, &seen, &err), OK);
    assert_int_equal(seen.n, 2);
    write_all((Str){whole.p, line[2]});
    append(STR("9 begin {"));
    assert_int_equal(damages().n, 1);
    assert_int_equal(damages().seen[0].offset, line[2]);
    buf_fini(&whole);
}

/* In a sealed home a piece that does not open reads as '?' without a line feed. */
static void the_record_behind_a_lost_piece_is_read(void **state) {
    Err err;
    Seen seen = {0};
    Buf whole;
    size_t line[7];
    six_records(&whole, line);
    memset(whole.p + line[1], '?', line[2] - line[1]);
    write_all(buf_str(&whole));
    assert_int_equal(gate_ledger_each(gate, 0, see, &seen, &err), E_CORRUPT);
    assert_int_equal(seen.n, 3);
    Damages all = damages();
    assert_int_equal(all.n, 1);
    assert_int_equal(all.seen[0].record, 2);
    buf_fini(&whole);
}

static void listing_without_memory_shows_no_damage(void **state) {
    Err err;
    Seen seen = {0};
    end(begin(), 0.5);
    for (uint64_t nth = 1;; nth++) {
        uint64_t live = mem_live_blocks(), calls = mem_calls();
        seen.n = 0;
        mem_fail_at(nth);
        Status status = gate_ledger_each(gate, 0, see, &seen, &err);
        bool reached = mem_calls() - calls >= nth;
        mem_fail_at(0);
        assert_int_equal(mem_live_blocks(), live);
        if (!reached) break;
        assert_int_equal(status, E_NO_MEMORY);
    }
    assert_int_equal(seen.n, 1);
}

static double spent(const char *name, int64_t since) {
    Err err;
    GateSpent asked = {name, since, -1};
    assert_int_equal(gate_ledger_spent(gate, &asked, 1, &err), OK);
    return asked.cost;
}

static void budgets_see_what_was_spent_since(void **state) {
    Err err;
    for (int i = 0; i < 5; i++) {
        clock_fix_real(1000000 + 100 * i);
        end(begin(), 0.25);
        assert_true(spent("test", 0) == 0.25 * (i + 1));
    }
    GateSpent asked[] = {{"test", 1000200, -1}, {"other", 0, -1}, {NULL, 0, -1}};
    assert_int_equal(gate_ledger_spent(gate, asked, ARRAY_LEN(asked), &err), OK);
    assert_true(asked[0].cost == 0.75 && asked[1].cost == 0 && asked[2].cost == 1.25);
}

/* Nobody knows then what a budget has left: the way out is told, and taking it helps. */
static void a_damaged_end_closes_the_budget_and_says_the_way_out(void **state) {
    Err err = {0};
    Buf all;
    GateSpent asked = {.endpoint = "test"};
    end(begin(), 0.25);
    read_all(&all);
    size_t at = str_find(buf_str(&all), STR("\"cost\":"), 0);
    assert_true(at != SIZE_MAX);
    all.p[at + 6] = '!';
    write_as(buf_str(&all), "w");
    assert_int_equal(gate_ledger_spent(gate, &asked, 1, &err), E_CORRUPT);
    assert_non_null(strstr(err.message, "record 2 cannot be read"));
    assert_non_null(strstr(err.hint, "hearth egress verify"));
    assert_int_equal(unlink(path), 0);
    gate_close(gate);
    assert_int_equal(gate_open(folder, &gate, &err), OK);
    assert_true(spent("test", 0) == 0);
    buf_fini(&all);
}

/* What a budget has left must not grow because a byte of the ledger changed. */
static void no_changed_byte_gives_a_budget_back(void **state) {
    Err err;
    Buf all;
    size_t given = 0;
    for (int i = 0; i < 3; i++) end(begin(), 0.25);
    read_all(&all);
    for (size_t at = 0; at < all.n; at++) {
        GateSpent asked = {.endpoint = "test"};
        char keep = all.p[at];
        all.p[at] ^= 1;
        write_as(buf_str(&all), "w");
        gate_close(gate);
        assert_int_equal(gate_open(folder, &gate, &err), OK);
        Status status = gate_ledger_spent(gate, &asked, 1, &err);
        if (status == OK && asked.cost < 0.75) {
            if (!given++) print_error("byte %zu, '%c': %g\n", at, keep, asked.cost);
        } else if (status != OK) {
            assert_int_equal(status, E_CORRUPT);
            assert_non_null(strstr(err.hint, "hearth egress verify"));
        }
        all.p[at] = keep;
    }
    assert_int_equal(given, 0);
    buf_fini(&all);
}

/* Cut off at any byte behind its first record: the kept head knows that there was more. (With no
   record left it is as one that was moved away, which the user may do.) */
static void a_cut_end_closes_the_budget(void **state) {
    Err err;
    Buf all;
    for (int i = 0; i < 3; i++) end(begin(), 0.25);
    read_all(&all);
    for (size_t n = str_find(buf_str(&all), STR("\n"), 0) + 1; n < all.n; n++) {
        GateSpent asked = {.endpoint = "test"};
        write_as(str_sub(buf_str(&all), 0, n), "w");
        gate_close(gate);
        assert_int_equal(gate_open(folder, &gate, &err), OK);
        Status status = gate_ledger_spent(gate, &asked, 1, &err);
        if (status == OK && asked.cost < 0.75) fail_msg("cut to %zu bytes: %g", n, asked.cost);
    }
    buf_fini(&all);
}

static void two_processes_keep_one_chain(void **state) {
    Err err;
    GateLedgerCheck check;
    pid_t pid[3];
    for (int p = 0; p < 3; p++) {
        pid[p] = fork();
        if (pid[p] == 0) {
            bool good = true;
            for (int i = 0; i < 30; i++) {
                uint64_t id;
                good &= gate_ledger_begin(gate, parcel, "host", "m", &id, &err) == OK;
                good &= gate_ledger_end(gate, id, OK, 1, NULL, &err) == OK;
            }
            _exit(good ? 0 : 1);
        }
    }
    for (int p = 0; p < 3; p++) {
        int how = 0;
        assert_int_equal(waitpid(pid[p], &how, 0), pid[p]);
        assert_int_equal(how, 0);
    }
    assert_int_equal(verify(&check, &err), OK);
    assert_int_equal(check.entries, 90);
}

static void out_of_memory_is_said_and_the_chain_stays_whole(void **state) {
    Err err;
    GateLedgerCheck check;
    end(begin(), 0.5);
    for (uint64_t nth = 1;; nth++) {
        uint64_t live = mem_live_blocks(), calls = mem_calls(), id = 0;
        mem_fail_at(nth);
        Status status = gate_ledger_begin(gate, parcel, "host", "m", &id, &err);
        bool reached = mem_calls() - calls >= nth;
        mem_fail_at(0);
        assert_int_equal(mem_live_blocks(), live);
        assert_int_equal(verify(&check, &err), OK);
        if (!reached) break;
        assert_int_equal(status, E_NO_MEMORY);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_gate, close_gate)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(an_empty_ledger_is_whole),
        TEST(without_consent_nothing_is_recorded),
        TEST(a_chain_of_records_is_whole),
        TEST(every_changed_byte_is_found_and_named),
        TEST(lines_taken_out_put_in_or_moved_are_found),
        TEST(a_line_cut_anywhere_is_told_and_gone_over),
        TEST(what_left_is_shown_as_it_left),
        TEST(an_end_that_is_cut_off_is_found),
        TEST(an_end_that_was_cut_off_is_not_forgotten),
        TEST(a_ledger_that_is_written_anew_is_found),
        TEST(a_ledger_that_is_moved_away_is_told_of),
        TEST(an_older_ledger_with_its_own_head_is_found),
        TEST(a_head_that_is_gone_or_damaged_is_told_of),
        TEST(a_head_that_a_crash_left_behind_is_no_damage),
        TEST(one_unreadable_record_hides_no_other),
        TEST(a_changed_record_is_shown_and_named),
        TEST(what_crashes_leave_is_no_damage),
        TEST(the_record_behind_a_lost_piece_is_read),
        TEST(listing_without_memory_shows_no_damage),
        TEST(budgets_see_what_was_spent_since),
        TEST(a_damaged_end_closes_the_budget_and_says_the_way_out),
        TEST(no_changed_byte_gives_a_budget_back),
        TEST(a_cut_end_closes_the_budget),
        TEST(two_processes_keep_one_chain),
        TEST(out_of_memory_is_said_and_the_chain_stays_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
