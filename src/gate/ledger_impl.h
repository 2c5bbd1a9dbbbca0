/* Reading the ledger record by record, for src/gate alone. */
#ifndef HEARTH_GATE_LEDGER_IMPL_H
#define HEARTH_GATE_LEDGER_IMPL_H

#include "base/hash.h"
#include "gate/gate_impl.h"
#include "gate/ledger.h"

enum { LEDGER_RECORD_MAX = 128 << 20 }; /* bytes of a line */

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

/* ledger_head.c: where the ledger ends, kept beside it. n 0: none. */
typedef struct LedgerHead {
    uint64_t n;
    char hash[HASH_HEX];
} LedgerHead;

/* What cannot be read is as none. */
Status ledger_head_get(Vault *vault, const char *last, LedgerHead *out, Err *err) WARN_UNUSED;
/* `last`: where the second one is kept; NULL: nowhere. */
Status ledger_head_put(Vault *vault, const char *last, const LedgerHead *head,
                       Err *err) WARN_UNUSED;
/* Same number and same hash; two that are none are the same. */
bool ledger_head_same(const LedgerHead *a, const LedgerHead *b);
/* What the next record has to say where the end that is found is not the one that was kept. */
void ledger_head_claim(const LedgerHead *kept, const LedgerHead *found, Buf *out);

/* Hashes of the last records, by number; and the end of the ledger before this one. */
enum { LEDGER_TRAIL = 256 };
typedef struct LedgerTrail {
    char hash[LEDGER_TRAIL][HASH_HEX];
    LedgerHead earlier;
} LedgerTrail;

/* Keeps the record's hash in the place of the one LEDGER_TRAIL before it: records come in order. */
void ledger_trail_add(LedgerTrail *trail, const LedgerRecord *record);

typedef enum LedgerClaim {
    CLAIM_NONE,    /* nothing, or what a crash explains */
    CLAIM_UNKEPT,  /* no head was kept before it */
    CLAIM_EARLIER, /* it is the first after another ledger, `said` */
    CLAIM_CUT      /* `said` was the end, and is not in the chain */
} LedgerClaim;

/* Of a record that continues the chain; the trail is that of the records before it. */
LedgerClaim ledger_head_judge(const LedgerRecord *record, const LedgerTrail *trail,
                              LedgerHead *said);

typedef Status (*LedgerRecordFn)(void *user, const LedgerRecord *record, Err *err);

/* Opens nothing yet: the file is made by the first record. The vault is borrowed and outlives the
   ledger. E_NO_MEMORY. */
Status ledger_open(const char *folder, Vault *vault, Ledger **out, Err *err) WARN_UNUSED;
void ledger_close(Ledger *ledger); /* NULL is fine */
/* Every record in order, and in its place whatever else is not explained by a crash: with `damage`,
   and without json where nothing can be read. A line that has a record's form and breaks the chain
   has both. The line behind one that cannot be read is taken as it is: it has no other witness. */
Status ledger_walk(const Ledger *ledger, LedgerRecordFn each, void *user, Err *err) WARN_UNUSED;

/* gate_ledger_verify over bytes; `name` of the file for messages, `kept` may be NULL. */
Status ledger_verify(Str all, const char *name, const LedgerHead *kept, GateLedgerCheck *out,
                     Err *err) WARN_UNUSED;

#endif
