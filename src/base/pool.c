/*
 * The body of pool.h: fork-join with parking.
 *
 * A job is a function pointer published by raising `epoch`. Workers wait for a new epoch, run the
 * function, and count `left` down; the caller runs its own share and waits for left == 0. Both
 * waits look SPIN_LOOKS times (20 to 200 microseconds, as long as the CPU's pause is) and then
 * sleep on the word itself with futex(2). On systems without futex the sleep is sched_yield:
 * correct, only less polite.
 *
 * Barriers inside a job count arrivals in `arrived`; the last one raises `phase`.
 * With more threads than CPUs spinning would keep the others from running, so looks drop to 0.
 */
#include "base/pool.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/mem.h"

enum { SPIN_LOOKS = 4000 };

typedef struct Worker {
    Pool *pool;
    pthread_t handle;
    int index;
} Worker;

struct Pool {
    _Alignas(64) _Atomic uint32_t epoch; /* job number; release: fn and user are set */
    _Alignas(64) _Atomic uint32_t left;  /* workers that still run the job */
    _Alignas(64) _Atomic uint32_t arrived;
    _Alignas(64) _Atomic uint32_t phase;
    PoolFn fn; /* NULL: stop */
    void *user;
    int n_threads, looks;
    Worker workers[POOL_THREADS_MAX];
};

static void wait_a_moment(void) {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Returns when *word differs from `seen`. */
static void wait_change(_Atomic uint32_t *word, uint32_t seen, int looks) {
    for (int i = 0; i < looks; i++) {
        if (atomic_load_explicit(word, memory_order_acquire) != seen) return;
        wait_a_moment();
    }
    while (atomic_load_explicit(word, memory_order_acquire) == seen) {
#if defined(__linux__)
        (void)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
#else
        sched_yield();
#endif
    }
}

static void wake_all(_Atomic uint32_t *word) {
#if defined(__linux__)
    (void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
#else
    (void)word;
#endif
}

static void *worker_main(void *user) {
    Worker *me = user;
    Pool *pool = me->pool;
    for (uint32_t seen = 0;; seen++) {
        wait_change(&pool->epoch, seen, pool->looks);
        if (!pool->fn) return NULL;
        pool->fn(pool->user, me->index, pool->n_threads);
        if (atomic_fetch_sub_explicit(&pool->left, 1, memory_order_acq_rel) == 1) {
            wake_all(&pool->left);
        }
    }
}

int pool_cpus(void) {
#if defined(__linux__)
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
#else
    int n = (int)sysconf(_SC_NPROCESSORS_ONLN);
#endif
    return n < 1 ? 1 : n > POOL_THREADS_MAX ? POOL_THREADS_MAX : n;
}

Status pool_new(int n_threads, Pool **out, Err *err) {
    if (n_threads < 1 || n_threads > POOL_THREADS_MAX) {
        return err_set(err, E_USAGE, "threads: %d is outside 1 to %d", n_threads, POOL_THREADS_MAX);
    }
    Pool *pool = mem_aligned(64, sizeof *pool);
    if (!pool) return err_no_memory(err, "a thread pool");
    memset(pool, 0, sizeof *pool);
    pool->looks = n_threads > pool_cpus() ? 0 : SPIN_LOOKS;
    pool->n_threads = 1;
    pool->workers[0].pool = pool;
    int started = 1;
    for (; started < n_threads; started++) {
        Worker *worker = &pool->workers[started];
        *worker = (Worker){.pool = pool, .index = started};
        if (pthread_create(&worker->handle, NULL, worker_main, worker) != 0) break;
    }
    pool->n_threads = started; /* workers read it only after the first epoch */
    *out = pool;
    return OK;
}

int pool_size(const Pool *pool) {
    return pool->n_threads;
}

static void publish(Pool *pool, PoolFn fn, void *user) {
    pool->fn = fn;
    pool->user = user;
    atomic_store_explicit(&pool->left, (uint32_t)pool->n_threads - 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&pool->epoch, 1, memory_order_release);
    wake_all(&pool->epoch);
}

void pool_run(Pool *pool, PoolFn fn, void *user) {
    if (pool->n_threads == 1) {
        fn(user, 0, 1);
        return;
    }
    publish(pool, fn, user);
    fn(user, 0, pool->n_threads);
    for (;;) {
        uint32_t left = atomic_load_explicit(&pool->left, memory_order_acquire);
        if (left == 0) return;
        wait_change(&pool->left, left, pool->looks);
    }
}

void pool_barrier(Pool *pool) {
    if (pool->n_threads == 1) return;
    uint32_t phase = atomic_load_explicit(&pool->phase, memory_order_acquire);
    uint32_t before = atomic_fetch_add_explicit(&pool->arrived, 1, memory_order_acq_rel);
    if (before + 1 == (uint32_t)pool->n_threads) {
        atomic_store_explicit(&pool->arrived, 0, memory_order_relaxed);
        atomic_fetch_add_explicit(&pool->phase, 1, memory_order_release);
        wake_all(&pool->phase);
        return;
    }
    wait_change(&pool->phase, phase, pool->looks);
}

void pool_free(Pool *pool) {
    if (!pool) return;
    if (pool->n_threads > 1) publish(pool, NULL, NULL);
    for (int i = 1; i < pool->n_threads; i++) (void)pthread_join(pool->workers[i].handle, NULL);
    mem_free(pool);
}
