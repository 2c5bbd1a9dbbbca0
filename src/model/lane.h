/*
 * What wave.c, lane.c and lane_attend.c share about a lane: its birth, its range of rows, its
 * quantised input, its place among the others.
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


/* Points x, h, ... to private or shared memory, for the m and alone that are set. */
void lane_place(Lane *ln);

/* Around work by items. Between begin and end every lane takes items of one round. */
void lane_round_begin(Lane *ln);
void lane_round_end(Lane *ln);
/* The next item of this round, or -1. */
int lane_next_item(Lane *ln, int n_items);

/* After work by rows or items. */
static inline void lane_barrier(Lane *ln) { pool_barrier(ln->w->pool); }

static inline float *row_of(float *base, int t, size_t width) {
    return base + (size_t)t * width;
}

static inline size_t lane_width(const Lane *ln) { return (size_t)ln->model->hyper.n_embd; }

/* Where token t of the pass stands in its own timeline. */
static inline int lane_position(const Lane *ln, int t) {
    const WaveSegment *seg = &ln->w->segments[ln->w->owner[t]];
    return seg->pos0 + t - seg->first;
}

#endif
