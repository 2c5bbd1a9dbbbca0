/*
 * Chain: a question whose answer needs another one's (turn/links.h), asked step by step.
 */
#ifndef HEARTH_API_CHAIN_H
#define HEARTH_API_CHAIN_H

#include "api/joint.h"

/* Turns of one question: two sides of two steps; the whole in two steps, and as it stands. */
enum { CHAIN_MAX = 7 };

/* A step; the question itself, which the caller hears while it is answered; the same unheard. */
typedef enum ChainHow { CHAIN_STEP, CHAIN_ALOUD, CHAIN_SILENT } ChainHow;

/* Asks the documents in a turn of its own. The answer lives until the chat's next question. */
typedef Status (*ChainAsk)(void *user, Str question, ChainHow how, hearth_answer *out, Err *err);

typedef struct Chain {
    ChainAsk ask;
    void *user;
    Arena *arena; /* new texts; outlives the answer */
    const hearth_ask_options *options;
    /* kept: what the answer is made of, in its order */
    Str asked[CHAIN_MAX];
    hearth_answer answers[CHAIN_MAX];
    size_t n;
    size_t n_turns; /* asked so far, kept or not */
} Chain;

/* Answers a question: by its steps where it has some that are answered, else as it stands. The
   first four fields are the caller's to fill, the others 0. */
Status chain_ask(Chain *chain, Str question, hearth_answer *out, Err *err) WARN_UNUSED;

#endif
