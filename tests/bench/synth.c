/*
 * GGUF files of true shapes with random weights: what a speed row measures when the real file
 * cannot be had on the machine.
 *
 * Speed depends on shapes, tensor types and, a little, on values: NaN, infinities, denormals and
 * saturated distributions would make a measurement (or a comparison of logits) worthless. So:
 *
 *   - Shapes are those of the published models (their config.json), tensor types those that
 *     llama.cpp's quantize tool gives them without an importance matrix. For Q4_K_M: attn_v and
 *     ffn_down are Q6_K in the first and last eighth of the layers and in every third of the
 *     others, else Q4_K; the matrix of logits is Q6_K, and in Q4_0 files too (it is the embedding
 *     table where the two are tied); Q8_0 files are Q8_0 throughout. Vectors are F32.
 *   - Weights are normal: N(0, 1/columns) for matrices that follow a norm, so that their results
 *     have variance 1; what is added to the residual stream is smaller, so that 28 layers end
 *     near 0.3 and not at infinity; logits have a standard deviation of about 3, as trained
 *     models have. Rows differ in scale by up to 1.5 either way, as trained rows do.
 *   - The last norm has random signs. Else a tied model would answer every token with itself: its
 *     embedding is still in the stream when the table is multiplied with it.
 *
 * Each row has a random sequence of its own (SplitMix64 over seed, tensor and row), drawn from a
 * table of 4,096 equally likely quantiles of the normal distribution: same seed, same bytes, and
 * no weight beyond 3.7 deviations. The vocabulary is copied key by key from another GGUF and
 * padded with unused tokens to the shape's size; a larger one is refused.
 *
 * Sources: config.json of Qwen/Qwen3-0.6B, meta-llama/Llama-3.2-1B, Qwen/Qwen2.5-1.5B and -7B;
 * llama.cpp, src/llama-quant.cpp; SplitMix64: Steele, Lea, Flood 2014; Llama 3.1's stretched
 * rotation: modeling_rope_utils.py of transformers.
 */
#include "synth.h"

#include <math.h>
#include <stdio.h>

#include "base/mem.h"

enum { QUANTILES = 4096, ROWS_AT_ONCE = 64, NAME_BYTES = 64 };

typedef struct SynthShape {
    const char *name, *arch;
    uint64_t n_layer, n_embd, n_ff, n_head, n_head_kv, d_head, n_vocab, n_ctx;
    double rope_base, eps;
    bool tied, bias, qk_norm, stretched; /* stretched: Llama 3's table of rotation factors */
} SynthShape;

static const SynthShape shapes[] = {
    {"qwen3-0.6b", "qwen3", 28, 1024, 3072, 16, 8, 128, 151936, 40960, 1e6, 1e-6,
     .tied = true, .qk_norm = true},
    {"llama-3.2-1b", "llama", 16, 2048, 8192, 32, 8, 64, 128256, 131072, 5e5, 1e-5,
     .tied = true, .stretched = true},
    {"qwen2.5-1.5b", "qwen2", 28, 1536, 8960, 12, 2, 128, 151936, 32768, 1e6, 1e-6,
     .tied = true, .bias = true},
    {"qwen2.5-7b", "qwen2", 28, 3584, 18944, 28, 4, 128, 152064, 32768, 1e6, 1e-6, .bias = true},
    {"tiny", "qwen3", 3, 256, 512, 4, 2, 64, 512, 1024, 1e6, 1e-6,
     .tied = true, .qk_norm = true},
};

typedef struct SynthTensor {
    char name[NAME_BYTES];
    TensorType type;
    uint64_t rows, cols; /* rows 0: a vector of cols */
    double center, scale;
    bool signs; /* of the centre are random */
} SynthTensor;

enum { TENSORS_PER_LAYER = 14, TENSORS_BESIDE = 4, LAYERS_MAX = 64 };

typedef struct Synth {
    const SynthShape *shape;
    SynthMix mix;
    uint64_t seed;
    SynthTensor tensors[TENSORS_PER_LAYER * LAYERS_MAX + TENSORS_BESIDE];
    size_t n;
    float quantiles[QUANTILES];
    float *x;     /* ROWS_AT_ONCE rows of weights */
    uint8_t *out; /* the same, rounded */
} Synth;

/* ---- which tensors ----------------------------------------------------------------------- */

static SynthTensor *add(Synth *s, const char *name, uint64_t rows, uint64_t cols) {
    SynthTensor *t = &s->tensors[s->n++];
    *t = (SynthTensor){.type = TENSOR_F32, .rows = rows, .cols = cols};
    (void)snprintf(t->name, sizeof t->name, "%s", name);
    return t;
}

static SynthTensor *add_layer(Synth *s, uint64_t il, const char *rest, uint64_t rows,
                              uint64_t cols) {
    char name[NAME_BYTES];
    (void)snprintf(name, sizeof name, "blk.%d.%.40s", (int)il, rest);
    return add(s, name, rows, cols);
}

static void add_norm(Synth *s, uint64_t il, const char *rest, uint64_t n) {
    SynthTensor *t = add_layer(s, il, rest, 0, n);
    t->center = 1;
    t->scale = 0.15;
}

/* `gain`: the deviation of the result when the argument has variance 1. */
static void add_matrix(Synth *s, uint64_t il, const char *rest, uint64_t rows, uint64_t cols,
                       double gain, bool fine) {
    SynthTensor *t = add_layer(s, il, rest, rows, cols);
    t->scale = gain / sqrt((double)cols);
    t->type = s->mix == SYNTH_Q8_0   ? TENSOR_Q8_0
              : s->mix == SYNTH_Q4_0 ? TENSOR_Q4_0
              : fine                 ? TENSOR_Q6_K
                                     : TENSOR_Q4_K;
}

static void add_bias(Synth *s, uint64_t il, const char *rest, uint64_t n) {
    if (s->shape->bias) add_layer(s, il, rest, 0, n)->scale = 0.2;
}

static void add_block(Synth *s, uint64_t il) {
    const SynthShape *h = s->shape;
    uint64_t n = h->n_embd, nq = h->n_head * h->d_head, nkv = h->n_head_kv * h->d_head;
    uint64_t eighth = h->n_layer / 8;
    bool fine = il < eighth || il >= 7 * h->n_layer / 8 || (il - eighth) % 3 == 2;
    add_norm(s, il, "attn_norm.weight", n);
    add_matrix(s, il, "attn_q.weight", nq, n, 1, false);
    add_bias(s, il, "attn_q.bias", nq);
    add_matrix(s, il, "attn_k.weight", nkv, n, 1, false);
    add_bias(s, il, "attn_k.bias", nkv);
    add_matrix(s, il, "attn_v.weight", nkv, n, 1, fine);
    add_bias(s, il, "attn_v.bias", nkv);
    if (h->qk_norm) add_norm(s, il, "attn_q_norm.weight", h->d_head);
    if (h->qk_norm) add_norm(s, il, "attn_k_norm.weight", h->d_head);
    add_matrix(s, il, "attn_output.weight", n, nq, 0.05, false);
    add_norm(s, il, "ffn_norm.weight", n);
    add_matrix(s, il, "ffn_gate.weight", h->n_ff, n, 1, false);
    add_matrix(s, il, "ffn_up.weight", h->n_ff, n, 1, false);
    add_matrix(s, il, "ffn_down.weight", n, h->n_ff, 0.08, fine); /* silu leaves 0.6 of 1 */
}

static void add_all(Synth *s) {
    const SynthShape *h = s->shape;
    TensorType head = s->mix == SYNTH_Q8_0 ? TENSOR_Q8_0 : TENSOR_Q6_K;
    TensorType table = s->mix == SYNTH_Q8_0   ? TENSOR_Q8_0
                       : s->mix == SYNTH_Q4_0 ? TENSOR_Q4_0
                                              : TENSOR_Q4_K;
    SynthTensor *t = add(s, "token_embd.weight", h->n_vocab, h->n_embd);
    t->scale = 3 / sqrt((double)h->n_embd);
    t->type = h->tied ? head : table;
    if (h->stretched) (void)add(s, "rope_freqs.weight", 0, h->d_head / 2); /* filled apart */
    for (uint64_t il = 0; il < h->n_layer; il++) add_block(s, il);
    t = add(s, "output_norm.weight", 0, h->n_embd);
    t->center = 1;
    t->scale = 0.15;
    t->signs = true;
    if (h->tied) return;
    t = add(s, "output.weight", h->n_vocab, h->n_embd);
    t->scale = 3 / sqrt((double)h->n_embd);
    t->type = head;
}

/* ---- random numbers ---------------------------------------------------------------------- */

static uint64_t mix64(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* quantiles[i]: where a normal variable is smaller with probability (i + 1/2) / QUANTILES. */
static void fill_quantiles(Synth *s) {
    for (int i = 0; i < QUANTILES; i++) {
        double want = (i + 0.5) / QUANTILES, low = -8, high = 8;
        for (int k = 0; k < 60; k++) {
            double middle = (low + high) / 2;
            if (0.5 * erfc(-middle / sqrt(2)) < want) {
                low = middle;
            } else {
                high = middle;
            }
        }
        s->quantiles[i] = (float)low;
    }
}

static void fill_row(const Synth *s, const SynthTensor *t, uint64_t sequence, float *x) {
    uint64_t state = sequence, bits = 0;
    double unit = (double)(mix64(&state) >> 11) * 0x1p-53; /* scale of this row: 2/3 to 3/2 */
    float scale = (float)(t->scale * (t->rows ? pow(1.5, 2 * unit - 1) : 1));
    float center = (float)t->center;
    for (uint64_t i = 0; i < t->cols; i++) {
        bits = i % 5 ? bits >> 12 : mix64(&state);
        x[i] = center + scale * s->quantiles[bits % QUANTILES];
    }
    for (uint64_t i = 0; t->signs && i < t->cols; i++) x[i] = mix64(&state) & 1 ? x[i] : -x[i];
}

/* Frequencies that turn less than once in the old context are divided by 32, fast ones by 1. */
static void fill_stretch(const SynthShape *h, float *x) {
    const double old_ctx = 8192, low = 1, high = 4, factor = 32;
    for (uint64_t i = 0; i < h->d_head / 2; i++) {
        double wave = 2 * M_PI * pow(h->rope_base, 2.0 * (double)i / (double)h->d_head);
        double turns = old_ctx / wave, smooth = (turns - low) / (high - low);
        smooth = fmin(1, fmax(0, smooth));
        x[i] = (float)(1 / ((1 - smooth) / factor + smooth));
    }
}

static void write_tensor(Synth *s, GgufWriter *w, size_t index) {
    const SynthTensor *t = &s->tensors[index];
    uint64_t rows = t->rows ? t->rows : 1, key = s->seed;
    key = mix64(&key) + index; /* a sequence a row, apart for every tensor and seed */
    key = mix64(&key);
    for (uint64_t at = 0; at < rows; at += ROWS_AT_ONCE) {
        uint64_t n = rows - at < ROWS_AT_ONCE ? rows - at : ROWS_AT_ONCE;
        for (uint64_t r = 0; r < n; r++) fill_row(s, t, key + at + r, s->x + r * t->cols);
        if (s->shape->stretched && str_eq_c(str_from(t->name), "rope_freqs.weight")) {
            fill_stretch(s->shape, s->x);
        }
        gguf_write_data(w, s->out, synth_quantise(t->type, s->x, (size_t)(n * t->cols), s->out));
    }
}

/* ---- keys -------------------------------------------------------------------------------- */

static void key_int(GgufWriter *w, const SynthShape *h, const char *rest, uint64_t value) {
    char key[96];
    (void)snprintf(key, sizeof key, "%s.%s", h->arch, rest);
    gguf_write_int(w, key, GGUF_U32, (int64_t)value);
}

static void key_real(GgufWriter *w, const SynthShape *h, const char *rest, double value) {
    char key[96];
    (void)snprintf(key, sizeof key, "%s.%s", h->arch, rest);
    gguf_write_real(w, key, GGUF_F32, value);
}

static void write_keys(const Synth *s, GgufWriter *w) {
    static const int file_types[] = {2, 15, 7}; /* llama.cpp's numbers for the three mixes */
    const SynthShape *h = s->shape;
    gguf_write_str(w, "general.architecture", str_from(h->arch));
    gguf_write_str(w, "general.name", str_from(h->name));
    gguf_write_str(w, "general.description", STR("random weights, for measurements"));
    gguf_write_int(w, "general.file_type", GGUF_U32, file_types[s->mix]);
    gguf_write_int(w, "general.quantization_version", GGUF_U32, 2);
    key_int(w, h, "block_count", h->n_layer);
    key_int(w, h, "context_length", h->n_ctx);
    key_int(w, h, "embedding_length", h->n_embd);
    key_int(w, h, "feed_forward_length", h->n_ff);
    key_int(w, h, "attention.head_count", h->n_head);
    key_int(w, h, "attention.head_count_kv", h->n_head_kv);
    key_int(w, h, "attention.key_length", h->d_head);
    key_int(w, h, "attention.value_length", h->d_head);
    key_int(w, h, "rope.dimension_count", h->d_head);
    key_int(w, h, "vocab_size", h->n_vocab);
    key_real(w, h, "rope.freq_base", h->rope_base);
    key_real(w, h, "attention.layer_norm_rms_epsilon", h->eps);
}

/* One value a token: padded with `padding` (the bytes of one value) to the shape's vocabulary. */
static Status copy_numbers(const Synth *s, GgufWriter *w, const char *key, const GgufArray *from,
                           const void *padding, Err *err) {
    size_t n = (size_t)s->shape->n_vocab, had = from->count;
    uint32_t *all = mem_alloc_n(n, sizeof *all);
    if (!all) return err_no_memory(err, "a vocabulary");
    memcpy(all, from->data, had * sizeof *all);
    for (size_t i = had; i < n; i++) memcpy(&all[i], padding, sizeof *all);
    gguf_write_array(w, key, from->kind, all, n);
    mem_free(all);
    return OK;
}

static Status copy_texts(GgufWriter *w, const char *key, const GgufArray *from, size_t n,
                         Err *err) {
    enum { SPELLING = 24 };
    size_t unused = n - from->count;
    Str *all = mem_alloc_n(n, sizeof *all);
    char *spellings = mem_alloc_n(unused, SPELLING);
    Status status = all && spellings ? OK : err_no_memory(err, "a vocabulary");
    for (size_t i = 0; status == OK && i < from->count; i++) all[i] = gguf_array_str(from, i);
    for (size_t i = 0; status == OK && i < unused; i++) {
        (void)snprintf(spellings + i * SPELLING, SPELLING, "[UNUSED%u]", (unsigned)i);
        all[from->count + i] = str_from(spellings + i * SPELLING);
    }
    if (status == OK) gguf_write_str_array(w, key, all, n);
    mem_free(all);
    mem_free(spellings);
    return status;
}

static Status copy_array(const Synth *s, GgufWriter *w, const Gguf *from, const char *key,
                         Err *err) {
    static const int32_t unused = 5; /* the format's number for tokens that never occur */
    static const float least = -1e4f;
    GgufArray array;
    TRY(gguf_array(from, key, &array, err));
    size_t n = (size_t)s->shape->n_vocab;
    Str name = str_from(key);
    bool tokens = str_eq_c(name, "tokenizer.ggml.tokens");
    bool types = str_eq_c(name, "tokenizer.ggml.token_type");
    bool scores = str_eq_c(name, "tokenizer.ggml.scores");
    if ((tokens || types || scores) && array.count > n) {
        return err_set(err, E_LIMIT, "%s: %zu entries, but %s has %zu tokens", key, array.count,
                       s->shape->name, n);
    }
    if (types && array.kind == GGUF_I32) return copy_numbers(s, w, key, &array, &unused, err);
    if (scores && array.kind == GGUF_F32) return copy_numbers(s, w, key, &array, &least, err);
    if (array.kind == GGUF_STRING) {
        return copy_texts(w, key, &array, tokens ? n : array.count, err);
    }
    gguf_write_array(w, key, array.kind, array.data, array.count);
    return OK;
}

static Status copy_key(const Synth *s, GgufWriter *w, const Gguf *from, const char *key,
                       GgufKind kind, Err *err) {
    int64_t whole = 0;
    double real = 0;
    bool flag = false;
    Str text = {0};
    switch (kind) {
    case GGUF_ARRAY: return copy_array(s, w, from, key, err);
    case GGUF_STRING:
        TRY(gguf_str(from, key, &text, err));
        gguf_write_str(w, key, text);
        return OK;
    case GGUF_BOOL:
        TRY(gguf_bool(from, key, &flag, err));
        gguf_write_bool(w, key, flag);
        return OK;
    case GGUF_F32:
    case GGUF_F64:
        TRY(gguf_real(from, key, -1e30, 1e30, &real, err));
        gguf_write_real(w, key, kind, real);
        return OK;
    default:
        TRY(gguf_int(from, key, INT64_MIN, INT64_MAX, &whole, err));
        gguf_write_int(w, key, kind, whole);
        return OK;
    }
}

static Status copy_vocab(const Synth *s, GgufWriter *w, const Gguf *from, Err *err) {
    if (!gguf_has(from, "tokenizer.ggml.tokens")) {
        return err_set(err, E_NOT_FOUND, "the file for the vocabulary has no tokens");
    }
    for (size_t i = 0; i < gguf_key_count(from); i++) {
        char key[GGUF_KEY_BYTES_MAX + 1];
        GgufKind kind;
        Str name = gguf_key_at(from, i, &kind);
        if (!str_starts(name, STR("tokenizer."))) continue;
        memcpy(key, name.p, name.n);
        key[name.n] = 0;
        TRY(copy_key(s, w, from, key, kind, err));
    }
    return OK;
}

/* ---- the file ---------------------------------------------------------------------------- */

static Status synth_buffers(Synth *s, Err *err) {
    uint64_t widest = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (s->tensors[i].cols > widest) widest = s->tensors[i].cols;
    }
    s->x = mem_alloc_n((size_t)widest * ROWS_AT_ONCE, sizeof *s->x);
    s->out = mem_alloc_n((size_t)widest * ROWS_AT_ONCE, sizeof *s->x); /* F32 is the largest */
    return s->x && s->out ? OK : err_no_memory(err, "rows of weights");
}

static Status synth_fill(Synth *s, const Gguf *vocab, const char *path, Err *err) {
    GgufWriter *w;
    TRY(gguf_write_begin(path, &w, err));
    write_keys(s, w);
    Status status = copy_vocab(s, w, vocab, err);
    if (status != OK) {
        gguf_write_abort(w);
        return status;
    }
    for (size_t i = 0; i < s->n; i++) {
        const SynthTensor *t = &s->tensors[i];
        uint64_t dims[2] = {t->cols, t->rows};
        gguf_write_tensor(w, t->name, t->type, dims, t->rows ? 2 : 1);
    }
    for (size_t i = 0; i < s->n; i++) write_tensor(s, w, i);
    return gguf_write_commit(w, err);
}

Status synth_write(const SynthOptions *options, const char *path, Err *err) {
    Gguf *vocab = NULL;
    Synth *s = mem_zalloc(sizeof *s);
    if (!s) return err_no_memory(err, "a synthetic model");
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        if (str_eq_c(str_from(options->shape), shapes[i].name)) s->shape = &shapes[i];
    }
    Status status = s->shape ? OK : err_set(err, E_NOT_FOUND, "no shape \"%s\"", options->shape);
    if (status == OK) status = gguf_open(options->vocab, &vocab, err);
    if (status == OK) {
        s->mix = options->mix;
        s->seed = options->seed;
        add_all(s);
        fill_quantiles(s);
        status = synth_buffers(s, err);
    }
    if (status == OK) status = synth_fill(s, vocab, path, err);
    gguf_close(vocab);
    mem_free(s->x);
    mem_free(s->out);
    mem_free(s);
    return status;
}

Status synth_mix(const char *name, SynthMix *out, Err *err) {
    static const char *const names[] = {"q4_0", "q4_k_m", "q8_0"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (!str_eq_c(str_from(name), names[i])) continue;
        *out = (SynthMix)i;
        return OK;
    }
    return err_set(err, E_USAGE, "\"%s\" is none of q4_0, q4_k_m, q8_0", name);
}
