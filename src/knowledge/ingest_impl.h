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
    size_t batch_files, batches;
    int64_t first_chunk, last_chunk;
    /* files seen in this call, one bit an id */
    uint64_t *seen;
    size_t cap_seen;
    /* folders that could not be read: what lies below is kept */
    char *blind[INGEST_BLIND_MAX];
    size_t n_blind;
    bool too_blind;
    Status told; /* the first failure to write such a folder down */
    Err told_err;
} Ingest;

bool ingest_cancelled(Ingest *in);
bool ingest_late(const Ingest *in);
void ingest_tell(Ingest *in, IngestPhase phase, const char *path, bool now);
void ingest_failure(Ingest *in, Str path, const char *reason);

Status ingest_one(Ingest *in, const WalkEntry *entry, Err *err) WARN_UNUSED;
/* A folder, or a name, that cannot be looked at: listed with the reason, until it can. Its row's
   kind is INGEST_UNSEEN: when the row goes, no document has. */
#define INGEST_UNSEEN "unseen"
Status ingest_blind(Ingest *in, Str path, const char *reason, Err *err) WARN_UNUSED;
/* Ends the batch: segment, commit. Nothing when nothing is open. */
Status ingest_flush(Ingest *in, Err *err) WARN_UNUSED;
void ingest_drop(Ingest *in); /* rolls the batch back */
void ingest_mark_seen(Ingest *in, int64_t file);
bool ingest_was_seen(const Ingest *in, int64_t file);

Status ingest_embed(Ingest *in, Err *err) WARN_UNUSED;

#endif
