/*
 * Sealing: authenticated encryption of small files with one key, and keys derived from it.
 *
 * XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) by libsodium. Its 192-bit nonce is drawn at random
 * for each seal and stands before the ciphertext, so that nobody has to count. What must not be
 * exchanged for another sealed thing (kind, version, name) goes into `bound`: it is authenticated,
 * not stored. Derived keys are keyed BLAKE2b-256 (RFC 7693) over a label.
 */
#ifndef HEARTH_BASE_SEAL_H
#define HEARTH_BASE_SEAL_H

#include "base/text.h"

enum { SEAL_KEY_BYTES = 32, SEAL_EXTRA_BYTES = 24 + 16 };

/* `out` has room for plain.n + SEAL_EXTRA_BYTES. */
void seal_close(const uint8_t key[SEAL_KEY_BYTES], Str bound, Str plain, void *out);
/* `out` has room for sealed.n - SEAL_EXTRA_BYTES. false: another key, other `bound`, or damaged. */
bool seal_open(const uint8_t key[SEAL_KEY_BYTES], Str bound, Str sealed, void *out) WARN_UNUSED;
void seal_derive(const uint8_t key[SEAL_KEY_BYTES], Str label, uint8_t out[SEAL_KEY_BYTES]);
/* Overwrites with zeros, in a way that no compiler leaves out. */
void seal_wipe(void *bytes, size_t n);

#endif
