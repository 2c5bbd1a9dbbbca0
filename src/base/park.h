/*
 * Park: a 32-bit word that threads wait on until it changes: a short look, then sleep.
 *
 * Looking costs a CPU but answers within a hundred nanoseconds; sleeping (futex(2) on Linux) costs
 * nothing and answers within some ten microseconds. A waiter looks `looks` times (PARK_LOOKS is 20
 * to 100 microseconds, as long as the CPU's pause is) and then sleeps; who changes the word makes a
 * system call only when somebody sleeps. Where there is no futex, sleeping is sched_yield.
 *
 * Order: what was written before park_set is seen after a park_wait that returned its value. The
 * pair `parked` += 1, look at word / set word, look at `parked` is sequentially consistent, so that
 * one of the two sees the other and no wake-up is lost.
 */
#ifndef HEARTH_BASE_PARK_H
#define HEARTH_BASE_PARK_H

#include <stdatomic.h>
#include <stdint.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { PARK_LOOKS = 4000, PARK_ALL = INT32_MAX };

typedef struct Park {
    _Alignas(64) _Atomic uint32_t word;
    _Atomic uint32_t parked; /* threads that sleep, or are about to */
} Park;

/* The word now. What was written before it was set is seen by who sees it (acquire). */
static inline uint32_t park_look(const Park *park) {
    return atomic_load_explicit(&park->word, memory_order_acquire);
}

/* A moment of looking: tells the CPU that this is a waiting loop. */
static inline void park_pause(void) {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Returns the word once it differs from `seen`. */
uint32_t park_wait(Park *park, uint32_t seen, int looks);
/* The same, or `seen` after it slept about that time. */
uint32_t park_wait_for(Park *park, uint32_t seen, int looks, double timeout_ms);
/* Sets the word and wakes at most n sleepers. */
void park_set(Park *park, uint32_t value, int n);

#endif
