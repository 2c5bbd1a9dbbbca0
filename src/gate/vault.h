/*
 * The vault: what the gate must remember and nobody else may read, sealed (vault.c). For src/gate
 * alone; the verbs for secrets stand in gate_impl.h.
 */
#ifndef HEARTH_GATE_VAULT_H
#define HEARTH_GATE_VAULT_H

#include "base/mem.h"
#include "base/seal.h"
#include "gate/gate_impl.h"

enum {
    VAULT_ENTRIES_MAX = 1 << 16,    /* of one conversation */
    VAULT_TALK_BYTES_MAX = 64 << 20, /* of one conversation's map */
    VAULT_TALKS_MAX = 1 << 16
};

/* What of a thing an entry is. */
typedef enum VaultPart {
    VAULT_WHOLE,
    VAULT_WORD,    /* pieces of people's names */
    VAULT_SURNAME,
    VAULT_GIVEN,
    VAULT_INSIDE,  /* a whole thing that stood inside a longer word or number, too */
    VAULT_PART_COUNT
} VaultPart;

/* Two spellings that stand for each other, each as it is written. */
typedef struct VaultEntry {
    ScanType type;
    ScanKind kind;
    VaultPart part;
    Str original, surrogate;
} VaultEntry;

typedef struct VaultTalk VaultTalk; /* one conversation's map, open and locked */

/* `folder` is HOME/gate. Reads nothing: the key is read, or made, by the first verb that needs it.
   One thread at a time; other processes are kept out by gate/lock. */
Status vault_open(const char *folder, Vault **out, Err *err) WARN_UNUSED;
void vault_close(Vault *vault); /* NULL is fine */

/* Reads the map of a conversation, an empty one with a fresh key when there is none. Nobody else
   opens one of this home until vault_talk_close. */
Status vault_talk_open(Vault *vault, const char *conversation, VaultTalk **out,
                       Err *err) WARN_UNUSED;
/* E_NOT_FOUND when the conversation has none. */
Status vault_talk_open_known(Vault *vault, const char *conversation, VaultTalk **out,
                             Err *err) WARN_UNUSED;
/* The secret that the user's devices share; E_NOT_FOUND: this one is not paired. Wipe it. */
Status vault_pair_get(Vault *vault, uint8_t secret[SEAL_KEY_BYTES], Err *err) WARN_UNUSED;
/* Replaces the secret; maps that are there keep the key that they have (vault_talk_rekey). */
Status vault_pair_put(Vault *vault, const uint8_t secret[SEAL_KEY_BYTES], Err *err) WARN_UNUSED;

typedef struct VaultNames {
    const char **items;
    size_t n;
} VaultNames;

/* The conversations that have a map, in no order. */
Status vault_talk_names(Vault *vault, Arena *arena, VaultNames *out, Err *err) WARN_UNUSED;

const uint8_t *vault_talk_key(const VaultTalk *talk); /* SEAL_KEY_BYTES, of this conversation */
/* Entries are numbered from 0 in the order in which they came; after vault_talk_drop anew. */
size_t vault_talk_count(const VaultTalk *talk);
/* Entry number index, below the count; borrowed until the next add or drop. */
const VaultEntry *vault_talk_at(const VaultTalk *talk, size_t index);
/* By spelling: the entry whose original (surrogate) is exactly this; NULL. */
const VaultEntry *vault_talk_original(const VaultTalk *talk, VaultPart part, Str original);
/* Surrogates of all parts share one name space: no two things may answer to one. */
const VaultEntry *vault_talk_surrogate(const VaultTalk *talk, Str surrogate);
/* By identity: the first entry of that type whose original has this skeleton (match.h); NULL. */
const VaultEntry *vault_talk_same(const VaultTalk *talk, ScanType type, VaultPart part,
                                  Str skeleton);
/* Copies the entry. Pointers to entries end here; what they point to stays. */
Status vault_talk_add(VaultTalk *talk, const VaultEntry *entry, Err *err) WARN_UNUSED;
/* Takes entries out: drop[i] for entry i. What their texts point to stays. */
void vault_talk_drop(VaultTalk *talk, const bool *drop);
/* On the disk when it returns, also a map without entries; nothing to do when nothing changed. */
Status vault_talk_commit(VaultTalk *talk, Err *err) WARN_UNUSED;
void vault_talk_close(VaultTalk *talk); /* forgets what was not committed; NULL is fine */
/* Another key for what is drawn from here on. */
void vault_talk_rekey(VaultTalk *talk, const uint8_t key[SEAL_KEY_BYTES]);
/* A map as bytes, its key included; wipe them. */
Status vault_talk_write(const VaultTalk *talk, Buf *out, Err *err) WARN_UNUSED;
/* A map from such bytes, of whatever origin, without a vault: to look at, not to commit. */
Status vault_talk_from(Str bytes, VaultTalk **out, Err *err) WARN_UNUSED;
/* Forgets a conversation: what is still masked somewhere stays so. Absent is fine. */
Status vault_talk_forget(Vault *vault, const char *conversation, Err *err) WARN_UNUSED;

#endif
