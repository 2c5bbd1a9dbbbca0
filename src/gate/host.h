/*
 * Is a host the one that it looks like? Names of another alphabet can be drawn like a provider's.
 */
#ifndef HEARTH_GATE_HOST_H
#define HEARTH_GATE_HOST_H

#include "base/attr.h"
#include "base/text.h"

/* NULL: nothing is wrong with it. Else why nobody should send anything there, as a sentence's end;
   the host as it is written, its "xn--" labels among it. */
const char *host_lookalike(Str host);

/* The host as the network spells it, appended: small letters, labels that are not ASCII as "xn--"
   and punycode. What no label may be (too long, malformed) stays as it is. */
void host_to_ascii(Str host, Buf *out);
/* A label behind "xn--" as Unicode (RFC 3492), appended; false: it is none. */
bool host_from_punycode(Str label, Buf *out);

#endif
