/*
 * How else an answer writes a date, a telephone, a firm, a street or an e-mail address. For
 * src/gate alone; manner.c has the tables.
 */
#ifndef HEARTH_GATE_MANNER_H
#define HEARTH_GATE_MANNER_H

#include "base/text.h"
#include "gate/scan/scan.h"

/* Manners of a type are numbered from 0; the most is below NAME_FORMS_MAX (forms.h). */
size_t manner_count(ScanType type);
/* Appends the thing as manner `i` writes it. false: it cannot be written so. */
bool manner_write(ScanType type, Str thing, size_t i, Buf *out);
/* How many signs at the end of this manner are the thing's, where what stands before is the
   answer's words ("ending in 4711"); 0: all of it is the thing's. */
size_t manner_end(ScanType type, size_t i);
/* How the matcher looks for it: MatchFlags. */
unsigned manner_flags(ScanType type, size_t i);

#endif
