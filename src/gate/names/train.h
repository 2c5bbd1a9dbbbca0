/*
 * Learning, for the tool that makes the model (tests/bench/tagger.c); no part of the program.
 *
 *     TrainTexts: sentences with labels, as keys of features    train_text.c
 *     words of a list -> the lexicon's table                    train_words.c
 *     TrainTexts -> weights (a conditional random field)        train.c
 *     weights -> the model's bytes                              train_write.c
 *
 *     sentences with labels and states -> a head's bytes        train_head.c
 */
#ifndef HEARTH_GATE_NAMES_TRAIN_H
#define HEARTH_GATE_NAMES_TRAIN_H

#include "gate/names/head_impl.h"
#include "gate/names/model.h"
#include "gate/scan/fold.h"

/* xorshift64 (Marsaglia 2003): the same from the same seed on every machine. */
static inline uint32_t train_draw(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (uint32_t)(*seed >> 32);
}

typedef struct TrainOptions {
    uint32_t epochs;
    uint32_t least;      /* a feature seen less often is none */
    uint32_t row_bytes;  /* of the table of weights in the model */
    uint32_t word_share; /* slots of the lexicon's table for 100 words */
    float rate, drop, decay;
} TrainOptions;

typedef struct TrainNames { /* the types by name, in the order of the model */
    uint32_t n;
    char name[NAMES_TYPES_MAX][16];
    uint8_t number[NAMES_TYPES_MAX]; /* outside */
} TrainNames;

/* "person=0,org=2": false where it is anything else. */
bool train_names(const char *text, TrainNames *out);

/* A labelled span of a line, in bytes. */
typedef struct TrainSpan {
    uint32_t at, end;
    uint8_t type;
} TrainSpan;

enum { TRAIN_SPANS = 512, TRAIN_LINE = 64 << 10 };

/* One line: `text TAB at:end:type ...` */
typedef struct TrainLine {
    Str text;
    TrainSpan span[TRAIN_SPANS];
    size_t n;
    size_t at; /* in the whole file, where the next one begins */
} TrainLine;

/* Reads the line at out->at. */
Status train_line(Str all, const TrainNames *names, TrainLine *out, Err *err) WARN_UNUSED;

typedef struct TrainTexts {
    uint64_t *key; /* features of all units in a row; numbers of weights after train_run */
    size_t n_key, cap_key;
    size_t *unit; /* where each unit's keys begin; one more behind the last */
    size_t n_unit, cap_unit;
    uint8_t *label;
    size_t cap_label;
    size_t *sentence; /* first unit of each; one more behind the last */
    size_t n_sentence, cap_sentence;
} TrainTexts;

/* Reads all lines and appends their units' features and labels; `words` is the lexicon alone
   (train_words_model). `out` is zeros before, and train_texts_free'd also after a failure. A line
   that is wrong, or too many of them, ends it. Not for two threads: it keeps a line. */
Status train_texts_read(const NamesModel *words, Str all, const TrainNames *names, TrainTexts *out,
                        Err *err) WARN_UNUSED;
/* Frees what is in it, not the struct itself; zeros are fine. */
void train_texts_free(TrainTexts *t);

/* Lines `word TAB part TAB cost TAB lists TAB cluster` -> the word tables of a model, in `out`. */
Status train_words(Str list, uint32_t share, Buf *out, uint32_t *buckets, Err *err) WARN_UNUSED;
/* A model of words alone, over those tables. */
void train_words_model(const Buf *tables, uint32_t buckets, NamesModel *out);

typedef struct TrainWeights {
    uint32_t types, row, n; /* n features */
    uint64_t *key;          /* [n] */
    uint32_t *seen;         /* [n]: how often */
    float *w;               /* [n][row] */
    float enter[NAMES_TYPES_MAX + 1][NAMES_TYPES_MAX + 1];
    float inside[4][NAMES_TYPES_MAX]; /* B->I, B->E, I->I, I->E */
} TrainWeights;

/* Numbers the features (texts->key become ids; UINT64_MAX: seen too seldom), then learns. `out` is
   filled, and train_weights_free'd also after a failure. The same texts give the same bits. */
Status train_run(TrainTexts *texts, uint32_t types, const TrainOptions *o, TrainWeights *out,
                 Err *err) WARN_UNUSED;
/* Frees what is in it; zeros are fine. */
void train_weights_free(TrainWeights *w);

/* Appends the model's bytes (model.c) with lines of slope 1; `words` and word_buckets come from
   train_words. E_USAGE: o->row_bytes makes no table. */
Status train_write(const TrainWeights *w, const TrainNames *names, const TrainOptions *o,
                   const Buf *words, uint32_t word_buckets, Buf *out, Err *err) WARN_UNUSED;
/* Puts a type's line from margin to log-odds into a model's bytes. */
void train_set_line(Buf *model, uint32_t type, float slope, float offset);
/* Adds to the weight of beginning a name of a type: what a missed one costs more than a false. */
void train_lean(Buf *model, uint32_t type, float weight);

/* The labels of a sentence; spans are in bytes of the view here. */
void train_label(const NamesSentence *s, const TrainSpan *spans, size_t n, uint8_t *labels);

/* What a head is learned from: units of sentences, as the tagger and the encoder see them. */
typedef struct TrainLessons {
    uint32_t dim, types;
    size_t n_unit, n_sentence;
    size_t *sentence; /* first unit of each; one more behind the last */
    uint8_t *label;
    HeadPlace *place;
    int16_t *row;  /* [n_unit][4 * types]: the tagger's weights */
    float *state;  /* [n_unit][dim] */
    size_t cap_sentence, cap_label, cap_place, cap_row, cap_state;
} TrainLessons;

typedef struct TrainHeadOptions {
    const char *space; /* the encoder's name */
    uint32_t layers, hidden, epochs;
    float rate, decay;
    float drop; /* share of hidden units left out of a unit's lesson */
    float deaf; /* share of sentences that are learned without the tagger's weights */
    float lean; /* added to beginning a person's name, in nats */
} TrainHeadOptions;

/* The head that goes with the tagger's model. */
Status train_head(const NamesModel *model, const TrainLessons *lessons, const TrainHeadOptions *o,
                  Buf *out, Err *err) WARN_UNUSED;

#endif
