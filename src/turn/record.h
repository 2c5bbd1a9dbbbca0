/*
 * The file of what the router remembers (route/record.h): HOME/gate/route.state.
 */
#ifndef HEARTH_TURN_RECORD_H
#define HEARTH_TURN_RECORD_H

#include "route/record.h"
#include "turn/rig.h"

/* Reads, changes and replaces it while no other process can; the rig's copy follows. */
typedef void (*RecordFn)(void *user, RouteRecord *record);
Status record_change(Rig *rig, RecordFn change, void *user, Err *err) WARN_UNUSED;
/* A thumb for a decision, 0: the last one. *entry: which it was, id 0: none. */
Status record_thumb(Rig *rig, uint64_t id, bool up, RouteThumb *out, RouteEntry *entry,
                    Err *err) WARN_UNUSED;
/* Forgets all that was learned; *n: from how many outcomes. */
Status record_forget(Rig *rig, uint32_t *n, Err *err) WARN_UNUSED;
/* HOME/gate/NAME, for mem_free; and the lock of what the router keeps there, for file_unlock. */
Status record_path(const char *name, char **path, Err *err) WARN_UNUSED;
Status record_lock(int *fd, Err *err) WARN_UNUSED;
/* What day or month it is, as route_record_budget has it, and the share of it that has passed. */
uint32_t record_period(int64_t now_s, bool month, double *elapsed);

#endif
