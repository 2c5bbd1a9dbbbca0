/*
 * What the files of verify share: terms, sentences, and what is claimed of them. See verify.c.
 */
#ifndef HEARTH_KNOWLEDGE_VERIFY_IMPL_H
#define HEARTH_KNOWLEDGE_VERIFY_IMPL_H

#include "knowledge/verify.h"

typedef enum TermKind { TERM_WORD, TERM_NUMBER, TERM_MONTH, TERM_NAME } TermKind;

typedef struct Term {
    uint64_t key; /* hash of the normalised form; a name has the key of its word */
    uint8_t kind;
    bool filler; /* a stop word: never counted */
    bool money;  /* a currency */
    uint32_t columns; /* of a table row: a bit for each cell it stands in */
} Term;

/* TERMS_PIECES: German, and compounds are found by their halves ("Nettomiete" by "Miete"). */
typedef enum TermsHow { TERMS_PLAIN, TERMS_GERMAN, TERMS_PIECES } TermsHow;

typedef struct Terms {
    Term *items;
    size_t n, cap;
    bool cut;        /* there were more than TERMS_MAX */
    uint32_t column; /* the bit of the cell that is read; of a wide table the last bit is shared */
} Terms;

typedef struct Sentence {
    size_t passage, start, end;
    Term *terms; /* sorted by key, unique */
    size_t n_terms, head; /* head: the first row of its table, of anything else itself */
    bool row;  /* a table row stands alone */
    bool asks; /* a question, which claims nothing */
    bool part; /* a clause of a sentence that is too long to quote */
} Sentence;

/* "Wartungspauschale" asks for what a contract may call "Pauschale": a compound and its end. */
typedef struct Head {
    uint64_t compound, end;
} Head;

struct Verify {
    Arena *arena;
    const VerifyPassage *passages;
    size_t n_passages;
    TermsHow how;    /* the question's language is its answer's */
    Terms *contexts; /* of each passage's context line */
    Sentence *sentences;
    size_t n_sentences;
    Terms question;
    double *question_weights, question_weight; /* of its terms; their sum */
    double coverage;
    Head *heads; /* of a German question's compounds */
    size_t n_heads;
    Terms subject;      /* what the question takes for granted; empty: nothing certain */
    bool by_subject;    /* what is cited may not stand above it; see has_subject */
    bool no_code;       /* a number that names it stands nowhere */
};

typedef struct Claim {
    Terms terms;
    double *weights;
    double *news;     /* the same, 0 for terms that the question has */
    size_t n_counted; /* terms that are no stop words */
    bool adds_fact;   /* one of the news is a number, a month or a name */
    bool near_known;  /* the question has words to look for */
} Claim;

/* ---- terms: verify_terms.c ---- */

enum { TERM_BYTES = 64 }; /* of a word; what is beyond is passed over */

/* The terms of a text into the arena, in the order of their keys, each once. Any bytes. */
Status terms_of(Arena *arena, Str text, TermsHow how, Terms *out, Err *err) WARN_UNUSED;
/* Among terms in the order of their keys; NULL: it is none of them. */
const Term *term_find(const Term *terms, size_t n, uint64_t key);
/* A name and the word it is written with have one key, so that each finds the other. */
uint64_t term_key(TermKind kind, const char *bytes, size_t n);
/* Bytes of a German word in small letters without the ending of a case, a number or a
   participle. */
size_t term_stem_german(const char *word, size_t n);
/* A letter, or a mark on one. */
bool term_is_letter(uint32_t c);

/* ---- rows of tables: verify_table.c ---- */

/* "Dog | | Cat": an empty cell of a table's first row belongs to the name before it, which stands
   over several columns. */
void table_spread_names(Str row, Terms *terms);

/* A cell says what its column is about, too: a row has the words of its table's first row, and of
   the line that says where it stands, which holds the first row of a table that began before. */
bool table_head_has(const Verify *verify, size_t first, size_t last, uint64_t key);

/* "In 2023 it was 425": the year stands above the row, and the 425 in its column. */
bool table_stands_above(const Verify *verify, const Claim *claim, const Term *fact, size_t row);

/* Is it the first row of a table, which only says what the cells below are about? */
bool table_is_head(const Verify *verify, size_t row);

/* Does a claim, or the question, speak of another row than this one, or of another column than the
   one in which the claim's facts stand? Never of what is no row. */
bool table_wrong_cell(const Verify *verify, const Claim *claim, size_t row);

#endif
