/*
 * Extremely randomised trees (Geurts, Ernst, Wehenkel, "Extremely randomized trees", Machine
 * Learning 63, 2006), for two targets at once.
 *
 * A node draws some inputs, for each one random cut between the least and the largest bin that its
 * rows have, and keeps the cut that leaves the least squared error of both targets; the gap counts
 * fully, the weak model's part by WEAK_SHARE. All rows are used for every tree: the randomness is
 * in the cuts. A node ends as a leaf at GAP_DEPTH_MAX, when it is too small to be cut, or when
 * nothing was gained.
 *
 * Nodes are written in the order of the walk: the left child is the next node, the right one
 * `right` nodes on. Recursion is at most GAP_DEPTH_MAX deep. Draws come from splitmix64 (Steele,
 * Lea, Flood 2014) and a seed: the same examples give the same trees.
 */
#include "route/forest.h"

#include <assert.h>
#include <math.h>

#include "base/hash.h"
#include "base/mem.h"

#define WEAK_SHARE 0.3 /* of the weak model's error in a cut's score; chosen */

typedef struct Grower {
    const ForestTask *task;
    uint32_t *rows;
    GapNode *nodes;
    size_t cap;
    uint32_t n_nodes;
    int draws; /* inputs to try a node */
    uint64_t random;
} Grower;

typedef struct Sums {
    double n, gap, weak; /* weights, and weighted sums */
} Sums;

typedef struct Cut {
    int input, bin;
    double score;
} Cut;

static void sums_add(Sums *s, const ForestTask *task, uint32_t row) {
    double weight = task->weight[row];
    s->n += weight;
    s->gap += weight * task->y[row][0];
    s->weak += weight * task->y[row][1];
}

/* What is gained by saying this set's means: the larger, the smaller the squared error left. */
static double sums_score(const Sums *s) {
    return s->n > 0 ? (s->gap * s->gap + WEAK_SHARE * s->weak * s->weak) / s->n : 0;
}

/* One random cut of one input; the score is 0 when it leaves too few on a side. */
static Cut try_cut(Grower *g, size_t from, size_t to, const Sums *all) {
    const ForestTask *task = g->task;
    Cut cut = {.input = (int)(random_next(&g->random) % (uint64_t)task->n_inputs)};
    const uint8_t *bins = task->bins + (size_t)cut.input * task->n_rows;
    Sums by[GAP_BINS];
    uint32_t count[GAP_BINS] = {0};
    int low = GAP_BINS, high = -1;
    memset(by, 0, sizeof by);
    for (size_t i = from; i < to; i++) {
        int bin = bins[g->rows[i]];
        sums_add(&by[bin], task, g->rows[i]);
        count[bin]++;
        if (bin < low) low = bin;
        if (bin > high) high = bin;
    }
    if (high <= low) return cut;
    cut.bin = low + 1 + (int)(random_next(&g->random) % (uint64_t)(high - low));
    Sums left = {0}, right = *all;
    size_t n_left = 0;
    for (int b = low; b < cut.bin; b++) {
        left.n += by[b].n;
        left.gap += by[b].gap;
        left.weak += by[b].weak;
        n_left += count[b];
    }
    right.n -= left.n;
    right.gap -= left.gap;
    right.weak -= left.weak;
    size_t leaf = (size_t)task->leaf;
    if (n_left < leaf || to - from - n_left < leaf) return cut;
    cut.score = sums_score(&left) + sums_score(&right);
    return cut;
}

_Static_assert((int)GAP_INPUTS < (int)GAP_LEAF && GAP_BINS <= INT8_MAX, "they fit a node");

/* Rows below the cut first, in place; where the others begin. */
static size_t split(Grower *g, size_t from, size_t to, const Cut *cut) {
    const uint8_t *bins = g->task->bins + (size_t)cut->input * g->task->n_rows;
    size_t at = from;
    for (size_t i = from; i < to; i++) {
        uint32_t row = g->rows[i];
        if (bins[row] >= cut->bin) continue;
        g->rows[i] = g->rows[at];
        g->rows[at++] = row;
    }
    return at;
}

/* Means in 1/127, the gap in a byte. */
static GapNode leaf_of(const Sums *all) {
    double n = all->n > 0 ? all->n : 1;
    double gap = fmin(1, fmax(-1, all->gap / n)), weak = fmin(1, fmax(-1, all->weak / n));
    return (GapNode){GAP_LEAF, (int8_t)lround(gap * 127), (int16_t)lround(weak * 127)};
}

/* One node and all below it, for rows [from, to). g->nodes may move, so it is used by index. */
static Status grow(Grower *g, size_t from, size_t to, int depth, Err *err) {
    Sums all = {0};
    Cut best = {0};
    assert(from <= to && to <= g->task->n_rows && g->task->n_inputs < GAP_LEAF);
    uint32_t at = g->n_nodes;
    TRY(mem_grow((void **)&g->nodes, &g->cap, (size_t)at + 1, sizeof *g->nodes, GAP_NODES_MAX,
                 err));
    g->n_nodes++;
    for (size_t i = from; i < to; i++) sums_add(&all, g->task, g->rows[i]);
    bool may = depth < GAP_DEPTH_MAX && to - from >= 2 * (size_t)g->task->leaf;
    for (int i = 0; may && i < g->draws; i++) {
        Cut cut = try_cut(g, from, to, &all);
        if (cut.score > best.score) best = cut;
    }
    if (best.score <= sums_score(&all) + 1e-9) {
        g->nodes[at] = leaf_of(&all);
        return OK;
    }
    size_t mid = split(g, from, to, &best);
    assert(mid > from && mid < to && depth < GAP_DEPTH_MAX); /* rows on both sides */
    TRY(grow(g, from, mid, depth + 1, err));
    uint32_t right = g->n_nodes - at;
    if (right > INT16_MAX) return err_set(err, E_LIMIT, "a tree of more than %d nodes", INT16_MAX);
    g->nodes[at] = (GapNode){(uint8_t)best.input, (int8_t)best.bin, (int16_t)right};
    return grow(g, mid, to, depth + 1, err);
}

/* Two fifths of the inputs are tried at a node: few enough to differ, enough to find the good. */
Status forest_grow(const ForestTask *task, Forest *out, Err *err) {
    Grower g = {.task = task, .random = task->seed, .draws = task->n_inputs * 2 / 5 + 1};
    Status status = OK;
    size_t n = 0;
    assert(task->leaf >= 1 && task->n_inputs >= 1); /* a cut leaves rows on both sides */
    assert(task->trees <= GAP_TREES_MAX && task->n_rows <= UINT32_MAX);
    memset(out, 0, sizeof *out);
    g.rows = mem_alloc_n(task->n_rows ? task->n_rows : 1, sizeof *g.rows);
    if (!g.rows) return err_no_memory(err, "growing trees");
    for (size_t i = 0; i < task->n_rows; i++) {
        if (task->weight[i] > 0) g.rows[n++] = (uint32_t)i;
    }
    for (int t = 0; status == OK && t < task->trees && t < GAP_TREES_MAX; t++) {
        if (task->cancel && atomic_load(task->cancel)) {
            status = err_set(err, E_CANCELLED, "stopped");
            break;
        }
        out->root[out->n_trees++] = g.n_nodes;
        status = grow(&g, 0, n, 0, err);
    }
    mem_free(g.rows);
    out->nodes = g.nodes;
    out->n_nodes = g.n_nodes;
    if (status != OK) forest_free(out);
    return status;
}

void forest_free(Forest *forest) {
    mem_free(forest->nodes);
    memset(forest, 0, sizeof *forest);
}

/* As forest_score of gap.c walks. A leaf has both means in 1/127 in the places of bin and right. */
void forest_row(const Forest *forest, const ForestTask *task, size_t row, float out[2]) {
    int64_t gap = 0, weak = 0;
    assert(row < task->n_rows && forest->n_trees <= GAP_TREES_MAX);
    for (uint32_t t = 0; t < forest->n_trees; t++) {
        const GapNode *node = &forest->nodes[forest->root[t]];
        while (node->input != GAP_LEAF) {
            uint8_t bin = task->bins[(size_t)node->input * task->n_rows + row];
            node += bin < (uint8_t)node->bin ? 1 : node->right;
        }
        gap += node->bin;
        weak += node->right;
    }
    float n = forest->n_trees ? 127.0F * (float)forest->n_trees : 1;
    out[0] = (float)gap / n;
    out[1] = (float)weak / n;
}
