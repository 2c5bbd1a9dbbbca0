/*
 * Memory that ends where the pages that may be touched end: what reads or writes behind it stops
 * the program at that instruction, in every build. For the kernels, whose files of one instruction
 * set are too large for AddressSanitizer to be compiled with it (src/model/kernels/meson.build).
 *
 * A block lies as far back in its pages as its alignment allows. Up to alignment - 1 bytes between
 * its end and the page that may not be touched hold a pattern which fence_free compares; so does
 * what lies before the block. Source: the idea of Electric Fence (B. Perens).
 */
#ifndef HEARTH_TESTS_FENCE_H
#define HEARTH_TESTS_FENCE_H

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Before each block, and in `tail` of them behind it, bytes of FENCE_PATTERN. */
typedef struct Fence {
    char *pages;
    size_t n_bytes, tail; /* of the pages, the last one included; behind the block */
    unsigned char pattern[40];
} Fence;

enum { FENCE_PATTERN = 0xa5 };

/* Zeros; free with fence_free. `align` is a power of two, at most a page. */
static inline void *fence_alloc(size_t align, size_t size_bytes) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    assert(align && page % align == 0);
    Fence f = {.tail = (align - size_bytes % align) % align};
    const size_t used = (sizeof f + align + size_bytes + f.tail + page - 1) / page * page;
    f.n_bytes = used + page;
    f.pages = mmap(NULL, f.n_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (f.pages == MAP_FAILED || mprotect(f.pages + used, page, PROT_NONE)) abort();
    memset(f.pattern, FENCE_PATTERN, sizeof f.pattern);
    char *block = f.pages + used - f.tail - size_bytes;
    memset(block + size_bytes, FENCE_PATTERN, f.tail);
    memcpy(block - sizeof f, &f, sizeof f);
    return block;
}

static inline void fence_free(void *block) {
    Fence f;
    if (!block) return;
    memcpy(&f, (char *)block - sizeof f, sizeof f);
    for (size_t i = 0; i < sizeof f.pattern; i++) assert(f.pattern[i] == FENCE_PATTERN);
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const unsigned char *end = (unsigned char *)f.pages + f.n_bytes - page;
    for (size_t i = 1; i <= f.tail; i++) assert(end[-(ptrdiff_t)i] == FENCE_PATTERN);
    if (munmap(f.pages, f.n_bytes)) abort();
}

#endif
