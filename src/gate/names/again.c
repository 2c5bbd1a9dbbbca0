/*
 * A second look at sentences: asks the encoder, and remembers what the head made of its answer.
 *
 * Who talks sends the whole conversation again with each turn. So the weights that the head adds to
 * a sentence (64 bytes a unit) are kept under the sentence's digest, and a sentence is asked about
 * once. One that is not known is asked about together with those behind it that are not known
 * either, up to NAMES_ASK_UNITS and NAMES_ASK_TEXTS: an encoder reads several short texts in one
 * pass faster than each by itself.
 *
 * What is kept: two generations of at most KEPT_UNITS units and KEPT_TEXTS sentences each. What is
 * new, or found in the old one, goes into the young one; when that is full, the old one is given up
 * and the young one becomes old. So memory has a ceiling, touched as it fills, and what was used
 * last is kept longest. Nothing of it leaves the process, and no text is in it: 128 bits of
 * BLAKE2b and numbers. Two texts of one digest would have to be found first.
 *
 * A sense that fails is not asked again: the rows stay as they were, and the look is blind.
 */
#include "gate/names/again.h"

#include <assert.h>

#include "base/hash.h"
#include "base/mem.h"

enum { KEPT_UNITS = 1 << 16, KEPT_TEXTS = 1 << 13, SLOTS = 2 * KEPT_TEXTS, DIGEST = 16 };

_Static_assert((int)NAMES_ASK_UNITS >= (int)NAMES_UNITS, "the sentence at hand always fits");
_Static_assert((int)KEPT_UNITS > (int)NAMES_ASK_UNITS, "a generation holds what is asked at once");

typedef struct Kept {
    uint8_t digest[DIGEST];
    uint32_t at, n; /* units in the generation's rows; n 0: an empty slot */
} Kept;

typedef struct Generation {
    Kept slot[SLOTS];
    uint32_t n_texts, n_units;
    int16_t *rows; /* [KEPT_UNITS][4 types] */
} Generation;

struct NamesAgain {
    const NamesHead *head;
    const NamesSense *sense;
    bool blind;
    int young; /* which generation is */
    Generation generation[2];
    NamesSentence ahead; /* the one that is cut while others are gathered */
    NamesText text[NAMES_ASK_TEXTS];
    uint8_t digest[NAMES_ASK_TEXTS][DIGEST];
    uint32_t n_texts, n_units; /* gathered */
    NamesPlace place[NAMES_ASK_UNITS];
    uint32_t token[NAMES_ASK_UNITS];
    float x[HEAD_DIM_MAX + HEAD_PLACES];
    float states[]; /* [NAMES_ASK_UNITS][dim] */
};

static size_t row_of(const NamesAgain *again) {
    return 4 * (size_t)again->head->types;
}

/* All memory of a second look's life: states of one asking and two generations of kept rows. */
Status names_again_new(const NamesHead *head, const NamesSense *sense, NamesAgain **out, Err *err) {
    size_t states = (size_t)NAMES_ASK_UNITS * head->dim * sizeof(float);
    NamesAgain *again = mem_zalloc(sizeof *again + states);
    if (!again) return err_no_memory(err, "a second look at names");
    again->head = head;
    again->sense = sense;
    for (int g = 0; g < 2; g++) {
        int16_t *rows = mem_alloc_n(KEPT_UNITS * row_of(again), sizeof *rows);
        again->generation[g].rows = rows;
        if (rows) continue;
        names_again_free(again);
        return err_no_memory(err, "a second look at names");
    }
    *out = again;
    return OK;
}

void names_again_free(NamesAgain *again) {
    for (int g = 0; again && g < 2; g++) mem_free(again->generation[g].rows);
    mem_free(again);
}

bool names_again_blind(const NamesAgain *again) {
    return again->blind;
}

/* ---- what is kept -------------------------------------------------------------------------- */

/* Half of a BLAKE2b: 128 bits tell sentences apart, whoever chooses them. */
static void digest_of(Str text, uint8_t out[DIGEST]) {
    uint8_t whole[HASH_BYTES];
    hash_blake2b(text.p, text.n, whole);
    memcpy(out, whole, DIGEST);
}

/* The slot that holds the digest, or the empty one where it belongs. */
static Kept *slot_in(Generation *g, const uint8_t *digest) {
    uint32_t at;
    memcpy(&at, digest, sizeof at);
    for (at %= SLOTS; g->slot[at].n; at = (at + 1) % SLOTS) {
        if (memcmp(g->slot[at].digest, digest, DIGEST) == 0) break;
    }
    return &g->slot[at];
}

/* Room for n units under a digest that the young generation does not have. */
static int16_t *keep(NamesAgain *again, const uint8_t *digest, uint32_t n) {
    Generation *g = &again->generation[again->young];
    assert(n > 0 && n <= NAMES_UNITS);
    if (g->n_texts == KEPT_TEXTS || g->n_units + n > KEPT_UNITS) {
        again->young = !again->young;
        g = &again->generation[again->young];
        memset(g->slot, 0, sizeof g->slot);
        g->n_texts = g->n_units = 0;
    }
    Kept *slot = slot_in(g, digest);
    if (slot->n == n) return g->rows + slot->at * row_of(again); /* said twice in one asking */
    memcpy(slot->digest, digest, DIGEST);
    assert(g->n_units + n <= KEPT_UNITS && g->n_texts < KEPT_TEXTS); /* a free slot ends a search */
    slot->at = g->n_units;
    slot->n = n;
    g->n_texts++;
    g->n_units += n;
    return g->rows + slot->at * row_of(again);
}

/* What is kept of a sentence of n units; NULL: nothing. */
static const int16_t *find(NamesAgain *again, const uint8_t *digest, uint32_t n) {
    Generation *old = &again->generation[!again->young];
    const Kept *slot = slot_in(&again->generation[again->young], digest);
    if (slot->n == n) return again->generation[again->young].rows + slot->at * row_of(again);
    slot = slot_in(old, digest);
    if (slot->n != n) return NULL;
    const int16_t *kept = old->rows + slot->at * row_of(again);
    int16_t *rows = keep(again, digest, n); /* may begin anew in the old one's place */
    memmove(rows, kept, n * row_of(again) * sizeof *rows);
    return rows;
}

/* ---- asking -------------------------------------------------------------------------------- */

static Str text_of(const NamesSentence *s, Str view) {
    return str_sub(view, s->unit[0].at, s->unit[s->n - 1].end);
}

/* Adds a sentence to those that will be asked about; false: there is no room. */
static bool gather(NamesAgain *again, const NamesSentence *s, Str view, const uint8_t *digest) {
    assert(s->n > 0);
    uint32_t from = s->unit[0].at, k = again->n_texts;
    if (k == NAMES_ASK_TEXTS || again->n_units + s->n > NAMES_ASK_UNITS) return false;
    NamesPlace *place = again->place + again->n_units;
    for (uint32_t i = 0; i < s->n; i++) {
        place[i] = (NamesPlace){s->unit[i].at - from, s->unit[i].end - from};
    }
    again->text[k] = (NamesText){text_of(s, view), place, s->n};
    memcpy(again->digest[k], digest, DIGEST);
    again->n_texts++;
    again->n_units += s->n;
    return true;
}

/* The sentence at hand, and unknown ones behind it. */
static void gather_ahead(NamesAgain *again, const NamesSentence *s, NamesView view,
                         const uint8_t *digest) {
    NamesSentence *next = &again->ahead;
    uint8_t other[DIGEST];
    again->n_texts = again->n_units = 0;
    (void)gather(again, s, view.text, digest); /* it fits: NAMES_ASK_UNITS are more than one has */
    for (uint32_t x = view.next; x < view.text.n;) {
        x = names_cut(view.text, x, next);
        if (x == view.text.n && !view.whole) return;
        if (next->n == 0) continue;
        digest_of(text_of(next, view.text), other);
        if (find(again, other, next->n)) continue;
        if (!gather(again, next, view.text, other)) return;
    }
}

/* What the head adds to the rows of one sentence, whose states begin at unit `first`. Units without
   a token get nothing. */
static void weigh(NamesAgain *again, uint32_t first, uint32_t n, int16_t *rows) {
    const NamesHead *head = again->head;
    const uint32_t *token = again->token + first;
    assert(first + n <= again->n_units);
    memset(rows, 0, n * row_of(again) * sizeof *rows);
    for (uint32_t i = 0; i < n; i++) {
        if (token[i] == NAMES_NO_TOKEN) continue;
        HeadPlace place = names_head_place(token, n, i);
        names_head_input(head, again->states + (first + i) * (size_t)head->dim, place, again->x);
        names_head_add(head, again->x, rows + i * row_of(again));
    }
}

/* Asks about all that was gathered and keeps what the head makes of it; false: it is blind. */
static bool ask(NamesAgain *again) {
    const NamesHead *head = again->head;
    NamesAsk asked = {head->space, head->dim, head->layers, again->text, again->n_texts};
    if (!again->sense->states(again->sense->user, &asked, again->states, again->token)) {
        again->blind = true;
        return false;
    }
    uint32_t unit = again->n_units;
    assert(again->n_texts > 0 && unit <= NAMES_ASK_UNITS);
    for (uint32_t k = again->n_texts; k > 0; k--) { /* backwards: the first is kept last */
        uint32_t n = again->text[k - 1].n;
        unit -= n;
        weigh(again, unit, n, keep(again, again->digest[k - 1], n));
    }
    return true;
}

/* A sentence that is known is looked up; an unknown one is asked about together with unknown ones
   behind it. */
void names_again_add(NamesAgain *again, const NamesSentence *s, NamesView view, NamesRow *rows) {
    uint8_t digest[DIGEST];
    size_t row = row_of(again);
    if (s->n == 0 || again->blind) return;
    assert(s->n <= NAMES_UNITS && row <= ROW_MAX);
    digest_of(text_of(s, view.text), digest);
    const int16_t *adds = find(again, digest, s->n);
    if (!adds) {
        gather_ahead(again, s, view, digest);
        adds = ask(again) ? find(again, digest, s->n) : NULL;
    }
    for (uint32_t i = 0; adds && i < s->n; i++, adds += row) {
        for (size_t r = 0; r < row; r++) rows[i][r] = (int16_t)(rows[i][r] + adds[r]);
    }
}
