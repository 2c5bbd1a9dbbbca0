/*
 * Tiny random models for tests: a GGUF file of any family that the engine knows, and the same
 * weights as plain float arrays, with a forward pass written straight from the papers in double.
 *
 * The forward pass shares no code and no layout with the engine: whole-prefix attention, no cache,
 * no blocks. It is slow and meant to be read.
 */
#ifndef HEARTH_TESTS_TINY_MODEL_H
#define HEARTH_TESTS_TINY_MODEL_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "model/file/gguf.h"

enum { TINY_TENSORS = 640, TINY_VOCAB = 320, TINY_EMBD = 64, TINY_FF = 96, TINY_TOKENS = 700 };

typedef struct TinyTensor {
    char name[64];
    uint64_t rows, cols; /* rows 0: a vector of cols */
    float *data;
} TinyTensor;

typedef struct Tiny {
    const char *arch;
    int n_layer, n_head, n_head_kv, d_head, n_ctx;
    double base, eps;
    int window, period;
    bool tied, factors, bias, qk_norm;
    bool bare;          /* nothing is put before and behind a text */
    bool other_letters; /* a vocabulary of its own: capitals for small letters */
    int pooling;
    int n_words; /* tokens of the vocabulary; 0: TINY_VOCAB */
    int longest; /* tokens of a text, as an import says it; 0: not said */
    const char *chat_template; /* NULL: none */
    bool per_layer;             /* heads and widths as arrays, a number a layer */
    bool odd_layer;             /* and the last one is another */
    void (*more)(GgufWriter *); /* writes further keys; NULL: none */
    TensorType type; /* of matrices: F32, F16 is not offered, Q8_0 */
    float gain;      /* of matrices; 1 is usual */
    TinyTensor t[TINY_TENSORS];
    int n;
    uint64_t seed;
} Tiny;

static inline Tiny tiny_llama(void) {
    return (Tiny){.arch = "llama",
                  .n_layer = 2,
                  .n_head = 4,
                  .n_head_kv = 2,
                  .d_head = 16,
                  .n_ctx = 1024,
                  .base = 10000,
                  .eps = 1e-5,
                  .gain = 1,
                  .seed = 1};
}

static inline Tiny tiny_family(const char *arch) {
    Tiny m = tiny_llama();
    m.arch = arch;
    if (strcmp(arch, "qwen2") == 0) m.bias = true;
    if (strcmp(arch, "qwen3") == 0) m.qk_norm = true, m.d_head = 32;
    if (strcmp(arch, "gemma3") == 0) {
        m.qk_norm = m.tied = true;
        m.d_head = 32;
        m.n_head_kv = 1;
        m.n_layer = 3;
        m.window = 5;
        m.period = 3;
        m.base = 1e6;
    }
    if (strcmp(arch, "bert") == 0) m.n_head_kv = 4, m.pooling = 1, m.eps = 1e-12, m.n_ctx = 64;
    return m;
}

static inline double tiny_random(Tiny *m) {
    m->seed = m->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(m->seed >> 11) * 0x1p-52 - 1; /* [-1, 1) */
}

static inline float *tiny_add(Tiny *m, const char *name, uint64_t rows, uint64_t cols) {
    TinyTensor *t = &m->t[m->n++];
    uint64_t n = (rows ? rows : 1) * cols;
    (void)snprintf(t->name, sizeof t->name, "%s", name);
    t->rows = rows;
    t->cols = cols;
    t->data = malloc(n * sizeof(float));
    bool norm = strstr(name, "norm") && !strstr(name, "bias");
    for (uint64_t i = 0; i < n; i++) {
        double r = tiny_random(m);
        double scale = rows ? m->gain * 2.5 / sqrt((double)cols) : 0.2;
        t->data[i] = (float)(norm ? 1 + 0.3 * r : scale * r);
    }
    if (m->type == TENSOR_Q8_0 && rows && strcmp(name, "position_embd.weight") != 0) {
        for (uint64_t i = 0; i < n; i++) t->data[i] = (float)(lrint(t->data[i] * 254) / 256.0);
    }
    return t->data;
}

static inline const float *tiny_get(const Tiny *m, const char *name) {
    for (int i = 0; i < m->n; i++) {
        if (strcmp(m->t[i].name, name) == 0) return m->t[i].data;
    }
    return NULL;
}

static inline const float *tiny_layer(const Tiny *m, int il, const char *rest) {
    char name[64];
    (void)snprintf(name, sizeof name, "blk.%d.%.40s", il, rest);
    return tiny_get(m, name);
}

static inline void tiny_add_layer(Tiny *m, int il, const char *rest, uint64_t rows, uint64_t cols) {
    char name[64];
    (void)snprintf(name, sizeof name, "blk.%d.%.40s", il, rest);
    (void)tiny_add(m, name, rows, cols);
}

static inline void tiny_make_decoder(Tiny *m) {
    uint64_t e = TINY_EMBD, nq = (uint64_t)(m->n_head * m->d_head);
    uint64_t nkv = (uint64_t)(m->n_head_kv * m->d_head), d = (uint64_t)m->d_head;
    bool gemma = strcmp(m->arch, "gemma3") == 0;
    (void)tiny_add(m, "token_embd.weight", TINY_VOCAB, e);
    for (int il = 0; il < m->n_layer; il++) {
        tiny_add_layer(m, il, "attn_norm.weight", 0, e);
        tiny_add_layer(m, il, "attn_q.weight", nq, e);
        tiny_add_layer(m, il, "attn_k.weight", nkv, e);
        tiny_add_layer(m, il, "attn_v.weight", nkv, e);
        if (m->bias) {
            tiny_add_layer(m, il, "attn_q.bias", 0, nq);
            tiny_add_layer(m, il, "attn_k.bias", 0, nkv);
            tiny_add_layer(m, il, "attn_v.bias", 0, nkv);
        }
        if (m->qk_norm) {
            tiny_add_layer(m, il, "attn_q_norm.weight", 0, d);
            tiny_add_layer(m, il, "attn_k_norm.weight", 0, d);
        }
        tiny_add_layer(m, il, "attn_output.weight", e, nq);
        if (gemma) tiny_add_layer(m, il, "post_attention_norm.weight", 0, e);
        tiny_add_layer(m, il, "ffn_norm.weight", 0, e);
        tiny_add_layer(m, il, "ffn_gate.weight", TINY_FF, e);
        tiny_add_layer(m, il, "ffn_up.weight", TINY_FF, e);
        tiny_add_layer(m, il, "ffn_down.weight", e, TINY_FF);
        if (gemma) tiny_add_layer(m, il, "post_ffw_norm.weight", 0, e);
    }
    if (m->factors) {
        float *f = tiny_add(m, "rope_freqs.weight", 0, d / 2);
        for (uint64_t i = 0; i < d / 2; i++) f[i] = i < 3 ? 1.0f : 4.0f + (float)i;
    }
    (void)tiny_add(m, "output_norm.weight", 0, e);
    if (!m->tied) (void)tiny_add(m, "output.weight", TINY_VOCAB, e);
}

static inline void tiny_add_pair(Tiny *m, int il, const char *stem, uint64_t rows, uint64_t cols) {
    char name[64];
    (void)snprintf(name, sizeof name, "%s.weight", stem);
    tiny_add_layer(m, il, name, rows, cols);
    (void)snprintf(name, sizeof name, "%s.bias", stem);
    tiny_add_layer(m, il, name, 0, rows ? rows : cols);
}

static inline void tiny_make_encoder(Tiny *m) {
    uint64_t e = TINY_EMBD;
    (void)tiny_add(m, "token_embd.weight", TINY_VOCAB, e);
    (void)tiny_add(m, "token_types.weight", 2, e);
    (void)tiny_add(m, "position_embd.weight", (uint64_t)m->n_ctx, e);
    (void)tiny_add(m, "token_embd_norm.weight", 0, e);
    (void)tiny_add(m, "token_embd_norm.bias", 0, e);
    for (int il = 0; il < m->n_layer; il++) {
        tiny_add_pair(m, il, "attn_q", e, e);
        tiny_add_pair(m, il, "attn_k", e, e);
        tiny_add_pair(m, il, "attn_v", e, e);
        tiny_add_pair(m, il, "attn_output", e, e);
        tiny_add_pair(m, il, "attn_output_norm", 0, e);
        tiny_add_pair(m, il, "ffn_up", TINY_FF, e);
        tiny_add_pair(m, il, "ffn_down", e, TINY_FF);
        tiny_add_pair(m, il, "layer_output_norm", 0, e);
    }
}

static inline void tiny_make(Tiny *m) {
    if (strcmp(m->arch, "bert") == 0)
        tiny_make_encoder(m);
    else
        tiny_make_decoder(m);
}

static inline void tiny_free(Tiny *m) {
    for (int i = 0; i < m->n; i++) free(m->t[i].data);
    m->n = 0;
}

/* ---- the file -------------------------------------------------------------------------------- */

static inline void tiny_key_int(GgufWriter *w, const Tiny *m, const char *rest, int64_t value) {
    char key[96];
    (void)snprintf(key, sizeof key, "%s.%s", m->arch, rest);
    gguf_write_int(w, key, GGUF_U32, value);
}

static inline void tiny_key_real(GgufWriter *w, const Tiny *m, const char *rest, double value) {
    char key[96];
    (void)snprintf(key, sizeof key, "%s.%s", m->arch, rest);
    gguf_write_real(w, key, GGUF_F32, value);
}

/* "llama": three controls, 256 bytes, then single letters. "bert": brackets, letters, ##letters. */
static inline void tiny_write_vocab(GgufWriter *w, const Tiny *m) {
    bool bert = strcmp(m->arch, "bert") == 0;
    char first = m->other_letters ? 'A' : 'a';
    size_t n = m->n_words ? (size_t)m->n_words : TINY_VOCAB;
    static char text[TINY_VOCAB][16];
    static Str tokens[TINY_VOCAB];
    static float scores[TINY_VOCAB];
    static int32_t types[TINY_VOCAB];
    static const char *const special[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
    for (int i = 0; i < TINY_VOCAB; i++) {
        (void)snprintf(text[i], 16, "x%d", i);
        types[i] = 1;
        if (!bert && i < 3)
            (void)snprintf(text[i], 16, "%s", i == 0 ? "<unk>" : i == 1 ? "<s>" : "</s>");
        if (!bert && i < 3) types[i] = i == 0 ? 2 : 3;
        if (!bert && i >= 3 && i < 259)
            (void)snprintf(text[i], 16, "<0x%02X>", i - 3), types[i] = 6;
        if (!bert && i >= 259 && i < 285) (void)snprintf(text[i], 16, "%c", first + i - 259);
        if (!bert && i == 285) (void)snprintf(text[i], 16, "\xe2\x96\x81");
        if (bert && i < 5) (void)snprintf(text[i], 16, "%s", special[i]), types[i] = 3;
        if (bert && i >= 5 && i < 31) (void)snprintf(text[i], 16, "\xe2\x96\x81%c", 'a' + i - 5);
        if (bert && i >= 31 && i < 57) (void)snprintf(text[i], 16, "%c", 'a' + i - 31);
        tokens[i] = str_from(text[i]);
        scores[i] = (float)-i;
    }
    gguf_write_str(w, "tokenizer.ggml.model", str_from(bert ? "bert" : "llama"));
    gguf_write_str_array(w, "tokenizer.ggml.tokens", tokens, n);
    gguf_write_array(w, "tokenizer.ggml.scores", GGUF_F32, scores, n);
    gguf_write_array(w, "tokenizer.ggml.token_type", GGUF_I32, types, n);
    gguf_write_int(w, "tokenizer.ggml.bos_token_id", GGUF_U32, bert ? 2 : 1);
    gguf_write_int(w, "tokenizer.ggml.eos_token_id", GGUF_U32, bert ? 3 : 2);
    gguf_write_int(w, "tokenizer.ggml.unknown_token_id", GGUF_U32, bert ? 1 : 0);
    if (m->bare) {
        gguf_write_bool(w, "tokenizer.ggml.add_bos_token", false);
        gguf_write_bool(w, "tokenizer.ggml.add_sep_token", false);
    }
    if (bert) {
        gguf_write_int(w, "tokenizer.ggml.seperator_token_id", GGUF_U32, 3);
        gguf_write_int(w, "tokenizer.ggml.padding_token_id", GGUF_U32, 0);
    }
}

/* One number, or the same one for each layer. */
static inline void tiny_key_layers(GgufWriter *w, const Tiny *m, const char *rest, int value) {
    uint32_t all[8];
    char key[64];
    if (!m->per_layer) {
        tiny_key_int(w, m, rest, value);
        return;
    }
    for (int i = 0; i < 8; i++) all[i] = (uint32_t)value;
    if (m->odd_layer) all[m->n_layer < 8 ? m->n_layer - 1 : 7]++;
    (void)snprintf(key, sizeof key, "%s.%s", m->arch, rest);
    gguf_write_array(w, key, GGUF_U32, all, (size_t)(m->n_layer < 8 ? m->n_layer : 8));
}

static inline void tiny_write_hyper(GgufWriter *w, const Tiny *m) {
    gguf_write_str(w, "general.architecture", str_from(m->arch));
    gguf_write_str(w, "general.name", STR("Tiny"));
    tiny_key_int(w, m, "block_count", m->n_layer);
    tiny_key_int(w, m, "context_length", m->n_ctx);
    tiny_key_int(w, m, "embedding_length", TINY_EMBD);
    tiny_key_layers(w, m, "feed_forward_length", TINY_FF);
    tiny_key_layers(w, m, "attention.head_count", m->n_head);
    tiny_key_layers(w, m, "attention.head_count_kv", m->n_head_kv);
    tiny_key_int(w, m, "attention.key_length", m->d_head);
    tiny_key_int(w, m, "attention.value_length", m->d_head);
    tiny_key_real(w, m, "rope.freq_base", m->base);
    bool bert = strcmp(m->arch, "bert") == 0;
    tiny_key_real(w, m, bert ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon",
                  m->eps);
    if (m->window) tiny_key_int(w, m, "attention.sliding_window", m->window);
    if (m->period) tiny_key_int(w, m, "attention.sliding_window_pattern", m->period);
    if (m->pooling) tiny_key_int(w, m, "pooling_type", m->pooling);
    if (m->longest) gguf_write_int(w, "hearth.embedding.max_tokens", GGUF_U32, m->longest);
    if (m->chat_template)
        gguf_write_str(w, "tokenizer.chat_template", str_from(m->chat_template));
    if (m->more) m->more(w);
}

/* Values are multiples of 1/256 here: one exact scale serves. */
static inline void tiny_write_q8(GgufWriter *w, const TinyTensor *t) {
    for (uint64_t i = 0; i < t->rows * t->cols; i += 32) {
        int8_t block[34] = {0x00, 0x1C}; /* float16 2^-8 */
        for (int k = 0; k < 32; k++)
            block[2 + k] = (int8_t)lrint((double)t->data[i + (uint64_t)k] * 256);
        gguf_write_data(w, block, sizeof block);
    }
}

static inline Status tiny_write(const Tiny *m, const char *path, Err *err) {
    GgufWriter *w = NULL;
    TRY(gguf_write_begin(path, &w, err));
    tiny_write_hyper(w, m);
    tiny_write_vocab(w, m);
    for (int i = 0; i < m->n; i++) {
        const TinyTensor *t = &m->t[i];
        bool q8 = m->type == TENSOR_Q8_0 && t->rows && strcmp(t->name, "position_embd.weight") != 0;
        gguf_write_tensor(w, t->name, q8 ? TENSOR_Q8_0 : TENSOR_F32, (uint64_t[]){t->cols, t->rows},
                          t->rows ? 2 : 1);
    }
    for (int i = 0; i < m->n; i++) {
        const TinyTensor *t = &m->t[i];
        bool q8 = m->type == TENSOR_Q8_0 && t->rows && strcmp(t->name, "position_embd.weight") != 0;
        if (q8)
            tiny_write_q8(w, t);
        else
            gguf_write_data(w, t->data, (t->rows ? t->rows : 1) * t->cols * sizeof(float));
    }
    return gguf_write_commit(w, err);
}

/* ---- the forward pass ------------------------------------------------------------------------ */

static inline void tiny_rms(const double *x, const float *w, int n, double eps, double *y) {
    double s = 0;
    for (int i = 0; i < n; i++) s += x[i] * x[i];
    for (int i = 0; i < n; i++) y[i] = x[i] / sqrt(s / n + eps) * (double)w[i];
}

static inline void tiny_ln(double *x, const float *w, const float *b, int n, double eps) {
    double mean = 0, var = 0;
    for (int i = 0; i < n; i++) mean += x[i] / n;
    for (int i = 0; i < n; i++) var += (x[i] - mean) * (x[i] - mean) / n;
    for (int i = 0; i < n; i++)
        x[i] = (x[i] - mean) / sqrt(var + eps) * (double)w[i] + (double)b[i];
}

/* y[rows] = W x + b */
static inline void tiny_mul(const float *w, const float *b, const double *x, int rows, int cols,
                            double *y) {
    for (int r = 0; r < rows; r++) {
        y[r] = b ? (double)b[r] : 0;
        for (int c = 0; c < cols; c++) y[r] += (double)w[r * cols + c] * x[c];
    }
}

static inline void tiny_turn(double *head, int d, int pos, bool halves, double base,
                             const float *factors) {
    for (int i = 0; i < d / 2; i++) {
        double f = pow(base, -2.0 * i / d) / (factors ? (double)factors[i] : 1);
        double c = cos(pos * f), s = sin(pos * f);
        int a = halves ? i : 2 * i, b = halves ? i + d / 2 : 2 * i + 1;
        double u = head[a], v = head[b];
        head[a] = u * c - v * s;
        head[b] = u * s + v * c;
    }
}

typedef struct TinyState {
    double x[TINY_TOKENS][TINY_EMBD];
    double q[TINY_TOKENS][128], k[TINY_TOKENS][128], v[TINY_TOKENS][128], a[TINY_TOKENS][128];
} TinyState;

/* a = attention; token i sees [first(i), last(i)]. */
static inline void tiny_attend(const Tiny *m, TinyState *s, int n, bool causal, int window) {
    int group = m->n_head / m->n_head_kv, d = m->d_head;
    for (int i = 0; i < n; i++) {
        int last = causal ? i : n - 1,
            first = window && last - window + 1 > 0 ? last - window + 1 : 0;
        for (int h = 0; h < m->n_head; h++) {
            double p[TINY_TOKENS], sum = 0, max = -1e300;
            for (int j = first; j <= last; j++) {
                p[j] = 0;
                for (int c = 0; c < d; c++) p[j] += s->q[i][h * d + c] * s->k[j][h / group * d + c];
                p[j] /= sqrt(d);
                if (p[j] > max) max = p[j];
            }
            for (int j = first; j <= last; j++) sum += p[j] = exp(p[j] - max);
            for (int c = 0; c < d; c++) {
                double y = 0;
                for (int j = first; j <= last; j++) y += p[j] / sum * s->v[j][h / group * d + c];
                s->a[i][h * d + c] = y;
            }
        }
    }
}

static inline void tiny_qkv(const Tiny *m, TinyState *s, int il, int t, const double *h) {
    int nq = m->n_head * m->d_head, nkv = m->n_head_kv * m->d_head;
    tiny_mul(tiny_layer(m, il, "attn_q.weight"), tiny_layer(m, il, "attn_q.bias"), h, nq, TINY_EMBD,
             s->q[t]);
    tiny_mul(tiny_layer(m, il, "attn_k.weight"), tiny_layer(m, il, "attn_k.bias"), h, nkv,
             TINY_EMBD, s->k[t]);
    tiny_mul(tiny_layer(m, il, "attn_v.weight"), tiny_layer(m, il, "attn_v.bias"), h, nkv,
             TINY_EMBD, s->v[t]);
}

static inline void tiny_heads(const Tiny *m, TinyState *s, int il, int t, bool local) {
    int d = m->d_head;
    bool halves = strcmp(m->arch, "llama") != 0;
    const float *factors = tiny_get(m, "rope_freqs.weight");
    double base = local ? 10000 : m->base;
    for (int h = 0; h < m->n_head; h++) {
        if (m->qk_norm)
            tiny_rms(&s->q[t][h * d], tiny_layer(m, il, "attn_q_norm.weight"), d, m->eps,
                     &s->q[t][h * d]);
        tiny_turn(&s->q[t][h * d], d, t, halves, base, factors);
    }
    for (int h = 0; h < m->n_head_kv; h++) {
        if (m->qk_norm)
            tiny_rms(&s->k[t][h * d], tiny_layer(m, il, "attn_k_norm.weight"), d, m->eps,
                     &s->k[t][h * d]);
        tiny_turn(&s->k[t][h * d], d, t, halves, base, factors);
    }
}

static inline void tiny_ffn(const Tiny *m, int il, double *x) {
    double h[TINY_EMBD], g[TINY_FF], u[TINY_FF], y[TINY_EMBD];
    bool gemma = strcmp(m->arch, "gemma3") == 0;
    tiny_rms(x, tiny_layer(m, il, "ffn_norm.weight"), TINY_EMBD, m->eps, h);
    tiny_mul(tiny_layer(m, il, "ffn_gate.weight"), NULL, h, TINY_FF, TINY_EMBD, g);
    tiny_mul(tiny_layer(m, il, "ffn_up.weight"), NULL, h, TINY_FF, TINY_EMBD, u);
    for (int i = 0; i < TINY_FF; i++) {
        double z = g[i];
        double act = gemma ? 0.5 * z * (1 + tanh(sqrt(2 / M_PI) * (z + 0.044715 * z * z * z)))
                           : z / (1 + exp(-z));
        u[i] *= act;
    }
    tiny_mul(tiny_layer(m, il, "ffn_down.weight"), NULL, u, TINY_EMBD, TINY_FF, y);
    if (gemma) tiny_rms(y, tiny_layer(m, il, "post_ffw_norm.weight"), TINY_EMBD, m->eps, y);
    for (int i = 0; i < TINY_EMBD; i++) x[i] += y[i];
}

/* logits: [n][TINY_VOCAB] */
static inline void tiny_decode(const Tiny *m, const int32_t *tokens, int n, float *logits) {
    TinyState *s = calloc(1, sizeof *s);
    bool gemma = strcmp(m->arch, "gemma3") == 0;
    double h[TINY_EMBD], y[TINY_EMBD], out[TINY_VOCAB];
    for (int t = 0; t < n; t++) {
        const float *row = tiny_get(m, "token_embd.weight") + tokens[t] * TINY_EMBD;
        for (int i = 0; i < TINY_EMBD; i++)
            s->x[t][i] = (double)row[i] * (gemma ? sqrt(TINY_EMBD) : 1);
    }
    for (int il = 0; il < m->n_layer; il++) {
        bool local = m->window && il % m->period != m->period - 1;
        for (int t = 0; t < n; t++) {
            tiny_rms(s->x[t], tiny_layer(m, il, "attn_norm.weight"), TINY_EMBD, m->eps, h);
            tiny_qkv(m, s, il, t, h);
            tiny_heads(m, s, il, t, local);
        }
        tiny_attend(m, s, n, true, local ? m->window : 0);
        for (int t = 0; t < n; t++) {
            tiny_mul(tiny_layer(m, il, "attn_output.weight"), NULL, s->a[t], TINY_EMBD,
                     m->n_head * m->d_head, y);
            if (gemma)
                tiny_rms(y, tiny_layer(m, il, "post_attention_norm.weight"), TINY_EMBD, m->eps, y);
            for (int i = 0; i < TINY_EMBD; i++) s->x[t][i] += y[i];
            tiny_ffn(m, il, s->x[t]);
        }
    }
    const float *head = tiny_get(m, m->tied ? "token_embd.weight" : "output.weight");
    for (int t = 0; t < n; t++) {
        tiny_rms(s->x[t], tiny_get(m, "output_norm.weight"), TINY_EMBD, m->eps, h);
        tiny_mul(head, NULL, h, TINY_VOCAB, TINY_EMBD, out);
        for (int i = 0; i < TINY_VOCAB; i++) logits[t * TINY_VOCAB + i] = (float)out[i];
    }
    free(s);
}

/* out: [TINY_EMBD], pooled and of length 1. */
static inline void tiny_encode(const Tiny *m, const int32_t *tokens, int n, float *out) {
    TinyState *s = calloc(1, sizeof *s);
    double y[TINY_EMBD], u[TINY_FF], norm = 0, sum[TINY_EMBD] = {0};
    for (int t = 0; t < n; t++) {
        for (int i = 0; i < TINY_EMBD; i++) {
            s->x[t][i] = (double)tiny_get(m, "token_embd.weight")[tokens[t] * TINY_EMBD + i] +
                         (double)tiny_get(m, "position_embd.weight")[t * TINY_EMBD + i] +
                         (double)tiny_get(m, "token_types.weight")[i];
        }
        tiny_ln(s->x[t], tiny_get(m, "token_embd_norm.weight"), tiny_get(m, "token_embd_norm.bias"),
                TINY_EMBD, m->eps);
    }
    for (int il = 0; il < m->n_layer; il++) {
        for (int t = 0; t < n; t++) tiny_qkv(m, s, il, t, s->x[t]);
        tiny_attend(m, s, n, false, 0);
        for (int t = 0; t < n; t++) {
            double *x = s->x[t];
            tiny_mul(tiny_layer(m, il, "attn_output.weight"), tiny_layer(m, il, "attn_output.bias"),
                     s->a[t], TINY_EMBD, TINY_EMBD, y);
            for (int i = 0; i < TINY_EMBD; i++) x[i] += y[i];
            tiny_ln(x, tiny_layer(m, il, "attn_output_norm.weight"),
                    tiny_layer(m, il, "attn_output_norm.bias"), TINY_EMBD, m->eps);
            tiny_mul(tiny_layer(m, il, "ffn_up.weight"), tiny_layer(m, il, "ffn_up.bias"), x,
                     TINY_FF, TINY_EMBD, u);
            for (int i = 0; i < TINY_FF; i++) u[i] *= 0.5 * (1 + erf(u[i] / sqrt(2)));
            tiny_mul(tiny_layer(m, il, "ffn_down.weight"), tiny_layer(m, il, "ffn_down.bias"), u,
                     TINY_EMBD, TINY_FF, y);
            for (int i = 0; i < TINY_EMBD; i++) x[i] += y[i];
            tiny_ln(x, tiny_layer(m, il, "layer_output_norm.weight"),
                    tiny_layer(m, il, "layer_output_norm.bias"), TINY_EMBD, m->eps);
        }
    }
    for (int t = 0; t < (m->pooling == 2 ? 1 : n); t++) {
        for (int i = 0; i < TINY_EMBD; i++) sum[i] += s->x[t][i];
    }
    for (int i = 0; i < TINY_EMBD; i++) norm += sum[i] * sum[i];
    for (int i = 0; i < TINY_EMBD; i++) out[i] = (float)(sum[i] / sqrt(norm));
    free(s);
}

#endif
