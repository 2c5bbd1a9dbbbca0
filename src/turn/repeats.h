/*
 * Do texts repeat what another text says? By runs of letters and digits, whatever stands between
 * them: a copy keeps its words over blanks, line ends, marks and capitals.
 */
#ifndef HEARTH_TURN_REPEATS_H
#define HEARTH_TURN_REPEATS_H

#include "base/text.h"

enum {
    REPEATS_RUN = 96,  /* letters in a row that both have are always found, */
    REPEATS_SHORT = 24 /* and a source of as many, or more, that stands there as a whole */
};

/* The texts in which it is looked for. */
typedef struct Repeats {
    Buf units;       /* uint32_t: letters and digits of all texts, a 0 behind each */
    uint64_t *table; /* hashes of every STEP-th window; 0: free */
    size_t mask;     /* of the table's index */
    uint64_t seen[1024]; /* a bit for each hash by its top 16 */
} Repeats;

/* Copies what it needs of the texts. repeats_fini also after a failure. */
Status repeats_init(Repeats *repeats, const Str *texts, size_t n, Err *err) WARN_UNUSED;
void repeats_fini(Repeats *repeats);

enum { REPEATS_RING = 128 };

/* One source, in as many pieces as one likes; no piece splits a character. */
typedef struct RepeatsSource {
    const Repeats *of;
    uint32_t first[REPEATS_RUN]; /* of its units */
    uint32_t ring[REPEATS_RING]; /* the last ones */
    uint64_t hash;    /* of the last window */
    uint64_t leaving; /* what a unit that leaves it counts for */
    size_t n; /* units so far */
    bool met;
} RepeatsSource;

/* Borrows the texts for its life; needs no end. */
void repeats_source_init(RepeatsSource *source, const Repeats *of);
/* Once met, further pieces cost nothing. */
void repeats_source_add(RepeatsSource *source, Str piece);
/* Behind its last piece: do the texts repeat it? */
bool repeats_source_met(const RepeatsSource *source);

#endif
