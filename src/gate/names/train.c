/*
 * Learning: a linear-chain conditional random field (Lafferty, McCallum and Pereira 2001) over the
 * labels of viterbi.c, by stochastic gradient with AdaGrad's step for each weight (Duchi, Hazan and
 * Singer 2011), features dropped at random (so that no rare one carries a name alone), the step
 * falling to a tenth over the epochs. What is kept is the mean of the weights at the ends of the
 * last half of the epochs.
 *
 * The sums over all labelings are train_chain.c's. A weight moves
 * by p - truth, where p is the probability of the label; weights of what ends and begins by the
 * probability of the pair.
 *
 * One thread, a fixed order from a fixed seed: the same texts give the same bits.
 */
#include <assert.h>
#include <math.h>

#include "base/mem.h"
#include "gate/names/train.h"
#include "gate/names/train_chain.h"

/*
 * One step, for each sentence in an order that is drawn anew each epoch:
 *
 *     score_unit   row = sum of w[feature] over the features kept     [4 * types], a unit
 *     chain_run    p of each label, over all labelings
 *     move_pairs   steps between labels by expected pairs - true ones
 *     move_unit    w[feature][r] by p[r] - true[r], for each feature kept
 *
 * `kept` holds which features the drop left in, so that only those that spoke are moved.
 */
typedef struct Learner {
    const TrainTexts *texts;
    const TrainOptions *o;
    uint32_t types, row;
    TrainWeights *out;
    float *square;                         /* [n][row]: AdaGrad's sums */
    float *mean;                           /* [n][row]: of the weights so far kept */
    Moves move, move_square, move_mean; /* weights, AdaGrad's sums, mean */
    float rate;
    uint64_t seed;
    Chain chain;
    uint32_t kept[NAMES_UNITS][FEATURES_MAX];
    uint8_t n_kept[NAMES_UNITS];
} Learner;

/* ---- one sentence -------------------------------------------------------------------------- */

/* The score of unit i; some features are left out. */
static void score_unit(Learner *l, size_t unit, uint32_t i) {
    const TrainTexts *t = l->texts;
    uint32_t limit = (uint32_t)(l->o->drop * 4294967295.0f);
    float sum[ROW_MAX] = {0}, scale = 1 / (1 - l->o->drop);
    l->n_kept[i] = 0;
    assert(i < NAMES_UNITS && t->unit[unit + 1] - t->unit[unit] <= FEATURES_MAX);
    for (size_t k = t->unit[unit]; k < t->unit[unit + 1]; k++) {
        if (t->key[k] == UINT64_MAX || train_draw(&l->seed) < limit) continue;
        uint32_t id = (uint32_t)t->key[k];
        const float *w = l->out->w + (size_t)id * l->row;
        l->kept[i][l->n_kept[i]++] = id;
        for (uint32_t r = 0; r < l->row; r++) sum[r] += w[r];
    }
    for (uint32_t r = 0; r < l->row; r++) sum[r] *= scale;
    chain_score(&l->chain, i, sum);
}

/* ---- moving the weights -------------------------------------------------------------------- */

/* AdaGrad: the more a weight has moved, the smaller its steps; 1e-3 (chosen) bounds the first. */
static inline void move(Learner *l, float *w, float *square, float by) {
    by += l->o->decay * *w;
    *square += by * by;
    *w -= l->rate * by / sqrtf(*square + 1e-3f);
}

static void move_pairs(Learner *l, const uint8_t *label, uint32_t n) {
    Moves g = {0};
    for (uint32_t i = 0; i < n; i++) chain_pairs(&l->chain, label, i, &g);
    for (uint32_t a = 0; a <= l->types; a++) {
        for (uint32_t b = 0; b <= l->types; b++)
            move(l, &l->move.enter[a][b], &l->move_square.enter[a][b], g.enter[a][b]);
    }
    for (int k = 0; k < 4; k++) {
        for (uint32_t t = 0; t < l->types; t++)
            move(l, &l->move.inside[k][t], &l->move_square.inside[k][t], g.inside[k][t]);
    }
}

/* Units that are as good as certain and right are passed over: nearly all are outside, and to move
   their features by less than 1e-3 would cost most of the time. */
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

static void learn_sentence(Learner *l, size_t sentence) {
    const TrainTexts *t = l->texts;
    size_t from = t->sentence[sentence];
    uint32_t n = (uint32_t)(t->sentence[sentence + 1] - from);
    chain_steps(&l->chain, &l->move);
    for (uint32_t i = 0; i < n; i++) score_unit(l, from + i, i);
    chain_run(&l->chain, n);
    move_pairs(l, t->label + from, n);
    for (uint32_t i = 0; i < n; i++) move_unit(l, &l->chain.p[i], t->label[from + i], i);
}

/* ---- numbering ----------------------------------------------------------------------------- */

typedef struct Count {
    uint64_t key;
    uint32_t n, id;
} Count;

/* The key's count, or the free place where it belongs (n 0). */
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

/* The mean is over the last half of the epochs, rounded up, and taken at the end of each. */
static Status learn(Learner *l, Err *err) {
    size_t n = l->texts->n_sentence;
    size_t *order = mem_alloc_n(n + 1, sizeof *order);
    if (!order) return err_no_memory(err, "the order of sentences");
    for (size_t i = 0; i < n; i++) order[i] = i;
    for (uint32_t epoch = 0; epoch < l->o->epochs; epoch++) {
        for (size_t i = n; i > 1; i--) {
            size_t k = train_draw(&l->seed) % i, held = order[i - 1];
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

/* Memory: three floats a weight (w, square, mean); the mean takes w's place at the end. */
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
        l->types = l->chain.types = types;
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
