/*
 * Learns a head (head.c): logistic loss by stochastic gradient descent with AdaGrad's step sizes
 * (Duchi, Hazan, Singer 2011), the examples in a new order each epoch, weights drawn to 0 by
 * `decay`. The numbers of the vectors are brought to mean 0 and variance 1 beforehand; at the end
 * that is folded into the weights, so that a head takes vectors as they are. Kept is the mean over
 * the second half of the run.
 *
 * A hidden unit is an example c, drawn at random and kept as it is: how near the text at hand is
 * to it, tanh(STEEP (x . c / dim - NEAR_LEAST)); only what follows from that is learned. (16 units
 * with weights of their own knew their lessons and little else: doc/decisions/0022.)
 *
 * A head can be learned on: a second one hears the first one's odds where the first hears the
 * words', and both are folded into one.
 *
 * The same examples and options give the same bytes where a product and a sum are rounded one by
 * one (-ffp-contract=off).
 */
#include <assert.h>
#include <math.h>

#include "base/mem.h"
#include "gate/guard/train.h"

#define STEEP 4.0F
#define NEAR_LEAST 0.5F

typedef struct HeadTrainer {
    const HeadOptions *o;
    const HeadLessons *lessons;
    size_t dim, n_f;
    float *x;            /* [n][n_f]: 1, logit of the score, the vector scaled, units */
    float *unit;         /* [hidden][dim]: the examples, scaled */
    float *mean, *scale; /* [dim] */
    float *w, *square, *kept; /* [n_f] */
    uint32_t *order;          /* [n] */
    size_t n_kept;
    uint64_t random;
} HeadTrainer;

/* Of lesson `i`: its vector, scaled. */
static float *vector_at(const HeadTrainer *t, size_t i) { return t->x + i * t->n_f + 2; }

static void scale_vectors(HeadTrainer *t) {
    const HeadLessons *l = t->lessons;
    for (size_t d = 0; d < t->dim; d++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < l->n; i++) {
            double v = (double)l->vector[i * t->dim + d];
            sum += v;
            squares += v * v;
        }
        double mean = sum / (double)l->n, var = squares / (double)l->n - mean * mean;
        t->mean[d] = (float)mean;
        t->scale[d] = var > 1e-9 ? (float)(1 / sqrt(var)) : 0;
        for (size_t i = 0; i < l->n; i++) {
            vector_at(t, i)[d] = (l->vector[i * t->dim + d] - t->mean[d]) * t->scale[d];
        }
    }
}

/* Four sums side by side, added at the end: always in the same order. */
static float dot(const float *a, const float *b, size_t n) {
    float sum[4] = {0};
    for (size_t i = 0; i < n; i++) sum[i % 4] += a[i] * b[i];
    return sum[0] + sum[1] + (sum[2] + sum[3]);
}

static void draw_units(HeadTrainer *t) {
    const HeadLessons *l = t->lessons;
    for (uint32_t h = 0; h < t->o->hidden; h++) {
        const float *example = vector_at(t, train_random(&t->random) % l->n);
        memcpy(t->unit + h * t->dim, example, t->dim * sizeof *example);
    }
    for (size_t i = 0; i < l->n; i++) {
        float *v = vector_at(t, i), *says = v + t->dim;
        v[-2] = 1;
        v[-1] = head_logit(l->score[i]);
        for (uint32_t h = 0; h < t->o->hidden; h++) {
            float near = dot(t->unit + h * t->dim, v, t->dim) / (float)t->dim;
            says[h] = tanhf(STEEP * (near - NEAR_LEAST));
        }
    }
}

static Status head_trainer_init(HeadTrainer *t, Err *err) {
    size_t n = t->lessons->n;
    t->n_f = 2 + t->dim + t->o->hidden;
    t->x = mem_alloc_n(n * t->n_f, sizeof(float));
    t->unit = mem_alloc_n(t->o->hidden * t->dim + 1, sizeof(float));
    t->mean = mem_zalloc_n(t->dim, sizeof(float));
    t->scale = mem_zalloc_n(t->dim, sizeof(float));
    t->w = mem_zalloc_n(t->n_f, sizeof(float));
    t->square = mem_zalloc_n(t->n_f, sizeof(float));
    t->kept = mem_zalloc_n(t->n_f, sizeof(float));
    t->order = mem_alloc_n(n, sizeof *t->order);
    if (!t->x || !t->unit || !t->mean || !t->scale || !t->w || !t->square || !t->kept ||
        !t->order) {
        return err_no_memory(err, "the weights of a head");
    }
    for (size_t i = 0; i < n; i++) t->order[i] = (uint32_t)i;
    scale_vectors(t);
    draw_units(t);
    return OK;
}

static void head_trainer_fini(HeadTrainer *t) {
    mem_free(t->x);
    mem_free(t->unit);
    mem_free(t->mean);
    mem_free(t->scale);
    mem_free(t->w);
    mem_free(t->square);
    mem_free(t->kept);
    mem_free(t->order);
}

static void head_learn(HeadTrainer *t, size_t e) {
    const float *x = t->x + e * t->n_f;
    bool label = t->lessons->label[e];
    float off = 1 / (1 + expf(-dot(t->w, x, t->n_f))) - (float)label;
    if (label && t->o->heed > 0) off *= t->o->heed;
    for (size_t i = 0; i < t->n_f; i++) {
        float g = off * x[i] + t->o->decay * t->w[i];
        t->square[i] += g * g;
        t->w[i] -= t->o->rate * g / (sqrtf(t->square[i]) + 1e-6F);
    }
}

static void head_epochs(HeadTrainer *t) {
    for (uint32_t epoch = 0; epoch < t->o->epochs; epoch++) {
        train_shuffle(t->order, t->lessons->n, &t->random);
        for (size_t i = 0; i < t->lessons->n; i++) head_learn(t, t->order[i]);
        if (2 * (epoch + 1) <= t->o->epochs) continue;
        for (size_t i = 0; i < t->n_f; i++) t->kept[i] += t->w[i];
        t->n_kept++;
    }
    for (size_t i = 0; i < t->n_f; i++) t->kept[i] /= (float)t->n_kept;
}

/* bias, w[dim] of what takes a vector as it is, from weights of the scaled one:
   w . (v - mean) * scale  =  (w * scale) . v  -  (w * scale) . mean */
static void add_weights(const HeadTrainer *t, float bias, const float *w, float by, Buf *out) {
    for (size_t d = 0; d < t->dim; d++) bias -= by * w[d] * t->scale[d] * t->mean[d];
    buf_add(out, &bias, 4);
    if (w == t->kept + 2) buf_add(out, &t->kept[1], 4); /* the score's own, behind the bias */
    for (size_t d = 0; d < t->dim; d++) {
        float weight = by * w[d] * t->scale[d];
        buf_add(out, &weight, 4);
    }
}

/* All but the floats, which come next; end_head() puts in the check. */
static void begin_head(const Head *shape, Buf *out) {
    uint32_t length = (uint32_t)(HEAD_HEADER + 4 * head_floats(shape->dim, shape->hidden));
    uint32_t fields[] = {HEAD_VERSION, length, shape->dim, shape->hidden};
    uint64_t check = 0;
    buf_add(out, HEAD_MAGIC, 8); /* the tool runs on little-endian machines */
    buf_add(out, fields, sizeof fields);
    buf_add(out, &shape->least, 4);
    buf_add(out, shape->space, HEAD_SPACE);
    buf_add(out, &shape->layers, 4);
    buf_add(out, &check, 8);
}

static Status end_head(Buf *out, Err *err) {
    TRY(buf_check(out, "the head", err));
    uint64_t check = head_sum(buf_str(out));
    memcpy(out->p + HEAD_HEADER - 8, &check, 8);
    return OK;
}

static Status write_head(HeadTrainer *t, Buf *out, Err *err) {
    Head shape = {.dim = (uint32_t)t->dim, .hidden = t->o->hidden, .layers = t->o->layers,
                  .least = t->o->least};
    (void)strncpy(shape.space, t->o->space, HEAD_SPACE - 1);
    begin_head(&shape, out);
    add_weights(t, t->kept[0], t->kept + 2, 1, out);
    for (uint32_t h = 0; h < t->o->hidden; h++) {
        buf_add(out, &t->kept[2 + t->dim + h], 4);
        add_weights(t, -STEEP * NEAR_LEAST, t->unit + h * t->dim, STEEP / (float)t->dim, out);
    }
    return end_head(out, err);
}

Status guard_train_head(const HeadLessons *lessons, const HeadOptions *options, Buf *out,
                        Err *err) {
    HeadTrainer t = {.o = options, .lessons = lessons, .dim = lessons->dim, .random = 11};
    if (lessons->n < 2) return err_set(err, E_USAGE, "there is nothing to learn from");
    if (options->hidden > HEAD_HIDDEN_MAX || t.dim < 1 || t.dim > HEAD_DIM_MAX ||
        options->epochs < 1) {
        return err_set(err, E_USAGE, "no such head can be made");
    }
    Status status = head_trainer_init(&t, err);
    if (status == OK) head_epochs(&t);
    if (status == OK) status = write_head(&t, out, err);
    head_trainer_fini(&t);
    return status;
}

/* The second heard the first one's odds in place of the words': two sums are one sum.
     b2 + s2 (b1 + s1 words + l1 . v) + l2 . v  =  (b2 + s2 b1) + s2 s1 words + (s2 l1 + l2) . v  */
Status guard_fold_heads(const Head *first, const Head *second, float share, Buf *out, Err *err) {
    if (first->hidden || second->hidden || first->dim != second->dim ||
        first->layers != second->layers || strcmp(first->space, second->space) != 0) {
        return err_set(err, E_USAGE, "these two heads are not sums over the same numbers");
    }
    const float *one = first->w, *two = second->w;
    assert(one && two && first->dim > 0 && share >= 0 && share <= 1);
    begin_head(first, out);
    for (size_t i = 0; i < head_floats(first->dim, 0); i++) {
        float both = two[1] * one[i] + (i == 1 ? 0 : two[i]);
        float weight = one[i] + share * (both - one[i]);
        buf_add(out, &weight, 4);
    }
    return end_head(out, err);
}
