/*
 * Words that carry grammar rather than meaning: articles, copulas, pronouns, question words.
 *
 * A question is made of them ("how much was paid for the"), a document of others ("paid, 72.00"):
 * in a small collection they are rare, and what is rare weighs much. So search counts them for less
 * (lex_score.c), and they neither support a sentence nor are missed in it (verify.c). The lists are
 * closed classes of English, German and Chinese grammar; other languages go without.
 */
#ifndef HEARTH_KNOWLEDGE_GRAMMAR_WORDS_H
#define HEARTH_KNOWLEDGE_GRAMMAR_WORDS_H

#include "base/text.h"

/* An English word in lower case, as it is written. */
bool grammar_word(Str word);
/* The same, of a word that went through lex_stem. */
bool grammar_stem(Str stem);
/* A Chinese character: particles, copulas, prepositions, question words. */
bool grammar_character(uint32_t c);

/* The same for German; given in small letters. */
bool grammar_word_german(Str word);
/* Is this German, or English? It has more of the one's grammar words than of the other's. With as
   many of both an umlaut tells German. */
bool grammar_german(Str text);
/* Neither is true of a text with as many of the one as of the other, or with none. */
bool grammar_english(Str text);

#endif
