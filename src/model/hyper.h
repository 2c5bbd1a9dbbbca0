/*
 * Hyper-parameters: the numbers of a model file that say how large everything is.
 *
 * Every number is read through one table (hyper.c) with a minimum and a maximum, because all
 * later sizes, loops and divisions trust them. Relations between numbers (heads divide, rotation
 * is even and fits the head) are checked there too; tensors are checked against them in weights.c.
 */
#ifndef HEARTH_MODEL_HYPER_H
#define HEARTH_MODEL_HYPER_H

#include "model/file/gguf.h"

enum {
    HYPER_LAYERS_MAX = 256,
    HYPER_ARCH_MAX = 32,
    HYPER_HEADS_MAX = 256, /* 128 in the largest models; counted in items of a round */
    HYPER_LOGITS_MAX = 1 << 19, /* rows of an output matrix */
    VOCAB_ROWS_MAX = 1 << 21,
};

/* Numbers of GGUF's pooling_type. */
typedef enum HyperPooling { POOL_NONE = 0, POOL_MEAN = 1, POOL_CLS = 2 } HyperPooling;

typedef struct Hyper {
    char arch[HYPER_ARCH_MAX];
    int64_t n_layer, n_ctx_train;
    int64_t n_embd;    /* width of the residual stream */
    int64_t n_ff;      /* width of the feed-forward layer */
    int64_t n_head, n_head_kv;
    int64_t d_head;    /* of queries, keys and values alike */
    int64_t n_rot;     /* the first n_rot of d_head turn; 0: no rotation at all */
    int64_t n_vocab;   /* rows of token_embd.weight */
    double norm_eps;
    double rope_base, rope_base_local; /* local: layers with a sliding window */
    double rope_scale;                 /* positions are multiplied by it (1/factor) */
    int64_t window;    /* tokens a local layer sees, itself counted; 0: no such layers */
    bool local[HYPER_LAYERS_MAX]; /* layers with the window */
    bool has_pattern;  /* the file said which layers; else the family does */
    double logit_cap;  /* logits = cap*tanh(logits/cap); 0: none */
    int64_t pooling;   /* HyperPooling, encoders only */
} Hyper;

/* Reads and checks. E_CORRUPT, E_LIMIT, E_NOT_FOUND (a required key), E_UNSUPPORTED. */
Status hyper_read(const Gguf *gguf, Hyper *out, Err *err) WARN_UNUSED;
/* Layers are local but for every period-th. */
void hyper_set_period(Hyper *hyper, int64_t period);
/* true when layer `il` sees only the last `window` tokens. */
bool hyper_is_local(const Hyper *hyper, int il);

#endif
