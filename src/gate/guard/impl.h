/* What the files of the guards share: the view of a text, rules over terms, the linear model. */
#ifndef HEARTH_GATE_GUARD_IMPL_H
#define HEARTH_GATE_GUARD_IMPL_H

#include "gate/guard/guard.h"

enum {
    VIEW_MAX = 32 << 10,  /* bytes of text in one view */
    VIEW_OVERLAP = 1 << 10, /* of one view with the next */
    PIECE_MAX = 480,      /* bytes of the view that a linear model judges at once, at most */
    RULE_STEPS = 3,
    RULES_MAX = 64,
    TERMS_MAX = 2048,
    HITS_MAX = 16,       /* finds of rules that are weighed together */
    NEAR = 600           /* ... within so many bytes */
};

/* A stretch of text as rules and models see it (view.c). */
typedef struct View {
    Str text; /* what it was made of */
    size_t n;
    char p[VIEW_MAX + 8];
    uint32_t at[VIEW_MAX + 8]; /* of each byte: the byte of the text; at[n]: the end */
} View;

/* view.c: folds `text` from `from` on; returns where the view ends in the text. */
size_t view_fold(View *view, Str text, size_t from);

/* ---- text in disguise (decode.c) ---- */

enum { DECODED_MAX = 4 << 10, DECODED_ALL = 256 << 10 };

/* The next stretch of `text` from `from` on that is text when decoded; returns the bytes put into
   `out`, 0: there is none. */
size_t decode_next(Str text, size_t from, GuardSpan *where, char out[DECODED_MAX]);

/* The best evidence so far; places are the view's until guard.c makes them the text's. */
typedef struct Find {
    float score;
    size_t start, end;
    GuardSpan peak; /* inside it: what weighs most */
    const char *reason;
} Find;

/* ---- rules ---- */

/* A term: in lower case; a '*' at its end: any ending. One class each; classes are letters. */
typedef struct RuleTerms {
    char class;
    const char *words; /* separated by '|' */
} RuleTerms;

/* Terms of the classes `steps`, in this order, each at most `gap` bytes behind the one before.
   Weight 0: takes back what was found up to `gap` bytes before it. */
typedef struct Rule {
    uint8_t kind;
    const char *steps; /* one to RULE_STEPS letters */
    uint8_t gap;
    float weight; /* how sure one is of it alone */
    const char *reason;
} Rule;

extern const RuleTerms rule_terms[];
extern const size_t n_rule_terms;
extern const Rule rules[];
extern const size_t n_rules;

typedef struct Term {
    const char *p;
    uint8_t n;
    char class;
    bool open; /* any ending */
    int16_t next;
} Term;

typedef struct Rules {
    Term term[TERMS_MAX];
    int16_t bucket[256];
    size_t n;
} Rules;

/* Makes the index of rule_terms by their first two bytes; takes no memory, cannot fail. */
void rules_init(Rules *r);
/* Raises best[kind] where the view holds better evidence. */
void rules_run(const Rules *r, const View *view, Find best[GUARD_KINDS]);

/* ---- the linear models ---- */

enum {
    MODEL_BITS_MIN = 8,
    MODEL_BITS_MAX = 19,
    MODEL_HEADER = 40,
    MODEL_VERSION = 1,
    GRAMS_MAX = 5 * PIECE_MAX
};
#define MODEL_MAGIC "HGUARD1\n"

/* What a model looks at. HAN: 1- to 3-grams of characters, pieces with some Han signs only.
   WORDS: words, two and three of them, and runs of four characters; any language. */
typedef enum Grams { GRAMS_HAN, GRAMS_WORDS, GRAMS_KINDS } Grams;

typedef struct LinearModel {
    uint32_t bits;
    Grams grams;
    float bias, step; /* log-odds: bias + step * sum of weights / sqrt(grams) */
    const int8_t *weight; /* [1 << bits] */
    const char *reason;   /* of its verdicts; the bytes hold none */
} LinearModel;

/* A model over `bytes`, which are borrowed. E_CORRUPT, E_UNSUPPORTED: none of this build. */
Status linear_read(Str bytes, LinearModel *out, Err *err) WARN_UNUSED;
/* Of a file whose header ends with its check: 64 bits over all but magic and check. */
uint64_t guard_file_sum(Str bytes, size_t header, uint64_t seed);
uint64_t linear_sum(Str bytes); /* the check that the header must hold; n >= MODEL_HEADER */
/* grams.c: hashes of what the piece holds; returns how many. */
size_t grams_of(Grams grams, Str piece, uint32_t hash[GRAMS_MAX]);
float linear_score(const LinearModel *model, Str piece); /* 0..1 */

/* ---- heads: what a vector of meaning adds to a score (head.c) ---- */

enum {
    HEAD_HEADER = 72,
    HEAD_VERSION = 2,
    HEAD_SPACE = 32,   /* bytes of the embedding model's name, the last one 0 */
    HEAD_DIM_MAX = 8192,
    HEAD_HIDDEN_MAX = 512,
    SENSES_MAX = 16,   /* vectors of one text, at most */
    PROBES_MAX = 2     /* states of one question, at most */
};
#define HEAD_MAGIC "HGHEAD1\n"

typedef struct Head {
    char space[HEAD_SPACE];
    uint32_t dim, hidden; /* dim 0: there is no head */
    uint32_t layers;      /* as in GuardMeaning */
    float least;          /* a score below is not doubted: no vector is asked for */
    float *w;             /* [head_floats(dim, hidden)], see head.c */
} Head;

/* Floats in a head of that shape: (dim + 2) * (hidden + 1). */
size_t head_floats(uint32_t dim, uint32_t hidden);
Status head_read(Str bytes, Head *out, Err *err) WARN_UNUSED; /* head_fini() */
/* Frees the weights; dim is 0 then. Zeros are fine. */
void head_fini(Head *head);
uint64_t head_sum(Str bytes); /* the check that the header must hold; n >= HEAD_HEADER */
float head_logit(float score); /* log-odds, held within bounds */
/* The score with what the vector says. v: [dim]. */
float head_score(const Head *head, const float *v, float score);

/* What of a piece's meaning can be asked for. */
typedef struct Meaning {
    const Head *head;
    const GuardSense *sense; /* NULL: nothing */
    float *vector;           /* [HEAD_DIM_MAX], scratch */
    float least;             /* a score below is not asked about */
    size_t left;             /* so many vectors */
    const Head *probe;       /* over the language model's states; NULL: it is not asked */
    size_t probes_left;
} Meaning;

/* The surest piece; one that `witness` (of the rules; score 0: nothing) speaks of counts with it.
   Without a model *best stays as it is. */
void linear_run(const LinearModel *model, const View *view, Meaning *meaning, const Find *witness,
                Find *best);

#endif
