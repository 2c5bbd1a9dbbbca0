/*
 * The strings that the cells of a workbook share: a cell of xls or xlsx names one by its number.
 *
 * A reader appends a string to `text`, then calls shared_end; the next one follows it.
 */
#ifndef HEARTH_KNOWLEDGE_READ_SHARED_H
#define HEARTH_KNOWLEDGE_READ_SHARED_H

#include "base/mem.h"

enum { SHARED_MAX = 8 << 20 };

typedef struct Shared {
    Buf text; /* one string behind the other */
    size_t *ends; /* [n] ascending; where each ends in `text` */
    size_t n, cap;
} Shared;

/* All strings together may have DOC_TEXT_MAX bytes. shared_fini it. */
void shared_init(Shared *shared);
void shared_fini(Shared *shared);
/* What was appended since the last end is the next string. E_LIMIT: too many, or too long. */
Status shared_end(Shared *shared, Err *err) WARN_UNUSED;
/* A view, until more is appended; empty past the last string. */
Str shared_get(const Shared *shared, size_t i);

#endif
