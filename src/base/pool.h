/*
 * A pool of threads that runs one function on all of them and comes back: fork-join, as the
 * engine needs it several hundred times a token.
 *
 * Waiting threads look at an atomic for 20 to 200 microseconds and then park on a futex, so that an
 * idle pool costs nothing and a busy neighbour is not spun against. The caller is thread 0.
 *
 * Threads and locks: `epoch` (the job number; release by the caller, acquire by workers), `left`
 * (workers still running; the last one wakes the caller). See ARCHITECTURE.md.
 */
#ifndef HEARTH_BASE_POOL_H
#define HEARTH_BASE_POOL_H

#include "base/status.h"

typedef struct Pool Pool;
typedef void (*PoolFn)(void *user, int thread, int n_threads);

enum { POOL_THREADS_MAX = 64 };

/* n_threads 1..64, the caller counted. Fewer are started when the system refuses: pool_size(). */
Status pool_new(int n_threads, Pool **out, Err *err) WARN_UNUSED;
void pool_free(Pool *pool);
int pool_size(const Pool *pool);
/* Runs fn(user, t, n) for t in [0,n); returns when all are done. Not reentrant. */
void pool_run(Pool *pool, PoolFn fn, void *user);
/* Inside a running job: every thread waits here for all others. Any number of times. */
void pool_barrier(Pool *pool);
/* CPUs this process may run on (affinity mask), 1..64. */
int pool_cpus(void);

#endif
