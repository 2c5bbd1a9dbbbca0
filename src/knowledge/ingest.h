/*
 * Ingest: from folders to a searchable store, in two phases that both survive being stopped.
 *
 * Words first: every new or changed file is read, cut and indexed; one batch (a second's
 * work) is one transaction. Then vectors: chunks that have none are embedded, batch by batch.
 * Files whose size, time and inode are as before cost one stat; files whose content hash is as
 * before cost one read. Text that was embedded once is never embedded again.
 *
 * Left out: hidden names, `.git`, `node_modules`, what `.hearthignore` names (ignore.h), symbolic
 * links, and everything that is neither a folder nor a regular file. A file that cannot be read is
 * recorded with its reason and stops nothing.
 */
#ifndef HEARTH_KNOWLEDGE_INGEST_H
#define HEARTH_KNOWLEDGE_INGEST_H

#include <stdatomic.h>

#include "knowledge/doc.h"
#include "knowledge/store.h"

/* Reads the open file into *out; the function initialises *out, ingest calls doc_fini on it, also
   after a failure. `path` is for messages and for the name's ending. E_UNSUPPORTED: a kind not
   read yet; then out->format, if set, names the kind ("spreadsheet (xlsx)"). E_LIMIT and E_USAGE:
   refused. E_CANCELLED ends the call. extractor_run (extract.h) fits with three lines around it. */
typedef Status (*IngestExtractFn)(void *user, int fd, const char *path, Doc *out, Err *err);

typedef enum IngestPhase { INGEST_WORDS, INGEST_EMBED } IngestPhase;

typedef struct IngestProgress {
    IngestPhase phase;
    uint64_t files_seen, files_read, files_failed; /* so far, in this call */
    uint64_t bytes_read;
    uint64_t chunks_done, chunks_total; /* INGEST_EMBED: embedded now, and to embed in this call */
    double rate;                        /* files/s or chunks/s of this phase */
    double eta_s;                       /* < 0: not known */
    const char *path;                   /* the file at hand; may be NULL */
} IngestProgress;

typedef void (*IngestProgressFn)(void *user, const IngestProgress *progress);

typedef struct IngestOptions {
    /* Borrowed during the call. */
    const char *const *paths; /* n_paths files or folders; 0: all remembered roots */
    size_t n_paths;
    IngestExtractFn extract;
    void *extract_user;
    const StoreEmbedder *embedder; /* NULL: words only */
    IngestProgressFn progress;     /* NULL: silent; called at most some ten times a second */
    void *progress_user;
    const atomic_bool *cancel; /* NULL or the flag that Ctrl-C sets; seen between files, batches */
    uint64_t max_file_bytes;   /* 0: 1 GiB; larger files are recorded as refused */
} IngestOptions;

enum { INGEST_KINDS_MAX = 64, INGEST_FAILURES_MAX = 32 };

typedef struct IngestKind {
    char name[FILE_KIND_BYTES]; /* "xlsx", "png", ... */
    uint64_t n;
} IngestKind;

typedef struct IngestFailure {
    char path[256];   /* shortened in front when longer */
    char reason[200]; /* one sentence */
} IngestFailure;

typedef struct IngestReport {
    uint64_t seen, added, changed, unchanged, removed, failed, refused, unsupported, ignored;
    uint64_t links; /* not followed; counted in ignored, too */
    uint64_t roots_unreachable; /* remembered paths that are not there: their files are kept */
    uint64_t chunks_added, chunks_embedded, chunks_reused, chunks_pending;
    uint64_t text_bytes; /* of extracted text, in this call */
    double words_ms, embed_ms, merge_ms;
    bool cancelled; /* the flag was seen */
    bool complete; /* false: a budget ended the call before all was looked at */
    IngestKind kinds[INGEST_KINDS_MAX]; /* formats not read yet, most frequent first */
    size_t n_kinds;
    IngestFailure failures[INGEST_FAILURES_MAX]; /* the first ones */
    size_t n_failures;
} IngestReport;

/* Adds files and folders, remembers them as roots, brings the store up to date with them, then
   embeds. Cancelled: returns OK with report->cancelled, all finished work kept. E_NOT_FOUND when a
   given path does not exist. Needs STORE_WRITE. */
Status ingest_add(Store *store, const IngestOptions *options, IngestReport *report,
                  Err *err) WARN_UNUSED;

/* A quick look at all remembered roots before a question: stat sweep, changed files read as long
   as the budget lasts, words only. report->complete says whether all was looked at. */
Status ingest_sweep(Store *store, const IngestOptions *options, double budget_ms,
                    IngestReport *report, Err *err) WARN_UNUSED;

#endif
