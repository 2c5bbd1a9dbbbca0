/*
 * Reading a mapped file that somebody cuts short raises SIGBUS, which kills a program that did
 * nothing wrong. A guarded mapping survives: the hole is filled with zero pages, reads go on, and
 * the owner learns from fault_guard_hit() that what it computed since is worthless.
 *
 * SIGBUS at any other address goes to whoever handled it before us, by default the end.
 */
#ifndef HEARTH_BASE_FAULT_GUARD_H
#define HEARTH_BASE_FAULT_GUARD_H

#include <stddef.h>

#include "base/status.h"

typedef struct FaultGuard FaultGuard;

enum { FAULT_GUARDS_MAX = 1024 };

/* Watches [at, at+n): a private or shared file mapping, page-aligned at its start. Installs the
   handler at first use. E_LIMIT: all slots are taken (the mapping works, unguarded). */
Status fault_guard_add(const void *at, size_t n, FaultGuard **out, Err *err) WARN_UNUSED;
/* true once a page of the mapping could not be read. An atomic load. NULL: false. */
bool fault_guard_hit(const FaultGuard *guard);
/* Call before munmap, when nobody reads any more. NULL is fine. */
void fault_guard_remove(FaultGuard *guard);

#endif
