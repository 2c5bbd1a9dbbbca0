/*
 * What Hearth itself says in an answer, in the language of the question: English, German, Chinese.
 *
 * The language is that of the prompt (understand.c): Chinese where the question holds CJK
 * characters, German where its small words are German, else English.
 */
#ifndef HEARTH_TURN_SAY_H
#define HEARTH_TURN_SAY_H

struct Turn;

typedef enum TurnLanguage { TURN_ENGLISH, TURN_GERMAN, TURN_CHINESE, TURN_LANGUAGES } TurnLanguage;

typedef enum TurnWords {
    SAY_DOCUMENTS, /* what the documents say follows */
    SAY_NONE,      /* the documents do not answer it */
    SAY_LEFT_OUT,  /* stands where a guard cut */
    SAY_WITHHELD,  /* instead of a whole answer */
    SAY_GENERATED, /* the mark of AI-generated content */
    SAY_COUNT
} TurnWords;

TurnLanguage turn_language(const struct Turn *turn);
/* "en", "de", "zh". */
const char *turn_language_code(const struct Turn *turn);
const char *turn_says(const struct Turn *turn, TurnWords what);

#endif
