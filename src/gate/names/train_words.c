/*
 * The lexicon's table: words of a list, and the beginnings of words, each by its key.
 *
 * A line: `word TAB part TAB cost TAB lists TAB cluster`, numbers as in Word (impl.h). A word that
 * stands on several lines gets the bits of all of them and the part of the first. Where a bucket is
 * full, what is dropped is whole words that are on no list, the rarest first; two keys with one
 * print in a bucket are one word.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "gate/names/train.h"

/*
 * The bytes, as model.c reads them, slots = BUCKET * buckets:
 *
 *     prints   2 bytes a slot: 16 bits of the key; 0: free
 *     facts    3 or 4 bytes a slot: part | 128 where longer words begin so, lists, cost, cluster
 *
 * "new york city" makes three entries: "new" and "new york" go on, the whole has the facts. The
 * cluster's byte is there when any word has one.
 */
typedef struct Entry {
    uint64_t key;
    uint32_t bucket;
    uint8_t part, lists, cost, cluster;
    bool goes_on;
} Entry;

typedef struct Entries {
    Entry *e;
    size_t n, cap;
} Entries;

/* Word, part, cost, lists, cluster; false: a field is missing, no number of a byte, or one too
   many. A part has five bits in the table. */
static bool fields_of(Str line, Str *word, uint8_t out[4]) {
    size_t at = str_find(line, STR("\t"), 0);
    *word = str_sub(line, 0, at == SIZE_MAX ? line.n : at);
    for (int k = 0; k < 4; k++) {
        int64_t value;
        if (at == SIZE_MAX) return false;
        size_t end = str_find(line, STR("\t"), at + 1);
        Str field = str_sub(line, at + 1, end == SIZE_MAX ? line.n : end);
        if (num_parse_int(field, 0, 255, "field", "", &value, NULL) != OK) return false;
        out[k] = (uint8_t)value;
        at = end;
    }
    return at == SIZE_MAX && out[0] < 32;
}

/* The word, and each of its beginnings marked as going on: the look-up stops where none is. */
static Status add_word(Entries *all, const NamesSentence *s, const uint8_t f[4], Err *err) {
    if (s->n == 0 || s->n > WORD_UNITS) return OK;
    TRY(mem_grow((void **)&all->e, &all->cap, all->n + s->n, sizeof *all->e, 1 << 24, err));
    for (uint32_t n = 1; n < s->n; n++) {
        all->e[all->n++] = (Entry){.key = names_word_key(s, 0, n), .cost = 255, .goes_on = true};
    }
    all->e[all->n++] = (Entry){.key = names_word_key(s, 0, s->n),
                               .part = f[0],
                               .cost = f[1],
                               .lists = f[2],
                               .cluster = f[3]};
    return OK;
}

/* Words are folded and cut as texts are, so that both have one key. */
static Status read_words(Str list, Fold *fold, Entries *all, Err *err) {
    NamesSentence *s = mem_alloc(sizeof *s);
    Status status = s ? OK : err_no_memory(err, "a word");
    for (size_t at = 0; at < list.n && status == OK;) {
        uint8_t f[4];
        Str word;
        Str line = str_line(list, &at);
        if (!fields_of(line, &word, f)) {
            status = err_set(err, E_CORRUPT, "a wrong word: %.*s", (int)line.n, line.p);
            break;
        }
        fold_window(fold, word);
        if (names_cut((Str){fold->p, fold->n}, 0, s) == fold->n) status = add_word(all, s, f, err);
    }
    mem_free(s);
    return status;
}

/* By key; among equals, what has a part of speech comes first. */
static int by_key(const void *a, const void *b) {
    const Entry *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->part == 0) - (y->part == 0);
}

/* Lines of one key become one; the first that has a part of speech comes first (by_key). */
static void merge(Entries *all) {
    size_t n = 0;
    qsort(all->e, all->n, sizeof *all->e, by_key);
    for (size_t i = 0; i < all->n; i++) {
        Entry *last = n ? &all->e[n - 1] : NULL;
        if (!last || last->key != all->e[i].key) {
            all->e[n++] = all->e[i];
            continue;
        }
        last->lists |= all->e[i].lists;
        last->goes_on |= all->e[i].goes_on;
        if (all->e[i].cost < last->cost) last->cost = all->e[i].cost;
        if (!last->cluster) last->cluster = all->e[i].cluster;
    }
    all->n = n;
}

/* What stays where a bucket is full: beginnings first (without them no longer word is found), then
   what is on a list, then what has a part, then the frequent. */
static int weight_of(const Entry *e) {
    return (e->goes_on ? 2048 : 0) + (e->lists ? 1024 : 0) + (e->part ? 512 : 0) - e->cost;
}

/* Heaviest first within a bucket; by key among equals, so that the bytes do not depend on qsort. */
static int by_bucket(const void *a, const void *b) {
    const Entry *x = a, *y = b;
    if (x->bucket != y->bucket) return x->bucket < y->bucket ? -1 : 1;
    if (weight_of(x) != weight_of(y)) return weight_of(x) > weight_of(y) ? -1 : 1;
    return x->key < y->key ? -1 : x->key > y->key;
}

/* As in train_write.c: eight to a bucket, best first, one for a print. */
static void place(const Entries *all, uint8_t *base, size_t slots, uint32_t width) {
    uint32_t bucket = UINT32_MAX;
    int used = 0;
    for (size_t i = 0; i < all->n; i++) {
        const Entry *e = &all->e[i];
        if (e->bucket != bucket) used = 0;
        bucket = e->bucket;
        uint16_t print = print_of(e->key);
        uint8_t *prints = base + 2 * BUCKET * (size_t)bucket;
        if (used == BUCKET || slot_of(prints, print) < BUCKET) continue;
        size_t slot = BUCKET * (size_t)bucket + (size_t)used;
        memcpy(prints + 2 * used++, &print, 2);
        uint8_t *facts = base + 2 * slots + width * slot;
        facts[0] = (uint8_t)(e->part | (e->goes_on ? 128 : 0));
        facts[1] = e->lists;
        facts[2] = e->cost;
        if (width > 3) facts[3] = e->cluster;
    }
}

/* share: slots for 100 entries; the fewer, the more words of full buckets are dropped. */
Status train_words(Str list, uint32_t share, Buf *out, uint32_t *buckets, Err *err) {
    Fold fold;
    Entries all = {0};
    TRY(fold_init(&fold, err));
    Status status = read_words(list, &fold, &all, err);
    fold_fini(&fold);
    if (status == OK) {
        merge(&all);
        uint64_t wanted = (uint64_t)all.n * share / 100 / BUCKET + 1;
        *buckets = (uint32_t)(wanted < NAMES_BUCKETS_MAX ? wanted : NAMES_BUCKETS_MAX);
        for (size_t i = 0; i < all.n; i++) all.e[i].bucket = bucket_of(all.e[i].key, *buckets);
        qsort(all.e, all.n, sizeof *all.e, by_bucket);
        size_t slots = BUCKET * (size_t)*buckets;
        uint32_t width = 3;
        for (size_t i = 0; i < all.n; i++) width = all.e[i].cluster ? 4 : width;
        void *base = buf_reserve(out, (2 + width) * slots);
        if (base) {
            memset(base, 0, (2 + width) * slots);
            place(&all, base, slots, width);
            out->n += (2 + width) * slots;
        }
        status = buf_check(out, "the lexicon", err);
    }
    mem_free(all.e);
    return status;
}

void train_words_model(const Buf *tables, uint32_t buckets, NamesModel *out) {
    size_t slots = BUCKET * (size_t)buckets;
    const uint8_t *base = (const uint8_t *)tables->p;
    *out = (NamesModel){.word_buckets = buckets,
                        .word_bytes = (uint32_t)(tables->n / slots) - 2,
                        .word_print = base,
                        .word_facts = base + 2 * slots};
}
