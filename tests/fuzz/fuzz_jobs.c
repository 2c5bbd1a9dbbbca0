/*
 * Any bytes as a list of jobs: no crash; what is taken is within its limits, is text, and was
 * whole.
 */
#include <stdlib.h>

#include "base/utf8.h"
#include "turn/delegate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Arena arena;
    DelegateJobs jobs;
    arena_init(&arena, 8 << 20);
    Status status = delegate_jobs_parse((Str){(const char *)data, size}, &arena, &jobs, NULL);
    if ((status == OK) != (jobs.n > 0) || jobs.n > DELEGATE_JOBS_MAX) abort();
    for (size_t i = 0; i < jobs.n; i++) {
        const DelegateJob *job = &jobs.items[i];
        if (job->task.n == 0 || job->task.n > DELEGATE_TASK_BYTES) abort();
        if (!utf8_valid(job->task)) abort();
        if (job->search.n > DELEGATE_SEARCH_BYTES || !utf8_valid(job->search)) abort();
    }
    arena_fini(&arena);
    return 0;
}
