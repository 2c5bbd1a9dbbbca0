/*
 * The system's keyring: a key that the kernel keeps in memory for this user, so that not every
 * command has to ask for the passphrase, and so that an endpoint's key need not be on a disk
 * (Linux, keyrings(7)). Gone with its time, with the user's last process, or with a restart.
 */
#ifndef HEARTH_BASE_KERNEL_KEYS_H
#define HEARTH_BASE_KERNEL_KEYS_H

#include "base/text.h"

enum { KERNEL_KEY_NAME = 48 };
/* "KIND:" and the id in hexadecimal; a kind has up to 14 letters. */
void kernel_key_name(const char *kind, const uint8_t id[16], char out[KERNEL_KEY_NAME]);
/* Keeps bytes[0..n) under this name for so long (0: without a limit), in place of what is
   there. E_UNSUPPORTED: this system has no keyring. */
Status kernel_key_put(const char *name, Str bytes, uint32_t seconds, Err *err) WARN_UNUSED;
/* Into out[0..*n), of `max`. false: it is not there, has run out, or is longer. */
bool kernel_key_get(const char *name, void *out, size_t max, size_t *n) WARN_UNUSED;
void kernel_key_drop(const char *name); /* absent is fine */

#endif
