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

/* Bytes of the first of the list that stands at `at`; 0: none does. */
static inline size_t list_at(Str text, size_t at, const char *const *list) {
    for (; *list; list++) {
        if (str_starts(str_sub(text, at, text.n), str_from(*list))) return strlen(*list);
    }
    return 0;
}

/* Bytes of all that stand there, one behind the other. */
static inline size_t list_run_at(Str text, size_t at, const char *const *list) {
    size_t end = at;
    for (size_t n; (n = list_at(text, end, list)) > 0;) end += n;
    return end - at;
}

/* As list_at at the text's beginning, which may have its ASCII letters in either case; the list has
   small ones. */
static inline size_t list_begins(Str text, const char *const *list) {
    for (; *list; list++) {
        if (str_begins(text, *list)) return strlen(*list);
    }
    return 0;
}

/* The first place at or behind `from` where one of the list stands, with *end behind it. SIZE_MAX:
   none does, and *end stays. */
static inline size_t list_find(Str text, size_t from, const char *const *list, size_t *end) {
    size_t best = SIZE_MAX;
    for (; *list; list++) {
        size_t at = str_find(text, str_from(*list), from);
        if (at >= best) continue;
        best = at;
        *end = at + strlen(*list);
    }
    return best;
}

/* Without any of the list at its end. */
static inline Str list_cut_end(Str text, const char *const *list) {
    for (size_t i = 0; list[i];) {
        bool ends = str_ends(text, str_from(list[i]));
        if (ends) text.n -= strlen(list[i]);
        i = ends ? 0 : i + 1;
    }
    return text;
}

#endif
