/*
 * A form: a fixed list of lines that the local model fills with words of a text (form.c).
 */
#ifndef HEARTH_TURN_FORM_H
#define HEARTH_TURN_FORM_H

#include "model/session.h"
#include "model/text/vocab.h"

enum {
    FORM_LINES_MAX = 16,
    FORM_WINDOW_MAX = 512, /* bytes of a text that is read at once: a place a byte at most */
    FORM_PHRASE_MAX = 120  /* bytes of a place that are told apart by their tokens */
};

typedef struct FormFind {
    size_t start, end; /* bytes of the window */
    int line;
    float margin; /* by which a word of the text won over "none": difference of logits */
} FormFind;

typedef struct FormOptions {
    const char *const *lines; /* their names, as the prompt's examples have them */
    int n_lines;
    /* Which lines' words are read out, by all lines' margins; counts: [n_lines], to be filled. */
    void (*judge)(void *user, const float *margins, bool *counts);
    void *user;
    const atomic_bool *cancel; /* may be NULL */
} FormOptions;

typedef struct Form Form; /* its words as tokens of one vocabulary, and scratch */

/* The session, the options' strings, user and cancel flag are borrowed until form_free; n_lines is
   1 to FORM_LINES_MAX. E_UNSUPPORTED: the vocabulary cannot spell the form. Thread-safety is the
   session's: one thread at a time. */
Status form_new(Session *session, const FormOptions *options, Form **out, Err *err) WARN_UNUSED;
void form_free(Form *form); /* NULL is fine */

/* Fills the form behind a prompt that ends where the answer begins: for each line that counts, the
   words of the window that stand there. The finds belong to the form and
   live until its next run. E_LIMIT: the prompt does not fit the session, the window is longer than
   FORM_WINDOW_MAX. E_UNSUPPORTED: the vocabulary changes the text that it reads. */
Status form_run(Form *form, const TokenList *prompt, Str window, const FormFind **finds,
                size_t *n, Err *err) WARN_UNUSED;
/* [n_lines], of the last run: how far a word of the text was ahead of "none", as a difference of
   logits; -INFINITY for a window without words. The form's, until its next run. */
const float *form_margins(const Form *form);

#endif
