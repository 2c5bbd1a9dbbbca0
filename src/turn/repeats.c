/*
 * Repeats: which texts say again what a source says.
 *
 * A text is read as the row of its letters and digits in small form; a mark joins its letter
 * (NFC), full-width signs are plain ones, all else is not there. A sign of a script without blanks
 * (CJK, Thai and its like) says about as much as three letters and counts as three units.
 *
 *     "The treatment, since\n  March: ..."   ->   thetreatmentsincemarch...
 *
 * Of the texts each window of WINDOW units from a multiple of STEP on is hashed into a table; of
 * the source every window is looked up, by a rolling hash. A run of REPEATS_RUN units in both
 * holds at least one of the former whole, wherever it begins:
 *
 *     text     |---+---+---+---+---+---|        STEP apart
 *     run         [..................]          >= WINDOW + STEP - 1 units
 *     window          [.......]                 inside it
 *
 * A source shorter than a run is looked for as a whole. The rolling hash is a polynomial modulo
 * 2^64 (Karp and Rabin, IBM J. Res. Dev. 31(2), 1987): two windows with one hash that are not alike
 * would only make somebody careful for nothing.
 *
 * Limits: a copy that is changed within every run of 96 letters is not seen, nor one in other words
 * or another language; the units of all texts together take 64 MiB at most (E_LIMIT).
 */
#include "turn/repeats.h"

#include <assert.h>

#include "base/mem.h"
#include "base/plain.h"
#include "base/utf8.h"

enum {
    WINDOW = 88,
    STEP = REPEATS_RUN - WINDOW + 1,
    UNITS_MAX = 64 << 20, /* bytes */
    UNSPACED_UNITS = 3,
    FULL_WIDTH = 0xFF01, FULL_WIDTH_END = 0xFF5E, FULL_WIDTH_AWAY = 0xFEE0
};
#define BASE UINT64_C(0x9E3779B97F4A7C15)

_Static_assert((REPEATS_RING & (REPEATS_RING - 1)) == 0, "the ring's index is a mask");
_Static_assert((int)WINDOW < (int)REPEATS_RING, "what leaves a window is still in the ring");
_Static_assert(STEP >= 1 && REPEATS_SHORT < REPEATS_RUN, "a run holds a window whole");

typedef void (*UnitFn)(void *user, uint32_t unit);

/* The character at `at` with the marks behind it; *end: behind them. */
static uint32_t letter_at(Str text, size_t at, size_t *end) {
    size_t width;
    uint32_t code = utf8_decode(text, at, &width);
    at += width;
    while (at < text.n && (unsigned char)text.p[at] >= 0x80) {
        uint32_t mark = utf8_decode(text, at, &width);
        if (unicode_class(mark) != UC_MARK) break;
        uint32_t whole = unicode_compose(code, mark);
        if (whole) code = whole;
        at += width;
    }
    *end = at;
    return code;
}

static void give_letter(uint32_t code, UnitFn give, void *user) {
    if (code >= FULL_WIDTH && code <= FULL_WIDTH_END) code -= FULL_WIDTH_AWAY;
    UnicodeClass is = unicode_class(code);
    if (is != UC_LETTER && is != UC_NUMBER) return;
    int n = unicode_is_cjk(code) || unicode_is_unspaced(code) ? UNSPACED_UNITS : 1;
    code = unicode_lower(code);
    for (int i = 0; i < n; i++) give(user, code | (uint32_t)i << 24);
}

static void each_unit(Str text, UnitFn give, void *user) {
    for (size_t at = 0; at < text.n;) {
        char c = text.p[at];
        bool plain = (unsigned char)c < 0x80 &&
                     (at + 1 == text.n || (unsigned char)text.p[at + 1] < 0x80);
        if (plain) {
            at++;
            if (plain_is_alnum(c)) give(user, (uint32_t)plain_lower(c));
        } else {
            uint32_t code = letter_at(text, at, &at);
            give_letter(code, give, user);
        }
    }
}

/* ---- the texts ----------------------------------------------------------------------------- */

static void keep_unit(void *user, uint32_t unit) { buf_add(user, &unit, sizeof unit); }

static size_t n_units(const Repeats *r) { return r->units.n / sizeof(uint32_t); }

/* They lie in a buffer of bytes. */
static uint32_t unit_at(const Repeats *r, size_t i) {
    uint32_t unit;
    memcpy(&unit, r->units.p + i * sizeof unit, sizeof unit);
    return unit;
}

static bool may_be_seen(const Repeats *r, uint64_t hash) {
    return r->seen[hash >> 54] >> (hash >> 48 & 63) & 1;
}

static bool is_in_table(const Repeats *r, uint64_t hash) {
    size_t i = (size_t)(hash >> 7) & r->mask;
    while (r->table[i] && r->table[i] != hash) i = (i + 1) & r->mask;
    return r->table[i] != 0;
}

static void put_hash(Repeats *r, uint64_t hash) {
    size_t i = (size_t)(hash >> 7) & r->mask;
    while (r->table[i] && r->table[i] != hash) i = (i + 1) & r->mask;
    r->table[i] = hash;
    r->seen[hash >> 54] |= UINT64_C(1) << (hash >> 48 & 63);
}

/* No window over the end of a text: its hash holds a 0, which no source has. */
static Status fill_table(Repeats *r, Err *err) {
    size_t n = n_units(r), slots = 64;
    while (slots < 2 * (n / STEP + 1)) slots *= 2;
    r->table = mem_zalloc(slots * sizeof *r->table);
    if (!r->table) return err_no_memory(err, "what texts repeat");
    r->mask = slots - 1;
    assert((slots & r->mask) == 0); /* half of them stay free, so that a search ends */
    for (size_t from = 0; from + WINDOW <= n; from += STEP) {
        uint64_t hash = 0;
        bool whole = true;
        for (size_t i = from; i < from + WINDOW; i++) {
            whole = whole && unit_at(r, i);
            hash = hash * BASE + unit_at(r, i);
        }
        if (whole && hash) put_hash(r, hash);
    }
    return OK;
}

Status repeats_init(Repeats *r, const Str *texts, size_t n, Err *err) {
    *r = (Repeats){.table = NULL};
    buf_init(&r->units, UNITS_MAX);
    for (size_t i = 0; i < n; i++) {
        /* every text begins at a place where a window begins; a full buffer grows no more */
        while (r->units.status == OK && n_units(r) % STEP) keep_unit(&r->units, 0);
        each_unit(texts[i], keep_unit, &r->units);
        keep_unit(&r->units, 0);
    }
    TRY(buf_check(&r->units, "what texts repeat", err));
    return fill_table(r, err);
}

void repeats_fini(Repeats *r) {
    buf_fini(&r->units);
    mem_free(r->table);
    r->table = NULL;
}

/* ---- a source ------------------------------------------------------------------------------ */

/* BASE to the WINDOW-th: what the unit that leaves the ring counts for by then. */
static uint64_t leaving_weight(void) {
    uint64_t weight = 1;
    for (int i = 0; i < WINDOW; i++) weight *= BASE;
    return weight;
}

void repeats_source_init(RepeatsSource *s, const Repeats *of) {
    *s = (RepeatsSource){.of = of, .leaving = leaving_weight()};
}

static void roll(void *user, uint32_t unit) {
    RepeatsSource *s = user;
    size_t leaves = (s->n - WINDOW) & (REPEATS_RING - 1); /* 0 before there are as many */
    s->hash = s->hash * BASE + unit - s->ring[leaves] * s->leaving;
    s->ring[s->n & (REPEATS_RING - 1)] = unit;
    if (s->n < REPEATS_RUN) s->first[s->n] = unit;
    s->n++;
    if (s->n < WINDOW || !may_be_seen(s->of, s->hash)) return;
    s->met = s->met || is_in_table(s->of, s->hash);
}

void repeats_source_add(RepeatsSource *s, Str piece) {
    if (!s->met) each_unit(piece, roll, s);
}

/* All of a short source, somewhere in the texts. */
static bool stands_whole(const RepeatsSource *s) {
    const Repeats *r = s->of;
    size_t n = n_units(r);
    assert(s->n < REPEATS_RUN); /* first has all of it */
    for (size_t i = 0, k; i + s->n <= n; i++) {
        for (k = 0; k < s->n && unit_at(r, i + k) == s->first[k]; k++) {}
        if (k == s->n) return true;
    }
    return false;
}

bool repeats_source_met(const RepeatsSource *s) {
    if (s->met || s->n < REPEATS_SHORT || s->n >= REPEATS_RUN) return s->met;
    return stands_whole(s);
}
