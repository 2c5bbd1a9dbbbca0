/* Ridge regression on sparse rows, several targets at once: part of training (train.c). */
#ifndef HEARTH_ROUTE_RIDGE_H
#define HEARTH_ROUTE_RIDGE_H

#include "route/gap.h"

typedef struct RidgeRows {
    size_t n;            /* rows */
    const size_t *begin; /* [n + 1] into slot and value */
    const uint32_t *slot;
    const float *value;
} RidgeRows;

typedef float RidgeTargets[GAP_TARGETS];

/* Fits the rows with use[i], weighted by weight[i], to y. weight vectors w[ROUTE_SLOTS] and mean
   are written; y's weighted mean is not penalised. */
Status ridge_fit(const RidgeRows *rows, const float *weight, const RidgeTargets *y, float alpha,
                 RidgeTargets *w, float mean[GAP_TARGETS], Err *err) WARN_UNUSED;
void ridge_apply(const RidgeRows *rows, size_t row, const RidgeTargets *w, const float *mean,
                 float *out);

#endif
