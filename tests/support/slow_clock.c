/*
 * Loaded before a program (LD_PRELOAD), it lets the monotonic clock go a thousand times slower. An
 * engine that measures its passes by it finds every machine quick, and so makes passes of one size
 * whether others use the machine or not. Waits are the kernel's and last as long as always.
 */
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *t) {
    long rc = syscall(SYS_clock_gettime, clock, t);
    if (rc == 0 && clock == CLOCK_MONOTONIC) {
        uint64_t slow = ((uint64_t)t->tv_sec * 1000000000u + (uint64_t)t->tv_nsec) / 1000;
        *t = (struct timespec){(time_t)(slow / 1000000000u), (long)(slow % 1000000000u)};
    }
    return (int)rc;
}
