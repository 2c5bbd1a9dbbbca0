/*
 * Learning: a linear-chain conditional random field (Lafferty, McCallum and Pereira 2001) over the
 * labels of viterbi.c, by stochastic gradient with AdaGrad's step for each weight (Duchi, Hazan and
 * Singer 2011), features dropped at random (so that no rare one carries a name alone), the step
 * falling to a tenth over the epochs. What is kept is the mean of the weights at the ends of the
 * last half of the epochs.
 *
 * The sums over all labelings are taken in the linear domain, each unit scaled to 1. A weight moves
 * by p - truth, where p is the probability of the label; weights of what ends and begins by the
 * probability of the pair.
 *
 * One thread, a fixed order from a fixed seed, and an exponential of our own: the same texts give
 * the same bits.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "gate/names/train.h"

enum { T_MAX = NAMES_TYPES_MAX, E_MAX = NAMES_TYPES_MAX + 1 };

typedef struct Moves {
    float enter[E_MAX][E_MAX], inside[4][T_MAX];
} Moves;

/* Probabilities of one unit: outside, then B, I, E, S of each type. */
typedef struct Cell {
    float none, l[4][T_MAX];
} Cell;

typedef struct Learner {
    const TrainTexts *texts;
    const TrainOptions *o;
    uint32_t types, row;
    TrainWeights *out;
    float *square;                         /* [n][row]: AdaGrad's sums */
    float *mean;                           /* [n][row]: of the weights so far kept */
    Moves move, move_square, move_mean, e; /* weights, AdaGrad's sums, mean, exp(weights) */
    float rate;
    uint64_t seed;
    Cell score[NAMES_UNITS], forth[NAMES_UNITS], back[NAMES_UNITS], p[NAMES_UNITS];
    uint32_t kept[NAMES_UNITS][FEATURES_MAX];
    uint8_t n_kept[NAMES_UNITS];
} Learner;

/* exp to about 1e-6, the same on every machine: 2^k times a polynomial on half a binade. */
static float exp_of(float x) {
    if (x < -60) x = -60;
    if (x > 60) x = 60;
    float k = floorf(x * 1.44269504f + 0.5f), r = x - k * 0.693145752f - k * 1.42860677e-6f;
    float y = 1 + r * (1 + r * (0.5f + r * (0.166666667f + r * (0.0416666667f + r * 0.00833333f))));
    uint32_t bits = (uint32_t)(127 + (int)k) << 23;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return y * scale;
}

static uint32_t draw(Learner *l) {
    l->seed ^= l->seed << 13;
    l->seed ^= l->seed >> 7;
    l->seed ^= l->seed << 17;
    return (uint32_t)(l->seed >> 32);
}

/* ---- one sentence -------------------------------------------------------------------------- */

/* Scores of unit i as exp, scaled so that the largest is 1; some features are left out. */
static void score_unit(Learner *l, size_t unit, Cell *out, uint32_t i) {
    const TrainTexts *t = l->texts;
    uint32_t limit = (uint32_t)(l->o->drop * 4294967295.0f);
    float sum[ROW_MAX] = {0}, top = 0, scale = 1 / (1 - l->o->drop);
    l->n_kept[i] = 0;
    for (size_t k = t->unit[unit]; k < t->unit[unit + 1]; k++) {
        if (t->key[k] == UINT64_MAX || draw(l) < limit) continue;
        uint32_t id = (uint32_t)t->key[k];
        const float *w = l->out->w + (size_t)id * l->row;
        l->kept[i][l->n_kept[i]++] = id;
        for (uint32_t r = 0; r < l->row; r++) sum[r] += w[r];
    }
    for (uint32_t r = 0; r < l->row; r++) {
        sum[r] *= scale;
        if (sum[r] > top) top = sum[r];
    }
    out->none = exp_of(-top);
    for (uint32_t r = 0; r < l->row; r++) {
        out->l[r / l->types][r % l->types] = exp_of(sum[r] - top);
    }
}

static float cell_sum(const Cell *c, uint32_t types) {
    float sum = c->none;
    for (int k = 0; k < 4; k++) {
        for (uint32_t t = 0; t < types; t++) sum += c->l[k][t];
    }
    return sum;
}

static void cell_scale(Cell *c, uint32_t types) {
    float by = 1 / cell_sum(c, types);
    c->none *= by;
    for (int k = 0; k < 4; k++) {
        for (uint32_t t = 0; t < types; t++) c->l[k][t] *= by;
    }
}

static void ends_of(const Cell *c, uint32_t types, float end[E_MAX]) {
    end[0] = c->none;
    for (uint32_t t = 0; t < types; t++) end[t + 1] = c->l[2][t] + c->l[3][t];
}

static void forward(Learner *l, uint32_t n) {
    const Moves *e = &l->e;
    uint32_t types = l->types;
    for (uint32_t i = 0; i < n; i++) {
        Cell *c = &l->forth[i];
        const Cell *s = &l->score[i], *last = i ? &l->forth[i - 1] : NULL;
        float end[E_MAX] = {1}, in[E_MAX] = {0};
        if (last) ends_of(last, types, end);
        for (uint32_t a = 0; a <= types; a++) {
            for (uint32_t b = 0; b <= types; b++) in[b] += end[a] * e->enter[a][b];
        }
        c->none = in[0] * s->none;
        for (uint32_t t = 0; t < types; t++) {
            float b = last ? last->l[0][t] : 0, in_i = last ? last->l[1][t] : 0;
            c->l[0][t] = in[t + 1] * s->l[0][t];
            c->l[1][t] = (b * e->inside[0][t] + in_i * e->inside[2][t]) * s->l[1][t];
            c->l[2][t] = (b * e->inside[1][t] + in_i * e->inside[3][t]) * s->l[2][t];
            c->l[3][t] = in[t + 1] * s->l[3][t];
        }
        cell_scale(c, types);
    }
}

/* What begins at a unit, with all that follows: outside, or B and S of a type. */
static void begins_of(const Cell *s, const Cell *back, uint32_t types, float begin[E_MAX]) {
    begin[0] = s->none * back->none;
    for (uint32_t t = 0; t < types; t++) {
        begin[t + 1] = s->l[0][t] * back->l[0][t] + s->l[3][t] * back->l[3][t];
    }
}

static void backward(Learner *l, uint32_t n) {
    const Moves *e = &l->e;
    uint32_t types = l->types;
    for (uint32_t i = n; i-- > 0;) {
        Cell *c = &l->back[i];
        if (i + 1 == n) {
            *c = (Cell){.none = 1};
            for (uint32_t t = 0; t < types; t++) c->l[2][t] = c->l[3][t] = 1;
            continue;
        }
        const Cell *s = &l->score[i + 1], *next = &l->back[i + 1];
        float begin[E_MAX], out[E_MAX];
        begins_of(s, next, types, begin);
        for (uint32_t a = 0; a <= types; a++) {
            out[a] = 0;
            for (uint32_t b = 0; b <= types; b++) out[a] += e->enter[a][b] * begin[b];
        }
        c->none = out[0];
        for (uint32_t t = 0; t < types; t++) {
            float in = s->l[1][t] * next->l[1][t], end = s->l[2][t] * next->l[2][t];
            c->l[0][t] = e->inside[0][t] * in + e->inside[1][t] * end;
            c->l[1][t] = e->inside[2][t] * in + e->inside[3][t] * end;
            c->l[2][t] = c->l[3][t] = out[t + 1];
        }
        cell_scale(c, types);
    }
}

static void probabilities(Learner *l, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        const Cell *f = &l->forth[i], *b = &l->back[i];
        l->p[i].none = f->none * b->none;
        for (int k = 0; k < 4; k++) {
            for (uint32_t t = 0; t < l->types; t++) l->p[i].l[k][t] = f->l[k][t] * b->l[k][t];
        }
        cell_scale(&l->p[i], l->types);
    }
}

/* ---- moving the weights -------------------------------------------------------------------- */

static inline void move(Learner *l, float *w, float *square, float by) {
    by += l->o->decay * *w;
    *square += by * by;
    *w -= l->rate * by / sqrtf(*square + 1e-3f);
}

static uint32_t end_of(uint8_t label) {
    return label ? (label - 1u) / 4 + 1 : 0;
}

/* Expected pairs at the border before unit i, less the one that is true. */
static void pair_gradient(Learner *l, const uint8_t *label, uint32_t i, Moves *g) {
    float end[E_MAX] = {1}, begin[E_MAX], sum = 0, inner[4][T_MAX] = {{0}};
    uint32_t types = l->types;
    const Cell *s = &l->score[i], *back = &l->back[i], *last = i ? &l->forth[i - 1] : NULL;
    if (last) ends_of(last, types, end);
    begins_of(s, back, types, begin);
    for (uint32_t a = 0; a <= types; a++) {
        for (uint32_t b = 0; b <= types; b++) sum += end[a] * l->e.enter[a][b] * begin[b];
    }
    for (uint32_t t = 0; last && t < types; t++) {
        for (int k = 0; k < 4; k++) {
            inner[k][t] =
                last->l[k / 2][t] * l->e.inside[k][t] * s->l[1 + k % 2][t] * back->l[1 + k % 2][t];
            sum += inner[k][t];
        }
    }
    for (uint32_t a = 0; a <= types; a++) {
        for (uint32_t b = 0; b <= types; b++)
            g->enter[a][b] += end[a] * l->e.enter[a][b] * begin[b] / sum;
    }
    for (int k = 0; k < 4; k++) {
        for (uint32_t t = 0; t < types; t++) g->inside[k][t] += inner[k][t] / sum;
    }
    uint8_t before = i ? label[i - 1] : 0, now = label[i];
    uint32_t kind = now ? (now - 1u) % 4 : 0;
    if (now && (kind == 1 || kind == 2))
        g->inside[(before - 1u) % 4 * 2 + (kind == 2)][end_of(now) - 1] -= 1;
    else
        g->enter[end_of(before)][end_of(now)] -= 1;
}

static void move_pairs(Learner *l, const uint8_t *label, uint32_t n) {
    Moves g = {0};
    for (uint32_t i = 0; i < n; i++) pair_gradient(l, label, i, &g);
    for (uint32_t a = 0; a <= l->types; a++) {
        for (uint32_t b = 0; b <= l->types; b++)
            move(l, &l->move.enter[a][b], &l->move_square.enter[a][b], g.enter[a][b]);
    }
    for (int k = 0; k < 4; k++) {
        for (uint32_t t = 0; t < l->types; t++)
            move(l, &l->move.inside[k][t], &l->move_square.inside[k][t], g.inside[k][t]);
    }
}

static void move_unit(Learner *l, const Cell *p, uint8_t label, uint32_t i) {
    float g[ROW_MAX], largest = 0;
    for (uint32_t r = 0; r < l->row; r++) g[r] = p->l[r / l->types][r % l->types];
    if (label) g[(label - 1u) % 4 * l->types + (label - 1u) / 4] -= 1;
    for (uint32_t r = 0; r < l->row; r++) largest = fmaxf(largest, fabsf(g[r]));
    if (largest < 1e-3f) return;
    for (uint32_t f = 0; f < l->n_kept[i]; f++) {
        float *w = l->out->w + (size_t)l->kept[i][f] * l->row;
        float *square = l->square + (size_t)l->kept[i][f] * l->row;
        for (uint32_t r = 0; r < l->row; r++) move(l, &w[r], &square[r], g[r]);
    }
}

static void exp_moves(Learner *l) {
    for (uint32_t a = 0; a <= l->types; a++) {
        for (uint32_t b = 0; b <= l->types; b++) l->e.enter[a][b] = exp_of(l->move.enter[a][b]);
    }
    for (int k = 0; k < 4; k++) {
        for (uint32_t t = 0; t < l->types; t++) l->e.inside[k][t] = exp_of(l->move.inside[k][t]);
    }
}

static void learn_sentence(Learner *l, size_t sentence) {
    const TrainTexts *t = l->texts;
    size_t from = t->sentence[sentence];
    uint32_t n = (uint32_t)(t->sentence[sentence + 1] - from);
    exp_moves(l);
    for (uint32_t i = 0; i < n; i++) score_unit(l, from + i, &l->score[i], i);
    forward(l, n);
    backward(l, n);
    probabilities(l, n);
    move_pairs(l, t->label + from, n);
    for (uint32_t i = 0; i < n; i++) move_unit(l, &l->p[i], t->label[from + i], i);
}

/* ---- numbering ----------------------------------------------------------------------------- */

typedef struct Count {
    uint64_t key;
    uint32_t n, id;
} Count;

static Count *count_of(Count *table, size_t mask, uint64_t key) {
    size_t at = (size_t)key_mix(key) & mask;
    while (table[at].n && table[at].key != key) at = (at + 1) & mask;
    return &table[at];
}

/* Turns keys into numbers of weights; keys seen too rarely become UINT64_MAX. */
static Status number_keys(TrainTexts *t, uint32_t least, TrainWeights *out, Err *err) {
    size_t size = 1024;
    while (size < t->n_key) size *= 2; /* distinct keys are far fewer */
    Count *table = mem_pages(size * sizeof *table);
    if (!table) return err_no_memory(err, "counts of features");
    for (size_t i = 0; i < t->n_key; i++) {
        Count *c = count_of(table, size - 1, t->key[i]);
        c->key = t->key[i];
        if (c->n++ + 1 == least) c->id = out->n++;
    }
    out->key = mem_zalloc_n(out->n + 1u, sizeof *out->key);
    out->seen = mem_zalloc_n(out->n + 1u, sizeof *out->seen);
    for (size_t i = 0; out->key && out->seen && i < t->n_key; i++) {
        const Count *c = count_of(table, size - 1, t->key[i]);
        if (c->n >= least) {
            out->key[c->id] = c->key;
            out->seen[c->id] = c->n;
        }
        t->key[i] = c->n >= least ? c->id : UINT64_MAX;
    }
    mem_free(table);
    return out->key && out->seen ? OK : err_no_memory(err, "features");
}

/* ---- the mean of the last epochs ----------------------------------------------------------- */

static void add_mean(const float *w, float *mean, size_t n, float share) {
    for (size_t i = 0; i < n; i++) mean[i] += w[i] * share;
}

static void add_means(Learner *l, float share) {
    add_mean(l->out->w, l->mean, (size_t)l->out->n * l->row, share);
    add_mean(l->move.enter[0], l->move_mean.enter[0], E_MAX * E_MAX, share);
    add_mean(l->move.inside[0], l->move_mean.inside[0], 4 * T_MAX, share);
}

/* ---- all of it ----------------------------------------------------------------------------- */

static Status learn(Learner *l, Err *err) {
    size_t n = l->texts->n_sentence;
    size_t *order = mem_alloc_n(n + 1, sizeof *order);
    if (!order) return err_no_memory(err, "the order of sentences");
    for (size_t i = 0; i < n; i++) order[i] = i;
    for (uint32_t epoch = 0; epoch < l->o->epochs; epoch++) {
        for (size_t i = n; i > 1; i--) {
            size_t k = draw(l) % i, held = order[i - 1];
            order[i - 1] = order[k];
            order[k] = held;
        }
        for (size_t i = 0; i < n; i++) {
            float gone = ((float)epoch + (float)i / (float)n) / (float)l->o->epochs;
            l->rate = l->o->rate * (1 - 0.9f * gone);
            learn_sentence(l, order[i]);
        }
        uint32_t kept = (l->o->epochs + 1) / 2;
        if (epoch >= l->o->epochs - kept) add_means(l, 1.0f / (float)kept);
    }
    mem_free(order);
    return OK;
}

Status train_run(TrainTexts *texts, uint32_t types, const TrainOptions *o, TrainWeights *out,
                 Err *err) {
    *out = (TrainWeights){.types = types, .row = 4 * types};
    TRY(number_keys(texts, o->least, out, err));
    Learner *l = mem_zalloc(sizeof *l);
    size_t weights = (size_t)out->n * out->row;
    Status status = OK;
    out->w = mem_pages((weights + 1) * sizeof *out->w);
    if (l) {
        l->square = mem_pages((weights + 1) * sizeof *l->square);
        l->mean = mem_pages((weights + 1) * sizeof *l->mean);
        l->texts = texts;
        l->o = o;
        l->types = types;
        l->row = out->row;
        l->out = out;
        l->seed = 0x9E3779B97F4A7C15u;
    }
    if (!l || !out->w || !l->square || !l->mean) status = err_no_memory(err, "weights");
    if (status == OK) status = learn(l, err);
    if (status == OK) {
        memcpy(out->enter, l->move_mean.enter, sizeof out->enter);
        memcpy(out->inside, l->move_mean.inside, sizeof out->inside);
        float *last = out->w;
        out->w = l->mean;
        l->mean = last;
    }
    if (l) mem_free(l->square);
    if (l) mem_free(l->mean);
    mem_free(l);
    return status;
}

void train_weights_free(TrainWeights *w) {
    mem_free(w->key);
    mem_free(w->seen);
    mem_free(w->w);
    *w = (TrainWeights){0};
}
