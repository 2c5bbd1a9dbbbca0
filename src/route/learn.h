/*
 * What is learned on the device: how a draft's and a question's signals tell whether the local
 * answer is good enough. A small state, changed by thumbs, retries and validators' verdicts;
 * learn.c.
 */
#ifndef HEARTH_ROUTE_LEARN_H
#define HEARTH_ROUTE_LEARN_H

#include "route/route.h"

typedef enum RouteOutcome {
    OUTCOME_THUMB_UP,
    OUTCOME_THUMB_DOWN,
    OUTCOME_RETRIED,      /* the user asked again: weaker than a thumb */
    OUTCOME_VERDICT_GOOD, /* a validator checked the local answer */
    OUTCOME_VERDICT_BAD
} RouteOutcome;

struct RouteLearned {
    float weight[ROUTE_SIGNALS];    /* within 2 of what Hearth ships with */
    float precision[ROUTE_SIGNALS]; /* how certain: grows with what was seen, 4 to 400 */
    uint32_t seen; /* outcomes */
};

enum { LEARN_VERSION = 3, ROUTE_LEARNED_BYTES = 4 + 4 + 4 + 4 + 8 * ROUTE_SIGNALS + 8 };

void route_learn_reset(RouteLearned *learned); /* what Hearth ships with: sensible, never trained */
/* The probability, 0..1, that a local answer with these signals is good enough. */
double route_learn_odds(const RouteLearned *learned, const float signals[ROUTE_SIGNALS]);
/* Moves the weights by one outcome. signals: of the decision whose local answer was judged
   (RouteDecision.signals). */
void route_learn_add(RouteLearned *learned, const float signals[ROUTE_SIGNALS],
                     RouteOutcome outcome);
/* For saving, by whoever saves (base/frame.h): appends ROUTE_LEARNED_BYTES. */
void route_learn_write(const RouteLearned *learned, Buf *out);
/* Checks everything: E_CORRUPT, E_UNSUPPORTED (another version); *out is untouched then. */
Status route_learn_read(const uint8_t *bytes, size_t n, RouteLearned *out, Err *err) WARN_UNUSED;

#endif
