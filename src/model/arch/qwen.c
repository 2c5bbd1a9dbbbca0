/*
 * Qwen2 and Qwen3: Llama's block with two changes (Qwen2.5 report 2024, Qwen3 report 2025).
 *
 *   Qwen2   q, k and v have biases.
 *   Qwen3   no biases; each head of q and k goes through an RMSNorm of its own width before it is
 *           turned, and heads are 128 wide whatever n_embd / n_head says.
 *
 * Both turn halves of a head together: (i, i + d/2).
 *
 *     h = RMSNorm(x)
 *     q, k, v = Wq h + bq, Wk h + bk, Wv h + bv        (Qwen2)
 *     q, k = RMSNorm(q), RMSNorm(k) per head           (Qwen3)
 *     x += Wo softmax(rope(q) rope(k)^T / sqrt(d)) v
 *     x += Wdown (silu(Wgate RMSNorm(x)) * Wup RMSNorm(x))
 */
#include "model/arch/llama.h"

static Status qwen2_bind(Binder *b, Model *m, Err *err) {
    const Hyper *h = &m->hyper;
    int64_t nq = h->n_head * h->d_head, nkv = h->n_head_kv * h->d_head;
    for (int il = 0; il < (int)h->n_layer; il++) {
        Layer *l = &m->layers[il];
        TRY(llama_bind_block(b, l, h, il, err));
        TRY(bind_vector(b, &l->q_bias, (BindName){"attn_q.bias", il}, nq, err));
        TRY(bind_vector(b, &l->k_bias, (BindName){"attn_k.bias", il}, nkv, err));
        TRY(bind_vector(b, &l->v_bias, (BindName){"attn_v.bias", il}, nkv, err));
    }
    return bind_head(b, m, err);
}

static Status qwen3_bind(Binder *b, Model *m, Err *err) {
    const Hyper *h = &m->hyper;
    for (int il = 0; il < (int)h->n_layer; il++) {
        Layer *l = &m->layers[il];
        TRY(llama_bind_block(b, l, h, il, err));
        TRY(bind_vector(b, &l->q_norm, (BindName){"attn_q_norm.weight", il}, h->d_head, err));
        TRY(bind_vector(b, &l->k_norm, (BindName){"attn_k_norm.weight", il}, h->d_head, err));
    }
    return bind_head(b, m, err);
}

static void qwen_forward(Lane *ln) {
    llama_pass(ln, (LlamaForm){1, llama_attn_scale(&ln->model->hyper), GATE_SILU});
}

const Arch arch_qwen2 = {
    .name = "qwen2", .rope_halves = true, .bind = qwen2_bind, .forward = qwen_forward};
const Arch arch_qwen3 = {
    .name = "qwen3", .rope_halves = true, .bind = qwen3_bind, .forward = qwen_forward};
