/*
 * What this machine has: memory that can still be had.
 *
 * Linux tells it in small text files; elsewhere, or where they cannot be read, nothing is known and
 * nothing is refused for it.
 */
#ifndef HEARTH_BASE_MACHINE_H
#define HEARTH_BASE_MACHINE_H

#include <stdint.h>

/* The first number behind `label` in a small system file, 0 when there is none. "": the file's
   first. */
uint64_t machine_number(const char *path, const char *label);
/* Bytes that a process's control groups leave it, the least of its own and of all around that one:
   a limit may stand in any of them. File cache of a group counts as free, as MemAvailable counts
   it. UINT64_MAX: no limit. `own` is what /proc/self/cgroup is, `root` the folder of all groups:
   only tests have others. */
uint64_t machine_group_available(const char *own, const char *root);
/* Bytes that can be had without swapping: the least of what the kernel calls available, what the
   control groups have left and what the process's limit on address space leaves. UINT64_MAX where
   nothing tells. */
uint64_t machine_memory_available(void);

#endif
