/*
 * The system's keyring: a key that the kernel keeps in memory for this user, for some minutes, so
 * that not every command has to ask for the passphrase (Linux, keyrings(7)). Gone with a reboot.
 */
#ifndef HEARTH_BASE_KERNEL_KEYS_H
#define HEARTH_BASE_KERNEL_KEYS_H

#include "base/text.h"

enum { KERNEL_KEY_NAME = 48 };
/* "hearth:" and the id in hexadecimal. */
void kernel_key_name(const uint8_t id[16], char out[KERNEL_KEY_NAME]);
/* Keeps bytes[0..n) under this name for so long. E_UNSUPPORTED: this system has no keyring. */
Status kernel_key_put(const char *name, Str bytes, uint32_t seconds, Err *err) WARN_UNUSED;
/* false: it is not there, has run out, or has another length. */
bool kernel_key_get(const char *name, void *out, size_t n) WARN_UNUSED;
void kernel_key_drop(const char *name); /* absent is fine */

#endif
