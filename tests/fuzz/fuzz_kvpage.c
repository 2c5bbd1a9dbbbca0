/*
 * Any bytes as the payload of a kept KV page: as they are, and once more with the head put right,
 * so that a page is accepted. What is accepted must have the wanted length, and attention over
 * whatever numbers it holds must stay within its memory.
 *
 * First byte: KV type and count of tokens.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "model/kv_disk.h"

enum { HEAD = 4096, DIM = 16 };

static const uint8_t key[HASH_BYTES] = {1, 2, 3};
static const int32_t tokens[KERN_KV_KEYS] = {5, 6, 7};

static void attend(const KvWanted *wanted, const char *data) {
    float q[DIM] = {1, -1, 2}, out[DIM];
    char *page = (char *)(uintptr_t)data;
    KernAttn job = {.type = wanted->shape.type, .head_dim = DIM, .heads = 1, .group = 1,
                    .m = 1, .q = q, .q_stride = DIM, .q_head_stride = DIM, .pages = &page,
                    .k_at = kv_keys_at(&wanted->shape, 1, 0),
                    .v_at = kv_values_at(&wanted->shape, 1, 0), .out = out, .out_stride = DIM,
                    .out_head_stride = DIM, .pos0 = wanted->n_tokens - 1,
                    .n_keys = wanted->n_tokens, .scale = 0.25f};
    job.scratch = mem_aligned(KERN_ALIGN, kern_attn_scratch_bytes(DIM));
    if (!job.scratch) abort();
    kern_attention(kern_select(NULL, NULL), &job);
    mem_free(job.scratch);
}

static bool check(const uint8_t *payload, size_t n, const KvWanted *wanted) {
    const char *data = NULL;
    if (kv_disk_check(payload, n, wanted, &data, NULL) != OK) return false;
    if (data != (const char *)payload + HEAD || n - HEAD != kv_page_bytes(&wanted->shape)) abort();
    attend(wanted, data);
    return true;
}

/* Offsets as kv_disk.c's essay has them. */
static void repair(uint8_t *b, const KvWanted *w) {
    const KvShape *s = &w->shape;
    uint32_t numbers[6] = {(uint32_t)w->n_tokens,     (uint32_t)s->type,
                           (uint32_t)s->n_layer,      (uint32_t)s->n_head_kv,
                           (uint32_t)s->d_head,       0};
    uint64_t bytes = kv_page_bytes(s);
    memcpy(b, key, sizeof key);
    memcpy(b + 32, numbers, sizeof numbers);
    memcpy(b + 56, &bytes, sizeof bytes);
    memcpy(b + 64, tokens, sizeof tokens);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    KvWanted wanted = {key, tokens, 1 + data[0] / 8 % 3,
                       {(KernKv)(data[0] % KERN_KV_TYPES), 2, 1, DIM}};
    size_t want = HEAD + (size_t)kv_page_bytes(&wanted.shape);
    uint8_t *payload = mem_aligned(KERN_ALIGN, want);
    if (!payload) abort();
    memset(payload, 0, want);
    if (size - 1 <= want) (void)check(data + 1, size - 1, &wanted);
    for (size_t i = 0; i < want && size > 1; i++) payload[i] = data[1 + i % (size - 1)];
    (void)check(payload, want, &wanted);
    repair(payload, &wanted);
    if (!check(payload, want, &wanted)) abort();
    mem_free(payload);
    return 0;
}
