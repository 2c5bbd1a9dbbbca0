/*
 * The body of pool.h: fork-join with parking.
 *
 * A job is a function pointer published by raising `epoch`. Workers wait for a new epoch, run the
 * function, and count `left` down; the caller runs its own share and waits for left == 0. With more
 * threads than CPUs looking would keep the others from running, so they sleep at once.
 *
 *     caller                       worker 1                     worker 2
 *       fn, user, left = 2
 *       epoch 7 -> 8  ---------->  sees 8, runs fn(1)           sees 8, runs fn(2)
 *       runs fn(0)                 left 2 -> 1                  left 1 -> 0, done = 8
 *       waits for done == 8
 *
 * What a job has written is seen by the caller: left is counted down with release and acquire, and
 * done is read behind it.
 */
#include "base/pool.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#if !defined(__linux__)
#include <unistd.h>
#endif

#include "base/mem.h"
#include "base/park.h"

typedef struct Worker {
    Pool *pool;
    pthread_t handle;
    int index;
} Worker;

struct Pool {
    Park epoch;                          /* job number; set after fn, user and left */
    Park done;                           /* set to the epoch by the last worker that finished it */
    _Alignas(64) _Atomic uint32_t left;  /* workers that still run the job */
    PoolFn fn; /* NULL: stop */
    void *user;
    int n_threads, looks;
    Worker workers[POOL_THREADS_MAX];
};

/* Epochs go up by one, so a worker knows the next one without looking: it cannot miss a job, since
   pool_run waits for all workers before the next is published. */
static void *worker_main(void *user) {
    Worker *me = user;
    Pool *pool = me->pool;
    for (uint32_t seen = 0;; seen++) {
        (void)park_wait(&pool->epoch, seen, pool->looks);
        if (!pool->fn) return NULL;
        pool->fn(pool->user, me->index, pool->n_threads);
        if (atomic_fetch_sub_explicit(&pool->left, 1, memory_order_acq_rel) == 1) {
            park_set(&pool->done, seen + 1, PARK_ALL);
        }
    }
}

/* The affinity mask, not the number of CPUs: containers and taskset narrow it. No quota of cgroups
   is looked at. */
int pool_cpus(void) {
#if defined(__linux__)
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
#else
    int n = (int)sysconf(_SC_NPROCESSORS_ONLN);
#endif
    return n < 1 ? 1 : n > POOL_THREADS_MAX ? POOL_THREADS_MAX : n;
}

/* A thread that cannot be started makes the pool smaller, no failure: one thread is always there,
   the caller's. */
Status pool_new(int n_threads, Pool **out, Err *err) {
    if (n_threads < 1 || n_threads > POOL_THREADS_MAX) {
        return err_set(err, E_USAGE, "threads: %d is outside 1 to %d", n_threads, POOL_THREADS_MAX);
    }
    Pool *pool = mem_aligned(64, sizeof *pool);
    if (!pool) return err_no_memory(err, "a thread pool");
    memset(pool, 0, sizeof *pool);
    pool->looks = n_threads > pool_cpus() ? 0 : PARK_LOOKS;
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

/* Returns the epoch of the job. */
static uint32_t publish(Pool *pool, PoolFn fn, void *user) {
    assert(atomic_load(&pool->left) == 0); /* one job at a time, and none from inside a job */
    uint32_t epoch = park_look(&pool->epoch) + 1;
    pool->fn = fn;
    pool->user = user;
    atomic_store_explicit(&pool->left, (uint32_t)pool->n_threads - 1, memory_order_relaxed);
    park_set(&pool->epoch, epoch, PARK_ALL);
    return epoch;
}

/* The caller takes the share of thread 0. `done` is compared with this job's number, so that the
   end of the one before does not count. */
void pool_run(Pool *pool, PoolFn fn, void *user) {
    if (pool->n_threads == 1) {
        fn(user, 0, 1);
        return;
    }
    uint32_t epoch = publish(pool, fn, user);
    fn(user, 0, pool->n_threads);
    while (park_look(&pool->done) != epoch) {
        (void)park_wait(&pool->done, epoch - 1, pool->looks);
    }
}

/* A job without a function tells the workers to end. */
void pool_free(Pool *pool) {
    if (!pool) return;
    if (pool->n_threads > 1) (void)publish(pool, NULL, NULL);
    for (int i = 1; i < pool->n_threads; i++) (void)pthread_join(pool->workers[i].handle, NULL);
    mem_free(pool);
}
