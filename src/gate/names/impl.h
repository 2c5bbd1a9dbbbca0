/*
 * What the files of the tagger share: units, words, the model's tables, and the keys of features.
 */
#ifndef HEARTH_GATE_NAMES_IMPL_H
#define HEARTH_GATE_NAMES_IMPL_H

#include "gate/names/names.h"

enum {
    UNIT_PAD = 4,      /* empty units before and behind a sentence */
    FEATURES_MAX = 48, /* of one unit */
    BUCKET = 8,        /* slots of a hash table's bucket */
    WORD_UNITS = 8,    /* of a word of the lexicon at most */
    ROW_MAX = 4 * NAMES_TYPES_MAX
};

typedef enum UnitKind { UNIT_NONE, UNIT_HAN, UNIT_WORD, UNIT_DIGITS, UNIT_MARK } UnitKind;

/* One sign of a CJK script, one word, one run of digits or one mark. Blanks are no units. */
typedef struct Unit {
    uint32_t at, end;
    uint32_t id;         /* of the word in small letters, of the number's shape */
    uint32_t head, tail; /* of a word: its first and last three letters */
    uint8_t kind;
    uint8_t shape; /* of a word: small, Capital, ALL, C, miXed; of a number: its digits */
    bool gap;      /* a blank or the line's start stands before it */
} Unit;

/* What the lexicon says about a word. */
typedef struct Word {
    uint32_t key;
    uint8_t part;    /* part of speech; 0: not in the lexicon */
    uint8_t lists;   /* bits: which lists it is on */
    uint8_t cluster; /* words used alike share one; 0: none */
    uint8_t cost;    /* eighths of -ln(share of all words) */
    bool goes_on;    /* longer words begin with it */
} Word;

/* Weights of the decisions: `enter` between what ends and what begins (0: none, t + 1: type t). */
typedef struct NamesMoves {
    int32_t enter[NAMES_TYPES_MAX + 1][NAMES_TYPES_MAX + 1];
    int32_t b_i[NAMES_TYPES_MAX], b_e[NAMES_TYPES_MAX], i_i[NAMES_TYPES_MAX], i_e[NAMES_TYPES_MAX];
} NamesMoves;

struct NamesModel {
    uint32_t types, row; /* row: 4 * types weights, all B, then I, E, S */
    uint32_t word_buckets, row_buckets;
    uint32_t word_bytes; /* of what is known of a word: part, lists, cost and perhaps cluster */
    const uint8_t *word_print, *word_facts;
    const uint8_t *row_print;
    const int8_t *rows;
    float step;                                            /* what a weight of 1 is worth */
    uint8_t name[NAMES_TYPES_MAX];                         /* each type's number outside */
    float slope[NAMES_TYPES_MAX], offset[NAMES_TYPES_MAX]; /* margin -> score */
    NamesMoves moves;
};

typedef struct NamesSentence {
    Unit unit_store[NAMES_UNITS + 2 * UNIT_PAD];
    Unit *unit; /* unit_store + UNIT_PAD */
    uint32_t n;
    uint16_t word_at[NAMES_UNITS], word_end[NAMES_UNITS]; /* the word that unit i is in */
    Word word[NAMES_UNITS];                               /* ... at its first unit */
    Word single_store[NAMES_UNITS + 2 * UNIT_PAD];
    Word *single;                 /* what the lexicon says about unit i alone */
    uint8_t cover[NAMES_UNITS];   /* the longest listed word over unit i: length, place in it */
    uint8_t covered[NAMES_UNITS]; /* ... its part of speech */
    uint8_t cover_lists[NAMES_UNITS];
} NamesSentence;

/* model.c: names_model_read into memory of the caller's. */
Status names_model_place(Str bytes, NamesModel *out, Err *err);

/* units.c: cuts the sentence that begins at `from`; returns where the next one begins. */
uint32_t names_cut(Str view, uint32_t from, NamesSentence *out);
/* The id of a word as the lexicon spells it; used by the maker too. */
uint64_t names_word_key(const NamesSentence *s, uint32_t at, uint32_t end);
/* ... of one word that is no part of a sentence. */
uint64_t names_letters_key(Str word);

/* words.c: which words a sentence is made of. */
void names_words(const NamesModel *m, NamesSentence *s);
/* Whether units [from, to) are one word of the lexicon, by its part of speech no noun, no name. */
bool names_is_plain(const NamesSentence *s, uint32_t from, uint32_t to);
/* Whether units [from, to) are words of letters that are known as people's names alone. */
bool names_is_listed(const NamesSentence *s, uint32_t from, uint32_t to);
/* Whether one of them is a word of letters that is known as a person's name. */
bool names_is_known(const NamesSentence *s, uint32_t from, uint32_t to);
/* Whether unit i is a word with a capital that may be a name: unknown, or known as one. */
bool names_may_be_name(const NamesSentence *s, uint32_t i);
/* Whether a word in mixed letters has a word of every day in it that is no name: "UserId". */
bool names_is_coded(const NamesModel *m, Str word);

/* features.c: the keys of unit i's features; returns how many. */
uint32_t names_features(const NamesSentence *s, uint32_t i, uint64_t key[FEATURES_MAX]);

/* viterbi.c: the best labels; 0: none, 1 + 4 * type + {0 B, 1 I, 2 E, 3 S}. */
typedef int16_t NamesRow[ROW_MAX];
void names_decide(const NamesModel *m, const NamesRow *rows, uint32_t n, uint8_t *labels);
/* What a label leaves behind for the step after it: 0 outside, t + 1 type t. */
static inline uint32_t names_end(uint8_t label) { return label ? (label - 1u) / 4 + 1 : 0; }

/* tag.c: the row of weights of unit i, by what the model holds of its features. */
void names_weigh(const NamesModel *m, const NamesSentence *s, uint32_t i, int16_t *row);

/* ---- keys and tables ---- */

/* A table is asked with a key of 64 bits: the upper 32 choose the bucket, 16 lower the slot. */
static inline uint32_t bucket_of(uint64_t key, uint32_t buckets) {
    return (uint32_t)(((key >> 32) * buckets) >> 32);
}

static inline uint16_t print_of(uint64_t key) {
    uint16_t print = (uint16_t)(key >> 16);
    return print ? print : 1; /* 0: an empty slot */
}

/* The slot of `print` among the eight at p (little-endian), or a number >= BUCKET. Four at a time:
   the lowest zero lane of (lanes XOR print) is exact in this classic test. No branch: whether a
   feature is known is a coin's toss. */
static inline uint32_t slot_of(const uint8_t *p, uint16_t print) {
    const uint64_t ones = 0x0001000100010001u, tops = 0x8000800080008000u;
    uint64_t low, high, wanted = print * ones;
    memcpy(&low, p, 8);
    memcpy(&high, p + 8, 8);
    low ^= wanted;
    high ^= wanted;
    low = (low - ones) & ~low & tops;
    high = (high - ones) & ~high & tops;
    uint32_t in_low = (uint32_t)__builtin_ctzll(low | 1ull << 63) >> 4;
    uint32_t in_high = 4 + ((uint32_t)__builtin_ctzll(high | 1ull << 63) >> 4);
    uint32_t slot = low ? in_low : in_high;
    return (low | high) ? slot : BUCKET;
}

static inline uint64_t key_mix(uint64_t x) {
    x ^= x >> 29;
    x *= 0xBF58476D1CE4E5B9u;
    return x ^ x >> 32;
}

/* A sequence's next unit. */
static inline uint64_t key_add(uint64_t key, uint32_t id) {
    return (key ^ id) * 0x9E3779B97F4A7C15u + 0x632BE59BD9B4E019u;
}

#endif
