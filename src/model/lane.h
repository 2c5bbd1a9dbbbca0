/*
 * What wave.c and lane.c share about a lane: its birth, its range of rows, its quantised input.
 */
#ifndef HEARTH_MODEL_LANE_H
#define HEARTH_MODEL_LANE_H

#include "model/wave.h"

typedef struct LaneRange {
    size_t from, to;
} LaneRange;

size_t lane_private_bytes(size_t n_embd, size_t n_rot, size_t act_bytes, size_t scratch_bytes);
void lane_init(Lane *ln, Wave *w, int thread, int n_threads);
/* A lane for the output head, over n rows of w->out. */
void lane_init_head(Lane *ln, Wave *w, int thread, int n_threads, int n);
/* This lane's share of `rows`, in whole panels. */
LaneRange lane_rows(const Lane *ln, size_t rows);
/* Prepares ln->act from x [m][cols] for the matrices. On return all lanes may multiply. */
void lane_quantise(Lane *ln, const float *x, size_t cols, const KernMat *const *mats, int n_mats);

#endif
