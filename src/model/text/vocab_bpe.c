/*
 * Byte pair encoding at work: text becomes letters, and the best pair of neighbours is joined again
 * and again until no pair may be joined (Sennrich et al. 2016, "Neural machine translation of rare
 * words with subword units", section 3.2; for text, best first and leftmost first on a tie).
 *
 * Two kinds share this file, because they differ only in what makes a pair good:
 *
 *   ranked  (byte-level BPE)      a pair may be joined when the merge list has it; the earlier, the
 *                                 better. Text is first cut into words (vocab_pre.h), and its bytes
 *                                 are written in GPT-2's alphabet, in which every byte is a letter.
 *   scored  (SentencePiece BPE)   a pair may be joined when both together are a token; the higher
 *                                 its score, the better. There are no words; a blank is U+2581.
 *
 * Either way a pair has a `key`, less is better, and all pairs of a word are joined in the order of
 * (key, place). A word of up to SMALL letters keeps its keys in an array and looks for the least;
 * that is quadratic but small, and nearly all words are such.
 *
 * Longer words need a queue. A heap of ten million pairs misses the cache at every step, so pairs
 * are kept by key: a bucket holds the pairs of one key in order of place. Pairs mostly arise from
 * left to right, so that a bucket is a plain list; a pair that comes out of order goes to one heap
 * for all such. The next pair is the lesser of the first of the best bucket and the top of the
 * heap. Pairs are never taken out when a letter of theirs is joined elsewhere: a pair remembers
 * where it ended, and if the text between is no longer exactly two symbols it is skipped. (Two
 * symbols can only ever be joined whole, so that the same end means the same two symbols.)
 *
 * Invariants: symbols are linked left to right through `next`, `prev`; a symbol that was joined to
 * its left neighbour has next == GONE. At most 3n pairs are ever pushed for n letters. Time
 * O(n log n), memory about 24 bytes a letter.
 *
 * Sources: the paper above; SentencePiece src/bpe_model.cc for the order of scored pairs.
 *
 * Worked example, ranked, merges "l o" (0), "lo w" (1), "e r" (2), word "lower":
 *
 *     l o w e r      (l,o) has key 0, (e,r) key 2: l,o first
 *     lo w e r       (lo,w) has key 1: next
 *     low e r        (e,r) key 2
 *     low er         (low,er) is in no list: done, two ids
 */
#include "model/text/vocab_impl.h"

#include <assert.h>

enum { SMALL = 48 };

#define NONE UINT32_MAX
#define GONE (UINT32_MAX - 1)

_Static_assert((uint64_t)VOCAB_TEXT_MAX * 3 + 16 < GONE, "places in a text have 32 bits");

typedef struct Pair {
    uint32_t left; /* index of its left symbol */
    uint32_t end;  /* byte at which the right symbol ended */
    uint32_t next; /* in its bucket or in the free list */
} Pair;

typedef struct Bucket {
    uint32_t key, first, last;
} Bucket;

typedef struct HeapItem {
    uint64_t order;
    uint32_t value;
} HeapItem;

/* A binary heap, the least order on top. */
typedef struct Heap {
    HeapItem *items;
    size_t n, cap;
} Heap;

/* What one call to encode needs; grows as words need it and is freed at its end. */
typedef struct Joiner {
    const Vocab *v;
    TokenList *out;
    Buf letters; /* the word in GPT-2's alphabet */

    Str text; /* the word being joined */
    uint32_t *at, *prev, *next; /* symbols */
    size_t n, at_cap, prev_cap, next_cap;

    Pair *pairs;
    size_t n_pairs, pairs_cap;
    uint32_t free_pair;
    Bucket *buckets;
    size_t n_buckets, buckets_cap;
    uint32_t *map; /* key -> bucket + 1, open addressing */
    size_t map_size;
    Heap best; /* buckets that are not empty, each once, by their key */
    Heap late; /* ends of pairs, by key << 32 | left */
} Joiner;

static void joiner_fini(Joiner *j) {
    buf_fini(&j->letters);
    mem_free(j->at);
    mem_free(j->prev);
    mem_free(j->next);
    mem_free(j->pairs);
    mem_free(j->buckets);
    mem_free(j->map);
    mem_free(j->best.items);
    mem_free(j->late.items);
}

/* ---- what makes a pair good ---- */

/* Is the merge "left right"? A hash alone is no proof. */
static bool merge_is(Str merge, Str left, Str right) {
    return merge.n == left.n + 1 + right.n && merge.p[left.n] == ' ' &&
           memcmp(merge.p, left.p, left.n) == 0 &&
           memcmp(merge.p + left.n + 1, right.p, right.n) == 0;
}

/* Key of a pair is its place in the list of merges. */
static bool ranked_key(const Vocab *v, Str left, Str right, uint32_t *key) {
    const TextTable *t = &v->by_pair;
    uint64_t hash = text_hash_pair(text_hash(t->key, left.p, left.n),
                                   text_hash(t->key, right.p, right.n));
    for (TextProbe w = text_probe(t, hash); text_next(t, &w);) {
        if (!merge_is(v->merges[w.row], left, right)) continue;
        *key = w.row;
        return true;
    }
    return false;
}

/* Higher scores become lesser keys; the order of floats is that of their bits once the sign is
   taken care of. */
static uint32_t score_key(float score) {
    uint32_t bits;
    score += 0.0f; /* -0 is 0 */
    memcpy(&bits, &score, sizeof bits);
    uint32_t ascending = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
    return ~ascending;
}

/* Key of a pair is the score of the token that both are together. */
static bool scored_key(const Vocab *v, Str both, uint32_t *key) {
    if (both.n > v->longest_bytes) return false;
    int32_t id = vocab_text_row(v, both.p, both.n);
    if (id < 0) return false;
    *key = score_key(v->scores ? v->scores[id] : 0.0f);
    return true;
}

/* Key of two neighbours: right begins where left ends. */
static bool pair_key(const Vocab *v, Str left, Str right, uint32_t *key) {
    if (v->kind == KIND_SPM) return scored_key(v, (Str){left.p, left.n + right.n}, key);
    return ranked_key(v, left, right, key);
}

/* ---- ids of what is left ---- */

/* A symbol that is no token falls apart into letters. A byte whose letter is no token either (some
   vocabularies lack control characters) is unknown where the model has a token for that, and left
   out where it has none: a control token such as <|endoftext|> must not come out of text. */
static Status add_letters(const Vocab *v, Str symbol, TokenList *out, Err *err) {
    bool has_unknown = v->unk >= 0 && v->types[v->unk] == TOKEN_UNKNOWN;
    for (size_t at = 0, width; at < symbol.n; at += width) {
        (void)utf8_decode(symbol, at, &width);
        int32_t id = vocab_text_row(v, symbol.p + at, width);
        if (id < 0 && has_unknown) id = v->unk;
        if (id >= 0) TRY(token_list_add(out, id, err));
    }
    return OK;
}

/* The id of a symbol that is left, or what its pieces give. */
static Status add_symbol(const Vocab *v, Str symbol, TokenList *out, Err *err) {
    int32_t id = vocab_text_row(v, symbol.p, symbol.n);
    if (id >= 0) return token_list_add(out, id, err);
    return v->byte_level ? add_letters(v, symbol, out, err) : vocab_add_bytes(v, symbol, out, err);
}

/* ---- small words ---- */

typedef struct SmallWord {
    uint32_t starts[SMALL + 2]; /* starts[n] is the end */
    uint32_t keys[SMALL + 1];   /* of symbols i and i + 1 */
    bool joins[SMALL + 1];
    size_t n;
} SmallWord;

/* Looks up the pair of symbols i and i + 1. */
static void small_look(const Vocab *v, Str text, SmallWord *w, size_t i) {
    w->joins[i] = i + 1 < w->n &&
                  pair_key(v, str_sub(text, w->starts[i], w->starts[i + 1]),
                           str_sub(text, w->starts[i + 1], w->starts[i + 2]), &w->keys[i]);
}

/* The least key, leftmost on a tie; SIZE_MAX: nothing joins. */
static size_t small_best(const SmallWord *w) {
    size_t best = SIZE_MAX;
    for (size_t i = 0; i + 1 < w->n; i++) {
        if (w->joins[i] && (best == SIZE_MAX || w->keys[i] < w->keys[best])) best = i;
    }
    return best;
}

/* Symbol i takes the one behind it in; its two new pairs are looked up, the others keep their
   keys. */
static void small_join(const Vocab *v, Str text, SmallWord *w, size_t i) {
    assert(i + 1 < w->n && w->n <= SMALL && w->joins[i]);
    for (size_t k = i + 1; k < w->n; k++) w->starts[k] = w->starts[k + 1];
    for (size_t k = i + 1; k + 2 < w->n; k++) {
        w->keys[k] = w->keys[k + 1];
        w->joins[k] = w->joins[k + 1];
    }
    w->n--;
    small_look(v, text, w, i);
    if (i > 0) small_look(v, text, w, i - 1);
}

/* Joins until nothing joins: at most SMALL times a walk over at most SMALL keys. */
static Status encode_small(const Vocab *v, Str text, SmallWord *w, TokenList *out, Err *err) {
    for (size_t i = 0; i + 1 < w->n; i++) small_look(v, text, w, i);
    for (size_t i = small_best(w); i != SIZE_MAX; i = small_best(w)) small_join(v, text, w, i);
    for (size_t i = 0; i < w->n; i++) {
        TRY(add_symbol(v, str_sub(text, w->starts[i], w->starts[i + 1]), out, err));
    }
    return OK;
}

/* Fills w when the word has at most SMALL letters. */
static bool small_fits(Str text, SmallWord *w) {
    w->n = 0;
    for (size_t at = 0; at < text.n;) {
        if (w->n == SMALL) return false;
        w->starts[w->n++] = (uint32_t)at;
        at += letter_bytes(text, at);
    }
    w->starts[w->n] = (uint32_t)text.n;
    return true;
}

/* ---- the queue ---- */

static Status heap_room(Heap *h, size_t n, Err *err) {
    return mem_grow((void **)&h->items, &h->cap, n, sizeof *h->items, NONE / 2, err);
}

/* There is room (heap_room). */
static void heap_push(Heap *h, HeapItem item) {
    assert(h->n < h->cap);
    size_t i = h->n++;
    for (; i > 0 && h->items[(i - 1) / 2].order > item.order; i = (i - 1) / 2) {
        h->items[i] = h->items[(i - 1) / 2];
    }
    h->items[i] = item;
}

static HeapItem heap_pop(Heap *h) {
    assert(h->n > 0);
    HeapItem top = h->items[0], item = h->items[--h->n];
    size_t i = 0;
    for (size_t child = 1; child < h->n; child = 2 * i + 1) {
        if (child + 1 < h->n && h->items[child + 1].order < h->items[child].order) child++;
        if (h->items[child].order >= item.order) break;
        h->items[i] = h->items[child];
        i = child;
    }
    h->items[i] = item;
    return top;
}

/* The place of the key's bucket, or the empty one where it belongs. */
static size_t map_slot(const Joiner *j, uint32_t key) {
    assert(j->n_buckets < j->map_size); /* one place is empty: the search ends */
    size_t slot = (key * 2654435761u) & (j->map_size - 1);
    while (j->map[slot] && j->buckets[j->map[slot] - 1].key != key) {
        slot = (slot + 1) & (j->map_size - 1);
    }
    return slot;
}

static Status map_grow(Joiner *j, Err *err) {
    size_t size = j->map_size ? j->map_size * 2 : 256;
    uint32_t *map = mem_zalloc_n(size, sizeof *map);
    if (!map) return err_no_memory(err, "joining a long word");
    mem_free(j->map);
    j->map = map;
    j->map_size = size;
    for (size_t i = 0; i < j->n_buckets; i++) {
        j->map[map_slot(j, j->buckets[i].key)] = (uint32_t)i + 1;
    }
    return OK;
}

/* The bucket of a key, made where it is new. May move all buckets: pointers to others are void. */
static Status bucket_of(Joiner *j, uint32_t key, Bucket **out, Err *err) {
    size_t slot = map_slot(j, key);
    if (j->map[slot] == 0) {
        if ((j->n_buckets + 1) * 2 > j->map_size) {
            TRY(map_grow(j, err));
            slot = map_slot(j, key);
        }
        TRY(mem_grow((void **)&j->buckets, &j->buckets_cap, j->n_buckets + 1, sizeof(Bucket),
                     NONE / 2, err));
        TRY(heap_room(&j->best, j->n_buckets + 1, err));
        j->buckets[j->n_buckets++] = (Bucket){key, NONE, NONE};
        j->map[slot] = (uint32_t)j->n_buckets;
    }
    *out = &j->buckets[j->map[slot] - 1];
    return OK;
}

/* A place of a pair that came out, else a new one. */
static Status pair_new(Joiner *j, uint32_t *out, Err *err) {
    if (j->free_pair != NONE) {
        *out = j->free_pair;
        j->free_pair = j->pairs[*out].next;
        return OK;
    }
    TRY(mem_grow((void **)&j->pairs, &j->pairs_cap, j->n_pairs + 1, sizeof(Pair), NONE / 2, err));
    *out = (uint32_t)j->n_pairs++;
    return OK;
}

/* At the end of its bucket, or into the heap of late ones when it stands left of the bucket's
   last. */
static Status queue_push(Joiner *j, uint32_t key, uint32_t left, uint32_t end, Err *err) {
    Bucket *bucket;
    TRY(bucket_of(j, key, &bucket, err));
    if (bucket->last != NONE && j->pairs[bucket->last].left > left) {
        TRY(heap_room(&j->late, j->late.n + 1, err));
        heap_push(&j->late, (HeapItem){(uint64_t)key << 32 | left, end});
        return OK;
    }
    uint32_t pair;
    TRY(pair_new(j, &pair, err));
    j->pairs[pair] = (Pair){left, end, NONE};
    if (bucket->last == NONE) {
        bucket->first = pair;
        heap_push(&j->best, (HeapItem){key, (uint32_t)(bucket - j->buckets)});
    } else {
        j->pairs[bucket->last].next = pair;
    }
    bucket->last = pair;
    return OK;
}

/* The best pair there is; false when none is left. */
static bool queue_pop(Joiner *j, Pair *out) {
    if (j->best.n == 0 && j->late.n == 0) return false;
    uint64_t order = UINT64_MAX;
    Bucket *bucket = NULL;
    if (j->best.n) {
        bucket = &j->buckets[j->best.items[0].value];
        assert(bucket->first != NONE); /* only buckets that hold something are in the heap */
        order = (uint64_t)bucket->key << 32 | j->pairs[bucket->first].left;
    }
    if (j->late.n && (!bucket || j->late.items[0].order < order)) {
        HeapItem late = heap_pop(&j->late);
        *out = (Pair){(uint32_t)late.order, late.value, NONE};
        return true;
    }
    uint32_t pair = bucket->first;
    *out = j->pairs[pair];
    bucket->first = out->next;
    j->pairs[pair].next = j->free_pair;
    j->free_pair = pair;
    if (bucket->first == NONE) {
        bucket->last = NONE;
        (void)heap_pop(&j->best);
    }
    return true;
}

/* ---- long words ---- */

/* Byte behind symbol i: where the next one begins. */
static uint32_t symbol_end(const Joiner *j, uint32_t i) {
    return j->next[i] == NONE ? (uint32_t)j->text.n : j->at[j->next[i]];
}

/* Both symbols as they are now; the pair remembers where the right one ended. */
static Status push_if_joins(Joiner *j, uint32_t left, uint32_t right, Err *err) {
    uint32_t key, end = symbol_end(j, right);
    if (!pair_key(j->v, str_sub(j->text, j->at[left], j->at[right]),
                  str_sub(j->text, j->at[right], end), &key)) return OK;
    return queue_push(j, key, left, end, err);
}

/* The right symbol is gone, the left one longer; new pairs with both neighbours. */
static Status join(Joiner *j, uint32_t left, Err *err) {
    uint32_t right = j->next[left], after = j->next[right];
    assert(right < j->n && j->at[left] < j->at[right]);
    j->next[left] = after;
    j->next[right] = GONE;
    if (after != NONE) j->prev[after] = left;
    if (j->prev[left] != NONE) TRY(push_if_joins(j, j->prev[left], left, err));
    return after != NONE ? push_if_joins(j, left, after, err) : OK;
}

/* One symbol a letter. Memory of the words before is used again. */
static Status long_begin(Joiner *j, Str text, Err *err) {
    size_t letters = 0;
    for (size_t at = 0; at < text.n; at += letter_bytes(text, at)) letters++;
    TRY(mem_grow((void **)&j->at, &j->at_cap, letters, sizeof(uint32_t), NONE / 2, err));
    TRY(mem_grow((void **)&j->prev, &j->prev_cap, letters, sizeof(uint32_t), NONE / 2, err));
    TRY(mem_grow((void **)&j->next, &j->next_cap, letters, sizeof(uint32_t), NONE / 2, err));
    j->text = text;
    j->n = letters;
    for (size_t at = 0, i = 0; at < text.n; i++) {
        j->at[i] = (uint32_t)at;
        j->prev[i] = i ? (uint32_t)i - 1 : NONE;
        j->next[i] = i + 1 < letters ? (uint32_t)i + 1 : NONE;
        at += letter_bytes(text, at);
    }
    j->n_pairs = j->n_buckets = j->best.n = j->late.n = 0;
    j->free_pair = NONE;
    if (!j->map) return map_grow(j, err);
    memset(j->map, 0, j->map_size * sizeof *j->map);
    return OK;
}

/* Pairs in order of (key, place); those whose symbols have changed meanwhile are passed over. */
static Status encode_long(Joiner *j, Str text, Err *err) {
    assert(text.n > 0);
    TRY(long_begin(j, text, err));
    for (uint32_t i = 0; i + 1 < j->n; i++) TRY(push_if_joins(j, i, i + 1, err));
    for (Pair pair; queue_pop(j, &pair);) {
        uint32_t right = j->next[pair.left];
        if (right == GONE || right == NONE || symbol_end(j, right) != pair.end) continue;
        TRY(join(j, pair.left, err));
    }
    assert(j->prev[0] == NONE && j->next[0] != GONE); /* the first symbol only grows */
    for (uint32_t i = 0; i != NONE; i = j->next[i]) {
        TRY(add_symbol(j->v, str_sub(text, j->at[i], symbol_end(j, i)), j->out, err));
    }
    return OK;
}

static Status encode_word(Joiner *j, Str word, Err *err) {
    SmallWord small;
    if (word.n == 0) return OK;
    if (small_fits(word, &small)) return encode_small(j->v, word, &small, j->out, err);
    return encode_long(j, word, err);
}

/* ---- the two kinds ---- */

/* Writes the bytes of a word in GPT-2's alphabet. */
static Status spell(Joiner *j, Str word, Err *err) {
    buf_clear(&j->letters);
    char *to = buf_reserve(&j->letters, word.n * 2);
    if (!to) return buf_check(&j->letters, "a word", err);
    size_t n = 0;
    for (size_t i = 0; i < word.n; i++) {
        uint16_t code = byte_letter[(unsigned char)word.p[i]];
        if (code < 0x80) {
            to[n++] = (char)code;
        } else {
            to[n++] = (char)(0xC0 | code >> 6);
            to[n++] = (char)(0x80 | (code & 0x3F));
        }
    }
    assert(word.n <= n && n <= word.n * 2); /* a letter has one byte or two */
    to[n] = 0;
    j->letters.n += n;
    return OK;
}

static Status on_word(void *user, Str word, Err *err) {
    Joiner *j = user;
    Str spelled = word;
    if (j->v->byte_level) {
        TRY(spell(j, word, err));
        spelled = buf_str(&j->letters);
    }
    bool whole = j->v->ignore_merges || (!j->v->byte_level && word.p[0] == '\n');
    int32_t id = whole ? vocab_text_row(j->v, spelled.p, spelled.n) : VOCAB_NONE;
    return id >= 0 ? token_list_add(j->out, id, err) : encode_word(j, spelled, err);
}

/* text with every blank as U+2581, after `prefix`. */
static Status escape_spaces(Str prefix, Str text, Buf *out, Err *err) {
    buf_init(out, (size_t)VOCAB_TEXT_MAX * 3 + 16);
    buf_add_str(out, prefix);
    for (size_t at = 0; at < text.n;) {
        const char *found = memchr(text.p + at, ' ', text.n - at);
        size_t blank = found ? (size_t)(found - text.p) : text.n;
        buf_add(out, text.p + at, blank - at);
        if (found) buf_add_c(out, ESCAPED_SPACE);
        at = blank + (found != NULL);
    }
    return buf_check(out, "text with escaped blanks", err);
}

Status bpe_encode(const Vocab *v, Str text, TokenList *out, Err *err) {
    Joiner j = {.v = v, .out = out, .free_pair = NONE};
    buf_init(&j.letters, (size_t)VOCAB_TEXT_MAX * 2 + 16);
    Buf escaped = {0};
    Status status = OK;
    if (v->escape_spaces) {
        status = escape_spaces(STR(""), text, &escaped, err);
        text = buf_str(&escaped);
    }
    if (status == OK) status = pre_split(v->pre, text, on_word, &j, err);
    buf_fini(&escaped);
    joiner_fini(&j);
    return status;
}

Status spm_encode(const Vocab *v, Str text, bool first, TokenList *out, Err *err) {
    if (text.n == 0) return OK;
    Joiner j = {.v = v, .out = out, .free_pair = NONE};
    Buf escaped = {0};
    Str prefix = v->add_space_prefix && first ? STR(ESCAPED_SPACE) : STR("");
    Status status = escape_spaces(prefix, text, &escaped, err);
    if (status == OK) status = encode_word(&j, buf_str(&escaped), err);
    buf_fini(&escaped);
    joiner_fini(&j);
    return status;
}
