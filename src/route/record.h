/*
 * What the router remembers between questions: what it learned (learn.h), the last decisions with
 * their signals, and what each budget's price is (budget.h). Pure: bytes in, bytes out; whoever
 * owns the file saves it (turn/record.c). record.c explains what counts as an outcome.
 */
#ifndef HEARTH_ROUTE_RECORD_H
#define HEARTH_ROUTE_RECORD_H

#include "route/budget.h"
#include "route/learn.h"

enum {
    ROUTE_RECORD_KEPT = 64,      /* decisions */
    ROUTE_RECORD_BUDGETS = 2 * ROUTE_ENDPOINTS_MAX,
    ROUTE_RECORD_VERSION = 1,
    ROUTE_RECORD_BYTES_MAX = 1 << 16,
    ROUTE_SKETCH_BYTES = 32,
    ROUTE_AGAIN_S = 300 /* a question asked again within that time is a retry */
};

typedef enum RouteBy { ROUTE_BY_MODEL, ROUTE_BY_ENDPOINT, ROUTE_BY_PASSAGES } RouteBy;
typedef enum RouteCheck { ROUTE_UNCHECKED, ROUTE_SUPPORTED, ROUTE_UNSUPPORTED } RouteCheck;
typedef enum RouteJudged {
    ROUTE_UNJUDGED,
    ROUTE_SETTLED, /* by a retry, a check, or by nothing at all */
    ROUTE_LIKED,
    ROUTE_DISLIKED
} RouteJudged;

typedef struct RouteEntry {
    uint64_t id; /* from 1, never used twice */
    int64_t at_s;
    RouteBy by;       /* who answered at last */
    RouteCheck check; /* of the local model's sentences against the documents */
    RouteJudged judged;
    float signals[ROUTE_SIGNALS];
} RouteEntry;

typedef struct RouteHeldBudget {
    char name[ROUTE_NAME_MAX];
    bool monthly;
    uint32_t period; /* 20261126, or 202611 */
    RouteBudget budget;
} RouteHeldBudget;

typedef struct RouteRecord {
    RouteLearned learned;
    uint64_t last_id;
    RouteEntry entries[ROUTE_RECORD_KEPT]; /* the oldest first */
    size_t n_entries;
    uint64_t key; /* of the sketch */
    bool sketched;
    uint8_t sketch[ROUTE_SKETCH_BYTES]; /* of the last question, without its words */
    RouteHeldBudget budgets[ROUTE_RECORD_BUDGETS];
    size_t n_budgets;
} RouteRecord;

/* Nothing is remembered, and the weights are what Hearth ships with. key: drawn at random; nobody
   may guess it, since the sketch is made with it. */
void route_record_reset(RouteRecord *record, uint64_t key);
/* A question was answered: settles the one before (was it asked again?) and keeps this one. `fresh`
   has all but its id, which is returned. */
uint64_t route_record_add(RouteRecord *record, const RouteEntry *fresh, Str question);

typedef enum RouteThumb {
    ROUTE_THUMB_COUNTED,
    ROUTE_THUMB_BEFORE, /* the same was said of it before */
    ROUTE_THUMB_REMOTE, /* no local model answered: nothing to learn */
    ROUTE_THUMB_UNKNOWN /* no such decision, or too old */
} RouteThumb;

/* id 0: the last decision. *entry (may be NULL): which one it was. */
RouteThumb route_record_thumb(RouteRecord *record, uint64_t id, bool up, const RouteEntry **entry);
/* The budget of that endpoint, made when it is not there, in the place of one that was last asked
   for in an earlier month where there is no other; NULL: there is no room. Another period than
   `period` begins anew with the old price. Valid until the next call. */
RouteBudget *route_record_budget(RouteRecord *record, const char *name, uint32_t period,
                                 double limit);
/* The higher of the prices of a day's and a month's budget of that endpoint; 0: there is none. */
double route_record_price(const RouteRecord *record, const char *name);

/* Appends at most ROUTE_RECORD_BYTES_MAX bytes, which route_record_read reads; the caller looks at
   out->status. */
void route_record_write(const RouteRecord *record, Buf *out);
/* From any bytes. Everything is checked: E_CORRUPT, E_UNSUPPORTED (another version). *out is worth
   nothing on failure. */
Status route_record_read(const uint8_t *bytes, size_t n, RouteRecord *out, Err *err) WARN_UNUSED;

#endif
