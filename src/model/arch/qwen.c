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
#include "model/weights.h"

#include <math.h>

#include "model/wave.h"

static Status qwen_bind_layer(Binder *b, Layer *l, const Hyper *h, int il, Err *err) {
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

static Status qwen2_bind(Binder *b, Model *m, Err *err) {
    const Hyper *h = &m->hyper;
    int64_t nq = h->n_head * h->d_head, nkv = h->n_head_kv * h->d_head;
    for (int il = 0; il < (int)h->n_layer; il++) {
        Layer *l = &m->layers[il];
        TRY(qwen_bind_layer(b, l, h, il, err));
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
        TRY(qwen_bind_layer(b, l, h, il, err));
        TRY(bind_vector(b, &l->q_norm, (BindName){"attn_q_norm.weight", il}, h->d_head, err));
        TRY(bind_vector(b, &l->k_norm, (BindName){"attn_k_norm.weight", il}, h->d_head, err));
    }
    return bind_head(b, m, err);
}

static void qwen_forward(Lane *ln) {
    const Model *m = ln->model;
    float scale = 1 / sqrtf((float)m->hyper.d_head);
    lane_embed(ln, 1);
    lane_rope_tables(ln);
    for (int il = 0; il < (int)m->hyper.n_layer; il++) {
        const Layer *l = &m->layers[il];
        if (!lane_layer(ln, il)) return;
        lane_rmsnorm(ln, l->attn_norm);
        lane_qkv(ln, l);
        lane_rope_store(ln, l, il); /* norms the heads first where the layer has q_norm, k_norm */
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

const Arch arch_qwen2 = {
    .name = "qwen2", .rope_halves = true, .bind = qwen2_bind, .forward = qwen_forward};
const Arch arch_qwen3 = {
    .name = "qwen3", .rope_halves = true, .bind = qwen3_bind, .forward = qwen_forward};
