/*
 * llama.cpp's raw logits, for comparison with ours: the counterpart of `logits MODEL rows`.
 *
 *     rival_logits MODEL IDS.i32 OUT.f32 [exact]
 *
 * IDS are token ids (`logits MODEL tokens` writes them); OUT gets a row of float32 a token, from
 * windows of 512 tokens that do not overlap, each evaluated as one batch, its first token replaced
 * by BOS where the vocabulary asks for it: what `hearth score` does. "exact": KV in float32 and no
 * flash attention; with a file whose weights were expanded to F32 that is float32 arithmetic
 * throughout, the reference of kld.py. Two threads.
 *
 * Compiled by engine.py against the rival's llama.h and static libraries; not part of our build.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llama.h"

enum { WINDOW = 512, THREADS = 2 };

static void quiet(enum ggml_log_level level, const char *text, void *user) {
    (void)user;
    if (level == GGML_LOG_LEVEL_ERROR) fputs(text, stderr);
}

static struct llama_context *context_new(struct llama_model *model, bool exact) {
    struct llama_context_params p = llama_context_default_params();
    p.n_ctx = p.n_batch = p.n_ubatch = WINDOW;
    p.n_threads = p.n_threads_batch = THREADS;
    if (exact) {
        p.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
        p.type_k = p.type_v = GGML_TYPE_F32;
    }
    return llama_init_from_model(model, p);
}

/* Rows of n tokens of one window to `out`. */
static bool window_rows(struct llama_context *ctx, const int32_t *ids, int n, FILE *out) {
    const struct llama_vocab *vocab = llama_model_get_vocab(llama_get_model(ctx));
    size_t n_vocab = (size_t)llama_vocab_n_tokens(vocab);
    struct llama_batch batch = llama_batch_init(WINDOW, 0, 1);
    for (int i = 0; i < n; i++) {
        batch.token[i] = i == 0 && llama_vocab_get_add_bos(vocab) ? llama_vocab_bos(vocab) : ids[i];
        batch.pos[i] = i;
        batch.n_seq_id[i] = 1;
        batch.seq_id[i][0] = 0;
        batch.logits[i] = 1;
    }
    batch.n_tokens = n;
    llama_memory_clear(llama_get_memory(ctx), true);
    bool fine = llama_decode(ctx, batch) == 0;
    for (int i = 0; i < n && fine; i++) {
        fine = fwrite(llama_get_logits_ith(ctx, i), sizeof(float), n_vocab, out) == n_vocab;
    }
    llama_batch_free(batch);
    return fine;
}

int main(int argc, char **argv) {
    int32_t ids[WINDOW];
    if (argc < 4) return 2;
    llama_log_set(quiet, NULL);
    llama_backend_init();
    struct llama_model *model = llama_model_load_from_file(argv[1], llama_model_default_params());
    FILE *in = fopen(argv[2], "rb"), *out = fopen(argv[3], "wb");
    bool exact = argc > 4 && strcmp(argv[4], "exact") == 0;
    struct llama_context *ctx = model ? context_new(model, exact) : NULL;
    bool fine = ctx && in && out;
    while (fine) {
        size_t n = fread(ids, sizeof *ids, WINDOW, in);
        if (n == 0) break;
        fine = window_rows(ctx, ids, (int)n, out);
    }
    if (!out || fclose(out) != 0) fine = false;
    if (ctx) llama_free(ctx);
    if (model) llama_model_free(model);
    return fine ? 0 : 1;
}
