/*
 * The router's memory.
 *
 * Outcomes. A decision whose question a local model answered teaches the weights of learn.c once:
 *
 *     a thumb           when the user gives one, at any time while the decision is kept
 *     asked again       the next question has nearly the same words and comes within ROUTE_AGAIN_S
 *     the check         whether the documents support all or none of the answer's sentences
 *
 * The last two are weak: they wait until the next question comes, and only when no thumb came
 * before is one of them taken, a repetition before the check. A thumb that contradicts an earlier
 * one counts again, the same one twice does not.
 *
 * The check teaches the signals that stood before the local model had written: "a question like
 * this was answered with support". With the draft's own signals it would teach that support means
 * support. Thumbs and repetitions teach all signals.
 *
 * No words are kept. Of the last question alone there is a sketch: each of its words sets one of
 * 256 bits, by a hash keyed with a number of this record; of Chinese, Japanese and Korean text
 * pairs of characters do. Two questions are the same when their sketches share SAME of their bits.
 * Words of less than LONG bytes are left out where enough others are there, since "when does the
 * ... of the ..." is common to many questions. From a sketch a word can be guessed at with one
 * chance of error in 256 a guess; it is replaced by the next question's.
 *
 * Bytes, little-endian: "hrec", version, what was learned (learn.c's bytes), last id (u64), key
 * (u64), sketched (u8), sketch, count of decisions (u32) and each (id u64, time i64, by, check,
 * judged u8, signals f32), count of budgets (u32) and each (name [64], monthly u8, period u32,
 * limit, spent, price, seen cost f64). A reader refuses what is out of bounds, ids that do not
 * ascend, and bytes behind the end. Checksums are the frame's.
 */
#include "route/record.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "route/question.h"

enum {
    SKETCH_BITS = 8 * ROUTE_SKETCH_BYTES,
    LONG = 4,  /* bytes of a word that tells something */
    ENOUGH = 2 /* such words: then the others are left out */
};
#define SAME 0.7 /* of the bits of both; chosen */
#define MONEY_MAX 1e12 /* far above what anybody pays; keeps sums finite */
#define SIGNAL_MOST 8.0F

static const char magic[4] = {'h', 'r', 'e', 'c'};
_Static_assert(SKETCH_BITS <= UINT16_MAX && ROUTE_DRAFT_SIGNAL < ROUTE_SIGNALS, "as they are used");
_Static_assert(ROUTE_RECORD_KEPT * (19 + 4 * ROUTE_SIGNALS) +
                       ROUTE_RECORD_BUDGETS * (ROUTE_NAME_MAX + 37) + ROUTE_LEARNED_BYTES + 128 <=
                   ROUTE_RECORD_BYTES_MAX,
               "a full record can be read again");

void route_record_reset(RouteRecord *record, uint64_t key) {
    memset(record, 0, sizeof *record);
    route_learn_reset(&record->learned);
    record->key = key;
}

/* ---- the same question again ---------------------------------------------------------------- */

/* Of one question: of all its words, and of the telling ones. */
typedef struct Sketch {
    uint8_t all[ROUTE_SKETCH_BYTES], telling[ROUTE_SKETCH_BYTES];
    uint64_t key;
    int n_telling;
} Sketch;

/* One bit a word. */
static void sketch_word(Sketch *s, const char *word, size_t n, bool telling) {
    if (n == 0) return;
    uint64_t bit = hash_check64(word, n, s->key) % SKETCH_BITS;
    s->all[bit / 8] |= (uint8_t)(1u << bit % 8);
    if (!telling) return;
    s->telling[bit / 8] |= (uint8_t)(1u << bit % 8);
    s->n_telling++;
}

/* Without courtesy (question.c), so that "please" makes no other question. */
static void sketch_of(Str question, uint64_t key, uint8_t out[ROUTE_SKETCH_BYTES]) {
    RouteQuestion q;
    Sketch s = {.key = key};
    route_question_read(question, &q);
    Str flat = {q.flat, q.n};
    size_t word = 0, width, cjk = SIZE_MAX; /* where the word, the last CJK character begin */
    for (size_t at = 0; at < flat.n; at += width) {
        uint32_t code = utf8_decode(flat, at, &width);
        bool is_cjk = unicode_is_cjk(code), inside = !is_cjk && unicode_in_word(code);
        if (is_cjk && cjk != SIZE_MAX) sketch_word(&s, flat.p + cjk, at + width - cjk, true);
        cjk = is_cjk ? at : SIZE_MAX;
        if (inside) continue;
        sketch_word(&s, flat.p + word, at - word, at - word >= LONG);
        word = at + width;
    }
    if (word < flat.n) sketch_word(&s, flat.p + word, flat.n - word, flat.n - word >= LONG);
    memcpy(out, s.n_telling >= ENOUGH ? s.telling : s.all, ROUTE_SKETCH_BYTES);
}

/* Bits that both have over bits that one has; two empty ones are not the same. */
static bool same_sketch(const uint8_t a[ROUTE_SKETCH_BYTES], const uint8_t b[ROUTE_SKETCH_BYTES]) {
    int both = 0, either = 0;
    for (int i = 0; i < SKETCH_BITS; i++) {
        int x = a[i / 8] >> i % 8 & 1, y = b[i / 8] >> i % 8 & 1;
        both += x & y;
        either += x | y;
    }
    return either > 0 && both >= SAME * either;
}

/* ---- outcomes ------------------------------------------------------------------------------- */

/* Only signals from before the draft, as the essay says. */
static void learn_check(RouteRecord *r, const RouteEntry *e) {
    float before[ROUTE_SIGNALS] = {0};
    memcpy(before, e->signals, ROUTE_DRAFT_SIGNAL * sizeof *before);
    route_learn_add(&r->learned, before,
                    e->check == ROUTE_SUPPORTED ? OUTCOME_VERDICT_GOOD : OUTCOME_VERDICT_BAD);
}

/* The next question is there: what is known of the one before is taken for its outcome. */
static void settle(RouteRecord *r, RouteEntry *before, bool again) {
    if (before->judged != ROUTE_UNJUDGED) return;
    before->judged = ROUTE_SETTLED;
    if (again && before->by == ROUTE_BY_MODEL) {
        route_learn_add(&r->learned, before->signals, OUTCOME_RETRIED);
    } else if (before->check != ROUTE_UNCHECKED) {
        learn_check(r, before);
    }
}

/* The sketch is made first, since the entry before is settled by it. */
uint64_t route_record_add(RouteRecord *r, const RouteEntry *fresh, Str question) {
    uint8_t sketch[ROUTE_SKETCH_BYTES];
    sketch_of(question, r->key, sketch);
    if (r->n_entries > 0) {
        RouteEntry *before = &r->entries[r->n_entries - 1];
        int64_t passed = fresh->at_s - before->at_s;
        bool soon = passed >= 0 && passed <= ROUTE_AGAIN_S;
        settle(r, before, r->sketched && soon && same_sketch(sketch, r->sketch));
    }
    if (r->n_entries == ROUTE_RECORD_KEPT) {
        memmove(r->entries, r->entries + 1, --r->n_entries * sizeof *r->entries);
    }
    assert(r->n_entries < ROUTE_RECORD_KEPT);
    assert(!r->n_entries || r->entries[r->n_entries - 1].id <= r->last_id); /* ids ascend */
    r->entries[r->n_entries] = *fresh;
    r->entries[r->n_entries++].id = ++r->last_id;
    memcpy(r->sketch, sketch, sizeof sketch);
    r->sketched = true;
    return r->last_id;
}

/* `judged` keeps what was said last: a second thumb of the same kind teaches nothing. */
RouteThumb route_record_thumb(RouteRecord *r, uint64_t id, bool up, const RouteEntry **entry) {
    RouteEntry *found = NULL;
    for (size_t i = 0; i < r->n_entries; i++) {
        bool wanted = id ? r->entries[i].id == id : i + 1 == r->n_entries;
        if (wanted) found = &r->entries[i];
    }
    if (entry) *entry = found;
    if (!found) return ROUTE_THUMB_UNKNOWN;
    if (found->by != ROUTE_BY_MODEL) return ROUTE_THUMB_REMOTE;
    RouteJudged says = up ? ROUTE_LIKED : ROUTE_DISLIKED;
    if (found->judged == says) return ROUTE_THUMB_BEFORE;
    found->judged = says;
    route_learn_add(&r->learned, found->signals, up ? OUTCOME_THUMB_UP : OUTCOME_THUMB_DOWN);
    return ROUTE_THUMB_COUNTED;
}

/* ---- budgets -------------------------------------------------------------------------------- */

/* 202611 is a month, 20261126 a day. */
static bool is_monthly(uint32_t period) {
    return period < 1000000;
}

/* The month of a period of either kind: periods compare by it. */
static uint32_t month_of(uint32_t period) {
    return is_monthly(period) ? period : period / 100;
}

/* Room for one more budget; NULL: all that are held are of this month. One that was last asked for
   in an earlier month gives way, the oldest first: its endpoint is gone or not used any more. */
static RouteHeldBudget *free_budget(RouteRecord *r, uint32_t period) {
    if (r->n_budgets < ROUTE_RECORD_BUDGETS) return &r->budgets[r->n_budgets++];
    RouteHeldBudget *oldest = &r->budgets[0];
    for (size_t i = 1; i < r->n_budgets; i++) {
        if (month_of(r->budgets[i].period) < month_of(oldest->period)) oldest = &r->budgets[i];
    }
    return month_of(oldest->period) < month_of(period) ? oldest : NULL;
}

RouteBudget *route_record_budget(RouteRecord *r, const char *name, uint32_t period, double limit) {
    RouteHeldBudget *held = NULL;
    for (size_t i = 0; i < r->n_budgets && !held; i++) {
        RouteHeldBudget *b = &r->budgets[i];
        if (b->monthly == is_monthly(period) && strcmp(b->name, name) == 0) held = b;
    }
    if (!held) {
        held = strlen(name) < ROUTE_NAME_MAX ? free_budget(r, period) : NULL;
        if (!held) return NULL;
        *held = (RouteHeldBudget){.monthly = is_monthly(period), .period = period};
        (void)snprintf(held->name, sizeof held->name, "%s", name);
        route_budget_init(&held->budget, limit);
    }
    if (held->period != period) route_budget_renew(&held->budget);
    assert(held->monthly == is_monthly(period)); /* what get_budget asks of one that is read */
    assert(r->n_budgets <= ROUTE_RECORD_BUDGETS);
    held->period = period;
    held->budget.limit = limit;
    return &held->budget;
}

/* The tighter of a day's and a month's budget is the one that costs. */
double route_record_price(const RouteRecord *r, const char *name) {
    double price = 0;
    for (size_t i = 0; i < r->n_budgets; i++) {
        const RouteHeldBudget *b = &r->budgets[i];
        if (strcmp(b->name, name) == 0) price = fmax(price, b->budget.price);
    }
    return price;
}

/* ---- bytes ---------------------------------------------------------------------------------- */

/* By its bits, which are the same on all machines that Hearth runs on. What was spent comes out of
   the ledger, a file that anybody may have edited: it is kept within what get_money takes, or all
   that was learned would be unreadable for one wrong sum. */
static void put_money(Buf *out, double value) {
    double within = fmin(MONEY_MAX, fmax(0, value)); /* not a number: 0 */
    uint64_t bits;
    memcpy(&bits, &within, 8);
    buf_add_le(out, bits, 8);
}

static void put_entry(Buf *out, const RouteEntry *e) {
    assert(e->id > 0 && e->by <= ROUTE_BY_PASSAGES && e->check <= ROUTE_UNSUPPORTED);
    buf_add_le(out, e->id, 8);
    buf_add_le(out, (uint64_t)e->at_s, 8);
    buf_add_le(out, e->by, 1);
    buf_add_le(out, e->check, 1);
    buf_add_le(out, e->judged, 1);
    assert(e->judged <= ROUTE_DISLIKED);
    for (int k = 0; k < ROUTE_SIGNALS; k++) {
        assert(fabsf(e->signals[k]) <= SIGNAL_MOST); /* route.c bounds them to half of it */
        buf_add_f32(out, e->signals[k]);
    }
}

static void put_budget(Buf *out, const RouteHeldBudget *b) {
    assert(b->name[0] && memchr(b->name, 0, sizeof b->name)); /* get_budget refuses another */
    assert(b->monthly == is_monthly(b->period));
    buf_add(out, b->name, sizeof b->name);
    buf_add_le(out, b->monthly, 1);
    buf_add_le(out, b->period, 4);
    put_money(out, b->budget.limit);
    put_money(out, b->budget.spent);
    put_money(out, b->budget.price);
    put_money(out, b->budget.seen_cost);
}

/* In the order of the essay. */
void route_record_write(const RouteRecord *r, Buf *out) {
    buf_add(out, magic, sizeof magic);
    buf_add_le(out, ROUTE_RECORD_VERSION, 4);
    route_learn_write(&r->learned, out);
    buf_add_le(out, r->last_id, 8);
    buf_add_le(out, r->key, 8);
    buf_add_le(out, r->sketched, 1);
    buf_add(out, r->sketch, sizeof r->sketch);
    buf_add_le(out, r->n_entries, 4);
    for (size_t i = 0; i < r->n_entries; i++) put_entry(out, &r->entries[i]);
    buf_add_le(out, r->n_budgets, 4);
    for (size_t i = 0; i < r->n_budgets; i++) put_budget(out, &r->budgets[i]);
}

/* Failures are collected in in->bad and looked at once. */
static uint8_t get_small(Reader *in, uint8_t most) {
    uint8_t value = reader_u8(in);
    if (value > most) in->bad = true;
    return value;
}

static double get_money(Reader *in) {
    uint64_t bits = reader_u64(in);
    double value;
    memcpy(&value, &bits, 8);
    if (!(value >= 0 && value <= MONEY_MAX)) in->bad = true;
    return value;
}

/* after: the id of the entry before; ids ascend. */
static void get_entry(Reader *in, uint64_t after, RouteEntry *e) {
    e->id = reader_u64(in);
    e->at_s = (int64_t)reader_u64(in);
    e->by = (RouteBy)get_small(in, ROUTE_BY_PASSAGES);
    e->check = (RouteCheck)get_small(in, ROUTE_UNSUPPORTED);
    e->judged = (RouteJudged)get_small(in, ROUTE_DISLIKED);
    if (e->id <= after || e->at_s < 0) in->bad = true;
    for (int k = 0; k < ROUTE_SIGNALS; k++) {
        e->signals[k] = reader_f32(in);
        if (!(fabsf(e->signals[k]) <= SIGNAL_MOST)) in->bad = true;
    }
}

/* Its name must end in its room, and its period must be of its kind. */
static void get_budget(Reader *in, RouteHeldBudget *b) {
    const uint8_t *name = reader_bytes(in, sizeof b->name);
    if (name) memcpy(b->name, name, sizeof b->name);
    b->monthly = get_small(in, 1);
    b->period = reader_u32(in);
    b->budget.limit = get_money(in);
    b->budget.spent = get_money(in);
    b->budget.price = get_money(in);
    b->budget.seen_cost = get_money(in);
    bool named = b->name[0] && memchr(b->name, 0, sizeof b->name);
    if (!named || b->monthly != is_monthly(b->period)) in->bad = true;
}

/* Counts are checked before anything of theirs is read. The last id leaves room for those to come:
   route_record_add counts on from it, and 0 is no id. */
static void get_all(Reader *in, RouteRecord *out) {
    out->last_id = reader_u64(in);
    if (out->last_id > INT64_MAX) in->bad = true;
    out->key = reader_u64(in);
    out->sketched = get_small(in, 1);
    const uint8_t *sketch = reader_bytes(in, sizeof out->sketch);
    if (sketch) memcpy(out->sketch, sketch, sizeof out->sketch);
    uint32_t n = reader_u32(in);
    if (n > ROUTE_RECORD_KEPT) in->bad = true;
    for (uint64_t id = 0; !in->bad && out->n_entries < n; id = out->entries[out->n_entries++].id) {
        get_entry(in, id, &out->entries[out->n_entries]);
    }
    if (n && !in->bad && out->entries[n - 1].id > out->last_id) in->bad = true;
    n = reader_u32(in);
    if (n > ROUTE_RECORD_BUDGETS) in->bad = true;
    for (; !in->bad && out->n_budgets < n; out->n_budgets++) {
        get_budget(in, &out->budgets[out->n_budgets]);
    }
}

Status route_record_read(const uint8_t *bytes, size_t n, RouteRecord *out, Err *err) {
    Reader in = reader_init(bytes, n);
    const uint8_t *begin = reader_bytes(&in, sizeof magic);
    uint32_t version = reader_u32(&in);
    const uint8_t *learned = reader_bytes(&in, ROUTE_LEARNED_BYTES);
    if (!begin || memcmp(begin, magic, sizeof magic) != 0 || !learned) {
        return err_set(err, E_CORRUPT, "the router's memory is damaged");
    }
    if (version != ROUTE_RECORD_VERSION) {
        return err_set(err, E_UNSUPPORTED, "the router's memory is of version %u; this build reads "
                       "version %d", version, ROUTE_RECORD_VERSION);
    }
    memset(out, 0, sizeof *out);
    TRY(route_learn_read(learned, ROUTE_LEARNED_BYTES, &out->learned, err));
    get_all(&in, out);
    if (!in.bad && in.at == n) return OK;
    return err_set(err, E_CORRUPT, "the router's memory is damaged");
}
