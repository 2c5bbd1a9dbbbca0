/* Reading the ledger record by record, for src/gate alone. */
#ifndef HEARTH_GATE_LEDGER_IMPL_H
#define HEARTH_GATE_LEDGER_IMPL_H

#include "gate/gate_impl.h"
#include "gate/ledger.h"

/* One line; all point into it. */
typedef struct LedgerRecord {
    uint64_t n;
    uint64_t at; /* where it begins in the ledger's text */
    bool begins; /* false: ends an entry */
    const char *damage; /* NULL: none is seen */
    Str hash;
    Str body; /* what the hash is over, behind the previous hash */
    Str json;
} LedgerRecord;

typedef Status (*LedgerRecordFn)(void *user, const LedgerRecord *record, Err *err);

Status ledger_open(const char *folder, Ledger **out, Err *err) WARN_UNUSED;
void ledger_close(Ledger *ledger); /* NULL is fine */
/* Every record in order, and in its place whatever else is not explained by a crash: with `damage`,
   and without json where nothing can be read. A line that has a record's form and breaks the chain
   has both. The line behind one that cannot be read is taken as it is: it has no other witness. */
Status ledger_walk(const Ledger *ledger, LedgerRecordFn each, void *user, Err *err) WARN_UNUSED;

/* gate_ledger_verify over bytes; `name` of the file for messages. */
Status ledger_verify(Str all, const char *name, GateLedgerCheck *out, Err *err) WARN_UNUSED;

#endif
