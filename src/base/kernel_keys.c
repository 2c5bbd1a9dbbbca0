/*
 * The body of kernel_keys.h: add_key(2), keyctl(2) on the user keyring, by number, since libc has
 * no wrappers and libkeyutils would be a library for three calls.
 *
 * A key of type "user" in KEY_SPEC_USER_KEYRING. Its rights are set so that the user's processes
 * may find and read it also where their session keyring does not link to the user keyring (a
 * service, a container). The sandboxed reader of documents may make none of these calls: its
 * filters allow system calls by list (knowledge/read/sandbox.c).
 */
#include "base/kernel_keys.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/keyctl.h>
#include <sys/syscall.h>
#endif

void kernel_key_name(const char *kind, const uint8_t id[16], char out[KERNEL_KEY_NAME]) {
    assert(strlen(kind) + 2 + 2 * 16 <= KERNEL_KEY_NAME);
    size_t n = (size_t)snprintf(out, KERNEL_KEY_NAME, "%s:", kind);
    for (int i = 0; i < 16; i++) {
        n += (size_t)snprintf(out + n, KERNEL_KEY_NAME - n, "%02x", id[i]);
    }
}

#if defined(__linux__) && defined(SYS_add_key) && defined(SYS_keyctl)

enum { USER_MAY = 0x000b0000, HOLDER_MAY = 0x3f000000 }; /* user: view, read, search */

/* The key's number, or -1. The search is for this user's keyring alone. */
static long find(const char *name) {
    return syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", name, 0);
}

Status kernel_key_put(const char *name, Str bytes, uint32_t seconds, Err *err) {
    long id = syscall(SYS_add_key, "user", name, bytes.p, bytes.n, KEY_SPEC_USER_KEYRING);
    bool kept = id >= 0 && syscall(SYS_keyctl, KEYCTL_SET_TIMEOUT, id, seconds) == 0 &&
                syscall(SYS_keyctl, KEYCTL_SETPERM, id, HOLDER_MAY | USER_MAY) == 0;
    if (kept) return OK;
    int why = errno;
    if (id >= 0) kernel_key_drop(name);
    return err_set(err, E_UNSUPPORTED, "the system's keyring takes no key: %s", strerror(why));
}

bool kernel_key_get(const char *name, void *out, size_t max, size_t *n) {
    long id = find(name);
    long got = id >= 0 ? syscall(SYS_keyctl, KEYCTL_READ, id, out, max) : -1;
    *n = got > 0 && (size_t)got <= max ? (size_t)got : 0;
    return *n > 0;
}

void kernel_key_drop(const char *name) {
    long id = find(name);
    if (id >= 0) (void)syscall(SYS_keyctl, KEYCTL_UNLINK, id, KEY_SPEC_USER_KEYRING);
}

#else

Status kernel_key_put(const char *name, Str bytes, uint32_t seconds, Err *err) {
    return err_set(err, E_UNSUPPORTED, "this system has no keyring for programs");
}

bool kernel_key_get(const char *name, void *out, size_t max, size_t *n) {
    *n = 0;
    return false;
}

void kernel_key_drop(const char *name) {}

#endif
