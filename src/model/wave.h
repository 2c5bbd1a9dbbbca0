/*
 * Wave: the activations of up to m_max tokens on their way through a model, and the operations
 * that move them. arch/NAME.c is written in these operations.
 *
 * Every forward pass is one parallel region: each thread of the pool runs the same arch function
 * on its own Lane, and shares the rounds in it with the others (base/round.h): slices of rows in
 * products, (block of queries or keys, KV head) in attention, tokens in vector work. A lane whose
 * CPU is busy elsewhere holds the others up as little as can be (lane.c).
 *
 * Results never depend on the number of lanes: each output number is computed by one lane from the
 * same inputs in the same order, and attention sums keys in parts at absolute places.
 *
 * A pass is made of segments: stretches of consecutive tokens, each of one timeline with its own KV
 * cache, its own position and its own wish for rows of `out`. Tokens of different segments share
 * the stream of the weights and nothing else. A session passes one segment; an encoder one for each
 * text; batch.c one for each session that is ready: a decoding session contributes its one token
 * (n = 1, WAVE_LAST), a drafting one the tokens to be checked (WAVE_ALL), a session in prefill a
 * chunk of its prompt (WAVE_NONE, or WAVE_LAST when the chunk ends the prompt):
 *
 *     WaveSegment segs[] = {
 *         {.first = 0, .n = 1, .pos0 = 812, .kv = a, .wants = WAVE_LAST},
 *         {.first = 1, .n = 4, .pos0 = 90, .kv = b, .wants = WAVE_ALL},
 *         {.first = 5, .n = 256, .pos0 = 0, .kv = c, .wants = WAVE_NONE}};
 *     w->tokens = ids; w->m = 261; w->segments = segs; w->n_segments = 3; w->stop = ask;
 *     TRY(wave_run(w, err));                   // on return segs[i].row, .rows say where in w->out
 *     WaveHead head = {segs[1].row, segs[1].rows, rows, finite, 0};
 *     wave_logits(w, &head);
 *
 * The first token of a segment stands at position pos0 of its timeline; the cache must hold the
 * keys of positions 0 .. pos0-1, and kv_reserve(kv, pos0, pos0 + n) must have made room. Two
 * segments of a pass must not write to the same cache. A cancelled pass may have written keys at
 * positions from pos0 on: the caller's count of tokens says what is valid. `stop` ends the whole
 * pass; a session that is cancelled by itself is simply not in the next one.
 *
 * A pass can be tapped: the states of all its tokens on their way, after layers that the caller
 * names, are copied into the caller's memory. One pass serves every layer asked for; what it
 * computes is the same with and without.
 *
 * A Wave is used by one forward pass at a time (the engine's lock).
 */
#ifndef HEARTH_MODEL_WAVE_H
#define HEARTH_MODEL_WAVE_H

#include <stdatomic.h>

#include "base/pool.h"
#include "base/round.h"
#include "model/kv.h"
#include "model/model.h"

enum {
    WAVE_TOKENS_MAX = 512,   /* of one pass */
    WAVE_HEAD_ROWS = 16,     /* logits rows computed at once */
    WAVE_BEST_MAX = 64,      /* greatest logits that are found without the others, */
    WAVE_SCREEN_ROWS = 4,    /* in calls of so many rows: more are bound by instructions */
    WAVE_TEXTS_MAX = 128,    /* segments of an encoder's pass */
    WAVE_QUERY_BLOCK = 64,   /* attention item in prefill */
    WAVE_TEXT_BLOCK = 128,   /* attention item of an encoder, where texts are cut */
    WAVE_PART_ROWS = 32,     /* query rows up to which keys are cut over the lanes */
    WAVE_TAPS_MAX = 64,      /* layers whose states can be had: bits of Wave.taps */
    WAVE_PARTS_MAX = 64,     /* places for parts of one token, for each KV head */
};

/* Which tokens of a segment leave a row in Wave.out. */
typedef enum WaveWants { WAVE_NONE, WAVE_LAST, WAVE_ALL } WaveWants;

/* Consecutive tokens of one timeline. Segments cover the tokens of a pass in order, no gaps. */
typedef struct WaveSegment {
    int first, n;     /* tokens first .. first+n-1 of the pass; n >= 1 */
    int pos0;         /* position of the first token; 0 for encoders */
    Kv *kv;           /* NULL for encoders: a text attends to itself only, within the pass */
    WaveWants wants;
    int row, rows;    /* set by wave_run: its rows of Wave.out */
} WaveSegment;

typedef struct Wave {
    const Model *model;
    const Kernels *kern;
    Pool *pool;
    int m_max;
    char *memory;        /* one block for all below */
    float *x;            /* [m][n_embd] residual stream */
    float *h;            /* [m][n_embd] normed input of a product */
    float *q;            /* [m][n_head*d] */
    float *k, *v;        /* [m][n_head_kv*d] */
    float *att;          /* [m][n_head*d] heads' answers */
    float *branch;       /* [m][n_embd] output of a branch before it joins the residual */
    float *gate;         /* [m][n_ff], or the same quantised: lane_takes_slices() */
    float *rope, *rope_local; /* [m][n_rot/2][2] */
    float *out;          /* [m][n_embd] what the forward pass leaves behind */
    char *act;           /* quantised input of a product of many tokens */
    char *slots;         /* of few: round_slots() places of slot_bytes */
    size_t slot_bytes;
    char *lanes;         /* private memory of each lane */
    size_t lane_bytes;
    Rounds *rounds;
    float *parts;        /* attention over cut keys: [places * n_head_kv][group][d]; stats: [2] */
    float *part_stats;

    /* the head, where the model has a screen; rows: WAVE_SCREEN_ROWS */
    char *screen_act;    /* inputs of the coarse product */
    float *screen_x;     /* [rows][n_embd] the same as floats, in the screen's order */
    float *screen_values; /* [2 * rows][n_embd] */
    float *screen_tops;  /* [rows][items] greatest bound of an item */
    uint16_t *screen_marks; /* [rows][panels] rows that may be among the best */
    int head_pause, head_pause_last; /* calls that do without it; the last time it was so many */
    struct HeadWork *head; /* of the call that runs */

    /* of this pass, set by the caller */
    const int32_t *tokens;
    int m;               /* tokens */
    WaveSegment *segments;
    int n_segments;
    bool (*stop)(void *user); /* asked at each layer, by one lane: end the pass? may be NULL */
    void *stop_user;
    int layers;          /* stop after so many; 0: all. A decoder that stops leaves no rows */
    uint64_t taps;       /* bit i: states after layer i + 1, the last layer's not among them; of the
                            first WAVE_TAPS_MAX layers ... */
    float *tapped;       /* ... go here, the caller's: [taps, ascending][m][n_embd] */
    int lanes_away;      /* threads that leave the pass to the others (polite) */

    /* of this pass, set by wave_run */
    int *owner;          /* [m] segment of a token */
    int *kept;           /* [n_rows] the token of each row of out, ascending */
    int n_rows;          /* rows of out */
} Wave;

typedef struct WaveOptions {
    const Model *model; /* all borrowed */
    const Kernels *kern;
    Pool *pool;
    int m_max; /* tokens of one pass, at most WAVE_TOKENS_MAX */
} WaveOptions;

/* Takes all memory that passes will need. *out is the caller's: wave_free();
   NULL after E_NO_MEMORY. */
Status wave_new(const WaveOptions *options, Wave **out, Err *err) WARN_UNUSED;
/* NULL is fine. No pass may be running. */
void wave_free(Wave *wave);
/* Bytes of it that passes of m tokens, at most WAVE_TOKENS_MAX, touch and so make resident. Room is
   taken for every format of quantised inputs; these kernels use some of them for this model. */
uint64_t wave_bytes(const Model *model, const Kernels *kern, int n_threads, int m);

/* Runs the pass that the fields describe. E_CANCELLED: nothing of it counts. */
Status wave_run(Wave *wave, Err *err) WARN_UNUSED;
/* Logits of out rows [first, first+n), n <= WAVE_HEAD_ROWS, each into its rows[i] [n_vocab]. */
typedef struct WaveHead {
    int first, n;
    float *const *rows;
    bool *finite; /* [n] set: no NaN or Inf was computed for it, nor stands in its row of out */
    int best;     /* 0: all logits. Else: of every row at least the `best` greatest, and what equals
                     the last of them; others may be -INFINITY */
} WaveHead;

/* After a wave_run, any number of times before the next one. Runs on the wave's pool and returns
   when all rows are there. Cannot fail; what is no number shows in `finite`. */
void wave_logits(Wave *wave, const WaveHead *head);

/* ---- what a lane does: the vocabulary of arch/NAME.c ---------------------------------------- */

/* One entry of the list of vector work: fn for tokens [t0, t1). */
typedef struct LaneStep LaneStep;
struct LaneStep {
    void (*fn)(Lane *ln, const LaneStep *step, int t0, int t1);
    const float *weight; /* what fn needs of these */
    float *to;
    float scale;
    const Layer *layer;
    int il;
};

/* What the next products multiply with. */
typedef struct LaneInput {
    const float *x; /* [m][cols] */
    size_t cols;
    unsigned formats;
    void *mem;      /* where they lie quantised; few tokens: in a slot instead */
} LaneInput;

enum { LANE_STEPS_MAX = 8 };

/* One thread's part in a pass. Every lane has the same list and input; only the lines below
   "private memory" are its own. */
struct Lane {
    Wave *w;
    const Model *model;
    const Kernels *kern;
    RoundLane round;
    int n_lanes;
    int m;             /* tokens still on their way */
    bool narrow;       /* those are the kept ones only */
    bool small;        /* m is so small that products are repeatable */
    float *x, *h;      /* the wave's */
    LaneStep steps[LANE_STEPS_MAX];
    int n_steps;
    LaneInput input;
    KernAct act;
    /* private memory */
    float *tmp;              /* [n_embd] */
    float *slice, *slice_up; /* results of a slice */
    void *scratch;           /* of the kernels */
};

/* What the gate of a feed-forward layer does: silu (Llama, Qwen), gelu in its tanh form (Gemma),
   gelu by erf (BERT). */
typedef enum LaneGate { GATE_NONE, GATE_SILU, GATE_GELU_TANH, GATE_GELU_ERF } LaneGate;

/* x = rows of the embedding table, times scale. */
void lane_embed(Lane *ln, float scale);
/* Encoders: x = LayerNorm(word + position + type). */
void lane_embed_encoder(Lane *ln);
/* Tables of cos and sin for every token of the pass. */
void lane_rope_tables(Lane *ln);
/* Begins a layer; what a tap wants of the one before is copied. false: the pass was cancelled
   or ends here; leave at once. Looked at by every lane at every layer. */
bool lane_layer(Lane *ln, int il);
/* h = RMSNorm(x) * weight. */
void lane_rmsnorm(Lane *ln, const float *weight);
/* q, k, v = products of h with the layer's matrices, plus biases. */
void lane_qkv(Lane *ln, const Layer *l);
/* Norms each head (where the layer has q_norm, k_norm), turns q and k, stores k and v. */
void lane_rope_store(Lane *ln, const Layer *l, int il);
/* In the last layer only: drops the tokens whose rows nobody wants. false: those are all. */
bool lane_narrow(Lane *ln, int il);
/* att = softmax(scale * q k^T) v over what the layer may see. */
void lane_attend(Lane *ln, int il, float scale);
/* Encoders: att = softmax(scale * q k^T) v, every token over its whole text. */
void lane_attend_texts(Lane *ln, float scale);
/* branch = o(att) + bias; joins nothing yet. */
void lane_attn_out(Lane *ln, const Layer *l);
/* branch = down(gate_fn(gate(h)) * up(h)). */
void lane_ffn_gated(Lane *ln, const Layer *l, LaneGate kind);
/* branch = down(gelu(up(h) + bias)) + bias, reading x instead of h (encoders). */
void lane_ffn_plain(Lane *ln, const Layer *l);
/* branch = RMSNorm(branch) * weight; x += branch. weight NULL: no norm. */
void lane_join(Lane *ln, const float *weight);
/* x = LayerNorm(x + branch). */
void lane_join_layernorm(Lane *ln, const float *weight_bias);
/* out = RMSNorm(x) * weight of the tokens that are left; the end of a decoder's pass. */
void lane_finish(Lane *ln, const float *weight);
/* out = x; the end of an encoder's pass. */
void lane_finish_plain(Lane *ln);

#endif
