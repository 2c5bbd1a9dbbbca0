/* Growing extremely randomised trees over binned inputs: part of training (train.c). */
#ifndef HEARTH_ROUTE_FOREST_H
#define HEARTH_ROUTE_FOREST_H

#include <stdatomic.h>

#include "route/gap.h"

typedef struct ForestTask {
    const uint8_t *bins; /* [n_inputs][n_rows]: input-major */
    int n_inputs;        /* below GAP_LEAF */
    size_t n_rows;
    const float (*y)[2]; /* [n_rows]: gap, weak right */
    const float *weight; /* [n_rows]; 0 leaves a row out */
    int trees, leaf;     /* rows in a leaf at least */
    uint64_t seed;
    const atomic_bool *cancel; /* looked at before each tree; NULL: never */
} ForestTask;

typedef struct Forest {
    GapNode *nodes; /* ours; a tree's nodes side by side, its root first */
    uint32_t n_nodes, n_trees, root[GAP_TREES_MAX];
} Forest;

/* Grows task->trees trees; *out is forest_free'd by the caller, and empty after a failure. Rows of
   weight 0 are not seen. E_LIMIT: more nodes than GAP_NODES_MAX. E_CANCELLED by the flag. */
Status forest_grow(const ForestTask *task, Forest *out, Err *err) WARN_UNUSED;
/* Frees the nodes and empties it; an empty one is fine. Not where a GapModel took them over. */
void forest_free(Forest *forest);
/* Both means, gap and weak right, for a row of the task's bins, also one of weight 0. */
void forest_row(const Forest *forest, const ForestTask *task, size_t row, float out[2]);

#endif
