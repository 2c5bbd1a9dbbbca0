/*
 * Is this build one of AddressSanitizer, ThreadSanitizer or MemorySanitizer? It is many times as
 * slow, and its own memory is beyond any limit: tests try less there. gcc says so with a macro,
 * clang with a feature.
 */
#ifndef HEARTH_TESTS_SANITIZED_H
#define HEARTH_TESTS_SANITIZED_H

#if !defined(__has_feature)
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

#endif
