/*
 * BERT and XLM-RoBERTa encoders (Devlin et al. 2019; Conneau et al. 2020; e5: Wang et al. 2024).
 *
 *     x = LayerNorm(word + position + type)
 *     a = Wo softmax(q k^T / sqrt(d)) v + bo      every token sees every token of its text
 *     x = LayerNorm(x + a)
 *     f = Wdown gelu(Wup x + bu) + bd             gelu with erf, as published
 *     x = LayerNorm(x + f)
 *
 * Positions are learned: row p of position_embd.weight belongs to the p-th token. XLM-R counts its
 * positions from 2; converters (and `hearth import`) drop those two rows, so here all count from 0.
 * Segment types are always 0. What the tokens say is pooled in embed.c.
 */
#include "model/weights.h"

#include <math.h>

#include "model/wave.h"

static Status bert_bind_layer(Binder *b, Layer *l, const Hyper *h, int il, Err *err) {
    int64_t n = h->n_embd, nq = h->n_head * h->d_head, nkv = h->n_head_kv * h->d_head;
    TRY(bind_matrix(b, &l->q, (BindName){"attn_q.weight", il}, nq, n, err));
    TRY(bind_matrix(b, &l->k, (BindName){"attn_k.weight", il}, nkv, n, err));
    TRY(bind_matrix(b, &l->v, (BindName){"attn_v.weight", il}, nkv, n, err));
    TRY(bind_vector(b, &l->q_bias, (BindName){"attn_q.bias", il}, nq, err));
    TRY(bind_vector(b, &l->k_bias, (BindName){"attn_k.bias", il}, nkv, err));
    TRY(bind_vector(b, &l->v_bias, (BindName){"attn_v.bias", il}, nkv, err));
    TRY(bind_matrix(b, &l->o, (BindName){"attn_output.weight", il}, n, nq, err));
    TRY(bind_vector(b, &l->o_bias, (BindName){"attn_output.bias", il}, n, err));
    TRY(bind_layernorm(b, &l->attn_out_norm, (BindName){"attn_output_norm", il}, n, err));
    TRY(bind_matrix(b, &l->up, (BindName){"ffn_up.weight", il}, h->n_ff, n, err));
    TRY(bind_vector(b, &l->up_bias, (BindName){"ffn_up.bias", il}, h->n_ff, err));
    TRY(bind_matrix(b, &l->down, (BindName){"ffn_down.weight", il}, n, h->n_ff, err));
    TRY(bind_vector(b, &l->down_bias, (BindName){"ffn_down.bias", il}, n, err));
    return bind_layernorm(b, &l->layer_out_norm, (BindName){"layer_output_norm", il}, n, err);
}

/* token_types.weight is [types][n_embd] with 1 or 2 types; only row 0 is used. */
static Status bert_bind_types(Binder *b, Model *m, Err *err) {
    const GgufTensor *t = gguf_tensor(m->gguf, "token_types.weight");
    if (!t) return OK;
    if (t->dims[0] != (uint64_t)m->hyper.n_embd || t->dims[1] > 16) {
        return err_set(err, E_CORRUPT, "model: token_types.weight has a senseless shape");
    }
    return bind_first_row(b, &m->type_embd, t, m->hyper.n_embd, err);
}

static Status bert_bind(Binder *b, Model *m, Err *err) {
    const Hyper *h = &m->hyper;
    BindName positions = {"position_embd.weight", -1};
    TRY(bind_table(b, &m->position_embd, positions, h->n_ctx_train, h->n_embd, err));
    TRY(bert_bind_types(b, m, err));
    TRY(bind_layernorm(b, &m->embd_norm, (BindName){"token_embd_norm", -1}, h->n_embd, err));
    for (int il = 0; il < (int)h->n_layer; il++) {
        TRY(bert_bind_layer(b, &m->layers[il], h, il, err));
    }
    return OK;
}

static void bert_forward(Lane *ln) {
    const Model *m = ln->model;
    float scale = 1 / sqrtf((float)m->hyper.d_head);
    int layers = ln->w->layers ? ln->w->layers : (int)m->hyper.n_layer;
    lane_embed_encoder(ln);
    for (int il = 0; il < layers; il++) {
        const Layer *l = &m->layers[il];
        if (!lane_layer(ln, il)) return;
        lane_qkv(ln, l);
        lane_attend_texts(ln, scale);
        lane_attn_out(ln, l);
        lane_join_layernorm(ln, l->attn_out_norm);
        lane_ffn_plain(ln, l);
        lane_join_layernorm(ln, l->layer_out_norm);
    }
    lane_finish_plain(ln);
}

const Arch arch_bert = {
    .name = "bert", .encoder = true, .bind = bert_bind, .forward = bert_forward};
