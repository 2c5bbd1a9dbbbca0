/*
 * The user's own gap model: trained on questions that this device and an endpoint both answered,
 * and taken only where it orders held-out questions better than what is there. own.c explains how.
 */
#ifndef HEARTH_ROUTE_OWN_H
#define HEARTH_ROUTE_OWN_H

#include "route/route.h"
#include "route/train.h"

enum {
    ROUTE_OWN_VERSION = 1,
    ROUTE_OWN_LEAST = 100, /* questions; fewer tell nothing when a fifth is held out */
    ROUTE_OWN_MOST = 16384,
    ROUTE_OWN_FILE = 256,
    ROUTE_OWN_BYTES_MAX = 4 << 20
};

typedef struct RouteOwn {
    uint32_t n;                     /* questions that it was trained on */
    uint64_t *seen;                  /* [n] their hashes, ascending */
    char model_file[ROUTE_OWN_FILE]; /* the local model's file, without folders, */
    uint64_t model_bytes;            /* and its size: of another one it knows nothing */
    char endpoint[ROUTE_NAME_MAX];
    GapModel *gap;
} RouteOwn;

/* Mean errors of each, all on questions that it was not trained on: squared, of "the local answer
   is good" and of the gap together. */
typedef struct RouteOwnTrial {
    size_t n;
    double weak, strong;            /* shares of good answers */
    double own, shipped, mean;      /* errors; mean: who always says the mean of the other parts */
    double margin;                  /* better than the best of both by that many standard errors */
    double own_order, shipped_order; /* APGR; 0.5 is chance */
    size_t unseen; /* questions that the model before was not trained on, */
    double own_unseen, before_unseen; /* and the errors on them */
    const char *not_taken;          /* why; NULL: it is better */
} RouteOwnTrial;

typedef struct RouteOwnTask {
    RouteExample *examples; /* [n]; questions are borrowed for the call, `shared` is filled by it */
    size_t n;
    const RouteOwn *before;    /* the own model in use; NULL: none */
    const atomic_bool *cancel; /* NULL: it cannot be stopped */
} RouteOwnTask;

/* *trial is filled on success. *out: NULL where it is not taken, else for route_own_free; its
   model_file, model_bytes and endpoint are the caller's to fill. E_USAGE: too few examples, or too
   many. Six trainings at most; E_CANCELLED by the flag, within a tree or a step of one. */
Status route_own_train(const RouteOwnTask *task, RouteOwnTrial *trial, RouteOwn **out,
                       Err *err) WARN_UNUSED;
void route_own_free(RouteOwn *own); /* NULL is fine */

/* Appends the bytes that route_own_read reads; the caller looks at out->status. */
void route_own_write(const RouteOwn *own, Buf *out);
/* From any bytes, copied; *out for route_own_free. Everything is checked: E_CORRUPT,
   E_UNSUPPORTED (another version, here or of the gap model in it). */
Status route_own_read(const uint8_t *bytes, size_t n, RouteOwn **out, Err *err) WARN_UNUSED;

#endif
