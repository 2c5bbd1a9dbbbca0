/*
 * What wave.c, lane.c, lane_attend.c and head.c share about a lane: its birth, its list of vector
 * work, its products.
 */
#ifndef HEARTH_MODEL_LANE_H
#define HEARTH_MODEL_LANE_H

#include "model/wave.h"

/* Rows, heads or panels [from, to). */
typedef struct LaneRange {
    size_t from, to;
} LaneRange;

/* Some results of one token. */
typedef struct LaneSpan {
    float *at;
    size_t n;
} LaneSpan;

enum {
    LANE_SMALL_TOKENS = 16,
    LANE_SLICE_MAX = 256, /* rows of an item, few tokens: Lane.slice holds them of all of these */
    LANE_PRODUCTS_MAX = 3,
};

/* Bytes of one lane's own memory: a row of n_embd floats, the results of a slice for m_max tokens
   twice (gate and up), and the kernels' scratch. */
size_t lane_private_bytes(size_t n_embd, int m_max, size_t scratch_bytes);
/* A place for the inputs of a product of few tokens. */
size_t lane_slot_bytes(size_t cols, unsigned formats);
/* Does the memory of a feed-forward part's rows (Wave.gate) hold them quantised, as `formats` say,
   and never as floats? */
bool lane_gate_holds(unsigned formats, int m, size_t cols);
/* Lane `thread` at the beginning of a pass, or of the output head, over m tokens. */
void lane_init(Lane *ln, Wave *w, int thread, int m);
/* From here on the pass has m tokens. */
void lane_set_tokens(Lane *ln, int m);

/* Puts vector work on the list, which has LANE_STEPS_MAX places; every lane of a pass pushes the
   same. */
void lane_push(Lane *ln, LaneStep step);
/* Runs the list and empties it: at the latest before somebody needs its outcome. A round, or with
   few tokens the leading lane alone; when it returns, the outcome is there for every lane. */
void lane_flush(Lane *ln);

/* Rows y [m][mat->rows] = gate(mat * input + bias) [* (up * input)]. */
typedef struct LaneProduct LaneProduct;
struct LaneProduct {
    const KernMat *mat, *up; /* up may be NULL; else of the same shape */
    float *y;
    float *const *rows;      /* in place of y, few tokens only: where each token's rows go */
    const float *bias;       /* may be NULL */
    LaneGate gate;
    const KernAct *into;     /* in place of y, many tokens only: quantised as this input */
    void (*finish)(Lane *ln, const LaneProduct *p, int t, LaneSpan some); /* may be NULL */
    void *user;
};

/* Runs the list and prepares x [m][cols] as the input of the products to come. */
void lane_quantise(Lane *ln, const float *x, size_t cols, const KernMat *const *mats, int n_mats);
/* In a round, or leading: ln->act is that input, quantised. */
void lane_place_act(Lane *ln);
/* Up to LANE_PRODUCTS_MAX products of that input. */
void lane_multiply_all(Lane *ln, const LaneProduct *products, int n);

/* Bytes of the greatest bounds, one float for each item of 256 rows of logits (head.c). */
size_t head_tops_bytes(const Model *m);
/* Bytes of the marks of one row of logits: a bit for each row of the output matrix, in whole
   items. */
size_t head_marks_bytes(const Model *m);

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
