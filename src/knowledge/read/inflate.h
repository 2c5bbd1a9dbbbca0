/*
 * The zlib format: what /FlateDecode streams of a PDF hold.
 */
#ifndef HEARTH_KNOWLEDGE_READ_INFLATE_H
#define HEARTH_KNOWLEDGE_READ_INFLATE_H

#include "base/text.h"

/* Appends what `packed` holds to `out`, up to the ceiling of `out`. false: it is damaged or cut
   off; what came before that is there. The checksum at its end is not looked at. */
bool inflate_zlib(Str packed, Buf *out);

#endif
