/* Llama's block, for the families that are variations of it (qwen.c, gemma.c). */
#ifndef HEARTH_MODEL_ARCH_LLAMA_H
#define HEARTH_MODEL_ARCH_LLAMA_H

#include "model/wave.h"
#include "model/weights.h"

/* Where they differ in a pass. What else a family has, heads' norms, biases, norms behind a branch,
   is in the layers that have it. */
typedef struct LlamaForm {
    float embed_scale; /* of a token's embedding */
    float attn_scale;  /* of q k^T */
    LaneGate gate;
} LlamaForm;

/* Norms and matrices of a layer, no biases. */
Status llama_bind_block(Binder *b, Layer *l, const Hyper *h, int il, Err *err) WARN_UNUSED;
/* One forward pass of a decoder, run by every lane at once: embedding, layers, last norm into
   Wave.out. Returns early when the pass was cancelled, taps its last layer, or has no row to
   leave. */
void llama_pass(Lane *ln, LlamaForm form);
/* 1 / sqrt(d_head). */
float llama_attn_scale(const Hyper *h);

#endif
