/*
 * A head: a small network over a text's meaning and the score that words and rules gave it, which
 * says the score anew:
 *
 *     odds = bias + s * logit(score) + l . v + sum over hidden units of out * tanh(b + w . v)
 *
 * v, `dim` numbers, is what a BERT-family encoder makes of the text: the means of its tokens'
 * states after some layers (bit i of `layers`: after layer i + 1), one behind the other, or
 * (layers 0) its sentence vector. States of the middle know what is done to whom better than the
 * last ones, which were taught to say what a text is about. What scaling the learner did is folded
 * into the weights. The score it takes is held to LOGIT_MAX, so that neither witness can silence
 * the other.
 *
 * The bytes. Little-endian:
 *
 *     0  magic "HGHEAD1\n"       16  dim          28  name of the embedding model, 0 at its end
 *     8  version                20  hidden       60  layers
 *    12  length of all          24  least, float 64  check: 64 bits over bytes [8, 64) and [72, n)
 *    72  floats: bias, s, l[dim]; for each hidden unit: out, b, w[dim]
 *
 * A head is refused when a field is out of bounds, a float is not finite or beyond WEIGHT_MAX, or
 * the check is wrong. The vectors of another embedding model mean nothing to it: who brings them
 * (GuardSense) compares the name and the size.
 */
#include <assert.h>
#include <math.h>

#include "base/mem.h"
#include "gate/guard/impl.h"

enum { SEED = 0x48 };
#define WEIGHT_MAX 1e4F
#define LOGIT_MAX 9.0F

size_t guard_layers_count(uint32_t layers) {
    return layers ? (size_t)__builtin_popcount(layers) : 1;
}

size_t head_floats(uint32_t dim, uint32_t hidden) {
    return ((size_t)dim + 2) * ((size_t)hidden + 1);
}

uint64_t head_sum(Str bytes) { return guard_file_sum(bytes, HEAD_HEADER, SEED); }

/* The fields of the header; false: they or the check are wrong. */
static bool read_header(Str bytes, Reader *r, Head *out) {
    uint32_t length = reader_u32(r);
    out->dim = reader_u32(r);
    out->hidden = reader_u32(r);
    out->least = reader_f32(r);
    const uint8_t *name = reader_bytes(r, HEAD_SPACE);
    out->layers = reader_u32(r);
    uint64_t check = reader_u64(r);
    if (r->bad || length != bytes.n || out->dim < 1 || out->dim > HEAD_DIM_MAX ||
        out->hidden > HEAD_HIDDEN_MAX || out->dim % guard_layers_count(out->layers) != 0 ||
        !(out->least >= 0 && out->least <= 1)) {
        return false;
    }
    memcpy(out->space, name, HEAD_SPACE);
    return memchr(name, 0, HEAD_SPACE) && check == head_sum(bytes) &&
           bytes.n == HEAD_HEADER + 4 * head_floats(out->dim, out->hidden);
}

/* Everything of the file is checked before it is used; a head owns its floats (head_fini). */
Status head_read(Str bytes, Head *out, Err *err) {
    Reader r = reader_init(bytes.p, bytes.n);
    const uint8_t *magic = reader_bytes(&r, 8);
    *out = (Head){0};
    if (!magic || memcmp(magic, HEAD_MAGIC, 8) != 0) {
        return err_set(err, E_CORRUPT, "this is no head of the guards");
    }
    uint32_t version = reader_u32(&r);
    if (!r.bad && version != HEAD_VERSION) {
        return err_set(err, E_UNSUPPORTED, "version %u of a guard's head is unknown", version);
    }
    Head read = {0};
    if (!read_header(bytes, &r, &read)) return err_set(err, E_CORRUPT, "a guard's head is damaged");
    size_t n = head_floats(read.dim, read.hidden);
    assert(bytes.n == HEAD_HEADER + 4 * n); /* read_header has counted */
    read.w = mem_alloc_n(n, sizeof *read.w);
    if (!read.w) return err_no_memory(err, "the guards");
    bool good = true;
    for (size_t i = 0; i < n; i++) {
        read.w[i] = reader_f32(&r);
        good = good && isfinite(read.w[i]) && fabsf(read.w[i]) <= WEIGHT_MAX;
    }
    if (!good) {
        mem_free(read.w);
        return err_set(err, E_CORRUPT, "a guard's head is damaged");
    }
    *out = read;
    return OK;
}

void head_fini(Head *head) {
    mem_free(head->w);
    *head = (Head){0};
}

/* In order, so that all machines agree as far as their rounding does. */
static float dot(const float *a, const float *b, size_t n) {
    float sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

float head_logit(float score) {
    float logit = logf(fmaxf(score, 1e-6F) / fmaxf(1 - score, 1e-6F));
    return fmaxf(-LOGIT_MAX, fminf(LOGIT_MAX, logit));
}

/* A linear part over vector and score, and `hidden` units beside it; without hidden units it is a
   logistic regression. */
float head_score(const Head *head, const float *v, float score) {
    const float *w = head->w;
    assert(w && head->dim > 0);
    float odds = w[0] + w[1] * head_logit(score) + dot(w + 2, v, head->dim);
    for (uint32_t h = 0; h < head->hidden; h++) {
        w += head->dim + 2;
        odds += w[0] * tanhf(w[1] + dot(w + 2, v, head->dim));
    }
    return isfinite(odds) ? 1 / (1 + expf(-odds)) : score;
}
