/*
 * Gemma 3 (Gemma 3 technical report, 2025), text only.
 *
 *     x = sqrt(n_embd) * embedding
 *     a = Wo attention(RMSNorm(x));   x += RMSNorm(a)        norms before and after each branch
 *     f = Wdown (gelu(Wgate h) * Wup h), h = RMSNorm(x);   x += RMSNorm(f)
 *
 * Each head of q and k is normed before it is turned. Five of six layers are local: they see the
 * last `window` tokens and turn with base 10000; every sixth sees all tokens and turns with the
 * file's base (and stretched positions in the larger models). gelu is the tanh form. The "+1" of
 * Gemma's norm weights was folded into the file by its converter.
 *
 * Queries are divided by sqrt(d_head), but in the 27B (62 layers) by sqrt(n_embd / n_head).
 */
#include "model/arch/llama.h"

#include <math.h>

enum { GEMMA_PERIOD = 6, GEMMA_27B_LAYERS = 62 };

static Status gemma_bind_layer(Binder *b, Layer *l, const Hyper *h, int il, Err *err) {
    int64_t n = h->n_embd, d = h->d_head;
    TRY(llama_bind_block(b, l, h, il, err));
    TRY(bind_vector(b, &l->q_norm, (BindName){"attn_q_norm.weight", il}, d, err));
    TRY(bind_vector(b, &l->k_norm, (BindName){"attn_k_norm.weight", il}, d, err));
    BindName post = {"post_attention_norm.weight", il}, last = {"post_ffw_norm.weight", il};
    TRY(bind_vector(b, &l->attn_post_norm, post, n, err));
    return bind_vector(b, &l->ffn_post_norm, last, n, err);
}

static Status gemma_bind(Binder *b, Model *m, Err *err) {
    if (!m->hyper.has_pattern) hyper_set_period(&m->hyper, GEMMA_PERIOD);
    for (int il = 0; il < (int)m->hyper.n_layer; il++) {
        TRY(gemma_bind_layer(b, &m->layers[il], &m->hyper, il, err));
    }
    return bind_head(b, m, err);
}

static float gemma_attn_scale(const Hyper *h) {
    if (h->n_layer != GEMMA_27B_LAYERS) return llama_attn_scale(h);
    return 1 / sqrtf((float)h->n_embd / (float)h->n_head);
}

static void gemma_forward(Lane *ln) {
    const Hyper *h = &ln->model->hyper;
    llama_pass(ln, (LlamaForm){sqrtf((float)h->n_embd), gemma_attn_scale(h), GATE_GELU_TANH});
}

const Arch arch_gemma3 = {
    .name = "gemma3", .rope_halves = true, .bind = gemma_bind, .forward = gemma_forward};
