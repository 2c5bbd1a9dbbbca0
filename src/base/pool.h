/*
 * A pool of threads that runs one function on all of them and comes back: fork-join.
 *
 * Waiting threads look for some ten microseconds and then park on a futex (base/park.h), so that an
 * idle pool costs nothing and a busy neighbour is not spun against. The caller is thread 0. How
 * the threads share the steps of one job is base/round.h.
 *
 * Threads and locks: `epoch` (the job number), `left` (workers still running; the last one sets
 * `done`). See ARCHITECTURE.md.
 */
#ifndef HEARTH_BASE_POOL_H
#define HEARTH_BASE_POOL_H

#include "base/status.h"

typedef struct Pool Pool;
typedef void (*PoolFn)(void *user, int thread, int n_threads);

enum { POOL_THREADS_MAX = 64 };

/* n_threads 1..64, the caller counted. Fewer are started when the system refuses: pool_size(). */
Status pool_new(int n_threads, Pool **out, Err *err) WARN_UNUSED;
/* Ends and joins the threads; no job may run. NULL is fine. */
void pool_free(Pool *pool);
/* Threads there are, the caller counted: what PoolFn gets as n_threads. */
int pool_size(const Pool *pool);
/* Runs fn(user, t, n) for t in [0,n); returns when all are done. Not reentrant. */
void pool_run(Pool *pool, PoolFn fn, void *user);
/* CPUs this process may run on (affinity mask), 1..64. */
int pool_cpus(void);

#endif
