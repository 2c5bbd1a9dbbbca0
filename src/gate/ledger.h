/*
 * The egress ledger: an append-only, hash-chained record of what left this machine.
 *
 * An entry is begun, and on the disk, before the first byte leaves; it is ended when the answer is
 * there or failed. A begun entry without an end says: this may have left.
 */
#ifndef HEARTH_GATE_LEDGER_H
#define HEARTH_GATE_LEDGER_H

#include "gate/parcel.h"

typedef struct GateUsage {
    uint64_t tokens_in, tokens_out;
    double cost;     /* in the endpoint's currency; 0 when no price is set */
    bool estimated;  /* the provider did not say: counted by us */
} GateUsage;

/* The ledger's end is kept there, too, sealed: outside of the gate's folder, so that an older
   folder that is put back is noticed. Its folder is there. */
Status gate_ledger_keep_last(Gate *gate, const char *path, Err *err) WARN_UNUSED;
/* E_DENIED: no consent for this endpoint at this host (gate.h). Synced before it returns. `host`
   and `model` as they will be used; `id` names the entry. */
Status gate_ledger_begin(Gate *gate, const GateParcel *parcel, const char *host, const char *model,
                         uint64_t *id, Err *err) WARN_UNUSED;
/* `outcome`: OK or what failed; `sent_bytes`: of the request's body that are known to have left. */
Status gate_ledger_end(Gate *gate, uint64_t id, Status outcome, uint64_t sent_bytes,
                       const GateUsage *usage, Err *err) WARN_UNUSED;
typedef struct GateSpent {
    const char *endpoint; /* NULL: all */
    int64_t since;        /* seconds since 1970, UTC */
    double cost;          /* out */
} GateSpent;
/* What each of n cost; the ledger is looked at once. E_CORRUPT, with the way out: its chain is
   broken or its end was cut off, so nobody knows what was spent. An empty one is as one that was
   moved away: nothing was. */
Status gate_ledger_spent(Gate *gate, GateSpent *asked, size_t n, Err *err) WARN_UNUSED;

typedef struct GateLedgerCheck {
    uint64_t records, entries; /* that are in the chain */
    uint64_t torn;             /* places where a crash left a piece of a line */
    uint64_t open_bytes;       /* such a piece at the end; the next record will tell of it */
    uint64_t damaged;          /* the record with which the chain breaks; 0: none */
    uint64_t earlier;          /* records of a ledger that was moved away before this one began */
    uint64_t unkept;           /* the last record before which its end was not kept; 0: none */
    bool end_known;            /* and it is where it was kept */
    char head[65];             /* hash of the last record: keep it elsewhere, and compare */
} GateLedgerCheck;

/* Reads the whole ledger. E_CORRUPT names the record; `out` is filled then, too. */
Status gate_ledger_verify(Gate *gate, GateLedgerCheck *out, Err *err) WARN_UNUSED;

/* One entry, both its records. Strings live until the callback returns. */
typedef struct GateEntry {
    uint64_t id;
    const char *time, *endpoint, *dest, *host, *model, *why, *conversation;
    uint64_t masked, kept, bytes;
    const char *outcome; /* NULL: not ended */
    uint64_t sent_bytes;
    GateUsage usage;
    Str record; /* JSON of its begin, with the masked texts */
} GateEntry;

typedef bool (*GateEntryFn)(void *user, const GateEntry *entry); /* false stops */

/* In order; id 0: all; else that one, or E_NOT_FOUND. E_CORRUPT, after all that can be read was
   handed out: some record of the ledger is damaged. */
Status gate_ledger_each(Gate *gate, uint64_t id, GateEntryFn each, void *user,
                        Err *err) WARN_UNUSED;

/* A record that cannot be read, or that breaks the chain. */
typedef struct GateDamage {
    uint64_t record; /* its number, as far as it or its neighbours tell */
    uint64_t entry;  /* to which it belongs; 0: unknown */
    uint64_t offset; /* bytes before it in the ledger's text */
    const char *what;
} GateDamage;

typedef void (*GateDamageFn)(void *user, const GateDamage *damage);

/* In order; none: nothing is handed out. */
Status gate_ledger_damage(Gate *gate, GateDamageFn each, void *user, Err *err) WARN_UNUSED;

#endif
