/*
 * The file of what the router remembers (route/record.h): HOME/gate/route.state.
 */
#ifndef HEARTH_TURN_RECORD_H
#define HEARTH_TURN_RECORD_H

#include "route/record.h"
#include "turn/rig.h"

/* What is done to the memory while the file is locked: no waiting, no asking of anybody in it. */
typedef void (*RecordFn)(void *user, RouteRecord *record);
/* Reads, changes and replaces it while no other process can; rig->record follows, and was changed
   also where the writing failed. Waits up to 5 s for the lock. E_BUSY: another process has it. */
Status record_change(Rig *rig, RecordFn change, void *user, Err *err) WARN_UNUSED;
/* A thumb for a decision, 0: the last one. *entry: which it was, id 0: none. */
Status record_thumb(Rig *rig, uint64_t id, bool up, RouteThumb *out, RouteEntry *entry,
                    Err *err) WARN_UNUSED;
/* Forgets all that was learned; *n: from how many outcomes. */
Status record_forget(Rig *rig, uint32_t *n, Err *err) WARN_UNUSED;
/* HOME/gate/NAME, for mem_free; the folder is made where it is missing. */
Status record_path(const char *name, char **path, Err *err) WARN_UNUSED;
/* The lock of what the router keeps there (route.state and route.model), between processes; give
   *fd to file_unlock. Waits up to 5 s; E_BUSY. */
Status record_lock(int *fd, Err *err) WARN_UNUSED;
/* What day (20261126) or month (202611) it is in local time, as route_record_budget has it, and the
   share of it that has passed, 0 to 1. now_s: seconds since 1970. A day has 24 hours here, also
   when clocks are put forward. */
uint32_t record_period(int64_t now_s, bool month, double *elapsed);

#endif
