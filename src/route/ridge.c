/*
 * Ridge regression by conjugate gradients on the normal equations:
 *
 *     (X' D X + alpha I) w = X' D (y - mean)
 *
 * D holds the rows' weights; 0 leaves a row out. X is never squared: one step multiplies by X and
 * by X' and takes time linear in the non-zero values. All targets walk together, each with its own
 * step length, so that the rows are read once a step for all of them. Rows have length at most 1,
 * hence the condition number is at most 1 + n / alpha and in practice 25 steps are enough (Hestenes
 * and Stiefel 1952; Golub and Van Loan, "Matrix computations", 11.3).
 */
#include "route/ridge.h"

#include <assert.h>

#include "base/mem.h"

enum { RIDGE_STEPS = 25 }; /* the essay says why they are enough */

typedef struct Solver {
    const RidgeRows *rows;
    const float *weight;
    float alpha;
    RidgeTargets *w, *r, *p, *q; /* solution, residual, direction, A p: [ROUTE_SLOTS] each */
} Solver;

void ridge_apply(const RidgeRows *rows, size_t row, const RidgeTargets *w, const float *mean,
                 float *out) {
    float sum[GAP_TARGETS] = {0};
    assert(row < rows->n && rows->begin[row] <= rows->begin[row + 1]);
    for (size_t k = rows->begin[row]; k < rows->begin[row + 1]; k++) {
        const float *a = w[rows->slot[k]];
        for (int t = 0; t < GAP_TARGETS; t++) sum[t] += rows->value[k] * a[t];
    }
    for (int t = 0; t < GAP_TARGETS; t++) out[t] = sum[t] + (mean ? mean[t] : 0);
}

/* X' times one row's scaled targets, added to out: the transpose of ridge_apply. */
static void scatter(const RidgeRows *rows, size_t row, const float *scaled, RidgeTargets *out) {
    for (size_t k = rows->begin[row]; k < rows->begin[row + 1]; k++) {
        float *a = out[rows->slot[k]];
        for (int t = 0; t < GAP_TARGETS; t++) a[t] += rows->value[k] * scaled[t];
    }
}

/* q = (X' D X + alpha I) p */
static void apply_normal(Solver *s) {
    for (size_t j = 0; j < ROUTE_SLOTS; j++) {
        for (int t = 0; t < GAP_TARGETS; t++) s->q[j][t] = s->alpha * s->p[j][t];
    }
    for (size_t i = 0; i < s->rows->n; i++) {
        float at[GAP_TARGETS];
        if (s->weight[i] == 0) continue;
        ridge_apply(s->rows, i, s->p, NULL, at);
        for (int t = 0; t < GAP_TARGETS; t++) at[t] *= s->weight[i];
        scatter(s->rows, i, at, s->q);
    }
}

/* In double: sums of some 37,000 products, whose small parts would be lost in single precision. */
static void dot(const RidgeTargets *a, const RidgeTargets *b, double out[GAP_TARGETS]) {
    for (int t = 0; t < GAP_TARGETS; t++) out[t] = 0;
    for (size_t j = 0; j < ROUTE_SLOTS; j++) {
        for (int t = 0; t < GAP_TARGETS; t++) out[t] += (double)a[j][t] * b[j][t];
    }
}

/* One step of conjugate gradients. rr: squared length of each target's residual, brought up to date
   here. A target that is solved (no curvature, or hardly a residual) stands still from then on. */
static void step(Solver *s, double rr[GAP_TARGETS]) {
    double pq[GAP_TARGETS], next[GAP_TARGETS];
    float along[GAP_TARGETS], turn[GAP_TARGETS];
    apply_normal(s);
    dot(s->p, s->q, pq);
    for (int t = 0; t < GAP_TARGETS; t++) along[t] = pq[t] > 0 ? (float)(rr[t] / pq[t]) : 0;
    for (size_t j = 0; j < ROUTE_SLOTS; j++) {
        for (int t = 0; t < GAP_TARGETS; t++) {
            s->w[j][t] += along[t] * s->p[j][t];
            s->r[j][t] -= along[t] * s->q[j][t];
        }
    }
    dot(s->r, s->r, next);
    for (int t = 0; t < GAP_TARGETS; t++) turn[t] = rr[t] > 1e-20 ? (float)(next[t] / rr[t]) : 0;
    for (size_t j = 0; j < ROUTE_SLOTS; j++) {
        for (int t = 0; t < GAP_TARGETS; t++) s->p[j][t] = s->r[j][t] + turn[t] * s->p[j][t];
    }
    memcpy(rr, next, sizeof next);
}

/* The mean is taken off before and not fitted, so that it is not made small as weights are. */
static void means(const RidgeRows *rows, const float *weight, const RidgeTargets *y, float *mean) {
    double sum[GAP_TARGETS] = {0}, all = 0;
    for (size_t i = 0; i < rows->n; i++) {
        all += weight[i];
        for (int t = 0; t < GAP_TARGETS; t++) sum[t] += (double)weight[i] * y[i][t];
    }
    for (int t = 0; t < GAP_TARGETS; t++) mean[t] = all > 0 ? (float)(sum[t] / all) : 0;
}

/* Starts at w = 0, where the residual is the right side itself. */
Status ridge_fit(const RidgeRows *rows, const float *weight, const RidgeTargets *y, float alpha,
                 RidgeTargets *w, float mean[GAP_TARGETS], Err *err) {
    assert(alpha > 0); /* or the equations have no one solution */
    RidgeTargets *work = mem_zalloc_n((size_t)3 * ROUTE_SLOTS, sizeof *work);
    if (!work) return err_no_memory(err, "ridge regression");
    Solver s = {.rows = rows, .weight = weight, .alpha = alpha, .w = w};
    s.r = work;
    s.p = work + ROUTE_SLOTS;
    s.q = work + (size_t)2 * ROUTE_SLOTS;
    memset(w, 0, sizeof *w * ROUTE_SLOTS);
    means(rows, weight, y, mean);
    for (size_t i = 0; i < rows->n; i++) {
        float left[GAP_TARGETS];
        for (int t = 0; t < GAP_TARGETS; t++) left[t] = weight[i] * (y[i][t] - mean[t]);
        if (weight[i] != 0) scatter(rows, i, left, s.r);
    }
    memcpy(s.p, s.r, sizeof *w * ROUTE_SLOTS);
    double rr[GAP_TARGETS];
    dot(s.r, s.r, rr);
    bool stop = false;
    for (int i = 0; i < RIDGE_STEPS && !stop; i++) {
        step(&s, rr);
        stop = rows->cancel && atomic_load(rows->cancel);
    }
    mem_free(work);
    return stop ? err_set(err, E_CANCELLED, "stopped") : OK;
}
