/* The gap model that ships, as bytes: made by `make route-prior` (tests/bench/route.py --ship). */
#ifndef HEARTH_ROUTE_PRIOR_H
#define HEARTH_ROUTE_PRIOR_H

#include <stddef.h>
#include <stdint.h>

extern const uint8_t route_prior_bytes[];
extern const size_t route_prior_n;

#endif
