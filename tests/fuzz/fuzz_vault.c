/*
 * Any bytes as the map of a conversation: no crash, and what was read is found again.
 */
#include <stdlib.h>

#include "gate/vault.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    VaultTalk *talk;
    Err err;
    if (vault_talk_from((Str){(const char *)data, size}, &talk, &err) != OK) return 0;
    for (size_t i = 0; i < vault_talk_count(talk); i++) {
        const VaultEntry *e = vault_talk_at(talk, i);
        if (!vault_talk_original(talk, e->part, e->original)) abort();
        if (!vault_talk_surrogate(talk, e->surrogate)) abort();
        if (e->type >= SCAN_TYPE_COUNT || e->kind > KIND_COUNT) abort();
    }
    vault_talk_close(talk);
    return 0;
}
