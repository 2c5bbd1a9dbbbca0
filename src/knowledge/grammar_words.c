/* The body of grammar_words.h: short lists, looked through from end to end. */
#include "knowledge/grammar_words.h"

#include <string.h>

#include "base/han.h"
#include "base/lists.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "knowledge/lex_token.h"

enum { WORD_BYTES = 16 };

static const char *const words[] = {
    "a",     "an",   "the",   "of",   "in",    "on",    "at",    "to",    "for",  "by",
    "with",  "from", "as",    "and",  "or",    "is",    "are",   "was",   "were", "be",
    "been",  "it",   "its",   "this", "that",  "these", "those", "he",    "she",  "they",
    "his",   "her",  "their", "what", "which", "who",   "whom",  "whose", "when", "where",
    "how",   "why",  "many",  "much", "did",   "do",    "does",  "has",   "have", "had",
    "not",   "no",   "there", "will", "would", "can",   "could", "i",     "you",  "we",
    "about", "into", "than",  "then", "also",  "so",    "but",   "if", NULL};

/* What German sentences are held together by, as far as no English word is written alike. */
static const char *const german[] = {
    "der",   "das",    "dem",    "des",    "ein",     "eine",    "einen",   "einem", "einer",
    "eines", "und",    "oder",   "ist",    "sind",    "wird",    "werden",  "wurde", "wurden",
    "haben", "hatte",  "habe",   "zu",     "zum",     "zur",     "von",     "vom",   "mit",
    "auf",   "bei",    "aus",    "nach",   "im",      "wie",     "wer",     "wo",    "wann",
    "wem",   "wen",    "wessen", "welche", "welcher", "welches", "welchen", "warum", "wieso",
    "viel",  "viele",  "nicht",  "kein",   "keine",   "er",      "sie",     "wir",   "ich",
    "unser", "unsere", "mein",   "meine",  "gibt",    "kostet",  "noch",    "auch",  "als",
    "den",   "kann",   "darf",   "muss",   "soll",    "seit",    "durch",   "ohne",  "für",
    "über",  "diese",  "dieser", "dieses", "diesem",  "diesen",  "ihre",    "ihr", NULL};

/* The rest of them, which may be English as well. */
static const char *const german_or_not[] = {"die", "war", "was", "hat", "am", "an",      "in",
                                            "bis", "um",  "so",  "man", "es", "beträgt", NULL};

static const char characters[] =
    "的了是在有和与及或吗呢吧啊么什哪谁几何为被把将从到对于而之其此这那些个也都就"
    "不多少怎样们";

/* Bytes of UTF-8 beyond ASCII count as letters: here only words are told from what stands between
   them. */
static bool is_letter_byte(char c) {
    return plain_is_alnum(c) || (unsigned char)c >= 0x80 || c == '\'';
}

bool grammar_word(Str word) {
    return list_has(word, words);
}

bool grammar_word_german(Str word) {
    return list_has(word, german) || list_has(word, german_or_not);
}

/* How many more German words than English ones. */
static long german_ahead(Str text) {
    long ahead = 0;
    for (size_t at = 0; at < text.n;) {
        char word[WORD_BYTES];
        size_t n = 0, from = at;
        for (; at < text.n && is_letter_byte(text.p[at]); at++) {
            if (n < sizeof word) word[n++] = plain_lower(text.p[at]);
        }
        Str low = {word, n};
        ahead += list_has(low, german);
        /* two words of both languages say nothing */
        ahead -= grammar_word(low) && !str_eq_c(low, "in") && !str_eq_c(low, "was");
        if (at == from) at++;
    }
    return ahead;
}

/* Letters of German that few other Latin writing has. */
static bool has_umlaut(Str text) {
    static const char *const letters[] = {"ä", "ö", "ü", "ß", "Ä", "Ö", "Ü", NULL};
    return list_in(text, letters);
}

/* "rasen mähen sonntag erlaubt" has no small word of any language. */
bool grammar_german(Str text) {
    long ahead = german_ahead(text);
    return ahead > 0 || (ahead == 0 && has_umlaut(text));
}

bool grammar_english(Str text) {
    return german_ahead(text) < 0;
}

/* Is it one of the list, as lex_tokenize leaves it? */
static bool stands_stemmed(Str stem, const char *const *list) {
    char word[WORD_BYTES];
    for (; *list; list++) {
        size_t n = strlen(*list);
        memcpy(word, *list, n);
        if (n > 2) n = lex_stem(word, n);
        if (str_eq(stem, (Str){word, n})) return true;
    }
    return false;
}

/* Stems the list each time: it is asked for the words of a question, a few dozen. */
bool grammar_stem(Str stem) {
    return stands_stemmed(stem, words) || stands_stemmed(stem, german);
}

/* A character is found where its bytes are: no UTF-8 character is a part of another. Traditional
   ones are folded. */
bool grammar_character(uint32_t c) {
    char bytes[UTF8_MAX_BYTES];
    size_t n = utf8_encode(han_fold(c), bytes);
    return str_has(STR(characters), (Str){bytes, n});
}
