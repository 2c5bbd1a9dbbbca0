/*
 * The gate, as far as a library user meets it: scanning, masking and restoring a text, what has
 * left, and the gate's own test.
 *
 * Thin as all of api/: names become enums, results are copied into structs of hearth.h. Masking
 * makes a parcel and takes its one text out: there is no second way to mask, so that what is shown
 * is what would leave.
 *
 * Callbacks. The gate's own structs stay inside: each hand_* below turns one of them into a struct
 * of hearth.h on the stack and calls the user's function with it. They run on the calling thread,
 * before the function that was given them returns; strings in them are the gate's and are gone
 * afterwards.
 *
 * Progress of a reading model goes another way, since the gate calls its reader through the rig:
 * rig->deep_progress is set for the time of one call and taken back on every way out, because
 * deep_user then points to a stack frame that is gone.
 *
 * An example of masking twice. "Write to Ann" leaves as "Write to Mia". The user pastes the answer
 * back: "Mia and Tom agree". Masked as it stands, Mia would be a person of her own and get another
 * surrogate; so it is first restored ("Ann and Tom agree") and then masked as a whole, and Ann is
 * Mia again.
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "api/api.h"
#include "gate/cloud.h"
#include "gate/learn.h"
#include "gate/ledger.h"
#include "gate/restore.h"
#include "gate/selftest.h"

void hearth_gate_options_default(hearth_gate_options *options) {
    memset(options, 0, sizeof *options);
    options->size = sizeof *options;
}

_Static_assert(offsetof(hearth_gate_options, size) == 0 && offsetof(hearth_mask_options, size) == 0,
               "api_options reads it there");
_Static_assert(sizeof ((hearth_masked){0}).conversation >= GATE_DRAWN_NAME, "a drawn name");

/* Who hears how far a model has read, for the time of one call: it lies on the stack. */
typedef struct Reading {
    hearth_progress_fn each;
    void *user;
} Reading;

/* Bytes of the text that is read. The gate calls it whether somebody wants to know or not. */
static void hand_progress(void *user, size_t done, size_t total) {
    const Reading *reading = user;
    assert(done <= total);
    hearth_progress at = {.stage = "read", .unit = "bytes", .done = done, .total = total,
                          .eta_s = -1};
    if (reading->each) reading->each(reading->user, &at);
}

/* Who reads before the scanner does, one after the other. */
typedef struct Readers {
    GateDeepReader reader[2];
    size_t n;
} Readers;

/* Several readers behind the form of one. */
static Status read_all(void *user, Str text, const GateDeepSink *sink, Err *err) {
    const Readers *readers = user;
    for (size_t i = 0; i < readers->n; i++) {
        TRY(readers->reader[i].read(readers->reader[i].user, text, sink, err));
    }
    return OK;
}

/* With models: each reader tells the scanner of phrases, which it then finds like formats. */
static Status scan_read(hearth *h, Str text, const hearth_gate_options *own, const ScanSpan **spans,
                        size_t *n, Err *err) {
    Reading reading = {own->on_reading, own->user};
    Readers readers = {.n = 0};
    GateLook *look = NULL;
    if (own->careful) {
        TRY(rig_look(h->rig, &look, err));
        readers.reader[readers.n++] = (GateDeepReader){gate_look_read, look};
    }
    if (own->deep) readers.reader[readers.n++] = rig_deep_reader(h->rig);
    assert(readers.n >= 1 && readers.n <= ARRAY_LEN(readers.reader));
    GateDeepReader reader = {read_all, &readers};
    h->rig->deep_progress = hand_progress;
    h->rig->deep_user = &reading;
    Status status = gate_deep_scan(h->scanner, &reader, text, spans, n, err);
    h->rig->deep_progress = NULL;
    return status;
}

/* The scanner is kept by the handle: its tables take a while to make. Spans are its own until the
   next scan, so `each` must not scan. */
hearth_status hearth_gate_scan(hearth *h, const char *text, size_t n,
                               const hearth_gate_options *options, hearth_span_fn each, void *user,
                               hearth_error *err) {
    Err why;
    const ScanSpan *spans = NULL;
    size_t n_spans = 0;
    hearth_gate_options own;
    hearth_gate_options_default(&own);
    API_TRY(api_options(&own, sizeof own, options, &why), &why, err);
    API_TRY(api_range("min_score", own.min_score, 0, INFINITY, &why), &why, err);
    if (!h->scanner) API_TRY(gate_scanner_new(&h->scanner, &why), &why, err);
    gate_scanner_heed(h->scanner, &h->rig->cancel);
    Str whole = {text, n};
    API_TRY(own.deep || own.careful ? scan_read(h, whole, &own, &spans, &n_spans, &why)
                                    : gate_scan(h->scanner, whole, &spans, &n_spans, &why),
            &why, err);
    for (size_t i = 0; i < n_spans; i++) {
        assert(spans[i].start < spans[i].end && spans[i].end <= n);
        assert(i == 0 || spans[i - 1].end <= spans[i].start); /* the header promises both */
        hearth_span span = {.start = spans[i].start,
                            .end = spans[i].end,
                            .type = scan_type_name(spans[i].type),
                            .kind = scan_kind_name(spans[i].kind),
                            .score = spans[i].score,
                            .detector = scan_detector_name(scan_kind_detector(spans[i].kind))};
        if (span.score >= own.min_score && !each(user, &span)) break;
    }
    return HEARTH_OK;
}

/* ---- masking and restoring ----------------------------------------------------------------- */

void hearth_mask_options_default(hearth_mask_options *options) {
    memset(options, 0, sizeof *options);
    options->size = sizeof *options;
}

/* NULL: personal, the label of what nobody has labelled. */
static Status label_named(const char *name, GateLabel *out, Err *err) {
    for (int l = 0; name && l < GATE_LABEL_COUNT; l++) {
        *out = (GateLabel)l;
        if (strcmp(name, gate_label_name(*out)) == 0) return OK;
    }
    *out = GATE_PERSONAL;
    return name ? err_set(err, E_USAGE, "there is no label \"%.40s\"", name) : OK;
}

/* The conversation's name: the caller's, or a new one. */
static Status name_conversation(const char *name, hearth_masked *out, Err *err) {
    if (name && strlen(name) >= sizeof out->conversation) {
        return err_set(err, E_USAGE, "the name of a conversation has at most 64 letters");
    }
    if (name) {
        memcpy(out->conversation, name, strlen(name) + 1);
        return OK;
    }
    gate_conversation_draw(out->conversation);
    return OK;
}

static void take_piece(void *user, Str piece) {
    buf_add_str(user, piece);
}

/* The text as its writer knows it: what the conversation has masked in it already is put back, else
   its surrogates would be taken for the text's own words, and give up what they stand for. */
static Status unmask(Gate *gate, const char *conversation, Str text, Buf *out, Err *err) {
    GateRestorer *restorer;
    Status status = gate_restorer_for(gate, conversation, GATE_PLAIN, &restorer, err);
    if (status == E_NOT_FOUND) {
        buf_add_str(out, text);
        return buf_check(out, "a text to mask", err);
    }
    TRY(status);
    status = gate_restore_feed(restorer, text, true, take_piece, out, err);
    gate_restorer_free(restorer);
    return status == OK ? buf_check(out, "a text to mask", err) : status;
}

/* The parcel is made, looked at and thrown away: nothing was sent, so the ledger has no entry. */
static Status make_parcel(hearth *h, Gate *gate, const hearth_mask_options *own,
                          const GateRequest *request, hearth_masked *out, Err *err) {
    GateParcel *parcel = NULL;
    GateReport report;
    Reading reading = {own->on_reading, own->user};
    h->rig->deep_progress = hand_progress;
    h->rig->deep_user = &reading;
    Status status = gate_parcel_make(gate, request, &parcel, &report, err);
    h->rig->deep_progress = NULL;
    TRY(status);
    Str masked = gate_parcel_text(parcel, 0);
    out->text = mem_dup(masked.p, masked.n);
    out->n = masked.n;
    for (int t = 0; t < SCAN_TYPE_COUNT; t++) out->found += report.found[t];
    out->masked = report.masked;
    out->kept = report.kept;
    gate_parcel_free(parcel);
    return out->text ? OK : err_no_memory(err, "a masked text");
}

/* A conversation that was just drawn has nothing masked in it that could be put back first. */
static Status mask(hearth *h, Str text, const hearth_mask_options *own, hearth_masked *out,
                   Err *err) {
    Gate *gate;
    Buf as_written;
    GateMessage message = {.role = GATE_USER, .text = text};
    GateRequest request = {.endpoint = "gate mask", .dest = GATE_PUBLIC,
                           .conversation = out->conversation,
                           .why = "gate mask", .messages = &message, .n_messages = 1,
                           .deep = own->deep};
    if (own->dest && !gate_dest_from_name(own->dest, &request.dest)) {
        return err_set(err, E_USAGE, "there is no destination \"%.40s\"", own->dest);
    }
    TRY(label_named(own->label, &message.label, err));
    TRY(name_conversation(own->conversation, out, err));
    TRY(rig_gate(h->rig, &gate, err));
    buf_init(&as_written, SCAN_TEXT_MAX);
    Status status = OK;
    if (own->conversation) {
        status = unmask(gate, out->conversation, text, &as_written, err);
        message.text = buf_str(&as_written);
    }
    if (status == OK) status = make_parcel(h, gate, own, &request, out, err);
    buf_fini(&as_written);
    return status;
}

/* Into a struct of our own: a failure leaves the caller's as it was. */
hearth_status hearth_gate_mask(hearth *h, const char *text, size_t n,
                               const hearth_mask_options *options, hearth_masked *out,
                               hearth_error *err) {
    Err why;
    hearth_mask_options own;
    hearth_masked made;
    memset(&made, 0, sizeof made);
    hearth_mask_options_default(&own);
    API_TRY(api_options(&own, sizeof own, options, &why), &why, err);
    API_TRY(mask(h, (Str){text, n}, &own, &made, &why), &why, err);
    assert(made.text && made.conversation[0]); /* to be restored by */
    *out = made;
    return HEARTH_OK;
}

struct hearth_restorer { /* each, user: of the call at hand */
    GateRestorer *restorer;
    hearth_text_fn each;
    void *user;
};

/* Addresses are spared from the first piece on, unless the caller says otherwise. */
hearth_status hearth_restorer_new(hearth *h, const char *conversation, bool json,
                                  hearth_restorer **out, hearth_error *err) {
    Err why;
    Gate *gate;
    API_TRY(rig_gate(h->rig, &gate, &why), &why, err);
    hearth_restorer *r = mem_zalloc(sizeof *r);
    if (!r) return api_fail(err_no_memory(&why, "a restorer"), &why, err);
    Status status = gate_restorer_for(gate, conversation, json ? GATE_JSON : GATE_PLAIN,
                                      &r->restorer, &why);
    if (status == OK) {
        gate_restorer_spare_addresses(r->restorer, true);
        *out = r;
    } else {
        mem_free(r);
    }
    return api_fail(status, &why, err);
}

void hearth_restorer_addresses(hearth_restorer *r, bool restores) {
    gate_restorer_spare_addresses(r->restorer, !restores);
}

uint64_t hearth_restorer_spared(const hearth_restorer *r) {
    return gate_restorer_spared(r->restorer);
}

static void hand_on(void *user, Str piece) {
    const hearth_restorer *r = user;
    r->each(r->user, piece.p, piece.n);
}

/* each and user are of this call only: a restorer outlives the stream that it is fed from. */
hearth_status hearth_restorer_feed(hearth_restorer *r, const char *piece, size_t n, bool last,
                                   hearth_text_fn each, void *user, hearth_error *err) {
    Err why;
    r->each = each;
    r->user = user;
    API_TRY(gate_restore_feed(r->restorer, (Str){piece, n}, last, hand_on, r, &why), &why, err);
    return HEARTH_OK;
}

void hearth_restorer_free(hearth_restorer *r) {
    if (!r) return;
    gate_restorer_free(r->restorer);
    mem_free(r);
}

/* ---- learning ------------------------------------------------------------------------------ */

enum { LEARN_ARENA_MAX = 256 << 20, LEARN_TEXT_MAX = 256 << 20 };

/* One document after the other; a file without text counts as read. */
static Status learn_files(hearth *h, GateLearner *learner, uint64_t *n_files, Err *err) {
    Store *store = NULL;
    StoreFiles files = {0};
    Arena arena;
    Buf text;
    TRY(rig_store(h->rig, STORE_READ, &store, err));
    arena_init(&arena, LEARN_ARENA_MAX);
    buf_init(&text, LEARN_TEXT_MAX);
    Status status = store_list(store, &arena, &files, err);
    for (size_t i = 0; i < files.n && status == OK; i++) {
        buf_clear(&text);
        status = store_text(store, files.items[i].id, 0, SIZE_MAX, &text, err);
        if (status == OK && text.n) status = gate_learner_read(learner, buf_str(&text), err);
        if (status == OK && atomic_load(&h->rig->cancel)) {
            status = err_set(err, E_CANCELLED, "stopped; nothing was learned");
        }
        *n_files += status == OK;
    }
    buf_fini(&text);
    arena_fini(&arena);
    return status;
}

/* Kept as a whole or not at all: until gate_learner_keep the names of before stand, and a failure
   leaves the caller's numbers. */
hearth_status hearth_gate_learn(hearth *h, uint64_t *n_files, uint64_t *n_words,
                                hearth_error *err) {
    Err why;
    Gate *gate = NULL;
    GateLearner *learner = NULL;
    size_t words = 0;
    uint64_t files = 0;
    API_TRY(rig_gate(h->rig, &gate, &why), &why, err);
    API_TRY(gate_learner_new(gate, &learner, &why), &why, err);
    Status status = learn_files(h, learner, &files, &why);
    if (status == OK) status = gate_learner_keep(learner, &words, &why);
    gate_learner_free(learner);
    if (status == OK) {
        *n_files = files;
        *n_words = words;
    }
    return api_fail(status, &why, err);
}

/* ---- what has left ------------------------------------------------------------------------- */

typedef struct EgressList {
    hearth_egress_fn each;
    void *user;
} EgressList;

/* An entry of the ledger in the words of hearth.h. */
static bool hand_entry(void *user, const GateEntry *e) {
    const EgressList *list = user;
    hearth_egress entry = {.entry = e->id, .time = e->time, .endpoint = e->endpoint,
                           .dest = e->dest, .host = e->host, .model = e->model, .why = e->why,
                           .conversation = e->conversation, .masked = e->masked, .kept = e->kept,
                           .bytes = e->bytes, .outcome = e->outcome, .sent_bytes = e->sent_bytes,
                           .tokens_in = e->usage.tokens_in, .tokens_out = e->usage.tokens_out,
                           .cost = e->usage.cost, .estimated = e->usage.estimated,
                           .record = e->record.p, .n_record = e->record.n};
    return list->each(list->user, &entry);
}

/* entry 0: all of them; ending early by the callback's false is no failure. */
hearth_status hearth_egress_each(hearth *h, uint64_t entry, hearth_egress_fn each, void *user,
                                 hearth_error *err) {
    Err why;
    Gate *gate;
    EgressList list = {each, user};
    API_TRY(rig_gate(h->rig, &gate, &why), &why, err);
    API_TRY(gate_ledger_each(gate, entry, hand_entry, &list, &why), &why, err);
    return HEARTH_OK;
}

typedef struct DamageList {
    hearth_egress_damage_fn each;
    void *user;
} DamageList;

/* A place where the chain is broken, in the words of hearth.h. */
static void hand_damage(void *user, const GateDamage *d) {
    const DamageList *list = user;
    hearth_egress_damage damage = {d->record, d->entry, d->offset, d->what};
    list->each(list->user, &damage);
}

/* Damage that is listed is a result and no failure; hearth_egress_verify says that it is one. */
hearth_status hearth_egress_damaged(hearth *h, hearth_egress_damage_fn each, void *user,
                                    hearth_error *err) {
    Err why;
    Gate *gate;
    DamageList list = {each, user};
    API_TRY(rig_gate(h->rig, &gate, &why), &why, err);
    API_TRY(gate_ledger_damage(gate, hand_damage, &list, &why), &why, err);
    return HEARTH_OK;
}

/* Filled on failure, too: how far the chain holds is what one wants to know. A line that is still
   open at the end counts as torn. */
hearth_status hearth_egress_verify(hearth *h, hearth_egress_check *out, hearth_error *err) {
    Err why;
    Gate *gate;
    GateLedgerCheck check;
    API_TRY(rig_gate(h->rig, &gate, &why), &why, err);
    Status status = gate_ledger_verify(gate, &check, &why);
    *out = (hearth_egress_check){check.records, check.entries,
                                 check.torn + (check.open_bytes != 0), check.damaged, "",
                                 check.earlier, check.unkept, check.end_known};
    memcpy(out->head, check.head, sizeof out->head);
    return api_fail(status, &why, err);
}

/* ---- its own test -------------------------------------------------------------------------- */

typedef struct Testing {
    hearth_check_fn each;
    void *user;
} Testing;

/* What the user's own policy keeps is a warning, not a leak. */
static void hand_verdict(void *user, const char *kind, GateVerdict verdict, const char *detail) {
    const Testing *test = user;
    test->each(test->user, kind,
               verdict == GATE_GOOD   ? HEARTH_GOOD
               : verdict == GATE_KEPT ? HEARTH_WARN
                                      : HEARTH_BAD,
               detail);
}

/* A leak is a verdict and no failure: every canary is told. */
hearth_status hearth_gate_test(hearth *h, hearth_check_fn each, void *user, hearth_error *err) {
    Err why;
    Gate *gate;
    Testing test = {each, user};
    API_TRY(rig_gate(h->rig, &gate, &why), &why, err);
    API_TRY(gate_selftest(gate, hand_verdict, &test, &why), &why, err);
    return HEARTH_OK;
}
