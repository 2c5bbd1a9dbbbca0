/*
 * The body of file_huge.h.
 *
 * One pass over a gigabyte in pages of 4 KiB is a quarter of a million entries of page tables, more
 * than any TLB holds; in huge pages of 2 MiB it is 500. Decoding a token is such a pass: from huge
 * pages it ran 1.3 to 1.5 times as fast on one machine (doc/decisions/0021). A mapping of a file
 * has huge pages where three things meet: the mapping lies at a multiple of 2 MiB for file offset 0
 * (file_map sees to that), it was asked for (MADV_HUGEPAGE), and the page cache holds those 2 MiB
 * in one piece. The last is history: a file that was written while memory was in pieces, or
 * read by somebody in small bites, stays so until it leaves the cache.
 *
 * A step puts 2 MiB in order. It takes them out of the own page tables (MADV_DONTNEED: nothing is
 * lost, it is a file) and reads the first and the last byte. Did the last one need no page fault,
 * then the first had brought all of it: a huge page. Else the system is asked to drop these 2 MiB
 * from its cache (POSIX_FADV_DONTNEED), and the first byte is read again: a fault in a mapping that
 * wants huge pages reads the disk in huge pages where the file system can (ext4 and XFS of Linux
 * 6.16 and later were seen, or are said, to). The same look tells whether it helped.
 *
 * The system drops only pages that are clean and that no other process has mapped; so who shares
 * the file is not disturbed, and nothing can be lost. After REFUSALS steps in a row without success
 * the walk ends: this kernel cannot, memory is in pieces, or others use the file. Where there are
 * no huge pages at all, that is the fourth step. Other threads may read those bytes at any time:
 * they get the same bytes from small pages, at worst the step has been in vain.
 *
 * Faults are counted by getrusage(2) with RUSAGE_THREAD, so this is Linux only; elsewhere a walk
 * ends at once.
 */
#include "base/file_huge.h"

#include <assert.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { REFUSALS = 4 };

_Static_assert((FILE_HUGE_BYTES & (FILE_HUGE_BYTES - 1)) == 0, "mappings are placed at multiples");

void file_map_huge(const FileMap *map) {
#if defined(MADV_HUGEPAGE)
    (void)madvise((void *)(uintptr_t)map->p, map->n, MADV_HUGEPAGE);
#endif
}

#if defined(MADV_HUGEPAGE) && defined(RUSAGE_THREAD)

/* Page faults of this thread, of both kinds. 0 where they cannot be counted: then every look says
   "whole" and nothing is moved. */
static long faults_so_far(void) {
    struct rusage use;
    return getrusage(RUSAGE_THREAD, &use) == 0 ? use.ru_minflt + use.ru_majflt : 0;
}

/* Maps the 2 MiB anew; true when one page fault did for all of it. */
static bool maps_whole(const uint8_t *p) {
    const volatile uint8_t *byte = p;
    if (madvise((void *)(uintptr_t)p, FILE_HUGE_BYTES, MADV_DONTNEED) != 0) return false;
    (void)byte[0];
    long first = faults_so_far();
    (void)byte[FILE_HUGE_BYTES - 1];
    return faults_so_far() == first;
}

/* Out of our page tables first: the cache keeps what is mapped. */
static bool drop_cached(const FileMap *map, size_t at) {
    void *p = (void *)(uintptr_t)(map->p + at);
    return madvise(p, FILE_HUGE_BYTES, MADV_DONTNEED) == 0 &&
           posix_fadvise(map->fd, (off_t)at, FILE_HUGE_BYTES, POSIX_FADV_DONTNEED) == 0;
}

bool file_settle_step(const FileMap *map, FileSettle *walk) {
    size_t at = walk->at;
    assert(at % FILE_HUGE_BYTES == 0); /* a walk begins with zeros */
    bool aligned = (uintptr_t)map->p % FILE_HUGE_BYTES == 0;
    if (!aligned || map->n < FILE_HUGE_BYTES || at > map->n - FILE_HUGE_BYTES) return false;
    if (walk->refused >= REFUSALS) return false;
    walk->at += FILE_HUGE_BYTES;
    if (maps_whole(map->p + at)) {
        walk->before++;
    } else if (drop_cached(map, at) && maps_whole(map->p + at)) {
        walk->moved++;
        walk->refused = 0;
    } else {
        walk->refused++;
    }
    return true;
}

#else

bool file_settle_step(const FileMap *map, FileSettle *walk) {
    return false;
}

#endif
