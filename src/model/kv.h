/*
 * KV: keys and values of the tokens that a timeline has seen, in pages of 64 tokens.
 *
 * A page holds all layers of its tokens in one block of memory: [layer][KV head][K, V], each K and
 * V a block of the kernels (kv_block.c), so that a head's keys and values of a page are one
 * contiguous stream. Pages are made as tokens come and are counted: a whole page may be given its
 * key (kv_publish); a timeline that begins with the same tokens takes it instead of computing it
 * (kv_take). Who wants to write into a shared page gets a copy of its own first (kv_reserve). What
 * lies in a page past a timeline's count of tokens means nothing to it.
 *
 * A key is a chain of digests: over the key of the page before and the page's tokens. What else the
 * numbers depend on (model, type, instruction set) is the same for all timelines of a pool.
 *
 * A KvPool hands pages out up to a ceiling of bytes. Pages come zeroed: a block must hold finite
 * numbers everywhere, because attention multiplies what it masks by zero.
 *
 * Layers with a sliding window keep all tokens too: pages outside every window are not read, but
 * they stay (Gemma 3 270M at 32,768 tokens: 15 of 18 layers keep 32,256 tokens nobody reads, 5/6 of
 * the cache). Dropping them would end reuse of a prefix that is cut back by more than a window.
 *
 * Threads: `lock` of the pool guards the counts and names of all its pages. A timeline belongs to
 * one thread at a time; two timelines may share pages freely.
 */
#ifndef HEARTH_MODEL_KV_H
#define HEARTH_MODEL_KV_H

#include "base/frame.h"
#include "base/hash.h"
#include "model/kernels/kernels.h"

/* What decides a page's size: the same for all timelines of an engine. */
typedef struct KvShape {
    KernKv type;
    int n_layer, n_head_kv, d_head;
} KvShape;

typedef struct KvPool KvPool;
typedef struct KvPage KvPage;

/* A pool that hands out pages up to max_bytes; none are made yet. *out is the caller's. */
Status kv_pool_new(uint64_t max_bytes, KvPool **out, Err *err) WARN_UNUSED;
void kv_pool_free(KvPool *pool); /* NULL is fine; every page must have been given back */
/* Bytes of pages that are out. Only tests ask: a lost page is seen in nothing else. */
uint64_t kv_pool_used(KvPool *pool);

/* A timeline's pages. Nobody but its owner changes it; what kernels get is data. */
typedef struct Kv {
    KvPool *pool;
    KvShape shape;
    int n_ctx;     /* tokens at most */
    int n_pages;
    KvPage **page; /* [n_pages] counted */
    char **data;   /* [n_pages] their memory, what kernels read */
} Kv;

/* Bytes of one page: [n_layer][n_head_kv] blocks of keys and of values for 64 tokens; 0 on
   overflow. */
uint64_t kv_page_bytes(const KvShape *shape);
/* Bytes of n_ctx tokens (>= 0) in whole pages; 0 on overflow. */
uint64_t kv_bytes(const KvShape *shape, int n_ctx);

/* An empty timeline of n_ctx tokens at most, with no pages. The pool is borrowed and outlives it;
   all timelines of a pool have one shape. E_NO_MEMORY, also for a shape that overflows. */
Status kv_init(Kv *kv, KvPool *pool, const KvShape *shape, int n_ctx, Err *err) WARN_UNUSED;
/* Gives every page back. Fine after a failed kv_init, and twice. */
void kv_fini(Kv *kv);
/* Pages for positions [from, to) are there and this timeline's alone; those before are kept.
   E_LIMIT: the pool's ceiling; nothing was lost. E_CORRUPT: the file of a page that had to be
   copied was cut. */
Status kv_reserve(Kv *kv, int from, int to, Err *err) WARN_UNUSED;
/* Gives back pages that hold only positions from n on. */
void kv_cut(Kv *kv, int n);
/* The key of a page of n tokens behind the page with the key `before`; may be `key` itself. */
void kv_page_key(const uint8_t before[HASH_BYTES], const int32_t *tokens, int n,
                 uint8_t key[HASH_BYTES]);
/* Page i, whose tokens are all there, has this key from now on, until somebody writes into it. */
void kv_publish(Kv *kv, int i, const uint8_t key[HASH_BYTES]);
/* Appends the page of that key where some timeline of the pool has it. */
bool kv_take(Kv *kv, const uint8_t key[HASH_BYTES]);

/* Appends a page that lies in a file; on success the frame is the page's. It is never written to
   and must hold finite numbers. A mapped one counts for nothing in the pool's bytes (the system
   drops it at need), one that had to be unsealed into memory counts, and so does one that is copied
   because the pool has 256 mapped files already: each holds a descriptor. false: the ceiling, no
   memory, or its file was cut; the frame stays the caller's. */
bool kv_map_page(Kv *kv, Frame *frame, const char *data) WARN_UNUSED;
/* false: a mapped page could not be read any more; what was computed with it is worthless. */
bool kv_intact(const Kv *kv);

/* Where the blocks of a layer and head begin in every page. */
static inline size_t kv_keys_at(const KvShape *s, int layer, int head) {
    size_t block = kern_kv_block_bytes(s->type, s->d_head);
    return ((size_t)layer * (size_t)s->n_head_kv + (size_t)head) * 2 * block;
}

static inline size_t kv_values_at(const KvShape *s, int layer, int head) {
    return kv_keys_at(s, layer, head) + kern_kv_block_bytes(s->type, s->d_head);
}

#endif
