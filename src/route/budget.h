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

/* A budget that has spent nothing. limit: in the unit of prices, of a day or of a month; 0 or less:
   none, and nothing is ever steered. The price stays 0 until a first cost is known. */
void route_budget_init(RouteBudget *budget, double limit);
/* A new day or month: the spend is forgotten, the price is not. */
void route_budget_renew(RouteBudget *budget);
/* After a request, also one that was answered here: spend and price move. cost: what was spent for
   it, 0 when it stayed here; could: what it would have cost; elapsed: share of the period that has
   passed, 0..1. What is out of range counts as the nearest that is in it. */
void route_budget_add(RouteBudget *budget, double cost, double could, double elapsed);

#endif
