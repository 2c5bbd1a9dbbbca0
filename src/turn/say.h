/*
 * What Hearth itself says in an answer, in the language of the question: English, German, Chinese.
 *
 * The language is that of the prompt (understand.c): Chinese where the question holds CJK
 * characters, German where its small words are German, else English.
 */
#ifndef HEARTH_TURN_SAY_H
#define HEARTH_TURN_SAY_H

#include "base/text.h"

struct Turn;

typedef enum TurnLanguage { TURN_ENGLISH, TURN_GERMAN, TURN_CHINESE, TURN_LANGUAGES } TurnLanguage;

typedef enum TurnWords {
    SAY_DOCUMENTS, /* what the documents say follows */
    SAY_NONE,      /* the documents do not answer it */
    SAY_NEWER,     /* a format of two names: the later document, and the older one */
    SAY_OF_THEN,   /* the same: the one that counted in the year that is asked of, a later one */
    SAY_OUTDATED,  /* a format of a name: the document that calls itself so */
    SAY_LEFT_OUT,  /* stands where a guard cut */
    SAY_WITHHELD,  /* instead of a whole answer */
    /* the guards' notices; each group in the order of GuardKind */
    SAY_LOOKS_INJECTION, SAY_LOOKS_OFFENSIVE, SAY_LOOKS_UNSAFE, /* of a question */
    SAY_CUT_OUT,      /* what looks so was cut out of it */
    SAY_FORBIDDEN,    /* it is not answered, and on whose word */
    SAY_POLICY,
    SAY_UNREAD,       /* of an answer: what is done, in the order of GuardAct from "warn" on */
    SAY_SOME_CUT,
    SAY_ALL_CUT,
    SAY_PASSAGES_CUT, /* which files are not read follows */
    SAY_AND_MORE,
    SAY_ORDER_CUT,    /* orders.c; a file (%.*s) and its sentence (%.*s), not read */
    SAY_ORDER_TOLD,   /* ... likewise, read all the same */
    SAY_KIND_INJECTION, SAY_KIND_OFFENSIVE, SAY_KIND_UNSAFE, SAY_KIND_LEAK,
    SAY_GENERATED, /* the mark of AI-generated content */
    /* talk.c */
    SAY_HELLO, SAY_WELCOME, SAY_SELF,
    SAY_FIRST, SAY_LAST, /* the first question, or the last one, follows */
    SAY_UNASKED,         /* there was none yet */
    /* summary.c; formats */
    SAY_READ_IN_PART, /* passages read (%zu), "" or ">" (%s), passages that there are (%zu) */
    SAY_CUT_SHORT,    /* answer.c; the most tokens (%d) */
    SAY_OF_SEVERAL,   /* documents of such a name (%zu), the one that is read (%.*s) */
    SAY_TRANSLATED,   /* the document that was translated (%.*s) */
    SAY_ABROAD,       /* abroad.c; the question as it was put (%.*s) */
    SAY_STEPS,        /* api/chain.c; the questions that were asked follow */
    SAY_COUNT
} TurnWords;

/* Of the question, as understand_language found it; English before that. */
TurnLanguage turn_language(const struct Turn *turn);
/* Of any text: Chinese with a CJK character in it, else German by its small words, else English. */
TurnLanguage say_language_of(Str text);
/* "en", "de", "zh". */
const char *turn_language_code(const struct Turn *turn);
/* A guard's reason in that language (reasons.c); `english` itself where the table has no such
   clause. Static, or the caller's. */
const char *say_reason(const char *english, TurnLanguage language);
/* say_reason in the question's language. */
const char *turn_reason(const struct Turn *turn, const char *english);
/* A fixed sentence in a language; static. */
const char *say_words(TurnWords what, TurnLanguage language);
/* A fixed sentence in the question's language; static. Some are formats of printf. */
const char *turn_says(const struct Turn *turn, TurnWords what);
bool say_is(Str text, TurnWords what); /* in any of the languages */

#endif
