/*
 * The file of the gap model that was trained here (route/own.h): HOME/gate/route.model.
 */
#ifndef HEARTH_TURN_OWN_H
#define HEARTH_TURN_OWN_H

#include "route/own.h"
#include "turn/rig.h"

/* Reads it into rig->own, which rig_close frees; nothing there is fine. What cannot be read, or was
   trained for another local model than is used now, is left alone on the disk, and rig->own_idle
   says so. The home must be unlocked. Fails for want of memory or of a home alone. */
Status own_load(Rig *rig, Err *err) WARN_UNUSED;
/* Tries and trains (route_own_train, which also fills `shared` of the examples). What is taken is
   written at once, and used by the next process: this one keeps the model that it has. *trial is
   filled on success; trial->not_taken says whether and why nothing was written. endpoint: what a
   RouteOwn's name holds, cut beyond. E_USAGE: too few examples, or too many. Seconds, up to a
   minute; E_CANCELLED by the rig's flag, and then nothing was written. */
Status own_train(Rig *rig, RouteExample *examples, size_t n, Str endpoint, RouteOwnTrial *trial,
                 Err *err) WARN_UNUSED;
/* Deletes the file, under the lock; none there is fine. This process goes on with what it has. */
Status own_forget(Rig *rig, Err *err) WARN_UNUSED;

#endif
