/*
 * The body of park.h: the sleep, which is futex(2) where there is one.
 *
 * FUTEX_WAIT returns at once when the word is no longer the one that was seen, so a change between
 * the last look and the call is not slept over.
 *
 * Why no wake-up is lost: the waiter adds to `parked` and then looks at the word; who sets the word
 * does so and then looks at `parked`. In the one order of all sequentially consistent steps, either
 * the waiter sees the new word, or the other sees that somebody waits.
 */
#include "base/park.h"

#include <assert.h>
#include <sched.h>
#include <stddef.h>
#include <time.h>
#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

/* NULL: until somebody wakes it. */
static void park_sleep(Park *park, uint32_t seen, const struct timespec *timeout) {
#if defined(__linux__)
    (void)syscall(SYS_futex, &park->word, FUTEX_WAIT_PRIVATE, seen, timeout, NULL, 0);
#else
    sched_yield();
#endif
}

/* Looks up to `looks` times, with a pause between; the word as it was seen last. */
static uint32_t park_watch(const Park *park, uint32_t seen, int looks) {
    uint32_t word = park_look(park);
    for (int i = 0; i < looks && word == seen; i++) {
        park_pause();
        word = park_look(park);
    }
    return word;
}

/* The loop is for sleeps that end without a change, which futex(2) allows (signals, a wake-up meant
   for a word that was here before). */
uint32_t park_wait(Park *park, uint32_t seen, int looks) {
    uint32_t word = park_watch(park, seen, looks);
    if (word != seen) return word;
    atomic_fetch_add(&park->parked, 1);
    while ((word = atomic_load(&park->word)) == seen) park_sleep(park, seen, NULL);
    atomic_fetch_sub(&park->parked, 1);
    return word;
}

/* Sleeps once at most: whoever waits with a time looks again by himself. */
uint32_t park_wait_for(Park *park, uint32_t seen, int looks, double timeout_ms) {
    assert(timeout_ms >= 0); /* futex refuses times before now, and the waiter would spin */
    uint32_t word = park_watch(park, seen, looks);
    if (word != seen) return word;
    struct timespec t = {.tv_sec = (time_t)(timeout_ms / 1000)};
    t.tv_nsec = (long)((timeout_ms - (double)t.tv_sec * 1000) * 1e6);
    atomic_fetch_add(&park->parked, 1);
    if (atomic_load(&park->word) == seen) park_sleep(park, seen, &t);
    atomic_fetch_sub(&park->parked, 1);
    return park_look(park);
}

/* The order matters: first the word, then the look at `parked`. See park.h. */
void park_set(Park *park, uint32_t value, int n) {
    assert(n >= 1);
    atomic_store(&park->word, value);
    if (atomic_load(&park->parked) == 0) return;
#if defined(__linux__)
    (void)syscall(SYS_futex, &park->word, FUTEX_WAKE_PRIVATE, n, NULL, NULL, 0);
#endif
}
