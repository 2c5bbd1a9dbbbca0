/*
 * Deep: what a text says between its lines, read by the local model (deep.c).
 */
#ifndef HEARTH_TURN_DEEP_H
#define HEARTH_TURN_DEEP_H

#include "gate/deep.h"
#include "turn/rig.h"

enum { DEEP_LINES = 12 }; /* of the form; the order is that of deep.c's table */

/* A sentence that was read, for whoever measures. */
typedef struct DeepSentence {
    size_t start, end;    /* bytes of the text */
    const float *margins; /* [DEEP_LINES], before anything is added */
} DeepSentence;

typedef struct DeepOptions {
    float lean; /* added to each line's margin; 0: as measured */
    void (*sentence)(void *user, const DeepSentence *sentence); /* NULL: nobody looks */
    void *user;
} DeepOptions;

typedef struct Deep Deep; /* a session with the prompt evaluated; one thread at a time */

/* Over the rig's language model, which is opened; options NULL: the defaults, else copied (the
   callback's user is borrowed). Evaluates the beginning of the prompt, or finds it in the cache.
   E_NOT_FOUND: no model on this disk; E_UNSUPPORTED: it cannot do it; E_CANCELLED. */
Status deep_new(Rig *rig, const DeepOptions *options, Deep **out, Err *err) WARN_UNUSED;
/* Takes the words of the texts out of the session first, since that is kept on the disk. */
void deep_free(Deep *deep); /* NULL is fine; before the rig's engine is closed */
/* Tells the sink every phrase, as a piece of `text` itself, sentence by sentence; the same phrase
   may come with several types, the surest one last. What the sink returns ends it. Any text; one
   pass of the model a sentence and more. E_CANCELLED by the rig's flag. */
Status deep_read(Deep *deep, Str text, const GateDeepSink *sink, Err *err) WARN_UNUSED;

#endif
