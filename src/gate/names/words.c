/*
 * Words: a sentence of units is parted into words of the lexicon.
 *
 * The lexicon is a hash table of sequences of up to WORD_UNITS units. A slot holds 16 bits of the
 * word's key and what is known of it; the words themselves are not kept, so one word in some
 * thousands that is not in the lexicon passes for one that is. A prefix of a longer word is marked,
 * so that looking on ends where no word goes on.
 *
 * Parting: each word costs -ln of its share of all running words, a unit that is in no word costs
 * UNKNOWN; the cheapest way through the sentence is found from left to right (the unigram model
 * that jieba and others use for Chinese). Besides, for each unit the longest word over it that is
 * on a list or that is a proper name is kept (`cover`), whether the parting uses it or not: names
 * are longer than the words that they are made of.
 */
#include <assert.h>

#include "gate/names/impl.h"

/* Parts of speech that are proper names; the maker numbers them (tests/bench/tagger.py). */
enum {
    UNKNOWN = 150,
    PART_NAMES = 2,
    PART_NAMES_END = 6,
    PART_ENGLISH = 21,
    PART_COMMON,
    PART_EITHER,
    PART_FUNCTION
};
enum { LISTS_PERSON = 3, HUMP_LEAST = 4 }; /* bits of Word.lists: family names, given names */

/* false: not in the table; *out then holds the key alone. Sixteen bits of print tell a word from
   those of its bucket: a chance of eight in 65,536 that another passes. */
static bool look_up(const NamesModel *m, uint64_t key, Word *out) {
    size_t at = BUCKET * (size_t)bucket_of(key, m->word_buckets);
    uint32_t slot = slot_of(m->word_print + 2 * at, print_of(key));
    *out = (Word){.key = (uint32_t)(key >> 8)};
    if (slot >= BUCKET) return false;
    const uint8_t *facts = m->word_facts + (at + slot) * m->word_bytes;
    out->part = facts[0] & 31;
    out->goes_on = facts[0] >> 7;
    out->lists = facts[1];
    out->cost = facts[2];
    out->cluster = m->word_bytes > 3 ? facts[3] : 0;
    return true;
}

/* Is a proper name, or on a list: worth knowing even inside another word. */
static bool is_listed(const Word *w) {
    return w->lists || (w->part >= PART_NAMES && w->part <= PART_NAMES_END);
}

/* Is [from, to) just one word, of every day and no name? */
bool names_is_plain(const NamesSentence *s, uint32_t from, uint32_t to) {
    const Word *w = &s->word[from];
    if (s->word_at[from] != from || s->word_end[from] != to || !w->part) return false;
    if (s->unit[from].kind == UNIT_HAN && to - from < 2) return false;
    return w->part > PART_NAMES_END && w->part != PART_ENGLISH && w->part != PART_EITHER;
}

/* Is every word of it one that only names have, on a list of people? */
bool names_is_listed(const NamesSentence *s, uint32_t from, uint32_t to) {
    for (uint32_t i = from; i < to; i++) {
        const Word *w = &s->single[i];
        if (s->unit[i].kind != UNIT_WORD || w->part != PART_ENGLISH || !(w->lists & LISTS_PERSON))
            return false;
    }
    return to > from;
}

/* Is any word of it on a list of people? */
bool names_is_known(const NamesSentence *s, uint32_t from, uint32_t to) {
    bool known = false;
    for (uint32_t i = from; i < to; i++) {
        const Word *w = &s->single[i];
        bool name = w->part == PART_ENGLISH || w->part == PART_EITHER;
        known |= s->unit[i].kind == UNIT_WORD && name && (w->lists & LISTS_PERSON);
    }
    return known;
}

bool names_knows(const NamesModel *m, Str word) {
    Word w;
    if (word.n == 0 || word.n > NAMES_UNIT_BYTES) return false;
    bool name = look_up(m, names_letters_key(word), &w) &&
                (w.part == PART_ENGLISH || w.part == PART_EITHER);
    return name && (w.lists & LISTS_PERSON);
}

bool names_has_word(const NamesModel *m, Str word) {
    Word w;
    if (word.n == 0 || word.n > NAMES_UNIT_BYTES) return false;
    if (!look_up(m, names_letters_key(word), &w)) return false;
    return w.part == PART_COMMON || w.part == PART_EITHER || w.part == PART_FUNCTION;
}

/* With a capital, and on a list of people or in no list at all. */
bool names_may_be_name(const NamesSentence *s, uint32_t i) {
    const Word *w = &s->single[i];
    const Unit *u = &s->unit[i];
    if (u->kind != UNIT_WORD || (u->shape != 2 && u->shape != 5)) return false;
    if (!w->part) return true;
    return (w->part == PART_ENGLISH || w->part == PART_EITHER) && (w->lists & LISTS_PERSON);
}

static bool is_big(char c) {
    return c >= 'A' && c <= 'Z';
}

/* Parts begin at a capital behind a small letter: "get", "User", "Name"; "Mc", "De" are short. */
bool names_is_coded(const NamesModel *m, Str word) {
    size_t from = 0;
    bool mixed = false;
    Word w;
    for (size_t i = 1; i < word.n; i++) mixed |= is_big(word.p[i]) && !is_big(word.p[i - 1]);
    for (size_t i = 1; mixed && i <= word.n; i++) {
        if (i < word.n && !(is_big(word.p[i]) && !is_big(word.p[i - 1]))) continue;
        bool known = i - from >= HUMP_LEAST;
        known = known && look_up(m, names_letters_key(str_sub(word, from, i)), &w);
        if (known && (w.part == PART_COMMON || w.part == PART_FUNCTION)) return true;
        from = i;
    }
    return false;
}

_Static_assert((WORD_UNITS << 2 | 3) <= UINT8_MAX && NAMES_UNITS <= UINT16_MAX, "as they are kept");

/* Keeps the word as the longest over its units: length << 2 | place, and places as labels have
   them. */
static void cover(NamesSentence *s, uint32_t at, uint32_t n, const Word *w) {
    assert(n >= 1 && n <= WORD_UNITS && at + n <= s->n);
    for (uint32_t k = 0; k < n; k++) {
        uint32_t place = n == 1 ? 3 : k == 0 ? 0 : k + 1 == n ? 2 : 1;
        if ((s->cover[at + k] >> 2) >= n) continue;
        s->cover[at + k] = (uint8_t)(n << 2 | place);
        s->covered[at + k] = w->part;
        s->cover_lists[at + k] = w->lists;
    }
}

typedef struct Parting {
    uint32_t cost[NAMES_UNITS + 1]; /* of the cheapest way to here */
    uint16_t from[NAMES_UNITS + 1];
    Word last[NAMES_UNITS + 1]; /* the word that ends here on it */
} Parting;

/* A way to `to` by that word; the cheapest stays, of equals the first. */
static void reach(Parting *p, uint32_t from, uint32_t to, uint32_t cost, const Word *w) {
    if (cost >= p->cost[to]) return;
    p->cost[to] = cost;
    p->from[to] = (uint16_t)from;
    p->last[to] = *w;
}

/* All words that begin at unit `at`, the longest last; it ends where no longer word goes on. */
static void words_from(const NamesModel *m, NamesSentence *s, Parting *p, uint32_t at) {
    uint32_t before = p->cost[at];
    Word w;
    assert(at < s->n && before < UINT32_MAX); /* reached by the unit before */
    bool known = look_up(m, names_word_key(s, at, at + 1), &w);
    s->single[at] = w;
    if (known && is_listed(&w)) cover(s, at, 1, &w);
    reach(p, at, at + 1, before + (known && w.part ? w.cost : UNKNOWN), &w);
    for (uint32_t n = 2; n <= WORD_UNITS && at + n <= s->n && known && w.goes_on; n++) {
        known = look_up(m, names_word_key(s, at, at + n), &w);
        if (!known || !(w.part || w.lists)) continue;
        if (is_listed(&w)) cover(s, at, n, &w);
        if (w.part) reach(p, at, at + n, before + w.cost, &w);
    }
}

/* The buckets that unit i's first two look-ups will read. */
static void fetch_ahead(const NamesModel *m, const NamesSentence *s, uint32_t i) {
    for (uint32_t n = 1; n <= 2 && i + n <= s->n; n++) {
        uint32_t bucket = bucket_of(names_word_key(s, i, i + n), m->word_buckets);
        PREFETCH(m->word_print + 2 * BUCKET * (size_t)bucket);
    }
}

/* The cheapest parting into words (costs are about -log of their frequency), and the longest listed
   word over each unit. */
void names_words(const NamesModel *m, NamesSentence *s) {
    Parting p;
    assert(s->n <= NAMES_UNITS);
    p.cost[0] = 0;
    for (uint32_t i = 1; i <= s->n; i++) p.cost[i] = UINT32_MAX;
    s->single = s->single_store + UNIT_PAD;
    memset(s->single_store, 0, UNIT_PAD * sizeof *s->single_store);
    memset(s->single + s->n, 0, UNIT_PAD * sizeof *s->single);
    memset(s->cover, 0, s->n);
    memset(s->covered, 0, s->n);
    memset(s->cover_lists, 0, s->n);
    for (uint32_t i = 0; i < s->n; i++) fetch_ahead(m, s, i);
    for (uint32_t i = 0; i < s->n; i++) words_from(m, s, &p, i);
    for (uint32_t end = s->n; end > 0; end = p.from[end]) {
        uint16_t from = p.from[end];
        assert(from < end); /* each unit alone is a way: every place was reached */
        s->word[from] = p.last[end];
        for (uint32_t i = from; i < end; i++) {
            s->word_at[i] = from;
            s->word_end[i] = (uint16_t)end;
        }
    }
}
