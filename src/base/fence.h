/*
 * Fences: bytes of an allocation that hold nothing yet, which a sanitized build reports when they
 * are touched.
 *
 * AddressSanitizer sees what is read behind a block of the heap. It does not see what is read
 * behind a piece of an arena, behind the text in a buffer that has room for more, or from an arena
 * that was emptied: those bytes belong to a block. Whoever hands out pieces of blocks of its own
 * fences the rest. In a build without the sanitizer nothing of this exists, and no byte more is
 * taken.
 *
 * Where a buffer becomes shorter and keeps its memory, what it leaves may stay unfenced. Lists of
 * mem_grow are not fenced: some use all the room that they got.
 *
 * A fence begins at its byte exactly and may end up to seven bytes early (the shadow has one byte
 * for eight, which says how many of the first are good): fence to the end of a block.
 */
#ifndef HEARTH_BASE_FENCE_H
#define HEARTH_BASE_FENCE_H

#include <stdbool.h>
#include <stddef.h>

#if !defined(__has_feature)
#define __has_feature(x) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)

#include <sanitizer/asan_interface.h>

enum { FENCE_BYTES = 32 }; /* what stays fenced between two pieces, a multiple of 16 */

/* [at, at + n) is touched by nobody until it is unfenced or freed. */
static inline void fence(const void *at, size_t n) {
    if (n) ASAN_POISON_MEMORY_REGION(at, n);
}

/* It may be used. */
static inline void unfence(const void *at, size_t n) {
    if (n) ASAN_UNPOISON_MEMORY_REGION(at, n);
}

static inline bool is_fenced(const void *at) { return __asan_address_is_poisoned(at); }

#else

enum { FENCE_BYTES = 0 };

static inline void fence(const void *at, size_t n) {
    (void)at, (void)n;
}

static inline void unfence(const void *at, size_t n) {
    (void)at, (void)n;
}

static inline bool is_fenced(const void *at) { return (void)at, false; }

#endif

/* Of a block of `cap` bytes the first `used` may be used. Costs a look at all of them. */
static inline void fence_behind(void *block, size_t used, size_t cap) {
    unfence(block, used);
    fence((char *)block + used, cap - used);
}

/* Its first `used` bytes may be used. Costs what becomes free by it; 0 of NULL is fine. */
static inline void unfence_until(void *block, size_t used) {
    size_t from = used;
    while (from > 0 && is_fenced((char *)block + from - 1)) from--;
    if (from < used) unfence((char *)block + from, used - from);
}

#endif
