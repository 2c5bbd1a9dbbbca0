/*
 * Inside of ingest: one call's state, shared by its three files.
 *
 *   ingest.c        roots, the walk, what vanished, the order of things
 *   ingest_file.c   one file: unchanged, changed, unreadable; batches
 *   ingest_embed.c  vectors for chunks that have none
 */
#ifndef HEARTH_KNOWLEDGE_INGEST_IMPL_H
#define HEARTH_KNOWLEDGE_INGEST_IMPL_H

#include "knowledge/ingest.h"
#include "knowledge/store_impl.h"
#include "knowledge/walk.h"

enum { INGEST_BLIND_MAX = 64 };

typedef struct Ingest {
    Store *store;
    const IngestOptions *options;
    IngestReport *report;
    LexBuilder *builder;
    Arena arena; /* of one file */
    bool sweep;
    bool any_excluded;
    bool new_reader; /* another Hearth looked last: kinds it could not read get another try */
    char *own;       /* the store's folder, resolved: never read into itself; libc's heap */
    uint64_t start_ns, deadline_ns, phase_ns, told_ns; /* deadline 0: none */
    /* the batch that is open */
    uint64_t batch_ns;
    size_t batch_files, batches; /* in the open batch; ended in this call */
    int64_t first_chunk, last_chunk; /* ids in the open batch; 0: none yet */
    /* files seen in this call, one bit an id */
    uint64_t *seen;
    size_t cap_seen;
    /* folders that could not be read: what lies below is kept */
    char *blind[INGEST_BLIND_MAX];
    size_t n_blind;
    bool too_blind;
    Status told; /* the first failure to write such a folder down */
    Err told_err;
    char *stopped_at; /* the path that a sweep had no time for; heap; NULL: it had */
} Ingest;

/* Has the user raised the flag? Once it was seen, report->cancelled stays true. */
bool ingest_cancelled(Ingest *in);
/* Is a sweep's time over? Never true of an add, which has no deadline. */
bool ingest_late(const Ingest *in);
/* Calls the user's progress function, at most every 100 ms unless `now`. path may be NULL. */
void ingest_tell(Ingest *in, IngestPhase phase, const char *path, bool now);
/* Into the report's list of failures, as long as there is room; counts nothing. */
void ingest_failure(Ingest *in, Str path, const char *reason);

/* One file that the walk met: looked up, and read and put into the batch when it is new or changed.
   What is wrong with the file goes into its row; the Status is about the store, or E_CANCELLED,
   E_TIMEOUT. */
Status ingest_one(Ingest *in, const WalkEntry *entry, Err *err) WARN_UNUSED;
#define INGEST_UNSEEN "unseen"
/* A folder, or a name, that cannot be looked at: listed with the reason, until it can. Its row's
   kind is INGEST_UNSEEN: when the row goes, no document has. */
Status ingest_blind(Ingest *in, Str path, const char *reason, Err *err) WARN_UNUSED;
/* Ends the batch: segment, commit. Nothing when nothing is open. */
Status ingest_flush(Ingest *in, Err *err) WARN_UNUSED;
void ingest_drop(Ingest *in); /* rolls the batch back */
/* Was the document of this row met by the walk of this call (ingest_file.c, mark_seen)? */
bool ingest_was_seen(const Ingest *in, int64_t file);

/* All chunks that have no vector, page by page, each page a transaction. Ends early, with OK, when
   it is cancelled. Needs options->embedder; no batch may be open. */
Status ingest_embed(Ingest *in, Err *err) WARN_UNUSED;

#endif
