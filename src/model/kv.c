/*
 * The body of kv.h: one block of memory whose size was checked before.
 *
 * It comes untouched from the system, so that a session with a large n_ctx and a short text costs
 * only the pages that tokens reached.
 */
#include "model/kv.h"

#include "base/mem.h"

uint64_t kv_bytes(int n_layer, int n_head_kv, int d_head, int n_ctx) {
    size_t n = sizeof(uint16_t) * 2;
    if (!size_mul(n, (size_t)n_layer, &n) || !size_mul(n, (size_t)n_head_kv, &n) ||
        !size_mul(n, (size_t)d_head, &n) || !size_mul(n, (size_t)n_ctx, &n)) {
        return 0;
    }
    return n;
}

Status kv_init(Kv *kv, Err *err) {
    uint64_t bytes = kv_bytes(kv->n_layer, kv->n_head_kv, kv->d_head, kv->n_ctx);
    kv->data = bytes ? mem_aligned(4096, (size_t)bytes) : NULL;
    if (!kv->data) return err_no_memory(err, "the KV cache");
    return OK;
}

void kv_fini(Kv *kv) {
    mem_free(kv->data);
    kv->data = NULL;
}
