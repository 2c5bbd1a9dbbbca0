/*
 * Holding a budget: what a unit of cost must gain, so that the spend of a day or month comes out at
 * what the user set. budget.c explains the controller.
 */
#ifndef HEARTH_ROUTE_BUDGET_H
#define HEARTH_ROUTE_BUDGET_H

#include "base/status.h"

typedef struct RouteBudget {
    double limit;     /* of the period; 0: none */
    double spent;     /* in this period */
    double price;     /* now: gain that a unit of cost must bring */
    double seen_cost; /* mean cost of a request, for the first guess */
} RouteBudget;

void route_budget_init(RouteBudget *budget, double limit);
/* A new day or month: the spend is forgotten, the price is not. */
void route_budget_renew(RouteBudget *budget);
/* After a request. cost: what was spent for it, 0 when it stayed here; could: what it would have
   cost; elapsed: share of the period that has passed, 0..1. */
void route_budget_add(RouteBudget *budget, double cost, double could, double elapsed);

#endif
