/*
 * Two maps of one conversation, from two devices, become one.
 *
 * Paired devices draw from the same key, so the same thing mostly has the same surrogate already.
 * Not always: a candidate that is taken, or that the request says, is passed over (surrogate.c),
 * and what is taken depends on what a device met first. So when maps meet,
 *
 *     one thing may have two surrogates    both stay, for both are to be put back in texts that
 *                                          stand somewhere; one of them is used from then on
 *     two things may have one surrogate    one of them keeps it; the other gives it up and gets a
 *                                          new one where it is said next
 *
 * Which, is decided by an order that all devices share: entries are sorted by BLAKE2b over original
 * and surrogate, then by part and type. The first entry of an original is the one that counts, the
 * first of a surrogate has it. The order knows nothing of whose an entry is, so merging gives the
 * same map on each side, in whatever turn devices hand each other theirs, and a second time
 * changes nothing. The key that both go on with is the lower one, where they differ (the
 * conversation began before they were paired).
 *
 * Limit: a text that was masked with a surrogate which its thing gave up is put back as the other
 * thing. The caller is told how many there are.
 */
#include "gate/merge.h"

#include <assert.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"

enum { ENTRY_BYTES_MAX = VAULT_TALK_BYTES_MAX };

typedef struct Ranked {
    uint8_t rank[HASH_BYTES];
    VaultEntry entry;
    bool theirs;
} Ranked;

/* What both devices sort by: it depends on the two texts alone, so both come to one order. */
static Status rank(Ranked *r, const VaultEntry *entry, bool theirs, Err *err) {
    Buf all;
    buf_init(&all, ENTRY_BYTES_MAX);
    buf_add_le(&all, entry->original.n, 4);
    buf_add_str(&all, entry->original);
    buf_add_str(&all, entry->surrogate);
    Status status = buf_check(&all, "surrogates", err);
    if (status == OK) hash_blake2b(all.p, all.n, r->rank);
    r->entry = *entry;
    r->theirs = theirs;
    seal_wipe_buf(&all);
    return status;
}

static int by_rank(const void *a, const void *b) {
    const Ranked *x = a, *y = b;
    int order = memcmp(x->rank, y->rank, sizeof x->rank);
    if (order) return order;
    order = (int)x->entry.part - (int)y->entry.part;
    return order ? order : (int)x->entry.type - (int)y->entry.type;
}

static bool same_entry(const VaultEntry *a, const VaultEntry *b) {
    return a->part == b->part && str_eq(a->original, b->original) &&
           str_eq(a->surrogate, b->surrogate);
}

static Status rank_all(Ranked *all, const VaultTalk *mine, const VaultTalk *theirs, Err *err) {
    size_t n = vault_talk_count(mine);
    for (size_t i = 0; i < n; i++) TRY(rank(&all[i], vault_talk_at(mine, i), false, err));
    for (size_t i = 0; i < vault_talk_count(theirs); i++) {
        TRY(rank(&all[n + i], vault_talk_at(theirs, i), true, err));
    }
    return OK;
}

/* Sorted entries become the map: the first of each, and of a surrogate those of its first owner. */
static Status put_all(VaultTalk *mine, const Ranked *all, size_t n, MergeCount *count, Err *err) {
    for (size_t i = 0; i < n; i++) {
        const VaultEntry *e = &all[i].entry;
        const VaultEntry *owner = vault_talk_surrogate(mine, e->surrogate);
        bool again = i && same_entry(e, &all[i - 1].entry);
        if (again) continue;
        if (owner && !str_eq(owner->original, e->original)) {
            count->given_up += e->part == VAULT_WHOLE;
            continue;
        }
        TRY(vault_talk_add(mine, e, err));
    }
    return OK;
}

/* Entries, once each, that mine had not; `all` is sorted, so equal ones are neighbours. */
static size_t count_new(const Ranked *all, size_t n) {
    size_t fresh = 0;
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        bool mine = !all[i].theirs;
        for (; end < n && same_entry(&all[i].entry, &all[end].entry); end++) {
            mine |= !all[end].theirs;
        }
        fresh += !mine;
        i = end;
    }
    return fresh;
}

/* A map without entries has drawn nothing: its key does not count beside one that has. */
static void choose_key(VaultTalk *mine, const VaultTalk *theirs) {
    bool drew = vault_talk_count(mine) > 0, they_drew = vault_talk_count(theirs) > 0;
    int order = memcmp(vault_talk_key(theirs), vault_talk_key(mine), SEAL_KEY_BYTES);
    if (drew == they_drew ? order < 0 : they_drew) vault_talk_rekey(mine, vault_talk_key(theirs));
}

Status vault_talk_merge(VaultTalk *mine, const VaultTalk *theirs, MergeCount *count, Err *err) {
    size_t n_mine = vault_talk_count(mine), n = n_mine + vault_talk_count(theirs);
    Ranked *all = mem_alloc_n(n + 1, sizeof *all);
    bool *drop = mem_alloc_n(n_mine + 1, sizeof *drop);
    Status status = all && drop ? rank_all(all, mine, theirs, err)
                                : err_no_memory(err, "surrogates");
    if (status == OK) {
        choose_key(mine, theirs);
        qsort(all, n, sizeof *all, by_rank);
        size_t fresh = count_new(all, n);
        assert(fresh <= n - n_mine);
        count->things += fresh;
        memset(drop, true, n_mine * sizeof *drop);
        if (fresh) vault_talk_drop(mine, drop);
        assert(!fresh || vault_talk_count(mine) == 0); /* all come in again, by rank */
        if (fresh) status = put_all(mine, all, n, count, err);
    }
    if (all) seal_wipe(all, n * sizeof *all);
    mem_free(all);
    mem_free(drop);
    return status;
}
