/*
 * Features: what is said about a unit, each a key of 64 bits.
 *
 * A feature is a template with values: "the sign itself", "this and the next", "the word before and
 * where in its word the unit stands". Its key is the sum of the values, each times an odd constant
 * of its own (multilinear hashing; Dietzfelbinger 1996), with the template's number as the first of
 * them. Nothing else of a feature is kept: the weights are found by the key, and a feature that
 * training did not keep is one that is not in the table. Longer sequences of signs and pairs of
 * words were tried and left out: they cost time and gave nothing (doc/decisions/0013).
 *
 * Templates (u: unit, w: word, all relative to the unit at 0):
 *     units       u0, u-1, u1, u-2, u2, pairs around 0, the triple around 0
 *     words       w0 with the unit's place in it; w-1, w1; parts of speech; clusters
 *     lists       the longest listed word over the unit; lists of the units -1, 0, 1 alone
 *     shape       kinds and shapes of units -2..2; head and tail of words of letters
 */
#include <assert.h>

#include "gate/names/impl.h"

typedef struct Keys {
    uint64_t *key;
    uint32_t n;
} Keys;

/* A feature is a template with up to three values, hashed to 64 bits; the maker has the same
   function. */
static inline void add(Keys *k, uint32_t template, uint32_t a, uint32_t b, uint32_t c) {
    uint64_t sum = template * 0x9E3779B97F4A7C15u + a * 0xC2B2AE3D27D4EB4Fu +
                   b * 0xD6E8FEB86659FD93u + c * 0xA0761D6478BD642Fu;
    k->key[k->n++] = sum ^ sum >> 32;
}

static inline uint32_t sort_of(const Unit *u) {
    return u->kind | (uint32_t)u->shape << 3 | (uint32_t)u->gap << 8;
}

/* Marks are their own kind; signs and words are not told apart. */
static inline uint32_t form_of(const Unit *u) {
    return u->kind == UNIT_MARK ? u->id : sort_of(u);
}

/* The unit itself, two neighbours on each side, and pairs of them. */
static void unit_keys(Keys *k, const Unit *u) {
    uint32_t a = u[-2].id, b = u[-1].id, c = u[0].id, d = u[1].id, e = u[2].id;
    add(k, 1, c, 0, 0);
    add(k, 2, b, 0, 0);
    add(k, 3, d, 0, 0);
    add(k, 4, a, 0, 0);
    add(k, 5, e, 0, 0);
    add(k, 6, b, c, 0);
    add(k, 7, c, d, 0);
    add(k, 8, a, b, 0);
    add(k, 9, d, e, 0);
    add(k, 10, b, d, 0);
    add(k, 11, b, c, d);
}

/* The word that the unit is in, by its parting, and its neighbours: part of speech, lists, cluster,
   and where in the word the unit stands. */
static void word_keys(Keys *k, const NamesSentence *s, uint32_t i) {
    static const Word none;
    uint32_t at = s->word_at[i], end = s->word_end[i], n = end - at;
    uint32_t place = n == 1 ? 3 : i == at ? 0 : i + 1 == end ? 2 : 1;
    const Word *w = &s->word[at], *next = end < s->n ? &s->word[end] : &none;
    const Word *last = at > 0 ? &s->word[s->word_at[at - 1]] : &none;
    uint32_t length = n < 5 ? n : 5, part = w->part | (uint32_t)w->lists << 8;
    add(k, 12, w->key, place, 0);
    add(k, 13, last->key, place, 0);
    add(k, 14, next->key, place, 0);
    add(k, 15, part, place, length);
    add(k, 16, last->part, w->part, place);
    add(k, 17, w->part, next->part, place);
    if (!w->cluster && !last->cluster && !next->cluster) return;
    add(k, 18, w->cluster, place, 0);
    add(k, 19, last->cluster, w->cluster, place);
    add(k, 20, w->cluster, next->cluster, place);
    add(k, 21, last->cluster, next->cluster, place);
}

/* Lists that hold the unit alone or the longest word over it. */
static void list_keys(Keys *k, const NamesSentence *s, uint32_t i) {
    const Word *w = &s->single[i];
    uint32_t lists = s->cover_lists[i] | (uint32_t)s->covered[i] << 8;
    add(k, 22, s->cover[i], lists, 0);
    add(k, 23, w[-1].lists, w[0].lists, w[1].lists);
    add(k, 24, w[0].lists, s->unit[i + 1].id, 0);
    add(k, 25, w[-1].lists, w[0].key, 0);
    add(k, 26, w[-1].lists, w[-2].lists | (uint32_t)w[0].lists << 8, s->unit[i + 1].id);
    add(k, 27, i > 0 ? s->cover_lists[i - 1] | (uint32_t)s->covered[i - 1] << 8 : 0, lists,
        i + 1 < s->n ? s->cover_lists[i + 1] | (uint32_t)s->covered[i + 1] << 8 : 0);
}

/* Capitals, digits and marks, whatever the words are. */
static void shape_keys(Keys *k, const Unit *u) {
    add(k, 28, sort_of(&u[-1]), sort_of(&u[0]), sort_of(&u[1]));
    add(k, 29, form_of(&u[-2]), form_of(&u[-1]), sort_of(&u[0]));
    add(k, 30, sort_of(&u[0]), form_of(&u[1]), form_of(&u[2]));
    if (u->kind != UNIT_WORD) return;
    add(k, 31, u->head, u->shape, 0);
    add(k, 32, u->tail, u->shape, 0);
    add(k, 33, u->shape, u[-1].id, 0);
    add(k, 34, u->shape, u[1].id, 0);
}

/* All features of unit i; how many there are. */
uint32_t names_features(const NamesSentence *s, uint32_t i, uint64_t key[FEATURES_MAX]) {
    Keys k = {.key = key};
    assert(i < s->n && s->word_at[i] <= i && i < s->word_end[i] && s->word_end[i] <= s->n);
    unit_keys(&k, &s->unit[i]);
    word_keys(&k, s, i);
    list_keys(&k, s, i);
    shape_keys(&k, &s->unit[i]);
    assert(k.n <= FEATURES_MAX);
    return k.n;
}
