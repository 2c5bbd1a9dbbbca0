/*
 * The body of kv.h. A page is one allocation with a count; the pool is a lock, a sum of bytes and a
 * hash table of the pages that have a key. The table owns nothing: a page leaves it with its last
 * timeline, and before it is written to.
 *
 * Pages are megabytes, so the system's allocator serves them well and none are kept in reserve.
 * They are aligned to 2 MiB when they are at least so large, and the system is asked to use huge
 * pages: a head's blocks of one page of tokens are some 32 KiB in another place each time. A page
 * of the disk tier is a mapped file instead; to a writer it looks shared.
 *
 * Life of a page, drawn (refs in brackets):
 *
 *     A computes 64 tokens       page [1], A's alone
 *     A publishes it             page [1] in the table under its key
 *     B takes it                 page [2]
 *     B writes token 40 anew     B copies: page' [1]; page [1], still in the table
 *     A writes into it           refs is 1: it leaves the table first, no copy
 *     A ends                     page [0]: freed, its bytes go back to the pool
 */
#include "model/kv.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "base/fault_guard.h"
#include "base/mem.h"
#include "base/text.h"

struct KvPage {
    KvPool *pool;
    char *data;
    size_t bytes; /* of its own memory; 0: a file's */
    size_t held;  /* counted in the pool: own memory, or a sealed file's, which was unsealed */
    uint32_t refs;
    bool mapped;    /* the frame holds a mapping and a descriptor, counted in the pool */
    bool published; /* it is in the pool's table, under this key */
    uint8_t key[HASH_BYTES];
    KvPage *next; /* of the same chain */
    Frame frame;  /* mapped pages */
};

enum { KV_CHAINS = 1024 };
_Static_assert(KV_CHAINS <= 1 << 16, "two bytes of a key choose the chain");

/* Each mapped file takes a descriptor, of the 1024 that a process mostly has, and a slot of
   base/fault_guard.h; databases, segments and sockets want some, too. 16,384 tokens; chosen. */
enum { KV_MAPPED_MAX = 256 };
_Static_assert((int)KV_MAPPED_MAX <= (int)FAULT_GUARDS_MAX / 4, "models and all others");

struct KvPool {
    pthread_mutex_t lock;
    uint64_t max_bytes, used_bytes;
    int mapped; /* pages that are mapped files */
    KvPage *chain[KV_CHAINS]; /* published pages, by the first bytes of their keys */
};

/* ---- sizes ----------------------------------------------------------------------------------- */

uint64_t kv_page_bytes(const KvShape *s) {
    size_t n = 2 * kern_kv_block_bytes(s->type, s->d_head);
    if (!size_mul(n, (size_t)s->n_layer, &n) || !size_mul(n, (size_t)s->n_head_kv, &n)) return 0;
    return n;
}

/* Pages that n_tokens need: a partly filled one counts. */
static int kv_pages_for(int n_tokens) {
    assert(n_tokens >= 0);
    return (n_tokens + KERN_KV_KEYS - 1) / KERN_KV_KEYS;
}

uint64_t kv_bytes(const KvShape *s, int n_ctx) {
    size_t n = (size_t)kv_page_bytes(s);
    return size_mul(n, (size_t)kv_pages_for(n_ctx), &n) ? n : 0;
}

/* ---- the pool -------------------------------------------------------------------------------- */

Status kv_pool_new(uint64_t max_bytes, KvPool **out, Err *err) {
    KvPool *pool = mem_zalloc(sizeof *pool);
    *out = NULL;
    if (!pool) return err_no_memory(err, "a pool of KV pages");
    pool->max_bytes = max_bytes;
    if (pthread_mutex_init(&pool->lock, NULL) != 0) {
        mem_free(pool);
        return err_set(err, E_FAILED, "a lock could not be made");
    }
    *out = pool;
    return OK;
}

void kv_pool_free(KvPool *pool) {
    if (!pool) return;
    assert(pool->used_bytes == 0);
    (void)pthread_mutex_destroy(&pool->lock);
    mem_free(pool);
}

uint64_t kv_pool_used(KvPool *pool) {
    (void)pthread_mutex_lock(&pool->lock);
    uint64_t used = pool->used_bytes;
    (void)pthread_mutex_unlock(&pool->lock);
    return used;
}

/* Takes bytes off the ceiling before memory is asked for, so that threads cannot pass it
   together. */
static Status kv_pool_take(KvPool *pool, uint64_t bytes, Err *err) {
    char ceiling[32], used[32];
    (void)pthread_mutex_lock(&pool->lock);
    uint64_t now = pool->used_bytes;
    bool fits = bytes <= pool->max_bytes && now <= pool->max_bytes - bytes;
    if (fits) pool->used_bytes += bytes;
    (void)pthread_mutex_unlock(&pool->lock);
    if (fits) return OK;
    (void)err_set(err, E_LIMIT, "the KV cache is full: %s of %s in use",
                  num_bytes_text(now, used, sizeof used),
                  num_bytes_text(pool->max_bytes, ceiling, sizeof ceiling));
    return err_hint(err, "end a conversation, or take a smaller context or KV type");
}

static void kv_pool_return(KvPool *pool, uint64_t bytes) {
    (void)pthread_mutex_lock(&pool->lock);
    assert(bytes <= pool->used_bytes);
    pool->used_bytes -= bytes;
    (void)pthread_mutex_unlock(&pool->lock);
}

/* ---- pages ----------------------------------------------------------------------------------- */

/* A zeroed page of this timeline alone, counted in the pool. */
static Status kv_page_new(const Kv *kv, KvPage **out, Err *err) {
    size_t bytes = (size_t)kv_page_bytes(&kv->shape);
    TRY(kv_pool_take(kv->pool, bytes, err));
    KvPage *page = mem_zalloc(sizeof *page);
    char *data = page ? mem_pages(bytes) : NULL;
    if (!data) {
        mem_free(page);
        kv_pool_return(kv->pool, bytes);
        return err_no_memory(err, "a page of the KV cache");
    }
    *page = (KvPage){.pool = kv->pool, .data = data, .bytes = bytes, .held = bytes,
                      .refs = 1};
    *out = page;
    return OK;
}

/* Where the page of that key hangs, or NULL where its chain ends. The lock is held. */
static KvPage **kv_pool_at(KvPool *pool, const uint8_t key[HASH_BYTES]) {
    KvPage **at = &pool->chain[(key[0] | (unsigned)key[1] << 8) % KV_CHAINS];
    while (*at && memcmp((*at)->key, key, HASH_BYTES) != 0) at = &(*at)->next;
    return at;
}

/* The lock is held. */
static void kv_page_hide(KvPage *page) {
    if (!page->published) return;
    KvPage **at = kv_pool_at(page->pool, page->key);
    assert(*at == page); /* a key has one page */
    *at = page->next;
    page->published = false;
}

/* Out of the lock the page is freed: unmapping and giving back megabytes takes long. */
static void kv_page_unref(KvPage *page) {
    KvPool *pool = page->pool;
    (void)pthread_mutex_lock(&pool->lock);
    assert(page->refs > 0);
    bool last = --page->refs == 0;
    if (last) {
        kv_page_hide(page);
        assert(page->held <= pool->used_bytes);
        pool->used_bytes -= page->held;
        pool->mapped -= page->mapped;
        assert(pool->mapped >= 0);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    if (!last) return;
    if (page->bytes) mem_free(page->data);
    frame_close(&page->frame);
    mem_free(page);
}

/* Its only timeline wants to write into it: nobody finds it from now on. false: it is shared, or a
   file's. */
static bool kv_page_claim(KvPage *page) {
    (void)pthread_mutex_lock(&page->pool->lock);
    bool own = page->refs == 1 && page->bytes > 0;
    if (own) kv_page_hide(page);
    (void)pthread_mutex_unlock(&page->pool->lock);
    return own;
}

/* ---- timelines ------------------------------------------------------------------------------- */

Status kv_init(Kv *kv, KvPool *pool, const KvShape *shape, int n_ctx, Err *err) {
    size_t n = (size_t)kv_pages_for(n_ctx);
    *kv = (Kv){.pool = pool, .shape = *shape, .n_ctx = n_ctx};
    if (kv_bytes(shape, n_ctx) == 0) return err_no_memory(err, "the KV cache");
    kv->page = mem_alloc_n(n, sizeof(KvPage *));
    kv->data = mem_alloc_n(n, sizeof(char *));
    if (kv->page && kv->data) return OK;
    kv_fini(kv);
    return err_no_memory(err, "the KV cache");
}

void kv_fini(Kv *kv) {
    kv_cut(kv, 0);
    mem_free(kv->page);
    mem_free(kv->data);
    kv->page = NULL;
    kv->data = NULL;
}

void kv_cut(Kv *kv, int n) {
    int keep = kv_pages_for(n);
    assert(n <= kv->n_ctx);
    while (kv->n_pages > keep) kv_page_unref(kv->page[--kv->n_pages]);
}

static void kv_put_page(Kv *kv, int i, KvPage *page) {
    assert(0 <= i && i < kv_pages_for(kv->n_ctx) && page->pool == kv->pool);
    kv->page[i] = page;
    kv->data[i] = page->data;
}

/* Copy on write: page i becomes this timeline's own. E_CORRUPT: it stays the one that is lost. */
static Status kv_own_page(Kv *kv, int i, Err *err) {
    KvPage *old = kv->page[i], *own = NULL;
    if (kv_page_claim(old)) return OK;
    TRY(kv_page_new(kv, &own, err));
    assert(old->bytes == 0 || old->bytes == own->bytes); /* timelines of a pool have one shape */
    memcpy(own->data, old->data, own->bytes);
    /* zeros stand where a page's file was cut: a copy of them would be sound memory, and nobody
       would ever know */
    if (!frame_intact(&old->frame)) {
        kv_page_unref(own);
        return err_set(err, E_CORRUPT, "a page of the KV cache was cut while it was read");
    }
    kv_put_page(kv, i, own);
    kv_page_unref(old);
    return OK;
}

Status kv_reserve(Kv *kv, int from, int to, Err *err) {
    int need = kv_pages_for(to);
    assert(0 <= from && from <= to && to <= kv->n_ctx);
    for (int i = from / KERN_KV_KEYS; i < need && i < kv->n_pages; i++) {
        TRY(kv_own_page(kv, i, err));
    }
    while (kv->n_pages < need) {
        KvPage *page = NULL;
        TRY(kv_page_new(kv, &page, err));
        kv_put_page(kv, kv->n_pages++, page);
    }
    return OK;
}

/* true: one more page may be a mapped file, and is counted. */
static bool kv_pool_map(KvPool *pool) {
    (void)pthread_mutex_lock(&pool->lock);
    bool may = pool->mapped < KV_MAPPED_MAX;
    pool->mapped += may;
    (void)pthread_mutex_unlock(&pool->lock);
    return may;
}

static void kv_pool_unmap(KvPool *pool) {
    (void)pthread_mutex_lock(&pool->lock);
    assert(pool->mapped > 0);
    pool->mapped--;
    (void)pthread_mutex_unlock(&pool->lock);
}

/* The page in memory of our own; its file is closed. */
static bool kv_copy_page(Kv *kv, Frame *frame, const char *data) {
    KvPage *page = NULL;
    if (kv_page_new(kv, &page, NULL) != OK) return false;
    memcpy(page->data, data, page->bytes);
    if (!frame_intact(frame)) { /* as in kv_own_page */
        kv_page_unref(page);
        return false;
    }
    frame_close(frame);
    kv_put_page(kv, kv->n_pages++, page);
    return true;
}

bool kv_map_page(Kv *kv, Frame *frame, const char *data) {
    assert(kv->n_pages < kv_pages_for(kv->n_ctx));
    assert(frame->payload && (const uint8_t *)data > frame->payload); /* a head stands before it */
    size_t held = frame->opened ? frame->payload_bytes : 0;
    bool mapped = !frame->opened;
    if (mapped && !kv_pool_map(kv->pool)) return kv_copy_page(kv, frame, data);
    bool room = kv_pool_take(kv->pool, held, NULL) == OK;
    KvPage *page = room ? mem_zalloc(sizeof *page) : NULL;
    if (!page) {
        if (room) kv_pool_return(kv->pool, held);
        if (mapped) kv_pool_unmap(kv->pool);
        return false;
    }
    *page = (KvPage){.pool = kv->pool, .data = (char *)(uintptr_t)data, .held = held, .refs = 1,
                     .mapped = mapped, .frame = *frame};
    *frame = (Frame){.map = {.fd = -1}};
    kv_put_page(kv, kv->n_pages++, page);
    return true;
}

bool kv_intact(const Kv *kv) {
    for (int i = 0; i < kv->n_pages; i++) {
        const KvPage *page = kv->page[i];
        if (page->bytes == 0 && !frame_intact(&page->frame)) return false;
    }
    return true;
}

/* ---- pages that are found by what they were made of ------------------------------------------ */

void kv_page_key(const uint8_t before[HASH_BYTES], const int32_t *tokens, int n,
                 uint8_t key[HASH_BYTES]) {
    uint8_t text[HASH_BYTES + KERN_KV_KEYS * sizeof(int32_t)];
    assert(0 < n && n <= KERN_KV_KEYS);
    memcpy(text, before, HASH_BYTES);
    memcpy(text + HASH_BYTES, tokens, (size_t)n * sizeof *tokens);
    hash_blake2b(text, HASH_BYTES + (size_t)n * sizeof *tokens, key);
}

void kv_publish(Kv *kv, int i, const uint8_t key[HASH_BYTES]) {
    assert(0 <= i && i < kv->n_pages);
    KvPage *page = kv->page[i];
    KvPool *pool = kv->pool;
    (void)pthread_mutex_lock(&pool->lock);
    KvPage **at = kv_pool_at(pool, key);
    if (!*at && !page->published) { /* else another timeline's says the same */
        memcpy(page->key, key, HASH_BYTES);
        page->published = true;
        page->next = NULL;
        *at = page;
    }
    (void)pthread_mutex_unlock(&pool->lock);
}

bool kv_take(Kv *kv, const uint8_t key[HASH_BYTES]) {
    assert(kv->n_pages < kv_pages_for(kv->n_ctx));
    (void)pthread_mutex_lock(&kv->pool->lock);
    KvPage *page = *kv_pool_at(kv->pool, key);
    assert(!page || (page->published && page->refs > 0)); /* a page leaves with its last timeline */
    if (page) page->refs++;
    (void)pthread_mutex_unlock(&kv->pool->lock);
    if (page) kv_put_page(kv, kv->n_pages++, page);
    return page != NULL;
}
