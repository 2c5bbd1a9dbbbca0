/*
 * Scoring: does an answer hold what is right, and what do counts of such answers say?
 *
 * Pure: no store, no model, nothing is allocated.
 */
#ifndef HEARTH_LAB_SCORE_H
#define HEARTH_LAB_SCORE_H

#include "base/text.h"

/* Does the answer hold the gold words? Numbers, dates and case are compared by what they mean:
   "£1,850.00" is 1850, "seven" is 7, "11 January 2024" is 2024-01-11 and 2024年1月11日. An answer
   beyond 64 KiB is looked at that far. */
bool lab_holds(Str answer, Str gold);

/* A share with its 95 % interval (Wilson, JASA 22:209-212, 1927). of == 0: low 0, high 1. */
typedef struct LabRate {
    uint64_t n, of;
    double low, high;
} LabRate;

/* n of `of` with its interval; n <= of. */
LabRate lab_rate(uint64_t n, uint64_t of);

/* Probability of a difference so large or larger if two runs were equally good: McNemar's test,
   exact (binomial, two-sided). only_a and only_b: questions that one of them alone got right. */
double lab_mcnemar(uint64_t only_a, uint64_t only_b);

#endif
