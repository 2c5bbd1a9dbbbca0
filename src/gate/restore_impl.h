/* A restorer from a map that is open, for src/gate alone. */
#ifndef HEARTH_GATE_RESTORE_IMPL_H
#define HEARTH_GATE_RESTORE_IMPL_H

#include "gate/match.h"
#include "gate/restore.h"
#include "gate/vault.h"

/* The map may be closed before the restorer is. `starts`: of all the texts that will be restored;
   NULL: of any text. */
Status restorer_of(const VaultTalk *talk, GateForm form, const MatchStarts *starts,
                   GateRestorer **out, Err *err) WARN_UNUSED;

/* Restores one masked text of that form for its maker, who knows what it stands for. *entry: the
   number of the map's entry for which something else was taken, the first in the text; SIZE_MAX: of
   none. */
Status restorer_prove(GateRestorer *r, GateForm form, Str masked, Str original, size_t *entry,
                      Err *err) WARN_UNUSED;

/* Does a name end so that no s of a genitive is put behind it ("Hinrichs")? */
bool restorer_bends(ScanType type, Str original);

#endif
