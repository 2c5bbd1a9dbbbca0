/*
 * All memory of Hearth comes through here.
 *
 * The heap functions count what is live and can be told to fail the n-th call, which is how the
 * tests walk every out-of-memory path. Arenas serve what lives as long as one turn or one parse:
 * they grow by blocks up to a ceiling given at birth and are emptied at once.
 *
 * Sizes that come from outside are multiplied with size_mul() or the _n variants, which refuse to
 * overflow. A request of 0 bytes returns a valid pointer.
 */
#ifndef HEARTH_BASE_MEM_H
#define HEARTH_BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/status.h"
#include "base/text.h"

/* Heap. NULL when there is no memory (or when the test hook says so). Thread-safe. */
void *mem_alloc(size_t size_bytes) WARN_UNUSED;
/* The same, all bytes 0. */
void *mem_zalloc(size_t size_bytes) WARN_UNUSED;
void *mem_alloc_n(size_t count, size_t size_bytes) WARN_UNUSED;  /* NULL on overflow */
void *mem_zalloc_n(size_t count, size_t size_bytes) WARN_UNUSED; /* NULL on overflow */
void *mem_realloc(void *old, size_t size_bytes) WARN_UNUSED;     /* old stays valid on failure */
/* NULL on overflow, too; old stays valid then. old may be NULL. */
void *mem_realloc_n(void *old, size_t count, size_t size_bytes) WARN_UNUSED;
/* Free with mem_free. `align` is a power of two. The block may be up to align - 1 bytes longer than
   asked. */
void *mem_aligned(size_t align, size_t size_bytes) WARN_UNUSED;
/* For megabytes: the system is asked for huge pages where it has them. Nothing is touched, so that
   what is never used costs nothing. mem_free. */
void *mem_huge(size_t size_bytes) WARN_UNUSED;
/* The same, zeroed. */
void *mem_pages(size_t size_bytes) WARN_UNUSED;
/* What any of the functions here gave; NULL is fine. Not for libc's own blocks: they were not
   counted. */
void mem_free(void *block);
char *mem_dup(const void *bytes, size_t size_bytes) WARN_UNUSED; /* copy with a NUL behind it */
void mem_libc_free(void *block); /* what libc allocated by itself (realpath, getline) */
/* A copy of a C string (not NULL). */
char *mem_strdup(const char *text) WARN_UNUSED;

/* false on overflow; *out is untouched then. */
bool size_mul(size_t a, size_t b, size_t *out) WARN_UNUSED;
/* As size_mul, for sums. */
bool size_add(size_t a, size_t b, size_t *out) WARN_UNUSED;

/* Test hooks: fail the n-th allocation from now (1 = the next; 0 = never), once. */
void mem_fail_at(uint64_t nth);
/* Blocks that were handed out and not freed; the same before and after means that nothing
   leaked. */
uint64_t mem_live_blocks(void);
/* Allocations asked for since the start, failed ones too: how far mem_fail_at has to count. */
uint64_t mem_calls(void);

/* Grows *items (of item_size bytes each) so that it holds at least `need`; doubles, up to max. */
Status mem_grow(void **items, size_t *cap, size_t need, size_t item_size, size_t max,
                Err *err) WARN_UNUSED;

typedef struct ArenaBlock ArenaBlock;

typedef struct Arena {
    ArenaBlock *blocks; /* newest first */
    size_t used_bytes; /* handed out, alignment included */
    size_t max_bytes;  /* ceiling over all blocks */
} Arena;

/* An arena that may hand out max_bytes in all. Takes no memory yet; arena_fini it. One thread at a
   time. */
void arena_init(Arena *arena, size_t max_bytes);
void *arena_alloc(Arena *arena, size_t size_bytes) WARN_UNUSED;  /* 16-byte aligned; NULL: full */
/* The same, all bytes 0. */
void *arena_zalloc(Arena *arena, size_t size_bytes) WARN_UNUSED;
/* The same for an array; NULL on overflow, too. */
void *arena_alloc_n(Arena *arena, size_t count, size_t size_bytes) WARN_UNUSED;
/* items[0..n) of *cap (NULL, 0 and 0 at first), with room for one more: where there is none they
   move, and *cap doubles. What they leave stays in the arena, in all at most as much again. NULL:
   full, and items are as they were. */
void *arena_grow(Arena *arena, void *items, size_t n, size_t *cap, size_t item_size) WARN_UNUSED;
char *arena_dup(Arena *arena, const void *bytes, size_t size_bytes) WARN_UNUSED; /* NUL behind */
/* *out: a copy of the text, NUL behind; out may point to the text. As it was after E_NO_MEMORY,
   "out of memory for WHAT". */
Status arena_keep(Arena *arena, Str text, Str *out, const char *what, Err *err) WARN_UNUSED;
/* As printf in the "C" locale, NUL behind; NULL: full. */
char *arena_printf(Arena *arena, const char *fmt, ...) WARN_UNUSED PRINTF_LIKE(2, 3);
void arena_reset(Arena *arena); /* keeps the first block for reuse */
/* Frees all; what came from it is gone. It is empty then, with the same ceiling, and may be used
   again. */
void arena_fini(Arena *arena);

#endif
