/*
 * Deep: a reader that the gate does not have itself, for what is said between the lines (deep.c).
 */
#ifndef HEARTH_GATE_DEEP_H
#define HEARTH_GATE_DEEP_H

#include "base/mem.h"
#include "gate/gate.h"

enum {
    DEEP_PHRASES_MAX = 20000, /* of one request */
    DEEP_PHRASES_BYTES = 1 << 20
};

typedef struct GateLook GateLook; /* look.h */

/* Takes a phrase of the text, as it stands there; `spare` one that the tagger may take for a name
   and is none. */
typedef struct GateDeepSink {
    Status (*take)(void *user, Str phrase, ScanType type, Err *err);
    Status (*spare)(void *user, Str phrase, Err *err);
    void *user;
} GateDeepSink;

/* Reads a text; any failure means that it was not read to its end. */
typedef struct GateDeepReader {
    Status (*read)(void *user, Str text, const GateDeepSink *sink, Err *err);
    void *user;
} GateDeepReader;

/* Who reads for this gate from now on; without one, requests that must be read are refused. */
void gate_set_reader(Gate *gate, const GateDeepReader *reader);

/* gate_scan of a text that was read first. A reader that fails: its error, and no spans. */
Status gate_deep_scan(Scanner *scanner, const GateDeepReader *reader, Str text,
                      const ScanSpan **spans, size_t *n, Err *err) WARN_UNUSED;

/* For src/gate: the phrases of several texts. */
typedef struct DeepPhrases {
    ScanWord *items;
    size_t n, cap;
    Str *spared; /* that are no names */
    size_t n_spared, cap_spared;
    bool partly; /* not all was looked at: nothing is spared */
    Arena texts;
} DeepPhrases;

/* An empty one, without memory; and its end, which frees the phrases with their texts. What
   deep_phrases_tell told the scanner has been copied there, and has to be taken back by itself. */
void deep_phrases_init(DeepPhrases *phrases);
void deep_phrases_fini(DeepPhrases *phrases); /* zeros are fine */
/* Adds what the reader names in a text. A reader that fails: E_DENIED with its reason, for nothing
   may leave then; E_CANCELLED and E_NO_MEMORY stay what they are. */
Status deep_phrases_read(DeepPhrases *phrases, const GateDeepReader *reader, Str text,
                         Err *err) WARN_UNUSED;
/* Adds what a second look at a text finds (look.h). */
Status deep_phrases_look(DeepPhrases *phrases, GateLook *look, Str text, Err *err) WARN_UNUSED;
/* Tells the scanner of them; NULL: it forgets those told before, which cannot fail. */
Status deep_phrases_tell(const DeepPhrases *phrases, Scanner *scanner, Err *err) WARN_UNUSED;

#endif
