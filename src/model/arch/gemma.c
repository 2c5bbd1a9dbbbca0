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
#include "model/weights.h"

#include <math.h>

#include "model/wave.h"

enum { GEMMA_PERIOD = 6, GEMMA_27B_LAYERS = 62 };

static Status gemma_bind_attention(Binder *b, Layer *l, const Hyper *h, int il, Err *err) {
    int64_t n = h->n_embd, d = h->d_head, nq = h->n_head * d, nkv = h->n_head_kv * d;
    TRY(bind_vector(b, &l->attn_norm, (BindName){"attn_norm.weight", il}, n, err));
    TRY(bind_matrix(b, &l->q, (BindName){"attn_q.weight", il}, nq, n, err));
    TRY(bind_matrix(b, &l->k, (BindName){"attn_k.weight", il}, nkv, n, err));
    TRY(bind_matrix(b, &l->v, (BindName){"attn_v.weight", il}, nkv, n, err));
    TRY(bind_vector(b, &l->q_norm, (BindName){"attn_q_norm.weight", il}, d, err));
    TRY(bind_vector(b, &l->k_norm, (BindName){"attn_k_norm.weight", il}, d, err));
    TRY(bind_matrix(b, &l->o, (BindName){"attn_output.weight", il}, n, nq, err));
    BindName post = {"post_attention_norm.weight", il};
    return bind_vector(b, &l->attn_post_norm, post, n, err);
}

static Status gemma_bind_ffn(Binder *b, Layer *l, const Hyper *h, int il, Err *err) {
    int64_t n = h->n_embd;
    TRY(bind_vector(b, &l->ffn_norm, (BindName){"ffn_norm.weight", il}, n, err));
    TRY(bind_matrix(b, &l->gate, (BindName){"ffn_gate.weight", il}, h->n_ff, n, err));
    TRY(bind_matrix(b, &l->up, (BindName){"ffn_up.weight", il}, h->n_ff, n, err));
    TRY(bind_matrix(b, &l->down, (BindName){"ffn_down.weight", il}, n, h->n_ff, err));
    return bind_vector(b, &l->ffn_post_norm, (BindName){"post_ffw_norm.weight", il}, n, err);
}

static Status gemma_bind(Binder *b, Model *m, Err *err) {
    if (!m->hyper.has_pattern) hyper_set_period(&m->hyper, GEMMA_PERIOD);
    for (int il = 0; il < (int)m->hyper.n_layer; il++) {
        TRY(gemma_bind_attention(b, &m->layers[il], &m->hyper, il, err));
        TRY(gemma_bind_ffn(b, &m->layers[il], &m->hyper, il, err));
    }
    return bind_head(b, m, err);
}

static float gemma_scale(const Hyper *h) {
    if (h->n_layer == GEMMA_27B_LAYERS) return 1 / sqrtf((float)h->n_embd / (float)h->n_head);
    return 1 / sqrtf((float)h->d_head);
}

static void gemma_forward(Lane *ln) {
    const Model *m = ln->model;
    float scale = gemma_scale(&m->hyper);
    lane_embed(ln, sqrtf((float)m->hyper.n_embd));
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
        lane_join(ln, l->attn_post_norm);
        lane_rmsnorm(ln, l->ffn_norm);
        lane_ffn_gated(ln, l, GATE_GELU_TANH);
        lane_join(ln, l->ffn_post_norm);
    }
    lane_finish(ln, m->out_norm);
}

const Arch arch_gemma3 = {
    .name = "gemma3", .rope_halves = true, .bind = gemma_bind, .forward = gemma_forward};
