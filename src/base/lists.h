/*
 * Lists of words: what rules know of languages, each an array of strings that ends
 * with NULL. A list is looked through from its first word to its last: lists are short, and texts
 * are questions and sentences.
 *
 * All of it compares bytes. Who wants small letters hands them in.
 */
#ifndef HEARTH_BASE_LISTS_H
#define HEARTH_BASE_LISTS_H

#include "base/text.h"

/* Is the word one of the list? */
static inline bool list_has(Str word, const char *const *list) {
    for (; *list; list++) {
        if (str_eq_c(word, *list)) return true;
    }
    return false;
}

/* Does one of the list stand somewhere in the text, also inside of a word? */
static inline bool list_in(Str text, const char *const *list) {
    for (; *list; list++) {
        if (str_has(text, str_from(*list))) return true;
    }
    return false;
}

/* Does the text begin with one of the list? */
static inline bool list_starts(Str text, const char *const *list) {
    for (; *list; list++) {
        if (str_starts(text, str_from(*list))) return true;
    }
    return false;
}

/* Does the text end with one of the list? */
static inline bool list_ends(Str text, const char *const *list) {
    for (; *list; list++) {
        if (str_ends(text, str_from(*list))) return true;
    }
    return false;
}

#endif
