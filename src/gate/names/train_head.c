/*
 * Learning a head (head.c): the tagger, its steps between labels among it, stays what it is; the
 * network that adds to its rows is learned by the gradient of the sentence's probability
 * (train_chain.c), in batches of BATCH sentences, by Adam's steps (Kingma and Ba 2015) that fall to
 * a twentieth, weights pulled to 0 beside (Loshchilov and Hutter 2019).
 *
 * In most sentences the tagger's weights are hidden (`deaf`): it has learned texts of the same
 * making, and a network that hears it there leaves to it what it is too sure of elsewhere.
 */
#include <assert.h>
#include <math.h>

#include "base/mem.h"
#include "gate/names/train.h"
#include "gate/names/train_chain.h"

enum { BATCH = 32 };

/*
 * A step of learning, for each sentence of a batch:
 *
 *     x[i]   = state of unit i, normed, and its place        [dim + HEAD_PLACES]
 *     h[i]   = max(0, b1 + w1 x[i]), some dropped            [hidden]
 *     y      = b2 + w2 h[i] + the tagger's row unless deaf   [4 * types]
 *     p      = of each label, over all labelings (train_chain.c)
 *     y's gradient is p - true; it goes back through w2, h > 0 and w1 into g
 *
 * The floats of a head lie in one block (names_head_place_tables): mean and sharpness of the states
 * first, which are measured and fixed, then b1, w1, b2, w2 as head.c orders them.
 */
typedef struct HeadLearner {
    const TrainLessons *lessons;
    const TrainHeadOptions *o;
    NamesHead *head; /* its sizes */
    Chain chain;
    size_t n, fixed; /* floats of the head; those before are not learned */
    float *w, *g, *first, *second; /* weights, gradient, Adam's means */
    float step; /* what a weight of 1 in the tagger is worth */
    uint64_t seed;
    float x[NAMES_UNITS][HEAD_DIM_MAX + HEAD_PLACES], h[NAMES_UNITS][HEAD_HIDDEN_MAX];
} HeadLearner;

/* With this probability, in steps of 2^-24, as fine as a float of 0 to 1 is near 1. */
static bool happens(HeadLearner *l, float share) {
    return (float)(train_draw(&l->seed) >> 8) < share * 16777216.0f;
}

static size_t width_of(const HeadLearner *l) {
    return (size_t)l->head->dim + HEAD_PLACES;
}

/* ---- forward and backward ------------------------------------------------------------------ */

/* Fills x[i], h[i] and the chain's score of the unit; hidden units are dropped at random and the
   rest scaled up, so that the head needs no scale when it is used. */
static void unit_forward(HeadLearner *l, size_t unit, uint32_t i, bool deaf) {
    const NamesHead *head = l->head;
    size_t width = width_of(l), row = 4 * (size_t)head->types;
    float y[ROW_MAX], scale = 1 / (1 - l->o->drop);
    names_head_input(head, l->lessons->state + unit * head->dim, l->lessons->place[unit], l->x[i]);
    for (uint32_t k = 0; k < head->hidden; k++) {
        float sum = 0;
        if (!happens(l, l->o->drop)) {
            sum = head->b1[k] + names_head_dot(head->w1 + k * width, l->x[i], width);
        }
        l->h[i][k] = sum > 0 ? sum * scale : 0;
    }
    for (size_t r = 0; r < row; r++) {
        y[r] = head->b2[r] + names_head_dot(head->w2 + r * head->hidden, l->h[i], head->hidden);
        if (!deaf) y[r] += l->step * (float)l->lessons->row[unit * row + r];
    }
    chain_score(&l->chain, i, y);
}

static void add_scaled(float *to, const float *x, float by, size_t n) {
    for (size_t i = 0; i < n; i++) to[i] += by * x[i];
}

/* The gradient of a unit's row, p less what is true, on its way back. */
static void unit_backward(HeadLearner *l, uint8_t label, uint32_t i) {
    const NamesHead *head = l->head;
    size_t width = width_of(l);
    float back[HEAD_HIDDEN_MAX] = {0}, scale = 1 / (1 - l->o->drop);
    const float *w = l->w;
    for (uint32_t r = 0; r < 4 * head->types; r++) {
        float g = l->chain.p[i].l[r / head->types][r % head->types];
        if (label && r == (label - 1u) % 4 * head->types + (label - 1u) / 4) g -= 1;
        if (fabsf(g) < 1e-6f) continue;
        size_t at = (size_t)(head->w2 - w) + (size_t)r * head->hidden;
        l->g[(size_t)(head->b2 - w) + r] += g;
        add_scaled(l->g + at, l->h[i], g, head->hidden);
        add_scaled(back, w + at, g, head->hidden);
    }
    for (uint32_t k = 0; k < head->hidden; k++) {
        if (l->h[i][k] <= 0) continue;
        l->g[(size_t)(head->b1 - w) + k] += back[k] * scale;
        add_scaled(l->g + (size_t)(head->w1 - w) + k * width, l->x[i], back[k] * scale, width);
    }
}

/* Deaf or not is drawn for the sentence as a whole. */
static void learn_sentence(HeadLearner *l, size_t sentence) {
    size_t from = l->lessons->sentence[sentence];
    uint32_t n = (uint32_t)(l->lessons->sentence[sentence + 1] - from);
    assert(n <= NAMES_UNITS); /* names_cut made it */
    bool deaf = happens(l, l->o->deaf);
    for (uint32_t i = 0; i < n; i++) unit_forward(l, from + i, i, deaf);
    chain_run(&l->chain, n);
    for (uint32_t i = 0; i < n; i++) unit_backward(l, l->lessons->label[from + i], i);
}

/* By squaring: powf may differ between machines in the last bit. */
static float power(float x, size_t n) {
    float y = 1;
    for (; n; n >>= 1, x *= x) {
        if (n & 1) y *= x;
    }
    return y;
}

/* steps counts from 1: the means begin at 0, and whole1, whole2 take that out. The gradient is a
   batch's sum and ends as 0. */
static void adam(HeadLearner *l, float rate, size_t steps) {
    float whole1 = 1 - power(0.9f, steps), whole2 = 1 - power(0.995f, steps);
    for (size_t i = l->fixed; i < l->n; i++) {
        float g = l->g[i] / BATCH;
        l->first[i] += 0.1f * (g - l->first[i]);
        l->second[i] += 0.005f * (g * g - l->second[i]);
        float by = l->first[i] / whole1 / (sqrtf(l->second[i] / whole2) + 1e-8f);
        l->w[i] -= rate * (by + l->o->decay * l->w[i]);
        l->g[i] = 0;
    }
}

/* Sentences in a new order each epoch; what does not fill a batch waits for the next one. */
static Status learn(HeadLearner *l, Err *err) {
    size_t n = l->lessons->n_sentence, steps = 0, per = n / BATCH, all = per * l->o->epochs;
    size_t *order = mem_alloc_n(n + 1, sizeof *order);
    if (!order) return err_no_memory(err, "the order of sentences");
    for (size_t i = 0; i < n; i++) order[i] = i;
    while (steps < all) {
        if (steps % per == 0) {
            for (size_t i = n; i > 1; i--) {
                size_t k = train_draw(&l->seed) % i, held = order[i - 1];
                order[i - 1] = order[k];
                order[k] = held;
            }
        }
        const size_t *batch = order + steps % per * BATCH;
        for (size_t i = 0; i < BATCH; i++) learn_sentence(l, batch[i]);
        float rate = l->o->rate * (1 - 0.95f * (float)steps / (float)all);
        adam(l, rate, ++steps);
    }
    mem_free(order);
    return OK;
}

/* ---- before and after ---------------------------------------------------------------------- */

/* States are normed by mean and spread of the lessons; 1e-3 keeps a dimension that never changes
   from being blown up. 2.4 is near the root of 6 that He et al. 2015 have for units cut at 0; 0.9
   is chosen smaller, so that the tagger is hardly disturbed at first. */
static void begin_weights(HeadLearner *l) {
    NamesHead *head = l->head;
    const TrainLessons *t = l->lessons;
    for (uint32_t d = 0; d < head->dim; d++) {
        double sum = 0, square = 0;
        for (size_t u = 0; u < t->n_unit; u++) {
            double v = t->state[u * head->dim + d];
            sum += v;
            square += v * v;
        }
        double mean = sum / (double)t->n_unit, spread = square / (double)t->n_unit - mean * mean;
        head->mean[d] = (float)mean;
        head->sharpness[d] = (float)(1 / (sqrt(spread > 0 ? spread : 0) + 1e-3));
    }
    float wide1 = 2.4f / sqrtf((float)width_of(l)), wide2 = 0.9f / sqrtf((float)head->hidden);
    for (float *w = head->w1; w < head->b2; w++) {
        *w = wide1 * ((float)train_draw(&l->seed) / 2147483648.0f - 1);
    }
    for (float *w = head->w2; w < l->w + l->n; w++) {
        *w = wide2 * ((float)train_draw(&l->seed) / 2147483648.0f - 1);
    }
}

/* The tagger's steps between labels, in nats: they are fixed, and the head learns beside them. */
static void steps_of(const NamesModel *m, Moves *out) {
    const int32_t *inside[] = {m->moves.b_i, m->moves.b_e, m->moves.i_i, m->moves.i_e};
    for (uint32_t a = 0; a < E_MAX; a++) {
        const int32_t *enter = m->moves.enter[a];
        for (uint32_t b = 0; b < E_MAX; b++) out->enter[a][b] = m->step * (float)enter[b];
    }
    for (uint32_t k = 0; k < 4; k++) {
        for (uint32_t t = 0; t < T_MAX; t++) out->inside[k][t] = m->step * (float)inside[k][t];
    }
}

static void put_u32(Buf *out, uint32_t value) {
    buf_add(out, (const char *)&value, sizeof value);
}

/* The last layer in the tagger's unit. */
static Status write_head(HeadLearner *l, Buf *out, Err *err) {
    NamesHead *head = l->head;
    char name[HEAD_SPACE] = {0};
    for (float *w = head->b2; w < l->w + l->n; w++) *w /= l->step;
    head->b2[0] += l->o->lean / l->step;               /* B and S of the first type, people */
    head->b2[3 * head->types] += l->o->lean / l->step;
    size_t length = HEAD_HEADER + 4 * l->n, n = strlen(l->o->space);
    memcpy(name, l->o->space, n < HEAD_SPACE ? n : HEAD_SPACE - 1);
    buf_add(out, HEAD_MAGIC, 8);
    const uint32_t fields[] = {HEAD_VERSION, (uint32_t)length, head->dim,
                               head->hidden, head->types,      head->layers};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) put_u32(out, fields[i]);
    buf_add(out, name, sizeof name);
    buf_add(out, "\0\0\0\0\0\0\0", 8);
    buf_add(out, (const char *)l->w, 4 * l->n);
    TRY(buf_check(out, "a head", err));
    uint64_t check = names_head_check(buf_str(out));
    memcpy(out->p + HEAD_HEADER - sizeof check, &check, sizeof check);
    return OK;
}

/* Weights, gradient and both means lie in one block: [w][g][first][second], l->n floats each. */
static Status run(HeadLearner *l, const NamesModel *model, Buf *out, Err *err) {
    Moves steps;
    l->w = mem_zalloc_n(4 * l->n, sizeof *l->w);
    if (!l->w) return err_no_memory(err, "a head's weights");
    l->g = l->w + l->n;
    l->first = l->g + l->n;
    l->second = l->first + l->n;
    names_head_place_tables(l->head, l->w);
    l->fixed = (size_t)(l->head->b1 - l->w);
    steps_of(model, &steps);
    chain_steps(&l->chain, &steps);
    begin_weights(l);
    TRY(learn(l, err));
    return write_head(l, out, err);
}

Status train_head(const NamesModel *model, const TrainLessons *lessons, const TrainHeadOptions *o,
                  Buf *out, Err *err) {
    if (lessons->n_sentence < BATCH || o->hidden > HEAD_HIDDEN_MAX || lessons->dim > HEAD_DIM_MAX) {
        return err_set(err, E_USAGE, "too few sentences, or too wide a head");
    }
    HeadLearner *l = mem_zalloc(sizeof *l);
    if (!l) return err_no_memory(err, "what learns a head");
    NamesHead head = {.dim = lessons->dim,
                      .hidden = o->hidden,
                      .types = lessons->types,
                      .layers = o->layers};
    l->lessons = lessons;
    l->o = o;
    l->head = &head;
    l->n = names_head_floats(head.dim, head.hidden, head.types);
    l->step = model->step;
    l->chain.types = head.types;
    l->seed = 0x9E3779B97F4A7C15u;
    Status status = run(l, model, out, err);
    mem_free(l->w);
    mem_free(l);
    return status;
}
