/*
 * Promises of the gate about answers that go along with the next question: what the restorer put
 * back of a surrogate, in whatever manner or form the endpoint wrote it, does not leave as it was
 * put back. Else an endpoint had only to write "ending in 0770" to be told the end of a number.
 *
 * Every manner (manner.h) and form (forms.h) that the restorer knows is tried on things of each
 * type: surrogate -> that manner of it -> restored -> masked with the next question.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/gate_open.h"
#include "base/plain.h"
#include "gate/forms.h"
#include "gate/manner.h"
#include "gate/parcel_impl.h"
#include "gate/vault.h"

enum { TEXT_MAX = 1 << 20, ENTRIES = 64, OWN_MAX = 256 };

static const char *const things[] = {
    "Please call +44 20 7946 0958 today.", "Please call +49 171 5550142 today.",
    "Please call 0171 5550143 today.", "手机：13912345678，请记下。",
    "The IBAN is GB29 NWBK 6016 1331 9268 19 of the firm.",
    "The card 4539 1488 0343 6467 was used.", "身份证号码是11010519491231002X。",
    "Date of birth: 19 March 1987, in Leeds.", "Geburtsdatum: 07.04.1991, in Kassel.",
    "出生日期：1983年1月13日。",
    "She lives at 42 Baker Street, London NW1 6XE.",
    "Er wohnt in der Lindenallee 27, 34117 Kassel.",
    "地址：杭州市西湖区文三路752号3幢。",
    "Invoice of Brightwater Logistics Ltd, due soon.",
    "Die Rechnung der Kranz & Söhne GmbH kam gestern.",
    "Write to margarethe.lindqvist@harbour-estates.co.uk soon.",
    "Dear Dr. Margarethe Lindqvist, hello.", "Mr Tobias Stonefield signed it.",
    "联系人是张伟强先生。"};

static void keep(void *user, Str piece) {
    buf_add_str(user, piece);
}

/* What the endpoint wrote, as the user reads it. */
static void restore(const GateParcel *parcel, const char *said, Buf *out) {
    Err err;
    GateRestorer *r;
    assert_int_equal(gate_restorer_new(gate, parcel, GATE_PLAIN, &r, &err), OK);
    assert_int_equal(gate_restore_feed(r, str_from(said), true, keep, out, &err), OK);
    gate_restorer_free(r);
}

/* Masked as what leaves with the next question. */
static GateParcel *next_parcel(const char *talk, const char *thing, Str answer) {
    Err err = {.message = ""};
    GateParcel *parcel = NULL;
    GateMessage messages[] = {
        {.role = GATE_USER, .label = GATE_PERSONAL, .text = str_from(thing)},
        {.role = GATE_ASSISTANT, .label = GATE_PERSONAL, .text = answer},
        {.role = GATE_USER, .label = GATE_PERSONAL, .text = STR("And what else is there?")}};
    GateRequest request = {.endpoint = "test", .dest = GATE_PUBLIC, .conversation = talk,
                           .why = "test", .messages = messages, .n_messages = 3};
    if (gate_parcel_make(gate, &request, &parcel, NULL, &err) != OK) fail_msg("%s", err.message);
    return parcel;
}

/* Copies of a conversation's entries: the vault is open for a moment only. */
typedef struct Entry {
    ScanType type;
    VaultPart part;
    char original[OWN_MAX], surrogate[OWN_MAX];
} Entry;

static size_t entries_of(const char *talk, Entry out[ENTRIES]) {
    Err err;
    VaultTalk *open;
    assert_int_equal(vault_talk_open(gate->vault, talk, &open, &err), OK);
    size_t n = vault_talk_count(open);
    assert_true(n <= ENTRIES);
    for (size_t i = 0; i < n; i++) {
        const VaultEntry *e = vault_talk_at(open, i);
        out[i].type = e->type;
        out[i].part = e->part;
        (void)snprintf(out[i].original, OWN_MAX, "%.*s", (int)e->original.n, e->original.p);
        (void)snprintf(out[i].surrogate, OWN_MAX, "%.*s", (int)e->surrogate.n, e->surrogate.p);
    }
    vault_talk_close(open);
    return n;
}

typedef struct Trial {
    const char *talk, *thing;
    const GateParcel *parcel;
    size_t came_back, told;
} Trial;

/* The endpoint says `surrogate`; where `original` comes of it, that may not leave. */
static void try_one(Trial *t, Str surrogate, Str original, const char *frame) {
    Buf said, back;
    buf_init(&said, TEXT_MAX);
    buf_init(&back, TEXT_MAX);
    buf_printf(&said, frame, (int)surrogate.n, surrogate.p);
    restore(t->parcel, said.p, &back);
    if (str_find(buf_str(&back), original, 0) != SIZE_MAX && !str_eq(surrogate, original)) {
        GateParcel *next = next_parcel(t->talk, t->thing, buf_str(&back));
        Str leaves = gate_parcel_text(next, 1);
        t->came_back++;
        if (str_find(leaves, original, 0) != SIZE_MAX) {
            print_error("\"%s\" came back as \"%s\" and leaves as \"%.*s\"\n", said.p, back.p,
                        (int)leaves.n, leaves.p);
            t->told++;
        } else { /* and what leaves says the same as before, for whoever asks about it */
            Buf again;
            buf_init(&again, TEXT_MAX);
            restore(next, leaves.p, &again);
            if (!str_eq(buf_str(&again), buf_str(&back))) {
                print_error("\"%s\" left as \"%.*s\", comes back as \"%s\"\n", back.p,
                            (int)leaves.n, leaves.p, again.p);
                t->told++;
            }
            buf_fini(&again);
        }
        gate_parcel_free(next);
    }
    buf_fini(&said);
    buf_fini(&back);
}

static void try_manners(Trial *t, const Entry *e) {
    Buf surrogate, original;
    buf_init(&surrogate, TEXT_MAX);
    buf_init(&original, TEXT_MAX);
    for (size_t i = 0; i < manner_count(e->type); i++) {
        buf_clear(&surrogate);
        buf_clear(&original);
        if (!manner_write(e->type, str_from(e->surrogate), i, &surrogate) ||
            !manner_write(e->type, str_from(e->original), i, &original)) {
            continue;
        }
        const char *frame = e->type == SCAN_DATE ? "As for the birthday, it is %.*s, I think."
                                                 : "It is this one: %.*s, I think.";
        try_one(t, buf_str(&surrogate), buf_str(&original), frame);
    }
    buf_fini(&surrogate);
    buf_fini(&original);
}

static void try_forms(Trial *t, const Entry *e) {
    NameParts own, other;
    unsigned flags;
    Buf surrogate, original;
    buf_init(&surrogate, TEXT_MAX);
    buf_init(&original, TEXT_MAX);
    bool read = name_parts_read(str_from(e->original), 0, &own) &&
                name_parts_read(str_from(e->surrogate), 0, &other);
    for (size_t i = 0; read && i < name_forms_n; i++) {
        buf_clear(&surrogate);
        buf_clear(&original);
        if (!name_form(&other, i, &surrogate, &flags) || !name_form(&own, i, &original, &flags)) {
            continue;
        }
        try_one(t, buf_str(&surrogate), buf_str(&original), "It is this one: %.*s, I think.");
    }
    buf_fini(&surrogate);
    buf_fini(&original);
}

/* A part of a name, as it is and in small letters, and beside the words that Chinese has. */
static void try_part(Trial *t, const Entry *e) {
    char low[2][OWN_MAX];
    for (size_t i = 0; i < OWN_MAX; i++) {
        low[0][i] = plain_lower(e->surrogate[i]);
        low[1][i] = plain_lower(e->original[i]);
    }
    static const char *const frames[] = {"It is %.*s, I think.", "See %.*s there.",
                                         "这是%.*s家的。", "请问%.*s工在吗？", "他姓%.*s。"};
    for (size_t f = 0; f < ARRAY_LEN(frames); f++) {
        try_one(t, str_from(e->surrogate), str_from(e->original), frames[f]);
        try_one(t, str_from(low[0]), str_from(low[1]), frames[f]);
    }
}

static void what_was_put_back_does_not_leave_with_the_next_question(void **state) {
    size_t came_back = 0, told = 0;
    for (size_t i = 0; i < ARRAY_LEN(things); i++) {
        Err err;
        Entry entries[ENTRIES];
        GateParcel *parcel;
        char talk[32];
        (void)snprintf(talk, sizeof talk, "echo-%zu", i);
        assert_int_equal(gate_talk_parcel(gate, talk, GATE_PUBLIC, str_from(things[i]), &parcel,
                                          NULL, &err),
                         OK);
        Trial t = {.talk = talk, .thing = things[i], .parcel = parcel};
        size_t n = entries_of(talk, entries);
        if (n == 0) fail_msg("nothing is masked in %s", things[i]);
        for (size_t k = 0; k < n; k++) {
            if (entries[k].part != VAULT_WHOLE) try_part(&t, &entries[k]);
            else if (entries[k].type == SCAN_PERSON) try_forms(&t, &entries[k]);
            else try_manners(&t, &entries[k]);
        }
        came_back += t.came_back;
        told += t.told;
        gate_parcel_free(parcel);
    }
    print_message("%zu came back, %zu of them would be told\n", came_back, told);
    assert_true(came_back > 100); /* else nothing was tried */
    assert_int_equal(told, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_put_back_does_not_leave_with_the_next_question,
                                        open_gate, close_gate)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
