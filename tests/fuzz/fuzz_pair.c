/*
 * Any bytes as what stands unsealed in a pairing file, and its maps merged: no crash, and two maps
 * become the same one whoever takes in whose.
 */
#include <stdlib.h>

#include "gate/merge.h"
#include "gate/pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COPY_MAX = 1 << 20 };

static VaultTalk *copy_of(const VaultTalk *talk) {
    VaultTalk *copy = NULL;
    Buf bytes;
    buf_init(&bytes, COPY_MAX);
    bool made = vault_talk_write(talk, &bytes, NULL) == OK &&
                vault_talk_from(buf_str(&bytes), &copy, NULL) == OK;
    buf_fini(&bytes);
    return made ? copy : NULL;
}

/* Each surrogate is one thing's, and both sides say whose. */
static void agree(const VaultTalk *a, const VaultTalk *b) {
    for (size_t i = 0; i < vault_talk_count(a); i++) {
        const VaultEntry *e = vault_talk_at(a, i);
        const VaultEntry *owner = vault_talk_surrogate(b, e->surrogate);
        const VaultEntry *mine = vault_talk_original(a, e->part, e->original);
        const VaultEntry *theirs = vault_talk_original(b, e->part, e->original);
        if (!owner || !str_eq(owner->original, e->original)) abort();
        if (!theirs || !str_eq(theirs->surrogate, mine->surrogate)) abort();
    }
}

/* `user`: the map before this one. An own map has each surrogate once, which any bytes may not:
   both are merged with an empty one first. */
static Status meet(void *user, const PairTalk *talk, Err *err) {
    static const char none[36];
    VaultTalk **last = user, *clean;
    MergeCount count = {0};
    if (vault_talk_from((Str){none, sizeof none}, &clean, err) != OK) return E_NO_MEMORY;
    Status status = vault_talk_merge(clean, talk->talk, &count, err);
    VaultTalk *a = status == OK && *last ? copy_of(*last) : NULL;
    VaultTalk *b = a ? copy_of(clean) : NULL;
    if (b && vault_talk_merge(a, clean, &count, err) == OK &&
        vault_talk_merge(b, *last, &count, err) == OK) {
        agree(a, b);
        agree(b, a);
    }
    vault_talk_close(a);
    vault_talk_close(b);
    vault_talk_close(*last);
    *last = status == OK ? clean : NULL;
    if (status != OK) vault_talk_close(clean);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t secret[SEAL_KEY_BYTES];
    VaultTalk *last = NULL;
    Err err;
    (void)pair_parse((Str){(const char *)data, size}, secret, meet, &last, &err);
    vault_talk_close(last);
    return 0;
}
