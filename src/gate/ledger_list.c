/*
 * The ledger, entry by entry: a begin record with the end that belongs to it.
 *
 * Two walks over the file: the first remembers the ends (numbers only), the second hands out the
 * begins, one at a time, so that the texts of one entry are in memory and not all. An entry that is
 * still being sent, or whose process died, has no end.
 *
 * One damaged record hides no other: all that can be read is handed out, then E_CORRUPT says that
 * there was damage. What cannot be read and what breaks the chain is damage alike; an entry whose
 * end cannot be read looks as one without, which says the worse: it may have left.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "gate/ledger.h"
#include "gate/ledger_impl.h"

enum { OUTCOME_MAX = 24, ENDS_MAX = 1 << 26 };

/*
 * The file, as a walk gives it, and what comes of it:
 *
 *     1 begin    2 begin    3 end of 1    4 end of 2    5 begin
 *
 *     first walk    ends = {1: ..., 2: ...}, sorted by entry
 *     second walk   1 with its end, 2 with its end, 5 without one
 *
 * An entry's number is that of its begin record. ENDS_MAX is chosen: some 5 GB of ends.
 */
typedef struct End {
    uint64_t entry, sent_bytes;
    GateUsage usage;
    char outcome[OUTCOME_MAX];
} End;

typedef struct Listing {
    uint64_t id;
    GateEntryFn each;
    void *user;
    End *ends;
    size_t n, cap;
    bool found, stopped;
    uint64_t damaged, first, first_at; /* how many, and the first one */
} Listing;

/* Absent, negative and no whole number are all 0. */
static uint64_t whole_of(const Json *json, const char *key) {
    int64_t value = 0;
    return json_whole(json_get(json, key), &value) && value > 0 ? (uint64_t)value : 0;
}

/* Strings of the tree end with a NUL. */
static const char *text_of(const Json *json, const char *key) {
    Str text = json_str(json_get(json, key));
    return text.n ? text.p : "";
}

/* A record's JSON; *out NULL: it cannot be read. */
static Status read_json(const LedgerRecord *record, Json **out, Err *err) {
    JsonLimits limits = {.max_bytes = LEDGER_RECORD_MAX};
    *out = NULL;
    Status status = record->json.n ? json_parse(record->json, &limits, out, err) : OK;
    return status == E_NO_MEMORY ? status : OK;
}

/* First walk: keeps what an end says, of all entries, since a wanted one may end much later. */
static Status note_end(void *user, const LedgerRecord *record, Err *err) {
    Listing *list = user;
    Json *json = NULL;
    if (!record->begins) TRY(read_json(record, &json, err));
    if (!json) return OK;
    End end = {.entry = whole_of(json, "entry"), .sent_bytes = whole_of(json, "sent_bytes"),
               .usage = {whole_of(json, "tokens_in"), whole_of(json, "tokens_out"),
                         json_real(json_get(json, "cost"), 0),
                         json_bool(json_get(json, "estimated"), false)}};
    Str outcome = json_str(json_get(json, "outcome"));
    memcpy(end.outcome, outcome.p, outcome.n < OUTCOME_MAX ? outcome.n : OUTCOME_MAX - 1);
    Status status = mem_grow((void **)&list->ends, &list->cap, list->n + 1, sizeof *list->ends,
                             ENDS_MAX, err);
    if (status == OK) list->ends[list->n++] = end;
    json_free(json);
    return status;
}

/* An end is written once an entry; of several, whichever bsearch meets is taken. */
static int by_entry(const void *a, const void *b) {
    const End *x = a, *y = b;
    return x->entry < y->entry ? -1 : x->entry > y->entry;
}

/* A begin with its end, if one was found; the strings die with `json`. */
static void hand_entry(Listing *list, const LedgerRecord *record, const Json *json) {
    GateEntry entry = {.id = record->n, .record = record->json, .time = text_of(json, "time"),
                       .endpoint = text_of(json, "endpoint"), .dest = text_of(json, "dest"),
                       .host = text_of(json, "host"), .model = text_of(json, "model"),
                       .why = text_of(json, "why"), .conversation = text_of(json, "conversation"),
                       .masked = whole_of(json, "masked"), .kept = whole_of(json, "kept"),
                       .bytes = whole_of(json, "bytes")};
    End key = {.entry = record->n};
    const End *end = list->n ? bsearch(&key, list->ends, list->n, sizeof key, by_entry) : NULL;
    if (end) {
        entry.outcome = end->outcome;
        entry.sent_bytes = end->sent_bytes;
        entry.usage = end->usage;
    }
    list->found = true;
    list->stopped = !list->each(list->user, &entry);
}

/* Second walk: counts damage in all records, hands out the wanted begins. */
static Status hand_out(void *user, const LedgerRecord *record, Err *err) {
    Listing *list = user;
    Json *json = NULL;
    assert(record->json.n || record->damage); /* what cannot be read says so */
    TRY(read_json(record, &json, err));
    if ((record->damage || !json) && list->damaged++ == 0) {
        list->first = record->n;
        list->first_at = record->at;
    }
    assert(!list->damaged || list->first_at <= record->at); /* records come in the file's order */
    bool wanted = !list->id || list->id == record->n;
    if (json && record->begins && wanted && !list->stopped) hand_entry(list, record, json);
    json_free(json);
    return OK;
}

/* How much is damaged and where it begins: number and byte, so that a user can look himself. */
static Status not_whole(const Listing *list, Err *err) {
    (void)err_set(err, E_CORRUPT,
                  "%llu of the ledger's records are damaged or missing, the first is record %llu "
                  "at byte %llu",
                  (unsigned long long)list->damaged, (unsigned long long)list->first,
                  (unsigned long long)list->first_at);
    if (err) err->offset = list->first_at;
    (void)err_hint(err, "all others are shown; `hearth egress verify` says where the chain breaks");
    return E_CORRUPT;
}

/* id 0: all. Where the listener stops early the walk goes on, since damage further on still
   counts. */
Status gate_ledger_each(Gate *gate, uint64_t id, GateEntryFn each, void *user, Err *err) {
    Listing list = {.id = id, .each = each, .user = user};
    Status status = ledger_walk(gate->ledger, note_end, &list, err);
    if (list.n) qsort(list.ends, list.n, sizeof *list.ends, by_entry);
    if (status == OK) status = ledger_walk(gate->ledger, hand_out, &list, err);
    mem_free(list.ends);
    if (status == OK && list.damaged) return not_whole(&list, err);
    if (status == OK && id && !list.found) {
        (void)err_set(err, E_NOT_FOUND, "the ledger has no entry %llu", (unsigned long long)id);
        return err_hint(err, "`hearth egress log` lists them");
    }
    return status;
}

/* ---- what is damaged ----------------------------------------------------------------------- */

typedef struct Damaged {
    GateDamageFn each;
    void *user;
} Damaged;

/* Of a record that can be read nothing is said. */
static Status hand_damage(void *user, const LedgerRecord *record, Err *err) {
    const Damaged *damaged = user;
    Json *json = NULL;
    TRY(read_json(record, &json, err));
    GateDamage damage = {.record = record->n, .offset = record->at, .what = record->damage,
                         .entry = record->begins ? record->n : whole_of(json, "entry")};
    if (!json && !damage.what) damage.what = "cannot be read";
    if (damage.what) damaged->each(damaged->user, &damage);
    json_free(json);
    return OK;
}

Status gate_ledger_damage(Gate *gate, GateDamageFn each, void *user, Err *err) {
    Damaged damaged = {each, user};
    return ledger_walk(gate->ledger, hand_damage, &damaged, err);
}
