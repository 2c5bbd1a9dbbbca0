/*
 * Delegation: an endpoint that may not read a document says what to look for in it, and this device
 * looks. What the parts share; delegate.c has the protocol.
 */
#ifndef HEARTH_TURN_DELEGATE_H
#define HEARTH_TURN_DELEGATE_H

#include "knowledge/search.h"
#include "turn/turn.h"

enum {
    DELEGATE_JOBS_MAX = 8,         /* of a round */
    DELEGATE_TASK_BYTES = 500,
    DELEGATE_SEARCH_BYTES = 200,
    DELEGATE_LIST_BYTES = 64 << 10, /* of a whole list */
    DELEGATE_DOCUMENTS_MAX = 8,
    DELEGATE_PASSAGES_MAX = 4096,  /* of all of them */
    DELEGATE_READINGS_MAX = 256    /* a task and a passage, of a round */
};

_Static_assert(DELEGATE_JOBS_MAX <= 32, "a bit each in DelegateExtract.jobs");

/* What an endpoint wants to be looked for, and in which passages. */
typedef struct DelegateJob {
    Str task;   /* for the model that reads; valid UTF-8, not empty */
    Str search; /* words that find the passages; empty: all passages */
} DelegateJob;

typedef struct DelegateJobs {
    DelegateJob items[DELEGATE_JOBS_MAX];
    size_t n;
} DelegateJobs;

/* JSON Schema of a list, for providers that can keep their model to one. */
extern const char delegate_jobs_schema[];

/* delegate_jobs.c: reads a list as an endpoint wrote it; the texts of *out live in `arena`. Any
   bytes. E_CORRUPT: not such a list; E_LIMIT: more or longer jobs than are taken. *out is then
   worth nothing. */
Status delegate_jobs_parse(Str text, Arena *arena, DelegateJobs *out, Err *err) WARN_UNUSED;

/* One look at one passage. */
typedef struct DelegateReading {
    size_t job, passage;
    bool done; /* was made, whatever it found */
} DelegateReading;

/* Words of a document that answer a task. */
typedef struct DelegateExtract {
    size_t passage, start, end; /* bytes of the passage's text */
    unsigned jobs;              /* bit j: of job j */
    double score;
} DelegateExtract;

typedef struct DelegateWork {
    const SearchHit *passages;
    const DelegateJobs *jobs;
    DelegateReading *readings; /* [n_readings] by passage, then by job; `done` is filled */
    size_t n_readings;
    double until_ms;           /* of clock_now_ms: what is not read by then stays unread */
    DelegateExtract *extracts; /* room for DELEGATE_EXTRACTS_MAX; filled */
    size_t n_extracts, n_over; /* over: for which there was no room */
} DelegateWork;

enum { DELEGATE_EXTRACTS_MAX = 1024, DELEGATE_ANSWER_TOKENS = 96 /* of a reading */ };

/* delegate_read.c: makes the readings with the local model, or by words alone where there is none.
   Fills `done` of each and the extracts, in no order; tells turn->sink.reading how far it is.
   E_CANCELLED when the user stops it; a deadline that passes is no
   failure. E_LIMIT: a passage and a task do not fit the model's window. */
Status delegate_read(Turn *turn, DelegateWork *work, Err *err) WARN_UNUSED;

#endif
