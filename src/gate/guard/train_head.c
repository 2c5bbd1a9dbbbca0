/*
 * Learns a head (head.c): logistic loss by stochastic gradient descent with AdaGrad's step sizes
 * (Duchi, Hazan, Singer 2011), the examples in a new order each epoch, weights drawn to 0 by
 * `decay`. The numbers of the vectors are brought to mean 0 and variance 1 beforehand; at the end
 * that is folded into the weights, so that a head takes vectors as they are. Hidden units begin
 * with small random weights, all else with 0. Kept is the mean over the second half of the run.
 *
 * The same examples and options give the same bytes where a product and a sum are rounded one by
 * one (-ffp-contract=off).
 */
#include <math.h>

#include "base/mem.h"
#include "gate/guard/train.h"

typedef struct HeadTrainer {
    const HeadOptions *o;
    const HeadLessons *lessons;
    size_t dim, n_w;
    float *x;              /* [n][dim], scaled */
    float *mean, *scale;   /* [dim] */
    float *w, *square, *kept, *active; /* [n_w]; [hidden] */
    uint32_t *order;       /* [n] */
    size_t n_kept;
    uint64_t random;
} HeadTrainer;

static uint64_t next_random(HeadTrainer *t) {
    t->random = t->random * 6364136223846793005u + 1442695040888963407u;
    return t->random >> 33;
}

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
            t->x[i * t->dim + d] = (l->vector[i * t->dim + d] - t->mean[d]) * t->scale[d];
        }
    }
}

static Status head_trainer_init(HeadTrainer *t, Err *err) {
    size_t n = t->lessons->n;
    t->n_w = head_floats((uint32_t)t->dim, t->o->hidden);
    t->x = mem_alloc_n(n * t->dim, sizeof(float));
    t->mean = mem_zalloc_n(t->dim, sizeof(float));
    t->scale = mem_zalloc_n(t->dim, sizeof(float));
    t->w = mem_zalloc_n(t->n_w, sizeof(float));
    t->square = mem_zalloc_n(t->n_w, sizeof(float));
    t->kept = mem_zalloc_n(t->n_w, sizeof(float));
    t->active = mem_zalloc_n(t->o->hidden + 1, sizeof(float));
    t->order = mem_alloc_n(n, sizeof *t->order);
    if (!t->x || !t->mean || !t->scale || !t->w || !t->square || !t->kept || !t->active ||
        !t->order) {
        return err_no_memory(err, "the weights of a head");
    }
    for (size_t i = 0; i < n; i++) t->order[i] = (uint32_t)i;
    for (size_t i = t->dim + 2; i < t->n_w; i++) {
        float uniform = (float)next_random(t) / (float)(1u << 31) - 0.5F;
        t->w[i] = uniform * 2 / sqrtf((float)t->dim);
    }
    scale_vectors(t);
    return OK;
}

static void head_trainer_fini(HeadTrainer *t) {
    mem_free(t->x);
    mem_free(t->mean);
    mem_free(t->scale);
    mem_free(t->w);
    mem_free(t->square);
    mem_free(t->kept);
    mem_free(t->active);
    mem_free(t->order);
}

static void step(HeadTrainer *t, size_t i, float g) {
    g += t->o->decay * t->w[i];
    t->square[i] += g * g;
    t->w[i] -= t->o->rate * g / (sqrtf(t->square[i]) + 1e-6F);
}

/* Odds of an example; active[h]: what its hidden units say. */
static float head_forward(HeadTrainer *t, const float *x, float logit) {
    const float *w = t->w;
    float odds = w[0] + w[1] * logit;
    for (size_t d = 0; d < t->dim; d++) odds += w[2 + d] * x[d];
    for (uint32_t h = 0; h < t->o->hidden; h++) {
        w += t->dim + 2;
        float sum = w[1];
        for (size_t d = 0; d < t->dim; d++) sum += w[2 + d] * x[d];
        t->active[h] = tanhf(sum);
        odds += w[0] * t->active[h];
    }
    return odds;
}

static void head_learn(HeadTrainer *t, size_t e) {
    const HeadLessons *l = t->lessons;
    const float *x = t->x + e * t->dim;
    float logit = head_logit(l->score[e]), odds = head_forward(t, x, logit);
    float off = 1 / (1 + expf(-odds)) - (float)l->label[e];
    if (l->label[e] && t->o->heed > 0) off *= t->o->heed;
    for (uint32_t h = 0; h < t->o->hidden; h++) {
        size_t at = (h + 1) * (t->dim + 2);
        float back = off * t->w[at] * (1 - t->active[h] * t->active[h]);
        step(t, at, off * t->active[h]);
        step(t, at + 1, back);
        for (size_t d = 0; d < t->dim; d++) step(t, at + 2 + d, back * x[d]);
    }
    step(t, 0, off);
    step(t, 1, off * logit);
    for (size_t d = 0; d < t->dim; d++) step(t, 2 + d, off * x[d]);
}

static void head_epochs(HeadTrainer *t) {
    for (uint32_t epoch = 0; epoch < t->o->epochs; epoch++) {
        for (size_t i = t->lessons->n - 1; i > 0; i--) {
            size_t j = (size_t)(next_random(t) % (i + 1));
            uint32_t swap = t->order[i];
            t->order[i] = t->order[j];
            t->order[j] = swap;
        }
        for (size_t i = 0; i < t->lessons->n; i++) head_learn(t, t->order[i]);
        if (2 * (epoch + 1) <= t->o->epochs) continue;
        for (size_t i = 0; i < t->n_w; i++) t->kept[i] += t->w[i];
        t->n_kept++;
    }
    for (size_t i = 0; i < t->n_w; i++) t->kept[i] /= (float)t->n_kept;
}

/* w . (v - mean) * scale  =  (w * scale) . v  -  (w * scale) . mean */
static void unscale(const HeadTrainer *t, float *w, float *bias) {
    for (size_t d = 0; d < t->dim; d++) {
        w[d] *= t->scale[d];
        *bias -= w[d] * t->mean[d];
    }
}

static Status write_head(HeadTrainer *t, Buf *out, Err *err) {
    uint32_t fields[] = {HEAD_VERSION, (uint32_t)(HEAD_HEADER + 4 * t->n_w), (uint32_t)t->dim,
                         t->o->hidden};
    char name[HEAD_SPACE] = "";
    uint64_t check = 0;
    unscale(t, t->kept + 2, &t->kept[0]);
    for (uint32_t h = 0; h < t->o->hidden; h++) {
        float *unit = t->kept + (h + 1) * (t->dim + 2);
        unscale(t, unit + 2, &unit[1]);
    }
    (void)strncpy(name, t->o->space, sizeof name - 1);
    buf_add(out, HEAD_MAGIC, 8); /* the tool runs on little-endian machines */
    buf_add(out, fields, sizeof fields);
    buf_add(out, &t->o->least, 4);
    buf_add(out, name, sizeof name);
    buf_add(out, &check, 8);
    buf_add(out, t->kept, 4 * t->n_w);
    TRY(buf_check(out, "the head", err));
    check = head_sum(buf_str(out));
    memcpy(out->p + HEAD_HEADER - 8, &check, 8);
    return OK;
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
