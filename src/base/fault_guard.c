/*
 * The body of fault_guard.h.
 *
 * When a page of a file mapping lies beyond the file's end (the file was cut) or its disk fails,
 * the kernel raises SIGBUS in the thread that touched it, with the address in si_addr
 * (sigaction(2): BUS_ADRERR, BUS_MCEERR_AR). The handler looks the address up in a fixed table
 * and maps anonymous zero pages over everything from that page to the end of the mapping, in one
 * call: a cut file lacks all of its tail, and one fault a page would mean a quarter of a million
 * signals for a gigabyte. Then it sets the slot's flag and returns; the read is repeated and finds
 * zeros.
 *
 * Inside a signal handler only atomics and the bare mmap system call are used. The table is
 * written under a mutex; each slot carries a sequence number (odd while it changes), so that a
 * handler on another thread never acts on half of an old and half of a new entry. The handler
 * never waits for a writer: a slot in change cannot be the one that faulted, since its owner
 * promises that nobody reads it then.
 *
 * Mutex `table_lock`: slots' writers and the installation. Atomics: per slot `sequence`,
 * `at`, `n` (released by the writer, acquired by the handler), `hit` (set by the handler).
 *
 * Source: POSIX.1-2008 mmap (references beyond the end deliver SIGBUS); the seqlock is
 * Lameter, "Effective synchronization on Linux/NUMA systems" (2005), section 4.
 */
#include "base/fault_guard.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct FaultGuard {
    atomic_uint sequence; /* even: stable */
    atomic_uintptr_t at;  /* 0: free */
    atomic_size_t n;
    atomic_bool hit;
};

static FaultGuard guards[FAULT_GUARDS_MAX];
static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction former;
static uintptr_t page_bytes;

/* Fills the hole when this slot covers the address. */
static bool guard_covers(FaultGuard *guard, uintptr_t address) {
    unsigned before = atomic_load_explicit(&guard->sequence, memory_order_acquire);
    uintptr_t at = atomic_load_explicit(&guard->at, memory_order_acquire);
    size_t n = atomic_load_explicit(&guard->n, memory_order_acquire);
    unsigned after = atomic_load_explicit(&guard->sequence, memory_order_acquire);
    if (before != after || (before & 1) || !at) return false;
    if (address < at || address - at >= n) return false;
    uintptr_t page = address & ~(page_bytes - 1);
    uintptr_t end = (at + n + page_bytes - 1) & ~(page_bytes - 1);
    void *zeros = mmap((void *)page, end - page, PROT_READ,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
    if (zeros == MAP_FAILED) return false;
    atomic_store_explicit(&guard->hit, true, memory_order_release);
    return true;
}

/* To whoever handled SIGBUS before us, in the form in which it wanted to be called. A default
   handler is put back, so that the faulting instruction ends the process with the signal that it
   deserves. */
static void pass_on(int number, siginfo_t *info, void *context) {
    if (former.sa_flags & SA_SIGINFO) {
        former.sa_sigaction(number, info, context);
    } else if (former.sa_handler != SIG_DFL && former.sa_handler != SIG_IGN) {
        former.sa_handler(number);
    } else {
        (void)sigaction(number, &former, NULL); /* the instruction repeats and ends the process */
        if (info->si_code <= 0) (void)raise(number); /* sent by kill: nothing repeats */
    }
}

/* The handler. Looks at every slot, since no lock may be taken here; errno is the interrupted
   code's and comes back as it was. */
static void on_bus_error(int number, siginfo_t *info, void *context) {
    int keep = errno;
    uintptr_t address = (uintptr_t)info->si_addr;
    bool ours = false; /* a mapping may have several owners: each of them shall know */
    for (size_t i = 0; i < FAULT_GUARDS_MAX; i++) ours |= guard_covers(&guards[i], address);
    if (!ours) pass_on(number, info, context);
    errno = keep;
}

/* Asks each time: somebody (a test harness, a host program) may have put a handler over ours. */
static Status install(Err *err) {
    struct sigaction now;
    if (sigaction(SIGBUS, NULL, &now) == 0 && (now.sa_flags & SA_SIGINFO) &&
        now.sa_sigaction == on_bus_error) {
        return OK;
    }
    long page = sysconf(_SC_PAGESIZE);
    page_bytes = page > 0 ? (uintptr_t)page : 4096;
    struct sigaction action = {.sa_sigaction = on_bus_error,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGBUS, &action, &former) != 0) {
        return err_set(err, E_FAILED, "cannot handle SIGBUS: %s", strerror(errno));
    }
    return OK;
}

/* One entry, written so that a handler on another thread never takes half of it: the sequence is
   odd while at and n change. The lock is held. */
static void slot_set(FaultGuard *guard, uintptr_t at, size_t n) {
    unsigned sequence = atomic_load_explicit(&guard->sequence, memory_order_relaxed);
    assert(sequence % 2 == 0); /* one writer at a time: the lock is held */
    atomic_store(&guard->sequence, sequence + 1);
    atomic_store(&guard->hit, false);
    atomic_store(&guard->at, at);
    atomic_store(&guard->n, n);
    atomic_store(&guard->sequence, sequence + 2);
}

/* A linear look for a free slot: guards come with opened files, some dozens in a process. */
Status fault_guard_add(const void *at, size_t n, FaultGuard **out, Err *err) {
    *out = NULL;
    (void)pthread_mutex_lock(&table_lock);
    Status status = install(err);
    FaultGuard *found = NULL;
    for (size_t i = 0; status == OK && !found && i < FAULT_GUARDS_MAX; i++) {
        if (atomic_load_explicit(&guards[i].at, memory_order_relaxed) == 0) found = &guards[i];
    }
    if (status == OK && !found) {
        status = err_set(err, E_LIMIT, "more than %d guarded mappings", FAULT_GUARDS_MAX);
    }
    /* a hole is filled in whole pages, which must not reach before the mapping; no `at` is free */
    assert(status != OK || (at && n > 0 && (uintptr_t)at % page_bytes == 0));
    if (status == OK) {
        slot_set(found, (uintptr_t)at, n);
        *out = found;
    }
    (void)pthread_mutex_unlock(&table_lock);
    return status;
}

bool fault_guard_hit(const FaultGuard *guard) {
    return guard && atomic_load_explicit(&guard->hit, memory_order_acquire);
}

void fault_guard_remove(FaultGuard *guard) {
    if (!guard) return;
    (void)pthread_mutex_lock(&table_lock);
    assert(atomic_load(&guard->at) != 0); /* twice would let another mapping's guard go */
    slot_set(guard, 0, 0);
    (void)pthread_mutex_unlock(&table_lock);
}
