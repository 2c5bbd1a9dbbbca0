/*
 * Words of a text, as the inverted index and the query see them. Both sides go through this one
 * function, so that what was written is what is found.
 */
#ifndef HEARTH_KNOWLEDGE_LEX_TOKEN_H
#define HEARTH_KNOWLEDGE_LEX_TOKEN_H

#include "base/text.h"

typedef enum LexKind {
    LEX_WORD,    /* a word, stemmed when it is plain English; counts towards the length */
    LEX_WHOLE,   /* a compound as a whole ("inv20240012"); beside its words, not counted */
    LEX_BIGRAM,  /* two neighbouring CJK characters, or Thai, Lao, Khmer, Burmese letters with their
                    marks; counts towards the length */
    LEX_UNIGRAM, /* the last of them in a run; counts only when it stands alone */
} LexKind;

enum { LEX_TERM_MAX = 96 }; /* bytes; longer words are cut there */

typedef struct LexToken {
    const char *p; /* valid during the call only */
    size_t n;      /* 1..LEX_TERM_MAX */
    LexKind kind;
    bool lone; /* LEX_UNIGRAM: a run of one character */
} LexToken;

typedef void (*LexTokenFn)(void *user, const LexToken *token);

/* Calls fn for every token of text, in order. Malformed UTF-8 separates words. */
void lex_tokenize(Str text, LexTokenFn fn, void *user);

/* Of a script without blanks (unicode_is_unspaced): does `code` belong to the letter that ends with
   `before`? */
bool lex_is_attached(uint32_t before, uint32_t code);

/* Light English stemming of n lower-case ASCII letters in place; returns the new length. */
size_t lex_stem(char *word, size_t n);

#endif
