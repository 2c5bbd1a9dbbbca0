/*
 * An embedder for tests: a text's vector is the sum of pseudo-random vectors of its words, so that
 * texts that share words are near, in no time and without a model. It counts the texts it was
 * given.
 */
#ifndef HEARTH_TESTS_HASH_EMBEDDER_H
#define HEARTH_TESTS_HASH_EMBEDDER_H

#include <ctype.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/hash.h"
#include "knowledge/store.h"

enum { HASH_EMBED_DIM = 96 };

typedef struct HashEmbedder {
    size_t n_texts;
    size_t fail_after;   /* 0: never; else passages() fails once that many were embedded */
    atomic_bool *cancel; /* raised when cancel_after texts were embedded */
    size_t cancel_after;
} HashEmbedder;

static inline void hash_embed_text(Str text, float *out) {
    memset(out, 0, HASH_EMBED_DIM * sizeof *out);
    for (size_t at = 0; at < text.n;) {
        size_t end = at;
        while (end < text.n && (isalnum((unsigned char)text.p[end]) || (text.p[end] & 0x80))) end++;
        uint64_t state = hash_check64(text.p + at, end - at, 7);
        for (int i = 0; end > at && i < HASH_EMBED_DIM; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            out[i] += (float)(int32_t)(state >> 32) / 2147483648.0f;
        }
        at = end + 1;
    }
    float length = 1e-9f;
    for (int i = 0; i < HASH_EMBED_DIM; i++) length += out[i] * out[i];
    for (int i = 0; i < HASH_EMBED_DIM; i++) out[i] /= sqrtf(length);
}

static inline Status hash_embed_passages(void *user, const Str *texts, size_t n, float *out,
                                         Err *err) {
    HashEmbedder *e = user;
    for (size_t i = 0; i < n; i++) {
        if (e->fail_after && e->n_texts >= e->fail_after) {
            return err_set(err, E_FAILED, "the test's embedder fails here");
        }
        hash_embed_text(texts[i], out + i * HASH_EMBED_DIM);
        e->n_texts++;
        if (e->cancel && e->n_texts >= e->cancel_after) atomic_store(e->cancel, true);
    }
    return OK;
}

static inline Status hash_embed_query(void *user, Str text, float *out, Err *err) {
    (void)user;
    (void)err;
    hash_embed_text(text, out);
    return OK;
}

static inline StoreEmbedder hash_embedder(HashEmbedder *state, const char *model_id) {
    return (StoreEmbedder){model_id, HASH_EMBED_DIM, hash_embed_passages, hash_embed_query, state};
}

#endif
