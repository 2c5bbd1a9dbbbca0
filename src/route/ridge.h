/* Ridge regression on sparse rows, several targets at once: part of training (train.c). */
#ifndef HEARTH_ROUTE_RIDGE_H
#define HEARTH_ROUTE_RIDGE_H

#include <stdatomic.h>

#include "route/gap.h"

typedef struct RidgeRows {
    size_t n;            /* rows */
    const size_t *begin; /* [n + 1] into slot and value */
    const uint32_t *slot; /* below ROUTE_SLOTS */
    const float *value;
    const atomic_bool *cancel; /* looked at before each step; NULL: never */
} RidgeRows;

typedef float RidgeTargets[GAP_TARGETS];

/* Fits the rows, weighted by weight[rows->n] (0 leaves one out), to y[rows->n]. alpha > 0: how much
   large weights are punished. Writes w[ROUTE_SLOTS] and mean; y's weighted mean is not penalised.
   Time: linear in the values that are not zero. E_NO_MEMORY, and E_CANCELLED by the flag. */
Status ridge_fit(const RidgeRows *rows, const float *weight, const RidgeTargets *y, float alpha,
                 RidgeTargets *w, float mean[GAP_TARGETS], Err *err) WARN_UNUSED;
/* out[GAP_TARGETS]: the row times w[ROUTE_SLOTS], and mean[GAP_TARGETS] added; mean NULL: not. */
void ridge_apply(const RidgeRows *rows, size_t row, const RidgeTargets *w, const float *mean,
                 float *out);

#endif
