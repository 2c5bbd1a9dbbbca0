/*
 * Pre-tokenisers: how byte-level BPE cuts text into words before merging.
 *
 * A model's tokenizer.json states them as a chain of regular expressions. The chains in use come
 * from a few families, so that instead of a regex engine (unbounded time, and a dependency) each
 * family is one hand-written matcher with parameters, and a model's rule is a row of a table.
 */
#ifndef HEARTH_MODEL_TEXT_VOCAB_PRE_H
#define HEARTH_MODEL_TEXT_VOCAB_PRE_H

#include "base/text.h"

enum { PRE_STAGES_MAX = 6 };

typedef struct PreStage PreStage;

/* What a matcher says about text[at..]: `n` bytes that are one piece, or (not matched) n bytes,
   at least one character, at which no match begins. */
typedef struct PreMatch {
    bool matched;
    size_t n;
} PreMatch;

typedef struct PreRule {
    const char *name;           /* for messages and tests: the rule's family */
    const PreStage *stages[PRE_STAGES_MAX + 1]; /* in order; NULL ends */
} PreRule;

/* What a model's name for its pre-tokeniser means. */
typedef struct PreName {
    const char *name; /* tokenizer.ggml.pre */
    const PreRule *rule;
    bool ignore_merges; /* a word that is a token is that token, whatever merges say */
    bool add_bos, add_sep; /* the custom of such models when the file does not say */
    bool raw;           /* tokens are plain UTF-8 with U+2581 for a blank, not byte letters */
} PreName;

/* NULL: unknown name. An empty name gives the default rule. */
const PreName *pre_find(Str name);

/* Called for every word, in order; words cover the text without gaps. */
typedef Status (*PreWord)(void *user, Str word, Err *err);

/* Time is linear in the text. */
Status pre_split(const PreRule *rule, Str text, PreWord word, void *user, Err *err) WARN_UNUSED;

#endif
