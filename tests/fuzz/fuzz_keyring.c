/*
 * Any bytes as a home's key file: no crash, its bounds hold, and nothing opens it that is no
 * secret of its own.
 */
#include <stdlib.h>

#include "base/keyring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Keyring ring;
    uint8_t master[SEAL_KEY_BYTES];
    if (keyring_parse((Str){(const char *)data, size}, &ring, NULL) != OK) return 0;
    if (ring.n_slots < 1 || ring.n_slots > KEYRING_SLOTS_MAX) abort();
    size_t phrases = keyring_count(&ring, KEY_SLOT_PASSPHRASE);
    if (phrases + keyring_count(&ring, KEY_SLOT_SECRET) != ring.n_slots) abort();
    if (keyring_unlock(&ring, KEY_SLOT_SECRET, STR("no secret of this one"), master, NULL) == OK) {
        abort();
    }
    keyring_drop(&ring, KEY_SLOT_SECRET);
    if (ring.n_slots != phrases) abort();
    return 0;
}
