/*
 * Compiler attributes, in one place so that the rest of the house reads as plain C17.
 *
 * Every attribute here is a promise that gcc and clang check; on another compiler the macros are
 * empty and the program means the same.
 */
#ifndef HEARTH_BASE_ATTR_H
#define HEARTH_BASE_ATTR_H

#if defined(__GNUC__) || defined(__clang__)
#define WARN_UNUSED __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#define NORETURN __attribute__((noreturn))
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define MAYBE_UNUSED __attribute__((unused))
#define PREFETCH(address) __builtin_prefetch(address)
#else
#define WARN_UNUSED
#define PRINTF_LIKE(fmt, first)
#define NORETURN
#define ALWAYS_INLINE inline
#define NOINLINE
#define LIKELY(x) (x)
#define UNLIKELY(x) (x)
#define MAYBE_UNUSED
#define PREFETCH(address) ((void)(address))
#endif

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
