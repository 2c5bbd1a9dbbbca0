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
 *
 * llama_pass is the schedule of all decoders here; it also does what only variations have.
 */
#include "model/arch/llama.h"

#include <math.h>

Status llama_bind_block(Binder *b, Layer *l, const Hyper *h, int il, Err *err) {
    int64_t n = h->n_embd, nq = h->n_head * h->d_head, nkv = h->n_head_kv * h->d_head;
    TRY(bind_vector(b, &l->attn_norm, (BindName){"attn_norm.weight", il}, n, err));
    TRY(bind_matrix(b, &l->q, (BindName){"attn_q.weight", il}, nq, n, err));
    TRY(bind_matrix(b, &l->k, (BindName){"attn_k.weight", il}, nkv, n, err));
    TRY(bind_matrix(b, &l->v, (BindName){"attn_v.weight", il}, nkv, n, err));
    TRY(bind_matrix(b, &l->o, (BindName){"attn_output.weight", il}, n, nq, err));
    TRY(bind_vector(b, &l->ffn_norm, (BindName){"ffn_norm.weight", il}, n, err));
    TRY(bind_matrix(b, &l->gate, (BindName){"ffn_gate.weight", il}, h->n_ff, n, err));
    TRY(bind_matrix(b, &l->up, (BindName){"ffn_up.weight", il}, h->n_ff, n, err));
    return bind_matrix(b, &l->down, (BindName){"ffn_down.weight", il}, n, h->n_ff, err);
}

static Status llama_bind_layer(Binder *b, Layer *l, const Hyper *h, int il, Err *err) {
    int64_t nq = h->n_head * h->d_head, nkv = h->n_head_kv * h->d_head;
    TRY(llama_bind_block(b, l, h, il, err));
    TRY(bind_vector_opt(b, &l->q_bias, (BindName){"attn_q.bias", il}, nq, err));
    TRY(bind_vector_opt(b, &l->k_bias, (BindName){"attn_k.bias", il}, nkv, err));
    TRY(bind_vector_opt(b, &l->v_bias, (BindName){"attn_v.bias", il}, nkv, err));
    return bind_vector_opt(b, &l->o_bias, (BindName){"attn_output.bias", il}, h->n_embd, err);
}

static Status llama_bind(Binder *b, Model *m, Err *err) {
    BindName factors = {"rope_freqs.weight", -1};
    for (int il = 0; il < (int)m->hyper.n_layer; il++) {
        TRY(llama_bind_layer(b, &m->layers[il], &m->hyper, il, err));
    }
    TRY(bind_vector_opt(b, &m->rope_factors, factors, m->hyper.n_rot / 2, err));
    return bind_head(b, m, err);
}

float llama_attn_scale(const Hyper *h) {
    return 1 / sqrtf((float)h->d_head);
}

void llama_pass(Lane *ln, LlamaForm form) {
    const Model *m = ln->model;
    lane_embed(ln, form.embed_scale);
    lane_rope_tables(ln);
    for (int il = 0; il < (int)m->hyper.n_layer; il++) {
        const Layer *l = &m->layers[il];
        if (!lane_layer(ln, il)) return;
        lane_rmsnorm(ln, l->attn_norm);
        lane_qkv(ln, l);
        lane_rope_store(ln, l, il); /* norms the heads first where the layer has q_norm, k_norm */
        if (!lane_narrow(ln, il)) return;
        lane_attend(ln, il, form.attn_scale);
        lane_attn_out(ln, l);
        lane_join(ln, l->attn_post_norm);
        lane_rmsnorm(ln, l->ffn_norm);
        lane_ffn_gated(ln, l, form.gate);
        lane_join(ln, l->ffn_post_norm);
    }
    lane_finish(ln, m->out_norm);
}

static void llama_forward(Lane *ln) {
    llama_pass(ln, (LlamaForm){1, llama_attn_scale(&ln->model->hyper), GATE_SILU});
}

const Arch arch_llama = {
    .name = "llama", .rope_halves = false, .bind = llama_bind, .forward = llama_forward};
