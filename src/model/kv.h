/*
 * KV: keys and values of the tokens that a session has seen, float16.
 *
 * Layout: [layer][K, V][KV head][n_ctx][d_head], so that one head of one layer is a contiguous
 * stream in the order in which attention reads it. Layers with a sliding window keep all
 * tokens too: simple first; what it costs is seen in `hearth plan`.
 */
#ifndef HEARTH_MODEL_KV_H
#define HEARTH_MODEL_KV_H

#include <stddef.h>

#include "base/status.h"

typedef struct Kv {
    uint16_t *data;
    int n_layer, n_head_kv, d_head, n_ctx;
} Kv;

/* Bytes for n_ctx tokens; 0 on overflow. */
uint64_t kv_bytes(int n_layer, int n_head_kv, int d_head, int n_ctx);
/* kv's four numbers are set by the caller; the memory is touched only as tokens come. */
Status kv_init(Kv *kv, Err *err) WARN_UNUSED;
void kv_fini(Kv *kv);

static inline uint16_t *kv_keys(const Kv *kv, int layer, int head) {
    size_t per_head = (size_t)kv->n_ctx * (size_t)kv->d_head;
    return kv->data + ((size_t)layer * 2 * (size_t)kv->n_head_kv + (size_t)head) * per_head;
}

static inline uint16_t *kv_values(const Kv *kv, int layer, int head) {
    return kv_keys(kv, layer, kv->n_head_kv + head);
}

#endif
