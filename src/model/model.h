/*
 * Model: the tensors of a loaded file under the names that the papers use, ready for the kernels.
 *
 * Private to the model room: engine.h is what others see. Three structs explain a transformer
 * (after llama2.c): the blueprint (Hyper, hyper.h), the weights (Model, here) and the wave of
 * activations that runs through them (wave.h).
 *
 * Matrices are KernMat, [rows][cols] with cols the width of the input; vectors are float32. What a
 * family does not have stays zero (mat.data NULL, vector NULL).
 */
#ifndef HEARTH_MODEL_MODEL_H
#define HEARTH_MODEL_MODEL_H

#include "model/file/gguf.h"
#include "model/hyper.h"
#include "model/kernels/kernels.h"
#include "model/screen.h"

/* The tensors of one layer; shapes as [rows][cols]. */
typedef struct Layer {
    /* attention */
    const float *attn_norm;           /* [n_embd] */
    KernMat q, k, v;                  /* [n_head*d][n_embd], [n_head_kv*d][n_embd] twice */
    KernMat o;                        /* [n_embd][n_head*d] */
    const float *q_bias, *k_bias, *v_bias, *o_bias;
    const float *q_norm, *k_norm;     /* [d_head], each head is normed by itself */
    const float *attn_post_norm;      /* [n_embd], before the residual is added (Gemma) */
    /* feed-forward */
    const float *ffn_norm;            /* [n_embd] */
    KernMat gate, up, down;           /* [n_ff][n_embd] x2, [n_embd][n_ff] */
    const float *up_bias, *down_bias; /* BERT */
    const float *ffn_post_norm;       /* [n_embd] (Gemma) */
    /* encoders norm after the residual: weight[n_embd] then bias[n_embd] */
    const float *attn_out_norm, *layer_out_norm;
} Layer;

typedef struct Arch Arch;

typedef struct Model {
    Hyper hyper;
    const Arch *arch;
    const Gguf *gguf;
    Layer *layers;              /* [n_layer] */
    const GgufTensor *embd;     /* token_embd.weight as it stands in the file: rows are looked up */
    KernMat head;               /* [n_vocab][n_embd]; data NULL for encoders */
    Screen screen;              /* of head */
    bool tied;                  /* head is packed from embd: rows are unpacked from it */
    const float *out_norm;      /* [n_embd] */
    const float *rope_inv_freq; /* [n_rot/2]; and for layers with a window: */
    const float *rope_inv_freq_local;
    const float *rope_factors;  /* [n_rot/2] of the file (Llama 3), or NULL */
    /* encoders */
    const GgufTensor *position_embd; /* [n_ctx_train][n_embd] */
    const float *type_embd;          /* [n_embd], of segment 0 */
    const float *embd_norm;          /* weight[n_embd], bias[n_embd] */
} Model;

typedef struct Binder Binder;
typedef struct Lane Lane;

/* One row per family: what tensors it wants, and how a wave runs through it. */
struct Arch {
    const char *name; /* general.architecture */
    bool encoder;     /* sees all of a text at once, has no KV cache and no head */
    bool rope_halves; /* pairs (i, i + n_rot/2) turn together; else (2i, 2i + 1) */
    Status (*bind)(Binder *binder, Model *model, Err *err);
    void (*forward)(Lane *lane);
};

/* NULL when this build does not know the family. */
const Arch *arch_find(const char *name);

/* The families, arch/NAME.c. */
extern const Arch arch_llama, arch_qwen2, arch_qwen3, arch_gemma3, arch_bert;

#endif
