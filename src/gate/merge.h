/* Two maps of one conversation become one (merge.c). For src/gate alone. */
#ifndef HEARTH_GATE_MERGE_H
#define HEARTH_GATE_MERGE_H

#include "gate/vault.h"

typedef struct MergeCount {
    size_t things;   /* entries that mine had not */
    size_t given_up; /* whole things whose surrogate is another's now */
} MergeCount;

/* What mine has not comes in; the same on all devices, whoever merges whose. Adds to *count. After
   a failure mine is not to be committed. */
Status vault_talk_merge(VaultTalk *mine, const VaultTalk *theirs, MergeCount *count,
                        Err *err) WARN_UNUSED;

#endif
