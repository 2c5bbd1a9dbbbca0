/*
 * The gap model: from a question's features to how likely a small model answers it right, and how
 * much likelier a strong one does. gap.c explains the model and its bytes; train.h makes them.
 */
#ifndef HEARTH_ROUTE_GAP_H
#define HEARTH_ROUTE_GAP_H

#include "route/features.h"

enum {
    GAP_VERSION = 2, /* of the bytes */
    GAP_TARGETS = 3, /* of the linear part: weak right, strong right, ease */
    GAP_SHARED = 2,  /* inputs that another, earlier model gives: weak right, gap */
    GAP_INPUTS = ROUTE_SHAPE_COUNT + GAP_TARGETS + 1 + GAP_SHARED, /* + linear, rarity */
    GAP_TERMS = 6, /* of the last line: one, forest, linear (twice), earlier model (twice) */
    GAP_BINS = 32,
    GAP_TREES_MAX = 256,
    GAP_NODES_MAX = 1 << 18,
    GAP_DEPTH_MAX = 24,
    GAP_LEAF = 255 /* in the place of a node's input */
};

/* A node: input below bin -> the next node, else the one `right` nodes on. A leaf holds both means
   in 1/127 instead. */
typedef struct GapNode {
    uint8_t input;
    int8_t bin;    /* leaf: the gap */
    int16_t right; /* leaf: weak right */
} GapNode;

_Static_assert(sizeof(GapNode) == 4, "nodes are read from model bytes as they are");

/* The last line of the model: sums over the terms of gap_terms. */
typedef struct GapScale {
    float weak[GAP_TERMS]; /* of a logistic */
    float gap[GAP_TERMS];
} GapScale;

typedef struct GapModel {
    uint8_t idf[ROUTE_SLOTS]; /* in 1/GAP_IDF_UNIT; 0: never seen */
    int8_t weight[ROUTE_SLOTS][GAP_TARGETS];
    float unit[GAP_TARGETS], mean[GAP_TARGETS];
    float edge[GAP_INPUTS][GAP_BINS - 1]; /* ascending: value < edge[i] is bin <= i */
    GapScale scale;
    uint32_t n_trees, n_nodes, root[GAP_TREES_MAX];
    GapNode *nodes;
} GapModel;

enum { GAP_IDF_UNIT = 20 };

typedef struct GapScore {
    float weak; /* probability that the small model is right */
    float gap;  /* expected gain of the strong one, about -1..1 */
} GapScore;

/* From any bytes; copies what it needs. E_CORRUPT, E_UNSUPPORTED (another version, or other sizes),
   E_NO_MEMORY. Immutable afterwards: threads may share it. */
Status gap_open(Str bytes, GapModel **out, Err *err) WARN_UNUSED;
Str gap_built_in(void); /* the bytes of the model that ships */
void gap_close(GapModel *model); /* NULL is fine */
/* Appends the bytes that gap_open reads; the caller looks at out->status. */
void gap_write(const GapModel *model, Buf *out);
/* `earlier`: what a model trained before this one, on other questions, said; NULL: nothing. A model
   that was trained with it wants it. */
void gap_score(const GapModel *model, const RouteFeatures *features, const GapScore *earlier,
               GapScore *out);

/* Parts of gap_score, which training shares with it. */
float gap_gram_value(const GapModel *model, const RouteFeatures *f, int i); /* before the norm */
/* By what the values of grams [from, to), one space of them, are multiplied; 0 where all are 0. */
float gap_norm(const GapModel *model, const RouteFeatures *f, int from, int to);
/* The forest's inputs: shape, the linear scores, rarity, what the earlier model said. */
void gap_inputs(const GapModel *model, const RouteFeatures *f, const float linear[GAP_TARGETS],
                const float shared[GAP_SHARED], float out[GAP_INPUTS]);
/* The last line's terms for both outcomes. forest: gap, weak, as forest_row has them. */
void gap_terms(const float forest[2], const float linear[GAP_TARGETS],
               const float shared[GAP_SHARED], float weak[GAP_TERMS], float gap[GAP_TERMS]);

#endif
