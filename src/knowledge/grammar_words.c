/* The body of grammar_words.h: two short lists, looked through from end to end. */
#include "knowledge/grammar_words.h"

#include <string.h>

#include "base/utf8.h"
#include "knowledge/lex_token.h"

static const char *const words[] = {
    "a",     "an",    "the",   "of",    "in",    "on",    "at",    "to",    "for",   "by",
    "with",  "from",  "as",    "and",   "or",    "is",    "are",   "was",   "were",  "be",
    "been",  "it",    "its",   "this",  "that",  "these", "those", "he",    "she",   "they",
    "his",   "her",   "their", "what",  "which", "who",   "whom",  "whose", "when",  "where",
    "how",   "why",   "many",  "much",  "did",   "do",    "does",  "has",   "have",  "had",
    "not",   "no",    "there", "will",  "would", "can",   "could", "i",     "you",   "we",
    "about", "into",  "than",  "then",  "also",  "so",    "but",   "if"};

static const char characters[] = "的了是在有和与及或吗呢吧啊么什哪谁几何为被把将从到对于而之其此这那些个也都就"
                                 "不多少怎样麼誰幾為將從對於這個樣們";

bool grammar_word(Str word) {
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (str_eq(word, str_from(words[i]))) return true;
    }
    return false;
}

bool grammar_stem(Str stem) {
    char word[8];
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        size_t n = strlen(words[i]);
        memcpy(word, words[i], n);
        if (n > 2) n = lex_stem(word, n); /* as lex_tokenize does it */
        if (str_eq(stem, (Str){word, n})) return true;
    }
    return false;
}

bool grammar_character(uint32_t c) {
    char bytes[UTF8_MAX_BYTES];
    size_t n = utf8_encode(c, bytes);
    return str_find((Str){characters, sizeof characters - 1}, (Str){bytes, n}, 0) != SIZE_MAX;
}
