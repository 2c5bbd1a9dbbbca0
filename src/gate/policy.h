/*
 * What may leave for whom: a class of thing x a destination -> what is done. For src/gate alone;
 * policy.c has the defaults and the file.
 */
#ifndef HEARTH_GATE_POLICY_H
#define HEARTH_GATE_POLICY_H

#include "gate/labels.h"

/* The defaults; `path` names the file in messages. */
Status policy_new(const char *path, Policy **out, Err *err) WARN_UNUSED;
/* What the text of the file says, over what the policy says by now. */
Status policy_read(Policy *policy, Str text, Err *err) WARN_UNUSED;
/* The policy of a home: the defaults and its file. */
Status policy_open(const char *folder, Policy **out, Err *err) WARN_UNUSED;
void policy_close(Policy *policy); /* NULL is fine */
/* What is done with a thing of that kind, found in a text of that label. */
GateAction policy_action(const Policy *policy, GateDest dest, GateLabel label,
                         const ScanSpan *span);

/* Must the local model read what leaves? */
bool policy_is_deep(const Policy *policy);
/* Does the embedding model, where there is one, look at names in what leaves? */
bool policy_is_careful(const Policy *policy);
/* What texts from which paths are. Borrowed. */
const Labels *policy_labels(const Policy *policy);
/* Things that the user's own patterns and words find, merged with what the scanner found. `spans`
   (n of them, sorted, disjoint) may move: *spans is mem_realloc()ed. */
Status policy_find(Policy *policy, Str text, ScanSpan **spans, size_t *n, Err *err) WARN_UNUSED;

#endif
