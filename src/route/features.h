/*
 * What a router sees of a question: its shape in some sixty numbers, and its words and letters as
 * hashed n-grams. See features.c for what each is.
 */
#ifndef HEARTH_ROUTE_FEATURES_H
#define HEARTH_ROUTE_FEATURES_H

#include "route/question.h"

/* Numbers of the shape, counted in the stem; logarithms are log(1 + x). */
enum {
    ROUTE_LENGTH, ROUTE_WORDS, ROUTE_WHOLE, /* logarithms of bytes, words, bytes with options */
    ROUTE_LINES, ROUTE_SENTENCES, ROUTE_WORDS_A_SENTENCE, ROUTE_WORD_LENGTH,
    ROUTE_LONG_WORDS, ROUTE_LONGEST, ROUTE_DISTINCT, /* share above 8 bytes; bytes; share */
    ROUTE_OPTIONS, ROUTE_OPTION_MAX, ROUTE_OPTION_MIN, ROUTE_OPTION_MEAN, ROUTE_OPTION_SPREAD,
    ROUTE_OPTION_LAST, ROUTE_OPTION_LONGEST, /* lengths, as logarithms; which is the longest */
    ROUTE_OPTION_NUMBERS, ROUTE_OPTION_ALL_NUMBERS, /* shares with digits, of nothing else */
    ROUTE_OPTION_IN_STEM, ROUTE_OPTION_TRUTH, ROUTE_OPTION_ALL_OF, /* words they share, are */
    ROUTE_NUMBERS, ROUTE_NUMBER_LONGEST, ROUTE_NUMBER_SUM, ROUTE_DIGITS, ROUTE_DECIMALS,
    ROUTE_YEARS, ROUTE_PERCENTS, ROUTE_DOLLARS, ROUTE_FRACTIONS,
    ROUTE_SYMBOLS, ROUTE_LATEX, ROUTE_CODE, ROUTE_QUOTES, ROUTE_BLANK, ROUTE_COLONS, ROUTE_COMMAS,
    ROUTE_QUESTION_MARKS, ROUTE_ENDS_ASKING, ROUTE_ENDS_POINT,
    ROUTE_ASKS, ROUTE_ASKS_FIRST, /* 1 who, 2 when, 3 where, 4 which, 5 what, 6 why, 7 how */
    ROUTE_MANY, ROUTE_NEGATED, ROUTE_CONDITION, ROUTE_EACH, ROUTE_ARTICLES, ROUTE_OF,
    ROUTE_PRONOUNS, ROUTE_COMPARED, ROUTE_SUPERLATIVE, ROUTE_YOU, ROUTE_STATEMENT, ROUTE_BECAUSE,
    ROUTE_CONTRAST, ROUTE_MATHS, ROUTE_WORLD, ROUTE_LAW, ROUTE_MEDICINE, ROUTE_STEPS,
    ROUTE_TRANSLATE, ROUTE_CREATE, ROUTE_RECENT, ROUTE_GRID,
    ROUTE_PAIR_ORDER, ROUTE_PAIR_BLANK, ROUTE_PAIR_NEAR, /* features.c: shape_pair */
    ROUTE_CJK, ROUTE_NON_ASCII, /* share of words; logarithm of bytes */
    ROUTE_SHAPE_COUNT
};

/* Slots of the two hashed spaces: words (one, and two in a row), and letters (three to five). */
enum {
    ROUTE_BITS = 14,
    ROUTE_ASCII = 1 << ROUTE_BITS,         /* of a space: the first ones, for grams of ASCII only */
    ROUTE_FOREIGN = 1 << (ROUTE_BITS - 3), /* the others, for all other grams */
    ROUTE_SPACE = ROUTE_ASCII + ROUTE_FOREIGN,
    ROUTE_SLOTS = 2 * ROUTE_SPACE,
    ROUTE_GRAMS_MAX = 6144
};

typedef struct RouteGram {
    uint16_t slot, count; /* words first, then letters: letters' slots count from 0 again */
} RouteGram;

typedef struct RouteFeatures {
    float shape[ROUTE_SHAPE_COUNT]; /* all finite */
    int n_words, n_grams; /* grams[0..n_words) are words, the rest letters */
    bool cjk;             /* mostly Chinese, Japanese or Korean */
    RouteGram grams[ROUTE_GRAMS_MAX];
} RouteFeatures;

/* The words that features know, made once (features.c: lexicon). */
typedef struct RouteLexicon {
    uint32_t key[1024]; /* a word's hash, at the first free place from its low bits on; 0: free */
    uint64_t mask[1024]; /* the classes that it is of */
} RouteLexicon;

/* Fills it; some 12 KB. Not changed afterwards, so that threads may share it. */
void route_lexicon_init(RouteLexicon *lexicon);
/* Fills *out, some 25 KB, whatever the question holds. Takes about 80 KB of the caller's stack. No
   allocation; the same question has the same features on every machine. */
void route_features(const RouteLexicon *lexicon, const RouteQuestion *question, RouteFeatures *out);

#endif
