/*
 * Llama: the decoder that most others are a variation of (Touvron et al. 2023; SmolLM2, Llama 3).
 *
 *     h = RMSNorm(x)
 *     q, k, v = Wq h, Wk h, Wv h          grouped heads: n_head queries share n_head_kv keys
 *     q, k turned by position (RoPE), neighbours (2i, 2i+1) as a pair
 *     x += Wo softmax(q k^T / sqrt(d)) v   causal
 *     h = RMSNorm(x)
 *     x += Wdown (silu(Wgate h) * Wup h)   SwiGLU (Shazeer 2020)
 *
 * and at the end logits = Whead RMSNorm(x), where Whead is the embedding table when the file has
 * no head of its own. Llama 3.1 and later divide the frequencies of the rotation by a table in
 * the file (rope_freqs.weight). Biases are read where the file has them.
 */
#include "model/weights.h"

#include <math.h>

#include "model/wave.h"

static Status llama_bind_layer(Binder *b, Layer *l, const Hyper *h, int il, Err *err) {
    int64_t n = h->n_embd, nq = h->n_head * h->d_head, nkv = h->n_head_kv * h->d_head;
    TRY(bind_vector(b, &l->attn_norm, (BindName){"attn_norm.weight", il}, n, err));
    TRY(bind_matrix(b, &l->q, (BindName){"attn_q.weight", il}, nq, n, err));
    TRY(bind_matrix(b, &l->k, (BindName){"attn_k.weight", il}, nkv, n, err));
    TRY(bind_matrix(b, &l->v, (BindName){"attn_v.weight", il}, nkv, n, err));
    TRY(bind_vector_opt(b, &l->q_bias, (BindName){"attn_q.bias", il}, nq, err));
    TRY(bind_vector_opt(b, &l->k_bias, (BindName){"attn_k.bias", il}, nkv, err));
    TRY(bind_vector_opt(b, &l->v_bias, (BindName){"attn_v.bias", il}, nkv, err));
    TRY(bind_matrix(b, &l->o, (BindName){"attn_output.weight", il}, n, nq, err));
    TRY(bind_vector_opt(b, &l->o_bias, (BindName){"attn_output.bias", il}, n, err));
    TRY(bind_vector(b, &l->ffn_norm, (BindName){"ffn_norm.weight", il}, n, err));
    TRY(bind_matrix(b, &l->gate, (BindName){"ffn_gate.weight", il}, h->n_ff, n, err));
    TRY(bind_matrix(b, &l->up, (BindName){"ffn_up.weight", il}, h->n_ff, n, err));
    return bind_matrix(b, &l->down, (BindName){"ffn_down.weight", il}, n, h->n_ff, err);
}

static Status llama_bind(Binder *b, Model *m, Err *err) {
    BindName factors = {"rope_freqs.weight", -1};
    for (int il = 0; il < (int)m->hyper.n_layer; il++) {
        TRY(llama_bind_layer(b, &m->layers[il], &m->hyper, il, err));
    }
    TRY(bind_vector_opt(b, &m->rope_factors, factors, m->hyper.n_rot / 2, err));
    return bind_head(b, m, err);
}

static void llama_forward(Lane *ln) {
    const Model *m = ln->model;
    float scale = 1 / sqrtf((float)m->hyper.d_head);
    lane_embed(ln, 1);
    lane_rope_tables(ln);
    for (int il = 0; il < (int)m->hyper.n_layer; il++) {
        const Layer *l = &m->layers[il];
        if (!lane_layer(ln, il)) return;
        lane_rmsnorm(ln, l->attn_norm);
        lane_qkv(ln, l);
        lane_rope_store(ln, l, il);
        if (!lane_narrow(ln, il)) return;
        lane_attend(ln, il, scale);
        lane_attn_out(ln, l);
        lane_join(ln, NULL);
        lane_rmsnorm(ln, l->ffn_norm);
        lane_ffn_gated(ln, l, GATE_SILU);
        lane_join(ln, NULL);
    }
    lane_finish(ln, m->out_norm);
}

const Arch arch_llama = {
    .name = "llama", .rope_halves = false, .bind = llama_bind, .forward = llama_forward};
