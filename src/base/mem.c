/*
 * Counted heap and arenas; see mem.h for the contract.
 *
 * The heap is libc's. What we add is a live-block count, so that tests can show that nothing
 * leaks, and a failure point: mem_fail_at(n) makes the n-th allocation from now return NULL, the
 * way SQLite and curl test every out-of-memory path. Both are relaxed atomics: they order nothing.
 *
 * An arena is a list of blocks, newest first. A block is at least ARENA_BLOCK_BYTES, larger when
 * one request is larger. Reset frees all but the oldest block. Nothing is freed alone.
 *
 *      Arena.blocks -> [ used | free ] -> [ used | lost ] -> [ used | lost ]
 *                       newest                                oldest, kept by arena_reset
 *
 * Only the newest block is asked for room, so that an allocation is a comparison and an addition.
 * used_bytes counts what was handed out: whether 64 KiB blocks are full does not change when an
 * arena is full, and a test with a small ceiling behaves as a large one does.
 */
#include "base/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fence.h"
#include "base/plain.h"

enum { ARENA_BLOCK_BYTES = 64 * 1024, ARENA_ALIGN = 16 };

struct ArenaBlock {
    ArenaBlock *next;
    size_t used, cap;
    _Alignas(ARENA_ALIGN) unsigned char bytes[];
};

_Static_assert(offsetof(ArenaBlock, bytes) % ARENA_ALIGN == 0, "as aligned as malloc's block");

static atomic_uint_fast64_t live_blocks;
static atomic_uint_fast64_t calls;
static atomic_uint_fast64_t fail_at; /* value of `calls` that fails; 0 = none */

void mem_fail_at(uint64_t nth) {
    uint64_t now = atomic_load_explicit(&calls, memory_order_relaxed);
    atomic_store_explicit(&fail_at, nth ? now + nth : 0, memory_order_relaxed);
}

uint64_t mem_live_blocks(void) {
    return atomic_load_explicit(&live_blocks, memory_order_relaxed);
}

uint64_t mem_calls(void) {
    return atomic_load_explicit(&calls, memory_order_relaxed);
}

/* Counts the call. True once, for the call that a test has chosen. */
static bool must_fail(void) {
    uint64_t call = atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed) + 1;
    return UNLIKELY(call == atomic_load_explicit(&fail_at, memory_order_relaxed));
}

static void *counted(void *block) {
    if (block) atomic_fetch_add_explicit(&live_blocks, 1, memory_order_relaxed);
    return block;
}

bool size_mul(size_t a, size_t b, size_t *out) {
    if (b && a > SIZE_MAX / b) return false;
    *out = a * b;
    return true;
}

bool size_add(size_t a, size_t b, size_t *out) {
    if (a > SIZE_MAX - b) return false;
    *out = a + b;
    return true;
}

void *mem_alloc(size_t size_bytes) {
    if (must_fail()) return NULL;
    return counted(malloc(size_bytes ? size_bytes : 1));
}

void *mem_zalloc(size_t size_bytes) {
    if (must_fail()) return NULL;
    return counted(calloc(1, size_bytes ? size_bytes : 1));
}

void *mem_alloc_n(size_t count, size_t size_bytes) {
    size_t total;
    return size_mul(count, size_bytes, &total) ? mem_alloc(total) : NULL;
}

void *mem_zalloc_n(size_t count, size_t size_bytes) {
    size_t total;
    return size_mul(count, size_bytes, &total) ? mem_zalloc(total) : NULL;
}

/* A block that only moves is no new one: the count changes for old == NULL alone. */
void *mem_realloc(void *old, size_t size_bytes) {
    if (must_fail()) return NULL;
    void *block = realloc(old, size_bytes ? size_bytes : 1);
    return old ? block : counted(block);
}

void *mem_realloc_n(void *old, size_t count, size_t size_bytes) {
    size_t total;
    return size_mul(count, size_bytes, &total) ? mem_realloc(old, total) : NULL;
}

/* aligned_alloc wants a multiple of the alignment (C17 7.22.3.1), hence the rounding. */
void *mem_aligned(size_t align, size_t size_bytes) {
    assert(align && (align & (align - 1)) == 0);
    if (must_fail()) return NULL;
    size_t total;
    if (!size_add(size_bytes ? size_bytes : 1, align - 1, &total)) return NULL;
    return counted(aligned_alloc(align, total / align * align));
}

/* Below 2 MiB there is nothing to ask for: such a block begins at a page. */
void *mem_huge(size_t size_bytes) {
    const size_t huge = (size_t)2 << 20;
    bool large = size_bytes >= huge;
    void *block = mem_aligned(large ? huge : 4096, size_bytes);
#ifdef MADV_HUGEPAGE
    if (block && large) (void)madvise(block, size_bytes / huge * huge, MADV_HUGEPAGE);
#endif
    return block;
}

void *mem_pages(size_t size_bytes) {
    void *block = mem_huge(size_bytes);
    if (block) memset(block, 0, size_bytes);
    return block;
}

void mem_free(void *block) {
    if (!block) return;
    atomic_fetch_sub_explicit(&live_blocks, 1, memory_order_relaxed);
    free(block);
}

void mem_libc_free(void *block) {
    free(block);
}

char *mem_dup(const void *bytes, size_t size_bytes) {
    size_t total;
    if (!size_add(size_bytes, 1, &total)) return NULL;
    char *copy = mem_alloc(total);
    if (!copy) return NULL;
    if (size_bytes) memcpy(copy, bytes, size_bytes);
    copy[size_bytes] = 0;
    return copy;
}

char *mem_strdup(const char *text) {
    return mem_dup(text, strlen(text));
}

/* Doubling makes n appends cost O(n) in all. Lists start with 16 items; the last step goes to `max`
   itself, so that a full list is no smaller than its ceiling. */
Status mem_grow(void **items, size_t *cap, size_t need, size_t item_size, size_t max, Err *err) {
    assert(item_size > 0 && (*items || *cap == 0));
    if (need <= *cap) return OK;
    if (need > max) {
        return err_set(err, E_LIMIT, "%zu items where at most %zu are allowed", need, max);
    }
    size_t want = *cap ? *cap : max < 16 ? max : 16;
    while (want < need) want = want > max / 2 ? max : want * 2;
    void *grown = mem_realloc_n(*items, want, item_size);
    if (!grown) return err_no_memory(err, "a growing list");
    *items = grown;
    *cap = want;
    return OK;
}

void arena_init(Arena *arena, size_t max_bytes) {
    *arena = (Arena){.max_bytes = max_bytes};
}

/* `room` is what the caller has asked for, rounded, so that the next piece is aligned again. What
   was not asked for stays fenced. */
static void *block_take(ArenaBlock *block, size_t size_bytes, size_t room) {
    assert(size_bytes <= room && room <= block->cap - block->used);
    void *at = block->bytes + block->used;
    block->used += room;
    unfence(at, size_bytes);
    return at;
}

/* Looks into the newest block only: what an older one has left is given up, at most 64 KiB a block.
   The ceiling counts what was handed out, not the blocks. */
void *arena_alloc(Arena *arena, size_t size_bytes) {
    assert(arena->used_bytes <= arena->max_bytes);
    size_t size;
    if (!size_add(size_bytes, ARENA_ALIGN - 1, &size)) return NULL;
    size = size / ARENA_ALIGN * ARENA_ALIGN;
    if (size > arena->max_bytes - arena->used_bytes) return NULL;
    arena->used_bytes += size;
    ArenaBlock *head = arena->blocks;
    size_t room = size + FENCE_BYTES; /* the ceiling does not count fences */
    if (head && room <= head->cap - head->used) return block_take(head, size_bytes, room);

    size_t cap = room > ARENA_BLOCK_BYTES ? room : ARENA_BLOCK_BYTES;
    size_t total;
    ArenaBlock *fresh = size_add(cap, sizeof *fresh, &total) ? mem_alloc(total) : NULL;
    if (!fresh) {
        arena->used_bytes -= size;
        return NULL;
    }
    fresh->used = 0;
    fresh->cap = cap;
    fresh->next = head;
    arena->blocks = fresh;
    fence(fresh->bytes, cap);
    return block_take(fresh, size_bytes, room);
}

void *arena_zalloc(Arena *arena, size_t size_bytes) {
    void *block = arena_alloc(arena, size_bytes);
    if (block) memset(block, 0, size_bytes);
    return block;
}

void *arena_alloc_n(Arena *arena, size_t count, size_t size_bytes) {
    size_t total;
    return size_mul(count, size_bytes, &total) ? arena_alloc(arena, total) : NULL;
}

/* Most lists of a parse are short: they start with 4 items. */
void *arena_grow(Arena *arena, void *items, size_t n, size_t *cap, size_t item_size) {
    assert(n <= *cap && *cap <= SIZE_MAX / 2);
    if (n == *cap) {
        size_t want = *cap ? *cap * 2 : 4;
        void *grown = arena_alloc_n(arena, want, item_size);
        if (!grown) return NULL;
        if (n) memcpy(grown, items, n * item_size);
        fence(items, n * item_size); /* what still points there is a mistake */
        items = grown;
        *cap = want;
        fence_behind(grown, n * item_size, want * item_size);
    }
    unfence_until(items, (n + 1) * item_size);
    return items;
}

char *arena_dup(Arena *arena, const void *bytes, size_t size_bytes) {
    size_t total;
    char *copy = size_add(size_bytes, 1, &total) ? arena_alloc(arena, total) : NULL;
    if (!copy) return NULL;
    if (size_bytes) memcpy(copy, bytes, size_bytes);
    copy[size_bytes] = 0;
    return copy;
}

Status arena_keep(Arena *arena, Str text, Str *out, const char *what, Err *err) {
    char *copy = arena_dup(arena, text.p, text.n);
    if (!copy) return err_no_memory(err, what);
    *out = (Str){copy, text.n};
    return OK;
}

char *arena_printf(Arena *arena, const char *fmt, ...) {
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int need = plain_vprint(NULL, 0, fmt, args);
    va_end(args);
    char *text = need < 0 ? NULL : arena_alloc(arena, (size_t)need + 1);
    if (text) (void)plain_vprint(text, (size_t)need + 1, fmt, again);
    va_end(again);
    return text;
}

/* The oldest block stays, the last of the list: turn after turn fits it without another
   allocation. */
void arena_reset(Arena *arena) {
    while (arena->blocks && arena->blocks->next) {
        ArenaBlock *dead = arena->blocks;
        arena->blocks = dead->next;
        mem_free(dead);
    }
    if (arena->blocks) {
        fence(arena->blocks->bytes, arena->blocks->used);
        arena->blocks->used = 0;
    }
    arena->used_bytes = 0;
}

void arena_fini(Arena *arena) {
    arena_reset(arena);
    mem_free(arena->blocks);
    arena->blocks = NULL;
}
