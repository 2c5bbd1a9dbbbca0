/*
 * The file of the gap model that was trained here (route/own.h): HOME/gate/route.model.
 */
#ifndef HEARTH_TURN_OWN_H
#define HEARTH_TURN_OWN_H

#include "route/own.h"
#include "turn/rig.h"

/* Reads it into rig->own; nothing there is fine. What cannot be read, or was trained for another
   local model than is used now, is left alone and rig->own_idle says so. */
Status own_load(Rig *rig, Err *err) WARN_UNUSED;
/* Tries and trains (route_own_train). What is taken is written, and used by the next process. */
Status own_train(Rig *rig, RouteExample *examples, size_t n, Str endpoint, RouteOwnTrial *trial,
                 Err *err) WARN_UNUSED;
Status own_forget(Rig *rig, Err *err) WARN_UNUSED;

#endif
