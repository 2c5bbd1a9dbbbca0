/*
 * Numeric kernels of the model room, behind one table of function pointers.
 *
 * The table is filled once (kern_select) for the instruction set of the machine: "ref" (plain C,
 * the specification), "avx2", "avx512" (VNNI), "amx" (tiles, Sapphire Rapids and later), "neon".
 * Every fast kernel is tested against ref. Kernels allocate nothing, read no file and no
 * environment, and know no model: they get pointers, sizes and caller's scratch memory. All of
 * them are pure functions of their arguments and may run on any number of threads at once as long
 * as what they write does not overlap.
 *
 * Weights. A GGUF matrix (rows x cols, row major, one of KernType) is packed once into a layout
 * in order of use: panels of 16 rows, inside a panel one block of 32 columns after the other, in
 * a block the weights of 4 consecutive columns of one row in one 32-bit lane. A panel range is
 * therefore one sequential stream. Scales keep their exact values: packing loses nothing.
 * doc/decisions/0002-packed-layout.md says why and how each format looks.
 *
 * Activations. The caller prepares the m input vectors of a matrix product once (KernAct) and
 * uses them for every matrix that reads the same input. Which formats a product needs depends on
 * the weights, on m and on the instruction set: ask act_formats(), OR the answers of all matrices
 * that share the input.
 *
 *     unsigned f = k->act_formats(&wq, m) | k->act_formats(&wk, m) | k->act_formats(&wv, m);
 *     KernAct act;
 *     kern_act_init(&act, f, m, n_embd, mem);       // mem: kern_act_bytes(f, m, n_embd) bytes
 *     act.x = x; act.ldx = n_embd;
 *     k->act_fill(&act, t0, t1);                    // by token ranges, all ranges before matmul
 *     KernMatmul job = {&wq, &act, y, ldy, scratch_of_this_thread};
 *     k->matmul(&job, row0, row1);                  // by row ranges, bounds multiple of 16
 *
 * Rows of a thread should be one contiguous range whose bounds are multiples of 32 (16 is legal).
 *
 * Batch invariance. On a given table, what a token's outputs are does not depend on m, on the other
 * tokens, or on how rows and tokens are cut: same bytes for one token, for a verified draft and for
 * a prompt. Every kernel of a table therefore adds the same floats in the same order (said in
 * avx512_matmul.h, avx512_super.h, wide_matmul.h), and all of them read the same activation format
 * of a type. The one exception is "amx", which has one format up to 16 tokens and another above
 * (amx_matmul.c).
 */
#ifndef HEARTH_MODEL_KERNELS_KERNELS_H
#define HEARTH_MODEL_KERNELS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* Tensor types, numbered as in GGUF files. */
typedef enum KernType {
    KERN_F32 = 0,
    KERN_F16 = 1,
    KERN_Q4_0 = 2,
    KERN_Q4_1 = 3,
    KERN_Q5_0 = 6,
    KERN_Q5_1 = 7,
    KERN_Q8_0 = 8,
    KERN_Q2_K = 10,
    KERN_Q3_K = 11,
    KERN_Q4_K = 12,
    KERN_Q5_K = 13,
    KERN_Q6_K = 14,
    KERN_IQ4_NL = 20,
    KERN_BF16 = 30,
    KERN_MXFP4 = 39
} KernType;

enum {
    KERN_PANEL_ROWS = 16,  /* rows are packed, and row ranges split, in multiples of this */
    KERN_BLOCK_COLS = 32,  /* one activation scale per this many columns */
    KERN_SUPER_COLS = 256, /* K types: one float of the activations' scales per so many */
    KERN_ALIGN = 64,       /* of packed data, activation memory and scratch */
    KERN_COLS_MAX = 1 << 20,
    KERN_HEAD_DIM_STEP = 16, /* heads are so many numbers wide, or a multiple of it, */
    KERN_HEAD_DIM_MAX = 512,  /* up to this: work memory of attention is made for it */
    KERN_MATMUL_SCRATCH = 298 << 10 /* bytes; what a product may use whatever the columns are */
};

/* ---- GGUF rows ------------------------------------------------------------------------------ */

/* true when the number is a KernType this build can read. */
bool kern_type_known(uint32_t type);
const char *kern_type_name(KernType type);  /* "Q4_K"; "?" when unknown */
size_t kern_type_block_cols(KernType type); /* 1, 32 or 256: cols must be a multiple */
/* Bytes of one row of `cols` values in a GGUF file; 0 when cols is not a whole number of blocks,
   is 0 or above KERN_COLS_MAX, or the type is unknown. */
size_t kern_row_bytes(KernType type, size_t cols);
/* Exact values of a row (n: multiple of the block). gguf_row may be unaligned. */
void kern_dequant_row(KernType type, const void *gguf_row, size_t n, float *out);

/* A row of Hearth's own, x[n] with n a multiple of 32, as GGUF blocks of Q4_0: out has
   kern_row_bytes(). Numbers that are not finite, or too large for a float16 scale, leave scales
   that are not. */
void kern_quantise_q4_0(const float *x, size_t n, uint8_t *out);
/* The same as blocks of Q8_0. */
void kern_quantise_q8_0(const float *x, size_t n, uint8_t *out);

/* ---- Packed weights -------------------------------------------------------------------------- */

typedef struct KernMat {
    KernType type;
    uint32_t rows, cols;
    const void *data; /* packed, KERN_ALIGN-aligned, borrowed */
} KernMat;

/* Bytes of the whole packed matrix (rows rounded up to 16); 0 as kern_row_bytes, or on overflow. */
size_t kern_packed_bytes(KernType type, size_t rows, size_t cols);
/* Packs rows [row0,row1) of the row-major GGUF matrix at gguf_data into mat->data, cast to be
   written. row0: multiple of 16; row1: multiple of 16 or mat->rows. Ranges may run in parallel. */
void kern_pack(const KernMat *mat, const void *gguf_data, size_t row0, size_t row1);
/* Exact values of one row of a packed matrix: same as kern_dequant_row of the original row.
   For embedding tables that are tied to the output head. */
void kern_unpack_row(const KernMat *mat, size_t row, float *out);

/* ---- Activations ----------------------------------------------------------------------------- */

enum {
    KERN_ACT_F32 = 1,  /* x itself, used in place: no memory */
    KERN_ACT_I8 = 2,   /* int8 with one f32 scale per 32 values, and sums */
    KERN_ACT_BF16 = 4, /* bfloat16 in tile order */
    KERN_ACT_I16 = 8,  /* 16 bit as two int8 planes (high, low), one f32 scale per 32, sums */
    KERN_ACT_I8K = 16, /* int8 for K types: a scale per 32, which is one f32 per 256 times a power
                          of two, and sums */
    KERN_ACT_ALL = 31
};

typedef struct KernActBlock {
    float scale;         /* x ~ scale * q; I16: x ~ scale * (256 * high + low) */
    float sum;           /* of the 32 integers */
    int32_t minus;       /* minus that sum: where a product with unsigned weights starts from */
    int32_t minus_first; /* the same of integers 0..15 */
} KernActBlock;

enum { KERN_SUPER_SHIFT = 14, KERN_SUPER_SUM = 3 };

/* 256 values of one token, I8K: x ~ scale * (q << shift[i]) in block i of 32. */
typedef struct KernActSuper {
    float scale;
    float bias[8];      /* kern_sum_bias of shift */
    int16_t sum32[8];   /* of the blocks' integers, << shift >> (SHIFT - SUM), rounded */
    int32_t unused[3];
    int32_t start[16];  /* the bits of bias minus 128 * the sum of 16 integers */
    int16_t sum16[16];  /* as sum32, of 16 integers */
    int32_t shift[8];   /* 0..KERN_SUPER_SHIFT; no fast product reads it */
} KernActSuper;

/* 1.5 * 2^(23 + shift): a float whose bits, raised or lowered by a whole number below 2^22, are the
   float that lies that number << shift away. */
static inline float kern_sum_bias(int32_t shift) {
    return (float)(3 << 22) * (float)(1 << shift);
}

typedef struct KernAct {
    unsigned formats;
    int m;        /* tokens */
    size_t cols;  /* values per token */
    const float *x; /* [m][ldx], borrowed, set by the caller; must stay until the last matmul */
    size_t ldx;
    /* set by kern_act_init, written by act_fill */
    int8_t *q;           /* [planes][blocks of 32 columns][m][32] */
    size_t plane;        /* bytes from the high plane to the low one */
    KernActBlock *block; /* [blocks of 32 columns][m] */
    int8_t *qk;          /* I8K: [blocks of 32 columns][m][32] */
    KernActSuper *super; /* [blocks of 256 columns][m] */
    uint16_t *bf;       /* [groups of 16 tokens][blocks of 32 columns][16][32] */
    size_t ldbf;        /* numbers per group of 16 tokens */
} KernAct;

/* Memory that kern_act_init needs for m tokens of cols values in these formats; 0 when m is not
   above 0 or cols above KERN_COLS_MAX, and for KERN_ACT_F32 alone. */
size_t kern_act_bytes(unsigned formats, int m, size_t cols);
/* Lays the arrays out in mem (KERN_ALIGN-aligned, kern_act_bytes long). Cheap; call per product. */
void kern_act_init(KernAct *act, unsigned formats, int m, size_t cols, void *mem);

/* Columns [col0, col0 + n) of act as an input of their own, to be filled from an x of their own.
   col0 is a multiple of 32, with I8K of 256. */
void kern_act_columns(const KernAct *act, size_t col0, size_t n, KernAct *some);

/* What the integers of token t stand for, exactly but for one rounding: x[cols]. act has one
   format, which is F32, I8, I16 or I8K. */
void kern_act_values(const KernAct *act, int t, float *x);

/* ---- Matrix product -------------------------------------------------------------------------- */

typedef struct KernMatmul {
    const KernMat *mat;
    const KernAct *act; /* act->cols == mat->cols; formats include act_formats(mat, act->m) */
    float *y;           /* [m][ldy]: y[t][r] = sum_k W[r][k] * x[t][k] */
    size_t ldy;         /* >= rows */
    void *scratch;      /* of this thread: kern_matmul_scratch_bytes(), KERN_ALIGN-aligned */
} KernMatmul;

/* Scratch of one thread for any product with a matrix of up to so many columns, on every table. */
size_t kern_matmul_scratch_bytes(size_t cols);

/* ---- Rotary positions ------------------------------------------------------------------------ */

typedef struct KernRope {
    int n_head;
    size_t head_stride; /* floats between heads of one token */
    int rot_dim;        /* even, <= head_dim; values past it stay */
    bool neox;          /* pairs (i, i + rot_dim/2) instead of (2i, 2i + 1) */
    const float *cos_sin; /* [rot_dim/2][2] for this token's position: kern_rope_table */
} KernRope;

/* cos_sin[i] = cos, sin of position * inv_freq[i], times mscale (1 unless YaRN). Double inside. */
void kern_rope_table(const float *inv_freq, int n_pairs, double position, float mscale,
                     float *cos_sin);

/* ---- Keys and values ------------------------------------------------------------------------- */

/*
 * Keys and values live in pages of 64 tokens. What a page holds of one KV head is a block of 64
 * keys and a block of 64 values; where blocks lie in a page is the caller's affair. A block is
 * opaque: its layout (kv_block.c) is the order in which attention reads it.
 *
 *   F16   float16; sums in float32. Where bfloat16 is not multiplied natively.
 *   BF16  bfloat16, and on AVX512-BF16 machines products of bfloat16 with float32 sums.
 *   Q8, Q6, Q4  integers of so many bits with one scale per vector, after a Hadamard rotation
 *         that spreads what is large over the whole vector.
 */
typedef enum KernKv { KERN_KV_F16, KERN_KV_BF16, KERN_KV_Q8, KERN_KV_Q6, KERN_KV_Q4 } KernKv;

enum {
    KERN_KV_KEYS = 64,
    KERN_KV_STRIP = 64,
    KERN_KV_SCALES = KERN_KV_KEYS * sizeof(float), /* bytes before the numbers of Q8, Q6, Q4 */
    KERN_KV_TYPES = KERN_KV_Q4 + 1,
};

const char *kern_kv_name(KernKv type); /* "f16" */
/* false: no type has this name. */
bool kern_kv_parse(const char *name, KernKv *out);
/* Bytes of a block of keys, and of a block of values; a multiple of KERN_ALIGN. */
size_t kern_kv_block_bytes(KernKv type, int head_dim);

typedef struct KernKvPlace {
    KernKv type;
    int head_dim;
    int at;        /* 0..63: the token's place in the page */
    void *k, *v;   /* blocks, all bytes of which were written before (zeros are fine) */
} KernKvPlace;

/* Writes one token's key and value, [head_dim] each. */
void kern_kv_put(const KernKvPlace *place, const float *key, const float *value);
/* A block of keys as floats, out [head_dim][64]: dimensions one after the other, 64 tokens side by
   side. Still rotated where the type rotates. */
void kern_kv_keys(KernKv type, int head_dim, const void *block, float *out);
/* A block of values as floats, out [64][head_dim]; rotated likewise. */
void kern_kv_values(KernKv type, int head_dim, const void *block, float *out);
/* true for Q8, Q6 and Q4: queries must be rotated alike, answers rotated back (kern_hadamard). */
bool kern_kv_rotates(KernKv type);
/* Orthonormal Hadamard rotation over the largest power of two that divides n; its own inverse. */
void kern_hadamard(float *x, int n);

/* ---- Attention ------------------------------------------------------------------------------- */

/*
 * `heads` KV heads side by side in each page, the `group` query heads that share each, m query
 * tokens. Query i stands at key index pos0 + i and sees keys [lo, pos0+i]; lo = 0, or with a window
 * w (> 0) the last w keys of those.
 * out[i][g] = sum_j softmax_j(scale * q.k_j, soft-capped, sink added) v_j.
 *
 * Canonical: the bytes of out[i][g] depend on that query, the keys it sees and their positions
 * only, not on m, on where a pass was cut or on who computed what. Keys are taken in parts of
 * KERN_ATTN_PART at absolute places, a part in steps of one page with online softmax (Milakov &
 * Gimelshein 2018), parts are folded in ascending order (attn.c). Long contexts can therefore be
 * cut over threads: kern_attention_part for each part, then kern_attention_merge: same bytes as
 * kern_attention.
 *
 * Several heads at once are for few queries: heads * m * group <= KERN_ATTN_ROWS. All of them are
 * taken through a page before the next page: one long stream of memory, where one head has 32 KiB
 * and goes on elsewhere.
 *
 * head_dim: multiple of 16, up to KERN_HEAD_DIM_MAX.
 */
enum { KERN_ATTN_PART = 512, KERN_ATTN_ROWS = 128 };

typedef struct KernAttn {
    KernKv type;
    int head_dim, heads, group, m;
    const float *q;          /* q[i * q_stride + (head * group + g) * q_head_stride + d] */
    size_t q_stride, q_head_stride;
    char *const *pages;      /* keys 64 p .. 64 p + 63 are in pages[p] */
    size_t k_at, v_at;       /* where the first head's blocks begin in every page */
    size_t head_step;        /* bytes from a head's blocks to the next head's */
    float *out;              /* out[i * out_stride + (head * group + g) * out_head_stride + d] */
    size_t out_stride, out_head_stride;
    int pos0, n_keys;
    int window;              /* 0: none */
    float scale;             /* usually 1/sqrt(head_dim) */
    float softcap;           /* 0: none; else s = cap * tanh(s / cap) before masking */
    const float *sinks;      /* NULL, or [heads * group]: a logit that takes part in the sum only */
    void *scratch;           /* of this thread: kern_attn_scratch_bytes, KERN_ALIGN-aligned */
} KernAttn;

typedef struct Kernels Kernels;

/* KernAttn.scratch of one thread, for any number of heads and queries. */
size_t kern_attn_scratch_bytes(int head_dim);
/* All queries of the job against all keys that they see, into job->out. Scratch and out must be the
   caller's alone; pages are only read. */
void kern_attention(const Kernels *kern, const KernAttn *job);

/* Parts of queries: [heads * m * group] rows of acc [head_dim] and stat [2] each. */
typedef struct KernAttnParts {
    float *acc, *stat; /* of part0 */
    int part0, n;      /* parts part0 .. part0 + n - 1 hold every key that a query sees */
    int rows;          /* from a part to the next one, heads * m * group at least */
} KernAttnParts;

/* Computes part `part` (part0 <= part < part0 + n) of all queries. */
void kern_attention_part(const Kernels *kern, const KernAttn *job, const KernAttnParts *parts,
                         int part);
/* All parts -> out. */
void kern_attention_merge(const KernAttn *job, const KernAttnParts *parts);

/* What an instruction set does: a block of query rows against one part of the keys. */
typedef struct KernAttnRows {
    const KernAttn *job;
    int n_rows;           /* up to KERN_ATTN_ROWS, heads * head_rows of them */
    int head_rows;        /* of each head, in order of position; heads one after the other */
    const float *q;       /* [n_rows][head_dim], rotated where the type rotates, scaled so that
                             scores are exponents of two or, with a softcap, multiples of it */
    const int *lo, *hi;   /* [n_rows] keys seen of this part; lo == hi: none */
    int key0, key1;       /* the part: key0 is a multiple of KERN_ATTN_PART */
    float *acc;           /* [n_rows][head_dim] sum of 2^(s - top) v */
    float *stat;          /* [n_rows][2]: top (-inf: saw nothing), sum of 2^(s - top) */
    void *scratch;
} KernAttnRows;

/*
 * Attention of encoders, one head of one text: queries [from, to) of its n tokens, each of which
 * sees every key. out_i = sum_j softmax_j(scale * q_i.k_j) v_j.
 *
 * The bytes of out_i depend on the text only, not on how its queries are cut.
 */
enum { KERN_TEXT_UNIT = 32, KERN_TEXT_ROWS = 8 };

typedef struct KernAttnText {
    int head_dim;             /* multiple of 16, up to KERN_HEAD_DIM_MAX */
    int n, from, to;
    const float *q, *k, *v;   /* of token 0; the next token's are a stride further */
    size_t stride, kv_stride; /* of q and out; of k and v */
    float *out;
    float scale;              /* usually 1/sqrt(head_dim) */
    void *scratch;            /* of this thread: kern_attn_text_bytes, KERN_ALIGN-aligned */
} KernAttnText;

/* KernAttnText.scratch for a text of n tokens, on every table. Grows with n * head_dim. */
size_t kern_attn_text_bytes(int n, int head_dim);

/* ---- The table ------------------------------------------------------------------------------- */

struct Kernels {
    const char *name;
    bool bf16;  /* multiplies bfloat16 natively: KERN_KV_BF16 is faster than KERN_KV_F16 */
    bool kv_q8; /* multiplies 8-bit keys and values as they are, where head_dim is 64 n */

    /* matrix product: see the top of this file */
    unsigned (*act_formats)(const KernMat *mat, int m);
    void (*act_fill)(const KernAct *act, int t0, int t1);
    void (*matmul)(const KernMatmul *job, size_t row0, size_t row1);

    void (*hadamard)(float *x, int n); /* kern_hadamard, the same bytes */
    void (*attn_rows)(const KernAttnRows *rows);
    void (*attn_text)(const KernAttnText *text);

    /* Vectors of n floats, any alignment, y may be an input. */
    /* weight may be NULL */
    void (*rmsnorm)(const float *x, const float *weight, size_t n, float eps, float *y);
    /* weight_bias: weight[n], then bias[n] */
    void (*layernorm)(const float *x, const float *weight_bias, size_t n, float eps, float *y);
    void (*rope)(const KernRope *rope, float *x); /* heads of one token, in place */
    void (*softmax)(float *x, size_t n, float scale); /* softmax(scale * x) */
    /* f(gate) * up; up may be NULL (1) for gelu */
    void (*silu_mul)(const float *gate, const float *up, size_t n, float *y);
    void (*gelu_tanh_mul)(const float *gate, const float *up, size_t n, float *y);
    void (*gelu_erf_mul)(const float *gate, const float *up, size_t n, float *y);
    void (*add)(const float *a, const float *b, size_t n, float *y);
    void (*add_scaled)(const float *x, float s, size_t n, float *y); /* y += s * x */
    void (*mul)(const float *a, const float *b, size_t n, float *y);
    float (*dot)(const float *a, const float *b, size_t n);
    void (*tanh_cap)(float *x, size_t n, float cap); /* x = cap * tanh(x / cap) */
    void (*f32_to_f16)(const float *x, size_t n, uint16_t *y);
    void (*f16_to_f32)(const uint16_t *x, size_t n, float *y);
};

/* The i-th table that this machine can run, best first as far as processor flags tell; NULL past
   the last, which is "ref". */
const Kernels *kern_available(size_t i);
/* The same kernels and the same bytes, but few tokens ask the memory for weights in another way,
   ahead of their use; which may have a twin itself. NULL: there are no more ways. */
const Kernels *kern_twin(const Kernels *k);
/*
 * isa: one of "ref", "avx2", "avxvnni", "avx512", "amx", "neon", "neon-i8mm"; or one that is chosen
 * by name only: "avx512-ahead" and "avx512-twice" (kern_twin), "avxvnni-twin" (avxvnni's code on
 * AVX-512 machines, for tests and measurements), "exact" (float activations in double, for accuracy
 * tests, very slow). NULL or "auto": kern_available(0). NULL and *err on a name unknown or not
 * available here. The tables are constant; calling twice costs nothing.
 */
const Kernels *kern_select(const char *isa, Err *err) WARN_UNUSED;

#endif
