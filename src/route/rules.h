/*
 * The user's rules: read from TOML, tried from the top, the first that matches decides. rules.c has
 * the form. Rules choose among what privacy allows; none of them can let anything out.
 */
#ifndef HEARTH_ROUTE_RULES_H
#define HEARTH_ROUTE_RULES_H

#include "route/route.h"

enum { ROUTE_RULES_MAX = 256, ROUTE_WORDS_MAX = 64, ROUTE_BECAUSE_MAX = 80 };

typedef enum RouteThen { THEN_LOCAL, THEN_CLOUD, THEN_ASK, THEN_REFUSE } RouteThen;

typedef struct RouteVerdict {
    int rule; /* from 1; 0: no rule matched */
    RouteThen then;
    const char *endpoint;       /* of THEN_CLOUD; "" for any */
    const char *name, *because; /* "" when the rule has none */
} RouteVerdict;

/* From any bytes; nothing of `toml` is needed afterwards. E_USAGE or E_CORRUPT: the message names
   the line and what is wrong, the hint what to write. E_LIMIT: more than 256 KiB. */
Status route_rules_parse(Str toml, RouteRules **out, Err *err) WARN_UNUSED;
void route_rules_free(RouteRules *rules); /* NULL is fine */
/* The first rule that holds; rules NULL: none does. label: the strictest of the question's way, and
   no text of it is needed otherwise. in->language must be set. The verdict's strings are the
   rules'. */
void route_rules_try(const RouteRules *rules, const RouteInput *in, RouteLabel label,
                     RouteVerdict *out);

#endif
