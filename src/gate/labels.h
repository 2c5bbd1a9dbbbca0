/*
 * Labels of files and folders: what a text from there is. For src/gate alone; read with the policy,
 * asked through gate_label_of (gate.h).
 */
#ifndef HEARTH_GATE_LABELS_H
#define HEARTH_GATE_LABELS_H

#include "base/toml.h"
#include "gate/gate_impl.h"

typedef struct Labels Labels;

/* Without any path: all is personal. Owned by the policy. */
Status labels_new(Labels **out, Err *err) WARN_UNUSED;
void labels_free(Labels *labels); /* NULL is fine */
/* One [[folder]]. E_CORRUPT with what is wrong, without file and line. */
Status labels_read(Labels *labels, const Toml *table, Err *err) WARN_UNUSED;
/* GATE_PERSONAL where nothing is said. */
GateLabel labels_of(const Labels *labels, Str path);
/* The strictest label that any path has here; GATE_PERSONAL where nothing is said. */
GateLabel labels_strictest(const Labels *labels);
/* The next path with that label, borrowed; false: no more. *at begins at 0. One with a link in it
   is met twice: as written, and where it leads. */
bool labels_next(const Labels *labels, GateLabel label, size_t *at, Str *path);
/* How many labelled paths are not there now; *first: one of them, borrowed. */
size_t labels_absent(const Labels *labels, Str *first);

#endif
